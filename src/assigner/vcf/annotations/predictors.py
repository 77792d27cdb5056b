"""Allele frequencies and predictor scores, found by the rule set's names for them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType

from assigner.vcf.annotations.consequences import MISSING, Consequence

FREQUENCY = "pack_AF"
"""The name under which a pack's frequency stands beside the other fields of a consequence."""

_SOURCES = frozenset({"gnomad", "gno", "exac"})
_GREATEST = frozenset({"popmax", "grpmax", "fafmax", "popfreqmax"})
_FILTERING = frozenset({"faf", "faf95", "faf99"})
_FREQUENCY = frozenset({"af", "aaf", "freq", "frequency"}) | _FILTERING | _GREATEST
_GROUPS = frozenset({"afr", "amr", "eas", "nfe", "sas"})
_SETS = frozenset(
    {
        "e", "g", "j", "exome", "exomes", "genome", "genomes", "joint", "combined", "total", "all", "adj", "max",
        "dbnsfp", "v2", "v3", "v4", "r2", "r3", "r4", "r2.1", "grch37", "grch38", "hg19", "hg38", "liftover", *_GROUPS,
    }
)  # fmt: skip
_LEFT_OUT = frozenset(
    {
        "asj", "fin", "oth", "ami", "mid", "remaining", "raw", "xx", "xy", "male", "female", "controls", "and",
        "biobanks", "non", "neuro", "cancer", "topmed", "ukb",
    }
)  # fmt: skip
_COHORT = re.compile(r"1000g(enomes)?|1000gp[13]|1000g20[0-9]{2}[a-z]{3}|1kgp?|tgp|topmed|esp(6500(si(v2)?)?)?|evs")
_OF_COHORTS = frozenset(
    {
        "af", "all", "dbnsfp", "phase1", "phase3", "p3", "frz8", "freeze8", "freeze5", "bravo",
        "afr", "amr", "eas", "eur", "sas", "ea", "aa",
    }
)  # fmt: skip
_FIELDS_OF_VEP = frozenset({"AF", "AFR_AF", "AMR_AF", "EAS_AF", "EUR_AF", "SAS_AF", "EA_AF", "AA_AF"})
_COUNTS = frozenset(
    {"ac", "an", "hom", "homalt", "nhomalt", "nhom", "hemi", "nhemi", "filter", "flag", "flags", "cov", "dp", "ci"}
)
_RANGES = {"REVEL": (0, 1), "AlphaMissense": (0, 1)}
"""The least and the greatest score of a predictor, where its authors give them.

Sources: Ioannidis et al. 2016, doi:10.1016/j.ajhg.2016.08.016; Cheng et al. 2023, doi:10.1126/science.adg7492.
"""

_ELSEWHERE = re.compile(
    r"(1000g|1kg|1kgp|tgp|topmed|esp6500|evs|uk10k|swegen|alfa|tommo|gmaf|exac|gnomad|popmax|grpmax|thousand)"
)


def score(
    consequence: Consequence | None,
    info: Mapping[str, str],
    names: Sequence[str],
    *,
    allele: int = 1,
    alts: int = 1,
    transcripts: Collection[str] = (),
) -> Decimal | None:
    """The value of the first of these names that has one for the allele; None when none has.

    A name is looked for in the consequence, then in INFO. Values joined with `&` or `|` (one for each transcript, or
    for each source) count by their greatest. INFO must hold one value for each ALT; any other number does not say
    whose they are. For one ALT, dbNSFP's fields list one value a transcript, and of a list of any other field all
    that is known must be one value. A value that is no number is missing; nothing missing is ever zero.

    Where dbNSFP's own list of transcripts (`Ensembl_transcriptid`) stands beside, only the values of those that count
    are read; a list of another length tells one value or none.

    Args:
        consequence: the allele's consequence, if one was picked.
        info: the record's INFO values as text.
        names: field names in order of preference.
        allele: the ALT's number, from 1.
        alts: how many ALTs the record has.
        transcripts: the accessions that count for the gene, without version; without any, all do.

    >>> score(None, {"dbNSFP_REVEL_score": "0.95,."}, ["dbNSFP_REVEL_score"])
    Decimal('0.95')
    """
    for name in names:
        listed = _transcripts_of(name)
        if consequence and name in consequence.fields:
            ids = consequence.fields.get(listed, "")
            inside = _greatest(_of_transcripts(consequence.fields[name], ids, "&", transcripts))
            if inside is not None:
                return inside
        if name not in info:
            continue
        values = info[name].split(",")
        if alts == 1 and len(values) > 1:
            told = _of_transcripts(info[name], info.get(listed, ""), ",", transcripts)
            values = [_of_one(name, values) if told == info[name] else told]
        if len(values) == alts and 1 <= allele <= alts and (found := _greatest(values[allele - 1])) is not None:
            return found
    return None


