"""What in a header says that a sample is a tumour's, or that a somatic caller wrote the file.

A somatic caller looks for what a tumour has gained: it leaves out what a person was born with, and calls what only some
cells have. Neither its calls nor its silence say what the participant carries.

Mutect2 in its mitochondrial mode, and any caller for chrM alone, looks for fractions by design: it is no somatic
caller.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from assigner.vcf.scan.headers import Definition, Header
from assigner.vcf.scan.metadata import fields_of, unquoted

_TUMOUR = re.compile(r"tumou?r|metasta[st]|(?<!non-)(?<!non)somatic", re.IGNORECASE)
_NOT_ONE = re.compile(r"\b(?:normal|germline|blood|no|not|non|without|adjacent)\b", re.IGNORECASE)
_NO = re.compile(r"(?:no|false|0|n/?a|none|unknown|\.)?", re.IGNORECASE)
_DISEASE = re.compile(r"disease|phenotype|indication|diagnosis|project|study|cohort", re.IGNORECASE)
_COLUMN = re.compile(r"(?<![a-z])tumou?r(?![a-z])", re.IGNORECASE)

_CALLER = re.compile(
    r"mutect|somatic|tnscope|tnhaplotyper|tnsnv|\bmuse\b|caveman|\blancet\b|\bsage\b|\bclairs\b"
    r"|\bradia\b|\bvirmid\b|\bebcall\b|\bpurple\b|tumou?r[-_ ]?only",
    re.IGNORECASE,
)
"""Somatic callers and words of theirs, in the lines that name what wrote the calls."""

_NAMING = re.compile(
    r"(?:source(?:_[0-9.]+)?|content|caller|variant_?caller|pipeline|analysis(?:_?type)?)", re.IGNORECASE
)
_OF_SOMATIC = re.compile(
    r"(?:tumou?r_sample|normal_sample|mutect_?version|mutect2?|filtering_status|muse_version|sageversion|purpleversion"
    r"|deepsomatic_version|neusomatic_\w*|somaticsniper\w*|lancet_\w*)",
    re.IGNORECASE,
)
"""Keys of lines that only somatic callers write."""

_COMMAND = re.compile(
    r"configureStrelkaSomatic|StrelkaSomaticWorkflow|configManta\S* .*--tumou?rBam|--tumou?r-(?:fastq|bam|cram)"
    r"|octopus.*(?:\s-C|--caller)[ =]+cancer"
    r"|\bID=(?:Mutect2?|FilterMutectCalls|TNscope|TNhaplotyper2?|TNsnv)\b",
    re.IGNORECASE,
)
"""Commands of somatic callers."""

_COMMAND_KEY = re.compile(
    r"(?:cmdline|commandline|octopus|DRAGENCommandLine|GATKCommandLine|SentieonCommandLine)(?:\..*)?", re.IGNORECASE
)
_MITOCHONDRIAL = re.compile(r"--mitochondria-mode(?!\s*[ =]\s*false)", re.IGNORECASE)

SOMATIC_INFO = frozenset(
    {"SOMATIC", "SOMATICSCORE", "SomaticEVS", "QSS", "QSS_NT", "QSI", "QSI_NT", "TLOD", "TQSS", "TQSI"}
)
"""INFO keys that only somatic callers write, also where the header does not declare them."""

_FILTERS = frozenset({"panel_of_normals", "normal_artifact", "germline_risk", "alt_allele_in_normal"})
_STATUS = frozenset({"SS", "STATUS", "HSS"})


def is_mitochondrial_mode(header: Header) -> bool:
    """Whether the command that made the calls says that it looked for mitochondrial fractions."""
    return any(_MITOCHONDRIAL.search(line) for line in header.meta if line.startswith("##GATKCommandLine"))


def tumour_marks(header: Header, sample: str) -> tuple[str, ...]:
    """What in the header says that this sample is a tumour's; no text of the file is repeated."""
    return tuple(dict.fromkeys(_of_sample(header, sample)))


def somatic_marks(header: Header) -> tuple[str, ...]:
    """What in the header says that a somatic caller wrote it, by the names of its lines."""
    return tuple(dict.fromkeys(_of_caller(header)))


# ------------------------------------------------------------------------------------------------------ of one sample


def _of_sample(header: Header, sample: str) -> Iterator[str]:
    if _COLUMN.search(sample):
        yield "the name of the sample's column"
    for line in header.meta:
        key, _, value = line[2:].partition("=")
        fields = _fields(value) if key in ("SAMPLE", "PEDIGREE") else {}
        if key == "SAMPLE" and fields.get("ID") == sample and _is_tumour(fields):
            yield "##SAMPLE"
        elif key == "PEDIGREE" and sample == _derived(fields):
            yield "##PEDIGREE"


def _fields(value: str) -> Mapping[str, str]:
    """The fields of a structured line; none when it has not that form."""
    text = value.strip()
    found = fields_of(text[1:-1]) if text.startswith("<") and text.endswith(">") else None
    return {name: unquoted(part) for name, part in (found or {}).items()}


def _is_tumour(fields: Mapping[str, str]) -> bool:
    """Whether the fields of a `##SAMPLE` line call the sample a tumour.

    >>> _is_tumour({"ID": "S", "IsTumor": "yes"}), _is_tumour({"ID": "S", "IsTumor": "no"})
    (True, False)
    >>> _is_tumour({"ID": "S", "Genomes": "Germline;Tumor"}), _is_tumour({"Description": "matched normal of tumour T"})
    (True, False)
    """
    for name, value in fields.items():
        if name == "ID" or _DISEASE.search(name):
            continue
        if _TUMOUR.search(name) and "id" not in name.lower() and not _NO.fullmatch(value.strip()):
            return True
        parts = re.split(r"[;,|]", value)
        if any((found := _TUMOUR.search(part)) and not _NOT_ONE.search(part[: found.start()]) for part in parts):
            return True
    return False


def _derived(fields: Mapping[str, str]) -> str | None:
    """Which genome a `##PEDIGREE` line derives from another one by mutation, as a tumour from a germline."""
    if "Original" not in fields:
        return None
    return fields.get("Derived") or fields.get("ID")


# ------------------------------------------------------------------------------------------------------ of the caller


def _of_caller(header: Header) -> Iterator[str]:
    for line in header.meta:
        key, _, value = line[2:].partition("=")
        named = _NAMING.fullmatch(key) and _CALLER.search(value)
        made = _COMMAND_KEY.fullmatch(key) and _COMMAND.search(f"ID={key.partition('.')[2]} {value}")
        if named or made or (_OF_SOMATIC.fullmatch(key) and not _is_other_status(key, value)):
            yield f"##{key.partition('.')[0]}"
    yield from (f"INFO/{name}" for name in header.info if name in SOMATIC_INFO)
    yield from (f"FILTER/{name}" for name in header.filters if name in _FILTERS)
    for kind, declared in (("INFO", header.info), ("FORMAT", header.formats)):
        yield from (f"{kind}/{name}" for name in declared if name in _STATUS and _tells_somatic(declared[name]))
    for name in ("germline", "GERMLINE"):  # Mutect2's, and DeepSomatic's
        if name in header.filters and _tells_somatic(header.filters[name]):
            yield f"FILTER/{name}"


def _is_other_status(key: str, value: str) -> bool:
    """Whether a line on the status of filters is not Mutect2's."""
    return key.lower() == "filtering_status" and "mutect" not in value.lower()


def _tells_somatic(definition: Definition) -> bool:
    return "somatic" in (definition.description or "").lower()
