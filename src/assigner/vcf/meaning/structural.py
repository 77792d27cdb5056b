"""From records of structural variants to what they do to the panel's genes, as far as they can be believed.

Read are the records of Manta and DRAGEN (SV and CNV), GATK-SV and GATK gCNV, Sniffles, and others that keep to the same
keys of the VCF specification: symbolic or breakend ALT, or bases of which 50 or more are lost or gained; INFO/END,
SVLEN, SVTYPE, CIPOS, CIEND and IMPRECISE; FORMAT/CN, and GATK-SV's ECN, the copies that are expected. A deletion is
the only kind whose effect on a gene is told. All else that lies over a gene leaves the gene unknown, with the reason.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Sequence

from attrs import evolve, frozen

from assigner.genome.builds import LENGTHS
from assigner.genome.variants import trimmed
from assigner.profiles.calls import Call, Sex, State, in_order
from assigner.profiles.ploidy import expected_copies
from assigner.profiles.profile import Check, Reach, StructuralCall, StructuralKind
from assigner.rules.loci import Gene, name_of, span_on
from assigner.rules.panels import Panel
from assigner.rules.schema import Gates
from assigner.truth import Truth
from assigner.vcf.annotations.consequences import Annotator, Consequence, of_gene, pick
from assigner.vcf.meaning.judged import call_of, judge
from assigner.vcf.records.record import NO_ALLELE, Record
from assigner.vcf.repeats import NOT_STRUCTURAL
from assigner.vcf.scan.headers import Header

SHORTEST = 50
"""From how many lost or gained bases on a variant is called structural."""

AROUND = 2000
"""How far outside a gene, in bases, a record is looked at: its confidence interval may reach in."""

_KINDS = {
    "DEL": StructuralKind.DELETION,
    "DUP": StructuralKind.DUPLICATION,
    "INS": StructuralKind.INSERTION,
    "INV": StructuralKind.INVERSION,
    "CNV": StructuralKind.COPY_NUMBER,
    "BND": StructuralKind.BREAKEND,
    "TRA": StructuralKind.BREAKEND,
}
_OPEN = {
    StructuralKind.DUPLICATION: "what a duplication does to the gene is not read",
    StructuralKind.INSERTION: "what an insertion does to the gene is not read",
    StructuralKind.INVERSION: "what an inversion does to the gene is not read",
    StructuralKind.BREAKEND: "what a breakend does to the gene is not read",
    StructuralKind.COPY_NUMBER: "how many copies there are is not told",
    StructuralKind.OTHER: "this kind of variant is not read",
}
_COUNTED = frozenset({StructuralKind.DELETION, StructuralKind.DUPLICATION, StructuralKind.COPY_NUMBER})
_FOUND_BY_DEPTH = frozenset({"RD", "depth", "cnmops", "gcnv"})
_LOSES_EXON = frozenset({"transcript_ablation", "feature_ablation", "exon_loss_variant"})
_LOSES_END = frozenset({"start_lost", "stop_lost"})
_IN_INTRON = frozenset({"intron_variant", "feature_truncation", "upstream_gene_variant", "downstream_gene_variant"})


def declares_structural(header: Header) -> bool:
    """Whether a file may hold structural variants, by what its header declares."""
    return "SVTYPE" in header.info or bool(_declared_alts(header) & _KINDS.keys())


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
    """The spans of those genes, and a little around."""
    spans = ((gene.chrom, *span_on(gene, panel.build)) for gene in structural_genes(panel))
    return [(chrom, max(1, start - AROUND), end + AROUND) for chrom, start, end in spans]


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
    return any(_kind(record, alt) is not None for alt in record.alts) or (not record.alts and "CN" in record.sample)


def structural_calls(
    records: Iterable[Record], panel: Panel, annotator: Annotator, sex: Sex | None
) -> tuple[StructuralCall, ...]:
    """The structural variants over genes of which a deletion is asked, those that the sample is known to lack left out.

    Args:
        records: of one file, in any order.
        panel: the rule set's places.
        annotator: reads the file's consequences.
        sex: decides how many copies of X and Y there are.
    """
    genes: dict[str | None, list[Gene]] = {}
    for gene in structural_genes(panel):
        genes.setdefault(gene.chrom, []).append(gene)
    found: dict[tuple[str, StructuralKind, int, int], list[StructuralCall]] = {}
    for record in records:
        if record.chrom in genes and is_structural(record):
            for call in _of_record(record, genes[record.chrom], panel, annotator, sex):
                found.setdefault((call.gene, call.kind, call.start, call.end), []).append(call)
    calls = (_together(several) for several in found.values())
    return tuple(sorted(filter(_matters, calls), key=lambda call: (call.gene, str(call))))


def _matters(call: StructuralCall) -> bool:
    return call.call.carries is not Truth.FALSE and (call.call.seen or call.reach is not Reach.INTRON)


def _together(several: Sequence[StructuralCall]) -> StructuralCall:
    """What several records of one variant say: of genotypes as of small variants, and the same of the gene."""
    first = min(several, key=in_order)
    call = functools.reduce(Call.merged, sorted((each.call for each in several), key=in_order))
    if len({each.reach for each in several}) > 1:
        return evolve(first, call=call, reach=Reach.PART, why="several records that do not agree")
    return evolve(first, call=call)


@frozen(kw_only=True)
class _Event:
    """What one ALT of a record changes.

    Attributes:
        inner: the innermost span that it can have; None when that cannot be told.
        outer: the outermost one.
        why: what is wrong with the record, if something is.
    """

    kind: StructuralKind
    start: int
    end: int
    inner: tuple[int, int] | None
    outer: tuple[int, int]
    precise: bool
    why: str | None = None


def _of_record(
    record: Record, genes: Sequence[Gene], panel: Panel, annotator: Annotator, sex: Sex | None
) -> Iterator[StructuralCall]:
    gates = panel.content.gates.model_copy(update={"strict": ()})  # few structural variants have depths
    numbers = range(1, len(record.alts) + 1) if record.alts else (0,)
    told: tuple[tuple[Consequence, ...], ...] | None = None
    for number in numbers:
        alt = record.alts[number - 1] if number else ""
        kind = _kind(record, alt) if number else StructuralKind.COPY_NUMBER
        if kind is None:
            continue
        kind, call = _call(record, number, kind, sex, panel, gates)
        event = _event(record, alt, number, kind, LENGTHS[panel.build][record.chrom or ""])
        for gene in genes:
            start, end = span_on(gene, panel.build)
            if event.outer[0] <= end and start <= event.outer[1]:
                if told is None:
                    told = annotator.consequences(record.info, record.ref, record.alts) if annotator.layouts else ()
                yield _over(gene, (start, end), event, call, told[number - 1] if told and number else ())


def _kind(record: Record, alt: str) -> StructuralKind | None:
    """The kind of an ALT, None when it is a small variant, a reference block or `*`."""
    if alt in NO_ALLELE:
        return None
    if alt.startswith("<"):
        return _KINDS.get(re.split("[:_]", alt[1:-1].upper())[0], StructuralKind.OTHER)
    if set(alt) & set("[]."):
        return StructuralKind.BREAKEND
    lost = len(record.ref) - len(alt)
    if abs(lost) < SHORTEST:
        return None
    return StructuralKind.DELETION if lost > 0 else StructuralKind.INSERTION


# ------------------------------------------------------------------------------------------------------------ genotypes


def _call(
    record: Record, number: int, kind: StructuralKind, sex: Sex | None, panel: Panel, gates: Gates
) -> tuple[StructuralKind, Call]:
    """Who carries it, and its kind, which of `<CNV>` only the number of copies tells."""
    judged = judge(record, gates)
    call = call_of(judged, number, sex, panel.build, gates)
    if kind not in _COUNTED or record.sample.get("CN", ".") == ".":
        return kind, call
    copies = record.sample["CN"]
    if not re.fullmatch("[0-9]{1,4}", copies):
        return kind, _doubted(call, f"CN is no whole number: {copies[:20]}")
    left, expected = int(copies), _expected(record, sex, panel)
    if expected is None:
        written = any(copy is not None for copy in call.copies)
        doubted = _doubted(call, "how many copies are expected is not known")
        return kind, doubted if written else evolve(doubted, copies=(True, False))
    if kind is StructuralKind.COPY_NUMBER:
        gained = left > expected
        kind = StructuralKind.DUPLICATION if gained else StructuralKind.DELETION
        counted = Call(State.CALLED, (True,) if gained else _copies(expected - left, left))
    elif kind is StructuralKind.DELETION:
        counted = _counted(call, max(0, expected - left), left, expected)
    else:
        absent = left <= expected and not call.seen and None not in call.copies
        counted = Call(State.CALLED, (False,)) if absent else call
    if judged.state is not None:
        counted = evolve(counted, state=judged.state, why=judged.why)
    return kind, evolve(counted, depth=record.depth, quality=record.quality)


def _copies(lost: int, left: int) -> tuple[bool, ...]:
    return (True,) * lost + (False,) * left or (False,)


def _counted(call: Call, lost: int, left: int, expected: int) -> Call:
    """A deletion's genotype beside the number of copies; they must not contradict each other.

    GATK gCNV writes one allele whatever the ploidy, and DRAGEN leaves open what depth does not tell; then CN decides.
    """
    written, shows = call.copies, call.seen
    if not any(copy is not None for copy in written):
        if not lost:
            return call
        return Call(State.LOW_QUALITY, _copies(lost, left), why=f"CN is {left}, and there is no genotype")
    whole = None not in written
    if whole and (len(written), sum(map(bool, written))) == (expected, lost):
        return call
    if whole and not shows and not lost:
        return Call(State.CALLED, (False,))
    if (whole and len(written) == expected) or shows != bool(lost) or left > expected:
        return _doubted(call, "CN says otherwise than GT")
    return Call(State.CALLED, _copies(lost, left))


def _doubted(call: Call, why: str) -> Call:
    return evolve(call, state=State.INVALID, why=why)


def _expected(record: Record, sex: Sex | None, panel: Panel) -> int | None:
    """How many copies of the place there are in a sound genome; by GATK-SV's word where the sex is not known."""
    by_sex = expected_copies(panel.build, record.chrom or "", record.pos, sex)
    said = record.sample.get("ECN", ".")
    if said not in ("0", "1", "2"):
        return by_sex
    return int(said) if by_sex in (None, int(said)) else None


