"""The parts of a rule set as plain JSON values, each with its required fields, and a function that loads them.

Genes are G1 to G9, on the chromosome of that number; on GRCh37 they are 500,000 bases further on. YAML reads JSON,
so what `rules_of` loads has passed every check that a file passes.

>>> content = content_of(genes=[gene(1, {"A": 1000})], alleles=[allele("X", 1, 100)])
>>> rules = rules_of(content)
>>> [category.intervention for category in rules.content.categories]
['Product A', 'Product B', 'Product C']
"""

from __future__ import annotations

import json
from typing import Any

from assigner.decisions.reasons import Reason, row_of
from assigner.rules import Rules, parse_rules
from assigner.rules.schema import ReviewPolicy

WORD = {"because": "a test", "sources": ["a test"], "status": "confirmed"}
VALIDITIES = ("definitive", "limited", "none")
LOF, MISSENSE = "stop_gained", "missense_variant"
_POLICY = ReviewPolicy.model_fields
REASONS = tuple(
    reason.value
    for reason in Reason
    if row_of(reason).has_category and reason in _POLICY and _POLICY[reason].is_required()
)
"""The reasons that a rule set must say of whether they hold a participant or are noted."""


def rules_of(content: dict[str, Any], tables: dict[str, bytes] | None = None) -> Rules:
    """A rule set of plain JSON values, loaded; beside it are the made-up scoring files, and the tables given."""
    return parse_rules(json.dumps(content, ensure_ascii=False).encode(), {**SCORING_FILES, **(tables or {})})


def scoring_file(*rows: tuple[str, int, str, str, str, str], pgs_id: str = "TEST1") -> bytes:
    """A scoring file: of each row chromosome, position on GRCh38, effect allele, other one, weight and frequency.

    On GRCh37 each place is 500,000 bases further on.
    """
    columns = "chr_name chr_position effect_allele other_allele effect_weight allelefrequency_effect hm_chr hm_pos"
    header = ("format_version=2.0", f"pgs_id={pgs_id}", "genome_build=GRCh37", "weight_type=beta", "HmPOS_build=GRCh38")
    lines = [*(f"#{each}" for each in (*header, f"variants_number={len(rows)}")), "\t".join(columns.split())]
    for chrom, pos, effect, other, weight, frequency in rows:
        lines.append("\t".join((chrom, str(pos + 500_000), effect, other, weight, frequency, chrom, str(pos))))
    return "\n".join([*lines, ""]).encode()


SCORING_FILES = {
    "one.txt": scoring_file(
        ("20", 1_000_000, "A", "G", "0.31", "0.2"), ("20", 2_000_000, "C", "T", "-0.17", "0.5"),
        ("21", 9_000_000, "G", "C", "0.09", "0.031"), ("1", 1_000_500, "T", "C", "2.5", "0.4"),
    ),
    "two.txt": scoring_file(
        ("20", 1_000_000, "G", "A", "0.2", "0.8"), ("22", 3_000_000, "T", "A", "0.45", "0.11"), pgs_id="TEST2",
    ),
    "three.txt": scoring_file(
        ("20", 2_000_000, "C", "T", "0.4", "0.5"), ("21", 9_000_000, "C", "G", "0.3", "0.7"), pgs_id="TEST3",
    ),
    "four.txt": scoring_file(("22", 3_000_000, "A", "T", "0.6", "0.4"), pgs_id="TEST4"),
}  # fmt: skip
"""Made-up scoring files; the last allele of the first one lies in the gene G1."""


def score(category: str, at: int, file: str = "one.txt", points: int = 1000, **more: Any) -> dict[str, Any]:
    """A polygenic score of a category in the last tier, with a made-up scoring file."""
    own = {"id": f"score-{category}", "kind": "polygenic", "tier": at, "points": points, "category": category}
    return own | {"file": file, "min_called": 0} | WORD | more


def reference(group: str, mean: int = 0, variance: int = 40_000_000_000) -> dict[str, Any]:
    """How a score is spread in a group; its standard deviation is 0.2 log odds ratios if nothing else is said."""
    spread = {"mean": mean, "variance": variance, "quantiles": [mean] * 9}
    return {"group": group, "samples": 100, "alleles": 3, "scoring_file": "0" * 64, "cohort": "0" * 64} | spread


def agreement(category: str, at: int, points: int = 1000, **more: Any) -> dict[str, Any]:
    """An agreement of a category's two scores, whose ids end in 1 and 2."""
    own = {"id": f"agreement-{category}", "kind": "agreement", "tier": at, "points": points, "category": category}
    return own | {"agree": [f"score-{category}1", f"score-{category}2"]} | WORD | more


def burden(
    category: str, at: int, expected: dict[tuple[int, str], int], odds_ratio: str | None = None, **more: Any
) -> dict[str, Any]:
    """A burden of a category: how many alleles of each gene, by its number, and term are expected, in ppm."""
    rows = [{"gene": f"G{n}", "term": term, "ppm": ppm, "source": "a test"} for (n, term), ppm in expected.items()]
    own = {"id": f"burden-{category}", "kind": "burden", "tier": at, "points": 1000, "category": category}
    effect = {} if odds_ratio is None else {"effect": {"odds_ratio": odds_ratio, **WORD}}
    return own | {"expected": rows, "max_frequency": "0.001", "tail_ppm": 100_000} | effect | WORD | more


