"""Several traces at once: a table of them, what is different between two, and all of a folder verified."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from assigner.assignments import assign
from assigner.audits import check
from assigner.cli import main
from assigner.profiles.forms import profile_of
from assigner.reports.comparisons import differences
from assigner.reports.tables import COLUMNS
from assigner.rules import read_rules
from assigner.testing.contents import rule_sets
from assigner.testing.participants import known_profiles
from assigner.traces import digest_of, parse_trace
from ledgers import rule_set, trace
from shipped import traced


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="assigner")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three traces of a small rule set, one of them in review, in a folder."""
    monkeypatch.chdir(tmp_path)
    Path("rules.yaml").write_bytes(rule_set())
    Path("traces").mkdir()
    for name, arm in (("P1", "A"), ("P2", "B?"), ("=P3", None)):
        Path(f"traces/{name}.json").write_bytes(traced_under_file(name, arm))
    Path("traces/notes.txt").write_text("no trace")
    return tmp_path


def traced_under_file(name: str, arm: str | None) -> bytes:
    """The trace of a participant under the rule set as it stands in its file."""
    rules = read_rules("rules.yaml")
    return assign(profile_of(json.loads(trace(name, arm))["profile"], rules), rules).trace_bytes


@pytest.mark.holds("COMM-06")
@pytest.mark.parametrize(("option", "parted"), [("--csv", ","), ("--tsv", "\t")])
def test_a_table_has_a_row_for_each_trace_and_no_formula(folder: Path, option: str, parted: str) -> None:
    done = run("traces", "table", "traces", option)
    assert done.exit_code == 0, done.output
    rows = list(csv.DictReader(io.StringIO(done.stdout), delimiter=parted))
    assert list(rows[0]) == ["file", *COLUMNS]
    assert [(row["file"], row["participant"], row["outcome"], row["category"], row["provisional"]) for row in rows] == [
        ("'=P3.json", "'=P3", "review", "", ""), ("P1.json", "P1", "assigned", "A", ""),
        ("P2.json", "P2", "review", "", "B"),
    ]  # fmt: skip
    assert rows[1]["evidence"] and rows[2]["reasons"] == "unsettled"
    assert all(row["digest"] for row in rows)


def bundled(*more: str) -> Path:
    done = run("traces", "bundle", "traces", "-o", "out", "--rules", "rules.yaml", *more)
    assert done.exit_code == 0, done.output
    return Path("out")


