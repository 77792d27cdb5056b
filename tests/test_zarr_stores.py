"""VCF Zarr stores: the profile of the VCF that was converted, and what is lost on the way is never reference.

`stores/people.vcz.zip` was made of `stores/people.vcf` by vcf2zarr (bio2zarr 0.2.1, chunks of 10 records and 2 samples,
with ZARR_ARRAY__WRITE_EMPTY_CHUNKS=True).
"""

from __future__ import annotations

import csv
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attrs import evolve
from click.testing import CliRunner

import assigner
from assigner.cli import main
from assigner.cohorts import read_profiles
from assigner.errors import ContainerError, InputError, LimitError, SampleError
from assigner.profiles.calls import State
from assigner.profiles.profile import Profile
from assigner.vcf.bytes import store_arrays, store_checks
from assigner.vcf.bytes.sources import open_source
from assigner.vcf.bytes.store_hashes import Seen
from assigner.vcf.bytes.store_text import cells, genotypes
from assigner.vcf.reading import read_profile
from effort import some

zarr = pytest.importorskip("zarr")

STORES = Path(__file__).parent / "stores"
ZIP = STORES / "people.vcz.zip"
PEOPLE = ("P1", "P2", "P3", "P4")
RULES = assigner.read_rules()


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """The store as a folder that may be changed."""
    with zipfile.ZipFile(ZIP) as file:
        file.extractall(tmp_path / "people.vcz")
    return tmp_path / "people.vcz"


def read(path: Path, who: str = "P1", **more: Any) -> Profile:
    return read_profile(path, RULES, sample=who, absent="reference", **more)


def known(profile: Profile) -> Profile:
    """All of a profile that does not tell of files."""
    return evolve(profile, checks=(), inputs=())


def text_of(path: Path) -> bytes:
    return b"".join(open_source(path).chunks())


def refuse(store: Path, place: str, error: type[InputError] = ContainerError) -> None:
    with pytest.raises(error, match=place):
        text_of(store)


def replace(store: Path, name: str, values: Any, **more: Any) -> None:
    """Put an array of the same name and dimensions in the place of one, with all of its chunks."""
    group = zarr.open_group(store, mode="r+")
    attrs = dict(group[name].attrs)
    shutil.rmtree(store / name)
    with zarr.config.set({"array.write_empty_chunks": True}):
        made = group.create_array(name, shape=values.shape, dtype=values.dtype, chunks=values.shape, **more)
        made[...] = values
    made.attrs.update(attrs)


def attributes(folder: Path, change: dict[str, Any]) -> None:
    path = folder / ".zattrs"
    told = json.loads(path.read_bytes()) | change
    path.write_text(json.dumps({key: value for key, value in told.items() if value is not None}))


@pytest.mark.holds("READ-19")
def test_a_store_gives_the_profile_of_its_vcf(store: Path) -> None:
    """As a ZIP, as a folder, and however few records are read at once; and the trace says that it was converted."""
    packed = read(ZIP, "P4")
    for who in PEOPLE:
        assert known(read(ZIP, who)) == known(read(STORES / "people.vcf", who))
    (given,) = packed.inputs
    assert (given.container, len(given.sha256)) == ("zarr", 64) and given.size > 10_000
    told = {(check.name, check.result): check.evidence for check in packed.checks}
    assert "converted from a VCF Zarr store" in told["variants_container", "zarr"]
    assert any("converted: what the VCF had" in check.evidence for check in packed.checks)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store_arrays, "STEP_BYTES", 1)
        patch.setattr(store_arrays, "STEP_CELLS", 1)
        assert read(store, "P4") == packed


