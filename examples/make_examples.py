"""Writes the example participants beside itself, and the README that lists them: the same bytes each time.

No real person's genome is in them. Places and bases are those of the shipped rule set; the few that it does not have
are in the tables below, with their source. Run it from anywhere:

    python examples/make_examples.py [FOLDER]
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from attrs import evolve, field, frozen

import assigner
from assigner.genome.builds import CHROMS, LENGTHS, Build, contig_of
from assigner.genome.variants import Variant
from assigner.rules.panels import Panel, marker_pos, panel_of
from assigner.synthetic.vcfs import Row, Vcf, repeat_alleles

RULES = assigner.read_rules()
HERE = Path(__file__).resolve().parent

# The base before each repeat on GRCh38 and its units in the reference, as ExpansionHunter 5.0.0 writes them
# (imgag/ngs-bits a public test file); on GRCh37 the base is the same where the region was not turned round.
REPEATS = {
    "C9orf72": ("C", 3),
    "ATXN2": ("G", 23),
    "NIPA1": ("A", 8),
    "AR": ("T", 23),
    "ATXN1": ("G", 30),
    "ATXN3": ("C", 10),
    "ATXN8OS": ("A", 15),
    "HTT": ("C", 19),
    "DMPK": ("C", 20),
    "CNBP": ("A", 20),
    "PABPN1": ("G", 10),
    "LRP12": ("A", 9),
    "GIPC1": ("T", 11),
}
TURNED_ROUND = {"NIPA1"}

# Heterozygous sites of X on GRCh38 that are harmless (NA12878, open data); in this many a sample looks female.
HET_ON_X = (
    Variant("X", 67545316, "TGCAGCA", "T"),
    Variant("X", 67546514, "TGGCGGCGGCGGC", "T"),
    Variant("X", 153743516, "C", "T"),
)

# Variants that the rule set does not list, on GRCh38, with what VEP, gnomAD and ClinVar say of them.
TREM2_Q33X = Variant("6", 41161557, "G", "A")
VCP_R155L = Variant("9", 35065363, "C", "A")
CFAP410_HET = Variant("21", 44333234, "C", "A")


@frozen(kw_only=True)
class Annotation:
    """What the annotated files say of one variant."""

    gene: str
    term: str
    impact: str
    hgvs_c: str
    hgvs_p: str
    exon: str
    frequency: str = ""
    revel: str = ""
    significance: str = ""
    review: str = ""
    condition: str = ""


ANNOTATIONS = {
    TREM2_Q33X: Annotation(
        gene="TREM2", term="stop_gained", impact="HIGH", hgvs_c="c.97C>T", hgvs_p="p.Gln33Ter", exon="2/5",
        frequency="1.6e-05", significance="Pathogenic", review="criteria_provided,_multiple_submitters,_no_conflicts",
        condition="Polycystic_lipomembranous_osteodysplasia_with_sclerosing_leukoencephalopathy_2",
    ),
    VCP_R155L: Annotation(
        gene="VCP", term="missense_variant", impact="MODERATE", hgvs_c="c.464G>T", hgvs_p="p.Arg155Leu", exon="5/17",
        frequency="0", revel="0.95", significance="Pathogenic",
        review="criteria_provided,_multiple_submitters,_no_conflicts",
        condition="Inclusion_body_myopathy_with_Paget_disease_of_bone_and_frontotemporal_dementia_type_1",
    ),
}  # fmt: skip


@frozen(kw_only=True)
class Participant:
    """One example.

    Attributes:
        kind: `g.vcf` with blocks over the panel, or `vep.vcf` with annotated calls only.
        carries: genotypes by allele id, or by variant.
        sizes: repeat sizes with their intervals; those not named are normal. None: no repeat file.
        phase_set: of phased genotypes.
        poor: what is called, but not to be believed.
        meta: lines of the header beside those of its kind.
        stranger: whether there is a second file under the same name, of somebody else.
        options: what the command needs besides.
        gives: exit code and first line of the answer.
    """

    name: str
    about: str
    kind: str
    carries: Mapping[str | Variant, str]
    gives: tuple[int, str]
    sizes: Mapping[str, str] | None = field(factory=dict)
    male: bool = False
    het_on_x: bool = True
    build: Build = Build.GRCH38
    phase_set: int | None = None
    poor: frozenset[str] = frozenset()
    meta: tuple[str, ...] = ()
    stranger: bool = False
    options: tuple[str, ...] = ()
    packed: bool = False

    @property
    def file(self) -> str:
        return f"{self.name}.{self.kind}{'.gz' if self.packed else ''}"

    @property
    def command(self) -> str:
        parts = ["assigner assign", f"examples/{self.file}"]
        if self.stranger:
            parts.append(f"examples/{self.name}.second.vcf")
        if self.sizes is not None:
            parts.append(f"--repeats examples/{self.name}.eh.vcf")
        if self.kind == "vep.vcf":
            parts.append("--callable examples/genes.bed")
        return " ".join([*parts, *self.options])


PARTICIPANTS = (
    Participant(
        name="P001", kind="g.vcf", carries={"VCP-R155H": "0/1"}, gives=(0, "ASSIGNED  CAT3 "),
        about="VCP R155H in a GATK gVCF, normal repeats",
    ),
    Participant(
        name="P002", kind="vep.vcf", carries={"TBK1-Q297X": "0/1", TREM2_Q33X: "0/1"}, gives=(3, "REVIEW  tied "),
        about="TBK1 Q297X is a near-tie; TREM2 has no rating for ALS, so a truncation of it does not separate it",
    ),
    Participant(
        name="P003", kind="vep.vcf", carries={"ANG-S52N": "0/1"}, gives=(0, "ASSIGNED  CAT2 "),
        about="ANG S52N: limited evidence, nothing stronger against it",
    ),
    Participant(
        name="P004", kind="g.vcf", carries={"CHCHD10-R15L": "0/1"}, male=True, build=Build.GRCH37,
        options=("--sex male",), gives=(0, "ASSIGNED  CAT4 "), about="CHCHD10 R15L, a man, GRCh37 without `chr`",
    ),
    Participant(
        name="P005", kind="g.vcf", carries={}, sizes={"C9orf72": "2/640:2-2/410-870"}, gives=(0, "ASSIGNED  CAT3 "),
        about="an expanded C9orf72 repeat",
    ),
    Participant(
        name="P006", kind="vep.vcf", carries={VCP_R155L: "0/1"}, gives=(0, "ASSIGNED  CAT3 "),
        about="VCP R155L is not listed: ClinVar's word in the file, two stars",
    ),
    Participant(
        name="P007", kind="g.vcf", carries={"ALS2-Q1002X": "0|1", "ALS2-S417X": "1|0"}, phase_set=201726842,
        gives=(0, "ASSIGNED  CAT3 "), about="two ALS2 alleles on different haplotypes of one phase set",
    ),
    Participant(
        name="P008", kind="vep.vcf", carries={"TBK1-Q297X": "0/1"}, gives=(3, "REVIEW  tied "),
        about="TBK1 Q297X: two categories within the margin",
    ),
    Participant(
        name="P009", kind="vep.vcf", carries={CFAP410_HET: "0/1"}, gives=(3, "REVIEW  no_evidence "),
        about="looked at everywhere, and nothing but one common risk allele found",
    ),
    Participant(
        name="P010", kind="vep.vcf", carries={"ANG-S52N": "0/1"}, sizes={"C9orf72": "2/33:2-2/24-46"},
        gives=(3, "REVIEW  unsettled "), about="as P003, but the interval of a C9orf72 allele straddles the cut",
    ),
    Participant(
        name="P011", kind="g.vcf", carries={"CHCHD10-R15L": "0/1"}, male=True, sizes={"AR": "46:44-48"},
        options=("--sex male",), gives=(3, "REVIEW  mimic "), about="46 AR repeats in a man: Kennedy disease",
    ),
    Participant(
        name="P012", kind="g.vcf", carries={"SOD1-A5V": "0/1"},
        gives=(3, "REVIEW  tied, unsettled, gene_targeted_therapy "),
        about="SOD1 A5V: its categories are disputed, and tofersen is approved for carriers",
    ),
    Participant(
        name="P013", kind="g.vcf", carries={"CHCHD10-R15L": "0/1"}, options=("--sex male",),
        gives=(3, "REVIEW  sex_mismatch "), about="declared male, two copies of X in the file",
    ),
    Participant(
        name="P014", kind="vep.vcf", carries={"VCP-R155H": "0/1", "SIGMAR1-L95Pfs": "1/1"},
        poor=frozenset({"SIGMAR1-L95Pfs"}),
        gives=(3, "REVIEW  quality "), about="SIGMAR1 L95Pfs, seen in four reads only, beside VCP R155H",
    ),
    Participant(
        name="P015", kind="g.vcf", carries={"VCP-R155H": "0/1"}, packed=True, options=("--quick",),
        gives=(3, "REVIEW  partial_read "), about="as P001, BGZF with its index; only indexed regions are read",
    ),
    Participant(
        name="P016", kind="vep.vcf", carries={"VCP-R155H": "0/1"}, meta=("##tumor_sample=P016",),
        gives=(3, "REVIEW  somatic "), about="as P001, in a file whose header calls the sample a tumour's",
    ),
    Participant(
        name="P017", kind="vep.vcf", carries={"VCP-R155H": "0/1"}, stranger=True,
        gives=(3, "REVIEW  sample_mismatch "), about="as P001, with a second file of somebody else",
    ),
)  # fmt: skip

# ---------------------------------------------------------------------------------------------------------- the records


def spread(text: str, least: int, most: int) -> int:
    """A number that looks drawn, but is always the same for the same text."""
    return least + zlib.crc32(text.encode()) % (most - least + 1)


def carried(who: Participant, panel: Panel) -> dict[Variant, str]:
    named = {panel.variant_by_id[n] if isinstance(n, str) else n: gt for n, gt in who.carries.items()}
    if who.het_on_x and not who.male and who.build is Build.GRCH38:
        named |= dict.fromkeys(HET_ON_X, "0/1")
    return named


def variant_row(who: Participant, variant: Variant, gt: str, *, gvcf: bool, info: str, poor: bool) -> Row:
    depth = 4 if poor else spread(f"{who.name}{variant}", 26, 44)
    copies = gt.replace("|", "/").split("/").count("1")
    own = depth if copies == 2 else depth * spread(str(variant), 44, 54) // 100
    quality = spread(f"{variant}q", 9, 11) if poor else 99 if copies == 1 else 3 * depth
    tail = ",0" if gvcf else ""
    keys, values = "GT:AD:DP:GQ", f"{gt}:{depth - own},{own}{tail}:{depth}:{min(quality, 99)}"
    if who.phase_set is not None and "|" in gt:
        keys, values = f"{keys}:PS", f"{values}:{who.phase_set}"
    return Row(
        chrom=variant.chrom, pos=variant.pos, ref=variant.ref, alt=variant.alt + (",<NON_REF>" if gvcf else ""),
        keys=keys, samples=(values,), info=info, quality=f"{own * 31}.6",
    )  # fmt: skip


def gvcf_rows(who: Participant) -> list[Row]:
    """The calls, and reference blocks from one listed place to the next or 40 bases on."""
    panel = panel_of(RULES, who.build)
    found = carried(who, panel)
    rows = [variant_row(who, v, gt, gvcf=True, info=".", poor=False) for v, gt in found.items()]
    called = {(row.chrom, at) for row in rows for at in range(row.pos, row.end + 1)}
    bases = {(v.chrom, v.pos + at): base for v in panel.alleles for at, base in enumerate(v.ref)}
    places = sorted((CHROMS.index(chrom), pos) for chrom, pos in bases if (chrom, pos) not in called)
    while places:
        (index, start), *_ = places
        chrom, end = CHROMS[index], start
        while places and places[0][0] == index and places[0][1] <= end + 40:
            stop = min((p for c, p in called if c == chrom and p > end), default=places[0][1] + 1)
            if stop <= places[0][1]:
                break
            end = places.pop(0)[1]
        until = min([end + 40, *(p - 1 for c, p in called if c == chrom and p > end)])
        until = min([until, LENGTHS[who.build][chrom], *(p - 1 for i, p in places[:1] if i == index)])
        rows.append(block(who, chrom, start, until, bases[chrom, start]))
    return rows


def block(who: Participant, chrom: str, start: int, end: int, base: str) -> Row:
    gt = "0" if who.male and chrom == "X" else "0/0"
    name = f"{who.name}{chrom}{start}"
    deep = spread(name, 1800, 2600) if chrom == "MT" else spread(name, 24, 46)
    deep = deep // 2 if gt == "0" else deep
    least = deep - spread(f"{name}m", 0, 6)
    likelihoods = f"0,{45 * least}" if gt == "0" else f"0,{3 * least},{45 * least}"
    values = f"{gt}:{deep}:{min(99, 3 * least)}:{least}:{likelihoods}"
    return Row(
        chrom=chrom, pos=start, ref=base, alt="<NON_REF>", keys="GT:DP:GQ:MIN_DP:PL", samples=(values,),
        info=f"END={end}", filters=".",
    )  # fmt: skip


FIELDS = (
    "Allele", "Consequence", "IMPACT", "SYMBOL", "Gene", "Feature_type", "Feature", "BIOTYPE", "EXON", "INTRON",
    "HGVSc", "HGVSp", "cDNA_position", "CDS_position", "Protein_position", "Amino_acids", "Codons",
    "Existing_variation",
    "ALLELE_NUM", "DISTANCE", "STRAND", "FLAGS", "VARIANT_CLASS", "SYMBOL_SOURCE", "HGNC_ID", "CANONICAL",
    "MANE_SELECT", "MANE_PLUS_CLINICAL", "ENSP", "gnomADe_AF", "gnomADg_AF", "gnomADg_AF_grpmax", "MAX_AF", "REVEL",
)  # fmt: skip


def vep_info(variant: Variant) -> str:
    """INFO as VEP and `bcftools annotate` leave it: the MANE Select transcript, then one that is not."""
    seen = ANNOTATIONS.get(variant)
    if seen is None:
        return "."
    gene = next(gene for gene in RULES.content.genes if gene.symbol == seen.gene)
    ensembl, refseq = gene.transcripts
    own = {
        "Allele": variant.alt, "Consequence": seen.term, "IMPACT": seen.impact, "SYMBOL": gene.symbol,
        "Gene": gene.ensembl or "", "Feature_type": "Transcript", "Feature": ensembl, "BIOTYPE": "protein_coding",
        "EXON": seen.exon, "HGVSc": f"{ensembl}:{seen.hgvs_c}", "HGVSp": seen.hgvs_p, "ALLELE_NUM": "1", "STRAND": "-1",
        "VARIANT_CLASS": "SNV", "SYMBOL_SOURCE": "HGNC", "HGNC_ID": gene.hgnc or "", "CANONICAL": "YES",
        "MANE_SELECT": refseq, "gnomADe_AF": seen.frequency, "gnomADg_AF": seen.frequency,
        "gnomADg_AF_grpmax": seen.frequency, "MAX_AF": seen.frequency, "REVEL": seen.revel,
    }  # fmt: skip
    near = {
        "Allele": variant.alt, "Consequence": "upstream_gene_variant", "IMPACT": "MODIFIER", "SYMBOL": gene.symbol,
        "Gene": gene.ensembl or "", "Feature_type": "Transcript", "Feature": "ENST00000999999.1",
        "BIOTYPE": "retained_intron", "ALLELE_NUM": "1", "DISTANCE": "1804", "STRAND": "-1",
    }  # fmt: skip
    csq = ",".join("|".join(each.get(name, "") for name in FIELDS) for each in (own, near))
    return f"CSQ={csq};CLNSIG={seen.significance};CLNREVSTAT={seen.review};CLNDN={seen.condition}"


def vep_rows(who: Participant) -> list[Row]:
    """The calls, annotated, and the common markers."""
    panel = panel_of(RULES, who.build)
    poor = {panel.variant_by_id[name] for name in who.poor}
    found = carried(who, panel)
    rows = [variant_row(who, v, gt, gvcf=False, info=vep_info(v), poor=v in poor) for v, gt in found.items()]
    for marker in panel.markers.values():
        place = (marker.chrom or "", marker_pos(marker, who.build))
        if place not in {(v.chrom, v.pos) for v in found}:
            depth = spread(f"{who.name}{marker.id}", 28, 40)
            rows.append(
                Row(
                    chrom=place[0], pos=place[1], ref=marker.other or "", alt=marker.effect or "", keys="GT:AD:DP:GQ",
                    samples=(f"0/0:{depth},0:{depth}:{min(99, depth * 3)}",),
                )
            )  # fmt: skip
    return [*rows, *(shared_rows(who, "0/1") if who.stranger else ())]


def shared_rows(who: Participant, gt: str) -> Iterator[Row]:
    """Sites away from the genes, at which two files can be held against each other."""
    for at in range(24):
        depth = spread(f"{who.name}{gt}{at}", 28, 40)
        reads = f"0,{depth}" if gt == "1/1" else f"{depth - depth // 2},{depth // 2}"
        yield Row(
            chrom="1", pos=30_000_000 + 1000 * at, ref="A", alt="G", keys="GT:AD:DP:GQ",
            samples=(f"{gt}:{reads}:{depth}:{min(99, depth * 3)}",),
        )  # fmt: skip


def repeat_rows(who: Participant) -> Iterator[Row]:
    panel = panel_of(RULES, who.build)
    for name, (base, units) in REPEATS.items():
        repeat = panel.repeats[name]
        if who.build is Build.GRCH37 and name in TURNED_ROUND:
            continue
        start, end = repeat.grch37 if who.build is Build.GRCH37 else repeat.grch38
        given = (who.sizes or {}).get(name) or normal(who, name, repeat.normal)
        sizes, _, intervals = given.partition(":")
        alleles = [int(size) for size in sizes.split("/")]
        alt, gt = repeat_alleles(units, alleles)
        support = "/".join("SPANNING" if size < 50 else "INREPEAT" for size in alleles)
        reads = "/".join(str(spread(f"{who.name}{name}{at}", 8, 19)) for at in range(len(alleles)))
        few = "/".join("0" if size < 50 else "11" for size in alleles)
        ranges = intervals or "/".join(f"{size}-{size}" for size in alleles)
        values = ":".join([gt, support, sizes, ranges, reads, reads, few, "31.482"])
        info = f"END={end};REF={units};RL={end - start};RU={repeat.motif};VARID={name.upper()};REPID={name.upper()}"
        yield Row(
            chrom=repeat.chrom, pos=start, ref=base, alt=alt,
            keys="GT:SO:REPCN:REPCI:ADSP:ADFL:ADIR:LC", samples=(values,), info=info,
        )  # fmt: skip


def normal(who: Participant, name: str, most: int) -> str:
    """Two normal sizes, or one on a man's X."""
    sizes = sorted(spread(f"{who.name}{name}{at}", max(2, most // 2), max(2, most - 3)) for at in range(2))
    return str(sizes[1]) if who.male and name == "AR" else "/".join(map(str, sizes))


# ----------------------------------------------------------------------------------------------------------- the files

GATK = (
    '##ALT=<ID=NON_REF,Description="Any possible alternative allele not already represented at this location">',
    '##FILTER=<ID=LowQual,Description="Low quality">',
    '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Allelic depths for the ref and alt alleles in that order">',
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Approximate read depth">',
    '##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Genotype Quality">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    '##FORMAT=<ID=MIN_DP,Number=1,Type=Integer,Description="Minimum DP observed within the GVCF block">',
    '##FORMAT=<ID=PL,Number=G,Type=Integer,Description="Normalized, Phred-scaled likelihoods for genotypes">',
    '##FORMAT=<ID=PS,Number=1,Type=Integer,Description="Phasing set">',
    '##INFO=<ID=END,Number=1,Type=Integer,Description="Stop position of the interval">',
)
VEP = (
    '##VEP="v112" cache="homo_sapiens/112_GRCh38" gnomADg="v4.1" ClinVar="202404"',
    '##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. Format: '
    f'{"|".join(FIELDS)}">',
    '##INFO=<ID=CLNSIG,Number=.,Type=String,Description="Aggregate germline classification for this single variant">',
    '##INFO=<ID=CLNREVSTAT,Number=.,Type=String,Description="ClinVar review status of germline classification">',
    '##INFO=<ID=CLNDN,Number=.,Type=String,Description="ClinVar preferred disease name">',
)
EXPANSION_HUNTER = (
    "##source=ExpansionHunter v5.0.0",
    '##INFO=<ID=END,Number=1,Type=Integer,Description="End position of the variant">',
    '##INFO=<ID=REF,Number=1,Type=Integer,Description="Reference copy number">',
    '##INFO=<ID=RL,Number=1,Type=Integer,Description="Reference length in bp">',
    '##INFO=<ID=RU,Number=1,Type=String,Description="Repeat unit in the reference orientation">',
    '##INFO=<ID=VARID,Number=1,Type=String,Description="Variant identifier as specified in the variant catalog">',
    '##INFO=<ID=REPID,Number=1,Type=String,Description="Repeat identifier as specified in the variant catalog">',
    '##FILTER=<ID=LowDepth,Description="The overall locus depth is below 10x">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    '##FORMAT=<ID=SO,Number=1,Type=String,Description="Type of reads that support the allele">',
    '##FORMAT=<ID=REPCN,Number=1,Type=String,Description="Number of repeat units spanned by the allele">',
    '##FORMAT=<ID=REPCI,Number=1,Type=String,Description="Confidence interval for REPCN">',
    '##FORMAT=<ID=ADSP,Number=1,Type=String,Description="Number of spanning reads consistent with the allele">',
    '##FORMAT=<ID=ADFL,Number=1,Type=String,Description="Number of flanking reads consistent with the allele">',
    '##FORMAT=<ID=ADIR,Number=1,Type=String,Description="Number of in-repeat reads consistent with the allele">',
    '##FORMAT=<ID=LC,Number=1,Type=Float,Description="Locus coverage">',
)


def vcf_of(who: Participant, meta: Sequence[str], rows: Iterable[Row]) -> Vcf:
    return Vcf.on(who.build, rows, sample=who.name, meta=("##fileDate=20261122", *meta))


def files_of(who: Participant) -> Iterator[tuple[str, bytes]]:
    if who.kind == "g.vcf":
        vcf = vcf_of(who, (*who.meta, *GATK), gvcf_rows(who))
    else:
        vcf = vcf_of(who, (*who.meta, *GATK[1:], *VEP), vep_rows(who))
    yield who.file, vcf.compressed if who.packed else vcf.content
    if who.packed:
        yield f"{who.file}.tbi", vcf.index
    if who.stranger:
        yield f"{who.name}.second.vcf", vcf_of(who, GATK[1:], shared_rows(who, "1/1")).content
    if who.sizes is not None:
        vcf = vcf_of(who, EXPANSION_HUNTER, repeat_rows(who))
        yield f"{who.name}.eh.vcf", evolve(vcf, contigs=()).content


def genes_bed() -> bytes:
    """The genes of the rule set and 100 bases on either side: where the annotated participants were sequenced."""
    spans = [(CHROMS.index(g.chrom), g.grch38[0] - 101, g.grch38[1] + 100, g.symbol) for g in RULES.content.genes]
    spans += [
        (CHROMS.index(v.chrom), v.pos - 51, v.end + 50, a.gene)
        for v, a in panel_of(RULES, Build.GRCH38).alleles.items()
    ]
    lines = sorted({(c, max(0, a), min(b, LENGTHS[Build.GRCH38][CHROMS[c]]), name) for c, a, b, name in spans})
    inside: dict[int, int] = {}
    found = []
    for index, start, end, name in lines:
        if end > inside.get(index, 0):
            found.append(f"{contig_of(CHROMS[index], Build.GRCH38)}\t{start}\t{end}\t{name}\n")
            inside[index] = end
    return "".join(found).encode()


README = """\
# Example participants

Made by `make_examples.py`; nobody's genome is in them. Run the commands from the folder above this one. `.g.vcf` are
gVCFs as GATK writes them, `.vep.vcf` calls annotated by VEP, `.eh.vcf` repeat sizes as ExpansionHunter writes them;
`genes.bed` says where the annotated participants were sequenced well.

| participant | what it shows | command | answer | exit |
| --- | --- | --- | --- | --- |
"""


def readme() -> bytes:
    rows = [
        f"| {who.name} | {who.about} | `{who.command}` | {' '.join(who.gives[1].split())} | {who.gives[0]} |\n"
        for who in PARTICIPANTS
    ]
    return (README + "".join(rows)).encode()


def files() -> Iterator[tuple[str, bytes]]:
    """Every file by its name."""
    for who in PARTICIPANTS:
        yield from files_of(who)
    yield "genes.bed", genes_bed()
    yield "README.md", readme()


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    for name, content in files():
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    main()
