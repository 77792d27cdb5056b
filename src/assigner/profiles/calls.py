"""What is known of one allele in one participant: the state of its site and the copies called there."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import cached_property
from itertools import combinations, groupby
from typing import Any, Self, TypeVar

from attrs import evolve, field, fields, frozen, has

from assigner.errors import ProfileError, kind_of
from assigner.genome.variants import Variant
from assigner.profiles.genotypes import Genotype
from assigner.truth import Truth, any_of
from assigner.values import Private

Each = TypeVar("Each")


class State(enum.StrEnum):
    """How a site was seen; only the first three answer, and `partial` answers in part."""

    CALLED = "called"
    REFERENCE = "reference"
    ASSUMED_REFERENCE = "assumed_reference"
    PARTIAL = "partial"
    NO_CALL = "no_call"
    OBSCURED = "obscured"
    NOT_ASSESSED = "not_assessed"
    LOW_QUALITY = "low_quality"
    CONTRADICTED = "contradicted"
    FILTERED = "filtered"
    CONFLICT = "conflict"
    INVALID = "invalid"


class Sex(enum.StrEnum):
    """The sex that decides how many copies of X and Y there are."""

    FEMALE = "female"
    MALE = "male"


REFERENCE_STATES = frozenset({State.REFERENCE, State.ASSUMED_REFERENCE})
UNTRUSTED = frozenset({State.LOW_QUALITY, State.CONTRADICTED, State.FILTERED, State.CONFLICT, State.INVALID})
_SILENT = frozenset({State.NO_CALL, State.OBSCURED, State.NOT_ASSESSED})


@frozen(repr=False)
class Call(Private):
    """One allele at its site.

    Attributes:
        state: how the site was seen.
        copies: for each haplotype, whether it carries the allele; None for the `.` of VCF.
        phase_set: within one set the order of `copies` is that of the haplotypes (VCF's PS); None when unphased.
        phase_sets: the name of each copy's haplotype (VCF's PSL), None for an unphased one; copies of one name lie on
            one chromosome, in whichever order they stand. Empty when the file does not name haplotypes.
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
    phase_sets: tuple[str | None, ...] = field(default=(), kw_only=True)
    fraction: Decimal | None = field(default=None, kw_only=True)
    depth: int | None = field(default=None, kw_only=True)
    quality: int | None = field(default=None, kw_only=True)
    why: str | None = field(default=None, kw_only=True)

    @classmethod
    def of(cls, genotype: str, phase_set: str | None = None, phase_sets: tuple[str | None, ...] = ()) -> Self:
        """The call that a genotype makes, in terms of one allele: 1 is this allele, 0 any other.

        Raises:
            ProfileError: when it is not written as VCF's GT, or its phase sets do not fit it.
        """
        found = Genotype.parse(genotype) if isinstance(genotype, str) else None
        plain = found is not None and not found.marks and len(genotype) == 2 * len(found.alleles) - 1
        if found is None or not plain or not {0, 1, None}.issuperset(found.alleles):
            raise ProfileError("genotype", "0, 1 and . joined by / or |", kind_of(genotype))
        copies = tuple(None if allele is None else allele == 1 for allele in found.alleles)
        if phase_sets:
            named = [name for name in phase_sets if name is not None]
            if phase_set is not None or len(phase_sets) != len(copies) or len(set(named)) < len(named):
                got = f"{len(phase_sets)} for {len(copies)} copies"
                raise ProfileError("phase_sets", "a name of its own or null for each copy, without phase_set", got)
            return cls.from_copies(copies, phase_sets=phase_sets)
        return cls.from_copies(copies, (phase_set or "") if found.phased else None)

    @classmethod
    def from_copies(
        cls,
        copies: tuple[bool | None, ...],
        phase_set: str | None = None,
        phase_sets: tuple[str | None, ...] = (),
        *,
        fraction: Decimal | None = None,
        depth: int | None = None,
        quality: int | None = None,
    ) -> Self:
        """The call of a site whose record passed every gate."""
        missing = copies.count(None)
        if missing == len(copies):
            return cls(State.NO_CALL, copies, fraction=fraction, depth=depth, quality=quality)
        return cls(
            State.PARTIAL if missing else State.CALLED,
            copies,
            phase_set=phase_set,
            phase_sets=phase_sets,
            fraction=fraction,
            depth=depth,
            quality=quality,
        )

    @cached_property
    def genotype(self) -> str:
        """The copies in VCF's GT notation, empty when the site has no record."""
        sign = "|" if self.haplotypes and None not in self.haplotypes else "/"
        return sign.join(["." if copy is None else "1" if copy else "0" for copy in self.copies])

    @cached_property
    def haplotypes(self) -> tuple[tuple[str, int] | None, ...]:
        """The haplotype that each copy lies on, None where that is not known; empty when it is of none."""
        if self.phase_set is not None:
            return tuple((self.phase_set, at) for at in range(len(self.copies)))
        return tuple(None if name is None else (name, -1) for name in self.phase_sets)

    @cached_property
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

    @property
    def suspected(self) -> bool:
        """Whether a record shows the allele, believed or not, or another record may hold it."""
        return self.seen or self.state is State.OBSCURED

    def copies_beside(self, other: Call) -> tuple[bool | None, ...] | None:
        """The copies in the order of another call's haplotypes; None when phase does not tell it.

        Where all haplotypes but one are matched by name, the last one of each is the same.

        >>> Call.of("0/1", phase_sets=("a", None)).copies_beside(Call.of("0/1", phase_sets=(None, "a")))
        (True, False)
        """
        if len(self.copies) != len(other.copies):
            return None
        mine = self.haplotypes or (None,) * len(self.copies)
        places = [mine.index(name) if name is not None and name in mine else None for name in other.haplotypes]
        rest = [at for at in range(len(mine)) if at not in places]
        if len(places) != len(mine) or len(rest) > 1:
            return None
        return tuple(self.copies[rest[0] if at is None else at] for at in places)

    def merged(self, other: Call) -> Call:
        """What two records of the same allele say together, in whichever order they stand.

        Equal genotypes collapse, unless phase puts them on different haplotypes; a record that says nothing yields to
        one that does; any other pair is a conflict. A record that is not believed makes the other doubtful too. What
        either of them shows stays in sight.
        """
        one, two = sorted((self, other), key=Call._rank)
        if one.state in UNTRUSTED:
            if two.seen and not one.seen:
                return evolve(one, copies=two.copies, phase_set=two.phase_set, phase_sets=two.phase_sets)
            return one
        if two.state in _SILENT:
            return one
        beside = two.copies_beside(one)
        apart = beside is not None and beside != one.copies
        if apart or sorted(map(str, one.copies)) != sorted(map(str, two.copies)):
            return evolve(one, state=State.CONFLICT, why=f"two records: {one.genotype} and {two.genotype}")
        same_phase = not two.haplotypes or (one.copies, one.haplotypes) == (two.copies, two.haplotypes)
        same_share = two.fraction is None or one.fraction in (None, two.fraction)
        return evolve(
            one,
            phase_set=one.phase_set if same_phase else None,
            phase_sets=one.phase_sets if same_phase else (),
            fraction=(two.fraction if one.fraction is None else one.fraction) if same_share else None,
        )

    def _rank(self) -> tuple[object, ...]:
        """An order of records that does not depend on the file's: the doubtful first, then those that show most."""
        doubtful, silent, phased = self.state in UNTRUSTED, self.state in _SILENT, bool(self.haplotypes)
        rest = (self.state, self.genotype, self.haplotypes, self.fraction, self.depth, self.quality, self.why)
        return (not doubtful, silent, not self.seen, not phased, *map(str, rest))


