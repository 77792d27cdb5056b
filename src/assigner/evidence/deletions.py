"""Whether deletions leave a gene without a copy: one alone, or one together with a small variant in trans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from attrs import frozen

from assigner.genome.variants import Variant
from assigner.profiles.calls import Call, State, apart
from assigner.profiles.profile import StructuralCall
from assigner.truth import Truth, all_of, any_of

Least = Literal["whole", "exon"]


@frozen
class Partner:
    """A small variant of the gene, and whether it is of a kind that disturbs the gene."""

    variant: Variant
    call: Call
    harms: Truth


def one_lost(seen: Sequence[StructuralCall], least: Least) -> Truth:
    """Whether at least one copy of the gene is deleted."""
    return any_of(all_of((each.takes(least), each.call.carries)) for each in seen)


def none_left(seen: Sequence[StructuralCall], partners: Sequence[Partner], least: Least) -> Truth:
    """Whether one copy is deleted, and the other one too, or disturbed by a small variant.

    Two deletions of one copy each may be one that two records show, so together they leave it open.
    """
    lost = [(each, all_of((each.takes(least), each.call.carries))) for each in seen]
    likely = [(each, truth) for each, truth in lost if truth is not Truth.FALSE]
    alone = any_of(all_of((truth, each.call.on_every_haplotype)) for each, truth in likely)
    two = Truth.UNKNOWN if len(likely) > 1 else Truth.FALSE
    joined = any_of(all_of((truth, other.harms, in_trans(each, other))) for each, truth in likely for other in partners)
    return any_of((alone, two, joined))


def in_trans(deletion: StructuralCall, other: Partner) -> Truth:
    """Whether a small variant is on the haplotype that a carried deletion leaves.

    Inside a deletion of one copy all reads come from the other copy, so a variant there looks homozygous. One that
    looks heterozygous contradicts the deletion. Elsewhere in the gene only phase tells.
    """
    call = other.call
    if call.carries is Truth.FALSE or _is_same(deletion, other.variant):
        return Truth.FALSE
    if call.state is not State.CALLED or deletion.call.state is not State.CALLED:
        return Truth.UNKNOWN
    if call.on_every_haplotype is Truth.TRUE:
        return Truth.TRUE
    meets = other.variant.pos <= deletion.end and deletion.start <= other.variant.end
    return Truth.UNKNOWN if meets else apart(deletion.call, call)


def _is_same(deletion: StructuralCall, variant: Variant) -> bool:
    """Whether the small variant is the deletion itself, spelled out in bases."""
    start = variant.pos + (variant.ref[0] == variant.alt[0])
    return len(variant.ref) > len(variant.alt) and (start, variant.end) == (deletion.start, deletion.end)