def content_of(**parts: Any) -> dict[str, Any]:
    """A whole rule set: these parts, and whatever else is required."""
    decision = {
        "tiers": [tier(1)],
        "unsettled_above_ppm": 10_000,
        "default_carrier_ppm": 500,
        "policy": dict.fromkeys(("tied", "no_evidence", *REASONS), "review"),
        **WORD,
    }
    content = {
        "rule_set": {"id": "test", "version": "1", "title": "a test", "status": "draft"},
        "categories": [category("A"), category("B"), category("C")],
        "decision": decision | parts.pop("decision", {}),
        "gates": {
            "filters": ["PASS"], "unfiltered": "accept", "depth": 10, "quality": 20,
            "het_balance": "250-750", "hom_balance": 900, "assessed": 950, **WORD,
        },
        "fields": {"predictors": {"REVEL": ["REVEL"]}},
        "criteria": [criterion("listed_allele", 1)],
    }  # fmt: skip
    return content | parts


def category(name: str, **more: Any) -> dict[str, Any]:
    """A category and its intervention."""
    return {"id": name, "name": f"Biology {name}", "intervention": f"Product {name}", **WORD, **more}


def tier(number: int, minimum: int = 300, margin: int = 150, opens: str = "yes", **more: Any) -> dict[str, Any]:
    """A tier; without more, 300 points with a lead of 150 decide."""
    return {"tier": number, "minimum": minimum, "margin": margin, "opens": opens, "because": "a test", **more}


def criterion(kind: str, at: int, points: int = 1000, name: str | None = None, **more: Any) -> dict[str, Any]:
    """A criterion of a kind with the fields that the kind needs."""
    needed: dict[str, dict[str, Any]] = {
        "listed_allele": {"classes": ["pathogenic"]},
        "heteroplasmy": {"classes": ["mitochondrial"], "ignored": "0.1", "counts": "0.6"},
        "clinvar": {"stars": 1, "max_frequency": "0.0001", "carrier_ppm": 100},
        "consequence": {
            "terms": [LOF], "mechanisms": ["loss_of_function"], "max_frequency": "0.0001", "carrier_ppm": 200,
        },
        "deletion": {"mechanisms": ["loss_of_function"], "reach": "exon", "carrier_ppm": 20},
    }  # fmt: skip
    own = {"id": name or f"{kind}_{at}", "kind": kind, "tier": at, "points": points, "validity": list(VALIDITIES)}
    return own | needed.get(kind, {}) | WORD | more


def gene(number: int, shares: dict[str, int], **more: Any) -> dict[str, Any]:
    """Gene number 1 to 9, named G1 to G9, on the chromosome of that number."""
    start = number * 1_000_000
    return {
        "symbol": f"G{number}",
        "chrom": str(number),
        "grch38": f"{start}-{start + 9999}",
        "grch37": f"{start + 500_000}-{start + 509_999}",
        "inheritance": "dominant",
        "mechanisms": ["loss_of_function", "missense"],
        "validity": "definitive",
        "shares": [{"category": c, "share": s, **WORD} for c, s in shares.items()],
        **WORD,
        **more,
    }


def allele(name: str, number: int, offset: int, ref: str = "A", alt: str = "C", **more: Any) -> dict[str, Any]:
    """An allele of gene `number`, `offset` bases into it, on both builds."""
    pos = number * 1_000_000 + offset
    place = {
        "chrom": str(number),
        "pos38": pos, "ref38": ref, "alt38": alt,
        "pos37": pos + 500_000, "ref37": ref, "alt37": alt,
    }  # fmt: skip
    own = {"id": name, "gene": f"G{number}", "name": name, "class": "pathogenic", "needs": "one", "place": place}
    return own | WORD | more


def mitochondrial_allele(name: str, pos: int, **more: Any) -> dict[str, Any]:
    """A mitochondrial allele of the gene MT-G."""
    place = {"chrom": "MT", "pos38": pos, "ref38": "A", "alt38": "G", "pos37": pos, "ref37": "A", "alt37": "G"}
    return allele(name, 9, 1) | {"gene": "MT-G", "class": "mitochondrial", "place": place} | more


def mitochondrial_gene(shares: dict[str, int], **more: Any) -> dict[str, Any]:
    """The gene MT-G."""
    own = {
        "symbol": "MT-G",
        "chrom": "MT",
        "grch38": "3000-4000",
        "grch37": "3000-4000",
        "inheritance": "mitochondrial",
    }
    return gene(9, shares) | own | more


def repeat(name: str, number: int, **more: Any) -> dict[str, Any]:
    """A repeat of gene `number`: up to 20 units normal, from 30 on expanded, where no bands are given."""
    start = number * 1_000_000 + 5000
    sizes = {} if more.get("bands") else {"normal": 20, "expanded": 30}
    own = {
        "id": name, "gene": f"G{number}", "motif": "CAG", "chrom": str(number),
        "grch38": f"{start}-{start + 60}", "grch37": f"{start + 500_000}-{start + 500_060}",
        **sizes, "needs": "one", "use": "evidence",
    }  # fmt: skip
    return own | WORD | more


def marker(name: str, number: int, log_odds: int = 200, **more: Any) -> dict[str, Any]:
    """A common allele of gene `number`."""
    pos = number * 1_000_000 + 7000 + len(name)
    own = {
        "id": name, "rsid": f"rs{1000 + sum(map(ord, name))}", "gene": f"G{number}", "chrom": str(number),
        "pos38": pos, "pos37": pos + 500_000, "effect": "C", "other": "T", "log_odds": log_odds,
    }  # fmt: skip
    return own | WORD | more
