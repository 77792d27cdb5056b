"""What is asked of a file by place: the intervals of its rule set, and the places of polygenic scores as arrays."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias, TypeVar

import numpy as np

from assigner.genome.builds import chrom_of, names_of
from assigner.rules.loci import span_on
from assigner.rules.panels import Panel, marker_pos
from assigner.vcf.meaning.genes import asks_annotations
from assigner.vcf.meaning.known import NEAR
from assigner.vcf.meaning.tandem import SLACK
from assigner.vcf.meaning.unexplained import MayCode
from assigner.vcf.scan.headers import Header
from assigner.vcf.scan.intervals import Intervals, Pairs
from assigner.vcf.scan.spans import Ints

PerContig = TypeVar("PerContig")

_END = re.compile(rb"(?:^|;)END=([0-9]{1,10})(?=;|$)")


def meets(regions: Mapping[str, Intervals], chrom: str, start: int, end: int) -> bool:
    """Whether any base from `start` to `end` lies in the regions."""
    return chrom in regions and regions[chrom].meets(start, end)


def touches(line: bytes, regions: Mapping[str, Intervals]) -> bool:
    """Whether a record may lie in any of the regions: also one whose place is not read yet."""
    columns = line.split(b"\t", 8)
    chrom = chrom_of(columns[0].decode("utf-8", "replace"))
    if len(columns) < 8 or chrom is None or not columns[1].isdigit():
        return True
    start = int(columns[1])
    if b"[" in columns[4] or (b"LEN" in line and any(b"LEN" in column for column in columns[7:])):
        return True
    ends = map(int, _END.findall(columns[7])) if b"END=" in columns[7] else ()
    return meets(regions, chrom, start, max([start + len(columns[3]) - 1, *ends]))


Place: TypeAlias = tuple[str, int, int]
"""A chromosome, with the first and the last base."""


def places(panel: Panel, annotated: bool, around: int) -> Mapping[str, Intervals]:
    """What is kept of a file by chromosome, beside scores: listed alleles, markers, repeats, and genes if annotated.

    They are worked out once for each panel: of a small file that would be a tenth of its reading.
    """
    known = panel.cached(_places)
    key = annotated, around
    if key not in known:
        known[key] = merged(_each_place(panel, annotated, around))
    return known[key]


def _places(_panel: Panel) -> dict[tuple[bool, int], Mapping[str, Intervals]]:
    """Where the places of a panel are kept, by what else they depend on."""
    return {}


def merged(every: Iterable[Place]) -> dict[str, Intervals]:
    """The intervals that places cover, by chromosome."""
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for chrom, start, end in every:
        found[chrom].append((start, end))
    return {chrom: Intervals.of(pairs) for chrom, pairs in found.items()}


def _each_place(panel: Panel, annotated: bool, around: int) -> list[Place]:
    content = panel.content
    found = []
    for variant in panel.alleles:
        reach = max(around, 1 if len(variant.ref) == len(variant.alt) else NEAR)
        found.append((variant.chrom, max(1, variant.pos - reach), variant.end + reach))
    found += [(m.chrom or "", pos := marker_pos(m, panel.build), pos) for m in panel.markers.values()]
    spans = ((repeat.chrom, *span_on(repeat, panel.build)) for repeat in panel.repeats.values())
    found += [(chrom, start - SLACK, end + SLACK) for chrom, start, end in spans]
    if annotated and asks_annotations(content):
        found += [(gene.chrom, *span_on(gene, panel.build)) for gene in content.genes]
    return found


def may_code(panels: Iterable[Panel]) -> dict[str, Pairs]:
    """Where unlisted variants may change proteins, by chromosome."""
    return Intervals.together(panel.cached(_coding) for panel in panels)


def _coding(panel: Panel) -> dict[str, Intervals]:
    return {chrom: Intervals.of(spans) for chrom, spans in panel.cached(MayCode.of).spans.items()}


def by_contig(header: Header, by_chrom: Mapping[str, PerContig]) -> dict[str, PerContig]:
    """Intervals of chromosomes by the file's names for the contigs."""
    contigs = header.contigs or [name for chrom in by_chrom for name in names_of(chrom)]
    return {contig: by_chrom[chrom] for contig in contigs if (chrom := chrom_of(contig) or "") in by_chrom}


def positions_of(panels: Iterable[Panel]) -> dict[str, list[Ints]]:
    """The places of all scores by chromosome, those of each panel ascending."""
    found: dict[str, list[Ints]] = {}
    for panel in panels:
        for chrom, positions in panel.cached(_positions_on).items():
            found.setdefault(chrom, []).append(positions)
    return found


def distinct(parts: Sequence[Ints]) -> Ints:
    """The numbers of some arrays, ascending, each once; of a million in a hundredth of the time of numpy's `unique`."""
    every = np.sort(np.concatenate(parts))
    found: Ints = every[np.append(True, every[1:] != every[:-1])[: len(every)]]
    return found


def _positions_on(panel: Panel) -> dict[str, Ints]:
    if not panel.scores:
        return {}
    from assigner.rules.scored_alleles import POSITION_BITS  # few rule sets have scores

    keys = distinct([score.places.keys for score in panel.scores.values()])
    numbers = np.arange(1, 24)
    bounds = np.searchsorted(keys, numbers << POSITION_BITS).tolist()
    positions = keys & ((1 << POSITION_BITS) - 1)
    spans = zip(numbers.tolist(), bounds, bounds[1:], strict=False)
    return {str(number): positions[start:stop] for number, start, stop in spans if start < stop}


def with_scores(spans: Mapping[str, Pairs], panels: Iterable[Panel]) -> dict[str, Pairs]:
    """Spans by chromosome, and the places of scores."""
    positions = {chrom: np.concatenate(own) for chrom, own in positions_of(panels).items()}
    return Intervals.together([spans, {chrom: np.column_stack((own, own)) for chrom, own in positions.items()}])
