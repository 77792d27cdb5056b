"""What may go wrong around a command: odd arguments, full disks, interrupts, options given twice; never a traceback."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from assigner.cli import main
from effort import some
from test_cli import fill, script

FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    fill(tmp_path)
    return tmp_path


def run(*args: object) -> Result:
    result = CliRunner().invoke(main, [str(each) for each in args], prog_name="assigner")
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    return result


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            yield from commands(each, (*path, name))
    else:
        yield path, command


def single(command: click.Command) -> Iterator[tuple[str, click.Option]]:
    """The spellings of the options that may be given once."""
    for param in command.params:
        if isinstance(param, click.Option) and not param.multiple:
            yield from ((spelling, param) for spelling in param.opts)


# ------------------------------------------------------------------------------------------------- options given twice


@pytest.mark.holds("COMM-05")
@pytest.mark.parametrize(("path", "command"), [pytest.param(*each, id="-".join(each[0])) for each in commands(main)])
def test_an_option_that_is_given_twice_is_refused(path, command, folder):
    for option, param in single(command):
        value = [] if param.is_flag else ["1"]
        done = run(*path, option, *value, option, *value)
        assert (done.exit_code, done.stdout) == (2, "")
        assert option in done.stderr and "is given twice" in done.stderr


def test_an_option_that_may_be_given_twice_still_may(folder):
    done = run("assign", "P1.vcf", "--repeat", "C9orf72=2/8", "--repeat", "ATXN2=22/22", "--json")
    assert "given twice" not in done.stderr
    assert json.loads(done.stdout)["profile"]["repeats"].keys() >= {"C9orf72", "ATXN2"}


def test_help_may_be_asked_for_twice():
    assert run("assign", "--help", "--help").exit_code == 0


# ---------------------------------------------------------------------------------------- what cannot be written, or is


@pytest.mark.parametrize("out", [".", "..", "/", "", "sub", "x" * 300, "nul\0"], ids=lambda out: repr(out)[:12])
@pytest.mark.parametrize("option", ["--trace", "--report"])
def test_a_place_that_is_no_file_is_refused(folder, option, out):
    (folder / "sub").mkdir()
    before = sorted(os.listdir())
    done = run("assign", "P3.json", option, out)
    assert done.exit_code in (1, 2) and done.stdout == "" and done.stderr.startswith(("assigner: ", "Usage: "))
    assert sorted(os.listdir()) == before


@pytest.mark.parametrize(
    "args",
    [
        ["assign", "{}"], ["assign", "{}.json"], ["assign", "P1.vcf", "--repeats", "{}"],
        ["assign", "P1.vcf", "--rules", "{}"],
        ["assign", "P1.vcf", "--callable", "{}"], ["assign", "P1.vcf", "--fasta", "{}"],
        ["assign", "P1.vcf", "--mitochondrial", "{}"], ["assign", "P1.vcf", "--structural", "{}"],
        ["assign", "P3.json", "--require-approved", "--trusted-key", "{}"], ["explain", "{}"], ["report", "{}"],
        ["verify", "{}"], ["verify", "P3.trace", "{}"], ["verify", "P3.trace", "--rules", "{}"],
        ["verify", "P3.trace", "--openings", "{}"], ["export", "{}", "--as", "prov"],
        ["redact", "{}", "-o", "x", "--openings", "y"], ["redact", "P3.trace", "-o", "{}", "--openings", "y"],
        ["redact", "P3.trace", "-o", "x", "--openings", "{}"], ["export", "P3.trace", "--as", "prov", "-o", "{}"],
        ["rules", "check", "{}"], ["rules", "show", "{}"], ["rules", "show", "--rules", "{}"],
        ["rules", "diff", "{}", "{}"],
        ["rules", "diff", "new.yaml", "new.yaml", "--over", "{}"], ["rules", "new", "{}"], ["rules", "keygen", "{}"],
        ["rules", "keygen", "k", "--passphrase-file", "{}"], ["rules", "test", "{}", "{}"],
        ["rules", "test", "new.yaml", "{}"], ["rules", "approve", "{}", "--key", "{}", "--name", "X"],
        ["rules", "approve", "new.yaml", "--key", "{}", "--name", "X"],
        ["rules", "forecast", "--rules", "new.yaml", "--frequencies", "{}"], ["rules", "forecast", "--rules", "{}"],
        ["rules", "example", "--category", "CAT1", "--rules", "new.yaml", "-o", "{}"],
        ["rules", "example", "--category", "{}", "-o", "pack"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_odd_files_end_in_a_message(folder, args):
    (folder / "empty").write_bytes(b"")
    (folder / "nul").write_bytes(b"\0" * 100)
    (folder / "folder").mkdir()
    (folder / "new.yaml").write_bytes(run("rules", "new").stdout_bytes)
    run("assign", "P3.json", "--trace", "P3.trace")
    for odd in ("folder", "empty", "nul", "/dev/null", "x" * 300, "a\0b", "", "no/such", "\udcff"):
        done = run(*(each.replace("{}", odd) for each in args))
        assert done.exit_code in (0, 1, 2, 3), odd
        assert "Traceback" not in done.output
        assert done.exit_code in (0, 3) or done.stderr.startswith(("assigner: ", "Usage: ")), odd


@needs_full
@pytest.mark.parametrize(
    ("args", "unbuffered"),
    some([(["--help"], ""), (["assign", "P3.json"], ""), (["rules", "new"], "1"), (["rules", "schema", "trace"], ""),
          (["assign", "P3.json", "--json"], "1"), (["--version"], "1"), (["assign", "--help"], ""), (["--help"], "1"),
          (["rules", "show"], ""), (["assign", "P3.json", "--json"], "")], 4),
)  # fmt: skip
def test_a_full_disk_is_told_whatever_is_printed(folder, args, unbuffered):
    env = os.environ | {"PYTHONUNBUFFERED": unbuffered}
    with FULL.open("wb") as full:
        done = subprocess.run(script(*args), stdout=full, stderr=subprocess.PIPE, env=env, check=False)
    assert done.returncode == 1
    assert done.stderr == b"assigner: output: expected a file that can be written; got No space left on device\n"


@pytest.mark.parametrize(
    ("args", "unbuffered"),
    some(
        [
            (["rules", "schema", "trace"], "1"),
            (["assign", "P3.json", "--json"], ""),
            (["--help"], ""),
            (["--help"], "1"),
        ],
        2,
    ),
)
def test_output_that_is_cut_short_is_no_success(folder, args, unbuffered):
    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    env = os.environ | {"PYTHONUNBUFFERED": unbuffered, "PYTHONDONTWRITEBYTECODE": "1"}
    with open("out", "wb") as out:
        done = subprocess.run(
            script(*args), stdout=out, stderr=subprocess.PIPE, env=env, preexec_fn=small_files, check=False
        )
    assert done.returncode == 1 and done.stderr.startswith(b"assigner: output: "), done.stderr


@pytest.mark.parametrize(
    "args",
    [["assign", "{}"], ["assign", "P1.vcf", "--repeats", "{}"], ["assign", "P1.vcf", "--fasta", "{}"],
     ["doctor", "{}"], ["verify", "{}"], ["verify", "P3.trace", "{}"],
     ["pack", "build", "--build", "GRCh38", "--gff", "{}", "--fasta", "{}", "-o", "p"]],
    ids=" ".join,
)  # fmt: skip
def test_an_input_that_cannot_be_opened_is_not_told_as_an_output(folder, args):
    run("assign", "P3.json", "--trace", "P3.trace")
    name = "x" * 300  # asking whether such a file is there fails too, as in a folder that may not be searched
    done = run(*(each.replace("{}", name) for each in args))
    assert done.exit_code in (1, 3) and name in done.output
    assert "readable file" in done.output or "index beside it" in done.output, done.output


def test_a_new_file_that_a_full_disk_cuts_short_is_named_and_not_kept(folder):
    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    env = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        script("rules", "new", "new.yaml"), capture_output=True, env=env, preexec_fn=small_files, check=False
    )
    assert done.returncode == 1 and done.stderr.startswith(b"assigner: new.yaml: expected"), done.stderr
    assert not Path("new.yaml").exists()


@pytest.mark.parametrize("url", ["https://example.org/P1.vcf", "s3://trial/P1.g.vcf.gz", "file:///P1.vcf"])
def test_a_url_is_told_as_one(folder, url):
    done = run("assign", url)
    assert done.exit_code == 1
    assert (
        done.stderr == f"assigner: {url}: expected a readable file; got a URL; download it first, nothing is fetched\n"
    )


def test_a_sample_that_the_only_one_is_not(folder):
    assert "expected the sample 'other'; got another one" in run("assign", "P1.vcf", "--sample", "other").stderr


# ---------------------------------------------------------------------------------------------------------- interrupts


def test_an_interrupt_ends_with_130_and_leaves_nothing(folder):
    before = sorted(os.listdir())
    script = """
