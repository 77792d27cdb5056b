"""What a record's annotations say of its alleles: their consequences.

Read are the fields of three programs, recognised by what the header's Description lists, never by the key or by an
assumed order:

- Ensembl VEP (`CSQ`): "Data fields encoded in the VCF INFO field", VEP documentation. Its `Allele` is REF and
  ALT without the first base when they all share it and one differs in length, `-` for nothing;
  `ALLELE_NUM` is exact.
- SnpEff (`ANN`): "Variant annotations in VCF format", version 1.0 (2015). Its `Allele` is the ALT; `ALT-REF`
  compares a tumour with its germline and belongs to no allele of a participant.
- bcftools csq (`BCSQ`): bcftools manual, `csq`. A consequence belongs to a haplotype, which FORMAT/BCSQ names;
  without it, to an allele only where the record has one ALT. `@POS` says that it stands in the record at POS.

What cannot be tied to an allele is kept with `allele=None` and must be taken as unknown. SnpEff's older `EFF`
is not read.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Self, assert_never
from urllib.parse import unquote

from attrs import evolve, field, frozen

from assigner.errors import AnnotationError
from assigner.vcf.annotations.ontology import is_quiet
from assigner.vcf.annotations.vep import by_place, overlapping, vep_alleles
from assigner.vcf.records.compounds import owners

NAMED: Final = ("CSQ", "ANN", "BCSQ", "EFF")
"""INFO keys that hold consequences by custom, whatever their Description says."""

MISSING = frozenset({"", ".", "-"})
"""How programs write that a value is missing."""


class Tool(enum.StrEnum):
    """The program that predicted a consequence."""

    VEP = "VEP"
    SNPEFF = "SnpEff"
    BCFTOOLS = "bcftools"


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

_COMMANDS = ("##VEP", "##SnpEffCmd")

_ERRORS = "ERRORS / WARNINGS / INFO"
_DOUBTS = re.compile("ERROR_|WARNING_")
"""What SnpEff adds where "the effect prediction may be unreliable": its manual, "ANN field". What begins with INFO_ is
none."""

_CHOOSES = re.compile(
    r"(?<!\S)(--(pick|pick_allele|pick_allele_gene|per_gene|most_severe|summary)|-canon(List)?)(?![\w-])"
)
"""Options that leave transcripts out: "Filtering results", VEP documentation; SnpEff's "Command line options"."""


def _copied(mapping: Mapping[str, str]) -> Mapping[str, str]:
    return dict(mapping)


