"""A cohort straight into a ledger: each result once, whatever ends a run, and each from the participants before it."""

from __future__ import annotations

import csv
import functools
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from assigner import read_profile
from assigner.cli import main
from assigner.cohorts import Recorder, read_profiles, record_many
from assigner.cohorts.journals import Journal
from assigner.cohorts.parts import Shard
from assigner.cohorts.reading import cohort_of
from assigner.cohorts.runs import Run
from assigner.errors import AssignerError, LedgerProofError, LedgerRuleError
from assigner.ledger.checking import verify_ledger
from assigner.ledger.drafts import Kept, confirm
from assigner.ledger.entries import AdmittedRules
from assigner.ledger.entries import Result as Entered
from assigner.ledger.ledger import Ledger
from assigner.ledger.notes import parse_receipt
from assigner.ledger.replaying import disagreement, said_in
from assigner.ledger.verifying import Answer
from assigner.rules import Rules, read_rules
from assigner.testing.parts import WORD, allele, content_of, gene
from effort import at_a_release, times
from ledgers import ARMS, KEY, ORIGIN, actor, enrol, ledger, opened, quick_folder, trace, wanted, wish
from vcfs import vcf

SHIPPED = read_rules()
REVIEW, SMALLEST = "review", "smallest_arm"


@functools.cache
def rule_set(way: str) -> bytes:
    """Allele X1 gives A, X2 B, X3 C; who carries none is allocated in a way."""
    genes = [gene(at, {arm: 1000}) for at, arm in enumerate(ARMS, 1)]
    alleles = [allele(f"X{at}", at, 100) for at in (1, 2, 3)]
    return json.dumps(
        content_of(genes=genes, alleles=alleles, decision={"otherwise": {**WORD, "no_evidence": way}})
    ).encode()


@functools.cache
def rules(way: str) -> Rules:
    return read_rules(rule_set(way))


@functools.cache
def _template(way: str, secret: bytes | None) -> bytes:
    told = AdmittedRules(id="test", version="1", digest=rules(way).digest, approvals=[])
    with quick_folder() as folder:
        url = str(folder / "l")
        told_of = opened({"B": 1} if way == REVIEW else {}, rule_sets=[told])
        Ledger.create(url, ORIGIN, told_of, actor(), "it begins", key=KEY, secret=secret)[0].close()
        return Path(url).read_bytes()


@contextmanager
def trial(folder: Path, way: str, name: str = "ledger", *, secret: bytes | None = None) -> Iterator[Ledger]:
    """A new ledger; where nobody is allocated, its arm B takes one participant."""
    file = folder / name
    file.write_bytes(_template(way, secret))
    file.chmod(0o600)
    with Ledger.open(str(file), key=KEY, secret=secret) as made:
        yield made


def people(folder: Path, carried: str) -> Path:
    """A sheet of participants P0, P1 ..., each of whom carries the allele of an arm, or none (-); ! has a bad file."""
    rows = ["participant\tfiles"]
    for at, arm in enumerate(carried):
        table = [
            f"{n} {n}000100 A C PASS . GT:DP:GQ {'0/1' if own == arm else '0/0'}:30:60" for n, own in enumerate(ARMS, 1)
        ]
        (folder / f"P{at}.vcf").write_bytes(b"no VCF" if arm == "!" else vcf("\n".join(table), samples=[f"P{at}"]))
        rows.append(f"P{at}\tP{at}.vcf")
    path = folder / "sheet.tsv"
    path.write_text("\n".join(rows) + "\n")
    return path


def run(into: Ledger, way: str, sheet: Path, table: str, **more: Any) -> Run:
    own = {name: sheet.with_name(f"{table}{end}") for name, end in (("table", ""), ("traces", ".traces"))}
    recorder = Recorder(ledger=into, actor=actor(), reason="enrolment", receipt=sheet.with_name(f"{table}.receipt"))
    told = {"rules": rules(way), "rules_file": str(sheet.with_name("rules.yaml")), "form": "tsv", "recorder": recorder}
    sheet.with_name("rules.yaml").write_bytes(rule_set(way))
    return Run(cohort=cohort_of(sheet, rules(way)), **own, **told, **more)


def entries(of: Ledger) -> list[tuple[str | None, str | None, str]]:
    """Participant, arm and request of each result."""
    return [(each.participant, each.arm, each.request) for each in of.entries() if isinstance(each.content, Entered)]


