"""From files to a profile: each read in one pass, and what they say put together."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Literal, TypeVar

from assigner.errors import BuildError, ContainerError, ProfileError, expect_a, shown
from assigner.extras import check_reader
from assigner.files import Source
from assigner.genome.builds import CHROMS, Build
from assigner.genome.variants import Variant
from assigner.profiles.calls import ASSUMED_REFERENCE, Call, Sex
from assigner.profiles.profile import (
    Annotation,
    Check,
    CopyNumber,
    Input,
    Profile,
    RepeatSizes,
    Role,
)
from assigner.rules import Rules
from assigner.rules.panels import Panel, panel_of
from assigner.vcf.bytes.containers import Limits
from assigner.vcf.bytes.raw import source_name
from assigner.vcf.bytes.sources import Progress, untold
from assigner.vcf.declared import Declared, Names, by_hand
from assigner.vcf.files import File, Pathlike
from assigner.vcf.joining import Joined, OnBuild, sex_of, sexes_of
from assigner.vcf.meaning.absence import absence_check
from assigner.vcf.meaning.coverage import Bed, read_bed
from assigner.vcf.meaning.relatedness import Relation
from assigner.vcf.meaning.structural import made_for_structural, structural_check
from assigner.vcf.scan.fingerprints import Fingerprint

if TYPE_CHECKING:
    from assigner.genome.reference import Reference
    from assigner.packs.pack import Pack
    from assigner.profiles.score_genotypes import ScoreGenotypes
    from assigner.rules.scoring_files import Spot
    from assigner.vcf.meaning.coverage import Regions

AROUND = 1000
"""How far around a listed allele, in bases, another spelling of it is looked for when a FASTA is given."""

MOST_WORDS = 500
"""How many letters of what is told of all files are kept."""

PACK_ROLE = "pack"
"""The role of a pack among the inputs of a trace."""

LEFT_ALIGNMENT = "left_alignment"
"""The name of the check that a reference genome was used."""

Kind = TypeVar("Kind", Build, Sex)


def read_profile(
    path: Source | Sequence[Source],
    rules: Rules,
    *,
    repeats: Source | None = None,
    mitochondrial: Source | None = None,
    structural: Source | None = None,
    sample: Names | None = None,
    participant: str | None = None,
    build: Build | Literal["GRCh37", "GRCh38"] | None = None,
    sex: Sex | Literal["female", "male"] | None = None,
    ancestry: str | None = None,
    absent: Literal["unknown", "reference"] = "unknown",
    callable: Source | None = None,
    repeat_sizes: Mapping[str, str | Mapping[str, str]] | None = None,
    copy_numbers: Mapping[str, int | str | Mapping[str, int | str]] | None = None,
    fasta: Pathlike | None = None,
    pack: Source | Pack | None = None,
    sha256: str | Sequence[str] = (),
    quick: bool = False,
    threads: int = 1,
    limits: Limits | None = None,
    progress: Progress | None = None,
) -> Profile:
    """Read what a participant's VCF and BCF files say about a rule set's questions.

    Every file is read for all that it holds, whatever it is for. Two files that contradict each other at a place leave
    it unknown, as a conflict.

    Args:
        path: a VCF (plain, gzip or BGZF) or BCF, or several; every byte is read and checked. What each is for, its
            header shows. Each is a path, an open binary file (read from where it stands, and left open) or bytes.
        rules: the rule set.
        repeats: a file of repeat sizes; docs/how-to.md lists the callers that are read.
        mitochondrial: a file of mitochondrial variants with their fractions; it takes precedence on chrM.
        structural: a file of structural variants.
        sample: the name of the participant's column; needed when there are several. All files must have it. Where files
            call the participant otherwise: a mapping from files, as they are given here, to the name in each.
        participant: the id to use in the trace; the sample's name when not given.
        build: `GRCh37` or `GRCh38`, when the files do not prove it.
        sex: `female` or `male`; decides how many copies of X and Y there are.
        ancestry: the group whose `reference` a standardised score is compared with; with all groups when not given.
        absent: what a site without a record means; `reference` is an assumption, and stands in the trace.
        callable: a BED file of regions in which an absent record means reference.
        repeat_sizes: a laboratory's sizes by the rule set's repeat ids or genes, such as `{"C9orf72": "2/>60"}`, or
            `{"sizes": "2/60", "intervals": "2-2/50-80", "source": "a report"}`; they stand above those of files.
        copy_numbers: a laboratory's copy numbers by gene, such as `{"SMN1": 2}`, or
            `{"copies": 2, "source": "a report"}`.
        fasta: the reference genome, for full left-alignment of indels (extra `fasta`).
        pack: what public sources say of the rule set's genes (`assigner pack build`), for variants of which the files
            say nothing.
        sha256: the digests that the files must have: when any is given, each file's must be among them.
        quick: read only the panel's regions by the files' indexes; the trace says so. Files are given by their paths;
            one of repeats is read whole.
        threads: 2 or more: decompress and hash in a second thread.
        limits: the reader's limits.
        progress: called again and again with how many more bytes of the files were read.

    Raises:
        InputError: a file, or what is declared of it, cannot be used; each subclass says which.
        EvidenceError: `pack` is none, or was made for another rule set's genes.
    """
    expect_a(Rules, rules, "rules", "read_rules")
    if absent not in ("unknown", "reference"):
        raise ProfileError("absent", "unknown or reference", shown(absent))
    if not isinstance(threads, int) or threads < 1:
        raise ProfileError("threads", "a whole number of at least 1", shown(threads))
    given = tuple(path) if isinstance(path, Sequence) and not isinstance(path, str | bytes) else (path,)
    if not given:
        raise ProfileError("path", "at least one file", "none")
    roles = ((repeats, Role.REPEATS), (mitochondrial, Role.MITOCHONDRIAL), (structural, Role.STRUCTURAL))
    declared = Declared(
        files=(*((each, None) for each in given), *((each, role) for each, role in roles if each is not None)),
        sample=sample,
        participant=participant,
        build=_one_of(Build, build, "build"),
        sex=_one_of(Sex, sex, "sex"),
        ancestry=ancestry,
        absent=absent,
        callable=callable,
        repeat_sizes=repeat_sizes or {},
        copy_numbers=copy_numbers or {},
        fasta=fasta,
        pack=None if pack is None else _pack_of(pack),
        sha256=tuple(each.lower() for each in ((sha256,) if isinstance(sha256, str) else sha256)),
        quick=quick,
        threads=threads,
        limits=limits or Limits(),
        progress=progress or untold,
    )
    return profile_of_files(rules, declared)


def _bases_at(panel: Panel, reference: Reference | None) -> dict[Spot, str]:
    if not panel.scores:
        return {}
    from assigner.vcf.scores import bases_at  # few rule sets have scores

    return bases_at(panel, reference)


def _scores_in(
    joined: Joined, bases: Mapping[Spot, str], regions: Regions | None, declared: Declared
) -> tuple[dict[str, ScoreGenotypes], tuple[Check, ...]]:
    if not joined.panel.scores:
        return {}, ()
    from assigner.vcf.scores import scores_in  # likewise

    return scores_in(joined, bases, regions, absent=declared.absent)


def _given_by_hand(declared: Declared, panel: Panel) -> tuple[dict[str, RepeatSizes], dict[str, CopyNumber]]:
    if not (declared.repeat_sizes or declared.copy_numbers):
        return {}, {}
    from assigner.profiles.laboratory import laboratory  # few runs have a laboratory's results

    return laboratory(declared.repeat_sizes, declared.copy_numbers, panel)


def _reference_in(fasta: Pathlike) -> Reference:
    from assigner.genome.reference import Reference

    return Reference.open(fasta)


def _pack_of(source: Source | Pack) -> Pack | None:
    from assigner.packs.forms import pack_of

    return pack_of(source)


def _one_of(kind: type[Kind], text: str | None, name: str) -> Kind | None:
    try:
        return None if text is None else kind(text)
    except ValueError:
        raise ProfileError(name, " or ".join(kind), shown(text)) from None


def profile_of_files(rules: Rules, declared: Declared, read: Callable[[File, Source], None] = File.read) -> Profile:
    """Read all files of a participant and put them together.

    Args:
        rules: the rule set.
        declared: the files, and what the caller says of them.
        read: what reads one file of them.

    Raises:
        InputError: as `read_profile`.
    """
    declared.expect_files()
    check_reader()  # before a long file is read for nothing
    files = _files(rules, declared, read)
    build, build_checks = _build(files, declared)
    if declared.pack is not None:
        from assigner.packs.forms import expect_fitting  # few runs have a pack

        expect_fitting(declared.pack, rules, build, "pack")
    for file in files:
        file.metadata = file.metadata.on(build, file.scan.header)
    panel = panel_of(rules, build)
    inferred, sex_check = sex_of(files, build)
    sex = declared.sex or inferred
    with ExitStack() as opened:
        reference = None if declared.fasta is None else opened.enter_context(_reference_in(declared.fasta))
        placed = [OnBuild.of(file, panel, sex, reference) for file in files]
        bases = _bases_at(panel, reference)
    relations = tuple(Relation.between([file.fingerprint for file in files]))
    joined = Joined(files=placed, panel=panel, sex=sex)
    bed = None if declared.callable is None else read_bed(declared.callable, build, rules.content.gates.depth)
    regions = None if bed is None else bed.regions.on(joined.speaks_of)
    variants, told_of_variants = joined.unlisted()
    told = () if bed is None or (check := bed.check()) is None else (check,)
    absent, assumed = _absent(declared, joined)
    scores, scored = _scores_in(joined, bases, regions, declared)
    sized, counted = _given_by_hand(declared, panel)
    looked = any(file.role is Role.STRUCTURAL or made_for_structural(file.scan.header) for file in files)
    structural = structural_check(declared=any(file.metadata.structural for file in files), looked_for=looked)
    annotated: frozenset[Annotation] = frozenset().union(*(file.metadata.annotated for file in files))
    covered: tuple[Check, ...] = ()
    if declared.absent == "reference":
        covered = (absence_check(joined.speaks_of, joined.recorded, annotated, structural=looked),)
    return Profile(
        participant=(files[0].sample or "") if declared.participant is None else declared.participant,
        build=build,
        sex=declared.sex,
        inferred_sex=inferred,
        ancestry=declared.ancestry,
        absent=absent,
        partial_read=any(file.quick for file in files),
        two_sexes=len(sexes_of(files, build)) > 1,
        somatic="; ".join(file.somatic for file in files if file.somatic)[:MOST_WORDS] or None,
        two_people="; ".join(str(each) for each in relations if each.is_discordant)[:MOST_WORDS] or None,
        alleles=assumed | joined.calls(regions),
        markers=joined.markers(),
        scores=scores,
        repeats=joined.repeats() | sized,
        variants=variants,
        structural=joined.structural(),
        structural_read=looked,
        assessed=joined.assessed(regions) if annotated else {},
        annotated=annotated,
        copy_numbers=counted,
        assumptions=(*declared.assumptions(files), *joined.assumptions(), *by_hand(sized, counted)),
        checks=(
            *_checks_of(files, build_checks, joined, (sex_check, *(each.check for each in relations))),
            *_alignment(declared),
            *told,
            *covered,
            *scored,
            structural,
            *told_of_variants,
        ),
        inputs=(*(file.input for file in files if file.input), *_inputs_of(bed, declared.pack)),
    )


def _absent(declared: Declared, joined: Joined) -> tuple[Literal["unknown", "reference"], dict[Variant, Call]]:
    """What an absent record means, and the alleles that are assumed reference one by one.

    Where contigs are not understood, what the caller declares of absent records holds only for the listed alleles of
    those chromosomes that the files speak of. Variants and deletions of genes that are not there stay unknown.
    """
    spoken = joined.speaks_of
    if declared.absent == "unknown" or spoken == frozenset(CHROMS):
        return declared.absent, {}
    return "unknown", {each: ASSUMED_REFERENCE for each in joined.panel.alleles if each.chrom in spoken}


def _checks_of(
    files: Sequence[File], build: Sequence[Check], joined: Joined, whose: Sequence[Check]
) -> Iterator[Check]:
    """What was checked of the files, in the order of a trace."""
    for file in files:
        yield from file.checks()
    yield from joined.gates()
    yield from build
    yield from joined.mitochondrial_checks()
    yield from whose


def _files(rules: Rules, declared: Declared, read: Callable[[File, Source], None]) -> list[File]:
    """Read the files, the first one first: what it proves of build and sample holds for the others."""
    files: list[File] = []
    build = declared.build
    alone = sum(role is not Role.REPEATS for _, role in declared.files) == 1
    for source, role in declared.files:
        file = File(
            name=source_name(source),
            rules=rules,
            role=role,
            sample=declared.sample_of(source),
            build=build,
            around=AROUND if declared.fasta is not None else 0,
            quick=declared.quick and role is not Role.REPEATS,
            threads=declared.threads,
            alone=alone,
            limits=declared.limits,
            rank=len(files),
            pack=declared.pack,
            progress=declared.progress,
            fingerprint=Fingerprint.of(rules.content.gates) if not alone and role is not Role.REPEATS else None,
        )
        read(file, source)
        files.append(file)
        declared.expect_sample(file, source, files[0])
        _vouched(file, declared.sha256)
        _expect_another(file, files[:-1])
        build = build or (file.metadata.contigs[0] if file.metadata.contigs else None)
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

    Files of the mitochondrion alone need none, as its positions are the same on every build.

    Repeats are joined by place and motif, so that those of the other build are not found; a structural variant of the
    other build would be taken for another gene's, so its file must prove its build, or the caller declare it.
    """
    proving = [file for file in files if file.metadata.contigs] or [file for file in files if any(file.loci.values())]
    proving = proving or [file for file in files if not file.is_mitochondrial][:1]
    if not proving and declared.build is None:
        build = list(Build)[-1]
        return build, [Check("build", build.value, "not asked: the files hold the mitochondrion alone")]
    build, check = (proving or files)[0].proved_build()
    checks = [check]
    for file in files:
        if file is (proving or files)[0]:
            continue
        if not file.metadata.contigs and declared.build is None and file.role is Role.STRUCTURAL:
            raise BuildError(f"{file.name}: genome build", "##contig lengths, or a declared build", "neither")
        file.build = build
        _, own = file.proved_build()
        how = (
            own.evidence
            if file.metadata.contigs
            else own.evidence.replace("declared", "taken as that of the other files", 1)
        )
        checks.append(Check(f"{file.role}_build", build.value, how))
    return build, checks


def _inputs_of(bed: Bed | None, pack: Pack | None) -> Iterator[Input]:
    if bed is not None:
        yield Input("callable", hashlib.sha256(bed.content).hexdigest(), len(bed.content), "bed")
    if pack is not None:
        yield Input(PACK_ROLE, pack.sha256, pack.size, "xz")


def _alignment(declared: Declared) -> list[Check]:
    if declared.fasta is None:
        return []
    return [Check(LEFT_ALIGNMENT, "by the reference genome", "indels of the files and of the rule set alike")]
