"""A file without annotation, with a pack: the evidence of an annotated one, and unknown where nothing tells it."""

from __future__ import annotations

import json
import random
from functools import cache

import pytest
from attrs import evolve
from click.testing import CliRunner
from hypothesis import assume, example, given
from hypothesis import strategies as st

from assigner import EvidenceError, Truth, assign, parse_trace, read_profile, verify
from assigner.audits.verification import Answer, Evidence
from assigner.cli import main
from assigner.cohorts import read_profiles
from assigner.genome.builds import LENGTHS, Build
from assigner.genome.hgvs import reverse_complement
from assigner.genome.variants import Variant
from assigner.packs.changes import Change
from assigner.packs.effects import AT_BORDER, OTHER_BASES, SEVERAL
from assigner.packs.pack import Pack, Table
from assigner.packs.transcripts import AROUND, Spliced, Stretches
from assigner.vcf.meaning.haplotypes import IN_ONE_CODON, SHIFTED_BACK
from assigner.vcf.meaning.packed import OTHERWISE, is_quiet
from assigner.vcf.records.parsing import parse
from assigner.vcf.scan.scans import Line
from test_pack_sources import BUILT, FOLDER, MADE, PACK, RULES

GENES = MADE.genes()
HEAD = [
    "##fileformat=VCFv4.2", f"##contig=<ID=21,length={LENGTHS[Build.GRCH38]['21']}>",
    '##FILTER=<ID=PASS,Description="passed">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    '##FORMAT=<ID=PS,Number=1,Type=Integer,Description="Phase set">',
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">',
    '##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Quality">',
    '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Reads">',
]  # fmt: skip
CSQ = (
    '##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. Format: '
    'Allele|Consequence|SYMBOL|Feature|MANE_SELECT|EXON|HGVSc|HGVSp|Protein_position">'
)
CLNSIG = '##INFO=<ID=CLNSIG,Number=.,Type=String,Description="x">'
CLNREVSTAT = '##INFO=<ID=CLNREVSTAT,Number=.,Type=String,Description="x">'


def vcf(*rows: tuple[int, str, str, str, str], meta: tuple[str, ...] = (), samples: tuple[str, ...] = ("S1",)) -> bytes:
    """A VCF of rows of POS, REF, ALT, INFO and GT, which may have AD behind a colon."""
    head = [*HEAD, *meta, "\t".join(["#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT", *samples])]
    lines = [
        f"21\t{pos}\t.\t{ref}\t{alt}\t50\tPASS\t{info}\tGT:PS:DP:GQ:AD"
        + f"\t{gt.partition(':')[0]}:7:40:99:{gt.partition(':')[2] or '.'}" * len(samples)
        for pos, ref, alt, info, gt in sorted(rows)
    ]
    return ("\n".join([*head, *lines]) + "\n").encode()


def read(content: bytes | list[bytes], pack: Pack | None = PACK, **more):
    return read_profile(content, RULES, pack=pack, absent="reference", **more)


def codons(symbol: str) -> tuple[Spliced, Stretches]:
    made = GENES[symbol]
    known = Stretches(((made.start, made.bases),))
    return Spliced.of(made.transcript, known), known


@cache
def places(symbol: str) -> tuple[int, ...]:
    """The places of the coding bases of a gene, in the order in which they are read."""
    made = GENES[symbol].transcript
    start, end = made.coding_index
    by_index = {made.index(pos): pos for first, last in made.exons for pos in range(first, last + 1)}
    return tuple(by_index[at] for at in range(start, end))


def base(symbol: str, pos: int) -> str:
    return MADE.base_of(GENES[symbol], pos)


# ------------------------------------------------------------------------------------------------- as if annotated

NOT_ABSENT = ("./.", ".", "0/.", "./0", "./1", "0/0:20,20")
"""What does not call an allele, or not every copy, and does not clear it."""


BY_NUMBER = CSQ.replace("Allele|", "ALLELE_NUM|")


