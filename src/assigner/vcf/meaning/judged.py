"""One record: whether it is believed, and what it says of each of its alleles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from assigner.genome.builds import Build
from assigner.genome.variants import Variant, are_bases, trimmed
from assigner.profiles.calls import Call, Sex, State
from assigner.profiles.ploidy import expected_copies
from assigner.rules.schema import Gates
from assigner.vcf.meaning.filters import ALLELE_FILTERS, failed_filters, fails_alone
from assigner.vcf.records.counted import miscounted
from assigner.vcf.records.numbers import decimal_of, total
from assigner.vcf.records.phases import phased
from assigner.vcf.records.reads import read_counts
from assigner.vcf.records.record import Record
from assigner.vcf.records.shares import Share, interval, shares
from assigner.vcf.records.support import IMPUTATION_SCORES, Statement, Support, support, worst
from assigner.vcf.repeats import HIDES_BASES, Marks
from assigner.vcf.scan.tumours import SOMATIC_INFO

if TYPE_CHECKING:
    from assigner.genome.reference import Reference

_STRUCTURAL = Marks(info=frozenset({"SVTYPE", "SVLEN", "REFLEN", "CNVLEN"}), formats=frozenset({"CN"}))

INFO_THAT_TELLS = (
    _STRUCTURAL.info
    | HIDES_BASES.info
    | SOMATIC_INFO
    | {"END", "TYPED", "TYPED_ONLY", "IMP", "IMPUTED", *IMPUTATION_SCORES, "DP4", "AD", "DPR", "RO", "AO", "TC", "TR"}
    | {"MIN_DP", "MinDP", ALLELE_FILTERS, "VAF", "SU", "SUPPORT", "RE"}
    | {"FRO", "FAO", "FDP", "VD", "AB", "ODDS", "SRF", "SRR", "SAF", "SAR", "FSRF", "FSRR", "FSAF", "FSAR"}
    | {"RDF", "RDR", "PE", "SR"}
)
"""Keys of INFO that say something of a genotype, of what the record is, or of who wrote it; DP, AC and AN do, too."""


LEAST_GENCALL = Decimal("0.15")
"""The GenCall score below which Illumina's software makes no call, unless it is told another one: the default of its
array analysis command line (`--gencall-cutoff`), and what its technical note on Infinium data analysis recommends."""


@frozen
class Judged:
    """A record, and why it is not believed, if so."""

    record: Record
    state: State | None
    why: str | None

    @cached_property
    def is_without_doubt(self) -> bool:
        """Whether it is believed so far, calls each copy, and shows no ALT: it holds no allele in another spelling."""
        return self.calls_each_copy and not self.record.is_carried

    @property
    def calls_each_copy(self) -> bool:
        """Whether it is believed so far, and calls no more than two copies, each of them."""
        called = self.record.genotype.alleles if self.record.genotype is not None else (None,)
        return self.state is None and None not in called and len(called) <= 2

    @cached_property
    def tells_bases(self) -> bool:
        """Whether a 0 in GT says that the reference's bases stand here; not so of structural variants and repeats."""
        return not (self.record.is_structural or _STRUCTURAL.on(self.record) or HIDES_BASES.on(self.record))


def judge(record: Record, gates: Gates) -> Judged:
    """Whether a record passes the gates that do not depend on an allele.

    Each gate asks the worst of the fields that speak of it. What the record does not say fails no gate unless the rule
    set is strict about it.
    """
    return record.once(_judge, gates)


def _judge(record: Record, gates: Gates) -> Judged:
    if failed := failed_filters(record, gates):
        return Judged(record, State.FILTERED, f"filter {', '.join(sorted(failed))}")
    if not record.filters and not gates.accepts_unfiltered:
        return Judged(record, State.FILTERED, "no filter was applied")
    if (why := _withdrawn(record) or miscounted(record)) is not None:
        return Judged(record, State.CONTRADICTED, why)
    known = support(record)
    why = _imputed(known, gates) or _too_little(record, known, gates) or _unclustered(record)
    if why is not None:
        return Judged(record, State.LOW_QUALITY, why)
    least = worst(known.likelihoods)
    if least is not None and least.value < 0:
        return Judged(record, State.CONTRADICTED, f"{least.field} favours another genotype")
    if least is not None and least.value < gates.quality:
        return Judged(record, State.LOW_QUALITY, f"likelihood {least.value:f} ({least.field}) below {gates.quality}")
    return Judged(record, None, None)


