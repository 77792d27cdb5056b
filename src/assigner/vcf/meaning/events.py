"""What one ALT of a structural variant changes, where it lies, and within which bounds."""

from __future__ import annotations

import re

from attrs import frozen

from assigner.genome.variants import are_bases, trimmed
from assigner.profiles.profile import StructuralKind
from assigner.vcf.records.record import Record
from assigner.vcf.scan.alts import NO_ALLELE, joined_on

SHORTEST = 50
"""From how many lost or gained bases on a variant is called structural."""

KINDS = {
    "DEL": StructuralKind.DELETION,
    "DUP": StructuralKind.DUPLICATION,
    "INS": StructuralKind.INSERTION,
    "INV": StructuralKind.INVERSION,
    "CNV": StructuralKind.COPY_NUMBER,
    "BND": StructuralKind.BREAKEND,
    "TRA": StructuralKind.BREAKEND,
}
"""The kinds of variants that SVTYPE and symbolic ALTs name."""

_FOUND_BY_DEPTH = frozenset({"RD", "depth", "cnmops", "gcnv"})


def is_absent_deletion(record: Record) -> bool:
    """Whether it says that a long deletion is not there, which says nothing of the single bases inside."""
    lacks = record.genotype is None or not any(record.genotype.alleles)
    return lacks and record.loses >= SHORTEST


def deleted_by(record: Record, alt: str) -> tuple[int, int] | None:
    """The bases that an ALT deletes, the first and the last; None where it is no deletion, or its ends are not told."""
    if alt.startswith("<DEL") and re.fullmatch("<DEL(?::[^>]*)?>", alt):
        return (record.pos + 1, record.end) if record.extent.end and "IMPRECISE" not in record.info else None
    if len(alt) >= len(record.ref) or not are_bases(alt):
        return None
    pos, ref, new = trimmed(record.pos, record.ref, alt)
    return (pos + 1, pos + len(ref) - 1) if len(new) == 1 and new == ref[0] else None


@frozen(kw_only=True)
class Event:
    """What one ALT of a record changes.

    Attributes:
        inner: the innermost span that it can have; None when that is not known.
        outer: the outermost one.
        why: what is wrong with the record, if something is.
    """

    kind: StructuralKind
    start: int
    end: int
    inner: tuple[int, int] | None
    outer: tuple[int, int]
    precise: bool
    why: str | None = None


def kind_of(record: Record, alt: str) -> StructuralKind | None:
    """The kind of an ALT, None when it is a small variant, a reference block or `*`."""
    if alt in NO_ALLELE:
        return None
    if alt.startswith("<"):
        return KINDS.get(re.split("[:_]", alt[1:-1].upper())[0], StructuralKind.OTHER)
    if set(alt) & set("[]."):
        return StructuralKind.BREAKEND
    lost = len(record.ref) - len(alt)
    if abs(lost) < SHORTEST:
        return None
    return StructuralKind.DELETION if lost > 0 else StructuralKind.INSERTION


def event_of(record: Record, alt: str, number: int, kind: StructuralKind, length: int) -> Event:
    """Where an ALT lies on a chromosome of this length, and within which bounds."""
    if kind not in (StructuralKind.DELETION, StructuralKind.COPY_NUMBER):
        precise = not ("IMPRECISE" in record.info or _by_depth(record, alt))
        end = record.pos if kind in (StructuralKind.INSERTION, StructuralKind.BREAKEND) else record.end
        if kind is StructuralKind.BREAKEND:
            end = joined_on(alt, record.contig, record.pos) or record.pos
        place = (first := max(1, record.pos), max(first, min(end, length)))
        return Event(kind=kind, start=place[0], end=place[1], inner=None, outer=place, precise=precise)
    return spanned(record, alt, number, kind, length)


def spanned(record: Record, alt: str, number: int, kind: StructuralKind, length: int) -> Event:
    """The same of an ALT that is one between two ends, of any kind."""
    precise = not ("IMPRECISE" in record.info or _by_depth(record, alt))
    start, end, why = _span(record, alt, number)
    if end > length:
        end, why = max(start, length), "it ends beyond its chromosome"
    why = why or _doubt(record, kind)
    around, fault = _bounds(record)
    if fault or (around is None and "IMPRECISE" in record.info):
        inner, outer = None, (start, end)
    else:
        (before, after), (back, on) = around or ((0, 0), (0, 0))
        inner, outer = (start + after, end + back), (start + before, end + on)
    why = why or fault
    return Event(kind=kind, start=start, end=end, inner=None if why else inner, outer=outer, precise=precise, why=why)


def _by_depth(record: Record, alt: str) -> bool:
    """Whether only read depth shows it, so that its ends are those of bins."""
    named = set(re.split("[,|]", record.info.get("ALGORITHMS", "") or record.info.get("EVIDENCE", ""))) - {"", "."}
    depth_only = (bool(named) and named <= _FOUND_BY_DEPTH) or "D" in record.info.get("SVCLAIM", "").split(",")
    return depth_only or record.info.get("SVTYPE") == "CNV" or alt in ("", "<CNV>")


def _span(record: Record, alt: str, number: int) -> tuple[int, int, str | None]:
    """First and last deleted base; where END and SVLEN differ, or are missing, the widest, and what is wrong.

    DRAGEN's REFLEN counts the same bases as SVLEN and needs no look.
    """
    if alt and not alt.startswith("<"):
        pos, ref, new = trimmed(record.pos, record.ref, alt)
        return pos + (ref[0] == new[0]), pos + len(ref) - 1, None
    start = record.pos + 1
    end, length = record.extent.end, record.extent.length(number, len(record.alts))
    widest = max(start, record.end)
    if end is None and length is None:
        return start, widest, "neither END nor SVLEN is given"
    if end is not None and end < start:
        return start, widest, "END is not after POS"
    if end is not None and length is not None and abs(record.pos + length - end) > 1:
        return start, widest, "END and SVLEN disagree"
    return start, record.pos + (length or 0) if end is None else end, None


def _doubt(record: Record, kind: StructuralKind) -> str | None:
    """Whether the caller saw it in some cells only, or SVTYPE names another kind; DRAGEN's CNV is a loss or a gain."""
    if "MOSAIC" in record.info or "SUBCLONAL" in record.info:
        return "only some cells have it"
    said = record.info.get("SVTYPE", ".").split(":")[0].upper()
    if said in (".", "", "CNV") or len(record.alts) != 1 or KINDS.get(said) is kind:
        return None
    return f"SVTYPE is {said[:20]} and ALT a {kind}"


def _bounds(record: Record) -> tuple[tuple[tuple[int, int], tuple[int, int]] | None, str | None]:
    """CIPOS and CIEND, each with 0 inside; None when an imprecise record does not give both."""
    found: dict[str, tuple[int, int]] = {}
    for key in ("CIPOS", "CIEND"):
        text = record.info.get(key, ".")
        if text == ".":
            continue
        pair = re.fullmatch("(-?[0-9]{1,9}),(-?[0-9]{1,9})", text)
        if pair is None or int(pair[1]) > int(pair[2]):
            return None, f"{key} is not an interval"
        found[key] = min(0, int(pair[1])), max(0, int(pair[2]))
    if not found or ("IMPRECISE" in record.info and len(found) < 2):
        return None, None
    return (found.get("CIPOS", (0, 0)), found.get("CIEND", (0, 0))), None