# --------------------------------------------------------------------------------------------------------------- places


def _event(record: Record, alt: str, number: int, kind: StructuralKind, length: int) -> _Event:
    """Where an ALT lies on a chromosome of this length, and within which bounds."""
    precise = not ("IMPRECISE" in record.info or _by_depth(record, alt))
    if kind not in (StructuralKind.DELETION, StructuralKind.COPY_NUMBER):
        end = record.pos if kind in (StructuralKind.INSERTION, StructuralKind.BREAKEND) else record.end
        place = (first := max(1, record.pos), max(first, min(end, length)))
        return _Event(kind=kind, start=place[0], end=place[1], inner=None, outer=place, precise=precise)
    start, end, why = _span(record, alt, number)
    if end > length:
        end, why = max(start, length), "it ends beyond its chromosome"
    why = why or _doubt(record, kind)
    around, fault = _bounds(record)
    if fault or (around is None and "IMPRECISE" in record.info):
        inner, outer = None, (start, end)
    else:
        (before, after), (back, on) = around or ((0, 0), (0, 0))
        inner, outer = (start + after, end + back), (start + before, end + on)
    why = why or fault
    return _Event(kind=kind, start=start, end=end, inner=None if why else inner, outer=outer, precise=precise, why=why)


def _by_depth(record: Record, alt: str) -> bool:
    """Whether only read depth shows it, so that its ends are those of bins."""
    named = set(re.split("[,|]", record.info.get("ALGORITHMS", "") or record.info.get("EVIDENCE", ""))) - {"", "."}
    depth_only = (bool(named) and named <= _FOUND_BY_DEPTH) or "D" in record.info.get("SVCLAIM", "").split(",")
    return depth_only or record.info.get("SVTYPE") == "CNV" or alt in ("", "<CNV>")


