"""From files to a profile: one pass over the whole VCF or BCF, the panel's lines read in full."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Literal, TypeVar

from attrs import define, field, frozen

from assigner.calls import Call, Sex, State
from assigner.contigs import Build, names_of
from assigner.errors import BuildError, ContainerError, ProfileError, SampleError, shown
from assigner.forms import repeat_sizes as sizes_given
from assigner.panels import Panel, marker_pos, panel_of
from assigner.profiles import ABSENT_IS_REFERENCE, Annotation, Check, CopyNumber, Input, Profile, RepeatSizes
from assigner.rules import Rules
from assigner.rules.schema import span_on
from assigner.variants import Variant
from assigner.vcf.annotations import Annotator
from assigner.vcf.bcf import scan_bcf
from assigner.vcf.builds import by_bases, by_contigs, mitochondrial, proved
from assigner.vcf.containers import Limits, open_source
from assigner.vcf.coverage import Regions, assessed_genes, covered_by, read_bed
from assigner.vcf.fasta import Reference
from assigner.vcf.headers import Header
from assigner.vcf.htslib import scan_indexed
from assigner.vcf.lines import Choice, Scan, scan
from assigner.vcf.observations import Observer, any_term, asked_terms, asks_annotations
from assigner.vcf.records import Record, read_records
from assigner.vcf.sexes import Filters, evidence, inferred_sex
from assigner.vcf.sites import NEAR, Sites
from assigner.vcf.tandem import SLACK, sizes_of

AROUND = 1000
"""How far around a listed allele, in bases, another spelling of it is looked for when a FASTA is given."""

Pathlike = str | os.PathLike[str]
Kind = TypeVar("Kind", Build, Sex)


@frozen(kw_only=True)
class Declared:
    """What the caller says of a participant's files; `read_profile` documents each."""

    sample: str | None
    participant: str | None
    build: Build | None
    sex: Sex | None
    absent: Literal["unknown", "reference"]
    callable: Pathlike | None
    repeats: Pathlike | None
    repeat_sizes: Mapping[str, str]
    copy_numbers: Mapping[str, int]
    fasta: Pathlike | None
    sha256: str | None
    quick: bool
    threads: int
    limits: Limits


def read_profile(
    path: Pathlike,
    rules: Rules,
    *,
    sample: str | None = None,
    participant: str | None = None,
    build: str | None = None,
    sex: str | None = None,
    absent: Literal["unknown", "reference"] = "unknown",
    callable: Pathlike | None = None,
    repeats: Pathlike | None = None,
    repeat_sizes: Mapping[str, str] | None = None,
    copy_numbers: Mapping[str, int] | None = None,
    fasta: Pathlike | None = None,
    sha256: str | None = None,
    quick: bool = False,
    threads: int = 1,
    limits: Limits | None = None,
) -> Profile:
    """Read what a VCF or BCF says about a rule set's questions.

    Args:
        path: a VCF (plain, gzip or BGZF) or BCF; every byte of it is read and checked.
        rules: the rule set.
        sample: the name of the participant's column; needed when there are several.
        participant: the id to use in the trace; the sample's name when not given.
        build: `GRCh37` or `GRCh38`, when the file does not prove it.
        sex: `female` or `male`; decides how many copies of X and Y there are.
        absent: what a site without a record means; `reference` is an assumption, and stands in the trace.
        callable: a BED file of regions in which an absent record means reference.
        repeats: a VCF of repeat sizes (ExpansionHunter, DRAGEN, GangSTR, TRGT).
        repeat_sizes: a laboratory's sizes by the rule set's repeat ids or genes, such as `{"C9orf72": "2/45"}`;
            they stand above those of files.
        copy_numbers: a laboratory's copy numbers by gene.
        fasta: the reference genome, for full left-alignment of indels (extra `fasta`).
        sha256: the digest that the file must have.
        quick: read only the panel's regions by the file's index; the trace says so.
        threads: 2 or more decompress and hash beside the reading.
        limits: the reader's limits.

    Raises:
        InputError: the file, or what is declared of it, cannot be used; each subclass says which.
    """
    if absent not in ("unknown", "reference"):
        raise ProfileError("absent", "unknown or reference", shown(absent))
    declared = Declared(
        sample=sample,
        participant=participant,
        build=_one_of(Build, build, "build"),
        sex=_one_of(Sex, sex, "sex"),
        absent=absent,
        callable=callable,
        repeats=repeats,
        repeat_sizes=repeat_sizes or {},
        copy_numbers=copy_numbers or {},
        fasta=fasta,
        sha256=sha256,
        quick=quick,
        threads=threads,
        limits=limits or Limits(),
    )
    return _profile(path, rules, declared)


