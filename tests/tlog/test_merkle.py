"""The tree against known vectors, RFC 6962's own worked example, and every wrong proof."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.tlog.errors import ProofRefused, Refused
from firsthand.tlog.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    tree_hash,
    verify_consistency,
    verify_inclusion,
)

# The leaves and roots with which Certificate Transparency logs have been tested since 2012.
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
FIRST_OF_EIGHT = (
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
)


def mth(hashes: Sequence[bytes]) -> bytes:
    """RFC 6962 2.1 word for word, the slow way."""
    if len(hashes) < 2:
        return hashes[0] if hashes else sha256().digest()
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return node_hash(mth(hashes[:k]), mth(hashes[k:]))


class Tree:
    """A hash reader over a list of leaf hashes."""

    def __init__(self, size: int) -> None:
        self.hashes = [leaf_hash(b"%d" % index) for index in range(size)]

    def __call__(self, height: int, index: int) -> bytes:
        part = self.hashes[index << height : (index + 1) << height]
        assert len(part) == 1 << height, "asked for a subtree that is not complete"
        return mth(part)

    def root(self, size: int) -> bytes:
        return mth(self.hashes[:size])


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_the_known_log(size: int) -> None:
    assert Frontier().extend(LEAVES[:size]).root().hex() == ROOTS[size]
    assert tree_hash([leaf_hash(leaf) for leaf in LEAVES[:size]]).hex() == ROOTS[size]


def test_known_inclusion_proof() -> None:
    hashes = [leaf_hash(leaf) for leaf in LEAVES]
    proof = inclusion_proof(lambda h, i: mth(hashes[i << h : (i + 1) << h]), 0, 8)
    assert tuple(hash_.hex() for hash_ in proof) == FIRST_OF_EIGHT


def test_the_worked_example_of_rfc_6962() -> None:
    tree = Tree(7)
    a, b, c, d, e, f, j = tree.hashes
    g, h, i = node_hash(a, b), node_hash(c, d), node_hash(e, f)
    k, l = node_hash(g, h), node_hash(i, j)  # noqa: E741 - the letters of section 2.1.3
    assert inclusion_proof(tree, 0, 7) == (b, h, l)
    assert inclusion_proof(tree, 3, 7) == (c, g, l)
    assert inclusion_proof(tree, 4, 7) == (f, j, k)
    assert inclusion_proof(tree, 6, 7) == (i, k)
    assert consistency_proof(tree, 3, 7) == (c, d, g, l)
    assert consistency_proof(tree, 4, 7) == (l,)
    assert consistency_proof(tree, 6, 7) == (i, j, k)


@given(st.integers(0, 300), st.integers(0, 300))
def test_frontier_grows_to_the_same_root_in_any_steps(first: int, second: int) -> None:
    tree = Tree(first + second)
    once = Frontier().extend_hashes(tree.hashes)
    twice = Frontier().extend_hashes(tree.hashes[:first]).extend_hashes(tree.hashes[first:])
    assert once == twice == Frontier.from_bytes(once.to_bytes()) == Frontier.read(tree, once.size)
    assert once.root() == tree.root(first + second)


@pytest.mark.parametrize(
    "data", [b"", bytes(8) + bytes(32), (1).to_bytes(8), (3).to_bytes(8) + bytes(65), b"\xff" * 8]
)
def test_damaged_frontier_is_refused(data: bytes) -> None:
    if data == b"":
        assert Frontier.from_bytes(data) == Frontier()
        return
    with pytest.raises(Refused):
        Frontier.from_bytes(data)


@st.composite
def inclusions(draw: st.DrawFn) -> tuple[int, int]:
    size = draw(st.integers(1, 130))
    return draw(st.integers(0, size - 1)), size


@given(inclusions())
def test_every_inclusion_proof_holds(place: tuple[int, int]) -> None:
    index, size = place
    tree = Tree(size)
    proof = inclusion_proof(tree, index, size)
    verify_inclusion(tree.hashes[index], index, size, proof, tree.root(size))


@given(inclusions(), st.data())
def test_no_changed_bit_of_an_inclusion_is_accepted(
    place: tuple[int, int], data: st.DataObject
) -> None:
    index, size = place
    tree = Tree(size)
    parts = [tree.hashes[index], tree.root(size), *inclusion_proof(tree, index, size)]
    changed = data.draw(st.integers(0, len(parts) - 1))
    parts[changed] = flip(parts[changed], data.draw(st.integers(0, 255)))
    leaf, root, *proof = parts
    with pytest.raises(ProofRefused):
        verify_inclusion(leaf, index, size, proof, root)


@given(inclusions(), inclusions())
def test_inclusion_proof_serves_one_place_only(
    place: tuple[int, int], claimed: tuple[int, int]
) -> None:
    index, size = place
    tree = Tree(size)
    proof = inclusion_proof(tree, index, size)
    wrong = [proof[:-1], (*proof, tree.root(size)), (*proof[:-1], b"short")]
    for other in wrong if proof else [(tree.root(size),)]:
        with pytest.raises(ProofRefused):
            verify_inclusion(tree.hashes[index], index, size, other, tree.root(size))
    if claimed[0] != index:  # a claimed size may differ: the root is what binds the size
        with pytest.raises(ProofRefused):
            verify_inclusion(tree.hashes[index], claimed[0], size, proof, tree.root(size))


def test_proof_for_another_size_is_refused_though_its_hashes_lead_to_the_root() -> None:
    tree = Tree(8)
    for true, claimed, why in ((4, 8, "too short"), (8, 4, "too long")):
        proof = inclusion_proof(tree, 0, true)
        with pytest.raises(ProofRefused, match=why):
            verify_inclusion(tree.hashes[0], 0, claimed, proof, tree.root(true))
    for true, claimed in ((4, 8), (8, 4)):
        proof = consistency_proof(tree, 2, true)
        with pytest.raises(ProofRefused):
            verify_consistency(2, tree.root(2), claimed, tree.root(true), proof)


@st.composite
def growths(draw: st.DrawFn) -> tuple[int, int]:
    new = draw(st.integers(0, 130))
    return draw(st.integers(0, new)), new


@given(growths())
def test_every_consistency_proof_holds(sizes: tuple[int, int]) -> None:
    old, new = sizes
    tree = Tree(new)
    proof = consistency_proof(tree, old, new)
    verify_consistency(old, tree.root(old), new, tree.root(new), proof)
    with pytest.raises(ProofRefused):
        verify_consistency(old, tree.root(old), new, tree.root(new), (*proof, EMPTY_ROOT))
    if proof:
        with pytest.raises(ProofRefused):
            verify_consistency(old, tree.root(old), new, tree.root(new), proof[:-1])


@given(growths().filter(lambda sizes: sizes[0] > 0), st.data())
def test_no_changed_bit_of_a_growth_is_accepted(
    sizes: tuple[int, int], data: st.DataObject
) -> None:
    old, new = sizes
    tree = Tree(new)
    parts = [tree.root(old), tree.root(new), *consistency_proof(tree, old, new)]
    changed = data.draw(st.integers(0, len(parts) - 1))
    parts[changed] = flip(parts[changed], data.draw(st.integers(0, 255)))
    old_root, new_root, *proof = parts
    with pytest.raises(ProofRefused):
        verify_consistency(old, old_root, new, new_root, proof)


def test_rollback_fork_and_false_emptiness_are_refused() -> None:
    tree = Tree(5)
    for old, old_root, new, new_root in [
        (5, tree.root(5), 4, tree.root(4)),
        (4, tree.root(4), 4, tree.root(5)),
        (0, tree.root(1), 4, tree.root(4)),
        (-1, tree.root(1), 4, tree.root(4)),
    ]:
        with pytest.raises(ProofRefused):
            verify_consistency(old, old_root, new, new_root, ())


@pytest.mark.parametrize(("index", "size"), [(5, 5), (-1, 5), (0, 0), (0, 2**63)])
def test_no_proof_of_what_is_not_there(index: int, size: int) -> None:
    with pytest.raises(Refused):
        inclusion_proof(Tree(5), index, size)
    with pytest.raises(ProofRefused):
        verify_inclusion(EMPTY_ROOT, index, size, (), EMPTY_ROOT)


def flip(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8 % len(data)] ^= 1 << bit % 8
    return bytes(changed)
