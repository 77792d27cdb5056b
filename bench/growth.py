"""How reading grows: with the records of a file, and with the genes of a rule set.

    python bench/growth.py FILE.vcf.gz [FILE.vcf.gz ...]

Each file is read with the shipped rule set, and the last one, best a VEP-annotated one of `genomes.py`, also with
made-up rule sets of 10, 100, 1,000, 5,000 and 20,000 genes. The genes of a smaller rule set are those of a larger
one too.
"""

from __future__ import annotations

import functools
import json
import random
import resource
import sys
import time
from typing import Any

from assigner.genome.builds import LENGTHS, Build
from assigner.rules import Rules, parse_rules, read_rules
from assigner.vcf.reading import read_profile

REASONED = {"because": "bench", "sources": ["bench"], "status": "curator_judgement"}


MOST_GENES = 20_000  # a file of a rule set has at most 1,000,000 values
SIZES = (10, 100, 1000, 5000, MOST_GENES)


@functools.cache
def genes_of(count: int) -> list[tuple[str, str, int, int]]:
    """Symbol, chromosome, start and end of so many genes, drawn with a fixed seed."""
    draw, found = random.Random(1), []
    for number in range(count):
        chrom = str(draw.randint(1, 22))
        start = draw.randrange(1_000_000, LENGTHS[Build.GRCH37][chrom] - 5_000_000)
        found.append((f"G{number}", chrom, start, start + 60_000))
    return found


def rules_of(genes: int) -> Rules:
    """A rule set of so many genes of 60 kb, of which loss of function counts."""
    content: dict[str, Any] = {
        "rule_set": {"id": "bench", "version": "1", "title": "bench", "status": "draft"},
        "categories": [{"id": "A", "name": "A", "intervention": "a", **REASONED}],
        "decision": {
            "tiers": [{"tier": "1", "minimum": "1", "margin": "1", "opens": "yes", "because": "bench"}],
            "unsettled_above_ppm": "0",
            "default_carrier_ppm": "1",
            "policy": dict.fromkeys(
                ("tied", "no_evidence", "unsettled", "mimic", "gene_targeted_therapy", "sex_mismatch", "quality",
                 "partial_read"), "review"),
            **REASONED,
        },
        "gates": {"filters": ["PASS"], "unfiltered": "accept", "depth": "0", "quality": "0", "het_balance": "0-1000",
                  "hom_balance": "0", "assessed": "900", **REASONED},
        "criteria": [{"id": "lof", "kind": "consequence", "tier": "1", "points": "1000", "validity": ["none"],
                      "terms": ["stop_gained", "frameshift_variant"], "mechanisms": ["loss_of_function"],
                      "max_frequency": "1", "carrier_ppm": "1", **REASONED}],
        "genes": [],
    }  # fmt: skip
    for symbol, chrom, start, end in genes_of(genes):
        span = f"{start}-{end}"
        content["genes"].append(
            {"symbol": symbol, "chrom": chrom, "grch37": span, "grch38": span, "inheritance": "dominant",
             "mechanisms": ["loss_of_function"], "validity": "none",
             "shares": [{"category": "A", "share": "500", **REASONED}], **REASONED}
        )  # fmt: skip
    return parse_rules(json.dumps(content).encode())


def timed(path: str, rules: Rules) -> str:
    begin = time.process_time()
    profile = read_profile(path, rules)
    records = next(check.result for check in profile.checks if check.name == "variants_records")
    took = time.process_time() - begin
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"{records} | {took:.2f} | {memory:.0f}"


def main() -> None:
    print("| what | records | cpu s | peak MiB so far |\n|---|---|---|---|")
    shipped = read_rules()
    for path in sys.argv[1:]:
        print(f"| shipped rule set | {timed(path, shipped)} |")
    for genes in SIZES:
        print(f"| {genes} genes | {timed(sys.argv[-1], rules_of(genes))} |")


if __name__ == "__main__":
    main()
