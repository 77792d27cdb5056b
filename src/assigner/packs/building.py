"""Cutting public sources down to a pack: each is read once, and only what concerns a rule set's genes is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import ROUND_CEILING, Decimal
from pathlib import Path
from typing import Any, TypeAlias

from attrs import asdict, define, field, frozen

from assigner.errors import EvidenceError, shown
from assigner.genome.builds import Build, chrom_of
from assigner.genome.variants import Variant
from assigner.packs.forms import named, panel_digest, panel_genes, written
from assigner.packs.pack import UNKNOWN, PackSource, SourceRole, counts, is_inside, placed
from assigner.packs.sources.fasta import read_fasta
from assigner.packs.sources.gff import Found, merged, read_gff
from assigner.packs.sources.records import CLINVAR, COUNTS, FREQUENCIES, Head, Vcf, number_of, table_rows
from assigner.packs.sources.sieves import FREQUENCY, NUMBER
from assigner.packs.transcripts import AROUND, Span, Stretches, Transcript
from assigner.rules import Rules
from assigner.rules.loci import Gene, span_on
from assigner.texts import Text, whole

MOST_ROWS = 20_000_000
"""The most alleles that are kept of one source; they are held in memory."""

MOST_BASES = 100_000_000
"""The most bases that are kept of the genome."""


@frozen(kw_only=True)
class Sources:
    """The files of a pack.

    Attributes:
        gff: transcripts.
        fasta: the genome.
        clinvar: ClinVar's VCF.
        frequencies: gnomAD's VCF, or a table with the column `af`.
        covered: a BED of where the source of frequencies has looked.
        predictors: tables of scores by the rule set's names of the predictors.
    """

    gff: Path
    fasta: Path
    clinvar: Path | None = None
    frequencies: Path | None = None
    covered: Path | None = None
    predictors: Mapping[str, Path]

    @property
    def paths(self) -> tuple[Path, ...]:
        """All files, in no order that counts."""
        given = (self.gff, self.fasta, self.clinvar, self.frequencies, self.covered, *self.predictors.values())
        return tuple(path for path in given if path is not None)


@frozen
class Built:
    """A pack that was made.

    Attributes:
        content: the bytes of its file.
        notes: what a person must know of it.
    """

    content: bytes
    notes: tuple[str, ...]


def build_pack(
    rules: Rules, build: Build, sources: Sources, *, progress: Callable[[int], object] | None = None
) -> Built:
    """Make a pack.

    Args:
        rules: the rule set, of whose genes it is.
        build: the build of all sources.
        sources: the files.
        progress: called with how many more bytes of the files were read.

    Raises:
        EvidenceError: a source is damaged, of another kind or build, or contradicts another one.
    """
    if unknown := sorted(sources.predictors.keys() - rules.content.fields.predictors.keys()):
        known = ", ".join(rules.content.fields.predictors) or "none"
        raise EvidenceError("--predictor", f"a predictor of the rule set: {known}", shown(unknown[0]))
    genes = panel_genes(rules.content)
    making = _Making(rules=rules, build=build, genes=genes, progress=progress)
    found = making.transcripts(sources.gff)
    making.sequence(sources.fasta)
    if sources.clinvar is not None:
        making.clinvar(sources.clinvar)
    if sources.covered is not None:
        making.regions(sources.covered)
    if sources.frequencies is not None:
        making.frequencies(sources.frequencies)
    for name, path in sorted(sources.predictors.items()):
        making.predictor(name, path)
    return Built(written(making.form()), tuple(_notes(genes, found, making)))


Rows: TypeAlias = dict[tuple[int, str, str], tuple[str, ...]]
"""What is said of each allele: by its first base, the bases that it removes and those that it puts in."""


@define(kw_only=True)
class _Making:
    """A pack on its way.

    Attributes:
        by_chrom: the genes of each chromosome with their spans.
        spans: the bases of all genes.
        own: the transcripts of each gene.
        wanted: the places whose bases are kept.
        known: these bases.
        tables: the rows of each gene and kind of source.
    """

    rules: Rules
    build: Build
    genes: Sequence[Gene]
    progress: Callable[[int], object] | None
    by_chrom: dict[str, list[tuple[Gene, int, int]]] = field(factory=dict)
    spans: Mapping[str, tuple[Span, ...]] = field(factory=dict)
    own: Mapping[str, tuple[Transcript, ...]] = field(factory=dict)
    wanted: dict[str, tuple[Span, ...]] = field(factory=dict)
    known: Mapping[str, Stretches] = field(factory=dict)
    covered: dict[str, tuple[Span, ...]] = field(factory=dict)
    limit: str | None = None
    rows_kept: int = 0
    sources: list[PackSource] = field(factory=list)
    tables: dict[tuple[str, str], Rows] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        for gene in self.genes:
            self.by_chrom.setdefault(gene.chrom, []).append((gene, *span_on(gene, self.build)))
        self.spans = {chrom: merged([(a, b) for _, a, b in own]) for chrom, own in self.by_chrom.items()}

    def transcripts(self, path: Path) -> Found:
        """Read the transcripts, and with them which bases are needed."""
        text = Text(path, self.progress)
        found = read_gff(text, self.genes, self.build)
        if not found.transcripts:
            raise EvidenceError(text.name, "a protein coding transcript of any gene of the rule set", "none")
        self._read(text, "transcripts", Head(found.version, found.dated))
        self.own = found.transcripts
        spans: dict[str, list[Span]] = {}
        for own in self.own.values():
            for each in own:
                spans.setdefault(each.chrom, []).extend((max(1, a - AROUND), b + AROUND) for a, b in each.exons)
        self.wanted = {chrom: merged(items) for chrom, items in sorted(spans.items())}
        if sum(last - first + 1 for items in self.wanted.values() for first, last in items) > MOST_BASES:
            raise EvidenceError(text.name, f"at most {MOST_BASES} bases in and around the exons", "more")
        return found

    def sequence(self, path: Path) -> None:
        """Read the bases in and around the exons."""
        text = Text(path, self.progress)
        self.known = read_fasta(text, self.wanted, self.build)
        self._read(text, "sequence")

    def clinvar(self, path: Path) -> None:
        """Read ClinVar's alleles anywhere in the genes."""
        text = Text(path, self.progress)
        vcf = Vcf(text, self.build, "ID=CLNSIG,", self.spans, one_alt=True)
        for number, variant, info in vcf.rows():
            if "CLNSIG" in info:
                self._keep(text, number, "clinvar", variant, tuple(info.get(key, "") for key in CLINVAR), anywhere=True)
        self._read(text, "clinvar", vcf.head)

    def regions(self, path: Path) -> None:
        """Read where the source of frequencies has looked."""
        text = Text(path, self.progress)
        found: dict[str, list[Span]] = {}
        for number, line in text:
            if not line.strip() or line.startswith(("#", "track", "browser")):
                continue
            columns = line.split("\t")
            before, last = map(whole, columns[1:3]) if len(columns) > 2 else (None, None)
            if before is None or last is None or before > last:
                raise text.fault(number, "a BED: contig, start and end, parted by tabs", shown(line))
            chrom, first = chrom_of(columns[0]), before + 1
            for a, b in self.wanted.get(chrom or "", ()):
                if max(first, a) <= min(last, b):
                    found.setdefault(chrom or "", []).append((max(first, a), min(last, b)))
        self.covered = {chrom: merged(spans) for chrom, spans in sorted(found.items())}
        self._read(text, "covered")

    def frequencies(self, path: Path) -> None:
        """Read the frequencies of alleles whose bases are kept."""
        text = Text(path, self.progress)
        most = Decimal(0)
        if text.path.name.lower().removesuffix(".gz").removesuffix(".bgz").endswith((".vcf", ".bcf")):
            vcf = Vcf(text, self.build, "ID=AF", self.spans)
            for number, variant, info in vcf.rows():
                values, counts = ([info[key] for key in keys if key in info] for keys in (FREQUENCIES, COUNTS))
                most = max(most, self._frequency(text, number, variant, values, counts))
            self._read(text, "frequencies", vcf.head)
        else:
            names = ("af", "frequency", "af_grpmax")
            rows = table_rows(text, self.build, names, self.wanted, form=FREQUENCY, most=lambda: int(most))
            for number, variant, cells in rows:
                counts = [cells["an"]] if "an" in cells else []
                most = max(most, self._frequency(text, number, variant, [cells["value"]], counts))
            self._read(text, "frequencies")
        if most:
            self.limit = format(_one_of(most), "f")

    def _frequency(
        self, text: Text, number: int, variant: Variant, values: Iterable[str], counts: Iterable[str]
    ) -> Decimal:
        """Take in the highest of some frequencies; return how many alleles were looked at, 0 where nothing tells it.

        One of 0 is only as low as these can tell. Without a value, and of no allele looked at, it is unknown.
        """
        highest = max(_numbers(text, number, values), default=None)
        looked = max(_numbers(text, number, counts), default=None)
        if looked is not None and (looked < 0 or looked != looked.to_integral_value()):
            raise text.fault(number, "a whole number of alleles", shown(str(looked)))
        if highest is None or looked == 0:
            self._keep(text, number, "frequencies", variant, (UNKNOWN,))
            return Decimal(0)
        if not highest:
            highest = _one_of(looked) if looked else Decimal(0)
        if not 0 <= highest <= 1:
            raise text.fault(number, "a frequency from 0 to 1", shown(str(highest)))
        self._keep(text, number, "frequencies", variant, (format(highest, "f"),))
        return looked or Decimal(0)

    def predictor(self, name: str, path: Path) -> None:
        """Read the scores of a predictor; of several for an allele the highest."""
        text = Text(path, self.progress)
        columns = (name, *self.rules.content.fields.predictors[name], "score")
        for number, variant, cells in table_rows(text, self.build, columns, self.wanted, form=NUMBER):
            for value in _numbers(text, number, [cells["value"]]):
                self._keep(text, number, f"predictor {name}", variant, (format(value, "f"),))
        self.sources.append(PackSource(role="predictor", name=name, sha256=text.sha256))

    def _read(self, text: Text, role: SourceRole, head: Head = Head()) -> None:  # noqa: B008 - it never changes
        version, dated = (None if each is None else each[:500] or None for each in (head.version, head.dated))
        self.sources.append(PackSource(role=role, name=text.name, sha256=text.sha256, version=version, dated=dated))

    def _keep(
        self, text: Text, number: int, what: str, variant: Variant, values: tuple[str, ...], *, anywhere: bool = False
    ) -> None:
        """Take in what is said of an allele, if it lies in a gene."""
        over = self.over(variant.chrom, variant.pos, variant.end)
        if not over or not (anywhere or is_inside(self.wanted.get(variant.chrom, ()), variant.pos, variant.end)):
            return
        known = self.known.get(variant.chrom, Stretches(()))
        here = [known.base(variant.pos + at) for at in range(len(variant.ref))]
        if any(base not in (told, "N") for base, told in zip(here, variant.ref, strict=True)):
            expected = f"{''.join(here)[:40]} at {variant.chrom}:{variant.pos}, as the FASTA has it"
            raise text.fault(number, expected, variant.ref[:40])
        change = placed(variant, known)
        key = (change.start, change.removed, change.put)
        plain = tuple(value.replace("\t", " ") for value in values)
        for gene in over:
            rows = self.tables.setdefault((gene.symbol, what), {})
            self.rows_kept += key not in rows
            rows[key] = _joined(what, rows.get(key), plain)
        if self.rows_kept > MOST_ROWS:
            raise EvidenceError(text.name, f"at most {MOST_ROWS} alleles in the genes", "more")

    def over(self, chrom: str, start: int, end: int) -> list[Gene]:
        """The genes that some bases lie in, at least in part."""
        own = self.by_chrom.get(chrom, ())
        return [gene for gene, first, last in own if first <= end and start <= last]

    def form(self) -> dict[str, Any]:
        """The pack as its file has it."""
        return {
            "rule_set": named(self.rules),
            "panel": panel_digest(self.rules.content, self.build),
            "build": self.build.value,
            "sources": [asdict(source) for source in self.sources],
            "sequences": {chrom: [[*piece] for piece in known.stretches] for chrom, known in self.known.items()},
            "genes": [self._gene(gene) for gene in self.genes],
            "covered": {chrom: [[*span] for span in spans] for chrom, spans in self.covered.items()},
            "limit": self.limit,
        }

    def _gene(self, gene: Gene) -> dict[str, Any]:
        predictors = [source.name for source in self.sources if source.role == "predictor"]
        return {
            "symbol": gene.symbol,
            "chrom": gene.chrom,
            "transcripts": [
                {name: value for name, value in asdict(each).items() if name != "chrom"}
                for each in self.own.get(gene.symbol, ())
            ],
            "clinvar": self._rows(gene.symbol, "clinvar"),
            "frequencies": self._rows(gene.symbol, "frequencies"),
            "predictors": {name: self._rows(gene.symbol, f"predictor {name}") for name in predictors},
        }

    def _rows(self, symbol: str, what: str) -> str:
        rows = sorted(self.tables.get((symbol, what), {}).items())
        return "\n".join("\t".join((str(start), *rest, *values)) for (start, *rest), values in rows)


