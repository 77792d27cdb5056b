"""What an ALT may be: bases, a structural variant, any other allele at all, or one that another record deletes."""

from __future__ import annotations

import re

_JOINED_ON = re.compile(r"[A-Za-z.]+\[(?P<contig>.+):(?P<pos>[0-9]{1,10})\[")

ANY_OTHER = frozenset({"<NON_REF>", "<*>"})
"""ALTs that stand for any other allele."""

ANY_OTHER_BYTES = tuple(sorted(alt.encode() for alt in ANY_OTHER))
"""The same as they stand in a line."""

MISSING_ALLELE = "*"
"""The ALT of an allele that is missing because of a deletion that begins before it (VCF 4.5, 1.6.1.5)."""

NO_ALLELE = ANY_OTHER | {MISSING_ALLELE, "."}
"""ALTs that are no allele of their own: any other base at all, what another record deletes, and one that is not told.

A `.` beside other ALTs is no VCF, but some write it; who carries it carries an allele of unknown bases.
"""


def joined_on(alt: str, contig: str, pos: int) -> int | None:
    """The base further on in a contig that a breakend joins to its own base, as a deletion of all between does.

    A record has its ALTs in upper case, the name of the mate's contig among them.

    >>> joined_on("A[chr1:900[", "chr1", 100), joined_on("]chr1:900]A", "chr1", 100), joined_on("A[2:900[", "1", 100)
    (900, None, None)
    """
    mate = _JOINED_ON.fullmatch(alt)
    if mate is None or mate["contig"].upper() != contig.upper() or int(mate["pos"]) <= pos:
        return None
    return int(mate["pos"])


def is_structural(alt: str) -> bool:
    """Whether an ALT is a structural variant: a symbolic one, or a breakend with its mate or without (`A.`).

    That it is not there says nothing of the bases.

    >>> [is_structural(alt) for alt in ("<DEL>", "A[chr2:9[", "A.", ".A")]
    [True, True, True, True]
    >>> [is_structural(alt) for alt in ("A", "*", ".", "<NON_REF>", "<*>")]
    [False, False, False, False, False]
    """
    return not alt.isalpha() and alt not in NO_ALLELE and not {"<", "[", "]", "."}.isdisjoint(alt)