@frozen(kw_only=True)
class Consequence:
    """What one program predicts that one allele does to one transcript (or other feature).

    Attributes:
        source: the program.
        allele: the ALT's number, counted from 1 as in GT, or None when it is not known.
        hgnc_id: as `HGNC:number`.
        transcript: the accession, with its version if the file gives it; None for any other feature.
        mane_select: whether the transcript is MANE Select; None when the file does not say.
        canonical: whether it is Ensembl's canonical one; None when the file does not say.
        terms: Sequence Ontology terms; bcftools' shorter names are spelled out.
        exon: number and count, `5/5`; likewise `intron`.
        lof: LOFTEE's verdict (`HC`, `LC`, `OS`).
        fields: all other values, as written, by the names the header gives them.
        at: the POS of the record where the consequence stands (bcftools' `@POS`).
        after_stop: whether bcftools marks it as lying behind a premature stop.
        problem: why the entry could not be read.
    """

    source: Tool
    allele: int | None
    gene_symbol: str | None = None
    gene_id: str | None = None
    hgnc_id: str | None = None
    transcript: str | None = None
    mane_select: bool | None = None
    canonical: bool | None = None
    biotype: str | None = None
    terms: tuple[str, ...] = ()
    hgvs_c: str | None = None
    hgvs_p: str | None = None
    exon: str | None = None
    intron: str | None = None
    lof: str | None = None
    fields: Mapping[str, str] = field(factory=dict, converter=_copied, hash=False)
    at: int | None = None
    after_stop: bool = False
    problem: str | None = None


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

    def read(self, text: str, ref: str, alts: Sequence[str], haplotypes: Haplotypes | None = None) -> list[Consequence]:
        """The consequences that one record's value holds, in its order."""
        entries = text.split(",")
        rows = [self._row(entry) for entry in entries]
        if self.tool is Tool.BCFTOOLS:
            mask = haplotypes.sample.get(self.key, ".") if haplotypes else "."
            genotype = haplotypes.alleles if haplotypes else ()
            each = zip(entries, rows, owners(mask, genotype, len(entries), len(alts)), strict=True)
            return [self._consequence(entry, row, allele) for entry, row, alleles in each for allele in alleles]
        alleles = self._alleles(rows, ref, alts)
        return [self._consequence(*each) for each in zip(entries, rows, alleles, strict=True)]

    def names(self, text: str, ref: str, alt: str) -> bool:
        """Whether some entry of a value is about the only ALT of a record, as far as a look at its bases tells."""
        if "Allele" not in self.fields:
            return True
        at = self.fields.index("Allele")
        alleles = {entry.split("|", at + 1)[at].upper() for entry in text.split(",") if entry.count("|") >= at}
        own = {alt} if len(ref) == len(alt) or self.tool is not Tool.VEP else {alt, alt[1:] or "-"}
        return not own.isdisjoint(alleles)

    def terms(self, text: str) -> Iterator[str]:
        """The terms of every entry of a value, as they are read."""
        at = self.fields.index(_TERMS_FIELD[self.tool])
        for entry in text.split(","):
            values = entry.split("|", at + 1)
            if len(values) > at:
                yield from self._terms(values[at])

    def may_tell(self, text: str, asked: re.Pattern[str], named: Sequence[Collection[str]] = ()) -> bool:
        """Whether a value could hold an asked term, one not understood, or ClinVar's word; False only if surely not.

        It looks at few columns of each entry, which is much less work than reading all of them.

        Args:
            text: the value.
            asked: finds any of the asked Sequence Ontology terms.
            named: for each gene at the place the accessions that count, without version; one without any entry
                leaves its gene open.
        """
        if self.tool is Tool.BCFTOOLS or (self.tool is Tool.SNPEFF and _DOUBTS.search(text)):
            return True
        at = self.fields.index(_TERMS_FIELD[self.tool])
        feature = self.fields.index("Feature" if self.tool is Tool.VEP else "Feature_ID")
        met = set()
        clinvar = [i for i, name in enumerate(self.fields) if name.upper().endswith("CLNSIG")]
        for entry in text.split(","):
            values = entry.split("|")
            if len(values) != len(self.fields):
                return True
            terms = values[at]
            if not is_quiet(terms, asked) or any(values[i] for i in clinvar):
                return True
            met.add(values[feature].partition(".")[0])
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
            case Tool.BCFTOOLS:
                return [None for _ in rows]
            case _:
                assert_never(self.tool)

    def _consequence(self, entry: str, row: dict[str, str] | None, allele: int | None) -> Consequence:
        if row is None and self.tool is Tool.BCFTOOLS and (found := re.fullmatch(r"@([0-9]{1,10})", entry)):
            return Consequence(source=self.tool, allele=allele, at=int(found[1]))
        if row is None:
            problem = f"{entry.count('|') + 1} values for {len(self.fields)} fields"
            return Consequence(source=self.tool, allele=None, problem=problem)
        columns = {name: column for name, column in _COLUMNS[self.tool].items() if column in row}
        terms_field = _TERMS_FIELD[self.tool]
        named: dict[str, Any] = {name: _value(row[column]) for name, column in columns.items()}
        used = {*columns.values(), terms_field, "Allele", "ALLELE_NUM", "HGNC_ID", "CANONICAL"}
        return Consequence(
            source=self.tool,
            allele=allele,
            terms=() if _DOUBTS.search(row.get(_ERRORS, "")) else tuple(self._terms(row[terms_field])),
            after_stop=row[terms_field].startswith("*"),
            hgnc_id=_hgnc(row.get("HGNC_ID", "")),
            mane_select=_mane(row),
            canonical=row["CANONICAL"] == "YES" if "CANONICAL" in row else None,
            fields={name: value for name, value in row.items() if name not in used and value},
            **(named | self._more(row, named)),
        )

    def _terms(self, column: str) -> Iterator[str]:
        return (self._term(term) for term in column.removeprefix("*").split("&") if term not in MISSING)

    def _term(self, term: str) -> str:
        term = unquote(term)
        return _SEQUENCE_ONTOLOGY.get(term, term) if self.tool is Tool.BCFTOOLS else term

    def _more(self, row: Mapping[str, str], named: Mapping[str, str | None]) -> dict[str, str | None]:
        """What a column means only beside another one: is it a transcript, which version, exon or intron?"""
        kind = row.get({Tool.VEP: "Feature_type", Tool.SNPEFF: "Feature_Type"}.get(self.tool, ""), "")
        transcript = named["transcript"] if kind.lower() in ("", "transcript") else None
        versioned = (named.get("hgvs_c") or "").partition(":")[0]
        if transcript and "." not in transcript and versioned.startswith(f"{transcript}."):
            transcript = versioned
        if self.tool is not Tool.SNPEFF or "Rank" not in row:
            return {"transcript": transcript}
        # SnpEff's Rank counts introns where the allele lies in one, else exons.
        place = "intron" if re.search("intron|splice_(donor|acceptor)", row["Annotation"]) else "exon"
        return {"transcript": transcript, place: _value(row["Rank"])}


