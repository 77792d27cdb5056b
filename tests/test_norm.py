"""`bcftools norm`: what it makes of a file is never read as the contrary of the file."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assigner.profiles.profile import Profile
from assigner.rules.panels import panel_of
from assigner.truth import Truth
from assigner.vcf.reading import read_profile
from odd_files import ASKED, RULES, SEQUENCE, at, other
from vcfs import vcf

pytestmark = pytest.mark.skipif(shutil.which("bcftools") is None, reason="bcftools is not here")
WAYS = {
    "left": ["-f", "{fasta}", "-c", "w"],
    "split": ["-m", "-any", "-f", "{fasta}", "-c", "w"],
    "joined": ["-m", "+any"],
    "atoms": ["-a"],
}


@pytest.fixture(scope="module")
def fasta(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("reference") / "r.fa"
    path.write_text(f">chr1\n{SEQUENCE}\n")
    size = len(SEQUENCE)
    path.with_name("r.fa.fai").write_text(f"chr1\t{size}\t6\t{size}\t{size + 1}\n")
    return path


@st.composite
def apart(draw: st.DrawFn) -> str:
    """Changes at and around listed alleles that do not overlap, each in any of its spellings."""
    rows, free = [], 50
    for asked in sorted(draw(st.lists(st.sampled_from(list(ASKED.values())), unique=True)), key=lambda own: own.pos):
        pos = asked.pos + draw(st.integers(-3, 3))
        before, behind = draw(st.integers(0, 2)), draw(st.integers(0, 2))
        head, tail = at(asked.pos - before, before), at(asked.pos + len(asked.ref), behind)
        length = draw(st.integers(1, 5))
        pos, ref, alts = draw(
            st.sampled_from([
                (asked.pos, asked.ref, [asked.alt]),
                (asked.pos, asked.ref, [asked.alt, other(asked.ref[0], 2) + asked.ref[1:]]),
                (asked.pos - before, head + asked.ref + tail, [head + asked.alt + tail]),
                (pos, at(pos, 3), ["".join(map(other, at(pos, 3)))]),
                (pos, at(pos, length + 1), [at(pos)]),
                (pos, at(pos), [at(pos, length + 1)]),
            ])
        )  # fmt: skip
        if pos <= free or len({ref, *alts}) <= len(alts):
            continue
        free = pos + len(ref) + 6
        number = st.integers(0, len(alts))
        gt = f"{draw(number)}{draw(st.sampled_from('||/'))}{draw(number)}"
        rows.append(f"1 {pos} {ref} {','.join(alts)} PASS . GT {gt}")
    return "\n".join(rows)


@pytest.mark.holds("GENO-07")
@given(table=apart(), way=st.sampled_from(sorted(WAYS)), aligned=st.booleans())
def test_what_bcftools_norm_makes_of_a_file_is_never_its_contrary(fasta, table, way, aligned):
    content, more = vcf(table), {"fasta": fasta} if aligned else {}
    words = [word.format(fasta=fasta) for word in WAYS[way]]
    made = subprocess.run(
        ["bcftools", "norm", "--no-version", *words], input=content, capture_output=True, check=True
    ).stdout

    before, after = (_truths(read_profile(each, RULES, **more)) for each in (content, made))

    for variant, truth in before.items():
        assert Truth.UNKNOWN in (truth, after[variant]) or truth is after[variant]
    if aligned and way == "joined":
        assert after == before


def _truths(profile: Profile) -> dict[str, Truth]:
    variants = panel_of(RULES, profile.build).variant_by_id
    return {name: profile.call(variant).carries for name, variant in variants.items()}
