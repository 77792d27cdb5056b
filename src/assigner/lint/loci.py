"""Places of a rule set that contradict each other: builds that disagree, impossible bases, loci counted twice."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

from assigner.genome.builds import Build
from assigner.genome.variants import Variant, trimmed
from assigner.lint.notices import Notice, Severity, notice
from assigner.lint.states import BUILD
from assigner.rules import Rules
from assigner.rules.loci import Allele, Gene, span_on
from assigner.rules.panels import locus_of, marker_pos, variant_on

_OPPOSITE = str.maketrans("ACGT", "TGCA")
_CODING = re.compile(r"(?:.*:)?c\.[-*]?[0-9]+(?:[-+][0-9]+)?([ACGT])>([ACGT])")


def of_loci(rules: Rules) -> Iterator[Notice]:
    """All notices about places."""
    yield from _builds(rules)
    yield from _shifts(rules)
    yield from _bases(rules)
    yield from _coding(rules)
    yield from _spellings(rules)
    yield from _twice(rules)
    yield from _repeats(rules)


def _placed(rules: Rules) -> list[tuple[int, Allele]]:
    return [(at, allele) for at, allele in enumerate(rules.content.alleles) if allele.place]


def reverse_complement(bases: str) -> str:
    """The bases of the other strand.

    >>> reverse_complement("ACC")
    'GGT'
    """
    return bases.translate(_OPPOSITE)[::-1]


def _builds(rules: Rules) -> Iterator[Notice]:
    """An allele's bases are the same on both builds, or the reverse complement where the region was inverted."""
    for at, allele in _placed(rules):
        place = allele.place
        assert place is not None
        for one, other in combinations(Build, 2):
            (_, ref, alt), (_, ref_there, alt_there) = place.on(one), place.on(other)
            if (ref_there, alt_there) in ((ref, alt), (reverse_complement(ref), reverse_complement(alt))):
                continue
            gain, gain_there = len(ref) - len(alt), len(ref_there) - len(alt_there)
            both = f"{ref}>{alt} on {one} and {ref_there}>{alt_there} on {other}"
            if gain != gain_there or gain == 0:
                yield notice(rules, Severity.FAULT, "builds_disagree", ("alleles", at), f"{allele.id} is {both}")
            else:
                words = f"{allele.id} is written {both}"
                yield notice(rules, Severity.NOTE, "builds_written_otherwise", ("alleles", at), words)


def _shifts(rules: Rules) -> Iterator[Notice]:
    """The alleles of one gene are as far apart on one build as on the other, in one direction or the other."""
    genes = {gene.symbol: gene for gene in rules.content.genes}
    by_gene: dict[str, list[tuple[int, Allele]]] = defaultdict(list)
    for at, allele in _placed(rules):
        by_gene[allele.gene].append((at, allele))
    for symbol, items in by_gene.items():
        for one, other in combinations(Build, 2):
            yield from _shifted(rules, items, one, other)
            if symbol in genes:
                yield from _outside(rules, items, genes[symbol], one, other)


def _shifted(rules: Rules, items: Sequence[tuple[int, Allele]], one: Build, other: Build) -> Iterator[Notice]:
    """The alleles of a gene that have not moved from one build to the other as most of them have."""
    ahead = [variant_on(allele, other).pos - variant_on(allele, one).pos for _, allele in items]
    shift, most = Counter(ahead).most_common(1)[0]
    for (at, allele), own in zip(items, ahead, strict=True) if most * 2 > len(items) > 2 else ():
        if own != shift:
            words = f"{allele.id} is {own} bases further on {other}; most alleles of {allele.gene} are {shift}"
            yield notice(rules, Severity.WARNING, "builds_apart", ("alleles", at), words)


def _outside(
    rules: Rules, items: Sequence[tuple[int, Allele]], gene: Gene, one: Build, other: Build
) -> Iterator[Notice]:
    """The alleles that lie in their gene on one of two builds only."""
    for at, allele in items:
        inside = [build for build in (one, other) if _is_in(variant_on(allele, build).pos, span_on(gene, build))]
        if len(inside) == 1:
            words = f"{allele.id} lies in {gene.symbol} on {inside[0]} only"
            yield notice(rules, Severity.WARNING, "builds_apart", ("alleles", at), words)


def _is_in(pos: int, span: tuple[int, int]) -> bool:
    return span[0] <= pos <= span[1]


def _bases(rules: Rules) -> Iterator[Notice]:
    """Two alleles cannot replace different bases at one place of the reference."""
    for build in Build:
        known: dict[tuple[str, int], tuple[str, str]] = {}
        for at, allele in _placed(rules):
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