def _span(record: Record, alt: str, number: int) -> tuple[int, int, str | None]:
    """First and last deleted base; where END and SVLEN differ, or are missing, the widest, and what is wrong.

    DRAGEN's REFLEN counts the same bases as SVLEN and needs no look.
    """
    if alt and not alt.startswith("<"):
        pos, ref, new = trimmed(record.pos, record.ref, alt)
        return pos + (ref[0] == new[0]), pos + len(ref) - 1, None
    start = record.pos + 1
    end, length = record.extent.end, record.extent.length(number, len(record.alts))
    widest = max(start, record.end)
    if end is None and length is None:
        return start, widest, "neither END nor SVLEN is given"
    if end is not None and end < start:
        return start, widest, "END is not after POS"
    if end is not None and length is not None and abs(record.pos + length - end) > 1:
        return start, widest, "END and SVLEN disagree"
    return start, record.pos + (length or 0) if end is None else end, None


def _doubt(record: Record, kind: StructuralKind) -> str | None:
    """Whether the caller saw it in some cells only, or SVTYPE names another kind; DRAGEN's CNV is a loss or a gain."""
    if "MOSAIC" in record.info:
        return "only some cells have it"
    said = record.info.get("SVTYPE", ".").split(":")[0].upper()
    if said in (".", "", "CNV") or len(record.alts) != 1 or _KINDS.get(said) is kind:
        return None
    return f"SVTYPE is {said[:20]} and ALT a {kind}"


