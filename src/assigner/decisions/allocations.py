"""A category by the protocol and not by biology: by lot, to the smallest arm, or by minimisation.

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
"""The bits of a draw."""


@frozen(kw_only=True)
class Allocation:
    """What an allocation rests on beside the categories among which it chooses.

    Attributes:
        protocol: what the rule set declares.
        accrual: the participants so far; without it nothing can be balanced.
        participant, digest: who is allocated, and the digest of the rule set: the two parts of each draw.
    """

    protocol: Otherwise
    accrual: Accrual | None
    participant: str
    digest: str

    def choose(self, way: Way, among: Sequence[str]) -> str | None:
        """One of some categories, in the rule set's order; None for a review, and when what the way needs is not known.

        Args:
            way: how to choose.
            among: the categories that may be chosen, at least one.
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
        """One category by lot, each with the chance of its weight among all.

        Each category draws for itself, with its id as the last line of the purpose, and the greatest u^(1/weight) wins,
        u being the draw over 2^256 (Efraimidis and Spirakis 2006, Inf Process Lett 97:181-185). So the order of the
        categories does not matter, and who loses may be left out without another winner.
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
        """The category that leaves the least imbalance, or with the rest of the chance another one.

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
        kept = self.draw("coin") * 1000 >> BITS < self.protocol.favoured
        return best if kept or not others else self.drawn(others, "coin: other")

    def _least(self, among: Sequence[str], size: Callable[[str], int], purpose: str) -> str:
        """The category of the least size; of several one by lot."""
        sizes = {category: size(category) for category in among}
        return self.drawn([each for each in among if sizes[each] == min(sizes.values())], purpose)

    def _scale(self, among: Sequence[str]) -> dict[str, int]:
        """By what a count is multiplied, so that arms in the ratio of the weights have equal counts."""
        common = lcm(*map(self.protocol.weight, among))
        return {category: common // self.protocol.weight(category) for category in among}


def needs_accrual(content: RuleSet) -> bool:
    """Whether a decision under a rule set may depend on the participants so far."""
    full = any(category.full_at is not None for category in content.categories)
    return full or balances(content.decision.otherwise)


def balances(protocol: Otherwise | None) -> bool:
    """Whether a protocol ever chooses by the participants so far."""
    return protocol is not None and (_balances(protocol.no_evidence) or _balances(protocol.tied))


def _balances(way: Way) -> bool:
    """Whether a way to choose looks at the participants so far."""
    match way:
        case "review" | "lot":
            return False
        case "smallest_arm" | "minimise":
            return True
        case _:
            assert_never(way)


def closed_arms(content: RuleSet, accrual: Accrual | None) -> frozenset[str]:
    """The categories whose arms are closed, or full by what the accrual says."""
    arms = accrual.arms if accrual else {}
    return frozenset(
        category.id
        for category in content.categories
        if category.open == "no" or (category.full_at is not None and arms.get(category.id, 0) >= category.full_at)
    )


def left_out(content: RuleSet, closed: frozenset[str]) -> frozenset[str]:
    """The categories that are not in the contest, by what the rule set says of closed arms."""
    match content.decision.closed_arm:
        case "review":
            return frozenset()
        case "next_best":
            return closed
        case _:
            assert_never(content.decision.closed_arm)
