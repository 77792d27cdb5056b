"""What a user of the library sees: its names, its values in other processes, and the sources that it reads."""

from __future__ import annotations

import copy
import functools
import importlib.util
import io
import json
import multiprocessing
import pickle
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

import assigner
from assigner import errors
from assigner.audits.verification import Answer
from assigner.errors import AssignerError, LimitError, ProfileError, RuleSetError, TraceError
from assigner.forecasts.frequencies import read_frequencies
from assigner.profiles.forms import read_form
from assigner.rules import Rules
from assigner.testing.contents import rule_sets
from assigner.testing.participants import known_profiles, profiles
from assigner.testing.parts import content_of, rules_of
from assigner.traces import read_openings, read_redacted
from effort import some
from vcfs import vcf, written

SHIPPED = assigner.read_rules()
FORMS: list[dict[str, Any]] = [
    {"participant": "P1", "alleles": {"VCP-R155H": "0/1"}, "repeats": {"C9orf72": "2/2"}},
    {"participant": "P2", "repeats": {"C9orf72": "2/>60"}, "copy_numbers": {"SMN1": "2"}, "assessed": "all"},
    {"participant": "P3", "absent": "reference", "sex": "male", "markers": {"rs429358": "C/T"}},
]
TRACE = assigner.assign(assigner.profile_of(FORMS[0], SHIPPED), SHIPPED).trace

# ---------------------------------------------------------------------------------------------------------------- names


def test_the_public_names_are_these():
    raised = [name for name in vars(errors) if name.endswith("Error")]
    others = [
        "Accrual", "Assignment", "Build", "Grade", "Limits", "Outcome", "Profile", "Reason", "Rules", "Sex", "State",
        "Trace", "Truth", "__version__", "assign", "parse_trace", "profile_of", "read_accrual", "read_profile",
        "read_rules", "read_trace", "verify",
    ]  # fmt: skip
    assert sorted(assigner.__all__) == sorted([*raised, *others])
    assert all(getattr(assigner, name) for name in assigner.__all__)
    assert set(assigner.__all__) <= set(dir(assigner))
    with pytest.raises(AttributeError, match="nonsense"):
        assigner.nonsense  # noqa: B018


def test_names_and_modules_of_traces_are_there_before_they_are_imported():
    """In a copy of the package's own module, of which no name was asked for yet."""
    own = importlib.util.find_spec("assigner.traces")
    assert own is not None and own.loader is not None
    fresh = importlib.util.module_from_spec(own)
    own.loader.exec_module(fresh)
    assert {*fresh.__all__, "documents", "loading", "schema", "seals"} <= set(dir(fresh))
    assert fresh.documents.Trace is fresh.Trace is assigner.Trace and fresh.loading.parse_trace is fresh.parse_trace
    with pytest.raises(AttributeError, match="nonsense"):
        fresh.nonsense  # noqa: B018


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import assigner", ("cyvcf2", "numpy", "click", "yaml", "pydantic", "attrs")),
        ("import assigner; assigner.assign, assigner.parse_trace, assigner.profile_of", ("cyvcf2", "numpy", "click")),
        ("import assigner; assigner.read_rules()", ("cyvcf2", "numpy", "click")),
        ("import assigner; assigner.Limits, assigner.LimitError, assigner.Truth", ("cyvcf2", "numpy", "yaml")),
    ],
)
def test_what_is_imported_is_what_is_needed(statement, absent):
    script = f"import sys; {statement}; print(' '.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert not set(absent) & set(loaded)


def test_a_rule_set_says_which_it_is():
    head = SHIPPED.content.rule_set
    assert (SHIPPED.id, SHIPPED.version, SHIPPED.status) == (head.id, head.version, head.status)
    assert [category.id for category in SHIPPED.categories] == ["CAT1", "CAT2", "CAT3", "CAT4"]


def test_an_assignment_says_whether_it_is_one():
    known = {"absent": "reference", "assessed": "all", "alleles": {"VCP-R155H": "0/1"}}
    known["repeats"] = {"C9orf72": "2/8", "ATXN2": "22/22", "NIPA1": "8/8"}
    made = [assigner.assign(assigner.profile_of(form, SHIPPED), SHIPPED) for form in (known, {})]
    assert [(each.outcome.value, each.is_assigned) for each in made] == [("assigned", True), ("review", False)]


