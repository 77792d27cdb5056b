"""What a file can hold at a place that the rule set asks about, and what is read: the rows of docs/genotypes.md.

`test_genotypes.py` reads every row from a file and compares; the page is written from the same rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from attrs import field, frozen

import vcfs
from fields import FIELDS
from vcfs import allele, gene, repeat, rules_of

RULES = rules_of(
    alleles=[
        allele("SNV", "1", 5000, "C", "T"),
        allele("DEL", "1", 5100, "CAGT", "C"),
        allele("MNV", "1", 5200, "AC", "GT"),
        allele("INS", "1", 5300, "C", "CTT"),
        allele("X", "X", 40_000_000, "C", "T"),
        allele("PAR", "X", 20_000, "C", "T", pos37=70_000),
        allele("Y", "Y", 9_000_000, "C", "T"),
        allele("REC-1", "2", 5000, "C", "T", needs="two"),
        allele("REC-2", "2", 5010, "G", "A", needs="two"),
        allele("MT", "MT", 3243, "A", "G", gene="MT-TL1", **{"class": "mitochondrial"}),
    ],
    genes=[
        gene("G1", "1", 1, 9000),
        gene("G2", "2", 1, 15000, inheritance="recessive", mechanisms=["loss_of_function"], hgnc="HGNC:2"),
        gene("G3", "3", 5000, 5999, mechanisms=["loss_of_function"], hgnc="HGNC:3", aliases=["OLD3"]),
        gene("G5", "5", 5000, 5999, mechanisms=["missense"], hgnc="HGNC:5"),
        gene("G6", "6", 5000, 5999, mechanisms=["missense"], hgnc="HGNC:6", validity="strong"),
        gene("G7", "7", 5000, 5999, mechanisms=["loss_of_function"], hgnc="HGNC:7",
             exons={"transcript": "NM_7.1", "grch38": ["5100-5199", "5300-5399"], **vcfs.WORD}),
        gene("G8", "8", 5000, 5999, mechanisms=["loss_of_function"], hgnc="HGNC:8", transcripts=["ENST1.1"]),
        gene("GX", "X", 39_000_000, 41_000_000),
        gene("MT-TL1", "MT", 3230, 3304, grch37="3230-3304"),
    ],
    repeats=[repeat("R", "CAG", "4", 12_000, 12_060), repeat("RX", "CAG", "X", 12_000_000, 12_000_060, only="male")],
    criteria=[
        {"id": "mitochondrial", "kind": "heteroplasmy", "tier": 1, "points": 1000, "validity": ["definitive"],
         "classes": ["mitochondrial"], "ignored": "0.1", "counts": "0.6", **vcfs.WORD},
        {"id": "lost", "kind": "consequence", "tier": 1, "points": 900, "validity": ["definitive"],
         "terms": ["stop_gained", "frameshift_variant"], "mechanisms": ["loss_of_function"], "max_frequency": "0.0001",
         "spare_last_exon": "yes", "carrier_ppm": 1, **vcfs.WORD},
        {"id": "deleted", "kind": "deletion", "tier": 1, "points": 800, "validity": ["definitive"], "reach": "exon",
         "mechanisms": ["loss_of_function"], "carrier_ppm": 1, **vcfs.WORD},
        {"id": "clinvar", "kind": "clinvar", "tier": 1, "points": 950, "validity": ["definitive"], "stars": 1,
         "max_frequency": "0.0001", "carrier_ppm": 1, **vcfs.WORD},
        {"id": "for_als", "kind": "clinvar", "tier": 1, "points": 950, "validity": ["strong"], "stars": 1,
         "conditions": ["Amyotrophic lateral sclerosis", "MONDO:0004976"],
         "max_frequency": "0.0001", "carrier_ppm": 1, **vcfs.WORD},
    ],
    fields={"frequency": ["gnomADg_AF"], "predictors": {}},
)  # fmt: skip

CSQ = ("Allele", "Consequence", "SYMBOL", "HGNC_ID", "Feature", "MANE_SELECT", "EXON", "gnomADg_AF")
META = (
    '##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. '
    f'Format: {"|".join(CSQ)}">',
    '##INFO=<ID=CLNSIG,Number=.,Type=String,Description="x">',
    '##INFO=<ID=CLNREVSTAT,Number=.,Type=String,Description="x">',
    '##INFO=<ID=CLNDN,Number=.,Type=String,Description="x">',
    '##INFO=<ID=CLNDISDB,Number=.,Type=String,Description="x">',
    '##INFO=<ID=dbNSFP_clinvar_clnsig,Number=A,Type=String,Description="x">',
)
ANNOVAR_META = tuple(
    f'##INFO=<ID={key},Number=.,Type=String,Description="{key} annotation provided by ANNOVAR">'
    for key in ("ANNOVAR_DATE", "Func.refGene", "Gene.refGene", "GeneDetail.refGene", "ExonicFunc.refGene",
                "AAChange.refGene", "gnomAD_exome_ALL", "CLNSIG", "CLNREVSTAT", "REVEL")
)  # fmt: skip
SV_META = (
    '##ALT=<ID=DEL,Description="Deletion">',
    '##INFO=<ID=SVTYPE,Number=1,Type=String,Description="x">',
    '##INFO=<ID=CIPOS,Number=2,Type=Integer,Description="x">',
    '##INFO=<ID=CIEND,Number=2,Type=Integer,Description="x">',
    '##INFO=<ID=IMPRECISE,Number=0,Type=Flag,Description="x">',
    '##FORMAT=<ID=CN,Number=1,Type=Integer,Description="x">',
)
STR_META = (
    '##INFO=<ID=RU,Number=1,Type=String,Description="x">',
    '##INFO=<ID=REF,Number=1,Type=Integer,Description="x">',
    '##FORMAT=<ID=REPCN,Number=1,Type=String,Description="x">',
    '##FORMAT=<ID=REPCI,Number=1,Type=String,Description="x">',
)


@frozen(kw_only=True)
class Row:
    """One state of a file.

    Attributes:
        says: in words, what the file holds.
        records: its records, as `vcfs.vcf` takes them; `None` in the second file when there is none.
        asked: the listed allele, repeat or gene that is asked about.
        answer: what is read, as `test_genotypes.read` tells it.
        declared: what the caller says beside the file.
        dress: how the file's header is written.
        other: the records of a second file.
    """

    says: str
    records: str
    answer: str
    asked: str = "SNV"
    declared: dict[str, Any] = field(factory=dict)
    dress: dict[str, Any] = field(factory=dict)
    other: str | None = None


def rows(asked: str, *given: tuple[str, str, str], **more: Any) -> list[Row]:
    """Rows of (words, records, answer) about one question."""
    return [Row(says=says, records=records, answer=answer, asked=asked, **more) for says, records, answer in given]


def site(
    values: str, *, ref: str = "C", alt: str = "T", pos: int = 5000, info: str = ".", filters: str = "PASS"
) -> str:
    """A record on chromosome 1: `GT:DP 0/1:30` gives the keys and the values."""
    return f"1 {pos} {ref} {alt} {filters} {info} {values}"


def block(alt: str, values: str, *, info: str = "END=5500", pos: int = 4900, ref: str = "A") -> str:
    """A reference block over the place."""
    return f"1 {pos} {ref} {alt} PASS {info} {values}"


def pair(first: str, second: str) -> str:
    """Two records of a recessive gene, ten bases apart."""
    return f"2 5000 C T PASS . {first}\n2 5010 G A PASS . {second}"


def on_x(values: str, pos: int = 40_000_000) -> str:
    return f"X {pos} C T PASS . {values}"


def on_y(values: str) -> str:
    return f"Y 9000000 C T PASS . {values}"


def size(
    alt: str, values: str, *, info: str = "END=12060;REF=20;RU=CAG", filters: str = "PASS", pos: int = 12000
) -> str:
    """An ExpansionHunter record."""
    return f"4 {pos} C {alt} {filters} {info} {values}"


def stranger(
    word: str, normal: int | None = None, full: int | None = None, *, alt: str = "<STR18>", sizes: str = "20/18",
    gt: str = "0/1",
) -> str:  # fmt: skip
    """A record of ExpansionHunter with Stranger's word, and the sizes that part its words."""
    limits = "" if normal is None else f";STR_NORMAL_MAX={normal};STR_PATHOLOGIC_MIN={full}"
    return size(alt, f"GT:REPCN {gt}:{sizes}", info=f"END=12060;REF=20;RU=CAG;STR_STATUS={word}{limits}")


FULL = "STR_STATUS=full_mutation;STR_NORMAL_MAX=20;STR_PATHOLOGIC_MIN=30"
STRANGE = "20/18 unknown (STR_STATUS says otherwise than the sizes)"
"""What is read where Stranger's word contradicts the sizes."""

TRGT = f"4 12000 {'C' + 'CAG' * 20} {'C' + 'CAG' * 17} . TRID=R;MOTIFS=CAG;END=12060 GT:AL:MC:SD:AP 1/1:51,51:17,17:"
"""A record of TRGT with two alleles of 17 units, up to SD and AP."""

