"""The docs: every example runs, what is generated is current, and everything public is named."""

from __future__ import annotations

import doctest
import enum
import os
import re
import shlex
import subprocess
import sys
import types
import typing
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from pydantic import BaseModel

import assigner
import assigner.testing
import validation
from assigner import errors
from assigner.assignments import Outcome
from assigner.cli import main
from assigner.decisions.decision import Basis, Verdict
from assigner.decisions.reasons import Reason
from assigner.evidence.flags import FlagKind
from assigner.profiles.calls import State
from assigner.profiles.schema import Form, ProfileForm
from assigner.rules import RuleSet
from assigner.rules.criteria import AnyCriterion
from assigner.traces import Record, Trace
from effort import QUICK

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
FIGURES = ROOT / "bench" / "README.md"
MANUALS = [
    "api", "bioinformaticians", "cohorts", "commands", "curators", "data-managers", "decisions", "design", "edge-cases",
    "forecast", "geneticists", "genotypes", "glossary", "how-to", "ledger", "limits", "packs", "programmers", "rules",
    "statisticians", "trace", "tutorial", "validation",
]  # fmt: skip
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
FEW = """from hypothesis import settings
settings.register_profile("few", max_examples=3)
settings.load_profile("few")
"""


def page(name: str) -> str:
    return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


def names(pages: list[Path]) -> list[str]:
    return [str(each.relative_to(ROOT)) for each in pages]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory that looks like the repository's root and may be written to."""
    for name in ("examples", "categories", "categories.yaml"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "conftest.py").write_text(FEW)  # for the pytest that a page runs
    monkeypatch.chdir(tmp_path)
    return tmp_path


# Examples


