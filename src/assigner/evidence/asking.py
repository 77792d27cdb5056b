"""Evaluates every criterion of the rule set for each gene, locus and variant of a profile."""

from __future__ import annotations

from assigner.evidence.findings import Finding
from assigner.evidence.kinds.kind import Asked, Kind
from assigner.evidence.kinds.registry import kind_of
from assigner.profiles.profile import Profile
from assigner.rules.panels import Panel


def ask(profile: Profile, panel: Panel) -> tuple[Finding, ...]:
    """Evaluate every criterion of a panel; the order is that of tiers, criteria, genes and places."""
    kinds = panel.whole.cached(_kinds)
    asked = Asked(profile, panel, tuple([kinds[criterion.id] for criterion in panel.criteria]))
    return tuple([found for kind in asked.kinds for found in kind.findings(asked.under(kind))])


def _kinds(panel: Panel) -> dict[str, Kind]:
    return {criterion.id: kind_of(criterion) for criterion in panel.criteria}
