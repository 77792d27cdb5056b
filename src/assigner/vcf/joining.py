"""What the files of a participant say together, on one build."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Self

from attrs import evolve, frozen

from assigner.genome.builds import CHROMS, Build, chrom_of
from assigner.genome.variants import Variant
from assigner.profiles.calls import ASSUMED_REFERENCE, REFERENCE, Call, Sex, State, in_order, ordered
from assigner.profiles.profile import Check, Observed, RepeatSizes, Role, StructuralCall
from assigner.rules.panels import Panel, marker_pos
from assigner.truth import Truth
from assigner.vcf.files import File
from assigner.vcf.meaning.builds import is_nuclear
from assigner.vcf.meaning.builds import mitochondrial as mitochondrial_reference
from assigner.vcf.meaning.codons import Codons
from assigner.vcf.meaning.contradictions import shown_copies, shown_plainly
from assigner.vcf.meaning.coverage import Regions, assessed_shares, covered_by
from assigner.vcf.meaning.deletions import Deletions
from assigner.vcf.meaning.found import variants_of
from assigner.vcf.meaning.genes import asked_terms
from assigner.vcf.meaning.observations import Observer
from assigner.vcf.meaning.rearrangements import Rearrangements
from assigner.vcf.meaning.sites import Sites
from assigner.vcf.meaning.structural import is_structural, structural_calls
from assigner.vcf.meaning.tandem import calls_at, near_any, sizes_of
from assigner.vcf.meaning.unasked import unasked_of_calls, unasked_of_repeats
from assigner.vcf.meaning.unexplained import OwnQuestions, named
from assigner.vcf.records.beside import Records
from assigner.vcf.records.histories import Filler, is_filled, is_overwritten
from assigner.vcf.records.record import Record
from assigner.vcf.scan.sexes import evidence, inferred_sex

if TYPE_CHECKING:
    from assigner.genome.reference import Reference
    from assigner.vcf.meaning.packed import Packed


@frozen(kw_only=True, slots=False)
class OnBuild:
    """One file with its records at the places of a build.

    Attributes:
        records: those whose places are the rule set's.
        is_rcrs: whether its mitochondrial positions are those of the rule set.
        mitochondrial: the check that says so.
        filler: who wrote `0/0` in it where nothing was called, if anyone did.
    """

    file: File
    records: Records
    sites: Sites
    is_rcrs: bool
    mitochondrial: Check
    filler: Filler | None = None

    @classmethod
    def of(cls, file: File, panel: Panel, sex: Sex | None, reference: Reference | None) -> Self:
        """A file on the build of a panel."""
        is_rcrs, check = mitochondrial_reference(file.scan.header, file.records, panel)
        records = file.records if is_rcrs else file.records.where(is_nuclear)
        otherwise = None if is_rcrs else panel.cached(_not_proved)
        sites = Sites.of(records, panel, sex, reference, file.known, file.scan.plain, otherwise)
        return cls(file=file, records=records, sites=sites, is_rcrs=is_rcrs, mitochondrial=check, filler=file.filler)

    def call(self, variant: Variant) -> Call | None:
        """What the file says of an allele; a reference genotype that was filled in is the filler's assumption.

        One that may have been written over a call that failed is no call.
        """
        call = self.sites.call(variant)
        if call is None or self.filler is None or call.carries is not Truth.FALSE:
            return call
        if any(map(self.is_overwritten, self.sites.telling(variant))):
            why = f"a call that failed may have been overwritten with 0/0 ({self.filler.overwrites})"
            return Call(State.NO_CALL, why=why)
        return ASSUMED_REFERENCE if any(map(self.is_filled, self.sites.telling(variant))) else call

    @cached_property
    def near_repeats(self) -> Sequence[Record]:
        """The records near the rule set's repeats."""
        return near_any(self.records, self.sites.panel)

    def letters(self, chrom: str, pos: int) -> tuple[str | None, ...] | None:
        """The letters called at a place; none where they were filled in."""
        over = self.sites.over(chrom, pos, pos) if self.filler else ()
        filled = any(self.is_filled(judged.record) for judged in over)
        return None if filled else self.sites.letters(chrom, pos)

    def is_filled(self, record: Record) -> bool:
        """Whether the genotype of a record was filled in, or may have been written over another one."""
        return self.filler is not None and (is_filled(record) or self.is_overwritten(record))

    def is_overwritten(self, record: Record) -> bool:
        """Whether the genotype of a record may have been written over another one."""
        return self.filler is not None and self.filler.overwrites is not None and is_overwritten(record)

    @property
    def assumption(self) -> str | None:
        """What a trace says when genotypes were filled in."""
        if self.filler is None or not any(map(self.is_filled, self.records)):
            return None
        if self.filler.overwrites is not None:
            return f"a 0/0 without reads by allele is unknown, as {self.filler.overwrites} may have overwritten a call"
        return f"a 0/0 without reads is taken as reference, as {self.filler.who} wrote it where nothing was called"


