"""Transcripts from GFF3, as Ensembl and NCBI (RefSeq) write it; of the genes of a rule set alone.

Both write a gene before its transcripts, and these before their exons and coding parts, and both tell the build in the
header. Ensembl names ids (`gene:ENSG...`, `tag=...,MANE_Select`), NCBI names symbols (`gene-SOD1`, `tag=MANE Select`)
and gives HGNC's ids as cross-references.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Literal, TypeAlias
from urllib.parse import unquote

from attrs import define, field, frozen

from assigner.errors import EvidenceError, shown
from assigner.genome.builds import LENGTHS, Build, build_of_accession, chrom_of
from assigner.packs.transcripts import Span, Transcript
from assigner.rules.loci import Gene, span_on
from assigner.texts import Text, whole

Attributes: TypeAlias = Mapping[str, str]

MOST_TRANSCRIPTS = 100_000
"""More than any rule set's genes have; they are held in memory."""


@frozen(kw_only=True)
class Found:
    """What a GFF3 says of a rule set's genes.

    Attributes:
        transcripts: by the symbol of the gene, in the order of their accessions.
        version: the assembly or annotation release that the header names, if any.
        dated: the day that the header names, if any.
    """

    transcripts: Mapping[str, tuple[Transcript, ...]]
    version: str | None
    dated: str | None


@define
class _Draft:
    """A transcript while its exons are read."""

    line: int
    gene: Gene
    attributes: Attributes
    strand: str
    exons: list[Span] = field(factory=list)
    coding: list[tuple[int, int, str]] = field(factory=list)
    of_protein: dict[str, str] = field(factory=dict)


class _Header:
    """What the lines of the header prove of the build."""

    def __init__(self, text: Text, build: Build) -> None:
        self.text, self.build = text, build
        self.proved = False
        self.version: str | None = None
        self.dated: str | None = None

    def read(self, number: int, line: str) -> None:
        """Take in a line that begins with `#`."""
        if line.startswith("##sequence-region"):
            words = line.split()
            if len(words) == 4 and (chrom := chrom_of(words[1])) is not None:
                self._length(number, chrom, whole(words[3]))
            return
        told = line.lstrip("#!").strip()
        if told.startswith(("genome-build ", "genome-version ", "annotation-source ")):
            key, _, value = told.partition(" ")
            named = {each for each in Build if each.value in value}
            if named and self.build not in named:
                raise self.text.fault(number, f"transcripts on {self.build}", shown(value.strip()))
            self.proved |= bool(named)
            if key != "genome-version" or self.version is None:
                self.version = value.strip()
        if (day := re.search(r"(?:date|updated)\D*([0-9]{4}-[0-9]{2}(?:-[0-9]{2})?)", told)) is not None:
            self.dated = day[1]

    def _length(self, number: int, chrom: str, length: int | None) -> None:
        if length == LENGTHS[self.build][chrom]:
            self.proved |= chrom != "MT"
            return
        others = [each for each in Build if LENGTHS[each][chrom] == length]
        if others:
            raise self.text.fault(number, f"transcripts on {self.build}", f"the length of {chrom} on {others[0]}")


def read_gff(text: Text, genes: Sequence[Gene], build: Build) -> Found:
    """The protein coding transcripts of some genes.

    Args:
        text: the file.
        genes: those of the rule set.
        build: the build that it must be on.

    Raises:
        EvidenceError: it is no GFF3, of another build, proves none, or a transcript of it is not whole.
    """
    header = _Header(text, build)
    chosen = _Chosen(text, genes, build)
    first = True
    for number, line in text:
        if first and not re.match(r"##gff-version\s+3", line):
            raise text.fault(number, "##gff-version 3", shown(line))
        first = False
        if line.startswith("#"):
            header.read(number, line)
        elif line.strip():
            chosen.read(number, line)
    if not header.proved:
        expected = f"#!genome-build {build}, or ##sequence-region with the lengths of its chromosomes"
        raise EvidenceError(text.name, expected, "neither")
    return Found(transcripts=chosen.transcripts(), version=header.version, dated=header.dated)


