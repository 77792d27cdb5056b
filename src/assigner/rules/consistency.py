"""What the parts of a rule set owe each other: unique ids, names that exist, places on the genome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never

from assigner.errors import shown
from assigner.genome.builds import Build
from assigner.genome.terms import TERMS
from assigner.rules.category_criteria import OfCategory, agreement_faults, burden_faults, score_faults
from assigner.rules.criteria import (
    AlleleCriterion,
    AnyCriterion,
    BurdenCriterion,
    ClinvarCriterion,
    ConsequenceCriterion,
    DeletionCriterion,
    GeneWide,
    HeteroplasmyCriterion,
    MarkerCriterion,
    Placed,
    RepeatCriterion,
    terms_of,
)
from assigner.rules.criterion import GatedCriterion, MoreGates
from assigner.rules.loci import Allele, Gene, Marker, fits, span_on
from assigner.rules.repeats import Repeat
from assigner.rules.scalars import Reasoned
from assigner.rules.schema import Gates, Mimic, RuleSet, Therapy
from assigner.rules.score_criteria import AgreementCriterion, PolygenicCriterion
from assigner.strict import Complaint, Path, nearest


def faults(rules: RuleSet) -> Iterator[Complaint]:
    """Every fault between parts, as (path, expected, got)."""
    yield from _unique(rules)
    yield from _decision(rules)
    yield from _criteria(rules)
    yield from _genes(rules)
    yield from _places(rules)
    yield from _references(rules)
    if rules.rule_set.is_approved:
        yield from _approval(rules)


def _approval(rules: RuleSet) -> Iterator[Complaint]:
    """An approved rule set has curators, and no rule that is disputed or retracted."""
    if not rules.rule_set.curators:
        yield ("rule_set", "curators"), "curators, as the rule set is approved", "none"
    for path, item in reasoned_parts(rules):
        if not item.may_be_approved and not getattr(item, "inactive", None):
            yield (*path, "status"), "confirmed or curator_judgement, as the rule set is approved", item.status


def reasoned_parts(rules: RuleSet) -> list[tuple[Path, Reasoned]]:
    """Every part that states its sources and status, with its place."""
    parts: dict[Path, Sequence[Reasoned]] = {
        ("categories",): rules.categories,
        ("criteria",): rules.criteria,
        ("genes",): rules.genes,
        ("alleles",): rules.alleles,
        ("repeats",): rules.repeats,
        ("markers",): rules.markers,
        ("flags", "mimics"): rules.flags.mimics,
        ("flags", "therapies"): rules.flags.therapies,
        ("flags", "stratification"): rules.flags.stratification,
    }
    found: list[tuple[Path, Reasoned]] = [(("decision",), rules.decision), (("gates",), rules.gates)]
    if rules.decision.stability is not None:
        found.append((("decision", "stability"), rules.decision.stability))
    found += [((*path, at), item) for path, items in parts.items() for at, item in enumerate(items)]
    found += [(("genes", at, "exons"), gene.exons) for at, gene in enumerate(rules.genes) if gene.exons]
    found += [
        (("criteria", at, "effect"), criterion.effect)
        for at, criterion in enumerate(rules.criteria)
        if isinstance(criterion, BurdenCriterion) and criterion.effect is not None
    ]
    for name in ("shares", "regions", "effects"):
        found += [
            (("genes", at, name, step), part)
            for at, gene in enumerate(rules.genes)
            for step, part in enumerate(getattr(gene, name))
        ]
    return found


def _unique(rules: RuleSet) -> Iterator[Complaint]:
    lists: dict[Path, Iterable[str]] = {
        ("categories",): [c.id for c in rules.categories],
        ("criteria",): [c.id for c in rules.criteria],
        ("genes",): [g.symbol for g in rules.genes],
        ("alleles",): [a.id for a in rules.alleles],
        ("repeats",): [r.id for r in rules.repeats],
        ("markers",): [m.id for m in rules.markers],
        ("flags", "mimics"): [m.id for m in rules.flags.mimics],
        ("flags", "therapies"): [t.id for t in rules.flags.therapies],
        ("flags", "stratification"): [s.id for s in rules.flags.stratification],
        ("examples",): [e.id for e in rules.examples],
        ("evidence_sources",): [f"{e.source}: {e.file}" for e in rules.evidence_sources],
    }
    for path, ids in lists.items():
        seen: set[str] = set()
        for at, name in enumerate(ids):
            if name in seen:
                yield (*path, at), "an id not used before", shown(name)
            seen.add(name)
    for build in Build:
        places = Counter((a.place.chrom, a.place.on(build)) for a in rules.alleles if a.place)
        for at, allele in enumerate(rules.alleles):
            if allele.place and places[allele.place.chrom, allele.place.on(build)] > 1:
                yield ("alleles", at), f"a place on {build} that no other allele has", shown(allele.id)
    rsids = Counter(marker.rsid for marker in rules.markers)
    for at, marker in enumerate(rules.markers):
        if rsids[marker.rsid] > 1:
            yield ("markers", at, "rsid"), "an rsID that no other marker has", marker.rsid


def _decision(rules: RuleSet) -> Iterator[Complaint]:
    tiers = rules.decision.tiers
    closed = False
    for at, tier in enumerate(tiers):
        if tier.tier != at + 1:
            yield ("decision", "tiers", at, "tier"), f"tiers in order, here {at + 1}", str(tier.tier)
        if tier.opens == "yes" and closed:
            yield ("decision", "tiers", at, "opens"), "opening tiers before those that only separate", "yes"
        closed = closed or tier.opens == "no"
    if tiers[0].opens == "no":
        yield ("decision", "tiers", 0, "opens"), "a first tier that opens", "no"
    for at, _ in enumerate(rules.decision.tie_breaks):
        if rules.decision.tie_breaks[at] in rules.decision.tie_breaks[:at]:
            yield ("decision", "tie_breaks", at), "each tie-break once", rules.decision.tie_breaks[at]
    if rules.decision.stability is not None and not rules.scores:
        yield ("decision", "stability"), "a polygenic score whose weights are drawn again", "none"
    yield from _otherwise(rules)


def _otherwise(rules: RuleSet) -> Iterator[Complaint]:
    protocol = rules.decision.otherwise
    if protocol is None:
        return
    path, names = ("decision", "otherwise"), [category.id for category in rules.categories]
    for name in protocol.weights:
        if name not in names:
            yield (*path, "weights", name), f"one of {', '.join(names)}", shown(name)
    balances = "minimise" in (protocol.no_evidence, protocol.tied)
    if balances and not protocol.factors:
        yield (*path, "factors"), "at least one factor to minimise over", "none"
    if not balances and (protocol.factors or protocol.favoured != 1000):
        yield path, "factors and favoured only beside minimise", "another way"


def _criteria(rules: RuleSet) -> Iterator[Complaint]:
    tiers = len(rules.decision.tiers)
    for at, criterion in enumerate(rules.criteria):
        if criterion.tier > tiers:
            yield ("criteria", at, "tier"), f"a tier from 1 to {tiers}", str(criterion.tier)
        yield from _terms(at, criterion)
        yield from _criterion(rules, at, criterion)


def _terms(at: int, criterion: AnyCriterion) -> Iterator[Complaint]:
    """A term that no annotator writes would never be met."""
    paths: dict[Path, str] = {}
    if isinstance(criterion, BurdenCriterion):
        paths = {("expected", step, "term"): row.term for step, row in enumerate(criterion.expected)}
    elif terms := terms_of(criterion):
        paths = {("terms", step): term for step, term in enumerate(terms)}
    for path, term in paths.items():
        if term not in TERMS:
            expected = nearest(term, sorted(TERMS)) or "a Sequence Ontology term that annotators write"
            yield ("criteria", at, *path), expected, shown(term)


def _criterion(rules: RuleSet, at: int, criterion: AnyCriterion) -> Iterator[Complaint]:
    if isinstance(criterion, GatedCriterion) and criterion.gates is not None:
        yield from _gates(rules.gates, criterion.gates, ("criteria", at, "gates"))
    match criterion:
        case ClinvarCriterion():
            yield from _regions(rules, at, criterion)
        case HeteroplasmyCriterion():
            if criterion.ignored >= criterion.counts:
                yield ("criteria", at, "counts"), f"more than ignored ({criterion.ignored})", str(criterion.counts)
        case ConsequenceCriterion():
            yield from _regions(rules, at, criterion)
            yield from _predictor(rules, at, criterion)
        case PolygenicCriterion():
            yield from score_faults(rules, at, criterion)
        case AgreementCriterion():
            yield from agreement_faults(rules, at, criterion)
        case BurdenCriterion():
            yield from _predictor(rules, at, criterion)
            yield from burden_faults(rules, at, criterion)
        case AlleleCriterion() | RepeatCriterion() | DeletionCriterion() | MarkerCriterion():
            pass  # no field of it depends on another part
        case _:
            assert_never(criterion)


def _predictor(rules: RuleSet, at: int, criterion: ConsequenceCriterion | BurdenCriterion) -> Iterator[Complaint]:
    if (criterion.predictor is None) != (criterion.at_least is None):
        yield ("criteria", at), "predictor and at_least together", "one of them"
    if criterion.predictor is not None and criterion.predictor not in rules.fields.predictors:
        yield ("criteria", at, "predictor"), "a name of fields.predictors", shown(criterion.predictor)


def _regions(rules: RuleSet, at: int, criterion: Placed) -> Iterator[Complaint]:
    """The names of regions that a criterion asks for or leaves out are those of some gene."""
    known = {region.id for gene in rules.genes for region in gene.regions}
    for field, names in (("within", criterion.within), ("outside", criterion.outside)):
        for step, name in enumerate(names):
            if name not in known:
                yield ("criteria", at, field, step), "a region of a gene of this rule set", shown(name)


def _gates(general: Gates, own: MoreGates, path: Path) -> Iterator[Complaint]:
    """A criterion's gates come beside the general ones, so that a weaker one would do nothing."""
    for name in ("depth", "quality", "hom_balance"):
        least, given = getattr(general, name), getattr(own, name)
        if given is not None and given < least:
            yield (*path, name), f"at least the rule set's {least}", str(given)
    if own.het_balance is not None:
        (least, most), (low, high) = general.het_balance, own.het_balance
        if low < least or high > most:
            yield (*path, "het_balance"), f"a band inside the rule set's {least}-{most}", f"{low}-{high}"
    balance = own.hom_balance if own.het_balance is None else own.het_balance
    for name, given in (("depth", own.depth), ("quality", own.quality), ("balance", balance)):
        if name in own.strict and given is None:
            yield (*path, "strict"), "gates that are given beside it", name


