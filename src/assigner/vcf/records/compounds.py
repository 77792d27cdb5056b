"""What bcftools csq says of haplotypes: whose a consequence is, and which changes make it together.

`bcftools csq` (manual, `csq`; its source, `hap_stage_vcf`) writes FORMAT/BCSQ: a bit for each haplotype of each entry
of INFO/BCSQ, entry i of haplotype h at bit 2i + h, 30 bits to a number. A consequence that several records make
together stands at one of them, with all changes joined by `+`; the others have `@POS`. It takes unphased genotypes as
phased when it is asked to, so what it joins is believed only where the calls themselves lie on one haplotype.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from attrs import frozen

from assigner.profiles.calls import Call, together
from assigner.truth import Truth
from assigner.vcf.records.record import Record

BITS = 30
"""The bits of one number of FORMAT/BCSQ."""

_NUMBERS = re.compile(r"[0-9]{1,10}(?:,[0-9]{1,10})*")
_CHANGE = re.compile(r"([0-9]{1,10})([ACGTN]+)>([ACGTN]+)")


def owners(mask: str, genotype: Sequence[int | None], entries: int, alts: int) -> list[tuple[int | None, ...]]:
    """For each entry of INFO/BCSQ the ALT alleles of this sample that it is about.

    None stands for an allele that is not known, and no allele at all for an entry of other samples. Entries behind
    the last one that is marked may have been cut off (`--ncsq`), so nothing follows from their silence.

    Args:
        mask: FORMAT/BCSQ as written.
        genotype: the sample's alleles.
        entries: how many entries INFO/BCSQ has.
        alts: how many ALT alleles the record has.

    >>> owners("40", [1, 2], 3, 2)  # bits 3 and 5
    [(), (2,), (2,)]
    >>> owners(".", [1, 2], 2, 2)
    [(None,), (None,)]
    """
    untold: tuple[int | None, ...] = (1,) if alts == 1 else (None,)
    if not _NUMBERS.fullmatch(mask) or None in genotype or not 1 <= len(genotype) <= 2:
        return [untold] * entries
    words = [int(word) for word in mask.split(",")]
    marked = {BITS * at + bit for at, word in enumerate(words) for bit in range(BITS) if word >> bit & 1}
    found = []
    for entry in range(entries):
        own = {_allele(genotype, h) for h in (0, 1) if 2 * entry + h in marked}
        if own:
            found.append(tuple(sorted(own)) if 0 not in own else untold)
        else:
            found.append(() if any(bit > 2 * entry for bit in marked) else untold)
    return found


def _allele(genotype: Sequence[int | None], haplotype: int) -> int:
    """The ALT on a haplotype; where GT has REF there, csq was asked to put the other allele on both."""
    own = genotype[haplotype] if haplotype < len(genotype) else 0
    return own or max(allele or 0 for allele in genotype)


def change_of(pos: int, ref: str, alt: str) -> str:
    """A change as bcftools csq writes it.

    >>> change_of(5200, "A", "T")
    '5200A>T'
    """
    return f"{pos}{ref}>{alt}"


def change_in(text: str) -> tuple[int, str, str] | None:
    """POS, REF and ALT of such a text; None where it is none.

    >>> change_in("5200A>T"), change_in("5200")
    ((5200, 'A', 'T'), None)
    """
    found = _CHANGE.fullmatch(text)
    return None if found is None else (int(found[1]), found[2], found[3])


@frozen
class Compounds:
    """The carried records of a file by place, so that a consequence of several changes finds them all.

    Attributes:
        by_place: the records by contig and POS.
        call: what a record says of one of its alleles.
    """

    by_place: Mapping[tuple[str, int], Sequence[Record]]
    call: Callable[[Record, int], Call]

    @classmethod
    def of(cls, records: Iterable[Record], call: Callable[[Record, int], Call]) -> Compounds:
        """The records that show an ALT, by their places."""
        by_place: dict[tuple[str, int], list[Record]] = defaultdict(list)
        for record in records:
            by_place[record.contig, record.pos].append(record)
        return cls(by_place, call)

    def at(self, contig: str, pos: int) -> Sequence[Record]:
        """The records that begin at a place."""
        return self.by_place.get((contig, pos), ())

    def lie_together(self, contig: str, changes: str, call: Call) -> bool:
        """Whether changes written `POSREF>ALT+POSREF>ALT` surely lie on just the haplotypes that a call names.

        Args:
            contig: their contig.
            changes: as bcftools csq writes them.
            call: of one of them.
        """
        calls = [call]
        for change in changes.split("+"):
            found = change_in(change)
            if found is None:
                return False
            pos, ref, alt = found
            holding = [each for each in self.at(contig, pos) if each.ref == ref and alt in each.alts]
            if len(holding) != 1:
                return False
            calls.append(self.call(holding[0], holding[0].alts.index(alt) + 1))
        joined = together(calls, "")
        return joined.carries is Truth.TRUE and joined.copies == call.copies
