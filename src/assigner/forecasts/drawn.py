"""The weak evidence of a forecast's participants, drawn by the numbers of the rule set.

The scores of a group are drawn together from a normal distribution with the means, variances and covariances of their
references; two scores without a covariance are independent. Every allele is taken as called. A rare burden is there
with the chance that its expectation gives, or, where the rule set has an odds ratio, with the chance that goes with it
in people with the disease; burdens are independent of all else. An agreement is worth what its two scores give.

All numbers come from the numbers with which weights are drawn again (`decisions.stability`): made by counting under the
rule set's digest, in whole numbers, the same for everyone.

What is left out: tails of scores that are not normal, and burdens whose alleles other criteria count too.
"""

from __future__ import annotations

import hmac
import math
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from assigner.assignments import Assignment, concluded
from assigner.decisions.allocations import left_out
from assigner.decisions.completions import open_genes
from assigner.decisions.contests import Basis, Contest, Terms
from assigner.decisions.decision import Decision
from assigner.decisions.scores import Strength, Tally
from assigner.decisions.stability import DEVIATE_UNITS, Stability, deviates, rests_on_scores, strengths_by
from assigner.evidence.answers import Found, find
from assigner.evidence.findings import GeneFindings, gene_findings
from assigner.evidence.kinds.agreement import leads_of
from assigner.forecasts.redrawn import Redrawing, asks_again
from assigner.genome.builds import Build
from assigner.profiles.profile import Profile
from assigner.rules import Rules
from assigner.rules.criteria import BurdenCriterion
from assigner.rules.poisson import MILLION, least_count
from assigner.rules.schema import RuleSet
from assigner.rules.score_criteria import MICRO, AgreementCriterion, Worth
from assigner.truth import Truth

if TYPE_CHECKING:
    from assigner.decisions.accrual import Accrual

BUILD = Build.GRCH38
"""The build of a forecast's participants."""

DRAWS = 10_000
"""How many participants of each group are drawn who carry nothing else."""

DRAWS_BESIDE = 1_000
"""The same of those who carry something: the first of these draws."""

DRAWS_REDRAWN = 1_000
"""Of whom carries nothing else so many are asked how stable their category is, where the rule set asks."""

DRAWS_BESIDE_REDRAWN = 100
"""The same of those who carry something."""

_ASKED = 5
"""Where something else is unknown, so many draws that come to one category are assigned in full."""


def draws_of(content: RuleSet, *, carries: bool) -> int:
    """How often the weak evidence of participants is drawn who carry something else, or nothing.

    Fewer where a rule set asks how stable a category is, since the weights are drawn again for each of them.
    """
    if asks_again(content):
        return DRAWS_BESIDE_REDRAWN if carries else DRAWS_REDRAWN
    return DRAWS_BESIDE if carries else DRAWS


Strengths = tuple[tuple[str, Strength], ...]
"""What each criterion that is drawn is worth by tier."""

Draw = tuple[Strengths, Stability | None]
"""What is drawn of a participant, and how stable the category is that comes of it, where that is asked."""


@frozen
class Part:
    """Draws that come out alike: how many of all, and what an assignment concludes from them."""

    share: float
    rules: Rules
    accrual: Accrual | None
    found: Found
    stability: Stability | None

    def concluded(self, profile: Profile) -> Assignment:
        """The assignment of one of them."""
        return concluded(profile, self.found, self.rules, accrual=self.accrual, stability=self._stability)

    def _stability(self, decision: Decision, *others: object) -> Stability | None:
        """How stable the category is of whom was drawn."""
        del others
        return self.stability if rests_on_scores(decision) else None


