"""Which fields of a record speak of its genotype, who writes them, and what they can contradict.

Each row is read from a file by `test_genotypes.py`; docs/genotypes.md has the table.
"""

from __future__ import annotations

from attrs import frozen

ONE_AD = (b"ID=AD,Number=R", b"ID=AD,Number=1")
CALLED = "called: carried true, every copy false"
HOMOZYGOUS = "called: carried true, every copy true"
ABSENT = "called: carried false, every copy false"


def low(why: str) -> str:
    return f"low_quality: carried unknown, every copy unknown ({why})"


def against(why: str) -> str:
    return f"contradicted: carried unknown, every copy unknown ({why})"


@frozen
class Field:
    """A field, shown by one record that is believed because of it, or not.

    Attributes:
        name: the field.
        callers: who writes it.
        meaning: what it says.
        header: what the header has, and what it has instead.
        record: the sample's keys and values; with INFO or QUAL before them where they are meant.
    """

    name: str
    callers: str
    meaning: str
    record: str
    answer: str
    header: tuple[bytes, bytes] = (b"##", b"##")

    @property
    def table(self) -> str:
        """The record as `vcfs.vcf` takes it, and its QUAL."""
        parts = self.record.split()
        info = next((part for part in parts[:-2] if not part.startswith("QUAL=")), ".")
        return f"1 5000 C T PASS {info} {' '.join(parts[-2:])}"

    @property
    def qual(self) -> str:
        """QUAL, `.` where it is not given."""
        return next((part.removeprefix("QUAL=") for part in self.record.split() if part.startswith("QUAL=")), ".")


