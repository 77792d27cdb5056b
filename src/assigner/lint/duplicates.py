"""One thing under two names: alleles, markers, genes and repeats that are listed twice."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator

from assigner.genome.builds import Build
from assigner.genome.motifs import same_motif
from assigner.genome.variants import Variant, trimmed
from assigner.lint.builds import placed
from assigner.lint.notices import Notice, Severity, notice
from assigner.lint.states import BUILD
from assigner.rules import Rules
from assigner.rules.loci import Allele, span_on
from assigner.rules.panels import variant_on

LONGEST_REACH = 60
"""Alleles that begin so many bases apart or fewer are compared base by base."""


def of_duplicates(rules: Rules) -> Iterator[Notice]:
    """All notices about what is listed twice."""
    yield from _alleles(rules)
    yield from _within(rules)
    yield from _labels(rules)
    yield from _markers(rules)
    yield from _genes(rules)
    yield from _repeats(rules)


def _alleles(rules: Rules) -> Iterator[Notice]:
    """Two rows whose REF and ALT make the same sequence of the bases that they tell."""
    near: dict[tuple[str, int], list[tuple[Variant, Allele]]] = defaultdict(list)
    for at, allele in placed(rules):
        variant = variant_on(allele, BUILD)
        bucket = variant.pos // LONGEST_REACH
        others = (pair for step in (-1, 0, 1) for pair in near.get((variant.chrom, bucket + step), ()))
        same = next((other for there, other in others if is_same_change(variant, there)), None)
        if same is not None:
            words = f"{allele.id} is the same change as {same.id}, written in another way"
            yield notice(rules, Severity.FAULT, "allele_twice", ("alleles", at), words)
        near[variant.chrom, bucket].append((variant, allele))


def is_same_change(one: Variant, other: Variant) -> bool:
    """Whether both make the same sequence, as far as their REFs tell the bases between them.

    >>> is_same_change(Variant("1", 10, "G", "GC"), Variant("1", 11, "C", "CC"))
    True
    >>> is_same_change(Variant("1", 10, "CAA", "CA"), Variant("1", 10, "CA", "C"))
    True
    """
    if one.chrom != other.chrom or len(one.ref) - len(one.alt) != len(other.ref) - len(other.alt):
        return False
    if trimmed(one.pos, one.ref, one.alt) == trimmed(other.pos, other.ref, other.alt):
        return True
    first, second = sorted((one, other), key=lambda each: each.pos)
    overlap = first.end + 1 - second.pos
    if overlap < 0 or first.ref[second.pos - first.pos :][: len(second.ref)] != second.ref[:overlap]:
        return False
    base = first.ref + second.ref[overlap:]
    return _made(base, first.pos, first) == _made(base, first.pos, second)


def _made(base: str, start: int, variant: Variant) -> str | None:
    """The sequence with the change in it, or None where REF is not its own."""
    at = variant.pos - start
    if base[at : at + len(variant.ref)] != variant.ref:
        return variant.text
    return base[:at] + variant.alt + base[at + len(variant.ref) :]


def _within(rules: Rules) -> Iterator[Notice]:
    """A change that is a part of another one: a carrier of the larger one carries both."""
    listed = {variant_on(allele, BUILD): allele for _, allele in placed(rules)}
    for at, allele in placed(rules):
        for part in variant_on(allele, BUILD).bases():
            if part != variant_on(allele, BUILD) and part in listed:
                words = f"{allele.id} contains {listed[part].id}: a carrier of it carries both"
                yield notice(rules, Severity.WARNING, "allele_within_another", ("alleles", at), words)


def _labels(rules: Rules) -> Iterator[Notice]:
    """Two active alleles with one record of ClinVar, or with one HGVS name in any version of the transcript."""
    labels: dict[str, Callable[[Allele], str | None]] = {
        "clinvar": lambda allele: allele.clinvar,
        "hgvs_c": lambda allele: allele.hgvs_c,
    }
    for label, of in labels.items():
        named: dict[tuple[str, str], str] = {}
        for at, allele in placed(rules):
            name = of(allele)
            if name is None or allele.inactive:
                continue
            gene = "" if label == "clinvar" else allele.gene
            first = named.setdefault((gene, re.sub(r"\.[0-9]+(?=[:(])", "", name)), allele.id)
            if first != allele.id:
                words = f"{allele.id} and {first} both have {label} {name}"
                yield notice(rules, Severity.WARNING, "allele_twice", ("alleles", at), words)


def _markers(rules: Rules) -> Iterator[Notice]:
    for build in Build:
        known: dict[tuple[str, int, frozenset[str | None]], str] = {}
        for at, marker in enumerate(rules.content.markers):
            pos = marker.on(build)
            if marker.chrom is None or pos is None:
                continue
            spot = (marker.chrom, pos, frozenset((marker.effect, marker.other)))
            first = known.setdefault(spot, marker.rsid)
            if first != marker.rsid:
                words = f"{marker.rsid} and {first} are one marker, at {marker.chrom}:{pos} of {build}"
                yield notice(rules, Severity.FAULT, "marker_twice", ("markers", at), words)


def _genes(rules: Rules) -> Iterator[Notice]:
    """Two genes with one id, or with one name in different case."""
    known: dict[str, str] = {}
    for at, gene in enumerate(rules.content.genes):
        for name in filter(None, (gene.hgnc, gene.ensembl, gene.symbol, *gene.aliases)):
            first = known.setdefault(name.casefold(), gene.symbol)
            if first != gene.symbol:
                words = f"{gene.symbol} and {first} are one gene: both have {name}"
                yield notice(rules, Severity.FAULT, "gene_twice", ("genes", at), words)


def _repeats(rules: Rules) -> Iterator[Notice]:
    """Two repeats of evidence at one place, whose motifs are one read from another base or on the other strand."""
    for at, repeat in enumerate(rules.content.repeats):
        for other in rules.content.repeats[:at]:
            if other.motif == repeat.motif or other.chrom != repeat.chrom or not repeat.use == other.use == "evidence":
                continue
            own, there = span_on(repeat, BUILD), span_on(other, BUILD)
            if same_motif(repeat.motif, other.motif) and own[0] < there[1] and there[0] < own[1]:
                words = f"{repeat.id} and {other.id} are evidence at one place: it counts twice"
                yield notice(rules, Severity.WARNING, "counted_twice", ("repeats", at), words)
