"""From a profile and a rule set to an assignment: pure, total, deterministic."""

from __future__ import annotations

import enum
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import Any, Literal

from attrs import frozen

from assigner.__about__ import VERSION
from assigner.calls import NOT_ASSESSED, REFERENCE_STATES, Call, State
from assigner.canonical import Written, canonical, keyed, listed
from assigner.changes import Changes, changes
from assigner.decisions import Basis, Decision, Standing, Verdict, decide
from assigner.findings import Finding, shown
from assigner.flags import Flag, FlagKind, flags_of, raise_flags
from assigner.forms import form_of
from assigner.gates import held_call
from assigner.panels import Panel, panel_of
from assigner.profiles import Profile, StructuralCall
from assigner.questions import Circumstances, answers_of, find
from assigner.rules import Rules
from assigner.rules.schema import Allele, MoreGates, Policy, RuleSet
from assigner.scores import Score, score
from assigner.traces import SCHEMA_VERSION, Trace, sealed
from assigner.truth import Truth
from assigner.variants import Variant


class Outcome(enum.StrEnum):
    """What an assignment comes to."""

    ASSIGNED = "assigned"
    REVIEW = "review"


class Reason(enum.StrEnum):
    """Why a person must look before anything is given."""

    TIED = "tied"
    NO_EVIDENCE = "no_evidence"
    UNSETTLED = "unsettled"
    MIMIC = "mimic"
    GENE_TARGETED_THERAPY = "gene_targeted_therapy"
    SEX_MISMATCH = "sex_mismatch"
    QUALITY = "quality"
    PARTIAL_READ = "partial_read"


@frozen
class RaisedReason:
    """A reason, what the rule set's policy makes of it, and what it rests on."""

    reason: Reason
    policy: Policy
    because: str


@frozen(kw_only=True, slots=False)
class Assignment:
    """The one outcome of a participant under a rule set.

    Attributes:
        outcome: `assigned`, or `review` when at least one reason asks for it.
        category: the category; None in review.
        provisional: in review, the category that the evidence alone would give, if any.
        intervention: the category's intervention; None in review.
        reasons: all reasons raised, those that are only noted included.
        decision: how the category came about.
    """

    outcome: Outcome
    category: str | None
    provisional: str | None
    intervention: str | None
    reasons: tuple[RaisedReason, ...]
    decision: Decision
    scores: tuple[Score, ...]
    findings: tuple[Finding, ...]
    flags: tuple[Flag, ...]
    profile: Profile
    rules: Rules

    @cached_property
    def trace(self) -> Trace:
        """The audit trace, its records typed."""
        return Trace.model_validate_json(self.trace_bytes)

    @cached_property
    def trace_bytes(self) -> bytes:
        """The audit trace as it is written, in canonical JSON; equal inputs give equal bytes."""
        return _trace(self)

    @cached_property
    def changes(self) -> Changes:
        """What would change the decision; it is found when first asked for, and is no part of the trace."""
        return changes(
            self.findings, self.rules.content, participant=self.profile.participant, digest=self.rules.digest
        )


def assign(profile: Profile, rules: Rules) -> Assignment:
    """Assign a participant to the category that the evidence points to.

    Every profile gives an assignment; none raises. The profile must have been read, or built, for these rules.

    Args:
        profile: what is known of the participant's genome.
        rules: the rule set.
    """
    return concluded(profile, find(profile, rules), rules)


def concluded(
    profile: Profile, findings: tuple[Finding, ...], rules: Rules, *, drawn_under: str | None = None
) -> Assignment:
    """What all findings of a profile under a rule set, however they were asked for, come to.

    Args:
        profile: what is known of the participant's genome.
        findings: what every criterion answers to it.
        rules: the rule set.
        drawn_under: the digest under which a tie-break draws lots, that of the rule set when not given.
    """
    content = rules.content
    scores = score(findings, content)
    decision = decide(findings, content, participant=profile.participant, digest=drawn_under or rules.digest)
    flags = raise_flags(profile, findings, rules)
    reasons = tuple(_reasons(profile, content, decision, flags, panel_of(rules, profile.build)))
    held = any(raised.policy == "review" for raised in reasons)
    chosen = None if held else decision.category
    interventions = {category.id: category.intervention for category in content.categories}
    return Assignment(
        outcome=Outcome.ASSIGNED if chosen else Outcome.REVIEW,
        category=chosen,
        provisional=decision.category if held else None,
        intervention=interventions[chosen] if chosen else None,
        reasons=reasons,
        decision=decision,
        scores=scores,
        findings=findings,
        flags=flags,
        profile=profile,
        rules=rules,
    )


