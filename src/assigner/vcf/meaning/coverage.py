"""Where a participant was looked at: callable regions that the caller declares, and the genes they cover."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter

from attrs import define, field, frozen

from assigner.errors import BuildError, ContainerError, InputError, LimitError, shown
from assigner.files import Source, bytes_up_to
from assigner.genome.builds import HG19_MT_LENGTH, LENGTHS, Build, build_of_accession, chrom_of, is_understood
from assigner.profiles.profile import Check
from assigner.rules.loci import span_on
from assigner.rules.panels import Panel
from assigner.rules.schema import Gates
from assigner.vcf.bytes.raw import source_name
from assigner.vcf.meaning.builds import builds_named
from assigner.vcf.meaning.events import deleted_by, is_absent_deletion
from assigner.vcf.meaning.judged import Judged, call_of

Spans = Sequence[tuple[int, int]]
MOST_BED_BYTES = 256 << 20
"""The most bytes of a BED file, as it stands and decompressed; a genome's confident regions take some tens of MB."""

_WHOLE = re.compile("[0-9]{1,10}")

_CALLABLE = re.compile("CALLABLE", re.IGNORECASE)

_NOT_CALLABLE = re.compile(
    r"(?:NO|LOW|EXCESSIVE|HIGH)_COVERAGE|POOR_MAPPING_QUALITY|REF_N|(?:NOT_|UN)CALLABLE"
    r"|EXCLUDED?|MASKED|FAIL(?:ED)?|NO_?CALL|UNCALLED",
    re.IGNORECASE,
)
"""The states of GATK's CallableLoci and of mosdepth's quantized depths that are not callable, and words like them."""

_DEPTH = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(?::(?:[0-9]{1,9}|inf))?")
"""A depth as mosdepth and a bedGraph write it, the mean of a region, or the range of mosdepth's quantized depths."""

_MEAN = re.compile(r"([0-9]{1,9}\.[0-9]{1,9})")
"""The mean depth beside a region's name, by mosdepth; a score of BED has no decimals."""


@frozen
class Regions:
    """Spans by chromosome, merged and in order; 1-based, both ends included."""

    by_chrom: Mapping[str, Spans]

    @classmethod
    def of(cls, spans: Mapping[str, Iterable[tuple[int, int]]]) -> Regions:
        """The regions that these spans cover."""
        return cls({chrom: _merged(items) for chrom, items in spans.items()})

    @property
    def is_empty(self) -> bool:
        """Whether there is none."""
        return not any(self.by_chrom.values())

    def on(self, chroms: Container[str]) -> Regions:
        """Those on some of the chromosomes."""
        return Regions({chrom: spans for chrom, spans in self.by_chrom.items() if chrom in chroms})

    def without(self, others: Regions) -> Regions:
        """What of them lies in none of the others."""
        pairs = ((chrom, spans, others.by_chrom.get(chrom, ())) for chrom, spans in self.by_chrom.items())
        left = {chrom: tuple(_outside(spans, other)) for chrom, spans, other in pairs}
        return Regions({chrom: spans for chrom, spans in left.items() if spans})

    def covers(self, chrom: str, start: int, end: int) -> bool:
        """Whether every base from `start` to `end` lies in one span."""
        items = self.by_chrom.get(chrom, ())
        at = bisect_right(items, (start, 1 << 62)) - 1
        return at >= 0 and items[at][1] >= end

    def touches(self, chrom: str, start: int, end: int) -> bool:
        """Whether any base from `start` to `end` lies in a span."""
        items = self.by_chrom.get(chrom, ())
        at = bisect_right(items, (end, 1 << 62)) - 1
        return at >= 0 and items[at][1] >= start

    def share(self, chrom: str, start: int, end: int) -> int:
        """How much of a span is covered, in thousandths, rounded down."""
        items = self.by_chrom.get(chrom, ())
        first, stop = bisect_left(items, start, key=itemgetter(1)), bisect_right(items, end, key=itemgetter(0))
        inside = (min(end, b) - max(start, a) + 1 for a, b in items[first:stop])
        return sum(inside) * 1000 // (end - start + 1)


def _outside(spans: Spans, others: Spans) -> Iterator[tuple[int, int]]:
    """The parts of spans that lie in no other one; both are merged and in order."""
    at = 0
    for first, last in spans:
        while at < len(others) and others[at][1] < first:
            at += 1
        ahead = at
        while ahead < len(others) and others[ahead][0] <= last:
            if first < others[ahead][0]:
                yield first, others[ahead][0] - 1
            first = others[ahead][1] + 1
            ahead += 1
        if first <= last:
            yield first, last


