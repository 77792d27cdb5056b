"""The command line: exit codes, what goes where, and that nothing ends in a traceback."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from hypothesis import example, given
from hypothesis import strategies as st

import assigner
from assigner import read_rules
from assigner.cli import main
from assigner.genome.builds import LENGTHS, Build
from build import header, record
from effort import at_a_release, some, times

ROOT = Path(__file__).resolve().parents[1]
CONTIGS = [f"chr{chrom},length={length}" for chrom, length in LENGTHS[Build.GRCH38].items()]
CHCHD10_R15L = record("chr22", 23767591, "C", "A")
ANG_S52N = record("chr14", 20693719, "G", "A")
P3 = {
    "participant": "P3",
    "absent": "reference",
    "assessed": "all",
    "alleles": {"VCP-R155H": "0/1"},
    "repeats": {"C9orf72": "2/8", "ATXN2": "22/22", "NIPA1": "8/8"},
}
TESTED = ["--absent", "reference", "--repeat", "C9orf72=2/8", "--repeat", "ATXN2=22/22", "--repeat", "NIPA1=8/8"]

ASSIGNED, REFUSED, USAGE, REVIEW = 0, 1, 2, 3


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with inputs of every kind."""
    monkeypatch.chdir(tmp_path)
    fill(tmp_path)
    return tmp_path


def fill(folder: Path) -> None:
    (folder / "P1.vcf").write_bytes(header(contigs=CONTIGS, samples=["P1"]) + CHCHD10_R15L)
    (folder / "P2.vcf").write_bytes(header(contigs=CONTIGS, samples=["P2"]) + ANG_S52N)
    (folder / "two.vcf").write_bytes(
        header(contigs=CONTIGS, samples=["A", "B"]) + record("chr22", 23767459, "G", "A", samples=["0/1", "0/0"])
    )
    (folder / "broken.vcf").write_bytes(header(contigs=CONTIGS, samples=["P1"]) + b"chr22\tnot a number\n")
    (folder / "empty.vcf").write_bytes(b"")
    (folder / "P3.json").write_text(json.dumps(P3))
    (folder / "broken.json").write_text('{"participant": ')
    (folder / "broken.yaml").write_text("rule_set: [\n")


def run(*args: str) -> Result:
    result = CliRunner().invoke(main, args, prog_name="assigner", color=True)  # as on a terminal
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def said(result: Result, code: int, *words: str) -> None:
    """A refusal: its exit code, its words on stderr, and nothing on stdout."""
    assert result.exit_code == code, result.stderr
    assert result.stdout == ""
    for word in words:
        assert word in result.stderr
    assert "Traceback" not in result.stderr


# What a command gives back


@pytest.mark.holds("COMM-01")
def test_an_assignment_exits_with_zero_and_says_the_decision_first(folder: Path) -> None:
    result = run("assign", "P1.vcf", *TESTED)
    assert result.exit_code == ASSIGNED
    assert result.stderr == ""
    first = "ASSIGNED  CAT4 Mitochondrial dysfunction: MitoQ   [established]   (participant P1)\n"
    assert run("assign", "P1.vcf", *TESTED, "--full").stdout.startswith(first)
    assert result.stdout.startswith(
        "ASSIGNED  CAT4 Mitochondrial dysfunction  [established]\n  Intervention: MitoQ\n  Participant P1\n"
    )
    assert len(result.stdout.splitlines()) <= 20


@pytest.mark.holds("DECI-06", "COMM-01")
def test_a_review_exits_with_three_and_gives_no_intervention(folder: Path) -> None:
    result = run("assign", "P2.vcf")
    assert result.exit_code == REVIEW
    assert result.stderr == ""
    full = run("assign", "P2.vcf", "--full").stdout
    assert full.startswith("REVIEW  unsettled   [established]   (participant P2)\n  provisionally CAT2 ")
    assert result.stdout.startswith("REVIEW  unsettled  [established]\n  Provisionally CAT2 ")
    assert "Protandim" not in result.stdout + full


def test_a_laboratorys_sizes_settle_what_was_unknown(folder: Path) -> None:
    result = run("assign", "P2.vcf", *TESTED, "--copies", "SMN1=2")
    assert result.exit_code == ASSIGNED, result.stdout
    assert result.stdout.startswith("ASSIGNED  CAT2 ")


