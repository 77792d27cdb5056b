"""Carried alleles of one file that may change one codon: an annotation of each alone may be wrong for both.

Programs that annotate each record alone (Ensembl VEP, SnpEff, ANNOVAR, `bcftools csq --local-csq`) take the reference
for all other bases. Two changes of one codon on one haplotype make another residue than either (Wang et al., "Landscape
of multi-nucleotide variants in 125,748 human exomes and 15,708 genomes", Nature Communications 2020), and two shifts of
the reading frame may undo each other.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Self, TypeAlias

from attrs import field, frozen

from assigner.genome.variants import Variant
from assigner.profiles.calls import Call
from assigner.vcf.annotations.annotators import Annotator
from assigner.vcf.annotations.consequences import MISSING, Consequence
from assigner.vcf.annotations.ontology import may_change_codon
from assigner.vcf.annotations.picks import without_version
from assigner.vcf.annotations.residues import residues_of
from assigner.vcf.meaning.judged import alleles_of
from assigner.vcf.meaning.neighbours import IN_ONE_CODON, SHIFTED_BACK, Carried, gain, lie_apart
from assigner.vcf.records.record import Record

Allele: TypeAlias = tuple[Record, int, Variant]
"""A record, and one of its alleles by its number in GT and as a variant."""

NEAR = 2
"""The bases of one codon lie at most so far apart, unless an intron parts them."""

_FRAMESHIFT = "frameshift_variant"


def may_lie_in_codon(record: Record, annotator: Annotator) -> bool:
    """Whether a record may change a codon; False only where its annotation, which is understood, says otherwise."""
    told = [(layout, value) for layout in annotator.layouts if (value := layout.value(record.info)) not in MISSING]
    return not told or any(may_change_codon(tuple(layout.terms(value))) for layout, value in told)


@frozen(eq=False)
class Beside:
    """The carried alleles of a file, found by the first and by the last base that each changes."""

    annotator: Annotator
    by_first: Mapping[tuple[str, int], list[Allele]] = field(factory=lambda: defaultdict(list))
    by_last: Mapping[tuple[str, int], list[Allele]] = field(factory=lambda: defaultdict(list))
    shifting: Mapping[str, list[Allele]] = field(factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, records: Iterable[Record], annotator: Annotator) -> Self:
        """Those of these records; none where no field holds consequences that could be wrong."""
        found = cls(annotator)
        for record in records if annotator.layouts else ():
            found.add(record)
        return found

    def add(self, record: Record) -> None:
        """Add the alleles that a record carries."""
        called = record.genotype.alleles if record.is_carried and record.genotype else ()
        for number, variant in alleles_of(record) if called else ():
            if number in called:
                first, last = _changed(variant)
                own = (record, number, variant)
                self.by_first[variant.chrom, first].append(own)
                self.by_last[variant.chrom, last].append(own)
                if gain(variant):
                    self.shifting[variant.chrom].append(own)

    def near(self, variant: Variant) -> Iterator[Allele]:
        """The alleles that may change the same codon, as far as places tell; two that change one base do not."""
        first, last = _changed(variant)
        for at in range(1, NEAR + 1):
            before = self.by_last.get((variant.chrom, first - at), ())
            behind = self.by_first.get((variant.chrom, last + at), ())
            yield from (other for other in (*before, *behind) if other[2] != variant)

    def stands_alone(self, record: Record) -> bool:
        """Whether surely no other record changes a codon that this one may change."""
        others = [other for _, variant in alleles_of(record) for other, _, _ in self.near(variant)]
        near = [other for other in others if other is not record]
        if not near or not record.once(may_lie_in_codon, self.annotator):
            return True
        return not any(other.once(may_lie_in_codon, self.annotator) for other in near)


def _changed(variant: Variant) -> tuple[int, int]:
    """The first and the last base that a variant changes; of an insertion those around it, in the other order."""
    anchored = len(variant.ref) != len(variant.alt) and variant.ref[0] == variant.alt[0]
    return variant.pos + anchored, variant.end


@frozen(eq=False)
class Codons:
    """Says of the alleles of one file which consequences are not known because of the others.

    Attributes:
        beside: the carried alleles.
        call: what a record says of one of its alleles.
        consequences: what a record's annotation says of each.
    """

    beside: Beside
    call: Callable[[Record, int], Call]
    consequences: Callable[[Record], Sequence[Sequence[Consequence]]]

    def problem(self, said: Consequence, own: Carried) -> str | None:
        """Why what the annotation says of an allele is not known beside another one, if so."""
        if not may_change_codon(said.terms):
            return None
        if any(self._in_one_codon(said, own, other) for other in self.beside.near(own.variant)):
            return IN_ONE_CODON
        shift = gain(own.variant)
        if shift and _FRAMESHIFT in said.terms:
            others = self.beside.shifting.get(own.variant.chrom, ())
            gains = Counter(gain(other[2]) for other in others if self._shifts(said, own, other))
            if gains[3 - shift] or gains[shift] > 1:
                return SHIFTED_BACK
        return None

    def _in_one_codon(self, said: Consequence, own: Carried, other: Allele) -> bool:
        record, number, _ = other
        change = f"{record.pos}{record.ref}>{record.alts[number - 1]}"
        if change in said.fields.get("dna_change", "").split("+"):  # bcftools csq has taken both together
            return False
        if not record.once(may_lie_in_codon, self.beside.annotator) or self._apart(own, other):
            return False
        theirs = self._on_transcript(said, other)
        if not theirs:
            return True
        mine = residues_of(said)
        return any(may_change_codon(each.terms) and _may_meet(mine, residues_of(each)) for each in theirs)

    def _shifts(self, said: Consequence, own: Carried, other: Allele) -> bool:
        """Whether another allele shifts the frame of the same transcript, and may lie on the same haplotype."""
        if other[2] == own.variant or not other[0].once(may_lie_in_codon, self.beside.annotator):
            return False
        shifts = any(_FRAMESHIFT in each.terms for each in self._on_transcript(said, other))
        return shifts and not self._apart(own, other)

    def _on_transcript(self, said: Consequence, other: Allele) -> list[Consequence]:
        """What is said of another allele on the transcript of a consequence."""
        record, number, _ = other
        accession = without_version(said.transcript)
        every = self.consequences(record)[number - 1] if accession else ()
        return [each for each in every if without_version(each.transcript) == accession]

    def _apart(self, own: Carried, other: Allele) -> bool:
        """Whether two alleles surely do not lie on one haplotype, or the other is not shown to be carried."""
        record, number, variant = other
        call = self.call(record, number)
        return not call.seen or lie_apart(own, Carried(record, number, variant, call)) is True


def _may_meet(one: tuple[int, int] | None, other: tuple[int, int] | None) -> bool:
    """Whether two stretches of residues may have one in common; one that is not known may."""
    return one is None or other is None or (one[0] <= other[1] and other[0] <= one[1])
