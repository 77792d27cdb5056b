"""What would change an outcome, as sentences: for the page and for the terminal alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assigner.decisions.counterfactuals import Changes, Counterfactual
from assigner.evidence.findings import Finding
from assigner.traces import Trace

MOST_TESTS = 12
"""How many of the findings to test are named."""


def sentences(trace: Trace, changes: Changes | None) -> tuple[str, ...]:
    """What would change the outcome, and what to test to know that it stands.

    Args:
        trace: the outcome.
        changes: what would change it, when the rule set that decided is at hand.
    """
    return (*_to_test(trace), *_changes(trace, changes))


def _to_test(trace: Trace) -> Iterator[str]:
    tests, count = trace.to_test, len(trace.tests)
    if not count:
        return
    fewest = "the fewest" if tests.at_least == count else f"fewer may do, and not fewer than {tests.at_least}"
    named = [f"{f.gene} {_loci(f.loci)} ({f.criterion})" for f in trace.tests[:MOST_TESTS]]
    more = f" and {count - MOST_TESTS} more, in the trace" if count > MOST_TESTS else ""
    always = "it is settled, whatever they show" if tests.conclusive else "it is settled if all are found absent"
    yield f"to test ({count}, {fewest}): {', '.join(named)}{more}; then {always}"


def _changes(trace: Trace, changes: Changes | None) -> Iterator[str]:
    if changes is None:
        yield f"not shown: it takes the rule set {trace.rule_set.id} {trace.rule_set.version} that decided"
        return
    for each in changes.counterfactuals:
        yield f"{each.category}: {_counterfactual(each)}"
    for without in changes.without:
        points = ", ".join(f"{points} of {name}" for name, points in without.points.items()) or "no points"
        gives = f"then {without.category or 'none'} by {without.basis}" if without.changes else "changes nothing"
        yield f"without {_named(without.finding)}: {gives} ({points})"
    held = [limit for limit in changes.limits if (limit.low, limit.high) != (None, None)]
    for limit in held:
        ends = [(limit.low, limit.low_gives, "down"), (limit.high, limit.high_gives, "up")]
        told = [f"{way} to {at} gives {gives or 'none'}" for at, gives, way in ends if at is not None]
        yield f"{limit.name}, now {limit.now}: {', '.join(told)}"
    if rest := len(changes.limits) - len(held):
        yield f"{rest} other numbers of the rule set can move alone without changing it"


def _counterfactual(change: Counterfactual) -> str:
    if not change.found:
        return f"not found; it takes at least {change.at_least} changes of findings"
    parts = [f"without {_named(f)}" for f in change.removed] + [f"with {_named(f)} ({f.truth})" for f in change.added]
    count = len(parts)
    fewest = "" if change.exact else f" ({count} changes; not fewer than {change.at_least} can do)"
    return ", ".join(parts) + fewest


def _named(finding: Finding) -> str:
    return f"{finding.gene} {_loci(finding.loci)} of {finding.criterion}"


def _loci(loci: Sequence[str]) -> str:
    return ", ".join(loci[:3]) + (" ..." if len(loci) > 3 else "")
