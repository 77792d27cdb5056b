"""Recomputing the traces of a ledger, in as many processes as are wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from attrs import frozen

from assigner.audits.batches import verified
from assigner.audits.verification import Answer, Verification
from assigner.decisions.accrual import Accrual
from assigner.errors import LedgerProofError, TraceError
from assigner.files import Source
from assigner.ledger.accruals import accrual_of_counts, why_not, without
from assigner.ledger.drafts import Kept, Names, facts_of
from assigner.ledger.entries import Entry, Result
from assigner.ledger.rules import Counts
from assigner.traces import parse_sealed

Replayed = tuple[int, str, str]
"""An entry's number, the answer, and why where it is not `reproduced`."""


def replayed(traces: Sequence[tuple[int, bytes]], rules: Sequence[Source], jobs: int) -> Iterator[Replayed]:
    """Recompute traces, each given with the number of its entry.

    Args:
        traces: what to recompute.
        rules: rule sets, by their paths or bytes, beside the shipped one.
        jobs: how many processes.
    """
    answers = verified([written for _, written in traces], rules, jobs)
    for (seq, _), found in zip(traces, answers, strict=True):
        yield _told(seq, found)


@frozen
class Said:
    """What a trace says of what its entry repeats, by the participant's own id, and the accrual on which it rests.

    Attributes:
        inputs: digests of all inputs; an early entry names regions and packs beside the participant's own files.
    """

    facts: dict[str, Any]
    accrual: Accrual | None
    inputs: tuple[str, ...]


def said_in(kept: Kept | str | None) -> Said | str | None:
    """What a trace that is kept says, or what is wrong with it; None when it is not kept."""
    if not isinstance(kept, Kept):
        return kept
    try:
        trace = parse_sealed(kept.opened())
    except (LedgerProofError, TraceError) as error:
        return str(error)
    return Said(facts_of(trace), trace.accrual, tuple(each.sha256 for each in trace.inputs))


def disagreement(entry: Entry, said: Said, names: Names, counts: Counts) -> str | None:
    """Where an entry says something else than its trace; None when it says the same.

    Args:
        entry: of a result.
        said: what its trace says.
        names: how participants are named; without the trial's secret, names are not compared.
        counts: how many participants had each arm before the entry, by site.
    """
    content, facts = entry.content, names.of(said.facts)
    if not isinstance(content, Result):
        return "it has no result"
    told = content.model_dump() | {"participant": entry.participant}
    keyed = entry.participant != facts["participant"] and names.secret is None and _looks_keyed(entry)
    left_out = {"participant", "inputs"} if keyed else set()
    if told["inputs"] == sorted({names.digest(each) for each in said.inputs}):
        left_out.add("inputs")
    wrong = [key for key in facts if key not in left_out and facts[key] != told[key]]
    if wrong:
        return f"the entry and its trace say different things of: {', '.join(sorted(wrong))}"
    if said.accrual is None:
        return None
    site = entry.enrolled or entry.site
    try:
        other = why_not(said.accrual, accrual_of_counts(without(counts, entry.was, site), site))
    except LedgerProofError as error:
        return str(error)
    return None if other is None else f"its trace rests on another accrual than the ledger had: {other}"


def _looks_keyed(entry: Entry) -> bool:
    key = entry.participant or ""
    return len(key) == 33 and key.startswith("h")


def _told(seq: int, found: Verification) -> Replayed:
    match found.answer:
        case Answer.REPRODUCED:
            return seq, "reproduced", ""
        case Answer.DIFFERS:
            first = found.differences[0].path if found.differences else ""
            return seq, "differs", f"its trace gives something else when it is recomputed, at {first}"
        case Answer.CANNOT:
            return seq, "cannot", f"its trace cannot be recomputed: {found.why}"
