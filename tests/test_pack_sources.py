"""Packs: cut from public sources, written, read and shown; and what no pack is made of."""

from __future__ import annotations

import gzip
import importlib.util
import json
import sys
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
from assigner.genome.variants import Variant
from assigner.packs.building import Sources, build_pack
from assigner.packs.forms import expect_fitting, read_pack
from assigner.packs.pack import Table
from assigner.packs.transcripts import opposite
from build import bgzf

FOLDER = Path(__file__).parents[1] / "examples" / "pack"


def script():
    spec = importlib.util.spec_from_file_location("make_pack", FOLDER / "make_pack.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_pack"] = module
    spec.loader.exec_module(module)
    return module


MADE = script()
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

    again = read_pack(build_pack(RULES, Build.GRCH38, evolve(WHOLE, **packed)).content)

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
    assert PACK.frequency("MADEUP1", Variant("21", pos, ref + behind, opposite(behind + ref))) is None


@pytest.mark.holds("PACK-03")
def test_a_frequency_of_0_is_as_low_as_the_alleles_that_were_looked_at_tell(tmp_path):
    pos, ref, alt = MADE.variants()["stop"]
    for an, expected in (("4", "0.25"), ("0", "0"), (".", "0")):
        table = f"chrom\tpos\tref\talt\taf\tan\n21\t{pos}\t{ref}\t{alt}\t0\t{an}\n"
        own = read_pack(build_pack(RULES, Build.GRCH38, with_file(tmp_path, "f.tsv", table)).content)
        assert str(own.frequency("MADEUP1", Variant("21", pos, ref, alt))) == expected


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
}  # fmt: skip


@pytest.mark.holds("PACK-01")
@pytest.mark.parametrize("what", REFUSED)
def test_no_pack_is_made_of(what, tmp_path):
    name, text, expected = REFUSED[what]
    sources = with_file(tmp_path, name, text)

    with pytest.raises(EvidenceError) as caught:
        build_pack(RULES, Build.GRCH38, sources)

    assert expected in str(caught.value)


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


FORM = json.loads(gzip.decompress(BUILT.content))
TRANSCRIPT = FORM["genes"][0]["transcripts"][0]


def changed(value: object, *path: str | int) -> bytes:
    """The bytes of the pack with another value at a place."""
    form = json.loads(json.dumps(FORM))
    place = form
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return gzip.compress(canonical(form), mtime=0)


DAMAGED = {
    "text": b"a pack",
    "a half": BUILT.content[: len(BUILT.content) // 2],
    "two": BUILT.content * 2,
    "JSON of something else": gzip.compress(b"[]"),
    "a form to come": changed("assigner.pack.2", "format"),
    "a field more": changed(1, "more"),
    "exons out of order": changed(TRANSCRIPT["exons"][::-1], "genes", 0, "transcripts", 0, "exons"),
    "coding outside of exons": changed([1, 2], "genes", 0, "transcripts", 0, "coding"),
    "coding backwards": changed(TRANSCRIPT["coding"][::-1], "genes", 0, "transcripts", 0, "coding"),
    "letters that are no bases": changed([[1, "ACGU"]], "sequences", "21"),
    "a frequency that is none": changed("20000204\tA\tT\toften", "genes", 0, "frequencies"),
    "rows without columns": changed("20000204 A T 0.02", "genes", 0, "frequencies"),
    "stretches that overlap": changed([[1, "ACGT"], [2, "A"]], "sequences", "21"),
}


@pytest.mark.holds("PACK-01")
@pytest.mark.parametrize("what", DAMAGED)
def test_what_is_no_pack_is_refused(what):
    with pytest.raises(EvidenceError):
        read_pack(DAMAGED[what])


@given(at=st.integers(0, len(BUILT.content) - 1), bit=st.integers(0, 7))
def test_a_flipped_bit_is_noticed_or_changes_nothing(at, bit):
    flipped = bytearray(BUILT.content)
    flipped[at] ^= 1 << bit
    try:
        found = read_pack(bytes(flipped))
    except EvidenceError:
        return
    assert (found.genes.keys(), found.panel) == (PACK.genes.keys(), PACK.panel)
    assert at < 10  # only gzip's own head, in which time and system stand, has no checksum


@pytest.mark.holds("PACK-04")
def test_a_pack_fits_one_build_and_one_panel():
    expect_fitting(PACK, RULES, Build.GRCH38, "pack")

    with pytest.raises(BuildError):
        expect_fitting(PACK, RULES, Build.GRCH37, "pack")
    with pytest.raises(EvidenceError):
        expect_fitting(PACK, read_rules(), Build.GRCH38, "pack")
    with pytest.raises(EvidenceError):
        expect_fitting(evolve(PACK, genes={"MADEUP1": PACK.genes["MADEUP1"]}), RULES, Build.GRCH38, "pack")
