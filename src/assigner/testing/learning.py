"""The same participant when more is known: nothing that was known changes."""

from __future__ import annotations

from attrs import evolve, field, frozen
from hypothesis import strategies as st

from assigner.genome.variants import Variant
from assigner.profiles.calls import NOT_ASSESSED, REFERENCE, REFERENCE_STATES, Call, State
from assigner.profiles.profile import Annotation, Observed, Profile, Reach, RepeatSizes, StructuralCall, StructuralKind
from assigner.profiles.score_genotypes import ScoreGenotypes
from assigner.rules import Rules
from assigner.rules.polygenic import UNKNOWN_COPIES
from assigner.testing.drawing import FEW, composite, some
from assigner.testing.loci import (
    Choices,
    bands,
    choices_of,
    known_call,
    known_calls,
    observed,
    once_each,
    residues,
    score_copies,
    sexes,
    structural,
    unique,
)
from assigner.truth import Truth

ANNOTATIONS: tuple[Annotation, Annotation] = ("clinvar", "consequence")

_now = st.booleans()
_yes_or_no = st.sampled_from([Truth.TRUE, Truth.FALSE])


@composite
def learnt_more(draw: st.DrawFn, profile: Profile, rules: Rules) -> Profile:
    """The same participant when more is known.

    Unknown and half calls are completed, calls phased, repeats sized, markers read, annotations found, genes assessed,
    sometimes with a variant that could not be seen before. A frequency that the file did not give turns out to be low
    where ClinVar calls the variant pathogenic, because the criterion `clinvar` assumes so.

    Args:
        draw: Hypothesis's own.
        profile: what is known now.
        rules: the rule set that is asked.
    """
    choices = choices_of(rules, profile.build)
    alleles = draw(_learnt_alleles(profile, choices))
    seen = [draw(_learnt_variants(o, choices)) for o in profile.variants]
    assessed, annotated = profile.assessed, profile.annotated
    if draw(_now):
        seen += draw(_unseen(profile, choices))
        assessed, annotated = "all", frozenset(["clinvar", "consequence"])
    large = [draw(_learnt_structural(s, choices)) for s in profile.structural]
    read, absent = profile.structural_read, profile.absent
    if not profile.looked_for_structural and draw(_now):
        large += draw(_unseen_structural(choices))
        read, absent = True, "reference"
        if profile.absent == "unknown":  # what has no record now does not become reference by the change of this word
            rest = (
                REFERENCE if len(choices.listed) > FEW else NOT_ASSESSED
            )  # many unknown calls are too long to be shown
            alleles = dict.fromkeys(choices.listed, rest) | alleles
    if draw(_now):
        phases = _Phases()
        alleles = {v: draw(phases.phased(call)) if call.copies else call for v, call in alleles.items()}
        seen = [evolve(o, call=draw(phases.phased(o.call))) for o in seen]
        large = [evolve(s, call=draw(phases.phased(s.call))) for s in large]
    return evolve(
        profile,
        sex=profile.sex or (draw(sexes) if profile.inferred_sex is None else None),
        alleles=alleles,
        markers={**profile.markers, **draw(_learnt_markers(profile, choices))},
        scores={**profile.scores, **draw(_learnt_scores(profile, choices))},
        repeats={**profile.repeats, **draw(_learnt_repeats(profile, choices))},
        variants=unique(seen),
        structural=once_each(large[::-1])[::-1],
        structural_read=read,
        absent=absent,
        assessed=assessed,
        annotated=annotated,
    )


