"""Of how many calls a gate could not be asked, because no field of their records speaks of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import get_args

from assigner.profiles.profile import Check
from assigner.rules.schema import StrictGate
from assigner.vcf.records.reads import shares
from assigner.vcf.records.record import Record
from assigner.vcf.records.support import support
from assigner.vcf.repeats import repeat_support

GATES: tuple[StrictGate, ...] = get_args(StrictGate)
"""The gates that a rule set may be strict about, in the order in which they are told."""


def unasked_of_calls(role: str, records: Iterable[Record]) -> Iterator[Check]:
    """The check of one file's calls at listed places; none where every gate was asked of each."""
    counted = [silent for record in records if (silent := record.once(_all_silent)) is not None]
    yield from _told(f"{role}_gates", counted, "calls at listed places")


def unasked_of_repeats(role: str, records: Iterable[Record]) -> Iterator[Check]:
    """The check of one file's repeats, of which balance is not asked."""
    yield from _told(f"{role}_repeat_gates", [frozenset(_silent_repeat(record)) for record in records], "repeats")


def _told(name: str, silent: list[frozenset[StrictGate]], what: str) -> Iterator[Check]:
    missing = Counter[StrictGate]()
    for each, count in Counter(silent).items():
        missing.update(dict.fromkeys(each, count))
    if missing:
        told = ", ".join(f"no {gate} in {missing[gate]}" for gate in GATES if missing[gate])
        yield Check(name, "not all asked", f"{told} of {len(silent)} {what}")


def _called(record: Record) -> Iterator[bool]:
    return (allele is not None for allele in (record.genotype.alleles if record.genotype else ()))


def _all_silent(record: Record) -> frozenset[StrictGate] | None:
    """The gates of which a record says nothing; None where it calls nothing."""
    return frozenset(_silent(record)) if record.genotype and any(_called(record)) else None


def _silent(record: Record) -> Iterator[StrictGate]:
    """The gates of which a record says nothing."""
    known = support(record)
    alleles = {allele for allele in (record.genotype.alleles if record.genotype else ()) if allele is not None}
    if not known.depths:
        yield "depth"
    if not known.qualities:
        yield "quality"
    if not known.likelihoods:
        yield "likelihood"
    if not any(shares(record, allele) for allele in alleles):
        yield "balance"


def _silent_repeat(record: Record) -> Iterator[StrictGate]:
    known = repeat_support(record)
    if not known.reads:
        yield "depth"
    if record.quality is None and known.posterior is None:
        yield "quality"
    if known.posterior is None:
        yield "likelihood"
