"""The scenarios of a trial, in a file of their own (`cases.yaml`): profiles with the outcome that they must give."""

from __future__ import annotations

import importlib.resources
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path as FilePath
from typing import Annotated, Any

from attrs import frozen
from pydantic import ConfigDict, Field, ValidationError

from assigner.assignments import Assignment, assign
from assigner.cases.examples import Ran, accrual_in, differences
from assigner.cases.templates import Row, Shared, Template, alike, spelt_out
from assigner.decisions.accrual import accrual_of
from assigner.decisions.reasons import Reason
from assigner.errors import Fault, InputError, ProfileError, RuleSetError, shown
from assigner.files import Source, name_of
from assigner.genome.builds import Build
from assigner.profiles.forms import profile_of
from assigner.profiles.profile import Profile
from assigner.rules import Rules
from assigner.rules.loading import bytes_of
from assigner.rules.panels import panel_of
from assigner.rules.scalars import Id, Rule
from assigner.rules.schema import Example, Expected, RuleSet, Stated
from assigner.rules.texts import Text, read_yaml
from assigner.strict import Path, complaints, written


class CaseFile(Rule):
    """A file of cases.

    Attributes:
        start: what the profile of every case begins with; a case's own field takes the place of the whole field.
        kinds: the variants that can be `seen` in a gene, each as a profile has it, without gene and place, or `like`
            one before it.
        cases: each with its profile, its expected outcome, and why.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: dict[str, Any] = Field(default_factory=dict)
    kinds: dict[Id, dict[str, Any]] = Field(default_factory=dict)
    cases: Annotated[tuple[Template, ...], Field(min_length=1)]


@frozen
class Case:
    """One scenario, ready to run.

    Attributes:
        example: what it says.
        profile: the participant that it describes.
        line: where it stands in its file.
    """

    example: Example
    profile: Profile
    line: int = 0

    def faults(self, made: Assignment) -> tuple[str, ...]:
        """In what an assignment of this profile is not as expected; nothing when the case holds."""
        return differences(self.example, made)

    def run(self, rules: Rules) -> Ran:
        """Assign, and compare."""
        return Ran(self.example.id, self.faults(self.assigned(rules)))

    def assigned(self, rules: Rules) -> Assignment:
        """What a rule set makes of it."""
        return assign(self.profile, rules, accrual_in(self.example))


def read_cases(path: Source | None, rules: Rules) -> tuple[Case, ...]:
    """Read the cases of a rule set.

    Args:
        path: a YAML file (or an open binary file, or its bytes), with `cases` and perhaps `start` and `kinds`; the
            shipped one when none is given.
        rules: the rule set that they are about.

    Raises:
        RuleSetError: with every fault of the file, each as `file:line: path: expected, got`.
    """
    if path is None:
        path = FilePath(str(importlib.resources.files("assigner"))) / "categories" / "cases.yaml"
    return parse_cases(bytes_of(path), rules, name=FilePath(name_of(path, "cases")).name)


def parse_cases(source: bytes, rules: Rules, *, name: str = "cases.yaml") -> tuple[Case, ...]:
    """Read cases from bytes; as `read_cases`."""
    text, faults = read_yaml(source, name)
    if faults:
        raise RuleSetError(faults)
    try:
        content = CaseFile.model_validate(text.value)
    except ValidationError as error:
        wrong = complaints(error, CaseFile, text.value)
        raise RuleSetError(tuple(Fault(name, text.line(at), written(at), *rest) for at, *rest in wrong)) from None
    rows = [row for at, template in enumerate(content.cases) for row in Row.of(template, at)]
    found = [_described(row, content, rules) for row in rows]
    found += [fault for row in rows if (fault := _wrong_accrual(row, rules.content)) is not None]
    told = [*_faults(rows, rules.content), *(each for each in found if not isinstance(each, Profile))]
    if told:
        once = dict.fromkeys(Fault(name, text.line(path), written(path), *rest) for path, *rest in told)
        raise RuleSetError(tuple(sorted(once, key=lambda fault: fault.line)))
    profiles = (each for each in found if isinstance(each, Profile))
    return tuple(_case(row, profile, text) for row, profile in zip(rows, profiles, strict=True))


def _described(row: Row, content: CaseFile, rules: Rules) -> Profile | tuple[Path, str, str]:
    """The profile of a case, or what is wrong with it."""
    given = content.start | row.profile
    build = given.get("build", Build.GRCH38)
    try:
        if build in list(Build):  # of another one the profile's own form tells
            given = spelt_out(given, alike(content.kinds), panel_of(rules, Build(build)))
        return profile_of(given, rules)
    except ProfileError as error:
        around: Path = () if error.place.startswith("kinds.") else ("cases", row.at, "profile")
        return (*around, *error.place.removeprefix("profile: ").split(".")), error.expected, error.got


def _wrong_accrual(row: Row, content: RuleSet) -> tuple[Path, str, str] | None:
    """What is wrong with the participants so far, where a case gives them."""
    if row.template.accrual is None:
        return None
    try:
        accrual_of(row.template.accrual).expect_for(content)
    except InputError as error:
        place = error.place.removeprefix("accrual").removeprefix(": ")
        return ("cases", row.at, "accrual", *filter(None, place.split("."))), error.expected, error.got
    return None


def _case(row: Row, profile: Profile, text: Text) -> Case:
    expect = Expected.model_validate(row.expect)
    template = row.template
    example = Example(id=row.id, because=template.because, profile=row.profile, accrual=template.accrual, expect=expect)
    return Case(example, profile, text.line(row.path))


def _faults(rows: Sequence[Row], content: RuleSet) -> Iterator[tuple[Path, str, str]]:
    """What the cases say of ids, categories, reasons, tiers, flags and findings, held against the rule set."""
    ids = Counter(row.id for row in rows)
    known = _Known.of(content)
    for row in rows:
        if ids[row.id] > 1:
            yield ("cases", row.at, "id"), "an id that no other case has", shown(row.id)
        if "outcome" not in row.expect:
            yield row.stated("outcome"), "this field", "nothing"
        expect = Shared.model_validate(row.expect)
        for field in ("category", "provisional"):
            given = getattr(expect, field)
            if given is not None and given not in known.categories:
                yield row.stated(field), "a category of the rule set", shown(given)
        for step, reason in enumerate(expect.reasons):
            if reason not in list(Reason):
                yield (*row.stated("reasons"), step), f"one of {', '.join(Reason)}", shown(reason)
        if expect.tier is not None and expect.tier > known.tiers:
            yield row.stated("tier"), f"a tier of the rule set, 1 to {known.tiers}", str(expect.tier)
        yield from known.unknown_names(row, expect)


@frozen
class _Known:
    """The names that a case may use."""

    categories: frozenset[str]
    tiers: int
    flags: frozenset[str]
    loci: frozenset[str]

    @classmethod
    def of(cls, content: RuleSet) -> _Known:
        flags = content.flags
        loci = {a.id for a in content.alleles} | {r.id for r in content.repeats} | {m.id for m in content.markers}
        raised = {m.id for m in flags.mimics} | {t.id for t in flags.therapies} | {s.id for s in flags.stratification}
        return cls(
            categories=frozenset(category.id for category in content.categories),
            tiers=len(content.decision.tiers),
            flags=frozenset(raised),
            loci=frozenset(loci | {gene.symbol for gene in content.genes}),
        )

    def unknown_names(self, row: Row, expect: Stated) -> Iterator[tuple[Path, str, str]]:
        for tier, points in (expect.scores or {}).items():
            if tier > self.tiers:
                yield (*row.stated("scores"), str(tier)), f"a tier of the rule set, 1 to {self.tiers}", str(tier)
            for category in points.keys() - self.categories:
                yield (*row.stated("scores"), str(tier), category), "a category of the rule set", shown(category)
        for name in (expect.flags or {}).keys() - self.flags:
            yield (*row.stated("flags"), name), "a mimic, therapy or marker that the rule set flags", shown(name)
        for name in (expect.findings or {}).keys() - self.loci:
            yield (*row.stated("findings"), name), "an allele, repeat, marker or gene of the rule set", shown(name)
