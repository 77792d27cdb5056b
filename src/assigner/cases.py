"""The scenarios of a trial, in a file of their own (`cases.yaml`): profiles with the outcome that they must give."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import Any

from attrs import frozen
from pydantic import ConfigDict, Field, ValidationError

from assigner.assignments import Assignment, Reason, assign
from assigner.errors import Fault, ProfileError, RuleSetError, shown
from assigner.examples import Ran, differences
from assigner.forms import profile_of
from assigner.profiles import Profile
from assigner.rules import Rules
from assigner.rules.loading import bytes_of
from assigner.rules.schema import Example, Rule
from assigner.rules.texts import Path, Text, read_yaml, written


class CaseFile(Rule):
    """A file of cases.

    Attributes:
        start: what the profile of every case begins with; a case's own field takes the place of the whole field.
        cases: each with its profile, its expected outcome, and why.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: dict[str, Any] = Field(default_factory=dict)
    cases: tuple[Example, ...]


@frozen
class Case:
    """One scenario, ready to run.

    Attributes:
        example: what it says.
        profile: the participant that it describes.
    """

    example: Example
    profile: Profile

    def faults(self, made: Assignment) -> tuple[str, ...]:
        """In what an assignment of this profile is not as expected; nothing when the case holds."""
        return differences(self.example, made)

    def run(self, rules: Rules) -> Ran:
        """Assign, and compare."""
        return Ran(self.example.id, self.faults(assign(self.profile, rules)))


def read_cases(path: str | os.PathLike[str], rules: Rules) -> tuple[Case, ...]:
    """Read the cases of a rule set.

    Args:
        path: a YAML file, with `cases` and perhaps `start`.
        rules: the rule set that they are about.

    Raises:
        RuleSetError: with every fault of the file, each as `file:line: path: expected, got`.
    """
    return parse_cases(bytes_of(path), rules, name=FilePath(path).name)


def parse_cases(source: bytes, rules: Rules, *, name: str = "cases.yaml") -> tuple[Case, ...]:
    """Read cases from bytes; as `read_cases`."""
    text, faults = read_yaml(source, name)
    if faults:
        raise RuleSetError(faults)
    try:
        content = CaseFile.model_validate(text.value)
    except ValidationError as error:
        raise RuleSetError(tuple(_fault(text, detail) for detail in error.errors(include_url=False))) from error
    examples = [begun_with(example, content.start) for example in content.cases]
    wrong = [Fault(name, text.line(p), written(p), *told) for p, *told in _faults(examples, rules)]
    found = []
    for at, example in enumerate(examples):
        try:
            found.append(Case(example, profile_of(example.profile, rules)))
        except ProfileError as error:
            path: Path = ("cases", at, "profile")
            part = error.place.removeprefix("profile: ")
            place = text.line((*path, *part.split(".")))
            wrong.append(Fault(name, place, f"{written(path)}.{part}", error.expected, error.got))
    if wrong:
        raise RuleSetError(tuple(sorted(wrong, key=lambda fault: fault.line)))
    return tuple(found)


def begun_with(example: Example, start: dict[str, Any]) -> Example:
    """A case whose profile begins with what all cases of its file share."""
    return example.model_copy(update={"profile": start | example.profile})


def _fault(text: Text, detail: Any) -> Fault:
    path: Path = detail["loc"]
    match detail["type"]:
        case "missing":
            expected, got = "this field", "nothing"
        case "extra_forbidden":
            expected, got = "no such field", shown(path[-1])
        case "expected" | "literal_error":
            expected, got = detail["ctx"]["expected"], shown(detail["input"])
        case _:
            expected, got = detail["msg"].removeprefix("Input should be "), shown(detail["input"])
    return Fault(text.file, text.line(path), written(path), expected, got)


def _faults(examples: list[Example], rules: Rules) -> Iterator[tuple[Path, str, str]]:
    """What each case says of ids, categories, reasons and tiers, held against the rule set."""
    ids = Counter(example.id for example in examples)
    categories = {category.id for category in rules.content.categories}
    tiers = len(rules.content.decision.tiers)
    for at, example in enumerate(examples):
        expect, path = example.expect, ("cases", at)
        if ids[example.id] > 1:
            yield (*path, "id"), "an id that no other case has", shown(example.id)
        for field, given in (("category", expect.category), ("provisional", expect.provisional)):
            if given is not None and given not in categories:
                yield (*path, "expect", field), "a category of the rule set", shown(given)
        for step, reason in enumerate(expect.reasons):
            if reason not in list(Reason):
                yield (*path, "expect", "reasons", step), f"one of {', '.join(Reason)}", shown(reason)
        if expect.tier is not None and expect.tier > tiers:
            yield (*path, "expect", "tier"), f"a tier of the rule set, 1 to {tiers}", str(expect.tier)
