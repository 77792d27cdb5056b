"""Processes that share work: each is set up once, and Ctrl-C is left to the process that started them."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import islice
from typing import Self, TypeVar

from assigner.errors import InputError

Task = TypeVar("Task")
Result = TypeVar("Result")


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Workers:
    """Processes that have each called `begin`, from the first task on; they end with the block.

    Args:
        jobs: how many.
        begin: what sets each of them up.
        given: its arguments.
    """

    def __init__(self, jobs: int, begin: Callable[..., None], *given: object) -> None:
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(jobs, context, _try_to_set_up, (begin, given))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def each(self, work: Callable[[Task], Result], tasks: Sequence[Task], at_once: int) -> Iterator[Result]:
        """What each task comes to, in their order; work begins now, so many tasks are given to a process at once.

        Raises:
            InputError: a process was ended from outside.
            Exception: what `begin` or `work` raised; when results are asked for.
        """
        with _ends_are_told(), _interrupts_ignored():  # processes start when a task is given, and inherit it
            found = self._pool.map(partial(_done, work), tasks, chunksize=at_once)
        return _told(found)

    def submit(self, work: Callable[[Task], Result], task: Task) -> Future[Result]:
        """What one task will come to."""
        with _interrupts_ignored():
            return self._pool.submit(_done, work, task)


class Sharing:
    """Work on many things at a time, by this process, or by several that start when there is enough to do."""

    worth_it = 200
    """Of how many things the first ones must be, so that processes start."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self._workers: Workers | None = None
        self._until = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._until.close()

    def each(self, work: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[Result]:
        """What each comes to, in their order; others' work begins now, one's own when it is asked for.

        Raises:
            InputError: a process was ended from outside; when results are asked for.
        """
        if self._workers is None and (self.jobs == 1 or len(tasks) < self.worth_it):
            return map(work, tasks)
        if self._workers is None:
            self._workers = self._until.enter_context(Workers(self.jobs, no_setup))
        return self._workers.each(work, tasks, max(1, len(tasks) // (4 * self.jobs)))


def _told(found: Iterator[Result]) -> Iterator[Result]:
    with _ends_are_told():
        yield from found


@contextmanager
def _ends_are_told() -> Iterator[None]:
    """A process that was ended from outside is a fault of the surroundings, with a typed error."""
    try:
        yield
    except BrokenProcessPool as error:
        raise InputError("processes", "processes that work to their end", "one that was ended from outside") from error


def no_setup() -> None:
    """Nothing has to be read before the work."""


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _set_up(begin: Callable[..., None], given: tuple[object, ...]) -> None:
    """Begin; then never look for garbage again among what was read."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    begin(*given)
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000)


_FAULTS: list[Exception] = []
"""Why this process could not be set up."""


def _try_to_set_up(begin: Callable[..., None], given: tuple[object, ...]) -> None:
    """Set up; what stands in the way is told with the first task, as the pool would only say that it is broken."""
    try:
        _set_up(begin, given)
    except Exception as error:
        _FAULTS.append(error)


def _done(work: Callable[[Task], Result], task: Task) -> Result:
    if _FAULTS:
        raise _FAULTS[0]
    return work(task)


def finished(
    jobs: int,
    begin: Callable[..., None],
    given: tuple[object, ...],
    work: Callable[[Task], Result],
    tasks: Iterable[Task],
    *,
    ordered: bool = False,
) -> Iterator[Result]:
    """What processes make of tasks, in the order in which they are done; few are under way at a time.

    Args:
        jobs: how many processes.
        begin: what sets each of them up.
        given: its arguments.
        work: what is done with a task.
        tasks: all of them.
        ordered: whether results come in the order of the tasks: one that takes long keeps those after it waiting.

    Raises:
        InputError: a process was ended from outside.
        Exception: what `begin` or `work` raised.
    """
    waiting, todo = list[Future[Result]](), iter(tasks)
    with Workers(jobs, begin, *given) as workers, _ends_are_told():
        while True:
            waiting += [workers.submit(work, task) for task in islice(todo, 2 * jobs - len(waiting))]
            if not waiting:
                return
            done = {waiting[0]} if ordered else wait(waiting, return_when=FIRST_COMPLETED).done
            waiting = [each for each in waiting if each not in done]
            for each in done:
                yield each.result()
