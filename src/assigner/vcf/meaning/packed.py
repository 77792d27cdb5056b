"""What a pack says of a participant's variants, in the form of a file's own annotations; and where the two differ."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from attrs import define, evolve, field

from assigner.genome.variants import UNTOLD, Variant
from assigner.packs.effects import Effect
from assigner.packs.pack import HARMLESS, Pack, counts
from assigner.packs.sources.records import CLINVAR
from assigner.packs.transcripts import Transcript
from assigner.profiles.calls import Call
from assigner.profiles.profile import Check
from assigner.rules.loci import Gene
from assigner.truth import Truth
from assigner.vcf.annotations.clinvar import clinvar
from assigner.vcf.annotations.consequences import JOINED, Consequence, Tool, is_joint
from assigner.vcf.annotations.ontology import ENDS, SPLICED, are_understood
from assigner.vcf.annotations.picks import OUTSIDE, of_gene, pick, without_version
from assigner.vcf.annotations.predictors import FREQUENCY
from assigner.vcf.meaning.alleles import Allele, Carried
from assigner.vcf.meaning.genes import gene_names
from assigner.vcf.meaning.haplotypes import BESIDE
from assigner.vcf.meaning.judged import alleles_of
from assigner.vcf.meaning.neighbours import Neighbours
from assigner.vcf.meaning.rearrangements import Rearrangements
from assigner.vcf.records.compounds import change_of
from assigner.vcf.records.record import Record

OTHERWISE = "the file and the pack differ"
MOST_TOLD = 5
"""So many differences between a file and a pack are written out; all are counted."""

_CONFLICT = "conflicting_classifications_of_pathogenicity"


@define
class Packed:
    """What a pack says of the variants of a participant's files.

    Attributes:
        pack: the pack.
        asked: the terms that some criterion asks about.
        listed: whether an allele has a question of its own.
        effects: of each variant in each gene.
        neighbours: those carried that change codons.
        differences: where a file says otherwise.
    """

    pack: Pack
    asked: frozenset[str]
    listed: Callable[[Variant], bool]
    effects: Mapping[tuple[str, Variant], Sequence[Effect]]
    neighbours: Neighbours
    differences: dict[str, None] = field(factory=dict)

    @classmethod
    def of(
        cls,
        pack: Pack,
        alleles: Iterable[tuple[Carried, Sequence[Gene]]],
        untold: Iterable[tuple[Allele, Call, Sequence[Gene]]],
        rearranged: Rearrangements,
        asked: frozenset[str],
        listed: Callable[[Variant], bool],
    ) -> Packed:
        """What it says of these alleles of all files, each with the genes that it lies in.

        Args:
            pack: the pack.
            alleles: carried, perhaps, or surely absent.
            untold: carried, and their bases are not told, with what their records say of them.
            rearranged: carried, and told by their ends.
            asked: the terms that some criterion asks about.
            listed: whether an allele has a question of its own.
        """
        effects: dict[tuple[str, Variant], Sequence[Effect]] = {}
        neighbours, transcripts = Neighbours(), dict[tuple[str, Transcript], None]()
        for each, genes in alleles:
            if each.call.carries is Truth.FALSE:
                neighbours.denied.add(each.variant)
                continue
            for gene in genes:
                found = effects[gene.symbol, each.variant] = pack.effects(gene, each.variant)
                neighbours.add(gene.symbol, each, found, pack.sequence(each.variant.chrom))
                transcripts.update(((gene.symbol, effect.transcript), None) for effect in found)
        for allele, call, genes in untold:
            stands = Variant(allele.place, allele.record.pos, allele.record.ref, UNTOLD)
            own = Carried(allele.record, allele.number, stands, call)
            for gene in genes:
                for on in pack.genes[gene.symbol].transcripts if gene.symbol in pack.genes else ():
                    neighbours.add_untold(gene.symbol, allele.key, own, (allele.first, allele.last), allele.gains, on)
        for symbol, own_rearranged in rearranged.by_gene.items():
            for on in pack.genes[symbol].transcripts if symbol in pack.genes else ():
                for rearrangement in own_rearranged:
                    neighbours.add_rearranged(symbol, rearrangement, on)
        for symbol, on in transcripts:
            for residue, those in neighbours.of_one_codon(symbol, on):
                joint = pack.effect_together(on, those)
                if joint is not None and not ENDS.isdisjoint(joint.terms):
                    neighbours.ended[symbol, on.accession].append((residue, those))
        return cls(pack, asked, listed, effects, neighbours)

    def told(
        self, gene: Gene, own: Carried, of_file: Sequence[Consequence], as_written: Sequence[Consequence] = ()
    ) -> list[Consequence] | None:
        """The consequences of an allele in a gene, of the file and of the pack; None when neither has any.

        What the file says of the transcript that counts stands, and the pack's counts where it says nothing. Where both
        say something and differ in what is asked, the consequence is unknown.

        Args:
            gene: the gene.
            own: the allele.
            of_file: the file's consequences of it.
            as_written: the same, also where another variant makes them unknown.
        """
        mine = list(self._consequences(gene, own))
        if not mine and not of_file:
            return None
        fields = self.fields(gene, own, of_file)
        names = gene_names(gene)
        file_own, written = of_gene(of_file, names), of_gene(as_written, names)
        stands = pick(file_own, names.accessions).basis.is_own_transcript
        unread = stands and any(each.problem is not None and each.problem not in BESIDE for each in file_own)
        of_several = any(map(is_joint, of_file))
        said, ours = (file_own, mine) if of_several else (written or file_own, [*self._alone(gene, own)])
        if (differs := self._difference(said, ours)) is not None:
            self.differences[f"{gene.symbol} {own.variant}: {differs}"] = None
            unknown = Consequence(source=Tool.PACK, allele=own.number, hgnc_id=gene.hgnc, gene_symbol=gene.symbol,
                                  problem=OTHERWISE)  # fmt: skip
            found = [unknown]
        elif not (of_several or unread) and any(each.problem in BESIDE or is_joint(each) for each in mine):
            found = mine  # what a file says of each change alone
        elif of_several and not stands:  # the file's other records of the haplotype only point here
            found = [evolve(each, elsewhere=False) for each in mine] or [*of_file]
        else:
            found = [*of_file] if stands else mine or [*of_file]
        return [evolve(each, fields={**each.fields, **fields}) for each in found]

    def perhaps(self, gene: Gene, own: Carried, of_file: Sequence[Consequence]) -> Sequence[Consequence]:
        """The same of an allele that is not called; where neither tells a consequence, what ClinVar may say."""
        if (found := self.told(gene, own, of_file)) is not None:
            return found
        fields = self.fields(gene, own)
        alone = Consequence(
            source=Tool.PACK, allele=own.number, gene_symbol=gene.symbol, hgnc_id=gene.hgnc, fields=fields
        )
        held = "clinvar" in self.pack.roles and gene.symbol in self.pack.genes
        silent = clinvar({}, alone) is None and (not held or self.pack.has_clinvar(gene.symbol, own.variant))
        return [] if silent else [alone]

    def _difference(self, of_file: Sequence[Consequence], mine: Sequence[Consequence]) -> str | None:
        """What the file and the pack say of one transcript, where they differ in a term that is asked."""
        by_name = {without_version(each.transcript): each for each in mine if each.terms}
        for theirs in of_file:
            ours = by_name.get(without_version(theirs.transcript))
            if ours is None or not theirs.terms or theirs.at is not None or not are_understood(theirs.terms):
                continue
            if self.asked & set(theirs.terms) != self.asked & set(ours.terms):
                return f"{ours.transcript}: {'&'.join(theirs.terms)} in the file, {'&'.join(ours.terms)} in the pack"
        return None

    def fields(self, gene: Gene, own: Carried, of_file: Sequence[Consequence] = ()) -> dict[str, str]:
        """ClinVar's word, frequency and scores of an allele in a gene, by the names under which they are read.

        Args:
            gene: the gene.
            own: the allele.
            of_file: the file's consequences of it, which may hold ClinVar's word too.
        """
        held = self.pack.genes.get(gene.symbol)
        if held is None or own.variant.alt == UNTOLD:
            return {}
        place = self.pack.placed(own.variant)
        found: dict[str, str] = {}
        if (words := held.clinvar.get(place)) is not None:
            found |= {f"pack_{key}": word for key, word in zip(CLINVAR, words, strict=True) if word}
            self._compare_clinvar(gene, own, of_file, found)
        if (often := self.pack.frequency(gene.symbol, own.variant)) is not None:
            found[FREQUENCY] = format(often, "f")
        for name, table in held.predictors.items():
            if (score := table.get(place)) is not None:
                found[name] = score[0]
        return found

    def _compare_clinvar(self, gene: Gene, own: Carried, of_file: Sequence[Consequence], found: dict[str, str]) -> None:
        """Make ClinVar's word a conflict where the file's own says otherwise."""
        info = own.record.info if len(own.record.alts) == 1 else {}
        theirs = clinvar(info, next(iter(of_file), None))
        ours = clinvar({}, Consequence(source=Tool.PACK, allele=own.number, fields=found))
        if theirs is None or ours is None or theirs.is_pathogenic is ours.is_pathogenic:
            return
        words = f"ClinVar {'/'.join(sorted(theirs.terms))} in the file, {'/'.join(sorted(ours.terms))} in the pack"
        self.differences[f"{gene.symbol} {own.variant}: {words}"] = None
        found["pack_CLNSIG"] = _CONFLICT

    def _alone(self, gene: Gene, own: Carried) -> Iterator[Consequence]:
        """The consequences of an allele as if there were no other one."""
        for effect in self.effects.get((gene.symbol, own.variant), ()):
            yield _consequence(gene, own, effect, effect.problem)

    def _consequences(self, gene: Gene, own: Carried) -> Iterator[Consequence]:
        """Its consequences on each haplotype that it lies on."""
        for effect in self.effects.get((gene.symbol, own.variant), ()):
            beside = effect.problem or self.neighbours.problem(gene.symbol, own, effect)
            found = _consequence(gene, own, effect, beside)
            yield found if beside == effect.problem else self._joint(gene, own, effect) or found

    def _joint(self, gene: Gene, own: Carried, effect: Effect) -> Consequence | None:
        """What an allele does with others of its haplotypes; it counts at the rarest of those that lie there alike."""
        several = self.neighbours.on_its_haplotypes(gene.symbol, own, effect)
        joint = self.pack.effect_together(effect.transcript, several) if several else None
        if joint is None:
            return None
        alike = self.neighbours.beside_each_other(own, several)
        rarest = min(alike, key=lambda each: self._place(gene, each))
        found = _consequence(gene, own, joint, None)
        changes = "+".join(change_of(each.pos, each.ref, each.alt) for each in several)
        return evolve(found, fields={**found.fields, JOINED: changes}, elsewhere=rarest != own.variant)

    def _place(self, gene: Gene, variant: Variant) -> tuple[bool, Decimal, object]:
        """By what the first of several changes is found: a listed allele has its own question, and comes last."""
        often = self.pack.frequency(gene.symbol, variant)
        return self.listed(variant), Decimal(1) if often is None else often, variant.order

    def check(self) -> Check | None:
        """What a trace says of places at which a file and the pack differ; None when there are none."""
        if not self.differences:
            return None
        count = len(self.differences)
        more = f"; and {count - MOST_TOLD} more" if count > MOST_TOLD else ""
        told = "; ".join(sorted(self.differences)[:MOST_TOLD])
        return Check("pack_differs", f"{count} places", f"{told}{more}: each is unknown")


def _consequence(gene: Gene, own: Carried, effect: Effect, problem: str | None) -> Consequence:
    residues = effect.residues
    fields = {} if residues is None else {"Protein_position": f"{residues[0]}-{residues[1]}/{effect.length}"}
    return Consequence(
        source=Tool.PACK,
        allele=own.number,
        gene_symbol=gene.symbol,
        hgnc_id=gene.hgnc,
        transcript=effect.transcript.accession,
        mane_select=effect.transcript.mane,
        canonical=effect.transcript.canonical,
        terms=() if problem else effect.terms,
        hgvs_c=effect.hgvs_c,
        hgvs_p=None if problem else effect.hgvs_p,
        exon=effect.exon,
        intron=effect.intron,
        fields={} if problem else fields,
        problem=problem,
    )


def is_quiet(record: Record, genes: Iterable[Gene], pack: Pack, asked: frozenset[str]) -> bool:
    """Whether a pack surely says nothing that is asked of any allele that a record names, and nothing of codons.

    A change of a codon may mean more beside another one, and a record that calls it absent may contradict one that
    does not. A nuclear gene that is not in the pack is never asked about.

    Args:
        record: a record of which the file itself tells nothing that is asked.
        genes: those that it lies in.
        pack: the pack.
        asked: the terms that some criterion asks about.
    """
    carried = {number for number in record.genotype.alleles if number} if record.genotype else set()
    named = dict(alleles_of(record))
    if not carried <= named.keys():
        return False
    return all(
        pack.once(
            (gene.symbol, gene.transcripts, variant, asked),
            functools.partial(_says_nothing, gene, variant, pack, asked),
        )
        for variant in named.values()
        for gene in genes
    )


def _says_nothing(gene: Gene, variant: Variant, pack: Pack, asked: frozenset[str]) -> bool:
    held = pack.genes.get(gene.symbol)
    if held is None:
        return gene.is_nuclear
    words = held.clinvar.get(pack.placed(variant))
    if words is not None and words[0] not in HARMLESS:
        return False
    if "clinvar" in pack.roles and not pack.has_clinvar(gene.symbol, variant):
        return False
    effects = pack.effects(gene, variant)
    if not any(counts(each.transcript, gene) for each in effects) and all(
        OUTSIDE.issuperset(each.terms) for each in effects
    ):
        return False  # another transcript of the gene may lie there
    telling = asked | ENDS | SPLICED
    return all(each.problem is None and each.residues is None and telling.isdisjoint(each.terms) for each in effects)
