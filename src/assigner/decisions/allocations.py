"""Allocation by the protocol where the evidence chooses no category: by lot, smallest arm, or minimisation.

All draws are HMAC-SHA-256 (RFC 2104) under the rule set's digest, so that anyone can compute them again. All sums are
whole numbers.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from functools import cmp_to_key
from math import lcm
from typing import TYPE_CHECKING, Literal, TypeAlias, assert_never

from attrs import frozen

from assigner.rules.schema import Otherwise, RuleSet

if TYPE_CHECKING:
    from assigner.decisions.accrual import Accrual

Way: TypeAlias = Literal["review", "lot", "smallest_arm", "minimise"]
"""What happens where the evidence points to no category."""

BITS = 256
"""The number of bits in a draw."""


@frozen(kw_only=True)
class Allocation:
    """All inputs of an allocation except the categories to choose from.

    Attributes:
        protocol: what the rule set declares.
        accrual: the participants so far; without it nothing can be balanced.
        participant, digest: the participant's id and the rule set's digest, from which each draw is computed.
    """

    protocol: Otherwise
    accrual: Accrual | None
    participant: str
    digest: str

    def choose(self, way: Way, among: Sequence[str]) -> str | None:
        """Choose a category; None when the way is `review`, or needs an accrual that was not given.

        Args:
            way: how to choose.
            among: the categories to choose from, at least one, in the rule set's order.
        """
        match way:
            case "review":
                return None
            case "lot":
                return self.drawn(among, "lot")
            case "smallest_arm":
                return None if self.accrual is None else self._smallest(self.accrual.arms, among)
            case "minimise":
                return None if self.accrual is None else self._minimised(self.accrual, among)
            case _:
                assert_never(way)

    def draw(self, purpose: str) -> int:
        r"""A draw from 0 to 2^256 - 1: HMAC-SHA-256 of `participant`, a line feed and a purpose, under the digest.

        printf 'P001\ncoin' | openssl dgst -sha256 -mac HMAC -macopt hexkey:DIGEST
        """
        text = f"{self.participant}\n{purpose}".encode()
        return int.from_bytes(hmac.digest(bytes.fromhex(self.digest), text, "sha256"), "big")

    def drawn(self, among: Sequence[str], purpose: str) -> str:
        """One category by lot, with probability proportional to its weight.

        Each category draws for itself, with its id as the last line of the purpose, and the greatest u^(1/weight) wins,
        u being the draw over 2^256 (Efraimidis and Spirakis 2006, Inf Process Lett 97:181-185). So the order of the
        categories does not matter, and leaving out a category that did not win does not change the winner.
        """
        draws = {category: self.draw(f"{purpose}\n{category}") for category in among}

        def order(one: str, other: str) -> int:
            a, b = self.protocol.weight(one), self.protocol.weight(other)
            left: int = draws[one] ** b << BITS * a
            right: int = draws[other] ** a << BITS * b
            return (left > right) - (left < right)

        return max(among, key=cmp_to_key(order))

    def _smallest(self, arms: Mapping[str, int], among: Sequence[str]) -> str:
        scale = self._scale(among)
        return self._least(among, lambda category: arms.get(category, 0) * scale[category], "smallest_arm")

    def _minimised(self, accrual: Accrual, among: Sequence[str]) -> str:
        """The category that leaves the least imbalance, with probability `favoured` / 1000; else another by lot.

        Pocock and Simon (1975, Biometrics 31:103-115): for each category, the range of the counts at the participant's
        levels if it were chosen, added up over the factors by weight. The biased coin is that of their section 3.
        """
        scale = self._scale(among)

        def imbalance(chosen: str) -> int:
            total = 0
            for factor, weight in self.protocol.factors.items():
                counts = [(accrual.at(factor, each) + (each == chosen)) * scale[each] for each in among]
                total += weight * (max(counts) - min(counts))
            return total

        best = self._least(among, imbalance, "minimise")
        others = [each for each in among if each != best]
        favours_best = self.draw("coin") * 1000 >> BITS < self.protocol.favoured
        return best if favours_best or not others else self.drawn(others, "coin: other")

    def _least(self, among: Sequence[str], size: Callable[[str], int], purpose: str) -> str:
        """The category with the smallest size; ties are broken by lot."""
        sizes = {category: size(category) for category in among}
        return self.drawn([each for each in among if sizes[each] == min(sizes.values())], purpose)

    def _scale(self, among: Sequence[str]) -> dict[str, int]:
        """Factors for the counts: after multiplication, arms filled in the ratio of their weights have equal counts."""
        common = lcm(*map(self.protocol.weight, among))
        return {category: common // self.protocol.weight(category) for category in among}


def needs_accrual(content: RuleSet) -> bool:
    """Whether decisions under a rule set may depend on the accrual."""
    full = any(category.full_at is not None for category in content.categories)
    return full or balances(content.decision.otherwise)


def balances(protocol: Otherwise | None) -> bool:
    """Whether a protocol may use the accrual to choose."""
    return protocol is not None and (_balances(protocol.no_evidence) or _balances(protocol.tied))


def _balances(way: Way) -> bool:
    """Whether a way to choose uses the accrual."""
    match way:
        case "review" | "lot":
            return False
        case "smallest_arm" | "minimise":
            return True
        case _:
            assert_never(way)


def closed_arms(content: RuleSet, accrual: Accrual | None) -> frozenset[str]:
    """The categories whose arms are closed, or full according to the accrual."""
    arms = accrual.arms if accrual else {}
    return frozenset(
        category.id
        for category in content.categories
        if category.open == "no" or (category.full_at is not None and arms.get(category.id, 0) >= category.full_at)
    )


def left_out(content: RuleSet, closed: frozenset[str]) -> frozenset[str]:
    """The closed categories that the rule set excludes from the contest."""
    match content.decision.closed_arm:
        case "review":
            return frozenset()
        case "next_best":
            return closed
        case _:
            assert_never(content.decision.closed_arm)
