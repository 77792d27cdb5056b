"""A VCF Zarr store as the VCF that it was converted from: its arrays are read in steps, and all that is read is hashed.

The specification is VCF Zarr (https://github.com/sgkit-dev/vcf-zarr-spec). Zarr itself gives an absent chunk as one
full of the fill value, which for genotypes is the reference; here an absent chunk is an error.
"""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from attrs import frozen

from assigner.errors import ContainerError, LimitError, shown
from assigner.vcf.bytes.store_hashes import Seen, hashing
from assigner.vcf.bytes.store_text import Array, Field, Head, Step, cells, genotypes, text_of
from assigner.vcf.bytes.stores import arrays_in

VERSIONS = ("0.4", "0.5")
"""The versions that are read; what is read of them stands alike in both."""

STEP_BYTES = 64 << 20
"""So many bytes of arrays are held at once, beside the chunks that they come from."""

STEP_CELLS = 100_000
"""So many samples' cells are made text at once."""

CHUNK_BYTES = 1 << 30
"""The largest chunk that is read, unpacked."""

_TEXT_BYTES = 100
"""What a cell of text is taken to need in memory."""

_CODECS = re.compile(r"(numcodecs\.)?(blosc|zstd|zlib|gzip|lz4|bz2|lzma|shuffle|delta|packbits|crc32c|vlen-utf8|"
                     r"vlen-bytes|bytes|transpose|sharding_indexed)")  # fmt: skip
"""Codecs that only unpack: some others run what they find, as pickles do."""

_KEY = re.compile(r"[A-Za-z_0-9][A-Za-z_0-9.]*")
_BAD = re.compile(r"[\t\n\r\0]")
_NEEDED = {"contig_id": 1, "sample_id": 1, "variant_contig": 1, "variant_position": 1, "variant_allele": 2}
_FIXED = {"variant_id": 1, "variant_quality": 1, "variant_filter": 2}
_HEAD = {"contig_length": 1, "filter_id": 1, "filter_description": 1}
_CALLS = {"call_genotype": 3, "call_genotype_phased": 2}
_DIMENSIONS = {**_NEEDED, **_FIXED, **_HEAD, **_CALLS}
"""Arrays with a meaning of their own, and how many dimensions each has."""

_NOT_READ = frozenset({"variant_length", "variant_id_mask", "call_genotype_mask"})
_LOCAL = ("call_LA", "call_LAA")


