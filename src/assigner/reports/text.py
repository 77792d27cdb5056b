"""A trace as plain text: the decision first, then what to do, why, what is unknown and what would change it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from assigner.errors import plain
from assigner.reports.facts import (
    GENES,
    Assumption,
    Change,
    Check,
    Decisive,
    DecisiveCount,
    Digest,
    Evidence,
    Fact,
    Flag,
    Genes,
    More,
    NoEvidence,
    OpenFlags,
    Outcome,
    PanelCount,
    Place,
    Points,
    Questions,
    Reason,
    RuleSet,
    Section,
    Step,
    Untested,
    Verdict,
)
from assigner.reports.lacks import Lack
from assigner.reports.sections import sections
from assigner.reports.sentences import named
from assigner.reports.unanswered import Unanswered
from assigner.traces import FindingRecord, LocusRecord, Trace

__all__ = ["explain", "lines_of", "measured", "plain"]


def explain(trace: Trace, changes: Sequence[str] = ()) -> str:
    """The whole explanation. Whether the trace's digest is right is for the caller to check.

    Args:
        trace: what to explain.
        changes: sentences that say what would change the outcome.
    """
    return "\n".join(plain(line) for section in sections(trace, changes) for line in _lines(section)) + "\n"


def _lines(section: Section) -> Iterator[str]:
    if section.key != "outcome":
        yield ""
        yield section.title
    for fact in section.facts:
        yield from lines_of(fact)


def lines_of(fact: Fact) -> Iterator[str]:
    """A fact as lines of text; control characters are not yet escaped."""
    match fact:
        case Outcome():
            yield from _outcome(fact)
        case Reason(code, holds, because):
            yield f"  {'reason' if holds else 'note'} {code}: {because}"
        case Step(text) | Change(text) | Lack(text=text) | Unanswered(text=text):
            yield f"  {text}"
        case Flag():
            shown = f" {fact.shown}" if fact.shown else ""
            how = "sends to review" if fact.holds else "reported only"
            yield f"  {fact.kind} {fact.gene}{shown}: {fact.text} ({how})"
            yield f"      {fact.because} {_cited(fact.status, fact.sources)}"
        case OpenFlags(raised, unknown, kinds):
            yield f"  {raised or 'none'} raised; {unknown} cannot be ruled out"
            for kind, genes in kinds:
                yield f"      {kind}: {', '.join(genes)}"
        case Evidence(_, _, finding):
            yield f"  {_finding(finding, fact.points)}"
            yield f"      {finding.because} {_cited(finding.status, _sources(finding))}"
        case NoEvidence():
            yield "  nothing was found"
        case Points():
            told = "  ".join(f"{tier.tier}: {tier.known} ({tier.least}-{tier.most})" for tier in fact.tiers)
            yield f"  {fact.category} {fact.name}"
            yield f"      points by tier, known (least to most): {told}"
        case PanelCount(states, _):
            yield f"  {sum(count for _, count in states)} places of the panel: {_counts(states)}"
        case Genes(state, genes):
            yield f"  {GENES[state]}: {', '.join(genes)}"
        case Questions():
            yield f"  {fact.criterion}: {fact.true} present, {fact.unknown} unknown, {fact.false} absent"
        case Place(locus):
            yield f"  {_place(locus)}"
        case Untested(repeats):
            yield f"  repeats not tested: {', '.join(repeats)}"
        case Verdict():
            spoken = f" (genes: {', '.join(fact.genes)})" if fact.genes else ""
            yield f"  {fact.category} {fact.name}: {fact.because}{spoken}"
        case DecisiveCount(count):
            order = ", the likeliest first" if count else ""
            yield f"  unknown findings that could change the decision: {count}{order}"
        case Decisive():
            what = named(fact.gene, fact.loci)
            yield f"      {what} ({fact.criterion}): chance at most {fact.carrier_ppm} ppm"
        case More(count):
            yield f"      and {count} more, in the trace"
        case Check(name, result, evidence):
            yield f"  {name}: {result} ({evidence})"
        case Assumption(text):
            yield f"  assumed: {text}"
        case RuleSet():
            yield f"  rule set {fact.id} {fact.version} ({fact.status}), digest {fact.digest}"
        case Digest(name, sha256):
            yield f"  {name}, digest {sha256}"
        case _:
            assert_never(fact)


def _outcome(fact: Outcome) -> Iterator[str]:
    trace = fact.trace
    if fact.assigned:
        head = f"ASSIGNED  {trace.category} {fact.category_name}: {trace.intervention}{_grade(fact)}"
    else:
        head = f"REVIEW  {', '.join(fact.codes)}{_grade(fact)}"
    yield f"{head}   (participant {trace.participant})"
    if trace.provisional is not None:
        yield f"  provisionally {trace.provisional} {fact.provisional_name}; no intervention until reviewed"
    if fact.allocation:
        yield f"  {fact.allocation}"
    yield f"  {fact.basis}; {fact.settled}"


def _grade(fact: Outcome) -> str:
    return f"   [{fact.grade}]" if fact.grade else ""


def _cited(status: str, sources: Sequence[str]) -> str:
    return f"[{status}; {'; '.join(sources)}]"


def _sources(finding: FindingRecord) -> tuple[str, ...]:
    return (*finding.sources, *(f"ClinVar:{clinvar}" for clinvar in finding.clinvar))


def _finding(finding: FindingRecord, given: Sequence[tuple[str, int]]) -> str:
    points = ", ".join(f"{category} {points}" for category, points in given)
    shown = f" {finding.shown}" if finding.shown else ""
    rest = f", no category {finding.unmapped}" if finding.unmapped else ""
    what = f"{finding.gene}: {', '.join(finding.loci)}{shown}"
    return f"tier {finding.tier}  {what}  ->  {points or 'no points'}{rest} ({finding.criterion})"


def _place(locus: LocusRecord) -> str:
    seen, told, why = measured(locus)
    doubt = f", {why}" if why else ""
    return f"{locus.id} ({locus.gene}): {seen}{doubt}" + (f" ({told})" if told else "")


def measured(locus: LocusRecord) -> tuple[str, str, str]:
    """What was seen at a place, what was measured there, and what is wrong with it."""
    state = "" if f"({locus.state})" in locus.shown else locus.state
    values = (("depth", locus.depth), ("quality", locus.quality), ("fraction", locus.fraction))
    told = ", ".join(f"{name} {value}" for name, value in values if value is not None)
    return f"{state} {locus.shown}".strip(), told, locus.why or ""


def _counts(states: Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"{count} {state}" for state, count in states if count) or "none"
