"""ClinVar's classification of an allele, as an annotated file carries it.

VEP's `CLIN_SIG` may be that of any variant at the place, whatever its allele, and of another release than the file's
ClinVar: it is never taken as a classification, but where it says pathogenic and nothing else is said the answer is
open.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import unquote

from attrs import frozen

from assigner.errors import shown, unbroken
from assigner.genome.builds import Build, build_of_accession
from assigner.genome.variants import Variant
from assigner.truth import Truth
from assigner.vcf.annotations.consequences import MISSING, Consequence
from assigner.vcf.records.parsing import NEXT_BLOCK, UNTIED

_SIGNIFICANCE_CODES = MappingProxyType(
    {
        "0": "uncertain_significance", "1": "not_provided", "2": "benign", "3": "likely_benign",
        "4": "likely_pathogenic", "5": "pathogenic", "6": "drug_response", "7": "histocompatibility",
        "255": "other",
    }
)  # fmt: skip

_PATHOGENIC = frozenset({"pathogenic", "likely_pathogenic"})
_LOW_PENETRANCE = frozenset({"pathogenic_low_penetrance", "likely_pathogenic_low_penetrance"})
_RISK_ALLELE = frozenset({"established_risk_allele", "likely_risk_allele", "uncertain_risk_allele"})
"""With low penetrance classes apart from what causes disease in most carriers: doi:10.1016/j.gim.2023.101036."""

_AGAINST = frozenset({"benign", "likely_benign", "uncertain_significance"})
_ELSE = frozenset(
    {
        "not_provided", "drug_response", "histocompatibility", "other", "risk_factor", "association",
        "association_not_found", "protective", "affects", "confers_sensitivity",
        "no_classification_for_the_single_variant", "no_classifications_from_unflagged_records",
        "no_interpretation_for_the_single_variant", *_RISK_ALLELE,
    }
)  # fmt: skip

_KINDS = frozenset({"deletion", "duplication", "indel", "insertion", "inversion", "microsatellite"})
"""Kinds of variants in ClinVar's files (CLNVC) that no change of one base is."""

_TYPES = MappingProxyType(
    {
        "SO:0001483": "single_nucleotide_variant", "SO:0000159": "deletion", "SO:1000035": "duplication",
        "SO:1000032": "indel", "SO:0000667": "insertion", "SO:1000036": "inversion", "SO:0000289": "microsatellite",
    }
)  # fmt: skip
"""The same by their ids in the Sequence Ontology (CLNVCSO)."""

_STARS = MappingProxyType(
    {
        "practice guideline": 4, "guideline": 4,
        "reviewed by expert panel": 3, "exp": 3,
        "criteria provided, multiple submitters, no conflicts": 2, "mult": 2,
        "criteria provided, multiple submitters": 2,
        "criteria provided, single submitter": 1, "single": 1,
        "criteria provided, conflicting classifications": 1, "conf": 1,
        "criteria provided, conflicting interpretations": 1,
        "no assertion criteria provided": 0, "no criteria": 0,
        "no assertion provided": 0, "no assertion": 0, "no classification provided": 0,
        "no assertion for the individual variant": 0, "no interpretation for the single variant": 0,
        "no classification for the single variant": 0, "no classifications from unflagged records": 0,
    }
)  # fmt: skip


@frozen(kw_only=True)
class ClinVar:
    """ClinVar's classification of an allele.

    Attributes:
        terms: classifications in lower case (`likely_pathogenic`, `conflicting`, `risk_factor` ...).
        stars: 0 to 4, by ClinVar's table "Review status"; None when the file does not say.
        conditions: the conditions it was classified for: names, then ids such as `MONDO:0004976`; `not provided` where
            a submitter gave none.
        conflicting: what submitters of a conflicting classification say, and how many of each.
        is_pathogenic: whether ClinVar classifies the allele as pathogenic or likely pathogenic: unknown when
            submitters disagree, where any of them calls the allele one of low penetrance or, beside others, a risk
            allele, for a word ClinVar does not use, when it is not said which of several ALTs is meant, and where other
            fields of ClinVar contradict it.
        genes: the symbols of the genes that it names (GENEINFO), in lower case; none where it names none.
        changes: what it says that one base does to a codon (MC), as far as it is one of `OF_ONE_CODON`.
    """

    terms: frozenset[str]
    stars: int | None
    conditions: tuple[str, ...] = ()
    conflicting: tuple[tuple[str, int], ...] = ()
    is_pathogenic: Truth
    genes: frozenset[str] = frozenset()
    changes: frozenset[str] = frozenset()


