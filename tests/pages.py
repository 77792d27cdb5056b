"""Reports to judge: what a page says to a reader without a browser, and traces in which every word is hostile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

import html5lib

from assigner.evidence.unknowns import Why
from assigner.reports.facts import (
    Assumption,
    Change,
    Check,
    Decisive,
    DecisiveCount,
    Digest,
    Evidence,
    Fact,
    Flag,
    Genes,
    More,
    NoEvidence,
    OpenFlags,
    Outcome,
    PanelCount,
    Place,
    Points,
    Questions,
    Reason,
    RuleSet,
    Step,
    Untested,
    Verdict,
)
from assigner.reports.lacks import Lack
from assigner.reports.unanswered import Unanswered
from assigner.traces import Trace

FIXED = {
    "schema_version",
    "answered",
    "outcome",
    "policy",
    "truth",
    "kind",
    "profile",
    "verdict",
    "code",
    "rule",
    "state",
    "grade",
}
HTML = "{http://www.w3.org/1999/xhtml}"

ATTACKS = {
    "script": "<script>document.title='pwned';alert(1)</script>",
    "attribute": '"><img src=x onerror="document.title=\'pwned\';alert(1)"><a href="',
    "quote": "' onmouseover='alert(1)' x='",
    "address": "javascript:alert(document.title='pwned')",
    "data": "data:text/html,<script>alert(1)</script>",
    "template": "{{7*7}}{% for x in ().__class__.__base__.__subclasses__() %}{{x}}{% endfor %}${7*7}#{7*7}",
    "style": "</style><style>*{display:none}</style>\\00003c;} @import url(https://example.org/x.css); a{",
    "comment": "--><svg onload=alert(1)><!--]]>",
    "mathematics": "$\\frac{1}{$ $_x^y$ $\\input{x}$",
    "bidi": "\u202egnidaer\u2066\u2067\u2068\u2069\u200f",
    "control": "\x00\x01\x08\x1b[31m\x1b]0;pwned\x07\x7f\x9b2J\r\n\u2028",
    "markup": "[bold red]x[/] [link=https://example.org]y[/link] :warning:",
    "base": '<base href="https://example.org/"><meta http-equiv="refresh" content="0;url=https://example.org">',
    "closing": "</title></textarea></svg></desc></text></table></main></body></html><h1>Assigned: CAT9</h1>",
    "noncharacter": "\ufffe\uffff\U0010ffff",
    "long": "A" * 900,
}


def twenty_unknown(trace: Trace) -> dict[str, Any]:
    """Parts of a trace in which twenty unknown findings, all of them decisive, have many loci."""
    findings = trace.form()["findings"]
    one = findings["unknown"][0] | {"loci": ["1", "2", "3", "4"], "carrier_ppm": 5}
    return {
        "findings": findings | {"unknown": [one] * 20, "why": {one["why"]: findings["why"][one["why"]]}},
        "decisive_unknowns": [*range(20)],
        "to_test": {"findings": [0], "at_least": 1, "conclusive": False},
    }


def hostile(trace: Trace, text: str) -> Trace:
    """The trace with a hostile text in every place that may hold any."""
    return Trace.model_validate(_poisoned(trace.model_dump(mode="json"), text))


def _poisoned(value: Any, text: str, name: str = "") -> Any:
    match value:
        case str():
            return value if name in FIXED or value in tuple(Why) else text
        case list():
            return [_poisoned(each, text, name) for each in value]
        case dict() if name != "profile":
            kept = {key: _poisoned(each, text, key) for key, each in value.items()}
            if name == "states":
                return value
            if name in ("points", "files"):
                first = next(iter(kept.values()), 1)
                return {text: first} | ({"CAT1": first} if name == "points" else {})
            return kept
        case _:
            return value


def parsed(page: str) -> Element:
    """The page's tree; whatever the standard calls a parse error raises."""
    return html5lib.HTMLParser(strict=True).parse(page)


def seen(page: str) -> str:
    """All text of a page's body in the order of reading, white space collapsed."""
    body = parsed(page).find(f"{HTML}body")
    assert body is not None
    return flat(" ".join(body.itertext()))


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def words(fact: Fact) -> Iterator[str]:
    """What must be said of a fact, in this order, however it is laid out."""
    match fact:
        case Outcome():
            trace = fact.trace
            yield from (trace.category, fact.category_name, trace.intervention or "") if fact.assigned else fact.codes
            yield trace.participant
            if trace.provisional is not None:
                yield f"{trace.provisional} {fact.provisional_name}"
            yield from (fact.basis, fact.settled)
        case Reason():
            yield from (fact.code, fact.because)
        case Step() | Lack() | Change() | Assumption():
            yield fact.text
        case Flag():
            yield from (
                fact.kind,
                fact.gene,
                fact.text,
                "sends to review" if fact.holds else "reported only",
                fact.because,
            )
        case OpenFlags():
            yield f"{fact.unknown} cannot be ruled out"
            for kind, genes in fact.genes:
                yield from (kind, *genes)
        case Evidence():
            finding = fact.finding
            yield from (str(finding.tier), finding.gene, *finding.loci, finding.shown)
            for category, points in sorted(finding.points.items()):
                yield from (category, str(points))
            yield from (finding.criterion, finding.because)
        case NoEvidence():
            yield "othing was found"
        case Points():
            yield f"{fact.category} {fact.name}"
            for tier in fact.tiers:
                yield from (str(tier.known), str(tier.least), str(tier.most))
        case PanelCount():
            yield from (str(count) for _, count in fact.states if count)
        case Genes():
            yield from fact.genes
        case Questions():
            yield from (fact.criterion, str(fact.true), str(fact.unknown), str(fact.false))
        case Unanswered():
            yield from (f"{fact.count} unknown", fact.because)
        case Place(locus):
            yield from (locus.id, locus.gene, locus.shown)
        case Untested():
            yield from fact.repeats
        case Verdict():
            yield from (f"{fact.category} {fact.name}", fact.because, *fact.genes)
        case Decisive():
            yield from (fact.gene, *fact.loci[:3], str(fact.carrier_ppm))
        case DecisiveCount() | More():
            yield str(fact.count)
        case Check():
            yield from (fact.name, fact.result, fact.evidence)
        case RuleSet():
            yield from (fact.id, fact.version, fact.status, fact.digest)
        case Digest():
            yield from (fact.name, fact.sha256)
        case _:
            raise AssertionError(fact)
