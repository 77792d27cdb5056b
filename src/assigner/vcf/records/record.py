"""One record as a participant has it: its place, its alleles, and what it says of the genotype."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeVar

from attrs import field, frozen

from assigner.profiles.genotypes import Genotype
from assigner.vcf.scan.alts import ANY_OTHER, MISSING_ALLELE, NO_ALLELE, is_structural, joined_on
from assigner.vcf.scan.extents import Extent

_WHOLE = re.compile(r"[0-9]{1,10}")

Result = TypeVar("Result")

_NEW = object()

_MISSING = frozenset({MISSING_ALLELE})


@frozen(kw_only=True)
class Record:
    """One record of the panel with one sample's column.

    Attributes:
        number: its line in the file (in BCF, its rank), for people.
        contig: the contig's name as the file writes it.
        chrom: the chromosome it stands for, None for other contigs.
        pos: 1-based position of the first base of `ref`.
        ref: reference bases in upper case.
        alts: the alternative alleles as written, bases in upper case; none for ALT `.`.
        filters: the values of FILTER; empty for `.`, no filter applied.
        info: INFO as text; flags have the empty text.
        sample: the sample's FORMAT values as text, `.` included.
        genotype: None when the record has no GT.
        depth: FORMAT/DP (MIN_DP in a reference block), where htslib reads a number.
        quality: FORMAT/GQ (or RGQ, GQX), likewise.
        depths: FORMAT/AD, reads by allele; empty when not given for every allele.
        unsound: of depth, quality and balance, what the record does not give as its header says.
        qual: QUAL as a number; None when it is missing.
        file: the rank of the file among the participant's, from 0.
        phased_alone: whether `|` without a phase set says nothing beside other records.
        alone: whether the file has this sample alone, so that QUAL and INFO speak of nobody else.
    """

    number: int
    contig: str
    chrom: str | None
    pos: int
    ref: str
    alts: tuple[str, ...]
    filters: tuple[str, ...]
    info: Mapping[str, str]
    sample: Mapping[str, str]
    genotype: Genotype | None
    depth: int | None = None
    quality: int | None = None
    depths: tuple[int | None, ...] = ()
    unsound: frozenset[str] = frozenset()
    qual: Decimal | None = None
    file: int = 0
    phased_alone: bool = False
    alone: bool = False
    _known: dict[Any, Any] = field(factory=dict, init=False, eq=False, repr=False)

    def once(self, work: Callable[..., Result], given: Any = None) -> Result:
        """What a pure function makes of this record, and of something else if given; it is called the first time only.

        A file of many participants has one record for all with the same cell; what is known of it lives as long as it.
        """
        key = work if given is None else (work, id(given))
        found: Result = self._known.get(key, _NEW)
        if found is _NEW:
            found = self._known[key] = work(self) if given is None else work(self, given)
            self._known[id(given)] = given  # held, so that no other value gets its id
        return found

    def forget(self) -> None:
        """Forget what is known of it, which can be worked out again, unless it is there for other participants too."""
        if self.alone:
            self._known.clear()

    @property
    def phases(self) -> str:
        """Within what the names of phase sets hold: a contig of one file."""
        return f"file {self.file + 1} {self.contig}" if self.file else self.contig

    @cached_property
    def extent(self) -> Extent:
        """INFO/END and INFO/SVLEN."""
        return Extent.of(self.info)

    @cached_property
    def end(self) -> int:
        """The last base it speaks of: that of `ref`, or where a block or a structural variant reaches.

        A block may stand beside another ALT, which is there for another sample: then this sample's LEN (VCF 4.5) tells
        how far it reaches. INFO/END is that of the longest of all samples, and counts only where there is no LEN. A
        carried allele of any other bases lies anywhere in its block.
        """
        own = self.pos + len(self.ref) - 1
        if self.is_structural:
            joined = max((joined_on(alt, self.contig, self.pos) or own for alt in self.alts), default=own)
            return max(own, joined, self.extent.end or own, self.pos + self.extent.longest(self.alts))
        length = self.sample.get("LEN")
        if length is not None and self._may_be_block:
            return max(own, self.pos + int(length) - 1) if _WHOLE.fullmatch(length) else own
        return max(own, self.extent.end or own) if self.is_reference_block or self.shows_any_other else own

    @property
    def is_reference_block(self) -> bool:
        """Whether no other allele than the reference's is named, or `*` alone with an END and without a copy of it."""
        only_deleted = self.alts == ("*",) and self.extent.end is not None and not self.is_carried
        return only_deleted or ANY_OTHER.issuperset(self.alts)

    @property
    def tells_each_base(self) -> bool:
        """Whether it is a block, of one base or more, and not the record of a variant."""
        return self.is_reference_block or self.end > self.pos + len(self.ref) - 1

    @property
    def _may_be_block(self) -> bool:
        if ANY_OTHER.isdisjoint(self.alts):
            return not self.alts
        return ANY_OTHER.issuperset(self.alts) or not self.is_carried or self.shows_any_other

    @cached_property
    def is_carried(self) -> bool:
        """Whether the participant has any ALT, by its GT."""
        return self.genotype is not None and any(self.genotype.alleles)

    @property
    def called(self) -> tuple[int | None, ...]:
        """The alleles that it calls, by number; none where it shows no ALT."""
        return self.genotype.alleles if self.genotype is not None and any(self.genotype.alleles) else ()

    @property
    def shows_any_other(self) -> bool:
        """Whether GT has the ALT that stands for any other allele: what that one is, no annotation tells."""
        return self._shows(ANY_OTHER)

    @property
    def shows_missing(self) -> bool:
        """Whether GT has `*`: an allele that is missing there because of a deletion that begins before it."""
        return self._shows(_MISSING)

    @property
    def shows_untold(self) -> bool:
        """Whether GT has either: an allele of which no annotation can know the bases."""
        return self._shows(NO_ALLELE)

    def _shows(self, alts: frozenset[str]) -> bool:
        if self.genotype is None or alts.isdisjoint(self.alts):
            return False
        return any(allele and self.alts[allele - 1] in alts for allele in self.genotype.alleles)

    def is_of_base(self, pos: int) -> bool:
        """Whether it is the record of this very base: of it alone, of no insertion behind it, or of its replacement."""
        if self.pos == pos == self.end and all(len(alt) == 1 or alt in ANY_OTHER for alt in self.alts):
            return True
        at, ref = pos - self.pos, self.ref
        alts = (alt for alt in self.alts if len(alt) == len(ref) and alt != "*" and not is_structural(alt))
        return 0 <= at < len(ref) and any(alt[at] != ref[at] for alt in alts if alt not in ANY_OTHER)

    def speaks_behind(self, pos: int) -> bool:
        """Whether it would tell an insertion behind a base: it covers the next one too, or names any ALT at all."""
        return self.end > pos or self.is_reference_block or bool(ANY_OTHER & set(self.alts))

    @property
    def loses(self) -> int:
        """How many bases its longest deletion takes, carried or not; 0 where it names any other base at all."""
        shortest = min((len(alt) for alt in self.alts if alt != "*"), default=len(self.ref))
        return 0 if ANY_OTHER & set(self.alts) else max(0, len(self.ref) - shortest)

    @property
    def is_structural(self) -> bool:
        """Whether any ALT is a structural variant."""
        return any(map(is_structural, self.alts))