def clinvar(
    info: Mapping[str, str],
    consequence: Consequence | None = None,
    *,
    alts: int = 1,
    change: Variant | None = None,
    build: Build | None = None,
    by_overlap: frozenset[str] = frozenset(),
) -> ClinVar | None:
    """ClinVar's classification as a record carries it, or None when it carries none.

    It stands in INFO (`CLNSIG`, `CLNREVSTAT`, `CLNDN`, `CLNDISDB`, `CLNSIGCONF`), or in fields of those names with
    a prefix that VEP's `--custom` wrote into a consequence (`ClinVar_CLNSIG`); the latter is an allele's own. What
    ClinVar says of haplotypes that the allele is a part of (`CLNSIGINCL`, `CLNDNINCL`) is not about the allele.
    All that are found are taken together, so two that disagree are a conflict. `CLIN_SIG` is not read; it may leave
    the answer open.

    Args:
        info: the record's INFO values as text.
        consequence: any of the allele's consequences.
        alts: how many ALTs the record has; INFO says nothing of a single one when there are more.
        change: the only ALT; INFO's CLNHGVS and CLNVC may say that the word is on another one.
        build: that of its place.
        by_overlap: the fields with the word of any variant that overlaps this one. That one of them is pathogenic
            says nothing of this allele; that none is says that this one is not.
    """
    own = consequence.fields if consequence else {}
    said = _clinvar_text(own, info, "CLNSIG")
    perhaps = bool(_unread(own, settled=bool(said)))
    if not said:
        return ClinVar(terms=frozenset(), stars=None, is_pathogenic=Truth.UNKNOWN) if perhaps else None
    terms = _significance(said)
    verdict = _is_pathogenic(terms)
    if verdict is Truth.FALSE and perhaps:
        verdict = Truth.UNKNOWN
    loose = {name for name in by_overlap if name.upper().endswith("CLNSIG")} & {*own, *info}
    if not _is_its_own(info, own, alts, change, build) or (verdict is Truth.TRUE and loose):
        verdict = Truth.UNKNOWN
    status, conflicting = _clinvar_text(own, info, "CLNREVSTAT"), _counts(_clinvar_text(own, info, "CLNSIGCONF"))
    contested = _CONTESTED.search(status.lower()) or _AGAINST.intersection(name for name, _ in conflicting)
    if contested or (verdict is Truth.TRUE and not _is_germline(own, info)):
        verdict = Truth.UNKNOWN
    return ClinVar(
        terms=terms,
        stars=_stars(status),
        conditions=_conditions(own, info),
        conflicting=conflicting,
        is_pathogenic=verdict,
        genes=_genes(_clinvar_text(own, info, "GENEINFO")),
        changes=_changes(_clinvar_text(own, info, "MC")),
    )


_CONTESTED = re.compile(r"conflicting|(?<![a-z])conf(?![a-z])")
"""A review status by which submitters disagree, whatever significance stands beside it."""


def _is_germline(own: Mapping[str, str], info: Mapping[str, str]) -> bool:
    """Whether ClinVar has the allele from more than tumours: ORIGIN sums up where it was seen, and 2 is somatic.

    Its files before 2017 say so in CLNORIGIN, and dbSNP's in SAO.

    >>> _is_germline({}, {"CLNORIGIN": "2"}), _is_germline({}, {"SAO": "3"})
    (False, True)
    """
    return not any(_clinvar_text(own, info, key) == "2" for key in ("ORIGIN", "CLNORIGIN", "SAO"))


def _genes(text: str) -> frozenset[str]:
    """The genes of `VCP:7415|FANCG:2189`.

    >>> sorted(_genes("VCP:7415|FANCG:2189"))
    ['fancg', 'vcp']
    """
    return frozenset(each.partition(":")[0].strip().casefold() for each in text.split("|")) - {""}


OF_ONE_CODON = frozenset({"missense_variant", "stop_gained", "synonymous_variant"})
"""The consequences of which a change of one base in a codon has one, on one transcript."""


def _changes(text: str) -> frozenset[str]:
    """The molecular consequences of `SO:0001583|missense_variant,SO:0001627|intron_variant`, on any transcript.

    >>> _changes("SO:0001587|nonsense")
    frozenset({'stop_gained'})
    """
    words = {re.sub("^nonsense$", "stop_gained", word) for word in re.findall("[a-z_]+", text)}
    return OF_ONE_CODON & words


