"""Made-up genes: exons with splice sites, a coding sequence and random bases between; nobody's, and of no genome."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Literal

from attrs import frozen

from assigner.genome.hgvs import CODONS, reverse_complement
from assigner.packs.transcripts import Span, Transcript

BESIDE = 120
"""So many random bases stand on either side of a gene."""

_CODONS = sorted(codon for codon, residue in CODONS.items() if residue != "*")
_STOPS = sorted(codon for codon, residue in CODONS.items() if residue == "*")


@frozen(kw_only=True)
class MadeGene:
    """A made-up gene.

    Attributes:
        transcript: its transcript.
        start: the place of the first base of `bases`.
        bases: its sequence on the plus strand, and what stands beside it.
    """

    transcript: Transcript
    start: int
    bases: str

    @classmethod
    def of(
        cls, rng: random.Random, accession: str, exons: int, strand: Literal["plus", "minus"],
        chrom: str = "21", start: int = 1,
    ) -> MadeGene:  # fmt: skip
        """A gene of so many exons, the introns of 30 to 120 bases.

        Args:
            rng: what is drawn from.
            accession: its transcript's, without version.
            exons: how many.
            strand: its strand.
            chrom: its chromosome.
            start: the place of the first base beside it.
        """
        spliced, coding = _spliced(rng, exons)
        cuts = [0, *_cuts(rng, len(spliced), exons), len(spliced)]
        return cls._laid(rng, accession, strand, chrom, start, spliced, coding, cuts, lambda _: rng.randint(30, 120))

    @classmethod
    def along(
        cls, rng: random.Random, accession: str, strand: Literal["plus", "minus"], exons: Sequence[Span], coding: Span,
        most: int,
    ) -> MadeGene:  # fmt: skip
        """A gene with the exons of a real transcript, over made-up bases.

        Args:
            rng: what is drawn from.
            accession: its transcript's, without version.
            strand: its strand.
            exons: the first and last base of each, ascending.
            coding: the first and the last coding base.
            most: how many bases of an intron are left, at least 30.
        """
        sizes = [last - first + 1 for first, last in exons]
        introns = [behind[0] - before[1] - 1 for before, behind in pairwise(exons)]
        within = [sum(max(0, min(last, at) - first + 1) for first, last in exons) for at in (coding[0] - 1, coding[1])]
        if strand == "minus":
            sizes, introns = sizes[::-1], introns[::-1]
            within = [sum(sizes) - each for each in reversed(within)]
        start, end = within
        codons = rng.choices(_CODONS, k=(end - start) // 3 - 2)
        spliced = f"{_bases(rng, start)}ATG{''.join(codons)}{rng.choice(_STOPS)}{_bases(rng, sum(sizes) - end)}"
        cuts = [0, *accumulate(sizes)]
        return cls._laid(
            rng, accession, strand, "21", 1, spliced, (start, end), cuts, lambda at: max(4, min(introns[at], most))
        )

    @classmethod
    def _laid(
        cls, rng: random.Random, accession: str, strand: Literal["plus", "minus"], chrom: str, start: int,
        spliced: str, coding: Span, cuts: Sequence[int], intron: Callable[[int], int],
    ) -> MadeGene:  # fmt: skip
        """Exons laid out with introns between, and turned round on the minus strand."""
        bases, spans = _bases(rng, BESIDE), []
        for at, (first, last) in enumerate(pairwise(cuts)):
            bases += f"GT{_bases(rng, intron(at - 1) - 4)}AG" if at else ""
            spans.append((len(bases) + 1, len(bases) + last - first))
            bases += spliced[first:last]
        bases += _bases(rng, BESIDE)
        ends = (_place(coding[0], spans), _place(coding[1] - 1, spans))
        if strand == "minus":
            bases = reverse_complement(bases)
            spans = [(len(bases) + 1 - last, len(bases) + 1 - first) for first, last in reversed(spans)]
            ends = (len(bases) + 1 - ends[1], len(bases) + 1 - ends[0])
        transcript = Transcript(
            accession=f"{accession}.1",
            protein=f"{accession.replace('T', 'P')}.1",
            chrom=chrom,
            strand=strand,
            exons=tuple((first + start - 1, last + start - 1) for first, last in spans),
            coding=(ends[0] + start - 1, ends[1] + start - 1),
            mane=True,
            canonical=True,
        )
        return cls(transcript=transcript, start=start, bases=bases)

    @property
    def end(self) -> int:
        """The place of the last base beside it."""
        return self.start + len(self.bases) - 1

    def gff(self, symbol: str, contig: str | None = None) -> Iterator[str]:
        """Its rows in GFF3 as Ensembl writes them.

        Args:
            symbol: the gene's.
            contig: the name of its contig; the chromosome's when not given.
        """
        own, sign = self.transcript, "+" if self.transcript.strand == "plus" else "-"
        name, version = own.accession.split(".")

        def row(kind: str, span: Span, attributes: str, phase: int | str = ".") -> str:
            places = (contig or own.chrom, "made_up", kind, str(span[0]), str(span[1]), ".", sign, str(phase))
            return "\t".join((*places, attributes))

        yield row("gene", own.span, f"ID=gene:{symbol};Name={symbol};biotype=protein_coding;gene_id={symbol}")
        yield row(
            "mRNA", own.span, f"ID=transcript:{name};Parent=gene:{symbol};biotype=protein_coding;"
            f"tag=basic,Ensembl_canonical,MANE_Select;transcript_id={name};version={version}",
        )  # fmt: skip
        of = f"Parent=transcript:{name}"
        before = 0
        for _, (first, last) in own.in_order:
            yield row("exon", (first, last), of)
            for kind, span in self._parts(first, last):
                phase = -before % 3 if kind == "CDS" else "."
                protein = (own.protein or "").partition(".")[0]
                more = f"ID=CDS:{protein};{of};protein_id={protein};version=1" if kind == "CDS" else of
                yield row(kind, span, more, phase)
                before += span[1] - span[0] + 1 if kind == "CDS" else 0

    def _parts(self, first: int, last: int) -> Iterator[tuple[str, Span]]:
        """The parts of an exon: coding, and before and behind it."""
        start, end = self.transcript.coding
        before, behind = "five_prime_UTR", "three_prime_UTR"
        if self.transcript.strand == "minus":
            before, behind = behind, before
        spans = ((before, first, min(last, start - 1)), ("CDS", max(first, start), min(last, end)),
                 (behind, max(first, end + 1), last))  # fmt: skip
        yield from ((kind, (low, high)) for kind, low, high in spans if low <= high)


def _bases(rng: random.Random, count: int) -> str:
    return "".join(rng.choices("ACGT", k=count))


def _spliced(rng: random.Random, exons: int) -> tuple[str, Span]:
    """The bases of all exons, and where among them the coding sequence begins and ends, the end not inside."""
    before, behind = (_bases(rng, rng.randint(9, 40)) for _ in range(2))
    codons = rng.choices(_CODONS, k=rng.randint(max(12, 6 * exons), max(30, 12 * exons)))
    coding = f"ATG{''.join(codons)}{rng.choice(_STOPS)}"
    return before + coding + behind, (len(before), len(before) + len(coding))


def _cuts(rng: random.Random, length: int, exons: int) -> list[int]:
    """Where exons end: each has at least 8 bases."""
    for _ in range(100):  # of many short exons there is hardly ever such a draw
        cuts = sorted(rng.sample(range(8, length - 8), exons - 1))
        if all(behind - before >= 8 for before, behind in pairwise([0, *cuts, length])):
            return cuts
    bars = sorted(rng.sample(range(length - 7 * exons - 1), exons - 1))
    return [bar + 1 + 7 * at for at, bar in enumerate(bars, 1)]


def _place(index: int, spans: list[Span]) -> int:
    """The place of a base of the spliced sequence."""
    for first, last in spans:
        if index <= last - first:
            return first + index
        index -= last - first + 1
    raise ValueError("an index inside the exons")
