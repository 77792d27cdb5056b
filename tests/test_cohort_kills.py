"""Runs over a cohort that another process kills at random moments: no row is lost, doubled or torn."""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from pathlib import Path

import pytest

from assigner.cohorts.reading import cohort_of
from assigner.cohorts.runs import Run
from assigner.files import write_whole
from effort import QUICK, some
from ledgers import ARMS, rule_set, rules
from vcfs import vcf

KILLS = 5 if QUICK else 50
"""How often each of the four kinds of run is killed: 200 times in all at a release."""

PEOPLE = [f"P{at:02d}" for at in range(40)]


def table(cells: list[str]) -> str:
    """A carrier of each arm's allele, one after the other."""
    return "\n".join(f"{n} {n}000100 A C PASS . GT {' '.join(cells[n:] + cells[:n])}" for n, _ in enumerate(ARMS, 1))


def joint(folder: Path) -> Path:
    """A file of all participants, of whom one in ten has an allele that is not there: an error in the row."""
    cells = ["0/1", "0/0", "0/0", "0/1", "./1", "1/1", "0/0", "0/0", "0/0", "2/2"] * 4
    (folder / "joint.vcf").write_bytes(vcf(table(cells), samples=PEOPLE))
    return folder / "joint.vcf"


def files(folder: Path) -> Path:
    """A folder with a file for each participant, some of them empty."""
    (folder / "files").mkdir()
    for at, who in enumerate(PEOPLE):
        row = f"{at % 3 + 1} {at % 3 + 1}000100 A C PASS . GT 0/1"
        (folder / "files" / f"{who}.vcf").write_bytes(b"" if at % 10 == 9 else vcf(row, samples=[who]))
    return folder / "files"


def run(source: Path, folder: Path, name: str, traces: str, processes: int) -> None:
    """One run, or what is left of one that was ended; a process of its own calls this."""
    Run(
        cohort=cohort_of(source, rules()), rules=rules(), rules_file=str(folder / "rules.yaml"), form="tsv",
        table=folder / f"{name}.tsv", traces=folder / f"{name}{traces}", processes=processes, resume=True,
    )()  # fmt: skip


def left_by(folder: Path, name: str, traces: str) -> list[bytes]:
    """The bytes of the table and of all traces."""
    kept = folder / f"{name}{traces}"
    return [
        each.read_bytes() for each in (folder / f"{name}.tsv", *(sorted(kept.iterdir()) if kept.is_dir() else [kept]))
    ]


@pytest.mark.holds("COHO-03")
@pytest.mark.parametrize("processes", some([1, 2], 2))
@pytest.mark.parametrize(("made", "traces"), [(joint, ".zip"), (files, ".traces")])
def test_a_run_that_is_killed_at_any_moment_gives_the_same_bytes(tmp_path, made, traces, processes):
    context, chance, source = multiprocessing.get_context("fork"), random.Random(9), made(tmp_path)
    (tmp_path / "rules.yaml").write_bytes(rule_set())
    began = time.monotonic()
    run(source, tmp_path, "whole", traces, processes)
    whole, taken = left_by(tmp_path, "whole", traces), time.monotonic() - began
    outcomes = [line.split(b"\t")[1] for line in whole[0].splitlines()[1:]]
    assert len(outcomes) == len(PEOPLE)
    assert {b"error"} < {*outcomes}
    killed, number = 0, 0
    while killed < KILLS:
        number, ended = number + 1, 0
        while True:  # up to the run that is let go to its end
            child = context.Process(target=run, args=(source, tmp_path, f"run{number}", traces, processes))
            child.start()
            child.join(None if ended == 3 else chance.uniform(0, taken))
            if child.exitcode is not None:
                break
            child.kill()
            child.join()
            ended += 1
        killed += ended
        assert child.exitcode == 0
        assert left_by(tmp_path, f"run{number}", traces) == whole
    assert not [each.name for each in tmp_path.iterdir() if each.name.startswith((".", "tmp"))]


def test_what_a_kill_left_of_a_file_is_in_nobodys_way(tmp_path):
    """In a container each process may have the number that the killed one had."""
    (tmp_path / f".trace.json.{os.getpid()}.part").write_bytes(b"{")
    write_whole(tmp_path / "trace.json", b"{}")
    assert (tmp_path / "trace.json").read_bytes() == b"{}"
