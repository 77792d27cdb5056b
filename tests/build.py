"""Files byte for byte: BGZF blocks of any size, gzip members, VCF headers and records."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from assigner.synthetic import bgzf as blocks
from assigner.synthetic.vcfs import Row, Vcf
from assigner.texts import BGZF_END


def _deflated(level: int) -> Callable[[bytes], bytes]:
    def deflate(data: bytes) -> bytes:
        deflating = zlib.compressobj(level, zlib.DEFLATED, -15)
        return deflating.compress(data) + deflating.flush()

    return deflate


def bgzf_block(data: bytes, *, level: int = 6, extra: bytes = b"") -> bytes:
    """One BGZF block; `extra` goes into its extra field before BGZF's own."""
    return blocks.block_of(data, _deflated(level), extra)


def bgzf(data: bytes, *, block: int = 65280, cuts: Iterable[int] = (), end: bool = True, level: int = 6) -> bytes:
    """A BGZF file; its blocks end after each `block` bytes and at `cuts`."""
    whole = blocks.bgzf(data, _deflated(level), block=block, cuts=cuts)
    return whole if end else whole.removesuffix(BGZF_END)


def gzip(data: bytes, *, cuts: Iterable[int] = ()) -> bytes:
    """An ordinary gzip file, with a member for each part between `cuts`."""
    bounds = sorted({0, *(cut for cut in cuts if cut < len(data)), len(data)})
    parts = []
    for a, b in itertools.pairwise(bounds):
        deflate = zlib.compressobj(6, zlib.DEFLATED, 31)
        parts.append(deflate.compress(data[a:b]) + deflate.flush())
    return b"".join(parts)


def header(
    *,
    version: str = "4.2",
    contigs: Sequence[str] = (),
    samples: Sequence[str] = ("S1",),
    meta: Sequence[str] = ('##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',),
) -> bytes:
    """A VCF's header; a contig is given as `name` or `name,length=..`."""
    vcf = Vcf(samples=tuple(samples), meta=tuple(meta), contigs=tuple(contigs), version=version)
    return vcf.header.encode()


def record(
    chrom: str = "1",
    pos: int | str = 100,
    ref: str = "A",
    alt: str = "C",
    *,
    info: str = ".",
    samples: Sequence[str] = ("0/1",),
    keys: str = "GT",
) -> bytes:
    """One record, with its line end."""
    fields: dict[str, Any] = {"chrom": chrom, "pos": pos, "ref": ref, "alt": alt, "info": info, "keys": keys}
    return Row(**fields, samples=tuple(samples)).line.encode()
