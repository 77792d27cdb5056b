"""Coverage-guided fuzzing of the reader's own parsing, and of rule sets, traces and forms.

    python fuzz/run.py --seconds 60                  every target, a minute each, one after the other
    python fuzz/run.py --seconds 600 spans record    two of them
    python fuzz/run.py --keep spans                  also keep in the corpus what reaches new code, as little as does

Needs atheris (`pip install -e .[fuzz]`; Linux on x86-64). Without it, tests/test_fuzz.py replays the corpus. An input
that breaks a target is left in the current folder as crash-*; put it into the corpus as found-*, with the fix. What is
kept is minimised, but for found-*.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"


def instrumented() -> ModuleType:
    """The targets, which tell atheris where they go."""
    import atheris

    with atheris.instrument_imports(include=["assigner"]):
        import targets
    return targets


def child(name: str, options: Sequence[str]) -> None:
    """Fuzz one target in this process, which ends with it."""
    import atheris

    targets = instrumented()
    again = shlex.join([sys.executable, str(Path(__file__).resolve()), "--child", name])
    atheris.Setup([again, *options], targets.TARGETS[name])  # a merge starts this command anew, by a shell
    atheris.Fuzz()


def libfuzzer(name: str, *options: str) -> tuple[int, str]:
    """Run libFuzzer on a target in a copy of this process, which has what it needs; its exit code and what it said."""
    with tempfile.TemporaryFile() as said:
        sys.stdout.flush()
        copy = os.fork()
        if copy == 0:
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
            child(name, options)
            os._exit(0)
        _, status = os.waitpid(copy, 0)
        said.seek(0)
        return os.waitstatus_to_exitcode(status), said.read().decode("utf-8", "replace")


def fuzz(name: str, seconds: int, keep: bool, seed: int) -> bool:
    """Fuzz a target for some seconds, beginning with its corpus; whether it held."""
    own = CORPUS / name
    with tempfile.TemporaryDirectory() as folder:
        options = [
            f"-max_total_time={seconds}",
            f"-seed={seed}",
            "-timeout=10",
            "-rss_limit_mb=2048",
            f"-dict={HERE / 'vcf.dict'}",
        ]
        code, said = libfuzzer(name, folder, str(own), *options, "-max_len=8192", "-print_final_stats=1")
        runs = re.search(r"number_of_executed_units:\s*([0-9]+)", said)
        coverage = re.findall(r"cov: ([0-9]+)", said)
        print(
            f"{name}: {runs[1] if runs else '?'} runs, {coverage[-1] if coverage else '?'} edges, exit {code}",
            flush=True,
        )
        if code:
            print(said[-4000:])
        if keep and not code:
            _keep(name, own, Path(folder))
    return code == 0


def _keep(name: str, own: Path, found: Path) -> None:
    """Put in place of a target's corpus the least that reaches what it and the new inputs reach."""
    with tempfile.TemporaryDirectory() as folder:
        code, said = libfuzzer(name, "-merge=1", folder, str(own), str(found))
        if code or not any(Path(folder).iterdir()):  # nothing is taken away for a merge that failed
            print(f"{name}: not merged, the corpus is left as it was\n{said[-2000:]}")
            return
        for old in own.iterdir():
            if not old.name.startswith("found-"):
                old.unlink()
        shutil.copytree(folder, own, dirs_exist_ok=True)


def main() -> int:
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], sys.argv[3:])
        return 0
    targets = instrumented()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(targets.TARGETS)}")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument(
        "--seed", type=int, default=0, help="of the inputs; 0, the default, takes another one each time"
    )
    parser.add_argument("--keep", action="store_true", help="add to the corpus what reaches new code")
    given = parser.parse_args()
    if unknown := set(given.targets) - set(targets.TARGETS):
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    held = [fuzz(name, given.seconds, given.keep, given.seed) for name in given.targets or targets.TARGETS]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
