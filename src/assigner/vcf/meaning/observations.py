"""From annotated records to the variants that a rule set's criteria ask about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from assigner.genome.variants import UNTOLD, Variant
from assigner.profiles.calls import Call, Sex
from assigner.profiles.profile import Observed
from assigner.rules.loci import Gene
from assigner.rules.panels import Panel
from assigner.truth import Truth, any_of
from assigner.vcf.annotations.annotators import Annotator
from assigner.vcf.annotations.clinvar import OF_ONE_CODON, ClinVar
from assigner.vcf.annotations.consequences import JOINED, Consequence, Tool, is_joint
from assigner.vcf.annotations.layouts import Haplotypes
from assigner.vcf.annotations.ontology import are_understood
from assigner.vcf.annotations.picks import (
    OUTSIDE,
    Basis,
    GeneNames,
    Pick,
    in_last_exon,
    is_grave,
    is_mild,
    names_nothing,
    of_gene,
    own_accessions,
    pick,
    without_version,
)
from assigner.vcf.annotations.residues import residues
from assigner.vcf.meaning.alleles import Allele, Carried, carried_alleles
from assigner.vcf.meaning.coding import may_end_protein, may_lie_in_codon
from assigner.vcf.meaning.codons import Codons
from assigner.vcf.meaning.coverage import halved_by
from assigner.vcf.meaning.deletions import Deletions
from assigner.vcf.meaning.doubts import doubt
from assigner.vcf.meaning.exons import splice_sites
from assigner.vcf.meaning.fields import Fields
from assigner.vcf.meaning.found import Found, Seen, written
from assigner.vcf.meaning.genes import (
    alleles_named,
    any_term,
    genes_at,
    genes_over,
    names_of,
)
from assigner.vcf.meaning.judged import alleles_of, call_of, judge
from assigner.vcf.meaning.quiet import tells_nothing
from assigner.vcf.meaning.unexplained import UNEXPLAINED
from assigner.vcf.records.beside import Records
from assigner.vcf.records.compounds import Compounds, change_in, change_of
from assigner.vcf.records.record import Record
from assigner.vcf.scan.alts import NO_ALLELE

if TYPE_CHECKING:
    from assigner.packs.pack import Pack
    from assigner.vcf.meaning.packed import Packed

MOST_REMEMBERED = 2_000
"""Of up to so many records of a file what is known of each is held till it is read to the end: some 5 kB each. More are
worked out anew where they are asked once more, which few of them are."""


def _may_tell(record: Record) -> bool:
    """Whether something may be told of a record without a pack."""
    return record.is_carried or bool(record.info)


@frozen(kw_only=True)
class Observer:
    """Reads the annotated variants of one file.

    Attributes:
        records: those of the file.
        sex: decides how many copies of X and Y there are.
        has_clinvar: whether the file declares ClinVar's classifications, so that a record without one has none.
        most: how many unexplained variants of a gene are read that change the length, and how many others; all without.
        pack: what tells of the variants of which the file does not, if there is one.
    """

    records: Records
    sex: Sex | None
    panel: Panel
    annotator: Annotator
    has_clinvar: bool
    terms: frozenset[str]
    most: int | None = None
    pack: Pack | None = None

    @cached_property
    def _carried(self) -> Sequence[Record]:
        """The records that show an ALT."""
        return self.records.carried

    @cached_property
    def asked(self) -> re.Pattern[str]:
        """The pattern that finds any of the terms."""
        return any_term(self.terms)

    @cached_property
    def compounds(self) -> Compounds:
        """The carried records by place, with what each record says of its alleles."""
        gates, build = self.panel.content.gates, self.panel.build
        halved = halved_by((judge(record, gates) for record in self._carried), build, gates)

        def called(record: Record, number: int) -> Call:
            inside = halved.covers(record.chrom or "", record.pos, record.end)
            return call_of(judge(record, gates), number, self.sex, build, gates, halved=inside)

        return Compounds.of(self._carried, called)

    def in_codons(self) -> Iterator[tuple[Record, Sequence[str], bool]]:
        """The carried records that may change codons, with their genes' symbols, and whether the protein may end."""
        sites = self.panel.cached(splice_sites)
        for record in self._carried:
            over = self._over(record)
            if over and (id(record) not in self._quiet or may_lie_in_codon(record, self.annotator, sites)):
                yield record, [gene.symbol for gene in over], may_end_protein(record, self.annotator, sites)

    def called(self, record: Record, number: int) -> Call:
        """What a record says of one of its alleles."""
        return self.compounds.call(record, number)

    def told(self, record: Record, number: int) -> Sequence[Consequence]:
        """What its annotation says of it; nothing counts of an allele whose bases the annotation cannot know."""
        if record.alts[number - 1] in NO_ALLELE:
            return ()
        return [each for each in self._consequences(record)[number - 1] if each.allele == number]

    def asked_of_pack(self) -> Iterator[tuple[Carried, Sequence[Gene]]]:
        """The alleles of which the pack is asked, with their genes; those that are called absent, too."""
        for record in self.records:
            over = self._over(record) if self.pack is not None else []
            if not over or id(record) in self._aside:
                continue
            called = record.called
            for number, variant in alleles_of(record):
                call = self.compounds.call(record, number)
                if number in called or call.carries is not Truth.TRUE:
                    yield Carried(record, number, variant, call), over

    def untold(self, deletions: Deletions) -> Iterator[tuple[Allele, Call, Sequence[Gene]]]:
        """The carried alleles in genes of which a record does not tell the bases, for a pack to know of."""
        for record in self._carried if self.pack is not None else ():
            over = self._over(record)
            for own in deletions.unexplained(carried_alleles(record), self.called) if over else ():
                if own.variant is None:
                    yield own, self.compounds.call(record, own.number), over

    def deletions(self) -> Iterator[tuple[Allele, Call]]:
        """The carried alleles that are deletions in bases, with what their records say of them."""
        for record in self._carried:
            for own in carried_alleles(record) if len(record.ref) > 1 else ():
                if own.is_deletion:
                    yield own, self.compounds.call(record, own.number)

    def observed(self, codons: Codons, deletions: Deletions, packed: Packed | None = None) -> Seen:
        """The variants in genes of the panel, carried or perhaps carried, that could matter to a criterion.

        Args:
            codons: what the alleles of all files do to each other's codons.
            deletions: the carried deletions of all files, which explain alleles that are missing.
            packed: what the pack says of the alleles of all files, if there is one.
        """
        found = Found(self.panel, self.most, None if self.pack is None else packed, codons, deletions)
        are_many = len(self.records) > MOST_REMEMBERED
        for record in self.records if found.packed is not None else self.records.where(_may_tell):
            self._observe(record, found)
            if are_many:
                record.forget()
        return found.seen()

    def _observe(self, record: Record, found: Found) -> None:
        over = self._over(record) if record.alts else []
        if not record.is_carried:
            self._perhaps_carried(record, over, found)
        elif id(record) in self._aside or self._is_settled(record, found.codons):
            found.explained.append(written(record))
        elif over:
            self._of_record(record, over, found)
            if len(record.alts) > 1:
                self._perhaps_carried(record, over, found)

    def _is_settled(self, record: Record, codons: Codons) -> bool:
        """Whether a carried record surely tells nothing that is asked, beside others too."""
        return id(record) in self._quiet and codons.stands_alone(record)

    @cached_property
    def _quiet(self) -> frozenset[int]:
        """The identities of the carried records of which the annotation surely tells nothing that is asked.

        With a pack none is: `_aside`.
        """
        return frozenset(id(record) for record in self._carried if self.pack is None and self._is_quiet(record))

    def _is_quiet(self, record: Record) -> bool:
        over = self._over(record)
        return bool(over) and tells_nothing(record, over, self.annotator, self.panel, self.asked)

    @cached_property
    def _fields(self) -> Fields:
        return Fields(
            panel=self.panel,
            annotator=self.annotator,
            has_clinvar=self.has_clinvar,
            pack=self.pack,
            records=self.records,
        )

    @cached_property
    def _names(self) -> Mapping[str, GeneNames]:
        return self.panel.cached(names_of)

    def _over(self, record: Record) -> list[Gene]:
        return record.once(genes_over, self.panel.cached(genes_at))

    @cached_property
    def _aside(self) -> frozenset[int]:
        """The identities of the carried records of which file and pack surely tell nothing that is asked."""
        return frozenset(id(record) for record in self._carried if self._is_aside(record))

    def _is_aside(self, record: Record) -> bool:
        if self.pack is None:
            return False
        from assigner.vcf.meaning.packed import is_quiet  # few runs have a pack

        over = self._over(record)
        named = [self._names[gene.symbol].accessions for gene in over]
        told = not over or self.annotator.may_tell(record.info, self.asked, named)
        return not told and is_quiet(record, over, self.pack, self.terms)

    def _consequences(self, record: Record) -> tuple[tuple[Consequence, ...], ...]:
        haplotypes = Haplotypes(record.genotype.alleles, record.sample) if record.genotype else None
        return self.annotator.consequences(record.info, record.ref, record.alts, haplotypes)

    def _perhaps_carried(self, record: Record, genes: Sequence[Gene], found: Found) -> None:
        """The alleles that a record neither calls nor shows, as far as it is believed, not to be there.

        They leave a gene open where the record's annotation, or the pack, tells what is asked. One of which nothing is
        told may be there for other samples; one of which the pack cannot tell the consequence may have any.
        """
        told_here = bool(record.info) and self.annotator.may_tell(record.info, self.asked)
        if not genes or not (told_here or found.packed is not None):
            return
        called = record.called
        perhaps = [
            (number, variant, call)
            for number, variant in alleles_of(record)
            if number not in called
            and (call := self.compounds.call(record, number)).carries is Truth.UNKNOWN
            and not found.own_questions.have(variant)
        ]
        consequences = self._consequences(record) if told_here or perhaps else ()
        for number, variant, call in perhaps:
            told = [each for each in consequences[number - 1] if each.allele == number]
            own = Carried(record, number, variant, call)
            for gene in genes:
                words = told if found.packed is None else found.packed.perhaps(gene, own, told)
                seen = self._of_gene(gene, record, number, Observed(gene.symbol, variant, call), words)
                of_pack = any(each.source is Tool.PACK for each in words)
                found.told += [each for each in seen if each.terms is not None or of_pack]

    def _of_record(self, record: Record, genes: Sequence[Gene], found: Found) -> None:
        consequences = self._consequences(record)
        called = record.called
        carried_here = carried_alleles(record) if record.shows_untold else ()
        untold = found.deletions.unexplained(carried_here, self.called)
        for number, variant in (*alleles_of(record), *_untold(record, untold)):
            if number not in called:
                continue
            explained = record.alts[number - 1] not in NO_ALLELE and _is_explained(
                record, number, consequences[number - 1]
            )
            if not explained and found.packed is None:
                self._unexplained(record, number, variant, genes, found)
                continue
            call = self.compounds.call(record, number)
            carried = Carried(record, number, variant, call)
            own = [self._counted(each, carried, found.codons) for each in consequences[number - 1]]
            told = [each for each in own if each is not None] if explained else []
            as_written = consequences[number - 1] if told else ()
            open_genes = [] if call.seen or explained else [*genes]
            elsewhere = explained and not told  # at another record of the same haplotype
            packed = None if elsewhere else found.packed
            for gene in genes if call.seen else ():
                bare = Observed(gene.symbol, variant, call)
                words = told if packed is None else packed.told(gene, carried, told, as_written)
                if words is None:
                    open_genes.append(gene)
                else:
                    found.told += self._of_gene(gene, record, number, bare, words)
            for gene in open_genes:
                self._unexplained(record, number, variant, [gene], found)
            if not open_genes:
                found.explained.append((variant.chrom, variant.pos, variant.ref, (variant.alt,)))

    def _unexplained(self, record: Record, number: int, variant: Variant, genes: Sequence[Gene], found: Found) -> None:
        """An allele of which no consequence is told: it may do anything where a gene may be coding.

        A listed allele, a marker and a repeat have their own questions. What ClinVar says of the allele counts beside,
        anywhere in a gene.
        """
        if found.own_questions.have(variant):
            return
        words, call = None, self.compounds.call(record, number)
        if found.packed is not None:
            own = Carried(record, number, variant, call)
            words = Consequence(source=Tool.PACK, allele=number, fields=found.packed.fields(genes[0], own))
        known = self._fields.clinvar_of(record, number, words)
        pathogenic = self._fields.pathogenic(record, number, known, genes[0], variant)
        often = self._fields.frequency_of(record, number, words)
        said = pathogenic is not Truth.FALSE and self._fields.speaks(record, number, known, genes[0])
        if often is not None and often > self._fields.rare and not said:
            return
        last = record.end if variant.alt == UNTOLD else variant.end
        inside = found.opened(variant, last, plain=known is None and often is None)
        if not inside and not said:
            return
        for gene in genes:
            if gene.symbol in inside or said:
                seen = Observed(
                    gene.symbol,
                    variant,
                    call,
                    terms=None if gene.symbol in inside else (),
                    pathogenic=self._fields.pathogenic(record, number, known, gene, variant),
                    stars=known.stars if known else 0,
                    conditions=known.conditions if known and said else (),
                    frequency=often,
                    label=UNEXPLAINED,
                )
                (found.told if said else found.unexplained).append(seen)

    def _of_gene(
        self, gene: Gene, record: Record, number: int, bare: Observed, told: Sequence[Consequence]
    ) -> Iterator[Observed]:
        names = self._names[gene.symbol]
        own = of_gene(told, names)
        any_of_it = next(iter((*own, *(each for each in told if each.allele == number))), None)
        picked = pick(own, names.accessions)
        found = picked.consequence
        known = self._fields.clinvar_of(record, number, found or any_of_it)
        pathogenic = self._fields.pathogenic(record, number, known, gene, bare.variant)
        if pathogenic is Truth.TRUE and known is not None and _is_on_another(known, told, own, found):
            pathogenic = Truth.UNKNOWN
        terms = self._terms(gene, bare.variant, told, own, picked)
        asked = terms is None or bool(self.terms & set(terms))
        if not asked and (pathogenic is Truth.FALSE or not self._fields.speaks(record, number, known, gene)):
            return
        counted = names.accessions | own_accessions(found)
        scores = self._fields.scores(record, number, found, counted)
        often = self._fields.frequency_of(record, number, found or any_of_it)
        if found is not None and is_joint(found):  # what is said of one change alone is no word on several together
            scores = {}
            often = None if often is not None and often > self._fields.rarest else often
        yield Observed(
            gene.symbol,
            bare.variant,
            bare.call,
            terms=terms,
            pathogenic=pathogenic,
            stars=known.stars if known else 0,
            conditions=known.conditions if known and pathogenic is not Truth.FALSE else (),
            frequency=often,
            predictors=scores,
            last_exon=self._in_last_exon(gene, bare.variant, found),
            penultimate_exon=self._in_last_exon(gene, bare.variant, found, but=1),
            residues=residues(picked),
            label=_label(found or next((each for each in own if each.source is Tool.PACK), None)),
        )

    def _in_last_exon(self, gene: Gene, variant: Variant, found: Consequence | None, but: int = 0) -> Truth:
        """By the file's word; where it does not number exons, by those of the rule set, of the same transcript.

        Several changes that are read together lie in it with all bases between them, where their stop may be. VEP's
        plugin NMD names changes that escape decay for the same reason or another one.
        """
        if found is None:
            return Truth.UNKNOWN
        if not but and found.fields.get("NMD") == "NMD_escaping_variant":
            return any_of((Truth.UNKNOWN, self._by_exons(gene, variant, found)))
        return self._by_exons(gene, variant, found, but)

    def _by_exons(self, gene: Gene, variant: Variant, found: Consequence, but: int = 0) -> Truth:
        ours = without_version(found.transcript) in self._names[gene.symbol].accessions
        if found.exon or gene.exons is None or not ours:
            return in_last_exon(found, but)
        changes = [change_in(text) for text in found.fields.get(JOINED, "").split("+")] if is_joint(found) else []
        every = changes or [(variant.pos, variant.ref, variant.alt)]
        if None in every:
            return Truth.UNKNOWN
        ends = [(pos, max(pos + len(ref) - 1, pos + (len(ref) < len(alt)))) for pos, ref, alt in filter(None, every)]
        first, last = min(start for start, _ in ends), max(end for _, end in ends)
        return gene.exons.in_last(self.panel.build, first, last, but=but)

    def _counted(self, each: Consequence, own: Carried, codons: Codons) -> Consequence | None:
        """A consequence as it counts here, beside what the file shows of other changes.

        One that belongs to changes of several records (bcftools csq) counts once, where it stands in full, when the
        changes surely lie on one haplotype; else it is unknown at each of them.
        """
        record, call, changes = own.record, own.call, each.fields.get(JOINED, "")
        if each.at is None and is_joint(each) and not self.compounds.lie_together(record.contig, changes, call):
            return evolve(each, terms=(), at=record.pos)
        if each.at is None:
            why = doubt(each, record, own.number, self._over(record), self.panel) or codons.problem(each, own)
            return each if why is None else evolve(each, terms=(), problem=why)
        change = change_of(record.pos, record.ref, record.alts[own.number - 1])
        for there in self.compounds.at(record.contig, each.at):
            full = [c.fields.get(JOINED, "") for of_alt in self._consequences(there) for c in of_alt if c.allele]
            joint = [several for several in full if change in several.split("+")]
            if joint and all(self.compounds.lie_together(record.contig, several, call) for several in joint):
                return None
        return each

    def _terms(
        self, gene: Gene, variant: Variant, told: Sequence[Consequence], own: Sequence[Consequence], picked: Pick
    ) -> tuple[str, ...] | None:
        """The terms on the chosen transcript; without one, none when no transcript has an asked term, else unknown.

        They are unknown, too, where the file has consequences and none of them tells about this gene, and where one
        has a term that is not understood, or where LOFTEE has low confidence that function is lost ("LC", its README);
        in the last exon, which it holds against a change, too, the rule set says what counts.
        """
        found = picked.consequence
        if found is not None and found.elsewhere:
            return ()
        if found is not None and any(self._contradicts(each, found, gene) for each in own):
            return None
        if found is not None and self.terms & set(found.terms):
            doubted = found.lof == "LC" and self._in_last_exon(gene, variant, found) is not Truth.TRUE
            return None if found.after_stop or doubted else found.terms  # behind a stop nothing of it is made
        if not self._tells(gene, told, own, picked.basis):
            return None
        if not all(each.terms and are_understood(each.terms) for each in ([found] if found is not None else own)):
            return None
        if found is not None:
            return found.terms
        open_question = any(self.terms & set(each.terms) for each in own)
        return None if open_question else ()

    def _contradicts(self, other: Consequence, found: Consequence, gene: Gene) -> bool:
        """Whether what another one says of the same transcript is asked, and the chosen one says none of it.

        So may another program, or another of ANNOVAR's databases, which has other names for the gene's transcripts.
        """
        same = {without_version(found.transcript)}
        if other.source is found.source:
            same = {*self._names[gene.symbol].accessions} if found.source is Tool.ANNOVAR else set()
        if without_version(other.transcript) not in same or not other.terms:
            return False
        theirs, ours = self.terms & set(other.terms), self.terms & set(found.terms)
        return bool(theirs or ours) and theirs.isdisjoint(ours)

    def _tells(self, gene: Gene, told: Sequence[Consequence], own: Sequence[Consequence], basis: Basis) -> bool:
        """Whether the consequences of an allele inside a gene that show no asked term are a word on the gene.

        They are on a transcript that counts. Those of another one are where the file has all transcripts and one of
        the gene's own is met; one without gene and transcript (VEP's `--most_severe`) is of all genes at the place.
        """
        if basis.is_own_transcript or not told:
            return True
        if not own:
            return all(names_nothing(each) and not self.terms & set(each.terms) and is_mild(each) for each in told)
        if all(set(each.terms) <= OUTSIDE for each in own):
            return False
        return not (self.annotator.chooses and gene.transcripts)


