"""A trace with its rule set, place by place, as every format asks for it."""

from __future__ import annotations

import enum
import uuid
from datetime import datetime
from typing import Any, Self, assert_never

from attrs import frozen

from assigner import extras
from assigner.decisions.grades import ALLOCATION, Grade
from assigner.decisions.reasons import sentence_of
from assigner.errors import InputError, TraceError
from assigner.evidence.kinds.repeat import repeat_expanded
from assigner.genome.builds import Build, accession_of
from assigner.genome.variants import Variant
from assigner.profiles.calls import Call, Sex, State
from assigner.profiles.forms import profile_of
from assigner.profiles.profile import Profile, RepeatSizes
from assigner.rules import Rules
from assigner.rules.loci import Allele, Gene
from assigner.rules.panels import Panel, panel_of
from assigner.rules.repeats import Repeat
from assigner.traces import Trace
from assigner.truth import Truth


class Presence(enum.Enum):
    """Whether a variant was seen, in the four answers that a laboratory gives."""

    PRESENT = "present"
    ABSENT = "absent"
    NO_CALL = "no call"
    INDETERMINATE = "indeterminate"


class Zygosity(enum.Enum):
    """On how many of the copies that there are a variant lies."""

    HOMOZYGOUS = "homozygous"
    HETEROZYGOUS = "heterozygous"
    HEMIZYGOUS = "hemizygous"


def presence(present: Truth) -> Presence:
    """The answer of a laboratory where something was observed."""
    match present:
        case Truth.TRUE:
            return Presence.PRESENT
        case Truth.FALSE:
            return Presence.ABSENT
        case Truth.UNKNOWN:
            return Presence.INDETERMINATE
        case _:
            assert_never(present)


def presence_of(call: Call) -> Presence | None:
    """What was observed of an allele; None when nothing was: not assessed, or only assumed.

    >>> presence_of(Call.of("0/1")), presence_of(Call.of("0/0")), presence_of(Call.of("./."))
    (<Presence.PRESENT: 'present'>, <Presence.ABSENT: 'absent'>, <Presence.NO_CALL: 'no call'>)
    >>> presence_of(Call(State.ASSUMED_REFERENCE)) is None
    True
    """
    match call.state:
        case State.NOT_ASSESSED | State.ASSUMED_REFERENCE:
            return None
        case State.NO_CALL:
            return Presence.NO_CALL
        case (
            State.CALLED
            | State.REFERENCE
            | State.PARTIAL
            | State.OBSCURED
            | State.LOW_QUALITY
            | State.CONTRADICTED
            | State.FILTERED
            | State.CONFLICT
            | State.INVALID
        ):
            return presence(call.carries)
        case _:
            assert_never(call.state)


def zygosity_of(call: Call, chrom: str) -> Zygosity | None:
    """The zygosity of an allele that is present; None when a copy is unknown, and on mitochondrial DNA.

    >>> zygosity_of(Call.of("1"), "X"), zygosity_of(Call.of("./1"), "1")
    (<Zygosity.HEMIZYGOUS: 'hemizygous'>, None)
    """
    if call.state is not State.CALLED or call.carries is not Truth.TRUE or chrom == "MT":
        return None
    if len(call.copies) == 1:
        return Zygosity.HEMIZYGOUS
    return Zygosity.HETEROZYGOUS if False in call.copies else Zygosity.HOMOZYGOUS


@frozen
class SmallVariant:
    """A small variant that the trace says something of.

    Attributes:
        allele: the rule set's listed allele, if it is one.
        label: transcript and HGVS of the file's annotation, if it has one.
        counted: whether a true finding rests on it.
    """

    variant: Variant
    call: Call
    genes: tuple[Gene, ...]
    allele: Allele | None
    label: str | None
    counted: bool

    @property
    def name(self) -> str:
        """What to call it: the rule set's id, or the place and the change."""
        return self.allele.id if self.allele else str(self.variant)


@frozen
class SizedRepeat:
    """A repeat of the rule set that was sized.

    Attributes:
        expanded: whether any of its alleles is expanded, however many of them the rule set asks for.
    """

    repeat: Repeat
    gene: Gene
    sizes: RepeatSizes
    expanded: Truth


