"""Scores: points by category and tier, known, least and most."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

import oracle
from assigner.decisions.scores import Score, known_of, score
from assigner.evidence.findings import Finding, Findings
from assigner.rules import Rules
from assigner.testing.parts import category, content_of, gene, rules_of, tier
from assigner.truth import Truth

RULES = rules_of(
    content_of(
        decision={"tiers": [tier(1), tier(2, cap=700), tier(3, opens="no", cap=150)]},
        genes=[
            gene(1, {"A": 1000}),
            gene(2, {"A": 333, "B": 333, "C": 333}),
            gene(3, {"B": 501, "C": 499}),
            gene(4, {}),
            gene(5, {"C": 1}),
        ],
    )
)
CONTENT: dict[str, Any] = RULES.content.model_dump(mode="json", by_alias=True, exclude_none=True)


@st.composite
def findings(draw: st.DrawFn, most: int = 8) -> tuple[Finding, ...]:
    """Findings as `find` gives them: a revocable one is true."""
    truth = st.sampled_from(list(Truth))
    several = draw(
        st.lists(
            st.tuples(truth, st.integers(1, 5), st.integers(1, 3), st.sampled_from([1, 333, 500, 999, 1000])),
            max_size=most,
        )
    )
    return tuple(
        Finding(
            criterion="x", gene=f"G{number}", loci=(str(at),), truth=said, tier=in_tier, strength=strength,
            revocable=said is Truth.TRUE and draw(st.booleans()), carrier_ppm=500,
        )
        for at, (said, number, in_tier, strength) in enumerate(several)
    )  # fmt: skip


def spans(scores: tuple[Score, ...], name: str) -> list[list[int]]:
    return [[getattr(span, name) for span in s.tiers] for s in scores]


def scored(found: Any, rules: Rules = RULES) -> tuple[Score, ...]:
    return score(Findings.of(found, rules.content), rules.content)


@pytest.mark.holds("FIND-04")
@given(findings())
def test_known_points_are_the_oracle_s(found):
    plain = [{"truth": f.truth is Truth.TRUE, "tier": f.tier, "gene": f.gene, "strength": f.strength} for f in found]
    ours = {s.category: [span.known for span in s.tiers] for s in scored(found)}
    assert ours == oracle.points_of(CONTENT, plain)
    assert {s.category: len(s.genes) for s in scored(found)} == oracle.genes_of(CONTENT, plain)


@pytest.mark.holds("FIND-06")
@given(findings(), st.data())
def test_least_and_most_bound_the_known_points_of_every_completion(found, data):
    bounds = scored(found)
    full = []
    for f in found:
        if f.truth is Truth.UNKNOWN:
            f = evolve(f, truth=data.draw(st.sampled_from(list(Truth))), strength=data.draw(st.integers(0, f.strength)))
        elif f.revocable and data.draw(st.booleans()):
            f = evolve(f, truth=Truth.FALSE)
        full.append(f)
    for low, mid, high in zip(spans(bounds, "least"), spans(scored(full), "known"), spans(bounds, "most"), strict=True):
        assert all(a <= b <= c for a, b, c in zip(low, mid, high, strict=True))


@pytest.mark.holds("FIND-06")
@given(findings())
def test_known_lies_between_least_and_most_and_all_meet_when_all_is_known(found):
    for s in scored(found):
        assert all(0 <= span.least <= span.known <= span.most for span in s.tiers)
    sure = [evolve(f, revocable=False) for f in found if f.truth is not Truth.UNKNOWN]
    assert spans(scored(sure), "least") == spans(scored(sure), "known") == spans(scored(sure), "most")


@pytest.mark.holds("FIND-05")
@given(findings(), st.randoms())
def test_order_does_not_matter_and_a_finding_twice_counts_once(found, random):
    mixed = [*found, *found]
    random.shuffle(mixed)
    assert scored(mixed) == scored(found)


@pytest.mark.holds("FIND-05")
@given(findings())
def test_a_gene_counts_once_per_tier_by_its_strongest_finding(found):
    weaker = [
        evolve(f, strength=f.strength // 2, loci=("other",)) for f in found if f.truth is Truth.TRUE and not f.revocable
    ]
    assert spans(scored([*found, *weaker]), "known") == spans(scored(found), "known")


@pytest.mark.holds("FIND-04")
@given(findings())
def test_no_cap_is_passed_and_nothing_is_made_of_nothing(found):
    for s in scored(found):
        assert s.tiers[1].most <= 700 and s.tiers[2].most <= 150
    false = [evolve(f, truth=Truth.FALSE, revocable=False) for f in found]
    assert all(span.most == 0 for s in scored(false) for span in s.tiers)


@pytest.mark.holds("RULE-08")
@given(findings())
def test_renaming_categories_renames_scores_and_nothing_else(found):
    renamed = dict(zip("ABC", "XYZ", strict=True))
    genes = [{**g, "shares": [{**s, "category": renamed[s["category"]]} for s in g["shares"]]} for g in _plain_genes()]
    other = rules_of(content_of(categories=[category(n) for n in "XYZ"], decision=_plain_decision(), genes=genes))
    assert [(renamed[s.category], s.tiers, s.genes) for s in scored(found)] == [
        (s.category, s.tiers, s.genes) for s in scored(found, other)
    ]


def _plain_genes() -> list[dict[str, Any]]:
    shares: list[dict[str, int]] = [{"A": 1000}, {"A": 333, "B": 333, "C": 333}, {"B": 501, "C": 499}, {}, {"C": 1}]
    return [gene(n, s) for n, s in enumerate(shares, start=1)]


def _plain_decision() -> dict[str, Any]:
    return {"tiers": [tier(1), tier(2, cap=700), tier(3, opens="no", cap=150)]}


def test_what_is_known_of_a_finding_is_its_worth_or_what_is_certain_of_it():
    one = Finding(criterion="x", gene="G1", loci=("1",), truth=Truth.TRUE, tier=1, strength=9, carrier_ppm=500)
    unknown = evolve(one, truth=Truth.UNKNOWN)
    assert [known_of(each) for each in (one, unknown, evolve(unknown, at_least=4))] == [9, None, 4]
    assert known_of(evolve(one, truth=Truth.FALSE)) is None
