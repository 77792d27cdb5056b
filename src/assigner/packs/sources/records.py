"""Rows about alleles: ClinVar's VCF, allele frequencies as a VCF or a table, and a predictor's table."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

from attrs import frozen

from assigner.errors import EvidenceError, shown
from assigner.genome.builds import LENGTHS, Build, build_of_accession, by_build, chrom_of
from assigner.genome.variants import Variant
from assigner.packs.sources.sieves import Form, Spans, TableColumns, table_sieve, vcf_sieve
from assigner.texts import Sieve, Text, every_line, whole

CLINVAR = ("CLNSIG", "CLNREVSTAT", "CLNDN", "CLNDISDB", "CLNSIGCONF")
"""The fields of ClinVar's VCF that a pack keeps."""

FREQUENCIES = ("AF_grpmax", "AF_popmax", "AF_grpmax_joint", "AF_joint", "AF")
"""The allele frequencies of gnomAD's own VCFs, versions 2 to 4; the highest of them is kept."""

COUNTS = ("AN", "AN_joint")
"""How many alleles were looked at, in the same files."""

Row: TypeAlias = tuple[int, Variant, Mapping[str, str]]
"""The number of a line, an allele, and what is said of it."""

MISSING = frozenset({"", ".", "-", "NA", "NAN"})
"""What tables and VCFs write where they have no number, in upper case."""

_BASES = re.compile("[ACGT]+")
_GRCH37, _GRCH38 = ("hg19", "grch37"), ("hg38", "grch38")


@frozen
class Head:
    """What the header of a VCF tells.

    Attributes:
        version: the source's own name for its release, if any.
        dated: its day, if any.
    """

    version: str | None = None
    dated: str | None = None


class Vcf:
    """A VCF of alleles without participants, read once.

    Attributes:
        head: what its header tells, once its first row is read.
    """

    def __init__(self, text: Text, build: Build, needed: str, spans: Spans, *, one_alt: bool = False) -> None:
        """The VCF.

        Args:
            text: the file.
            build: the build that it must be on.
            needed: a part of the header without which it is another file, such as `ID=CLNSIG,`.
            spans: where rows are read; what the others say is not looked at.
            one_alt: whether a row with several ALTs is a fault: ClinVar has none, and its fields are not lists by ALT.
        """
        self.text, self.build, self.needed, self.spans, self.one_alt = text, build, needed, spans, one_alt
        self.head = Head()
        self._sieve: Sieve = every_line

    def rows(self) -> Iterator[Row]:
        """Each allele of bases on a chromosome, with its INFO.

        Raises:
            EvidenceError: it is no such VCF, or on another build.
        """
        lines = self.text.sifted(lambda block: self._sieve(block))
        number, line = next(lines)
        if not line.startswith("##fileformat=VCF"):
            raise self.text.fault(number, "a VCF", shown(line))
        header = []
        for number, line in lines:
            if not line.startswith("##"):
                break
            header.append(line)
            self._build(number, line)
        if not line.startswith("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"):
            raise self.text.fault(number, "the #CHROM line", shown(line))
        if not any(self.needed in each for each in header):
            raise EvidenceError(self.text.name, f"INFO with {self.needed} in its header", "none")
        told = dict(each[2:].partition("=")[::2] for each in header)
        self.head = Head(told.get("source"), told.get("fileDate"))
        self._sieve = vcf_sieve(self.spans)
        for number, line in lines:
            yield from self._row(number, line)

    def _build(self, number: int, line: str) -> None:
        named = {each for each in Build if each.value in line}
        if line.startswith("##reference=") and named and self.build not in named:
            raise self.text.fault(number, f"a file on {self.build}", shown(line))
        if line.startswith("##contig=") and (length := re.search(r"[<,]length=([0-9]{1,9})[,>]", line)):
            chrom = chrom_of(re.sub(r".*[<,]ID=([^,>]*).*", r"\1", line))
            others = [] if chrom is None else [b for b in Build if LENGTHS[b][chrom] == int(length[1])]
            if others and self.build not in others:
                raise self.text.fault(number, f"a file on {self.build}", f"{chrom} as long as on {others[0]}")

    def _row(self, number: int, line: str) -> Iterator[Row]:
        columns = line.split("\t", 8)
        if len(columns) < 8:
            raise self.text.fault(number, "8 columns of a VCF", str(len(columns)))
        chrom, pos, ref = chrom_of(columns[0]), whole(columns[1]), columns[3].upper()
        if pos is None:
            raise self.text.fault(number, "POS, a whole number", shown(columns[1]))
        if (
            chrom is None
            or not reaches(self.spans.get(chrom, ()), pos, pos + len(ref) - 1)
            or not _BASES.fullmatch(ref)
        ):
            return
        alts = columns[4].upper().split(",")
        if self.one_alt and len(alts) > 1:
            raise self.text.fault(number, "one ALT in a row", shown(columns[4]))
        info = dict(part.partition("=")[::2] for part in columns[7].split(";"))
        for at, alt in enumerate(alts):
            if _BASES.fullmatch(alt) and alt != ref and pos > 0:
                yield number, Variant(chrom, pos, ref, alt), _of_alt(info, at, len(alts))


