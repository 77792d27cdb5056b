"""Which records of a file can matter to a question, so that only these are read in full and kept."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from attrs import define, field

from assigner.rules.loci import Gene
from assigner.rules.panels import Panel
from assigner.vcf.annotations.annotators import Annotator
from assigner.vcf.annotations.picks import GeneNames
from assigner.vcf.meaning.alleles import carried_alleles
from assigner.vcf.meaning.coding import Beside, may_end_protein, may_lie_in_codon
from assigner.vcf.meaning.contradictions import shows_bases
from assigner.vcf.meaning.coverage import Regions
from assigner.vcf.meaning.exons import splice_sites
from assigner.vcf.meaning.found import Written, written
from assigner.vcf.meaning.genes import ByPlace, any_term, asked_terms, genes_at, genes_over, names_of
from assigner.vcf.meaning.places import meets
from assigner.vcf.meaning.quiet import tells_nothing
from assigner.vcf.meaning.structural import is_structural
from assigner.vcf.records.record import Record
from assigner.vcf.scan.intervals import Intervals

if TYPE_CHECKING:
    from assigner.packs.pack import Pack


@define(kw_only=True, slots=False, eq=False)
class Relevance:
    """Says of one record after the other whether it can matter.

    All do where some are evidence of the reference, because coverage counts them. Else those do that stand at a listed
    place, those whose annotation could tell what a criterion asks, and structural variants, beside which each small one
    shows copies that are there. Of records in one codon each matters if one may change it, and a deletion if it takes
    the place of a `*`.

    Attributes:
        panel: the rule set on the file's build.
        annotator: reads the file's annotations.
        listed: the listed places, by chromosome.
        pack: what tells of the carried variants of which the file does not, if there is one.
        structural: whether the file may hold structural variants.
        alone: whether no other file of the participant can tell of the same variants.
        every: whether each record matters; so it is from the first block of the reference on.
        large: whether a structural variant was met.
        left_out: the variants of the records that do not matter, by line, where another file may tell of them.
    """

    panel: Panel
    annotator: Annotator
    listed: Mapping[str, Intervals]
    pack: Pack | None
    structural: bool
    alone: bool
    every: bool = False
    large: bool = field(default=False, init=False)
    left_out: dict[int, Written] = field(factory=dict, init=False)
    _any_left: bool = field(default=False, init=False)
    _widened: bool = field(default=False, init=False)
    _unless_alone: set[int] = field(factory=set, init=False)
    _unless_missing: set[int] = field(factory=set, init=False)
    _missing: dict[str, list[int]] = field(factory=lambda: defaultdict(list), init=False)

    @property
    def widened(self) -> bool:
        """Whether a record that was left out has to be looked at again, since a later one made more matter."""
        return self._widened

    def wants(self, record: Record) -> bool:
        """Whether a record can matter."""
        self._learn(record)
        if self.every or self._may_matter(record):
            self.left_out.pop(record.number, None)
            return True
        self._any_left = True
        self._leave_out(record)
        return False

    def stays(self, record: Record) -> bool:
        """Whether a record that was wanted can matter beside all others, when these were seen too."""
        in_codon = record.number in self._unless_alone
        if self.every or not self.alone or not (in_codon or record.number in self._unless_missing):
            return True
        if self._is_beside_large(record) or self._takes_missing(record):
            return True
        if in_codon and not self._coding.stands_alone(record):
            return True
        self._leave_out(record)
        return False

    def _leave_out(self, record: Record) -> None:
        if not self.alone:
            self.left_out[record.number] = written(record)

    def _learn(self, record: Record) -> None:
        """What a record says of all others."""
        known = self.every, self.large
        self.every = self.every or record.is_reference_block
        self.large = self.large or (self.structural and is_structural(record))
        self._widened = self._widened or (self._any_left and known != (self.every, self.large))

    def _may_matter(self, record: Record) -> bool:
        over = genes_over(record, self._genes)
        tells = self._may_tell(record, over)
        if over and record.shows_missing:
            self._missing[record.chrom or ""].append(record.pos)
        coding = bool(over) and record.is_carried and self.pack is None and self.annotator.layouts != ()
        coding = coding and (tells or may_lie_in_codon(record, self.annotator, self._sites))
        if coding:
            ends = may_end_protein(record, self.annotator, self._sites)
            self._coding.add(record, carried_alleles(record), [gene.symbol for gene in over], ends=ends)
        rearranged = bool(over) and record.is_carried and record.is_structural  # beside it others are not known
        if tells or rearranged or meets(self.listed, record.chrom or "", record.pos, record.end):
            return True
        if self._is_beside_large(record):
            return True
        if coding:
            self._unless_alone.add(record.number)
        deleting = bool(over) and record.is_carried and len(record.ref) > 1 and not coding
        if deleting:
            self._unless_missing.add(record.number)
        return coding or deleting

    def _takes_missing(self, record: Record) -> bool:
        """Whether a deletion may take the bases of a `*`, which then tells nothing else."""
        missing = self._missing.get(record.chrom or "", ())
        return len(record.ref) > 1 and any(record.pos < pos <= record.end for pos in missing)

    def _is_beside_large(self, record: Record) -> bool:
        return self.large and (is_structural(record) or shows_bases(record))

    def _may_tell(self, record: Record, over: Sequence[Gene]) -> bool:
        """Whether annotation could tell of a record what a criterion asks of the genes that it lies in."""
        if over and self.pack is None and record.is_carried:
            return not tells_nothing(record, over, self.annotator, self.panel, self._asked)
        names = [self._names[gene.symbol] for gene in over]
        tells = self.annotator.may_tell(record.info, self._asked, [each.accessions for each in names])
        if tells or not over or self.pack is None:
            return tells
        from assigner.vcf.meaning.packed import is_quiet  # few runs have a pack

        return not is_quiet(record, over, self.pack, asked_terms(self.panel.content))

    @cached_property
    def _coding(self) -> Beside:
        """The carried records that may change a codon."""
        return Beside()

    @cached_property
    def _sites(self) -> Regions:
        return self.panel.cached(splice_sites)

    @cached_property
    def _asked(self) -> re.Pattern[str]:
        return any_term(asked_terms(self.panel.content))

    @cached_property
    def _genes(self) -> Mapping[str, ByPlace[Gene]]:
        return self.panel.cached(genes_at)

    @cached_property
    def _names(self) -> Mapping[str, GeneNames]:
        return self.panel.cached(names_of)