def _is_on_another(
    known: ClinVar, told: Iterable[Consequence], own: Sequence[Consequence], found: Consequence | None
) -> bool:
    """Whether ClinVar's word may be on another gene at the place, or is on another change of the codon."""
    does = OF_ONE_CODON.intersection(found.terms) if found is not None else frozenset()
    if does and known.changes and does.isdisjoint(known.changes):
        return True
    return not known.genes and _is_graver_elsewhere(told, own)


def _is_graver_elsewhere(told: Iterable[Consequence], own: Sequence[Consequence]) -> bool:
    """Whether an allele does more than what is mild in another gene, and in this one it does not."""
    others = [each for each in told if each not in own and each.allele is not None]
    return any(map(is_grave, others)) and all(each.terms and not is_grave(each) for each in own)


def _is_explained(record: Record, number: int, found: Sequence[Consequence]) -> bool:
    """Whether any consequence of a record is about an allele; bcftools csq's are where there is no other one."""
    alone = len(alleles_named(record)) == 1
    return any(
        each.allele == number or (alone and each.allele is None and each.source is Tool.BCFTOOLS) for each in found
    )


def _untold(record: Record, alleles: Iterable[Allele]) -> Iterator[tuple[int, Variant]]:
    """Those of some alleles of which any base may be there, by their numbers, as variants whose bases are not told."""
    base = record.ref[:1]
    for own in alleles:
        if record.alts[own.number - 1] in NO_ALLELE and base in "ACGT":
            yield own.number, Variant(record.chrom or "", record.pos, base, UNTOLD)


def _label(found: Consequence | None) -> str | None:
    if found is None:
        return None
    told = " ".join(part for part in (found.transcript, found.hgvs_c, found.hgvs_p) if part)
    return ": ".join(part for part in (told, found.problem) if part) or None
