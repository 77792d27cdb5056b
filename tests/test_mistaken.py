"""A file in the wrong place is told for what it is, with the command that takes it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from assigner.cli import main
from assigner.mistaken import Sort, sort_of
from assigner.synthetic.bgzf import bgzf

EXAMPLES = Path(__file__).parents[1] / "examples"
TAKES = {
    "assign FILE": Sort.VCF,
    "doctor FILE": Sort.VCF,
    "assign FILE.json": Sort.PROFILE,
    "explain FILE": Sort.TRACE,
    "redact FILE -o r.json --openings o.json": Sort.TRACE,
    "report FILE -o page.html": Sort.TRACE,
    "export FILE --as prov": Sort.TRACE,
    "rules check FILE": Sort.RULE_SET,
    "assign P.json --rules FILE": Sort.RULE_SET,
    "cohort FILE --table table.tsv": None,
}
"""Commands with a place for one sort of file; the last one takes a sheet, or a VCF."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[Sort, bytes]:
    """A file of each sort."""
    folder = tmp_path_factory.mktemp("sorts")

    def run(*args: str) -> None:
        done = CliRunner().invoke(main, list(args))
        assert done.exit_code in (0, 3), done.output

    places = {name: str(folder / name) for name in ("P.json", "trace", "redacted", "openings", "rules")}
    Path(places["P.json"]).write_bytes(b'{"participant": "P1", "alleles": {}}')
    run("assign", places["P.json"], "--trace", places["trace"])
    run("redact", places["trace"], "-o", places["redacted"], "--openings", places["openings"])
    run("rules", "new", places["rules"])
    read = {name: Path(place).read_bytes() for name, place in places.items()}
    return {
        Sort.VCF: (EXAMPLES / "P001.eh.vcf").read_bytes(),
        Sort.BAM: bgzf(b"BAM\1" + bytes(100)),
        Sort.TRACE: read["trace"],
        Sort.REDACTED_TRACE: read["redacted"],
        Sort.OPENINGS: read["openings"],
        Sort.PROFILE: read["P.json"],
        Sort.RULE_SET: read["rules"],
    }


def test_each_sort_is_recognised(files):
    assert files.keys() == set(Sort)
    assert {sort: sort_of(content) for sort, content in files.items()} == {sort: sort for sort in Sort}


@pytest.mark.parametrize("command", TAKES)
def test_what_is_in_the_wrong_place_is_told(command, files, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("P.json").write_bytes(files[Sort.PROFILE])
    for sort, content in files.items():
        if sort in (TAKES[command], Sort.VCF if "cohort" in command else None):
            continue
        Path("file").write_bytes(content)
        Path("file.json").write_bytes(content)
        done = CliRunner().invoke(main, command.replace("FILE", "file").split())
        assert done.exit_code == 1, done.output
        told = " ".join(done.stderr.split())
        assert sort.advice in told or (sort is Sort.REDACTED_TRACE and "a redacted one" in told), told
        assert not {"page.html", "table.tsv"} & {each.name for each in tmp_path.iterdir()}


@given(st.binary(max_size=200))
def test_any_bytes_have_a_sort_or_none(content):
    assert sort_of(content) in (None, *Sort)
    assert sort_of(b"\x1f\x8b" + content) in (None, *Sort)
