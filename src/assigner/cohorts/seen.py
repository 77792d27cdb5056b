"""The data of one participant for the summary of a cohort, in addition to the row of the table."""

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
    """An input that may be missing."""

    REPEATS = "repeats"
    CONSEQUENCES = "consequences"
    CLINVAR = "clinvar"
    PLACES = "places"
    STRUCTURAL = "structural"
    SCORES = "scores"


Lacks = Annotated[Lacking, Field(strict=False)]


class Seen(BaseModel):
    """The summary data of a participant.

    Attributes:
        known: number of the rule set's listed alleles by how well they are known.
        doubts: number of doubtful listed alleles by state.
        carried: number of listed alleles that are carried.
        unlisted: number of other variants in the rule set's genes.
        depth: median depth of the calls of listed alleles that have one.
        quality: median genotype quality of the calls of listed alleles that have one.
        declared_sex: the sex that the caller declared.
        shown_sex: the sex inferred from the calls on X and Y.
        two_sexes: whether the participant's files show different sexes.
        sex_evidence: the evidence for the inferred sex.
        two_people: which of the participant's files are of different people, if that is clear.
        somatic: the sign that a file is a tumour's, if there is one.
        lacking: the missing inputs, with the names of repeats or scores that are missing.
        files: the files that were read.
        genome: genotypes for the comparison with other participants.
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
        """Whether the declared and the inferred sex differ, or two files show different sexes."""
        both = None not in (self.declared_sex, self.shown_sex)
        return self.two_sexes or (both and self.declared_sex is not self.shown_sex)


class SeenFile(BaseModel):
    """A file of a participant, with the results of its checks.

    Attributes:
        records: number of records; None if it is not a VCF or BCF.
        notes: oddities of the file.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    role: str
    sha256: str
    size: Count
    container: str
    records: Count | None
    notes: list[str]


class SeenGenome(BaseModel):
    """A participant's genotypes, in JSON form."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    build: Literal["GRCh37", "GRCh38"]
    joint: str | None
    marks: str

    def __repr_args__(self) -> Iterable[tuple[str, Any]]:
        """Nothing, as for `Seen`."""
        return ()

    @property
    def genome(self) -> Genome:
        """The genotypes."""
        return Genome.parse(self.build, self.joint, self.marks)


def seen_of(profile: Profile, rules: Rules, genome: Genome | None) -> Seen:
    """The summary data of a participant.

    Args:
        profile: the participant.
        rules: the rule set that the profile was read for.
        genome: genotypes for the comparison with other participants.
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
    """The inputs that the rule set asks for and the participant lacks."""
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
    """The files that were read, with the results of their checks."""
    roles = Counter(each.role for each in profile.inputs)
    for each in profile.inputs:
        own = [check for check in profile.checks if check.name.startswith(f"{each.role}_")]
        records = next((int(check.result) for check in own if check.name == f"{each.role}_records"), None)
        notes = [check.evidence for check in own if check.name == f"{each.role}_note"]
        alone = roles[each.role] == 1  # checks of two files with one role cannot be matched to the files
        yield SeenFile(
            role=each.role,
            sha256=each.sha256,
            size=each.size,
            container=each.container,
            records=records if alone else None,
            notes=notes if alone else [],
        )


def seen_in(value: object, who: str) -> Seen:
    """Read the summary data of a participant from a part.

    Raises:
        InputError: they are not valid.
    """
    try:
        seen = Seen.model_validate(value)
        _ = seen.genome and seen.genome.genome
    except ValueError as error:
        raise InputError(f"participant {shown(who)}", "what `cohort --shard --summary` writes", "another") from error
    return seen
