"""Reading whole files: a drawn truth, written in every dialect, reads back as that truth or as unknown."""

from __future__ import annotations

import os
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st

import assigner
import build
import vcfs
from assigner.errors import (
    BuildError,
    ContainerError,
    HeaderError,
    InputError,
    LimitError,
    ProfileError,
    RecordError,
    SampleError,
)
from assigner.genome.builds import Build
from assigner.profiles.calls import Call, Sex, State
from assigner.profiles.profile import Profile
from assigner.rules import Rules
from assigner.rules.panels import panel_of
from assigner.truth import Truth
from assigner.vcf.bytes.containers import Limits
from assigner.vcf.reading import read_profile
from vcfs import allele, gene, marker, repeat, rules_of, vcf, written

# --------------------------------------------------------------------------------------------- a truth and its dialects

START = 9001
LOCAL = (
    "GATTACAGTCCTGAATCGGCTTAGCATGCCGTAACTGGATCATTGCAGTACCTTGAGCGATCAAGTCTGGCATACGTTAGCCATGCTAAGGTCCATGACTTGCAAC"
    "TGGCATTCAGGATACCGTTGAGCTAACGGTCATGCATTCGGACTAGTCCAAGCTTGACGTATCGGCATTACGGTTCAGACCTGATGCAACTCGGTTAGCATCCGAT"
)


def base(pos: int, length: int = 1) -> str:
    """The local reference on GRCh38; on GRCh37 it stands 1,000 bases further on."""
    return LOCAL[pos - START : pos - START + length]


def other(pos: int, at: int) -> str:
    return [letter for letter in "ACGT" if letter != base(pos)][at]


@frozen
class Site:
    """A place with listed alleles."""

    pos: int
    ref: str
    alts: tuple[str, ...]

    @property
    def end(self) -> int:
        return self.pos + len(self.ref) - 1


SITES = (
    Site(9021, base(9021), (other(9021, 0), other(9021, 1))),
    Site(9041, base(9041), (other(9041, 2),)),
    Site(9061, base(9061, 4), (base(9061),)),
    Site(9081, base(9081), (base(9081) + "GGTCA",)),
    Site(9101, base(9101, 2), (other(9101, 1) + other(9102, 1),)),
    Site(9121, base(9121), (other(9121, 0), other(9121, 1), other(9121, 2))),
)
RULES = rules_of(
    alleles=[allele(f"S{s.pos}-{k}", "1", s.pos, s.ref, alt) for s in SITES for k, alt in enumerate(s.alts, start=1)]
)


@frozen
class Seen:
    """What is true of a site in the participant, and how well it was seen."""

    alleles: tuple[int | None, ...]
    phased: bool
    depth: int
    quality: int
    filters: str
    absent: bool

    @property
    def believed(self) -> bool:
        return self.depth >= 10 and self.quality >= 20 and self.filters in ("PASS", ".") and not self.absent

    @property
    def is_reference(self) -> bool:
        return set(self.alleles) == {0}


@st.composite
def seen_at(draw: st.DrawFn, site: Site) -> Seen:
    number = st.sampled_from([None, 0, 0, *range(1, len(site.alts) + 1)])
    good = draw(st.integers(0, 4)) > 0
    return Seen(
        alleles=tuple(draw(st.lists(number, min_size=2, max_size=2))),
        phased=draw(st.booleans()),
        depth=40 if good else draw(st.sampled_from([40, 9, 0])),
        quality=99 if good else draw(st.sampled_from([99, 19, 0])),
        filters="PASS" if good else draw(st.sampled_from(["PASS", "LowQual", "."])),
        absent=draw(st.integers(0, 9)) == 0,
    )


def gt(alleles: Sequence[int | None], phased: bool) -> str:
    return ("|" if phased else "/").join("." if a is None else str(a) for a in alleles)


def row(site: Site, alts: Sequence[str], alleles: Sequence[int | None], seen: Seen, *, shift: int = 0) -> str:
    """A record of a site with these ALT alleles."""
    reads = [0] * (len(alts) + 1)
    for each in alleles:
        if each is not None:
            reads[each] += seen.depth // 2
    keys, values = "GT:DP:GQ:AD", f"{gt(alleles, seen.phased)}:{seen.depth}:{seen.quality}:{','.join(map(str, reads))}"
    fields = ["1", str(site.pos + shift), site.ref, ",".join(alts) or ".", seen.filters, ".", keys, values]
    return " ".join(fields)


def block(site: Site, seen: Seen, alt: str, info: str = "", *, shift: int = 0, length: bool = False) -> str:
    """A reference block over a site and three bases on either side."""
    end = site.end + 3 + shift
    keys, values = "GT:MIN_DP:DP:GQ", f"0/0:{seen.depth}:{seen.depth + 30}:{seen.quality}"
    if length:
        keys, values, info = f"{keys}:LEN", f"{values}:{site.end - site.pos + 7}", "."
    else:
        info = f"END={end}{info}"
    return " ".join(["1", str(site.pos - 3 + shift), base(site.pos - 3), alt, seen.filters, info, keys, values])


def plain(site: Site, seen: Seen, shift: int) -> list[str]:
    """Only what differs from the reference, and only alleles that are carried."""
    if seen.is_reference:
        return []
    carried = sorted({a for a in seen.alleles if a})
    numbers = {None: None, 0: 0, **{a: at for at, a in enumerate(carried, start=1)}}
    return [row(site, [site.alts[a - 1] for a in carried], [numbers[a] for a in seen.alleles], seen, shift=shift)]


def joint(site: Site, seen: Seen, shift: int) -> list[str]:
    return [row(site, site.alts, seen.alleles, seen, shift=shift)]


def all_sites(site: Site, seen: Seen, shift: int) -> list[str]:
    return [row(site, [], seen.alleles, seen, shift=shift)] if seen.is_reference else joint(site, seen, shift)


def gatk(site: Site, seen: Seen, shift: int) -> list[str]:
    if seen.is_reference:
        return [block(site, seen, "<NON_REF>", shift=shift)]
    return [row(site, [*site.alts, "<NON_REF>"], seen.alleles, seen, shift=shift)]


def bcftools(site: Site, seen: Seen, shift: int) -> list[str]:
    if seen.is_reference:
        return [block(site, seen, "<*>", shift=shift)]
    return [row(site, [*site.alts, "<*>"], seen.alleles, seen, shift=shift)]


def strelka(site: Site, seen: Seen, shift: int) -> list[str]:
    if seen.is_reference:
        return [block(site, seen, ".", ";BLOCKAVG_min30p3a", shift=shift)]
    return joint(site, seen, shift)


def by_length(site: Site, seen: Seen, shift: int) -> list[str]:
    return [block(site, seen, "<*>", shift=shift, length=True)] if seen.is_reference else joint(site, seen, shift)


def split(site: Site, seen: Seen, shift: int) -> list[str]:
    """A record for each allele, the others written as 0 (bcftools norm)."""
    rows = []
    for number, alt in enumerate(site.alts, start=1):
        alleles = [None if a is None else int(a == number) for a in seen.alleles]
        rows.append(row(site, [alt], alleles, seen, shift=shift))
    return rows


def split_by_dots(site: Site, seen: Seen, shift: int) -> list[str]:
    """A record for each allele, the others written as missing (vt decompose)."""
    rows = []
    for number, alt in enumerate(site.alts, start=1):
        alleles = [{0: 0, number: 1}.get(a) for a in seen.alleles]
        rows.append(row(site, [alt], alleles, seen, shift=shift))
    return rows


def padded(site: Site, seen: Seen, shift: int) -> list[str]:
    """The same alleles with two bases more before and one after."""
    before, after = base(site.pos - 2, 2), base(site.end + 1)
    wide = Site(site.pos - 2, before + site.ref + after, tuple(before + alt + after for alt in site.alts))
    return joint(wide, seen, shift)


def starred(site: Site, seen: Seen, shift: int) -> list[str]:
    """With the `*` of a deletion that begins before, which nobody carries."""
    return [row(site, [*site.alts, "*"], seen.alleles, seen, shift=shift)]


LOSSLESS = (joint, all_sites, gatk, bcftools, strelka, by_length, split, padded, starred)
DIALECTS = (*LOSSLESS, plain, split_by_dots)
truths = st.tuples(*(seen_at(site) for site in SITES))