def as_vep(symbol: str, variant: Variant) -> str:
    """What the pack says of an allele, in INFO as VEP writes it; `BY_NUMBER` declares it."""
    gene = next(gene for gene in RULES.content.genes if gene.symbol == symbol)
    (found,) = PACK.effects(gene, variant)
    residues = "" if found.residues is None else f"{found.residues[0]}-{found.residues[1]}/{found.length}"
    entry = ["1", "&".join(found.terms), symbol, found.transcript.accession, "yes", found.exon or ""]
    return f"CSQ={'|'.join([*entry, found.hgvs_c or '', found.hgvs_p or '', residues])};CLNSIG=."


@st.composite
def variants(draw) -> tuple[str, int, str, str]:
    """A gene of the example, and an allele in it."""
    symbol = draw(st.sampled_from(sorted(GENES)))
    made = GENES[symbol]
    at = draw(st.integers(25, len(made.bases) - 30))
    ref = made.bases[at : at + draw(st.integers(1, 5))]
    alt = draw(st.one_of(st.text("ACGT", min_size=1, max_size=5), st.just(ref[0])).filter(lambda alt: alt != ref))
    return symbol, made.start + at, ref, alt


@pytest.mark.holds("PACK-03")
@given(case=variants(), gt=st.sampled_from(["0/1", "1/1", *NOT_ABSENT]))
@example(case=("MADEUP1", *MADE.variants()["donor"]), gt="./.")
def test_it_is_evidence_as_if_the_file_had_been_annotated(case, gt):
    """The pack's own words, written into the file as VEP writes them, give the same variants without a pack."""
    symbol, pos, ref, alt = case
    gene = next(gene for gene in RULES.content.genes if gene.symbol == symbol)
    variant = Variant("21", pos, ref, alt)
    assume(PACK.has_clinvar(symbol, variant))
    (found,) = PACK.effects(gene, variant)
    often = PACK.frequency(symbol, variant)
    info = as_vep(symbol, variant) + (f";AF_grpmax={often}" if often is not None else "")
    meta = (BY_NUMBER, CLNSIG, '##INFO=<ID=AF_grpmax,Number=A,Type=Float,Description="x">')

    plain = read(vcf((pos, ref, alt, ".", gt)))
    annotated = read(vcf((pos, ref, alt, info, gt), meta=meta), pack=None)

    if found.problem is not None:
        assert [each.terms for each in plain.variants] == [None]
        assert found.problem in plain.variants[0].label
        return
    assert plain.variants == annotated.variants
    assert assign(plain, RULES).trace.findings == assign(annotated, RULES).trace.findings


@pytest.mark.holds("PACK-04")
@pytest.mark.parametrize("gt", NOT_ABSENT)
def test_an_allele_that_is_not_surely_absent_may_be_what_clinvar_says(gt):
    """Also in a gene without transcripts; what is surely absent, and what ClinVar does not know, is passed over."""
    missense = MADE.variants()["missense"]
    bare = evolve(PACK, genes=PACK.genes | {"MADEUP2": evolve(PACK.genes["MADEUP2"], transcripts=())})

    for pack in (PACK, bare):
        profile = read(vcf((*missense, ".", gt)), pack)
        assert [each.pathogenic for each in profile.variants] == [Truth.TRUE]
        assert assign(profile, RULES).decision.settled is (gt == "./1")
        assert not read(vcf((*missense, ".", "0/0")), pack).variants
    silent = evolve(bare, genes=bare.genes | {"MADEUP2": evolve(bare.genes["MADEUP2"], clinvar=Table(""))})
    assert gt == "./1" or not read(vcf((*missense, ".", gt)), silent).variants


@pytest.mark.holds("PACK-03")
def test_clinvar_frequency_and_scores_are_those_of_the_pack():
    pos, ref, alt = MADE.variants()["missense"]
    stop = MADE.variants()["stop"]

    found = {each.variant.pos: each for each in read(vcf((pos, ref, alt, ".", "0/1"), (*stop, ".", "0/1"))).variants}

    assert (found[pos].pathogenic, found[pos].stars, found[pos].conditions) == (Truth.TRUE, 2, ("Made up disease",))
    assert (str(found[pos].frequency), dict(found[pos].predictors)["SCORE"].__str__()) == ("0.00001", "0.9")
    assert (found[stop[0]].pathogenic, str(found[stop[0]].frequency)) == (Truth.FALSE, "0.02")
    assert found[stop[0]].terms[0] == "stop_gained"


