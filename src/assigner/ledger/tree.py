"""The Merkle tree of RFC 6962 over the entries: its root, and proofs that an entry is in it or that it only grew.

A node of a level covers `2**level` leaves. Nodes whose leaves are all there never change, and are stored; all others
are computed when they are asked for, and the leaves, of level 0, from the entries.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence

from assigner.errors import LedgerProofError

Node = Callable[[int, int], bytes]
"""The hash of the complete node at a level and a place in it, both counted from 0."""


def leaf_hash(body: bytes) -> bytes:
    """The hash of an entry's bytes."""
    return hashlib.sha256(b"\0" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two neighbours."""
    return hashlib.sha256(b"\1" + left + right).digest()


def edge_places(size: int) -> list[tuple[int, int]]:
    """The complete nodes that together cover a tree, as (level, place), the smallest first.

    >>> edge_places(6)
    [(1, 2), (2, 0)]
    """
    return [(level, (size >> level) - 1) for level in range(size.bit_length()) if size >> level & 1]


def root_of_edge(edge: Sequence[bytes]) -> bytes:
    """The root of a tree, from the hashes of its edge, the smallest first."""
    if not edge:
        return hashlib.sha256(b"").digest()
    found, *rest = edge
    for left in rest:
        found = node_hash(left, found)
    return found


def appended(size: int, edge: Sequence[bytes], leaf: bytes) -> tuple[list[tuple[int, int, bytes]], list[bytes]]:
    """What one more leaf adds to a tree.

    Args:
        size: the leaves before.
        edge: the hashes of the edge before, the smallest first.
        leaf: the hash of the new leaf.

    Returns:
        The nodes that are complete now, as (level, place, hash), and the new edge.
    """
    level, hashed, rest = 0, leaf, list(edge)
    made = [(0, size, leaf)]
    while size >> level & 1:
        hashed = node_hash(rest.pop(0), hashed)
        level += 1
        made.append((level, size >> level, hashed))
    return made, [hashed, *rest]


def root(size: int, node: Node) -> bytes:
    """The root of a tree whose complete nodes are known."""
    return root_of_edge([node(level, place) for level, place in edge_places(size)])


def inclusion(index: int, size: int, node: Node) -> list[bytes]:
    """The proof that the leaf at `index` is in the tree of `size` leaves: its neighbours, from the leaf up."""
    if not 0 <= index < size:
        raise LedgerProofError("proof", f"an entry below {size}", str(index))
    return list(_path(index, 0, size, node))


def consistency(old: int, new: int, node: Node) -> list[bytes]:
    """The proof that the tree of `new` leaves begins with the tree of `old` leaves."""
    if not 0 <= old <= new:
        raise LedgerProofError("proof", f"a size up to {new}", str(old))
    return list(_subproof(old, 0, new, node, whole=True)) if 0 < old < new else []


def _range(low: int, high: int, node: Node) -> bytes:
    """The hash over the leaves from `low` to before `high`, as RFC 6962 splits them."""
    count = high - low
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return node(level, low >> level)
    middle = low + _split(count)
    return node_hash(_range(low, middle, node), _range(middle, high, node))


def _split(count: int) -> int:
    """The largest power of two below a count of two or more."""
    return int(1 << ((count - 1).bit_length() - 1))


def _path(index: int, low: int, high: int, node: Node) -> Iterator[bytes]:
    if high - low == 1:
        return
    middle = low + _split(high - low)
    if index < middle:
        yield from _path(index, low, middle, node)
        yield _range(middle, high, node)
    else:
        yield from _path(index, middle, high, node)
        yield _range(low, middle, node)


def _subproof(old: int, low: int, high: int, node: Node, *, whole: bool) -> Iterator[bytes]:
    """RFC 6962's SUBPROOF: `old` counts leaves from `low`; `whole` says that their root is known to the verifier."""
    if old == high - low:
        if not whole:
            yield _range(low, high, node)
        return
    middle = _split(high - low)
    if old <= middle:
        yield from _subproof(old, low, low + middle, node, whole=whole)
        yield _range(low + middle, high, node)
    else:
        yield from _subproof(old - middle, low + middle, high, node, whole=False)
        yield _range(low, low + middle, node)


def root_from_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """The root that a proof of inclusion gives (RFC 9162, 2.1.3.2); None when the proof has another length."""
    if not 0 <= index < size:
        return None
    at, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return None
        if at & 1 or at == last:
            found = node_hash(step, found)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, step)
        at, last = at >> 1, last >> 1
    return found if last == 0 else None


def is_consistent(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Whether a proof shows that the tree of `new` leaves begins with that of `old` leaves (RFC 9162, 2.1.4.2)."""
    if old == 0 or old == new:
        return not proof and (old != new or old_root == new_root) and (old > 0 or old_root == root_of_edge([]))
    if not 0 < old < new or not proof:
        return False
    steps = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            first, second = node_hash(step, first), node_hash(step, second)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            second = node_hash(second, step)
        at, last = at >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root