@pytest.mark.holds("REPT-04")
def test_a_laboratorys_result_keeps_its_source(folder: Path) -> None:
    repeat, copies = "C9orf72=2/>60@RP-PCR @ Lab X, 2026-03-01", "SMN1=2@MLPA, report 17"
    result = run(
        "assign", "P2.vcf", *TESTED[:2], "--repeat", repeat, "--copies", copies, "--trace", "P2.json", "--full"
    )
    profile = json.loads(Path("P2.json").read_bytes())["profile"]

    assert profile["repeats"]["C9orf72"]["sizes"] == "2/>=61"
    assert profile["repeats"]["C9orf72"]["source"] == "RP-PCR @ Lab X, 2026-03-01"
    assert profile["copy_numbers"]["SMN1"] == {"copies": 2, "source": "MLPA, report 17"}
    assert "assumed: C9orf72: 2/>=61 units, given by the caller: RP-PCR @ Lab X, 2026-03-01" in result.stdout
    assert "assumed: SMN1: copy number 2, given by the caller: MLPA, report 17" in result.stdout


def test_a_profile_in_json_needs_no_vcf(folder: Path) -> None:
    result = run("assign", "P3.json")
    assert result.exit_code == ASSIGNED
    assert "  Participant P3\n" in result.stdout


@pytest.mark.holds("COMM-04")
def test_json_is_the_canonical_trace_and_nothing_else(folder: Path) -> None:
    result = run("assign", "P1.vcf", "--json")
    rules = assigner.read_rules()
    trace = assigner.assign(assigner.read_profile("P1.vcf", rules), rules).trace
    assert result.stdout_bytes == trace.to_bytes() + b"\n"
    assert result.stderr == ""


@pytest.mark.holds("COMM-04")
def test_the_written_trace_is_the_one_on_stdout(folder: Path) -> None:
    result = run("assign", "P1.vcf", "--json", "--trace", "P1.json")
    assert Path("P1.json").read_bytes() + b"\n" == result.stdout_bytes
    assert assigner.parse_trace(Path("P1.json").read_bytes()).is_intact


@pytest.mark.holds("COMM-03")
def test_a_trace_is_readable_by_its_owner_only(folder: Path) -> None:
    run("assign", "P1.vcf", "--trace", "P1.json")
    assert Path("P1.json").stat().st_mode & 0o777 == 0o600


def test_a_review_writes_its_trace_too(folder: Path) -> None:
    assert run("assign", "P2.vcf", "--trace", "P2.json").exit_code == REVIEW
    assert assigner.parse_trace(Path("P2.json").read_bytes()).outcome == "review"


@pytest.mark.holds("COMM-04")
@pytest.mark.parametrize("file", ["P1.vcf", "P2.vcf", "P3.json"])
def test_explain_repeats_what_assign_said(folder: Path, file: str) -> None:
    for full in ([], ["--full"]):
        first = run("assign", file, "--trace", "trace.json", "--overwrite", *full)
        again = run("explain", "trace.json", *full)
        assert again.exit_code == 0
        assert again.stdout == first.stdout


def test_explain_needs_the_rule_set_that_decided_to_say_what_would_change_it(folder: Path) -> None:
    Path("own.yaml").write_text((ROOT / "categories.yaml").read_text() + "# of our own\n")
    Path("categories").symlink_to(ROOT / "categories")
    first = run("assign", "P3.json", "--rules", "own.yaml", "--trace", "trace.json", "--full")
    assert "What would change it\n  CAT" in first.stdout
    without = run("explain", "trace.json", "--full")
    assert "What would change it\n  Not shown: this needs the rule set als-four" in without.stdout
    assert run("explain", "trace.json", "--rules", "own.yaml", "--full").stdout == first.stdout
    assert "NM_" in run("explain", "trace.json", "--rules", "own.yaml").stdout
    assert "NM_" not in run("explain", "trace.json").stdout
    other = run("explain", "trace.json", "--rules", str(ROOT / "categories.yaml"))
    said(other, REFUSED, "trace: rule_set.digest", "that of")