def may_score(predictor: str, value: Decimal) -> bool:
    """Whether a predictor can give a value: what it cannot give is another scale, or stands for none.

    >>> [may_score("REVEL", Decimal(value)) for value in ("-1", "0.7", "70")], may_score("CADD", Decimal(70))
    ([False, True, False], True)
    """
    least, most = _RANGES.get(predictor, (value, value))
    return least <= value <= most


def frequency(
    consequence: Consequence | None,
    info: Mapping[str, str],
    names: Iterable[str],
    *,
    allele: int = 1,
    alts: int = 1,
) -> Decimal | None:
    """The highest allele frequency of all these names, each found as a `score` is; None when there is none.

    What is not between 0 and 1 is no frequency: slivar writes -1 where it has none.

    >>> frequency(None, {"AF_popmax": "1,0.2", "AF_grpmax": "0.2,1.5e-05"}, ["AF_grpmax"], allele=2, alts=2)
    Decimal('0.000015')
    """
    each = (score(consequence, info, [name], allele=allele, alts=alts) for name in names)
    return max((found for found in each if found is not None and 0 <= found <= 1), default=None)


@lru_cache(maxsize=1024)
def is_frequency(name: str) -> bool:
    """Whether a field is an allele frequency among people, by its name, however an annotator spells it.

    Of gnomAD and ExAC: versions 2 to 4, exomes, genomes and both, all people, the filtering frequency, the groups of
    which gnomAD takes its greatest, and that one: "Groupmax", gnomAD help. Those that gnomAD leaves out of it (founder
    populations, the rest), one sex and subsets are not read. Of the 1000 Genomes, TOPMed and the Exome Sequencing
    Project: all people, or a group of them.

    >>> [is_frequency(name) for name in ("gnomADe_AF_grpmax", "GNOMADAF_popmax", "dbNSFP_gnomAD4.1_joint_AF", "AF")]
    [True, True, True, False]
    >>> [is_frequency(name) for name in ("gnomAD_AF_asj", "gnomad_popmax_af_filter", "gnomADg_AC_afr", "MAX_AF")]
    [False, False, False, True]
    >>> [is_frequency(name) for name in ("1000g2015aug_all", "AF_TGP", "dbNSFP_TOPMed_frz8_AF", "AF_nfe", "GMAF")]
    [True, True, True, True, False]
    """
    words = _words(name)
    if words & _COUNTS:
        return False
    if any(map(_COHORT.fullmatch, words)):
        told = [word for word in words if not _COHORT.fullmatch(word)]
        return bool(told) and _OF_COHORTS.issuperset(told)
    if words - _SOURCES - _FREQUENCY - _SETS:
        return False
    if not words & _FREQUENCY:  # ANNOVAR's gnomAD_exome_NFE and ExAC_ALL
        return bool(words & _SOURCES) and bool(words & (_GROUPS | {"all"}))
    own = words & (_SOURCES | _GREATEST | _FILTERING | _GROUPS | {"exomes", "genomes", "joint"})
    return bool(own) or "max" in words


def is_frequency_of_vep(name: str) -> bool:
    """Whether a field of VEP's consequences is one, of the 1000 Genomes or the Exome Sequencing Project too.

    >>> is_frequency_of_vep("EUR_AF"), is_frequency_of_vep("gnomADe_AF"), is_frequency_of_vep("AF_new")
    (True, True, False)
    """
    return name in _FIELDS_OF_VEP or is_frequency(name)


def looks_like_a_frequency(name: str) -> bool:
    """Whether a field has the name of a frequency among people that is not understood.

    >>> [looks_like_a_frequency(name) for name in ("gnomAD_AF_new", "SWEGENAF", "Kaviar_AF", "AF", "gnomAD_AF_asj")]
    [True, True, True, False, False]
    """
    words = _words(name)
    if is_frequency(name) or words & _COUNTS or not re.search("af|freq|max", name.lower()):
        return False
    known = _SOURCES | _FREQUENCY | _SETS | _LEFT_OUT
    if words & {"af", "aaf", "maf", "freq", "frequency"}:
        return bool(words - known - {"maf"}) or "maf" in words
    return _ELSEWHERE.search(name.lower()) is not None and bool(words - known or not words & (_SOURCES | _GREATEST))


@lru_cache(maxsize=1024)
def is_of_people(name: str) -> bool:
    """Whether a field that is not understood has the name of a frequency in a cohort that its name tells.

    >>> [is_of_people(name) for name in ("SWEGENAF", "UKB_AF", "Kaviar_AF", "MAF", "ALLELE_FREQ", "gnomAD_AF")]
    [True, True, True, False, False, False]
    """
    words = _words(name)
    if words & (_SOURCES | _COUNTS) or words.isdisjoint(_COHORTS):
        return _ELSEWHERE.search(name.lower()) is not None and looks_like_a_frequency(name)
    return not is_frequency(name) and re.search("(af|freq|frequency)$", name.lower()) is not None


_COHORTS = frozenset(
    {
        "ukb", "aou", "allofus", "rgc", "bravo", "hrc", "gonl", "kaviar", "abraom", "gme", "iranome", "wbbc", "nard",
        "regeneron", "regeneronme", "alspac", "twinsuk", "mcps", "finngen", "genomeasia", "indigen", "hgdp", "jmorp",
    }
)  # fmt: skip