def rows_of(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["participant"]: row for row in csv.DictReader(file, delimiter="\t")}


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.holds("COHO-09")
@pytest.mark.parametrize("way", [REVIEW, SMALLEST])
@times(0.5)
@given(at=st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=3))
def test_a_run_that_was_ended_records_nobody_twice_and_nobody_never(way: str, at: list[tuple[int, bool]]) -> None:
    """Wherever it is ended: before an append, or between it and the note that the participant is done."""
    with quick_folder() as folder:
        sheet = people(folder, "A-B!B-")
        with trial(folder, way, "whole") as whole:
            run(whole, way, sheet, "whole.tsv")()
        with trial(folder, way) as into:
            for time, (after, noted) in enumerate(at):
                with pytest.MonkeyPatch.context() as patch, suppress(Killed):
                    kill_at(patch, after, noted)
                    run(into, way, sheet, "out.tsv", resume=time > 0)()
                    break
            else:
                run(into, way, sheet, "out.tsv", resume=True)()
            found = entries(into)
            assert verify_ledger(into, wanted(rules=(rule_set(way),), replay=True)).answer is Answer.INTACT
        with Ledger.open(str(folder / "whole")) as read:
            assert found == entries(read)
        assert (folder / "out.tsv").read_bytes() == (folder / "whole.tsv").read_bytes()
        told = rows_of(folder / "out.tsv")
        refused = ["P3", "P4"] if way == REVIEW else ["P3"]  # P4 where B has its one participant
        assert [each[0] for each in found] == [f"P{n}" for n in range(6) if f"P{n}" not in refused]
        assert [told[who]["error"] for who in refused] == ["ContainerError", "LedgerRuleError"][: len(refused)]
        assert all(told[who]["ledger_entry"] == told[who]["category"] == "" for who in refused)
        traces = [
            {one.name: one.read_bytes() for one in (folder / f"{n}.tsv.traces").iterdir()} for n in ("out", "whole")
        ]
        assert traces[0] == traces[1] and traces[0].keys() == {f"{each[0]}.json" for each in found}


def kill_at(patch: pytest.MonkeyPatch, after: int, noted: bool) -> None:
    """End the run when it notes one more participant after some: once it is noted, or just before."""
    add, counted = Journal.add, Counter[str]()

    def killed(journal: Journal, told: Any) -> None:
        ends = counted.total() >= after
        counted["added"] += 1
        if noted or not ends:
            add(journal, told)
        if ends:
            raise Killed

    patch.setattr(Journal, "add", killed)


@pytest.mark.holds("COHO-09")
@pytest.mark.parametrize("shards", [(None, None), (Shard(1, 2), Shard(2, 2))])
def test_two_runs_at_once_record_each_participant_once(shards: tuple[Any, Any]) -> None:
    """Each decides from the participants whom the ledger has then, so that the arms stay even."""
    with quick_folder() as folder, trial(folder, SMALLEST) as into:
        sheet = people(folder, "------")
        second = run(into, SMALLEST, sheet, "second.tsv", shard=shards[1])

        def meanwhile(done: int, whole: int) -> None:
            if done == 2 and not second.out.exists():
                second()

        rows = run(into, SMALLEST, sheet, "first.tsv", shard=shards[0], progress=meanwhile)()
        told = entries(into)
        assert sorted(each[0] or "" for each in told) == [f"P{n}" for n in range(6)]
        assert Counter(each[1] for each in told) == {"A": 2, "B": 2, "C": 2}
        assert all(row["ledger_status"] == "assigned" for row in rows)
        assert verify_ledger(into, wanted(rules=(rule_set(SMALLEST),), replay=True)).answer is Answer.INTACT
        if shards[0] is None:
            assert second.out.read_bytes() == (folder / "first.tsv").read_bytes()


@at_a_release
@pytest.mark.holds("COHO-09")
def test_several_processes_record_in_the_order_of_the_cohort() -> None:
    with quick_folder() as folder, trial(folder, SMALLEST) as one, trial(folder, SMALLEST, "other") as two:
        sheet = people(folder, "--A-!-B-")
        run(one, SMALLEST, sheet, "one.tsv")()
        run(two, SMALLEST, sheet, "two.tsv", processes=3)()
        assert entries(one) == entries(two)
        assert (folder / "one.tsv").read_bytes() == (folder / "two.tsv").read_bytes()


# ------------------------------------------------------------------------------------------------------ what is said


