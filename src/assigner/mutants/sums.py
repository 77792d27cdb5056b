"""The points that a category can have in a tier at all: every sum of what the genes can add to it.

More sums are taken than evidence can give, as each gene adds to it whatever else is found. So a threshold that moves
between two of them moves past nobody.
"""

from __future__ import annotations

from collections.abc import Iterable

from assigner.decisions.scores import points_of_share
from assigner.evidence.kinds.registry import kind_of
from assigner.rules.loci import Gene, Part
from assigner.rules.panels import Panel

MOST_POINTS = 1 << 20
"""Above this sums are not enumerated; the rule set's genes together add less."""


def sums_in_tier(panels: Iterable[Panel], tier: int) -> dict[str, int] | None:
    """What each category can have in a tier, or None where findings of a criterion may be worth anything in between.

    The numbers of a category are the bits that are set: 5 is 0 or 2 points.

    Args:
        panels: what the rule set asks on each build.
        tier: the rank of the tier.
    """
    worths: dict[str, set[int]] = {}
    content = None
    for panel in panels:
        content = panel.content
        for criterion in content.criteria:
            if criterion.tier != tier:
                continue
            if not kind_of(criterion).fixed_points:
                return None
            for gene in map(_gene_of, panel.scope(criterion)):
                worths.setdefault(gene, set()).add(content.points_of(criterion, gene))
    if content is None:
        return {}
    cap = content.decision.tiers[tier - 1].cap
    found = {}
    for category in (each.id for each in content.categories):
        bits = 1
        for gene, own in worths.items():
            share = content.shares_of.get(gene, {}).get(category, 0)
            bits = _with(bits, {points_of_share(worth, share) for worth in own})
            if bits.bit_length() > MOST_POINTS:
                return None
        found[category] = bits if cap is None else _capped(bits, cap)
    return found


def has_between(points: int, low: int, high: int) -> bool:
    """Whether one of the numbers is `low` or more and below `high`."""
    return bool(points >> low & ((1 << (high - low)) - 1))


def leads_between(ours: int, theirs: int, low: int, high: int) -> bool:
    """Whether one of our numbers is by `low` or more, and by less than `high`, above one of theirs."""
    return any(ours & (theirs << lead) for lead in range(low, high))


def _capped(bits: int, cap: int) -> int:
    below = bits & ((1 << cap) - 1)
    return below if bits == below else below | 1 << cap


def _with(bits: int, added: Iterable[int]) -> int:
    """All sums so far, and each of them with one more number, as bits by their value."""
    more = bits
    for points in added:
        more |= bits << points
    return more


def _gene_of(part: Part) -> str:
    return part.symbol if isinstance(part, Gene) else part.gene