def _reasons(
    profile: Profile, content: RuleSet, decision: Decision, flags: tuple[Flag, ...], panel: Panel
) -> list[RaisedReason]:
    """The reasons in the order in which they are declared."""
    limit = content.decision.unsettled_above_ppm
    raised: dict[Reason, str] = {}
    if decision.basis is Basis.TIED:
        raised[Reason.TIED] = "no category that may win beats all others, and no tie-break separates them"
    if decision.basis is Basis.NO_EVIDENCE:
        raised[Reason.NO_EVIDENCE] = "no category reaches the minimum of any tier that may decide"
    if decision.overturn_risk_ppm > limit:
        raised[Reason.UNSETTLED] = f"risk of being overturned {decision.overturn_risk_ppm} ppm, above {limit} ppm"
    for reason, kind in ((Reason.MIMIC, FlagKind.MIMIC), (Reason.GENE_TARGETED_THERAPY, FlagKind.THERAPY)):
        held = [flag.id for flag in flags if flag.kind is kind and flag.holds and flag.truth is Truth.TRUE]
        if held:
            raised[reason] = ", ".join(held)
    if profile.sex and profile.inferred_sex and profile.sex is not profile.inferred_sex:
        raised[Reason.SEX_MISMATCH] = f"declared {profile.sex}, the genotypes look {profile.inferred_sex}"
    if unbelieved := _unbelieved(profile, panel):
        raised[Reason.QUALITY] = f"seen but not believed: {', '.join(unbelieved)}"
    if profile.partial_read:
        raised[Reason.PARTIAL_READ] = "only indexed regions were read, and nothing vouches for the rest of the file"
    policy = content.decision.policy
    return [RaisedReason(r, getattr(policy, r.value), raised[r]) for r in Reason if r in raised]


def _unbelieved(profile: Profile, panel: Panel) -> list[str]:
    """Listed alleles and large repeats that a record shows, or may hold, and that do not count because of that."""
    repeats = [
        repeat.id
        for repeat in panel.repeats.values()
        if (sizes := profile.repeats.get(repeat.id)) is not None
        and sizes.problem
        and sizes.shows_more_than(repeat.normal)
    ]
    return repeats + [
        allele.id
        for variant, allele in panel.alleles.items()
        if (call := profile.alleles.get(variant)) is not None and call.suspected
        and not _believed(call, panel.stricter.get(allele.id))
        and allele.allele_class not in ("benign", "uncertain", "disputed")
    ]  # fmt: skip


def _believed(call: Call, stricter: MoreGates | None) -> bool:
    seen = call if stricter is None else held_call(call, stricter)
    return seen.state in (State.CALLED, State.PARTIAL)


def _trace(made: Assignment) -> bytes:
    profile, content = made.profile, made.rules.content
    decision, told = made.decision, _told(made.rules, Circumstances.of(made.profile))
    places = _places(profile, told)
    plain = {
        "schema_version": SCHEMA_VERSION,
        "participant": profile.participant,
        "outcome": made.outcome.value,
        "category": made.category,
        "provisional": made.provisional,
        "intervention": made.intervention,
        "basis": _basis(decision),
        "reasons": [{"code": r.reason.value, "policy": r.policy, "because": r.because} for r in made.reasons],
        "settled": decision.settled,
        "overturn_risk_ppm": decision.overturn_risk_ppm,
        "answered": decision.settlement.answered.value,
        "scores": [_score(s, standing, made) for s, standing in zip(made.scores, decision.standings, strict=True)],
        "panel": _by_gene(places),
        "assumptions": list(profile.assumptions),
        "checks": [{"name": c.name, "result": c.result, "evidence": c.evidence} for c in profile.checks],
        "inputs": [
            {"role": i.role, "sha256": i.sha256, "size": i.size, "container": i.container} for i in profile.inputs
        ],
        "rule_set": {
            "id": content.rule_set.id,
            "version": content.rule_set.version,
            "status": content.rule_set.status,
            "digest": made.rules.digest,
            "files": dict(made.rules.files),
        },
        "software": {"name": "assigner", "version": VERSION},
        "profile": form_of(profile),
    }
    return sealed({name: [canonical(value)] for name, value in plain.items()} | {
        "decisive_unknowns": listed(map(told.unknown.of, decision.decisive)),
        "to_test": keyed({
            "findings": listed(map(told.unknown.of, decision.to_test.findings)),
            "at_least": [canonical(decision.to_test.at_least)],
            "conclusive": [canonical(decision.to_test.conclusive)],
        }),
        "findings": _findings(made.findings, told),
        "loci": listed(map(told.places.of, _loci(places, profile))),
        "flags": listed(told.flags.of(flag) for flag in made.flags if flag.truth is not Truth.FALSE),
    })  # fmt: skip


