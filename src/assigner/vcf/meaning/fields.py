"""What the fields of a record say of one allele beside its consequence: ClinVar, how common it is, and predictors."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from assigner.genome.variants import Variant, trimmed
from assigner.rules.criteria import frequencies_of
from assigner.rules.loci import Gene
from assigner.rules.panels import Panel
from assigner.truth import Truth
from assigner.vcf.annotations.annotators import Annotator
from assigner.vcf.annotations.annovar import of_block, outside
from assigner.vcf.annotations.clinvar import ClinVar, clinvar, is_swapped, may_be_pathogenic, says_benign
from assigner.vcf.annotations.consequences import MISSING, Consequence, Tool
from assigner.vcf.annotations.predictors import (
    FREQUENCY,
    commonest_in_dbsnp,
    counted_beside,
    frequency,
    is_frequency,
    is_frequency_of_vep,
    is_of_people,
    may_score,
    score,
)
from assigner.vcf.meaning.genes import alleles_named, names_of
from assigner.vcf.records.record import Record

if TYPE_CHECKING:
    from assigner.packs.pack import Pack


@frozen(eq=False, kw_only=True)
class Fields:
    """Reads those of the records of one file; a record's own alleles are meant by their numbers in GT.

    Attributes:
        has_clinvar: whether the file declares ClinVar's classifications, so that a record without one has none.
        pack: what tells of the variants of which the file does not, if there is one.
        records: those of the file.
    """

    panel: Panel
    annotator: Annotator
    has_clinvar: bool
    pack: Pack | None
    records: Iterable[Record] = ()

    @property
    def rare(self) -> Decimal:
        """The frequency above which a variant is evidence of nothing."""
        return max(self._cuts, default=Decimal(1))

    @property
    def rarest(self) -> Decimal:
        """The frequency up to which each criterion takes a variant for rare."""
        return min(self._cuts, default=Decimal(0))

    @property
    def _cuts(self) -> Iterator[Decimal]:
        return (cut for each in self.panel.content.criteria for cut in frequencies_of(each))

    def clinvar_of(self, record: Record, number: int, consequence: Consequence | None) -> ClinVar | None:
        """ClinVar's word where it stands: in the allele's own block of ANNOVAR, or outside of them for the record."""
        (own, rest), named = self._info(record, number), alleles_named(record)
        consequence = self._read(consequence)
        info = own if "CLNSIG" in own else rest
        named = frozenset({record.alts[number - 1]}) if info is own else named
        place = trimmed(record.pos, record.ref, min(named)) if len(named) == 1 else None
        change = None if place is None else Variant(record.chrom or "", *place)
        loose, build = self.annotator.by_overlap, self.panel.build
        return clinvar(info, consequence, alts=len(named), change=change, build=build, by_overlap=loose)

    def pathogenic(self, record: Record, number: int, known: ClinVar | None, gene: Gene, variant: Variant) -> Truth:
        """Whether ClinVar calls an allele pathogenic; where its file or the pack has no word on it, it does not."""
        complete = self.has_clinvar or (self.pack is not None and self.pack.has_clinvar(gene.symbol, variant))
        said = known.is_pathogenic if known else Truth.FALSE if complete else Truth.UNKNOWN
        if known and said is Truth.TRUE and not self._is_own(record, known, gene):
            return Truth.UNKNOWN
        return Truth.UNKNOWN if said is Truth.FALSE and self._may_be_pathogenic(record, number) else said

    def speaks(self, record: Record, number: int, known: ClinVar | None, gene: Gene) -> bool:
        """Whether ClinVar has a word on an allele, or may have one: a field that is not read, or is not all there is.

        Nothing is asked of it where neither file nor pack has any of ClinVar's words.
        """
        held = self.pack is not None and "clinvar" in self.pack.roles and gene.symbol in self.pack.genes
        return known is not None or self.has_clinvar or held or self._may_be_pathogenic(record, number)

    @cached_property
    def _repeated(self) -> frozenset[int]:
        return repeated_words(self.records)

    def _is_own(self, record: Record, known: ClinVar, gene: Gene) -> bool:
        """Whether ClinVar's word is on this allele and this gene, as far as other records and its own genes tell."""
        if id(record) in self._repeated or says_benign(record.info):
            return False
        return not (known.genes and known.genes.isdisjoint(self.panel.cached(names_of)[gene.symbol].known))

    def _may_be_pathogenic(self, record: Record, number: int) -> bool:
        """Whether a field that is not read says so, or ClinVar's word is there and not tied to any allele."""
        return record.once(_says_pathogenic, number)

    def frequency_of(self, record: Record, number: int, consequence: Consequence | None) -> Decimal | None:
        """How common an allele is by the field that calls it most common; None where none does."""
        own, rest = self._numbers(record, number)
        consequence = self._read(consequence)
        loose = self.annotator.by_overlap
        each = [
            (name, self._counted(name, consequence, own, 1, 1))
            if name in own
            else (name, self._counted(name, consequence, rest, number, len(record.alts)))
            for name in self._frequencies(record, consequence)
        ]
        told = [found for name, found in each if found is not None and (name not in loose or found <= self.rarest)]
        often = max(told, default=None)
        if often is None or often > self.rarest:
            return often
        if commonest_in_dbsnp(record.info) > self.rare:
            return None
        others = [name for name in record.info if is_of_people(name)] + [
            name for name in (consequence.fields if consequence else ()) if is_of_people(name)
        ]
        more = (frequency(consequence, rest, [name], allele=number, alts=len(record.alts)) for name in others)
        return None if any(found is not None and found > self.rare for found in more) else often

    def _counted(
        self, name: str, consequence: Consequence | None, info: Mapping[str, str], allele: int, alts: int
    ) -> Decimal | None:
        """A frequency; none where the counts beside it say that nobody was counted, or make it twice as much."""
        found = frequency(consequence, info, [name], allele=allele, alts=alts)
        names = counted_beside(name)
        if found is None or names is None:
            return found
        told = (consequence.fields if consequence else {}).get(names[1]) or info.get(names[1], ".")
        every = score(None, {names[1]: told}, [names[1]])
        if every is None:
            return found
        if every == 0:
            return None
        own = score(consequence, info, [names[0]], allele=allele, alts=alts)
        return None if own is not None and own >= 2 * found * every and own > self.rarest * every else found

    def scores(
        self, record: Record, number: int, consequence: Consequence | None, transcripts: Collection[str] = ()
    ) -> dict[str, Decimal]:
        """What the rule set's predictors give an allele, as far as they can give it, on the transcripts that count."""
        asked = self.panel.content.fields.predictors.items()
        each = ((name, self._score(record, number, consequence, names, transcripts)) for name, names in asked)
        return {name: value for name, value in each if value is not None and may_score(name, value)}

    def _score(
        self,
        record: Record,
        number: int,
        consequence: Consequence | None,
        names: Sequence[str],
        transcripts: Collection[str],
    ) -> Decimal | None:
        """An allele's score: of its own block of ANNOVAR the only one, outside of them one of those for all ALTs."""
        own, rest = self._numbers(record, number)
        consequence = self._read(consequence)
        each = (
            score(consequence, own, [name], transcripts=transcripts)
            if name in own
            else score(consequence, rest, [name], allele=number, alts=len(record.alts), transcripts=transcripts)
            for name in names
            if name not in self.annotator.by_overlap
        )
        return next((found for found in each if found is not None), None)

    def _numbers(self, record: Record, number: int) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """INFO's numbers on an allele; none where the record was turned round after they may have been written."""
        return ({}, {}) if is_swapped(record.info) else self._info(record, number)

    def _info(self, record: Record, number: int) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """INFO in an allele's own block of ANNOVAR, and outside of all blocks, without what says nothing of it."""
        own, rest = record.once(_parted, number)
        unread = self.annotator.unread
        return (_without(own, unread), _without(rest, unread)) if unread else (own, rest)

    def _read(self, consequence: Consequence | None) -> Consequence | None:
        """A consequence without the fields that say nothing of its allele."""
        unread = self.annotator.unread
        if consequence is None or unread.isdisjoint(consequence.fields):
            return consequence
        return evolve(consequence, fields=_without(consequence.fields, unread))

    def _frequencies(self, record: Record, consequence: Consequence | None) -> Iterator[str]:
        """The fields of a record that are allele frequencies: the rule set's, and those known by their names."""
        asked = self.panel.content.fields.frequency
        yield from asked
        inside = consequence.fields if consequence and consequence.source in (Tool.VEP, Tool.PACK) else ()
        more = [name for name in (consequence.fields if consequence else ()) if name == FREQUENCY]
        more += [name for name in inside if is_frequency_of_vep(name)]
        more += [name for name in record.info if is_frequency(name)]
        yield from (name for name in dict.fromkeys(more) if name not in asked)


def repeated_words(records: Iterable[Record]) -> frozenset[int]:
    """The identities of records whose word of ClinVar is that of a record of another ALT at the same place.

    ClinVar has one for each allele. A tool that splits a record by ALT leaves in every row what stood there once.
    """
    found: dict[object, list[Record]] = {}
    for record in records:
        if record.info.get("CLNSIG", ".") not in MISSING:
            words = sorted((key, value) for key, value in record.info.items() if key.startswith(_OF_CLINVAR))
            found.setdefault((record.contig, record.pos, record.ref, *words), []).append(record)
    several = (those for those in found.values() if len({each.alts for each in those}) > 1)
    return frozenset(id(record) for those in several for record in those)


_OF_CLINVAR = ("CLN", "ALLELEID", "GENEINFO")


def _parted(record: Record, number: int) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """INFO in an allele's own block of ANNOVAR, and outside of all blocks."""
    return of_block(record.info, number, len(record.alts)), outside(record.info)


def _without(fields: Mapping[str, str], names: Collection[str]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if name not in names}


def _says_pathogenic(record: Record, number: int) -> bool:
    own, rest = record.once(_parted, number)
    return bool(may_be_pathogenic(record.info, {"CLNSIG"} - own.keys() - rest.keys()))