def _withdrawn(record: Record) -> str | None:
    """Why an allele that GT has was not called, by GLnexus' reason for each allele that is not (RNC), if it gives one.

    A tool that fills in what is missing leaves RNC as it was.
    """
    if "RNC" not in record.sample:
        return None
    reasons = record.sample["RNC"].replace(".", " ")
    called = record.genotype.alleles if record.genotype is not None else ()
    told = {reason for reason, allele in zip(reasons, called, strict=False) if reason != " " and allele is not None}
    return f"RNC says that an allele is not called ({''.join(sorted(told))})" if told else None


def _imputed(known: Support, gates: Gates) -> str | None:
    """Why an imputed genotype is not believed, if it is one: the rule set says from which score on it is."""
    if not known.is_imputed:
        return None
    if gates.imputed is None:
        return "imputed, and the rule set believes no imputed genotype"
    least = worst(known.imputation)
    if least is None:
        return "imputed, without a score"
    below = least.value * 1000 < gates.imputed
    return f"imputed with {least.field} {least.value:f}, below {gates.imputed}/1000" if below else None


def _unclustered(record: Record) -> str | None:
    """Why an array's genotype is no call, by its GenCall score: IGC of gtc2vcf, GS of DRAGEN Array."""
    for key in ("IGC", "GS"):
        score = decimal_of(record.sample[key]) if key in record.sample else None
        if score is not None and score < LEAST_GENCALL:
            return f"GenCall score {score:f} ({key}) below {LEAST_GENCALL}"
    return None


def _too_little(record: Record, known: Support, gates: Gates) -> str | None:
    """Why depth, quality or likelihood do not do."""
    for name, statements, least in (
        ("depth", known.depths, gates.depth),
        ("quality", known.qualities, gates.quality),
    ):
        if name in record.unsound:
            return f"{name} that is not a number"
        if not statements and name in gates.strict:
            return f"no {name}"
        lowest = worst(statements)
        if lowest is not None and lowest.value < least:
            return f"{name} {lowest.value:f}{_named(lowest)} below {least}"
    if known.unread:
        return f"{', '.join(known.unread)} that cannot be read"
    return "no likelihood" if "likelihood" in gates.strict and not known.likelihoods else None


def _named(statement: Statement) -> str:
    """Which field says so, unless it is the one that everybody expects."""
    return "" if statement.field in ("DP", "GQ") else f" ({statement.field})"


def alleles_of(record: Record, reference: Reference | None = None) -> Iterator[tuple[int, Variant]]:
    """The variants that a record's ALT alleles are, trimmed (or left-aligned), with their numbers in GT."""
    yield from record.once(_alleles_of) if reference is None else _alleles_of(record, reference)


def _alleles_of(record: Record, reference: Reference | None = None) -> tuple[tuple[int, Variant], ...]:
    return tuple(_each_allele(record, reference))


def _each_allele(record: Record, reference: Reference | None) -> Iterator[tuple[int, Variant]]:
    if record.chrom is None or not are_bases(record.ref):
        return
    for number, alt in enumerate(record.alts, start=1):
        if are_bases(alt) and alt != record.ref:
            place = (record.pos, record.ref, alt)
            if reference is not None and len(alt) != len(record.ref):
                place = reference.left_aligned(record.contig, *place)
            else:
                place = trimmed(*place)
            yield number, Variant(record.chrom, *place)


