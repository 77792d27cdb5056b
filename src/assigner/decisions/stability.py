"""Stability: how often a category that rests on scores comes out again when their weights are drawn again.

Each weight is drawn from a normal distribution around it, with its standard error. A score is a sum of weights, so all
its weights drawn again move it by one normal number times its own standard deviation (`Score.spread`), and one draw for
each score replaces those of its alleles: a parametric bootstrap (Efron and Tibshirani 1993, chapter 6). The draws are
those of the rule set and the same for all participants. They are made by counting, without a state (as in Salmon and
others 2011): twelve numbers of 21 bits each, from an HMAC-SHA-256 under the rule set's digest, add up to a nearly
normal number (Irwin 1927, Hall 1927). All of it is in whole numbers.

Not modelled: correlated errors of weights (linkage within a score, alleles that two scores share), errors of
frequencies, and any error of a study other than its sampling error.
"""

from __future__ import annotations

import functools
import hmac
from collections.abc import Callable, Mapping

from attrs import frozen

from assigner.decisions.allocations import left_out
from assigner.decisions.contests import Contest, Terms
from assigner.decisions.decision import Decision
from assigner.decisions.grades import Grade
from assigner.decisions.scores import Strength, Tally
from assigner.evidence.findings import Findings
from assigner.evidence.kinds.agreement import agreed_worth, leads_of
from assigner.evidence.kinds.polygenic import copies_of, interval_of, worth_of
from assigner.profiles.profile import Profile
from assigner.rules.panels import Panel
from assigner.rules.schema import RuleSet
from assigner.rules.score_criteria import Worth

WORDS = 12
BITS = 21
DEVIATE_UNITS = 1 << (BITS + 1)
"""Normal numbers are integers in units of this fraction of a standard deviation."""


@frozen
class Stability:
    """How often the weights were drawn again, and how often they gave the same category."""

    redraws: int
    same: int

    def is_below(self, at_least: int) -> bool:
        """Whether the share of redraws with the same category is below `at_least` thousandths."""
        return self.same * 1000 < at_least * self.redraws


StabilityOf = Callable[[Decision, Findings, Terms, Profile, Panel, str], Stability | None]
"""A function with the signature of `stability_of`."""


def rests_on_scores(decision: Decision) -> bool:
    """Whether a decision has a category of the grade in which scores count."""
    return decision.category is not None and decision.grade is Grade.WEAK


def stability_of(
    decision: Decision, findings: Findings, terms: Terms, profile: Profile, panel: Panel, digest: str
) -> Stability | None:
    """How stable a category is; None where the rule set does not ask for it, or the decision does not rest on scores.

    Args:
        decision: the decision.
        findings: the findings that led to it.
        terms: the terms of the contest.
        profile: the participant's genotypes.
        panel: the rule set on the participant's build.
        digest: the rule set's digest, under which the weights are drawn.
    """
    content = panel.content
    asked = content.decision.stability
    if asked is None or not rests_on_scores(decision):
        return None
    intervals = {own.id: interval_of(own, panel, profile) for own in content.scores}
    spreads = {name: score.spread(copies_of(score, profile.scores.get(name))) for name, score in panel.scores.items()}
    draws = {name: deviates(digest, name, asked.redraws) for name in intervals}
    tally, same = Tally.of(findings, content, left_out(content, terms.closed)), 0
    for at in range(asked.redraws):
        moved = {name: spreads[name] * draws[name][at] // DEVIATE_UNITS for name in intervals}
        shifted = {
            own.id: worth_of(own, intervals[own.id].moved(moved[own.id]), profile.ancestry) for own in content.scores
        }
        category, basis = Contest(tally.entries_if(strengths_by(content, shifted)), terms).outcome()
        same += category == decision.category and not basis.is_drawn
    return Stability(asked.redraws, same)


def strengths_by(content: RuleSet, worths: Mapping[str, Worth]) -> dict[str, Strength]:
    """The certain worth of each score, or agreement of two scores, by tier."""
    tiers = len(content.decision.tiers)
    least = {
        own.id: (own.tier, agreed_worth(own, leads_of(own, content.agreements, worths)).least)
        for own in content.agreements
    }
    least |= {own.id: (own.tier, worths[own.id].least) for own in content.scores if own.id not in content.agreed}
    return {name: tuple(worth * (at == tier) for at in range(1, tiers + 1)) for name, (tier, worth) in least.items()}


@functools.lru_cache(maxsize=64)
def deviates(digest: str, score: str, redraws: int) -> tuple[int, ...]:
    """The normal numbers of a score, one for each redraw, in units of 1 / `DEVIATE_UNITS` standard deviations.

    The text under the HMAC is the score's id, a line feed and the number of the redraw, from 0. Of its 256 bits the
    first 252 are twelve numbers u; the sum of (u + 1/2) / 2^21, less 6, has the mean 0 and the variance 1.
    """
    key = bytes.fromhex(digest)
    found = []
    for at in range(redraws):
        bits = int.from_bytes(hmac.digest(key, f"{score}\n{at}".encode(), "sha256"), "big") >> 4
        total = sum(bits >> BITS * word & ((1 << BITS) - 1) for word in range(WORDS))
        found.append(2 * total + WORDS - WORDS * (1 << BITS))
    return tuple(found)
