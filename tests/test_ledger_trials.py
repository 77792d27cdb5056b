"""The ledger in the forms of trial systems, judged by independent readers, and the service that an EDC calls."""

from __future__ import annotations

import csv
import hashlib
import importlib
import io
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import dsjframe
import pandas
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from assigner.assignments import assign as assigned
from assigner.cli import main
from assigner.errors import LedgerRuleError
from assigner.exports.facts import Case
from assigner.ledger.copies import InDatabase
from assigner.ledger.drafts import Kept, confirm, override, withdraw
from assigner.ledger.entries import Arm, Entry
from assigner.ledger.trials.fhir import fhir
from assigner.ledger.trials.findings import rows_of
from assigner.ledger.trials.items import ITEMS, items
from assigner.ledger.trials.odm import NAMESPACE, odm
from assigner.ledger.trials.redcap import COLUMNS, DICTIONARY, RECORDS, redcap
from assigner.ledger.trials.sdtm import sdtm
from assigner.profiles.calls import State
from assigner.testing.contents import rule_sets
from assigner.testing.participants import profiles
from assigner.truth import Truth
from ledgers import EVIDENCE, KEY, enrol, ledger, ledger_at, quick_folder, rule_set, rules, wish
from scripts import loaded

TAG = f"{{{NAMESPACE}}}"


def trial(arms: str = "ABC", reason: str = "=1+1, 'x' <b>&", traces: dict[str, Kept] | None = None) -> list[Entry]:
    """The entries of a small trial, in which the arms stand for each other as a permutation says.

    Args:
        traces: gets its traces, by their commitments.
    """
    with ledger() as made:
        enrol(made, "P1", arms[0], file="one")
        enrol(made, "P2", f"{arms[1]}?")
        made.append(confirm(wish(site="S2", name="Dr B"), "P2"))
        made.append(override(wish(reason), "P1", arms[2], [EVIDENCE]))
        enrol(made, "P3", None, file="one", allocation="K7")
        made.append(withdraw(wish(), "P2"))
        with made.store.reading() as connection:
            copy = InDatabase(connection)
            (traces if traces is not None else {}).update({each: copy.kept(each) for each in copy.commitments()})
        return [each.model_copy(update={"at": "2026-01-01T00:00:00.000000Z", "request": str(each.seq)})
                for each in made.entries()]  # fmt: skip


def table(written: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(written.decode(), newline="")))


@pytest.mark.holds("LEDG-13")
def test_redcap_gets_one_instance_an_entry_and_only_fields_of_the_dictionary():
    entries = trial()
    made = redcap(entries, record_field="study_id")
    fields, rows = table(made[DICTIONARY]), table(made[RECORDS])

    assert list(fields[0]) == list(COLUMNS)
    names = [each["Variable / Field Name"] for each in fields]
    assert names[0] == "study_id"
    assert {each["Field Annotation"] for each in fields[1:]} == {"@READONLY"}
    (form,) = {each["Form Name"] for each in fields}
    repeats = {"redcap_repeat_instrument", "redcap_repeat_instance", f"{form}_complete"}
    assert set(rows[0]) == {*names, *repeats}
    assert {row["redcap_repeat_instrument"] for row in rows} == {form}
    of_participants = [each for each in entries if each.participant is not None]
    columns = ("study_id", "redcap_repeat_instance", "assigner_entry", "assigner_arm")
    assert [tuple(row[column] for column in columns) for row in rows] == [
        (each.participant, str(each.revision), str(each.seq), each.arm or "") for each in of_participants
    ]
    assert [row["assigner_reason"] for row in rows] == [each.reason for each in of_participants]
    assert [row["assigner_status"] for row in rows] == [
        "assigned", "waiting", "assigned", "assigned", "waiting", "withdrawn",
    ]  # fmt: skip
    assert [row[f"{form}_complete"] for row in rows] == ["2", "1", "2", "2", "1", "2"]
    assert rows[4]["assigner_alarms"] == "P1"
    for name in ("Record", "1x", "a__b", "a_", "", "x" * 101, "assigner_entry"):
        with pytest.raises(LedgerRuleError, match="the name of a REDCap field"):
            redcap(entries, record_field=name)