GANGSTR = f"4 12001 {'CAG' * 20} {'CAG' * 17} . RU=CAG;PERIOD=3;REF=20;GRID=1,8;END=12060 GT:REPCN:DP:Q 1/1:17,17:"
"""A record of GangSTR with two alleles of 17 units, up to DP and Q."""


def large(alt: str, values: str, *, pos: int = 4900, end: int = 6100, info: str = "", filters: str = "PASS") -> str:
    """A structural record; gene 3 is at 5000-5999."""
    kind = alt.strip("<>").partition(":")[0]
    return f"3 {pos} A {alt} {filters} SVTYPE={kind};END={end}{info} {values}"


def snv(values: str, keys: str = "GT", pos: int = 5400) -> str:
    """A small variant in gene 3."""
    return f"3 {pos} C T PASS . {keys} {values}"


def mito(values: str, *, filters: str = "PASS") -> str:
    return f"MT 3243 A G {filters} . {values}"


def lost(values: str = "GT 0/1", chrom: str = "3", pos: int = 5100, clinvar: str = "", **said: str) -> str:
    """A record that VEP annotates; what is not said is MANE Select's stop in the first exon of gene 3, and rare."""
    plain = {
        "Allele": "A", "Consequence": "stop_gained", "SYMBOL": f"G{chrom}", "HGNC_ID": f"HGNC:{chrom}",
        "Feature": "ENST1.1", "MANE_SELECT": "NM_1.1", "EXON": "1/9", "gnomADg_AF": "0.00001",
    }  # fmt: skip
    entry = "|".join((plain | said)[name] for name in CSQ)
    return f"{chrom} {pos} G A PASS CSQ={entry}{clinvar} {values}"


def annovar(
    func: str = "exonic", change: str = "stopgain", listed: str = "G8:ENST1:exon1:c.C97T:p.Q33X",
    detail: str = ".", gene: str = "G8", more: str = "gnomAD_exome_ALL=0.00001",
) -> str:  # fmt: skip
    """INFO as ANNOVAR writes it of one ALT."""
    columns = {"Func": func, "Gene": gene, "GeneDetail": detail, "ExonicFunc": change, "AAChange": listed}
    told = ";".join(f"{column}.refGene={value}" for column, value in columns.items())
    return f"ANNOVAR_DATE=2020-06-08;{told};{more};ALLELE_END"


def silent() -> str:
    """The same of a synonymous change."""
    return annovar(change="synonymous_SNV", listed="G8:ENST1:exon1:c.C97T:p.Q33Q")


def of_annovar(change: str, info: str, values: str = "GT 0/1") -> str:
    """A record in gene 8 with ANNOVAR's columns."""
    return bare(change, values, info, chrom="8")


def bare(change: str, values: str, info: str = ".", *, chrom: str = "3", pos: int = 5100) -> str:
    """A record in a gene of which no consequence is told."""
    return f"{chrom} {pos} {change} PASS {info} {values}"


def for_condition(said: str) -> str:
    """A missense variant of gene 6 that ClinVar calls pathogenic, with what it says of conditions."""
    told = f";CLNSIG=Pathogenic;CLNREVSTAT=criteria_provided,_single_submitter{';' if said else ''}{said}"
    return lost(chrom="6", clinvar=told, Consequence="missense_variant")


OPEN = "carried unknown, every copy unknown"
OVERWRITTEN = "a call that failed may have been overwritten with 0/0 (bcftools +setGT)"
TOO_MANY = "the records of its bases call more alleles than there are copies"
GONE = site("GT:DP 0/1:30", pos=4998, ref="AACG", alt="A") + "\n"
INDEL = site("GT:DP 0/0:30", pos=4995, ref="AAACGCAAAA", alt="A") + "\n"
LONG = site("GT:DP 0/0:30", pos=4980, ref="A" * 20 + "C" + "A" * 40, alt="A")