NOT_ALL_CALLS = "not inferred: only indexed regions were read, and not all calls on X and Y"
"""What a trace says of the sex after a quick look."""


def sexes_of(files: Sequence[File], build: Build) -> frozenset[Sex]:
    """The sexes that the files show; none where one of them was not read to its end."""
    if any(file.quick for file in files):
        return frozenset()
    shown = (inferred_sex(file.scan.tallies[build]) for file in files)
    return frozenset(sex for sex in shown if sex is not None)


def sex_of(files: Sequence[File], build: Build) -> tuple[Sex | None, Check]:
    """The sex that the calls on X and Y show, and what they are; files that show different ones show none.

    A quick look shows none: it does not see all of the calls, and some may show another sex than all do.
    """
    if any(file.quick for file in files):
        return None, Check("inferred_sex", "not known", NOT_ALL_CALLS)
    sexes = sexes_of(files, build)
    inferred = next(iter(sexes)) if len(sexes) == 1 else None
    shown = [f"{file.role}: {evidence(file.scan.tallies[build])}" for file in files]
    return inferred, Check("inferred_sex", inferred.value if inferred else "not known", "; ".join(shown))


@frozen(kw_only=True)
class Joined:
    """The files of a participant, on one build, taken together.

    Attributes:
        files: at least one.
        panel: the rule set's places on that build.
        sex: decides how many copies of X and Y there are.
    """

    files: Sequence[OnBuild]
    panel: Panel
    sex: Sex | None

    @property
    def speaks_of(self) -> frozenset[str]:
        """The chromosomes on which a place without a record may be taken as reference, if the caller says so."""
        roles = ((each.file, each.file.role) for each in self.files)
        own = (file.speaks_of for file, role in roles if role is None or role.is_of_whole_chromosomes)
        return functools.reduce(frozenset.intersection, own, frozenset(CHROMS))

    @property
    def recorded(self) -> frozenset[str] | None:
        """The chromosomes with a record in a file that is not of repeats; None when only indexed regions were read."""
        own = [each.file for each in self.files if each.file.role is not Role.REPEATS]
        if any(file.quick for file in own):
            return None
        found = (chrom_of(contig) for file in own for contig in file.scan.contigs)
        return frozenset(chrom for chrom in found if chrom is not None)

    def calls(self, regions: Regions | None) -> dict[Variant, Call]:
        """The calls of all listed alleles that the files say something of."""
        if regions is None and len(self.files) == 1:
            (only,) = self.files
            every = only.sites.calls if only.filler is None else None
            if every is not None:
                return every
        found: dict[Variant, Call] = {}
        for variant in self.panel.alleles:
            if variant.chrom == "MT":
                call = _mitochondrial(variant, self.files)
            else:
                call = self.call_of(variant)
            if call is None and regions is not None and regions.covers(variant.chrom, variant.pos, variant.end):
                call = REFERENCE
            if call is not None:
                found[variant] = call
        return found

    def assumptions(self) -> list[str]:
        """What tools that made the files took as reference, each once."""
        return list(dict.fromkeys(each.assumption for each in self.files if each.assumption is not None))

    def markers(self) -> dict[str, tuple[str | None, ...]]:
        """The letters at markers on which all files agree that have them."""
        found = {}
        for rsid, marker in self.panel.markers.items():
            letters = self.letters(marker.chrom or "", marker_pos(marker, self.panel.build))
            if letters is not None:
                found[rsid] = letters
        return found

    def letters(self, chrom: str, pos: int) -> tuple[str | None, ...] | None:
        """The letters at a place on which all files agree that have them; none where another file shows a change."""
        found = set()
        for each in self.files:
            called = each.letters(chrom, pos)
            if called is not None:
                found.add(called)
            elif each.sites.something_else_at(chrom, pos):
                return None
        return found.pop() if len(found) == 1 else None

    def call_of(self, variant: Variant) -> Call | None:
        """What the files say together of a nuclear allele."""
        return _together([call for each in self.files if (call := each.call(variant)) is not None])

    def unlisted(self) -> tuple[tuple[Observed, ...], tuple[Check, ...]]:
        """The unlisted variants of all files that may matter, and checks: of those that nothing explains, and of packs.

        One on which records or files disagree is a conflict. One that has a consequence in any file is explained.
        """
        asking = [each for each in self.files if each.file.metadata.annotated or each.file.role is Role.VARIANTS]
        observers = [self._observer(each) for each in asking]
        annotated = any(each.annotator.layouts for each in observers)  # else there is nothing that could be wrong
        rearranged = Rearrangements()
        if annotated or any(each.pack is not None for each in observers):
            own = ((each.records, each.file.metadata.annotator) for each in self.files)
            rearranged = Rearrangements.of(own, self.panel, self.sex)
        deletions = Deletions(observers, rearranged)
        packed = self._packed(observers, rearranged, deletions)
        codons = Codons.of(observers if annotated else (), rearranged, deletions, self.panel)
        seen = [observer.observed(codons, deletions, packed) for observer in observers]
        left = [observed for of_file in seen for observed in of_file.unexplained]
        explained: list[set[Variant]] = []
        if len(asking) > 1:
            own_words = ([*of_file.explained, *each.file.explained] for of_file, each in zip(seen, asking, strict=True))
            explained = [variants_of(words) for words in own_words]
            known = set().union(*explained)
            left = [observed for observed in left if observed.variant not in known]
        told = dict.fromkeys(_agreed([of_file.told for of_file in seen], explained if packed is None else []))
        left_out: Counter[str] = Counter()
        for of_file, each in zip(seen, asking, strict=True):
            left_out.update({**of_file.left_out})
            left_out.update({**each.file.left_out})
        shown, check = named(left, left_out, self.panel.content.genes)
        every = tuple(self._undisputed([*told, *dict.fromkeys(shown)]))
        differs = None if packed is None else packed.check()
        checks = tuple(each for each in (check, differs) if each is not None)
        return tuple(ordered(set(every), lambda o: (o.gene, o.variant.order))), checks

    def _observer(self, each: OnBuild) -> Observer:
        terms, has_clinvar = asked_terms(self.panel.content), "clinvar" in each.file.metadata.declared
        pack = each.file.pack if each.file.role is Role.VARIANTS else None
        return Observer(
            records=each.records,
            sex=self.sex,
            panel=self.panel,
            annotator=each.file.metadata.annotator,
            has_clinvar=has_clinvar,
            terms=terms,
            most=each.file.questions.most(each.file.scan.header),
            pack=pack,
        )

    def _packed(self, observers: Sequence[Observer], rearranged: Rearrangements, deletions: Deletions) -> Packed | None:
        """What the pack says of the alleles of all files, as they may lie beside each other; None without a pack."""
        pack = next((each.pack for each in observers if each.pack is not None), None)
        if pack is None:
            return None
        from assigner.vcf.meaning.packed import Packed

        alleles = chain.from_iterable(each.asked_of_pack() for each in observers)
        untold = chain.from_iterable(each.untold(deletions) for each in observers)
        listed = self.panel.cached(OwnQuestions.of).have
        return Packed.of(pack, alleles, untold, rearranged, asked_terms(self.panel.content), listed)

    def _undisputed(self, seen: Iterable[Observed]) -> Iterator[Observed]:
        """The variants with the call of all records that are believed and list them, carried or not.

        What is not called in one record says nothing beside another one that shows it.
        """
        every = tuple(seen)
        known = {observed.variant for observed in every if observed.call.seen}
        every = tuple(observed for observed in every if observed.call.seen or observed.variant not in known)
        calls: dict[Variant, set[Call]] = {}
        for observed in every:
            calls.setdefault(observed.variant, set()).add(observed.call)
        for variant, of_variant in calls.items():
            of_variant |= {call for each in self.files for call in each.sites.lacking(variant)}
        for observed in every:
            telling = [call for call in calls[observed.variant] if call.state in (State.CALLED, State.PARTIAL)]
            apart = telling if len(telling) < 2 else sorted(telling, key=in_order)
            together = functools.reduce(Call.merged, apart) if apart else observed.call
            yield evolve(observed, call=together) if together.state is State.CONFLICT else observed

    def structural(self) -> tuple[StructuralCall, ...]:
        """The structural variants of all files over genes that a criterion asks about."""
        files = [(each.records, each.file.metadata.annotator) for each in self.files if each.file.metadata.structural]
        if not any(map(is_structural, chain.from_iterable(records for records, _ in files))):
            return ()
        every = chain.from_iterable(each.records for each in self.files)
        shown = shown_copies(every, self.panel.build, self.panel.content.gates)
        large = [record for records, _ in files for record in records if is_structural(record)]
        shown += [each for own in self.files for each in shown_plainly(own.file.scan.plain, large)]
        return structural_calls(files, self.panel, self.sex, shown)

    def assessed(self, regions: Regions | None) -> dict[str, int]:
        """The share of each gene at which the files, or the caller, say that it was looked at."""
        judged = (
            judged
            for each in self.files
            if each.file.metadata.annotated
            for items in each.sites.covering.values()
            for judged in items
            if not each.is_filled(judged.record)
        )
        called = covered_by(judged)
        return assessed_shares(self.panel, [called] if regions is None else [called, regions])

    def repeats(self) -> dict[str, RepeatSizes]:
        """The repeat sizes on which the files agree."""
        return sizes_of([(each.near_repeats, each.file.role) for each in self.files], self.panel)

    def gates(self) -> Iterator[Check]:
        """Which gates could not be asked, and of how many calls, file by file."""
        for each in self.files:
            role = str(each.file.role)
            yield from unasked_of_calls(role, each.sites)
            repeats = {id(record): record for record, _, _ in calls_at(each.near_repeats, self.panel)}
            yield from unasked_of_repeats(role, repeats.values())

    def mitochondrial_checks(self) -> list[Check]:
        """What mitochondrial positions are, of the files that have any; a file without them proves nothing."""
        checks = dict.fromkeys(each.mitochondrial for each in self.files)
        return [check for check in checks if check.result != "not proved"] or list(checks)


