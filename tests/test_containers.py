from __future__ import annotations

import contextlib
import hashlib
import os
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assigner.errors import ContainerError, HeaderError, InputError, LimitError
from assigner.texts import BGZF_END
from assigner.vcf.bytes import blocks, sources
from assigner.vcf.bytes.containers import Limits
from assigner.vcf.bytes.sources import open_source
from assigner.vcf.scan.indexed import indexed_file
from build import bgzf, bgzf_block, gzip
from effort import some

TEXT = b"##fileformat=VCFv4.2\n" + b"".join(b"line %d of the text\n" % n for n in range(40))
PLAIN_ZLIB = {"_zlib": zlib, "_Damage": zlib.error, "_READER": None}
LIBRARIES = {"fastest": {"_zlib": blocks._zlib}, "no reader": {"_READER": None}, "standard": PLAIN_ZLIB}

texts = st.binary(max_size=300).map(lambda tail: b"##fileformat=VCFv4.2\n" + tail + b"\n")
cuts = st.lists(st.integers(1, 300), max_size=6)


@contextlib.contextmanager
def small() -> Iterator[None]:
    """Pieces and blocks so small that every seam is met."""
    with mock.patch.multiple(blocks, PIECE=256, _BLOCK=128):
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("containers")


def put(folder: Path, data: bytes, name: str = "x.vcf.gz") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def read(path: Path, **options: object) -> bytes:
    with open_source(path, **options) as source:
        return b"".join(source.chunks())


# --- laws -----------------------------------------------------------------------------------------------------


@pytest.mark.holds("READ-01")
@pytest.mark.parametrize("library", LIBRARIES)
@given(text=texts, cuts=cuts, threads=st.sampled_from([1, 2]))
def test_any_container_gives_the_same_text(folder, library, text, cuts, threads):
    with small(), mock.patch.multiple(blocks, **LIBRARIES[library]):
        for data in (text, gzip(text, cuts=cuts), bgzf(text, block=50, cuts=cuts)):
            path = put(folder, data)
            with open_source(path, threads=threads) as source:
                assert b"".join(source.chunks()) == text
            assert source.digest == hashlib.sha256(data).hexdigest()
            assert (source.size, source.text_size) == (len(data), len(text))


@pytest.mark.holds("READ-02")
@pytest.mark.parametrize("library", LIBRARIES)
def test_every_truncation_is_refused(folder, library):
    with mock.patch.multiple(blocks, **LIBRARIES[library]):
        for data in (bgzf(TEXT[:300], block=120), gzip(TEXT[:300], cuts=[200])):
            for size in some(range(len(data)), 5):
                whole_member = data[:size] == gzip(TEXT[:200])
                if not whole_member:
                    with pytest.raises(InputError):
                        read(put(folder, data[:size]))


