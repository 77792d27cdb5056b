"""A rule set in words: its categories and genes, or one part with all that is said of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from assigner.errors import Fault, RuleSetError, shown
from assigner.genome.builds import Build
from assigner.rules.criteria import AnyCriterion, BurdenCriterion
from assigner.rules.loci import Allele, Gene, Marker, span_on
from assigner.rules.poisson import least_count, tail_ppm
from assigner.rules.repeats import Repeat
from assigner.rules.scalars import Reasoned
from assigner.rules.schema import Category, Mimic, RuleSet, Therapy
from assigner.rules.score_criteria import AgreementCriterion, PolygenicCriterion


def listing(content: RuleSet) -> Iterator[str]:
    """The categories with their interventions and genes, the genes by share."""
    head = content.rule_set
    yield f"{head.title} ({head.id} {head.version}, {head.status})"
    for category in content.categories:
        yield ""
        yield f"{category.id} {category.name}: {category.intervention}"
        yield from _shares(content, category)
    without = sorted(gene.symbol for gene in content.genes if not gene.shares)
    yield ""
    yield f"No category: {', '.join(without) or 'none'}"


def category_listing(content: RuleSet, category: Category) -> Iterator[str]:
    """All that a rule set says of one category."""
    yield f"{category.id} {category.name}: {category.intervention}"
    yield from _reasoned("  ", category)
    for name, value in (("dose", category.dose), ("schedule", category.schedule)):
        if value is not None:
            yield f"  {name}: {value}"
    yield from _shares(content, category)


def _shares(content: RuleSet, category: Category) -> Iterator[str]:
    """The genes of a category, by share."""
    shares = [(s.share, g.symbol) for g in content.genes for s in g.shares if s.category == category.id]
    for share, symbol in sorted(shares, key=lambda item: (-item[0], item[1])):
        yield f"  {symbol:<10} {share:>5}"


def gene_listing(content: RuleSet, name: str) -> Iterator[str]:
    """All that a rule set says of one gene.

    Raises:
        RuleSetError: when it has no gene of that symbol or alias.
    """
    gene = next((g for g in content.genes if name in (g.symbol, g.hgnc, g.ensembl, *g.aliases)), None)
    if gene is None:
        raise RuleSetError((Fault("rule set", 1, "genes", "a gene of this rule set", shown(name)),))
    yield from _gene(gene)
    yield from _reasoned("  ", gene)
    for share in gene.shares:
        yield f"  {share.category} {share.share}/1000"
        yield from _reasoned("    ", share)
    yield f"  no category {gene.unmapped}/1000"
    for allele in content.alleles:
        if allele.gene == gene.symbol:
            yield f"  {_allele(allele)}"
    for repeat in content.repeats:
        if repeat.gene == gene.symbol:
            yield f"  {_repeat(repeat)}"
            yield from _reasoned("    ", repeat)
    for marker in content.markers:
        if marker.gene == gene.symbol:
            yield f"  {_marker(marker)}"
    for flag in content.flags.with_trigger:
        if flag.gene == gene.symbol:
            yield f"  {_flag(flag)}"


def allele_listing(allele: Allele) -> Iterator[str]:
    """All that a rule set says of one allele."""
    yield f"{allele.gene} {_allele(allele)}"
    if allele.place is not None:
        for build in reversed(Build):
            pos, ref, alt = allele.place.on(build)
            yield f"  {build} {allele.place.chrom}:{pos} {ref}>{alt}"
    names = (allele.name, allele.hgvs_c, allele.hgvs_p, f"ClinVar {allele.clinvar}" if allele.clinvar else None)
    yield f"  names: {', '.join(dict.fromkeys(filter(None, names)))}"
    yield from _reasoned("  ", allele)


def repeat_listing(repeat: Repeat) -> Iterator[str]:
    """All that a rule set says of one repeat."""
    yield f"{repeat.gene} {_repeat(repeat)}"
    for build in reversed(Build):
        start, end = span_on(repeat, build)
        yield f"  {build} {repeat.chrom}:{start}-{end} (from 0, as in BED)"
    yield from _reasoned("  ", repeat)


def marker_listing(marker: Marker) -> Iterator[str]:
    """All that a rule set says of one marker."""
    yield f"{marker.gene} {_marker(marker)}"
    yield from _reasoned("  ", marker)


def criterion_listing(criterion: AnyCriterion) -> Iterator[str]:
    """All that a rule set says of one criterion."""
    yield f"{criterion.id}: {criterion.kind}, tier {criterion.tier}, {criterion.points} points"
    if isinstance(criterion, PolygenicCriterion):
        yield f"  a score for {criterion.category} by the weights of {criterion.file}"
        yield f"  known from {criterion.min_called}/1000 of its alleles on; those in genes: {criterion.in_genes}"
        for own in criterion.reference:
            yield f"  reference {own.group}: {own.samples} samples, mean {own.mean} millionths of a log odds ratio"
        if criterion.above_per_cent is not None:
            yield f"  worth nothing unless above {criterion.above_per_cent} per cent of a reference"
    if isinstance(criterion, AgreementCriterion):
        yield f"  counts for {criterion.category} where {' and '.join(criterion.agree)} both put it first"
    if isinstance(criterion, BurdenCriterion):
        expected, needed = criterion.expected_ppm, least_count(criterion.expected_ppm, criterion.tail_ppm)
        genes = len(criterion.terms_of_genes)
        yield f"  rare alleles in {genes} genes of {criterion.category}; a million people have {expected}"
        yield f"  true from {needed} alleles on: by chance in {tail_ppm(needed, expected)} of a million people"
        yield "  only reported" if criterion.effect is None else f"  odds ratio {criterion.effect.odds_ratio}"
    yield from _reasoned("  ", criterion)


def flag_listing(flag: Mimic | Therapy) -> Iterator[str]:
    """All that a rule set says of one mimic or therapy."""
    yield f"{flag.gene} {_flag(flag)}"
    yield from _reasoned("  ", flag)


def _gene(gene: Gene) -> Iterator[str]:
    yield f"{gene.symbol} ({gene.hgnc or 'no HGNC id'}), {gene.validity} validity, {gene.inheritance}"
    spans = ((build, *span_on(gene, build)) for build in reversed(Build))
    yield f"  {', '.join(f'{build} {gene.chrom}:{start}-{end}' for build, start, end in spans)}"
    yield f"  mechanisms: {', '.join(gene.mechanisms) or 'none stated'}"
    if gene.carrier_ppm is not None:
        yield f"  carriers among participants: {gene.carrier_ppm} ppm"


def _allele(allele: Allele) -> str:
    place = allele.place
    at = f"{place.chrom}:{place.pos38} {place.ref38}>{place.alt38}" if place else "no place"
    inactive = f"; inactive: {allele.inactive}" if allele.inactive else ""
    return f"{allele.id}  {at}  {allele.allele_class}, needs {allele.needs} [{allele.status}]{inactive}"


def _repeat(repeat: Repeat) -> str:
    there = f", the reference has ({repeat.reference})n" if repeat.reference else ""
    return f"repeat {repeat.id} ({repeat.motif})n{there}: {repeat.bands_in_words}; {repeat.use}"


def _marker(marker: Marker) -> str:
    return f"marker {marker.rsid}: {marker.inactive or f'{marker.effect} raises by {marker.log_odds}/1000'}"


def _flag(flag: Mimic | Therapy) -> str:
    match flag:
        case Mimic():
            return f"mimic {flag.disorder}: {flag.trigger}, {flag.action}"
        case Therapy():
            return f"therapy {flag.product}: {flag.stage}; {flag.trigger}, {flag.action}"
        case _:
            assert_never(flag)


def _reasoned(indent: str, part: Reasoned) -> Iterator[str]:
    yield f"{indent}{part.because} [{part.status}; {'; '.join(part.sources)}]"
