"""The command line: results go to stdout, messages to stderr.

Exit codes: 0 assigned or done, 1 input or rule set refused, 2 wrong usage, 3 review, 130 interrupted.
"""

from __future__ import annotations

import atexit
import gc
import os

import click

from assigner.__about__ import VERSION
from assigner.commands.catalogue import Catalogue, Home, MainGroup

_COMMANDS = {
    "assign": Home("assignments", "assign", "Assign one participant, from VCF or BCF files or from a profile in JSON."),
    "cohort": Home("cohorts", "cohort", "Assign many participants."),
    "doctor": Home(
        "doctors", "doctor", "Say what the files of a participant can and cannot answer, and what would answer more."
    ),
    "explain": Home(
        "traces",
        "explain_command",
        "Explain a TRACE in words: what was found, what stands against the outcome, what to do next.",
    ),
    "report": Home("traces", "report", "Write a report of a TRACE as one page of HTML, with pictures."),
    "verify": Home("traces", "verify", "Recompute a TRACE from its own contents, or from the participant's FILEs."),
    "traces": Home(
        "folders", "traces", "Put many traces in one table or bundle, and tell what is different between two."
    ),
    "export": Home("sharing", "export", "Write the assignment in a TRACE as FHIR, Phenopacket or PROV."),
    "redact": Home("sharing", "redact", "Write a TRACE without genotypes."),
    "rules": Home("rules", "rules", "Write, check, show and approve rule sets."),
    "pack": Home("packs", "pack", "Cut public sources down to a rule set's genes, for VCFs that nobody has annotated."),
    "ledger": Home("ledger", "ledger", "Record who was assigned what, when, by whom and why, and prove it."),
}


@click.group(cls=MainGroup, commands=Catalogue(_COMMANDS), context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, "-V", "--version", prog_name="assigner")
def main() -> None:
    """Assign participants to a category of disease biology, by their genome and a rule set."""
    gc.set_threshold(1_000_000)  # a rule set is many objects to look through, and a command ends soon
    atexit.register(gc.freeze)  # or Python looks through all of them once more when it ends
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # what is installed beside must not validate
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy starts one for each processor; none is needed
