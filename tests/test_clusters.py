"""A cohort on a Dask cluster: the same table, whatever is lost on the way, or an error that says it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from assigner.cli import main
from assigner.cohorts import clusters
from assigner.cohorts.reading import cohort_of
from assigner.cohorts.runs import Run
from assigner.errors import InputError
from assigner.rules import read_rules
from effort import at_a_release
from ledgers import ARMS, rule_set
from vcfs import vcf

distributed = pytest.importorskip("distributed")


@contextmanager
def cluster(**more: Any) -> Iterator[Any]:
    """A cluster of this machine; without processes, of threads of this one."""
    told = {"n_workers": 1, "threads_per_worker": 2, "processes": False, "dashboard_address": ":0"} | more
    with distributed.LocalCluster(**told, silence_logs=50, worker_dashboard_address=None) as made:
        yield made


def sheet(folder: Path, count: int) -> Path:
    """Participants who carry one allele after the other; the third has no VCF."""
    rows = ["participant\tfiles"]
    for at in range(count):
        table = [f"{n} {n}000100 A C PASS . GT {'0/1' if n == at % 4 else '0/0'}" for n, _ in enumerate(ARMS, 1)]
        (folder / f"P{at}.vcf").write_bytes(b"none" if at == 2 else vcf("\n".join(table), samples=[f"P{at}"]))
        rows.append(f"P{at}\tP{at}.vcf")
    (folder / "rules.yaml").write_bytes(rule_set())
    (folder / "sheet.tsv").write_text("\n".join(rows) + "\n")
    return folder / "sheet.tsv"


def run(path: Path, table: str, address: str | None, **more: Any) -> bytes:
    rules_file = path.with_name("rules.yaml")
    made = Run(
        cohort=cohort_of(path, read_rules(rules_file)),
        rules=read_rules(rules_file),
        rules_file=str(rules_file),
        table=path.with_name(table),
        form="tsv",
        traces=path.with_name(f"{table}.traces"),
        dask=address,
        **more,
    )
    made()
    return path.with_name(table).read_bytes()


def after(number: int, do: Callable[[], object]) -> Callable[[int, int], None]:
    """Do something when so many are done."""
    did: list[object] = []

    def progress(done: int, whole: int) -> None:
        if done >= number and not did:
            did.append(True)
            do()

    return progress


@pytest.mark.holds("COHO-11")
def test_a_cluster_gives_the_table_of_one_process(tmp_path: Path) -> None:
    path = sheet(tmp_path, 9)
    whole = run(path, "whole.tsv", None)
    with cluster() as made:
        assert run(path, "dask.tsv", made.scheduler_address) == whole

        def change() -> None:
            (tmp_path / "rules.yaml").write_bytes(rule_set().replace(b"Product A", b"Product X"))

        with pytest.raises(InputError, match="the rule set as it was read first"):
            run(path, "other.tsv", made.scheduler_address, progress=after(0, change))
    traces = [
        {each.name: each.read_bytes() for each in (tmp_path / f"{n}.tsv.traces").iterdir()} for n in ("whole", "dask")
    ]
    assert traces[0] == traces[1] and len(traces[0]) == 8


@pytest.mark.holds("COHO-11")
def test_a_scheduler_that_is_lost_or_not_there_is_an_error_and_the_run_can_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = sheet(tmp_path, 30)
    monkeypatch.setattr(clusters, "AT_ONCE", 1)
    monkeypatch.setattr(clusters, "PATIENCE", 1)
    with cluster() as made, pytest.raises(InputError, match="a scheduler that stays until the end"):
        run(path, "out.tsv", made.scheduler_address, progress=after(2, made.close))
    with pytest.raises(InputError, match="a scheduler that answers at"):
        run(path, "out.tsv", "tcp://127.0.0.1:9", resume=True)
    with pytest.raises(InputError, match="a scheduler that answers at"):
        run(path, "out.tsv", "nonsense://x", resume=True)

    assert run(path, "out.tsv", None, resume=True) == run(path, "whole.tsv", None)
    done = CliRunner().invoke(main, ["cohort", str(path), "--table", "x.tsv", "--dask", "tcp://a", "--processes", "2"])
    assert done.exit_code == 2


@at_a_release
@pytest.mark.holds("COHO-11")
def test_a_worker_that_is_killed_costs_nothing(tmp_path: Path) -> None:
    path = sheet(tmp_path, 40)
    whole = run(path, "whole.tsv", None)
    with cluster(n_workers=2, threads_per_worker=1, processes=True) as made:

        def kill() -> None:
            os.kill(next(iter(made.workers.values())).pid, signal.SIGKILL)

        assert run(path, "dask.tsv", made.scheduler_address, progress=after(5, kill)) == whole
