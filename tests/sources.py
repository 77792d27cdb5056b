"""Files of public sources, made from tables in a test, in the formats of the sources."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

SUMMARY = (
    "#AlleleID", "Type", "Name", "GeneID", "GeneSymbol", "HGNC_ID", "ClinicalSignificance", "ClinSigSimple",
    "LastEvaluated", "RS# (dbSNP)", "nsv/esv (dbVar)", "RCVaccession", "PhenotypeIDS", "PhenotypeList", "Origin",
    "OriginSimple", "Assembly", "ChromosomeAccession", "Chromosome", "Start", "Stop", "ReferenceAllele",
    "AlternateAllele", "Cytogenetic", "ReviewStatus", "NumberSubmitters", "Guidelines", "TestedInGTR", "OtherIDs",
    "SubmitterCategories", "VariationID", "PositionVCF", "ReferenceAlleleVCF", "AlternateAlleleVCF",
    "SomaticClinicalImpact", "SomaticClinicalImpactLastEvaluated", "ReviewStatusClinicalImpact", "Oncogenicity",
    "OncogenicityLastEvaluated", "ReviewStatusOncogenicity", "SCVsForAggregateGermlineClassification",
    "SCVsForAggregateSomaticClinicalImpact", "SCVsForAggregateOncogenicityClassification",
)  # fmt: skip
"""The columns of `variant_summary.txt` since 2024."""

ONE_STAR, TWO_STARS = "criteria provided, single submitter", "criteria provided, multiple submitters, no conflicts"
GWAS = (
    "DATE ADDED TO CATALOG", "PUBMEDID", "FIRST AUTHOR", "DATE", "JOURNAL", "LINK", "STUDY", "DISEASE/TRAIT",
    "INITIAL SAMPLE SIZE", "REPLICATION SAMPLE SIZE", "REGION", "CHR_ID", "CHR_POS", "REPORTED GENE(S)",
    "MAPPED_GENE", "UPSTREAM_GENE_ID", "DOWNSTREAM_GENE_ID", "SNP_GENE_IDS", "UPSTREAM_GENE_DISTANCE",
    "DOWNSTREAM_GENE_DISTANCE", "STRONGEST SNP-RISK ALLELE", "SNPS", "MERGED", "SNP_ID_CURRENT", "CONTEXT",
    "INTERGENIC", "RISK ALLELE FREQUENCY", "P-VALUE", "PVALUE_MLOG", "P-VALUE (TEXT)", "OR or BETA",
    "95% CI (TEXT)", "PLATFORM [SNPS PASSING QC]", "CNV", "MAPPED_TRAIT", "MAPPED_TRAIT_URI", "STUDY ACCESSION",
    "GENOTYPING TECHNOLOGY",
)  # fmt: skip


def clinvar(gene: str, pos: int, **said: Any) -> dict[str, Any]:
    """A record of ClinVar: of a gene G1 to G9 of the tests' rule sets, `pos` on GRCh38."""
    return {
        "record": str(pos), "gene": gene, "chrom": gene[1:], "pos": pos, "ref": "A", "alt": "C", "sig": "Pathogenic",
        "review": ONE_STAR, "traits": "Disease one", "day": "Jan 05, 2025", "name": "", **said,
    }  # fmt: skip


def summary(records: Iterable[Mapping[str, Any]], shift: int = 500_000) -> str:
    """`variant_summary.txt`: of each record a row on GRCh37, `shift` bases further on, and one on GRCh38."""
    lines = ["\t".join(SUMMARY)]
    for each in records:
        for assembly, ahead in (("GRCh37", shift), ("GRCh38", 0)):
            own = dict.fromkeys(SUMMARY, "-") | {
                "#AlleleID": each["record"], "VariationID": each["record"], "Name": each["name"] or "a name",
                "GeneSymbol": each["gene"], "ClinicalSignificance": each["sig"], "ReviewStatus": each["review"],
                "PhenotypeList": each["traits"], "LastEvaluated": each["day"], "Assembly": assembly,
                "Chromosome": each["chrom"], "PositionVCF": str(each["pos"] + ahead), "ReferenceAlleleVCF": each["ref"],
                "AlternateAlleleVCF": each["alt"], "Oncogenicity": "Oncogenic",
            }  # fmt: skip
            lines.append("\t".join(own.values()))
    return "\n".join(lines) + "\n"