def test_a_name_for_the_participant_replaces_the_samples(folder: Path) -> None:
    assert "  Participant TRIAL-7\n" in run("assign", "two.vcf", "--sample", "A", "--participant", "TRIAL-7").stdout


@pytest.mark.holds("RULE-05")
def test_a_new_rule_set_passes_its_own_check(folder: Path) -> None:
    Path("new.yaml").write_text(run("rules", "new").stdout)
    result = run("rules", "check", "new.yaml")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines()[0].startswith("my-trial ")
    assert result.stdout.endswith("examples hold\n")


@pytest.mark.holds("RULE-05")
def test_a_rule_set_whose_examples_fail_is_refused(folder: Path) -> None:
    text = run("rules", "new").stdout
    Path("changed.yaml").write_text(text.replace("category: CAT1, tier: 3}", "category: CAT2, tier: 3}"))
    result = run("rules", "check", "changed.yaml")
    assert result.exit_code == REFUSED
    assert "example truncation: category: expected CAT2; got CAT1" in result.stderr


def test_show_lists_categories_and_everything_of_one_gene() -> None:
    assert "CAT3 Disrupted intracellular transport and autophagy: Melatonin" in run("rules", "show").stdout
    shown = run("rules", "show", "SOD1").stdout
    assert "SOD1-A5V" in shown
    assert "tofersen" in shown


def test_show_finds_one_part_by_any_of_its_names() -> None:
    assert "GRCh37 21:33032096 C>T" in run("rules", "show", "a4v").stdout
    assert "MitoQ" in run("rules", "show", "cat4").stdout


@pytest.mark.parametrize(
    ("args", "options"),
    [(["rules", "forecast"], "--rules"), (["ledger", "verify"], "--ledger"), (["ledger", "init"], "--ledger, --rules")],
)
def test_a_file_without_its_option_is_told_the_option(args: list[str], options: str) -> None:
    more = "--origin a --trial T --protocol 1 --sites S --ledger L --actor A --role m --site S --reason r --receipt 0"
    given = [*args, *(more.split() if "init" in args else []), "file"]
    said(run(*given), USAGE, f"unexpected extra argument (file); a file goes with its option: {options}")


@pytest.mark.holds("CURA-10")
def test_export_writes_the_shipped_rule_set_whole_and_over_nothing(folder: Path) -> None:
    assert run("rules", "export", "mine").stdout == ""
    assert read_rules("mine/categories.yaml").digest == read_rules().digest
    for own in (ROOT / "categories").rglob("*.*"):
        assert (Path("mine") / own.relative_to(ROOT)).read_bytes() == own.read_bytes()
    said(run("rules", "export", "mine"), USAGE, "exists already")
    said(run("rules", "export", "nosuch/mine"), REFUSED, "nosuch/mine")
    assert sorted(each.name for each in folder.iterdir() if each.name.startswith(".")) == []


@pytest.mark.holds("CURA-09")
def test_a_check_against_a_baseline_tells_only_what_is_new(folder: Path) -> None:
    text = run("rules", "new").stdout
    Path("old.yaml").write_text(text)
    same = run("rules", "check", "old.yaml", "--baseline", "old.yaml", "--strict", "--notes")
    assert same.exit_code == 0
    assert "0 faults, 0 warnings, 0 notes" in same.stdout
    assert "more were found in " in same.stdout
    Path("new.yaml").write_text(text.replace("pos38: 35065363", "pos38: 3506536"))
    told = run("rules", "check", "new.yaml", "--baseline", "old.yaml", "--json")
    assert told.exit_code == REFUSED
    assert {each["code"] for each in json.loads(told.stdout)} >= {"outside_gene", "version_unchanged"}


@pytest.mark.parametrize("what", ["rules", "trace", "profile"])
def test_schemas_are_json(what: str) -> None:
    assert json.loads(run("rules", "schema", what).stdout)["type"] == "object"


# What is refused