SECTIONS: dict[str, list[Row]] = {
    "Genotypes": rows(
        "SNV",
        ("heterozygous", site("GT 0/1"), "called: carried true, every copy false"),
        ("heterozygous, phased", site("GT 1|0"), "called: carried true, every copy false"),
        ("homozygous", site("GT 1/1"), "called: carried true, every copy true"),
        ("reference", site("GT 0/0"), "called: carried false, every copy false"),
        ("reference, no other allele named", site("GT 0/0", alt="."), "reference: carried false, every copy false"),
        ("no call", site("GT ./."), "no_call: carried unknown, every copy unknown"),
        ("no call of one dot", site("GT ."), "no_call: carried unknown, every copy unknown"),
        ("half call with the allele", site("GT ./1"), "partial: carried true, every copy unknown"),
        ("half call without it", site("GT 0/."), "partial: carried unknown, every copy unknown"),
        ("another allele beside it", site("GT 1/2", alt="T,A"), "called: carried true, every copy false"),
        ("another allele alone", site("GT 0/2", alt="T,A"), "called: carried false, every copy false"),
        ("two other alleles", site("GT 2/3", alt="T,A,G"), "called: carried false, every copy false"),
        ("an ALT of the same place that is not it", site("GT 0/1", alt="A"), "called: carried false, every copy false"),
        ("haploid on an autosome", site("GT 1"),
         "invalid: carried unknown, every copy unknown (one copy where there are two)"),
        ("of one copy, inside a deletion on the other one", GONE + site("GT 1"),
         "called: carried true, every copy false"),
        ("the same without it", GONE + site("GT 0"), "called: carried false, every copy false"),
        ("the same, of few reads", GONE + site("GT:DP 1:3"),
         "low_quality: carried unknown, every copy unknown (depth 3 below 10)"),
        ("of one copy, inside a `<DEL>` on the other one",
         site("GT 0/1", pos=4900, ref="A", alt="<DEL>", info="SVTYPE=DEL;END=5100") + "\n" + site("GT 1"),
         "called: carried true, every copy false"),
        ("of one copy, beside a deletion that is not believed",
         site("GT:DP 0/1:3", pos=4998, ref="AACG", alt="A") + "\n" + site("GT 1"),
         "invalid: carried unknown, every copy unknown (one copy where there are two)"),
        ("three copies", site("GT 0/0/1"), "invalid: carried unknown, every copy unknown (3 copies)"),
        ("phase sign before the first allele (VCF 4.4)", site("GT |0|1"), "called: carried true, every copy false"),
        ("no GT in FORMAT", site("DP 30"), "no_call: carried unknown, every copy unknown (no GT)"),
        ("allele number beyond ALT", site("GT 0/2"), "refused: RecordError"),
        ("a GT that is none", site("GT 0/x"), "refused: RecordError"),
        ("FORMAT `.` with values", site(". 0/1"), "refused: RecordError"),
        ("FORMAT `.` without", site(". ."), "no_call: carried unknown, every copy unknown (no GT)"),
        ("GT that is not the first key", site("DP:GT 30:0/1"), "refused: RecordError"),
        ("a base that is not told, and may be it", site("GT 0/2", alt="T,N"),
         "partial: carried unknown, every copy unknown"),
        ("the same on the other haplotype", site("GT 1/2", alt="T,N"), "partial: carried true, every copy unknown"),
        ("another allele, of which a part is not told", site("GT 0/2", alt="T,NN"),
         "called: carried false, every copy false"),
        ("`*` on the other haplotype", site("GT 1/2", alt="T,*"), "called: carried true, every copy false"),
        ("`*` alone: the base is deleted", site("GT 0/1", alt="*"), "called: carried false, every copy false"),
        ("lower-case bases", site("GT 0/1", ref="c", alt="t"), "called: carried true, every copy false"),
        ("REF that is not the rule set's", site("GT 0/1", ref="G"), "refused: BuildError"),
    ),
    "Absence and reference blocks": [
        *rows(
            "SNV",
            ("no record", "", "not_assessed: carried unknown, every copy unknown"),
            ("GATK block", block("<NON_REF>", "GT:DP:GQ:MIN_DP 0/0:40:60:30"),
             "reference: carried false, every copy false"),
            ("GATK block of little depth", block("<NON_REF>", "GT:DP:GQ:MIN_DP 0/0:40:60:4"),
             "low_quality: carried unknown, every copy unknown (depth 4 (MIN_DP) below 10)"),
            ("GATK block of low quality", block("<NON_REF>", "GT:DP:GQ 0/0:40:3"),
             "low_quality: carried unknown, every copy unknown (quality 3 below 20)"),
            ("GATK block without a call", block("<NON_REF>", "GT:DP ./.:30"),
             "no_call: carried unknown, every copy unknown"),
            ("bcftools block", block("<*>", "GT:DP 0/0:30"), "reference: carried false, every copy false"),
            ("Strelka2 block", block(".", "GT:GQX:DP 0/0:60:30", info="END=5500;BLOCKAVG_min30p3a"),
             "reference: carried false, every copy false"),
            ("no other allele named, and no reads at all (DP4)", site("GT 0/0", alt=".", info="DP4=0,0,0,0"),
             "low_quality: carried unknown, every copy unknown (depth 0 (sum of INFO/DP4) below 10)"),
            ("no other allele named, and reads of one (bcftools' INFO/DP4)",
             site("GT 0/0", alt=".", info="DP4=8,7,8,7"),
             "contradicted: carried unknown, every copy unknown (500/1000 of the reads show the reference (INFO/DP4))"),
            ("block that ends before the place", block("<NON_REF>", "GT:DP 0/0:30", info="END=4999"),
             "not_assessed: carried unknown, every copy unknown"),
            ("filtered block", block("<NON_REF>", "GT:DP 0/0:30").replace("PASS", "LowQual"),
             "filtered: carried unknown, every copy unknown (filter LowQual)"),
            ("variant of a gVCF", site("GT:DP:AD 0/1:30:15,15,0", alt="T,<NON_REF>"),
             "called: carried true, every copy false"),
            ("a GT that names `<NON_REF>`", site("GT 0/2", alt="A,<NON_REF>"),
             "no_call: carried unknown, every copy unknown (inside <NON_REF>)"),
            ("a block of an unknown kind without a call (`<CGA_NOCALL>`)", block("<CGA_NOCALL>", "GT ./."),
             "no_call: carried unknown, every copy unknown (inside <CGA_NOCALL>, which is not called)"),
            ("a block over a record of the allele", block("<NON_REF>", "GT:DP 0/0:30") + "\n" + site("GT 0/1"),
             "called: carried true, every copy false"),
        ),
        Row(says="block of VCF 4.5, by LEN", records=block("<*>", "GT:DP:LEN 0/0:30:600", info="."), dress={
            "version": "4.5", "meta": ['##FORMAT=<ID=LEN,Number=1,Type=Integer,Description="Length">']},
            answer="reference: carried false, every copy false"),
        Row(says="no record, and the caller declares that absent means reference", records="",
            declared={"absent": "reference"}, answer="assumed_reference: carried false, every copy false"),
        Row(says="no record, inside a callable region that the caller gives", records="",
            declared={"callable": "chr1\t4000\t6000\n"}, answer="reference: carried false, every copy false"),
        Row(says="a deletion of which the blocks leave a base out", asked="DEL",
            records=block("<NON_REF>", "GT:DP 0/0:30", info="END=5101") + "\n"
            + block("<NON_REF>", "GT:DP 0/0:30", info="END=5500", pos=5103, ref="T"),
            answer="not_assessed: carried unknown, every copy unknown"),
    ],
    "Several records over a base: the nearest one speaks": [
        *rows(
            "SNV",
            ("its own record without a call, in a homozygous reference indel",
             INDEL + site("GT:DP ./.:0", alt=".", filters="LowGQX"),
             "filtered: carried unknown, every copy unknown (filter LowGQX)"),
            ("its own record of little depth, in such an indel", INDEL + site("GT:DP 0/0:3", alt="."),
             "low_quality: carried unknown, every copy unknown (depth 3 below 10)"),
            ("its own record half called, in such an indel", INDEL + site("GT 0/.", alt="A"),
             "partial: carried unknown, every copy unknown"),
            ("its own record without GT, in such an indel", INDEL + site("DP 30", alt="A"),
             "no_call: carried unknown, every copy unknown (no GT)"),
            ("its own record of too many copies, in a block",
             block("<NON_REF>", "GT:DP 0/0:30") + "\n" + site("GT 0/0/0", alt="A"),
             "invalid: carried unknown, every copy unknown (3 copies)"),
            ("its own record, believed, in a block without reads",
             block("<NON_REF>", "GT:DP 0/0:0") + "\n" + site("GT:DP 0/0:30", alt="A"),
             "reference: carried false, every copy false"),
            ("two own records, one of them filtered",
             site("GT 0/0", alt="A") + "\n" + site("GT 0/0", alt="G", filters="LowQual"),
             "filtered: carried unknown, every copy unknown (filter LowQual)"),
            ("its own record with more bases, half called, in a block",
             block("<NON_REF>", "GT:DP 0/0:30") + "\n" + site("GT ./1", ref="CAG", alt="GAG"),
             "partial: carried unknown, every copy unknown"),
            ("a replacement of it and its neighbour without GT, in a block",
             block("<NON_REF>", "GT:DP 0/0:30") + "\n" + site("DP 30", ref="CA", alt="GT"),
             "no_call: carried unknown, every copy unknown (no GT)"),
            ("two records that call three alleles", site("GT 0/1") + "\n" + site("GT 1/1", alt="A"),
             f"conflict: carried unknown, every copy unknown ({TOO_MANY})"),
            ("its base deleted on both copies by another record",
             site("GT 0/1") + "\n" + site("GT 1/1", ref="AC", alt="A", pos=4999),
             f"conflict: carried unknown, every copy unknown ({TOO_MANY})"),
            ("on both copies, and deleted on one of them: what is left was written twice",
             site("GT 0/1", ref="AC", alt="A", pos=4999) + "\n" + site("GT 1/1"),
             "called: carried true, every copy true"),
            ("a block without reads, in such an indel",
             INDEL + block("<NON_REF>", "GT:DP:GQ 0/0:0:0", pos=4999, info="END=5010"),
             "low_quality: carried unknown, every copy unknown (depth 0 below 10)"),
            ("a block, in an indel that is filtered",
             INDEL.replace("PASS", "LowQual") + block("<NON_REF>", "GT:DP:GQ 0/0:30:60", pos=4999, info="END=5010"),
             "reference: carried false, every copy false"),
            ("a short block without reads in a longer one with them",
             block("<NON_REF>", "GT:DP 0/0:30") + "\n" + block("<NON_REF>", "GT:DP 0/0:0", pos=4999, info="END=5001"),
             "low_quality: carried unknown, every copy unknown (depth 0 below 10)"),
            ("a homozygous reference indel alone", INDEL, "reference: carried false, every copy false"),
            ("a homozygous reference deletion of 50 bases or more alone", LONG,
             "not_assessed: carried unknown, every copy unknown"),
            ("the same that names any other base too", LONG.replace(" A PASS", " A,<NON_REF> PASS"),
             "reference: carried false, every copy false"),
            ("`*` with END, a block where nothing is deleted", block("*", "GT:DP 0/0:30"),
             "reference: carried false, every copy false"),
            ("`*` with END, where a copy is deleted", block("*", "GT:DP 0/1:30"),
             "not_assessed: carried unknown, every copy unknown"),
        ),
        *rows(
            "SNV",
            ("`<*>` with LEN beside the ALT of another sample", block("G,<*>", "GT:DP:LEN 0/0:30:600", info="."),
             "reference: carried false, every copy false"),
            ("the same where this sample carries the ALT", block("G,<*>", "GT:DP:LEN 0/1:30:600", info="."),
             "not_assessed: carried unknown, every copy unknown"),
            ("a short LEN, and the END of a longer block of another sample", block("<*>", "GT:DP:LEN 0/0:30:9"),
             "not_assessed: carried unknown, every copy unknown"),
            ("no LEN of this sample, and the END of another's", block("<*>", "GT:DP:LEN 0/0:30:."),
             "not_assessed: carried unknown, every copy unknown"),
            dress={"version": "4.5", "meta": ['##FORMAT=<ID=LEN,Number=1,Type=Integer,Description="Length">']},
        ),
    ],
    "Gates": rows(
        "SNV",
        ("FILTER other than those accepted", site("GT 0/1", filters="LowQual"),
         "filtered: carried unknown, every copy unknown (filter LowQual)"),
        ("no filter applied (the rule set accepts that)", site("GT 0/1", filters="."),
         "called: carried true, every copy false"),
        ("one allele failed, and another one did not (GATK's AS_FilterStatus)",
         "1 5000 C T,G PASS AS_FilterStatus=weak_evidence|SITE GT 0/1",
         "filtered: carried unknown, every copy unknown (filter weak_evidence (AS_FilterStatus))"),
        ("all alleles failed, and FILTER tells nothing (AS_FilterStatus)",
         site("GT 0/1", info="AS_FilterStatus=VQSRTrancheSNP99.90to100.00", filters="."),
         f"filtered: {OPEN} (filter VQSRTrancheSNP99.90to100.00 (AS_FilterStatus))"),
        ("FORMAT/FT", site("GT:FT 0/1:LowQual"), "filtered: carried unknown, every copy unknown (filter LowQual)"),
        ("little depth", site("GT:DP 0/1:5"), "low_quality: carried unknown, every copy unknown (depth 5 below 10)"),
        ("low quality", site("GT:GQ 0/1:5"), "low_quality: carried unknown, every copy unknown (quality 5 below 20)"),
        ("heterozygous with few reads of the allele", site("GT:DP:AD 0/1:30:28,2"),
         "low_quality: carried unknown, every copy unknown (allele balance 66/1000 outside 250-750)"),
        ("homozygous with reads of the reference", site("GT:DP:AD 1/1:30:10,20"),
         "low_quality: carried unknown, every copy unknown (allele balance 666/1000 outside 900-1000)"),
        ("reference of little depth", site("GT:DP 0/0:5"),
         "low_quality: carried unknown, every copy unknown (depth 5 below 10)"),
        ("fields of the gates missing (lenient)", site("GT:DP:GQ:AD 0/1:.:.:."),
         "called: carried true, every copy false"),
    ),
    "One place in several records, one allele in several spellings": [
        *rows(
            "SNV",
            ("the same record twice", site("GT 0/1") + "\n" + site("GT 0/1"), "called: carried true, every copy false"),
            ("two records that differ", site("GT 0/1") + "\n" + site("GT 0/0"),
             "conflict: carried unknown, every copy unknown (two records: 0/1 and 0/0)"),
            ("a record that calls and one that does not", site("GT 0/1") + "\n" + site("GT ./."),
             "called: carried true, every copy false"),
            ("a believed record and a filtered one", site("GT 0/1") + "\n" + site("GT 0/1", filters="LowQual"),
             "filtered: carried unknown, every copy unknown (filter LowQual)"),
            ("1/2 split by allele", site("GT 0/1") + "\n" + site("GT 0/1", alt="A"),
             "called: carried true, every copy false"),
            ("padded by a base before and after", site("GT 0/1", pos=4999, ref="GCA", alt="GTA"),
             "called: carried true, every copy false"),
            ("within a replacement of two bases", site("GT 0/1", ref="CG", alt="TA"),
             "obscured: carried unknown, every copy unknown (inside a replacement of several bases)"),
            ("inside a carried `<DEL>`", site("GT 0/1", pos=4900, ref="A", alt="<DEL>", info="END=5500"),
             "no_call: carried unknown, every copy unknown (inside <DEL>)"),
            ("between the ends that a carried breakend joins as a deletion does",
             site("GT 0/1", pos=4900, ref="A", alt="A[chr1:5500[", info="SVTYPE=BND"),
             "no_call: carried unknown, every copy unknown (inside A[CHR1:5500[)"),
            ("a `<DEL>` that is not carried says nothing of the bases",
             site("GT 0/0", pos=4900, ref="A", alt="<DEL>", info="END=5500"),
             "not_assessed: carried unknown, every copy unknown"),
        ),
        *rows(
            "MNV",
            ("as one record", "1 5200 AC GT PASS . GT 0/1", "called: carried true, every copy false"),
            ("as two records on one haplotype",
             "1 5200 A G PASS . GT:PS 0|1:9\n1 5201 C T PASS . GT:PS 0|1:9", "called: carried true, every copy false"),
            ("as two homozygous records", "1 5200 A G PASS . GT 1/1\n1 5201 C T PASS . GT 1/1",
             "called: carried true, every copy true"),
            ("as two records in trans",
             "1 5200 A G PASS . GT:PS 0|1:9\n1 5201 C T PASS . GT:PS 1|0:9", "called: carried false, every copy false"),
            ("as two records without phase", "1 5200 A G PASS . GT 0/1\n1 5201 C T PASS . GT 0/1",
             "obscured: carried unknown, every copy unknown "
             "(its bases are replaced in several records, and not all are believed and in a common phase)"),
            ("one of its bases alone", "1 5200 A G PASS . GT 0/1\n1 5201 C T PASS . GT 0/0",
             "called: carried false, every copy false"),
        ),
        *rows(
            "DEL",
            ("as listed", "1 5100 CAGT C PASS . GT 0/1", "called: carried true, every copy false"),
            ("as listed, on both copies", "1 5100 CAGT C PASS . GT 1/1", "called: carried true, every copy true"),
            ("a shorter deletion at the place", "1 5100 CAG C PASS . GT 0/1",
             "not_assessed: carried unknown, every copy unknown"),
            ("half called a base further on, where it may be the same one, in a block",
             "1 4900 A <NON_REF> PASS END=5500 GT:DP 0/0:30\n1 5101 AGTA A PASS . GT ./0",
             "no_call: carried unknown, every copy unknown "
             "(the same indel may stand beside it, shifted along a repeat, and is not believed)"),
        ),
        *rows(
            "INS",
            ("as listed", "1 5300 C CTT PASS . GT 0/1", "called: carried true, every copy false"),
            ("a record of its base, which says nothing of what stands behind it", "1 5300 C T PASS . GT:DP 0/0:30",
             "not_assessed: carried unknown, every copy unknown"),
            ("the same that names any other ALT too", "1 5300 C T,<NON_REF> PASS . GT:DP 0/0:30",
             "reference: carried false, every copy false"),
            ("a record of its base without ALT", "1 5300 C . PASS . GT:DP 0/0:30",
             "reference: carried false, every copy false"),
        ),
    ],
    "Sex and ploidy": [
        *rows(
            "X",
            ("sex unknown, heterozygous", on_x("GT 0/1"), "invalid: carried unknown, every copy unknown "
             "(heterozygous where a male has one copy, and the sex is not known)"),
            ("sex unknown, homozygous", on_x("GT 1/1"), "called: carried true, every copy true"),
        ),
        *rows(
            "X",
            ("a man's X written haploid", on_x("GT 1"), "called: carried true, every copy true"),
            ("a man's X written homozygous", on_x("GT 1/1"), "called: carried true, every copy true"),
            ("a man's X written heterozygous", on_x("GT 0/1"),
             "invalid: carried unknown, every copy unknown (heterozygous on a male's only copy)"),
            declared={"sex": "male"},
        ),
        *rows(
            "X",
            ("a woman's X written haploid", on_x("GT 1"),
             "invalid: carried unknown, every copy unknown (one copy where there are two)"),
            ("a woman's X, heterozygous", on_x("GT 0/1"), "called: carried true, every copy false"),
            declared={"sex": "female"},
        ),
        *rows("PAR", ("a man's pseudo-autosomal region, heterozygous", on_x("GT 0/1", 20_000),
                      "called: carried true, every copy false"), declared={"sex": "male"}),
        *rows("Y", ("a man's Y", on_y("GT 1"), "called: carried true, every copy true"), declared={"sex": "male"}),
        *rows(
            "Y",
            ("a woman's Y, homozygous", on_y("GT 1/1"), f"invalid: {OPEN} (called where a female has no copy)"),
            ("a woman's Y, heterozygous", on_y("GT 0/1"), f"invalid: {OPEN} (called where a female has no copy)"),
            ("a woman's Y written haploid", on_y("GT 1"), f"invalid: {OPEN} (called where a female has no copy)"),
            ("a woman's Y, reference: she does not carry it", on_y("GT 0"), "called: carried false, every copy false"),
            declared={"sex": "female"},
        ),
        *rows(
            "Y",
            ("sex unknown, homozygous on Y", on_y("GT 1/1"),
             f"invalid: {OPEN} (called where a female has no copy, and the sex is not known)"),
            ("sex unknown, reference on Y", on_y("GT 0/0"), "called: carried false, every copy false"),
        ),
    ],
    "Two alleles of a recessive gene": rows(
        "G2",
        ("homozygous", pair("GT 1/1", "GT 0/0"), "true"),
        ("heterozygous alone", pair("GT 0/1", "GT 0/0"), "false"),
        ("two heterozygous, no phase", pair("GT 0/1", "GT 0/1"), "unknown"),
        ("two on different haplotypes of one phase set", pair("GT:PS 0|1:9", "GT:PS 1|0:9"), "true"),
        ("two on one haplotype", pair("GT:PS 0|1:9", "GT:PS 0|1:9"), "false"),
        ("two in different phase sets", pair("GT:PS 0|1:9", "GT:PS 1|0:77"), "unknown"),
        ("a PS that is no number names no set", pair("GT:PS 0|1:x", "GT:PS 1|0:x"), "unknown"),
        ("PSL: on different haplotypes of one set", pair("GT:PSL 0|1:a,b", "GT:PSL 1|0:a,b"), "true"),
        ("PSL: sets that share no name", pair("GT:PSL 0|1:a,b", "GT:PSL 1|0:c,d"), "unknown"),
        ("GATK's PGT and PID", pair("GT:PGT:PID 0/1:0|1:p", "GT:PGT:PID 0/1:1|0:p"), "true"),
        ("WhatsHap's HP", pair("GT:HP 0/1:9-1,9-2", "GT:HP 0/1:9-2,9-1"), "true"),
        ("a poor phased quality", pair("GT:PS:PQ 0|1:9:1", "GT:PS:PQ 1|0:9:40"), "unknown"),
        ("a phase that has about even chances", pair("GT:PP 0|1:0.6", "GT:PP 1|0:1"), "unknown"),
        ("hardly a phased read", pair("GT:PS:PD 0|1:9:1", "GT:PS:PD 1|0:9:30"), "unknown"),
        ("a phase that is flagged", pair("GT:PS:PF 0|1:9:TR_OVERLAP", "GT:PS:PF 1|0:9:."), "unknown"),
        ("one heterozygous, the other not called", pair("GT 0/1", "GT ./."), "unknown"),
        ("half call", pair("GT ./1", "GT 0/0"), "unknown"),
    ),
    "Repeats (normal to 20, expanded from 30)": [
        *rows(
            "R",
            ("not in the file", "", "unknown"),
            ("both normal", size("<STR18>", "GT:REPCN:REPCI 0/1:20/18:20-20/18-18"), "20/18 false"),
            ("reference size, ALT `.`", size(".", "GT:REPCN:REPCI 0/0:20/20:20-20/20-20"), "20/20 false"),
            ("one expanded", size("<STR45>", "GT:REPCN:REPCI 0/1:20/45:20-20/40-52"), "20/45 true"),
            ("grey", size("<STR25>", "GT:REPCN:REPCI 0/1:20/25:20-20/25-25"), "20/25 unknown"),
            ("interval over the threshold", size("<STR33>", "GT:REPCN:REPCI 0/1:20/33:20-20/28-40"), "20/33 unknown"),
            ("one allele not sized", size("<STR18>", "GT:REPCN ./1:./18"), "./18 unknown"),
            ("filtered", size("<STR45>", "GT:REPCN 0/1:20/45", filters="LowDepth"), "20/45 unknown (filter LowDepth)"),
            ("few reads (LC)", size("<STR18>", "GT:REPCN:LC 0/1:20/18:4.5"), "20/18 unknown (depth 4.5 (LC) below 10)"),
            ("few reads of each kind, FILTER `.`",
             size("<STR18>", "GT:REPCN:ADSP:ADFL:ADIR 0/1:20/18:2/3:1/1:0/0", filters="."),
             "20/18 unknown (depth 6 (ADSP, ADFL and ADIR) below 10)"),
            ("an allele without a read",
             size("<STR18>", "GT:REPCN:ADSP:ADFL:ADIR 0/1:20/18:20/0:9/0:0/0"),
             "20/18 unknown (an allele without a read (ADSP, ADFL and ADIR))"),
            ("many reads lie within an allele that reads span",
             size("<STR18>", "GT:SO:REPCN:ADSP:ADFL:ADIR 0/1:SPANNING/SPANNING:20/18:20/9:9/4:0/21"),
             "20/18 unknown (many reads within an allele that reads span (ADIR))"),
            ("a spanned allele that no read spans",
             size("<STR18>", "GT:SO:REPCN:ADSP:ADFL:ADIR 0/1:SPANNING/SPANNING:20/18:20/0:9/14:0/0"),
             "20/18 unknown (fields that contradict each other (SO and ADSP))"),
            ("an allele longer than reads that is no longer than a spanned one",
             size("<STR18>", "GT:SO:REPCN:ADSP:ADFL:ADIR 0/1:SPANNING/INREPEAT:20/18:20/0:9/14:0/9"),
             "20/>=18 unknown (fields that contradict each other (SO and sizes))"),
            ("TRGT: two reads in all (SD)", TRGT + "1,1:1,1", "17/17 unknown (depth 2 (SD) below 10)"),
            ("TRGT: an impure allele (AP)", TRGT + "15,15:1,0.4", "17/17 unknown (purity 0.4 (AP) below 0.8)"),
            ("TRGT: enough reads", TRGT + "15,15:1,1", "17/17 false"),
            ("TRGT: a read that is longer than its allele (ALLR)",
             TRGT.replace("AL:MC", "AL:ALLR:MC").replace("51,51:", "51,51:51-51,51-120:") + "15,15:1,1",
             "17/17 unknown"),
            ("an allele that no read spans, without an interval",
             size("<STR18>", "GT:SO:REPCN 0/1:SPANNING/FLANKING:20/18"), "20/>=18 unknown"),
            ("GangSTR: the caller is unsure (Q)", GANGSTR + "30:0.6",
             "17/17 unknown (posterior 0.6 (Q) below that of quality 20)"),
            ("GangSTR: the caller is sure", GANGSTR + "30:0.999", "17/17 false"),
            ("GangSTR: the caller is sure of an expansion that it does not call (QEXP)",
             GANGSTR.replace("DP:Q 1", "DP:QEXP:Q 1").replace("GRID=1,8", "GRID=1,8;EXPTHRESH=30")
             + "30:0.01,0.99,0:0.999", "17/17 unknown (posterior 0.01 (Q) below that of quality 20)"),
            ("GangSTR: many reads with more units than any allele (FLNKREADS)",
             GANGSTR.replace("DP:Q 1", "DP:ENCLREADS:FLNKREADS:Q 1") + "30:17,20:9,4|35,9:0.999",
             "17/17 unknown (many reads with more units than any allele (FLNKREADS))"),
            ("GangSTR: many reads enclose more units than any allele has (ENCLREADS)",
             GANGSTR.replace("DP:Q 1", "DP:ENCLREADS:FLNKREADS:Q 1") + "30:17,20|35,9:NULL:0.999",
             "17/17 unknown (many reads with more units than any allele (ENCLREADS))"),
            ("GangSTR: an error of one unit (ENCLREADS)",
             GANGSTR.replace("DP:Q 1", "DP:ENCLREADS:FLNKREADS:Q 1") + "30:17,20|18,9:16,5:0.999", "17/17 false"),
            ("GangSTR without a threshold of expansion: it writes -1 (EXPTHRESH, QEXP)",
             GANGSTR.replace("DP:Q 1", "DP:QEXP:Q 1").replace("GRID=1,8", "GRID=1,8;EXPTHRESH=-1")
             + "30:-1,-1,-1:0.999", "17/17 false"),
            ("GangSTR: many reads lie within alleles that reads enclose (RC)",
             GANGSTR.replace("DP:Q 1", "DP:RC:ENCLREADS:Q 1") + "30:10,9,9,2:17,10:0.999",
             "17/17 unknown (many reads within an allele that reads span (RC))"),
            ("split by ALT (`bcftools norm`), 0 for the other ALT",
             size("<STR18>", "GT:REPCN 1/0:18/19") + "\n" + size("<STR19>", "GT:REPCN 0/1:18/19"), "18/19 false"),
            ("split by ALT, the other row lost", size("<STR18>", "GT:REPCN 1/0:18/19"),
             "18/19 unknown (REPCN says otherwise than GT and ALT)"),
            ("GT and REPCN that disagree", size("<STR45>", "GT:REPCN 0/0:20/45"),
             "20/45 unknown (REPCN says otherwise than GT and ALT)"),
            ("Stranger's word on the sizes (STR_STATUS)", stranger("normal", 20, 30), "20/18 false"),
            ("a word that is of no size beside it", stranger("full_mutation", 20, 30), STRANGE),
            ("the same without the sizes that part its words", stranger("full_mutation"), STRANGE),
            ("a word of other limits than the rule set's", stranger("pre_mutation", 10, 40), "20/18 false"),
            ("one that is less than its size", stranger("normal", 20, 30, alt="<STR45>", sizes="20/45"),
             STRANGE.replace("18", "45")),
            ("the gravest of two words, in both rows that were split by ALT", stranger("full_mutation", 20, 30,
             alt="<STR18>", sizes="18/45", gt="1/0") + "\n" + stranger("full_mutation", 20, 30, alt="<STR45>",
             sizes="18/45"), "18/45 true"),
            ("in each such row its own word", stranger("normal", 20, 30, alt="<STR18>", sizes="18/45", gt="1/0") + "\n"
             + stranger("full_mutation", 20, 30, alt="<STR45>", sizes="18/45"), "18/45 true"),
            ("of TRGT's count", TRGT.replace("END=", f"{FULL};END=") + "15,15:1,1", STRANGE.replace("20/18", "17/17")),
            ("of a motif among several, which it counts in its own way",
             TRGT.replace("MOTIFS=CAG", f"MOTIFS=CAG,CCG;{FULL}").replace("17,17", "17_9,17_9") + "15,15:1,1",
             "17/17 false"),
            ("start off by one", size("<STR45>", "GT:REPCN 0/1:20/45", pos=12001), "20/45 true"),
            ("motif in another phase", size("<STR45>", "GT:REPCN 0/1:20/45", info="END=12060;REF=20;RU=GCA"),
             "20/45 true"),
            ("another motif at the place", size("<STR45>", "GT:REPCN 0/1:20/45", info="END=12060;REF=20;RU=CCG"),
             "unknown"),
            ("the name at another place", size("<STR45>", "GT:REPCN 0/1:20/45", pos=99000, info=
                "END=99060;REF=20;RU=CAG;REPID=R;VARID=R"), "unknown"),
            dress={"meta": STR_META},
        ),
        Row(says="a laboratory's own result", records="", asked="R",
            declared={"repeat_sizes": {"R": {"sizes": "20/>45", "source": "RP-PCR"}}}, answer="20/>=46 true"),
    ],
    "Deletions of a gene whose mechanism is loss of function": [
        *rows(
            "G3 deleted",
            ("whole gene, heterozygous", large("<DEL>", "GT 0/1"), "true"),
            ("whole gene, not carried", large("<DEL>", "GT 0/0"), "unknown"),
            ("whole gene, by copy number (DRAGEN, GATK)", large("<DEL>", "GT:CN 0/1:1"), "true"),
            ("GT and CN that disagree", large("<DEL>", "GT:CN 0/1:2"), "unknown"),
            ("a part of the gene, not annotated", large("<DEL>", "GT 0/1", pos=5400, end=5600), "unknown"),
            ("beside the gene", large("<DEL>", "GT 0/1", pos=6500, end=7000), "unknown"),
            ("imprecise, ends far outside the gene",
             large("<DEL>", "GT 0/1", info=";IMPRECISE;CIPOS=-50,50;CIEND=-50,50"), "true"),
            ("imprecise, ends that may miss the gene",
             large("<DEL>", "GT 0/1", info=";IMPRECISE;CIPOS=-50,500;CIEND=-50,50"), "unknown"),
            ("imprecise, how far not said", large("<DEL>", "GT 0/1", info=";IMPRECISE"), "unknown"),
            ("filtered", large("<DEL>", "GT 0/1", filters="LowQual"), "unknown"),
            ("the segment's own quality is low (gCNV's QS)", large("<DEL>", "GT:CN:QS 0/1:1:5"), "unknown"),
            ("the segment's own quality is high", large("<DEL>", "GT:CN:QS 0/1:1:60"), "true"),
            ("the copy number's quality is low (CNQ)", large("<DEL>", "GT:CN:CNQ 0/1:1:3"), "unknown"),
            ("read depth shows all copies (GATK-SV's RD_CN)", large("<DEL>", "GT:RD_CN 0/1:2"), "unknown"),
            ("read depth shows a lost copy", large("<DEL>", "GT:RD_CN 0/1:1"), "true"),
            ("the same as a share of what is expected (DRAGEN's SM)", large("<DEL>", "GT:CN:SM 0/1:1:0.98"), "unknown"),
            ("half of what is expected", large("<DEL>", "GT:CN:SM 0/1:1:0.51"), "true"),
            ("the same beside the bases around (duphold's DHFFC)", large("<DEL>", "GT:DHFFC 0/1:1.02"), "unknown"),
            ("the same beside the genome (CNVnator's natorRD)", large("<DEL>", "GT 0/1", info=";natorRD=0.95"),
             "unknown"),
            ("two of thirty reads (DR of SURVIVOR)", large("<DEL>", "GT:DR 0/1:28,2"), "unknown"),
            ("no read over the junction (Manta's PR and SR)", large("<DEL>", "GT:PR:SR 0/1:40,0:30,0"), "unknown"),
            ("reads over the junction", large("<DEL>", "GT:PR:SR 0/1:20,18:15,0"), "true"),
            ("two of thirty reads (DR and DV of Sniffles)", large("<DEL>", "GT:DR:DV 0/1:28:2"), "unknown"),
            ("the share of its reads, in INFO alone (Sniffles' VAF)",
             large("<DEL>", "GT 0/1", info=";SUPPORT=1;VAF=0.03"), "unknown"),
            ("a share as junctions give it", large("<DEL>", "GT 0/1", info=";SUPPORT=9;VAF=0.21"), "true"),
            ("no piece of evidence (Lumpy's SU)", large("<DEL>", "GT 0/1", info=";SU=0;PE=0;SR=0"), "unknown"),
            ("no piece of evidence in the sample (SU)", large("<DEL>", "GT:SU:PE:SR 0/1:0:0:0"), "unknown"),
            ("no read (SUPPORT of Sniffles and SVIM, RE of cuteSV)", large("<DEL>", "GT 0/1", info=";SUPPORT=0"),
             "unknown"),
            ("some pieces of evidence", large("<DEL>", "GT:SU 0/1:4", info=";SU=4"), "true"),
            ("no piece of evidence when it was found, and reads when it was genotyped (SVTyper)",
             large("<DEL>", "GT:SU:DP:RO:AO 0/1:0:60:31:29"), "true"),
            ("a sixth of the reads, as junctions give them (SVTyper's RO and AO)",
             large("<DEL>", "GT:DP:RO:AO 0/1:73:61:12"), "true"),
            ("homozygous, and half of the reads over the junction are of REF",
             large("<DEL>", "GT:PR:SR 1/1:20,18:15,14"), "unknown"),
            ("no pair and no split read (Delly's PE and SR)", large("<DEL>", "GT 0/1", info=";PE=0;SR=0"), "unknown"),
            ("reads of REF at either end (TIDDIT's DR and RR)",
             large("<DEL>", "GT:DV:RV:RR:DR 0/1:0:0:10,10:10,10"), "unknown"),
            ("the same with reads of the deletion", large("<DEL>", "GT:DV:RV:RR:DR 0/1:9:8:10,10:10,10"), "true"),
            ("another number of copies is likelier (gCNV's CNLP)",
             large("<DEL>", "GT:CN:CNLP:CNQ 0/1:1:200,60,0,40:60"), "unknown"),
            ("this one is", large("<DEL>", "GT:CN:CNLP:CNQ 0/1:1:200,0,60,240:60"), "true"),
            ("the same as logarithms (CNL)", large("<DEL>", "GT:CN:CNL 0/1:1:-20,-9,0,-5"), "unknown"),
            ("no likelihood of this number (CNP)", large("<DEL>", "GT:CN:CNP 0/1:1:0"), "unknown"),
            ("a number of copies as a fraction (VCF 4.4)", large("<DEL>", "GT:CN 0/1:1.0"), "true"),
            ("nearly all copies by depth (DRAGEN's CNF)", large("<DEL>", "GT:CN:CNF 0/1:1:1.9"), "unknown"),
            ("the depth of bins or of the chromosome (duphold's DHBFC, DHFC)",
             large("<DEL>", "GT:DHBFC:DHFC 0/1:0.5:1.02"), "unknown"),
            ("which yield to that of the bases around (DHFFC)", large("<DEL>", "GT:DHFC:DHFFC 0/1:0.9:0.5"), "true"),
            ("reads that fit elsewhere, too (CNVnator's natorQ0)",
             large("<DEL>", "GT 0/1", info=";natorRD=0.5;natorQ0=0.9"), "unknown"),
            ("in some cells (SUBCLONAL)", large("<DEL>", "GT 0/1", info=";SUBCLONAL"), "unknown"),
            ("longer than 10 Mb", large("<DEL>", "GT 0/1", end=11_000_000), "unknown"),
            ("a believed heterozygous call inside it", large("<DEL>", "GT 0/1") + "\n" + snv("0/1"), "unknown"),
            ("a homozygous call inside it", large("<DEL>", "GT 0/1") + "\n" + snv("1/1"), "true"),
            ("a homozygous call inside a homozygous one", large("<DEL>", "GT 1/1") + "\n" + snv("1/1"), "unknown"),
            ("a heterozygous call inside it that is not believed",
             large("<DEL>", "GT 0/1") + "\n" + snv("0/1:3", "GT:DP"), "true"),
            ("a heterozygous call outside it", large("<DEL>", "GT 0/1") + "\n" + snv("0/1", pos=6500), "true"),
            ("once carried, once not", large("<DEL>", "GT 0/1") + "\n" + large("<DEL>", "GT 0/0"), "unknown"),
            ("a duplication over the gene", large("<DUP>", "GT 0/1"), "unknown"),
            ("an inversion over the gene", large("<INV>", "GT 0/1"), "unknown"),
            ("no record, in a file of structural variants", "", "unknown"),
            dress={"meta": SV_META},
        ),
        *rows("G3 deleted", ("no record, and the caller declares that absent means reference", "", "false"),
              dress={"meta": SV_META}, declared={"absent": "reference"}),
        *rows("G3 deleted", ("no record, in a file that declares no structural variants", "", "unknown"),
              declared={"absent": "reference"}),
    ],
    "Mitochondrial DNA (ignored below 0.1, counts from 0.6)": [
        *rows(
            "MT",
            ("most copies carry it", mito("GT:AF 0/1:0.8"), "true"),
            ("grey fraction", mito("GT:AF 0/1:0.3"), "unknown"),
            ("below the band", mito("GT:AF 0/1:0.02"), "false"),
            ("fraction from allele depths", mito("GT:AD 0/1:10,90"), "true"),
            ("no fraction", mito("GT 1/1"), "unknown"),
            ("two fields that disagree", mito("GT:AD:AF 0/1:3900,100:0.72"), "unknown"),
            ("an interval of the share that is wide (MToolBox' CILOW and CIUP)",
             mito("GT:DP:HF:CILOW:CIUP 0/1:12:0.65:0.35:0.88"), "unknown"),
            ("a narrow one", mito("GT:DP:HF:CILOW:CIUP 0/1:4848:0.72:0.70:0.74"), "true"),
            ("most reads show no named allele", mito("GT:DP:AD 0/1:5000:100,900"), "unknown"),
            ("called reference, by reads that show it", mito("GT:AD 0/0:1000,3000"), "unknown"),
            ("filtered", mito("GT:AF 0/1:0.8", filters="LowQual"), "unknown"),
            ("not carried", mito("GT:AF 0/0:0"), "false"),
        ),
        Row(says="hg19's chrM of 16,571 bases", records=mito("GT:AF 0/1:0.8"), asked="MT",
            dress={"declared": [*vcfs.contigs()[:-1], "chrM,length=16571"]}, answer="unknown"),
    ],
    "Annotations": [
        *rows(
            "G3",
            ("stop in a gene whose mechanism is loss of function", lost(), "true"),
            ("in the last exon", lost(EXON="9/9"), "false"),
            ("exon not said", lost(EXON=""), "unknown"),
            ("frequency missing: unknown, not zero", lost(gnomADg_AF=""), "unknown"),
            ("common", lost(gnomADg_AF="0.01"), "false"),
            ("a gene's old name, with its HGNC id", lost(SYMBOL="ELSE"), "true"),
            ("several terms", lost(Consequence="stop_gained&splice_region_variant"), "true"),
            ("no MANE Select transcript", lost(MANE_SELECT=""), "unknown"),
            ("another consequence", lost(Consequence="synonymous_variant"), "false"),
            ("not carried", lost("GT 0/0"), "false"),
            ("not carried, by a record that is not believed", lost("GT:DP 0/0:3"), "unknown"),
            ("no call of it", lost("GT ./."), "unknown"),
            ("half a call without it", lost("GT 0/."), "unknown"),
            ("no call of what does nothing that is asked", lost("GT ./.", Consequence="synonymous_variant"), "false"),
            ("no call of what is common", lost("GT ./.", gnomADg_AF="0.01"), "false"),
            ("low quality", lost("GT:GQ 0/1:5"), "unknown"),
            dress={"meta": META}, declared={"absent": "reference"},
        ),
        *rows("G3", ("no variant, the gene not covered", "", "unknown"), dress={"meta": META}),
        *rows("G3", ("no variant, the gene covered", "3 4900 A <NON_REF> PASS END=6100 GT:DP 0/0:30", "false"),
              dress={"meta": META}),
        *rows("G5", ("stop in a gene with another mechanism", lost(chrom="5"), "false"),
              dress={"meta": META}, declared={"absent": "reference"}),
        *rows(
            "G5 by ClinVar",
            ("ClinVar: pathogenic, one star", lost(chrom="5", clinvar=
             ";CLNSIG=Pathogenic;CLNREVSTAT=criteria_provided,_single_submitter"), "true"),
            ("no star", lost(chrom="5", clinvar=";CLNSIG=Pathogenic;CLNREVSTAT=no_assertion_criteria_provided"),
             "false"),
            ("conflicting", lost(chrom="5", clinvar=
             ";CLNSIG=Conflicting_classifications_of_pathogenicity;CLNREVSTAT=criteria_provided,_single_submitter"),
             "unknown"),
            ("a risk factor", lost(chrom="5", clinvar=
             ";CLNSIG=risk_factor;CLNREVSTAT=criteria_provided,_single_submitter"), "false"),
            dress={"meta": META}, declared={"absent": "reference"},
        ),
    ],
    "Annotations that leave a gene or ClinVar's word open": [
        *rows(
            "G3",
            ("VEP's most severe line, which names no gene", lost(SYMBOL="", HGNC_ID="", Feature="", MANE_SELECT=""),
             "unknown"),
            ("the same, of an intron",
             lost(SYMBOL="", HGNC_ID="", Feature="", MANE_SELECT="", Consequence="intron_variant"), "false"),
            ("no consequence", lost(Consequence=""), "unknown"),
            ("a consequence in other words (VEP's `--terms display`)", lost(Consequence="STOP_GAINED"), "unknown"),
            ("a consequence that says no more than where", lost(Consequence="coding_sequence_variant"), "unknown"),
            ("the same of a transcript", lost(Consequence="coding_transcript_variant"), "unknown"),
            ("a consequence that says nothing", lost(Consequence="sequence_variant"), "unknown"),
            ("the same beside one that is asked for",
             lost(Consequence="stop_gained&coding_sequence_variant"), "true"),
            ("another gene alone", lost(SYMBOL="ELSE", HGNC_ID="HGNC:99"), "unknown"),
            ("outside of the transcript", lost(Consequence="upstream_gene_variant", MANE_SELECT=""), "unknown"),
            ("a gene's old name, in other letters, without an id", lost(SYMBOL="old3", HGNC_ID=""), "true"),
            dress={"meta": META}, declared={"absent": "reference"},
        ),
        *rows(
            "G5 by ClinVar",
            *(
                (says, lost(chrom="5", Consequence="missense_variant", clinvar=f";{clinvar}"), answer)
                for says, clinvar, answer in (
                    ("a review status in words that ClinVar does not use",
                     "CLNSIG=Pathogenic;CLNREVSTAT=criteria_provided,_multiple_submitters,_concordant", "unknown"),
                    ("no review status", "CLNSIG=Pathogenic", "unknown"),
                    ("a significance in words that ClinVar does not use", "CLNSIG=Patogenic;CLNREVSTAT=single",
                     "unknown"),
                    ("percent-encoded", "CLNSIG=Pathogenic%2FLikely_pathogenic;"
                     "CLNREVSTAT=criteria_provided%2C_single_submitter", "true"),
                    ("escaped by ANNOVAR", r"CLNSIG=Pathogenic;CLNREVSTAT=criteria_provided\x2c_single_submitter",
                     "true"),
                    ("by number, of this ALT (CLNALLE)", "CLNSIG=5;CLNREVSTAT=single;CLNALLE=1", "true"),
                    ("by number, of another allele (CLNALLE)", "CLNSIG=5;CLNREVSTAT=single;CLNALLE=0", "unknown"),
                    ("of this change (CLNHGVS)", "CLNSIG=Pathogenic;CLNREVSTAT=single;"
                     "CLNHGVS=NC_000005.10:g.5100G>A", "true"),
                    ("of another change of the base (CLNHGVS)", "CLNSIG=Pathogenic;CLNREVSTAT=single;"
                     "CLNHGVS=NC_000005.10:g.5100G>C", "unknown"),
                    ("of another base (CLNHGVS)", "CLNSIG=Pathogenic;CLNREVSTAT=single;"
                     "CLNHGVS=NC_000005.10:g.5103G>A", "unknown"),
                    ("of this change, by its place on the other build (CLNHGVS)", "CLNSIG=Pathogenic;CLNREVSTAT=single;"
                     "CLNHGVS=NC_000005.9:g.5103G>A", "true"),
                    ("of a deletion (CLNVC)", "CLNSIG=Pathogenic;CLNREVSTAT=single;CLNVC=Deletion", "unknown"),
                    ("in a field that is not read, which says pathogenic", "dbNSFP_clinvar_clnsig=Pathogenic",
                     "unknown"),
                    ("of an indel (CLNHGVS)", "CLNSIG=Pathogenic;CLNREVSTAT=single;"
                     "CLNHGVS=NC_000005.10:g.5101_5102del", "unknown"),
                    ("what submitters say of a conflict (CLNSIGCONF) decides nothing", "CLNSIG=Conflicting_"
                     "classifications_of_pathogenicity;CLNREVSTAT=conf;CLNSIGCONF=Pathogenic(9)", "unknown"),
                    ("of a haplotype it is a part of (CLNSIGINCL)", "CLNSIGINCL=9:Pathogenic", "false"),
                    ("VEP's CLIN_SIG is of any allele", "CLIN_SIG=pathogenic", "unknown"),
                    ("low penetrance", "CLNSIG=Pathogenic,_low_penetrance;CLNREVSTAT=single", "unknown"),
                    ("low penetrance, by one submitter of several",
                     "CLNSIG=Pathogenic/Pathogenic,_low_penetrance;CLNREVSTAT=mult", "unknown"),
                    ("a risk allele, by one submitter of several",
                     "CLNSIG=Pathogenic/Likely_risk_allele;CLNREVSTAT=mult", "unknown"),
                )
            ),
            dress={"meta": META}, declared={"absent": "reference"},
        ),
    ],
    "Carried, and not explained by any annotation": [
        *rows(
            "G3",
            ("a substitution without annotation", bare("G A", "GT 0/1"), "unknown"),
            ("an insertion without annotation", bare("G GA", "GT 0/1"), "unknown"),
            ("any other allele, as a GT that names `<NON_REF>`", bare("G <NON_REF>", "GT 0/1"), "unknown"),
            ("the same beside a named one", bare("G A,<*>", "GT 0/2"), "unknown"),
            ("of low quality", bare("G A", "GT:GQ 0/1:5"), "unknown"),
            ("not carried", bare("G A", "GT 0/0"), "false"),
            ("the consequence of another ALT alone", lost(Allele="T", Consequence="intron_variant"), "unknown"),
            ("its own, of an intron", lost(Consequence="intron_variant"), "false"),
            ("no consequence, and common", bare("G A", "GT 0/1", "gnomADg_AF=0.2"), "false"),
            ("outside of the gene", bare("G A", "GT 0/1", pos=4900), "false"),
            dress={"meta": META}, declared={"absent": "reference"},
        ),
        *rows(
            "G7",
            ("a substitution in an exon", bare("G A", "GT 0/1", chrom="7", pos=5150), "unknown"),
            ("in the splice region beside it", bare("G A", "GT 0/1", chrom="7", pos=5207), "unknown"),
            ("deeper in the intron", bare("G A", "GT 0/1", chrom="7", pos=5208), "false"),
            ("a deletion that reaches into a splice region", bare("GACGT G", "GT 0/1", chrom="7", pos=5088), "unknown"),
            dress={"meta": META}, declared={"absent": "reference"},
        ),
    ],
    "ANNOVAR's annotation": rows(
        "G8",
        ("a stop; which exon is the last is not told", of_annovar("G A", annovar()), "unknown"),
        ("a common one", of_annovar("G A", annovar(more="gnomAD_exome_ALL=0.2")), "false"),
        ("synonymous, the gravest of all transcripts", of_annovar("G A", silent()), "false"),
        ("of an intron, likewise", of_annovar("G A", annovar("intronic", ".", ".")), "false"),
        ("a frameshift of another transcript",
         of_annovar("G GA", annovar(change="frameshift_insertion", listed="G8:ENST7:exon1:c.97dupC:p.T33fs")),
         "unknown"),
        ("a deletion in frame of another transcript",
         of_annovar("GACG G", annovar(change="nonframeshift_deletion", listed="G8:ENST7:exon1:c.97_99del:p.T33del")),
         "unknown"),
        ("the same of the gene's own transcript",
         of_annovar("GACG G", annovar(change="nonframeshift_deletion", listed="G8:ENST1:exon1:c.97_99del:p.T33del")),
         "false"),
        ("a splice donor of the gene's own transcript, which is not asked for",
         of_annovar("G A", annovar("splicing", ".", ".", "ENST1:exon1:c.40+1G>A")), "false"),
        ("a splice site, of which the transcript is not told",
         of_annovar("G A", annovar("splicing", ".", ".")), "unknown"),
        ("not known", of_annovar("G A", annovar(change="unknown", listed="UNKNOWN")), "unknown"),
        ("of another gene alone", of_annovar("G A", annovar("intronic", ".", ".", gene="ELSE")), "unknown"),
        ("the second of two ALTs, by its own block",
         of_annovar("G C,A", f"{annovar()};{silent()}", "GT 0/2"), "false"),
        ("the first of two ALTs, likewise",
         of_annovar("G C,A", f"{annovar()};{silent()}"), "unknown"),
        ("one ALT of two that were split, which has the blocks of both",
         of_annovar("G A", f"{silent()};{annovar()}"), "unknown"),
        dress={"meta": ANNOVAR_META}, declared={"absent": "reference"},
    ),
    "ClinVar's conditions, where a criterion asks for ALS": [
        *rows(
            "G6 by ClinVar for ALS",
            ("by name, of any type", for_condition("CLNDN=Amyotrophic_lateral_sclerosis_type_4"), "true"),
            ("by name, in other letters",
             for_condition("CLNDN=AMYOTROPHIC_LATERAL_SCLEROSIS_4,_JUVENILE|not_provided"), "true"),
            ("by id", for_condition("CLNDN=ALS4;CLNDISDB=MONDO:MONDO:0004976,OMIM:602433"), "true"),
            ("one of several conditions",
             for_condition("CLNDN=Spastic_paraplegia_10|Amyotrophic_lateral_sclerosis_type_4"), "true"),
            ("another condition", for_condition("CLNDN=Spastic_paraplegia_10"), "false"),
            ("another condition, and one that is not said",
             for_condition("CLNDN=Spastic_paraplegia_10|not_provided"), "unknown"),
            ("no condition is said", for_condition("CLNDN=not_provided"), "unknown"),
            ("no condition in the file", for_condition(""), "unknown"),
            ("ids of another database alone", for_condition("CLNDISDB=MedGen:C1854489"), "unknown"),
            ("that of a haplotype it is a part of",
             for_condition("CLNDNINCL=Amyotrophic_lateral_sclerosis_type_4"), "unknown"),
            dress={"meta": META}, declared={"absent": "reference"},
        ),
    ],
    "Filled in by `bcftools +setGT -n 0`, as the header says": rows(
        "SNV",
        ("reference without reads", site("GT:DP:AD 0/0:.:."), "assumed_reference: carried false, every copy false"),
        ("reference with reads", site("GT:DP:AD 0/0:30:30,0"), "called: carried false, every copy false"),
        ("reference with a quality", site("GT:GQ 0/0:60"), "called: carried false, every copy false"),
        ("heterozygous", site("GT:DP 0/1:."), "called: carried true, every copy false"),
        dress={"meta": ["##bcftools_pluginCommand=plugin +setGT in.bcf -- -t . -n 0"]},
    ),
    "Written by a program that imputes, as `##source` says": rows(
        "SNV",
        ("without reads: what was imputed looks as what was read", site("GT 0/1"), f"no_call: {OPEN}"),
        ("the reference, too", site("GT 0/0"), f"no_call: {OPEN}"),
        ("marked as read", site("GT 0/1", info="TYPED"), "called: carried true, every copy false"),
        ("with reads", site("GT:AD 0/1:15,15"), "called: carried true, every copy false"),
        ("with its score, which a rule set may accept", site("GT:DS 0/1:1", info="R2=0.99"),
         f"low_quality: {OPEN} (imputed, and the rule set believes no imputed genotype)"),
        dress={"meta": ["##source=Minimac4.v1.0.2"]},
    ),
    "Written by Beagle, which imputes what is missing, and markers that nobody read": rows(
        "SNV",
        ("without a mark: it may have been imputed", site("GT 0|1"), f"no_call: {OPEN}"),
        ("the reference, too", site("GT 0|0"), f"no_call: {OPEN}"),
        ("a marker that was read", site("GT 0|1", info="DR2=1.00"), "called: carried true, every copy false"),
        ("with reads", site("GT:AD 0|1:15,15"), "called: carried true, every copy false"),
        dress={"meta": ['##source="beagle.22Jul22.46e.jar"']},
    ),
    **{
        f"Phased by {who}, which fills in what is missing": rows(
            "SNV",
            ("an ALT without reads", site("GT 0|1"), f"no_call: {OPEN}"),
            ("reference without reads", site("GT 0|0"), "assumed_reference: carried false, every copy false"),
            ("an ALT with reads", site("GT:AD 0|1:15,15"), "called: carried true, every copy false"),
            dress={"meta": [line]},
        )
        for who, line in (("SHAPEIT", "##source=shapeit4.1.3"), ("Eagle", "##eagleCommand=eagle --vcf a --outPrefix b"))
    },
    "Phased by Eagle, which was told to leave what is missing": rows(
        "SNV",
        ("an ALT", site("GT 0|1"), "called: carried true, every copy false"),
        ("reference", site("GT 0|0"), "called: carried false, every copy false"),
        dress={"meta": ["##eagleCommand=eagle --vcf in.bcf --noImpMissing --outPrefix out"]},
    ),
    "Filled in by `bcftools +setGT -n M`, as the header says": rows(
        "SNV",
        ("reference without reads", site("GT 0/0"), "assumed_reference: carried false, every copy false"),
        ("an ALT without reads", site("GT 0/1"), "no_call: carried unknown, every copy unknown"),
        ("an ALT with reads", site("GT:AD 0/1:15,15"), "called: carried true, every copy false"),
        dress={"meta": ["##bcftools_pluginCommand=plugin +setGT in.bcf -- -t . -n M"]},
    ),
    "Written over calls that fail a test by `bcftools +setGT -t q -n 0`, as the header says": rows(
        "SNV",
        ("reference with depth and quality", site("GT:DP:GQ 0/0:30:60"), f"no_call: {OPEN} ({OVERWRITTEN})"),
        ("reference with reads of each allele", site("GT:AD 0/0:30,0"), "called: carried false, every copy false"),
        ("reference with likelihoods", site("GT:PL 0/0:0,60,600"), "called: carried false, every copy false"),
        ("a block, which no test has overwritten", block("<NON_REF>", "GT:DP 0/0:30"),
         "reference: carried false, every copy false"),
        dress={"meta": ["##bcftools_pluginCommand=plugin +setGT in.bcf -- -t q -n 0 -i 'GQ<20'"]},
    ),
    "Several files": [
        Row(says="agree", records=site("GT 0/1"), other=site("GT:DP 0/1:30"),
            answer="called: carried true, every copy false"),
        Row(says="contradict each other", records=site("GT 0/1"), other=site("GT 0/0"),
            answer="conflict: carried unknown, every copy unknown (two records: 0/1 and 0/0)"),
        Row(says="a reference block and a variant", records=block("<NON_REF>", "GT:DP 0/0:30"), other=site("GT 0/1"),
            answer="conflict: carried unknown, every copy unknown (two records: 0/1 and )"),
        Row(says="two alleles of a recessive gene, each in its own file, with `|` and one set's name", asked="G2",
            records="2 5000 C T PASS . GT:PS 0|1:9", other="2 5010 G A PASS . GT:PS 1|0:9", answer="unknown"),
        Row(says="one says nothing", records="", other=site("GT 0/1"), answer="called: carried true, every copy false"),
    ],
}  # fmt: skip


