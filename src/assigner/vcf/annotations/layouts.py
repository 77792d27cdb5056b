"""The INFO fields that hold consequences: the order of their values, and of which allele each entry speaks.

Read are the fields of three programs, recognised by what the header's Description lists, never by the key or by an
assumed order:

- Ensembl VEP (`CSQ`): "Data fields encoded in the VCF INFO field", VEP documentation. Its `Allele` is REF and
  ALT without the first base when they all share it and one differs in length, `-` for nothing;
  `ALLELE_NUM` is exact.
- SnpEff (`ANN`): "Variant annotations in VCF format", version 1.0 (2015). Its `Allele` is the ALT; `ALT-REF`
  compares a tumour with its germline and belongs to no allele of a participant.
  An id of Ensembl's GFF3 files, `transcript:ENST...` or `gene:ENSG...`, stands without what tells its kind, as these
  files have it in `transcript_id` and `gene_id`: "Ensembl GFF3 format", README of their folder.
- bcftools csq (`BCSQ`): bcftools manual, `csq`. A consequence belongs to a haplotype, which FORMAT/BCSQ names;
  without it, to an allele only where the record has one ALT. `@POS` says that it stands in the record at POS.

What cannot be tied to an allele is kept with `allele=None` and must be taken as unknown. SnpEff's older `EFF`
is not read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Any, assert_never
from urllib.parse import unquote

from attrs import frozen

from assigner.genome.hgvs import complement
from assigner.vcf.annotations.clinvar import is_unread_column
from assigner.vcf.annotations.coherence import ACIDS, differing
from assigner.vcf.annotations.consequences import MISSING, Consequence, Tool
from assigner.vcf.annotations.ontology import is_quiet
from assigner.vcf.annotations.vep import CHANGES, vep_alleles
from assigner.vcf.records.compounds import owners

_NEEDED = MappingProxyType(
    {
        Tool.VEP: frozenset({"Consequence", "Feature"}),
        Tool.SNPEFF: frozenset({"Allele", "Annotation", "Feature_ID"}),
        Tool.BCFTOOLS: frozenset({"consequence", "gene", "transcript"}),
    }
)

_TERMS_FIELD = MappingProxyType({Tool.VEP: "Consequence", Tool.SNPEFF: "Annotation", Tool.BCFTOOLS: "consequence"})

_COLUMNS = MappingProxyType(
    {
        Tool.VEP: {
            "gene_symbol": "SYMBOL", "gene_id": "Gene", "transcript": "Feature", "biotype": "BIOTYPE",
            "hgvs_c": "HGVSc", "hgvs_p": "HGVSp", "exon": "EXON", "intron": "INTRON", "lof": "LoF",
        },
        Tool.SNPEFF: {
            "gene_symbol": "Gene_Name", "gene_id": "Gene_ID", "transcript": "Feature_ID",
            "biotype": "Transcript_BioType", "hgvs_c": "HGVS.c", "hgvs_p": "HGVS.p",
        },
        Tool.BCFTOOLS: {"gene_symbol": "gene", "transcript": "transcript", "biotype": "biotype"},
    }
)  # fmt: skip

_SEQUENCE_ONTOLOGY = MappingProxyType(
    {
        **{short: f"{short}_variant" for short in (
            "synonymous", "missense", "frameshift", "splice_acceptor", "splice_donor", "splice_region",
            "stop_retained", "start_retained", "intron", "intergenic", "coding_sequence",
        )},
        "5_prime_utr": "5_prime_UTR_variant", "3_prime_utr": "3_prime_UTR_variant",
        "non_coding": "non_coding_transcript_variant", "inframe_altering": "protein_altering_variant",
    }
)  # fmt: skip

_BASES = ("A", "C", "G", "T")

_READ_APART = ("Allele", "ALLELE_NUM", "HGNC_ID", "CANONICAL")

_HGNC = re.compile("(?:HGNC:)?([0-9]{1,9})")

_TRANSCRIPT, _GENE = "transcript:", "gene:"

_ERRORS = "ERRORS / WARNINGS / INFO"
_DOUBTS = re.compile(
    r"ERROR_|WARNING_|INFO_COMPOUND_ANNOTATION|INFO_NON_REFERENCE_ANNOTATION|(?<![^|&])(?:[EW][0-9]|I[23])(?![^&,|;])"
)
"""What SnpEff adds where "the effect prediction may be unreliable": its manual, "ANN field", in words or in codes.

Of its further notes two say that the effect is not that of this allele beside the reference: it is of several variants
together, or beside another sequence.
"""

_EDITED, _FAILED = "BAM_EDIT", "FAILED"
"""Where VEP could not make a transcript of RefSeq out of the genome's bases: "Output fields", its documentation."""


