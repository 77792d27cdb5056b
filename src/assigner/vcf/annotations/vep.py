"""Which ALT an entry of VEP is about: how VEP spells alleles, whatever the record looked like when it was annotated."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

_STRUCTURAL = MappingProxyType(
    {
        "<DEL>": "DELETION", "<DUP>": "DUPLICATION", "<DUP:TANDEM>": "TANDEM_DUPLICATION",
        "<INS>": "INSERTION", "<INV>": "INVERSION", "<CNV>": "COPY_NUMBER_VARIATION",
    }
)  # fmt: skip


_LETTERS = re.compile("[A-Z]+")


def vep_alleles(rows: Sequence[Mapping[str, str]], ref: str, alts: Sequence[str]) -> list[int | None]:
    """The ALT that each of VEP's entries is about.

    ALLELE_NUM decides where all entries have one in range and `Allele` does not contradict it: a record that
    was split after annotation keeps the old numbers. Else `Allele` decides, by VEP's rule when the entries
    spell just the ALTs of the record, and otherwise (split, normalised or minimised records) only where one
    spelling fits one ALT and no other does.
    """
    ref, alts = ref.upper(), [alt.upper() for alt in alts]
    spellings = [_all_spellings(ref, alt) for alt in alts]
    if len(ref) == 1 and len(alts) == 1 and len(alts[0]) == 1:
        others = [_is_of_another(row, ref, alts[0]) for row in rows]
        if any(others):
            kept = iter(vep_alleles([row for row, other in zip(rows, others, strict=True) if not other], ref, alts))
            return [None if other else next(kept) for other in others]
    names = [row["Allele"].upper() if "Allele" in row else None for row in rows]
    numbers = [_digits(row.get("ALLELE_NUM", "")) for row in rows]
    if all(1 <= number <= len(alts) for number in numbers):
        return [
            number if name in (None, *spellings[number - 1]) or not _is_sequence(alts[number - 1]) else None
            for name, number in zip(names, numbers, strict=True)
        ]
    owners = _owners({name for name in names if name}, _spellings(ref, alts), spellings)
    return [owners.get(name) if name else None for name in names]


CHANGES = frozenset({"REF_ALLELE", "GIVEN_REF", "USED_REF", "UPLOADED_ALLELE", "HGVSg"})
"""The fields of an entry that tell the change that it is of, beside `Allele`."""


def _is_of_another(row: Mapping[str, str], ref: str, alt: str) -> bool:
    """Whether an entry says that it is of another change than this one of one base.

    So do `--show_ref_allele`, `--uploaded_allele` and `--hgvsg`, and of RefSeq's transcripts GIVEN_REF and
    USED_REF, with which the consequence was found: "Output fields", VEP documentation.

    >>> _is_of_another({"HGVSg": "6:g.41161557G>T"}, "G", "A"), _is_of_another({"UPLOADED_ALLELE": "G/A/T"}, "G", "A")
    (True, False)
    """
    given = {row.get(name, "").upper() for name in ("REF_ALLELE", "GIVEN_REF", "USED_REF")} - {"", "-"}
    uploaded = [each for each in row.get("UPLOADED_ALLELE", "").upper().split("/") if each]
    change = re.search(r":g\.[0-9]{1,10}([ACGT])>([ACGT])$", row.get("HGVSg", "").upper().replace(":G.", ":g."))
    return (
        bool(given - {ref})
        or (len(uploaded) > 1 and (uploaded[0] != ref or alt not in uploaded))
        or (change is not None and (change[1], change[2]) != (ref, alt))
    )


def _is_sequence(alt: str) -> bool:
    return _LETTERS.fullmatch(alt) is not None


def _spellings(ref: str, alts: Sequence[str]) -> list[str]:
    """How VEP writes the alleles of a record: the first base goes from all when it is the same in all.

    >>> _spellings("CA", ["C", "CAA"]), _spellings("C", ["CA", "T"])
    (['-', 'AA'], ['CA', 'T'])
    """
    sequences = [ref, *filter(_is_sequence, alts)]
    indel = any(len(each) != len(ref) for each in sequences)
    if not indel or len({each[:1] for each in sequences}) > 1:
        return list(alts)
    return [(alt[1:] or "-") if _is_sequence(alt) else alt for alt in alts]


def _all_spellings(ref: str, alt: str) -> frozenset[str]:
    """Every way VEP may write one allele, however the record looked when it was annotated."""
    if not _is_sequence(alt):
        return frozenset({alt, _STRUCTURAL.get(alt, alt)})
    trimmed = [alt, *_spellings(ref, [alt])]
    for ends in ((0, -1), (-1, 0)):
        short_ref, short_alt = ref, alt
        for end in ends:
            while short_ref and short_alt and short_ref[end] == short_alt[end]:
                keep = slice(1, None) if end == 0 else slice(None, -1)
                short_ref, short_alt = short_ref[keep], short_alt[keep]
        trimmed.append(short_alt)
    first = alt[1:] if alt[:1] == ref[:1] else alt
    return frozenset(each or "-" for each in (*trimmed, first))


def _owners(names: Collection[str], expected: Sequence[str], spellings: Sequence[frozenset[str]]) -> dict[str, int]:
    if len(set(expected)) == len(expected) and set(names) == set(filter(_is_spelled, expected)):
        return {name: number for number, name in enumerate(expected, start=1)}
    fits = {name: [number for number, spelled in enumerate(spellings, start=1) if name in spelled] for name in names}
    claims = Counter(number for numbers in fits.values() for number in numbers)
    return {name: found[0] for name, found in fits.items() if len(found) == 1 and claims[found[0]] == 1}


def _digits(text: str) -> int:
    return int(text) if re.fullmatch("[0-9]{1,4}", text) else 0


def _is_spelled(name: str) -> bool:
    return name == "-" or _is_sequence(name)
