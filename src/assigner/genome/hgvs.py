"""Names of changes in HGVS: what `c.`, `m.` and `p.` say of position, length and bases, as far as no genome is needed.

Nomenclature: HGVS 21.0 (hgvs-nomenclature.org). What is not read here is None, and nothing is concluded from it.
"""

from __future__ import annotations

import enum
import re
from types import MappingProxyType

from attrs import frozen

_OPPOSITE = str.maketrans("ACGT", "TGCA")
_POSITION = r"([-*]?)([0-9]{1,6})([-+][0-9]{1,6})?"
_NAMED = r"(?:([A-Z]{2,4}_?[0-9]+(?:t[0-9]+)?)(?:\.[0-9]+)?(?:\([A-Za-z0-9-]+\))?:)?"
_CODING = re.compile(
    rf"{_NAMED}c\.{_POSITION}(?:_{_POSITION})?"
    r"(?:([ACGT])>([ACGT])|del([ACGT]*|[0-9]+)(?:ins([ACGT]+))?|dup([ACGT]*|[0-9]+)|ins([ACGT]+))"
)
_MITOCHONDRIAL = re.compile(r"(?:NC_012920\.1:)?m\.([0-9]{1,5})([ACGT]+)>([ACGT]+)")
_RESIDUE = r"([A-Z][a-z]{2}|[A-Z*])"
_PROTEIN = re.compile(
    rf"(?:[A-Z]{{2}}_[0-9]+(?:\.[0-9]+)?:)?p\.\(?{_RESIDUE}([0-9]{{1,5}})"
    rf"(?:_[A-Za-z]+[0-9]+)?(?:{_RESIDUE}?(fs)\S*|(del|dup|ins|ext)\S*|{_RESIDUE}|(=))\)?"
)

RESIDUES = MappingProxyType(
    {
        "Ala": "A", "Arg": "R", "Asn": "N", "Asp": "D", "Cys": "C", "Gln": "Q", "Glu": "E", "Gly": "G", "His": "H",
        "Ile": "I", "Leu": "L", "Lys": "K", "Met": "M", "Phe": "F", "Pro": "P", "Ser": "S", "Thr": "T", "Trp": "W",
        "Tyr": "Y", "Val": "V", "Ter": "*", "Sec": "U", "X": "*",
    }
)  # fmt: skip
"""The letter of each residue that HGVS names, and of a stop."""

_LETTERS = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"  # NCBI's table 1, in the order TCAG
CODONS = MappingProxyType(
    {a + b + c: _LETTERS[16 * i + 4 * j + k]
     for i, a in enumerate("TCAG") for j, b in enumerate("TCAG") for k, c in enumerate("TCAG")}
)  # fmt: skip
"""The residue of each codon in the standard genetic code, NCBI's translation table 1; `*` is a stop."""


class Kind(enum.StrEnum):
    """What a coding change does."""

    SUBSTITUTION = "substitution"
    DELETION = "deletion"
    DUPLICATION = "duplication"
    INSERTION = "insertion"
    REPLACEMENT = "deletion with insertion"


@frozen
class Position:
    """A position of a coding sequence.

    Attributes:
        region: `` for the coding sequence, `-` before it, `*` behind it.
        base: the nearest base of an exon, from 1.
        offset: how far into the intron, negative before the exon; 0 in an exon.
    """

    region: str
    base: int
    offset: int = 0

    @property
    def place(self) -> int | None:
        """A whole number along the transcript, c.1 being 1 and c.-1 being 0; None behind the coding sequence."""
        match self.region:
            case "":
                return self.base
            case "-":
                return 1 - self.base
            case _:
                return None

    @property
    def codon(self) -> int | None:
        """The codon, from 1; None outside the coding sequence."""
        return (self.base + 2) // 3 if not self.region and not self.offset else None


@frozen(kw_only=True)
class CodingChange:
    """What `c.` says of a change.

    Attributes:
        transcript: the accession without its version, None when not given.
        removed: the bases taken away, in the direction of the transcript; empty when not given.
        inserted: the bases put in, of a duplication those that are doubled; empty when not given.
        length: how many bases are removed or doubled; None when introns between the ends hide it.
    """

    kind: Kind
    transcript: str | None
    first: Position
    last: Position
    removed: str = ""
    inserted: str = ""
    length: int | None = None

    @property
    def gain(self) -> int | None:
        """By how many bases the sequence becomes longer; None when not told."""
        match self.kind:
            case Kind.SUBSTITUTION:
                return 0
            case Kind.INSERTION:
                return len(self.inserted)
            case Kind.DUPLICATION:
                return self.length
            case Kind.DELETION | Kind.REPLACEMENT:
                return None if self.length is None else len(self.inserted) - self.length

    @property
    def is_coding(self) -> bool:
        """Whether both ends lie in the coding sequence."""
        return self.first.codon is not None and self.last.codon is not None