# --------------------------------------------------------------------------------------------------- what is unknown


def single(symbol: str, index: int) -> tuple[int, str, str]:
    """A change of one coding base."""
    pos = places(symbol)[index]
    return pos, base(symbol, pos), reverse_complement(base(symbol, pos))


def labels(content: bytes | list[bytes]) -> set[str]:
    profile = read(content)
    assert all(each.terms is None for each in profile.variants)
    return {each.label.partition(": ")[2] for each in profile.variants}


@pytest.mark.holds("PACK-04")
@pytest.mark.parametrize("symbol", sorted(GENES))
def test_two_changes_of_one_codon_are_unknown_unless_they_lie_apart(symbol):
    one, other = (single(symbol, at) for at in (30, 31))

    assert labels(vcf((*one, ".", "0/1"), (*other, ".", "0/1"))) == {IN_ONE_CODON}
    of_both = read(vcf((*one, ".", "1/1"), (*other, ".", "0/1"))).variants
    assert [each.terms for each in of_both if each.variant.pos == one[0]] == [None]
    apart = read(vcf((*one, ".", "0|1"), (*other, ".", "1|0")))
    assert all(each.terms is not None for each in apart.variants)
    assert [each.terms for each in read(vcf((*one, ".", "0/1"), (*single(symbol, 36), ".", "0/1"))).variants] != [None]


@pytest.mark.holds("PACK-04")
def test_two_shifts_that_may_undo_each_other_are_unknown():
    symbol = "MADEUP1"
    first, second = (places(symbol)[at] for at in (60, 90))
    gone = (first, base(symbol, first) + base(symbol, first + 1), base(symbol, first))
    put = (second, base(symbol, second), base(symbol, second) + reverse_complement(base(symbol, second + 1)))

    assert {SHIFTED_BACK} <= labels(vcf((*gone, ".", "0/1"), (*put, ".", "0/1"))) <= {SHIFTED_BACK, SEVERAL}
    apart = read(vcf((*gone, ".", "0|1"), (*put, ".", "1|0")))
    assert {each.terms[0] for each in apart.variants if each.terms} == {"frameshift_variant"}


@pytest.mark.holds("PACK-04")
def test_changes_of_two_files_may_lie_on_one_haplotype():
    """Phase sets of two files name nothing in common; within one file they tell it, also of what the other repeats."""
    first, second = single("MADEUP1", 30), single("MADEUP1", 31)
    shifts = [(20000201, "GT", "G"), (20000209, "T", "TA")]

    for pair, why in (((first, second), IN_ONE_CODON), (shifts, SHIFTED_BACK)):
        one, other = (vcf((*each, ".", "0|1")) for each in pair)
        assert labels([one, other]) == labels(vcf(*((*each, ".", "0/1") for each in pair))) == {why}
        one, other = (vcf((*each, ".", "1|1")) for each in pair)
        assert read([one, other]).variants == read(vcf(*((*each, ".", "1|1") for each in pair))).variants == ()
        apart = vcf((*pair[0], ".", "0|1"), (*pair[1], ".", "1|0"))
        told = read_profile([apart, vcf((*pair[1], ".", "0/1"))], RULES, pack=PACK, absent="reference").variants
        assert all(each.terms is not None for each in told) and bool(told) is (why == SHIFTED_BACK)


@pytest.mark.holds("PACK-04")
@pytest.mark.parametrize(
    ("pair", "why"),
    [
        ([(20000147, "G", "A"), (20000196, "A", "C")], IN_ONE_CODON),  # an intron lies between
        ([(20000201, "GT", "G"), (20000209, "T", "TA")], SHIFTED_BACK),
    ],
)
def test_what_a_file_says_of_each_alone_is_no_more_than_what_the_pack_says_of_both(pair, why):
    told = [(*each, as_vep("MADEUP1", Variant("21", *each)), "0/1") for each in pair]
    assert labels(vcf(*told, meta=(BY_NUMBER, CLNSIG))) == {why}
    assert labels([vcf(each, meta=(BY_NUMBER, CLNSIG)) for each in told]) == {why}


