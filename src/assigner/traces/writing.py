"""Writes the records of a trace; JSON that is the same for all participants of a rule set is cached."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from attrs import frozen

from assigner.canonical import Prewritten, canonical, keyed, listed, members
from assigner.decisions.decision import Basis, Decision, Standing, Verdict
from assigner.decisions.scores import Score, points_of_share
from assigner.decisions.settling import Settlement
from assigner.evidence.answers import Found, shared_findings
from assigner.evidence.circumstances import Circumstances
from assigner.evidence.findings import Finding, Findings, GeneFindings
from assigner.evidence.flags import Flag, FlagKind, flags_of
from assigner.evidence.unknowns import Why
from assigner.profiles.profile import Profile, StructuralCall
from assigner.profiles.written import form_beside_calls, form_of
from assigner.rules import Rules
from assigner.rules.criteria import AnyCriterion
from assigner.rules.criterion import Reads
from assigner.rules.loci import Allele, Marker
from assigner.rules.panels import Panel, panel_of
from assigner.rules.repeats import Repeat
from assigner.rules.schema import RuleSet
from assigner.traces.places import Listing, calls_of, locus
from assigner.truth import Truth


@frozen(eq=False)
class Citations:
    """Reason, sources and status of each locus, criterion and flag of a rule set."""

    by_locus: dict[tuple[Reads, str], Allele | Repeat | Marker]
    by_criterion: dict[str, AnyCriterion]
    by_flag: dict[tuple[FlagKind, str], Any]
    shares: dict[str, dict[str, int]]

    @classmethod
    def of(cls, content: RuleSet) -> Citations:
        """The citations of a rule set."""
        by_locus: dict[tuple[Reads, str], Allele | Repeat | Marker] = {("alleles", a.id): a for a in content.alleles}
        by_locus |= {("repeats", r.id): r for r in content.repeats} | {("markers", m.id): m for m in content.markers}
        by_flag: dict[tuple[FlagKind, str], Any] = {(FlagKind.MIMIC, m.id): m for m in content.flags.mimics}
        by_flag |= {(FlagKind.THERAPY, t.id): t for t in content.flags.therapies}
        by_flag |= {(FlagKind.STRATIFICATION, s.id): s for s in content.flags.stratification}
        return cls(by_locus, {c.id: c for c in content.criteria}, by_flag, content.shares_of)

    def of_finding(self, finding: Finding) -> Any:
        """The entry of the rule set that a finding rests on: its listed locus, or its criterion."""
        criterion = self.by_criterion[finding.criterion]
        return self.by_locus.get((criterion.reads, finding.loci[0] if finding.loci else "")) or criterion

    def clinvar_of(self, finding: Finding) -> list[str]:
        """ClinVar's ids of the listed alleles that a finding rests on."""
        reads = self.by_criterion[finding.criterion].reads
        rules = (self.by_locus.get((reads, locus)) for locus in finding.loci)
        return [clinvar for rule in rules if (clinvar := getattr(rule, "clinvar", None))]


@frozen(eq=False)
class Records:
    """The cached JSON of a rule set's records in some circumstances.

    Attributes:
        findings: the findings that are the same for all participants.
        numerals: the indexes of all findings, written as JSON.
        listing: the listed places.
    """

    panel: Panel
    findings: Prewritten[Finding]
    numerals: Sequence[bytes]
    flags: Prewritten[Flag]
    listing: Listing

    def of_findings(self, found: Found, settlement: Settlement) -> dict[str, Iterable[bytes]]:
        """True and unknown findings, the number of false ones by criterion, the decisive ones and those to test.

        Decisive findings and those to test are given as indexes among the unknown ones.
        """
        written = self.written(found)
        order = [place for place, piece in enumerate(written.unknown) if piece is not None]
        named = dict(zip(order, self.numerals, strict=False))
        false = [{"criterion": each, "count": count} for each, count in sorted(written.false.items()) if count]
        tests = settlement.to_test
        return {
            "findings": keyed(
                {"false": false, "why": {why: why.words for why, count in written.whys.items() if count}},
                {
                    "true": listed([piece for _, piece in sorted(written.true.items())]),
                    "unknown": listed([piece for piece in written.unknown if piece is not None]),
                },
            ),
            "decisive_unknowns": listed(map(named.__getitem__, settlement.decisive_places)),
            "to_test": keyed(
                {"at_least": tests.at_least, "conclusive": tests.conclusive},
                {"findings": listed(map(named.__getitem__, tests.places))},
            ),
        }

    def written(self, found: Findings) -> WrittenFindings:
        """All findings as JSON: the cached shared findings, corrected for the genes that differ."""
        usual = found.usual.cached(self.of_all)
        unknown, true, false, whys = list(usual.unknown), dict(usual.true), dict(usual.false), Counter(usual.whys)
        for own in found.apart:
            before, now = found.usual.by_name[own.gene].cached(self.of_gene), own.cached(self.of_gene)
            for place in before.true:
                del true[place]
            true.update(now.true)
            for place, piece in zip(own.places, now.unknown, strict=True):
                unknown[place] = piece
            for criterion, count in before.false.items():
                false[criterion] -= count
            for criterion, count in now.false.items():
                false[criterion] = false.get(criterion, 0) + count
            whys.subtract(before.whys)
            whys.update(now.whys)
        return WrittenFindings(true, unknown, false, whys)

    def of_all(self, found: Findings) -> WrittenFindings:
        """All findings as JSON."""
        return self._written(found.all, range(len(found.all)))

    def of_gene(self, gene: GeneFindings) -> WrittenFindings:
        """The findings of a gene as JSON."""
        return self._written(gene.findings, gene.places)

    def _written(self, findings: Sequence[Finding], places: Iterable[int]) -> WrittenFindings:
        true = {at: self.findings.get(f) for at, f in zip(places, findings, strict=True) if f.truth is Truth.TRUE}
        unknown = [self.findings.get(f) if f.truth is Truth.UNKNOWN else None for f in findings]
        false = Counter(f.criterion for f in findings if f.truth is Truth.FALSE)
        return WrittenFindings(true, unknown, false, Counter(f.why for f in findings if f.why is not None))

    def of_flags(self, flags: Iterable[Flag]) -> Iterator[bytes]:
        """The flags that are true or unknown."""
        return listed(self.flags.get(flag) for flag in flags if flag.truth is not Truth.FALSE)

    def of_profile(self, profile: Profile, found: Found) -> Iterable[bytes]:
        """The profile as JSON; calls of listed alleles are cached where participants of a run share them."""
        if not found.data:
            return (canonical(form_of(profile)),)
        calls = calls_of(profile, found, self.panel)
        return keyed(form_beside_calls(profile, calls.plain), {"alleles": members(calls.in_order())})

    def of_places(self, profile: Profile, found: Found) -> dict[str, Iterable[bytes]]:
        """Per gene: listed sites counted by state. Plus every site with data, sorted by kind, gene, id.

        Plain reference is only counted; assumed reference is in the assumptions.
        """
        panel, loci = self.listing.of_all(profile, found)
        seen = [_structural(each) for each in profile.structural]
        seen += [locus(str(o.variant), o.gene, "variant", o.call) for o in profile.variants]
        seen.sort(key=lambda place: (place["kind"], place["gene"], place["id"]))
        return {
            "panel": listed(panel),
            "loci": listed(chain(*loci.values(), map(canonical, seen))),
        }