@frozen(slots=False)
class Case:
    """One trace with its rule set.

    Attributes:
        profile: the trace's slice of the participant's profile, read again.
        variants: small variants with a call, in the order of the genome.
        repeats: repeats with sizes, in the rule set's order.
        not_assessed: ids of what the rule set asks about and nothing is known of.
        assumed: ids of listed alleles that are reference by the caller's word alone.
    """

    trace: Trace
    rules: Rules
    profile: Profile
    panel: Panel
    variants: tuple[SmallVariant, ...]
    repeats: tuple[SizedRepeat, ...]
    not_assessed: tuple[str, ...]
    assumed: tuple[str, ...]

    @classmethod
    def of(cls, trace: Trace, rules: Rules) -> Self:
        """Read a trace with the rule set that decided it.

        Raises:
            TraceError: when the trace was changed, or another rule set decided it.
        """
        trace.expect_intact()
        if trace.rule_set.digest != rules.digest:
            got = f"{rules.content.rule_set.id} {rules.content.rule_set.version}, {rules.digest}"
            raise TraceError("trace: rule_set.digest", f"the rule set {trace.rule_set.digest}", got)
        profile = profile_of(trace.profile, rules)
        panel = panel_of(rules, profile.build)
        states = {allele.id: profile.call(variant).state for variant, allele in panel.alleles.items()}
        unknown = [name for name, state in states.items() if state is State.NOT_ASSESSED]
        unknown += [name for name in panel.repeats if name not in profile.repeats]
        unknown += [rsid for rsid in panel.markers if rsid not in profile.markers]
        return cls(
            trace,
            rules,
            profile,
            panel,
            _variants(trace, profile, panel),
            _repeats(profile, panel),
            tuple(sorted(unknown)),
            tuple(sorted(name for name, state in states.items() if state is State.ASSUMED_REFERENCE)),
        )

    @property
    def is_final(self) -> bool:
        """Whether no person must look first."""
        match self.trace.outcome:
            case "assigned":
                return True
            case "review":
                return False
            case _:
                assert_never(self.trace.outcome)

    @property
    def build(self) -> Build:
        """The genome build of all places."""
        return self.profile.build

    def uuid(self, name: str) -> str:
        """The identifier of a part of an export: the same for the same trace and name."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:sha256:{self.trace.digest}#{name}"))

    @property
    def software(self) -> str:
        """Name and version of what decided."""
        return f"{self.trace.software.name} {self.trace.software.version}"

    @property
    def summary(self) -> str:
        """The outcome in words that cannot be taken for a diagnosis or a prescription."""
        trace = self.trace
        names = {category.id: category.name for category in self.rules.content.categories}
        chosen = trace.category or trace.provisional
        grade = f" (grade: {trace.grade})" if trace.grade else ""
        category = f"{chosen} {names[chosen]}{grade}" if chosen else "none"
        if trace.category:
            outcome = f"assigned to category {category}; the rule set's intervention for it: {trace.intervention}"
        else:
            reasons = "; ".join(f"{each.code} ({sentence_of(each.code, each.because)})" for each in trace.reasons)
            outcome = f"review by a person, no intervention; provisional category: {category}; reasons: {reasons}"
        allocated = f" {ALLOCATION}" if trace.grade is Grade.ALLOCATED else ""
        return (
            f"Outcome of a trial's rule set, {trace.rule_set.id} {trace.rule_set.version} ({trace.rule_set.status}): "
            f"{outcome}.{allocated} This is no diagnosis and no medication order. Decided by {self.software}; "
            f"trace SHA-256 {trace.digest}, rule set SHA-256 {trace.rule_set.digest}.{self._sex}{self._left_out}"
        )

    @property
    def _sex(self) -> str:
        """The sex that decided when nobody declared one: no format has a place for what genotypes look like."""
        sex = self.profile.deciding_sex
        if self.profile.sex is not None or sex is None:
            return ""
        return f" Sex was not declared; the genotypes look {sex}; this decided how many copies of X and Y there are."

    @property
    def _left_out(self) -> str:
        """What the trace has and no export: structural variants. No format can say as it is that one lies in a gene."""
        genes = sorted({each.gene for each in self.profile.structural})
        return f" Structural variants in {', '.join(genes)} are in the trace only." if genes else ""


def _variants(trace: Trace, profile: Profile, panel: Panel) -> tuple[SmallVariant, ...]:
    counted = {locus for finding in trace.findings.true for locus in finding.loci}
    calls = dict(profile.alleles)
    for seen in profile.variants:
        calls[seen.variant] = calls[seen.variant].merged(seen.call) if seen.variant in calls else seen.call
    return tuple(
        SmallVariant(
            variant,
            calls[variant],
            _genes(variant, profile, panel),
            allele := panel.listed.get(variant),
            next((seen.label for seen in profile.variants if seen.variant == variant and seen.label), None),
            str(variant) in counted or (allele is not None and allele.id in counted),
        )
        for variant in sorted(calls)
    )


def _genes(variant: Variant, profile: Profile, panel: Panel) -> tuple[Gene, ...]:
    listed = panel.listed.get(variant)
    symbols = {seen.gene for seen in profile.variants if seen.variant == variant} | ({listed.gene} if listed else set())
    return tuple(panel.genes[symbol] for symbol in sorted(symbols))


def _repeats(profile: Profile, panel: Panel) -> tuple[SizedRepeat, ...]:
    sized = [(repeat, profile.repeats.get(repeat.id)) for repeat in panel.repeats.values()]
    return tuple(
        SizedRepeat(repeat, panel.genes[repeat.gene], sizes, _any_expanded(repeat, sizes, profile.deciding_sex))
        for repeat, sizes in sized
        if sizes is not None
    )


def _any_expanded(repeat: Repeat, sizes: RepeatSizes, sex: Sex | None) -> Truth:
    return repeat_expanded(repeat.model_copy(update={"needs": "one", "only": None}), sizes, sex)


def hgvs_of(variant: Variant, build: Build) -> str | None:
    """The genomic HGVS expression of a nuclear SNV; None for any other variant.

    HGVS shifts indels to the 3' end, which takes the sequence; on mitochondrial DNA it is no `g.` expression.

    >>> hgvs_of(Variant("21", 31659783, "C", "T"), Build.GRCH38)
    'NC_000021.9:g.31659783C>T'
    """
    if len(variant.ref) != 1 or len(variant.alt) != 1 or variant.chrom == "MT":
        return None
    return f"{accession_of(variant.chrom, build)}:g.{variant.pos}{variant.ref}>{variant.alt}"


def timestamp(at: datetime | None) -> str | None:
    """A time that the caller gives, as RFC 3339.

    Raises:
        InputError: when it has no time zone.
    """
    if at is not None and at.utcoffset() is None:
        raise InputError("time", "a time with its zone, such as 2026-01-31T09:00:00+00:00", at.isoformat())
    return None if at is None else at.isoformat(timespec="seconds")


def missing_extra(error: ImportError) -> InputError:
    """The error for a format whose library is not installed."""
    return InputError("export", extras.install_hint("interchange"), f"no {error.name}")


def without_empty(form: dict[str, Any]) -> dict[str, Any]:
    """The fields that have a value."""
    return {name: value for name, value in form.items() if value not in (None, [], {})}