def _genes(rules: RuleSet) -> Iterator[Complaint]:
    categories = {category.id for category in rules.categories}
    names = Counter(name for gene in rules.genes for name in {gene.symbol, *gene.aliases})
    for at, gene in enumerate(rules.genes):
        before: set[str] = set()
        for step, share in enumerate(gene.shares):
            if share.category not in categories:
                yield ("genes", at, "shares", step, "category"), "a category of this rule set", shown(share.category)
            if share.category in before:
                yield ("genes", at, "shares", step, "category"), "each category once", shown(share.category)
            before.add(share.category)
        yield from _exons(gene, ("genes", at, "exons"))
        if gene.unmapped < 0:
            yield ("genes", at, "shares"), "shares of at most 1000 together", str(1000 - gene.unmapped)
        yield from _effects(rules, at, gene)
        if any(names[name] > 1 for name in (gene.symbol, *gene.aliases)):
            yield ("genes", at), "a symbol and aliases that no other gene has", shown(gene.symbol)


def _exons(gene: Gene, path: Path) -> Iterator[Complaint]:
    """The exons of a gene lie in it, in ascending order and apart; two builds have as many."""
    if gene.exons is None:
        return
    for build in Build:
        first, last = span_on(gene, build)
        before = first - 1
        for at, (start, end) in enumerate(gene.exons.on(build)):
            place = (*path, build.lower(), at)
            if start < first or end > last:
                yield place, f"an exon inside the gene, {first}-{last}", f"{start}-{end}"
            elif start <= before:
                yield place, f"an exon that begins after the one before, which ends at {before}", f"{start}-{end}"
            before = max(before, end)
        coding = gene.exons.coding_on(build)
        ends = [] if coding is None else [at for at in coding if not any(a <= at <= b for a, b in gene.exons.on(build))]
        if ends or (coding and coding[0] > coding[1]):
            place = (*path, f"coding_{build.lower()}")
            yield place, "the first and the last coding base, each in an exon", "-".join(map(str, coding or ()))
    counts = {len(own) for build in Build if (own := gene.exons.on(build))}
    if len(counts) > 1:
        yield path, "as many exons on both builds", " and ".join(map(str, sorted(counts)))


