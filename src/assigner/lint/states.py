"""The finite states of one gene: all that can be seen in it, as far as findings and flags differ.

Enumerated on GRCh38, beside a profile in which everything else was looked at and is reference: each listed allele on
one copy and on all; two alleles of a gene in trans; repeats at each edge of a band; unlisted variants of each kind that
the criteria distinguish; deletions; each copy of a marker; no copy of a gene; each sex where it matters. Thresholds are
met exactly, so that a state stands for all that lie between it and the next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import combinations, product
from typing import TypeAlias

from attrs import evolve, field, frozen

from assigner.evidence.kinds.annotated import Annotated
from assigner.evidence.kinds.clinvar import is_clinvar_pathogenic
from assigner.evidence.kinds.kind import Edges, Kind
from assigner.evidence.kinds.registry import kind_of
from assigner.genome.builds import Build
from assigner.genome.variants import Variant
from assigner.profiles.calls import Call, Sex
from assigner.profiles.made_up import (
    believed_call,
    copies_of,
    deletion_of,
    free_variants,
    marker_copies,
    normal_profile,
    normal_units,
    repeat_copies,
    residues_in,
)
from assigner.profiles.profile import CopyNumber, Observed, Profile, Reach, RepeatSizes, StructuralCall
from assigner.rules import Rules
from assigner.rules.loci import Allele, Gene, Marker, span_on
from assigner.rules.panels import Locus, Panel, locus_of, panel_of
from assigner.rules.repeats import Repeat
from assigner.rules.schema import Mimic, RuleSet, Therapy
from assigner.truth import Truth

BUILD = Build.GRCH38
WHO = "state"

Key: TypeAlias = tuple[str, ...]


@frozen(kw_only=True)
class GeneState:
    """What is seen in one gene; all else is reference.

    Attributes:
        key: what it is, whatever the rule set calls it.
        words: the same, for people.
        sex: the participant's sex.
    """

    gene: str
    key: Key
    words: str
    sex: Sex = Sex.FEMALE
    alleles: Mapping[Variant, Call] = field(factory=dict, hash=False)
    repeats: Mapping[Locus, RepeatSizes] = field(factory=dict, hash=False)
    markers: Mapping[str, tuple[str, ...]] = field(factory=dict, hash=False)
    variants: tuple[Observed, ...] = ()
    structural: tuple[StructuralCall, ...] = ()
    copies: Mapping[str, int] = field(factory=dict, hash=False)

    def and_also(self, other: GeneState) -> GeneState:
        """Both at once."""
        return GeneState(
            gene=self.gene,
            key=(*self.key, *other.key),
            words=f"{self.words}, and {other.words}",
            sex=Sex.MALE if Sex.MALE in (self.sex, other.sex) else self.sex,
            alleles={**self.alleles, **other.alleles},
            repeats={**self.repeats, **other.repeats},
            markers={**self.markers, **other.markers},
            variants=(*self.variants, *other.variants),
            structural=(*self.structural, *other.structural),
            copies={**self.copies, **other.copies},
        )

    @property
    def weight(self) -> tuple[int, int, int, str]:
        """How much is seen: the smallest witness is the lightest, and a listed allele is plainer than the rest."""
        rest = (self.repeats, self.markers, self.variants, self.structural, self.copies)
        plain = max((at for at, seen in enumerate(rest, start=1) if seen), default=0)
        copies = sum(call.copies.count(True) for call in self.alleles.values())
        calls = [seen.call for seen in self.variants] + [seen.call for seen in self.structural]
        copies += sum(call.copies.count(True) for call in calls)
        return len(self.key), plain, copies, self.words

    def profile(self, panel: Panel) -> Profile:
        """The profile that shows it to a rule set, everything else known and reference."""
        base = normal_profile(panel, self.sex, WHO)
        repeats = dict(base.repeats)
        for repeat in panel.repeats.values():
            if locus_of(repeat) in self.repeats:
                repeats[repeat.id] = self.repeats[locus_of(repeat)]
        return evolve(
            base,
            alleles={variant: call for variant, call in self.alleles.items() if variant in panel.listed},
            markers={**base.markers, **{r: own for r, own in self.markers.items() if r in panel.markers}},
            repeats=repeats,
            variants=tuple(seen for seen in self.variants if panel.gene(seen.gene)),
            structural=tuple(seen for seen in self.structural if panel.gene(seen.gene)),
            copy_numbers={
                **base.copy_numbers,
                **{gene: CopyNumber(count, "enumerated") for gene, count in self.copies.items()},
            },
        )


def nothing(gene: str, sex: Sex = Sex.FEMALE) -> GeneState:
    """The state in which nothing is seen."""
    return GeneState(gene=gene, key=(), words="nothing", sex=sex)


def gene_names(content: RuleSet) -> tuple[str, ...]:
    """All genes that the rule set asks about, those of mimics and of loci included."""
    parts: list[Allele | Repeat | Marker | Mimic | Therapy] = []
    parts += [*content.alleles, *content.repeats, *content.markers, *content.flags.with_trigger]
    return tuple(dict.fromkeys([*(gene.symbol for gene in content.genes), *(part.gene for part in parts)]))


def states_of(gene: str, *rules: Rules) -> tuple[GeneState, ...]:
    """The states of a gene that any of these rule sets distinguishes, each once, nothing seen first."""
    asked = [_Asked.of(gene, each, rules) for each in rules]
    found = {(*state.key, state.sex): state for each in asked for state in each.states()}
    return tuple(found.values())


@frozen
class _Asked:
    """What one rule set asks about one gene."""

    name: str
    panel: Panel
    gene: Gene | None
    all_panels: tuple[Panel, ...]

    @classmethod
    def of(cls, name: str, rules: Rules, all_rules: Sequence[Rules]) -> _Asked:
        panel = panel_of(rules, BUILD)
        return cls(name, panel, panel.genes.get(name), tuple(panel_of(each, BUILD) for each in all_rules))

    @property
    def content(self) -> RuleSet:
        return self.panel.content

    @property
    def asking(self) -> list[Kind]:
        """The criteria that ask about the gene as a whole."""
        gene, criteria = self.gene, self.content.criteria
        return [kind_of(c) for c in criteria if gene and gene.validity in c.validity and c.asks(gene)]

    @property
    def chrom(self) -> str:
        known = self.gene or next((p for p in self.repeats()), None)
        listed = [variant.chrom for variant, _ in self.panel.by_gene.get(self.name, ())]
        return known.chrom if known else listed[0] if listed else "1"

    def repeats(self) -> list[Repeat]:
        return [repeat for repeat in self.panel.repeats.values() if repeat.gene == self.name]

    def sexes(self) -> tuple[Sex, ...]:
        asked = any(mimic.trigger == "male" for mimic in self.content.flags.mimics if mimic.gene == self.name)
        asked = asked or any(repeat.only == "male" for repeat in self.repeats())
        if self.chrom == "Y":
            return (Sex.MALE,)
        return (Sex.FEMALE, Sex.MALE) if asked or self.chrom == "X" else (Sex.FEMALE,)

    def states(self) -> Iterator[GeneState]:
        for sex in self.sexes():
            yield nothing(self.name, sex)
            yield from self.listed(sex)
            yield from self.sized(sex)
            yield from self.unlisted(sex)
            yield from self.deleted(sex)
            yield from self.marked(sex)
        if any(flag.trigger == "copy_number" and flag.gene == self.name for flag in self.content.flags.with_trigger):
            words = f"no copy of {self.name}"
            yield GeneState(gene=self.name, key=(words,), words=words, copies={self.name: 0})

    # ------------------------------------------------------------------------------------------------ listed alleles

    def listed(self, sex: Sex) -> Iterator[GeneState]:
        items = self.panel.by_gene.get(self.name, ())
        for variant, allele in items:
            for call, how in self.calls(variant.chrom, variant.pos, sex):
                yield self.state(f"{variant} {how}", f"{allele.id} {how}", sex, alleles={variant: call})
        for (one, here), (two, there) in _pairs(items):
            if one.chrom != "MT" and copies_of(BUILD, one.chrom, one.pos, sex) == 2:
                here_call = believed_call(self.content, (True, False), "1")
                there_call = believed_call(self.content, (False, True), "1")
                words = f"{here.id} and {there.id} in trans"
                yield self.state(f"{one}+{two}", words, sex, alleles={one: here_call, two: there_call})

    def calls(self, chrom: str, pos: int, sex: Sex) -> Iterator[tuple[Call, str]]:
        """The ways to carry a change, and how they are called."""
        if chrom == "MT":
            for share in self.shares():
                copies = (True,) if share == 1 else (False, True)
                yield evolve(believed_call(self.content, copies), fraction=share), f"in {share:f} of the copies"
        elif copies_of(BUILD, chrom, pos, sex) == 1:
            yield believed_call(self.content, (True,)), "on the only copy"
        else:
            yield believed_call(self.content, (False, True)), "on one copy"
            yield believed_call(self.content, (True, True)), "on both copies"

    def shares(self) -> list[Decimal]:
        cuts = {cut for criterion in self.content.criteria for cut in kind_of(criterion).edges.fractions}
        return sorted(cut for cut in cuts | {Decimal(1)} if cut > 0)

    # ------------------------------------------------------------------------------------------------------- repeats

    def sized(self, sex: Sex) -> Iterator[GeneState]:
        for locus in dict.fromkeys(map(locus_of, self.repeats())):
            own = [r for r in self.panel.repeats.values() if locus_of(r) == locus]
            low = normal_units(self.panel, own[0])
            for edge in sorted({edge for r in own for edge in r.edges}):
                if repeat_copies(self.panel, own[0], sex) == 1:
                    sizes: list[tuple[int, ...]] = [(edge,)]
                else:
                    sizes = [(low, edge), (edge, edge)]
                for each in sizes:
                    shown = RepeatSizes(each)
                    key = f"{locus[0]}:{locus[1]} {locus[2]} {each}"
                    yield self.state(key, f"{own[0].id} {shown}", sex, repeats={locus: shown})

    # ----------------------------------------------------------------------------------------------- unlisted variants

    def unlisted(self, sex: Sex) -> Iterator[GeneState]:
        if self.gene is None:
            return
        kinds = self.kinds(self.gene)
        used: set[Variant] = set()
        for words, seen in kinds:
            free = free_variants(
                self.panel, self.gene, *self.all_panels, start=seen.variant.pos, terms=seen.terms or ()
            )
            variant = next((each for each in free if each not in used), None)
            if variant is None:
                continue
            used.add(variant)
            for call, how in self.calls(self.gene.chrom, variant.pos, sex):
                own = evolve(seen, variant=variant, call=call)
                yield self.state(
                    f"{words} {how}", f"an unlisted {self.name} variant, {words}, {how}", sex, variants=(own,)
                )

    def kinds(self, gene: Gene) -> list[tuple[str, Observed]]:
        """Unlisted variants that some criterion or flag asks for, one for each set of them that it fits."""
        asking = [kind for kind in self.asking if isinstance(kind, Annotated)]
        flagged = any(mimic.gene == gene.symbol for mimic in self.content.flags.mimics)
        found: dict[tuple[Truth, ...], tuple[str, Observed]] = {}
        for words, seen in _variants(gene, [kind.edges for kind in self.asking], flagged):
            fits = tuple(kind.qualifies(seen, self.panel) for kind in asking)
            harmful = is_clinvar_pathogenic(seen, 1) if flagged else Truth.FALSE
            if Truth.TRUE in (*fits, harmful):
                found.setdefault((*fits, harmful), (words, seen))
        return list(found.values())

    # ------------------------------------------------------------------------------------------- deletions and markers

    def deleted(self, sex: Sex) -> Iterator[GeneState]:
        gene = self.gene
        if gene is None or not any(kind.criterion.reads == "deletions" for kind in self.asking):
            return
        for reach, what in ((Reach.EXON, f"an exon of {self.name}"), (Reach.WHOLE, f"all of {self.name}")):
            for call, how in self.calls(gene.chrom, span_on(gene, BUILD)[0], sex):
                seen = deletion_of(gene, BUILD, call, reach)
                yield self.state(f"deletion {reach} {how}", f"a deletion of {what}, {how}", sex, structural=(seen,))

    def marked(self, sex: Sex) -> Iterator[GeneState]:
        for marker in self.panel.markers.values():
            if marker.gene != self.name or not (marker.effect and marker.other):
                continue
            copies = marker_copies(self.panel, marker, sex)
            for count in range(1, copies + 1):
                letters = (marker.other,) * (copies - count) + (marker.effect,) * count
                words = f"{marker.rsid} {'/'.join(letters)}"
                yield self.state(words, words, sex, markers={marker.rsid: letters})

    def state(self, key: str, words: str, sex: Sex, **seen: object) -> GeneState:
        whose = f" in a {sex}" if len(self.sexes()) > 1 else ""
        return GeneState(gene=self.name, key=(key,), words=f"{words}{whose}", sex=sex, **seen)  # type: ignore[arg-type]


def _pairs(
    items: Iterable[tuple[Variant, Allele]],
) -> Iterator[tuple[tuple[Variant, Allele], tuple[Variant, Allele]]]:
    """Two alleles, one pair for each two kinds that a criterion or a flag may tell apart."""
    seen = set()
    for one, two in combinations(items, 2):
        kinds = tuple(sorted((allele.allele_class, allele.needs) for _, allele in (one, two)))
        if kinds not in seen:
            seen.add(kinds)
            yield one, two


def _variants(gene: Gene, edges: Sequence[Edges], flagged: bool) -> Iterator[tuple[str, Observed]]:
    """Every combination of what the criteria ask of an annotated variant, the plainest first."""
    stars = sorted({star for each in edges for star in each.stars} | ({1} if flagged else set()))
    terms: dict[tuple[bool, ...], str] = {}
    for term in (term for each in edges for term in each.terms):
        terms.setdefault(tuple(term in each.terms for each in edges), term)
    conditions: dict[tuple[bool, ...], str] = {}
    for asked in (asked for each in edges for asked in each.conditions):
        conditions.setdefault(tuple(asked in each.conditions for each in edges), asked)
    predictors = sorted({name for each in edges for name in each.scores})
    scores = {name: sorted({Decimal(0)} | {e.scores[name] for e in edges if name in e.scores}) for name in predictors}
    ends = (Truth.FALSE, Truth.TRUE) if any(each.last_exon for each in edges) else (Truth.FALSE,)
    frequencies = sorted({cut for each in edges for cut in each.frequencies}) or [Decimal(0)]
    verdicts = [(None, None), *product(stars, (*conditions.values(), "another condition") if conditions else (None,))]
    named = {name for each in edges for name in each.regions}
    spots = (None, *(region for region in gene.regions if region.id in named))
    for ((star, condition), wanted, frequency, last, spot), levels in product(
        product(verdicts, (None, *terms.values()), frequencies, ends, spots), product(*scores.values())
    ):
        given = dict(zip(scores, levels, strict=True))
        parts = [f"ClinVar pathogenic with {star} star{'' if star == 1 else 's'}"] if star is not None else []
        parts += [f"for {condition}"] if condition else []
        parts += [wanted] if wanted else []
        parts += [f"{name} {level:f}" for name, level in given.items() if level]
        parts += ["in the last exon"] if last is Truth.TRUE else []
        parts += [] if spot is None else [f"in {spot.id}"]
        bases = None if spot is None else spot.bases_on(BUILD)
        yield (
            f"{', '.join(parts)} at a frequency of {frequency:f}",
            Observed(
                gene.symbol,
                Variant(gene.chrom, 1 if bases is None else bases[0], "A", "G"),
                Call.of("0/1"),
                terms=(wanted,) if wanted else (),
                pathogenic=Truth.FALSE if star is None else Truth.TRUE,
                stars=star or 0,
                conditions=(condition,) if condition else (),
                frequency=frequency,
                predictors=given,
                last_exon=last,
                penultimate_exon=Truth.FALSE,
                residues=residues_in(gene, spot),
            ),
        )
