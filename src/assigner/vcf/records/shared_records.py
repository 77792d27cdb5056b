"""Records of a file of many participants: what several of them have is read once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence

from attrs import define, field, frozen

from assigner.errors import RecordError
from assigner.vcf.records.grammar import Grammar
from assigner.vcf.records.parsing import Chooser, agreed, checked, chosen, parser
from assigner.vcf.records.record import Record
from assigner.vcf.scan.headers import Header
from assigner.vcf.scan.htslib import typed
from assigner.vcf.scan.scans import Line

_COLUMN = 9


@frozen
class _Read:
    """A line that was read in full.

    Attributes:
        record: what it says.
        is_plain: whether a grammar has nothing to note of it, whichever records it has seen before.
    """

    record: Record
    is_plain: bool


@define(eq=False)
class SharedRecords:
    """Reads the lines of each participant, as `read_records` does.

    Attributes:
        header: the file's.
        lasting: the ids of lines that live as long as this value; what is read of them is kept.
        lines: each of the file's lines once, with any cell.
    """

    header: Header
    lasting: Container[int]
    lines: Iterable[Line]
    _rough: dict[int, Record] = field(factory=dict, init=False)
    _read: dict[int, _Read] = field(factory=dict, init=False)
    _twice: frozenset[int] | None = field(default=None, init=False)

    def read(
        self,
        header: Header,
        lines: Sequence[Line],
        column: int | None,
        name: str,
        relevance: Chooser | None,
        file: int = 0,
    ) -> tuple[tuple[Record, ...], tuple[str, ...]]:
        """The records of a participant's lines, and what is odd about them; the arguments are those of `read_records`.

        Raises:
            RecordError: as `read_records`.
        """
        if relevance is not None:
            lines = [line for line, _ in chosen(lines, lambda line: self._roughly(line, column, name, file), relevance)]
        read = self._in_full(lines, column, name, file)
        grammar, twice = Grammar(header), self._held_twice(name)
        for line, each in zip(lines, read, strict=True):
            if not each.is_plain or line.number in twice:
                checked(each.record, line, grammar)
        return tuple([each.record for each in read]), grammar.oddities.notes()

    def _roughly(self, line: Line, column: int | None, name: str, file: int) -> Record:
        record = self._rough.get(id(line))
        if record is None:
            record = parser(self.header, column, name, file)(line)
            if id(line) in self.lasting:
                self._rough[id(line)] = record
        return record

    def _in_full(self, lines: Sequence[Line], column: int | None, name: str, file: int) -> list[_Read]:
        """What is read of the lines; first all by ourselves, then by htslib, where no participant had the same one."""
        place = None if column is None else _COLUMN + column
        found = [self._read.get(id(line)) for line in lines]
        new = [at for at, read in enumerate(found) if read is None]
        rough = [self._roughly(lines[at], column, name, file) for at in new]
        second = typed(self.header, [lines[at] for at in new], place, name)
        for at, record, fields in zip(new, rough, second, strict=True):
            alone = Grammar(self.header)
            record = checked(agreed(record, fields, name), lines[at], alone)
            found[at] = read = _Read(record, not alone.oddities.found)
            if id(lines[at]) in self.lasting:
                self._read[id(lines[at])] = read
        return [read for read in found if read is not None]

    def _held_twice(self, name: str) -> frozenset[int]:
        """The numbers of lines with a variant that another line holds too."""
        if self._twice is None:
            held, parsed = [], parser(self.header, None, name)
            for line in self.lines:
                grammar = Grammar(self.header)
                try:
                    record = parsed(line)
                except RecordError:
                    continue  # whoever needs it is refused, and of nobody else is it asked
                grammar.fixed(
                    line.number, line.text.decode("utf-8", "backslashreplace").split("\t", 8), record.info, record.alts
                )
                held.append((line.number, grammar.variants))
            counts = Counter(variant for _, variants in held for variant in variants)
            self._twice = frozenset(number for number, variants in held if any(counts[each] > 1 for each in variants))
        return self._twice
