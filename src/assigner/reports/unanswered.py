"""Why findings are unknown: those with the same cause as one fact, with how many they are."""

from __future__ import annotations

from attrs import frozen

from assigner.traces import Trace
from assigner.traces.schema import UnknownRecord


@frozen
class Unanswered:
    """Unknown findings with the same cause.

    Attributes:
        count: how many.
        decisive: how many of them could change the decision.
        could_change: a bound, in parts per million, of the chance that one of these is true.
        because: why they are unknown, as a part of a sentence.
    """

    count: int
    decisive: int
    could_change: int
    because: str

    @property
    def text(self) -> str:
        """How many, and why."""
        which = "each" if self.decisive == self.count else f"{self.decisive}"
        could = f", {which} of which could change the decision" if self.decisive else ""
        return f"{self.count} unknown{could}: {self.because}"


def unanswered_in(trace: Trace) -> tuple[Unanswered, ...]:
    """The unknown findings of a trace by cause, the most important first; none of a trace older than schema 1.3."""
    words = trace.findings.why or {}
    told = [_of(trace.findings.unknown, trace.decisive, why, because) for why, because in words.items()]
    return tuple(sorted(told, key=lambda each: (-each.could_change, -each.count)))


def _of(unknown: list[UnknownRecord], decisive: tuple[UnknownRecord, ...], why: str, because: str) -> Unanswered:
    changing = [each for each in decisive if each.why == why]
    risk = sum(each.carrier_ppm or 0 for each in changing)
    return Unanswered(sum(each.why == why for each in unknown), len(changing), risk, because)