def _one_of(kind: type[Kind], text: str | None, name: str) -> Kind | None:
    try:
        return None if text is None else kind(text)
    except ValueError:
        raise ProfileError(name, " or ".join(kind), shown(text)) from None


@define
class _File:
    """One VCF or BCF on its way: what is chosen from it, and what it turned out to hold."""

    name: str
    role: str
    rules: Rules
    declared: Declared
    places: Callable[[Panel, bool], list[tuple[str, int, int]]]
    contigs: tuple[Build, str] | None = None
    annotator: Annotator = field(init=False)
    annotated: frozenset[Annotation] = frozenset()
    scan: Scan = field(init=False)
    records: tuple[Record, ...] = ()
    sample: str = ""
    inputs: tuple[Input, ...] = ()

    def read(self, path: Pathlike) -> None:
        """Read the file, one pass, and its panel's lines in full."""
        filters = Filters.of(self.rules.content.gates)
        if self.declared.quick and self.role == "variants":
            self.scan = scan_indexed(path, self.name, self.declared.limits, self.choose, self.column_of, filters)
        else:
            source = open_source(path, limits=self.declared.limits, threads=self.declared.threads)
            self.scan = (scan_bcf if source.container == "bcf" else scan)(source, self.choose, self.column_of, filters)
            self.inputs = (Input(self.role, source.digest, source.size, source.container),)
        self.records = read_records(self.scan.header, self.scan.lines, 0, self.name, self.relevant)

    def relevant(self, records: Sequence[Record]) -> Sequence[bool]:
        """Which records can matter to a question.

        All do where some are evidence of the reference, because coverage counts them. Else those do that stand at a
        listed place, and those whose annotation could tell what a criterion asks.
        """
        build = self.contigs[0] if self.contigs else self.declared.build
        if build is None or not self.annotated or any(record.is_reference_block for record in records):
            return [True] * len(records)
        listed: dict[str, list[tuple[int, int]]] = {}
        for chrom, start, end in self.places(panel_of(self.rules, build), False):
            listed.setdefault(chrom, []).append((start, end))
        regions, asked = Regions.of(listed), any_term(asked_terms(self.rules.content))
        return [
            regions.touches(record.chrom or "", record.pos, record.end) or self.annotator.may_tell(record.info, asked)
            for record in records
        ]

    def choose(self, header: Header) -> Choice:
        """The intervals of the panel, by the file's names for the contigs, on every build it may be on."""
        self.column_of(header)
        self.contigs = by_contigs(header, self.name)
        declared = self.declared.build
        if self.contigs is not None and declared not in (None, self.contigs[0]):
            raise BuildError(f"{self.name}: ##contig lengths", f"{declared}, as declared", str(self.contigs[0]))
        build = self.contigs[0] if self.contigs else declared
        self.annotator = Annotator.from_descriptions(
            {key: definition.description or "" for key, definition in header.info.items()}, self.name
        )
        self.annotated = _annotated(header, self.annotator)
        spans: dict[str, list[tuple[int, int]]] = {}
        for each in (build,) if build else tuple(Build):
            for chrom, start, end in self.places(panel_of(self.rules, each), bool(self.annotated)):
                spans.setdefault(chrom, []).append((start, end))
        named = [(contig, pairs) for chrom, pairs in spans.items() for contig in names_of(chrom)]
        return {contig: pairs for contig, pairs in named if contig in header.contigs or not header.contigs}

    def column_of(self, header: Header) -> int:
        """Which sample is the participant's; never the first one of several by default."""
        place, samples = f"{self.name}: #CHROM", header.samples
        if not samples:
            raise SampleError(place, "a sample column", "none: nobody's genotypes are in this file")
        if self.declared.sample is None and len(samples) > 1:
            expected = "the name of the participant's sample (sample=, --sample)"
            raise SampleError(place, expected, f"{len(samples)} samples")
        self.sample = self.declared.sample or samples[0]
        if self.sample not in samples:
            raise SampleError(place, f"the sample {shown(self.sample)}", f"{len(samples)} others")
        return samples.index(self.sample)

    def build(self) -> tuple[Build, tuple[Check, ...]]:
        """The build that is proved or declared."""
        known = self.contigs[0] if self.contigs else self.declared.build
        possible = (known,) if known else tuple(Build)
        bases = {build: by_bases(self.records, panel_of(self.rules, build)) for build in possible}
        return proved(self.contigs, self.declared.build, bases, self.name)