@frozen
class ProteinChange:
    """What `p.` says of a change.

    Attributes:
        residue: the first residue that is changed, one letter, `*` a stop.
        position: its number, from 1.
        kind: `substitution`, `same`, `frameshift`, `extension`, or `other` for residues lost or gained in frame.
        becomes: the residue in its place, of a substitution.
    """

    residue: str
    position: int
    kind: str
    becomes: str = ""


def coding_change(text: str) -> CodingChange | None:
    """What a `c.` name says, or None when it is not read.

    >>> found = coding_change("NM_002087.3:c.813_816delCACT")
    >>> found.kind, found.transcript, found.length, found.gain
    (<Kind.DELETION: 'deletion'>, 'NM_002087', 4, -4)
    >>> coding_change("c.462+1G>C").first
    Position(region='', base=462, offset=1)
    """
    found = _CODING.fullmatch(text)
    if found is None:
        return None
    transcript, *ends = found.groups()[:7]
    ref, alt, deleted, replaced, doubled, inserted = found.groups()[7:]
    first = _position(*ends[:3])
    last = _position(*ends[3:]) if ends[4] else first
    length = _length(first, last)
    if ref:
        kind, removed, put = Kind.SUBSTITUTION, ref, alt
    elif deleted is not None:
        kind, removed, put = (Kind.REPLACEMENT if replaced else Kind.DELETION), deleted, replaced or ""
    elif doubled is not None:
        kind, removed, put = Kind.DUPLICATION, "", doubled
    else:
        kind, removed, put, length = Kind.INSERTION, "", inserted, 0
    named = {name: "" if bases.isdigit() else bases for name, bases in (("removed", removed), ("inserted", put))}
    return CodingChange(kind=kind, transcript=transcript, first=first, last=last, length=length, **named)


def protein_change(text: str) -> ProteinChange | None:
    """What a `p.` name says, or None when it is not read.

    >>> protein_change("p.Ala5Val"), protein_change("p.(Gln130Serfs*12)").kind
    (ProteinChange(residue='A', position=5, kind='substitution', becomes='V'), 'frameshift')
    """
    found = _PROTEIN.fullmatch(text)
    if found is None:
        return None
    residue, position, _, frameshift, longer, becomes, same = found.groups()
    letters = [_letter(each) if each else "" for each in (residue, becomes)]
    if None in letters:
        return None
    kind = "frameshift" if frameshift else "same" if same else "substitution" if becomes else "other"
    kind = "extension" if longer == "ext" else kind
    return ProteinChange(letters[0] or "", int(position), kind, letters[1] or "")


def mitochondrial_change(text: str) -> tuple[int, str, str] | None:
    """Position, REF and ALT of an `m.` name, or None when it is not a replacement.

    >>> mitochondrial_change("m.3243A>G")
    (3243, 'A', 'G')
    """
    found = _MITOCHONDRIAL.fullmatch(text)
    return (int(found[1]), found[2], found[3]) if found else None


def can_become(residue: str, becomes: str, at: int, ref: str, alt: str) -> bool:
    """Whether a codon of one residue becomes one of another by a single base.

    Args:
        residue: one letter.
        becomes: one letter; the same one for a silent change.
        at: which base of the codon, 0 to 2.
        ref: the base that is replaced, in the direction of the transcript.
        alt: the base in its place.

    >>> can_become("A", "V", 1, "C", "T"), can_become("A", "V", 1, "T", "C")
    (True, False)
    """
    own = (codon for codon, letter in CODONS.items() if letter == residue and codon[at] == ref)
    return any(CODONS[codon[:at] + alt + codon[at + 1 :]] == becomes for codon in own)


def reverse_complement(bases: str) -> str:
    """The bases of the other strand.

    >>> reverse_complement("ACC")
    'GGT'
    """
    return bases.translate(_OPPOSITE)[::-1]


def complement(bases: str) -> str:
    """Each base's partner, in the same order.

    >>> complement("ACC")
    'TGG'
    """
    return bases.translate(_OPPOSITE)


def is_rotation(one: str, other: str) -> bool:
    """Whether two texts are the same read round: an indel in a repeat may be written at several places.

    >>> is_rotation("CTG", "TGC"), is_rotation("CTG", "CGT")
    (True, False)
    """
    return len(one) == len(other) and one in other + other


def _position(region: str, base: str, offset: str | None) -> Position:
    return Position(region, int(base), int(offset or 0))


def _length(first: Position, last: Position) -> int | None:
    """The number of bases from one position to another, None where introns may lie between."""
    if first.region == last.region and first.base == last.base:
        return last.offset - first.offset + 1
    if first.offset or last.offset or first.place is None or last.place is None:
        return None if first.region != "*" or first.offset or last.offset else last.base - first.base + 1
    return last.place - first.place + 1


def _letter(residue: str) -> str | None:
    return RESIDUES.get(residue, residue if len(residue) == 1 and residue not in "BJOZ" else None)
