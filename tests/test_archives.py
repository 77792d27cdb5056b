"""Traces in one archive: the same bytes for the same traces, and nothing else than what was packed comes out."""

from __future__ import annotations

import hashlib
import json
import struct
import zipfile
from pathlib import Path

import pytest
from attrs import evolve
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from assigner.assignments import assign
from assigner.canonical import canonical
from assigner.cli import main
from assigner.cohorts.parts import Shard
from assigner.cohorts.reading import cohort_of
from assigner.cohorts.runs import Run
from assigner.errors import InputError, TraceError
from assigner.profiles.forms import profile_of
from assigner.rules import read_rules
from assigner.traces.archives import Archive, trace_name, write_archive
from dialects import base, other
from effort import times
from ledgers import rule_set, trace
from readings import SNV
from vcfs import vcf, written

IDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)


def packed(path: Path, traces: dict[str, bytes]) -> Path:
    write_archive(path, {who: hashlib.sha256(each).hexdigest() for who, each in traces.items()}, traces.__getitem__)
    return path


def contents(path: Path) -> dict[str, bytes]:
    return {who: each.content for who, each in Archive.open(path).traces.items()}


@pytest.mark.holds("COHO-08")
@given(ids=st.lists(IDS, unique=True, max_size=5), data=st.data())
def test_the_same_traces_give_the_same_bytes_and_come_out_as_they_were(tmp_path_factory, ids, data):
    folder = tmp_path_factory.mktemp("archive")
    traces = {who: canonical({"participant": who, "outcome": "review"}) for who in ids}
    one = packed(folder / "one.zip", traces)
    two = packed(folder / "two.zip", {who: traces[who] for who in data.draw(st.permutations(ids))})

    assert contents(one) == traces
    assert list(contents(one)) == sorted(ids, key=trace_name)
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.holds("COHO-08")
@times(10)
@given(data=st.data())
def test_whatever_byte_is_changed_no_other_trace_comes_out(tmp_path_factory, data):
    traces = {who: canonical({"participant": who}) for who in ("P1", "P2")}
    path = packed(tmp_path_factory.mktemp("archive") / "a.zip", traces)
    content = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content[at] ^= data.draw(st.integers(1, 255))
    else:
        del content[at:]
    path.write_bytes(content)
    try:
        found = contents(path)
    except TraceError:
        return
    assert found == traces


def test_what_is_no_archive_of_traces_is_refused(tmp_path):
    own = canonical({"participant": "P1"})
    sha = hashlib.sha256(own).hexdigest()
    index = {"schema_version": "traces-1", "traces": {"P1": sha}}
    named = f"traces/{sha}.json"

    def refused(members: list[tuple[str, bytes]], kind: int = zipfile.ZIP_DEFLATED) -> str:
        with zipfile.ZipFile(tmp_path / "a.zip", "w", kind) as file:
            for name, content in members:
                file.writestr(name, content)
        with pytest.raises(TraceError) as caught:
            contents(tmp_path / "a.zip")
        return str(caught.value)

    assert "got another ZIP" in refused([(named, own)])
    with pytest.warns(UserWarning, match="Duplicate"):
        assert "one twice" in refused([("index.json", canonical(index)), (named, own), (named, own)])
    assert "packed in another way" in refused([("index.json", canonical(index)), (named, own)], zipfile.ZIP_BZIP2)
    for wrong, why in (
        (b"[]", "schema_version and traces"),
        (b'{"a":1,"a":2}', "a key stands twice"),
        (canonical(index | {"schema_version": "traces-2"}), "got 'traces-2'"),
        (canonical(index | {"traces": {"P1": sha[1:]}}), "the SHA-256 of each"),
        (canonical(index | {"traces": {}}), "and no others"),
        (canonical(index | {"traces": {"P1": sha, "P3": "0" * 64}}), "and no others"),
        (canonical(index | {"traces": {"P2": sha}}), "expected a trace of 'P2'; got one of 'P1'"),
        (canonical(index).replace(b'"P1"', rb'"\ud800"'), r"participants whose ids are text; got '\ud800'"),
    ):
        assert why in refused([("index.json", wrong), (named, own)])
    with pytest.raises(TraceError, match=r"a\.zip: expected a trace of 'P9'; got none"):
        Archive.open(packed(tmp_path / "a.zip", {"P1": own})).trace("P9")
    with pytest.raises(TraceError, match="damaged"):
        (tmp_path / "b.zip").write_bytes(b"PK\3\4")
        Archive.open(tmp_path / "b.zip")
    with pytest.raises(TraceError, match="No such file"):
        Archive.open(tmp_path / "absent.zip")
    with pytest.raises(TraceError, match="got others"):
        write_archive(tmp_path / "c.zip", {"P1": sha}, lambda who: b"{}")
    with pytest.raises(TraceError, match="another trace for each participant; got one trace of two"):
        write_archive(tmp_path / "c.zip", {"P1": sha, "P2": sha}, lambda who: own)
    assert not (tmp_path / "c.zip").exists()


