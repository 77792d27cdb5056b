"""The tail of a Poisson distribution: how often chance alone gives so many alleles, where so many are expected.

Decimals of 60 digits, in a context of their own, so that the same numbers give the same answer everywhere. The chance
of at least k is 1 less the chances of 0 to k - 1; its error is below 10^-50, of which a part in a million sees nothing.

Source: S. D. Poisson's distribution as in NIST's Engineering Statistics Handbook, 1.3.6.6.19.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Context, Decimal

MILLION = 1_000_000

_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)


def tail_ppm(count: int, expected_ppm: int) -> int:
    """How many in a million have at least `count` by chance, rounded up.

    Args:
        count: how many alleles.
        expected_ppm: how many a million people have together.

    >>> [tail_ppm(count, 1_500_000) for count in (0, 1, 2, 5)]
    [1000000, 776870, 442175, 18576]
    """
    for own, tail in enumerate(_tails(expected_ppm)):
        if own == count:
            return int(_EXACT.multiply(tail, Decimal(MILLION)).to_integral_value(ROUND_CEILING))
    raise AssertionError  # the tails do not end


def least_count(expected_ppm: int, most_ppm: int) -> int:
    """The fewest alleles that chance alone gives to no more than `most_ppm` people in a million.

    >>> least_count(1_500_000, 20_000)
    5
    """
    most = _EXACT.divide(Decimal(most_ppm), Decimal(MILLION))
    return next(own for own, tail in enumerate(_tails(expected_ppm)) if tail <= most)


def _tails(expected_ppm: int) -> Iterator[Decimal]:
    """The chance of at least 0, of at least 1, and so on."""
    mean = _EXACT.divide(Decimal(expected_ppm), Decimal(MILLION))
    exactly = _EXACT.exp(_EXACT.minus(mean))
    tail, count = Decimal(1), 0
    while True:
        yield tail
        tail = max(Decimal(0), _EXACT.subtract(tail, exactly))
        count += 1
        exactly = _EXACT.divide(_EXACT.multiply(exactly, mean), Decimal(count))
