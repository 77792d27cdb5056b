"""An assignment as an HL7 FHIR bundle by the Genomics Reporting guide: present, absent, not called, never assessed.

The guide's profiles are for R4, and its R4 bundle names them. R5 has a resource for the study itself and no published
profiles; its observations are built alike. LOINC codes and answers are those that the guide's source uses, and the
answer lists LL1971-2 (presence) and LL381-5 (allelic state); codes that could not be confirmed there are left out.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal, assert_never

from pydantic import ValidationError

from assigner.errors import LedgerRuleError, TraceError, kind_of
from assigner.exports import vrs
from assigner.exports.facts import (
    Case,
    Presence,
    SizedRepeat,
    SmallVariant,
    Zygosity,
    hgvs_of,
    missing_extra,
    presence,
    presence_of,
    timestamp,
    without_empty,
    zygosity_of,
)
from assigner.genome.builds import Build, accession_of
from assigner.genome.variants import Variant
from assigner.profiles.calls import Call
from assigner.profiles.profile import CopyNumber
from assigner.rules import Rules
from assigner.rules.loci import Gene, Marker
from assigner.strict import first_fault
from assigner.traces import Trace

Release = Literal["R4", "R5"]
Form = dict[str, Any]

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
HGNC = "http://www.genenames.org"
HGVS = "http://varnomen.hgvs.org"
REFSEQ = "http://www.ncbi.nlm.nih.gov/refseq"
CLINVAR = "http://www.ncbi.nlm.nih.gov/clinvar"
GUIDE = "http://hl7.org/fhir/uv/genomics-reporting"

ASSEMBLIES = {Build.GRCH37: ("LA14029-5", "GRCh37"), Build.GRCH38: ("LA26806-2", "GRCh38")}


def bundle(trace: Trace, rules: Rules, *, release: Release = "R4", at: datetime | None = None) -> Form:
    """The assignment as a bundle of the type `collection`.

    Args:
        trace: the assignment's trace.
        rules: the rule set that decided it.
        release: R4, checked against the models of 4.3.0 (R4B), or R5.
        at: when the report is issued.

    Raises:
        TraceError: when the trace was changed, another rule set decided it, or FHIR cannot hold it.
        InputError: when the extra `interchange` is not installed, or the time has no zone.
    """
    made = _bundle(Case.of(trace, rules), release, timestamp(at))
    checked(made, release, "trace", TraceError)
    return made


def checked(made: Form, release: Release, what: str, error: type[TraceError | LedgerRuleError]) -> None:
    """See that FHIR's own models take a bundle.

    Args:
        made: the bundle.
        release: by whose models.
        what: of what it is made, for the error.
        error: what to raise, with place, what was expected and what is there.

    Raises:
        InputError: when the extra `interchange` is not installed.
    """
    try:
        models = importlib.import_module(_models_of(release))
    except ImportError as missing:
        raise missing_extra(missing) from missing
    if any(ord(letter) < 32 and letter not in "\t\r\n" for text in _texts(made) for letter in text):
        raise error(f"{what} as FHIR {release}", "ids and words without control characters", "a control character")
    try:
        models.Bundle.model_validate(made)
    except ValidationError as wrong:
        place, expected, got = first_fault(wrong, models.Bundle, made, kind_of)
        raise error(f"{what} as FHIR {release}: {place}", expected, got) from None


def _models_of(release: Release) -> str:
    match release:
        case "R4":
            return "fhir.resources.R4B.bundle"
        case "R5":
            return "fhir.resources.bundle"
        case _:
            assert_never(release)


def _bundle(case: Case, release: Release, at: str | None) -> Form:
    observations = [_named(case, name, each) for name, each in _observations(case, release)]
    study = list(_study(case, release))
    report = without_empty(
        {
            "resourceType": "DiagnosticReport",
            "id": case.uuid("report"),
            "meta": _profile("genomic-report", release),
            "extension": _study_reference(case) if release == "R4" else None,
            "status": "final" if case.is_final else "preliminary",
            "category": [_coded("http://terminology.hl7.org/CodeSystem/v2-0074", "GE", "Genetics")],
            "code": _asked("51969-4", "Genomic Report"),
            "subject": _reference(case, "patient"),
            "issued": at,
            "result": [{"reference": f"urn:uuid:{each['id']}"} for each in observations],
            "study": [_reference(case, "study")] if release == "R5" else None,
            "conclusion": case.summary,
        }
    )
    return without_empty(
        {
            "resourceType": "Bundle",
            "id": case.uuid("bundle"),
            "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{case.uuid('bundle')}"},
            "type": "collection",
            "timestamp": at,
            "entry": [
                {"fullUrl": f"urn:uuid:{each['id']}", "resource": each}
                for each in (report, _patient(case), *study, *observations)
            ],
        }
    )


def _texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value; the libraries do not look for the control characters that FHIR forbids."""
    match value:
        case str():
            yield value
        case dict():
            for each in value.values():
                yield from _texts(each)
        case list():
            for each in value:
                yield from _texts(each)
        case _:
            pass  # a number, a truth value or null


