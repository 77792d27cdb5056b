"""Packs: cut from public sources, written, read and shown; and what no pack is made of."""

from __future__ import annotations

import gzip
import json
import lzma
from pathlib import Path

import pytest
from attrs import evolve
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from assigner import BuildError, EvidenceError, read_rules
from assigner.canonical import canonical
from assigner.cli import main
from assigner.genome.builds import Build
from assigner.genome.hgvs import reverse_complement
from assigner.genome.variants import Variant
from assigner.packs.building import Sources, build_pack
from assigner.packs.changes import Change
from assigner.packs.forms import expect_fitting, read_pack
from assigner.packs.pack import Table
from build import bgzf
from scripts import loaded

FOLDER = Path(__file__).parents[1] / "examples" / "pack"


MADE = loaded(FOLDER / "make_pack.py")
FILES = dict(MADE.files())
RULES = read_rules(FOLDER / "rules.yaml")
WHOLE = Sources(
    gff=FOLDER / "genes.gff3",
    fasta=FOLDER / "genome.fa",
    clinvar=FOLDER / "clinvar_like.vcf",
    frequencies=FOLDER / "frequencies.tsv",
    covered=FOLDER / "covered.bed",
    predictors={"SCORE": FOLDER / "scores.csv"},
)
BUILT = build_pack(RULES, Build.GRCH38, WHOLE)
PACK = read_pack(BUILT.content)


