"""How long a review of the shipped rule set takes: the check, a difference, and stored traces decided again.

    python bench/review.py [TRACES]

The traces are those of a thousand participants as `assigning.py` draws them, half as from gVCFs and half as from plain
VCFs, under TRACES names (10,000 when not given).
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from assigning import participants

import assigner
from assigner.genome.builds import Build
from assigner.lint.diff import difference
from assigner.lint.lint import lint
from assigner.lint.redecide import redecide
from assigner.rules.panels import panel_of

DIFFERENT = 1000
ROOT = Path(__file__).resolve().parents[1]


def changed(folder: Path) -> Path:
    """The shipped rule set with another cut of one repeat, beside its tables."""
    (folder / "categories").symlink_to(ROOT / "categories")
    text = (ROOT / "categories.yaml").read_text(encoding="utf-8")
    assert text.count("    expanded: 29\n") == 1
    (folder / "new.yaml").write_text(text.replace("    expanded: 29\n", "    expanded: 30\n"), encoding="utf-8")
    return folder / "new.yaml"


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    old = assigner.read_rules(ROOT / "categories.yaml")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        new = changed(folder)
        began = time.perf_counter()
        found = lint(old)
        print(f"check: {len(found)} notices in {time.perf_counter() - began:.1f} s")
        began = time.perf_counter()
        answers = difference(old, assigner.read_rules(new)).answers
        print(f"diff: {len(answers)} answers changed in {time.perf_counter() - began:.1f} s")
        panel = panel_of(old, Build.GRCH38)
        people = [each for blocks in (False, True) for each in participants(panel, DIFFERENT // 2, blocks=blocks)]
        paths = [str(folder / f"{number}.json") for number in range(count)]
        for number, path in enumerate(paths):
            if number < DIFFERENT:
                Path(path).write_bytes(assigner.assign(people[number], old).trace_bytes)
            else:
                Path(path).symlink_to(paths[number % DIFFERENT])
        began = time.perf_counter()
        moved = sum(each.moved for each in redecide(paths, str(ROOT / "categories.yaml"), str(new), jobs=2))
        print(f"over: {count} traces, {moved} moved, in {time.perf_counter() - began:.1f} s on two cores")


if __name__ == "__main__":
    main()
