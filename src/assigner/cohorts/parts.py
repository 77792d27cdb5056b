"""Splits a cohort into parts for separate jobs, and merges the parts into one table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any, Self, TypeVar

from attrs import asdict, frozen

from assigner.canonical import canonical
from assigner.cohorts.tables import Column, Row
from assigner.errors import InputError, first_named, shown
from assigner.files import bytes_up_to
from assigner.strict import json_in
from assigner.values import Private

MOST_SHARDS = 100_000
"""Most parts of a cohort."""

MOST_PARTICIPANTS = 1_000_000_000
"""Most participants of a cohort."""

MOST_BYTES = 1 << 30
"""Most bytes of a part."""

_NAME = re.compile(r"\.(?P<number>[1-9][0-9]{0,5})-of-(?P<count>[1-9][0-9]{0,5})")

Each = TypeVar("Each")


@frozen
class Shard:
    """One part of a cohort: every `count`-th participant, starting at the `number`-th (from 1)."""

    number: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse NUMBER/COUNT.

        Raises:
            InputError: when it is not valid.

        >>> Shard.parse("3/40")
        Shard(number=3, count=40)
        """
        number, _, count = text.partition("/")
        if re.fullmatch(r"[1-9][0-9]{0,5}/[1-9][0-9]{0,5}", text) and int(number) <= int(count) <= MOST_SHARDS:
            return cls(int(number), int(count))
        raise InputError("shard", f"NUMBER/COUNT with 1 <= NUMBER <= COUNT <= {MOST_SHARDS}", shown(text))

    def of(self, each: Sequence[Each]) -> Sequence[Each]:
        """The items that belong to this part.

        >>> Shard(2, 3).of("abcdefgh")
        'beh'
        """
        return each[self.number - 1 :: self.count]

    def place(self, table: Path) -> Path:
        """The path of this part of a table, beside the table.

        >>> Shard(3, 40).place(Path("results.tsv")).name
        'results.tsv.3-of-40'
        """
        return table.with_name(f"{table.name}.{self.number}-of-{self.count}")


@frozen(kw_only=True)
class Head:
    """The data that all parts of one run share.

    Attributes:
        run: the identity of the run: SHA-256 of all that the rows depend on.
        participants: number of participants of the whole cohort.
        columns: the columns of the table.
    """

    run: str
    participants: int
    columns: tuple[Column, ...]


@frozen(repr=False)
class Told(Private):
    """The result of a participant: the row of the table, and the JSON for the summary, if one is wanted."""

    row: Row
    seen: Mapping[str, Any] | None = None

    @property
    def participant(self) -> str:
        """The participant's id."""
        return str(self.row["participant"])

    @property
    def form(self) -> dict[str, Any]:
        """The result as JSON values."""
        return {"row": dict(self.row), **({} if self.seen is None else {"seen": dict(self.seen)})}


def part_written(head: Head, shard: Shard, told: Sequence[Told]) -> bytes:
    """The content of a part, in JSON lines: the head and the part's number, then one participant per line."""
    first = {"shard": f"{shard.number}/{shard.count}", **asdict(head)}
    return b"".join(canonical(line) + b"\n" for line in (first, *(each.form for each in told)))


def merged(table: Path) -> tuple[Head, list[Told], list[Path]]:
    """Read all parts of a table: their head, the results in the order of the cohort, and the files of the parts.

    Raises:
        InputError: a part is missing, damaged, or of another run.
    """
    places = _places(table)
    counts = sorted({shard.count for shard in places})
    if len(counts) != 1:
        got = ", ".join(map(str, counts)) or "none"
        raise InputError(f"{table}.*-of-*", "the parts of one run, all of the same number of parts", got)
    there = {shard.number for shard in places}
    missing = [number for number in range(1, counts[0] + 1) if number not in there]
    if missing:
        got = f"none of number {first_named([*map(str, missing)])}"
        raise InputError(f"{table}.*-of-*", f"all {counts[0]} parts", got)
    read = {shard: read_part(path, shard) for shard, path in sorted(places.items(), key=lambda item: item[0].number)}
    (first, head), *others = ((places[shard], head) for shard, (head, _) in read.items())
    for path, other in others:
        if other != head:
            raise InputError(str(path), f"a part of the same run as {first.name}", "one of another run")
    told: list[Told | None] = [None] * head.participants
    for shard, (_, own) in read.items():
        for at, each in zip(shard.of(range(head.participants)), own, strict=True):
            told[at] = each
    whole = [each for each in told if each is not None]
    _expect_each_once(table, whole)
    return head, whole, list(places.values())


def _places(table: Path) -> dict[Shard, Path]:
    """The files of parts beside a table."""
    found = {}
    for path in table.absolute().parent.iterdir():
        name = _NAME.fullmatch(path.name.removeprefix(table.name)) if path.name.startswith(table.name) else None
        if name is not None:
            found[Shard(int(name["number"]), int(name["count"]))] = path
    return found


def read_part(path: Path, shard: Shard) -> tuple[Head, list[Told]]:
    """Read a part: its head and its results.

    Raises:
        InputError: it cannot be read, is damaged, or is another part than its name says.
    """
    content = bytes_up_to(MOST_BYTES, path, InputError, "part")
    first, *lines = content.split(b"\n")
    value = json_in(first, f"{path}:1", "the first line of a part, in JSON", InputError)
    try:
        head, number = _head(value)
    except (TypeError, KeyError, AttributeError):
        raise InputError(f"{path}:1", "the first line of a part, as `cohort --shard` writes it", "another") from None
    if number != f"{shard.number}/{shard.count}":
        raise InputError(f"{path}:1", f"part {shard.number}/{shard.count}, as the file is named", shown(number))
    expected = len(shard.of(range(head.participants)))
    if len(lines) != expected + 1 or lines[-1]:
        raise InputError(str(path), f"{expected} rows, each with a line end", f"{len(lines) - 1}: not written whole")
    names = {column.name for column in head.columns}
    read = [json_in(line, f"{path}:{at}", "a row in JSON", InputError) for at, line in enumerate(lines[:-1], start=2)]
    return head, [_told(value, names, f"{path}:{at}") for at, value in enumerate(read, start=2)]


def _told(value: Any, names: AbstractSet[str], place: str) -> Told:
    """The result in a line of a part; the JSON for the summary is checked only when a summary is made."""
    row = value.get("row") if isinstance(value, dict) else None
    if not isinstance(row, dict) or row.keys() != names or not all(map(_is_cell, row.values())):
        raise InputError(place, "a row with the columns of the first line", "another")
    return Told(row, value.get("seen"))


def _head(value: Mapping[str, Any]) -> tuple[Head, str]:
    columns = tuple(Column(**each) for each in value["columns"])
    run, participants, number = value["run"], value["participants"], value["shard"]
    is_number = type(participants) is int and 0 <= participants <= MOST_PARTICIPANTS
    if not (is_number and isinstance(run, str) and isinstance(number, str)):
        raise TypeError("run, participants, shard")
    if "participant" not in {column.name for column in columns}:
        raise TypeError("columns")
    return Head(run=run, participants=participants, columns=columns), number


def _is_cell(value: Any) -> bool:
    return value is None or isinstance(value, str | int | bool)


def _expect_each_once(table: Path, told: Sequence[Told]) -> None:
    met: set[str] = set()
    for each in told:
        if each.participant in met:
            raise InputError(f"{table}.*-of-*", "each participant once", f"{shown(each.participant)} twice")
        met.add(each.participant)
