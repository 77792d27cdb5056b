"""Which gates could not be asked, and of how many calls: those that a strict rule set would have failed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assigner.assignments import assign
from assigner.profiles.calls import State
from assigner.reports.text import explain
from assigner.vcf.meaning.unasked import GATES
from assigner.vcf.reading import read_profile
from vcfs import allele, repeat, rules_of, vcf, written

LISTED = [allele(f"A{at}", "1", 5000 + 10 * at, "C", "T") for at in range(8)]
RULES = rules_of(alleles=LISTED, repeats=[repeat("R", "CAG", "4", 12_000, 12_060)])
PL = ('##FORMAT=<ID=PL,Number=G,Type=Integer,Description="x">',)
META = (
    '##INFO=<ID=RU,Number=1,Type=String,Description="x">',
    '##FORMAT=<ID=REPCN,Number=1,Type=String,Description="x">',
)
FIELDS = {"depth": ("DP", "30"), "quality": ("GQ", "60"), "likelihood": ("PL", "200,0,200"), "balance": ("AD", "15,15")}


def row(at: int, said: frozenset[str]) -> str:
    keys, values = zip(("GT", "0/1"), *(FIELDS[gate] for gate in GATES if gate in said), strict=True)
    return f"1 {5000 + 10 * at} C T PASS . {':'.join(keys)} {':'.join(values)}"


def told(profile, name="variants_gates") -> str | None:
    return next((check.evidence for check in profile.checks if check.name == name), None)


@pytest.mark.holds("GENO-10")
@given(calls=st.lists(st.frozensets(st.sampled_from(GATES)), min_size=1, max_size=8))
def test_the_calls_that_are_counted_are_those_that_a_strict_gate_fails(tmp_path_factory, calls):
    """AD is a depth too: its sum."""
    path = written(tmp_path_factory.mktemp("gates"), vcf("\n".join(row(*each) for each in enumerate(calls)), meta=PL))
    silent = {gate: sum(gate not in said | ({"depth"} if "balance" in said else set()) for said in calls)
              for gate in GATES}  # fmt: skip
    parts = [f"no {gate} in {silent[gate]}" for gate in GATES if silent[gate]]

    profile = read_profile(path, RULES)
    assert told(profile) == (f"{', '.join(parts)} of {len(calls)} calls at listed places" if parts else None)
    assert all(call.state is State.CALLED for call in profile.alleles.values())
    for gate in GATES:
        strict = rules_of(alleles=LISTED, gates={"strict": [gate]})
        failed = [call for call in read_profile(path, strict).alleles.values() if call.state is State.LOW_QUALITY]
        assert len(failed) == silent[gate]


@pytest.mark.holds("GENO-10")
def test_a_block_counts_once_and_what_is_not_called_not_at_all(tmp_path):
    block = "1 4900 A <NON_REF> PASS END=5500 GT:GQ 0/0:60"
    assert told(read_profile(written(tmp_path, vcf(block)), RULES)) == (
        "no depth in 1, no likelihood in 1, no balance in 1 of 1 calls at listed places"
    )
    assert told(read_profile(written(tmp_path, vcf("1 5000 C T PASS . GT ./.")), RULES)) is None
    assert told(read_profile(written(tmp_path, vcf("9 5000 C T PASS . GT 0/1")), RULES)) is None


@pytest.mark.holds("GENO-10")
def test_repeats_have_a_check_of_their_own_and_the_text_shows_both(tmp_path):
    rows = "4 12000 C <STR45> PASS END=12060;REF=20;RU=CAG GT:REPCN 0/1:20/45\n" + row(0, frozenset())
    profile = read_profile(written(tmp_path, vcf(rows, meta=META)), RULES)
    assert told(profile, "repeats_repeat_gates") == "no depth in 1, no quality in 1, no likelihood in 1 of 1 repeats"
    trace = assign(profile, RULES).trace
    text = explain(trace, ())
    for name in ("repeats_gates", "repeats_repeat_gates"):
        assert name in text
        assert name in [check.name for check in trace.checks]


@pytest.mark.parametrize("strict", [["depth"], ["depth", "likelihood"], ["depth", "likelihood", "quality", "balance"]])
def test_strict_gates_are_usable_with_a_caller_of_repeats_that_has_no_such_key(tmp_path, strict):
    rules = rules_of(repeats=[repeat("R", "CAG", "4", 12_000, 12_060)], gates={"strict": strict})
    row = "4 12000 C <STR45> PASS END=12060;REF=20;RU=CAG GT:REPCN{} 0/1:20/45{}"
    read = read_profile(written(tmp_path, vcf(row.format(":LC", ":31.2"), meta=META)), rules)
    assert (str(read.repeats["R"]), read.repeats["R"].problem) == ("20/45", None)
    poor = read_profile(written(tmp_path, vcf(row.format("", ""), meta=META)), rules)
    assert poor.repeats["R"].problem == "no depth"
