"""The reader against an independent one, over random odd files: two definite answers never differ."""

from __future__ import annotations

from hypothesis import given, note

import odd_files
import reader
import vcfs
from assigner.genome.builds import Build
from assigner.rules.panels import panel_of
from assigner.truth import Truth
from assigner.vcf.reading import read_profile
from effort import times

PANEL = panel_of(odd_files.RULES, Build.GRCH38)
WORDS = {Truth.TRUE: True, Truth.FALSE: False, Truth.UNKNOWN: None}
OURS_ALONE = {
    "the reads of another ALT do not fit": "the reads of an ALT elsewhere in a line's REF are asked where that ALT is",
}
"""Where we may know and the slow reader does not: its reason, and ours."""


@given(table=odd_files.tables())
@times(8)
def test_no_answer_differs_from_that_of_the_independent_reader(table):
    content = vcfs.vcf(table, meta=odd_files.META, version="4.5")
    profile = read_profile(content, odd_files.RULES, build=Build.GRCH38)
    text = "\n".join(reader.lines_of(content))
    for name, asked in odd_files.ASKED.items():
        call = profile.call(PANEL.variant_by_id[name])
        theirs, why = reader.read(text, asked, odd_files.SEQUENCE)
        ours = WORDS[call.carries]
        note(f"{name}: {ours} ({call.state}; {call.why}), and {theirs} ({why})")
        if ours is not None and theirs is None:
            assert why in OURS_ALONE
        elif ours is not None:
            assert ours == theirs