@frozen
class _Told:
    """How the parts of a trace are written that are the same for many participants, in the same circumstances.

    Attributes:
        alleles: the active alleles in the order of a trace, each with its place where nothing is known of it.
    """

    panel: Panel
    findings: Written[Finding]
    unknown: Written[Finding]
    places: Written[dict[str, Any]]
    flags: Written[Flag]
    alleles: tuple[tuple[Variant, Allele, dict[str, Any]], ...]


@lru_cache(maxsize=16)
def _told(rules: Rules, circumstances: Circumstances) -> _Told:
    panel, content = panel_of(rules, circumstances.build), rules.content
    citations = _Citations.of(content)
    answers = [finding for finding in answers_of(rules, circumstances).all() if finding.truth is not Truth.FALSE]
    alleles = sorted(panel.alleles.items(), key=lambda item: (item[1].gene, item[1].id))
    silent = [(variant, a, _locus(a.id, a.gene, "allele", NOT_ASSESSED)) for variant, a in alleles]
    return _Told(
        panel=panel,
        findings=Written.once(answers, lambda finding: canonical(_finding(finding, citations))),
        unknown=Written.once(answers, lambda finding: canonical(_unknown(finding))),
        places=Written.once([place for _, _, place in silent], canonical),
        flags=Written.once(flags_of(rules), lambda flag: canonical(_flag(flag, citations))),
        alleles=tuple(silent),
    )


def _unknown(finding: Finding) -> dict[str, Any]:
    return {
        "criterion": finding.criterion,
        "gene": finding.gene,
        "loci": list(finding.loci),
        "carrier_ppm": finding.carrier_ppm,
    }


def _basis(decision: Decision) -> dict[str, Any]:
    chosen = next((s for s in decision.standings if s.verdict is Verdict.CHOSEN), None)
    lead = chosen if decision.basis is Basis.LEAD else None
    return {
        "rule": decision.basis.value,
        "tier": decision.tier,
        "points": lead and lead.points,
        "against": lead and lead.against,
    }


def _score(score: Score, standing: Standing, made: Assignment) -> dict[str, Any]:
    names = {category.id: category.name for category in made.rules.content.categories}
    return {
        "category": score.category,
        "name": names[score.category],
        "verdict": standing.verdict.value,
        "against": standing.against,
        "tier": standing.tier,
        "points": standing.points,
        "their_points": standing.their_points,
        "genes": list(score.genes),
        "tiers": [
            {"tier": at, "known": span.known, "least": span.least, "most": span.most}
            for at, span in enumerate(score.tiers, start=1)
        ],
        "because": _why(standing, made.decision.basis),
    }


def _why(standing: Standing, basis: Basis) -> str:
    """One sentence for one category."""
    met = f"{standing.points} points to {standing.their_points} of {standing.against} in tier {standing.tier}"
    match standing.verdict:
        case Verdict.CHOSEN if basis is Basis.LEAD:
            return f"beats every other category; the nearest rival with {met}"
        case Verdict.CHOSEN:
            return f"chosen among tied categories by the tie-break {basis}"
        case Verdict.BEATEN:
            return f"beaten with {met}"
        case Verdict.TIED:
            return "within the margin of the other leading categories"
        case Verdict.NO_EVIDENCE:
            return "no evidence that reaches a tier's minimum"


def _findings(findings: tuple[Finding, ...], told: _Told) -> Iterator[bytes]:
    false = Counter(finding.criterion for finding in findings if finding.truth is Truth.FALSE)
    return keyed({
        "true": listed(told.findings.of(finding) for finding in findings if finding.truth is Truth.TRUE),
        "unknown": listed(told.findings.of(finding) for finding in findings if finding.truth is Truth.UNKNOWN),
        "false": [canonical([{"criterion": criterion, "count": false[criterion]} for criterion in sorted(false)])],
    })  # fmt: skip


@frozen
class _Citations:
    """Why each locus is in the rule set, on whose word, and how sure that is."""

    by_locus: dict[tuple[str, str], Any]
    by_criterion: dict[str, Any]
    by_flag: dict[tuple[FlagKind, str], Any]
    shares: dict[str, dict[str, int]]

    @classmethod
    def of(cls, content: RuleSet) -> _Citations:
        by_locus: dict[tuple[str, str], Any] = {}
        for allele in content.alleles:
            by_locus |= {("listed_allele", allele.id): allele, ("heteroplasmy", allele.id): allele}
        by_locus |= {("repeat", r.id): r for r in content.repeats} | {("marker", m.id): m for m in content.markers}
        by_flag: dict[tuple[FlagKind, str], Any] = {(FlagKind.MIMIC, m.id): m for m in content.flags.mimics}
        by_flag |= {(FlagKind.THERAPY, t.id): t for t in content.flags.therapies}
        by_flag |= {(FlagKind.STRATIFICATION, s.id): s for s in content.flags.stratification}
        return cls(by_locus, {c.id: c for c in content.criteria}, by_flag, content.shares_of)

    def of_finding(self, finding: Finding) -> Any:
        criterion = self.by_criterion[finding.criterion]
        return self.by_locus.get((criterion.kind, finding.loci[0] if finding.loci else "")) or criterion

    def clinvar_of(self, finding: Finding) -> list[str]:
        """ClinVar's ids of the listed alleles that a finding rests on."""
        kind = self.by_criterion[finding.criterion].kind
        rules = (self.by_locus.get((kind, locus)) for locus in finding.loci)
        return [clinvar for rule in rules if (clinvar := getattr(rule, "clinvar", None))]