@frozen
class Haplotypes:
    """The alleles on a sample's haplotypes, in GT's order, and its FORMAT values as text."""

    alleles: Sequence[int | None]
    sample: Mapping[str, str]


@frozen(kw_only=True)
class Layout:
    """The order of the values in one INFO field, from its Description."""

    key: str
    tool: Tool
    fields: tuple[str, ...]

    @cached_property
    def _columns(self) -> Sequence[tuple[str, str]]:
        """The columns that a consequence has names of its own for, with these names."""
        return [(name, column) for name, column in _COLUMNS[self.tool].items() if column in self.fields]

    @cached_property
    def _at(self) -> Mapping[str, int]:
        """Where each column stands."""
        return {name: at for at, name in enumerate(self.fields)}

    @cached_property
    def _of_clinvar(self) -> Sequence[int]:
        """Where the columns of ClinVar's classification stand."""
        return [at for at, name in enumerate(self.fields) if name.upper().endswith("CLNSIG")]

    @cached_property
    def _like_clinvar(self) -> Sequence[int]:
        """Where the columns stand that may hold it, and are not read."""
        return [at for at, name in enumerate(self.fields) if is_unread_column(name)]

    @cached_property
    def _of_change(self) -> Sequence[int | None]:
        """Where HGVSc, HGVSp and VEP's amino acids stand, if they do."""
        columns = _COLUMNS[self.tool]
        names = (columns.get("hgvs_c", ""), columns.get("hgvs_p", ""), ACIDS)
        return [self._at.get(name) for name in names]

    def _differs(self, values: Sequence[str]) -> bool:
        """Whether what an entry says of its change does not fit its terms."""
        told = ["" if at is None else values[at] for at in self._of_change]
        if not any(told):
            return False
        terms = terms_in(values[self._at[_TERMS_FIELD[self.tool]]], self.tool)
        return differing(terms, *(_value(each) or "" for each in told)) is not None

    @cached_property
    def _others(self) -> Sequence[str]:
        """The columns that are kept as they are written."""
        used = {*_COLUMNS[self.tool].values(), _TERMS_FIELD[self.tool], *_READ_APART}
        return [name for name in self.fields if name not in used]

    @cached_property
    def _names_changes(self) -> bool:
        """Whether an entry may tell the change that it is of, beside the bases of its allele."""
        return self.tool is Tool.VEP and not CHANGES.isdisjoint(self.fields)

    @cached_property
    def _has_hgvs(self) -> bool:
        """Whether an entry tells the change of a transcript's bases."""
        return _COLUMNS[self.tool].get("hgvs_c") in self.fields

    def value(self, info: Mapping[str, str]) -> str:
        """The value of a record, `.` of one that has none."""
        return info.get(self.key, ".")

    def read(self, text: str, ref: str, alts: Sequence[str], haplotypes: Haplotypes | None = None) -> list[Consequence]:
        """The consequences that one record's value holds, in its order."""
        return [self._consequence(*each) for each in self._tied(text, ref, alts, haplotypes)]

    def of_allele(self, text: str, ref: str, alts: Sequence[str], number: int) -> Iterator[Consequence]:
        """Those that are surely about one ALT, one by one: their genes, transcripts and terms, and nothing else."""
        rows: Iterable[dict[str, str] | None] = map(self._row, text.split(","))
        if len(alts) > 1 or not self._is_all_about(text, ref, alts[0]):
            rows = [row for _, row, allele in self._tied(text, ref, alts, None) if allele == number]
        return (
            Consequence(source=self.tool, allele=number, terms=self._terms(row), **self._names(row))
            for row in rows
            if row is not None
        )

    def _tied(
        self, text: str, ref: str, alts: Sequence[str], haplotypes: Haplotypes | None
    ) -> list[tuple[str, dict[str, str] | None, int | None]]:
        """The entries of a value, as text and by the names of their columns, with the ALT that each is about."""
        entries = text.split(",")
        rows = [self._row(entry) for entry in entries]
        if self.tool is Tool.BCFTOOLS:
            mask = haplotypes.sample.get(self.key, ".") if haplotypes else "."
            genotype = haplotypes.alleles if haplotypes else ()
            each = zip(entries, rows, owners(mask, genotype, len(entries), len(alts)), strict=True)
            return [(entry, row, allele) for entry, row, alleles in each for allele in alleles]
        return list(zip(entries, rows, self._alleles(rows, ref, alts), strict=True))

    def _is_all_about(self, text: str, ref: str, alt: str) -> bool:
        """Whether every entry of a value surely is about the only ALT of a record, one base for another one."""
        if (
            self.fields[0] != "Allele"
            or self._names_changes
            or len(ref) != 1
            or alt not in _BASES
            or not text.startswith(f"{alt}|")
        ):
            return False
        return text.count(f",{alt}|") == text.count(",")

    def may_be_of_another(self, text: str, ref: str, alt: str) -> bool:
        """Whether HGVS names another change of one base than this one, on any strand, as far as a quick look tells."""
        if not self._has_hgvs or not len(ref) == len(alt) == 1:
            return False
        change = f"{ref}>{alt}"
        return text.count(">") != text.count(change) + text.count(complement(change))

    def names(self, text: str, ref: str, alt: str) -> bool:
        """Whether some entry of a value is about the only ALT of a record, as far as a look at its bases tells."""
        if "Allele" not in self.fields or self._is_all_about(text, ref, alt):
            return True
        if self._names_changes:
            return any(True for _ in self.of_allele(text, ref, [alt], 1))
        at = self._at["Allele"]
        alleles = {entry.split("|", at + 1)[at].upper() for entry in text.split(",") if entry.count("|") >= at}
        own = {alt} if len(ref) == len(alt) or self.tool is not Tool.VEP else {alt, alt[1:] or "-"}
        return not own.isdisjoint(alleles)

    def terms(self, text: str) -> Iterator[tuple[str, ...]]:
        """The terms of each entry of a value, as they are read."""
        at = self._at[_TERMS_FIELD[self.tool]]
        for entry in text.split(","):
            values = entry.split("|", at + 1)
            if len(values) > at:
                yield terms_in(values[at], self.tool)

    def may_tell(self, text: str, asked: re.Pattern[str], named: Sequence[Collection[str]] = ()) -> bool:
        """Whether a value could hold an asked term, one not understood, or ClinVar's word; False only if surely not.

        So it could where an entry contradicts itself.

        It looks at few columns of each entry, which is much less work than reading all of them.

        Args:
            text: the value.
            asked: finds any of the asked Sequence Ontology terms.
            named: for each gene at the place the accessions that count, without version; one without any entry
                leaves its gene open.
        """
        if self.tool is Tool.BCFTOOLS or (self.tool is Tool.SNPEFF and _DOUBTS.search(text)):
            return True
        if _EDITED in self._at and _FAILED in text:
            return True
        at, feature = self._at[_TERMS_FIELD[self.tool]], self._at[_COLUMNS[self.tool]["transcript"]]
        met, count, clinvar, like_clinvar = set(), len(self.fields), self._of_clinvar, self._like_clinvar
        for entry in text.split(","):
            values = entry.split("|")
            if len(values) != count:
                return True
            if not is_quiet(values[at], asked) or (clinvar and any(values[i] for i in clinvar)):
                return True
            if like_clinvar and any("athogenic" in values[i] for i in like_clinvar):
                return True
            if self._differs(values):
                return True
            met.add(values[feature].removeprefix(_TRANSCRIPT).partition(".")[0])
        return any(met.isdisjoint(accessions) for accessions in named)

    def _row(self, entry: str) -> dict[str, str] | None:
        values = entry.split("|")
        fewest = 4 if self.tool is Tool.BCFTOOLS else len(self.fields)
        if not fewest <= len(values) <= len(self.fields):
            return None
        row = dict(zip(self.fields, values, strict=False))
        return row if _NEEDED[self.tool] <= row.keys() else None

    def _alleles(self, rows: Sequence[dict[str, str] | None], ref: str, alts: Sequence[str]) -> list[int | None]:
        """The ALT allele of each entry, by its number; bcftools csq tells it in the genotypes."""
        match self.tool:
            case Tool.SNPEFF:
                by_bases = {alt.upper(): number for number, alt in enumerate(alts, start=1)}
                return [by_bases.get(row["Allele"].upper()) if row else None for row in rows]
            case Tool.VEP:
                numbers = iter(vep_alleles([row for row in rows if row is not None], ref, alts))
                return [next(numbers) if row is not None else None for row in rows]
            case Tool.BCFTOOLS | Tool.ANNOVAR | Tool.PACK:  # by haplotypes; in columns of its own; in no field
                return [None for _ in rows]
            case _:
                assert_never(self.tool)

    def _consequence(self, entry: str, row: dict[str, str] | None, allele: int | None) -> Consequence:
        if row is None and self.tool is Tool.BCFTOOLS and (found := re.fullmatch(r"@([0-9]{1,10})", entry)):
            return Consequence(source=self.tool, allele=allele, at=int(found[1]))
        if row is None:
            problem = f"{entry.count('|') + 1} values for {len(self.fields)} fields"
            return Consequence(source=self.tool, allele=None, problem=problem)
        told = {name: _value(row[column]) for name, column in self._columns if column in row}
        return Consequence(
            source=self.tool,
            allele=allele,
            terms=self._terms(row),
            after_stop=row[_TERMS_FIELD[self.tool]].startswith("*"),
            mane_select=_mane(row),
            canonical=row["CANONICAL"] == "YES" if "CANONICAL" in row else None,
            fields={name: row[name] for name in self._others if row.get(name)},
            **(told | self._names(row) | self._rank(row)),
        )

    def _terms(self, row: Mapping[str, str]) -> tuple[str, ...]:
        """The terms of an entry, none of one that SnpEff or VEP doubts."""
        doubted = _DOUBTS.search(row.get(_ERRORS, "")) or row.get(_EDITED) == _FAILED
        return () if doubted else terms_in(row[_TERMS_FIELD[self.tool]], self.tool)

    def _names(self, row: Mapping[str, str]) -> dict[str, Any]:
        """The gene that an entry is about, and the transcript, if it is one, with its version where that is told."""
        columns = _COLUMNS[self.tool]
        asked = ("gene_symbol", "gene_id", "transcript", "hgvs_c")
        symbol, gene, transcript, coding = [_value(row.get(columns.get(name, ""), "")) for name in asked]
        kind = row.get({Tool.VEP: "Feature_type", Tool.SNPEFF: "Feature_Type"}.get(self.tool, ""), "")
        transcript = (transcript or "").removeprefix(_TRANSCRIPT) or None
        transcript = transcript if kind.lower() in ("", "transcript") else None
        versioned = (coding or "").partition(":")[0]
        if transcript and "." not in transcript and versioned.startswith(f"{transcript}."):
            transcript = versioned
        return {
            "gene_symbol": symbol,
            "gene_id": (gene or "").removeprefix(_GENE) or None,
            "hgnc_id": _hgnc(row.get("HGNC_ID", "")),
            "transcript": transcript,
        }

    def _rank(self, row: Mapping[str, str]) -> dict[str, str | None]:
        """SnpEff's Rank: it counts introns where the allele lies in one, else exons."""
        if self.tool is not Tool.SNPEFF or "Rank" not in row:
            return {}
        place = "intron" if re.search("intron|splice_(donor|acceptor)", row["Annotation"]) else "exon"
        return {place: _value(row["Rank"])}


