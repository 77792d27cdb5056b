"""The values of a rule set that decide, each perturbed up and down by one step, or replaced by its other values.

The steps. Points, shares and log odds, and the thresholds that they are compared with: the least margin of any tier,
which is the smallest lead that the rule set itself calls one. Chances and frequencies, which run over orders of
magnitude: a tenth of the value, at least one part in a million. Odds ratios: half and twice. Other fractions: 0.001.
Shares of reads or of a gene's span: ten thousandths. Stars, depths, qualities and repeat units: one. A choice takes
each of its other values; a set loses each of its members; a list of tie-breaks loses each, and gains each that it
does not have at its end.
"""

from __future__ import annotations

import enum
import hashlib
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, TypeAlias, assert_never

from attrs import evolve, field, frozen
from pydantic import BaseModel, ValidationError

from assigner.evidence.kinds.kind import Values
from assigner.evidence.kinds.registry import kind_of
from assigner.rules import Rules, consistency
from assigner.rules.criteria import AnyCriterion, BurdenEffect, Expectation
from assigner.rules.criterion import Criterion, MoreGates
from assigner.rules.effects import Effect
from assigner.rules.loci import Allele, Gene, Marker, Share
from assigner.rules.repeats import Band, Repeat
from assigner.rules.schema import (
    DecisionRules,
    Gates,
    GradePolicy,
    Mimic,
    ReviewPolicy,
    RuleSet,
    StabilityRules,
    Therapy,
    TieBreak,
    Tier,
)
from assigner.strict import Path, written


class Kind(enum.StrEnum):
    """What a perturbed value is."""

    WEIGHT = "weight"
    THRESHOLD = "threshold"
    SHARE = "share"
    BAND = "band"
    CHANCE = "chance"
    GATE = "gate"
    NEEDS = "needs"
    ACTION = "action"
    POLICY = "policy"
    TIER = "tier"
    TIE_BREAK = "tie-break"
    CRITERION = "criterion"


@frozen
class Around:
    """What the other values of a field may depend on: the field's type, and the step of all that is points."""

    type: Any
    lead: int


Way: TypeAlias = Callable[[Any, Around], Iterable[Any]]
"""From a value to its other values, as a rule set would have them."""

Ways: TypeAlias = Mapping[str, tuple["Kind", Way]]
"""What is perturbed of a part, by field, and how."""


@frozen
class Perturbation:
    """One value of a rule set, as it is and as it becomes.

    Attributes:
        path: where it stands.
        field: the part that is replaced by `value`; the path itself, or the list that the path is in.
    """

    kind: Kind
    path: Path
    before: str
    after: str
    replaced: Path = field(repr=False)
    value: Any = field(repr=False, eq=False)

    def __str__(self) -> str:
        return f"{written(self.path)}: {self.before} -> {self.after}"


@frozen
class Mutant:
    """A rule set with one value perturbed; its digest is its own.

    Attributes:
        origin: the digest of the rule set that it was made of; lots are drawn under it, as else every perturbation
            would change them all.
    """

    perturbation: Perturbation
    rules: Rules = field(repr=False)
    origin: str


def mutants(rules: Rules) -> Iterator[Mutant]:
    """Every mutant that is a rule set; what would be refused at load is none."""
    return (mutant for each in perturbations(rules.content) if (mutant := mutant_of(rules, each)) is not None)


def mutant_of(rules: Rules, perturbation: Perturbation) -> Mutant | None:
    """The rule set with one value perturbed, or None when it would be refused at load."""
    try:
        content = _with(rules.content, perturbation.replaced, perturbation.value)
    except ValidationError:
        return None
    if next(consistency.faults(content), None) is not None:
        return None
    digest = hashlib.sha256(f"{rules.digest} {perturbation}".encode()).hexdigest()
    return Mutant(perturbation, evolve(rules, content=content, digest=digest), rules.digest)


