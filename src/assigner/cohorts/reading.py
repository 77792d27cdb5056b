"""Reads a sample sheet, a multi-sample file or a folder into profiles and assignments, participant by participant."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache, partial
from typing import Literal

from attrs import define, evolve, field, frozen

from assigner.assignments import Assignment, assign_alike
from assigner.cohorts.folders import Folder, read_folder
from assigner.cohorts.genomes import Genome, genome_of
from assigner.cohorts.sheets import Participant, originals_of, read_sheet
from assigner.errors import AssignerError, Fault, InputError, SampleError, SheetError, first_named, shown
from assigner.evidence.alike import Alike
from assigner.files import SampleFile, Source
from assigner.genome.builds import Build
from assigner.genome.reference import Reference
from assigner.packs.forms import pack_of
from assigner.packs.pack import Pack
from assigner.profiles.profile import Profile, Role
from assigner.rules import Rules
from assigner.strict import nearest
from assigner.vcf.bytes.containers import Limits
from assigner.vcf.bytes.stores import is_store
from assigner.vcf.declared import Declared
from assigner.vcf.files import File, Pathlike
from assigner.vcf.reading import profile_of_files
from assigner.vcf.scan.joint_parts import Whole
from assigner.vcf.shared import Circumstances, Parts, SharedFile, read_alone, samples_in

Wholes = Mapping[str, Mapping[Circumstances, Whole]]
"""The contents of each file of several participants."""

_VCF = (b"##fileformat", b"\x1f\x8b", b"BCF")


@frozen(kw_only=True)
class Cohort:
    """Participants whose files exist, each with a sample of its own.

    Attributes:
        participants: in the order of the sheet, or of the file's columns.
        shared: the paths of files of several participants, copies and links included.
        notes: sentences for the user, before the run starts.
        source: the path that was given.
    """

    participants: tuple[Participant, ...]
    shared: frozenset[str]
    notes: tuple[str, ...]
    source: str

    def __len__(self) -> int:
        return len(self.participants)


def cohort_of(
    source: Pathlike,
    rules: Rules,
    *,
    sheet: Pathlike | None = None,
    build: Build | None = None,
    absent: Literal["unknown", "reference"] = "unknown",
) -> Cohort:
    """Determine the participants, and check everything that needs no records.

    Args:
        source: a sample sheet; a VCF or BCF of many samples, each of them a participant; or a folder of such files, of
            one sample or many.
        rules: the rule set.
        sheet: with a VCF, BCF or folder, the sheet that names its participants; other samples are left out.
        build: the build of all participants without one in the sheet.
        absent: what a site without a record is, for all participants without a value in the sheet.

    Raises:
        SheetError: with all faults of the sheet.
        InputError: a file cannot be read.
    """
    path = os.fspath(source)
    folder = read_folder(path) if os.path.isdir(path) and not is_store(path) else None
    is_file = folder is None and _is_vcf(path)
    table = sheet if is_file or folder is not None else path
    notes: list[str] = []
    if table is None:
        found = tuple(_all_samples(path) if folder is None else _all_in_folder(folder))
    elif folder is not None:
        found = read_sheet(table, rules, partial(_files_in, folder))
    else:
        found = read_sheet(table, rules, partial(_whole, path, cache(_only_sample)) if is_file else None)
    first = originals_of(found)
    named = Counter(file for each in found for file in {first[path] for path, _, _ in each.files})
    shared = frozenset(path for path, file in first.items() if named[file] > 1)
    found = tuple(
        evolve(
            each,
            build=each.build or build,
            absent=each.absent or absent,
            sample=each.sample or (each.id if any(path in shared for path, _, _ in each.files) else None),
        )
        for each in found
    )
    if table is not None:
        left_out = [*_expect_samples(os.fspath(table), found, shared | ({path} if is_file else set()), first)]
        notes += left_out if folder is None else _left_out_of(folder, found)
    if folder is not None:
        notes += folder.notes
    return Cohort(participants=found, shared=shared, notes=tuple(notes), source=path)


def _all_samples(path: str) -> Iterator[Participant]:
    """A participant for each sample of a file."""
    names = samples_in(path)
    if not names:
        raise SampleError(f"{path}: #CHROM", "sample columns", "none: nobody's genotypes are in this file")
    for name in names:
        yield Participant(id=name, files=((path, None, None),), sample=name)


def _all_in_folder(folder: Folder) -> Iterator[Participant]:
    """A participant for each sample of a folder's files, and for each unreadable file, whose result is an error."""
    for name, paths in folder.samples.items():
        yield Participant(id=name, files=tuple((path, None, None) for path in paths), sample=name)
    for path in folder.unread:
        yield Participant(id=os.path.basename(path), files=((path, None, None),))


