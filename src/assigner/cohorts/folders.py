"""A folder of VCF and BCF files, matched to participants by the sample names in their headers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from pathlib import Path

from attrs import frozen

from assigner.errors import Fault, InputError, SheetError, first_named, shown
from assigner.profiles.profile import Role
from assigner.vcf.bytes.stores import is_store
from assigner.vcf.metadata import role_of
from assigner.vcf.shared import header_of

_NAME = re.compile(r".+\.(?:vcf|gvcf|bcf)(?:\.gz|\.bgz)?", re.IGNORECASE)
_INDEX = (".tbi", ".csi")


@frozen
class Folder:
    """The files of a folder.

    Attributes:
        samples: the paths of each sample's files, sorted by name.
        unread: the files whose header cannot be read.
        notes: sentences about the other files.
    """

    path: str
    samples: Mapping[str, Sequence[str]]
    unread: tuple[str, ...]
    notes: tuple[str, ...]


def read_folder(path: str) -> Folder:
    """Read the header of each VCF and BCF in a folder; subfolders are not searched.

    Raises:
        SheetError: with every sample that has two files of the same role, and every sample without a file of variants.
        InputError: the folder cannot be read, or has no VCF or BCF.
    """
    try:
        seen = [each for each in Path(path).iterdir() if not each.name.startswith(".")]
        every = sorted(each for each in seen if each.is_file() or is_store(each))
    except OSError as error:
        raise InputError(path, "a folder that can be read", error.strerror or "none") from error
    files = [each for each in every if _NAME.fullmatch(each.name) or is_store(each)]
    if not files:
        raise InputError(path, "a folder with files .vcf, .vcf.gz, .g.vcf.gz or .bcf", "none of them")
    samples: dict[str, dict[Role, str]] = defaultdict(dict)
    unread: list[str] = []
    without_samples: list[str] = []
    faults: list[Fault] = []
    for each in files:
        try:
            header = header_of(str(each))
        except InputError:
            unread.append(str(each))
            continue
        if not header.samples:
            without_samples.append(each.name)
        role = role_of(header)
        for sample in header.samples:
            before = samples[sample].setdefault(role, str(each))
            if before != str(each):
                got = f"{shown(sample)} in {Path(before).name} too: say in a sheet who is who"
                faults.append(Fault(str(each), 0, "#CHROM", f"each sample in one file of {role}", got))
    for sample, own in samples.items():
        if Role.VARIANTS not in own:
            got = f"{shown(sample)} in none: name the participant's files in a sheet"
            faults.append(Fault(next(iter(own.values())), 0, "#CHROM", "a sample that a file of variants has too", got))
    if faults:
        raise SheetError(tuple(faults))
    whose = {sample: [own[role] for role in Role if role in own] for sample, own in samples.items()}
    return Folder(path, whose, tuple(unread), (*_without_samples(path, without_samples), *_others(path, every, files)))


def _without_samples(path: str, names: Sequence[str]) -> Iterator[str]:
    """A sentence about the files that have no sample columns."""
    if names:
        yield f"{path}: without sample columns and not read: {first_named(names)}"


def _others(path: str, every: Sequence[Path], files: Container[Path]) -> Iterator[str]:
    """Sentences about the files that are not VCF or BCF."""
    others = [each.name for each in every if each not in files]
    indexes = [name for name in others if name.endswith(_INDEX)]
    rest = [name for name in others if not name.endswith(_INDEX)]
    if indexes:
        yield f"{path}: {len(indexes)} indexes are not needed, as files are read whole"
    if rest:
        yield f"{path}: no VCF or BCF and not read: {first_named(rest)}"
