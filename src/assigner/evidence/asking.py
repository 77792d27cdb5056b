"""Asking every criterion of the rule set of each gene, locus and variant of a profile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import evolve, field, frozen

from assigner.evidence.deletions import Partner, none_left, one_lost
from assigner.evidence.findings import CERTAIN, Finding
from assigner.evidence.gates import held
from assigner.genome.variants import Variant
from assigner.profiles.calls import Call, Sex, State, biallelic
from assigner.profiles.profile import Annotation, Interval, Observed, Profile, RepeatSizes
from assigner.rules.criteria import (
    AlleleCriterion,
    AnyCriterion,
    ClinvarCriterion,
    ConsequenceCriterion,
    DeletionCriterion,
    HeteroplasmyCriterion,
    MarkerCriterion,
    RepeatCriterion,
)
from assigner.rules.loci import Allele, Gene, Marker, Repeat
from assigner.rules.panels import Panel
from assigner.rules.scope import concerns, deletable
from assigner.truth import Truth, all_of, any_of

HARMFUL = frozenset({"pathogenic", "other_disease", "mimic"})
"""The classes of alleles that disturb their gene, whatever the disease."""


def ask(profile: Profile, panel: Panel) -> tuple[Finding, ...]:
    """Ask every criterion of everything in a panel; the order is that of tiers, criteria, genes and places."""
    asked = _Asked(profile, panel)
    return tuple(found for criterion in panel.criteria for found in asked.under(criterion).findings(criterion))


def repeat_expanded(repeat: Repeat, sizes: RepeatSizes | None, sex: Sex | None) -> Truth:
    """Whether a repeat is expanded in as many alleles as it takes.

    An allele is expanded when all sizes it can have are, normal when none is above the normal band, else unknown. One
    allele alone leaves the other one of an autosome unknown.
    """
    if sizes is None:
        return Truth.UNKNOWN
    alleles = [_band(repeat, allele) for allele in sizes.ranges]
    haploid = repeat.chrom == "X" and sex is Sex.MALE
    if len(alleles) == 1 and not haploid:
        alleles.append(Truth.UNKNOWN)
    expanded = any_of(alleles) if repeat.needs == "one" else all_of(alleles)
    if repeat.only == "male" and expanded is not Truth.FALSE:
        return Truth.UNKNOWN if sex is None else Truth.FALSE if sex is Sex.FEMALE else expanded
    return expanded


def _band(repeat: Repeat, allele: Interval | None) -> Truth:
    if allele is None:
        return Truth.UNKNOWN
    least, most = allele
    if least >= repeat.expanded:
        return Truth.TRUE
    return Truth.FALSE if most is not None and most <= repeat.normal else Truth.UNKNOWN


def is_clinvar_pathogenic(seen: Observed, stars: int) -> Truth:
    """Whether ClinVar calls a variant (likely) pathogenic with at least these stars."""
    if seen.pathogenic is Truth.TRUE and seen.stars < stars:
        return Truth.FALSE
    return seen.pathogenic


@frozen
class _Asked:
    """One profile asked about one panel."""

    profile: Profile
    panel: Panel
    claims: dict[tuple[str, Variant], Truth] = field(factory=dict)
    counted: set[str] = field(factory=set)
    asked: set[tuple[str, str]] = field(factory=set)

    def under(self, criterion: AnyCriterion) -> _Asked:
        """The same asked under a criterion's own gates; what has been asked and claimed goes on."""
        own = self.panel.gates.get(criterion.id)
        return self if own is None else evolve(self, profile=held(self.profile, own))

    def findings(self, criterion: AnyCriterion) -> Iterator[Finding]:
        if criterion.kind == "listed_allele":
            return self.listed(criterion)
        if criterion.kind == "repeat":
            return self.repeats(criterion)
        if criterion.kind == "heteroplasmy":
            return self.mitochondrial(criterion)
        if criterion.kind == "clinvar" or criterion.kind == "consequence":
            return self.annotated(criterion)
        if criterion.kind == "deletion":
            return self.deletions(criterion)
        return self.markers(criterion)

    def applies(self, criterion: AnyCriterion, gene: str) -> bool:
        known = self.panel.gene(gene)
        return (known.validity if known else "none") in criterion.validity

    def is_first(self, locus: Allele | Repeat | Marker) -> bool:
        """Whether no stronger criterion has asked this locus: it counts once."""
        key = (type(locus).__name__, locus.id)
        known = key in self.asked
        self.asked.add(key)
        return not known

    def prior(self, gene: str) -> int:
        known = self.panel.gene(gene)
        if known is None or known.carrier_ppm is None:
            return self.panel.content.decision.default_carrier_ppm
        return known.carrier_ppm

    def listed(self, criterion: AlleleCriterion) -> Iterator[Finding]:
        for gene, items in self.panel.by_gene.items():
            if not self.applies(criterion, gene):
                continue
            fitting = [(v, a) for v, a in items if a.allele_class in criterion.classes and self.is_first(a)]
            each = -(-self.prior(gene) // max(1, len(fitting)))
            for variant, allele in fitting:
                if allele.needs != "two":
                    yield self.single(criterion, variant, allele, each)
            if recessive := [(v, a) for v, a in fitting if a.needs == "two"]:
                yield self.pair(criterion, gene, recessive, each * len(recessive))

    def single(self, criterion: AlleleCriterion, variant: Variant, allele: Allele, prior: int) -> Finding:
        call = self.profile.call(variant)
        truth = call.carries
        if allele.needs == "one_or_two" and truth is Truth.TRUE and call.on_every_haplotype is not Truth.TRUE:
            truth = Truth.UNKNOWN
        prior = CERTAIN if call.suspected else prior
        return _finding(criterion, allele.gene, (allele.id,), truth, carrier_ppm=prior, shown=shown(call))

    def pair(
        self, criterion: AlleleCriterion, gene: str, items: Sequence[tuple[Variant, Allele]], prior: int
    ) -> Finding:
        calls = [(variant, self.profile.call(variant)) for variant, _ in items]
        loci = tuple(
            allele.id for (_, allele), (_, call) in zip(items, calls, strict=True) if call.carries is not Truth.FALSE
        )
        seen = ", ".join(shown(call) for _, call in calls if call.suspected)
        prior = CERTAIN if seen else prior
        return _finding(criterion, gene, loci, biallelic(calls), carrier_ppm=prior, shown=seen)

    def repeats(self, criterion: RepeatCriterion) -> Iterator[Finding]:
        for repeat in self.panel.repeats.values():
            if repeat.use == "evidence" and self.applies(criterion, repeat.gene) and self.is_first(repeat):
                sizes = self.profile.repeats.get(repeat.id)
                truth = repeat_expanded(repeat, sizes, self.profile.deciding_sex)
                seen = "" if sizes is None else str(sizes)
                prior = (
                    CERTAIN if sizes is not None and sizes.shows_more_than(repeat.normal) else self.prior(repeat.gene)
                )
                yield _finding(criterion, repeat.gene, (repeat.id,), truth, carrier_ppm=prior, shown=seen)

    def mitochondrial(self, criterion: HeteroplasmyCriterion) -> Iterator[Finding]:
        for gene, items in self.panel.by_gene.items():
            if not self.applies(criterion, gene):
                continue
            fitting = [(v, a) for v, a in items if a.allele_class in criterion.classes and v.chrom == "MT"]
            fitting = [(v, a) for v, a in fitting if self.is_first(a)]
            each = -(-self.prior(gene) // max(1, len(fitting)))
            for variant, allele in fitting:
                call = self.profile.call(variant)
                truth = _by_fraction(criterion, call)
                seen = shown(call) if call.fraction is None else f"{shown(call)} at {call.fraction:f}"
                prior = CERTAIN if call.suspected else each
                yield _finding(criterion, gene, (allele.id,), truth, carrier_ppm=prior, shown=seen)

    def annotated(self, criterion: ClinvarCriterion | ConsequenceCriterion) -> Iterator[Finding]:
        for gene in self.panel.asked:
            if gene.validity not in criterion.validity or not concerns(criterion, gene):
                continue
            yield self.in_gene(criterion, gene)

    def in_gene(self, criterion: ClinvarCriterion | ConsequenceCriterion, gene: Gene) -> Finding:
        """Whether the gene has an unlisted variant of this kind, in as many copies as its inheritance needs."""
        seen = [o for o in self.profile.variants if o.gene == gene.symbol and o.variant not in self.panel.listed]
        seen.sort(key=lambda o: o.variant)
        fits = [(o, qualifies(criterion, o)) for o in seen]
        fits = [(o, fit) for o, fit in fits if fit is not Truth.FALSE and o.call.carries is not Truth.FALSE]
        free = [(o, self.unclaimed(o, fit)) for o, fit in fits if self.claim(o) is not Truth.TRUE]
        truth = self.in_copies(gene, free)
        looked = self.profile.looked_for(gene.symbol, _annotation(criterion), self.panel.content.gates.assessed)
        if truth is Truth.FALSE and not looked:
            truth = Truth.UNKNOWN
        revocable = any(self.claim(o) is Truth.UNKNOWN for o, _ in free) and truth is Truth.TRUE
        for o, fit in fits:  # of two that count together or not at all, none is claimed when they do not
            counts = all_of((fit, truth)) if gene.inheritance == "recessive" else fit
            self.claims[o.gene, o.variant] = any_of((self.claim(o), counts))
        if truth is Truth.TRUE:
            self.counted.add(gene.symbol)
        return _finding(
            criterion,
            gene.symbol,
            tuple(str(o.variant) for o, _ in free) or (gene.symbol,),
            truth,
            revocable=revocable,
            carrier_ppm=CERTAIN if free else criterion.carrier_ppm,
            shown=", ".join(shown(o.call) for o, _ in free),
        )

    def claim(self, seen: Observed) -> Truth:
        """Whether a stronger criterion counts the variant for its gene."""
        return self.claims.get((seen.gene, seen.variant), Truth.FALSE)

    def unclaimed(self, seen: Observed, fit: Truth) -> Truth:
        """Whether a variant fits and is free to count here: one variant counts once, by its strongest criterion.

        One that may count more strongly counts here until that is known, unless its gene already counts there.
        """
        claimed = self.claim(seen) is Truth.UNKNOWN and seen.gene in self.counted
        return all_of((fit, Truth.UNKNOWN)) if claimed else fit

    def in_copies(self, gene: Gene, free: Sequence[tuple[Observed, Truth]]) -> Truth:
        if gene.inheritance != "recessive":
            return any_of(all_of((fit, o.call.carries)) for o, fit in free)
        unsure = Call(State.NOT_ASSESSED)
        calls = [(o.variant, o.call if fit is Truth.TRUE else unsure) for o, fit in free]
        own = any_of(call.carries for _, call in calls)
        partners = [
            (v, self.profile.call(v))
            for v, a in self.panel.by_gene.get(gene.symbol, ())
            if a.needs == "two" and a.allele_class in HARMFUL
        ]
        return all_of((own, biallelic([*calls, *partners])))

    def deletions(self, criterion: DeletionCriterion) -> Iterator[Finding]:
        for gene in self.panel.asked:
            if gene.validity in criterion.validity and deletable(gene, criterion):
                yield self.deletion(criterion, gene)

    def deletion(self, criterion: DeletionCriterion, gene: Gene) -> Finding:
        """Whether the gene, or an exon of it, is deleted in as many copies as its inheritance needs."""
        least = criterion.reach
        own = [seen for seen in self.profile.structural if seen.gene == gene.symbol]
        own = [s for s in own if all_of((s.takes(least), s.call.carries)) is not Truth.FALSE]
        own.sort(key=str)
        looked = self.profile.looked_for_structural
        if gene.inheritance == "recessive":
            partners, all_seen = self.partners(gene)
            truth = none_left(own, partners, least)
            looked = looked and (all_seen or not own)
        else:
            truth = one_lost(own, least)
        return _finding(
            criterion,
            gene.symbol,
            tuple(map(str, own)) or (gene.symbol,),
            Truth.UNKNOWN if truth is Truth.FALSE and not looked else truth,
            carrier_ppm=CERTAIN if any(s.call.seen for s in own) else criterion.carrier_ppm,
            shown=", ".join(shown(s.call) for s in own),
        )

    def partners(self, gene: Gene) -> tuple[list[Partner], bool]:
        """The gene's small variants that may disturb its other copy, and whether none of them can have been missed."""
        criteria = [
            c
            for c in self.panel.content.criteria
            if isinstance(c, ClinvarCriterion | ConsequenceCriterion)
            and gene.validity in c.validity
            and concerns(c, gene)
        ]
        listed = [
            Partner(v, self.profile.call(v), Truth.TRUE)
            for v, a in self.panel.by_gene.get(gene.symbol, ())
            if a.needs == "two" and a.allele_class in HARMFUL
        ]
        unlisted = [
            Partner(o.variant, o.call, any_of(qualifies(c, o) for c in criteria))
            for o in self.profile.variants
            if o.gene == gene.symbol and o.variant not in self.panel.listed
        ]
        least = self.panel.content.gates.assessed
        return [*listed, *unlisted], all(self.profile.looked_for(gene.symbol, _annotation(c), least) for c in criteria)

    def markers(self, criterion: MarkerCriterion) -> Iterator[Finding]:
        for marker in self.panel.markers.values():
            if self.applies(criterion, marker.gene) and self.is_first(marker):
                yield _marker_finding(criterion, marker, self.profile.markers.get(marker.rsid))


def shown(call: Call) -> str:
    """A call in words and VCF notation, for people."""
    return f"{call.genotype} ({call.state})" if call.genotype else str(call.state)


def _finding(
    criterion: AnyCriterion,
    gene: str,
    loci: tuple[str, ...],
    truth: Truth,
    *,
    carrier_ppm: int,
    shown: str,
    revocable: bool = False,
    strength: int | None = None,
    partly: int = 0,
) -> Finding:
    return Finding(
        criterion=criterion.id,
        gene=gene,
        loci=loci,
        truth=truth,
        tier=criterion.tier,
        strength=criterion.points if strength is None else strength,
        partly=partly,
        revocable=revocable,
        carrier_ppm=carrier_ppm,
        shown=shown,
    )


def marker_carried(marker: Marker, letters: tuple[str | None, ...] | None) -> Truth:
    """Whether a common allele is carried; letters that are neither of its two say nothing."""
    if not letters or not set(letters) <= {marker.effect, marker.other}:
        return Truth.UNKNOWN
    return Truth.TRUE if marker.effect in letters else Truth.FALSE


def _marker_finding(criterion: MarkerCriterion, marker: Marker, letters: tuple[str | None, ...] | None) -> Finding:
    """A common allele: worth its log odds ratio for each copy; unknown letters may be two copies."""
    assert marker.log_odds is not None
    truth = marker_carried(marker, letters)
    copies = 2 if truth is Truth.UNKNOWN or letters is None else letters.count(marker.effect)
    return _finding(
        criterion,
        marker.gene,
        (marker.id,),
        truth,
        carrier_ppm=CERTAIN,
        shown="/".join(letter or "." for letter in letters or ()),
        strength=copies * marker.log_odds * criterion.points // 1000,
        partly=marker.log_odds * criterion.points // 1000 if truth is Truth.UNKNOWN else 0,
    )


def _by_fraction(criterion: HeteroplasmyCriterion, call: Call) -> Truth:
    """A genotype alone does not say how many mitochondrial genomes carry the allele."""
    if call.carries is not Truth.TRUE:
        return call.carries
    if call.fraction is None:
        return Truth.UNKNOWN
    if call.fraction >= criterion.counts:
        return Truth.TRUE
    return Truth.FALSE if call.fraction < criterion.ignored else Truth.UNKNOWN


def _annotation(criterion: ClinvarCriterion | ConsequenceCriterion) -> Annotation:
    return "clinvar" if criterion.kind == "clinvar" else "consequence"


def qualifies(criterion: ClinvarCriterion | ConsequenceCriterion, seen: Observed) -> Truth:
    """Whether the variant is of the kind that the criterion asks for, carried or not."""
    if criterion.kind == "clinvar":
        common = seen.frequency is not None and seen.frequency > criterion.max_frequency
        return Truth.FALSE if common else is_clinvar_pathogenic(seen, criterion.stars)
    if seen.terms is None:
        return Truth.UNKNOWN
    if not set(seen.terms) & set(criterion.terms):
        return Truth.FALSE
    asked = [Truth.UNKNOWN if seen.frequency is None else _truth(seen.frequency <= criterion.max_frequency)]
    if criterion.predictor is not None and criterion.at_least is not None:
        score = seen.predictors.get(criterion.predictor)
        asked.append(Truth.UNKNOWN if score is None else _truth(score >= criterion.at_least))
    if criterion.spare_last_exon == "yes":
        asked.append(~seen.last_exon)
    return all_of(asked)


def _truth(holds: bool) -> Truth:
    return Truth.TRUE if holds else Truth.FALSE
