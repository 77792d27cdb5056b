"""From records of structural variants to what they do to the panel's genes, as far as they can be believed.

Read are the records of Manta and DRAGEN (SV and CNV), GATK-SV and GATK gCNV, Sniffles, and others that keep to the same
keys of the VCF specification: symbolic or breakend ALT, or bases of which 50 or more are lost or gained; INFO/END,
SVLEN, SVTYPE, CIPOS, CIEND and IMPRECISE; FORMAT/CN, and GATK-SV's ECN, the copies that are expected. A deletion is
the only kind whose effect on a gene is read. All else that lies over a gene leaves the gene unknown, with the reason.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never

from attrs import evolve

from assigner.genome.builds import LENGTHS, Build
from assigner.profiles.calls import Call, Sex, State, in_order
from assigner.profiles.profile import Check, Reach, StructuralCall, StructuralKind
from assigner.rules.loci import Exons, Gene, name_of, span_on
from assigner.rules.panels import Panel, asked_genes
from assigner.truth import Truth
from assigner.vcf.annotations.annotators import Annotator
from assigner.vcf.annotations.consequences import Consequence
from assigner.vcf.annotations.picks import of_gene, pick
from assigner.vcf.meaning.contradictions import Shown, contradiction
from assigner.vcf.meaning.copies import counted_calls
from assigner.vcf.meaning.events import KINDS, Event, event_of, kind_of
from assigner.vcf.meaning.genes import gene_names
from assigner.vcf.records.record import Record
from assigner.vcf.repeats import NOT_STRUCTURAL
from assigner.vcf.scan.headers import Header

AROUND = 2000
"""How far outside a gene, in bases, a record is looked at: its confidence interval may reach in."""

_LOSES_EXON = frozenset({"transcript_ablation", "feature_ablation", "exon_loss_variant"})
_LOSES_END = frozenset({"start_lost", "stop_lost"})
_IN_INTRON = frozenset({"intron_variant", "feature_truncation", "upstream_gene_variant", "downstream_gene_variant"})


def declares_structural(header: Header) -> bool:
    """Whether a file may hold structural variants, by what its header declares."""
    return "SVTYPE" in header.info or bool(_declared_alts(header) & KINDS.keys())


def made_for_structural(header: Header) -> bool:
    """Whether a file was made to show deletions, so that one that it does not show was not found.

    SVTYPE alone proves nothing: callers of repeats and of small variants declare it too.
    """
    ends = "SVTYPE" in header.info and bool({"CIPOS", "IMPRECISE", "ALGORITHMS"} & header.info.keys())
    return "DEL" in _declared_alts(header) and (ends or "CN" in header.formats)


def _declared_alts(header: Header) -> set[str]:
    found = (re.match(r"##ALT=<(?:.*,)?ID=([A-Za-z0-9]+)", line) for line in header.meta)
    return {each[1].upper() for each in found if each}


def structural_genes(panel: Panel) -> tuple[Gene, ...]:
    """The genes of which some criterion asks whether they are deleted."""
    asked = {name_of(part) for c in panel.criteria if c.reads == "deletions" for part in panel.scope(c)}
    return tuple(gene for gene in panel.content.genes if gene.symbol in asked)


def structural_places(panel: Panel) -> list[tuple[str, int, int]]:
    """The spans of those genes, and a little around, and of the genes of whose small variants is asked."""
    spans = ((gene.chrom, *span_on(gene, panel.build)) for gene in structural_genes(panel))
    found = [(chrom, max(1, start - AROUND), end + AROUND) for chrom, start, end in spans]
    asked = asked_genes(panel.content)
    return found + [(gene.chrom, *span_on(gene, panel.build)) for gene in panel.content.genes if gene.symbol in asked]


def structural_check(*, declared: bool, looked_for: bool) -> Check:
    """What the files can say of structural variants, for the trace.

    Args:
        declared: whether a file may hold some.
        looked_for: whether one was made to show them.
    """
    if looked_for:
        evidence = "a file is for them: its header declares deletions and their ends or copies, or the caller says so"
        return Check("structural_variants", "looked for", evidence)
    if declared:
        return Check("structural_variants", "read", "a file may hold some; one that it omits is unknown")
    return Check("structural_variants", "not looked for", "no header declares any; deletions of genes are unknown")


def is_structural(record: Record) -> bool:
    """Whether a record shows, or could show, a structural variant; those of tandem repeats are read elsewhere."""
    if NOT_STRUCTURAL.on(record):
        return False
    return any(kind_of(record, alt) is not None for alt in record.alts) or (not record.alts and "CN" in record.sample)


def structural_calls(
    files: Iterable[tuple[Iterable[Record], Annotator]], panel: Panel, sex: Sex | None, shown: Sequence[Shown] = ()
) -> tuple[StructuralCall, ...]:
    """The structural variants over genes of which a deletion is asked, those that the sample is known to lack left out.

    Args:
        files: of each file its records, in any order, and what reads its consequences.
        panel: the rule set's places.
        sex: decides how many copies of X and Y there are.
        shown: what small variants show of the sample's copies.
    """
    genes: dict[str | None, list[Gene]] = {}
    for gene in structural_genes(panel):
        genes.setdefault(gene.chrom, []).append(gene)
    found: dict[tuple[str, StructuralKind, int, int], list[StructuralCall]] = {}
    for record, annotator in ((record, annotator) for records, annotator in files for record in records):
        if record.chrom in genes and is_structural(record):
            for call in _of_record(record, genes[record.chrom], panel, annotator, sex):
                found.setdefault((call.gene, call.kind, call.start, call.end), []).append(call)
    calls = (_undisputed(_together(several), shown) for several in found.values())
    return tuple(sorted(filter(_matters, calls), key=lambda call: (call.gene, str(call))))


def _undisputed(seen: StructuralCall, shown: Sequence[Shown]) -> StructuralCall:
    """A deletion that is called and cannot be so is a conflict; what it shows stays in sight."""
    why = contradiction(seen, shown) if seen.call.state in (State.CALLED, State.PARTIAL) else None
    return seen if why is None else evolve(seen, call=evolve(seen.call, state=State.CONFLICT, why=why))


def _matters(call: StructuralCall) -> bool:
    return call.call.carries is not Truth.FALSE and (call.call.seen or call.reach is not Reach.INTRON)


def _together(several: Sequence[StructuralCall]) -> StructuralCall:
    """What several records of one variant say: of genotypes as of small variants, and the same of the gene."""
    first = min(several, key=in_order)
    call = functools.reduce(Call.merged, sorted((each.call for each in several), key=in_order))
    if len({each.reach for each in several}) > 1:
        return evolve(first, call=call, reach=Reach.PART, why="several records that do not agree")
    return evolve(first, call=call)


def _of_record(
    record: Record, genes: Sequence[Gene], panel: Panel, annotator: Annotator, sex: Sex | None
) -> Iterator[StructuralCall]:
    by_alt: tuple[tuple[Consequence, ...], ...] | None = None
    for number, alt, kind, call in counted_calls(record, sex, panel):
        event = event_of(record, alt, number, kind, LENGTHS[panel.build][record.chrom or ""])
        for gene in genes:
            start, end = span_on(gene, panel.build)
            if event.outer[0] <= end and start <= event.outer[1]:
                if by_alt is None:
                    by_alt = annotator.consequences(record.info, record.ref, record.alts) if annotator.layouts else ()
                yield _over(gene, panel.build, event, call, by_alt[number - 1] if by_alt and number else ())


def _over(gene: Gene, build: Build, event: Event, call: Call, consequences: Sequence[Consequence]) -> StructuralCall:
    """What an event does to one gene that it may meet."""
    found = _chosen(gene, consequences)
    reach, why = Reach.PART, event.why or _why_open(event.kind)
    if event.kind is StructuralKind.DELETION and event.why is None:
        reach, why = _reach(gene, build, event, found)
    return StructuralCall(
        gene=gene.symbol,
        kind=event.kind,
        chrom=gene.chrom,
        start=event.start,
        end=event.end,
        call=call,
        reach=reach,
        precise=event.precise,
        why=why,
        label=f"{found.transcript} {'&'.join(found.terms)}" if found else None,
    )


def _why_open(kind: StructuralKind) -> str | None:
    """Why it is not known what a kind of event does to a gene; None of a deletion."""
    match kind:
        case StructuralKind.DELETION:
            return None
        case StructuralKind.DUPLICATION:
            return "what a duplication does to the gene is not read"
        case StructuralKind.INSERTION:
            return "what an insertion does to the gene is not read"
        case StructuralKind.INVERSION:
            return "what an inversion does to the gene is not read"
        case StructuralKind.BREAKEND:
            return "what a breakend does to the gene is not read"
        case StructuralKind.COPY_NUMBER:
            return "how many copies there are is not told"
        case StructuralKind.OTHER:
            return "this kind of variant is not read"
        case _:
            assert_never(kind)


def _chosen(gene: Gene, consequences: Sequence[Consequence]) -> Consequence | None:
    names = gene_names(gene)
    return pick(of_gene(consequences, names), names.accessions).consequence


def _reach(gene: Gene, build: Build, event: Event, found: Consequence | None) -> tuple[Reach, str | None]:
    """What a deletion takes: by its place the whole gene, else by its annotation, if its ends are known to the base.

    Without annotation the rule set's exons say it, where it has whole ones.
    """
    start, end = span_on(gene, build)
    if event.inner is not None and event.inner[0] <= start and end <= event.inner[1]:
        return Reach.WHOLE, None
    if not event.precise:
        return Reach.PART, "its ends are not precise, and it may not take the whole gene"
    if found is None:
        return _by_exons(gene.exons, build, event)
    terms = set(found.terms)
    if terms and terms <= _IN_INTRON:
        return Reach.INTRON, None
    if terms & _LOSES_EXON or (found.exon and (terms & _LOSES_END or _crosses(found))):
        return Reach.EXON, None
    return Reach.PART, "its annotation does not say that an exon is lost"


def _by_exons(exons: Exons | None, build: Build, event: Event) -> tuple[Reach, str | None]:
    if exons is None or exons.coding_on(build) is None or event.inner is None:
        return Reach.PART, "it takes a part of the gene, and no annotation says which"
    match exons.lost(build, *event.inner):
        case Truth.TRUE:
            return Reach.EXON, None
        case Truth.FALSE:
            return Reach.INTRON, None
        case Truth.UNKNOWN:
            return Reach.PART, "it takes a part of an exon, or bases beside one, and no annotation says what that does"
        case never:
            assert_never(never)


def _crosses(found: Consequence) -> bool:
    """Whether coding bases go together with an end of their exon; within an exon the frame may be kept."""
    coding = {"coding_sequence_variant", "frameshift_variant"} & set(found.terms)
    several = re.match("[0-9]+-[0-9]+/", found.exon or "")
    return bool(coding) and ("intron_variant" in found.terms or several is not None)
