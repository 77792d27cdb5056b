"""Carried alleles of a participant that may change one codon: an annotation of each alone may be wrong for both.

Programs that annotate each record alone (Ensembl VEP, SnpEff, ANNOVAR, `bcftools csq --local-csq`) take the reference
for all other bases. Two changes of one codon on one haplotype make another residue than either (Wang et al., "Landscape
of multi-nucleotide variants in 125,748 human exomes and 15,708 genomes", Nature Communications 2020), and two shifts of
the reading frame may undo each other.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Protocol, Self, TypeAlias

from attrs import field, frozen

from assigner.genome.variants import UNTOLD
from assigner.profiles.calls import Call
from assigner.profiles.profile import StructuralKind
from assigner.rules.loci import Exons, Gene
from assigner.rules.panels import Panel
from assigner.vcf.annotations.annotators import Annotator
from assigner.vcf.annotations.consequences import JOINED, MISSING, Consequence
from assigner.vcf.annotations.ontology import ENDS, SPLICED, lies_in_exon, may_break, may_change_codon, may_rejoin
from assigner.vcf.annotations.picks import names_nothing, without_version
from assigner.vcf.annotations.residues import residues_of
from assigner.vcf.meaning.alleles import Allele, carried_alleles
from assigner.vcf.meaning.coverage import Regions
from assigner.vcf.meaning.deletions import Deletions
from assigner.vcf.meaning.exons import Span, comes_before, hits_site, may_be_altered
from assigner.vcf.meaning.genes import names_of
from assigner.vcf.meaning.neighbours import (
    ANY_GAIN,
    BEHIND_BREAK,
    BEHIND_SHIFT,
    BEHIND_STOP,
    DELETED,
    IN_ONE_CODON,
    SHIFTED_BACK,
    SITE_DIFFERS,
    Carried,
    Key,
    gain,
    leaves_none,
    lie_apart,
)
from assigner.vcf.meaning.rearrangements import Rearrangement, Rearrangements
from assigner.vcf.meaning.unexplained import MayCode
from assigner.vcf.records.compounds import change_of
from assigner.vcf.records.record import Record

NEAR = 2
"""The bases of one codon lie at most so far apart, unless an intron parts them."""
MOST = 100
"""So many alleles beside another one are looked at; beside more of them nothing is known."""

_FRAMESHIFT = "frameshift_variant"


def may_lie_in_codon(record: Record, annotator: Annotator, sites: Regions) -> bool:
    """Whether a record may change a codon, or which exons are joined.

    False only where its annotation, which is understood, and the splice sites of the rule set's exons say otherwise; of
    `*` no annotation can say anything.
    """
    told = _terms_of(record, annotator)
    if not told or record.shows_missing or _meets(record, sites):
        return True
    return any(may_change_codon(terms) or may_rejoin(terms) for terms in map(tuple, told))


def may_end_protein(record: Record, annotator: Annotator, sites: Regions) -> bool:
    """Whether any allele of a record may end the protein or alter all behind it, by its annotation or a splice site."""
    return _meets(record, sites) or any(may_break(tuple(terms)) for terms in _terms_of(record, annotator))


def _meets(record: Record, sites: Regions) -> bool:
    return sites.touches(record.chrom or "", record.pos, record.end)


def _terms_of(record: Record, annotator: Annotator) -> list[Iterable[str]]:
    """The terms of each tool whose annotation a record has, of all alleles together."""
    told = ((layout, layout.value(record.info)) for layout in annotator.layouts)
    return [layout.terms(value) for layout, value in told if value not in MISSING]


Group: TypeAlias = list[Allele]
"""One allele as each of several records carries it."""


def _groups() -> dict[Key, Group]:
    return defaultdict(list)


@frozen(eq=False)
class Beside:
    """Carried alleles in genes that may change codons: by the first and the last base of each, and by gene."""

    genes: dict[int, Sequence[str]] = field(factory=dict)
    groups: Mapping[Key, Group] = field(factory=_groups)
    by_first: Mapping[tuple[str, int], dict[Key, Group]] = field(factory=lambda: defaultdict(dict))
    by_last: Mapping[tuple[str, int], dict[Key, Group]] = field(factory=lambda: defaultdict(dict))
    by_gene: Mapping[str, dict[Key, Group]] = field(factory=lambda: defaultdict(dict))
    ending: set[int] = field(factory=set)

    def add(self, record: Record, alleles: Iterable[Allele], genes: Sequence[str], *, ends: bool) -> None:
        """Add alleles that a record carries, in genes by their symbols; whether the protein may end at one."""
        if ends:
            self.ending.add(id(record))
        for own in alleles:
            group = self.groups[own.key]
            group.append(own)
            self.genes[id(record)] = genes
            self.by_first[own.place, own.first][own.key] = group
            self.by_last[own.place, own.last][own.key] = group
            for gene in genes:
                self.by_gene[gene][own.key] = group

    def near(self, own: Allele) -> Iterator[Group]:
        """The alleles that may change the same codon, as far as places tell; two that change one base do not."""
        for at in range(1, NEAR + 1):
            for found in (self.by_last.get((own.place, own.first - at)), self.by_first.get((own.place, own.last + at))):
                yield from (group for key, group in (found or {}).items() if key != own.key)

    def in_genes(self, own: Allele) -> Iterator[Group]:
        """The others in a gene of an allele, each once."""
        known = {own.key}
        for gene in self.genes.get(id(own.record), ()):
            for key, group in self.by_gene.get(gene, {}).items():
                if key not in known:
                    known.add(key)
                    yield group

    def shifting(self, own: Allele) -> Iterator[Group]:
        """Those of them that may shift the reading frame."""
        return (group for group in self.in_genes(own) if group[0].gains != {0})

    def stands_alone(self, record: Record) -> bool:
        """Whether a record among these surely changes what no other one does, and no other one what it does.

        Where one shifts the reading frame, ends the protein or is a deletion, which may take them, so do others in its
        gene.
        """
        own = [allele for allele in carried_alleles(record) if allele.key in self.groups]
        ends = id(record) in self.ending
        far = (allele for allele in own if ends or allele.is_deletion or allele.gains != {0})
        wide = (group for allele in far for group in self.in_genes(allele))
        groups = chain(wide, (group for allele in own for group in self.near(allele)))
        return not any(group[0].record is not record or len(group) > 1 for group in groups)


class Reader(Protocol):
    """What reads the records of one file."""

    def in_codons(self) -> Iterator[tuple[Record, Sequence[str], bool]]:
        """The carried records that may change codons, with their genes' symbols, and whether the protein may end."""

    def called(self, record: Record, number: int) -> Call:
        """What a record says of one of its alleles."""

    def told(self, record: Record, number: int) -> Sequence[Consequence]:
        """What its annotation says of it."""


