"""What input is lacking, in the order of what it could change: each with what to give, annotate or test.

Only what was not given is named here. A place that failed quality control has a reason of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from assigner.errors import first_named
from assigner.profiles.calls import State
from assigner.reports.spoken import percent_of
from assigner.traces import Trace
from assigner.traces.schema import FindingRecord

MOST_NAMED = 4
"""How many repeats are named."""


@frozen
class Lack:
    """An input that is lacking.

    Attributes:
        could_change: a bound, in parts per million, of the chance that it would show what changes the decision.
        text: what is lacking, and what to do about it.
    """

    could_change: int
    text: str


def lacks_of(trace: Trace) -> tuple[Lack, ...]:
    """The inputs whose lack leaves the decision open, the most important first; none where it is settled."""
    if trace.settled:
        return ()
    return tuple(sorted(_lacks(trace), key=lambda lack: -lack.could_change))


def _lacks(trace: Trace) -> Iterator[Lack]:
    yield from _repeats(trace)
    yield from _annotations(trace)
    yield from _places(trace)
    yield from _structural(trace)
    yield from _scores(trace)


def _risk(trace: Trace, ids: frozenset[str]) -> int:
    """The bound for the decisive findings that rest on these places alone."""
    return sum(each.carrier_ppm or 0 for each in trace.decisive if each.loci and ids.issuperset(each.loci))


def _is_score(finding: FindingRecord) -> bool:
    """Whether it is of a polygenic score: about no locus and no gene, so the criterion's id stands for a gene."""
    return not finding.loci and finding.gene == finding.criterion


def _risk_of_genes(trace: Trace) -> int:
    """The bound for the decisive findings about whole genes: variants and deletions that are not listed."""
    return sum(each.carrier_ppm or 0 for each in trace.decisive if not each.loci and not _is_score(each))


def _scores(trace: Trace) -> Iterator[Lack]:
    """Polygenic scores of which too few alleles are called."""
    for each in filter(_is_score, trace.decisive):
        yield Lack(each.carrier_ppm or 0, f"{each.gene}: {each.shown}. Give a file with the others.")


def _repeats(trace: Trace) -> Iterator[Lack]:
    untested = frozenset(name for gene in trace.panel for name in gene.not_assessed.get("repeat", ()))
    decisive = {name: _risk(trace, frozenset({name})) for name in untested}
    names = sorted((name for name, risk in decisive.items() if risk), key=lambda name: (-decisive[name], name))
    if not names:
        return
    risk = _risk(trace, untested)
    decide = "decides" if len(names) == 1 else "decide"
    yield Lack(
        risk,
        f"No repeat sizes: {first_named(names, MOST_NAMED)} {decide} (up to {percent_of(risk)}). Give --repeats FILE, "
        f"or test in a laboratory: --repeat {names[0]}=SIZES.",
    )


def _annotations(trace: Trace) -> Iterator[Lack]:
    """No field of annotation in files of small variants; a profile in JSON says itself what is known."""
    has = set(trace.profile.get("annotated", ()))
    told = {"consequence": "consequence (CSQ, ANN, BCSQ)", "clinvar": "ClinVar (CLNSIG)"}
    with_what = {"consequence": "VEP, SnpEff or bcftools csq", "clinvar": "ClinVar's VCF"}
    missing = [kind for kind in told if kind not in has]
    if missing and _read_variants(trace) and (risk := _risk_of_genes(trace)):
        fields, tools = (" and ".join(of[kind] for kind in missing) for of in (told, with_what))
        yield Lack(risk, f"No field of {fields}: annotate with {tools}, or give --pack.")


def _places(trace: Trace) -> Iterator[Lack]:
    """Most listed alleles have no record, and nothing says whether they were looked at."""
    unseen = frozenset(name for gene in trace.panel for name in gene.not_assessed.get("allele", ()))
    whole = sum(
        count for gene in trace.panel for state, count in gene.states.items() if state is not State.NOT_ASSESSED
    )
    if not (_read_variants(trace) and trace.profile.get("absent") == "unknown" and len(unseen) > whole):
        return
    told = (
        f"Most listed places have no record: {len(unseen)} are unknown. Give a gVCF that covers them, or --callable "
        "BED with what was sequenced well."
    )
    if _shows_variants_alone(trace):
        told += (
            " Only if the laboratory states that absent places were sequenced and are reference: --absent reference."
        )
    yield Lack(_risk(trace, unseen) + _risk_of_genes(trace), told)


def _shows_variants_alone(trace: Trace) -> bool:
    """Whether something is carried and no place is told to be reference, as in a file that lists variants only."""
    calls = trace.profile.get("alleles", {}).values()
    carried = trace.profile.get("variants") or any("1" in str(call.get("genotype", "")) for call in calls)
    return bool(carried) and not trace.profile.get("reference")


def _structural(trace: Trace) -> Iterator[Lack]:
    if trace.profile.get("structural_read") == "no" and _read_variants(trace) and _risk_of_genes(trace):
        yield Lack(0, "No structural variants: deletions are unknown. Give --structural FILE.")


def _read_variants(trace: Trace) -> bool:
    return any(each.role == "variants" for each in trace.inputs)
