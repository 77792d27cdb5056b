"""For systems that read CDISC's ODM-XML 1.3.2: a transactional file, in which each entry has its audit record.

An entry of a participant is one repeat of the form. Each is inserted, never updated: what a later entry changes, it
says itself. Nothing in the file is taken from a clock: it is as of the latest entry.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import assert_never
from xml.etree import ElementTree

from assigner.__about__ import VERSION
from assigner.ledger.entries import Entry
from assigner.ledger.rules import Trial
from assigner.ledger.trials.items import Item, Step, Type, items, steps_of

NAMESPACE = "http://www.cdisc.org/ns/odm/v1.3"
EVENT, FORM, GROUP, METADATA = "SE.ASSIGNER", "F.ASSIGNMENT", "IG.ENTRY", "MDV.1"

Element = ElementTree.Element


def odm(entries: Sequence[Entry], *, blinded: bool = False) -> bytes:
    """The ledger's participants as ODM-XML 1.3.2.

    Args:
        entries: all of the ledger.
        blinded: whether to leave out arms, and what tells one.

    Raises:
        LedgerRuleError: when no trial is opened, or the rules refuse an entry.
    """
    trial, steps = steps_of(entries)
    told = items(blinded=blinded)
    latest = entries[-1].at
    root = Element(
        "ODM", xmlns=NAMESPACE, ODMVersion="1.3.2", FileType="Transactional", Granularity="All",
        FileOID=f"{trial.origin}@{len(entries)}", CreationDateTime=latest, AsOfDateTime=latest,
        SourceSystem="assigner", SourceSystemVersion=VERSION,
    )  # fmt: skip
    actors = {who: f"U.{at}" for at, who in enumerate(dict.fromkeys(step.entry.actor for step in steps), 1)}
    root.append(_study(trial, {item: max((len(item.of(step)) for step in steps), default=0) or 1 for item in told}))
    root.append(_admin(trial, actors, entries[0].at))
    root.append(_clinical(trial, steps, told, actors, blinded=blinded))
    ElementTree.indent(root)
    written: bytes = ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written + b"\n"


def _with(parent: Element, tag: str, text: str | None = None, **attributes: str) -> Element:
    made = ElementTree.SubElement(parent, tag, attributes)
    made.text = text
    return made


def _study(trial: Trial, told: Mapping[Item, int]) -> Element:
    """The study, with each item and the length of its longest value."""
    study = Element("Study", OID=trial.origin)
    about = _with(study, "GlobalVariables")
    _with(about, "StudyName", trial.trial)
    _with(about, "StudyDescription", f"Assignments of participants, from the ledger {trial.origin}")
    _with(about, "ProtocolName", trial.protocol)
    version = _with(study, "MetaDataVersion", OID=METADATA, Name="Assignments, version 1")
    _with(_with(version, "Protocol"), "StudyEventRef", StudyEventOID=EVENT, OrderNumber="1", Mandatory="No")
    event = _with(version, "StudyEventDef", OID=EVENT, Name="Assignment", Repeating="No", Type="Unscheduled")
    _with(event, "FormRef", FormOID=FORM, OrderNumber="1", Mandatory="No")
    form = _with(version, "FormDef", OID=FORM, Name="Assignment", Repeating="Yes")
    _with(form, "ItemGroupRef", ItemGroupOID=GROUP, OrderNumber="1", Mandatory="Yes")
    group = _with(version, "ItemGroupDef", OID=GROUP, Name="Entry of the ledger", Repeating="No")
    for at, item in enumerate(told, 1):
        _with(group, "ItemRef", ItemOID=_oid(item), OrderNumber=str(at), Mandatory="No")
    for item, length in told.items():
        defined = _with(
            version, "ItemDef", OID=_oid(item), Name=item.name, DataType=_data_type(item.type), Length=str(length)
        )
        question = _with(_with(defined, "Question"), "TranslatedText", item.label)
        question.set("xml:lang", "en")
    return study


def _oid(item: Item) -> str:
    return f"I.{item.name.upper()}"


def _data_type(type: Type) -> str:
    match type:
        case Type.TEXT:
            return "text"
        case Type.INTEGER:
            return "integer"
        case _:
            assert_never(type)


def _site(name: str) -> str:
    return f"L.{name}"


def _admin(trial: Trial, actors: Mapping[str, str], opened: str) -> Element:
    admin = Element("AdminData", StudyOID=trial.origin)
    for name, oid in actors.items():
        _with(_with(admin, "User", OID=oid, UserType="Other"), "DisplayName", name)
    for name in sorted(trial.sites):
        location = _with(admin, "Location", OID=_site(name), Name=name, LocationType="Site")
        _with(
            location,
            "MetaDataVersionRef",
            StudyOID=trial.origin,
            MetaDataVersionOID=METADATA,
            EffectiveDate=opened[:10],
        )
    return admin


def _clinical(
    trial: Trial, steps: Iterable[Step], told: Sequence[Item], actors: Mapping[str, str], *, blinded: bool
) -> Element:
    clinical = Element("ClinicalData", StudyOID=trial.origin, MetaDataVersionOID=METADATA)
    by_first = sorted(steps, key=lambda step: (step.after.first, step.entry.seq))
    for key, of_one in itertools.groupby(by_first, key=lambda step: step.after.key):
        first, *later = of_one
        subject = _with(clinical, "SubjectData", SubjectKey=key, TransactionType="Insert")
        subject.append(_audit(first, actors, blinded=blinded))
        _with(subject, "SiteRef", LocationOID=_site(first.after.site))
        event = _with(subject, "StudyEventData", StudyEventOID=EVENT, TransactionType="Insert")
        for step in (first, *later):
            repeat = str(step.after.revision)
            form = _with(event, "FormData", FormOID=FORM, FormRepeatKey=repeat, TransactionType="Insert")
            form.append(_audit(step, actors, blinded=blinded))
            group = _with(form, "ItemGroupData", ItemGroupOID=GROUP, TransactionType="Insert")
            for item in told:
                if value := item.of(step):
                    _with(group, "ItemData", ItemOID=_oid(item), Value=value)
    return clinical


def _audit(step: Step, actors: Mapping[str, str], *, blinded: bool) -> Element:
    """Who, where, when and why, and which entry of the ledger says so."""
    entry = step.entry
    record = Element("AuditRecord")
    _with(record, "UserRef", UserOID=actors[entry.actor])
    _with(record, "LocationRef", LocationOID=_site(entry.site))
    _with(record, "DateTimeStamp", entry.at)
    if not blinded:
        _with(record, "ReasonForChange", entry.reason)
    _with(record, "SourceID", f"{entry.origin} entry {entry.seq}")
    return record
