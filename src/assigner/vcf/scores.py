"""The genotypes of polygenic scores: the copies of each effect allele, as far as the files tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np
from attrs import frozen

from assigner.errors import BuildError
from assigner.genome.variants import Variant
from assigner.profiles.calls import REFERENCE_STATES, State
from assigner.profiles.profile import Check
from assigner.profiles.score_genotypes import ScoreGenotypes
from assigner.rules.panels import Panel
from assigner.rules.polygenic import UNKNOWN_COPIES, Score, copies_of_letters
from assigner.rules.scored_alleles import keys_of
from assigner.rules.scoring_files import ScoredAllele, Spot
from assigner.vcf.joining import Joined, OnBuild
from assigner.vcf.meaning.coverage import Regions
from assigner.vcf.meaning.places import distinct, positions_of
from assigner.vcf.scan.plain_calls import LetterCodes
from assigner.vcf.scan.spans import Bytes, Flags, Ints

if TYPE_CHECKING:
    from assigner.genome.reference import Reference


def bases_at(panel: Panel, reference: Reference | None) -> dict[Spot, str]:
    """The reference genome's base at each place of a score; none without a reference genome.

    Raises:
        BuildError: a chromosome of the reference genome is as long as that of the other build.
    """
    if reference is None:
        return {}
    found: dict[Spot, str] = {}
    for chrom, positions in positions_of([panel]).items():
        if chrom in reference.names:
            reference.expect_build(chrom, panel.build)
            base = reference.base_of(chrom)
            found |= {(chrom, pos): base(pos) for pos in distinct(positions).tolist()}
    return found


def _expect_same_bases(own: OnBuild, bases: Mapping[Spot, str]) -> None:
    """See that REF is what the reference genome has.

    Raises:
        BuildError: at a place of a score a record has another base.
    """
    written = [((record.chrom or "", record.pos), record.ref[0]) for record in own.records]
    for spot in bases:
        written += [(spot, ref) for ref in own.sites.plain.refs(*spot)]
    for spot, ref in written:
        base = bases.get(spot, "N")
        if base in "ACGT" and ref in "ACGT" and ref != base:
            raise BuildError(f"fasta: {spot[0]}:{spot[1]}", f"the base that REF has there, {ref}", base)


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
        _expect_same_bases(each, bases)
    reading = _Reading(joined, bases, regions, joined.speaks_of if absent == "reference" else frozenset())
    for name, score in joined.panel.scores.items():
        copies, whys = reading.score(score)
        if copies != score.unknown:
            found[name] = ScoreGenotypes(score.file.sha256, copies)
        counted = np.bincount(whys, minlength=len(WHYS)).tolist()
        told = ", ".join(f"{count} {why}" for count, why in zip(counted, WHYS, strict=True) if count)
        checks.append(Check("score", name, told))
    return found, tuple(checks)


CALLED, BY_REFERENCE = "alleles called", "alleles reference without a record of their own"
OTHER, NO_PLACE, NOT_KNOWN = "with a base of neither allele", "without a place on the build", "not known"
WHYS = (CALLED, BY_REFERENCE, OTHER, NO_PLACE, NOT_KNOWN)
"""What became of the alleles of a scoring file."""


@frozen
class _Reading:
    """What tells the copies of an allele.

    Attributes:
        joined: the files.
        bases: the reference genome's.
        regions: the callable ones.
        absent_on: the chromosomes on which a place without a record is taken as reference.
    """

    joined: Joined
    bases: Mapping[Spot, str]
    regions: Regions | None
    absent_on: frozenset[str]

    def score(self, score: Score) -> tuple[bytes, Bytes]:
        """The copies of each allele of a score, and which of `WHYS` is how that is known.

        Where one plain genotype tells of a place, and no other record is over it or beside it, all are told at once.
        """
        keys = score.places.keys
        copies = np.full(len(keys), UNKNOWN_COPIES, np.uint8)
        whys = np.where(keys == 0, WHYS.index(NO_PLACE), WHYS.index(NOT_KNOWN)).astype(np.uint8)
        order = np.argsort(keys, kind="stable")
        told, codes = _plain(self.joined.files)
        first, last = (np.searchsorted(told, keys, side) for side in ("left", "right"))
        near = self._near_records(keys, order)
        alone = np.flatnonzero(~near & (keys > 0) & (last - first == 1))
        copies[alone], whys[alone] = _at_once(score, alone, codes[first[alone]])
        silent = ~near & (last == first)
        asked = np.flatnonzero((keys > 0) & (near | (last - first > 1) | (silent & bool(self.bases))))
        for at in asked.tolist():
            allele = score.file.alleles[at]
            spot = allele.on(self.joined.panel.build)
            assert spot is not None
            copies[at], why = self.copies(allele, spot, is_silent=bool(silent[at]))
            whys[at] = WHYS.index(why)
        return copies.tobytes(), whys

    def _near_records(self, keys: Ints, order: Ints) -> Flags:
        """Which places lie in a record that was read in full, or beside one."""
        found = np.zeros(len(keys) + 1, np.int64)
        for own in self.joined.files:
            for chrom, judged in own.sites.covering.items():
                if not chrom.isdecimal():
                    continue
                starts = np.array([each.record.pos - 1 for each in judged], np.int64)
                ends = np.array([each.record.end + 1 for each in judged], np.int64)
                number = int(chrom)
                first = np.searchsorted(keys, keys_of(number, np.maximum(starts, 1)), "left", sorter=order)
                last = np.searchsorted(keys, keys_of(number, ends), "right", sorter=order)
                np.add.at(found, first, 1)
                np.add.at(found, last, -1)
        near = np.empty(len(keys), np.bool_)
        near[order] = np.cumsum(found)[:-1] > 0
        return near

    def copies(self, allele: ScoredAllele, spot: Spot, *, is_silent: bool = False) -> tuple[int, str]:
        """How many copies of the effect allele there are, and how that is known.

        The letters are those of the records at the place: which of the two alleles is REF, the file shows. Without such
        a record only a reference genome tells which base stands there; then what tells of an allele elsewhere (a
        reference block, callable regions, a declared absence) tells of this one too.

        Args:
            allele: the allele.
            spot: where it stands.
            is_silent: whether no record is over the place or beside it.
        """
        letters = None if is_silent else self.joined.letters(*spot)
        if letters is not None:
            copies = copies_of_letters(allele, letters)
            if copies == UNKNOWN_COPIES:
                return copies, NOT_KNOWN if None in letters or len(letters) != 2 else OTHER
            return copies, CALLED
        base = self.bases.get(spot)
        if base is None or (not is_silent and self._is_open(spot)):
            return UNKNOWN_COPIES, NOT_KNOWN
        if base not in (allele.effect, allele.other):
            return UNKNOWN_COPIES, OTHER
        variant = Variant(*spot, base, allele.other if base == allele.effect else allele.effect)
        if not self._is_reference(variant, is_silent=is_silent):
            return UNKNOWN_COPIES, NOT_KNOWN
        return 2 if base == allele.effect else 0, BY_REFERENCE

    def _is_open(self, spot: Spot) -> bool:
        """Whether a record of the base is not believed, or one over it carries anything or leaves a copy open."""
        sites = [each.sites for each in self.joined.files]
        return any(each.has_own_record(*spot) or each.something_else_at(*spot) for each in sites)

    def _is_reference(self, variant: Variant, *, is_silent: bool) -> bool:
        """Whether both copies of the place are reference, where no record carries anything."""
        call = None if is_silent else self.joined.call_of(variant)
        if call is None:
            covered = self.regions is not None and self.regions.covers(variant.chrom, variant.pos, variant.end)
            return covered or variant.chrom in self.absent_on
        both = call.state is State.CALLED and call.copies == (False, False)
        return call.state in REFERENCE_STATES or both


def _plain(files: Iterable[OnBuild]) -> tuple[Ints, Bytes]:
    """The places of the plain genotypes of all files, in order, and their codes."""
    keys, codes = [np.zeros(0, np.int64)], [np.zeros(0, np.uint8)]
    for plain in (each.sites.plain for each in files):
        for chrom, positions in plain.positions.items():
            keys.append(keys_of(int(chrom), positions))
            codes.append(plain.codes[chrom])
    order = np.argsort(every := np.concatenate(keys), kind="stable")
    return every[order], np.concatenate(codes)[order]


def _at_once(score: Score, rows: Ints, codes: Bytes) -> tuple[Bytes, Bytes]:
    """The copies of some alleles by one plain genotype each, and which of `WHYS` is how that is known."""
    alleles = score.file.alleles
    effect, other = alleles.effects[rows], alleles.others[rows]
    calls = LetterCodes(codes)
    fits = calls.fits(effect, other)
    copies = np.where(calls.believed & fits, calls.count(effect), UNKNOWN_COPIES).astype(np.uint8)
    why = np.where(fits, WHYS.index(CALLED), WHYS.index(OTHER))
    return copies, np.where(calls.believed, why, WHYS.index(NOT_KNOWN)).astype(np.uint8)
