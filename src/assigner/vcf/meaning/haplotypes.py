"""Whether carried alleles lie on one haplotype, and why a consequence is not known where another one may lie there."""

from __future__ import annotations

from assigner.profiles.calls import Call, State, together
from assigner.truth import Truth
from assigner.vcf.records.record import Record

IN_ONE_CODON = "another carried variant changes the same codon, and both may lie on one haplotype"
SHIFTED_BACK = "another carried variant may shift the reading frame back on the same haplotype"
BEHIND_SHIFT = "another carried variant may shift the reading frame here on the same haplotype"
BEHIND_STOP = "another carried variant may end the protein before it on the same haplotype"
BEHIND_BREAK = "another carried variant may change its exon, or which exons come before it, on the same haplotype"
SITE_DIFFERS = "whether another carried variant hits a splice site before it, the annotation and the exons differ"
DELETED = "a carried deletion takes its bases on each haplotype that it may lie on"
CROWDED = "its gene has too many other carried variants to compare it with each"
BESIDE = frozenset(
    {IN_ONE_CODON, SHIFTED_BACK, BEHIND_SHIFT, BEHIND_STOP, BEHIND_BREAK, SITE_DIFFERS, DELETED, CROWDED}
)
"""Why a consequence is not known beside another carried variant."""


def lies_with(one: Call, other: Call) -> bool:
    """Whether each haplotype with the one allele surely has the other."""
    if not one.state is other.state is State.CALLED:
        return False
    both = together([one, other], "")
    return both.carries is Truth.TRUE and both.copies.count(True) == one.copies.count(True)


def calls_apart(first: Call, second: Call) -> bool | None:
    """Whether two alleles lie on different haplotypes by what two records say; None when they do not tell it."""
    if not first.state is second.state is State.CALLED:
        return None
    if any(all(a.copies) and True in b.copies for a, b in ((first, second), (second, first))):
        return False
    beside = first.copies_beside(second)
    if beside is None:
        return None
    return not any(a is not False and b is not False for a, b in zip(beside, second.copies, strict=True))


def lie_apart(one: Record, first: Call, other: Record, second: Call) -> bool | None:
    """Whether two alleles lie on different haplotypes by these records; None when they do not tell it.

    The names of phase sets are those of one file, so that records of two files tell it of none. Nor does a record that
    is not believed.

    Args:
        one: a record.
        first: what it says of the one allele.
        other: another record, or the same.
        second: what it says of the other allele.
    """
    told = calls_apart(first, second)
    if told is not None or one is not other or not first.state is second.state is State.CALLED:
        return told
    shown = first.copies.count(True) + second.copies.count(True)
    return True if shown <= len(first.copies) else None


def leaves_none(one: Record, first: Call, other: Record, second: Call) -> bool:
    """Whether a deletion leaves no haplotype for an allele in its bases: by these records one of both is wrong.

    A copy beside a deleted one may be written twice.

    Args:
        one: the record of the deletion.
        first: what it says of it.
        other: that of the allele.
        second: what it says of it.
    """
    return lie_apart(one, first, other, second) is False and (all(first.copies) or not all(second.copies))
