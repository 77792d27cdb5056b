"""One pass over a BCF, which keeps, as VCF lines, the records that overlap the panel.

Of each record its length and its fixed fields are read here: contig, POS, the bases it spans, how many alleles and
samples it has; on X and Y also the sample's genotype. Only records of the panel reach htslib, in a small BCF of them
and of the one sample that is asked about, after the whole file was found sound.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

import numpy as np
from attrs import define, field, frozen

from assigner.errors import BuildError, ContainerError, HeaderError, LimitError, RecordError
from assigner.genome.builds import chrom_of
from assigner.vcf.bytes.sources import OpenVcf
from assigner.vcf.scan.headers import Header, parse_header
from assigner.vcf.scan.htslib import in_text
from assigner.vcf.scan.lines import Choice, Intervals, Line, Scan, Whose
from assigner.vcf.scan.sexes import Filters, Kind, Tallies, kind_of_alleles
from assigner.vcf.scan.spans import true_end

# l_shared, l_indiv, CHROM, POS from 0, rlen, QUAL, n_allele << 16 | n_info, n_fmt << 24 | n_sample
_FIXED = struct.Struct("<IIiiifII")
_LEAST_SHARED = 24
_HEAD = 9  # the magic number and l_text
_MOST_HEAD = 2**31 - 1  # so that a length is one in any reader's arithmetic
_SIZES = {0: 0, 1: 1, 2: 2, 3: 4, 5: 4, 7: 1}  # bytes of a value, by its type: none, integers, a float, a letter
_LONG = 15  # a count of values that says: the count follows


def scan_bcf(
    source: OpenVcf, choose: Callable[[Header], Choice], whose: Whose | None = None, filters: Filters | None = None
) -> Scan:
    """Read a BCF to its end and close it; keep the records that overlap what `choose` chooses.

    Args:
        source: a BCF, not read before.
        choose: as for `scan`.
        whose: likewise.
        filters: likewise.

    Returns:
        The scan; `Line.number` is the record's rank.

    Raises:
        InputError: the container, the header or any record is unsound, or exceeds a limit.
    """
    walk: _Walk | None = None
    with source:
        held = b""
        for chunk in source.chunks():
            held += chunk
            if walk is None and (head := _head(held, source)):
                header = _header(held[_HEAD:head], source)
                chosen, column = choose(header), None if whose is None else whose(header)
                walk = _Walk(
                    source=source, head=held[:head], header=header, column=column, filters=filters or Filters()
                )
                walk.choose(chosen)
                held = held[head:]
            if walk is not None:
                held = held[walk.take(held) :]
        if walk is None:
            raise HeaderError(source.name, "a whole BCF header", "the end of the file: it is truncated")
        if held:
            raise ContainerError(source.name, "a whole last record", "the end of the file: it is truncated")
    return walk.scan()


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


def _words(header: Header) -> dict[int, str]:
    """The keys of FILTER, INFO and FORMAT by their numbers: those that IDX gives them, or else their order."""
    found, known = {0: "PASS"}, {"PASS"}
    for line in header.meta:
        name = re.match(r"##(?:FILTER|INFO|FORMAT)=<(?:.*?,)??ID=([^,>]+)", line)
        number = re.search(r",IDX=([0-9]{1,9})>\s*$", line)
        if name and name[1] not in known:
            known.add(name[1])
            found[int(number[1]) if number else len(found)] = name[1]
    return found


def _contigs(header: Header) -> dict[int, str]:
    """The contigs by their numbers: those that IDX gives them, or else their order."""
    found: dict[int, str] = {}
    for line in header.meta:
        name = re.match(r"##contig=<(?:.*,)?ID=([^,>]+)", line)
        number = re.search(r",IDX=([0-9]{1,9})[,>]", line)
        if name and name[1] in header.contigs and name[1] not in found.values():
            found[int(number[1]) if number else len(found)] = name[1]
    return found


@frozen
class _Kept:
    """One record of the panel, as bytes."""

    number: int
    contig: str
    pos: int
    end: int
    content: bytes


@frozen
class _Values:
    """The values that one FORMAT key has for all samples."""

    text: bytes
    at: int
    kind: int
    count: int

    @property
    def size(self) -> int:
        """Bytes of one sample's values."""
        return self.count * _SIZES[self.kind]

    def of_one(self, sample: int) -> bytes:
        """One sample's values."""
        return self.text[self.at + sample * self.size : self.at + (sample + 1) * self.size]

    def alleles(self, sample: int) -> list[int]:
        """One sample's genotype; none when an allele is missing, or the values are no numbers."""
        if self.kind not in (1, 2, 3):
            return []
        size = _SIZES[self.kind]
        end = (-1 << (8 * size - 1)) + 1  # stands after the last allele of a genotype that has fewer than others
        values = [value for (value,) in struct.iter_unpack("<" + "bhi"[self.kind - 1], self.of_one(sample))]
        alleles = [(value >> 1) - 1 for value in values if value != end]
        return alleles if min(alleles, default=-1) >= 0 else []