@frozen(kw_only=True)
class Dress:
    """All that must not matter."""

    style: str = "chr"
    on: Build = Build.GRCH38
    container: str = "plain"
    others: int = 0
    column: int = 0
    shuffled: int | None = None
    crlf: bool = False

    def file(self, folder: Path, rows: Sequence[str], version: str = "4.2") -> Path:
        """The file that these rows are in this dress."""
        rows = list(rows)
        if self.shuffled is not None:
            random.Random(self.shuffled).shuffle(rows)
        names = [f"other{number}" for number in range(self.others)]
        names.insert(self.column, "P1")
        chance = random.Random(1)
        wide = []
        for each in rows:
            *fields, own = each.split()
            theirs = [":".join([chance.choice(["0/0", "0/1", "./."]), *own.split(":")[1:]]) for _ in range(self.others)]
            theirs.insert(self.column, own)
            wide.append(" ".join([*fields, *theirs]))
        meta = ['##FORMAT=<ID=LEN,Number=1,Type=Integer,Description="Length">'] if version == "4.5" else []
        text = vcf("\n".join(wide), samples=names, style=self.style, on=self.on, meta=meta, version=version)
        if self.crlf:
            text = text.replace(b"\n", b"\r\n")
        if self.container.startswith("bcf"):
            return vcfs.bcf(folder, text, mode=self.container.removeprefix("bcf-"))
        return written(folder, text, container=self.container)


@st.composite
def dresses(draw: st.DrawFn) -> Dress:
    others = draw(st.integers(0, 2))
    return Dress(
        style=draw(st.sampled_from(vcfs.STYLES)),
        on=draw(st.sampled_from(Build)),
        container=draw(st.sampled_from(["plain", "gzip", "bgzf"])),
        others=others,
        column=draw(st.integers(0, others)),
        shuffled=draw(st.none() | st.integers(0, 99)),
        crlf=draw(st.booleans()),
    )


def rows_of(truth: Sequence[Seen], dialect, on: Build = Build.GRCH38) -> list[str]:
    shift = 1000 if on is Build.GRCH37 else 0
    pairs = zip(SITES, truth, strict=True)
    return [each for site, seen in pairs if not seen.absent for each in dialect(site, seen, shift)]


def read(truth: Sequence[Seen], dialect, dress: Dress = Dress(), **declared) -> Profile:
    with tempfile.TemporaryDirectory() as folder:
        version = "4.5" if dialect is by_length else "4.2"
        path = dress.file(Path(folder), rows_of(truth, dialect, dress.on), version)
        return read_profile(path, RULES, sample="P1", **declared)


def calls_of(profile: Profile) -> dict[str, Call]:
    """The calls by the alleles' ids, on whichever build."""
    panel = panel_of(RULES, profile.build)
    return {a.id: profile.call(variant) for variant, a in panel.alleles.items()}


def told(calls: dict[str, Call]) -> dict[str, tuple[Truth, Truth]]:
    return {name: (call.carries, call.on_every_haplotype) for name, call in calls.items()}


def expected(truth: Sequence[Seen]) -> dict[str, tuple[Truth, Truth]]:
    found = {}
    for site, seen in zip(SITES, truth, strict=True):
        for number in range(1, len(site.alts) + 1):
            copies = tuple(None if a is None else a == number for a in seen.alleles)
            call = Call.from_copies(copies) if seen.believed else Call(State.NOT_ASSESSED)
            found[f"S{site.pos}-{number}"] = (call.carries, call.on_every_haplotype)
    return found


@pytest.mark.holds("READ-04")
@pytest.mark.parametrize("dialect", LOSSLESS, ids=lambda d: d.__name__)
@given(truth=truths, dress=dresses())
def test_a_dialect_that_tells_all_is_read_as_the_truth(dialect, truth, dress):
    assert told(calls_of(read(truth, dialect, dress))) == expected(truth)


@pytest.mark.holds("READ-04")
@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda d: d.__name__)
@given(truth=truths, dress=dresses())
def test_what_is_not_the_truth_is_unknown(dialect, truth, dress):
    got = told(calls_of(read(truth, dialect, dress)))

    for name, wanted in expected(truth).items():
        assert all(g in (w, Truth.UNKNOWN) for g, w in zip(got[name], wanted, strict=True)), name


@pytest.mark.holds("READ-04")
@given(truth=truths, dress=dresses())
def test_nothing_but_the_truth_of_the_participant_matters(truth, dress):
    """Not the contigs' names, the build, the container, line ends, other samples, or the order of lines."""
    assert told(calls_of(read(truth, joint, dress))) == told(calls_of(read(truth, joint)))


@pytest.mark.holds("TRAC-09")
@given(truth=truths, seeds=st.tuples(st.integers(0, 99), st.integers(0, 99)))
def test_the_order_of_lines_changes_no_byte_of_the_trace_but_digests_and_notes(truth, seeds):
    one, two = (read(truth, gatk, Dress(shuffled=seed)) for seed in seeds)

    assert evolve(one, inputs=(), checks=()) == evolve(two, inputs=(), checks=())


@pytest.mark.holds("READ-04")
@given(truth=truths)
def test_joint_and_split_records_agree(truth):
    assert told(calls_of(read(truth, joint))) == told(calls_of(read(truth, split)))


@pytest.mark.holds("READ-01")
@given(truth=truths, container=st.sampled_from(["bcf-wb", "bcf-wbu"]), others=st.integers(0, 2))
def test_a_bcf_is_read_as_the_vcf_that_it_was_made_of(truth, container, others):
    dress = Dress(others=others)
    binary = read(truth, joint, evolve(dress, container=container))
    assert calls_of(binary) == calls_of(read(truth, joint, dress))
    assert binary.inputs[0].container == "bcf"


@pytest.mark.holds("TRAC-08")
@given(truth=truths)
def test_two_threads_read_the_same_as_one(truth):
    for container in ("plain", "gzip", "bgzf"):
        dress = Dress(container=container)
        assert read(truth, joint, dress, threads=2) == read(truth, joint, dress)


@pytest.mark.holds("GENO-02")
@given(truth=truths)
def test_an_absent_record_is_reference_only_when_that_is_declared(truth):
    silent = calls_of(read(truth, plain))
    assumed = calls_of(read(truth, plain, absent="reference"))

    for site, seen in zip(SITES, truth, strict=True):
        if seen.absent or seen.is_reference:
            name = f"S{site.pos}-1"
            assert silent[name].state is State.NOT_ASSESSED and silent[name].carries is Truth.UNKNOWN
            assert assumed[name].state is State.ASSUMED_REFERENCE and assumed[name].carries is Truth.FALSE
    assert {n: c for n, c in silent.items() if c.copies} == {n: c for n, c in assumed.items() if c.copies}


@pytest.mark.holds("GENO-05")
@given(truth=truths, phased=st.booleans())
def test_phase_is_read_as_it_is_written(truth, phased):
    truth = [
        evolve(seen, phased=phased, alleles=(0, 1), depth=40, quality=99, filters="PASS", absent=False)
        for seen in truth
    ]

    sets = {call.phase_set for name, call in calls_of(read(truth, joint)).items() if call.seen}

    assert sets == ({"chr1"} if phased else {None})
    assert {call.copies for call in calls_of(read(truth, joint)).values() if call.seen} == {(False, True)}


# ------------------------------------------------------------------------------------------------------ single tables

SNV = rules_of(
    alleles=[
        allele("A", "1", 9041, base(9041), other(9041, 0)),
        allele("X", "X", 5_000_001, "C", "T"),
        allele("PAR", "X", 20_000, "C", "T", pos37=70_000),
        allele("MT", "MT", 3243, "A", "G", **{"class": "mitochondrial"}),
    ],
    genes=[gene("GX", "X", 5_000_000, 5_000_900)],
    repeats=[repeat("R", "CAG", "4", 12_000, 12_060), repeat("RX", "CAG", "X", 12_000, 12_060)],
    markers=[marker("rs1", "2", 7_000, "T", "C")],
)
LINE = f"1 9041 {base(9041)} {other(9041, 0)} PASS . GT:DP:GQ:AD"


