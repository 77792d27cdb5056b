"""Write the first inputs of each target's corpus, from the tests' own builders."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path

import build
import ledgers
import targets  # it makes the tests' builders importable
import vcfs
from assigner.assignments import assign
from assigner.cohorts.parts import Head, Shard, part_written
from assigner.cohorts.tables import Column
from assigner.genome.builds import Build
from assigner.ledger.bundles import lines
from assigner.ledger.copies import InDatabase
from assigner.packs.building import Sources, build_pack
from assigner.profiles.written import form_of
from assigner.rules import read_rules
from assigner.synthetic.genes import MadeGene
from assigner.vcf.reading import read_profile

CSQ = "CSQ=T|stop_gained|G|HGNC:1|NM_1.1|NM_1.1|9/9|1e-5|0.9"
TABLE = f"""
1 5100 C T PASS {CSQ};CLNSIG=Pathogenic GT:DP:GQ:AD 0/1:30:99:15,15
1 5200 CAGAG C,CAG LowQual . GT:DP:GQ:AD:PS 1|2:30:99:1,15,14:77
1 5300 G <NON_REF> . END=5400 GT:DP:GQ:MIN_DP 0/0:30:99:20
1 5500 G A,<DEL>,T PASS SVLEN=.,-400,. GT ./1
1 5600 G . PASS END=5610 GT:LEN 0/0:10
2 9000 C <STR10>,<STR45> PASS END=9029;REF=10;RL=30;RU=CAG;VARID=R;REPID=R GT:REPCN:REPCI 1/2:10/45:10-10/40-50
3 7000 C T PASS . GT 0|1
X 5000000 G A PASS . GT 1
MT 3243 A G PASS . GT:AF:DP 0/1:0.35:900
"""
REPEAT_META = (
    *(f'##INFO=<ID={key},Number=1,Type=String,Description="">' for key in ("REF", "RL", "RU", "VARID", "REPID")),
    '##INFO=<ID=CLNREVSTAT,Number=.,Type=String,Description="">',
    '##FORMAT=<ID=REPCI,Number=1,Type=String,Description="">',
)


def texts() -> Iterator[bytes]:
    """VCFs of several styles."""
    for style in vcfs.STYLES:
        yield vcfs.vcf(TABLE, style=style, meta=targets.META)
    yield vcfs.vcf(
        TABLE, version="4.5", meta=targets.META, declared=["chr1,length=248956422", "chr2", "chr3", "chrX", "chrM"]
    )
    yield vcfs.vcf(TABLE).replace(b"\n", b"\r\n")
    yield vcfs.vcf("1 5100 C T PASS . GT 0/1 0/0", samples=("A", "B")) + b"\n#a comment\n\n"


def seeds() -> Iterator[tuple[str, bytes]]:
    """All first inputs, with the target of each."""
    for text in texts():
        yield "vcf_text", text
        head, _, body = text.partition(b"\n#CHROM")
        yield "header", head + b"\n#CHROM" + body.partition(b"\n")[0]
        rows = [line for line in text.splitlines() if not line.startswith(b"#") and line]
        yield "spans", b"\n".join(rows)
        yield from (("record", row) for row in rows)
        yield "container", build.bgzf(text[:200], block=100)
    small = vcfs.vcf("1 5100 C T PASS . GT 0/1", declared=["chr1,length=248956422"])
    yield "container", build.bgzf(small, block=1000)
    yield "container", build.gzip(small)
    yield "container", small
    with tempfile.TemporaryDirectory() as folder:
        for rows in (TABLE, "1 5100 C T PASS . GT:DP 0/1:20"):
            declared = ["chr1,length=248956422", "chr2", "chr3", "chrX", "chrM"]
            path = vcfs.bcf(Path(folder), vcfs.vcf(rows, meta=(*targets.META, *REPEAT_META), declared=declared))
            yield "bcf", gzip.decompress(path.read_bytes())
    yield from _words()
    yield from _packs()
    fields = "|".join(targets.VEP)
    yield "annotations", f"Format: {fields}\n{CSQ};REVEL=0.5;AF=0.1\nC\nT".encode()
    yield (
        "annotations",
        f"Format: {fields}\nCSQ=-|frameshift_variant&splice_region_variant|G||NM_1.1||1-2/9||\nCAG\nC,CA".encode(),
    )
    snpeff = "Allele | Annotation | Annotation_Impact | Gene_Name | Gene_ID | Feature_Type | Feature_ID | Rank | HGVS.c"
    yield "annotations", f"'{snpeff}'\nANN=T|stop_gained|HIGH|G|G|transcript|NM_1.1|9/9|c.1A>T\nC\nT".encode()
    bcsq = "Format: [*]consequence|gene|transcript|biotype[|strand|amino_acid_change|dna_change]"
    yield "annotations", f"{bcsq}\nBCSQ=*stop_gained|G|NM_1.1|protein_coding|+|1K>*|5100C>T,@5100\nC\nT".encode()
    clinical = "CLNSIG=Pathogenic/Likely_pathogenic|risk_factor;CLNREVSTAT=criteria_provided,_multiple_submitters"
    yield "annotations", f"x\n{clinical};CLNDN=A|B;CLNSIGCONF=Pathogenic(2)|Benign(1)\nC\nT".encode()
    hunter = "END=9029;REF=10;RL=30;RU=CAG;VARID=R;REPID=R"
    yield "repeat", f"9000\nC\n<STR12>,<STR45>\nPASS\n{hunter}\nGT:REPCN:REPCI\n1/2:12/45:12-12/40-50".encode()
    yield (
        "repeat",
        b"9000\nCAGCAG\nCAGCAGCAG\nPASS\nEND=9005;RU=CAG;PERIOD=3;REF=2;GRID=1,9\nGT:REPCN:REPCI\n0/1:2,3:2-2,3-4",
    )
    yield (
        "repeat",
        b"9000\nTCAGCAG\nTCAG\nPASS\nTRID=R;END=9006;MOTIFS=CAG;STRUC=(CAG)n\nGT:AL:ALLR:MC:MS\n0/1:6,3:6-6,3-3:2,1:0(0-6),0(0-3)",
    )
    yield "repeat", b"9000\nN\n.\nPASS\nRU=CAG;REF=2;SVTYPE=STR\nGT:CN\n./.:4"
    yield "bed", b"track name=x\nchr1\t5000\t5999\nchr2\t1\t9\tname\n"
    yield "bed", build.gzip(b"1\t1\t9\n")
    with tempfile.TemporaryDirectory() as folder:
        path = vcfs.indexed(Path(folder), vcfs.vcf("1 5100 C T PASS . GT 0/1\n2 5100 C T PASS . GT 0/1"))
        yield "index", gzip.decompress(path.with_name(f"{path.name}.tbi").read_bytes())
    spans = struct.pack("<iIQi2Q", 1, 0, 0, 1, 0, 1 << 16)
    yield "index", struct.pack("<4s4i", b"CSI\1", 14, 5, 0, 1) + spans
    yield from _forms()
    yield from _proofs()
    yield "scoring_file", SCORING.encode()
    yield "scoring_file", gzip.compress(SCORING.encode(), mtime=0)
    head = Head(run="x", participants=2, columns=(Column("participant", "text", ""), Column("points", "number", "")))
    yield "part", part_written(head, Shard(1, 1), [{"participant": who, "points": 1} for who in ("A", "B")])


SCORING = """\
#format_version=2.0
#pgs_id=TEST
#genome_build=GRCh37
#variants_number=2
#weight_type=log(OR)
#HmPOS_build=GRCh38
rsID\tchr_name\tchr_position\teffect_allele\tother_allele\teffect_weight\tallelefrequency_effect\thm_chr\thm_pos
rs1\t5\t150410835\tC\tT\t0.04506\t0.253\t5\t151031274
rs2\t6\t32672641\tC\tA\t-0.1415\t0.096\t6\t32704864
"""


def _proofs() -> Iterator[tuple[str, bytes]]:
    """What proves a ledger: checkpoint, receipt, trust file, and a copy of it whole."""
    with ledgers.ledger() as made:
        receipt = ledgers.enrol(made, "P1")
        ledgers.enrol(made, "P2", "B")
        yield "proof", str(receipt).encode()
        yield "proof", str(receipt.note).encode()
        with made.store.reading() as connection:
            yield "bundle", b"".join(lines(InDatabase(connection)))
    witness = f"witness w {ledgers.WITNESS_PUBLIC}\ngroup g any w\nquorum g\n"
    yield "proof", f"# a trust file\nlog {ledgers.PUBLIC} https://log.example.org\n{witness}".encode()


def _packs() -> Iterator[tuple[str, bytes]]:
    """Transcripts of the small rule set's gene, and a pack of it."""
    made = MadeGene.of(random.Random(1), "ENST00000000001", 3, "minus", chrom="1", start=5000)
    rows = ["##gff-version 3", "#!genome-build GRCh38", *made.gff("G"), "###"]
    gff = "".join(f"{row}\n" for row in rows).encode()
    yield "transcripts", gff
    with tempfile.TemporaryDirectory() as folder:
        files = {"gff": gff, "fasta": f">1:5000-{made.end}\n{made.bases}\n".encode()}
        files["frequencies"] = f"chrom\tpos\tref\talt\taf\n1\t5150\t{made.bases[150]}\tN\t0.1\n".encode()
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        places = {name: Path(folder) / name for name in files}
        built = build_pack(targets.rules(), Build.GRCH38, Sources(predictors={}, **places))
    yield "pack", gzip.decompress(built.content)


