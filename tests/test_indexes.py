"""An index is used only when it is that of this very file."""

from __future__ import annotations

import gzip
import itertools
import os
import struct
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from assigner.errors import ContainerError, InputError
from assigner.synthetic.bgzf import bgzf
from assigner.vcf.bytes.containers import Limits
from assigner.vcf.reading import read_profile
from assigner.vcf.scan.headers import parse_header
from assigner.vcf.scan.indexes import own_index, parse_index
from assigner.vcf.scan.intervals import Intervals
from vcfs import allele, bcf, indexed, rules_of, vcf

RULES = rules_of(alleles=[allele("A", "1", 5000, "C", "T"), allele("B", "2", 5000, "G", "A")])
ROWS = ["1 5000 C T PASS . GT 0/1", "2 5000 G A PASS . GT 0/1", "3 70 G A PASS . GT 0/1"]


def quick(path: Path):
    return read_profile(path, RULES, quick=True)


def refusal(path: Path) -> str:
    with pytest.raises(ContainerError) as caught:
        quick(path)
    return caught.value.got


def other(folder: Path, *rows: str, name: str = "other.vcf.gz", **dress) -> Path:
    return indexed(folder, vcf("\n".join(rows), **dress), name)


@pytest.mark.holds("READ-13")
def test_the_index_of_the_file_is_used_and_the_trace_says_what_was_checked(tmp_path):
    path = other(tmp_path, *ROWS)
    profile = quick(path)
    assert len(profile.alleles) == 2
    notes = [check.evidence for check in profile.checks if check.name == "variants_note"]
    assert any(note.startswith(".tbi: not older than the file") for note in notes)


@pytest.mark.holds("READ-13")
@pytest.mark.parametrize(
    "rows",
    [
        [*ROWS, "3 90 G A PASS . GT 0/1"],
        ROWS[:2],
        ROWS[1:],
        ROWS[::2],
        ["1 4999 C T PASS . GT 0/1", *ROWS],
        ["1 5000 C T PASS . GT 0/1"] * 40 + ROWS,
        [],
    ],
)
@pytest.mark.parametrize("style", ["chr", "bare"])
def test_the_index_of_another_file_is_refused(tmp_path, rows, style):
    path, strange = other(tmp_path, *ROWS, name="own.vcf.gz"), other(tmp_path, *rows, style=style)
    os.replace(f"{strange}.tbi", f"{path}.tbi")
    assert refusal(path)


@pytest.mark.holds("READ-13")
def test_an_older_index_is_refused(tmp_path):
    path = other(tmp_path, *ROWS)
    os.utime(f"{path}.tbi", (1_000_000_000, 1_000_000_000))
    assert refusal(path) == "one that is older than the file"
    os.utime(path, (1_000_000_000, 1_000_000_000))
    assert len(quick(path).alleles) == 2


@pytest.mark.holds("READ-13")
@settings(deadline=None)
@given(data=st.data())
def test_a_changed_file_is_never_read_by_its_old_index_as_if_it_were_whole(tmp_path_factory, data):
    """Records are added or taken away; what a quick look then gives is what the whole file says, or a refusal."""
    folder = tmp_path_factory.mktemp("stale")
    pool = [f"{chrom} {pos} G A PASS . GT 0/1" for chrom in "1234" for pos in (5000, 6000)]
    pool[0] = "1 5000 C T PASS . GT 0/1"
    before, after = (sorted(data.draw(st.sets(st.sampled_from(pool), min_size=1))) for _ in range(2))
    stale, path = other(folder, *before, name="a.vcf.gz"), other(folder, *after, name="b.vcf.gz")
    os.replace(f"{stale}.tbi", f"{path}.tbi")
    whole = read_profile(path, RULES).alleles
    try:
        assert quick(path).alleles == whole
    except ContainerError:
        assert before != after


