"""From repeat records to the sizes of the rule set's repeats: joined by place and motif, never by name alone."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from attrs import evolve

from assigner.profiles.calls import in_order
from assigner.profiles.profile import Interval, RepeatSizes, Role
from assigner.rules.loci import Repeat, span_on
from assigner.rules.panels import Panel
from assigner.vcf.meaning.judged import judge
from assigner.vcf.records.record import Record
from assigner.vcf.repeats import RepeatCall, repeat_call

FAR = 1000
"""Within how many bases of a repeat a record is looked at; where its call lies is asked of the call itself."""

SLACK = 3
"""Catalogues differ by a base where a repeat begins, and by a partial unit where it ends."""


def sizes_of(files: Iterable[tuple[Iterable[Record], Role | None]], panel: Panel) -> dict[str, RepeatSizes]:
    """The sizes of the rule set's repeats, by their ids.

    Args:
        files: of each file its records, and what it is for.
        panel: the rule set's places.
    """
    found: dict[str, list[RepeatSizes]] = {}
    for record, role in ((record, role) for records, role in files for record in records):
        near = [repeat for repeat in panel.repeats.values() if _near(record, repeat, panel)]
        if not near or (call := repeat_call(record)) is None:
            continue
        for repeat in near:
            own = call.of(repeat.motif)
            if own is not None and _at(own, repeat, panel):
                found.setdefault(repeat.id, []).append(_sizes(record, own, panel, role))
    return {name: _together(sorted(several, key=in_order)) for name, several in found.items()}


def _near(record: Record, repeat: Repeat, panel: Panel) -> bool:
    start, end = span_on(repeat, panel.build)
    return record.chrom == repeat.chrom and record.pos <= end + FAR and start - FAR <= record.end


def _at(call: RepeatCall, repeat: Repeat, panel: Panel) -> bool:
    """Whether a call lies inside the rule set's repeat (catalogues take more or less of its flanks)."""
    start, end = span_on(repeat, panel.build)
    stop = call.end if call.end is not None else call.start + len(call.motif)
    return start - SLACK <= stop and call.start <= end + SLACK


def _sizes(record: Record, call: RepeatCall, panel: Panel, role: Role | None) -> RepeatSizes:
    """The sizes of one record; those of a record that is not believed are kept, with the reason."""
    judged = judge(record, panel.content.gates) if record.filters else None
    problem = call.problem or (judged.why if judged is not None and judged.state is not None else None)
    sizes = (call.sizes if call.problem is None else call.shown) or (None,)
    intervals = call.intervals if call.sizes and any(call.intervals) else ()
    return RepeatSizes(sizes, intervals, problem=problem, file=role)


def _together(several: list[RepeatSizes]) -> RepeatSizes:
    """What several records of one repeat say: those that size it must agree."""
    sized = [each for each in several if each.problem is None and any(size is not None for size in each.sizes)]
    if not sized:
        return several[0]
    return functools.reduce(_both, sized)


def _both(one: RepeatSizes, other: RepeatSizes) -> RepeatSizes:
    """Two records of one repeat: the same sizes, in any order, with all that either of them leaves open.

    Where they do not agree the larger sizes are kept with the problem, so that a large repeat is shown.
    """
    if one == other:
        return one
    ours, theirs = _in_order(one), _in_order(other)
    if one.problem is not None or [size for size, _ in ours] != [size for size, _ in theirs]:
        larger = max(one, other, key=lambda each: max(size or 0 for size in each.sizes))
        return evolve(larger, problem="several records that do not agree")
    spans = tuple(_widest(own, their) for (_, own), (_, their) in zip(ours, theirs, strict=True))
    return evolve(one, sizes=tuple(size for size, _ in ours), intervals=spans if any(spans) else ())


def _in_order(sizes: RepeatSizes) -> list[tuple[int | None, Interval | None]]:
    """Alleles by size, an unknown one first."""
    return sorted(zip(sizes.sizes, sizes.ranges, strict=True), key=lambda each: -1 if each[0] is None else each[0])


def _widest(one: Interval | None, other: Interval | None) -> Interval | None:
    if one is None or other is None:
        return None
    open_ended = one[1] is None or other[1] is None
    return min(one[0], other[0]), None if open_ended else max(one[1] or 0, other[1] or 0)
