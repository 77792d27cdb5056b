"""Made-up genomes on GRCh38 for the other scripts: as many records as are asked for, the same at each call.

    python bench/genomes.py OUT.vcf.gz RECORDS [--annotated]

A record is a substitution at a place drawn at random, with the fields that GATK writes; annotated ones have a
consequence of VEP on three transcripts of each gene that lies there: of the shipped rule set, with the transcript that
it names among them, and of `growth.py`. An index is written beside the file: bgzip and tabix must be on PATH.
"""

from __future__ import annotations

import argparse
import functools
import random
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from growth import MOST_GENES, genes_of

from assigner import read_rules
from assigner.genome.builds import CHROMS, LENGTHS, Build
from assigner.rules.loci import Gene, span_on
from assigner.vcf.meaning.genes import ByPlace

USED = CHROMS[:22]
ON = LENGTHS[Build.GRCH38]
FIELDS = "Allele|Consequence|IMPACT|SYMBOL|Gene|Feature_type|Feature|BIOTYPE|EXON|INTRON|HGVSc|HGVSp|gnomADe_AF"
TERMS = ("intron_variant",) * 90 + ("upstream_gene_variant",) * 8 + ("synonymous_variant", "missense_variant")
CSQ = f'##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. Format: {FIELDS}">\n'
META = """##fileformat=VCFv4.2
##FILTER=<ID=PASS,Description="All filters passed">
##INFO=<ID=AC,Number=A,Type=Integer,Description="Allele count">
##INFO=<ID=DP,Number=1,Type=Integer,Description="Reads">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Reads by allele">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Reads">
##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Quality">
##FORMAT=<ID=PL,Number=G,Type=Integer,Description="Likelihoods">
"""


Named = tuple[str, str]
"""A gene's symbol, and the transcript that counts."""


@functools.cache
def shipped_genes() -> tuple[Gene, ...]:
    return read_rules().content.genes


def named_genes(chrom: str) -> ByPlace[Named]:
    """The genes of a chromosome."""
    made = [(start, end, (symbol, "ENST1")) for symbol, on, start, end in genes_of(MOST_GENES) if on == chrom]
    shipped = [
        (*span_on(gene, Build.GRCH38), (gene.symbol, next(iter(gene.transcripts), "ENST1")))
        for gene in shipped_genes()
        if gene.chrom == chrom
    ]
    return ByPlace.of([*shipped, *made])


def annotation(alt: str, genes: Sequence[Named], draw: random.Random) -> str:
    """The INFO of a record in some genes, or between genes."""
    if not genes:
        return f";CSQ={alt}|intergenic_variant|MODIFIER||||||||||0.01"
    told = (
        f"{alt}|{term}|LOW|{symbol}||Transcript|{transcript}|protein_coding|||||0.01"
        for symbol, counts in genes
        for term, transcript in zip(draw.choices(TERMS, k=3), (counts, "ENST2", "ENST3"), strict=True)
    )
    return ";CSQ=" + ",".join(told)


def records_of(chrom: str, count: int, draw: random.Random, annotated: bool) -> Iterator[str]:
    """The lines of one chromosome."""
    places = np.random.default_rng(draw.getrandbits(32)).choice(ON[chrom] - 20_000, count, replace=False)
    genes = named_genes(chrom)
    for pos in sorted(int(place) + 10_000 for place in places):
        ref, alt = draw.sample("ACGT", 2)
        more = annotation(alt, genes.over(pos, pos), draw) if annotated else ""
        both = draw.random() < 0.4
        ad, pl = (f"0,{(n := draw.randint(20, 45))}", "900,90,0") if both else ("15,16", "500,0,510")
        depth = n if both else 31
        cell = f"{'1/1' if both else '0/1'}:{ad}:{depth}:{draw.randint(40, 99)}:{pl}"
        place, quality = f"chr{chrom}\t{pos}\t.\t{ref}\t{alt}", draw.randint(40, 2000)
        yield f"{place}\t{quality}\tPASS\tAC=1;DP={depth}{more}\tGT:AD:DP:GQ:PL\t{cell}\n"


def make(out: Path, records: int, *, annotated: bool) -> None:
    """Write a genome and its index."""
    draw, whole = random.Random(records), sum(ON[chrom] for chrom in USED)
    contigs = "".join(f"##contig=<ID=chr{chrom},length={ON[chrom]}>\n" for chrom in CHROMS[:24])
    lines = [META, CSQ if annotated else "", contigs, "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tP1\n"]
    for chrom in USED:
        lines += records_of(chrom, round(records * ON[chrom] / whole), draw, annotated)
    with out.open("wb") as file:
        subprocess.run(["bgzip", "-c"], input="".join(lines).encode(), stdout=file, check=True)
    subprocess.run(["tabix", "-f", "-p", "vcf", str(out)], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("records", type=int)
    parser.add_argument("--annotated", action="store_true")
    given: Any = parser.parse_args()
    make(given.out, given.records, annotated=given.annotated)


if __name__ == "__main__":
    main()
