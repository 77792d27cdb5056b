"""The INFO and FORMAT keys that the VCF specification reserves, with the Number and Type it gives them.

VCF 4.1 and 4.2 describe most INFO keys in words only; what the words and VCF 4.3 say alike is taken for them too.
Keys whose Number or Type the versions or the tools do not agree on (INFO/SB, local-allele likelihoods) are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Kind = Literal["INFO", "FORMAT"]

NATURAL = frozenset(
    {"AC", "AD", "ADF", "ADR", "AF", "AN", "DP", "EC", "END", "GQ", "HQ", "LEN", "MIN_DP", "MQ", "MQ0", "NS", "PS"}
)
"""Reserved keys whose numbers cannot be negative."""

_INFO = """
    AA 1 String, AC A Integer, AF A Float, AN 1 Integer, BQ 1 Float, CIGAR A String, DB 0 Flag, DP 1 Integer,
    END 1 Integer, H2 0 Flag, H3 0 Flag, MQ 1 ., MQ0 1 Integer, NS 1 Integer, SOMATIC 0 Flag, VALIDATED 0 Flag,
    1000G 0 Flag, IMPRECISE 0 Flag, NOVEL 0 Flag, SVTYPE 1 String
"""
_INFO_TO_43 = """
    SVLEN . Integer, CIPOS 2 Integer, CIEND 2 Integer, HOMLEN . Integer, HOMSEQ . String, BKPTID . String,
    MEINFO 4 String, METRANS 4 String, DGVID 1 String, DBVARID 1 String, DBRIPID 1 String, MATEID . String,
    PARID 1 String, EVENT 1 String, CILEN 2 Integer, DPADJ . Integer, CN 1 Integer, CNADJ . Integer, CICN 2 Integer,
    CICNADJ . Integer
"""
_INFO_FROM_43 = "AD R Integer, ADF R Integer, ADR R Integer"
_INFO_FROM_44 = """
    SVLEN A Integer, CIPOS . Integer, CIEND . Integer, HOMLEN A Integer, HOMSEQ A String, BKPTID A String,
    MEINFO . String, METRANS . String, DGVID A String, DBVARID A String, DBRIPID A String, MATEID A String,
    PARID A String, EVENT A String, EVENTTYPE A String, CILEN . Integer, CN A Float, CICN . Float, SVCLAIM A String,
    RN A Integer, RUS . String, RUL . Integer, RUC . Float, RB . Integer, RUB . Integer, CIRUC . Float, CIRB . Integer
"""
_FORMAT = """
    DP 1 Integer, EC A Integer, FT 1 String, GL G Float, GP G Float, GQ 1 Integer, GT 1 String, HQ 2 Integer,
    MQ 1 Integer, PL G Integer, PQ 1 Integer, PS 1 Integer, CNQ 1 Float, NQ 1 Integer, HAP 1 Integer, AHAP 1 Integer
"""
_FORMAT_TO_42 = "GLE G String, CN 1 Integer, CNL . Float"
_FORMAT_FROM_43 = "AD R Integer, ADF R Integer, ADR R Integer, PP G Integer, CNL G Float, CNP G Float"
_FORMAT_FROM_44 = "CN 1 Float, CICN 2 Float, PSL P String, PSO P Integer, PSQ P Integer"
_FORMAT_FROM_45 = "LEN 1 Integer, LAA . Integer, LAD LR Integer, LADF LR Integer, LADR LR Integer, LEC LA Integer"


def _read(*texts: str) -> Mapping[str, tuple[str, str]]:
    rows = [row.split() for text in texts for row in text.split(",")]
    return MappingProxyType({key: (number, kind) for key, number, kind in rows})


_TABLES: Mapping[tuple[Kind, bool, bool, bool], Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        ("INFO", False, False, False): _read(_INFO, _INFO_TO_43),
        ("INFO", True, False, False): _read(_INFO, _INFO_TO_43, _INFO_FROM_43),
        ("INFO", True, True, False): _read(_INFO, _INFO_FROM_43, _INFO_FROM_44),
        ("INFO", True, True, True): _read(_INFO, _INFO_FROM_43, _INFO_FROM_44),
        ("FORMAT", False, False, False): _read(_FORMAT, _FORMAT_TO_42),
        ("FORMAT", True, False, False): _read(_FORMAT, "CN 1 Integer", _FORMAT_FROM_43),
        ("FORMAT", True, True, False): _read(_FORMAT, _FORMAT_FROM_43, _FORMAT_FROM_44),
        ("FORMAT", True, True, True): _read(_FORMAT, _FORMAT_FROM_43, _FORMAT_FROM_44, _FORMAT_FROM_45),
    }
)


def reserved(kind: Kind, version: str) -> Mapping[str, tuple[str, str]]:
    """Number and Type of the keys that a version of VCF reserves; a Type of `.` is one that it leaves open.

    >>> reserved("INFO", "4.2")["SVLEN"], reserved("INFO", "4.4")["SVLEN"]
    (('.', 'Integer'), ('A', 'Integer'))
    >>> "AD" in reserved("FORMAT", "4.2"), "AD" in reserved("FORMAT", "4.3")
    (False, True)
    """
    return _TABLES[kind, version >= "4.3", version >= "4.4", version >= "4.5"]
