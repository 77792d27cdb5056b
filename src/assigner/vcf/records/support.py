"""What a record says for and against the genotype that it calls: reads, qualities, likelihoods, imputation.

Callers write the same facts in different fields. Here they are gathered once, each as a field and the number that it
gives. Whoever judges a call asks the worst of a kind, because a record that contradicts itself is not believed. A field
that is there and cannot be read is named in `unread`.

Numbers. Reads are counts. Qualities and likelihoods are phred-scaled (VCF 4.5, section 1.6.2: -10 log10 of the chance
that the statement is wrong); a likelihood is what the called genotype is ahead of the next best one, negative
where another one is better. Shares of reads and imputation scores lie between 0 and 1.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal

from attrs import frozen

from assigner.vcf.records.numbers import decimal_of, total, whole_list
from assigner.vcf.records.reads import local_alleles, read_counts, strands_of
from assigner.vcf.records.record import Record
from assigner.vcf.records.shares import unread_shares

CERTAIN_PHRED = 99
"""The phred score of what the caller takes for certain; GATK's and htslib's cap of GQ."""

_OF_GENOTYPES = frozenset({"PL", "GL", "GP", "PP", "LPL", "SPL", "DS", "HDS", "ADS", "AP1", "AP2"})
"""All keys of FORMAT that say how likely each genotype is, or how many copies are expected."""

_OF_THE_VARIANT = frozenset({"QL", "RQ", "SQ", "PVAL"})
"""All keys of FORMAT that say how sure it is that an ALT is there."""

_OF_ONE_NUMBER = ("DP", "MIN_DP", "GQ", "GQX", "RGQ")

_MOST_PLOIDY = 8
"""Up to how many copies genotypes are numbered."""


@frozen
class Statement:
    """What one field says.

    Attributes:
        field: the field's name, for people.
        value: reads, a phred score or a share, by its kind.
    """

    field: str
    value: Decimal


@frozen(kw_only=True)
class Support:
    """What one record says of its genotype.

    Attributes:
        depths: how many reads there are.
        qualities: how sure the caller is.
        likelihoods: by how much the genotype is ahead of the next best one.
        imputation: how much the record's place is worth, where its genotype was imputed; empty where it was read.
        is_imputed: whether the record says that its genotype was imputed.
        unread: fields that are there and could not be read.
    """

    depths: tuple[Statement, ...] = ()
    qualities: tuple[Statement, ...] = ()
    likelihoods: tuple[Statement, ...] = ()
    imputation: tuple[Statement, ...] = ()
    is_imputed: bool = False
    unread: tuple[str, ...] = ()


def support(record: Record) -> Support:
    """All that a record says of its genotype as a whole; `shares` says what it has for one allele."""
    return record.once(_support)


def _support(record: Record) -> Support:
    likelihoods, unread = _likelihoods(record)
    if "AD" in record.sample and not _is_readable(record.sample["AD"]):
        unread = ("AD", *unread)
    unread += (*unread_shares(record), *_unread_numbers(record))
    imputed = is_imputed(record)
    return Support(
        depths=tuple(_depths(record)),
        qualities=tuple(_qualities(record)),
        likelihoods=likelihoods,
        imputation=tuple(_imputation(record)) if imputed else (),
        is_imputed=imputed,
        unread=unread,
    )


def _unread_numbers(record: Record) -> Iterator[str]:
    """Fields that are no number; a value for each haplotype, joined with a sign, is a repeat caller's."""
    for key in _OF_ONE_NUMBER:
        text = record.sample.get(key, ".")
        if not (text.isdecimal() or text == "." or decimal_of(text) is not None or {"/", "|"} & set(text)):
            yield key


def _is_readable(text: str) -> bool:
    """Whether a list of numbers is one of counts, or is missing; of another form it is a repeat caller's own."""
    return set(text) <= set(".,") or bool(whole_list(text)) or not set(text) <= set("+-.,0123456789")


