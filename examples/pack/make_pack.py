"""Writes the files of this folder: a made-up rule set, and made-up sources for a pack. No gene of it exists.

python examples/pack/make_pack.py
"""

from __future__ import annotations

import random
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path

from assigner.genome.builds import LENGTHS, Build
from assigner.genome.hgvs import CODONS, reverse_complement
from assigner.packs.transcripts import Spliced, Stretches, translated
from assigner.synthetic.genes import MadeGene

FOLDER = Path(__file__).parent
BUILD = Build.GRCH38
PLACES = {"MADEUP1": 20_000_001, "MADEUP2": 20_010_001}
CATEGORIES = {"MADEUP1": "CAT1", "MADEUP2": "CAT2"}


def genes() -> dict[str, MadeGene]:
    """The two genes: one of five exons on the plus strand, one of three on the minus strand."""
    rng = random.Random(18)
    return {
        "MADEUP1": MadeGene.of(rng, "ENST00000000001", 5, "plus", start=PLACES["MADEUP1"]),
        "MADEUP2": MadeGene.of(rng, "ENST00000000002", 3, "minus", start=PLACES["MADEUP2"]),
    }


def base_of(gene: MadeGene, pos: int) -> str:
    """The base of the plus strand at a place."""
    return gene.bases[pos - gene.start]


def change_of_codon(gene: MadeGene, number: int, residue: str | None) -> tuple[int, str, str]:
    """A change of one base that makes a codon one of another residue, `*` for a stop; of any residue for None."""
    own = gene.transcript
    spliced = Spliced.of(own, Stretches(((gene.start, gene.bases),)))
    codon = spliced.coding[3 * number - 3 : 3 * number]
    for at in range(3):
        for letter in "ACGT":
            new = codon[:at] + letter + codon[at + 1 :]
            same = CODONS[new] == translated(codon)
            if CODONS[new] == residue or (residue is None and not same and CODONS[new] != "*"):
                index = own.coding_index[0] + 3 * number - 3 + at
                pos = next(
                    pos for first, last in own.exons for pos in range(first, last + 1) if own.index(pos) == index
                )
                put = letter if own.strand == "plus" else reverse_complement(letter)
                return pos, base_of(gene, pos), put
    raise ValueError(f"no change of codon {number} makes it {residue}")


def first_codon(gene: MadeGene, residue: str | None) -> tuple[int, str, str]:
    """The first codon from the fifth on of which a single base makes this residue."""
    for number in range(5, 1000):
        try:
            return change_of_codon(gene, number, residue)
        except ValueError:
            continue
    raise ValueError("no such codon")


def variants() -> dict[str, tuple[int, str, str]]:
    """The variants of the participant, by what they do."""
    first, second = genes().values()
    donor = first.transcript.introns[1][0]
    return {
        "stop": first_codon(first, "*"),
        "donor": (donor, base_of(first, donor), "C"),
        "missense": first_codon(second, None),
    }


def written(lines: Iterable[str]) -> str:
    """Lines as text."""
    return "".join(f"{line}\n" for line in lines)


def gff() -> str:
    """Transcripts as Ensembl writes them."""
    rows = [row for symbol, gene in genes().items() for row in gene.gff(symbol)]
    head = ["##gff-version 3", f"##sequence-region 21 1 {LENGTHS[BUILD]['21']}", f"#!genome-build {BUILD}"]
    return written([*head, "#!made up by make_pack.py: no gene of it exists", *rows, "###"])


def fasta() -> str:
    """The parts of the genome with the genes, named as `samtools faidx` names them."""
    lines: list[str] = []
    for gene in genes().values():
        lines += [f">21:{gene.start}-{gene.end}", *textwrap.wrap(gene.bases, 60)]
    return written(lines)


def clinvar() -> str:
    """A VCF like ClinVar's."""
    head = ["##fileformat=VCFv4.1", "##fileDate=2026-01-01", "##source=made_up", f"##reference={BUILD}"]
    head += [
        f'##INFO=<ID={key},Number=.,Type=String,Description="made up">' for key in ("CLNSIG", "CLNREVSTAT", "CLNDN")
    ]
    pos, ref, alt = variants()["missense"]
    info = "CLNSIG=Pathogenic;CLNREVSTAT=criteria_provided,_multiple_submitters,_no_conflicts;CLNDN=Made_up_disease"
    head.append("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO")
    return written([*head, f"21\t{pos}\t1\t{ref}\t{alt}\t.\t.\t{info}"])


def frequencies() -> str:
    """A table of allele frequencies: the stop of the first gene is common enough to be no evidence."""
    pos, ref, alt = variants()["stop"]
    return f"chrom\tpos\tref\talt\taf\tan\n21\t{pos}\t{ref}\t{alt}\t0.02\t100000\n"


def scores() -> str:
    """A table of a made-up predictor."""
    pos, ref, alt = variants()["missense"]
    return f"chrom,pos,ref,alt,score\n21,{pos},{ref},{alt},0.9\n21,{pos},{ref},{alt},0.4\n"


def covered() -> str:
    """Where that table has looked: both genes."""
    return "".join(f"21\t{gene.start - 1}\t{gene.end}\n" for gene in genes().values())


def participant() -> str:
    """A VCF that nobody has annotated."""
    head = ["##fileformat=VCFv4.2", f"##contig=<ID=21,length={LENGTHS[BUILD]['21']}>",
            '##FILTER=<ID=PASS,Description="passed">',
            '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
            '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">',
            '##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Quality">',
            '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Reads by allele">',
            "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tMADEUP"]  # fmt: skip
    rows = sorted(variants().values())
    called = "50\tPASS\t.\tGT:DP:GQ:AD\t0/1:40:99:20,20"
    return written([*head, *(f"21\t{pos}\t.\t{ref}\t{alt}\t{called}" for pos, ref, alt in rows)])


def rules() -> str:
    """A rule set of two categories and the two genes."""
    made = genes()
    words = "because: Made up for an example.\n    sources: [made up]\n    status: curator_judgement"
    categories = "".join(
        f"  - id: {name}\n    name: Made-up biology {name}\n    intervention: Made-up product of {name}\n    {words}\n"
        for name in CATEGORIES.values()
    )
    form = (FOLDER / "rules.yaml.in").read_text(encoding="utf-8")
    return form.format(categories=categories, genes="".join(_gene(symbol, gene) for symbol, gene in made.items()))


def _gene(symbol: str, gene: MadeGene) -> str:
    words = "because: Made up for an example.\n{0}sources: [made up]\n{0}status: curator_judgement"
    first, last = gene.transcript.span
    return (
        f"  - symbol: {symbol}\n    transcripts: [{gene.transcript.accession}]\n    chrom: 21\n"
        f"    grch37: {first}-{last}\n    grch38: {first}-{last}\n    inheritance: dominant\n"
        f"    mechanisms: [loss_of_function, missense]\n    validity: definitive\n    {words.format('    ')}\n"
        f"    shares:\n      - category: {CATEGORIES[symbol]}\n        share: 1000\n"
        f"        {words.format('        ')}\n"
    )


def files() -> Iterator[tuple[str, str]]:
    """Each file of this folder by its name."""
    yield "rules.yaml", rules()
    yield "genes.gff3", gff()
    yield "genome.fa", fasta()
    yield "clinvar_like.vcf", clinvar()
    yield "frequencies.tsv", frequencies()
    yield "covered.bed", covered()
    yield "scores.csv", scores()
    yield "participant.vcf", participant()


if __name__ == "__main__":
    for name, text in files():
        (FOLDER / name).write_text(text, encoding="utf-8")
