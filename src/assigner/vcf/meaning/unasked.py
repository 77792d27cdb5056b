"""Of how many calls a gate could not be asked, because no field of their records speaks of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import get_args

from assigner.profiles.profile import Check
from assigner.rules.schema import StrictGate
from assigner.vcf.meaning.sites import Sites
from assigner.vcf.records.record import Record
from assigner.vcf.records.shares import shares
from assigner.vcf.records.support import support
from assigner.vcf.repeats import repeat_support

GATES: tuple[StrictGate, ...] = get_args(StrictGate)
"""The gates that a rule set may be strict about, in the order in which they are told."""


def unasked_of_calls(role: str, sites: Sites) -> Iterator[Check]:
    """The check of one file's calls at listed places; none where every gate was asked of each."""
    yield from _told(f"{role}_gates", sites.counted(_all_silent), "calls at listed places")


def unasked_of_repeats(role: str, records: Iterable[Record]) -> Iterator[Check]:
    """The check of one file's repeats, of which balance is not asked."""
    silent = Counter[frozenset[StrictGate] | None](frozenset(_silent_repeat(record)) for record in records)
    yield from _told(f"{role}_repeat_gates", silent, "repeats")


def _told(name: str, silent: Mapping[frozenset[StrictGate] | None, int], what: str) -> Iterator[Check]:
    counts = {gates: count for gates, count in silent.items() if gates is not None and count}
    missing = {gate: sum(count for gates, count in counts.items() if gate in gates) for gate in GATES}
    if any(missing.values()):
        told = ", ".join(f"no {gate} in {missing[gate]}" for gate in GATES if missing[gate])
        yield Check(name, "not all asked", f"{told} of {sum(counts.values())} {what}")


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
