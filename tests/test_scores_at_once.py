"""Scores of many alleles: what is read for many rows and lines at once is what reading each by itself gives."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assigner.errors import AnnotationError, AssignerError, Fault, LimitError
from assigner.genome.builds import LENGTHS, Build
from assigner.profiles.calls import State
from assigner.profiles.profile import Profile
from assigner.rules import Rules, scoring_files, scoring_rows
from assigner.rules.scoring_files import ScoredAllele, read_scoring_file
from assigner.testing.parts import WORD, allele, content_of, criterion, gene, rules_of, score, scoring_file, tier
from assigner.vcf.bytes import blocks
from assigner.vcf.bytes.containers import Limits
from assigner.vcf.files import File
from assigner.vcf.meaning import structural
from assigner.vcf.reading import read_profile
from assigner.vcf.scan import plain
from assigner.vcf.scan.keys import InfoKeys
from assigner.vcf.scan.plain_calls import PLAIN_BYTES
from assigner.vcf.scan.spans import PAD, table

SEEDS = st.integers(0, 2**32 - 1)

# ------------------------------------------------------------------------------------------------------ scoring files

NUMBERS = ["0", "1", "-1", "+0.5", "0.25", "-0.0", "1e-3", "2.5E-13", "5e-13", "1.5e-12", "0.1234567890125", "1e-99",
           "999.9999999999995", "1000", "1000.0000000000000001", "1000.1", "123456789012345678e-17", "1e3", "1.0E+2",
           "0.12345678901234567890", "00.5", "", ".5", "5.", "1e", "1e+", "e5", "--1", "1.2.3", "1,5", "nan", "1e1000",
           "1 ", "0.0000000005", "0.0000000015", "1.0000000000000000000001", "-1e-30", "0e1000", "1e0001",
           "1e-0003", "1e18446744073709551617", "5e-18446744073709551617", "1e-9223372036854775808"]  # fmt: skip
CHROMS = ["20", "chr20", "1", "22", "23", "0", "01", "X", "", "chr", "chr1", "CHR1", "+1"]
PLACES = ["5", "100", "00", "05", "", "248956423", "999999999", "1234567890", "1x", "-5", "+5"]
ODD = {"effect_weight": NUMBERS, "allelefrequency_effect": NUMBERS, "standard_error": NUMBERS, "chr_name": CHROMS,
       "hm_chr": CHROMS, "chr_position": PLACES, "hm_pos": PLACES, "effect_allele": ["N", "AC", "a", "", "T"],
       "other_allele": ["N", "", "A", "C"], "is_dominant": ["", "False", "True", "FALSE"],
       "hm_match_pos": ["", "True", "False"], "rsID": ["", "rs1", "x:\u00e9"], "hm_rsID": ["", "rs22"]}  # fmt: skip


def drawn_file(chance: random.Random) -> bytes:
    """A scoring file, most cells of which are plain."""
    columns = ["chr_name", "chr_position", "effect_allele", "other_allele", "effect_weight"]
    columns += ["allelefrequency_effect"] * (chance.random() < 0.8)
    columns += chance.sample(["standard_error", "rsID", "hm_rsID", "is_dominant", "hm_match_pos"], chance.randint(0, 3))
    columns += ["hm_chr", "hm_pos"] * (harmonised := chance.random() < 0.6)
    chance.shuffle(columns)
    head = ["#format_version=2.0", "#pgs_id=X", "#weight_type=beta", "#genome_build=GRCh37"]
    head += [f"#HmPOS_build={chance.choice(['GRCh38', 'GRCh37'])}"] * harmonised
    lines, odd = [], chance.choice([0, 0, 0.02, 0.1])
    for number in range(chance.randint(1, 12)):
        one, other = chance.sample("ACGT", 2)
        spot = {"chr_name": "20", "chr_position": str(1000 + number)}
        row = {**spot, "effect_allele": one, "other_allele": other, "hm_chr": "20", "hm_pos": str(1000 + number),
               "effect_weight": f"{chance.gauss(0, 1):.{chance.randint(1, 16)}g}", "rsID": f"rs{number}",
               "standard_error": f"{chance.random():e}",
               "allelefrequency_effect": f"{chance.random():.4f}"}  # fmt: skip
        row |= {name: chance.choice(texts) for name, texts in ODD.items() if chance.random() < odd}
        lines.append("\t".join(row.get(name, "") for name in columns))
    if chance.random() < odd:
        lines.insert(chance.randrange(len(lines) + 1), chance.choice(["", "x\ty", lines[0], lines[0] + "\t"]))
    text = "\n".join([*head, "\t".join(columns), *lines]) + chance.choice(["", "\n"])
    return (text.replace("\n", "\r\n") if chance.random() < 0.2 else text).encode("utf-8-sig"[: chance.choice([5, 9])])


def row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read no row at once."""
    at_once = scoring_rows.plain_rows

    def none(*given: Any) -> scoring_rows.PlainRows | None:
        read = at_once(*given)
        if read is not None:
            read.plain[:] = False
        return read

    monkeypatch.setattr(scoring_rows, "plain_rows", none)


