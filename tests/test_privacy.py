"""What must not leave in a log: no `repr` and no error shows a genotype, and none speaks pydantic."""

from __future__ import annotations

import copy
import json
import re
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

import assigner
from assigner.cases.cases import parse_cases
from assigner.errors import AssignerError, ProfileError
from assigner.profiles.forms import read_form
from assigner.profiles.schema import ProfileForm
from assigner.rules import Rules, parse_rules
from assigner.rules.approvals import read_approval
from assigner.testing.contents import contents, rule_sets
from assigner.testing.participants import known_profiles, profiles
from assigner.testing.parts import content_of, rules_of
from assigner.traces import Trace, read_openings, read_redacted

SHIPPED = assigner.read_rules()
PYDANTIC = (
    "Extra inputs are not permitted", "Input should be", "Value error", "Field required", "validation error",
    "should have at", "should match pattern", "input_value", "errors.pydantic.dev", "str.", "function-",
)  # fmt: skip


GENOTYPE = re.compile(r"[01.][/|][01.]|[0-9]/>?[0-9]|[ACGT.]/[ACGT.]|copies=|phase_set|fraction|sizes|depth")


def parts_of(made: assigner.Assignment) -> Iterator[Any]:
    """All values about a participant that a log might name."""
    profile, trace = made.profile, made.trace
    yield from (made, made._found, made._found.contents, made.reasons, made.flags, made.findings, made.changes, profile)
    for each in (profile.alleles.values(), profile.repeats.values(), profile.copy_numbers.values()):
        yield from each
    yield from (
        *profile.variants,
        *profile.structural,
        *profile.checks,
        trace,
        trace.findings,
        trace.loci,
        trace.checks,
    )
    yield from (trace.openings(bytes(32)), trace.redact(bytes(32)), ProfileForm.model_validate(trace.profile))


@given(st.data(), rule_sets())
def test_no_repr_shows_a_genotype(data: st.DataObject, rules: Rules) -> None:
    profile = data.draw(st.one_of(profiles(rules), known_profiles(rules, 2)))
    made = assigner.assign(profile, rules)
    for part in parts_of(made):
        text = repr(part).replace(repr(profile.participant), "")
        assert not GENOTYPE.search(text), text
        assert not [variant for variant in profile.alleles if str(variant) in text], text


