"""Whether a verdict on a variant is about one of the conditions that a criterion asks for."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection

from assigner.truth import Truth

UNSAID = frozenset({"", "not provided", "not specified", "none provided", "see cases"})
"""What ClinVar writes in place of a condition that a submitter did not give."""

_ID = re.compile(r"[A-Za-z][A-Za-z_]*(?::[A-Za-z][A-Za-z_]*)?:[A-Za-z]{0,3}[0-9]+")


def is_id(condition: str) -> bool:
    """Whether a condition is told by its id in a database, not by its name.

    >>> [is_id(each) for each in ("MONDO:0004976", "MONDO:MONDO:0004976", "MedGen:C0002736", "Spastic paraplegia 10")]
    [True, True, True, False]
    """
    return _ID.fullmatch(condition) is not None


def is_for(told: Collection[str], asked: Collection[str]) -> Truth:
    """Whether a verdict for the conditions that are told is one for any of those asked; for all when none is asked.

    An id is the same id. A name holds every condition whose own name has its words in their order: `Amyotrophic lateral
    sclerosis` also the type 4. It is unknown where no condition is told, or one is left out, and where ids are told and
    names asked or the reverse, or ids of another database.

    >>> is_for(["Amyotrophic lateral sclerosis type 4", "Hereditary neuropathy"], ["amyotrophic lateral sclerosis"])
    <Truth.TRUE: 'true'>
    >>> is_for(["Spastic paraplegia 10"], ["ALS"]), is_for(["Spastic paraplegia 10", "not provided"], ["ALS"])
    (<Truth.FALSE: 'false'>, <Truth.UNKNOWN: 'unknown'>)
    """
    if not asked:
        return Truth.TRUE
    names, ids = [_words(each) for each in told if not is_id(each)], {_key(each) for each in told if is_id(each)}
    wanted, keys = [_words(each) for each in asked if not is_id(each)], {_key(each) for each in asked if is_id(each)}
    if ids & keys or any(f" {own} " in f" {name} " for own in wanted for name in names):
        return Truth.TRUE
    if not told or any(name in UNSAID for name in names):
        return Truth.UNKNOWN
    if wanted and names:
        return Truth.FALSE
    of_base = [sum(base == asked_base for base, _ in ids) for asked_base in {base for base, _ in keys}]
    return Truth.FALSE if any(count >= max(1, len(names)) for count in of_base) else Truth.UNKNOWN


@functools.lru_cache(maxsize=4096)
def is_listed_for(listed: tuple[str, ...], asked: tuple[str, ...]) -> Truth:
    """`is_for` of the conditions in a row of the rule set, of which many rows have the same."""
    return is_for(listed, asked)


def _words(name: str) -> str:
    """The words of a name, whatever their case and what stands between them.

    >>> _words("AMYOTROPHIC_LATERAL_SCLEROSIS_1,_AUTOSOMAL_DOMINANT")
    'amyotrophic lateral sclerosis 1 autosomal dominant'
    """
    return " ".join(re.findall(r"[^\W_]+", name.casefold()))


def _key(name: str) -> tuple[str, str]:
    """The database and the number of an id; ClinVar writes `MONDO:MONDO:0004976`.

    >>> _key("MONDO:MONDO:0004976") == _key("mondo:0004976")
    True
    """
    *_, base, number = name.casefold().split(":")
    return base.replace("_", ""), number
