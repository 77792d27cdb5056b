"""What crashes cyvcf2 gives an answer or a typed error here; each file is read in a child process."""

from __future__ import annotations

import contextlib
import csv
import multiprocessing
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

import assigner
import build
import damage
import vcfs
from assigner.errors import InputError
from assigner.vcf.reading import read_profile
from effort import some

REAL = Path(__file__).parents[2] / "shared" / "data" / "real"
SHIPPED = assigner.read_rules()
ASKED = vcfs.rules_of(alleles=[vcfs.allele("SITE", "21", 31659809, "A", "C")])  # where the probes' records stand
GOOD = "21 31659808 A G PASS . GT 0/1"
DECLARED = vcfs.vcf(GOOD)
UNDECLARED = vcfs.vcf(GOOD, declared=())
ROW = build.record("chr21", 31659809)


def outcomes(paths: Sequence[Path], **declared) -> list[str]:
    """What each file comes to: `read`, the class of a typed error, another exception's text, or how the child died.

    A child reads one file after the other until one is its end; the next child goes on after that.
    """
    context = multiprocessing.get_context("fork")
    found: list[str] = []
    while len(found) < len(paths):
        receiver, sender = context.Pipe(duplex=False)
        child = context.Process(target=tell, args=(paths[len(found) :], declared, sender))
        child.start()
        sender.close()
        hung = False
        with contextlib.suppress(EOFError):
            while len(found) < len(paths) and not hung:
                if receiver.poll(20):
                    found.append(receiver.recv())
                else:
                    hung = True
        if hung:
            child.kill()
        child.join()
        if len(found) < len(paths):
            found.append("hung" if hung else f"exit {child.exitcode}")
    return found


def tell(paths: Sequence[Path], declared: dict, sender) -> None:
    for path in paths:
        sender.send(told(path, declared))
    sender.close()


def told(path: Path, declared: dict) -> str:
    try:
        read_profile(path, **declared)
    except InputError as error:
        return type(error).__name__
    except Exception as error:
        return f"escaped: {error!r}"
    return "read"


TYPED = {"read", *(kind.__name__ for kind in InputError.__subclasses__())}


