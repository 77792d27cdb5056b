"""For CDISC's SDTM, by its implementation guide 3.4: a fragment of DM, milestones for DS, and the findings in GF.

Each is written as Dataset-JSON 1.1 and as a SAS transport file of version 5. DM holds the arm variables alone, to be
joined with the trial's own. The ledger knows who has which arm and not who was treated: where there is an arm, the
reason for an empty actual arm is ASSIGNED, NOT TREATED until the trial's exposure data say more.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Protocol

from assigner.errors import LedgerRuleError
from assigner.exports.facts import Case
from assigner.files import Source as RulesSource
from assigner.ledger.drafts import Kept
from assigner.ledger.entries import Entry, Result
from assigner.ledger.rules import Trial
from assigner.ledger.trials.datasets import Dataset, Row, Source, Variable, as_json, as_xpt
from assigner.ledger.trials.findings import VARIABLES as FINDINGS
from assigner.ledger.trials.findings import not_kept, rows_of
from assigner.ledger.trials.items import Step, Type, steps_of
from assigner.rules import Rules, read_rules
from assigner.traces import parse_sealed

STUDY = (
    Variable("STUDYID", "Study Identifier"),
    Variable("DOMAIN", "Domain Abbreviation"),
    Variable("USUBJID", "Unique Subject Identifier"),
)
DEMOGRAPHICS = (
    *STUDY,
    Variable("SUBJID", "Subject Identifier for the Study"),
    Variable("SITEID", "Study Site Identifier"),
    Variable("ARMCD", "Planned Arm Code"),
    Variable("ARM", "Description of Planned Arm"),
    Variable("ACTARMCD", "Actual Arm Code"),
    Variable("ACTARM", "Description of Actual Arm"),
    Variable("ARMNRS", "Reason Arm and/or Actual Arm is Null"),
    Variable("ACTARMUD", "Description of Unplanned Actual Arm"),
)
DISPOSITION = (
    *STUDY,
    Variable("DSSEQ", "Sequence Number", Type.INTEGER),
    Variable("DSSPID", "Sponsor-Defined Identifier"),
    Variable("DSTERM", "Reported Term for the Disposition Event"),
    Variable("DSDECOD", "Standardized Disposition Term"),
    Variable("DSCAT", "Category for Disposition Event"),
    Variable("DSSTDTC", "Start Date/Time of Disposition Event"),
)
MOST_ARM_CODE = 20
"""The most letters of ARMCD."""


class Traces(Protocol):
    """Where traces are kept."""

    def kept(self, commitment: str) -> Kept | None:
        """What is kept under a commitment; None when it is not there."""


def sdtm(entries: Sequence[Entry], traces: Traces, rules: Sequence[RulesSource] = ()) -> dict[str, bytes]:
    """The files by their names; a domain without a row has none.

    Args:
        entries: all of the ledger.
        traces: where its traces are kept.
        rules: rule sets beside the shipped one, by which the traces were made.

    Raises:
        InputError: when the extra `trial` is not installed.
        LedgerProofError, TraceError: when a trace is damaged.
        LedgerRuleError: when the rules refuse an entry, a rule set is not at hand, or a value does not fit a format.
    """
    trial, steps = steps_of(entries)
    source = Source(study=trial.trial, origin=trial.origin, size=len(entries), at=entries[-1].at)
    subjects = _subjects(steps)
    known = _known(steps, rules)
    datasets = (
        Dataset("DM", "Demographics", DEMOGRAPHICS, ("STUDYID", "USUBJID"),
                [_demographics(trial, each[-1]) for each in subjects]),
        Dataset("DS", "Disposition", DISPOSITION, ("STUDYID", "USUBJID", "DSSEQ"),
                [row for each in subjects for row in _milestones(trial, each)]),
        Dataset("GF", "Genomics Findings", FINDINGS, ("STUDYID", "USUBJID", "GFSEQ"),
                [row for each in subjects for row in _findings(trial, each, traces, known)]),
    )  # fmt: skip
    found = [each for each in datasets if each.rows]
    written = {f"{each.name.lower()}.json": as_json(each, source) for each in found}
    return written | {f"{each.name.lower()}.xpt": as_xpt(each, source) for each in found}


def _subjects(steps: Sequence[Step]) -> list[list[Step]]:
    """The steps of each participant, in the order of their first ones."""
    ordered = sorted(steps, key=lambda step: (step.after.first, step.entry.seq))
    return [list(each) for _, each in itertools.groupby(ordered, key=lambda step: step.after.key)]


def _known(steps: Sequence[Step], rules: Sequence[RulesSource]) -> dict[str, Rules]:
    """Rule sets by their digests; the shipped one is read where another one is asked for than those given."""
    known = {each.digest: each for each in map(read_rules, rules)}
    asked = {step.entry.content.rule_set for step in steps if isinstance(step.entry.content, Result)}
    if asked - known.keys():
        shipped = read_rules()
        known[shipped.digest] = shipped
    return known


def _about(trial: Trial, step: Step, domain: str) -> dict[str, str | int | None]:
    """What each row begins with. The study's id makes a subject's one among all studies."""
    return {"STUDYID": trial.trial, "DOMAIN": domain, "USUBJID": f"{trial.trial}-{step.after.key}"}


def _demographics(trial: Trial, last: Step) -> Row:
    now = last.after
    told = _about(trial, last, "DM") | {"SUBJID": now.key, "SITEID": now.site}
    if now.arm is None:
        return told | {"ARMNRS": "NOT ASSIGNED"}
    return told | {"ARMCD": _arm_code(now.arm), "ARM": trial.arms[now.arm].name, "ARMNRS": "ASSIGNED, NOT TREATED"}


def _arm_code(arm: str) -> str:
    if len(arm) > MOST_ARM_CODE:
        raise LedgerRuleError("ARMCD", f"an arm's id of at most {MOST_ARM_CODE} letters", arm)
    return arm


def _milestones(trial: Trial, steps: Sequence[Step]) -> Iterator[Row]:
    """A row for each entry that gave another arm."""
    given = [step for step in steps if step.entry.arm is not None and step.entry.arm != step.entry.was]
    for number, step in enumerate(given, 1):
        yield _about(trial, step, "DS") | {
            "DSSEQ": number,
            "DSSPID": f"entry {step.entry.seq}",
            "DSTERM": f"Assigned to arm {step.entry.arm} ({step.entry.kind})",
            "DSDECOD": "ASSIGNED TO ARM",
            "DSCAT": "PROTOCOL MILESTONE",
            "DSSTDTC": step.entry.at,
        }


def _findings(trial: Trial, steps: Sequence[Step], traces: Traces, known: dict[str, Rules]) -> Iterator[Row]:
    """What the trace of the participant's latest result says."""
    entry, content = [(each.entry, each.entry.content) for each in steps if isinstance(each.entry.content, Result)][-1]
    kept = traces.kept(content.trace)
    rows = [not_kept()] if kept is None else rows_of(_case(entry, content, kept, known))
    told = _about(trial, steps[-1], "GF")
    file = f"entry {entry.seq}, trace {content.trace}"
    for number, row in enumerate(rows, 1):
        yield {**told, **row, "GFSEQ": number, "GFXFN": file}


def _case(entry: Entry, content: Result, kept: Kept, known: dict[str, Rules]) -> Case:
    rules = known.get(content.rule_set)
    if rules is None:
        raise LedgerRuleError("rules", f"the rule set {content.rule_set} of entry {entry.seq}", "none of this digest")
    return Case.of(parse_sealed(kept.opened()), rules)
