"""Allele frequencies and predictor scores, found by the rule set's names for them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from assigner.vcf.annotations.consequences import MISSING, Consequence


def score(
    consequence: Consequence | None,
    info: Mapping[str, str],
    names: Sequence[str],
    *,
    allele: int = 1,
    alts: int = 1,
) -> Decimal | None:
    """The value of the first of these names that has one for the allele; None when none has.

    A name is looked for in the consequence, then in INFO. Values that VEP joined with `&` (one for each
    transcript, or for each source) count by their greatest. INFO must hold one value for each ALT; any other
    number does not say whose they are. A value that is no number is missing; nothing missing is ever zero.

    Args:
        consequence: the allele's consequence, if one was picked.
        info: the record's INFO values as text.
        names: field names in order of preference.
        allele: the ALT's number, from 1.
        alts: how many ALTs the record has.
    """
    for name in names:
        inside = _greatest(consequence.fields.get(name, "") if consequence else "")
        if inside is not None:
            return inside
        values = info.get(name, "").split(",")
        if len(values) == alts and 1 <= allele <= alts and (found := _number(values[allele - 1])) is not None:
            return found
    return None


def frequency(
    consequence: Consequence | None,
    info: Mapping[str, str],
    names: Sequence[str],
    *,
    allele: int = 1,
    alts: int = 1,
) -> Decimal | None:
    """An allele frequency, found as a `score` is; None when missing or not between 0 and 1.

    >>> frequency(None, {"AF_grpmax": "0.2,1.5e-05"}, ["AF_popmax", "AF_grpmax"], allele=2, alts=2)
    Decimal('0.000015')
    """
    for name in names:
        found = score(consequence, info, [name], allele=allele, alts=alts)
        if found is not None and 0 <= found <= 1:
            return found
    return None


def _greatest(text: str) -> Decimal | None:
    values = [_number(part) for part in text.split("&") if part not in MISSING]
    known = [value for value in values if value is not None]
    return max(known) if known and len(known) == len(values) else None


def _number(text: str) -> Decimal | None:
    if not re.fullmatch(r"[+-]?([0-9]{1,30}(\.[0-9]{0,40})?|\.[0-9]{1,40})([eE][+-]?[0-9]{1,2})?", text):
        return None
    return Decimal(format(Decimal(text), "f"))