@pytest.mark.holds("COMM-01")
@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["assign", "nosuch.vcf"], ["nosuch.vcf", "no such file"]),
        (["assign", "."], ["a directory"]),
        (["assign", "empty.vcf"], ["empty.vcf"]),
        (["assign", "broken.vcf"], ["broken.vcf"]),
        (["assign", "nosuch.json"], ["nosuch.json"]),
        (["assign", "broken.json"], ["broken.json", "JSON"]),
        (["assign", "two.vcf"], ["--sample", "2 samples"]),
        (["assign", "P1.vcf", "--sample", "P9"], ["'P9'"]),
        (["assign", "P1.vcf", "--build", "GRCh37"], ["GRCh37, as declared"]),
        (["assign", "P1.vcf", "--sha256", "0" * 64], ["SHA-256"]),
        (["assign", "P1.vcf", "--rules", "broken.yaml"], ["broken.yaml:"]),
        (["assign", "P1.vcf", "--rules", "nosuch.yaml"], ["nosuch.yaml"]),
        (["assign", "P1.vcf", "--repeats", "nosuch.vcf"], ["nosuch.vcf"]),
        (["assign", "P1.vcf", "--callable", "nosuch.bed"], ["nosuch.bed"]),
        (["assign", "P1.vcf", "--repeat", "NOGENE=2/8"], ["NOGENE"]),
        (["assign", "P1.vcf", "--repeat", "C9orf72=many"], ["sizes such as 2/45"]),
        (["assign", "P1.vcf", "--repeat", "C9orf72=2/"], ["sizes such as 2/45"]),
        (["assign", "P1.vcf", "--repeat", "C9orf72=2/8@\udc80"], ["source"]),
        (["assign", "P1.vcf", "--copies", "SMN11=0"], ["a gene of the rule set"]),
        (["assign", "P1.vcf", "--quick"], ["P1.vcf"]),
        (["explain", "nosuch.json"], ["nosuch.json"]),
        (["explain", "P3.json"], ["a profile in JSON: use `assigner assign`"]),
        (["rules", "check", "nosuch.yaml"], ["nosuch.yaml"]),
        (["rules", "check", "broken.yaml"], ["broken.yaml:"]),
        (["rules", "show", "NOGENE"], ["'NOGENE'"]),
    ],
)
def test_an_input_that_cannot_be_used_exits_with_one(folder: Path, args: list[str], words: list[str]) -> None:
    said(run(*args), REFUSED, "assigner: ", "expected ", "; got ", *words)


@pytest.mark.holds("COMM-01")
@pytest.mark.parametrize(
    "args",
    [
        ["assign"],
        ["assign", "P1.vcf", "--nosuch"],
        ["assign", "P1.vcf", "--absent", "maybe"],
        ["assign", "P1.vcf", "--sex", "other"],
        ["assign", "P1.vcf", "--build", "hg19"],
        ["assign", "P1.vcf", "--threads", "0"],
        ["assign", "P1.vcf", "--repeat", "C9orf72"],
        ["assign", "P1.vcf", "--repeat", "C9orf72=2/8", "--repeat", "C9orf72=2/9"],
        ["assign", "P1.vcf", "--repeat", "C9orf72=@Lab X"],
        ["assign", "P1.vcf", "--repeat", "C9orf72=2/8@"],
        ["assign", "P1.vcf", "--repeat", "C9orf72=2/8@ "],
        ["assign", "P1.vcf", "--copies", "SMN1=two"],
        ["assign", "P1.json", "P2.vcf"],
        ["assign", "P1.vcf", "--copies", "SMN1=two@Lab X"],
        ["explain"],
        ["rules", "nosuch"],
        ["rules", "schema"],
        ["rules", "schema", "nosuch"],
        ["nosuch"],
    ],
)
def test_wrong_usage_exits_with_two(folder: Path, args: list[str]) -> None:
    said(run(*args), USAGE, "Usage: assigner ", "Error: ")


@pytest.mark.holds("READ-17", "COMM-05")
@pytest.mark.parametrize(
    "option",
    ["--sample=P3", "--participant=X", "--repeats=P1.vcf", "--repeat=C9orf72=2/8", "--copies=SMN1=2", "--quick",
     "--absent=reference", "--callable=a.bed", "--sex=male", "--build=GRCh38", "--fasta=a.fa", "--sha256=00"],
)  # fmt: skip
def test_what_a_json_profile_cannot_use_is_not_silently_dropped(folder: Path, option: str) -> None:
    said(run("assign", "P3.json", option), USAGE, option.partition("=")[0])