def profile_of(folder: Path, table: str, rules: Rules = SNV, *, read: dict | None = None, **dress) -> Profile:
    return read_profile(written(folder, vcf(table, **dress)), rules, **(read or {}))


def call_in(folder: Path, table: str, name: str = "A", **dress) -> Call:
    profile = profile_of(folder, table, **dress)
    return profile.call(panel_of(SNV, profile.build).variant_by_id[name])


@pytest.mark.holds("GENO-10")
@pytest.mark.parametrize(
    ("values", "state", "why"),
    [
        ("0/1:30:99:15,15", State.CALLED, None),
        ("0/1:9:99:5,4", State.LOW_QUALITY, "depth 9 below 10"),
        ("0/1:30:19:15,15", State.LOW_QUALITY, "quality 19 below 20"),
        ("0/1:30:99:24,6", State.LOW_QUALITY, "allele balance 200/1000 outside 250-750"),
        ("0/1:30:99:6,24", State.LOW_QUALITY, "allele balance 800/1000 outside 250-750"),
        ("1/1:30:99:6,24", State.LOW_QUALITY, "allele balance 800/1000 outside 900-1000"),
        ("1/1:30:99:3,27", State.CALLED, None),
        ("0/0:9:99:9,0", State.LOW_QUALITY, "depth 9 below 10"),
        ("0/1:.:.:.", State.CALLED, None),
        ("0/1", State.CALLED, None),
        ("./.:0:.:.", State.LOW_QUALITY, "depth 0 below 10"),
        ("./.", State.NO_CALL, None),
        (".", State.NO_CALL, None),
        ("0/.", State.PARTIAL, None),
        ("./1", State.PARTIAL, None),
        ("1", State.INVALID, "one copy where there are two"),
        ("0", State.INVALID, "one copy where there are two"),
        ("0/0/1:30:99:20,10", State.INVALID, "3 copies"),
    ],
)
def test_a_call_has_a_state_and_its_reason(tmp_path, values, state, why):
    found = call_in(tmp_path, f"{LINE} {values}")

    assert (found.state, found.why) == (state, why)


@pytest.mark.holds("GENO-10")
@pytest.mark.parametrize(
    ("filters", "state"),
    [("PASS", State.CALLED), (".", State.CALLED), ("LowQual", State.FILTERED), ("q10;s50", State.FILTERED)],
)
def test_a_filter_other_than_the_accepted_ones_leaves_the_allele_unknown(tmp_path, filters, state):
    found = call_in(tmp_path, f"1 9041 {base(9041)} {other(9041, 0)} {filters} . GT:FT 0/1:PASS")
    by_sample = call_in(tmp_path, f"1 9041 {base(9041)} {other(9041, 0)} PASS . GT:FT 0/1:{filters}")

    assert found.state is state
    assert by_sample.state is state
    assert found.carries is (Truth.TRUE if state is State.CALLED else Truth.UNKNOWN)


@pytest.mark.holds("GENO-10")
def test_strict_gates_refuse_what_lacks_their_field(tmp_path):
    gates = {"strict": ["depth", "quality", "balance"], "unfiltered": "refuse"}
    rules = rules_of(alleles=[allele("A", "1", 9041, base(9041), other(9041, 0))], gates=gates)
    start = f"1 9041 {base(9041)} {other(9041, 0)}"
    rows = {
        f"{start} PASS . GT:GQ:AD 0/1:99:15,15": "no depth",
        f"{start} PASS . GT:DP:AD 0/1:30:15,15": "no quality",
        f"{start} PASS . GT:DP:GQ 0/1:30:99": "no allele depths",
        f"{start} . . GT:DP:GQ:AD 0/1:30:99:15,15": "no filter was applied",
        f"{start} PASS . GT:DP:GQ:AD 0/1:30:99:15,15": None,
    }
    for table, why in rows.items():
        (found,) = profile_of(tmp_path, table, rules).alleles.values()
        assert found.why == why


def test_the_spellings_of_gt(tmp_path):
    """The 32 of the dossier: read as they are meant, unknown, or refused."""
    start = f"1 9041 {base(9041)} {other(9041, 0)},{other(9041, 1)} PASS . GT"
    copies = {
        "0/0": (0, 0), "0/1": (0, 1), "1/1": (1, 1), "0/2": (0, 0), "2/2": (0, 0), "1/2": (1, 0), "|0|1": (0, 1),
        "/0/1": (0, 1),
    }  # fmt: skip
    partial = {"0/.": (0, None), "./0": (None, 0), "1/.": (1, None), "./1": (None, 1)}
    partial |= {text.replace("/", "|"): found for text, found in partial.items()}
    invalid = ("0", "1", "2", "0/0/1", "0/1/1", "0/0/0", "./././1", "0/1/.")
    refused = ("0/3", "3/3", "0/4294967297", "0\\1", "0/1/2/3")
    for text in (*copies, *partial):
        found = call_in(tmp_path, f"{start} {text}")
        wanted = tuple(None if c is None else bool(c) for c in (copies | partial)[text])
        assert (found.copies, found.state) == (wanted, State.PARTIAL if text in partial else State.CALLED), text
    for text in ("./.", "."):
        assert call_in(tmp_path, f"{start} {text}").state is State.NO_CALL
    for text in invalid:
        found = call_in(tmp_path, f"{start} {text}")
        assert (found.state, found.carries) == (State.INVALID, Truth.UNKNOWN), text
    for text in (*refused, "0:1"):
        with pytest.raises(RecordError, match="line"):
            call_in(tmp_path, f"{start} {text}")
    assert len((*copies, *partial, "./.", ".", *invalid, *refused, "0:1")) == 32


@pytest.mark.holds("READ-06")
@pytest.mark.parametrize(
    "gt", ["", "A/C", "0/-1", "0/1/", "/", "0//1", "1e1", "0/ 1", "+1/0", "0/1;1", "٠/١", "0/1\x00"]
)
def test_a_gt_that_is_none_is_refused_and_not_quoted(tmp_path, gt):
    row = f"chr1\t9041\t.\t{base(9041)}\t{other(9041, 0)}\t.\tPASS\t.\tGT\t{gt}\n"
    path = written(tmp_path, vcf("") + row.encode())

    with pytest.raises(InputError) as caught:
        read_profile(path, SNV)

    assert isinstance(caught.value, RecordError)
    assert not gt.strip() or len(gt) < 3 or gt not in str(caught.value)


@pytest.mark.parametrize("keys", ["DP:GT", "GT:GT", "GT:DP:DP", "GT:", "GT::DP", "G T", "GT:1x"])
def test_a_format_that_is_none_is_refused(tmp_path, keys):
    row = f"chr1\t9041\t.\t{base(9041)}\t{other(9041, 0)}\t.\tPASS\t.\t{keys}\t0/1:9\n"
    with pytest.raises(RecordError):
        read_profile(written(tmp_path, vcf("") + row.encode()), SNV)


@pytest.mark.parametrize(
    ("ref", "alt", "filters"),
    [
        ("Z", "T", "PASS"),
        ("", "T", "PASS"),
        ("A", "<DEL", "PASS"),
        ("A", "T,", "PASS"),
        ("A", "", "PASS"),
        ("A", "T;C", "PASS"),
    ],
)
def test_alleles_that_are_none_are_refused(tmp_path, ref, alt, filters):
    row = f"chr1\t9041\t.\t{ref}\t{alt}\t.\t{filters}\t.\tGT\t0/1\n"
    with pytest.raises(RecordError):
        read_profile(written(tmp_path, vcf("") + row.encode()), SNV)


def test_lower_case_bases_are_bases(tmp_path):
    row = f"1 9041 {base(9041).lower()} {other(9041, 0).lower()} PASS . GT 0/1"
    assert call_in(tmp_path, row).carries is Truth.TRUE


def test_no_gt_is_no_call(tmp_path):
    assert call_in(tmp_path, f"1 9041 {base(9041)} {other(9041, 0)} PASS . DP 30").state is State.NO_CALL


