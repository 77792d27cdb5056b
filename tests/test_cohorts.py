"""Many participants: sample sheets, the table, traces, and runs that are ended."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

import assigner
from assigner.cli import main
from assigner.cohorts.journals import Journal
from assigner.cohorts.parts import Shard, Told
from assigner.cohorts.reading import assign_many, cohort_of, read_profiles
from assigner.cohorts.runs import Run
from assigner.cohorts.sheets import read_sheet
from assigner.cohorts.workers import Made
from assigner.errors import InputError, SheetError
from assigner.processes import finished
from assigner.vcf.reading import read_profile
from dialects import base, other
from effort import at_a_release
from readings import SNV
from vcfs import vcf, written

EXAMPLES = Path(__file__).parents[1] / "examples"
RULES = assigner.read_rules()

ROWS = ["P001", "P002", "P004"]


def sheet(folder: Path, text: str, name: str = "sheet.tsv") -> Path:
    for kind in ("P001.g.vcf", "P001.eh.vcf", "P004.g.vcf", "P004.eh.vcf", "P003.vep.vcf", "genes.bed"):
        if not (folder / kind).exists():
            (folder / kind).symlink_to(EXAMPLES / kind)
    path = folder / name
    path.write_text(text.replace(" ", "\t") if name.endswith(".tsv") else text)
    return path


GOOD = "participant files repeats sex callable\nS1 P001.g.vcf P001.eh.vcf  \nS4 P004.g.vcf P004.eh.vcf male \n"


@pytest.mark.holds("COHO-01")
def test_every_fault_of_a_sheet_is_told_at_once_with_its_line(tmp_path):
    text = (
        "participant file repeats sex repeat_sizes build\n"
        "S1 P001.g.vcf P001.eh.vcf mal  \n"
        "S1 P001.g.vcf nowhere.vcf male C9orf=2/8 GRCh38\n"
        "S3 a b\n"
        " P001.g.vcf    \n"
    )
    with pytest.raises(SheetError) as caught:
        read_sheet(sheet(tmp_path, text), RULES)
    told = [(fault.line, fault.path) for fault in caught.value.faults]

    assert told == [
        (1, "column 2"), (2, "sex"), (3, "participant"), (3, "repeat_sizes"), (3, "repeats"), (4, "(the row)"),
        (5, "participant"),
    ]  # fmt: skip
    assert "did you mean" in str(caught.value)


def test_a_sheet_gives_each_participant_the_profile_of_a_reading_alone(tmp_path):
    path = sheet(tmp_path, GOOD)
    found = dict(read_profiles(path, RULES))

    own = {"S1": {"sample": "P001"}, "S4": {"sample": "P004", "sex": "male"}}
    assert found == {
        who: read_profile(
            tmp_path / f"P00{who[1]}.g.vcf", RULES, participant=who, repeats=tmp_path / f"P00{who[1]}.eh.vcf", **more
        )
        for who, more in own.items()
    }
    assert [made.category for _, made in assign_many(found.items(), RULES)] == ["CAT3", "CAT4"]
    commas = sheet(tmp_path, GOOD.replace(" ", ","), "sheet.csv")
    assert [who.files for who in read_sheet(commas, RULES)] == [who.files for who in read_sheet(path, RULES)]
    quoted = ";".join(f'"{cell}"' for cell in ("P9", "P001.g.vcf;P001.eh.vcf", "C9orf72=2/8;ATXN2=22/31"))
    (who,) = read_sheet(sheet(tmp_path, f"participant;files;repeat_sizes\n{quoted}\n", "semicolons.csv"), RULES)
    assert [Path(path).name for path, _, _ in who.files] == ["P001.g.vcf", "P001.eh.vcf"]
    assert who.repeat_sizes.keys() == {"C9orf72", "ATXN2"}


def test_a_sheet_renames_and_leaves_out_the_samples_of_a_joint_file(tmp_path):
    row = f"1 9041 {base(9041)} {other(9041, 0)} PASS . GT 0/1 1/1 0/0"
    joint = written(tmp_path, vcf(row, samples=["A", "B", "C"]), "joint.vcf")
    cohort = cohort_of(joint, SNV, sheet=sheet(tmp_path, "participant sample\nC \nsecond B\n"))

    assert [(who.id, who.sample) for who in cohort.participants] == [("C", "C"), ("second", "B")]
    assert cohort.notes == (f"{joint}: not in the sheet and left out: A",)
    with pytest.raises(SheetError, match=r"sheet.tsv:3: sample: expected .*; got 'Z'"):
        cohort_of(joint, SNV, sheet=sheet(tmp_path, "participant sample\nC \nsecond Z\n"))
    with pytest.raises(SheetError, match="each participant's own sample"):
        cohort_of(joint, SNV, sheet=sheet(tmp_path, "participant sample\nC \nsecond C\n"))


def test_a_row_may_rename_the_one_sample_of_a_file(tmp_path):
    """Nobody else's genotypes are in it; but a sample that the row names has to be in it."""
    row = f"1 9041 {base(9041)} {other(9041, 0)} PASS . GT 0/1"
    one = written(tmp_path, vcf(row, samples=["S1"]), "one.vcf")
    path = sheet(tmp_path, "participant sex\nP1 male\n")
    cohort = cohort_of(one, SNV, sheet=path)

    assert [(who.id, who.sample) for who in cohort.participants] == [("P1", None)] and cohort.notes == ()
    found = dict(read_profiles(one, SNV, sheet=path))
    assert found == {"P1": read_profile(one, SNV, participant="P1", sex="male")}
    with pytest.raises(SheetError, match=r"sheet.tsv:2: sample: expected .*; got 'Z1'"):
        cohort_of(one, SNV, sheet=sheet(tmp_path, "participant sample\nP1 Z1\n"))
    two = written(tmp_path, vcf(f"{row} 0/0", samples=["S1", "S2"]), "two.vcf")
    for joint, rows in ((two, "P1 \n"), (one, "P1 \nP2 \n")):
        with pytest.raises(SheetError, match=r"sheet.tsv:2: sample: expected .*; got 'P1'"):
            cohort_of(joint, SNV, sheet=sheet(tmp_path, f"participant sex\n{rows}"))


