"""Motifs of tandem repeats: which of them repeat to the same sequence, and which stand for several."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

_COMPLEMENT: Final = str.maketrans("ACGTUNRYSWKMBDHV", "TGCAANYRSWMKVHDB")

_BASES: Final = MappingProxyType({
    **{base: base for base in "ACGT"}, "U": "T", "R": "AG", "Y": "CT", "S": "CG", "W": "AT", "K": "GT", "M": "AC",
    "B": "CGT", "D": "AGT", "H": "ACT", "V": "ACG", "N": "ACGT",
})  # fmt: skip
"""The bases that each letter of IUPAC stands for (doi:10.1093/nar/13.9.3021)."""


def same_motif(one: str, other: str) -> bool:
    """Whether two motifs repeat to the same sequence, read from any base and on either strand.

    >>> same_motif("GCA", "CTG"), same_motif("GGCCCC", "GGGGCC"), same_motif("AAAAG", "AAAGG")
    (True, True, False)
    """
    one, other = one.upper(), other.upper()
    return len(one) == len(other) and (one in other * 2 or _opposite(one) in other * 2)


def stands_for(one: str, other: str) -> bool:
    """Whether the letters of one motif stand for another one too, read from any base and on either strand.

    >>> stands_for("AARRG", "AAGGG"), stands_for("YYCTT", "AAGGG"), stands_for("AAGGG", "AARRG")
    (True, True, False)
    """
    one, other = one.upper(), other.upper()
    if len(one) != len(other) or not set(one + other) <= _BASES.keys():
        return False
    ways = [strand[at:] + strand[:at] for strand in (one, _opposite(one)) for at in range(len(one))]
    return any(all(map(_includes, way, other)) for way in ways)


def _includes(letter: str, other: str) -> bool:
    return set(_BASES[other]) <= set(_BASES[letter])


def _opposite(motif: str) -> str:
    return motif.translate(_COMPLEMENT)[::-1]