def places(panel: Panel, annotated: bool, around: int, quick: bool = False) -> list[tuple[str, int, int]]:
    """What is kept of a file of small variants: listed alleles, markers, repeats, and genes if they are annotated.

    A quick look reads the genes on X in any case, which is all that it sees of the participant's sex.
    """
    content = panel.content
    found = []
    for variant in panel.alleles:
        reach = around if len(variant.ref) == len(variant.alt) else max(around, NEAR)
        found.append((variant.chrom, max(1, variant.pos - reach), variant.end + reach))
    found += [(m.chrom or "", pos := marker_pos(m, panel.build), pos) for m in panel.markers.values()]
    found += _repeat_places(panel)
    whole = annotated and asks_annotations(content)
    found += [(g.chrom, *span_on(g, panel.build)) for g in content.genes if whole or (quick and g.chrom == "X")]
    return found


def _repeat_places(panel: Panel, _: bool = False) -> list[tuple[str, int, int]]:
    spans = ((repeat.chrom, *span_on(repeat, panel.build)) for repeat in panel.repeats.values())
    return [(chrom, start - SLACK, end + SLACK) for chrom, start, end in spans]


def _profile(path: Pathlike, rules: Rules, declared: Declared) -> Profile:
    """Read all inputs of a participant and put them together."""
    around = AROUND if declared.fasta is not None else 0
    file = _File(os.fspath(path), "variants", rules, declared, partial(places, around=around, quick=declared.quick))
    file.read(path)
    build, build_checks = file.build()
    panel = panel_of(rules, build)
    _verify(file, declared)
    is_rcrs, mitochondrial_check = mitochondrial(file.scan.header, file.records, panel)
    records = tuple(record for record in file.records if record.chrom != "MT" or is_rcrs)
    inferred, sex_check = _sex(file, build)
    with nullcontext() if declared.fasta is None else Reference.open(declared.fasta) as reference:
        sites = Sites.of(records, panel, declared.sex or inferred, reference)
    regions, bed = (None, ()) if declared.callable is None else _callable(declared.callable)
    annotated = file.annotated
    observer = Observer(panel, file.annotator, "clinvar" in annotated, asked_terms(rules.content))
    repeats, repeat_inputs, repeat_checks = _repeats(file, panel, declared)
    return Profile(
        participant=declared.participant or file.sample,
        build=build,
        sex=declared.sex,
        inferred_sex=inferred,
        absent=declared.absent,
        partial_read=declared.quick,
        alleles=_calls(panel, sites, regions, is_rcrs),
        markers={rsid: letters for rsid in panel.markers if (letters := sites.letters(rsid)) is not None},
        repeats=repeats,
        variants=observer.observed(records, declared.sex or inferred) if annotated else (),
        assessed=_assessed(panel, sites, regions) if annotated else frozenset(),
        annotated=annotated,
        copy_numbers={g: CopyNumber(n, "given by the caller") for g, n in declared.copy_numbers.items()},
        assumptions=_assumptions(declared),
        checks=(*_checks(file), *build_checks, mitochondrial_check, sex_check, *repeat_checks),
        inputs=(*file.inputs, *bed, *repeat_inputs),
    )


def _verify(file: _File, declared: Declared) -> None:
    if declared.sha256 is None:
        return
    digest = file.inputs[0].sha256 if file.inputs else "none: only indexed regions were read"
    if digest != declared.sha256.lower():
        raise ContainerError(file.name, f"SHA-256 {declared.sha256.lower()}", digest)


