"""The databases that fields of an annotated file come from, as its header tells: which file, and how it was matched.

A value that was matched by place alone may be that of another allele at the place, or of a large variant over it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from attrs import frozen

from assigner.vcf.annotations.predictors import is_frequency

SIGNIFICANCE: Final = "CLNSIG"
"""The INFO key of ClinVar's classification; in VEP's fields it has a prefix."""

_BY_ALLELE = ("some", "exact", "none", "id")
"""The values of bcftools annotate's `--pair-logic` with which alleles must be the same."""


@frozen(kw_only=True)
class Database:
    """A file from which some fields come.

    Attributes:
        names: the fields: of INFO, or among those that VEP lists.
        file: its path or name, as the header has it.
        by_place: whether its entries were matched by place, and not by allele.
    """

    names: frozenset[str]
    file: str
    by_place: bool


def databases(fields: Iterable[str], descriptions: Mapping[str, str], meta: Iterable[str]) -> tuple[Database, ...]:
    """Those of a header.

    Read are VEP's `--custom` and `--plugin` ("Custom annotations", VEP documentation, and `Description`, where it says
    in brackets how a file was matched), bcftools annotate, SnpSift annotate and dbnsfp, each by its command, and the
    Descriptions of vcfanno. A `--custom` that does not say how means `overlap`, its default.

    Args:
        fields: the names that VEP's Descriptions list.
        descriptions: of the INFO keys.
        meta: the lines `##...`.

    >>> found = databases(["CV_CLNSIG", "CV_CLNDN"], {"CV": "/refs/clinvar.vcf.gz (overlap)"}, [])
    >>> [(sorted(each.names), each.file, each.by_place) for each in found]
    [(['CV', 'CV_CLNDN', 'CV_CLNSIG'], '/refs/clinvar.vcf.gz', True)]
    """
    fields, lines = tuple(fields), tuple(meta)
    found = [*_described(fields, descriptions)]
    for line in lines:
        if line.startswith("##VEP"):
            found += _of_vep(line, fields)
        elif re.match("##bcftools[_/]annotateCommand=", line):
            found += _of_bcftools(line, descriptions)
        elif re.match("##SnpSiftCmd=", line, re.IGNORECASE):
            found += _of_snpsift(line, descriptions)
    return tuple(each for each in found if each.names)


def by_place(found: Iterable[Database]) -> frozenset[str]:
    """The fields whose values were matched by place alone."""
    return frozenset().union(*(each.names for each in found if each.by_place))


def note(name: str) -> str | None:
    """What a reader must know of a field that was matched by place; None of one that says nothing that is asked.

    >>> note("ClinVar_CLNSIG"), note("gnomADg_AF"), note("gnomADg_AC")
    ('ClinVar_CLNSIG: of any variant that overlaps: that it is pathogenic is unknown', \
'gnomADg_AF: of any variant that overlaps: that this one is common is unknown', None)
    """
    if name.upper().endswith(SIGNIFICANCE):
        return f"{name}: of any variant that overlaps: that it is pathogenic is unknown"
    return f"{name}: of any variant that overlaps: that this one is common is unknown" if is_frequency(name) else None


def _described(fields: Iterable[str], descriptions: Mapping[str, str]) -> Iterator[Database]:
    """Those that VEP's and vcfanno's Descriptions name.

    vcfanno matches a BED file by place; other tables, too, unless they have columns of REF and ALT, which it does not
    tell ("calculated by ... of overlapping values in column", its source).
    """
    for key, said in descriptions.items():
        if matched := re.fullmatch(r"(.*)\((overlap|within|surrounding|exact)\)\s*", said):
            yield Database(names=_named(key, fields), file=matched[1].strip(), by_place=matched[2] != "exact")
        elif copied := re.search(r"of overlapping values in (field|column) .* from (\S+)\s*$", said):
            by_place = copied[1] == "column" and re.search(r"\.bed(\.gz)?$", copied[2]) is not None
            yield Database(names=frozenset({key}), file=copied[2], by_place=by_place)


def _named(short: str, fields: Iterable[str]) -> frozenset[str]:
    """The fields that VEP writes for a custom file or a plugin of a name."""
    return frozenset({short, *(name for name in fields if name.startswith(f"{short}_"))})


