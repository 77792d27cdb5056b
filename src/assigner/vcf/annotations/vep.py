"""Which ALT an entry of VEP is about: how VEP spells alleles, whatever the record looked like when it was annotated."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType

_STRUCTURAL = MappingProxyType(
    {
        "<DEL>": "DELETION", "<DUP>": "DUPLICATION", "<DUP:TANDEM>": "TANDEM_DUPLICATION",
        "<INS>": "INSERTION", "<INV>": "INVERSION", "<CNV>": "COPY_NUMBER_VARIATION",
    }
)  # fmt: skip


_LETTERS = re.compile("[A-Z]+")


def vep_alleles(rows: Sequence[Mapping[str, str]], ref: str, alts: Sequence[str]) -> list[int | None]:
    """The ALT that each of VEP's entries is about.

    ALLELE_NUM decides where all entries have one in range and `Allele` does not contradict it: a record that
    was split after annotation keeps the old numbers. Else `Allele` decides, by VEP's rule when the entries
    spell just the ALTs of the record, and otherwise (split, normalised or minimised records) only where one
    spelling fits one ALT and no other does.
    """
    ref, alts = ref.upper(), [alt.upper() for alt in alts]
    spellings = [_all_spellings(ref, alt) for alt in alts]
    names = [row["Allele"].upper() if "Allele" in row else None for row in rows]
    numbers = [_digits(row.get("ALLELE_NUM", "")) for row in rows]
    if all(1 <= number <= len(alts) for number in numbers):
        return [
            number if name in (None, *spellings[number - 1]) or not _is_sequence(alts[number - 1]) else None
            for name, number in zip(names, numbers, strict=True)
        ]
    owners = _owners({name for name in names if name}, _spellings(ref, alts), spellings)
    return [owners.get(name) if name else None for name in names]


def _is_sequence(alt: str) -> bool:
    return _LETTERS.fullmatch(alt) is not None


def _spellings(ref: str, alts: Sequence[str]) -> list[str]:
    """How VEP writes the alleles of a record: the first base goes from all when it is the same in all.

    >>> _spellings("CA", ["C", "CAA"]), _spellings("C", ["CA", "T"])
    (['-', 'AA'], ['CA', 'T'])
    """
    sequences = [ref, *filter(_is_sequence, alts)]
    indel = any(len(each) != len(ref) for each in sequences)
    if not indel or len({each[:1] for each in sequences}) > 1:
        return list(alts)
    return [(alt[1:] or "-") if _is_sequence(alt) else alt for alt in alts]


def _all_spellings(ref: str, alt: str) -> frozenset[str]:
    """Every way VEP may write one allele, however the record looked when it was annotated."""
    if not _is_sequence(alt):
        return frozenset({alt, _STRUCTURAL.get(alt, alt)})
    trimmed = [alt, *_spellings(ref, [alt])]
    for ends in ((0, -1), (-1, 0)):
        short_ref, short_alt = ref, alt
        for end in ends:
            while short_ref and short_alt and short_ref[end] == short_alt[end]:
                keep = slice(1, None) if end == 0 else slice(None, -1)
                short_ref, short_alt = short_ref[keep], short_alt[keep]
        trimmed.append(short_alt)
    first = alt[1:] if alt[:1] == ref[:1] else alt
    return frozenset(each or "-" for each in (*trimmed, first))


def _owners(names: Collection[str], expected: Sequence[str], spellings: Sequence[frozenset[str]]) -> dict[str, int]:
    if len(set(expected)) == len(expected) and set(names) == set(filter(_is_spelled, expected)):
        return {name: number for number, name in enumerate(expected, start=1)}
    fits = {name: [number for number, spelled in enumerate(spellings, start=1) if name in spelled] for name in names}
    claims = Counter(number for numbers in fits.values() for number in numbers)
    return {name: found[0] for name, found in fits.items() if len(found) == 1 and claims[found[0]] == 1}


def _digits(text: str) -> int:
    return int(text) if re.fullmatch("[0-9]{1,4}", text) else 0


def _is_spelled(name: str) -> bool:
    return name == "-" or _is_sequence(name)


def overlapping(fields: Iterable[str], descriptions: Mapping[str, str], commands: Iterable[str]) -> frozenset[str]:
    """VEP's fields of ClinVar that hold the words of whatever overlaps the variant, as the header says.

    VEP describes each file of `--custom` with how it was matched, in brackets, and repeats its own command: both
    are in "Custom annotations", VEP documentation. A command that does not say how means `overlap`, its default. Where
    no command and no Description names the file, `exact` is taken.

    Args:
        fields: the names that VEP's Description lists.
        descriptions: of the INFO keys.
        commands: the lines `##VEP-command-line` or the like.

    >>> overlapping(["ClinVar_CLNSIG"], {"ClinVar": "/refs/clinvar.vcf.gz (overlap)"}, [])
    frozenset({'ClinVar_CLNSIG'})
    """
    loose = {key for key, said in descriptions.items() if re.search(r"\((overlap|within|surrounding)\)\s*$", said)}
    for line in commands:
        for custom in re.findall(r"--?custom[ =]+[\"']?([^\s\"']+)", line):
            loose |= _loosely_matched(custom)
    words = (name for name in fields if name.upper().endswith("_CLNSIG"))
    return frozenset(name for name in words if loose & {name, name[: -len("_CLNSIG")]})


def by_place(meta: Iterable[str]) -> frozenset[str]:
    """INFO's CLNSIG, where a command in the header wrote it by the place of a record and not by its alleles.

    bcftools annotate does so from a table without REF and ALT, and with most values of `--pair-logic` (bcftools manual,
    `annotate`); SnpSift annotate with `-noAlt` (SnpSift manual).

    >>> by_place(["##bcftools_annotateCommand=annotate -a clinvar.tsv.gz -c CHROM,POS,CLNSIG,CLNREVSTAT in.vcf"])
    frozenset({'CLNSIG'})
    >>> by_place(["##bcftools_annotateCommand=annotate -a clinvar.vcf.gz -c INFO/CLNSIG in.vcf"])
    frozenset()
    """
    return frozenset({"CLNSIG"} if any(map(_writes_by_place, meta)) else ())


def _writes_by_place(line: str) -> bool:
    if re.match("##SnpSiftCmd=", line, re.IGNORECASE):
        return re.search(r"\sannotate\s.*-noAlt\b", line, re.IGNORECASE) is not None
    if not re.match("##bcftools[_/]annotateCommand=", line):
        return False
    columns = re.search(r"\s(?:-c|--columns)[ =]?(\S+)", line)
    names = {each.lstrip("+-=.^~").removeprefix("INFO/") for each in columns[1].split(",")} if columns else set()
    if not names & {"CLNSIG", "INFO"}:
        return False
    pairs = re.search(r"\s--pair-logic[ =](\S+)", line)
    return ("CHROM" in names and not {"REF", "ALT"} <= names) or (pairs is not None and pairs[1] not in _BY_ALLELE)


_BY_ALLELE = ("some", "exact", "none", "id")


def _loosely_matched(custom: str) -> set[str]:
    """The name of a custom annotation, if it is matched by anything but the exact allele; without one it is the file's.

    >>> _loosely_matched("c.vcf.gz,ClinVar,vcf,overlap,0,CLNSIG"), _loosely_matched("file=c,short_name=CV,type=exact")
    ({'ClinVar'}, set())
    >>> _loosely_matched("file=/refs/c.vcf.gz,format=vcf,fields=CLNSIG%CLNDN")
    {'c.vcf.gz'}
    """
    parts = custom.split(",")
    named = dict(part.split("=", 1) for part in parts if "=" in part)
    file, name, _, how, *_ = (*parts, "", "", "", "")
    if named:
        file, name, how = (named.get(key, "") for key in ("file", "short_name", "type"))
    return set() if how.lower() == "exact" else {name or file.rpartition("/")[2]}
