"""What the VCF specification and a file's header ask of a record, beyond what its reading needs.

A value that is not what it should be is noted, one line for each kind of fault, and is no evidence. A depth or a
quality that is not what the header says fails its gate; a field that the header declares to be another one than the
asked one is missing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from math import comb
from re import Match
from types import MappingProxyType
from typing import assert_never

from attrs import define, field, frozen

from assigner.genome.variants import trimmed
from assigner.vcf.scan.extents import Extent
from assigner.vcf.scan.headers import Definition, Header
from assigner.vcf.scan.htslib import asked_number
from assigner.vcf.scan.oddities import Oddities
from assigner.vcf.scan.reserved import NATURAL, Kind, reserved

_LOWER = re.compile(r"(?:^|,)[acgtn]+(?:,|$)")
_REF = re.compile(r"[ACGTNacgtn]+")
_MATE = r"(?:[^\s\[\]<>]+:[0-9]+|<[^\s<>]+>(?::[0-9]+)?)"
_BREAKEND = re.compile(rf"(?:[A-Za-z]+|\.)([\[\]]){_MATE}\1|([\[\]]){_MATE}\2(?:[A-Za-z]+|\.)")
_ID = re.compile(r"[^\s;]+(?:;[^\s;]+)*")
_WHOLE = re.compile(r"[0-9]{1,10}")
_KEY = re.compile(r"[A-Za-z_][0-9A-Za-z_.]*|1000G")

# One way to match each text, so that a long one costs no more than its length.
_REAL = r"(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|(?i:inf|infinity|nan))"
_QUAL = re.compile(r"\+?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
# What ends lines, steers terminals or turns the order of letters round; single bytes are noted where lines are split.
_STEERING = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
# Up to 2,147,483,647, the largest that VCF allows.
_INT32 = (
    "0*(?:[0-9]{1,9}|1[0-9]{9}|20[0-9]{8}|21[0-3][0-9]{7}|214[0-6][0-9]{6}|2147[0-3][0-9]{5}|21474[0-7][0-9]{4}"
    "|214748[0-2][0-9]{3}|2147483[0-5][0-9]{2}|21474836[0-3][0-9]|214748364[0-7])"
)
_ITEMS = {"Integer": rf"[-+]?{_INT32}", "Float": rf"[-+]?{_REAL}", "Character": "[^,]", "String": "[^,]+"}
_NATURAL = {"Integer": _INT32, "Float": _REAL}
_CIGAR = "(?:[0-9]+[MIDNSHP=X])+"
_MOST_COUNTED = 1000
"""With more values than this they are not counted."""

MOST_NAMED = 20
"""How many keys with wrong values are named one by one."""

_GATES = MappingProxyType(
    {key: frozenset({gate}) for gate, keys in
     {"depth": ("DP", "MIN_DP"), "quality": ("GQ", "RGQ", "GQX"), "balance": ("AD",)}.items() for key in keys}
)  # fmt: skip
"""The gate that each asked FORMAT key serves."""

_NOTHING: frozenset[str] = frozenset()

Check = Callable[[str], Match[str] | None]


@frozen
class _Shape:
    """On what it depends how many values a field has."""

    kind: Kind
    alts: int
    ploidy: int


@define
class Grammar:
    """The checks of one file's records, made as their keys are met, and what they have found.

    Attributes:
        variants: those that the records so far hold.
    """

    header: Header
    oddities: Oddities = field(factory=Oddities)
    _checks: dict[tuple[Kind, int, int], dict[str, Check | None]] = field(factory=dict, init=False)
    _met: set[tuple[str, str]] = field(factory=set, init=False)
    _named: set[str] = field(factory=set, init=False)
    variants: set[tuple[str, int, str, str]] = field(factory=set, init=False)

    def fixed(self, number: int, columns: Sequence[str], info: Mapping[str, str], alts: Sequence[str]) -> None:
        """Check the fixed columns of a record; `info` and `alts` are two of them taken apart."""
        contig, digits, name, ref, others, qual, filters, text = columns[:8]
        pos = int(digits)
        if name != "." and (not _ID.fullmatch(name) or (";" in name and _has_twice(name))):
            self.oddities.note("ID that is not different names joined by ;", number)
        if not ref.isupper() or (not others.isupper() and _LOWER.search(others)):
            self.oddities.note("bases in lower case", number)
        if not _REF.fullmatch(ref):
            self.oddities.note("REF of other letters than A, C, G, T and N", number)
        if qual != "." and not _QUAL.fullmatch(qual):
            self.oddities.note("QUAL that is not a number of at least 0: not used", number)
        if filters not in ("PASS", "."):
            self._check_filters(filters, number)
        if text.count(";") >= len(info) > 0:
            self.oddities.note("INFO with a key twice or an empty entry", number)
        if "END" in info and (end := Extent.of(info).end) is not None and end < pos:
            self.oddities.note("INFO/END before POS", number)
        for alt in alts:
            if alt.isalpha():
                self._check_variant(contig, pos, ref.upper(), alt, number)
            elif alt.startswith("<"):
                if self.header.version >= "4.4" and alt.startswith(("<DEL", "<DUP")) and "SVCLAIM" not in info:
                    self.oddities.note("ALT <DEL> or <DUP> without INFO/SVCLAIM", number)
            elif ("[" in alt or "]" in alt) and not _BREAKEND.fullmatch(alt):
                self.oddities.note("ALT with a breakend that lacks its bases or its mate", number)

    def carried(self, number: int, ref: str, alts: Iterable[str]) -> None:
        """Note what the alleles that a sample carries say beside their bases; they are in upper case."""
        for alt in alts:
            if alt == "*":
                self.oddities.note("a haplotype on which another record deletes the base (ALT *)", number)
            elif alt.isalpha() and ref.isalpha() and alt != ref and len(trimmed(1, ref, alt)[1]) < len(ref):
                self.oddities.note("an allele with more bases than it needs: trimmed", number)

    def steers(self, number: int, line: str) -> None:
        """Note characters that steer how a line is shown."""
        if not line.isascii() and _STEERING.search(line):
            self.oddities.note("control character that steers how text is shown", number)

    def values(self, kind: Kind, number: int, values: Mapping[str, str], alts: int, ploidy: int = 2) -> frozenset[str]:
        """Check the values of INFO, or those of a sample; ploidy 0 is one that the genotype does not tell.

        Returns:
            What is given, not as the header says, and so not to be believed: of depth, quality and balance.
        """
        unsound = _NOTHING
        if not values:
            return unsound
        checks = self._checks.setdefault((kind, alts, ploidy), {})
        for key, value in values.items():
            try:
                check = checks[key]
            except KeyError:
                check = checks[key] = self._check(_Shape(kind, alts, ploidy), key, number)
            if check is not None and check(value) is None:
                unsound |= self._note_value(kind, key, number)
        return unsound

    def _note_value(self, kind: Kind, key: str, number: int) -> frozenset[str]:
        """Note a key's values, of which keys past the first few share a line; what is not to be believed by them."""
        wrong = "with values of another type or number"
        if kind == "FORMAT" and (asked := asked_number(key, self.header)):
            declared = self.header.formats.get(key)
            other = declared.type not in _NATURAL or declared.number != asked[0] if declared else asked[0] != "1"
            self.oddities.note(f"FORMAT/{key} {wrong}, {'taken as missing' if other else 'not believed'}", number)
            return _NOTHING if other else _GATES[key]
        if key not in self._named:
            if len(self._named) >= MOST_NAMED:
                key = "(others)"
            self._named.add(key)
        self.oddities.note(f"{kind}/{key} {wrong}", number)
        return _NOTHING

    def _check(self, shape: _Shape, key: str, number: int) -> Check | None:
        """The check of one key's values; None when it may have any."""
        if (shape.kind, key) not in self._met:
            self._met.add((shape.kind, key))
            self._meet(shape.kind, key, number)
        form = self._form(shape, key)
        return None if form is None else _compiled(form)

    def _meet(self, kind: Kind, key: str, number: int) -> None:
        declared = self._declared(kind)
        if not _KEY.fullmatch(key):
            self.oddities.note(f"{kind} with a key that cannot be one", number)
        elif key not in declared and key != "GT":
            self.oddities.note(f"{kind} with a key that the header does not declare", number)

    def _declared(self, kind: Kind) -> Mapping[str, Definition]:
        match kind:
            case "INFO":
                return self.header.info
            case "FORMAT":
                return self.header.formats
            case _:
                assert_never(kind)

    def _form(self, shape: _Shape, key: str) -> str | None:
        """What the values of a key look like, as a regular expression."""
        known = reserved(shape.kind, self.header.version).get(key)
        declared = self._declared(shape.kind).get(key)
        if shape.kind == "FORMAT" and (asked := asked_number(key, self.header)):
            return _counted(asked[1], asked[0], shape)
        if shape.kind == "FORMAT" and key == "GT":
            return None
        if declared is not None and declared.type in (*_ITEMS, "Flag") and declared.number is not None:
            number, kind = declared.number, declared.type
        elif known is not None:
            number, kind = known
        else:
            return None
        if kind == "Flag" or number == "0":
            return ""
        if shape.kind == "INFO" and key == "CIGAR":
            return _counted(_CIGAR, number, shape)
        if kind == "String" and not (number.isdecimal() or number in "ARG"):
            return None
        items = _ITEMS | _NATURAL if known is not None and key in NATURAL else _ITEMS
        return _counted(items[kind], number, shape) if kind in items else None

    def _check_filters(self, text: str, number: int) -> None:
        codes = text.split(";")
        if {".", "PASS", "0"} & set(codes):
            self.oddities.note("FILTER with ., PASS or 0 among the codes", number)
        if len(set(codes)) < len(codes):
            self.oddities.note("FILTER with a code twice", number)
        for code in codes:
            if code not in self.header.filters and ("FILTER", code) not in self._met:
                self._met.add(("FILTER", code))
                self.oddities.note("FILTER with a code that the header does not declare", number)

    def _check_variant(self, contig: str, pos: int, ref: str, alt: str, number: int) -> None:
        variant = (contig, *((pos, ref, alt) if len(ref) == len(alt) == 1 else trimmed(pos, ref, alt)))
        if variant in self.variants:
            self.oddities.note("a variant that an earlier record holds too", number)
        self.variants.add(variant)


def _counted(item: str, number: str, shape: _Shape) -> str:
    """So many values as a Number asks for, or the one `.` for all of them."""
    item = rf"(?:{item}|\.)"
    match number:
        case "A":
            count = shape.alts
        case "R":
            count = shape.alts + 1
        case "G":
            count = comb(shape.alts + shape.ploidy, shape.ploidy) if shape.ploidy else 0
        case _:
            count = int(number) if _WHOLE.fullmatch(number) else 0
    if not 0 < count <= _MOST_COUNTED:
        return rf"{item}(?:,{item})*"
    return rf"{item}(?:,{item}){{{count - 1}}}|\."


@lru_cache(maxsize=1024)
def _compiled(form: str) -> Check:
    return re.compile(form).fullmatch


def _has_twice(text: str) -> bool:
    names = text.split(";")
    return len(set(names)) < len(names)
