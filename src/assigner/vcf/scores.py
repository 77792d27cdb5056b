"""The genotypes of polygenic scores: the copies of each effect allele, as far as the files tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Literal

from attrs import frozen

from assigner.errors import BuildError
from assigner.genome.variants import Variant
from assigner.profiles.calls import REFERENCE_STATES, State
from assigner.profiles.profile import Check
from assigner.profiles.score_genotypes import ScoreGenotypes
from assigner.rules.panels import Panel
from assigner.rules.polygenic import UNKNOWN_COPIES, copies_of_letters
from assigner.rules.scoring_files import ScoredAllele, Spot
from assigner.vcf.joining import Joined
from assigner.vcf.meaning.coverage import Regions
from assigner.vcf.records.record import Record

if TYPE_CHECKING:
    from assigner.genome.reference import Reference


def bases_at(panel: Panel, reference: Reference | None) -> dict[Spot, str]:
    """The reference genome's base at each place of a score; none without a reference genome.

    Raises:
        BuildError: a chromosome of the reference genome is as long as that of the other build.
    """
    if reference is None:
        return {}
    spots = sorted({spot for score in panel.scores.values() for spot in score.spots if spot is not None})
    for chrom in dict.fromkeys(chrom for chrom, _ in spots if chrom in reference.names):
        reference.expect_build(chrom, panel.build)
    return {spot: reference.base_of(spot[0])(spot[1]) for spot in spots if spot[0] in reference.names}


def _expect_same_bases(records: Iterable[Record], bases: Mapping[Spot, str]) -> None:
    """See that REF is what the reference genome has.

    Raises:
        BuildError: at a place of a score a record has another base.
    """
    for record in records:
        base = bases.get((record.chrom or "", record.pos), "N")
        if base in "ACGT" and record.ref[0] in "ACGT" and record.ref[0] != base:
            raise BuildError(
                f"fasta: {record.chrom}:{record.pos}", f"the base that REF has there, {record.ref[0]}", base
            )


def scores_in(
    joined: Joined, bases: Mapping[Spot, str], regions: Regions | None, *, absent: Literal["unknown", "reference"]
) -> tuple[dict[str, ScoreGenotypes], tuple[Check, ...]]:
    """The genotypes of each score of the rule set, and what was read of each.

    Args:
        joined: the files of a participant.
        bases: the reference genome's bases, see `bases_at`.
        regions: the callable regions, if any are given.
        absent: what the caller declared an absent record to mean.

    Raises:
        BuildError: REF is not what the reference genome has at a place.
    """
    found: dict[str, ScoreGenotypes] = {}
    checks: list[Check] = []
    for each in joined.files if bases else ():
        _expect_same_bases(each.records, bases)
    reading = _Reading(joined, bases, regions, joined.speaks_of if absent == "reference" else frozenset())
    for name, score in joined.panel.scores.items():
        rows = [_Row(*each) for each in zip(score.file.alleles, score.spots, strict=True)]
        read = [reading.copies(row) for row in rows]
        copies = bytes(copies for copies, _ in read)
        if copies != score.unknown:
            found[name] = ScoreGenotypes(score.file.sha256, copies)
        counted = Counter(why for _, why in read)
        checks.append(Check("score", name, ", ".join(f"{counted[why]} {why}" for why in WHYS if counted[why])))
    return found, tuple(checks)


CALLED, BY_REFERENCE = "alleles called", "alleles reference without a record of their own"
OTHER, NO_PLACE, NOT_KNOWN = "with a base of neither allele", "without a place on the build", "not known"
WHYS = (CALLED, BY_REFERENCE, OTHER, NO_PLACE, NOT_KNOWN)
"""What became of the alleles of a scoring file."""


@frozen
class _Row:
    """One allele of a scoring file, and where it stands."""

    allele: ScoredAllele
    spot: Spot | None


@frozen
class _Reading:
    """What tells the copies of an allele.

    Attributes:
        absent_on: the chromosomes on which a place without a record is taken as reference.
    """

    joined: Joined
    bases: Mapping[Spot, str]
    regions: Regions | None
    absent_on: frozenset[str]

    def copies(self, row: _Row) -> tuple[int, str]:
        """How many copies of the effect allele there are, and how that is known.

        The letters are those of the records at the place: which of the two alleles is REF, the file shows. Without such
        a record only a reference genome tells which base stands there; then what tells of an allele elsewhere (a
        reference block, callable regions, a declared absence) tells of this one too.
        """
        allele, spot = row.allele, row.spot
        if spot is None:
            return UNKNOWN_COPIES, NO_PLACE
        letters = self.joined.letters(*spot)
        if letters is not None:
            copies = copies_of_letters(allele, letters)
            if copies == UNKNOWN_COPIES:
                return copies, NOT_KNOWN if None in letters or len(letters) != 2 else OTHER
            return copies, CALLED
        base = self.bases.get(spot)
        if base is None or self._is_open(spot):
            return UNKNOWN_COPIES, NOT_KNOWN
        if base not in (allele.effect, allele.other):
            return UNKNOWN_COPIES, OTHER
        variant = Variant(*spot, base, allele.other if base == allele.effect else allele.effect)
        if not self._is_reference(variant):
            return UNKNOWN_COPIES, NOT_KNOWN
        return 2 if base == allele.effect else 0, BY_REFERENCE

    def _is_open(self, spot: Spot) -> bool:
        """Whether a record of the base is not believed, or one over it carries anything or leaves a copy open."""
        sites = [each.sites for each in self.joined.files]
        return any(each.has_own_record(*spot) or each.something_else_at(*spot) for each in sites)

    def _is_reference(self, variant: Variant) -> bool:
        """Whether both copies of the place are reference, where no record carries anything."""
        call = self.joined.call_of(variant)
        if call is None:
            covered = self.regions is not None and self.regions.covers(variant.chrom, variant.pos, variant.end)
            return covered or variant.chrom in self.absent_on
        both = call.state is State.CALLED and call.copies == (False, False)
        return call.state in REFERENCE_STATES or both
