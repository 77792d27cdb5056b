"""The scalars of a rule set, and the two models from which its parts derive.

Every scalar arrives as text; the types are given here. Shares are thousandths of one gene, points are
thousandths of one full allele of evidence, chances are parts per million: whole numbers all, because no float
decides anything.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any, Literal, assert_never

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)
from pydantic_core import PydanticCustomError

from assigner.genome.builds import CHROMS

Status = Literal["confirmed", "curator_judgement", "disputed", "retracted"]
Mechanism = Literal["loss_of_function", "missense", "repeat_expansion", "other"]
Validity = Literal["definitive", "strong", "moderate", "limited", "disputed", "refuted", "none"]
AlleleClass = Literal[
    "pathogenic", "other_disease", "mimic", "mitochondrial", "uncertain", "disputed", "benign"
]  # fmt: skip


_FRACTION = r"(0|1)(\.[0-9]{1,18})?"
_SPAN = r"([0-9]{1,10})-([0-9]{1,10})"
_DATE = r"[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?"
_SOURCE = r"PMID:[1-9][0-9]{0,8}|doi:10\.\S+|https?://\S+|\S.*\S"
_matches_whole = re.compile(r"-?(0|[1-9][0-9]{0,17})").fullmatch
_matches_fraction = re.compile(_FRACTION).fullmatch
_matches_span = re.compile(_SPAN).fullmatch
_matches_source = re.compile(_SOURCE).fullmatch


def fault(expected: str) -> PydanticCustomError:
    """The error that says only what would have been right; the loader adds the place and what was there."""
    return PydanticCustomError("expected", "{expected}", {"expected": expected})


def _whole(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _matches_whole(value):
        return int(value)
    raise fault("a whole number")


def _fraction(value: Any) -> Any:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, str) and _matches_fraction(value) and Decimal(value) <= 1:
        return Decimal(value)
    raise fault("a decimal number from 0 to 1")


def _span(value: Any) -> Any:
    if isinstance(value, tuple):
        return value
    found = _matches_span(value) if isinstance(value, str) else None
    if found and int(found[1]) <= int(found[2]):
        return int(found[1]), int(found[2])
    raise fault("START-END in whole numbers, the start not after the end")


def _spans(value: Any, of_list: ValidatorFunctionWrapHandler) -> Any:
    return tuple(map(_span, value.split(", "))) if isinstance(value, str) else of_list(value)


def _source(value: Any) -> Any:
    if isinstance(value, str) and _matches_source(value):
        return value
    raise fault("PMID:digits, doi:10..., an address, or the name of a source")


Whole = Annotated[int, BeforeValidator(_whole)]
Natural = Annotated[Whole, Field(ge=0)]
Positive = Annotated[Whole, Field(ge=1, le=1_000_000_000)]
Points = Annotated[Whole, Field(ge=1, le=1_000_000)]
Thousandths = Annotated[Whole, Field(ge=0, le=1000)]
Ppm = Annotated[Whole, Field(ge=0, le=1_000_000)]
Fraction = Annotated[Decimal, BeforeValidator(_fraction), WithJsonSchema({"anyOf": [
    {"type": "number", "minimum": 0, "maximum": 1}, {"type": "string", "pattern": f"^({_FRACTION})$"},
]})]  # fmt: skip
Span = Annotated[tuple[int, int], BeforeValidator(_span), WithJsonSchema({"type": "string", "pattern": f"^{_SPAN}$"})]
Spans = Annotated[tuple[Span, ...], WrapValidator(_spans), WithJsonSchema({"anyOf": [
    {"type": "string", "pattern": f"^{_SPAN}(, {_SPAN})*$"},
    {"type": "array", "items": {"type": "string", "pattern": f"^{_SPAN}$"}},
]})]  # fmt: skip
"""Several spans, as a list or as one text with commas between them."""
ID = r"^[A-Za-z0-9][A-Za-z0-9_.:>*+=()/-]{0,119}$"
"""What a name in a rule set is made of."""
Id = Annotated[str, StringConstraints(pattern=ID)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Stars = Annotated[Whole, Field(ge=0, le=4)]
Date = Annotated[str, StringConstraints(pattern=f"^{_DATE}$")]
"""A day, a month or a year, as `2024-05-01`, `2024-05` or `2024`."""
Words = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
Bases = Annotated[str, StringConstraints(pattern=r"^[ACGT]{1,1000}$")]
Motif = Annotated[str, StringConstraints(pattern=r"^[ACGTN]{1,60}$")]
Chrom = Annotated[str, StringConstraints(pattern=f"^({'|'.join(CHROMS)})$")]
Source = Annotated[str, BeforeValidator(_source), WithJsonSchema({"type": "string", "pattern": f"^({_SOURCE})$"})]
Sources = Annotated[tuple[Source, ...], Field(min_length=1)]


class Rule(BaseModel):
    """A part of a rule set; unknown fields are refused and values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Reasoned(Rule):
    """A part that states why it is so, on whose word, and how sure that is."""

    because: Words
    sources: Sources
    status: Status

    @property
    def may_be_approved(self) -> bool:
        """Whether an approved rule set may hold it."""
        match self.status:
            case "confirmed" | "curator_judgement":
                return True
            case "disputed" | "retracted":
                return False
            case _:
                assert_never(self.status)