def call_of(judged: Judged, allele: int, sex: Sex | None, build: Build, gates: Gates, *, halved: bool = False) -> Call:
    """What a record says of one of its alleles; 0 stands for an allele that it does not have.

    Args:
        judged: the record.
        allele: by its number in GT.
        sex: decides how many copies of X and Y there are.
        build: the build of its place.
        gates: those of the rule set.
        halved: whether another record deletes one copy of the place, so that a call of one copy is of all that is left.
    """
    record = judged.record
    if record.genotype is None:
        return Call(State.NO_CALL, why="no GT")
    order, own = phased(record, record.genotype, gates), shares(record, allele) if allele else ()
    untold = _untold(record, allele) if allele and len(record.alts) > 1 else ()
    copies = tuple([None if a is None or a in untold else bool(allele) and a == allele for a in order.alleles])
    call = Call.from_copies(
        copies,
        order.phase_set,
        order.phase_sets,
        fraction=_fraction(own),
        depth=record.depth,
        quality=record.quality,
    )
    if judged.state is not None:
        return evolve(call, state=judged.state, why=judged.why)
    if (why := fails_alone(record, allele) if call.seen else None) is not None:
        return evolve(call, state=State.FILTERED, why=why)
    call = _by_ploidy(call, record, sex, build, halved=halved)
    if call.state not in (State.CALLED, State.PARTIAL):
        return call
    if record.chrom == "MT":
        return _by_fractions(call, record, allele, own, gates)
    call = _by_balance(call, record, own, gates) if allele else call
    if not call.seen and call.state in (State.CALLED, State.PARTIAL):
        call = _by_reference(call, record, gates)
    return evolve(call, copies=(*call.copies, False)) if halved and len(call.copies) == 1 else call


def _untold(record: Record, allele: int) -> Sequence[int]:
    """The numbers of other ALTs that may be an allele: as long as it, and with an N where they differ from it."""
    asked, others = record.alts[allele - 1], enumerate(record.alts, start=1)
    return [
        number
        for number, alt in others
        if number != allele
        and "N" in alt
        and len(alt) == len(asked)
        and all(a in (b, "N") for a, b in zip(alt, asked, strict=True))
    ]


def _fraction(own: Sequence[Share]) -> Decimal | None:
    """The share of reads with an allele: what the caller calls its fraction, else from counted reads."""
    if not own:
        return None
    found = {each.field: each for each in own}
    for name in ("AF", "VAF", "HF"):
        if name in found:
            return found[name].share
    first = next((each for each in found.values() if each.field != "BAF"), None)
    if first is None:  # an array's intensity is no share of reads
        return None
    return first.share if first.total is None else round(first.share, 6)


def _by_ploidy(call: Call, record: Record, sex: Sex | None, build: Build, *, halved: bool) -> Call:
    """A genotype whose ploidy cannot be: more than two copies anywhere, or two different ones on a male's only X.

    Where the sex is not known, a genotype that one sex cannot have is not believed: the file's word for the number of
    copies may be the caller's guess. On Y a female has no allele at all; what is not called there, nobody carries.
    """
    chrom = record.chrom or ""
    if chrom == "MT" or call.state is State.NO_CALL:  # Mutect2 writes a copy for each allele of MT
        return call
    if len(call.copies) > 2:
        return evolve(call, state=State.INVALID, why=f"{len(call.copies)} copies")
    expected = expected_copies(build, chrom, record.pos, sex)
    different, single = {True, False} <= set(call.copies), len(call.copies) == 1 and not halved
    why = None
    if expected == 1:
        why = "heterozygous on a male's only copy" if different else None
    elif chrom == "Y" and expected != 2:
        unsure = ", and the sex is not known" if sex is None else ""
        why = f"called where a female has no copy{unsure}" if call.seen else None
    elif single and (chrom not in ("X", "Y") or sex is Sex.FEMALE):
        why = "one copy where there are two"
    elif single and sex is None:
        why = "one copy where a female has another number, and the sex is not known"
    elif different and expected is None:
        why = "heterozygous where a male has one copy, and the sex is not known"
    return call if why is None else evolve(call, state=State.INVALID, why=why)


def _by_fractions(call: Call, record: Record, allele: int, own: Sequence[Share], gates: Gates) -> Call:
    """Whether the fields agree on which share of mitochondria has an allele, and GT with them where it has it not.

    They may differ by what errors leave, and so may the ends of the share's own interval. Where many reads show none of
    the named alleles, the share of those that do is not believed.
    """
    errors = 1000 - gates.hom_balance
    if call.seen and (why := _unnamed(record, gates)) is not None:
        return evolve(call, state=State.CONTRADICTED, why=why)
    if call.fraction is not None and any(abs(end - call.fraction) * 1000 > errors for end in interval(record, allele)):
        low, high = (int(end * 1000) for end in interval(record, allele))
        return evolve(call, state=State.LOW_QUALITY, why=f"allele balance from {low} to {high}/1000 (CILOW and CIUP)")
    told = sorted((_thousandths(each, None), each.field) for each in own)
    if not told:
        return call
    (least, first), (most, last) = told[0], told[-1]
    if most - least > errors:
        why = f"allele balance {least}/1000 ({first}), but {most}/1000 ({last})"
        return evolve(call, state=State.CONTRADICTED, why=why)
    if call.copies and not call.seen and most > errors:
        return evolve(call, state=State.CONTRADICTED, why=f"allele balance {most}/1000 ({last}) outside 0-{errors}")
    return call


