"""The summary of a cohort: who has whose genome, what it counts, and the page, however the run went."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from attrs import evolve
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from assigner.cli import main
from assigner.cohorts import genomes
from assigner.cohorts.genomes import Genome, compared
from assigner.cohorts.parts import Shard, merged
from assigner.cohorts.reading import Reader, cohort_of
from assigner.cohorts.runs import Run, processes_for, write_summary
from assigner.cohorts.seen import seen_in, seen_of
from assigner.cohorts.summaries import Outlier, summary_of
from assigner.errors import InputError
from assigner.genome.builds import Build
from assigner.vcf.scan import joint_fingerprints
from dialects import base, other
from readings import SNV
from vcfs import bcf, vcf, written

EXAMPLES = Path(__file__).parents[1] / "examples"
LISTED = f"1 9041 {base(9041)} {other(9041, 0)} PASS . GT"
CELLS = ("0/0", "0|1", "1/1", "./.", "0/.", "1", "0/2", "1/2", "10/1")


# ------------------------------------------------------------------------------------------- genotypes of all samples


@st.composite
def rows(draw: st.DrawFn) -> list[str]:
    """Records of three samples; some stand at one place, and some are not taken."""
    place = st.tuples(
        st.sampled_from("1X"), st.integers(10, 40), st.sampled_from(["A C", "A G", "a c", "AT A", "A C,<*>"])
    )
    kinds = st.tuples(
        place, st.sampled_from(["PASS", ".", "LowQual"]), st.lists(st.sampled_from(CELLS), min_size=3, max_size=3)
    )
    made = draw(st.lists(kinds, max_size=12))
    return [
        f"{chrom} {pos} {alleles} {filters} . GT {' '.join(cells if ',' in alleles else map(single, cells))}"
        for (chrom, pos, alleles), filters, cells in sorted(made, key=lambda each: each[0])
    ]


def single(cell: str) -> str:
    """A genotype of a record with one ALT."""
    return re.sub("2|10", "1", cell)


def marks_of(path: Path, name: str, *, joint: bool) -> Sequence[int]:
    """The genotypes that are taken of one of three samples, by a pass for all or by one of its own."""
    cohort = cohort_of(path, SNV)
    reader = Reader.of(cohort, SNV, compares=True)
    if not joint:
        reader = Reader(rules=SNV, compares=True, shared={})
    who = next(each for each in cohort.participants if each.id == name)
    _, genome = reader.read(who)
    assert genome is not None and (genome.joint is not None) == joint
    return genome.marks.tolist()


@pytest.mark.holds("COHO-06")
@given(made=rows())
def test_a_pass_for_all_takes_the_genotypes_that_a_pass_for_one_takes(tmp_path_factory, made):
    folder = tmp_path_factory.mktemp("marks")
    content = vcf("\n".join([*made, "2 7 T C PASS . GT:DP 0/1:30 0/0:30 ./.:0"]), samples=["A", "B", "C"])
    paths = written(folder, content, "joint.vcf"), bcf(folder, content, "joint.bcf")
    for name in "ABC":
        own = marks_of(paths[0], name, joint=False)
        assert [marks_of(path, name, joint=True) for path in paths] == [own, own]


def test_of_many_sites_those_stay_at_which_most_samples_differ(monkeypatch):
    monkeypatch.setattr(joint_fingerprints, "MOST_SITES", 8)
    monkeypatch.setattr(joint_fingerprints, "MOST_HELD", 16)
    made = joint_fingerprints.JointFingerprint(4)
    for pos in range(1, 101):
        often = pos % 8 == 0
        made.add(("1", pos, b"A", b"C"), np.array([0, 1, 1, 0] if often else [0, 0, 0, 1], np.int8))

    assert (made.level, len(made.copies)) == (3, 12)
    assert len(made.marks(0)) == len(made.marks(3)) == 8
    assert {int(each) & 3 for each in made.marks(1)} == {1}


# ------------------------------------------------------------------------------------------ who has whose genome


def genome(copies: Sequence[int], joint: str | None = None, build: Build = Build.GRCH38) -> Genome:
    marks = [at << 2 | each for at, each in enumerate(copies) if each >= 0]
    return Genome(build, joint, np.array(marks, np.uint64))


@pytest.mark.holds("COHO-06")
@given(seed=st.integers(0, 2**32), tile=st.sampled_from([2, 3, 512]))
def test_pairs_are_judged_as_by_hand(seed, tile):
    """Each pair's numbers are those of a plain count; what is too little evidence is judged by nobody."""
    chance = np.random.default_rng(seed)
    known = {}
    for at in range(7):
        copies = (
            chance.choice([-1, 0, 1, 2], 24, p=[0.1, 0.4, 0.3, 0.2]) if at % 3 or not at else [*known.values()][-1][0]
        )
        known[f"P{at}"] = (list(copies), chance.choice(["f", "g", ""]))
    given_ = {who: genome(copies, joint or None) for who, (copies, joint) in known.items()} | {"nothing": None}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("LEAST_SITES", 12), ("LEAST_HET", 4), ("_TILE", tile)):
            patch.setattr(genomes, name, value)
        found = compared(given_)
    judged, same, kin, close = 0, set(), 0, set()
    names = [*known]
    for at, one in enumerate(names):
        for two in names[at + 1 :]:
            pairs = [each for each in zip(known[one][0], known[two][0], strict=True) if -1 not in each]
            sites = [each for each in pairs if any(each)]
            alike = sum(mine == its for mine, its in sites)
            hets = [sum(each[side] == 1 for each in pairs) for side in (0, 1)]
            enough, of_file = len(sites) >= 12, known[one][1] == known[two][1] != "" and min(hets) >= 4
            judged, kin = judged + enough, kin + of_file
            if enough and alike * 1000 >= 950 * len(sites):
                same.add((one, two, alike, len(sites)))
            elif of_file:
                opposite = sum({*each} == {0, 2} for each in pairs)
                phi = 1000 * (sum(each == (1, 1) for each in pairs) - 2 * opposite) // sum(hets)
                if phi >= 177:
                    close.add((one, two, phi))

    assert (found.judged, found.kin, found.pairs) == (judged, kin, 28)
    assert {(each.first, each.second, each.same, each.sites) for each in found.one_genome} == same
    assert {(each.first, each.second, each.kinship) for each in found.close} == close
    assert "nothing" in found.without


