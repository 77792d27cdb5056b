"""A pack: what public sources say of a rule set's genes on one build, as one value that is asked and never changed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Hashable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import Literal, TypeAlias

from attrs import frozen

from assigner.genome.builds import Build
from assigner.genome.hgvs import is_rotation
from assigner.genome.variants import UNTOLD, Variant
from assigner.packs.changes import Change
from assigner.packs.effects import Effect, effect
from assigner.packs.together import effect_together
from assigner.packs.transcripts import Span, Spliced, Stretches, Transcript
from assigner.rules.loci import Gene

SourceRole: TypeAlias = Literal["transcripts", "sequence", "clinvar", "frequencies", "covered", "predictor"]
"""What a source of a pack is for."""


FARTHEST_SHIFT = 10_000
"""So many bases at most lie between two places at which one insertion or deletion can be written, as is taken here."""

UNKNOWN = "."
"""The frequency of an allele of which its source has a row, and none that can be read or of no allele looked at."""

HARMLESS = frozenset({"", "Benign", "Likely_benign", "Benign/Likely_benign", "Uncertain_significance"})
"""ClinVar's words on alleles that it surely calls neither pathogenic nor likely pathogenic."""

MOST_ANSWERS = 100_000
"""So many answers of a pack are remembered at most."""


@frozen(kw_only=True)
class PackSource:
    """A file from which a pack was made.

    Attributes:
        role: what it is for.
        name: the name of the file; of a predictor the predictor's.
        sha256: of its bytes.
        version: what the file itself calls its release, if anything.
        dated: its day, as the file tells it, if it does.
    """

    role: SourceRole
    name: str
    sha256: str
    version: str | None = None
    dated: str | None = None


@frozen(eq=False, slots=False)
class Table:
    """What is said of alleles of one gene: a line for each, `start<TAB>removed<TAB>put<TAB>value...`, in order.

    A change has one line, wherever its source has written it: the leftmost place that the known sequence shows.
    """

    lines: str

    def get(self, change: Change) -> tuple[str, ...] | None:
        """The values of a change; None where it has no line."""
        wanted = f"\n{change.start}\t{change.removed}\t{change.put}\t"
        at = self._text.find(wanted)
        if at < 0:
            return None
        start = at + len(wanted)
        return tuple(self._text[start : self._text.index("\n", start)].split("\t"))

    def may_have(self, change: Change) -> bool:
        """Whether it has an insertion or a deletion near that is the same change if the bases between are a repeat."""
        return any(
            abs(other.start - change.start) <= FARTHEST_SHIFT
            and (bool(other.removed), bool(other.put)) == (bool(change.removed), bool(change.put))
            and is_rotation(other.unit, change.unit)
            for other in self._shifting
        )

    def may_hold(self, change: Change, base: Callable[[int], str]) -> bool:
        """Whether a change in ClinVar's table that is not called harmless may have a part in common with another one.

        Args:
            change: one that the table does not have.
            base: the base at a place, `N` where it is not known.
        """
        others = self._harmful_of_several if change.is_plain else self._harmful
        return any(other.shares(change, base) for other in others)

    @property
    def count(self) -> int:
        """How many alleles it has."""
        return self.lines.count("\n") + bool(self.lines)

    @cached_property
    def _harmful(self) -> tuple[Change, ...]:
        """The changes that are not called harmless."""
        return tuple(change for change, word in self._rows if word not in HARMLESS)

    @cached_property
    def _harmful_of_several(self) -> tuple[Change, ...]:
        """Those of them of several bases that are neither an insertion nor a deletion alone."""
        return tuple(each for each in self._harmful if not each.is_plain)

    @cached_property
    def _shifting(self) -> tuple[Change, ...]:
        """The insertions and deletions."""
        return tuple(change for change, _ in self._rows if change.is_pure)

    @cached_property
    def _rows(self) -> tuple[tuple[Change, str], ...]:
        """Each change with its first value; words of ClinVar may hold other ends of lines than the table's own."""
        cells = (line.split("\t") for line in self.lines.split("\n") if line)
        return tuple((Change(int(start), removed, put), word) for start, removed, put, word, *_ in cells)

    @cached_property
    def _text(self) -> str:
        return f"\n{self.lines}\n"


@frozen(kw_only=True)
class PackGene:
    """What a pack holds of one gene.

    Attributes:
        transcripts: all that code for a protein; none where its source has none.
        clinvar: CLNSIG, CLNREVSTAT, CLNDN, CLNDISDB and CLNSIGCONF of ClinVar's alleles in it.
        frequencies: the allele frequency of alleles in it, `UNKNOWN` where the source has a row and no value.
        predictors: the scores of each predictor.
    """

    symbol: str
    chrom: str
    transcripts: tuple[Transcript, ...]
    clinvar: Table
    frequencies: Table
    predictors: Mapping[str, Table]


