"""The journal of a run: the finished participants, in a file beside the table, so that a run can be resumed."""

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
    """The finished participants, in a file: the run's identity in the first line, then one participant per line."""

    path: Path
    file: BufferedRandom
    done: dict[str, Told]

    def add(self, told: Told) -> None:
        """Write a participant; after a kill the file has whole lines and at most one partial line at its end."""
        self.file.write(_line(told))
        self.file.flush()
        self.done[told.participant] = told

    def finish(self) -> None:
        """Remove the journal, after the table is written."""
        self.path.unlink()


def _line(told: Told) -> bytes:
    return canonical(told.form) + b"\n"


def has_unfinished_run(table: Path) -> bool:
    """Whether an unfinished run has a journal for this table."""
    path = _journal_place(table)
    return path.is_file() and path.stat().st_size > 0


def _journal_place(table: Path) -> Path:
    return table.with_name(f".{table.name}.unfinished")


@contextmanager
def open_journal(
    table: Path,
    identity: str,
    *,
    resume: bool,
    whole: Callable[[], Sequence[Told]],
    before: Callable[[Sequence[Told]], None],
) -> Iterator[Journal]:
    """Open and lock the journal of a table; if `before` refuses the run, no new journal is left.

    Args:
        table: the table; the journal is in the same folder.
        identity: a digest that is the same only for the same run.
        resume: whether to resume an unfinished run.
        whole: gives the finished participants if a run is resumed whose journal is gone.
        before: is called with the finished participants, and raises if the run cannot start or resume.

    Raises:
        InputError: another run is writing this table, an unfinished run is not resumed, or it was a different run.
    """
    path = _journal_place(table)
    with open(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        _lock(file, table)
        lines = file.read().split(b"\n")[:-1]  # a last line without a line feed was not written completely
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
    """Lock a file until it is closed or the process ends."""
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise InputError(str(table), "a table that no other run works on", "one that a run is writing") from error
