"""Who of a run is done: what stands beside the table until it is written, so that a run that was ended can go on."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BufferedRandom
from pathlib import Path

from attrs import frozen

from assigner.canonical import canonical
from assigner.cohorts.parts import Told
from assigner.errors import InputError
from assigner.values import Private


@frozen(repr=False)
class Journal(Private):
    """Who is done, in a file beside the table: the run's identity in the first line, then a participant a line."""

    path: Path
    file: BufferedRandom
    done: dict[str, Told]

    def add(self, told: Told) -> None:
        """Write a participant; what stands there after a kill is whole lines, and at most a part of one more."""
        self.file.write(_line(told))
        self.file.flush()
        self.done[told.participant] = told

    def finish(self) -> None:
        """The table is written: the journal is needed no more."""
        self.path.unlink()


def _line(told: Told) -> bytes:
    return canonical(told.form) + b"\n"


def is_begun(table: Path) -> bool:
    """Whether a run was ended that has begun this table, be it that the table is written."""
    path = _journal_place(table)
    return path.is_file() and path.stat().st_size > 0


def _journal_place(table: Path) -> Path:
    return table.with_name(f".{table.name}.unfinished")


@contextmanager
def begun(
    table: Path,
    identity: str,
    *,
    resume: bool,
    whole: Callable[[], Sequence[Told]],
    before: Callable[[Sequence[Told]], None],
) -> Iterator[Journal]:
    """The journal of a table, which no other run may use meanwhile; there is none of a run that `before` refuses.

    Args:
        table: the table that it stands beside.
        identity: what only the same run has.
        resume: whether a run that was ended is continued.
        whole: who is done where a run is continued that has no journal any more.
        before: sees that the run can begin, or go on after those who are done.

    Raises:
        InputError: another run works on this table, or was ended and is not continued, or was another one.
    """
    path = _journal_place(table)
    with open(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        _lock(file, table)
        lines = file.read().split(b"\n")[:-1]  # what follows the last line end was not written whole
        if lines and not resume:
            raise InputError(str(table), "a table that no ended run has begun, or --resume", "one that was begun")
        if lines and lines[0].decode("ascii", "replace") != identity:
            expected = "the participants, files, options and rule set of the run that was ended"
            raise InputError(str(table), expected, "other ones: begin anew under another name")
        try:
            done = [Told(**json.loads(line)) for line in lines[1:]] if lines or not resume else whole()
            before(done)
        except BaseException:
            if not lines:
                path.unlink()
            raise
        file.seek(sum(len(line) + 1 for line in lines))
        file.truncate()
        if not lines:
            file.write(identity.encode() + b"\n" + b"".join(map(_line, done)))
            file.flush()
        yield Journal(path, file, {told.participant: told for told in done})


def _lock(file: BufferedRandom, table: Path) -> None:
    """Lock a file until it is closed; the system unlocks it also when the process is killed."""
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise InputError(str(table), "a table that no other run works on", "one that a run is writing") from error
