"""Nothing is asked of a network: Python's own audit sees no socket and no name looked up, and an address is no file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import assigner
from assigner.errors import ContainerError

ROOT = Path(__file__).resolve().parents[1]

WATCHED = """
import sys
sys.addaudithook(lambda event, args: print(event) if event.startswith(("socket.", "urllib.", "http.")) else None)
"""
LOOK_UP = "import socket; socket.socket().close(); socket.gethostbyname('127.0.0.1')"
COMMANDS = """
from assigner.cli import main
for args in (
    ["assign", "{root}/examples/P001.g.vcf", "--repeats", "{root}/examples/P001.eh.vcf", "--trace", "P001.json",
     "--report", "P001.html"],
    ["verify", "P001.json"],
    ["export", "P001.json", "--as", "fhir-r4"],
    ["rules", "show"],
):
    assert main(args, standalone_mode=False) in (0, None), args
"""


def events(code: str, folder: Path) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", WATCHED + code], cwd=folder, capture_output=True, text=True, check=True
    )
    return {line for line in done.stdout.splitlines() if line.startswith(("socket.", "urllib.", "http."))}


@pytest.mark.holds("SECU-03")
def test_assigning_and_reporting_ask_nothing_of_a_network(tmp_path):
    assert {"socket.__new__", "socket.gethostbyname"} <= events(LOOK_UP, tmp_path)  # the watch sees what there is

    assert events(COMMANDS.format(root=ROOT), tmp_path) == set()
    assert (tmp_path / "P001.html").is_file()


@pytest.mark.holds("SECU-03")
@pytest.mark.parametrize("scheme", ["https", "http", "ftp", "s3", "gs", "file"])
def test_an_address_is_no_file(scheme):
    """htslib, as it comes, opens some of these."""
    with pytest.raises(ContainerError):
        assigner.read_profile(f"{scheme}://localhost/P001.vcf.gz", assigner.read_rules())
