"""The command lines that are offered for annotation do what is said of them, where the tools are."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

import pytest

import assigner
import vcfs
from assigner.assignments import assign
from assigner.audits.answered import reasons
from assigner.audits.recipes import Step, annotation_lines, steps_for
from assigner.evidence.unknowns import Why
from assigner.genome.builds import Build
from assigner.profiles.profile import Observed
from assigner.synthetic.bgzf import bgzf
from assigner.truth import Truth

RULES = assigner.read_rules()
CODING = "ATGGCGACGAAGGCCGTGTGCGTGCTGCAAGGCGACGGCCCAGTGCAGGGCTAA"
START = 31659770  # of the coding sequence that is made up here, inside SOD1's span on GRCh38
MISSENSE = START + CODING.index("GCG")
STOP = START + CODING.index("CAA")
LENGTH = 46_709_983
DATABASE = "GRCh38.mane.1.2.ensembl"
RAW = f"chr21 {MISSENSE} G A PASS . GT 0/1\nchr21 {STOP} C T PASS . GT 0/1"


def needed(*tools: str) -> pytest.MarkDecorator:
    missing = [tool for tool in tools if shutil.which(tool) is None]
    return pytest.mark.skipif(bool(missing), reason=f"{', '.join(missing)}: not here")


def ran(command: str, folder: Path) -> None:
    done = subprocess.run(["sh", "-euc", command], cwd=folder, env=os.environ, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A folder of what annotators need: a chromosome 21 of N with one coding exon, and what is said of two changes."""
    before = b"N" * (START - 1)
    content = before + CODING.encode() + b"N" * (LENGTH - len(before) - len(CODING))
    (tmp_path / "GRCh38.fa").write_bytes(b">chr21\n" + content + b"\n")
    (tmp_path / "ensembl.gff3.gz").write_bytes(bgzf(transcripts().encode()))
    told = {
        "CLNSIG": "Pathogenic",
        "CLNREVSTAT": "reviewed_by_expert_panel",
        "CLNDN": "Amyotrophic_lateral_sclerosis_type_1",
        "CLNDISDB": "MedGen:C1862939",
        "CLNHGVS": f"NC_000021.9:g.{STOP}C>T",
        "CLNVC": "single_nucleotide_variant",
    }
    said = ";".join(f"{name}={value}" for name, value in told.items())
    (tmp_path / "clinvar.GRCh38.vcf.gz").write_bytes(source([*told], "String", STOP, "C", "T", said))
    (tmp_path / "gnomad.GRCh38.vcf.gz").write_bytes(
        source(["AF_grpmax"], "Float", MISSENSE, "G", "A", "AF_grpmax=0.00002")
    )
    (tmp_path / "raw.vcf").write_bytes(vcfs.vcf(RAW))
    return tmp_path


def transcripts() -> str:
    """SOD1's transcript, of one exon that is the coding sequence, as GFF3."""
    end = START + len(CODING) - 1
    rows = [
        ("gene", "ID=gene:ENSG00000142168;biotype=protein_coding;Name=SOD1"),
        ("mRNA", "ID=transcript:ENST00000270142;Parent=gene:ENSG00000142168;biotype=protein_coding"),
        ("exon", "Parent=transcript:ENST00000270142"),
        ("CDS", "Parent=transcript:ENST00000270142"),
    ]
    lines = [
        f"chr21\tmade_up\t{kind}\t{START}\t{end}\t.\t+\t{0 if kind == 'CDS' else '.'}\t{more}" for kind, more in rows
    ]
    return "\n".join(["##gff-version 3", *lines, ""])


def source(fields: Sequence[str], kind: str, pos: int, ref: str, alt: str, said: str) -> bytes:
    """A source's VCF with one record."""
    head = [
        f'##INFO=<ID={name},Number={"A" if kind == "Float" else "."},Type={kind},Description="x">' for name in fields
    ]
    contig = f"##contig=<ID=chr21,length={LENGTH}>"
    head = ["##fileformat=VCFv4.2", *head, contig, "#CHROM	POS	ID	REF	ALT	QUAL	FILTER	INFO"]
    return bgzf("\n".join([*head, f"chr21\t{pos}\t1\t{ref}\t{alt}\t.\t.\t{said}", ""]).encode())


def indexed_table(path: Path, head: str, row: str, options: str) -> None:
    path.write_bytes(bgzf(f"{head}\n{row}\n".encode()))
    ran(f"tabix -f {options} {path.name}", path.parent)


def read(path: Path) -> assigner.Assignment:
    return assign(assigner.read_profile(path, RULES), RULES)


def one(steps: Sequence[Step], of: Callable[[str], bool]) -> str:
    (command,) = (each.command for each in steps if each.command is not None and of(each.command))
    return command