def _of_vep(line: str, fields: tuple[str, ...]) -> Iterator[Database]:
    for custom in re.findall(r"--?custom[ =]+[\"']?([^\s\"']+)", line):
        file, short, how = _custom(custom)
        yield Database(names=_named(short, fields), file=file, by_place=how.lower() != "exact")
    for plugin in re.findall(r"--?plugin[ =]+[\"']?([^\s\"']+)", line):
        name, *more = plugin.split(",")
        files = [each.rpartition("=")[2] for each in more if "/" in each or re.search(r"\.(gz|vcf|tsv|txt)$", each)]
        names = {"AlphaMissense": _named("am", fields), "dbNSFP": frozenset(more)}.get(name, _named(name, fields))
        yield from (Database(names=names, file=file, by_place=False) for file in files)


def _custom(text: str) -> tuple[str, str, str]:
    """The file of a custom annotation, its name, which without one is the file's, and how it is matched.

    >>> _custom("c.vcf.gz,ClinVar,vcf,overlap,0,CLNSIG"), _custom("file=c,short_name=CV,type=exact")
    (('c.vcf.gz', 'ClinVar', 'overlap'), ('c', 'CV', 'exact'))
    >>> _custom("file=/refs/c.vcf.gz,format=vcf,fields=CLNSIG%CLNDN")
    ('/refs/c.vcf.gz', 'c.vcf.gz', '')
    """
    parts = text.split(",")
    named = dict(part.split("=", 1) for part in parts if "=" in part)
    file, name, _, how, *_ = (*parts, "", "", "", "")
    if named:
        file, name, how = (named.get(key, "") for key in ("file", "short_name", "type"))
    return file, name or file.rpartition("/")[2], how


def _of_bcftools(line: str, descriptions: Mapping[str, str]) -> Iterator[Database]:
    """What bcftools annotate wrote: by place from a table without REF and ALT, and with most of its `--pair-logic`."""
    columns = re.search(r"\s(?:-c|--columns)[ =]?(\S+)", line)
    written = [each.lstrip("+-=.^~").partition(":=")[0] for each in columns[1].split(",")] if columns else []
    names = {each.removeprefix("INFO/") for each in written}
    file, pairs = re.search(r"\s(?:-a|--annotations)[ =]?(\S+)", line), re.search(r"\s--pair-logic[ =](\S+)", line)
    by_place = ("CHROM" in names and not {"REF", "ALT"} <= names) or (pairs is not None and pairs[1] not in _BY_ALLELE)
    own = frozenset(names & {*descriptions, SIGNIFICANCE})
    if "INFO" in names:  # of a whole table that was matched by place only that ClinVar's word may be in it is known
        own |= {SIGNIFICANCE} if by_place else {*descriptions}
    yield Database(names=own, file=file[1] if file else "", by_place=by_place)


def _of_snpsift(line: str, descriptions: Mapping[str, str]) -> Iterator[Database]:
    """What SnpSift wrote: annotate with `-noAlt` by place (its manual), dbnsfp under names of its own."""
    if re.search(r"\sdbnsfp\s", line, re.IGNORECASE):
        base = re.search(r"\s-db\s+(\S+)", line)
        own = frozenset(name for name in descriptions if name.startswith("dbNSFP_"))
        yield Database(names=own, file=base[1] if base else "", by_place=False)
    elif re.search(r"\sannotate\s", line, re.IGNORECASE):
        listed, prefix = re.search(r"\s-info\s+(\S+)", line), re.search(r"\s-name\s+(\S+)", line)
        before, by_place = prefix[1] if prefix else "", re.search(r"-noAlt\b", line, re.IGNORECASE) is not None
        files = [word.strip("\"'") for word in line.split() if re.search(r"\.vcf(\.b?gz)?[\"']?$", word)]
        file = files[0] if len(files) > 1 else ""
        names = frozenset(before + name for name in listed[1].split(",")) if listed else frozenset()
        if not listed and (by_place or "clinvar" in file.lower()):
            names = frozenset({f"{before}{SIGNIFICANCE}"})
        yield Database(names=names, file=file, by_place=by_place)
