"""Small random rule sets, as plain JSON values; between them they use every kind of part."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

from hypothesis import strategies as st

from assigner.rules import Rules
from assigner.testing.parts import (
    LOF,
    MISSENSE,
    REASONS,
    SCORING_FILES,
    VALIDITIES,
    WORD,
    agreement,
    allele,
    burden,
    category,
    content_of,
    criterion,
    gene,
    marker,
    mitochondrial_allele,
    mitochondrial_gene,
    reference,
    repeat,
    rules_of,
    score,
    tier,
)


def rule_sets() -> st.SearchStrategy[Rules]:
    """Small rule sets; their categories are A to D, their genes G1 to G5 and at times MT-G.

    A few have scores, or burdens.
    """
    kinds = (contents(), contents(), contents(), contents(), contents(), scored_contents(), burdened_contents())
    return st.one_of(*kinds).map(rules_of)


@st.composite
def burdened_contents(draw: st.DrawFn) -> dict[str, Any]:
    """The content of small rule sets with one or two burdens, reported or worth points."""
    content = draw(contents())
    of_category: dict[str, set[int]] = {}
    for own in content["genes"]:
        for share in own["shares"] if own["chrom"] != "MT" else ():
            of_category.setdefault(share["category"], set()).add(int(own["chrom"]))
    burdens = []
    for name in sorted(of_category)[:2]:
        rows = {(n, term): 30_000 for n in sorted(of_category[name]) for term in (LOF, MISSENSE)}
        odds = draw(st.sampled_from([None, "1.5", "4"]))
        more = draw(st.sampled_from([{}, {"predictor": "REVEL", "at_least": "0.7"}]))
        tail = draw(st.sampled_from([2_000, 200_000]))
        burdens.append(burden(name, len(content["decision"]["tiers"]), rows, odds, tail_ppm=tail, **more))
    return content | {"criteria": draw(st.permutations([*content["criteria"], *burdens]))}


@st.composite
def scored_contents(draw: st.DrawFn) -> dict[str, Any]:
    """The content of small rule sets with polygenic scores for one or two categories, which may have to agree."""
    content = draw(contents())
    names, last = [each["id"] for each in content["categories"]], len(content["decision"]["tiers"])
    scored = draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True))
    files, more = iter(SCORING_FILES), []
    agree = draw(st.booleans())
    for name in scored:
        for number, file in enumerate(islice(files, 2 if agree else 1), start=1):
            own: dict[str, Any] = {"id": f"score-{name}{number}"} if agree else {}
            own |= {"counts": draw(st.sampled_from(["attributable", "log_odds", "standardised", "nothing"]))}
            own |= {"reference": [reference("one"), reference("two", draw(st.integers(-300_000, 300_000)))]}
            own |= {"min_called": draw(st.sampled_from([0, 500, 1000]))}
            own |= draw(st.sampled_from([{}, {}, {"above_per_cent": 90}]))
            more.append(score(name, last, file, draw(st.sampled_from([500, 1000, 3000])), **own))
    more += [agreement(name, last, draw(st.sampled_from([400, 1000]))) for name in scored if agree]
    return content | {"criteria": draw(st.permutations([*content["criteria"], *more]))}


@st.composite
def contents(draw: st.DrawFn) -> dict[str, Any]:
    """The content of small rule sets as plain JSON values, before they are loaded."""
    names = ["A", "B", "C", "D"][: draw(st.integers(2, 4))]
    tiers = draw(_tiers())
    numbers = range(1, draw(st.integers(2, 5)) + 1)
    genes = [draw(_genes(n, names)) for n in numbers]
    criteria = [c for at in range(1, len(tiers) + 1) for c in draw(_criteria(at))]
    criteria += [criterion(kind, draw(st.integers(1, 2)), name=f"main_{kind}") for kind in ("listed_allele", "repeat")]
    alleles = draw(_alleles(genes))
    if draw(st.booleans()):
        genes.append(mitochondrial_gene(draw(_shares(names))))
        alleles += [mitochondrial_allele("MT-1", 3100), mitochondrial_allele("MT-2", 3243)]
    for own in genes:
        own["effects"] = draw(_effects(criteria))
    repeats = [repeat(f"R{n}", n, **draw(_repeats)) for n in draw(st.sets(st.sampled_from(numbers), max_size=2))]
    markers = [
        marker(f"M{n}", n, draw(st.sampled_from([100, 333, 1000]))) for n in draw(st.sets(st.sampled_from(numbers)))
    ]
    return content_of(
        categories=[category(name) for name in names],
        decision=draw(_decisions(tiers)),
        criteria=draw(st.permutations(criteria)),
        genes=draw(st.permutations(genes)),
        alleles=draw(st.permutations(alleles)),
        repeats=repeats,
        markers=markers,
        flags=draw(_flags(numbers, [r["id"] for r in repeats], [m["id"] for m in markers])),
    )


@st.composite
def skeletons(draw: st.DrawFn) -> dict[str, Any]:
    """Rule sets with categories, tiers, tie-breaks and genes alone: what scores and decisions ask."""
    names = ["A", "B", "C", "D"][: draw(st.integers(2, 4))]
    return content_of(
        categories=[category(name) for name in names],
        decision={"tiers": draw(_tiers()), "tie_breaks": draw(_tie_breaks()), **draw(_protocols(names))},
        genes=[gene(number, draw(_shares(names))) for number in range(1, draw(st.integers(2, 5)) + 1)],
    )


@st.composite
def _protocols(draw: st.DrawFn, names: list[str]) -> dict[str, Any]:
    """What the protocol declares where the evidence points to no category; nothing, as often."""
    if draw(st.booleans()):
        return {}
    ways = [draw(st.sampled_from(["review", "lot", "smallest_arm", "minimise"])) for _ in range(2)]
    balanced = {"factors": {"site": 2, "onset": 1}, "favoured": draw(st.sampled_from([1000, 800]))}
    return {
        "otherwise": {
            **WORD,
            "no_evidence": ways[0],
            "tied": ways[1],
            "weights": draw(st.dictionaries(st.sampled_from(names), st.integers(1, 3))),
            **(balanced if "minimise" in ways else {}),
        }
    }


@st.composite
def _decisions(draw: st.DrawFn, tiers: list[dict[str, Any]]) -> dict[str, Any]:
    noted = {reason: draw(st.sampled_from(["review", "note"])) for reason in REASONS}
    return {
        "tiers": tiers,
        "tie_breaks": draw(_tie_breaks()),
        "unsettled_above_ppm": draw(st.sampled_from([0, 600, 10_000, 1_000_000])),
        "default_carrier_ppm": draw(st.sampled_from([0, 500, 20_000])),
        "policy": {"tied": "review", "no_evidence": "review", **noted},
    }


@st.composite
def _tie_breaks(draw: st.DrawFn) -> list[str]:
    rules = draw(st.permutations(["distinct_genes", "category_order", "seeded"]))
    return rules[: draw(st.integers(0, 3))]


@st.composite
def _alleles(draw: st.DrawFn, genes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Up to three of each gene, so close together that they may overlap."""
    found: list[dict[str, Any]] = []
    for number, own in enumerate(genes, start=1):
        for offset, change in draw(st.lists(_CHANGES, min_size=1, max_size=3, unique=True)):
            needs = "two" if own["inheritance"] == "recessive" else draw(_NEEDS)
            name = f"G{number}-{len(found)}"
            said = draw(_SAID) | {"class": draw(_CLASSES)}
            found.append(allele(name, number, offset, *change, needs=needs, **said))
    return found