def is_swapped(info: Mapping[str, str]) -> bool:
    """Whether a tool that lifted the record to its build took another allele for the reference one.

    What stands in INFO may be of the allele that was the ALT before. So say Picard's LiftoverVcf (`SwappedAlleles`) and
    bcftools +liftover (`SWAP`: the allele that became REF, -1 for a new one), their headers.

    >>> is_swapped({"SwappedAlleles": ""}), is_swapped({"SWAP": "-1"}), is_swapped({"SWAP": "0"}), is_swapped({})
    (True, True, False, False)
    """
    return "SwappedAlleles" in info or re.fullmatch(r"-1|[1-9][0-9]?", info.get("SWAP", "")) is not None


def unfamiliar(info: Mapping[str, str], consequence: Consequence | None = None) -> tuple[str, ...]:
    """What is said of ClinVar in words that are not known: each makes the answer unknown.

    >>> unfamiliar({"CLNSIG": "Patogenic", "CLNREVSTAT": "single"})
    ("CLNSIG 'patogenic'",)
    """
    own = consequence.fields if consequence else {}
    terms = _significance(_clinvar_text(own, info, "CLNSIG"))
    status = _clinvar_text(own, info, "CLNREVSTAT") if terms else ""
    known = _PATHOGENIC | _AGAINST | _ELSE | _LOW_PENETRANCE | {"conflicting"}
    strange = [f"CLNSIG {shown(term)}" for term in sorted(terms - known)]
    if status and _stars(status) is None:
        strange.append(f"CLNREVSTAT {shown(_words(status))}")
    if terms & _PATHOGENIC and not status:
        strange.append("CLNSIG without CLNREVSTAT")
    strange += [f"{name}, which looks like ClinVar's word and says pathogenic" for name in _unread(own, bool(terms))]
    return tuple(strange)


_MARKS = NEXT_BLOCK + UNTIED
_LIKE_CLINVAR = re.compile(r"clin_?var|cln_?sig|clin_?sig", re.IGNORECASE)
_READ_ELSEWHERE = re.compile(r"CLN(SIG|REVSTAT)|CLN(SIG|DN|DISDB)(CONF|INCL|SCV)")
_DENIED = re.compile(r"(?<![a-z])(not|non)[\s_-]*(likely[\s_-]*)?pathogenic", re.IGNORECASE)
_DISPUTED = re.compile(r"conflicting[\s_]+[a-z]+[\s_]+of[\s_]+pathogenic", re.IGNORECASE)


@lru_cache(maxsize=1024)
def looks_like_clinvar(name: str) -> bool:
    """Whether an INFO key may hold ClinVar's word on an allele, and is not read as such.

    VEP's CLIN_SIG is so where `bcftools +split-vep` has written it, and so is a key in other letters.

    >>> [looks_like_clinvar(name) for name in ("dbNSFP_clinvar_clnsig", "CLIN_SIG", "clnsig", "CLNSIG", "CLNSIGCONF")]
    [True, True, True, False, False]
    """
    return _LIKE_CLINVAR.search(name) is not None and _READ_ELSEWHERE.fullmatch(name) is None


_OF_CUSTOM = re.compile(r"(.*_)?CLN(SIG|REVSTAT|DN|DISDB|HGVS|VC|VI|SIG(CONF|INCL|SCV)|(DN|DISDB)INCL)", re.IGNORECASE)
"""The fields of ClinVar's file, as VEP's `--custom` names them."""


@lru_cache(maxsize=1024)
def is_unread_column(name: str) -> bool:
    """Whether a column of VEP's may hold ClinVar's word on an allele, and is not read as such.

    >>> [is_unread_column(name) for name in ("CLIN_SIG", "ClinVar_Significance", "ClinVar_CLNSIG", "CV_CLNSIGINCL")]
    [True, True, False, False]
    """
    return looks_like_clinvar(name) and _OF_CUSTOM.fullmatch(name) is None


def _unread(own: Mapping[str, str], settled: bool) -> list[str]:
    """Which columns of an entry that are not read say pathogenic; VEP's CLIN_SIG only without ClinVar's own word."""
    names = (name for name in own if is_unread_column(name) and not (settled and name == "CLIN_SIG"))
    return [name for name in names if _says_pathogenic(name, own[name], settled)]


