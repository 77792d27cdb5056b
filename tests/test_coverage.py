"""Regions: an oracle of single bases, and what of a gene was assessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import build
from assigner.errors import BuildError, ContainerError, InputError, LimitError
from assigner.genome.builds import CHROMS, LENGTHS, Build
from assigner.profiles.genotypes import Genotype
from assigner.rules.panels import panel_of
from assigner.vcf.meaning import coverage
from assigner.vcf.meaning.coverage import Regions, assessed_shares, covered_by, read_bed
from assigner.vcf.meaning.genes import ByPlace
from assigner.vcf.meaning.judged import judge
from assigner.vcf.records.record import Record
from vcfs import gene, rules_of

pairs = st.lists(st.tuples(st.integers(1, 60), st.integers(0, 12)).map(lambda p: (p[0], p[0] + p[1])), max_size=8)
spans = st.tuples(st.integers(1, 70), st.integers(0, 20)).map(lambda p: (p[0], p[0] + p[1]))


@given(pairs, spans)
def test_regions_are_sets_of_bases(stretches, span):
    bases = {at for start, end in stretches for at in range(start, end + 1)}
    regions, wanted = Regions.of({"1": stretches}), set(range(span[0], span[1] + 1))

    assert regions.covers("1", *span) is (wanted <= bases)
    assert regions.share("1", *span) == len(wanted & bases) * 1000 // len(wanted)
    assert not regions.covers("2", *span) and regions.share("2", *span) == 0


@given(pairs, spans)
def test_things_over_a_place_are_all_those_that_share_a_base_with_it(stretches, span):
    """In the order in which they were given."""
    things = [(start, end, rank) for rank, (start, end) in enumerate(stretches)]
    expected = [rank for start, end, rank in things if start <= span[1] and span[0] <= end]
    assert ByPlace.of(things).over(*span) == expected


@pytest.mark.holds("READ-05")
@given(stretches=pairs, style=st.sampled_from(["1", "chr1", "NC_000001.11"]))
def test_a_bed_counts_from_0_and_without_its_end(tmp_path_factory, stretches, style):
    text = "".join(f"{style}\t{start - 1}\t{end}\tname\n" for start, end in stretches).encode()
    for number, content in enumerate((text, build.gzip(text + b"\n"))):
        path = tmp_path_factory.getbasetemp() / f"{number}.bed"
        path.write_bytes(content)
        bed = read_bed(path, Build.GRCH38)
        assert bed.regions.by_chrom.get("1", ()) == Regions.of({"1": stretches}).by_chrom.get("1", ())
        assert bed.content == content


@pytest.mark.holds("READ-05")
@given(depths=st.lists(st.decimals(0, 60, places=2), min_size=1, max_size=6), least=st.integers(1, 30))
def test_a_region_of_less_depth_than_the_gate_is_not_callable(depths, least):
    for form in ("{}", "{}:inf", "{}:300", "name\t{}"):
        rows = [f"1\t{at * 10}\t{at * 10 + 5}\t{form.format(depth)}\n" for at, depth in enumerate(depths)]
        regions = read_bed("".join(rows).encode(), Build.GRCH38, least).regions
        for at, depth in enumerate(depths):
            assert regions.touches("1", at * 10 + 1, at * 10 + 5) is (depth >= least)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (bytes.fromhex("1f8b084353513d00000333e434e4b4e4e40200"), ContainerError),
        (build.gzip(b"1\t1\t9\n")[:-9], ContainerError),
        (b"1\t1\t" + b"9" * 5000 + b"\n", InputError),
        (b"1\t1\t2\n" * 13, LimitError),
        (build.gzip(b"1\t1\t2\n" * 1000), LimitError),
    ],
)
def test_a_damaged_or_too_large_bed_is_refused(tmp_path, monkeypatch, content, error):
    if error is LimitError:
        monkeypatch.setattr(coverage, "MOST_BED_BYTES", 77)
    path = tmp_path / "a.bed"
    path.write_bytes(content)

    with pytest.raises(error):
        read_bed(path, Build.GRCH38)


@pytest.mark.holds("READ-05")
@given(chrom=st.sampled_from([c for c in CHROMS if c != "MT"]), start=st.integers(0, 10**7), beyond=st.integers(0, 3))
def test_a_region_beyond_the_end_of_its_chromosome_refuses_the_bed(chrom, start, beyond):
    for on in Build:
        end = LENGTHS[on][chrom] + beyond
        line = f"{chrom}\t{start}\t{end}\n".encode()
        if not beyond:
            assert read_bed(line, on).regions.by_chrom == {chrom: ((start + 1, end),)}
            continue
        with pytest.raises(BuildError, match=f"line 1: expected a region on .*, which is {end - beyond} long on {on}"):
            read_bed(line, on)


def test_an_accession_of_the_other_build_refuses_the_bed_and_hg19s_mitochondrion_does_not():
    assert read_bed(b"NC_000001.11\t0\t9\n", Build.GRCH38).regions.by_chrom
    for name in ("NC_000001.10", "CM000663.1"):
        with pytest.raises(BuildError, match="a contig of GRCh38"):
            read_bed(f"{name}\t0\t9\n".encode(), Build.GRCH38)
    assert read_bed(b"chrM\t0\t16571\n", Build.GRCH37).regions.by_chrom
    with pytest.raises(BuildError):
        read_bed(b"chrM\t0\t16572\n", Build.GRCH37)


@pytest.mark.parametrize(
    ("text", "result", "evidence"),
    [
        ("", "empty", "no region of a chromosome: nothing is callable"),
        ("# nothing\n", "empty", "no region of a chromosome: nothing is callable"),
        ("odd\t0\t9\n", "empty", "no region of a chromosome, only of 'odd': nothing is callable"),
        ("odd\t0\t9\n1\t0\t9\n", "not understood", "'odd': regions of no known contig are not used"),
        ("1\t0\t9\tLOW_COVERAGE\n1\t9\t19\tCALLABLE\n", "not all used", "those named 'LOW_COVERAGE' are not callable"),
        ("1\t0\t9\t0.00\n1\t9\t19\t30\n", "not all used", "those named '0.00' are not callable"),
        ("1\t0\t9\tNO_COVERAGE\n", "empty", "no region of a chromosome: nothing is callable"),
        ("hs37d5\t0\t9\nCHR1\t0\t9\n", None, None),
    ],
)
def test_an_empty_bed_and_contigs_that_are_not_understood_are_told(text, result, evidence):
    check = read_bed(text.encode(), Build.GRCH38).check()
    assert (check and check.result, check and check.evidence) == (result, evidence)


STATES = ("CALLABLE", "callable", "LOW_COVERAGE", "REF_N", "HIGH_COVERAGE", "Excluded")
BAD = (*STATES[2:], "9")
NAMES = (*STATES, "9", "30", "", ".", "SOD1", "exon 2")


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9), st.sampled_from(NAMES)), max_size=8))
def test_a_base_is_callable_where_a_region_says_so_and_none_says_that_it_is_not(regions):
    lines = ["\t".join(["1", str(start), str(start + length), name]) for start, length, name in regions]
    found = read_bed("\n".join(lines).encode(), Build.GRCH38, depth=10)

    has_states = any(name in STATES for _, _, name in regions)
    bad = {*BAD, *(NAMES[-2:] if has_states else ())}
    bases = {which: set[int]() for which in (True, False)}
    for start, length, name in regions:
        bases[name in bad].update(range(start + 1, start + length + 1))
    assert {base for base in range(60) if found.regions.covers("1", base, base)} == bases[False] - bases[True]
    assert set(found.left_out) == {name for _, _, name in regions} & bad


@pytest.mark.parametrize(
    "line", ["track name=x db=hg19", "browser position chr1:1-9 hg19", "# GRCh37", "#genome hs37d5"]
)
def test_a_track_of_the_other_build_refuses_the_bed(line):
    assert read_bed(f"{line}\n1\t0\t9\n".encode(), Build.GRCH37).regions.by_chrom
    with pytest.raises(BuildError, match="line 1: expected regions on GRCh38"):
        read_bed(f"{line}\n1\t0\t9\n".encode(), Build.GRCH38)
    assert read_bed(f"{line} lifted to GRCh38\n1\t0\t9\n".encode(), Build.GRCH38).regions.by_chrom


def test_contigs_that_are_no_chromosomes_are_passed_over(tmp_path):
    path = tmp_path / "a.bed"
    path.write_text("chrUn_KI270302v1\t0\t9\nHLA-A*01\t0\t9\n")
    assert read_bed(path, Build.GRCH38).regions.by_chrom == {}
    path.write_text("chr1\t0\n")
    with pytest.raises(InputError):
        read_bed(path, Build.GRCH38)


def record(pos: int, end: int, gt: tuple = (0, 0), filters=("PASS",), **info: str) -> Record:
    return Record(number=1, contig="1", chrom="1", pos=pos, ref="A", alts=("<NON_REF>",), filters=filters,
                  info={"END": str(end), **info}, sample={}, genotype=Genotype(gt))  # fmt: skip


@pytest.mark.holds("READ-05")
@pytest.mark.parametrize(
    ("records", "assessed"),
    [
        ([record(1000, 1999)], True),
        ([record(1, 5000)], True),
        ([record(1000, 1949)], True),
        ([record(1000, 1948)], False),
        ([record(1000, 1400), record(1401, 1999)], True),
        ([record(1401, 1999), record(900, 1405)], True),
        ([record(1000, 1400), record(1500, 1999)], False),
        ([record(1000, 1999, (None, None))], False),
        ([record(1000, 1999, (0, None))], False),
        ([record(1000, 1999, filters=("LowQual",))], False),
        ([record(1000, 1999, SVTYPE="CNV")], False),
        ([], False),
    ],
)
def test_a_gene_is_assessed_when_believed_records_cover_it(records, assessed):
    rules = rules_of(genes=[gene("G", "1", 1000, 1999)])
    panel = panel_of(rules, Build.GRCH38)
    called = covered_by(judge(each, rules.content.gates) for each in records)
    assert (assessed_shares(panel, [called]).get("G", 0) >= 950) is assessed


@pytest.mark.parametrize(("bases", "alt", "covered"), [(49, "A", True), (50, "A", False), (50, "A,<NON_REF>", True)])
def test_a_long_deletion_that_is_not_there_covers_no_bases(bases, alt, covered):
    ref, alts = "A" * (bases + 1), tuple(alt.split(","))
    found = Record(number=1, contig="1", chrom="1", pos=100, ref=ref, alts=alts, filters=("PASS",), info={}, sample={},
                   genotype=Genotype((0, 0)))  # fmt: skip
    judged = judge(found, rules_of(genes=[gene("G1", "1", 1, 9000)]).content.gates)
    assert covered_by([judged]).covers("1", 100, 100 + bases) is covered
