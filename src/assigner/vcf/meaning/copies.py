"""Who carries a structural variant: its genotype, beside the number of copies that the record gives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from attrs import evolve

from assigner.profiles.calls import Call, Sex, State
from assigner.profiles.ploidy import expected_copies
from assigner.profiles.profile import StructuralKind
from assigner.rules.panels import Panel
from assigner.rules.schema import Gates
from assigner.vcf.meaning.events import kind_of
from assigner.vcf.meaning.judged import call_of, judge
from assigner.vcf.records.numbers import decimal_of
from assigner.vcf.records.record import Record

_PHRED = re.compile(r"[0-9]{1,9}(?:\.[0-9]{0,20})?")
_COUNTED = frozenset({StructuralKind.DELETION, StructuralKind.DUPLICATION, StructuralKind.COPY_NUMBER})


def counted_calls(record: Record, sex: Sex | None, panel: Panel) -> Iterator[tuple[int, str, StructuralKind, Call]]:
    """Each ALT that is no small variant, by its number, with its kind and who carries it.

    Of a record without ALT that is the number of copies, as ALT 0.
    """
    gates = panel.cached(_gates)
    for number in range(1, len(record.alts) + 1) if record.alts else (0,):
        alt = record.alts[number - 1] if number else ""
        kind = kind_of(record, alt) if number else StructuralKind.COPY_NUMBER
        if kind is not None:
            yield number, alt, *_kind_and_call(record, number, kind, sex, panel, gates)


def _gates(panel: Panel) -> Gates:
    """The gates of structural variants: few of them have depths, so that no field is asked for."""
    return panel.content.gates.model_copy(update={"strict": ()})


def _kind_and_call(
    record: Record, number: int, kind: StructuralKind, sex: Sex | None, panel: Panel, gates: Gates
) -> tuple[StructuralKind, Call]:
    """Who carries it, and its kind, which of `<CNV>` only the number of copies tells."""
    kind, call = _by_number(record, number, kind, sex, panel, gates)
    against = _by_evidence(record, call) if kind is StructuralKind.DELETION else None
    if against is None and kind is StructuralKind.DELETION and call.seen:
        against = _by_depth(record, _expected(record, sex, panel))
    return kind, call if against is None else evolve(call, state=State.CONTRADICTED, why=against)


def _by_evidence(record: Record, call: Call) -> str | None:
    """Why the genotypes that GATK-SV made from pairs and from split reads contradict the final one, if both do.

    A deletion that read depth alone shows (RD_CN) needs neither.
    """
    told = {key: value for key in ("PE_GT", "SR_GT") if (value := decimal_of(record.sample.get(key, "."))) is not None}
    if not told or call.state not in (State.CALLED, State.PARTIAL):
        return None
    if call.seen and not any(told.values()) and decimal_of(record.sample.get("RD_CN", ".")) is None:
        return f"no reads show it ({' and '.join(told)} 0)"
    return f"reads show it ({' and '.join(told)})" if not call.seen and all(told.values()) else None


def _by_depth(record: Record, expected: int | None) -> str | None:
    """Why the reads at the place contradict a deletion, if they do: nearer to all copies than to one that is lost.

    GATK-SV's RD_CN, Delly's RDCN and DRAGEN's CNF are copies by read depth, DRAGEN's SM their share of the expected
    ones, as are duphold's DHFFC (beside the bases around; else DHBFC and DHFC, beside bins and the chromosome),
    CNVnator's natorRD and CNVkit's FOLD_CHANGE (beside the genome, whose places have two copies). CNVnator's paper
    leaves out what has more than half of its reads at other places, too (natorQ0).
    """
    lost = decimal_of(record.info.get("natorQ0", "."))
    if lost is not None and lost > Decimal("0.5"):
        return f"most of its reads fit elsewhere, too (natorQ0 {lost:f})"
    around = ("DHFFC",) if "DHFFC" in record.sample else ("DHBFC", "DHFC")
    shares = dict.fromkeys(("SM", *around), record.sample)
    if expected == 2:
        shares |= {"natorRD": record.info, "FOLD_CHANGE": record.info}
    told = {key: (record.sample.get(key, "."), 1) for key in ("RD_CN", "RDCN", "CNF")}
    told |= {key: (fields.get(key, "."), expected or 0) for key, fields in shares.items()}
    for key, (text, unit) in told.items():
        value = decimal_of(text)
        if expected and value is not None and value * unit > expected - Decimal("0.5"):
            return f"read depth shows no lost copy ({key} {value:f})"
    return None


def _by_number(
    record: Record, number: int, kind: StructuralKind, sex: Sex | None, panel: Panel, gates: Gates
) -> tuple[StructuralKind, Call]:
    """Who carries it by its genotype and by CN."""
    judged = judge(record, gates)
    call = call_of(judged, number, sex, panel.build, gates)
    if kind not in _COUNTED or record.sample.get("CN", ".") == ".":
        return kind, call
    copies = record.sample["CN"]
    if not re.fullmatch(r"[0-9]{1,4}(?:\.0{1,9})?", copies):  # a Float from VCF 4.4 on
        return kind, _doubted(call, f"CN is no whole number: {copies[:20]}")
    left, expected = int(Decimal(copies)), _expected(record, sex, panel)
    if expected is None:
        written = any(copy is not None for copy in call.copies)
        doubted = _doubted(call, "how many copies are expected is not known")
        return kind, doubted if written else evolve(doubted, copies=(True, False))
    if kind is StructuralKind.COPY_NUMBER:
        gained = left > expected
        kind = StructuralKind.DUPLICATION if gained else StructuralKind.DELETION
        counted = Call(State.CALLED, (True,) if gained else _copies(expected - left, left))
    elif kind is StructuralKind.DELETION:
        counted = _counted(call, max(0, expected - left), left, expected)
    else:
        absent = left <= expected and not call.seen and None not in call.copies
        counted = Call(State.CALLED, (False,)) if absent else call
    if judged.state is None and (unsure := _unsure(record, gates) or _outdone(record, left)) is not None:
        judged = evolve(judged, state=State.LOW_QUALITY, why=unsure)
    if judged.state is not None:
        counted = evolve(counted, state=judged.state, why=judged.why)
    return kind, evolve(counted, depth=record.depth, quality=record.quality)


def _unsure(record: Record, gates: Gates) -> str | None:
    """Why a number of copies is not believed: its phred quality, of GATK gCNV's segments (QS) or of a place (CNQ)."""
    for key in ("QS", "CNQ"):
        text = record.sample.get(key, ".")
        if text != "." and not _PHRED.fullmatch(text):
            return f"{key} that is not a number"
        if text != "." and Decimal(text) < gates.quality:
            return f"quality {text} ({key}) below {gates.quality}"
    return None


