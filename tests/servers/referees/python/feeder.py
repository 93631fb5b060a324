"""aics-witness as a log's client: feeder.py URL VKEY CHECKPOINT PROOFS prints the cosignatures.

PROOFS: a JSON object from old sizes to lists of base64 hashes. A refusal is printed by its name.
"""

from __future__ import annotations

import json
import sys
from base64 import b64decode
from pathlib import Path

from aics_witness.feeder import FeederError, WitnessClient

url, vkey, checkpoint, proofs = sys.argv[1:]
known = json.loads(Path(proofs).read_text())


def proof(old: int, _new: int) -> list[bytes]:
    return [b64decode(hash_) for hash_ in known[str(old)]]


with WitnessClient(url, vkey, max_attempts=1) as client:
    try:
        print(client.submit(Path(checkpoint).read_bytes(), proof), end="")
    except FeederError as refused:
        sys.exit(f"{type(refused).__name__}: {refused}")
