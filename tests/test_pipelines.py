"""`assigner assign` in a pipeline: files from pipes, an exit code of its own for reviews, outputs that stay."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from assigner.cli import main
from ledgers import rule_set

ROOT = Path(__file__).parents[1]
VCF, PACKED = (ROOT / "examples" / name for name in ("P001.g.vcf", "P015.g.vcf.gz"))


def run(*arguments: str, given: bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["assign", *arguments], prog_name="assigner", input=given)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a small rule set, a profile that is assigned and one in review."""
    monkeypatch.chdir(tmp_path)
    Path("rules.yaml").write_bytes(rule_set())
    seen = {"X1": "0/1", "X2": "0/0", "X3": "0/0"}
    Path("P1.json").write_text(json.dumps({"participant": "P1", "alleles": seen}))
    Path("P2.json").write_text(json.dumps({"participant": "P2", "alleles": {"X2": "0/0"}}))
    Path("P3.json").write_text(json.dumps({"participant": "../P3", "alleles": seen}))
    return tmp_path


RULES = ("--rules", "rules.yaml")


@pytest.mark.holds("COMM-07")
@pytest.mark.parametrize("file", [VCF, PACKED], ids=["plain", "BGZF"])
def test_files_from_pipes_give_what_they_give_on_a_disk(file: Path) -> None:
    repeats = file.with_name(f"{file.name.partition('.')[0]}.eh.vcf")
    on_disk = run(str(file), "--repeats", str(repeats), "--json")
    reader, writer = os.pipe()
    feeding = threading.Thread(target=_feed, args=(writer, repeats.read_bytes()))
    feeding.start()
    try:
        piped = run("-", "--repeats", f"/dev/fd/{reader}", "--json", given=file.read_bytes())
    finally:
        os.close(reader)
        feeding.join()
    assert on_disk.exit_code in (0, 3)
    assert (piped.exit_code, piped.stdout_bytes) == (on_disk.exit_code, on_disk.stdout_bytes), piped.stderr


def _feed(writer: int, content: bytes) -> None:
    with open(writer, "wb") as pipe:
        pipe.write(content)


@pytest.mark.holds("COMM-07")
def test_a_stream_that_is_cut_or_named_twice_is_refused(tmp_path: Path) -> None:
    cut = run("-", given=PACKED.read_bytes()[:-28])  # without the end marker of BGZF
    assert (cut.exit_code, cut.stdout) == (1, "")
    assert "truncated" in cut.stderr
    assert run("-", "--repeats", "-", given=VCF.read_bytes()).exit_code == 2
    os.mkfifo(tmp_path / "pipe")
    named = run(str(tmp_path / "pipe"))  # whoever opened it would wait for ever
    assert (named.exit_code, "a regular file" in named.stderr) == (1, True)


@pytest.mark.holds("COMM-07")
@pytest.mark.parametrize("code", [0, 1, 125])
def test_only_the_code_of_a_review_can_be_changed(folder: Path, code: int) -> None:
    wanted = ("--exit-code", f"review={code}", *RULES)
    assert [run(f"{name}.json", *wanted).exit_code for name in ("P1", "P2", "none")] == [0, code, 1]


def test_a_code_that_is_none_is_wrong_usage(folder: Path) -> None:
    for wrong in ("review", "review=126", "review=-1", "assigned=0", "0"):
        assert run("P1.json", *RULES, "--exit-code", wrong).exit_code == 2


@pytest.mark.holds("COMM-07")
def test_what_is_there_is_replaced_only_when_that_is_asked(folder: Path) -> None:
    assert run("P1.json", *RULES, "--trace", "t.json", "--output-dir", "out/here").exit_code == 0
    written = Path("t.json").read_bytes()
    assert Path("out/here/P1.trace.json").read_bytes() == written
    assert Path("out/here/P1.txt").read_text().startswith("ASSIGNED  A ")
    for again in (("--trace", "t.json"), ("--output-dir", "out/here")):
        done = run("P1.json", *RULES, *again)
        assert (done.exit_code, "--overwrite replaces it" in done.stderr) == (2, True)
    assert (Path("t.json").read_bytes(), len(list(Path("out/here").iterdir()))) == (written, 2)
    assert run("P2.json", *RULES, "--trace", "t.json", "--overwrite").exit_code == 3
    assert Path("t.json").read_bytes() != written
    outside = run("P3.json", *RULES, "--output-dir", "out/here")
    assert (outside.exit_code, "name it by --participant" in outside.stderr) == (2, True)
    assert sorted(each.name for each in Path("out").iterdir()) == ["here"]


@pytest.mark.holds("COMM-07")
@pytest.mark.parametrize("option", ["--trace", "--report"])
@pytest.mark.parametrize("name", ["P1.txt", "P1.trace.json"])
def test_no_output_is_written_over_by_another(folder: Path, option: str, name: str) -> None:
    Path("od").mkdir()
    Path("beside").symlink_to("od")
    done = run("P1.json", *RULES, "--output-dir", "od", option, f"beside/{name}")
    assert (done.exit_code, f"another file than that of {option}" in done.stderr) == (2, True)
    assert not list(Path("od").iterdir())


@pytest.mark.holds("COMM-07")
def test_quiet_prints_nothing_and_ends_as_before(folder: Path) -> None:
    for file, code in (("P1.json", 0), ("P2.json", 3)):
        told, quiet = run(file, *RULES), run(file, *RULES, "-q", "--output-dir", "results")
        assert told.stdout != "" and (quiet.exit_code, quiet.stdout, quiet.stderr) == (told.exit_code, "", "")
        assert quiet.exit_code == code
    assert sorted(each.name for each in Path("results").iterdir()) == [
        "P1.trace.json", "P1.txt", "P2.trace.json", "P2.txt",
    ]  # fmt: skip
    for where in ("results", "results/P1.trace.json"):
        done = CliRunner().invoke(main, ["verify", "-q", where, *RULES], prog_name="assigner")
        assert (done.exit_code, done.output) == (0, "")
    for other in ("--json", "--full"):
        assert run("P1.json", *RULES, "-q", other).exit_code == 2
