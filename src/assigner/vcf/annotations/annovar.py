r"""ANNOVAR's annotation of a VCF (`table_annovar.pl -vcfinput`): columns of INFO, and not one list of entries.

Each gene database has five columns, such as `Func.refGene`, `Gene.refGene`, `GeneDetail.refGene`, `ExonicFunc.refGene`
and `AAChange.refGene`; older versions write `_` for the dot. Words are joined with `_`, and `;`, `=` and `,` within a
value stand as `\x3b`, `\x3d` and `\x2c`. All columns from `ANNOVAR_DATE` to `ALLELE_END` are those of one ALT; a
record of several ALTs has as many such blocks, in the order of ALT ("VCF file as input", ANNOVAR documentation).

Func and ExonicFunc are the gravest of all transcripts, and only transcripts on which they hold are listed: AAChange
those of an exonic change, GeneDetail those of a splice site. Of any other transcript a grave change says nothing; a
mild one says that nothing graver is there ("Gene-based annotation", ANNOVAR documentation). ANNOVAR does not count the
exons of a transcript, so whether a change lies in the last one is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Self

from attrs import frozen

from assigner.vcf.annotations.consequences import MISSING, Consequence, Tool
from assigner.vcf.annotations.ontology import is_quiet
from assigner.vcf.records.parsing import NEXT_BLOCK, UNTIED

_COLUMNS = ("Func", "Gene", "GeneDetail", "ExonicFunc", "AAChange")
_JOINED = "\x1f"

_OF_REGIONS = MappingProxyType(
    {
        "UTR5": "5_prime_UTR_variant", "UTR3": "3_prime_UTR_variant", "intronic": "intron_variant",
        "upstream": "upstream_gene_variant", "downstream": "downstream_gene_variant",
        "intergenic": "intergenic_variant", "ncRNA_exonic": "non_coding_transcript_exon_variant",
        "ncRNA_intronic": "non_coding_transcript_variant", "ncRNA_splicing": "non_coding_transcript_variant",
        "ncRNA_UTR5": "non_coding_transcript_exon_variant", "ncRNA_UTR3": "non_coding_transcript_exon_variant",
    }
)  # fmt: skip
"""What Func says of a place outside of coding bases, as Sequence Ontology terms."""

_OF_CHANGES = MappingProxyType(
    {
        "frameshift insertion": "frameshift_variant", "frameshift deletion": "frameshift_variant",
        "frameshift substitution": "frameshift_variant", "frameshift block substitution": "frameshift_variant",
        "stopgain": "stop_gained", "stopgain snv": "stop_gained", "stoploss": "stop_lost", "stoploss snv": "stop_lost",
        "startloss": "start_lost", "nonframeshift insertion": "inframe_insertion",
        "nonframeshift deletion": "inframe_deletion", "nonsynonymous snv": "missense_variant",
        "synonymous snv": "synonymous_variant",
    }
)  # fmt: skip
"""What ExonicFunc says, likewise. Left out is what a block substitution in frame does, which may be anything."""

_MILD = "synonymous_variant"


@frozen(kw_only=True)
class AnnovarGenes:
    """The columns of one gene database.

    Attributes:
        database: as ANNOVAR calls it, such as `refGene`.
        sign: what stands before it in the names of the columns.
    """

    database: str
    sign: str = "."
    tool: Tool = Tool.ANNOVAR
    fields: tuple[str, ...] = ()

    @classmethod
    def declared(cls, keys: Collection[str]) -> tuple[Self, ...]:
        """Those of a header with these INFO keys.

        >>> [each.key for each in AnnovarGenes.declared(["Func.refGene", "Gene.refGene", "ExonicFunc.refGene"])]
        ['Func.refGene']
        """
        found = (re.fullmatch(r"Func([._])(.+)", key) for key in keys)
        each = (cls(database=name[2], sign=name[1]) for name in found if name)
        return tuple(one for one in each if {one._named("Gene"), one._named("ExonicFunc")} <= set(keys))

    @property
    def key(self) -> str:
        """The INFO key that is there whenever a record is annotated."""
        return self._named("Func")

    def _named(self, column: str) -> str:
        return f"{column}{self.sign}{self.database}"

    def value(self, info: Mapping[str, str]) -> str:
        """The columns of a record as one text; `.` of one that is not annotated."""
        if info.get(self.key, ".") in MISSING:
            return "."
        return _JOINED.join(info.get(self._named(column), ".") for column in _COLUMNS)

    def read(self, text: str, _ref: str, alts: Sequence[str], _haplotypes: object = None) -> list[Consequence]:
        """The consequences in a record's columns; of no allele where there are not as many blocks as ALTs."""
        blocks = [list(block) for block in _blocks(text)]
        numbers = range(1, len(alts) + 1) if len(blocks) == len(alts) else [None] * len(blocks)
        return [each for block, number in zip(blocks, numbers, strict=True) for each in _of_block(block, number)]

    def of_allele(self, text: str, ref: str, alts: Sequence[str], number: int) -> Iterator[Consequence]:
        """Those that are surely about one ALT."""
        return (each for each in self.read(text, ref, alts) if each.allele == number)

    def may_be_of_another(self, _text: str, _ref: str, _alt: str) -> bool:
        """Whether its columns name another change; a value is read in full where any gene is at the place."""
        return False

    def names(self, text: str, _ref: str, _alt: str) -> bool:
        """Whether a value is about the only ALT of a record."""
        return len(_blocks(text)) == 1

    def terms(self, text: str) -> Iterator[tuple[str, ...]]:
        """The terms of each consequence of a value, as they are read."""
        return (each.terms for each in self.read(text, "", ()))

    def may_tell(self, text: str, asked: re.Pattern[str], named: Sequence[Collection[str]] = ()) -> bool:
        """Whether a value could hold an asked term or one not understood, or leaves a gene open.

        ANNOVAR lists no transcript of a mild change; so it is read in full where any gene is at the place.
        """
        told = self.read(text, "", ())
        return bool(named) or any(not each.terms or not is_quiet("&".join(each.terms), asked) for each in told)