def with_file(folder: Path, name: str, text: str | bytes, **more: Path) -> Sources:
    """The sources of the example with one of them replaced."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    which = {"gff3": "gff", "fa": "fasta", "vcf": "clinvar", "tsv": "frequencies", "bed": "covered"}
    return evolve(WHOLE, **{which[name.removesuffix(".gz").rpartition(".")[2]]: path}, **more)


def test_the_folder_holds_what_its_script_writes():
    assert {name for name, text in FILES.items() if (FOLDER / name).read_text(encoding="utf-8") != text} == set()


@pytest.mark.holds("PACK-01")
def test_equal_sources_give_equal_bytes_also_packed(tmp_path):
    packed = {}
    for field in ("gff", "fasta", "clinvar", "frequencies", "covered"):
        own = getattr(WHOLE, field)
        packed[field] = tmp_path / f"{own.name}.gz"
        packed[field].write_bytes(gzip.compress(own.read_bytes(), mtime=0))

    told: list[int] = []
    sources = evolve(WHOLE, **packed)
    again = read_pack(build_pack(RULES, Build.GRCH38, sources, progress=told.append).content)

    assert sum(told) == sum(path.stat().st_size for path in sources.paths) and len(sources.paths) > 4
    assert build_pack(RULES, Build.GRCH38, WHOLE).content == BUILT.content
    assert (again.sequences, again.panel) == (PACK.sequences, PACK.panel)
    assert [gene.transcripts for gene in again.genes.values()] == [gene.transcripts for gene in PACK.genes.values()]
    assert BUILT.notes == ()


@pytest.mark.holds("PACK-01")
def test_a_pack_holds_what_its_sources_say():
    for symbol, made in MADE.genes().items():
        assert PACK.genes[symbol].transcripts == (made.transcript,)
        first, last = made.transcript.span
        assert PACK.sequence("21").bases(first, last) == made.bases[first - made.start : last - made.start + 1]
    pos, ref, alt = MADE.variants()["missense"]
    found = PACK.genes["MADEUP2"].clinvar.get(PACK.placed(Variant("21", pos, ref, alt)))
    assert found[:3] == ("Pathogenic", "criteria_provided,_multiple_submitters,_no_conflicts", "Made_up_disease")
    assert PACK.genes["MADEUP2"].predictors["SCORE"].get(PACK.placed(Variant("21", pos, ref, alt))) == ("0.9",)
    assert [(source.role, source.name) for source in PACK.sources] == [
        ("transcripts", "genes.gff3"), ("sequence", "genome.fa"), ("clinvar", "clinvar_like.vcf"),
        ("covered", "covered.bed"), ("frequencies", "frequencies.tsv"), ("predictor", "SCORE"),
    ]  # fmt: skip
    assert PACK.sources[2].dated == "2026-01-01"


@pytest.mark.holds("PACK-03")
def test_what_a_source_lacks_is_rare_only_where_it_looked():
    pos, ref, alt = MADE.variants()["stop"]
    other = next(letter for letter in "ACGT" if letter not in (ref, alt))

    assert str(PACK.frequency("MADEUP1", Variant("21", pos, ref, alt))) == "0.02"
    assert str(PACK.frequency("MADEUP1", Variant("21", pos, ref, other))) == "0.00001"
    assert evolve(PACK, covered={}).frequency("MADEUP1", Variant("21", pos, ref, other)) is None
    assert PACK.frequency("MADEUP1", Variant("21", 20_005_000, "A", "C")) is None
    behind = MADE.base_of(MADE.genes()["MADEUP1"], pos + 1)
    assert PACK.frequency("MADEUP1", Variant("21", pos, ref + behind, reverse_complement(behind + ref))) is None


@pytest.mark.holds("PACK-03")
def test_a_frequency_of_0_is_as_low_as_the_alleles_that_were_looked_at_tell(tmp_path):
    pos, ref, alt = MADE.variants()["stop"]
    for an, expected in (("4", "0.25"), ("100000.0", "0.00001"), ("0", "None"), (".", "0")):
        table = f"chrom\tpos\tref\talt\taf\tan\n21\t{pos}\t{ref}\t{alt}\t0\t{an}\n"
        own = read_pack(build_pack(RULES, Build.GRCH38, with_file(tmp_path, "f.tsv", table)).content)
        assert str(own.frequency("MADEUP1", Variant("21", pos, ref, alt))) == expected


VCF = (
    "##fileformat=VCFv4.2\n##INFO=<ID=AF,Number=A,Type=Float,Description=x>\n"
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n21\t20000205\t.\t{next}\t{put}\t.\t.\tAF=0.1;AN=100000\n"
    "21\t20000204\t.\tA\t"
)
AF_TABLE = "chrom\tpos\tref\talt\taf\tan\n21\t20000205\t{next}\t{put}\t0.1\t100000\n21\t20000204\t"
FREQUENCIES = {
    "lower case": ("a.tsv", AF_TABLE + "a\tt\t0.02\t9", "0.02"),
    "an exponent of three digits": ("a.tsv", AF_TABLE + "A\tT\t2.0e-002\t9", "0.020"),
    "a missing one": ("a.tsv", AF_TABLE + "A\tT\t.\t9", "None"),
    "of no alleles": ("a.tsv", AF_TABLE + "A\tT\t0.02\t0", "None"),
    "another row that is missing": ("a.tsv", AF_TABLE + "A\tT\t0.02\t9\n21\t20000204\tA\tT\tNA\t9", "None"),
    "minus nothing": ("a.tsv", AF_TABLE + "A\tT\t-0.0\t.", "0"),
    "next to nothing": ("a.tsv", AF_TABLE + "A\tT\t1e-99\t.", f"{1e-99}".upper()),
    "of no alleles, in a VCF": ("v.vcf", VCF + "T\t.\t.\tAC=0;AN=0", "None"),
    "a missing one, in a VCF": ("v.vcf", VCF + "T\t.\t.\tAF=.;AN=9", "None"),
    "counts without it": ("v.vcf", VCF + "T\t.\t.\tAC=3000;AN=100000", "None"),
    "three for two alleles": ("v.vcf", VCF + "T,G\t.\t.\tAF=0.02,0.1,0.3;AN=9", "None"),
    "one for two alleles": ("v.vcf", VCF + "T,G\t.\t.\tAF=0.02;AF_grpmax=0.1,0.2;AN=9", "None"),
    "two for one allele": ("v.vcf", VCF + "T\t.\t.\tAF=0.02,0.1;AN=9", "None"),
    "two for two alleles": ("v.vcf", VCF + "G,T\t.\t.\tAF=0.1,0.02;AN=9", "0.02"),
    "a missing one of two": ("v.vcf", VCF + "T\t.\t.\tAF=0.02;AF_grpmax=.;AN=9", "0.02"),
}


@pytest.mark.holds("PACK-03")
@pytest.mark.parametrize("what", FREQUENCIES)
def test_a_row_of_frequencies_is_read_or_unknown_but_never_rare(what, tmp_path):
    name, text, expected = FREQUENCIES[what]
    path = tmp_path / name
    own = MADE.base_of(MADE.genes()["MADEUP1"], 20_000_205)
    path.write_text(text.format(next=own, put=reverse_complement(own)) + "\n")

    pack = read_pack(build_pack(RULES, Build.GRCH38, evolve(WHOLE, frequencies=path)).content)

    assert str(pack.frequency("MADEUP1", Variant("21", 20_000_204, "A", "T"))) == expected
    assert str(pack.limit) == "0.00001"


@pytest.mark.holds("PACK-03")
def test_a_source_that_looked_at_one_allele_knows_nothing_rare(tmp_path):
    table = "chrom\tpos\tref\talt\taf\tan\n21\t20000204\tA\tT\t1\t1\n"

    assert read_pack(build_pack(RULES, Build.GRCH38, with_file(tmp_path, "f.tsv", table)).content).limit == 1


def test_an_empty_span_of_a_bed_covers_nothing(tmp_path):
    bed = "21\t20000200\t20000200\n21\t20000210\t20000217\n"

    pack = read_pack(build_pack(RULES, Build.GRCH38, with_file(tmp_path, "a.bed", bed)).content)

    assert pack.covered == {"21": ((20_000_211, 20_000_217),)}


@pytest.mark.holds("PACK-03")
def test_scores_in_lower_case_are_read(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text(FILES["scores.csv"].replace(",T,G,", ",t,g,"))

    pack = read_pack(build_pack(RULES, Build.GRCH38, evolve(WHOLE, predictors={"SCORE": path})).content)

    found, own = (each.genes["MADEUP2"].predictors["SCORE"].lines for each in (pack, PACK))
    assert found == own != ""


@pytest.mark.holds("PACK-03")
@pytest.mark.parametrize("own", ["grch38_pos", "hg38_pos"])
def test_a_column_of_positions_on_the_build_goes_before_one_that_names_none(own, tmp_path):
    """Tables that hold both builds often call one of them just `pos`."""
    path = tmp_path / "scores.tsv"
    path.write_text(f"chr\tpos\thg19_pos\t{own}\tref\talt\tscore\n21\t5\t6\t20010295\tT\tG\t0.9\n")

    pack = read_pack(build_pack(RULES, Build.GRCH38, evolve(WHOLE, predictors={"SCORE": path})).content)

    assert pack.genes["MADEUP2"].predictors["SCORE"].lines == PACK.genes["MADEUP2"].predictors["SCORE"].lines


@pytest.mark.holds("PACK-03")
@pytest.mark.parametrize(("genome", "is_taken"), [("hg38", True), ("GRCh38", True), ("hg19", False), ("grch37", False)])
def test_a_row_that_names_the_other_genome_is_refused(genome, is_taken, tmp_path):
    """AlphaMissense's tables name the genome in each row."""
    path = tmp_path / "scores.tsv"
    head = "# made up\n#CHROM\tPOS\tREF\tALT\tgenome\tscore\n"
    path.write_text(f"{head}chr21\t20010295\tT\tG\t{genome}\t0.9\n")
    sources = evolve(WHOLE, predictors={"SCORE": path})

    if is_taken:
        pack = read_pack(build_pack(RULES, Build.GRCH38, sources).content)
        assert pack.genes["MADEUP2"].predictors["SCORE"].lines == PACK.genes["MADEUP2"].predictors["SCORE"].lines
    else:
        with pytest.raises(EvidenceError, match=rf"scores\.tsv:3: expected a file on GRCh38; got {genome}"):
            build_pack(RULES, Build.GRCH38, sources)


