"""What a pack says of a missense beside a carried structural variant, or a lost splice site, of its gene."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from assigner.genome.hgvs import reverse_complement
from assigner.vcf.meaning.haplotypes import BEHIND_BREAK, BEHIND_SHIFT, DELETED
from assigner.vcf.reading import read_profile
from effort import times
from test_pack_assign import GENES, base, places, vcf
from test_pack_sources import PACK
from test_pack_together import ALSO_MISSENSE, missense

META = (
    '##INFO=<ID=END,Number=1,Type=Integer,Description="x">',
    '##INFO=<ID=SVTYPE,Number=1,Type=String,Description="x">',
    '##ALT=<ID=DEL,Description="Deletion">',
)
KNOWN = ("missense_variant",)
SYMBOLS = sorted(symbol for symbol in GENES if len(GENES[symbol].transcript.exons) > 1)


def terms_beside(changed: tuple[int, str, str], genotype: str, *rows: tuple) -> tuple[str, ...] | None:
    """What is known of a missense beside rows of POS, REF, ALT, INFO and GT."""
    content = vcf((*changed, ".", genotype), *rows, meta=META)
    profile = read_profile(content, ALSO_MISSENSE, pack=PACK, absent="reference")
    (found,) = (each for each in profile.variants if each.variant.pos == changed[0])
    assert found.terms is not None or found.label.endswith((BEHIND_BREAK, BEHIND_SHIFT, DELETED))
    return None if found.terms is None else tuple(term for term in found.terms if term != "splice_region_variant")


def large(symbol: str, pos: int, end: int, genotype: str, kind: str = "DEL") -> tuple[int, str, str, str, str]:
    return pos, base(symbol, pos), f"<{kind}>", f"SVTYPE={kind};END={end}", genotype


@st.composite
def deleted(draw):
    """A gene, a residue of it, and a deletion in its bases."""
    symbol = draw(st.sampled_from(SYMBOLS))
    made = GENES[symbol]
    residue = draw(st.integers(2, len(places(symbol)) // 3 - 2))
    start = draw(st.integers(made.start + 1, made.start + len(made.bases) - 60))
    end = draw(st.integers(start + 1, min(start + 600, made.start + len(made.bases) - 2)))
    return symbol, residue, start, end


@pytest.mark.holds("PACK-04")
@given(deleted(), st.sampled_from(["0/1", "0|1", "1/1", "1|0"]))
@times(4)
def test_a_missense_is_known_beside_a_deletion_that_leaves_all_before_it(drawn, genotype):
    symbol, residue, start, end = drawn
    try:
        changed = missense(symbol, residue)
    except AssertionError:  # no such base
        return
    made, gone = GENES[symbol].transcript, range(start + 1, end + 1)
    forward, pos = made.strand == "plus", changed[0]
    exons = [range(first, last + 1) for first, last in made.exons]
    before = [each for each in exons if (each[0] <= pos if forward else each[-1] >= pos)]
    codon = places(symbol)[3 * residue - 3 : 3 * residue]
    assume(max(codon) - min(codon) == 2)  # no intron parts it
    taken = any(at in gone for each in before for at in each if pos not in each)
    own = next(each for each in before if pos in each)
    taken = taken or any(at in gone for at in own if (at <= max(codon) if forward else at >= min(codon)))
    sites = [at for each in before for at in (each[0] - 2, each[0] - 1, each[-1] + 1, each[-1] + 2)]
    harmed = taken or any(at in gone for at in sites)
    read_before = places(symbol)[: 3 * residue]

    found = terms_beside(changed, "0|1", large(symbol, start, end, genotype))

    if pos in gone and genotype in ("1/1", "0|1"):
        assert found is None  # no haplotype is left for it
    elif genotype == "1|0" or pos in gone or not harmed:
        assert found == KNOWN
    elif any(at in gone for at in read_before):
        assert found is None


@pytest.mark.holds("PACK-04")
@pytest.mark.parametrize("symbol", SYMBOLS)
def test_a_missense_behind_a_lost_splice_site_is_none(symbol):
    made = GENES[symbol].transcript
    introns = made.introns if made.strand == "plus" else made.introns[::-1]
    for number, (first, last) in enumerate(introns):
        for site in (first, last):
            lost = (site, base(symbol, site), reverse_complement(base(symbol, site)), ".")
            for residue in (3, len(places(symbol)) // 3 - 3):
                changed = missense_near(symbol, residue)
                at = places(symbol).index(changed[0]) // 3 * 3
                last_base = places(symbol)[at + 2]
                exon = next(at for at, (_, span) in enumerate(made.in_order) if span[0] <= last_base <= span[1])
                donor = (site == first) == (made.strand == "plus")
                behind = exon >= number + (not donor)
                for genotype in ("0/1", "0|1", "1/1"):
                    assert terms_beside(changed, "0|1", (*lost, genotype)) == (None if behind else KNOWN)
                assert terms_beside(changed, "0|1", (*lost, "1|0")) == KNOWN
                assert terms_beside(changed, "0|1", (*lost, "0/0")) == KNOWN


def missense_near(symbol: str, residue: int) -> tuple[int, str, str]:
    """A missense of the residue, or of one near it."""
    for at in range(residue, residue + 3):
        try:
            return missense(symbol, at)
        except AssertionError:
            continue
    raise AssertionError("no such residue")


@pytest.mark.holds("PACK-04")
@pytest.mark.parametrize("symbol", SYMBOLS)
def test_what_doubles_turns_round_or_cuts_a_gene(symbol):
    made = GENES[symbol].transcript
    changed, (first, last) = missense_near(symbol, len(places(symbol)) // 3 - 5), made.span
    codon = places(symbol)[9:12]
    inside = min(codon), max(codon)
    for kind in ("DUP", "INV"):
        assert terms_beside(changed, "0|1", large(symbol, *inside, "0/1", kind)) is None
        assert terms_beside(changed, "0|1", large(symbol, *inside, "1|0", kind)) == KNOWN
        assert terms_beside(changed, "0|1", large(symbol, first - 2, last + 1, "0/1", kind)) == KNOWN
    forward, early = made.strand == "plus", missense_near(symbol, 3)
    intron = made.introns[-1][1] - 5 if forward else made.introns[0][0] + 5  # the last one
    joined = (intron, base(symbol, intron), f"{base(symbol, intron)}[5:1000[", "SVTYPE=BND", "0/1")
    assert terms_beside(changed, "0|1", joined) is None
    assert terms_beside(early, "0|1", joined) == KNOWN


@pytest.mark.holds("PACK-04")
@pytest.mark.parametrize("symbol", SYMBOLS)
def test_a_missing_allele_is_known_where_its_deletion_is(symbol):
    own = places(symbol)
    at = next(
        at for at in range(9, 60, 3) if {own[at] + 1, own[at] - 1} & {own[at + 1]} and abs(own[at + 2] - own[at]) == 2
    )
    first, changed = min(own[at : at + 3]), missense_near(symbol, len(own) // 3 - 5)
    gone = first - 1, "".join(base(symbol, pos) for pos in range(first - 1, first + 3)), base(symbol, first - 1), "."
    star = first + 1, base(symbol, first + 1), "*", "."
    assert terms_beside(changed, "0|1", (*gone, "0|1")) == KNOWN
    assert terms_beside(changed, "0|1", (*star, "0|1")) is None
    assert terms_beside(changed, "0|1", (*star, "1|0")) == KNOWN
    assert terms_beside(changed, "0|1", (*gone, "0|1"), (*star, "0|1")) == KNOWN
    assert terms_beside(changed, "0|1", (*gone, "1|0"), (*star, "0|1")) is None


@pytest.mark.holds("PACK-04")
@pytest.mark.parametrize("symbol", SYMBOLS)
def test_any_other_allele_may_lie_anywhere_in_its_block(symbol):
    made = GENES[symbol].transcript
    changed = missense_near(symbol, len(places(symbol)) // 3 - 5)
    first = min(each for each in places(symbol)[9:12])
    exon = next(start for start, end in made.exons if start <= first <= end)
    row = exon - 5, base(symbol, exon - 5), "<NON_REF>"
    for end, terms in ((first, None), (exon - 4, KNOWN)):
        assert terms_beside(changed, "0|1", (*row, f"END={end}", "0|1")) == terms
        assert terms_beside(changed, "0|1", (*row, f"END={end}", "1|0")) == KNOWN
