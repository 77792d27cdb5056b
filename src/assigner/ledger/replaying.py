"""Recomputing the traces of a ledger, in as many processes as are wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assigner.audits.batches import verified
from assigner.audits.verification import Answer, Verification
from assigner.decisions.accrual import Accrual
from assigner.files import Source
from assigner.ledger.accruals import why_not
from assigner.ledger.drafts import Names, facts_of
from assigner.ledger.entries import Entry, Result
from assigner.traces import Trace

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


def disagreement(entry: Entry, trace: Trace, names: Names, counted: Accrual) -> str | None:
    """Where an entry says something else than its trace; None when it says the same.

    Args:
        entry: of a result.
        trace: the trace.
        names: how participants are named; without the trial's secret, names are not compared.
        counted: the other participants whom the ledger had then.
    """
    content, facts = entry.content, facts_of(trace, names)
    if not isinstance(content, Result):
        return "it has no result"
    said = content.model_dump() | {"participant": entry.participant}
    keyed = entry.participant != facts["participant"] and names.secret is None and _looks_keyed(entry)
    left_out = {"participant", "inputs"} if keyed else set()
    wrong = [key for key in facts if key not in left_out and facts[key] != said[key]]
    if wrong:
        return f"the entry and its trace say different things of: {', '.join(sorted(wrong))}"
    other = why_not(trace.accrual, counted)
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