@pytest.mark.parametrize("rows", [("0/1", "0/1"), ("0/1", "./."), ("./.", "0/1"), ("0/1", "1/0")])
def test_a_record_twice_counts_once_when_both_agree(tmp_path, rows):
    found = call_in(tmp_path, "\n".join(f"{LINE.replace(':DP:GQ:AD', '')} {each}" for each in rows))

    assert (found.state, found.carries) == (State.CALLED, Truth.TRUE)


@pytest.mark.holds("GENO-06")
@pytest.mark.parametrize("rows", [("0/1", "0/0"), ("0/1", "1/1"), ("0/1", "./1"), ("1/1", "0/.")])
def test_a_record_twice_with_other_genotypes_is_a_conflict_in_either_order(tmp_path, rows):
    for each in (rows, rows[::-1]):
        found = call_in(tmp_path, "\n".join(f"{LINE.replace(':DP:GQ:AD', '')} {gt}" for gt in each))
        assert (found.state, found.carries) == (State.CONFLICT, Truth.UNKNOWN)


@pytest.mark.holds("GENO-06")
@pytest.mark.parametrize("pair", [("0/1:5:99:2,3", "0/1:30:99:15,15"), ("0/1:30:99:15,15", "0/1:5:99:2,3")])
def test_a_doubtful_record_makes_its_twin_doubtful_in_either_order(tmp_path, pair):
    assert call_in(tmp_path, "\n".join(f"{LINE} {each}" for each in pair)).carries is Truth.UNKNOWN


def test_the_star_allele_is_neither_the_variant_nor_the_reference(tmp_path):
    start = f"1 9041 {base(9041)} {other(9041, 0)},* PASS . GT"
    carried = {text: call_in(tmp_path, f"{start} {text}").copies for text in ("0/2", "1/2", "2/2", "0/1")}
    assert carried == {"0/2": (False, False), "1/2": (True, False), "2/2": (False, False), "0/1": (False, True)}
    alone = call_in(tmp_path, f"1 9041 {base(9041)} * PASS . GT 1/1")
    assert (alone.state, alone.carries) == (State.CALLED, Truth.FALSE)


@pytest.mark.holds("GENO-07")
@pytest.mark.parametrize("alt", ["<DEL>", "<INV>", "<DUP>", "<CNV>", "<CN0>", "<INS>"])
def test_inside_a_carried_structural_variant_an_allele_is_unknown(tmp_path, alt):
    meta = [
        '##INFO=<ID=SVLEN,Number=.,Type=Integer,Description="x">',
        '##INFO=<ID=SVTYPE,Number=1,Type=String,Description="x">',
    ]
    for info in ("END=9100", "SVTYPE=DEL;END=9100", "SVTYPE=DEL;SVLEN=-200", "SVLEN=200"):
        table = f"1 9001 {base(9001)} {alt} PASS {info} GT 0/1"
        for absent in ("unknown", "reference"):
            profile = profile_of(tmp_path, table, meta=meta, read={"absent": absent})
            found = profile.call(panel_of(SNV, Build.GRCH38).variant_by_id["A"])
            inside = "END" in info or alt != "<INS>"  # an insertion's length covers nothing
            assert found.carries is (Truth.UNKNOWN if inside or absent == "unknown" else Truth.FALSE), (info, absent)


@pytest.mark.parametrize(
    "record",
    [
        "1 9001 {} <DEL> PASS END=9100 GT:DP:GQ 0/0:40:99",
        "1 9001 {} <DUP> PASS SVTYPE=DUP;END=9100 GT:DP:GQ 0/0:40:99",
        "1 9001 {} <STR9> PASS END=9100;RU=CAG;REPID=X GT:REPCN 0/0:9/9",
        "1 9001 {} . PASS END=9100;RU=CAG;REPID=X GT:REPCN 0/0:9/9",
        "1 9001 {} . PASS END=9100;REFLEN=100 GT:CN 0/0:2",
        "1 9001 {} . PASS END=9100;SVTYPE=CNV GT 0/0",
        "1 9001 {} <CNV> PASS END=9100 GT:CN 0/0:2",
    ],
)
def test_that_a_structural_variant_is_not_there_says_nothing_of_the_bases_inside(tmp_path, record):
    assert call_in(tmp_path, record.format(base(9001))).carries is Truth.UNKNOWN


def test_a_block_of_which_another_sample_alone_tells_the_length_ends_with_its_ref(tmp_path):
    meta = ['##FORMAT=<ID=LEN,Number=1,Type=Integer,Description="Length">']
    table = f"1 9001 {base(9001)} <*> PASS . GT:LEN 0/0:{{}} 0/0:{{}}"
    for own, theirs, state in ((100, 5, State.REFERENCE), (5, 100, State.NOT_ASSESSED)):
        text = vcf(table.format(own, theirs), samples=("P1", "P2"), meta=meta, version="4.5")
        profile = read_profile(written(tmp_path, text), SNV, sample="P1")
        assert profile.call(panel_of(SNV, Build.GRCH38).variant_by_id["A"]).state is state


@pytest.mark.holds("READ-05")
@pytest.mark.parametrize(
    ("keys", "values", "why"),
    [
        ("GT:DP:MIN_DP", "0/0:40:9", "depth 9 below 10"),
        ("GT:DP:MIN_DP", "0/0:9:.", "depth 9 below 10"),
        ("GT:DP:MIN_DP", "0/0:9:40", None),
        ("GT:DP:RGQ", "0/0:40:3", "quality 3 below 20"),
        ("GT:GQ:RGQ", "0/0:.:3", "quality 3 below 20"),
        ("GT:GQX:DP", "0/0:3:40", "quality 3 below 20"),
    ],
)
def test_a_block_is_judged_by_its_least_depth_and_the_quality_it_has(tmp_path, keys, values, why):
    meta = ['##FORMAT=<ID=GQX,Number=1,Type=Integer,Description="x">']
    found = call_in(tmp_path, f"1 9001 {base(9001)} <NON_REF> PASS END=9100 {keys} {values}", meta=meta)

    assert found.why == why
    assert found.carries is (Truth.UNKNOWN if why else Truth.FALSE)


@pytest.mark.holds("READ-05")
def test_a_gap_between_blocks_is_not_assessed(tmp_path):
    deletion = rules_of(alleles=[allele("D", "1", 9061, base(9061, 4), base(9061))])
    block = "1 {} {} <NON_REF> PASS END={} GT:GQ 0/0:50"
    gap = f"{block.format(9001, base(9001), 9062)}\n{block.format(9064, base(9064), 9070)}"
    assert profile_of(tmp_path, gap, deletion).alleles == {}
    whole = profile_of(tmp_path, gap.replace("END=9062", "END=9063"), deletion)
    assert [call.state for call in whole.alleles.values()] == [State.REFERENCE]
    doubtful = profile_of(tmp_path, gap.replace("END=9062", "END=9063").replace("0/0:50\n", "0/0:5\n"), deletion)
    assert [call.state for call in doubtful.alleles.values()] == [State.LOW_QUALITY]


@pytest.mark.holds("READ-05")
def test_inside_callable_regions_absence_is_reference(tmp_path):
    bed = tmp_path / "callable.bed"
    deletion = rules_of(alleles=[allele("D", "1", 9061, base(9061, 4), base(9061)), allele("A", "1", 9041, "C", "T")])
    for line, states in {
        "chr1\t9040\t9064\n": [State.REFERENCE, State.REFERENCE],
        "1\t9040\t9063\n": [State.REFERENCE],
        "chr1\t9041\t9064\n": [State.REFERENCE],
        "chr2\t0\t99999\n": [],
        "track name=x\n#c\n\nchr1 junk\n".replace(" junk", "\t0\t10\tx\t0\t+"): [],
    }.items():
        bed.write_text(line)
        profile = profile_of(tmp_path, "", deletion, read={"callable": bed})
        assert [call.state for call in profile.alleles.values()] == states
        assert "callable" in profile.assumptions[0]
        assert profile.inputs[1].role == "callable"


@pytest.mark.parametrize(
    "line", ["chr1\t9\n", "chr1 1 2\n", "chr1\t-1\t2\n", "chr1\t2\t2\n", "chr1\t1\tx\n", "chr1\t٣\t٤\n"]
)
def test_a_callable_file_that_is_no_bed_is_refused(tmp_path, line):
    bed = tmp_path / "callable.bed"
    bed.write_text(line)
    with pytest.raises(InputError, match="line 1"):
        profile_of(tmp_path, "", read={"callable": bed})


