"""Where a run's traces stand: in a folder, or at its end in an archive."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from attrs import frozen

from assigner.cohorts.parts import Head, Shard, Told
from assigner.errors import InputError, first_named, shown
from assigner.files import remove_begun, write_whole
from assigner.traces.archives import Archive, trace_name, write_archive

ARCHIVE = ".zip"
"""How the name of an archive ends."""

RUN = ".run"
"""The file of an unfinished folder that says whose it is; no trace's name begins with a dot."""


@frozen(kw_only=True)
class PackedHead(Head):
    """The head of a part whose traces are packed in an archive beside the one that all parts were given."""

    packed: str


@frozen
class Traces:
    """Where the traces of a run stand.

    Attributes:
        folder: where each is written as soon as it is made.
        archive: where all are packed when all are made; the folder, which is this run's alone, is removed then.
    """

    folder: Path
    archive: Path | None = None

    @classmethod
    def of(cls, place: Path, shard: Shard | None) -> Self:
        """Those that are to stand at this place; a part of a cohort has an archive of its own beside it."""
        if not is_packed(place):
            return cls(place)
        out = place if shard is None else shard.place(place)
        return cls(out.with_name(f".{out.name}.unfinished"), out)

    def expect_none(self, participants: Iterable[str]) -> None:
        """See that none of them is there.

        Raises:
            InputError: one is.
        """
        if self.archive is not None and os.path.lexists(self.archive):
            raise InputError(str(self.archive), "no file of this name yet", "one")
        there = self._there() if self.archive is None else set()
        for who in participants:
            if trace_name(who) in there:
                raise InputError(str(self.folder / trace_name(who)), "no file of this name yet", "one")

    def make_folder(self, run: str, *, resume: bool) -> None:
        """Make the folder; that of an archive is of one run, and its owner alone sees what is in it.

        Args:
            run: what no other run has that may go on: it stands in the folder of an archive.
            resume: whether the folder may be there, if it is this run's.

        Raises:
            InputError: the folder of an archive is there, and is not this run's or not to be continued.
        """
        if self.archive is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            return
        try:
            self.folder.mkdir(0o700, parents=True)
        except FileExistsError as error:
            if not resume:
                do = "no unfinished run with this archive: give that run again with --resume, or remove the folder"
                raise InputError(str(self.folder), do, "one") from error
        self._make_own(run)

    def _make_own(self, run: str) -> None:
        """Say in the folder whose it is, if it is empty; one that says another run is refused."""
        found = self.folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            raise InputError(str(self.folder), "a folder that this run has made", "a link, a file or someone else's")
        if not os.listdir(self.folder):
            with suppress(FileExistsError), (self.folder / RUN).open("xb") as file:  # one of two runs at once
                file.write(run.encode())
                file.flush()
                os.fsync(file.fileno())
        try:
            whose = (self.folder / RUN).read_bytes()
        except OSError:
            whose = b""
        if whose != run.encode():
            do = "the unfinished traces of this run: continue the run that they are of, or remove the folder"
            raise InputError(str(self.folder), do, "those of another run")
        self.folder.chmod(0o700)

    def lacking(self, told: Iterable[Told]) -> set[str]:
        """Those whose trace was written and is gone; nobody's is needed where the archive is there."""
        if self.archive is not None and os.path.lexists(self.archive):
            return set()
        there = self._there()
        return {who for who in index_of(told) if trace_name(who) not in there}

    def _there(self) -> set[str]:
        return set(os.listdir(self.folder)) if self.folder.is_dir() else set()

    def write(self, who: str, content: bytes) -> None:
        """Write a trace, if an ended run has not written it."""
        path = self.folder / trace_name(who)
        if not is_written(path, content):
            write_whole(path, content)

    def pack(self, told: Sequence[Told]) -> None:
        """Pack the traces that stand in the folder, if an archive is wanted and an ended run has not written it."""
        if self.archive is None:
            return
        index = index_of(told)
        if not _is_packed_already(self.archive, index):
            write_archive(self.archive, index, self._read)

    def _read(self, who: str) -> bytes:
        path = self.folder / trace_name(who)
        try:
            return path.read_bytes()
        except OSError as error:
            raise InputError(str(path), f"the trace of {shown(who)}", error.strerror or "none") from error

    def finish(self, told: Sequence[Told]) -> None:
        """The table is written: what ended runs began is removed, and what is packed, and nothing else.

        Raises:
            InputError: there is something else; it stays.
        """
        written = {trace_name(who) for who in index_of(told)}
        remove_begun(self.folder, written)
        if self.archive is None:
            return
        remove_begun(self.archive.parent, {self.archive.name})
        there = self._there() - {RUN}
        for name in there & written:
            (self.folder / name).unlink()
        if other := sorted(there - written):
            do = "nothing but traces that are packed: table and archive are whole, so move it away and give --resume"
            raise InputError(str(self.folder), do, first_named(other))
        (self.folder / RUN).unlink()
        self.folder.rmdir()


def is_packed(place: Path) -> bool:
    """Whether a place of traces is an archive, by its name; a folder that is there is a folder, however it is named."""
    return place.suffix.lower() == ARCHIVE and not place.is_dir()


def index_of(told: Iterable[Told]) -> dict[str, str]:
    """The digest of each participant's trace."""
    return {each.participant: str(each.row["trace_sha256"]) for each in told if each.row["trace_sha256"] is not None}


def expect_none_packed(parts: Iterable[Path]) -> None:
    """See that no part has its traces in an archive.

    Args:
        parts: files that were read as parts before.

    Raises:
        InputError: one has.
    """
    for part in parts:
        with part.open("rb") as file:
            packed = json.loads(file.readline()).get("packed")
        if packed is not None:
            do = f"--traces, as the parts were given it: their traces are packed beside {shown(packed)}"
            raise InputError(str(part), do, "none")


def merge_archives(place: Path, shards: Iterable[Shard], told: Sequence[Told]) -> list[Path]:
    """Put the archives of all parts in one; gives theirs.

    Raises:
        InputError: they have not the traces of the table's rows, or another file is there; where an ended run has put
            them in one already, what is left of them has others.
        TraceError: one cannot be read.
    """
    parts = [shard.place(place) for shard in shards]
    index = index_of(told)
    if _is_packed_already(place, index):
        left = [each for each in parts if os.path.lexists(each)]
        for each in left:
            if not Archive.open(each).index.items() <= index.items():
                raise InputError(str(each), f"traces that are in {place.name}, too", "others")
        return left
    archives = [Archive.open(each) for each in parts]
    traces = {who: packed for archive in archives for who, packed in archive.traces.items()}
    if {who: each.sha256 for who, each in traces.items()} != index:
        raise InputError(f"{place}.*-of-*", "the traces of the table's participants, in its parts", "others")
    write_archive(place, index, lambda who: traces[who].content)
    return parts


def _is_packed_already(archive: Path, index: dict[str, str]) -> bool:
    """Whether an ended run has written this archive; another file is refused."""
    if not os.path.lexists(archive):
        return False
    if Archive.open(archive).index != index:
        raise InputError(str(archive), "the archive that this run writes, or none", "another one")
    return True


def is_written(path: Path, content: bytes) -> bool:
    """Whether an ended run has written this file; another one is refused, and a broken link."""
    if not os.path.lexists(path):
        return False
    if not path.is_file() or path.read_bytes() != content:
        raise InputError(str(path), "the file that this run writes, or none", "another one")
    return True