@lru_cache(maxsize=4096)
def terms_in(column: str, tool: Tool) -> tuple[str, ...]:
    """The Sequence Ontology terms that a program's column of them names.

    >>> terms_in("*missense&splice_region", Tool.BCFTOOLS)
    ('missense_variant', 'splice_region_variant')
    """
    terms = (unquote(term) for term in column.removeprefix("*").split("&") if term not in MISSING)
    return tuple([_SEQUENCE_ONTOLOGY.get(term, term) if tool is Tool.BCFTOOLS else term for term in terms])


def fields_of(description: str) -> tuple[str, ...]:
    """The names of the values that an INFO field's Description lists, as the program's manual has them; or none."""
    return _as_in_the_manual(_listed(description))


def tool_of(fields: Sequence[str]) -> Tool | None:
    """The program that writes fields of these names."""
    return next((tool for tool, needed in _NEEDED.items() if needed <= set(fields)), None)


def _listed(description: str) -> tuple[str, ...]:
    """The field names that a Description lists, or none."""
    found = re.search(r"(?:format|annotations)\s*:\s*('[^']*'|[^']*)", description, re.IGNORECASE)
    if found is None or "|" not in found[1]:
        return ()
    text = found[1].replace("[*]", "").translate(str.maketrans("", "", "[]'\""))
    return tuple(name.strip() for name in text.split("|"))


def _as_in_the_manual(fields: tuple[str, ...]) -> tuple[str, ...]:
    """The fields of bcftools csq as its manual has them; newer headers say `Consequence`.

    >>> _as_in_the_manual(("Consequence", "gene", "transcript"))
    ('consequence', 'gene', 'transcript')
    """
    lower = ("consequence", *fields[1:])
    return lower if fields[:1] == ("Consequence",) and _NEEDED[Tool.BCFTOOLS] <= set(lower) else fields


def _value(text: str) -> str | None:
    return None if text in MISSING else unquote(text) if "%" in text else text


def _hgnc(text: str) -> str | None:
    found = _HGNC.fullmatch(text)
    return f"HGNC:{found[1]}" if found else None


def _mane(row: Mapping[str, str]) -> bool | None:
    if "MANE_SELECT" in row:
        return row["MANE_SELECT"] not in MISSING
    return "MANE_SELECT" in row["MANE"].upper().split("&") if "MANE" in row else None
