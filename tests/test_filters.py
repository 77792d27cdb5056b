"""Filters: a record's, a sample's, and those of each allele."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assigner.profiles.calls import State
from assigner.vcf.meaning.filters import fails_alone
from dialects import base, other
from readings import call_in
from test_support import record

GOOD = st.sampled_from(["PASS", "SITE", "."])
BAD = st.lists(st.sampled_from(["weak_evidence", "base_qual", "VQSRTrancheSNP99.90to100.00"]), min_size=1, max_size=2)


@given(st.lists(st.none() | BAD, min_size=2, max_size=4), st.data())
def test_an_allele_fails_alone_where_another_one_passes(alleles, data):
    """Written as FilterMutectCalls does, and as ApplyVQSR does where no allele has two filters."""
    mark = data.draw(st.sampled_from("|," if all(each is None or len(each) == 1 for each in alleles) else "|"))
    told = mark.join(data.draw(GOOD) if each is None else ", ".join(each) for each in alleles)
    asked = record({"GT": "1/2"}, ("A", "G", "T", "TT")[: len(alleles)], info={"AS_FilterStatus": told})
    for number, filters in enumerate(alleles, start=1):
        expected = filters is not None and None in alleles
        assert (fails_alone(asked, number) is not None) == expected


@given(st.sampled_from(["weak_evidence", "weak_evidence,base_qual", "PASS", "SITE", "VQSRTrancheSNP97.00to98.00"]))
def test_of_the_only_allele_filter_says_whether_it_passed(status):
    """ApplyVQSR gives the tranche of an allele that passed, too: broadinstitute/gatk, issue 7259."""
    assert fails_alone(record({"GT": "0/1"}, info={"AS_FilterStatus": status}), 1) is None


@pytest.mark.parametrize(
    ("alts", "told", "state", "why"),
    [
        (2, "SITE|weak_evidence", State.CALLED, None),
        (2, "base_qual, position|SITE", State.FILTERED, "filter base_qual, position (AS_FilterStatus)"),
        (1, "SITE|weak_evidence", State.FILTERED, "AS_FilterStatus that has not one status for each ALT"),
    ],
)
def test_a_filter_of_one_allele_leaves_it_unknown(tmp_path, alts, told, state, why):
    ref, named = base(9041), ",".join(other(9041, each) for each in range(alts))
    found = call_in(tmp_path, f"1 9041 {ref} {named} PASS AS_FilterStatus={told.replace(' ', '')} GT 0/1")
    assert (found.state, found.why) == (state, why and why.replace("base_qual, position", "base_qual,position"))
