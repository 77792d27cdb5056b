"""A slow reader of small VCFs, from the specification (VCF 4.1 to 4.5) alone: it judges the real one.

Nothing of the package is imported. It knows the reference sequence, so that two spellings of a change are one when they
make the same haplotype. Three values are True, False and None for unknown; each unknown has its reason.

What the specification leaves open stands in docs/design.md: of several lines over a base the nearest one speaks (that
of the base itself, then the shortest block, then the shortest line of a variant), and one that fails a gate is unknown.
A line that lists the change itself is nearer than all.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

Three = bool | None
ANY = ("<NON_REF>", "<*>")
LONG = 50
DEPTH, QUALITY, HET, HOM = 10, 20, (250, 750), 900


@dataclass(frozen=True)
class Asked:
    """A change that is asked about, as VCF writes it."""

    pos: int
    ref: str
    alt: str

    @cached_property
    def bases(self) -> range:
        """The bases that it replaces or deletes; of an insertion the two that it parts."""
        head = len(_common(self.ref, self.alt))
        if head == len(self.ref):
            return range(self.pos + head - 1, self.pos + head + 1)
        return range(self.pos + head, self.pos + len(self.ref))

    @property
    def kind(self) -> str:
        if len(self.ref) == len(self.alt):
            return "replaced"
        return "deleted" if len(self.ref) > len(self.alt) else "inserted"


@dataclass(frozen=True)
class Line:
    """One line of one sample, and what each of its alleles puts in place of each base."""

    pos: int
    ref: str
    alts: tuple[str, ...]
    filters: str
    info: dict[str, str]
    sample: dict[str, str]

    @classmethod
    def of(cls, text: str) -> Line:
        _, pos, _, ref, alt, _, filters, info, keys, values = text.split("\t")
        said = dict(item.partition("=")[::2] for item in info.split(";"))
        sample = dict(zip(keys.split(":"), values.split(":"), strict=False))
        return cls(int(pos), ref, () if alt == "." else tuple(alt.split(",")), filters, said, sample)

    @cached_property
    def alleles(self) -> tuple[int | None, ...]:
        """The alleles that GT calls; none without GT."""
        text = self.sample.get("GT", "")
        return tuple(None if each == "." else int(each) for each in re.split("[/|]", text)) if text else ()

    @cached_property
    def end(self) -> int:
        """The last base that the line is about."""
        own = self.pos + len(self.ref) - 1
        if "<*>" in self.alts and any(self.alleles) and len(self.alts) > 1:
            return own
        if "<*>" in self.alts and "LEN" in self.sample:
            return max(own, self.pos + int(self.sample["LEN"]) - 1) if self.sample["LEN"].isdecimal() else own
        if self.alts == ("*",) and any(self.alleles):
            return own
        return int(self.info.get("END", own))

    @property
    def is_block(self) -> bool:
        """Whether it is about bases at which nothing was seen: an ALT, if it has one, is none that it shows."""
        return self.end > self.pos + len(self.ref) - 1 and not self.is_structural

    @property
    def is_structural(self) -> bool:
        return any(alt[0] == "<" and alt not in ANY for alt in self.alts)

    @property
    def says_nothing(self) -> bool:
        """That a large change is not carried says nothing of the bases inside."""
        carried = [number for number in self.alleles if number]
        large = any(len(self.ref) - len(alt) >= LONG for alt in self.alts if alt[0] not in "<*")
        return not carried and (self.is_structural or (large and not set(ANY) & set(self.alts)))

    @cached_property
    def doubt(self) -> str | None:
        """Why the line is not believed: its filter, or a field that speaks against its genotype."""
        codes = {*self.filters.split(";"), *self.sample.get("FT", "PASS").split(";")}
        if codes - {"PASS", "."}:
            return "filter"
        if len(self.alleles) != 2:
            return "copies" if self.alleles else "no GT"
        depths = self._numbers("AD")
        least = [*self._numbers("DP"), *self._numbers("MIN_DP"), *([sum(depths)] if depths else [])]
        if any(number < DEPTH for number in least) or any(number < QUALITY for number in self._numbers("GQ")):
            return "depth or quality"
        if None in self.alleles:
            return None
        one, two = sorted(each or 0 for each in self.alleles)
        scores = self._numbers("PL")
        own = two * (two + 1) // 2 + one
        if any(score - scores[own] < QUALITY for at, score in enumerate(scores) if at != own):
            return "likelihood"
        return "balance" if depths and not self._fits(depths, max([*self._numbers("DP"), sum(depths)])) else None

    def _fits(self, depths: Sequence[int], total: int) -> bool:
        """Whether the reads are those of the genotype."""
        shares = [1000 * depth // total for depth in depths]
        if set(self.alleles) == {0}:
            return 1000 * sum(depths[1:]) // total <= 1000 - HOM
        if len(set(self.alleles)) == 1:
            return shares[self.alleles[0]] >= HOM
        return all(HET[0] <= shares[number] <= HET[1] for number in self.alleles if number)

    def _numbers(self, key: str) -> list[int]:
        text = self.sample.get(key, ".")
        return [int(each) for each in text.split(",")] if "." not in text else []

    def base(self, number: int | None, at: int) -> str | None:
        """What a copy with this allele has for a base: `=` as the reference, `-` nothing, or another letter."""
        if number is None or (self.is_block and any(self.alleles) and at > self.pos + len(self.ref) - 1):
            return None
        if number == 0:
            return "="
        alt = self.alts[number - 1]
        if alt in ANY:
            return None
        if alt == "*":
            return "-"
        if alt[0] == "<":
            return None if alt != "<DEL>" else "-" if at > self.pos else "="
        head, ref, put = _trimmed(self.ref, alt)
        inside = self.pos + head <= at < self.pos + head + len(ref)
        if not inside:
            return "="
        if len(ref) == len(put):
            return "=" if put[at - self.pos - head] == self.ref[at - self.pos] else put[at - self.pos - head]
        return None if put else "-"

    def is_asked(self, number: int, asked: Asked, sequence: Sequence[str]) -> bool:
        """Whether an allele makes the haplotype that the asked change makes."""
        alt = self.alts[number - 1]
        made = _haplotype(sequence, self.pos, self.ref, alt) if alt[0] not in "<*" else None
        return made == _haplotype(sequence, asked.pos, asked.ref, asked.alt)

    def nearness(self, at: int) -> tuple[int, int]:
        bases = [alt for alt in self.alts if alt not in ANY]
        alone = self.pos == at == self.end and all(len(alt) == 1 for alt in bases)
        replaced = any(self.base(n, at) not in (None, "=", "-") for n in range(1, len(self.alts) + 1))
        if alone or (replaced and not self.is_block):
            return 0, 0
        return (1 if self.is_block or not bases else 2), self.end - self.pos

    def speaks_behind(self, at: int) -> bool:
        """Whether it would say so if something were inserted behind a base."""
        plain = not self.alts or self.is_block or bool(set(self.alts) & set(ANY))
        return self.pos <= at <= self.end and (self.end > at or plain)


def read(text: str, asked: Asked, sequence: Sequence[str]) -> tuple[Three, str]:
    """Whether the sample carries a change, and the reason when that is unknown.

    Args:
        text: the lines of a VCF of one sample, without its header.
        asked: the change.
        sequence: the reference's bases; the first one is base 1.
    """
    lines = [Line.of(each) for each in text.splitlines()]
    named = [
        (line, {number for number in range(1, len(line.alts) + 1) if line.is_asked(number, asked, sequence)})
        for line in lines
    ]
    naming = [(line, numbers) for line, numbers in named if numbers]
    naming = [each for each in naming if set(each[0].alleles) - {None}] or naming  # what calls nothing is no other word
    if any(line.doubt for line, _ in naming):
        return None, "a line that lists it is not believed"
    counts = {sum(number in numbers for number in line.alleles) for line, numbers in naming}
    if len(counts) > 1:
        return None, "two lines of it disagree"
    if counts and max(counts):
        return (None, "more alleles than copies") if _crowded(lines, asked, max(counts)) else (True, "")
    if any(None in line.alleles for line, _ in naming):
        return None, "a line that lists it calls in part"
    if any(_may_hold(line, asked, names=bool(numbers)) for line, numbers in named):
        return None, "another line may hold it"
    if counts:
        return False, ""  # no line is nearer than one that lists the change itself
    return _covered(lines, asked)


def _covered(lines: Sequence[Line], asked: Asked) -> tuple[Three, str]:
    """What the nearest lines over its bases say, where none shows it."""
    whys = []
    for at in asked.bases[:1] if asked.kind == "inserted" else asked.bases:
        over = [line for line in lines if line.pos <= at <= line.end and not line.says_nothing]
        if asked.kind == "inserted":
            over = [line for line in over if line.speaks_behind(asked.bases[0])]
        if not over:
            whys.append("no line")
            continue
        first = min(line.nearness(at) for line in over)
        near = [line for line in over if line.nearness(at) == first]
        if doubts := {line.doubt for line in near} - {None}:
            only_reads = doubts == {"balance"} and not any(line.is_block for line in near)
            whys.append("the reads of another ALT do not fit" if only_reads else "the nearest line is not believed")
            continue
        bases = [line.base(number, at) for line in near for number in line.alleles]
        if None in bases:
            whys.append("the nearest line does not say")
        elif asked.kind != "replaced" or asked.alt[at - asked.pos] not in bases:
            if asked.kind != "inserted":
                return False, ""
        else:
            whys.append("in parts")
    return (None, whys[0]) if whys else (False, "")


def _may_hold(line: Line, asked: Asked, *, names: bool) -> bool:
    """Whether a called allele of a line, believed or not, may be the asked change with more beside it.

    `<NON_REF>` and `<*>` are any allele that the line does not name.
    """
    for number in {each for each in line.alleles if each and not (names and line.alts[each - 1] in ANY)}:
        own = asked.bases[:1] if asked.kind == "inserted" else asked.bases
        bases = [line.base(number, at) for at in own if line.pos <= at <= line.end]
        if None in bases:
            return True
        if asked.kind == "deleted" and "-" in bases and _deletes_no_more(line, number, asked):
            return True
        if asked.kind == "inserted" and bases and _inserts(line, number, asked):
            return True
        if asked.kind == "replaced" and len(asked.bases) == 1 and asked.alt in bases:
            return True
    return False


def _deletes_no_more(line: Line, number: int, asked: Asked) -> bool:
    gone = {at for at in range(line.pos, line.end + 1) if line.base(number, at) == "-"}
    return gone <= set(asked.bases)


def _inserts(line: Line, number: int, asked: Asked) -> bool:
    alt = line.alts[number - 1]
    return alt[0] not in "<*" and len(alt) > len(line.ref) and asked.alt[1:] in alt


def _crowded(lines: Sequence[Line], asked: Asked, copies: int) -> bool:
    """Whether believed lines of one base call other alleles on the copies that carry the asked one."""
    others = [
        _changes([line.base(number, at) for number in line.alleles], asked.alt[at - asked.pos])
        for at in asked.bases[:1]
        if asked.kind == "replaced"
        for line in lines
        if line.pos <= at <= line.end and not line.says_nothing and line.doubt is None
    ]
    return copies + max(others, default=0) > 2


def _changes(bases: Sequence[str | None], but: str) -> int:
    """How many copies have another letter; a deletion counts where no copy is left."""
    if set(bases) == {"-"}:
        return len(bases)
    return sum(base not in (None, "=", "-", but) for base in bases)


def _common(one: str, other: str) -> str:
    alike = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return "".join(letter for letter, _ in alike)


def _trimmed(ref: str, alt: str) -> tuple[int, str, str]:
    """How many bases begin both, and what is left of each without those that end both too."""
    tail = min(len(_common(ref[::-1], alt[::-1])), len(ref) - 1, len(alt) - 1)
    ref, alt = ref[: len(ref) - tail], alt[: len(alt) - tail]
    head = len(_common(ref, alt))
    return head, ref[head:], alt[head:]


def _haplotype(sequence: Sequence[str], pos: int, ref: str, alt: str) -> str:
    return "".join([*sequence[: pos - 1], alt, *sequence[pos - 1 + len(ref) :]])


def lines_of(content: bytes) -> Iterator[str]:
    """The lines of records of a VCF."""
    return (line for line in content.decode().splitlines() if not line.startswith("#"))
