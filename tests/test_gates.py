"""Gates of a criterion's own: what fails them is unknown to that criterion, and to no other."""

from __future__ import annotations

from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

import vcfs
from assigner.assignments import assign
from assigner.errors import RuleSetError
from assigner.evidence.answers import find
from assigner.evidence.gates import gated_call
from assigner.profiles.calls import Call, State
from assigner.rules import Rules
from assigner.rules.criterion import MoreGates
from assigner.testing.loci import calls
from assigner.truth import Truth
from assigner.vcf.reading import read_profile
from vcfs import allele, rules_of, vcf, written

GATES = st.builds(
    MoreGates,
    depth=st.none() | st.integers(0, 60).map(str),
    quality=st.none() | st.integers(0, 99).map(str),
    het_balance=st.none() | st.sampled_from(["300-700", "0-1000"]),
    hom_balance=st.none() | st.integers(0, 1000).map(str),
    strict=st.lists(st.sampled_from(["depth", "quality", "balance"]), unique=True).map(tuple),
)


def rules(**gates: object) -> Rules:
    """Two criteria of two classes; the stronger one has gates of its own."""
    own = {"id": "strong", "kind": "listed_allele", "classes": ["pathogenic"], "tier": 1, "points": 1500,
           "validity": ["definitive"], "gates": gates, **vcfs.WORD}  # fmt: skip
    weak = own | {"id": "weak", "classes": ["other_disease"], "points": 900}
    del weak["gates"]
    listed = [
        allele("A", "1", 5000, "C", "T"),
        allele("B", "1", 5100, "G", "A", **{"class": "other_disease"}),
    ]
    return rules_of(alleles=listed, criteria=[own, weak])


@pytest.mark.holds("GENO-10")
@given(call=calls(), gates=GATES)
def test_a_call_that_is_held_is_the_same_or_unknown_and_says_why(call, gates):
    held = gated_call(call, gates)

    assert held == call or (held.state is State.LOW_QUALITY and held.carries is Truth.UNKNOWN and held.why)
    assert held.copies == call.copies
    assert gated_call(held, gates) == held
    assert gated_call(call, MoreGates()) == call


@pytest.mark.holds("GENO-10")
@given(call=calls(), gates=GATES, more=st.integers(1, 50))
def test_gates_that_ask_for_more_believe_no_more(call, gates, more):
    if gates.depth is not None and gated_call(call, gates).state is State.LOW_QUALITY != call.state:
        stricter = gates.model_copy(update={"depth": gates.depth + more})
        assert gated_call(call, stricter).state is State.LOW_QUALITY


@pytest.mark.parametrize(
    ("call", "gates", "why"),
    [
        ({"depth": 19}, {"depth": "20"}, "depth 19 below the criterion's 20"),
        ({"depth": 20}, {"depth": "20"}, None),
        ({}, {"depth": "20"}, None),
        ({}, {"depth": "20", "strict": ("depth",)}, "no depth, which the criterion asks for"),
        ({"quality": 29}, {"quality": "30"}, "quality 29 below the criterion's 30"),
        ({"fraction": "0.29"}, {"het_balance": "300-700"}, "share of reads 290/1000 outside the criterion's 300-700"),
        ({"fraction": "0.3"}, {"het_balance": "300-700"}, None),
        ({}, {"het_balance": "300-700", "strict": ("balance",)}, "no share of reads, which the criterion asks for"),
    ],
)
def test_why_a_call_is_held(call, gates, why):
    fraction = Decimal(call.pop("fraction")) if "fraction" in call else None
    found = gated_call(evolve(Call.of("0/1"), fraction=fraction, **call), MoreGates(**gates))
    assert (found.why, found.state) == (why, State.CALLED if why is None else State.LOW_QUALITY)


@pytest.mark.holds("GENO-10")
@pytest.mark.parametrize(
    ("rows", "strong", "weak"),
    [
        ("1 5000 C T PASS . GT:DP 0/1:25\n1 5100 G A PASS . GT:DP 0/1:25", Truth.UNKNOWN, Truth.TRUE),
        ("1 5000 C T PASS . GT:DP 0/1:35\n1 5100 G A PASS . GT:DP 0/1:35", Truth.TRUE, Truth.TRUE),
        ("1 4900 C <NON_REF> PASS END=5200 GT:DP 0/0:25", Truth.UNKNOWN, Truth.FALSE),
        ("1 4900 C <NON_REF> PASS END=5200 GT:DP:MIN_DP 0/0:50:31", Truth.FALSE, Truth.FALSE),
        ("1 4900 C <NON_REF> PASS END=5200 GT:DP:MIN_DP 0/0:50:25", Truth.UNKNOWN, Truth.FALSE),
    ],
)
def test_a_criterion_asks_for_more_than_the_rule_set(tmp_path, rows, strong, weak):
    asked = rules(depth="30")
    profile = read_profile(written(tmp_path, vcf(rows)), asked)
    truths = {finding.criterion: finding.truth for finding in find(profile, asked).all if finding.criterion != "listed"}

    assert truths == {"strong": strong, "weak": weak}
    made = assign(profile, asked)
    seen = "0/1:25" in rows
    assert ("quality" in [raised.reason for raised in made.reasons]) is seen
    unknown = [f for f in made.findings if f.criterion == "strong" and f.truth is Truth.UNKNOWN]
    assert [f.carrier_ppm == 1_000_000 for f in unknown] == [seen] * len(unknown)


@pytest.mark.holds("GENO-10")
@pytest.mark.parametrize(
    ("gates", "fits"),
    [
        ({"depth": "10"}, True),
        ({"depth": "9"}, False),
        ({"quality": "19"}, False),
        ({"hom_balance": "899"}, False),
        ({"het_balance": "200-700"}, False),
        ({"het_balance": "250-750"}, True),
        ({"strict": ["depth"]}, False),
        ({"depth": "30", "strict": ["depth"]}, True),
        ({"depht": "30"}, False),
    ],
)
def test_gates_that_would_do_nothing_are_faults(gates, fits):
    if fits:
        assert rules(**gates)
    else:
        with pytest.raises(RuleSetError):
            rules(**gates)
