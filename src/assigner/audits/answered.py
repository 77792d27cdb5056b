"""What a participant's files can and cannot answer, criterion by criterion, and what would answer more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from attrs import frozen

from assigner.assignments import Assignment
from assigner.audits.recipes import Step, steps_for
from assigner.evidence.findings import CERTAIN, Finding
from assigner.evidence.unknowns import Why


@frozen(kw_only=True)
class Answered:
    """What became of the questions of one criterion.

    Attributes:
        criterion: its id.
        asked: how many genes and places it asks about.
        unknown: how many have no answer, by the reason, the most frequent one first.
    """

    criterion: str
    asked: int
    unknown: Mapping[Why, int]

    @property
    def known(self) -> int:
        """How many have an answer."""
        return self.asked - sum(self.unknown.values())


@frozen(kw_only=True)
class Advice:
    """What would answer more.

    Attributes:
        why: the reason for which questions have no answer.
        questions: how many.
        could_change: a bound, in parts per million, of the chance that their answers would change the decision.
        steps: ways to answer them; one of them is enough.
    """

    why: Why
    questions: int
    could_change: int
    steps: tuple[Step, ...]


def answered(made: Assignment) -> tuple[Answered, ...]:
    """The criteria of the rule set in their order, each with what became of its questions."""
    asked = Counter(finding.criterion for finding in made.findings)
    unknown: dict[str, Counter[Why]] = {each: Counter() for each in asked}
    for finding, why in reasons(made):
        unknown[finding.criterion][why] += 1
    return tuple(
        Answered(criterion=each.id, asked=asked[each.id], unknown=dict(unknown[each.id].most_common()))
        for each in made.rules.content.criteria
        if each.id in asked
    )


def reasons(made: Assignment) -> tuple[tuple[Finding, Why], ...]:
    """Each unknown finding with why it is."""
    return tuple((finding, finding.why) for finding in made.findings if finding.why is not None)


def advice(made: Assignment, file: str) -> tuple[Advice, ...]:
    """What would answer more, that which could change the decision most first.

    Args:
        made: the assignment of what the files say.
        file: the file of small variants, as command lines name it.
    """
    decisive = set(map(id, made.decision.decisive))
    questions: Counter[Why] = Counter()
    risk: Counter[Why] = Counter()
    for finding, why in reasons(made):
        questions[why] += 1
        risk[why] += finding.carrier_ppm if id(finding) in decisive else 0
    found = [
        Advice(
            why=why,
            questions=count,
            could_change=min(risk[why], CERTAIN),
            steps=steps_for(why, made.profile.build, file),
        )
        for why, count in questions.items()
    ]
    return tuple(sorted(found, key=lambda each: (-each.could_change, -each.questions, each.why)))
