"""All samples of one file at once, beside reading them one by one and beside bcftools: processor seconds of one run.

    python bench/cohorts.py --make FILE --samples 2504 --records 20000
    python bench/cohorts.py FILE [--alone 5] [--sgkit PYTHON] [--hail PYTHON]
    python bench/cohorts.py --sizes FILE...
    python bench/cohorts.py --folder FOLDER --files 1000

The first makes a VCF of genotypes only, on GRCh38: a record for each listed allele and marker, the others anywhere.
The second reads it. bcftools must be on PATH; PYTHON has sgkit and bio2zarr[vcf], and then FILE needs an index, or it
has hail, which needs Java. Reading one by one is measured on a few samples and multiplied. The third reads several such
files, VCF or BCF, each in its own process. The last makes so many files of one sample and the panel's records, and
assigns them in a loop of one process, with one process and with two of `assigner cohort`, and with a Dask cluster of
one worker, of two and of four: seconds of the clock.
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from cyvcf2 import VCF
from peers import write_bed

from assigner import assign, read_profile, read_rules
from assigner.cohorts import assign_many, read_profiles
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


def traces_of_all(file: Path) -> int:
    """The bytes of all traces; each is let go before the next one is made."""
    rules = read_rules()
    return sum(len(made.trace_bytes) for _, made in assign_many(read_profiles(file, rules), rules))


def by_sgkit(file: Path, bed: Path, python: str) -> Iterator[tuple[str, float]]:
    peer = str(Path(__file__).with_name("sgkit_pass.py"))
    with tempfile.TemporaryDirectory() as folder:
        for name, arguments in (
            ("`vcf2zarr`, all records", ["convert", str(file), f"{folder}/store"]),
            ("sgkit, the genotypes at the panel's places from that store", ["read", f"{folder}/store", str(bed)]),
        ):
            command = [python, peer, *arguments]
            yield name, spent(lambda command=command: subprocess.run(command, stdout=subprocess.DEVNULL, check=True))[0]


def by_hail(file: Path, bed: Path, python: str) -> float:
    command = [python, str(Path(__file__).with_name("hail_pass.py")), str(file), str(bed)]
    return float(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()[-1])


def compare(file: Path, alone: int, sgkit: str | None, hail: str | None) -> None:
    rules = read_rules()
    bed = file.with_suffix(".bed")
    write_bed(bed, False)
    query = ["bcftools", "query", "-T", str(bed), "-f", "%CHROM\t%POS\t%REF\t%ALT[\t%GT]\n", str(file)]
    rows: dict[str, float] = {}
    rows["bcftools query of the panel"], _ = spent(lambda: subprocess.run(query, stdout=subprocess.DEVNULL, check=True))
    if sgkit is not None:
        rows |= by_sgkit(file, bed, sgkit)
    if hail is not None:
        rows["Hail, the genotypes at the panel's places"] = by_hail(file, bed, hail)
    rows["profiles of all"], count = spent(lambda: sum(1 for _ in read_profiles(file, rules)))
    rows["profiles, results and traces of all"], _ = spent(lambda: traces_of_all(file))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    found = dict(islice(read_profiles(file, rules), alone))
    one_by_one, own = spent(lambda: [read_profile(file, rules, sample=name) for name in found])
    assert own == [*found.values()]
    rows["profiles one by one"] = one_by_one * count / len(found)
    print(f"{count} samples, {peak} MiB\n\n| what | s | s / profiles of all |\n|---|---|---|")
    for name, seconds in rows.items():
        print(f"| {name} | {seconds:.2f} | {seconds / rows['profiles of all']:.2f} |")


def one_size(file: Path) -> None:
    """What one file takes, beside a cyvcf2 pass over the genotypes of all samples."""
    rules = read_rules()
    profiles, count = spent(lambda: sum(1 for _ in read_profiles(file, rules)))
    whole, _ = spent(lambda: traces_of_all(file))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    bare, records = spent(lambda: sum(1 for record in VCF(str(file)) if record.genotype.array() is not None))
    kind = "BCF" if file.suffix == ".bcf" else "VCF"
    each = 1000 * whole / count
    print(
        f"| {count} | {records} | {kind} | {profiles:.2f} | {whole:.2f} | {each:.1f} | {bare:.2f} | {peak} |",
        flush=True,
    )


def sizes(files: list[Path]) -> None:
    print("| samples | records | | profiles, s | with traces, s | ms a sample | cyvcf2 pass, s | MiB |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    for file in files:
        subprocess.run([sys.executable, __file__, "--size", str(file)], check=True)


def make_folder(folder: Path, files: int) -> None:
    """Files of one sample each: most alleles of the panel not carried, a few carried."""
    folder.mkdir(exist_ok=True)
    rules, draw = read_rules(), random.Random(7)
    panel = panel_of(rules, Build.GRCH38)
    head = ["##fileformat=VCFv4.2", *(f"##contig=<ID=chr{name},length={ON[name]}>" for name in USED)]
    head.append('##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">')
    for at in range(files):
        rows = {
            (USED.index(v.chrom), v.pos): f"chr{v.chrom}\t{v.pos}\t.\t{v.ref}\t{v.alt}\t.\tPASS\t.\tGT\t"
            + ("0/1" if draw.random() < 0.001 else "0/0")
            for v in panel.alleles
            if v.chrom in USED[:22]
        }
        columns = f"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tP{at:04d}"
        text = "\n".join([*head, columns, *(row for _, row in sorted(rows.items()))]) + "\n"
        (folder / f"P{at:04d}.vcf.gz").write_bytes(bgzf(text.encode()))


def elapsed(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def in_a_loop(folder: Path) -> None:
    rules = read_rules()
    for file in sorted(folder.iterdir()):
        assign(read_profile(file, rules), rules).trace_bytes  # noqa: B018


def on_workers(folder: Path, count: int) -> float:
    from distributed import LocalCluster  # extra `dask`

    with LocalCluster(n_workers=count, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        return elapsed(lambda: cohort_command(folder, "--dask", cluster.scheduler_address))


def cohort_command(folder: Path, *options: str) -> None:
    with tempfile.TemporaryDirectory() as made:
        out = ["--table", f"{made}/table.tsv", "--traces", f"{made}/traces.zip"]
        command = [sys.executable, "-m", "assigner", "cohort", "run", str(folder), *out, *options]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def compare_folder(folder: Path, files: int) -> None:
    make_folder(folder, files)
    rows = {
        "a loop of one process, traces not written": elapsed(lambda: in_a_loop(folder)),
        "`assigner cohort --processes 1`": elapsed(lambda: cohort_command(folder, "--processes", "1")),
        "`assigner cohort --processes 2`": elapsed(lambda: cohort_command(folder, "--processes", "2")),
        **{f"`assigner cohort --dask`, workers: {count}": on_workers(folder, count) for count in (1, 2, 4)},
    }
    print(f"| {files} files of one sample | s | files / s |\n|---|---|---|")
    for name, seconds in rows.items():
        print(f"| {name} | {seconds:.1f} | {files / seconds:.0f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--make", type=Path)
    parser.add_argument("--samples", type=int, default=2504)
    parser.add_argument("--records", type=int, default=20000)
    parser.add_argument("--alone", type=int, default=5)
    parser.add_argument("--sgkit", metavar="PYTHON")
    parser.add_argument("--hail", metavar="PYTHON")
    parser.add_argument("--sizes", type=Path, nargs="+", default=[])
    parser.add_argument("--size", type=Path)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--files", type=int, default=1000)
    given = parser.parse_args()
    if given.make is not None:
        make(given.make, given.samples, given.records)
    if given.file is not None:
        compare(given.file, given.alone, given.sgkit, given.hail)
    if given.sizes:
        sizes(given.sizes)
    if given.size is not None:
        one_size(given.size)
    if given.folder is not None:
        compare_folder(given.folder, given.files)


if __name__ == "__main__":
    main()