def _coding(rules: Rules) -> Iterator[Notice]:
    """The single base that HGVS names is REF and ALT, on the strand of the gene."""
    strands: dict[str, Counter[str]] = defaultdict(Counter)
    read: list[tuple[int, Allele, str]] = []
    for at, allele in _placed(rules):
        found = _CODING.fullmatch(allele.hgvs_c or "")
        if found is None or allele.place is None:
            continue
        _, *bases = allele.place.on(BUILD)
        minus = tuple(map(reverse_complement, bases)) == found.groups()
        strand = "plus" if tuple(bases) == found.groups() else "minus" if minus else "none"
        read.append((at, allele, strand))
        strands[allele.gene][strand] += 1
    for at, allele, strand in read:
        counted = strands[allele.gene]
        usual = max(("plus", "minus"), key=lambda each: counted[each])
        if strand == "none":
            words = f"{allele.id}: {allele.hgvs_c} is not REF and ALT of {BUILD} on any strand"
            yield notice(rules, Severity.FAULT, "hgvs_disagrees", ("alleles", at), words)
        elif strand != usual and counted[usual] > counted[strand]:
            words = f"{allele.id}: {allele.hgvs_c} is on the {strand} strand, most of {allele.gene} on the {usual} one"
            yield notice(rules, Severity.FAULT, "hgvs_disagrees", ("alleles", at), words)


def _spellings(rules: Rules) -> Iterator[Notice]:
    """One change with two names, or one within another, is counted twice."""
    known: dict[tuple[str, int, str, str], str] = {}
    listed = {variant_on(allele, BUILD): allele for _, allele in _placed(rules)}
    for at, allele in _placed(rules):
        variant = variant_on(allele, BUILD)
        spelled = (variant.chrom, *trimmed(variant.pos, variant.ref, variant.alt))
        other = known.setdefault(spelled, allele.id)
        if other != allele.id:
            words = f"{allele.id} is the same change as {other}, written in another way"
            yield notice(rules, Severity.FAULT, "allele_twice", ("alleles", at), words)
        for part in variant.bases():
            if part != variant and part in listed:
                words = f"{allele.id} contains {listed[part].id}: a carrier of it carries both"
                yield notice(rules, Severity.WARNING, "allele_within_another", ("alleles", at), words)
    for label in ("clinvar", "hgvs_c"):
        named: dict[str, str] = {}
        for at, allele in _placed(rules):
            name = getattr(allele, label)
            if name is None or allele.inactive:
                continue
            first = named.setdefault(name, allele.id)
            if first != allele.id:
                words = f"{allele.id} and {first} both have {label} {name}"
                yield notice(rules, Severity.WARNING, "allele_twice", ("alleles", at), words)


def _twice(rules: Rules) -> Iterator[Notice]:
    """A place that is a marker and a listed allele counts twice."""
    listed = {variant_on(a, BUILD): a for _, a in _placed(rules) if not a.inactive}
    for at, marker in enumerate(rules.content.markers):
        if marker.inactive or not (marker.chrom and marker.effect and marker.other):
            continue
        pos = marker_pos(marker, BUILD)
        for ref, alt in ((marker.other, marker.effect), (marker.effect, marker.other)):
            allele = listed.get(Variant(marker.chrom, pos, ref, alt))
            if allele is not None:
                words = f"{marker.rsid} is also the listed allele {allele.id}: both count"
                yield notice(rules, Severity.WARNING, "counted_twice", ("markers", at), words)


def _repeats(rules: Rules) -> Iterator[Notice]:
    repeats = rules.content.repeats
    for at, repeat in enumerate(repeats):
        path = ("repeats", at)
        units = {build: _units(span_on(repeat, build), repeat.motif) for build in Build}
        above = [f"{number} on {build}" for build, number in units.items() if number > repeat.normal]
        if above:
            words = f"the reference genome has more units of {repeat.id} than is normal: {', '.join(above)}"
            yield notice(rules, Severity.WARNING, "repeat_reference_not_normal", path, words)
        if len(set(units.values())) > 1:
            numbers = ", ".join(f"{number} units on {build}" for build, number in units.items())
            yield notice(rules, Severity.NOTE, "repeat_builds_differ", path, f"{repeat.id} has {numbers}")
        for other in repeats[:at]:
            if other.chrom != repeat.chrom or other.motif != repeat.motif:
                continue
            if locus_of(other) == locus_of(repeat):
                if other.use == repeat.use == "evidence":
                    words = f"{repeat.id} and {other.id} are evidence at one place: it counts twice"
                    yield notice(rules, Severity.WARNING, "counted_twice", path, words)
            elif _meet(span_on(other, BUILD), span_on(repeat, BUILD)):
                words = f"{repeat.id} and {other.id} overlap, but are not the same place"
                yield notice(rules, Severity.WARNING, "repeat_places_overlap", path, words)


def _units(span: Sequence[int], motif: str) -> int:
    return (span[1] - span[0]) // len(motif)


def _meet(one: Sequence[int], other: Sequence[int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]
