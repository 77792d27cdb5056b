"""A cohort in parts as jobs of a real SLURM of one node, by the commands that stand in the docs."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from effort import at_a_release
from servers import free_port

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel")
ROOT = Path(__file__).parents[1]
ARRAY, MERGE = re.findall(
    r"^sbatch (?:.*\\\n)*.*$", (ROOT / "docs" / "cohorts.md").read_text(encoding="utf-8"), re.MULTILINE
)
CONFIG = """ClusterName=one
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmdPort={second}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmdSpoolDir={folder}/spool
StateSaveLocation={folder}/state
MpiDefault=none
NodeName={host} NodeAddr=127.0.0.1 CPUs=2
PartitionName=all Nodes={host} Default=YES State=UP
"""


def until(holds: Callable[[], bool], folder: Path) -> None:
    end = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < end, "".join(path.read_text() for path in folder.glob("*.log"))
        time.sleep(0.1)


@pytest.fixture
def slurm(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Runs a command in a cluster of this machine, which has its own folder, key and ports."""
    missing = [each for each in PROGRAMS if shutil.which(each, path=f"{os.environ['PATH']}:/usr/sbin") is None]
    if missing or os.geteuid() != 0:
        pytest.skip(f"not root, or no {missing} here (Debian's packages slurm-wlm and munge)")
    folder = tmp_path / "slurm"
    for each in (folder, folder / "spool", folder / "state"):
        each.mkdir()
    host = socket.gethostname().partition(".")[0]
    ports = {"port": free_port(), "second": free_port()}
    (folder / "slurm.conf").write_text(CONFIG.format(host=host, folder=folder, **ports))
    (folder / "munge.key").write_bytes(os.urandom(128))
    (folder / "munge.key").chmod(0o400)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}:/usr/sbin"
    told = {**os.environ, "PATH": path, "SLURM_CONF": str(folder / "slurm.conf")}
    munge = [f"--{name}={folder}/munge.{name.removesuffix('-file')}" for name in ("pid-file", "log-file", "seed-file")]
    munge += [f"--key-file={folder}/munge.key", f"--socket={folder}/munge.socket", "--foreground", "--force"]
    commands = (["munged", *munge], ["slurmctld", "-D"], ["slurmd", "-D"])

    def run(*command: str) -> str:
        return subprocess.run(command, cwd=tmp_path, env=told, check=True, capture_output=True, text=True).stdout

    running = []
    try:
        for command in commands:
            with open(folder / f"{command[0]}.log", "wb") as log:
                running.append(subprocess.Popen(command, env=told, stdout=log, stderr=log))
            until(lambda: (folder / "munge.socket").exists(), folder)
        until(lambda: "idle" in subprocess.run(["sinfo"], env=told, capture_output=True, text=True).stdout, folder)
        yield run
    finally:
        for each in reversed(running):
            each.terminate()
            each.wait()


@at_a_release
@pytest.mark.holds("COHO-05")
def test_the_documented_jobs_make_the_table_of_one_run_and_one_that_was_killed_is_given_again(
    tmp_path: Path, slurm: Callable[..., str]
) -> None:
    ids = [f"P{number:03}" for number in range(1, 13)]
    rows = [f"{who}\t{';'.join(map(str, sorted((ROOT / 'examples').glob(f'{who}.*vcf'))))}" for who in ids]
    (tmp_path / "sheet.tsv").write_text("participant\tfiles\n" + "\n".join(rows) + "\n")
    slurm("assigner", "cohort", "sheet.tsv", "--table", "whole.tsv", "--traces", "whole")
    array = ARRAY.replace("\\\n", "").replace("40", "3")

    def submitted(command: str) -> str:
        return slurm("sh", "-c", command).split()[-1]

    def states() -> str:
        return slurm("squeue", "--noheader", "--format=%F_%K %t")

    job = submitted(array)
    merge = submitted(MERGE.replace("JOB", job))
    until(lambda: f"{job}_1 R" in states(), tmp_path / "slurm")
    slurm("scancel", "--signal=KILL", "--batch", f"{job}_1")
    until(lambda: f"{job}_" not in states(), tmp_path / "slurm")
    slurm("scancel", merge)  # it waits for a job that has failed
    assert not (tmp_path / "results.tsv").exists()

    submitted(MERGE.replace("JOB", submitted(array.replace("1-3", "1"))))
    until((tmp_path / "results.tsv").exists, tmp_path / "slurm")
    until(lambda: not states(), tmp_path / "slurm")
    assert (tmp_path / "results.tsv").read_bytes() == (tmp_path / "whole.tsv").read_bytes()
    written = [{each.name: each.read_bytes() for each in (tmp_path / of).iterdir()} for of in ("whole", "traces")]
    assert written[0] == written[1] and len(written[0]) == len(ids)
