"""Which carried records may change codons, and their alleles by place and by gene."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import TypeAlias

from attrs import field, frozen

from assigner.vcf.annotations.annotators import Annotator
from assigner.vcf.annotations.consequences import MISSING
from assigner.vcf.annotations.ontology import may_break, may_change_codon, may_rejoin
from assigner.vcf.meaning.alleles import Allele, Key, carried_alleles
from assigner.vcf.meaning.coverage import Regions
from assigner.vcf.records.record import Record

NEAR = 2
"""The bases of one codon lie at most so far apart, unless an intron parts them."""


def may_lie_in_codon(record: Record, annotator: Annotator, sites: Regions) -> bool:
    """Whether a record may change a codon, or which exons are joined.

    False only where its annotation, which is understood, and the splice sites of the rule set's exons say otherwise; of
    `*` no annotation can say anything.
    """
    told = terms_of(record, annotator)
    if not told or record.shows_missing or _meets(record, sites):
        return True
    return any(may_change_codon(terms) or may_rejoin(terms) for terms in chain.from_iterable(told))


def may_end_protein(record: Record, annotator: Annotator, sites: Regions) -> bool:
    """Whether any allele of a record may end the protein or alter all behind it, by its annotation or a splice site."""
    return _meets(record, sites) or any(map(may_break, chain.from_iterable(terms_of(record, annotator))))


def _meets(record: Record, sites: Regions) -> bool:
    return sites.touches(record.chrom or "", record.pos, record.end)


def terms_of(record: Record, annotator: Annotator) -> list[Iterable[tuple[str, ...]]]:
    """Of each tool whose annotation a record has the terms of each entry, whatever allele it is about."""
    told = ((layout, layout.value(record.info)) for layout in annotator.layouts)
    return [layout.terms(value) for layout, value in told if value not in MISSING]


Group: TypeAlias = list[Allele]
"""One allele as each of several records carries it."""


def _groups() -> dict[Key, Group]:
    return defaultdict(list)


@frozen(eq=False)
class Beside:
    """Carried alleles in genes that may change codons: by the first and the last base of each, and by gene."""

    genes: dict[int, Sequence[str]] = field(factory=dict)
    groups: Mapping[Key, Group] = field(factory=_groups)
    by_first: Mapping[tuple[str, int], dict[Key, Group]] = field(factory=lambda: defaultdict(dict))
    by_last: Mapping[tuple[str, int], dict[Key, Group]] = field(factory=lambda: defaultdict(dict))
    by_gene: Mapping[str, dict[Key, Group]] = field(factory=lambda: defaultdict(dict))
    ending: set[int] = field(factory=set)

    def add(self, record: Record, alleles: Iterable[Allele], genes: Sequence[str], *, ends: bool) -> None:
        """Add alleles that a record carries, in genes by their symbols; whether the protein may end at one."""
        if ends:
            self.ending.add(id(record))
        for own in alleles:
            group = self.groups[own.key]
            group.append(own)
            self.genes[id(record)] = genes
            self.by_first[own.place, own.first][own.key] = group
            self.by_last[own.place, own.last][own.key] = group
            for gene in genes:
                self.by_gene[gene][own.key] = group

    def near(self, own: Allele) -> Iterator[Group]:
        """The alleles that may change the same codon, as far as places tell; two that change one base do not."""
        for at in range(1, NEAR + 1):
            for found in (self.by_last.get((own.place, own.first - at)), self.by_first.get((own.place, own.last + at))):
                yield from (group for key, group in (found or {}).items() if key != own.key)

    def of_genes(self, genes: Iterable[str]) -> Iterator[Group]:
        """The alleles in some genes, each once."""
        known = set()
        for gene in genes:
            for key, group in self.by_gene.get(gene, {}).items():
                if key not in known:
                    known.add(key)
                    yield group

    def in_genes(self, own: Allele) -> Iterator[Group]:
        """The others in a gene of an allele, each once."""
        return (group for group in self.of_genes(self.genes_of(own.record)) if group[0].key != own.key)

    def genes_of(self, record: Record) -> Sequence[str]:
        """The symbols of the genes that a record lies in."""
        return self.genes.get(id(record), ())

    def stands_alone(self, record: Record) -> bool:
        """Whether a record among these surely changes what no other one does, and no other one what it does.

        Where one shifts the reading frame, ends the protein or is a deletion, which may take them, so do others in its
        gene.
        """
        own = [allele for allele in carried_alleles(record) if allele.key in self.groups]
        ends = id(record) in self.ending
        far = (allele for allele in own if ends or allele.is_deletion or allele.gains != {0})
        wide = (group for allele in far for group in self.in_genes(allele))
        groups = chain(wide, (group for allele in own for group in self.near(allele)))
        return not any(group[0].record is not record or len(group) > 1 for group in groups)
