"""What a file's bytes may be, and what reading them to the end proves."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Literal, assert_never

from attrs import field, frozen
from attrs.validators import ge, in_

from assigner.errors import ContainerError, HeaderError
from assigner.mistaken import Sort, sort_of
from assigner.vcf.bytes import blocks
from assigner.vcf.bytes.blocks import Inflate
from assigner.vcf.bytes.raw import Raw


@frozen(kw_only=True)
class Limits:
    """The most of everything that is read; each is checked before its memory is spent.

    Attributes:
        line_bytes: one line, header or record.
        header_bytes: the whole header.
        text_bytes: the whole text, decompressed. A genome's gVCF takes some tens of GB.
        expansion: text for each compressed byte, past the first 64 MiB of text. The format itself allows
            1,032; single-sample files reach 10, and the densest sound ones, 10,000 samples with genotypes
            only and one carrier a line, about 320.
        kept_bytes: the panel's lines together.
        contigs: contigs declared or named.
        samples: samples.
        alts: ALT alleles of one of the panel's records.
        links: whether a path that is a symbolic link is followed, as workflow managers need, which stage inputs as
            links, or refused, as where a folder of uploads must not lead out of itself. It says nothing of the folders
            above.
    """

    line_bytes: int = field(default=16 << 20, validator=ge(1))
    header_bytes: int = field(default=64 << 20, validator=ge(1))
    text_bytes: int = field(default=64 << 30, validator=ge(1))
    expansion: int = field(default=500, validator=ge(1))
    kept_bytes: int = field(default=256 << 20, validator=ge(1))
    contigs: int = field(default=100_000, validator=ge(1))
    samples: int = field(default=10_000, validator=ge(1))
    alts: int = field(default=100, validator=ge(1))
    links: Literal["follow", "refuse"] = field(default="follow", validator=in_(("follow", "refuse")))

    @property
    def follows_links(self) -> bool:
        """Whether a path may be a symbolic link."""
        match self.links:
            case "follow":
                return True
            case "refuse":
                return False
            case _:
                assert_never(self.links)


class Container(enum.StrEnum):
    """How the text or the records of a file are packed."""

    PLAIN = "plain"
    GZIP = "gzip"
    BGZF = "bgzf"
    BCF = "bcf"
    PLAIN_BCF = "plain_bcf"
    ZARR = "zarr"

    @property
    def proves(self) -> str:
        """What is proved of a file of this kind when it has been read to its end; it stands in the trace."""
        match self:
            case Container.PLAIN:
                return "plain text has no integrity of its own; the SHA-256 is the only seal"
            case Container.PLAIN_BCF:
                return "a BCF that is not compressed has no integrity of its own; the SHA-256 is the only seal"
            case Container.ZARR:
                return "converted from a VCF Zarr store; the SHA-256 is of the chunks and metadata that were read"
            case Container.GZIP | Container.BGZF | Container.BCF:
                return "every block's checksum and the end of the file were checked"
            case _:
                assert_never(self)

    def notes(self, name: str) -> Iterator[str]:
        """What is odd about a file of this kind and name, but sound."""
        lower = name.lower()
        match self:
            case Container.PLAIN:
                yield "plain text has no checksum of its own"
                if lower.endswith((".gz", ".bgz")):
                    yield "named as compressed, but plain text"
            case Container.GZIP | Container.BGZF:
                if self is Container.GZIP:
                    yield "plain gzip, not BGZF"
                if lower.endswith(".vcf"):
                    yield "named as plain text, but compressed"
            case Container.PLAIN_BCF:
                yield "plain BCF has no checksum of its own"
            case Container.ZARR:
                yield "converted: what the VCF had and the store has not is unknown"
            case Container.BCF:
                return
            case _:
                assert_never(self)


_SIGNATURES = (
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "gzip inside gzip"),
    (b"BCF\x04", "BCF version 1"),
    (b"BCF", "BCF of an unknown version"),
    (b"TBI\x01", "a tabix index"),
    (b"CSI\x01", "a CSI index"),
    (b"%PDF", "a PDF"),
    (b"\xef\xbb\xbf", "a byte-order mark before the text"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
    (b"version https://git-lfs", "a pointer to a file kept elsewhere (Git LFS)"),
    (b"BEGIN:VCARD", "an address book (vCard)"),
    (b"<", "a web page or XML"),
    (b"{", "JSON"),
    (b">", "FASTA"),
    (b"@", "SAM or FASTQ"),
)
_HEADERLESS = (
    (b"#CHROM", "the #CHROM line first"),
    (b"##", "another ## line first"),
    (b"\n", "a blank line first"),
    (b"\r", "a blank line first"),
)


def recognise(raw: Raw) -> tuple[Container, Inflate]:
    """The container of a file and how its text is had, by the first bytes of both.

    Raises:
        ContainerError: it holds something else.
        HeaderError: it is a VCF whose first line is not `##fileformat=`.
    """
    head = raw.look()
    if raw.is_converted:
        return Container.ZARR, blocks.plain
    if not head:
        raise ContainerError(raw.name, "a VCF or BCF", "an empty file")
    if not head.startswith(b"\x1f\x8b"):
        return (Container.PLAIN_BCF if _is_bcf(head, raw.name) else Container.PLAIN), blocks.plain
    bgzf = head[3:4] == b"\x04" and b"BC\x02\x00" in head[12 : 12 + int.from_bytes(head[10:12], "little")]
    container, inflate = (Container.BGZF, blocks.bgzf) if bgzf else (Container.GZIP, blocks.gzip)
    return (Container.BCF if _is_bcf(blocks.first_text(head, raw), raw.name) else container), inflate


def _is_bcf(text: bytes, name: str) -> bool:
    if text.startswith((b"BCF\x02\x01", b"BCF\x02\x02")):
        return True
    if text.startswith(b"##fileformat="):
        return False
    sort = sort_of(text)
    if sort is not None and sort is not Sort.VCF:
        raise ContainerError(name, "a VCF or BCF", sort.advice)
    for start, what in _SIGNATURES:
        if text.startswith(start):
            raise ContainerError(name, "a VCF or BCF", what)
    for start, what in _HEADERLESS:
        if text.startswith(start):
            raise HeaderError(f"{name}: line 1", "##fileformat=VCFv4", what)
    printable = all(byte >= 32 or byte in b"\t\r\n" for byte in text[:256])
    raise ContainerError(name, "a VCF or BCF", "other text" if printable else "unknown bytes")