def _agreed(told: Sequence[Sequence[Observed]], explained: Sequence[set[Variant]]) -> Iterator[Observed]:
    """What the files tell of variants; the consequence is unknown where another file explains it and tells none of it.

    Args:
        told: of each file.
        explained: the variants that each file explains; none without files to compare.
    """
    if not explained:
        yield from chain.from_iterable(told)
        return
    by_file = [_terms_of(of_file) for of_file in told]
    for rank, of_file in enumerate(told):
        for observed in of_file:
            place, terms = (observed.gene, observed.variant), set(observed.terms or ())
            others = [
                theirs.get(place, set())
                for other, theirs in enumerate(by_file)
                if terms and other != rank and observed.variant in explained[other]
            ]
            denied = any(None not in theirs and terms.isdisjoint(theirs) for theirs in others)
            yield evolve(observed, terms=None) if denied else observed


def _terms_of(told: Iterable[Observed]) -> dict[tuple[str, Variant], set[str | None]]:
    """All terms that a file tells of each variant in each gene, with None where they are not known."""
    found: dict[tuple[str, Variant], set[str | None]] = {}
    for observed in told:
        found.setdefault((observed.gene, observed.variant), set()).update(
            (None,) if observed.terms is None else observed.terms
        )
    return found


def _together(calls: Sequence[Call]) -> Call | None:
    """What several files say of one allele, in whichever order they are given; a genotype tells more than a block.

    Where one of them shows other bases that may hold the allele, the others cannot clear it. What one only assumes
    yields to what another one says.
    """
    if len(calls) < 2:
        return calls[0] if calls else None
    calls = [call for call in calls if call.state is not State.ASSUMED_REFERENCE] or calls
    if obscured := sorted((call for call in calls if call.state is State.OBSCURED), key=in_order):
        return obscured[0]
    if any(call.state is State.CALLED and call.carries is Truth.FALSE for call in calls):
        calls = [call for call in calls if call.state is not State.REFERENCE]
    return functools.reduce(Call.merged, sorted(calls, key=in_order))