def ordered(values: Iterable[Each], key: Callable[[Each], Any]) -> list[Each]:
    """Values by a key, and those with the same one by all that they say: no file decides their order."""
    alike = (list(group) for _, group in groupby(sorted(values, key=key), key))
    return [each for same in alike for each in (same if len(same) == 1 else sorted(same, key=in_order))]


def in_order(value: Any) -> tuple[Any, ...]:
    """The fields of a value as text: a key that puts values in an order which no file decides.

    Unlike its `repr`, which shows no genotype, it has all that a call, or a value with one, says.
    """
    parts = [getattr(value, each.name) for each in fields(type(value))]
    return tuple(in_order(part) if has(type(part)) else repr(part) for part in parts)


NOT_ASSESSED = Call(State.NOT_ASSESSED)
REFERENCE = Call(State.REFERENCE)
ASSUMED_REFERENCE = Call(State.ASSUMED_REFERENCE)


def is_plain_reference(call: Call) -> bool:
    """Whether a call is reference with nothing more to say."""
    return call is REFERENCE or (call.state is State.REFERENCE and call == REFERENCE)


def in_trans(one: tuple[Variant, Call], other: tuple[Variant, Call]) -> Truth:
    """Whether two different alleles, both carried, lie on different haplotypes.

    Alleles that put different bases in one place exclude each other on one haplotype. Of others only phase says so, and
    only where both name the same haplotypes of one chromosome.
    """
    (here, call), (there, second) = one, other
    if here.excludes(there):
        return Truth.TRUE
    return apart(call, second) if here.chrom == there.chrom else Truth.UNKNOWN


