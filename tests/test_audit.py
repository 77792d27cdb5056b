"""The audit of June 2026 replayed row by row; its expectations stand in `audit.yaml`."""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from attrs import evolve

from assigner import read_rules
from assigner.assignments import assign
from assigner.cases.cases import parse_cases
from assigner.genome.builds import Build
from assigner.genome.variants import trimmed
from assigner.rules import Rules
from assigner.rules.loci import Allele
from assigner.rules.panels import panel_of
from assigner.rules.scalars import Reasoned

HERE = Path(__file__).parent
AUDIT = yaml.load((HERE / "audit.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
ROWS: dict[str, dict[str, Any]] = AUDIT["rows"]
NEWER = HERE.parents[1] / "shared" / "knowledge" / "2026" / "clinvar_2026_plp_not_in_alleles.tsv"
PUBLISHED = HERE.parents[1] / "shared" / "knowledge" / "2026" / "audit_rules.tsv"


@cache
def rules() -> Rules:
    return read_rules()


def part_of(path: str) -> tuple[Any, str]:
    """A part of the rule set, and the rest of the path: `alleles.CHCHD10-P80L.class`."""
    holder: Any = rules().content
    first, _, rest = path.partition(".")
    if first == "flags":
        holder, (first, _, rest) = holder.flags, rest.partition(".")
    items = {getattr(item, "symbol", getattr(item, "id", None)): item for item in getattr(holder, first)}
    name = max((name for name in items if rest == name or rest.startswith(f"{name}.")), key=len)
    return items[name], rest[len(name) + 1 :]


@pytest.mark.holds("RULE-12")
@pytest.mark.parametrize("row", ROWS)
def test_what_the_audit_found_wrong_has_its_right_value(row):
    for path, wanted in ROWS[row].get("values", {}).items():
        part, field = part_of(path)
        found = part.allele_class if field == "class" else getattr(part, field)
        assert str(found) == wanted, path
    for name in ROWS[row].get("inactive", ()):
        assert part_of(f"markers.{name}")[0].inactive
    for path, least in ROWS[row].get("counts", {}).items():
        gene = path.partition(".")[2]
        assert sum(allele.gene == gene and allele.is_active for allele in rules().content.alleles) >= int(least)


@pytest.mark.holds("RULE-12")
@pytest.mark.parametrize("row", [row for row, said in ROWS.items() if "shows" in said])
def test_who_shows_it_gets_what_the_audit_asks_for(row):
    shown = [
        {"id": f"row-{row}-{number}", "because": "the audit", **case} for number, case in enumerate(ROWS[row]["shows"])
    ]
    text = yaml.safe_dump({"start": AUDIT["start"], "kinds": AUDIT["kinds"], "cases": shown}, sort_keys=False)
    for case in parse_cases(text.encode(), rules()):
        made = assign(case.profile, rules())
        stated = case.example.expect
        if not stated.reasons and stated.outcome == "review":  # the audit does not say why a person decides
            named = {"reasons": tuple(reason.reason.value for reason in made.reasons), "provisional": made.provisional}
            stated = stated.model_copy(update=named)
        told = evolve(case, example=case.example.model_copy(update={"expect": stated})).faults(made)
        assert not told, (case.example.id, told)


@pytest.mark.parametrize("row", [row for row, said in ROWS.items() if "differs" in said])
def test_where_the_rule_set_differs_from_the_audit_it_says_so(row):
    part, _ = part_of(ROWS[row]["differs"])
    assert isinstance(part, Reasoned)
    said = " ".join(filter(None, (part.because, getattr(part, "note", None))))
    assert "audit" in said or "open for the curators" in said


def test_the_priors_of_the_mitochondrial_genes_are_those_of_all_their_diseases_together():
    genes = [gene for gene in rules().content.genes if gene.chrom == "MT"]
    assert sum(gene.carrier_ppm or 500 for gene in genes) == pytest.approx(200, abs=20)


def test_no_allele_without_a_star_or_too_common_stands_in_tier_1_or_2():
    panel = panel_of(rules(), Build.GRCH38)
    for allele in panel.alleles.values():
        asker = panel.asker.get((Allele, allele.id))
        if asker is not None and asker.tier <= 2 and not allele.is_mitochondrial:
            assert (allele.stars or 0) >= 1, allele.id
            assert (allele.counted_frequency or 0) <= 0.0001, allele.id


@pytest.mark.skipif(not PUBLISHED.exists(), reason="the audit itself is not here")
def test_each_row_of_the_audit_is_replayed():
    with PUBLISHED.open(encoding="utf-8") as lines:
        numbers = {row["no"] for row in csv.DictReader(lines, delimiter="\t")}
    assert numbers == set(ROWS)


@pytest.mark.skipif(not NEWER.exists(), reason="the alleles of June 2026 are not here")
def test_each_allele_of_june_2026_is_listed_as_clinvar_has_it_or_named_with_why_not():
    """287 alleles: a row with the record's stars, day and place on both builds; one is the ATXN2 repeat."""
    rows = {each.clinvar: each for each in rules().content.alleles if each.clinvar}
    curators = (HERE.parent / "docs" / "curators.md").read_text(encoding="utf-8")
    with NEWER.open(encoding="utf-8") as lines:
        told = list(csv.DictReader(lines, delimiter="\t"))
    assert len(told) == 287
    for said in told:
        own = rows.get(said["vid"])
        if own is None:
            assert said["vid"] in curators, said["name"]
            continue
        assert own.stars == int(said["stars"]), own.id
        day = said["date"].replace("/", "-")
        if re.fullmatch("20[0-9-]{8}", day):
            assert str(own.classified) == day, own.id
        if own.place is None:
            assert own.inactive and own.id in curators, own.id
            continue
        both = {build: trimmed(*own.place.on(build)) for build in Build}
        first = int(re.match("[0-9]+", said["start37"])[0])  # type: ignore[index]
        assert abs(both[Build.GRCH37][0] - first) <= 1, own.id
        assert own.place.pos38 - int(said["pos38_trimmed"]) == (0 if said["ref"] and said["alt"] else -1), own.id
        unit = next(filter(None, (said["ref"], said["alt"])))
        assert own.place.ref38.endswith(said["ref"]) and own.place.alt38.endswith(said["alt"]) and unit, own.id
