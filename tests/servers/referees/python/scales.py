"""tlog-scales as a judge of checkpoints, cosignatures and growth.

scales.py signed CHECKPOINT VKEY...            signed by every one of these keys
scales.py growth VKEY OLD NEW PROOF            PROOF: one base64 hash a line
"""

from __future__ import annotations

import sys
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path

from tlog_scales.signing import Vkey
from tlog_scales.tlog import Checkpoint, ConsistencyProof


def opened(path: str, *vkeys: str) -> Checkpoint:
    checkpoint = Checkpoint.from_text(Path(path).read_text())
    for vkey in vkeys:
        checkpoint.verify(Vkey.from_string(vkey))
    return checkpoint


def signed(path: str, *vkeys: str) -> None:
    print("signed", opened(path, *vkeys).size, len(vkeys))


def growth(vkey: str, old: str, new: str, proof: str) -> None:
    before, after = opened(old, vkey), opened(new, vkey)
    hashes = [b64decode(line) for line in Path(proof).read_text().split()]
    ConsistencyProof(before.size, after.size, hashes).check(before.root_hash, after.root_hash)
    print("grown", before.size, after.size)


ways: dict[str, Callable[..., None]] = {"signed": signed, "growth": growth}
ways[sys.argv[1]](*sys.argv[2:])
