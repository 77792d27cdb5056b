"""What building a pack costs: made-up public sources of real size, whole processes, one more source in each run.

    python bench/packs.py [--scale 1.0] [--runs 1] [--folder FOLDER]

Real are the chromosomes' lengths and the genes of the shipped rule set with their places; all else is made up by a
seeded generator: the bases, 20,000 genes in all with five transcripts each, 3 million rows of ClinVar, 17 million
frequencies, and 82 million scores in the form of REVEL's own file. `--scale 0.1` makes a tenth of it: stretches of a
million bases, those with genes of the rule set and of the others as many as are asked for. The full size takes
some 5 GB of disk. Beside `assigner pack build` stand inflating the source alone (`gzip -dc`), and a peer that cuts it
and checks nothing: `bcftools view -T` for ClinVar, awk for the tables.
"""

from __future__ import annotations

import argparse
import functools
import multiprocessing
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

import numpy as np
from attrs import frozen
from runs import Took, once

from assigner import read_rules
from assigner.genome.builds import CHROMS, LENGTHS, Build
from assigner.packs.forms import panel_genes
from assigner.rules.loci import span_on

TILE = 1_000_000
GENES = (5, 9)
"""So many made-up genes lie in a stretch of a million bases, the second number not among them: 20,000 in 3.1 Gb."""

DRAWN = 20
"""So many different stretches of made-up genes are drawn, and written again and again."""

AT, CHROM = "@", "$"
"""What stands for a stretch's number and its chromosome until it is written."""

AROUND, OFTEN, CLASSIFIED = 100, 0.28, 0.028
"""Bases beside an exon; of each base there the alleles with a frequency, and those that ClinVar has."""

ON = LENGTHS[Build.GRCH38]
LETTERS = np.frombuffer(b"ACGT", np.uint8)
OTHERS = {base: [other for other in "ACGT" if other != base] for base in "ACGT"}
SAID = ("Uncertain_significance", "Benign", "Likely_benign", "Pathogenic", "Likely_pathogenic",
        "Conflicting_classifications_of_pathogenicity")  # fmt: skip
STARS = ("criteria_provided,_single_submitter", "criteria_provided,_multiple_submitters,_no_conflicts",
         "no_assertion_criteria_provided", "reviewed_by_expert_panel")  # fmt: skip
INFO = ("CLNSIG", "CLNREVSTAT", "CLNDN", "CLNDISDB", "CLNSIGCONF", "CLNHGVS", "GENEINFO", "MC")


@frozen
class Made:
    """A gene; `at` stands for the number of its stretch where it is written at many places."""

    symbol: str
    id: str
    transcript: str
    span: tuple[int, int]
    exons: Sequence[tuple[int, int]]
    at: str = ""

    @property
    def coding(self) -> tuple[int, int]:
        return self.exons[0][0] + 30, self.exons[-1][1] - 30

    def place(self, pos: int) -> str:
        return f"{self.at}{pos:06}" if self.at else str(pos)

    def rows(self) -> Iterator[str]:
        """Those of a GFF3 of Ensembl, with five transcripts."""
        first, last = self.coding

        def row(kind: str, start: int, end: int, phase: str, told: str) -> str:
            return f"{CHROM}\tmade_up\t{kind}\t{self.place(start)}\t{self.place(end)}\t.\t+\t{phase}\t{told}\n"

        told = f"Name={self.symbol};biotype=protein_coding;gene_id={self.id};version=1"
        yield row("gene", *self.span, ".", f"ID=gene:{self.id};{told}")
        for number in range(5):
            name = f"{self.transcript.partition('.')[0]}{number or ''}"
            own = sorted({self.exons[0], *self.exons[:: number + 1], self.exons[-1]})
            tags = ";tag=basic" if number else ";tag=basic,Ensembl_canonical,MANE_Select"
            parent = f"Parent=gene:{self.id};biotype=protein_coding{tags};transcript_id={name};version=1"
            yield row("mRNA", self.exons[0][0], self.exons[-1][1], ".", f"ID=transcript:{name};{parent}")
            for part, (start, end) in enumerate(own):
                told = f"Name={name}.E{part};constitutive=1;exon_id={name}.E{part};rank={part}"
                yield row("exon", start, end, ".", f"Parent=transcript:{name};{told}")
                if max(start, first) <= min(end, last):
                    protein = name.replace("ENST", "ENSP")
                    told = f"ID=CDS:{protein};Parent=transcript:{name};protein_id={protein}"
                    yield row("CDS", max(start, first), min(end, last), "0", told)
        yield "###\n"


