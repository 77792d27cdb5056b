"""What starting costs: whole processes in turn, their processor time as a ratio to importing cyvcf2 and pydantic.

    python bench/start.py [--vcf examples/P002.vep.vcf] [--runs 11]

Each round runs every command once, and the ratio is of the same round, so that other work of the machine falls on both.
The imports stand twice (A against A): how far their ratio is from 1 is the machine's own noise.
"""

from __future__ import annotations

import argparse
import shlex
import statistics
import sys
from pathlib import Path

from runs import once

ROOT = Path(__file__).parents[1]
IMPORTS = "import cyvcf2, pydantic"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vcf", default=ROOT / "examples" / "P002.vep.vcf")
    parser.add_argument("--runs", type=int, default=11)
    parser.add_argument("--cpus")
    given = parser.parse_args()
    python, file = shlex.quote(sys.executable), shlex.quote(str(given.vcf))
    of_python = {
        IMPORTS: IMPORTS,
        f"{IMPORTS} (again)": IMPORTS,
        "import assigner": "import assigner",
        "assigner.read_rules()": "import assigner; assigner.read_rules()",
    }
    commands = {name: f"{python} -c {shlex.quote(code)}" for name, code in of_python.items()}
    commands |= {
        "assigner --help": f"{python} -m assigner --help",
        "assigner assign small.vcf --json": f"{python} -m assigner assign {file} --json",
        "assigner assign small.vcf": f"{python} -m assigner assign {file}",
    }
    rounds = [
        {name: once(command, given.cpus).cpu for name, command in commands.items()} for _ in range(given.runs + 1)
    ]
    print("| process | processor s, median | ratio, median | ratio, least and most |\n|---|---|---|---|")
    for name in commands:
        ratios = [took[name] / took[IMPORTS] for took in rounds[1:]]
        spent = statistics.median(took[name] for took in rounds[1:])
        print(f"| `{name}` | {spent:.2f} | {statistics.median(ratios):.2f} | {min(ratios):.2f} to {max(ratios):.2f} |")


if __name__ == "__main__":
    main()
