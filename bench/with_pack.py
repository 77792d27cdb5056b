"""What a pack adds to assigning a genome: whole processes with and without it in turn, on made-up genes.

    python bench/with_pack.py [--genes 216] [--records 5500] [--introns 3000] [--runs 7]

The genes have long introns, on both strands. Records lie anywhere in them, as those of a genome do; 9 in 10
are of one base. ClinVar has 300 alleles of each gene, and the table of frequencies those of the participant. Nobody has
annotated the file: without a pack its variants are named and not looked at further.
"""

from __future__ import annotations

import argparse
import random
import shlex
import statistics
import sys
import tempfile
import textwrap
from pathlib import Path

from attrs import evolve
from runs import once

from assigner.genome.builds import LENGTHS, Build
from assigner.packs.building import Sources, build_pack
from assigner.rules import read_rules
from assigner.synthetic.genes import MadeGene

sys.path.insert(0, str(Path(__file__).parents[1] / "examples" / "pack"))
import make_pack

APART, FIRST = 100_000, 6_000_000


def stretched(rng: random.Random, made: MadeGene, more: int) -> MadeGene:
    """The same gene with so many more bases in each of its introns."""
    spans = made.transcript.exons
    bases, exons, before = "", [], made.start
    for at, (first, last) in enumerate(spans):
        bases += made.bases[before - made.start : first - made.start]
        exons.append((made.start + len(bases), made.start + len(bases) + last - first))
        bases += made.bases[first - made.start : last - made.start + 1]
        if at + 1 < len(spans):
            middle = (last + spans[at + 1][0]) // 2
            bases += made.bases[last + 1 - made.start : middle - made.start] + "".join(rng.choices("ACGT", k=more))
            before = middle
        else:
            bases += made.bases[last + 1 - made.start :]
    moved = {
        pos: new + pos - own for (own, end), (new, _) in zip(spans, exons, strict=True) for pos in range(own, end + 1)
    }
    first, last = made.transcript.coding
    return evolve(
        made, bases=bases, transcript=evolve(made.transcript, exons=tuple(exons), coding=(moved[first], moved[last]))
    )


def allele(rng: random.Random, made: MadeGene, pos: int) -> tuple[str, str]:
    """REF and ALT of a change at a place."""
    at = pos - made.start
    own = made.bases[at]
    kind = rng.random()
    if kind < 0.9:
        return own, rng.choice([letter for letter in "ACGT" if letter != own])
    if kind < 0.95:
        return own, own + "".join(rng.choices("ACGT", k=rng.randint(1, 4)))
    return made.bases[at : at + rng.randint(2, 4)], own


def written(folder: Path, genes: int, records: int, introns: int) -> tuple[Path, Path, Path]:
    """A rule set, its pack and a participant's file."""
    rng = random.Random(18)
    own = {
        f"GENE{at}": stretched(
            rng,
            MadeGene.of(
                rng,
                f"ENST{at:011}",
                rng.choice([1, 5, 10, 15, 25]),
                rng.choice(["plus", "minus"]),
                start=FIRST + at * APART,
            ),
            introns,
        )
        for at in range(genes)
    }
    make_pack.CATEGORIES.clear()
    make_pack.CATEGORIES.update({symbol: "CAT1" if at % 2 else "CAT2" for at, symbol in enumerate(own)})
    words = "because: Made up for a bench.\n    sources: [made up]\n    status: curator_judgement"
    categories = "".join(
        f"  - id: {name}\n    name: Made-up biology {name}\n    intervention: Made-up product of {name}\n    {words}\n"
        for name in ("CAT1", "CAT2")
    )
    form = (make_pack.FOLDER / "rules.yaml.in").read_text(encoding="utf-8")
    rules = folder / "rules.yaml"
    rules.write_text(
        form.format(categories=categories, genes="".join(make_pack._gene(*each) for each in own.items())),
        encoding="utf-8",
    )
    names = list(own)
    gff, fasta, clinvar, often = (folder / name for name in ("g.gff3", "g.fa", "c.vcf", "f.tsv"))
    head = [
        "##gff-version 3",
        f"##sequence-region 21 1 {LENGTHS[Build.GRCH38]['21']}",
        f"#!genome-build {Build.GRCH38}",
    ]
    gff.write_text(make_pack.written([*head, *(row for each in own.items() for row in each[1].gff(each[0])), "###"]))
    with fasta.open("w") as file:
        for made in own.values():
            file.write(f">21:{made.start}-{made.end}\n" + "\n".join(textwrap.wrap(made.bases, 60)) + "\n")

    def drawn(symbol: str) -> tuple[int, str, str]:
        made = own[symbol]
        pos = rng.randint(made.transcript.span[0], made.transcript.span[1] - 5)
        return pos, *allele(rng, made, pos)

    known = sorted({drawn(symbol) for symbol in names for _ in range(300)})
    said = make_pack.clinvar().splitlines()[:-1]
    told = ("Benign", "Uncertain_significance", "Pathogenic")
    clinvar.write_text(make_pack.written([*said, *(
        f"21\t{pos}\t{at}\t{ref}\t{alt}\t.\t.\tCLNSIG={rng.choice(told)};CLNREVSTAT=criteria_provided,_single_submitter;CLNDN=x"
        for at, (pos, ref, alt) in enumerate(known)
    )]))  # fmt: skip
    carried = sorted({each[0]: each for each in (drawn(rng.choice(names)) for _ in range(records))}.values())
    rows = sorted({*carried, *known[::5]})
    often.write_text(
        "chrom\tpos\tref\talt\taf\tan\n"
        + "".join(f"21\t{p}\t{r}\t{a}\t{rng.random() ** 8:.8f}\t100000\n" for p, r, a in rows)
    )
    made = build_pack(
        read_rules(rules),
        Build.GRCH38,
        Sources(gff=gff, fasta=fasta, clinvar=clinvar, frequencies=often, predictors={}),
    )
    pack, vcf = folder / "made.pack", folder / "participant.vcf"
    pack.write_bytes(made.content)
    lines = [line for line in make_pack.participant().splitlines() if line.startswith("#")]
    calls = ("0/1:40:99:20,20", "0/1:40:99:20,20", "1/1:40:99:0,40")
    lines += [f"21\t{pos}\t.\t{ref}\t{alt}\t50\tPASS\t.\tGT:DP:GQ:AD\t{rng.choice(calls)}" for pos, ref, alt in carried]
    vcf.write_text("\n".join(lines) + "\n")
    return rules, pack, vcf


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--genes", type=int, default=216)
    parser.add_argument("--records", type=int, default=5_500)
    parser.add_argument("--introns", type=int, default=3_000)
    parser.add_argument("--runs", type=int, default=7)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rules, pack, vcf = written(Path(folder), given.genes, given.records, given.introns)
        alone = f"{shlex.quote(sys.executable)} -m assigner assign {vcf} --rules {rules} --json"
        runs = [(once(alone, None), once(f"{alone} --pack {pack}", None)) for _ in range(given.runs + 1)][1:]
        print(f"pack: {pack.stat().st_size / 1e6:.2f} MB")
    for name, of in (("processor s", lambda run: run.cpu), ("peak MiB", lambda run: run.memory)):
        without, with_pack = ([of(each) for each in side] for side in zip(*runs, strict=True))
        more = [b - a for a, b in zip(without, with_pack, strict=True)]
        medians = ", ".join(f"{statistics.median(each):.2f}" for each in (without, with_pack, more))
        print(f"{name} without, with it, and more: {medians} ({min(more):.2f} to {max(more):.2f})")


if __name__ == "__main__":
    main()
