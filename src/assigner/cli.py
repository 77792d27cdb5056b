"""The command line: results go to stdout, messages to stderr.

Exit codes: 0 assigned or done, 1 input or rule set refused, 2 wrong usage, 3 review, 130 interrupted.
"""

from __future__ import annotations

import gc

import click

from assigner.__about__ import VERSION
from assigner.commands.assignments import assign
from assigner.commands.cohorts import cohort
from assigner.commands.doctors import doctor
from assigner.commands.endings import Group
from assigner.commands.folders import traces
from assigner.commands.ledger import ledger
from assigner.commands.packs import pack
from assigner.commands.rules import rules
from assigner.commands.sharing import export, redact
from assigner.commands.traces import explain_command, report, verify


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, "-V", "--version", prog_name="assigner")
def main() -> None:
    """Assign participants to a category of disease biology, by their genome and a rule set."""
    gc.set_threshold(100_000)  # a rule set is many objects to look through, and a command ends soon


for _command in (assign, cohort, doctor, explain_command, report, verify, traces, export, redact, rules, pack, ledger):
    main.add_command(_command)