FIELDS = (
    Field("PL", "GATK, bcftools, DeepVariant", "phred likelihood of each genotype", "GT:PL 0/0:31,0,31",
          against("PL favours another genotype")),
    Field("PL", "", "all alike: no reads spoke", "GT:PL 0/0:0,0,0", low("likelihood 0 (PL) below 20")),
    Field("PL", "", "the called genotype is ahead", "GT:PL 0/1:200,0,180", CALLED),
    Field("GL", "freebayes, Platypus", "log10 likelihood of each genotype", "GT:GL 0/1:-1.1,-2.5,-9",
          against("GL favours another genotype")),
    Field("GP", "Beagle, Minimac, GLIMPSE; DRAGEN", "chance of each genotype, or its phred score",
          "GT:DP:GP 0/1:30:0.2,0.8,0",
          low("likelihood 6.990 (GP) below 20")),
    Field("GP", "", "phred scores where they do not add up to one", "GT:GP 0/1:35,0.01,40", CALLED),
    Field("PP", "GATK with a pedigree", "phred posterior of each genotype", "GT:PP 0/0:12,0,40",
          against("PP favours another genotype")),
    Field("LPL, LAA", "VCF 4.5", "PL of the alleles that LAA names", "GT:LAA:LPL 0/0:1:30,0,30",
          against("LPL favours another genotype")),
    Field("SPL", "DRAGEN", "of a block: the reference, one copy of another allele, two", "GT:SPL 0/0:30,0,255",
          against("SPL favours another genotype"), (b"\tC\tT\t", b"\tC\t<NON_REF>\t")),
    Field("PL", "", "not one value for each genotype", "GT:PL 0/1:0,3", low("PL that cannot be read")),
    Field("GP", "QCTOOL", "chances without reads or GQ: an imputed genotype", "GT:GP 0/1:0,1,0",
          low("imputed, and the rule set believes no imputed genotype")),
    Field("HDS, ADS, AP1", "", "without reads: an imputed genotype", "GT:HDS 0|1:0,1",
          low("imputed, and the rule set believes no imputed genotype")),
    Field("DS", "Beagle, Minimac", "expected copies of ALT", "GT:DP:DS 0/1:30:0.6",
          low("likelihood 3.979 (DS) below 20")),
    Field("HDS", "Minimac", "expected copies on each haplotype", "GT:DP:HDS 0|1:30:0.01,0.7",
          low("likelihood 5.229 (HDS) below 20")),
    Field("INFO/IMP, IMPUTED", "Beagle, Minimac", "the genotype was imputed", "IMP;DR2=0.99 GT 0/1",
          low("imputed, and the rule set believes no imputed genotype")),
    Field("INFO/DR2", "Beagle", "1 where the genotype was read", "DR2=0.9 GT 0/1",
          low("imputed, and the rule set believes no imputed genotype")),
    Field("INFO/AR2, R2, INFO, INFO_SCORE", "Beagle 4.0, Minimac, GLIMPSE, IMPUTE, STITCH", "how much the panel tells",
          "INFO_SCORE=0.9 GT 0/1", low("imputed, and the rule set believes no imputed genotype")),
    Field("INFO/TYPED", "Minimac", "the genotype was read", "TYPED;R2=0.4 GT 0/1", CALLED),
    Field("GQ", "most", "phred quality of the genotype", "GT:GQ 0/1:12", low("quality 12 below 20")),
    Field("GQ", "", "not a number, though the header allows for it", "GT:GQ 0/1:high", low("GQ that cannot be read"),
          (b"ID=GQ,Number=1,Type=Integer", b"ID=GQ,Number=1,Type=String")),
    Field("GQ", "", "several numbers", "GT:GQ 0/1:60,3", low("GQ that cannot be read"),
          (b"ID=GQ,Number=1,Type=Integer", b"ID=GQ,Number=.,Type=Integer")),
    Field("GQX", "Strelka2", "calibrated quality; the lowest of all counts", "GT:GQ:GQX 0/1:99:6",
          low("quality 6 (GQX) below 20")),
    Field("RGQ", "GATK", "quality of a reference call", "GT:RGQ 0/0:3", low("quality 3 (RGQ) below 20")),
    Field("QUAL", "all, in a file of one sample", "phred chance that ALT is not there", "QUAL=0.5 GT:DP 0/1:30",
          low("quality 0.5 (QUAL) below 20")),
    Field("QUAL", "", "says nothing of a reference call", "QUAL=0.5 GT:DP 0/0:30", ABSENT),
    Field("DP", "most", "reads at the place", "GT:DP 0/1:5", low("depth 5 below 10")),
    Field("DP", "", "not a number, though the header allows for it", "GT:DP 0/1:low", low("DP that cannot be read"),
          (b"ID=DP,Number=1,Type=Integer", b"ID=DP,Number=1,Type=String")),
    Field("MIN_DP", "GATK", "the fewest reads of a block", "GT:DP:MIN_DP 0/0:30:4", low("depth 4 (MIN_DP) below 10")),
    Field("MED_DP", "DeepVariant", "the median of a block", "GT:MED_DP 0/0:2", low("depth 2 (MED_DP) below 10")),
    Field("DPI", "Strelka2", "reads at an indel", "GT:DPI 0/1:4", low("depth 4 (DPI) below 10")),
    Field("NR, NV", "Platypus", "reads, and those with ALT", "GT:NR:NV 0/1:60:3",
          low("allele balance 50/1000 (NV of NR) outside 250-750")),
    Field("INFO/DP", "all, in a file of one sample", "reads at the place", "DP=3 GT 0/1",
          low("depth 3 (INFO/DP) below 10")),
    Field("INFO/MIN_DP, MinDP", "bcftools, in a file of one sample", "least reads in a block", "MinDP=3 GT 0/0",
          low("depth 3 (INFO/MinDP) below 10")),
    Field("INFO/DP4", "bcftools, in a file of one sample", "reads of REF and ALT by strand", "DP4=15,14,1,0 GT 0/1",
          low("allele balance 33/1000 (INFO/DP4) outside 250-750")),
    Field("AD", "most", "reads of each allele", "GT:AD 0/1:28,2", low("allele balance 66/1000 outside 250-750")),
    Field("AD", "", "their sum is a depth", "GT:DP:AD 0/1:30:3,3", low("depth 6 (sum of AD) below 10")),
    Field("AD", "", "0,0 is a statement", "GT:AD 0/0:0,0", low("depth 0 (sum of AD) below 10")),
    Field("AD", "", "a reference call with reads of ALT", "GT:AD 0/0:16,14",
          against("allele balance 466/1000 outside 0-100")),
    Field("AD", "", "a reference call with reads of an allele that the record does not name", "GT:DP:AD 0/0:30:15,0",
          against("500/1000 of the reads show no named allele (AD)")),
    Field("AD", "", "a homozygote uses the total depth too", "GT:DP:AD 1/1:34:0,12",
          low("allele balance 352/1000 outside 900-1000")),
    Field("AD", "", "more values than alleles, which a tool that splits records left: one of them may fit",
          "GT:DP:AD 0/1:67:37,0,30", CALLED, (b"ID=AD,Number=R", b"ID=AD,Number=.")),
    Field("AD", "", "none of them fits", "GT:DP:AD 0/1:40:37,0,3",
          low("allele balance 75/1000 (AD of more alleles) outside 250-750"), (b"ID=AD,Number=R", b"ID=AD,Number=.")),
    Field("AD of DP", "some callers", "reads of ALT alone", "GT:DP:AD 0/1:40:2",
          low("allele balance 50/1000 (AD of DP) outside 250-750"), ONE_AD),
    Field("RD, AD", "VarScan", "reads of REF, and of ALT", "GT:RD:AD 0/1:30:2",
          low("allele balance 62/1000 (RD and AD) outside 250-750"), ONE_AD),
    Field("FREQ", "VarScan", "share of ALT in percent", "GT:FREQ 0/1:4.5%",
          low("allele balance 45/1000 (FREQ) outside 250-750")),
    Field("FDP", "Torrent Variant Caller", "reads that its flow evaluator used", "GT:DP:FDP 0/1:30:4",
          low("depth 4 (FDP) below 10")),
    Field("FRO, FAO", "Torrent Variant Caller", "of these the reads of REF, and of ALT",
          "GT:RO:AO:FRO:FAO 0/1:15:15:28:2",
          against("allele balance 66/1000 (FRO and FAO) outside 250-750, but 500/1000 (RO and AO)")),
    Field("DV", "samtools", "of DP the reads that are not REF's", "GT:DP:DV 0/1:30:2",
          low("allele balance 66/1000 (DV of DP) outside 250-750")),
    Field("DPR, CLCAD2", "samtools, CLC", "reads of each allele", "GT:DPR 0/1:28,2",
          low("allele balance 66/1000 (DPR) outside 250-750")),
    Field("DP4", "samtools", "reads of REF and of all else by strand", "GT:DP4 0/1:15,14,1,0",
          low("allele balance 33/1000 (DP4) outside 250-750")),
    Field("SB", "GATK", "reads of REF and of all else by strand", "GT:DP:SB 0/1:30:14,14,1,1",
          low("allele balance 66/1000 (SB) outside 250-750")),
    Field("SAC", "GATK", "reads of each allele by strand", "GT:DP:SAC 0/1:30:14,14,1,1",
          low("allele balance 66/1000 (SAC) outside 250-750")),
    Field("F1R2, F2R1", "GATK, DRAGEN", "reads of each allele by direction", "GT:DP:F1R2:F2R1 0/1:30:14,1:14,1",
          low("allele balance 66/1000 (F1R2 and F2R1) outside 250-750")),
    Field("INFO/AD, DPR", "bcftools, in a file of one sample", "reads of each allele", "AD=28,2 GT:DP 0/1:30",
          low("allele balance 66/1000 (INFO/AD) outside 250-750")),
    Field("INFO/AC", "Longshot (FORMAT/UQ), in a file of one sample", "reads of each allele",
          "AC=28,2 GT:UQ 0/1:99", low("allele balance 66/1000 (INFO/AC) outside 250-750")),
    Field("INFO/AC, AN", "most, in a file of one sample", "copies of ALT, and copies that are called",
          "AC=1;AN=2 GT:DP 0/0:30", against("1 of 2 copies by INFO (AC and AN), 0 by GT")),
    Field("INFO/AC, AN", "", "the same of a carrier", "AC=0;AN=2 GT:DP 0/1:30",
          against("0 of 2 copies by INFO (AC and AN), 1 by GT")),
    Field("INFO/AC, AN", "", "the same of a homozygote", "AC=1;AN=2 GT:DP 1/1:30",
          against("1 of 2 copies by INFO (AC and AN), 2 by GT")),
    Field("INFO/AC, AN", "", "of all samples from which this one was taken", "AC=0;AN=200 GT:DP 0/1:30", CALLED),
    Field("RO, AO", "freebayes", "reads of REF, and of ALT", "GT:RO:AO 0/1:716:115",
          low("allele balance 138/1000 (RO and AO) outside 250-750")),
    Field("INFO/RO, AO", "freebayes, in a file of one sample", "reads of REF, and of ALT", "RO=31;AO=2 GT 0/1",
          low("allele balance 60/1000 (INFO/RO and AO) outside 250-750")),
    Field("INFO/TC, TR", "Platypus, in a file of one sample", "reads, and those with ALT", "TC=60;TR=3 GT 0/1",
          low("allele balance 50/1000 (INFO/TR of TC) outside 250-750")),
    Field("ADF, ADR", "bcftools", "reads of each allele by strand", "GT:ADF:ADR 0/1:15,1:14,0",
          low("allele balance 33/1000 (ADF and ADR) outside 250-750")),
    Field("LAD, LAA", "VCF 4.5", "reads of REF and of the alleles that LAA names", "GT:DP:LAA:LAD 0/1:40:1:37,3",
          low("allele balance 75/1000 (LAD) outside 250-750")),
    Field("AF, VAF, HF, VF, HL, FQ", "Clair3, DeepVariant, MToolBox, gnomAD of chrM, NanoCaller", "share of ALT",
          "GT:VAF 0/1:0.04", low("allele balance 40/1000 (VAF) outside 250-750")),
    Field("AF", "DRAGEN", "of a block the share of any other allele", "GT:DP:AF 0/0:30:0.4",
          against("400/1000 of the reads show ALT (AF)"), (b"\tC\tT\t", b"\tC\t<NON_REF>\t")),
    Field("FREQ", "", "with a comma of decimals", "GT:FREQ 0/1:4,5%",
          low("allele balance 45/1000 (FREQ) outside 250-750")),
    Field("AF, VAF, FREQ", "", "a number that is no share", "GT:DP:AF 0/1:30:45", low("AF that cannot be read")),
    Field("AB", "GATK 3, SVTyper", "share of REF, or of ALT: whichever fits better", "GT:DP:AB 0/0:50:0.45",
          against("allele balance 450/1000 (AB) outside 0-100")),
    Field("AF", "Octopus", "share of REF, and of ALT", "GT:AF 0/1:0.95,0.05",
          low("allele balance 50/1000 (AF) outside 250-750")),
    Field("AD", "", "not counts", "GT:DP:AD 0/1:30:-15,15", low("AD that cannot be read")),
    Field("RNC", "GLnexus", "why an allele is not called", "GT:DP:RNC 0/0:30:MM",
          against("RNC says that an allele is not called (M)")),
    Field("AF and AD", "", "two fields that disagree", "GT:AD:AF 0/1:15,15:0.05",
          against("allele balance 50/1000 (AF) outside 250-750, but 500/1000 (AD)")),
    Field("AP1, AP2", "Beagle", "expected copies on each haplotype", "GT:DP:AP1:AP2 0|1:30:0.01:0.7",
          low("likelihood 5.229 (AP1 and AP2) below 20")),
    Field("ADS", "PBWT of the Sanger server", "expected copies on each haplotype", "GT:DP:ADS 0|1:30:0.01,0.7",
          low("likelihood 5.229 (ADS) below 20")),
    Field("GP", "", "of the called genotype alone, where it is one number", "GT:GP 0/1:0.52",
          low("likelihood 3.188 (GP) below 20")),
    Field("GP", "vg", "a logarithm, where it is one number", "GT:DP:GP 0/1:30:-1.1", CALLED),
    Field("INFO/ODDS", "freebayes, in a file of one sample", "natural logarithm of the lead of the best genotype",
          "ODDS=0.05 GT:DP 0/1:30", low("likelihood 0.217 (INFO/ODDS) below 20")),
    Field("HQ, EHQ", "Complete Genomics", "phred quality of each allele; the lowest counts", "GT:HQ 0/1:99,3",
          low("quality 3 (HQ) below 20")),
    Field("HQ", "", "none of an allele that is not called", "GT:HQ 0/1:.,.", CALLED),
    Field("QL, RQ, SQ", "DRAGEN's gVCF Genotyper, RTG, SVTyper", "phred chance that no ALT is there", "GT:QL 0/1:1.2",
          low("quality 1.2 (QL) below 20")),
    Field("QL, RQ, SQ", "", "says nothing of a reference call", "GT:QL 0/0:1.2", ABSENT),
    Field("PVAL", "VarScan", "chance that no ALT is there", "GT:PVAL 0/1:9.8E-1", low("quality 0.088 (PVAL) below 20")),
    Field("IGC, GS", "gtc2vcf, DRAGEN Array", "GenCall score, a call from 0.15 on", "GT:IGC 0/1:0.05",
          low("GenCall score 0.05 (IGC) below 0.15")),
    Field("IGC", "", "a sound one", "GT:IGC:BAF 0/1:0.8:0.48", CALLED),
    Field("BAF", "gtc2vcf, DRAGEN Array", "share of an allele in the intensity: what fits better", "GT:BAF 0/0:0.5",
          against("allele balance 500/1000 (BAF) outside 0-100")),
    Field("AD, CGA_RDP", "Complete Genomics", "reads of each allele of GT, and of REF", "GT:AD:CGA_RDP 1/1:38,38:0",
          HOMOZYGOUS),
    Field("AD, CGA_RDP", "", "in the order of GT", "GT:AD:CGA_RDP 1/0:3,40:40",
          low("allele balance 69/1000 (AD and CGA_RDP) outside 250-750")),
    Field("RDF, RDR, ADF, ADR", "VarScan", "reads of REF and of ALT by strand", "GT:RDF:RDR:ADF:ADR 0/1:19:19:1:1",
          low("allele balance 50/1000 (RDF, RDR, ADF and ADR) outside 250-750")),
    Field("FSRF, FSRR, FSAF, FSAR", "Torrent Variant Caller", "the same; SRF, SRR, SAF and SAR, too",
          "GT:FSRF:FSRR:FSAF:FSAR 0/1:19:19:1:1",
          low("allele balance 50/1000 (FSRF, FSRR, FSAF and FSAR) outside 250-750")),
    Field("INFO/SRF, SRR, SAF, SAR", "freebayes, in a file of one sample", "the same",
          "SRF=19;SRR=19;SAF=1;SAR=1 GT 0/1",
          low("allele balance 50/1000 (INFO/SRF, SRR, SAF and SAR) outside 250-750")),
    Field("INFO/FDP, FRO, FAO", "Torrent Variant Caller, in a file of one sample", "reads that its flow evaluator used",
          "FRO=38;FAO=2 GT 0/1", low("allele balance 50/1000 (INFO/FRO and FAO) outside 250-750")),
    Field("INFO/FDP", "", "their sum", "FDP=3 GT 0/1", low("depth 3 (INFO/FDP) below 10")),
    Field("RD, ALD", "VarDict", "reads of REF, and of ALT, by strand", "GT:RD:ALD 0/1:20,18:1,1",
          low("allele balance 50/1000 (RD and ALD) outside 250-750")),
    Field("AD", "VarDict", "counts beside any RD", "GT:AD:RD 0/1:38,2:20,18",
          low("allele balance 50/1000 outside 250-750")),
    Field("VD", "VarDict", "of DP the reads of ALT", "GT:DP:VD 0/1:40:2",
          low("allele balance 50/1000 (VD of DP) outside 250-750")),
    Field("INFO/VD", "VarDict, in a file of one sample", "of INFO/DP the reads of ALT", "DP=40;VD=2 GT 0/1",
          low("allele balance 50/1000 (INFO/VD of DP) outside 250-750")),
    Field("RA", "graphtyper (FORMAT/MD)", "reads of REF, and of all ALTs", "GT:MD:RA 0/1:0:38,2",
          low("allele balance 50/1000 (RA) outside 250-750")),
    Field("INFO/AB", "freebayes, in a file of one sample", "share of a heterozygote's reads", "AB=0.05 GT:DP 0/1:40",
          low("allele balance 50/1000 (INFO/AB) outside 250-750")),
    Field("INFO/AB", "", "0 of any other genotype", "AB=0 GT:DP 1/1:40", HOMOZYGOUS),
    Field("LAF, LAA", "DRAGEN's gVCF Genotyper", "share of the alleles that LAA names", "GT:DP:LAA:LAF 0/1:40:1:0.04",
          low("allele balance 40/1000 (LAF) outside 250-750")),
    Field("LADF, LADR, LAA", "VCF 4.5", "LAD by strand", "GT:DP:LAA:LADF:LADR 0/1:40:1:19,1:19,1",
          low("allele balance 50/1000 (LADF and LADR) outside 250-750")),
    Field("LA, LAD", "Hail", "the same with REF among the named", "GT:DP:LA:LAD 0/1:40:0,1:37,3",
          low("allele balance 75/1000 (LAD) outside 250-750")),
)  # fmt: skip
