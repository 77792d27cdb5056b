"""The reasons for review, one row each: what raises it, its sentences, and what to do next.

A new reason is a member of `Reason`, a row here and, where a rule set may choose, a field of its policy.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal, assert_never

from attrs import frozen

from assigner.decisions.allocations import closed_arms
from assigner.decisions.decision import Basis, Decision
from assigner.decisions.grades import Grade
from assigner.decisions.stability import Stability
from assigner.evidence.contents import GeneContents
from assigner.evidence.flags import Flag, FlagKind
from assigner.evidence.gates import gated_call
from assigner.profiles.calls import Call, State
from assigner.profiles.profile import Profile
from assigner.rules.criterion import MoreGates
from assigner.rules.panels import Panel
from assigner.rules.schema import (
    DecisionRules,
    GradeAction,
    GradePolicy,
    Mimic,
    Policy,
    RuleSet,
    StabilityRules,
    Therapy,
)
from assigner.truth import Truth
from assigner.values import Private

if TYPE_CHECKING:
    from assigner.decisions.accrual import Accrual


class Reason(enum.StrEnum):
    """Why a person must look before anything is given."""

    TIED = "tied"
    NO_EVIDENCE = "no_evidence"
    UNSETTLED = "unsettled"
    MIMIC = "mimic"
    GENE_TARGETED_THERAPY = "gene_targeted_therapy"
    SEX_MISMATCH = "sex_mismatch"
    QUALITY = "quality"
    PARTIAL_READ = "partial_read"
    SOMATIC = "somatic"
    SAMPLE_MISMATCH = "sample_mismatch"
    CLOSED_ARM = "closed_arm"
    GRADE_ESTABLISHED = "grade_established"
    GRADE_SUPPORTED = "grade_supported"
    GRADE_WEAK = "grade_weak"
    GRADE_ALLOCATED = "grade_allocated"
    UNSTABLE = "unstable"


class Origin(enum.Enum):
    """What a reason comes from."""

    GENOTYPE = "what the participant carries"
    UNKNOWN = "what is not known of the participant"
    FILE = "what a file shows, or how it was read"
    PROTOCOL = "what the protocol says of grades, of scores and of the trial's arms"

    @property
    def needs_no_file(self) -> bool:
        """Whether it can arise without a file, so that a forecast, which has none, can say how often."""
        match self:
            case Origin.GENOTYPE | Origin.UNKNOWN | Origin.PROTOCOL:
                return True
            case Origin.FILE:
                return False
            case _:
                assert_never(self)


@frozen(repr=False)
class RaisedReason(Private):
    """A reason, the rule set's policy for it, and the facts that raised it."""

    reason: Reason
    policy: Policy
    because: str


@frozen(kw_only=True)
class Facts:
    """The facts from which reasons are raised.

    Attributes:
        doubted: the ids of listed alleles and repeats that a record shows and that failed quality control.
        accrual: the participants so far, if the caller gave them.
        stability: how stable a category that rests on scores is, if the rule set asks for it.
    """

    profile: Profile
    content: RuleSet
    decision: Decision
    flags: tuple[Flag, ...]
    doubted: Sequence[str]
    accrual: Accrual | None
    stability: Stability | None = None


@frozen
class GeneNotice:
    """What a check of a rule set says of a gene whose findings raise the reason.

    Attributes:
        words: what the gene alone leads to.
        warns: when the notice is a warning: always, for evidence of tier 1, or never.
    """

    code: str
    words: str
    warns: Literal["always", "tier 1", "never"] = "never"

    def is_warning(self, strongest: int) -> bool:
        """Whether the notice is a warning for evidence whose strongest tier is this one."""
        match self.warns:
            case "always":
                return True
            case "tier 1":
                return strongest == 1
            case "never":
                return False
            case _:
                assert_never(self.warns)


