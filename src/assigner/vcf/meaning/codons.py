"""Carried alleles of a participant that may change one codon: an annotation of each alone may be wrong for both.

Programs that annotate each record alone (Ensembl VEP, SnpEff, ANNOVAR, `bcftools csq --local-csq`) take the reference
for all other bases. Two changes of one codon on one haplotype make another residue than either (Wang et al., "Landscape
of multi-nucleotide variants in 125,748 human exomes and 15,708 genomes", Nature Communications 2020), and two shifts of
the reading frame may undo each other.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Protocol, Self

from attrs import field, frozen

from assigner.genome.variants import UNTOLD, Variant
from assigner.profiles.calls import Call
from assigner.vcf.annotations.annotators import Annotator
from assigner.vcf.annotations.consequences import MISSING, Consequence
from assigner.vcf.annotations.ontology import may_change_codon
from assigner.vcf.annotations.picks import without_version
from assigner.vcf.annotations.residues import residues_of
from assigner.vcf.meaning.judged import alleles_of
from assigner.vcf.meaning.neighbours import IN_ONE_CODON, SHIFTED_BACK, Carried, gain, lie_apart
from assigner.vcf.records.record import ANY_OTHER, Record

NEAR = 2
"""The bases of one codon lie at most so far apart, unless an intron parts them."""
MOST = 100
"""So many alleles beside another one are looked at; beside more of them nothing is known."""

_FRAMESHIFT = "frameshift_variant"
_ANY_GAIN = frozenset({0, 1, 2})


def may_lie_in_codon(record: Record, annotator: Annotator) -> bool:
    """Whether a record may change a codon; False only where its annotation, which is understood, says otherwise."""
    told = [(layout, value) for layout in annotator.layouts if (value := layout.value(record.info)) not in MISSING]
    return not told or any(may_change_codon(tuple(layout.terms(value))) for layout, value in told)


@frozen
class Allele:
    """An allele that a record carries.

    Attributes:
        record: the record.
        number: its number in GT.
        variant: the allele as a variant; of one whose bases are not told, where it stands.
        gain: by how many bases it moves the reading frame, from 0 to 2.
        first: the first base that it changes, or, of an insertion, the base behind it.
        last: the last one, or, of an insertion, the base before it.
    """

    record: Record
    number: int
    variant: Variant
    gain: int
    first: int
    last: int

    @classmethod
    def of(cls, record: Record, number: int, variant: Variant) -> Self:
        """One whose bases are told."""
        anchored = len(variant.ref) != len(variant.alt) and variant.ref[0] == variant.alt[0]
        return cls(record, number, variant, gain(variant), variant.pos + anchored, variant.end)


def _carried(record: Record) -> Iterator[Allele]:
    """The alleles that a record carries, also those whose bases are not told; none that is a large variant."""
    called = record.genotype.alleles if record.is_carried and record.genotype else ()
    named = dict(alleles_of(record)) if called else {}
    for number in sorted({number for number in called if number}):
        alt = record.alts[number - 1]
        if number in named:
            yield Allele.of(record, number, named[number])
        elif alt in ANY_OTHER or alt.isalpha():
            untold = Variant(record.chrom or "", record.pos, record.ref[:1], UNTOLD)
            yield Allele(record, number, untold, 0, record.pos, record.pos + len(record.ref) - 1)


@frozen(eq=False)
class Beside:
    """Carried alleles in genes that may change codons: by the first and the last base of each, and shifts by gene."""

    genes: dict[int, Sequence[str]] = field(factory=dict)
    by_first: Mapping[tuple[str, int], list[Allele]] = field(factory=lambda: defaultdict(list))
    by_last: Mapping[tuple[str, int], list[Allele]] = field(factory=lambda: defaultdict(list))
    by_gene: Mapping[str, list[Allele]] = field(factory=lambda: defaultdict(list))

    def add(self, record: Record, genes: Sequence[str]) -> None:
        """Add the alleles that a record carries, in genes by their symbols."""
        for own in _carried(record):
            chrom = own.variant.chrom
            self.genes[id(record)] = genes
            self.by_first[chrom, own.first].append(own)
            self.by_last[chrom, own.last].append(own)
            for gene in genes if own.gain else ():
                self.by_gene[gene].append(own)

    def near(self, own: Allele) -> Iterator[Allele]:
        """The alleles that may change the same codon, as far as places tell; two that change one base do not."""
        chrom = own.variant.chrom
        for at in range(1, NEAR + 1):
            yield from self._others(own, self.by_last.get((chrom, own.first - at), ()))
            yield from self._others(own, self.by_first.get((chrom, own.last + at), ()))

    def shifting(self, own: Allele) -> Iterator[Allele]:
        """The others that shift the reading frame in a gene of an allele that does."""
        for gene in self.genes.get(id(own.record), ()) if own.gain else ():
            yield from self._others(own, self.by_gene.get(gene, ()))

    def stands_alone(self, record: Record) -> bool:
        """Whether surely no other record changes a codon, or the frame, beside a record that is among these."""
        others = (other for own in _carried(record) for each in (self.near, self.shifting) for other in each(own))
        return not any(other.record is not record for other in others)

    @staticmethod
    def _others(own: Allele, found: Iterable[Allele]) -> Iterator[Allele]:
        return (other for other in found if other.variant != own.variant)


class Reader(Protocol):
    """What reads the records of one file."""

    def in_codons(self) -> Iterator[tuple[Record, Sequence[str]]]:
        """The carried records that may change codons, with the symbols of the genes that they lie in."""

    def called(self, record: Record, number: int) -> Call:
        """What a record says of one of its alleles."""

    def told(self, record: Record, number: int) -> Sequence[Consequence]:
        """What its annotation says of it."""


@frozen(eq=False)
class Codons:
    """Says of the alleles of a participant's files which consequences are not known because of the others.

    Attributes:
        beside: the carried alleles.
        may_code: the genes in which a change of bases may be one of the protein, by chromosome, first and last base.
    """

    beside: Beside
    may_code: Callable[[str, int, int], Sequence[str]]
    _readers: dict[int, Reader] = field(factory=dict)
    _told: dict[tuple[int, int], Sequence[Consequence]] = field(factory=dict, init=False)

    @classmethod
    def of(cls, readers: Iterable[Reader], may_code: Callable[[str, int, int], Sequence[str]]) -> Self:
        """Of all files of a participant."""
        made = cls(Beside(), may_code)
        for reader in readers:
            for record, genes in reader.in_codons():
                made.beside.add(record, genes)
                made._readers[id(record)] = reader
        return made

    def problem(self, said: Consequence, carried: Carried) -> str | None:
        """Why what the annotation says of an allele is not known beside another one, if so."""
        if not may_change_codon(said.terms) or carried.variant.alt == UNTOLD:
            return None
        own = Allele.of(carried.record, carried.number, carried.variant)
        near = list(islice(self.beside.near(own), MOST + 1))
        if len(near) > MOST or any(self._in_one_codon(said, carried, other) for other in near):
            return IN_ONE_CODON
        return SHIFTED_BACK if _FRAMESHIFT in said.terms and self._may_shift_back(said, carried, own) else None

    def _may_shift_back(self, said: Consequence, carried: Carried, own: Allele) -> bool:
        gains = Counter[int]()
        for at, (other, shifts) in enumerate(self._shifting(said, carried, own)):
            if at == MOST:
                return True
            if not self._apart(carried, other):
                gains.update(shifts)
            if gains[3 - own.gain] or gains[own.gain] > 1:
                return True
        return False

    def _in_one_codon(self, said: Consequence, carried: Carried, other: Allele) -> bool:
        record = other.record
        change = f"{record.pos}{record.ref}>{record.alts[other.number - 1]}"
        if change in said.fields.get("dna_change", "").split("+"):  # bcftools csq has taken both together
            return False
        if self._apart(carried, other):
            return False
        theirs, mine = self._on_transcript(said, other), residues_of(said)
        if not theirs:
            return self._may_code(carried, other)
        return any(_changes_codon(each) and _may_meet(mine, residues_of(each)) for each in theirs)

    def _shifting(self, said: Consequence, carried: Carried, own: Allele) -> Iterator[tuple[Allele, frozenset[int]]]:
        """The others that may move the frame of the same transcript, and by how many bases each may."""
        for other in self.beside.shifting(own):
            theirs = self._on_transcript(said, other)
            coding = [each for each in theirs if _changes_codon(each)]
            if coding:
                exact = all(_FRAMESHIFT in each.terms for each in coding)
                yield other, frozenset({other.gain}) if exact else _ANY_GAIN
            elif not theirs and self._may_code(carried, other):
                yield other, _ANY_GAIN

    def _may_code(self, carried: Carried, other: Allele) -> bool:
        """Whether an allele of which a transcript's annotation tells nothing may change coding bases beside another."""
        first, last = sorted((other.first, other.last))
        genes = self.may_code(other.variant.chrom, first, last)
        return not {*genes}.isdisjoint(self.beside.genes.get(id(carried.record), ()))

    def _on_transcript(self, said: Consequence, other: Allele) -> list[Consequence]:
        """What is said of another allele on the transcript of a consequence."""
        key, accession = (id(other.record), other.number), without_version(said.transcript)
        told = self._told.get(key)
        if told is None:
            told = self._told[key] = self._readers[key[0]].told(other.record, other.number)
        return [each for each in told if accession and without_version(each.transcript) == accession]

    def _apart(self, carried: Carried, other: Allele) -> bool:
        """Whether two alleles surely do not lie on one haplotype, or the other is not shown to be carried."""
        call = self._readers[id(other.record)].called(other.record, other.number)
        return not call.seen or lie_apart(carried, Carried(other.record, other.number, other.variant, call)) is True


def _changes_codon(each: Consequence) -> bool:
    """Whether a consequence may be one on coding bases."""
    return not each.terms or may_change_codon(each.terms)


def _may_meet(one: tuple[int, int] | None, other: tuple[int, int] | None) -> bool:
    """Whether two stretches of residues may have one in common; one that is not known may."""
    return one is None or other is None or (one[0] <= other[1] and other[0] <= one[1])