@pytest.mark.parametrize("second", ["one.vcf", "link.vcf", "inner/../one.vcf", "copy.vcf"])
def test_the_genotypes_of_one_person_are_nobody_elses(tmp_path, second):
    """However the file of another one is spelled, and also when it was copied."""
    content = vcf(f"1 9041 {base(9041)} {other(9041, 0)} PASS . GT 0/1", samples=["S1"])
    one = written(tmp_path, content, "one.vcf")
    written(tmp_path, content, "copy.vcf")
    written(tmp_path, content.replace(b"0/1", b"1/1"), "own.vcf")  # of the same size
    (tmp_path / "link.vcf").symlink_to(one)
    (tmp_path / "inner").mkdir()

    for head, sample, lines in (("", "", {2, 3}), (" sample", " S1", {3})):
        rows = [f"P{at} {file}{sample}\n" for at, file in enumerate(("one.vcf", second, "own.vcf"))]
        with pytest.raises(SheetError) as caught:
            cohort_of(sheet(tmp_path, f"participant files{head}\n{''.join(rows)}"), SNV)
        assert {fault.line for fault in caught.value.faults} == lines
        assert len(cohort_of(sheet(tmp_path, f"participant files{head}\n{rows[0]}{rows[2]}"), SNV)) == 2


def test_copies_of_what_is_no_vcf_are_told_in_a_row_each(tmp_path):
    for name in ("a.vcf", "b.vcf"):
        (tmp_path / name).write_bytes(b"##fileformat=VCFv4.2\nnothing\n")
    found = dict(read_profiles(sheet(tmp_path, "participant files\nA a.vcf\nB b.vcf\n"), SNV))

    assert [type(each).__name__ for each in found.values()] == ["HeaderError", "HeaderError"]


def test_a_sheet_that_can_be_read_only_once_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match=r"expected a regular file.*; got a pipe"):
        cohort_of(tmp_path / "pipe", SNV)


# --------------------------------------------------------------------------------------------------- runs and output


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def invoke(*args: str | Path) -> Result:
    return CliRunner().invoke(main, ["cohort", *map(str, args)])


@pytest.mark.holds("COHO-02", "COHO-10")
def test_one_bad_participant_is_a_row_with_its_error(tmp_path):
    (tmp_path / "bad.vcf").write_text("##fileformat=VCFv4.2\nnothing\n")
    path = sheet(tmp_path, f"{GOOD}bad bad.vcf   \n")
    done = invoke(
        path, "--table", tmp_path / "out.tsv", "--traces", tmp_path / "traces", "--dictionary", tmp_path / "d"
    )
    table = rows_of(tmp_path / "out.tsv")

    assert done.exit_code == 1, done.output
    assert [(row["participant"], row["outcome"], row["category"], row["error"]) for row in table] == [
        ("S1", "assigned", "CAT3", ""), ("S4", "assigned", "CAT4", ""), ("bad", "error", "", "HeaderError"),
    ]  # fmt: skip
    assert "3 participants\n  assigned: 2\n    CAT3: 1\n    CAT4: 1\n" in done.output
    assert table[0]["evidence"].startswith("VCP-R155H (established_allele) p.Arg155His")
    told = {line.split("\t")[0] for line in (tmp_path / "d").read_text().splitlines()[1:]}
    assert told == set(table[0])
    for who in ("S1", "S4"):
        trace = assigner.read_trace(tmp_path / "traces" / f"{who}.json")
        assert trace.participant == who
    assert sorted(each.name for each in (tmp_path / "traces").iterdir()) == ["S1.json", "S4.json"]
    assert invoke(path, "--table", tmp_path / "out.tsv").exit_code == 2  # never over a file that is there