_SAID: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "stars": st.sampled_from([0, 1, 2]),
        "classified": st.sampled_from(["2014", "2015-06", "2024-02-29"]),
        "frequency": st.sampled_from(["0", "0.0001", "0.001", "0.02"]),
        "conditions": st.lists(st.sampled_from(["Motor neuron disease", "Glaucoma 1"]), max_size=2, unique=True),
    },
)
"""What the row of an allele says of its classification."""


_INHERITED: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [{}, {}, {}, {"inheritance": ["dominant"]}, {"two_in": ["dominant", "recessive"]}, {"two_in": []}]
)
_PLACED: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [{}, {}, {"within": ["domain"]}, {"outside": ["exon"]}, {"within": ["domain", "exon"]}, {"outside": ["domain"]}]
)
_ASKED_OF_ROWS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    st.fixed_dictionaries(
        {},
        optional={
            "stars": st.sampled_from([0, 1, 2]),
            "classified_from": st.sampled_from(["2015-01-01", "2024"]),
            "max_frequency": st.sampled_from(["0.0001", "0.005"]),
            "conditions": st.just(["motor neuron disease"]),
        },
    ),
)
_CLASSES = st.sampled_from(["pathogenic"] * 6 + ["other_disease", "mimic", "benign", "uncertain"])
_NEEDS = st.sampled_from(["one", "one", "one_or_two"])


