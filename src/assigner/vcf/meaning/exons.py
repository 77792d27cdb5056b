"""From where on a change of exons or of their splice sites may alter what is read of a transcript."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import inf
from typing import Literal, TypeAlias

from assigner.rules.panels import Panel
from assigner.vcf.meaning.coverage import Regions

Span: TypeAlias = tuple[int, int]
Strand: TypeAlias = Literal["plus", "minus"]

SITE = 2
"""The bases of an intron beside an exon that are its splice site."""
IN_CODON = 2
"""So far apart are the first and the last base of a codon, introns left out."""


def altered_from(exons: Sequence[Span], strand: Strand, changed: Span, *, cut: bool = False) -> int | None:
    """The first base, in the direction in which a transcript is read, that may not be read as it was.

    Where an exon is changed beyond its ends, or at a splice site, all of it may be left out.

    Args:
        exons: those of the transcript, in ascending order.
        strand: on which it is read.
        changed: the first and the last base that are changed.
        cut: whether all that is read behind the change lies elsewhere.

    Returns:
        A base of an exon; None where none is altered.

    >>> exons = ((100, 199), (300, 399))
    >>> [altered_from(exons, "plus", each) for each in ((150, 160), (190, 250), (220, 240))]
    [150, 100, None]
    >>> [altered_from(exons, "minus", each) for each in ((150, 160), (298, 299), (220, 240))]
    [160, 399, None]
    >>> altered_from(exons, "plus", (220, 220), cut=True)
    300
    """
    first, last = changed
    if cut:
        first, last = (first, max(last, exons[-1][1] + 1)) if strand == "plus" else (min(first, exons[0][0] - 1), last)
    touched = [each for each in exons if each[0] - SITE <= last and first <= each[1] + SITE]
    if not touched:
        return None
    start, end = touched[0] if strand == "plus" else touched[-1]
    inside = start <= first and last <= end
    if strand == "plus":
        return first if inside else start
    return last if inside else end


def hits_site(exons: Sequence[Span], first: int, last: int) -> bool:
    """Whether a change of some bases is one of a splice site; of an insertion, the base behind it and that before it.

    >>> exons = ((100, 199), (300, 399))
    >>> [hits_site(exons, *each) for each in ((201, 201), (202, 250), (201, 200), (202, 201), (98, 99))]
    [True, False, True, False, False]
    """
    return any(start <= last and first <= end for start, end in _sites(exons))


def _sites(exons: Sequence[Span]) -> Iterator[Span]:
    """The splice sites: the bases beside each exon, but for the ends of the transcript."""
    for (_, end), (start, _) in pairwise(exons):
        yield end + 1, end + SITE
        yield start - SITE, start - 1


def splice_sites(panel: Panel) -> Regions:
    """Those of all genes of which a rule set has whole exons."""
    found: dict[str, list[Span]] = defaultdict(list)
    for gene in panel.content.genes:
        if gene.exons is not None and gene.exons.coding_on(panel.build) is not None:
            found[gene.chrom] += _sites(gene.exons.on(panel.build))
    return Regions.of(found)


def bases_until_altered(spans: Sequence[Span], strand: Strand, changed: Span, *, cut: bool) -> float:
    """How many bases of exons are surely read as they were beside a change; a codon may begin before.

    Args:
        spans: the exons of the transcript, in ascending order.
        strand: on which it is read.
        changed: the first and the last base that are changed.
        cut: as in `altered_from`.
    """
    base = altered_from(spans, strand, changed, cut=cut)
    return inf if base is None else bases_before(spans, strand, base) - IN_CODON


def bases_before(exons: Sequence[Span], strand: Strand, pos: int) -> int:
    """How many bases of exons are read before a place."""
    if strand == "plus":
        return sum(max(0, min(pos, end + 1) - start) for start, end in exons)
    return sum(max(0, end - max(pos, start - 1)) for start, end in exons)
