"""What annotations say that is not understood, and so is unknown and named."""

from __future__ import annotations

from collections import Counter
from itertools import chain

from assigner.errors import first_named, shown
from assigner.rules.schema import RuleSet
from assigner.vcf.annotations.annotators import Annotator
from assigner.vcf.annotations.clinvar import is_unread_column, may_be_pathogenic, unfamiliar
from assigner.vcf.annotations.ontology import are_understood
from assigner.vcf.annotations.predictors import looks_like_a_frequency
from assigner.vcf.meaning.genes import asks_annotations
from assigner.vcf.records.beside import Records
from assigner.vcf.records.record import Record
from assigner.vcf.scan.headers import Header

MOST_WORDS = 10
"""How many words that are not understood a trace names."""


def strange_frequencies(header: Header, annotator: Annotator, content: RuleSet) -> tuple[str, ...]:
    """A note on the fields that look like allele frequencies and are not read as such."""
    declared = {*header.info, *(name for layout in annotator.layouts for name in layout.fields)}
    strange = sorted(name for name in declared - {*content.fields.frequency} if looks_like_a_frequency(name))
    if not strange or not asks_annotations(content):
        return ()
    named = first_named([*map(shown, strange)], MOST_WORDS)
    return (f"not read, though they look like allele frequencies: {named}",)


def _strange_terms(record: Record, annotator: Annotator) -> set[str]:
    """The consequences of a record that are not understood."""
    told = (terms for each in annotator.layouts for terms in each.terms(each.value(record.info)))
    return {f"consequence {shown(term)}" for term in chain.from_iterable(told) if not are_understood([term])}


def strange_words(records: Records, annotator: Annotator) -> tuple[str, ...]:
    """What consequences and ClinVar's fields of carried variants say in words that are not known, and how often."""
    asked = "CLNSIG"
    columns = {name for layout in annotator.layouts for name in layout.fields}
    inside = any(name.upper().endswith(asked) or is_unread_column(name) for name in columns)
    counts: Counter[str] = Counter()
    for record in records.carried:
        counts.update(_strange_terms(record, annotator))
        said = may_be_pathogenic(record.info)
        counts.update(f"INFO/{name}, which looks like ClinVar's word and says pathogenic" for name in said)
        if not (inside or asked in record.info):
            continue
        told = annotator.consequences(record.info, record.ref, record.alts) if inside else ((),)
        counts.update(
            {word for of_alt in told for each in of_alt[:1] or (None,) for word in unfamiliar(record.info, each)}
        )
    few = sorted(counts)[:MOST_WORDS]
    left = len(counts) - len(few)
    return (
        *(f"{word}: not understood, so unknown; carried variants with it: {counts[word]}" for word in few),
        *((f"{left} more words that are not understood",) if left else ()),
    )
