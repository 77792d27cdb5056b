"""Reading and proving a ledger: `assigner ledger status`, `history`, `table`, `report`, `proof` and `reconcile`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assigner.commands.endings import REVIEW, command
from assigner.commands.ledger_options import (
    as_role_option,
    check_extra,
    files_of_ledger,
    ledger_option,
    opened_ledger,
    output_option,
    secret_option,
)
from assigner.commands.options import overwrite_option
from assigner.commands.outputs import escaped, refuse_output, write
from assigner.errors import LedgerRuleError, plain

if TYPE_CHECKING:
    from assigner.ledger.ledger import Ledger


@command("status")
@click.argument("participant", metavar="[PARTICIPANT]", required=False)
@ledger_option
@secret_option
@as_role_option
@click.pass_context
def status(ctx: click.Context, participant: str | None, url: str, secret_file: Path | None, role: str | None) -> None:
    """Show where the trial stands, or one PARTICIPANT: arms, accrual, who waits for a person, alarms.

    Exit code 3: somebody waits for a person.
    """
    with opened_ledger(url, secret_file=secret_file, writes=False) as ledger:
        from assigner.ledger import text, views
        from assigner.ledger.rules import Status

        hidden = _hidden(ledger, role)
        if participant is None:
            entries = list(ledger.entries())
            view = views.overview(entries, blinded=hidden)
            waits = bool(view.waiting)
            click.echo(text.page(view), nl=False)
        else:
            found = ledger.participant(participant)
            if found is None:
                raise LedgerRuleError("participant", "one whom the ledger knows", plain(participant))
            waits = found.status is Status.WAITING
            click.echo(text.one(views.row_of(found, blinded=hidden)), nl=False)
    ctx.exit(REVIEW if waits else 0)


def _expect_output(out: Path | None, url: str, secret_file: Path | None = None, *, overwrite: bool) -> None:
    """Refuse an output that would replace a file of the ledger, or any other file that may not be replaced."""
    if out is not None:
        refuse_output(out, files_of_ledger({"url": url, "secret_file": secret_file}), "--output", overwrite=overwrite)


@command("history")
@click.argument("participant", metavar="[PARTICIPANT]", required=False)
@ledger_option
@secret_option
@as_role_option
@click.option("--csv", "as_csv", is_flag=True, help="A table in CSV.")
@click.option("--json", "as_json", is_flag=True, help="The entries themselves, one a line, in canonical JSON.")
@output_option
@overwrite_option
def history(
    participant: str | None, url: str, secret_file: Path | None, role: str | None, as_csv: bool, as_json: bool,
    out: Path | None, overwrite: bool,
) -> None:  # fmt: skip
    """Show all entries, or those of one PARTICIPANT, in their order."""
    _expect_output(out, url, secret_file, overwrite=overwrite)
    with opened_ledger(url, secret_file=secret_file, writes=False) as ledger:
        from assigner.ledger import text, views

        hidden, key = _hidden(ledger, role), None if participant is None else ledger.key_of(participant)
        if as_json and (hidden or as_csv):
            raise click.UsageError("--json shows whole entries: not with --csv, and not to a blinded role")
        if as_json:
            found = (entry for entry in ledger.entries() if key in (None, entry.participant))
            write(b"".join(entry.to_bytes() + b"\n" for entry in found), out)
            return
        events = list(views.history(ledger.entries(), blinded=hidden, participant=key))
        told = text.as_csv(events, views.Event) if as_csv else text.events(events)
        write(told.encode(), out)


@command("table")
@ledger_option
@as_role_option
@click.option("--json", "as_json", is_flag=True, help="JSON instead of CSV.")
@output_option
@overwrite_option
def table(url: str, role: str | None, as_json: bool, out: Path | None, overwrite: bool) -> None:
    """Write one row a participant, in CSV."""
    _expect_output(out, url, overwrite=overwrite)
    with opened_ledger(url, writes=False) as ledger:
        from assigner.ledger import text, views
        from assigner.ledger.book import book_of

        rows = views.table(book_of(ledger.entries()), blinded=_hidden(ledger, role))
        if as_json:
            told = json.dumps(views.as_rows(rows), ensure_ascii=False, indent=2) + "\n"
        else:
            told = text.as_csv(rows, views.Row)
        write(told.encode(), out)


@command("report")
@ledger_option
@as_role_option
@output_option
@overwrite_option
def report(url: str, role: str | None, out: Path | None, overwrite: bool) -> None:
    """Write where the trial stands as one page of HTML.

    Needs the extra `report`.
    """
    from assigner.reports import check_installed

    check_installed()
    _expect_output(out, url, overwrite=overwrite)
    with opened_ledger(url, writes=False) as ledger:
        from assigner.ledger import pages, views

        hidden, entries = _hidden(ledger, role), list(ledger.entries())
        view = views.overview(entries, blinded=hidden)
        root = None if hidden else ledger.checkpoint().checkpoint
        write(pages.page(view, list(views.history(entries, blinded=hidden)), root).encode(), out)


@command("proof")
@click.argument("which", metavar="ENTRY")
@ledger_option
@as_role_option
@output_option
@overwrite_option
def proof(which: str, url: str, role: str | None, out: Path | None, overwrite: bool) -> None:
    """Print the receipt of an ENTRY, given by its number, against the latest checkpoint."""
    if not (which.isascii() and which.isdigit() and len(which) < 16):
        raise click.BadParameter(f"expected the number of an entry, got {which!r}", param_hint="ENTRY")
    _expect_output(out, url, overwrite=overwrite)
    with opened_ledger(url, writes=False) as ledger:
        from attrs import evolve

        receipt = ledger.receipt(int(which))
        write(str(evolve(receipt, extra=None) if _hidden(ledger, role) else receipt).encode(), out)


@command("reconcile")
@click.argument("places", metavar="LEDGER LEDGER...", nargs=-1, required=True)
@click.pass_context
def reconcile(ctx: click.Context, places: tuple[str, ...]) -> None:
    """Find participants, inputs and allocations that stand in several ledgers or bundles, and forks of one ledger.

    Exit code 3: something was found.
    """
    if len(set(places)) < max(2, len(places)):
        raise click.UsageError("expected two ledgers or more, each once", ctx)
    check_extra()
    from contextlib import ExitStack

    from assigner.ledger.bundles import read_bundle
    from assigner.ledger.copies import Copy, InDatabase
    from assigner.ledger.reconciling import reconcile as found_in

    with ExitStack() as stack:
        copies: dict[str, Copy] = {}
        for place in places:
            if is_bundle(place):
                copies[place] = read_bundle(Path(place))
            else:
                ledger = stack.enter_context(opened_ledger(place, writes=False))
                copies[place] = InDatabase(stack.enter_context(ledger.store.reading()))
        found = found_in(copies)
    for each in found:
        click.echo(escaped(str(each)))
    if not found:
        click.echo(f"nothing stands in more than one of the {len(places)} ledgers")
    ctx.exit(REVIEW if found else 0)


def is_bundle(place: str) -> bool:
    """Whether a file is a bundle, by its first byte."""
    if "://" in place:
        return False
    try:
        with open(place, "rb") as file:
            return file.read(1) == b"{"
    except OSError:
        return False


def _hidden(ledger: Ledger, role: str | None) -> bool:
    """Whether arms are hidden from a role; a role that is not named is that of one who holds the ledger."""
    return role is not None and ledger.trial().is_blinded(role)
