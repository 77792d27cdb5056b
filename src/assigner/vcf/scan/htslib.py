"""What htslib is asked, by way of cyvcf2, which is imported here alone.

htslib never sees bytes that were not checked before: of a VCF it parses a small copy of exactly the panel's lines with
one sample's column, of a BCF one of exactly the panel's records. Genotypes are taken from `Variant.genotypes`;
`gt_types` and its kin misread half calls and other ploidies (cyvcf2 #54, #204). Nothing of a record is kept by
reference, and htslib keeps silent: what is wrong is said by our own errors.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import frozen

from assigner.errors import AssignerError, RecordError
from assigner.extras import check_reader
from assigner.vcf.scan.headers import Header
from assigner.vcf.scan.scans import Line

if TYPE_CHECKING:
    from cyvcf2 import VCF as VCF
    from cyvcf2 import Variant

    HtsRecord: TypeAlias = Variant

_ASKED = {
    "GT": ("1", "String"),
    "DP": ("1", "Integer"),
    "MIN_DP": ("1", "Integer"),
    "GQ": ("1", "Integer"),
    "RGQ": ("1", "Integer"),
    "GQX": ("1", "Integer"),
    "AD": ("R", "Integer"),
}
_WHOLE = r"[0-9]{1,9}"
_REAL = r"[0-9]{1,9}(?:\.[0-9]{0,20})?(?:[eE][-+]?[0-9])?"


@frozen
class Typed:
    """What htslib reads of the sample in one record."""

    pos: int
    alleles: tuple[int | None, ...] | None
    depth: int | None
    quality: int | None
    depths: tuple[int | None, ...]


def typed(header: Header, lines: Sequence[Line], column: int | None, name: str) -> Iterator[Typed]:
    """What htslib reads of the lines, in their order."""
    if not lines:
        return
    with _htslib(_small_vcf(header, lines, column)) as records:
        for line in lines:
            try:
                record = next(records)
                yield _fields(record)
            except Exception as error:  # cyvcf2 raises nothing more specific
                place = f"{name}: line {line.number}"
                raise RecordError(place, "a record that htslib reads", "one that it does not") from error


def _small_vcf(header: Header, lines: Sequence[Line], column: int | None) -> bytes:
    """A VCF of these lines and one sample, under a header of what is asked of it, written anew."""
    forms = {key.encode(): _form(*asked) for key in _ASKED if (asked := asked_number(key, header))}
    contigs = dict.fromkeys(line.text.split(b"\t", 1)[0].decode("utf-8", "surrogateescape") for line in lines)
    head = ["##fileformat=VCFv4.2"]
    for key, (number, kind) in _ASKED.items():
        real = "Float" if kind == "Integer" and _is_real(key, header) else kind
        head.append(f'##FORMAT=<ID={key},Number={number},Type={real},Description="">')
    head += [f"##contig=<ID={contig}>" for contig in contigs]
    head.append("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS\n")
    body = b"".join(_cut(line.text, column, forms) for line in lines)
    return "\n".join(head).encode("utf-8", "surrogateescape") + body


def asked_number(key: str, header: Header) -> tuple[str, str] | None:
    """How many numbers are asked of a FORMAT key, and what one looks like; None for a key that no number is asked of.

    A value of another form (Straglr's AD is no depth) is not asked of htslib.
    """
    number, kind = _ASKED.get(key, ("", ""))
    return (number, _REAL if _is_real(key, header) else _WHOLE) if kind == "Integer" else None


def _is_real(key: str, header: Header) -> bool:
    declared = header.formats.get(key)
    return declared is not None and declared.type == "Float"


def _form(number: str, item: str) -> Callable[[bytes], object]:
    """What tells whether a value may be asked; how many there are for each allele is seen later."""
    one = rf"(?:{item}|\.)"
    return re.compile((one if number == "1" else rf"{one}(?:,{one})*").encode()).fullmatch


def _cut(text: bytes, column: int | None, forms: Mapping[bytes, Callable[[bytes], object]]) -> bytes:
    """A line with what htslib is asked about: the place, the alleles, and the asked FORMAT keys of one sample.

    A phase sign before the first allele (VCF 4.4) is left out, because this htslib cannot read it.
    """
    columns = text.split(b"\t", 8 if column is None else column + 1)
    asked = []
    if column is not None:
        for key, value in zip(columns[8].split(b":"), columns[column].split(b":"), strict=False):
            if key == b"GT":
                asked.append((key, value.lstrip(b"/|")))
            elif (form := forms.get(key)) is not None and form(value):
                asked.append((key, value))
    kept = b":".join(key for key, _ in asked) or b"."
    given = b":".join(value for _, value in asked) or b"."
    return b"\t".join([*columns[:2], b".", *columns[3:5], b".", b".", b".", kept, given]) + b"\n"


@contextlib.contextmanager
def _htslib(content: bytes) -> Iterator[Iterator[HtsRecord]]:
    """cyvcf2 over bytes in memory, by way of an anonymous file."""
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        file.seek(0)
        named = f"/dev/fd/{file.fileno()}"  # of a descriptor cyvcf2 never frees some 5 kB
        with _opened(named if os.path.exists(named) else file.fileno()) as records:
            yield iter(records)


@contextlib.contextmanager
def _opened(source: int | str) -> Iterator[VCF]:
    """cyvcf2 over a descriptor or path, with htslib silent meanwhile."""
    check_reader()
    from cyvcf2 import VCF
    from cyvcf2.cyvcf2 import set_htslib_log_level

    set_htslib_log_level(0)
    try:
        yield VCF(source)
    finally:
        set_htslib_log_level(3)


def _fields(record: HtsRecord) -> Typed:
    """The typed fields of one record, copied: nothing of it is kept by reference."""
    keys = record.FORMAT
    alleles = None
    if "GT" in keys:
        called = record.genotypes[0]
        alleles = tuple(None if allele < 0 else allele for allele in called[:-1])
    return Typed(
        record.POS,
        alleles,
        _first(record, keys, "MIN_DP", "DP"),
        _first(record, keys, "GQ", "RGQ", "GQX"),
        _numbers(record, keys, "AD"),
    )


def _numbers(record: HtsRecord, keys: Sequence[str], key: str) -> tuple[int | None, ...]:
    """The whole numbers of a FORMAT field; negative ones are htslib's marks for missing values.

    A quality given as a decimal number is cut to the whole number below it, so that it never passes by rounding.
    """
    values: Any = record.format(key) if key in keys else None
    if values is None or values.dtype.kind not in "if":
        return ()
    return tuple(int(value) if value >= 0 else None for value in values[0].tolist())


def _first(record: HtsRecord, keys: Sequence[str], *names: str) -> int | None:
    """The first of these fields that has a number."""
    for name in names:
        if name in keys and (number := next(iter(_numbers(record, keys, name)), None)) is not None:
            return number
    return None


def in_text(content: bytes, records: int, name: str) -> list[bytes]:
    """The records of a small BCF in memory as VCF lines.

    Raises:
        InputError: cyvcf2 is not installed.
        RecordError: a record that htslib does not read.
    """
    if not records:
        return []
    found: list[bytes] = []
    try:
        with _htslib(content) as read:
            found += map(text_of, read)
    except AssignerError:
        raise
    except Exception as error:  # cyvcf2 raises nothing more specific
        raise RecordError(name, "BCF records that htslib reads", "one that it does not") from error
    if len(found) != records:
        raise RecordError(name, f"{records} BCF records that htslib reads", str(len(found)))
    return found


def text_of(record: HtsRecord) -> bytes:
    """A record as htslib writes it in VCF."""
    return str(record).rstrip("\n").encode("utf-8", "surrogateescape")