@frozen(eq=False)
class Codons:
    """Says of the alleles of a participant's files which consequences are not known because of the others.

    Attributes:
        panel: the rule set's places.
        beside: the carried alleles.
        rearranged: those that are told by their ends.
    """

    panel: Panel
    beside: Beside
    rearranged: Rearrangements
    _readers: dict[int, Reader] = field(factory=dict)
    _known: dict[Key, Sequence[Consequence]] = field(factory=dict, init=False)

    @classmethod
    def of(cls, readers: Iterable[Reader], rearranged: Rearrangements, deletions: Deletions, panel: Panel) -> Self:
        """Of all files of a participant."""
        made = cls(panel, Beside(), rearranged)
        for reader in readers:
            for record, genes, ends in reader.in_codons():
                alleles = deletions.unexplained(carried_alleles(record), reader.called)
                made.beside.add(record, alleles, genes, ends=ends)
                made._readers[id(record)] = reader
        return made

    def problem(self, said: Consequence, carried: Carried) -> str | None:
        """Why what the annotation says of an allele is not known beside another one, if so."""
        if not may_change_codon(said.terms) or carried.variant.alt == UNTOLD:
            return None
        own = Allele.of(carried.record, carried.number, carried.variant)
        if self._is_deleted(carried, own):
            return DELETED
        near = list(islice(self.beside.near(own), MOST + 1))
        if len(near) > MOST or any(self._in_one_codon(said, carried, group) for group in near):
            return IN_ONE_CODON
        rejoined = self._beside_break(said, carried, own)
        if _FRAMESHIFT in said.terms:
            shifted = rejoined == BEHIND_BREAK or (rejoined is None and self._may_shift_back(said, carried, own))
            return SHIFTED_BACK if shifted else rejoined
        if self._may_lie_behind_shift(said, carried, own):
            return BEHIND_SHIFT
        if self._may_lie_behind_stop(said, carried, own):
            return BEHIND_STOP
        return rejoined

    def _is_deleted(self, carried: Carried, own: Allele) -> bool:
        """Whether a deletion takes the bases of an allele and leaves no haplotype for it."""
        for gene in self._genes_of(carried):
            for each in self.rearranged.by_gene.get(gene.symbol, ()):
                if each.deletes(carried.variant) and leaves_none(each.record, each.call, carried.record, carried.call):
                    return True
        taking = (one for group in self.beside.in_genes(own) if group[0].takes(own) for one in group)
        return any(leaves_none(one.record, self._call(one), carried.record, carried.call) for one in taking)

    def _beside_break(self, said: Consequence, carried: Carried, own: Allele) -> str | None:
        """Why others may alter which exons are joined where a consequence lies, if so; of a shift, anywhere."""
        for group in self.beside.in_genes(own):
            why = self._rejoined(said, carried, group)
            if why is not None and not _are_together(said, group) and not self._apart(carried, group):
                return why
        for gene in self._genes_of(carried):
            for each in self.rearranged.beside(carried.variant, gene, self.panel):
                why = self._broken(said, carried, gene, each)
                if why is not None and not self._lies_apart(carried, [(each.record, each.call)]):
                    return why
        return None

    def _rejoined(self, said: Consequence, carried: Carried, group: Group) -> str | None:
        """Why another allele may alter a splice site before a consequence, or of its exon, if so."""
        own, ends = self._on_transcript(said, group), (group[0].first, group[0].last)
        if self._differ(said, carried, own, ends):
            return SITE_DIFFERS
        changed = min(ends), max(ends)
        rejoining = (each for each in own or self._told_of_gene(said, group) if each.at is None and each.terms)
        if any(may_rejoin(each.terms) and self._may_reach(said, carried, each, changed) for each in rejoining):
            return BEHIND_BREAK
        hits = not own and any(hits_site(spans, *ends) for _, spans in self._exons_of(said, carried))
        return BEHIND_BREAK if hits and self._may_reach(said, carried, None, changed) else None

    def _differ(self, said: Consequence, carried: Carried, own: Sequence[Consequence], ends: Span) -> bool:
        """Whether annotation and exons differ on a splice site of a transcript where that alters what is read there.

        Args:
            said: the consequence.
            carried: the allele that has it.
            own: what the annotation says of another allele on the transcript.
            ends: the first and the last base that this one changes; of an insertion, the one behind it comes first.
        """
        spliced = [each for each in own if not SPLICED.isdisjoint(each.terms)]
        silent = bool(own) and not any(each.at is not None or not each.terms or may_rejoin(each.terms) for each in own)
        for _, spans in self._exons_of(said, carried) if spliced or silent else ():
            changed = min(ends), max(ends)
            if silent and hits_site(spans, *ends):
                return self._may_reach(said, carried, None, changed)
            if spliced and not hits_site(spans, *ends):
                return any(self._may_reach(said, carried, each, changed, by_exons=False) for each in spliced)
        return False

    def _broken(self, said: Consequence, carried: Carried, gene: Gene, other: Rearrangement) -> str | None:
        """Why another allele that is told by its ends may alter what a consequence is of, if so."""
        accession = without_version(said.transcript)
        own = [each for each in other.told if accession and without_version(each.transcript) == accession]
        if other.kind is not StructuralKind.BREAKEND and self._differ(said, carried, own, other.outer):
            return SITE_DIFFERS
        return BEHIND_BREAK if self._may_break(said, carried, gene, other, own) else None

    def _may_break(
        self, said: Consequence, carried: Carried, gene: Gene, other: Rearrangement, own: Sequence[Consequence]
    ) -> bool:
        """Whether it does by its ends and by what is said of it, on the transcript or else in the gene."""
        told = own or [each for each in other.told if names_nothing(each) or _share_gene(each, said)]
        reaches = (self._may_reach(said, carried, each, other.outer, cut=other.cut) for each in told or (None,))
        if other.kind is StructuralKind.BREAKEND:
            return any(reaches)
        if told:
            return any(not each.terms or may_break(each.terms) for each in told) and any(reaches)
        may_code = self.panel.cached(MayCode.of).genes(gene.chrom, *other.outer)
        return gene.symbol in may_code and any(reaches)

    def _may_reach(
        self,
        said: Consequence,
        carried: Carried,
        other: Consequence | None,
        changed: Span,
        *,
        cut: bool = False,
        by_exons: bool = True,
    ) -> bool:
        """Whether a consequence may lie in an exon that a change alters, or behind it; unless it is shown not to.

        A shift of the reading frame is beside each: both may keep the frame of what follows.
        """
        if _FRAMESHIFT in said.terms:
            return True
        for exons, spans in self._exons_of(said, carried) if by_exons else ():
            altered = may_be_altered(exons, spans, changed, (carried.variant.pos, carried.variant.end), cut=cut)
            if altered is not None:
                return altered
        if other is None:
            return True
        if residues_of(other) is not None and lies_in_exon(other.terms):
            return _may_be_before([other], said)
        return comes_before(other, said) is not False

    def _exons_of(self, said: Consequence, carried: Carried) -> Iterator[tuple[Exons, Sequence[Span]]]:
        """The whole exons that the rule set has of the transcript of a consequence, also those on the build."""
        build, accession = self.panel.build, without_version(said.transcript)
        for gene in self._genes_of(carried):
            ours = accession in self.panel.cached(names_of)[gene.symbol].accessions
            if gene.exons is not None and ours and gene.exons.coding_on(build) is not None:
                yield gene.exons, gene.exons.on(build)

    def _genes_of(self, carried: Carried) -> Iterator[Gene]:
        return (self.panel.genes[symbol] for symbol in self.beside.genes.get(id(carried.record), ()))

    def _in_one_codon(self, said: Consequence, carried: Carried, group: Group) -> bool:
        if _are_together(said, group) or self._apart(carried, group):
            return False
        theirs, mine = self._on_transcript(said, group), residues_of(said)
        if not theirs:
            return self._may_code(said, carried, group)
        return any(_changes_codon(each) and _may_meet(mine, residues_of(each)) for each in theirs)

    def _may_shift_back(self, said: Consequence, carried: Carried, own: Allele) -> bool:
        gains, shift = Counter[int](), gain(carried.variant)
        for at, (group, shifts) in enumerate(self._shifting(said, carried, own)):
            if at == MOST:
                return True
            if not self._apart(carried, group):
                gains.update(shifts)
            if gains[3 - shift] or gains[shift] > 1:
                return True
        return False

    def _may_lie_behind_shift(self, said: Consequence, carried: Carried, own: Allele) -> bool:
        mine = residues_of(said)
        for at, (group, shifts) in enumerate(self._shifting(said, carried, own)):
            if at == MOST:
                return True
            theirs = [residues_of(each) for each in self._on_transcript(said, group)]
            before = mine is None or not theirs or any(each is None or each[0] <= mine[1] for each in theirs)
            if before and shifts != {0} and not self._apart(carried, group):
                return True
        return False

    def _may_lie_behind_stop(self, said: Consequence, carried: Carried, own: Allele) -> bool:
        """Whether others may end the protein before it; what is no part of the protein then is no missense."""
        for group in () if ENDS & {*said.terms} else self.beside.in_genes(own):
            ends = self._may_end_before(said, carried, group) or self._may_end_together(said, carried, own, group)
            if ends and not _are_together(said, group) and not self._apart(carried, group):
                return True
        return False

    def _may_end_before(self, said: Consequence, carried: Carried, group: Group) -> bool:
        """Whether another allele alone may end the protein before a consequence.

        Of one of which its annotation tells nothing on the transcript what it says of others of the gene counts.
        """
        theirs = self._on_transcript(said, group)
        if theirs:
            return _may_be_before([each for each in theirs if _may_end(each)], said)
        told = self._told_of_gene(said, group)
        return any(map(_may_end, told)) if told else self._may_code(said, carried, group)

    def _may_end_together(self, said: Consequence, carried: Carried, own: Allele, group: Group) -> bool:
        """Whether another allele may do so with a third one in its codon: two that are no stop alone may make one."""
        variant, theirs = group[0].variant, self._on_transcript(said, group)
        if variant is None or not _may_be_before(theirs, said):
            return False
        beside = Carried(group[0].record, group[0].number, variant, self._call(group[0]))
        thirds = (third for third in self.beside.near(group[0]) if third[0].key != own.key)
        return any(
            _changes_codon(each) and self._in_one_codon(each, beside, third)
            for third in thirds
            if not (_are_together(said, third) or self._apart(carried, third))
            for each in theirs
            if each.at is None
        )

    def _shifting(self, said: Consequence, carried: Carried, own: Allele) -> Iterator[tuple[Group, frozenset[int]]]:
        """The others that may move the frame of the same transcript, and by how many bases each may."""
        for group in self.beside.shifting(own):
            theirs = self._on_transcript(said, group)
            coding = [each for each in theirs if _changes_codon(each)]
            if _are_together(said, group) or not (coding or (not theirs and self._may_code(said, carried, group))):
                continue
            exact = coding and all(_FRAMESHIFT in each.terms for each in coding)
            yield group, group[0].gains if exact else ANY_GAIN

    def _may_code(self, said: Consequence, carried: Carried, group: Group) -> bool:
        """Whether an allele of which a transcript's annotation tells nothing may change coding bases beside another.

        It does not where its consequences in the gene, or of no gene and transcript, all say that it lies in no codon.
        """
        if told := self._told_of_gene(said, group):
            return any(map(_changes_codon, told))
        first, last = sorted((group[0].first, group[0].last))
        genes = self.panel.cached(MayCode.of).genes(group[0].place, first, last)
        return not {*genes}.isdisjoint(self.beside.genes.get(id(carried.record), ()))

    def _told_of_gene(self, said: Consequence, group: Group) -> list[Consequence]:
        """What is said of another allele in the gene of a consequence, or of no gene and transcript."""
        return [each for each in self._told(group) if names_nothing(each) or _share_gene(each, said)]

    def _on_transcript(self, said: Consequence, group: Group) -> list[Consequence]:
        """What is said of another allele on the transcript of a consequence."""
        accession = without_version(said.transcript)
        return [each for each in self._told(group) if accession and without_version(each.transcript) == accession]

    def _told(self, group: Group) -> Sequence[Consequence]:
        """What the annotation of each record says of an allele."""
        key = group[0].key
        found = self._known.get(key)
        if found is None:
            each = (self._readers[id(one.record)].told(one.record, one.number) for one in group[:MOST])
            found = self._known[key] = list(chain.from_iterable(each))
        return found

    def _apart(self, carried: Carried, group: Group) -> bool:
        """Whether two alleles surely do not lie on one haplotype, or the other is not shown to be carried.

        They do not where some of their records show it, and none the contrary.
        """
        return self._lies_apart(carried, [(one.record, call) for one in group[:MOST] if (call := self._call(one)).seen])

    def _lies_apart(self, carried: Carried, theirs: Sequence[tuple[Record, Call]]) -> bool:
        """The same of an allele as some records show it."""
        mine = [(one.record, self._call(one)) for one in self.beside.groups.get(carried.variant, [])[:MOST]]
        if len(theirs) * len(mine) > MOST:
            return False
        mine = mine or [(carried.record, carried.call)]
        shown = {lie_apart(*one, *other) for one in mine for other in theirs}
        return not theirs or (True in shown and False not in shown)

    def _call(self, one: Allele) -> Call:
        return self._readers[id(one.record)].called(one.record, one.number)