@pytest.mark.holds("LEDG-13")
def test_odm_is_read_by_another_library_and_gives_each_entry_its_audit_record(tmp_path):
    from odmlib import loader, odm_loader

    entries = trial()
    (tmp_path / "odm.xml").write_bytes(odm(entries))
    reader = loader.ODMLoader(odm_loader.XMLODMLoader())
    reader.open_odm_document(str(tmp_path / "odm.xml"))
    document = reader.root()
    assert document.verify_order()
    (study,), (clinical,) = document.Study, document.ClinicalData
    names = {each.OID: each.Name for each in study.MetaDataVersion[0].ItemDef}
    users = {each.OID: each.DisplayName._content for each in document.AdminData[0].User}
    of_participants = [each for each in entries if each.participant is not None]
    told = {}
    for subject in clinical.SubjectData:
        for form in subject.StudyEventData[0].FormData:
            values = {names[each.ItemOID]: each.Value for each in form.ItemGroupData[0].ItemData}
            record = form.AuditRecord
            told[int(values["entry"])] = (
                subject.SubjectKey, form.FormRepeatKey, values.get("arm"), values["kind"],
                users[record.UserRef.UserOID], record.DateTimeStamp._content, record.ReasonForChange._content,
            )  # fmt: skip
    assert told == {
        each.seq: (each.participant, str(each.revision), each.arm, each.kind, each.actor, each.at, each.reason)
        for each in of_participants
    }
    assert odm(entries) == (tmp_path / "odm.xml").read_bytes()


@pytest.mark.holds("LEDG-13", "LEDG-07")
@settings(max_examples=4)
@given(arms=st.permutations("ABC"))
def test_a_blinded_form_is_the_same_when_arms_are_exchanged(arms):
    one, other = trial(reason="x"), trial("".join(arms), reason="y")
    assert odm(one, blinded=True) == odm(other, blinded=True)
    assert redcap(one, blinded=True) == redcap(other, blinded=True)
    for release in ("R4", "R5"):
        assert fhir(one, release=release, blinded=True) == fhir(other, release=release, blinded=True)
    assert {each.name for each in ITEMS if each not in items(blinded=True)} <= {
        item.get("Name") for item in ElementTree.fromstring(odm(one)).iter(f"{TAG}ItemDef")
    }


@pytest.mark.holds("LEDG-13")
@pytest.mark.parametrize(("release", "models", "arm"), [
    ("R4", "fhir.resources.R4B.bundle", "assignedArm"), ("R5", "fhir.resources.bundle", "assignedComparisonGroup"),
])  # fmt: skip
def test_fhir_gives_each_participant_the_arm_of_the_ledger(release, models, arm):
    made = importlib.import_module(models).Bundle.model_validate_json(fhir(trial(), release=release))
    resources = [each.resource for each in made.entry]
    subjects = [each for each in resources if each.get_resource_type() == "ResearchSubject"]
    groups = {each.linkId: each.name for each in getattr(made.entry[0].resource, "comparisonGroup", None) or ()}
    arms = {each.identifier[0].value: getattr(each, arm) for each in subjects}
    assert {who: groups.get(each, each) for who, each in arms.items()} == {"P1": "C", "P2": "B", "P3": None}
    assert {each.reference for subject in subjects for each in (subject.study,)} == {made.entry[0].fullUrl}


@pytest.mark.parametrize(("release", "models"), [("R4", "fhir.resources.R4B.bundle"), ("R5", "fhir.resources.bundle")])
def test_fhir_takes_an_arm_of_any_name(release, models):
    first = trial()[0]
    arms = [Arm(id="SOD1+FUS_1", name="x", intervention="x", size=None)]
    opened = first.model_copy(update={"content": first.content.model_copy(update={"arms": arms})})
    made = importlib.import_module(models).Bundle.model_validate_json(fhir([opened], release=release))
    study = made.entry[0].resource
    assert [each.name for each in (study.arm if release == "R4" else study.comparisonGroup)] == ["SOD1+FUS_1"]


def read_back(files: dict[str, bytes], name: str, folder: Path) -> list[dict[str, object]]:
    """The rows of a domain, as two libraries read the two files of it: they must say the same."""
    (folder / "x.json").write_bytes(files[f"{name}.json"])
    (folder / "x.xpt").write_bytes(files[f"{name}.xpt"])
    told = dsjframe.read_dataset(folder / "x.json")
    other = pandas.read_sas(folder / "x.xpt", format="xport", encoding="ascii")
    rows = [{key: value for key, value in row.items() if value is not None} for row in told.to_pylist()]
    assert list(other.columns) == told.column_names
    assert rows == [
        {key: value for key, value in row.items() if value != "" and value == value} for row in other.to_dict("records")
    ]
    return rows