@pytest.mark.holds("COMM-09")
def test_a_bundle_is_checked_by_python_alone_and_by_us(folder: Path) -> None:
    Path("rules.yaml.approval.json").write_text("{}")
    out = bundled("--approval", "rules.yaml.approval.json")
    digest = read_rules("rules.yaml").digest
    assert sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()) == [
        "README.txt", "SHA256SUMS", "approvals/rules.yaml.approval.json", "check.py", f"rules/{digest}/rules.yaml",
        "schemas/trace.schema.json", "traces/=P3.json", "traces/P1.json", "traces/P2.json",
    ]  # fmt: skip
    done = subprocess.run([sys.executable, "-I", "-S", "out/check.py"], capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("INTACT\n", 0)
    command = next(line for line in (out / "README.txt").read_text().splitlines() if line.startswith("3."))
    os.chdir(out)
    again = run(*command.removeprefix("3. assigner ").split())
    assert (again.exit_code, again.stdout) == (0, "3 reproduced, 0 different, 0 cannot be verified\n")


@pytest.mark.holds("COMM-09")
def test_the_page_of_a_bundle_finds_what_was_changed_taken_away_or_put_in(folder: Path, capsys) -> None:
    out = bundled()
    assert check.main([str(out)]) == 0
    for path in sorted(out.rglob("*")):
        if path.is_dir():
            continue
        whole = path.read_bytes()
        path.write_bytes(whole[:-2] + bytes([whole[-2] ^ 1]) + whole[-1:])
        assert check.main([str(out)]) == 1, path
        path.write_bytes(whole)
        if path.name != "SHA256SUMS":
            path.rename("away")
            assert check.main([str(out)]) == 1, path
            Path("away").rename(path)
    Path(out, "more").write_text("")
    capsys.readouterr()
    assert (check.main([str(out)]), capsys.readouterr().out) == (1, "DIFFERS: more: SHA256SUMS does not name it\n")


def test_a_trace_whose_sum_was_mended_still_has_its_own_digest_and_its_rule_set(folder: Path) -> None:
    whole = Path("traces/P1.json").read_bytes()
    files = set(json.loads(whole)["rule_set"]["files"].values())
    assert check.of_trace(whole, files) == []
    assert check.of_trace(whole.replace(b'"P1"', b'"P9"'), files) == ["its digest is another one"]
    assert check.of_trace(whole, set()) == ["rules.yaml of its rule set is not in the bundle"]


def test_a_bundle_of_a_trace_that_is_not_reproduced_is_not_written(folder: Path) -> None:
    done = run("traces", "bundle", "traces", "-o", "out")
    assert (done.exit_code, Path("out").exists()) == (1, False)
    assert "expected a trace that its rule set reproduces; got" in done.stderr
    Path("more").mkdir()
    for name in ("one.json", "more/one.json"):
        Path(name).write_text("{}")
    both = ("--approval", "one.json", "--approval", "more/one.json")
    done = run("traces", "bundle", "traces", "-o", "out", "--rules", "rules.yaml", *both)
    assert "approvals: expected files of different names; got one.json" in done.stderr
    assert not Path("out").exists()
    Path("out").mkdir()
    assert run("traces", "bundle", "traces", "-o", "out", "--rules", "rules.yaml").exit_code == 2


def test_a_table_of_anything_else_is_refused_and_nothing_is_written(folder: Path) -> None:
    Path("traces/P4.json").write_text("{}")
    done = run("traces", "table", "traces", "-o", "out.csv")
    assert (done.exit_code, "P4.json: schema_version" in done.stderr) == (1, True)
    assert not Path("out.csv").exists()
    Path("traces/P4.json").unlink()
    assert run("traces", "table", "traces", "-o", "traces/P1.json").exit_code == 2
    Path("empty").mkdir()
    for missing in ("empty", "nowhere"):
        done = run("traces", "table", missing)
        assert (done.exit_code, missing in done.stderr) == (1, True)


@pytest.mark.holds("COMM-06")
@given(st.data(), rule_sets())
def test_two_traces_are_the_same_exactly_when_nothing_is_told(data, rules):
    one, other = (assign(data.draw(known_profiles(rules, 2)), rules).trace for _ in range(2))
    assert (differences(one, other) == ()) is (one == other)
    assert differences(one, one) == ()
    assert len(differences(one, other)) == len(differences(other, one))


@pytest.mark.holds("COMM-06")
def test_what_is_different_is_told_in_words_with_the_result_first(folder: Path) -> None:
    done = run("traces", "diff", "traces/P2.json", "traces/P1.json")
    assert done.exit_code == 1
    lines = done.stdout.splitlines()
    assert lines[:4] == [
        "participant: P2 before, P1 now", "outcome: review before, assigned now", "category: none before, A now",
        "provisional category: B before, none now",
    ]  # fmt: skip
    assert any(line.startswith("reason unsettled: no longer (review: ") for line in lines)
    assert [line for line in lines if line.startswith("finding ")] == [
        "finding G2 X2 (listed_allele_1): no longer (true 0/1 (called) before)",
        "finding G1 X1 (listed_allele_1): unknown not_assessed before, true 0/1 (called) now",
    ]
    same = run("traces", "diff", "traces/P1.json", "traces/P1.json")
    assert (same.exit_code, same.stdout) == (0, "the same\n")


@pytest.mark.holds("TRAC-09")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_folder_is_verified_whole(folder: Path, jobs: str) -> None:
    if jobs == "1":
        edited = parse_trace(traced_under_file("P5", "A")).model_copy(update={"category": "B"})
        Path("traces/P5.json").write_bytes(edited.model_copy(update={"digest": digest_of(edited)}).to_bytes())
        done = run("verify", "traces", "--rules", "rules.yaml")
        assert (done.exit_code, done.stdout.splitlines()[-1]) == (1, "3 reproduced, 1 different, 0 cannot be verified")
        assert "DIFFERS: P5.json: at " in done.stdout
        Path("traces/P5.json").write_bytes(traced("vcp-r155h").to_bytes()[:-1])
        done = run("verify", "traces", "--rules", "rules.yaml")
        assert (done.exit_code, "CANNOT VERIFY: P5.json" in done.stdout) == (3, True)
        assert run("verify", "traces", "--rules", "rules.yaml", "--sample", "x").exit_code == 2
        Path("traces/P5.json").rename("traces/P5.JSON")
        Path("traces/P6.trace.json").symlink_to("nowhere")
        Path("traces/more.json").mkdir()
        Path("traces/P6.txt").touch()
        told = run("verify", "traces", "--rules", "rules.yaml").stdout.splitlines()
        assert [line.partition(".")[0] for line in told[:-1]] == [
            "CANNOT VERIFY: P5",
            "CANNOT VERIFY: P6",
            "NOT A TRACE: more",
            "NOT A TRACE: notes",
        ]
        assert told[-1] == "3 reproduced, 0 different, 2 cannot be verified"
        return
    done = run("verify", "traces", "--rules", "rules.yaml", "--jobs", jobs)
    named = "NOT A TRACE: notes.txt: its name does not end in .json, or it is no file\n"
    assert (done.exit_code, done.stdout) == (0, f"{named}3 reproduced, 0 different, 0 cannot be verified\n")
