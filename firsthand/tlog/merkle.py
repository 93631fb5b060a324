"""The Merkle tree of RFC 6962 section 2.1 over SHA-256: hashes, frontier, proofs.

Works on hashes only and keeps no tree: whoever asks for a proof hands over a `HashReader`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from firsthand.tlog.errors import ProofRefused, Refused

HASH_SIZE = 32
MAX_SIZE = 2**63 - 1
EMPTY_ROOT = sha256(b"").digest()

HashReader = Callable[[int, int], bytes]
"""(height, index) -> the hash of the index-th complete subtree of 2**height leaves."""


def leaf_hash(leaf: bytes) -> bytes:
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def tree_hash(hashes: Sequence[bytes]) -> bytes:
    """MTH of a row of hashes."""
    return Frontier().extend_hashes(hashes).root()


@dataclass(frozen=True, slots=True)
class Frontier:
    """All that is needed to append to a tree of `size` leaves, and its root.

    `peaks` are the roots of the complete subtrees that make up the tree, left to right: one for
    each bit set in `size`, so a few hundred bytes stand for a log of any size.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        fits = 0 <= self.size <= MAX_SIZE and len(self.peaks) == self.size.bit_count()
        if not fits or any(len(peak) != HASH_SIZE for peak in self.peaks):
            raise Refused(
                f"A tree of {self.size} leaves cannot have these {len(self.peaks)} peaks.",
                hint="The stored frontier is damaged: read it again from the tiles.",
            )

    @classmethod
    def read(cls, read: HashReader, size: int) -> Self:
        """The frontier of the first `size` leaves of a tree that `read` knows."""
        heights = [height for height in reversed(range(size.bit_length())) if size >> height & 1]
        return cls(size, tuple(read(height, (size >> height) - 1) for height in heights))

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        cuts = range(8, len(data), HASH_SIZE)
        return cls(int.from_bytes(data[:8]), tuple(data[at : at + HASH_SIZE] for at in cuts))

    def to_bytes(self) -> bytes:
        """The size in 8 bytes, big-endian, then the peaks."""
        return self.size.to_bytes(8) + b"".join(self.peaks)

    def append(self, leaf: bytes) -> Self:
        return self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> Self:
        return self.extend_hashes(map(leaf_hash, leaves))

    def extend_hashes(self, hashes: Iterable[bytes]) -> Self:
        """The same with the leaves already hashed."""
        size, peaks = self.size, list(self.peaks)
        for right in hashes:
            carry = size
            while carry & 1:  # adding a leaf is adding one to a binary number
                right = node_hash(peaks.pop(), right)
                carry >>= 1
            peaks.append(right)
            size += 1
        return type(self)(size, tuple(peaks))

    def root(self) -> bytes:
        if not self.peaks:
            return EMPTY_ROOT
        *others, root = self.peaks
        for left in reversed(others):
            root = node_hash(left, root)
        return root


def inclusion_proof(read: HashReader, index: int, size: int) -> tuple[bytes, ...]:
    """PATH(index, D[size]) of RFC 6962 2.1.1: from the leaf's sibling up to the root's child."""
    _within(0 <= index < size <= MAX_SIZE, f"There is no entry {index} in a log of {size}.")
    low, high = 0, size
    beside: list[tuple[int, int]] = []
    while high - low > 1:
        middle = low + _left_part(high - low)
        if index < middle:
            beside.append((middle, high))
            high = middle
        else:
            beside.append((low, middle))
            low = middle
    return tuple(_range_hash(read, *span) for span in reversed(beside))


