"""How often each category leads by the scores of the lead loci, in people with the study's allele frequencies.

Exact: every genotype of the eleven loci, each with its chance under Hardy-Weinberg proportions, loci independent. Run:

    python bench/lead_loci.py
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from fractions import Fraction
from pathlib import Path

from assigner.rules.effects import attributable_of_score
from assigner.rules.polygenic import SCORE_UNITS
from assigner.rules.scoring_files import FREQUENCY_UNITS, read_scoring_file

FOLDER = Path(__file__).resolve().parents[1] / "categories" / "scores"
MINIMUM, MARGIN = 50, 50  # of the shipped last tier


def main() -> None:
    """Print the share of people for whom each category leads, and how far each score reaches."""
    loci: dict[str, tuple[Fraction, dict[str, int]]] = {}
    for path in sorted(FOLDER.glob("cat*.txt")):
        file, faults = read_scoring_file(path.read_bytes(), path.name, "")
        assert file is not None, faults
        for allele in file.alleles:
            _, weights = loci.setdefault(allele.name, (Fraction(allele.frequency, FREQUENCY_UNITS), {}))
            weights[path.stem.upper()] = allele.weight
    names = sorted({name for _, weights in loci.values() for name in weights})
    led: dict[str, float] = defaultdict(float)
    squares: dict[str, float] = defaultdict(float)
    options = [_options(frequency, weights, names) for frequency, weights in loci.values()]
    for chosen in itertools.product(*options):
        chance, totals = 1.0, [0] * len(names)
        for share, parts in chosen:
            chance *= share
            totals = [total + part for total, part in zip(totals, parts, strict=True)]
        points = {n: attributable_of_score(t, SCORE_UNITS, 1000) for n, t in zip(names, totals, strict=True)}
        first, second = sorted(points.values(), reverse=True)[:2]
        leads = first >= MINIMUM and first - second >= MARGIN
        led[max(points, key=lambda name: points[name]) if leads else "none"] += chance
        for name, total in zip(names, totals, strict=True):
            squares[name] += chance * (total / SCORE_UNITS) ** 2
    for name in (*names, "none"):
        spread = "" if name == "none" else f"; standard deviation of the score {squares[name] ** 0.5:.3f}"
        print(f"{name}: leads in {led[name]:.1%}{spread}")


def _options(frequency: Fraction, weights: dict[str, int], names: list[str]) -> list[tuple[float, list[int]]]:
    """Of each number of copies its chance, and what it adds to each score."""
    other = 1 - frequency
    chances = (other * other, 2 * frequency * other, frequency * frequency)
    return [
        (float(chance), [int(weights.get(n, 0) * (copies - 2 * frequency) * FREQUENCY_UNITS) for n in names])
        for copies, chance in enumerate(chances)
    ]


if __name__ == "__main__":
    main()