@pytest.mark.holds("LEDG-13", "LEDG-15")
def test_sdtm_is_read_by_other_libraries_and_says_what_the_ledger_says(tmp_path):
    traces: dict[str, Kept] = {}
    entries = trial(traces=traces)
    kept = SimpleNamespace(kept=traces.get)
    files = sdtm(entries, kept, [rule_set()])
    people, milestones, findings = (read_back(files, name, tmp_path) for name in ("dm", "ds", "gf"))
    columns = ("SUBJID", "ARMCD", "ARM", "ACTARMCD", "ARMNRS")
    assert [tuple(row.get(column) for column in columns) for row in people] == [
        ("P1", "C", "Biology C", None, "ASSIGNED, NOT TREATED"),
        ("P2", "B", "Biology B", None, "ASSIGNED, NOT TREATED"),
        ("P3", None, None, None, "NOT ASSIGNED"),
    ]
    assert {(row["USUBJID"], row["SITEID"]) for row in people} == {(f"A test-P{at}", "S1") for at in (1, 2, 3)}
    assert [(row["USUBJID"], row["DSSEQ"], row["DSSPID"]) for row in milestones] == [
        ("A test-P1", 1, "entry 1"), ("A test-P1", 2, "entry 4"), ("A test-P2", 1, "entry 3"),
    ]  # fmt: skip
    assert [(row["USUBJID"], row["GFSPID"], row.get("GFSTRESC"), row.get("GFSTAT")) for row in findings][:4] == [
        ("A test-P1", "X1", "0/1", None), ("A test-P1", "X2", "0/0", None), ("A test-P1", "X3", "0/0", None),
        ("A test-P2", "X1", None, "NOT DONE"),
    ]  # fmt: skip
    assert sdtm(entries, kept, [rule_set()]) == files

    gone = read_back(sdtm(entries, SimpleNamespace(kept=lambda _: None)), "gf", tmp_path)
    assert [(row["GFTESTCD"], row["GFSTAT"], row["GFREASND"]) for row in gone] == [
        ("GFALL", "NOT DONE", "the trace is not kept")
    ] * 3
    with pytest.raises(LedgerRuleError, match="rules: expected the rule set"):
        sdtm(entries, kept)


@pytest.mark.parametrize(("arm", "why"), [
    (Arm(id="C", name="Bi\u00f6logy", intervention="x", size=None), "DM row 1: ARM: .* ASCII"),
    (Arm(id="C", name="x" * 201, intervention="x", size=None), "DM row 1: ARM: .* 200 letters"),
    (None, "ARMCD: .* 20 letters"),
])  # fmt: skip
def test_what_sdtm_cannot_hold_is_a_typed_error(arm, why):
    first, *rest = trial()
    name = "C" if arm else "C" * 21
    arms = [*first.content.arms[:2], arm or Arm(id=name, name="x", intervention="x", size=None)]
    entries = [first.model_copy(update={"content": first.content.model_copy(update={"arms": arms})}), *rest]
    changed = entries[4].model_copy(
        update={"arm": name, "content": entries[4].content.model_copy(update={"arm": name})}
    )  # fmt: skip
    with pytest.raises(LedgerRuleError, match=why):
        sdtm([*entries[:4], changed, *entries[5:]], SimpleNamespace(kept=lambda _: None))


@pytest.mark.holds("LEDG-15")
@given(st.data(), rule_sets())
def test_a_place_in_doubt_is_not_done_and_never_absent(data, rules):
    profile = data.draw(profiles(rules))
    case = Case.of(assigned(profile, rules).trace, rules)
    rows = list(rows_of(case))
    for row in rows:
        done = {name: bool(row.get(name)) for name in ("GFORRES", "GFSTRESC")}
        assert set(done.values()) == {row.get("GFSTAT") != "NOT DONE"}
        assert bool(row.get("GFREASND")) == (row.get("GFSTAT") == "NOT DONE")
    told = {row["GFSPID"]: row for row in rows if row["GFTSTDTL"] == "GENOTYPE"}
    for variant, allele in case.panel.alleles.items():
        result, call = told[allele.id].get("GFSTRESC"), case.profile.call(variant)
        seen = [each.call for each in case.variants if each.variant == variant]
        carries = (seen or [call])[0].carries
        match carries:
            case Truth.UNKNOWN:
                assert result is None
            case Truth.TRUE:
                assert "1" in result
            case Truth.FALSE:
                assert result is None or "1" not in result
        assert call.state is not State.ASSUMED_REFERENCE or seen or result is None
    assert len({row["GFSPID"] for row in rows if row["GFTESTCD"] == "VNTR"}) == len(case.panel.repeats)


