"""A minimal valid gVCF and VCF of repeats that show one state and nothing else.

Every gene and listed place is in a reference block; REF is the base where the rule set has it, and `N` elsewhere.
Unlisted variants are at made-up places with the annotation of the state; the change itself has no meaning.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from attrs import field, frozen

from assigner.genome.variants import Variant
from assigner.lint.states import GeneState
from assigner.profiles.calls import Call, Sex
from assigner.profiles.made_up import codes, copies_of, normal_letters, normal_sizes
from assigner.profiles.profile import Observed, RepeatSizes
from assigner.rules.loci import Gene, span_on
from assigner.rules.panels import Panel, locus_of, marker_pos
from assigner.rules.repeats import Repeat
from assigner.synthetic.vcfs import Row, Vcf, repeat_alleles
from assigner.truth import Truth

_STARS = (
    "no_assertion_criteria_provided",
    "criteria_provided&_single_submitter",
    "criteria_provided&_multiple_submitters&_no_conflicts",
    "reviewed_by_expert_panel",
    "practice_guideline",
)
_SMALL = (
    '##ALT=<ID=NON_REF,Description="Any possible alternative allele not already represented at this location">',
    '##FILTER=<ID=LowQual,Description="Low quality">',
    '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Allelic depths">',
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Read depth">',
    '##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Genotype quality">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    '##FORMAT=<ID=MIN_DP,Number=1,Type=Integer,Description="Minimum DP within the block">',
    '##FORMAT=<ID=PS,Number=1,Type=Integer,Description="Phase set">',
    '##INFO=<ID=END,Number=1,Type=Integer,Description="End of the block">',
)
_SIZED = (
    '##INFO=<ID=END,Number=1,Type=Integer,Description="End position of the variant">',
    '##INFO=<ID=REF,Number=1,Type=Integer,Description="Reference copy number">',
    '##INFO=<ID=RL,Number=1,Type=Integer,Description="Reference length in bp">',
    '##INFO=<ID=RU,Number=1,Type=String,Description="Repeat unit in the reference orientation">',
    '##INFO=<ID=VARID,Number=1,Type=String,Description="Variant identifier">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    '##FORMAT=<ID=SO,Number=1,Type=String,Description="Type of reads that support the allele">',
    '##FORMAT=<ID=REPCN,Number=1,Type=String,Description="Number of repeat units spanned by the allele">',
    '##FORMAT=<ID=REPCI,Number=1,Type=String,Description="Confidence interval for REPCN">',
)
_MADE_UP = "##made_up=nobody's genome, by assigner rules example"
HET_SITES_ON_X = 12
"""A sample with this many heterozygous calls on X looks like one with two copies of it."""

SHARED_SITES = 24
"""At so many sites two files are held against each other."""


@frozen(kw_only=True)
class Sheet:
    """What a participant's files are to show.

    Attributes:
        name: the sample.
        poor: a listed allele in a record that no gate believes.
        looks_female: whether X has heterozygous calls, whatever the sex.
        blocks: whether what was looked at and is reference is written too.
        shared: whether it has sites for another file to be held against it.
        tumour: whether the header calls the sample a tumour's, as Mutect2 does.
    """

    name: str
    state: GeneState
    panel: Panel
    poor: Variant | None = None
    looks_female: bool = False
    blocks: bool = True
    shared: bool = False
    tumour: bool = False
    known: Mapping[tuple[str, int], str] = field(init=False, repr=False, eq=False)

    @known.default
    def _bases(self) -> dict[tuple[str, int], str]:
        return {(v.chrom, v.pos + at): base for v in self.panel.listed for at, base in enumerate(v.ref)}

    @property
    def sex(self) -> Sex:
        """The sex that the genotypes are written for."""
        return Sex.FEMALE if self.looks_female else self.state.sex

    def small(self) -> Vcf:
        """The gVCF."""
        rows = [*self._listed(), *self._unlisted()]
        if self.poor is not None:
            rows.append(_call_row(self.poor, _POOR, ".", "LowQual"))
        if self.looks_female:
            rows += self._away("X", "0/1", HET_SITES_ON_X)
        if self.shared:
            rows += self._away("1", "0/1", SHARED_SITES)
        taken = {(row.chrom, at) for row in rows for at in range(row.pos, row.end + 1)}
        rows += [row for row in self._markers() if (row.chrom, row.pos) not in taken]
        taken |= {(row.chrom, row.pos) for row in rows}
        rows += [row for row in self._scores() if (row.chrom, row.pos) not in taken]
        if self.blocks:
            rows += self._blocks(rows)
        whose = (f"##tumor_sample={self.name}",) if self.tumour else ()
        return self._vcf((*whose, *_SMALL, self._csq_header()), rows)

    def repeats(self) -> Vcf:
        """The VCF of repeats."""
        return self._vcf(("##source=ExpansionHunter v5.0.0", *_SIZED), self._sized())

    def stranger(self) -> Vcf:
        """A VCF of another person under the same name, who has other genotypes at the shared sites."""
        return self._vcf(_SMALL, self._away("1", "1/1", SHARED_SITES))

    def _vcf(self, meta: Sequence[str], rows: Iterable[Row]) -> Vcf:
        return Vcf.on(self.panel.build, rows, sample=self.name, meta=(_MADE_UP, *meta))

    def _listed(self) -> Iterator[Row]:
        for variant, call in self.state.alleles.items():
            yield _call_row(variant, call, ".")

    def _unlisted(self) -> Iterator[Row]:
        for seen in self.state.variants:
            gene = self.panel.genes[seen.gene]
            yield _call_row(seen.variant, seen.call, self._annotation(seen, gene))

    def _csq(self) -> list[str]:
        fields = self.panel.content.fields
        predictors = [names[0] for names in fields.predictors.values() if names]
        plain = ["Allele", "Consequence", "SYMBOL", "Gene", "Feature_type", "Feature", "BIOTYPE", "EXON", "CANONICAL"]
        plain.append("Protein_position")
        return [*plain, *fields.frequency[:1], *predictors, "ClinVar_CLNSIG", "ClinVar_CLNREVSTAT", *self._conditions()]

    def _conditions(self) -> tuple[str, ...]:
        """ClinVar's field of conditions, where any is told."""
        return ("ClinVar_CLNDN",) if any(seen.conditions for seen in self.state.variants) else ()

    def _csq_header(self) -> str:
        described = "Consequence annotations from Ensembl VEP. Format: " + "|".join(self._csq())
        return f'##INFO=<ID=CSQ,Number=.,Type=String,Description="{described}">'

    def _annotation(self, seen: Observed, gene: Gene) -> str:
        fields = self.panel.content.fields
        values = {
            "Allele": seen.variant.alt,
            "Consequence": "&".join(seen.terms or ()) or self._quiet_term(seen, gene),
            "SYMBOL": gene.symbol,
            "Gene": gene.ensembl or "",
            "Feature_type": "Transcript",
            "Feature": gene.transcripts[0] if gene.transcripts else "ENST00000000001.1",
            "BIOTYPE": "protein_coding",
            "EXON": "5/5" if seen.last_exon is Truth.TRUE else "2/5",
            "CANONICAL": "YES",
            "Protein_position": "" if seen.residues is None else "-".join(map(str, dict.fromkeys(seen.residues))),
        }
        if seen.frequency is not None:
            values |= dict.fromkeys(fields.frequency[:1], format(seen.frequency, "f"))
        for name, score in seen.predictors.items():
            values |= dict.fromkeys(fields.predictors.get(name, ())[:1], format(score, "f"))
        if seen.pathogenic is Truth.TRUE:  # beside <NON_REF>, INFO would not say whose it is
            values |= {"ClinVar_CLNSIG": "Pathogenic", "ClinVar_CLNREVSTAT": _status(seen)}
            values |= dict.fromkeys(self._conditions(), "&".join(each.replace(" ", "_") for each in seen.conditions))
        return "CSQ=" + "|".join(values.get(name, "") for name in self._csq())

    def _quiet_term(self, seen: Observed, gene: Gene) -> str:
        """The term of a change that does nothing that is asked, by where it lies."""
        return "synonymous_variant" if codes(gene, self.panel.build, seen.variant.pos) else "intron_variant"

    def _away(self, chrom: str, genotype: str, count: int) -> Iterator[Row]:
        """Calls away from the genes, and on X outside the parts that Y shares."""
        spans = [span_on(g, self.panel.build) for g in self.panel.content.genes if g.chrom == chrom]
        pos, left = 20_000_000, count
        while left:
            pos += 1000
            if not any(start - 1000 <= pos <= end + 1000 for start, end in spans) and (chrom, pos) not in self.known:
                yield _call_row(Variant(chrom, pos, "A", "G"), Call.of(genotype), ".")
                left -= 1

    def _markers(self) -> Iterator[Row]:
        for marker in self.panel.markers.values():
            letters = self.state.markers.get(marker.rsid, normal_letters(self.panel, marker, self.sex))
            pos, ref, alt = marker_pos(marker, self.panel.build), marker.other or "", marker.effect or ""
            if self.known.get((marker.chrom or "", pos)) == alt:
                ref, alt = alt, ref
            call = Call.of("/".join(str(int(letter == alt)) for letter in letters))
            yield _call_row(Variant(marker.chrom or "", pos, ref, alt), call, ".")

    def _scores(self) -> Iterator[Row]:
        """The alleles of polygenic scores, each once, so that they carry as little risk as can be."""
        found: dict[tuple[str, int], Row] = {}
        for score in self.panel.scores.values():
            for at, (allele, copies) in enumerate(zip(score.file.alleles, score.least_risk, strict=True)):
                if (spot := score.places.spot(at)) is not None:
                    call = Call.of({0: "0/0", 2: "1/1"}[copies])
                    found.setdefault(spot, _call_row(Variant(*spot, allele.other, allele.effect), call, "."))
        yield from found.values()

    def _blocks(self, rows: Sequence[Row]) -> Iterator[Row]:
        """What is reference: the genes and all listed places, without what has a record of its own."""
        spans: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for gene in self.panel.content.genes:
            start, end = span_on(gene, self.panel.build)
            spans[gene.chrom].append((max(start, 1), end))
        for variant in self.panel.alleles:
            spans[variant.chrom].append((variant.pos, variant.end))
        for chrom, items in spans.items():
            if chrom == "Y" and self.sex is Sex.FEMALE:
                continue
            own = sorted((row.pos, row.end) for row in rows if row.chrom == chrom)
            for start, end in _apart(items, own):
                yield self._block(chrom, start, end)

    def _block(self, chrom: str, start: int, end: int) -> Row:
        gt = "/".join("0" * copies_of(self.panel.build, chrom, start, self.sex))
        return Row(
            chrom=chrom, pos=start, ref=self.known.get((chrom, start), "N"), alt="<NON_REF>", filters=".",
            info=f"END={end}", keys="GT:DP:GQ:MIN_DP", samples=(f"{gt}:1000:99:1000",),
        )  # fmt: skip

    def _sized(self) -> Iterator[Row]:
        written: set[object] = set()
        for repeat in self.panel.repeats.values():
            if locus_of(repeat) in written:
                continue
            written.add(locus_of(repeat))
            sizes = self.state.repeats.get(locus_of(repeat)) or normal_sizes(self.panel, repeat, self.sex)
            yield _repeat_row(repeat, sizes, self.panel)


