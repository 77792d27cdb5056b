"""Polygenic scores: weighted sums of common alleles, with lower and upper bounds where genotypes are missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from attrs import evolve, frozen

from assigner.evidence.findings import CERTAIN, Finding
from assigner.evidence.kinds.kind import Asked, Edges, Field, OfNoGene, Values, finding_of
from assigner.evidence.unknowns import Why
from assigner.profiles.profile import Profile
from assigner.profiles.score_genotypes import ScoreGenotypes
from assigner.rules.panels import Panel
from assigner.rules.polygenic import SCORE_UNITS, Interval, Score
from assigner.rules.score_criteria import AgreementCriterion, PolygenicCriterion, Worth
from assigner.rules.scoring_files import ScoringFile
from assigner.truth import Truth


@frozen
class PolygenicScore(OfNoGene):
    """A criterion that is a polygenic score."""

    criterion: PolygenicCriterion

    words: ClassVar[str] = "a polygenic score for one category, with the weights of a scoring file"
    fields: ClassVar[Mapping[str, Field]] = {
        "category": Field(
            Values.NAME, "the category that the score speaks for; one score a category, or two in an `agreement`"
        ),
        "file": Field(Values.NAME, "a scoring file of the PGS Catalog's format 2.0, beside the rule set"),
        "min_called": Field(Values.COUNT, "below this share of known alleles, in thousandths, none of it is known"),
        "counts": Field(
            Values.CHOICE,
            "`attributable`: 1000 x (1 - exp(-score)); `log_odds`: the score x 1000; "
            "`standardised`: standard deviations above the mean of the `reference`, 1000 each; `nothing`: it is shown, "
            "and can be calibrated",
        ),
        "reference": Field(
            Values.NAME,
            "how it is spread in groups of people, by `rules calibrate`; decides if `standardised`, or by "
            "`above_per_cent`",
        ),
        "above_per_cent": Field(
            Values.COUNT,
            "it is worth nothing unless it is above the value that so many per cent of the group of its `reference` do "
            "not exceed: 1, 5, 10, 25, 50, 75, 90, 95 or 99",
        ),
        "in_genes": Field(
            Values.CHOICE, "alleles inside genes and repeats of the rule set: `left_out` (if not given) or `counted`"
        ),
        "stands_for": Field(Values.NAME, "the published share of the risk that it stands for; decides nothing"),
    }
    fixed_points: ClassVar[bool] = False
    pathogenic: ClassVar[bool] = False

    @property
    def edges(self) -> Edges:
        """None: there are no thresholds."""
        return Edges()

    def findings(self, asked: Asked) -> Iterator[Finding]:
        """One finding, for a pseudo-gene with the score's id; unknown where missing genotypes make a difference.

        A score that counts through an agreement is worth nothing alone.
        """
        interval = interval_of(self.criterion, asked.panel, asked.profile)
        worth = worth_of(self.criterion, interval, asked.profile.ancestry)
        ancestry = asked.profile.ancestry
        why = why_not_graded(self.criterion, interval, ancestry) if is_open(worth, interval) else None
        file = asked.panel.scores[self.criterion.id].file
        found = graded(self.criterion, worth, why, self._shown(interval, ancestry, file))
        if self.criterion.id in asked.panel.content.agreed:
            found = evolve(found, strength=0, at_least=None)
        yield found

    def _shown(self, interval: Interval, ancestry: str | None, file: ScoringFile) -> str:
        """The score as text; the interval is rounded outwards."""
        least, most = interval.least * 1000 // SCORE_UNITS, -(-interval.most * 1000 // SCORE_UNITS)
        score = f"{least}/1000" if interval.called == interval.counted else f"{least}/1000 to {most}/1000"
        text = [f"score {score}; {interval.called} of {interval.counted} alleles called"]
        if not file.has_frequencies:
            text.append("not from a mean: the scoring file gives no frequencies")
        for own in self.criterion.reference:
            low, high = own.between(interval.least, interval.most, SCORE_UNITS)
            text.append(f"above {low} to {high} per cent of {own.samples} ({own.group})")
        if self.criterion.compares:
            missing = "" if self.criterion.can_compare(ancestry) else f"no reference of {ancestry}: "
            text.append(f"{missing}compared with {', '.join(own.group for own in self.criterion.groups(ancestry))}")
        if (share := self.criterion.stands_for) is not None:
            text.append(f"stands for {share.least / 10:g} to {share.most / 10:g} per cent of the risk ({share.source})")
        return "; ".join(text)

    def prior(self, gene: str, panel: Panel) -> int:
        """Certainty: common alleles are common."""
        return CERTAIN


def interval_of(criterion: PolygenicCriterion, panel: Panel, profile: Profile) -> Interval:
    """The lowest and highest value that the participant's score can have."""
    score = panel.scores[criterion.id]
    copies = copies_of(score, profile.scores.get(criterion.id))
    return score.whole_interval if copies is score.unknown else score.interval(copies)


def worth_of(criterion: PolygenicCriterion, interval: Interval, ancestry: str | None) -> Worth:
    """The worth of a score for an ancestry; where none is declared, the bounds over all groups.

    The certain worth is 0 where too few alleles are called, or the declared ancestry has no reference.
    """
    called = interval.called * 1000 >= criterion.min_called * interval.counted
    enough = called and criterion.can_compare(ancestry)
    least = criterion.worth(interval.least, SCORE_UNITS, ancestry).least if enough else 0
    return Worth(least, criterion.worth(interval.most, SCORE_UNITS, ancestry).most)


def is_open(worth: Worth, interval: Interval) -> bool:
    """Whether the worth of a score is not certain, or no allele of it is called."""
    return worth.least < worth.most or not interval.called


def why_not_graded(criterion: PolygenicCriterion, interval: Interval, ancestry: str | None) -> Why:
    """Why the worth of a score is not certain."""
    if not criterion.can_compare(ancestry):
        return Why.NO_REFERENCE_GROUP
    return Why.TOO_FEW_CALLED if interval.called < interval.counted else Why.NO_ANCESTRY


def graded(criterion: PolygenicCriterion | AgreementCriterion, worth: Worth, why: Why | None, shown: str) -> Finding:
    """A finding with a range of worth; unknown where `why` is given."""
    truth = Truth.UNKNOWN if why else Truth.TRUE if worth.most else Truth.FALSE
    found = finding_of(criterion, criterion.id, (), truth, points=worth.most, carrier_ppm=CERTAIN, shown=shown, why=why)
    return evolve(found, at_least=worth.least if why else None)


def copies_of(score: Score, known: ScoreGenotypes | None) -> bytes:
    """The profile's copies of the score's alleles; all unknown if they were read for another scoring file."""
    return score.unknown if known is None or known.sha256 != score.file.sha256 else known.copies
