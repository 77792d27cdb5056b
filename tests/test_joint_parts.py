"""A BGZF file of many samples that is read in parts holds what one pass finds, or is read as one."""

from __future__ import annotations

import hashlib
import itertools
import pickle
import random
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

import assigner
from assigner.cohorts.reading import Cohort, Reader, assign_many, cohort_of
from assigner.cohorts.runs import Run
from assigner.errors import AssignerError, InputError
from assigner.vcf.bytes import ranges
from assigner.vcf.bytes.containers import Limits
from assigner.vcf.bytes.ranges import Range
from assigner.vcf.bytes.sources import open_source
from assigner.vcf.scan import joint_parts
from assigner.vcf.scan.headers import Header
from assigner.vcf.scan.joint import EachAlone, JointScan
from assigner.vcf.scan.joint_parts import Asked, Whole, scan_in_parts
from assigner.vcf.scan.joint_scans import scan_all
from assigner.vcf.scan.sexes import Filters
from assigner.vcf.shared import Parts, header_of
from build import bgzf
from dialects import base, other
from effort import at_a_release
from readings import SNV
from vcfs import vcf

RULES = assigner.read_rules()
CHOICE = {"chr1": [(100, 250)], "chr2": [(1, 10**9)], "chrX": [(50, 60)]}


def sent(work: Any, tasks: Sequence[Any]) -> list[Any]:
    """Each task and its result go to another process and back, as far as bytes can tell."""
    return [pickle.loads(pickle.dumps(work(pickle.loads(pickle.dumps(task))))) for task in tasks]


def told(scan: JointScan) -> tuple[Any, ...]:
    """All that a scan has found."""
    lines = [(each.number, each.fixed, each.cells, each.others.tolist(), each.codes.tolist()) for each in scan.lines]
    tallies = {build: counts.tolist() for build, counts in scan.tallies.found.items()}
    marks = None
    if scan.genotypes is not None:
        marks = [scan.genotypes.marks(at).tolist() for at in range(len(scan.header.samples))]
    plain = (scan.name, scan.kept_bytes, scan.noun, scan.header, scan.records, [*scan.contigs.items()])
    return (*plain, lines, scan.in_order, scan.notes, {**scan.lasts}, tallies, marks)


def in_parts(path: Path, count: int, *, fingerprint: bool = False, limits: Limits | None = None) -> Whole | None:
    header = header_of(path)
    return scan_in_parts(
        Asked(
            path=str(path), header=header, choice=CHOICE, filters=Filters(), fingerprint=fingerprint,
            limits=limits or Limits(),
        ),
        count,
        sent,
    )  # fmt: skip


def as_one(path: Path, *, fingerprint: bool = False, limits: Limits | None = None) -> JointScan | type[Exception]:
    def choose(_: Header) -> Any:
        return CHOICE

    try:
        return scan_all(open_source(str(path), limits=limits), choose, Filters(), fingerprint=fingerprint)
    except (AssignerError, EachAlone) as error:
        return type(error)


def drawn(chance: random.Random) -> bytes:
    samples, rows = [f"S{at}" for at in range(chance.choice([2, 3, 3, 5, 400]))], []
    for chrom in chance.sample(["1", "2", "X", "Y"], chance.randint(1, 4)):
        pos = 1
        for _ in range(chance.randint(0, 40)):
            pos += chance.choice([0, 1, 5, 30])
            ref = "A" * chance.choice([1, 1, 1, 3, 90])
            cells = [chance.choice(["0/0", "0/0", "0/0", "0/1", "1", "./.", "0|1:9"]) for _ in samples]
            filters = chance.choice(["PASS", "PASS", "LowQual"])
            rows.append(
                " ".join([chrom, str(pos), ref, "C", filters, chance.choice([".", "END=700"]), "GT:DP", *cells])
            )
    return vcf("\n".join(rows), samples=samples)


def block_starts(packed: bytes) -> list[tuple[int, int]]:
    """Where the blocks begin, as far as they are whole, each with how much text stands before it."""
    found, at, text = list[tuple[int, int]](), 0, 0
    while packed[at : at + 4] == b"\x1f\x8b\x08\x04":
        found.append((at, text))
        at += int.from_bytes(packed[at + 16 : at + 18], "little") + 1
        text += int.from_bytes(packed[at - 4 : at], "little")
    return found


ODD = [b"", b"\n", b"# a comment\n", b"chr1\tx\n", b"\xff", b"\r"]