def _merged(items: Iterable[tuple[int, int]]) -> Spans:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(items):
        if merged and start <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


@frozen(kw_only=True)
class Bed:
    """A BED file.

    Attributes:
        regions: what it covers of the chromosomes.
        content: its bytes, for its digest.
        unknown: the contigs in it that are no chromosome, nor known to be none, in order.
        left_out: the names of regions in it that were looked at and are not callable, in order.
    """

    regions: Regions
    content: bytes
    unknown: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    def check(self) -> Check | None:
        """What a person must know of it, for the trace; None when there is nothing to say."""
        named = ", ".join(map(shown, self.unknown[:10]))
        if not self.regions.by_chrom:
            where = f", only of {named}" if named else ""
            return Check("callable_regions", "empty", f"no region of a chromosome{where}: nothing is callable")
        if named:
            return Check("callable_regions", "not understood", f"{named}: regions of no known contig are not used")
        if self.left_out:
            names = ", ".join(map(shown, self.left_out))
            return Check("callable_regions", "not all used", f"those named {names} are not callable")
        return None


def read_bed(source: Source, build: Build, depth: int = 1) -> Bed:
    """Read the regions of a BED file (plain or gzip): contig, 0-based start, end.

    Regions that their name says are not callable are left out, also where they lie in other regions: the other states
    of GATK's CallableLoci and of mosdepth, and a number, which is taken for a depth, below the least one. Where a file
    names any such state, or CALLABLE, every other name in it is one too, and not callable. A file that counts from 1
    can be told by nothing but an end that is no more than its start; read as BED, each of its regions lacks its first
    base and holds no base too many.

    Args:
        source: the file's path, the open file, or its bytes.
        build: that of the participant's files.
        depth: the least that is callable.

    Raises:
        ContainerError: when it cannot be read.
        LimitError: when it is too large.
        InputError: when a line is not BED's.
        BuildError: when a region ends beyond its chromosome, so that it is of another build.
    """
    name = source_name(source)
    content = _within_limits(bytes_up_to(MOST_BED_BYTES, source, ContainerError, name), name)
    text = content
    try:
        if content.startswith(b"\x1f\x8b"):
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
                text = _within_limits(packed.read(MOST_BED_BYTES + 1), name)
        lines = text.decode("utf-8").splitlines()
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise ContainerError(name, "a readable BED file", type(error).__name__) from error
    rows = _Rows(depth)
    unknown: set[str] = set()
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith(("#", "track", "browser")):
            _expect_words(build, line, f"{name}: line {number}")
            continue
        columns = line.split("\t")
        numbers = [int(each) for each in columns[1:3] if _WHOLE.fullmatch(each)]
        if len(columns) < 3 or len(numbers) < 2 or numbers[0] >= numbers[1]:
            raise InputError(f"{name}: line {number}", "contig, start and end, joined by tabs", shown(line))
        chrom = chrom_of(columns[0])
        if chrom is None:
            unknown |= set() if is_understood(columns[0]) else {columns[0]}
            continue
        _expect_on(build, chrom, columns[0], numbers[1], f"{name}: line {number}")
        rows.add(chrom, (numbers[0] + 1, numbers[1]), columns[3:])
    regions, left_out = rows.callable()
    return Bed(regions=regions, content=content, unknown=tuple(sorted(unknown)), left_out=tuple(sorted(left_out)[:10]))


Listed = dict[str, list[tuple[int, int]]]
"""Spans by chromosome, as a file lists them."""


