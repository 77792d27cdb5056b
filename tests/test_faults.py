"""The faulty files of ../shared/bench: refused with the right error, or read as they are meant and with a note.

With `ASSIGNER_HEAVY_FAULTS=1` each of the heavy ones is measured too (`python tests/heavy.py` does it alone).
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve

import damage
import faults
import heavy
import vcfs
from assigner.errors import ContainerError, InputError
from assigner.genome.builds import Build
from assigner.profiles.calls import Call, State
from assigner.profiles.profile import Profile
from assigner.rules.panels import panel_of
from assigner.vcf.bytes.containers import Limits
from assigner.vcf.bytes.raw import Raw
from assigner.vcf.reading import read_profile
from effort import QUICK, at_a_release, some

SCRIPT = Path(__file__).parents[2] / "shared" / "bench" / "make_faults.py"
pytestmark = pytest.mark.skipif(not SCRIPT.is_file(), reason="the faulty files' script is not here")

RULES = vcfs.rules_of(alleles=[vcfs.allele("SITE", "17", 7674220, "C", "T", pos37=7577538)])

LIMITS = Limits(line_bytes=16 << 20, text_bytes=2 << 30, contigs=100_000, samples=10_000, alts=100, links="refuse")
"""Those that the manifest presumes."""

LENIENT = {"record_twice_conflict.vcf": State.CONFLICT}
"""Files that we read where the manifest would refuse them: the call is unknown, and the trace says why."""

COPIES = {"0/1": (False, True), "1/2": (False, True), "0/0": (False, False), "NO_MATCH": (False, False)}
"""The copies of the allele that a manifest's call means; any other call means that it must be unknown."""


