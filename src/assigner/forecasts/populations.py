"""The participants of a trial as a rule set would see them: what each gene may hold, and what then comes out.

The model. Genes are independent. Of each gene a participant carries nothing, or one thing: a listed allele or a repeat
in the copies that it needs, or an unlisted variant of the kind that a criterion asks for (homozygous in a recessive
gene). Everything else is as the laboratory sees it: reference or unknown, normal repeats or none sized. Common markers
are not tested. Scores and burdens are drawn where the rule set says how they are spread (`drawn`), else not known. All
calls are believed.

Things carried in one gene that give the same findings and raise the same reasons are one genotype class. The result
then depends on the categories' points, the number of genes that speak for them, the reasons raised, and the classes of
genes in which something is unknown. Equal ones are assigned once.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import assert_never

from attrs import evolve, field, frozen

from assigner.assignments import Assignment, assign
from assigner.decisions.accrual import Accrual
from assigner.decisions.allocations import Allocation, balances
from assigner.decisions.completions import open_genes
from assigner.decisions.contests import Basis, random_tie_key
from assigner.decisions.reasons import Reason, reason_of_flag
from assigner.decisions.scores import Tally, strengths_of
from assigner.evidence.answers import find
from assigner.evidence.findings import Finding, Findings
from assigner.evidence.flags import raise_flags
from assigner.evidence.kinds.registry import kind_of
from assigner.evidence.kinds.witnesses import of_allele, of_repeat
from assigner.forecasts.drawn import BUILD, Drawing
from assigner.forecasts.endings import Branch, Ending, Ends, Result
from assigner.forecasts.frequencies import MILLION, Carried, Frequencies
from assigner.profiles.calls import Sex
from assigner.profiles.made_up import (
    normal_profile,
)
from assigner.profiles.profile import Profile
from assigner.rules import Rules
from assigner.rules.criterion import Reads
from assigner.rules.panels import Panel, panel_of
from assigner.rules.schema import Otherwise
from assigner.truth import Truth


@frozen(kw_only=True)
class Laboratory:
    """What is seen of every participant.

    Attributes:
        sex: of all participants; a forecast is made for one, and two can be weighed.
        absent_is_reference: whether a place without a record means reference.
        repeats: whether repeats are sized.
        annotated: whether unlisted variants come with ClinVar and consequences.
        structural: whether deletions are looked for.
    """

    sex: Sex = Sex.FEMALE
    absent_is_reference: bool = True
    repeats: bool = True
    annotated: bool = True
    structural: bool = True

    def sees(self, reads: Reads) -> bool:
        """Whether it looks for what such a criterion is about; common alleles are not tested."""
        match reads:
            case "alleles":
                return True
            case "repeats":
                return self.repeats
            case "annotations":
                return self.annotated
            case "deletions":
                return self.structural
            case "markers" | "scores":
                return False
            case _:
                assert_never(reads)


Signature = tuple[tuple[object, ...], ...]


@frozen(eq=False)
class GenotypeClass:
    """Things carried in one gene that a rule set does not tell apart.

    Attributes:
        odds: the chance of carrying one of them, over that of carrying nothing of the gene.
        alike: one of them, as a part of a profile.
        points: what it adds to the categories, tier by tier, and the genes that speak for them.
        unresolved: its gene and findings, when something of that gene is unknown with it or without it.
        reasons: the reasons that its flags raise.
    """

    gene: str
    odds: float
    alike: Profile
    names: tuple[str, ...]
    points: tuple[int, ...]
    unresolved: frozenset[tuple[str, Signature]]
    reasons: frozenset[Reason]


Key = tuple[tuple[int, ...], frozenset[tuple[str, Signature]], frozenset[Reason]]


@frozen(eq=False)
class Population:
    """All participants that a trial may meet.

    Attributes:
        p_no_finding: the chance that nothing carried is seen.
        classes: by gene.
        accrual: nobody enrolled, where the protocol balances arms; else None.
        drawing: the weak evidence that is drawn; None where none is.
        lasting: the results that do not depend on what is drawn.
    """

    rules: Rules
    base: Profile
    p_no_finding: float
    classes: Mapping[str, tuple[GenotypeClass, ...]]
    accrual: Accrual | None = None
    drawing: Drawing | None = None
    lasting: dict[Key, Result] = field(factory=dict)
    results: dict[Key, Result] = field(factory=dict, init=False)

    def with_drawn(self, drawing: Drawing) -> Population:
        """The same participants, their weak evidence drawn."""
        return evolve(self, drawing=drawing)

    def key_of(self, carried: Sequence[GenotypeClass]) -> Key:
        """What decides the result of carrying these."""
        if not carried:
            return (), frozenset(), frozenset()
        points = carried[0].points
        for each in carried[1:]:
            points = tuple(map(operator.add, points, each.points))
        unresolved = frozenset().union(*(each.unresolved for each in carried))
        return points, unresolved, frozenset().union(*(each.reasons for each in carried))

    def result(self, carried: Sequence[GenotypeClass], most: int | None = None) -> Result | None:
        """What comes out for a participant who carries these; None when `most` results are known and not this one."""
        key = self.key_of(carried)
        found = self.results.get(key)
        if found is None and (most is None or len(self.results) < most):
            found = self.results[key] = self.lasting.get(key) or self._result(self.profile(carried), bool(carried))
            if not found.draws:
                self.lasting[key] = found
        return found

    def _result(self, profile: Profile, carries: bool) -> Result:
        """What becomes of all who are like one participant."""
        if self.drawing is None:
            ends = self._ends(profile, lambda who: assign(who, self.rules, self.accrual))
            return Result((Branch(1.0, ends),))
        parts, draws = self.drawing.parts(profile, self.accrual, carries)
        return Result(tuple(Branch(part.share, self._ends(profile, part.concluded)) for part in parts), draws)

    def _ends(self, profile: Profile, conclude: Callable[[Profile], Assignment]) -> Ends:
        """The ends of one participant, whoever draws a lot."""
        made = conclude(profile)
        basis, among = made.decision.basis, made.decision.among
        match basis:
            case Basis.SMALLEST_ARM | Basis.MINIMISE:
                end = Ending.of(made, None)
                return tuple(end.with_category(name) for name in among)
            case Basis.LOT | Basis.SEEDED:
                weights = {name: self._weight(name, basis) for name in among}
                total = sum(weights.values())
                drawing = {name: evolve(profile, participant=self._who_draws(name, among, basis)) for name in among}
                return tuple(Ending.of(conclude(who), weights[name] / total) for name, who in drawing.items())
            case Basis.LEAD | Basis.DISTINCT_GENES | Basis.CATEGORY_ORDER | Basis.TIED | Basis.NO_EVIDENCE:
                return (Ending.of(made, 1.0),)
            case _:
                assert_never(basis)

    def _weight(self, name: str, basis: Basis) -> int:
        """The part of a category in a draw; those that are tied draw with equal chances."""
        otherwise = self.rules.content.decision.otherwise
        return otherwise.weight(name) if otherwise and basis is Basis.LOT else 1

    def _who_draws(self, name: str, among: Sequence[str], basis: Basis) -> str:
        """A made-up id whose draw chooses a category."""
        digest, otherwise = self.rules.digest, self.rules.content.decision.otherwise

        def drawn(participant: str) -> str | None:
            if basis is Basis.SEEDED or otherwise is None:
                return min(among, key=partial(random_tie_key, participant, digest))
            lot = Allocation(protocol=otherwise, accrual=self.accrual, participant=participant, digest=digest)
            return lot.choose("lot", among)

        ids = map("forecast {}".format, itertools.count())
        return next(participant for participant in ids if drawn(participant) == name)

    def profile(self, carried: Sequence[GenotypeClass]) -> Profile:
        """A participant who carries these; each comes from another gene."""
        alleles, repeats = dict(self.base.alleles), dict(self.base.repeats)
        for each in carried:
            alleles |= each.alike.alleles
            repeats |= {name: size for name, size in each.alike.repeats.items() if size != self.base.repeats.get(name)}
        return evolve(
            self.base,
            alleles=alleles,
            repeats=repeats,
            variants=tuple(v for each in carried for v in each.alike.variants),
            structural=tuple(s for each in carried for s in each.alike.structural),
        )


def population(rules: Rules, frequencies: Frequencies, laboratory: Laboratory) -> Population:
    """The participants of a trial, when no arm is full."""
    panel = panel_of(rules, BUILD)
    base = _base(panel, laboratory)
    plain = _seen(base, rules)
    p_no_finding = 1.0
    classes: dict[str, tuple[GenotypeClass, ...]] = {}
    for gene, items in frequencies.carried.items():
        groups: dict[tuple[Signature, frozenset[Reason]], list[tuple[Carried, Profile]]] = {}
        before = plain.of(gene)
        for each in items:
            profile = _carrying(each, base, panel, laboratory)
            seen = before if profile is base else _seen(profile, rules).of(gene)
            groups.setdefault((_signature(seen.findings), seen.reasons), []).append((each, profile))
        groups.pop((_signature(before.findings), before.reasons), None)  # what is not seen is like nothing
        chance = sum(each.ppm for group in groups.values() for each, _ in group) / MILLION
        p_no_finding *= 1 - chance
        made = [_genotype_class(gene, group, 1 - chance, before, rules) for group in groups.values()]
        if made:
            classes[gene] = tuple(made)
    return Population(rules, base, p_no_finding, classes, _accrual(rules.content.decision.otherwise))


def _accrual(otherwise: Otherwise | None) -> Accrual | None:
    """Nobody enrolled, where the protocol balances arms; every participant has the same level of each factor."""
    if otherwise is None or not balances(otherwise):
        return None
    return Accrual(levels=dict.fromkeys(otherwise.factors, "any"))


@frozen
class _Seen:
    """What is found of a profile, and the reasons that its flags raise by gene; or the part of one gene."""

    findings: tuple[Finding, ...]
    flagged: tuple[tuple[str, Reason], ...]
    reasons: frozenset[Reason] = frozenset()

    def of(self, gene: str) -> _Seen:
        """What concerns one gene."""
        return _Seen(
            tuple(finding for finding in self.findings if finding.gene == gene),
            (),
            frozenset(reason for name, reason in self.flagged if name == gene),
        )


def _seen(profile: Profile, rules: Rules) -> _Seen:
    findings = find(profile, rules)
    flags = raise_flags(profile, findings, rules)
    holding = ((flag.gene, reason_of_flag(flag.kind)) for flag in flags if flag.holds and flag.truth is Truth.TRUE)
    return _Seen(findings.all, tuple((gene, reason) for gene, reason in holding if reason is not None))


def _signature(findings: Sequence[Finding]) -> Signature:
    """All of a gene's findings that can matter, without the names of their places."""
    seen = [
        (f.tier, f.strength, f.partly, f.at_least, f.revocable, f.carrier_ppm, f.truth.value)
        for f in findings
        if f.truth is not Truth.FALSE
    ]
    return tuple(sorted(seen))


