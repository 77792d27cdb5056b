"""Prepares work for other machines: absolute paths, and the size and modification time of each file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping

from attrs import evolve, frozen

from assigner.cohorts.sheets import Participant
from assigner.cohorts.workers import Made, Undecided, Work
from assigner.errors import InputError
from assigner.vcf.bytes.stores import files_of

Stamp = tuple[int, int]
"""Size in bytes and modification time in ns; for a folder the sum and the latest; zeros if there is none."""


def stamp_of(path: str) -> Stamp:
    """The stamp of a path: differs for another file or (almost always) another content."""
    try:
        seen = [os.stat(each) for each in files_of(path)]
    except OSError:
        return (0, 0)
    return (sum(each.st_size for each in seen), max((each.st_mtime_ns for each in seen), default=0))


def expect_same(stamps: Mapping[str, Stamp]) -> None:
    """Check that the files on this machine have these stamps.

    Raises:
        InputError: one is missing or differs.
    """
    for path, stamp in stamps.items():
        if stamp_of(path) != stamp:
            expected = "the same file on each worker as where the run was started (size and time of modification)"
            raise InputError(path, expected, "another one, or none")


@frozen
class Sent:
    """A cohort's work as sent to other machines.

    Attributes:
        home: the folder from which relative paths start.
        stamps: the stamps of all files that a task may need, by absolute path.
    """

    home: str
    work: Work
    stamps: Mapping[str, Stamp]

    @classmethod
    def of(cls, work: Work, tasks: Iterable[Participant]) -> Sent:
        """The work with the stamps of the files as they are now."""
        home = os.getcwd()
        named = {*_common(work), *(path for who in tasks for path in who.paths)}
        return cls(home, work, {whole: stamp_of(whole) for whole in (os.path.join(home, path) for path in named)})

    @property
    def common(self) -> Work:
        """The work without its participants, with absolute paths."""
        cohort = evolve(self.work.cohort, participants=(), shared=frozenset(map(self._whole, self.work.cohort.shared)))
        return evolve(
            self.work,
            cohort=cohort,
            rules_file=self._optional(self.work.rules_file),
            fasta=self._optional(self.work.fasta),
            pack=self._optional(self.work.pack),
        )

    @property
    def stamps_of_shared(self) -> dict[str, Stamp]:
        """The stamps of the files of several participants."""
        return {path: self.stamps[path] for path in map(self._whole, self.work.cohort.shared) if path in self.stamps}

    def task(self, who: Participant) -> tuple[Participant, Mapping[str, Stamp]]:
        """A participant with absolute paths, and the stamps of the files that its task needs."""
        files = tuple((self._whole(path), role, name) for path, role, name in who.files)
        paths = map(self._whole, (*_common(self.work), *who.paths))
        absolute = evolve(who, files=files, callable=self._optional(who.callable))
        return absolute, {path: self.stamps[path] for path in paths}

    def as_given(self, made: Made | Undecided, who: Participant) -> Made | Undecided:
        """The result with the given paths in its error message instead of absolute ones, as without a cluster."""
        if isinstance(made, Undecided) or not isinstance(message := made.told.row.get("message"), str):
            return made
        for path in sorted((*_common(self.work), *who.paths), key=len, reverse=True):
            message = message.replace(self._whole(path), path)
        return evolve(made, told=evolve(made.told, row={**made.told.row, "message": message}))

    def _whole(self, path: str) -> str:
        return os.path.join(self.home, path)

    def _optional(self, path: str | None) -> str | None:
        return None if path is None else self._whole(path)


def _common(work: Work) -> Iterator[str]:
    """The paths of the files that all tasks need; the rule set is checked by its digest."""
    if work.pack is not None:
        yield work.pack
    if work.fasta is not None:
        yield from (work.fasta, f"{work.fasta}.fai")
