"""`assigner export` and `assigner redact`: what they write, and what they refuse to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import assigner
from assigner.cli import main
from assigner.exports.fhir import bundle
from assigner.exports.phenopackets import phenopacket
from assigner.exports.prov import provenance
from assigner.traces import read_openings, read_redacted, read_trace

RULES = assigner.read_rules()
EXPORTS = {
    "phenopacket": lambda trace: phenopacket(trace, RULES),
    "fhir-r4": lambda trace: bundle(trace, RULES),
    "fhir-r5": lambda trace: bundle(trace, RULES, release="R5"),
    "prov": lambda trace: provenance(trace, RULES),
}


@pytest.fixture
def trace_file(tmp_path: Path) -> Path:
    form = {"participant": "P1", "alleles": {"VCP-R155H": "0/1"}, "repeats": {"C9orf72": "2/8"}}
    path = tmp_path / "P1.json"
    assigner.assign(assigner.profile_of(form, RULES), RULES).trace.write(path)
    return path


def run(*arguments: object):
    return CliRunner().invoke(main, [str(each) for each in arguments])


@pytest.mark.parametrize("kind", EXPORTS)
def test_an_export_is_what_the_library_gives_on_stdout_or_in_a_file(kind, trace_file, tmp_path):
    expected = EXPORTS[kind](read_trace(trace_file))
    done = run("export", trace_file, "--as", kind)
    assert (done.exit_code, json.loads(done.stdout), done.stderr) == (0, expected, "")
    out = tmp_path / "out.json"
    done = run("export", trace_file, "--as", kind, "-o", out)
    assert (done.exit_code, done.output) == (0, "")
    assert json.loads(out.read_bytes()) == expected and out.stat().st_mode & 0o777 == 0o600


def test_time_and_disease_are_the_caller_s(trace_file):
    done = run("export", trace_file, "--as", "phenopacket", "--time", "2026-01-31T10:00:00+01:00", "--disease", "X:1=D")
    made = json.loads(done.stdout)
    assert made["metaData"]["created"] == "2026-01-31T09:00:00Z"
    assert made["interpretations"][0]["diagnosis"]["disease"] == {"id": "X:1", "label": "D"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--as", "prov", "--time", "yesterday"], "expected a time such as"),
        (["--as", "prov", "--time", "2026-01-31T09:00:00"], "expected a time with its zone"),
        (["--as", "prov", "--disease", "X:1=D"], "--disease goes with --as phenopacket"),
        (["--as", "phenopacket", "--disease", "X:1"], "expected ID=LABEL"),
        (["--as", "pdf"], "'pdf' is not one of"),
        ([], "Missing option '--as'"),
    ],
)
def test_wrong_usage_of_export(arguments, says, trace_file):
    done = run("export", trace_file, *arguments)
    assert done.exit_code == 2 and says in done.stderr and done.stdout == ""


def test_an_export_never_replaces_its_trace_and_needs_an_intact_one(trace_file):
    source = trace_file.read_bytes()
    done = run("export", trace_file, "--as", "prov", "-o", trace_file)
    assert done.exit_code == 2 and "would be lost" in done.stderr and trace_file.read_bytes() == source
    trace_file.write_bytes(source.replace(b'"P1"', b'"P2"'))
    for command in (["export", trace_file, "--as", "prov"], ["redact", trace_file, "-o", "x", "--openings", "y"]):
        done = run(*command)
        assert done.exit_code == 1 and "modified after it was written" in done.stderr and done.stdout == ""


def test_redact_writes_what_can_be_shared_and_what_opens_it(trace_file, tmp_path):
    out, openings = tmp_path / "shared.json", tmp_path / "openings.json"
    done = run("redact", trace_file, "-o", out, "--openings", openings)
    assert (done.exit_code, done.output) == (0, "")
    redacted, opened = read_redacted(out.read_bytes()), read_openings(openings.read_bytes())
    assert redacted.is_intact and redacted.is_of(read_trace(trace_file), opened)
    assert b"VCP" not in out.read_bytes()
    assert [path.stat().st_mode & 0o777 for path in (out, openings)] == [0o600, 0o600]
    again = tmp_path / "again.json"
    run("redact", trace_file, "-o", again, "--openings", tmp_path / "others.json")
    assert not set(read_redacted(again.read_bytes()).hidden.values()) & set(redacted.hidden.values())


@pytest.mark.parametrize("taken", ["shared.json", "openings.json"])
def test_redact_replaces_neither_openings_nor_what_they_open(taken, trace_file, tmp_path):
    (tmp_path / taken).write_bytes(b"of an earlier run, and of another secret")
    done = run("redact", trace_file, "-o", tmp_path / "shared.json", "--openings", tmp_path / "openings.json")
    assert done.exit_code == 2 and "exists already" in done.stderr
    assert [each.name for each in tmp_path.iterdir() if each != trace_file] == [taken]
    assert (tmp_path / taken).read_bytes() == b"of an earlier run, and of another secret"


def test_redact_loses_no_file(trace_file, tmp_path):
    source, out = trace_file.read_bytes(), tmp_path / "shared.json"
    for o, openings in ((trace_file, out), (out, trace_file), (out, out), (out, tmp_path / "." / "shared.json")):
        done = run("redact", trace_file, "-o", o, "--openings", openings)
        assert done.exit_code == 2 and done.stdout == "" and not out.exists()
    assert trace_file.read_bytes() == source


def test_a_file_that_cannot_be_written_is_named(trace_file, tmp_path):
    out = tmp_path / "no" / "x.json"
    for command in (
        ["redact", trace_file, "-o", out, "--openings", tmp_path / "openings.json"],
        ["redact", trace_file, "-o", tmp_path / "shared.json", "--openings", out],
        ["export", trace_file, "--as", "prov", "-o", out],
    ):
        done = run(*command)
        assert done.exit_code == 1 and done.stderr.startswith(f"assigner: {out}: expected a file that can be written")