@frozen(kw_only=True)
class Row:
    """One reason for review.

    Attributes:
        meaning: when it is raised, for the docs.
        policy: the rule set's policy for it.
        raised: the facts that raise it, as text; None when it is not raised.
        possible: whether a rule set can raise it at all; True when in doubt.
        because: the sentence in a trace; `{}` stands for the text of `raised`.
        words: the same sentence for a reader.
        next: what to do.
        flag: the kind of flag that raises it.
        has_category: whether it can be raised where a category was chosen; without a category there is always a review.
        notice: what a check of a rule set says of a gene that alone raises it.
    """

    meaning: str
    policy: Callable[[DecisionRules], Policy]
    raised: Callable[[Facts], str | None]
    possible: Callable[[RuleSet], bool] = lambda _content: True
    because: str
    words: str
    next: str
    origin: Origin
    flag: FlagKind | None = None
    has_category: bool = True
    notice: GeneNotice | None = None


def row_of(reason: Reason) -> Row:
    """The row of a reason."""
    match reason:
        case Reason.TIED:
            return _TIED
        case Reason.NO_EVIDENCE:
            return _NO_EVIDENCE
        case Reason.UNSETTLED:
            return _UNSETTLED
        case Reason.MIMIC:
            return _MIMIC
        case Reason.GENE_TARGETED_THERAPY:
            return _GENE_TARGETED_THERAPY
        case Reason.SEX_MISMATCH:
            return _SEX_MISMATCH
        case Reason.QUALITY:
            return _QUALITY
        case Reason.PARTIAL_READ:
            return _PARTIAL_READ
        case Reason.SOMATIC:
            return _SOMATIC
        case Reason.SAMPLE_MISMATCH:
            return _SAMPLE_MISMATCH
        case Reason.CLOSED_ARM:
            return _CLOSED_ARM
        case Reason.GRADE_ESTABLISHED:
            return _GRADE_ESTABLISHED
        case Reason.GRADE_SUPPORTED:
            return _GRADE_SUPPORTED
        case Reason.GRADE_WEAK:
            return _GRADE_WEAK
        case Reason.GRADE_ALLOCATED:
            return _GRADE_ALLOCATED
        case Reason.UNSTABLE:
            return _UNSTABLE
        case _:
            assert_never(reason)


def reason_of_flag(kind: FlagKind) -> Reason | None:
    """The reason that flags of a kind raise; None for a kind that is only reported."""
    return next((reason for reason in Reason if row_of(reason).flag is kind), None)


def flags_for(reason: Reason, content: RuleSet) -> tuple[Mimic | Therapy, ...]:
    """The flags of a rule set that can raise a reason."""
    kind = row_of(reason).flag
    match kind:
        case FlagKind.MIMIC:
            return content.flags.mimics
        case FlagKind.THERAPY:
            return content.flags.therapies
        case FlagKind.STRATIFICATION | None:
            return ()
        case _:
            assert_never(kind)


def raise_reasons(facts: Facts) -> tuple[RaisedReason, ...]:
    """The reasons that the facts raise, in the order of `Reason`."""
    rules = facts.content.decision
    rows = ((reason, row_of(reason)) for reason in Reason)
    return tuple(
        RaisedReason(reason, row.policy(rules), row.because.format(rests_on))
        for reason, row in rows
        if (rests_on := row.raised(facts)) is not None
    )


def sentence_of(reason: Reason, because: str) -> str:
    """The sentence for a reader, from the `because` of a trace.

    >>> sentence_of(Reason.QUALITY, "seen but not believed: C9orf72")
    'failed quality control: C9orf72'
    """
    row = row_of(reason)
    before, _, after = row.because.partition("{}")
    if not (because.startswith(before) and because.endswith(after)):
        return because
    return row.words.format(because[len(before) : len(because) - len(after)])


_HARMLESS = ("benign", "uncertain", "disputed")
"""The classes of listed alleles whose calls need not be confirmed."""


# ---------------------------------------------------------------------------------------------------------- the rows

