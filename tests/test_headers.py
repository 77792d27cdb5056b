from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assigner.errors import HeaderError, InputError, LimitError, SampleError
from assigner.vcf.bytes.containers import Limits
from assigner.vcf.scan.headers import Definition, Header, parse_header
from build import header

COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"
GT = '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">'

words = st.text(
    st.characters(codec="utf-8", exclude_characters='\t\r\n\0"\\,<>=', exclude_categories=["Cs"]), min_size=1
)
quoted = st.text(st.characters(codec="utf-8", exclude_characters="\t\r\n\0", exclude_categories=["Cs"]))


def parse(
    *meta: str, columns: str = f"{COLUMNS}\tFORMAT\tS1", version: str = "4.2", limits: Limits | None = None
) -> Header:
    lines = [f"##fileformat=VCFv{version}", *meta, columns]
    return parse_header([line.encode(errors="surrogateescape") for line in lines], "P1.vcf", limits)


# --- laws -----------------------------------------------------------------------------------------------------


@given(key=words, description=quoted)
def test_what_is_declared_is_read_back(key, description):
    escaped = description.replace("\\", "\\\\").replace('"', '\\"')
    read = parse(f'##INFO=<ID={key},Number=.,Type=String,Description="{escaped}",Source="x, y=z">')
    assert read.info[key] == Definition(id=key, number=".", type="String", description=description)


@given(lines=st.lists(st.binary(max_size=60), max_size=6))
def test_no_header_gives_anything_but_a_header_or_a_refusal(lines):
    with contextlib.suppress(InputError):
        parse_header([b"##fileformat=VCFv4.2", *lines, f"{COLUMNS}\tFORMAT\tS1".encode()], "x")
    with contextlib.suppress(InputError):
        parse_header(lines, "x")


@given(
    contigs=st.dictionaries(words, st.none() | st.integers(1, 10**9), max_size=5),
    samples=st.lists(words.filter(str.strip), unique=True, max_size=5),
)
def test_contigs_and_samples_keep_their_order(contigs, samples):
    declared = [name if length is None else f"{name},length={length}" for name, length in contigs.items()]
    read = parse_header(header(contigs=declared, samples=samples).split(b"\n")[:-1], "x")
    assert list(read.contigs.items()) == list(contigs.items())
    assert read.samples == tuple(samples)
    assert read.columns == (9 + len(samples) if samples else 8)


# --- what is read ---------------------------------------------------------------------------------------------


def test_a_whole_header():
    read = parse(
        GT,
        '##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth">',
        '##FILTER=<ID=q10,Description="Low">',
        "##contig=<ID=chr1,length=248956422,assembly=GRCh38>",
        "##source=x",
        version="4.3",
    )
    assert (read.version, read.samples, read.columns, read.notes) == ("4.3", ("S1",), 10, ())
    assert dict(read.contigs) == {"chr1": 248956422}
    assert read.formats["GT"].type == "String"
    assert read.info["DP"].number == "1"
    assert read.filters["q10"].description == "Low"
    assert read.meta[-1] == "##source=x"


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ('##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth>', "malformed"),
        ('##INFO=<ID=DP,Number=1,Type=Integer,Description="a "b" c">', "malformed"),
        ('##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth"', "malformed"),
        ("##contig=<length=12>", "malformed"),
        ("##contig=<ID=1,A,length=12>", "malformed"),
        ("##contig=<ID=1,length= 12>", "white space around a contig length"),
        ("##INFO=<ID=DP,ID=DQ,Number=1,Type=Integer>", "malformed"),
        ("##INFO=<ID=DP,Number=1,Type=Int>", "no such type"),
        ("##INFO=<ID=DP,Number=1>", "no such type"),
        ("##INFO=<ID=DP,Number=N,Type=Integer>", "no such number"),
        ("##FORMAT=<ID=DP,Type=Integer>", "no such number"),
        ("##INFO=<ID=MINE,Number=1,Type=Integer>\n##INFO=<ID=MINE,Number=2,Type=Integer>", "declared before"),
        ("##contig=<ID=1,length=5>\n##contig=<ID=1,length=5>", "declared before"),
        ("##contig=<ID=1,length=5>\n##contig=<ID=1>", "declared before"),
        ("##INFO=<Number=1,Type=Integer,ID=MINE>", "first field is not ID"),
        ("##INFO=<ID=MINE,Number=1,Type=Integer,Description=words>", "not in quotes"),
        ("##FILTER=<ID=q10,Description=words>", "not in quotes"),
        ("##INFO=<ID=AC,Number=1,Type=Integer>", "INFO/AC should be of Number=A"),
        ("##INFO=<ID=AC,Number=A,Type=Float>", "INFO/AC should be of Type=Integer"),
        ("##FORMAT=<ID=PS,Number=G,Type=Integer>", "FORMAT/PS should be of Number=1"),
        ("##reference=", "not ##key=value"),
        ("##random text", "not ##key=value"),
        ("##=value", "not ##key=value"),
        ("##pedigreeDB=<>", "without an address"),
        ('##ALT=<ID=DUP,Description="no end>', "##ALT malformed"),
        ('##ALT=<ID=THIS:ONE,Description="x">', "does not know"),
        ('##ALT=<ID=DEL,Type=String,Description="x">', "a Number or a Type"),
        ("##META=<ID=Assay,Type=Int,Number=.,Values=[a, b]>", "##META that is not"),
        ("##META=<ID=Assay,Type=String,Number=.,Values=a>", "##META that is not"),
        ("##SAMPLE=<ID=a,Genomes=x,Description=y>", "##SAMPLE without"),
        ('##SAMPLE=<ID=a,Genomes=x,Mixture="1",Description=y>', "Mixture in quotes"),
        ("##SAMPLE=<ID=a b,Genomes=x,Mixture=1.,Description=y>", "white space in its ID"),
        ("##SAMPLE=<ID=1,A>", "##SAMPLE malformed"),
        ("##PEDIGREE=<Name_0=x y>", "##PEDIGREE with a name"),
        ("##PEDIGREE=<ID=a,Father=x:y>", "##PEDIGREE with a name"),
        ("##source=caf\udce9", "not UTF-8"),
        ("", "blank line"),
        ("# a comment", "comment"),
    ],
)
def test_what_is_wrong_but_harmless_is_noted(line, note):
    (told,) = parse(GT, *line.split("\n")).notes
    assert note in told


