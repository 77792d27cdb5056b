"""What speaks against a deletion: small variants that were called on copies which it would have removed."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from assigner.genome.builds import Build
from assigner.genome.variants import are_bases
from assigner.profiles.calls import State
from assigner.profiles.profile import StructuralCall, StructuralKind
from assigner.rules.schema import Gates
from assigner.vcf.meaning.events import SHORTEST
from assigner.vcf.meaning.judged import call_of, judge
from assigner.vcf.records.record import Record
from assigner.vcf.repeats import HIDES_BASES
from assigner.vcf.scan.plain_calls import PlainCalls

LONGEST = 10_000_000
"""The longest deletion, in bases, that is believed from a record alone. A judgement: from 5 to 10 million bases on a
loss is seen under the microscope (ISCN, bands of a G-banded karyotype), and a caller that writes a longer one has more
often joined two ends that do not belong together."""


@frozen
class Shown:
    """A place at which a record shows bases of the sample.

    Attributes:
        copies: how many different alleles it shows, reference included: at least so many copies there are.
    """

    chrom: str
    pos: int
    copies: int


def shown_copies(records: Iterable[Record], build: Build, gates: Gates) -> list[Shown]:
    """The places at which believed records of small variants show an allele that is not the reference's."""
    found = []
    for record in records:
        if not shows_bases(record):
            continue
        judged = judge(record, gates)
        called = set(record.genotype.alleles if record.genotype else ())
        calls = [call_of(judged, number, None, build, gates) for number in sorted(n for n in called if n)]
        if judged.state is None and all(call.state is State.CALLED for call in calls):
            found.append(Shown(record.chrom or "", record.pos, len(called)))
    return found


def shown_plainly(plain: PlainCalls, large: Iterable[Record]) -> list[Shown]:
    """The same of records that were read at once, inside of large ones."""
    spans = {(record.chrom or "", record.pos, record.end) for record in large}
    found = [(chrom, *each) for chrom, start, end in spans for each in plain.shown(chrom, start, end)]
    return [Shown(chrom, pos, 2 if copies == 1 else 1) for chrom, pos, copies in found]


def shows_bases(record: Record) -> bool:
    """Whether a record calls a small variant in full, and no repeat: those are counted and not spelled."""
    called = record.genotype.alleles if record.genotype else ()
    alts = {record.alts[number - 1] for number in called if number}
    small = all(are_bases(alt) and abs(len(alt) - len(record.ref)) < SHORTEST for alt in alts)
    return bool(alts) and None not in called and small and not HIDES_BASES.on(record)


def contradiction(seen: StructuralCall, shown: Iterable[Shown]) -> str | None:
    """Why a deletion that is called is no evidence, if so."""
    if seen.kind is not StructuralKind.DELETION or not seen.call.seen:
        return None
    if seen.end - seen.start + 1 > LONGEST:
        return f"a deletion of more than {LONGEST // 1_000_000} Mb is not believed from a record alone"
    left = seen.call.copies.count(False) + seen.call.copies.count(None)
    inside = (each for each in shown if each.chrom == seen.chrom and seen.start <= each.pos <= seen.end)
    against = {each.pos for each in inside if each.copies > left}
    if not against:
        return None
    return f"{len(against)} believed call{'s' if len(against) > 1 else ''} inside it show more copies than it leaves"