@pytest.mark.holds("INST-02")
@pytest.mark.parametrize("file", PAGES, ids=names(PAGES))
def test_python_examples_run(file: Path, folder: Path) -> None:
    parsed = doctest.DocTestParser().get_doctest(file.read_text(encoding="utf-8"), {}, file.name, str(file), 0)
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    told: list[str] = []
    runner.run(parsed, out=told.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(told)


def sessions(text: str) -> Iterator[tuple[str, str]]:
    """The commands of all console blocks, each with what it must print."""
    for block in re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            first, *rest = part.splitlines(keepends=True)
            more = [line[2:] for line in rest if line.startswith("> ")]
            yield "".join([first, *more]), "".join(line for line in rest if not line.startswith("> "))


WITH_SESSIONS = [file for file in PAGES if "```console" in file.read_text(encoding="utf-8")]


PLAIN = re.compile(r"""assigner((?:[^|<>;&$`\\'"\n]|'[^']*'|"[^"$`]*")*)""")


def shell(command: str) -> str:
    """What a command of a console block prints.

    An `assigner` at its start runs in this process; the shell gets its output and exit code, and does the rest.
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = os.environ | {"PATH": path, "COLUMNS": "100"}
    command = command.replace("\\\n", " ")
    if first := PLAIN.match(command):
        result = CliRunner(env={"COLUMNS": "100"}).invoke(main, shlex.split(first[1]), prog_name="assigner")
        Path(".out").write_bytes(result.stdout_bytes)
        Path(".err").write_bytes(result.stderr_bytes)
        command = f"again() {{ cat .err >&2; cat .out; return {result.exit_code}; }}; again {command[first.end() :]}"
    done = subprocess.run(
        ["sh", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env, check=False
    )
    return done.stdout


SLOW = ("python -m pytest", "assigner rules diff categories.yaml", "assigner rules forecast")
"""Commands that take seconds: run at a release. Tests of their own try them at each change."""


@pytest.mark.holds("INST-02")
@pytest.mark.parametrize("file", WITH_SESSIONS, ids=names(WITH_SESSIONS))
def test_console_examples_run(file: Path, folder: Path) -> None:
    for command, expected in sessions(file.read_text(encoding="utf-8")):
        if QUICK and command.startswith(SLOW):
            continue
        got = shell(command)
        fits = doctest.OutputChecker().check_output(expected, got, doctest.ELLIPSIS)
        assert fits, f"$ {command}\nexpected:\n{expected}\ngot:\n{got}"


# What is generated


@pytest.mark.holds("INST-03")
def test_what_is_generated_is_current() -> None:
    files = [str(file) for file in PAGES if "[[[cog" in file.read_text(encoding="utf-8")]
    assert len(files) > 4
    done = subprocess.run(
        [sys.executable, "-m", "cogapp", "--check", "-I", str(ROOT / "docs"), *files],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"run: make docs\n{done.stdout}{done.stderr}"


@pytest.mark.holds("INST-02")
def test_ci_runs_the_readme_s_two_commands_as_they_stand() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len([line for line in readme if line.endswith("python -m pytest")]) == 1
    first = next(line for line in readme if "bin/assigner assign " in line)
    for command in (first, next(line for line in readme if line.endswith("python -m pytest"))):
        assert command.startswith("python3 -m venv .venv && .venv/bin/pip install ")
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "sed -n '/python -m pytest$/p' README.md" in ci
    assert "sed -n '/bin\\/assigner assign /p' README.md" in ci


# Everything is named


def is_named(name: str, text: str) -> bool:
    return re.search(rf"`[^`\n]*(?<![\w-]){re.escape(name)}(?![\w-])[^`\n]*`", text) is not None


def missing(wanted: typing.Iterable[str], *pages: str) -> list[str]:
    text = "\n".join(page(name) for name in pages)
    return [name for name in wanted if not is_named(name, text)]


def test_the_manuals_are_these_and_the_first_page_of_the_docs_links_to_each() -> None:
    assert sorted(file.stem for file in (ROOT / "docs").glob("*.md")) == ["README", *MANUALS]
    assert [name for name in MANUALS if f"]({name}.md)" not in page("README")] == []
    assert "(docs/README.md)" in (ROOT / "README.md").read_text(encoding="utf-8")


def commands(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        for each, inner in command.commands.items():
            yield from commands(inner, f"{name} {each}")


@pytest.mark.holds("INST-03")
def test_every_command_and_option_is_documented() -> None:
    text = page("commands")
    for name, command in commands(main, "assigner"):
        part = text.partition(f"## `{name}`\n")[2].partition("\n## ")[0]
        assert part, name
        wanted = [option for param in command.params for option in param.opts if option.startswith("-")]
        assert [option for option in [*wanted, "-h", "--help"] if not re.search(rf"{option}\b", part)] == [], name


def test_every_public_name_is_documented_and_every_function_has_its_section() -> None:
    functions = [name for name in assigner.__all__ if isinstance(getattr(assigner, name), types.FunctionType)]
    assert missing(assigner.__all__, "api") == []
    assert [name for name in functions if f"\n## `{name}`\n" not in page("api")] == []


def test_every_strategy_law_and_test_for_trials_is_documented() -> None:
    assert missing(assigner.testing.__all__, "api") == []
    assert missing([law.name for law in assigner.testing.LAWS], "design") == []


@pytest.mark.holds("INST-03")
def test_every_error_is_documented() -> None:
    classes = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, Exception)]
    assert missing([each.__name__ for each in classes], "api") == []


@pytest.mark.holds("INST-03")
@pytest.mark.parametrize(
    ("kind", "where"),
    [
        (Basis, "trace"),
        (Verdict, "trace"),
        (Reason, "trace"),
        (Reason, "api"),
        (Reason, "rules"),
        (State, "trace"),
        (State, "design"),
        (FlagKind, "trace"),
        (FlagKind, "rules"),
        (Outcome, "trace"),
    ],
)
def test_every_member_is_documented(kind: type[enum.StrEnum], where: str) -> None:
    assert missing(list(kind), where) == []


def models(model: type[BaseModel], seen: set[type[BaseModel]]) -> set[type[BaseModel]]:
    """A model and all within it."""
    if model not in seen:
        seen.add(model)
        for info in model.model_fields.values():
            for inner in parts(info.annotation):
                if isinstance(inner, type) and issubclass(inner, BaseModel):
                    models(inner, seen)
    return seen


def parts(annotation: object) -> Iterator[object]:
    yield annotation
    for each in typing.get_args(annotation):
        yield from parts(each)


def fields(model: type[BaseModel]) -> set[str]:
    return {info.alias or name for each in models(model, set()) for name, info in each.model_fields.items()}


def words(model: type[BaseModel]) -> set[str]:
    """The closed choices of a model and all within it."""
    found: set[str] = set()
    for each in models(model, set()):
        for info in each.model_fields.values():
            for part in parts(info.annotation):
                if typing.get_origin(part) is typing.Literal:
                    found |= {str(value) for value in typing.get_args(part)}
    return found


def test_every_field_of_a_rule_set_is_documented() -> None:
    assert missing(sorted(fields(RuleSet)), "rules") == []


def test_every_choice_of_a_rule_set_is_documented() -> None:
    assert missing(sorted(words(RuleSet)), "rules") == []


def test_every_kind_of_criterion_is_documented() -> None:
    kinds = [part for part in parts(AnyCriterion) if isinstance(part, type) and issubclass(part, BaseModel)]
    assert len(kinds) == 10
    assert missing([typing.get_args(kind.model_fields["kind"].annotation)[0] for kind in kinds], "rules") == []


@pytest.mark.holds("INST-03")
def test_every_field_of_a_trace_is_documented() -> None:
    assert issubclass(Trace, Record)
    assert missing(sorted(fields(Trace)), "trace") == []
    assert [key for key in Trace.model_fields if f"\n| `{key}` |" not in page("trace")] == []


def test_every_field_of_a_profile_is_documented() -> None:
    assert issubclass(ProfileForm, Form)
    assert missing(sorted(fields(ProfileForm) | words(ProfileForm)), "api", "trace") == []


# What a page may hold


@pytest.mark.parametrize("file", PAGES, ids=names(PAGES))
def test_links_lead_somewhere(file: Path) -> None:
    text = file.read_text(encoding="utf-8").partition(validation.BEGIN)[0]  # a record is of its release
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not target.startswith("https://"):
            place, _, anchor = target.partition("#")
            linked = file.parent / place if place else file
            assert linked.exists(), target
            if anchor:
                heads = re.findall(r"^#+ (.*)$", linked.read_text(encoding="utf-8"), re.MULTILINE)
                assert anchor in [re.sub(r"[^\w -]", "", head).lower().replace(" ", "-") for head in heads], target


@pytest.mark.parametrize("file", [*PAGES, FIGURES], ids=names([*PAGES, FIGURES]))
def test_lines_are_short_enough_to_read(file: Path) -> None:
    prose = re.sub(r"^```(?s:.*?)^```$|^\|.*$", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert [line for line in prose.splitlines() if len(line) > 125] == []


def test_the_lock_and_the_pages_name_no_machine() -> None:
    files = [*PAGES, *ROOT.glob("requirements*.txt"), ROOT / "pyproject.toml", ROOT / "Makefile", ROOT / ".ci" / "run"]
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"(?<![\w.])/(?:home|root|tmp|opt)/|file://|--(?:extra-)?index-url", text), file


def test_every_pinned_package_has_hashes() -> None:
    for file in ROOT.glob("requirements*.txt"):
        text = file.read_text()
        pins = re.findall(r"^[a-z][\w.-]*==", text, re.MULTILINE)
        hashed = re.findall(r"^[a-z][\w.-]*==\S+ (?:; .+ )?\\\n    --hash=sha256:", text, re.MULTILINE)
        assert len(pins) == len(hashed) > 10