@frozen(kw_only=True)
class Annotator:
    """How the consequences of one file are read.

    Attributes:
        place: the file, as error messages name it.
        layouts: the fields that can be read.
        ignored: fields that are declared as something else, and left alone.
        by_overlap: fields of VEP, or INFO's CLNSIG, that hold ClinVar's words on whatever overlaps the variant.
        chooses: whether a command in the header had the program write some of the transcripts only.
        notes: what the header says that a reader of the result must know.
    """

    place: str
    layouts: tuple[Layout, ...] = ()
    ignored: frozenset[str] = frozenset()
    by_overlap: frozenset[str] = frozenset()
    chooses: bool = False
    notes: tuple[str, ...] = ()

    @classmethod
    def from_descriptions(cls, descriptions: Mapping[str, str], place: str, meta: Iterable[str] = ()) -> Self:
        """The annotator for a header whose INFO definitions have these Descriptions, and these `##` lines.

        >>> said = "Consequence annotations from Ensembl VEP. Format: Allele|Consequence|SYMBOL|Feature"
        >>> annotator = Annotator.from_descriptions({"CSQ": said}, "P1.vcf")
        >>> ((one,),) = annotator.consequences({"CSQ": "-|stop_lost|TBK1|ENST00000331710"}, "AG", ["A"])
        >>> one.gene_symbol, one.terms, one.allele
        ('TBK1', ('stop_lost',), 1)
        """
        layouts, ignored, notes = [], set(), []
        for key, description in descriptions.items():
            fields = _as_in_the_manual(_listed(description))
            tool = next((tool for tool, needed in _NEEDED.items() if needed <= set(fields)), None)
            if tool and len(set(fields)) == len(fields):
                layouts.append(Layout(key=key, tool=tool, fields=fields))
                if tool is Tool.VEP and not {"Allele", "ALLELE_NUM"} & set(fields):
                    notes.append(f"INFO/{key}: no Allele and no ALLELE_NUM: of which ALT it speaks is unknown")
            elif tool:
                ignored.add(key)
                notes.append(f"INFO/{key}: a field is listed twice: not read")
            elif key == "EFF":
                ignored.add(key)
                notes.append("INFO/EFF: SnpEff's form before 4.1 is not read; ANN is")
            elif key in NAMED and fields:
                ignored.add(key)
                notes.append(f"INFO/{key}: lists none of the fields of VEP, SnpEff or bcftools csq: not read")
            elif key in NAMED:
                notes.append(f"INFO/{key}: its Description lists no fields: not read")
        named = [name for layout in layouts if layout.tool is Tool.VEP for name in layout.fields]
        meta = tuple(meta)
        loose = overlapping(named, descriptions, (line for line in meta if line.startswith(_COMMANDS)))
        loose |= by_place(meta)
        notes += [f"{name}: of any variant that overlaps: that it is pathogenic is unknown" for name in sorted(loose)]
        return cls(
            place=place,
            layouts=tuple(layouts),
            ignored=frozenset(ignored),
            by_overlap=loose,
            chooses=any(map(_CHOOSES.search, (line for line in meta if line.startswith(_COMMANDS)))),
            notes=tuple(notes),
        )

    def without(self, tool: Tool, why: str) -> Self:
        """The annotator that does not use what a program wrote, and notes why."""
        dropped = tuple(layout for layout in self.layouts if layout.tool is tool)
        if not dropped:
            return self
        return evolve(
            self,
            layouts=tuple(layout for layout in self.layouts if layout.tool is not tool),
            ignored=self.ignored | {layout.key for layout in dropped},
            notes=(*self.notes, *(f"INFO/{layout.key}: not used: {why}" for layout in dropped)),
        )

    def may_tell(self, info: Mapping[str, str], asked: re.Pattern[str], named: Sequence[Collection[str]] = ()) -> bool:
        """Whether a record could tell an asked term or a ClinVar classification; False only when it surely does not.

        Args:
            info: the record's INFO values as text.
            asked: finds any of the asked Sequence Ontology terms.
            named: for each gene at the place the accessions that count, without version.
        """
        known = {layout.key for layout in self.layouts}
        if "CLNSIG" in info or any(key in info and key not in known for key in NAMED):
            return True
        return any(layout.may_tell(info[layout.key], asked, named) for layout in self.layouts if layout.key in info)

    def settles(
        self,
        info: Mapping[str, str],
        ref: str,
        alts: Collection[str],
        asked: re.Pattern[str],
        named: Sequence[Collection[str]] = (),
    ) -> bool:
        """Whether a record's consequences are about its only ALT, and surely tell nothing that is asked.

        Args:
            info: the record's INFO values as text.
            ref: REF.
            alts: the ALTs that are alleles, without `*` and `<NON_REF>`.
            asked: finds any of the asked Sequence Ontology terms.
            named: for each gene at the place the accessions that count, without version.
        """
        told = [layout for layout in self.layouts if info.get(layout.key, ".") not in MISSING]
        if not told or len(alts) != 1 or self.may_tell(info, asked, named):
            return False
        (alt,) = alts
        return any(layout.names(info[layout.key], ref, alt) for layout in told)

    def consequences(
        self, info: Mapping[str, str], ref: str, alts: Sequence[str], haplotypes: Haplotypes | None = None
    ) -> tuple[tuple[Consequence, ...], ...]:
        """For each ALT its consequences, and with each those that could not be tied to an allele.

        Args:
            info: the record's INFO values as text.
            ref: REF.
            alts: ALT, in order.
            haplotypes: the sample's genotype and FORMAT values, for consequences that belong to a haplotype.

        Raises:
            AnnotationError: a field holds listed values and the header does not say which.
        """
        known = {layout.key for layout in self.layouts} | self.ignored
        for key in NAMED:
            if key not in known and ("|" in info.get(key, "") or info.get(key, "").startswith("@")):
                raise AnnotationError(f"{self.place}: INFO/{key}", "a Description that lists its fields", "none")
        found = [
            consequence
            for layout in self.layouts
            if info.get(layout.key, "") not in ("", ".")
            for consequence in layout.read(info[layout.key], ref, alts, haplotypes)
        ]
        return tuple(
            tuple(each for each in found if each.allele in (number, None)) for number in range(1, len(alts) + 1)
        )


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
    return None if text in MISSING else unquote(text)


def _hgnc(text: str) -> str | None:
    found = re.fullmatch(r"(?:HGNC:)?([0-9]{1,9})", text)
    return f"HGNC:{found[1]}" if found else None


def _mane(row: Mapping[str, str]) -> bool | None:
    if "MANE_SELECT" in row:
        return row["MANE_SELECT"] not in MISSING
    return "MANE_SELECT" in row["MANE"].upper().split("&") if "MANE" in row else None