def _patient(case: Case) -> Form:
    sex = case.profile.sex
    return without_empty(
        {
            "resourceType": "Patient",
            "id": case.uuid("patient"),
            "identifier": [{"value": case.trace.participant}],
            "gender": sex and sex.value,
        }
    )


# ------------------------------------------------------------------------------------------------------- observations


def _observations(case: Case, release: Release) -> Iterator[tuple[str, Form]]:
    """What was observed, by name; what was not assessed or is only assumed is no observation."""
    for seen in case.variants:
        seen_as = presence_of(seen.call)
        if seen_as is not None:
            yield str(seen.variant), _variant(case, seen, seen_as, release)
    for sized in case.repeats:
        yield f"repeat {sized.repeat.id}", _repeat(case, sized, release)
    for symbol, number in sorted(case.profile.copy_numbers.items()):
        yield f"copies {symbol}", _copies(case, case.panel.genes[symbol], number, release)
    for rsid, marker in case.panel.markers.items():
        if (letters := case.profile.markers.get(rsid)) is not None:
            yield f"marker {rsid}", _marker(case, marker, letters, release)


def _named(case: Case, name: str, form: Form) -> Form:
    category = [
        _coded("http://terminology.hl7.org/CodeSystem/observation-category", "laboratory", "Laboratory"),
        _coded("http://terminology.hl7.org/CodeSystem/v2-0074", "GE", "Genetics"),
    ]
    named = {"resourceType": "Observation", "id": case.uuid(name), "status": "final", "category": category}
    return without_empty(named | {"subject": _reference(case, "patient")} | form)


def _variant(case: Case, seen: SmallVariant, seen_as: Presence, release: Release) -> Form:
    variant, call = seen.variant, seen.call
    zygosity = zygosity_of(call, variant.chrom)
    hgvs, identifier = hgvs_of(variant, case.build), vrs.allele_id(variant, case.build)
    clinvar = seen.allele.clinvar if seen.allele else None
    known_as = [{"text": identifier}] if identifier else []
    known_as += [_coded(CLINVAR, clinvar, None)] if clinvar else []
    components = [
        *(_gene(gene) for gene in seen.genes),
        *_place(case.build),
        _component("48013-7", "Genomic Reference Sequence", _coded(REFSEQ, accession_of(variant.chrom, case.build))),
        _component("92822-6", "Coordinate System", _loinc("LA30102-0", "1-based character counting")),
        _component(
            "81254-5", "Exact Start-End", {"low": {"value": variant.pos}, "high": {"value": variant.end}}, "Range"
        ),
        _component("69547-8", "Genomic Ref Allele", variant.ref, "String"),
        _component("69551-0", "Genomic Alt Allele", variant.alt, "String"),
        *([_component("81290-9", "Genomic (gDNA) Change - gHGVS", _coded(HGVS, hgvs))] if hgvs else []),
        *(_component("81252-9", "Variation Code", each) for each in known_as),
    ]
    if seen_as is Presence.PRESENT:
        if zygosity is not None:
            components.append(_component("53034-5", "Allelic State", _allelic_state(zygosity)))
        if call.fraction is not None:
            share = {"value": float(call.fraction), "system": UCUM, "code": "1"}
            components.append(_component("81258-6", "Sample Allelic Frequency", share, "Quantity"))
    return {
        "meta": _profile("variant", release),
        "code": _asked("69548-6", "Variant"),
        "valueCodeableConcept": _presence(seen_as),
        "note": [{"text": f"{seen.name}: {_told(call)}"}],
        "component": components,
    }


