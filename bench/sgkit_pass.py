"""The peer: sgkit takes the genotypes of all samples at a BED's places from a VCF Zarr store, which vcf2zarr made.

Usage: sgkit_pass.py convert FILE.vcf.gz STORE | sgkit_pass.py read STORE PANEL.bed
Its Python has sgkit and bio2zarr[vcf]; FILE has an index.
"""

import sys
from collections import defaultdict


def convert(file: str, store: str) -> None:
    from bio2zarr import vcf

    vcf.convert([file], store, worker_processes=0)


def read(store: str, bed: str) -> None:
    import numpy as np
    import sgkit

    spans = defaultdict(list)
    with open(bed) as lines:
        for line in lines:
            contig, start, end = line.split("\t")[:3]
            spans[contig].append((int(start), int(end)))
    cohort = sgkit.load_dataset(store)
    contigs, places = cohort.contig_id.values[cohort.variant_contig.values], cohort.variant_position.values
    kept = np.zeros(len(places), bool)
    for contig, items in spans.items():
        starts, ends = np.array(sorted(items)).T
        at = np.flatnonzero(contigs == contig)
        before = np.searchsorted(starts, places[at] - 1, side="right") - 1
        kept[at[(before >= 0) & (ends[before] >= places[at])]] = True
    print(cohort.call_genotype[kept].values.shape)


if __name__ == "__main__":
    {"convert": convert, "read": read}[sys.argv[1]](*sys.argv[2:])