@settings(deadline=None)
@given(at=st.integers(0, 400), byte=st.integers(0, 255), cut=st.booleans())
def test_a_damaged_index_ends_in_an_error_of_ours_or_changes_nothing(tmp_path_factory, at, byte, cut):
    path = other(tmp_path_factory.mktemp("damaged"), *ROWS)
    index = Path(f"{path}.tbi")
    content = bytearray(index.read_bytes())
    at %= len(content)
    index.write_bytes(bytes(content[:at]) if cut else bytes(content[:at]) + bytes([byte]) + bytes(content[at + 1 :]))
    try:
        found = quick(path).alleles
    except InputError:
        return
    assert found == read_profile(path, RULES).alleles


SOUND = "a sound BGZF block"
HEADER = parse_header([line for line in vcf("").splitlines() if line.startswith(b"#")], "x")


@pytest.mark.holds("READ-13")
@pytest.mark.parametrize("suffix", ["", ".tbi"])
def test_a_damaged_block_is_named_with_its_place_as_in_a_file_that_is_read_whole(tmp_path, suffix):
    """Of the file or of its index: where the block begins, what was expected there, and what came."""
    path = other(tmp_path, *ROWS)
    harmed = Path(f"{path}{suffix}")
    content = bytearray(harmed.read_bytes())
    content[int.from_bytes(content[16:18], "little") - 6] ^= 0xFF  # its CRC
    harmed.write_bytes(content)
    os.utime(f"{path}.tbi")
    with pytest.raises(ContainerError) as caught:
        own_index(path, "x", HEADER, Limits())
    assert (caught.value.place, caught.value.expected) == (f"x{suffix}: byte 0", SOUND)
    if not suffix:
        with pytest.raises(ContainerError) as whole:
            read_profile(path, RULES)
        assert (whole.value.expected, whole.value.got) == (SOUND, caught.value.got)


@pytest.mark.holds("READ-13")
def test_an_index_that_points_within_a_block_is_not_the_file_s(tmp_path):
    path, text = tmp_path / "x.vcf.gz", b"##fileformat=VCFv4.2\n#CHROM\nc0\t5\n"
    path.write_bytes(bgzf(text))
    first, end = text.index(b"c0"), len(text)
    header = evolve(HEADER, contigs={})
    for span in ((first, end), (first, len(bgzf(text)) << 16)):
        Path(f"{path}.tbi").write_bytes(bgzf(packed_index([{0: [span]}], is_csi=False)))
        assert own_index(path, "x", header, Limits()).index.spans == (span,)
    for span in ((5 << 16, 6 << 16), (first, 5 << 16), (first, 1 << 60), (first, first), (first, 0xFFFF)):
        Path(f"{path}.tbi").write_bytes(bgzf(packed_index([{0: [span]}], is_csi=False)))
        with pytest.raises(ContainerError, match="the index of this very file") as caught:
            own_index(path, "x", header, Limits())
        assert caught.value.place == "x.tbi"


@pytest.mark.holds("READ-13")
def test_a_block_with_a_longer_header_is_read_by_the_index_as_in_a_file_that_is_read_whole(tmp_path):
    """BGZF lets other extra fields stand before the one with the block's size."""
    path = other(tmp_path, *ROWS)
    index = Path(f"{path}.tbi")
    for packed in (path, index):
        packed.write_bytes(with_a_longer_header(packed.read_bytes()))
    os.utime(index)
    assert quick(path).alleles == read_profile(path, RULES).alleles


def with_a_longer_header(content: bytes) -> bytes:
    """BGZF of one block and the end marker, whose first block has one more extra field."""
    size = int.from_bytes(content[16:18], "little") + 1
    more = b"XX" + struct.pack("<H", 3) + b"abc"
    fields = more + b"BC" + struct.pack("<HH", 2, size + len(more) - 1)
    return content[:10] + struct.pack("<H", len(fields)) + fields + content[18:]