@pytest.mark.holds("COHO-04")
@given(seed=st.integers(0, 2**64))
def test_parts_hold_what_one_pass_finds(seed, tmp_path_factory):
    chance = random.Random(seed)
    content = drawn(chance)
    if is_odd := chance.random() < 0.4:
        at = chance.randrange(content.rindex(b"#CHROM"), len(content))
        content = content[:at] + chance.choice(ODD) + content[at:]
    packed = bgzf(content, block=chance.choice([40, 300, 5000]), level=chance.choice([0, 6]))
    if is_odd and chance.random() < 0.3:
        at = chance.randrange(len(packed))
        packed = chance.choice([packed[:at], packed[:at] + b"\x07" + packed[at + 1 :], packed + packed])
    path = tmp_path_factory.mktemp("parts") / "joint.vcf.gz"
    path.write_bytes(packed)
    try:
        header_of(path)
    except AssignerError:
        return
    fingerprint, limits = chance.random() < 0.5, Limits(kept_bytes=chance.choice([300, 256 << 20]))
    head = content.index(b"\n", content.index(b"#CHROM")) if chance.random() < 0.9 else 0
    after = [at for at, text in block_starts(packed) if text > head]
    bounds = [0, *sorted(chance.sample(after, chance.randint(0, min(len(after), 30)))), len(packed)]
    if chance.random() < 0.1:
        bounds = sorted({*bounds, chance.randrange(len(packed))})  # where no block begins
    spans = tuple(itertools.starmap(Range, itertools.pairwise(bounds)))
    with pytest.MonkeyPatch.context() as now:
        now.setattr(joint_parts, "ranges_of", lambda path, count: spans)
        found = in_parts(path, 9, fingerprint=fingerprint, limits=limits)
    whole = as_one(path, fingerprint=fingerprint, limits=limits)

    if found is not None:
        assert isinstance(whole, JointScan)
        assert told(found.scan) == told(whole)
        assert (found.sha256, found.size) == (hashlib.sha256(packed).hexdigest(), len(packed))


def sound(folder: Path, rows: int = 900) -> Path:
    table = "\n".join(f"{chrom} {at} A C PASS . GT 0/1 1/1" for chrom in (1, 2) for at in range(1, rows))
    path = folder / "joint.vcf.gz"
    path.write_bytes(bgzf(vcf(table, samples=["A", "B"]), block=700))
    return path


@pytest.mark.holds("COHO-04")
@pytest.mark.parametrize("count", [2, 3, 1000])
def test_a_sound_file_is_read_in_parts(tmp_path, monkeypatch, count):
    monkeypatch.setattr(ranges, "LEAST", 3000)
    path = sound(tmp_path)
    assert len(ranges.ranges_of(str(path), count)) == min(count, 4)
    found = in_parts(path, count)
    whole = as_one(path)
    assert found is not None and isinstance(whole, JointScan)
    assert told(found.scan) == told(whole)


def test_a_small_file_is_read_as_one(tmp_path):
    assert in_parts(sound(tmp_path), 4) is None


# ---------------------------------------------------------------------------------------------------------- cohorts

PANEL = "\n".join(
    f"1 {pos} {base(pos)} {other(pos, 0)} PASS . GT:DP 0/1:30 1/1:30 0/0:30 ./.:." for pos in (9030, 9041)
)


def joint(folder: Path) -> Path:
    """A file of four samples, of which the panel asks little."""
    rows = "\n".join(f"2 {at} A C PASS . GT:DP 0/1:9 1/1:9 0/0:9 0/0:9" for at in range(1, 900))
    path = folder / "joint.vcf.gz"
    path.write_bytes(bgzf(vcf(f"{PANEL}\n{rows}", samples=["A", "B", "C", "D"]), block=700))
    return path


def traces(cohort: Cohort, wholes: Any = None) -> list[Any]:
    reader = Reader.of(cohort, SNV, wholes=wholes)
    return [
        (who, made.trace_bytes)
        for who, made in assign_many([(w.id, reader.profile(w)) for w in cohort.participants], SNV)
    ]


def ended(_: Any, __: Any) -> Any:
    raise InputError("processes", "processes that work to their end", "one that was ended from outside")


def without_one(work: Any, tasks: Sequence[Any]) -> list[Any]:
    return [*sent(work, tasks)[:-1], None]


def changed(work: Any, tasks: Sequence[Any]) -> list[Any]:
    """A part of another content than the file has when its digests are taken."""
    *rest, last = sent(work, tasks)
    return [*rest, evolve(last, sha256="0" * 64)]


