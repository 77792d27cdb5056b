"""One VCF or BCF of a participant: what it is for, what is chosen from it, and the records that it holds."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, assert_never

from attrs import define, evolve, field

from assigner.errors import BuildError, SampleError, first_named, shown
from assigner.files import Source
from assigner.genome.builds import CHROMS, Build, chrom_of
from assigner.profiles.profile import Annotation, Check, Input, Role, part_of
from assigner.rules import Rules
from assigner.rules.loci import span_on
from assigner.rules.panels import Panel, panel_of
from assigner.vcf.annotations.annotators import Annotator, without_meaning
from assigner.vcf.annotations.predictors import is_frequency
from assigner.vcf.bytes.containers import Container, Limits
from assigner.vcf.bytes.sources import OpenVcf, Progress, open_source, untold
from assigner.vcf.meaning.builds import (
    are_last_positions,
    builds_named,
    by_bases,
    by_contigs,
    expect_last_positions,
    expect_words,
    is_mitochondrial,
    not_understood,
    of_annotations,
    proved,
    understood,
)
from assigner.vcf.meaning.filters import accepts_filter
from assigner.vcf.meaning.found import Written
from assigner.vcf.meaning.judged import INFO_THAT_TELLS
from assigner.vcf.meaning.known import Known
from assigner.vcf.meaning.places import (
    by_contig,
    distinct,
    may_code,
    merged,
    places,
    positions_of,
    touches,
    with_scores,
)
from assigner.vcf.meaning.relevance import Relevance
from assigner.vcf.meaning.strange import strange_frequencies, strange_words
from assigner.vcf.meaning.structural import declares_structural, made_for_structural, structural_places
from assigner.vcf.meaning.tandem import calls_at
from assigner.vcf.meaning.unexplained import MOST_NAMED, Chooser
from assigner.vcf.records.beside import Records
from assigner.vcf.records.histories import Filler, called, filled_by
from assigner.vcf.records.parsing import read_records
from assigner.vcf.records.record import Record
from assigner.vcf.repeats import holds_repeats
from assigner.vcf.scan.columns import FIXED
from assigner.vcf.scan.fingerprints import Fingerprint, Marks
from assigner.vcf.scan.headers import Header
from assigner.vcf.scan.indexed import ONLY_INDEXED, scan_indexed
from assigner.vcf.scan.intervals import Choice, Intervals, Pairs
from assigner.vcf.scan.lines import scan
from assigner.vcf.scan.scans import Line, Scan
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


def role_of(header: Header) -> Role:
    """The role that a header shows: by the keys that it declares and the contigs that it has."""
    if holds_repeats(header):
        return Role.REPEATS
    if made_for_structural(header):
        return Role.STRUCTURAL
    chroms = {chrom_of(contig) for contig in header.contigs}
    return Role.MITOCHONDRIAL if chroms == {"MT"} else Role.VARIANTS


@define(kw_only=True)
class File:
    """One file on its way: how it is to be read, and what it turned out to hold.

    Attributes:
        name: what errors call it.
        role: what it is for; as its header shows when the caller does not say.
        build: the build that the caller declares, or that the participant's first file has proved.
        contigs: the build that its own contigs prove, with the evidence.
        around: how far around a listed allele, in bases, another spelling of it is looked for.
        last_positions: whether its contig lengths are the last positions of its records, and prove nothing.
        annotated: the kinds of annotation that there are of it, its own and those of a pack.
        declared: those that it carries itself.
        speaks_of: the chromosomes on which a place without a record may be taken as reference, if the caller says so.
        structural: whether it may hold structural variants.
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
    contigs: tuple[Build, str] | None = None
    last_positions: bool = False
    annotator: Annotator = field(init=False)
    annotated: frozenset[Annotation] = frozenset()
    declared: frozenset[Annotation] = frozenset()
    speaks_of: frozenset[str] = frozenset(CHROMS)
    structural: bool = False
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
        if self.last_positions:
            expect_last_positions(self.scan, self.name)
        self.speaks_of = understood(self.scan, self.name)
        self.scan = evolve(self.scan, lines=self._worth_reading(self.scan.lines))
        relevance = self._relevance()
        read = records_of(self.scan.header, self.scan.lines, 0, self.name, relevance, self.rank)
        own, more = called(read[0], self.filler)
        self.records = Records(own) if self.known is None else self.known.beside_first(own)
        self.explained = () if relevance is None else tuple(relevance.left_out.values())
        self.notes = read[1] + more
        self.notes += strange_words(self.records, self.annotator)
        if self.annotated:
            self.notes += strange_frequencies(self.scan.header, self.annotator, self.rules.content)

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
        self.role = self.role or role_of(header)
        self.last_positions = are_last_positions(header, self.build)
        self.contigs = None if self.last_positions else by_contigs(header, self.name)
        if self.contigs is not None and self.build not in (None, self.contigs[0]):
            expected = f"{self.build}, as declared or as in the participant's other file"
            raise BuildError(f"{self.name}: ##contig lengths", expected, str(self.contigs[0]))
        if self.contigs is None and self.build is not None:
            expect_words(header, self.build, self.name)
        build = self.contigs[0] if self.contigs else None if self.role is Role.REPEATS else self.build
        descriptions = {key: definition.description or "" for key, definition in header.info.items()}
        self.annotator = Annotator.from_descriptions(descriptions, self.name, header.meta)
        self.declared = _annotated(header, self.annotator)
        self.annotated = self.declared | self._packed
        if build is not None:
            self.doubt_annotations(header, build)
        self.structural = self.role is Role.STRUCTURAL or declares_structural(header)
        panels = [panel_of(self.rules, each) for each in ((build,) if build else Build)]
        return by_contig(header, with_scores(self._beside_scores(panels, self._in_genes), panels))

    def _beside_scores(self, panels: Sequence[Panel], in_genes: bool) -> dict[str, Pairs]:
        """What is asked of the file by chromosome, beside the places of scores."""
        whole = [merged(structural_places(panel)) for panel in panels if self.structural]
        return Intervals.together([*(places(each, in_genes, self.around) for each in panels), *whole])

    def plain_reader(self, header: Header, column: int | None = None) -> PlainReader | None:
        """What takes plain genotypes at the places of scores out of the lines; none where they may have been filled in.

        The participant's column is that of the header, if no other one is given.

        Lines that something else is asked of are read in full: those at a listed place, and in genes, whose annotation
        may be unsound even where no criterion asks for it. Where all that is asked of genes are some changes that no
        annotation explains, most plain lines in them need not be read in full.
        """
        panels = self._panels()
        positions = {chrom: distinct(own) for chrom, own in positions_of(panels).items()}
        if self.role is not Role.VARIANTS or not positions or filled_by(header) is not None:
            return None
        from assigner.vcf.meaning.plain_lines import PlainInGenes  # few rule sets have scores
        from assigner.vcf.scan.plain import PlainReader

        others = self._listed(panels) if self._names_unexplained else self._beside_scores(panels, True)
        genes = merged((gene.chrom, *span_on(gene, each.build)) for gene in self.rules.content.genes for each in panels)
        if not self._names_unexplained or len(panels) > 1:
            others = Intervals.together([others, genes])
        gates, most = self.rules.content.gates, self._most_named(header)
        silent = without_meaning(header.info, self.rules.content.fields.frequency)
        return PlainReader.of(
            header,
            FIXED + (self.column_of(header) if column is None else column),
            places=by_contig(header, positions),
            others=by_contig(header, others),
            genes=by_contig(header, genes),
            in_genes=lambda: PlainInGenes.of(silent, Chooser(panels, most)),
            gates=gates,
            accepts=lambda text: accepts_filter(text.decode("utf-8", "backslashreplace"), gates),
            hidden=INFO_THAT_TELLS,
        )

    def doubt_annotations(self, header: Header, build: Build) -> None:
        """Use no annotation of which its own command says that it was made on another build, or with its database."""
        for database in self.annotator.databases:
            named = builds_named(database.file)
            if named and build.value not in named:
                why = f"from {shown(database.file)}, which is of {' and '.join(named)}, and the file is on {build}"
                self.annotator = self.annotator.without_fields(database.names, why)
        for tool, words in of_annotations(header).items():
            if words and build.value not in words:
                other = f"{' and '.join(sorted(words))} ({shown(min(words.values()))})"
                self.annotator = self.annotator.without(tool, f"made on {other}, and the file is on {build}")
        self.declared = _annotated(header, self.annotator)
        self.annotated = self.declared | self._packed

    @property
    def _packed(self) -> frozenset[Annotation]:
        """The kinds of annotation that a pack adds to a file of small variants."""
        if self.pack is None or self.role is not Role.VARIANTS:
            return frozenset()
        return frozenset({"consequence", "clinvar"} if "clinvar" in self.pack.roles else {"consequence"})

    @property
    def _in_genes(self) -> bool:
        """Whether whole genes are looked at: for what annotations say, or for what no annotation explains."""
        return bool(self.annotated) or self.role is Role.VARIANTS

    @property
    def _names_unexplained(self) -> bool:
        """Whether all that is looked at in genes are some carried variants that no annotation explains."""
        return self._in_genes and not self.annotated and not self.structural

    def _panels(self) -> list[Panel]:
        """The rule set on the file's build, or on each that it may be on."""
        build = self.contigs[0] if self.contigs else self.build
        return [panel_of(self.rules, each) for each in ((build,) if build else Build)]

    def _listed(self, panels: Iterable[Panel]) -> dict[str, Pairs]:
        """What is kept of a file by its place alone, by chromosome, beside the places of scores."""
        return Intervals.together(places(panel, False, self.around) for panel in panels)

    def sieve(self, header: Header) -> Sieve | None:
        """What leaves out records that are no evidence: of a file without annotation, in genes and not carried.

        It leaves out none that `_worth_reading` would keep or count; that looks at each of the others.
        """
        if not self._names_unexplained:
            return None
        panels = self._panels()
        listed = with_scores(self._listed(panels), panels)
        return Sieve.of(by_contig(header, listed), by_contig(header, may_code(panels)), self.limits.alts)

    @property
    def most(self) -> int | None:
        """How many variants of a gene are read of which nothing is said; all where something else may be said of them.

        They are alike as long as no field tells their frequency and no other file explains some of them.
        """
        return self._most_named(self.scan.header)

    def _most_named(self, header: Header) -> int | None:
        told = header.info.keys() & {*self.rules.content.fields.frequency}
        return None if told or any(map(is_frequency, header.info)) or not self.alone else MOST_NAMED

    def _worth_reading(self, lines: tuple[Line, ...]) -> tuple[Line, ...]:
        """Of a file without annotation what stands at a listed place, and some carried variants in each gene.

        A genome's reference blocks inside the genes are as many as its records elsewhere.
        """
        if not self._names_unexplained:
            return lines
        panels, known = self._panels(), self.known or Known()

        def regions() -> Mapping[str, Intervals]:
            return Intervals.by_contig(with_scores(self._listed(panels), panels))

        here = known.once("regions", regions)

        chooser, at_listed, kept = Chooser(panels, self.most), known.at_listed, list[Line]()
        for line in lines:
            listed = at_listed.get(id(line))
            if listed is None:
                listed = touches(line.text, here)
                if id(line) in known.lasting:
                    at_listed[id(line)] = listed
            if listed or chooser.wants(line.text):
                kept.append(line)
        self.left_out = chooser.left_out + Counter(self.scan.plain.left_out)
        return tuple(kept)

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

    def _relevance(self) -> Relevance | None:
        """Which records can matter; all do in a file without annotation and large variants, or of unknown build."""
        build = self.contigs[0] if self.contigs else self.build
        if build is None or not (self.annotated or self.structural):
            return None
        panel = panel_of(self.rules, build)
        return Relevance(
            panel=panel,
            annotator=self.annotator,
            listed=Intervals.by_contig(with_scores(places(panel, False, self.around), [panel])),
            pack=self.pack if self._packed else None,
            structural=self.structural,
            alone=self.alone,
        )

    def proved_build(self) -> tuple[Build, Check]:
        """The build that is proved or declared, and the check that says how.

        Raises:
            BuildError: when nothing proves it, or what is proved contradicts what is declared or the REF bases.
        """
        known = self.contigs[0] if self.contigs else self.build
        bases = {each: by_bases(self.records, panel_of(self.rules, each)) for each in ((known,) if known else Build)}
        return proved(self.contigs, self.build, bases, self.name, self.loci)

    @property
    def loci(self) -> dict[Build, int]:
        """At how many of the rule set's repeats a file of repeats has calls, on each build; its contigs say it else.

        A call that lies at the repeat on every build, as that of C9orf72 may, says nothing.
        """
        if self.contigs is not None or self.role is not Role.REPEATS:
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
        if self.last_positions:
            found.append(Check(f"{role}_contig_lengths", "prove nothing", "they are last positions, and of no build"))
        notes = (*seen.notes, *self.notes, *self.annotator.notes)
        return found + [Check(f"{role}_note", "noted", note) for note in notes]


def _tells_somatic(record: Record) -> bool:
    return not SOMATIC_INFO.isdisjoint(record.info)


def _annotated(header: Header, annotator: Annotator) -> frozenset[Annotation]:
    """The kinds of annotation that a header declares; ClinVar's may stand in INFO or, prefixed, in VEP's fields."""
    fields = {name for layout in annotator.layouts for name in layout.fields} - annotator.unread
    declared = {*(header.info.keys() - annotator.unread), *(name.rpartition("_")[2].upper() for name in fields)}
    kinds: set[Annotation] = set()
    if annotator.layouts:
        kinds.add("consequence")
    if "CLNSIG" in declared:
        kinds.add("clinvar")
    return frozenset(kinds)
