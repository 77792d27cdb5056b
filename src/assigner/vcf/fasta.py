"""Reference bases from a FASTA file that the user gives, for full left-alignment of indels."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from attrs import frozen

from assigner.contigs import chrom_of
from assigner.errors import ContainerError, InputError


@frozen
class Reference:
    """A FASTA with its index, opened by `pyfaidx`."""

    fasta: Any
    names: dict[str, str]
    name: str

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Reference:
        """Open a FASTA; an index beside it is used, or made in memory.

        Raises:
            ContainerError: when it cannot be read.
            InputError: when the extra `fasta` is not installed.
        """
        try:
            import pyfaidx
        except ImportError as error:
            raise InputError("fasta", "the extra: pip install 'assigner[fasta]'", "no pyfaidx") from error
        try:
            fasta = pyfaidx.Fasta(os.fspath(path), sequence_always_upper=True, as_raw=True, build_index=True)
        except Exception as error:  # pyfaidx raises its own and OSError alike
            raise ContainerError(str(path), "an indexed FASTA", type(error).__name__) from error
        names = {chrom: contig for contig in fasta.keys() if (chrom := chrom_of(contig))}
        return cls(fasta, names, str(path))

    def base_of(self, contig: str) -> Callable[[int], str]:
        """The function that gives the base at a 1-based position of a contig, `N` before its first."""
        name = self.names.get(chrom_of(contig) or "")
        if name is None:
            raise InputError(self.name, f"the sequence of {contig}", "none")
        sequence = self.fasta[name]
        return lambda pos: str(sequence[pos - 1]) if pos >= 1 else "N"