# ------------------------------------------------------------------------------------------------------------ processes

COPIES: list[Callable[[Any], Any]] = [copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))]


@given(st.data(), rule_sets())
def test_what_is_copied_or_pickled_is_equal_and_gives_the_same_bytes(data: st.DataObject, rules: Rules) -> None:
    profile = data.draw(st.one_of(profiles(rules), known_profiles(rules, 2)))
    made = assigner.assign(profile, rules)
    for again in COPIES:  # before and after what is derived is asked for
        same, its_profile, its_rules, trace = map(again, (made, profile, rules, made.trace))
        assert (same, its_profile, its_rules, trace) == (made, profile, rules, made.trace)
        assert same.trace_bytes == assigner.assign(its_profile, its_rules).trace_bytes == made.trace_bytes
        assert (same.findings, same.changes) == (made.findings, made.changes)


def _trace_bytes(form: dict[str, Any]) -> bytes:
    rules = assigner.read_rules()
    return assigner.assign(assigner.profile_of(form, rules), rules).trace_bytes


def test_participants_are_assigned_in_a_pool_of_processes():
    people = [assigner.profile_of(form, SHIPPED) for form in FORMS]
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        made = list(pool.map(functools.partial(assigner.assign, rules=SHIPPED), people))
    assert [each.trace_bytes for each in made] == [_trace_bytes(form) for form in FORMS]
    assert [each.profile for each in made] == people and {each.rules for each in made} == {SHIPPED}


@pytest.mark.parametrize(
    "how", ["x['a'] = 2", "del x['a']", "x.clear()", "x.update(b=1)", "x |= {'b': 1}", "x.pop('a')"]
)
def test_the_mappings_of_a_profile_never_change(how):
    profile = assigner.profile_of({"assessed": {"SOD1": 900}}, SHIPPED)
    with pytest.raises(TypeError, match="never changes"):
        exec(how, {"x": profile.assessed})
    assert profile.assessed == {"SOD1": 900}


# -------------------------------------------------------------------------------------------------------------- sources

SECRET = bytes(range(32))


def opened(content: bytes, name: str | None = None) -> io.BytesIO:
    """An open binary file."""
    file = io.BytesIO(content)
    if name is not None:
        file.name = name
    return file


class Slow(io.RawIOBase):
    """A file that gives three bytes at a time, as a pipe may."""

    def __init__(self, content: bytes) -> None:
        self.rest = content

    def read(self, size: int = -1, /) -> bytes:
        piece, self.rest = self.rest[: min(size, 3)], self.rest[min(size, 3) :]
        return piece


OPENINGS = json.dumps({key: opening.form for key, opening in TRACE.openings(SECRET).items()}).encode()
TABLE = b"kind\tname\tcarrier_ppm\ngene\tSOD1\t90\n"
READ: dict[str, tuple[Callable[[Any], Any], bytes]] = {
    "rule set": (assigner.read_rules, json.dumps(content_of()).encode()),
    "trace": (assigner.read_trace, TRACE.to_bytes()),
    "redacted trace": (read_redacted, TRACE.redact(SECRET).to_bytes()),
    "openings": (read_openings, OPENINGS),
    "profile": (lambda source: read_form(source, SHIPPED), json.dumps(FORMS[1]).encode()),
    "verified": (assigner.verify, TRACE.to_bytes()),
    "frequencies": (
        lambda source: read_frequencies(source, SHIPPED).rows,
        b"kind\tname\tcarrier_ppm\ngene\tSOD1\t90\n",
    ),
}


@pytest.mark.parametrize("kind", some(list(READ), 3))
def test_a_file_may_be_a_path_or_open_or_its_bytes(kind, tmp_path):
    read, content = READ[kind]
    path = tmp_path / "a file"
    path.write_bytes(content)
    with path.open("rb") as file, path.open("rb", buffering=0) as raw:
        found = [read(source) for source in (path, str(path), file, raw, content, opened(content), Slow(content))]
    assert all(each == found[0] for each in found)