@pytest.mark.holds("READ-02")
@pytest.mark.parametrize("library", ["fastest", "standard"])
def test_every_flipped_bit_is_refused_or_harmless(folder, library):
    data = bgzf(TEXT[:60], block=45)
    with mock.patch.multiple(blocks, **LIBRARIES[library]):
        for bit in some(range(len(data) * 8), 7):
            flipped = bytearray(data)
            flipped[bit // 8] ^= 1 << bit % 8
            with contextlib.suppress(InputError):
                assert read(put(folder, bytes(flipped))) == TEXT[:60]


@given(
    data=st.binary(max_size=200),
    magic=st.sampled_from([b"", b"\x1f\x8b", BGZF_END[:16], bgzf_block(b"##fileformat="), BGZF_END]),
)
def test_no_bytes_give_anything_but_a_text_or_a_refusal(folder, data, magic):
    with contextlib.suppress(InputError):
        read(put(folder, magic + data))


# --- what it is -----------------------------------------------------------------------------------------------


@pytest.mark.holds("READ-01")
@pytest.mark.parametrize(
    ("data", "container"),
    [
        (TEXT, "plain"),
        (gzip(TEXT), "gzip"),
        (bgzf(TEXT), "bgzf"),
        (BGZF_END + bgzf(TEXT), "bgzf"),
        (bgzf(b"BCF\2\2" + bytes(90)), "bcf"),
        (gzip(b"BCF\2\2" + bytes(90)), "bcf"),
        (b"BCF\2\2" + bytes(90), "plain_bcf"),
    ],
)
def test_the_container_is_told_by_magic_bytes(folder, data, container):
    with open_source(put(folder, data, "x")) as source:
        assert source.container == container
        assert sum(map(len, source.chunks())) == source.text_size > 0


@pytest.mark.parametrize(
    ("data", "error", "what"),
    [
        (b"", ContainerError, "empty file"),
        (BGZF_END, ContainerError, "without text"),
        (b"BZh91AY", ContainerError, "bzip2"),
        (b"PK\3\4", ContainerError, "zip"),
        (b"CRAM\3", ContainerError, "CRAM"),
        (bgzf(b"BAM\1"), ContainerError, "BAM"),
        (bgzf(b"BCF\4"), ContainerError, "BCF version 1"),
        (bgzf(b"BCF\x09\2"), ContainerError, "unknown version"),
        (gzip(gzip(TEXT)), ContainerError, "gzip inside gzip"),
        (b"\xef\xbb\xbf" + TEXT, ContainerError, "byte-order mark"),
        (TEXT.decode().encode("utf-16"), ContainerError, "UTF-16"),
        (b"BEGIN:VCARD\n", ContainerError, "vCard"),
        (b"<!DOCTYPE html>\n", ContainerError, "web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", ContainerError, "LFS"),
        (b"chrom,pos\n1,2\n", ContainerError, "other text"),
        (b"\0\1\2", ContainerError, "unknown bytes"),
        (b"\x1f\x8b\x08\x00\0\0\0\0\0\xff\xff\xff", ContainerError, "damage"),
        (b"\n" + TEXT, HeaderError, "blank line"),
        (b"##source=x\n", HeaderError, "another ## line"),
        (b"#CHROM\tPOS\n", HeaderError, "#CHROM line first"),
    ],
)
def test_other_files_are_refused_by_name(folder, data, error, what):
    with pytest.raises(error, match=what):
        open_source(put(folder, data))


@pytest.mark.holds("SECU-04")
def test_what_is_no_regular_file_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.vcf")
    (tmp_path / "link.vcf").symlink_to(tmp_path / "nowhere")
    for path, what in [(tmp_path, "a directory"), (tmp_path / "pipe.vcf", "a named pipe"), ("/dev/null", "a device")]:
        with pytest.raises(ContainerError, match=what):
            open_source(path)
    for missing in (tmp_path / "no.vcf", tmp_path / "link.vcf", "a\0b"):
        with pytest.raises(ContainerError, match="expected a readable file"):
            open_source(missing)


def test_a_link_to_a_regular_file_is_read(tmp_path):
    (tmp_path / "link.vcf").symlink_to(put(tmp_path, TEXT, "x.vcf"))
    assert read(tmp_path / "link.vcf") == TEXT


@pytest.mark.holds("SECU-04")
def test_a_caller_can_forbid_links_with_and_without_an_index(tmp_path):
    limits = Limits(links="refuse")
    link = tmp_path / "link.vcf"
    link.symlink_to(put(tmp_path, TEXT, "x.vcf"))
    assert indexed_file(tmp_path / "x.vcf", "x.vcf", limits) == tmp_path / "x.vcf"
    with pytest.raises(ContainerError, match="expected a regular file; got a symbolic link"):
        open_source(link, limits=limits)
    with pytest.raises(ContainerError, match="expected a regular file; got a symbolic link"):
        indexed_file(link, "link.vcf", limits)
    with pytest.raises(ContainerError, match="expected a readable file"):
        indexed_file(tmp_path / "no.vcf", "no.vcf", limits)


@pytest.mark.holds("READ-12")
def test_what_seems_wrong_with_a_file_that_changed_is_told_as_the_change(tmp_path):
    path = put(tmp_path, TEXT, "x.vcf")
    os.utime(path, ns=(10**18, 10**18))
    with pytest.raises(ContainerError, match="changed"), open_source(path):
        path.write_bytes(TEXT[:30])
        raise HeaderError("x.vcf", "a line", "half of one")


@pytest.mark.parametrize(
    ("name", "data", "notes"),
    [
        ("x.vcf.gz", bgzf(TEXT), 0),
        ("x.vcf", bgzf(TEXT), 1),
        ("x.vcf.gz", gzip(TEXT), 1),
        ("x.vcf", TEXT, 1),
        ("x.vcf.gz", TEXT, 2),
    ],
)
def test_what_is_odd_but_sound_is_noted(tmp_path, name, data, notes):
    with open_source(put(tmp_path, data, name)) as source:
        assert len(source.notes) == notes


# --- damage ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (bgzf(TEXT, end=False), "end marker"),
        (bgzf(TEXT) + b"junk", "nothing after"),
        (bgzf(TEXT) + b"\0", "nothing after"),
        (bgzf(TEXT) + b"\x1f\x8b\x08", "truncated"),
        (bgzf(TEXT, end=False) + gzip(b"more") + BGZF_END, "header of a BGZF block"),
        (bgzf_block(TEXT)[:-4] + b"\0\0\0\0" + BGZF_END, "damaged"),
        (bgzf_block(TEXT)[:-4] + b"\xff\xff\xff\xff" + BGZF_END, "at most 64 KiB"),
        (bgzf_block(TEXT, extra=b"BC\2\0\1\1") + BGZF_END, "header of a BGZF block|size"),
        (gzip(TEXT) + b"junk", "nothing after the end of the gzip"),
        (gzip(TEXT)[:-8], "truncated"),
        (gzip(TEXT)[:-8] + b"\0" * 8, "CRC"),
        (TEXT[:-1], "line end"),
    ],
)
def test_damage_is_named(folder, data, what):
    for library in LIBRARIES.values():
        with mock.patch.multiple(blocks, **library), pytest.raises(ContainerError, match=what):
            read(put(folder, data))


