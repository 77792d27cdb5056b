"""The validation pack of a run: `python -m pytest --validation=FILE` writes it, and every whole run holds the committed
page against its own results.

The committed page is that of a run in which nothing was skipped. Compared is all but the last part, which is of the run
that wrote it. Where a test was skipped because of what `docs/requirements.yaml` says it needs, the page stands
unconfirmed and the run says so; anything else that differs fails the run.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import platform
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from hypothesis import settings

import assigner
import packs

BEGIN = "<!-- what follows is written by `python -m pytest --validation` -->\n"
OF_THE_RUN = "<!-- what follows is of one run, and not compared with others -->\n"
CHOICES = ("keyword", "markexpr", "deselect", "ignore", "ignore_glob", "collectonly", "maxfail")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--validation", metavar="FILE", help="write the validation pack of this run of all tests to FILE")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Run(config))


class Run:
    """One run of pytest: what its tests hold, and what came of them."""

    def __init__(self, config: pytest.Config) -> None:
        self.root = config.rootpath
        self.requirements = packs.Requirements.read(self.root / "docs" / "requirements.yaml")
        self.whole = config.args_source is config.ArgsSource.TESTPATHS and not any(
            getattr(config.option, name, None) for name in CHOICES
        )
        self.target = config.getoption("--validation")
        if self.target and not self.whole:
            raise pytest.UsageError("--validation: expected a run of all tests; got a choice of them")
        self.items: dict[str, tuple[str, str, str, tuple[str, ...]]] = {}
        self.outcomes: dict[str, str] = {}
        self.skips: dict[str, str] = {}
        self.told: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            holds = tuple(held for mark in item.iter_markers("holds") for held in mark.args)
            unknown = sorted(set(holds) - self.requirements.ids)
            if unknown:
                raise pytest.UsageError(f"{item.nodeid}: expected ids of docs/requirements.yaml; got {unknown}")
            file, _, name = item.nodeid.partition("[")[0].partition("::")
            about = (getattr(getattr(item, "module", None), "__doc__", None) or "").partition("\n")[0]
            short = file.removeprefix("tests/") if file.startswith("tests/") else "examples in docstrings"
            self.items[item.nodeid] = short, about, name, holds

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.outcomes[report.nodeid] = "failed"
        elif report.skipped:
            self.outcomes.setdefault(report.nodeid, "skipped")
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else "expected to fail"
            self.skips[report.nodeid] = reason.removeprefix("Skipped: ")
        elif report.when == "call":
            self.outcomes[report.nodeid] = "passed"

    def results(self) -> list[packs.Result]:
        """What came of each test function; what was collected and did not run is told as that."""
        cases: dict[tuple[str, str], Counter[str]] = {}
        skips: dict[tuple[str, str], set[str]] = {}
        first: dict[tuple[str, str], tuple[str, tuple[str, ...]]] = {}
        for node, (file, about, name, holds) in self.items.items():
            key = file, name
            first.setdefault(key, (about, holds))
            cases.setdefault(key, Counter())[self.outcomes.get(node, "not run")] += 1
            skips.setdefault(key, set()).update([self.skips[node]] if node in self.skips else [])
        return [
            packs.Result(
                file=key[0], about=about, name=key[1], holds=holds, cases=cases[key], skips=tuple(sorted(skips[key]))
            )
            for key, (about, holds) in first.items()
        ]

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if not self.whole or session.exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            return
        results = self.results()
        page = self.root / "docs" / "validation.md"
        prose, _, committed = page.read_text(encoding="utf-8").partition(BEGIN)
        if self.target:
            text = f"{prose}{BEGIN}\n{self.part(results)}\n{OF_THE_RUN}\n{packs.run_part(self.environment(), results)}"
            (self.root / self.target).write_text(text, encoding="utf-8")
            self.told.append(f"written: {self.target}")
        elif self.compare(committed.partition(OF_THE_RUN)[0], results):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def part(self, results: list[packs.Result]) -> str:
        rules = assigner.read_rules()
        said = rules.content.rule_set
        subject = (
            f"`assigner` {assigner.__version__} with the shipped rule set `{said.id}` {said.version} ({said.status}), "
            f"digest\n`{rules.digest}`."
        )
        return packs.results_part(subject, self.requirements, results)

    def compare(self, committed: str, results: list[packs.Result]) -> bool:
        """Whether the committed page says what this run did not give; tells how."""
        got = self.part(packs.confirmable(results, self.requirements))
        differing = [
            *difflib.unified_diff(committed.strip().splitlines(), got.strip().splitlines(), "page", "run", n=0)
        ]
        if differing:
            self.told += ["docs/validation.md is not what this run gave:", *(line.rstrip() for line in differing)]
            self.told.append(
                "where nothing is skipped, write it with: python -m pytest --validation=docs/validation.md"
            )
            return True
        skipped = [one for one in results if one.holds and "skipped" in one.outcome]
        held = {name for one in results for name in one.holds}
        open_ids = sorted({name for one in skipped for name in one.holds})
        if skipped:
            self.told.append(
                f"docs/validation.md stands, but for {len(skipped)} skipped tests of {', '.join(open_ids)}"
            )
        else:
            self.told.append(f"docs/validation.md is what this run gave: {len(held)} requirements passed")
        return False

    def environment(self) -> Iterator[tuple[str, str]]:
        yield "Python", f"{platform.python_implementation()} {platform.python_version()}"
        yield "system", f"{platform.system()} {platform.machine()}"
        drawn = "the same in each run" if settings.default.derandomize else "others in each run"
        yield "examples of each law", f"{settings.default.max_examples}, {drawn}"
        yield "digest of the package", f"`{digest_of(Path(assigner.__file__).parent)}`"
        yield "packages", ", ".join(installed(self.root / "pyproject.toml"))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.told:
            terminalreporter.section("validation pack")
            for line in self.told:
                terminalreporter.write_line(line)


def digest_of(package: Path) -> str:
    """The SHA-256 of the list of a package's files, each with its own, as `sha256sum` writes and `sort` orders them."""
    files = {
        f"./{(Path(folder) / name).relative_to(package).as_posix()}": Path(folder) / name
        for folder, _, names in os.walk(package, followlinks=True)
        for name in names
        if not name.endswith(".pyc")
    }
    lines = (f"{hashlib.sha256(files[name].read_bytes()).hexdigest()}  {name}\n" for name in sorted(files))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def installed(pyproject: Path) -> Iterator[str]:
    """The packages that a project asks for, extras too, with their versions, as far as they are there."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8")).get("project", {})
    lists = (project.get("dependencies", []), *project.get("optional-dependencies", {}).values())
    asked = {re.split(r"[^\w.-]", line, maxsplit=1)[0] for each in lists for line in each}
    for name in sorted(asked - {project.get("name")}):
        try:
            yield f"{name} {metadata.version(name)}"
        except metadata.PackageNotFoundError:
            continue