def _span(variant: Variant) -> Form:
    return {"low": {"value": variant.pos}, "high": {"value": variant.end}}


def _told(call: Call) -> str:
    """What the codes have no place for: the state, the record's genotype, depth and quality, and what is wrong."""
    told = [f"state {call.state.value}"]
    told += [f"genotype {call.genotype}"] if call.genotype else []
    told += [f"{call.depth} reads at the site"] if call.depth is not None else []
    told += [f"genotype quality {call.quality}"] if call.quality is not None else []
    return "; ".join([*told, *([call.why] if call.why else [])])


def _repeat(case: Case, sized: SizedRepeat, release: Release) -> Form:
    """A repeat: present is an allele of a size that does harm, absent every allele of a normal one."""
    repeat, sizes = sized.repeat, sized.sizes
    numbers = [each for each in sizes.ranges if each is not None]
    told = f"{repeat.id}: {sizes} units; {repeat.bands_in_words}"
    return {
        "meta": _profile("variant", release),
        "code": _asked("69548-6", "Variant"),
        "valueCodeableConcept": _presence(presence(sized.expanded)),
        "note": [{"text": "; ".join([told, *(each for each in (sizes.origin, sizes.problem) if each)])}],
        "component": [
            _gene(sized.gene),
            *_place(case.build),
            {"code": _guide_code("repeat-motif", "Repeat Expansion Motif"), "valueString": repeat.motif},
            *(_repeat_number(size) for size in numbers),
        ],
    }


def _repeat_number(size: tuple[int, int | None]) -> Form:
    """The number of units of one allele; a lower bound where no single number is known."""
    least, most = size
    quantity = {"value": least} | ({} if least == most else {"comparator": ">="})
    return {"code": _guide_code("repeat-number", "Number of Repeat Expansions"), "valueQuantity": quantity}


def _copies(case: Case, gene: Gene, number: CopyNumber, release: Release) -> Form:
    """A copy number, without a word on whether it is a variant: that depends on the gene."""
    count = {"value": number.copies, "system": UCUM, "code": "1"}
    return {
        "meta": _profile("variant", release),
        "code": _asked("69548-6", "Variant"),
        "note": [{"text": f"{gene.symbol}: {number.copies} copies; {number.source}"}],
        "component": [
            _gene(gene),
            *_place(case.build),
            _component("82155-3", "Genomic Structural Variant Copy Number", count, "Quantity"),
        ],
    }


def _marker(case: Case, marker: Marker, letters: tuple[str | None, ...], release: Release) -> Form:
    """The letters at a marker; without all of them, why there is no value."""
    unknown = _coded("http://terminology.hl7.org/CodeSystem/data-absent-reason", "unknown", "Unknown")
    called = "/".join(letter for letter in letters if letter) if None not in letters else None
    return {
        "meta": _profile("genotype", release),
        "code": _asked("84413-4", "Genotype"),
        "valueCodeableConcept": {"text": f"{marker.rsid} {called}"} if called else None,
        "dataAbsentReason": None if called else unknown,
        "component": [_gene(case.panel.genes[marker.gene]), *_place(case.build)],
    }


# -------------------------------------------------------------------------------------------------- what was looked at


def _study(case: Case, release: Release) -> Iterator[Form]:
    """What was looked at and what was not; without it, a missing observation could be read as an absent variant."""
    subject, unobserved = _reference(case, "patient"), _unobserved(case)
    assembly = _loinc(*ASSEMBLIES[case.build])
    if release == "R5":
        analysis = {"genomeBuild": assembly, "note": [{"text": f"{_shares(case)} {unobserved}"}]}
        yield {
            "resourceType": "GenomicStudy",
            "id": case.uuid("study"),
            "status": "available",
            "subject": subject,
            "analysis": [analysis],
        }
        return
    category = _coded("http://terminology.hl7.org/CodeSystem/observation-category", "laboratory", "Laboratory")
    common = {"resourceType": "Procedure", "status": "completed", "category": category, "subject": subject}
    yield common | {
        "id": case.uuid("study"),
        "meta": _profile("genomic-study", release),
        "extension": [_extension("genomic-study-analysis-ext", valueReference=_reference(case, "analysis"))],
    }
    regions: list[Form] = [{"url": "description", "valueString": _shares(case)}]
    regions += [{"url": "studied", "valueCodeableConcept": _hgnc(gene)} for gene, share in _assessed(case) if share]
    yield common | {
        "id": case.uuid("analysis"),
        "meta": _profile("genomic-study-analysis", release),
        "extension": [
            _extension("genomic-study-analysis-genome-build", valueCodeableConcept=assembly),
            _extension("genomic-study-analysis-regions", extension=regions),
        ],
        "note": [{"text": unobserved}],
    }