def run(folder: Path, table: str, **more: object) -> Run:
    cohort = cohort_of(folder / "joint.vcf", SNV)
    return Run(
        cohort=cohort, rules=SNV, rules_file=None, table=folder / table, form="tsv", traces=folder / f"{table}.traces",
        **more,
    )  # fmt: skip


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.holds("COHO-03")
@given(after=st.integers(0, 4), torn=st.integers(0, 200), times=st.integers(1, 2))
def test_a_run_that_was_ended_goes_on_and_gives_the_same_bytes(tmp_path_factory, after, torn, times):
    """However often it is ended, and whatever part of a line or of a trace the end leaves."""
    folder = tmp_path_factory.mktemp("cohort")
    row = f"1 9041 {base(9041)} {other(9041, 0)} PASS . GT 0/1 1/1 0/0 ./1"
    written(folder, vcf(row, samples=["A", "B", "C", "D"]), "joint.vcf")
    run(folder, "whole.tsv")()

    def kill(done: int, whole: int) -> None:
        if done >= min(after + ended, whole):
            raise Killed

    for ended in range(times):
        with pytest.raises(Killed):
            run(folder, "out.tsv", resume=ended > 0, progress=kill)()
    journal = folder / ".out.tsv.unfinished"
    lines = journal.read_bytes().splitlines(keepends=True)
    if len(lines) > 1:
        journal.write_bytes(b"".join(lines[:-1]) + lines[-1][: min(torn, len(lines[-1]) - 1)])
    with pytest.raises(InputError, match="--resume"):
        run(folder, "out.tsv")()
    seen: list[int] = []
    run(folder, "out.tsv", resume=True, progress=lambda done, whole: seen.append(done))()

    assert (folder / "out.tsv").read_bytes() == (folder / "whole.tsv").read_bytes()
    assert seen == list(range(max(0, len(lines) - 2), 5))  # who was done is not done again
    assert not journal.exists()
    for trace in (folder / "whole.tsv.traces").iterdir():
        assert (folder / "out.tsv.traces" / trace.name).read_bytes() == trace.read_bytes()


@pytest.mark.holds("COHO-03")
def test_a_run_goes_on_alone_and_as_it_began(tmp_path):
    row = f"1 9041 {base(9041)} {other(9041, 0)} PASS . GT 0/1 1/1"
    content = vcf(row, samples=["A", "B"])
    written(tmp_path, content, "joint.vcf")
    refused: list[str] = []

    def another(done: int, whole: int) -> None:
        if not refused:
            with pytest.raises(InputError, match="one that a run is writing") as caught:
                run(tmp_path, "out.tsv", resume=True)()
            refused.append(str(caught.value))
        raise Killed

    with pytest.raises(Killed):
        run(tmp_path, "out.tsv", progress=another)()
    written(tmp_path, content.replace(b"0/1", b"0/0"), "joint.vcf")

    assert refused
    with pytest.raises(InputError, match="begin anew"):
        run(tmp_path, "out.tsv", resume=True)()


def test_what_a_run_holds_of_a_participant_shows_nothing_of_it(tmp_path):
    told = Told({"participant": "P1", "category": "CAT3"}, {"genome": "marks"})
    with (tmp_path / "journal").open("w+b") as file:
        held = (told, Made(told, b"CAT3"), Journal(tmp_path, file, {"P1": told}))
        assert [repr(each) for each in held] == ["Told(...)", "Made(...)", "Journal(...)"]


def test_a_run_that_is_refused_leaves_nothing_and_can_be_given_again(tmp_path):
    row = f"1 9041 {base(9041)} {other(9041, 0)} PASS . GT 0/1 1/1"
    written(tmp_path, vcf(row, samples=["A", "B"]), "joint.vcf")
    (tmp_path / "out.tsv.traces").mkdir()
    trace = tmp_path / "out.tsv.traces" / "B.json"
    trace.touch()
    for more, why in (({}, "no file of this name yet"), ({"fasta": str(tmp_path / "absent.fa")}, "absent.fa")):
        with pytest.raises(InputError, match=why):
            run(tmp_path, "out.tsv", **more)()
        assert not (tmp_path / ".out.tsv.unfinished").exists()
    trace.unlink()

    assert len(run(tmp_path, "out.tsv")()) == 2


