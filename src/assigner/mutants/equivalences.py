"""Proofs that a perturbed value is never read, so that every profile gets the same answer.

Each rests on what the rule set asks, which is the same for all profiles: a gene without a question has no finding, and
a threshold that moves between two sums of points moves past nobody.
"""

from __future__ import annotations

import typing

from attrs import field, frozen

from assigner.evidence.answers import questions_of
from assigner.evidence.kinds.registry import kind_of
from assigner.genome.builds import Build
from assigner.mutants.perturbations import Mutant
from assigner.mutants.sums import has_between, leads_between, sums_in_tier
from assigner.rules import Rules
from assigner.rules.criteria import (
    AlleleCriterion,
    AnyCriterion,
    BurdenCriterion,
    GeneWide,
    HeteroplasmyCriterion,
    Placed,
    Unmet,
)
from assigner.rules.effects import Effect
from assigner.rules.loci import Allele, Gene, Part, name_of
from assigner.rules.panels import Panel, panel_of
from assigner.rules.schema import Mimic, Therapy
from assigner.rules.score_criteria import AgreementCriterion, PolygenicCriterion

OF_ROWS = frozenset(typing.get_args(Unmet))
"""What a criterion asks of the rows of alleles, and so of which alleles it asks."""


@frozen(eq=False)
class Proofs:
    """What a rule set asks, as far as it proves that a value of it is not read.

    Attributes:
        asked: the genes of which there is any question, on either build.
        genes: the genes by symbol.
        harmful: the genes with an active allele that disturbs them.
        panel: what it asks about, for what is the same on both builds.
    """

    rules: Rules
    panel: Panel = field(init=False)
    asked: frozenset[str] = field(init=False)
    genes: dict[str, Gene] = field(init=False)
    harmful: frozenset[str] = field(init=False)

    @panel.default
    def _panel(self) -> Panel:
        return panel_of(self.rules, Build.GRCH38)

    @property
    def panels(self) -> tuple[Panel, ...]:
        """What it asks about on each build."""
        return tuple(panel_of(self.rules, build) for build in Build)

    @asked.default
    def _asked(self) -> frozenset[str]:
        return frozenset(gene for build in Build for gene in questions_of(self.rules, build).places)

    @genes.default
    def _genes(self) -> dict[str, Gene]:
        return {gene.symbol: gene for gene in self.rules.content.genes}

    @harmful.default
    def _harmful(self) -> frozenset[str]:
        return frozenset(a.gene for p in self.panels for a in p.alleles.values() if a.is_harmful)

    def of(self, mutant: Mutant) -> str | None:
        """Why the mutant answers every profile as the rule set does, or None where that is not proven."""
        content = self.rules.content
        match mutant.perturbation.path:
            case ("genes", int(at), "shares", int(), "share"):
                return self.of_share(content.genes[at])
            case ("genes", int(at), "carrier_ppm"):
                return self.of_carriers(content.genes[at], mutant.rules.content.genes[at])
            case ("genes", int(at), "effects", int(step), *_):
                return self.of_effect(content.genes[at], content.genes[at].effects[step])
            case ("alleles", int(at), "needs"):
                return self.of_needs(content.alleles[at])
            case ("flags", "mimics", int(at), "action"):
                return self.of_mimic(content.flags.mimics[at])
            case ("flags", "therapies", int(at), "action"):
                return self.of_therapy(content.flags.therapies[at])
            case ("markers", int(at), "log_odds"):
                return f"{content.markers[at].id} is inactive" if content.markers[at].inactive else None
            case ("criteria", int(at), "validity" | "classes" | "mechanisms" | "inheritance"):
                return self.of_scope(content.criteria[at], mutant.rules.content.criteria[at])
            case ("criteria", int(at), name) if name in OF_ROWS and isinstance(content.criteria[at], AlleleCriterion):
                return self.of_scope(content.criteria[at], mutant.rules.content.criteria[at])
            case ("criteria", int(at), "two_in"):
                return self.of_copies(content.criteria[at], mutant.rules.content.criteria[at])
            case ("criteria", int(at), "within" | "outside"):
                return self.of_regions(content.criteria[at], mutant.rules.content.criteria[at])
            case ("criteria", int(at), "points") if _is_only_reported(content.criteria[at]):
                return f"{content.criteria[at].id} is only reported"
            case ("criteria", int(at), "carrier_ppm") if proof := self.of_prior(content.criteria[at]):
                return proof
            case ("criteria", int(at), "harmful") if proof := self.of_harmful(content.criteria[at]):
                return proof
            case ("criteria", int(at), *_):
                return self.of_idle(content.criteria[at])
            case ("decision", "tiers", int(at), "minimum" | "margin" as name):
                tiers = content.decision.tiers[at], mutant.rules.content.decision.tiers[at]
                low, high = sorted(getattr(tier, name) for tier in tiers)
                return self.of_threshold(tiers[0].tier, name == "margin", low, high)
            case _:
                return None

    def beyond_cases(self, mutant: Mutant) -> str | None:
        """Why no case can kill a mutant that is no rule set's equal, or None where one may.

        A case has no records: what a file's record must have to be believed is asked when the file is read.
        """
        match mutant.perturbation.path:
            case ("gates", name, *_) if name != "assessed":
                return "asked of the records of files, which no case has"
            case ("criteria", int(at), "points") if self.gives_nothing(self.rules.content.criteria[at]):
                return "no gene that is worth so much has a share in a category, so no case sees it"
            case _:
                return None

    def of_threshold(self, tier: int, is_lead: bool, low: int, high: int) -> str | None:
        """No points, or no lead of one category over another, lie between the two values of a threshold."""
        sums = sums_in_tier(self.panels, tier)
        if sums is None:
            return None
        if not is_lead:
            between = any(has_between(own, low, high) for own in sums.values())
            return None if between else f"no category can have {low} to {high - 1} points in tier {tier}"
        if any(leads_between(sums[one], sums[other], low, high) for one in sums for other in sums if one != other):
            return None
        return f"no category can lead another by {low} to {high - 1} points in tier {tier}"

    def of_prior(self, criterion: AnyCriterion) -> str | None:
        """The prior of a criterion is not asked where each gene has its own."""
        effects = self.rules.content.effects
        own = [effects.get((criterion.id, _gene_of(part))) for part in self.panel.scope(criterion)]
        if any(effect is None or effect.carrier_ppm is None for effect in own):
            return None
        return f"each gene that {criterion.id} asks about has its own carriers"

    def of_harmful(self, criterion: AnyCriterion) -> str | None:
        """That a finding is as good as a pathogenic variant is asked where a therapy aims at its gene."""
        aimed = {therapy.gene for therapy in self.rules.content.flags.therapies}
        if any(_gene_of(part) in aimed for part in self.panel.scope(criterion)):
            return None
        return f"no therapy aims at a gene that {criterion.id} asks about"

    def gives_nothing(self, criterion: AnyCriterion) -> bool:
        """Whether each gene that is worth the criterion's own points has no share in any category."""
        content = self.rules.content
        genes = {_gene_of(part) for part in self.panel.scope(criterion)}
        effects = {gene: content.effects.get((criterion.id, gene)) for gene in genes}
        plain = {gene for gene, effect in effects.items() if effect is None or effect.odds_ratio is None}
        return kind_of(criterion).fixed_points and not any(content.shares_of.get(gene) for gene in plain)

    def of_share(self, gene: Gene) -> str | None:
        """No finding of the gene, so nothing that its shares divide."""
        return None if gene.symbol in self.asked else f"no criterion asks anything of {gene.symbol}"

    def of_carriers(self, before: Gene, after: Gene) -> str | None:
        """No finding of the gene; or its carriers are shared out among mitochondrial alleles, rounded up."""
        if before.symbol not in self.asked:
            return f"no criterion asks anything of {before.symbol}"
        for criterion in self.rules.content.criteria:
            parts = [part for part in self.panel.scope(criterion) if _gene_of(part) == before.symbol]
            own = sum(isinstance(part, Allele) and self.panel.is_asked_by(part, criterion) for part in parts)
            parts_alike = own and _part(before, own) == _part(after, own)
            if parts and not (isinstance(criterion, HeteroplasmyCriterion) and parts_alike):
                return None
        return f"each allele of {before.symbol} keeps its part"

    def of_effect(self, gene: Gene, effect: Effect) -> str | None:
        """What is published of a gene counts only where the criterion asks about it, and gives its shares something."""
        criterion = next(c for c in self.rules.content.criteria if c.id == effect.criterion)
        parts = self.panel.scope(criterion)
        asked = gene.symbol in {_gene_of(part) for part in parts}
        return None if asked else f"{criterion.id} asks nothing of {gene.symbol}"

    def of_needs(self, allele: Allele) -> str | None:
        """How many copies an allele needs is asked where it is evidence, or may be the partner of an unlisted one."""
        if not allele.is_active:
            return f"{allele.id} is inactive"
        if any(kind_of(criterion).reads_needs(allele, self.panel) for criterion in self.rules.content.criteria):
            return None
        return f"no criterion asks in how many copies {allele.id} ({allele.allele_class}) is there"

    def of_mimic(self, mimic: Mimic) -> str | None:
        """A flag does something only when it is raised."""
        return (
            None if self.can_be_raised(mimic) else f"nothing can raise {mimic.id}: no variant of {mimic.gene} is read"
        )

    def can_be_raised(self, mimic: Mimic) -> bool:
        """Whether a profile can hold what triggers it: a listed allele, or a variant in a gene of the rule set."""
        return mimic.trigger in ("repeat", "copy_number") or mimic.gene in self.harmful or mimic.gene in self.genes

    def of_therapy(self, therapy: Therapy) -> str | None:
        """As of a mimic; what is pathogenic is a listed allele, ClinVar's word, or a mimic of the gene."""
        if therapy.trigger == "none":
            return f"{therapy.id} has no trigger"
        mimics = (mimic for mimic in self.rules.content.flags.mimics if mimic.gene == therapy.gene)
        if therapy.trigger != "pathogenic" or therapy.gene in self.asked or any(map(self.can_be_raised, mimics)):
            return None
        return f"nothing can raise {therapy.id}: no variant of {therapy.gene} is read"

    def of_scope(self, before: AnyCriterion, after: AnyCriterion) -> str | None:
        """To whom a criterion applies says nothing beyond what it then asks."""
        if self.scope(before) == self.scope(after):
            return f"{before.id} asks the same without it"
        return self.of_idle(before)

    def of_copies(self, before: AnyCriterion, after: AnyCriterion) -> str | None:
        """In which inheritances two copies are needed says nothing where no gene that is asked has them."""
        assert isinstance(before, GeneWide) and isinstance(after, GeneWide)
        genes = [part for part in self.panel.scope(before) if isinstance(part, Gene)]
        if all(before.needs_two(gene) == after.needs_two(gene) for gene in genes):
            return f"{before.id} asks for the same copies without it"
        return None

    def of_regions(self, before: AnyCriterion, after: AnyCriterion) -> str | None:
        """Names of regions say nothing where no gene that is asked has a region of that name."""
        assert isinstance(before, Placed) and isinstance(after, Placed)
        changed = {*before.within, *before.outside} ^ {*after.within, *after.outside}
        genes = [part for part in self.panel.scope(before) if isinstance(part, Gene)]
        if self.scope(before) == self.scope(after) and not any(r.id in changed for g in genes for r in g.regions):
            return f"{before.id} asks no gene with such a region"
        return self.of_idle(before)

    def of_idle(self, criterion: AnyCriterion) -> str | None:
        """A criterion that asks nothing is the same as none; a score or burden asks, though of no single gene."""
        return (
            None
            if self.scope(criterion) or isinstance(criterion, PolygenicCriterion | AgreementCriterion | BurdenCriterion)
            else f"{criterion.id} asks nothing"
        )

    def scope(self, criterion: AnyCriterion) -> frozenset[tuple[type[Part], str]]:
        """All that a criterion can ask about, were there no other one."""
        return frozenset((type(part), name_of(part)) for part in self.panel.scope(criterion))


def _is_only_reported(criterion: AnyCriterion) -> bool:
    """Whether it is never worth a point, whatever it finds."""
    return isinstance(criterion, BurdenCriterion) and criterion.effect is None


def _gene_of(part: Part) -> str:
    return part.symbol if isinstance(part, Gene) else part.gene


def _part(gene: Gene, alleles: int) -> int | None:
    """What of a gene's carriers each of so many alleles has, rounded up."""
    return None if gene.carrier_ppm is None else -(-gene.carrier_ppm // alleles)