def worst(statements: Sequence[Statement]) -> Statement | None:
    """The statement with the smallest value; None of none."""
    if len(statements) < 2:
        return statements[0] if statements else None
    return min(statements, key=lambda statement: (statement.value, statement.field))


# ----------------------------------------------------------------------------------------------------------- reads


def _depths(record: Record) -> Iterator[Statement]:
    """Reads at the place. INFO's are the sample's own only where the file has no other sample.

    Of a block of reference bcftools writes the least there, as MIN_DP, and formerly as MinDP.
    """
    sample = record.sample
    for key in ("DP", "MIN_DP", "MED_DP", "DPI", "FDP"):
        if key in sample:
            yield from _if_natural(key, sample[key])
    if "NR" in sample:
        for count in sorted(each for each in whole_list(sample["NR"]) if each is not None)[:1]:
            yield Statement("NR", Decimal(count))
    for name, counts in (*read_counts(record), *strands_of(record)):
        if (reads := total(*counts)) is not None:
            yield Statement(f"sum of {name}", Decimal(reads))
    for key in ("DP", "MIN_DP", "MinDP", "FDP") if record.alone else ():
        if key in record.info:
            yield from _if_natural(f"INFO/{key}", record.info[key])


def _if_natural(field: str, text: str) -> Iterator[Statement]:
    value = decimal_of(text)
    if value is not None and value >= 0:
        yield Statement(field, value)


# ------------------------------------------------------------------------------------------------------- qualities


def _qualities(record: Record) -> Iterator[Statement]:
    """Phred scores of the genotype; QUAL speaks of it only where an ALT is called and nobody else's is meant."""
    for key in ("GQ", "RGQ", "GQX"):
        if key in record.sample:
            yield from _if_natural(key, record.sample[key])
    for key in ("HQ", "EHQ"):
        if key in record.sample:
            known = [value for each in record.sample[key].split(",") if (value := decimal_of(each)) is not None]
            yield from [Statement(key, min(known))] if known else ()
    if record.is_carried:
        yield from _of_the_variant(record)


def _of_the_variant(record: Record) -> Iterator[Statement]:
    """Phred scores of its being there at all: QL of DRAGEN, RQ of RTG, SQ of SVTyper; PVAL of VarScan is a chance."""
    if not _OF_THE_VARIANT.isdisjoint(record.sample):
        for key in ("QL", "RQ", "SQ"):
            yield from _if_natural(key, record.sample.get(key, "."))
        if (chance := decimal_of(record.sample.get("PVAL", "."))) is not None:
            yield Statement("PVAL", phred(chance))
    if record.alone and record.qual is not None:
        yield Statement("QUAL", record.qual)


def _likelihoods(record: Record) -> tuple[tuple[Statement, ...], tuple[str, ...]]:
    """How far the called genotype is ahead of the next best one, and the fields that could not be read."""
    alleles = record.genotype.alleles if record.genotype else ()
    if _OF_GENOTYPES.isdisjoint(record.sample):
        return tuple(_odds(record)), ()
    called = tuple(each for each in alleles if each is not None)
    if not called or len(called) < len(alleles) or len(called) > _MOST_PLOIDY:
        return (), ()
    statements: list[Statement] = []
    unread: list[str] = []
    for key in _keys_of_likelihoods(record):
        text = record.sample[key]
        if set(text) <= set(".,") or (key == "PP" and "," not in text):  # one number is SHAPEIT5's, of the phase
            continue
        if key == "GP" and "," not in text and len(record.alts) > 0:  # one number is that of the called genotype alone
            statements += _of_called(text)
            continue
        lead = _lead(record, key, text.split(","), called)
        if lead is None:
            unread.append(key)
        else:
            statements.append(Statement(key, lead))
    statements += _dosages(record, called)
    return tuple(statements), tuple(unread)


def _of_called(text: str) -> Iterator[Statement]:
    """A GP of one number: a chance; vg writes a logarithm there, which is no distance to the next best genotype."""
    chance = decimal_of(text)
    if chance is not None and 0 < chance <= 1:
        yield Statement("GP", phred(1 - chance))


