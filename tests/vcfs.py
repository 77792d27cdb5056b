"""VCFs as tables in the tests, and small rule sets for what the tables hold.

Columns of a table are parted by white space: CHROM POS REF ALT FILTER INFO FORMAT, then a column for each sample.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import build
from assigner.genome.builds import CHROMS, LENGTHS, Build, accession_of
from assigner.profiles.genotypes import Genotype
from assigner.rules import Rules, parse_rules
from assigner.synthetic.bgzf import bgzf, tabix
from assigner.synthetic.vcfs import Row, Vcf
from assigner.vcf.records.record import Record
from assigner.vcf.repeats import RepeatCall, repeat_call

WORD = {"because": "a test", "sources": ["a test"], "status": "confirmed"}
META = (
    '##FILTER=<ID=LowQual,Description="Low quality">',
    '##INFO=<ID=END,Number=1,Type=Integer,Description="Last base">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    '##FORMAT=<ID=FT,Number=1,Type=String,Description="Filters of the sample">',
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">',
    '##FORMAT=<ID=MIN_DP,Number=1,Type=Integer,Description="Least depth of a block">',
    '##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Genotype quality">',
    '##FORMAT=<ID=RGQ,Number=1,Type=Integer,Description="Reference genotype quality">',
    '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Allele depths">',
    '##FORMAT=<ID=AF,Number=A,Type=Float,Description="Allele fractions">',
    '##FORMAT=<ID=PS,Number=1,Type=Integer,Description="Phase set">',
)
STYLES = ("chr", "bare", "refseq")


def named(chrom: str, style: str = "chr", on: Build = Build.GRCH38) -> str:
    """What a file of this style calls a chromosome."""
    if style == "refseq":
        return accession_of(chrom, on)
    return {"chr": "chrM", "bare": "MT"}[style] if chrom == "MT" else {"chr": "chr", "bare": ""}[style] + chrom


def contigs(style: str = "chr", on: Build = Build.GRCH38) -> list[str]:
    """All chromosomes with their lengths, as header lines have them."""
    return [f"{named(chrom, style, on)},length={LENGTHS[on][chrom]}" for chrom in CHROMS]


def vcf(
    table: str,
    *,
    samples: Sequence[str] = ("P1",),
    style: str = "chr",
    on: Build = Build.GRCH38,
    declared: Sequence[str] | None = None,
    meta: Sequence[str] = (),
    version: str = "4.2",
) -> bytes:
    """A VCF whose records are the rows of a table.

    Args:
        table: its rows; CHROM is the chromosome (`21`, `X`, `MT`), and written in the file's style.
        samples: their names.
        style: how contigs are called: one of `STYLES`.
        on: the build whose contigs are declared.
        declared: contigs to declare in place of all.
        meta: more header lines.
        version: of VCF.
    """
    rows = []
    for chrom, pos, ref, alt, filters, info, *rest in (line.split() for line in table.splitlines() if line.strip()):
        assert len(rest) == (len(samples) + 1 if samples else 0), (chrom, pos, rest)
        keys, *values = rest or ["GT"]
        contig = named(chrom, style, on) if chrom in CHROMS else chrom
        rows.append(
            Row(
                chrom=contig,
                pos=int(pos),
                ref=ref,
                alt=alt,
                filters=filters,
                info=info,
                keys=keys,
                samples=tuple(values),
            )
        )
    made = Vcf(
        samples=tuple(samples),
        rows=tuple(rows),
        meta=(*META, *meta),
        contigs=tuple(contigs(style, on) if declared is None else declared),
        version=version,
    )
    return made.content


def written(folder: Path, content: bytes, name: str = "P1.vcf", container: str = "plain") -> Path:
    """The file that holds this text."""
    pack = {"plain": bytes, "gzip": build.gzip, "bgzf": build.bgzf}[container]
    path = folder / name
    path.write_bytes(pack(content))
    return path


def indexed(folder: Path, content: bytes, name: str = "P1.vcf.gz") -> Path:
    """The file as BGZF, with its .tbi beside it."""
    lines = content.decode().splitlines(keepends=True)
    head = "".join(line for line in lines if line.startswith("#"))
    rows = []
    for line in lines[head.count("\n") :]:
        _, pos, _, ref, *_, info = line.split("\t", 8)[:8]
        end = re.search(r"\bEND=([0-9]+)", info)
        rows.append((line, int(pos), int(end[1]) if end else int(pos) + len(ref) - 1))
    path = folder / name
    path.write_bytes(bgzf(content))
    path.with_name(f"{name}.tbi").write_bytes(tabix(head, rows))
    return path


def bcf(folder: Path, content: bytes, name: str = "P1.bcf", mode: str = "wb") -> Path:
    """The same file as BCF, by htslib's writer; `wbu` leaves it uncompressed."""
    import cyvcf2

    source = written(folder, content, f"{name}.vcf")
    path = folder / name
    read = cyvcf2.VCF(str(source))
    out = cyvcf2.Writer(str(path), read, mode=mode)
    for record in read:
        out.write_record(record)
    out.close()
    read.close()
    source.unlink()
    return path