@define
class _Rows:
    """The rows of a BED file, by what their names say.

    Attributes:
        depth: the least that is callable.
        has_states: whether a name is a state of a tool.
        good: rows without a name, those named CALLABLE, and those whose depth is enough.
        named: rows with any other name: callable unless the file has states.
        names: those names.
        bad: rows that are not callable.
        left_out: their names.
    """

    depth: int
    has_states: bool = False
    good: Listed = field(factory=lambda: defaultdict(list))
    named: Listed = field(factory=lambda: defaultdict(list))
    names: set[str] = field(factory=set)
    bad: Listed = field(factory=lambda: defaultdict(list))
    left_out: set[str] = field(factory=set)

    def add(self, chrom: str, span: tuple[int, int], columns: Sequence[str]) -> None:
        """Take a row: its span, 1-based, and its columns from the fourth one."""
        name = columns[0] if columns else ""
        is_callable = _CALLABLE.fullmatch(name) is not None
        self.has_states |= is_callable or _NOT_CALLABLE.fullmatch(name) is not None
        if (state := _not_callable(columns, self.depth)) is not None:
            self.bad[chrom].append(span)
            self.left_out.add(state)
        elif is_callable or name in ("", ".") or _DEPTH.fullmatch(name):
            self.good[chrom].append(span)
        else:
            self.named[chrom].append(span)
            self.names.add(name)

    def callable(self) -> tuple[Regions, set[str]]:
        """The regions that are callable, and the names of rows that are not."""
        if self.has_states:
            return Regions.of(self.good).without(_together(self.bad, self.named)), self.left_out | self.names
        return _together(self.good, self.named).without(Regions.of(self.bad)), self.left_out


def _together(one: Listed, other: Listed) -> Regions:
    return Regions.of({chrom: [*one.get(chrom, ()), *other.get(chrom, ())] for chrom in {*one, *other}})


def _not_callable(columns: Sequence[str], depth: int) -> str | None:
    """The name or the depth of a region, where that says that it is not callable.

    >>> _not_callable(["LOW_COVERAGE"], 10), _not_callable(["SOD1", "0.37"], 10), _not_callable(["SOD1", "0", "+"], 10)
    ('LOW_COVERAGE', '0.37', None)
    >>> _not_callable(["1:10"], 10), _not_callable(["10:inf"], 10), _not_callable(["9"], 10)
    ('1:10', None, '9')
    """
    if columns and _NOT_CALLABLE.fullmatch(columns[0]):
        return columns[0]
    for column, form in zip(columns, (_DEPTH, _MEAN), strict=False):
        found = form.fullmatch(column)
        if found is not None and float(found[1]) < depth:
            return column
    return None


def _expect_words(build: Build, line: str, place: str) -> None:
    """Refuse a track or a comment that names another build, and not this one."""
    named = builds_named(line)
    if named and build.value not in named:
        raise BuildError(place, f"regions on {build}", shown(line))


def _expect_on(build: Build, chrom: str, contig: str, end: int, place: str) -> None:
    """Refuse a region that proves another build; hg19's mitochondrion is longer and no proof of a build."""
    named = build_of_accession(contig)
    if named not in (None, build):
        raise BuildError(place, f"a contig of {build}", shown(contig))
    length = HG19_MT_LENGTH if chrom == "MT" else LENGTHS[build][chrom]
    if end > length:
        raise BuildError(place, f"a region on {shown(contig)}, which is {length} long on {build}", f"an end of {end}")


def _within_limits(content: bytes, name: str) -> bytes:
    if len(content) > MOST_BED_BYTES:
        raise LimitError(name, f"a BED file of at most {MOST_BED_BYTES} bytes, decompressed too", "more")
    return content


def covered_by(judged: Iterable[Judged]) -> Regions:
    """The bases at which believed records call a genotype without a gap."""
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for each in judged:
        record = each.record
        called = record.genotype is not None and None not in record.genotype.alleles
        tells = each.tells_bases and not is_absent_deletion(record)
        if called and each.state is None and record.chrom is not None and tells:
            found[record.chrom].append((record.pos, record.end))
    return Regions.of(found)


def halved_by(judged: Iterable[Judged], build: Build, gates: Gates) -> Regions:
    """The bases of which a believed record deletes one of two copies."""
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for each in judged:
        alleles = each.record.genotype.alleles if each.record.genotype is not None and each.state is None else ()
        for number in {allele for allele in alleles if allele} if len(alleles) == 2 else ():
            span = deleted_by(each.record, each.record.alts[number - 1])
            if span is not None and call_of(each, number, None, build, gates).copies.count(True) == 1:
                found[each.record.chrom or ""].append(span)
    return Regions.of(found)


def assessed_shares(panel: Panel, regions: Sequence[Regions]) -> dict[str, int]:
    """The share of each gene's span, in thousandths, that is covered by one of the regions; nothing where none is."""
    shares = {
        gene.symbol: max(each.share(gene.chrom, *span_on(gene, panel.build)) for each in regions)
        for gene in panel.content.genes
    }
    return {name: share for name, share in shares.items() if share}