def _with(part: Any, path: Path, value: Any) -> Any:
    """A part of a rule set with one value replaced, each model around it validated again."""
    if not path:
        return value
    step, *rest = path
    if isinstance(part, tuple):
        assert isinstance(step, int)
        return (*part[:step], _with(part[step], tuple(rest), value), *part[step + 1 :])
    names = {name: info.alias or name for name, info in type(part).model_fields.items()}
    own = {alias: getattr(part, name) for name, alias in names.items()}
    own[names[str(step)]] = _with(getattr(part, str(step)), tuple(rest), value)
    return type(part).model_validate(own)


def perturbations(content: RuleSet) -> Iterator[Perturbation]:
    """Every perturbation, in the order of the rule set's parts."""
    yield from _of_part(content.decision, ("decision",), content)
    yield from _of_part(content.gates, ("gates",), content)
    for at in range(len(content.criteria)):
        rest = content.criteria[:at] + content.criteria[at + 1 :]
        yield Perturbation(Kind.CRITERION, ("criteria", at), content.criteria[at].id, "dropped", ("criteria",), rest)
    for at, criterion in enumerate(content.criteria):
        yield from _of_part(criterion, ("criteria", at), content, _of_kind(criterion))
    lists: Mapping[Path, tuple[BaseModel, ...]] = {
        ("genes",): content.genes,
        ("alleles",): content.alleles,
        ("repeats",): content.repeats,
        ("markers",): content.markers,
        ("flags", "mimics"): content.flags.mimics,
        ("flags", "therapies"): content.flags.therapies,
    }
    for path, items in lists.items():
        for at, item in enumerate(items):
            yield from _of_part(item, (*path, at), content)


def _of_part(part: BaseModel, path: Path, content: RuleSet, ways: Ways | None = None) -> Iterator[Perturbation]:
    asked = FIELDS.get(type(part), {}) if ways is None else ways
    for name, info in type(part).model_fields.items():
        value, own = getattr(part, name), (*path, name)
        if isinstance(value, BaseModel):
            yield from _of_part(value, own, content)
        elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
            for at, item in enumerate(value):
                yield from _of_part(item, (*own, at), content)
        elif name in asked and (value is not None or asked[name][1] is _choice):
            kind, way = asked[name]
            for other in way(value, Around(info.annotation, least_lead(content))):
                yield Perturbation(kind, own, _text_of(value), _text_of(other), own, other)


def _text_of(value: Any) -> str:
    match value:
        case (int(), int()):
            return f"{value[0]}-{value[1]}"
        case tuple():
            return ", ".join(map(str, value)) or "none"
        case _:
            return "none" if value is None else str(value)


def least_lead(content: RuleSet) -> int:
    """The step of everything that is counted in points: the least margin of any tier."""
    return min(tier.margin for tier in content.decision.tiers)


def _points(value: int, around: Around) -> Iterable[int]:
    return value - around.lead, value + around.lead


def _odds(value: Decimal, _: Around) -> Iterable[str]:
    return format(max(value / 2, Decimal("1.01")).quantize(Decimal("0.01")), "f"), format(value * 2, "f")