@pytest.mark.holds("TRAC-07")
def test_a_changed_trace_is_not_explained(folder: Path) -> None:
    run("assign", "P1.vcf", "--trace", "P1.json")
    Path("P1.json").write_bytes(Path("P1.json").read_bytes().replace(b'"CAT4"', b'"CAT1"', 1))
    said(run("explain", "P1.json"), REFUSED, "digest")


@pytest.mark.holds("TRAC-07")
def test_a_changed_trace_is_not_reported(folder: Path) -> None:
    run("assign", "P1.vcf", "--trace", "P1.json")
    Path("P1.json").write_bytes(Path("P1.json").read_bytes().replace(b'"CAT4"', b'"CAT1"', 1))
    said(run("report", "P1.json", "-o", "P1.html"), REFUSED, "digest")
    assert not Path("P1.html").exists()


# Reports


@pytest.mark.parametrize("file", some(["P1.vcf", "P2.vcf", "P3.json"], 3))
def test_a_report_is_the_same_with_the_assignment_and_from_its_trace(folder: Path, file: str) -> None:
    first = run("assign", file, "--trace", "trace.json", "--report", "first.html")
    assert first.exit_code in (ASSIGNED, REVIEW)
    assert first.stdout == run("assign", file).stdout
    assert run("report", "trace.json", "-o", "again.html").stdout == ""
    printed = run("report", "trace.json")
    assert printed.exit_code == 0
    assert printed.stdout_bytes == Path("first.html").read_bytes() == Path("again.html").read_bytes()
    assert Path("first.html").stat().st_mode & 0o777 == 0o600


@pytest.mark.holds("COMM-03")
def test_a_report_never_replaces_an_input_or_the_trace(folder: Path) -> None:
    said(run("assign", "P1.vcf", "--report", "P1.vcf"), USAGE, "--report", "an input")
    said(run("assign", "P1.vcf", "--trace", "out", "--report", "./out"), USAGE, "--report", "another file")
    assert not Path("out").exists()
    run("assign", "P1.vcf", "--trace", "P1.json")
    said(run("report", "P1.json", "-o", "P1.json"), USAGE, "--output", "an input")
    assert assigner.parse_trace(Path("P1.json").read_bytes()).is_intact


@pytest.mark.holds("COMM-02")
@pytest.mark.parametrize("call", ["open", "fsync", "replace"])
def test_a_report_is_written_whole_or_not_at_all(folder: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    run("assign", "P1.vcf", "--report", "older.html")
    real = getattr(os, call)

    def fails(place: Any, *args: Any, **more: Any) -> Any:
        if call != "open" or ".part" in str(place):
            raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT), place)
        return real(place, *args, **more)

    before = sorted(os.listdir())
    monkeypatch.setattr(os, call, fails)
    said(run("assign", "P1.vcf", "--report", "out.html"), REFUSED, "out.html", os.strerror(errno.EDQUOT))
    assert sorted(os.listdir()) == before


@pytest.mark.holds("INST-04")
@pytest.mark.parametrize("args", [["assign", "nosuch.vcf", "--report", "out.html"], ["report", "P1.json"]])
def test_a_missing_extra_is_told_before_a_genome_is_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch, args: list[str]
) -> None:
    run("assign", "P1.vcf", "--trace", "P1.json")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    said(run(*args), REFUSED, "pip install 'trial-assigner[report]'")


@at_a_release
def test_what_reports_need_is_loaded_for_reports_only(folder: Path) -> None:
    heavy = {"matplotlib", "jinja2", "rich"}
    assert not heavy & set(loaded_by("assign", "P3.json", "--trace", "P3.trace"))
    assert heavy & set(loaded_by("assign", "P3.json", "--report", "P3.html")) == {"jinja2"}