# ---------------------------------------------------------------------------------------------------------- commands


def call(*args: str | Path) -> Result:
    return CliRunner().invoke(main, [*map(str, args)])


def test_a_directory_that_would_fill_the_memory_is_refused_before_it_is_read(tmp_path, monkeypatch):
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as file:
        for at in range(70_000):  # so many that their number needs 64 bits
            file.writestr(zipfile.ZipInfo(f"{at}"), b"")
        file.comment = b"a comment"
    small = packed(tmp_path / "a.zip", {"P1": trace("P1", "A")})
    for most, refused in ((100_000, True), (10_000_000, False)):
        monkeypatch.setattr("assigner.traces.archives.MOST_DIRECTORY", most)
        with pytest.raises(TraceError) as caught:
            Archive.open(path)
        assert (f"at most {most} bytes" in str(caught.value)) is refused
        assert len(Archive.open(small).traces) == 1
    whole = path.read_bytes()
    end = len(whole) - len(b"a comment") - 22
    size = int.from_bytes(whole[end + 12 : end + 16], "little")
    in_64 = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, 70_000, 70_000, size, end - size)
    monkeypatch.setattr("assigner.traces.archives.MOST_DIRECTORY", size - 1)
    for in_32 in (b"\xff" * 4, b"\1\0\0\0"):  # zipfile takes the size in 64 bits in either case
        for there in (end, 0):  # and from right before the locator, wherever that one points
            locator = struct.pack("<4sIQI", b"PK\6\7", 0, there, 1)
            last = whole[end : end + 12] + in_32 + b"\xff" * 4 + whole[end + 20 :]
            path.write_bytes(whole[:end] + in_64 + locator + last)
            with pytest.raises(TraceError, match=f"at most {size - 1} bytes; got"):
                Archive.open(path)


@pytest.mark.holds("COHO-08")
def test_commands_read_an_archive_as_the_folder_of_its_traces(tmp_path):
    (tmp_path / "rules.yaml").write_bytes(rule_set())
    rules = ("--rules", tmp_path / "rules.yaml")

    def of(who: str, arm: str | None) -> bytes:
        own = read_rules(tmp_path / "rules.yaml")
        return assign(profile_of(json.loads(trace(who, arm))["profile"], own), own).trace_bytes

    traces = {who: of(who, arm) for who, arm in (("P1", "A"), ("site 1//P2", "B?"), ("site 1/P2", "A"), ("P3", None))}
    (tmp_path / "traces").mkdir()
    for who, each in traces.items():
        (tmp_path / "traces" / trace_name(who)).write_bytes(each)
    archive = packed(tmp_path / "traces.zip", traces)
    for command in (("traces", "table"), ("verify", *rules)):
        one, two = (call(*command, place) for place in (archive, tmp_path / "traces"))
        assert one.exit_code == two.exit_code == 0 and one.output == two.output, one.output
    assert call("verify", f"{archive}:site 1/P2", *rules).output.startswith("REPRODUCED")
    assert "site 1//P2" in call("explain", f"{archive}:site 1//P2").output
    told = call("traces", "diff", f"{archive}:P1", f"{archive}:P3")
    assert (
        told.exit_code == 1
        and told.output == call("traces", "diff", tmp_path / "traces/P1.json", tmp_path / "traces/P3.json").output
    )
    assert "got none" in call("explain", f"{archive}:P9").output
    out = [call("export", place, "--as", "prov", *rules) for place in (f"{archive}:P1", tmp_path / "traces/P1.json")]
    assert out[0].exit_code == 0 and out[0].output == out[1].output
    assert call("verify", archive, "--sample", "S").exit_code == 2
    before = archive.read_bytes()
    one = f"{archive}:P1"
    others = ("report", one), ("export", one, "--as", "prov"), ("redact", one, "--openings", tmp_path / "openings")
    for command in (("traces", "table", archive), *others):
        assert "would be lost" in call(*command, "-o", archive).output, command
    assert "would be lost" in call("redact", one, "-o", tmp_path / "x", "--openings", archive).output
    assert archive.read_bytes() == before
    for wrong, code in ((of("P1", "B"), 3), (traces["P1"].replace(b'"assigned"', b'"review"', 1), 1)):
        changed = {"P2": wrong} if code == 3 else {"P1": wrong}
        write_archive(tmp_path / "w.zip", {w: hashlib.sha256(b).hexdigest() for w, b in changed.items()}, changed.get)
        assert call("verify", tmp_path / "w.zip", *rules).exit_code == code
        assert call("traces", "table", tmp_path / "w.zip").exit_code == 1
    assert "expected traces; got none" in call("verify", packed(tmp_path / "none.zip", {})).output


