"""The fuzzers' corpus, replayed without a fuzzer; every damage that it once did stays mended."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

import targets

CORPUS = targets.HERE / "corpus"


@pytest.mark.holds("SECU-01")
@pytest.mark.parametrize("name", targets.TARGETS)
def test_the_corpus_breaks_nothing(name):
    inputs = sorted((CORPUS / name).iterdir())

    for path in inputs:
        targets.TARGETS[name](path.read_bytes())

    assert inputs


@pytest.mark.holds("SECU-01")
@pytest.mark.parametrize("name", targets.TARGETS)
def test_nor_do_the_corpus_s_inputs_with_a_few_bytes_changed(name):
    chance = random.Random(name)
    inputs = [path.read_bytes() for path in sorted((CORPUS / name).iterdir())]
    for _ in range(60):
        content = bytearray(chance.choice(inputs))
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(content) + 1)
            content[at : at + chance.randint(0, 2)] = chance.choice(inputs)[at : at + chance.randint(0, 4)]
        targets.TARGETS[name](bytes(content))


def test_each_target_has_a_corpus_and_the_whole_is_small():
    assert {path.name for path in CORPUS.iterdir()} == targets.TARGETS.keys()
    assert sum(path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()) < 1 << 20


def broken(*_: object) -> None:
    raise KeyError("an exception that is not ours")


def test_a_target_lets_through_what_is_not_ours(monkeypatch):
    monkeypatch.setattr(targets, "read_bed", broken)
    with pytest.raises(KeyError):
        targets.bed(b"1\t1\t2\n")


def test_a_difference_between_two_ways_to_an_answer_is_seen(monkeypatch):
    row = b"chr1\t5500\t.\tG\tA,<DEL>,T\t.\tPASS\tSVLEN=.,-400,.\tGT\t./1\n"
    targets.spans(row)
    monkeypatch.setattr(targets, "ends", lambda rows, positions, **_: positions)
    with pytest.raises(AssertionError):
        targets.spans(row)


def test_the_runner_knows_every_target():
    assert (Path(targets.HERE) / "run.py").is_file()
    assert all(callable(target) and target.__doc__ for target in targets.TARGETS.values())
