"""Every cut and every flipped bit of a sound file: the reader refuses it, or reads the same genotypes.

    python tests/damage.py --all              all cuts of the three controls, all single-bit flips of BGZF and BCF
    python tests/damage.py --sample 500       so many of each, drawn by a fixed seed
    python tests/damage.py --all --text-flips all flips of the plain text too, which must only not crash

The controls are those of the faulty files' script: one call set of 173 records as plain text (10,807 bytes), BGZF
(2,550) and BCF (2,673). A cut leaves the first n bytes, n from 0 to one less than all: 16,030. A flip turns one bit of
one byte: 8 * (2,550 + 2,673) = 41,784. The rule set lists the allele of every record: no call can change unseen.

Trials run in child processes, so that a crash of the interpreter is a row of the table and not the end of the run.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import ModuleType

from attrs import define, field, frozen

sys.path.insert(0, os.path.dirname(__file__))

import vcfs
from assigner.errors import InputError
from assigner.genome.variants import Variant
from assigner.profiles.calls import State
from assigner.profiles.profile import Profile
from assigner.rules import Rules
from assigner.vcf.reading import read_profile
from scripts import loaded

SCRIPT = Path(__file__).parents[2] / "shared" / "bench" / "make_faults.py"
CONTROLS = ("ok.vcf", "ok.vcf.gz", "ok.bcf")
SEED = 20260101
SECONDS = 20
"""The most that one trial may take before it counts as hung."""

OUTCOMES = ("refused", "same", "fewer", "CHANGED", "ESCAPED", "CRASHED", "HUNG")
"""What a trial can come to.

A typed refusal; the same calls; the same calls but for some that are unknown, which only a plain text cut at a line end
may give; another call; an exception that is not ours; the end of the interpreter; no answer in time.
"""


@frozen
class Trial:
    """One damage to one control: a cut after `at` bytes, or a flip of bit `at`."""

    control: str
    kind: str
    at: int

    def of(self, content: bytes) -> bytes:
        """The damaged content."""
        if self.kind == "cut":
            return content[: self.at]
        byte, bit = divmod(self.at, 8)
        return content[:byte] + bytes([content[byte] ^ 1 << bit]) + content[byte + 1 :]

    def allows(self, outcome: str, content: bytes) -> bool:
        """Whether the outcome is one that this damage may have."""
        if outcome in ("refused", "same"):
            return True
        if self.control == "ok.vcf" and self.kind == "flip":  # plain text has no integrity of its own
            return outcome in ("fewer", "CHANGED")
        whole_lines = self.kind == "cut" and content[: self.at].endswith(b"\n")
        return outcome == "fewer" and self.control == "ok.vcf" and whole_lines


@functools.cache
def faults() -> ModuleType:
    """The faulty files' script, as a module."""
    return loaded(SCRIPT)


@functools.cache
def controls() -> dict[str, bytes]:
    """The three sound files."""
    with tempfile.TemporaryDirectory() as folder:
        faults().write(Path(folder), only=CONTROLS)
        return {name: Path(folder, name).read_bytes() for name in CONTROLS}


@functools.cache
def rules() -> Rules:
    """A rule set that lists the allele of every record of the controls."""
    alleles = []
    for rank, record in enumerate(faults().sound_records()):
        chrom = record.chrom.removeprefix("chr")
        alleles.append(vcfs.allele(f"A{rank}", chrom, record.pos, record.ref, record.alt))
    return vcfs.rules_of(alleles=alleles)


def every(control: str, kind: str) -> list[Trial]:
    """All trials of one kind on one control."""
    size = len(controls()[control])
    return [Trial(control, kind, at) for at in range(size if kind == "cut" else 8 * size)]


def kinds(text_flips: bool = False) -> list[tuple[str, str]]:
    """The damages that are tried, by control and kind."""
    cuts = [(control, "cut") for control in CONTROLS]
    return [*cuts, *((control, "flip") for control in CONTROLS if control != "ok.vcf" or text_flips)]


def sample(most: int, *, text_flips: bool = False, seed: int = SEED) -> list[Trial]:
    """At most so many trials of each kind, always the same ones."""
    chance = random.Random(seed)
    found = []
    for control, kind in kinds(text_flips):
        trials = every(control, kind)
        found += trials if len(trials) <= most else chance.sample(trials, most)
    return found


# --- one trial ----------------------------------------------------------------------------------------------


def compared(profile: Profile, sound: Profile) -> str:
    """What became of the calls: the same, some unknown, or changed."""
    if profile.alleles == sound.alleles:
        return "same"
    for variant in {*profile.alleles, *sound.alleles}:
        call = profile.call(variant)
        if call != sound.call(variant) and call.state is not State.NOT_ASSESSED:
            return "CHANGED"
    return "fewer"


