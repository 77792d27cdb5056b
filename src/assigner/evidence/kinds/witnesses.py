"""Witnesses: minimal evidence that makes a finding true."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from attrs import evolve, field, frozen

from assigner.genome.variants import Variant
from assigner.profiles.calls import Call, Sex
from assigner.profiles.made_up import (
    believed_call,
    copies_of,
    normal_units,
    repeat_copies,
    residues_in,
    unlisted_variant,
)
from assigner.profiles.profile import Observed, Profile, RepeatSizes, StructuralCall
from assigner.rules.criteria import Placed
from assigner.rules.loci import Allele, Gene
from assigner.rules.panels import Panel
from assigner.rules.repeats import Repeat
from assigner.truth import Truth


@frozen(kw_only=True)
class Witness:
    """The evidence in one gene that makes a finding true."""

    alleles: Mapping[Variant, Call] = field(factory=dict, hash=False)
    repeats: Mapping[str, RepeatSizes] = field(factory=dict, hash=False)
    markers: Mapping[str, tuple[str | None, ...]] = field(factory=dict, hash=False)
    variants: tuple[Observed, ...] = ()
    structural: tuple[StructuralCall, ...] = ()

    def on(self, profile: Profile) -> Profile:
        """A profile with this evidence added."""
        return evolve(
            profile,
            alleles={**profile.alleles, **self.alleles},
            repeats={**profile.repeats, **self.repeats},
            markers={**profile.markers, **self.markers},
            variants=(*profile.variants, *self.variants),
            structural=(*profile.structural, *self.structural),
        )


def carried(panel: Panel, variant: Variant, on_every_copy: bool, sex: Sex) -> Call:
    """A call that passes quality control, on one copy or on every copy; for MT, in every mitochondrial genome."""
    copies = 1 if variant.chrom == "MT" else copies_of(panel.build, variant.chrom, variant.pos, sex)
    return believed_call(panel.content, (on_every_copy, True)[-copies:])


def of_allele(allele: Allele, sex: Sex, panel: Panel) -> Witness:
    """A listed allele in the number of copies that it needs."""
    variant = panel.variant_by_id[allele.id]
    return Witness(alleles={variant: carried(panel, variant, allele.needs != "one", sex)})


def of_repeat(repeat: Repeat, sex: Sex, panel: Panel) -> Witness:
    """A repeat of the smallest harmful size in as many alleles as it needs, normal in the others."""
    copies = repeat_copies(panel, repeat, sex)
    harmful = min(copies, 2 if repeat.needs == "two" else 1)
    sizes = (repeat.least_harmful,) * harmful + (normal_units(panel, repeat),) * (copies - harmful)
    return Witness(repeats=dict.fromkeys(panel.repeat_ids(repeat.id), RepeatSizes(sizes)))


def of_gene(
    criterion: Placed,
    gene: Gene,
    sex: Sex,
    panel: Panel,
    *,
    pathogenic: Truth,
    stars: int = 0,
    conditions: tuple[str, ...] = (),
    terms: tuple[str, ...] = (),
) -> Witness:
    """An unlisted annotated variant of frequency 0 that fits a criterion and lies where it asks."""
    spot = next((region for region in gene.regions if region.id in criterion.within), None)
    variant = unlisted_variant(panel, gene, spot, terms)
    seen = Observed(
        gene=gene.symbol,
        variant=variant,
        call=carried(panel, variant, criterion.needs_two(gene), sex),
        terms=terms,
        pathogenic=pathogenic,
        stars=stars,
        conditions=conditions,
        frequency=Decimal(0),
        predictors=dict.fromkeys(panel.content.fields.predictors, Decimal(1)),
        last_exon=Truth.FALSE,
        penultimate_exon=Truth.FALSE,
        residues=residues_in(gene, spot),
    )
    return Witness(variants=(seen,))
