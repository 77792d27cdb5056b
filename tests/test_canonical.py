"""Canonical JSON is RFC 8785's, whichever way it is written."""

from __future__ import annotations

import itertools
import json
import re

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from assigner.canonical import Prewritten, canonical, keyed, listed
from assigner.strict import loosely_keyed
from effort import times

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=6)
SCALARS = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4))


@pytest.mark.holds("TRAC-01")
@given(VALUES)
def test_any_value_is_written_as_rfc_8785_says(value):
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.holds("TRAC-01")
def test_keys_are_sorted_by_utf_16():
    value = {"\ufb33": 1, "\U0001f600": 2}
    assert canonical(value) == rfc8785.dumps(value) == '{"\U0001f600":2,"\ufb33":1}'.encode()


def test_control_characters_are_written_as_rfc_8785_says():
    value = "".join(map(chr, range(0x21))) + '"\\\x7f\u2028'
    assert canonical(value) == rfc8785.dumps(value)


@given(st.lists(VALUES, max_size=4), st.dictionaries(st.text("abcxyz_", max_size=3), VALUES, max_size=4))
def test_what_is_put_together_is_what_is_written_whole(items, parts):
    assert b"".join(listed(map(canonical, items))) == canonical(items)
    written = {key: [canonical(parts[key])] for key in itertools.islice(parts, len(items))}
    plain = {key: value for key, value in parts.items() if key not in written}
    assert b"".join(keyed(plain, written)) == canonical(parts)


def test_an_equal_value_is_not_the_value_that_was_written():
    one, equal = ["x"], ["x"]
    written = Prewritten.of([one], canonical)
    assert written.get(one) == b'["x"]'
    one.append("y")
    assert [written.get(one), written.get(equal)] == [b'["x"]', b'["x"]']
    equal.append("z")
    assert [written.get(equal)] == [b'["x","z"]']


NUMBERS = st.floats() | st.integers(2**53, 10**17) | st.integers(-(10**20), -(2**53)) | st.integers()


@pytest.mark.holds("TRAC-01")
@times(20)
@given(st.recursive(SCALARS | NUMBERS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner)))
def test_what_is_read_in_less_time_has_no_float_and_no_number_that_cannot_be_written(value):
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    if not isinstance(value, dict):
        written = b'{"":' + written + b"}"
    try:
        found = loosely_keyed(written)
    except ValueError:
        return
    assert canonical(found) == rfc8785.dumps(found)
    json.loads(written, parse_float=pytest.fail, parse_constant=pytest.fail)


@given(st.dictionaries(TEXTS, VALUES))
def test_what_is_canonical_is_read_in_less_time_unless_a_number_is_long(value):
    written = canonical(value)
    if re.search(rb"[0-9]{16}", written) is None:
        assert loosely_keyed(written) == value