@frozen
class _Phases:
    """All phase sets joined to one: which of them have their haplotypes in the other order there."""

    flips: dict[object, bool] = field(factory=dict)

    def phased(self, call: Call) -> st.SearchStrategy[Call]:
        """The call in the one phase set; copies without a named haplotype get either order."""
        if call.state is not State.CALLED or len(call.copies) < 2:
            return st.just(call)
        names = call.haplotypes or (object(), object())
        known = [
            self.flips[name] != bool(at) for at, name in enumerate(names) if name is not None and name in self.flips
        ]
        return (st.just(known[0]) if known else st.booleans()).map(lambda flip: self._joined(call, names, flip))

    def _joined(self, call: Call, names: tuple[object, ...], flip: bool) -> Call:
        self.flips.update({name: flip != bool(at) for at, name in enumerate(names) if name is not None})
        return evolve(call, copies=call.copies[::-1] if flip else call.copies, phase_set="joined", phase_sets=())


@composite
def _learnt_alleles(draw: st.DrawFn, profile: Profile, choices: Choices) -> dict[Variant, Call]:
    """Any call may become known, and a few of alleles that had none."""
    missing = [v for v in choices.listed if v not in profile.alleles]
    doubtful = [v for v in sorted(profile.alleles) if profile.alleles[v].state not in REFERENCE_STATES]
    alleles = dict(profile.alleles)
    for variant in [*doubtful, *draw(some(missing))]:
        alleles[variant] = draw(_learnt_calls(profile.call(variant), choices, variant))
    if len(missing) > FEW and draw(_now):
        alleles |= {v: REFERENCE for v in missing if v not in alleles and profile.call(v).state not in REFERENCE_STATES}
    return alleles


@composite
def _learnt_calls(draw: st.DrawFn, call: Call, choices: Choices, variant: Variant | None = None) -> Call:
    if call.state in REFERENCE_STATES or not draw(_now):
        return call
    if call.fraction is not None or variant is None or variant.chrom != "MT":
        fraction = call.fraction
    else:
        fraction = draw(st.sampled_from(choices.sure_fractions))
    match call.state:
        case State.CALLED:
            return evolve(call, fraction=fraction)
        case State.PARTIAL:
            full = tuple(draw(st.booleans()) if copy is None else copy for copy in call.copies)
            return evolve(call, state=State.CALLED, copies=full, fraction=fraction)
        case _:
            return draw(known_calls) if variant is None else draw(known_call(choices, variant))


@composite
def _learnt_variants(draw: st.DrawFn, seen: Observed, choices: Choices) -> Observed:
    if not draw(_now):
        return seen
    rare = seen.pathogenic is Truth.TRUE  # for the criterion `clinvar` a frequency that is not given is no doubt
    frequencies = choices.frequencies[:2] if rare else choices.frequencies
    found = {name: draw(st.sampled_from([high, low])) for name, high, low in choices.scores}
    terms = [(), ("intron_variant",), *((term,) for term in choices.terms[:FEW])]
    return evolve(
        seen,
        call=draw(_learnt_calls(seen.call, choices)),
        terms=seen.terms if seen.terms is not None else draw(st.sampled_from(terms)),
        pathogenic=seen.pathogenic if seen.pathogenic is not Truth.UNKNOWN else draw(_yes_or_no),
        stars=seen.stars if seen.stars is not None else draw(st.integers(0, 4)),
        conditions=seen.conditions or draw(st.sampled_from([choices.conditions[:1], ("Another condition",)])),
        frequency=seen.frequency if seen.frequency is not None else draw(st.sampled_from(frequencies)),
        predictors={**found, **seen.predictors},
        last_exon=seen.last_exon if seen.last_exon is not Truth.UNKNOWN else draw(_yes_or_no),
        penultimate_exon=seen.penultimate_exon if seen.penultimate_exon is not Truth.UNKNOWN else draw(_yes_or_no),
        residues=seen.residues or draw(residues),
    )