def clinvar_vcf(records: Iterable[Mapping[str, Any]], build: str, shift: int = 500_000) -> str:
    """ClinVar's VCF of one build."""
    lines = [
        "##fileformat=VCFv4.1", "##fileDate=2026-06-01", "##source=ClinVar", f"##reference={build}",
        '##INFO=<ID=CLNSIG,Number=.,Type=String,Description="Aggregate germline classification">',
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO",
    ]  # fmt: skip
    for each in records:
        pos = each["pos"] + (shift if build == "GRCh37" else 0)
        words = {"CLNSIG": each["sig"], "CLNREVSTAT": each["review"], "CLNDN": each["traits"]}
        info = [f"{key}={value.replace(' ', '_').replace(',', '%2C')}" for key, value in words.items() if value != "-"]
        info += [f"GENEINFO={each['gene']}:1", "ONC=Oncogenic", "ONCREVSTAT=no_assertion_criteria_provided"]
        lines.append("\t".join(
            (each["chrom"], str(pos), each["record"], each["ref"], each["alt"], ".", ".", ";".join(info))
        ))  # fmt: skip
    return "\n".join(lines) + "\n"


def clingen(rows: Iterable[tuple[str, str, str, str]], created: str = "2026-08-10") -> str:
    """ClinGen's table: symbol, HGNC id, disease and classification, below the lines that its website writes."""
    head = ["GENE SYMBOL", "GENE ID (HGNC)", "DISEASE LABEL", "DISEASE ID (MONDO)", "MOI", "SOP", "CLASSIFICATION",
            "ONLINE REPORT", "CLASSIFICATION DATE", "GCEP"]  # fmt: skip
    rule = ["+" * 9] * len(head)
    first = [["CLINGEN GENE DISEASE VALIDITY CURATIONS", *[""] * 9], [f"FILE CREATED: {created}", *[""] * 9], rule]
    body = [
        [
            symbol,
            hgnc,
            disease,
            "MONDO:0000001",
            "AD",
            "SOP10",
            word,
            "https://example.org",
            "2025-04-01T00:00:00Z",
            "x",
        ]
        for symbol, hgnc, disease, word in rows
    ]
    return "".join(",".join(f'"{cell}"' for cell in each) + "\n" for each in [*first, head, rule, *body])


def panel(genes: Iterable[Mapping[str, Any]]) -> str:
    """A panel of PanelApp."""
    found = [
        {
            "entity_name": each["symbol"], "confidence_level": each.get("level", "3"),
            "mode_of_inheritance": each.get("mode", "MONOALLELIC, autosomal or pseudoautosomal, NOT imprinted"),
            "gene_data": {"gene_symbol": each["symbol"], "hgnc_id": each.get("hgnc"),
                          "ensembl_genes": each.get("at", {})},
        }
        for each in genes
    ]  # fmt: skip
    return json.dumps(
        {"id": 1, "name": "ALS", "version": "1.5", "version_created": "2026-05-01T14:28:12Z", "genes": found}
    )


def gwas(rows: Iterable[Mapping[str, str]]) -> str:
    """An association file of the GWAS Catalog."""
    lines = ["\t".join(GWAS)]
    lines += ["\t".join((dict.fromkeys(GWAS, "") | dict(each)).values()) for each in rows]
    return "\n".join(lines) + "\n"


def put(path: Path, text: str) -> Path:
    """A file of this text, compressed when its name says so."""
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path
