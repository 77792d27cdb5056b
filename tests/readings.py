"""A small rule set, and what is read of a table of records."""

from __future__ import annotations

from pathlib import Path

from assigner.profiles.calls import Call
from assigner.profiles.profile import Profile
from assigner.rules import Rules
from assigner.rules.panels import panel_of
from assigner.vcf.reading import read_profile
from dialects import (
    base,
    other,
)
from vcfs import allele, gene, marker, repeat, rules_of, vcf, written

SNV = rules_of(
    alleles=[
        allele("A", "1", 9041, base(9041), other(9041, 0)),
        allele("X", "X", 5_000_001, "C", "T"),
        allele("PAR", "X", 20_000, "C", "T", pos37=70_000),
        allele("MT", "MT", 3243, "A", "G", **{"class": "mitochondrial"}),
    ],
    genes=[gene("GX", "X", 5_000_000, 5_000_900)],
    repeats=[repeat("R", "CAG", "4", 12_000, 12_060), repeat("RX", "CAG", "X", 12_000, 12_060)],
    markers=[marker("rs1", "2", 7_000, "T", "C")],
)
LINE = f"1 9041 {base(9041)} {other(9041, 0)} PASS . GT:DP:GQ:AD"


def profile_of(folder: Path, table: str, rules: Rules = SNV, *, read: dict | None = None, **dress) -> Profile:
    return read_profile(written(folder, vcf(table, **dress)), rules, **(read or {}))


def call_in(folder: Path, table: str, name: str = "A", **dress) -> Call:
    profile = profile_of(folder, table, **dress)
    return profile.call(panel_of(SNV, profile.build).variant_by_id[name])


def sex_check(profile: Profile) -> tuple[str, str]:
    (found,) = ((check.result, check.evidence) for check in profile.checks if check.name == "inferred_sex")
    return found
