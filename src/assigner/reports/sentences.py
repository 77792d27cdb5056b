"""What would change an outcome, as sentences: for the page and for the text alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from assigner.decisions.counterfactuals import Changes, Counterfactual, Limit, Without
from assigner.decisions.decision import Basis
from assigner.evidence.findings import Finding
from assigner.traces import Trace

MOST_TESTS = 12
"""How many of the findings to test are named."""


def sentences(trace: Trace, changes: Changes | None) -> tuple[str, ...]:
    """What would change the outcome, and which tests would settle it.

    Args:
        trace: the outcome.
        changes: what would change it, when the rule set that decided is at hand.
    """
    return (*_to_test(trace), *_changes(trace, changes))


def named(gene: str, loci: Sequence[str]) -> str:
    """A finding by its loci, with the gene where they do not name it.

    >>> named("VCP", ["VCP-R155H"]), named("UNC13A", ["rs12608932"]), named("SOD1", [])
    ('VCP-R155H', 'UNC13A rs12608932', 'SOD1')
    """
    text = ", ".join(loci[:3]) + (" ..." if len(loci) > 3 else "")
    return text if text.startswith(gene) else f"{gene} {text}".strip()


def _to_test(trace: Trace) -> Iterator[str]:
    tests, count = trace.to_test, len(trace.tests)
    if not count:
        return
    fewest = "the minimum" if tests.at_least == count else f"fewer may be enough, at least {tests.at_least}"
    what = [f"{named(f.gene, f.loci)} ({f.criterion})" for f in trace.tests[:MOST_TESTS]]
    more = f"; and {count - MOST_TESTS} more, in the trace" if count > MOST_TESTS else ""
    then = "Their results settle the decision." if tests.conclusive else "If all are negative, the decision is settled."
    yield f"Tests that would settle it ({count}, {fewest}): {'; '.join(what)}{more}. {then}"


def _changes(trace: Trace, changes: Changes | None) -> Iterator[str]:
    if changes is None:
        yield f"Not shown: this needs the rule set {trace.rule_set.id} {trace.rule_set.version} that decided (--rules)"
        return
    yield from map(_counterfactual, changes.counterfactuals)
    yield from map(_without, changes.without)
    moving = [limit for limit in changes.limits if (limit.low, limit.high) != (None, None)]
    yield from map(_limit, moving)
    if rest := len(changes.limits) - len(moving):
        yield f"No other single number of the rule set changes the result ({rest} checked)"


def _counterfactual(change: Counterfactual) -> str:
    if not change.found:
        return f"{change.category}: no way was found; at least {change.at_least} findings would have to change"
    parts = [f"without {_named(f)}" for f in change.removed]
    parts += [f"with {_named(f)}, now {f.truth}" for f in change.added]
    fewer = "" if change.exact else f" ({len(parts)} changes; perhaps fewer, at least {change.at_least})"
    return f"{change.category}: {'; '.join(parts)}{fewer}"


def _without(without: Without) -> str:
    result = f"{without.category or 'no category'} ({_basis(without.basis)})" if without.changes else "no change"
    points = ", ".join(f"{category} loses {points} points" for category, points in without.points.items())
    return f"Without {_named(without.finding)}: {result}; {points or 'no points lost'}"


def _limit(limit: Limit) -> str:
    ends = [(limit.low, limit.low_gives, "less"), (limit.high, limit.high_gives, "more")]
    gives = [f"{category or 'no category'} at {at} or {way}" for at, category, way in ends if at is not None]
    return f"{limit.name} (now {limit.now}): {', '.join(gives)}"


def _basis(basis: Basis) -> str:
    match basis:
        case Basis.LEAD:
            return "by lead"
        case Basis.DISTINCT_GENES | Basis.CATEGORY_ORDER | Basis.SEEDED:
            return f"by the tie-break {basis}"
        case Basis.LOT | Basis.SMALLEST_ARM | Basis.MINIMISE:
            return f"allocated by the protocol: {basis}"
        case Basis.TIED:
            return "tied"
        case Basis.NO_EVIDENCE:
            return "no evidence left"
        case _:
            assert_never(basis)


def _named(finding: Finding) -> str:
    return f"{named(finding.gene, finding.loci)} ({finding.criterion})"