def _of_alt(info: Mapping[str, str], at: int, alts: int) -> Mapping[str, str]:
    """What is said of one ALT, with the frequency that is its own; with none where any is not one for each ALT."""
    lists = {key: info[key].split(",") for key in FREQUENCIES if key in info}
    if any(len(values) != alts for values in lists.values()):
        return {key: value for key, value in info.items() if key not in lists}
    return {**info, **{key: values[at] for key, values in lists.items()}}


def reaches(spans: Sequence[tuple[int, int]], first: int, last: int) -> bool:
    """Whether some bases lie in any of these spans, at least in part.

    Args:
        spans: in ascending order; they do not touch each other.
        first: the first of the bases.
        last: the last one.

    >>> reaches(((1, 5), (9, 12)), 5, 6), reaches(((1, 5), (9, 12)), 6, 8)
    (True, False)
    """
    at = bisect_left(spans, first, key=lambda span: span[1])
    return at < len(spans) and spans[at][0] <= last


def table_rows(
    text: Text,
    build: Build,
    names: Sequence[str],
    spans: Spans,
    *,
    form: Form,
    most: Callable[[], int] | None = None,
) -> Iterator[tuple[int, Variant, Mapping[str, str]]]:
    """The rows of a table of alleles: a head, then a row for each; tabs, or commas as in REVEL's own file.

    The columns are `chrom`, `pos`, `ref`, `alt` and one of those named here, in any case and order. REVEL's are known
    by their own names (`chr`, `grch38_pos`, `hg19_pos`). A column of positions that names the build goes before `pos`,
    and in a column `genome`, as AlphaMissense has it, no row may name the other build.

    Args:
        text: the file.
        build: the build, which chooses between columns of positions.
        names: what the column of the value may be called, the first one that is there.
        spans: rows outside of these may be passed over once they are known to be sound.
        form: what a value looks like that is no fault.
        most: the highest number of alleles that were looked at, of the rows before (column `an`); a row with a higher
            one is not passed over.

    Raises:
        EvidenceError: the head lacks one of these, or a row is not as the head has it, is on the other build or has
            several alleles.
    """
    places = (*by_build(build, grch37=("hg19_pos", "grch37_pos"), grch38=("grch38_pos", "hg38_pos")), "pos")
    wanted = (("chrom", "chr", "#chrom", "#chr"), places, ("ref",), ("alt",), names)
    comma = text.path.name.lower().removesuffix(".gz").endswith(".csv")

    def is_head(cells: Sequence[str]) -> bool:
        return {"ref", "alt"} <= {cell.lower() for cell in cells}

    def sieve_of(head: Sequence[str]) -> Sieve:
        lower = [cell.lower() for cell in head]
        at = [next((lower.index(n.lower()) for n in own if n.lower() in lower), None) for own in wanted]
        if None in at or len(set(lower)) < len(lower):
            return every_line
        chrom, pos, ref, alt, value = (each or 0 for each in at)
        count = (lower.index("an"), most) if most is not None and "an" in lower else None
        columns = TableColumns(
            cells=len(head), chrom=chrom, pos=pos, ref=ref, alt=alt, value=(value, form), count=count
        )
        return table_sieve(columns, comma, spans, build)

    for number, cells in text.rows(comma, is_head, sieve_of):
        lower = {key.lower(): value for key, value in cells.items()}
        found = [next((lower[n.lower()] for n in own if n.lower() in lower), None) for own in wanted]
        if None in found:
            missing = " or ".join(next(own for own, value in zip(wanted, found, strict=True) if value is None))
            raise EvidenceError(text.name, f"a column {missing}", ", ".join(cells))
        chrom, pos, ref, alt, value = (each or "" for each in found)
        ref, alt, place = ref.upper(), alt.upper(), whole(pos)
        other = build_of_accession(chrom)
        if other not in (None, build):
            raise text.fault(number, f"a file on {build}", f"{chrom}, of {other}")
        genome = lower.get("genome", "")
        if genome.lower() in by_build(build, grch37=_GRCH38, grch38=_GRCH37):
            raise text.fault(number, f"a file on {build}", genome)
        if pos in (".", "") or chrom_of(chrom) is None:  # REVEL has rows without a place on GRCh38
            continue
        if place is None or not 0 < place < 10**9:
            raise text.fault(number, "a position", shown(pos))
        if "," in ref + alt or "-" in (ref, alt):
            raise text.fault(number, "one allele of bases as in a VCF", shown(f"{ref} {alt}"))
        if _BASES.fullmatch(ref) and _BASES.fullmatch(alt) and ref != alt:
            yield number, Variant(chrom_of(chrom) or "", place, ref, alt), {**lower, "value": value}


def number_in(text: str) -> Decimal | None:
    """A number as tables and VCFs write it, without an exponent; None for what is missing or none.

    >>> number_in("1.5e-05"), number_in(".")
    (Decimal('0.000015'), None)
    """
    if not re.fullmatch(r"[+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?0?[0-9]{1,2})?", text):
        return None
    return Decimal(format(Decimal(text), "f"))


def number_of(text: Text, number: int, cell: str) -> Decimal | None:
    """The number of a cell; None where it is missing.

    Raises:
        EvidenceError: it holds something else.
    """
    value = number_in(cell)
    if value is None and cell.upper() not in MISSING:
        raise text.fault(number, "a number, or . where it is missing", shown(cell))
    return value
