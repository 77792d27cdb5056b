"""What share of participants comes out how: by enumeration, exact, and by simulation, with intervals, as a check."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations

import numpy as np
from attrs import frozen
from numpy.typing import NDArray
from scipy.stats import binomtest

from assigner.decisions.reasons import Reason, row_of
from assigner.forecasts.populations import GenotypeClass, Population, Result

MOST_RESULTS = 1_500
"""So many different participants are assigned at most; some 5 to 30 ms each."""

FORECAST = tuple(reason for reason in Reason if row_of(reason).origin.needs_no_file)
"""The reasons that genomes give; the others depend on files, which a forecast does not have."""

Progress = Callable[[int, int], None]


@frozen
class Share:
    """The share of one outcome.

    Attributes:
        least: what is enumerated, exact.
        most: the same with all that is not enumerated.
        simulated: the share of the draws, with Wilson's interval at 99 %, which leaves room for draws that were not
            worked out; None without a simulation.
    """

    least: float
    most: float
    simulated: tuple[float, float, float] | None = None


@frozen(kw_only=True)
class Forecast:
    """Shares of all outcomes.

    Attributes:
        assigned: by category.
        provisional: sent to review, by the category that the evidence points to.
        no_category: sent to review without one.
        reasons: by reason, those that genomes give; one participant may have several.
        rest: the share of participants that is not enumerated.
        draws: how many participants were simulated, and `left` of them not worked out.
        results: how many different participants were assigned.
    """

    assigned: Mapping[str, Share]
    provisional: Mapping[str, Share]
    no_category: Share
    reasons: Mapping[Reason, Share]
    rest: float
    draws: int
    left: int
    results: int


Outcome = tuple[str, str | None]


def forecast(
    population: Population,
    *,
    draws: int = 0,
    seed: int = 1,
    most: int = MOST_RESULTS,
    progress: Progress = lambda _done, _all: None,
) -> Forecast:
    """The shares of all outcomes.

    Participants who carry nothing, one thing or two are enumerated, the most frequent first; those who carry more, and
    those beyond `most` different ones, are the rest, whose share is known and whose outcome is not.

    Args:
        population: the participants.
        draws: how many participants to simulate beside that; none by default.
        seed: of the simulation.
        most: how many different participants are assigned at most.
        progress: is called with how many steps of how many are done.
    """
    found: dict[Outcome, list[float]] = {}
    sets = _carried_sets(population)
    steps = len(sets)
    for at, (chance, carried) in enumerate(sets):
        _count(found, population.result(carried, most), chance)
        if at % 500 == 0:
            progress(at, steps + draws)
    rest = max(0.0, 1 - math.fsum(chance for key in found if key[0] == "" for chance in found[key]))
    progress(steps, steps + draws)
    simulated, left = _simulate(population, draws, seed, most) if draws else (Counter(), 0)
    progress(steps + draws, steps + draws)

    def share(*key: str | None) -> Share:
        least = math.fsum(found.get((key[0] or "", key[1]), ()))
        interval = _wilson(simulated[key[0] or "", key[1]], left, draws) if draws else None
        return Share(least, min(1.0, least + rest), interval)

    categories = [category.id for category in population.rules.content.categories]
    return Forecast(
        assigned={name: share("assigned", name) for name in categories},
        provisional={name: share("review", name) for name in categories},
        no_category=share("review", None),
        reasons={reason: share("reason", reason.value) for reason in FORECAST},
        rest=rest,
        draws=draws,
        left=left,
        results=len(population.results),
    )


def _outcomes(result: Result) -> Iterator[Outcome]:
    """What a participant counts for; the empty name counts everyone once."""
    yield "", None
    yield ("assigned", result.category) if result.category else ("review", result.provisional)
    for reason in result.reasons:
        yield "reason", reason.value


def _count(found: dict[Outcome, list[float]], result: Result | None, chance: float) -> None:
    for outcome in () if result is None else _outcomes(result):
        found.setdefault(outcome, []).append(chance)


def _carried_sets(population: Population) -> list[tuple[float, tuple[GenotypeClass, ...]]]:
    """Nothing, each thing, and each two of different genes, by their chance, the greatest first."""
    all_of_them = [each for items in population.classes.values() for each in items]
    sets: list[tuple[float, tuple[GenotypeClass, ...]]] = [(population.p_no_finding, ())]
    sets += [(population.p_no_finding * each.odds, (each,)) for each in all_of_them]
    sets += [
        (population.p_no_finding * a.odds * b.odds, (a, b)) for a, b in combinations(all_of_them, 2) if a.gene != b.gene
    ]
    return sorted(sets, key=lambda item: -item[0])


def _simulate(population: Population, draws: int, seed: int, most: int) -> tuple[Counter[Outcome], int]:
    """How many of so many participants come out how, and how many are beyond `most` different ones."""
    order = [each for items in population.classes.values() for each in items]
    counted: Counter[Outcome] = Counter()
    left = 0
    for carried, number in _drawn(population, draws, seed):
        result = population.result([order[at] for at in carried], most)
        if result is None:
            left += number
        else:
            for outcome in _outcomes(result):
                counted[outcome] += number
    return counted, left


def _drawn(population: Population, draws: int, seed: int) -> Iterator[tuple[tuple[int, ...], int]]:
    """Each set of classes that was drawn, by their numbers, and how many participants carry it.

    Gene by gene: how many of all participants carry each class is multinomial, and who they are is a sample without
    replacement, so a gene that few carry costs little.
    """
    chance = np.random.default_rng(seed)
    who: list[NDArray[np.int64]] = []
    what: list[NDArray[np.int64]] = []
    number = 0
    for items in population.classes.values():
        odds = np.array([1.0, *(each.odds for each in items)])
        counts = chance.multinomial(draws, odds / odds.sum())[1:]
        who.append(chance.choice(draws, size=int(counts.sum()), replace=False, shuffle=True))
        what.append(np.repeat(np.arange(number, number + len(items)), counts))
        number += len(items)
    people = np.concatenate([*who, np.empty(0, np.int64)])
    things = np.concatenate([*what, np.empty(0, np.int64)])
    order = np.lexsort((things, people))
    people, things = people[order], things[order]
    starts = np.flatnonzero(np.diff(people, prepend=-1))
    sizes = np.diff(starts, append=len(people))
    yield (), draws - len(starts)
    for size in np.unique(sizes):
        rows = things[starts[sizes == size][:, None] + np.arange(size)]
        sets, counts = np.unique(rows, axis=0, return_counts=True)
        for carried, count in zip(sets.tolist(), counts.tolist(), strict=True):
            yield tuple(carried), count


def _wilson(hits: int, left: int, draws: int) -> tuple[float, float, float]:
    """The share of hits and its interval (Wilson 1927) at 99 %; those left may all be hits, or none of them."""
    low, high = (
        binomtest(count, draws).proportion_ci(confidence_level=0.99, method="wilson") for count in (hits, hits + left)
    )
    return hits / draws, float(low.low), float(high.high)
