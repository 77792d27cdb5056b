"""The genes at a place, and what is asked of the variants in them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from assigner.rules.criteria import terms_of
from assigner.rules.loci import Gene, span_on
from assigner.rules.panels import Panel
from assigner.rules.schema import RuleSet
from assigner.vcf.annotations.picks import GeneNames, without_version
from assigner.vcf.records.record import NO_ALLELE, Record


def genes_at(panel: Panel) -> dict[str, list[tuple[int, int, Gene]]]:
    """The panel's genes by chromosome, each with its span."""
    found: dict[str, list[tuple[int, int, Gene]]] = {}
    for gene in panel.content.genes:
        found.setdefault(gene.chrom, []).append((*span_on(gene, panel.build), gene))
    return found


def alleles_named(record: Record) -> frozenset[str]:
    """The ALTs of a record that are alleles: neither `*` nor any other base at all."""
    return frozenset(record.alts) - NO_ALLELE


def genes_over(record: Record, genes: Mapping[str, Sequence[tuple[int, int, Gene]]]) -> list[Gene]:
    """The genes that a record lies in, at least in part."""
    return genes_between(record.chrom or "", record.pos, record.end, genes)


def genes_between(
    chrom: str, first: int, last: int, genes: Mapping[str, Sequence[tuple[int, int, Gene]]]
) -> list[Gene]:
    """The genes that lie between two bases, at least in part."""
    return [gene for start, end, gene in genes.get(chrom, ()) if start <= last and first <= end]


def names_of(panel: Panel) -> dict[str, GeneNames]:
    """What annotations call each of the panel's genes, by its symbol."""
    return {
        gene.symbol: GeneNames(
            hgnc_id=gene.hgnc or "",
            others=frozenset({gene.symbol, *gene.aliases, gene.ensembl or gene.symbol}),
            accessions=frozenset(map(without_version, gene.transcripts)),
        )
        for gene in panel.content.genes
    }


def asked_terms(content: RuleSet) -> frozenset[str]:
    """All Sequence Ontology terms that some criterion asks about."""
    return frozenset(term for criterion in content.criteria for term in terms_of(criterion))


def any_term(terms: frozenset[str]) -> re.Pattern[str]:
    """The pattern that finds any of these terms."""
    return re.compile("|".join(map(re.escape, sorted(terms))) or "(?!)")


def asks_annotations(content: RuleSet) -> bool:
    """Whether any criterion asks about annotations."""
    return any(criterion.reads == "annotations" for criterion in content.criteria)