def consistency_proof(read: HashReader, old: int, new: int) -> tuple[bytes, ...]:
    """PROOF(old, D[new]) of RFC 6962 2.1.2; empty when `old` is 0 or equal to `new`."""
    _within(0 <= old <= new <= MAX_SIZE, f"A log of {new} entries cannot follow one of {old}.")
    if old == 0:
        return ()
    low, high = 0, new
    beside: list[tuple[int, int]] = []
    while high != old:
        middle = low + _left_part(high - low)
        if old <= middle:
            beside.append((middle, high))
            high = middle
        else:
            beside.append((low, middle))
            low = middle
    if low:  # else the old tree is a subtree of the new one, and its root is known to the reader
        beside.append((low, old))
    return tuple(_range_hash(read, *span) for span in reversed(beside))


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Raise `ProofRefused` unless the leaf with hash `leaf` is entry `index` of this tree.

    RFC 9162 2.1.3.2. A proof that is too long or too short is refused, as is any other root.
    """
    _hashes(leaf, root, *proof)
    if not 0 <= index < size <= MAX_SIZE:
        raise ProofRefused(f"There is no entry {index} in a log of {size}: the proof is wrong.")
    first, last, hash_ = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofRefused("The inclusion proof is too long: do not trust this entry.")
        if first & 1 or first == last:
            hash_ = node_hash(sibling, hash_)
            first, last = _climb(first, last)
        else:
            hash_ = node_hash(hash_, sibling)
        first, last = first >> 1, last >> 1
    if last != 0:
        raise ProofRefused("The inclusion proof is too short: do not trust this entry.")
    if hash_ != root:
        raise ProofRefused(f"Entry {index} is not in the log with this root: do not trust it.")


def verify_consistency(
    old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Raise `ProofRefused` unless the tree of `new` leaves begins with the tree of `old` leaves.

    RFC 9162 2.1.4.2. From an empty tree only its one true root and an empty proof are accepted.
    """
    _hashes(old_root, new_root, *proof)
    if not 0 <= old <= new <= MAX_SIZE:
        raise ProofRefused(f"A log of {old} entries shrank to {new}: it was rolled back.")
    if old in (0, new):
        _trivially_consistent(old, old_root, new, new_root, proof)
        return
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    if not path:
        raise ProofRefused("The consistency proof is too short: the log may have been rewritten.")
    old_hash = new_hash = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofRefused("The consistency proof is too long: the log may be rewritten.")
        if first & 1 or first == last:
            old_hash, new_hash = node_hash(sibling, old_hash), node_hash(sibling, new_hash)
            first, last = _climb(first, last)
        else:
            new_hash = node_hash(new_hash, sibling)
        first, last = first >> 1, last >> 1
    if last != 0 or old_hash != old_root or new_hash != new_root:
        raise ProofRefused(
            f"The log of {new} entries does not begin with the {old} seen before: it is rewritten.",
            hint="Keep both checkpoints and show them: together they prove it.",
        )


def _trivially_consistent(
    old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    if proof:
        raise ProofRefused("The consistency proof is too long: nothing needs proving here.")
    if old == 0 and old_root != EMPTY_ROOT:
        raise ProofRefused("An empty log cannot have this root: do not trust this checkpoint.")
    if old == new and old_root != new_root:
        raise ProofRefused(
            f"Two different logs of {old} entries were signed: this is a fork.",
            hint="Keep both checkpoints and show them: together they prove it.",
        )


def _climb(first: int, last: int) -> tuple[int, int]:
    """Skip the levels on which a node on the right edge has no sibling."""
    while first and not first & 1:
        first, last = first >> 1, last >> 1
    return first, last


def _left_part(size: int) -> int:
    """The largest power of two smaller than `size` (RFC 6962: k)."""
    return 1 << (size - 1).bit_length() - 1


def _range_hash(read: HashReader, low: int, high: int) -> bytes:
    """MTH(D[low:high]) for a range that a split of RFC 6962 made: aligned on the left."""
    size = high - low
    if size & (size - 1) == 0:
        height = size.bit_length() - 1
        return read(height, low >> height)
    middle = low + _left_part(size)
    return node_hash(_range_hash(read, low, middle), _range_hash(read, middle, high))


def _within(condition: bool, message: str) -> None:
    if not condition:
        raise Refused(message, hint="Ask for an entry within the checkpoint's size.")


def _hashes(*hashes: bytes) -> None:
    if any(len(hash_) != HASH_SIZE for hash_ in hashes):
        raise ProofRefused("A hash of the proof is not 32 bytes long: the proof is malformed.")