def _effects(rules: RuleSet, at: int, gene: Gene) -> Iterator[Complaint]:
    """A published effect is of a criterion, each once; that of a marker stands in the marker's own row."""
    known = {criterion.id: criterion for criterion in rules.criteria}
    before: set[str] = set()
    for step, effect in enumerate(gene.effects):
        path = ("genes", at, "effects", step)
        criterion = known.get(effect.criterion)
        if criterion is None or isinstance(criterion, MarkerCriterion | OfCategory):
            yield (
                (*path, "criterion"),
                "a criterion of this rule set, and none of markers, scores or burdens",
                shown(effect.criterion),
            )
        elif effect.carrier_ppm is not None and not isinstance(criterion, GeneWide):
            yield (*path, "carrier_ppm"), "no such field: the gene's own carrier_ppm is that of what is listed", "one"
        if effect.criterion in before:
            yield (*path, "criterion"), "each criterion once", shown(effect.criterion)
        before.add(effect.criterion)


def _places(rules: RuleSet) -> Iterator[Complaint]:
    for build in Build:
        parts: tuple[tuple[str, Sequence[Gene | Repeat]], ...] = (("genes", rules.genes), ("repeats", rules.repeats))
        for part, items in parts:
            for at, item in enumerate(items):
                if not fits(item.chrom, span_on(item, build)[1], build):
                    yield (
                        (part, at, build.lower()),
                        f"a span inside chromosome {item.chrom}",
                        str(span_on(item, build)[1]),
                    )
    for at, gene in enumerate(rules.genes):
        yield from _region_places(at, gene)
    yield from _normal_together(rules.repeats)
    for at, allele in enumerate(rules.alleles):
        yield from _allele_place(at, allele)
    of_locus: dict[str, str] = {}
    for at, marker in enumerate(rules.markers):
        if marker.locus and marker.chrom and of_locus.setdefault(marker.locus, marker.chrom) != marker.chrom:
            yield (
                ("markers", at, "locus"),
                f"a marker on chromosome {of_locus[marker.locus]}, as its locus",
                marker.chrom,
            )
        if marker.effect is not None and marker.effect == marker.other:
            yield ("markers", at, "other"), "another base than effect", marker.effect
        for build in Build:
            pos = marker.on(build)
            if marker.chrom is not None and pos is not None and not fits(marker.chrom, pos, build):
                yield ("markers", at), f"a place inside chromosome {marker.chrom} of {build}", str(pos)


