"""What a change does where exons and introns meet, in the Sequence Ontology's terms as Ensembl VEP uses them.

The places are those of "Calculated variant consequences", Ensembl: donor and acceptor are the two bases at either end
of an intron; the splice region reaches 3 bases into the exon and 8 into the intron; the donor's 5th base and its region
are bases 3 to 6, the polypyrimidine tract bases 3 to 17 before the next exon.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from assigner.packs.changes import Change
from assigner.packs.transcripts import Span, Transcript

SHORTEST_INTRON = 13
"""VEP takes shorter introns for shifts of the reading frame in the annotation ("Calculated variant consequences")."""

IN_EXON = 3
"""So many bases of an exon beside an intron have a term of their own."""


@frozen
class _Intron:
    """An intron, and whether it is read on the plus strand."""

    span: Span
    forward: bool

    def meets(self, change: Change, near: int, far: int, *, donor: bool) -> bool:
        """Whether a change meets some bases, counted from 1 at the donor or the acceptor into the intron.

        Base 0 is the last one of the exon, -1 the one before it.
        """
        first, last = self.span
        if donor == self.forward:
            return change.meets(first + near - 1, min(first + far - 1, last))
        return change.meets(max(first, last - far + 1), last - near + 1)

    def terms(self, change: Change) -> Iterator[str]:
        """The terms of a change here."""
        if self.meets(change, 1, 2, donor=True):
            yield "splice_donor_variant"
        if self.meets(change, 1, 2, donor=False):
            yield "splice_acceptor_variant"
        if self.meets(change, 5, 5, donor=True):
            yield "splice_donor_5th_base_variant"
        if self.meets(change, 3, 6, donor=True):
            yield "splice_donor_region_variant"
        if self.meets(change, 3, 17, donor=False):
            yield "splice_polypyrimidine_tract_variant"
        first, last = self.span
        behind_site = not change.removed and (change.start == first + 2 or change.end == last - 2)
        near = (self.meets(change, *bases, donor=donor) for bases in ((3, 8), (-2, 0)) for donor in (True, False))
        if behind_site or any(near):
            yield "splice_region_variant"
        if behind_site or change.meets(first + 2, last - 2):
            yield "intron_variant"


def at_border(change: Change, exons: tuple[Span, ...]) -> bool:
    """Whether an insertion stands between an exon and what lies beside it, so that it belongs to either."""
    return not change.removed and any(change.start == first or change.end == last for first, last in exons)


def splice_terms(change: Change, transcript: Transcript) -> set[str]:
    """The terms of a change in all introns that it meets, or near the ends of which it lies in an exon."""
    return {term for _, intron in _near(change, transcript) for term in intron.terms(change)}


def exon_of_site(change: Change, transcript: Transcript) -> str | None:
    """The exon at whose splice site a change lies, as `2/5`: before a donor, behind an acceptor; None for two."""
    met = set()
    for number, intron in _near(change, transcript):
        met |= {number} if intron.meets(change, 1, 2, donor=True) else set()
        met |= {number + 1} if intron.meets(change, 1, 2, donor=False) else set()
    return f"{met.pop()}/{len(transcript.exons)}" if len(met) == 1 else None


def _near(change: Change, transcript: Transcript) -> Iterator[tuple[int, _Intron]]:
    """The introns that a change can have terms of, numbered in the order in which they are read."""
    forward = transcript.strand == "plus"
    for number, span in enumerate(transcript.introns if forward else transcript.introns[::-1], 1):
        if span[0] - IN_EXON <= change.end + 1 and change.start - 1 <= span[1] + IN_EXON:
            yield number, _Intron(span, forward)
