"""A quick look: the records of the panel alone, by the index of the file; nothing vouches for the rest of it."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from assigner.errors import AssignerError, ContainerError
from assigner.files import Source
from assigner.genome.builds import chrom_of
from assigner.vcf.bytes.containers import Limits
from assigner.vcf.scan.fingerprints import Fingerprint
from assigner.vcf.scan.headers import Header, parse_header
from assigner.vcf.scan.htslib import opened, text_of
from assigner.vcf.scan.intervals import Choice, Intervals
from assigner.vcf.scan.scans import Line, Scan, Whose
from assigner.vcf.scan.spans import last_base

if TYPE_CHECKING:
    from assigner.vcf.scan.htslib import VCF, HtsRecord

ONLY_INDEXED = "only indexed regions were read"
"""What a trace says of a quick look."""

_BEFORE = 1000
"""How many bases before a region are read too: an index takes END for the last base, also one that lies within REF."""


def scan_indexed(
    source: Source,
    name: str,
    limits: Limits,
    choose: Callable[[Header], Choice],
    whose: Whose,
    fingerprint: Fingerprint | None = None,
) -> Scan:
    """Read only the panel's regions by the file's index; nothing vouches for the rest of the file.

    Of the lines only the column of the sample stays that `whose` tells. Its calls on X and Y are not counted: some of
    them may show another sex than all of them do.

    Raises:
        ContainerError: the file or its index is missing or cannot be read.
    """
    from assigner.vcf.scan.indexes import expect_own_index  # few runs read by an index

    place = indexed_file(source, name, limits)
    try:
        with opened(str(place.resolve())) as records, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # cyvcf2 warns of each region without records
            header = _header(records, name, limits)
            own = expect_own_index(place, name, header, limits)
            choice, column = choose(header), whose(header)
            records.set_samples([header.samples[column]])
            lines = list(_by_region(records, header, choice, name))
    except AssignerError:
        raise
    except Exception as error:  # cyvcf2 raises nothing more specific
        raise ContainerError(name, "an indexed VCF or BCF", "one that htslib does not read") from error
    if fingerprint is not None:
        _take_genotypes(lines, fingerprint)
    return Scan(
        header=header,
        lines=tuple(Line(number, text) for number, text in enumerate(lines, start=1)),
        records=len(lines),
        contigs=MappingProxyType({}),
        in_order=True,
        notes=(ONLY_INDEXED, own),
    )


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
        ContainerError: when it is no path, no file, a link that the limits forbid, or has a name htslib would split.
    """
    if not isinstance(source, str | os.PathLike):
        raise ContainerError(name, "a path (quick), because the index stands beside it", f"a {type(source).__name__}")
    place = Path(source)
    if not place.is_file():
        raise ContainerError(name, "a readable file", "none")
    if not limits.follows_links and place.is_symlink():
        raise ContainerError(name, "a regular file", "a symbolic link")
    if "##idx##" in str(place.resolve()):  # htslib would take what stands behind it for the index
        raise ContainerError(name, "a file name without ##idx##", "one with it")
    return place


def _header(records: VCF, name: str, limits: Limits) -> Header:
    """The header as our own reader takes it; htslib has put it into text."""
    lines = records.raw_header.rstrip("\n\0").encode("utf-8", "surrogateescape").split(b"\n")
    return parse_header(lines, name, limits)


def _by_region(records: VCF, header: Header, choice: Choice, name: str) -> Iterator[bytes]:
    """The lines that overlap what is chosen, in the order of the file, as a pass over all of it keeps them."""
    wanted, reach = Intervals.by_contig(choice), _may_reach_further(header)
    for contig in records.seqnames:
        if contig in wanted:
            spans = wanted[contig]
            for record in _met(records, contig, spans, reach=reach):
                text = text_of(record)
                if spans.meets(record.POS, last_base(text, record.POS, f"{name}: {contig}:{record.POS}")):
                    yield text


def _may_reach_further(header: Header) -> bool:
    """Whether a record may reach further than the index knows: by INFO/SVLEN or FORMAT/LEN.

    The index then does not tell which records lie over a region, and the contig is read from its first record on.
    """
    return bool({"SVLEN", "SVTYPE"} & header.info.keys()) or header.may_reach_by_sample


def _met(records: VCF, contig: str, wanted: Intervals, *, reach: bool) -> Iterator[HtsRecord]:
    """The records of one contig that may overlap what is wanted, each as often as the file has it."""
    starts = np.full_like(wanted.starts, 1) if reach else np.maximum(wanted.starts - _BEFORE, 1)
    asked, done = Intervals.of(np.column_stack((starts, wanted.ends))), 0
    for start, end in zip(asked.starts.tolist(), asked.ends.tolist(), strict=True):
        for record in records(f"{contig}:{start}-{end}"):
            is_new = done < record.POS  # else it was met in the region before, from which it reaches here
            if is_new and (not reach or _may_overlap(record, wanted)):
                yield record
        done = end


def _may_overlap(record: HtsRecord, wanted: Intervals) -> bool:
    """Whether a record overlaps what is wanted by its REF, or has an ALT that may reach further."""
    alts = record.ALT
    return wanted.meets(record.POS, record.POS + len(record.REF) - 1) or not alts or any(a[0] in "<*" for a in alts)
