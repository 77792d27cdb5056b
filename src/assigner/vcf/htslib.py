"""What htslib is asked, by way of cyvcf2, which is imported here alone.

htslib never sees bytes that were not checked before: of a VCF it parses a small copy of exactly the panel's lines with
one sample's column, of a BCF what has passed the container's checks. Genotypes are taken from `Variant.genotypes`;
`gt_types` and its kin misread half calls and other ploidies (cyvcf2 #54, #204). Nothing of a record is kept by
reference, and htslib keeps silent: what is wrong is told by our own errors.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen

from assigner.errors import AssignerError, ContainerError, RecordError
from assigner.vcf.containers import Limits, Source
from assigner.vcf.headers import Header, parse_header
from assigner.vcf.lines import Choice, Intervals, Line, Scan

if TYPE_CHECKING:
    from cyvcf2 import VCF
    from cyvcf2 import Variant as HtsRecord

_ASKED = {
    "GT": ("1", "String"),
    "DP": ("1", "Integer"),
    "MIN_DP": ("1", "Integer"),
    "GQ": ("1", "Integer"),
    "RGQ": ("1", "Integer"),
    "AD": ("R", "Integer"),
}


@frozen
class Typed:
    """What htslib reads of the sample in one record."""

    pos: int
    alleles: tuple[int | None, ...] | None
    depth: int | None
    quality: int | None
    depths: tuple[int | None, ...]


def typed(header: Header, lines: Sequence[Line], column: int, name: str) -> Iterator[Typed]:
    """htslib's reading of the lines, in their order."""
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


def _small_vcf(header: Header, lines: Sequence[Line], column: int) -> bytes:
    """A VCF of these lines and one sample, under a header of what is asked of it, written anew."""
    contigs = dict.fromkeys(line.text.split(b"\t", 1)[0].decode("utf-8", "surrogateescape") for line in lines)
    head = ["##fileformat=VCFv4.2"]
    for key, (number, kind) in _ASKED.items():
        declared = header.formats.get(key)
        real = declared is not None and declared.type == "Float" and kind == "Integer"
        head.append(f'##FORMAT=<ID={key},Number={number},Type={"Float" if real else kind},Description="">')
    head += [f"##contig=<ID={contig}>" for contig in contigs]
    head.append("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS\n")
    return "\n".join(head).encode("utf-8", "surrogateescape") + b"".join(_cut(line.text, column) for line in lines)


def _cut(text: bytes, column: int) -> bytes:
    """A line with what htslib is asked about: the place, the alleles, and the asked FORMAT keys of one sample.

    A phase sign before the first allele (VCF 4.4) is left out, because this htslib cannot read it.
    """
    columns = text.split(b"\t", column + 1)
    keys, values = columns[8].split(b":"), columns[column].split(b":")
    asked = [(key, value) for key, value in zip(keys, values, strict=False) if key.decode("latin-1") in _ASKED]
    kept = b":".join(key for key, _ in asked) or b"."
    given = b":".join(value.lstrip(b"/|") if key == b"GT" else value for key, value in asked) or b"."
    return b"\t".join([*columns[:2], b".", *columns[3:5], b".", b".", b".", kept, given]) + b"\n"


@contextlib.contextmanager
def _htslib(content: bytes) -> Iterator[Iterator[HtsRecord]]:
    """cyvcf2 over bytes in memory, by way of an anonymous file."""
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        file.seek(0)
        with _open(file.fileno()) as records:
            yield iter(records)