_TIED = Row(
    meaning="The leading categories are within the margin of each other, and no tie-break separates them.",
    policy=lambda rules: rules.policy.tied,
    raised=lambda facts: "" if facts.decision.basis is Basis.TIED else None,
    possible=lambda content: not _always_breaks_ties(content),
    because="no category that may win beats all others, and no tie-break separates them",
    words="two or more categories are tied, and no tie-break of the rule set separates them",
    next="Let the trial's clinical lead choose; the rule set names no tie-break that separates the categories.",
    origin=Origin.GENOTYPE,
    has_category=False,
    notice=GeneNotice("gene_tied", "ends in a tie", "always"),
)

_NO_EVIDENCE = Row(
    meaning="No category reaches the minimum of a tier that may decide. There is no default category.",
    policy=lambda rules: rules.policy.no_evidence,
    raised=lambda facts: "" if facts.decision.basis is Basis.NO_EVIDENCE else None,
    because="no category reaches the minimum of any tier that may decide",
    words="no category reaches the minimum of a tier that may decide",
    next="See what is unknown, and why. If no evidence can be added, the protocol must say what happens.",
    origin=Origin.GENOTYPE,
    has_category=False,
    notice=GeneNotice("gene_decides_nothing", "is not enough to decide", "tier 1"),
)

_UNSETTLED = Row(
    meaning="Unknown findings could change the decision, with a risk above the rule set's threshold.",
    policy=lambda rules: rules.policy.unsettled,
    raised=lambda facts: _above_limit(facts.decision.overturn_risk_ppm, facts.content.decision.unsettled_above_ppm),
    possible=lambda content: content.decision.unsettled_above_ppm < 1_000_000,
    because="risk of being overturned {}",
    words="findings that are still unknown could change the decision: risk {}",
    next="Do the tests named under what would change it, then assign again with the results.",
    origin=Origin.UNKNOWN,
    notice=GeneNotice("gene_unsettled", "leaves the decision unsettled"),
)

_MIMIC = Row(
    meaning="The genotype fits a disease that mimics the trial's, and the flag has the action `hold`.",
    policy=lambda rules: rules.policy.mimic,
    raised=lambda facts: _holding(facts.flags, FlagKind.MIMIC),
    possible=lambda content: any(mimic.holds for mimic in content.flags.mimics),
    because="{}",
    words="the genotype fits another disease: {}",
    next="Confirm or rule out the other disease before anything is given.",
    origin=Origin.GENOTYPE,
    flag=FlagKind.MIMIC,
    notice=GeneNotice("gene_held", "goes to review as a mimic"),
)

_GENE_TARGETED_THERAPY = Row(
    meaning="A therapy aims at this genotype, and the flag has the action `hold`.",
    policy=lambda rules: rules.policy.gene_targeted_therapy,
    raised=lambda facts: _holding(facts.flags, FlagKind.THERAPY),
    possible=lambda content: any(therapy.holds and therapy.trigger != "none" for therapy in content.flags.therapies),
    because="{}",
    words="a therapy aims at this genotype: {}",
    next="Let a clinician weigh the gene-targeted therapy first.",
    origin=Origin.GENOTYPE,
    flag=FlagKind.THERAPY,
    notice=GeneNotice("gene_held", "goes to review for a therapy that aims at the gene"),
)

_SEX_MISMATCH = Row(
    meaning="The declared sex and the genotypes on X disagree, or those of two files do.",
    policy=lambda rules: rules.policy.sex_mismatch,
    raised=lambda facts: _two_sexes(facts.profile),
    because="{}",
    words="{}",
    next="Check that every sample is the participant's: the sexes that are declared and shown disagree.",
    origin=Origin.FILE,
)

_QUALITY = Row(
    meaning="A listed allele or a large repeat is in the file, or may be, but failed quality control.",
    policy=lambda rules: rules.policy.quality,
    raised=lambda facts: ", ".join(facts.doubted) if facts.doubted else None,
    possible=lambda content: (
        bool(content.repeats)
        or any(not allele.inactive and allele.allele_class not in _HARMLESS for allele in content.alleles)
    ),
    because="seen but not believed: {}",
    words="failed quality control: {}",
    next="Repeat or confirm the calls that failed quality control.",
    origin=Origin.FILE,
)

