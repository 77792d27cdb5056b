"""What the summary of a cohort needs to know of one participant, beside the row of the table."""

from __future__ import annotations

import enum
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from assigner.cohorts.genomes import Genome
from assigner.errors import InputError, shown
from assigner.profiles.calls import REFERENCE, Sex, State
from assigner.profiles.profile import Profile
from assigner.reports.facts import State as Known
from assigner.reports.facts import state_of
from assigner.rules import Rules
from assigner.rules.panels import Panel, panel_of
from assigner.rules.schema import RuleSet

Count = Annotated[int, Field(ge=0)]
OfSex = Annotated[Sex, Field(strict=False)]


class Lacking(enum.StrEnum):
    """An input that a participant may lack."""

    REPEATS = "repeats"
    CONSEQUENCES = "consequences"
    CLINVAR = "clinvar"
    PLACES = "places"
    STRUCTURAL = "structural"
    SCORES = "scores"


Lacks = Annotated[Lacking, Field(strict=False)]


class Seen(BaseModel):
    """What is known of a participant, in numbers and words.

    Attributes:
        known: how many of the rule set's listed alleles are known how well.
        doubts: of those that are doubtful, how many are in which state.
        carried: how many listed alleles are carried.
        unlisted: how many other variants in the rule set's genes the profile has.
        depth: the median of reads at calls of listed alleles that state them.
        quality: likewise of genotype quality.
        declared_sex: as the caller says.
        shown_sex: as the calls on X and Y show.
        two_sexes: whether the participant's files show different sexes.
        sex_evidence: what the inference rests on.
        two_people: which of the participant's files are of different people, if that is clear.
        somatic: what says that a file is a tumour's, if anything.
        lacking: the inputs that are lacking, each with the names of what is not known, where it has names.
        files: the files that were read.
        genome: genotypes by which the participant can be held against others.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    known: Mapping[Known, Count]
    doubts: Mapping[str, Count]
    carried: Count
    unlisted: Count
    depth: Count | None
    quality: Count | None
    declared_sex: OfSex | None
    shown_sex: OfSex | None
    two_sexes: bool
    sex_evidence: str
    two_people: str | None
    somatic: str | None
    lacking: Mapping[Lacks, list[str]]
    files: list[SeenFile]
    genome: SeenGenome | None

    def __repr_args__(self) -> Iterable[tuple[str, Any]]:
        """Nothing: it is a participant's, and a `repr` ends in logs."""
        return ()

    @property
    def differs_in_sex(self) -> bool:
        """Whether the sexes that are declared and shown differ."""
        both = None not in (self.declared_sex, self.shown_sex)
        return self.two_sexes or (both and self.declared_sex is not self.shown_sex)


class SeenFile(BaseModel):
    """A file of a participant: its bytes, and what its checks say.

    Attributes:
        records: how many it has; None of what is no VCF or BCF.
        notes: what is odd about it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    role: str
    sha256: str
    size: Count
    container: str
    records: Count | None
    notes: list[str]


class SeenGenome(BaseModel):
    """A participant's genotypes as they are written."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    build: Literal["GRCh37", "GRCh38"]
    joint: str | None
    marks: str

    def __repr_args__(self) -> Iterable[tuple[str, Any]]:
        """Nothing, as of `Seen`."""
        return ()

    @property
    def genome(self) -> Genome:
        """The genotypes."""
        return Genome.parse(self.build, self.joint, self.marks)


def seen_of(profile: Profile, rules: Rules, genome: Genome | None) -> Seen:
    """What is known of a participant.

    Args:
        profile: the participant.
        rules: the rule set that the profile was read for.
        genome: genotypes by which the participant can be held against others.
    """
    panel = panel_of(rules, profile.build)
    states = Counter(profile.call(variant).state for variant in panel.alleles)
    known: Counter[Known] = Counter()
    for state, count in states.items():
        known[state_of(state)] += count
    calls = [call for call in profile.alleles.values() if call is not REFERENCE]
    sex = next((check for check in profile.checks if check.name == "inferred_sex"), None)
    return Seen(
        known=dict(known),
        doubts={state.value: count for state, count in sorted(states.items()) if state_of(state) == "doubtful"},
        carried=sum(any(call.copies) and call.state in (State.CALLED, State.PARTIAL) for call in calls),
        unlisted=len(profile.variants),
        depth=_median(call.depth for call in calls),
        quality=_median(call.quality for call in calls),
        declared_sex=profile.sex,
        shown_sex=profile.inferred_sex,
        two_sexes=profile.two_sexes,
        sex_evidence="" if sex is None else sex.evidence,
        two_people=profile.two_people,
        somatic=profile.somatic,
        lacking=dict(_lacking(profile, panel, known)),
        files=list(_files(profile)),
        genome=None if genome is None else SeenGenome.model_validate(genome.form),
    )


def _median(values: Iterable[int | None]) -> int | None:
    there = [value for value in values if value is not None]
    return round(statistics.median(there)) if there else None


def _lacking(profile: Profile, panel: Panel, known: Mapping[Known, int]) -> Iterator[tuple[Lacking, list[str]]]:
    """What a participant lacks of all that the rule set asks for."""
    content = panel.content
    if unsized := sorted(name for name in panel.repeats if name not in profile.repeats):
        yield Lacking.REPEATS, unsized
    asked = {criterion.kind for criterion in content.criteria}
    if asked & {"consequence", "burden"} and "consequence" not in profile.annotated:
        yield Lacking.CONSEQUENCES, []
    if "clinvar" in asked and "clinvar" not in profile.annotated:
        yield Lacking.CLINVAR, []
    if known.get("unknown", 0) > len(panel.alleles) // 2:
        yield Lacking.PLACES, []
    if "deletion" in asked and not profile.structural_read:
        yield Lacking.STRUCTURAL, []
    if unread := sorted(name for name in _scores(content) if name not in profile.scores):
        yield Lacking.SCORES, unread


def _scores(content: RuleSet) -> Iterator[str]:
    return (criterion.id for criterion in content.criteria if criterion.kind == "polygenic")


def _files(profile: Profile) -> Iterator[SeenFile]:
    """The files that were read, each with what its checks say of it."""
    roles = Counter(each.role for each in profile.inputs)
    for each in profile.inputs:
        own = [check for check in profile.checks if check.name.startswith(f"{each.role}_")]
        records = next((int(check.result) for check in own if check.name == f"{each.role}_records"), None)
        notes = [check.evidence for check in own if check.name == f"{each.role}_note"]
        alone = roles[each.role] == 1  # the checks of two files of one role do not say whose they are
        yield SeenFile(
            role=each.role,
            sha256=each.sha256,
            size=each.size,
            container=each.container,
            records=records if alone else None,
            notes=notes if alone else [],
        )


def seen_in(value: object, who: str) -> Seen:
    """What is known of a participant, out of a part.

    Raises:
        InputError: it is not what a run writes.
    """
    try:
        seen = Seen.model_validate(value)
        _ = seen.genome and seen.genome.genome
    except ValueError as error:
        raise InputError(f"participant {shown(who)}", "what `cohort --shard --summary` writes", "another") from error
    return seen
