"""Two traces side by side, in words: what came out otherwise, and what was found, read or decided otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from assigner.reports.sentences import named
from assigner.traces import Trace


def differences(one: Trace, other: Trace) -> tuple[str, ...]:
    """What is different in the other trace, a sentence each, the result first; none of equal traces."""
    return tuple(_differences(one, other))


def _differences(one: Trace, other: Trace) -> Iterator[str]:
    yield from _value("participant", one.participant, other.participant)
    yield from _value("outcome", one.outcome, other.outcome)
    yield from _value("category", one.category, other.category)
    yield from _value("provisional category", one.provisional, other.provisional)
    yield from _value("intervention", one.intervention, other.intervention)
    yield from _value("grade", one.grade and one.grade.value, other.grade and other.grade.value)
    yield from _value("decided by", _basis(one), _basis(other))
    yield from _value("settled", _settled(one), _settled(other))
    yield from _mapping("reason", _reasons(one), _reasons(other))
    yield from _mapping("finding", _findings(one), _findings(other))
    yield from _mapping("points of", _points(one), _points(other))
    yield from _mapping("flag", _flags(one), _flags(other))
    yield from _mapping("place", _places(one), _places(other))
    yield from _mapping("check", _checks(one), _checks(other))
    yield from _mapping("assumption", dict.fromkeys(one.assumptions, ""), dict.fromkeys(other.assumptions, ""))
    yield from _mapping("input", _inputs(one), _inputs(other))
    yield from _value("accrual", _accrual(one), _accrual(other))
    yield from _value("stability", _stability(one), _stability(other))
    yield from _value("rule set", _rule_set(one), _rule_set(other))
    yield from _value("software", _software(one), _software(other))
    if one.digest != other.digest:
        yield f"digest: {one.digest} before, {other.digest} now"


def _value(what: str, before: str | None, now: str | None) -> Iterator[str]:
    if before != now:
        yield f"{what}: {before or 'none'} before, {now or 'none'} now"


def _mapping(what: str, before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    """What stands in one of two mappings alone, or has another value."""
    for key in dict.fromkeys((*before, *now)):
        if key not in now:
            yield f"{what} {key}: no longer" + (f" ({before[key]} before)" if before[key] else "")
        elif key not in before:
            yield f"{what} {key}: new" + (f" ({now[key]})" if now[key] else "")
        elif before[key] != now[key]:
            yield f"{what} {key}: {before[key] or 'none'} before, {now[key] or 'none'} now"


def _basis(trace: Trace) -> str:
    return f"{trace.basis.rule}{f' in tier {trace.basis.tier}' if trace.basis.tier else ''}"


def _settled(trace: Trace) -> str:
    return "yes" if trace.settled else f"no, with a risk of at most {trace.overturn_risk_ppm} ppm"


def _reasons(trace: Trace) -> dict[str, str]:
    return {reason.code: f"{reason.policy}: {reason.because}" for reason in trace.reasons}


def _findings(trace: Trace) -> dict[str, str]:
    """True and unknown findings by what they are about; of false ones there are counts only."""
    found = (*trace.findings.true, *trace.findings.unknown)
    return {f"{named(each.gene, each.loci)} ({each.criterion})": f"{each.truth} {each.shown}".strip() for each in found}


def _points(trace: Trace) -> dict[str, str]:
    return {
        score.category: ", ".join(f"tier {tier.tier} {tier.known} ({tier.least}-{tier.most})" for tier in score.tiers)
        for score in trace.scores
    }


def _flags(trace: Trace) -> dict[str, str]:
    return {flag.id: flag.truth for flag in trace.flags}


def _places(trace: Trace) -> dict[str, str]:
    return {place.id: f"{place.state} {place.shown}".strip() for place in trace.loci}


def _checks(trace: Trace) -> dict[str, str]:
    return {check.name: f"{check.result} ({check.evidence})" for check in trace.checks}


def _inputs(trace: Trace) -> dict[str, str]:
    return {f"{each.role} {at}": each.own for at, each in enumerate(trace.inputs, 1)}


def _stability(trace: Trace) -> str | None:
    return None if trace.stability is None else f"{trace.stability.same} of {trace.stability.redraws}"


def _accrual(trace: Trace) -> str | None:
    return None if trace.accrual is None else str(trace.accrual.form)


def _rule_set(trace: Trace) -> str:
    rules = trace.rule_set
    return f"{rules.id} {rules.version} ({rules.status}), digest {rules.digest}"


def _software(trace: Trace) -> str:
    return f"{trace.software.name} {trace.software.version}"
