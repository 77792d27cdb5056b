"""A rule set's own examples: small profiles with the outcome that they must give."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from assigner.assignments import Assignment, assign
from assigner.decisions.accrual import Accrual, accrual_of
from assigner.errors import InputError
from assigner.evidence.flags import Flag
from assigner.profiles.forms import profile_of
from assigner.rules import Rules
from assigner.rules.schema import Example, Expected
from assigner.truth import Truth, any_of


@frozen
class Ran:
    """One example, and what it gave otherwise than it must; nothing when it holds."""

    example: str
    faults: tuple[str, ...]


def run_examples(rules: Rules) -> tuple[Ran, ...]:
    """Run every example of a rule set, in its order."""
    return tuple(run_example(example, rules) for example in rules.content.examples)


def run_example(example: Example, rules: Rules) -> Ran:
    """Run one example; a profile, or an accrual, that cannot be used is a fault of it."""
    try:
        made = assign(profile_of(example.profile, rules), rules, accrual_in(example))
    except InputError as error:
        return Ran(example.id, (str(error),))
    return Ran(example.id, differences(example, made))


def accrual_in(example: Example) -> Accrual | None:
    """The participants so far, where an example gives them.

    Raises:
        InputError: when they are of another shape.
    """
    return None if example.accrual is None else accrual_of(example.accrual)


def differences(example: Example, made: Assignment) -> tuple[str, ...]:
    """In what an assignment is not as an example expects."""
    expect, decision = example.expect, made.decision
    told: list[tuple[str, object, object]] = [
        ("outcome", expect.outcome, made.outcome.value),
        ("category", expect.category, made.category),
        ("provisional", expect.provisional, made.provisional),
        ("reasons", tuple(sorted(expect.reasons)), tuple(sorted(raised.reason.value for raised in made.reasons))),
    ]
    stated: list[tuple[str, object, object]] = [
        ("tier", expect.tier, decision.tier),
        ("settled", expect.settled, "yes" if decision.settled else "no"),
        ("basis", expect.basis, decision.basis.value),
        ("grade", expect.grade, decision.grade and decision.grade.value),
        ("overturn_risk_ppm", expect.overturn_risk_ppm, decision.overturn_risk_ppm),
    ]
    told += [(name, wanted, got) for name, wanted, got in stated if wanted is not None]
    told += [*_scores(expect, made), *_flags(expect, made), *_findings(expect, made)]
    return tuple(f"{name}: expected {wanted}; got {got}" for name, wanted, got in told if wanted != got)


def _scores(expect: Expected, made: Assignment) -> Iterator[tuple[str, object, object]]:
    """The points of every category in each tier that is named."""
    for tier, points in (expect.scores or {}).items():
        known = {score.category: score.tiers[tier - 1].known for score in made.scores if tier <= len(score.tiers)}
        for name in dict.fromkeys((*known, *points)):
            yield f"scores.{tier}.{name}", points.get(name, 0), known.get(name, "no such score")


def _flags(expect: Expected, made: Assignment) -> Iterator[tuple[str, object, object]]:
    """How each flag is raised that is, or that is named."""
    if expect.flags is not None:
        how = {flag.id: _how(flag) for flag in made.flags}
        for name in sorted(expect.flags.keys() | {name for name, got in how.items() if got in ("held", "reported")}):
            yield f"flags.{name}", expect.flags.get(name, "not raised"), how.get(name, "no such flag")


def _how(flag: Flag) -> str:
    match flag.truth:
        case Truth.TRUE:
            return "held" if flag.holds else "reported"
        case Truth.UNKNOWN:
            return "unknown"
        case Truth.FALSE:
            return "ruled_out"


def _findings(expect: Expected, made: Assignment) -> Iterator[tuple[str, object, object]]:
    """Whether anything true is found of a locus or a gene; unknown when something may be, false otherwise."""
    for name, wanted in (expect.findings or {}).items():
        named = (found.truth for found in made.findings if name == found.gene or name in found.loci)
        yield f"findings.{name}", wanted, any_of(named).value