def test_a_callable_file_that_cannot_be_read_is_refused(tmp_path):
    broken = tmp_path / "broken.bed"
    broken.write_bytes(build.gzip(b"chr1\t1\t2\n")[:-9])
    for path in (tmp_path / "none.bed", tmp_path, broken):
        with pytest.raises(ContainerError):
            profile_of(tmp_path, "", read={"callable": path})


# ------------------------------------------------------------------------------------------------------------- sex


def x_rows(het: int, homozygous: int, haploid: int = 0, *, values: str = "") -> str:
    kinds = ["0/1"] * het + ["1/1"] * homozygous + ["1"] * haploid
    return "\n".join(f"X {5_000_100 + 10 * at} A G PASS . GT:DP {gt}:{values or 30}" for at, gt in enumerate(kinds))


def y_rows(haploid: int) -> str:
    return "".join(f"\nY {5_000_100 + 10 * at} A G PASS . GT:DP 1:30" for at in range(haploid))


@pytest.mark.holds("BILD-05")
@pytest.mark.parametrize(
    ("table", "sex"),
    [
        (x_rows(3, 0), Sex.FEMALE),
        (x_rows(2, 0), None),
        (x_rows(3, 12), Sex.FEMALE),
        (x_rows(3, 40), None),
        (x_rows(0, 0, 1), Sex.MALE),
        (x_rows(3, 0, 1), None),
        (x_rows(1, 0, 5), None),
        (x_rows(5, 0, values="4"), Sex.FEMALE),  # the shares of many calls are asked, not the depth of each
        (x_rows(5, 0).replace("PASS", "LowQual"), None),
        (x_rows(0, 9), None),
        (x_rows(0, 99), None),
        (x_rows(0, 100), Sex.MALE),
        (x_rows(9, 100), Sex.MALE),
        (x_rows(0, 10) + y_rows(9), None),
        (x_rows(0, 10) + y_rows(10), Sex.MALE),
        (x_rows(9, 0) + y_rows(9), Sex.FEMALE),
        (x_rows(9, 0) + y_rows(10), None),
        ("X 20000 C T PASS . GT 0/1\nX 20000 C A PASS . GT 0/1\nX 20000 C G PASS . GT 0/1", None),
        ("X 90000000 C T PASS . GT 0/1\nX 3000000 C A PASS . GT 0/1\nX 155701382 C G PASS . GT 0/1", Sex.FEMALE),
    ],
)
def test_sex_is_inferred_from_calls_on_x_outside_the_pseudo_autosomal_regions(tmp_path, table, sex):
    assert profile_of(tmp_path, table).inferred_sex is sex


@pytest.mark.holds("BILD-06")
@pytest.mark.parametrize(
    ("table", "declared", "seen"),
    [
        (x_rows(0, 0, 3), "female", "male"),
        (x_rows(0, 100) + y_rows(10), "female", "male"),
        (x_rows(100, 50), "male", "female"),
        (x_rows(100, 50), "female", None),
        (x_rows(1, 5), "female", None),
    ],
)
def test_a_sex_that_the_genotypes_contradict_is_a_reason_for_review(tmp_path, table, declared, seen):
    made = assigner.assign(profile_of(tmp_path, table, read={"sex": declared}), SNV)

    told = [raised.because for raised in made.reasons if raised.reason == "sex_mismatch"]
    assert told == ([f"declared {declared}, the genotypes look {seen}"] if seen else [])


def sex_check(profile: Profile) -> tuple[str, str]:
    (found,) = ((check.result, check.evidence) for check in profile.checks if check.name == "inferred_sex")
    return found


@pytest.mark.holds("BILD-05")
def test_the_calls_behind_the_sex_are_told(tmp_path):
    told = "variants: X: 12 het, 300 hom, 0 haploid; Y: 40 called"
    assert sex_check(profile_of(tmp_path, x_rows(12, 300) + y_rows(40))) == ("male", told)
    result, evidence = sex_check(profile_of(tmp_path, x_rows(300, 300) + y_rows(40)))
    assert (result, evidence.partition("; two copies of X beside a Y")[2]) == (
        "not known",
        ": XXY, contamination or a mix-up",
    )
    assert sex_check(profile_of(tmp_path, "")) == ("not known", "variants: X: 0 het, 0 hom, 0 haploid; Y: 0 called")


def test_a_quick_look_counts_what_it_reads_and_says_so(indexed):
    path = indexed(vcf("X 5000001 C T PASS . GT 0/1\nX 5000001 C G LowQual . GT 0/1\nX 9000000 C T PASS . GT 0/1"))
    told = "variants: X: 1 het, 0 hom, 0 haploid; Y: 0 called; only indexed regions were read"
    assert sex_check(read_profile(path, SNV, quick=True)) == ("not known", told)


@pytest.mark.holds("BILD-07")
def test_the_build_tells_where_the_pseudo_autosomal_regions_end(tmp_path):
    rows = [f"X {pos} A G PASS . GT 0/1" for pos in (2_690_000, 2_700_000, 2_750_000)]
    for on, count in ((Build.GRCH37, 2), (Build.GRCH38, 0)):
        profile = profile_of(tmp_path, "\n".join(rows), declared=[], read={"build": on.value})
        assert sex_check(profile)[1].startswith(f"variants: X: {count} het")


@pytest.mark.holds("BILD-07")
@pytest.mark.parametrize(
    ("gt", "sex", "name", "state"),
    [
        ("1", "male", "X", State.CALLED),
        ("0", "male", "X", State.CALLED),
        ("1/1", "male", "X", State.CALLED),
        ("0/1", "male", "X", State.INVALID),
        ("0/1", "female", "X", State.CALLED),
        ("1", "female", "X", State.INVALID),
        ("0/1", None, "X", State.CALLED),
        ("0/1", "male", "PAR", State.CALLED),
        ("1", "male", "PAR", State.CALLED),
    ],
)
def test_ploidy_on_x_goes_by_sex(tmp_path, gt, sex, name, state):
    pos = {"X": 5_000_001, "PAR": 20_000}[name]
    found = call_in_sex(tmp_path, f"X {pos} C T PASS . GT {gt}", name, sex)

    assert found.state is state
    assert (found.carries is Truth.UNKNOWN) is (state is State.INVALID)


def call_in_sex(folder: Path, table: str, name: str, sex: str | None) -> Call:
    profile = profile_of(folder, table, read={"sex": sex})
    return profile.call(panel_of(SNV, Build.GRCH38).variant_by_id[name])


# --------------------------------------------------------------------------------------------------- mitochondrial DNA


def mt_profile(folder: Path, length: int | None, row: str, name: str = "chrM", rules: Rules = SNV) -> Profile:
    declared = [*vcfs.contigs()[:-1], name if length is None else f"{name},length={length}"]
    return read_profile(written(folder, vcf(row, declared=declared)), rules)


def mt_call(folder: Path, length: int | None, row: str, name: str = "chrM") -> Call:
    return mt_profile(folder, length, row, name).call(panel_of(SNV, Build.GRCH38).variant_by_id["MT"])


@pytest.mark.holds("BILD-03")
def test_only_the_rcrs_is_read(tmp_path):
    row = "MT 3243 A G PASS . GT:AF 0/1:0.7"
    assert mt_call(tmp_path, 16569, row).carries is Truth.TRUE
    for length in (16571, None, 16570):
        assert mt_call(tmp_path, length, row).state is State.NOT_ASSESSED
    assert mt_call(tmp_path, 16569, "MT 3243 C G PASS . GT:AF 0/1:0.7").state is State.NOT_ASSESSED


