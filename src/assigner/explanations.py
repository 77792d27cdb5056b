"""A trace in words for a person: the decision first, then why, why not the others, what is unknown, what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assigner.changes import Changes, Counterfactual
from assigner.findings import Finding
from assigner.traces import FindingRecord, ScoreRecord, Trace

MOST_SHOWN = 12

_NEXT = {
    "tied": "Let the trial's clinical lead choose; the rule set names no tie-break that separates the categories.",
    "no_evidence": "Look at what was not assessed below; without new evidence the protocol must say what happens.",
    "unsettled": "Test the loci named under what is unknown, then assign again with their results.",
    "mimic": "Confirm or rule out the mimicking disease before anything is given.",
    "gene_targeted_therapy": "Let a clinician weigh the gene-targeted therapy first.",
    "sex_mismatch": "Check that the sample is the participant's: the declared sex and the genotypes disagree.",
    "quality": "Repeat or confirm the calls that were seen and not believed.",
    "partial_read": "Read the whole file (without quick) before anything is given.",
}


def explain(trace: Trace, changes: Changes | None = None) -> str:
    """The whole explanation, lines joined by line feeds; a digest that does not fit is the reader's to check.

    Args:
        trace: what to explain.
        changes: what would change the decision, when the rule set that decided is at hand.
    """
    return "\n".join(map(plain, _lines(trace, changes))) + "\n"


def _lines(trace: Trace, changes: Changes | None) -> Iterator[str]:
    yield from _decision(trace)
    yield from _why(trace)
    yield from _why_not(trace)
    yield from _unknown(trace)
    yield from _changes(trace, changes)
    yield from _flags(trace)
    yield from _checks(trace)
    yield from _next(trace)


def plain(text: str) -> str:
    r"""Text whose control characters are shown and not obeyed by a terminal.

    >>> plain("a\x1b[31m")
    'a\\x1b[31m'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _decision(trace: Trace) -> Iterator[str]:
    named = {score.category: score.name for score in trace.scores}
    if trace.category is not None:
        head = f"ASSIGNED  {trace.category} {named.get(trace.category, '')}: {trace.intervention}"
    else:
        head = f"REVIEW  {', '.join(r.code for r in trace.reasons if r.policy == 'review')}"
    yield f"{head}   (participant {trace.participant})"
    if trace.provisional is not None:
        name = named.get(trace.provisional, "")
        yield f"  provisionally {trace.provisional} {name}; no intervention until reviewed"
    settled = "settled" if trace.settled else f"not settled; risk of being overturned {trace.overturn_risk_ppm} ppm"
    at = f" in tier {trace.basis.tier}" if trace.basis.tier else ""
    yield f"  decided by {trace.basis.rule}{at}; {settled}"
    for reason in trace.reasons:
        yield f"  {'reason' if reason.policy == 'review' else 'note'} {reason.code}: {reason.because}"


def _why(trace: Trace) -> Iterator[str]:
    yield ""
    yield "Why"
    if not trace.findings.true:
        yield "  nothing was found"
    for finding in trace.findings.true:
        yield f"  {_finding(finding)}"
        yield f"      {finding.because} [{finding.status}; {'; '.join(finding.sources)}]"


def _finding(finding: FindingRecord) -> str:
    points = ", ".join(f"{category} {points}" for category, points in finding.points.items())
    shown = f" {finding.shown}" if finding.shown else ""
    unmapped = f", unmapped {finding.unmapped}" if finding.unmapped else ""
    what = f"{finding.gene}: {', '.join(finding.loci)}{shown}"
    return f"tier {finding.tier}  {what}  ->  {points or 'no category'}{unmapped} ({finding.criterion})"


def _why_not(trace: Trace) -> Iterator[str]:
    yield ""
    yield "Categories"
    for score in trace.scores:
        yield f"  {score.category} {score.name}: {score.because}"
        yield f"      points by tier, known (least to most): {_tiers(score)}"


def _tiers(score: ScoreRecord) -> str:
    return "  ".join(f"{tier.tier}: {tier.known} ({tier.least}-{tier.most})" for tier in score.tiers)


