"""The peer: a bare cyvcf2 pass over a whole file that keeps the records of a BED's intervals.

Usage: cyvcf2_pass.py FILE PANEL.bed [indexed]
"""

import sys
from bisect import bisect_right
from collections import defaultdict

from cyvcf2 import VCF


def main() -> None:
    path, bed, *indexed = sys.argv[1:]
    spans = defaultdict(list)
    with open(bed) as lines:
        for line in lines:
            contig, start, end = line.split("\t")[:3]
            spans[contig].append((int(start), int(end)))
    ends = {contig: [end for _, end in sorted(items)] for contig, items in spans.items()}
    starts = {contig: [start for start, _ in sorted(items)] for contig, items in spans.items()}
    kept = []
    vcf = VCF(path)
    if indexed:
        for contig, items in spans.items():
            for start, end in items:
                kept += [(v.CHROM, v.POS, v.REF, v.ALT, v.genotypes) for v in vcf(f"{contig}:{start + 1}-{end}")]
    else:
        for v in vcf:
            if v.CHROM in ends:
                at = bisect_right(ends[v.CHROM], v.POS - 1)
                if at < len(ends[v.CHROM]) and starts[v.CHROM][at] < v.end:
                    kept.append((v.CHROM, v.POS, v.REF, v.ALT, v.genotypes))
    print(len(kept))


if __name__ == "__main__":
    main()
