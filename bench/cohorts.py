"""All samples of one file at once, beside reading them one by one and beside bcftools: processor seconds of one run.

    python bench/cohorts.py --make FILE --samples 2504 --records 20000
    python bench/cohorts.py FILE [--alone 5]

The first makes a VCF of genotypes only, on GRCh38: a record for each listed allele and marker, the others anywhere. The
second reads it. bcftools must be on PATH. Reading one by one is measured on a few samples and multiplied.
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from peers import write_bed

from assigner import assign, read_profile, read_rules
from assigner.cohorts import read_profiles
from assigner.genome.builds import CHROMS, LENGTHS, Build
from assigner.rules.panels import marker_pos, panel_of
from assigner.synthetic.bgzf import bgzf

ON = LENGTHS[Build.GRCH38]
USED = CHROMS[:23]


def make(out: Path, samples: int, records: int) -> None:
    chance, panel = np.random.default_rng(7), panel_of(read_rules(), Build.GRCH38)
    rows = {(USED.index(v.chrom), v.pos): (v.ref, v.alt, 0.0008) for v in panel.alleles if v.chrom in USED}
    for marker in panel.markers.values():
        rows[USED.index(marker.chrom or "1"), marker_pos(marker, Build.GRCH38)] = (marker.other, marker.effect, 0.3)
    while len(rows) < records:
        chrom = int(chance.choice(23, p=[ON[name] / sum(ON[each] for each in USED) for name in USED]))
        ref, alt = random.Random(len(rows)).sample("ACGT", 2)
        often = float(min(0.5, 0.0004 / chance.random()))
        rows.setdefault((chrom, int(chance.integers(1, ON[USED[chrom]]))), (ref, alt, often))
    male = chance.random(samples) < 0.5
    head = ["##fileformat=VCFv4.2", *(f"##contig=<ID=chr{name},length={ON[name]}>" for name in USED)]
    head.append('##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">')
    names = "\t".join(f"S{at:05d}" for at in range(samples))
    lines = [*head, f"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{names}"]
    for (chrom, pos), (ref, alt, often) in sorted(rows.items()):
        pairs = (chance.random((samples, 2)) < often).astype(int).tolist()
        one = USED[chrom] == "X"
        cells = [str(a) if one and m else f"{a}|{b}" for (a, b), m in zip(pairs, male, strict=True)]
        lines.append("\t".join([f"chr{USED[chrom]}", str(pos), ".", ref, alt, ".", "PASS", ".", "GT", *cells]))
    out.write_bytes(bgzf(("\n".join(lines) + "\n").encode()))


def spent(work: Callable[[], Any]) -> tuple[float, Any]:
    began, children = time.process_time(), resource.getrusage(resource.RUSAGE_CHILDREN)
    made = work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() - began + after.ru_utime + after.ru_stime - children.ru_utime - children.ru_stime, made


def compare(file: Path, alone: int) -> None:
    rules = read_rules()
    bed = file.with_suffix(".bed")
    write_bed(bed, False)
    query = ["bcftools", "query", "-T", str(bed), "-f", "%CHROM\t%POS\t%REF\t%ALT[\t%GT]\n", str(file)]
    rows: dict[str, float] = {}
    rows["bcftools query of the panel"], _ = spent(lambda: subprocess.run(query, stdout=subprocess.DEVNULL, check=True))
    rows["profiles of all"], found = spent(lambda: dict(read_profiles(file, rules)))
    rows["assign all"], made = spent(lambda: [assign(profile, rules) for profile in found.values()])
    rows["traces of all"], _ = spent(lambda: sum(len(each.trace_bytes) for each in made))
    few = list(found)[:: max(1, len(found) // alone)][:alone]
    one_by_one, own = spent(lambda: [read_profile(file, rules, sample=name) for name in few])
    assert own == [found[name] for name in few]
    rows["profiles one by one"] = one_by_one * len(found) / len(few)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{len(found)} samples, {peak} MiB\n\n| what | s | s / profiles of all |\n|---|---|---|")
    for name, seconds in rows.items():
        print(f"| {name} | {seconds:.2f} | {seconds / rows['profiles of all']:.2f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--make", type=Path)
    parser.add_argument("--samples", type=int, default=2504)
    parser.add_argument("--records", type=int, default=20000)
    parser.add_argument("--alone", type=int, default=5)
    given = parser.parse_args()
    if given.make is not None:
        make(given.make, given.samples, given.records)
    if given.file is not None:
        compare(given.file, given.alone)


if __name__ == "__main__":
    main()
