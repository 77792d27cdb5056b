"""The lines and branches that the tests reach in the rooms that decide.

`MEASURED=FOLDER python -m pytest` writes what each process of the run reached into FOLDER;
`python tests/measured.py FOLDER` adds it up and exits with 1 if a room is below the floor.

A probe at each line and branch is taken out once it was reached, so the tests take about as long as without. A tracer
that is called at each line made them take twice as long.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

import slipcover
from slipcover.importer import SlipcoverLoader
from slipcover.slipcover import add_summaries

ROOMS = ("evidence", "decisions", "profiles", "vcf")
FLOOR = 99
"""The least per cent of the lines and branches of each room, together."""
SOURCE = Path("src/assigner")
NEVER = "assert_never("
"""What the type check proves is never reached."""


class Finder:
    """Finds the modules of the rooms before pytest does: it would rewrite their assertions, as of any plugin."""

    def __init__(self) -> None:
        folders = [str(SOURCE / room) for room in ROOMS]
        self.reached = slipcover.Slipcover(branch=True, source=folders, exclude_also=[re.escape(NEVER)])
        sys.meta_path.insert(0, self)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not any(f"{name}.".startswith(f"assigner.{room}.") for room in ROOMS):
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec and spec.loader and spec.origin:
            spec.loader = SlipcoverLoader(self.reached, spec.loader, spec.origin)
        return spec

    def write(self, folder: Path, process: str) -> None:
        """Write what this process reached."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{process}.json").write_text(json.dumps(self.reached.get_coverage()))


def added(folder: Path) -> Any:
    """What all processes of a run reached together, without what is never reached: its line, case and branch."""
    first, *others = (json.loads(path.read_text()) for path in sorted(folder.glob("*.json")))
    for other in others:
        slipcover.merge_coverage(first, other)
    for path, found in first["files"].items():
        never = {at for at, line in enumerate(Path(path).read_text().splitlines(), 1) if NEVER in line}
        found["missing_lines"] = [line for line in found["missing_lines"] if line + 1 not in never]
        found["missing_branches"] = [branch for branch in found["missing_branches"] if branch[1] not in never]
    add_summaries(first)
    return first


def share(files: Sequence[Any]) -> float:
    """The per cent of the lines and branches of the files that were reached."""
    reached, missing = (
        sum(len(found[f"{how}_{what}"]) for found in files for what in ("lines", "branches"))
        for how in ("executed", "missing")
    )
    return 100 * reached / (reached + missing)


def main(folder: Path) -> int:
    """Print each room's share and what is missing; 1 if a room is below the floor."""
    total = added(folder)
    slipcover.print_coverage(total, skip_covered=True, missing_width=200)
    low = False
    for room in ROOMS:
        reached = share([found for path, found in total["files"].items() if (SOURCE / room) in Path(path).parents])
        print(f"{room}: {reached:.2f} % of lines and branches, at least {FLOOR}")
        low |= reached < FLOOR
    return int(low)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
