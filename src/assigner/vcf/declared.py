"""What the caller declares of a participant's files, and how a trace repeats it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from attrs import frozen

from assigner.errors import ProfileError, SampleError, shown
from assigner.files import Source
from assigner.genome.builds import Build
from assigner.profiles.calls import Sex
from assigner.profiles.profile import ABSENT_IS_REFERENCE, GIVEN, CopyNumber, RepeatSizes, Role
from assigner.vcf.bytes.containers import Limits
from assigner.vcf.bytes.sources import Progress, untold
from assigner.vcf.files import File, Pathlike

if TYPE_CHECKING:
    from assigner.packs.pack import Pack

Names = str | Mapping[Source, str]
"""The participant's sample: one name for all files, or the name in each of those that are keys."""


@frozen(kw_only=True)
class Declared:
    """What the caller says of a participant's files; `read_profile` documents each."""

    files: tuple[tuple[Source, Role | None], ...]
    sample: Names | None
    participant: str | None
    build: Build | None
    sex: Sex | None
    ancestry: str | None
    absent: Literal["unknown", "reference"]
    callable: Source | None
    repeat_sizes: Mapping[str, str | Mapping[str, str]]
    copy_numbers: Mapping[str, int | str | Mapping[str, int | str]]
    fasta: Pathlike | None
    sha256: tuple[str, ...]
    quick: bool
    threads: int
    limits: Limits
    pack: Pack | None = None
    progress: Progress = untold

    def sample_of(self, source: Source) -> str | None:
        """The name that the caller gives the participant's column in a file, if any."""
        if self.sample is None or isinstance(self.sample, str):
            return self.sample
        return next((name for key, name in self.sample.items() if _is_same(key, source)), None)

    def expect_files(self) -> None:
        """Refuse a name for a file that is not given.

        Raises:
            ProfileError: with the first such file.
        """
        names = {} if self.sample is None or isinstance(self.sample, str) else self.sample
        for key in names:
            if not any(_is_same(key, source) for source, _ in self.files):
                got = shown(os.fspath(key)) if isinstance(key, str | os.PathLike) else f"a {type(key).__name__}"
                raise ProfileError("sample", "names by the files that are given", got)

    def expect_sample(self, file: File, source: Source, first: File) -> None:
        """Refuse a file of another sample than the first one's, unless the caller names this file's own.

        Raises:
            SampleError: with both names.
        """
        own = not isinstance(self.sample, str) and self.sample_of(source) is not None
        if file.sample != first.sample and not own:
            expected = f"the sample {shown(first.sample or '')}, as in {first.name}, or the name of this file's own"
            raise SampleError(file.name, f"{expected} (sample=, FILE:SAMPLE)", shown(file.sample or ""))

    def assumptions(self, files: Sequence[File]) -> Iterator[str]:
        """What a trace says that the caller declared of the files that were read."""
        if self.absent == "reference":
            yield ABSENT_IS_REFERENCE
        if self.callable is not None:
            yield "inside the callable regions a small variant without a record is reference, as the caller declared"
        if self.build is not None:
            yield build_assumption(self.build)
        for file in files[1:]:
            if file.sample != files[0].sample:
                alias = f"{shown(file.sample or '')} in {(file.role or Role.VARIANTS).described}"
                yield f"the sample {alias} is {shown(files[0].sample or '')}, as the caller declared"


def _is_same(key: Source, source: Source) -> bool:
    """Whether two sources are one: the same path, the same open file or the same bytes."""
    if isinstance(key, str | os.PathLike) and isinstance(source, str | os.PathLike):
        return os.fspath(key) == os.fspath(source)
    return key is source or (isinstance(key, bytes) and key == source)


def build_assumption(build: Build) -> str:
    """What a trace says when the caller declared the build."""
    return f"the build is {build}, as the caller declared"


def by_hand(sized: Mapping[str, RepeatSizes], counted: Mapping[str, CopyNumber]) -> Iterator[str]:
    """What was given by hand, and whose word it is."""
    given = [(f"{name}: {sizes} units", sizes.source) for name, sizes in sorted(sized.items())]
    given += [(f"{gene}: copy number {number.copies}", number.source) for gene, number in sorted(counted.items())]
    for what, source in given:
        yield f"{what}, {GIVEN}" + ("" if source == GIVEN else f": {source}")