def of_block(info: Mapping[str, str], allele: int, alts: int) -> Mapping[str, str]:
    """What stands in an allele's own block; nothing where there are not as many blocks, of several, as ALTs.

    >>> info = {"DP": "9", "ANNOVAR_DATE": NEXT_BLOCK.join("12"), "REVEL": NEXT_BLOCK.join(["0.1", "0.9"])}
    >>> of_block(info, 2, 2), of_block(info, 1, 1), of_block({"REVEL": "0.1"}, 1, 1)
    ({'ANNOVAR_DATE': '2', 'REVEL': '0.9'}, {}, {})
    """
    if info.get("ANNOVAR_DATE", "").count(NEXT_BLOCK) + 1 != alts or alts < 2:
        return {}
    return {key: value.split(NEXT_BLOCK)[allele - 1] for key, value in info.items() if NEXT_BLOCK in value}


def outside(info: Mapping[str, str]) -> Mapping[str, str]:
    """What stands outside of the blocks of several alleles, as one value.

    >>> outside({"DP": "9", "REVEL": NEXT_BLOCK.join(["0.1", "0.9"]), "CLNSIG": f"{UNTIED}.{UNTIED}Benign"})
    {'DP': '9'}
    """
    return {key: value for key, value in info.items() if NEXT_BLOCK not in value and UNTIED not in value}


def _blocks(text: str) -> list[tuple[str, ...]]:
    if text in MISSING:
        return []
    columns = [column.split(NEXT_BLOCK) for column in text.split(_JOINED)]
    count = max(map(len, columns))
    return list(zip(*(column if len(column) == count else ["."] * count for column in columns), strict=True))