def _odds(record: Record) -> Iterator[Statement]:
    """INFO/ODDS of freebayes: the natural logarithm of how far the best genotypes are ahead of the next best ones."""
    odds = decimal_of(record.info.get("ODDS", ".")) if record.alone and record.genotype is not None else None
    if odds is not None:
        yield Statement("INFO/ODDS", (10 * odds / Decimal(10).ln()).quantize(Decimal("0.001")))


def _keys_of_likelihoods(record: Record) -> tuple[str, ...]:
    """The fields with a value for each genotype; DRAGEN's SPL in its reference blocks: the reference, one copy, two."""
    sample = record.sample
    found = tuple(key for key in ("PL", "GL", "GP", "PP", "LPL") if key in sample)
    one = "SPL" in sample and record.is_reference_block and len(record.alts) == 1
    return (*found, "SPL") if one else found


def _lead(record: Record, key: str, written: Sequence[str], called: tuple[int, ...]) -> Decimal | None:
    """How far the called genotype is ahead in one field, in phred; None when the field cannot be read."""
    values = [decimal_of(each) for each in written]
    names = _genotypes(record, key, len(called), len(values))
    own = tuple(sorted(called))
    if names is None or any(value is None and each != "." for value, each in zip(values, written, strict=True)):
        return None
    known = {name: value for name, value in zip(names, values, strict=True) if value is not None}
    if own not in known:
        return None
    others = [value for name, value in known.items() if name != own]
    if not others:
        return None
    match key:
        case "GL":
            return 10 * (known[own] - max(others))
        case "GP" if _are_chances(known.values()):
            return phred(1 - known[own]) - (0 if known[own] >= max(others) else CERTAIN_PHRED)
        case _:
            return min(others) - known[own]


def _genotypes(record: Record, key: str, ploidy: int, count: int) -> Sequence[tuple[int, ...]] | None:
    """The genotypes in the order of the specification (1.6.2, key GL); None when there are not as many as values.

    A haploid call may come with the values of a diploid one: then those of two equal alleles are its own.
    """
    alleles = local_alleles(record) if key == "LPL" else range(len(record.alts) + 1)
    if alleles is None:
        return None
    ordered = _ordered(alleles, ploidy)
    if len(ordered) == count:
        return ordered
    diploid = _ordered(alleles, 2)
    if ploidy == 1 and len(diploid) == count:
        return [name[:1] if len(set(name)) == 1 else name for name in diploid]
    return None


def _ordered(alleles: Sequence[int], ploidy: int) -> Sequence[tuple[int, ...]]:
    names = _COMMON.get((len(alleles), ploidy)) or _numbered(len(alleles), ploidy)
    return names if isinstance(alleles, range) else [tuple(sorted(alleles[at] for at in name)) for name in names]


def _numbered(alleles: int, ploidy: int) -> Sequence[tuple[int, ...]]:
    names = itertools.combinations_with_replacement(range(alleles), ploidy)
    return sorted(names, key=lambda name: name[::-1])


_COMMON = {(alleles, ploidy): _numbered(alleles, ploidy) for alleles in range(1, 5) for ploidy in (1, 2)}
"""The genotypes of few alleles, which most records have."""


def _dosages(record: Record, called: Sequence[int]) -> Iterator[Statement]:
    """DS (and HDS, haplotype by haplotype): how far the expected copies are from the called ones, as a chance."""
    sample = record.sample
    if sample.keys().isdisjoint(("DS", "HDS", "ADS", "AP1")):
        return
    values = [decimal_of(each) for each in sample.get("DS", ".").split(",")]
    if len(values) == len(record.alts):
        for allele, dosage in enumerate(values, start=1):
            if dosage is not None:
                yield _from_dosage("DS", abs(dosage - called.count(allele)))
    by_haplotype = (("HDS", sample.get("HDS", ".")), ("ADS", sample.get("ADS", ".")))
    for key, text in (*by_haplotype, ("AP1 and AP2", f"{sample.get('AP1', '.')},{sample.get('AP2', '.')}")):
        values = [decimal_of(each) for each in text.split(",")]
        if len(record.alts) == 1 and len(values) == len(called) and not any(value and value > 1 for value in values):
            for dosage, allele in zip(values, called, strict=True):
                if dosage is not None:
                    yield _from_dosage(key, abs(dosage - allele))


