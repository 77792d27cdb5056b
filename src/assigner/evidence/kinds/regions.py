"""Where in its gene a variant lies, as far as criteria ask: in some regions, outside of others, at an exon's end."""

from __future__ import annotations

from collections.abc import Collection

from assigner.genome.builds import Build
from assigner.genome.variants import Variant
from assigner.profiles.profile import Observed
from assigner.rules.loci import Gene
from assigner.rules.regions import Region
from assigner.truth import Truth, all_of, any_of

Ends = tuple[int, int]
"""The first and the last of something counted, both included."""


def lies(seen: Observed, gene: Gene, build: Build, within: Collection[str], outside: Collection[str]) -> Truth:
    """Whether a variant lies within one of the gene's regions of these names, and outside of those.

    Args:
        seen: the variant.
        gene: its gene.
        build: the build of its place.
        within: names of regions; when there are none, anywhere will do.
        outside: names of regions.
    """
    inside = [(region.id, in_region(seen, region, build)) for region in gene.regions]
    there = any_of(truth for name, truth in inside if name in within) if within else Truth.TRUE
    return all_of((there, ~any_of(truth for name, truth in inside if name in outside)))


def in_region(seen: Observed, region: Region, build: Build) -> Truth:
    """Whether a variant lies in a region; unknown when its residues are not known, or when it reaches across an end."""
    bases = region.bases_on(build)
    if bases is not None:
        return within(changed_by(seen.variant), bases)
    if region.residues is None or seen.residues is None:
        return Truth.UNKNOWN
    return within(seen.residues, region.residues)


def ends_penultimate(seen: Observed, gene: Gene, build: Build, bases: int) -> Truth:
    """Whether a variant lies in so many last bases of the last exon but one.

    The file says which exon it lies in, and the rule set's table where that exon ends. A table of coding parts has the
    end of an exon where another part follows; its last part may end before the exon does.
    """
    ends = gene.exons.ends_on(build, bases) if gene.exons else ()
    changed = changed_by(seen.variant)
    at = next((at for at, (exon, _) in enumerate(ends) if within(changed, exon) is Truth.TRUE), None)
    if seen.penultimate_exon is Truth.FALSE or (at is not None and at < len(ends) - 2):
        return Truth.FALSE
    inside = Truth.UNKNOWN if at is None else within(changed, ends[at][1])
    told = at is not None and at == len(ends) - 2 and seen.penultimate_exon is Truth.TRUE
    return inside if told or inside is Truth.FALSE else Truth.UNKNOWN


def within(ends: Ends, region: Ends) -> Truth:
    """Whether something lies in a region; unknown when it reaches across an end."""
    (first, last), (start, end) = ends, region
    if start <= first and last <= end:
        return Truth.TRUE
    return Truth.FALSE if last < start or end < first else Truth.UNKNOWN


def changed_by(variant: Variant) -> Ends:
    """The bases that a variant changes, or the two between which it inserts."""
    anchored = len(variant.ref) != len(variant.alt) and variant.ref[0] == variant.alt[0]
    first = variant.pos + anchored
    return (variant.pos, first) if first > variant.end else (first, variant.end)
