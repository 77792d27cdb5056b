"""Compare the reading of one sample out of a cohort's file with its peers, in one run.

    python bench/cohort.py FILE --sample NAME [--floor FLOOR] [--runs 5] [--cpu 0]

FILE is a VCF (BGZF) or BCF of many samples on GRCh38 with `chr` names. bcftools must be on PATH. FLOOR is a program
that only decompresses the blocks, called as `FLOOR FILE 1 inflate`. All other rows but those of bcftools are run by
this file itself, and start Python with the same modules: `bytes` decompresses and hashes with assigner's own reader,
and `cyvcf2` iterates over all records with `samples=[NAME]` and takes the genotypes of the panel's.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from bisect import bisect_right
from pathlib import Path

from peers import write_bed
from runs import in_turn, table

from assigner.rules import read_rules
from assigner.vcf.bytes.sources import open_source
from assigner.vcf.reading import read_profile


def only_bytes(file: str) -> None:
    with open_source(file) as source:
        for _ in source.pieces():
            pass
        print(source.digest)


def by_cyvcf2(file: str, sample: str, bed: Path) -> None:
    from cyvcf2 import VCF

    spans: dict[str, list[tuple[int, int]]] = {}
    for line in bed.read_text().splitlines():
        contig, start, end = line.split("\t")
        spans.setdefault(contig, []).append((int(start), int(end)))
    starts = {contig: [start for start, _ in pairs] for contig, pairs in spans.items()}
    kept = []
    for record in VCF(file, samples=[sample]):
        pairs = spans.get(record.CHROM)
        if pairs and (at := bisect_right(starts[record.CHROM], record.end - 1)) and pairs[at - 1][1] >= record.POS:
            kept.append((record.POS, record.REF, record.ALT, record.genotypes[0]))
    print(len(kept))


def commands(file: str, sample: str, bed: Path, floor: str | None) -> dict[str, str]:
    own = f"{shlex.quote(sys.executable)} {shlex.quote(__file__)} {file} --sample {sample} --bed {bed} --row"
    found = {"floor": f"{floor} {file} 1 inflate"} if floor else {}
    return found | {
        "bytes: inflate and SHA-256": f"{own} bytes",
        "assigner: a profile": f"{own} assigner",
        "bcftools view -s": f"bcftools view -s {sample} -o /dev/null -Ou {file}",
        "bcftools view -s -T": f"bcftools view -s {sample} -T {bed} -o /dev/null -Ou {file}",
        "cyvcf2, samples=[one]": f"{own} cyvcf2",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--sample", required=True)
    parser.add_argument("--floor")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--cpu", help="pin every command to these processors")
    parser.add_argument("--bed", type=Path, default=Path("panel.bed"), help="where to write the places compared")
    parser.add_argument("--row", choices=["bytes", "assigner", "cyvcf2"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    match given.row:
        case "bytes":
            only_bytes(given.file)
        case "assigner":
            print(len(read_profile(given.file, read_rules(), sample=given.sample).alleles))
        case "cyvcf2":
            by_cyvcf2(given.file, given.sample, given.bed)
        case _:
            write_bed(given.bed, False)
            took = in_turn(commands(given.file, given.sample, given.bed, given.floor), given.runs, given.cpu)
            print(table(took, "bytes: inflate and SHA-256"))


if __name__ == "__main__":
    main()
