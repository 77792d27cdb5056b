"""What shares mean for a trial: how many to enrol, and what chance it has to see reversals.

Arms fill as the shares say, so the numbers of N participants over the categories are multinomial. Reversals in an arm
are taken as independent with one rate, so their number is binomial. Nothing is said of how long enrolment takes, of
those who leave, or of arms compared with each other.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray
from scipy.signal import fftconvolve
from scipy.stats import binom, nbinom, poisson

MOST_ENROLLED = 1_000_000
"""The most participants that are thought of."""

ROUNDING = 1e-9
"""More than sums of binomial chances are rounded by."""

MOST_TWO_STAGE = 120
"""The most participants of an arm in two stages."""


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


@frozen
class ArmSize:
    """How many participants an arm gets: the median of simulated trials, and the ends of the middle 90 % of them."""

    low: int
    median: int
    high: int


@frozen(kw_only=True)
class TwoStage:
    """A trial of one arm in two stages (Simon 1989, Control Clin Trials 10:1-10).

    Attributes:
        wanted: the power that was asked for.
        first: how many participants the first stage has; `stop` reversals or fewer among them end the trial.
        all: how many both stages have; more than `reject` reversals among them reject the historical rate.
        size, power: the chance to reject under the historical rate, and under the assumed one.
        expected: the mean number of participants under the historical rate.
    """

    historical: float
    rate: float
    alpha: float
    wanted: float
    first: int
    stop: int
    all: int
    reject: int
    size: float
    power: float
    expected: float


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


def arm_sizes(
    flows: Mapping[tuple[str, ...], float], weights: Mapping[str, int], enrolled: int, *, seed: int, trials: int = 1000
) -> Mapping[str, ArmSize]:
    """How large the arms become when so many participants are enrolled, by simulated trials.

    Args:
        flows: the share of participants that comes into one arm, or into the smallest one of several.
        weights: of each arm, the ratio in which a balance fills them.
        enrolled: how many participants, those who come into no arm included.
        seed: of the simulation.
        trials: how many trials are simulated.
    """
    names = list(weights)
    scale = np.array([1 / weights[name] for name in names])
    chance = np.random.default_rng(seed)
    ways = [[names.index(name) for name in arms] for arms in flows]
    odds = [*flows.values(), max(0.0, 1 - math.fsum(flows.values()))]
    sizes = np.zeros((trials, len(names)), np.int64)
    if any(len(way) > 1 for way in ways):
        for _ in range(enrolled):
            comes = chance.choice(len(odds), size=trials, p=np.array(odds) / math.fsum(odds))
            for at, way in enumerate(ways):
                rows = np.flatnonzero(comes == at)
                lots = sizes[rows][:, way] * scale[way] + chance.random((len(rows), len(way))) * 1e-9
                sizes[rows, np.array(way)[lots.argmin(axis=1)]] += 1
    else:
        counts = chance.multinomial(enrolled, np.array(odds) / math.fsum(odds), size=trials)
        sizes[:, [way[0] for way in ways]] = counts[:, :-1]
    low, middle, high = np.quantile(sizes, [0.05, 0.5, 0.95], axis=0, method="closest_observation").astype(int).tolist()
    return {name: ArmSize(low[at], middle[at], high[at]) for at, name in enumerate(names)}


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


def two_stage(historical: float, rate: float, alpha: float, wanted: float) -> tuple[TwoStage, ...]:
    """Simon's optimal and minimax design of an arm in two stages; none with more than `MOST_TWO_STAGE` participants.

    The optimal one has the fewest expected participants under the historical rate, the minimax one the fewest in all
    and of those the fewest expected. All designs are tried of each number of participants at which any test can have
    the power: the chance to reject is the sum over the reversals of the first stage that go on.
    """
    optimal: TwoStage | None = None
    minimax: TwoStage | None = None
    for whole in range(2, MOST_TWO_STAGE + 1):
        if _most_power(historical, rate, alpha, whole) < wanted - ROUNDING:
            continue
        for first in range(1, whole):
            if optimal is not None and minimax is not None and first >= optimal.expected:
                break  # at least the first stage is always enrolled
            for design in _designs(historical, rate, alpha, wanted, first, whole):
                if optimal is None or design.expected < optimal.expected:
                    optimal = design
                if minimax is None or (design.all, design.expected) < (minimax.all, minimax.expected):
                    minimax = design
    return () if optimal is None or minimax is None else (optimal, minimax)


def _most_power(historical: float, rate: float, alpha: float, whole: int) -> float:
    """The power of the most powerful test of so many participants, which no test in stages exceeds.

    It rejects at `critical` reversals or more, and in part of the cases of one fewer, so that its size is alpha (Neyman
    and Pearson 1933, Phil Trans R Soc A 231:289-337).
    """
    exact = power(whole, rate, historical, alpha)
    at_edge = exact.critical - 1
    part = (alpha - exact.size) / float(binom.pmf(at_edge, whole, historical))
    return exact.power + part * float(binom.pmf(at_edge, whole, rate))


def _designs(historical: float, rate: float, alpha: float, wanted: float, first: int, whole: int) -> Iterator[TwoStage]:
    """The designs with so many participants that have the power; for each stop the least number that rejects."""
    seen_first = [binom.pmf(np.arange(first + 1), first, at) for at in (historical, rate)]
    seen_second = [binom.pmf(np.arange(whole - first + 1), whole - first, at) for at in (historical, rate)]
    for stop in range(first):
        chances: list[NDArray[Any]] = []
        for one, two in zip(seen_first, seen_second, strict=True):
            goes_on = np.where(np.arange(first + 1) > stop, one, 0.0)
            if not chances and goes_on.sum() <= 0:
                return
            chances.append(np.convolve(goes_on, two)[::-1].cumsum()[::-1])  # of at least so many reversals
        under, power_of = chances
        if power_of[0] < wanted:
            return  # a later stop has less
        least = int(np.argmax(under <= alpha)) if under[-1] <= alpha else whole + 1
        if 0 < least <= whole and power_of[least] >= wanted:
            early = float(seen_first[0][: stop + 1].sum())
            yield TwoStage(
                historical=historical, rate=rate, alpha=alpha, wanted=wanted, first=first, stop=stop, all=whole,
                reject=least - 1, size=float(under[least]), power=float(power_of[least]),
                expected=first + (1 - early) * (whole - first),
            )  # fmt: skip