def test_damage_is_placed(folder):
    first, second = bgzf_block(TEXT[:300]), bytearray(bgzf_block(TEXT[300:]))
    second[-8] ^= 1
    with pytest.raises(ContainerError, match=f"/P1: byte {len(first)}: "):
        read(put(folder, first + second + BGZF_END, "P1"))


def test_what_stands_behind_gzip_is_placed(folder):
    sound = gzip(TEXT[:300]) + gzip(TEXT[300:])
    with pytest.raises(ContainerError, match=f"/P1: byte {len(sound)}: expected nothing after"):
        read(put(folder, sound + b"junk", "P1"))


def test_a_block_with_other_extra_fields_is_read(folder):
    data = bgzf_block(TEXT[:99], extra=b"XY\3\0abc") + bgzf_block(TEXT[99:]) + BGZF_END
    assert read(put(folder, data)) == TEXT


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_block_that_inflates_beyond_its_bounds_is_refused(folder, library):
    bomb = bgzf_block(b"##fileformat=" + bytes(1 << 20), level=9)
    with mock.patch.multiple(blocks, **LIBRARIES[library]), pytest.raises(ContainerError):
        read(put(folder, bomb + BGZF_END))
    lying = bomb[:-4] + (1000).to_bytes(4, "little")
    with mock.patch.multiple(blocks, **LIBRARIES[library]), pytest.raises(ContainerError):
        read(put(folder, lying + BGZF_END))


@pytest.mark.holds("READ-12")
@pytest.mark.parametrize("change", ["append", "cut", "rewrite", "replace", "remove"])
def test_a_file_changed_while_it_is_read_is_refused(tmp_path, change):
    path = put(tmp_path, TEXT * 50, "x.vcf")
    with small(), open_source(path) as source:
        pieces = source.pieces()
        next(pieces)
        if change == "append":
            path.write_bytes(TEXT * 51)
        elif change == "cut":
            path.write_bytes(TEXT * 49)
        elif change == "rewrite":
            path.write_bytes(TEXT * 50)
            os.utime(path, ns=(1, 1))
        elif change == "replace":
            put(tmp_path, TEXT * 50, "y.vcf").replace(path)
        else:
            path.unlink()
        with pytest.raises(ContainerError, match="changed"):
            list(pieces)


# --- limits and manners ---------------------------------------------------------------------------------------


@pytest.mark.holds("READ-08")
def test_too_much_text_is_refused(folder):
    path = put(folder, bgzf(TEXT * 20, block=100))
    with pytest.raises(LimitError, match="bytes of text"):
        read(path, limits=Limits(text_bytes=len(TEXT) * 20 - 1))
    assert read(path, limits=Limits(text_bytes=len(TEXT) * 20)) == TEXT * 20


@pytest.mark.holds("READ-08")
def test_a_bomb_is_refused(folder):
    path = put(folder, gzip(b"##fileformat=VCFv4.2\n" + b"A" * 4_000_000))
    assert len(read(path)) > 4_000_000  # small enough to be let pass
    with mock.patch.object(sources, "_GRACE", 1 << 20), pytest.raises(LimitError, match="each compressed byte"):
        read(path)


def test_limits_are_checked_themselves():
    with pytest.raises(ValueError, match="line_bytes"):
        Limits(line_bytes=0)


def test_what_is_known_at_the_end_is_not_told_before(folder):
    with open_source(put(folder, bgzf(TEXT))) as source:
        for known in ("digest", "size", "text_size"):
            with pytest.raises(RuntimeError, match="not read to its end"):
                getattr(source, known)


def test_a_source_is_read_once(folder):
    with open_source(put(folder, bgzf(TEXT))) as source:
        list(source.pieces())
        with pytest.raises(RuntimeError, match="read once"):
            source.pieces()


def test_a_closed_source_gives_nothing(folder):
    source = open_source(put(folder, bgzf(TEXT)))
    source.close()
    source.close()
    with pytest.raises(ValueError, match="closed"):
        list(source.pieces())


def test_no_thread_and_no_descriptor_outlives_a_source(folder):
    good, bad = put(folder, bgzf(TEXT * 9, block=90), "good"), put(folder, bgzf(TEXT * 9, end=False), "bad")
    threads, open_files = threading.active_count(), len(os.listdir("/proc/self/fd"))
    with small():
        for _ in range(20):
            with open_source(good, threads=2) as source:
                next(source.pieces())
            with open_source(good, threads=2) as source:
                list(source.pieces())
            with open_source(good, threads=2) as source:
                source.pieces()
    with pytest.raises(ContainerError):
        read(bad, threads=2)
    assert threading.active_count() == threads
    assert len(os.listdir("/proc/self/fd")) == open_files


def test_a_read_error_is_a_refusal(folder):
    failing = OSError(5, "I/O error")
    source = open_source(put(folder, bgzf(TEXT)))
    with mock.patch("os.preadv", side_effect=failing), pytest.raises(ContainerError, match="i/o error"), source:
        list(source.pieces())
    with mock.patch("os.pread", side_effect=failing), pytest.raises(ContainerError, match="i/o error"):
        open_source(put(folder, bgzf(TEXT)))