def all_is_known(made: assigner.Assignment) -> tuple[Observed, Observed]:
    """What was seen, where consequence, ClinVar, frequency and REVEL are told of what the sources tell it of."""
    missense, stop = made.profile.variants
    assert {seen.gene for seen in (missense, stop)} == {"SOD1"}
    assert (missense.terms, stop.terms) == (("missense_variant",), ("stop_gained",))
    assert (missense.pathogenic, stop.pathogenic, stop.stars) == (Truth.FALSE, Truth.TRUE, 3)
    assert missense.frequency == Decimal("0.00002")
    assert missense.predictors == {"REVEL": Decimal("0.912")}
    assert not {Why.NO_CLINVAR, Why.NO_CONSEQUENCE} & {why for _, why in reasons(made)}
    return missense, stop


@needed("bcftools", "tabix")
def test_bcftools_answers_all_that_is_asked(sources: Path) -> None:
    before = read(sources / "raw.vcf")
    assert {Why.NO_CLINVAR, Why.NO_CONSEQUENCE} <= {why for _, why in reasons(before)}

    for name in ("clinvar", "gnomad"):
        ran(f"bcftools index {name}.GRCh38.vcf.gz", sources)
    row = f"chr21\t{MISSENSE}\tG\tA\t0.912"
    indexed_table(sources / "revel.tsv.gz", "#chrom\tpos\tref\talt\trevel", row, "-s 1 -b 2 -e 2")
    ran(one(annotation_lines(Build.GRCH38, "raw.vcf"), lambda each: each.startswith("bcftools")), sources)
    all_is_known(read(sources / "annotated.vcf.gz"))


@needed("bcftools")
def test_bcftools_answers_one_question_after_the_other(sources: Path) -> None:
    ran("bcftools index clinvar.GRCh38.vcf.gz", sources)
    for why, file in ((Why.NO_CONSEQUENCE, "raw.vcf"), (Why.NO_CLINVAR, "consequence.vcf.gz")):
        ran(one(steps_for(why, Build.GRCH38, file), lambda each: each.startswith("bcftools")), sources)
        (sources / "annotated.vcf.gz").replace(sources / "consequence.vcf.gz")
    made = read(sources / "consequence.vcf.gz")
    assert {seen.terms for seen in made.profile.variants} == {("missense_variant",), ("stop_gained",)}
    assert not {Why.NO_CLINVAR, Why.NO_CONSEQUENCE} & {why for _, why in reasons(made)}


@pytest.fixture
def snpeff(sources: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same folder, with SnpEff's database of the made-up gene, and SnpSift by its own project's name."""
    home, commands = sources / "home", sources / "bin"
    database = home / ".snpEff" / "data" / DATABASE
    database.mkdir(parents=True)
    commands.mkdir()
    (home / ".snpEff" / "snpEff.config").write_text(f"data.dir = ./data/\n{DATABASE}.genome : Homo_sapiens\n")
    (database / "genes.gff").write_text(transcripts().replace("gene:", "").replace("transcript:", ""))
    (database / "sequences.fa").symlink_to(sources / "GRCh38.fa")
    if (debian := shutil.which("snpSift")) is not None:
        (commands / "SnpSift").symlink_to(debian)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PATH", f"{commands}:{os.environ['PATH']}")
    ran(f"snpEff build -gff3 -noCheckCds -noCheckProtein {DATABASE}", sources)
    return sources


@needed("snpEff", "snpSift", "tabix")
def test_snpeff_and_snpsift_answer_all_that_is_asked(snpeff: Path) -> None:
    head = "#chr\tpos(1-based)\tref\talt\tREVEL_score"
    row = f"21\t{MISSENSE}\tG\tA\t0.912"
    indexed_table(snpeff / "dbNSFP.GRCh38.txt.gz", head, row, "-s 1 -b 2 -e 2")
    for name in ("clinvar", "gnomad"):
        ran(f"tabix -p vcf {name}.GRCh38.vcf.gz", snpeff)
    ran(one(annotation_lines(Build.GRCH38, "raw.vcf"), lambda each: each.startswith("snpEff")), snpeff)
    all_is_known(read(snpeff / "annotated.vcf"))


@pytest.mark.parametrize("build", Build)
def test_each_annotator_has_one_command_line_that_names_all_that_is_read(build: Build) -> None:
    steps = annotation_lines(build, "my file.vcf")
    assert [step.command and step.command.split()[0] for step in steps] == [
        "vep", "snpEff", "bcftools", "table_annovar.pl"
    ]  # fmt: skip
    for step in steps:
        assert step.command is not None
        assert "'my file.vcf'" in step.command
        assert all(source in step.command.lower() for source in ("clinvar", "revel"))
        assert "gnomad" in step.command