def all_rows() -> Iterator[tuple[str, Row]]:
    """Every row with its section."""
    for name, rows in SECTIONS.items():
        for row in rows:
            yield name, row


def page() -> str:
    """The tables of docs/genotypes.md."""
    return _fields() + "\n".join(f"## {name}\n\n{_table(rows)}" for name, rows in SECTIONS.items())


def _fields() -> str:
    lines = ["| field | written by | says | record | read as |", "| --- | --- | --- | --- | --- |"]
    lines += [
        f"| {each.name} | {each.callers} | {each.meaning} | `{each.record}` | {each.answer} |".replace("0|1", "0\\|1")
        for each in FIELDS
    ]
    return "## The evidence of a call\n\n" + "\n".join(lines) + "\n\n"


def _table(rows: Sequence[Row]) -> str:
    lines = ["| what the file holds | asked | records | read as |", "| --- | --- | --- | --- |"]
    lines += [f"| {row.says} | {row.asked} | {_shown(row)} | {row.answer} |" for row in rows]
    return "\n".join(lines) + "\n"


def _shown(row: Row) -> str:
    both = [row.records, *([] if row.other is None else [row.other])]
    lines = [line for text in both for line in (text.splitlines() or ["(none)"])]
    return "<br>".join(f"`{line}`".replace("|", "\\|") if line != "(none)" else line for line in lines)
