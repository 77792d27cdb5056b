"""Where a run's traces stand: in a folder, or at its end in an archive."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

from attrs import frozen

from assigner.cohorts.parts import Shard, Told
from assigner.errors import InputError
from assigner.files import write_whole
from assigner.traces.archives import Archive, trace_name, write_archive

ARCHIVE = ".zip"
"""How the name of an archive ends."""


@frozen
class Traces:
    """Where the traces of a run stand.

    Attributes:
        folder: where each is written as soon as it is made.
        archive: where all are packed when all are made; the folder is removed then.
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
        there = set(os.listdir(self.folder)) if self.folder.is_dir() else set()
        for who in participants:
            if trace_name(who) in there:
                raise InputError(str(self.folder / trace_name(who)), "no file of this name yet", "one")

    def make_folder(self) -> None:
        """Make the folder; of an archive its owner alone sees what is in it."""
        mode = 0o777 if self.archive is None else 0o700
        self.folder.mkdir(mode, parents=True, exist_ok=True)

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
            write_archive(self.archive, index, lambda who: (self.folder / trace_name(who)).read_bytes())

    def finish(self) -> None:
        """The table is written: what is packed is needed no more beside the archive."""
        if self.archive is not None:
            shutil.rmtree(self.folder)


def is_packed(place: Path) -> bool:
    """Whether a place of traces is an archive, by its name; a folder that is there is a folder, however it is named."""
    return place.suffix.lower() == ARCHIVE and not place.is_dir()


def index_of(told: Iterable[Told]) -> dict[str, str]:
    """The digest of each participant's trace."""
    return {each.participant: str(each.row["trace_sha256"]) for each in told if each.row["trace_sha256"] is not None}


def merge_archives(place: Path, shards: Iterable[Shard], told: Sequence[Told]) -> list[Path]:
    """Put the archives of all parts in one; gives theirs.

    Raises:
        InputError: they have not the traces of the table's rows, or another file is there.
        TraceError: one cannot be read.
    """
    parts = [shard.place(place) for shard in shards]
    index = index_of(told)
    if _is_packed_already(place, index):
        return [each for each in parts if each.exists()]
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
