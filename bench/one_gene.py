"""How reading a participant grows with the variants that are carried in one gene, which may alter each other.

    python bench/one_gene.py [COUNT ...]

Each is a missense variant of its own codon, as VEP writes it, in the gene ARHGEF28 of the shipped rule set; or one in
ten of them is a shift of the reading frame, or a stop on the other haplotype. Seconds of the processor, in one process.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from assigner.genome.builds import Build
from assigner.rules import read_rules
from assigner.synthetic.vcfs import Row, Vcf
from assigner.vcf.reading import read_profile

START = 73_700_000
FIELDS = "Allele|Consequence|SYMBOL|HGNC_ID|Feature|MANE_SELECT|Protein_position"
NAMES = "ARHGEF28|HGNC:30322|ENST00000513042.7|NM_001177693.2"
META = (
    f'##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. Format: {FIELDS}">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
)
KINDS = {
    "missense alone": ("missense_variant", "T", "0/1", "0/1"),
    "one in ten a shift": ("frameshift_variant", "AG", "0/1", "0/1"),
    "one in ten a stop, on the other haplotype": ("stop_gained", "T", "1|0", "0|1"),
}


def rows(count: int, kind: str) -> list[Row]:
    tenth, alt, theirs, own = KINDS[kind]
    made = []
    for at in range(count):
        is_tenth = at % 10 == 0
        base, terms = (alt, tenth) if is_tenth else ("T", "missense_variant")
        info = f"CSQ={base[-1]}|{terms}|{NAMES}|{1 + 2 * at}"
        made.append(
            Row(
                chrom="5",
                pos=START + 6 * at,
                ref="A",
                alt=base,
                filters="PASS",
                info=info,
                keys="GT",
                samples=(theirs if is_tenth else own,),
            )
        )
    return made


def main() -> None:
    counts = [int(each) for each in sys.argv[1:]] or [100, 400, 1600, 6400]
    rules = read_rules()
    print(f"| carried in one gene, s | {' | '.join(f'{count:,}' for count in counts)} |\n|---|{'---|' * len(counts)}")
    with tempfile.TemporaryDirectory() as folder:
        for kind in KINDS:
            took = []
            for count in counts:
                path = Path(folder) / f"{count}.vcf"
                path.write_bytes(Vcf.on(Build.GRCH38, rows(count, kind), sample="P1", meta=META).content)
                start = time.process_time()
                read_profile(path, rules)
                took.append(f"{time.process_time() - start:.2f}")
            print(f"| {kind} | {' | '.join(took)} |", flush=True)


if __name__ == "__main__":
    main()