def may_be_pathogenic(info: Mapping[str, str], untied: Set[str] = frozenset()) -> tuple[str, ...]:
    """Which keys of a record that are not read say pathogenic, in words or, if they are significances, in former codes.

    That submitters disagree says so, too, unless the record has CLNSIG, which tells what ClinVar makes of it.

    Args:
        info: the record's INFO values as text.
        untied: further keys, which are not read of an allele.

    >>> may_be_pathogenic({"CLINSIG": "5|255"}), may_be_pathogenic({"CLINSIG": "not_pathogenic", "ClinVar_stars": "4"})
    (('CLINSIG',), ())
    """
    names = sorted({*filter(looks_like_clinvar, info), *(untied & info.keys())})
    own = info.get("CLNSIG", ".")
    settled = own not in MISSING and not set(own) & set(_MARKS)
    return tuple(name for name in names if _says_pathogenic(name, info[name], settled))


def says_benign(info: Mapping[str, str]) -> bool:
    """Whether a key of a record that is not read, and is of an allele, calls it benign and nothing else.

    VEP's CLIN_SIG is not asked: it may be of another allele.

    >>> says_benign({"dbNSFP_clinvar_clnsig": "Benign"}), says_benign({"CLIN_SIG": "benign"})
    (True, False)
    """
    names = (name for name in info if looks_like_clinvar(name) and "sig" in name.lower() and name.upper() != "CLIN_SIG")
    return any("benign" in text and "pathogenic" not in text for text in (info[name].lower() for name in names))


_FLAGS = frozenset({"", "1", "true", "yes"})


def _says_pathogenic(name: str, text: str, settled: bool) -> bool:
    words = _DENIED.sub("", _DISPUTED.sub("", text) if settled else text)
    if text.lower() in _FLAGS and "pathogenic" in _DENIED.sub("", name.lower()):
        return True
    coded = "sig" in name.lower() and {"4", "5"} & set(re.split(rf"[|,&/{_MARKS}]", text))
    return "pathogenic" in words.lower() or bool(coded)


def _conditions(own: Mapping[str, str], info: Mapping[str, str]) -> tuple[str, ...]:
    """The names and the ids of the conditions; ClinVar's files before 2017 called the names CLNDBN."""
    named = "|".join(_clinvar_text(own, info, key) for key in ("CLNDN", "CLNDBN"))
    names = {_words(name) for name in re.split(r"\||,(?![_ ])", named)} - {"", "."}
    ids = {_plain_id(each) for each in re.split(r"[|,]", _clinvar_text(own, info, "CLNDISDB"))} - {"", "."}
    return tuple(map(unbroken, (*sorted(names), *sorted(ids))))


def _plain_id(text: str) -> str:
    """An id with its database once: ClinVar writes `MONDO:MONDO:0004976` and `Human_Phenotype_Ontology:HP:0007354`.

    >>> _plain_id("MONDO:MONDO:0004976"), _plain_id("OMIM:105400"), _plain_id("Human_Phenotype_Ontology:HP:0007354")
    ('MONDO:0004976', 'OMIM:105400', 'HP:0007354')
    """
    return ":".join(text.strip("_ ").split(":")[-2:])


def _is_its_own(
    info: Mapping[str, str], own: Mapping[str, str], alts: int, change: Variant | None, build: Build | None
) -> bool:
    """Whether the classification is this allele's.

    A consequence's is. INFO's is where the record has one ALT, unless CLNALLE, with which ClinVar's files before
    2017 said of which allele each value was, names another one: 0 is REF, and -1 none of the record's. A list with
    values missing was of several ALTs once. CLNHGVS, CLNVC and CLNVCSO must not name another change than this one;
    where the record was turned round CLNHGVS must name this one.
    """
    if any(name == "CLNSIG" or name.endswith("_CLNSIG") for name in map(str.upper, own)):
        return True
    meant = info.get("CLNALLE", ".")
    if alts != 1 or (meant != "." and set(meant.split(",")) != {"1"}):
        return False
    values = info.get("CLNSIG", ".").split(",")
    if "." in values and len(values) > 1:
        return False
    if is_swapped(info) and (change is None or not re.search(f">{change.alt}$", _unescaped(info.get("CLNHGVS", ".")))):
        return False
    return change is None or not (_is_another(info, change, build) or _is_of_another_kind(info, change))