_CHANGES = st.tuples(
    st.integers(10, 14),
    st.sampled_from([("A", "C"), ("A", "G"), ("AT", "A"), ("A", "ACC"), ("AT", "GC"), ("ATTT", "A")]),
)
_BANDS = [
    {"least": 1, "most": 1, "means": "harmful"},
    {"least": 2, "most": 9, "means": "normal"},
    {"least": 10, "most": 20, "means": "normal"},
    {"least": 30, "means": "harmful"},
]
_repeats = st.fixed_dictionaries(
    {
        "needs": st.sampled_from(["one", "two"]),
        "use": st.sampled_from(["evidence", "evidence", "mimic"]),
        "bands": st.sampled_from([[], [], [], _BANDS]),
    }
)


@st.composite
def _tiers(draw: st.DrawFn) -> list[dict[str, Any]]:
    count = draw(st.integers(2, 4))
    opening = draw(st.integers(1, count))
    found = []
    for at in range(1, count + 1):
        cap = draw(st.sampled_from([None, None, 200, 700, 1500]))
        found.append(
            tier(
                at,
                draw(st.sampled_from([1, 100, 300, 700])),
                draw(st.sampled_from([1, 50, 150, 400])),
                "yes" if at <= opening else "no",
                **({} if cap is None else {"cap": cap}),
            )
        )
    return found


@st.composite
def _shares(draw: st.DrawFn, names: list[str]) -> dict[str, int]:
    chosen = draw(
        st.lists(st.sampled_from(names), min_size=draw(st.sampled_from([0, 1, 1, 1])), max_size=3, unique=True)
    )
    return {name: draw(st.sampled_from([1, 50, 250, 300, 333])) for name in chosen} | (
        {chosen[0]: draw(st.sampled_from([301, 333]))} if len(chosen) > 1 else dict.fromkeys(chosen, 1000)
    )


@st.composite
def _genes(draw: st.DrawFn, number: int, names: list[str]) -> dict[str, Any]:
    prior = draw(st.sampled_from([None, None, 50, 90_000]))
    return gene(
        number,
        draw(_shares(names)),
        validity=draw(st.sampled_from(VALIDITIES)),
        inheritance=draw(st.sampled_from(["dominant", "dominant", "recessive", "susceptibility"])),
        mechanisms=draw(
            st.sampled_from([["loss_of_function"], ["missense"], ["loss_of_function", "missense"], ["other"]])
        ),
        **({} if prior is None else {"carrier_ppm": prior}),
        regions=draw(_regions(number)),
    )