def _bounds(record: Record) -> tuple[tuple[tuple[int, int], tuple[int, int]] | None, str | None]:
    """CIPOS and CIEND, each with 0 inside; None when not both can be told of an imprecise record."""
    found: dict[str, tuple[int, int]] = {}
    for key in ("CIPOS", "CIEND"):
        text = record.info.get(key, ".")
        if text == ".":
            continue
        pair = re.fullmatch("(-?[0-9]{1,9}),(-?[0-9]{1,9})", text)
        if pair is None or int(pair[1]) > int(pair[2]):
            return None, f"{key} is not an interval"
        found[key] = min(0, int(pair[1])), max(0, int(pair[2]))
    if not found or ("IMPRECISE" in record.info and len(found) < 2):
        return None, None
    return (found.get("CIPOS", (0, 0)), found.get("CIEND", (0, 0))), None


# ---------------------------------------------------------------------------------------------------------------- genes


def _over(
    gene: Gene, span: tuple[int, int], event: _Event, call: Call, consequences: Sequence[Consequence]
) -> StructuralCall:
    """What an event does to one gene that it may meet."""
    found = _chosen(gene, consequences)
    reach, why = Reach.PART, event.why or _OPEN.get(event.kind)
    if event.kind is StructuralKind.DELETION and event.why is None:
        reach, why = _reach(span, event, found)
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


def _chosen(gene: Gene, consequences: Sequence[Consequence]) -> Consequence | None:
    own = of_gene(consequences, gene.hgnc or "", {gene.symbol, *gene.aliases, gene.ensembl or gene.symbol})
    named = ",".join(gene.transcripts)
    return pick(own, {gene.symbol: named, gene.hgnc or "": named}).consequence


def _reach(span: tuple[int, int], event: _Event, found: Consequence | None) -> tuple[Reach, str | None]:
    """What a deletion takes: by its place the whole gene, else by its annotation, if its ends are known to the base."""
    if event.inner is not None and event.inner[0] <= span[0] and span[1] <= event.inner[1]:
        return Reach.WHOLE, None
    if not event.precise:
        return Reach.PART, "its ends are not precise, and it may not take the whole gene"
    if found is None:
        return Reach.PART, "it takes a part of the gene, and no annotation says which"
    terms = set(found.terms)
    if terms and terms <= _IN_INTRON:
        return Reach.INTRON, None
    if terms & _LOSES_EXON or (found.exon and (terms & _LOSES_END or _crosses(found))):
        return Reach.EXON, None
    return Reach.PART, "its annotation does not say that an exon is lost"


def _crosses(found: Consequence) -> bool:
    """Whether coding bases go together with an end of their exon; within an exon the frame may be kept."""
    coding = {"coding_sequence_variant", "frameshift_variant"} & set(found.terms)
    several = re.match("[0-9]+-[0-9]+/", found.exon or "")
    return bool(coding) and ("intron_variant" in found.terms or several is not None)