@pytest.mark.holds("PACK-04")
def test_clinvar_is_not_silent_on_an_indel_whose_other_places_are_not_known():
    """Deep in an intron the bases are not known, and ClinVar may write the same deletion of one base elsewhere."""
    row = "\t".join(["20005000", "CA", "", "Pathogenic", "", "", "", ""])
    genes = PACK.genes | {"MADEUP1": evolve(PACK.genes["MADEUP1"], clinvar=Table(row))}
    pack = evolve(PACK, genes=genes)
    asked = [
        ("GCA", "G", 20_004_999, True),  # ClinVar's own
        ("GAC", "G", 20_005_010, False),  # the same in a repeat of CA
        ("GAT", "G", 20_005_010, True),  # other bases
        ("GAC", "G", 20_025_010, True),  # too far away
        ("G", "GCA", 20_005_010, True),  # no deletion
        ("G", "C", 20_005_010, True),
    ]
    for ref, alt, pos, whole in asked:
        assert pack.has_clinvar("MADEUP1", Variant("21", pos, ref, alt)) is whole, (ref, alt, pos)


def refseq(text: str) -> str:
    """The rows of Ensembl's dialect in that of NCBI."""
    rows = []
    for line in text.splitlines():
        if line.startswith("#"):
            rows.append(line)
            continue
        columns = line.split("\t")
        told = dict(part.split("=", 1) for part in columns[8].split(";"))
        name = told.get("transcript_id") or told.get("Parent", "").removeprefix("transcript:")
        of = {"gene": "", "mRNA": f"Parent=gene-{told.get('Parent', '').removeprefix('gene:')};"}
        parent = of.get(columns[2], f"Parent=rna-{name}.1;")
        own = {
            "gene": f"ID=gene-{told.get('Name')};Name={told.get('Name')};gene_biotype=protein_coding",
            "mRNA": f"ID=rna-{name}.1;{parent}tag=MANE Select;transcript_id={name}.1",
            "CDS": f"ID=cds-{told.get('protein_id')}.1;{parent}protein_id={told.get('protein_id')}.1",
        }.get(columns[2], f"ID=exon-{name};{parent}transcript_id={name}.1")
        if columns[2] in ("gene", "mRNA", "CDS", "exon"):
            rows.append("\t".join(["NC_000021.9", *columns[1:8], own]))
    return "\n".join(rows) + "\n"


