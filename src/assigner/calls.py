"""What is known of one allele in one participant: the state of its site and the copies called there."""

from __future__ import annotations

import enum
import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import combinations
from typing import Self

from attrs import evolve, field, frozen

from assigner.errors import ProfileError, shown
from assigner.truth import Truth, any_of
from assigner.variants import Variant


class State(enum.StrEnum):
    """How a site was seen; only the first three answer, and `partial` answers in part."""

    CALLED = "called"
    REFERENCE = "reference"
    ASSUMED_REFERENCE = "assumed_reference"
    PARTIAL = "partial"
    NO_CALL = "no_call"
    NOT_ASSESSED = "not_assessed"
    LOW_QUALITY = "low_quality"
    FILTERED = "filtered"
    CONFLICT = "conflict"
    INVALID = "invalid"


class Sex(enum.StrEnum):
    """The sex that decides how many copies of X and Y there are."""

    FEMALE = "female"
    MALE = "male"


REFERENCE_STATES = frozenset({State.REFERENCE, State.ASSUMED_REFERENCE})
UNTRUSTED = frozenset({State.LOW_QUALITY, State.FILTERED, State.CONFLICT, State.INVALID})
_SILENT = frozenset({State.NO_CALL, State.NOT_ASSESSED})

_GENOTYPE = re.compile(r"[01.](?:(?:/[01.])*|(?:\|[01.])*)")


@frozen
class Call:
    """One allele at its site.

    Attributes:
        state: how the site was seen.
        copies: for each haplotype, whether it carries the allele; None for the `.` of VCF.
        phase_set: within one set the order of `copies` is that of the haplotypes; None when unphased.
        fraction: the share of reads (or of mitochondrial genomes) with the allele.
        depth: reads at the site.
        quality: genotype quality, phred-scaled.
        why: what is wrong, when the state says that something is.

    >>> Call.of("./1").carries
    <Truth.TRUE: 'true'>
    >>> Call.of("0/.").carries
    <Truth.UNKNOWN: 'unknown'>
    """

    state: State
    copies: tuple[bool | None, ...] = ()
    phase_set: str | None = field(default=None, kw_only=True)
    fraction: Decimal | None = field(default=None, kw_only=True)
    depth: int | None = field(default=None, kw_only=True)
    quality: int | None = field(default=None, kw_only=True)
    why: str | None = field(default=None, kw_only=True)

    @classmethod
    def of(cls, genotype: str, phase_set: str | None = None) -> Self:
        """The call that a genotype makes, in terms of one allele: 1 is this allele, 0 any other.

        Raises:
            ProfileError: when it is not written as VCF's GT.
        """
        if not isinstance(genotype, str) or not _GENOTYPE.fullmatch(genotype):
            raise ProfileError("genotype", "0, 1 and . joined by / or |", shown(genotype))
        copies = tuple({"0": False, "1": True, ".": None}[c] for c in re.split(r"[/|]", genotype))
        return cls.from_copies(copies, (phase_set or "") if "|" in genotype else None)

    @classmethod
    def from_copies(cls, copies: tuple[bool | None, ...], phase_set: str | None = None) -> Self:
        """The call of a site whose record passed every gate."""
        missing = copies.count(None)
        if missing == len(copies):
            return cls(State.NO_CALL, copies)
        return cls(State.PARTIAL if missing else State.CALLED, copies, phase_set=phase_set)

    @property
    def genotype(self) -> str:
        """The copies in VCF's GT notation, empty when the site has no record."""
        sign = "/" if self.phase_set is None else "|"
        return sign.join("." if copy is None else str(int(copy)) for copy in self.copies)

    @property
    def carries(self) -> Truth:
        """Whether at least one haplotype carries the allele."""
        if self.state in REFERENCE_STATES:
            return Truth.FALSE
        if self.state not in (State.CALLED, State.PARTIAL):
            return Truth.UNKNOWN
        if True in self.copies:
            return Truth.TRUE
        return Truth.UNKNOWN if None in self.copies else Truth.FALSE

    @property
    def on_every_haplotype(self) -> Truth:
        """Whether no haplotype is without the allele: homozygous, or on the only copy there is."""
        if self.carries is not Truth.TRUE:
            return self.carries
        return Truth.FALSE if False in self.copies else Truth.UNKNOWN if None in self.copies else Truth.TRUE

    @property
    def seen(self) -> bool:
        """Whether the record shows the allele, believed or not."""
        return True in self.copies

    def merged(self, other: Call) -> Call:
        """What two records of the same allele say together, in whichever order they stand.

        Equal genotypes collapse; a record that says nothing yields to one that does; any other pair is a conflict. A
        record that is not believed makes the other doubtful too. What either of them shows stays in sight.
        """
        one, two = sorted((self, other), key=Call._rank)
        if one.state in UNTRUSTED:
            return evolve(one, copies=two.copies, phase_set=two.phase_set) if two.seen and not one.seen else one
        if two.state in _SILENT:
            return one
        if sorted(map(str, one.copies)) != sorted(map(str, two.copies)):
            return evolve(one, state=State.CONFLICT, why=f"two records: {one.genotype} and {two.genotype}")
        same_phase = two.phase_set is None or (one.copies, one.phase_set) == (two.copies, two.phase_set)
        same_share = two.fraction is None or one.fraction in (None, two.fraction)
        return evolve(
            one,
            phase_set=one.phase_set if same_phase else None,
            fraction=(two.fraction if one.fraction is None else one.fraction) if same_share else None,
        )

    def _rank(self) -> tuple[object, ...]:
        """An order of records that does not depend on the file's: the doubtful first, then those that show most."""
        doubtful, silent, phased = self.state in UNTRUSTED, self.state in _SILENT, self.phase_set is not None
        told = (self.state, self.genotype, self.phase_set, self.fraction, self.depth, self.quality, self.why)
        return (not doubtful, silent, not self.seen, not phased, *map(str, told))