_OF_DBSNP = MappingProxyType({"COMMON": Decimal("0.01"), "G5": Decimal("0.05"), "G5A": Decimal("0.05")})
"""Flags of dbSNP's VCF that some group has the minor allele at least so often, by its header; COMMON may be 0."""


def commonest_in_dbsnp(info: Mapping[str, str]) -> Decimal:
    """The highest frequency that dbSNP's own fields tell of an ALT at the place, which may be of another one; else 0.

    CAF, TOPMED and FREQ list REF's frequency first, then one for each ALT of dbSNP's record ("INFO", its VCF header).

    >>> commonest_in_dbsnp({"CAF": "0.98,.,0.02"}), commonest_in_dbsnp({"FREQ": "TOMMO:0.9,0.1|Korea1K:1,0"})
    (Decimal('0.02'), Decimal('0.1'))
    >>> commonest_in_dbsnp({"COMMON": "1"}), commonest_in_dbsnp({"COMMON": "0", "TOPMED": "1,0"})
    (Decimal('0.01'), Decimal('0'))
    """
    lists = [info.get("CAF", ""), info.get("TOPMED", ""), *re.split("[|]", info.get("FREQ", ""))]
    parts = [each.strip("[]").rpartition(":")[2].split(",")[1:] for each in lists]
    numbers = [found for part in parts for text in part if (found := _number(text)) is not None and found <= 1]
    flags = [least for key, least in _OF_DBSNP.items() if info.get(key, "0") not in ("0", ".")]
    return max([*numbers, *flags, Decimal(0)])


@lru_cache(maxsize=1024)
def counted_beside(name: str) -> tuple[str, str] | None:
    """The fields of the counts of which a frequency is the share: of the allele, and of all.

    >>> counted_beside("gnomADg_AF_grpmax"), counted_beside("gnomad_popmax_af"), counted_beside("ExAC_ALL")
    (('gnomADg_AC_grpmax', 'gnomADg_AN_grpmax'), ('gnomad_popmax_ac', 'gnomad_popmax_an'), None)
    """
    found = re.search(r"(?<![A-Za-z])(A|a)(F|f)(?![A-Za-z])", name)
    if found is None:
        return None
    counts = "CN" if found[2] == "F" else "cn"
    own, every = (f"{name[: found.start()]}{found[1]}{count}{name[found.end() :]}" for count in counts)
    return own, every


def _words(name: str) -> frozenset[str]:
    """The words that a field's name is made of; numbers, which are versions, are left out.

    >>> sorted(_words("gnomADe_AF-afr")), sorted(_words("gnomad3__AF")), sorted(_words("AF1000G"))
    (['af', 'afr', 'e', 'gnomad'], ['af', 'gnomad'], ['1000g', 'af'])
    """
    apart = re.sub("(gnomad|exac|(?<=^af)(?=1000g))", r"_\1_", name.lower())
    return frozenset(word for word in re.split(r"[^a-z0-9]+", apart) if word and not word.isdigit())


def _transcripts_of(name: str) -> str:
    """The field that lists the transcripts of a field of dbNSFP, by SnpSift's names or by VEP's."""
    return "dbNSFP_Ensembl_transcriptid" if name.startswith("dbNSFP_") else "Ensembl_transcriptid"


def _of_transcripts(text: str, ids: str, joint: str, wanted: Collection[str]) -> str:
    """Those of the values in a list that are of wanted transcripts; the whole list where no transcripts are told.

    >>> _of_transcripts("0.9,0.1", "ENST1.2,ENST2", ",", {"ENST2"}), _of_transcripts("0.9,0.1", "ENST1", ",", {"ENST1"})
    ('0.1', '')
    """
    values, names = text.split(joint), [name.partition(".")[0] for name in ids.split(joint)]
    if ids in MISSING or not wanted or len(values) == 1:
        return text
    if len(names) != len(values):
        known = {value for value in values if value not in MISSING}
        return known.pop() if len(known) == 1 else ""
    return "&".join(value for value, name in zip(values, names, strict=True) if name in wanted)


def _of_one(name: str, values: Sequence[str]) -> str:
    """What a list says of the only ALT: dbNSFP's is of its transcripts; another one must be one known value."""
    known = {value for value in values if value not in MISSING}
    return "&".join(known) if len(known) == 1 or name.lower().startswith("dbnsfp") else ""


def _greatest(text: str) -> Decimal | None:
    values = [_number(part) for part in re.split("[&|]", text) if part not in MISSING]
    known = [value for value in values if value is not None]
    return max(known) if known and len(known) == len(values) else None


def _number(text: str) -> Decimal | None:
    if not re.fullmatch(r"[+-]?([0-9]{1,30}(\.[0-9]{0,40})?|\.[0-9]{1,40})([eE][+-]?[0-9]{1,2})?", text):
        return None
    return Decimal(format(Decimal(text), "f"))
