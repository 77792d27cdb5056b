"""What is asked of one VCF or BCF: at which places, and which of its lines and records are read in full."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from assigner.genome.builds import Build
from assigner.profiles.profile import Role
from assigner.rules import Rules
from assigner.rules.loci import span_on
from assigner.rules.panels import Panel, panel_of
from assigner.vcf.annotations.annotators import without_meaning
from assigner.vcf.annotations.predictors import is_frequency
from assigner.vcf.meaning.filters import accepts_filter
from assigner.vcf.meaning.judged import INFO_THAT_TELLS
from assigner.vcf.meaning.known import Known
from assigner.vcf.meaning.places import (
    by_contig,
    distinct,
    may_code,
    merged,
    places,
    positions_of,
    touches,
    with_scores,
)
from assigner.vcf.meaning.relevance import Relevance
from assigner.vcf.meaning.structural import structural_places
from assigner.vcf.meaning.unexplained import MOST_NAMED, Chooser
from assigner.vcf.metadata import Metadata
from assigner.vcf.records.histories import filled_by
from assigner.vcf.scan.headers import Header
from assigner.vcf.scan.intervals import Choice, Intervals, Pairs
from assigner.vcf.scan.scans import Line, Scan
from assigner.vcf.scan.sieves import Sieve

if TYPE_CHECKING:
    from assigner.packs.pack import Pack
    from assigner.vcf.scan.plain import PlainReader


@frozen(kw_only=True)
class Questions:
    """What a rule set asks of one file.

    Attributes:
        rules: the rule set.
        metadata: what the file's header shows.
        around: how far around a listed allele, in bases, another spelling of it is looked for.
        alone: whether no other file of the participant can tell of the same variants.
        pack: what tells of the carried variants of which the file does not, if there is one.
    """

    rules: Rules
    metadata: Metadata
    around: int
    alone: bool
    pack: Pack | None

    @property
    def _panels(self) -> list[Panel]:
        """The rule set on the file's build, or on each that it may be on."""
        return self._panels_on(self.metadata.build)

    def _panels_on(self, build: Build | None) -> list[Panel]:
        return [panel_of(self.rules, each) for each in ((build,) if build else Build)]

    def choice(self, header: Header) -> Choice:
        """The intervals of the panel, by the file's names for the contigs, on every build it may be on."""
        panels = self._panels_on(self.metadata.looked_on)
        return by_contig(header, with_scores(self._beside_scores(panels, self.metadata.in_genes), panels))

    def _beside_scores(self, panels: Sequence[Panel], in_genes: bool) -> dict[str, Pairs]:
        """What is asked of the file by chromosome, beside the places of scores."""
        whole = [merged(structural_places(panel)) for panel in panels if self.metadata.structural]
        return Intervals.together([*(places(each, in_genes, self.around) for each in panels), *whole])

    def _listed(self, panels: Iterable[Panel]) -> dict[str, Pairs]:
        """What is kept of a file by its place alone, by chromosome, beside the places of scores."""
        return Intervals.together(places(panel, False, self.around) for panel in panels)

    def plain_reader(self, header: Header, column: int) -> PlainReader | None:
        """What takes plain genotypes at the places of scores out of the lines; none where they may have been filled in.

        Lines that something else is asked of are read in full: those at a listed place, and in genes, whose annotation
        may be unsound even where no criterion asks for it. Where all that is asked of genes are some changes that no
        annotation explains, most plain lines in them need not be read in full.

        Args:
            header: the file's.
            column: the participant's, counted from CHROM.
        """
        panels, unexplained = self._panels, self.metadata.names_unexplained
        positions = {chrom: distinct(own) for chrom, own in positions_of(panels).items()}
        if self.metadata.role is not Role.VARIANTS or not positions or filled_by(header) is not None:
            return None
        from assigner.vcf.meaning.plain_lines import PlainInGenes  # few rule sets have scores
        from assigner.vcf.scan.plain import PlainReader

        others = self._listed(panels) if unexplained else self._beside_scores(panels, True)
        genes = merged((gene.chrom, *span_on(gene, each.build)) for gene in self.rules.content.genes for each in panels)
        if not unexplained or len(panels) > 1:
            others = Intervals.together([others, genes])
        gates, most = self.rules.content.gates, self.most(header)
        silent = without_meaning(header.info, self.rules.content.fields.frequency)
        return PlainReader.of(
            header,
            column,
            places=by_contig(header, positions),
            others=by_contig(header, others),
            genes=by_contig(header, genes),
            in_genes=lambda: PlainInGenes.of(silent, Chooser(panels, most)),
            gates=gates,
            accepts=lambda text: accepts_filter(text.decode("utf-8", "backslashreplace"), gates),
            hidden=INFO_THAT_TELLS,
        )

    def sieve(self, header: Header, alts: int) -> Sieve | None:
        """What leaves out records that are no evidence: of a file without annotation, in genes and not carried.

        It leaves out none that `worth_reading` would keep or count; that looks at each of the others.

        Args:
            header: the file's.
            alts: how many ALT alleles a record may have.
        """
        if not self.metadata.names_unexplained:
            return None
        panels = self._panels
        listed = with_scores(self._listed(panels), panels)
        return Sieve.of(by_contig(header, listed), by_contig(header, may_code(panels)), alts)

    def most(self, header: Header) -> int | None:
        """How many variants of a gene are read of which nothing is said; all where something else may be said of them.

        They are alike as long as no field tells their frequency and no other file explains some of them.
        """
        told = header.info.keys() & {*self.rules.content.fields.frequency}
        return None if told or any(map(is_frequency, header.info)) or not self.alone else MOST_NAMED

    def worth_reading(self, scan: Scan, known: Known) -> tuple[tuple[Line, ...], Mapping[str, int]]:
        """Of a file without annotation what stands at a listed place, and some carried variants in each gene.

        A genome's reference blocks inside the genes are as many as its records elsewhere.

        Args:
            scan: what was found in the file.
            known: what was worked out for other participants of the file.

        Returns:
            The lines, and by gene how many carried variants were left out, because enough others were read.
        """
        if not self.metadata.names_unexplained:
            return scan.lines, {}
        panels = self._panels

        def regions() -> Mapping[str, Intervals]:
            return Intervals.by_contig(with_scores(self._listed(panels), panels))

        here = known.once("regions", regions)
        chooser, at_listed, kept = Chooser(panels, self.most(scan.header)), known.at_listed, list[Line]()
        for line in scan.lines:
            listed = at_listed.get(id(line))
            if listed is None:
                listed = touches(line.text, here)
                if id(line) in known.lasting:
                    at_listed[id(line)] = listed
            if listed or chooser.wants(line.text):
                kept.append(line)
        return tuple(kept), chooser.left_out + Counter(scan.plain.left_out)

    def relevance(self) -> Relevance | None:
        """Which records can matter; all do in a file without annotation and large variants, or of unknown build."""
        shown = self.metadata
        if shown.build is None or not (shown.annotated or shown.structural):
            return None
        panel = panel_of(self.rules, shown.build)
        return Relevance(
            panel=panel,
            annotator=shown.annotator,
            listed=Intervals.by_contig(with_scores(places(panel, False, self.around), [panel])),
            pack=self.pack if shown.packed else None,
            structural=shown.structural,
            alone=self.alone,
        )
