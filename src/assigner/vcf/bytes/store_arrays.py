"""A VCF Zarr store as the VCF that it was converted from: its arrays are read in steps, and all that is read is hashed.

The specification is VCF Zarr (https://github.com/sgkit-dev/vcf-zarr-spec). Zarr itself gives an absent chunk as one
full of the fill value, which for genotypes is the reference; here an absent chunk is an error.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from attrs import frozen

from assigner.errors import ContainerError, shown
from assigner.vcf.bytes.store_checks import (
    BAD,
    CALLS,
    CHUNK_BYTES,
    DIMENSIONS,
    ENDS,
    FIXED,
    NEEDED,
    chunk_bytes,
    dimensions_of,
    expect_arrays,
    expect_genotypes,
    expect_lengths,
    expect_text,
    fault,
    is_mask,
    is_read,
    item_bytes,
)
from assigner.vcf.bytes.store_hashes import Seen, hashing
from assigner.vcf.bytes.store_text import Array, Field, Head, Step, cells, genotypes, text_of
from assigner.vcf.bytes.stores import arrays_in

VERSIONS = ("0.4", "0.5")
"""The versions that are read; what is read of them stands alike in both."""

STEP_BYTES = 256 << 20
"""So many bytes of arrays are held at once, beside the chunks that they come from."""

STEP_CELLS = 100_000
"""So many samples' cells are made text at once."""

_AT_ONCE = 10
"""So many chunks are unpacked at once, if they have no more than `CHUNK_BYTES` together."""


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
            made._expect_version()
            for key in filter(is_read, names):
                made._open(group, key)
            for key in [key for key in made.arrays if is_mask(key, made.arrays)]:
                del made.arrays[key]
            expect_arrays(name, made.arrays)
        except BaseException:
            inner.close()
            raise
        return made

    def _open(self, group: Any, key: str) -> None:
        try:
            self.arrays[key] = group[key]
            _ = self.arrays[key].chunks, self.arrays[key].dtype
        except KeyError as error:
            expected = "metadata of an array, as its folder or the consolidated metadata tells of one"
            raise self.fault(shown(key), expected, "none") from error
        except Exception as error:
            raise self.fault(shown(key), "an array that can be opened", type(error).__name__) from error

    def fault(self, array: str, expected: str, got: str) -> ContainerError:
        """An error about an array or an attribute."""
        return fault(self.name, array, expected, got)

    def _expect_version(self) -> None:
        version = self.attributes.get("vcf_zarr_version")
        if version not in VERSIONS:
            raise self.fault("vcf_zarr_version", " or ".join(VERSIONS), "none" if version is None else shown(version))

    # -------------------------------------------------------------------------------------------------------- reading

    def _read(self, key: str, start: int = 0, stop: int | None = None) -> Array:
        """A part of an array.

        Raises:
            ContainerError: a chunk is absent, damaged or was changed meanwhile.
        """
        import zarr

        self.seen.absent.clear()
        array = self.arrays[key]
        few = max(1, min(_AT_ONCE, CHUNK_BYTES // max(1, chunk_bytes(array))))
        try:
            with zarr.config.set({"async.concurrency": few}):
                found: Array = np.asarray(array[start:stop])
        except Exception as error:
            raise self.fault(key, "chunks that can be unpacked", type(error).__name__) from error
        if self.seen.absent:
            absent = shown(min(self.seen.absent))
            do = "all of its chunks, also those of nothing but zeros: an absent one is unknown (see the docs)"
            raise self.fault(key, do, f"no {absent}")
        if self.seen.changed:
            raise self.fault(key, "a store that stays the same while it is read", "one that changed")
        if found.dtype.kind in "OTUS":
            expect_text(self.name, key, found)
        return found

    def _texts(self, key: str) -> list[str]:
        return [text_of(each) for each in self._read(key).tolist()]

    def _ids(self, key: str) -> list[str]:
        """Names that each tell of one thing."""
        found = self._texts(key)
        if len(set(found)) != len(found):
            raise self.fault(key, "a name for each that no other has", "one twice")
        return found

    @property
    def head(self) -> Head:
        """What does not change from record to record."""
        contigs, samples = self._ids("contig_id"), self._texts("sample_id")
        lengths: Sequence[int | None] = [None] * len(contigs)
        if "contig_length" in self.arrays:
            lengths = [length if length > 0 else None for length in self._read("contig_length").tolist()]
        filters = None
        if "variant_filter" in self.arrays and "filter_id" in self.arrays:
            names = self._ids("filter_id")
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
        if not is_pairs or any(BAD.search(each) for pair in told for each in pair):
            raise self.fault("vcf_meta_information", "a list of keys and values", "something else")
        version = next((value for key, value in told if key == "fileformat"), "VCFv4.3")
        own = {"fileformat", "FILTER", "INFO", "FORMAT", "contig"}
        return version, [(key, value) for key, value in told if key not in own]

    def _fields(self, begin: str, dimensions: int) -> list[Field]:
        found = []
        for name, array in self.arrays.items():
            if not name.startswith(begin) or name in DIMENSIONS:
                continue
            about = str(array.attrs.get("description", ""))
            found.append(
                Field(
                    key=name.removeprefix(begin),
                    array=name,
                    kind=array.dtype.kind,
                    dimension=dimensions_of(array)[-1],
                    is_list=array.ndim > dimensions,
                    description=BAD.sub(" ", about),
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
        each = sum(int(np.prod(array.shape[1:], dtype=object)) * item_bytes(array) for array in own)
        chunk: int = self.arrays["variant_position"].chunks[0]
        return max(1, min(chunk, STEP_BYTES // max(1, each)))

    def _pieces(self, head: Head, start: int, stop: int) -> Iterator[bytes]:
        """The lines of some records."""
        names = [key for key in (*NEEDED, *FIXED) if key in self.arrays and key.startswith("variant_")]
        fixed = {key: self._read(key, start, stop) for key in names}
        contigs = fixed["variant_contig"]
        if contigs.size and not (contigs.min() >= 0 and contigs.max() < len(head.contigs)):
            raise self.fault("variant_contig", f"numbers below {len(head.contigs)}, as contig_id has", "others")
        if "variant_length" in self.arrays and not any(key in self.arrays for key in ENDS):
            expect_lengths(self.name, self._read("variant_length", start, stop), fixed["variant_allele"])
        info = {each.key: self._read(each.array, start, stop) for each in head.info}
        form = {each.key: self._read(each.array, start, stop) for each in head.form}
        calls = {key: self._read(key, start, stop) for key in CALLS if head.samples and key in self.arrays}
        if "call_genotype" in calls:
            expect_genotypes(self.name, calls["call_genotype"])
        few = max(1, STEP_CELLS // max(1, len(head.samples)))
        for some in (slice(at, at + few) for at in range(0, stop - start, few)):
            own = {key: values[some] for key, values in calls.items()}
            called, phased = (own.get(key) for key in CALLS)
            step = Step(
                fixed={key: values[some] for key, values in fixed.items()},
                info={key: cells(values[some]) for key, values in info.items()},
                form={
                    **({} if called is None else {"GT": genotypes(_flat(called), phased)}),
                    **{key: cells(_flat(values[some])) for key, values in form.items()},
                },
            )
            yield "".join(step.lines(head)).encode("utf-8", "backslashreplace")


def _flat(values: Array) -> Array:
    """Cells one after the other, record by record."""
    flat: Array = values.reshape(values.shape[0] * values.shape[1], -1)
    return flat