@frozen
class _Content:
    """One record as bytes: `size` of them, from `at` on."""

    text: bytes
    at: int
    size: int
    place: Callable[[], str]

    def formats(self) -> Iterator[tuple[int, _Values]]:
        """The FORMAT keys by their numbers, with their values."""
        for _, key, values in self._formats():
            yield key, values

    def of_one(self, sample: int) -> bytes:
        """The record with one of its samples."""
        shared: int
        samples: int
        shared, *_, samples = _FIXED.unpack_from(self.text, self.at)
        parts = [self.text[begin : values.at] + values.of_one(sample) for begin, _, values in self._formats()]
        own, at = b"".join(parts), self.at
        # The fields between are copied as bytes: a missing QUAL is a float that does not survive being read.
        fixed: bytes = struct.pack("<II", shared, len(own)) + self.text[at + 8 : at + _FIXED.size - 4]
        fixed += (samples & 0xFF000000 | 1).to_bytes(4, "little")
        return fixed + self.text[at + _FIXED.size : at + 8 + shared] + own

    def filters(self) -> list[int]:
        """The values of FILTER by their numbers."""
        alleles = _FIXED.unpack_from(self.text, self.at)[-2] >> 16
        stop = self.at + 8 + int.from_bytes(self.text[self.at : self.at + 4], "little")
        at = self.at + _FIXED.size
        for _ in range(1 + alleles):  # ID, REF and ALT
            kind, count, at = self._type(at, stop)
            at += count * _SIZES[kind]
        kind, count, at = self._type(at, stop)
        if at + count * _SIZES[kind] > stop or kind not in (0, 1, 2, 3):
            raise self._refused()
        return [number for number, _ in (self._number(at + n * _SIZES[kind], kind) for n in range(count))]

    def _formats(self) -> Iterator[tuple[int, int, _Values]]:
        """Where each FORMAT key begins, its number and its values."""
        shared, *_, samples = _FIXED.unpack_from(self.text, self.at)
        at, stop = self.at + 8 + shared, self.at + self.size
        for _ in range(samples >> 24):
            begin = at
            kind, count, at = self._type(at, stop)
            if count != 1 or kind not in (1, 2, 3):
                raise self._refused()
            key, at = self._number(at, kind)
            kind, count, at = self._type(at, stop)
            values = _Values(self.text, at, kind, count)
            at += values.size * (samples & 0xFFFFFF)
            if at > stop:
                raise self._refused()
            yield begin, key, values

    def _type(self, at: int, stop: int) -> tuple[int, int, int]:
        """The type of the values that begin at `at`, how many they are, and where they stand."""
        if at >= stop:
            raise self._refused()
        kind, count = self.text[at] & 15, self.text[at] >> 4
        at += 1
        if count == _LONG:
            if at >= stop or self.text[at] not in (0x11, 0x12, 0x13):
                raise self._refused()
            count, at = self._number(at + 1, self.text[at] & 15)
        if kind not in _SIZES or count < 0 or at > stop:
            raise self._refused()
        return kind, count, at

    def _number(self, at: int, kind: int) -> tuple[int, int]:
        """A whole number of this type, and where it ends."""
        size = _SIZES[kind]
        return int.from_bytes(self.text[at : at + size], "little", signed=True), at + size

    def _refused(self) -> RecordError:
        return RecordError(self.place(), "a BCF record whose values fit into it", "one whose values do not")


