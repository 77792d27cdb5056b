"""From annotated records to the variants that a rule set's criteria ask about."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from attrs import evolve, frozen

from assigner.errors import shown
from assigner.profiles.calls import Call, Sex, in_order
from assigner.profiles.profile import Observed
from assigner.rules.criteria import terms_of
from assigner.rules.loci import Gene, span_on
from assigner.rules.panels import Panel
from assigner.rules.schema import RuleSet
from assigner.truth import Truth
from assigner.vcf.annotations.clinvar import clinvar, unfamiliar
from assigner.vcf.annotations.consequences import Annotator, Consequence, Haplotypes
from assigner.vcf.annotations.picks import (
    OUTSIDE,
    Basis,
    Pick,
    in_last_exon,
    is_mild,
    names_nothing,
    of_gene,
    pick,
    without_version,
)
from assigner.vcf.annotations.predictors import frequency, is_frequency, looks_like_a_frequency, score
from assigner.vcf.meaning.judged import alleles_of, call_of, judge
from assigner.vcf.records.compounds import Compounds
from assigner.vcf.records.record import NO_ALLELE, Record
from assigner.vcf.scan.headers import Header

UNEXPLAINED = "carried, and without annotation"
"""What a trace says of a variant that no annotation explains."""

MOST_WORDS = 10
"""How many words that are not understood a trace names."""


def genes_at(panel: Panel) -> dict[str, list[tuple[int, int, Gene]]]:
    """The panel's genes by chromosome, each with its span."""
    found: dict[str, list[tuple[int, int, Gene]]] = {}
    for gene in panel.content.genes:
        found.setdefault(gene.chrom, []).append((*span_on(gene, panel.build), gene))
    return found


def changes_length(record: Record) -> bool:
    """Whether the participant carries an allele of a record, written out, that is longer or shorter than REF.

    Only that is asked of a variant without annotation: a genome has thousands of substitutions in the introns of a
    panel's genes, and would leave every gene open.
    """
    carried = () if record.genotype is None else record.genotype.alleles
    alts = {record.alts[allele - 1] for allele in carried if allele}
    return any(len(alt) != len(record.ref) and set(alt) <= set("ACGT") for alt in alts if alt)


def is_asked(gene: Gene, content: RuleSet) -> bool:
    """Whether a criterion asks a gene for unlisted variants by their annotation."""
    return any(
        each.reads == "annotations" and gene.validity in each.validity and each.asks(gene) for each in content.criteria
    )


def genes_over(record: Record, genes: Mapping[str, Sequence[tuple[int, int, Gene]]]) -> list[Gene]:
    """The genes that a record lies in, at least in part."""
    pos, stop = record.pos, record.end
    return [gene for start, end, gene in genes.get(record.chrom or "", ()) if start <= stop and pos <= end]


def accessions_of(gene: Gene) -> frozenset[str]:
    """The transcripts that the rule set names for a gene, without version."""
    return frozenset(map(without_version, gene.transcripts))


def asked_terms(content: RuleSet) -> frozenset[str]:
    """All Sequence Ontology terms that some criterion asks about."""
    return frozenset(term for criterion in content.criteria for term in terms_of(criterion))


def any_term(terms: frozenset[str]) -> re.Pattern[str]:
    """The pattern that finds any of these terms."""
    return re.compile("|".join(map(re.escape, sorted(terms))) or "(?!)")


def asks_annotations(content: RuleSet) -> bool:
    """Whether any criterion asks about annotations."""
    return any(criterion.reads == "annotations" for criterion in content.criteria)


