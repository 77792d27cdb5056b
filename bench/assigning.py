"""How long one participant takes who is in memory: assigned, with the trace's bytes, and with what would change it.

    python bench/assigning.py [PARTICIPANTS]

Beside it zen-engine (`pip install zen-engine`), a general rules engine, on a decision table with one row for each
listed allele: who carries the allele gets the category in which its gene has most, and its points there. It knows no
unknown call, adds nothing up, and weighs no category against another, so its time is a floor and not a goal. Where it
is not installed, our own rows are measured alone.

No two participants are the same, nor are those of two rows. A third have a hundred calls, as from a targeted panel:
reference at nearly all listed alleles of the genes that are most often the cause. A third are as from a gVCF, reference
at nearly all of all listed alleles; a third as from a plain VCF, which lists what is carried and nothing else. Of each
third, one half carry up to two listed alleles, drawn from all that could have been seen, the others none. Processor
time, in one process, after a hundred others to warm up; what lives then is out of the garbage collector's way
(`gc.freeze`).
"""

from __future__ import annotations

import gc
import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from attrs import evolve

import assigner
from assigner.assignments import assign
from assigner.genome.builds import Build
from assigner.profiles.calls import REFERENCE, Call, Sex, State
from assigner.profiles.profile import Profile
from assigner.rules import Rules
from assigner.rules.panels import Panel, panel_of

WARM = 100

PEER = "zen-engine, trace on"

KINDS = (
    ("a hundred calls", True, True, True),
    ("plain", False, True, False),
    ("gVCF", True, True, False),
    ("a hundred calls, none carried", True, False, True),
    ("plain, none carried", False, False, False),
    ("gVCF, none carried", True, False, False),
)
"""The kinds of participants: whether they are as from a gVCF, carry anything, and have few genes looked at."""


def participants(
    panel: Panel, count: int, *, blocks: bool, carried: bool = True, genes: Sequence[str] | None = None, seed: str = ""
) -> list[Profile]:
    """Participants who carry up to two listed alleles, or none, drawn with a fixed seed.

    Args:
        panel: the places.
        count: how many.
        blocks: whether they are as from a gVCF.
        carried: whether any listed allele is carried at all.
        genes: those that were looked at, None for all.
        seed: other participants for each.
    """
    draw = random.Random(f"{seed} {count} {blocks}")
    places = [v for v, allele in panel.alleles.items() if genes is None or allele.gene in genes]
    letters = {
        rsid: (str(m.effect), str(m.other)) for rsid, m in panel.markers.items() if genes is None or m.gene in genes
    }
    looked: Any = ("all" if blocks else {}) if genes is None else dict.fromkeys(genes, 1000)
    made = []
    for number in range(count):
        alleles: dict[Any, Call] = {}
        for variant in places if blocks else ():
            if draw.random() < 0.99:
                alleles[variant] = REFERENCE
            elif draw.random() < 0.5:
                alleles[variant] = Call(State.LOW_QUALITY, depth=draw.randint(0, 9), why="depth below 10")
        for variant in draw.sample(places, draw.choice([0, 1, 1, 2]) if carried else 0):
            alleles[variant] = evolve(Call.of(draw.choice(["0/1", "0/1", "1/1"])), depth=draw.randint(15, 60))
        made.append(
            Profile(
                participant=f"P{number}",
                build=panel.build,
                sex=draw.choice([None, *Sex]),
                alleles=alleles,
                markers={rsid: tuple(draw.choices(two, k=2)) for rsid, two in letters.items() if draw.random() < 0.7},
                assessed=looked,
                annotated=frozenset({"clinvar", "consequence"}),
            )
        )
    return made


def hundred_calls(rules: Rules, panel: Panel) -> list[str]:
    """The genes that are most often the cause, as many as have a hundred listed alleles."""
    priors = {gene.symbol: gene.carrier_ppm or 0 for gene in rules.content.genes}
    genes: list[str] = []
    for gene in sorted(panel.by_gene, key=lambda gene: (-priors.get(gene, 0), gene)):
        if sum(len(panel.by_gene[chosen]) for chosen in genes) < 100:
            genes.append(gene)
    return genes


