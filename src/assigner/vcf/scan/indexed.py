"""A quick look: the records of the panel alone, by the index of the file; nothing vouches for the rest of it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np
from attrs import define, evolve

from assigner.errors import ContainerError
from assigner.files import Source
from assigner.genome.builds import chrom_of
from assigner.vcf.bytes.chosen import Offsets, open_chosen
from assigner.vcf.bytes.containers import Container, Limits
from assigner.vcf.bytes.sources import Progress
from assigner.vcf.scan.alts import ANY_OTHER_BYTES
from assigner.vcf.scan.fingerprints import Fingerprint
from assigner.vcf.scan.headers import Header
from assigner.vcf.scan.intervals import Choice, Intervals
from assigner.vcf.scan.lines import scan
from assigner.vcf.scan.scans import Line, Scan, Whose

ONLY_INDEXED = "only indexed regions were read"
"""What a trace says of a quick look."""

_BEFORE = 100_000
"""How many bases before a region are read too: an index takes END for the last base, also one that lies within REF."""

_A_BLOCK = re.compile(r"##ALT=<(?:.*,)?ID=(?:NON_REF|\*)[,>]")


def scan_indexed(
    source: Source,
    name: str,
    limits: Limits,
    choose: Callable[[Header], Choice],
    whose: Whose,
    fingerprint: Fingerprint | None,
    progress: Progress,
) -> Scan:
    """Read only the panel's regions by the file's index; nothing vouches for the rest of the file.

    What is read of the file is read as the whole of it would be. Of the lines only the column of the sample stays that
    `whose` tells. Its calls on X and Y are not counted: some of them may show another sex than all of them do.

    Raises:
        InputError: the file or its index is missing, or what is read of it is unsound or exceeds a limit.
    """
    look = _Look(place=indexed_file(source, name, limits), name=name, limits=limits, choose=choose, progress=progress)
    found = look.scan(whose)
    if not (look.from_first or look.is_bcf or _is_told(found)):
        look.from_first = True
        found = look.scan(whose)
    if fingerprint is not None:
        _take_genotypes((line.text for line in found.lines), fingerprint)
    return evolve(
        found,
        lines=tuple(Line(number, line.text) for number, line in enumerate(found.lines, start=1)),
        records=len(found.lines),
        contigs=MappingProxyType({}),
        lasts=MappingProxyType({}),
        notes=(ONLY_INDEXED, look.told),
        tallies=MappingProxyType({}),
    )


@define(kw_only=True)
class _Look:
    """A file that is read by its index.

    Attributes:
        from_first: whether the contigs that are asked about are read from their first record on: one may reach further
            than the index knows, by INFO/SVLEN or FORMAT/LEN, so that the index does not tell which ones lie over a
            region.
        is_bcf: whether the header tells all keys of INFO, without which no record of a BCF has any.
        told: what was checked of the index, for the trace.
    """

    place: Path
    name: str
    limits: Limits
    choose: Callable[[Header], Choice]
    progress: Progress
    from_first: bool = False
    is_bcf: bool = False
    told: str = ""
    choice: Choice | None = None
    chunks: Sequence[Offsets] = ()

    def scan(self, whose: Whose) -> Scan:
        """The records that overlap what is chosen, as a pass over the whole file keeps them."""
        opened = open_chosen(self.place, f"{self.name} (by its index)", lambda: self.chunks, self.limits, self.progress)
        self.is_bcf = opened.container is Container.BCF
        if self.is_bcf:
            from assigner.vcf.scan.bcf import scan_bcf

            return scan_bcf(opened, self._chosen, whose)
        return scan(opened, self._chosen, whose)

    def _chosen(self, header: Header) -> Choice:
        """What is chosen; and the chunks of the file that hold it."""
        from assigner.vcf.scan.indexes import own_index  # few runs read by an index

        own = own_index(self.place, self.name, header, self.limits)
        self.told = own.told
        if self.choice is None:
            self.choice = self.choose(header)
        self.from_first = self.from_first or _may_reach_further(header)
        wanted = Intervals.by_contig(self.choice)
        self.chunks = own.over({contig: self._before(spans) for contig, spans in wanted.items()})
        return self.choice

    def _before(self, wanted: Intervals) -> Intervals:
        """Where records may begin, as an index knows them, that lie over some bases."""
        starts = np.full_like(wanted.starts, 1) if self.from_first else np.maximum(wanted.starts - _BEFORE, 1)
        return Intervals.of(np.column_stack((starts, wanted.ends)))


def _may_reach_further(header: Header) -> bool:
    """Whether the header says that a record may reach further than the index knows."""
    large = (line for line in header.meta if line.startswith("##ALT=") and not _A_BLOCK.match(line))
    return bool({"SVLEN", "SVTYPE"} & header.info.keys()) or header.may_reach_by_sample or any(large)


def _is_told(found: Scan) -> bool:
    """Whether the header seems to tell all keys of INFO: the records have some, all of them declared, and no large ALT.

    A header of which that cannot be said may also not tell of INFO/SVLEN, by which others may reach here.
    """
    declared = {key.encode("utf-8", "surrogateescape") for key in found.header.info}
    keys = set[bytes]()
    for line in found.lines:
        columns = line.text.split(b"\t", 8)
        if any(alt[:1] == b"<" and alt not in ANY_OTHER_BYTES for alt in columns[4].split(b",")):
            return False
        keys.update(entry.partition(b"=")[0] for entry in columns[7].split(b";"))
    return bool(keys - {b"."}) and keys - {b"."} <= declared


def _take_genotypes(lines: Iterable[bytes], fingerprint: Fingerprint) -> None:
    """Take the sample's genotypes where they are wanted, in lines that are not on X or Y."""
    for line in lines:
        contig, pos, _ = line.split(b"\t", 2)
        chrom = chrom_of(contig.decode("utf-8", "surrogateescape"))
        if chrom not in ("X", "Y") and len(fingerprint.wanted(chrom, np.array([int(pos)]))):
            fingerprint.add_line(chrom or "", line)


def indexed_file(source: Source, name: str, limits: Limits) -> Path:
    """The path of a file that may have an index beside it.

    Raises:
        ContainerError: when it is no path, no file, or a link that the limits forbid.
    """
    if not isinstance(source, str | os.PathLike):
        raise ContainerError(name, "a path (quick), because the index stands beside it", f"a {type(source).__name__}")
    place = Path(source)
    if not place.is_file():
        raise ContainerError(name, "a readable file", "none")
    if not limits.follows_links and place.is_symlink():
        raise ContainerError(name, "a regular file", "a symbolic link")
    return place
