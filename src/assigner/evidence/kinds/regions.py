"""Where a variant lies in its gene: within or outside of regions, or at the end of the penultimate exon."""

from __future__ import annotations

from collections.abc import Collection

from assigner.genome.builds import Build
from assigner.genome.variants import Variant
from assigner.profiles.profile import Observed
from assigner.rules.loci import Gene
from assigner.rules.regions import Region
from assigner.truth import Truth, all_of, any_of

Ends = tuple[int, int]
"""First and last position (bases or residues), both included."""


def lies(seen: Observed, gene: Gene, build: Build, within: Collection[str], outside: Collection[str]) -> Truth:
    """Whether a variant lies within one of the gene's `within` regions, and outside of all its `outside` regions.

    Args:
        seen: the variant.
        gene: its gene.
        build: the build of its position.
        within: names of regions; if empty, any position fits.
        outside: names of regions.
    """
    inside = [(region.id, in_region(seen, region, build)) for region in gene.regions]
    there = any_of(truth for name, truth in inside if name in within) if within else Truth.TRUE
    return all_of((there, ~any_of(truth for name, truth in inside if name in outside)))


def in_region(seen: Observed, region: Region, build: Build) -> Truth:
    """Whether a variant lies in a region; unknown when its residues are unknown, or when it crosses an end."""
    bases = region.bases_on(build)
    if bases is not None:
        return within(changed_by(seen.variant), bases)
    if region.residues is None or seen.residues is None:
        return Truth.UNKNOWN
    return within(seen.residues, region.residues)


def ends_penultimate(seen: Observed, gene: Gene, build: Build, bases: int) -> Truth:
    """Whether a variant lies in the last `bases` bases of the penultimate exon.

    The file's annotation says whether it lies in that exon, and the rule set's table says where the exon ends. A table
    of coding parts gives the end of every exon but the last coding one, whose part may end before the exon does.
    """
    ends = gene.exons.ends_on(build, bases) if gene.exons else ()
    changed = changed_by(seen.variant)
    at = next((at for at, (exon, _) in enumerate(ends) if within(changed, exon) is Truth.TRUE), None)
    if seen.penultimate_exon is Truth.FALSE or (at is not None and at < len(ends) - 2):
        return Truth.FALSE
    inside = Truth.UNKNOWN if at is None else within(changed, ends[at][1])
    in_penultimate = at is not None and at == len(ends) - 2 and seen.penultimate_exon is Truth.TRUE
    return inside if in_penultimate or inside is Truth.FALSE else Truth.UNKNOWN


def within(ends: Ends, region: Ends) -> Truth:
    """Whether an interval lies in a region; unknown when it crosses an end."""
    (first, last), (start, end) = ends, region
    if start <= first and last <= end:
        return Truth.TRUE
    return Truth.FALSE if last < start or end < first else Truth.UNKNOWN


def changed_by(variant: Variant) -> Ends:
    """The bases that a variant changes; for an insertion the two bases between which it inserts."""
    anchored = len(variant.ref) != len(variant.alt) and variant.ref[0] == variant.alt[0]
    first = variant.pos + anchored
    return (variant.pos, first) if first > variant.end else (first, variant.end)
