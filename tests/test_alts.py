"""What an ALT is, as the text of a record that is read in full and as the bytes of one that is read on the way."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assigner.vcf.bytes.sources import open_source
from assigner.vcf.records.parsing import parse
from assigner.vcf.scan.alts import is_structural
from assigner.vcf.scan.letters import BaseRecord, read_letters
from assigner.vcf.scan.scans import Line
from assigner.vcf.scan.sexes import Filters
from vcfs import vcf

BASES = st.sampled_from(["A", "g", "GT", "n", "*", "<NON_REF>", "<*>"])
STRUCTURAL = st.one_of(
    st.sampled_from(["<DEL>", "<DUP:TANDEM>", "<INS>", "<CNV>", "<cnv>", "<non_ref>", "<DEL.X>"]),
    st.sampled_from(["C[chr2:90[", "]chr2:90]C", "[chr2:90[C", "]<ctg1>:9]C", "C.", ".C", "c.", ".AC"]),
)
ALTS = st.lists(
    st.one_of(BASES.map(lambda alt: (alt, False)), STRUCTURAL.map(lambda alt: (alt, True))), min_size=1, max_size=4
)


def letters(content: bytes) -> list[BaseRecord]:
    """The records that are taken for their letters."""
    found = list[BaseRecord]()
    opened = open_source(content)
    read_letters(
        opened, lambda header: {name: [(1, 10_000)] for name in header.contigs}, Filters(frozenset()), found.append
    )
    return found


@given(alts=ALTS)
def test_a_structural_alt_is_the_same_to_each_reader(alts):
    """Of a record whose ALTs are all structural the reader of letters takes nothing: none speaks of the base."""
    text = vcf(f"1 5000 C {','.join(alt for alt, _ in alts)} PASS . GT 0/0")
    row = next(line for line in text.splitlines() if not line.startswith(b"#"))

    record = parse(Line(1, row), 9, "x")

    assert [is_structural(alt) for alt in record.alts] == [structural for _, structural in alts]
    assert record.is_structural == any(structural for _, structural in alts)
    assert bool(letters(text)) == (not all(structural for _, structural in alts))