def test_no_output_is_written_over_another_one(tmp_path):
    path = sheet(tmp_path, GOOD)
    (tmp_path / "same").symlink_to(tmp_path)
    for table, dictionary in (("o.tsv", "same/o.tsv"), ("o.tsv", "t/S1.json"), ("t.tsv", "t"), ("t", "d")):
        table = tmp_path / ("t.tsv" if table == "t" else table)
        traces = tmp_path / ("t.tsv" if dictionary == "d" else "t")
        done = invoke(path, "--table", table, "--traces", traces, "--dictionary", tmp_path / dictionary)
        assert (done.exit_code, "is also the place of another output" in done.output) == (2, True), done.output
        assert not table.exists()


NAMES = ("out", "whole")


@pytest.mark.holds("COHO-05")
@given(count=st.integers(1, 7))
def test_parts_give_the_table_of_one_run(tmp_path_factory, count):
    """However many there are, in whichever order they are worked on; each trace is written by one of them."""
    folder = tmp_path_factory.mktemp("cohort")
    row = f"1 9041 {base(9041)} {other(9041, 0)} PASS . GT 0/1 1/1 0/0 ./1 2/2"
    written(folder, vcf(row, samples=["A", "B", "C", "D", "E"]), "joint.vcf")
    run(folder, "whole.tsv")()
    for number in range(count, 0, -1):
        run(folder, "out.tsv", shard=Shard(number, count))()
    done = invoke("merge", folder / "out.tsv")

    assert (done.exit_code, "error: 1" in done.stdout) == (1, True), done.output  # E has an allele that is not there
    assert (folder / "out.tsv").read_bytes() == (folder / "whole.tsv").read_bytes()
    traces = [{one.name: one.read_bytes() for one in (folder / f"{name}.tsv.traces").iterdir()} for name in NAMES]
    assert traces[0] == traces[1] != {}
    assert len(list(folder.iterdir())) == 5  # the file, tables and traces: no part is left


@pytest.mark.holds("COHO-05")
def test_parts_made_in_folders_of_their_own_are_of_one_run(tmp_path):
    row = f"1 9041 {base(9041)} {other(9041, 0)} PASS . GT 0/1 1/1 0/0"
    written(tmp_path, vcf(row, samples=["A", "B", "C"]), "joint.vcf")
    for number in (1, 2):
        (own := tmp_path / f"task{number}").mkdir()
        run(tmp_path, f"{own.name}/out.tsv", shard=Shard(number, 2))()
        (own / f"out.tsv.{number}-of-2").rename(tmp_path / f"out.tsv.{number}-of-2")
    parts = {path: path.read_bytes() for path in tmp_path.glob("out.tsv.*")}

    for _ in range(2):  # the second time as after a kill between the table and the removal of the parts
        assert invoke("merge", tmp_path / "out.tsv").exit_code == 0
        assert [row["participant"] for row in rows_of(tmp_path / "out.tsv")] == ["A", "B", "C"]
        assert len(parts) == 2 and not any(path.exists() for path in parts)
        for path, content in parts.items():
            path.write_bytes(content)
    (tmp_path / "out.tsv").write_text("another\n")
    assert "the file that this run writes" in invoke("merge", tmp_path / "out.tsv").output


@pytest.mark.holds("COHO-03", "COHO-05")
def test_the_job_of_a_part_can_be_given_again_when_the_part_is_written(tmp_path):
    """A scheduler may start a job anew though its work was done: as after its shell alone was killed."""
    row = f"1 9041 {base(9041)} {other(9041, 0)} PASS . GT 0/1 1/1 0/0 1/0"
    written(tmp_path, vcf(row, samples=["A", "B", "C", "D"]), "joint.vcf")
    given = (tmp_path / "joint.vcf", "--table", tmp_path / "out.tsv", "--shard", "1/2", "--traces")
    first = invoke(*given, tmp_path / "traces")
    part = tmp_path / "out.tsv.1-of-2"
    content, trace = part.read_bytes(), (tmp_path / "traces" / "A.json").read_bytes()
    assert first.exit_code == 0
    (tmp_path / "traces" / "A.json").unlink()  # is made again

    again = invoke(*given, tmp_path / "traces", "--resume")
    assert (again.exit_code, again.stdout) == (0, first.stdout), again.output
    assert (part.read_bytes(), (tmp_path / "traces" / "A.json").read_bytes()) == (content, trace)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["joint.vcf", "out.tsv.1-of-2", "traces"]
    assert invoke(*given, tmp_path / "traces").exit_code == 2
    for another in (("traces", "--resume", "--absent", "reference"), ("traces.zip", "--resume")):
        done = invoke(*given, tmp_path / another[0], *another[1:])
        assert "expected the file that this run writes, or none; got another one" in done.output
    part.write_bytes(content[:-1])
    assert "not written whole" in invoke(*given, tmp_path / "traces", "--resume").output
    assert sorted(each.name for each in tmp_path.iterdir()) == ["joint.vcf", "out.tsv.1-of-2", "traces"]