@pytest.mark.holds("PACK-04")
def test_a_change_that_is_not_understood_may_undo_a_shift_beside_it():
    """At the border of an exon, over it, and in the codon itself; not one that lies on the other haplotype."""
    gone, border = (20000201, "GT", "G"), GENES["MADEUP1"].transcript.exons[1][1]
    here = base("MADEUP1", border)
    put = (border, here, here + next(letter for letter in "ACT" if letter != here))
    own = base("MADEUP1", 20000203)
    wrong = (20000203, reverse_complement(own), own)

    def told(other: tuple[int, str, str], gt: str) -> list[tuple[str, ...] | None]:
        variants = read(vcf((*gone, ".", "0|1"), (*other, ".", gt))).variants
        return [each.terms and each.terms[:1] for each in variants if each.variant.pos == gone[0]]

    for other in (put, wrong):
        assert told(other, "0|1") == [None]
        assert told(other, "1|0") == [("frameshift_variant",)]


@pytest.mark.holds("PACK-04")
@pytest.mark.parametrize("annotated", [False, True])
def test_an_allele_beside_a_called_one_is_unknown_unless_it_is_surely_absent(annotated):
    pos, ref, alt = MADE.variants()["missense"]
    other = next(letter for letter in "ACGT" if letter not in (ref, alt))
    words = f"CSQ={other}|synonymous_variant|MADEUP2|||||,{alt}|missense_variant|MADEUP2|||||;CLNSIG=Benign,Pathogenic"
    info, meta, pack = (
        (words, (CSQ.replace("|EXON|HGVSc|HGVSp|Protein_position", ""), CLNSIG), None) if annotated else (".", (), PACK)
    )
    for gt, carries in (
        ("1/.", Truth.UNKNOWN),
        ("./1", Truth.UNKNOWN),
        ("0/1", None),
        ("1/2", Truth.TRUE),
        ("2/.", Truth.TRUE),
    ):
        profile = read(vcf((pos, ref, f"{other},{alt}", info, gt), meta=meta), pack)
        found = [each for each in profile.variants if each.variant.alt == alt and each.variant.pos == pos]
        assert [each.call.carries for each in found] == ([] if carries is None else [carries]), gt
        if carries is Truth.UNKNOWN:
            assert not assign(profile, RULES).decision.settled


@pytest.mark.holds("PACK-04")
def test_three_shifts_of_one_base_that_may_undo_each_other_are_unknown():
    symbol = "MADEUP1"
    rows = []
    for index in (60, 90, 120):
        pos = places(symbol)[index]
        rows.append((pos, base(symbol, pos), base(symbol, pos) + reverse_complement(base(symbol, pos + 1)), ".", "0/1"))
    assert {SHIFTED_BACK} <= labels(vcf(*rows)) <= {SHIFTED_BACK, SEVERAL}
    assert SHIFTED_BACK not in {each.label.partition(": ")[2] for each in read(vcf(*rows[:2])).variants}


@pytest.mark.holds("PACK-04")
def test_other_bases_and_borders_are_unknown():
    symbol, made = "MADEUP1", GENES["MADEUP1"].transcript
    pos, ref, alt = single(symbol, 40)
    border = made.exons[1][1]
    wrong = next(letter for letter in "ACGT" if letter not in (ref, alt))

    assert labels(vcf((pos, wrong, alt, ".", "0/1"))) == {OTHER_BASES}
    put = next(letter for letter in "ACT" if letter != base(symbol, border))
    assert labels(vcf((border, base(symbol, border), base(symbol, border) + put, ".", "0/1"))) == {AT_BORDER}


@pytest.mark.holds("PACK-04")
def test_a_gene_without_transcripts_stays_open():
    genes = {**PACK.genes, "MADEUP1": evolve(PACK.genes["MADEUP1"], transcripts=())}
    pos, ref, alt = single("MADEUP1", 40)

    (found,) = read(vcf((pos, ref, alt, ".", "0/1")), evolve(PACK, genes=genes)).variants

    assert (found.terms, found.pathogenic) == (None, Truth.FALSE)


@pytest.mark.holds("PACK-04")
def test_another_allele_that_is_not_told_leaves_the_gene_open():
    pos = places("MADEUP1")[40]

    (found,) = read(vcf((pos, base("MADEUP1", pos), "<NON_REF>", ".", "0/1"))).variants

    assert (found.terms, found.pathogenic) == (None, Truth.UNKNOWN)