def _is_another(info: Mapping[str, str], change: Variant, build: Build | None) -> bool:
    """Whether CLNHGVS tells another change, as far as one base shows: `NC_000021.9:g.31659783C>T`.

    >>> _is_another({"CLNHGVS": "NC_000021.9:g.31659783C>T"}, Variant("21", 31659783, "C", "G"), None)
    True
    """
    text = _unescaped(info.get("CLNHGVS", "."))
    if text == "." or re.search("[,|]", text):
        return False
    told = re.search(r"([^:\s]*):[gm]\.([0-9]{1,10})([ACGT])>([ACGT])$", text)
    if told is None:
        return len(change.ref) == len(change.alt) == 1 and ":" in text
    elsewhere = build_of_accession(told[1]) in (build, None) and int(told[2]) != change.pos
    return (told[3], told[4]) != (change.ref, change.alt) or elsewhere


def _is_of_another_kind(info: Mapping[str, str], change: Variant) -> bool:
    """Whether CLNVC names a kind of variant that the change is not.

    >>> _is_of_another_kind({"CLNVC": "Deletion"}, Variant("21", 31659783, "C", "G"))
    True
    """
    kind = _unescaped(info.get("CLNVC", ".")).lower()
    kind = _TYPES.get(info.get("CLNVCSO", "."), ".") if kind == "." else kind
    of_one_base = kind == "single_nucleotide_variant"
    return (of_one_base or kind in _KINDS) and of_one_base != (len(change.ref) == len(change.alt) == 1)


def _clinvar_text(own: Mapping[str, str], info: Mapping[str, str], name: str) -> str:
    """All values of that name; in a consequence VEP has written `&` for both `|` and `,`."""
    inside = {
        _unescaped(value.replace("&_", ",_").replace("&", "|"))
        for key, value in own.items()
        if key.upper() == name or key.upper().endswith(f"_{name}")
    }
    values = inside | ({_unescaped(info[name])} if name in info else set())
    return "|".join(sorted({part for value in values for part in re.split(f"[{_MARKS}]", value)} - {"", "."}))


def _unescaped(text: str) -> str:
    r"""The text with its escapes resolved: VCF's `%2C`, also escaped twice (`%252C`), and ANNOVAR's `\x2c`.

    >>> _unescaped("criteria_provided%252C_single_submitter"), _unescaped(r"practice\x5fguideline")
    ('criteria_provided,_single_submitter', 'practice_guideline')
    """
    text = re.sub(r"\\x([0-9A-Fa-f]{2})", lambda found: chr(int(found[1], 16)), text)
    return unquote(unquote(text))


def _significance(text: str) -> frozenset[str]:
    words = re.sub(r",[_\s]?(?=low[_\s]penetrance)", "_", text.lower())
    terms = {re.sub(r"[\s_]+", "_", term).strip("_") for term in re.split(r"[|,/&;]", words)} - {"", "."}
    return frozenset(
        "conflicting" if term.startswith("conflicting_") else _SIGNIFICANCE_CODES.get(term, term) for term in terms
    )


def _is_pathogenic(terms: frozenset[str]) -> Truth:
    if "conflicting" in terms or terms - _PATHOGENIC - _AGAINST - _ELSE - _LOW_PENETRANCE:
        return Truth.UNKNOWN
    if terms & _PATHOGENIC:
        return Truth.UNKNOWN if terms & (_AGAINST | _LOW_PENETRANCE | _RISK_ALLELE) else Truth.TRUE
    return Truth.UNKNOWN if terms & _LOW_PENETRANCE else Truth.FALSE


def _stars(text: str) -> int | None:
    """The fewest stars of the statuses named, or None when one of them is not ClinVar's."""
    stars: list[int | None] = []
    for status in filter(None, text.lower().split("|")):
        whole = _STARS.get(_words(status))
        stars += [whole] if whole is not None else [_STARS.get(_words(part)) for part in status.split(",")]
    known = [each for each in stars if each is not None]
    return min(known) if known and len(known) == len(stars) else None


def _words(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("_", " ")).strip()


def _counts(text: str) -> tuple[tuple[str, int], ...]:
    found = re.findall(r"([A-Za-z][A-Za-z_/, ]*)\(([0-9]{1,6})\)", text)
    return tuple((re.sub(r"[\s_]+", "_", name.lower()).strip("_"), int(count)) for name, count in found)
