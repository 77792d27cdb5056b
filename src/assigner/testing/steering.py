"""Participants with a wanted outcome: nearly everything is known to be normal, with a little evidence."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import assert_never

from attrs import evolve
from hypothesis import strategies as st

from assigner.assignments import assign
from assigner.decisions.reasons import Origin, Reason, flags_for, row_of
from assigner.genome.builds import Build
from assigner.profiles.calls import Call, Sex, State
from assigner.profiles.made_up import normal_profile
from assigner.profiles.profile import CopyNumber, Profile, RepeatSizes
from assigner.rules import Rules
from assigner.rules.repeats import Repeat
from assigner.rules.schema import Mimic, Therapy
from assigner.testing.drawing import composite
from assigner.testing.loci import Choices, builds, choices_of
from assigner.testing.pieces import Piece, Weighed, annotated, carried, outweighing, pieces_of, with_piece


def profiles_for(
    rules: Rules, category: str | None = None, reason: Reason | str | None = None
) -> st.SearchStrategy[Profile]:
    """Participants with a wanted outcome.

    Args:
        rules: the rule set that is asked.
        category: the category that the evidence points to, assigned or provisional; any when not given.
        reason: a reason that is raised, whatever the policy makes of it; any or none when not given.

    Raises:
        ValueError: the rule set allows no participant of this kind.
    """
    wanted = None if reason is None else Reason(reason)
    if category is not None and not _supporting(rules, Build.GRCH38, category):
        raise ValueError(f"category: expected one for which a gene of the rule set speaks; got {category!r}")
    if category is not None and wanted is not None and not row_of(wanted).has_category:
        raise ValueError(f"reason: expected one that goes with a category; got {wanted.value!r}")
    if wanted is not None and row_of(wanted).origin is Origin.PROTOCOL:
        raise ValueError(f"reason: expected one that a participant raises, not the protocol; got {wanted.value!r}")
    if wanted in _FLAGGED and not _aims(rules, Build.GRCH38, wanted):
        raise ValueError(f"reason: expected one that a flag of the rule set raises; got {wanted.value!r}")

    def fits(profile: Profile) -> bool:
        made = assign(profile, rules)
        raised = {each.reason for each in made.reasons}
        return category in (None, made.decision.category) and (wanted is None or wanted in raised)

    return _steered(rules, category, wanted).filter(fits)


@composite
def _steered(draw: st.DrawFn, rules: Rules, category: str | None, reason: Reason | None) -> Profile:
    build = draw(builds)
    choices = choices_of(rules, build)
    evidence = _tied(rules, build) if reason is Reason.TIED else _evidence(rules, build, category)
    pieces = [] if reason is Reason.NO_EVIDENCE else draw(evidence)
    profile = normal_profile(choices.panel, None, "P1")
    for piece in pieces:
        profile = with_piece(profile, choices, piece)
    if reason in _FLAGGED:
        at = draw(st.integers(0, len(_aims(rules, build, reason)) - 1))
        profile = _with_aim(profile, choices, _aims(rules, build, reason)[at])
        if category is not None and assign(profile, rules).decision.category != category:
            profile = _outweighed(rules, build, reason, at, category)
    expanded = [piece.id for piece in pieces if isinstance(piece, Repeat)]
    sex = profile.sex or draw(st.sampled_from([Sex.FEMALE, Sex.MALE]))
    profile = evolve(profile, participant=draw(st.sampled_from(["P1", "P2", "P3"])), sex=sex, inferred_sex=sex)
    return draw(_raising(profile, choices, reason, expanded))


@functools.lru_cache(maxsize=256)
def _outweighed(rules: Rules, build: Build, reason: Reason, at: int, category: str) -> Profile:
    """What triggers a flag, with enough evidence to give the category nevertheless."""
    choices = choices_of(rules, build)
    profile = _with_aim(normal_profile(choices.panel, None, "P1"), choices, _aims(rules, build, reason)[at])
    for piece in outweighing(profile, rules, category):
        profile = with_piece(profile, choices, piece)
    return profile


@composite
def _evidence(draw: st.DrawFn, rules: Rules, build: Build, category: str | None) -> list[Piece]:
    """A few pieces of evidence for a category."""
    supporting = st.sampled_from(_supporting(rules, build, category) or [()])
    return [draw(st.sampled_from(own)).piece for own in draw(st.lists(supporting, min_size=1, max_size=3)) if own]


@functools.lru_cache(maxsize=64)
def _supporting(rules: Rules, build: Build, category: str | None) -> tuple[tuple[Weighed, ...], ...]:
    """By gene, the pieces that alone give the category, or where none does those of genes with a share in it."""
    shares, found = rules.content.shares_of, pieces_of(rules, build)
    alone = [
        tuple(w for w in own if w.category is not None and category in (None, w.category)) for own in found.values()
    ]
    concerned = [tuple(own) for gene, own in found.items() if category is None or category in shares[gene]]
    return tuple(filter(None, alone)) or tuple(filter(None, concerned))


@composite
def _tied(draw: st.DrawFn, rules: Rules, build: Build) -> list[Piece]:
    """Two pieces for two categories, about as strong in the same tier."""
    every = [w for own in _supporting(rules, build, None) for w in own]
    if not every:
        return []
    one = draw(st.sampled_from(every))
    margin = 0 if one.tier is None else rules.content.decision.tiers[one.tier - 1].margin
    rivals = [
        w for w in every if w.category != one.category and w.tier == one.tier and abs(w.points - one.points) < margin
    ]
    return [one.piece, *([draw(st.sampled_from(rivals)).piece] if rivals else [])]


# ------------------------------------------------------------------------------------------------------------- reasons

_FLAGGED = tuple(reason for reason in Reason if row_of(reason).flag)


@composite
def _raising(
    draw: st.DrawFn, profile: Profile, choices: Choices, reason: Reason | None, evidence: Sequence[str]
) -> Profile:
    """The same participant with what raises a reason."""
    match reason:
        case Reason.UNSETTLED:
            left = {name: sizes for name, sizes in profile.repeats.items() if name in evidence}
            return evolve(profile, repeats=left, absent="unknown", assessed={}, structural_read=False)
        case Reason.SEX_MISMATCH:
            return evolve(profile, inferred_sex=Sex.MALE if profile.sex is Sex.FEMALE else Sex.FEMALE)
        case Reason.QUALITY:
            return draw(_doubted(profile, choices))
        case Reason.PARTIAL_READ:
            return evolve(profile, partial_read=True)
        case Reason.SOMATIC:
            return evolve(profile, somatic="variants: ##tumor_sample")
        case Reason.SAMPLE_MISMATCH:
            return evolve(profile, two_people="files 1 and 2: 30 of 60 shared genotypes are the same")
        case Reason.TIED | Reason.NO_EVIDENCE | Reason.MIMIC | Reason.GENE_TARGETED_THERAPY | None:
            return profile  # what the participant carries raises these already
        case (
            Reason.CLOSED_ARM
            | Reason.GRADE_ESTABLISHED
            | Reason.GRADE_SUPPORTED
            | Reason.GRADE_WEAK
            | Reason.GRADE_ALLOCATED
            | Reason.UNSTABLE
        ):
            return profile  # the rule set raises these for what the participant carries
        case _:
            assert_never(reason)


@composite
def _doubted(draw: st.DrawFn, profile: Profile, choices: Choices) -> Profile:
    """The same participant with an allele or a large repeat that failed quality control."""
    panel = choices.panel
    alleles = [v for v, a in panel.alleles.items() if a.is_harmful and v not in profile.alleles]
    if alleles:
        poor = evolve(Call.of("0/1"), state=State.LOW_QUALITY, why="too few reads")
        return evolve(profile, alleles={**profile.alleles, draw(st.sampled_from(alleles)): poor})
    poor_sizes = [RepeatSizes((own[0].least_harmful,) * 2, problem="too few reads") for own in choices.repeats]
    large = {repeat.id: sizes for own, sizes in zip(choices.repeats, poor_sizes, strict=True) for repeat in own}
    return evolve(profile, repeats=large)


@functools.lru_cache(maxsize=32)
def _aims(rules: Rules, build: Build, reason: Reason) -> tuple[Mimic | Therapy, ...]:
    """The flags of a rule set that raise the reason when they are triggered."""
    choices = choices_of(rules, build)
    normal = normal_profile(choices.panel, None, "P1")
    return tuple(
        aim
        for aim in flags_for(reason, rules.content)
        if reason in {each.reason for each in assign(_with_aim(normal, choices, aim), rules).reasons}
    )


def _with_aim(profile: Profile, choices: Choices, aim: Mimic | Therapy) -> Profile:
    """The same participant with what triggers a flag."""
    panel = choices.panel
    repeat = panel.repeats.get(aim.repeat or "")
    if aim.trigger == "male" or (repeat is not None and repeat.only == "male"):
        profile = evolve(profile, sex=Sex.MALE, inferred_sex=Sex.MALE)
    if aim.trigger == "repeat" and repeat is not None:
        return with_piece(profile, choices, repeat)
    if aim.trigger == "copy_number":
        return evolve(profile, copy_numbers={**profile.copy_numbers, aim.gene: CopyNumber(0, "a laboratory")})
    harmful = [v for v, a in panel.by_gene.get(aim.gene, ()) if a.is_harmful]
    if harmful:
        call = carried("two", harmful[0].chrom, choices)
        return evolve(profile, alleles={**profile.alleles, harmful[0]: call})
    gene = panel.gene(aim.gene)
    return profile if gene is None else with_piece(profile, choices, annotated(choices, gene))