_PARTIAL_READ = Row(
    meaning="Only indexed regions were read (`quick`); the rest of the file was not checked.",
    policy=lambda rules: rules.policy.partial_read,
    raised=lambda facts: "" if facts.profile.partial_read else None,
    because="only indexed regions were read, and nothing vouches for the rest of the file",
    words="only indexed regions were read; the rest of the file was not checked",
    next="Read the whole file (without --quick) before anything is given.",
    origin=Origin.FILE,
)

_SOMATIC = Row(
    meaning="A file is a tumour's, or a somatic caller's; it does not say what the participant was born with.",
    policy=lambda rules: rules.policy.somatic,
    raised=lambda facts: facts.profile.somatic,
    because="no germline evidence: {}",
    words="a file is a tumour's or a somatic caller's, which is no germline evidence: {}",
    next="Call the participant's germline sample with a germline caller, and assign again.",
    origin=Origin.FILE,
)

_SAMPLE_MISMATCH = Row(
    meaning="The genotypes that two files share differ at so many sites that they are of two people.",
    policy=lambda rules: rules.policy.sample_mismatch,
    raised=lambda facts: facts.profile.two_people,
    because="files of two people: {}",
    words="the files are not of one person: {}",
    next="Find out which of the files is the participant's, and assign again.",
    origin=Origin.FILE,
)

_CLOSED_ARM = Row(
    meaning="The arm of the category is closed or full, or how many it has is not given, and the protocol says review.",
    policy=lambda _rules: "review",
    raised=lambda facts: _closed(facts),
    possible=lambda content: any(each.open == "no" or each.full_at for each in content.categories),
    because="{}",
    words="{}",
    next="Let the trial's office say what the protocol does while this arm takes no participants.",
    origin=Origin.PROTOCOL,
)


def _of_grade(grade: Grade, words: str, next_step: str) -> Row:
    """The row of a grade, raised where the rule set's action for the grade is not `assign`."""
    return Row(
        meaning=f"The category has the grade `{grade}`, and the rule set's policy for it is `review` or `note`.",
        policy=lambda rules: _policy_of(rules.grades, grade) or "note",
        raised=lambda facts: (
            ""
            if facts.decision.grade is grade and _policy_of(facts.content.decision.grades, grade) is not None
            else None
        ),
        possible=lambda content: (
            _policy_of(content.decision.grades, grade) is not None
            and (_allocates(content) if grade is Grade.ALLOCATED else grade in map(Grade, content.tier_grades))
        ),
        because=f"the grade of the category is {grade}",
        words=words,
        next=next_step,
        origin=Origin.PROTOCOL,
    )


def _policy_of(grades: GradePolicy, grade: Grade) -> Policy | None:
    """A rule set's policy for a grade; None where the action is `assign`."""
    action = _action(grades, grade)
    match action:
        case "assign":
            return None
        case "note" | "review":
            return action
        case _:
            assert_never(action)


def _action(grades: GradePolicy, grade: Grade) -> GradeAction:
    match grade:
        case Grade.ESTABLISHED:
            return grades.established
        case Grade.SUPPORTED:
            return grades.supported
        case Grade.WEAK:
            return grades.weak
        case Grade.ALLOCATED:
            return grades.allocated
        case Grade.EXTERNAL:
            return grades.external
        case _:
            assert_never(grade)


_GRADE_ESTABLISHED = _of_grade(
    Grade.ESTABLISHED,
    "the category rests on established evidence, which the protocol wants to be looked at",
    "Confirm the finding on which the category rests.",
)

_GRADE_SUPPORTED = _of_grade(
    Grade.SUPPORTED,
    "the category rests on rare variants whose effect is only predicted",
    "Let a clinical geneticist weigh the variants on which the category rests.",
)

_GRADE_WEAK = _of_grade(
    Grade.WEAK,
    "the category rests on weak evidence: common alleles together",
    "Let the trial's clinical lead say whether weak evidence may decide.",
)