@frozen(eq=False, kw_only=True)
class Drawing:
    """What is drawn in a group of participants.

    Attributes:
        strengths: of each draw, what each criterion that is drawn is worth; a criterion with none is worth nothing.
        agreeing: by agreement, how often both of its scores put its category first.
        burdened: by burden, in which share of participants it is true.
        covered: the criteria whose findings are drawn.
        values: by score, its value in each draw, in millionths of a log odds ratio.
        redrawing: how weights that are drawn again move them; None where the rule set does not ask.
    """

    group: str
    rules: Rules
    strengths: tuple[Strengths, ...] = field(repr=False)
    agreeing: Mapping[str, float]
    burdened: Mapping[str, float]
    covered: frozenset[str]
    values: Mapping[str, Sequence[int]] = field(repr=False)
    redrawing: Redrawing | None = field(repr=False)

    @classmethod
    def of(cls, rules: Rules, group: str, burdens: Sequence[BurdenCriterion], draws: int = DRAWS) -> Drawing:
        """The drawing of a group of which every score has a reference.

        Args:
            rules: the rule set.
            group: the group.
            burdens: the burdens that are looked for.
            draws: how many participants are drawn.
        """
        content, tiers = rules.content, len(rules.content.decision.tiers)
        values = _values(content, group, rules.digest, draws)
        chances = {own.id: burden_chance(own) for own in burdens}
        agreeing: Counter[str] = Counter()
        strengths = []
        for at in range(draws):
            worths = {own.id: own.worth(values[own.id][at], MICRO, group) for own in content.scores}
            drawn = strengths_by(content, worths)
            agreeing.update(own.id for own in content.agreements if _agree(content, own, worths))
            for own in burdens:
                if own.effect and _uniform(rules.digest, f"forecast {group}\n{own.id}\n{at}") < chances[own.id]:
                    drawn[own.id] = tuple(own.worth * (tier == own.tier) for tier in range(1, tiers + 1))
            strengths.append(tuple((name, worth) for name, worth in drawn.items() if any(worth)))
        ids = [own.id for own in (*content.scores, *content.agreements, *(each for each in burdens if each.effect))]
        return cls(
            group=group,
            rules=rules,
            strengths=tuple(strengths),
            agreeing={own.id: agreeing[own.id] / draws for own in content.agreements},
            burdened=chances,
            covered=frozenset(ids),
            values=values,
            redrawing=Redrawing.of(rules, group, BUILD),
        )

    def parts(self, profile: Profile, accrual: Accrual | None, carries: bool) -> tuple[tuple[Part, ...], int]:
        """The draws of one participant by what they come to, and how many there are.

        Args:
            profile: what else is known of the participant.
            accrual: the participants so far.
            carries: whether the participant carries anything.
        """
        content = self.rules.content
        found = find(profile, self.rules)
        terms = Terms.of(content, profile.participant, self.rules.digest, accrual)
        tally = Tally.of(found, content, left_out(content, terms.closed))
        last = len(content.decision.tiers)
        if _is_decided_before(Contest(tally.entries_if(self._all(self.strengths[0])), terms), last):
            return (self._part(1.0, found, (self.strengths[0], None), accrual),), 0
        counts = self._draws(tally, terms, carries)
        draws = counts.total()
        classes: dict[Hashable, list[Draw]] = {}
        for own in counts:
            contest = Contest(tally.entries_if(self._all(own[0])), terms)
            is_below = self.redrawing is not None and self.redrawing.is_below(own[1])
            classes.setdefault((_comes_to(contest), is_below), []).append(own)
        return tuple(self._parts(classes.values(), counts, draws, found, accrual)), draws

    def _draws(self, tally: Tally, terms: Terms, carries: bool) -> Counter[Draw]:
        """The draws of one participant, and how often each is there."""
        draws = draws_of(self.rules.content, carries=carries)
        if self.redrawing is None:
            return Counter((own, None) for own in self.strengths[:draws])
        found: Counter[Draw] = Counter()
        for at, own in enumerate(self.strengths[:draws]):
            scores = {name: values[at] for name, values in self.values.items()}
            found[own, self.redrawing.stability(scores, self._all(own), tally, terms)] += 1
        return found

    def shares_of(self, profile: Profile, accrual: Accrual | None) -> dict[str, float]:
        """By category, how often the draws alone point to it in a participant, without a lot or a balance."""
        content = self.rules.content
        terms = Terms.of(content, profile.participant, self.rules.digest, accrual)
        tally = Tally.of(find(profile, self.rules), content, left_out(content, terms.closed))
        found: Counter[str] = Counter()
        for own, count in Counter(self.strengths).items():
            category, basis = Contest(tally.entries_if(self._all(own)), terms).outcome()
            if category is not None and not basis.is_drawn:
                found[category] += count
        return {category.id: found[category.id] / len(self.strengths) for category in content.categories}

    def _all(self, drawn: Strengths) -> dict[str, Strength]:
        """What every criterion that is drawn is worth."""
        nothing = (0,) * len(self.rules.content.decision.tiers)
        return dict.fromkeys(self.covered, nothing) | dict(drawn)

    def _parts(
        self,
        classes: Iterable[list[Draw]],
        counts: Mapping[Draw, int],
        draws: int,
        found: Found,
        accrual: Accrual | None,
    ) -> Iterator[Part]:
        for own in classes:
            share = sum(counts[each] for each in own) / draws
            first = self._part(share, found, own[0], accrual)
            if len(own) == 1 or not open_genes(first.found):
                yield first
                continue
            step = -(-len(own) // _ASKED)
            asked = own[::step]
            yield from (self._part(share / len(asked), found, each, accrual) for each in asked)

    def _part(self, share: float, found: Found, drawn: Draw, accrual: Accrual | None) -> Part:
        worth = dict(drawn[0])
        genes = (self._told(own, worth.get(own.gene)) if own.gene in self.covered else own for own in found.genes)
        return Part(share, self.rules, accrual, Found(tuple(genes), contents=found.contents), drawn[1])

    def _told(self, gene: GeneFindings, worth: Strength | None) -> GeneFindings:
        """The finding of a criterion that is drawn, known: each stands for a gene of its own."""
        strength = max(worth, default=0) if worth else 0
        truth = Truth.TRUE if strength else Truth.FALSE
        findings = [evolve(own, truth=truth, strength=strength, at_least=None) for own in gene.findings]
        return gene_findings(gene.gene, findings, gene.places, self.rules.content)


def _is_decided_before(contest: Contest, last: int) -> bool:
    """Whether a category beats every other one before the last tier, in which alone weak evidence counts."""
    category, basis = contest.outcome()
    others = [entry.category for entry in contest.entries if entry.category != category]
    return basis is Basis.LEAD and bool(others) and all(contest.won[category or "", each] < last for each in others)


def _comes_to(contest: Contest) -> Hashable:
    """What decides the result where nothing else is unknown: the category, its ground, and the tiers that it needed."""
    made = contest.resolved
    needed = frozenset(tier for (winner, _), tier in contest.won.items() if winner == made.category)
    reached = tuple(any(points) for points in zip(*(entry.points for entry in contest.entries), strict=True))
    return (None if made.basis.is_drawn else made.category), made.basis, made.among, needed, reached


def _agree(content: RuleSet, own: AgreementCriterion, worths: Mapping[str, Worth]) -> bool:
    """Whether both scores of an agreement put its category first."""
    return all(lead.least > 0 for lead in leads_of(own, content.agreements, worths))


def _values(content: RuleSet, group: str, digest: str, draws: int) -> dict[str, list[int]]:
    """The drawn values of each score, in millionths of a log odds ratio.

    Each is its mean and a sum of independent normal numbers, by the rows of the lower triangle of the covariances
    (Cholesky). Where rounding, or covariances of other samples than the variances', leave nothing for a number of its
    own, it has none.
    """
    own = {each.id: next(r for r in each.reference if r.group == group) for each in content.scores}
    together = {frozenset((name, each.score)): each.value for name, r in own.items() for each in r.covariances}
    rows: list[list[int]] = []
    for at, name in enumerate(own):
        row: list[int] = []
        for before, other in enumerate(list(own)[:at]):
            rest = together.get(frozenset((name, other)), 0) - sum(map(int.__mul__, row, rows[before]))
            row.append(rest // rows[before][before] if rows[before][before] else 0)
        rows.append([*row, math.isqrt(max(0, own[name].variance - sum(each * each for each in row)))])
    numbers = [deviates(digest, f"forecast {group}\n{name}", draws) for name in own]
    return {
        name: [
            own[name].mean + sum(by * each[draw] for by, each in zip(row, numbers, strict=False)) // DEVIATE_UNITS
            for draw in range(draws)
        ]
        for name, row in zip(own, rows, strict=True)
    }


def burden_chance(criterion: BurdenCriterion) -> float:
    """The share of participants in whom a burden is true.

    In each gene the number of alleles is a Poisson number that counts two at most, and genes are independent. The odds
    of so many among people with the disease are those of chance times the odds ratio, where there is one.
    """
    sums = [1.0]
    for gene in criterion.terms_of_genes:
        mean = sum(row.ppm for row in criterion.expected if row.gene == gene) / MILLION
        none = math.exp(-mean)
        own = (none, none * mean, 1 - none - none * mean)
        sums = [
            sum(sums[at - count] * own[count] for count in range(3) if 0 <= at - count < len(sums))
            for at in range(len(sums) + 2)
        ]
    needed = least_count(criterion.expected_ppm, criterion.tail_ppm)
    chance = min(1.0, math.fsum(sums[needed:]))
    odds = 1.0 if criterion.effect is None else float(criterion.effect.odds_ratio)
    return odds * chance / (1 - chance + odds * chance)


def _uniform(digest: str, text: str) -> float:
    """A number from 0 to less than 1, made by counting under the rule set's digest."""
    drawn = hmac.digest(bytes.fromhex(digest), text.encode(), "sha256")
    return int.from_bytes(drawn[:6], "big") / (1 << 48)
