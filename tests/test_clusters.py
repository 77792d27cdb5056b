"""A cohort on a Dask cluster: the same table, whatever is lost on the way, or an error that says it."""

from __future__ import annotations

import asyncio
import importlib
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
from assigner.vcf import shared
from assigner.vcf.bytes import ranges
from build import bgzf
from effort import at_a_release
from ledgers import ARMS, rule_set
from vcfs import vcf

distributed = pytest.importorskip("distributed")


@contextmanager
def cluster(**more: Any) -> Iterator[Any]:
    """A cluster of this machine; without processes, of threads of this one."""
    told = {"n_workers": 1, "threads_per_worker": 2, "processes": False, "protocol": "tcp://"} | more
    with distributed.LocalCluster(
        **told, silence_logs=50, dashboard_address=":0", worker_dashboard_address=None
    ) as made:
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
    with cluster() as made, pytest.raises(InputError, match=r"a scheduler that (?:stays until|answers in)"):
        run(path, "out.tsv", made.scheduler_address, progress=after(2, made.close))
    with pytest.raises(InputError, match="a scheduler that answers at"):
        run(path, "out.tsv", "tcp://127.0.0.1:9", resume=True)
    with pytest.raises(InputError, match=r"distributed\.comm\.tls"):
        run(path, "out.tsv", "tls://127.0.0.1:9", resume=True)

    assert run(path, "out.tsv", None, resume=True) == run(path, "whole.tsv", None)
    done = CliRunner().invoke(main, ["cohort", str(path), "--table", "x.tsv", "--dask", "tcp://a", "--processes", "2"])
    assert done.exit_code == 2


@pytest.mark.holds("COHO-11")
@pytest.mark.parametrize(
    "address", ["", "127.0.0.1", "tcp://127.0.0.1", "tcp://a:0", "tcp://::1:9", "a:99999", "inproc://x", "ucx://a:9"]
)
def test_an_address_that_is_none_is_refused_before_a_run_begins(tmp_path: Path, address: str) -> None:
    path = sheet(tmp_path, 1)
    with pytest.raises(InputError, match="the address of a scheduler as tcp://HOST:PORT"):
        run(path, "out.tsv", address)
    assert not path.with_name(".out.tsv.unfinished").exists()


@pytest.mark.holds("COHO-11")
def test_a_scheduler_that_is_there_and_answers_no_longer_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = sheet(tmp_path, 9)
    monkeypatch.setattr(clusters, "PATIENCE", 0.3)

    async def silent(**_: object) -> None:
        await asyncio.sleep(60)

    with cluster() as made, pytest.raises(InputError, match=r"a scheduler that answers in 0\.3 seconds"):
        run(path, "out.tsv", made.scheduler_address, progress=after(2, lambda: handlers(made).update(ncores=silent)))
    assert run(path, "out.tsv", None, resume=True) == run(path, "whole.tsv", None)


def handlers(made: Any) -> dict[str, Any]:
    found: dict[str, Any] = made.scheduler.handlers
    return found


@pytest.mark.holds("COHO-11")
def test_a_worker_that_sees_another_file_ends_the_run_and_no_row_is_made_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = sheet(tmp_path, 9)
    whole = run(path, "whole.tsv", None)
    monkeypatch.setattr(clusters, "AT_ONCE", 1)
    file, kept = tmp_path / "P6.vcf", tmp_path / "kept"
    said: list[str] = []
    with cluster() as made:
        there = made.scheduler_address
        with pytest.raises(InputError, match=r"P6\.vcf: expected the same file on each worker"):
            run(path, "out.tsv", there, progress=after(1, lambda: file.rename(kept)))
        assert b"P6" not in path.with_name(".out.tsv.unfinished").read_bytes()
        kept.rename(file)
        assert run(path, "out.tsv", there, resume=True, warn=said.append) == whole and not said
        with pytest.raises(InputError, match=r"version 0\.0\.0, as where the run was started; got one with"):
            clusters._made("0.0.0", "run", b"not looked at", b"not looked at")


@pytest.mark.holds("COHO-11")
def test_relative_paths_reach_a_worker_whole_and_stand_in_the_table_as_they_were_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet(tmp_path, 3)
    monkeypatch.chdir(tmp_path)
    whole = run(Path("sheet.tsv"), "whole.tsv", None)
    asked: list[str] = []
    monkeypatch.setattr(clusters, "expect_same", asked.extend)
    with cluster() as made:
        assert run(Path("sheet.tsv"), "out.tsv", made.scheduler_address) == whole
    assert sorted(asked) == [f"{tmp_path}/P{at}.vcf" for at in range(3)] and b"\tP2.vcf: " in whole


