"""What the arrays of a VCF Zarr store must be, so that nothing in them can be read as something else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from assigner.errors import ContainerError, LimitError, shown
from assigner.vcf.bytes.store_text import FILL, Array, text_of

CHUNK_BYTES = 1 << 30
"""The largest chunk that is read, unpacked."""

_TEXT_BYTES = 100
"""What a cell of text is taken to need in memory."""

_CODECS = re.compile(r"(numcodecs\.)?(blosc|zstd|zlib|gzip|lz4|bz2|lzma|shuffle|delta|packbits|crc32c|vlen-utf8|"
                     r"vlen-bytes|bytes|transpose)")  # fmt: skip
"""Codecs that only unpack: some others run what they find, as pickles do."""

_SHARDING = "sharding_indexed"
"""A codec of several chunks in one. Zarr gives one that its index lacks as zeros, and asks nobody for it."""

_KEY = re.compile(r"[A-Za-z_0-9][A-Za-z_0-9.]*")
BAD = re.compile(r"[\t\n\r\0]")
"""What no text of a VCF may have."""

NEEDED = {"contig_id": 1, "sample_id": 1, "variant_contig": 1, "variant_position": 1, "variant_allele": 2}
FIXED = {"variant_id": 1, "variant_quality": 1, "variant_filter": 2}
CALLS = {"call_genotype": 3, "call_genotype_phased": 2}
_OTHERS = {"variant_length": 1, "contig_length": 1, "filter_id": 1, "filter_description": 1}
DIMENSIONS = {**NEEDED, **FIXED, **CALLS, **_OTHERS}
"""Arrays with a meaning of their own, and how many dimensions each has."""

NOT_READ = frozenset({"variant_id_mask", "call_genotype_mask"})
ENDS = ("variant_END", "variant_SVLEN", "call_LEN")
"""Fields that say how far a record reaches beyond its REF."""

_TEXT = ("SUTO", "text")
_WHOLE = ("i", "whole numbers")
_FLAGS = ("b", "flags")
_KINDS = {
    **dict.fromkeys(("contig_id", "sample_id", "variant_allele", "variant_id", "filter_id"), _TEXT),
    "filter_description": _TEXT,
    **dict.fromkeys(("variant_contig", "variant_position", "variant_length"), _WHOLE),
    **dict.fromkeys(("call_genotype", "contig_length"), _WHOLE),
    **dict.fromkeys(("variant_filter", "call_genotype_phased"), _FLAGS),
    "variant_quality": ("f", "floating-point numbers"),
}
"""The letters of the types that numpy has for these arrays, and a word for them."""

_ANY_KIND = ("iufbSUTO", "numbers, flags or text")
_LOCAL = ("call_LA", "call_LAA")


def is_read(key: str) -> bool:
    """Whether an array of this name has a place in a VCF."""
    return key not in NOT_READ and (key in DIMENSIONS or key.startswith(("variant_", "call_")))


def is_mask(key: str, arrays: Mapping[str, Any]) -> bool:
    """Whether an array says nothing but where another one has no value, which stands in that one too."""
    array = arrays[key]
    bases = [arrays.get(key.removesuffix(end)) for end in ("_mask", "_fill") if key.endswith(end)]
    return any(base is not None and array.dtype.kind == "b" and array.shape == base.shape for base in bases)


def fault(name: str, array: str, expected: str, got: str) -> ContainerError:
    """An error about an array or an attribute of a store."""
    return ContainerError(f"{name}: {array}", expected, got)


def expect_arrays(name: str, arrays: Mapping[str, Any]) -> None:
    """See that the arrays of a store are there, fit together, and can be unpacked.

    Raises:
        ContainerError: one is lacking or cannot be used, with the array.
        LimitError: an array has chunks that are too large.
    """
    for key in NEEDED:
        if key not in arrays:
            raise fault(name, key, "this array", "none")
    for key in _LOCAL:
        if key in arrays:
            raise fault(name, key, "fields by all alleles (vcf2zarr without --local-alleles)", "by local alleles")
    counts = []
    for key in ("variant_position", "sample_id"):
        if len(arrays[key].shape) != 1:
            raise fault(name, key, "1 dimensions", _listed(arrays[key].shape))
        counts += arrays[key].shape
    for key, array in arrays.items():
        _expect_array(name, key, array, counts)


def _expect_array(name: str, key: str, array: Any, counts: Sequence[int]) -> None:
    begins = tuple(counts[: 2 if key.startswith("call_") else 1 if key.startswith("variant_") else 0])
    shape = tuple(array.shape)
    most = DIMENSIONS.get(key, len(begins) + 1)
    if shape[: len(begins)] != begins or not (DIMENSIONS.get(key, len(begins) or 1) <= len(shape) <= most):
        raise fault(name, key, f"{most} dimensions that begin with {_listed(begins) or 'any'}", _listed(shape))
    if begins and dimensions_of(array)[: len(begins)] != ("variants", "samples")[: len(begins)]:
        expected = f"names of all its dimensions: {', '.join(('variants', 'samples')[: len(begins)])} first"
        raise fault(name, key, expected, "others or none")
    kinds, word = _KINDS.get(key, _ANY_KIND)
    if array.dtype.kind not in kinds:
        raise fault(name, key, word, str(array.dtype))
    if key == "call_genotype" and shape[2] == 0:
        raise fault(name, key, "a place for an allele at least", "none")
    for codec in _codecs(array.metadata):
        if codec == _SHARDING:
            raise fault(name, key, "chunks that stand alone (write it without shards)", "shards")
        if not _CODECS.fullmatch(codec):
            raise fault(name, key, "a codec that only unpacks", shown(codec))
    if (size := chunk_bytes(array)) > CHUNK_BYTES:
        raise LimitError(f"{name}: {key}", f"chunks of at most {CHUNK_BYTES} bytes", str(size))
    if _KEY.fullmatch(key) is None:
        raise fault(name, shown(key), "a field's name", "another")


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers)) or "none"


def dimensions_of(array: Any) -> tuple[str, ...]:
    """The names of an array's dimensions; none unless each has one."""
    names = getattr(array.metadata, "dimension_names", None) or array.attrs.get("_ARRAY_DIMENSIONS")
    is_whole = isinstance(names, list | tuple) and len(names) == array.ndim
    return tuple(names) if is_whole and all(isinstance(each, str) for each in names) else ()


