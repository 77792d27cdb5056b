"""Recipes of others: they say what `pyproject.toml` says, and the commands that they run are run."""

from __future__ import annotations

import re
import runpy
import shlex
import shutil
import subprocess
import sys
import tomllib
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from assigner.__about__ import VERSION
from assigner.cli import main
from assigner.traces import read_trace

jinja2 = pytest.importorskip("jinja2")
requirements = pytest.importorskip("packaging.requirements")

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "packaging"
MODULE = FOLDER / "nextflow" / "assigner" / "assign"
WRAPPER = FOLDER / "snakemake" / "assigner" / "assign"
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
P001 = {"files": "examples/P001.g.vcf", "repeats": "examples/P001.eh.vcf", "callable": "", "rules": "categories.yaml"}
P008 = {"files": "examples/P008.vep.vcf", "repeats": "examples/P008.eh.vcf", "callable": "examples/genes.bed"}
TAKEN = [(P001, ("assigned", "CAT3")), (P008, ("review", None))]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("examples", "categories", "categories.yaml"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ranges(lines: list[str]) -> dict[str, set[str]]:
    """The range of each package of some requirements."""
    each = map(requirements.Requirement, lines)
    return {one.name: {str(specifier) for specifier in one.specifier} for one in each}


def assigned(command: str) -> tuple[str, str | None]:
    """What a shell's command comes to: it prints the whole text, and the outcome is in its trace."""
    line, _, rest = command.partition(" > ")
    words = shlex.split(line)
    done = CliRunner().invoke(main, words[1:], prog_name="assigner")
    assert (words[0], done.exit_code, done.stderr) == ("assigner", 0, "") and rest
    trace = read_trace(words[words.index("--trace") + 1])
    assert done.stdout.startswith("ASSIGNED" if trace.category else "REVIEW") and "Digests" in done.stdout
    return trace.outcome, trace.category


@pytest.mark.holds("INST-05")
def test_the_recipe_for_conda_is_that_of_the_project() -> None:
    text = (FOLDER / "bioconda" / "meta.yaml").read_text(encoding="utf-8")
    known = {"PYTHON": "python", "pin_subpackage": lambda name, max_pin: f"{name} {max_pin}"}
    recipe = yaml.safe_load(jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(text).render(known))
    assert recipe["package"] == {"name": PROJECT["name"], "version": VERSION}
    run = ranges([line.replace(" ", "", 1) for line in recipe["requirements"]["run"]])
    assert run.pop("python") == {PROJECT["requires-python"]}
    assert run == ranges(PROJECT["dependencies"])
    about, build = recipe["about"], recipe["build"]
    assert (about["license"], about["summary"]) == (PROJECT["license"], PROJECT["description"])
    assert (ROOT / about["license_file"]).exists() and (FOLDER / "bioconda" / recipe["source"]["path"]).samefile(ROOT)
    assert build["entry_points"] == [f"{name} = {place}" for name, place in PROJECT["scripts"].items()]
    assert build["run_exports"] == [f"{PROJECT['name']} x.x"]
    for command in recipe["test"]["commands"]:
        words = shlex.split(command.removeprefix("python -m "))
        assert (words[0], CliRunner().invoke(main, words[1:]).exit_code) == ("assigner", 0), command


@pytest.mark.holds("INST-05")
def test_the_container_runs_the_command_as_nobody_in_particular() -> None:
    text = (FOLDER / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    steps = [line.split(None, 1) for line in text.splitlines() if line and not line.startswith("#")]
    last = dict(steps)
    assert steps[0][0] == "FROM" and last["FROM"].startswith("python:3.11")
    assert last["ENTRYPOINT"] == '["assigner"]' and last["USER"] == re.findall(r"--uid (\d+)", last["RUN"])[0] != "0"
    wheel = f"trial_assigner-{VERSION}-py3-none-any.whl"
    assert last["COPY"].split() == ["requirements.txt", f"build/release/{wheel}", "/install/"]
    assert "--require-hashes" in last["RUN"] and f"--no-deps --no-index /install/{wheel}" in last["RUN"]
    labels = dict(re.findall(r'image\.(\w+)="([^"]*)"', last["LABEL"]))
    assert labels == {"title": PROJECT["name"], "version": VERSION, "licenses": PROJECT["license"]}


@pytest.mark.holds("INST-05")
@pytest.mark.parametrize(("given", "outcome"), TAKEN, ids=["P001", "P008"])
def test_the_command_of_the_nextflow_module_runs(given: Mapping[str, str], outcome: tuple[str, str | None]) -> None:
    script = (MODULE / "main.nf").read_text(encoding="utf-8").split("script:")[1].split("stub:")[0]
    values = {"meta.id": given["files"][9:13], "rules[0]": given.get("rules", ""), **given}
    values |= {"args": "--threads 2", "prefix": values["meta.id"]}

    def filled(text: str) -> str:
        return re.sub(r"\$\{([^}]+)\}", lambda found: values[found[1]], text)

    for name, asked, one in re.findall(r"def (\w+) = (\w+) \? \"(.*)\" : ''", script):
        values[name] = filled(one) if given.get(asked) else ""
    (command,) = re.findall(r"^ *(assigner assign .*)$", script, re.MULTILINE)
    assert assigned(filled(command)) == outcome


@pytest.mark.holds("INST-05")
@pytest.mark.parametrize(("given", "outcome"), TAKEN, ids=["P001", "P008"])
def test_the_command_of_the_snakemake_wrapper_runs(
    given: Mapping[str, str], outcome: tuple[str, str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Named(dict[str, Any]):
        __getattr__ = dict.__getitem__

    ran: list[str] = []

    def shell(text: str) -> None:
        frame = sys._getframe(1).f_globals

        def shown(found: re.Match[str]) -> str:
            value = eval(found[1], frame)
            return shlex.join([value] if isinstance(value, str) else value) if found[2] else value

        ran.append(re.sub(r"\{([\w.]+)(:q)?\}", shown, text))

    monkeypatch.setitem(sys.modules, "snakemake", types.ModuleType("snakemake"))
    monkeypatch.setitem(sys.modules, "snakemake.shell", types.SimpleNamespace(shell=shell))
    snakemake = types.SimpleNamespace(
        input=Named(given), output=Named(trace="it's.trace.json", text="it's.txt"), params={"extra": "--threads 2"},
        log_fmt_shell=lambda stdout, stderr: "2> log",
    )  # fmt: skip
    runpy.run_path(str(WRAPPER / "wrapper.py"), {"snakemake": snakemake})
    assert assigned(*ran) == outcome and ran[0].endswith(" 2> log")


@pytest.mark.holds("INST-05")
@pytest.mark.skipif(shutil.which("snakemake") is None, reason="snakemake is not here: a release installs it")
def test_the_wrapper_runs_under_snakemake(tmp_path: Path) -> None:
    (tmp_path / "packaging").symlink_to(FOLDER)
    command = ["snakemake", "--cores", "1", "--snakefile", str(WRAPPER / "test" / "Snakefile")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name, outcome in (("P001", "ASSIGNED"), ("P008", "REVIEW")):
        assert (tmp_path / "results" / f"{name}.txt").read_text(encoding="utf-8").startswith(outcome)
        assert (tmp_path / "results" / f"{name}.trace.json").exists()


@pytest.mark.holds("INST-05")
def test_what_module_and_wrapper_say_of_themselves_is_so() -> None:
    for file in (MODULE / "environment.yml", WRAPPER / "environment.yaml"):
        (wanted,) = yaml.safe_load(file.read_text(encoding="utf-8"))["dependencies"]
        assert wanted.split("::")[-1].replace(" ", "") == f"{PROJECT['name']}={VERSION}"
    said = yaml.safe_load((MODULE / "meta.yml").read_text(encoding="utf-8"))
    text = (MODULE / "main.nf").read_text(encoding="utf-8")
    assert f"process {said['name'].upper()} " in text and said["tools"][0]["assigner"]["licence"] == [
        PROJECT["license"]
    ]
    assert [*said["output"]] == re.findall(r"emit: (\w+)", text)
    taken = [next(iter(each)) for each in said["input"][0]]
    assert re.findall(r"(?:val|path)\((\w+)\)", text.split("input:")[1].split("output:")[0]) == taken
    wrapper = yaml.safe_load((WRAPPER / "meta.yaml").read_text(encoding="utf-8"))
    optional = [next(iter(each)) for each in wrapper["input"]][1:]
    assert f"OPTIONS = {(*optional,)!r}".replace("'", '"') in (WRAPPER / "wrapper.py").read_text(encoding="utf-8")
    for file in FOLDER.rglob("*.y*ml"):
        assert file.name == "meta.yaml" or yaml.safe_load(file.read_text(encoding="utf-8")), file