def test_an_export_is_whole_and_recorded_by_its_digest(monkeypatch):
    who = ("--actor", "Dr A", "--role", "manager", "--site", "S1", "--reason", "for the EDC")

    def export(*more: str):
        return CliRunner().invoke(main, ["ledger", "export", "--ledger", "t", "--recipient", "EDC", *who, *more])

    with quick_folder() as folder:
        monkeypatch.chdir(folder)
        with ledger_at(Path("t")) as made:
            enrol(made, "P1", "A")
        Path("t.key").write_bytes(_pem())
        Path("t.key").chmod(0o600)
        assert export("--as", "redcap", "-o", "redcap", "--receipt", "1").exit_code == 0
        assert export("--as", "odm", "-o", "odm.xml", "--blinded", "--receipt", "2").exit_code == 0
        Path("rules.yaml").write_bytes(rule_set())
        assert export("--as", "sdtm", "-o", "sdtm", "--rules", "rules.yaml", "--receipt", "3").exit_code == 0
        assert {each.name for each in Path("sdtm").iterdir()} > {"dm.xpt", "dm.json", "gf.xpt", "SHA256SUMS"}
        assert export("--as", "fhir-r5", "-o", "fhir.json", "--receipt", "4").exit_code == 0
        with ledger_at_rest() as made:
            digests = [each.content.sha256 for each in made.entries() if each.kind == "exported"]
        sums = Path("redcap/SHA256SUMS").read_bytes()
        files = [sums, *(Path(name).read_bytes() for name in ("odm.xml", "sdtm/SHA256SUMS", "fhir.json"))]
        assert digests == [hashlib.sha256(each).hexdigest() for each in files]
        for line in sums.decode().splitlines():
            digest, _, name = line.partition("  ")
            assert hashlib.sha256(Path("redcap", name).read_bytes()).hexdigest() == digest
        for wrong in ("--blinded", "--as odm --verifier v", "--record-field x", "--rules x", "--as sdtm --blinded"):
            assert export("-o", "other", *wrong.split()).exit_code == 2
        assert not Path("other").exists()


def ledger_at_rest():
    from assigner.ledger.ledger import Ledger

    return Ledger.open("t")


def _pem() -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.holds("LEDG-14")
def test_an_edc_that_repeats_its_call_gets_one_assignment():
    testing = pytest.importorskip("fastapi.testclient", reason="the example needs fastapi and httpx")
    file = Path(__file__).parents[1] / "examples" / "edc_service.py"
    example = loaded(file)
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 65

    with quick_folder() as folder:
        ledger_at(folder / "t", {"A": 1}).close()
        (folder / "key").write_bytes(_pem())
        (folder / "key").chmod(0o600)

        def client(role: str = "manager"):
            made = example.service(str(folder / "t"), str(folder / "key"), rules(), role, "S1")
            return testing.TestClient(made, raise_server_exceptions=False)

        def put(who: str, request: str, seen: dict[str, str], calls=None):
            headers = {"Idempotency-Key": request, "Actor": "Dr A", "Reason": "enrolment"}
            return (calls or client()).put(f"/participants/{who}/assignment", json={"alleles": seen}, headers=headers)

        gives_a = {"X1": "0/1", "X2": "0/0", "X3": "0/0"}
        first, again = put("P1", "r1", gives_a), put("P1", "r1", gives_a)
        assert first.status_code == 200, first.text
        assert (first.json()["entry"], first.json()["status"], first.json()["arm"]) == (1, "assigned", "A")
        assert again.json() == first.json()
        other_wish = put("P1", "r1", {**gives_a, "X1": "0/0", "X2": "0/1"})
        assert (other_wish.status_code, "a new id for a new wish" in other_wish.text) == (409, True)
        assert put("P1", "r2", gives_a).status_code == 409
        assert put("P2", "r3", {"no-such": "0/1"}).status_code == 422
        full = put("P2", "r4", gives_a, client("investigator"))
        assert (full.status_code, full.json()) == (409, {"error": "a person who may know the arms must look"})
        blinded = put("P2", "r5", {**gives_a, "X1": "0/0", "X2": "0/1"}, client("investigator"))
        assert blinded.json() == {"entry": 2, "status": "assigned"}
        (folder / "t").unlink()
        gone = put("P3", "r6", gives_a)
        assert (gone.status_code, gone.json()["send_again"]) == (503, True)
