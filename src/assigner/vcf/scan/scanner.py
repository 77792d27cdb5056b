"""What a scan of a VCF knows between one chunk of text and the next: order, counts, and the lines that are kept.

Every line is looked at: its columns are counted, its contig is known, its POS and where it ends are read. No
order of the records is assumed. The work is done for a whole chunk of text at once; only a chunk in which
something is out of the ordinary is taken line by line, to name the line or to leave out what is harmless.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from assigner.errors import BuildError, LimitError, RecordError, shown
from assigner.genome.builds import chrom_of
from assigner.vcf.bytes.sources import OpenVcf
from assigner.vcf.scan import columns as layout
from assigner.vcf.scan.columns import FIXED, runs_of, wide_grid
from assigner.vcf.scan.fingerprints import Fingerprint, single_bases
from assigner.vcf.scan.headers import Header
from assigner.vcf.scan.intervals import Intervals
from assigner.vcf.scan.oddities import Oddities
from assigner.vcf.scan.plain_calls import PLAIN_BYTES, PlainCalls
from assigner.vcf.scan.scans import Line, Scan
from assigner.vcf.scan.sexes import Filters, Tallies, kinds
from assigner.vcf.scan.sieves import Sieve, Sift
from assigner.vcf.scan.spans import PAD, Ints, Table, ends, numbers, table

if TYPE_CHECKING:
    from assigner.vcf.scan.plain import PlainReader

# What SAM lets a reference be called, or the name of a contig in an assembly file.
_CONTIG = re.compile(r"[0-9A-Za-z!#$%&+./:;?@^_|~-][0-9A-Za-z!#$%&*+./:;=?@^_|~-]*|<[^\s<>]+>")
_MOST_POS = 2**31 - 1
_CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f]")


@define(kw_only=True, eq=False)
class Scanner:
    """What is known between one chunk and the next.

    `number` is that of the next line; `numbers` holds those of a chunk's lines when some were left out.
    """

    source: OpenVcf
    header: Header
    number: int
    column: int | None
    filters: Filters
    fingerprint: Fingerprint | None
    sift: Sift | None = None
    asks_plain: Callable[[Header], PlainReader | None] | None = None
    wanted: Mapping[str, Intervals] = field(factory=dict)
    tallies: Tallies = field(factory=Tallies)
    numbers: Ints | None = None
    lines: list[Line] = field(factory=list)
    kept: int = 0
    names: dict[bytes, str] = field(factory=dict)
    counts: dict[str, int] = field(factory=dict)
    lasts: dict[str, int] = field(factory=dict)
    first: tuple[str, int] | None = None
    contig: str = ""
    pos: int = 0
    in_order: bool = True
    oddities: Oddities = field(factory=Oddities)
    mask: NDArray[np.bool_] = field(factory=lambda: np.empty(0, np.bool_))
    pattern: NDArray[np.uint8] = field(factory=lambda: np.empty(0, np.uint8))

    @functools.cached_property
    def sieve(self) -> Sieve | None:
        """What leaves out some of the records that are chosen, if anything does."""
        return None if self.sift is None else self.sift(self.header)

    @functools.cached_property
    def plain(self) -> PlainReader | None:
        """What takes plain genotypes, if anything does."""
        return None if self.asks_plain is None else self.asks_plain(self.header)

    def scan(self) -> Scan:
        """What was found in all."""
        if not self.counts:
            self.note("no records", 0)
        if self.plain is not None:
            self._read_plain(self.plain, to_end=True)
            self.lines.sort(key=lambda line: line.number)
        return Scan(
            header=self.header,
            lines=tuple(self.lines),
            records=sum(self.counts.values()),
            contigs=MappingProxyType(self.counts),
            lasts=MappingProxyType(self.lasts),
            in_order=self.in_order,
            notes=(*self.source.notes, *self.header.notes, *self.oddities.notes()),
            tallies=self.tallies.whole(),
            plain=PlainCalls() if self.plain is None else self.plain.calls(),
        )

    def take(self, buffer: bytearray, base: int, cut: int) -> None:
        """Take in the whole lines that stand in a buffer between the `PAD` at `base` and `cut`."""
        stops = self._grid(buffer, base, cut)
        if stops is None and b"\r\n" in buffer[base:cut]:
            self.note("line ends of two characters (CRLF)", self.number)
            buffer = buffer[base:cut].replace(b"\r\n", b"\n")
            base, cut = 0, len(buffer)
            buffer += PAD
            stops = self._grid(buffer, base, cut)
        if stops is not None:
            self._take(table(buffer, base, stops))
            self.number += len(stops)
            return
        sound, numbers = self._sift(bytes(buffer[base + len(PAD) : cut - 1]).split(b"\n"))
        self.numbers = np.array(numbers, np.int64)
        letters = np.frombuffer(sound, np.uint8)
        stops = np.flatnonzero((letters == 9) | (letters == 10)).reshape(-1, self.header.columns)
        if len(stops):
            self._take(table(sound, 0, stops))
        self.numbers = None

    def check_length(self, size: int, index: int) -> None:
        """Refuse a line that is too long."""
        if size > self.source.limits.line_bytes:
            raise LimitError(self.place(index), f"at most {self.source.limits.line_bytes} bytes in a line", "more")

    def place(self, index: int) -> str:
        """Where a line of the chunk stands, as errors say it."""
        return f"{self.source.name}: line {self.line_number(index)}"

    def note(self, what: str, number: int) -> None:
        """Note something odd about a line, or (0) about the file."""
        self.oddities.note(what, number)

    def _numbers_of(self, indices: Ints) -> Ints:
        """The numbers of some lines of the chunk."""
        return self.number + indices if self.numbers is None else self.numbers[indices]

    def line_number(self, index: int) -> int:
        """The number of a line of the chunk."""
        return self.number + index if self.numbers is None else int(self.numbers[index])

    def _grid(self, buffer: bytearray, base: int, cut: int) -> Ints | None:
        """Where the columns of each line end; None when some line is not all columns and nothing else.

        All that lies below the space is found. If the n-th of it is a line end whenever it should be, and else a
        tab, then every line has its columns, and no other control character stands anywhere.
        """
        letters = np.frombuffer(buffer, np.uint8, cut - base, base)
        if self.header.columns >= layout.WIDE:
            return wide_grid(buffer, base, cut, letters, self.header.columns)
        if len(self.mask) < len(letters):
            self.mask = np.empty(len(letters), np.bool_)
        mask = np.less(letters, 32, out=self.mask[: len(letters)])
        marks = mask.nonzero()[0]
        columns = self.header.columns
        if len(marks) % columns:
            return None
        if len(self.pattern) < len(marks):
            row = np.array([9] * (columns - 1) + [10], np.uint8)
            self.pattern = np.tile(row, len(marks) // columns)
        if not np.array_equal(letters[marks], self.pattern[: len(marks)]):
            return None
        return marks.reshape(-1, columns)

    def _sift(self, lines: list[bytes]) -> tuple[bytearray, list[int]]:
        """The records among these lines, as a chunk, and their numbers."""
        records, numbers = list[bytes](), list[int]()
        for number, line in enumerate(lines, start=self.number):
            if not line:
                self.note("blank line", number)
            elif line.startswith(b"#"):
                self._stray(line, number)
            else:
                self._check(line, number)
                records.append(line)
                numbers.append(number)
        self.number += len(lines)
        return bytearray().join((PAD, *(record + b"\n" for record in records), PAD)), numbers

    def _stray(self, line: bytes, number: int) -> None:
        place = f"{self.source.name}: line {number}"
        if line.startswith((b"##", b"#CHROM\t")):
            raise RecordError(place, "a record", "a header line: two files joined")
        if line.count(b"\t") >= 7:
            raise RecordError(place, "a record", "a record that is commented out")
        self.note("comment among the records", number)

    def _check(self, line: bytes, number: int) -> None:
        place = f"{self.source.name}: line {number}"
        columns = line.count(b"\t") + 1
        if columns != self.header.columns:
            raise RecordError(place, f"{self.header.columns} columns", str(columns))
        if b"\0" in line:
            raise RecordError(place, "text", "a NUL byte")
        if _CONTROL.search(line):
            self.note("control character", number)

    def _take(self, rows: Table) -> None:
        """Take in the records of a table."""
        if len(rows.letters) > self.source.limits.line_bytes:
            sizes = rows.stops[:, -1] - rows.starts
            self.check_length(int(sizes.max()), int(sizes.argmax()))
        positions = self._positions(rows)
        lasts: Ints | None = None
        for begin, stop, name in self._runs(rows):
            run = positions[begin:stop]
            self._check_run(name, run, begin)
            self.count(name, run, rows, begin, stop)
            self.take_genotypes(name, run, rows, begin)
            wanted = self.wanted.get(name)
            if wanted is None:
                continue
            if lasts is None:
                line = functools.partial(self.line, rows)
                lasts = ends(rows, positions, lengths=self.header.may_reach_by_sample, place=self.place, line=line)
            inside = wanted.overlapped(run, lasts[begin:stop])
            if self.plain is not None and self.header.columns < layout.WIDE:
                given = begin + inside, run[inside], lasts[begin + inside], self._numbers_of(begin + inside)
                rest = self.plain.rest(name, rows, *given)
                self._expect_room_for(begin + inside, rest)
                inside = rest - begin
            if self.sieve is not None and len(inside):
                samples = self._samples(rows, begin + inside)
                kept = self.sieve.kept(name, rows, begin + inside, run[inside], lasts[begin + inside], samples)
                inside = kept - begin
            for index in inside.tolist():
                self._keep(rows, begin + index)
        if self.plain is not None:
            self._read_plain(self.plain)

    def count(self, name: str, run: Ints, rows: Table, begin: int, stop: int) -> None:
        """Count the calls of one run, if it is on X or Y."""
        if self.column is None or (chrom := chrom_of(name)) not in ("X", "Y"):
            return
        chosen = np.arange(begin, stop)
        begins = self._samples(rows, chosen)
        if begins is None:
            begins = np.array([self._own(rows, index)[0] for index in chosen.tolist()], np.int64)
        self.tallies.add(chrom, run, kinds(rows, chosen, begins, self.filters))

    def _samples(self, rows: Table, chosen: Ints) -> Ints | None:
        """Where the column of the sample that is asked about begins in some lines; None where it must be looked for."""
        if self.column is None or rows.stops.shape[1] != self.header.columns:
            return None
        found: Ints = rows.stops[chosen, self.column - 1] + 1
        return found

    def take_genotypes(self, name: str, run: Ints, rows: Table, begin: int) -> None:
        """Take some genotypes of one run."""
        if self.fingerprint is None or self.column is None or (chrom := chrom_of(name)) is None:
            return
        for index in single_bases(rows, begin + self.fingerprint.wanted(chrom, run)).tolist():
            self.fingerprint.add_line(chrom, self.line(rows, index))

    def _own(self, rows: Table, index: int) -> tuple[int, int]:
        """Where the column of the sample that is asked about begins and ends in a line."""
        assert self.column is not None
        stops = rows.stops[index]
        if len(stops) < self.header.columns:
            first, last = int(stops[FIXED - 1]), int(stops[-1])
            tabs = np.flatnonzero(rows.letters[first:last] == 9)
            stops = np.concatenate((stops[: FIXED - 1], first + tabs, stops[-1:]))
        return int(stops[self.column - 1]) + 1, int(stops[self.column])

    def line(self, rows: Table, index: int) -> bytes:
        """A line as it is kept."""
        if self.column is None or self.header.columns == FIXED + 1:
            return rows.line(index)
        fixed = rows.text(int(rows.starts[index]), int(rows.stops[index, FIXED - 1]) + 1)
        return fixed + rows.text(*self._own(rows, index))

    def _positions(self, rows: Table) -> Ints:
        """POS of each record."""
        before, stops = rows.stops[:, 0], rows.stops[:, 1]
        positions = numbers(rows, stops, stops - before - 1)
        if positions is None:
            texts = (rows.text(start + 1, stop) for start, stop in zip(before.tolist(), stops.tolist(), strict=True))
            positions = np.array([self._position(text, index) for index, text in enumerate(texts)], np.int64)
        return positions

    def _position(self, text: bytes, index: int) -> int:
        if not text.isdigit() or len(text) > 10 or int(text) > _MOST_POS:
            got = shown(text.decode("ascii", "replace"))
            raise RecordError(self.place(index), f"a POS of digits, at most {_MOST_POS}", got)
        return int(text)

    def _runs(self, rows: Table) -> Iterable[tuple[int, int, str]]:
        """The runs of lines that have one CHROM."""
        runs = runs_of(rows, 0, len(rows.stops))
        at = 0
        for name, group in itertools.groupby(runs, key=lambda run: run[1]):
            stop = max(stop for stop, _ in group)
            yield at, stop, self._name(name, at)
            at = stop

    def _name(self, text: bytes, index: int) -> str:
        """The contig that a CHROM is; looked at in full when it is new."""
        known = self.names.get(text)
        if known is not None:
            return known
        if text.startswith(b"#"):
            raise RecordError(self.place(index), "a record", "a record that is commented out")
        name = text.decode("utf-8", "replace")
        if self.header.contigs and name not in self.header.contigs and not name.startswith("<"):
            raise RecordError(self.place(index), "a CHROM that the header declares", shown(name))
        if not _CONTIG.fullmatch(name):
            raise RecordError(self.place(index), "a CHROM that can be a contig's name", shown(name))
        if len(self.names) >= self.source.limits.contigs:
            raise LimitError(self.place(index), f"at most {self.source.limits.contigs} contigs", "more")
        self.names[text] = name
        return name

    def _check_run(self, name: str, run: Ints, begin: int) -> None:
        """Count the records of one run, look at their order, and that they lie on the contig."""
        length = self.header.contigs.get(name)
        if length is not None and int(run.max()) > length + 1:
            index = int((run > length + 1).argmax())
            expected = f"a POS on {name}, which the header says is {length} long"
            raise BuildError(self.place(begin + index), expected, str(run[index]))
        back = run[1:] < run[:-1]
        if name != self.contig and name in self.counts:
            self._disorder("the records of a contig do not stand together", begin)
        if name == self.contig and run[0] < self.pos:
            self._disorder("records not sorted by POS", begin)
        elif back.any():
            self._disorder("records not sorted by POS", begin + int(back.argmax()) + 1)
        self.first = self.first or (name, int(run[0]))
        self.counts[name] = self.counts.get(name, 0) + len(run)
        self.lasts[name] = max(self.lasts.get(name, 0), int(run.max() if back.any() else run[-1]))
        self.contig, self.pos = name, int(run[-1])

    def _disorder(self, what: str, index: int) -> None:
        self.in_order = False
        if what not in self.oddities.found:
            self.note(what, self.line_number(index))

    def _read_plain(self, plain: PlainReader, *, to_end: bool = False) -> None:
        """Let lines be read that wait for it, if they are so many, and keep those that are not plain."""
        for line in plain.read(to_end=to_end):
            self.kept += len(line.text) - PLAIN_BYTES
            self.lines.append(line)
            if self.kept > self.source.limits.kept_bytes:
                raise self._full(line.number)

    def _full(self, number: int) -> LimitError:
        place, most = f"{self.source.name}: line {number}", self.source.limits.kept_bytes
        return LimitError(place, f"at most {most} bytes of records on the panel", "more")

    def _expect_room_for(self, asked: Ints, rest: Ints) -> None:
        """Count the lines that were asked about and are taken for plain ones; `rest` are the others."""
        limits, count = self.source.limits, len(asked) - len(rest)
        room = (limits.kept_bytes - self.kept) // PLAIN_BYTES
        if count > room:
            raise self._full(self.line_number(int(np.setdiff1d(asked, rest)[room])))
        self.kept += count * PLAIN_BYTES

    def _keep(self, rows: Table, index: int) -> None:
        """Keep a record for the panel."""
        limits = self.source.limits
        self.kept += self.hold(rows, index)
        if self.kept > limits.kept_bytes:
            raise self._full(self.line_number(index))
        first, stop = int(rows.stops[index, 3]) + 1, int(rows.stops[index, 4])
        if stop - first >= limits.alts and rows.text(first, stop).count(b",") >= limits.alts:
            raise LimitError(self.place(index), f"at most {limits.alts} ALT alleles", "more")
        if not (whole := rows.line(index)).isascii() and not _is_utf8(whole):
            self.note("not UTF-8", self.line_number(index))

    def hold(self, rows: Table, index: int) -> int:
        """Hold a record, and tell how many bytes that takes."""
        text = self.line(rows, index)
        self.lines.append(Line(self.line_number(index), text))
        return len(text)


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
