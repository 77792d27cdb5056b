"""Stores the traces of a run: in a folder, or at the end of the run in an archive."""

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
"""The suffix of an archive's name."""

RUN = ".run"
"""The file in an unfinished folder with the id of its run; no trace's name begins with a dot."""


@frozen(kw_only=True)
class PackedHead(Head):
    """The head of a part whose traces are in an archive of its own; `packed` is the name of the whole archive."""

    packed: str


@frozen
class Traces:
    """The place of a run's traces.

    Attributes:
        folder: where each trace is written as soon as it is made.
        archive: the archive of all traces, written at the end; then the folder, which only this run uses, is removed.
    """

    folder: Path
    archive: Path | None = None

    @classmethod
    def of(cls, place: Path, shard: Shard | None) -> Self:
        """The traces at this path (a folder or `.zip`); a part of a cohort has an archive of its own beside it."""
        if not is_packed(place):
            return cls(place)
        out = place if shard is None else shard.place(place)
        return cls(out.with_name(f".{out.name}.unfinished"), out)

    def expect_none(self, participants: Iterable[str]) -> None:
        """Check that no trace of these participants exists.

        Raises:
            InputError: one does.
        """
        if self.archive is not None and os.path.lexists(self.archive):
            raise InputError(str(self.archive), "no file of this name yet", "one")
        there = self._there() if self.archive is None else set()
        for who in participants:
            if trace_name(who) in there:
                raise InputError(str(self.folder / trace_name(who)), "no file of this name yet", "one")

    def make_folder(self, run: str, *, resume: bool) -> None:
        """Make the folder; that of an archive belongs to one run and is readable by its owner only.

        Args:
            run: the id of the run, which is written to the folder of an archive.
            resume: whether the folder may exist, if it is this run's.

        Raises:
            InputError: the folder of an archive exists, and is another run's or `resume` is not given.
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
        """Write the id of the run to an empty folder; a folder of another run is refused."""
        found = self.folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            raise InputError(str(self.folder), "a folder that this run has made", "a link, a file or someone else's")
        if not os.listdir(self.folder):
            with (
                suppress(FileExistsError),
                (self.folder / RUN).open("xb") as file,
            ):  # two runs may do this at the same time
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
        """Participants whose trace was written and is missing now; none if the archive exists."""
        if self.archive is not None and os.path.lexists(self.archive):
            return set()
        there = self._there()
        return {who for who in index_of(told) if trace_name(who) not in there}

    def _there(self) -> set[str]:
        return set(os.listdir(self.folder)) if self.folder.is_dir() else set()

    def write(self, who: str, content: bytes) -> None:
        """Write a trace, unless an earlier attempt of this run wrote it."""
        path = self.folder / trace_name(who)
        if not is_written(path, content):
            write_whole(path, content)

    def pack(self, told: Sequence[Told]) -> None:
        """Write the archive from the folder, if one is wanted and an earlier attempt of this run did not write it."""
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
        """Remove temporary files and packed traces, after the table is written.

        Raises:
            InputError: the folder has other files; they stay.
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
    """Whether a path of traces is an archive: its name ends in `.zip` and it is not an existing folder."""
    return place.suffix.lower() == ARCHIVE and not place.is_dir()


def index_of(told: Iterable[Told]) -> dict[str, str]:
    """The digest of each participant's trace."""
    return {each.participant: str(each.row["trace_sha256"]) for each in told if each.row["trace_sha256"] is not None}


def expect_none_packed(parts: Iterable[Path]) -> None:
    """Check that no part has its traces in an archive.

    Args:
        parts: the files of parts, already checked.

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
    """Merge the archives of all parts into one; returns the paths of the parts' archives.

    Raises:
        InputError: they do not have exactly the traces of the table's rows, or another file exists; if the archive was
            already merged, a remaining part has traces that it lacks.
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
    """Whether this run already wrote this archive; another file is refused."""
    if not os.path.lexists(archive):
        return False
    if Archive.open(archive).index != index:
        raise InputError(str(archive), "the archive that this run writes, or none", "another one")
    return True


def is_written(path: Path, content: bytes) -> bool:
    """Whether this run already wrote this file; a file with other content or a broken link is refused."""
    if not os.path.lexists(path):
        return False
    if not path.is_file() or path.read_bytes() != content:
        raise InputError(str(path), "the file that this run writes, or none", "another one")
    return True
