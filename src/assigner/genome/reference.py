"""Reference bases from a FASTA file that the user gives, for full left-alignment of indels."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from attrs import frozen

from assigner import extras
from assigner.errors import BuildError, ContainerError, InputError, LimitError
from assigner.genome.builds import LENGTHS, Build, chrom_of
from assigner.genome.variants import are_bases, left_aligned, trimmed

MOST_INDEX_BYTES = 64 << 20
"""The most bytes of a FASTA's index, which is read whole; a genome with all its contigs takes less than one MB."""


@frozen
class Reference:
    """A FASTA with its index, opened by `pyfaidx`; to be closed, or used in `with`."""

    fasta: Any
    names: dict[str, str]
    name: str

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Self:
        """Open a FASTA that has an index beside it; nothing is written.

        Raises:
            ContainerError: when it or its index cannot be read.
            LimitError: when the index is too large.
            InputError: when the extra `fasta` is not installed.
        """
        if not isinstance(path, str | os.PathLike):
            raise ContainerError("fasta", "a path, because the index stands beside it", f"a {type(path).__name__}")
        try:
            import pyfaidx
        except ImportError as error:
            raise InputError("fasta", extras.install_hint("fasta"), "no pyfaidx") from error
        index = Path(f"{os.fspath(path)}.fai")
        if not os.path.isfile(index):
            raise ContainerError(str(path), "a FASTA with its index beside it (samtools faidx)", "no .fai file")
        if index.stat().st_size > MOST_INDEX_BYTES:
            raise LimitError(str(index), f"an index of at most {MOST_INDEX_BYTES} bytes", "more")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of an index older than its FASTA; REF of the VCF is compared anyway
                options = {"sequence_always_upper": True, "as_raw": True, "build_index": False, "rebuild": False}
                fasta = pyfaidx.Fasta(os.fspath(path), **options)
        except Exception as error:  # pyfaidx raises its own and OSError alike
            raise ContainerError(str(path), "an indexed FASTA", type(error).__name__) from error
        names = {chrom: contig for contig in fasta.keys() if (chrom := chrom_of(contig))}  # noqa: SIM118
        return cls(fasta, names, str(path))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self.fasta.close()

    def base_of(self, contig: str) -> Callable[[int], str]:
        """The function that gives the base at a 1-based position of a contig, `N` outside it."""
        name = self.names.get(chrom_of(contig) or "")
        if name is None:
            raise InputError(self.name, f"the sequence of {contig}", "none")
        sequence = self.fasta[name]
        return lambda pos: str(sequence[pos - 1]) if 1 <= pos <= len(sequence) else "N"

    def expect_build(self, chrom: str, build: Build) -> None:
        """See that the sequence of a chromosome is not that of another build.

        Raises:
            BuildError: when it is exactly as long as that of another build.
        """
        length = len(self.fasta[self.names[chrom]])
        others = [each for each in Build if each is not build and LENGTHS[each][chrom] == length]
        if others and length != LENGTHS[build][chrom]:
            raise BuildError(f"{self.name}: {self.names[chrom]}", f"the sequence of {build}", f"that of {others[0]}")

    def left_aligned(self, contig: str, pos: int, ref: str, alt: str) -> tuple[int, str, str]:
        """The leftmost way to write a replacement.

        Raises:
            BuildError: when `ref` does not stand there.
        """
        base = self.base_of(contig)
        if any(base(pos + at) != expected for at, expected in enumerate(ref)):
            raise BuildError(f"{self.name}: {contig}:{pos}", "the bases that REF has there", "others")
        found = left_aligned(pos, ref, alt, base)
        return found if are_bases(found[1] + found[2]) else trimmed(pos, ref, alt)