def test_genotypes_on_two_builds_are_not_compared():
    copies = [1] * 200
    assert len(compared({"A": genome(copies), "B": genome(copies)}).one_genome) == 1
    found = compared({"A": genome(copies), "B": genome(copies, build=Build.GRCH37)})
    assert (found.judged, found.everybody) == (0, True)


@given(copies=st.lists(st.integers(-1, 2), max_size=40))
def test_genotypes_are_read_as_they_were_written(copies):
    made = genome(copies, "file")
    again = Genome.parse(**made.form)
    assert (again.build, again.joint, again.marks.tolist()) == (made.build, "file", made.marks.tolist())


# ------------------------------------------------------------------------------------------------------------ the page


def family(folder: Path) -> Path:
    """A file of a couple, their child, a stranger, and the child once more, under another name."""
    chance = np.random.default_rng(3)
    lines = [f"{LISTED} 0/1 0/0 0/1 0/0 0/1"]
    for at in range(1200):
        often = chance.uniform(0.2, 0.8)
        two = [(chance.random(2) < often).astype(int).tolist() for _ in range(3)]
        child = [int(chance.choice(two[0])), int(chance.choice(two[1]))]
        cells = [f"{a}|{b}" for a, b in (two[0], two[1], child, two[2], child)]
        lines.append(f"{1 + at % 20 + 1} {5000 + 100 * at} A C PASS . GT {' '.join(cells)}")
    lines.sort(key=lambda line: (int(line.split()[0]), int(line.split()[1])))
    return written(
        folder, vcf("\n".join(lines), samples=["mother", "father", "child", "stranger", "again<b>"]), "joint.vcf"
    )


