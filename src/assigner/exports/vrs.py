"""GA4GH VRS 2.0 identifiers of single-nucleotide variants, computed without a network or a sequence.

An SNV is fully justified as it stands, so its identifier needs only the refget accession of its chromosome. Indels
need the sequence around them, and get none. The accessions below are those of SeqRepo for the RefSeq sequences of both
builds, as published in GATK (`RefGetAccessionProvider`) and in agct (`assembly_registry`), which agree.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from assigner.genome.builds import CHROMS, LENGTHS, Build
from assigner.genome.variants import Variant

_REFGET_37 = (
    "S_KjnFVz-FE7M0W6yoaUDgYxLPc1jyWU", "9KdcA9ZpY1Cpvxvg8bMSLYDUpsX6GDLO", "VNBualIltAyi2AI_uXcKU7M9XUOuA7MS",
    "iy7Zfceb5_VGtTQzJ-v5JpPbpeifHD_V", "vbjOdMfHJvTjK_nqvFvpaSKhZillW0SX", "KqaUhJMW3CDjhoVtBetdEKT1n6hM-7Ek",
    "IW78mgV5Cqf6M24hy52hPjyyo5tCCd86", "tTm7wmhz0G4lpt8wPspcNkAD_qiminj6", "HBckYGQ4wYG9APHLpjoQ9UUe9v7NxExt",
    "-BOZ8Esn8J88qDwNiSEwUr5425UXdiGX", "XXi2_O1ly-CCOi3HP5TypAw7LtC6niFG", "105bBysLoDFQHhajooTAUyUkNiZ8LJEH",
    "Ewb9qlgTqN6e_XQiRVYpoUfZJHXeiUfH", "5Ji6FGEKfejK1U6BMScqrdKJK8GqmIGf", "zIMZb3Ft7RdWa5XYq0PxIlezLY2ccCgt",
    "W6wLoIFOn4G7cjopxPxYNk2lcEqhLQFb", "AjWXsI7AkTK35XW9pgd3UbjpC3MAevlz", "BTj4BDaaHYoPhD3oY2GdwC_l0uqZ92UD",
    "ItRDD47aMoioDCNW_occY5fWKZBKlxCX", "iy_UbUrvECxFRX5LPTH_KPojdlT7BKsf", "LpTaNW-hwuY_yARP0rtarCnpCQLkgVCg",
    "XOgHwwR3Upfp5sZYk6ZKzvV25a4RBVu8", "v7noePfnNpK8ghYXEqZ9NukMXW7YeNsm", "BT7QyW5iXaX_1PSX-msSGYsqRdMKqkj-",
    "k3grVkjY-hoWcCUojHw6VU6GE3MZ8Sct",
)  # fmt: skip
_REFGET_38 = (
    "Ya6Rs7DHhDeg7YaOSg1EoNi3U_nQ9SvO", "pnAqCRBrTsUoBghSD1yp_jXWSmlbdh4g", "Zu7h9AggXxhTaGVsy7h_EZSChSZGcmgX",
    "HxuclGHh0XCDuF8x6yQrpHUBL7ZntAHc", "aUiQCzCPZ2d0csHbMSbh2NzInhonSXwI", "0iKlIQk2oZLoeOG9P1riRU6hvL5Ux8TV",
    "F-LrLMe1SRpfUZHkQmvkVKFEGaoDeHul", "209Z7zJ-mFypBEWLk4rNC6S_OxY5p7bs", "KEO-4XBcm1cxeo_DIQ8_ofqGUkp4iZhI",
    "ss8r_wB0-b9r44TQTMmVTI92884QvBiB", "2NkFm8HK88MqeNkCgj78KidCAXgnsfV1", "6wlJpONE3oNb4D69ULmEXhqyDZ4vwNfl",
    "_0wi-qoDrvram155UmcSC-zA5ZK4fpLT", "eK4D2MosgK_ivBkgi6FVPg5UXs1bYESm", "AsXvWL1-2i5U_buw6_niVIxD6zTbAuS6",
    "yC_0RBj3fgBlvgyAuycbzdubtLxq-rE0", "dLZ15tNO1Ur0IcGjwc3Sdi_0A6Yf4zm7", "vWwFhJ5lQDMhh-czg06YtlWqu0lvFAZV",
    "IIB53T8CNeJJdUqzn9V_JnRtQadwWCbl", "-A1QmD_MatoqxvgVxBLZTONHz9-c7nQo", "5ZUqxCmDDgN4xTRbaSjN8LwgZironmB8",
    "7B7SHsmchAR0dFcDCuSFjJAo7tX87krQ", "w0WZEvgJF0zf_P4yyTzjjv9oW1z61HHP", "8_liLu1aycC0tPQPFmUaGXJLDs5SbPZ5",
    "k3grVkjY-hoWcCUojHw6VU6GE3MZ8Sct",
)  # fmt: skip
_REFGET = {Build.GRCH37: _REFGET_37, Build.GRCH38: _REFGET_38}

REFGET: Mapping[Build, Mapping[str, str]] = MappingProxyType(
    {
        build: MappingProxyType({chrom: f"SQ.{digest}" for chrom, digest in zip(CHROMS, digests, strict=True)})
        for build, digests in _REFGET.items()
    }
)
"""The refget accession of each chromosome's sequence."""


def allele_id(variant: Variant, build: Build) -> str | None:
    """The VRS 2.0 identifier of an SNV; None for any other variant.

    >>> allele_id(Variant("7", 140753336, "A", "T"), Build.GRCH38)
    'ga4gh:VA.Otc5ovrw906Ack087o1fhegB4jDRqCAe'
    >>> allele_id(Variant("7", 140753336, "A", "AT"), Build.GRCH38) is None
    True
    """
    if len(variant.ref) != 1 or len(variant.alt) != 1 or variant.pos > LENGTHS[build][variant.chrom]:
        return None
    location = {
        "type": "SequenceLocation",
        "sequenceReference": {"type": "SequenceReference", "refgetAccession": REFGET[build][variant.chrom]},
        "start": variant.pos - 1,
        "end": variant.pos,
    }
    state = {"type": "LiteralSequenceExpression", "sequence": variant.alt}
    return f"ga4gh:VA.{_digest({'type': 'Allele', 'location': _digest(location), 'state': state})}"


def _digest(serialised: dict[str, Any]) -> str:
    """The sha512t24u digest of VRS's canonical JSON."""
    text = json.dumps(serialised, sort_keys=True, separators=(",", ":"))
    return base64.urlsafe_b64encode(hashlib.sha512(text.encode()).digest()[:24]).decode()