@st.composite
def _effects(draw: st.DrawFn, criteria: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Now and then a published effect of what one criterion asks of a gene."""
    wide = {"clinvar", "consequence", "deletion"}
    able = [each for each in criteria if each["kind"] != "marker"]
    found = []
    for each in draw(st.sampled_from([[], [], [], able[:1], able[:2]])):
        prior = {"carrier_ppm": draw(st.sampled_from([0, 5000]))} if each["kind"] in wide else {}
        odds = {"odds_ratio": draw(st.sampled_from(["1.001", "1.5", "4.73", "1000"]))}
        found.append({"criterion": each["id"], **odds, **(draw(st.sampled_from([{}, prior]))), **WORD})
    return found


def _regions(number: int) -> st.SearchStrategy[list[dict[str, Any]]]:
    """None, one or both of two regions, the first gene both: one told by residues, one by bases around its alleles."""
    start = number * 1_000_000
    bases = {"grch38": f"{start + 11}-{start + 60}", "grch37": f"{start + 500_011}-{start + 500_060}"}
    every = [{"id": "domain", "residues": "1-10", **WORD}, {"id": "exon", **bases, **WORD}]
    return st.just(every) if number == 1 else st.sampled_from([[], [], every[:1], every[1:], every])


@st.composite
def _criteria(draw: st.DrawFn, at: int) -> list[dict[str, Any]]:
    kinds = draw(
        st.sets(
            st.sampled_from(
                ["listed_allele", "repeat", "heteroplasmy", "clinvar", "consequence", "missense", "deletion", "marker"]
            ),
            min_size=1,
            max_size=4,
        )
    )
    return [draw(_criterion(kind, at)) for kind in sorted(kinds)]


@st.composite
def _criterion(draw: st.DrawFn, kind: str, at: int) -> dict[str, Any]:
    points = draw(st.sampled_from([100, 500, 1000, 1000, 1500]))
    validity = draw(st.sampled_from([list(VALIDITIES), list(VALIDITIES), ["definitive"], ["limited", "none"]]))
    more: dict[str, Any] = {}
    if kind == "missense":
        more = {"terms": [MISSENSE, LOF], "mechanisms": ["missense"], "predictor": "REVEL", "at_least": "0.7"}
    elif kind == "consequence":
        more = {"spare_last_exon": draw(st.sampled_from(["yes", "no"]))}
        more |= draw(st.sampled_from([{}, {}, {"spare_penultimate": 50}]))
    elif kind == "clinvar":
        more = {
            "stars": draw(st.sampled_from([0, 1, 2])),
            "conditions": draw(st.sampled_from([[], [], ["Amyotrophic lateral sclerosis", "MONDO:0004976"]])),
            "carrier_ppm": draw(st.sampled_from([0, 100, 20_000])),
        }
    elif kind == "deletion":
        more = {
            "reach": draw(st.sampled_from(["exon", "whole"])),
            "carrier_ppm": draw(st.sampled_from([0, 20, 20_000])),
        }
    elif kind == "marker":
        more = draw(st.sampled_from([{}, {"counts": "attributable"}]))
    elif kind == "listed_allele":
        more = {"classes": draw(st.sampled_from([["pathogenic"], ["other_disease"], ["pathogenic", "other_disease"]]))}
        more |= draw(_ASKED_OF_ROWS)
    if kind in ("missense", "consequence", "clinvar", "deletion"):
        more |= draw(_INHERITED) | (draw(_PLACED) if kind != "deletion" else {})
    return criterion(
        "consequence" if kind == "missense" else kind, at, points, f"{kind}_{at}", **more | {"validity": validity}
    )


@st.composite
def _flags(draw: st.DrawFn, numbers: Iterable[int], repeats: list[str], markers: list[str]) -> dict[str, Any]:
    mimics, therapies = [], []
    for at, number in enumerate(draw(st.lists(st.sampled_from(list(numbers)), max_size=3))):
        trigger = draw(st.sampled_from(["one", "two", "male", "copy_number", *(["repeat"] if repeats else [])]))
        own = {"id": f"mimic{at}", "gene": f"G{number}", "disorder": "another disease", "trigger": trigger}
        aim = {"repeat": draw(st.sampled_from(repeats))} if trigger == "repeat" else {}
        mimics.append(own | aim | {"action": draw(st.sampled_from(["hold", "report"]))} | WORD)
    for at, number in enumerate(draw(st.lists(st.sampled_from(list(numbers)), max_size=2))):
        trigger = draw(st.sampled_from(["pathogenic", "copy_number", "none", *(["repeat"] if repeats else [])]))
        own = {"id": f"therapy{at}", "gene": f"G{number}", "product": "a drug", "stage": "approved", "trigger": trigger}
        aim = {"repeat": draw(st.sampled_from(repeats))} if trigger == "repeat" else {}
        therapies.append(own | aim | {"action": draw(st.sampled_from(["hold", "report"]))} | WORD)
    reports = [{"id": f"strat{m}", "marker": m, "report": "for strata", **WORD} for m in markers[:1]]
    return {"mimics": mimics, "therapies": therapies, "stratification": reports}
