"""The sample's values in many lines of one FORMAT: read where they are plainly written, and judged by the gates.

The gates are those of `judged.call_of` for the record of one base and one other base.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from attrs import define, field

from assigner.rules.schema import Gates
from assigner.vcf.scan.plain_calls import BELIEVED, NOT_CALLED, SHOWN
from assigner.vcf.scan.spans import Bytes, Flags, Ints, Table, digits_from, numbers_from

JUDGED = {
    "DP": ("1 Integer",),
    "GQ": ("1 Integer",),
    "AD": ("R Integer", ". Integer"),  # GATK 3 leaves its Number open
    "PL": ("G Integer",),
    "VAF": ("A Float",),  # DeepVariant
}
"""FORMAT keys that are judged here, with the Number and Type that their header may declare."""

PHASES = frozenset({"PGT", "PID", "PS"})
"""FORMAT keys that say on which haplotype an allele lies, which letters do not depend on."""

_ZERO, _ONE, _POINT, _COLON, _COMMA = (np.uint8(ord(each)) for each in "01.:,")


@define(eq=False)
class Cells:
    """The values of the sample in lines of one FORMAT, as far as they are plainly written.

    Attributes:
        sound: of which lines all of them are.
        first: the first allele of GT; `second` the other one.
        missing: whether GT is not called.
        values: the numbers of each key that is judged; of VAF in thousandths.
    """

    sound: Flags
    first: Bytes
    second: Bytes
    missing: Flags
    values: dict[str, tuple[Ints, ...]] = field(factory=dict)

    @classmethod
    def of(cls, rows: Table, stops: Ints, formats: Collection[str]) -> Cells:
        """Read them; where FORMAT has other keys none is sound."""
        keys = rows.text(int(stops[0, 7]) + 1, int(stops[0, 8])).decode("utf-8", "replace").split(":")
        at, end = stops[:, -2] + 1, stops[:, -1]
        letters = rows.letters
        first, second = letters[at], letters[at + 2]
        parted: Flags = (letters[at + 1] == ord("/")) | (letters[at + 1] == ord("|"))
        called: Flags = ((first == _ZERO) | (first == _ONE)) & ((second == _ZERO) | (second == _ONE))
        missing: Flags = parted & (first == _POINT) & (second == _POINT) & (end >= at + 3)
        read = cls(parted & called & (end >= at + 3), first - _ZERO, second - _ZERO, missing)
        if keys[0] != "GT" or len(set(keys)) < len(keys) or not set(keys) <= set(formats):
            read.sound[:] = False
            read.missing = np.zeros_like(missing)
            return read
        read.missing &= (letters[at + 3] == _COLON) | (at + 3 == end)
        for index in np.flatnonzero(read.missing).tolist():
            read.missing[index] = rows.text(int(at[index]), int(end[index])).count(b":") < len(keys)
        at = np.minimum(at + 3, end)
        for key in keys[1:]:
            at = read._behind(_COLON, rows, at)
            if key in PHASES:
                at = read._skip(rows, at, end)
            else:
                at = read._share(rows, at) if key == "VAF" else read._numbers(rows, key, at)
        read.sound &= at == end
        return read

    def _behind(self, mark: np.uint8, rows: Table, at: Ints) -> Ints:
        """Behind a mark; where another letter stands, nothing is."""
        there = rows.letters[at] == mark
        self.sound &= there
        behind: Ints = at + there
        return behind

    def _skip(self, rows: Table, at: Ints, end: Ints) -> Ints:
        """Behind a value that is not looked at."""
        at = at.copy()
        left = np.flatnonzero(at < end)
        while len(left):
            left = left[(at[left] < end[left]) & (rows.letters[at[left]] != _COLON)]
            at[left] += 1
        return at

    def _numbers(self, rows: Table, key: str, at: Ints) -> Ints:
        """Behind the whole numbers of a key, which are taken."""
        found = []
        for number in range({"AD": 2, "PL": 3}.get(key, 1)):
            at = self._behind(_COMMA, rows, at) if number else at
            read, sizes = numbers_from(rows, at)
            self.sound &= sizes > 0
            at = at + sizes
            found.append(read)
        self.values[key] = tuple(found)
        return at

    def _share(self, rows: Table, at: Ints) -> Ints:
        """Behind the share of reads with ALT, from 0 to 1 in decimals, which is taken."""
        whole, size = numbers_from(rows, at)
        self.sound &= (size == 1) & (whole < 2)
        pointed = rows.letters[at + size] == _POINT
        begins: Ints = at + size + pointed
        parts, sizes = numbers_from(rows, begins)
        parts, sizes = parts * pointed, sizes * pointed
        self.sound &= ~pointed | (sizes > 0)
        self.sound &= (whole == 0) | (parts == 0)
        self.values["VAF"] = (1000 * whole + parts * 1000 // 10**sizes,)
        behind: Ints = begins + sizes
        return behind

    def judged(
        self, gates: Gates, alone: bool, rows: Table, stops: Ints, depth: Ints, counted: Ints
    ) -> tuple[Flags, Ints, Bytes]:
        """Which lines are plain, the copies of ALT in each, and the marks of those that pass the gates.

        Args:
            gates: those of the rule set.
            alone: whether QUAL speaks of the sample alone.
            rows: the lines, and others.
            stops: where the columns of these lines end.
            depth: INFO's DP, -1 where it does not speak of the sample.
            counted: INFO's AC where AN counts two copies, -1 where not.
        """
        sound, quality = self.sound.copy(), np.full(len(self.sound), -1, np.int64)
        copies = np.where(self.missing, NOT_CALLED, (self.first & 1).astype(np.int64) + (self.second & 1))
        if alone:
            plain, quality = qual_of(rows, stops)
            sound &= plain
        shown = ((counted < 0) | (counted == copies)) & ~self.missing  # see `records.counted`
        shown &= self._has_depth(gates, depth) & self._has_quality(gates, copies, quality)
        shown &= self._leads(gates, copies) & self._fits_alt(gates, copies)
        believed = shown & self._fits_ref(gates, copies)
        marks = np.where(shown & (copies > 0), SHOWN, 0) | np.where(believed, BELIEVED, 0)
        return sound | self.missing, copies, marks.astype(np.uint8)

    def _has_depth(self, gates: Gates, depth: Ints) -> Flags:
        """Whether all that tells the reads at the place tells of enough; -1 tells of none."""
        told: list[Ints] = [*self.values.get("DP", ())]
        if "AD" in self.values:
            told.append(self.values["AD"][0] + self.values["AD"][1])
        enough: Flags = (depth < 0) | (depth >= gates.depth)
        for own in told:
            enough &= own >= gates.depth
        return enough & (bool(told) | (depth >= 0)) if "depth" in gates.strict else enough

    def _has_quality(self, gates: Gates, copies: Ints, quality: Ints) -> Flags:
        """Whether GQ, and QUAL where an ALT is called, are enough; -1 stands for a missing QUAL."""
        told: Flags = (copies > 0) & (quality >= 0)
        enough: Flags = ~told | (quality >= gates.quality)
        for own in self.values.get("GQ", ()):
            enough &= own >= gates.quality
        return enough & (told | ("GQ" in self.values)) if "quality" in gates.strict else enough

    def _leads(self, gates: Gates, copies: Ints) -> Flags:
        """Whether the genotype is ahead of the others by its likelihoods."""
        if "PL" not in self.values:
            return np.full(len(copies), "likelihood" not in gates.strict)
        ahead: Flags = np.ones(len(copies), np.bool_)
        own = np.choose(np.minimum(copies, 2), self.values["PL"]) + max(0, gates.quality)
        for number, other in enumerate(self.values["PL"]):
            ahead &= (other >= own) | (copies == number)
        return ahead

    def _fits_alt(self, gates: Gates, copies: Ints) -> Flags:
        """Whether the reads of ALT fit it where it is called; see `judged.call_of`, of which this is the plain case."""
        least = np.where(copies == 2, gates.hom_balance, gates.het_balance[0])
        most = np.where(copies == 2, 1000, gates.het_balance[1])
        told: Flags = np.zeros(len(copies), np.bool_)
        fits: Flags = np.ones(len(copies), np.bool_)
        if "AD" in self.values:
            total, depth = self._reads()
            reads, parts = np.maximum(total, depth), self.values["AD"][1] * 1000
            told = total > 0
            fits = ~told | ((parts >= least * reads) & (parts < (most + 1) * reads))  # as shares in whole thousandths
        for share in self.values.get("VAF", ()):
            told = np.ones_like(told)
            fits &= (share >= least) & (share <= most)
        fits &= told | ("balance" not in gates.strict)
        fits |= copies == 0
        return fits

    def _fits_ref(self, gates: Gates, copies: Ints) -> Flags:
        """Whether the reads of REF fit it where it is called, and those of ALT are as few as errors where it is not."""
        fits: Flags = np.ones(len(copies), np.bool_)
        if gates.hom_balance > 1:
            for share in self.values.get("VAF", ()):
                fits &= (copies != 0) | (share <= 1000 - gates.hom_balance)
        if "AD" not in self.values:
            return fits
        total, depth = self._reads()
        least = np.where(copies == 0, gates.hom_balance, 1)
        fits &= (copies == 2) | (total == 0) | (self.values["AD"][0] * 1000 >= least * total)
        if gates.hom_balance > 1:
            unnamed = 1000 - total * 1000 // np.maximum(depth, 1)
            fits &= (copies != 0) | (depth == 0) | (unnamed < gates.het_balance[0])
        return fits

    def _reads(self) -> tuple[Ints, Ints]:
        """The reads of both alleles together, and DP, 0 where there is none."""
        total = self.values["AD"][0] + self.values["AD"][1]
        return total, self.values["DP"][0] if "DP" in self.values else np.zeros_like(total)


def qual_of(rows: Table, stops: Ints) -> tuple[Flags, Ints]:
    """Which lines have a plain QUAL, and the whole number below it; -1 for a missing one."""
    starts, ends = stops[:, 4] + 1, stops[:, 5]
    missing: Flags = (ends - starts == 1) & (rows.letters[starts] == _POINT)
    value, sizes = numbers_from(rows, starts)
    after = starts + sizes
    parts = digits_from(rows, np.minimum(after + 1, ends))
    whole = after == ends
    real = (rows.letters[after] == _POINT) & (parts > 0) & (parts < 16) & (after + 1 + parts == ends)
    plain: Flags = (sizes > 0) & (whole | real)
    value[~plain] = -1
    return plain | missing, value
