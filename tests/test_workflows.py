"""The workflows of GitHub: what they try, and what they may do."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from assigner.cli import main
from assigner.errors import InputError
from assigner.vcf.scan.htslib import in_text

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS: dict[str, dict[Any, Any]] = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.yml"))
}


def steps(name: str) -> list[dict[str, Any]]:
    """All steps of a workflow."""
    return [step for job in WORKFLOWS[name]["jobs"].values() for step in job["steps"]]


def test_each_python_is_tried_on_each_system() -> None:
    jobs = WORKFLOWS["tests"]["jobs"]
    matrices = [jobs[name]["strategy"]["matrix"] for name in ("pythons", "windows")]
    assert [each["python"] for each in matrices] == [["3.11", "3.12", "3.13", "3.14"]] * 2
    assert {*matrices[0]["os"], jobs["windows"]["runs-on"]} == {"ubuntu-latest", "macos-latest", "windows-latest"}
    assert 'requires-python = ">=3.11"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_may_do_no_more_than_it_must(name: str) -> None:
    """No password, no text of strangers in a command, no right beyond reading but that of proving who uploads."""
    text = (FOLDER / f"{name}.yml").read_text(encoding="utf-8")
    assert not re.search(r"secrets\.|github\.event|pull_request_target|https?:", text)
    assert WORKFLOWS[name]["permissions"] == {"contents": "read"}
    rights = {job: each["permissions"] for job, each in WORKFLOWS[name]["jobs"].items() if "permissions" in each}
    assert rights == ({"publish": {"id-token": "write"}} if name == "release" else {})
    assert all(job["timeout-minutes"] <= 90 for job in WORKFLOWS[name]["jobs"].values())
    checkouts = [step for step in steps(name) if step.get("uses", "").startswith("actions/checkout@")]
    assert all(step["with"] == {"persist-credentials": False} for step in checkouts)


def test_what_a_workflow_runs_is_there() -> None:
    words = {word for name in WORKFLOWS for step in steps(name) for word in shlex.split(step.get("run", ""))}
    assert (ROOT / ".ci" / "run").exists() and "./.ci/run" in words
    assert "build/release/*[0-9].tar.gz" in words  # the sdist, and not the archive of the man pages
    assert "$version-man.tar.gz" in (ROOT / ".ci" / "release").read_text(encoding="utf-8")
    assert re.search("^release:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE) and "make" in words


@pytest.mark.holds("INST-04")
def test_without_cyvcf2_a_profile_is_assigned_verified_and_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the job on Windows does it, where cyvcf2 has no wheel."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "cyvcf2", None)
    shutil.copytree(ROOT / "tests" / "windows", tmp_path / "tests" / "windows")
    commands = [step["run"] for step in WORKFLOWS["tests"]["jobs"]["windows"]["steps"] if "run" in step]
    for command in commands:
        if command.startswith("assigner "):
            done = CliRunner().invoke(main, shlex.split(command)[1:])
            assert done.exit_code == 0, done.output
    assert json.loads((tmp_path / "trace.json").read_bytes())["category"] == "CAT3"
    refused = CliRunner().invoke(main, ["assign", str(ROOT / "examples" / "P001.g.vcf")])
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "reading VCF and BCF needs cyvcf2, which is not installed: pip install cyvcf2." in refused.stderr
    assert "Profiles in JSON are read without it" in refused.stderr
    with pytest.raises(InputError, match="needs cyvcf2"):
        in_text(b"", 1, "file")