def _calls(panel: Panel, sites: Sites, regions: Regions | None, is_rcrs: bool) -> dict[Variant, Call]:
    """The calls of all listed alleles that the files say something of."""
    found: dict[Variant, Call] = {}
    for variant in panel.alleles:
        if variant.chrom == "MT" and not is_rcrs:
            found[variant] = Call(State.NOT_ASSESSED, why="positions are not proved to be the rCRS's")
            continue
        call = sites.call(variant)
        if call is None and regions is not None and regions.covers(variant.chrom, variant.pos, variant.end):
            call = Call(State.REFERENCE)
        if call is not None:
            found[variant] = call
    return found


def _sex(file: _File, build: Build) -> tuple[Sex | None, Check]:
    """The sex that the calls on X and Y show, and what they are."""
    tally = file.scan.tallies[build]
    inferred, read = inferred_sex(tally), "; only indexed regions were read" if file.declared.quick else ""
    return inferred, Check("inferred_sex", inferred.value if inferred else "not known", evidence(tally) + read)


def _callable(path: Pathlike) -> tuple[Regions, tuple[Input, ...]]:
    regions, source = read_bed(path)
    return regions, (Input("callable", hashlib.sha256(source).hexdigest(), len(source), "bed"),)


def _annotated(header: Header, annotator: Annotator) -> frozenset[Annotation]:
    """The kinds of annotation that a header declares; ClinVar's may stand in INFO or, prefixed, in VEP's fields."""
    fields = {name for layout in annotator.layouts for name in layout.fields}
    declared = {*header.info, *(name.rpartition("_")[2] for name in fields)}
    kinds: set[Annotation] = set()
    if annotator.layouts:
        kinds.add("consequence")
    if "CLNSIG" in declared:
        kinds.add("clinvar")
    return frozenset(kinds)


def _assessed(panel: Panel, sites: Sites, regions: Regions | None) -> frozenset[str]:
    called = covered_by(judged for items in sites.covering.values() for judged in items)
    return assessed_genes(panel, [called] if regions is None else [called, regions])


def _repeats(
    file: _File, panel: Panel, declared: Declared
) -> tuple[dict[str, RepeatSizes], tuple[Input, ...], tuple[Check, ...]]:
    """Repeat sizes from the main file, the repeat file and the laboratory, the later standing above the earlier."""
    found = sizes_of(file.records, panel, "the file of variants")
    inputs: tuple[Input, ...] = ()
    checks: tuple[Check, ...] = ()
    if declared.repeats is not None:
        own = _File(os.fspath(declared.repeats), "repeats", file.rules, declared, _repeat_places)
        own.read(declared.repeats)
        contigs = own.contigs
        if contigs is not None and contigs[0] is not panel.build:
            raise BuildError(own.name, f"{panel.build}, as the variants", str(contigs[0]))
        if own.sample != file.sample:
            raise SampleError(own.name, "the same sample as in the file of variants", "another one")
        found |= sizes_of(own.records, panel, "the file of repeats")
        inputs, checks = own.inputs, tuple(_checks(own))
    for name, text in declared.repeat_sizes.items():
        ids = panel.repeat_ids(name)
        if not ids:
            raise ProfileError("repeat_sizes", "a repeat or gene of the rule set", shown(name))
        given = sizes_given(text, name)
        found |= dict.fromkeys(ids, RepeatSizes(given.sizes, given.intervals, "given by the caller"))
    return found, inputs, checks


def _assumptions(declared: Declared) -> tuple[str, ...]:
    found = []
    if declared.absent == "reference":
        found.append(ABSENT_IS_REFERENCE)
    if declared.callable is not None:
        text = "inside the callable regions a small variant without a record is reference, as the caller declared"
        found.append(text)
    if declared.build is not None:
        found.append(f"the build is {declared.build}, as the caller declared")
    return tuple(found)


def _checks(file: _File) -> list[Check]:
    """What was checked of one file."""
    seen, role = file.scan, file.role
    container = file.inputs[0].container if file.inputs else "indexed"
    vouched = {
        "plain": "plain text has no integrity of its own; the SHA-256 is the only seal",
        "indexed": "only indexed regions were read",
    }.get(container, "every block's checksum and the end of the file were checked")
    found = [Check(f"{role}_container", container, vouched)]
    found.append(Check(f"{role}_records", str(seen.records), f"{len(seen.lines)} of them at places of the rule set"))
    found.append(Check(f"{role}_sample", "found", f"one of {len(seen.header.samples)} in the header"))
    found += [Check(f"{role}_note", "noted", note) for note in (*seen.notes, *file.annotator.notes)]
    return found