@pytest.mark.parametrize("full", some([["--full"], []], 2), ids=" ".join)
def test_a_terminal_gets_colours_and_a_pipe_gets_none(folder: Path, full: list[str]) -> None:
    run("assign", "P1.vcf", "--trace", "P1.json")
    reader, writer = os.openpty()
    env = {key: value for key, value in os.environ.items() if key != "NO_COLOR"} | {"TERM": "xterm", "COLUMNS": "200"}
    with subprocess.Popen(script("explain", "P1.json", *full), stdout=writer, env=env) as process:
        os.close(writer)
        told = b""
        with suppress(OSError):  # a terminal whose other side is gone
            while part := os.read(reader, 65536):
                told += part
    os.close(reader)
    assert process.returncode == 0
    assert b"\x1b[" in told and (b"Points by tier" in told) is bool(full)
    piped = subprocess.run(script("explain", "P1.json", *full), capture_output=True, env=env, check=True)
    assert b"\x1b[" not in piped.stdout and piped.stdout.decode() == run("explain", "P1.json", *full).stdout


# What is left behind


@pytest.mark.holds("COMM-02")
@pytest.mark.parametrize("file", ["broken.vcf", "empty.vcf", "nosuch.vcf", "two.vcf", "broken.json"])
def test_a_refused_input_leaves_no_file(folder: Path, file: str) -> None:
    before = sorted(os.listdir())
    assert run("assign", file, "--trace", "out.json").exit_code == REFUSED
    assert sorted(os.listdir()) == before


@pytest.mark.holds("COMM-02")
def test_a_refused_input_leaves_an_older_trace_as_it_was(folder: Path) -> None:
    Path("out.json").write_text("older")
    assert run("assign", "broken.vcf", "--trace", "out.json", "--overwrite").exit_code == REFUSED
    assert Path("out.json").read_text() == "older"


@pytest.mark.holds("COMM-02")
@pytest.mark.parametrize("place", ["nosuch/out.json", "P1.vcf/out.json", "sub"])
def test_a_trace_that_cannot_be_written_is_told_and_leaves_nothing(folder: Path, place: str) -> None:
    Path("sub").mkdir()
    before = sorted(os.listdir())
    said(run("assign", "P1.vcf", "--trace", place), REFUSED, f"assigner: {place}: expected a file that can be written")
    assert sorted(os.listdir()) == before
    assert os.listdir("sub") == []


@pytest.mark.holds("COMM-03")
@pytest.mark.parametrize("option", ["", "--rules", "--repeats", "--callable", "--fasta"])
def test_a_trace_never_replaces_an_input(folder: Path, option: str) -> None:
    Path("link.json").symlink_to("P2.vcf")
    args = ["P1.vcf", option, "P2.vcf"] if option else ["P2.vcf"]
    said(run("assign", *args, "--trace", "link.json"), USAGE, "--trace", "an input")
    assert ANG_S52N in Path("P2.vcf").read_bytes()


@pytest.mark.holds("COMM-03")
def test_a_trace_never_replaces_a_device_or_pipe(folder: Path) -> None:
    os.mkfifo("pipe")
    said(run("assign", "P1.vcf", "--trace", "pipe"), USAGE, "--trace", "a regular file")
    assert Path("pipe").is_fifo()


@pytest.mark.holds("COMM-02")
@pytest.mark.parametrize("call", ["open", "fsync", "replace"])
def test_a_disk_that_fails_half_way_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    real = getattr(os, call)

    def fails(place: Any, *args: Any, **more: Any) -> Any:
        if call != "open" or ".part" in str(place):
            raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT), place)
        return real(place, *args, **more)

    Path("out.json").write_text("older")
    before = sorted(os.listdir())
    monkeypatch.setattr(os, call, fails)
    told = run("assign", "P1.vcf", "--trace", "out.json", "--overwrite")
    said(told, REFUSED, "out.json", os.strerror(errno.EDQUOT))
    assert sorted(os.listdir()) == before
    assert Path("out.json").read_text() == "older"


# Hostile words


@pytest.mark.holds("REPO-06")
def test_control_characters_are_shown_and_not_obeyed(folder: Path) -> None:
    name = "\x1b[31mP1\x07\u202e"
    result = run("assign", "P1.vcf", *TESTED, "--participant", name)
    assert result.exit_code == ASSIGNED
    assert "  Participant \\x1b[31mP1\\x07\\u202e\n" in result.stdout
    assert all(c.isprintable() or c == "\n" for c in result.stdout)


