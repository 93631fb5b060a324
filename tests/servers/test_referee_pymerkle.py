"""The tree before pymerkle: the same root for the same entries, at every small size."""

from __future__ import annotations

import pytest

from firsthand.tlog.merkle import Frontier
from tests.servers.judges import python
from tests.tlog.example import leaf

pytestmark = pytest.mark.servers

SIZES = (*range(1, 300), 511, 512, 513, 2000)


def roots(leaves: list[bytes]) -> list[str]:
    judged = python("root.py", *SIZES, text=b"\n".join(leaves))
    assert judged.returncode == 0, judged.stderr
    return judged.stdout.decode().split()


def test_roots_are_the_same() -> None:
    leaves = [leaf(index) for index in range(2000)]
    ours = [Frontier().extend(leaves[:size]).root().hex() for size in SIZES]
    assert roots(leaves) == ours


def test_changed_entry_changes_every_root_above_it() -> None:
    leaves = [leaf(index) for index in range(2000)]
    true = roots(leaves)
    leaves[256] = leaves[256].replace(b"byline", b"bylime")
    changed = roots(leaves)
    assert [a == b for a, b in zip(true, changed, strict=True)] == [size < 257 for size in SIZES]