def csi(spans: list[list[tuple[int, int]]], names: tuple[str, ...] = ()) -> bytes:
    """A .csi with one bin for each contig."""
    words = b"".join(name.encode() + b"\0" for name in names)
    aux = struct.pack("<7i", 2, 1, 2, 0, ord("#"), 0, len(words)) + words if names else b""
    out = struct.pack("<4s3i", b"CSI\1", 14, 5, len(aux)) + aux + struct.pack("<i", len(spans))
    for chunks in spans:
        out += struct.pack("<i", 1) + struct.pack("<IQi", 0, 0, len(chunks))
        out += b"".join(struct.pack("<2Q", *chunk) for chunk in chunks)
    return bgzf(out)


def test_a_csi_is_checked_too(tmp_path):
    path = other(tmp_path, *ROWS)
    content = vcf("\n".join(ROWS))
    starts = [content.index(f"chr{chrom}\t".encode()) for chrom in "123"] + [len(content)]
    spans = [[pair] for pair in itertools.pairwise(starts)]
    index = Path(f"{path}.csi")
    index.write_bytes(csi(spans, ("chr1", "chr2", "chr3")))
    assert len(quick(path).alleles) == 2
    index.write_bytes(csi(spans[:2], ("chr1", "chr2")))
    assert "all records" in refusal(path)
    index.write_bytes(csi(spans[1:], ("chr1", "chr2")))
    assert "all records" in refusal(path) or "another file" in refusal(path)
    index.write_bytes(b"CSI\1")
    assert refusal(path) == "one that is damaged"
    index.write_bytes(b"TBI\1")
    assert refusal(path) == "another kind of file"


def test_a_bcf_s_contigs_are_those_of_its_header(tmp_path):
    content = vcf("\n".join(ROWS))
    path = bcf(tmp_path, content)
    header = parse_header([line for line in content.splitlines() if line.startswith(b"#")], "x")
    text = unpacked(path)
    at = 9 + int.from_bytes(text[5:9], "little")
    starts = []
    while at < len(text):
        starts.append(at)
        at += 8 + sum(struct.unpack_from("<2I", text, at))
    path.write_bytes(bgzf(text))
    starts.append(len(text))
    spans = [[pair] for pair in itertools.pairwise(starts)]
    index = Path(f"{path}.csi")
    index.write_bytes(csi(spans))
    assert own_index(path, "x", header, Limits()).told.startswith(".csi")
    for wrong in (spans[::-1], spans[:2], spans[1:], [*spans, [(0, 1 << 60)]]):
        index.write_bytes(csi(wrong))
        with pytest.raises(ContainerError, match="the index of this very file"):
            own_index(path, "x", header, Limits())


def unpacked(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())


COUNTS = 37450
CHUNKS = st.lists(st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1)), max_size=3)
BINS = st.one_of(
    st.dictionaries(st.sampled_from([0, 1, 4681, 4682, COUNTS]), CHUNKS, max_size=4),
    st.builds(
        lambda bins, odd, chunks: bins | {odd: chunks},
        st.integers(0, 80).map(lambda count: {number: [(number + 5, number + 9)] for number in range(count)}),
        st.integers(0, 90),
        CHUNKS,
    ),
)


def packed_index(contigs: list[dict[int, list[tuple[int, int]]]], *, is_csi: bool) -> bytes:
    """A .csi or a .tbi of contigs, each with its bins."""
    names = b"".join(b"c%d\0" % at for at in range(len(contigs)))
    head = struct.pack("<7i", 2, 1, 2, 0, 35, 0, len(names)) + names
    size, count = struct.pack("<3i", 14, 5, len(head)), struct.pack("<i", len(contigs))
    text = b"CSI\1" + size + head + count if is_csi else b"TBI\1" + count + head
    for bins in contigs:
        text += struct.pack("<i", len(bins))
        for number, chunks in bins.items():
            text += struct.pack("<IQ", number, 7) if is_csi else struct.pack("<I", number)
            text += struct.pack("<i", len(chunks)) + b"".join(struct.pack("<2Q", *chunk) for chunk in chunks)
        text += b"" if is_csi else struct.pack("<i2Q", 2, 0, 9)
    return text