def _finding(finding: Finding, told: _Citations) -> dict[str, Any]:
    rule, shares = told.of_finding(finding), told.shares.get(finding.gene, {})
    return {
        "criterion": finding.criterion,
        "gene": finding.gene,
        "loci": list(finding.loci),
        "truth": finding.truth.value,
        "tier": finding.tier,
        "points": {category: finding.strength * share // 1000 for category, share in shares.items()},
        "unmapped": finding.strength * (1000 - sum(shares.values())) // 1000,
        "shown": finding.shown,
        "because": rule.because,
        "sources": list(rule.sources),
        "clinvar": told.clinvar_of(finding),
        "status": rule.status,
    }


LocusKind = Literal["allele", "repeat", "marker", "variant", "structural"]


def _loci(places: list[dict[str, Any]], profile: Profile) -> list[dict[str, Any]]:
    """What is not plain reference, by kind, gene and id; what was assumed is in the assumptions."""
    other = [place for place in places if place["state"] not in REFERENCE_STATES]
    seen = [_structural(each) for each in profile.structural]
    seen += [_locus(str(o.variant), o.gene, "variant", o.call) for o in profile.variants]
    return other + sorted(seen, key=lambda locus: (locus["kind"], locus["gene"], locus["id"]))


def _by_gene(places: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """How many places of each gene are in which state."""
    genes: dict[str, Counter[str]] = defaultdict(Counter)
    for place in places:
        genes[place["gene"]][place["state"]] += 1
    return [{"gene": gene, "states": dict(sorted(genes[gene].items()))} for gene in sorted(genes)]


def _places(profile: Profile, told: _Told) -> list[dict[str, Any]]:
    """Every listed place of the panel by kind, gene and id; of plain reference its gene and state alone."""
    found: list[dict[str, Any]] = []
    for variant, allele, silent in told.alleles:
        call = profile.call(variant)
        if call is NOT_ASSESSED:
            found.append(silent)
        elif call.state in REFERENCE_STATES:
            found.append({"gene": allele.gene, "state": call.state.value})
        else:
            found.append(_locus(allele.id, allele.gene, "allele", call))
    for rsid, marker in sorted(told.panel.markers.items(), key=lambda item: (item[1].gene, item[1].id)):
        letters = profile.markers.get(rsid)
        state = "not_assessed" if letters is None else "no_call" if None in letters else "called"
        text = "/".join(letter or "." for letter in letters or ())
        found.append(_place(marker.id, marker.gene, "marker", state, text))
    for repeat in sorted(told.panel.repeats.values(), key=lambda repeat: (repeat.gene, repeat.id)):
        sizes = profile.repeats.get(repeat.id)
        state = "not_assessed" if sizes is None else "low_quality" if sizes.problem else "called"
        text, why = ("", None) if sizes is None else (str(sizes), sizes.problem)
        found.append(_place(repeat.id, repeat.gene, "repeat", state, text) | {"why": why})
    return found


def _structural(seen: StructuralCall) -> dict[str, Any]:
    why = "; ".join(part for part in (seen.call.why, seen.why) if part) or None
    return _locus(str(seen), seen.gene, "structural", seen.call) | {"why": why}


def _locus(name: str, gene: str, kind: LocusKind, call: Call) -> dict[str, Any]:
    return _place(name, gene, kind, call.state.value, shown(call)) | {
        "why": call.why,
        "depth": call.depth,
        "quality": call.quality,
        "fraction": call.fraction if call.fraction is None else format(call.fraction, "f"),
    }


def _place(name: str, gene: str, kind: LocusKind, state: str, text: str) -> dict[str, Any]:
    """A place of which nothing more is known."""
    more = dict.fromkeys(("why", "depth", "quality", "fraction"))
    return {"id": name, "gene": gene, "kind": kind, "state": state, "shown": text} | more


def _flag(flag: Flag, told: _Citations) -> dict[str, Any]:
    rule = told.by_flag[flag.kind, flag.id]
    return {
        "id": flag.id,
        "kind": flag.kind.value,
        "gene": flag.gene,
        "truth": flag.truth.value,
        "holds": flag.holds,
        "text": flag.text,
        "shown": flag.shown,
        "because": rule.because,
        "sources": list(rule.sources),
        "status": rule.status,
    }
