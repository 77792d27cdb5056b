"""Processor time and memory of the heavy faulty files: each is read in a child process, which measures itself.

    python tests/heavy.py        all of them, at the manifest's limits and at the default ones

A refusal may take 5 seconds of a processor and 512 MiB. The one of 4 GiB of small records, refused by its size, 120 s:
it is sound text, so it must be read up to the limit. At the default limits, which a genome's gVCF needs, it is read to
its end; that takes half a minute, and is tried with HYPOTHESIS_PROFILE=release.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from attrs import frozen

sys.path.insert(0, str(Path(__file__).parent))

import vcfs
from assigner.errors import InputError
from assigner.vcf.bytes.containers import Limits
from assigner.vcf.reading import read_profile

SECONDS = 5
MEMORY = 512 << 20
TOTAL_SECONDS = 120

LIMITS = {
    "manifest": Limits(line_bytes=16 << 20, text_bytes=2 << 30, contigs=100_000, samples=10_000, alts=100),
    "default": Limits(),
}

NAMES = {
    "info_100mb.vcf.gz": "LimitError",
    "bomb_line_4g.vcf.gz": "LimitError",
    "bomb_header_1g.vcf.gz": "LimitError",
    "bomb_records_4g.vcf.gz": "LimitError",
    "contigs_1m.vcf.gz": "LimitError",
    "alts_70k.vcf": "LimitError",
    "format_memory.vcf": "LimitError",
    "samples_100k.vcf": "LimitError",
    "ploidy_100k.vcf": "RecordError",
    "csq_100k_entries.vcf": "read",
}
"""The heavy files and what each comes to."""

SLOW = {"bomb_records_4g.vcf.gz"}
"""Those that are refused by their total size."""


@frozen
class Measure:
    """How reading one file ended, the seconds of a processor it needed, and its memory."""

    name: str
    limits: str
    outcome: str
    seconds: float
    memory: int

    @property
    def fault(self) -> str:
        """What is wrong with it; empty when nothing is."""
        expected = "read" if self.name in SLOW and self.limits == "default" else NAMES[self.name]
        if self.outcome != expected:
            return f"{expected} expected"
        if self.memory > MEMORY:
            return "too much memory"
        return "too slow" if self.seconds > (TOTAL_SECONDS if self.name in SLOW else SECONDS) else ""


def measured(path: Path, limits: str) -> Measure:
    """Read a file in a child process."""
    command = [sys.executable, str(Path(__file__).resolve()), "--child", str(path), limits]
    done = subprocess.run(command, capture_output=True, check=False, timeout=2 * TOTAL_SECONDS)
    if done.returncode:
        return Measure(path.name, limits, f"exit {done.returncode}", 0, 0)
    return Measure(path.name, limits, **json.loads(done.stdout))


def child(path: str, limits: str) -> None:
    """Read a file, and print how that ended, the seconds of a processor it needed, and the most memory."""
    rules = vcfs.rules_of(alleles=[vcfs.allele("SITE", "17", 7674220, "C", "T", pos37=7577538)])
    began = time.process_time()
    try:
        read_profile(path, rules, sample="TRIAL-001", limits=LIMITS[limits])
        outcome = "read"
    except InputError as error:
        outcome = type(error).__name__
    seconds = round(time.process_time() - began, 2)
    print(json.dumps({"outcome": outcome, "seconds": seconds, "memory": peak()}))


def peak() -> int:
    """The most memory that this process held, in bytes.

    Linux carries `ru_maxrss` over from the parent when a program is started, so that a large parent would be measured
    in place of a small child; VmHWM begins anew.
    """
    if sys.platform == "linux":
        return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main() -> int:
    if sys.argv[1:2] == ["--child"]:
        child(*sys.argv[2:4])
        return 0
    import damage
    from effort import QUICK

    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        damage.faults().write(Path(folder), only=tuple(NAMES))
        for limits in LIMITS:
            for name in NAMES:
                if QUICK and name in SLOW and limits == "default":
                    continue
                found = measured(Path(folder, name), limits)
                bad += bool(found.fault)
                mib = found.memory >> 20
                print(
                    f"{limits:9} {name:24} {found.outcome:12} {found.seconds:6.2f} s {mib:4} MiB {found.fault}",
                    flush=True,
                )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
