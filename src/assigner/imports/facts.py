"""What public sources say, in one form each: of alleles, genes, repeats and markers."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence

from attrs import field, frozen

from assigner.genome.builds import Build
from assigner.genome.variants import Variant


class Standing(enum.StrEnum):
    """How a source classifies an allele. What it says in other words, or in words not known, is neither side's."""

    PATHOGENIC = "pathogenic"
    LOW_PENETRANCE = "low penetrance"
    CONFLICTING = "conflicting"
    UNCERTAIN = "uncertain"
    BENIGN = "benign"
    OTHER = "other"
    UNKNOWN = "not understood"
    NONE = "none"


@frozen(kw_only=True)
class AlleleFact:
    """What a source says of one allele.

    Attributes:
        record: the source's own number for it.
        genes: the symbols that the source gives.
        places: what it changes, on the builds that the files tell.
        said: the classification in the source's own words.
        stars: its review status, 0 to 4; None when it is not known or its words are not.
        review: the review status in the source's own words.
        classified: when, as `2026-05-31`; None when it is not said.
    """

    record: str
    genes: tuple[str, ...]
    places: Mapping[Build, Variant] = field(factory=dict)
    standing: Standing
    said: str
    stars: int | None = None
    review: str = ""
    conditions: tuple[str, ...] = ()
    classified: str | None = None
    hgvs_c: str | None = None
    hgvs_p: str | None = None


@frozen(kw_only=True)
class GeneFact:
    """What a source says of one gene and one disease or panel.

    Attributes:
        hgnc: its HGNC id; None when the source gives none.
        values: the fields of a gene of a rule set that the source tells, by name.
        said: what it says, in its own words.
        doubts: why nothing can be proposed from it.
    """

    symbol: str
    hgnc: str | None
    values: Mapping[str, str] = field(factory=dict)
    said: str
    doubts: str = ""


@frozen(kw_only=True)
class RepeatFact:
    """What a source says of one repeat.

    Attributes:
        spans: start and end by build, of which the source's versions count the first base from 0 or from 1.
        motifs: those that cause the disease, on the plus strand.
        normal: the largest size that is normal; None when not said.
        expanded: the smallest size that causes the disease; None when not said.
    """

    record: str
    gene: str
    chrom: str
    spans: Mapping[Build, tuple[int, int]]
    motifs: tuple[str, ...]
    normal: int | None
    expanded: int | None
    disease: str
    doubts: str = ""


@frozen(kw_only=True)
class MarkerFact:
    """What a source says of one common allele.

    Attributes:
        effect: the base that carries the risk; None when the source does not know.
        log_odds: thousandths of a natural log odds ratio for each copy; None when the scale is not told.
        interval: its 95 % confidence interval, in the same unit; None when not told.
        said: the effect in the source's own words.
    """

    rsid: str
    genes: tuple[str, ...]
    chrom: str | None
    pos38: int | None
    effect: str | None
    log_odds: int | None
    interval: tuple[int, int] | None = None
    said: str
    study: str
    p_value: str


@frozen(kw_only=True)
class EvidenceFile:
    """A file that was read: its name, the SHA-256 of its bytes, and the day that it is of."""

    name: str
    sha256: str
    dated: str | None


@frozen(kw_only=True)
class Evidence:
    """What the files of a source say, each of one kind of thing.

    Attributes:
        covered: the genes of which the files say anything at all.
        elsewhere: by symbol, what they say of a gene for another disease, or of a part of it, in their own words.
        aside: how many records were not used, by the reason.
    """

    files: tuple[EvidenceFile, ...]
    alleles: tuple[AlleleFact, ...] = ()
    genes: tuple[GeneFact, ...] = ()
    repeats: tuple[RepeatFact, ...] = ()
    markers: tuple[MarkerFact, ...] = ()
    covered: frozenset[str] = frozenset()
    elsewhere: Mapping[str, Sequence[str]] = field(factory=dict)
    aside: Mapping[str, int] = field(factory=dict)
