"""Places of a rule set that contradict each other: impossible bases, loci counted twice, repeats that overlap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assigner.genome.builds import Build
from assigner.genome.variants import Variant
from assigner.lint.builds import placed
from assigner.lint.notices import Notice, Severity, notice
from assigner.lint.states import BUILD
from assigner.rules import Rules
from assigner.rules.loci import span_on
from assigner.rules.panels import locus_of, marker_pos, variant_on, yielding
from assigner.rules.repeats import Repeat

LINKED = 500_000
"""Markers nearer than this may be linked; curators' judgement, as no linkage is read."""


def of_loci(rules: Rules) -> Iterator[Notice]:
    """All notices about places."""
    yield from _bases(rules)
    yield from _twice(rules)
    yield from _linked(rules)
    yield from _repeats(rules)


def _bases(rules: Rules) -> Iterator[Notice]:
    """Two alleles cannot replace different bases at one place of the reference."""
    for build in Build:
        known: dict[tuple[str, int], tuple[str, str]] = {}
        for at, allele in placed(rules):
            variant = variant_on(allele, build)
            for step, base in enumerate(variant.ref):
                spot = (variant.chrom, variant.pos + step)
                first, name = known.setdefault(spot, (base, allele.id))
                if first != base:
                    words = f"{allele.id} has REF {base} at {spot[0]}:{spot[1]} of {build}; {name} has {first}"
                    yield notice(rules, Severity.FAULT, "ref_impossible", ("alleles", at), words)
                    break
        for at, marker in enumerate(rules.content.markers):
            if marker.inactive or not marker.chrom:
                continue
            there, name = known.get((marker.chrom, marker_pos(marker, build)), ("", ""))
            if there and there not in ((marker.effect or "")[:1], (marker.other or "")[:1]):
                words = f"{marker.rsid} is {marker.effect} or {marker.other} on {build}; {name} has REF {there} there"
                yield notice(rules, Severity.FAULT, "ref_impossible", ("markers", at), words)


def _twice(rules: Rules) -> Iterator[Notice]:
    """A place that is a marker and a listed allele counts twice."""
    listed = {variant_on(a, BUILD): a for _, a in placed(rules) if not a.inactive}
    for at, marker in enumerate(rules.content.markers):
        if marker.inactive or not (marker.chrom and marker.effect and marker.other):
            continue
        pos = marker_pos(marker, BUILD)
        for ref, alt in ((marker.other, marker.effect), (marker.effect, marker.other)):
            allele = listed.get(Variant(marker.chrom, pos, ref, alt))
            if allele is not None:
                words = f"{marker.rsid} is also the listed allele {allele.id}: both count"
                yield notice(rules, Severity.WARNING, "counted_twice", ("markers", at), words)


def _linked(rules: Rules) -> Iterator[Notice]:
    """Near markers may be one signal, which then counts twice; so may a marker beside a repeat that is evidence."""
    content = rules.content
    placed_markers = [(at, marker) for at, marker in enumerate(content.markers) if marker.is_active and marker.chrom]
    for step, (at, marker) in enumerate(placed_markers):
        path, pos = ("markers", at), marker_pos(marker, BUILD)
        for _, other in placed_markers[:step]:
            apart = abs(pos - marker_pos(other, BUILD))
            if marker.chrom == other.chrom and apart < LINKED and None in (marker.locus, other.locus):
                words = f"{marker.rsid} and {other.rsid} are {apart:,} bases apart and may be one signal: both count"
                yield notice(rules, Severity.WARNING, "marker_linked", path, words)
        for repeat in content.repeats:
            start, end = span_on(repeat, BUILD)
            if repeat.is_evidence and repeat.chrom == marker.chrom and start - LINKED < pos < end + LINKED:
                words = f"{marker.rsid} lies near the repeat {repeat.id} and may stand for it: both count"
                yield notice(rules, Severity.WARNING, "marker_linked", path, words)
    for marker in yielding(content.markers):
        path = ("markers", content.markers.index(marker))
        words = f"{marker.rsid} does not count: a stronger marker stands for the locus {marker.locus}"
        yield notice(rules, Severity.NOTE, "marker_yields", path, words)


def _repeats(rules: Rules) -> Iterator[Notice]:
    repeats = rules.content.repeats
    for at, repeat in enumerate(repeats):
        path = ("repeats", at)
        units = {build: _units(repeat, build) for build in Build}
        strange = [f"{number} on {build}" for build, number in units.items() if not repeat.is_normal(number, number)]
        if strange:
            words = f"the reference genome has units of {repeat.id} that are not normal: {', '.join(strange)}"
            yield notice(rules, Severity.WARNING, "repeat_reference_not_normal", path, words)
        if len(set(units.values())) > 1:
            numbers = ", ".join(f"{number} units on {build}" for build, number in units.items())
            yield notice(rules, Severity.NOTE, "repeat_builds_differ", path, f"{repeat.id} has {numbers}")
        for other in repeats[:at]:
            if other.chrom != repeat.chrom or other.motif != repeat.motif:
                continue
            if locus_of(other) == locus_of(repeat):
                if other.is_evidence and repeat.is_evidence:
                    words = f"{repeat.id} and {other.id} are evidence at one place: it counts twice"
                    yield notice(rules, Severity.WARNING, "counted_twice", path, words)
            elif _meet(span_on(other, BUILD), span_on(repeat, BUILD)):
                words = f"{repeat.id} and {other.id} overlap, but are not the same place"
                yield notice(rules, Severity.WARNING, "repeat_places_overlap", path, words)


def _units(repeat: Repeat, build: Build) -> int:
    """The units that the reference genome has; none of a motif that it does not have there."""
    start, end = span_on(repeat, build)
    return 0 if repeat.reference else (end - start) // len(repeat.motif)


def _meet(one: Sequence[int], other: Sequence[int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]
