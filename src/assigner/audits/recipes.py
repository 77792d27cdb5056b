"""How questions that a file leaves open can be answered: in words, and as command lines of the tools that do it.

The command lines are those of bcftools 1.16 (`csq`, `annotate`), Ensembl VEP 110 and newer, SnpEff and SnpSift 5,
ANNOVAR and ExpansionHunter 5, from their manuals. Those of bcftools, SnpEff and SnpSift are run in the tests.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import assert_never

from attrs import frozen

from assigner.evidence.unknowns import Why
from assigner.genome.builds import Build, by_build

CLINVAR = ("CLNSIG", "CLNREVSTAT", "CLNDN", "CLNDISDB", "CLNHGVS", "CLNVC")
"""The fields of ClinVar's VCF that are read: the word, its review status, the conditions, and which allele it is of."""


@frozen
class Step:
    """One way to answer more: in words, and a command line if there is one."""

    words: str
    command: str | None = None


def steps_for(why: Why, build: Build, file: str) -> tuple[Step, ...]:
    """The ways to answer the questions that have no answer for this reason.

    Args:
        why: the reason.
        build: the build of the participant's files.
        file: the participant's file of small variants, as it is named on a command line.
    """
    return tuple(_steps(why, build, shlex.quote(file)))


def annotation_lines(build: Build, file: str) -> tuple[Step, ...]:
    """Of each annotator, the command line that writes all that is read: consequence, ClinVar, frequency, REVEL.

    Args:
        build: the build of the participant's files.
        file: the participant's file of small variants, as it is named on a command line.
    """
    name = shlex.quote(file)
    return _vep(build, name), _snpeff_and_snpsift(build, name), _bcftools(build, name), _annovar(build, name)


def _steps(why: Why, build: Build, file: str) -> Iterator[Step]:
    match why:
        case Why.NO_RECORD | Why.NOT_COVERED:
            yield Step("Give a gVCF, or what was sequenced well.", f"assigner assign {file} --callable covered.bed")
            yield Step(
                "Only if the laboratory states that absent places were sequenced and are reference.",
                f"assigner assign {file} --absent reference",
            )
        case Why.NO_SIZE:
            sizes = "--variant-catalog catalog.json --output-prefix repeats"
            yield Step(
                "Size the repeats from the reads, and give the file by --repeats.",
                f"ExpansionHunter --reads reads.bam --reference {build}.fa {sizes}",
            )
            yield Step("Or test in a laboratory.", f"assigner assign {file} --repeat 'C9orf72=SIZES@REPORT'")
        case Why.NO_CLINVAR:
            yield _pack(build, file)
            yield _vep(build, file)
            yield Step(
                f"With bcftools. ClinVar's VCF must be that of {build}; it has no `chr` in its contigs: rename them "
                "where your file has it.",
                f"bcftools view -Oz -o copy.vcf.gz {file} && "
                f"{_annotate(_clinvar(build), CLINVAR, 'copy', 'annotated')}",
            )
            yield Step(
                f"With SnpSift, and ClinVar's VCF of {build}.",
                f"{_snpsift(_clinvar(build), CLINVAR)} {file} > annotated.vcf",
            )
        case Why.NO_CONSEQUENCE:
            yield _pack(build, file)
            yield _vep(build, file)
            yield Step(
                "With bcftools; frequencies and REVEL need `bcftools annotate` after it. The GFF3 and the genome must "
                "call the contigs as your file does.",
                _csq(build, file, "annotated"),
            )
            yield Step(
                "With SnpEff; frequencies and REVEL need SnpSift.",
                f"snpEff ann {_snpeff_database(build)} {file} > annotated.vcf",
            )
        case Why.NO_STRUCTURAL:
            yield Step(
                "Call structural variants and give the file.", f"assigner assign {file} --structural structural.vcf.gz"
            )
        case Why.UNEXPLAINED:
            yield Step("Annotate the variants that the trace names; each may be harmless, or the cause.")
            yield _pack(build, file)
        case Why.NO_REFERENCE_GROUP:
            yield Step("Ask the statistician for a reference of this group in the rule set.")
        case Why.NO_ANCESTRY:
            yield Step("Declare the ancestry.", f"assigner assign {file} --ancestry GROUP")
        case Why.NO_SEX:
            yield Step("Declare the sex.", f"assigner assign {file} --sex male")
        case Why.TOO_FEW_CALLED:
            yield Step("Give a file with the other alleles of the score, such as an imputed one.")
        case Why.DOUBTED | Why.NO_CALL:
            yield Step(
                "Test these places in a laboratory, or sequence them deeper; the trace says what speaks against each."
            )
        case Why.UNDECIDED:
            yield Step("Let a laboratory, the parents' genotypes or long reads decide.")
        case _:
            assert_never(why)


