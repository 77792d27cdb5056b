"""From scores to a decision: duels between categories, tier by tier, and whether more knowledge could turn them.

One category beats another at the first tier where one of the two reaches the tier's minimum and leads the other by
at least the margin. The category that beats every other one is the decision. If there is none, the rule set's
tie-breaks choose within the smallest set of categories that beat all outside it (the top cycle; Schwartz 1972).
"""

from __future__ import annotations

import enum
import hmac
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Literal

from attrs import field, frozen

from assigner.findings import Finding
from assigner.rules.schema import RuleSet, Tier
from assigner.scores import Score, Strength, shares_of, strengths
from assigner.truth import Truth


class Basis(enum.StrEnum):
    """What a decision rests on."""

    LEAD = "lead"
    DISTINCT_GENES = "distinct_genes"
    CATEGORY_ORDER = "category_order"
    SEEDED = "seeded"
    TIED = "tied"
    NO_EVIDENCE = "no_evidence"


class Verdict(enum.StrEnum):
    """How a category came out."""

    CHOSEN = "chosen"
    BEATEN = "beaten"
    TIED = "tied"
    NO_EVIDENCE = "no_evidence"


@frozen
class Standing:
    """Why a category was chosen, or why not.

    Attributes:
        against: the category that it met: the one that beat it, or for the chosen one its nearest rival.
        tier: where that was decided.
        points: its own points there.
        their_points: the other's.
    """

    category: str
    verdict: Verdict
    against: str | None = None
    tier: int | None = None
    points: int = 0
    their_points: int = 0


@frozen(kw_only=True)
class Decision:
    """Which category, on what basis, and whether it stands.

    Attributes:
        tier: the lowest-ranking tier that was needed.
        settled: no completion of what is unknown gives another category.
        overturn_risk_ppm: an upper bound of the chance that what is unknown holds another decision.
        decisive: the unknown findings that could overturn it.
    """

    category: str | None
    basis: Basis
    tier: int | None
    standings: tuple[Standing, ...]
    settled: bool
    overturn_risk_ppm: int
    decisive: tuple[Finding, ...]


@frozen
class _Contest:
    """All categories against each other under one rule set."""

    content: RuleSet
    scores: tuple[Score, ...]
    won: dict[tuple[str, str], int] = field(init=False)

    @won.default
    def _duels(self) -> dict[tuple[str, str], int]:
        """For each ordered pair in which the first beats the second: the tier that decides."""
        found = {}
        for a, b in combinations(self.scores, 2):
            tier = _decisive_tier(a, b, self.content.decision.tiers)
            if tier is not None:
                lead = a.tiers[tier - 1].known > b.tiers[tier - 1].known
                found[(a.category, b.category) if lead else (b.category, a.category)] = tier
        return found

    def beats(self, one: str, other: str) -> bool:
        return (one, other) in self.won

    def top(self) -> tuple[Score, ...]:
        """The smallest set of categories each of which beats every one outside it."""
        inside: list[Score] = []
        rest = list(self.scores)
        rest.sort(key=lambda s: -sum(self.beats(s.category, o.category) for o in self.scores))
        while rest:
            inside.append(rest.pop(0))
            members = [s.category for s in inside]
            if all(self.beats(a, b.category) for a in members for b in rest):
                break
        return tuple(s for s in self.scores if s in inside)


def _decisive_tier(a: Score, b: Score, tiers: Sequence[Tier]) -> int | None:
    opened = False
    for tier, left, right in zip(tiers, a.tiers, b.tiers, strict=True):
        reached = max(left.known, right.known) >= tier.minimum
        opened = opened or (reached and tier.opens == "yes")
        if opened and reached and abs(left.known - right.known) >= tier.margin:
            return tier.tier
    return None


