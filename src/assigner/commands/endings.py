"""How a command begins and ends: each option once, output that is complete, an exit code and no traceback."""

from __future__ import annotations

import functools
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from assigner.commands.outputs import escaped, warn
from assigner.errors import AssignerError

REFUSED = 1
"""The exit code when an input or a rule set is refused, or the output cannot be written."""

REVIEW = 3
"""The exit code of what a person must look at."""

INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells give it: 128 and the number of the signal."""


NAMED_BY_OPTION = ("--ledger", "--rules")
"""The options that people take for arguments, because other commands have the same as one."""


class Command(click.Command):
    """A command that refuses an option given twice, unless the option may be given several times."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; click alone would drop all but the last value of an option."""
        if any("\0" in arg for arg in args):
            raise click.UsageError("expected arguments without NUL characters", ctx)
        _, extra, given = self.make_parser(ctx).parse_args(list(args))
        seen: set[click.Parameter] = set()
        for param in given:
            if param in seen and isinstance(param, click.Option) and not (param.multiple or param.is_eager):
                raise click.UsageError(f"{' / '.join(param.opts)} is given twice", ctx)
            seen.add(param)
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            names = [name for name in NAMED_BY_OPTION if any(name in param.opts for param in self.params)]
            if extra and names and type(error) is click.UsageError:
                told = f"{error.message}; a file goes with its option: {', '.join(names)}"
                raise click.UsageError(told, error.ctx) from None
            raise


command = functools.partial(click.command, cls=Command)


class Group(click.Group):
    """The whole command line; whatever goes wrong ends with a message and an exit code."""

    def main(self, *args: Any, **more: Any) -> Any:
        """Run the command line; help and version too are written whole, or end with a message."""
        _buffer_stdout()
        try:
            return super().main(*args, **more)
        except OSError as error:
            _warn_of_file(error)
            sys.exit(REFUSED)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; an error shows no control characters."""
        with _usage_escaped():
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; end with a message when it fails or is interrupted."""
        try:
            with _usage_escaped():
                return super().invoke(ctx)
        except AssignerError as error:
            warn(str(error))
            ctx.exit(REFUSED)
        except KeyboardInterrupt:
            warn("interrupted")
            ctx.exit(INTERRUPTED)
        except BrokenPipeError:
            raise  # click ends quietly when nobody reads on
        except OSError as error:
            _warn_of_file(error)
            ctx.exit(REFUSED)


def _warn_of_file(error: OSError) -> None:
    """Say that a file, or stdout, cannot be written; what stdout still holds is dropped, or its end would fail too."""
    if error.filename is None:
        sys.stdout = io.TextIOWrapper(io.BytesIO())
    warn(f"{error.filename or 'output'}: expected a file that can be written; got {error.strerror}")


def _buffer_stdout() -> None:
    """Let stdout write all of a text or fail, and show letters that it cannot encode as escapes.

    Under PYTHONUNBUFFERED it has no buffer, and writes a part of a text without an error when the disk is full.
    """
    if not isinstance(sys.stdout, io.TextIOWrapper):
        return
    if isinstance(sys.stdout.buffer, io.RawIOBase):
        sys.stdout = open(sys.stdout.fileno(), "w", encoding=sys.stdout.encoding, closefd=False)  # noqa: SIM115
    sys.stdout.reconfigure(errors="backslashreplace")


@contextmanager
def _usage_escaped() -> Iterator[None]:
    """Escape the control characters that an argument may hold in the message about it."""
    try:
        yield
    except click.UsageError as error:
        text = error.format_message()
        if escaped(text) == text:
            raise
        raise click.UsageError(escaped(text), error.ctx) from error