# -------------------------------------------------------------------------------------------------------------- runs


class Killed(BaseException):
    """The process ends here."""


def run(folder: Path, name: str, **more: object) -> Run:
    cohort = cohort_of(folder / "joint.vcf", SNV)
    return Run(
        cohort=cohort, rules=SNV, rules_file=None, table=folder / f"{name}.tsv", form="tsv",
        traces=folder / f"{name}.zip", **more,
    )  # fmt: skip


@pytest.mark.holds("COHO-03", "COHO-05", "COHO-08")
@given(after=st.integers(0, 5), count=st.integers(1, 4))
def test_an_archive_is_that_of_one_run_however_it_was_ended_or_parted(tmp_path_factory, after, count):
    folder = tmp_path_factory.mktemp("cohort")
    row = f"1 9041 {base(9041)} {other(9041, 0)} PASS . GT 0/1 1/1 0/0 ./1 2/2"
    written(folder, vcf(row, samples=["A", "B", "C", "D", "E"]), "joint.vcf")
    run(folder, "whole")()
    assert list(contents(folder / "whole.zip")) == ["A", "B", "C", "D"]  # E has an allele that is not there

    def kill(done: int, whole: int) -> None:
        if done >= min(after, whole):
            raise Killed

    with pytest.raises(Killed):
        run(folder, "ended", progress=kill)()
    assert not (folder / "ended.zip").exists()
    run(folder, "ended", resume=True)()
    for number in range(1, count + 1):
        run(folder, "parted", shard=Shard(number, count))()
    done = call("cohort", "merge", folder / "parted.tsv", "--traces", folder / "parted.zip")

    assert done.exit_code == 1, done.output
    for name in ("ended", "parted"):
        for end in ("tsv", "zip"):
            assert (folder / f"{name}.{end}").read_bytes() == (folder / f"whole.{end}").read_bytes()
    assert len(list(folder.iterdir())) == 7  # nothing but the file, tables and archives is left


def test_a_run_that_ended_between_archive_and_table_keeps_the_archive_and_no_other_one(tmp_path, monkeypatch):
    row = f"1 9041 {base(9041)} {other(9041, 0)} PASS . GT 0/1 1/1"
    written(tmp_path, vcf(row, samples=["A", "B"]), "joint.vcf")

    def killed(path: Path, content: bytes) -> None:
        raise Killed

    with monkeypatch.context() as now:
        now.setattr("assigner.cohorts.runs.write_whole", killed)
        with pytest.raises(Killed):
            run(tmp_path, "out")()
    sound = (tmp_path / "out.zip").read_bytes()
    packed(tmp_path / "out.zip", {"A": canonical({"participant": "A"})})
    with pytest.raises(InputError, match="another one"):
        run(tmp_path, "out", resume=True)()
    (tmp_path / "out.zip").write_bytes(sound)
    run(tmp_path, "out", resume=True)()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["joint.vcf", "out.tsv", "out.zip"]


def joint(folder: Path) -> Path:
    row = f"1 9041 {base(9041)} {other(9041, 0)} PASS . GT 0/1 1/1"
    written(folder, vcf(row, samples=["A", "B"]), "joint.vcf")
    return folder