@pytest.mark.holds("COHO-04", "COHO-11")
@pytest.mark.parametrize(("each", "is_read"), [(sent, True), (ended, False), (without_one, False), (changed, False)])
def test_what_was_found_in_parts_is_handed_on_and_read_by_nobody_again(tmp_path, monkeypatch, each, is_read):
    path = joint(tmp_path)
    cohort = cohort_of(path, SNV)
    expected = traces(cohort)
    monkeypatch.setattr(ranges, "LEAST", 3000)
    wholes = Reader.of(cohort, SNV).ahead(cohort.participants, Parts(9, each))
    assert bool(wholes[str(path)]) is (each is not ended)
    if is_read:
        monkeypatch.setattr("assigner.vcf.shared.open_source", None)
    assert traces(cohort, pickle.loads(pickle.dumps(wholes))) == expected
    assert len({trace for _, trace in expected}) == 4


@at_a_release
@pytest.mark.holds("COHO-11")
def test_processes_that_read_a_file_in_parts_write_the_same_table(tmp_path, monkeypatch):
    path = joint(tmp_path)
    monkeypatch.setattr(ranges, "LEAST", 3000)
    read, work = list[Any](), joint_parts.scan_in_parts
    monkeypatch.setattr("assigner.vcf.shared.scan_in_parts", lambda *given: read.append(work(*given)) or read[-1])
    for name, jobs in (("one", 1), ("two", 2)):
        Run(
            cohort=cohort_of(path, RULES), rules=RULES, rules_file=None, table=tmp_path / f"{name}.tsv", form="tsv",
            traces=tmp_path / f"{name}.zip", processes=jobs,
        )()  # fmt: skip
    assert [isinstance(each, Whole) for each in read] == [True]
    for end in ("tsv", "zip"):
        assert (tmp_path / f"one.{end}").read_bytes() == (tmp_path / f"two.{end}").read_bytes()


def test_parts_of_a_file_that_is_not_there_or_does_not_follow_on(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        ranges.ranges_of(str(tmp_path / "none.vcf.gz"), 2)
    path = tmp_path / "a.vcf.gz"
    path.write_bytes(bgzf(drawn(random.Random(1))))
    size = path.stat().st_size
    with pytest.raises(ValueError, match="follow"):
        ranges.digests_of(str(path), [Range(5, size)])
    with pytest.raises(InputError):
        ranges.digests_of(str(path), [Range(0, size - 1)])
    whole = ranges.digests_of(str(path), [Range(0, 20), Range(20, size)])
    assert whole.whole == hashlib.sha256(path.read_bytes()).hexdigest() and whole.size == size
    assert whole.parts == tuple(
        hashlib.sha256(each).hexdigest() for each in (path.read_bytes()[:20], path.read_bytes()[20:])
    )


def test_bytes_that_only_look_like_the_head_of_a_block_begin_none() -> None:
    block = bgzf(b"x" * 1000)
    assert ranges._first_block(ranges.HEAD + b"\x00" * 40 + block) == len(ranges.HEAD) + 40
    assert ranges._first_block(ranges.HEAD + b"\x00" * 40) is None


@pytest.mark.parametrize(
    ("parts", "are"),
    [
        ([(("1", 5), ("1", 9)), (("1", 9), ("1", 12))], True),
        ([(("1", 5), ("1", 9)), (("1", 8), ("1", 12))], False),
        ([(("1", 5), ("1", 9)), (("2", 1), ("2", 3)), (("1", 20), ("1", 30))], False),
        ([(None, None), (("1", 5), ("1", 9))], True),
        ([(None, None)], False),
    ],
)
def test_the_records_of_parts_are_in_order_where_those_of_the_file_are(parts: Any, are: bool) -> None:
    found: list[Any] = [
        SimpleNamespace(first=first, last=last, contigs=[] if first is None else [*{first[0], last[0]}])
        for first, last in parts
    ]
    assert joint_parts._are_in_order(found) is are


def test_what_is_lost_on_the_way_is_read_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "LEAST", 1)
    rows = "\n".join(f"1 {at} A C PASS . GT 0/0 0/1" for at in range(1, 9000))
    path = tmp_path / "a.vcf.gz"
    path.write_bytes(bgzf(vcf(rows, samples=["A", "B"])))
    asked = Asked(path=str(path), header=header_of(path), choice=CHOICE, filters=Filters(), fingerprint=False,
                  limits=Limits())  # fmt: skip
    told_of = scan_in_parts(asked, 3, sent)
    assert told_of is not None and told(told_of.scan) == told(as_one(path))  # type: ignore[arg-type]
    for lost in (0, 1):
        assert scan_in_parts(asked, 3, lambda work, tasks, lost=lost: [
            None if at == lost else done for at, done in enumerate(sent(work, tasks))]) is None  # fmt: skip
    assert scan_in_parts(asked, 1, sent) is None
    for fewer in (evolve(Limits(), text_bytes=1000), evolve(Limits(), kept_bytes=1)):
        assert scan_in_parts(evolve(asked, limits=fewer), 3, sent) is None
