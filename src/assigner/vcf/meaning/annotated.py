"""What annotations and genotypes say of carried alleles that may change codons, in all files of a participant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Protocol, Self

from attrs import field, frozen

from assigner.profiles.calls import Call
from assigner.rules.loci import Exons, Gene
from assigner.rules.panels import Panel
from assigner.vcf.annotations.consequences import JOINED, Consequence
from assigner.vcf.annotations.ontology import may_change_codon
from assigner.vcf.annotations.picks import names_nothing, without_version
from assigner.vcf.meaning.alleles import Allele, Carried, Key, carried_alleles
from assigner.vcf.meaning.coding import Beside, Group
from assigner.vcf.meaning.deletions import Deletions
from assigner.vcf.meaning.exons import Span
from assigner.vcf.meaning.genes import names_of
from assigner.vcf.meaning.haplotypes import lie_apart
from assigner.vcf.meaning.ranked import Shown
from assigner.vcf.meaning.unexplained import MayCode
from assigner.vcf.records.compounds import change_of
from assigner.vcf.records.record import Record

MOST = 100
"""So many alleles beside another one are looked at; beside more of them nothing is known."""


class Reader(Protocol):
    """What reads the records of one file."""

    def in_codons(self) -> Iterator[tuple[Record, Sequence[str], bool]]:
        """The carried records that may change codons, with their genes' symbols, and whether the protein may end."""

    def called(self, record: Record, number: int) -> Call:
        """What a record says of one of its alleles."""

    def told(self, record: Record, number: int) -> Sequence[Consequence]:
        """What its annotation says of it."""


@frozen(eq=False)
class Annotated:
    """Those alleles, and who says what of each.

    Attributes:
        panel: the rule set's places.
        beside: the alleles.
    """

    panel: Panel
    beside: Beside = field(factory=Beside)
    _readers: dict[int, Reader] = field(factory=dict, init=False)
    _known: dict[Key, Sequence[Consequence]] = field(factory=dict, init=False)
    _by_transcript: dict[Key, dict[str, list[Consequence]]] = field(factory=dict, init=False)
    _shown: dict[Key, Shown] = field(factory=dict, init=False)

    @classmethod
    def of(cls, readers: Iterable[Reader], deletions: Deletions, panel: Panel) -> Self:
        """Those of all files of a participant.

        Args:
            readers: what reads each of the files.
            deletions: the carried deletions, which explain alleles that are missing.
            panel: the rule set's places.
        """
        made = cls(panel)
        for reader in readers:
            for record, genes, ends in reader.in_codons():
                alleles = deletions.unexplained(carried_alleles(record), reader.called)
                made.beside.add(record, alleles, genes, ends=ends)
                made._readers[id(record)] = reader
        return made

    def on_transcript(self, said: Consequence, group: Group) -> Sequence[Consequence]:
        """What is said of another allele on the transcript of a consequence."""
        accession, key = without_version(said.transcript), group[0].key
        if key not in self._by_transcript:
            found = self._by_transcript[key] = defaultdict(list)
            for each in self.told(group):
                found[without_version(each.transcript)].append(each)
        return self._by_transcript[key].get(accession, ()) if accession else ()

    def of_gene(self, said: Consequence, group: Group) -> list[Consequence]:
        """What is said of another allele in the gene of a consequence, or of no gene and transcript."""
        return [each for each in self.told(group) if names_nothing(each) or share_gene(each, said)]

    def told(self, group: Group) -> Sequence[Consequence]:
        """What the annotation of each record says of an allele."""
        key = group[0].key
        found = self._known.get(key)
        if found is None:
            each = (self._readers[id(one.record)].told(one.record, one.number) for one in group[:MOST])
            found = self._known[key] = list(chain.from_iterable(each))
        return found

    def may_code(self, said: Consequence, carried: Carried, group: Group) -> bool:
        """Whether an allele of which a transcript's annotation tells nothing may change coding bases beside another.

        It does not where its consequences in the gene, or of no gene and transcript, all say that it lies in no codon.
        """
        if told := self.of_gene(said, group):
            return any(map(changes_codon, told))
        first, last = sorted((group[0].first, group[0].last))
        genes = self.panel.cached(MayCode.of).genes(group[0].place, first, last)
        return not {*genes}.isdisjoint(self.beside.genes_of(carried.record))

    def exons_of(self, said: Consequence, carried: Carried) -> Iterator[tuple[Exons, Sequence[Span]]]:
        """The whole exons that the rule set has of the transcript of a consequence, also those on the build."""
        build, accession = self.panel.build, without_version(said.transcript)
        for gene in self.genes_of(carried):
            ours = accession in self.panel.cached(names_of)[gene.symbol].accessions
            if gene.exons is not None and ours and gene.exons.coding_on(build) is not None:
                yield gene.exons, gene.exons.on(build)

    def genes_of(self, carried: Carried) -> Iterator[Gene]:
        """The genes that an allele lies in."""
        return (self.panel.genes[symbol] for symbol in self.beside.genes_of(carried.record))

    def apart(self, carried: Carried, group: Group) -> bool:
        """Whether two alleles surely do not lie on one haplotype, or the other is not shown to be carried.

        They do not where some of their records show it, and none the contrary.
        """
        return self.lies_apart(carried, [(one.record, call) for one in group[:MOST] if (call := self.call(one)).seen])

    def lies_apart(self, carried: Carried, theirs: Sequence[tuple[Record, Call]]) -> bool:
        """The same of an allele as some records show it."""
        mine = [(one.record, self.call(one)) for one in self.beside.groups.get(carried.variant, [])[:MOST]]
        if len(theirs) * len(mine) > MOST:
            return False
        mine = mine or [(carried.record, carried.call)]
        shown = {lie_apart(*one, *other) for one in mine for other in theirs}
        return not theirs or (True in shown and False not in shown)

    def shown(self, group: Group) -> Shown:
        """What those records of another allele show that show it."""
        key = group[0].key
        if key not in self._shown:
            self._shown[key] = Shown.of([call for one in group[:MOST] if (call := self.call(one)).seen])
        return self._shown[key]

    def apart_from(self, carried: Carried) -> Callable[[Shown], bool]:
        """Says of what is shown of another allele whether it surely lies apart from an allele, as `apart` says."""
        mine = [self.call(one) for one in self.beside.groups.get(carried.variant, [])[:MOST]]
        own = Shown.of(mine or [carried.call])
        return lambda other: own.lies_apart(other, MOST)

    def call(self, one: Allele) -> Call:
        """What its record says of an allele."""
        return self._readers[id(one.record)].called(one.record, one.number)


def are_together(said: Consequence, group: Group) -> bool:
    """Whether bcftools csq has taken another allele together with this one."""
    changes = said.fields.get(JOINED, "").split("+")
    each = (change_of(one.record.pos, one.record.ref, one.record.alts[one.number - 1]) for one in group[:MOST])
    return any(change in changes for change in each)


def share_gene(one: Consequence, other: Consequence) -> bool:
    """Whether two consequences name the same gene."""
    named = ("hgnc_id", "gene_id", "gene_symbol")
    return any(getattr(one, name) is not None and getattr(one, name) == getattr(other, name) for name in named)


def changes_codon(each: Consequence) -> bool:
    """Whether a consequence may be one on coding bases."""
    return not each.terms or may_change_codon(each.terms)
