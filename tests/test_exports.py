"""Exports: each is what its format's own library accepts, and says of no place more than the trace does."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from fhir.resources.bundle import Bundle as BundleR5
from fhir.resources.R4B.bundle import Bundle as BundleR4
from ga4gh.core import ga4gh_identify
from ga4gh.vrs import models
from google.protobuf.json_format import MessageToDict, ParseDict
from hypothesis import given
from hypothesis import strategies as st
from phenopackets.schema.v2.phenopackets_pb2 import Phenopacket
from prov.model import ProvDocument

import assigner
from assigner.assignments import assign
from assigner.errors import InputError, TraceError
from assigner.exports import vrs
from assigner.exports.facts import Case, Presence, Zygosity, hgvs_of, presence_of, zygosity_of
from assigner.exports.fhir import LOINC, bundle
from assigner.exports.phenopackets import phenopacket
from assigner.exports.prov import provenance
from assigner.genome.builds import CHROMS, LENGTHS, Build
from assigner.genome.variants import Variant
from assigner.profiles.calls import Call, State
from assigner.profiles.forms import profile_of
from assigner.profiles.profile import Input, Profile
from assigner.rules.panels import panel_of
from assigner.testing.contents import rule_sets
from assigner.testing.participants import profiles
from assigner.testing.parts import content_of, rules_of
from assigner.truth import Truth
from effort import at_a_release, some, times

SHIPPED = assigner.read_rules()
FOLDER = Path(__file__).parents[1] / "examples"
EXAMPLE = FOLDER / "P001.g.vcf"
AT = datetime(2026, 1, 31, 9, tzinfo=UTC)
EXAMPLES = [assign(profile_of(each.profile, SHIPPED), SHIPPED).trace for each in SHIPPED.content.examples[::3]]
KINDS = {
    "phenopacket": phenopacket,
    "fhir-r4": bundle,
    "fhir-r5": lambda trace, rules, **more: bundle(trace, rules, release="R5", **more),
    "prov": provenance,
}


def trace_of(rules=SHIPPED, **form: Any):
    return assign(profile_of(form, rules), rules).trace


def resources(made: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in made["entry"] if entry["resource"]["resourceType"] == kind]


def codes(observation: dict[str, Any], code: str) -> list[dict[str, Any]]:
    """The components with a LOINC code."""
    return [each for each in observation["component"] if each["code"]["coding"][0] == {"system": LOINC, "code": code}]


def presences(made: dict[str, Any]) -> dict[str, str]:
    """Presence of each small variant in a bundle, by `chrom-pos-ref-alt` read back from its components."""
    found = {}
    for each in resources(made, "Observation"):
        if codes(each, "69547-8"):
            accession = codes(each, "48013-7")[0]["valueCodeableConcept"]["coding"][0]["code"]
            chrom = "MT" if accession == "NC_012920.1" else CHROMS[int(accession[3:9]) - 1]
            place = codes(each, "81254-5")[0]["valueRange"]["low"]["value"]
            ref, alt = (codes(each, code)[0]["valueString"] for code in ("69547-8", "69551-0"))
            found[f"{chrom}-{place}-{ref}-{alt}"] = each["valueCodeableConcept"]["coding"][0]["code"]
    return found


# -------------------------------------------------------------------------------- present, absent, not called, not seen

PRESENT, ABSENT, NO_CALL, INDETERMINATE = "LA9633-4", "LA9634-2", "LA18198-4", "LA11884-6"
TABLE = [
    (Call.of("0/1"), PRESENT),
    (Call.of("1|1", "7"), PRESENT),
    (Call.of("1"), PRESENT),
    (Call.of("./1"), PRESENT),
    (Call.of("0/."), INDETERMINATE),
    (Call.of("0/0"), ABSENT),
    (Call.of("./."), NO_CALL),
    (Call(State.REFERENCE), ABSENT),
    (Call(State.ASSUMED_REFERENCE), None),
    (Call(State.NOT_ASSESSED), None),
    *(
        (Call(state, copies), INDETERMINATE)
        for state in sorted(set(State) - {State.CALLED, State.PARTIAL, State.REFERENCE, State.ASSUMED_REFERENCE,
                                          State.NO_CALL, State.NOT_ASSESSED})
        for copies in ((True, False), (False, False))
    ),
]  # fmt: skip


def test_every_state_is_in_the_table():
    assert {call.state for call, _ in TABLE} == set(State)


@pytest.mark.holds("EXCH-01")
@pytest.mark.parametrize(("call", "expected"), TABLE, ids=lambda value: str(value)[:60])
@pytest.mark.parametrize("release", ["R4", "R5"])
def test_what_a_bundle_says_of_a_call(call, expected, release):
    variant, _ = next(iter(panel_of(SHIPPED, Build.GRCH38).alleles.items()))
    profile = Profile(participant="P1", build=Build.GRCH38, alleles={variant: call})
    made = bundle(assign(profile, SHIPPED).trace, SHIPPED, release=release)
    assert presences(made) == ({str(variant): expected} if expected else {})


@pytest.mark.holds("EXCH-01")
def test_what_was_not_assessed_or_only_assumed_is_no_observation_and_is_named():
    nothing = bundle(trace_of(), SHIPPED)
    assert resources(nothing, "Observation") == []
    told = json.dumps(resources(nothing, "Procedure"))
    panel = panel_of(SHIPPED, Build.GRCH38)
    assert all(name in told for name in [*(a.id for a in panel.alleles.values()), *panel.repeats, *panel.markers])
    assumed = bundle(trace_of(absent="reference"), SHIPPED)
    assert resources(assumed, "Observation") == []
    note = resources(assumed, "Procedure")[1]["note"][0]["text"]
    assert next(iter(panel.alleles.values())).id in note.partition("by the caller's declaration alone")[2]


@pytest.mark.holds("EXCH-01")
@given(st.data(), rule_sets())
def test_no_bundle_says_more_than_the_calls(data, rules):
    profile = evolve(data.draw(profiles(rules)), participant="P1")
    said = presences(bundle(assign(profile, rules).trace, rules))
    listed = dict(profile.alleles)
    seen = {o.variant: [x.call for x in profile.variants if x.variant == o.variant] for o in profile.variants}
    for variant in {*listed, *seen}:
        calls = [*([listed[variant]] if variant in listed else []), *seen.get(variant, [])]
        carried = {call.carries for call in calls}
        match said.get(str(variant)):
            case "LA9633-4":
                assert carried <= {Truth.TRUE, Truth.UNKNOWN} and Truth.TRUE in carried
            case "LA9634-2":
                assert carried <= {Truth.FALSE, Truth.UNKNOWN} and Truth.FALSE in carried
            case "LA18198-4" | None:
                assert Truth.TRUE not in carried
            case "LA11884-6":
                assert len(calls) > 1 or Truth.TRUE not in carried
            case other:
                raise ValueError(other)
        if len(calls) == 1:
            assert (said.get(str(variant)) == PRESENT) == (calls[0].carries is Truth.TRUE)
    assert set(said) <= {str(variant) for variant in {*listed, *seen}}


@pytest.mark.holds("EXCH-01")
@pytest.mark.parametrize(
    ("sizes", "expected", "numbers"),
    [
        ("2/2", ABSENT, [{"value": 2}, {"value": 2}]),
        ("2/>60", PRESENT, [{"value": 2}, {"value": 61, "comparator": ">="}]),
        ("2/.", INDETERMINATE, [{"value": 2}]),
        ("2", INDETERMINATE, [{"value": 2}]),
        ({"sizes": "2/40", "intervals": "2-2/20-90"}, INDETERMINATE, [{"value": 2}, {"value": 20, "comparator": ">="}]),
        ({"sizes": "2/40", "problem": "noise"}, INDETERMINATE, []),
    ],
    ids=str,
)
def test_what_a_bundle_says_of_a_repeat(sizes, expected, numbers):
    made = bundle(trace_of(repeats={"C9orf72": sizes}), SHIPPED)
    (observation,) = [each for each in resources(made, "Observation") if "C9orf72" in each["note"][0]["text"]]
    assert observation["valueCodeableConcept"]["coding"][0]["code"] == expected
    found = [each["valueQuantity"] for each in observation["component"] if "valueQuantity" in each]
    assert found == numbers


def test_one_expanded_allele_is_present_though_the_rule_set_asks_for_two():
    needs_two = next(r for r in SHIPPED.content.repeats if r.only == "male" or r.needs == "two")
    sizes = f"{needs_two.normal}/{needs_two.expanded}"
    made = bundle(trace_of(sex="female", repeats={needs_two.id: sizes}), SHIPPED)
    told = {each["note"][0]["text"].split(":")[0]: each for each in resources(made, "Observation")}
    assert told[needs_two.id]["valueCodeableConcept"]["coding"][0]["code"] == PRESENT


@pytest.mark.parametrize("sex", ["sex", "inferred_sex"])
def test_a_repeat_on_x_is_told_by_the_sex_that_decided(sex):
    trace = trace_of(**{sex: "male"}, repeats={"AR": "20"})
    (observation,) = [r for r in resources(bundle(trace, SHIPPED), "Observation") if "AR" in r["note"][0]["text"]]
    assert observation["valueCodeableConcept"]["coding"][0]["code"] == ABSENT


def test_an_inferred_sex_is_told_in_words_and_declared_for_nobody():
    trace = trace_of(inferred_sex="male")
    made, packet = bundle(trace, SHIPPED), phenopacket(trace, SHIPPED)
    assert "gender" not in resources(made, "Patient")[0] and "sex" not in packet["subject"]
    words = "Sex was not declared; the genotypes look male; this decided how many copies of X and Y there are."
    assert words in resources(made, "DiagnosticReport")[0]["conclusion"]
    assert words in packet["interpretations"][0]["summary"]
    assert "Sex was not declared" not in Case.of(trace_of(sex="male", inferred_sex="male"), SHIPPED).summary


def test_markers_and_copy_numbers():
    rsid, marker = next(iter(panel_of(SHIPPED, Build.GRCH38).markers.items()))
    made = bundle(trace_of(markers={rsid: f"{marker.effect}/{marker.other}"}, copy_numbers={"SMN1": "2"}), SHIPPED)
    copies, letters = resources(made, "Observation")
    assert codes(copies, "82155-3")[0]["valueQuantity"]["value"] == 2 and "valueCodeableConcept" not in copies
    assert letters["valueCodeableConcept"]["text"] == f"{rsid} {marker.effect}/{marker.other}"
    (half,) = resources(bundle(trace_of(markers={rsid: f"{marker.effect}/."}), SHIPPED), "Observation")
    assert "valueCodeableConcept" not in half and half["dataAbsentReason"]["coding"][0]["code"] == "unknown"


@pytest.mark.parametrize(
    ("call", "chrom", "expected"),
    [
        (Call.of("0/1"), "1", Zygosity.HETEROZYGOUS),
        (Call.of("1|1"), "1", Zygosity.HOMOZYGOUS),
        (Call.of("1"), "X", Zygosity.HEMIZYGOUS),
        (Call.of("1/."), "1", None),
        (Call.of("0/0"), "1", None),
        (Call(State.LOW_QUALITY, (True, True)), "1", None),
        (Call(State.CALLED, (True,), fraction=Decimal("0.3")), "MT", None),
    ],
    ids=str,
)
def test_zygosity(call, chrom, expected):
    assert zygosity_of(call, chrom) is expected
    assert expected is None or presence_of(call) is Presence.PRESENT


def test_a_fraction_goes_with_what_is_present():
    variant = next(v for v in panel_of(SHIPPED, Build.GRCH38).alleles if v.chrom == "MT")
    for call, expected in ((Call(State.CALLED, (True,), fraction=Decimal("0.83")), [0.83]),
                           (Call(State.FILTERED, (True,), fraction=Decimal("0.83")), [])):  # fmt: skip
        profile = Profile(participant="P1", build=Build.GRCH38, alleles={variant: call})
        (made,) = resources(bundle(assign(profile, SHIPPED).trace, SHIPPED), "Observation")
        assert [each["valueQuantity"]["value"] for each in codes(made, "81258-6")] == expected
        assert codes(made, "53034-5") == []


# -------------------------------------------------------------------------------------------- the libraries' own models


@pytest.mark.parametrize("repeats", some(sorted(FOLDER.glob("*.eh.vcf")), 16), ids=lambda path: path.name[:4])
def test_the_example_participants_in_every_format(repeats):
    others = {repeats, *FOLDER.glob("*.tbi"), *FOLDER.glob("*.second.vcf")}
    (variants,) = {*FOLDER.glob(f"{repeats.name[:4]}.*.vcf*")} - others
    check(assign(assigner.read_profile(variants, SHIPPED, repeats=repeats), SHIPPED).trace, SHIPPED)


@times(2)
@given(st.data(), rule_sets())
def test_any_trace_in_every_format(data, rules):
    profile = data.draw(profiles(rules))
    if profile.participant.strip() and not set(profile.participant) & set(map(chr, range(32))):
        check(assign(profile, rules).trace, rules)


def check(trace: Any, rules: Any) -> None:
    made = {kind: export(trace, rules, at=AT) for kind, export in KINDS.items()}
    assert MessageToDict(ParseDict(made["phenopacket"], Phenopacket())) == made["phenopacket"]
    for kind in ("fhir-r4", "fhir-r5"):
        identifiers = [entry["fullUrl"] for entry in made[kind]["entry"]]
        assert len(set(identifiers)) == len(identifiers)
        assert set(references(made[kind])) <= set(identifiers)
        assert len(resources(made[kind], "DiagnosticReport")[0].get("result", [])) == len(
            resources(made[kind], "Observation")
        )
    document = ProvDocument.deserialize(content=json.dumps(made["prov"]), format="json")
    assert ProvDocument.deserialize(content=document.serialize(format="json"), format="json") == document
    assert sum(len(part) for kind, part in made["prov"].items() if kind != "prefix") == len(document.get_records())


@pytest.mark.holds("EXCH-02")
@given(st.data(), rule_sets())
def test_equal_inputs_give_equal_bytes_that_the_models_take(data, rules):
    trace = assign(evolve(data.draw(profiles(rules)), participant="P1"), rules).trace
    made = {kind: json.dumps(export(trace, rules)) for kind, export in KINDS.items()}
    assert {kind: json.dumps(export(trace, rules)) for kind, export in KINDS.items()} == made
    for kind, model in (("fhir-r4", BundleR4), ("fhir-r5", BundleR5)):
        again = model.model_validate_json(made[kind])
        assert json.loads(again.model_dump_json()) == json.loads(made[kind])


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        here = [value["reference"]] if "reference" in value else []
        return here + [found for each in value.values() for found in references(each)]
    return [found for each in value for found in references(each)] if isinstance(value, list) else []


# ---------------------------------------------------------------------------------------------------------- the outcome


@pytest.mark.holds("EXCH-03")
@pytest.mark.parametrize("trace", EXAMPLES, ids=range(len(EXAMPLES)))
def test_a_review_names_no_intervention_and_is_not_final(trace):
    report = resources(bundle(trace, SHIPPED), "DiagnosticReport")[0]
    (interpretation,) = phenopacket(trace, SHIPPED)["interpretations"]
    products = [category.intervention for category in SHIPPED.content.categories]
    for text in (report["conclusion"], interpretation["summary"]):
        assert [product for product in products if product in text] == [p for p in [trace.intervention] if p]
        assert "no diagnosis and no medication order" in text and trace.digest in text
    assigned = trace.outcome == "assigned"
    assert (report["status"] == "final") == assigned == (interpretation["progressStatus"] == "COMPLETED")


def test_structural_variants_are_not_exported_and_said_to_be_left_out():
    over = {"gene": "TBK1", "kind": "deletion", "chrom": "12", "start": 1, "end": 2, "genotype": "0/1", "reach": "part"}
    trace = trace_of(structural=[over])
    (interpretation,) = phenopacket(trace, SHIPPED)["interpretations"]
    for text in (resources(bundle(trace, SHIPPED), "DiagnosticReport")[0]["conclusion"], interpretation["summary"]):
        assert "Structural variants in TBK1 are in the trace only." in text


@pytest.mark.parametrize("trace", EXAMPLES, ids=range(len(EXAMPLES)))
def test_a_phenopacket_holds_what_is_present_and_nothing_else(trace):
    case = Case.of(trace, SHIPPED)
    (interpretation,) = phenopacket(trace, SHIPPED)["interpretations"]
    found = interpretation["diagnosis"].get("genomicInterpretations", [])
    descriptors = [each["variantInterpretation"]["variationDescriptor"] for each in found]
    small = {f"{r['chrom']}-{r['pos']}-{r['ref']}-{r['alt']}" for d in descriptors if (r := d.get("vcfRecord"))}
    assert small == {str(seen.variant) for seen in case.variants if seen.call.carries is Truth.TRUE}
    statuses = {each.get("interpretationStatus") for each in found}  # UNKNOWN_STATUS is written as nothing
    assert statuses <= {"CANDIDATE", None}
    assert ("CANDIDATE" in statuses) == any(f.criterion for f in trace.findings.true if is_seen(f, case))
    assert len(descriptors) - len(small) == sum(r.expanded is Truth.TRUE for r in case.repeats)


def is_seen(finding: Any, case: Case) -> bool:
    """Whether a finding rests on a small variant or a repeat, not on a marker or a copy number."""
    names = {seen.name for seen in case.variants} | {str(seen.variant) for seen in case.variants}
    return bool(set(finding.loci) & (names | {sized.repeat.id for sized in case.repeats}))


def test_a_disease_is_named_only_when_the_caller_names_one():
    trace = trace_of(alleles={"VCP-R155H": "0/1"})
    assert "disease" not in phenopacket(trace, SHIPPED)["interpretations"][0]["diagnosis"]
    told = phenopacket(trace, SHIPPED, disease=("X:1", "a disease"))["interpretations"][0]["diagnosis"]["disease"]
    assert told == {"id": "X:1", "label": "a disease"}


def test_one_file_in_two_roles_is_one_entity_used_twice():
    inputs = tuple(Input(role, "0" * 64, 1, "plain") for role in ("variants", "repeats"))
    made = provenance(assign(Profile(participant="P1", build=Build.GRCH38, inputs=inputs), SHIPPED).trace, SHIPPED)
    assert made["entity"][f"sha256:{'0' * 64}"]["prov:type"] == "input" and len(made["entity"]) == 4
    roles = [each["prov:role"] for each in made["used"].values()]
    assert roles == ["variants", "repeats", "profile", "rule set"]


def test_provenance_names_what_was_used_and_tells_no_outcome():
    profile = assigner.read_profile(EXAMPLE, SHIPPED, repeats=EXAMPLE.with_name("P001.eh.vcf"))
    trace = assign(profile, SHIPPED).trace
    made = provenance(trace, SHIPPED, at=AT)
    entities = {
        f"sha256:{digest}" for digest in (trace.digest, trace.rule_set.digest, *(i.sha256 for i in trace.inputs))
    }
    assert entities <= set(made["entity"]) and len(made["entity"]) == len(entities) + 1
    document = ProvDocument.deserialize(content=json.dumps(made), format="json")
    kinds = sorted(type(record).__name__ for record in document.get_records() if record.is_relation())
    assert kinds == sorted(
        ["ProvAssociation"] * 2 + ["ProvUsage"] * 4 + ["ProvGeneration"] * 2 + ["ProvDerivation"] * 4
    )
    text = json.dumps(made)
    told = [trace.category, trace.intervention, trace.participant, *(locus.id for locus in trace.loci)]
    assert [word for word in told if f'"{word}"' in text] == []


# ---------------------------------------------------------------------------------------------------------------- times


def test_no_time_is_there_unless_given():
    trace = EXAMPLES[0]
    without = {kind: json.dumps(export(trace, SHIPPED)) for kind, export in KINDS.items()}
    for kind, export in KINDS.items():
        assert "2026" not in without[kind]
        assert json.dumps(export(trace, SHIPPED, at=AT)).count("2026-01-31T09:00:00") == {
            "phenopacket": 1,
            "prov": 1,
        }.get(kind, 2)


@pytest.mark.parametrize("export", KINDS.values(), ids=KINDS)
def test_a_time_without_zone_is_refused(export):
    with pytest.raises(InputError, match="a time with its zone"):
        export(EXAMPLES[0], SHIPPED, at=datetime(2026, 1, 31))


# ------------------------------------------------------------------------------------------------------------- refusals


@pytest.mark.holds("EXCH-03")
@pytest.mark.parametrize("export", KINDS.values(), ids=KINDS)
def test_a_changed_trace_and_another_rule_set_are_refused(export):
    with pytest.raises(TraceError, match="modified after it was written"):
        export(EXAMPLES[0].model_copy(update={"category": "another"}), SHIPPED)
    with pytest.raises(TraceError, match=r"rule_set.digest: expected the rule set"):
        export(EXAMPLES[0], rules_of(content_of()))


@pytest.mark.holds("INST-04")
@pytest.mark.parametrize(("kind", "module"), [
    ("phenopacket", "phenopackets.schema.v2.phenopackets_pb2"), ("fhir-r4", "fhir.resources.R4B.bundle"),
    ("fhir-r5", "fhir.resources.bundle"), ("prov", "prov.model"),
])  # fmt: skip
def test_without_the_extra_the_error_says_what_to_install(kind, module, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InputError, match=r"assigner\[interchange\]"):
        KINDS[kind](EXAMPLES[0], SHIPPED)


@pytest.mark.parametrize("release", ["R4", "R5"])
@pytest.mark.parametrize("name", ["P\x00", "\x1b[2J"])
def test_an_id_that_fhir_cannot_hold_is_refused(release, name):
    with pytest.raises(TraceError, match=f"trace as FHIR {release}: .*control character"):
        bundle(trace_of(participant=name), SHIPPED, release=release)


@pytest.mark.parametrize("release", ["R4", "R5"])
def test_what_the_models_refuse_is_an_error_of_ours(release, monkeypatch):
    monkeypatch.setattr("assigner.exports.fhir._bundle", lambda *_: {"resourceType": "Bundle", "type": 1})
    with pytest.raises(TraceError, match=f"trace as FHIR {release}: type"):
        bundle(EXAMPLES[0], SHIPPED, release=release)
    monkeypatch.setattr("assigner.exports.phenopackets._phenopacket", lambda *_: {"nonsense": 1})
    with pytest.raises(TraceError, match="what a Phenopacket can hold"):
        phenopacket(EXAMPLES[0], SHIPPED)


@at_a_release
def test_nothing_of_the_extra_is_imported_before_it_is_needed():
    code = (
        "import sys, assigner.cli\n"
        f"try: assigner.cli.main(['assign', {str(EXAMPLE)!r}])\n"
        "except SystemExit: pass\n"
        "names = 'fhir', 'prov', 'phenopackets', 'google.protobuf'\n"
        "print([m for m in names if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


# ------------------------------------------------------------------------------------------------------------------ VRS

VECTORS = [  # vrs-python's own: tests/extras/data/test_vcf_expected_output.vcf, tests/test_vrs.py, docs of VRS 2
    (Build.GRCH38, "19-82664-C-T", "b9AIUegs1SOYO7nKY8l01yllkyUns-u4"),
    (Build.GRCH38, "19-28946400-T-C", "uV5O4M9zpiwk6sftOd-EDvtw_pkSAvdf"),
    (Build.GRCH38, "19-54220024-G-A", "I7J3i1B36BACEUINcTwEh7uMv3I-PXT1"),
    (Build.GRCH38, "9-128325835-C-T", "SZIS2ua7AL-0YgUTAqyBsFPYK3vE8h_d"),
    (Build.GRCH38, "7-140753336-A-T", "Otc5ovrw906Ack087o1fhegB4jDRqCAe"),
    (Build.GRCH37, "7-140453136-A-T", "nmp-bzYpO00NYIqr3CaVF0ZH2ZpSj1ly"),
]


@pytest.mark.holds("EXCH-02")
@pytest.mark.parametrize(("build", "variant", "digest"), VECTORS, ids=lambda value: str(value))
def test_published_identifiers(build, variant, digest):
    assert vrs.allele_id(Variant.parse(variant), build) == f"ga4gh:VA.{digest}"


@pytest.mark.holds("EXCH-02")
@given(st.sampled_from(Build), st.sampled_from(CHROMS), st.integers(1, 16569), st.permutations("ACGT"))
def test_identifiers_are_those_of_vrs_python(build, chrom, pos, bases):
    variant = Variant(chrom, pos, bases[0], bases[1])
    sequence = models.SequenceReference(refgetAccession=vrs.REFGET[build][chrom])
    location = models.SequenceLocation(sequenceReference=sequence, start=pos - 1, end=pos)
    state = models.LiteralSequenceExpression(sequence=bases[1])
    assert vrs.allele_id(variant, build) == ga4gh_identify(models.Allele(location=location, state=state))


def test_what_needs_the_sequence_has_no_identifier_and_no_hgvs():
    for change in ("A-AT", "AT-A", "AT-GC"):
        variant = Variant.parse(f"1-100-{change}")
        assert vrs.allele_id(variant, Build.GRCH38) is None and hgvs_of(variant, Build.GRCH38) is None
    beyond = Variant("21", LENGTHS[Build.GRCH38]["21"] + 1, "A", "C")
    assert vrs.allele_id(beyond, Build.GRCH38) is None


def test_the_accessions_are_all_different_but_for_mitochondrial_dna_and_unchanged_sequences():
    assert all(len(set(named.values())) == len(CHROMS) for named in vrs.REFGET.values())
    shared = {c for c in CHROMS if vrs.REFGET[Build.GRCH37][c] == vrs.REFGET[Build.GRCH38][c]}
    assert shared == {"MT"}
