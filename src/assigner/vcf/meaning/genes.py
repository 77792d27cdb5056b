"""The genes at a place, and what is asked of the variants in them."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Generic, TypeVar

from attrs import frozen

from assigner.rules.criteria import terms_of
from assigner.rules.loci import Gene, span_on
from assigner.rules.panels import Panel
from assigner.rules.schema import RuleSet
from assigner.vcf.annotations.picks import GeneNames, without_version
from assigner.vcf.records.record import Record
from assigner.vcf.scan.alts import NO_ALLELE

Thing = TypeVar("Thing")


@frozen(eq=False)
class ByPlace(Generic[Thing]):
    """Things that have a span of one chromosome; those over a place are found among few of them.

    Attributes:
        spans: by where they begin, each with first and last base, its rank as they were given, and the thing.
        longest: how far behind its first base none of them reaches beyond.
    """

    spans: Sequence[tuple[int, int, int, Thing]]
    longest: int

    @classmethod
    def of(cls, things: Iterable[tuple[int, int, Thing]]) -> ByPlace[Thing]:
        """These things, each with its first and its last base.

        >>> ByPlace.of([(7, 9, "c"), (1, 8, "a"), (3, 4, "b")]).over(4, 7)
        ['c', 'a', 'b']
        """
        ranked = [(start, end, rank, thing) for rank, (start, end, thing) in enumerate(things)]
        spans = sorted(ranked, key=itemgetter(0))
        return cls(spans, max((end - start for start, end, *_ in spans), default=0))

    def over(self, start: int, end: int) -> list[Thing]:
        """Those over any base from `start` to `end`, in the order in which they were given."""
        low = bisect_left(self.spans, start - self.longest, key=itemgetter(0))
        high = bisect_right(self.spans, end, key=itemgetter(0))
        found = [(rank, thing) for _, last, rank, thing in self.spans[low:high] if last >= start]
        return [thing for _, thing in sorted(found, key=itemgetter(0))]


def genes_at(panel: Panel) -> dict[str, ByPlace[Gene]]:
    """The panel's genes by chromosome."""
    found: dict[str, list[tuple[int, int, Gene]]] = {}
    for gene in panel.content.genes:
        found.setdefault(gene.chrom, []).append((*span_on(gene, panel.build), gene))
    return {chrom: ByPlace.of(genes) for chrom, genes in found.items()}


def alleles_named(record: Record) -> frozenset[str]:
    """The ALTs of a record that are alleles: neither `*` nor any other base at all."""
    return frozenset(record.alts) - NO_ALLELE


def genes_over(record: Record, genes: Mapping[str, ByPlace[Gene]]) -> list[Gene]:
    """The genes that a record lies in, at least in part."""
    return genes_between(record.chrom or "", record.pos, record.end, genes)


def genes_between(chrom: str, first: int, last: int, genes: Mapping[str, ByPlace[Gene]]) -> list[Gene]:
    """The genes that lie between two bases, at least in part."""
    here = genes.get(chrom)
    return [] if here is None else here.over(first, last)


def names_of(panel: Panel) -> dict[str, GeneNames]:
    """What annotations call each of the panel's genes, by its symbol."""
    return {gene.symbol: gene_names(gene) for gene in panel.content.genes}


def gene_names(gene: Gene) -> GeneNames:
    """What annotations call a gene."""
    return GeneNames(
        hgnc_id=gene.hgnc or "",
        others=frozenset({gene.symbol, *gene.aliases, gene.ensembl or gene.symbol}),
        accessions=frozenset(map(without_version, gene.transcripts)),
    )


def asked_terms(content: RuleSet) -> frozenset[str]:
    """All Sequence Ontology terms that some criterion asks about."""
    return frozenset(term for criterion in content.criteria for term in terms_of(criterion))


def any_term(terms: frozenset[str]) -> re.Pattern[str]:
    """The pattern that finds any of these terms."""
    return re.compile("|".join(map(re.escape, sorted(terms))) or "(?!)")


def asks_annotations(content: RuleSet) -> bool:
    """Whether any criterion asks about annotations."""
    return any(criterion.reads == "annotations" for criterion in content.criteria)
