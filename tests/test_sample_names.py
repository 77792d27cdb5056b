"""Files that call one participant by different names: each name given with its file, and repeated in the trace."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from click.testing import CliRunner

import assigner
from assigner.assignments import assign
from assigner.audits.verification import Answer, Evidence, verify
from assigner.cli import main
from assigner.commands.options import names_in
from assigner.errors import ProfileError, SampleError
from assigner.files import SampleFile, sample_file
from assigner.vcf.reading import read_profile
from vcfs import allele, repeat, rules_of, vcf, written

RULES = rules_of(alleles=[allele("A", "1", 5000, "C", "T")], repeats=[repeat("R", "CAG", "4", 12_000, 12_060)])
META = (
    '##INFO=<ID=RU,Number=1,Type=String,Description="x">',
    '##FORMAT=<ID=REPCN,Number=1,Type=String,Description="x">',
)
SMALL = vcf("1 5000 C T PASS . GT 0/1")
REPEATS = vcf("4 12000 C <STR45> PASS END=12060;REF=20;RU=CAG GT:REPCN 0/1:20/45", meta=META, samples=["EH1"])
ALIAS = "the sample 'EH1' in the file of repeats is 'P1', as the caller declared"


@pytest.mark.holds("READ-09")
def test_a_file_of_another_name_is_read_when_its_own_name_is_given_and_the_trace_says_so(tmp_path):
    small, repeats = written(tmp_path, SMALL), written(tmp_path, REPEATS, "eh.vcf")

    with pytest.raises(SampleError) as caught:
        read_profile(small, RULES, repeats=repeats)
    for named in ("eh.vcf", "P1.vcf", "'EH1'", "'P1'", "FILE:SAMPLE"):
        assert named in str(caught.value)
    for names in ({repeats: "EH1"}, {str(repeats): "EH1"}, {small: "P1", repeats: "EH1"}):
        for given in ({"path": small, "repeats": repeats}, {"path": [small, repeats]}):
            profile = read_profile(rules=RULES, sample=names, **given)
            assert (profile.participant, str(profile.repeats["R"])) == ("P1", "20/45")
            assert ALIAS in profile.assumptions
    assert not read_profile(small, RULES, sample={small: "P1"}).assumptions


@pytest.mark.holds("READ-09")
def test_a_name_holds_for_its_own_file_alone(tmp_path):
    small, repeats = written(tmp_path, SMALL), written(tmp_path, REPEATS, "eh.vcf")
    other = written(tmp_path, vcf("1 5001 C T PASS . GT 0/0", samples=["EH1"]), "other.vcf")
    joint = written(tmp_path, vcf("1 5001 C T PASS . GT 0/0 0/1", samples=["X", "Y"]), "joint.vcf")

    with pytest.raises(SampleError, match=r"other\.vcf"):
        read_profile([small, repeats, other], RULES, sample={repeats: "EH1"})
    with pytest.raises(SampleError, match=r"joint\.vcf"):
        read_profile([small, joint], RULES, sample={small: "P1"})
    with pytest.raises(SampleError, match="the sample 'P2'"):
        read_profile([small, repeats], RULES, sample={repeats: "P2"})
    with pytest.raises(ProfileError, match="names by the files that are given"):
        read_profile(small, RULES, sample={repeats: "EH1"})
    with pytest.raises(ProfileError, match="a BytesIO"):
        read_profile(small, RULES, sample={io.BytesIO(): "EH1"})
    assert read_profile([small, joint], RULES, sample={joint: "Y"}).participant == "P1"


def test_bytes_and_open_files_are_named_too():
    for repeats in (REPEATS, io.BytesIO(REPEATS)):
        assert ALIAS in read_profile(SMALL, RULES, repeats=repeats, sample={repeats: "EH1"}).assumptions


@pytest.mark.holds("TRAC-04")
def test_a_trace_of_files_of_two_names_is_reproduced_from_them(tmp_path):
    small, repeats = written(tmp_path, SMALL), written(tmp_path, REPEATS, "eh.vcf")
    made = assign(read_profile(small, RULES, repeats=repeats, sample={repeats: "EH1"}), RULES)

    files = (small, repeats)
    own = Evidence(rules=(RULES,), files=files, sample={repeats: "EH1"})
    assert verify(made.trace, own).answer is Answer.REPRODUCED
    assert verify(made.trace, Evidence(rules=(RULES,), files=files)).answer is Answer.CANNOT


# ------------------------------------------------------------------------------------------------- on the command line


@pytest.mark.parametrize(
    ("there", "text", "file", "sample"),
    [
        (["a.vcf"], "a.vcf", "a.vcf", None),
        (["a.vcf"], "a.vcf:S", "a.vcf", "S"),
        (["a.vcf"], "a.vcf:S:1", "a.vcf", "S:1"),
        (["a:b.vcf"], "a:b.vcf", "a:b.vcf", None),
        (["a:b.vcf"], "a:b.vcf:S", "a:b.vcf", "S"),
        (["a.vcf", "a.vcf:S"], "a.vcf:S", "a.vcf:S", None),
        (["a.vcf", "a.vcf:S"], "a.vcf:S:T", "a.vcf:S", "T"),
        (["a.vcf"], "a.vcf:", "a.vcf:", None),
        (["a.vcf"], "b.vcf:S", "b.vcf:S", None),
        ([], ":", ":", None),
    ],
)
def test_a_file_and_its_sample(tmp_path, monkeypatch, there, text, file, sample):
    """A path with a colon in it is that path; what is no file before a colon names no sample."""
    monkeypatch.chdir(tmp_path)
    for name in there:
        Path(name).touch()
    assert sample_file(text) == SampleFile(file, sample)


def test_one_name_is_for_all_files_and_the_others_for_their_own():
    one, two = SampleFile("a.vcf"), SampleFile("b.vcf", "B")
    assert names_in([one, None], "P") == "P"
    assert names_in([one, two], None) == {"b.vcf": "B"}
    assert names_in([one, two], "P") == {"a.vcf": "P", "b.vcf": "B"}


@pytest.mark.holds("READ-09")
def test_samples_are_named_for_each_file_on_the_command_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    eh = vcf("", meta=META, samples=["EH1"])
    for name, content in {"P1.vcf": SMALL, "eh:1.vcf": eh, "both.vcf": vcf("", samples=["P1", "Q"])}.items():
        written(tmp_path, content, name)

    def run(*args: str) -> tuple[int, str]:
        made = CliRunner().invoke(main, list(args))
        return made.exit_code, made.output

    assert run("assign", "P1.vcf", "--repeats", "eh:1.vcf")[0] == 1
    code, text = run("assign", "P1.vcf", "--repeats", "eh:1.vcf:EH1", "--trace", "P1.json", "--full")
    assert code == 3 and ALIAS in text
    assert ALIAS in assigner.read_trace("P1.json").assumptions
    assert run("verify", "P1.json", "P1.vcf", "eh:1.vcf:EH1")[1].startswith("REPRODUCED")
    assert run("assign", "P1.vcf", "both.vcf:Q", "--trace", "P2.json")[0] == 3
    assert run("assign", "both.vcf:P1", "P1.vcf")[0] == 3
    assert run("assign", "both.vcf", "P1.vcf", "--sample", "P1", "--repeats", "eh:1.vcf:EH1")[0] == 3
    assert run("assign", "both.vcf:P3")[0] == 1
    (tmp_path / "P3.json").write_text("{}")
    assert run("assign", "P3.json:P3")[0] == 2
