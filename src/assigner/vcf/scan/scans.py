"""What one pass over a VCF or BCF finds."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from attrs import field, frozen

from assigner.genome.builds import Build
from assigner.vcf.scan.headers import Header
from assigner.vcf.scan.plain_calls import PlainCalls
from assigner.vcf.scan.sexes import XYTally


@frozen
class Line:
    """One line of a file: its number, from 1, and its text without the line end (of one sample, if one was asked)."""

    number: int
    text: bytes


@frozen(kw_only=True)
class Scan:
    """What one pass over a file found.

    Attributes:
        header: its header.
        lines: the records that overlap what was chosen, in file order.
        records: how many records there are in all.
        contigs: how many of them on each contig, in the order of their first one.
        lasts: the last POS on each of them; empty when only indexed regions were read.
        in_order: whether each contig's records stand together, by ascending POS.
        notes: what is odd about the file, but harmless.
        tallies: the calls on X and Y of the sample that was asked about, for either build; empty when only indexed
            regions were read.
        plain: the records at places of scores that were read at once, and are not among `lines`.
    """

    header: Header
    lines: tuple[Line, ...]
    records: int
    contigs: Mapping[str, int]
    in_order: bool
    notes: tuple[str, ...]
    lasts: Mapping[str, int] = field(factory=dict)
    tallies: Mapping[Build, XYTally] = field(factory=dict)
    plain: PlainCalls = field(factory=PlainCalls)


Whose = Callable[[Header], int]