_NOT_PROVED = Call(State.NOT_ASSESSED, why="positions are not proved to be the rCRS's")
"""The call of each mitochondrial allele where nothing is known of the positions."""


def _not_proved(panel: Panel) -> dict[Variant, Call]:
    """The calls of the mitochondrial alleles where nothing is known of the positions."""
    return {variant: _NOT_PROVED for variant in panel.alleles if variant.chrom == "MT"}


def _mitochondrial(variant: Variant, files: Sequence[OnBuild]) -> Call | None:
    """A mitochondrial allele: the file that is for it stands above the others, unless one of them alone carries it.

    A caller that takes mitochondria for a diploid chromosome calls what most of them carry and nothing below, so that
    its reference calls contradict no other file.
    """
    at_place = [each for each in files if each.is_rcrs]
    own = [c for e in at_place if e.file.role is Role.MITOCHONDRIAL and (c := e.call(variant)) is not None]
    rest = [c for e in at_place if e.file.role is not Role.MITOCHONDRIAL and (c := e.call(variant)) is not None]
    has_own = any(each.file.role is Role.MITOCHONDRIAL for each in files)
    call = _together(own if has_own else rest)
    other = _together(rest) if has_own else None
    if other is not None and other.carries is Truth.TRUE and (call is None or call.carries is Truth.FALSE):
        why = "carried in another file, and not in the one of mitochondrial variants"
        return evolve(other, state=State.CONFLICT, why=why)
    if call is None and not at_place:
        return _NOT_PROVED
    return call
