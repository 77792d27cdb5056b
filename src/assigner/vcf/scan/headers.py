"""The header of a VCF: samples, contigs, and what INFO, FORMAT and FILTER keys are declared to be.

Real headers are full of small faults that change nothing. Those are kept as notes. What would change whose
genotypes are read, how, or where they lie is refused: the version, the `#CHROM` line, sample names, contig
lengths, the declaration of FORMAT/GT, and a declaration without any sense.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Never

from attrs import define, evolve, field, fields, frozen

from assigner.errors import HeaderError, LimitError, SampleError, shown
from assigner.vcf.bytes.containers import Limits
from assigner.vcf.scan.metadata import faults_of_fields, faults_of_line, fields_of, unquoted
from assigner.vcf.scan.oddities import Oddities
from assigner.vcf.scan.reserved import Kind, reserved

NO_LENGTH = (0, 2**31 - 1)
"""Contig lengths that stand for none: what writers put where they know no length, the latter the largest POS."""

VERSIONS = ("4.0", "4.1", "4.2", "4.3", "4.4", "4.5")

_COLUMNS = b"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO".split(b"\t")
_TYPES = ("Integer", "Float", "Flag", "Character", "String")
_NUMBER = re.compile(r"[0-9]+|[ARG.]|L[ARG]|[PM]|-1")  # VCF 4.0 wrote -1 where `.` stands now
_VERSION = re.compile(rb"##fileformat=VCFv(4\.[0-9])\s*")
_STRUCTURED = re.compile(r"##(INFO|FORMAT|FILTER|contig)=<(.*)>\s*", re.DOTALL)
_GT = re.compile(r"##FORMAT=<(?:.*,)?ID=GT[,>]", re.DOTALL)


A_HEADER_LINE = "a ## line or the #CHROM line"
"""What each line of a header must be."""


@frozen(kw_only=True)
class Definition:
    """What a header declares of one INFO, FORMAT or FILTER key; None for what it does not say."""

    id: str
    number: str | None = None
    type: str | None = None
    description: str | None = None


@frozen(kw_only=True)
class Header:
    """The header of a VCF.

    Attributes:
        version: such as `4.2`.
        meta: the `##` lines.
        samples: their names, in the order of their columns.
        columns: how many columns each record must have.
        contigs: the declared contigs and their lengths, None where no length is given.
        info: the declared INFO keys.
        formats: the declared FORMAT keys.
        filters: the declared filters.
        notes: what is wrong with it, but harmless.
    """

    version: str
    meta: tuple[str, ...]
    samples: tuple[str, ...]
    columns: int
    contigs: Mapping[str, int | None]
    info: Mapping[str, Definition]
    formats: Mapping[str, Definition]
    filters: Mapping[str, Definition]
    notes: tuple[str, ...] = ()

    @property
    def may_reach_by_sample(self) -> bool:
        """Whether how far a record reaches may depend on the sample (FORMAT/LEN)."""
        return self.version == "4.5" or "LEN" in self.formats

    def __reduce__(self) -> tuple[Callable[[dict[str, Any]], Header], tuple[dict[str, Any]]]:
        """What another process is sent: a view of a mapping cannot be."""
        own = {each.name: getattr(self, each.name) for each in fields(Header)}
        return _received, ({name: {**each} if isinstance(each, Mapping) else each for name, each in own.items()},)


def _received(own: dict[str, Any]) -> Header:
    read: Any = {name: MappingProxyType(each) if isinstance(each, dict) else each for name, each in own.items()}
    return Header(**read)


def parse_header(lines: Sequence[bytes], name: str, limits: Limits | None = None) -> Header:
    """The header that these lines are, from `##fileformat` to `#CHROM`.

    Args:
        lines: without their line ends.
        name: what errors call the file.
        limits: the limits on contigs and samples.

    Raises:
        HeaderError: a line that cannot be a VCF's, with its number.
        SampleError: a sample name that stands twice.
        LimitError: more contigs or samples than the limits allow.
    """
    reading = _Reading(name=name, limits=limits or Limits())
    version = reading.version = _version(lines, reading)
    meta = [text for number, line in enumerate(lines[:-1], start=1) if (text := _meta(line, number, reading))]
    samples, columns = _samples(lines, reading)
    if samples and "GT" not in reading.formats:
        reading.note("FORMAT/GT is not declared")
    return Header(
        version=version,
        meta=tuple(meta),
        samples=samples,
        columns=columns,
        contigs=MappingProxyType(reading.contigs),
        info=MappingProxyType(reading.info),
        formats=MappingProxyType(reading.formats),
        filters=MappingProxyType(reading.filters),
        notes=reading.oddities.notes(),
    )


@define(kw_only=True)
class _Reading:
    """What the lines so far have said."""

    name: str
    limits: Limits
    version: str = ""
    contigs: dict[str, int | None] = field(factory=dict)
    info: dict[str, Definition] = field(factory=dict)
    formats: dict[str, Definition] = field(factory=dict)
    filters: dict[str, Definition] = field(factory=dict)
    oddities: Oddities = field(factory=Oddities)

    def refuse(self, number: int, expected: str, got: str) -> Never:
        raise HeaderError(f"{self.name}: line {number}", expected, got)

    def note(self, what: str, number: int = 0) -> None:
        self.oddities.note(what, number)


def _version(lines: Sequence[bytes], reading: _Reading) -> str:
    if not lines or not lines[-1].startswith(b"#CHROM"):
        reading.refuse(max(1, len(lines)), "a header that ends with its #CHROM line", "none")
    match = _VERSION.fullmatch(lines[0])
    version = match[1].decode() if match else ""
    if version not in VERSIONS:
        got = shown(lines[0].decode("ascii", "replace"))
        reading.refuse(1, f"##fileformat=VCFv{VERSIONS[0]} to VCFv{VERSIONS[-1]}", got)
    if lines[0].rstrip(b"\r") != b"##fileformat=VCFv" + version.encode():
        reading.note("white space after the version", 1)
    return version


def _meta(line: bytes, number: int, reading: _Reading) -> str | None:
    """Take in one line above `#CHROM`; its text if it is a `##` line."""
    line = line.removesuffix(b"\r")
    if b"\0" in line:
        reading.refuse(number, "text", "a NUL byte")
    if not line.startswith(b"##"):
        _stray(line, number, reading)
        return None
    try:
        text = line.decode()
    except UnicodeDecodeError:
        text = line.decode(errors="surrogateescape")
        reading.note("not UTF-8", number)
    if text.startswith(("##INFO=", "##FORMAT=", "##FILTER=", "##contig=")):
        _declare(text, number, reading)
    else:
        for fault in faults_of_line(text, reading.version):
            reading.note(fault, number)
    return text


def _stray(line: bytes, number: int, reading: _Reading) -> None:
    if not line.strip():
        reading.note("blank line", number)
    elif line.startswith(b"#") and b"\t" not in line:
        reading.note("comment", number)
    else:
        reading.refuse(number, A_HEADER_LINE, beginning(line))


def beginning(line: bytes) -> str:
    """How a line begins, for an error: its first word, at most 40 characters, in which no genotype stands."""
    found = re.match(rb"[#A-Za-z0-9_.]{0,40}", line)
    return f"a line that begins with {shown(found[0].decode() if found else '')}"


def _declare(text: str, number: int, reading: _Reading) -> None:
    """Take in the declaration of a key or a contig."""
    match = _STRUCTURED.fullmatch(text)
    written = fields_of(match[2]) if match else None
    fields = {key: unquoted(value) for key, value in (written or {}).items()}
    if match is None or written is None or not fields.get("ID"):
        if _GT.match(text):
            reading.refuse(number, "a sound declaration of FORMAT/GT", "one that is malformed")
        reading.note("malformed declaration, not used", number)
    elif match[1] == "contig":
        if 'length="' in match[2]:
            reading.refuse(number, "a contig length of digits", "one in quotes")
        _contig(fields, number, reading)
    else:
        for fault in faults_of_fields(match[1], written):
            reading.note(fault, number)
        _define(match[1], fields, number, reading)


def _contig(fields: Mapping[str, str], number: int, reading: _Reading) -> None:
    name, text = fields["ID"], fields.get("length")
    if text is not None and text != text.strip(" "):
        reading.note("white space around a contig length", number)
        text = text.strip(" ")
    if text is not None and not re.fullmatch(r"[0-9]{1,12}", text):
        reading.refuse(number, "a contig length of digits", shown(text))
    length = None if text is None else int(text)
    if length in NO_LENGTH:
        reading.note(f"contig length {length}, which is read as none", number)
        length = None
    known = reading.contigs.get(name)
    if known is not None and length is not None and known != length:
        reading.refuse(number, f"one length for contig {shown(name)}", f"{known} and {length}")
    if name in reading.contigs:
        reading.note("contig declared before", number)
    reading.contigs[name] = known if length is None else length
    if len(reading.contigs) > reading.limits.contigs:
        raise LimitError(f"{reading.name}: line {number}", f"at most {reading.limits.contigs} contigs", "more")


def _define(kind: str, fields: Mapping[str, str], number: int, reading: _Reading) -> None:
    found = Definition(
        id=fields["ID"],
        number=fields.get("Number"),
        type=fields.get("Type"),
        description=fields.get("Description"),
    )
    match kind:
        case "INFO" | "FORMAT":
            _check_type(kind, found, number, reading)
        case _:
            pass  # a filter has neither type nor number
    table = {"INFO": reading.info, "FORMAT": reading.formats, "FILTER": reading.filters}[kind]
    first = table.setdefault(found.id, found)
    if evolve(first, description=None) != evolve(found, description=None):
        reading.note(f"{kind}/{found.id} declared before, otherwise", number)


def _check_type(kind: Kind, found: Definition, number: int, reading: _Reading) -> None:
    if kind == "FORMAT" and found.id == "GT" and found.type != "String":
        reading.refuse(number, "FORMAT/GT of Type=String", f"Type={shown(found.type or '')}")
    if found.type not in _TYPES:
        if found.type and not any(known.lower().startswith(found.type.lower()) for known in _TYPES):
            reading.refuse(number, f"Type to be one of {', '.join(_TYPES)}", shown(found.type))
        reading.note(f"{kind}/{found.id} has no such type", number)
    if found.number is None or not _NUMBER.fullmatch(found.number):
        reading.note(f"{kind}/{found.id} has no such number", number)
    expected = reserved(kind, reading.version).get(found.id)
    if expected is not None and found.type in _TYPES:
        _check_reserved(kind, found, expected, number, reading)


def _check_reserved(kind: str, found: Definition, expected: tuple[str, str], number: int, reading: _Reading) -> None:
    """Note a reserved key that is not declared as the specification has it."""
    if found.type != expected[1] and expected[1] != ".":
        reading.note(f"{kind}/{found.id} should be of Type={expected[1]}", number)
    if {"-1": "."}.get(found.number or "", found.number) != expected[0] and _NUMBER.fullmatch(found.number or ""):
        reading.note(f"{kind}/{found.id} should be of Number={expected[0]}", number)


def _samples(lines: Sequence[bytes], reading: _Reading) -> tuple[tuple[str, ...], int]:
    """The sample names of the `#CHROM` line, and how many columns it has."""
    line, number = lines[-1].removesuffix(b"\r"), len(lines)
    if line.count(b"\t") > len(_COLUMNS) + reading.limits.samples:
        raise LimitError(f"{reading.name}: line {number}", f"at most {reading.limits.samples} samples", "more")
    columns = line.split(b"\t")
    if columns[:8] != _COLUMNS or columns[8:9] not in ([], [b"FORMAT"]) or len(columns) == 9:
        expected = "#CHROM POS ID REF ALT QUAL FILTER INFO, or these, FORMAT and samples, tab-separated"
        reading.refuse(number, expected, _other_columns(columns))
    places: dict[str, int] = {}
    for column, text in enumerate(columns[9:], start=10):
        sample = _sample(text, f"{reading.name}: line {number}: column {column}")
        if sample in places:
            raise SampleError(
                f"{reading.name}: line {number}",
                "one column for each sample",
                f"the same name in columns {places[sample]} and {column}",
            )
        places[sample] = column
    return tuple(places), len(columns)


def _other_columns(columns: Sequence[bytes]) -> str:
    """What is wrong with the columns of a `#CHROM` line, without the name of a sample."""
    names = (*_COLUMNS, b"FORMAT")
    for number, (name, own) in enumerate(zip(names, columns, strict=False), start=1):
        if name != own:
            return f"{len(columns)} columns, of which column {number} is not {name.decode()}"
    return f"{len(columns)} columns"


def _sample(text: bytes, place: str) -> str:
    if not text.strip():
        raise HeaderError(place, "the name of a sample", "nothing")
    if b"\0" in text:
        raise HeaderError(place, "the name of a sample", "a NUL byte in it")
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        raise HeaderError(place, "the name of a sample in UTF-8", "other bytes") from error