def _assessed(case: Case) -> list[tuple[Gene, int]]:
    """Each gene of the rule set with the share of its span that was looked at, in thousandths."""
    assessed = case.profile.assessed
    genes = sorted(case.rules.content.genes, key=lambda gene: gene.symbol)
    return [(gene, 1000 if assessed == "all" else assessed.get(gene.symbol, 0)) for gene in genes]


def _shares(case: Case) -> str:
    looked = ", ".join(f"{gene.symbol} {share}" for gene, share in _assessed(case) if share)
    unseen = ", ".join(gene.symbol for gene, share in _assessed(case) if not share)
    return (
        f"Share of each gene's span that was looked at, in thousandths: {looked or 'of no gene known'}. "
        f"Not known to have been looked at: {unseen or 'no gene'}."
    )


def _unobserved(case: Case) -> str:
    unknown, assumed = (", ".join(names) or "nothing" for names in (case.not_assessed, case.assumed))
    return (
        f"Not assessed, so neither present nor absent: {unknown}. "
        f"Taken for reference by the caller's declaration alone, so not observed: {assumed}."
    )


# ---------------------------------------------------------------------------------------------------------- small parts


def _coded(system: str, code: str, display: str | None = None) -> Form:
    return {"coding": [without_empty({"system": system, "code": code, "display": display})]}


def _loinc(code: str, display: str) -> Form:
    return _coded(LOINC, code, display)


def _presence(seen_as: Presence) -> Form:
    match seen_as:
        case Presence.PRESENT:
            return _loinc("LA9633-4", "Present")
        case Presence.ABSENT:
            return _loinc("LA9634-2", "Absent")
        case Presence.NO_CALL:
            return _loinc("LA18198-4", "No call")
        case Presence.INDETERMINATE:
            return _loinc("LA11884-6", "Indeterminate")
        case _:
            assert_never(seen_as)


def _allelic_state(zygosity: Zygosity) -> Form:
    match zygosity:
        case Zygosity.HOMOZYGOUS:
            return _loinc("LA6705-3", "Homozygous")
        case Zygosity.HETEROZYGOUS:
            return _loinc("LA6706-1", "Heterozygous")
        case Zygosity.HEMIZYGOUS:
            return _loinc("LA6707-9", "Hemizygous")
        case _:
            assert_never(zygosity)


def _guide_code(code: str, display: str) -> Form:
    return _coded(f"{GUIDE}/CodeSystem/tbd-codes-cs", code, display)


def _asked(code: str, name: str) -> Form:
    """A LOINC code with the guide's name for it; LOINC's own display names are not carried."""
    return _coded(LOINC, code) | {"text": name}


def _component(code: str, name: str, value: Any, kind: str = "CodeableConcept") -> Form:
    return {"code": _asked(code, name), f"value{kind}": value}


def _gene(gene: Gene) -> Form:
    return _component("48018-6", "Gene Studied", _hgnc(gene))


def _hgnc(gene: Gene) -> Form:
    return _coded(HGNC, gene.hgnc, gene.symbol) if gene.hgnc else {"text": gene.symbol}


def _place(build: Build) -> list[Form]:
    return [_component("62374-4", "Human Reference Sequence Assembly", _loinc(*ASSEMBLIES[build]))]


def _reference(case: Case, name: str) -> Form:
    return {"reference": f"urn:uuid:{case.uuid(name)}"}


def _study_reference(case: Case) -> list[Form]:
    return [_extension("genomic-study-reference", valueReference=_reference(case, "study"))]


def _extension(name: str, **value: Any) -> Form:
    return {"url": f"{GUIDE}/StructureDefinition/{name}"} | value


def _profile(name: str, release: Release) -> Form | None:
    return {"profile": [f"{GUIDE}/StructureDefinition/{name}"]} if release == "R4" else None
