"""One pass over a BGZF file of many samples in parts, each read by whoever has time, put together as one pass finds it.

A part is scanned as a whole file is, but for its first line, which began in the part before, and its last one. Nothing
is put together but what is sound and in order everywhere, and only where the parts' bytes are those of the file: one
more reader takes the digest of the file and those of its parts. In any other case there is no result, and the file is
read as one, which says what is wrong with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import assert_never

from attrs import evolve, frozen

from assigner.errors import InputError
from assigner.vcf.bytes import blocks
from assigner.vcf.bytes.blocks import Pieces
from assigner.vcf.bytes.containers import Container, Limits
from assigner.vcf.bytes.ranges import Digests, Range, digests_of, open_range, ranges_of
from assigner.vcf.bytes.raw import RawBytes
from assigner.vcf.bytes.sources import OpenVcf, untold
from assigner.vcf.scan.headers import Header
from assigner.vcf.scan.intervals import Choice, Intervals
from assigner.vcf.scan.joint import EachAlone, JointLine, JointScan, JointTallies
from assigner.vcf.scan.joint_fingerprints import JointFingerprint
from assigner.vcf.scan.joint_scans import SAMPLES, JointScanner, of_all
from assigner.vcf.scan.lines import ended_lines, header_in
from assigner.vcf.scan.sexes import Filters


@frozen(eq=False, kw_only=True)
class Asked:
    """What is asked of a file, the same of each part of it.

    Attributes:
        path: the file.
        choice: the intervals wanted on each contig.
        filters: the values of FILTER with which calls on X and Y count.
        fingerprint: whether genotypes are taken by which the samples can be held against each other.
    """

    path: str
    header: Header
    choice: Choice
    filters: Filters
    fingerprint: bool
    limits: Limits


@frozen(eq=False)
class PartTask:
    """A part that is to be scanned."""

    asked: Asked
    span: Range


@frozen(eq=False)
class DigestTask:
    """The digests of a file and of its parts, which are to be taken."""

    path: str
    ranges: tuple[Range, ...]


@frozen(eq=False, kw_only=True)
class Found:
    """What sound lines in order hold.

    Attributes:
        begins: the number of the first line; 1 where it is not known which one it is.
        count: how many lines there are.
        records: those that are kept.
        size: about how many bytes of memory these take.
        contigs, lasts: as `Scan` has them.
        first, last: contig and position of the first record and of the last one.
    """

    begins: int
    count: int
    records: Sequence[JointLine]
    size: int
    contigs: dict[str, int]
    lasts: dict[str, int]
    first: tuple[str, int] | None
    last: tuple[str, int]
    tallies: JointTallies
    genotypes: JointFingerprint | None


@frozen(eq=False, kw_only=True)
class Part:
    """What was found in a part.

    Attributes:
        before: what stands before its first line end, and belongs to a line of the part before; nothing in the first.
        found: its whole lines; None where it holds no line end.
        after: what stands after its last line end.
        sha256: of its bytes, in hex.
        text_size: bytes of its text.
    """

    before: bytes
    found: Found | None
    after: bytes
    sha256: str
    text_size: int


@frozen(eq=False, kw_only=True)
class Whole:
    """What was found in a whole file of many samples, and what its bytes are."""

    scan: JointScan
    sha256: str
    size: int
    container: Container


Task = PartTask | DigestTask
Done = Part | Digests | None
Each = Callable[[Callable[[Task], Done], Sequence[Task]], Iterable[Done]]
"""Does some work on each task, anywhere, and gives the results in the order of the tasks."""


def scan_in_parts(asked: Asked, count: int, each: Each) -> Whole | None:
    """Read a BGZF file of many samples in at most so many parts.

    Returns:
        What `scan_all` finds; None where the file is small, or is not sound, in order and without oddities all along,
        or changes meanwhile: then it is to be read as one.

    Raises:
        InputError: whoever works on the parts was ended.
    """
    ranges = ranges_of(asked.path, count)
    if len(ranges) < 2:
        return None
    tasks: list[Task] = [DigestTask(asked.path, ranges), *(PartTask(asked, span) for span in ranges)]
    digests, *parts = each(done, tasks)
    if not isinstance(digests, Digests):
        return None
    read = [part for part in parts if isinstance(part, Part)]
    if digests.parts != tuple(part.sha256 for part in read):  # also where a part is missing
        return None
    scan = joined(asked, read)
    if scan is None:
        return None
    return Whole(scan=scan, sha256=digests.whole, size=digests.size, container=Container.BGZF)


def done(task: Task) -> Done:
    """What a task comes to; None where something is not as in most files."""
    try:
        match task:
            case PartTask():
                return _scanned(task.asked, task.span)
            case DigestTask():
                return digests_of(task.path, task.ranges)
            case _:
                assert_never(task)
    except (InputError, EachAlone):
        return None


def _scanned(asked: Asked, span: Range) -> Part | None:
    """What is found in a part; None where anything is odd.

    Raises:
        InputError: the bytes are no whole blocks, or the lines are not sound.
        EachAlone: as `scan_all`.
    """
    source = open_range(asked.path, span, asked.limits)
    with source:
        pieces = source.pieces()
        if span.begin == 0:
            header, rest, number = header_in(pieces, source)
            if header != asked.header:
                return None
            before, is_ended = b"", True
        else:
            before, rest, is_ended = _first_end(pieces)
            number = 1
        scanner = _scanner(asked, source, number)
        after = _take(scanner, rest, pieces)
    if not is_ended:
        return Part(before=before, found=None, after=b"", sha256=source.digest, text_size=source.text_size)
    found = _found(scanner, number)
    if found is None:
        return None
    return Part(before=before, found=found, after=after, sha256=source.digest, text_size=source.text_size)


def _first_end(pieces: Pieces) -> tuple[bytes, bytes, bool]:
    """The text before the first line end, that after it as far as it was read, and whether there is one."""
    text = bytearray()
    for piece in pieces:
        at = len(text)
        text += piece.text
        if (end := text.find(b"\n", at)) >= 0:
            return bytes(text[:end]), bytes(text[end + 1 :]), True
    return bytes(text), b"", False


def _scanner(asked: Asked, source: OpenVcf, number: int) -> JointScanner:
    own = of_all(asked.header, asked.filters, asked.fingerprint)
    scanner = JointScanner(source=source, header=asked.header, number=number, **own)
    scanner.wanted = Intervals.by_contig(asked.choice)
    return scanner


def _take(scanner: JointScanner, rest: bytes, pieces: Pieces) -> bytes:
    """Let a scanner take in the lines that have an end; what stands after them."""
    lines = ended_lines(rest, pieces, scanner)
    while True:
        try:
            buffer, base, cut = next(lines)
        except StopIteration as ended:
            after: bytes = ended.value
            return after
        scanner.take(buffer, base, cut)


def _found(scanner: JointScanner, begins: int) -> Found | None:
    if scanner.oddities.found:
        return None
    return Found(
        begins=begins,
        count=scanner.number - begins,
        records=tuple(scanner.held),
        size=scanner.size,
        contigs=scanner.counts,
        lasts=scanner.lasts,
        first=scanner.first,
        last=(scanner.contig, scanner.pos),
        tallies=scanner.all,
        genotypes=scanner.genotypes,
    )


def joined(asked: Asked, parts: Sequence[Part]) -> JointScan | None:
    """What the parts of a file hold together; None where they do not fit together, or exceed a limit.

    The line that one part ends in is scanned here, with what the next ones have of it.
    """
    limits, pending, every = asked.limits, b"", list[Found]()
    for at, part in enumerate(parts):
        pending += part.before
        if part.found is None:
            continue
        if at:
            between = _line(asked, pending)
            if between is None:
                return None
            every.append(between)
        every.append(part.found)
        pending = part.after
    if pending or not _are_in_order(every) or sum(part.text_size for part in parts) > limits.text_bytes:
        return None
    if sum(found.size for found in every) > SAMPLES * limits.kept_bytes:
        return None
    return _together(asked, every)


def _line(asked: Asked, text: bytes) -> Found | None:
    """What one line holds that stands in several parts."""
    raw = RawBytes(text + b"\n", asked.path)
    source = OpenVcf(raw, Container.PLAIN, blocks.plain, limits=asked.limits, threads=1, progress=untold)
    scanner = _scanner(asked, source, 1)
    try:
        with source:
            _take(scanner, b"", source.pieces())
    except (InputError, EachAlone):
        return None
    return _found(scanner, 1)


def _are_in_order(every: Iterable[Found]) -> bool:
    """Whether each contig's records stand together, by ascending POS; within each they do."""
    met: set[str] = set()
    last: tuple[str, int] | None = None
    for found in every:
        if found.first is None:
            continue
        new = {*found.contigs}
        if last is not None and found.first[0] == last[0]:
            if found.first[1] < last[1]:
                return False
            new.remove(last[0])
        if met.intersection(new):
            return False
        met.update(new)
        last = found.last
    return last is not None


def _together(asked: Asked, every: Sequence[Found]) -> JointScan | None:
    contigs, lasts, lines = Counter[str](), dict[str, int](), list[JointLine]()
    header, number = asked.header, every[0].begins
    own = of_all(header, asked.filters, asked.fingerprint)
    tallies: JointTallies = own["all"]
    genotypes: JointFingerprint | None = own["genotypes"]
    for found in every:
        shift = number - found.begins
        lines += (evolve(line, number=line.number + shift) for line in found.records)
        number += found.count
        contigs.update(found.contigs)
        for name, pos in found.lasts.items():
            lasts[name] = max(lasts.get(name, 0), pos)
        tallies.put(found.tallies)
        if genotypes is not None and found.genotypes is not None:
            genotypes.put(found.genotypes)
    if len(contigs) > asked.limits.contigs:
        return None
    return JointScan(
        name=asked.path,
        kept_bytes=asked.limits.kept_bytes,
        noun="line",
        header=header,
        lines=tuple(lines),
        records=sum(contigs.values()),
        contigs={**contigs},
        in_order=True,
        notes=(*Container.BGZF.notes(asked.path), *header.notes),
        lasts=lasts,
        tallies=tallies,
        genotypes=genotypes,
    )