@pytest.mark.holds("COHO-11")
def test_a_worker_without_the_package_ends_the_run_and_one_that_comes_late_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = sheet(tmp_path, 4)
    said: list[str] = []
    monkeypatch.setattr(clusters, "ASKED_AFTER", 0.1)
    with cluster(n_workers=0) as made:

        def come(text: str) -> None:
            said.append(text)
            made.scale(1)

        run(path, "whole.tsv", made.scheduler_address, warn=come)
        monkeypatch.setattr(clusters, "_Errand", lambda *given: Absent())
        with pytest.raises(InputError, match="on each worker; got a worker without absent_here"):
            run(path, "out.tsv", made.scheduler_address)
    assert said == [f"{made.scheduler_address}: there is no worker; the run waits for one"]


@pytest.mark.holds("COHO-11")
def test_a_task_that_fails_as_the_wait_for_it_ends_raises_its_own_error() -> None:
    class Failed:
        status = "error"

        def result(self, timeout: float | None = None) -> None:
            raise ZeroDivisionError if timeout is None else TimeoutError

    with pytest.raises(ZeroDivisionError):
        clusters._result(None, Failed(), lambda: None)


class Absent:
    """What is unpickled by a package that is not there."""

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return importlib.import_module, ("absent_here",)


@at_a_release
@pytest.mark.holds("COHO-11")
def test_workers_elsewhere_read_the_same_files_and_those_without_the_package_say_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet(tmp_path, 9)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    whole = run(Path("sheet.tsv"), "whole.tsv", None)
    monkeypatch.chdir("elsewhere")
    with cluster(processes=True) as made:
        monkeypatch.chdir(tmp_path)
        assert run(Path("sheet.tsv"), "out.tsv", made.scheduler_address) == whole
    none = "import sys; sys.modules['assigner'] = None"
    with cluster(processes=True, preload=none) as made, pytest.raises(InputError, match="a worker without assigner"):
        run(Path("sheet.tsv"), "other.tsv", made.scheduler_address)


@at_a_release
@pytest.mark.holds("COHO-11")
def test_a_worker_that_is_killed_costs_nothing(tmp_path: Path) -> None:
    path = sheet(tmp_path, 40)
    whole = run(path, "whole.tsv", None)
    with cluster(n_workers=2, threads_per_worker=1, processes=True) as made:

        def kill() -> None:
            os.kill(next(iter(made.workers.values())).pid, signal.SIGKILL)

        assert run(path, "dask.tsv", made.scheduler_address, progress=after(5, kill)) == whole


# --------------------------------------------------------------------------------------------- files of several people


def joint(folder: Path) -> Path:
    """A file of forty samples, who carry one allele after the other."""
    samples = [f"P{at}" for at in range(40)]
    rows = [
        f"{n} {n}000100 A C PASS . GT " + " ".join("0/1" if n == at % 4 else "0/0" for at in range(len(samples)))
        for n, _ in enumerate(ARMS, 1)
    ]
    rows += [f"9 {at} A C PASS . GT {' '.join(['0/0'] * len(samples))}" for at in range(1, 900)]
    (folder / "rules.yaml").write_bytes(rule_set())
    (folder / "joint.vcf.gz").write_bytes(bgzf(vcf("\n".join(rows), samples=samples), block=5000))
    return folder / "joint.vcf.gz"


@pytest.mark.holds("COHO-11")
@pytest.mark.parametrize("least", [2_000, 1 << 20])
def test_a_joint_file_is_read_once_in_parts_or_as_one_and_handed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, least: int
) -> None:
    path = joint(tmp_path)
    whole = run(path, "whole.tsv", None)
    monkeypatch.setattr(ranges, "LEAST", least)
    read, scans = list[Any](), list[str]()
    of_parts, as_one = shared.scan_in_parts, shared.scan_all
    monkeypatch.setattr(shared, "scan_in_parts", lambda *given: read.append(of_parts(*given)) or read[-1])

    def scan_all(source: Any, choose: Any, *given: Any, **more: Any) -> Any:
        found = as_one(source, choose, *given, **more)
        scans.append(source.name)  # not where a header alone is read, which ends with an exception
        return found

    monkeypatch.setattr(shared, "scan_all", scan_all)
    with cluster() as made:
        assert run(path, "dask.tsv", made.scheduler_address) == whole
    assert [each is not None for each in read] == [least == 2_000]
    assert len(scans) == (least > 2_000)  # the workers are threads of this process, and would be seen
    traces = [
        {each.name: each.read_bytes() for each in (tmp_path / f"{n}.tsv.traces").iterdir()} for n in ("whole", "dask")
    ]
    assert traces[0] == traces[1] and len(traces[0]) == 40


@at_a_release
@pytest.mark.holds("COHO-11")
def test_a_worker_that_is_killed_with_what_was_found_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = joint(tmp_path)
    whole = run(path, "whole.tsv", None)
    monkeypatch.setattr(ranges, "LEAST", 2_000)
    with cluster(n_workers=2, threads_per_worker=1, processes=True) as made:

        def kill() -> None:
            held = next(own for key, own in made.scheduler.tasks.items() if str(key).endswith("-files")).who_has
            pids = {each.worker_address: each.pid for each in made.workers.values()}
            os.kill(pids[next(iter(held)).address], signal.SIGKILL)

        assert run(path, "dask.tsv", made.scheduler_address, progress=after(5, kill)) == whole