@frozen
class Observer:
    """Reads the annotated variants of one file.

    Attributes:
        has_clinvar: whether the file declares ClinVar's classifications, so that a record without one has none.
    """

    panel: Panel
    annotator: Annotator
    has_clinvar: bool
    terms: frozenset[str]

    def observed(self, records: Iterable[Record], sex: Sex | None) -> tuple[Observed, ...]:
        """The carried variants in genes of the panel that could matter to a criterion, by gene and place."""
        return tuple(sorted(self._all(records, sex), key=lambda seen: (seen.gene, seen.variant, in_order(seen))))

    def _all(self, records: Iterable[Record], sex: Sex | None) -> Iterator[Observed]:
        records = tuple(records)
        gates, build = self.panel.content.gates, self.panel.build
        compounds = Compounds.of(records, lambda record, n: call_of(judge(record, gates), n, sex, build, gates))
        genes = genes_at(self.panel)
        asked = any_term(self.terms)
        for record in records:
            carried = record.genotype is not None and any(record.genotype.alleles)
            over = genes_over(record, genes) if carried else []
            if not over:
                continue
            if self.annotator.may_tell(record.info, asked, [accessions_of(gene) for gene in over]):
                yield from self._of_record(record, over, compounds)
            elif changes_length(record) and not self.annotator.speaks(record.info):
                yield from self._unexplained(record, over, compounds)

    def _consequences(self, record: Record) -> tuple[tuple[Consequence, ...], ...]:
        haplotypes = Haplotypes(record.genotype.alleles, record.sample) if record.genotype else None
        return self.annotator.consequences(record.info, record.ref, record.alts, haplotypes)

    def _of_record(self, record: Record, genes: Sequence[Gene], compounds: Compounds) -> Iterator[Observed]:
        consequences = self._consequences(record)
        for number, variant in alleles_of(record):
            call, found = compounds.call(record, number), consequences[number - 1]
            if call.seen:
                for gene in genes:
                    counted = (self._counted(each, record, number, call, compounds) for each in found)
                    told = [each for each in counted if each is not None]
                    yield from self._of_gene(gene, record, number, Observed(gene.symbol, variant, call), told)

    def _unexplained(self, record: Record, genes: Sequence[Gene], compounds: Compounds) -> Iterator[Observed]:
        """The carried insertions and deletions of a record without annotation, which may shift a reading frame.

        Until a rule set has the exons of its genes, all of a gene may be coding. A listed allele has its own question,
        and so has a repeat.
        """
        spans = ((repeat.chrom, *span_on(repeat, self.panel.build)) for repeat in self.panel.repeats.values())
        if any(chrom == record.chrom and start <= record.end and record.pos <= end for chrom, start, end in spans):
            return
        asked = [gene for gene in genes if is_asked(gene, self.panel.content)]
        pathogenic = Truth.FALSE if self.has_clinvar else Truth.UNKNOWN
        for number, variant in alleles_of(record):
            call = compounds.call(record, number)
            if call.carries is Truth.TRUE and len(variant.ref) != len(variant.alt) and variant not in self.panel.listed:
                for gene in asked:
                    yield Observed(gene.symbol, variant, call, pathogenic=pathogenic, label=UNEXPLAINED)

    def _of_gene(
        self, gene: Gene, record: Record, number: int, bare: Observed, told: Sequence[Consequence]
    ) -> Iterator[Observed]:
        names = {gene.symbol, *gene.aliases, gene.ensembl or gene.symbol}
        own = of_gene(told, gene.hgnc or "", names, accessions_of(gene))
        any_of_it = next(iter((*own, *(each for each in told if each.allele == number))), None)
        picked = pick(own, {gene.symbol: ",".join(gene.transcripts), gene.hgnc or "": ",".join(gene.transcripts)})
        found = picked.consequence
        known = clinvar(
            record.info,
            found or any_of_it,
            alts=len(set(record.alts) - NO_ALLELE),
            by_overlap=self.annotator.by_overlap,
        )
        pathogenic = known.is_pathogenic if known else Truth.FALSE if self.has_clinvar else Truth.UNKNOWN
        terms = self._terms(gene, told, own, picked)
        asked = terms is None or bool(self.terms & set(terms))
        if not asked and (known is None or pathogenic is Truth.FALSE):
            return
        place = {"allele": number, "alts": len(record.alts)}
        fields = self.panel.content.fields
        scores = {name: score(found, record.info, names, **place) for name, names in fields.predictors.items()}
        yield Observed(
            gene.symbol,
            bare.variant,
            bare.call,
            terms=terms,
            pathogenic=pathogenic,
            stars=known.stars if known else 0,
            conditions=known.conditions if known and pathogenic is not Truth.FALSE else (),
            frequency=frequency(
                found or any_of_it, record.info, self._frequencies(record, found or any_of_it), **place
            ),
            predictors={name: value for name, value in scores.items() if value is not None},
            last_exon=in_last_exon(found) if found else Truth.UNKNOWN,
            label=_label(found),
        )

    def _frequencies(self, record: Record, consequence: Consequence | None) -> Iterator[str]:
        """The fields of a record that are allele frequencies: the rule set's, and those known by their names."""
        asked = self.panel.content.fields.frequency
        yield from asked
        inside = consequence.fields if consequence else ()
        yield from (name for name in dict.fromkeys((*inside, *record.info)) if name not in asked and is_frequency(name))

    def _counted(
        self, each: Consequence, record: Record, number: int, call: Call, compounds: Compounds
    ) -> Consequence | None:
        """A consequence as it counts here, if it belongs to changes of several records (bcftools csq).

        It counts once, where it stands in full, when the changes surely lie on one haplotype; else it is unknown at
        each of them.
        """
        changes = each.fields.get("dna_change", "")
        if each.at is None and "+" in changes and not compounds.lie_together(record.contig, changes, call):
            return evolve(each, terms=(), at=record.pos)
        if each.at is None:
            return each
        change = f"{record.pos}{record.ref}>{record.alts[number - 1]}"
        for there in compounds.at(record.contig, each.at):
            full = [c.fields.get("dna_change", "") for of_alt in self._consequences(there) for c in of_alt if c.allele]
            joint = [several for several in full if change in several.split("+")]
            if joint and all(compounds.lie_together(record.contig, several, call) for several in joint):
                return None
        return each

    def _terms(
        self, gene: Gene, told: Sequence[Consequence], own: Sequence[Consequence], picked: Pick
    ) -> tuple[str, ...] | None:
        """The terms on the chosen transcript; without one, none when no transcript has an asked term, else unknown.

        They are unknown, too, where the file has consequences and none of them tells about this gene.
        """
        found = picked.consequence
        if found is not None and self.terms & set(found.terms):
            return None if found.after_stop else found.terms  # behind a stop nothing of it is made
        if not self._tells(gene, told, own, picked.basis):
            return None
        if found is not None:
            return found.terms
        open_question = any(not each.terms or self.terms & set(each.terms) for each in own)
        return None if open_question else ()

    def _tells(self, gene: Gene, told: Sequence[Consequence], own: Sequence[Consequence], basis: Basis) -> bool:
        """Whether the consequences of an allele inside a gene that show no asked term are a word on the gene.

        They are on a transcript that counts. Those of another one are where the file has all transcripts and one of
        the gene's own is met; one without gene and transcript (VEP's `--most_severe`) is of all genes at the place.
        """
        if basis in (Basis.MANE_SELECT, Basis.RULE_SET) or not told:
            return True
        if not own:
            return all(names_nothing(each) and not self.terms & set(each.terms) and is_mild(each) for each in told)
        if all(set(each.terms) <= OUTSIDE for each in own):
            return False
        return not (self.annotator.chooses and gene.transcripts)


