"""Decimal digits in 64-bit words, read for many words at once: the first character stands in the lowest byte."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Words = NDArray[np.uint64]

ZEROS = np.uint64(0x3030303030303030)
"""Eight times the digit 0."""
TO_HIGH_BIT = np.uint64(0x7676767676767676)
"""Added to bytes above 9, it sets the high bit of each."""
HIGH_BITS = np.uint64(0x8080808080808080)
LOW_BITS = np.uint64(0x0101010101010101)


def leading_numbers(word: Words) -> tuple[Ints, Ints]:
    r"""The numbers with which words begin, and how many digits each has: none, and 0, to eight; changes the words.

    >>> values, digits = leading_numbers(np.frombuffer(b"27:99\t0/12345678", "<u8").copy())
    >>> values.tolist(), digits.tolist()
    ([27, 12345678], [2, 8])
    """
    digits = _leading(word)
    word <<= np.uint64(64) - (digits << np.uint64(3))
    return of_eight(word), digits.view(np.int64)


def leading_digits(word: Words) -> Ints:
    """How many digits words begin with, from none to eight; changes the words."""
    return _leading(word).view(np.int64)


def _leading(word: Words) -> Words:
    """The same as words; leaves each character less the digit 0 behind."""
    word ^= ZEROS
    other = word + TO_HIGH_BIT
    other |= word
    other &= HIGH_BITS
    # The bits below the lowest set one cover the bytes of the leading digits, and seven bits of the next.
    digits = other & (~other + np.uint64(1))
    digits -= np.uint64(1)
    digits >>= np.uint64(7)
    digits &= LOW_BITS
    digits *= LOW_BITS
    digits >>= np.uint64(56)
    return digits


def of_eight(word: Words) -> Ints:
    """The number that eight digits are, given as their values; changes the words."""
    word *= np.uint64(2561)
    word >>= np.uint64(8)
    word &= np.uint64(0x00FF00FF00FF00FF)
    word *= np.uint64(6553601)
    word >>= np.uint64(16)
    word &= np.uint64(0x0000FFFF0000FFFF)
    word *= np.uint64(42949672960001)
    word >>= np.uint64(32)
    return word.view(np.int64)
