"""What a panel of 1,000 genes costs beside the shipped one, each on annotated records that all lie in its genes.

    python bench/panels.py [RECORDS]

The records are as a genome's are: of a hundred, ninety are intronic, and one is a missense variant. Each has a
consequence on a transcript of its gene, and on two of no interest. A process reads one file; the two panels are read in
turn.
"""

from __future__ import annotations

import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from growth import rules_of

from assigner.genome.builds import CHROMS, LENGTHS, Build
from assigner.rules import Rules, read_rules
from assigner.rules.loci import Gene, span_on
from assigner.rules.panels import panel_of
from assigner.synthetic.bgzf import bgzf
from assigner.vcf.meaning.places import places
from assigner.vcf.reading import read_profile

PAIRS = 3
TERMS = {
    "intron_variant": 90,
    "upstream_gene_variant": 4,
    "3_prime_UTR_variant": 4,
    "synonymous_variant": 1,
    "missense_variant": 1,
}
FIELDS = "Allele|Consequence|IMPACT|SYMBOL|Gene|Feature_type|Feature|BIOTYPE|EXON|INTRON|HGVSc|HGVSp|gnomADe_AF"
META = f"""##fileformat=VCFv4.2
##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. Format: {FIELDS}">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Reads by allele">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Reads">
##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Quality">
"""


def panel(name: str) -> Rules:
    return read_rules() if name == "shipped" else rules_of(1000)


def places_in(rules: Rules, records: int, draw: random.Random) -> list[tuple[int, int, Gene]]:
    """Places in the genes, beside what the rule set lists, with the rank of their chromosome."""
    spans = [(gene, *span_on(gene, Build.GRCH38)) for gene in rules.content.genes if gene.chrom != "MT"]
    share = records / sum(end - start for _, start, end in spans)
    listed = places(panel_of(rules, Build.GRCH38), False, 60)
    found = {}
    for gene, start, end in spans:
        own = [(first, last) for chrom, first, last in listed if chrom == gene.chrom]
        for pos in draw.sample(range(start + 1, end), round(share * (end - start - 2))):
            if not any(first <= pos <= last for first, last in own):
                found[CHROMS.index(gene.chrom), pos] = gene
    return [(*place, gene) for place, gene in sorted(found.items(), key=lambda item: item[0])]


def written(rules: Rules, records: int) -> bytes:
    """A VCF of so many records, the same at each call."""
    draw = random.Random(5)
    contigs = "".join(f"##contig=<ID=chr{chrom},length={LENGTHS[Build.GRCH38][chrom]}>\n" for chrom in CHROMS[:24])
    lines = [META, contigs, "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tP1\n"]
    for rank, pos, gene in places_in(rules, records, draw):
        ref, alt = draw.sample("ACGT", 2)
        told = ",".join(
            f"{alt}|{term}|LOW|{gene.symbol}|{gene.ensembl or ''}|Transcript|{name}|protein_coding|||||0.0{pos % 10}"
            for name in (*gene.transcripts[:1], "ENST00000999991", "ENST00000999992")
            for term in draw.choices([*TERMS], [*TERMS.values()])
        )
        genotype = draw.choice(["0/1", "0/1", "1/1"])
        lines.append(
            f"chr{CHROMS[rank]}\t{pos}\t.\t{ref}\t{alt}\t60\tPASS\tCSQ={told}\tGT:AD:DP:GQ\t{genotype}:15,15:30:60\n"
        )
    return bgzf("".join(lines).encode())


def timed(path: str, name: str) -> None:
    """Read one file, and print the processor seconds and the most memory in MiB."""
    rules = panel(name)
    begin = time.process_time()
    read_profile(path, rules)
    print(json.dumps([time.process_time() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))


def main() -> None:
    if len(sys.argv) == 3:
        timed(*sys.argv[1:])
        return
    records = int(sys.argv[1]) if len(sys.argv) > 1 else 113_000
    taken: dict[str, list[list[float]]] = {"shipped": [], "1000": []}
    with tempfile.TemporaryDirectory() as folder:
        for name in taken:
            Path(folder, name).write_bytes(written(panel(name), records))
        for _ in range(PAIRS):
            for name, own in taken.items():
                command = [sys.executable, __file__, str(Path(folder, name)), name]
                own.append(json.loads(subprocess.run(command, capture_output=True, check=True).stdout))
    print(f"{records} records\n\n| panel | cpu s | peak MiB |\n|---|---|---|")
    for name, own in taken.items():
        seconds, memory = (statistics.median(each) for each in zip(*own, strict=True))
        print(f"| {name} | {seconds:.1f} | {memory:.0f} |")
    ratios = [large[0] / small[0] for small, large in zip(*taken.values(), strict=True)]
    print(f"\n1,000 genes / shipped: {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")


if __name__ == "__main__":
    main()
