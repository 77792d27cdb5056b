"""One VCF or BCF of a participant: what it is for, what is chosen from it, and the records that it holds."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, assert_never

from attrs import define, evolve, field

from assigner.errors import SampleError, first_named, shown
from assigner.files import Source
from assigner.genome.builds import CHROMS, Build
from assigner.profiles.profile import Check, Input, Role, part_of
from assigner.rules import Rules
from assigner.rules.panels import panel_of
from assigner.vcf.bytes.containers import Container, Limits
from assigner.vcf.bytes.sources import OpenVcf, Progress, open_source, untold
from assigner.vcf.meaning.builds import (
    by_bases,
    expect_last_positions,
    is_mitochondrial,
    not_understood,
    proved,
    understood,
)
from assigner.vcf.meaning.found import Written
from assigner.vcf.meaning.known import Known
from assigner.vcf.meaning.strange import strange_frequencies, strange_words
from assigner.vcf.meaning.tandem import calls_at
from assigner.vcf.metadata import Metadata, role_of
from assigner.vcf.questions import Questions
from assigner.vcf.records.beside import Records
from assigner.vcf.records.histories import Filler, called, filled_by
from assigner.vcf.records.parsing import read_records
from assigner.vcf.records.record import Record
from assigner.vcf.scan.columns import FIXED
from assigner.vcf.scan.fingerprints import Fingerprint, Marks
from assigner.vcf.scan.headers import Header
from assigner.vcf.scan.indexed import ONLY_INDEXED, scan_indexed
from assigner.vcf.scan.intervals import Choice
from assigner.vcf.scan.lines import scan
from assigner.vcf.scan.scans import Scan
from assigner.vcf.scan.sexes import Filters
from assigner.vcf.scan.sieves import Sieve
from assigner.vcf.scan.tumours import SOMATIC_INFO, is_mitochondrial_mode, somatic_marks, tumour_marks

if TYPE_CHECKING:
    from assigner.packs.pack import Pack
    from assigner.vcf.scan.plain import PlainReader

Pathlike = str | os.PathLike[str]

Reads = Callable[..., tuple[tuple[Record, ...], tuple[str, ...]]]
"""What reads lines in full: `read_records`, or what has the same arguments and gives the same."""

MOST_MARKS = 200
"""How many letters are told of what makes a file a somatic one."""

_UNKNOWN_CONTIGS = "their records are not read, and a chromosome without records is not taken as reference"


@define(kw_only=True)
class File:
    """One file on its way: how it is to be read, and what it turned out to hold.

    Attributes:
        name: what errors call it.
        role: what it is for; as its header shows when the caller does not say.
        build: the build that the caller declares, or that the participant's first file has proved.
        around: how far around a listed allele, in bases, another spelling of it is looked for.
        metadata: what its header shows.
        speaks_of: the chromosomes on which a place without a record may be taken as reference, if the caller says so.
        rank: which of the participant's files it is, from 0.
        fingerprint: some of its genotypes, when there are other files to hold against it.
        marks: genotypes by which the participant can be held against others, where they are asked for.
        sample: the participant's column.
        notes: what is odd about the records that were kept.
        alone: whether no other file of the participant can tell of the same variants.
        left_out: by gene, how many carried variants without annotation were not read, because enough others were.
        explained: of the records that were not kept, the variants that have consequences.
        container: how it is packed; None when only indexed regions were read.
        known: calls that were worked out for other participants of the file, if it has any.
        progress: what is told how many more bytes were read.
        pack: what tells of the carried variants of which the file does not, if there is one.
    """

    name: str
    rules: Rules
    role: Role | None = None
    sample: str | None = None
    build: Build | None = None
    around: int = 0
    quick: bool = False
    threads: int = 1
    limits: Limits = field(factory=Limits)
    progress: Progress = untold
    alone: bool = False
    metadata: Metadata = field(init=False)
    speaks_of: frozenset[str] = frozenset(CHROMS)
    fingerprint: Fingerprint | None = None
    marks: Marks | None = None
    rank: int = 0
    scan: Scan = field(init=False)
    records: Records = field(factory=Records)
    notes: tuple[str, ...] = ()
    left_out: Mapping[str, int] = field(factory=dict)
    explained: tuple[Written, ...] = ()
    input: Input | None = None
    container: Container | None = None
    known: Known | None = None
    pack: Pack | None = None

    def read(self, source: Source) -> None:
        """Read the file, one pass, and its panel's lines in full."""
        if self.quick:
            self.scan = scan_indexed(
                source, self.name, self.limits, self.choose, self.column_of, self.fingerprint, self.progress
            )
        else:
            opened = open_source(source, limits=self.limits, threads=self.threads, progress=self.progress)
            self.container = opened.container
            self.scan = self._scan_of(opened, Filters.of(self.rules.content.gates))
            self.input = self.part_of(self.input_of(opened), self.scan.header)
        self.understand(read_records)

    def _scan_of(self, opened: OpenVcf, filters: Filters) -> Scan:
        """One pass over the records, by what reads them in the file's container."""
        match opened.container:
            case Container.BCF | Container.PLAIN_BCF:
                from assigner.vcf.scan.bcf import scan_bcf

                return scan_bcf(opened, self.choose, self.column_of, filters, self.fingerprint)
            case Container.PLAIN | Container.GZIP | Container.BGZF | Container.ZARR:
                return scan(
                    opened, self.choose, self.column_of, filters, self.fingerprint, self.sieve, self.plain_reader
                )
            case _:
                assert_never(opened.container)

    def input_of(self, opened: OpenVcf) -> Input:
        """What a trace says of the bytes that were read."""
        assert self.role is not None
        return Input(self.role.value, opened.digest, opened.size, opened.container.value)

    def part_of(self, whole: Input, header: Header) -> Input:
        """An input with which part of it is the participant's, where it holds several samples."""
        if len(header.samples) < 2 or self.sample is None:
            return whole
        return evolve(whole, part=part_of(whole.sha256, self.sample))

    def understand(self, records_of: Reads) -> None:
        """Read the panel's lines of the scan in full.

        Args:
            records_of: what reads them, as `read_records` does.
        """
        if self.metadata.last_positions:
            expect_last_positions(self.scan, self.name)
        self.speaks_of = understood(self.scan, self.name)
        lines, self.left_out = self.questions.worth_reading(self.scan, self.known or Known())
        self.scan = evolve(self.scan, lines=lines)
        relevance = self.questions.relevance()
        read = records_of(self.scan.header, self.scan.lines, 0, self.name, relevance, self.rank)
        own, more = called(read[0], self.filler)
        self.records = Records(own) if self.known is None else self.known.beside_first(own)
        self.explained = () if relevance is None else tuple(relevance.left_out.values())
        self.notes = read[1] + more
        self.notes += strange_words(self.records, self.metadata.annotator)
        if self.metadata.annotated:
            self.notes += strange_frequencies(self.scan.header, self.metadata.annotator, self.rules.content)

    @cached_property
    def filler(self) -> Filler | None:
        """Who wrote `0/0` in it where nothing was called, if anyone did."""
        return (self.known or Known()).once("filler", lambda: filled_by(self.scan.header))

    def choose(self, header: Header) -> Choice:
        """The intervals of the panel, by the file's names for the contigs, on every build it may be on."""
        self.column_of(header)
        return self.choice(header)

    def choice(self, header: Header) -> Choice:
        """The same, whoever's sample is the participant's."""
        self.metadata = Metadata.of(header, self.name, self.role, self.build, self.pack)
        self.role = self.metadata.role
        return self.questions.choice(header)

    @property
    def questions(self) -> Questions:
        """What the rule set asks of it."""
        return Questions(rules=self.rules, metadata=self.metadata, around=self.around, alone=self.alone, pack=self.pack)

    def plain_reader(self, header: Header) -> PlainReader | None:
        """What takes plain genotypes at the places of scores out of the lines, if anything may."""
        return self.questions.plain_reader(header, FIXED + self.column_of(header))

    def sieve(self, header: Header) -> Sieve | None:
        """What leaves out records that are no evidence, if anything may."""
        return self.questions.sieve(header, self.limits.alts)

    def column_of(self, header: Header) -> int:
        """Which sample is the participant's; never the first one of several by default."""
        place, samples = f"{self.name}: #CHROM", header.samples
        if not samples:
            raise SampleError(place, "a sample column", "none: nobody's genotypes are in this file")
        if self.sample is None and len(samples) > 1:
            expected = "the name of the participant's sample (sample=, --sample)"
            raise SampleError(place, expected, f"{len(samples)} samples")
        self.sample = self.sample or samples[0]
        if self.sample not in samples:
            came = "another one" if len(samples) == 1 else f"{len(samples)} others"
            raise SampleError(place, f"the sample {shown(self.sample)}", came)
        return samples.index(self.sample)

    def proved_build(self) -> tuple[Build, Check]:
        """The build that is proved or declared, and the check that says how.

        Raises:
            BuildError: when nothing proves it, or what is proved contradicts what is declared or the REF bases.
        """
        known = self.metadata.contigs[0] if self.metadata.contigs else self.build
        bases = {each: by_bases(self.records, panel_of(self.rules, each)) for each in ((known,) if known else Build)}
        return proved(self.metadata.contigs, self.build, bases, self.name, self.loci)

    @property
    def loci(self) -> dict[Build, int]:
        """At how many of the rule set's repeats a file of repeats has calls, on each build; its contigs say it else.

        A call that lies at the repeat on every build, as that of C9orf72 may, says nothing.
        """
        if self.metadata.contigs is not None or self.role is not Role.REPEATS:
            return {}
        found = {each: calls_at(self.records, panel_of(self.rules, each)) for each in Build}
        ids = {each: {(record.number, repeat.id) for record, _, repeat in calls} for each, calls in found.items()}
        anywhere = frozenset.intersection(*map(frozenset, ids.values()))
        return {each: len({name for _, name in calls - anywhere}) for each, calls in ids.items()}

    @property
    def is_mitochondrial(self) -> bool:
        """Whether no contig but the mitochondrion's is in it."""
        return is_mitochondrial(self.scan.header, self.scan)

    @cached_property
    def somatic(self) -> str | None:
        """What of header and records says that the sample is a tumour's, or the caller a somatic one, if so."""
        header = self.scan.header
        marks = tumour_marks(header, self.sample or "")
        if not self._is_of_mitochondria(header):
            telling = self.records.where(_tells_somatic)
            shown_by = {f"INFO/{key}" for record in telling for key in SOMATIC_INFO & record.info.keys()}
            marks = tuple(dict.fromkeys((*marks, *somatic_marks(header), *sorted(shown_by))))
        return f"{self.role}: {', '.join(marks)}"[:MOST_MARKS] if marks else None

    def _is_of_mitochondria(self, header: Header) -> bool:
        """Whether it is made for mitochondrial fractions, which callers of somatic variants are used for too."""
        made = role_of(header) is Role.MITOCHONDRIAL or self.role is Role.MITOCHONDRIAL or is_mitochondrial_mode(header)
        return made and all(record.chrom == "MT" for record in self.records)

    def checks(self) -> list[Check]:
        """What was checked of it, for the trace."""
        seen, role = self.scan, self.role
        packed = self.container
        how, proves = ("indexed", ONLY_INDEXED) if packed is None else (packed.value, packed.proves)
        found = [Check(f"{role}_container", how, proves)]
        found.append(
            Check(
                f"{role}_records",
                str(seen.records),
                f"{len(seen.lines) + seen.plain.count} of them at places of the rule set",
            )
        )
        found.append(Check(f"{role}_sample", "found", f"one of {len(seen.header.samples)} in the header"))
        if self.somatic is not None:
            found.append(Check(f"{role}_somatic", "no germline evidence", self.somatic.partition(": ")[2]))
        if names := not_understood(seen):
            found.append(Check(f"{role}_contigs", "not understood", f"{first_named(names)}: {_UNKNOWN_CONTIGS}"))
        if self.metadata.last_positions:
            found.append(Check(f"{role}_contig_lengths", "prove nothing", "they are last positions, and of no build"))
        notes = (*seen.notes, *self.notes, *self.metadata.annotator.notes)
        return found + [Check(f"{role}_note", "noted", note) for note in notes]


def _tells_somatic(record: Record) -> bool:
    return not SOMATIC_INFO.isdisjoint(record.info)