@pytest.mark.holds("READ-19")
def test_a_cohort_is_read_from_a_store_in_one_pass(store: Path, tmp_path: Path) -> None:
    expected = {who: read(ZIP, who) for who in PEOPLE}

    assert dict(read_profiles(ZIP, RULES, absent="reference")) == expected
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("participant,files,sample\nA,people.vcz,P2\nP1,people.vcz,P1\n")
    found = dict(read_profiles(sheet, RULES, absent="reference"))
    assert found == {"A": evolve(expected["P2"], participant="A"), "P1": expected["P1"]}
    table = tmp_path / "out.tsv"
    done = CliRunner().invoke(
        main, ["cohort", str(tmp_path), "--table", str(table), "--absent", "reference"]
    )  # a folder
    assert done.exit_code == 0, done.output
    with table.open(newline="") as file:
        rows = {row["participant"]: row["category"] for row in csv.DictReader(file, delimiter="\t")}
    assert rows == {who: assigner.assign(each, RULES).category or "" for who, each in expected.items()}
    shutil.copytree(store, tmp_path / "copy.vcz")
    sheet.write_text("participant,files\nA,people.vcz\nB,copy.vcz\n")  # one person's genotypes are nobody else's
    with pytest.raises(InputError, match="sample"):
        read_profiles(sheet, RULES)


def test_the_commands_take_a_store(store: Path, tmp_path: Path) -> None:
    trace = tmp_path / "P1.json"
    made = ["assign", str(store), "--sample", "P1", "--trace", str(trace), "--exit-code", "review=0"]
    assert CliRunner().invoke(main, made).exit_code == 0
    done = CliRunner().invoke(main, ["verify", str(trace), str(ZIP), "--sample", "P1"])
    assert (done.exit_code, done.output.startswith("REPRODUCED")) == (0, True), done.output
    done = CliRunner().invoke(main, ["assign", str(store), "--sample", "P1", "--quick"])
    assert done.exit_code == 1 and "Traceback" not in done.output
    with pytest.raises(ContainerError, match="SHA-256"):
        read(store, sha256="0" * 64)
    with pytest.raises(SampleError):
        read(store, "nobody")


# ----------------------------------------------------------------------------------------------------- what is lacking


@pytest.mark.holds("READ-19")
@pytest.mark.parametrize(
    ("lost", "said"),
    [
        ("variant_filter", b"\tNotStored\t"), ("filter_id", b"\tNotStored\t"), ("variant_quality", b"\t.\tPASS\t"),
        ("call_genotype_phased", b"0/1:20,20"), ("call_genotype", b"\tAD:DP:FT:GQ"), ("call_GQ", b"GT:AD:DP:FT:PS"),
        ("contig_length", b"##contig=<ID=chr1>"),
    ],
)  # fmt: skip
def test_what_a_store_lacks_is_unknown(lost: str, said: bytes, store: Path) -> None:
    """No call becomes known, or reference, by what is not there."""
    before = read(store)
    shutil.rmtree(store / lost)
    assert said in text_of(store)
    after = read(store, build="GRCh38")
    good = {State.CALLED, State.REFERENCE}
    for variant, call in after.alleles.items():
        if call.state in good:
            assert call.state is before.call(variant).state, variant
    listed = [call for variant, call in after.alleles.items() if before.call(variant).state in good]
    if lost in ("variant_filter", "filter_id", "call_genotype"):
        assert not any(call.state is State.CALLED for call in after.alleles.values()) and listed


@pytest.mark.holds("READ-19")
def test_a_chunk_that_is_absent_or_damaged_is_an_error_of_its_array(store: Path) -> None:
    """Zarr itself would give an absent chunk of genotypes as reference."""
    kept = {path: path.read_bytes() for path in store.glob("*/[0-9]*")}
    read_all = {
        path for path in kept if path.parent.name not in store_checks.NOT_READ | {"region_index", "variant_length"}
    }
    assert len(read_all) > 60
    for number, path in enumerate(some(sorted(read_all), 7)):
        path.unlink()
        with pytest.raises(ContainerError, match=f"{path.parent.name}: expected all of its chunks"):
            text_of(store)
        if number % 3 == 0:
            path.write_bytes(b"\1" * 20)
            with pytest.raises(ContainerError, match=f"{path.parent.name}: expected chunks that can be unpacked"):
                text_of(store)
        path.write_bytes(kept[path])


