"""What share of participants comes out how: by enumeration, exact, and by simulation, with intervals, as a check."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations, product

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray
from scipy.stats import binomtest

from assigner.decisions.grades import Grade
from assigner.decisions.reasons import Reason, row_of
from assigner.forecasts.endings import Branch, Ending, Ends, Result
from assigner.forecasts.populations import GenotypeClass, Population

MOST_RESULTS = 1_500
"""So many different participants are assigned at most; some 5 to 30 ms each."""

FORECAST = tuple(r for r in Reason if row_of(r).origin.needs_no_file)
"""The reasons that genomes give; the others depend on files or on single genotypes, which a forecast does not have."""

CHANCE = 0.01
"""The chance that a share is further from the true one than `error` says."""

Progress = Callable[[int, int], None]


@frozen
class Share:
    """The share of one outcome.

    Attributes:
        least: what is enumerated, exact but for the error of the forecast; where the sizes of the arms choose, nothing.
        most: the same with all that is not enumerated, or that the sizes of the arms may give it.
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
        provisional: sent to review, by the category that the evidence points to, or that was allocated.
        assigned_by_grade, provisional_by_grade: the same by category and grade.
        no_category: sent to review without one.
        reasons: by reason, those that genomes give; one participant may have several.
        flows: of those assigned, by the categories among which the sizes of the arms choose; of one alone by its name.
        rest: the share of participants that is not enumerated.
        draws: how many participants were simulated, and `left` of them not worked out.
        results: how many different participants were assigned.
        error: how far a share may be from the one that endless draws of scores and burdens would give, at 99 %; 0 where
            none are drawn (Hoeffding 1963).
    """

    assigned: Mapping[str, Share]
    provisional: Mapping[str, Share]
    assigned_by_grade: Mapping[tuple[str, Grade], Share]
    provisional_by_grade: Mapping[tuple[str, Grade], Share]
    no_category: Share
    reasons: Mapping[Reason, Share]
    flows: Mapping[tuple[str, ...], float]
    rest: float
    draws: int
    left: int
    results: int
    error: float = 0.0


Outcome = tuple[str, ...]
"""What participants are counted by: `assigned` or `review` with a category, and with a grade, or a reason."""


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
    least: dict[Outcome, list[float]] = {}
    more: dict[Outcome, list[float]] = {}
    flows: dict[tuple[str, ...], list[float]] = {}
    drawn_of: dict[int, float] = {}
    sets = _carried_sets(population)
    steps = len(sets)
    for at, (chance, carried) in enumerate(sets):
        result = population.result(carried, most) or Result(())
        if result.draws:
            drawn_of[result.draws] = drawn_of.get(result.draws, 0.0) + chance
        for outcome, (sure, possible) in _bounds(result).items():
            least.setdefault(outcome, []).append(chance * sure)
            more.setdefault(outcome, []).append(chance * (possible - sure))
        for arms, part in _flows(result):
            flows.setdefault(arms, []).append(chance * part)
        if at % 500 == 0:
            progress(at, steps + draws)
    rest = max(0.0, 1 - math.fsum(least.get((), ())))
    progress(steps, steps + draws)
    drawn = _simulate(population, draws, seed, most) if draws else _Drawn()
    progress(steps + draws, steps + draws)

    def share(*key: str) -> Share:
        low = math.fsum(least.get(key, ()))
        interval = _wilson(drawn.hits[key], drawn.left + drawn.open[key], draws) if draws else None
        return Share(low, min(1.0, low + math.fsum(more.get(key, ())) + rest), interval)

    categories = [category.id for category in population.rules.content.categories]
    by_grade = list(product(categories, Grade))
    return Forecast(
        assigned={name: share("assigned", name) for name in categories},
        provisional={name: share("review", name) for name in categories},
        assigned_by_grade={(name, grade): share("assigned", name, grade.value) for name, grade in by_grade},
        provisional_by_grade={(name, grade): share("review", name, grade.value) for name, grade in by_grade},
        no_category=share("review"),
        reasons={reason: share("reason", reason.value) for reason in _reasons(population)},
        flows={arms: math.fsum(parts) for arms, parts in flows.items()},
        rest=rest,
        draws=draws,
        left=drawn.left,
        results=len(population.results),
        error=_error(drawn_of),
    )


def _reasons(population: Population) -> list[Reason]:
    """The reasons that are forecast; `unstable` where a rule set asks for it."""
    asked = population.rules.content.decision.stability is not None
    return [reason for reason in FORECAST if asked or reason is not Reason.UNSTABLE]


def _error(drawn_of: Mapping[int, float]) -> float:
    """How far a share is at most from that of endless draws, but for a chance of `CHANCE`.

    Args:
        drawn_of: the chance of all participants who were drawn so often; those drawn less often have the first draws of
            the others.
    """
    worth = np.zeros(max(drawn_of, default=0))
    for draws, chance in drawn_of.items():
        worth[:draws] += chance / draws
    return math.sqrt(math.log(2 / CHANCE) / 2 * float((worth**2).sum()))


def _outcomes(end: Ending) -> Iterator[Outcome]:
    """What a participant counts for; the empty one counts everyone once."""
    yield ()
    if end.category is not None:
        yield "assigned", end.category
        if end.grade is not None:
            yield "assigned", end.category, end.grade.value
    elif end.provisional is not None:
        yield "review", end.provisional
        if end.grade is not None:
            yield "review", end.provisional, end.grade.value
    else:
        yield ("review",)
    for reason in end.reasons:
        yield "reason", reason.value


def _bounds(result: Result) -> dict[Outcome, tuple[float, float]]:
    """The least and the most that a participant counts for each outcome."""
    found: dict[Outcome, tuple[float, float]] = {}
    for branch in result.branches:
        for outcome, (sure, possible) in _bounds_of_ends(branch.ends).items():
            before = found.get(outcome, (0.0, 0.0))
            found[outcome] = before[0] + branch.share * sure, before[1] + branch.share * possible
    return found


def _bounds_of_ends(every: Ends) -> dict[Outcome, tuple[float, float]]:
    """The same in one branch."""
    found: dict[Outcome, list[Ending]] = {}
    for end in every:
        for outcome in _outcomes(end):
            found.setdefault(outcome, []).append(end)
    bounds = {}
    for outcome, ends in found.items():
        chances = [end.chance for end in ends if end.chance is not None]
        sure = math.fsum(chances) if chances or len(ends) < len(every) else 1.0
        bounds[outcome] = sure, sure if chances else 1.0
    return bounds


def _flows(result: Result) -> Iterator[tuple[tuple[str, ...], float]]:
    """Into which arms a participant who is assigned comes, with which chance."""
    for branch in result.branches:
        balanced = [end.category for end in branch.ends if end.chance is None and end.category is not None]
        if balanced:
            yield tuple(balanced), branch.share
        for end in branch.ends:
            if end.chance is not None and end.category is not None:
                yield (end.category,), branch.share * end.chance


def _carried_sets(population: Population) -> list[tuple[float, tuple[GenotypeClass, ...]]]:
    """Nothing, each thing, and each two of different genes, by their chance, the greatest first."""
    all_of_them = [each for items in population.classes.values() for each in items]
    sets: list[tuple[float, tuple[GenotypeClass, ...]]] = [(population.p_no_finding, ())]
    sets += [(population.p_no_finding * each.odds, (each,)) for each in all_of_them]
    sets += [
        (population.p_no_finding * a.odds * b.odds, (a, b)) for a, b in combinations(all_of_them, 2) if a.gene != b.gene
    ]
    return sorted(sets, key=lambda item: -item[0])


@frozen
class _Drawn:
    """How many of the participants that were drawn came out how.

    Attributes:
        open: how many more may have, because the sizes of the arms choose.
        left: how many are beyond the most different ones.
    """

    hits: Counter[Outcome] = field(factory=Counter)
    open: Counter[Outcome] = field(factory=Counter)
    left: int = 0


def _simulate(population: Population, draws: int, seed: int, most: int) -> _Drawn:
    order = [each for items in population.classes.values() for each in items]
    lots = np.random.default_rng([seed, 1])
    hits: Counter[Outcome] = Counter()
    unsure: Counter[Outcome] = Counter()
    left = 0
    for carried, number in _drawn(population, draws, seed):
        result = population.result([order[at] for at in carried], most)
        if result is None:
            left += number
            continue
        for ends, count in _split(result, number, lots):
            for outcome, (sure, possible) in _bounds_of_ends(ends).items():
                hits[outcome] += count * int(sure)
                unsure[outcome] += count * int(possible - sure)
    return _Drawn(hits, unsure, left)


def _split(result: Result, number: int, lots: np.random.Generator) -> Iterator[tuple[Ends, int]]:
    """Participants by the end that a draw gives them; together where the sizes of the arms choose."""
    shares = [branch.share for branch in result.branches]
    counts = [number] if len(shares) == 1 else lots.multinomial(number, shares).tolist()
    for branch, count in zip(result.branches, counts, strict=True):
        yield from _split_branch(branch, count, lots)


def _split_branch(branch: Branch, number: int, lots: np.random.Generator) -> Iterator[tuple[Ends, int]]:
    chances = [end.chance for end in branch.ends if end.chance is not None]
    if not chances:
        yield branch.ends, number
        return
    for end, count in zip(branch.ends, lots.multinomial(number, chances).tolist(), strict=True):
        yield (evolve(end, chance=1.0),), count


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
