"""One pass over a BCF, which keeps, as VCF lines, the records that overlap the panel.

Of each record its length and its fixed fields are read here: contig, POS, the bases it spans, how many alleles and
samples it has; on X and Y also the sample's genotype. Only records of the panel reach htslib, in a small BCF of them
and of the one sample that is asked about, after the whole file was found sound.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TypeVar

import numpy as np
from attrs import define, field, frozen

from assigner.errors import BuildError, ContainerError, HeaderError, LimitError, RecordError
from assigner.genome.builds import chrom_of
from assigner.vcf.bytes.sources import OpenVcf
from assigner.vcf.scan.bcf_records import FIXED_FIELDS, Content
from assigner.vcf.scan.fingerprints import Fingerprint, copies_of
from assigner.vcf.scan.headers import Header, parse_header
from assigner.vcf.scan.htslib import in_text
from assigner.vcf.scan.intervals import Choice, Intervals
from assigner.vcf.scan.scans import Line, Scan, Whose
from assigner.vcf.scan.sexes import Filters, Kind, Tallies, kind_of_alleles
from assigner.vcf.scan.spans import last_base

_LEAST_SHARED = 24
_HEAD = 9  # the magic number and l_text
_MOST_HEAD = 2**31 - 1  # so that a length is one in any reader's arithmetic

_JOINED = re.compile(rb"\[[^\[\]]+:[0-9]+\[")
"""The mate of a breakend that may lie further on, as its text stands in a record."""

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')

AnyWalk = TypeVar("AnyWalk", bound="Walk")


def scan_bcf(
    source: OpenVcf,
    choose: Callable[[Header], Choice],
    whose: Whose | None = None,
    filters: Filters | None = None,
    fingerprint: Fingerprint | None = None,
) -> Scan:
    """Read a BCF to its end and close it; keep the records that overlap what `choose` chooses.

    Args:
        source: a BCF, not read before.
        choose: as for `scan`.
        whose: likewise.
        filters: likewise.
        fingerprint: likewise.

    Returns:
        The scan; `Line.number` is the record's rank.

    Raises:
        InputError: the container, the header or any record is unsound, or exceeds a limit.
    """

    def begin(head: bytes, header: Header) -> Walk:
        return Walk(
            source=source,
            head=head,
            header=header,
            column=None if whose is None else whose(header),
            filters=filters or Filters(),
            fingerprint=fingerprint,
        )

    return walk_through(source, choose, begin).scan()


def walk_through(
    source: OpenVcf, choose: Callable[[Header], Choice], begin: Callable[[bytes, Header], AnyWalk]
) -> AnyWalk:
    """Read a BCF to its end and close it.

    Args:
        source: as for `scan_bcf`.
        choose: likewise.
        begin: makes what takes the records in, from the header's bytes and the header.
    """
    walk: AnyWalk | None = None
    with source:
        pending = b""
        for chunk in source.chunks():
            pending += chunk
            if walk is None and (head := _head(pending, source)):
                header = _header(pending[_HEAD:head], source)
                chosen = choose(header)
                walk = begin(pending[:head], header)
                walk.choose(chosen)
                pending = pending[head:]
            if walk is not None:
                pending = pending[walk.take(pending) :]
        if walk is None:
            raise HeaderError(source.name, "a whole BCF header", "the end of the file: it is truncated")
        if pending:
            raise ContainerError(source.name, "a whole last record", "the end of the file: it is truncated")
    return walk


def _head(text: bytes, source: OpenVcf) -> int:
    """Where the header ends; 0 when more bytes are needed to tell."""
    if len(text) < _HEAD:
        return 0
    size = int.from_bytes(text[5:_HEAD], "little")
    if size > _MOST_HEAD:
        raise HeaderError(source.name, "the length of a BCF header", str(size))
    if size > source.limits.header_bytes:
        raise LimitError(source.name, f"a header of at most {source.limits.header_bytes} bytes", "more")
    return _HEAD + size if len(text) >= _HEAD + size else 0


def _header(text: bytes, source: OpenVcf) -> Header:
    lines = text.rstrip(b"\n\0").split(b"\n")
    longest = max(map(len, lines))
    if longest > source.limits.line_bytes:
        raise LimitError(source.name, f"at most {source.limits.line_bytes} bytes in a line", "more")
    return parse_header(lines, source.name, source.limits)


def _of_one(head: bytes, column: int) -> bytes:
    """The header of a BCF with one of its samples."""
    text = head[_HEAD:].rstrip(b"\n\0")
    above, _, names = text.rpartition(b"\n")
    columns = names.split(b"\t")
    text = above + b"\n" + b"\t".join((*columns[:9], columns[9 + column])) + b"\n\0"
    return head[:5] + len(text).to_bytes(4, "little") + text


def words_by_number(header: Header, name: str) -> dict[int, str]:
    """The keys of FILTER, INFO and FORMAT by their numbers.

    Raises:
        HeaderError: two of them have one number.
    """
    return _by_number(_declared(header, "FILTER|INFO|FORMAT"), {0: "PASS"}, name)


def contigs_by_number(header: Header, name: str) -> dict[int, str]:
    """The contigs by their numbers.

    Raises:
        HeaderError: two of them have one number.
    """
    found = ((contig, number) for contig, number in _declared(header, "contig") if contig in header.contigs)
    return _by_number(found, {}, name)


def _declared(header: Header, kinds: str) -> Iterator[tuple[str, int | None]]:
    """What is declared in lines of these kinds, with its number if IDX gives it one."""
    for line in header.meta:
        plain = _QUOTED.sub('""', line)
        declared = re.match(rf"##(?:{kinds})=<(?:.*?,)??ID=([^,>]+)", plain)
        number = re.search(r",IDX=([0-9]{1,9})[,>]", plain)
        if declared:
            yield declared[1], int(number[1]) if number else None


def _by_number(declared: Iterable[tuple[str, int | None]], found: dict[int, str], name: str) -> dict[int, str]:
    """Names by their numbers: the next one for a name without, which each has that stands first."""
    known = set(found.values())
    for own, given in declared:
        if own in known:
            continue
        number = max(found, default=-1) + 1 if given is None else given
        if number in found:
            raise HeaderError(f"{name}: IDX={number}", "one name for each number", f"{found[number]} and {own}")
        known.add(own)
        found[number] = own
    return found


@frozen
class Kept:
    """One record of the panel, as bytes."""

    number: int
    contig: str
    pos: int
    end: int
    content: bytes


@define(kw_only=True, eq=False)
class Walk:
    """What is known between one chunk and the next."""

    source: OpenVcf
    head: bytes
    header: Header
    column: int | None
    filters: Filters
    fingerprint: Fingerprint | None
    names: Mapping[int, str] = field(init=False)
    words: Mapping[int, str] = field(init=False)
    tallies: Tallies = field(factory=Tallies)
    wanted: Mapping[str, Intervals] = field(factory=dict)
    counts: dict[str, int] = field(factory=dict)
    kept: list[Kept] = field(factory=list)
    size: int = 0
    number: int = 0
    lasts: dict[str, int] = field(factory=dict)
    contig: str = ""
    pos: int = 0
    in_order: bool = True

    @names.default
    def _by_number(self) -> Mapping[int, str]:
        return contigs_by_number(self.header, self.source.name)

    @words.default
    def _by_index(self) -> Mapping[int, str]:
        return words_by_number(self.header, self.source.name)

    def choose(self, choice: Choice) -> None:
        """Set what is wanted."""
        self.wanted = Intervals.by_contig(choice)

    def take(self, text: bytes) -> int:
        """Take in the whole records that the text begins with; how many bytes they are."""
        at, most = 0, self.source.limits.line_bytes
        while at + FIXED_FIELDS.size <= len(text):
            fields = FIXED_FIELDS.unpack_from(text, at)
            size = 8 + fields[0] + fields[1]
            if fields[0] < _LEAST_SHARED:
                raise RecordError(self.place(1), "a BCF record with its fixed fields", "one too short for them")
            if size > most:
                raise LimitError(self.place(1), f"at most {most} bytes in a record", "more")
            if at + size > len(text):
                break
            self.number += 1
            self.record(fields, text, at, size)
            at += size
        return at

    def place(self, ahead: int = 0) -> str:
        """Where a record stands, as errors say it."""
        return f"{self.source.name}: record {self.number + ahead}"

    def record(self, fields: tuple[int, ...], text: bytes, at: int, size: int) -> None:
        """Check one record's fixed fields, count it, and keep it if it may overlap what is wanted."""
        shared, _, number, before, span, _, alleles, samples = fields
        contig, pos = self.names.get(number), before + 1
        if contig is None:
            raise RecordError(self.place(), "a CHROM that the header declares", f"contig number {number}")
        length = self.header.contigs[contig]
        if pos < 0 or (length is not None and pos > length + 1):
            raise BuildError(self.place(), f"a POS on {contig}, which the header says is {length} long", str(pos))
        if samples & 0xFFFFFF != len(self.header.samples):
            expected = f"{len(self.header.samples)} samples"
            raise RecordError(self.place(), expected, str(samples & 0xFFFFFF))
        self.count(contig, pos)
        chrom = chrom_of(contig)
        if chrom in ("X", "Y"):
            self.tally(chrom, pos, Content(text, at, size, self.place))
        else:
            self.take_genotypes(chrom, pos, Content(text, at, size, self.place))
        spans = self.wanted.get(contig)
        if spans is None:
            return
        end = pos + max(span, 1) - 1
        told = text[at + FIXED_FIELDS.size : at + 8 + shared]
        if spans.meets(pos, end) or b"<" in told or b"[" in told:
            content = self.content(Content(text, at, size, self.place))
            self.keep(Kept(self.number, contig, pos, end, content), alleles >> 16, spans)

    def tally(self, chrom: str, pos: int, record: Content) -> None:
        """Count the sample's call in a record on X or Y."""
        if self.column is not None:
            self.tallies.add(chrom, np.array([pos]), np.array([self.kind(record)]))

    def content(self, record: Content) -> bytes:
        """What is kept of a record."""
        if self.column is not None and len(self.header.samples) > 1:
            return record.of_one(self.column)
        return record.text[record.at : record.at + record.size]

    def take_genotypes(self, chrom: str | None, pos: int, record: Content) -> None:
        """Take the sample's genotype in a record that is not on X or Y, if any is taken."""
        if self.fingerprint is not None and len(self.fingerprint.wanted(chrom, np.array([pos]))):
            self.add(self.fingerprint, (chrom or "", pos), record)

    def add(self, fingerprint: Fingerprint, place: tuple[str, int], record: Content) -> None:
        """Take the sample's genotype in a record of one base and one other base."""
        assert self.column is not None
        ref, *alts = record.alleles()
        if not self.filters.accept(self.codes(record)):
            return
        found = {self.words.get(key): values for key, values in record.formats()}
        copies = copies_of(found["GT"].alleles(self.column)) if "GT" in found else None
        depth, quality = (found[key].number(self.column) if key in found else None for key in ("DP", "GQ"))
        fingerprint.add((*place, ref, b",".join(alts)), copies, depth, quality)

    def kind(self, record: Content) -> Kind:
        """What the sample's call in a record on X or Y is to the tally."""
        assert self.column is not None
        for key, values in record.formats():
            if self.words.get(key) == "GT":
                kind = kind_of_alleles(alleles) if (alleles := values.alleles(self.column)) else Kind.NOTHING
                return kind if kind and self.filters.accept(self.codes(record)) else Kind.NOTHING
            break  # GT is the first key
        return Kind.NOTHING

    def codes(self, record: Content) -> bytes:
        """FILTER as VCF writes it."""
        codes = [self.words.get(number, "") for number in record.filters()]
        return ";".join(codes).encode("utf-8", "surrogateescape") or b"."

    def count(self, contig: str, pos: int) -> None:
        """Count a record of a contig, and look at the order."""
        if contig != self.contig:
            self.in_order = self.in_order and contig not in self.counts
        elif pos < self.pos:
            self.in_order = False
        self.contig, self.pos = contig, pos
        self.lasts[contig] = max(self.lasts.get(contig, 0), pos)
        self.counts[contig] = self.counts.get(contig, 0) + 1

    def keep(self, record: Kept, alleles: int, spans: Intervals) -> None:
        """Keep a record; of a symbolic one that ends before the panel, htslib may not know how far it reaches."""
        self.expect_alleles(record, alleles)
        if not spans.meets(record.pos, record.end) and not self.may_reach(record, spans):
            return
        self.size += len(record.content)
        self.expect_room()
        self.kept.append(record)

    def expect_alleles(self, record: Kept, alleles: int) -> None:
        """See that a record has no more alleles than it has bytes for, or than the limits allow."""
        limits = self.source.limits
        if alleles > len(record.content):
            sentence = f"allele count {alleles} exceeds the record size (corrupt BCF)"
            raise RecordError(self.place(), "as many alleles as the record has bytes for", str(alleles), sentence)
        if alleles - 1 > limits.alts:
            raise LimitError(self.place(), f"at most {limits.alts} ALT alleles", "more")

    def expect_room(self) -> None:
        """See that the records that are kept do not take more bytes than the limits allow."""
        most = self.source.limits.kept_bytes
        if self.size > most:
            raise LimitError(self.place(), f"at most {most} bytes of records on the panel", "more")

    def may_reach(self, record: Kept, spans: Intervals) -> bool:
        """Whether INFO/SVLEN, FORMAT/LEN or the mate of a breakend may take a record's end on to the panel."""
        blocks = self.header.may_reach_by_sample
        known = (b"<NON_REF>",) if blocks else (b"<NON_REF>", b"<*>")
        content = record.content
        for block in known:
            content = content.replace(block, b"")
        asked = (blocks or "SVLEN" in self.header.info) and b"<" in content
        return (asked or _JOINED.search(content) is not None) and bool((spans.ends >= record.pos).any())

    def scan(self) -> Scan:
        """What was found in all."""
        return Scan(
            header=self.header,
            lines=tuple(self.lines()),
            records=self.number,
            contigs=MappingProxyType(self.counts),
            lasts=MappingProxyType(self.lasts),
            in_order=self.in_order,
            notes=self.notes,
            tallies=self.tallies.whole(),
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What is odd about the file, but harmless."""
        own = [] if self.counts else ["no records"]
        if not self.in_order:
            own.append("records not sorted by contig and POS")
        return (*self.source.notes, *self.header.notes, *own)

    def lines(self) -> Iterator[Line]:
        """The kept records as htslib writes them in VCF, those that overlap what is wanted after all."""
        one = self.column is not None and len(self.header.samples) > 1
        head = _of_one(self.head, self.column) if one and self.column is not None else self.head
        yield from self.texts(head, self.kept)

    def texts(self, head: bytes, kept: Sequence[Kept]) -> Iterator[Line]:
        """These records in VCF, under a header in BCF that is theirs."""
        content = head + b"".join(record.content for record in kept)
        texts = in_text(content, len(kept), self.source.name)
        for record, text in zip(kept, texts, strict=True):
            contig, pos = text.split(b"\t", 2)[:2]
            place = f"{self.source.name}: record {record.number}"
            if (contig.decode("utf-8", "surrogateescape"), pos) != (record.contig, b"%d" % record.pos):
                sentence = "assigner and htslib disagree on this record's position"
                raise RecordError(place, "the same place by both readers", "different ones", sentence)
            if self.wanted[record.contig].meets(record.pos, last_base(text, record.pos, place)):
                yield Line(record.number, text)
