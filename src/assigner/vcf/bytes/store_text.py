"""The arrays of a VCF Zarr store as the lines of a VCF: what is missing is `.`, and what pads a list is left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from attrs import frozen

Array: TypeAlias = np.ndarray[Any, Any]

MISSING, FILL = -1, -2
"""What stands for a number that is missing, and for one after the end of a list."""

FLOAT_FILL = {4: 0x7F800002, 8: 0x7FF0000000000002}
"""The bits of a float after the end of a list; any other one that is no number is missing."""

NOT_STORED = "NotStored"
"""The filter of each record of a store that has no filters: whether one failed is unknown."""

_NUMBERS = {"alleles": "R", "alt_alleles": "A", "genotypes": "G"}
_TYPES = {"i": "Integer", "u": "Integer", "f": "Float", "b": "Flag", "S": "Character"}


@frozen(kw_only=True)
class Field:
    """A field of INFO or of FORMAT.

    Attributes:
        key: its name in a VCF.
        array: the name of its array.
        kind: the letter of its type, as numpy has it; T for text.
        dimension: the name of what its values are listed by, if it may have several.
        is_list: whether it may have several values.
    """

    key: str
    array: str
    kind: str
    dimension: str
    is_list: bool
    description: str

    def line(self, column: str) -> str:
        """Its definition in the header of a VCF."""
        kind = _TYPES.get(self.kind, "String")
        number = _NUMBERS.get(self.dimension, ".") if self.is_list else "0" if kind == "Flag" else "1"
        return f'##{column}=<ID={self.key},Number={number},Type={kind},Description="{quoted(self.description)}">'


def quoted(text: str) -> str:
    r"""Text as it stands between the quotes of a header line.

    >>> print(quoted('a "b"'))
    a \"b\"
    """
    return text.replace("\\", "\\\\").replace('"', '\\"')


@frozen(kw_only=True)
class Head:
    """What does not change from record to record.

    Attributes:
        version: the first line's, such as `VCFv4.3`.
        meta: other lines of the header, by key and value.
        contigs: each with its length, if that is known.
        filters: each with its description; None where the store has none.
    """

    version: str
    meta: Sequence[tuple[str, str]]
    contigs: Sequence[tuple[str, int | None]]
    filters: Sequence[tuple[str, str]] | None
    info: Sequence[Field]
    form: Sequence[Field]
    samples: Sequence[str]

    @property
    def text(self) -> str:
        """The header."""
        lines = [f"##fileformat={self.version}", *(f"##{key}={value}" for key, value in self.meta)]
        filters = [(NOT_STORED, "The store has no filters")] if self.filters is None else self.filters
        lines += [f'##FILTER=<ID={name},Description="{quoted(about)}">' for name, about in filters]
        lines += [each.line("INFO") for each in self.info]
        lines += ['##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">']
        lines += [each.line("FORMAT") for each in self.form]
        for name, length in self.contigs:
            lines.append(f"##contig=<ID={name}>" if length is None else f"##contig=<ID={name},length={length}>")
        columns = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"]
        return "\n".join([*lines, "\t".join([*columns, *(["FORMAT", *self.samples] if self.samples else [])])]) + "\n"


@frozen
class Cells:
    """Cells as text, each different one once.

    Attributes:
        texts: the different ones.
        at: of each cell, which one it is.
    """

    texts: Array
    at: Array

    @classmethod
    def of(cls, texts: Sequence[str], at: Array) -> Cells:
        """Cells of these texts."""
        made = np.empty(len(texts), dtype=object)
        made[:] = texts
        return cls(made, at)

    @property
    def said(self) -> Array:
        """Of each cell, whether it says anything."""
        found: Array = np.array([text != "." for text in self.texts], dtype=bool)[self.at]
        return found

    def rows(self, start: int, stop: int) -> list[str]:
        """Some of the cells."""
        found: list[str] = self.texts[self.at[start:stop]].tolist()
        return found


def cells(values: Array) -> Cells:
    """Cells of a list of values each, or of one."""
    listed = values.reshape(len(values), -1)
    if values.dtype.kind in "iufb":
        rows = np.ascontiguousarray(listed)
        if rows.size == 0:
            return Cells.of(["."] * len(rows), np.arange(len(rows)))
        _, first, at = np.unique(_keys(rows), return_index=True, return_inverse=True)
        return Cells.of([_listed(_numbers(rows[each])) for each in first], at.reshape(-1))
    known: dict[tuple[str, ...], int] = {}
    where = [known.setdefault(tuple(map(text_of, row)), len(known)) for row in listed.tolist()]
    return Cells.of([_listed(_until_fill(row)) for row in known], np.array(where, dtype=np.intp))


def _keys(rows: Array) -> Array:
    """Each row as one value that others can be compared with, bit by bit."""
    keys: Array = rows.view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1]))).reshape(-1)
    return keys


def text_of(value: object) -> str:
    """Text, however Zarr gives it."""
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def _until_fill(row: Sequence[str]) -> list[str]:
    """The texts but for empty ones at the end: an empty one before another is a value."""
    found = list(row)
    while found and not found[-1]:
        found.pop()
    return found


def _numbers(row: Array) -> list[str]:
    if row.dtype.kind == "f":
        bits = row.astype(row.dtype.newbyteorder("="), copy=False).view(f"u{row.dtype.itemsize}")
        ends = np.flatnonzero(bits == FLOAT_FILL.get(row.dtype.itemsize, -1))
        row = row[: ends[0]] if len(ends) else row
        return ["." if np.isnan(each) else str(each) for each in row]
    if row.dtype.kind != "i":
        return [str(int(each)) for each in row]
    found = row.tolist()
    found = found[: found.index(FILL)] if FILL in found else found
    return ["." if each == MISSING else str(each) for each in found]


def _listed(values: Sequence[str]) -> str:
    return "." if all(each == "." for each in values) else ",".join(values)


def genotypes(alleles: Array, phased: Array | None) -> Cells:
    """Cells of genotypes: alleles by number, padded by the fill where there are fewer copies."""
    joined = np.zeros(len(alleles), dtype=bool) if phased is None else phased.reshape(-1)
    rows = np.ascontiguousarray(np.column_stack([alleles.astype(np.int32), joined.astype(np.int32)]))
    _, first, at = np.unique(_keys(rows), return_index=True, return_inverse=True)
    return Cells.of([_genotype(rows[each].tolist()) for each in first], at.reshape(-1))


def _genotype(row: list[int]) -> str:
    *alleles, phased = row
    copies = alleles[: alleles.index(FILL)] if FILL in alleles else alleles
    return ("|" if phased else "/").join("." if each == MISSING else str(each) for each in copies) or "."


@frozen(kw_only=True)
class Step:
    """The arrays of some records, one after the other.

    Attributes:
        fixed: by name, those that every VCF has a column for; without a sample's.
        info: cells by key.
        form: cells by key, the genotype's first; of each record one for each sample.
    """

    fixed: Mapping[str, Array]
    info: Mapping[str, Cells]
    form: Mapping[str, Cells]

    def lines(self, head: Head) -> Iterator[str]:
        """The records."""
        count = len(self.fixed["variant_position"])
        contigs = [head.contigs[at][0] for at in self.fixed["variant_contig"].tolist()]
        positions = self.fixed["variant_position"].tolist()
        names, quality = self._texts("variant_id", count), self._texts("variant_quality", count)
        width = len(head.samples)
        told: dict[str, list[bool]] = {}
        for key, each in self.form.items():
            told[key] = each.said.reshape(count, width).any(axis=1).tolist()  # type: ignore[assignment]
        flags = {field.key for field in head.info if field.kind == "b"}
        told_info = {key: each.rows(0, count) for key, each in self.info.items()}
        for at, alleles in enumerate(self.fixed["variant_allele"].tolist()):
            ref, *alts = _until_fill([text_of(each) for each in alleles]) or ["."]
            info = ";".join(
                key if key in flags else f"{key}={texts[at]}"
                for key, texts in told_info.items()
                if texts[at] not in (("0",) if key in flags else (".",))
            )
            fixed = (contigs[at], str(positions[at]), names[at], ref, ",".join(alts) or ".", quality[at])
            line = [*fixed, self._filters(head, at), info or "."]
            if width:
                keys = [key for key in self.form if key == "GT" or told[key][at]]
                columns = [self.form[key].rows(at * width, (at + 1) * width) for key in keys]
                line += (
                    [":".join(keys) or ".", *map(":".join, zip(*columns, strict=True))] if keys else ["."] * (width + 1)
                )
            yield "\t".join(line) + "\n"

    def _texts(self, name: str, count: int) -> list[str]:
        return cells(self.fixed[name]).rows(0, count) if name in self.fixed else ["."] * count

    def _filters(self, head: Head, at: int) -> str:
        if head.filters is None:
            return NOT_STORED
        row = self.fixed["variant_filter"][at]
        return ";".join(name for (name, _), is_set in zip(head.filters, row, strict=True) if is_set) or "."
