"""The grammar of a header's `##` lines: their fields, and what is wrong with those lines that no genotype needs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_FIELD = re.compile(r'([^=,"<>]+)=("(?:[^"\\]|\\.)*"|[^",]*)(,|$)', re.DOTALL)
_STRUCTURED = re.compile(r"<(.*)>\s*", re.DOTALL)
_META = re.compile(
    r'<ID=[^\s,=<>"]+,(?:Type=String,Number=\.|Number=\.,Type=String),Values=\[[^\[\]]*\](?:,.*)?>\s*', re.DOTALL
)
_NAME = re.compile(r"[^\s,;:<>\"=]+")
_SYMBOLIC = re.compile(r"(?:DEL|INS|DUP|INV|CNV|BND)(?::[^\s,<>]+)?|NON_REF|\*|X|[RYSWKMBDHVN]")


def fields_of(text: str) -> dict[str, str] | None:
    r"""The fields of `ID=..,Description=".."` as they are written; None when that is not its form.

    >>> fields_of('ID=DP,Description="Depth, \\"raw\\""')
    {'ID': 'DP', 'Description': '"Depth, \\"raw\\""'}
    >>> fields_of('ID=DP,Description="Depth') is None
    True
    """
    fields: dict[str, str] = {}
    at, comma = 0, ","
    while comma:
        match = _FIELD.match(text, at)
        if match is None or match[1] in fields:
            return None
        fields[match[1]], comma, at = match[2], match[3], match.end()
    return fields


def unquoted(value: str) -> str:
    r"""A field's value without its quotes.

    >>> unquoted('"a \\"b\\""')
    'a "b"'
    """
    return re.sub(r'\\(["\\])', r"\1", value[1:-1]) if value[:1] == '"' else value


def faults_of_fields(kind: str, fields: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with the declaration of a key or an ALT, but does not change how it is read."""
    if next(iter(fields)) != "ID":
        yield f"##{kind} whose first field is not ID"
    if not fields.get("Description", '""').startswith('"'):
        yield f"##{kind} with a Description that is not in quotes"


def faults_of_line(text: str, version: str) -> Iterator[str]:
    """What is wrong with a `##` line that declares no INFO, FORMAT, FILTER or contig."""
    key, equals, value = text[2:].partition("=")
    if not equals or not key.strip() or not value.strip():
        yield "a ## line that is not ##key=value"
    elif key == "pedigreeDB" and value.strip() == "<>":
        yield "##pedigreeDB without an address"
    elif key == "META" and not _META.fullmatch(value):
        yield "##META that is not ID, Type=String, Number=. and Values=[...]"
    elif key in ("ALT", "SAMPLE", "PEDIGREE"):
        match = _STRUCTURED.fullmatch(value)
        fields = fields_of(match[1]) if match else None
        if fields is None:
            yield f"##{key} malformed, not used"
        elif key == "ALT":
            yield from _alt(fields)
        elif key == "SAMPLE":
            yield from _sample(fields, version)
        elif any(not _NAME.fullmatch(unquoted(name)) for name in fields.values()):
            yield "##PEDIGREE with a name that cannot be one"


def _alt(fields: Mapping[str, str]) -> Iterator[str]:
    yield from faults_of_fields("ALT", fields)
    if not _SYMBOLIC.fullmatch(fields.get("ID", "")):
        yield "##ALT with an ID that the specification does not know"
    if {"Number", "Type"} & fields.keys():
        yield "##ALT with a Number or a Type, which it does not have"


def _sample(fields: Mapping[str, str], version: str) -> Iterator[str]:
    if re.search(r"\s", fields.get("ID", "")):
        yield "##SAMPLE with white space in its ID"
    if version < "4.3" and not {"Genomes", "Mixture", "Description"} <= fields.keys():
        yield "##SAMPLE without Genomes, Mixture and Description"
    elif version < "4.3" and fields["Mixture"].startswith('"'):
        yield "##SAMPLE with a Mixture in quotes"
