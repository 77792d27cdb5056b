"""The validation record: requirements, the tests that hold them, and how those tests ended in one run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from attrs import field, frozen, validators

RISKS = ("high", "medium", "low")


@frozen(kw_only=True)
class Requirement:
    """One thing that a user relies on, and what its failure does to a participant."""

    id: str = field(validator=validators.matches_re(r"[A-Z]{4}-[0-9]{2}"))
    area: str
    text: str = field(validator=validators.min_len(1))
    source: str = field(validator=validators.min_len(1))
    risk: str = field(validator=validators.in_(RISKS))
    harm: str = field(validator=validators.min_len(1))


@frozen(kw_only=True)
class Need:
    """Something outside the source, and the tests that are skipped without it: files or single tests of files."""

    id: str
    what: str
    tests: tuple[str, ...]

    def covers(self, test: str) -> bool:
        return test in self.tests or test.partition("::")[0] in self.tests


@frozen(kw_only=True)
class Requirements:
    """The file `docs/requirements.yaml`."""

    each: tuple[Requirement, ...]
    needs: tuple[Need, ...]

    @classmethod
    def read(cls, path: Path) -> Requirements:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
        each = tuple(
            Requirement(area=area["name"], **requirement)
            for area in found["areas"]
            for requirement in area["requirements"]
        )
        twice = [name for name, count in Counter(one.id for one in each).items() if count > 1]
        if twice:
            raise ValueError(f"{path.name}: expected each id once; got twice: {', '.join(twice)}")
        needs = found.get("needs", ())
        return cls(each=each, needs=tuple(Need(id=n["id"], what=n["what"], tests=tuple(n["tests"])) for n in needs))

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(one.id for one in self.each)

    def need_of(self, test: str) -> str:
        return ", ".join(need.id for need in self.needs if need.covers(test))


@frozen(kw_only=True)
class Result:
    """How one test function ended in a run: how many of its cases passed, failed or were skipped."""

    file: str
    about: str
    name: str
    holds: tuple[str, ...]
    cases: Mapping[str, int]
    skips: tuple[str, ...] = ()

    @property
    def test(self) -> str:
        return f"{self.file}::{self.name}"

    @property
    def outcome(self) -> str:
        if self.cases.get("failed"):
            return "failed"
        if self.cases.get("skipped"):
            return "skipped in part" if self.cases.get("passed") else "skipped"
        return "passed"

    @property
    def outcome_with_reasons(self) -> str:
        return f"{self.outcome}: {'; '.join(self.skips)}" if "skipped" in self.outcome else self.outcome


def verdict(tests: Sequence[Result]) -> str:
    """What the results of its tests say of a requirement."""
    count = Counter(one.outcome for one in tests)
    if not tests:
        return "**no test**"
    if set(count) == {"passed"}:
        return f"passed ({len(tests)})"
    if count["failed"]:
        return f"**failed**: {count['failed']} of {len(tests)}"
    if count["skipped"] == len(tests):
        return f"**not shown**: all {len(tests)} skipped"
    return f"**shown in part**: {len(tests) - count['passed']} of {len(tests)} skipped, whole or in part"


def matrix(results: Iterable[Result]) -> dict[str, list[Result]]:
    """The results by requirement, in the order of files and tests."""
    by_id: dict[str, list[Result]] = {}
    for one in sorted(results, key=lambda each: (each.file, each.name)):
        for name in one.holds:
            by_id.setdefault(name, []).append(one)
    return by_id


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A Markdown table; what stands in a cell cannot end it."""
    cells = ([str(cell).replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows)
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *cells)) + "\n"


def areas(requirements: Requirements) -> dict[str, list[Requirement]]:
    grouped: dict[str, list[Requirement]] = {}
    for one in requirements.each:
        grouped.setdefault(one.area, []).append(one)
    return grouped


