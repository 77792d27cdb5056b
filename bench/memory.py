"""How much memory a process holds that assigns one participant after the other, and reads one file after the other.

    python bench/memory.py [--assignments 50000] [--files 5000]

Participants are those of `assigning.py`, each drawn anew; files are forty of those of `cohorts.py`, read in turn, each
assigned and written. After each tenth: MiB that the process holds (VmRSS), and the most that it held (VmHWM).
"""

from __future__ import annotations

import argparse
import gc
import tempfile
from collections.abc import Callable
from pathlib import Path

from assigning import KINDS, hundred_calls, participants
from cohorts import make_folder

import assigner
from assigner.genome.builds import Build
from assigner.rules.panels import panel_of

TENTHS = 10


def held() -> tuple[float, float]:
    """MiB that the process holds, and the most that it held."""
    gc.collect()
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    now, most = (int(status[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))
    return now, most


def rows(what: str, count: int, work: Callable[[int], object]) -> None:
    for tenth in range(TENTHS):
        for number in range(count * tenth // TENTHS, count * (tenth + 1) // TENTHS):
            work(number)
        now, most = held()
        print(f"| {count * (tenth + 1) // TENTHS:,} {what} | {now:.1f} | {most:.1f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assignments", type=int, default=50_000)
    parser.add_argument("--files", type=int, default=5_000)
    given = parser.parse_args()
    rules = assigner.read_rules()
    panel = panel_of(rules, Build.GRCH38)
    few = hundred_calls(rules, panel)

    def assigned(number: int) -> None:
        _, blocks, carried, is_few = KINDS[number % len(KINDS)]
        genes = few if is_few else None
        (profile,) = participants(panel, 1, blocks=blocks, carried=carried, genes=genes, seed=str(number))
        assigner.assign(profile, rules).trace_bytes  # noqa: B018

    print("| after | MiB held | most MiB |\n|---|---|---|")
    rows("assignments", given.assignments, assigned)
    with tempfile.TemporaryDirectory() as folder:
        make_folder(Path(folder), 40)
        files = sorted(Path(folder).iterdir())

        def read(number: int) -> None:
            assigner.assign(assigner.read_profile(files[number % len(files)], rules), rules).trace_bytes  # noqa: B018

        rows("files", given.files, read)


if __name__ == "__main__":
    main()
