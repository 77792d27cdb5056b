"""Why a finding is unknown: data not given, not assessed, of low quality, or compatible with both answers."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import assert_never

from assigner.profiles.calls import Call, State
from assigner.profiles.profile import Annotation
from assigner.truth import Truth


class Why(enum.StrEnum):
    """Why a finding is unknown; where several reasons hold, the first of them in this order is named."""

    UNEXPLAINED = "unexplained"
    DOUBTED = "doubted"
    NO_CALL = "no_call"
    NO_RECORD = "no_record"
    NO_SIZE = "no_size"
    NO_CLINVAR = "no_clinvar"
    NO_CONSEQUENCE = "no_consequence"
    NO_STRUCTURAL = "no_structural"
    NOT_COVERED = "not_covered"
    NO_REFERENCE_GROUP = "no_reference_group"
    TOO_FEW_CALLED = "too_few_called"
    NO_ANCESTRY = "no_ancestry"
    NO_SEX = "no_sex"
    UNDECIDED = "undecided"

    @property
    def words(self) -> str:
        """What it means, as a part of a sentence."""
        match self:
            case Why.UNEXPLAINED:
                return "a variant is carried of which the file does not tell what is asked"
            case Why.DOUBTED:
                return "what was read is not believed: quality, filter, reads or another record speak against it"
            case Why.NO_CALL:
                return "the place has a record without a genotype"
            case Why.NO_RECORD:
                return "the place has no record, and nothing says whether it was looked at"
            case Why.NO_SIZE:
                return "nobody sized the repeat"
            case Why.NO_CLINVAR:
                return "no field tells ClinVar's classification"
            case Why.NO_CONSEQUENCE:
                return "no field tells consequences"
            case Why.NO_STRUCTURAL:
                return "no structural variants were looked for"
            case Why.NOT_COVERED:
                return "nothing says that enough of the gene was looked at"
            case Why.NO_REFERENCE_GROUP:
                return "the rule set has no reference group of the declared ancestry for the score"
            case Why.TOO_FEW_CALLED:
                return "too few alleles of the score are called"
            case Why.NO_ANCESTRY:
                return "no ancestry is declared, and the score means something else in each reference group"
            case Why.NO_SEX:
                return "the sex is not known, and the answer depends on it"
            case Why.UNDECIDED:
                return "what was read fits both answers: phase, the number of copies, or a value between two bounds"
            case _:
                assert_never(self)


_ORDER = {why: at for at, why in enumerate(Why)}


def not_annotated(annotation: Annotation) -> Why:
    """Why unlisted variants are unknown where no file has this annotation."""
    match annotation:
        case "clinvar":
            return Why.NO_CLINVAR
        case "consequence":
            return Why.NO_CONSEQUENCE
        case _:
            assert_never(annotation)


def first_of(whys: Iterable[Why]) -> Why:
    """The first of several reasons in the order of `Why`; `undecided` where there is none."""
    return min(whys, key=_ORDER.__getitem__, default=Why.UNDECIDED)


def why_open(truth: Truth, calls: Iterable[Call]) -> Why | None:
    """Why calls leave an answer unknown; None where it is not unknown."""
    return first_of(why_of(call.state) for call in calls) if truth is Truth.UNKNOWN else None


def why_of(state: State) -> Why:
    """Why a call in this state leaves an answer unknown."""
    match state:
        case State.CALLED | State.REFERENCE | State.ASSUMED_REFERENCE | State.PARTIAL:
            return Why.UNDECIDED
        case State.NO_CALL:
            return Why.NO_CALL
        case State.NOT_ASSESSED:
            return Why.NO_RECORD
        case State.LOW_QUALITY | State.CONTRADICTED | State.FILTERED:
            return Why.DOUBTED
        case State.CONFLICT | State.INVALID | State.OBSCURED:
            return Why.DOUBTED
        case _:
            assert_never(state)