@pytest.mark.parametrize(
    "line",
    [
        "##reference=file:a.fa",
        '##ALT=<ID=DUP:TANDEM,Description="x">',
        '##ALT=<ID=CNV:TR,Description="Tandem repeat">',
        '##ALT=<ID=NON_REF,Description="x">',
        '##ALT=<ID=*,Description="x">',
        '##ALT=<ID=R,Description="IUPAC code R = A/G">',
        "##META=<ID=Assay,Type=String,Number=.,Values=[WholeGenome, Exome]>",
        "##META=<ID=Tissue,Number=.,Type=String,Values=[Blood, ?]>",
        '##SAMPLE=<ID=Blood,Genomes=Germline,Mixture=1.,Description="x">',
        "##PEDIGREE=<Name_0=G0-ID,Name_1=G1-ID>",
        "##PEDIGREE=<ID=TumourSample,Original=GermlineID>",
        "##pedigreeDB=<http://example.org/x>",
        '##INFO=<ID=MINE,Number=-1,Type=Integer,Description="VCF 4.0">',
        '##INFO=<ID=SVLEN,Number=-1,Type=Integer,Description="VCF 4.0">',
        '##FORMAT=<ID=LPL,Number=LG,Type=Integer,Description="x">',
        '##FORMAT=<ID=PSL,Number=P,Type=String,Description="x">',
        '##INFO=<ID=DP,Number=1,Type=Integer,Description="a, \\"b\\" = <c>">',
    ],
)
def test_what_is_none_of_our_business_is_not_noted(line):
    assert parse(GT, line).notes == ()


def test_the_length_of_a_contig_may_stand_in_either_declaration():
    assert parse(GT, "##contig=<ID=1>", "##contig=<ID=1,length=5>").contigs["1"] == 5
    assert parse(GT, "##contig=<ID=1,length=5>", "##contig=<ID=1>").contigs["1"] == 5
    for length in (0, 2147483647):
        read = parse(GT, f"##contig=<ID=1,length={length}>")
        assert read.contigs["1"] is None
        assert any("which is read as none" in note for note in read.notes)


def test_genotypes_that_are_not_declared_are_noted():
    assert parse().notes == ("FORMAT/GT is not declared",)
    assert parse(columns=COLUMNS).notes == ()


def test_line_ends_of_two_characters_and_white_space_after_the_version():
    lines = [b"##fileformat=VCFv4.1\t\t\r", f"{COLUMNS}\r".encode()]
    read = parse_header(lines, "x")
    assert (read.version, read.columns) == ("4.1", 8)
    assert read.notes == ("line 1: white space after the version",)


# --- what is refused ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["3.3", "4.6", "4.10", "4.99999999999999999", "4", "", " 4.2"])
def test_other_versions_are_refused(version):
    with pytest.raises(HeaderError, match=r"^P1\.vcf: line 1: expected ##fileformat"):
        parse(version=version)


