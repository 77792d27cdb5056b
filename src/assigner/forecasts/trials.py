"""What shares mean for a trial: how many to enrol, and what chance it has to see reversals.

Arms fill as the shares say, so the numbers of N participants over the categories are multinomial. Reversals in an arm
are taken as independent with one rate, so their number is binomial. Nothing is said of how long enrolment takes, of
those who leave, or of arms compared with each other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray
from scipy.signal import fftconvolve
from scipy.stats import binom, nbinom, poisson

MOST_ENROLLED = 1_000_000
"""The most participants that are thought of."""


@frozen(kw_only=True)
class Enrolment:
    """How many participants to enrol so that arms get theirs with a chance of at least `probability`.

    Attributes:
        each: for one arm alone, whatever the others get; None when it takes more than can be thought of.
        every: for all arms together.
    """

    per_arm: int
    probability: float
    each: Mapping[str, int | None]
    every: int | None


@frozen(kw_only=True)
class Power:
    """What an arm can show against a historical rate.

    Attributes:
        critical: the least number of reversals whose chance under the historical rate is at most alpha; `per_arm` + 1
            when not even all of them do.
        size: that chance.
        power: the chance of so many under the assumed rate.
    """

    per_arm: int
    rate: float
    historical: float
    alpha: float
    critical: int
    size: float
    power: float


def enrolment(shares: Mapping[str, float], per_arm: int, probability: float) -> Enrolment:
    """How many participants to enrol.

    For one arm the number is `per_arm` and the negative binomial quantile of those who go elsewhere. For all arms it is
    the least N with P(every arm has `per_arm`) >= `probability`; that grows with N and lies between the largest number
    of one arm and that at 1 - (1 - probability) / arms (Bonferroni), so it is found by halving.

    Args:
        shares: the share of participants that each arm gets; together at most 1.
        per_arm: how many each arm needs.
        probability: above 0 and below 1.
    """
    each = {name: _for_one(share, per_arm, probability) for name, share in shares.items()}
    singly = [number for number in each.values() if number is not None]
    every: int | None = None
    if singly and len(singly) == len(each):
        careful = 1 - (1 - probability) / len(each)
        low, high = max(singly), max(_for_one(share, per_arm, careful) or MOST_ENROLLED for share in shares.values())
        while low < high:
            middle = (low + high) // 2
            if all_filled(shares, per_arm, middle) >= probability:
                high = middle
            else:
                low = middle + 1
        every = low if low < MOST_ENROLLED else None
    return Enrolment(per_arm=per_arm, probability=probability, each=each, every=every)


def _for_one(share: float, per_arm: int, probability: float) -> int | None:
    if share <= 0:
        return None
    number = per_arm + float(nbinom.ppf(probability, per_arm, min(1.0, share)))
    return int(number) if number <= MOST_ENROLLED else None


def all_filled(shares: Mapping[str, float], per_arm: int, enrolled: int) -> float:
    """The chance that of so many participants every arm gets at least `per_arm`.

    Multinomial numbers are independent Poisson numbers given their sum, so the chance is
    P(every Poisson number >= per_arm) times P(their sum is N, given that), over P(Poisson(N) = N) (Levin 1981,
    Annals of Statistics 9:1123-1126). The sum's distribution is a convolution of the truncated ones.

    >>> round(all_filled({"A": 0.5, "B": 0.5}, 1, 2), 12)
    0.5
    """
    numbers = np.arange(enrolled + 1)
    rest = max(0.0, 1 - math.fsum(shares.values()))
    sums: NDArray[Any] = poisson.pmf(numbers, enrolled * rest)
    for share in shares.values():
        arm = np.where(numbers >= per_arm, poisson.pmf(numbers, enrolled * share), 0.0)
        sums = np.clip(fftconvolve(sums, arm)[: enrolled + 1], 0, None)
    return float(min(1.0, sums[enrolled] / poisson.pmf(enrolled, enrolled)))


def power(per_arm: int, rate: float, historical: float, alpha: float) -> Power:
    """The exact one-sided binomial test of one arm against a historical rate.

    It rejects at the least k with P(X >= k | n, historical) <= alpha; its power is P(X >= k | n, rate). Because counts
    are whole the power can fall a little where n grows by one and k steps up.
    """
    tails = binom.sf(np.arange(per_arm + 1) - 1, per_arm, historical)
    critical = int(np.argmax(tails <= alpha)) if tails[-1] <= alpha else per_arm + 1
    return Power(
        per_arm=per_arm,
        rate=rate,
        historical=historical,
        alpha=alpha,
        critical=critical,
        size=float(binom.sf(critical - 1, per_arm, historical)),
        power=seen(per_arm, critical, rate),
    )


def seen(per_arm: int, reversals: int, rate: float) -> float:
    """The chance of at least so many reversals in an arm: P(X >= k | n, rate).

    >>> round(seen(10, 1, 0.1), 6)
    0.651322
    """
    return float(binom.sf(reversals - 1, per_arm, rate))