def decide(
    scores: tuple[Score, ...], findings: Sequence[Finding], content: RuleSet, *, participant: str, digest: str
) -> Decision:
    """Choose the category that the evidence points to.

    Args:
        scores: the categories' points.
        findings: what they were made from, to say which unknowns matter.
        content: the rule set.
        participant: the participant's id; only a seeded tie-break uses it.
        digest: the rule set's digest, for the same.
    """
    contest = _Contest(content, scores)
    top = contest.top()
    eligible = tuple(s for s in top if _reaches(s, content.decision.tiers, "known"))
    if not any(_reaches(s, content.decision.tiers, "known") for s in scores):
        category, basis = None, Basis.NO_EVIDENCE
    elif len(top) == 1 and eligible:
        category, basis = top[0].category, Basis.LEAD
    else:
        category, basis = _tie_break(top, eligible, content, participant, digest)
    decisive = _decisive(contest, category, basis, findings)
    needed = [tier for (winner, _), tier in contest.won.items() if winner == category]
    return Decision(
        category=category,
        basis=basis,
        tier=max(needed) if needed and basis is Basis.LEAD else None,
        standings=tuple(_standing(s, contest, category, basis, top) for s in scores),
        settled=not decisive,
        overturn_risk_ppm=min(1_000_000, sum(finding.carrier_ppm for finding in decisive)),
        decisive=decisive,
    )


def _reaches(score: Score, tiers: Sequence[Tier], bound: Literal["known", "least", "most"]) -> bool:
    """Whether these points of a category reach the minimum of a tier that opens."""
    pairs = zip(tiers, score.tiers, strict=True)
    return any(getattr(span, bound) >= tier.minimum for tier, span in pairs if tier.opens == "yes")


def _tie_break(
    tied: tuple[Score, ...], eligible: tuple[Score, ...], content: RuleSet, participant: str, digest: str
) -> tuple[str | None, Basis]:
    """The rule set's tie-breaks in turn, each within what the one before has left.

    A category that reaches no minimum itself may keep another one from winning, but never wins.
    """
    for rule in content.decision.tie_breaks:
        match rule:
            case "distinct_genes":
                most = max(len(s.genes) for s in tied)
                tied = tuple(s for s in tied if len(s.genes) == most)
            case "category_order":
                tied = tuple(s for s in tied if s in eligible)[:1] or tied
            case "seeded":
                drawn = [s for s in tied if s in eligible]
                tied = (min(drawn, key=lambda s: lot(participant, digest, s.category)),) if drawn else tied
        if len(tied) == 1:
            return (tied[0].category, Basis(rule)) if tied[0] in eligible else (None, Basis.TIED)
    return None, Basis.TIED


def lot(participant: str, digest: str, category: str) -> str:
    r"""The lot that a seeded tie-break draws for a category; the smallest wins.

    HMAC-SHA-256 (RFC 2104) of `participant`, a line feed and `category` in UTF-8 under the rule set's digest, in hex:

        printf 'P001\nCAT1' | openssl dgst -sha256 -mac HMAC -macopt hexkey:DIGEST
    """
    return hmac.digest(bytes.fromhex(digest), f"{participant}\n{category}".encode(), "sha256").hex()


def _standing(score: Score, contest: _Contest, category: str | None, basis: Basis, top: tuple[Score, ...]) -> Standing:
    name = score.category
    won = [(tier, rival) for rival in contest.scores if (tier := contest.won.get((name, rival.category)))]
    lost = [(tier, rival) for rival in contest.scores if (tier := contest.won.get((rival.category, name)))]
    if name == category:
        nearest = max(won, key=lambda met: (met[0], met[1].tiers[met[0] - 1].known), default=None)
        return _met(score, Verdict.CHOSEN, nearest)
    by_chosen = [(tier, rival) for tier, rival in lost if rival.category == category]
    if by_chosen or score not in top:
        return _met(score, Verdict.BEATEN, min(by_chosen or lost, key=lambda met: met[0]))
    if not any(span.known for span in score.tiers) or basis is Basis.NO_EVIDENCE:
        return Standing(name, Verdict.NO_EVIDENCE)
    return Standing(name, Verdict.TIED, category)


def _met(score: Score, verdict: Verdict, met: tuple[int, Score] | None) -> Standing:
    """A standing against one rival; of several the first in the rule set's order."""
    if met is None:
        return Standing(score.category, verdict)
    tier, rival = met
    points = score.tiers[tier - 1].known, rival.tiers[tier - 1].known
    return Standing(score.category, verdict, rival.category, tier, *points)


