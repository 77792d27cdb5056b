"""Work that processes share comes to its end, or says that one of them did not."""

from __future__ import annotations

import os
import signal

import pytest

from assigner.errors import InputError
from assigner.processes import Sharing, Workers


def doubled(number: int) -> int:
    """The work; who has nothing to double is ended from outside, as by a machine without memory."""
    if number == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * number


def test_a_process_that_is_ended_from_outside_is_told_and_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sharing, "worth_it", 3)
    with Sharing(2) as sharing:
        assert list(sharing.each(doubled, [1, 2, 3, 4])) == [2, 4, 6, 8]
        with pytest.raises(
            InputError, match=r"^processes: expected processes that work to their end; got one that was"
        ):
            list(sharing.each(doubled, [1, 0, 3]))


def refused() -> None:
    """A beginning that cannot be made."""
    raise InputError("begin", "a file", "none")


def test_whatever_shares_processes_is_told_of_the_end_of_one_and_of_a_beginning_that_failed() -> None:
    with Workers(2, print) as workers, pytest.raises(InputError, match="one that was ended from outside"):
        list(workers.each(doubled, [1, 0, 3], 1))
    with Workers(1, refused) as workers, pytest.raises(InputError, match=r"^begin: expected a file; got none$"):
        list(workers.each(doubled, [1], 1))