def _clinvar(build: Build) -> str:
    """ClinVar's VCF: with that of the other build nearly nothing matches, and all would seem harmless."""
    return f"clinvar.{build}.vcf.gz"


def _snpeff_database(build: Build) -> str:
    return by_build(build, grch37="GRCh37.75", grch38="GRCh38.mane.1.2.ensembl")


def _pack(build: Build, file: str) -> Step:
    sources = f"--gff ensembl.gff3.gz --fasta {build}.fa --clinvar {_clinvar(build)}"
    return Step(
        "With a pack, which is made once from files of public sources; frequencies and scores can go into it too.",
        f"assigner pack build --build {build} {sources} -o {build}.pack && assigner assign {file} --pack {build}.pack",
    )


def _frequency(build: Build) -> str:
    """The greatest frequency of a group, as gnomAD's VCF of the build calls it: version 2 and version 4."""
    return by_build(build, grch37="AF_popmax", grch38="AF_grpmax")


def _gnomad(build: Build) -> str:
    return f"gnomad.{build}.vcf.gz"


def _snpsift(source: str, fields: Sequence[str]) -> str:
    return f"SnpSift annotate -info {','.join(fields)} {source}"


def _snpeff_and_snpsift(build: Build, file: str) -> Step:
    parts = (
        f"snpEff ann {_snpeff_database(build)} {file}",
        f"{_snpsift(_clinvar(build), CLINVAR)} -",
        f"{_snpsift(_gnomad(build), [_frequency(build)])} -",
        f"SnpSift dbnsfp -db dbNSFP.{build}.txt.gz -f REVEL_score -",
    )
    return Step("With SnpEff and SnpSift; REVEL comes from dbNSFP.", " | ".join(parts) + " > annotated.vcf")


def _csq(build: Build, file: str, made: str) -> str:
    return f"bcftools csq -p a -f {build}.fa -g ensembl.gff3.gz -Oz -o {made}.vcf.gz {file}"


def _annotate(source: str, fields: Sequence[str], before: str, made: str) -> str:
    added = f"bcftools annotate -a {source} -c {','.join(fields)} -Oz -o {made}.vcf.gz {before}.vcf.gz"
    return f"bcftools index -f {before}.vcf.gz && {added}"


def _bcftools(build: Build, file: str) -> Step:
    revel = '##INFO=<ID=REVEL,Number=A,Type=Float,Description="REVEL">'
    parts = (
        _csq(build, file, "step1"),
        _annotate(_clinvar(build), CLINVAR, "step1", "step2"),
        _annotate(_gnomad(build), [_frequency(build)], "step2", "step3"),
        f"bcftools annotate -a revel.tsv.gz -c CHROM,POS,REF,ALT,REVEL -H {shlex.quote(revel)} "
        "-Oz -o annotated.vcf.gz step3.vcf.gz",
    )
    return Step(
        "With bcftools. Each source must call the contigs as your file does. bcftools csq does not number exons: "
        "whether a stop lies in the last one is known where the rule set has the exons.",
        " && ".join(parts),
    )


def _annovar(build: Build, file: str) -> Step:
    name = by_build(build, grch37="hg19", grch38="hg38")
    frequencies = by_build(build, grch37="gnomad211_exome", grch38="gnomad41_exome")
    return Step(
        "With ANNOVAR; DATE is that of its ClinVar table. It does not number exons, and tells of one transcript "
        "what is gravest.",
        f"table_annovar.pl {file} humandb/ -buildver {name} -out annotated -remove -vcfinput -nastring . "
        f"-protocol refGeneWithVer,clinvar_DATE,{frequencies},revel -operation g,f,f,f",
    )


def _vep_options(build: Build) -> str:
    return by_build(build, grch37="", grch38=" --mane --af_gnomadg")


def _vep(build: Build, file: str) -> Step:
    clinvar = f"file={_clinvar(build)},short_name=ClinVar,format=vcf,type=exact,fields={'%'.join(CLINVAR)}"
    return Step(
        f"With VEP, all at once: consequence, ClinVar (its VCF of {build}), frequency and REVEL.",
        f"vep -i {file} -o annotated.vcf --vcf --cache --offline --assembly {build} --fasta {build}.fa --symbol "
        f"--canonical --numbers --hgvs --max_af --af_gnomade{_vep_options(build)} --custom {clinvar} "
        "--plugin REVEL,file=revel.tsv.gz",
    )
