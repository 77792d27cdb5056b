"""An assignment as a GA4GH Phenopacket of schema 2.0: the variants that are present, and the outcome in words."""

from __future__ import annotations

from datetime import datetime
from typing import Any, assert_never

from assigner.errors import TraceError
from assigner.exports import vrs
from assigner.exports.facts import (
    Case,
    Presence,
    SizedRepeat,
    SmallVariant,
    Zygosity,
    hgvs_of,
    missing_extra,
    presence_of,
    timestamp,
    without_empty,
    zygosity_of,
)
from assigner.rules import Rules
from assigner.rules.loci import Gene
from assigner.traces import Trace
from assigner.truth import Truth

SCHEMA = "2.0"

_RESOURCES = (
    {
        "id": "geno",
        "name": "Genotype Ontology",
        "url": "http://purl.obolibrary.org/obo/geno.owl",
        "namespacePrefix": "GENO",
        "iriPrefix": "http://purl.obolibrary.org/obo/GENO_",
    },
    {
        "id": "hgnc",
        "name": "HUGO Gene Nomenclature Committee",
        "url": "https://www.genenames.org",
        "namespacePrefix": "HGNC",
        "iriPrefix": "https://www.genenames.org/data/gene-symbol-report/#!/hgnc_id/HGNC:",
    },
)


def phenopacket(
    trace: Trace, rules: Rules, *, at: datetime | None = None, disease: tuple[str, str] | None = None
) -> dict[str, Any]:
    """The assignment as a Phenopacket.

    Args:
        trace: the assignment's trace.
        rules: the rule set that decided it.
        at: when the Phenopacket is made; the format asks for it.
        disease: id and label of the trial's disease in an ontology; the format asks for it and no rule set states it.

    Raises:
        TraceError: when the trace was changed, another rule set decided it, or the format cannot hold it.
        InputError: when the extra `interchange` is not installed, or the time has no zone.
    """
    try:
        from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
        from phenopackets.schema.v2.phenopackets_pb2 import Phenopacket
    except ImportError as error:
        raise missing_extra(error) from error
    form = _phenopacket(Case.of(trace, rules), timestamp(at), disease)
    try:
        made: dict[str, Any] = MessageToDict(ParseDict(form, Phenopacket()))
    except ParseError as error:
        raise TraceError("trace", "what a Phenopacket can hold", str(error)) from error
    return made


def _phenopacket(case: Case, at: str | None, disease: tuple[str, str] | None) -> dict[str, Any]:
    sex = case.profile.sex
    interpretation = {
        "id": case.uuid("interpretation"),
        "progressStatus": "COMPLETED" if case.is_final else "IN_PROGRESS",
        "diagnosis": without_empty(
            {
                "disease": {"id": disease[0], "label": disease[1]} if disease else None,
                "genomicInterpretations": _interpretations(case),
            }
        ),
        "summary": case.summary,
    }
    return {
        "id": case.uuid("phenopacket"),
        "subject": without_empty({"id": case.trace.participant, "sex": sex and sex.value.upper()}),
        "interpretations": [interpretation],
        "metaData": without_empty(
            {
                "created": at,
                "createdBy": case.software,
                "resources": list(_RESOURCES),
                "phenopacketSchemaVersion": SCHEMA,
            }
        ),
    }


def _interpretations(case: Case) -> list[dict[str, Any]]:
    """What is present; the format has no place for what is absent, not called or not assessed."""
    present = [seen for seen in case.variants if presence_of(seen.call) is Presence.PRESENT]
    found = [(seen.counted, _variant(case, seen)) for seen in present]
    counted = {locus for finding in case.trace.findings.true for locus in finding.loci}
    found += [(r.repeat.id in counted, _repeat(case, r)) for r in case.repeats if r.expanded is Truth.TRUE]
    return [
        {
            "subjectOrBiosampleId": case.trace.participant,
            "interpretationStatus": "CANDIDATE" if counts else "UNKNOWN_STATUS",
            "variantInterpretation": {"variationDescriptor": descriptor},
        }
        for counts, descriptor in found
    ]


def _variant(case: Case, seen: SmallVariant) -> dict[str, Any]:
    variant, build = seen.variant, case.build
    hgvs, identifier = hgvs_of(variant, build), vrs.allele_id(variant, build)
    clinvar = seen.allele.clinvar if seen.allele else None
    return without_empty(
        {
            "id": case.uuid(str(variant)),
            "label": seen.name,
            "description": seen.label,
            "geneContext": _gene(seen.genes[0]) if len(seen.genes) == 1 else None,
            "expressions": [{"syntax": "hgvs.g", "value": hgvs}] if hgvs else None,
            "vcfRecord": {
                "genomeAssembly": build.value,
                "chrom": variant.chrom,
                "pos": variant.pos,
                "ref": variant.ref,
                "alt": variant.alt,
            },
            "xrefs": [*([identifier] if identifier else []), *([f"clinvar:{clinvar}"] if clinvar else [])],
            "moleculeContext": "genomic",
            "allelicState": _zygosity(zygosity_of(seen.call, variant.chrom)),
        }
    )


def _zygosity(zygosity: Zygosity | None) -> dict[str, str]:
    match zygosity:
        case Zygosity.HOMOZYGOUS:
            return {"id": "GENO:0000136", "label": "homozygous"}
        case Zygosity.HETEROZYGOUS:
            return {"id": "GENO:0000135", "label": "heterozygous"}
        case Zygosity.HEMIZYGOUS:
            return {"id": "GENO:0000134", "label": "hemizygous"}
        case None:
            return {"id": "GENO:0000137", "label": "unspecified zygosity"}
        case _:
            assert_never(zygosity)


def _repeat(case: Case, sized: SizedRepeat) -> dict[str, Any]:
    return {
        "id": case.uuid(f"repeat {sized.repeat.id}"),
        "label": f"{sized.repeat.id} {sized.sizes} units of {sized.repeat.motif}",
        "geneContext": _gene(sized.gene),
        "moleculeContext": "genomic",
    }


def _gene(gene: Gene) -> dict[str, Any]:
    return without_empty({"valueId": gene.hgnc or gene.ensembl, "symbol": gene.symbol})