@frozen(eq=False, slots=False, kw_only=True)
class Pack:
    """What public sources say of a rule set's genes.

    Attributes:
        rule_set: the id and version of the rule set that it was made for.
        panel: the digest of that rule set's genes, see `panel_digest`.
        build: the build of all places.
        sources: the files that it was made from, in the order in which they were read.
        sequences: the known bases of each chromosome.
        genes: all of the rule set's of which variants are asked, by their symbols.
        covered: where a source of frequencies looked, by chromosome; what it lacks there is as rare as `limit`.
        limit: the frequency of one allele among all that the source of frequencies has looked at, if it says so.
        sha256: of the file's bytes.
        size: of the file, in bytes.
    """

    rule_set: str
    panel: str
    build: Build
    sources: tuple[PackSource, ...]
    sequences: Mapping[str, Stretches]
    genes: Mapping[str, PackGene]
    covered: Mapping[str, tuple[Span, ...]]
    limit: Decimal | None
    sha256: str
    size: int

    @property
    def lacking(self) -> tuple[str, ...]:
        """The genes without a transcript: what variants do there is not known."""
        return tuple(symbol for symbol, gene in self.genes.items() if not gene.transcripts)

    @cached_property
    def roles(self) -> frozenset[SourceRole]:
        """What it has sources for."""
        return frozenset(source.role for source in self.sources)

    @cached_property
    def _spliced(self) -> dict[Transcript, Spliced]:
        return {}

    @cached_property
    def _answers(self) -> dict[Hashable, bool]:
        return {}

    def once(self, question: Hashable, answer: Callable[[], bool]) -> bool:
        """An answer of this pack, worked out when it is first asked for: a file of many participants asks it often.

        Args:
            question: all that the answer depends on besides the pack.
            answer: works it out.
        """
        if question not in self._answers:
            if len(self._answers) >= MOST_ANSWERS:
                self._answers.clear()
            self._answers[question] = answer()
        return self._answers[question]

    def spliced(self, transcript: Transcript) -> Spliced:
        """A transcript with its sequence."""
        if transcript not in self._spliced:
            self._spliced[transcript] = Spliced.of(transcript, self.sequence(transcript.chrom))
        return self._spliced[transcript]

    def sequence(self, chrom: str) -> Stretches:
        """The known bases of a chromosome."""
        return self.sequences.get(chrom, Stretches(()))

    def effects(self, gene: Gene, variant: Variant) -> tuple[Effect, ...]:
        """What a variant does to the transcripts that count for a gene; none where the pack has none."""
        known, change = self.sequence(variant.chrom), Change.of(variant)
        return tuple(effect(change, self.spliced(each), known) for each in self.counting(gene.symbol, gene))

    def effect_together(self, transcript: Transcript, variants: Sequence[Variant]) -> Effect | None:
        """What variants of one haplotype do to a transcript together; None where it is not known.

        It is not where two of them have a base of REF in common, be it an anchor: on one haplotype they contradict it.
        """
        ordered = sorted(variants, key=lambda variant: (variant.pos, variant.end))
        if any(other.pos <= one.end for one, other in pairwise(ordered)):
            return None
        changes = [Change.of(variant) for variant in variants]
        return effect_together(changes, self.spliced(transcript), self.sequence(transcript.chrom))

    def counting(self, symbol: str, gene: Gene) -> Sequence[Transcript]:
        """Those that count: MANE Select and what the rule set names, else the canonical one, else all."""
        own = self.genes[symbol].transcripts if symbol in self.genes else ()
        chosen = [each for each in own if counts(each, gene)]
        return chosen or [each for each in own if each.canonical] or own

    def has_clinvar(self, gene: str, variant: Variant) -> bool:
        """Whether ClinVar's word on a variant is here, if it has one.

        It is not where the known sequence does not show all places at which an insertion or a deletion can be written,
        and ClinVar has one near that may be the same; nor where the variant and one of ClinVar's that it does not call
        harmless are not the same and may have a part in common.
        """
        if "clinvar" not in self.roles or gene not in self.genes or variant.alt == UNTOLD:
            return False
        change, table = self.placed(variant), self.genes[gene].clinvar
        if table.get(change) is not None:
            return True
        if table.may_hold(change, self.sequence(variant.chrom).base):
            return False
        return self._shows(variant.chrom, self._reach(variant)) or not table.may_have(change)

    def placed(self, variant: Variant) -> Change:
        """A variant as tables of the pack have it."""
        return placed(variant, self.sequence(variant.chrom))

    def frequency(self, gene: str, variant: Variant) -> Decimal | None:
        """The allele frequency; of one that is not there the limit of detection, where the source has looked.

        None where nothing tells it, and where the source has a row of it without a frequency.
        """
        found = self.genes[gene].frequencies.get(self.placed(variant)) if gene in self.genes else None
        if found is not None:
            return None if found[0] == UNKNOWN else Decimal(found[0])
        return self.limit if self.looked_at(variant) else None

    def looked_at(self, variant: Variant) -> bool:
        """Whether the source of frequencies has looked at all bases of a variant, and of the other ways to write it.

        A change of several bases that is no plain insertion or deletion is never looked at: a source counts its parts.
        """
        if not Change.of(variant).is_plain:
            return False
        reach = self._reach(variant)
        return self._shows(variant.chrom, reach) and is_inside(self.covered.get(variant.chrom, ()), *reach)

    def _reach(self, variant: Variant) -> Span:
        """From the base before the first place at which a variant can be written to the base behind the last one."""
        change, known = Change.of(variant), self.sequence(variant.chrom)
        return change.leftmost(known.base).start - 1, change.rightmost(known.base).end + 1

    def _shows(self, chrom: str, span: Span) -> bool:
        """Whether some bases are in the known sequence."""
        return self.sequence(chrom).bases(*span) is not None


def counts(transcript: Transcript, gene: Gene) -> bool:
    """Whether a transcript is MANE Select, or one that the rule set names, in any version."""
    named = {name.partition(".")[0] for name in gene.transcripts}
    return transcript.mane or transcript.accession.partition(".")[0] in named


def is_inside(spans: Sequence[Span], first: int, last: int) -> bool:
    """Whether some bases lie in one of these spans, which are in ascending order.

    >>> is_inside(((1, 5), (9, 12)), 9, 12), is_inside(((1, 5), (9, 12)), 5, 9)
    (True, False)
    """
    at = bisect_right(spans, (first, 1 << 62)) - 1
    return at >= 0 and last <= spans[at][1]


def placed(variant: Variant, known: Stretches) -> Change:
    """A variant at the leftmost place that the known sequence shows."""
    return Change.of(variant).leftmost(known.base)
