"""From files to a profile: each read in one pass, and what they say put together."""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Literal, TypeVar

from attrs import evolve, frozen

from assigner.errors import BuildError, ContainerError, ProfileError, SampleError, shown
from assigner.genome.builds import Build
from assigner.genome.reference import Reference
from assigner.genome.variants import Variant
from assigner.profiles.calls import REFERENCE, Call, Sex, State
from assigner.profiles.forms import GIVEN, laboratory
from assigner.profiles.profile import (
    ABSENT_IS_REFERENCE,
    Annotation,
    Check,
    CopyNumber,
    Input,
    Observed,
    Profile,
    RepeatSizes,
    StructuralCall,
)
from assigner.rules import Rules
from assigner.rules.panels import Panel, panel_of
from assigner.truth import Truth
from assigner.vcf.bytes.containers import Limits
from assigner.vcf.files import File, Pathlike, Role
from assigner.vcf.meaning.builds import mitochondrial as mitochondrial_reference
from assigner.vcf.meaning.coverage import Regions, assessed_shares, covered_by, read_bed
from assigner.vcf.meaning.observations import Observer, asked_terms
from assigner.vcf.meaning.sites import Sites
from assigner.vcf.meaning.structural import made_for_structural, structural_calls, structural_check
from assigner.vcf.meaning.tandem import sizes_of
from assigner.vcf.records.record import Record
from assigner.vcf.scan.sexes import evidence, inferred_sex

AROUND = 1000
"""How far around a listed allele, in bases, another spelling of it is looked for when a FASTA is given."""

Kind = TypeVar("Kind", Build, Sex)


@frozen(kw_only=True)
class Declared:
    """What the caller says of a participant's files; `read_profile` documents each."""

    files: tuple[tuple[Pathlike, Role | None], ...]
    sample: str | None
    participant: str | None
    build: Build | None
    sex: Sex | None
    absent: Literal["unknown", "reference"]
    callable: Pathlike | None
    repeat_sizes: Mapping[str, str | Mapping[str, str]]
    copy_numbers: Mapping[str, int | str | Mapping[str, int | str]]
    fasta: Pathlike | None
    sha256: tuple[str, ...]
    quick: bool
    threads: int
    limits: Limits


def read_profile(
    path: Pathlike | Sequence[Pathlike],
    rules: Rules,
    *,
    repeats: Pathlike | None = None,
    mitochondrial: Pathlike | None = None,
    structural: Pathlike | None = None,
    sample: str | None = None,
    participant: str | None = None,
    build: Build | Literal["GRCh37", "GRCh38"] | None = None,
    sex: Sex | Literal["female", "male"] | None = None,
    absent: Literal["unknown", "reference"] = "unknown",
    callable: Pathlike | None = None,
    repeat_sizes: Mapping[str, str | Mapping[str, str]] | None = None,
    copy_numbers: Mapping[str, int | str | Mapping[str, int | str]] | None = None,
    fasta: Pathlike | None = None,
    sha256: str | Sequence[str] = (),
    quick: bool = False,
    threads: int = 1,
    limits: Limits | None = None,
) -> Profile:
    """Read what a participant's VCF and BCF files say about a rule set's questions.

    Every file is read for all that it holds, whatever it is for. Two files that contradict each other at a place leave
    it unknown, as a conflict.

    Args:
        path: a VCF (plain, gzip or BGZF) or BCF, or several; every byte is read and checked. What each is for, its
            header shows.
        rules: the rule set.
        repeats: a file of repeat sizes; docs/how-to.md lists the callers that are read.
        mitochondrial: a file of mitochondrial variants with their fractions; it stands above the others on MT.
        structural: a file of structural variants.
        sample: the name of the participant's column; needed when there are several. All files must have it.
        participant: the id to use in the trace; the sample's name when not given.
        build: `GRCh37` or `GRCh38`, when the files do not prove it.
        sex: `female` or `male`; decides how many copies of X and Y there are.
        absent: what a site without a record means; `reference` is an assumption, and stands in the trace.
        callable: a BED file of regions in which an absent record means reference.
        repeat_sizes: a laboratory's sizes by the rule set's repeat ids or genes, such as `{"C9orf72": "2/>60"}`, or
            `{"sizes": "2/60", "intervals": "2-2/50-80", "source": "a report"}`; they stand above those of files.
        copy_numbers: a laboratory's copy numbers by gene, such as `{"SMN1": 2}`, or
            `{"copies": 2, "source": "a report"}`.
        fasta: the reference genome, for full left-alignment of indels (extra `fasta`).
        sha256: the digests that the files must have: when any is given, each file's must be among them.
        quick: read only the panel's regions by the files' indexes; the trace says so. A file of repeats is read whole.
        threads: 2 or more decompress and hash beside the reading.
        limits: the reader's limits.

    Raises:
        InputError: a file, or what is declared of it, cannot be used; each subclass says which.
    """
    if absent not in ("unknown", "reference"):
        raise ProfileError("absent", "unknown or reference", shown(absent))
    given = (path,) if isinstance(path, str | os.PathLike) else tuple(path)
    if not given:
        raise ProfileError("path", "at least one file", "none")
    roles = ((repeats, Role.REPEATS), (mitochondrial, Role.MITOCHONDRIAL), (structural, Role.STRUCTURAL))
    declared = Declared(
        files=(*((each, None) for each in given), *((each, role) for each, role in roles if each is not None)),
        sample=sample,
        participant=participant,
        build=_one_of(Build, build, "build"),
        sex=_one_of(Sex, sex, "sex"),
        absent=absent,
        callable=callable,
        repeat_sizes=repeat_sizes or {},
        copy_numbers=copy_numbers or {},
        fasta=fasta,
        sha256=tuple(each.lower() for each in ((sha256,) if isinstance(sha256, str) else sha256)),
        quick=quick,
        threads=threads,
        limits=limits or Limits(),
    )
    return profile_of_files(rules, declared)


