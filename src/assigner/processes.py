"""Processes that share work: each is set up once, and Ctrl-C is left to the process that started them."""

from __future__ import annotations

import gc
import multiprocessing
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.pool import Pool


@contextmanager
def workers(jobs: int, begin: Callable[..., None], *given: object) -> Iterator[Pool]:
    """Processes that have each called `begin`; they end with the block.

    Args:
        jobs: how many.
        begin: what sets each of them up.
        given: its arguments.
    """
    with _interrupts_ignored():  # from their first moment on, as they inherit it
        pool = multiprocessing.get_context("spawn").Pool(jobs, _set_up, (begin, given))
    with pool:
        yield pool


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