def arguments(folder: Path, *more: str, role: str = "manager", site: str = "S1") -> list[str]:
    if not (folder / "key").exists():
        private = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / "key").write_bytes(private)
        (folder / "rules.yaml").write_bytes(rule_set(REVIEW))
    told = [str(folder / "sheet.tsv"), "--rules", str(folder / "rules.yaml"), "--ledger", str(folder / "ledger")]
    who = ["--key", str(folder / "key"), "--actor", "Dr A", "--role", role, "--site", site, "--reason", "enrolment"]
    return ["cohort", *told, *who, *more]


def cohort(folder: Path, *more: str, code: int = 0, **as_one: str) -> Result:
    done = CliRunner().invoke(main, arguments(folder, *more, **as_one))
    assert done.exit_code == code, done.output
    return done


def name(folder: Path, **files: int) -> None:
    """Write a sheet that gives each participant the file of one of `people`."""
    rows = [f"{who}\tP{number}.vcf" for who, number in files.items()]
    (folder / "all.bed").write_text("chr1\t1000000\t1010000\n")  # regions are not one participant's: no alarm
    lines = [f"{row}\t{row[-6:-4]}\tall.bed" for row in rows]
    (folder / "sheet.tsv").write_text("\n".join(["participant\tfiles\tsample\tcallable", *lines]))


@pytest.mark.holds("COHO-09")
def test_a_row_says_what_became_of_it_in_the_ledger() -> None:
    """Who is refused, or has another one's file, has no row that reads as an arm; the others have their own."""
    with quick_folder() as folder, trial(folder, REVIEW) as into:
        people(folder, "AB-BCC")
        name(folder, P0=0, P1=1)
        cohort(folder, "--table", str(folder / "first.tsv"), "--receipt", str(folder / "receipt"))
        name(folder, P0=5, Q=0, P2=2, R=3, S=4)
        more = ("--receipt", str(folder / "second"), "--dictionary", str(folder / "columns"))
        cohort(folder, "--table", str(folder / "out.tsv"), *more, code=1)
        told = rows_of(folder / "out.tsv")

        found = {
            who: (row["outcome"], row["category"], row["ledger_entry"], row["ledger_status"])
            for who, row in told.items()
        }
        assert found == {
            "P0": ("error", "", "", ""), "Q": ("error", "", "3", "waiting"), "P2": ("review", "", "4", "waiting"),
            "R": ("error", "", "", ""), "S": ("assigned", "C", "5", "assigned"),
        }  # fmt: skip
        assert "one since entry 1" in told["P0"]["message"] and "B, which has 1 of 1" in told["R"]["message"]
        assert told["Q"]["message"].endswith("got one of P0")
        assert "ledger_entry\tnumber" in (folder / "columns").read_text()
        receipts = [parse_receipt((folder / each).read_text()) for each in ("receipt", "second")]
        assert [(each.index, each.note.checkpoint.size) for each in receipts] == [(2, 3), (5, 6)]
        assert verify_ledger(into, wanted(*receipts)).answer is Answer.INTACT
        into.append(confirm(wish(), into.names.participant("Q")))  # a person may still say that it is right


@pytest.mark.holds("COHO-09")
def test_the_participants_of_one_file_are_no_alarm_and_one_sample_of_it_under_two_ids_is() -> None:
    with quick_folder() as folder, trial(folder, SMALLEST) as into:
        joint = folder / "joint.vcf"
        joint.write_bytes(vcf("1 1000100 A C PASS . GT:DP:GQ 0/1:30:60 0/0:30:60", samples=["S0", "S1"]))
        who = Recorder(ledger=into, actor=actor(), reason="enrolment")
        first = dict(record_many(read_profiles(joint, rules(SMALLEST)), rules(SMALLEST), who, run="run 1"))
        assert [made.waits for made in first.values()] == [False, False]
        for name, made in first.items():
            (own,) = made.assignment.trace.inputs
            whole = hashlib.sha256(joint.read_bytes()).hexdigest()
            assert (own.sha256, own.part) == (whole, hashlib.sha256(f"{whole}\n{name}".encode()).hexdigest())
            again = read_profile(joint, rules(SMALLEST), sample=name)
            assert again.inputs == made.assignment.profile.inputs

        (folder / "sheet.tsv").write_text("participant\tfiles\tsample\nQ\tjoint.vcf\tS1\n")
        later = read_profiles(folder / "sheet.tsv", rules(SMALLEST))
        (made,) = dict(record_many(later, rules(SMALLEST), who, run="run 2")).values()
        assert isinstance(made, LedgerRuleError) and str(made).endswith("got one of S1")
        assert verify_ledger(into, wanted()).answer is Answer.INTACT


