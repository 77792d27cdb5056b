"""What the cases of a rule set reach: with which answers its criteria, loci, genes and flags are met, and what is left.

Reached is what the assignment of a case holds: a criterion with an answer of it, an allele that is carried or may be, a
gene with a finding, a reason that is raised, a category that is given or would be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import frozen

from assigner.assignments import Assignment
from assigner.cases.cases import Case
from assigner.decisions.reasons import Reason, row_of
from assigner.evidence.answers import questions_of
from assigner.evidence.kinds.marker import marker_carried
from assigner.evidence.kinds.repeat import repeat_expanded
from assigner.genome.builds import Build
from assigner.rules import Rules
from assigner.rules.panels import panel_of
from assigner.truth import Truth

Point = tuple[str, str]
"""One thing to reach: its id, and the answer; for what has no answer an empty one."""


@frozen
class Reached:
    """How much of one kind of things is reached.

    Attributes:
        what: `criteria`, `alleles` and so on.
        reached: what the cases reach.
        missing: what they do not.
    """

    what: str
    reached: tuple[Point, ...]
    missing: tuple[Point, ...]

    @property
    def per_mille(self) -> int:
        """The part that is reached, in thousandths, rounded down; 1000 of nothing."""
        whole = len(self.reached) + len(self.missing)
        return len(self.reached) * 1000 // whole if whole else 1000


def coverage(rules: Rules, cases: Sequence[Case]) -> tuple[Reached, ...]:
    """What the cases reach of a rule set, by kind."""
    met = {point for case in cases for point in _met(case.assigned(rules))}
    return tuple(
        Reached(
            what,
            tuple(point for point in points if (what, *point) in met),
            tuple(point for point in points if (what, *point) not in met),
        )
        for what, points in _to_reach(rules)
    )


def _to_reach(rules: Rules) -> Iterator[tuple[str, list[Point]]]:
    """All that can be reached, in the order of the rule set: not what no question asks, nor what nothing can raise."""
    content = rules.content
    asked = {gene for build in Build for gene in questions_of(rules, build).places}
    flags = [mimic.id for mimic in content.flags.mimics]
    flags += [therapy.id for therapy in content.flags.therapies if therapy.trigger != "none"]
    answered = {
        "criteria": [criterion.id for criterion in content.criteria],
        "genes": [gene.symbol for gene in content.genes if gene.symbol in asked],
        "alleles": [allele.id for allele in content.alleles if allele.place and not allele.inactive],
        "repeats": [repeat.id for repeat in content.repeats],
        "markers": [marker.id for marker in content.markers if not marker.inactive],
        "flags": flags,
    }
    for what, names in answered.items():
        yield what, [(name, truth.value) for name in names for truth in Truth]
    yield "reasons", [(reason.value, "") for reason in Reason if row_of(reason).possible(content)]
    yield "categories", [(c.id, how) for c in content.categories for how in ("assigned", "provisional")]
    otherwise = content.decision.otherwise
    ways = {otherwise.no_evidence, otherwise.tied} - {"review"} if otherwise else set[str]()
    bases = ("lead", "tied", "no_evidence", *content.decision.tie_breaks, *sorted(ways))
    yield "bases", [(basis, "") for basis in bases]


def _met(made: Assignment) -> Iterator[tuple[str, str, str]]:
    """What one assignment reaches."""
    profile, panel = made.profile, panel_of(made.rules, made.profile.build)
    for finding in made.findings:
        yield "criteria", finding.criterion, finding.truth.value
        yield "genes", finding.gene, finding.truth.value
    for variant, allele in panel.alleles.items():
        yield "alleles", allele.id, profile.call(variant).carries.value
    for repeat in panel.repeats.values():
        expanded = repeat_expanded(repeat, profile.repeats.get(repeat.id), profile.deciding_sex)
        yield "repeats", repeat.id, expanded.value
    for marker in panel.markers.values():
        yield "markers", marker.id, marker_carried(marker, profile.markers.get(marker.rsid)).value
    yield from (("flags", flag.id, flag.truth.value) for flag in made.flags)
    yield from (("reasons", raised.reason.value, "") for raised in made.reasons)
    yield "bases", made.decision.basis.value, ""
    if given := made.category or made.provisional:
        yield "categories", given, made.outcome.value if made.category else "provisional"
