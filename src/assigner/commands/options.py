"""Options that several commands have."""

from __future__ import annotations

from datetime import datetime

import click

rules_option = click.option("--rules", "rules_file", metavar="FILE", help="The rule set. Default: the shipped one.")
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
