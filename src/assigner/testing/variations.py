"""Changes of a participant or a rule set that must make no difference to the decision, or a known one."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
from typing import Any

from attrs import evolve

from assigner.genome.builds import Build
from assigner.profiles.profile import Check, Input, Profile
from assigner.rules import Rules
from assigner.rules.criteria import BurdenCriterion
from assigner.rules.loci import Share
from assigner.rules.panels import panel_of
from assigner.rules.schema import Flags, RuleSet
from assigner.rules.score_criteria import AgreementCriterion, PolygenicCriterion

# ---------------------------------------------------------------------------------------------------------- participant


def reversed_profile(profile: Profile) -> Profile:
    """The same profile, with all its parts in the reverse order."""
    return evolve(
        profile,
        alleles=_reverse(profile.alleles),
        markers=_reverse(profile.markers),
        repeats=_reverse(profile.repeats),
        variants=profile.variants[::-1],
        structural=profile.structural[::-1],
        assessed=profile.assessed if profile.assessed == "all" else _reverse(profile.assessed),
        copy_numbers=_reverse(profile.copy_numbers),
    )


def _reverse(mapping: Mapping[Any, Any]) -> dict[Any, Any]:
    return dict(reversed(list(mapping.items())))


def relabelled(profile: Profile) -> Profile:
    """The same with other labels, assumptions, checks and inputs."""
    return evolve(
        profile,
        variants=tuple(evolve(o, label="another label") for o in profile.variants),
        structural=tuple(evolve(s, label="another label") for s in profile.structural),
        assumptions=("another assumption",),
        checks=(Check("another", "check", "of nothing"),),
        inputs=(Input("another", "0" * 64, 0, "input"),),
    )


def silent(profile: Profile) -> Profile:
    """The participant with nothing known but the sex."""
    return Profile(participant=profile.participant, build=profile.build, sex=profile.sex)


def listed_only(profile: Profile) -> Profile:
    """The same without variants that have no place on another build: unlisted and structural ones."""
    return evolve(profile, variants=(), structural=())


def on_build(profile: Profile, rules: Rules, build: Build) -> Profile:
    """The same listed alleles, markers and repeats on another build."""
    here, there = panel_of(rules, profile.build), panel_of(rules, build)
    places = {variant: there.variant_by_id[allele.id] for variant, allele in here.listed.items()}
    alleles = {places[variant]: call for variant, call in profile.alleles.items()}
    return evolve(profile, build=build, alleles=alleles)


# ------------------------------------------------------------------------------------------------------------- rule set


def changed(rules: Rules, what: str, **parts: Any) -> Rules:
    """A rule set with other parts, and a digest of its own."""
    digest = hashlib.sha256(f"{rules.digest} {what}".encode()).hexdigest()
    return Rules(_with(rules.content, **parts), digest, rules.files, rules.places, rules.scoring)


@functools.lru_cache(maxsize=4)
def without_flags(rules: Rules) -> Rules:
    """The rule set without mimics, therapies and stratification."""
    return changed(rules, "without flags", flags=Flags())


@functools.lru_cache(maxsize=4)
def in_reverse(rules: Rules) -> Rules:
    """The rule set with its criteria, genes, alleles, repeats, markers and flags in the reverse order."""
    content, flags = rules.content, rules.content.flags
    parts = {name: getattr(content, name)[::-1] for name in ("criteria", "genes", "alleles", "repeats", "markers")}
    flags_in_reverse = Flags(
        mimics=flags.mimics[::-1], therapies=flags.therapies[::-1], stratification=flags.stratification[::-1]
    )
    return changed(rules, "in reverse", flags=flags_in_reverse, **parts)


@functools.lru_cache(maxsize=4)
def reordered(rules: Rules) -> Rules:
    """The rule set with its categories in the reverse order."""
    return changed(rules, "reordered", categories=rules.content.categories[::-1])


def renaming(rules: Rules) -> dict[str, str]:
    """For each category the name of the next one."""
    names = [category.id for category in rules.content.categories]
    return dict(zip(names, [*names[1:], *names[:1]], strict=True))


@functools.lru_cache(maxsize=4)
def renamed(rules: Rules) -> Rules:
    """The rule set in which each category has the name of the next one."""
    names = renaming(rules)

    def share(own: Share) -> Share:
        return own.model_copy(update={"category": names[own.category]})

    return changed(
        rules,
        "renamed",
        categories=tuple(c.model_copy(update={"id": names[c.id]}) for c in rules.content.categories),
        genes=tuple(gene.model_copy(update={"shares": tuple(map(share, gene.shares))}) for gene in rules.content.genes),
        criteria=tuple(
            each.model_copy(update={"category": names[each.category]})
            if isinstance(each, PolygenicCriterion | AgreementCriterion | BurdenCriterion)
            else each
            for each in rules.content.criteria
        ),
    )


def with_gene_for(content: RuleSet, category: str, name: str) -> RuleSet:
    """The content with one more gene, whose whole share is a category's."""
    share = Share(category=category, share=1000, because="more evidence", sources=("a law",), status="confirmed")
    gene = content.genes[0].model_copy(update={"symbol": name, "shares": (share,)})
    return _with(content, genes=(*content.genes, gene))


def _with(content: RuleSet, **parts: Any) -> RuleSet:
    """The content with other parts; a copy by pydantic would keep properties computed from the old ones."""
    own: dict[str, Any] = {name: getattr(content, name) for name in RuleSet.model_fields}
    return RuleSet.model_construct(**own | parts)
