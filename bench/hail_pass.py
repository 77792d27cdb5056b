"""The peer: Hail takes the genotypes of all samples at a BED's places from a BGZF VCF, on one core.

Usage: hail_pass.py FILE.vcf.gz PANEL.bed
Its Python has hail, which needs Java; the last line is the processor time of both, in seconds.
"""

import sys
import tempfile
import time

import hail as hl


def read(file: str, bed: str) -> None:
    genome = "GRCh38"
    with open(bed) as lines:
        spans = [line.split("\t")[:3] for line in lines]
    kept = [hl.Interval(hl.Locus(c, int(a) + 1, genome), hl.Locus(c, int(b), genome), True, True) for c, a, b in spans]
    cohort = hl.import_vcf(file, force_bgz=True, reference_genome=genome, array_elements_required=False)
    cohort = hl.filter_intervals(cohort, kept)
    print(cohort.aggregate_entries(hl.agg.sum(cohort.GT.n_alt_alleles())))
    java = hl.spark_context()._jvm.java.lang.ProcessHandle.current().info().totalCpuDuration().get().toMillis()
    print(time.process_time() + java / 1000)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        hl.init(master="local[1]", quiet=True, log=f"{folder}/log", tmp_dir=folder)
        read(*sys.argv[1:])
