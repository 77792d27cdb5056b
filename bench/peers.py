"""Compare `assigner assign` with its peers on one file, in one run.

    python bench/peers.py FILE.vcf.gz [--annotated] [--floor FLOOR] [--runs 5] [--cpu 0]

FILE is a whole genome on GRCh38 with `chr` names and an index beside it. bcftools must be on PATH. FLOOR is a program
that only decompresses the blocks, called as `FLOOR FILE 1 inflate`.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from runs import in_turn, table

from assigner.genome.builds import Build, contig_of
from assigner.rules import read_rules
from assigner.rules.panels import panel_of
from assigner.vcf.meaning.places import places

HERE = Path(__file__).parent


def write_bed(path: Path, annotated: bool) -> None:
    """The places that assigner itself keeps, merged, for its peers."""
    chosen = places(panel_of(read_rules(), Build.GRCH38), annotated, 0)
    with path.open("w") as bed:
        for contig, spans in sorted((contig_of(chrom, Build.GRCH38), spans) for chrom, spans in chosen.items()):
            bed.writelines(
                f"{contig}\t{start - 1}\t{end}\n" for start, end in zip(spans.starts, spans.ends, strict=True)
            )


def commands(file: str, bed: str, annotated: bool, floor: str | None) -> dict[str, str]:
    python, assigner = shlex.quote(sys.executable), shlex.quote(str(Path(sys.executable).with_name("assigner")))
    found = {"floor": f"{floor} {file} 1 inflate"} if floor else {}
    found |= {
        "assigner": f"{assigner} assign {file}",
        "assigner, 2 threads": f"{assigner} assign --threads 2 {file}",
        "cyvcf2 pass": f"{python} {HERE / 'cyvcf2_pass.py'} {file} {bed}",
        "bcftools view -T": f"bcftools view -T {bed} {file}",
    }
    if annotated:
        found["bcftools +split-vep"] = (
            f"bcftools +split-vep -T {bed} -f '%CHROM\\t%POS\\t%SYMBOL\\t%Consequence\\n' -d {file}"
        )
    return found | {
        "assigner --quick": f"{assigner} assign --quick {file}",
        "cyvcf2 by index": f"{python} {HERE / 'cyvcf2_pass.py'} {file} {bed} indexed",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--annotated", action="store_true")
    parser.add_argument("--floor")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--cpu", help="pin every command to these processors")
    parser.add_argument("--bed", type=Path, default=Path("panel.bed"), help="where to write the places compared")
    given = parser.parse_args()
    write_bed(given.bed, given.annotated)
    took = in_turn(commands(given.file, str(given.bed), given.annotated, given.floor), given.runs, given.cpu)
    print(table(took, "floor" if given.floor else "assigner"))


if __name__ == "__main__":
    main()