def run(folder: Path, name: str, **more: object) -> Run:
    cohort = cohort_of(folder / "joint.vcf", SNV)
    made = {"cohort": cohort, "rules": SNV, "rules_file": None, "table": folder / f"{name}.tsv", "form": "tsv"}
    return Run(**(made | {"summary": folder / f"{name}.html"} | more))  # type: ignore[arg-type]


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.holds("COHO-06")
def test_a_summary_tells_who_meets_twice_and_who_is_whose_child_however_the_run_went(tmp_path):
    pytest.importorskip("jinja2")
    family(tmp_path)
    run(tmp_path, "whole")()
    run(tmp_path, "bare", summary=None)()
    assert (tmp_path / "bare.tsv").read_bytes() == (tmp_path / "whole.tsv").read_bytes()

    def kill(done: int, whole: int) -> None:
        if done == 3:
            raise Killed

    with pytest.raises(Killed):
        run(tmp_path, "ended", progress=kill)()
    (tmp_path / "ended.html").touch()
    with pytest.raises(InputError, match="expected the file that this run writes, or none"):
        run(tmp_path, "ended", resume=True)()
    (tmp_path / "ended.html").unlink()
    run(tmp_path, "ended", resume=True)()
    for number in (1, 2):
        run(tmp_path, "parts", shard=Shard(number, 2))()
    assert not (tmp_path / "parts.html").exists()
    _, told, _ = merged(tmp_path / "parts.tsv")
    write_summary(told, SNV, tmp_path / "parts.html")

    for end in (".html", "_participants_mqc.json", "_places_mqc.json"):
        whole = (tmp_path / f"whole{end}").read_bytes()
        assert (tmp_path / f"ended{end}").read_bytes() == (tmp_path / f"parts{end}").read_bytes() == whole
    page = (tmp_path / "whole.html").read_text()
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "10 of 10 pairs of participants have enough" in words
    assert re.search(r"Pairs with one genome Participant .* child again&lt;b&gt; \d+ \d+ \d+ Relatives", words)
    close = words.partition("Close relatives Participant")[2].partition(" Sex ")[0]
    for parent in ("mother", "father"):
        assert f"{parent} child" in close and f"{parent} again" in close
    assert "stranger" not in close and "mother father" not in close
    assert "research use only" in page and "<b>" not in page.partition("<main")[2].replace('<b class="draft">', "")
    table = json.loads((tmp_path / "whole_participants_mqc.json").read_bytes())
    assert table["plot_type"] == "table" and table["data"].keys() == {
        "mother",
        "father",
        "child",
        "stranger",
        "again<b>",
    }
    assert (table["data"]["child"]["one_genome"], table["data"]["mother"]["one_genome"]) == ("again<b>", "none found")
    assert {name for row in table["data"].values() for name in row} <= table["headers"].keys()


def invoke(*args: str | Path) -> Result:
    return CliRunner().invoke(main, ["cohort", *map(str, args)])


def test_a_summary_counts_what_is_lacking_and_names_who_could_not_be_read(tmp_path):
    pytest.importorskip("jinja2")
    (tmp_path / "bad.vcf").write_text("##fileformat=VCFv4.2\nnothing\n")
    rows = [
        f"P001,{EXAMPLES}/P001.g.vcf,{EXAMPLES}/P001.eh.vcf,female",
        f"P004,{EXAMPLES}/P004.g.vcf,,male",
        "bad,bad.vcf,,",
    ]
    (tmp_path / "sheet.csv").write_text("\n".join(["participant,files,repeats,sex", *rows]))
    for number in (1, 2):
        done = invoke(
            tmp_path / "sheet.csv",
            "--table",
            tmp_path / "t.tsv",
            "--summary",
            tmp_path / "s.html",
            "--shard",
            f"{number}/2",
        )
        assert done.exit_code in (0, 1), done.output
    assert invoke("merge", tmp_path / "t.tsv", "--summary", tmp_path / "t.tsv").exit_code == 2
    done = invoke("merge", tmp_path / "t.tsv", "--summary", tmp_path / "s.html")
    assert done.exit_code == 1, done.output
    page = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", (tmp_path / "s.html").read_text()))

    assert "Participants 3 Assigned 1 In review 1 Not read 1" in page or "Assigned 2 In review 0 Not read 1" in page
    assert re.search(r"bad HeaderError ", page)
    assert re.search(r"repeat sizes: .* \(2\), .* 2 [012] Give a file of repeats", page)
    assert "So no duplicate can be ruled out. This holds for every participant." in page
    assert re.search(r"Files that were read .* P001 repeats plain [\d,]+ \d+", page)
    again = invoke(tmp_path / "sheet.csv", "--table", tmp_path / "u.tsv", "--summary", tmp_path / "s.html")
    assert (again.exit_code, (tmp_path / "u.tsv").exists()) == (2, False)  # never over a file that is there


SUMMARY = ("s.html", "s_participants_mqc.json", "s_places_mqc.json")


