"""Hypothesis strategies, named in the plural for what they give.

A rule set is drawn as plain JSON values (`contents`) and loaded by `rules_of`, since YAML reads JSON; a profile is
drawn for a rule set (`profiles`, `profiles_for`), and `learnt_more` completes one without contradicting it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from attrs import evolve
from hypothesis import strategies as st

from assigner.calls import Call, Sex, State
from assigner.contigs import CHROMS, Build
from assigner.panels import Panel, panel_of
from assigner.profiles import (
    CopyNumber,
    Interval,
    Observed,
    Profile,
    Reach,
    RepeatSizes,
    StructuralCall,
    StructuralKind,
)
from assigner.rules import Rules, parse_rules
from assigner.truth import Truth
from assigner.variants import Variant

WORD = {"because": "a test", "sources": ["a test"], "status": "confirmed"}
VALIDITIES = ("definitive", "limited", "none")
LOF, MISSENSE = "stop_gained", "missense_variant"
REASONS = ("unsettled", "mimic", "gene_targeted_therapy", "sex_mismatch", "quality", "partial_read")

truths = st.sampled_from(list(Truth))
builds = st.sampled_from(list(Build))
sexes = st.sampled_from([None, Sex.FEMALE, Sex.MALE])
bases = st.sampled_from("ACGT")
sequences = st.text("ACGT", min_size=1, max_size=6)
participants = st.one_of(
    st.sampled_from(["P001", "=cmd()", "../../x", "\x1b[2J\r\n", "\u202eP", "é", "p" * 500, "\x00", "<b>", "🧬"]),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20),
)
genotypes = st.one_of(
    st.sampled_from(
        ["0/0", "0/1", "1/0", "1/1", "0|1", "1|0", "1|1", "./.", "./1", "1/.", "0/.", "./0", ".", "0", "1"]
    ),
    st.builds(str.join, st.sampled_from("/|"), st.lists(st.sampled_from("01."), min_size=1, max_size=4)),
)


# ----------------------------------------------------------------------------------------------------- variants, calls


@st.composite
def variants(draw: st.DrawFn, near: int = 100, spread: int = 12) -> Variant:
    """Variants close to each other on one of two chromosomes."""
    ref, alt = draw(sequences), draw(sequences.filter(bool))
    chrom = draw(st.sampled_from(["1", "X"]))
    pos = near + draw(st.integers(0, spread))
    return Variant(chrom, pos, ref, alt if alt != ref else ref + "A")


@st.composite
def calls(draw: st.DrawFn) -> Call:
    """Calls of every state, as the reader and the forms make them."""
    call = Call.of(draw(genotypes), draw(st.sampled_from([None, "7", "8"])))
    if len(call.copies) == 2 and draw(st.integers(0, 3)) == 0:
        names = draw(st.sampled_from([("a", "b"), ("b", "a"), ("a", None), (None, "a"), ("b", "c")]))
        call = Call.from_copies(call.copies, phase_sets=names)
    state = draw(st.sampled_from([None] * 6 + list(State)))
    if state in (State.REFERENCE, State.ASSUMED_REFERENCE, State.NOT_ASSESSED):
        return Call(state)
    if state is State.OBSCURED:
        return Call(state, why="a test of obscured")
    if state in (State.LOW_QUALITY, State.FILTERED, State.CONFLICT, State.INVALID):
        call = evolve(call, state=state, why=f"a test of {state}")
    return evolve(
        call,
        fraction=draw(st.sampled_from([None, None, Decimal("0"), Decimal("0.3"), Decimal("0.60"), Decimal("1")])),
        depth=draw(st.sampled_from([None, 0, 30])),
        quality=draw(st.sampled_from([None, 0, 99])),
    )


# ----------------------------------------------------------------------------------------------------------- rule sets


def rules_of(content: dict[str, Any], tables: dict[str, bytes] | None = None) -> Rules:
    """A rule set of plain JSON values, loaded."""
    return parse_rules(json.dumps(content, ensure_ascii=False).encode(), tables)


def content_of(**parts: Any) -> dict[str, Any]:
    """A whole rule set: these parts, and the least that must stand beside them."""
    decision = {
        "tiers": [tier(1)],
        "unsettled_above_ppm": 10_000,
        "default_carrier_ppm": 500,
        "policy": dict.fromkeys(("tied", "no_evidence", *REASONS), "review"),
        **WORD,
    }
    content = {
        "rule_set": {"id": "test", "version": "1", "title": "a test", "status": "draft"},
        "categories": [category("A"), category("B"), category("C")],
        "decision": decision | parts.pop("decision", {}),
        "gates": {
            "filters": ["PASS"], "unfiltered": "accept", "depth": 10, "quality": 20,
            "het_balance": "250-750", "hom_balance": 900, "assessed": 950, **WORD,
        },
        "fields": {"predictors": {"REVEL": ["REVEL"]}},
        "criteria": [criterion("listed_allele", 1)],
    }  # fmt: skip
    return content | parts


def category(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "name": f"Biology {name}", "intervention": f"Product {name}", **WORD, **more}


def tier(number: int, minimum: int = 300, margin: int = 150, opens: str = "yes", **more: Any) -> dict[str, Any]:
    return {"tier": number, "minimum": minimum, "margin": margin, "opens": opens, "because": "a test", **more}


def criterion(kind: str, at: int, points: int = 1000, name: str | None = None, **more: Any) -> dict[str, Any]:
    """A criterion of a kind with the fields that the kind needs."""
    needed: dict[str, dict[str, Any]] = {
        "listed_allele": {"classes": ["pathogenic"]},
        "heteroplasmy": {"classes": ["mitochondrial"], "ignored": "0.1", "counts": "0.6"},
        "clinvar": {"stars": 1, "max_frequency": "0.0001", "carrier_ppm": 100},
        "consequence": {
            "terms": [LOF], "mechanisms": ["loss_of_function"], "max_frequency": "0.0001", "carrier_ppm": 200,
        },
        "deletion": {"mechanisms": ["loss_of_function"], "reach": "exon", "carrier_ppm": 20},
    }  # fmt: skip
    own = {"id": name or f"{kind}_{at}", "kind": kind, "tier": at, "points": points, "validity": list(VALIDITIES)}
    return own | needed.get(kind, {}) | WORD | more


def gene(number: int, shares: dict[str, int], **more: Any) -> dict[str, Any]:
    """Gene number 1 to 9, named G1 to G9, on the chromosome of that number."""
    start = number * 1_000_000
    return {
        "symbol": f"G{number}",
        "chrom": str(number),
        "grch38": f"{start}-{start + 9999}",
        "grch37": f"{start + 500_000}-{start + 509_999}",
        "inheritance": "dominant",
        "mechanisms": ["loss_of_function", "missense"],
        "validity": "definitive",
        "shares": [{"category": c, "share": s, **WORD} for c, s in shares.items()],
        **WORD,
        **more,
    }


def allele(name: str, number: int, offset: int, ref: str = "A", alt: str = "C", **more: Any) -> dict[str, Any]:
    """An allele of gene `number`, `offset` bases into it, on both builds."""
    pos = number * 1_000_000 + offset
    place = {
        "chrom": str(number),
        "pos38": pos, "ref38": ref, "alt38": alt,
        "pos37": pos + 500_000, "ref37": ref, "alt37": alt,
    }  # fmt: skip
    own = {"id": name, "gene": f"G{number}", "name": name, "class": "pathogenic", "needs": "one", "place": place}
    return own | WORD | more


def mitochondrial_allele(name: str, pos: int, **more: Any) -> dict[str, Any]:
    place = {"chrom": "MT", "pos38": pos, "ref38": "A", "alt38": "G", "pos37": pos, "ref37": "A", "alt37": "G"}
    return allele(name, 9, 1) | {"gene": "MT-G", "class": "mitochondrial", "place": place} | more


def mitochondrial_gene(shares: dict[str, int], **more: Any) -> dict[str, Any]:
    own = {
        "symbol": "MT-G",
        "chrom": "MT",
        "grch38": "3000-4000",
        "grch37": "3000-4000",
        "inheritance": "mitochondrial",
    }
    return gene(9, shares) | own | more


def repeat(name: str, number: int, **more: Any) -> dict[str, Any]:
    start = number * 1_000_000 + 5000
    own = {
        "id": name, "gene": f"G{number}", "motif": "CAG", "chrom": str(number),
        "grch38": f"{start}-{start + 60}", "grch37": f"{start + 500_000}-{start + 500_060}",
        "normal": 20, "expanded": 30, "needs": "one", "use": "evidence",
    }  # fmt: skip
    return own | WORD | more


def marker(name: str, number: int, log_odds: int = 200, **more: Any) -> dict[str, Any]:
    pos = number * 1_000_000 + 7000 + len(name)
    own = {
        "id": name, "rsid": f"rs{1000 + sum(map(ord, name))}", "gene": f"G{number}", "chrom": str(number),
        "pos38": pos, "pos37": pos + 500_000, "effect": "C", "other": "T", "log_odds": log_odds,
    }  # fmt: skip
    return own | WORD | more


@st.composite
def contents(draw: st.DrawFn) -> dict[str, Any]:
    """Small rule sets, as plain JSON values, with every kind of everything somewhere."""
    names = ["A", "B", "C", "D"][: draw(st.integers(2, 4))]
    tiers = draw(_tiers())
    numbers = range(1, draw(st.integers(2, 5)) + 1)
    genes = [draw(_genes(n, names)) for n in numbers]
    criteria = [c for at in range(1, len(tiers) + 1) for c in draw(_criteria(at))]
    criteria += [criterion(kind, draw(st.integers(1, 2)), name=f"main_{kind}") for kind in ("listed_allele", "repeat")]
    ids = iter(range(1000))
    alleles = [
        allele(
            f"G{n}-{next(ids)}", n, offset, *change,
            **{"class": draw(_CLASSES)},
            needs="two" if genes[n - 1]["inheritance"] == "recessive" else draw(_NEEDS),
        )
        for n in numbers
        for offset, change in draw(st.lists(_CHANGES, min_size=1, max_size=3, unique=True))
    ]  # fmt: skip
    if draw(st.booleans()):
        genes.append(mitochondrial_gene(draw(_shares(names))))
        alleles += [mitochondrial_allele("MT-1", 3100), mitochondrial_allele("MT-2", 3243)]
    repeats = [repeat(f"R{n}", n, **draw(_repeats)) for n in draw(st.sets(st.sampled_from(numbers), max_size=2))]
    markers = [
        marker(f"M{n}", n, draw(st.sampled_from([100, 333, 1000]))) for n in draw(st.sets(st.sampled_from(numbers)))
    ]
    tie_breaks = draw(st.permutations(["distinct_genes", "category_order", "seeded"]))
    return content_of(
        categories=[category(name) for name in names],
        decision={
            "tiers": tiers,
            "tie_breaks": tie_breaks[: draw(st.integers(0, 3))],
            "unsettled_above_ppm": draw(st.sampled_from([0, 600, 10_000, 1_000_000])),
            "default_carrier_ppm": draw(st.sampled_from([0, 500, 20_000])),
            "policy": {
                "tied": "review", "no_evidence": "review",
                **{reason: draw(st.sampled_from(["review", "note"])) for reason in REASONS},
            },
        },
        criteria=draw(st.permutations(criteria)),
        genes=draw(st.permutations(genes)),
        alleles=draw(st.permutations(alleles)),
        repeats=repeats,
        markers=markers,
        flags=draw(_flags(numbers, [r["id"] for r in repeats], [m["id"] for m in markers])),
    )  # fmt: skip


_CLASSES = st.sampled_from(["pathogenic"] * 6 + ["other_disease", "mimic", "benign", "uncertain"])
_NEEDS = st.sampled_from(["one", "one", "one_or_two"])


@st.composite
def skeletons(draw: st.DrawFn) -> dict[str, Any]:
    """Rule sets with categories, tiers, tie-breaks and genes alone: what scores and decisions ask."""
    names = ["A", "B", "C", "D"][: draw(st.integers(2, 4))]
    tie_breaks = draw(st.permutations(["distinct_genes", "category_order", "seeded"]))
    return content_of(
        categories=[category(name) for name in names],
        decision={"tiers": draw(_tiers()), "tie_breaks": tie_breaks[: draw(st.integers(0, 3))]},
        genes=[gene(number, draw(_shares(names))) for number in range(1, draw(st.integers(2, 5)) + 1)],
    )


_CHANGES = st.tuples(
    st.integers(10, 14),
    st.sampled_from([("A", "C"), ("A", "G"), ("AT", "A"), ("A", "ACC"), ("AT", "GC"), ("ATTT", "A")]),
)
_repeats = st.fixed_dictionaries(
    {"needs": st.sampled_from(["one", "two"]), "use": st.sampled_from(["evidence", "evidence", "mimic"])}
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
    )


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
    elif kind == "clinvar":
        more = {"stars": draw(st.sampled_from([0, 1, 2])), "carrier_ppm": draw(st.sampled_from([0, 100, 20_000]))}
    elif kind == "deletion":
        more = {
            "reach": draw(st.sampled_from(["exon", "whole"])),
            "carrier_ppm": draw(st.sampled_from([0, 20, 20_000])),
        }
    elif kind == "listed_allele":
        more = {"classes": draw(st.sampled_from([["pathogenic"], ["other_disease"], ["pathogenic", "other_disease"]]))}
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


rule_sets = contents().map(rules_of)


# ------------------------------------------------------------------------------------------------------------ profiles


@st.composite
def repeat_sizes(draw: st.DrawFn) -> RepeatSizes:
    """Sizes around the bands of the generated rule sets, with and without intervals and problems."""
    sizes = tuple(draw(st.lists(st.sampled_from([None, 5, 20, 25, 30, 45]), min_size=1, max_size=3)))
    intervals: tuple[Interval | None, ...] = ()
    if draw(st.booleans()):
        wide, open_ended = st.sampled_from([None, 0, 5, 20]), st.sampled_from([False, False, False, True])
        intervals = tuple(
            None
            if size is None or (w := draw(wide)) is None
            else (max(0, size - w), None if draw(open_ended) else size + w)
            for size in sizes
        )
    problem = draw(st.sampled_from([None, None, None, "low depth"]))
    return RepeatSizes(sizes, intervals, draw(st.sampled_from([None, "a laboratory"])), problem)


letters = st.sampled_from(
    [("C", "C"), ("C", "T"), ("T", "C"), ("T", "T"), ("C", None), (None, None), ("G", "T"), ("C",)]
)


@st.composite
def observed(draw: st.DrawFn, symbols: list[str], build: Build) -> Observed:
    """Annotated variants at a few places of the generated genes, listed places among them."""
    symbol = draw(st.sampled_from(symbols))
    number = int(symbol[1:])
    pos = number * 1_000_000 + draw(st.integers(10, 22)) + (500_000 if build is Build.GRCH37 else 0)
    ref, alt = draw(st.sampled_from([("A", "C"), ("A", "T"), ("AT", "A"), ("G", "GA")]))
    return Observed(
        symbol,
        Variant(str(number), pos, ref, alt),
        draw(calls()),
        terms=draw(
            st.sampled_from([None, (), (LOF,), (MISSENSE,), ("intron_variant",), (MISSENSE, "splice_region_variant")])
        ),
        pathogenic=draw(truths),
        stars=draw(st.integers(0, 4)),
        frequency=draw(st.sampled_from([None, Decimal("0"), Decimal("0.00005"), Decimal("0.2")])),
        predictors=draw(st.sampled_from([{}, {"REVEL": Decimal("0.9")}, {"REVEL": Decimal("0.1")}])),
        last_exon=draw(truths),
    )


@st.composite
def structural(draw: st.DrawFn, symbols: list[str], build: Build) -> StructuralCall:
    """Structural variants over the generated genes: the whole of one, its listed alleles, or one small variant."""
    symbol = draw(st.sampled_from(symbols))
    start = int(symbol[1:]) * 1_000_000 + (500_000 if build is Build.GRCH37 else 0)
    first, last = draw(st.sampled_from([(-500, 20_000), (12, 900), (11, 11), (2000, 3000)]))
    return StructuralCall(
        gene=symbol,
        kind=draw(st.sampled_from([StructuralKind.DELETION] * 4 + list(StructuralKind))),
        chrom=symbol[1:],
        start=start + first,
        end=start + last,
        call=draw(calls()),
        reach=draw(st.sampled_from(Reach)),
        precise=draw(st.booleans()),
        why=draw(st.sampled_from([None, "a test"])),
    )


def _each_once(seen: list[StructuralCall]) -> tuple[StructuralCall, ...]:
    return tuple({(s.gene, str(s)): s for s in seen}.values())


def _unique(seen: list[Observed]) -> tuple[Observed, ...]:
    return tuple({(o.gene, o.variant): o for o in seen}.values())


@st.composite
def profiles(draw: st.DrawFn, rules: Rules, build: Build | None = None) -> Profile:
    """Participants of any kind: every state of every locus, anything declared."""
    build = build or draw(builds)
    panel = panel_of(rules, build)
    symbols = [g.symbol for g in rules.content.genes if g.chrom != "MT"]
    seen = draw(st.lists(observed(symbols, build), max_size=4)) if symbols else []
    return Profile(
        participant=draw(participants),
        build=build,
        sex=draw(sexes),
        inferred_sex=draw(sexes),
        absent=draw(st.sampled_from(["unknown", "reference"])),
        partial_read=draw(st.sampled_from([False, False, False, True])),
        alleles={v: draw(calls()) for v in sorted(panel.listed) if draw(st.booleans())},
        markers={rsid: draw(letters) for rsid in sorted(panel.markers) if draw(st.booleans())},
        repeats={name: draw(repeat_sizes()) for name in sorted(panel.repeats) if draw(st.booleans())},
        variants=_unique(seen),
        structural=_each_once(draw(st.lists(structural(symbols, build), max_size=3)) if symbols else []),
        structural_read=draw(st.booleans()),
        assessed=draw(
            st.just("all") | st.dictionaries(st.sampled_from(symbols), st.sampled_from([1, 949, 950, 1000]))
            if symbols
            else st.just("all")
        ),
        annotated=draw(st.frozensets(st.sampled_from(["clinvar", "consequence"]))),
        copy_numbers={s: CopyNumber(draw(st.integers(0, 3)), "a laboratory") for s in symbols if draw(st.booleans())},
    )


_KNOWN_CALLS = st.sampled_from(
    [Call(State.REFERENCE)] * 3 + [Call.of(g, "7") for g in ("0/1", "1/1", "1/1", "0|1", "1|0")]
)
_HOLDS = Observed("", Variant("1", 1, "A", "C"), Call.of("0/1"), frequency=Decimal("0"), last_exon=Truth.FALSE)


@st.composite
def profiles_for(draw: st.DrawFn, rules: Rules, doubt: int = 0) -> Profile:
    """Participants steered towards decisions: nearly all is known, some of it unknown, and little stands in the way."""
    build = draw(builds)
    panel = panel_of(rules, build)
    symbols = [g.symbol for g in rules.content.genes if g.chrom != "MT"]
    unsure = st.integers(0, 9).map(lambda n: n < doubt)

    def known(variant: Variant) -> Call:
        call = draw(_KNOWN_CALLS)
        fraction = draw(st.sampled_from([Decimal("0.05"), Decimal("0.9")])) if variant.chrom == "MT" else None
        return evolve(call, fraction=fraction) if call.copies else call

    seen = draw(st.lists(observed(symbols, build), max_size=3)) if symbols else []
    plain = [
        evolve(
            o, call=draw(_KNOWN_CALLS), frequency=Decimal("0"), last_exon=Truth.FALSE,
            pathogenic=o.pathogenic if draw(unsure) else Truth.TRUE if o.pathogenic is Truth.TRUE else Truth.FALSE,
            terms=o.terms if o.terms is not None or draw(unsure) else (LOF,),
        )
        for o in seen
    ]  # fmt: skip
    over = draw(st.lists(structural(symbols, build), max_size=2)) if symbols else []
    read = not draw(unsure)
    return Profile(
        participant=draw(st.sampled_from(["P1", "P2", "P3"])),
        build=build,
        sex=draw(sexes),
        alleles={v: known(v) for v in sorted(panel.alleles) if not draw(unsure)},
        markers={rsid: draw(letters) for rsid in sorted(panel.markers) if not draw(unsure)},
        repeats={
            name: RepeatSizes(draw(st.sampled_from([(5, 5), (5, 45), (45, 45)])))
            for name in sorted(panel.repeats)
            if not draw(unsure)
        },
        variants=_unique(plain),
        structural=_each_once([s if draw(unsure) else evolve(s, call=draw(_KNOWN_CALLS)) for s in over]),
        structural_read=read,
        absent="reference" if read and not doubt else "unknown",
        assessed="all" if not draw(unsure) else dict.fromkeys(symbols[:1], 1000),
        annotated=frozenset({"clinvar", "consequence"} if not draw(unsure) else {"clinvar"}),
    )


# ------------------------------------------------------------------------------------------------ what is learnt later


@st.composite
def learnt_more(draw: st.DrawFn, profile: Profile, rules: Rules, everything: bool = False) -> Profile:
    """The same participant when more is known: nothing that was known is contradicted.

    Unknown calls are called, halves completed, phase told, repeats sized, markers read, annotation found, genes
    assessed, sometimes with a variant that nobody could have seen before.
    """
    panel = panel_of(rules, profile.build)
    now = st.just(True) if everything else st.booleans()
    alleles = {v: draw(_learnt_calls(profile.call(v), now)) for v in sorted(panel.listed)}
    seen = [draw(_learnt_variants(o, now)) for o in profile.variants]
    assessed, annotated = profile.assessed, profile.annotated
    if draw(now):
        seen += draw(_unseen(profile, panel))
        assessed, annotated = "all", frozenset(["clinvar", "consequence"])
    over = [draw(_learnt_structural(s, now)) for s in profile.structural]
    read, absent = profile.structural_read, profile.absent
    if not profile.looked_for_structural and draw(now):
        over += draw(_unseen_structural(panel))
        read, absent = True, "reference"  # every listed allele has a call of its own by now
    told, flips = draw(now), {}
    if told:  # all phase sets are joined to one

        def in_phase(call: Call) -> Call:
            if call.state is not State.CALLED or len(call.copies) < 2:
                return call
            names = call.haplotypes or (object(), object())
            known = [flips[name] != bool(at) for at, name in enumerate(names) if name is not None and name in flips]
            flip = known[0] if known else draw(st.booleans())
            flips.update({name: flip != bool(at) for at, name in enumerate(names) if name is not None})
            return evolve(call, copies=call.copies[::-1] if flip else call.copies, phase_set="told", phase_sets=())

        alleles = {v: in_phase(call) for v, call in alleles.items()}
        seen = [evolve(o, call=in_phase(o.call)) for o in seen]
        over = [evolve(s, call=in_phase(s.call)) for s in over]
    return evolve(
        profile,
        sex=profile.sex or (draw(sexes) if profile.inferred_sex is None else None),
        alleles=alleles,
        markers={r: draw(_learnt_letters(profile.markers.get(r), now)) for r in sorted(panel.markers)},
        repeats={
            name: sizes
            for name in sorted(panel.repeats)
            if (sizes := draw(_learnt_repeats(profile.repeats.get(name), now))) is not None
        },
        variants=_unique(seen),
        structural=_each_once(over[::-1])[::-1],
        structural_read=read,
        absent=absent,
        assessed=assessed,
        annotated=annotated,
    )


@st.composite
def _learnt_calls(draw: st.DrawFn, call: Call, now: st.SearchStrategy[bool]) -> Call:
    if not draw(now):
        return call
    fraction = call.fraction if call.fraction is not None else draw(st.sampled_from([Decimal("0.05"), Decimal("0.9")]))
    match call.state:
        case State.CALLED:
            return evolve(call, fraction=fraction)
        case State.PARTIAL:
            full = tuple(draw(st.booleans()) if copy is None else copy for copy in call.copies)
            return evolve(call, state=State.CALLED, copies=full, fraction=fraction)
        case State.REFERENCE | State.ASSUMED_REFERENCE:
            return call
        case _:
            known = draw(_KNOWN_CALLS)
            return evolve(known, fraction=fraction) if known.copies else known


@st.composite
def _learnt_variants(draw: st.DrawFn, seen: Observed, now: st.SearchStrategy[bool]) -> Observed:
    if not draw(now):
        return seen
    yes_or_no = st.sampled_from([Truth.TRUE, Truth.FALSE])
    return evolve(
        seen,
        call=draw(_learnt_calls(seen.call, now)),
        terms=seen.terms if seen.terms is not None else draw(st.sampled_from([(), (LOF,), (MISSENSE,)])),
        pathogenic=seen.pathogenic if seen.pathogenic is not Truth.UNKNOWN else draw(yes_or_no),
        frequency=seen.frequency
        if seen.frequency is not None
        else draw(st.sampled_from([Decimal("0"), Decimal("0.2")])),
        predictors=seen.predictors or draw(st.sampled_from([{"REVEL": Decimal("0.9")}, {"REVEL": Decimal("0.1")}])),
        last_exon=seen.last_exon if seen.last_exon is not Truth.UNKNOWN else draw(yes_or_no),
    )


@st.composite
def _learnt_structural(draw: st.DrawFn, seen: StructuralCall, now: st.SearchStrategy[bool]) -> StructuralCall:
    """What a structural variant does to its gene is told; a kind that could be a deletion may turn out to be one."""
    if not draw(now):
        return seen
    if seen.kind is not StructuralKind.DELETION:
        kind, reach = draw(st.sampled_from([(seen.kind, seen.reach), (StructuralKind.DELETION, Reach.WHOLE)]))
    else:
        known = st.sampled_from([Reach.WHOLE, Reach.EXON, Reach.INTRON])
        kind, reach = seen.kind, draw(known) if seen.reach is Reach.PART else seen.reach
    return evolve(seen, kind=kind, reach=reach, call=draw(_learnt_calls(seen.call, now)))


@st.composite
def _unseen_structural(draw: st.DrawFn, panel: Panel) -> list[StructuralCall]:
    """Structural variants that nobody could have seen before, at places where none was."""
    symbols = sorted(g for g, known in panel.genes.items() if g == known.symbol and known.chrom != "MT")
    new = draw(st.lists(structural(symbols, panel.build), max_size=2)) if symbols else []
    return [evolve(s, start=s.start + 5000, end=s.end + 5000, call=draw(_KNOWN_CALLS)) for s in new]


@st.composite
def _learnt_letters(
    draw: st.DrawFn, known: tuple[str | None, ...] | None, now: st.SearchStrategy[bool]
) -> tuple[str | None, ...]:
    if known is None:
        return draw(st.sampled_from([("C", "C"), ("C", "T"), ("T", "T")])) if draw(now) else (None, None)
    return tuple(draw(st.sampled_from("CT")) if one is None and draw(now) else one for one in known)


@st.composite
def _learnt_repeats(draw: st.DrawFn, known: RepeatSizes | None, now: st.SearchStrategy[bool]) -> RepeatSizes | None:
    if not draw(now):
        return known
    sizes = st.sampled_from([5, 20, 25, 30, 45])
    if known is None or known.problem is not None:
        return RepeatSizes((draw(sizes), draw(sizes)))
    found = [
        draw(sizes) if r is None else draw(st.integers(r[0], r[0] + 60 if r[1] is None else r[1])) for r in known.ranges
    ]
    return RepeatSizes(tuple(found if len(found) > 1 else [*found, draw(sizes)]))


@st.composite
def _unseen(draw: st.DrawFn, profile: Profile, panel: Panel) -> list[Observed]:
    """Variants that nobody could have seen before: where nobody looked, or by annotation that was not there."""
    found = []
    for symbol in sorted(g for g, known in panel.genes.items() if g == known.symbol and known.chrom != "MT"):
        clinvar, consequence = (
            profile.looked_for(symbol, kind, panel.content.gates.assessed) for kind in ("clinvar", "consequence")
        )
        if (clinvar and consequence) or not draw(st.booleans()):
            continue
        new = draw(observed([symbol], profile.build))
        moved = evolve(new.variant, pos=new.variant.pos + 1000)
        found.append(
            evolve(
                new, variant=moved, call=draw(_KNOWN_CALLS),
                pathogenic=Truth.FALSE if clinvar else new.pathogenic,
                terms=() if consequence else new.terms,
            )
        )  # fmt: skip
    return found


def names_of_chroms() -> st.SearchStrategy[str]:
    return st.sampled_from(CHROMS)