_POOR = Call.of("0/1")


def _call_row(variant: Variant, call: Call, info: str, filters: str = "PASS") -> Row:
    depth = 1 if filters != "PASS" else 1000
    copies = call.copies
    share = call.fraction if call.fraction is not None else copies.count(True) / len(copies)
    own = round(float(share) * depth) if any(copies) else 0
    keys, values = "GT:AD:DP:GQ", f"{call.genotype}:{depth - own},{own},0:{depth}:{1 if filters != 'PASS' else 99}"
    if call.phase_set:
        keys, values = f"{keys}:PS", f"{values}:{call.phase_set}"
    return Row(
        chrom=variant.chrom, pos=variant.pos, ref=variant.ref, alt=f"{variant.alt},<NON_REF>", filters=filters,
        info=info, keys=keys, samples=(values,),
    )  # fmt: skip


def _apart(items: Iterable[tuple[int, int]], taken: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The spans that these cover together, without those that are taken."""
    at = 0
    for first, end in sorted(items):
        start = max(first, at)
        for left, right in taken:
            if left <= end and right >= start:
                if start < left:
                    yield start, left - 1
                start = max(start, right + 1)
        if start <= end:
            yield start, end
        at = max(at, end + 1)


def _repeat_row(repeat: Repeat, sizes: RepeatSizes, panel: Panel) -> Row:
    start, end = span_on(repeat, panel.build)
    units = (end - start) // len(repeat.motif)
    known = [size for size in sizes.sizes if size is not None]
    alt, gt = repeat_alleles(units, known)
    support, shown = "/".join("SPANNING" for _ in known), "/".join(map(str, known))
    ranges = "/".join(f"{size}-{size}" for size in known)
    return Row(
        chrom=repeat.chrom, pos=start, ref="N", alt=alt, keys="GT:SO:REPCN:REPCI",
        info=f"END={end};REF={units};RL={end - start};RU={repeat.motif};VARID={repeat.id}",
        samples=(f"{gt}:{support}:{shown}:{ranges}",),
    )  # fmt: skip


def _status(seen: Observed) -> str:
    return "" if seen.stars is None else _STARS[seen.stars]