@pytest.mark.holds("COHO-05")
def test_a_merge_that_was_killed_can_be_given_again(tmp_path, monkeypatch):
    """What it wrote of the summary is the same; where one file is another one, nothing is written."""
    pytest.importorskip("jinja2")
    joint = written(tmp_path, vcf(f"{LISTED} 0/1 1/1", samples=["A", "B"]), "joint.vcf")
    table, merge = tmp_path / "t.tsv", ("merge", tmp_path / "t.tsv", "--summary", tmp_path / "s.html")
    assert invoke(joint, "--table", table, "--summary", tmp_path / "s.html", "--shard", "1/1").exit_code == 0

    def kill(content: bytes, out: Path) -> None:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr("assigner.commands.cohorts.write", kill)
        invoke(*merge)
    contents = {name: (tmp_path / name).read_bytes() for name in SUMMARY}
    for name in SUMMARY:
        for each in SUMMARY:
            (tmp_path / each).unlink(missing_ok=True)
        (tmp_path / name).symlink_to("nowhere")
        done = invoke(*merge)
        assert (done.exit_code, "the file that this run writes, or none; got another one" in done.output) == (1, True)
        (tmp_path / name).unlink()
        assert not any((tmp_path / each).exists() for each in (*SUMMARY, "t.tsv"))
    (tmp_path / "s.html").write_bytes(contents["s.html"])

    assert invoke(*merge).exit_code == 0
    assert {name: (tmp_path / name).read_bytes() for name in SUMMARY} == contents and table.exists()


def test_a_part_without_what_a_summary_needs_is_refused(tmp_path):
    family(tmp_path)
    run(tmp_path, "bare", shard=Shard(1, 1), summary=None)()
    done = invoke("merge", tmp_path / "bare.tsv", "--summary", tmp_path / "bare.html")
    assert (done.exit_code, "the rule set of the parts" in done.output) == (1, True), done.output
    for wrong in (None, {}, {"genome": {"build": "GRCh38", "joint": None, "marks": "?"}}):
        with pytest.raises(InputError, match="cohort --shard --summary"):
            seen_in(wrong, "P1")


def test_what_is_far_from_the_others_stands_out(tmp_path):
    written(tmp_path, vcf(f"{LISTED}:DP:GQ 0/1:30:50", samples=["P1"]), "joint.vcf")
    cohort = cohort_of(tmp_path / "joint.vcf", SNV)
    profile, _ = Reader.of(cohort, SNV).read(cohort.participants[0])
    seen = seen_of(profile, SNV, None)
    assert (seen.depth, seen.quality, seen.carried, seen.known["called"]) == (30, 50, 1, 1)
    every = {f"P{at}": seen.model_copy(update={"depth": 28 + at % 5}) for at in range(30)}
    every["P7"] = seen.model_copy(
        update={"depth": 4, "declared_sex": "male", "shown_sex": "female", "two_people": "files 1 and 2"}
    )
    rows = [
        {
            "participant": who,
            "outcome": "assigned",
            "reasons": None,
            "settled": True,
            "category": None,
            "provisional": None,
        }
        for who in every
    ]
    found = summary_of(rows, every, SNV)

    assert found.outliers == (Outlier("P7", "median depth at listed places", 4, 30),)
    assert [each[:3] for each in found.other_sex] == [("P7", "male", "female")]
    assert found.mixed == (("P7", "files 1 and 2"),)


@pytest.mark.parametrize(("median", "shown"), [(4512340, "4512340"), (4512340.0, "4512340"), (30.5, "30.5"), (0, "0")])
def test_a_median_is_shown_in_full(median, shown):
    pages = pytest.importorskip("assigner.cohorts.pages")
    assert pages._short(median) == shown


