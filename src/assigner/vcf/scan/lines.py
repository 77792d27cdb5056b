"""One pass over the text of a VCF, from its header to its end, in chunks of whole lines."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, TypeVar

from assigner.errors import HeaderError, LimitError
from assigner.vcf.bytes.blocks import FRONT, Piece, Pieces
from assigner.vcf.bytes.sources import OpenVcf
from assigner.vcf.scan.columns import FIXED
from assigner.vcf.scan.fingerprints import Fingerprint
from assigner.vcf.scan.headers import A_HEADER_LINE, Header, beginning, parse_header
from assigner.vcf.scan.intervals import Choice, Intervals
from assigner.vcf.scan.scanner import Scanner
from assigner.vcf.scan.scans import Scan, Whose
from assigner.vcf.scan.sexes import Filters
from assigner.vcf.scan.sieves import Sift
from assigner.vcf.scan.spans import PAD

if TYPE_CHECKING:
    from assigner.vcf.scan.plain import PlainReader

AnyScanner = TypeVar("AnyScanner", bound="Scanner")


def scan(
    source: OpenVcf,
    choose: Callable[[Header], Choice],
    whose: Whose | None = None,
    filters: Filters | None = None,
    fingerprint: Fingerprint | None = None,
    sift: Sift | None = None,
    plain: Callable[[Header], PlainReader | None] | None = None,
) -> Scan:
    """Read a source to its end and close it; keep the records that overlap what `choose` chooses.

    Args:
        source: a VCF, not read before.
        choose: called once, with the header; returns the intervals wanted on each contig, by the file's names
            for the contigs, 1-based, both ends included.
        whose: tells which of the header's samples is asked about; of the kept lines only its column stays, and its
            calls on X and Y are counted.
        filters: the values of FILTER with which calls on X and Y count.
        fingerprint: takes genotypes of the sample, if any is taken.
        sift: called after `choose`, with the header; returns what leaves out some of the records that are chosen.
        plain: likewise; returns what takes plain genotypes out of those that are left.

    Raises:
        InputError: the container, the header or any line is unsound, or exceeds a limit.
    """

    def begin(header: Header, number: int) -> Scanner:
        column = None if whose is None else FIXED + whose(header)
        accepted = filters or Filters()
        return Scanner(
            source=source,
            header=header,
            number=number,
            column=column,
            filters=accepted,
            fingerprint=fingerprint,
            sift=sift,
            asks_plain=plain,
        )

    return read_through(source, choose, begin).scan()


def read_through(
    source: OpenVcf, choose: Callable[[Header], Choice], begin: Callable[[Header, int], AnyScanner]
) -> AnyScanner:
    """Read a source to its end and close it.

    Args:
        source: as for `scan`.
        choose: likewise.
        begin: makes the scanner, from the header and the number of the first line after it.
    """
    with source:
        pieces = source.pieces()
        header, rest, number = header_in(pieces, source)
        scanner = begin(header, number)
        scanner.wanted = Intervals.by_contig(choose(header))
        for buffer, base, cut in _whole_lines(rest, pieces, scanner):
            scanner.take(buffer, base, cut)
    return scanner


def header_in(pieces: Pieces, source: OpenVcf) -> tuple[Header, bytes, int]:
    """The header, the text after it, and the number of the first line after it."""
    text, lines, at, contigs = bytearray(), list[bytes](), 0, 0
    for piece in pieces:
        text += piece.text
        while (stop := text.find(b"\n", at)) >= 0:
            line = bytes(text[at:stop])
            lines.append(line)
            at = stop + 1
            contigs += line.startswith(b"##contig=")
            _check_header_size(source, len(lines), at, len(line), contigs)
            if line.startswith(b"#CHROM"):
                return parse_header(lines, source.name, source.limits), bytes(text[at:]), len(lines) + 1
            if not line.startswith(b"#") and line.strip():
                raise HeaderError(f"{source.name}: line {len(lines)}", A_HEADER_LINE, beginning(line))
        _check_header_size(source, len(lines) + 1, len(text), len(text) - at, contigs)
    raise HeaderError(f"{source.name}: line {len(lines)}", "a header that ends with its #CHROM line", "the end")


def _check_header_size(source: OpenVcf, number: int, size: int, line: int, contigs: int) -> None:
    place, limits = f"{source.name}: line {number}", source.limits
    if line > limits.line_bytes:
        raise LimitError(place, f"at most {limits.line_bytes} bytes in a line", "more")
    if size > limits.header_bytes:
        raise LimitError(place, f"a header of at most {limits.header_bytes} bytes", "more")
    if contigs > limits.contigs:
        raise LimitError(place, f"at most {limits.contigs} contigs", "more")


def _whole_lines(rest: bytes, pieces: Pieces, scanner: Scanner) -> Iterator[tuple[bytearray, int, int]]:
    """The text in chunks: a buffer, where `PAD` stands in it, and where the whole lines after that end."""
    if last := (yield from ended_lines(rest, pieces, scanner)):
        scanner.note("the last line has no line end", scanner.number)
        yield bytearray().join((PAD, last, b"\n", PAD)), 0, len(PAD) + len(last) + 1


def ended_lines(rest: bytes, pieces: Pieces, scanner: Scanner) -> Generator[tuple[bytearray, int, int], None, bytes]:
    """The lines that have an end, in such chunks; returns what stands after them."""
    pending = rest
    if cut := pending.rfind(b"\n") + 1:
        yield bytearray().join((PAD, pending, PAD)), 0, len(PAD) + cut
        pending = pending[cut:]
    more = list[bytes]()
    for piece in pieces:
        cut = piece.buffer.rfind(b"\n", FRONT, piece.stop) + 1
        if cut:
            yield _before(b"".join((pending, *more)), piece, cut)
            pending, more = bytes(piece.buffer[cut : piece.stop]), []
        else:
            more.append(piece.text)
        scanner.check_length(len(pending) + sum(map(len, more)), 0)
    return b"".join((pending, *more))


def _before(pending: bytes, piece: Piece, cut: int) -> tuple[bytearray, int, int]:
    """Put the pending part of a line before the piece that goes on with it: in its buffer, if there is enough."""
    base = FRONT - len(PAD) - len(pending)
    if base < 0:
        buffer = bytearray().join((PAD, pending, piece.text, PAD))
        return buffer, 0, cut - base
    piece.buffer[base:FRONT] = PAD + pending
    return piece.buffer, base, cut