def outcome(path: Path, trial: Trial, sound: Profile) -> str:
    """Read the damaged file."""
    path.write_bytes(trial.of(controls()[trial.control]))
    try:
        profile = read_profile(path, rules(), sample="TRIAL-001")
    except InputError:
        return "refused"
    except Exception as error:
        return f"ESCAPED {type(error).__name__}"
    found = compared(profile, sound)
    if found == "fewer" and trial.kind == "cut":
        return found if _only_the_tail_is_lost(trial, profile) else "CHANGED"
    return found


def _only_the_tail_is_lost(trial: Trial, profile: Profile) -> bool:
    """Whether just the records after the cut are unknown: the deciding one among them unless it was whole."""
    left = trial.of(controls()[trial.control]).decode()
    for record in faults().sound_records():
        known = profile.call(_variant(record)).state is not State.NOT_ASSESSED
        if known != (record.line() in left):
            return False
    return True


def _variant(record: object) -> Variant:
    return Variant(record.chrom.removeprefix("chr"), record.pos, record.ref, record.alt)


# --- many trials, in children -------------------------------------------------------------------------------


@define(eq=False)
class _Child:
    """A child process that answers one trial after the other."""

    trials: Sequence[Trial]
    done: int = 0
    since: float = field(factory=time.monotonic)
    process: multiprocessing.Process = field(init=False)
    pipe: Connection = field(init=False)

    def start(self) -> None:
        self.pipe, end = multiprocessing.Pipe(duplex=False)
        self.process = multiprocessing.Process(target=_work, args=(self.trials[self.done :], end), daemon=True)
        self.process.start()
        end.close()
        self.since = time.monotonic()

    def answers(self) -> Iterator[tuple[Trial, str]]:
        """What has come since; a child that died or hung is started again behind the trial that did it."""
        try:
            while self.pipe.poll():
                answer = self.pipe.recv()
                self.since = time.monotonic()
                yield self._next(), answer
        except EOFError:
            self.process.join()
            if self.done < len(self.trials):
                yield self._next(), f"CRASHED {self.process.exitcode}"
                self.start()
        if time.monotonic() - self.since > SECONDS and self.done < len(self.trials):
            self.process.kill()
            self.process.join()
            yield self._next(), "HUNG"
            self.start()

    def _next(self) -> Trial:
        self.done += 1
        return self.trials[self.done - 1]


def _work(trials: Sequence[Trial], pipe: Connection) -> None:
    room = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with tempfile.TemporaryDirectory(dir=room) as folder, contextlib.suppress(BrokenPipeError):
        sound = {}
        for name in CONTROLS:
            path = Path(folder, f"sound_{name}")
            path.write_bytes(controls()[name])
            sound[name] = read_profile(path, rules(), sample="TRIAL-001")
        for trial in trials:
            pipe.send(outcome(Path(folder, trial.control), trial, sound[trial.control]))


def run(trials: Sequence[Trial], workers: int = 2) -> Iterator[tuple[Trial, str]]:
    """The outcome of each trial, as they come."""
    controls(), rules()  # once, before the children are forked
    children = [_Child(trials[rank::workers]) for rank in range(workers)]
    for child in children:
        child.start()
    while busy := [child for child in children if child.done < len(child.trials)]:
        wait([child.pipe for child in busy], timeout=1)
        for child in busy:
            yield from child.answers()
    for child in children:
        child.process.join()


def table(counts: Counter[tuple[str, str, str]]) -> str:
    """How often each control and damage came to what."""
    rows = [("control", "damage", "trials", *OUTCOMES)]
    for control, kind in dict.fromkeys((control, kind) for control, kind, _ in counts):
        numbers = [counts[control, kind, outcome] for outcome in OUTCOMES]
        rows.append((control, kind, f"{sum(numbers):,}", *(f"{number:,}" for number in numbers)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--all", action="store_true", help="every cut and flip")
    which.add_argument("--sample", type=int, metavar="N", help="N of each kind, by a fixed seed")
    parser.add_argument("--text-flips", action="store_true", help="flips of the plain text too")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args(arguments)
    trials = sample(sys.maxsize if given.all else given.sample, text_flips=given.text_flips)
    counts: Counter[tuple[str, str, str]] = Counter()
    wrong = []
    began = time.monotonic()
    for number, (trial, found) in enumerate(run(trials, given.workers), start=1):
        counts[trial.control, trial.kind, found.split()[0]] += 1
        if not trial.allows(found, controls()[trial.control]):
            wrong.append((trial, found))
        if number % 1000 == 0:
            print(f"{number:,} of {len(trials):,}, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    print(table(counts))
    print(f"{len(trials):,} trials in {time.monotonic() - began:.0f} s, {len(wrong):,} against the rule")
    for trial, found in wrong[:50]:
        print(f"{trial.control} {trial.kind} {trial.at}: {found}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