@pytest.mark.holds("BILD-03")
def test_of_hg19s_mitochondrion_not_even_annotated_variants_are_read(tmp_path):
    rules = rules_of(
        alleles=[allele("MT", "MT", 3243, "A", "G", gene="MT-TL1")],
        genes=[gene("MT-TL1", "MT", 3230, 3304, grch37="3230-3304")],
        criteria=[{
            "id": "clinvar", "kind": "clinvar", "tier": 1, "points": 1, "validity": ["definitive"], "stars": 1,
            "max_frequency": "0.1", "carrier_ppm": 1, **vcfs.WORD,
        }],
    )  # fmt: skip
    meta = [
        '##INFO=<ID=CLNSIG,Number=.,Type=String,Description="x">',
        '##INFO=<ID=CLNREVSTAT,Number=.,Type=String,Description="x">',
    ]
    info = "CLNSIG=Pathogenic;CLNREVSTAT=criteria_provided,_single_submitter"
    for length, seen in ((16569, 1), (16571, 0)):
        declared = [*vcfs.contigs()[:-1], f"chrM,length={length}"]
        text = vcf(f"MT 3250 T C PASS {info} GT 1/1", declared=declared, meta=meta)
        assert len(read_profile(written(tmp_path, text), rules).variants) == seen


@pytest.mark.holds("REPT-07")
@pytest.mark.parametrize(
    ("keys", "values", "fraction"),
    [
        ("GT:AF", "0/1:0.12", "0.12"),
        ("GT:VAF", "0/1:0.12", "0.12"),
        ("GT:HF", "0/1:0.12", "0.12"),
        ("GT:AF:AD", "0/1:.:300,100", "0.250000"),
        ("GT:AD", "0/1:300,100", "0.250000"),
        ("GT:AF", "0/1:1.5", "None"),
        ("GT:AF", "0/1:x", "None"),
        ("GT:AF", "0/1:nan", "None"),
        ("GT:AF", "0/1:0.5,0.5", "None"),
        ("GT", "0/1", "None"),
    ],
)
def test_heteroplasmy_is_a_fraction(tmp_path, keys, values, fraction):
    assert str(mt_call(tmp_path, 16569, f"MT 3243 A G PASS . {keys} {values}").fraction) == fraction


@pytest.mark.holds("REPT-07")
def test_mutect2_writes_a_copy_for_each_mitochondrial_allele(tmp_path):
    found = mt_call(tmp_path, 16569, "MT 3243 A G,C PASS . GT:AF 0/1/2:0.66,0.04")
    assert (found.state, str(found.fraction)) == (State.CALLED, "0.66")
    assert mt_call(tmp_path, 16569, "MT 3243 A G PASS . GT 1").carries is Truth.TRUE


# -------------------------------------------------------------------------------------------------------------- repeats

STR_META = [
    '##INFO=<ID=RU,Number=1,Type=String,Description="x">', '##INFO=<ID=REPID,Number=1,Type=String,Description="x">',
    '##INFO=<ID=REF,Number=1,Type=Integer,Description="x">', '##INFO=<ID=VARID,Number=1,Type=String,Description="x">',
    '##FORMAT=<ID=REPCN,Number=1,Type=String,Description="x">',
    '##FORMAT=<ID=REPCI,Number=1,Type=String,Description="x">',
]  # fmt: skip


def eh(
    sizes: str, *, chrom: str = "4", pos: int = 12_000, end: int = 12_060, motif: str = "CAG", filters: str = "PASS"
) -> str:
    alleles = sorted({int(size) for size in sizes.split("/")} - {20})
    numbers = {20: "0", **{size: str(at) for at, size in enumerate(alleles, start=1)}}
    gt = "/".join(numbers[int(size)] for size in sizes.split("/"))
    intervals = "/".join(f"{size}-{size}" for size in sizes.split("/"))
    alt = ",".join(f"<STR{size}>" for size in alleles) or "."
    info = f"END={end};REF=20;RU={motif};VARID=Q;REPID=Q"
    return f"{chrom} {pos} C {alt} {filters} {info} GT:REPCN:REPCI {gt}:{sizes}:{intervals}"


def sizes_in(folder: Path, table: str, **dress) -> dict[str, str]:
    repeats = written(folder, vcf(table, meta=STR_META, **dress), "P1.eh.vcf")
    return {name: str(sizes) for name, sizes in profile_of(folder, "", read={"repeats": repeats}).repeats.items()}


@pytest.mark.holds("REPT-03")
def test_a_repeat_is_joined_by_place_and_motif_and_never_by_name(tmp_path):
    assert sizes_in(tmp_path, eh("18/42")) == {"R": "18/42"}
    assert sizes_in(tmp_path, eh("18/42", pos=11_998)) == {"R": "18/42"}
    assert sizes_in(tmp_path, eh("18/42", motif="GCA")) == {"R": "18/42"}
    assert sizes_in(tmp_path, eh("18/42", motif="CTG")) == {"R": "18/42"}
    assert sizes_in(tmp_path, eh("18/42", motif="CCG")) == {}
    assert sizes_in(tmp_path, eh("18/42", pos=13_000, end=13_060)) == {}
    assert sizes_in(tmp_path, eh("18/42", chrom="5")) == {}
    assert sizes_in(tmp_path, eh("18", chrom="X")) == {"RX": "18"}


@pytest.mark.holds("REPT-03")
def test_a_repeat_of_the_other_build_is_not_there(tmp_path):
    assert sizes_in(tmp_path, eh("18/42", pos=13_000, end=13_060), declared=()) == {}
    assert sizes_in(tmp_path, eh("18/42"), declared=()) == {"R": "18/42"}


def test_repeats_of_another_build_or_sample_are_refused_and_the_samples_not_named(tmp_path):
    own = written(tmp_path, vcf(f"{LINE} 0/1:30:99:15,15"))
    other_build = written(tmp_path, vcf(eh("18/42", pos=13_000, end=13_060), on=Build.GRCH37, meta=STR_META), "37.vcf")
    stranger = written(tmp_path, vcf(eh("18/42"), samples=["CANARY"], meta=STR_META), "stranger.vcf")

    with pytest.raises(BuildError, match=r"37\.vcf"):
        read_profile(own, SNV, repeats=other_build)
    with pytest.raises(SampleError) as caught:
        read_profile(own, SNV, repeats=stranger)
    assert "CANARY" not in str(caught.value) and "P1" not in str(caught.value).replace(str(tmp_path), "")


@pytest.mark.holds("REPT-04")
def test_what_stands_above_what(tmp_path):
    """Two files that size a repeat differently leave it unknown; a laboratory's size stands above both."""
    own = written(tmp_path, vcf(eh("18/21"), meta=STR_META))
    repeats = written(tmp_path, vcf(eh("18/42"), meta=STR_META), "P1.eh.vcf")

    given = [
        read_profile(own, SNV),
        read_profile(own, SNV, repeats=repeats),
        read_profile(own, SNV, repeats=repeats, repeat_sizes={"R": "18/50"}),
        read_profile(own, SNV, repeat_sizes={"G4": "18/50"}),
    ]

    sizes = [profile.repeats["R"] for profile in given]
    assert [str(each) for each in (sizes[0], *sizes[2:])] == ["18/21", "18/50", "18/50"]
    assert [each.problem for each in sizes] == [None, "several records that do not agree", None, None]
    assert [each.role for each in given[1].inputs] == ["repeats", "repeats"]
    with pytest.raises(ProfileError):
        read_profile(own, SNV, repeat_sizes={"NOPE": "1/2"})


@pytest.mark.holds("REPT-04")
def test_a_laboratorys_result_has_its_source_and_is_checked(tmp_path):
    own = written(tmp_path, vcf(""))
    form = {"sizes": "18/60", "intervals": "18-18/50-", "source": "RP-PCR, Lab X report 17"}
    read = read_profile(
        own, SNV, repeat_sizes={"R": form}, copy_numbers={"G4": 1, "G1": {"copies": 0, "source": "MLPA"}}
    )

    assert (read.repeats["R"].ranges, read.repeats["R"].source) == (((18, 18), (50, None)), "RP-PCR, Lab X report 17")
    assert {name: (n.copies, n.source) for name, n in read.copy_numbers.items()} == {
        "G4": (1, "given by the caller"),
        "G1": (0, "MLPA"),
    }
    assert read.assumptions == (
        "R: 18/60 units, given by the caller: RP-PCR, Lab X report 17",
        "G1: copy number 0, given by the caller: MLPA",
        "G4: copy number 1, given by the caller",
    )
    for wrong in ({"R": {"sizes": "1/2", "sauce": "x"}}, {"R": 5}, {"R": "18/50", "G4": "18/51"}):
        with pytest.raises(ProfileError):
            read_profile(own, SNV, repeat_sizes=wrong)
    for wrong in ({"G9": 1}, {"G1": -1}, {"G1": True}, {"G1": "two"}):
        with pytest.raises(ProfileError):
            read_profile(own, SNV, copy_numbers=wrong)


