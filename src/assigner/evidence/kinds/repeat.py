"""Tandem repeats of pathogenic size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, assert_never

from attrs import frozen

from assigner.evidence.findings import CERTAIN, Finding
from assigner.evidence.kinds import witnesses
from assigner.evidence.kinds.kind import Asked, Edges, Field, finding_of, prior_of_listed
from assigner.evidence.kinds.witnesses import Witness
from assigner.evidence.unknowns import Why
from assigner.profiles.calls import Sex
from assigner.profiles.profile import Interval, RepeatSizes
from assigner.rules.criteria import RepeatCriterion
from assigner.rules.loci import Allele, Part
from assigner.rules.panels import Panel
from assigner.rules.repeats import Repeat
from assigner.truth import Truth, all_of, any_of


@frozen
class ExpandedRepeat:
    """A criterion for expanded repeats."""

    criterion: RepeatCriterion

    words: ClassVar[str] = "a repeat of a size that does harm"
    fields: ClassVar[Mapping[str, Field]] = {}
    fixed_points: ClassVar[bool] = True
    pathogenic: ClassVar[bool] = False

    @property
    def edges(self) -> Edges:
        """None of its own: each repeat has its own size ranges."""
        return Edges()

    def findings(self, asked: Asked) -> Iterator[Finding]:
        """One finding per repeat."""
        for repeat in asked.panel.repeats.values():
            if asked.panel.is_asked_by(repeat, self.criterion):
                sizes = asked.profile.repeats.get(repeat.id)
                sex = asked.profile.deciding_sex
                truth = repeat_expanded(repeat, sizes, sex)
                abnormal = sizes is not None and sizes.shows_other_than(repeat)
                yield finding_of(
                    self.criterion,
                    repeat.gene,
                    (repeat.id,),
                    truth,
                    points=asked.panel.content.points_of(self.criterion, repeat.gene),
                    carrier_ppm=CERTAIN if abnormal else self.prior(repeat.gene, asked.panel),
                    shown="" if sizes is None else str(sizes),
                    why=why_unsized(repeat, sizes, sex) if truth is Truth.UNKNOWN else None,
                )

    def prior(self, gene: str, panel: Panel) -> int:
        """The gene's prior."""
        return prior_of_listed(gene, panel)

    def reads_needs(self, allele: Allele, panel: Panel) -> bool:
        """No: it does not ask about alleles."""
        return False

    def witness(self, part: Part, sex: Sex, panel: Panel) -> Witness:
        """The smallest harmful size, in as many alleles as the repeat needs."""
        assert isinstance(part, Repeat)
        return witnesses.of_repeat(part, sex, panel)


def repeat_expanded(repeat: Repeat, sizes: RepeatSizes | None, sex: Sex | None) -> Truth:
    """Whether a repeat is expanded in as many alleles as it needs.

    An allele is expanded when all its possible sizes are harmful, normal when all are normal, and else unknown. If only
    one allele of a diploid locus is given, the other is unknown.
    """
    if sizes is None:
        return Truth.UNKNOWN
    alleles = [_band(repeat, allele) for allele in sizes.ranges]
    haploid = repeat.chrom == "X" and sex is Sex.MALE
    if len(alleles) == 1 and not haploid:
        alleles.append(Truth.UNKNOWN)
    match repeat.needs:
        case "one":
            expanded = any_of(alleles)
        case "two":
            expanded = all_of(alleles)
        case _:
            assert_never(repeat.needs)
    if repeat.only == "male" and expanded is not Truth.FALSE:
        return Truth.UNKNOWN if sex is None else Truth.FALSE if sex is Sex.FEMALE else expanded
    return expanded


def why_unsized(repeat: Repeat, sizes: RepeatSizes | None, sex: Sex | None) -> Why:
    """Why it is unknown whether a repeat is expanded."""
    if sizes is None:
        return Why.NO_SIZE
    if sizes.problem:
        return Why.DOUBTED
    by_sex = {repeat_expanded(repeat, sizes, each) for each in Sex}
    return Why.NO_SEX if sex is None and Truth.UNKNOWN not in by_sex else Why.UNDECIDED


def _band(repeat: Repeat, allele: Interval | None) -> Truth:
    if allele is None:
        return Truth.UNKNOWN
    if repeat.is_harmful(*allele):
        return Truth.TRUE
    return Truth.FALSE if repeat.is_normal(*allele) else Truth.UNKNOWN
