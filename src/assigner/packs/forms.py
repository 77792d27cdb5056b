"""The file of a pack: canonical JSON, packed with xz; the same pack always has the same bytes.

The container is one xz stream. Its JSON is canonical (RFC 8785): equal sources give equal JSON, and with the same
liblzma equal bytes.
"""

from __future__ import annotations

import hashlib
import lzma
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from assigner.canonical import canonical
from assigner.errors import BuildError, EvidenceError, shown
from assigner.files import Source, bytes_up_to, name_of
from assigner.genome.builds import Build
from assigner.packs.pack import Pack, PackGene, PackSource, SourceRole, Table
from assigner.packs.sources.records import CLINVAR
from assigner.packs.transcripts import Span, Stretches, Transcript
from assigner.rules import Rules
from assigner.rules.loci import Gene, span_on
from assigner.rules.panels import asked_genes
from assigner.rules.scalars import Sha256
from assigner.rules.schema import RuleSet
from assigner.strict import first_fault, whole_json_in

FORMAT = "assigner.pack.1"
"""What every pack says it is; a reader knows the forms that it can read."""

MOST_BYTES = 64 << 20
"""A pack of the shipped rule set is below 5 MB; one of all genes would still be read."""

PRESET = 2
"""As quick as gzip at level 9, and a third smaller: `bench/packs.py`."""

MOST_MEMORY = 64 << 20
"""What unpacking may take; at this preset it takes 3 MB."""

MOST_JSON = 256 << 20
"""The most bytes of JSON that are unpacked."""

