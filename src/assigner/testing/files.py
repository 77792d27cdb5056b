"""VCFs of any rule set, each with the profile that it means."""

from __future__ import annotations

import functools
from decimal import Decimal
from itertools import pairwise

from attrs import evolve, frozen
from hypothesis import strategies as st

from assigner.genome.builds import Build
from assigner.genome.variants import Variant
from assigner.profiles.calls import Call, State
from assigner.profiles.profile import Profile
from assigner.rules import Rules
from assigner.rules.schema import Gates
from assigner.synthetic.vcfs import Row, Vcf
from assigner.testing.drawing import composite
from assigner.testing.loci import builds, choices_of

NEAR = 100
"""Records at least this many bases apart do not affect each other."""

_META = (
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">',
    '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Depth of each allele">',
    '##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Genotype quality">',
)


@frozen
class VcfFile:
    """A VCF's bytes, and the profile that they mean when an absent record is declared to be reference."""

    content: bytes
    profile: Profile


@composite
def vcf_files(draw: st.DrawFn, rules: Rules, most: int = 6) -> VcfFile:
    """Small sound VCFs without annotation: listed alleles of autosomes, far enough apart not to affect each other.

    Args:
        draw: Hypothesis's own.
        rules: the rule set whose alleles are written.
        most: the largest number of records.
    """
    build, gates = draw(builds), rules.content.gates
    isolated = _isolated(rules, build)
    chosen = draw(st.lists(st.sampled_from(isolated), max_size=most, unique=True)) if isolated else []
    accepted = next(iter(gates.filters), ".")
    depth, quality = max(30, gates.depth), max(50, gates.quality)
    rows, alleles = [], {}
    for variant in chosen:
        genotype = draw(st.sampled_from(["0/0", "0/1", "1/1", "./."]))
        filters, reads = draw(
            st.sampled_from([(accepted, depth), (accepted, depth), ("Refused", depth), (accepted, 0)])
        )
        carrying = reads * _share(genotype, gates) // 1000
        values = f"{genotype}:{reads}:{reads - carrying},{carrying}:{quality}"
        rows.append(_row(variant, filters, values))
        call = Call(State.REFERENCE) if genotype == "0/0" else Call.of(genotype)
        if filters == "Refused":
            call = evolve(Call.of(genotype), state=State.FILTERED, why="its FILTER is not accepted")
        elif reads < gates.depth and genotype != "./.":
            call = evolve(Call.of(genotype), state=State.LOW_QUALITY, why="too few reads")
        fraction = Decimal(carrying) / reads if reads else None
        alleles[variant] = evolve(call, depth=reads, quality=quality, fraction=fraction)
    filtered = [
        f'##FILTER=<ID={each},Description="Of a test">' for each in dict.fromkeys((accepted, "Refused")) if each != "."
    ]
    profile = Profile(participant="P1", build=build, absent="reference", alleles=alleles)
    return VcfFile(Vcf.on(build, rows, sample="P1", meta=(*_META, *filtered)).content, profile)


def _row(variant: Variant, filters: str, values: str) -> Row:
    return Row(
        chrom=variant.chrom, pos=variant.pos, ref=variant.ref, alt=variant.alt, filters=filters,
        keys="GT:DP:AD:GQ", samples=(values,),
    )  # fmt: skip


def _share(genotype: str, gates: Gates) -> int:
    """The share of reads that carry the allele, in thousandths, as the gates expect it."""
    return {"0/1": sum(gates.het_balance) // 2, "1/1": 1000}.get(genotype, 0)


@functools.lru_cache(maxsize=16)
def _isolated(rules: Rules, build: Build) -> tuple[Variant, ...]:
    """The listed alleles of autosomes that have no other one near them."""
    listed = sorted(choices_of(rules, build).listed, key=lambda v: (v.chrom, v.pos))
    apart = NEAR + max((len(v.ref) + len(v.alt) for v in listed), default=0)
    near = [one.chrom == other.chrom and other.pos - one.pos <= apart for one, other in pairwise(listed)]
    return tuple(
        variant
        for variant, before, after in zip(listed, [False, *near], [*near, False], strict=True)
        if variant.chrom.isdigit() and not before and not after
    )