def _chance(value: int, _: Around) -> Iterable[int]:
    step = max(1, value // 10)
    return value - step, value + step


def _frequency(value: Decimal, _: Around) -> Iterable[str]:
    step = max(value / 10, Decimal("0.000001"))
    return format(value - step, "f"), format(value + step, "f")


def _fraction(value: Decimal, _: Around) -> Iterable[str]:
    step = Decimal("0.001")
    return format(value - step, "f"), format(value + step, "f")


def _count(value: int, _: Around) -> Iterable[int]:
    return value - 1, value + 1


def _reads(value: int, _: Around) -> Iterable[int]:
    return value - 10, value + 10


def _balance(value: tuple[int, int], _: Around) -> Iterable[str]:
    low, high = value
    return f"{low - 10}-{high}", f"{low + 10}-{high}", f"{low}-{high - 10}", f"{low}-{high + 10}"


def _choice(value: str | None, around: Around) -> Iterable[str | None]:
    return (other for other in _literals(around.type) if other != value)


def _literals(annotation: Any) -> Iterator[str | None]:
    """The values of a type that lists them."""
    if annotation is type(None):
        yield None
    for part in typing.get_args(annotation):
        if isinstance(part, str):
            yield part
        else:
            yield from _literals(part)


def _members(value: tuple[str, ...], _: Around) -> Iterable[tuple[str, ...]]:
    return (tuple(own for own in value if own != each) for each in value)


def _order(value: tuple[str, ...], around: Around) -> Iterable[tuple[str, ...]]:
    more = (each for each in typing.get_args(TieBreak) if each not in value)
    return *_members(value, around), *((*value, each) for each in more)


_GATES: Ways = {
    "depth": (Kind.GATE, _count),
    "quality": (Kind.GATE, _count),
    "het_balance": (Kind.GATE, _balance),
    "hom_balance": (Kind.GATE, _reads),
    "strict": (Kind.GATE, _members),
}

FIELDS: Mapping[type[BaseModel], Ways] = {
    DecisionRules: {
        "tie_breaks": (Kind.TIE_BREAK, _order),
        "unsettled_above_ppm": (Kind.THRESHOLD, _chance),
        "default_carrier_ppm": (Kind.CHANCE, _chance),
    },
    StabilityRules: {"at_least": (Kind.THRESHOLD, _reads), "below": (Kind.POLICY, _choice)},
    Tier: {
        "minimum": (Kind.THRESHOLD, _points),
        "margin": (Kind.THRESHOLD, _points),
        "cap": (Kind.THRESHOLD, _points),
        "opens": (Kind.TIER, _choice),
    },
    GradePolicy: dict.fromkeys(("established", "supported", "weak"), (Kind.POLICY, _choice)),
    ReviewPolicy: dict.fromkeys(ReviewPolicy.model_fields, (Kind.POLICY, _choice)),
    Gates: {**_GATES, "unfiltered": (Kind.GATE, _choice), "assessed": (Kind.GATE, _reads)},
    MoreGates: _GATES,
    Criterion: {"points": (Kind.WEIGHT, _points), "validity": (Kind.CRITERION, _members)},
    Gene: {"carrier_ppm": (Kind.CHANCE, _chance)},
    Effect: {"odds_ratio": (Kind.WEIGHT, _odds), "carrier_ppm": (Kind.CHANCE, _chance)},
    BurdenEffect: {"odds_ratio": (Kind.WEIGHT, _odds)},
    Expectation: {"ppm": (Kind.CHANCE, _chance)},
    Share: {"share": (Kind.SHARE, _points)},
    Allele: {"needs": (Kind.NEEDS, _choice)},
    Band: {"least": (Kind.BAND, _count), "most": (Kind.BAND, _count), "means": (Kind.BAND, _choice)},
    Repeat: {
        "normal": (Kind.BAND, _count),
        "expanded": (Kind.BAND, _count),
        "needs": (Kind.NEEDS, _choice),
        "only": (Kind.NEEDS, _choice),
        "use": (Kind.CRITERION, _choice),
    },
    Marker: {"log_odds": (Kind.WEIGHT, _points)},
    Mimic: {"action": (Kind.ACTION, _choice)},
    Therapy: {"action": (Kind.ACTION, _choice)},
}
"""What is perturbed of each part, and how. What says what a gene, an allele or a disorder is, stays as it is."""


def _way(values: Values) -> tuple[Kind, Way] | None:
    """How a field that only one kind of criterion has is perturbed; a name stays as it is."""
    match values:
        case Values.COUNT:
            return Kind.THRESHOLD, _count
        case Values.FRACTION:
            return Kind.THRESHOLD, _fraction
        case Values.FREQUENCY:
            return Kind.THRESHOLD, _frequency
        case Values.CHANCE:
            return Kind.CHANCE, _chance
        case Values.CHOICE:
            return Kind.CRITERION, _choice
        case Values.MEMBERS:
            return Kind.CRITERION, _members
        case Values.NAME:
            return None
        case _:
            assert_never(values)


def _of_kind(criterion: AnyCriterion) -> Ways:
    """What is perturbed of a criterion: what all kinds have, and what its own has."""
    ways = {name: way for name, field in kind_of(criterion).fields.items() if (way := _way(field.values)) is not None}
    return {**FIELDS[Criterion], **ways}
