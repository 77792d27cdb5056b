"""From repeat records to the sizes of the rule set's repeats: joined by place and motif, never by name alone."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from attrs import evolve

from assigner.genome.motifs import same_motif
from assigner.profiles.calls import in_order
from assigner.profiles.profile import Interval, RepeatSizes, Role
from assigner.rules.loci import span_on
from assigner.rules.panels import Panel
from assigner.rules.repeats import Repeat
from assigner.rules.schema import Gates
from assigner.vcf.meaning.judged import judge
from assigner.vcf.records.beside import Records
from assigner.vcf.records.record import Record
from assigner.vcf.repeats import RepeatCall, RepeatSupport, repeat_call, repeat_support
from assigner.vcf.repeats.rows import joined_rows
from assigner.vcf.repeats.statuses import status_against

FAR = 1000
"""Within how many bases of a repeat a record is looked at, and its call must lie."""

SLACK = 3
"""Catalogues differ by a base where a repeat begins, and by a partial unit where it ends."""


LEAST_PURITY = Decimal("0.8")
"""The least share of an allele's bases that are units of its motifs (TRGT's AP): curators' judgement.

Interruptions lower it a little; an allele that lies far below is another sequence. No survey of TRGT files stands
behind the number.
"""


def sizes_of(files: Iterable[tuple[Iterable[Record], Role | None]], panel: Panel) -> dict[str, RepeatSizes]:
    """The sizes of the rule set's repeats, by their ids.

    Calls that count the motif itself come before those of motifs that stand for it, which are upper bounds.

    Args:
        files: of each file its records, and what it is for.
        panel: the rule set's places.
    """
    counted: dict[str, list[RepeatSizes]] = {}
    bounded: dict[str, list[RepeatSizes]] = {}
    for records, role in files:
        for record, own, repeat in calls_at(records, panel):
            found = counted if same_motif(own.motif, repeat.motif) else bounded
            found.setdefault(repeat.id, []).append(_sizes(record, own, repeat, panel, role))
    each = {name: panel.repeats[name] for name in panel.repeats if name in counted or name in bounded}
    return {
        name: _together(sorted(counted.get(name) or bounded[name], key=in_order), repeat)
        for name, repeat in each.items()
    }


def calls_at(records: Iterable[Record], panel: Panel) -> Iterator[tuple[Record, RepeatCall, Repeat]]:
    """The calls of the rule set's repeats in the records of one file, each with its record and the repeat."""
    for record in joined_rows(near_any(records, panel)):
        near = [repeat for repeat in panel.repeats.values() if _near(record, repeat, panel)]
        if not near or (call := repeat_call(record)) is None:
            continue
        for repeat in near:
            own = call.of(repeat.motif)
            if own is not None and _at(own, repeat, panel):
                yield record, own, repeat


def near_any(records: Iterable[Record], panel: Panel) -> Records:
    """The records near any of the rule set's repeats."""
    return Records.of(records).where(_is_near_any, panel)


def _is_near_any(record: Record, panel: Panel) -> bool:
    spans = panel.cached(_spans).get(record.chrom, ())
    return any(start <= record.end and record.pos <= end for start, end in spans)


def _spans(panel: Panel) -> Mapping[str | None, Sequence[tuple[int, int]]]:
    """The first and last bases near the rule set's repeats, by chromosome."""
    found: dict[str | None, list[tuple[int, int]]] = {}
    for repeat in panel.repeats.values():
        start, end = span_on(repeat, panel.build)
        found.setdefault(repeat.chrom, []).append((start - FAR, end + FAR))
    return found


def _near(record: Record, repeat: Repeat, panel: Panel) -> bool:
    start, end = span_on(repeat, panel.build)
    return record.chrom == repeat.chrom and record.pos <= end + FAR and start - FAR <= record.end


def _at(call: RepeatCall, repeat: Repeat, panel: Panel) -> bool:
    """Whether a call is of the rule set's repeat: catalogues take more or less of its flanks, but no thousand bases."""
    start, end = span_on(repeat, panel.build)
    stop = call.end if call.end is not None else call.start + len(call.motif)
    meets = start - SLACK <= stop and call.start <= end + SLACK
    return meets and start - FAR <= call.start and stop <= end + FAR