def test_a_filtered_or_contradicting_repeat_is_kept_with_its_problem(tmp_path):
    path = written(tmp_path, vcf(eh("18/42", filters="LowDepth"), meta=STR_META), "a.vcf")
    assert read_profile(path, SNV).repeats["R"].problem == "filter LowDepth"
    twice = written(tmp_path, vcf(f"{eh('18/42')}\n{eh('18/22')}", meta=STR_META), "b.vcf")
    assert "do not agree" in str(read_profile(twice, SNV).repeats["R"].problem)
    again = written(tmp_path, vcf(f"{eh('18/42')}\n{eh('18/42')}", meta=STR_META), "c.vcf")
    assert read_profile(again, SNV).repeats["R"].problem is None


def test_straglrs_allele_depths_are_text_and_stop_nobody(tmp_path):
    meta = [
        '##FORMAT=<ID=AD,Number=.,Type=String,Description="x">',
        '##FORMAT=<ID=DP,Number=1,Type=String,Description="x">',
    ]
    text = vcf(f"1 9041 {base(9041)} {other(9041, 0)} PASS . GT:DP:AD 0/1:5:79/79", meta=meta)
    text = text.replace(b'##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Allele depths">\n', b"")
    text = text.replace(b'##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">\n', b"")
    (found,) = read_profile(written(tmp_path, text), SNV).alleles.values()
    assert (found.state, found.depth) == (State.LOW_QUALITY, 5)


# -------------------------------------------------------------------------------------------------------------- markers


@pytest.mark.parametrize(
    ("row", "letters"),
    [
        ("2 7000 C T PASS . GT 0/1", ("C", "T")),
        ("2 7000 T C PASS . GT 0/0", ("T", "T")),
        ("2 7000 C . PASS . GT 0/0", ("C", "C")),
        ("2 7000 C T LowQual . GT 0/1", None),
        ("2 7000 C T PASS . GT ./1", (None, "T")),
        ("2 6990 A <NON_REF> PASS END=7010 GT 0/0", None),
        ("2 7000 C <DEL> PASS END=7010 GT 0/0", None),
        ("", None),
    ],
)
def test_a_marker_is_read_by_letters(tmp_path, row, letters):
    found = profile_of(tmp_path, row).markers.get("rs1")
    assert (found and tuple(sorted(found, key=str))) == (letters and tuple(sorted(letters, key=str)))


# ------------------------------------------------------------------------------------------ builds, samples, containers


@pytest.mark.holds("BILD-02")
def test_a_file_on_the_other_build_is_read_at_its_own_places(tmp_path):
    row37 = f"1 10041 {base(9041)} {other(9041, 0)} PASS . GT 0/1"
    assert call_in(tmp_path, row37, on=Build.GRCH37).carries is Truth.TRUE
    assert call_in(tmp_path, row37).carries is Truth.UNKNOWN


@pytest.mark.holds("BILD-01")
def test_what_proves_no_build_asks_for_one(tmp_path):
    row = f"{LINE} 0/1:30:99:15,15"
    with pytest.raises(BuildError, match="--build"):
        profile_of(tmp_path, row, declared=())
    declared = profile_of(tmp_path, row, declared=(), read={"build": "GRCh38"})
    assert declared.build is Build.GRCH38 and "declared" in declared.assumptions[0]
    assert profile_of(tmp_path, row, declared=["chr1", "chr2"], read={"build": "GRCh38"}).alleles


def test_what_is_declared_may_not_contradict_the_file(tmp_path):
    path = written(tmp_path, vcf(f"{LINE} 0/1:30:99:15,15"))
    with pytest.raises(BuildError, match="as declared"):
        read_profile(path, SNV, build="GRCh37")


@pytest.mark.holds("BILD-01")
@pytest.mark.parametrize("pos", [9061, 9062, 9063])
def test_a_ref_base_that_is_not_the_rule_sets_is_refused(tmp_path, pos):
    """Wherever the record begins, a listed allele's bases are compared."""
    rules = rules_of(alleles=[allele("D", "1", 9061, base(9061, 4), base(9061))])
    with pytest.raises(BuildError, match="line"):
        profile_of(tmp_path, f"1 {pos} {other(pos, 0)} {base(pos)} PASS . GT 0/0", rules)
    with pytest.raises(BuildError, match="line"):
        profile_of(tmp_path, f"1 {pos - 1} {base(pos - 1)}{other(pos, 0)} {base(pos - 1)} PASS . GT 0/0", rules)


@pytest.mark.holds("READ-09")
@pytest.mark.parametrize(
    ("samples", "sample", "fits"),
    [
        (["P1"], None, True),
        (["P1"], "P1", True),
        (["P1"], "P2", False),
        (["P1", "P2"], None, False),
        (["P1", "P2"], "P2", True),
        (["P1 "], "P1", False),
        (["Р1"], "P1", False),
        (["p1"], "P1", False),
    ],
)
def test_whose_column_is_read_is_never_guessed(tmp_path, samples, sample, fits):
    text = vcf("").replace(b"\tP1\n", ("\t" + "\t".join(samples) + "\n").encode())
    path = written(tmp_path, text + b"chr1\t5\t.\tA\tC\t.\t.\t.\tGT" + b"\t0/0" * len(samples) + b"\n")
    if fits:
        assert read_profile(path, SNV, sample=sample).participant == (sample or samples[0])
    else:
        with pytest.raises(SampleError) as caught:
            read_profile(path, SNV, sample=sample)
        assert not any(repr(each) in str(caught.value) for each in samples if each != sample)


def test_a_file_without_samples_is_nobodys(tmp_path):
    with pytest.raises(SampleError, match="nobody"):
        profile_of(tmp_path, "1 5 A C PASS .", samples=())


def test_the_participants_id_may_be_another_than_the_samples(tmp_path):
    assert profile_of(tmp_path, "", read={"participant": "TRIAL-7"}).participant == "TRIAL-7"


@pytest.mark.parametrize("declared", [{"build": "hg38"}, {"sex": "x"}, {"absent": "ref"}, {"sex": ""}])
def test_what_is_declared_must_be_one_of_its_words(tmp_path, declared):
    with pytest.raises(ProfileError):
        profile_of(tmp_path, "", read=declared)


def test_what_is_no_file_of_ours_is_refused(tmp_path):
    sound = vcf(f"{LINE} 0/1:30:99:15,15")
    packed = build.bgzf(sound, block=200)
    contents = {
        "empty.vcf": b"",
        "text.vcf": b"hello\n",
        "cut.vcf": sound[:-9],
        "headless.vcf": b"chr1\t5\t.\tA\tC\t.\t.\t.\n",
        "cut.vcf.gz": packed[:-40],
        "no_end.vcf.gz": build.bgzf(sound, end=False),
        "flipped.vcf.gz": packed[:300] + bytes([packed[300] ^ 1]) + packed[301:],
        "junk_after.vcf.gz": packed + b"junk",
        "cut.gz": build.gzip(sound)[:-4],
        "bam.vcf": b"BAM\1" + bytes(20),
    }
    for name, content in contents.items():
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(InputError):
            read_profile(path, SNV)
    for path in (tmp_path / "none.vcf", tmp_path):
        with pytest.raises(ContainerError):
            read_profile(path, SNV)


@pytest.mark.holds("READ-11")
def test_the_digest_that_a_file_must_have(tmp_path):
    path = written(tmp_path, vcf(""))
    digest = read_profile(path, SNV).inputs[0].sha256
    assert read_profile(path, SNV, sha256=digest.upper()).inputs[0].sha256 == digest
    with pytest.raises(ContainerError, match="SHA-256"):
        read_profile(path, SNV, sha256="0" * 64)


@pytest.mark.holds("READ-08")
def test_limits_hold(tmp_path):
    with pytest.raises(LimitError):
        profile_of(tmp_path, f"{LINE} 0/1:30:99:15,15", read={"limits": Limits(line_bytes=40)})