def _decisive(
    contest: _Contest, category: str | None, basis: Basis, findings: Sequence[Finding]
) -> tuple[Finding, ...]:
    """The unknown findings that could overturn a decision; none when it is settled.

    Sound, not tight: a finding left out cannot overturn it alone or with others; one that is named may need others.
    """
    tiers = contest.content.decision.tiers
    shares = shares_of(contest.content)
    unknown = [f for f in findings if f.truth is Truth.UNKNOWN and shares.get(f.gene)]
    if basis is Basis.NO_EVIDENCE:
        hopeful = {s.category for s in contest.scores if _reaches(s, tiers, "most")}
        opening = {tier.tier for tier in tiers if tier.opens == "yes"}  # no other tier can hold a first minimum
        return tuple(f for f in unknown if f.tier in opening and hopeful & shares[f.gene].keys())
    if category is None or basis is not Basis.LEAD:
        return tuple(unknown)
    by_gene = strengths(findings)
    chosen = next(s for s in contest.scores if s.category == category)
    if not _reaches(chosen, tiers, "least"):
        return tuple(unknown)
    found: set[int] = set()
    for rival in contest.scores:
        if rival is not chosen and not _stands(chosen, rival, tiers, by_gene, shares):
            limit = contest.won[category, rival.category]
            found |= {id(f) for f in _threats(rival.category, limit, unknown, findings, shares)}
    return tuple(f for f in unknown if id(f) in found)


def _threats(
    rival: str,
    limit: int,
    unknown: Iterable[Finding],
    findings: Iterable[Finding],
    shares: dict[str, dict[str, int]],
) -> Iterable[Finding]:
    """Unknown findings that speak for the rival, or could take from the chosen one a point it counts on.

    The first raise the rival at a tier where the duel is not lost yet. The second are those of a gene with a
    revocable finding: its variant would count at a higher tier instead.
    """
    revocable = {(f.gene, f.tier) for f in findings if f.revocable and f.tier <= limit}
    for finding in unknown:
        raises = finding.tier <= limit and rival in shares[finding.gene]
        revokes = any(gene == finding.gene and finding.tier <= tier for gene, tier in revocable)
        if raises or revokes:
            yield finding


def _stands(
    chosen: Score,
    rival: Score,
    tiers: Sequence[Tier],
    by_gene: dict[tuple[int, str], Strength],
    shares: dict[str, dict[str, int]],
) -> bool:
    """Whether the chosen category beats the rival in every completion of what is unknown."""
    surely_open = maybe_open = False
    for tier, ours, theirs in zip(tiers, chosen.tiers, rival.tiers, strict=True):
        if tier.opens == "yes":
            surely_open = surely_open or max(ours.least, theirs.least) >= tier.minimum
            maybe_open = maybe_open or max(ours.most, theirs.most) >= tier.minimum
        worst = max(_worst_lead(chosen, rival, tier, by_gene, shares), ours.least - theirs.most)
        if maybe_open and worst <= -tier.margin and theirs.most >= tier.minimum:
            return False
        if surely_open and worst >= tier.margin and ours.least >= tier.minimum:
            return True
    return False


def _worst_lead(
    chosen: Score,
    rival: Score,
    tier: Tier,
    by_gene: dict[tuple[int, str], Strength],
    shares: dict[str, dict[str, int]],
) -> int:
    """A lower bound of the lead in any completion: each gene's strength moves both categories together.

    Where the tier's cap may cut, genes no longer add up, and only the spans of the whole tier bound the lead.
    """
    at = tier.tier - 1
    if tier.cap is not None and max(chosen.tiers[at].most, rival.tiers[at].most) >= tier.cap:
        return -(10**12)
    worst = 0
    for (number, gene), strength in by_gene.items():
        ours, theirs = (shares.get(gene, {}).get(s.category, 0) for s in (chosen, rival))
        if number == tier.tier and (ours or theirs):
            leads = {x * ours // 1000 - x * theirs // 1000 for x in (strength.least, strength.most)}
            worst += min(leads) - (strength.least != strength.most)  # rounding between the two ends
    return worst
