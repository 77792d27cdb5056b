"""How often two sets of scores put the same category first, and how often redrawn weights do, in made-up people.

Genotypes are drawn by the tables' allele frequencies in Hardy-Weinberg proportions; places are independent, and an
allele that both tables have is drawn once. The tables are tab-separated:

    LEAD     rsid, ea, beta, se, eaf, shares_judgement (such as `CAT1:600 CAT2:400`, in thousandths)
    PATHWAY  cat, rsid, ea, beta, se, maf

PATHWAY gives the frequency of the rarer allele and not of `ea`, so both readings are shown. Run:

    python bench/score_agreement.py LEAD PATHWAY [PEOPLE]
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
LEAD = 0.05  # a log odds ratio, some 50 points
REDRAWS = 100


@frozen
class Allele:
    """An allele of a set of scores: its weight for each category, and their standard error as a part of them."""

    name: str
    frequency: float
    error: float
    weights: Mapping[str, float]


def rows_of(path: str) -> Iterator[dict[str, str]]:
    """The rows of a table."""
    return csv.DictReader(Path(path).read_text(encoding="utf-8").splitlines(), delimiter="\t")


def lead_of(path: str) -> list[Allele]:
    """The lead loci, each for the categories by its shares; one without a share is left out."""
    found = []
    for row in rows_of(path):
        shares = [part.split(":") for part in row["shares_judgement"].split() if part.startswith("CAT")]
        if shares:
            beta = float(row["beta"])
            weights = {name: beta * int(share) / 1000 for name, share in shares}
            name, error = f"{row['rsid']} {row['ea']}", float(row["se"]) / abs(beta)
            found.append(Allele(name, float(row["eaf"]), error, weights))
    return found


def pathways_of(path: str, *, is_effect: bool) -> list[Allele]:
    """The alleles of the pathways, with one reading of their frequency."""
    found = []
    for row in rows_of(path):
        beta, rarer = float(row["beta"]), float(row["maf"])
        name, frequency = f"{row['rsid']} {row['ea']}", rarer if is_effect else 1 - rarer
        found.append(Allele(name, frequency, float(row["se"]) / abs(beta), {row["cat"]: beta}))
    return found


def scores_of(
    alleles: list[Allele], away: Mapping[str, Numbers], names: list[str], factors: Mapping[str, float]
) -> Numbers:
    """The scores of all people, a column for each category, with each weight times its factor."""
    scores = np.zeros((len(next(iter(away.values()))), len(names)))
    for own in alleles:
        for name, weight in own.weights.items():
            scores[:, names.index(name)] += away[own.name] * weight * factors.get(own.name, 1.0)
    return scores


def leads(scores: Numbers) -> NDArray[np.bool_]:
    """Who has a category that is as much as `LEAD` above the mean and above every other one."""
    ordered = np.sort(scores, axis=1)
    return (ordered[:, -1] > LEAD) & (ordered[:, -1] - ordered[:, -2] > LEAD)


def main() -> None:
    """Print how often both sets have the same leader, and how stable each leader is."""
    lead_path, pathway_path, *more = sys.argv[1:]
    people, rng = int(more[0]) if more else 20_000, np.random.default_rng(14)
    for is_effect in (True, False):
        sets = {"lead loci": lead_of(lead_path), "pathways": pathways_of(pathway_path, is_effect=is_effect)}
        every = {own.name: own for alleles in sets.values() for own in alleles}
        names = sorted({name for own in every.values() for name in own.weights})
        away = {n: rng.binomial(2, own.frequency, people) - 2 * own.frequency for n, own in every.items()}
        scores = {what: scores_of(alleles, away, names, {}) for what, alleles in sets.items()}
        print(f"maf is that of {'the effect allele' if is_effect else 'the other allele'}:")
        for how, scaled in (("as they are", False), ("standardised", True)):
            tops = [
                (own / np.maximum(own.std(axis=0), 1e-9) if scaled else own).argmax(axis=1) for own in scores.values()
            ]
            chance = sum(np.mean(tops[0] == at) * np.mean(tops[1] == at) for at in range(len(names)))
            print(f"  scores {how}: the same first in {np.mean(tops[0] == tops[1]):.1%}; {chance:.1%} by chance")
        for what, alleles in sets.items():
            clear, first = leads(scores[what]), scores[what].argmax(axis=1)
            same = np.zeros(people)
            for _ in range(REDRAWS):
                factors = {own.name: 1 + own.error * rng.standard_normal() for own in alleles}
                same += scores_of(alleles, away, names, factors).argmax(axis=1) == first
            stable = same / REDRAWS
            print(
                f"  {what}: {clear.mean():.1%} of people have a lead; the same first in {stable.mean():.1%} of redraws"
            )
        both = leads(scores["lead loci"]) & leads(scores["pathways"])
        same_first = scores["lead loci"].argmax(axis=1) == scores["pathways"].argmax(axis=1)
        print(f"  {both.mean():.1%} have a lead in both, {np.mean(both & same_first):.1%} of the same category")


if __name__ == "__main__":
    main()