@pytest.mark.holds("SECU-01")
@pytest.mark.skipif(not (REAL / "EDGE_CASES.tsv").is_file(), reason="the real files are not here")
def test_files_that_crash_cyvcf2_and_one_of_each_kind_of_odd_file():
    with (REAL / "EDGE_CASES.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    crashing = {row["file"] for row in rows if "SEGFAULT" in row["cyvcf2"]}
    kinds = {(row["verdict"], row["kind"], row["cyvcf2"].split()[0]): row["file"] for row in rows}
    names = sorted(crashing | set(kinds.values()))

    for declared in some(({}, {"build": "GRCh37"}, {"build": "GRCh38"}), 2):
        found = dict(zip(names, outcomes([REAL / name for name in names], rules=SHIPPED, **declared), strict=True))
        assert {name: said for name, said in found.items() if said not in TYPED} == {}

    assert len(crashing) >= 28 and len({kind for _, kind, _ in kinds}) >= 20


PROBES = {
    "blank line inside": DECLARED + b"\n" + ROW,
    "blank last line": DECLARED + b"\n",
    "blank lines": DECLARED + b"\n\n\n" + ROW,
    "blank line, no contigs": UNDECLARED + b"\n" + ROW,
    "comment inside": DECLARED + b"#comment\n" + ROW,
    "comment with tabs": DECLARED + b"#comment\twith\ttabs\n" + ROW,
    "#CHROM again": DECLARED + DECLARED[DECLARED.index(b"#CHROM") :],
    "## again": DECLARED + b"##x=y\n" + ROW,
    "two files joined": DECLARED + DECLARED,
    "POS letters, no contigs": UNDECLARED + ROW.replace(b"31659809", b"123abc"),
    "POS empty, no contigs": UNDECLARED + ROW.replace(b"31659809", b""),
    "POS letters": DECLARED + ROW.replace(b"31659809", b"123abc"),
    "GT letters, no contigs": UNDECLARED + build.record("chr21", 31659809, samples=["abc"]),
    "GT empty": DECLARED + build.record("chr21", 31659809, samples=[""]),
    "GT beyond ALT": DECLARED + build.record("chr21", 31659809, samples=["0/5"]),
    "too few columns, no contigs": UNDECLARED + b"chr21\t31659809\t.\tA\n",
    "one column": DECLARED + b"chr21\n",
    "a tab alone": DECLARED + b"\t\n",
    "ALT empty": DECLARED + build.record("chr21", 31659809, alt=""),
    "leading phase": DECLARED + build.record("chr21", 31659809, samples=["|0/1"]),
    "CHROM empty": DECLARED + build.record("", 31659809),
    "POS 0": DECLARED + build.record("chr21", 0),
    "REF R": DECLARED + build.record("chr21", 31659809, "R"),
    "byte-order mark": b"\xef\xbb\xbf" + DECLARED,
    "no fileformat": DECLARED.partition(b"\n")[2],
    "tab at the end of #CHROM": DECLARED.replace(b"\tP1\n", b"\tP1\t\n"),
    "cut in the first columns": DECLARED + b"chr21\t3165",
}
"""The inputs of the real files' README, table "What cyvcf2 does with such files", and kin."""


@pytest.mark.holds("SECU-01")
@pytest.mark.parametrize("pack", [bytes, build.gzip, build.bgzf], ids=["plain", "gzip", "bgzf"])
def test_probes_of_each_kind_that_crash_or_deceive_cyvcf2(tmp_path, pack):
    paths = []
    for number, content in enumerate(PROBES.values()):
        paths.append(tmp_path / f"{number}.vcf")
        paths[-1].write_bytes(pack(content))

    found = dict(zip(PROBES, outcomes(paths, rules=ASKED, build="GRCh38"), strict=True))

    assert {name: said for name, said in found.items() if said not in TYPED} == {}
    assert found["blank line inside"] == "read"
    assert found["two files joined"] == found["POS letters"] == found["GT letters, no contigs"] == "RecordError"


@pytest.mark.skipif(not damage.SCRIPT.is_file(), reason="the faulty files' script is not here")
def test_the_same_behind_an_index(tmp_path):
    """`quick` hands the file to htslib unseen; the index leads it right to what is wrong."""
    sound = tmp_path / "sound.vcf.gz"
    paths = [sound]
    _write_indexed(sound, DECLARED)
    for number, content in enumerate(PROBES.values()):
        paths.append(tmp_path / f"{number}.vcf.gz")
        _write_indexed(paths[-1], content)

    first, *rest = outcomes(paths, rules=ASKED, build="GRCh38", quick=True)

    assert first == "read"
    assert {name: said for name, said in zip(PROBES, rest, strict=True) if said not in TYPED} == {}
    whole = outcomes(paths[1:], rules=ASKED, build="GRCh38")
    assert [name for name, said in zip(PROBES, whole, strict=True) if said not in TYPED] == []


def _write_indexed(path: Path, content: bytes) -> None:
    """A file with a good last record, and an index as of one in which a single good record takes the probe's place."""
    head = next((head for head in (DECLARED, UNDECLARED) if content.startswith(head)), None)
    stand_in, content = DECLARED, content + ROW
    if head is not None:
        size = len(content) - len(head)
        stand_in = head + build.record("chr21", 31659809, info="X" * (size - len(ROW) + 1))
        assert len(stand_in) == len(content)
    path.write_bytes(build.bgzf(content))
    Path(f"{path}.tbi").write_bytes(damage.faults().tbi(stand_in, [build.bgzf_block(content)]))


@pytest.mark.holds("SECU-01")
def test_a_crash_and_an_escaped_exception_would_be_seen(tmp_path, monkeypatch):
    monkeypatch.setattr("test_crashes.told" if __name__ == "test_crashes" else f"{__name__}.told", misbehaving)

    assert outcomes([tmp_path / name for name in "abc"]) == ["exit -9", "escaped: ValueError()", "read"]


def misbehaving(path: Path, declared: dict) -> str:
    if path.name == "a":
        os.kill(os.getpid(), 9)
    return {"b": "escaped: ValueError()", "c": "read"}[path.name]
