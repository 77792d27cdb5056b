"""From annotated records to the variants that a rule set's criteria ask about."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from attrs import evolve, frozen

from assigner.profiles.calls import Call, Sex, in_order
from assigner.profiles.profile import Observed
from assigner.rules.criteria import terms_of
from assigner.rules.loci import Gene, span_on
from assigner.rules.panels import Panel
from assigner.rules.schema import RuleSet
from assigner.truth import Truth
from assigner.vcf.annotations.clinvar import clinvar, unfamiliar
from assigner.vcf.annotations.consequences import Annotator, Consequence, Haplotypes
from assigner.vcf.annotations.picks import in_last_exon, of_gene, pick
from assigner.vcf.annotations.predictors import frequency, score
from assigner.vcf.meaning.judged import alleles_of, call_of, judge
from assigner.vcf.records.compounds import Compounds
from assigner.vcf.records.record import NO_ALLELE, Record

MOST_WORDS = 10
"""How many words that are not understood a trace names."""


def genes_at(panel: Panel) -> dict[str, list[tuple[int, int, Gene]]]:
    """The panel's genes by chromosome, each with its span."""
    found: dict[str, list[tuple[int, int, Gene]]] = {}
    for gene in panel.content.genes:
        found.setdefault(gene.chrom, []).append((*span_on(gene, panel.build), gene))
    return found


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
            if not carried or not self.annotator.may_tell(record.info, asked):
                continue
            near, pos, stop = genes.get(record.chrom or "", ()), record.pos, record.end
            if over := [gene for start, end, gene in near if start <= stop and pos <= end]:
                yield from self._of_record(record, over, compounds)

    def _consequences(self, record: Record) -> tuple[tuple[Consequence, ...], ...]:
        haplotypes = Haplotypes(record.genotype.alleles, record.sample) if record.genotype else None
        return self.annotator.consequences(record.info, record.ref, record.alts, haplotypes)

    def _of_record(self, record: Record, genes: Sequence[Gene], compounds: Compounds) -> Iterator[Observed]:
        consequences = self._consequences(record)
        for number, variant in alleles_of(record):
            call, found = compounds.call(record, number), consequences[number - 1]
            if call.seen:
                for gene in genes:
                    names = {gene.symbol, *gene.aliases, gene.ensembl or gene.symbol}
                    counted = (self._counted(each, record, number, call, compounds) for each in found)
                    own = of_gene([each for each in counted if each is not None], gene.hgnc or "", names)
                    yield from self._of_gene(gene, record, number, Observed(gene.symbol, variant, call), own)

    def _of_gene(
        self, gene: Gene, record: Record, number: int, bare: Observed, own: Sequence[Consequence]
    ) -> Iterator[Observed]:
        picked = pick(own, {gene.symbol: ",".join(gene.transcripts), gene.hgnc or "": ",".join(gene.transcripts)})
        found = picked.consequence
        known = clinvar(
            record.info,
            found or next(iter(own), None),
            alts=len(set(record.alts) - NO_ALLELE),
            by_overlap=self.annotator.by_overlap,
        )
        pathogenic = known.is_pathogenic if known else Truth.FALSE if self.has_clinvar else Truth.UNKNOWN
        terms = self._terms(own, found)
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
            frequency=frequency(found, record.info, fields.frequency, **place),
            predictors={name: value for name, value in scores.items() if value is not None},
            last_exon=in_last_exon(found) if found else Truth.UNKNOWN,
            label=_label(found),
        )

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

    def _terms(self, own: Sequence[Consequence], found: Consequence | None) -> tuple[str, ...] | None:
        """The terms on the chosen transcript; without one, none when no transcript has an asked term, else unknown."""
        if found is not None:
            moot = found.after_stop and self.terms & set(found.terms)  # behind a stop nothing of it is made
            return None if moot else found.terms
        open_question = any(not each.terms or self.terms & set(each.terms) for each in own)
        return None if open_question else ()


def not_understood(records: Iterable[Record], annotator: Annotator) -> tuple[str, ...]:
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
