"""How far a command is: shown on a terminal, once it takes a while."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import click

PATIENCE = 2.0
"""Seconds after which progress is shown."""


@contextmanager
def progress_bar(label: str, **style: Any) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr, if that is a terminal; it is told how many are done of how many.

    Args:
        label: what stands before it.
        style: as `click.progressbar` takes it.
    """
    began = time.monotonic()
    with ExitStack() as shown:
        bars: list[Any] = []

        def progress(done: int, whole: int) -> None:
            if not bars and whole and sys.stderr.isatty() and time.monotonic() - began > PATIENCE:
                bar = click.progressbar(length=whole, label=label, file=sys.stderr, **style)
                bars.append(shown.enter_context(bar))
            for bar in bars:
                bar.update(done - bar.pos)

        yield progress


@contextmanager
def reading_bar(*paths: str | None) -> Iterator[Callable[[int], None]]:
    """The same for the reading of files; it is told how many more bytes were read.

    Args:
        paths: where they are. Nothing is shown where the size of one is not known, as of a pipe.
    """
    files = [Path(path) for path in paths if path is not None]
    whole = sum(file.stat().st_size for file in files) if all(map(os.path.isfile, files)) else 0
    done = 0
    with progress_bar("reading") as progress:

        def more(count: int) -> None:
            nonlocal done
            done += count
            progress(done, whole)

        yield more