@frozen(eq=False)
class WrittenFindings:
    """The findings of one gene, or of all, as JSON.

    Attributes:
        true: true findings by index.
        unknown: unknown findings in order; None in place of all others.
        false: number of false findings by criterion.
        whys: number of unknown findings by reason.
    """

    true: Mapping[int, bytes]
    unknown: Sequence[bytes | None]
    false: Mapping[str, int]
    whys: Mapping[Why, int]


@lru_cache(maxsize=16)
def records_of(rules: Rules, circumstances: Circumstances) -> Records:
    """The records of a rule set in some circumstances."""
    panel, citations = panel_of(rules, circumstances.build), Citations.of(rules.content)
    shared = shared_findings(rules, circumstances)
    return Records(
        panel=panel,
        findings=Prewritten.of(
            (finding for finding in shared.all() if finding.truth is not Truth.FALSE),
            lambda finding: canonical(_finding(finding, citations)),
        ),
        numerals=[b"%d" % at for at in range(len(shared.no_data[False].all))],
        flags=Prewritten.of(flags_of(rules), lambda flag: canonical(_flag(flag, citations))),
        listing=Listing.of(panel, circumstances),
    )


def basis_record(decision: Decision) -> dict[str, Any]:
    """The basis of a decision; points are given only where a lead decides."""
    chosen = next((s for s in decision.standings if s.verdict is Verdict.CHOSEN), None)
    lead = chosen if decision.basis is Basis.LEAD else None
    return {
        "rule": decision.basis.value,
        "tier": decision.tier,
        "points": lead and lead.points,
        "against": lead and lead.against,
    }


def score_records(scores: Sequence[Score], decision: Decision, content: RuleSet) -> list[dict[str, Any]]:
    """Every category with its points, and why it was chosen or not."""
    names = {category.id: category.name for category in content.categories}
    return [
        {
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
            "because": _why(standing, decision.basis),
        }
        for score, standing in zip(scores, decision.standings, strict=True)
    ]


def _why(standing: Standing, basis: Basis) -> str:
    """One sentence for one category."""
    met = f"{standing.points} points to {standing.their_points} of {standing.against} in tier {standing.tier}"
    match standing.verdict:
        case Verdict.CHOSEN if basis is Basis.LEAD:
            return f"beats every other category; the nearest rival with {met}"
        case Verdict.CHOSEN if basis.is_allocation:
            return f"allocated by the protocol ({basis}), not by biology"
        case Verdict.CHOSEN:
            return f"chosen among tied categories by the tie-break {basis}"
        case Verdict.BEATEN:
            return f"beaten with {met}"
        case Verdict.TIED:
            return "within the margin of the other leading categories"
        case Verdict.NO_EVIDENCE:
            return "no evidence that reaches a tier's minimum"
        case Verdict.CLOSED:
            return "left out: its arm is closed"


def _finding(finding: Finding, citations: Citations) -> dict[str, Any]:
    rule, shares = citations.of_finding(finding), citations.shares.get(finding.gene, {})
    unassigned_share = 1000 - sum(shares.values())
    unknown = {"carrier_ppm": finding.carrier_ppm, "why": finding.why} if finding.truth is Truth.UNKNOWN else {}
    return unknown | {
        "criterion": finding.criterion,
        "gene": finding.gene,
        "loci": list(finding.loci),
        "truth": finding.truth.value,
        "tier": finding.tier,
        "points": {category: points_of_share(finding.strength, share) for category, share in shares.items()},
        "unmapped": points_of_share(finding.strength, unassigned_share),
        "shown": finding.shown,
        "because": rule.because,
        "sources": list(rule.sources),
        "clinvar": citations.clinvar_of(finding),
        "status": rule.status,
    }


def _flag(flag: Flag, citations: Citations) -> dict[str, Any]:
    rule = citations.by_flag[flag.kind, flag.id]
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


def _structural(seen: StructuralCall) -> dict[str, Any]:
    why = "; ".join(part for part in (seen.call.why, seen.why) if part) or None
    return locus(str(seen), seen.gene, "structural", seen.call) | {"why": why}