@pytest.mark.holds("PACK-04")
def test_an_insertion_that_clinvar_may_have_elsewhere_is_unknown():
    """Deep in a long intron, where the pack has no bases that would show all places at which it can be written."""
    made, rng = GENES["MADEUP1"], random.Random(1)
    (before, last), intron = made.transcript.exons[-1], "".join(rng.choices("ACGT", k=2 * AROUND))
    near = made.transcript.exons[-2][1]
    own = made.bases[: near + 1 - made.start] + intron[:AROUND]
    more = intron[AROUND:] + made.bases[before - made.start :]
    long = evolve(
        made.transcript,
        exons=(*made.transcript.exons[:-1], (before + 2000, last + 2000)),
        coding=(made.transcript.coding[0], made.transcript.coding[1] + 2000),
    )
    gene = evolve(PACK.genes["MADEUP1"], transcripts=(long,), clinvar=Table(f"{near + 125}\t\tCA\tPathogenic\tx\t\t\t"))
    sequences = {"21": Stretches(((made.start, own), (before + 2000 - AROUND, more)))}
    pack = evolve(PACK, sequences=sequences, genes=PACK.genes | {"MADEUP1": gene})

    for put, expected in (("CA", [Truth.UNKNOWN]), ("CC", [])):
        profile = read(vcf((near + 120, "G", "G" + put, ".", "0/1")), pack)
        assert [each.pathogenic for each in profile.variants] == expected
        assert assign(profile, RULES).decision.settled is (not expected)
    often = Table(f"{near + 121}\t\tCA\t0.5")
    bare = evolve(pack, genes=PACK.genes | {"MADEUP1": evolve(gene, transcripts=(), frequencies=often)})
    (found,) = read(vcf((near + 120, "G", "GCA", ".", "0/1")), bare).variants
    assert (found.pathogenic, found.terms, str(found.frequency)) == (Truth.UNKNOWN, None, "0.5")


@pytest.mark.holds("PACK-04")
@pytest.mark.parametrize(("word", "may_be"), [("Pathogenic", True), ("Likely_benign", False)])
def test_a_change_of_several_bases_is_not_harmless_because_clinvar_has_only_a_part_of_it(word, may_be):
    """Nor is a part of one that ClinVar has as a whole; other bases at the same places have nothing to do with it."""
    pos, ref, alt = MADE.variants()["missense"]
    rest = "".join(base("MADEUP2", pos + at) for at in (1, 2))
    last = reverse_complement(rest[1])
    part, whole = (ref, alt), (ref + rest, alt + rest[0] + last)
    shorter, gone = (ref + rest, alt + last), (ref + rest, ref)
    other = next(letter for letter in "ACGT" if letter not in (ref, alt))
    unlike = (ref + rest, other + rest[0] + last)

    def answers(known: tuple[str, str], carried: tuple[str, str]) -> bool:
        change = Change.of(Variant("21", pos, *known))
        row = "\t".join([str(change.start), change.removed, change.put, word, "x", "", "", ""])
        pack = evolve(PACK, genes=PACK.genes | {"MADEUP2": evolve(PACK.genes["MADEUP2"], clinvar=Table(row))})
        for each in read(vcf((pos, *carried, ".", "0/1")), pack).variants:
            assert each.pathogenic is (Truth.FALSE if pack.has_clinvar("MADEUP2", each.variant) else Truth.UNKNOWN)
        return pack.has_clinvar("MADEUP2", Variant("21", pos, *carried))

    for one, two in ((part, whole), (part, shorter), (whole, shorter), (gone, shorter)):
        assert answers(one, two) is answers(two, one) is (not may_be)
    for one, two in ((unlike, part), (part, unlike), (part, gone), (gone, part)):
        assert answers(one, two)
    assert len(read(vcf((pos, *whole, ".", "0/1"))).variants) == 1


