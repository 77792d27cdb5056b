"""A score of many alleles beside the shipped rule set: the time and memory of `assigner assign` on one genome.

    python bench/scores.py GENOME.vcf[.gz] ALLELES [TIMES]

The scoring file is made of so many of the genome's own single-base records on autosomes (GRCh38), so that each allele
has a record. Both runs are made in turn; times are processor seconds of whole processes, memory is their peak.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from assigner.rules.loading import SHIPPED, shipped_files

HEAD = "#format_version=2.0\n#pgs_id=BENCH\n#genome_build=GRCh38\n#weight_type=beta\n"
COLUMNS = "chr_name\tchr_position\teffect_allele\tother_allele\teffect_weight\tallelefrequency_effect\n"
CRITERION = """  - {id: bench, kind: polygenic, tier: 4, points: 1000, category: CAT1, file: bench.txt, min_called: 100,
     because: a bench, sources: [a bench], status: curator_judgement}
"""


def records(genome: Path) -> Iterator[tuple[str, str, str, str]]:
    """Chromosome, position, REF and ALT of the single-base records on autosomes."""
    with gzip.open(genome, "rt") if genome.suffix == ".gz" else genome.open() as lines:
        for line in lines:
            cells = line.split("\t", 5)
            chrom = cells[0].removeprefix("chr")
            if not line.startswith("#") and chrom.isdigit() and len(cells[3]) == len(cells[4]) == 1:
                yield chrom, cells[1], cells[3], cells[4]


def rule_set(folder: Path, genome: Path, alleles: int) -> Path:
    """The shipped rule set with a score beside its other criteria."""
    chance = random.Random(1)
    every = list(records(genome))
    chosen = [every[at] for at in sorted(chance.sample(range(len(every)), min(alleles, len(every))))]
    rows = (
        "\t".join((chrom, pos, *chance.sample([ref, alt], 2), f"{chance.gauss(0, 5e-4):.6e}", f"{chance.random():.4f}"))
        for chrom, pos, ref, alt in chosen
    )
    (folder / "bench.txt").write_text(HEAD + COLUMNS + "\n".join(rows) + "\n")
    for name, source in shipped_files().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(source)
    text = (folder / SHIPPED).read_text(encoding="utf-8")
    (folder / SHIPPED).write_text(text.replace("  - id: common_marker\n", CRITERION + "  - id: common_marker\n", 1))
    return folder / SHIPPED


def run(genome: str, *options: str) -> dict[str, float]:
    """The processor seconds and the peak memory, in MB, of one run."""
    code = "import sys; from assigner.cli import main; main()"
    command = [sys.executable, "-c", code, "assign", genome, "--json", *options]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    used = os.wait4(child.pid, 0)[2]
    return {"s": round(used.ru_utime + used.ru_stime, 2), "MB": used.ru_maxrss // 1024}


def main() -> None:
    """Measure both, in turn."""
    genome, alleles = sys.argv[1], int(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        with ProcessPoolExecutor(1) as apart:  # what this process needs at the most would count as theirs
            rules = str(apart.submit(rule_set, Path(folder), Path(genome), alleles).result())
        for _ in range(int(sys.argv[3]) if len(sys.argv) > 3 else 3):
            plain, scored = run(genome), run(genome, "--rules", rules)
            print(json.dumps({"shipped": plain, "with the score": scored, "ratio": round(scored["s"] / plain["s"], 2)}))


if __name__ == "__main__":
    main()
