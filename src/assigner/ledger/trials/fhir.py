"""For systems that read HL7 FHIR: the study with its arms, and each participant with the arm that the ledger has now.

In R4B the arm stands in `ResearchSubject.assignedArm`, in R5 in `assignedComparisonGroup`. What led to it is in the
participant's trace; `assigner.exports.fhir` writes the genotypes, and no arm: the ledger alone knows what a person has
confirmed or overridden since.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from typing import Any, assert_never

from assigner.errors import LedgerRuleError
from assigner.exports.facts import without_empty
from assigner.exports.fhir import Form, Release, checked
from assigner.ledger.entries import Arm, Entry
from assigner.ledger.rules import Participant, Status, Trial
from assigner.ledger.trials.items import Step, steps_of


def fhir(entries: Sequence[Entry], *, release: Release, blinded: bool = False) -> bytes:
    """The participants of a ledger as a bundle of the type `collection`, as JSON.

    Args:
        entries: all of the ledger.
        release: R4, checked against the models of 4.3.0 (R4B), or R5.
        blinded: whether to leave out arms.

    Raises:
        InputError: when the extra `interchange` is not installed.
        LedgerRuleError: when no trial is opened, the rules refuse an entry, or FHIR cannot hold a value.
    """
    trial, steps = steps_of(entries)
    latest = {step.after.key: step for step in steps}
    began = {step.after.key: step.entry.at for step in reversed(steps)}
    resources = [_study(trial, release, blinded=blinded)]
    for key, step in latest.items():
        resources += _subject(trial, step, began[key], release, blinded=blinded)
    made = {
        "resourceType": "Bundle",
        "id": _id(trial, f"of {len(entries)} entries"),
        "type": "collection",
        "timestamp": entries[-1].at,
        "entry": [{"fullUrl": f"urn:uuid:{each['id']}", "resource": each} for each in resources],
    }
    checked(made, release, "ledger", LedgerRuleError)
    return json.dumps(made, ensure_ascii=False, indent=2).encode() + b"\n"


def _id(trial: Trial, name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{trial.origin}#{name}"))


def _reference(trial: Trial, name: str) -> Form:
    return {"reference": f"urn:uuid:{_id(trial, name)}"}


def _study(trial: Trial, release: Release, *, blinded: bool) -> Form:
    arms = [] if blinded else [_arm(trial, each, release) for each in trial.arms.values()]
    return without_empty(
        {
            "resourceType": "ResearchStudy",
            "id": _id(trial, "study"),
            "identifier": [{"value": trial.origin}],
            "title": trial.trial,
            "status": "active",
            "arm" if release == "R4" else "comparisonGroup": arms,
        }
    )


def _arm(trial: Trial, arm: Arm, release: Release) -> Form:
    told = f"{arm.name}: {arm.intervention}"
    match release:
        case "R4":
            return {"name": arm.id, "description": told}
        case "R5":
            return {"linkId": _group(trial, arm.id), "name": arm.id, "description": told}
        case _:
            assert_never(release)


def _group(trial: Trial, arm: str) -> str:
    """The id of an arm in FHIR R5, which takes fewer characters than the ids of categories have."""
    return _id(trial, f"arm {arm}")


def _subject(trial: Trial, step: Step, began: str, release: Release, *, blinded: bool) -> Iterator[Form]:
    now = step.after
    patient = f"patient {now.key}"
    yield {"resourceType": "Patient", "id": _id(trial, patient), "identifier": [{"value": now.key}]}
    told: dict[str, Any] = {
        "resourceType": "ResearchSubject",
        "id": _id(trial, f"subject {now.key}"),
        "identifier": [{"value": now.key}],
        "study": _reference(trial, "study"),
        "period": {"start": began},
    }
    arm = None if blinded else now.arm
    match release:
        case "R4":
            told |= {"status": _state(now), "individual": _reference(trial, patient), "assignedArm": arm}
        case "R5":
            progress = {"subjectState": {"text": now.status.value}, "startDate": step.entry.at}
            told |= {"status": "active", "progress": [progress], "subject": _reference(trial, patient)}
            told |= {"assignedComparisonGroup": arm and _group(trial, arm)}
        case _:
            assert_never(release)
    yield without_empty(told)


def _state(now: Participant) -> str:
    """The code of R4B for where a participant stands. Who waits or was rejected is a candidate: no more is known."""
    match now.status:
        case Status.ASSIGNED:
            return "on-study"
        case Status.WAITING | Status.REJECTED:
            return "candidate"
        case Status.WITHDRAWN:
            return "withdrawn"
        case _:
            assert_never(now.status)