def strange_frequencies(header: Header, annotator: Annotator, content: RuleSet) -> tuple[str, ...]:
    """A note on the fields that look like allele frequencies and are not read as such."""
    declared = {*header.info, *(name for layout in annotator.layouts for name in layout.fields)}
    strange = sorted(name for name in declared - {*content.fields.frequency} if looks_like_a_frequency(name))
    if not strange or not asks_annotations(content):
        return ()
    more = f" and {len(strange) - MOST_WORDS} more" if len(strange) > MOST_WORDS else ""
    named = ", ".join(map(shown, strange[:MOST_WORDS]))
    return (f"not read, though they look like allele frequencies: {named}{more}",)


def strange_words(records: Iterable[Record], annotator: Annotator) -> tuple[str, ...]:
    """What ClinVar's fields of carried variants say in words that are not known, and of how many records."""
    asked = "CLNSIG"
    inside = any(name.upper().endswith(asked) for layout in annotator.layouts for name in layout.fields)
    counts: Counter[str] = Counter()
    for record in records:
        if record.genotype is None or not any(record.genotype.alleles) or not (inside or asked in record.info):
            continue
        told = annotator.consequences(record.info, record.ref, record.alts) if inside else ((),)
        counts.update(
            {word for of_alt in told for each in of_alt[:1] or (None,) for word in unfamiliar(record.info, each)}
        )
    few = sorted(counts)[:MOST_WORDS]
    left = len(counts) - len(few)
    return (
        *(f"{word}: not understood, so unknown; carried variants with it: {counts[word]}" for word in few),
        *((f"ClinVar: {left} more words that are not understood",) if left else ()),
    )


def _label(found: Consequence | None) -> str | None:
    if found is None:
        return None
    return " ".join(part for part in (found.transcript, found.hgvs_c, found.hgvs_p) if part) or None