def test_without_clinvar_in_the_pack_it_is_unknown():
    sources = tuple(source for source in PACK.sources if source.role != "clinvar")

    profile = read(vcf((*single("MADEUP1", 40), ".", "0/1")), evolve(PACK, sources=sources))

    assert profile.annotated == {"consequence"}
    assert [each.pathogenic for each in profile.variants] in ([], [Truth.UNKNOWN])


# ---------------------------------------------------------------------------------------- what the file says as well


def entry(variant: tuple[int, str, str], terms: str, transcript: str = "ENST00000000001.1") -> str:
    return f"CSQ={variant[2]}|{terms}|MADEUP1|{transcript}|yes|3/5|||"


@pytest.mark.holds("PACK-04")
def test_what_the_file_says_stands_where_the_pack_agrees_and_is_unknown_where_it_differs():
    stop = MADE.variants()["stop"]
    same = read(vcf((*stop, entry(stop, "stop_gained"), "0/1"), meta=(CSQ,)))
    differs = read(vcf((*stop, entry(stop, "synonymous_variant"), "0/1"), meta=(CSQ,)))

    assert [each.terms for each in same.variants] == [("stop_gained",)]
    assert [(each.terms, each.label) for each in differs.variants] == [(None, OTHERWISE)]
    (check,) = (check for check in differs.checks if check.name == "pack_differs")
    assert "synonymous_variant in the file, stop_gained" in check.evidence
    assert not any(check.name == "pack_differs" for check in same.checks)


@pytest.mark.holds("PACK-04")
@pytest.mark.parametrize(("word", "pathogenic"), [("Benign", Truth.UNKNOWN), ("Likely_pathogenic", Truth.TRUE)])
def test_clinvar_of_the_file_and_of_the_pack(word, pathogenic):
    missense = MADE.variants()["missense"]
    info = f"CLNSIG={word};CLNREVSTAT=criteria_provided,_single_submitter"

    profile = read(vcf((*missense, info, "0/1"), meta=(CLNSIG, CLNREVSTAT)))

    assert [each.pathogenic for each in profile.variants] == [pathogenic]
    assert any(check.name == "pack_differs" for check in profile.checks) is (pathogenic is Truth.UNKNOWN)


def test_a_file_on_other_transcripts_is_told_by_the_pack():
    stop = MADE.variants()["stop"]
    info = entry(stop, "intron_variant", "ENST00000000009.1").replace("|yes|", "||")

    assert [each.terms for each in read(vcf((*stop, info, "0/1"), meta=(CSQ,))).variants] == [("stop_gained",)]


# ------------------------------------------------------------------------------------------- traces, cohorts, commands


@pytest.mark.holds("PACK-05")
def test_a_trace_names_the_pack_and_replays_without_it(tmp_path, monkeypatch):
    monkeypatch.chdir(FOLDER)
    pack, trace = tmp_path / "a.pack", tmp_path / "t.json"
    pack.write_bytes(BUILT.content)
    command = ["assign", "participant.vcf", "--rules", "rules.yaml", "--absent", "reference"]

    without = CliRunner().invoke(main, command)
    done = CliRunner().invoke(main, [*command, "--pack", str(pack), "--trace", str(trace)])

    assert (without.exit_code, done.exit_code) == (3, 0)
    written = trace.read_bytes()
    assert [(each.role, each.sha256) for each in parse_trace(written).inputs][1:] == [("pack", PACK.sha256)]
    alone = verify(written, Evidence(rules=("rules.yaml",)))
    again = verify(written, Evidence(rules=("rules.yaml",), files=("participant.vcf", pack)))
    assert (alone.answer, again.answer, again.from_files) == (Answer.REPRODUCED, Answer.REPRODUCED, True)
    missing = verify(written, Evidence(rules=("rules.yaml",), files=("participant.vcf",)))
    assert missing.answer is Answer.CANNOT


@pytest.mark.holds("PACK-05")
def test_a_cohort_is_read_as_each_participant_alone(tmp_path):
    rows = [(*own, ".", "0/1") for own in MADE.variants().values()]
    file, pack = tmp_path / "c.vcf", tmp_path / "a.pack"
    file.write_bytes(vcf(*rows, samples=("S1", "S2")))
    pack.write_bytes(BUILT.content)

    for name, profile in read_profiles(file, RULES, absent="reference", pack=pack):
        assert profile == read_profile(file, RULES, sample=name, absent="reference", pack=pack)
        assert len(profile.variants) == 3
    table = tmp_path / "t.tsv"
    command = ["cohort", str(file), "--rules", str(FOLDER / "rules.yaml"), "--table", str(table), "--pack", str(pack)]
    done = CliRunner().invoke(main, [*command, "--absent", "reference"])
    assert done.exit_code == 0, done.output
    assert table.read_text().count("CAT2") >= 2