def test_what_is_no_store_of_a_vcf_is_refused_with_the_array(store: Path, tmp_path: Path) -> None:
    def changed(array: str, **fields: Any) -> None:
        path = store / array / ".zarray"
        before = path.read_text()
        path.write_text(json.dumps(json.loads(before) | fields))
        refuse(store, f"{array}'?: ", LimitError if (fields.get("chunks") or [0])[0] > 1_000_000 else ContainerError)
        path.write_text(before)

    for version in ("0.1", "9", 4, None):
        attributes(store, {"vcf_zarr_version": version})
        refuse(store, "vcf_zarr_version: expected 0.4 or 0.5")
    attributes(store, {"vcf_zarr_version": "0.4"})
    for wrong in ("text", [["a"]], [["a", "b\nc"]], [[1, "2"]]):
        attributes(store, {"vcf_meta_information": wrong})
        refuse(store, "vcf_meta_information: expected a list")
    attributes(store, {"vcf_meta_information": []})
    changed("variant_contig", shape=[5])
    changed("variant_position", shape=[], chunks=[])
    changed("sample_id", shape=[], chunks=[])
    changed("call_DP", shape=[26, 3])
    changed("call_genotype", dtype="<f4")
    changed("call_DP", chunks=[2_000_000_000, 2])
    changed("call_DP", filters=[{"id": "pickle", "protocol": 5}])
    changed("call_DP", filters=[{"id": "fixedscaleoffset", "offset": 1, "scale": 1, "dtype": "|i1"}])
    (store / "variant_contig").rename(tmp_path / "aside")
    refuse(store, "variant_contig: expected this array")
    (tmp_path / "aside").rename(store / "variant_contig")
    shutil.copytree(store / "call_DP", store / "call_D P")
    refuse(store, "call_D P'?: expected a field's name")
    (store / "call_D P").rename(store / "call_LA")
    refuse(store, "call_LA: expected fields by all alleles")
    shutil.rmtree(store / "call_LA")
    (store / ".zattrs").write_text("{")
    refuse(store, "expected a Zarr group that can be read")


def test_a_store_in_the_third_format_of_zarr_says_the_same(store: Path, tmp_path: Path) -> None:
    """But for chunks in shards: Zarr gives one that the index of its shard lacks as zeros."""
    old, new = zarr.open_group(store, mode="r"), zarr.open_group(tmp_path / "new", mode="w", zarr_format=3)
    new.attrs.update(dict(old.attrs))
    with zarr.config.set({"array.write_empty_chunks": True}):
        for name, array in old.arrays():
            names = array.attrs["_ARRAY_DIMENSIONS"]
            made = new.create_array(
                name, shape=array.shape, dtype=array.dtype, chunks=array.chunks, dimension_names=names
            )
            made.attrs["description"] = array.attrs.get("description", "")
            made[...] = array[...]

    assert text_of(tmp_path / "new") == text_of(store)
    assert known(read(tmp_path / "new")) == known(read(store))

    genotypes, names = old["call_genotype"][...], ("variants", "samples", "ploidy")
    shutil.rmtree(tmp_path / "new" / "call_genotype")
    sharded = new.create_array(
        "call_genotype", shape=(26, 4, 2), dtype="i1", chunks=(10, 2, 2), shards=(20, 4, 2), dimension_names=names
    )
    sharded[10:], sharded[:10, 2:] = genotypes[10:], genotypes[:10, 2:]  # nothing of the first two people
    refuse(tmp_path / "new", "call_genotype: expected chunks that stand alone")
    with pytest.warns(UserWarning, match="onsolidated"):
        zarr.consolidate_metadata(tmp_path / "new")
    shutil.rmtree(tmp_path / "new" / "call_FT")
    refuse(tmp_path / "new", "call_FT'?: expected metadata of an array")


