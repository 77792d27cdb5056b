"""Scoring files of the PGS Catalog (format 2.0): the alleles of a polygenic score with their weights.

A file is read strictly: a column, a header or a row that could change what the score means and is not understood is a
fault. Numbers become whole ones: a weight is kept in units of 10^-12, a frequency in units of 10^-9, both rounded half
to even. So a score is the same number everywhere.

A file may lack `allelefrequency_effect`, as many of the PGS Catalog do. Then its score has no mean of its own, and only
a reference says who is above it. Beside the columns of the format a file may have `standard_error`, that of
`effect_weight` (the name that the GWAS Catalog's format of summary statistics gives it): by it weights are drawn again.

Source of the format: https://www.pgscatalog.org/downloads/ (formatted and harmonised scoring files).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import TYPE_CHECKING

from attrs import field, frozen

from assigner.errors import Fault, shown
from assigner.genome.builds import LENGTHS, Build, by_build

if TYPE_CHECKING:  # numpy, which a rule set without scores does not need
    from assigner.rules.scored_alleles import ScoredAlleles
    from assigner.rules.scoring_rows import PlainRows

WEIGHT_UNITS = 10**12
FREQUENCY_UNITS = 10**9
MOST_ALLELES = 1_000_000
MOST_FILE_BYTES = 256 << 20  # of one file, as it stands
MOST_TEXT_BYTES = 256 << 20  # of one file, inflated
MOST_MEMBERS = 10_000  # of one file in gzip; bgzip needs some 4,000 for the most text
STEP = 1 << 16  # bytes that are inflated at a time
MOST_LINE = 10_000  # characters
MOST_FAULTS = 100  # of one file, after which no more are looked for
MOST_WEIGHT = 1_000  # a log odds ratio far beyond any that was ever published

_BUILDS = {"GRCh37": Build.GRCH37, "hg19": Build.GRCH37, "GRCh38": Build.GRCH38, "hg38": Build.GRCH38}
_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?")
_EXACT = Context(prec=80, rounding=ROUND_HALF_EVEN)
_AUTOSOMES = frozenset(map(str, range(1, 23)))
_NEEDED = ("effect_allele", "other_allele", "effect_weight")
_FREQUENCY = "allelefrequency_effect"
_LABELS = frozenset({"rsID", "locus_name", "variant_description", "inclusion_criteria", "imputation_method", "OR", "HR",
                     "hm_rsID", "hm_source", "hm_inferOtherAllele"})  # fmt: skip
"""Columns that say nothing of what the score is."""
_ERROR = "standard_error"
_PLACES = frozenset({"chr_name", "chr_position", "hm_chr", "hm_pos"})
_FLAGS = {"is_haplotype": "False", "is_diplotype": "False", "is_interaction": "False", "is_dominant": "False",
          "is_recessive": "False", "hm_match_chr": "True", "hm_match_pos": "True"}  # fmt: skip
"""Columns that change what a row means, with the one value, beside none, at which they do not."""

_NUMBERS = {
    "effect_weight": (WEIGHT_UNITS, -MOST_WEIGHT, MOST_WEIGHT),
    _FREQUENCY: (FREQUENCY_UNITS, 0, 1),
    _ERROR: (WEIGHT_UNITS, 0, MOST_WEIGHT),
}
"""Columns of numbers, with their units, their least and their most."""

Spot = tuple[str, int]
"""A chromosome and a 1-based position."""


@frozen
class ScoredAllele:
    """One row of a scoring file.

    Attributes:
        line: where it stands in the file.
        name: its rsID, or its place.
        effect: the plus-strand base that is counted.
        other: the other base.
        weight: the log odds ratio of a copy, in units of 10^-12.
        frequency: how common the effect allele is, in units of 10^-9; None when the file does not say it.
        error: the standard error of the weight, in units of 10^-12; None when the file does not give one.
        grch37: its place on GRCh37, None when the file does not give one.
        grch38: the same on GRCh38.
    """

    line: int
    name: str
    effect: str
    other: str
    weight: int
    frequency: int | None
    error: int | None
    grch37: Spot | None
    grch38: Spot | None

    def on(self, build: Build) -> Spot | None:
        """Its place on a build."""
        return by_build(build, grch37=self.grch37, grch38=self.grch38)


@frozen(eq=False)
class ScoringFile:
    """A scoring file.

    Attributes:
        name: the file's name.
        sha256: the digest of its bytes.
        pgs_id: the PGS Catalog's id of the score, or one of its own.
        builds: those on which it has places.
    """

    name: str
    sha256: str
    pgs_id: str
    builds: frozenset[Build]
    alleles: ScoredAlleles = field(repr=False)

    @property
    def has_errors(self) -> bool:
        """Whether every weight has its standard error."""
        return self.alleles.errors is not None

    @property
    def has_frequencies(self) -> bool:
        """Whether it says how common its alleles are, and so what its score is in the mean."""
        return self.alleles.frequencies is not None


def read_scoring_file(source: bytes, name: str, sha256: str) -> tuple[ScoringFile | None, tuple[Fault, ...]]:
    """Read a scoring file, compressed by gzip or not.

    Returns:
        The file, None when anything of it is not as documented; and its faults, at most `MOST_FAULTS`.
    """
    reading = _Reading(name, sha256)
    try:
        found = reading.file(_text(source, reading.refuse))
    except _StopError:
        found = None
    return (None if reading.faults else found), tuple(reading.faults)


class _StopError(Exception):
    """A fault after which nothing more is read."""


def _text(source: bytes, refuse: Callable[[int, str, str, str], None]) -> bytes:
    """The text of a file, of which no more is inflated than is read; each line ends with one character."""
    text = b"".join(_inflated(source, refuse)) if source[:2] == b"\x1f\x8b" else source
    if len(text) > MOST_TEXT_BYTES:
        refuse(1, "(the whole file)", f"at most {MOST_TEXT_BYTES} bytes of text", "more")
        raise _StopError
    text = text.removeprefix(b"\xef\xbb\xbf")
    if not text.isascii():
        try:
            text.decode()
        except UnicodeDecodeError as error:
            refuse(text.count(b"\n", 0, error.start) + 1, "(the line)", "UTF-8", f"byte {text[error.start]:#04x}")
            raise _StopError from None
    if text and not text.endswith(b"\n"):
        text += b"\n"
    return text.replace(b"\r\n", b"\n") if b"\r" in text else text


def _inflated(source: bytes, refuse: Callable[[int, str, str, str], None]) -> Iterator[bytes]:
    """The text of one or more members of gzip, each with its checksum, one byte more than is read at most."""
    left, at, members = MOST_TEXT_BYTES + 1, 0, 0
    member = None
    while left > 0 and (at < len(source) or member is not None):
        if member is None:
            members += 1
            if members > MOST_MEMBERS:
                refuse(1, "(the whole file)", f"at most {MOST_MEMBERS} members of gzip", "more")
                raise _StopError
            member = zlib.decompressobj(wbits=31)
        step = source[at : at + STEP]  # what lies behind a member is copied: no more than this
        if not step:
            refuse(1, "(the whole file)", "the end of the compressed text", "none: it is truncated")
            raise _StopError
        try:
            piece = member.decompress(step, left)
        except zlib.error:
            refuse(1, "(the whole file)", "gzip", "damaged bytes")
            raise _StopError from None
        at += len(step) - len(member.unused_data)
        left -= len(piece)
        yield piece
        if member.eof:
            member = None


@frozen
class _Reading:
    """The reading of one file, with the faults so far."""

    name: str
    sha256: str
    faults: list[Fault] = field(factory=list)

    def refuse(self, line: int, what: str, expected: str, got: str) -> None:
        self.faults.append(Fault(self.name, line, what, expected, got))
        if len(self.faults) == MOST_FAULTS:
            raise _StopError

    def file(self, text: bytes) -> ScoringFile | None:
        """All of it."""
        header: dict[str, tuple[int, str]] = {}
        at = number = 0
        while (stop := text.find(b"\n", at)) >= 0:
            line, at, number = text[at:stop].decode(), stop + 1, number + 1
            if not line.startswith("#"):
                return self._body(header, number, line, text, at)
            if not line.startswith("##") and "=" in line:
                key, value = line[1:].split("=", 1)
                if key in header:
                    self.refuse(number, f"#{key}", "each header once", "it again")
                header[key] = number, value.strip()
        self.refuse(1, "(the whole file)", "a row of column names", "none")
        return None

    def _body(
        self, header: Mapping[str, tuple[int, str]], number: int, head: str, text: bytes, begin: int
    ) -> ScoringFile | None:
        """The rows of a text, which begin at a place of it; they are not copied, as they may be many."""
        from assigner.rules import scoring_rows

        pgs_id = self._header(header)
        columns = head.split("\t")
        places = self._places(header, columns, number)
        self._columns(columns, number)
        parts = list(self._parts(_pieces(text, begin, scoring_rows.AT_ONCE), number + 1, columns, places))
        if begin == len(text):
            self.refuse(number, "(rows)", "at least one row", "none")
        self._number_of(header, text, begin)
        if self.faults:
            return None
        alleles = scoring_rows.joined(parts, number + 1)
        self._once(alleles)
        return ScoringFile(self.name, self.sha256, pgs_id, frozenset(places), alleles)

    def _parts(
        self,
        pieces: Iterable[bytes],
        number: int,
        columns: list[str],
        places: Mapping[Build, list[tuple[str, str]]],
    ) -> Iterator[PlainRows]:
        """The rows, some at once."""
        from assigner.rules import scoring_rows

        numbers = {name: bounds for name, bounds in _NUMBERS.items() if name in columns}
        first = 0
        for text in pieces:
            left = MOST_ALLELES - first
            read = scoring_rows.plain_rows(text, columns, places, _FLAGS, numbers, MOST_LINE)
            lines = text.split(b"\n")[:-1] if read is None or not read.plain.all() else []
            for at, line in enumerate(lines[:left]):
                if read is None or not read.plain[at]:
                    allele = self._row(number + first + at, line.decode(), columns, places)
                    if read is not None and allele is not None:
                        scoring_rows.put(read, at, allele)
            count = text.count(b"\n") if read is None else len(read.plain)
            if count > left:
                self.refuse(number + MOST_ALLELES, "(row)", f"at most {MOST_ALLELES} rows", "more")
                raise _StopError
            first += count
            if read is not None:
                yield read

    def _row(
        self, at: int, line: str, columns: list[str], places: Mapping[Build, list[tuple[str, str]]]
    ) -> ScoredAllele | None:
        """The allele of one row; None when it has a fault."""
        cells = line.split("\t") if len(line) <= MOST_LINE else []
        if len(cells) != len(columns):
            self.refuse(at, "(row)", f"{len(columns)} cells of at most {MOST_LINE} characters", "another row")
            return None
        return self._allele(at, dict(zip(columns, cells, strict=True)), places)

    # ------------------------------------------------------------------------------------------------ the header

    def _header(self, header: Mapping[str, tuple[int, str]]) -> str:
        for key, expected in (("format_version", ("2.0",)), ("weight_type", ("beta", "log(OR)"))):
            line, value = header.get(key, (1, ""))
            if value not in expected:
                self.refuse(line, f"#{key}", " or ".join(expected), shown(value) if value else "none")
        line, pgs_id = header.get("pgs_id", (1, ""))
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}", pgs_id):
            self.refuse(line, "#pgs_id", "an id", shown(pgs_id) if pgs_id else "none")
        return pgs_id

    def _number_of(self, header: Mapping[str, tuple[int, str]], text: bytes, begin: int) -> None:
        """A file that says how many rows it has shows that it is whole."""
        if "variants_number" in header and not self.faults:
            line, value = header["variants_number"]
            if value != str(count := text.count(b"\n", begin)):
                self.refuse(line, "#variants_number", f"the number of rows, {count}", shown(value))

    def _places(
        self, header: Mapping[str, tuple[int, str]], columns: list[str], number: int
    ) -> dict[Build, list[tuple[str, str]]]:
        """Of each build the columns of chromosome and position; of one build both pairs may be."""
        found: dict[Build, list[tuple[str, str]]] = {}
        for key, pair in (("genome_build", ("chr_name", "chr_position")), ("HmPOS_build", ("hm_chr", "hm_pos"))):
            given = [name in columns for name in pair]
            line, value = header.get(key, (number, ""))
            if any(given) != all(given):
                self.refuse(number, "(columns)", f"{' and '.join(pair)} together", "one of them")
            elif all(given) and value in _BUILDS:
                found.setdefault(_BUILDS[value], []).append(pair)
            elif all(given):
                self.refuse(line, f"#{key}", " or ".join(_BUILDS), shown(value) if value else "none")
        if not found and not self.faults:
            self.refuse(number, "(columns)", "chr_name and chr_position, or hm_chr and hm_pos", "neither")
        return found

    def _columns(self, columns: list[str], number: int) -> None:
        for name in columns:
            if columns.count(name) > 1:
                self.refuse(number, "(columns)", "each name once", shown(name))
            elif name not in _LABELS and name not in _PLACES and name not in (*_NEEDED, *_FLAGS, _FREQUENCY, _ERROR):
                self.refuse(number, "(columns)", "columns of format 2.0 that add up copies of alleles", shown(name))
        for name in _NEEDED:
            if name not in columns:
                self.refuse(number, "(columns)", f"the column {name}", "none")
        if self.faults:
            raise _StopError

    # --------------------------------------------------------------------------------------------------- the rows

    def _allele(
        self, line: int, row: Mapping[str, str], places: Mapping[Build, list[tuple[str, str]]]
    ) -> ScoredAllele | None:
        """The allele of a row; None when it has a fault."""
        before = len(self.faults)
        for name, plain in _FLAGS.items():
            if row.get(name, "") not in ("", plain):
                self.refuse(line, name, f"{plain} or nothing", shown(row[name]))
        for name in ("effect_allele", "other_allele"):
            if row[name] not in tuple("ACGT"):
                self.refuse(line, name, "one base, A, C, G or T", shown(row[name]))
        if row["effect_allele"] == row["other_allele"]:
            self.refuse(line, "other_allele", "another base than effect_allele", shown(row["other_allele"]))
        weight = self._number(line, row, "effect_weight")
        frequency = self._number(line, row, _FREQUENCY) if _FREQUENCY in row else None
        error = self._number(line, row, _ERROR) if _ERROR in row else None
        spots = {build: self._spot(line, row, build, pairs) for build, pairs in places.items()}
        if len(self.faults) == before and not any(spots.values()):
            self.refuse(line, "(row)", "a place on a build", "none")
        if len(self.faults) > before or weight is None:
            return None
        spot = next(spot for spot in spots.values() if spot)
        return ScoredAllele(
            line=line,
            name=row.get("hm_rsID") or row.get("rsID") or f"{spot[0]}:{spot[1]}",
            effect=row["effect_allele"],
            other=row["other_allele"],
            weight=weight,
            frequency=frequency,
            error=error,
            grch37=spots.get(Build.GRCH37),
            grch38=spots.get(Build.GRCH38),
        )

    def _number(self, line: int, row: Mapping[str, str], name: str) -> int | None:
        """A number in whole units."""
        text, (units, least, most) = row[name], _NUMBERS[name]
        if not _NUMBER.fullmatch(text) or not least <= (value := _EXACT.create_decimal(text)) <= most:
            self.refuse(line, name, f"a number from {least} to {most}", shown(text))
            return None
        return int(_EXACT.to_integral_value(_EXACT.multiply(value, Decimal(units))))

    def _spot(self, line: int, row: Mapping[str, str], build: Build, pairs: list[tuple[str, str]]) -> Spot | None:
        """The place of a row on a build; two pairs of columns must agree."""
        found: Spot | None = None
        for chrom_column, pos_column in pairs:
            chrom, pos = row[chrom_column].removeprefix("chr"), row[pos_column]
            if not chrom and not pos:
                continue
            if chrom not in _AUTOSOMES:
                self.refuse(line, chrom_column, "an autosome, 1 to 22, or no place", shown(row[chrom_column]))
            elif not re.fullmatch("[1-9][0-9]{0,8}", pos) or int(pos) > LENGTHS[build][chrom]:
                self.refuse(line, pos_column, f"a position inside chromosome {chrom} of {build}", shown(pos))
            elif found not in (None, (chrom, int(pos))):
                self.refuse(line, pos_column, f"the same place on {build} as chr_name and chr_position", shown(pos))
            else:
                found = chrom, int(pos)
        return found

    def _once(self, alleles: ScoredAlleles) -> None:
        """A place stands in one row; a second row would count it twice or contradict the first."""
        from assigner.rules.scoring_rows import repeated

        for build in Build:
            for later, earlier in repeated(alleles, build):
                allele, first = alleles[later], alleles[earlier]
                same = (first.effect, first.other, first.weight) == (allele.effect, allele.other, allele.weight)
                got = f"the row of line {first.line} {'again' if same else 'contradicted'}"
                self.refuse(allele.line, "(row)", f"a place on {build} that no other row has", got)


def _pieces(text: bytes, begin: int, size: int) -> Iterator[bytes]:
    """Pieces of whole lines, from a place on, of some size."""
    while begin < len(text):
        stop = text.rfind(b"\n", begin, begin + size) + 1 or text.find(b"\n", begin + size - 1) + 1
        yield text[begin:stop]
        begin = stop
