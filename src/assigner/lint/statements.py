"""What a rule set says beside its numbers: citations, statuses, interventions, and its policy."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assigner.decisions.reasons import Origin, Reason, flags_for, row_of
from assigner.lint.notices import Notice, Severity, notice
from assigner.rules import Rules
from assigner.rules.consistency import reasoned_parts
from assigner.rules.schema import sends_to_review

_GOOD = re.compile(r"PMID:[1-9][0-9]{0,7}|doi:10\.[0-9]{4,9}/\S+|https?://[^\s/]+\.[^\s/]+(?:/\S*)?")
_MEANT = re.compile(r"(pmid|pubmed)[\s:]*[0-9a-z]*|doi[\s:/].*|10\.[0-9]{3,9}/.*|https?:.*|www\..*", re.IGNORECASE)
_RECALLED = re.compile(r"\brecall(?:ed|s)?\b|\bfrom memory\b", re.IGNORECASE)
_ENDED = re.compile(
    r"\b(?:negative|failed|failure|stopped|halted|terminated|withdrawn|discontinued|suspended|abandoned|futility|"
    r"no benefit|without benefit|ended)\b",
    re.IGNORECASE,
)
_EMPTY = re.compile(
    r"[\s\-_.?/]*|n/?a|none|nothing|tbd|todo|to be (?:decided|defined|determined)|unknown", re.IGNORECASE
)


def of_statements(rules: Rules) -> Iterator[Notice]:
    """All notices about what is said beside the numbers."""
    yield from _citations(rules)
    yield from _recalled(rules)
    yield from _interventions(rules)
    yield from _therapies(rules)
    yield from _policy(rules)


def _citations(rules: Rules) -> Iterator[Notice]:
    for path, part in reasoned_parts(rules.content):
        for at, source in enumerate(part.sources):
            if _MEANT.fullmatch(source) and not _GOOD.fullmatch(source):
                words = f"{source!r} is not PMID:digits, doi:10.number/suffix or a web address"
                yield notice(rules, Severity.FAULT, "citation_malformed", (*path, "sources", at), words)
            if source in part.sources[:at]:
                words = f"{source!r} is given twice"
                yield notice(rules, Severity.NOTE, "citation_twice", (*path, "sources", at), words)
        if not part.may_be_approved and not getattr(part, "inactive", None):
            words = f"a rule set with {part.status} rules cannot be approved"
            yield notice(rules, Severity.WARNING, "status_unfit", (*path, "status"), words)


def _recalled(rules: Rules) -> Iterator[Notice]:
    """What somebody remembers is not confirmed by a source."""
    for path, part in reasoned_parts(rules.content):
        said = (part.because, *part.sources, getattr(part, "note", None) or "")
        if part.status == "confirmed" and any(map(_RECALLED.search, said)):
            words = "the status is confirmed, and the words say that it is recalled"
            yield notice(rules, Severity.WARNING, "status_recalled", (*path, "status"), words)


def _therapies(rules: Rules) -> Iterator[Notice]:
    """Nobody is sent to review for a therapy that has ended."""
    for at, therapy in enumerate(rules.content.flags.therapies):
        if therapy.action == "hold" and _ENDED.search(therapy.stage):
            words = f"{therapy.id} sends to review, but it is {therapy.stage!r}"
            yield notice(rules, Severity.WARNING, "therapy_ended", ("flags", "therapies", at, "action"), words)


def _interventions(rules: Rules) -> Iterator[Notice]:
    for at, category in enumerate(rules.content.categories):
        if _EMPTY.fullmatch(category.intervention):
            words = f"{category.id} has no intervention: {category.intervention!r}"
            yield notice(rules, Severity.FAULT, "intervention_missing", ("categories", at, "intervention"), words)
        for name in ("dose", "schedule"):
            given = getattr(category, name)
            if rules.content.rule_set.is_approved and (given is None or _EMPTY.fullmatch(given)):
                words = f"{category.id} has no {name}"
                yield notice(rules, Severity.WARNING, "intervention_open", ("categories", at), words)


def _policy(rules: Rules) -> Iterator[Notice]:
    content = rules.content
    decision = content.decision
    if decision.unsettled_above_ppm >= 1_000_000:
        words = "no risk is above 1000000 ppm, so `unsettled` is never raised"
        yield notice(rules, Severity.WARNING, "policy_open", ("decision", "unsettled_above_ppm"), words)
    for reason in Reason:
        row, path = row_of(reason), ("decision", "policy", reason.value)
        sends = sends_to_review(row.policy(decision))
        if sends or row.origin is Origin.PROTOCOL:
            continue
        if row.flag is None:
            words = f"{reason} does not send to review: a category is assigned in spite of it"
            yield notice(rules, Severity.NOTE, "policy_open", path, words)
        elif ids := [flag.id for flag in flags_for(reason, content) if flag.holds]:
            first = ", ".join(ids[:3])
            words = f"{reason} does not send to review: {len(ids)} flags with `action: hold` have no effect: {first}"
            yield notice(rules, Severity.WARNING, "policy_open", path, words)
    if content.rule_set.is_approved and content.rule_set.protocol is None:
        yield notice(rules, Severity.WARNING, "policy_open", ("rule_set",), "approved, but no protocol is named")