@pytest.mark.holds("READ-06")
@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('##FORMAT=<ID=GT,Number=1,Type=String,Description="Geno>', "malformed"),
        ("##FORMAT=<ID=GT,Number=1,Type=Integer>", "FORMAT/GT of Type=String"),
        ("##FORMAT=<ID=GT,Number=1>", "FORMAT/GT of Type=String"),
        ("##INFO=<ID=ZZ,Number=-1,Type=Banana>", "Type to be one of"),
        ('##contig=<ID=1,length="5">', "one in quotes"),
        ("##contig=<ID=1,length=five>", "length of digits"),
        ("##contig=<ID=1,length=-5>", "length of digits"),
        ("##source=a\0b", "NUL"),
        ("1\t5\t.\tA\tC\t.\t.\t.\tGT\t0/1", "a line that begins with '1'$"),
        ("#1\t5\t.\tA\tC\t.\t.\t.", "a line that begins with '#1'$"),
    ],
)
def test_a_line_that_could_mislead_is_refused_with_its_number(line, what):
    with pytest.raises(HeaderError, match=f"^P1.vcf: line 2: .*{what}"):
        parse(line)


def test_one_contig_has_one_length():
    with pytest.raises(HeaderError, match="line 3: expected one length for contig '1'; got 5 and 6"):
        parse("##contig=<ID=1,length=5>", "##contig=<ID=1,length=6>")


@pytest.mark.parametrize(
    "columns",
    [
        COLUMNS.replace("\t", " "),
        COLUMNS.removesuffix("\tINFO"),
        f"{COLUMNS}\t",
        f"{COLUMNS}\tFORMAT",
        f"{COLUMNS}\tFORMAT\t",
        f"{COLUMNS}\tFORMAT\tS1\t",
        f"{COLUMNS}\tFORMAT\tS1\t ",
        f"{COLUMNS}\tS1",
        f"{COLUMNS}\tFORMAT\tS\udce9",
        f"{COLUMNS}\tFORMAT\tS\0",
    ],
)
def test_a_wrong_column_line_is_refused(columns):
    with pytest.raises(HeaderError, match=r"^P1\.vcf: line 2: "):
        parse(columns=columns)


@pytest.mark.parametrize(
    ("columns", "got"),
    [
        (COLUMNS.replace("POS", "NAME"), "8 columns, of which column 2 is not POS"),
        (f"{COLUMNS} FORMAT NAME".replace("\t", " "), "1 columns, of which column 1 is not #CHROM"),
        (f"{COLUMNS}\tNAME\tS1", "10 columns, of which column 9 is not FORMAT"),
        (f"{COLUMNS}\tFORMAT", "9 columns"),
    ],
)
def test_a_wrong_column_line_is_told_without_the_name_of_a_sample(columns, got):
    with pytest.raises(HeaderError, match=rf"tab-separated; got {got}$") as caught:
        parse(columns=columns)
    assert "NAME" not in str(caught.value)


@pytest.mark.parametrize("line", ["1 5 . A C . . . GT 0/1", "1,5,.,A,C,0/1", "GT:0/1"])
def test_no_genotype_of_a_line_that_is_no_headers_is_shown(line):
    with pytest.raises(HeaderError, match=r"line 2: .* a line that begins with '(1|GT)'$"):
        parse(line)


def test_no_column_line_is_refused():
    for lines in ([], [b"##fileformat=VCFv4.2"]):
        with pytest.raises(HeaderError, match="#CHROM"):
            parse_header(lines, "x")


@pytest.mark.holds("READ-09")
def test_one_sample_has_one_column_and_no_name_is_told():
    with pytest.raises(SampleError, match="columns 10 and 12") as caught:
        parse(columns=f"{COLUMNS}\tFORMAT\tANNA\tBERT\tANNA")
    assert "ANNA" not in str(caught.value)


def test_limits():
    limits = Limits(contigs=2, samples=2)
    parse(*(f"##contig=<ID={n}>" for n in (1, 2)), columns=f"{COLUMNS}\tFORMAT\ta\tb", limits=limits)
    with pytest.raises(LimitError, match="line 4: expected at most 2 contigs"):
        parse(*(f"##contig=<ID={n}>" for n in (1, 2, 3)), limits=limits)
    with pytest.raises(LimitError, match="line 2: expected at most 2 samples"):
        parse(columns=f"{COLUMNS}\tFORMAT\ta\tb\tc", limits=limits)


def test_local_alleles_and_phase_sets_are_held_against_their_versions():
    lines = [f'##FORMAT=<ID={key},Number={number},Type={kind},Description="x">' for key, number, kind in [
        ("LAA", ".", "Integer"), ("LAD", "LR", "Integer"), ("LPL", "LG", "Integer"), ("PSL", "P", "String"),
        ("PSO", "P", "Integer"), ("LEN", "1", "Integer"),
    ]]  # fmt: skip
    assert parse(GT, *lines, version="4.5").notes == ()
    assert parse(GT, lines[1].replace("LR", "R"), version="4.4").notes == ()
    assert parse(GT, lines[1].replace("LR", "R"), version="4.5").notes == ("line 3: FORMAT/LAD should be of Number=LR",)


def test_one_line_for_each_kind_of_fault():
    assert parse(GT, *["##nothing"] * 5000).notes == ("line 3: a ## line that is not ##key=value (5000 times)",)
