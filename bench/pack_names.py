"""Names in HGVS of a pack against an independent library, `hgvs-weaver` 1.0.1 (MIT), which must be installed.

    python bench/pack_names.py [GENES] [CHANGES OF EACH]

Genes are made up. Compared are names on the transcript of changes in exons, and on the protein where those are equal;
that library does not move changes of introns to their last place.
"""

from __future__ import annotations

import random
import sys
from collections import Counter

import weaver

from assigner.genome.variants import Variant
from assigner.packs.changes import Change
from assigner.packs.effects import effect
from assigner.packs.transcripts import Spliced, Stretches
from assigner.synthetic.genes import MadeGene


class Provider:
    """A made-up gene, as the library asks for it: places from 0, the end of an exon in the genome inside."""

    def __init__(self, made: MadeGene) -> None:
        self.made, self.own = made, made.transcript
        self.spliced = Spliced.of(self.own, Stretches(((made.start, made.bases),)))

    def get_transcript(self, _transcript: str, _reference: str | None) -> dict:
        sign = 1 if self.own.strand == "plus" else -1
        exons = [
            {
                "transcript_start": before, "transcript_end": before + last - first + 1, "reference_start": first - 1,
                "reference_end": last - 1, "alt_strand": sign, "cigar": f"{last - first + 1}=",
            }
            for before, (first, last) in self.own.in_order
        ]  # fmt: skip
        start, end = self.own.coding_index
        return {
            "ac": self.own.accession, "gene": "G", "cds_start_index": start, "cds_end_index": end - 1, "strand": sign,
            "reference_accession": "NC_000021.9", "exons": exons,
        }  # fmt: skip

    def get_seq(self, accession: str, start: int, end: int | None, _kind: object) -> str:
        held = {self.own.accession: self.spliced.bases, self.own.protein: self.spliced.protein}
        return held.get(accession, self.made.bases)[start:end]

    def get_symbol_accessions(self, *_: str) -> list[tuple[str, str]]:
        return [("protein_accession", self.own.protein or "")]

    def get_identifier_type(self, accession: str) -> str:
        kinds = {"N": "genomic_accession", "T": "transcript_accession", "P": "protein_accession"}
        return kinds[accession[0] if accession[0] == "N" else accession[3]]


def genomic(change: Change) -> str:
    """A change as HGVS writes it on the genome."""
    if not change.removed:
        return f"NC_000021.9:g.{change.end}_{change.start}ins{change.put}"
    if len(change.removed) == len(change.put) == 1:
        return f"NC_000021.9:g.{change.start}{change.removed}>{change.put}"
    place = f"{change.start}_{change.end}" if len(change.removed) > 1 else f"{change.start}"
    return f"NC_000021.9:g.{place}del" + (f"ins{change.put}" if change.put else "")


def changes(rng: random.Random, made: MadeGene, count: int) -> list[Variant]:
    found = []
    for _ in range(count):
        at = rng.randrange(made.transcript.span[0], made.transcript.span[1] - 12)
        ref = made.bases[at : at + rng.randint(1, 6)]
        put = "".join(rng.choices("ACGT", k=rng.randint(1, 6)))
        alt = rng.choice([ref[0], put, ref[0] + put, ref + ref[-3:]])
        pairs = ((ref, alt), (ref[0], put[0]))
        found += [Variant("21", at + 1, *pair) for pair in pairs if pair[0] != pair[1]]
    return found


def main() -> None:
    genes, count = (int(text) for text in (*sys.argv[1:], *("30", "300")[len(sys.argv) - 1 :]))
    rng, counted = random.Random(18), Counter[tuple[str, bool]]()
    for number in range(genes):
        made = MadeGene.of(rng, f"ENST{number:011d}", rng.choice([1, 2, 3, 6]), rng.choice(["plus", "minus"]))
        known, provider = Stretches(((1, made.bases),)), Provider(made)
        mapper = weaver.VariantMapper(provider)
        for variant in changes(rng, made, count):
            change = Change.of(variant)
            ours = effect(change, provider.spliced, known)
            if ours.hgvs_c is None or ours.intron is not None:
                continue
            given = weaver.parse(genomic(change.rightmost(known.base)))
            theirs = mapper.normalize_variant(mapper.g_to_c(given, made.transcript.accession))
            counted["c.", theirs.format() == ours.hgvs_c] += 1
            if theirs.format() != ours.hgvs_c:
                print(variant, ours.hgvs_c, theirs.format())
            elif ours.hgvs_p is not None:
                protein = mapper.c_to_p(theirs, made.transcript.protein).format()
                counted["p.", protein == ours.hgvs_p] += 1
                if protein != ours.hgvs_p:
                    print(variant, ours.hgvs_c, ours.hgvs_p, protein)
    print({f"{kind} {'equal' if same else 'other'}": number for (kind, same), number in sorted(counted.items())})


if __name__ == "__main__":
    main()