import signal
import time
import assigner.assignments
from assigner.cli import main

signal.signal(signal.SIGINT, signal.default_int_handler)  # a job that a shell started in the background ignores it

def slow(*_):
    print("ready", flush=True)
    time.sleep(60)

assigner.assignments.assign = slow
main(["assign", "P1.vcf", "--trace", "out.json", "--json"])
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGINT)
        out, told = process.communicate(timeout=60)
    assert (process.returncode, out, told) == (130, b"", b"assigner: interrupted\n")
    assert sorted(os.listdir()) == before


@pytest.mark.parametrize("place", ["assigner.rules.read_rules", "assigner.assignments.assign"])
def test_an_interrupt_at_any_place_is_one_line(folder, monkeypatch, place):
    def interrupted(*_args, **_more):
        raise KeyboardInterrupt

    monkeypatch.setattr(place, interrupted)
    done = run("assign", "P3.json", "--trace", "out.json")
    assert (done.exit_code, done.stdout, done.stderr) == (130, "", "assigner: interrupted\n")
    assert not Path("out.json").exists()


# -------------------------------------------------------------------------------------------------- what is not a trace


@pytest.mark.parametrize("command", [["explain"], ["report"], ["export", "--as", "prov"]], ids=" ".join)
def test_a_redacted_trace_is_told_apart(folder, command):
    run("assign", "P3.json", "--trace", "P3.trace")
    run("redact", "P3.trace", "-o", "shared.json", "--openings", "openings.json")
    done = run(*command, "shared.json")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == (
        "assigner: shared.json: expected a whole trace; "
        "got a redacted one, whose evidence is hidden: verify it with its openings\n"
    )


@pytest.mark.parametrize("option", ["--repeats", "--mitochondrial", "--structural", ""])
def test_one_file_is_not_given_twice(folder, option):
    Path("copy.vcf").write_bytes(Path("P1.vcf").read_bytes())
    for again in ("P1.vcf", "./P1.vcf", "copy.vcf"):
        done = run("assign", "P1.vcf", *filter(None, [option, again]))
        assert (done.exit_code, done.stdout) == (1, ""), again
        assert "expected each file once; got the same bytes as P1.vcf" in done.stderr


# ------------------------------------------------------------------------------------------------------------ rules new


@pytest.mark.parametrize("categories", range(2, 51, 6))
def test_a_new_rule_set_passes_its_own_check(folder, categories):
    run("rules", "new", "new.yaml", "--categories", categories)
    done = run("rules", "check", "new.yaml")
    assert done.exit_code == 0, done.output
    assert "fault: " not in done.stdout