def _normal_together(repeats: Sequence[Repeat]) -> Iterator[Complaint]:
    """Repeats of one place, which are sized together, have a size that is normal for all of them."""
    before: dict[tuple[str, tuple[int, int], str], list[Repeat]] = {}
    for at, repeat in enumerate(repeats):
        own = before.setdefault((repeat.chrom, repeat.grch38, repeat.motif), [])
        own.append(repeat)
        ends = {size for each in own for size in each.normal_ends}
        if not any(all(each.is_normal(size, size) for each in own) for size in ends):
            yield ("repeats", at, "bands"), f"a size that is normal for {own[0].id} too", "none"


def _region_places(at: int, gene: Gene) -> Iterator[Complaint]:
    """A region that is told by its bases lies inside its gene."""
    for step, region in enumerate(gene.regions):
        for build in Build:
            bases, (first, last) = region.bases_on(build), span_on(gene, build)
            if bases is not None and not first <= bases[0] <= bases[1] <= last:
                path = ("genes", at, "regions", step, build.lower())
                yield path, f"bases inside {gene.symbol}", f"{bases[0]}-{bases[1]}"


def _allele_place(at: int, allele: Allele) -> Iterator[Complaint]:
    place = allele.place
    if place is None:
        return
    for build in Build:
        pos, ref, alt = place.on(build)
        if not fits(place.chrom, pos + len(ref) - 1, build):
            yield ("alleles", at), f"a place inside chromosome {place.chrom} of {build}", str(pos)
        if ref == alt:
            yield ("alleles", at), "REF and ALT that differ", ref
        if len(ref) > 1 and len(alt) > 1 and (ref[-1] == alt[-1] or ref[0] == alt[0]):
            yield ("alleles", at), "REF and ALT without shared ends (parsimonious)", f"{ref}>{alt}"


