"""Where a source can be read: PubMed, ClinVar and DOIs have an address, other sources are words."""

from __future__ import annotations

import re
from urllib.parse import quote

_PUBMED = re.compile(r"PMID:? ?([1-9][0-9]{0,8})", re.ASCII)
_CLINVAR = re.compile(r"ClinVar:? ?([1-9][0-9]{0,9})|(?:ClinVar:? ?)?([SRV]CV[0-9]{9,12}(?:\.[0-9]{1,4})?)", re.ASCII)
_DOI = re.compile(r"doi: ?(10\.[0-9]{4,9}/[!-~]{1,200})", re.ASCII | re.IGNORECASE)


def address_of(source: str) -> str | None:
    """The https address of a source, when it is a known kind of identifier and nothing else.

    >>> address_of("PMID:16321991")
    'https://pubmed.ncbi.nlm.nih.gov/16321991/'
    >>> address_of("ClinVar:8468")
    'https://www.ncbi.nlm.nih.gov/clinvar/variation/8468/'
    >>> address_of("doi:10.1056/NEJMoa2204705")
    'https://doi.org/10.1056/NEJMoa2204705'
    >>> address_of("javascript:alert(1)")
    """
    if pubmed := _PUBMED.fullmatch(source):
        return f"https://pubmed.ncbi.nlm.nih.gov/{pubmed[1]}/"
    if clinvar := _CLINVAR.fullmatch(source):
        place = f"variation/{clinvar[1]}" if clinvar[1] else clinvar[2]
        return f"https://www.ncbi.nlm.nih.gov/clinvar/{place}/"
    if doi := _DOI.fullmatch(source):
        return f"https://doi.org/{quote(doi[1], safe='/()-._~:;')}"
    return None
