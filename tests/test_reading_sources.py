"""A file as its path, as an open file or as its bytes: the same profile, and a typed error where only a path can do."""

from __future__ import annotations

import io
from unittest import mock

import pytest
from attrs import evolve

import vcfs
from assigner.errors import ContainerError, InputError, LimitError, ProfileError
from assigner.genome import reference
from assigner.genome.builds import Build
from assigner.genome.reference import Reference
from assigner.vcf.bytes import raw
from assigner.vcf.bytes.containers import Container
from assigner.vcf.bytes.sources import open_source
from assigner.vcf.meaning.coverage import read_bed
from assigner.vcf.reading import read_profile
from readings import LINE
from readings import SNV as RULES
from vcfs import vcf, written

TEXT = vcf(f"{LINE} 0/1:30:99:15,15")
BED = b"chr1\t0\t5000\n"


class Dribble(io.BytesIO):
    """A file that gives a few bytes at a time, as a pipe may."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(7 if size is None or size < 0 else min(size, 7))


@pytest.fixture(params=["plain", "gzip", "bgzf", "bcf"])
def path(request, tmp_path):
    if request.param == "bcf":
        return vcfs.bcf(tmp_path, TEXT)
    return written(tmp_path, TEXT, container=request.param)


@pytest.mark.parametrize("threads", [1, 2])
def test_a_file_gives_the_same_profile_however_it_is_given(path, threads):
    expected = read_profile(path, RULES)
    content = path.read_bytes()
    with path.open("rb") as opened, path.open("rb", buffering=0) as unbuffered:
        for source in (content, opened, unbuffered, io.BytesIO(content), Dribble(content)):
            found = read_profile(source, RULES, threads=threads)
            assert evolve(found, checks=()) == evolve(expected, checks=())
            assert [each for each in found.checks if "note" not in each.name] == [
                each for each in expected.checks if "note" not in each.name
            ]
        assert not opened.closed


def test_an_open_file_is_read_from_where_it_stands(path):
    content = path.read_bytes()
    file = io.BytesIO(b"something else" + content)
    file.seek(14)
    assert read_profile(file, RULES).inputs == read_profile(path, RULES).inputs


def test_several_sources_and_a_bed_in_memory(path):
    found = read_profile([path.read_bytes()], RULES, callable=BED)
    assert found.inputs[-1] == read_profile(path, RULES, callable=io.BytesIO(BED)).inputs[-1]
    assert found.alleles == read_profile(path, RULES, callable=BED).alleles


@pytest.mark.parametrize("seam", [200, 1 << 10])
def test_what_is_looked_at_first_is_read_again(path, seam):
    with mock.patch.object(raw, "_LOOK", seam), open_source(Dribble(path.read_bytes())) as source:
        text = b"".join(source.chunks())
    with open_source(path) as source:
        assert text == b"".join(source.chunks())


def closed() -> io.BytesIO:
    file = io.BytesIO(TEXT)
    file.close()
    return file


class Broken(io.BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        raise OSError(5, "Input/output error")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (io.StringIO("##fileformat=VCFv4.2\n"), "open for text"),
        (closed(), "a closed one"),
        (Broken(), "input/output error"),
        (7, "a int"),
        (None, "a NoneType"),
        (b"", "an empty file"),
        (TEXT[:-1], "truncated"),
    ],
)
def test_what_cannot_be_read_is_a_typed_error(source, said):
    with pytest.raises(InputError, match=said):
        read_profile(source, RULES)


def test_an_error_names_the_open_file_or_says_that_it_is_bytes(tmp_path):
    path = written(tmp_path, TEXT[:-1])
    with path.open("rb") as file, pytest.raises(ContainerError, match=path.name):
        read_profile(file, RULES)
    with pytest.raises(ContainerError, match="<bytes>"):
        read_profile(TEXT[:-1], RULES)


@pytest.mark.parametrize("source", [TEXT, io.BytesIO(TEXT)])
def test_what_an_index_stands_beside_is_given_by_its_path(source):
    with pytest.raises(ContainerError, match="a path"):
        read_profile(source, RULES, quick=True)
    with pytest.raises(ContainerError, match="a path"):
        read_profile(TEXT, RULES, fasta=source)


@pytest.mark.parametrize("threads", [0, -1, 1.5, "2", None])
def test_a_number_of_threads_that_cannot_be_is_a_typed_error(threads):
    with pytest.raises(ProfileError, match="threads"):
        read_profile(TEXT, RULES, threads=threads)


def test_an_index_of_a_fasta_is_read_up_to_a_limit(tmp_path):
    fasta = tmp_path / "a.fa"
    fasta.write_text(">chr1\nACGT\n")
    (tmp_path / "a.fa.fai").write_text("chr1\t4\t6\t4\t5\n")
    Reference.open(fasta).close()
    with mock.patch.object(reference, "MOST_INDEX_BYTES", 3), pytest.raises(LimitError, match="index"):
        Reference.open(fasta)


def test_a_bed_in_any_form_has_the_same_regions(tmp_path):
    path = tmp_path / "a.bed"
    path.write_bytes(BED)
    assert read_bed(path, Build.GRCH38) == read_bed(BED, Build.GRCH38) == read_bed(io.BytesIO(BED), Build.GRCH38)
    with pytest.raises(ContainerError):
        read_bed(io.StringIO("chr1\t0\t5"), Build.GRCH38)


def test_every_container_says_what_it_proves_and_what_is_odd():
    for container in Container:
        assert container.proves
        assert isinstance(tuple(container.notes("P1.vcf.gz")), tuple)