def test_what_is_left_out_is_said_to_stand_elsewhere_only_where_it_does(tmp_path, monkeypatch):
    """Participants stand in the table of the run; pairs, relatives and files in the page alone."""
    pytest.importorskip("jinja2")
    pages = pytest.importorskip("assigner.cohorts.pages")
    monkeypatch.setattr(pages, "MOST_ROWS", 0)
    told = []
    for copies in ([0, 1] * 200, [0, 1] * 4):
        found = compared({who: genome(copies) for who in "ABC"})
        row = {"outcome": "error", "error": "E", "message": "m", "reasons": None, "category": None, "provisional": None}
        rows = [{"participant": who, "settled": None, **row} for who in "ABC"]
        summary = evolve(summary_of(rows, {}, SNV), comparison=evolve(found, participants=4))
        told.append(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", pages.page(summary))))

    elsewhere = "And 3 more, in the table or in the data for MultiQC."
    assert re.search(r"Pairs with one genome Participant Other participant [^.]* And 3 more are not shown\.", told[0])
    assert f"Participants who can be compared with nobody Participant {elsewhere}" in told[1]
    for page in told:
        assert f"Participants with an error Participant Error Message {elsewhere}" in page


# ------------------------------------------------------------------------------------------------------------ folders


@pytest.mark.holds("COHO-07")
def test_a_folder_gives_each_sample_of_its_files(tmp_path):
    one = vcf(f"{LISTED} 0/1", samples=["S1"])
    written(tmp_path, one, "a.g.vcf.gz", "bgzf")
    written(tmp_path, vcf(f"{LISTED} 1/1 0/0", samples=["S2", "S3"]), "joint.VCF")
    (tmp_path / "S1.eh.vcf").write_bytes((EXAMPLES / "P001.eh.vcf").read_bytes().replace(b"P001", b"S1"))
    (tmp_path / "broken.vcf").write_text("##fileformat=VCFv4.2\nnothing\n")
    for name in ("a.g.vcf.gz.tbi", "notes.txt", ".hidden.vcf"):
        (tmp_path / name).touch()
    cohort = cohort_of(tmp_path, SNV)

    files = {each.id: [Path(path).name for path, _, _ in each.files] for each in cohort.participants}
    assert files == {
        "S1": ["a.g.vcf.gz", "S1.eh.vcf"],
        "S2": ["joint.VCF"],
        "S3": ["joint.VCF"],
        "broken.vcf": ["broken.vcf"],
    }
    assert cohort.notes == (
        f"{tmp_path}: 1 indexes are not needed, as files are read whole",
        f"{tmp_path}: no VCF or BCF and not read: notes.txt",
    )
    (tmp_path / "who.csv").write_text("participant,sample\nfirst,S1\nS3,\n")
    chosen = cohort_of(tmp_path, SNV, sheet=tmp_path / "who.csv")
    assert [(each.id, [Path(path).name for path, _, _ in each.files]) for each in chosen.participants] == [
        ("first", ["a.g.vcf.gz", "S1.eh.vcf"]), ("S3", ["joint.VCF"]),
    ]  # fmt: skip
    assert chosen.notes[0] == f"{tmp_path}: not in the sheet and left out: S2, broken.vcf"
    (tmp_path / "who.csv").write_text("participant,sample\nfirst,S1\nnobody,\n")
    with pytest.raises(InputError, match=r"who.csv:3: sample: expected a sample of the files.*; got 'nobody'"):
        cohort_of(tmp_path, SNV, sheet=tmp_path / "who.csv")
    written(tmp_path, one, "copy.vcf")
    with pytest.raises(
        InputError, match=r"copy.vcf: #CHROM: expected each sample in one file of variants; got 'S1' in a.g"
    ):
        cohort_of(tmp_path, SNV)
    (tmp_path / "copy.vcf").unlink()
    (tmp_path / "S1.eh.vcf").write_bytes((EXAMPLES / "P001.eh.vcf").read_bytes())
    with pytest.raises(
        InputError, match=r"S1.eh.vcf: #CHROM: expected a sample that a file of variants has too; got 'P001'"
    ):
        cohort_of(tmp_path, SNV)
    with pytest.raises(InputError, match=r"expected a folder with files \.vcf"):
        (tmp_path / "empty").mkdir()
        cohort_of(tmp_path / "empty", SNV)


@pytest.mark.holds("COHO-07")
def test_files_of_nobody_in_a_folder_are_named(tmp_path):
    """Also those that have a sound header and no sample columns."""
    written(tmp_path, vcf(f"{LISTED} 0/1", samples=["S1"]), "a.vcf")
    for at in range(11):
        written(tmp_path, vcf(LISTED.removesuffix(" GT"), samples=[]), f"sites{at:02}.vcf")
    cohort = cohort_of(tmp_path, SNV)

    assert [each.id for each in cohort.participants] == ["S1"]
    names = ", ".join(f"sites{at:02}.vcf" for at in range(10))
    assert cohort.notes == (f"{tmp_path}: without sample columns and not read: {names} and 1 more",)


def test_as_many_processes_work_as_there_are_processors_and_files_for(tmp_path, monkeypatch):
    for at in range(13):
        written(tmp_path, vcf(f"{LISTED} 0/1", samples=[f"S{at}"]), f"{at}.vcf")
    for processors, expected in ((1, 1), (2, 2), (8, 3)):
        monkeypatch.setattr("assigner.cohorts.runs.processors", lambda count=processors: count)
        assert processes_for(cohort_of(tmp_path, SNV)) == expected
    joint = written(
        tmp_path, vcf(f"{LISTED} {' '.join(['0/1'] * 20)}", samples=[f"J{at}" for at in range(20)]), "joint.vcf"
    )
    assert processes_for(cohort_of(joint, SNV)) == 1