@pytest.mark.holds("PACK-01")
def test_both_dialects_of_gff3_say_the_same(tmp_path):
    found = read_pack(
        build_pack(RULES, Build.GRCH38, with_file(tmp_path, "n.gff3", refseq(FILES["genes.gff3"]))).content
    )

    for symbol, gene in found.genes.items():
        assert gene.transcripts == tuple(evolve(each, canonical=False) for each in PACK.genes[symbol].transcripts)


def sorted_gff(kind: str) -> str:
    """The rows of Ensembl's dialect by place, and there those of a kind last, as no sorting by place forbids."""
    lines = FILES["genes.gff3"].splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    rows.sort(key=lambda row: (int(row[3]), row[2] == kind))
    return "\n".join([*(line for line in lines if line.startswith("#")), *map("\t".join, rows)]) + "\n"


GFF, FASTA, CLINVAR = FILES["genes.gff3"], FILES["genome.fa"], FILES["clinvar_like.vcf"]
REFUSED = {
    "transcripts of another build, by its name": ("a.gff3", GFF.replace("GRCh38", "GRCh37"), "transcripts on GRCh38"),
    "transcripts of another build, by a length": ("a.gff3", GFF.replace("46709983", "48129895"), "on GRCh37"),
    "transcripts of no build": ("a.gff3", "##gff-version 3\n" + "".join(
        f"{line}\n" for line in GFF.splitlines() if not line.startswith("#")), "neither"),
    "no GFF3": ("a.gff3", FASTA, "##gff-version 3"),
    "a gene elsewhere": ("a.gff3", GFF.replace("\t200", "\t300"), "where the rule set has it"),
    "a row of eight columns": ("a.gff3", GFF.replace("\tCDS", "CDS", 1), "9 columns"),
    "exons on two strands": ("a.gff3", GFF.replace("exon\t20000196\t20000217\t.\t+", "exon\t20000196\t20000217\t.\t-"),
                             "the strand"),
    "no gene of the rule set": ("a.gff3", GFF.replace("MADEUP", "OTHER"), "a protein coding transcript"),
    "a cut gzip file": ("a.gff3.gz", gzip.compress(GFF.encode())[:-30], "a whole gzip file"),
    "BGZF that is cut between two blocks": ("a.gff3.gz", bgzf(GFF.encode(), end=False), "without its last block"),
    "a FASTA that lacks a gene": ("a.fa", FASTA[: FASTA.index(">", 1)], "the bases 21:"),
    "a FASTA whose part is cut": ("a.fa", FASTA[:-30] + "\n", "with its last base at"),
    "a FASTA of another build": ("a.fa", FASTA.replace(">21:", ">NC_000021.8:", 1), "the sequence of GRCh38"),
    "a chromosome that is too short": ("a.fa", ">21\nACGT\n", "as on GRCh38"),
    "no FASTA": ("a.fa", GFF, "a FASTA"),
    "no bases": ("a.fa", FASTA.replace("\nA", "\n?"), "letters of bases"),
    "ClinVar of another build": ("a.vcf", CLINVAR.replace("=GRCh38", "=GRCh37"), "a file on GRCh38"),
    "ClinVar with another base": ("a.vcf", CLINVAR.replace("\tT\tG\t", "\tC\tG\t"), "as the FASTA has it"),
    "a VCF that is not ClinVar's": ("a.vcf", CLINVAR.replace("CLNSIG", "OTHER"), "ID=CLNSIG"),
    "a row of ClinVar that is cut": ("a.vcf", CLINVAR[: CLINVAR.rindex("\t")], "8 columns"),
    "a table without a column": ("a.tsv", FILES["frequencies.tsv"].replace("af", "x", 1), "a column af"),
    "a frequency above 1": ("a.tsv", FILES["frequencies.tsv"].replace("0.02", "2"), "a frequency from 0 to 1"),
    "a BED of words": ("a.bed", "21\tone\ttwo\n", "a BED"),
    "a BED whose span ends before it starts": ("a.bed", "21\t20000300\t20000200\n", "a BED"),
    "a BED with other digits": ("a.bed", "21\t\u00b2\t20000200\n", "a BED"),
    "a BED with a number without end": ("a.bed", f"21\t1\t{'9' * 5000}\n", "a BED"),
    "a frequency with a sign of percent": ("a.tsv", FILES["frequencies.tsv"].replace("0.02", "2%"), "a number"),
    "two alleles in a row of a table": ("a.tsv", FILES["frequencies.tsv"].replace("\tT\t", "\tT,G\t"), "one allele"),
    "a count with other digits": ("a.tsv", FILES["frequencies.tsv"].replace("100000", "1\u00b2"), "a number"),
    "half an allele": ("a.tsv", FILES["frequencies.tsv"].replace("100000", "10.5"), "a whole number"),
    "a place without end": ("a.tsv", FILES["frequencies.tsv"].replace("20000204", "2" * 5000), "a position"),
    "two alleles in a row of ClinVar": ("a.vcf", CLINVAR.replace("\tT\tG\t", "\tT\tG,C\t"), "one ALT"),
    "a place of ClinVar with other digits": ("a.vcf", CLINVAR.replace("20010295", "\u00b2"), "POS"),
    "an exon at other digits": ("a.gff3", GFF.replace("exon\t20000196", "exon\t\u00b2"), "start and end"),
    "a transcript again behind its exons": ("a.gff3", GFF + "\n".join(
        line for line in GFF.splitlines() if "\tmRNA\t" in line) + "\n", "parents before their parts"),
    "a gene behind its transcript": ("a.gff3", sorted_gff("gene"), "parents before their parts"),
    "a transcript behind its exon": ("a.gff3", sorted_gff("mRNA"), "parents before their parts"),
}  # fmt: skip