def end(run: Run, after: int = 1) -> None:
    """Run until so many are done."""

    def kill(done: int, whole: int) -> None:
        if done == after:
            raise Killed

    with pytest.raises(Killed):
        evolve(run, progress=kill)()


@pytest.mark.holds("COHO-05", "COHO-08")
def test_the_unfinished_traces_of_another_run_are_neither_used_nor_removed(tmp_path):
    out = run(joint(tmp_path), "out")
    unfinished = tmp_path / ".out.zip.unfinished"
    end(out)
    before = {each.name: each.read_bytes() for each in unfinished.iterdir()}
    assert unfinished.stat().st_mode & 0o777 == 0o700 and {*before} == {".run", "A.json"}
    other_one = evolve(out, table=tmp_path / "other.tsv")  # with the same archive
    with pytest.raises(InputError, match=r"give that run again with --resume, or remove the folder"):
        other_one()
    with pytest.raises(InputError, match="those of another run"):
        evolve(other_one, resume=True)()
    assert {each.name: each.read_bytes() for each in unfinished.iterdir()} == before
    assert sorted(each.name for each in tmp_path.iterdir()) == [".out.tsv.unfinished", unfinished.name, "joint.vcf"]

    kept = unfinished.rename(tmp_path / "elsewhere")
    unfinished.symlink_to(kept)
    with pytest.raises(InputError, match="a folder that this run has made"):
        evolve(out, resume=True)()
    unfinished.unlink()
    kept.rename(unfinished)
    (unfinished / "not ours.txt").write_text("keep")
    (unfinished / ".A.json.7.part").write_text("{")
    unfinished.chmod(0o755)
    with pytest.raises(InputError, match=r"move it away and give --resume; got not ours\.txt"):
        evolve(out, resume=True)()
    assert {each.name for each in unfinished.iterdir()} == {".run", "not ours.txt"}
    assert unfinished.stat().st_mode & 0o777 == 0o700
    (unfinished / "not ours.txt").rename(tmp_path / "not ours.txt")
    evolve(out, resume=True)()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["joint.vcf", "not ours.txt", "out.tsv", "out.zip"]


@pytest.mark.holds("COHO-05", "COHO-08")
@pytest.mark.parametrize(
    ("traces", "step"),
    [
        ("out.zip", "assigner.cohorts.trace_stores.Traces.finish"),
        ("out.zip", "pathlib.Path.rmdir"),
        ("out.zip", "assigner.cohorts.journals.Journal.finish"),
        ("traces", "assigner.cohorts.journals.Journal.finish"),
    ],
)
def test_a_run_that_was_ended_after_the_table_cleans_up_when_it_goes_on(tmp_path, monkeypatch, step, traces):
    out = evolve(run(joint(tmp_path), "out"), traces=tmp_path / traces)

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as now:
        now.setattr(step, killed)
        with pytest.raises(Killed):
            out()
    table = tmp_path / "out.tsv"
    sound = table.read_bytes()
    table.write_bytes(sound + b"\n")
    with pytest.raises(InputError, match="the file that this run writes, or none"):
        evolve(out, resume=True)()
    table.write_bytes(sound)
    evolve(out, resume=True)()
    assert table.read_bytes() == sound
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(["joint.vcf", "out.tsv", traces])


@pytest.mark.holds("COHO-05", "COHO-08")
def test_the_command_goes_on_where_the_table_is_there_if_its_run_was_ended(tmp_path, monkeypatch):
    (joint(tmp_path) / "rules.yaml").write_bytes(rule_set())
    given = ("cohort", tmp_path / "joint.vcf", "--rules", tmp_path / "rules.yaml", "--table", tmp_path / "out.tsv")
    given = (*given, "--traces", tmp_path / "out.zip", "--resume")

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as now:
        now.setattr("assigner.cohorts.trace_stores.Traces.finish", killed)
        with pytest.raises(Killed):
            call(*given)
    sound = (tmp_path / "out.tsv").read_bytes()
    assert "exists already" in call(*given[:-1]).output
    done = call(*given)
    assert (done.exit_code, (tmp_path / "out.tsv").read_bytes()) == (0, sound), done.output
    assert sorted(each.name for each in tmp_path.iterdir()) == ["joint.vcf", "out.tsv", "out.zip", "rules.yaml"]
    assert "exists already" in call(*given).output  # no run was ended


