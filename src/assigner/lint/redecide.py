"""Stored traces decided again with another rule set: who gets a different result, and by which rule.

A trace holds what the old rule set needed. What the new one needs beyond that is unknown, never reference: new alleles
are not assessed, and variants of new genes or new kinds of annotation were not looked for. What the new one no longer
uses is named. Calls stay as the gates of the old rule set left them.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from attrs import evolve, frozen

from assigner.assignments import assign
from assigner.errors import TraceError
from assigner.processes import Workers
from assigner.profiles.calls import ASSUMED_REFERENCE, NOT_ASSESSED
from assigner.profiles.forms import profile_of
from assigner.profiles.profile import Annotation, Profile
from assigner.rules import Rules, read_rules
from assigner.rules.criteria import terms_of
from assigner.rules.panels import Panel, locus_of, panel_of
from assigner.rules.schema import RuleSet
from assigner.traces import Trace, bytes_of, parse_trace
from assigner.truth import Truth

Place = str | None


@frozen(kw_only=True)
class Redecided:
    """One participant under both rule sets.

    Attributes:
        before: the category, or `review` with its reasons.
        by: the findings that are true under one rule set alone, or `decision` when the same findings decide otherwise.
        unknown: what the trace shows and the new rule set does not ask about.
    """

    participant: str
    before: str
    after: str
    by: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def moved(self) -> bool:
        """Whether the result is different."""
        return self.before != self.after


def redecided(trace: Trace, old: Rules, new: Rules) -> Redecided:
    """A trace's participant decided again.

    Raises:
        TraceError: when the trace was made under another rule set than the old one.
    """
    if trace.rule_set.digest != old.digest:
        raise TraceError("trace: rule_set.digest", f"{old.digest}, that of OLD", trace.rule_set.digest)
    profile, unknown = carried_over(trace.profile, old, new)
    made = assign(profile, new, trace.accrual)
    now = {(f.criterion, f.gene, f.about) for f in made.findings if f.truth is Truth.TRUE}
    then = {(f.criterion, f.gene, f.about) for f in trace.findings.true}
    codes = [raised.reason.value for raised in made.reasons]
    before = _result(trace.outcome, trace.category, [raised.code for raised in trace.reasons])
    after = _result(made.outcome.value, made.category, codes)
    lost = [f"without {_named(each)}" for each in sorted(then - now)]
    by = (*lost, *(f"with {_named(each)}" for each in sorted(now - then))) or ("decision",)
    return Redecided(
        participant=trace.participant,
        before=before,
        after=after,
        by=by if before != after else (),
        unknown=unknown,
    )


def _result(outcome: str, category: str | None, reasons: Sequence[str]) -> str:
    return category if outcome == "assigned" and category else f"review ({', '.join(reasons)})"


def _named(finding: tuple[str, str, tuple[str, ...]]) -> str:
    criterion, _, loci = finding
    return f"{criterion} {'+'.join(loci)}"


def carried_over(form: dict[str, Any], old: Rules, new: Rules) -> tuple[Profile, tuple[str, ...]]:
    """The profile of a trace for the new rule set, and what of it the new one does not know."""
    known = profile_of(form, old)
    before, after = panel_of(old, known.build), panel_of(new, known.build)
    genes = {gene.symbol: now.symbol for gene in old.content.genes if (now := after.gene(gene.symbol))}
    lost = [before.listed[v].id for v, call in known.alleles.items() if v not in after.listed and call.suspected]
    lost += [str(seen.variant) for seen in known.variants if seen.gene not in genes]
    lost += [str(seen) for seen in known.structural if seen.gene not in genes]
    lost += [f"repeat {name}" for name in known.repeats if not _is_same(name, before, after)]
    lost += [rsid for rsid in known.markers if rsid not in after.markers]
    scores = {name: own for name, own in known.scores.items() if _is_same_score(name, before, after)}
    lost += [f"score {name}" for name in known.scores if name not in scores]
    assumed = ASSUMED_REFERENCE if known.absent == "reference" else NOT_ASSESSED
    alleles = {v: call for v, call in known.alleles.items() if v in after.listed}
    alleles |= {v: assumed if v in before.alleles else NOT_ASSESSED for v in after.listed if v not in alleles}
    flagged = {flag.gene for flag in new.content.flags.with_trigger}
    looked = dict.fromkeys(genes, 1000) if known.assessed == "all" or known.absent == "reference" else known.assessed
    is_new = bool({gene.symbol for gene in new.content.genes} - set(genes.values()))
    return evolve(
        known,
        absent="unknown" if is_new else known.absent,
        alleles=alleles,
        markers={rsid: letters for rsid, letters in known.markers.items() if rsid in after.markers},
        scores=scores,
        repeats={name: sizes for name, sizes in known.repeats.items() if _is_same(name, before, after)},
        variants=tuple(evolve(s, gene=genes[s.gene]) for s in known.variants if s.gene in genes),
        structural=tuple(evolve(s, gene=genes[s.gene]) for s in known.structural if s.gene in genes),
        structural_read=known.structural_read and _asks_deletions(old.content) >= _asks_deletions(new.content),
        assessed={genes[gene]: share for gene, share in looked.items() if gene in genes},
        annotated=known.annotated - _not_asked(old.content, new.content),
        copy_numbers={g: n for g, n in known.copy_numbers.items() if g in flagged or after.gene(g)},
    ), tuple(lost)


def _is_same(name: str, before: Panel, after: Panel) -> bool:
    """Whether a repeat's id still means the same place."""
    one, two = before.repeats.get(name), after.repeats.get(name)
    return one is not None and two is not None and locus_of(one) == locus_of(two)


