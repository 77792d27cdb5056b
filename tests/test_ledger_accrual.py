"""Balanced and full arms with a ledger: what a decision rests on is counted in the transaction that records it."""

from __future__ import annotations

import functools
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from assigner.assignments import assign as assigned
from assigner.cli import main
from assigner.decisions.accrual import Accrual, accrual_of
from assigner.errors import LedgerProofError, LedgerRuleError
from assigner.ledger import drafts
from assigner.ledger.accruals import accrual_of_counts, why_not
from assigner.ledger.checking import verify_ledger
from assigner.ledger.drafts import assign, decide
from assigner.ledger.entries import AdmittedRules, Result
from assigner.ledger.ledger import Ledger
from assigner.ledger.verifying import Answer
from assigner.profiles.forms import profile_of
from assigner.profiles.profile import Profile
from assigner.rules import Rules, read_rules
from assigner.testing.parts import WORD, allele, category, content_of, gene
from effort import at_a_release
from ledgers import KEY, ORIGIN, SITES, actor, opened, quick_folder, wanted, wish
from many import in_processes
from servers import server

FULL = 3
"""How many participants the arm C takes."""


@functools.cache
def rule_set(way: str) -> bytes:
    """Nobody's evidence decides: the protocol allocates in a way; who carries X3 has C, until it is full."""
    otherwise = {**WORD, "no_evidence": way} | ({"factors": {"site": 1}} if way == "minimise" else {})
    return json.dumps(
        content_of(
            categories=[category("A"), category("B"), {**category("C"), "full_at": FULL}],
            decision={"otherwise": otherwise},
            genes=[gene(at, {name: 1000}) for at, name in enumerate("ABC", 1)],
            alleles=[allele(f"X{at}", at, 100) for at in (1, 2, 3)],
        )
    ).encode()


@functools.cache
def rules(way: str) -> Rules:
    return read_rules(rule_set(way))


def form(who: str, carries: str | None = None) -> dict[str, Any]:
    return {"participant": who, "alleles": {f"X{at}": "0/1" if f"X{at}" == carries else "0/0" for at in (1, 2, 3)}}


def person(way: str, who: str, carries: str | None = None) -> Profile:
    return profile_of(form(who, carries), rules(way))


def trial(way: str, url: str) -> Ledger:
    told = AdmittedRules(id="test", version="1", digest=rules(way).digest, approvals=[])
    made, _ = Ledger.create(url, ORIGIN, opened(rule_sets=[told]), actor(), "the trial begins", key=KEY)
    return made


@contextmanager
def quick_trial(way: str) -> Iterator[Ledger]:
    with quick_folder() as folder, trial(way, str(folder / "ledger")) as made:
        yield made


def enrolled(into: Ledger, way: str, who: str, site: str, carries: str | None = None, **more: Any) -> Any:
    profile = person(way, who, carries)

    def decided(others: Accrual) -> bytes:
        return assigned(profile, rules(way), others).trace_bytes

    return into.append(decide(wish(site=site, **more), into.names, profile, decided))


def results(read: Ledger) -> list[tuple[str, str, str | None]]:
    """The participants in their order, with site and arm."""
    return [
        (entry.participant, entry.site, entry.arm) for entry in read.entries(1) if isinstance(entry.content, Result)
    ]


@pytest.mark.holds("LEDG-11")
@pytest.mark.parametrize("way", ["smallest_arm", "minimise"])
@settings(max_examples=4)
@given(steps=st.lists(st.tuples(st.sampled_from(SITES), st.booleans()), max_size=8))
def test_each_result_is_that_of_the_participants_before(way: str, steps: Sequence[tuple[str, bool]]) -> None:
    counts: Counter[tuple[str, str]] = Counter()
    with quick_trial(way) as made:
        for at, (site, carries) in enumerate(steps):
            factors: dict[str, Any] = {}
            for (arm, level), count in counts.items():
                factors.setdefault(level, {})[arm] = count
            arms = {arm: sum(counts[arm, level] for level in SITES) for arm in "ABC"}
            so_far = Accrual(arms=arms, factors={"site": factors}, levels={"site": site})
            expected = assigned(person(way, f"P{at}", "X3" if carries else None), rules(way), so_far).category
            enrolled(made, way, f"P{at}", site, "X3" if carries else None)
            assert results(made)[-1] == (f"P{at}", site, expected)
            if expected is not None:
                counts[expected, site] += 1
        assert verify_ledger(made, wanted(rules=(rule_set(way),), replay=True)).answer is Answer.INTACT


def enrol_all(url: str, way: str, writer: int, number: int) -> None:
    with Ledger.open(url, key=KEY) as into:
        for at in range(number):
            enrolled(into, way, f"P{writer}-{at}", SITES[writer % 2], "X3" if at == 0 else None)


def race(url: str, read: str, writers: int, number: int) -> None:
    """Many enrol at once: at each moment the arms are as even as if they had come one by one, and C never overflows."""
    trial("smallest_arm", url).close()
    in_processes(enrol_all, *((url, "smallest_arm", writer, number) for writer in range(writers)))
    with Ledger.open(read) as made:
        arms: Counter[str | None] = Counter()
        told = results(made)
        assert len(told) == writers * number
        for _, _, arm in told:
            even = [arms[each] for each in "AB"] + ([arms["C"]] if arms["C"] < FULL else [])
            assert arm in (None, "C") or arms[arm] == min(even)
            arms[arm] += 1
        assert arms["C"] == FULL
        found = verify_ledger(made, wanted(rules=(rule_set("smallest_arm"),), replay=True))
        assert (found.answer, found.faults) == (Answer.INTACT, ())