class _Chosen:
    """The rows of a rule set's genes."""

    def __init__(self, text: Text, genes: Sequence[Gene], build: Build) -> None:
        self.text, self.build = text, build
        self._by_name = {name.upper(): gene for gene in genes for name in gene.aliases}
        self._by_name |= {gene.symbol.upper(): gene for gene in genes}
        self._by_id = {name: gene for gene in genes for name in (gene.hgnc, gene.ensembl) if name}
        self._genes: dict[str, Gene] = {}
        self._drafts: dict[str, _Draft] = {}
        self._named_before: set[tuple[str, str]] = set()

    def read(self, number: int, line: str) -> None:
        """Take in a row, if it is one of these genes."""
        columns = line.split("\t")
        if len(columns) != 9:
            raise self.text.fault(number, "9 columns", str(len(columns)))
        kind = columns[2]
        attributes = _attributes(columns[8])
        if kind.endswith("gene"):
            self._gene(number, columns, attributes)
        elif kind in ("exon", "CDS"):
            for parent in attributes.get("Parent", "").split(","):
                self._named_before.add((columns[0], parent))
                draft = self._drafts.get(parent)
                if draft is not None:
                    self._part(number, columns, attributes, draft)
        elif (gene := self._genes.get(attributes.get("Parent", ""))) is None:
            self._named_before.add((columns[0], attributes.get("Parent", "")))
        elif "ID" in attributes:
            self._expect_first(number, columns, attributes["ID"])
            self._drafts[attributes["ID"]] = _Draft(number, gene, attributes, columns[6])
            if len(self._drafts) > MOST_TRANSCRIPTS:
                raise EvidenceError(self.text.name, f"at most {MOST_TRANSCRIPTS} transcripts of these genes", "more")

    def _expect_first(self, number: int, columns: Sequence[str], name: str) -> None:
        """See that no row before this one is a part of it."""
        if (columns[0], name) in self._named_before:
            expected = "parents before their parts (is the file sorted by place?)"
            raise self.text.fault(number, expected, f"{shown(name)} behind a part of it")

    def _gene(self, number: int, columns: Sequence[str], attributes: Attributes) -> None:
        gene = self._named(attributes)
        if gene is None or "ID" not in attributes or chrom_of(columns[0]) != gene.chrom:
            return
        other = build_of_accession(columns[0])
        if other not in (None, self.build):
            raise self.text.fault(number, f"transcripts on {self.build}", f"{columns[0]}, of {other}")
        start, end = self._span(number, columns)
        first, last = span_on(gene, self.build)
        if last < start or end < first:
            expected = f"{gene.symbol} at {gene.chrom}:{first}-{last}, where the rule set has it on {self.build}"
            raise self.text.fault(number, expected, f"{start}-{end}")
        self._expect_first(number, columns, attributes["ID"])
        self._genes[attributes["ID"]] = gene

    def _named(self, attributes: Attributes) -> Gene | None:
        """The gene of a row: by HGNC's or Ensembl's id, and only where it has neither by its name."""
        ids = re.findall(r"HGNC:[0-9]+", f"{attributes.get('Dbxref', '')} {attributes.get('description', '')}")
        own = attributes.get("gene_id", attributes.get("ID", "").removeprefix("gene:")).partition(".")[0]
        known = [self._by_id[name] for name in (*ids, own) if name in self._by_id]
        if known or ids:
            return known[0] if known else None
        return self._by_name.get(attributes.get("Name", attributes.get("gene", "")).upper())

    def _span(self, number: int, columns: Sequence[str]) -> Span:
        start, end = (whole(each) for each in columns[3:5])
        if start is None or end is None or not 1 <= start <= end:
            raise self.text.fault(number, "start and end, whole numbers in order", shown(" ".join(columns[3:5])))
        return start, end

    def _part(self, number: int, columns: Sequence[str], attributes: Attributes, draft: _Draft) -> None:
        start, end = self._span(number, columns)
        if columns[6] != draft.strand or chrom_of(columns[0]) != draft.gene.chrom:
            raise self.text.fault(number, "the strand and the contig of its transcript", "others")
        if columns[2] == "exon":
            draft.exons.append((start, end))
            return
        draft.coding.append((start, end, columns[7]))
        draft.of_protein |= {key: value for key, value in attributes.items() if key != "Parent"}

    def transcripts(self) -> dict[str, tuple[Transcript, ...]]:
        """The protein coding transcripts by the symbols of their genes."""
        found: dict[str, list[Transcript]] = {}
        for draft in self._drafts.values():
            if draft.coding and draft.attributes.get("biotype", "protein_coding") == "protein_coding":
                found.setdefault(draft.gene.symbol, []).append(self._whole(draft))
        return {symbol: tuple(sorted(own, key=lambda each: each.accession)) for symbol, own in found.items()}

    def _whole(self, draft: _Draft) -> Transcript:
        """A transcript of whose exons all are read."""
        exons, coding = sorted(draft.exons), sorted(draft.coding)
        accession = _versioned(draft.attributes, "transcript_id", "transcript:", "rna-")
        strand = _strand(draft.strand)
        if strand is None or not exons or any(a[1] >= b[0] for a, b in pairwise(exons)):
            raise self.text.fault(draft.line, f"exons of {accession} on one strand that do not overlap", "others")
        first, last = coding[0][0], coding[-1][1]
        inside = [(max(a, first), min(b, last)) for a, b in exons if a <= last and first <= b]
        whole = [(start, end) for start, end, _ in coding] == inside
        phase = coding[0 if strand == "plus" else -1][2]
        doubt = draft.of_protein.get("exception") or draft.attributes.get("exception")
        if not whole:
            doubt = doubt or "its coding parts are not all of its exons between its start and its stop"
            covered = any(a <= first <= b for a, b in exons) and any(a <= last <= b for a, b in exons)
            if not covered:
                raise self.text.fault(draft.line, f"coding parts of {accession} inside its exons", "others")
        tags = {tag.replace(" ", "_") for tag in draft.attributes.get("tag", "").split(",")}
        return Transcript(
            accession=accession,
            protein=_versioned(draft.of_protein, "protein_id", "CDS:", "cds-"),
            chrom=draft.gene.chrom,
            strand=strand,
            exons=tuple(exons),
            coding=(first, last),
            phase=int(phase) if phase in ("1", "2") else 0,
            mane="MANE_Select" in tags,
            canonical=bool({"Ensembl_canonical", "RefSeq_Select"} & tags),
            doubt=doubt,
        )


def _strand(sign: str) -> Literal["plus", "minus"] | None:
    return "plus" if sign == "+" else "minus" if sign == "-" else None


def _versioned(attributes: Attributes, key: str, *before: str) -> str:
    """An accession with its version, which Ensembl writes beside it."""
    name = attributes.get(key) or attributes.get("ID", "")
    for text in before:
        name = name.removeprefix(text)
    version = attributes.get("version", "")
    return f"{name}.{version}" if version.isdigit() and "." not in name else name


def _attributes(text: str) -> dict[str, str]:
    """The ninth column: `key=value;...`, with its escapes resolved.

    >>> _attributes("ID=rna-NM_000454.5;tag=MANE Select;note=a%3Bb")["note"]
    'a;b'
    """
    pairs = (part.strip().partition("=") for part in text.split(";"))
    return {key: unquote(value) if "%" in value else value for key, _, value in pairs if value}


def merged(spans: Iterator[Span] | Sequence[Span]) -> tuple[Span, ...]:
    """Spans that do not touch each other, in ascending order, which hold the same bases.

    >>> merged([(8, 9), (1, 3), (4, 5)])
    ((1, 5), (8, 9))
    """
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)
