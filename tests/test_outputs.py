"""What a command writes: nothing that is there is replaced unless that is asked for, and some files never are."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from assigner.cli import main
from assigner.traces import read_trace, write_openings
from test_cli import fill
from test_ledger_commands import WHO

LEDGER_READERS = ("history", "table", "report", "proof 0")
REPLACED = {
    "assign --trace": "assign P1.vcf --trace OUT",
    "assign --report": "assign P1.vcf --report OUT",
    "assign --output-dir": "assign P1.vcf --participant P1 --output-dir .",
    "export -o": "export P1.json --as fhir-r4 -o OUT",
    "pack build -o": "pack build --build GRCh38 --gff a.gff3 --fasta a.fa -o OUT",
    "report -o": "report P1.json -o OUT",
    "rules example -o": "rules example --category CAT3 -o .",
    "rules calibrate --out": "rules calibrate two.vcf --out OUT",
    "rules forecast --page": "rules forecast --page OUT",
    "rules forecast --plot": "rules forecast --plot OUT",
    "traces table -o": "traces table traces -o OUT",
    **{f"ledger {name.split()[0]} -o": f"ledger {name} --ledger t -o OUT" for name in LEDGER_READERS},
}
"""The outputs that --overwrite replaces, with a command that would write each."""

NEW = {
    "cohort run --dictionary": "cohort run two.vcf --table t.tsv --dictionary OUT",
    "cohort run --summary": "cohort run two.vcf --table t.tsv --summary OUT",
    "cohort run --table": "cohort run two.vcf --table OUT.tsv",
    "cohort run --traces": "cohort run two.vcf --table t.tsv --traces OUT.zip",
    "ledger export --verifier": "ledger export --ledger t --recipient R -o b --verifier OUT WHO",
    "ledger export -o": "ledger export --ledger t --recipient R -o OUT WHO",
    "redact --openings": "redact P1.json -o new.json --openings OUT",
    "redact -o": "redact P1.json -o OUT --openings new.json",
    "rules import -o": "rules import clinvar a.vcf -o OUT",
    "traces bundle -o": "traces bundle traces -o OUT",
}
"""Those that are never replaced, likewise: what cannot be made again, and whole folders."""

ELSEWHERE = {
    "cohort merge --summary", "cohort merge --traces",  # a merge that was ended goes on: test_cohort_summaries.py
    "ledger backup -o", "rules approve -o",  # refused later on: test_ledger_commands.py, test_approvals.py
    "assign --receipt", "cohort run --receipt",  # test_cohort_ledger.py, test_ledger_assign.py
}  # fmt: skip
READ = {
    "--approval", "--baseline", "--beside", "--bundle", "--clinvar", "--covered", "--fasta", "--frequencies", "--gff",
    "--groups", "--key", "--openings", "--participant-key", "--passphrase-file", "--proposal", "--rules", "--seen",
    "--trust",
}  # fmt: skip
"""Options that name files to read, whatever the command."""


def paths(group: click.Command, *words: str) -> Iterator[str]:
    """Every option that names a file, with its command."""
    if isinstance(group, click.Group):
        for name in group.list_commands(click.Context(group)):
            found = group.get_command(click.Context(group), name)
            assert found is not None
            yield from paths(found, *words, name)
    for param in group.params:
        if isinstance(param, click.Option) and isinstance(param.type, click.Path):
            yield " ".join((*words, param.opts[0]))


def test_of_every_file_that_an_option_names_it_is_known_whether_it_is_replaced():
    found = {each for each in paths(main) if each.split()[-1] not in READ or each in NEW}
    receipts = {each for each in found if each.startswith("ledger ") and each.endswith(" --receipt")}
    assert found - receipts == {*REPLACED, *NEW, *ELSEWHERE}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a VCF, its trace, and a folder of traces."""
    made = tmp_path_factory.mktemp("inputs")
    fill(made)
    (made / "traces").mkdir()
    for out in (made / "P1.json", made / "traces" / "P1.json"):
        assert given("assign", str(made / "P1.vcf"), "--trace", str(out), "-q").exit_code in (0, 3)
    return made


@pytest.fixture
def folder(inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(shutil.copytree(inputs, tmp_path / "here"))
    return tmp_path / "here"


def given(*words: str) -> Result:
    return CliRunner().invoke(main, words, prog_name="assigner")


def outputs(words: list[str]) -> list[Path]:
    if "--output-dir" in words:
        return [Path("P1.trace.json"), Path("P1.txt")]
    if "example" in words:
        return [Path("EXAMPLE.g.vcf"), Path("EXAMPLE.eh.vcf")]
    return [Path(word) for word in words if word.startswith("OUT")]


@pytest.mark.parametrize("command", [*REPLACED.values(), *NEW.values()])
def test_a_file_that_is_there_is_not_replaced(command, folder):
    words = [one for word in command.split() for one in (WHO if word == "WHO" else (word,))]
    for each in outputs(words):
        each.write_bytes(b"mine")
        before = sorted(folder.rglob("*"))
        ended = given(*words)
        assert (ended.exit_code, ended.stdout) == (2, ""), ended.output
        assert "exists already" in ended.stderr
        assert ("--overwrite replaces it" in ended.stderr) is (command in REPLACED.values())
        assert each.read_bytes() == b"mine" and sorted(folder.rglob("*")) == before
        each.unlink()


@pytest.mark.parametrize(
    "name", ["assign --trace", "assign --output-dir", "export -o", "report -o", "rules example -o"]
)
def test_it_is_replaced_where_that_is_asked_for(name, folder):
    words = REPLACED[name].split()
    for each in outputs(words):
        each.write_bytes(b"mine")
    assert given(*words, "--overwrite").exit_code in (0, 3)
    assert all(each.read_bytes() != b"mine" for each in outputs(words))


@pytest.mark.parametrize("name", ["export -o", "report -o"])
def test_an_input_is_not_replaced_even_where_that_is_asked_for(name, folder):
    before = Path("P1.json").read_bytes()
    ended = given(*(word if word != "OUT" else "P1.json" for word in REPLACED[name].split()), "--overwrite")
    assert (ended.exit_code, Path("P1.json").read_bytes()) == (2, before)
    assert "is an input and would be lost" in ended.stderr


@pytest.mark.parametrize("write", ["trace", "openings"])
def test_an_error_of_writing_names_the_file_that_was_asked_for(write, folder):
    trace = read_trace("P1.json")
    with pytest.raises(FileNotFoundError) as error:
        trace.write("no/P1.json") if write == "trace" else write_openings(trace.openings(bytes(32)), "no/P1.json")
    assert error.value.filename == str(Path("no/P1.json"))


@pytest.mark.parametrize("end", ["", ".key", ".trust"])
def test_no_view_of_a_ledger_replaces_the_ledger_or_its_keys(end, folder):
    Path(f"t{end}").write_bytes(b"mine")
    for name in LEDGER_READERS:
        ended = given("ledger", *name.split(), "--ledger", "t", "-o", f"t{end}", "--overwrite")
        assert (ended.exit_code, Path(f"t{end}").read_bytes()) == (2, b"mine")
        assert "is an input and would be lost" in ended.stderr