def _by_balance(call: Call, record: Record, own: Sequence[Share], gates: Gates) -> Call:
    """Whether the reads bear a genotype out; of several records for one site, DP counts the reads of all.

    A carried allele has its band. One that is not carried may have no more reads than a homozygous call of another one
    leaves to errors. Every field is asked; where two of them disagree, that is said.
    """
    if "balance" in record.unsound:
        return evolve(call, state=State.LOW_QUALITY, why="allele depths that are not one for each allele")
    if not own:
        missing = "balance" in gates.strict and call.seen
        return evolve(call, state=State.LOW_QUALITY, why="no allele depths") if missing else call
    inside: list[tuple[str, int]] = []
    outside: list[tuple[str, int, tuple[int, int]]] = []
    for each in own:
        share, (least, most) = _thousandths(each, record if call.seen else None), _band(call, gates, rough=each.rough)
        if least <= share <= most:
            inside.append((each.field, share))
        else:
            outside.append((each.field, share, (least, most)))
    if not outside:
        return call
    field, share, (least, most) = outside[0]
    named = "" if field == "AD" else f" ({field})"
    why = f"allele balance {share}/1000{named} outside {least}-{most}"
    if inside and call.seen:
        return evolve(call, state=State.CONTRADICTED, why=f"{why}, but {inside[0][1]}/1000 ({inside[0][0]})")
    return evolve(call, state=State.LOW_QUALITY if call.seen else State.CONTRADICTED, why=why)


def _by_reference(call: Call, record: Record, gates: Gates) -> Call:
    """Whether the reads bear the reference out where GT has it, for an allele that GT does not have.

    A 0 without a read of REF is another ALT, which a tool that splits or drops records has left out (bcftools norm
    writes it so). A homozygous reference call may have no more reads of other alleles than errors give, nor so many
    that show none of the named alleles as the reads of a heterozygous one are.
    """
    alleles = record.genotype.alleles if record.genotype else ()
    least = gates.hom_balance if set(alleles) == {0} else 1
    if least > 1 and (why := _unnamed(record, gates)) is not None:
        return evolve(call, state=State.CONTRADICTED, why=why)
    for number in range(1, len(record.alts) + 1) if least > 1 else ():
        for each in shares(record, number):
            if each.total is None and not each.rough and (share := _thousandths(each, None)) > 1000 - least:
                return evolve(call, state=State.CONTRADICTED, why=f"{share}/1000 of the reads show ALT ({each.field})")
    for each in shares(record, 0) if 0 in alleles else ():
        if (share := _thousandths(each, None)) < least and (least > 1 or not each.rough):
            why = f"{share}/1000 of the reads show the reference ({each.field})"
            return evolve(call, state=State.CONTRADICTED, why=why)
    return call


def _unnamed(record: Record, gates: Gates) -> str | None:
    """Whether as many reads as those of a heterozygous allele show none of the named alleles."""
    for name, counts in read_counts(record) if record.depth else ():
        named = total(*counts)
        unnamed = 0 if named is None else 1000 - named * 1000 // (record.depth or 1)
        if unnamed >= gates.het_balance[0]:
            return f"{unnamed}/1000 of the reads show no named allele ({name})"
    return None


def _band(call: Call, gates: Gates, *, rough: bool) -> tuple[int, int]:
    """The shares of reads, in thousandths, that fit the copies of an allele."""
    errors = 1000 - gates.hom_balance
    if not call.seen:
        return 0, errors
    if all(call.copies):
        return gates.het_balance[1] if rough else gates.hom_balance, 1000
    return (errors + 1, 1000) if rough else gates.het_balance


def _thousandths(share: Share, record: Record | None) -> int:
    """A share in thousandths, rounded down; DP may count more reads than those of the named alleles."""
    if share.own is None or share.total is None:
        return int(share.share * 1000)
    depth = 0 if record is None else record.depth or 0
    return share.own * 1000 // max(share.total, depth)