@composite
def _learnt_structural(draw: st.DrawFn, seen: StructuralCall, choices: Choices) -> StructuralCall:
    """What a structural variant does to its gene becomes known; one that could be a deletion may turn out to be one."""
    if not draw(_now):
        return seen
    if seen.kind is not StructuralKind.DELETION:
        kind, reach = draw(st.sampled_from([(seen.kind, seen.reach), (StructuralKind.DELETION, Reach.WHOLE)]))
    else:
        known = st.sampled_from([Reach.WHOLE, Reach.EXON, Reach.INTRON])
        kind, reach = seen.kind, draw(known) if seen.reach is Reach.PART else seen.reach
    return evolve(seen, kind=kind, reach=reach, call=draw(_learnt_calls(seen.call, choices)))


@composite
def _unseen(draw: st.DrawFn, profile: Profile, choices: Choices) -> list[Observed]:
    """Variants that could not be seen before: in genes not assessed, or because they were not annotated."""
    least = choices.panel.content.gates.assessed
    there = {(o.gene, o.variant) for o in profile.variants}
    found = []
    for gene in draw(some(choices.nuclear, 5)):
        clinvar, consequence = (profile.looked_for(gene.symbol, kind, least) for kind in ANNOTATIONS)
        if clinvar and consequence:
            continue
        new = draw(observed(choices, (gene,)))
        moved = evolve(new.variant, pos=new.variant.pos + 1000)
        if (gene.symbol, moved) not in there:
            added = evolve(new, variant=moved, call=draw(known_calls))
            added = evolve(added, pathogenic=Truth.FALSE) if clinvar else added
            found.append(evolve(added, terms=()) if consequence else added)
    return found


@composite
def _unseen_structural(draw: st.DrawFn, choices: Choices) -> list[StructuralCall]:
    """Structural variants that could not be seen before, at places where none was."""
    new = draw(st.lists(structural(choices), max_size=2)) if choices.nuclear else []
    return [evolve(s, start=s.start + 5000, end=s.end + 5000, call=draw(known_calls)) for s in new]


@composite
def _learnt_markers(draw: st.DrawFn, profile: Profile, choices: Choices) -> dict[str, tuple[str | None, ...]]:
    markers, found = choices.panel.markers, {}
    missing = [rsid for rsid in sorted(markers) if rsid not in profile.markers]
    for rsid in [*(r for r in sorted(markers) if r in profile.markers), *draw(some(missing))]:
        known = profile.markers.get(rsid, (None, None))
        either = st.sampled_from([markers[rsid].effect, markers[rsid].other])
        if None in known and draw(_now):
            found[rsid] = tuple(draw(either) if one is None else one for one in known)
    return found


@composite
def _learnt_scores(draw: st.DrawFn, profile: Profile, choices: Choices) -> dict[str, ScoreGenotypes]:
    """Some of the unknown copies of the alleles of scores become known."""
    found: dict[str, ScoreGenotypes] = {}
    for name, score in sorted(choices.panel.scores.items()):
        if draw(_now):
            known = profile.scores[name].copies if name in profile.scores else score.unknown
            learnt = draw(score_copies(score))
            copies = bytes(new if own == UNKNOWN_COPIES else own for own, new in zip(known, learnt, strict=True))
            found[name] = ScoreGenotypes(score.file.sha256, copies)
    return found


@composite
def _learnt_repeats(draw: st.DrawFn, profile: Profile, choices: Choices) -> dict[str, RepeatSizes]:
    """Repeats of one place become known together, as they are read together."""
    found: dict[str, RepeatSizes] = {}
    for own in draw(some(choices.repeats)):
        known, sizes = profile.repeats.get(own[0].id), st.sampled_from(bands(draw(st.sampled_from(own))))
        if known is None or known.problem is not None:
            units = [draw(sizes), draw(sizes)]
        else:
            units = [
                draw(sizes) if r is None else draw(st.integers(r[0], r[0] + 60 if r[1] is None else r[1]))
                for r in known.ranges
            ]
        units += [draw(sizes)] if len(units) == 1 else []
        found |= dict.fromkeys([repeat.id for repeat in own], RepeatSizes(tuple(units)))
    return found
