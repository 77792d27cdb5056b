"""Why a question has no answer: what was not given, not looked at, not believed, or leaves both answers open."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import assert_never

from assigner.evidence.findings import Finding
from assigner.profiles.calls import State
from assigner.profiles.profile import Observed, Profile
from assigner.rules.criteria import (
    AlleleCriterion,
    AnyCriterion,
    BurdenCriterion,
    ClinvarCriterion,
    ConsequenceCriterion,
    DeletionCriterion,
    HeteroplasmyCriterion,
    MarkerCriterion,
    RepeatCriterion,
)
from assigner.rules.panels import Panel
from assigner.rules.score_criteria import AgreementCriterion, PolygenicCriterion
from assigner.truth import Truth


class Why(enum.StrEnum):
    """Why a finding is unknown."""

    NO_RECORD = "no_record"
    NO_SIZE = "no_size"
    NO_CLINVAR = "no_clinvar"
    NO_CONSEQUENCE = "no_consequence"
    NOT_COVERED = "not_covered"
    NO_STRUCTURAL = "no_structural"
    UNEXPLAINED = "unexplained"
    TOO_FEW_CALLED = "too_few_called"
    DOUBTED = "doubted"
    UNDECIDED = "undecided"

    @property
    def words(self) -> str:
        """What it means, as a part of a sentence."""
        match self:
            case Why.NO_RECORD:
                return "the place has no record, and nothing says whether it was looked at"
            case Why.NO_SIZE:
                return "nobody sized the repeat"
            case Why.NO_CLINVAR:
                return "no field tells ClinVar's classification"
            case Why.NO_CONSEQUENCE:
                return "no field tells consequences"
            case Why.NOT_COVERED:
                return "nothing says that enough of the gene was looked at"
            case Why.NO_STRUCTURAL:
                return "no structural variants were looked for"
            case Why.UNEXPLAINED:
                return "a variant is carried of which the file does not tell what is asked"
            case Why.TOO_FEW_CALLED:
                return "too few alleles of the score are called"
            case Why.DOUBTED:
                return "what was read is not believed: quality, filter, reads or another record speak against it"
            case Why.UNDECIDED:
                return "what was read fits both answers: phase, the number of copies, or a size between two bands"
            case _:
                assert_never(self)


def why_unknown(finding: Finding, criterion: AnyCriterion, profile: Profile, panel: Panel) -> Why:
    """Why an unknown finding of a criterion is unknown."""
    match criterion:
        case AlleleCriterion() | HeteroplasmyCriterion():
            variants = [panel.variant_by_id[each] for each in finding.loci if each in panel.variant_by_id]
            return _of_states((profile.call(variant).state for variant in variants), Why.NO_RECORD)
        case MarkerCriterion():
            asked = [marker.rsid for marker in panel.markers.values() if marker.id in finding.loci]
            return _of_letters(map(profile.markers.get, asked))
        case RepeatCriterion():
            sizes = [profile.repeats.get(each) for each in finding.loci]
            if all(each is None for each in sizes):
                return Why.NO_SIZE
            return Why.DOUBTED if any(each is not None and each.problem for each in sizes) else Why.UNDECIDED
        case ClinvarCriterion():
            missing = Why.NO_CLINVAR if "clinvar" not in profile.annotated else Why.NOT_COVERED
            return _of_variants(finding, profile, missing)
        case ConsequenceCriterion() | BurdenCriterion():
            missing = Why.NO_CONSEQUENCE if "consequence" not in profile.annotated else Why.NOT_COVERED
            return _of_variants(finding, profile, missing)
        case DeletionCriterion():
            if not profile.looked_for_structural and not finding.loci:
                return Why.NO_STRUCTURAL if not profile.structural_read else Why.NOT_COVERED
            return _of_states((each.call.state for each in profile.structural if each.gene == finding.gene), None)
        case PolygenicCriterion() | AgreementCriterion():
            return Why.TOO_FEW_CALLED
        case _:
            assert_never(criterion)


def _of_states(states: Iterable[State], nothing: Why | None) -> Why:
    """Of several calls: none was looked at, one is not believed, or they fit both answers."""
    seen = set(states)
    if nothing is not None and seen <= {State.NOT_ASSESSED}:
        return nothing
    answered = {State.CALLED, State.REFERENCE, State.ASSUMED_REFERENCE, State.PARTIAL}
    if seen - answered - {State.NOT_ASSESSED}:
        return Why.DOUBTED
    return nothing if nothing is not None and State.NOT_ASSESSED in seen else Why.UNDECIDED


def _of_letters(letters: Iterable[tuple[str | None, ...] | None]) -> Why:
    seen = list(letters)
    if all(each is None for each in seen):
        return Why.NO_RECORD
    return Why.DOUBTED if any(each is not None and None in each for each in seen) else Why.UNDECIDED


def _of_variants(finding: Finding, profile: Profile, missing: Why) -> Why:
    """Of the variants that a criterion may count; where there is none, what was not looked at."""
    own = [each for each in profile.variants if each.gene == finding.gene and str(each.variant) in finding.loci]
    if not own:
        return missing
    if any(_is_unexplained(each) for each in own):
        return Why.UNEXPLAINED
    return _of_states((each.call.state for each in own), None)


def _is_unexplained(seen: Observed) -> bool:
    return seen.terms is None or seen.pathogenic is Truth.UNKNOWN or seen.frequency is None
