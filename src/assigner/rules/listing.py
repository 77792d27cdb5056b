"""A rule set in words: its categories and genes, or one gene with all that is said of it."""

from __future__ import annotations

from collections.abc import Iterator

from assigner.errors import Fault, RuleSetError, shown
from assigner.genome.builds import Build
from assigner.rules.loci import Allele, Gene, span_on
from assigner.rules.scalars import Reasoned
from assigner.rules.schema import RuleSet


def listing(content: RuleSet) -> Iterator[str]:
    """The categories with their interventions and genes, the genes by share."""
    head = content.rule_set
    yield f"{head.title} ({head.id} {head.version}, {head.status})"
    for category in content.categories:
        yield ""
        yield f"{category.id} {category.name}: {category.intervention}"
        shares = [(s.share, g.symbol) for g in content.genes for s in g.shares if s.category == category.id]
        for share, symbol in sorted(shares, key=lambda item: (-item[0], item[1])):
            yield f"  {symbol:<10} {share:>5}"
    without = sorted(gene.symbol for gene in content.genes if not gene.shares)
    yield ""
    yield f"No category: {', '.join(without) or 'none'}"


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
            yield from _allele(allele)
    for repeat in content.repeats:
        if repeat.gene == gene.symbol:
            bands = f"normal to {repeat.normal}, expanded from {repeat.expanded}"
            yield f"  repeat {repeat.id} ({repeat.motif})n: {bands}; {repeat.use}"
            yield from _reasoned("    ", repeat)
    for marker in content.markers:
        if marker.gene == gene.symbol:
            yield f"  marker {marker.rsid}: {marker.inactive or f'{marker.effect} raises by {marker.log_odds}/1000'}"
    for mimic in content.flags.mimics:
        if mimic.gene == gene.symbol:
            yield f"  mimic {mimic.disorder}: {mimic.trigger}, {mimic.action}"
    for therapy in content.flags.therapies:
        if therapy.gene == gene.symbol:
            yield f"  therapy {therapy.product}: {therapy.stage}; {therapy.trigger}, {therapy.action}"


def _gene(gene: Gene) -> Iterator[str]:
    yield f"{gene.symbol} ({gene.hgnc or 'no HGNC id'}), {gene.validity} validity, {gene.inheritance}"
    spans = ((build, *span_on(gene, build)) for build in reversed(Build))
    yield f"  {', '.join(f'{build} {gene.chrom}:{start}-{end}' for build, start, end in spans)}"
    yield f"  mechanisms: {', '.join(gene.mechanisms) or 'none stated'}"
    if gene.carrier_ppm is not None:
        yield f"  carriers among participants: {gene.carrier_ppm} ppm"


def _allele(allele: Allele) -> Iterator[str]:
    place = allele.place
    at = f"{place.chrom}:{place.pos38} {place.ref38}>{place.alt38}" if place else "no place"
    inactive = f"; inactive: {allele.inactive}" if allele.inactive else ""
    yield f"  {allele.id}  {at}  {allele.allele_class}, needs {allele.needs} [{allele.status}]{inactive}"


def _reasoned(indent: str, part: Reasoned) -> Iterator[str]:
    yield f"{indent}{part.because} [{part.status}; {'; '.join(part.sources)}]"
