"""Work that several processes do at once."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from typing import Any


def in_processes(work: Callable[..., Any], *arguments: tuple[Any, ...]) -> list[Any]:
    """What the processes come to, one for each of the arguments; in no order."""
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    started = [context.Process(target=_tell, args=(results, work, *each)) for each in arguments]
    for each in started:
        each.start()
    told = [results.get(timeout=120) for _ in started]
    for each in started:
        each.join()
    return told


def _tell(results: Any, work: Callable[..., Any], *arguments: Any) -> None:
    results.put(work(*arguments))