def zen(rules: Rules, panel: Panel) -> Callable[[Profile], object]:
    """The decision table, and how a participant is asked of it, with its trace as JSON text.

    Raises:
        ImportError: zen-engine is not installed.
    """
    import zen  # type: ignore[import-not-found,unused-ignore]

    rows = []
    for allele in panel.alleles.values():
        shares = rules.content.shares_of.get(allele.gene)
        if shares and allele.allele_class == "pathogenic":
            category = max(shares, key=lambda name: shares[name])
            gives = {"category": f"'{category}'", "points": str(shares[category])}
            rows.append({"_id": allele.id, "carried": f"'{allele.id}' in carried"} | gives)
    table = {
        "hitPolicy": "collect",
        "inputs": [{"id": "carried", "name": "carried"}],
        "outputs": [{"id": name, "name": name, "field": name} for name in ("category", "points")],
        "rules": rows,
    }
    kinds = {"in": "inputNode", "table": "decisionTableNode", "out": "outputNode"}
    place = {"position": {"x": 0, "y": 0}}
    nodes = [{"id": name, "name": name, "type": kind} | place for name, kind in kinds.items()]
    nodes[1]["content"] = table
    edges = [
        {"id": a + b, "sourceId": a, "targetId": b, "type": "edge"} for a, b in (("in", "table"), ("table", "out"))
    ]
    decision = zen.ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}))
    names = {variant: allele.id for variant, allele in panel.alleles.items()}

    def asked(profile: Profile) -> object:
        carried = [names[variant] for variant, call in profile.alleles.items() if call.seen]
        return json.dumps(decision.evaluate({"carried": carried}, {"trace": True}))

    return asked


def milliseconds(ask: Callable[[Profile], object], profiles: Sequence[Profile]) -> list[float]:
    """What each participant took, in order of size."""
    for profile in profiles[:WARM]:
        ask(profile)
    gc.collect()
    gc.freeze()
    took = []
    for profile in profiles[WARM:]:
        begin = time.process_time_ns()
        ask(profile)
        took.append((time.process_time_ns() - begin) / 1e6)
    return sorted(took)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    rules = assigner.read_rules()
    panel = panel_of(rules, Build.GRCH38)
    peer: dict[str, Callable[[Profile], object]] = {}
    try:
        peer[PEER] = zen(rules, panel)
    except ImportError:
        print("zen-engine is absent: our own rows alone (pip install zen-engine)", file=sys.stderr)
    asked = peer | {
        "`assign`": lambda profile: assign(profile, rules),
        "`assign` and the trace's bytes": lambda profile: assign(profile, rules).trace_bytes,
        "the same, then the typed trace": lambda profile: assign(profile, rules).trace,
        "`assign` and what would change it": lambda profile: assign(profile, rules).changes,
    }
    print("| ms per participant | median | 99 % | participants / s | median / zen-engine |\n|---|---|---|---|---|")
    few = hundred_calls(rules, panel)
    for kind, blocks, carried, is_few in KINDS:
        took, genes = {}, few if is_few else None
        for name, ask in asked.items():
            size = count // len(KINDS) + WARM
            took[name] = milliseconds(
                ask, participants(panel, size, blocks=blocks, carried=carried, genes=genes, seed=name)
            )
        base = statistics.median(took[PEER]) if PEER in took else None
        for name, each in took.items():
            median, late, mean = statistics.median(each), each[len(each) * 99 // 100], statistics.mean(each)
            ratio = "absent" if base is None else f"{median / base:.1f}"
            print(f"| {kind}: {name} | {median:.2f} | {late:.2f} | {1000 / mean:.0f} | {ratio} |")


if __name__ == "__main__":
    main()
