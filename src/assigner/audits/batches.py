"""Many traces verified, by several processes where that is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from assigner.audits.verification import Answer, Evidence, Verification, verify
from assigner.errors import TraceError
from assigner.files import Source
from assigner.processes import Workers
from assigner.rules import Rules, read_rules
from assigner.traces.archives import Packed


def verified(traces: Sequence[Path | Packed | bytes], rules: Sequence[Source], jobs: int = 1) -> Iterator[Verification]:
    """What the verification of each trace comes to, in their order.

    Args:
        traces: their paths, bytes or places in an archive.
        rules: rule sets to try beside the shipped one.
        jobs: how many processes share the work.
    """
    if jobs == 1 or len(traces) < 2:
        known = [read_rules(each) for each in rules] if traces else []
        yield from (_verified(each, known) for each in traces)
        return
    with Workers(min(jobs, len(traces)), _begin, tuple(rules)) as workers:
        yield from workers.each(_verified_here, traces, 4)


_RULES: list[Rules] = []
"""The rule sets of this process, where it is one of several."""


def _begin(rules: Sequence[Source]) -> None:
    _RULES[:] = [read_rules(each) for each in rules]


def _verified_here(trace: Path | Packed | bytes) -> Verification:
    return _verified(trace, _RULES)


def _verified(trace: Path | Packed | bytes, rules: Sequence[Rules]) -> Verification:
    try:
        content = trace.content if isinstance(trace, Packed) else trace
    except TraceError as error:
        return Verification(answer=Answer.CANNOT, why=str(error))
    return verify(content, Evidence(rules=tuple(rules)))