def _is_same_score(name: str, before: Panel, after: Panel) -> bool:
    """Whether a score still has the same scoring file."""
    one, two = before.scores.get(name), after.scores.get(name)
    return one is not None and two is not None and one.file.sha256 == two.file.sha256


def _not_asked(old: RuleSet, new: RuleSet) -> set[Annotation]:
    """The kinds of annotation that the new rule set reads in more ways than a trace of the old one can tell."""
    missing: set[Annotation] = set()
    if not any(criterion.reads == "annotations" for criterion in old.criteria):
        missing.add("clinvar")
    if _terms(new) - _terms(old):
        missing.add("consequence")
    return missing


def _asks_deletions(content: RuleSet) -> bool:
    return any(criterion.reads == "deletions" for criterion in content.criteria)


def _terms(content: RuleSet) -> set[str]:
    return {term for criterion in content.criteria for term in terms_of(criterion)}


def read_whole_trace(path: str) -> Trace:
    """A stored trace, checked against its own digest.

    Raises:
        TraceError: when it cannot be read, or was changed.
    """
    source = bytes_of(path)
    trace = parse_trace(source, path)
    rest = source.rstrip(b"\n").replace(f'"digest":"{trace.digest}",'.encode(), b"", 1)
    if hashlib.sha256(rest).hexdigest() != trace.digest:  # of canonical bytes it is, without writing them again
        trace.expect_intact(path)
    return trace


def redecide(paths: Sequence[str], old: Place, new: Place, jobs: int = 1) -> Iterator[Redecided]:
    """The participants of stored traces under both rule sets, in the order of the paths.

    Args:
        paths: the traces' files.
        old: the file of the rule set under which they were made, None for the shipped one.
        new: that of the other one.
        jobs: so many processes share the work.

    Raises:
        TraceError: when a trace cannot be used; each error names its file.
    """
    if jobs < 2 or len(paths) < 50:
        _begin(old, new)
        yield from map(_one, paths)
        return
    with Workers(jobs, _begin, old, new) as workers:
        yield from workers.each(_one, paths, 16)


_BOTH: list[Rules] = []


def _begin(old: Place, new: Place) -> None:
    _BOTH[:] = [read_rules(old), read_rules(new)]


def _one(path: str) -> Redecided:
    trace = read_whole_trace(path)
    try:
        return redecided(trace, *_BOTH)
    except TraceError as error:
        raise TraceError(f"{path}: {error.place}", error.expected, error.got) from error


def matrix(found: Iterable[Redecided]) -> list[tuple[str, str, int]]:
    """How many participants went from which outcome to which; reviews count together."""
    counted: dict[tuple[str, str], int] = {}
    for each in found:
        key = each.before.split(" (")[0], each.after.split(" (")[0]
        counted[key] = counted.get(key, 0) + 1
    return [(before, after, count) for (before, after), count in sorted(counted.items())]


def trace_files(given: Iterable[str]) -> list[str]:
    """The files that are meant: a folder stands for the `.json` files in it."""
    found: list[str] = []
    for each in given:
        if os.path.isdir(each):
            found += sorted(os.path.join(each, name) for name in os.listdir(each) if name.endswith(".json"))
        else:
            found.append(each)
    return found