Chrom = Annotated[str, StringConstraints(pattern=r"^([0-9]{1,2}|X|Y|MT)$")]
Place = Annotated[int, Field(ge=1, lt=1 << 31)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


class _SourceForm(_Form):
    role: SourceRole
    name: Text
    sha256: Sha256
    version: Text | None
    dated: Text | None


class _TranscriptForm(_Form):
    accession: Text
    protein: Text | None
    strand: Literal["plus", "minus"]
    exons: list[tuple[Place, Place]] = Field(min_length=1)
    coding: tuple[Place, Place]
    phase: Annotated[int, Field(ge=0, le=2)]
    mane: bool
    canonical: bool
    doubt: Text | None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        _expect_order(self.exons)
        for end in self.coding:
            if not any(first <= end <= last for first, last in self.exons):
                raise ValueError("coding: ends inside exons")
        if self.coding[0] > self.coding[1]:
            raise ValueError("coding: the first base before the last")
        return self


class _GeneForm(_Form):
    symbol: Text
    chrom: Chrom
    transcripts: list[_TranscriptForm]
    clinvar: str
    frequencies: str
    predictors: dict[str, str]


class _PackForm(_Form):
    format: Literal["assigner.pack.1"]
    rule_set: Text
    panel: Sha256
    build: Literal["GRCh37", "GRCh38"]
    sources: list[_SourceForm]
    sequences: dict[Chrom, list[tuple[Place, Annotated[str, StringConstraints(pattern="^[ACGTN]+$")]]]]
    genes: list[_GeneForm]
    covered: dict[Chrom, list[tuple[Place, Place]]]
    limit: Annotated[str, StringConstraints(pattern=r"^(0\.[0-9]{0,19}[1-9]|1)$")] | None

    @model_validator(mode="after")
    def _all_in_order(self) -> Self:
        for stretches in self.sequences.values():
            _expect_order([(start, start + len(bases) - 1) for start, bases in stretches])
        for spans in self.covered.values():
            _expect_order(spans)
        if len({gene.symbol for gene in self.genes}) < len(self.genes):
            raise ValueError("genes: each once")
        for gene in self.genes:
            _expect_rows(gene.clinvar, _CLINVAR)
            _expect_rows(gene.frequencies, _FREQUENCY)
            for rows in gene.predictors.values():
                _expect_rows(rows, _SCORE)
        return self


def _expect_order(spans: Iterable[Span]) -> None:
    before = 0
    for first, last in spans:
        if not before < first <= last:
            raise ValueError("spans in ascending order that do not overlap")
        before = last


_CHANGE = r"[1-9][0-9]{0,9}\t[ACGT]*\t[ACGT]*\t"
_CLINVAR = re.compile(_CHANGE + r"\t".join([r"[^\t]*"] * len(CLINVAR)))
_FREQUENCY = re.compile(_CHANGE + r"(?:0(?:\.[0-9]{1,140})?|1(?:\.0{1,140})?|\.)")
_SCORE = re.compile(_CHANGE + r"-?[0-9]{1,130}(?:\.[0-9]{1,140})?")


def _expect_rows(rows: str, form: re.Pattern[str]) -> None:
    for line in rows.split("\n") if rows else ():
        if not form.fullmatch(line):
            raise ValueError("rows of a place, bases removed and put in, and values")


def panel_genes(content: RuleSet) -> tuple[Gene, ...]:
    """The genes of a rule set that a pack is made for: those of the nucleus of which unlisted variants are asked."""
    asked = asked_genes(content)
    return tuple(gene for gene in content.genes if gene.symbol in asked and gene.is_nuclear)


def panel_digest(content: RuleSet, build: Build) -> str:
    """The digest of what a pack takes from a rule set: each gene's names, place and transcripts, and predictors' names.

    Rule sets that differ in nothing of this can share a pack.
    """
    genes = [
        [
            gene.symbol,
            gene.hgnc,
            gene.ensembl,
            sorted(gene.aliases),
            gene.chrom,
            [*span_on(gene, build)],
            sorted(gene.transcripts),
        ]
        for gene in panel_genes(content)
    ]
    told = {"build": build.value, "genes": sorted(genes), "predictors": sorted(content.fields.predictors)}
    return hashlib.sha256(canonical(told)).hexdigest()


def named(rules: Rules) -> str:
    """A rule set as a pack names it."""
    return f"{rules.content.rule_set.id} {rules.content.rule_set.version}"


def written(form: Mapping[str, Any]) -> bytes:
    """The bytes of a pack's file."""
    return lzma.compress(canonical({"format": FORMAT, **form}), preset=PRESET)


def read_pack(source: Source) -> Pack:
    """Read a pack.

    Raises:
        EvidenceError: it is no pack, or damaged.
    """
    content = bytes_up_to(MOST_BYTES, source, EvidenceError, "pack")
    name = name_of(source, "pack")
    if len(content) > MOST_BYTES:
        raise EvidenceError(name, f"a pack of at most {MOST_BYTES} bytes", "more")
    found = whole_json_in(_unpacked(content, name), name, "a pack", "whole numbers", EvidenceError)
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise EvidenceError(
            name, f"a pack of the form {FORMAT}", shown(found.get("format") if isinstance(found, dict) else None)
        )
    try:
        form = _PackForm.model_validate_json(canonical(found))
    except ValidationError as error:
        place, expected, got = first_fault(error, _PackForm, found)
        raise EvidenceError(f"{name}: {place}", expected, got) from error
    except ValueError as error:  # half of a pair of surrogates
        raise EvidenceError(name, "a pack whose text is Unicode", "other text") from error
    return _pack_of(form, hashlib.sha256(content).hexdigest(), len(content))


def pack_of(source: Source | Pack | None) -> Pack | None:
    """A pack that is given, or read from a file; None for none.

    Raises:
        EvidenceError: as `read_pack`.
    """
    return source if source is None or isinstance(source, Pack) else read_pack(source)


def _unpacked(content: bytes, name: str) -> bytes:
    unpacker = lzma.LZMADecompressor(lzma.FORMAT_XZ, MOST_MEMORY)
    try:
        found = unpacker.decompress(content, MOST_JSON)
    except (lzma.LZMAError, EOFError) as error:
        raise EvidenceError(name, "a pack (xz)", "something else") from error
    if not unpacker.eof or unpacker.unused_data:
        raise EvidenceError(name, "a whole pack of one xz stream", "more or less")
    return found


def _pack_of(form: _PackForm, sha256: str, size: int) -> Pack:
    return Pack(
        rule_set=form.rule_set,
        panel=form.panel,
        build=Build(form.build),
        sources=tuple(PackSource(**source.model_dump()) for source in form.sources),
        sequences={chrom: Stretches(tuple(stretches)) for chrom, stretches in form.sequences.items()},
        genes={gene.symbol: _gene_of(gene) for gene in form.genes},
        covered={chrom: tuple(spans) for chrom, spans in form.covered.items()},
        limit=None if form.limit is None else Decimal(form.limit),
        sha256=sha256,
        size=size,
    )


def _gene_of(form: _GeneForm) -> PackGene:
    return PackGene(
        symbol=form.symbol,
        chrom=form.chrom,
        transcripts=tuple(
            Transcript(chrom=form.chrom, **{**each.model_dump(), "exons": tuple(each.exons)})
            for each in form.transcripts
        ),
        clinvar=Table(form.clinvar),
        frequencies=Table(form.frequencies),
        predictors={name: Table(rows) for name, rows in form.predictors.items()},
    )


def expect_fitting(pack: Pack, rules: Rules, build: Build, name: str) -> None:
    """See that a pack was made for a rule set's genes and on a build.

    Raises:
        BuildError: it is on another build.
        EvidenceError: it was made for other genes.
    """
    if pack.build is not build:
        raise BuildError(name, f"a pack on {build}, the build of the participant's files", f"one on {pack.build}")
    if pack.panel != panel_digest(rules.content, build):
        expected = f"a pack made for the genes of {named(rules)}"
        raise EvidenceError(name, expected, f"one made for those of {pack.rule_set}")
    lacking = [gene.symbol for gene in panel_genes(rules.content) if gene.symbol not in pack.genes]
    if lacking:
        raise EvidenceError(name, "a pack with an entry for each gene of the rule set", f"none for {lacking[0]}")
