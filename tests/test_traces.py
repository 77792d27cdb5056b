"""Traces: canonical, sealed, read back, replayed, and no change of a byte goes unnoticed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

import assigner
from assigner.assignments import assign
from assigner.errors import TraceError
from assigner.genome.builds import Build
from assigner.profiles.forms import profile_of
from assigner.profiles.profile import Check, Input, Profile
from assigner.profiles.written import form_of
from assigner.testing.contents import rule_sets
from assigner.testing.loci import participants
from assigner.testing.participants import known_profiles, profiles
from assigner.testing.parts import WORD, content_of, rules_of
from assigner.testing.variations import reversed_profile
from assigner.traces import Trace, digest_of, loading, parse_sealed, parse_trace, read_trace
from assigner.truth import Truth
from effort import times
from json_edits import places_in
from models import optional_fields

RULES = rules_of(content_of())
TRACE = assign(Profile(participant="P1", build=Build.GRCH38), RULES).trace
SHIPPED = assigner.read_rules()


@pytest.mark.holds("TRAC-03")
@given(st.data(), rule_sets())
def test_a_trace_is_read_back_as_written_and_replays_to_the_same_bytes(data, rules):
    profile = data.draw(st.one_of(profiles(rules), known_profiles(rules, 2)))
    trace = assign(profile, rules).trace
    source = trace.to_bytes()
    again = parse_trace(source)
    assert (again, again.to_bytes(), again.is_intact) == (trace, source, True)

    replayed = assign(profile_of(again.profile, rules), rules).trace
    kept = {name: getattr(trace, name) for name in ("inputs", "checks", "assumptions")}
    assert reseal(replayed, **kept).to_bytes() == source


@given(st.data(), rule_sets())
def test_what_is_put_together_is_what_the_typed_trace_says(data, rules):
    made = assign(data.draw(st.one_of(profiles(rules), known_profiles(rules, 2))), rules)
    parts = made.trace.model_dump(mode="json")
    assert made.trace_bytes == rfc8785.dumps(parts) == made.trace.to_bytes()
    rest = rfc8785.dumps({key: value for key, value in parts.items() if key != "digest"})
    assert made.trace.digest == hashlib.sha256(rest).hexdigest()

    whys = [finding.why for finding in made.findings if finding.truth is Truth.UNKNOWN]
    assert [each["why"] for each in parts["findings"]["unknown"]] == whys
    assert parts["findings"]["why"] == {why.value: why.words for why in whys if why is not None}


def test_a_mimic_and_a_therapy_of_one_id_rest_each_on_its_own_word():
    own = {"id": "same", "gene": "G1", "action": "report"}
    mimic = own | WORD | {"disorder": "x", "trigger": "two", "because": "a mimic"}
    therapy = own | WORD | {"product": "x", "stage": "x", "trigger": "copy_number", "because": "a therapy"}
    rules = rules_of(content_of(flags={"mimics": [mimic], "therapies": [therapy]}))
    trace = assign(Profile(participant="P1", build=Build.GRCH38), rules).trace
    assert [(flag.kind, flag.because) for flag in trace.flags] == [
        ("mimic", "a mimic"),
        ("gene_targeted_therapy", "a therapy"),
    ]


def reseal(trace: Trace, **change: Any) -> Trace:
    changed = trace.model_copy(update=change)
    return changed.model_copy(update={"digest": digest_of(changed)})


@pytest.mark.holds("TRAC-03")
@pytest.mark.parametrize("example", SHIPPED.content.examples, ids=lambda example: example.id)
def test_the_shipped_examples_replay(example):
    made = assign(profile_of(example.profile, SHIPPED), SHIPPED)
    again = parse_trace(made.trace.to_bytes())
    assert assign(profile_of(again.profile, SHIPPED), SHIPPED).trace == again


@pytest.mark.holds("TRAC-09")
@given(st.data(), rule_sets())
def test_the_order_within_a_profile_leaves_no_mark(data, rules):
    profile = data.draw(profiles(rules))
    mixed = evolve(reversed_profile(profile), variants=data.draw(st.permutations(profile.variants)))
    assert assign(mixed, rules).trace.to_bytes() == assign(profile, rules).trace.to_bytes()


@pytest.mark.holds("TRAC-02")
@given(st.data(), rule_sets())
def test_there_is_no_float_and_no_place_of_a_file_in_a_trace(data, rules):
    trace = assign(data.draw(profiles(rules)), rules).trace

    def no_float(text: str) -> None:
        raise AssertionError(text)

    json.loads(trace.to_bytes(), parse_float=no_float, parse_constant=no_float)
    assert trace.to_bytes() == json.dumps(
        json.loads(trace.to_bytes()), ensure_ascii=False, separators=(",", ":"), sort_keys=True
    ).encode() or any(ord(c) > 0xFFFF for c in trace.to_bytes().decode())  # RFC 8785 sorts by UTF-16


@pytest.mark.holds("TRAC-01")
@given(st.data(), participants)
def test_any_edited_byte_is_noticed(data, name):
    trace = reseal(TRACE, participant=name)
    source = trace.to_bytes()
    at = data.draw(st.integers(0, len(source) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda new: new != source[at]))
    edited = source[:at] + bytes([byte]) + source[at + 1 :]
    try:
        again = parse_trace(edited)
    except TraceError:
        return
    same_value = b"\\u" in source and again == trace  # an escape's letters in the other case
    assert not again.is_intact or same_value


@pytest.mark.holds("TRAC-01")
def test_no_byte_of_a_trace_can_be_changed():
    source = TRACE.to_bytes()
    for at, byte in ((at, byte) for at in range(0, len(source), 3) for byte in b'0e"} ' if source[at] != byte):
        try:
            again = parse_trace(source[:at] + bytes([byte]) + source[at + 1 :])
        except TraceError:
            continue
        assert not again.is_intact, at


KEPT = sorted((Path(__file__).parent / "traces").glob("*/*.json"))


def told(written: bytes) -> Any:
    """What reading a sealed trace comes to: the trace, or the error."""
    try:
        return parse_sealed(written)
    except TraceError as error:
        return str(error)


VALUES = ["null", "1", "1.0", "true", '"x"', "[]", "{}", "9007199254740992", '{"a":1,"a":1}', "\\"]
WHOLE = ["", "gone", "spaced", "a line more", "a key twice"]


@pytest.mark.holds("TRAC-01")
@times(6)
@given(st.data(), st.sampled_from(KEPT), st.sampled_from([*VALUES, *WHOLE]), st.booleans())
def test_a_sealed_trace_is_told_from_all_else_in_few_steps_as_in_all(data, file, edit, sealed):
    whole: Any = json.loads(file.read_bytes())
    within, key = data.draw(places_in(whole))
    if edit == "gone":
        del within[key]
    elif edit in VALUES:
        within[key] = "\ue000"
    if sealed:
        rest = {name: value for name, value in whole.items() if name != "digest"}
        whole["digest"] = hashlib.sha256(edited_in(rest, edit)).hexdigest()
    written = edited_in(whole, edit)
    found = told(written)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loading, "_sealed", lambda _: None)
        assert told(written) == found
    assert isinstance(found, Trace) or edit


def whole_form() -> dict[str, Any]:
    """A trace in which each field that may be left out stands."""
    form: dict[str, Any] = json.loads((Path(__file__).parent / "traces" / "1.3" / "assigned.json").read_bytes())
    form |= {"accrual": {"arms": {}, "factors": {}, "levels": {}}, "stability": {"redraws": 2, "same": 1}}
    form["inputs"][0]["part"] = "0" * 64
    return form


MAY_LACK: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "Trace": lambda form: form,
    "InputRecord": lambda form: form["inputs"][0],
    "LocusRecord": lambda form: form["loci"][-1],
    "Accrual": lambda form: form["accrual"],
}


@pytest.mark.holds("TRAC-01")
@pytest.mark.parametrize("model", sorted(optional_fields(Trace)))
def test_a_trace_is_sealed_in_the_form_alone_that_it_is_written_in(model):
    assert isinstance(told(sealed_form(whole_form())), Trace)
    for name in sorted(optional_fields(Trace)[model]):
        for there in (True, False):
            form = whole_form()
            within = MAY_LACK[model](form)
            del within[name]
            within |= {name: None} if there else {}
            written = sealed_form(form)
            found = told(written)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(loading, "_sealed", lambda _: None)
                assert told(written) == found
            is_so_written = model == "LocusRecord" if there else name in ABSENT
            assert isinstance(found, Trace) is is_so_written, name


ABSENT = ("stability", "part")
"""Left out where there is none."""


def sealed_form(form: dict[str, Any]) -> bytes:
    rest = {name: value for name, value in form.items() if name != "digest"}
    return rfc8785.dumps(rest | {"digest": hashlib.sha256(rfc8785.dumps(rest)).hexdigest()})


def edited_in(value: Any, edit: str) -> bytes:
    """Canonical JSON of a value, but for what is edited in it."""
    written = rfc8785.dumps(value).replace('"\ue000"'.encode(), edit.encode())
    match edit:
        case "spaced":
            return written.replace(b",", b", ", 1)
        case "a line more":
            return written + b"\n"
        case "a key twice":
            return b'{"answered":"exact",' + written[1:]
        case _:
            return written


@pytest.mark.holds("TRAC-07")
@given(st.one_of(st.binary(max_size=60), st.text(max_size=40).map(str.encode)))
def test_any_bytes_are_a_trace_or_an_error_that_says_so(source):
    with pytest.raises(TraceError):
        parse_trace(source)


def edited(**change: Any) -> bytes:
    return json.dumps(TRACE.model_dump(mode="json") | change).encode()


@pytest.mark.holds("TRAC-07")
@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b"", "an empty file"),
        (b"null", "schema_version"),
        (b"[]", "schema_version"),
        (b"{}", "schema_version"),
        (b"\xff", "UTF-8"),
        (b"\xef\xbb\xbf{}", "JSON"),
        (b'{"a": 1, "a": 1}', "twice"),
        (b'{"a": {"b": 1, "b": 1}}', "twice"),
        (b'{"a": 1.0}', "floats"),
        (b'{"a": 1e3}', "floats"),
        (b'{"a": NaN}', "floats"),
        (b'{"a": "\\ud800"}', "half of a surrogate"),
        (b'{"\\uDfffa": 1}', "half of a surrogate"),
        (b'{"a": "\\ud83d\\ude00"}', "schema_version"),
        (b'{"a": -Infinity}', "floats"),
        (b'{"a": ' + b"9" * 5000 + b"}", "number"),
        (b"[" * 100_000, "nesting|JSON"),
        (b'{"a":' * 100_000, "nesting|JSON"),
        (edited(schema_version="2.0"), "schema_version"),
        (edited(schema_version=1), "schema_version"),
        (edited(nonsense=1), "nonsense"),
        (edited(settled="yes"), "settled"),
        (edited(settled=1), "settled"),
        (edited(overturn_risk_ppm=2**53), "number"),
        (edited(overturn_risk_ppm=10**30), "number"),
        (edited(outcome="Assigned"), "outcome"),
        (edited(profile={"participant": "P1", "alleles": {"x": {"depth": 10**15}}}), "alleles"),
        (edited(profile={"nonsense": 1}), "nonsense"),
        (edited(participant=None), "participant"),
        (b'{"schema_version": "1.3"}', "participant"),
        (b'{"schema_version": "1.2"}', "findings"),
        (b'{"schema_version": "1.1"}', "findings"),
        (b'{"schema_version": "1.0"}', "decisive_unknowns"),
        (edited(decisive_unknowns=[-1]), "decisive_unknowns"),
        (edited(decisive_unknowns=[10**6]), "unknown findings"),
        (edited(to_test={"findings": [10**6], "at_least": 1, "conclusive": True}), "unknown findings"),
        (edited(findings=TRACE.form()["findings"] | {"why": {"no_size": ""}}), "each why of an unknown finding"),
        (edited(findings=TRACE.form()["findings"] | {"why": None}), "each why of an unknown finding"),
    ],
    ids=lambda value: value[:40] if isinstance(value, bytes) else value,
)
def test_what_is_no_trace_is_refused(source, expected):
    with pytest.raises(TraceError, match=expected):
        parse_trace(source, "P1.json")


@pytest.mark.parametrize(
    "change",
    [{"category": "B"}, {"participant": "P2"}, {"settled": not TRACE.settled}, {"digest": "0" * 64}, {"digest": ""}],
    ids=repr,
)
def test_a_changed_trace_is_read_and_is_not_intact(change):
    assert not parse_trace(edited(**change)).is_intact


def test_spaces_and_the_order_of_keys_are_no_content():
    backwards = dict(reversed(TRACE.model_dump(mode="json").items()))
    assert parse_trace(json.dumps(backwards, indent=2).encode() + b"\n") == TRACE


def test_size_is_limited():
    with pytest.raises(TraceError, match="at most"):
        parse_trace(b" " * 64_000_001)


@pytest.mark.holds("TRAC-06")
def test_inputs_checks_and_assumptions_are_kept():
    profile = Profile(
        participant="P1",
        build=Build.GRCH38,
        assumptions=("a",),
        checks=(Check("b", "ok", "c"),),
        inputs=(Input("d", "0", 1, "e"),),
    )
    trace = assign(profile, RULES).trace
    assert trace.assumptions == ["a"] and trace.checks[0].evidence == "c" and trace.inputs[0].role == "d"
    assert "a" not in form_of(profile).values()


@pytest.mark.holds("COMM-02")
def test_a_trace_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "P1.json"
    TRACE.write(path)
    assert path.read_bytes() == TRACE.to_bytes() and read_trace(path) == TRACE
    assert path.stat().st_mode & 0o777 == 0o600

    def broken(*_: object) -> None:
        raise OSError("no space")

    monkeypatch.setattr("os.replace", broken)
    with pytest.raises(OSError, match="no space"):
        reseal(TRACE, participant="P2").write(path)
    assert [p.name for p in tmp_path.iterdir()] == ["P1.json"] and read_trace(path) == TRACE


def test_a_trace_that_cannot_be_read_is_an_error_of_ours(tmp_path):
    for path in (tmp_path, tmp_path / "none.json", tmp_path / "no\0path"):
        with pytest.raises(TraceError, match="a readable file"):
            read_trace(path)