def test_parts_that_do_not_fit_together_are_refused(store: Path) -> None:
    group = zarr.open_group(store, mode="r+")
    group["variant_contig"][0] = 99
    with pytest.raises(ContainerError, match="variant_contig: expected numbers below"):
        text_of(store)
    group["variant_contig"][0] = 0
    values = np.zeros((26, 4, 2), dtype="i8")
    for genotype in ([-2, 1], [-3, 0], [0, 1 << 32]):
        values[20, 3] = genotype
        replace(store, "call_genotype", values)
        refuse(store, "call_genotype: expected (nothing but -2 after a|numbers from) -2")
    replace(store, "call_genotype", values[..., :0])
    refuse(store, "call_genotype: expected a place for an allele")
    replace(store, "call_genotype", values[..., :1])
    assert b"GT" in text_of(store)
    shutil.rmtree(store / "variant_END")
    refuse(store, "variant_END: expected this array")  # a block, or a deletion, would be of one base
    replace(store, "variant_length", np.ones(26, dtype="i2"))
    assert b"<NON_REF>" in text_of(store)
    for name in ("filter_id", "contig_id"):
        values = group[name][...]
        replace(store, name, np.array([values[0], values[0], *values[2:]], dtype="T"))
        refuse(store, f"{name}: expected a name for each that no other has")
        replace(store, name, values)
    shutil.copytree(store / "call_DP", store / "call_AD_mask")
    assert b"ID=AD_mask," in text_of(store)
    replace(store, "call_AD_mask", np.zeros((26, 4), dtype=bool))
    assert b"ID=AD_mask," in text_of(store)
    shutil.copytree(store / "call_AD_mask", store / "call_DP_mask")
    assert b"ID=DP_mask," not in text_of(store)
    for array, short in (("contig_length", 3), ("filter_id", 1)):
        shutil.copytree(store / array, store / "aside")
        group[array].resize((short,))
        with pytest.raises(ContainerError, match=r"contig_length|variant_filter"):
            text_of(store)
        shutil.rmtree(store / array)
        (store / "aside").rename(store / array)
    shutil.rmtree(store / "sample_id")
    zarr.open_group(store, mode="r+").create_array("sample_id", shape=(4, 2), dtype="i4")
    with pytest.raises(ContainerError, match="sample_id: expected 1 dimensions"):
        text_of(store)


def test_text_that_would_be_columns_is_refused(store: Path) -> None:
    group = zarr.open_group(store, mode="r+")
    for array, text in (
        ("sample_id", "P1\tP2"),
        ("variant_CSQ", "a;AF=0.5"),
        ("call_FT", "PASS:0/1"),
        ("variant_id", "a\nb"),
        ("variant_allele", "C,G"),
        ("contig_id", "chr1,length=5"),
        ("filter_id", "a;PASS"),
    ):
        before = group[array][...]
        changed = before.copy()
        changed.reshape(-1)[0] = text
        group[array][...] = changed
        with pytest.raises(ContainerError, match=f"{array}: expected text that a VCF may have"):
            text_of(store)
        group[array][...] = before
    replace(store, "variant_id", np.array([b".\tA\tC\nchr1\t10\tx"] + [b"x"] * 25))
    refuse(store, "variant_id: expected text that a VCF may have")


@pytest.mark.holds("READ-19")
def test_a_store_that_was_copied_by_half_is_refused(store: Path, tmp_path: Path) -> None:
    """Without FORMAT/FT the call of P4 would pass its gate."""
    (store / "call_FT" / ".zarray").rename(tmp_path / "aside")
    refuse(store, "call_FT'?: expected metadata of an array")
    packed = shutil.make_archive(str(tmp_path / "half"), "zip", store)
    refuse(Path(packed), "call_FT'?: expected metadata of an array")
    (tmp_path / "aside").rename(store / "call_FT" / ".zarray")
    zarr.consolidate_metadata(store)
    shutil.rmtree(store / "call_FT")
    refuse(store, "call_FT'?: expected metadata of an array")
    packed = shutil.make_archive(str(tmp_path / "told"), "zip", store)
    refuse(Path(packed), "call_FT'?: expected metadata of an array")
    zarr.consolidate_metadata(store)
    assert b"GT:AD:DP:GQ" in text_of(store)  # who took it out on purpose says so


@pytest.mark.holds("READ-19")
def test_an_array_of_another_kind_is_refused(store: Path) -> None:
    """A missing flag, -1, would be true, and so would the text `False`."""
    others: dict[str, Any] = {
        "call_genotype_phased": np.int8(-1), "call_genotype": np.float32(0), "variant_filter": "False",
        "variant_id": 1.5, "variant_allele": np.float32(1), "variant_quality": "9", "filter_id": 7, "sample_id": True,
        "contig_id": 1, "filter_description": 1, "contig_length": 5.0, "variant_contig": 0.0,
    }  # fmt: skip
    for name, value in others.items():
        shutil.copytree(store / name, store.parent / "aside")
        shape = zarr.open_group(store, mode="r")[name].shape
        replace(store, name, np.full(shape, value))
        refuse(store, f"{name}: expected (text|flags|whole numbers|floating-point numbers); got")
        shutil.rmtree(store / name)
        (store.parent / "aside").rename(store / name)
    for told in (5, {"a": 1}, ["samples", "variants"], ["variants"], [1, 2], None):
        attributes(store / "call_DP", {"_ARRAY_DIMENSIONS": told})
        refuse(store, "call_DP: expected names of all its dimensions")