# --------------------------------------------------------------------------------------------------------- quick looks


@pytest.fixture
def indexed(tmp_path):
    """Gives a BGZF file with its index, written by htslib's own tool if that is there."""
    import shutil
    import subprocess

    tabix = shutil.which("tabix")
    if tabix is None:
        pytest.skip("no tabix here")

    def make(text: bytes, name: str = "P1.vcf.gz") -> Path:
        path = written(tmp_path, text, name, "bgzf")
        subprocess.run([tabix, "-f", "-p", "vcf", str(path)], check=True)
        return path

    return make


@pytest.mark.holds("READ-13")
@given(truth=truths)
def test_a_quick_look_gives_the_same_calls(indexed_session, truth):
    for dialect in (gatk, split):
        rows = sorted(rows_of(truth, dialect), key=lambda each: int(each.split()[1]))
        path = indexed_session(vcf("\n".join(rows)))
        whole, quick = read_profile(path, RULES), read_profile(path, RULES, quick=True)
        assert calls_of(quick) == calls_of(whole)
        assert (quick.partial_read, whole.partial_read, quick.inputs) == (True, False, ())


@pytest.fixture(scope="module")
def indexed_session(tmp_path_factory):
    import shutil
    import subprocess

    tabix = shutil.which("tabix")
    if tabix is None:
        pytest.skip("no tabix here")
    folder = tmp_path_factory.mktemp("indexed")

    def make(text: bytes) -> Path:
        path = written(folder, text, "P1.vcf.gz", "bgzf")
        subprocess.run([tabix, "-f", "-p", "vcf", str(path)], check=True)
        return path

    return make


@pytest.mark.holds("READ-13")
def test_a_quick_look_asks_for_review(indexed):
    made = assigner.assign(read_profile(indexed(vcf(f"{LINE} 0/1:30:99:15,15")), SNV, quick=True), SNV)

    assert "partial_read" in [raised.reason.value for raised in made.reasons]
    assert made.outcome.value == "review"


def test_a_quick_look_needs_an_index_and_gives_no_digest(tmp_path, indexed):
    with pytest.raises(ContainerError, match="index"):
        read_profile(written(tmp_path, vcf(""), "none.vcf.gz", "bgzf"), SNV, quick=True)
    with pytest.raises(ContainerError, match="readable file"):
        read_profile(tmp_path / "absent.vcf.gz", SNV, quick=True)
    path = indexed(vcf(f"{LINE} 0/1:30:99:15,15"))
    with pytest.raises(ContainerError, match="SHA-256"):
        read_profile(path, SNV, quick=True, sha256="0" * 64)
    with pytest.raises(SampleError):
        read_profile(path, SNV, quick=True, sample="P2")
    Path(f"{path}.tbi").write_bytes(b"junk")
    with pytest.raises(InputError):
        read_profile(path, SNV, quick=True)


# -------------------------------------------------------------------------------------------- quiet, closed, discreet


@pytest.mark.holds("SECU-02")
def test_no_error_names_a_participant_or_quotes_a_genotype(tmp_path):
    """Every refusal that can be made here, of a file whose only participant and genotype are canaries."""
    canary = "CANARY-0815"
    sound = vcf(f"{LINE} 1|2:77777:88888:5,4,3", samples=[canary]).replace(b"PASS\t.\tGT", b"PASS\tCANARY=1\tGT")
    start = sound.index(b"chr1\t9041")
    head, line = sound[:start], sound[start:]
    bends = {
        "gt beyond": line,
        "gt letters": line.replace(b"1|2", b"T|T"),
        "many values": line.replace(b"5,4,3", b"5,4,3:9:9"),
        "columns": line.replace(b"\n", b"\t0|1\n"),
        "pos": line.replace(b"9041", b"9041x"),
        "contig": line.replace(b"chr1\t", b"chrQ\t"),
        "twice": line + head,
        "nul": line.replace(b"1|2", b"1\0|2"),
        "cut": line[:-3],
    }
    for name, bent in bends.items():
        path = written(tmp_path, head + bent, "file.vcf")
        with pytest.raises(InputError) as caught:
            read_profile(path, SNV)
        text = str(caught.value)
        assert not any(secret in text for secret in (canary, "1|2", "T|T", "77777", "88888")), (name, text)


def test_htslib_keeps_silent(tmp_path, capfd):
    undeclared = f"1 9041 {base(9041)} {other(9041, 0)} weird ODD=1;END=1 GT:XX:DP 0/1:3:30"
    text = vcf(undeclared)
    read_profile(written(tmp_path, text), SNV)
    read_profile(vcfs.bcf(tmp_path, vcf(f"{LINE} 0/1:30:99:15,15")), SNV)
    capfd.readouterr()  # what the writer of the BCF has said
    read_profile(tmp_path / "P1.bcf", SNV)
    read_profile(written(tmp_path, text.replace(b"0/1:3:30", b"0/1:3:3x")), SNV)
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")


@pytest.mark.holds("GENO-05")
@pytest.mark.parametrize(
    ("ps", "phase"), [("9000", "chr1:9000"), (".", "chr1"), ("24,0,17,0", None), ("9000.0", None), ("T1", None)]
)
def test_a_phase_set_that_is_no_number_joins_nothing(tmp_path, ps, phase):
    line = f"1 9041 {base(9041)} {other(9041, 0)} PASS . GT:DP:GQ:AD:PS 0|1:30:99:15,15:{ps}"
    assert call_in(tmp_path, line).phase_set == phase


@pytest.mark.parametrize(
    ("genotype", "values", "why"),
    [
        ("0/1", "30:9x:15,15", "quality that is not a number"),
        ("0/1", "30.5:99:15,15", "depth that is not a number"),
        ("0/1", "30,30:99:15,15", "depth that is not a number"),
        ("0/1", "30:-1:15,15", "quality that is not a number"),
        ("0/0", "x:99:30,0", "depth that is not a number"),
        ("0/1", "30:99:15", "allele depths that are not one for each allele"),
        ("0/1", "30:99:15,many", "allele depths that are not one for each allele"),
    ],
)
def test_a_wrong_value_makes_the_call_unknown_and_is_told(tmp_path, genotype, values, why):
    line = f"{LINE} {genotype}:{values}"
    found = call_in(tmp_path, line)
    told = [check.evidence for check in profile_of(tmp_path, line).checks if check.evidence.endswith("not believed")]

    assert (found.state, found.why, found.carries) == (State.LOW_QUALITY, why, Truth.UNKNOWN)
    assert len(told) == 1


def test_a_key_that_the_header_declares_otherwise_is_missing(tmp_path):
    """VarScan's AD is the depth of the first ALT alone."""
    text = vcf(f"{LINE} 0/1:30:99:15").replace(b"ID=AD,Number=R", b"ID=AD,Number=1")
    profile = read_profile(written(tmp_path, text), SNV)
    assert profile.call(panel_of(SNV, Build.GRCH38).variant_by_id["A"]).state is State.CALLED
    assert any("FORMAT/AD" in c.evidence and c.evidence.endswith("taken as missing") for c in profile.checks)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc is Linux's")
def test_no_file_stays_open(tmp_path):
    import gc

    good = written(tmp_path, vcf(f"{LINE} 0/1:30:99:15,15"), container="bgzf")
    binary = vcfs.bcf(tmp_path, vcf(f"{LINE} 0/1:30:99:15,15"))
    bad = written(tmp_path, vcf(f"{LINE} 0/9:30:99:15,15"), "bad.vcf")
    cut = tmp_path / "cut.bcf"
    cut.write_bytes(binary.read_bytes()[:-60])
    read_profile(good, SNV, threads=2)
    gc.collect()
    before = len(os.listdir("/proc/self/fd"))
    for number in range(50):
        read_profile(good, SNV, threads=1 + number % 2)
        read_profile(binary, SNV)
        for path in (bad, cut):
            with pytest.raises(InputError):
                read_profile(path, SNV)
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) <= before


def test_header_faults_are_told_as_such(tmp_path):
    with pytest.raises(HeaderError):
        read_profile(written(tmp_path, vcf("").replace(b'Type=String,Description="Genotype"', b"Type=Integer")), SNV)