def _sizes(record: Record, call: RepeatCall, repeat: Repeat, panel: Panel, role: Role | None) -> RepeatSizes:
    """The sizes of one record; those of a record that is not believed are kept, with the reason."""
    problem = call.problem or _doubt(record, panel.content.gates) or status_against(record, call, repeat.normal)
    sizes = (call.sizes if call.problem is None else call.shown) or (None,)
    intervals = call.intervals if call.sizes and any(call.intervals) else ()
    return RepeatSizes(sizes, intervals, problem=problem, file=role)


def _doubt(record: Record, gates: Gates) -> str | None:
    """Why the sizes of a record are not believed, if so; a repeat's reads and quality stand in keys of their own.

    QUAL says how sure a variant is, not its sizes (TRGT writes 0), and most callers of repeats write no FILTER.
    """
    lenient = {"unfiltered": "accept", "depth": 0, "quality": 0, "strict": ()}
    judged = judge(record, gates.model_copy(update=lenient))
    if judged.state is not None:
        return judged.why
    support = repeat_support(record)
    if support.unread is not None:
        return f"{support.unread} that is not a number"
    if support.unseen is not None:
        return f"an allele without a read ({support.unseen})"
    if support.within is not None:
        return f"many reads within an allele that reads span ({support.within})"
    if support.longer is not None:
        return f"many reads with more units than any allele ({support.longer})"
    if support.contrary is not None:
        return f"fields that contradict each other ({support.contrary})"
    return _few_reads(support, gates) or _unsure(record, support, gates) or _one_read(support)


def _one_read(support: RepeatSupport) -> str | None:
    """Whether one of the alleles rests on a single read, which may belong to the other one."""
    return None if support.single is None else f"an allele of a single read ({support.single})"


def _few_reads(support: RepeatSupport, gates: Gates) -> str | None:
    fewest = min(support.reads, key=lambda reads: reads.count, default=None)
    if fewest is None:
        return "no depth" if "depth" in gates.strict and "depth" in support.answers else None
    named = "" if fewest.field == "DP" else f" ({fewest.field})"
    return f"depth {fewest.count:f}{named} below {gates.depth}" if fewest.count < gates.depth else None


def _unsure(record: Record, support: RepeatSupport, gates: Gates) -> str | None:
    """Whether the caller is too unsure; a chance is held to the phred score of the gate: 20 asks for 0.99."""
    if record.quality is not None and record.quality < gates.quality:
        return f"quality {record.quality} below {gates.quality}"
    chance = support.posterior
    if chance is not None and 1 - chance > Decimal(10) ** (Decimal(-gates.quality) / 10):
        return f"posterior {chance:f} (Q) below that of quality {gates.quality}"
    if record.quality is None and chance is None:
        for gate in ("quality", "likelihood"):
            if gate in gates.strict and gate in support.answers:
                return f"no {gate}"
    if support.purity is not None and support.purity < LEAST_PURITY:
        return f"purity {support.purity:f} (AP) below {LEAST_PURITY}"
    return None


def _together(several: list[RepeatSizes], repeat: Repeat) -> RepeatSizes:
    """What several records of one repeat say: those that size it must agree."""
    sized = [each for each in several if each.problem is None and any(size is not None for size in each.sizes)]
    if not sized:
        return several[0]
    return functools.reduce(functools.partial(_both, repeat), sized)


def _both(repeat: Repeat, one: RepeatSizes, other: RepeatSizes) -> RepeatSizes:
    """Two records of one repeat: the same sizes, in any order, with all that either of them leaves open.

    Where they do not agree, sizes that are not normal are kept with the problem, the larger ones first.
    """
    if one == other:
        return one
    ours, theirs = _in_order(one), _in_order(other)
    if one.problem is not None or [size for size, _ in ours] != [size for size, _ in theirs]:
        shown = max(one, other, key=lambda e: (e.shows_other_than(repeat), max(size or 0 for size in e.sizes)))
        return evolve(shown, problem="several records that do not agree")
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