def test_what_no_participant_could_be_recorded_for_is_refused_before_a_file_is_read() -> None:
    with quick_folder() as folder, trial(folder, REVIEW):
        people(folder, "A")
        out = ("--table", str(folder / "out.tsv"), "--receipt", str(folder / "receipt"))
        for wrong, expected in (
            (("--role", "investigator"), "a role that may record 'assigned' and know the arms"),
            (("--role", "nobody"), "a role that may record"), (("--site", "S9"), "a site of the trial: S1, S2"),
        ):  # fmt: skip
            told = dict(zip(wrong[::2], wrong[1::2], strict=True))
            for more in ((), ("--resume",)):
                as_one = {"role": told.get("--role", "manager"), "site": told.get("--site", "S1")}
                assert expected in cohort(folder, *out, *more, code=1, **as_one).output
        (folder / "rules.yaml").write_bytes(rule_set(SMALLEST))
        assert "a rule set that the trial admits" in cohort(folder, *out, "--resume", code=1).output
        assert cohort(folder, out[0], out[1], code=2).output  # no receipt
        assert not {"out.tsv", "receipt", ".out.tsv.unfinished"} & {each.name for each in folder.iterdir()}


def test_in_python_a_run_is_recorded_once_under_its_id() -> None:
    with quick_folder() as folder, trial(folder, REVIEW) as one, trial(folder, SMALLEST, "even") as even:
        sheet = people(folder, "A-!BB")
        for way, into in ((REVIEW, one), (SMALLEST, even)):
            who = Recorder(ledger=into, actor=actor(), reason="enrolment")
            profiles = list(read_profiles(sheet, rules(way)))
            first, again = (dict(record_many(profiles, rules(way), who, run="run 1")) for _ in range(2))
            seen = {
                one: type(made).__name__ if isinstance(made, AssignerError) else (made.entry, made.waits)
                for one, made in first.items()
            }
            refused: Any = "LedgerRuleError" if way == REVIEW else (4, False)
            assert seen == {
                "P0": (1, False),
                "P1": (2, way == REVIEW),
                "P2": "ContainerError",
                "P3": (3, False),
                "P4": refused,
            }
            assert [repr(made) for made in first.values()] == [repr(made) for made in again.values()]
            assert again["P1"].assignment.trace_bytes == first["P1"].assignment.trace_bytes
            other = dict(record_many(profiles, rules(way), who, run="run 2"))
            assert all(isinstance(made, AssignerError) for made in other.values())
            unread: Iterator[Any] = iter(lambda: pytest.fail("a file is read"), None)
            with pytest.raises(LedgerRuleError, match="a rule set that the trial admits"):
                record_many(unread, SHIPPED, who, run="run 3")
            with pytest.raises(LedgerRuleError, match="know the arms"):
                record_many(unread, rules(way), evolve(who, actor=actor(role="investigator")), run="run 3")


@pytest.mark.holds("COHO-09")
def test_nothing_but_the_receipt_of_the_run_itself_is_written_over() -> None:
    """Neither at first nor with --resume: no input, key, database or other file, and no receipt of other entries."""
    with quick_folder() as folder, trial(folder, REVIEW) as into:
        people(folder, "ACA")
        name(folder, P0=0, P1=1)
        cohort(folder, "--table", str(folder / "first.tsv"), "--receipt", str(folder / "older"))
        name(folder, P2=2)
        (folder / "words").write_text("not a receipt\n")
        (folder / "secret").write_bytes(b"s" * 32)
        kept = {each: each.read_bytes() for each in folder.iterdir() if each.is_file()}
        inputs = ("sheet.tsv", "P2.vcf", "all.bed", "rules.yaml", "key", "secret", "ledger")
        (folder / "link").symlink_to("nowhere")
        for file in (*inputs, "older", "words", "link"):
            for more in ((), ("--resume",)):
                told = ["--table", str(folder / "out.tsv"), "--receipt", str(folder / file), *more]
                secret = ["--participant-key", str(folder / "secret")] if file == "secret" else []
                done = CliRunner().invoke(main, arguments(folder, *told, *secret))
                why = "is an input" if file in inputs else "or the receipt of this run"
                assert f"{folder / file}" in done.output and (why if more else "exists already") in done.output
        assert {each: each.read_bytes() for each in folder.iterdir() if each.is_file()} == kept
        assert len(entries(into)) == 2

        out = run(into, REVIEW, folder / "sheet.tsv", "late.tsv")
        with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
            patch.setattr("assigner.cohorts.runs.write_whole", killed)  # the receipt is written, and the table is not
            out()
        written = (folder / "late.tsv.receipt").read_bytes()
        evolve(out, resume=True)()
        assert (folder / "late.tsv.receipt").read_bytes() == written and out.table.exists()


