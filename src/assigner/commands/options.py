"""Options that several commands have."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime

import click

from assigner.files import SampleFile, Source

STDIN = "-"
"""The path that names stdin."""

rules_option = click.option("--rules", "rules_file", metavar="FILE", help="The rule set. Default: the shipped one.")
pack_option = click.option(
    "--pack", "pack_file", metavar="PACK", help="A pack, for variants without annotation: `assigner pack build`."
)
overwrite_option = click.option("--overwrite", is_flag=True, help="Replace a file that is there.")
deciding_rules_option = click.option(
    "--rules", "rules_file", metavar="FILE", help="The rule set that decided. Default: the shipped one."
)


def moment(_ctx: click.Context, _param: click.Parameter, value: str | None) -> datetime | None:
    """A time with its zone."""
    try:
        at = None if value is None else datetime.fromisoformat(value)
    except ValueError as error:
        raise click.BadParameter(f"expected a time such as 2026-01-31T09:00:00Z, got {value!r}") from error
    if at is not None and at.utcoffset() is None:
        raise click.BadParameter(f"expected a time with its zone, such as 2026-01-31T09:00:00Z, got {value!r}")
    return at


def names_in(
    files: Sequence[SampleFile | None], sample: str | None, sources: Mapping[str, Source] | None = None
) -> str | dict[Source, str] | None:
    """The participant's sample: one name, or the name in each file where a file has one of its own.

    Args:
        files: those that are read.
        sample: the name in all others.
        sources: what is read in the place of a path.
    """
    given = [file for file in files if file is not None]
    if not any(file.sample for file in given):
        return sample
    named = ((file.path, file.sample or sample) for file in given)
    return {(sources or {}).get(path, path): name for path, name in named if name is not None}


def streams(ctx: click.Context, paths: Sequence[str | None]) -> dict[str, Source]:
    """What is read in the place of the paths that name an open stream: stdin as `-`, and pipes of the shell.

    A named pipe in a folder is none of these: whoever opens it may wait for ever.
    """
    found: dict[str, Source] = {}
    for path in paths:
        if path is None or not (path == STDIN or _is_open_pipe(path)):
            continue
        if path in found:
            raise click.UsageError(f"{path} can be read once only, and is given twice", ctx)
        if path == STDIN:
            found[path] = sys.stdin.buffer
        else:
            found[path] = ctx.with_resource(open(path, "rb"))  # noqa: SIM115 - closed with the command
    return found


def _is_open_pipe(path: str) -> bool:
    """Whether a path names a pipe that is open in this process, as a shell's `<(...)` does."""
    if not re.fullmatch(r"/dev/(?:stdin|fd/[0-9]+)|/proc/self/fd/[0-9]+", path):
        return False
    try:
        return stat.S_ISFIFO(os.stat(path).st_mode)
    except OSError:
        return False