WRONG = (b"true", b"-3", b"1" + b"0" * 21, b'"3"')
"""What is no number of participants."""


@pytest.mark.holds("COHO-05")
def test_parts_that_do_not_make_one_whole_are_refused(tmp_path):
    row = f"1 9041 {base(9041)} {other(9041, 0)} PASS . GT 0/1 1/1 0/0"
    written(tmp_path, vcf(row, samples=["A", "B", "C"]), "joint.vcf")
    written(tmp_path, vcf(row, samples=["A", "B", "D"]), "other.vcf")
    table = tmp_path / "out.tsv"

    def part(file: str, shard: str) -> Path:
        assert invoke(tmp_path / file, "--table", table, "--shard", shard).exit_code == 0
        return Path(f"{table}.{shard.replace('/', '-of-')}")

    def refused() -> str:
        done = invoke("merge", table)
        assert (done.exit_code, table.exists()) == (1, False)
        return done.output

    assert "got none" in refused()
    first = part("joint.vcf", "1/2")
    assert "got none of number 2" in refused()
    part("other.vcf", "2/2").rename(tmp_path / "kept")
    second = part("joint.vcf", "2/2")
    sound = second.read_bytes()
    for content, told in (
        ((tmp_path / "kept").read_bytes(), "one of another run"),
        (sound[:-1], "not written whole"),
        (sound[: sound.index(b"\n") + 1], "not written whole"),
        (first.read_bytes(), "part 2/2, as the file is named"),
        (b"", "in JSON"),
        (b"{}\n", "the first line of a part"),
        *((sound.replace(b'"participants":3', b'"participants":' + wrong), "the first line") for wrong in WRONG),
        (sound.replace(b'"name":"participant"', b'"name":"other"'), "the first line of a part"),
        (sound.replace(b'"participant":"B"', b'"participant":"A"'), "'A' twice"),
        (sound.replace(b'"participant":"B"', b'"nobody":"B"'), "a row with the columns"),
    ):
        second.write_bytes(content)
        assert told in refused(), told
    second.write_bytes(sound)
    part("joint.vcf", "3/3")
    assert "got 2, 3" in refused()
    Path(f"{table}.3-of-3").unlink()

    assert invoke("merge", table).exit_code == 0
    assert [row["participant"] for row in rows_of(table)] == ["A", "B", "C"]
    given = (tmp_path / "joint.vcf", "--table", tmp_path / "new.tsv", "--shard", "1/2")
    assert invoke(*given, "--dictionary", tmp_path / "d.tsv").exit_code == 2
    for wrong in ("0/2", "3/2", "1/0", "1", "a/b", "01/2", "1/1000000"):
        assert invoke(tmp_path / "joint.vcf", "--table", tmp_path / "new.tsv", "--shard", wrong).exit_code == 1


@at_a_release
def test_several_processes_give_the_same_table(tmp_path):
    path = sheet(tmp_path, GOOD)
    for name, processes in (("one.csv", "1"), ("two.csv", "2")):
        done = invoke(path, "--table", tmp_path / name, "--processes", processes)
        assert done.exit_code == 0, done.output

    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()


def test_why_a_process_could_not_be_set_up_is_told():
    with pytest.raises(ValueError, match="'nothing'"):
        list(finished(1, int, ("nothing",), abs, [-1]))


def test_the_table_is_also_written_as_parquet(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    path = sheet(tmp_path, GOOD)
    for end in ("tsv", "parquet"):
        assert invoke(path, "--table", tmp_path / f"out.{end}").exit_code == 0
    rows = parquet.read_table(tmp_path / "out.parquet").to_pylist()

    assert [row["participant"] for row in rows] == ["S1", "S4"]
    for row, other_form in zip(rows, rows_of(tmp_path / "out.tsv"), strict=True):
        told = {name: json.dumps(v) if isinstance(v, bool) else "" if v is None else str(v) for name, v in row.items()}
        assert told == other_form