def test_the_doctor_asks_the_pack(tmp_path, monkeypatch):
    monkeypatch.chdir(FOLDER)
    pack = tmp_path / "a.pack"
    pack.write_bytes(BUILT.content)
    command = ["doctor", "participant.vcf", "--rules", "rules.yaml", "--absent", "reference", "--json"]

    told = [json.loads(CliRunner().invoke(main, [*command, *more]).stdout) for more in ([], ["--pack", str(pack)])]

    known = [sum(each["known"] for each in one["criteria"]) for one in told]
    assert known[0] < known[1]
    advised = [step["command"] or "" for each in told[0]["advice"] for step in each["steps"]]
    assert any("assigner pack build" in command and "--pack" in command for command in advised)


@pytest.mark.holds("PACK-04")
def test_only_what_surely_says_nothing_is_left_aside():
    first, deep = RULES.content.genes[0], GENES["MADEUP1"].transcript.introns[0][0] + 20
    ref = base("MADEUP1", deep)
    rows = (
        f"21\t{deep}\t.\t{ref}\t{alt}\t50\tPASS\t.\tGT\t0/1".encode() for alt in ("<NON_REF>", reverse_complement(ref))
    )
    untold, other = (parse(Line(1, row), 9, "a.vcf") for row in rows)

    assert not is_quiet(untold, [first], PACK, frozenset())
    assert is_quiet(other, [first], PACK, frozenset())
    assert not is_quiet(other, [first], PACK, frozenset({"intron_variant"}))
    assert is_quiet(other, [first.model_copy(update={"symbol": "ELSE"})], PACK, frozenset({"intron_variant"}))
    assert not is_quiet(other, [first.model_copy(update={"symbol": "ELSE", "chrom": "MT"})], PACK, frozenset())
    bare = first.model_copy(update={"transcripts": ()})
    own = tuple(evolve(each, mane=False) for each in PACK.genes["MADEUP1"].transcripts)
    unnamed = evolve(PACK, genes=PACK.genes | {"MADEUP1": evolve(PACK.genes["MADEUP1"], transcripts=own)})
    before = evolve(other, pos=own[0].span[0] - 50)
    assert is_quiet(before, [first], unnamed, frozenset()) and is_quiet(other, [bare], unnamed, frozenset())
    assert not is_quiet(before, [bare], unnamed, frozenset())
    for row, quiet in (("Benign", True), ("Pathogenic", False)):
        line = f"{deep}\t{ref}\t{reverse_complement(ref)}\t{row}\t\t\t\t"
        genes = PACK.genes | {"MADEUP1": evolve(PACK.genes["MADEUP1"], clinvar=Table(line))}
        assert is_quiet(other, [first], evolve(PACK, genes=genes), frozenset()) is quiet


@pytest.mark.holds("PACK-04")
def test_a_pack_of_another_rule_set_is_refused():
    with pytest.raises(EvidenceError):
        read(vcf(), evolve(PACK, panel="0" * 64))
    with pytest.raises(EvidenceError):
        read(vcf(), b"no pack")


def test_a_table_finds_each_of_its_lines():
    rng = random.Random(1)
    lines = sorted(
        {(rng.randrange(1, 400), rng.choice(["", "A", "AC"]), rng.choice(["", "T", "G"])) for _ in range(99)}
    )
    table = Table("\n".join(f"{start}\t{removed}\t{put}\t{at}\tx" for at, (start, removed, put) in enumerate(lines)))

    assert [table.get(Change(*line)) for line in lines] == [(str(at), "x") for at in range(len(lines))]
    assert table.get(Change(401, "A", "T")) is Table("").get(Change(1, "A", "T")) is None
    assert (table.count, Table("").count) == (len(lines), 0)