def killed(*_: object) -> None:
    raise Killed


@pytest.mark.holds("COHO-09")
@pytest.mark.parametrize(("meanwhile", "again"), [({}, False), ({"Q": 0, "R": 1}, False), ({"Q": 0}, True)])
def test_a_ledger_that_was_put_back_is_not_gone_on_with(meanwhile: dict[str, int], again: bool) -> None:
    """Its entries are none of the ended run's, or have other numbers; nothing is appended, and no table is written."""
    with quick_folder() as folder:
        with trial(folder, SMALLEST) as into:
            sheet = people(folder, "A-C-")
            before = (folder / "ledger").read_bytes()
            with pytest.MonkeyPatch.context() as patch, suppress(Killed):
                kill_at(patch, 1, noted=True)
                run(into, SMALLEST, sheet, "out.tsv")()
            later = (folder / "ledger").read_bytes()
        (folder / "ledger").write_bytes(before)
        with Ledger.open(str(folder / "ledger"), key=KEY) as into, quick_folder() as others:
            if meanwhile:
                people(others, "CC")
                name(others, **meanwhile)
                run(into, SMALLEST, others / "sheet.tsv", "other.tsv")()
            if again:
                run(into, SMALLEST, sheet, "second.tsv")()
            found = entries(into)
            with pytest.raises(LedgerProofError, match="the ledger that the run began with"):
                run(into, SMALLEST, sheet, "out.tsv", resume=True)()
            assert entries(into) == found and not (folder / "out.tsv").exists()
        (folder / "ledger").write_bytes(later)
        with Ledger.open(str(folder / "ledger"), key=KEY) as into:
            run(into, SMALLEST, sheet, "out.tsv", resume=True)()
            assert [each[0] for each in entries(into)] == ["P0", "P1", "P2", "P3"]


@pytest.mark.holds("COHO-09")
def test_nor_is_one_in_which_the_same_entry_has_another_arm() -> None:
    """Another run of the sheet has asked under the same request, after other participants."""
    with quick_folder() as folder, quick_folder() as others:
        sheet = people(folder, "A-")
        people(others, "-ABC")
        name(others, Q=1)
        with trial(folder, SMALLEST) as into, pytest.MonkeyPatch.context() as patch, suppress(Killed):
            run(into, SMALLEST, others / "sheet.tsv", "first.tsv")()
            kill_at(patch, 1, noted=True)
            run(into, SMALLEST, sheet, "out.tsv")()
        with Ledger.open(str(folder / "ledger")) as ended:
            before = entries(ended)
        name(others, R=ARMS.index(before[2][1] or "") + 1)
        with trial(folder, SMALLEST) as into:
            run(into, SMALLEST, others / "sheet.tsv", "second.tsv")()
            run(into, SMALLEST, sheet, "second.tsv")()
            now = entries(into)
            assert [each[::2] for each in now[1:]] == [each[::2] for each in before[1:]] and now[2] != before[2]
            with pytest.raises(LedgerProofError, match="entry 3: expected the ledger that the run began with"):
                run(into, SMALLEST, sheet, "out.tsv", resume=True)()


def test_who_knows_the_run_cannot_try_ids_against_the_requests_of_a_keyed_ledger() -> None:
    with quick_folder() as folder:
        profiles = list(read_profiles(people(folder, "A"), rules(REVIEW)))
        requests = set()
        for number in range(3):
            secret = None if number == 0 else bytes([number]) * 32
            with trial(folder, REVIEW, f"ledger {number}", secret=secret) as into:
                who = Recorder(ledger=into, actor=actor(), reason="enrolment")
                list(record_many(profiles, rules(REVIEW), who, run="week 1"))
                requests.add(entries(into)[0][2])
        assert len(requests) == 3


def test_an_early_entry_may_name_the_regions_beside_the_participants_own_files() -> None:
    with ledger() as into:
        enrol(into, "P1", "A", "P1.vcf")
        entry = list(into.entries())[-1]
        said = said_in(Kept.of(trace("P1", "A", "P1.vcf")))
        regions = "f" * 64
        early = entry.model_copy(
            update={"content": entry.content.model_copy(update={"inputs": sorted([*said.inputs, regions])})}
        )

        assert disagreement(entry, said, into.names, {}) is None
        assert disagreement(early, evolve(said, inputs=(*said.inputs, regions)), into.names, {}) is None
        assert disagreement(early, said, into.names, {}).endswith("inputs")
