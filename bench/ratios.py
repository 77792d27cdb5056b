"""Everything that a user waits for, as ratios, on one page: made-up data, one command, some ten minutes.

    python bench/ratios.py [--rounds 7] [--records 1000000] [--write]

Each table has a base, which is run twice in every round (A against A): how far their ratio is from 1 is the machine's
own noise. Ratios are of processor time, of the same round, as median, least and most. bcftools and tabix must be on
PATH. With `--write` the page takes its place in `bench/README.md`, and the picture of growth in `bench/growth.svg`.
"""

from __future__ import annotations

import argparse
import json
import shlex
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cohorts import make_folder
from genomes import make
from growth import SIZES
from peers import write_bed
from runs import once

HERE, ROOT = Path(__file__).parent, Path(__file__).parents[1]
BEGIN, END = "<!-- ratios: written by bench/ratios.py -->", "<!-- end of ratios -->"
PYTHON = shlex.quote(sys.executable)
AGAIN = "the same again (A against A)"
Round = Mapping[str, float]


def whole(commands: Mapping[str, str], rounds: int) -> list[Round]:
    """Whole processes in turn, the first of them twice; a round before these to warm up."""
    base = next(iter(commands))
    turns = {base: commands[base], AGAIN: commands[base], **commands}
    return [{name: once(command, None).cpu for name, command in turns.items()} for _ in range(rounds + 1)][1:]


def part(name: str, *given: str) -> Any:
    """What `parts.py` measures in a process of its own."""
    command = [sys.executable, str(HERE / "parts.py"), name, *given]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout.splitlines()[-1])


def rows(rounds: Sequence[Round], unit: float = 1, digits: int = 2) -> Iterator[str]:
    """A row for each thing measured: what it took, and its ratio to the first one."""
    base = next(iter(rounds[0]))
    for name in rounds[0]:
        ratios = [each[name] / each[base] for each in rounds]
        took = unit * statistics.median(each[name] for each in rounds)
        middle, least, most = (f"{of(ratios):.2f}" for of in (statistics.median, min, max))
        yield f"| {name} | {took:.{digits}f} | {middle} | {least} to {most} |"


def table(title: str, rounds: Sequence[Round], *, unit: str = "s", digits: int = 2) -> str:
    head = [f"**{title}**", "", f"| what | {unit} | ratio | least and most |", "|---|---|---|---|"]
    return "\n".join([*head, *rows(rounds, 1000 if unit == "ms" else 1, digits)])


def starting(rounds: int) -> str:
    file = shlex.quote(str(ROOT / "examples" / "P002.vep.vcf"))
    commands = {
        "`python -c 'import cyvcf2, pydantic'`": f"{PYTHON} -c 'import cyvcf2, pydantic'",
        "`import assigner`": f"{PYTHON} -c 'import assigner'",
        "`assigner --help`": f"{PYTHON} -m assigner --help",
        "`assigner assign` of 19 records, `--json`": f"{PYTHON} -m assigner assign {file} --json",
        "`assigner assign` of 19 records, text": f"{PYTHON} -m assigner assign {file}",
    }
    return table("Start-up, whole processes", whole(commands, rounds))


def genome(file: Path, rounds: int, what: str, *, annotated: bool) -> str:
    bed = file.with_suffix(".bed")
    write_bed(bed, annotated)
    peer, given = f"{PYTHON} {HERE / 'cyvcf2_pass.py'} {file} {bed}", f"{PYTHON} -m assigner assign {file} --json"
    read = {
        "a bare cyvcf2 pass": peer,
        "`bcftools view -T` of the panel": f"bcftools view -T {bed} {file}",
        "`bgzip -dc`": f"bgzip -dc {file}",
        "`assigner assign`": given,
        "`assigner assign --threads 2`": f"{given} --threads 2",
    }
    quick = {
        "a bare cyvcf2 script for the same regions": f"{peer} indexed",
        "`assigner assign --quick`": f"{given} --quick",
    }
    return "\n\n".join(
        [
            table(f"{what}, every record read, whole processes", whole(read, rounds)),
            table(f"{what}, by index, whole processes", whole(quick, rounds)),
        ]
    )


def growing(made: Sequence[tuple[int, Path]], annotated: Path, rounds: int) -> tuple[str, dict[str, list[Any]]]:
    """How reading grows with records, and with genes; the least time of several rounds."""
    by_records: list[tuple[int, float, float]] = []
    by_genes: list[tuple[int, float, float]] = []
    for records, file in made:
        took = [part("reading", str(file), "shipped") for _ in range(rounds)]
        by_records.append((records, min(each["s"] for each in took), max(each["MiB"] for each in took)))
    for genes in SIZES:
        took = [part("reading", str(annotated), str(genes)) for _ in range(rounds)]
        by_genes.append((genes, min(each["s"] for each in took), max(each["MiB"] for each in took)))
    lines = ["**Growth of reading, without start-up and rule set**", "", "![growth](growth.svg)", ""]
    lines += ["| what | s | ratio | peak MiB |", "|---|---|---|---|"]
    for name, found in (("records", by_records), ("genes", by_genes)):
        lines += [f"| {n:,} {name} | {s:.2f} | {s / found[0][1]:.2f} | {mib:.0f} |" for n, s, mib in found]
    return "\n".join(lines), {"records of a plain genome": by_records, "genes, of an annotated genome": by_genes}


def picture(found: Mapping[str, Sequence[tuple[int, float, float]]], out: Path) -> None:
    import matplotlib as mpl  # extra `forecast`

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "growth"
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, len(found), figsize=(8, 3), layout="constrained")
    for axis, (name, each) in zip(axes, found.items(), strict=True):
        axis.loglog([n for n, _, _ in each], [s for _, s, _ in each], marker="o")
        axis.set(xlabel=name, ylabel="processor seconds")
        axis.grid(visible=True, which="both", alpha=0.3)
    figure.savefig(out, metadata={"Date": None})


def page(folder: Path, records: int, rounds: int) -> tuple[str, dict[str, list[Any]]]:
    sizes = [(count, folder / f"{count}.vcf.gz") for count in (records // 4, records // 2, records)]
    for count, file in sizes:
        make(file, count, annotated=False)
    annotated = folder / "annotated.vcf.gz"
    make(annotated, records, annotated=True)
    make_folder(folder / "files", 40)
    parts = [starting(rounds)]
    parts.append(genome(sizes[-1][1], rounds, f"{records:,} plain records", annotated=False))
    parts.append(genome(annotated, rounds, f"{records:,} records annotated by VEP", annotated=True))
    many = part("files", str(folder / "files"), str(rounds))
    parts.append(table("A file of one sample and the panel's records, in one process", many, unit="ms", digits=1))
    for kind, found in part("assigning", str(rounds)).items():
        parts.append(table(f"A participant in memory, {kind}", found, unit="ms"))
    grown, numbers = growing(sizes, annotated, 3)
    return "\n\n".join([*parts, grown]), numbers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found, numbers = page(Path(folder), given.records, given.rounds)
    print(found)
    if given.write:
        readme = HERE / "README.md"
        before, _, rest = readme.read_text().partition(BEGIN)
        readme.write_text(f"{before}{BEGIN}\n\n{found}\n\n{END}{rest.partition(END)[2]}")
        picture(numbers, HERE / "growth.svg")


if __name__ == "__main__":
    main()