def summary(requirements: Requirements, by_id: Mapping[str, list[Result]]) -> str:
    verdicts = {one.id: verdict(by_id.get(one.id, [])) for one in requirements.each}
    bad = [name for name, said in verdicts.items() if not said.startswith("passed")]
    tests = {one.test for results in by_id.values() for one in results}
    if bad:
        first = f"**Of {len(verdicts)} requirements {len(bad)} did not pass:** {', '.join(bad)}."
    else:
        first = f"**All {len(verdicts)} requirements passed.** {len(tests)} tests hold them."
    rows = []
    for area, ones in areas(requirements).items():
        risks = Counter(one.risk for one in ones)
        good = sum(one.id not in bad for one in ones)
        rows.append([area, len(ones), *(risks[risk] or "" for risk in RISKS), good, len(ones) - good or ""])
    head = ["area", "requirements", *(f"{risk} risk" for risk in RISKS), "passed", "not passed"]
    return f"{first}\n\n{table(head, rows)}"


def requirement_tables(requirements: Requirements, by_id: Mapping[str, list[Result]]) -> str:
    head = ["id", "requirement", "if it fails", "risk", "source", "result (tests)"]
    parts = []
    for area, ones in areas(requirements).items():
        rows = ([r.id, r.text, r.harm, r.risk, link(r.source), verdict(by_id.get(r.id, []))] for r in ones)
        parts.append(f"### {area}\n\n{table(head, rows)}")
    return "\n".join(parts)


def link(source: str) -> str:
    page, _, section = source.partition("#")
    return f"[{page.rpartition('/')[2].removesuffix('.md')}: {section.replace('-', ' ')}]({source})"


def trace_table(requirements: Requirements, by_id: Mapping[str, list[Result]]) -> str:
    rows = (
        [one.id, f"`{result.test}`", requirements.need_of(result.test), result.outcome_with_reasons]
        for one in requirements.each
        for result in by_id.get(one.id, [])
    )
    return table(["requirement", "test", "needs", "result"], rows)


def file_table(results: Iterable[Result]) -> str:
    """The files with tests that hold a requirement."""
    grouped: dict[str, list[Result]] = {}
    for one in sorted(results, key=lambda each: each.file):
        if one.holds:
            grouped.setdefault(one.file, []).append(one)
    rows = []
    for file, ones in grouped.items():
        ids = sorted({name for one in ones for name in one.holds})
        outcomes = Counter(one.outcome for one in ones)
        said = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
        rows.append([f"`{file}`", ones[0].about, ", ".join(ids), said])
    return table(["file", "about", "requirements", "tests that hold them"], rows)


def needs_table(requirements: Requirements) -> str:
    return table(["needs", "what"], ([need.id, need.what] for need in requirements.needs))


def results_part(subject: str, requirements: Requirements, results: Sequence[Result]) -> str:
    """Requirements, tests and results."""
    by_id = matrix(results)
    return "\n".join(
        [
            f"## Result\n\n{subject}\n\n{summary(requirements, by_id)}",
            f"## Requirements\n\n{requirement_tables(requirements, by_id)}",
            f"## Tests\n\n{trace_table(requirements, by_id)}",
            f"What some tests need and the source does not bring:\n\n{needs_table(requirements)}",
            f"## Test files\n\n{file_table(results)}",
        ]
    )


def run_part(environment: Iterable[Sequence[str]], results: Sequence[Result]) -> str:
    """Where the tests ran, how many cases each file has, and what was skipped."""
    cases: dict[str, Counter[str]] = {}
    for one in sorted(results, key=lambda each: each.file):
        cases.setdefault(one.file, Counter()).update(one.cases)
    kinds = ("passed", "failed", "skipped")
    counts = {"all": sum(cases.values(), Counter()), **cases}
    rows = [[name, *(count[kind] or "" for kind in kinds)] for name, count in counts.items()]
    skips = sorted({f"`{one.test}`: {reason}" for one in results for reason in one.skips})
    listed = "\n".join(f"- {skip}" for skip in skips) or "None."
    return (
        f"## The run that wrote this page\n\n{table(['of the run', ''], environment)}\n"
        f"Cases of tests, those that hold no requirement too:\n\n{table(['file', *kinds], rows)}\n"
        f"Skipped:\n\n{listed}\n"
    )