def test_a_profile_and_a_trace_are_called_by_their_participant() -> None:
    profile = assigner.profile_of({"participant": "P7"}, SHIPPED)
    made = assigner.assign(profile, SHIPPED)
    assert all("participant='P7'" in repr(each) for each in (profile, made, made.trace))


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands within JSON values."""
    yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ()):
        yield from places(inner, (*path, key))


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """The same values with another one in a place."""
    if not path:
        return new
    found = copy.copy(value)
    found[path[0]] = changed(value[path[0]], path[1:], new)
    return found


def said_by(read: Callable[[], Any]) -> str:
    """The error that reading raises, as a traceback tells it; nothing when it raises none."""
    try:
        read()
    except AssignerError as error:
        return f"{error}\n{error!r}\n{''.join(traceback.format_exception(error)).rpartition('Error: ')[2]}"
    return ""


NAMES = ("gene", "reference", "assessed", "schema_version")
"""What an error may quote: the names that a rule set must know."""


@given(st.data())
def test_no_error_about_a_profile_or_a_trace_quotes_what_stands_there(data: st.DataObject) -> None:
    trace = assigner.assign(data.draw(profiles(SHIPPED)), SHIPPED).trace.form()
    whole, read = data.draw(
        st.sampled_from([
            (trace, lambda form: assigner.parse_trace(rfc8785.dumps(form))),
            (trace["profile"], lambda form: assigner.profile_of(form, SHIPPED)),
            (trace["profile"], lambda form: read_form(rfc8785.dumps(form), SHIPPED)),
        ])
    )  # fmt: skip
    path = data.draw(st.sampled_from([each for each in places(whole) if each and not {*NAMES} & {*each}]))
    text = said_by(lambda: read(changed(whole, path, data.draw(st.sampled_from(["SECRET", ["SECRET"], 4242])))))
    assert "SECRET" not in text and "4242" not in text, text
    assert not [phrase for phrase in PYDANTIC if phrase in text], text


GENOTYPES: list[dict[str, Any]] = [
    {"alleles": {"VCP-R155H": "0/1/het"}},
    {"alleles": {"VCP-R155H": {"genotype": "0/1/het"}}},
    {"alleles": {"VCP-R155H": {"genotype": "1|0", "phase_set": "7", "phase_sets": ["a"]}}},
    {"alleles": {"VCP-R155H": {"genotype": "0/1", "state": "reference"}}},
    {"markers": {"rs429358": "CQ/TQ"}},
    {"repeats": {"C9orf72": "77/88x"}},
    {"repeats": {"C9orf72": {"sizes": "77/88", "intervals": "77-78"}}},
    {"repeats": {"C9orf72": {"sizes": "77/88", "intervals": "78-77/88-88"}}},
    {"repeats": {"C9orf72": {"sizes": "77/>88", "intervals": "77-77/88-89"}}},
    {"repeats": {"C9orf72": {"sizes": "77/88", "intervals": "77/88q"}}},
    {"repeats": {"C9orf72": 88}},
    {"copy_numbers": {"SMN1": "88x"}},
    {"variants": [{"gene": "VCP", "chrom": "9", "pos": 35065363, "ref": "CQ", "alt": "TQ", "genotype": "0/1"}]},
    {"variants": [{"gene": "NOPE", "chrom": "9", "pos": 35065363, "ref": "C", "alt": "T", "genotype": "0/1"}]},
    {"structural": [{"gene": "VCP", "kind": "deletion", "chrom": "8", "start": 88, "end": 99, "reach": "whole"}]},
    {"structural": [{"gene": "VCP", "kind": "deletion", "chrom": "9", "start": 88, "end": 77, "reach": "whole"}]},
]


@pytest.mark.parametrize("form", GENOTYPES, ids=json.dumps)
def test_no_error_about_a_genotype_quotes_it(form: dict[str, Any]) -> None:
    text = said_by(lambda: assigner.profile_of(form, SHIPPED))
    assert text.startswith(("profile: ", "repeat C9orf72: "))
    wrong = ("0/1/het", "1|0", "'reference'", "CQ", "TQ", "77", "88", "35065363")
    assert not [each for each in wrong if each in text], text


# ---------------------------------------------------------------------------------------------------------- our words

EDITS = st.sampled_from([None, True, 0, -1, 0.5, "", "x", [], {}, ["x"], {"x": 1}])


def edits(value: Any) -> st.SearchStrategy[Any]:
    """JSON values in which one is another one, or has a field that nobody knows."""
    return st.sampled_from(list(places(value))).flatmap(
        lambda path: EDITS.map(lambda new: changed(value, path, new)) | st.just(_with_more(value, path))
    )


def _with_more(value: Any, path: tuple[Any, ...]) -> Any:
    inner = value
    for step in path:
        inner = inner[step]
    return changed(value, path, inner | {"participants": 1}) if isinstance(inner, dict) else value


SMALL = rules_of(content_of())
TRACE = assigner.assign(assigner.profile_of({}, SMALL), SMALL).trace
APPROVAL = {
    "schema_version": "approval-1.0", "rule_set": {"id": "t", "version": "1", "digest": "0" * 64}, "signer": "Dr X",
    "meaning": "approved for use", "time": None, "public_key": "0" * 64, "signature": "0" * 128,
}  # fmt: skip
CASES = {"cases": [{"id": "a", "because": "x", "profile": {}, "expect": {"outcome": "review", "reasons": []}}]}


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


READERS: list[tuple[str, Any, Callable[[Any], Any]]] = [
    ("redacted", TRACE.redact(bytes(32)).form(), lambda value: read_redacted(as_json(value))),
    ("old", TRACE.form("1.0"), lambda value: assigner.parse_trace(as_json(value))),
    ("openings", {"loci": {"salt": "00" * 32, "value": []}}, lambda value: read_openings(as_json(value))),
    ("approval", APPROVAL, lambda value: read_approval(as_json(value))),
    ("cases", CASES, lambda value: parse_cases(as_json(value), SHIPPED)),
]


@pytest.mark.parametrize(("value", "read"), [each[1:] for each in READERS], ids=[each[0] for each in READERS])
@given(data=st.data())
def test_no_error_speaks_pydantic(value: Any, read: Callable[[Any], Any], data: st.DataObject) -> None:
    text = said_by(lambda: read(data.draw(edits(value))))
    assert not [phrase for phrase in PYDANTIC if phrase in text], text


@given(st.data())
def test_no_error_about_a_rule_set_speaks_pydantic(data: st.DataObject) -> None:
    value = data.draw(contents())
    text = said_by(lambda: parse_rules(as_json(data.draw(edits(value)))))
    assert not [phrase for phrase in PYDANTIC if phrase in text], text


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"partcipant": "P1"}, "profile: partcipant: expected 'participant' (did you mean that?); got 'partcipant'"),
        ({"alleles": {"SOD1-A5V": {"genotyp": "0/1"}}}, "profile: alleles.SOD1-A5V.genotyp: expected 'genotype' (did"),
        ({"repeats": {"C9orf72": {}}}, "profile: repeats.C9orf72.sizes: expected this field; got nothing"),
        ({"alleles": {"SOD1-A5V": 1}}, "profile: alleles.SOD1-A5V: expected text or fields by name; got a number"),
        ({"assessed": 5}, "profile: assessed: expected 'all' or a list or fields by name; got a number"),
        ({"variants": {}}, "profile: variants: expected a list; got fields by name"),
        ({"variants": [{"stop": 1}]}, "profile: variants.0.gene: expected this field; got nothing"),
        ({"sex": "f"}, "profile: sex: expected 'female' or 'male'; got text of 1 character"),
        ({"participant": ""}, "profile: participant: expected text of at least 1 character; got text of 0 characters"),
        ({"participant": "P" * 501}, "profile: participant: expected text of at most 500 characters; got text of 501"),
        ({"assessed": {"SOD1": 1001}}, "profile: assessed.SOD1: expected at most 1000; got a number"),
        ([], "profile: (the whole form): expected fields by name; got a list"),
        (None, "profile: (the whole form): expected fields by name; got null"),
    ],
)  # fmt: skip
def test_a_faulty_form_is_told_in_our_words(form: Any, expected: str) -> None:
    with pytest.raises(ProfileError) as raised:
        assigner.profile_of(form, SHIPPED)
    assert str(raised.value).startswith(expected)


def test_an_unknown_field_of_a_trace_gets_the_nearest_name() -> None:
    form = TRACE.form()
    for changed_form, expected in (
        (form | {"categry": 1}, "trace: categry: expected 'category' (did you mean that?); got 'categry'"),
        (form | {"profile": {"buil": 1}}, "trace: profile: buil: expected 'build' (did you mean that?); got 'buil'"),
    ):
        assert said_by(lambda form=changed_form: assigner.parse_trace(rfc8785.dumps(form))).startswith(expected)


def test_a_rule_set_s_words_are_ours() -> None:
    content = content_of() | {"categories": "A"}
    assert "categories: expected a list; got 'A'" in said_by(lambda: parse_rules(as_json(content)))


def test_every_part_of_a_trace_hides_what_it_holds() -> None:
    def inner(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
        for each in model.__subclasses__():
            yield each
            yield from inner(each)

    assert {each.__name__ for each in inner(Trace.__mro__[1])} >= {"Trace", "FindingRecord", "LocusRecord"}
    assert repr(TRACE.findings) == "FindingsRecord()"
