"""How a command ends: with an exit code and a message, never a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from assigner.commands.outputs import complain, escaped
from assigner.errors import AssignerError

REVIEW = 3
"""The exit code of what a person must look at."""


class Group(click.Group):
    """A group whose commands end with a message, never a traceback."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read what was typed; a wrong usage is told without control characters."""
        with _usage_escaped():
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error of ours, or of writing, is told and ends with code 1."""
        try:
            with _usage_escaped():
                return super().invoke(ctx)
        except AssignerError as error:
            complain(str(error))
            ctx.exit(1)
        except BrokenPipeError:
            raise  # click ends quietly when nobody reads on
        except OSError as error:
            complain(f"{error.filename or 'output'}: expected a file that can be written; got {error.strerror}")
            ctx.exit(1)


@contextmanager
def _usage_escaped() -> Iterator[None]:
    """What the user typed may hold control characters of a file's name; the terminal shows and does not obey them."""
    try:
        yield
    except click.UsageError as error:
        text = error.format_message()
        if escaped(text) == text:
            raise
        raise click.UsageError(escaped(text), error.ctx) from error
