"""A BGZF file of which some chunks are read, by the virtual offsets that an index gives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assigner.errors import ContainerError, HeaderError
from assigner.synthetic.bgzf import bgzf
from assigner.vcf.bytes.chosen import Offsets, open_chosen
from assigner.vcf.bytes.containers import Limits
from assigner.vcf.bytes.sources import untold

HEADER = b"##fileformat=VCFv4.2\n##source=made up\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
BLOCKS = st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=6)


def packed(folder, blocks: list[bytes]):
    """A file of these blocks, where each begins, and where the end marker does."""
    path, starts, content = folder / "x.vcf.gz", [], b""
    end = bgzf(b"")
    for block in blocks:
        starts.append(len(content))
        content += bgzf(block).removesuffix(end)
    path.write_bytes(content + end)
    return path, [*starts, len(content)]


def texts(path, chunks: list[Offsets], limits: Limits | None = None) -> bytes:
    with open_chosen(path, "x", lambda: chunks, limits or Limits(), untold) as opened:
        return b"".join(opened.chunks())


@pytest.mark.holds("READ-13")
@given(head=st.integers(1, len(HEADER)), bodies=BLOCKS, data=st.data())
def test_chunks_are_the_text_between_their_offsets(tmp_path_factory, head, bodies, data):
    """Whatever blocks header and records are cut into, and wherever in them a chunk begins and ends."""
    blocks = [block for block in (HEADER[:head], HEADER[head:] + bodies[0], *bodies[1:]) if block]
    path, starts = packed(tmp_path_factory.mktemp("chosen"), blocks)
    text = b"".join(blocks)
    bounds = [(start << 16 | at) for start, block in zip(starts, blocks, strict=False) for at in range(len(block))]
    bounds.append(starts[-1] << 16)
    cuts = sorted(data.draw(st.lists(st.integers(len(HEADER), len(text)), max_size=6)))
    pairs = list(zip(cuts[::2], cuts[1::2], strict=False))

    found = texts(path, [(bounds[first], bounds[last]) for first, last in pairs])

    assert found == HEADER + b"".join(text[first:last] for first, last in pairs)


@pytest.mark.holds("READ-13")
@pytest.mark.parametrize(
    "chunk", [(0, 1 << 40), (40, 50), (1 << 16, 1 << 17), (0x7000, 0x7001), (5 << 30, 6 << 30), (0, 0xFFFF)]
)
def test_offsets_that_are_no_places_of_the_file_are_refused(tmp_path, chunk):
    path, starts = packed(tmp_path, [HEADER, b"1\t9\n"])
    first, last = (starts[1] << 16) + chunk[0], (starts[1] << 16) + chunk[1]
    with pytest.raises(ContainerError):
        texts(path, [(first, last)])


@pytest.mark.holds("READ-02")
def test_each_block_that_is_read_is_checked(tmp_path):
    path, starts = packed(tmp_path, [HEADER, b"1\t9\n", b"1\t10\n"])
    sound, chunk = path.read_bytes(), (starts[1] << 16, starts[2] << 16)
    for at in range(len(sound)):
        path.write_bytes(sound[:at] + bytes([sound[at] ^ 0x55]) + sound[at + 1 :])
        try:
            found = texts(path, [chunk])
        except (ContainerError, HeaderError):
            assert at < starts[2]
        else:
            assert found == HEADER + b"1\t9\n"
    path.write_bytes(sound[: starts[1] + 12])
    with pytest.raises(ContainerError, match="truncated"):
        texts(path, [chunk])


def test_a_header_without_an_end_is_the_whole_file(tmp_path):
    path, _ = packed(tmp_path, [HEADER[:30], HEADER[30:-1]])
    assert texts(path, []) == HEADER[:-1]


@pytest.mark.parametrize("content", [HEADER + b"1\t9\n", b"BCF\2\2\0\0\0\0"])
def test_what_is_packed_otherwise_is_refused(tmp_path, content):
    path = tmp_path / "x.vcf"
    path.write_bytes(content)
    with pytest.raises(ContainerError, match="which alone have an index"):
        texts(path, [])


def test_pieces_are_filled(tmp_path):
    """Many blocks make few pieces, and a long header several."""
    from assigner.vcf.bytes.blocks import PIECE

    bodies = [bytes([65 + at % 26]) * 60_000 for at in range(80)]
    path, starts = packed(tmp_path, [HEADER, *bodies])
    with open_chosen(path, "x", lambda: [(starts[1] << 16, starts[-1] << 16)], Limits(), untold) as opened:
        found = list(opened.chunks())
    assert b"".join(found) == HEADER + b"".join(bodies)
    assert len(found) == 1 + -(-len(bodies) // (PIECE // 60_000))