@contextlib.contextmanager
def _open(source: int | str) -> Iterator[VCF]:
    """cyvcf2 over a descriptor or path, with htslib silent meanwhile."""
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
    block = _numbers(record, keys, "MIN_DP")
    return Typed(
        record.POS,
        alleles,
        _first(block or _numbers(record, keys, "DP")),
        _first(_numbers(record, keys, "GQ") or _numbers(record, keys, "RGQ")),
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


def _first(numbers: tuple[int | None, ...]) -> int | None:
    return numbers[0] if numbers else None


def scan_bcf(source: Source, choose: Callable[[Header], Choice]) -> Scan:
    """Read a BCF to its end and close it; keep, as VCF lines, the records that overlap what `choose` chooses.

    The bytes reach htslib through a pipe, each only after its block was checked. `Line.number` is the record's rank.

    Raises:
        InputError: the container, the header or a record is unsound.
    """
    reader, writer = os.pipe()
    feeder = _Feeder(source=source, descriptor=writer)
    feeder.thread.start()
    try:
        return _read_bcf(reader, source, choose, feeder)
    finally:
        os.close(reader)
        feeder.thread.join()


@define(kw_only=True)
class _Feeder:
    """Writes a source's checked bytes into a pipe, and reads on to the end when nobody listens any more."""

    source: Source
    descriptor: int
    error: BaseException | None = None
    thread: threading.Thread = field(init=False)

    @thread.default
    def _made(self) -> threading.Thread:
        return threading.Thread(target=self.run, name="assigner-bcf", daemon=True)

    def run(self) -> None:
        listening = True
        try:
            with self.source as source:
                for chunk in source.chunks():
                    listening = listening and self.write(chunk)
        except BaseException as error:
            self.error = error
        finally:
            os.close(self.descriptor)

    def write(self, chunk: bytes) -> bool:
        view = memoryview(chunk)
        try:
            while view:
                view = view[os.write(self.descriptor, view) :]
        except BrokenPipeError:
            return False
        return True

    def check(self) -> None:
        """Wait for the end of the source, and raise what was wrong with it."""
        self.thread.join()
        if self.error is not None:
            raise self.error


def _read_bcf(reader: int, source: Source, choose: Callable[[Header], Choice], feeder: _Feeder) -> Scan:
    """The scan of a BCF that comes through a pipe; what is wrong with its bytes comes before what htslib says."""
    try:
        with _open(reader) as records:
            header = _header(records, source.name, source.limits)
            wanted = {name: Intervals.of(pairs) for name, pairs in choose(header).items() if pairs}
            found = _kept(records, wanted)
    except Exception as error:  # cyvcf2 raises nothing more specific
        _drain(reader)
        feeder.check()
        if isinstance(error, AssignerError):
            raise
        raise RecordError(source.name, "BCF records that htslib reads", "one that it does not") from error
    feeder.check()
    return Scan(
        header=header,
        lines=tuple(found.lines),
        records=sum(found.contigs.values()),
        contigs=MappingProxyType(found.contigs),
        in_order=found.in_order,
        notes=(*source.notes, *header.notes),
    )


def _drain(reader: int) -> None:
    while os.read(reader, 1 << 20):
        pass


def _header(records: VCF, name: str, limits: Limits) -> Header:
    """The header as our own reader takes it; htslib has put it into text."""
    lines = records.raw_header.rstrip("\n\0").encode("utf-8", "surrogateescape").split(b"\n")
    return parse_header(lines, name, limits)


@define
class _Kept:
    """The records that overlap the panel, as VCF lines, and what was seen on the way."""

    lines: list[Line] = field(factory=list)
    contigs: dict[str, int] = field(factory=dict)
    in_order: bool = True


def _kept(records: Iterable[HtsRecord], wanted: Mapping[str, Intervals]) -> _Kept:
    kept = _Kept()
    last = ("", 0)
    for number, record in enumerate(records, start=1):
        contig, pos = record.CHROM, record.POS
        if contig != last[0]:
            kept.in_order = kept.in_order and contig not in kept.contigs
        elif pos < last[1]:
            kept.in_order = False
        last = (contig, pos)
        kept.contigs[contig] = kept.contigs.get(contig, 0) + 1
        spans = wanted.get(contig)
        if spans is not None and _meets(spans, pos, _end(record)):
            kept.lines.append(Line(number, str(record).rstrip("\n").encode("utf-8", "surrogateescape")))
    return kept


def _meets(spans: Intervals, pos: int, end: int) -> bool:
    nearest = int(spans.ends.searchsorted(pos))
    return nearest < len(spans.ends) and int(spans.starts[nearest]) <= end


def _end(record: HtsRecord) -> int:
    """The last base of a record; htslib leaves SVLEN out of it where END is missing."""
    length = record.INFO.get("SVLEN") if any(alt.startswith("<") for alt in record.ALT) else None
    lengths: tuple[Any, ...] = length if isinstance(length, tuple) else (length,)
    ends = [int(record.POS) + abs(int(each)) for each in lengths if each is not None]
    return max([int(record.end), int(record.POS), *ends])


def scan_indexed(path: str | os.PathLike[str], name: str, limits: Limits, choose: Callable[[Header], Choice]) -> Scan:
    """Read only the panel's regions by the file's index; nothing vouches for the rest of the file.

    Raises:
        ContainerError: the file or its index is missing or cannot be read.
    """
    place = Path(path)
    if not place.is_file():
        raise ContainerError(name, "a readable file", "none")
    if not any(Path(f"{place}{suffix}").is_file() for suffix in (".tbi", ".csi")):
        raise ContainerError(name, "an index beside it (.tbi or .csi)", "none")
    try:
        with _open(str(place.resolve())) as records:
            header = _header(records, name, limits)
            lines = _by_region(records, choose(header))
    except AssignerError:
        raise
    except Exception as error:  # cyvcf2 raises nothing more specific
        raise ContainerError(name, "an indexed VCF or BCF", "one that htslib does not read") from error
    return Scan(
        header=header,
        lines=tuple(Line(number, text) for number, text in enumerate(lines, start=1)),
        records=len(lines),
        contigs=MappingProxyType({}),
        in_order=True,
        notes=("only indexed regions were read",),
    )


def _by_region(records: VCF, choice: Choice) -> list[bytes]:
    """The lines of all intervals, each once: a record that meets two of them comes twice."""
    there = set(records.seqnames)
    found: dict[bytes, None] = {}
    for contig, pairs in choice.items():
        spans = Intervals.of(pairs) if contig in there else Intervals.of([])
        for start, end in zip(spans.starts.tolist(), spans.ends.tolist(), strict=True):
            for record in records(f"{contig}:{start}-{end}"):
                found[str(record).rstrip("\n").encode("utf-8", "surrogateescape")] = None
    return list(found)