# ------------------------------------------------------------------------------------------------- small rule sets


def allele(name: str, chrom: str, pos: int, ref: str, alt: str, **more: Any) -> dict[str, Any]:
    """A listed allele; on GRCh37 it is 1,000 bases further on, unless `pos37` is given."""
    pos37 = more.pop("pos37", pos if chrom == "MT" else pos + 1000)
    place = {"chrom": chrom, "pos37": pos37, "ref37": ref, "alt37": alt, "pos38": pos, "ref38": ref, "alt38": alt}
    fields = {"gene": f"G{chrom}", "name": name, "class": "pathogenic", "needs": "one", **more}
    return {"id": name, "place": place, **fields, **WORD}


def gene(symbol: str, chrom: str, start: int, end: int, **more: Any) -> dict[str, Any]:
    """A gene that speaks for category A."""
    fields = {"inheritance": "dominant", "validity": "definitive", "shares": [{"category": "A", "share": 900, **WORD}]}
    spans = {"grch37": f"{start + 1000}-{end + 1000}", "grch38": f"{start}-{end}"}
    return {"symbol": symbol, "chrom": chrom, **spans, **fields, **more, **WORD}


def repeat(name: str, motif: str, chrom: str, start: int, end: int, **more: Any) -> dict[str, Any]:
    """A repeat: up to 20 units normal, from 30 on expanded."""
    fields = {"normal": 20, "expanded": 30, "needs": "one", "use": "evidence", "gene": f"G{chrom}", **more}
    spans = {"grch37": f"{start + 1000}-{end + 1000}", "grch38": f"{start}-{end}"}
    return {"id": name, "motif": motif, "chrom": chrom, **spans, **fields, **WORD}


def marker(rsid: str, chrom: str, pos: int, effect: str, other: str) -> dict[str, Any]:
    """A common allele."""
    place = {"chrom": chrom, "pos37": pos + 1000, "pos38": pos, "effect": effect, "other": other}
    return {"id": rsid, "rsid": rsid, "gene": f"G{chrom}", **place, "log_odds": 100, **WORD}


GATES: Mapping[str, Any] = {
    "filters": ["PASS"],
    "unfiltered": "accept",
    "depth": 10,
    "quality": 20,
    "het_balance": "250-750",
    "hom_balance": 900,
    "strict": [],
    "assessed": 950,
}


def rules_of(
    *,
    alleles: Sequence[Mapping[str, Any]] = (),
    genes: Sequence[Mapping[str, Any]] = (),
    repeats: Sequence[Mapping[str, Any]] = (),
    markers: Sequence[Mapping[str, Any]] = (),
    gates: Mapping[str, Any] | None = None,
    **more: Any,
) -> Rules:
    """A small rule set with two categories that asks about all this; genes that are only named are added."""
    parts = (*alleles, *repeats, *markers)
    chroms = {part["gene"]: part.get("chrom") or part["place"]["chrom"] for part in parts}
    known = {each["symbol"] for each in genes}
    added = [gene(name, chrom, 1, 15000) for name, chrom in chroms.items() if name not in known]
    names = [{"id": i, "name": i, "intervention": i, **WORD} for i in ("A", "B")]
    tier = {"tier": 1, "minimum": 300, "margin": 150, "opens": "yes", "because": "a test"}
    reasons = ("tied", "no_evidence", "unsettled", "mimic", "gene_targeted_therapy", "sex_mismatch", "quality")
    policy = dict.fromkeys((*reasons, "partial_read"), "review")
    base = {"tier": 1, "points": 1000, "validity": ["definitive"], **WORD}
    content = {
        "rule_set": {"id": "test", "version": "1", "title": "a test", "status": "draft"},
        "categories": names,
        "decision": {"tiers": [tier], "unsettled_above_ppm": 0, "default_carrier_ppm": 1, "policy": policy, **WORD},
        "gates": {**GATES, **(gates or {}), **WORD},
        "criteria": [
            {"id": "listed", "kind": "listed_allele", "classes": ["pathogenic"], **base},
            {"id": "repeats", "kind": "repeat", **base},
            {"id": "markers", "kind": "marker", **base},
            *more.pop("criteria", ()),
        ],
        "genes": [*genes, *added],
        "alleles": list(alleles),
        "repeats": list(repeats),
        "markers": list(markers),
        **more,
    }
    return parse_rules(json.dumps(content).encode(), name="test.yaml")


def repeat_call_of(
    chrom: str,
    pos: int,
    ref: str,
    alts: Sequence[str],
    filters: Sequence[str],
    info: Mapping[str, str],
    sample: Mapping[str, str],
) -> RepeatCall | None:
    """The repeat call in a record of these columns; a GT that no record may have is left out."""
    genotype = Genotype.parse(sample.get("GT", ""))
    parts = {"ref": ref, "alts": tuple(alts), "filters": tuple(filters), "info": info, "sample": sample}
    return repeat_call(Record(number=1, contig=chrom, chrom=None, pos=pos, genotype=genotype, **parts))
