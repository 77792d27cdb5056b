"""The validation record of a run of all tests: `python -m pytest --validation=FILE` writes it, as a release does.

`--passed=FILE` adds a line to FILE when all tests passed: the digest of the package, the Python, and the counts. The
record names the runs of the same package that the file lists: it says under which Pythons the tests passed.

With pytest-xdist the tests run in other processes. What a test is and holds therefore travels in its report. The
package is imported late: what is imported before those processes begin to measure would count as not reached.
"""

from __future__ import annotations

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

import packs

BEGIN = "<!-- what follows is written by `make validation` -->\n"
CHOICES = ("keyword", "markexpr", "deselect", "ignore", "ignore_glob", "collectonly", "maxfail")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--validation", metavar="FILE", help="write the validation record of this run of all tests to FILE"
    )
    parser.addoption("--passed", metavar="FILE", help="add a line on this run to FILE if all tests passed")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Run(config))


def is_whole(config: pytest.Config) -> bool:
    """Whether a run is of all tests: no file, name or mark was chosen."""
    from_paths = config.args_source is config.ArgsSource.TESTPATHS
    return from_paths and not any(getattr(config.option, name, None) for name in CHOICES)


class Run:
    """One run of pytest: which requirements its tests hold, and how each test ended."""

    def __init__(self, config: pytest.Config) -> None:
        self.root = config.rootpath
        self.requirements = packs.Requirements.read(self.root / "docs" / "requirements.yaml")
        self.target = self.log = None
        if not hasattr(config, "workerinput"):
            self.target, self.log = config.getoption("--validation"), config.getoption("--passed")
        if (self.target or self.log) and not is_whole(config):
            raise pytest.UsageError("--validation and --passed: expected a run of all tests; got a choice of them")
        self.tests: dict[str, tuple[str, str, str, tuple[str, ...]]] = {}
        self.outcomes: dict[str, str] = {}
        self.skips: dict[str, str] = {}
        self.lines: list[str] = []
        self.process_died = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            holds = tuple(name for mark in item.iter_markers("holds") for name in mark.args)
            about = (getattr(getattr(item, "module", None), "__doc__", None) or "").partition("\n")[0]
            item.user_properties.append(("about", (about, *holds)))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        file, _, name = report.nodeid.partition("[")[0].partition("::")
        short = file.removeprefix("tests/") if file.startswith("tests/") else "examples in docstrings"
        properties = dict(report.user_properties)
        self.process_died |= "about" not in properties
        about, *holds = properties.get("about", ("",))
        self.tests[report.nodeid] = short, about, name, tuple(holds)
        if report.failed:
            self.outcomes[report.nodeid] = "failed"
        elif report.skipped:
            self.outcomes.setdefault(report.nodeid, "skipped")
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else "expected to fail"
            self.skips[report.nodeid] = reason.removeprefix("Skipped: ")
        elif report.when == "call":
            self.outcomes[report.nodeid] = "passed"

    def results(self) -> list[packs.Result]:
        """How each test function ended, over all its cases."""
        grouped: dict[tuple[str, str, str, tuple[str, ...]], list[str]] = {}
        for node, test in self.tests.items():
            grouped.setdefault(test, []).append(node)
        return [
            packs.Result(
                file=file,
                about=about,
                name=name,
                holds=holds,
                cases=Counter(self.outcomes.get(node, "failed") for node in nodes),
                skips=tuple(sorted({self.skips[node] for node in nodes if node in self.skips})),
            )
            for (file, about, name, holds), nodes in grouped.items()
        ]

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        passed = session.exitstatus == pytest.ExitCode.OK
        if self.log and passed:
            counts = Counter(self.outcomes.values())
            with (self.root / self.log).open("a", encoding="utf-8") as file:
                ran = f"{python()}: {counts['passed']} passed, {counts['skipped']} skipped"
                file.write(f"{digest_of(package())} {ran}\n")
        if self.target and self.process_died:
            self.lines.append("not written: a test ended its process, so what it holds is not known")
        elif self.target and (passed or session.exitstatus == pytest.ExitCode.TESTS_FAILED):
            page = self.root / "docs" / "validation.md"
            prose = page.read_text(encoding="utf-8").partition(BEGIN)[0]
            (self.root / self.target).write_text(f"{prose}{BEGIN}\n{self.record()}", encoding="utf-8")
            self.lines.append(f"written: {self.target}")

    def record(self) -> str:
        """The generated part of the page."""
        import assigner

        results = self.results()
        rules = assigner.read_rules()
        head = rules.content.rule_set
        subject = (
            f"`assigner` {assigner.__version__} with the shipped rule set `{head.id}` {head.version} ({head.status}), "
            f"digest\n`{rules.digest}`."
        )
        tested = packs.results_part(subject, self.requirements, results)
        return f"{tested}\n{packs.run_part(self.environment(), results)}"

    def environment(self) -> Iterator[tuple[str, str]]:
        digest = digest_of(package())
        yield "Python", python()
        if self.log and (log := self.root / self.log).exists():
            ran = (line.partition(" ") for line in log.read_text(encoding="utf-8").splitlines())
            yield "all tests passed under", "; ".join(which for of, _, which in ran if of == digest)
        yield "system", f"{platform.system()} {platform.machine()}"
        drawn = "the same in each run" if settings.default.derandomize else "others in each run"
        yield "examples of each law", f"{settings.default.max_examples}, {drawn}"
        yield "digest of the package", f"`{digest}`"
        yield "packages", ", ".join(installed(self.root / "pyproject.toml"))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.lines:
            terminalreporter.section("validation record")
            for line in self.lines:
                terminalreporter.write_line(line)


def package() -> Path:
    import assigner

    return Path(assigner.__file__).parent


def python() -> str:
    return f"{platform.python_implementation()} {platform.python_version()}"


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