HEADERS = (
    "##bcftools_pluginCommand=plugin +setGT in.bcf -- -t . -n 0; Date=x\n##source=Mutect2\n##tumor_sample=P1",
    "##bcftools_mergeCommand=merge -m none -0 a.bcf b.bcf\n##SAMPLE=<ID=P1,Genomes=Germline;Tumor,IsTumor=yes>",
    "##PEDIGREE=<ID=P2,Derived=P1>\n##PEDIGREE=<Derived=P2,Original=P1>\n##content=strelka somatic snv calls",
    '##reference=file:///ref/GRCh38.fa\n##contig=<ID=23,assembly=hg38>\n##VEP="v110" assembly="GRCh37.p13"',
    '##contig=<ID=CM000683.2>\n##contig=<ID=hs21,length=2147483647>\n##SnpEffCmd="SnpEff GRCh37.75 a.vcf"',
    '##GATKCommandLine=<ID=Mutect2,CommandLine="--mitochondria-mode true">\n##INFO=<ID=SOMATIC,Number=0,Type=Flag>',
)
VALUES = (
    ".\nGT:DP:AD:PL\n0/1:30:15,15,0:200,0,180,99,99,99", "DP=30\nGT:GP:DS:HDS\n0|1:0.2,0.8,0,0,0,0:0.6:0.01,0.7",
    "IMP;DR2=0.99\nGT:GQ:GQX:RGQ\n0/0:12:6:3", ".\nGT:RO:AO:QR\n./1:16:1,0:x", ".\nGT:FREQ:RD\n1/1:99.5%:3",
    ".\nGT:LAA:LAD:LPL\n0/1:1:15,15:9,0,9", "DP4=15,14,1,0;AF=0.5,0\nGT:ADF:ADR:NR:NV\n0/1:9,9,0:6,6,0:30,30:15,0",
)  # fmt: skip
NUMBERS = ("1.5e-2", "35.5%", "7,.,3", ".", "nan", "1e999", "-0", "gnomADe_AF_grpmax", "1000GAF", "0" * 40)


