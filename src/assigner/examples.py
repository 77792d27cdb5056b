"""A rule set's own examples: small profiles with the outcome that they must give."""

from __future__ import annotations

from attrs import frozen

from assigner.assignments import Assignment, assign
from assigner.errors import ProfileError
from assigner.forms import profile_of
from assigner.rules import Rules
from assigner.rules.schema import Example


@frozen
class Ran:
    """One example, and what it gave otherwise than it must; nothing when it holds."""

    example: str
    faults: tuple[str, ...]


def run_examples(rules: Rules) -> tuple[Ran, ...]:
    """Run every example of a rule set, in its order."""
    return tuple(run_example(example, rules) for example in rules.content.examples)


def run_example(example: Example, rules: Rules) -> Ran:
    """Run one example; a profile that cannot be read is a fault of it."""
    try:
        made = assign(profile_of(example.profile, rules), rules)
    except ProfileError as error:
        return Ran(example.id, (str(error),))
    return Ran(example.id, differences(example, made))


def differences(example: Example, made: Assignment) -> tuple[str, ...]:
    """In what an assignment is not as an example expects."""
    expect = example.expect
    reasons = tuple(sorted(raised.reason.value for raised in made.reasons))
    told: list[tuple[str, object, object]] = [
        ("outcome", expect.outcome, made.outcome.value),
        ("category", expect.category, made.category),
        ("provisional", expect.provisional, made.provisional),
        ("reasons", tuple(sorted(expect.reasons)), reasons),
    ]
    if expect.tier is not None:
        told.append(("tier", expect.tier, made.decision.tier))
    if expect.settled is not None:
        told.append(("settled", expect.settled, "yes" if made.decision.settled else "no"))
    return tuple(f"{name}: expected {wanted}; got {got}" for name, wanted, got in told if wanted != got)