def _from_dosage(key: str, apart: Decimal) -> Statement:
    return Statement(key, phred(apart) - (CERTAIN_PHRED if apart > Decimal("0.5") else 0))


# ------------------------------------------------------------------------------------------------------ imputation

IMPUTATION_SCORES = ("DR2", "AR2", "R2", "RSQ", "INFO", "IMPINFO", "INFO_SCORE")
"""INFO keys of Beagle, Minimac, GLIMPSE, IMPUTE, STITCH and QUILT for how much of a genotype the panel tells."""

_TYPED, _IMPUTED = frozenset({"TYPED", "TYPED_ONLY"}), frozenset({"IMP", "IMPUTED"})
"""Keys of INFO that say that a genotype was read, and that it was imputed."""

_DOSAGES = frozenset({"DS", "HDS", "ADS", "AP1"})
"""Keys of FORMAT for the copies of ALT that a panel of other people makes one expect."""

_OF_READS = frozenset({"AD", "DP", "MIN_DP", "NR", "RO", "LAD", "PL", "GL"})
"""Keys of FORMAT that say that there were reads."""


def is_typed(record: Record) -> bool:
    """Whether the record says that its genotype was read, and not imputed.

    `TYPED` and `TYPED_ONLY` (Minimac) say so; so does a DR2 of 1 (Beagle, from 4.1 on) where `IMP` does not contradict.
    """
    info = record.info
    if not _TYPED.isdisjoint(info):
        return True
    return "DR2" in info and _IMPUTED.isdisjoint(info) and all(each.value == 1 for each in _imputation(record))


def is_imputed(record: Record) -> bool:
    """Whether the genotype was imputed: the record says so, or gives a panel's score or expected copies, and no reads.

    So it is where chances of the genotypes stand alone (GP), without any reads or a quality, as QCTOOL writes them.
    `IMP` (Beagle) and `IMPUTED` (Minimac) say so. Beagle gives DR2 of what was read too.
    """
    info = record.info
    if not _TYPED.isdisjoint(info):
        return False
    if not _IMPUTED.isdisjoint(info):
        return True
    if not _OF_READS.isdisjoint(record.sample):
        return False
    scores = info.keys() & set(IMPUTATION_SCORES) if info else set()
    if scores == {"DR2"}:
        return any(each.value < 1 for each in _imputation(record))
    chances = "GQ" not in record.sample and _holds_chances(record.sample.get("GP", "."))
    return bool(scores) or not _DOSAGES.isdisjoint(record.sample) or chances


def _holds_chances(text: str) -> bool:
    """Whether a GP has several chances, and not phred scores."""
    values = [value for each in text.split(",") if (value := decimal_of(each)) is not None]
    return len(values) > 1 and _are_chances(values)


def _imputation(record: Record) -> Iterator[Statement]:
    for key in IMPUTATION_SCORES:
        values = [decimal_of(each) for each in record.info.get(key, ".").split(",")]
        known = [value for value in values if value is not None]
        if known:
            yield Statement(f"INFO/{key}", min(known))


def _are_chances(values: Collection[Decimal]) -> bool:
    """Whether a GP holds chances (VCF 4.3 and later), which add up to one, and not phred scores (before)."""
    return all(0 <= value <= 1 for value in values) and abs(sum(values, Decimal(0)) - 1) <= Decimal("0.1")


def phred(chance: Decimal) -> Decimal:
    """-10 log10 of a chance, at most what stands for certainty; 0 of a chance of one or more."""
    if chance <= 0:
        return Decimal(CERTAIN_PHRED)
    return min(Decimal(CERTAIN_PHRED), max(Decimal(0), -10 * chance.log10())).quantize(Decimal("0.001"))
