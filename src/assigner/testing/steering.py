"""Participants who come out as asked: of nearly all is known that it is normal, and a little evidence is there."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from decimal import Decimal

from attrs import evolve
from hypothesis import strategies as st

from assigner.assignments import Reason, assign
from assigner.calls import Call, Sex, State
from assigner.contigs import Build
from assigner.findings import HARMFUL, concerns, deletable
from assigner.panels import locus_of
from assigner.profiles import CopyNumber, Observed, Profile, Reach, RepeatSizes, StructuralCall, StructuralKind
from assigner.rules import Rules
from assigner.rules.schema import Allele, Gene, Mimic, Repeat, Therapy, span_on
from assigner.testing.loci import Choices, bands, builds, choices_of
from assigner.truth import Truth
from assigner.variants import Variant

Piece = Allele | Repeat | Observed | StructuralCall
"""What alone may speak for a gene."""

MOST = 100
"""A depth and a quality beyond the gates of common rule sets."""


def profiles_for(
    rules: Rules, category: str | None = None, reason: Reason | str | None = None
) -> st.SearchStrategy[Profile]:
    """Participants who come out as asked.

    Args:
        rules: the rule set that is asked.
        category: the category that the evidence points to, assigned or provisional; any when not given.
        reason: a reason that is raised, whatever the policy makes of it; any or none when not given.

    Raises:
        ValueError: no participant of this kind can be made up under the rule set.
    """
    wanted = None if reason is None else Reason(reason)
    if category is not None and not _speaking(rules, Build.GRCH38, category):
        raise ValueError(f"category: expected one for which a gene of the rule set speaks; got {category!r}")
    if category is not None and wanted in (Reason.TIED, Reason.NO_EVIDENCE):
        raise ValueError(f"reason: expected one that goes with a category; got {wanted.value!r}")
    if wanted in _FLAGGED and not _aims(rules, Build.GRCH38, wanted):
        raise ValueError(f"reason: expected one that a flag of the rule set raises; got {wanted.value!r}")

    def fits(profile: Profile) -> bool:
        made = assign(profile, rules)
        raised = {each.reason for each in made.reasons}
        return category in (None, made.decision.category) and (wanted is None or wanted in raised)

    return _steered(rules, category, wanted).filter(fits)


@st.composite
def _steered(draw: st.DrawFn, rules: Rules, category: str | None, reason: Reason | None) -> Profile:
    build, sex = draw(builds), draw(st.sampled_from([Sex.FEMALE, Sex.MALE]))
    choices = choices_of(rules, build)
    profile = evolve(_plain(choices), participant=draw(st.sampled_from(["P1", "P2", "P3"])), sex=sex, inferred_sex=sex)
    match reason:
        case Reason.NO_EVIDENCE:
            categories: list[str | None] = []
        case Reason.TIED:
            named = [c.id for c in rules.content.categories]
            categories = [*draw(st.lists(st.sampled_from(named), min_size=min(2, len(named)), max_size=2, unique=True))]
        case Reason.MIMIC | Reason.GENE_TARGETED_THERAPY:  # their own evidence may need to be outweighed
            categories = [category] * draw(st.integers(1, 4))
        case _:
            categories = [category] * draw(st.sampled_from([1, 1, 1, 2, 3]))
    pieces = [piece for each in categories for piece in draw(_evidence(rules, build, each))]
    for piece in pieces:
        profile = _with(profile, choices, piece)
    return draw(_raising(profile, choices, rules, reason, [p.id for p in pieces if isinstance(p, Repeat)]))


def _plain(choices: Choices) -> Profile:
    """A participant of whom everything is known, and all of it normal."""
    panel = choices.panel
    return Profile(
        participant="P1",
        build=panel.build,
        absent="reference",
        structural_read=True,
        assessed="all",
        repeats={repeat.id: RepeatSizes((bands(own[0])[0],) * 2) for own in choices.repeats for repeat in own},
        markers={marker.rsid: (marker.other, marker.other) for marker in panel.markers.values()},
        annotated=frozenset(["clinvar", "consequence"]),
    )


# ------------------------------------------------------------------------------------------------------------ evidence


@st.composite
def _evidence(draw: st.DrawFn, rules: Rules, build: Build, category: str | None) -> list[Piece]:
    """One piece for a gene that speaks for a category; nothing where no gene does."""
    speaking = _speaking(rules, build, category)
    return [draw(st.sampled_from(draw(st.sampled_from(speaking))))] if speaking else []


@functools.lru_cache(maxsize=64)
def _speaking(rules: Rules, build: Build, category: str | None) -> tuple[tuple[Piece, ...], ...]:
    """By gene, the pieces that alone give the category, or where none does those of genes with a share in it."""
    shares, found = rules.content.shares_of, _pieces_of(rules, build)
    alone = [tuple(p for p, chosen in own if chosen and category in (None, chosen)) for own in found.values()]
    if any(alone):
        return tuple(filter(None, alone))
    concerned = [own for gene, own in found.items() if category is None or category in shares[gene]]
    return tuple(tuple(piece for piece, _ in own) for own in concerned if own)


@functools.lru_cache(maxsize=16)
def _pieces_of(rules: Rules, build: Build) -> dict[str, list[tuple[Piece, str | None]]]:
    """By gene with a share in a category, its pieces of evidence and the category that each gives alone."""
    choices, shares = choices_of(rules, build), rules.content.shares_of
    plain = _plain(choices)
    return {
        gene.symbol: [
            (piece, assign(_with(plain, choices, piece), rules).decision.category) for piece in _pieces(choices, gene)
        ]
        for gene in rules.content.genes
        if shares[gene.symbol]
    }


def _pieces(choices: Choices, gene: Gene) -> Iterator[Piece]:
    content, panel = choices.panel.content, choices.panel
    classes = {each for c in content.criteria if c.kind in ("listed_allele", "heteroplasmy") for each in c.classes}
    yield from (a for _, a in panel.by_gene.get(gene.symbol, ()) if a.allele_class in classes)
    yield from (r for r in panel.repeats.values() if r.gene == gene.symbol and r.use == "evidence")
    if any(concerns(c, gene) for c in content.criteria if c.kind in ("clinvar", "consequence")):
        yield _annotated(choices, gene)
    if any(deletable(gene, c) for c in content.criteria if c.kind == "deletion"):
        first, last = span_on(gene, panel.build)
        yield StructuralCall(
            gene=gene.symbol,
            kind=StructuralKind.DELETION,
            chrom=gene.chrom,
            start=first,
            end=last,
            call=Call.of("1/1" if gene.inheritance == "recessive" else "0/1"),
            reach=Reach.WHOLE,
        )


def _annotated(choices: Choices, gene: Gene) -> Observed:
    """A variant of a gene that is all that a criterion can ask for."""
    listed = {variant.pos for variant in choices.listed if variant.chrom == gene.chrom}
    pos = next(at for at in range(span_on(gene, choices.panel.build)[0], 1 << 30) if at not in listed)
    return Observed(
        gene.symbol,
        Variant(gene.chrom, pos, "A", "C"),
        _carried("two" if gene.inheritance == "recessive" else "one", gene.chrom, choices),
        terms=choices.terms,
        pathogenic=Truth.TRUE,
        stars=4,
        frequency=Decimal(0),
        predictors={name: high for name, high, _ in choices.scores},
        last_exon=Truth.FALSE,
    )


def _carried(needs: str, chrom: str, choices: Choices) -> Call:
    call = Call.of("0/1" if needs == "one" else "1/1")
    if chrom == "MT":
        return evolve(call, fraction=choices.sure_fractions[1], depth=MOST, quality=MOST)
    return evolve(call, fraction=Decimal("0.5") if needs == "one" else Decimal(1), depth=MOST, quality=MOST)


def _with(profile: Profile, choices: Choices, piece: Piece) -> Profile:
    """The same participant with a piece of evidence."""
    panel = choices.panel
    match piece:
        case Allele():
            variant = panel.variant_by_id[piece.id]
            call = _carried(piece.needs, variant.chrom, choices)
            return evolve(profile, alleles={**profile.alleles, variant: call})
        case Repeat():
            there = [r.id for r in panel.repeats.values() if locus_of(r) == locus_of(piece)]
            sizes = dict.fromkeys(there, RepeatSizes((piece.expanded,) * 2))
            return evolve(profile, repeats={**profile.repeats, **sizes})
        case Observed():
            others = [o for o in profile.variants if (o.gene, o.variant) != (piece.gene, piece.variant)]
            return evolve(profile, variants=(*others, piece))
        case StructuralCall():
            rest = [s for s in profile.structural if (s.gene, str(s)) != (piece.gene, str(piece))]
            return evolve(profile, structural=(*rest, piece))


# ------------------------------------------------------------------------------------------------------------- reasons

_FLAGGED = (Reason.MIMIC, Reason.GENE_TARGETED_THERAPY)


@st.composite
def _raising(
    draw: st.DrawFn, profile: Profile, choices: Choices, rules: Rules, reason: Reason | None, spoken: Sequence[str]
) -> Profile:
    """The same participant with what raises a reason."""
    match reason:
        case Reason.UNSETTLED:
            left = {name: sizes for name, sizes in profile.repeats.items() if name in spoken}
            return evolve(profile, repeats=left, absent="unknown", assessed={}, structural_read=False)
        case Reason.MIMIC | Reason.GENE_TARGETED_THERAPY:
            aim = draw(st.sampled_from(_aims(rules, choices.panel.build, reason)))
            return _with_aim(profile, choices, aim)
        case Reason.SEX_MISMATCH:
            return evolve(profile, inferred_sex=Sex.MALE if profile.sex is Sex.FEMALE else Sex.FEMALE)
        case Reason.QUALITY:
            return draw(_doubted(profile, choices))
        case Reason.PARTIAL_READ:
            return evolve(profile, partial_read=True)
        case _:
            return profile


@st.composite
def _doubted(draw: st.DrawFn, profile: Profile, choices: Choices) -> Profile:
    """The same participant with an allele or a large repeat in a record that is not believed."""
    panel = choices.panel
    alleles = [v for v, a in panel.alleles.items() if a.allele_class in HARMFUL and v not in profile.alleles]
    if alleles:
        poor = evolve(Call.of("0/1"), state=State.LOW_QUALITY, why="too few reads")
        return evolve(profile, alleles={**profile.alleles, draw(st.sampled_from(alleles)): poor})
    poor_sizes = [RepeatSizes((own[0].expanded,) * 2, problem="too few reads") for own in choices.repeats]
    large = {repeat.id: sizes for own, sizes in zip(choices.repeats, poor_sizes, strict=True) for repeat in own}
    return evolve(profile, repeats=large)


@functools.lru_cache(maxsize=32)
def _aims(rules: Rules, build: Build, reason: Reason) -> tuple[Mimic | Therapy, ...]:
    """The flags of a rule set that raise the reason when their trigger is there."""
    flags = rules.content.flags
    asked: tuple[Mimic | Therapy, ...] = flags.mimics if reason is Reason.MIMIC else flags.therapies
    choices = choices_of(rules, build)
    plain = evolve(_plain(choices), sex=Sex.MALE)
    return tuple(
        aim
        for aim in asked
        if reason in {each.reason for each in assign(_with_aim(plain, choices, aim), rules).reasons}
    )


def _with_aim(profile: Profile, choices: Choices, aim: Mimic | Therapy) -> Profile:
    """The same participant with what a flag looks for."""
    panel = choices.panel
    repeat = panel.repeats.get(aim.repeat or "")
    if aim.trigger == "male" or (repeat is not None and repeat.only == "male"):
        profile = evolve(profile, sex=Sex.MALE, inferred_sex=Sex.MALE)
    if aim.trigger == "repeat" and repeat is not None:
        return _with(profile, choices, repeat)
    if aim.trigger == "copy_number":
        return evolve(profile, copy_numbers={**profile.copy_numbers, aim.gene: CopyNumber(0, "a laboratory")})
    harmful = [v for v, a in panel.by_gene.get(aim.gene, ()) if a.allele_class in HARMFUL]
    if harmful:
        call = _carried("two", harmful[0].chrom, choices)
        return evolve(profile, alleles={**profile.alleles, harmful[0]: call})
    gene = panel.gene(aim.gene)
    return profile if gene is None else _with(profile, choices, _annotated(choices, gene))