def _genotype_class(
    gene: str, group: Sequence[tuple[Carried, Profile]], without: float, before: _Seen, rules: Rules
) -> GenotypeClass:
    profile = group[0][1]
    seen = _seen(profile, rules).of(gene)
    content = rules.content
    tally = Tally(content, strengths_of(seen.findings, len(content.decision.tiers)))
    base = Tally(content, strengths_of(before.findings, len(content.decision.tiers)))
    names = [category.id for category in content.categories]
    nothing = (0,) * len(content.decision.tiers)
    pairs = ((tally.sums.get(name, nothing), base.sums.get(name, nothing)) for name in names)
    points = [then - now for pair in pairs for then, now in zip(*pair, strict=True)]
    points += [tally.genes.get(name, 0) - base.genes.get(name, 0) for name in names]
    unsure = any(open_genes(Findings.of(each.findings, content)) for each in (seen, before))
    return GenotypeClass(
        gene=gene,
        odds=sum(each.ppm for each, _ in group) / MILLION / without,
        alike=profile,
        names=tuple(each.name for each, _ in group),
        points=tuple(points),
        unresolved=frozenset({(gene, _signature(seen.findings))} if unsure else ()),
        reasons=seen.reasons,
    )


def _base(panel: Panel, laboratory: Laboratory) -> Profile:
    """A participant who carries nothing, as the laboratory sees it: without markers and numbers of copies."""
    normal = normal_profile(panel, laboratory.sex, "forecast")
    return evolve(
        normal,
        inferred_sex=None,
        absent="reference" if laboratory.absent_is_reference else "unknown",
        assessed="all" if laboratory.absent_is_reference else {},
        repeats=normal.repeats if laboratory.repeats else {},
        markers={},
        scores={},
        copy_numbers={},
        annotated=normal.annotated if laboratory.annotated else frozenset(),
        structural_read=laboratory.structural,
    )


def _carrying(each: Carried, base: Profile, panel: Panel, laboratory: Laboratory) -> Profile:
    """A participant who carries one thing, as the laboratory sees it; `base` itself when it does not look."""
    reads: Reads
    match each.kind:
        case "allele":
            allele = panel.listed[panel.variant_by_id[each.name]]
            reads, witness = "alleles", of_allele(allele, laboratory.sex, panel)
        case "repeat":
            reads, witness = "repeats", of_repeat(panel.repeats[each.name], laboratory.sex, panel)
        case "unlisted":
            kind = next(kind_of(criterion) for criterion in panel.criteria if criterion.id == each.name)
            reads, witness = kind.criterion.reads, kind.witness(panel.genes[each.gene], laboratory.sex, panel)
        case _:
            assert_never(each.kind)
    return witness.on(base) if laboratory.sees(reads) else base