@pytest.mark.holds("PACK-01")
@pytest.mark.parametrize("what", REFUSED)
def test_no_pack_is_made_of(what, tmp_path):
    name, text, expected = REFUSED[what]
    sources = with_file(tmp_path, name, text)

    with pytest.raises(EvidenceError) as caught:
        build_pack(RULES, Build.GRCH38, sources)

    assert expected in str(caught.value)


def test_a_cell_that_is_too_long_for_a_table_is_refused(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text(FILES["scores.csv"] + f"21,1,A,T,{'1' * 200_000}\n")

    with pytest.raises(EvidenceError, match=r"scores\.csv:4"):
        build_pack(RULES, Build.GRCH38, evolve(WHOLE, predictors={"SCORE": path}))


@pytest.mark.holds("PACK-04")
def test_two_rows_of_one_accession_keep_their_own_exons():
    own = PACK.genes["MADEUP1"].transcripts[0]
    other = evolve(own, exons=(*own.exons[:3], *own.exons[4:]))
    genes = PACK.genes | {"MADEUP1": evolve(PACK.genes["MADEUP1"], transcripts=(own, other))}

    pos = own.exons[3][0] + 25
    base = PACK.sequence("21").base(pos)
    found = evolve(PACK, genes=genes).effects(
        RULES.content.genes[0], Variant("21", pos, base, reverse_complement(base))
    )

    assert [each.exon for each in found] == ["4/5", None]


@pytest.mark.parametrize("sign", ["\u2028", "\x85", "\x0b"])
def test_words_of_clinvar_may_hold_other_ends_of_lines(sign):
    table = Table(f"5\t\tA\tx{sign}y\t\t\t\t")

    assert table.may_have(Change(7, "", "A"))
    assert not table.may_hold(Change(50, "CA", "TGT"), lambda _: "N")
    assert not Table("").may_have(Change(7, "", "A"))


def test_a_gene_or_a_transcript_that_is_not_there_is_listed(tmp_path):
    one = "\n".join(line for line in GFF.splitlines() if "MADEUP2" not in line and "000002" not in line) + "\n"
    other = GFF.replace("000002", "000003").replace(",MANE_Select", "")

    lacking = build_pack(RULES, Build.GRCH38, with_file(tmp_path, "a.gff3", one))
    renamed = build_pack(RULES, Build.GRCH38, with_file(tmp_path, "b.gff3", other))

    assert read_pack(lacking.content).lacking == ("MADEUP2",)
    assert "MADEUP2" in lacking.notes[0]
    assert renamed.notes == ("MADEUP2: the transcripts have neither MANE Select nor ENST00000000002",)


@pytest.mark.holds("PACK-01")
def test_the_command_writes_a_pack_whole_or_not_at_all(tmp_path, monkeypatch):
    monkeypatch.chdir(FOLDER)
    command = ["pack", "build", "--rules", "rules.yaml", "--build", "GRCh38", "--gff", "genes.gff3"]
    out = tmp_path / "made.pack"
    refused = CliRunner().invoke(main, [*command, "--fasta", "genes.gff3", "-o", str(out)])
    assert (refused.exit_code, list(tmp_path.iterdir())) == (1, [])

    done = CliRunner().invoke(main, [*command, "--fasta", "genome.fa", "--clinvar", "clinvar_like.vcf", "-o", str(out)])
    shown = CliRunner().invoke(main, ["pack", "show", str(out)])

    assert done.exit_code == shown.exit_code == 0
    assert done.stdout == shown.stdout
    assert "2 genes, 2 transcripts, 2 of them MANE Select" in shown.stdout
    again = CliRunner().invoke(main, [*command, "--fasta", "genome.fa", "-o", str(out)])
    assert again.exit_code == 2


FORM = json.loads(lzma.decompress(BUILT.content))
TRANSCRIPT = FORM["genes"][0]["transcripts"][0]


def changed(value: object, *path: str | int) -> bytes:
    """The bytes of the pack with another value at a place."""
    form = json.loads(json.dumps(FORM))
    place = form
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return lzma.compress(canonical(form))


DAMAGED = {
    "text": b"a pack",
    "a half": BUILT.content[: len(BUILT.content) // 2],
    "two": BUILT.content * 2,
    "gzip": gzip.compress(canonical(FORM), mtime=0),
    "a dictionary that takes more memory": lzma.compress(canonical(FORM), preset=9),
    "JSON of something else": lzma.compress(b"[]"),
    "a form to come": changed("assigner.pack.2", "format"),
    "a field more": changed(1, "more"),
    "exons out of order": changed(TRANSCRIPT["exons"][::-1], "genes", 0, "transcripts", 0, "exons"),
    "coding outside of exons": changed([1, 2], "genes", 0, "transcripts", 0, "coding"),
    "coding backwards": changed(TRANSCRIPT["coding"][::-1], "genes", 0, "transcripts", 0, "coding"),
    "letters that are no bases": changed([[1, "ACGU"]], "sequences", "21"),
    "a frequency that is none": changed("20000204\tA\tT\toften", "genes", 0, "frequencies"),
    "rows without columns": changed("20000204 A T 0.02", "genes", 0, "frequencies"),
    "half of a pair of surrogates": lzma.compress(json.dumps(FORM | {"rule_set": "\ud800"}).encode()),
    "a limit of nothing": changed("0.0", "limit"),
    "stretches that overlap": changed([[1, "ACGT"], [2, "A"]], "sequences", "21"),
}


@pytest.mark.holds("PACK-01")
@pytest.mark.parametrize("what", DAMAGED)
def test_what_is_no_pack_is_refused(what):
    with pytest.raises(EvidenceError):
        read_pack(DAMAGED[what])


@given(at=st.integers(0, len(BUILT.content) - 1), bit=st.integers(0, 7))
def test_a_flipped_bit_is_noticed(at, bit):
    flipped = bytearray(BUILT.content)
    flipped[at] ^= 1 << bit
    with pytest.raises(EvidenceError):
        read_pack(bytes(flipped))


@pytest.mark.holds("PACK-04")
def test_a_pack_fits_one_build_and_one_panel():
    expect_fitting(PACK, RULES, Build.GRCH38, "pack")

    with pytest.raises(BuildError):
        expect_fitting(PACK, RULES, Build.GRCH37, "pack")
    with pytest.raises(EvidenceError):
        expect_fitting(PACK, read_rules(), Build.GRCH38, "pack")
    with pytest.raises(EvidenceError):
        expect_fitting(evolve(PACK, genes={"MADEUP1": PACK.genes["MADEUP1"]}), RULES, Build.GRCH38, "pack")