def _codecs(metadata: Any) -> Iterator[str]:
    """The names of all codecs of an array."""
    if metadata.zarr_format == 2:
        for codec in (*(metadata.filters or ()), *([metadata.compressor] if metadata.compressor else [])):
            yield str(codec.codec_id)
        return
    for codec in metadata.codecs:
        yield str(codec.to_dict()["name"])


def item_bytes(array: Any) -> int:
    """About how many bytes a cell of an array needs in memory."""
    size: int = array.dtype.itemsize
    return _TEXT_BYTES if array.dtype.kind in "TO" else size


def chunk_bytes(array: Any) -> int:
    """About how many bytes a chunk of an array needs in memory."""
    return int(np.prod(array.chunks, dtype=object)) * item_bytes(array)


def expect_text(name: str, key: str, found: Array) -> None:
    """See that text is no more than one value of a column of a VCF, as it will be written.

    Raises:
        ContainerError: it is not, with the array.
    """
    parts = ";" if key.startswith("variant_") and key not in DIMENSIONS else ":" if key.startswith("call_") else ""
    parts += {"variant_allele": ",", "filter_id": ";,", "contig_id": ","}.get(key, "")
    text = "\1".join(map(text_of, found.reshape(-1).tolist()))
    if BAD.search(text) or any(part in text for part in parts):
        raise fault(name, key, "text that a VCF may have", "a letter that parts its columns")


def expect_genotypes(name: str, found: Array) -> None:
    """See that genotypes are alleles by number, each missing or known, and then nothing but the fill.

    Raises:
        ContainerError: an allele stands behind the fill, or a number means nothing.
    """
    is_fill = found == FILL
    if (is_fill[..., :-1] & ~is_fill[..., 1:]).any():
        raise fault(name, "call_genotype", "nothing but -2 after a -2", "an allele")
    if found.size and not (found.min() >= FILL and found.max() < 1 << 31):
        raise fault(name, "call_genotype", "numbers from -2 on", "others")


def expect_lengths(name: str, lengths: Array, alleles: Array) -> None:
    """See that records of a store without `ENDS` reach no further than their REF.

    Raises:
        ContainerError: one reached further: the field that said so was lost, and a deletion would shrink to a base.
    """
    refs = np.array([len(text_of(row[0])) for row in alleles.tolist()], dtype=np.int64)
    if (lengths > refs).any():
        raise fault(name, "variant_END", "this array, since variant_length is above the length of REF", "none")