_GRADE_ALLOCATED = _of_grade(
    Grade.ALLOCATED,
    "the category was allocated by the protocol, not by biology",
    "Let the trial's office confirm the allocation.",
)

_UNSTABLE = Row(
    meaning="The weights of the scores, drawn again within their errors, give the category less often than is asked.",
    policy=lambda rules: "note" if rules.stability is None else rules.stability.below,
    raised=lambda facts: _below(facts.stability, facts.content.decision.stability),
    possible=lambda content: content.decision.stability is not None and content.decision.stability.at_least > 0,
    because="weights drawn again give the category {}",
    words="the errors of the scores' weights alone could give another category: drawn again they give it {}",
    next="Let the trial's clinical lead say whether a category that the weights' own errors can change may stand.",
    origin=Origin.PROTOCOL,
)


# ----------------------------------------------------------------------------------------------------- what raises them


def _below(found: Stability | None, asked: StabilityRules | None) -> str | None:
    """How often redraws gave the same category, if that is less often than the rule set asks."""
    if found is None or asked is None or not found.is_below(asked.at_least):
        return None
    return f"{found.same} of {found.redraws} times, below {asked.at_least} of 1000"


def _allocates(content: RuleSet) -> bool:
    """Whether a draw, an accrual or the order of the categories may choose one."""
    rules = content.decision
    declared = rules.otherwise is not None and rules.otherwise.allocates
    return declared or any(rule in ("category_order", "seeded") for rule in rules.tie_breaks)


def _always_breaks_ties(content: RuleSet) -> bool:
    """Whether a tie-break always chooses a category: the first one always separates, and every tier opens."""
    rules = content.decision
    separates = rules.tie_breaks[:1] in (("category_order",), ("seeded",))
    return separates and all(tier.opens == "yes" for tier in rules.tiers)


def _closed(facts: Facts) -> str | None:
    """Why the arm of the chosen category is closed, full, or not known to be open."""
    category = next((each for each in facts.content.categories if each.id == facts.decision.category), None)
    if category is None:
        return None
    if category.open == "no":
        return f"the arm of {category.id} is closed" + (f" since {category.since}" if category.since else "")
    if category.full_at is None:
        return None
    if facts.accrual is None:
        return f"the arm of {category.id} takes {category.full_at} participants, and how many it has is not given"
    if category.id in closed_arms(facts.content, facts.accrual):
        return f"the arm of {category.id} is full with {facts.accrual.arms[category.id]} participants"
    return None


def _above_limit(risk: int, limit: int) -> str | None:
    return f"{risk} ppm, above {limit} ppm" if risk > limit else None


def _holding(flags: Sequence[Flag], kind: FlagKind) -> str | None:
    """The ids of the flags of a kind that ask for a review."""
    found = [flag.id for flag in flags if flag.kind is kind and flag.holds and flag.truth is Truth.TRUE]
    return ", ".join(found) or None


def _two_sexes(profile: Profile) -> str | None:
    if profile.sex and profile.inferred_sex and profile.sex is not profile.inferred_sex:
        return f"declared {profile.sex}, the genotypes look {profile.inferred_sex}"
    return "the files show different sexes" if profile.two_sexes else None


def doubted(profile: Profile, contents: GeneContents, panel: Panel) -> list[str]:
    """Listed alleles and non-normal repeats that a record shows or may show, but that failed quality control."""
    repeats = [
        repeat.id
        for repeat in panel.repeats.values()
        if (sizes := profile.repeats.get(repeat.id)) is not None and sizes.problem and sizes.shows_other_than(repeat)
    ]
    alleles = {
        panel.alleles[variant].id
        for variant, call in contents.suspected.items()
        if not _passes(call, panel.stricter.get(panel.alleles[variant].id))
        and panel.alleles[variant].allele_class not in _HARMLESS
    }
    return repeats + [allele.id for allele in panel.alleles.values() if allele.id in alleles] if alleles else repeats


def _passes(call: Call, stricter: MoreGates | None) -> bool:
    seen = call if stricter is None else gated_call(call, stricter)
    return seen.state in (State.CALLED, State.PARTIAL)