@define(kw_only=True, eq=False)
class _Walk:
    """What is known between one chunk and the next."""

    source: OpenVcf
    head: bytes
    header: Header
    column: int | None
    filters: Filters
    names: Mapping[int, str] = field(init=False)
    words: Mapping[int, str] = field(init=False)
    tallies: Tallies = field(factory=Tallies)
    wanted: Mapping[str, Intervals] = field(factory=dict)
    counts: dict[str, int] = field(factory=dict)
    kept: list[_Kept] = field(factory=list)
    size: int = 0
    number: int = 0
    contig: str = ""
    pos: int = 0
    in_order: bool = True

    @names.default
    def _by_number(self) -> Mapping[int, str]:
        return _contigs(self.header)

    @words.default
    def _by_index(self) -> Mapping[int, str]:
        return _words(self.header)

    def choose(self, choice: Choice) -> None:
        """Set what is wanted."""
        self.wanted = {name: Intervals.of(pairs) for name, pairs in choice.items() if pairs}

    def take(self, text: bytes) -> int:
        """Take in the whole records that the text begins with; how many bytes they are."""
        at, most = 0, self.source.limits.line_bytes
        while at + _FIXED.size <= len(text):
            fields = _FIXED.unpack_from(text, at)
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
        if self.column is not None and chrom in ("X", "Y"):
            kind = self.kind(_Content(text, at, size, self.place))
            self.tallies.add(chrom, np.array([pos]), np.array([kind]))
        spans = self.wanted.get(contig)
        if spans is None:
            return
        end = pos + max(span, 1) - 1
        if spans.meets(pos, end) or b"<" in text[at + _FIXED.size : at + 8 + shared]:
            content = text[at : at + size]
            if self.column is not None and len(self.header.samples) > 1:
                content = _Content(text, at, size, self.place).of_one(self.column)
            self.keep(_Kept(self.number, contig, pos, end, content), alleles >> 16, spans)

    def kind(self, record: _Content) -> Kind:
        """What the sample's call in a record on X or Y is to the tally."""
        assert self.column is not None
        for key, values in record.formats():
            if self.words.get(key) == "GT":
                kind = kind_of_alleles(alleles) if (alleles := values.alleles(self.column)) else Kind.NOTHING
                return kind if kind and self.filters.accept(self.codes(record)) else Kind.NOTHING
            break  # GT is the first key
        return Kind.NOTHING

    def codes(self, record: _Content) -> bytes:
        """FILTER as VCF writes it."""
        codes = [self.words.get(number, "") for number in record.filters()]
        return ";".join(codes).encode("utf-8", "surrogateescape") or b"."

    def count(self, contig: str, pos: int) -> None:
        if contig != self.contig:
            self.in_order = self.in_order and contig not in self.counts
        elif pos < self.pos:
            self.in_order = False
        self.contig, self.pos = contig, pos
        self.counts[contig] = self.counts.get(contig, 0) + 1

    def keep(self, record: _Kept, alleles: int, spans: Intervals) -> None:
        """Keep a record; of a symbolic one that ends before the panel, htslib may not know how far it reaches."""
        limits = self.source.limits
        if alleles > len(record.content):
            raise RecordError(self.place(), "an allele count within the size of the record", f"{alleles} (corrupt BCF)")
        if alleles - 1 > limits.alts:
            raise LimitError(self.place(), f"at most {limits.alts} ALT alleles", "more")
        if not spans.meets(record.pos, record.end) and not self.may_reach(record, spans):
            return
        self.size += len(record.content)
        if self.size > limits.kept_bytes:
            raise LimitError(self.place(), f"at most {limits.kept_bytes} bytes of records on the panel", "more")
        self.kept.append(record)

    def may_reach(self, record: _Kept, spans: Intervals) -> bool:
        """Whether INFO/SVLEN or FORMAT/LEN may take a record's end on to the panel."""
        blocks = self.header.version == "4.5" or "LEN" in self.header.formats
        known = (b"<NON_REF>",) if blocks else (b"<NON_REF>", b"<*>")
        content = record.content
        for block in known:
            content = content.replace(block, b"")
        asked = blocks or "SVLEN" in self.header.info
        return asked and b"<" in content and bool((spans.ends >= record.pos).any())

    def scan(self) -> Scan:
        """What was found in all."""
        lines = tuple(self.lines())
        notes = [] if self.counts else ["no records"]
        if not self.in_order:
            notes.append("records not sorted by contig and POS")
        return Scan(
            header=self.header,
            lines=lines,
            records=self.number,
            contigs=MappingProxyType(self.counts),
            in_order=self.in_order,
            notes=(*self.source.notes, *self.header.notes, *notes),
            tallies=self.tallies.whole(),
        )

    def lines(self) -> list[Line]:
        """The kept records as htslib writes them in VCF, those that overlap what is wanted after all."""
        found = []
        one = self.column is not None and len(self.header.samples) > 1
        head = _of_one(self.head, self.column) if one and self.column is not None else self.head
        content = head + b"".join(record.content for record in self.kept)
        texts = in_text(content, len(self.kept), self.source.name)
        for record, text in zip(self.kept, texts, strict=True):
            contig, pos = text.split(b"\t", 2)[:2]
            place = f"{self.source.name}: record {record.number}"
            if (contig.decode("utf-8", "surrogateescape"), pos) != (record.contig, b"%d" % record.pos):
                raise RecordError(place, "assigner and htslib to agree on this record's position", "different ones")
            end = max(record.end, true_end(text, record.pos, place))
            if self.wanted[record.contig].meets(record.pos, end):
                found.append(Line(record.number, text))
        return found