def _one_of(kind: type[Kind], text: str | None, name: str) -> Kind | None:
    try:
        return None if text is None else kind(text)
    except ValueError:
        raise ProfileError(name, " or ".join(kind), shown(text)) from None


@frozen(kw_only=True)
class _Told:
    """What one file says, on a build."""

    file: File
    sites: Sites
    is_rcrs: bool
    mitochondrial: Check

    @property
    def records(self) -> tuple[Record, ...]:
        """The records whose places are those of the rule set."""
        return tuple(record for record in self.file.records if record.chrom != "MT" or self.is_rcrs)


def profile_of_files(rules: Rules, declared: Declared) -> Profile:
    """Read all files of a participant and put them together.

    Raises:
        InputError: as `read_profile`.
    """
    files = _files(rules, declared)
    build, build_checks = _build(files, declared)
    panel = panel_of(rules, build)
    inferred, sex_check = _sex(files, build)
    with ExitStack() as opened:
        reference = None if declared.fasta is None else opened.enter_context(Reference.open(declared.fasta))
        told = [_told(file, panel, declared.sex or inferred, reference) for file in files]
    regions, bed = (None, ()) if declared.callable is None else _callable(declared.callable)
    sized, counted = laboratory(declared.repeat_sizes, declared.copy_numbers, panel)
    looked = any(file.role is Role.STRUCTURAL or made_for_structural(file.scan.header) for file in files)
    annotated: frozenset[Annotation] = frozenset().union(*(file.annotated for file in files))
    return Profile(
        participant=(files[0].sample or "") if declared.participant is None else declared.participant,
        build=build,
        sex=declared.sex,
        inferred_sex=inferred,
        absent=declared.absent,
        partial_read=any(file.quick for file in files),
        alleles=_calls(panel, told, regions),
        markers=_markers(panel, told),
        repeats=_repeats(told, panel) | sized,
        variants=_observed(told, panel, declared.sex or inferred),
        structural=_structural(told, panel, declared.sex or inferred),
        structural_read=looked,
        assessed=_assessed(panel, told, regions) if annotated else {},
        annotated=annotated,
        copy_numbers=counted,
        assumptions=(*_assumptions(declared), *_by_hand(sized, counted)),
        checks=(
            *(check for file in files for check in file.checks()),
            *build_checks,
            *_mitochondrial_checks(told),
            sex_check,
            *_alignment(declared),
            structural_check(declared=any(file.structural for file in files), looked_for=looked),
        ),
        inputs=(*(file.input for file in files if file.input), *bed),
    )


def _files(rules: Rules, declared: Declared) -> list[File]:
    """Read the files, the first one first: what it proves of build and sample holds for the others."""
    files: list[File] = []
    build, sample = declared.build, declared.sample
    for path, role in declared.files:
        file = File(
            name=os.fspath(path),
            rules=rules,
            role=role,
            sample=declared.sample,
            build=build,
            around=AROUND if declared.fasta is not None else 0,
            quick=declared.quick and role is not Role.REPEATS,
            threads=declared.threads,
            limits=declared.limits,
        )
        file.read(path)
        if sample is not None and file.sample != sample:
            raise SampleError(file.name, "the same sample as in the participant's first file", "another one")
        _vouched(file, declared.sha256)
        _expect_another(file, files)
        build, sample = build or (file.contigs[0] if file.contigs else None), file.sample
        files.append(file)
    return files