NOT_ASSESSED = Call(State.NOT_ASSESSED)
ASSUMED_REFERENCE = Call(State.ASSUMED_REFERENCE)


def in_trans(one: tuple[Variant, Call], other: tuple[Variant, Call]) -> Truth:
    """Whether two different alleles, both carried, lie on different haplotypes.

    Alleles that replace a common base exclude each other on one haplotype. Otherwise only phase tells, and only
    within one phase set of one chromosome.
    """
    (here, call), (there, second) = one, other
    if here.overlaps(there):
        return Truth.TRUE
    both_known = call.state is State.CALLED and second.state is State.CALLED
    same_set = call.phase_set is not None and call.phase_set == second.phase_set
    if here.chrom != there.chrom or not (both_known and same_set) or len(call.copies) != len(second.copies):
        return Truth.UNKNOWN
    apart = any(a and not b for a, b in zip(call.copies, second.copies, strict=True))
    back = any(b and not a for a, b in zip(call.copies, second.copies, strict=True))
    return Truth.TRUE if apart and back else Truth.FALSE


def biallelic(calls: Sequence[tuple[Variant, Call]]) -> Truth:
    """Whether every haplotype carries one of these alleles: homozygous, or two in trans.

    >>> biallelic([(Variant("1", 9, "A", "C"), Call.of("0/1")), (Variant("1", 12, "G", "T"), Call.of("0/1"))])
    <Truth.UNKNOWN: 'unknown'>
    """
    by_variant: dict[Variant, Call] = {}
    for variant, call in calls:  # one allele in two records is one allele
        by_variant[variant] = by_variant[variant].merged(call) if variant in by_variant else call
    carried = [(variant, call) for variant, call in by_variant.items() if call.carries is Truth.TRUE]
    open_question = any(call.carries is Truth.UNKNOWN for call in by_variant.values())
    alone = any_of(call.on_every_haplotype for _, call in carried)
    pairs = any_of(in_trans(a, b) for a, b in combinations(carried, 2))
    found = any_of((alone, pairs))
    return Truth.UNKNOWN if found is Truth.FALSE and open_question else found