def _are_together(said: Consequence, group: Group) -> bool:
    """Whether bcftools csq has taken another allele together with this one."""
    changes = said.fields.get(JOINED, "").split("+")
    each = (change_of(one.record.pos, one.record.ref, one.record.alts[one.number - 1]) for one in group[:MOST])
    return any(change in changes for change in each)


def _share_gene(one: Consequence, other: Consequence) -> bool:
    """Whether two consequences name the same gene."""
    named = ("hgnc_id", "gene_id", "gene_symbol")
    return any(getattr(one, name) is not None and getattr(one, name) == getattr(other, name) for name in named)


def _changes_codon(each: Consequence) -> bool:
    """Whether a consequence may be one on coding bases."""
    return not each.terms or may_change_codon(each.terms)


def _may_end(each: Consequence) -> bool:
    """Whether the protein may end at an allele; one that is read at another record is asked there."""
    return each.at is None and (not each.terms or not ENDS.isdisjoint(each.terms))


def _may_be_before(those: Iterable[Consequence], said: Consequence) -> bool:
    """Whether any of some consequences may lie before another one in the protein, or in the same codon."""
    mine = residues_of(said)
    theirs = (residues_of(each) for each in those)
    return any(mine is None or each is None or each[0] <= mine[1] for each in theirs)


def _may_meet(one: tuple[int, int] | None, other: tuple[int, int] | None) -> bool:
    """Whether two stretches of residues may have one in common; one that is not known may."""
    return one is None or other is None or (one[0] <= other[1] and other[0] <= one[1])