Read = tuple[list[ScoredAllele] | None, tuple[Fault, ...]]


def read_file(source: bytes) -> Read:
    found, faults = read_scoring_file(source, "x.txt", "")
    return None if found is None else list(found.alleles), faults


@pytest.mark.holds("POLY-10")
@given(seed=SEEDS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rows_read_at_once_are_those_read_one_by_one(monkeypatch, seed):
    chance = random.Random(seed)
    for _ in range(20):
        source = drawn_file(chance)
        with monkeypatch.context() as patch:
            patch.setattr(scoring_rows, "AT_ONCE", chance.choice([1, 150, 1 << 19]))
            at_once = read_file(source)
            row_by_row(patch)
            assert at_once == read_file(source)


def test_a_larger_file_has_a_row_for_each_line_and_is_refused_beyond_the_limit(monkeypatch):
    rows = [("20", 1000 + at, "A", "G", f"{at}e-6", "0.5") for at in range(200)]
    monkeypatch.setattr(scoring_rows, "AT_ONCE", 2000)
    found, _ = read_scoring_file(scoring_file(*rows), "x.txt", "")
    assert found is not None
    assert [each.weight for each in found.alleles] == [at * 10**6 for at in range(200)]
    monkeypatch.setattr(scoring_files, "MOST_ALLELES", 130)
    found, faults = read_scoring_file(scoring_file(*rows), "x.txt", "")
    assert found is None and [(each.line, each.expected) for each in faults] == [(138, "at most 130 rows")]


# -------------------------------------------------------------------------------------------------------------- genomes

GENOME = "".join(random.Random(7).choices("ACGT", k=400))
FIRST, LAST = 20, 380
HEADER = [
    "##fileformat=VCFv4.2",
    *(f"##contig=<ID={name},length={LENGTHS[Build.GRCH38][name]}>" for name in ("1", "20", "21")),
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="">', '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="">',
    '##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="">', '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="">',
    '##FORMAT=<ID=PL,Number=G,Type=Integer,Description="">', '##FORMAT=<ID=VAF,Number=A,Type=Float,Description="">',
    '##INFO=<ID=DP,Number=1,Type=Integer,Description="">', '##INFO=<ID=AC,Number=A,Type=Integer,Description="">',
]  # fmt: skip
INFO = [".", ".", ".", "DP=30", "AC=1;AF=0.5;DP=12;FS=1.2", "DP=9", "DP=10;X", "AC=1;DP=.", "DP=3;DP=30", "DP",
        "XDP=3", "DPX=3", "DP=1e1", "IMP", "R2=0.2", "R2=0.9;DP=40", "DR2=1", "TYPED", "END=30", "SVTYPE=X",
        "TC=30;TR=2", "AD=2,30", "RO=9;AO=9", "SOMATIC", "TLOD=3.2", "TRID=x", "A=1;;DP=4", "TYPED_ONLY;AC=2",
        "CSQ=a|b;DP=11", "INFO=0.3", "DP4=1,2,3,4", ";DP=5", "RUS=CAG", "DP=30;AN=2;SOMATICX=3",
        "INFO_SCORX=1", "AC=1;DP=20", "AC=1;AN=2", "AC=2;AN=2", "AN=2;AC=0", "AC=1;AN=4", "AC=1,0;AN=2", "AC=.;AN=2",
        "AC=1;AN=2;AC=1", "CLNSIG=Pathogenic;DP=20", "AC=1;XCLINSIG=5", "AN=2", "MAX_AF=0.5",
        "X=\u00e9"]  # fmt: skip
FILTERS = ["PASS", "PASS", "PASS", ".", "LowQual", "LowQual;PASS", "q10", "0"]
QUAL = [".", "50", "19", "19.99", "20", "20.0", "1e3", "7.", ".5", "x", "3.1e1", "1234567890"]
GENOTYPES = ["0/0", "0/1", "1/0", "1|1", "0|1", "1/1", "0|0", "./.", ".|.", "./1", "0", "1", "0/1/1", "."]
WHOLE = ["0", "3", "9", "10", "19", "20", "21", "30", "60", "99", ".", "007", "1e1", "1234567890", "-3"]


def reads(chance: random.Random) -> str:
    pairs = [
        "15,15",
        "30,0",
        "0,30",
        "27,3",
        "28,2",
        "3,27",
        "2,28",
        "7,23",
        "8,22",
        "22,8",
        "23,7",
        "0,0",
        "1,1000",
        "30",
    ]
    return chance.choice([*pairs, ".", "10,.", "15,15,0", "4,4", "9,0"])


def likelihoods(chance: random.Random) -> str:
    return chance.choice([".", "0,0,0", "1,2", *[",".join(chance.choices(["0", "5", "20", "21", "300"], k=3))] * 6])


VALUES = {"DP": lambda c: c.choice(WHOLE), "GQ": lambda c: c.choice(WHOLE), "AD": reads, "PL": likelihoods,
          "PGT": lambda c: c.choice(["0|1", ".", ""]), "PID": lambda c: c.choice(["5_A_G", "."]),
          "PS": lambda c: c.choice(["5", "."]), "FT": lambda c: c.choice(["PASS", "q10"]),
          "VAF": lambda c: c.choice(FRACTIONS)}  # fmt: skip
FRACTIONS = ["0.5", "0.25", "0.249999", "0.2499999999", "0.75", "0.7509", "0.751", "0.9", "0.89999999", "1", "1.0", "0",
             "0.0", "1.001", "2", ".", "0.", ".5", "5e-1", "00.5", "0.5,0.5", "0.5,0.5,0.1", "x", "50%", "0.12345678",
             "-0.5"]  # fmt: skip
FORMATS = [each.split(":") for each in ("GT:AD:DP:GQ:PGT:PID:PL:PS", "GT:GQ:DP:AD:VAF:PL", "GT:AD:DP")]
"""As GATK and DeepVariant write them, and the shortest with all that tells of reads."""
PLAIN = {"DP": ["30", "10", "31", "60"], "VAF": ["0.5", "1", "0.521739", "0.0"],
         "GQ": ["20", "99"], "AD": ["15,15", "30,0", "0,30"], "PL": ["0,30,300", "30,0,99"]}  # fmt: skip


def sample_of(chance: random.Random, keys: list[str], is_odd: bool) -> str:
    """The values of a sample under some keys."""
    usual = ["0/0", "0/1", "1/1", "0|1"]
    cells = []
    for key in keys:
        if key == "GT":
            cells.append(chance.choice(GENOTYPES if is_odd else usual))
        else:
            drawn = key not in PLAIN or (is_odd and chance.random() < 0.6)
            cells.append(VALUES[key](chance) if drawn else chance.choice(PLAIN[key]))
    return ":".join(cells[: chance.randint(1, len(cells))] if is_odd and chance.random() < 0.1 else cells)


def record(chance: random.Random, pos: int, samples: int, odd: float) -> str:
    """A record at a place, most of them plain."""
    is_odd = chance.random() < odd
    ref = GENOME[pos - 1]
    alt = chance.choice([base for base in "ACGT" if base != ref])
    if is_odd and chance.random() < 0.3:
        ref, alt = chance.choice(
            [(ref, f"{ref}TT"), (GENOME[pos - 1 : pos + 3], ref), (ref, f"{alt},{ref}G"), (ref, "*"),
             (ref, "<NON_REF>"),
             (ref, "."), (ref.lower(), alt), ("N", alt), (ref, ref), (ref, f"{alt},<NON_REF>"), (ref, "<DEL>"),
             (GENOME[pos - 1 : pos + 1], alt + GENOME[pos])]
        )  # fmt: skip
    keys = ["GT", *chance.sample(list(VALUES)[: 9 if is_odd else 4], chance.randint(0, 4))]
    if chance.random() < 0.5:
        keys = [*chance.choice(FORMATS)]
    if is_odd and chance.random() < 0.01:
        chance.shuffle(keys)
    own = [sample_of(chance, keys, is_odd) for _ in range(samples)]
    some = [chance.choice(each) if is_odd else each[1] for each in (QUAL, FILTERS, INFO)]
    cells = ["20", str(pos), ".", ref, alt, *some, ":".join(keys), *own]
    if is_odd and chance.random() < 0.003:  # what is refused wherever it stands
        column = chance.choice([6, 7, -1])
        cells[column] = {6: "a;;b", 7: "END=5;END=6", -1: "0/3"}[column]
    return "\t".join(cells)


def written(chance: random.Random, line: str) -> str:
    """A line as it is, or with what makes it much longer than others, or end in CRLF, or stand beside no record."""
    if chance.random() < 0.8:
        return line
    cells = line.split("\t")
    cells[2] = chance.choice([".", "x" * chance.choice([240, 256, 700, 9000])])
    last = chance.choices(["", "\r", "\n", "\n# by hand", "\t"], [20, 20, 20, 20, 1])[0]
    return "\t".join(cells) + last


def drawn_genome(chance: random.Random, first: int = FIRST - 5, last: int = LAST, most: int | None = None) -> bytes:
    """A VCF of one or two samples, with records at some places of `GENOME`."""
    samples, most = chance.choice([1, 1, 2]), most or chance.choice([3, 12, 60])
    places = sorted(chance.choices(range(first, last), k=chance.randint(1, most)))
    odd = chance.choice([0.02, 0.2, 0.6])
    names = "\t".join(["P1", "P2"][:samples])
    columns = f"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{names}"
    left_out = chance.randrange(4, len(HEADER)) if chance.random() < 0.2 else len(HEADER)
    more = ["##bcftools_pluginCommand=plugin +setGT in.bcf -- -t . -n 0"] * (chance.random() < 0.05)
    large = chance.random() < 0.4
    more += ['##INFO=<ID=SVTYPE,Number=1,Type=String,Description="">'] * large
    own = [(pos, record(chance, pos, samples, odd)) for pos in places]
    deletion = f"20\t95\t.\t{GENOME[94]}\t<DEL>\t50\tPASS\tSVTYPE=DEL;END={chance.choice([141, 200, 200])}\tGT"
    own += [(95, "\t".join([deletion, *[chance.choice(["0/1", "1/1"])] * samples]))] * large
    if large:  # a call that shows ALT and is not believed of REF, under the deletion or not
        cells = [*record(chance, pos := chance.randint(142, 200), 1, 0).split("\t")[:8], "GT:AD:DP"]
        own.append((pos, "\t".join([*cells, *["0/1:0,30:60"] * samples])))
    lines = [*HEADER[:left_out], *HEADER[left_out + 1 :], *more, columns]
    text = "\n".join([*lines, *(written(chance, line) for _, line in sorted(own)), ""])
    return (text.replace("ID=AD,Number=R", "ID=AD,Number=.") if chance.random() < 0.2 else text).encode()


def drawn_rules(chance: random.Random, *, of_genes: bool = False) -> Rules:
    """A score over many places of `GENOME`, beside a listed allele and a gene there, with some gates."""
    rows = []
    for pos in range(FIRST, LAST):
        if chance.random() < 0.7:
            base = GENOME[pos - 1]
            one, other = chance.sample([base, chance.choice([each for each in "ACGT" if each != base])], 2)
            rows.append(("20", pos, one, other, f"{chance.gauss(0, 1):.3f}", "0.3"))
    strict = chance.sample(["depth", "quality", "balance", "likelihood"], chance.choice([0, 0, 1, 4]))
    gates = {"filters": chance.choice([["PASS"], ["PASS", "LowQual"]]), "depth": chance.choice([0, 10]),
             "unfiltered": chance.choice(["accept", "refuse"]), "quality": chance.choice([0, 20]),
             "het_balance": "250-750", "hom_balance": chance.choice([900, 1, 0]), "assessed": 950,
             "strict": strict, **WORD}  # fmt: skip
    place = {"chrom": "20", "pos38": 300, "ref38": GENOME[299], "alt38": "ACGT"[GENOME[299] == "A"]}
    place |= {"pos37": 300, "ref37": place["ref38"], "alt37": place["alt38"]}
    more = [
        each for each in (criterion("consequence", 1), criterion("deletion", 1)) if of_genes or chance.random() < 0.5
    ]
    own = gene(1, {"B": 1000}) | {"chrom": "20", "grch38": "100-140", "grch37": "100-140"}
    if chance.random() < 0.6:
        exons = chance.choice([["100-110", "131-140"], ["105-118"], ["115-140"]])
        own["exons"] = {"transcript": "T1", "grch38": exons, "grch37": exons, **WORD}
    over = gene(2, {"A": 1000}) | {"chrom": "20", "grch38": "130-160", "grch37": "130-160"}
    return rules_of(
        content_of(
            gates=gates,
            decision={"tiers": [tier(1), tier(2, 50, 50)]},
            criteria=[criterion("listed_allele", 1), score("A", 2), *more],
            genes=[own, over][: chance.choice([1, 2])],
            alleles=[allele("G1-0", 1, 0) | {"place": place}],
        ),
        {"one.txt": scoring_file(*rows)},
    )


def told(profile: Profile) -> tuple[Any, ...]:
    """What a profile says of scores and of all else, without notes on how lines are written."""
    checks = [each for each in profile.checks if not each.name.endswith("_note")]
    return profile.scores, checks, profile.alleles, profile.variants, profile.structural, profile.assessed


@pytest.fixture(scope="module")
def fasta(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The genome."""
    pyfaidx = pytest.importorskip("pyfaidx")
    path = tmp_path_factory.mktemp("genome") / "genome.fa"
    path.write_text(f">20\n{GENOME}\n")
    pyfaidx.Faidx(str(path)).close()
    yield path


def read(files: list[bytes], rules: Rules, **more: Any) -> tuple[Any, ...]:
    try:
        return told(read_profile(files, rules, sample="P1", **more))
    except AssignerError as error:
        return type(error), str(error)


@pytest.mark.holds("POLY-10")
@given(seed=SEEDS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_genotypes_read_at_once_are_those_read_in_full(monkeypatch, fasta, seed):
    chance = random.Random(seed)
    monkeypatch.setattr(plain, "AT_ONCE", chance.choice([1, 5, 8192]))
    monkeypatch.setattr(blocks, "PIECE", chance.choice([500, 1 << 21]))
    monkeypatch.setattr(structural, "AROUND", 5)  # else all of `GENOME` is so near the gene that it is read in full
    for _ in range(4):
        rules = drawn_rules(chance)
        files = [drawn_genome(chance) for _ in range(chance.choice([1, 1, 1, 2]))]
        more: dict[str, Any] = {"fasta": fasta, "absent": "reference"} if chance.random() < 0.4 else {}
        if chance.random() < 0.3:
            more["callable"] = b"20\t50\t250\n"
        at_once = read(files, rules, **more)
        with monkeypatch.context() as patch:
            patch.setattr(File, "plain_reader", lambda *_: None)
            assert at_once == read(files, rules, **more)


@pytest.mark.holds("POLY-10")
@given(seed=SEEDS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_lines_in_genes_read_at_once_leave_open_what_they_leave_open_when_read_in_full(monkeypatch, seed):
    """More of them than are named, several of one place, and some beside a gene that may be splice regions of it."""
    chance = random.Random(seed)
    monkeypatch.setattr(plain, "AT_ONCE", chance.choice([1, 5, 8192]))
    monkeypatch.setattr(blocks, "PIECE", chance.choice([500, 1 << 21]))
    for _ in range(4):
        rules = drawn_rules(chance, of_genes=True)
        files = [drawn_genome(chance, 88, 172, 90) for _ in range(chance.choice([1, 1, 1, 2]))]
        at_once = read(files, rules)
        with monkeypatch.context() as patch:
            patch.setattr(File, "plain_reader", lambda *_: None)
            assert at_once == read(files, rules)


def test_most_lines_of_a_usual_genome_are_plain():
    chance = random.Random(1)
    rules = drawn_rules(chance)
    lines = "\n".join(
        f"20\t{pos}\t.\tA\tC\t50\tPASS\tDP=30\tGT:AD:DP:GQ:PL\t0/1:15,15:30:99:300,0,300" for pos in range(30, 90)
    )
    names = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tP1"
    file = File(name="x", rules=rules, alone=True)
    file.read("\n".join([*HEADER, names, lines, ""]).encode())
    placed = set(rules.scoring["one.txt"].alleles.on(Build.GRCH38).positions.tolist())
    assert file.scan.plain.count == len(placed & set(range(30, 90))) > 20 and not file.records
    assert isinstance(next(iter(file.scan.plain.codes.values())), np.ndarray)


NAMES = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tP1"


def lines_at_scores(rules: Rules, *samples: str) -> bytes:
    """A VCF with records at the first places of the score beyond all genes, given FORMAT and the sample of each."""
    places = [pos for pos in rules.scoring["one.txt"].alleles.on(Build.GRCH38).positions.tolist() if pos > 150]
    records = [
        f"20\t{pos}\t.\t{GENOME[pos - 1]}\t{'ACGT'[GENOME[pos - 1] == 'A']}\t50\tPASS\t.\t{each}"
        for pos, each in zip(places, samples, strict=False)
    ]
    return "\n".join([*HEADER, NAMES, *records, ""]).encode()


@pytest.mark.parametrize("last", ["GT\t0/1", "GT:DP\t0/1:30"])
def test_a_last_record_of_few_fields_is_read_beside_one_of_many(last):
    rules = drawn_rules(random.Random(1))
    file = File(name="x", rules=rules, alone=True)
    file.read(lines_at_scores(rules, "GT:AD:DP:GQ:PGT:PID:PL:PS\t0|1:15,15:30:99:0|1:5_A_G:300,0,300:5", last))
    assert file.scan.plain.count == 2


@pytest.mark.parametrize(("letter", "noted"), [(b"\xff", True), ("\u00e9".encode(), False)])
def test_a_line_that_is_not_utf_8_is_noted_at_a_place_of_a_score_too(letter, noted):
    text = lines_at_scores(drawn_rules(random.Random(1)), *["GT\t0/1"] * 3).replace(
        b"PASS\t.\t", b"PASS\tX=" + letter + b"\t", 1
    )
    file = File(name="x", rules=drawn_rules(random.Random(1)), alone=True)
    file.read(text)
    assert (file.scan.plain.count, len(file.records)) == (2, 1)
    assert any("not UTF-8" in note for note in file.scan.notes) == noted


@pytest.mark.parametrize("sample", ["GT:GQ:DP:AD:VAF:PL\t0/1:50:30:15,15:0.5:50,0,50", "GT:AD:DP\t0/1:15,15:30"])
def test_records_of_deepvariant_and_gatk_3_are_plain_and_count_for_the_limit(sample):
    rules = drawn_rules(random.Random(1))
    text = lines_at_scores(rules, *[sample] * 20).replace(b"ID=AD,Number=R", b"ID=AD,Number=.")
    file = File(name="x", rules=rules, alone=True)
    file.read(text)
    assert file.scan.plain.count == 20 and not file.records
    over = len(HEADER) + 1 + 6
    with pytest.raises(LimitError, match=f"line {over}: expected at most {5 * PLAIN_BYTES} bytes of records"):
        read_profile([text], rules, limits=Limits(kept_bytes=5 * PLAIN_BYTES))


@pytest.mark.parametrize(("share", "is_believed"), [("0.0", True), ("0.1", True), ("0.101", False), ("1", False)])
@pytest.mark.parametrize("sample", ["GT:VAF\t0/0:{}", "GT:AD:DP:VAF\t0/0:30,0:30:{}"])
def test_a_reference_call_is_held_to_the_share_of_alt(monkeypatch, sample, share, is_believed):
    """By DeepVariant's VAF as by its AD, read at once or in full."""
    rules = rules_of(
        content_of(
            decision={"tiers": [tier(1), tier(2, 50, 50)]}, criteria=[criterion("listed_allele", 1), score("A", 2)]
        ),
        {"one.txt": scoring_file(("20", 200, "G", "A", "0.1", "0.3"))},
    )
    line = f"20\t200\t.\tA\tG\t50\tPASS\t.\t{sample.format(share)}"
    text = "\n".join([*HEADER, NAMES, line, ""]).encode()
    at_once = read([text], rules)
    monkeypatch.setattr(File, "plain_reader", lambda *_: None)
    assert at_once == read([text], rules)
    assert [each.copies for each in at_once[0].values()] == [b"\0"] * is_believed


def test_a_record_in_a_gene_is_read_in_full_so_that_its_annotation_is_refused():
    """Whatever the criteria ask about: an annotation that no header explains is refused wherever it is met."""
    rules = rules_of(
        content_of(
            decision={"tiers": [tier(1), tier(2, 50, 50)]},
            criteria=[criterion("listed_allele", 1), score("A", 2)],
            genes=[gene(1, {"B": 1000}) | {"chrom": "20", "grch38": "100-140", "grch37": "100-140"}],
        ),
        {"one.txt": scoring_file(("20", 117, "C", "A", "0.1", "0.3"))},
    )
    record = "20\t117\t.\tA\tC\t50\tPASS\tCSQ=a|b\tGT\t0/1"
    with pytest.raises(AnnotationError, match="INFO/CSQ"):
        read_profile(["\n".join([*HEADER, NAMES, record, ""]).encode()], rules)


@pytest.mark.parametrize("read_in_full", [False, True])
def test_a_call_without_reads_of_the_reference_contradicts_a_deletion_over_it(monkeypatch, read_in_full):
    """The call of ALT is what shows two copies; its place is not believed for a score."""
    rules = rules_of(
        content_of(
            decision={"tiers": [tier(1), tier(2, 50, 50)]},
            criteria=[criterion("listed_allele", 1), score("A", 2), criterion("deletion", 1)],
            genes=[gene(1, {"B": 1000}) | {"chrom": "20", "grch38": "100-140", "grch37": "100-140"}],
        ),
        {"one.txt": scoring_file(("20", 8000, "C", "A", "0.1", "0.3"))},
    )
    meta = '##INFO=<ID=SVTYPE,Number=1,Type=String,Description="">'
    deletion = "20\t50\t.\tA\t<DEL>\t50\tPASS\tSVTYPE=DEL;END=8800\tGT\t0/1"
    call = "20\t8000\t.\tA\tC\t50\tPASS\t.\tGT:AD:DP\t0/1:0,30:60"
    if read_in_full:
        monkeypatch.setattr(File, "plain_reader", lambda *_: None)
    found = read_profile(["\n".join([*HEADER, meta, NAMES, deletion, call, ""]).encode()], rules)
    assert [each.call.state for each in found.structural] == [State.CONFLICT] and not found.scores


@pytest.mark.holds("POLY-10")
@given(seed=SEEDS)
def test_keys_of_info_are_those_of_each_line_read_by_itself(seed):
    chance = random.Random(seed)
    names = ["A", "AC", "AD", "AN", "AO", "DP", "DP4", "D", "R2", "INFO", "INFO_SCORE", "INFO_SCORED", "SomaticEVS"]
    names += ["END", "XEND"]
    hidden = set(chance.sample(names, chance.randint(1, 6))) - {"DP", "AC", "AN"}
    every = [
        [
            chance.choice(names) + chance.choice(["", "=", "=7", "=2", "=2", "=10", "=02", "=.", "=1,2", "=DP"])
            for _ in range(chance.randint(1, 5))
        ]
        for _ in range(chance.randint(1, 9))
    ]
    cells = [["1", "5", ".", "A", "G", ".", "PASS", ";".join(each), "GT", "0/1"] for each in every]
    buffer = bytearray().join((PAD, "".join("\t".join(row) + "\n" for row in cells).encode(), PAD))
    letters = np.frombuffer(buffer, np.uint8)
    rows = table(buffer, 0, np.flatnonzero((letters == 9) | (letters == 10)).reshape(-1, 10))
    silent, depth, counted = InfoKeys.of(hidden).read(rows, asks_numbers=True)
    for at, entries in enumerate(every):
        told = {key: [each for each in entries if each.partition("=")[0] == key] for key in ("DP", "AC", "AN")}
        sound = not told["DP"] or (len(told["DP"]) == 1 and re.fullmatch("DP=[0-9]+", told["DP"][0]) is not None)
        count, called = ([each[3:] for each in told[key] if "=" in each] for key in ("AC", "AN"))
        two, plain = called == ["2"], [re.fullmatch("[0-9]|[1-9][0-9]+", each) is not None for each in count + called]
        sound &= max(len(count), len(called)) <= 1 and (not called or plain[-1]) and (not (two and count) or plain[0])
        # of a long key eight characters are looked at
        tells = {each.partition("=")[0][:8] for each in entries} & {key[:8] for key in hidden}
        assert silent[at] == (not tells and sound), (every, hidden)
        assert not sound or depth[at] == (int(told["DP"][0][3:]) if told["DP"] else -1)
        assert not sound or counted[at] == (int(count[0]) if two and count else -1)