def _files_in(folder: Folder, sample: str | None, who: str) -> list[SampleFile]:
    """A sample's files in a folder; the sample's name is the participant's id if the sheet gives none."""
    return [SampleFile(path, sample or who) for path in folder.samples.get(sample or who, ())]


def _whole(path: str, only: Callable[[str], str | None], sample: str | None, who: str) -> list[SampleFile]:
    """The one file; if it has a single sample, the participant's id may differ from the sample's name."""
    return [SampleFile(path, sample or (None if only(path) else who))]


def _only_sample(path: str) -> str | None:
    """The name of a file's sample, if it has exactly one."""
    names = samples_in(path)
    return names[0] if len(names) == 1 else None


def _left_out_of(folder: Folder, participants: Iterable[Participant]) -> Iterator[str]:
    """A sentence about the samples of a folder that are not in the sheet."""
    chosen: set[tuple[str, str | None]] = {
        (path, own or each.sample or each.id) for each in participants for path, _, own in each.files
    }
    chosen |= {(path, None) for each in participants for path, _, own in each.files if own is each.sample is None}
    left = [
        name
        for name, paths in folder.samples.items()
        if not any({(path, name), (path, None)} & chosen for path in paths)
    ]
    left += [os.path.basename(path) for path in folder.unread if (path, None) not in chosen]
    if left:
        yield f"{folder.path}: not in the sheet and left out: {first_named(left)}"


def _is_vcf(path: str) -> bool:
    if is_store(path):
        return True
    if os.path.exists(path) and not (os.path.isfile(path) or os.path.isdir(path)):
        raise InputError(path, "a regular file, as it is opened more than once", "a pipe or a device")
    try:
        with open(path, "rb") as file:
            return file.read(16).startswith(_VCF)
    except OSError as error:
        raise InputError(path, "a sample sheet, VCF or BCF that can be read", error.strerror or "none") from error


def _expect_samples(
    sheet: str, participants: Sequence[Participant], shared: AbstractSet[str], first: Mapping[str, str]
) -> Iterator[str]:
    """Sentences about the samples that are left out of files of several participants and of the sheet's file.

    Raises:
        SheetError: with every sample that is not in its file.
    """
    samples = {path: samples_in(path) for path in sorted({first[path] for path in shared & first.keys()})}
    wanted: dict[str, dict[str, int]] = {path: {} for path in samples}
    for each in participants:
        for path, _, own in each.files:
            if path in shared:
                there = samples[first[path]]
                name = own or each.sample or (there[0] if len(there) == 1 else each.id)
                wanted[first[path]][name] = each.line
    faults, notes = [], []
    for path, lines in wanted.items():
        there = samples[path]
        for name in lines.keys() - set(there):
            expected = nearest(name, there) or f"a sample of {path}, the file of several participants"
            faults.append(Fault(sheet, lines[name], "sample", expected, shown(name)))
        left = [name for name in there if name not in lines]
        if left:
            notes.append(f"{path}: not in the sheet and left out: {first_named(left)}")
    if faults:
        raise SheetError(tuple(sorted(faults, key=lambda fault: fault.line)))
    yield from notes