@pytest.mark.holds("LEDG-11")
def test_eight_writers_racing_keep_the_arms_even_on_sqlite() -> None:
    with quick_folder() as folder:
        race(str(folder / "ledger"), str(folder / "ledger"), 8, 3)


@at_a_release
@pytest.mark.holds("LEDG-11")
def test_sixteen_writers_racing_keep_the_arms_even_on_postgresql() -> None:
    with server() as running:
        database = running.database()
        race(running.url(database), running.url(database, "auditor"), 16, 2)


@pytest.mark.holds("LEDG-11")
def test_a_trace_that_rests_on_others_than_the_ledger_has_is_refused() -> None:
    way = "smallest_arm"
    with quick_trial(way) as made:
        stale = assigned(person(way, "P9"), rules(way), accrual_of({"arms": {}})).trace_bytes
        enrolled(made, way, "P1", "S1")
        with pytest.raises(LedgerRuleError, match="arms as the ledger counts them now") as told:
            made.append(assign(wish(), made.names, stale))
        assert told.value.about_arms
        arm = results(made)[0][2]
        current = assigned(person(way, "P9"), rules(way), accrual_of({"arms": {arm: 1}})).trace_bytes
        made.append(assign(wish(), made.names, current))
        # of newer data, the participant's own place does not count
        made.append(assign(wish(), made.names, current, newer=True))
        assert verify_ledger(made, wanted(rules=(rule_set(way),), replay=True)).answer is Answer.INTACT


@pytest.mark.holds("LEDG-11")
def test_a_request_that_is_sent_again_finds_its_entry_whoever_came_after() -> None:
    with quick_trial("minimise") as made:
        first = enrolled(made, "minimise", "P1", "S1", request="edc:1")
        for at in range(2, 6):
            enrolled(made, "minimise", f"P{at}", "S1")
        assert enrolled(made, "minimise", "P1", "S1", request="edc:1").extra == first.extra


@pytest.mark.holds("LEDG-11")
def test_verifying_finds_a_result_that_rests_on_others(monkeypatch: pytest.MonkeyPatch) -> None:
    way = "smallest_arm"
    with quick_trial(way) as made:
        enrolled(made, way, "P1", "S1")
        monkeypatch.setattr(drafts, "expect_counted", lambda *_: None)
        made.append(assign(wish(), made.names, assigned(person(way, "P2"), rules(way), Accrual()).trace_bytes))
        found = verify_ledger(made, wanted())
        assert (found.answer, [fault.entry for fault in found.faults]) == (Answer.DIFFERS, [2])
        assert "another accrual than the ledger had: arms" in found.faults[0].why


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        (None, None),
        ({"arms": {"A": 2}}, None),
        (
            {"arms": {"A": 2, "B": 0}, "factors": {"site": {"S1": {"A": 2}, "S2": {"A": 0}}}, "levels": {"site": "S1"}},
            None,
        ),
        ({"arms": {"A": 2}, "factors": {"onset": {"bulbar": {"A": 1}}}, "levels": {"onset": "bulbar"}}, None),
        ({"arms": {"A": 3}}, "arms"),
        ({}, "arms"),
        ({"arms": {"A": 2, "B": 1}}, "arms"),
        ({"arms": {"A": 2}, "factors": {"site": {"S2": {"A": 2}}}}, "the factor site"),
        ({"arms": {"A": 2}, "levels": {"site": "S2"}}, "the participant's site"),
    ],
)
def test_what_the_ledger_counts_must_agree_and_no_more(given: Any, wrong: str | None) -> None:
    counted = accrual_of_counts({"A": {"S1": 2, "S2": 0}, "B": {"S1": 0}}, "S1")
    assert why_not(None if given is None else accrual_of(given), counted) == wrong


def test_counts_that_no_entries_come_to_are_a_typed_error() -> None:
    for damaged in ({"A": {"S1": -1}}, {"A": {"": 1}}):
        with pytest.raises(LedgerProofError, match="verify the ledger"):
            accrual_of_counts(damaged, "S1")


@pytest.mark.holds("LEDG-11")
def test_the_command_counts_in_the_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("rules.yaml").write_bytes(rule_set("smallest_arm"))
    who = ("--actor", "Dr A", "--role", "manager", "--site", "S1", "--reason", "enrolment")

    def ran(*arguments: str, code: int = 0) -> str:
        done = CliRunner().invoke(main, [*arguments, *who, "--ledger", "t"])
        assert done.exit_code == code, done.output
        return done.output

    ran("ledger", "init", "--origin", ORIGIN, "--trial", "T", "--protocol", "1", "--rules", "rules.yaml",
        "--sites", "S1", "--receipt", "0")  # fmt: skip
    traces = []
    for at in range(1, 4):
        Path(f"{at}.json").write_text(json.dumps(form(f"P{at}")), encoding="utf-8")
        ran("assign", f"{at}.json", "--rules", "rules.yaml", "--receipt", f"r{at}", "--trace", f"t{at}")
        traces.append(json.loads(Path(f"t{at}").read_text(encoding="utf-8")))
    assert {made["category"] for made in traces} == {"A", "B", "C"}
    assert [sum(made["accrual"]["arms"].values()) for made in traces] == [0, 1, 2]
    Path("4.json").write_text(json.dumps(form("P4")), encoding="utf-8")
    Path("old.json").write_text('{"arms": {"A": 1}}', encoding="utf-8")
    stale = ran("assign", "4.json", "--rules", "rules.yaml", "--receipt", "r4", "--accrual", "old.json", code=1)
    assert "arms as the ledger counts them now" in stale
    assert not Path("r4").exists()