def _expect_another(file: File, before: Sequence[File]) -> None:
    """Refuse a file that was given already, by its bytes."""
    for other in before:
        if file.input is not None and other.input is not None and file.input.sha256 == other.input.sha256:
            raise ContainerError(file.name, "each file once", f"the same bytes as {other.name}")


def _vouched(file: File, digests: Sequence[str]) -> None:
    """Whether the digest is one that the caller gave, if any was given."""
    own = file.input.sha256 if file.input else "none: only indexed regions were read"
    if digests and own not in digests:
        raise ContainerError(file.name, f"SHA-256 {' or '.join(digests)}", own)


def _build(files: Sequence[File], declared: Declared) -> tuple[Build, list[Check]]:
    """The build of all files: one proves it, or it is declared. One that has no contigs may then follow the others.

    Repeats are joined by place and motif, so that those of the other build are not found; a structural variant of the
    other build would be taken for another gene's, so its file must prove its build, or the caller declare it.
    """
    proving = [file for file in files if file.contigs] or files[:1]
    build, check = proving[0].proved_build()
    checks = [check]
    for file in files:
        if file is proving[0]:
            continue
        if not file.contigs and declared.build is None and file.role is Role.STRUCTURAL:
            raise BuildError(f"{file.name}: genome build", "##contig lengths, or a declared build", "neither")
        file.build = build
        _, own = file.proved_build()
        how = own.evidence if file.contigs else own.evidence.replace("declared", "taken as that of the other files", 1)
        checks.append(Check(f"{file.role}_build", build.value, how))
    return build, checks


def _told(file: File, panel: Panel, sex: Sex | None, reference: Reference | None) -> _Told:
    is_rcrs, check = mitochondrial_reference(file.scan.header, file.records, panel)
    records = [record for record in file.records if record.chrom != "MT" or is_rcrs]
    sites = Sites.of(records, panel, sex, reference)
    return _Told(file=file, sites=sites, is_rcrs=is_rcrs, mitochondrial=check)


def _calls(panel: Panel, told: Sequence[_Told], regions: Regions | None) -> dict[Variant, Call]:
    """The calls of all listed alleles that the files say something of."""
    found: dict[Variant, Call] = {}
    for variant in panel.alleles:
        if variant.chrom == "MT":
            call = _mitochondrial(variant, told)
        else:
            call = _together([call for each in told if (call := each.sites.call(variant)) is not None])
        if call is None and regions is not None and regions.covers(variant.chrom, variant.pos, variant.end):
            call = REFERENCE
        if call is not None:
            found[variant] = call
    return found


def _together(calls: Sequence[Call]) -> Call | None:
    """What several files say of one allele, in whichever order they are given; a genotype tells more than a block.

    Where one of them shows other bases that may hold the allele, the others cannot clear it.
    """
    if obscured := sorted((call for call in calls if call.state is State.OBSCURED), key=str):
        return obscured[0]
    if any(call.state is State.CALLED and call.carries is Truth.FALSE for call in calls):
        calls = [call for call in calls if call.state is not State.REFERENCE]
    return functools.reduce(Call.merged, sorted(calls, key=str)) if calls else None


def _mitochondrial(variant: Variant, told: Sequence[_Told]) -> Call | None:
    """A mitochondrial allele: the file that is for it stands above the others, unless one of them alone carries it.

    A caller that takes mitochondria for a diploid chromosome calls what most of them carry and nothing below, so that
    its reference calls contradict nobody.
    """
    at_place = [each for each in told if each.is_rcrs]
    own = [c for e in at_place if e.file.role is Role.MITOCHONDRIAL and (c := e.sites.call(variant)) is not None]
    rest = [c for e in at_place if e.file.role is not Role.MITOCHONDRIAL and (c := e.sites.call(variant)) is not None]
    has_own = any(each.file.role is Role.MITOCHONDRIAL for each in told)
    call = _together(own if has_own else rest)
    other = _together(rest) if has_own else None
    if other is not None and other.carries is Truth.TRUE and (call is None or call.carries is Truth.FALSE):
        why = "carried in another file, and not in the one of mitochondrial variants"
        return evolve(other, state=State.CONFLICT, why=why)
    if call is None and not at_place:
        return Call(State.NOT_ASSESSED, why="positions are not proved to be the rCRS's")
    return call


