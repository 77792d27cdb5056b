"""Run commands in turn and compare what they took: processor seconds, wall seconds and peak memory as medians."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence

from attrs import frozen


@frozen
class Took:
    """What one run took: wall and processor seconds, peak memory in MiB."""

    wall: float
    cpu: float
    memory: float


def once(command: str, cpus: str | None) -> Took:
    """Run a shell command to its end; review (exit code 3) is an answer too."""
    pinned = f"taskset -c {cpus} " if cpus else ""
    begin = time.perf_counter()
    child = subprocess.Popen(
        ["bash", "-c", f"exec {pinned}{command}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 3):
        raise SystemExit(f"exit code {child.returncode}: {command}")
    return Took(time.perf_counter() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def in_turn(commands: Mapping[str, str], runs: int, cpus: str | None) -> dict[str, Took]:
    """The medians of several rounds, in each of which every command runs once, after one round to warm up."""
    rounds = [{name: once(command, cpus) for name, command in commands.items()} for _ in range(runs + 1)][1:]
    return {name: _median([each[name] for each in rounds]) for name in commands}


def _median(runs: Sequence[Took]) -> Took:
    return Took(
        statistics.median(run.wall for run in runs),
        statistics.median(run.cpu for run in runs),
        max(run.memory for run in runs),
    )


def table(took: Mapping[str, Took], base: str) -> str:
    """A Markdown table with wall time as a ratio to one of the rows."""
    rows = ["| command | wall s | cpu s | MiB | wall / " + base + " |", "|---|---|---|---|---|"]
    rows += [
        f"| {name} | {run.wall:.2f} | {run.cpu:.2f} | {run.memory:.0f} | {run.wall / took[base].wall:.2f} |"
        for name, run in took.items()
    ]
    return "\n".join(rows)