def _of_block(columns: Sequence[str], allele: int | None) -> Iterator[Consequence]:
    regions, genes, detail, change, listed = map(_plain, columns)
    names = sorted({name for name in re.split("[;,]", genes) if name not in (*MISSING, "NONE")}) or [""]
    parts = regions.split(";")
    paired = genes.split(";") if len(genes.split(";")) == len(parts) > 1 else None
    for at, part in enumerate(parts):
        if part == "exonic":
            yield from _exonic(allele, names, _OF_CHANGES.get(change.replace("_", " ").lower(), change), listed)
        elif part == "splicing":
            yield from _splicing(allele, names, detail)
        else:
            own = names if paired is None else [paired[at]]
            term = _OF_REGIONS.get(part, part)
            yield from (
                Consequence(source=Tool.ANNOVAR, allele=allele, gene_symbol=name, terms=(term,)) for name in own
            )


def _exonic(allele: int | None, names: Sequence[str], term: str, listed: str) -> Iterator[Consequence]:
    """Of each listed transcript the change; of the others nothing is told, unless the change is mild."""
    entries = [entry.split(":") for entry in listed.split(",") if entry.count(":") >= 1]
    for gene, transcript, *more in entries:
        protein = next((part for part in more if part.startswith("p.")), None)
        yield Consequence(
            source=Tool.ANNOVAR,
            allele=allele,
            gene_symbol=gene or None,
            transcript=transcript or None,
            terms=() if "wholegene" in more or _brings_stop(term, protein) else (term,),
            hgvs_c=next((part for part in more if part.startswith("c.")), None),
            hgvs_p=protein,
        )
    if term != _MILD or not entries:
        yield from (Consequence(source=Tool.ANNOVAR, allele=allele, gene_symbol=name or None) for name in names)


def _brings_stop(term: str, protein: str | None) -> bool:
    """Whether a change that is called in frame puts a stop into the protein, which ANNOVAR writes as X.

    >>> _brings_stop("inframe_insertion", "p.Q33delinsXQ"), _brings_stop("inframe_deletion", "p.Q33_L34del")
    (True, False)
    """
    in_frame = term in ("inframe_insertion", "inframe_deletion")
    return in_frame and re.search(r"(delins|ins)[A-Z]*X", protein or "") is not None


def _splicing(allele: int | None, names: Sequence[str], detail: str) -> Iterator[Consequence]:
    """Of each listed transcript which site is changed; of the others nothing is told."""
    for transcript, *more in (entry.split(":") for entry in re.split("[;,]", detail) if ":" in entry):
        coding = next((part for part in more if part.startswith("c.")), "")
        yield Consequence(
            source=Tool.ANNOVAR,
            allele=allele,
            gene_symbol=names[0] if len(names) == 1 else None,
            transcript=transcript,
            terms=(_site(coding),),
            hgvs_c=coding or None,
        )
    yield from (Consequence(source=Tool.ANNOVAR, allele=allele, gene_symbol=name or None) for name in names)


def _site(coding: str) -> str:
    """The splice site that a change touches, by its distance from the exon; `splicing` where that is not told.

    >>> _site("c.168-1G>T"), _site("c.40+2T>C"), _site("c.40+5G>A"), _site("UTR5")
    ('splice_acceptor_variant', 'splice_donor_variant', 'splice_region_variant', 'splicing')
    """
    offsets = [int(each) for each in re.findall(r"(?<=[0-9])[+-][0-9]{1,9}", coding)]
    if not offsets:
        return "splicing"
    if any(offset in (1, 2) for offset in offsets):
        return "splice_donor_variant"
    return "splice_acceptor_variant" if any(offset in (-1, -2) for offset in offsets) else "splice_region_variant"


def _plain(text: str) -> str:
    """A value with its escapes resolved."""
    return re.sub(r"\\x(3b|3d|2c)", lambda found: chr(int(found[1], 16)), text, flags=re.IGNORECASE)