@pytest.mark.parametrize("kind", sorted(READ.keys() - {"verified"}))
def test_a_file_that_cannot_be_read_is_a_typed_error_with_its_name(kind, tmp_path):
    read, content = READ[kind]
    closed = opened(content, "gone")
    closed.close()
    for source, name in (
        (tmp_path / "none", str(tmp_path / "none")),
        ("a\x00b", "a"),
        (tmp_path, str(tmp_path)),
        (closed, "gone"),
        (io.StringIO(content.decode()), ""),
        (opened(b"\xff\x00", "some file"), "some file"),
    ):
        with pytest.raises(AssignerError) as raised:
            read(source)
        assert str(raised.value).startswith(name)


def test_a_rule_set_without_a_path_has_no_tables_beside_it():
    source = Path(assigner.__file__).with_name("categories.yaml").read_bytes()
    with pytest.raises(RuleSetError, match="a file beside the rule set"):
        assigner.read_rules(source)
    assert assigner.read_rules(json.dumps(content_of()).encode()) == rules_of(content_of())


def test_a_trace_is_parsed_from_bytes_or_text_and_from_nothing_else():
    assert assigner.parse_trace(TRACE.to_bytes().decode()) == assigner.parse_trace(TRACE.to_bytes()) == TRACE
    for source in ("P1.json", "", "\ud800", '{"a": "\ud800"}', None, 7, TRACE):
        with pytest.raises(TraceError):
            assigner.parse_trace(source)


def test_a_verification_of_what_cannot_be_read_says_so(tmp_path):
    found = assigner.verify(tmp_path / "none")
    assert found.answer is Answer.CANNOT and "a readable file" in str(found.why)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no file without an end here")
@pytest.mark.parametrize("kind", READ)
def test_a_file_without_an_end_is_not_read_to_its_end(kind):
    read, _ = READ[kind]
    try:
        assert "at most" in str(read("/dev/zero").why)
    except AssignerError as error:
        assert "at most" in str(error)
        assert isinstance(error, LimitError) or kind != "profile"


# --------------------------------------------------------------------------------------------------------- participants


def test_a_participant_without_a_name_is_a_typed_error(tmp_path):
    path = written(tmp_path, vcf("9 35065363 C T PASS . GT 0/1"))
    with pytest.raises(ProfileError, match="participant"):
        assigner.profile_of({"participant": ""}, SHIPPED)
    with pytest.raises(ProfileError, match="participant: expected an id of 1 to 500 characters"):
        assigner.read_profile(path, SHIPPED, participant="")


RULES = assigner.read_rules()
PROFILE: Any = assigner.profile_of({"alleles": {"VCP-R155H": "0/1"}}, RULES)
OTHER_KINDS: dict[str, tuple[Callable[[], object], str]] = {
    "the path of a rule set": (lambda: assigner.read_profile(b"", cast(Any, "mine.yaml")), "rules"),
    "rules and profile in the other order": (lambda: assigner.assign(cast(Any, RULES), PROFILE), "profile"),
    "a name for rules": (lambda: assigner.assign(PROFILE, cast(Any, "shipped")), "rules"),
    "a name for rules of a form": (lambda: assigner.profile_of({}, cast(Any, "shipped")), "rules"),
    "a number for a rule set": (lambda: assigner.read_rules(cast(Any, 5)), "rule set"),
    "nothing for a profile's file": (lambda: assigner.read_profile(cast(Any, None), RULES), "<NoneType>"),
    "a number for a trace": (lambda: assigner.read_trace(cast(Any, 5)), "trace"),
}


@pytest.mark.parametrize("what", OTHER_KINDS)
def test_a_value_of_another_kind_is_a_typed_error(what: str) -> None:
    call, place = OTHER_KINDS[what]
    with pytest.raises(assigner.AssignerError) as told:
        call()
    assert place in str(told.value) and "expected" in str(told.value)


def test_a_trace_that_is_none_cannot_be_verified() -> None:
    found = assigner.verify(cast(Any, None))
    assert found.answer.value == "cannot" and "expected a path, an open binary file, or bytes" in str(found.why)
