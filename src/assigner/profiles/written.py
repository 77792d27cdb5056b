"""A profile as plain JSON values: what a trace keeps so that it replays without the files."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import Any

from assigner.profiles.calls import Call
from assigner.profiles.profile import Observed, Profile, RepeatSizes, Role, StructuralCall
from assigner.truth import Truth


def form_of(profile: Profile) -> dict[str, Any]:
    """The profile as plain JSON values: what a trace keeps so that it replays without the VCF."""
    reference, others = profile.apart
    calls = {variant.text: call_form(call) for variant, call in others.items()}
    return _form(profile, calls, map(attrgetter("text"), reference))


def form_beside_calls(profile: Profile, reference: Iterable[str]) -> dict[str, Any]:
    """The same without the calls of listed alleles that are more than plain reference; the others are given."""
    return _form(profile, None, reference)


def _form(profile: Profile, alleles: dict[str, Any] | None, reference: Iterable[str]) -> dict[str, Any]:
    form: dict[str, Any] = {
        "participant": profile.participant,
        "build": profile.build.value,
        "sex": profile.sex and profile.sex.value,
        "inferred_sex": profile.inferred_sex and profile.inferred_sex.value,
        "ancestry": profile.ancestry,
        "absent": profile.absent,
        "partial_read": "yes" if profile.partial_read else "no",
        "two_sexes": "yes" if profile.two_sexes else None,
        "two_people": profile.two_people,
        "somatic": profile.somatic,
        "alleles": alleles,
        "reference": sorted(reference),
        "markers": {rsid: "/".join(x or "." for x in letters) for rsid, letters in profile.markers.items()},
        "repeats": {name: repeat_form(sizes) for name, sizes in profile.repeats.items()},
        "variants": [_variant_form(o) for o in sorted(profile.variants, key=lambda o: (o.gene, o.variant))],
        "structural": [_structural_form(each) for each in sorted(profile.structural, key=str)],
        "structural_read": "yes" if profile.structural_read else "no",
        "assessed": "all" if profile.assessed == "all" else dict(sorted(profile.assessed.items())),
        "annotated": sorted(profile.annotated),
        "copy_numbers": {g: {"copies": n.copies, "source": n.source} for g, n in profile.copy_numbers.items()},
    }
    if profile.scores:
        form["scores"] = {
            name: {"sha256": own.sha256, "packed": own.packed} for name, own in sorted(profile.scores.items())
        }
    return {name: value for name, value in form.items() if value is not None}


def call_form(call: Call) -> dict[str, Any]:
    """A call as plain JSON values; what it does not have is left out."""
    form: dict[str, Any] = {
        "genotype": call.genotype or None,
        "phase_set": call.phase_set,
        "phase_sets": list(call.phase_sets) or None,
        "state": call.state.value,
        "fraction": call.fraction if call.fraction is None else format(call.fraction, "f"),
        "depth": call.depth,
        "quality": call.quality,
        "why": call.why,
    }
    return {name: value for name, value in form.items() if value is not None}


def repeat_form(repeat: RepeatSizes) -> dict[str, Any]:
    """Repeat sizes as plain JSON values; what they do not have is left out."""
    intervals = "/".join("." if i is None else f"{i[0]}-{'' if i[1] is None else i[1]}" for i in repeat.intervals)
    form = {"sizes": str(repeat), "intervals": intervals or None, "source": repeat.origin, "problem": repeat.problem}
    if repeat.file is None and repeat.source in {role.described for role in Role}:
        form["by"] = "hand"
    return {name: value for name, value in form.items() if value is not None}


def _variant_form(seen: Observed) -> dict[str, Any]:
    says = {Truth.TRUE: "pathogenic", Truth.FALSE: "not_pathogenic", Truth.UNKNOWN: "unknown"}
    stars = "unknown" if seen.stars is None else seen.stars
    conditions = {"conditions": list(seen.conditions)} if seen.conditions else {}
    form = {
        "gene": seen.gene,
        "chrom": seen.variant.chrom,
        "pos": seen.variant.pos,
        "ref": seen.variant.ref,
        "alt": seen.variant.alt,
        "call": call_form(seen.call),
        "terms": None if seen.terms is None else list(seen.terms),
        "clinvar": {"significance": says[seen.pathogenic], "stars": stars, **conditions},
        "frequency": seen.frequency if seen.frequency is None else format(seen.frequency, "f"),
        "predictors": {name: format(score, "f") for name, score in seen.predictors.items()},
        "last_exon": seen.last_exon.value,
        "penultimate_exon": None if seen.penultimate_exon is Truth.UNKNOWN else seen.penultimate_exon.value,
        "residues": None if seen.residues is None else "-".join(map(str, dict.fromkeys(seen.residues))),
        "label": seen.label,
    }
    return {name: value for name, value in form.items() if value is not None}


def _structural_form(seen: StructuralCall) -> dict[str, Any]:
    form = {
        "gene": seen.gene,
        "kind": seen.kind.value,
        "chrom": seen.chrom,
        "start": seen.start,
        "end": seen.end,
        "call": call_form(seen.call),
        "reach": seen.reach.value,
        "precise": "yes" if seen.precise else "no",
        "why": seen.why,
        "label": seen.label,
    }
    return {name: value for name, value in form.items() if value is not None}