@pytest.mark.holds("COHO-05", "COHO-08")
@pytest.mark.parametrize("traces", ["out.zip", "traces"])
def test_a_trace_that_was_written_and_is_gone_is_made_again(tmp_path, monkeypatch, traces):
    out = evolve(run(joint(tmp_path), "out"), traces=tmp_path / traces)
    run(tmp_path, "whole")()
    end(out)
    trace = next(tmp_path.glob("*/A.json"), None) or next(tmp_path.glob(".*/A.json"))
    sound = trace.read_bytes()
    trace.unlink()
    seen: list[int] = []
    evolve(out, resume=True, progress=lambda done, whole: seen.append(done))()
    assert seen == [0, 1, 2]
    assert (tmp_path / "out.tsv").read_bytes() == (tmp_path / "whole.tsv").read_bytes()
    assert (contents(tmp_path / "out.zip")["A"] if traces == "out.zip" else trace.read_bytes()) == sound


def test_a_trace_that_cannot_be_packed_is_named(tmp_path):
    out = run(joint(tmp_path), "out")

    def spoil(done: int, whole: int) -> None:
        if done == whole:
            (tmp_path / ".out.zip.unfinished" / "A.json").unlink()

    with pytest.raises(
        InputError, match=r"\.out\.zip\.unfinished/A\.json: expected the trace of 'A'; got No such file"
    ):
        evolve(out, progress=spoil)()


@pytest.mark.holds("COHO-05", "COHO-08")
def test_parts_whose_traces_are_packed_are_not_merged_without_them(tmp_path):
    joint(tmp_path)
    for number in (1, 2):
        run(tmp_path, "out", shard=Shard(number, 2))()
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    merge = ("cohort", "merge", tmp_path / "out.tsv")
    done = call(*merge)
    assert done.exit_code == 1 and "expected --traces" in done.output and "beside 'out.zip'" in done.output
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == before

    whole = {}
    for number in (1, 2):
        whole |= contents(tmp_path / f"out.zip.{number}-of-2")
    packed(tmp_path / "out.zip", whole)  # a merge that was ended before the table was written
    (tmp_path / "out.zip.1-of-2").unlink()
    other_one = packed(tmp_path / "out.zip.2-of-2", {"B": canonical({"participant": "B"})}).read_bytes()
    done = call(*merge, "--traces", tmp_path / "out.zip")
    assert done.exit_code == 1 and "expected traces that are in out.zip, too; got others" in done.output
    assert (tmp_path / "out.zip.2-of-2").read_bytes() == other_one and not (tmp_path / "out.tsv").exists()
    (tmp_path / "out.zip.2-of-2").write_bytes(before["out.zip.2-of-2"])
    assert call(*merge, "--traces", tmp_path / "out.zip").exit_code == 0
    assert sorted(each.name for each in tmp_path.iterdir()) == ["joint.vcf", "out.tsv", "out.zip"]


def test_parts_without_the_traces_of_the_table_are_not_merged(tmp_path):
    row = f"1 9041 {base(9041)} {other(9041, 0)} PASS . GT 0/1 1/1"
    written(tmp_path, vcf(row, samples=["A", "B"]), "joint.vcf")
    run(tmp_path, "out", shard=Shard(1, 1))()
    part = tmp_path / "out.zip.1-of-1"
    sound = part.read_bytes()
    merge = ("cohort", "merge", tmp_path / "out.tsv", "--traces")
    assert call(*merge, tmp_path / "folder").exit_code == 2
    packed(part, {"A": Archive.open(part).trace("A").content})
    assert "expected the traces of the table's participants" in call(*merge, tmp_path / "out.zip").output
    part.unlink()
    assert call(*merge, tmp_path / "out.zip").exit_code == 1
    assert not (tmp_path / "out.tsv").exists() and not (tmp_path / "out.zip").exists()
    part.write_bytes(sound)
    (tmp_path / "out.zip").write_bytes(sound)  # a merge that was ended before the table was written
    assert call(*merge, tmp_path / "out.zip").exit_code == 0
    assert not part.exists() and json.loads(Archive.open(tmp_path / "out.zip").trace("B").content)["outcome"]
    given_again = ("cohort", tmp_path / "joint.vcf", "--table", tmp_path / "t.tsv", "--traces")
    assert "exists already" in call(*given_again, tmp_path / "out.zip").output
    assert "is a file" in call(*given_again, tmp_path / "joint.vcf").output