@pytest.mark.holds("REPO-06")
@pytest.mark.parametrize(
    "args",
    [
        ["assign", "\x1b[31m.vcf"],
        ["assign", "two.vcf", "--sample", "\x1b[31m"],
        ["assign", "P1.vcf", "--rules", "\x1b[31m"],
        ["assign", "P1.vcf", "--trace", "nosuch/\x1b[31m"],
        ["explain", "\x1b[31m"],
        ["rules", "check", "\x1b[31m"],
        ["rules", "show", "\x1b[31m"],
        ["\x1b[31m"],
        ["--\x1b[31m"],
        ["assign", "P1.vcf", "\x1b[31m"],
        ["assign", "P1.vcf", "--\x1b[31m"],
        ["assign", "P1.vcf", "--copies", "\x1b[31m=2"],
    ],
)
def test_errors_obey_no_control_character_either(folder: Path, args: list[str]) -> None:
    result = run(*args)
    assert result.exit_code in (REFUSED, USAGE)
    assert "[31m" in result.stderr
    assert all(c.isprintable() or c == "\n" for c in result.stderr), result.stderr


WORDS = [
    "assign", "explain", "rules", "check", "show", "schema", "rules", "trace", "profile", "P1.vcf", "P2.vcf", "two.vcf",
    "broken.vcf", "empty.vcf", "P3.json", "broken.json", "broken.yaml", ".", "-", "--", "", "--sample", "--participant",
    "--rules", "--repeats", "--repeat", "--copies", "--absent", "--callable", "--sex", "--build", "--fasta", "--sha256",
    "--quick", "--threads", "--trace", "--json", "-h", "--help", "--version", "C9orf72=2/8", "SMN1=0", "SMN1=2", "2",
    "reference", "unknown", "male", "GRCh38", "SOD1", "out.json", "A", "--report", "report", "-o", "out.html",
]  # fmt: skip
GARBAGE = st.text(st.characters(exclude_characters="/\0", exclude_categories=[]), max_size=20).filter(
    lambda text: not any("\ud800" <= c <= "\udc7f" or "\udd00" <= c <= "\udfff" for c in text)  # no bytes decode so
)


@pytest.mark.holds("COMM-05")
@given(args=st.lists(st.sampled_from(WORDS) | GARBAGE, max_size=8))
@example(args=["assign", "P1.vcf", "--participant", "\udcff"])
@example(args=["assign", "P1.vcf", "--participant", "x" * 501, "--trace", "out.json"])
@example(args=["assign", "\udcff.vcf"])
@times(8)
def test_no_argument_ends_in_a_traceback(args: list[str]) -> None:
    with TemporaryDirectory() as work, pytest.MonkeyPatch.context() as patch:
        patch.chdir(work)
        fill(Path(work))
        result = run(*args)
    assert result.exit_code in (ASSIGNED, REFUSED, USAGE, REVIEW)
    assert "Traceback" not in result.output
    if result.exit_code in (REFUSED, USAGE):
        assert result.stderr
    else:
        assert not result.stderr or result.stderr.startswith("Usage: ")


@pytest.mark.parametrize("participant", ["x" * 500, "x" * 501, "Zoë", "a\nb", "\udcff"])
def test_a_trace_that_was_written_can_be_read(folder: Path, participant: str) -> None:
    result = run("assign", "P1.vcf", "--participant", participant, "--trace", "out.json")
    if result.exit_code == REVIEW:
        assert run("explain", "out.json").stdout == result.stdout
    else:
        said(result, USAGE, "--participant")
        assert not Path("out.json").exists()


# As a process


def script(*args: str) -> list[str]:
    return [sys.executable, "-c", "from assigner.cli import main; main(prog_name='assigner')", *args]


