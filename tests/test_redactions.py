"""Redacted traces: nothing of the genotype in sight, every change found, every opening exact."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest
import rfc8785
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from assigner.assignments import assign
from assigner.errors import TraceError
from assigner.testing.contents import rule_sets
from assigner.testing.participants import profiles
from assigner.traces import (
    SHOWN,
    RedactedTrace,
    Trace,
    digest_of,
    parse_trace,
    read_openings,
    read_redacted,
    write_openings,
)
from assigner.traces.commitments import Opening
from shipped import EXAMPLES, traced

SECRET = bytes(range(32))
TRACE = traced("one-no-call")
REDACTED, OPENINGS = TRACE.redact(SECRET), TRACE.openings(SECRET)
secrets = st.binary(min_size=32, max_size=40)


def resealed(redacted: RedactedTrace, **change: Any) -> RedactedTrace:
    changed = redacted.model_copy(update=change)
    return changed.model_copy(update={"digest": digest_of(changed)})


# ------------------------------------------------------------------------------------------- what stays out of sight


def canaries(trace: Trace) -> set[str]:
    """What could tell a genotype: genes, places, alleles, rsIDs, sizes and what was written about them."""
    found = (
        {locus.id for locus in trace.loci} | {flag.id for flag in trace.flags} | {f.gene for f in trace.findings.true}
    )
    found |= {*trace.profile["reference"], *trace.profile["alleles"], *trace.profile["markers"]}
    found |= {name for score in trace.scores for name in score.genes} | {each.sha256 for each in trace.inputs}
    return {canary for canary in found if len(canary) > 2} | {trace.digest, '"genotype"', '"shown"'}


@pytest.mark.holds("REDA-01")
@pytest.mark.parametrize("name", EXAMPLES)
def test_no_gene_allele_marker_or_genotype_is_in_sight(name):
    trace = traced(name)
    text = trace.redact(SECRET).to_bytes().decode()
    at_rules = json.loads(text)
    del at_rules["rule_set"], at_rules["participant"], at_rules["intervention"]  # these are not of the genome
    assert [canary for canary in canaries(trace) if canary in json.dumps(at_rules)] == []


@pytest.mark.holds("REDA-01")
@given(st.data(), rule_sets(), secrets)
def test_two_genotypes_with_one_outcome_differ_in_commitments_alone(data, rules, secret):
    trace, other = (assign(data.draw(profiles(rules)), rules).trace for _ in range(2))
    alike = {key: getattr(trace, key) for key in SHOWN} | {"basis": trace.basis, "reasons": trace.reasons}
    other = other.model_copy(update=alike)
    one, two = trace.redact(secret), other.redact(secret)
    assert one.model_copy(update={"hidden": {}, "digest": ""}) == two.model_copy(update={"hidden": {}, "digest": ""})


@pytest.mark.holds("REDA-01")
def test_what_is_not_named_as_shown_is_hidden():
    always = set(Trace.model_fields) - {"stability"}  # which is there only where a rule set asks
    assert set(REDACTED.hidden) == always - SHOWN
    assert {"profile", "findings", "loci", "scores", "flags", "inputs", "assumptions", "checks", "digest"} <= set(
        REDACTED.hidden
    )


@given(secrets, secrets)
def test_other_secrets_give_unrelated_commitments(one, two):
    first, second = TRACE.redact(one).hidden, TRACE.redact(two).hidden
    assert one == two or not set(first.values()) & set(second.values())
    assert len(set(first.values())) == len(first)


def test_equal_values_under_other_keys_have_unrelated_commitments():
    alike = TRACE.model_copy(update={"decisive_unknowns": [], "assumptions": [], "checks": []}).redact(SECRET).hidden
    assert len({alike["decisive_unknowns"], alike["assumptions"], alike["checks"]}) == 3


def test_two_traces_under_one_secret_share_no_salt():
    other = traced("vcp-r155h")
    salts = [opening.salt for trace in (TRACE, other) for opening in trace.openings(SECRET).values()]
    assert len(set(salts)) == len(salts)


@pytest.mark.holds("REDA-01")
@pytest.mark.parametrize("length", [0, 1, 31])
def test_a_secret_that_can_be_tried_out_is_refused(length):
    with pytest.raises(TraceError, match="at least 32 random bytes"):
        TRACE.redact(bytes(length))


# ------------------------------------------------------------------------------------------------------ what it proves


@given(st.data(), rule_sets(), secrets)
def test_equal_inputs_give_equal_bytes_and_the_whole_comes_back(data, rules, secret):
    trace = assign(data.draw(profiles(rules)), rules).trace
    redacted, openings = trace.redact(secret), trace.openings(secret)
    assert trace.redact(secret).to_bytes() == redacted.to_bytes()
    assert read_redacted(redacted.to_bytes()) == redacted and redacted.is_intact
    assert redacted.opened(openings).to_bytes() == trace.to_bytes()
    assert redacted.is_of(trace, openings)


@pytest.mark.holds("REDA-02")
def test_every_changed_byte_is_found():
    source = REDACTED.to_bytes()
    for at in range(len(source)):
        for byte in b'0e"' if at % 3 else b"1f}":
            if source[at] != byte:
                try:
                    again = read_redacted(source[:at] + bytes([byte]) + source[at + 1 :])
                except TraceError:
                    continue
                assert not again.is_intact, at


@pytest.mark.holds("REDA-02")
@pytest.mark.parametrize("key", sorted(OPENINGS))
def test_an_opening_opens_its_key_and_no_other(key):
    assert REDACTED.opens(key, OPENINGS[key])
    assert [other for other in REDACTED.hidden if REDACTED.opens(other, OPENINGS[key])] == [key]
    assert not REDACTED.opens("nosuch", OPENINGS[key])
    salt = OPENINGS[key].salt
    assert not REDACTED.opens(key, evolve(OPENINGS[key], salt=bytes([salt[0] ^ 1, *salt[1:]])))
    assert not REDACTED.opens(key, evolve(OPENINGS[key], value=[OPENINGS[key].value]))


@pytest.mark.holds("REDA-02")
@given(st.data())
def test_no_other_value_opens(data):
    key = data.draw(st.sampled_from(sorted(OPENINGS)))
    value = data.draw(st.recursive(st.none() | st.booleans() | st.text(max_size=5), st.lists, max_leaves=4))
    assert REDACTED.opens(key, evolve(OPENINGS[key], value=value)) == (
        json.dumps(value) == json.dumps(OPENINGS[key].value)
    )


def test_the_commitment_is_the_published_construction():
    for key, opening in OPENINGS.items():
        salt = hmac.new(SECRET, f"{TRACE.digest}/{key}".encode(), hashlib.sha256).digest()
        whole = rfc8785.dumps(TRACE.model_dump(mode="json")[key])
        assert opening.salt == salt
        assert REDACTED.hidden[key] == hashlib.sha256(salt + whole).hexdigest()


@pytest.mark.holds("REDA-02")
@pytest.mark.parametrize(
    "change",
    [
        {"category": "another", "outcome": "assigned"},
        {"participant": "P2"},
        {"settled": not REDACTED.settled},
        {"decided_by": "seeded"},
        {"reasons": []} if REDACTED.reasons else {"reasons": [{"code": "tied", "policy": "review"}]},
        {"hidden": REDACTED.hidden | {"category": "0" * 64}},
        {"hidden": {key: REDACTED.hidden[key] for key in REDACTED.hidden if key != "loci"}},
        {"hidden": REDACTED.hidden | {"loci": "0" * 64}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_who_reseals_a_changed_one_is_found_by_the_openings(change):
    changed = RedactedTrace.model_validate(REDACTED.model_dump() | change)
    forged = changed.model_copy(update={"digest": digest_of(changed)})
    assert forged.is_intact
    assert not forged.is_of(TRACE, OPENINGS)
    with pytest.raises(TraceError):
        forged.opened(OPENINGS)


def test_a_category_shown_and_another_one_committed_to_is_refused():
    """A key that is shown cannot be hidden a second time with another value."""
    second = Opening(bytes(32), "another")
    forged = resealed(REDACTED, hidden=REDACTED.hidden | {"category": second.commitment})
    assert forged.opened(OPENINGS | {"category": second}).category == TRACE.category


@pytest.mark.parametrize("name", ["vcp-r155h", "grn-alone", "one-no-call"])
def test_it_is_of_its_own_trace_alone(name):
    other = traced(name)
    assert REDACTED.is_of(other, OPENINGS) == (other == TRACE)
    assert REDACTED.is_of(TRACE, other.openings(SECRET)) == (other == TRACE)
    some = {key: OPENINGS[key] for key in ("digest", "loci")}
    assert not REDACTED.is_of(TRACE, some)
    with pytest.raises(TraceError, match=r"openings: .*nothing"):
        REDACTED.opened(some)


def test_one_that_was_changed_is_not_opened():
    with pytest.raises(TraceError, match="modified after it was written"):
        REDACTED.model_copy(update={"participant": "P2"}).opened(OPENINGS)


# ---------------------------------------------------------------------------------------------------------------- files


def test_neither_kind_of_trace_is_read_as_the_other():
    with pytest.raises(TraceError, match="expected a whole trace; got a redacted one"):
        parse_trace(REDACTED.to_bytes())
    with pytest.raises(TraceError, match=r"schema_version: expected 'redacted-1.0'"):
        read_redacted(TRACE.to_bytes())


def test_openings_are_written_for_their_owner_and_read_back(tmp_path):
    path = tmp_path / "openings.json"
    write_openings(OPENINGS, path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_openings(path.read_bytes()) == OPENINGS


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b"[]", "openings by key"),
        (b'{"loci": []}', "loci: expected a salt and a value"),
        (b'{"loci": {"salt": "00"}}', "a salt and a value"),
        (b'{"loci": {"salt": "00", "value": 1}}', "salt: expected 32 bytes in hex"),
        (b'{"loci": {"salt": 1, "value": 1}}', "salt: expected 32 bytes in hex"),
        (b"nonsense", "JSON"),
    ],
)
def test_what_are_no_openings_is_refused(source, expected):
    with pytest.raises(TraceError, match=expected):
        read_openings(source)
