"""Parts of a gene of which criteria can ask: by the residues of its protein, or by its bases on each build."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from assigner.genome.builds import Build, by_build
from assigner.rules.scalars import Id, Reasoned, Span, fault


class Region(Reasoned):
    """A part of a gene: a domain, the end of the protein, an exon.

    Attributes:
        id: its name; several genes may have a region of one name, which criteria ask for.
        residues: its first and last amino acid, counted on the gene's transcript.
        grch37: its first and last base on GRCh37, 1-based, when it is told by bases.
        grch38: the same on GRCh38.
    """

    id: Id
    residues: Span | None = None
    grch37: Span | None = None
    grch38: Span | None = None

    @model_validator(mode="after")
    def _by_residues_or_bases(self) -> Self:
        spans = (self.grch37, self.grch38)
        if None in spans if self.residues is None else spans != (None, None):
            raise fault("residues, or bases on both builds")
        return self

    def bases_on(self, build: Build) -> Span | None:
        """Its span on a build; None when it is told by residues."""
        return by_build(build, grch37=self.grch37, grch38=self.grch38)
