"""Registry of the kinds of criterion."""

from __future__ import annotations

from typing import assert_never

from assigner.evidence.kinds.agreement import Agreement
from assigner.evidence.kinds.burden import RareBurden
from assigner.evidence.kinds.clinvar import Clinvar
from assigner.evidence.kinds.consequence import RareConsequence
from assigner.evidence.kinds.deletion import Deletion
from assigner.evidence.kinds.heteroplasmy import Heteroplasmy
from assigner.evidence.kinds.kind import Kind
from assigner.evidence.kinds.listed_allele import ListedAllele
from assigner.evidence.kinds.marker import CommonMarker
from assigner.evidence.kinds.polygenic import PolygenicScore
from assigner.evidence.kinds.repeat import ExpandedRepeat
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
from assigner.rules.score_criteria import AgreementCriterion, PolygenicCriterion


def kind_of(criterion: AnyCriterion) -> Kind:
    """The kind of a criterion."""
    match criterion:
        case AlleleCriterion():
            return ListedAllele(criterion)
        case RepeatCriterion():
            return ExpandedRepeat(criterion)
        case HeteroplasmyCriterion():
            return Heteroplasmy(criterion)
        case ClinvarCriterion():
            return Clinvar(criterion)
        case ConsequenceCriterion():
            return RareConsequence(criterion)
        case DeletionCriterion():
            return Deletion(criterion)
        case MarkerCriterion():
            return CommonMarker(criterion)
        case PolygenicCriterion():
            return PolygenicScore(criterion)
        case AgreementCriterion():
            return Agreement(criterion)
        case BurdenCriterion():
            return RareBurden(criterion)
        case _:
            assert_never(criterion)