def _unknown(trace: Trace) -> Iterator[str]:
    yield ""
    yield "What is unknown"
    states: dict[str, int] = {}
    for locus in trace.loci:
        states[locus.state] = states.get(locus.state, 0) + 1
    told = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    yield f"  places that are not plain reference: {told or 'none'}"
    for locus in trace.loci:
        if locus.why is not None:
            yield f"  {locus.id} ({locus.gene}): {locus.state}, {locus.why}"
    untested = [locus.id for locus in trace.loci if locus.kind == "repeat" and locus.state == "not_assessed"]
    if untested:
        yield f"  repeats not tested: {', '.join(untested)}"
    if trace.decisive_unknowns:
        yield f"  could overturn the decision ({len(trace.decisive_unknowns)}), the likeliest first:"
    ranked = sorted(trace.decisive_unknowns, key=lambda u: (-u.carrier_ppm, u.gene, u.loci))
    for unknown in ranked[:MOST_SHOWN]:
        yield f"      {unknown.gene}: {_loci(unknown.loci)}  at most {unknown.carrier_ppm} ppm ({unknown.criterion})"
    if len(ranked) > MOST_SHOWN:
        yield f"      and {len(ranked) - MOST_SHOWN} more, in the trace"
    yield from _to_test(trace)


def _to_test(trace: Trace) -> Iterator[str]:
    tests = trace.to_test
    if not tests.findings:
        return
    count = len(tests.findings)
    fewest = "the fewest" if tests.at_least == count else f"fewer may do, and not fewer than {tests.at_least}"
    shown = [f"{f.gene}: {_loci(f.loci)} ({f.criterion})" for f in tests.findings[:MOST_SHOWN]]
    more = [f"and {count - MOST_SHOWN} more, in the trace"] if count > MOST_SHOWN else []
    always = "it is settled, whatever they show" if tests.conclusive else "it is settled if all are found absent"
    yield f"  test these {count} ({fewest}), then {always}:" if count > 1 else f"  test this, then {always}:"
    for line in shown + more:
        yield f"      {line}"


def _loci(loci: Sequence[str]) -> str:
    return ", ".join(loci[:3]) + (" ..." if len(loci) > 3 else "")


def _changes(trace: Trace, changes: Changes | None) -> Iterator[str]:
    yield ""
    yield "What would change it"
    if changes is None:
        yield f"  not shown: it takes the rule set {trace.rule_set.id} {trace.rule_set.version} that decided"
        return
    for each in changes.counterfactuals:
        yield f"  {each.category}: {_counterfactual(each)}"
    for without in changes.without:
        points = ", ".join(f"{points} of {name}" for name, points in without.points.items()) or "no points"
        gives = f"then {without.category or 'none'} by {without.basis}" if without.changes else "changes nothing"
        yield f"  without {_named(without.finding)}: {gives} ({points})"
    held = [limit for limit in changes.limits if (limit.low, limit.high) != (None, None)]
    for limit in held:
        ends = [(limit.low, limit.low_gives, "down"), (limit.high, limit.high_gives, "up")]
        told = [f"{way} to {at} gives {gives or 'none'}" for at, gives, way in ends if at is not None]
        yield f"  {limit.name}, now {limit.now}: {', '.join(told)}"
    if rest := len(changes.limits) - len(held):
        yield f"  {rest} other numbers of the rule set can move alone without changing it"


def _counterfactual(change: Counterfactual) -> str:
    if not change.found:
        return f"not found; it takes at least {change.at_least} changes of findings"
    parts = [f"without {_named(f)}" for f in change.removed] + [f"with {_named(f)} ({f.truth})" for f in change.added]
    count = len(parts)
    fewest = "" if change.exact else f" ({count} changes; not fewer than {change.at_least} can do)"
    return ", ".join(parts) + fewest


def _named(finding: Finding) -> str:
    return f"{finding.gene} {_loci(finding.loci)} of {finding.criterion}"


def _flags(trace: Trace) -> Iterator[str]:
    raised = [flag for flag in trace.flags if flag.truth == "true"]
    open_flags = sum(flag.truth == "unknown" for flag in trace.flags)
    yield ""
    yield "Flags"
    for flag in raised:
        yield f"  {flag.kind} {flag.gene}: {flag.text} ({'holds' if flag.holds else 'reported'})"
    yield f"  {'none raised' if not raised else f'{len(raised)} raised'}; {open_flags} cannot be ruled out"


def _checks(trace: Trace) -> Iterator[str]:
    yield ""
    yield "Checks and assumptions"
    for check in trace.checks:
        yield f"  {check.name}: {check.result} ({check.evidence})"
    for assumption in trace.assumptions:
        yield f"  assumed: {assumption}"
    rules = trace.rule_set
    yield f"  rule set {rules.id} {rules.version} ({rules.status}), digest {rules.digest}"
    yield f"  trace digest {trace.digest}"


def _next(trace: Trace) -> Iterator[str]:
    steps = [_NEXT[r.code] for r in trace.reasons if r.policy == "review" and r.code in _NEXT]
    yield ""
    yield "Next"
    if not steps:
        yield "  Have a person confirm the assignment before treatment; keep the trace."
    for step in steps:
        yield f"  {step}"
