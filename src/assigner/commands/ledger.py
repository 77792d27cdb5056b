"""All that is under `assigner ledger`."""

from __future__ import annotations

import click

from assigner.commands.ledger_copies import backup, cosign, export, import_, migrate, verify
from assigner.commands.ledger_entries import (
    admit,
    assign,
    close_arm,
    confirm,
    init,
    key,
    override,
    reject,
    supersede,
    withdraw,
)
from assigner.commands.ledger_reading import history, proof, reconcile, report, status, table


@click.group("ledger")
def ledger() -> None:
    """Record who was assigned what, when, by whom and why, and prove it."""


for _command in (
    init, key, assign, confirm, reject, override, supersede, withdraw, close_arm, admit, status, history, table, report,
    proof, cosign, verify, export, import_, backup, migrate, reconcile,
):  # fmt: skip
    ledger.add_command(_command)