@pytest.mark.holds("COMM-01")
def test_a_process_ends_with_the_same_codes(folder: Path) -> None:
    for args, code in [
        (["assign", "P1.vcf", *TESTED], ASSIGNED),
        (["assign", "broken.vcf"], REFUSED),
        (["assign"], USAGE),
        (["assign", "P2.vcf"], REVIEW),
    ]:
        done = subprocess.run(script(*args), capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.holds("COMM-04")
def test_htslib_does_not_speak(folder: Path) -> None:
    done = subprocess.run(script("assign", "P1.vcf", "--json"), capture_output=True, check=False)
    assert done.stderr == b""


@pytest.mark.parametrize(
    "args", some([["rules", "schema", "rules"], ["assign", "P1.vcf", "--json"], ["rules", "show"]], 3)
)
def test_a_reader_that_goes_away_is_no_fault(folder: Path, args: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(script(*args), stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert done.stderr == b""
    assert done.returncode in (ASSIGNED, REFUSED)


def test_a_full_disk_is_told(folder: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with open("/dev/full", "wb") as full:
        done = subprocess.run(script("assign", "P1.vcf"), stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == REFUSED
    assert done.stderr == b"assigner: output: expected a file that can be written; got No space left on device\n"


@pytest.mark.parametrize("encoding", some(["ascii", "latin-1", "utf-8"], 3))
def test_no_terminal_is_too_simple(folder: Path, encoding: str) -> None:
    command = script("assign", "P1.vcf", *TESTED, "--participant", "Zoë \u4e2d")
    env = os.environ | {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    done = subprocess.run(command, capture_output=True, env=env, check=False)
    assert done.returncode == ASSIGNED, done.stderr
    assert b"Traceback" not in done.stderr


def loaded_by(*args: str) -> Iterator[str]:
    code = f"import sys, assigner.cli\ntry: assigner.cli.main({list(args)!r})\nfinally: print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return iter(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("args", [["--help"], ["assign", "--help"], ["rules", "check", "--help"], ["--version"]])
def test_help_does_not_load_what_it_does_not_need(args: list[str]) -> None:
    loaded = set(loaded_by(*args))
    assert not {"numpy", "cyvcf2", "pydantic", "yaml", "isal"} & loaded
    if args in (["--help"], ["--version"]):  # nor any command
        assert {f"assigner.commands.{each}" for each in ("assignments", "rules", "ledger", "traces")}.isdisjoint(loaded)


def test_help_says_of_each_command_what_its_own_help_says() -> None:
    of_each = click.Group(main.name, commands=dict(main.commands.items()), help=main.help, params=main.params)
    context = {"info_name": "assigner", **main.context_settings}
    texts = [each.get_help(click.Context(each, **context)) for each in (main, of_each)]
    assert texts[0] == texts[1] and len(main.commands) == len(texts[0].partition("Commands:\n")[2].splitlines())


def test_a_profile_in_json_loads_no_reader_of_vcfs(folder: Path) -> None:
    assert not {"numpy", "cyvcf2"} & set(loaded_by("assign", "P3.json"))


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted on Linux alone")
@pytest.mark.parametrize("given", [None, "2"])
def test_numpy_starts_no_threads_unless_the_user_wants_them(given: str | None) -> None:
    code = (
        "import os, assigner.cli\ntry: assigner.cli.main(['rules', 'schema', 'rules'])\nexcept SystemExit: pass\n"
        "import numpy\nprint(os.environ['OPENBLAS_NUM_THREADS'], len(os.listdir('/proc/self/task')))"
    )
    env = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    env |= {} if given is None else {"OPENBLAS_NUM_THREADS": given}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    named, threads = done.stdout.splitlines()[-1].split()
    assert named == (given or "1")
    assert int(threads) <= int(named)


def test_a_command_does_not_look_for_rubbish_when_it_ends() -> None:
    code = (
        "import atexit, gc, assigner.cli\natexit.register(lambda: print(gc.get_freeze_count()))\n"
        "assigner.cli.main(['rules', 'schema', 'rules'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout.splitlines()[-1]) > 0


NOT_FOR_A_TRACE = (
    "cohorts", "exports", "forecasts", "genome.reference", "imports", "ledger", "lint", "mutants", "packs",
    "profiles.schema", "reports.facts", "reports.sentences", "rules.approvals", "rules.scored_alleles",
    "traces.documents", "vcf.scan.bcf", "vcf.scan.indexes", "vcf.scan.plain", "vcf.scores",
)  # fmt: skip


@at_a_release
def test_assigning_a_vcf_to_a_trace_loads_what_it_needs(folder: Path) -> None:
    loaded = [
        name.removeprefix("assigner.") for name in loaded_by("assign", "P1.vcf", "--json", "--exit-code", "review=0")
    ]
    assert "vcf.reading" in loaded
    assert [name for name in loaded for room in NOT_FOR_A_TRACE if name == room or name.startswith(f"{room}.")] == []