def made(folder: Path) -> list[dict[str, str]]:
    """Make the faulty files; the rows of their manifest."""
    subprocess.run([sys.executable, str(SCRIPT), str(folder)], check=True, stdout=subprocess.DEVNULL)
    with (folder / "manifest.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("faults")
    made(folder)
    return folder


@pytest.fixture(scope="module")
def rows(folder) -> list[dict[str, str]]:
    with (folder / "manifest.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def read(path: Path) -> tuple[Profile, Call]:
    """A file's profile and the deciding call."""
    profile = read_profile(path, RULES, sample="TRIAL-001", limits=LIMITS)
    return profile, profile.call(panel_of(RULES, Build(profile.build)).variant_by_id["SITE"])


def meant(call: Call, expected: str) -> bool:
    copies = COPIES.get(expected)
    if copies is None:
        return call.state not in (State.CALLED, State.REFERENCE)
    if call.state is State.REFERENCE:
        return expected == "0/0"
    return call.state is State.CALLED and tuple(sorted(map(bool, call.copies))) == copies


def verdict(path: Path, row: dict[str, str]) -> str:
    """Empty when we do as the manifest and the table say, else what we do."""
    codes = [code for code in row["code"].split("+") if code not in ("-", "W_INDEX_IGNORED")]
    try:
        profile, call = read(path)
    except InputError as error:
        told = f"{type(error).__name__}: {error}"
        refusal = faults.OWN_WAY.get(row["file"]) or faults.REFUSED.get(row["code"])
        return "" if row["must"] == "refuse" and refusal and refusal.fits(error) else told
    if row["file"] in LENIENT:
        return "" if call.state is LENIENT[row["file"]] else f"read as {call}"
    if row["must"] == "refuse":
        return f"read: {call}"
    missing = [code for code in codes if not faults.RECORDED[code].stands_in(profile, call)]
    if not meant(call, row["call"]) or missing:
        return f"read as {call}; without {missing}"
    return ""


@pytest.mark.holds("READ-06")
def test_every_faulty_file_comes_to_what_its_manifest_and_our_table_say(folder, rows):
    slow = {row["file"] for row in rows if row["file"] in heavy.SLOW}
    wrong = {
        row["file"]: said
        for row in rows
        if row["group"] != "race" and row["file"] not in slow and (said := verdict(folder / row["file"], row))
    }

    assert len(rows) == 147
    assert wrong == {}


def test_the_table_is_the_manifest_s(rows):
    codes = {code for row in rows for code in row["code"].split("+")} - {"-", "E_CONFLICT", "W_INDEX_IGNORED"}

    assert codes == faults.REFUSED.keys() | faults.RECORDED.keys()
    assert faults.OWN_WAY.keys() | LENIENT.keys() <= {row["file"] for row in rows}


@pytest.mark.holds("READ-13")
def test_an_index_beside_a_file_changes_nothing(folder, rows, tmp_path):
    indexed = [row["file"] for row in rows if row["must"] == "read" and row["index"] != "-"]
    for name in indexed:
        alone = tmp_path / name
        alone.write_bytes((folder / name).read_bytes())
        assert read(folder / name) == read(alone)

    assert len(indexed) == 11


def test_a_sound_file_has_no_note_but_those_on_its_container_and_annotation(folder):
    for name in ("ok.vcf", "ok.vcf.gz", "ok.bcf", "ok_phased.vcf", "multiallelic.vcf"):
        notes = [check.evidence for check in read(folder / name)[0].checks if check.name == "variants_note"]
        assert [note for note in notes if "INFO/CSQ" not in note and "plain text" not in note] == []


@pytest.mark.holds("SECU-04")
@pytest.mark.parametrize("quick", [False, True])
def test_a_link_is_followed_unless_the_caller_forbids_it(folder, tmp_path, quick):
    link = tmp_path / "link.vcf.gz"
    link.symlink_to(folder / "ok.vcf.gz")
    (tmp_path / "link.vcf.gz.tbi").symlink_to(folder / "ok.vcf.gz.tbi")

    followed = read_profile(link, RULES, sample="TRIAL-001", quick=quick)

    assert followed.alleles == read(folder / "ok.vcf.gz")[0].alleles
    with pytest.raises(ContainerError, match="a regular file; got a symbolic link"):
        read_profile(link, RULES, sample="TRIAL-001", quick=quick, limits=Limits(links="refuse"))


def test_a_name_that_htslib_would_take_for_two_is_one(folder, tmp_path):
    path = tmp_path / "a.vcf.gz##idx##b"
    path.write_bytes((folder / "ok.vcf.gz").read_bytes())
    (tmp_path / "a.vcf.gz##idx##b.tbi").write_bytes((folder / "ok.vcf.gz.tbi").read_bytes())

    whole, call = read(path)
    assert call.state is State.CALLED
    assert read_profile(path, RULES, sample="TRIAL-001", quick=True).alleles == whole.alleles


# --- races --------------------------------------------------------------------------------------------------


def rename(folder: Path, path: Path) -> None:
    beside = path.with_suffix(".new")
    beside.write_bytes((folder / "race_b.vcf").read_bytes())
    os.replace(beside, path)


def overwrite(folder: Path, path: Path) -> None:
    content = (folder / "race_b.vcf").read_bytes()
    with path.open("r+b") as file:
        file.write(content)


def truncate(folder: Path, path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def append(folder: Path, path: Path) -> None:
    whole = (folder / "race_a_renamed.vcf").read_bytes()
    with path.open("ab") as file:
        file.write(whole[-20_000:])


ACTIONS = {
    "rename a copy of race_b.vcf over it": rename,
    "write race_b.vcf's bytes into it": overwrite,
    "truncate it to half its size": truncate,
    "append the last 20,000 bytes of race_a_renamed.vcf": append,
}
"""What the manifest asks to be done to a file while it is read."""


def a_copy(folder: Path, name: str, tmp_path: Path) -> Path:
    """A copy of a race's file, old enough for a change of it to change its time of modification."""
    path = tmp_path / name
    path.write_bytes((folder / name).read_bytes())
    os.utime(path, ns=(10**18, 10**18))
    return path


@pytest.mark.holds("READ-12")
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("action", ACTIONS)
def test_a_file_that_is_changed_while_it_is_read_is_refused(folder, rows, tmp_path, monkeypatch, action, threads):
    (row,) = (row for row in rows if row["action"] == action)
    path = a_copy(folder, row["file"], tmp_path)
    reads = []

    def read_into(raw: Raw, room: memoryview) -> int:
        if len(reads) == 1:
            ACTIONS[action](folder, path)
        reads.append(size := plain(raw, room))
        return size

    plain = Raw.read_into
    monkeypatch.setattr(Raw, "read_into", read_into)
    with pytest.raises(InputError) as found:
        read_profile(path, RULES, sample="TRIAL-001", limits=LIMITS, threads=threads)

    assert len(reads) > 1
    assert faults.REFUSED[row["code"]].fits(found.value)


@pytest.mark.holds("READ-12")
@pytest.mark.parametrize("action", ACTIONS)
def test_whenever_it_is_changed_the_answer_is_that_of_the_digest(folder, rows, tmp_path, action):
    (row,) = (row for row in rows if row["action"] == action)
    answers = dict(filter(None, (answer(folder / name) for name in ("race_a_renamed.vcf", "race_b.vcf"))))
    done = []
    for wait in range(0, 30, 2):
        path = a_copy(folder, row["file"], tmp_path)
        actor = threading.Thread(target=later, args=(wait / 1000, ACTIONS[action], folder, path))
        actor.start()
        try:
            found = answer(path)
        finally:
            actor.join()
        done.append(found is not None)
        if found is not None:
            assert answers[found[0]] == found[1]

    assert len(answers) == 2 and len(set(answers.values())) == 2
    assert not all(done)


def later(wait: float, action: Callable[[Path, Path], None], folder: Path, path: Path) -> None:
    time.sleep(wait)
    action(folder, path)


def answer(path: Path) -> tuple[str, tuple[bool | None, ...]] | None:
    """The digest of a file and the deciding call; None when it is refused."""
    try:
        profile, call = read(path)
    except ContainerError:
        return None
    return profile.inputs[0].sha256, call.copies


@pytest.mark.holds("SECU-04")
@pytest.mark.parametrize("quick", [False, True])
def test_a_pipe_that_nobody_writes_to_is_refused(tmp_path, quick):
    path = tmp_path / "pipe.vcf"
    os.mkfifo(path)

    with pytest.raises(ContainerError):  # opened to be read, it would never answer
        read_profile(path, RULES, quick=quick)


# --- damage -------------------------------------------------------------------------------------------------


NUMBER = 50 if QUICK else 500
"""How many damaged files of each kind."""


@pytest.mark.holds("READ-02")
def test_cuts_and_flipped_bits_are_refused_or_change_no_call():
    trials = damage.sample(NUMBER)

    answers = list(damage.run(trials))

    wrong = [(trial, found) for trial, found in answers if not trial.allows(found, damage.controls()[trial.control])]
    assert len(answers) == 5 * NUMBER
    assert wrong == []


def test_the_trials_are_those_that_were_measured_before():
    cuts = [len(damage.every(control, "cut")) for control in damage.CONTROLS]
    flips = [len(damage.every(control, kind)) for control, kind in damage.kinds() if kind == "flip"]

    assert (cuts, sum(cuts), sum(flips)) == ([10_807, 2_550, 2_673], 16_030, 41_784)


@at_a_release
def test_a_changed_call_a_crash_and_a_hang_would_be_seen(monkeypatch):
    monkeypatch.setattr(damage, "SECONDS", 3)
    monkeypatch.setattr(damage, "outcome", misbehaving)
    trials = [damage.Trial("ok.vcf", "cut", at) for at in range(8)]

    answers = dict(damage.run(trials, workers=2))

    content = damage.controls()["ok.vcf"]
    assert [answers[trial] for trial in trials] == [
        "same", "CRASHED -9", "HUNG", "ESCAPED", "same", "CHANGED", "fewer", "same",
    ]  # fmt: skip
    assert [trial.at for trial in trials if not trial.allows(answers[trial], content)] == [1, 2, 3, 5, 6]


def misbehaving(path: Path, trial: damage.Trial, sound: Profile) -> str:
    if trial.at == 1:
        os.kill(os.getpid(), 9)
    if trial.at == 2:
        time.sleep(60)
    return {3: "ESCAPED", 5: "CHANGED", 6: "fewer"}.get(trial.at, "same")


# --- heavy --------------------------------------------------------------------------------------------------


@at_a_release
@pytest.mark.holds("READ-08")
def test_the_heavy_files_that_are_refused_soon_are_refused_within_time_and_memory(folder):
    for name in some(sorted(heavy.NAMES.keys() - heavy.SLOW), 3):  # `python tests/heavy.py` measures each
        found = heavy.measured(folder / name, "manifest")
        assert found.fault == "", found


@at_a_release
def test_the_measure_is_of_the_child_and_can_fail(folder):
    room = bytearray(300 << 20)  # what this process holds must not count
    room[:: 1 << 12] = b"x" * len(room[:: 1 << 12])
    small = heavy.measured(folder / "ploidy_100k.vcf", "manifest")
    script = f"import sys; sys.path.insert(0, {str(Path(heavy.__file__).parent)!r}); import heavy\n"
    script += "room = b'x' * (600 << 20); print(heavy.peak())"
    large = int(subprocess.run([sys.executable, "-c", script], check=True, capture_output=True).stdout)

    assert small.memory < len(room) < heavy.MEMORY < large
    assert evolve(small, memory=large).fault == "too much memory"
    assert evolve(small, seconds=heavy.SECONDS + 1).fault == "too slow"


@pytest.mark.skipif(not os.environ.get("ASSIGNER_HEAVY_FAULTS"), reason="takes half a minute")
@pytest.mark.parametrize("name", heavy.NAMES)
@pytest.mark.parametrize("limits", heavy.LIMITS)
def test_every_heavy_file_keeps_within_time_and_memory(folder, name, limits):
    found = heavy.measured(folder / name, limits)

    assert found.fault == "", found