def _markers(panel: Panel, told: Sequence[_Told]) -> dict[str, tuple[str | None, ...]]:
    """The letters at markers on which all files agree that have them."""
    found = {}
    for rsid in panel.markers:
        letters = {called for each in told if (called := each.sites.letters(rsid)) is not None}
        if len(letters) == 1:
            found[rsid] = letters.pop()
    return found


def _observed(told: Sequence[_Told], panel: Panel, sex: Sex | None) -> tuple[Observed, ...]:
    """The annotated variants of all files."""
    seen: dict[Observed, None] = {}
    for each in told:
        if each.file.annotated:
            terms, has_clinvar = asked_terms(panel.content), "clinvar" in each.file.annotated
            observer = Observer(panel, each.file.annotator, has_clinvar, terms)
            seen |= dict.fromkeys(observer.observed(each.records, sex))
    return tuple(sorted(seen, key=lambda o: (o.gene, o.variant, repr(o))))


def _sex(files: Sequence[File], build: Build) -> tuple[Sex | None, Check]:
    """The sex that the calls on X and Y show, and what they are; files that show different ones show none."""
    shown_by = {file.name: inferred_sex(file.scan.tallies[build]) for file in files}
    sexes = {sex for sex in shown_by.values() if sex is not None}
    inferred = sexes.pop() if len(sexes) == 1 else None
    told = [f"{file.role}: {evidence(file.scan.tallies[build])}" for file in files]
    if any(file.quick for file in files):
        told.append("only indexed regions were read")
    return inferred, Check("inferred_sex", inferred.value if inferred else "not known", "; ".join(told))


def _structural(told: Sequence[_Told], panel: Panel, sex: Sex | None) -> tuple[StructuralCall, ...]:
    """The structural variants of all files over genes that a criterion asks about."""
    seen: dict[StructuralCall, None] = {}
    for each in told:
        if each.file.structural:
            seen |= dict.fromkeys(structural_calls(each.records, panel, each.file.annotator, sex))
    return tuple(sorted(seen, key=str))


def _callable(path: Pathlike) -> tuple[Regions, tuple[Input, ...]]:
    regions, source = read_bed(path)
    return regions, (Input("callable", hashlib.sha256(source).hexdigest(), len(source), "bed"),)


def _assessed(panel: Panel, told: Sequence[_Told], regions: Regions | None) -> dict[str, int]:
    """The share of each gene at which the files, or the caller, say that it was looked at."""
    judged = (j for each in told if each.file.annotated for items in each.sites.covering.values() for j in items)
    called = covered_by(judged)
    return assessed_shares(panel, [called] if regions is None else [called, regions])


def _repeats(told: Sequence[_Told], panel: Panel) -> dict[str, RepeatSizes]:
    """The repeat sizes on which the files agree."""
    return sizes_of([(each.records, f"the file of {each.file.role}") for each in told], panel)


def _by_hand(sized: Mapping[str, RepeatSizes], counted: Mapping[str, CopyNumber]) -> Iterator[str]:
    """What was given by hand, and whose word it is."""
    given = [(f"{name}: {sizes} units", sizes.source) for name, sizes in sorted(sized.items())]
    given += [(f"{gene}: copy number {number.copies}", number.source) for gene, number in sorted(counted.items())]
    for what, source in given:
        yield f"{what}, {GIVEN}" + ("" if source == GIVEN else f": {source}")


def _assumptions(declared: Declared) -> tuple[str, ...]:
    found = []
    if declared.absent == "reference":
        found.append(ABSENT_IS_REFERENCE)
    if declared.callable is not None:
        text = "inside the callable regions a small variant without a record is reference, as the caller declared"
        found.append(text)
    if declared.build is not None:
        found.append(build_assumption(declared.build))
    return tuple(found)


def build_assumption(build: Build) -> str:
    """What a trace says when the caller declared the build."""
    return f"the build is {build}, as the caller declared"


def _alignment(declared: Declared) -> list[Check]:
    if declared.fasta is None:
        return []
    return [Check("left_alignment", "by the reference genome", "indels of the files and of the rule set alike")]


def _mitochondrial_checks(told: Sequence[_Told]) -> list[Check]:
    """What mitochondrial positions are, of the files that have any; a file without them proves nothing."""
    checks = dict.fromkeys(each.mitochondrial for each in told)
    return [check for check in checks if check.result != "not proved"] or list(checks)