@frozen(kw_only=True)
class Store:
    """An open store.

    Attributes:
        inner: what Zarr reads it through.
        arrays: its arrays by their names.
        attributes: those of the group.
    """

    name: str
    inner: Any
    seen: Seen
    arrays: dict[str, Any]
    attributes: dict[str, Any]

    @classmethod
    def open(cls, path: str | os.PathLike[str], name: str) -> Store:
        """Open a store and check what its arrays are; of their chunks nothing is read yet.

        Raises:
            ContainerError: it is no VCF Zarr store, or has an array that cannot be used, with the array.
            LimitError: an array has chunks that are too large.
        """
        import zarr

        seen = Seen()
        inner = hashing(Path(path), seen)
        try:
            group = zarr.open_group(inner, mode="r", use_consolidated=False)
            names, attributes = arrays_in(path), dict(group.attrs)
        except Exception as error:
            inner.close()
            raise ContainerError(name, "a Zarr group that can be read", type(error).__name__) from error
        made = cls(name=name, inner=inner, seen=seen, arrays={}, attributes=attributes)
        try:
            for key in names:
                if _is_read(key, names):
                    made._open(group, key)
            made._expect_sound()
        except BaseException:
            inner.close()
            raise
        return made

    def _open(self, group: Any, key: str) -> None:
        try:
            self.arrays[key] = group[key]
            _ = self.arrays[key].chunks, self.arrays[key].dtype
        except Exception as error:
            raise self.fault(shown(key), "an array that can be opened", type(error).__name__) from error

    def fault(self, array: str, expected: str, got: str) -> ContainerError:
        """An error about an array or an attribute."""
        return ContainerError(f"{self.name}: {array}", expected, got)

    # ------------------------------------------------------------------------------------------------------- checking

    def _expect_sound(self) -> None:
        version = self.attributes.get("vcf_zarr_version")
        if version not in VERSIONS:
            raise self.fault("vcf_zarr_version", " or ".join(VERSIONS), "none" if version is None else shown(version))
        for key in _NEEDED:
            if key not in self.arrays:
                raise self.fault(key, "this array", "none")
        for key in _LOCAL:
            if key in self.arrays:
                raise self.fault(key, "fields by all alleles (vcf2zarr without --local-alleles)", "by local alleles")
        for key, array in self.arrays.items():
            self._expect_array(key, array)

    def _expect_array(self, key: str, array: Any) -> None:
        records, samples = self.arrays["variant_position"].shape[0], self.arrays["sample_id"].shape[0]
        begins = (records, samples) if key.startswith("call_") else (records,) if key.startswith("variant_") else ()
        shape = tuple(array.shape)
        most = _DIMENSIONS.get(key, len(begins) + 1)
        if shape[: len(begins)] != begins or not (_DIMENSIONS.get(key, len(begins) or 1) <= len(shape) <= most):
            expected = f"{most} dimensions that begin with {', '.join(map(str, begins)) or 'any'}"
            raise self.fault(key, expected, ", ".join(map(str, shape)) or "none")
        if array.dtype.kind not in "iufbSUTO" or (array.dtype.kind != "i" and key in _WHOLE):
            raise self.fault(key, "whole numbers" if key in _WHOLE else "numbers, flags or text", str(array.dtype))
        for codec in _codecs(array.metadata):
            if not _CODECS.fullmatch(codec):
                raise self.fault(key, "a codec that only unpacks", shown(codec))
        size = int(np.prod(array.chunks, dtype=object)) * _item_bytes(array)
        if size > CHUNK_BYTES:
            raise LimitError(f"{self.name}: {key}", f"chunks of at most {CHUNK_BYTES} bytes", str(size))
        if _KEY.fullmatch(key) is None:
            raise self.fault(shown(key), "a field's name", "another")

    # -------------------------------------------------------------------------------------------------------- reading

    def _read(self, key: str, start: int = 0, stop: int | None = None) -> Array:
        """A part of an array.

        Raises:
            ContainerError: a chunk is absent, damaged or was changed meanwhile.
        """
        self.seen.absent.clear()
        try:
            found: Array = np.asarray(self.arrays[key][start:stop])
        except Exception as error:
            raise self.fault(key, "chunks that can be unpacked", type(error).__name__) from error
        if self.seen.absent:
            absent = shown(min(self.seen.absent))
            do = "all of its chunks, also those of nothing but zeros: an absent one is unknown (see the docs)"
            raise self.fault(key, do, f"no {absent}")
        if self.seen.changed:
            raise self.fault(key, "a store that stays the same while it is read", "one that changed")
        if found.dtype.kind in "OTUS":
            wrong = (
                ";" if key.startswith("variant_") and key not in _DIMENSIONS else ":" if key.startswith("call_") else ""
            )
            text = "\1".join(map(str, found.reshape(-1).tolist()))
            if _BAD.search(text) or (wrong and wrong in text):
                raise self.fault(key, "text that a VCF may have", "a letter that parts its columns")
        return found

    def _texts(self, key: str) -> list[str]:
        return [text_of(each) for each in self._read(key).tolist()]

    @property
    def head(self) -> Head:
        """What does not change from record to record."""
        contigs, samples = self._texts("contig_id"), self._texts("sample_id")
        lengths: Sequence[int | None] = [None] * len(contigs)
        if "contig_length" in self.arrays:
            lengths = [length if length > 0 else None for length in self._read("contig_length").tolist()]
        filters = None
        if "variant_filter" in self.arrays and "filter_id" in self.arrays:
            names = self._texts("filter_id")
            about = self._texts("filter_description") if "filter_description" in self.arrays else [""] * len(names)
            filters = list(zip(names, about, strict=False))
            if len(filters) != self.arrays["variant_filter"].shape[1]:
                raise self.fault("variant_filter", f"{len(filters)} filters, as filter_id has", "another number")
        if len(lengths) != len(contigs):
            raise self.fault("contig_length", f"{len(contigs)} lengths", str(len(lengths)))
        version, meta = self._meta()
        return Head(
            version=version,
            meta=meta,
            contigs=list(zip(contigs, lengths, strict=True)),
            filters=filters,
            info=self._fields("variant_", 1),
            form=self._fields("call_", 2) if samples else (),
            samples=samples,
        )

    def _meta(self) -> tuple[str, list[tuple[str, str]]]:
        """The version of the VCF, and the other lines of its header that stand in no array."""
        told = self.attributes.get("vcf_meta_information", [])
        is_pairs = isinstance(told, list) and all(
            isinstance(pair, list) and len(pair) == 2 and all(isinstance(each, str) for each in pair) for pair in told
        )
        if not is_pairs or any(_BAD.search(each) for pair in told for each in pair):
            raise self.fault("vcf_meta_information", "a list of keys and values", "something else")
        version = next((value for key, value in told if key == "fileformat"), "VCFv4.3")
        own = {"fileformat", "FILTER", "INFO", "FORMAT", "contig"}
        return version, [(key, value) for key, value in told if key not in own]

    def _fields(self, begin: str, dimensions: int) -> list[Field]:
        found = []
        for name, array in self.arrays.items():
            if not name.startswith(begin) or name in _DIMENSIONS:
                continue
            names = getattr(array.metadata, "dimension_names", None) or array.attrs.get("_ARRAY_DIMENSIONS") or []
            about = str(array.attrs.get("description", ""))
            found.append(
                Field(
                    key=name.removeprefix(begin),
                    array=name,
                    kind=array.dtype.kind,
                    dimension=str(names[-1]) if names else "",
                    is_list=array.ndim > dimensions,
                    description=_BAD.sub(" ", about),
                )
            )
        return found

    def text(self) -> Generator[bytes, None, None]:
        """The VCF, in pieces."""
        head = self.head
        yield head.text.encode()
        records = self.arrays["variant_position"].shape[0]
        for start in range(0, records, rows := self._rows()):
            yield from self._pieces(head, start, min(start + rows, records))

    def _rows(self) -> int:
        """How many records are read at once: no more than a chunk has."""
        own = [each for key, each in self.arrays.items() if key.startswith(("variant_", "call_"))]
        each = sum(int(np.prod(array.shape[1:], dtype=object)) * _item_bytes(array) for array in own)
        chunk: int = self.arrays["variant_position"].chunks[0]
        return max(1, min(chunk, STEP_BYTES // max(1, each)))

    def _pieces(self, head: Head, start: int, stop: int) -> Iterator[bytes]:
        """The lines of some records."""
        names = [key for key in (*_NEEDED, *_FIXED) if key in self.arrays and key.startswith("variant_")]
        fixed = {key: self._read(key, start, stop) for key in names}
        contigs = fixed["variant_contig"]
        if contigs.size and not (contigs.min() >= 0 and contigs.max() < len(head.contigs)):
            raise self.fault("variant_contig", f"numbers below {len(head.contigs)}, as contig_id has", "others")
        info = {each.key: self._read(each.array, start, stop) for each in head.info}
        form = {each.key: self._read(each.array, start, stop) for each in head.form}
        calls = {key: self._read(key, start, stop) for key in _CALLS if head.samples and key in self.arrays}
        few = max(1, STEP_CELLS // max(1, len(head.samples)))
        for some in (slice(at, at + few) for at in range(0, stop - start, few)):
            own = {key: values[some] for key, values in calls.items()}
            called, phased = (own.get(key) for key in _CALLS)
            step = Step(
                fixed={key: values[some] for key, values in fixed.items()},
                info={key: cells(values[some]) for key, values in info.items()},
                form={
                    **({} if called is None else {"GT": genotypes(_flat(called), phased)}),
                    **{key: cells(_flat(values[some])) for key, values in form.items()},
                },
            )
            yield "".join(step.lines(head)).encode("utf-8", "backslashreplace")


_WHOLE = frozenset({"variant_contig", "variant_position", "call_genotype", "contig_length"})


def _is_read(key: str, found: Sequence[str]) -> bool:
    """Whether an array is read: not a mask of another one, and not one with no place in a VCF."""
    if key in _NOT_READ or any(key.endswith(end) and key.removesuffix(end) in found for end in ("_mask", "_fill")):
        return False
    return key in _DIMENSIONS or key.startswith(("variant_", "call_"))


def _codecs(metadata: Any) -> Iterator[str]:
    """The names of all codecs of an array, those inside of others included."""
    if metadata.zarr_format == 2:
        for codec in (*(metadata.filters or ()), *([metadata.compressor] if metadata.compressor else [])):
            yield str(codec.codec_id)
        return
    todo = [codec.to_dict() for codec in metadata.codecs]
    while todo:
        codec = todo.pop()
        yield str(codec["name"])
        inside = codec.get("configuration") or {}
        todo += [each for key in ("codecs", "index_codecs") for each in inside.get(key, ())]


def _item_bytes(array: Any) -> int:
    size: int = array.dtype.itemsize
    return _TEXT_BYTES if array.dtype.kind in "TO" else size


def _flat(values: Array) -> Array:
    """Cells one after the other, record by record."""
    flat: Array = values.reshape(values.shape[0] * values.shape[1], -1)
    return flat