@define(kw_only=True)
class Reader:
    """Reads the participants of a cohort one by one; a file of several participants is read only once.

    Attributes:
        fasta, pack, threads, limits: as in `read_profile`.
        compares: whether to collect genotypes for the comparison of participants.
    """

    rules: Rules
    fasta: Pathlike | None = None
    pack: Pack | None = None
    threads: int = 1
    limits: Limits = field(factory=Limits)
    compares: bool = False
    shared: Mapping[str, SharedFile]

    @classmethod
    def of(
        cls,
        cohort: Cohort,
        rules: Rules,
        *,
        fasta: Pathlike | None = None,
        pack: Pack | None = None,
        threads: int = 1,
        compares: bool = False,
        wholes: Wholes | None = None,
    ) -> Reader:
        """A reader of a cohort's files; `wholes` has contents of shared files that other processes already read."""
        known = wholes or {}
        shared = {path: SharedFile(compares, {**known.get(path, {})}) for path in cohort.shared}
        return cls(rules=rules, fasta=fasta, pack=pack, threads=threads, compares=compares, shared=shared)

    def profile(self, who: Participant) -> Profile | AssignerError:
        """A participant's profile, or the error."""
        return self.read(who)[0]

    def read(self, who: Participant) -> tuple[Profile | AssignerError, Genome | None]:
        """A participant's profile, or the error, and the genotypes for the comparison of participants."""
        files: list[File] = []

        def read(file: File, source: Source) -> None:
            self._read(file, source)
            files.append(file)

        try:
            profile = profile_of_files(self.rules, self.declared(who), read)
        except AssignerError as error:
            return error, None
        return profile, genome_of(files, profile.build) if self.compares else None

    def ahead(self, participants: Iterable[Participant], parts: Parts) -> Wholes:
        """Read the files of several participants, each once, in parts where possible; returns their contents.

        Args:
            participants: the participants of this run.
            parts: reads the parts, as in other processes.
        """
        for shared in self.shared.values():
            shared.parts = parts
        todo = set(self.shared)
        for who in participants:
            paths = {path for path, _, _ in who.files}
            if (
                todo & paths and sum(role is not Role.REPEATS for _, role, _ in who.files) < 2
            ):  # else it is read for each participant
                self.profile(who)
                todo -= paths
        return {path: shared.wholes for path, shared in self.shared.items()}

    def expect_fasta(self) -> None:
        """Check that the reference genome can be opened, if one is given.

        Raises:
            InputError: as `read_profile`.
        """
        if self.fasta is not None:
            Reference.open(self.fasta).close()

    def declared(self, who: Participant) -> Declared:
        """The declarations for a participant's files, as for `read_profile`."""
        own = any(name for _, _, name in who.files)
        names: dict[Source, str] = {path: text for path, _, name in who.files if (text := name or who.sample)}
        return Declared(
            files=tuple((path, role) for path, role, _ in who.files),
            sample=names if own else who.sample,
            participant=who.id,
            build=who.build,
            sex=who.sex,
            ancestry=who.ancestry,
            absent=who.absent or "unknown",
            callable=who.callable,
            repeat_sizes=who.repeat_sizes,
            copy_numbers=who.copy_numbers,
            fasta=self.fasta,
            sha256=(),
            quick=False,
            threads=self.threads,
            limits=self.limits,
            pack=self.pack,
        )

    def _read(self, file: File, source: Source) -> None:
        shared = self.shared.get(source) if isinstance(source, str) else None
        if shared is None:
            read_alone(file, source, fingerprint=self.compares)
        else:
            shared.read(file, source)


def read_profiles(
    source: Pathlike,
    rules: Rules,
    *,
    sheet: Pathlike | None = None,
    build: Build | Literal["GRCh37", "GRCh38"] | None = None,
    absent: Literal["unknown", "reference"] = "unknown",
    fasta: Pathlike | None = None,
    pack: Source | Pack | None = None,
    threads: int = 1,
) -> Iterator[tuple[str, Profile | AssignerError]]:
    """Each participant with the profile, or with the error that stands in its way; one is read when it is asked for.

    A profile equals that of `read_profile` for this participant alone.

    Args:
        source: a sample sheet; or a VCF or BCF of many samples, which is read once for all of them.
        rules: the rule set.
        sheet: with a VCF or BCF, the sheet that says who its participants are.
        build: of the files, when they do not prove it and the sheet does not say it.
        absent: what a site without a record means, when the sheet does not say it.
        fasta: the reference genome, for full left-alignment of indels (extra `fasta`).
        pack: as `read_profile` has it.
        threads: 2 or more: decompress and hash in a second thread.

    Raises:
        SheetError: at once, with all faults of the sheet.
        InputError: at once, when no participant can be told, or `fasta` cannot be read.
        EvidenceError: at once, when `pack` cannot be read.
    """
    cohort = cohort_of(source, rules, sheet=sheet, build=None if build is None else Build(build), absent=absent)
    reader = Reader.of(cohort, rules, fasta=fasta, pack=pack_of(pack), threads=threads)
    reader.expect_fasta()
    return ((who.id, reader.profile(who)) for who in cohort.participants)


def assign_many(
    profiles: Iterable[tuple[str, Profile | AssignerError]], rules: Rules
) -> Iterator[tuple[str, Assignment | AssignerError]]:
    """Each participant with the assignment, or with the error that stands in its way.

    Args:
        profiles: as `read_profiles` gives them.
        rules: the rule set that they were read for.
    """
    alike = Alike()
    return (
        (who, found if isinstance(found, AssignerError) else assign_alike(found, rules, alike))
        for who, found in profiles
    )