@given(contigs=st.lists(BINS, max_size=3), is_csi=st.booleans())
def test_a_contig_stands_from_the_first_to_the_last_offset_of_all_its_chunks(contigs, is_csi):
    index = parse_index(packed_index(contigs, is_csi=is_csi), ".csi" if is_csi else ".tbi")
    chunks = [[each for number, own in bins.items() if number != COUNTS for each in own] for bins in contigs]
    ends = [(min(a for a, _ in own), max(b for _, b in own)) if own else None for own in chunks]
    assert index.spans == tuple(ends)
    assert index.names == tuple(f"c{at}" for at in range(len(contigs)))


@pytest.mark.parametrize("is_csi", [False, True])
@pytest.mark.parametrize("size", [-100, -60, -1, 2**31 - 1])
def test_an_index_whose_names_have_no_such_size_is_damaged(tmp_path, size, is_csi):
    """A negative size would lead back to what was read before, or to before its beginning."""
    path = other(tmp_path, *ROWS)
    Path(f"{path}.tbi").unlink()
    text = packed_index([{number: [(number, number + 1)] for number in range(9)}], is_csi=is_csi)
    for at in (12, 40) if is_csi else (32,):
        Path(f"{path}{'.csi' if is_csi else '.tbi'}").write_bytes(
            bgzf(text[:at] + struct.pack("<i", size) + text[at + 4 :])
        )
        assert refusal(path) == "one that is damaged"


@pytest.mark.holds("READ-13")
@given(data=st.data(), width=st.integers(3, 14), depth=st.integers(0, 6), is_csi=st.booleans())
def test_the_chunks_of_some_bases_are_those_of_all_bins_that_hold_one(data, width, depth, is_csi):
    """Against the bins of a base as the specification of indexes tells them."""
    if not is_csi:
        width, depth = 14, 5
    before = [((1 << 3 * level) - 1) // 7 for level in range(depth + 2)]
    level = st.integers(0, depth).flatmap(lambda at: st.integers(before[at], before[at + 1] - 1))
    bins = data.draw(st.lists(level, unique=True, max_size=8))
    most = 1 << (width + 3 * depth)
    spans = data.draw(st.lists(st.tuples(st.integers(1, most), st.integers(0, 200)), min_size=1, max_size=3))
    wanted = [(first, min(most, first + more)) for first, more in spans]
    index = parse_index(_of_bins(bins, width, depth, is_csi=is_csi), ".csi" if is_csi else ".tbi")

    found = {first for first, _ in index.over(0, Intervals.of(wanted))}

    assert found == {number for number in bins if any(_holds(number, *span, width, depth) for span in wanted)}
    assert list(index.over(1, Intervals.of(wanted))) == []


def _holds(number: int, first: int, last: int, width: int, depth: int) -> bool:
    """Whether a bin is among those that the specification (reg2bins) gives for the bases from `first` to `last`."""
    begin, end, offset = first - 1, last - 1, 0
    for level in range(depth + 1):
        bits = width + 3 * (depth - level)
        if offset + (begin >> bits) <= number <= offset + (end >> bits):
            return True
        offset += 1 << 3 * level
    return False


def _of_bins(bins: list[int], width: int, depth: int, *, is_csi: bool) -> bytes:
    """An index of one contig, whose bins have one chunk each, which begins at the number of the bin."""
    text = packed_index([{number: [(number, number + 1)] for number in bins}], is_csi=is_csi)
    return text[:4] + struct.pack("<2i", width, depth) + text[12:] if is_csi else text


def test_a_bin_that_no_index_of_its_depth_has_is_damage(tmp_path):
    path = other(tmp_path, *ROWS)
    for number in (COUNTS - 1, COUNTS + 1, 2**32 - 1):
        Path(f"{path}.tbi").write_bytes(bgzf(packed_index([{number: [(0, 9)]}], is_csi=False)))
        assert refusal(path) == "one that is damaged"