def _numbers(text: Text, line: int, cells: Iterable[str]) -> list[Decimal]:
    """The numbers of some cells, but for the missing ones."""
    found = (number_of(text, line, cell) for cell in cells)
    return [value for value in found if value is not None]


def _one_of(looked: Decimal) -> Decimal:
    """The frequency of one allele among so many, rounded up.

    >>> _one_of(Decimal(30))
    Decimal('0.033333333334')
    """
    return (1 / looked).quantize(Decimal("1e-12"), ROUND_CEILING).normalize()


def _joined(what: str, before: tuple[str, ...] | None, values: tuple[str, ...]) -> tuple[str, ...]:
    """What is said of an allele that a source has twice: ClinVar's words together, of numbers the highest.

    A frequency that is unknown once is so.
    """
    if before is None or before == values:
        return values
    if what == "clinvar":
        return tuple(a if a == b or not b else b if not a else f"{a}|{b}" for a, b in zip(before, values, strict=True))
    if UNKNOWN in (*before, *values):
        return (UNKNOWN,)
    return (format(max(Decimal(before[0]), Decimal(values[0])), "f"),)


def _notes(genes: Sequence[Gene], found: Found, making: _Making) -> Iterable[str]:
    """What a person must know of a pack."""
    lacking = [gene.symbol for gene in genes if gene.symbol not in found.transcripts]
    if lacking:
        yield f"no protein coding transcript of {', '.join(lacking)}: what variants do there stays unknown"
    for gene in genes:
        own = found.transcripts.get(gene.symbol, ())
        if own and gene.transcripts and not any(counts(each, gene) for each in own):
            wanted = sorted({name.partition(".")[0] for name in gene.transcripts})
            yield f"{gene.symbol}: the transcripts have neither MANE Select nor {' or '.join(wanted)}"
    if making.covered and making.limit is None:
        yield "the source of frequencies tells no AN: an allele that it lacks has no frequency"
    if not making.covered and "frequencies" in {source.role for source in making.sources}:
        yield "no --covered: an allele that the source of frequencies lacks has no frequency"
