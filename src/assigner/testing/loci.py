"""One locus of a random participant: at the rule set's alleles, and at its thresholds and just beside them."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from decimal import Decimal

from attrs import evolve, frozen
from hypothesis import strategies as st

from assigner.evidence.kinds.registry import kind_of
from assigner.genome.builds import Build
from assigner.genome.variants import Variant
from assigner.profiles.calls import UNTRUSTED, Call, Sex, State
from assigner.profiles.profile import Interval, Observed, Reach, RepeatSizes, StructuralCall, StructuralKind
from assigner.rules import Rules
from assigner.rules.loci import Gene, Marker, span_on
from assigner.rules.panels import Panel, locus_of, panel_of
from assigner.rules.polygenic import UNKNOWN_COPIES, Score
from assigner.rules.repeats import Repeat
from assigner.testing.drawing import FEW, composite
from assigner.truth import Truth

builds = st.sampled_from(list(Build))
sexes = st.sampled_from([None, Sex.FEMALE, Sex.MALE])
truths = st.sampled_from(list(Truth))
residues = st.sampled_from([(1, 1), (10, 10), (9, 12), (11, 11), (50, 50)])
"""Residues in the regions of random rule sets, at their ends, across one, and past it."""
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
known_calls = st.sampled_from(
    [Call(State.REFERENCE)] * 3 + [Call.of(g, "7") for g in ("0/1", "1/1", "1/1", "0|1", "1|0")]
)


@frozen(eq=False)
class Choices:
    """What a participant of a rule set can be drawn to have, on one build.

    Attributes:
        listed: the places of all listed alleles, in order.
        nuclear: the genes in which annotated and structural variants are asked.
        repeats: the repeats, those of one place together.
        fractions: mitochondrial fractions at every cutoff and beside it.
        sure_fractions: one below all cutoffs and one that is above all of them.
        conditions: those that ClinVar's verdict is asked for.
        frequencies: allele frequencies that pass, that just pass, and that do not.
        terms: the consequences that a criterion asks for, or one that no criterion asks for.
        scores: for each predictor a score that just reaches every threshold, and one that reaches none.
    """

    panel: Panel
    listed: tuple[Variant, ...]
    nuclear: tuple[Gene, ...]
    repeats: tuple[tuple[Repeat, ...], ...]
    fractions: tuple[Decimal, ...]
    sure_fractions: tuple[Decimal, Decimal]
    conditions: tuple[str, ...]
    frequencies: tuple[Decimal, ...]
    terms: tuple[str, ...]
    scores: tuple[tuple[str, Decimal, Decimal], ...]


@functools.lru_cache(maxsize=16)
def choices_of(rules: Rules, build: Build) -> Choices:
    """The choices under a rule set."""
    panel, content = panel_of(rules, build), rules.content
    edges = [kind_of(criterion).edges for criterion in content.criteria]
    fractions = sorted(cut for each in edges for cut in each.fractions)
    low, high = (fractions[0] / 2, fractions[-1]) if fractions else (Decimal("0.05"), Decimal("0.6"))
    cuts = sorted({cut for each in edges for cut in each.frequencies})
    thresholds: dict[str, list[Decimal]] = {name: [] for name in content.fields.predictors}
    for name, least in (score for each in edges for score in each.scores.items()):
        thresholds.setdefault(name, []).append(least)
    repeats: dict[object, list[Repeat]] = {}
    for repeat in content.repeats:
        repeats.setdefault(locus_of(repeat), []).append(repeat)
    return Choices(
        panel=panel,
        listed=tuple(sorted(panel.listed)),
        nuclear=tuple(gene for gene in content.genes if gene.chrom != "MT"),
        repeats=tuple(map(tuple, repeats.values())),
        fractions=(Decimal(0), low, (low + high) / 2, high, Decimal(1)),
        sure_fractions=(low, high),
        conditions=tuple(dict.fromkeys(condition for each in edges for condition in each.conditions)),
        frequencies=(Decimal(0), *cuts, Decimal("0.2")),
        terms=tuple(sorted({term for each in edges for term in each.terms})) or ("missense_variant",),
        scores=tuple((name, max(on, default=Decimal(1)), _below(on)) for name, on in sorted(thresholds.items())),
    )


def _below(thresholds: Sequence[Decimal]) -> Decimal:
    return max(Decimal(0), min(thresholds, default=Decimal(0)) - Decimal("0.01"))


# ----------------------------------------------------------------------------------------------------------- one locus


@composite
def calls(draw: st.DrawFn, fractions: Sequence[Decimal] = (Decimal(0), Decimal("0.3"), Decimal(1))) -> Call:
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
    if state is not None and state in UNTRUSTED:
        call = evolve(call, state=state, why=f"a test of {state}")
    return evolve(
        call,
        fraction=draw(st.sampled_from([None, None, *fractions])),
        depth=draw(st.sampled_from([None, 0, 30])),
        quality=draw(st.sampled_from([None, 0, 99])),
    )


@composite
def known_call(draw: st.DrawFn, choices: Choices, variant: Variant) -> Call:
    """A call that says whether the allele is carried; a mitochondrial one has a fraction away from the cutoffs."""
    call = draw(known_calls)
    if variant.chrom == "MT" and call.copies:
        return evolve(call, fraction=draw(st.sampled_from(choices.sure_fractions)))
    return call


FAR = 15
"""Units between the sizes that are tried in one band."""


def bands(repeat: Repeat) -> tuple[int, ...]:
    """Sizes of a repeat: of each normal band, of each between bands, of each harmful band; the last one does harm."""
    normal, harmful = [], []
    for band in repeat.all_bands:
        most = band.least + FAR if band.most is None else band.most
        if band.does_harm:
            harmful += [band.least, most]
        else:
            normal += [max(band.least, most - FAR), most]
    grey = [least if most is None else (least + most) // 2 for least, most in repeat.grey]
    return (*normal, *grey, *harmful)


@composite
def repeat_sizes(draw: st.DrawFn, repeat: Repeat) -> RepeatSizes:
    """Sizes around the bands of a repeat, with and without intervals and problems."""
    sizes = tuple(draw(st.lists(st.sampled_from([None, *bands(repeat)]), min_size=1, max_size=3)))
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


def score_copies(score: Score, unknown: bool = True) -> st.SearchStrategy[bytes]:
    """The copies of the alleles of a score; of a long file those of all but a few are as of little risk."""
    own = st.sampled_from([0, 1, 2, UNKNOWN_COPIES] if unknown else [0, 1, 2])
    first, rest = score.least_risk[:FEW], score.least_risk[FEW:]
    return st.lists(own, min_size=len(first), max_size=len(first)).map(lambda drawn: bytes(drawn) + rest)


def letters(marker: Marker) -> st.SearchStrategy[tuple[str | None, ...]]:
    """What may be called at a marker: its letters in any order, one or none of them, or another one."""
    effect, other = marker.effect, marker.other
    strange = next(base for base in "GATC" if base not in (effect, other))
    return st.sampled_from(
        [
            (effect, effect),
            (effect, other),
            (other, effect),
            (other, other),
            (effect, None),
            (None, None),
            (strange, other),
            (effect,),
        ]
    )


_OTHER_CONDITIONS = (("Another condition",), ("not provided", "Another condition"))


@composite
def observed(draw: st.DrawFn, choices: Choices, genes: Sequence[Gene] = ()) -> Observed:
    """Annotated variants near the start of a gene or near its listed alleles, those places among them."""
    gene = draw(st.sampled_from(genes or choices.nuclear))
    pos = draw(_anchors(choices, gene)) + draw(st.integers(0, 8))
    ref, alt = draw(st.sampled_from([("A", "C"), ("A", "T"), ("AT", "A"), ("G", "GA")]))
    term = draw(st.sampled_from(choices.terms))
    return Observed(
        gene.symbol,
        Variant(gene.chrom, pos, ref, alt),
        draw(calls()),
        terms=draw(st.sampled_from([None, (), (term,), (term,), ("intron_variant",), (term, "splice_region_variant")])),
        pathogenic=draw(truths),
        stars=draw(st.sampled_from([0, 1, 2, 3, 4, None])),
        conditions=draw(st.sampled_from([(), choices.conditions[:1], choices.conditions, *_OTHER_CONDITIONS])),
        frequency=draw(st.sampled_from([None, *choices.frequencies])),
        predictors={
            name: score
            for name, high, low in choices.scores
            if (score := draw(st.sampled_from([None, high, low]))) is not None
        },
        last_exon=draw(truths),
        penultimate_exon=draw(truths),
        residues=draw(st.none() | residues),
    )


def _anchors(choices: Choices, gene: Gene) -> st.SearchStrategy[int]:
    """Where something of a gene is: past its start, or at one of its listed alleles."""
    first, _ = span_on(gene, choices.panel.build)
    own = [variant.pos for variant, _ in choices.panel.by_gene.get(gene.symbol, ()) if variant.chrom == gene.chrom]
    return st.sampled_from([first + 12, *own[:FEW]])


@composite
def structural(draw: st.DrawFn, choices: Choices) -> StructuralCall:
    """Structural variants over genes: the whole of one, its listed alleles, one base, or a part without them."""
    gene = draw(st.sampled_from(choices.nuclear))
    first, last = span_on(gene, choices.panel.build)
    at = draw(_anchors(choices, gene))
    start, end = draw(
        st.sampled_from([(max(1, first - 500), last + 10_000), (at, at + 900), (at, at), (first + 2000, first + 3000)])
    )
    return StructuralCall(
        gene=gene.symbol,
        kind=draw(st.sampled_from([StructuralKind.DELETION] * 4 + list(StructuralKind))),
        chrom=gene.chrom,
        start=start,
        end=end,
        call=draw(calls()),
        reach=draw(st.sampled_from(Reach)),
        precise=draw(st.booleans()),
        why=draw(st.sampled_from([None, "a test"])),
    )


def once_each(seen: Sequence[StructuralCall]) -> tuple[StructuralCall, ...]:
    """Structural variants with each place of a gene once: the last of several."""
    return tuple({(s.gene, str(s)): s for s in seen}.values())


def unique(seen: Sequence[Observed]) -> tuple[Observed, ...]:
    """Annotated variants with each variant of a gene once: the last of several."""
    return tuple({(o.gene, o.variant): o for o in seen}.values())
