"""Progress: every byte that is read is told, a terminal shows it once it takes a while, and nothing else does."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest
from click.testing import CliRunner

from assigner.cli import main
from assigner.commands import progress
from assigner.vcf.reading import read_profile
from build import bgzf
from shipped import RULES

EXAMPLES = Path(__file__).parents[1] / "examples"
PLAIN = (EXAMPLES / "P001.g.vcf").read_bytes()


class Terminal(io.StringIO):
    """A terminal that keeps what is shown."""

    def isatty(self) -> bool:
        """It is one."""
        return True


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("content", [PLAIN, gzip.compress(PLAIN), bgzf(PLAIN)], ids=["plain", "gzip", "bgzf"])
def test_every_byte_is_told(content: bytes, threads: int) -> None:
    told: list[int] = []
    told_of = read_profile(content, RULES, threads=threads, progress=told.append)
    assert sum(told) == len(content) and min(told) >= 0
    assert told_of == read_profile(content, RULES)


def shown(monkeypatch: pytest.MonkeyPatch, stderr: io.StringIO, patience: float, *args: str) -> str:
    """What a run shows on stderr."""
    monkeypatch.setattr(progress, "PATIENCE", patience)
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda self: stderr.isatty())
    done = CliRunner().invoke(main, list(args))
    assert done.exit_code == 0
    return done.stderr


@pytest.mark.parametrize("command", ["assign", "doctor"])
def test_a_terminal_shows_how_far_the_reading_is_once_it_takes_a_while(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    args = (command, str(EXAMPLES / "P001.g.vcf"))
    assert "reading" in shown(monkeypatch, Terminal(), -1, *args)
    assert shown(monkeypatch, Terminal(), 1000, *args) == ""
    assert shown(monkeypatch, io.StringIO(), -1, *args) == ""


def test_a_terminal_shows_how_far_the_making_of_a_pack_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = EXAMPLES / "pack"
    sources = ("--gff", str(folder / "genes.gff3"), "--fasta", str(folder / "genome.fa"))
    for patience, expected in ((-1.0, True), (1000.0, False)):
        args = (
            "pack",
            "build",
            "--rules",
            str(folder / "rules.yaml"),
            "--build",
            "GRCh38",
            *sources,
            "-o",
            str(tmp_path / f"{patience}.pack"),
        )
        assert ("reading" in shown(monkeypatch, Terminal(), patience, *args)) is expected


def test_nothing_is_shown_of_a_stream_whose_size_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE", -1)
    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    with progress.reading_bar("-", None) as more:
        more(1)
    assert terminal.getvalue() == ""
