"""Random participants for any rule set: `profiles` of any kind, `known_profiles` with nearly everything known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Literal

from attrs import evolve
from hypothesis import strategies as st

from assigner.genome.builds import Build
from assigner.genome.variants import Variant
from assigner.profiles.calls import Call, State
from assigner.profiles.profile import CopyNumber, Observed, Profile, RepeatSizes
from assigner.profiles.score_genotypes import ScoreGenotypes
from assigner.rules import Rules
from assigner.rules.panels import Panel
from assigner.testing.drawing import FEW, composite, some
from assigner.testing.loci import (
    Choices,
    bands,
    builds,
    calls,
    choices_of,
    known_call,
    known_calls,
    letters,
    observed,
    once_each,
    participants,
    repeat_sizes,
    score_copies,
    sexes,
    structural,
    unique,
)
from assigner.truth import Truth


@composite
def profiles(draw: st.DrawFn, rules: Rules, build: Build | None = None) -> Profile:
    """Participants of any kind: every state of every locus, anything declared.

    For a large rule set a few places are drawn; the others all have no record, or are all reference.

    Args:
        draw: Hypothesis's own.
        rules: the rule set that is asked.
        build: GRCh37 or GRCh38; either when not given.
    """
    build = build or draw(builds)
    choices = choices_of(rules, build)
    panel, symbols = choices.panel, [gene.symbol for gene in choices.nuclear]
    background = choices.listed if len(choices.listed) > FEW and draw(st.booleans()) else ()
    sized = [(own, draw(repeat_sizes(draw(st.sampled_from(own))))) for own in draw(some(choices.repeats))]
    alleles = dict.fromkeys(background, Call(State.REFERENCE))
    alleles |= {v: draw(calls(choices.fractions)) for v in draw(some(choices.listed))}
    seen = draw(st.lists(observed(choices), max_size=4)) if symbols else []
    return Profile(
        participant=draw(participants),
        build=build,
        sex=draw(sexes),
        inferred_sex=draw(sexes),
        absent=draw(st.sampled_from(["unknown", "reference"])),
        partial_read=draw(st.sampled_from([False, False, False, True])),
        two_sexes=draw(st.sampled_from([False, False, False, True])),
        two_people=draw(st.sampled_from([None, None, None, "files 1 and 2: 30 of 60 shared genotypes are the same"])),
        somatic=draw(st.sampled_from([None, None, None, "variants: ##tumor_sample"])),
        alleles=alleles,
        markers={rsid: draw(letters(panel.markers[rsid])) for rsid in draw(some(sorted(panel.markers)))},
        scores=draw(_scores(panel)),
        repeats={repeat.id: sizes for own, sizes in sized for repeat in own},
        variants=_called(unique(seen), alleles, panel),
        structural=once_each(draw(st.lists(structural(choices), max_size=3)) if symbols else []),
        structural_read=draw(st.booleans()),
        assessed=draw(_assessed(symbols, rules.content.gates.assessed)),
        annotated=draw(st.frozensets(st.sampled_from(["clinvar", "consequence"]))),
        copy_numbers={s: CopyNumber(draw(st.integers(0, 3)), "a laboratory") for s in draw(some(_counted(panel)))},
    )


def _called(seen: Iterable[Observed], alleles: Mapping[Variant, Call], panel: Panel) -> tuple[Observed, ...]:
    """Annotated variants without the listed ones that have no call, or that are absent by it."""
    absent = Call(State.REFERENCE)
    fits = {v for v in panel.listed if alleles.get(v, absent).carries is not Truth.FALSE}
    return tuple(o for o in seen if o.variant not in panel.listed or o.variant in fits)


def _assessed(symbols: list[str], least: int) -> st.SearchStrategy[dict[str, int] | Literal["all"]]:
    everything: st.SearchStrategy[Literal["all"]] = st.just("all")
    if not symbols:
        return everything
    shares = st.sampled_from([1, max(0, least - 1), least, 1000])
    return everything | st.dictionaries(st.sampled_from(symbols), shares, max_size=FEW)


def _counted(panel: Panel) -> list[str]:
    """The genes whose copies a flag asks for, and a few others."""
    flags = panel.content.flags.with_trigger
    others = [gene.symbol for gene in panel.asked if gene.chrom != "MT"]
    return list(dict.fromkeys([*(flag.gene for flag in flags if flag.trigger == "copy_number"), *others[:5]]))


@composite
def known_profiles(draw: st.DrawFn, rules: Rules, doubt: int = 0) -> Profile:
    """Participants who often get a decision: nearly everything is known.

    Args:
        draw: Hypothesis's own.
        rules: the rule set that is asked.
        doubt: how much is unknown, in tenths.
    """
    build = draw(builds)
    choices = choices_of(rules, build)
    symbols = [gene.symbol for gene in choices.nuclear]
    unsure = st.integers(0, 9).map(lambda n: n < doubt)
    seen = draw(st.lists(observed(choices), max_size=3)) if symbols else []
    plain = [
        evolve(
            o,
            call=draw(known_calls),
            frequency=Decimal(0),
            last_exon=Truth.FALSE,
            penultimate_exon=Truth.FALSE,
            pathogenic=o.pathogenic if draw(unsure) else Truth.TRUE if o.pathogenic is Truth.TRUE else Truth.FALSE,
            terms=o.terms if o.terms is not None or draw(unsure) else choices.terms[:1],
            conditions=o.conditions or choices.conditions[:1],
        )
        for o in seen
    ]
    over = draw(st.lists(structural(choices), max_size=2)) if symbols else []
    read = not draw(unsure)
    alleles = draw(_known_alleles(choices, unsure))
    return Profile(
        participant=draw(st.sampled_from(["P1", "P2", "P3"])),
        build=build,
        sex=draw(sexes),
        alleles=alleles,
        markers=draw(_known_markers(choices, unsure)),
        scores=draw(_scores(choices.panel, bool(doubt))),
        repeats=draw(_known_repeats(choices, unsure)),
        variants=_called(unique(plain), alleles, choices.panel),
        structural=once_each([s if draw(unsure) else evolve(s, call=draw(known_calls)) for s in over]),
        structural_read=read,
        absent="reference" if read and not doubt else "unknown",
        assessed="all" if not draw(unsure) else dict.fromkeys(symbols[:1], 1000),
        annotated=frozenset({"clinvar", "consequence"} if not draw(unsure) else {"clinvar"}),
    )


@composite
def _known_alleles(draw: st.DrawFn, choices: Choices, unsure: st.SearchStrategy[bool]) -> dict[Variant, Call]:
    """Of a large rule set nearly all reference, and a few carried."""
    active = [v for v in choices.listed if v in choices.panel.alleles]
    if len(active) <= FEW:
        return {v: draw(known_call(choices, v)) for v in active if not draw(unsure)}
    alleles = dict.fromkeys(active, Call(State.REFERENCE))
    alleles |= {v: draw(known_call(choices, v)) for v in draw(some(active, 5))}
    forgotten = draw(some(active)) if draw(unsure) else []
    return {v: call for v, call in alleles.items() if v not in forgotten}


@composite
def _scores(draw: st.DrawFn, panel: Panel, unknown: bool = True) -> dict[str, ScoreGenotypes]:
    """The genotypes of all scores, or where some may be unknown of some of them."""
    names = sorted(panel.scores)
    return {
        name: ScoreGenotypes(panel.scores[name].file.sha256, draw(score_copies(panel.scores[name], unknown)))
        for name in (draw(some(names)) if unknown else names)
    }


@composite
def _known_markers(
    draw: st.DrawFn, choices: Choices, unsure: st.SearchStrategy[bool]
) -> dict[str, tuple[str | None, ...]]:
    markers = choices.panel.markers
    if len(markers) <= FEW:
        return {rsid: draw(letters(markers[rsid])) for rsid in sorted(markers) if not draw(unsure)}
    known = {rsid: (marker.other, marker.other) for rsid, marker in markers.items()}
    return known | {rsid: draw(letters(markers[rsid])) for rsid in draw(some(sorted(markers), 5))}


@composite
def _known_repeats(draw: st.DrawFn, choices: Choices, unsure: st.SearchStrategy[bool]) -> dict[str, RepeatSizes]:
    """Of a large rule set nearly all normal."""
    found: dict[str, RepeatSizes] = {}
    expanded = choices.repeats if len(choices.repeats) <= 3 else draw(some(choices.repeats, 2))
    for own in choices.repeats:
        low, *_, high = bands(own[0])
        sizes = draw(st.sampled_from([(low, low), (low, high), (high, high)])) if own in expanded else (low, low)
        if not draw(unsure):
            found |= dict.fromkeys([repeat.id for repeat in own], RepeatSizes(sizes))
    return found
