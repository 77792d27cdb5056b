"""What `ratios.py` measures within a process; each prints one line of JSON.

python bench/parts.py reading FILE shipped|GENES
python bench/parts.py files FOLDER ROUNDS
python bench/parts.py assigning ROUNDS
"""

from __future__ import annotations

import gc
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from assigning import KINDS, WARM, hundred_calls, participants
from cyvcf2 import VCF
from growth import rules_of

from assigner import assign, read_profile, read_rules
from assigner.genome.builds import Build
from assigner.profiles.profile import Profile
from assigner.rules.panels import panel_of

EACH = 30
"""How many participants of a kind are measured."""


def peak() -> float:
    """The most memory of this process; `getrusage` would count that of the one that started it."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def reading(file: str, rules: str) -> dict[str, float]:
    own = read_rules() if rules == "shipped" else rules_of(int(rules))
    begin = time.process_time()
    read_profile(file, own)
    return {
        "s": time.process_time() - begin,
        "MiB": peak(),
    }


def each_in_turn(
    works: dict[str, Callable[[Any], object]], given: Sequence[Any], rounds: int
) -> list[dict[str, float]]:
    """For each round the median seconds of each work, which take each thing in turn."""
    found = []
    for _ in range(rounds):
        took: dict[str, list[float]] = {name: [] for name in works}
        for at, each in enumerate(given):
            order = [*works.items()]
            for name, work in order[at % len(order) :] + order[: at % len(order)]:  # nobody is always the first
                begin = time.process_time()
                work(each)
                took[name].append(time.process_time() - begin)
        found.append({name: statistics.median(own) for name, own in took.items()})
    return found


def genotypes(file: Path) -> list[object]:
    return [(v.CHROM, v.POS, v.REF, v.ALT, v.genotypes) for v in VCF(str(file))]


def files(folder: str, rounds: str) -> list[dict[str, float]]:
    rules, every = read_rules(), sorted(Path(folder).iterdir())
    works: dict[str, Callable[[Path], object]] = {
        "a bare cyvcf2 pass": genotypes,
        "the same again (A against A)": genotypes,
        "`read_profile`": lambda file: read_profile(file, rules),
        "read, assigned and the trace's bytes": lambda file: assign(read_profile(file, rules), rules).trace_bytes,
    }
    each_in_turn(works, every[:3], 1)
    return each_in_turn(works, every[3:], int(rounds))


def assigning(rounds: str) -> dict[str, list[dict[str, float]]]:
    rules = read_rules()
    panel, found = panel_of(rules, Build.GRCH38), {}
    few = hundred_calls(rules, panel)
    for kind, blocks, carried, is_few in KINDS:
        genes = few if is_few else None
        people = participants(panel, WARM + EACH, blocks=blocks, carried=carried, genes=genes)
        kept = {id(profile): assign(profile, rules).trace_bytes for profile in people}
        works: dict[str, Callable[[Profile], object]] = {
            "its trace read as JSON and written": lambda profile, kept=kept: json.dumps(json.loads(kept[id(profile)])),
        }
        works["the same again (A against A)"] = works["its trace read as JSON and written"]
        works["`assign`"] = lambda profile: assign(profile, rules)
        works["`assign` and the trace's bytes"] = lambda profile: assign(profile, rules).trace_bytes
        gc.collect()
        gc.freeze()
        found[kind] = each_in_turn(works, people[WARM:], int(rounds))
    return found


PARTS: dict[str, Callable[..., Any]] = {"reading": reading, "files": files, "assigning": assigning}

if __name__ == "__main__":
    print(json.dumps(PARTS[sys.argv[1]](*sys.argv[2:])))