def apart(one: Call, other: Call) -> Truth:
    """Whether each of two carried changes lies on a haplotype that the other is not on, as far as phase tells.

    >>> apart(Call.of("0|1", "a"), Call.of("1|0", "a")), apart(Call.of("0/1"), Call.of("0/1"))
    (<Truth.TRUE: 'true'>, <Truth.UNKNOWN: 'unknown'>)
    """
    beside = other.copies_beside(one)
    if one.state is not State.CALLED or other.state is not State.CALLED or beside is None:
        return Truth.UNKNOWN
    alone = any(a and not b for a, b in zip(one.copies, beside, strict=True))
    back = any(b and not a for a, b in zip(one.copies, beside, strict=True))
    return Truth.TRUE if alone and back else Truth.FALSE


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


def together(calls: Sequence[Call], why: str) -> Call:
    """The call of the allele that several changes make on one haplotype, such as the bases of an MNV.

    It is carried where one haplotype carries them all. Homozygous changes need no phase; of several heterozygous ones
    only phase tells.

    Args:
        calls: what is known of each change, in their order; at least one.
        why: the reason to give when that is not known.

    >>> together([Call.of("0|1", "7"), Call.of("0|1", "7"), Call.of("1/1")], "no phase").genotype
    '0|1'
    >>> together([Call.of("0/1"), Call.of("0/1")], "no phase").state
    <State.OBSCURED: 'obscured'>
    """
    for call in calls:
        if call.carries is Truth.FALSE:
            return _nowhere(call)
    if any(call.state not in (State.CALLED, State.PARTIAL) for call in calls):
        return Call(State.OBSCURED, why=why)
    groups: list[Call] = []
    for call in calls:
        for at, group in enumerate(groups):
            if (joined := _on_common_haplotypes(group, call)) is not None:
                groups[at] = joined
                break
        else:
            groups.append(call)
    for group in groups:
        if group.carries is Truth.FALSE:
            return _nowhere(group)
    return groups[0] if len(groups) == 1 else Call(State.OBSCURED, why=why)


def _nowhere(call: Call) -> Call:
    return evolve(call, copies=(False,) * len(call.copies), fraction=None, phase_set=None, phase_sets=())


def _on_common_haplotypes(one: Call, other: Call) -> Call | None:
    """Both changes together, haplotype by haplotype; None when it is not known which are the same."""
    if len(one.copies) != len(other.copies):
        return None
    if len(set(one.copies)) == 1:  # the same on each haplotype: the other one's order holds
        one, other = other, one
    beside = other.copies if len(set(other.copies)) == 1 else other.copies_beside(one)
    if beside is None:
        return None
    copies = tuple(
        False if False in pair else None if None in pair else True for pair in zip(one.copies, beside, strict=True)
    )
    read = [call.depth for call in (one, other) if call.depth is not None]
    sure = [call.quality for call in (one, other) if call.quality is not None]
    return evolve(
        Call.from_copies(copies, one.phase_set, one.phase_sets),
        depth=min(read, default=None),
        quality=min(sure, default=None),
    )
