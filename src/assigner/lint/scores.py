"""Polygenic scores that cannot count, and alleles of them that do not."""

from __future__ import annotations

from collections.abc import Iterator

from assigner.genome.builds import Build
from assigner.lint.notices import Notice, Severity, notice
from assigner.lint.states import BUILD
from assigner.rules import Rules
from assigner.rules.panels import panel_of
from assigner.rules.polygenic import SCORE_UNITS
from assigner.rules.score_criteria import PolygenicCriterion


def of_scores(rules: Rules) -> Iterator[Notice]:
    """All notices about scores."""
    content, scores = rules.content, panel_of(rules, BUILD).scores
    for at, criterion in enumerate(content.criteria):
        if not isinstance(criterion, PolygenicCriterion):
            continue
        score, path = scores[criterion.id], ("criteria", at)
        left_out = len(score.counts) - score.counted
        if left_out:
            words = f"{left_out} of {len(score.counts)} alleles of {criterion.id} lie where other rules ask: left out"
            yield notice(rules, Severity.NOTE, "score_left_out", path, words)
        for build in Build:
            lacking = int((score.counts & (score.file.alleles.on(build).chroms == 0)).sum())
            if lacking:
                words = f"{lacking} alleles of {criterion.id} have no place on {build}: they are never known there"
                yield notice(rules, Severity.NOTE, "score_without_place", path, words)
        for step, own in enumerate(criterion.reference):
            if (own.scoring_file, own.alleles) != (score.file.sha256, score.counted):
                words = f"the reference {own.group} is of another scoring file, or of other alleles that count"
                yield notice(rules, Severity.FAULT, "score_reference_stale", (*path, "reference", step), words)
        if criterion.counts == "nothing":
            continue  # it is shown, and worth nothing on purpose
        most = criterion.worth(score.whole_interval.most, SCORE_UNITS).most
        minimum = content.decision.tiers[criterion.tier - 1].minimum
        if most < minimum:
            words = f"{criterion.id} is worth {most} points at most, below the minimum {minimum} of its tier"
            yield notice(rules, Severity.WARNING, "score_too_small", path, words)