def _references(rules: RuleSet) -> Iterator[Complaint]:
    genes = {g.symbol for g in rules.genes} | {m.gene for m in rules.flags.mimics}
    repeats = {r.id for r in rules.repeats}
    for at, repeat in enumerate(rules.repeats):
        if repeat.gene not in genes:
            yield ("repeats", at, "gene"), "a gene of the genes or mimics", shown(repeat.gene)
    for at, therapy in enumerate(rules.flags.therapies):
        if therapy.gene not in genes:
            yield ("flags", "therapies", at, "gene"), "a gene of the genes or mimics", shown(therapy.gene)
    chroms = {g.symbol: g.chrom for g in rules.genes}
    for at, allele in enumerate(rules.alleles):
        if allele.place and allele.place.chrom != chroms.get(allele.gene, allele.place.chrom):
            yield ("alleles", at), f"a place on its gene's chromosome {chroms[allele.gene]}", allele.place.chrom
    listed: tuple[tuple[str, Sequence[Allele | Marker]], ...] = (("alleles", rules.alleles), ("markers", rules.markers))
    for part, items in listed:
        for at, item in enumerate(items):
            if item.gene not in genes and not item.inactive:
                yield (part, at, "gene"), "a gene of the genes or mimics", shown(item.gene)
    raised: tuple[tuple[str, Sequence[Mimic | Therapy]], ...] = (
        ("mimics", rules.flags.mimics),
        ("therapies", rules.flags.therapies),
    )
    for part, flags in raised:
        for at, flag in enumerate(flags):
            if (flag.trigger == "repeat") != (flag.repeat is not None):
                yield (
                    ("flags", part, at, "repeat"),
                    "a repeat when that is the trigger, and only then",
                    shown(flag.repeat),
                )
            elif flag.repeat is not None and flag.repeat not in repeats:
                yield ("flags", part, at, "repeat"), "a repeat of this rule set", shown(flag.repeat)
    markers = {marker.id for marker in rules.markers}
    for at, entry in enumerate(rules.flags.stratification):
        if entry.marker not in markers:
            yield ("flags", "stratification", at, "marker"), "a marker of this rule set", shown(entry.marker)