def _words() -> Iterator[tuple[str, bytes]]:
    """Header lines that say whose file it is, values that support a genotype or do not, and numbers."""
    for name, texts_of in (("header_words", HEADERS), ("values", VALUES), ("numbers", NUMBERS)):
        yield from ((name, text.encode()) for text in texts_of)


def _forms() -> Iterator[tuple[str, bytes]]:
    """Rule sets, traces and profiles in JSON."""
    rules = targets.rules()
    with tempfile.TemporaryDirectory() as folder:
        profile = read_profile(vcfs.written(Path(folder), next(texts())), rules)
    yield "trace", assign(profile, rules).trace.to_bytes()
    yield "form", json.dumps(form_of(profile)).encode()
    shipped = read_rules()
    for example in shipped.content.examples[:2]:
        yield "form", json.dumps(dict(example.profile), default=str).encode()
    yield "rule_set", RULE_SET.encode()
    yield "rule_set", RULE_SET.replace("genes: []", "genes: table.tsv").encode() + b"\n%%\nsymbol\tchrom\nG\t1\n"


RULE_SET = """\
rule_set: {id: test, version: '1', title: a test, status: draft}
categories:
- {id: A, name: A, intervention: A, because: a test, sources: [a test], status: confirmed}
- {id: B, name: B, intervention: B, because: a test, sources: [a test], status: confirmed}
decision:
  tiers:
  - {tier: 1, minimum: 300, margin: 150, opens: yes, because: a test}
  unsettled_above_ppm: 0
  default_carrier_ppm: 1
  policy: {tied: review, no_evidence: review, unsettled: review, mimic: review, gene_targeted_therapy: review,
    sex_mismatch: review, quality: review, partial_read: review}
  because: a test
  sources: [a test]
  status: confirmed
gates: {filters: [PASS], unfiltered: accept, depth: 10, quality: 20, het_balance: 250-750, hom_balance: 900, strict: [],
  assessed: 950, because: a test, sources: [a test], status: confirmed}
criteria:
- {id: listed, kind: listed_allele, classes: [pathogenic], tier: 1, points: 1000, validity: [definitive],
  because: a test, sources: [a test], status: confirmed}
genes: []
alleles: []
"""


def main() -> None:
    for name, content in seeds():
        place = targets.HERE / "corpus" / name
        place.mkdir(parents=True, exist_ok=True)
        (place / hashlib.sha256(content).hexdigest()[:16]).write_bytes(content)


if __name__ == "__main__":
    main()