def _outdone(record: Record, copies: int) -> str | None:
    """Why a number of copies is not believed: another one is likelier, by GATK gCNV's CNLP (phred), CNL or CNP."""
    for key, sign in (("CNLP", -1), ("CNL", 1), ("CNP", 1)):
        values = [decimal_of(each) for each in record.sample.get(key, ".").split(",")]
        known = [sign * value for value in values if value is not None]
        if len(known) == len(values) and (copies >= len(known) or known[copies] < max(known)):
            return f"{key} favours another number of copies"
    return None


def _copies(lost: int, left: int) -> tuple[bool, ...]:
    return (True,) * lost + (False,) * left or (False,)


def _counted(call: Call, lost: int, left: int, expected: int) -> Call:
    """A deletion's genotype beside the number of copies; they must not contradict each other.

    GATK gCNV writes one allele whatever the ploidy, and DRAGEN leaves open what depth does not tell; then CN decides.
    """
    written, shows = call.copies, call.seen
    if not any(copy is not None for copy in written):
        if not lost:
            return call
        return Call(State.LOW_QUALITY, _copies(lost, left), why=f"CN is {left}, and there is no genotype")
    whole = None not in written
    if whole and (len(written), sum(map(bool, written))) == (expected, lost):
        return call
    if whole and not shows and not lost:
        return Call(State.CALLED, (False,))
    if (whole and len(written) == expected) or shows != bool(lost) or left > expected:
        return _doubted(call, "CN says otherwise than GT")
    return Call(State.CALLED, _copies(lost, left))


def _doubted(call: Call, why: str) -> Call:
    return evolve(call, state=State.INVALID, why=why)


def _expected(record: Record, sex: Sex | None, panel: Panel) -> int | None:
    """How many copies of the place there are in a sound genome; by GATK-SV's word where the sex is not known."""
    by_sex = expected_copies(panel.build, record.chrom or "", record.pos, sex)
    said = record.sample.get("ECN", ".")
    if said not in ("0", "1", "2"):
        return by_sex
    return int(said) if by_sex in (None, int(said)) else None
