"""The Merkle tree: RFC 6962's vectors, another implementation's roots and proofs, and every proof that was changed."""

from __future__ import annotations

import functools
import hashlib

import pymerkle
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assigner.errors import LedgerProofError
from assigner.ledger.tree import (
    appended,
    consistency,
    edge_places,
    inclusion,
    is_consistent,
    leaf_hash,
    node_hash,
    root,
    root_from_inclusion,
    root_of_edge,
)

LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
"""The leaves of the vectors of RFC 6962's own implementation (certificate-transparency, merkle_tree_test)."""

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

MOST = 70


@functools.cache
def grown() -> tuple[dict[tuple[int, int], bytes], list[bytes]]:
    """The nodes of a tree of MOST leaves, and its root at each size."""
    nodes: dict[tuple[int, int], bytes] = {}
    roots, edge = [root_of_edge([])], list[bytes]()
    for size in range(MOST):
        made, edge = appended(size, edge, leaf(size))
        nodes |= {(level, place): hashed for level, place, hashed in made}
        roots.append(root_of_edge(edge))
    return nodes, roots


def leaf(index: int) -> bytes:
    return leaf_hash(f"entry {index}".encode())


def node(level: int, place: int) -> bytes:
    return grown()[0][level, place]


@pytest.mark.holds("LEDG-01")
def test_the_roots_of_the_vectors() -> None:
    edge: list[bytes] = []
    assert root_of_edge(edge).hex() == ROOTS[0]
    for size, coded in enumerate(LEAVES):
        _, edge = appended(size, edge, leaf_hash(bytes.fromhex(coded)))
        assert root_of_edge(edge).hex() == ROOTS[size + 1]
        assert len(edge) == len(edge_places(size + 1))


@pytest.mark.holds("LEDG-01")
def test_another_implementation_gives_the_same_roots_and_proofs() -> None:
    other = pymerkle.InmemoryTree(algorithm="sha256")
    for index in range(MOST):
        other.append_entry(f"entry {index}".encode())
    _, roots = grown()
    for size in range(1, MOST + 1):
        assert other.get_root(size) == roots[size] == root(size, node)
    for size in range(1, MOST + 1, 3):
        for index in range(size):
            theirs = other.prove_inclusion(index + 1, size).path[1:]
            assert [step.hex() for step in inclusion(index, size, node)] == [_hex(step) for step in theirs]


def _hex(step: object) -> str:
    return step.hex() if isinstance(step, bytes) else str(step)


@pytest.mark.holds("LEDG-01")
def test_every_proof_of_every_pair_of_sizes_is_right() -> None:
    _, roots = grown()
    for new in range(MOST + 1):
        for index in range(new):
            assert root_from_inclusion(leaf(index), index, new, inclusion(index, new, node)) == roots[new]
        for old in range(new + 1):
            assert is_consistent(old, new, consistency(old, new, node), roots[old], roots[new])


@pytest.mark.holds("LEDG-01")
@given(data=st.data())
def test_every_changed_proof_is_refused(data: st.DataObject) -> None:
    _, roots = grown()
    new = data.draw(st.integers(2, MOST))
    old = data.draw(st.integers(1, new - 1))
    index = data.draw(st.integers(0, new - 1))
    for proof, holds in (
        (inclusion(index, new, node), lambda p: root_from_inclusion(leaf(index), index, new, p) == roots[new]),
        (consistency(old, new, node), lambda p: is_consistent(old, new, p, roots[old], roots[new])),
    ):
        assert holds(proof)
        at = data.draw(st.integers(0, len(proof) - 1))
        other = hashlib.sha256(proof[at]).digest()
        assert not holds([*proof[:at], other, *proof[at + 1 :]])
        assert not holds([*proof[:at], *proof[at + 1 :]])
        assert not holds([*proof, other])
        assert not holds([])
    assert root_from_inclusion(leaf(index), (index + 1) % new, new, inclusion(index, new, node)) != roots[new]
    assert not is_consistent(old, new, consistency(old, new, node), roots[old - 1], roots[new])
    assert not is_consistent(old, new, consistency(old, new, node), roots[old], roots[new - 1])


def test_sizes_that_cannot_be() -> None:
    _, roots = grown()
    for index, size in ((0, 0), (3, 3), (-1, 3)):
        with pytest.raises(LedgerProofError):
            inclusion(index, size, node)
        assert root_from_inclusion(leaf(0), index, size, []) is None
    with pytest.raises(LedgerProofError):
        consistency(3, 2, node)
    assert is_consistent(0, 5, [], roots[0], roots[5])
    assert not is_consistent(0, 5, [leaf(1)], roots[0], roots[5])
    assert not is_consistent(0, 5, [], roots[1], roots[5])
    assert not is_consistent(5, 4, [leaf(1)], roots[5], roots[4])
    assert root_from_inclusion(leaf(0), 0, 1, []) == leaf(0)
    assert node_hash(leaf(0), leaf(1)) == roots[2]
