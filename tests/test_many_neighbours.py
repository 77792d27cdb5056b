"""Many carried alleles of one gene: what each does beside all others is told as if all pairs were asked, and soon."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assigner.vcf.annotations.consequences import Consequence
from assigner.vcf.meaning import behind, breaks, codons
from assigner.vcf.meaning.alleles import Carried
from assigner.vcf.meaning.codons import Codons
from assigner.vcf.meaning.covering import Covering
from assigner.vcf.meaning.haplotypes import CROWDED, DELETED
from assigner.vcf.reading import read_profile
from effort import times
from pairwise import Pairwise, PairwiseBreaks
from test_codons import BCSQ, CLINVAR, MISSENSE, OWN, SILENT, STOP
from test_observations import BASE
from vcfs import WORD, allele, gene, rules_of, vcf, written

FIELDS = ["Allele", "Consequence", "SYMBOL", "HGNC_ID", "Feature", "MANE_SELECT", "Protein_position", "EXON", "INTRON"]
META = (
    f'##INFO=<ID=CSQ,Number=.,Type=String,Description="Format: {"|".join(FIELDS)}">',
    BCSQ,
    '##INFO=<ID=SVTYPE,Number=1,Type=String,Description="x">',
    '##FORMAT=<ID=PSL,Number=P,Type=String,Description="x">',
    *CLINVAR,
)
TERMS = (
    MISSENSE, MISSENSE, SILENT, STOP, "start_lost", "frameshift_variant", "frameshift_variant&stop_gained",
    "inframe_deletion", "splice_donor_variant", "splice_acceptor_variant&intron_variant", "intron_variant", "exonic",
    "coding_sequence_variant",
)  # fmt: skip
EXONS = {"transcript": "NM_1.1", "grch38": ["5000-5099", "5200-5299"], "coding_grch38": "5010-5290", **WORD}
EVERY = {
    strand: rules_of(
        alleles=[allele("L", "1", 5900, "C", "T", gene="G")],
        genes=[
            gene("G", "1", 5000, 5999, **OWN, **({} if strand is None else {"exons": {**EXONS, "strand": strand}})),
            gene("H", "1", 5220, 6999, mechanisms=["missense"], hgnc="HGNC:2", transcripts=["ENST9.1"]),
        ],
        criteria=[
            {"id": "asked", "kind": "consequence", "terms": [STOP, MISSENSE], "mechanisms": ["missense"], **BASE}
        ],
    )
    for strand in (None, "plus", "minus")
}


def genotypes(draw: st.DrawFn) -> tuple[str, str]:
    """FORMAT and a genotype of one ALT: unphased, phased in one of two blocks or by names, half called or doubted."""
    bare = draw(st.sampled_from(["0/1", "0/1", "0|1", "1|0", "1/1", "./1", "1"]))
    how = draw(st.sampled_from(["GT", "GT", "GT:PS", "GT:PS", "GT:PSL", "GT:GQ"]))
    match how:
        case "GT":
            return how, bare
        case "GT:PS":
            return how, f"{bare}:{draw(st.sampled_from([1, 2]))}"
        case "GT:PSL":
            names = [draw(st.sampled_from(["a", "b", "."])) for _ in bare.replace("|", "/").split("/")]
            return how, f"{bare.replace('|', '/')}:{','.join(names)}"
        case _:
            return how, f"{bare}:3"


@st.composite
def rows(draw: st.DrawFn) -> str:
    """A record of a small place: a variant or a larger one, with what an annotation says on one or two transcripts."""
    pos = draw(st.sampled_from([5098, 5099, 5100, 5101, 5150, 5198, 5199, *range(5200, 5212), 5220, 5240, 5260, 5300]))
    kind = draw(st.sampled_from(["A T", "A T", "A C", "A AG", "A AGG", "AC A", "ACC A", "ACCC A", "ACCCCCCCCC A", "A *",
                                 "A <DEL>", "A <DUP>", "A <INS>", "A A[1:5290[", "A A[2:900[", "A <*>"]))  # fmt: skip
    large = "<" in kind or "[" in kind
    info = [f"END={pos + draw(st.sampled_from([1, 3, 60, 1500]))}"] if kind[2:] in ("<DEL>", "<DUP>", "<*>") else []
    if large and kind[2:] != "<*>":
        info.append(f"SVTYPE={'BND' if '[' in kind else kind[3:6]}")
    first = kind.split()[1]
    told = {"T": "T", "C": "C", "A": "-", "AG": "G", "AGG": "GG", "*": "*"}.get(first, first.strip("<>"))
    said = []
    for feature, mane in draw(st.sampled_from([(), *[[("ENST1.1", "NM_1.1")]] * 4, [("ENST2.1", "")],
                                               [("ENST1.1", "NM_1.1"), ("ENST2.1", "")], [("", "")]])):  # fmt: skip
        number = draw(st.sampled_from(["1/2", "2/2", ""]))
        residue = draw(st.sampled_from(["", *(f"{each}/90" for each in (1, 8, 9, 10, 11, 29)), "8-10/90"]))
        symbol = draw(st.sampled_from([*["G|HGNC:1"] * 5, "H|HGNC:2", "|"])) if feature else "|"
        terms = draw(st.sampled_from(TERMS))
        exon, intron = ("", number) if "intron" in terms else (number, "")
        said.append(f"{told}|{terms}|{symbol}|{feature}|{mane}|{residue}|{exon}|{intron}")
    if said and "[" not in kind:
        info.append(f"CSQ={','.join(said)}")
    keys, own = genotypes(draw)
    return f"1 {pos} {kind} PASS {';'.join(info) or '.'} {keys} {own}"


@st.composite
def joined(draw: st.DrawFn) -> str:
    """A record with what bcftools csq says of it, alone or with another one."""
    pos = draw(st.integers(5200, 5208))
    beside = draw(st.sampled_from(["", "", "+5201A>T", "+5206A>T"]))
    terms = draw(st.sampled_from(["missense", "synonymous", "stop_gained", "frameshift"]))
    said = f"{terms}|G|NM_1|protein_coding|+|{pos - 5192}K>{pos - 5192}R|{pos}A>T{beside}"
    return f"1 {pos} A T PASS BCSQ={said} GT {draw(st.sampled_from(['0/1', '0|1', '1|0']))}"


def both_ways(codons_: Codons) -> Pairwise:
    """The oracle of the same alleles."""
    return Pairwise(codons_.annotated, PairwiseBreaks(codons_.annotated, codons_.rearranged))


def compared(folder: Path, files: Sequence[Sequence[str]], strand: str | None) -> list[str | None]:
    """What is said of each consequence, which is what the oracle says."""
    found, told = [], Codons.problem

    def problem(self: Codons, said: Consequence, carried: Carried) -> str | None:
        mine = told(self, said, carried)
        assert mine == both_ways(self).problem(said, carried), (said, carried.variant)
        found.append(mine)
        return mine

    paths = [
        written(folder, vcf("\n".join(own), meta=(*META, f"##caller={at}")), f"{at}.vcf")
        for at, own in enumerate(files)
    ]
    with mock.patch.object(Codons, "problem", problem):
        read_profile(paths if len(paths) > 1 else paths[0], EVERY[strand])
    return found


def in_order(own: Sequence[str]) -> list[str]:
    return sorted(own, key=lambda row: int(row.split()[1]))


@pytest.mark.holds("READ-14")
@given(
    st.lists(
        st.lists(st.one_of(rows(), rows(), rows(), joined()), min_size=2, max_size=9).map(in_order),
        min_size=1,
        max_size=2,
    ),
    st.sampled_from([None, "plus", "minus"]),
)
@times(3)
def test_what_others_do_to_an_allele_is_what_all_pairs_tell(tmp_path_factory, files, strand):
    compared(tmp_path_factory.mktemp("pairs"), files, strand)


def many(count: int, kind: str) -> list[str]:
    """Records of one gene with a variant in each second codon, one in ten of them of a kind."""
    made = []
    for at in range(count):
        pos, residue, tenth = 5000 + 6 * at, 1 + 2 * at, at % 10 == 0
        terms, change, genotype, keys = MISSENSE, "A T", "0/1", "GT"
        match kind:
            case "stops" | "splice_donor_variant" if tenth:
                terms = STOP if kind == "stops" else kind
            case "shifts" if tenth:
                terms, change = "frameshift_variant", "A AG"
            case "deletions" if tenth:
                terms, change = "inframe_deletion", "ACCC A"
            case "two in a codon":
                pos, residue, genotype = pos - 5 * (at % 2), residue - 2 * (at % 2), ("0|1", "1|0")[at % 2]
            case "stops on the other haplotype" | "shifts on the other haplotype":
                genotype = "1|0" if tenth else "0|1"
                if tenth:
                    terms, change = (STOP, "A T") if "stops" in kind else ("frameshift_variant", "A AG")
            case "blocks of phase":
                genotype, keys, terms = f"{('0|1', '1|0')[tenth]}:{at // 10}", "GT:PS", STOP if tenth else MISSENSE
            case "homozygous":
                genotype = "1/1"
            case "larger ones" if tenth:
                made.append(f"1 {pos} A <DUP> PASS SVTYPE=DUP;END={pos + 2} GT 0/1")
                continue
            case _:
                pass
        told = change.split()[1][1:] or "-" if len(change) > 3 else "T"
        said = f"{told}|{terms}|G|HGNC:1|ENST1.1|NM_1.1|{residue}||"
        made.append(f"1 {pos} {change} PASS CSQ={said} {keys} {genotype}")
    return made


KINDS = (
    "alike", "stops", "splice_donor_variant", "shifts", "deletions", "two in a codon", "stops on the other haplotype",
    "shifts on the other haplotype", "blocks of phase", "homozygous", "larger ones",
)  # fmt: skip
WIDE = rules_of(
    alleles=[allele("L", "1", 90_000, "C", "T", gene="G")],
    genes=[gene("G", "1", 4000, 99_999, **OWN)],
    criteria=[{"id": "asked", "kind": "consequence", "terms": [STOP, MISSENSE], "mechanisms": ["missense"], **BASE}],
)


def steps(folder: Path, made: Sequence[str]) -> int:
    """How many functions of the project are called while what others do to each of some alleles is told."""
    told, count = Codons.problem, itertools.count()

    def step(frame: Any, event: str, _: Any) -> None:
        if event == "call" and "assigner" in frame.f_code.co_filename:
            next(count)

    def problem(*given_: Any) -> str | None:
        before = sys.getprofile()
        sys.setprofile(step)
        try:
            return told(*given_)
        finally:
            sys.setprofile(before)

    with mock.patch.object(Codons, "problem", problem):
        read_profile(written(folder, vcf("\n".join(made), meta=META)), WIDE)
    return next(count)


@pytest.mark.parametrize("kind", KINDS)
def test_the_work_for_each_allele_does_not_grow_with_how_many_there_are(tmp_path, kind):
    few, more = (steps(tmp_path, many(count, kind)) for count in (150, 600))
    assert 0 < more < 6 * few  # four times as many; all pairs would be sixteen times as many


@pytest.mark.holds("READ-14")
def test_nothing_is_known_where_too_many_are_carried_on_too_many_transcripts(tmp_path, monkeypatch):
    made = many(20, "alike")
    for most, terms in ((20, {(MISSENSE,)}), (19, {None})):
        monkeypatch.setattr(codons, "MOST_COMPARED", most)
        found = read_profile(written(tmp_path, vcf("\n".join(made), meta=META)), WIDE).variants
        assert {each.terms for each in found} == terms
        assert terms != {None} or all(each.label.endswith(CROWDED) for each in found)


@pytest.mark.holds("READ-14")
def test_where_too_many_change_one_codon_they_may_end_the_protein_together(tmp_path, monkeypatch):
    near = [f"1 {pos} A {alt} PASS CSQ={alt}|{SILENT}|G|HGNC:1|ENST1.1|NM_1.1|{9 + (pos == 5201)}|| GT 0/1"
            for pos, alts in ((5200, "TC"), (5201, "TCG")) for alt in alts]  # fmt: skip
    last = f"1 5260 A T PASS CSQ=T|{MISSENSE}|G|HGNC:1|ENST1.1|NM_1.1|29|| GT 0/1"
    for most, terms in ((3, (MISSENSE,)), (2, None)):
        monkeypatch.setattr(behind, "MOST", most)
        found = read_profile(written(tmp_path, vcf("\n".join([*near, last]), meta=META)), WIDE).variants
        assert {each.variant.pos: each.terms for each in found}[5260] == terms


def test_beside_too_many_deletions_of_its_bases_an_allele_is_unknown(tmp_path, monkeypatch):
    over = [f"1 5200 {'A' * length} A PASS CSQ=-|inframe_deletion|G|HGNC:1|ENST1.1|NM_1.1|9|| GT 0/1"
            for length in (4, 7, 10)]  # fmt: skip
    inside = f"1 5202 A T PASS CSQ=T|{MISSENSE}|G|HGNC:1|ENST1.1|NM_1.1|9|| GT 0/1"
    for most, why in ((3, ""), (2, DELETED)):
        monkeypatch.setattr(breaks, "MOST", most)
        found = read_profile(written(tmp_path, vcf("\n".join([*over, inside]), meta=META)), WIDE).variants
        (label,) = (each.label for each in found if each.variant.pos == 5202)
        assert label.endswith(why) and (DELETED in label) is bool(why)


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 12)), max_size=20), st.integers(1, 12), st.integers(0, 6))
def test_what_covers_a_span_is_found_without_a_look_at_all(spans, first, more):
    things = [(start, start + length, at) for at, (start, length) in enumerate(spans)]
    expected = [at for start, end, at in things if start <= first and first + more <= end]
    assert sorted(Covering.of(things).over(first, first + more)) == expected