def test_a_store_that_changes_while_it_is_read_is_refused(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_arrays, "STEP_BYTES", 1)
    opened = store_arrays.Store.open(store, "people.vcz")
    pieces = opened.text()
    next(pieces), next(pieces)
    zarr.open_group(store, mode="r+")["call_DP"][:2] = 7
    with pytest.raises(ContainerError, match="call_DP: expected a store that stays the same"):
        list(pieces)
    opened.inner.close()


@pytest.mark.holds("READ-19")
@pytest.mark.parametrize("packed", [False, True])
def test_a_store_that_is_another_at_its_end_is_refused(packed: bool, store: Path, tmp_path: Path) -> None:
    """The columns of the new store would stand under the names of the old one."""
    path = Path(shutil.make_archive(str(tmp_path / "p"), "zip", store)) if packed else store
    with open_source(path) as opened, zarr.config.set({"array.write_empty_chunks": True}):
        group = zarr.open_group(store, mode="r+")
        for name in ("sample_id", *(each.name for each in store.glob("call_*"))):
            values = group[name][...]
            group[name][...] = values[::-1] if name == "sample_id" else values[:, ::-1]
        if packed:
            shutil.make_archive(str(tmp_path / "q"), "zip", store)
            (tmp_path / "q.zip").replace(path)
        with pytest.raises(ContainerError, match="changed while it was being read"):
            list(opened.chunks())


def test_a_link_in_a_store_is_refused_where_its_files_would_not_be_seen(store: Path, tmp_path: Path) -> None:
    chunk = store / "call_DP" / "0.0"
    chunk.rename(tmp_path / "chunk")
    chunk.symlink_to(tmp_path / "chunk")
    assert text_of(store)
    with pytest.raises(ContainerError, match="changed while it was being read"), open_source(store) as opened:
        (tmp_path / "chunk").unlink()
        list(opened.chunks())
    refuse(store, "expected files that can be read")
    shutil.rmtree(store / "call_DP")
    (store / "call_DP").symlink_to(tmp_path)
    refuse(store, "call_DP: expected a folder; got a link to one")


def test_chunks_that_are_unpacked_at_once_are_bounded_together(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = set()
    monkeypatch.setattr(Seen, "take", lambda *_: seen.add(zarr.config.get("async.concurrency")))
    text_of(store)
    monkeypatch.setattr(store_arrays, "CHUNK_BYTES", 300)
    text_of(store)
    assert {1, 10} < seen and max(seen) == 10


def test_a_store_without_samples_has_no_columns_for_them(store: Path) -> None:
    for folder in store.glob("call_*"):
        shutil.rmtree(folder)
    replace(store, "sample_id", np.zeros(0, dtype="T"))
    assert b"FILTER\tINFO\n" in text_of(store)


def test_numbers_are_written_as_a_vcf_has_them() -> None:
    bits = np.array([[0x3E000000, 0x7F800001], [0x7F800001, 0x7F800002], [0x3DCCCCCD, 0x7F800002]], dtype=np.uint32)

    assert cells(bits.view(np.float32)).rows(0, 3) == ["0.125,.", ".", "0.1"]
    assert cells(np.array([[1, -1, -2], [-1, -1, -2], [3, -2, -2]], dtype=np.int8)).rows(0, 3) == ["1,.", ".", "3"]
    assert cells(np.array([["a", "."], ["b", ""]], dtype=object)).rows(0, 2) == ["a,.", "b"]
    assert cells(np.zeros((2, 0), dtype="i4")).rows(0, 2) == [".", "."]
    assert cells(np.array([["", "a"], ["", ""]], dtype=object)).rows(0, 2) == [",a", "."]
    alleles, phased = np.array([[0, 1], [-1, 1], [2, -2], [-1, -2], [-2, -2]]), np.array([1, 0, 1, 0, 0], dtype=bool)
    assert genotypes(alleles, phased).rows(0, 5) == ["0|1", "./1", "2", ".", "."]