def exons_of(rng: np.random.Generator, span: tuple[int, int]) -> list[tuple[int, int]]:
    """Exons of some 150 bases, each in a part of the gene of its own."""
    count = min(int(rng.integers(3, 16)), (span[1] - span[0]) // 400)
    each = (span[1] - span[0]) // count
    starts = [span[0] + at * each + int(rng.integers(1, each - 260)) for at in range(count)]
    return [(start, start + int(rng.integers(90, 210))) for start in starts]


@functools.cache
def panel() -> tuple[tuple[str, Made], ...]:
    """The genes of the rule set with their chromosomes, in the order of places."""
    rng, found = np.random.default_rng(18), []
    for at, gene in enumerate(panel_genes(read_rules().content)):
        span = span_on(gene, Build.GRCH38)
        name = next((each for each in gene.transcripts if each.startswith("ENST")), f"ENST7{at:010}.1")
        found.append((gene.chrom, Made(gene.symbol, gene.ensembl or "", name, span, exons_of(rng, span))))
    return tuple(sorted(found, key=lambda each: (each[0], each[1].span)))


def made_genes(rng: np.random.Generator) -> list[Made]:
    """The genes of 30 kb of a stretch that is written at many places."""
    starts = sorted(int(each) for each in rng.integers(1, TILE - 30_000, int(rng.integers(*GENES))))
    names = [f"{AT}{at:02}{int(rng.integers(10**6)):06}" for at in range(len(starts))]
    return [
        Made(f"MADE{CHROM}_{name}", f"ENSG{CHROM}_{name}", f"ENST{CHROM}_{name}.1", span, exons_of(rng, span), AT)
        for name, span in zip(names, ((start, start + 30_000) for start in starts), strict=True)
    ]


def tiles(scale: float) -> Iterator[tuple[str, int, list[Made] | None]]:
    """The stretches that are made: with the genes of the rule set there, or None for one of made-up genes."""
    rng = np.random.default_rng(18)
    for chrom in CHROMS:
        own = [gene for on, gene in panel() if on == chrom]
        for at in range(ON[chrom] // TILE + 1):
            a, b = at * TILE - 2 * AROUND, (at + 1) * TILE + 2 * AROUND
            here = [gene for gene in own if gene.span[0] < b and a <= gene.span[1]]
            drawn = rng.random() < scale
            if here or drawn:
                yield chrom, at, here or None


@frozen(kw_only=True)
class Files:
    """The sources."""

    gff: Path
    fasta: Path
    clinvar: Path
    frequencies: Path
    scores: Path

    @classmethod
    def beside(cls, folder: Path) -> Files:
        names = ("genes.gff3.gz", "genome.fa", "clinvar.vcf.gz", "frequencies.tsv.gz", "revel.csv.gz")
        return cls(
            **dict(
                zip(
                    ("gff", "fasta", "clinvar", "frequencies", "scores"), (folder / each for each in names), strict=True
                )
            )
        )


Rows = dict[str, str]
"""The text of a stretch for each source, with `AT` for its number and `CHROM` for its chromosome."""


def stretch(rng: np.random.Generator, at: int, genes: Sequence[Made], more: float) -> Rows:
    """The bases and rows of a stretch; of the number `at` of a chromosome, or of any (0)."""
    bases = LETTERS[rng.integers(0, 4, TILE, np.uint8)].tobytes().decode()
    coding, near, rate = np.zeros(TILE, bool), np.zeros(TILE, bool), np.zeros(TILE)
    for gene in genes:
        first = at * TILE

        def here(a: int, b: int, first: int = first) -> slice:
            return slice(max(0, a - first), max(0, b + 1 - first))

        rate[here(*gene.span)] = CLASSIFIED / 20 * more
        for start, end in gene.exons:
            near[here(start - AROUND, end + AROUND)] = True
            rate[here(start - AROUND, end + AROUND)] = CLASSIFIED * more
            coding[here(max(start, gene.coding[0]), min(end, gene.coding[1]))] = True
    classified = np.flatnonzero(rng.random(TILE) < rate).tolist()
    often = np.flatnonzero(near & (rng.random(TILE) < OFTEN)).tolist()
    return {
        "fasta": bases,
        "gff": "".join(row for gene in genes for row in gene.rows()),
        "clinvar": "".join(clinvar_row(rng, bases, at) for at in classified),
        "frequencies": "".join(frequency_row(rng, bases, at) for at in often),
        "scores": "".join(score_rows(rng, bases, np.flatnonzero(coding).tolist())),
    }


def change(rng: np.random.Generator, bases: str, at: int) -> tuple[str, str]:
    """REF and ALT; one in ten is an insertion or a deletion."""
    kind, size = rng.integers(0, 20), int(rng.integers(1, 4))
    if kind == 0 and at + size < len(bases):
        return bases[at : at + 1 + size], bases[at]
    return bases[at], bases[at] + "ACG"[:size] if kind == 1 else OTHERS[bases[at]][size - 1]


def clinvar_row(rng: np.random.Generator, bases: str, at: int) -> str:
    ref, alt = change(rng, bases, at)
    said, stars, name = SAID[int(rng.integers(0, 6))], STARS[int(rng.integers(0, 4))], int(rng.integers(0, 1_000))
    words = (
        said, stars, f"Made_up_disease_{name},_type_{name % 7}|not_provided",
        f"MONDO:MONDO:{name:07},MedGen:C{name:07},OMIM:{600_000 + name}|MedGen:C3661900",
        "Pathogenic(1)|Uncertain_significance(2)" if said[0] == "C" else "",
        f"{CHROM}:g.{AT}{at:06}{ref}>{alt}", f"MADE:{name}", "SO:0001583|missense_variant",
    )  # fmt: skip
    info = ";".join(f"{key}={word}" for key, word in zip(INFO, words, strict=True) if word)
    return f"{CHROM}\t{AT}{at:06}\t{at}\t{ref}\t{alt}\t.\t.\tALLELEID={at};{info}\n"


def frequency_row(rng: np.random.Generator, bases: str, at: int) -> str:
    ref, alt = change(rng, bases, at)
    looked = 251_496 - 2 * int(rng.integers(0, 2_000))
    count = min(looked, int(rng.pareto(0.8)) + 1)
    return f"chr{CHROM}\t{AT}{at:06}\t{ref}\t{alt}\t{count / looked:.6g}\t{looked}\n"


def score_rows(rng: np.random.Generator, bases: str, coding: Sequence[int]) -> Iterator[str]:
    scores = (rng.beta(1, 2, TILE // 3 + 1) * 1000).astype(int).tolist()
    noise = rng.integers(-40, 41, (len(coding), 3)).tolist()
    for at, own in zip(coding, noise, strict=True):
        pos, base, name = f"{AT}{at:06}", bases[at], at // 3_000
        for alt, more in zip(OTHERS[base], own, strict=True):
            score = min(999, max(0, scores[at // 3] + more))
            yield f"{CHROM},{pos},{pos},{base},{alt},R,Q,0.{score:03},ENST{name:011};ENST{name + 1:011}\n"


HEADS = {
    "gff": "##gff-version 3\n#!genome-build made up GRCh38\n",
    "clinvar": "##fileformat=VCFv4.1\n##fileDate=2026-01-01\n##source=MadeUp\n##reference=GRCh38\n" + "".join(
        f'##INFO=<ID={key},Number=.,Type=String,Description="made up">\n' for key in ("ALLELEID", *INFO)
    ) + "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n",
    "frequencies": "chrom\tpos\tref\talt\taf\tan\n",
    "scores": "chr,hg19_pos,grch38_pos,ref,alt,aaref,aaalt,REVEL,Ensembl_transcriptid\n",
}  # fmt: skip


def write_sources(folder: Path, scale: float) -> Files:
    """All of them, the same at each call."""
    own, rng = Files.beside(folder), np.random.default_rng(118)
    any_of = [stretch(rng, 0, made_genes(rng), 1) for _ in range(DRAWN)]
    with ExitStack() as stack:
        fasta = stack.enter_context(own.fasta.open("w"))
        files = {name: stack.enter_context(packed(getattr(own, name))) for name in HEADS}
        for name, head in HEADS.items():
            files[name].write(head)
        before, left = ("", -1), ""
        for number, (chrom, at, genes) in enumerate(tiles(scale)):
            rows = any_of[number % DRAWN] if genes is None else stretch(rng, at, genes, 10)
            for name, file in files.items():
                if at or name == "gff":  # places of six digits and more
                    own_genes = rows[name] if genes is None or name != "gff" else gff_once(genes, at)
                    file.write(own_genes.replace(AT, str(at)).replace(CHROM, chrom))
            bases = rows["fasta"][at == 0 : ON[chrom] + 1 - at * TILE]
            if before != (chrom, at - 1):
                fasta.write(f"{left}\n" if left else "")
                whole = scale >= 1
                fasta.write(f">{chrom}\n" if whole else f">{chrom}:{max(1, at * TILE)}-{last_of(scale, chrom, at)}\n")
                left = ""
            bases, before = left + bases, (chrom, at)
            cut = len(bases) // 60 * 60
            fasta.write("\n".join(bases[at : at + 60] for at in range(0, cut, 60)) + "\n" * bool(cut))
            left = bases[cut:]
        fasta.write(f"{left}\n")
    return own


def gff_once(genes: Sequence[Made], at: int) -> str:
    """The rows of the genes that begin in a stretch."""
    return "".join(row for gene in genes if gene.span[0] // TILE == at for row in gene.rows())


@functools.cache
def made_tiles(scale: float) -> frozenset[tuple[str, int]]:
    return frozenset((chrom, at) for chrom, at, _ in tiles(scale))


def last_of(scale: float, chrom: str, at: int) -> int:
    """The last base of the stretches that are made from one on."""
    while (chrom, at + 1) in made_tiles(scale):
        at += 1
    return min((at + 1) * TILE - 1, ON[chrom])


@contextmanager
def packed(path: Path) -> Iterator[IO[str]]:
    """A file that bgzip packs as it is written."""
    with path.open("wb") as out, subprocess.Popen(["bgzip", "-l", "1"], stdin=subprocess.PIPE, stdout=out,
                                                  text=True) as packing:  # fmt: skip
        assert packing.stdin is not None
        yield packing.stdin


def commands(own: Files, folder: Path) -> dict[str, str]:
    """A pack of the first sources and one more at a time, and what inflates or cuts each."""
    bed = folder / "panel.bed"
    bed.write_text("".join(f"{chrom}\t{gene.span[0] - 1}\t{gene.span[1]}\n" for chrom, gene in panel()))
    build = f"{shlex.quote(sys.executable)} -m assigner pack build --build GRCh38 --overwrite"
    steps = {
        "transcripts and bases": f"--gff {own.gff} --fasta {own.fasta}",
        "and ClinVar": f"--clinvar {own.clinvar}",
        "and frequencies": f"--frequencies {own.frequencies}",
        "and REVEL": f"--predictor REVEL={own.scores}",
    }
    found, given = {}, ""
    for at, (name, more) in enumerate(steps.items()):
        given += f" {more}"
        found[name] = f"{build}{given} -o {folder / f'{at}.pack'}"
    cut = 'BEGIN{while((getline<B)>0)if($1 in a)a[$1]=a[$1]";"$2" "$3;else a[$1]=$2" "$3}'
    keep = '{n=split(a[C],s,";");for(i=1;i<=n;i++){split(s[i],p," ");if(P>p[1]&&P<=p[2])print}}'

    def awk(source: Path, signs: str, chrom: str, place: str) -> str:
        program = cut + keep.replace("C]", f"{chrom}]").replace("P>", f"{place}+0>").replace("P<", f"{place}+0<")
        return f"gzip -dc {source} | awk -F'{signs}' -v B={bed} '{program}'"

    found |= {
        "gzip -dc of GFF3, cat of the bases": f"gzip -dc {own.gff} | cat - {own.fasta}",
        "gzip -dc of ClinVar": f"gzip -dc {own.clinvar}",
        "bcftools view -T of ClinVar": f"bcftools view -H -T {bed} {own.clinvar}",
        "gzip -dc of frequencies": f"gzip -dc {own.frequencies}",
        "awk of frequencies": awk(own.frequencies, "[\\t]", "substr($1,4)", "$2"),
        "gzip -dc of REVEL": f"gzip -dc {own.scores}",
        "awk of REVEL": awk(own.scores, "[,\\t]", "$1", "$3"),
    }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument(
        "--folder", type=Path, help="made here and left; a folder of its own that is removed without it"
    )
    given = parser.parse_args()
    with ExitStack() as stack:
        folder = given.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        own = Files.beside(folder)
        if not own.scores.exists():
            drawing = multiprocessing.get_context("spawn").Process(target=write_sources, args=(folder, given.scale))
            drawing.start()  # what a child has had in memory would count as that of the commands
            drawing.join()
        print(f"{sum(path.stat().st_size for path in folder.iterdir()) / 1e9:.2f} GB of sources")
        every = commands(own, folder)
        rounds = [{name: once(command, None) for name, command in every.items()} for _ in range(given.runs)]
        report(folder, rounds)


def report(folder: Path, rounds: Sequence[dict[str, Took]]) -> None:
    """A table: the least of each command, and what one more source costs."""
    print("| what | processor s | more | peak MiB | pack MB |\n|---|---|---|---|---|")
    before = 0.0
    for at, name in enumerate(rounds[0]):
        cpu = min(each[name].cpu for each in rounds)
        memory = max(each[name].memory for each in rounds)
        pack = folder / f"{at}.pack"
        told = f"{pack.stat().st_size / 1e6:.2f}" if pack.exists() else ""
        more = f"{cpu - before:.1f}" if pack.exists() else ""
        print(f"| {name} | {cpu:.1f} | {more} | {memory:.0f} | {told} |", flush=True)
        before = cpu


if __name__ == "__main__":
    main()
