"""The slow, obvious assignment, from the design's words and plain dicts alone: it judges the real one.

Nothing of the package is imported. A rule set is the dict that the YAML is made of, a profile the documented form.
Three values are True, False and None for unknown.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import math
from collections.abc import Iterator, Sequence
from fractions import Fraction

Three = bool | None


def any3(answers: list[Three]) -> Three:
    return True if True in answers else None if None in answers else False


def all3(answers: list[Three]) -> Three:
    return False if False in answers else None if None in answers else True


def same3(answers: set[bool]) -> Three:
    """What all possible worlds say, or unknown."""
    return next(iter(answers)) if len(answers) == 1 else None


# ----------------------------------------------------------------------------------------------------------- genotypes

BELIEVED = ("called", "reference", "assumed_reference", "partial")


def state_of(call: dict | str | None, absent: str) -> str:
    if call is None:
        return "assumed_reference" if absent == "reference" else "not_assessed"
    if isinstance(call, str):
        call = {"genotype": call}
    if "state" in call:
        return call["state"]
    letters = set(call.get("genotype", ".")) - set("/|")
    return "no_call" if letters == {"."} else "partial" if "." in letters else "called"


def copies_of(call: dict | str | None, absent: str) -> list[Three] | None:
    """One answer per haplotype; None when the site says nothing that is believed."""
    state = state_of(call, absent)
    if state in ("reference", "assumed_reference"):
        return [False, False]
    if state not in BELIEVED:
        return None
    text = call if isinstance(call, str) else call["genotype"]
    return [{"0": False, "1": True, ".": None}[c] for c in text if c in "01."]


def carries(call: dict | str | None, absent: str) -> Three:
    copies = copies_of(call, absent)
    return None if copies is None else any3(copies)


def on_all(call: dict | str | None, absent: str) -> Three:
    copies = copies_of(call, absent)
    return None if copies is None else all3(copies)


def shows(call: dict | str | None) -> bool:
    """Whether the record shows the allele, believed or not."""
    return call is not None and "1" in (call if isinstance(call, str) else call.get("genotype", ""))


def haplotypes_of(call: dict | str | None) -> list[tuple[str, int] | None] | None:
    """The name of the haplotype of each of two copies, where the call tells it."""
    call = {"genotype": call} if isinstance(call, str) else call or {}
    if call.get("phase_sets"):
        return [None if name is None else (name, -1) for name in call["phase_sets"]]
    text, name = call.get("genotype", ""), call.get("phase_set", "")
    return [(name, 0), (name, 1)] if "|" in text else None


def may_hold(call: dict | str | None) -> bool:
    """Whether a record shows the allele, or another record may hold it."""
    return shows(call) or (isinstance(call, dict) and call.get("state") == "obscured")


def bases_of(place: tuple[str, int, str, str]) -> set[tuple[str, int]]:
    """The reference bases that a variant replaces; its kept anchor is none of them."""
    chrom, pos, ref, alt = place
    kept = 1 if ref[0] == alt[0] else 0
    return {(chrom, p) for p in range(pos + kept, pos + len(ref))}


def exclude_each_other(one: tuple, other: tuple) -> bool:
    """Whether no haplotype can carry both: one replaces a base of the other, or inserts inside what it replaces.

    Replacements of equal length may put the same bases in their common places.
    """
    if bases_of(one) & bases_of(other):
        if all(len(ref) == len(alt) for _, _, ref, alt in (one, other)):
            put, also = ({pos + at: base for at, base in enumerate(alt)} for _, pos, _, alt in (one, other))
            return any(put[pos] != also[pos] for pos in put.keys() & also.keys())
        return True
    for (chrom, pos, ref, alt), whole in ((one, bases_of(other)), (other, bases_of(one))):
        inserts = ref[0] == alt[0] and len(ref) == 1
        if inserts and {(chrom, pos), (chrom, pos + 1)} <= whole:
            return True
    return False


class ImpossibleError(Exception):
    """No two haplotypes can hold all that is called: alleles that exclude each other are called on one."""


def biallelic(items: list[tuple[tuple, dict | str | None]], absent: str) -> Three:
    """Every way of laying the alleles on two haplotypes: whether each haplotype gets one of them."""
    choices = []
    for place, call in items:
        copies, names = copies_of(call, absent), haplotypes_of(call)
        copies = [None, None] if copies is None else copies * 2 if len(copies) == 1 else copies
        filled = {full for full in itertools.product((False, True), repeat=2) if fits(full, copies, names is not None)}
        choices.append([(place, names, full) for full in sorted(filled)])
    answers = set()
    for world in itertools.product(*choices):
        for laid in layings(world):
            if all(
                not (a[1][h] and b[1][h] and exclude_each_other(a[0], b[0]))
                for a, b in itertools.combinations(laid, 2)
                for h in (0, 1)
            ):
                answers.add(all(any(full[h] for _, full in laid) for h in (0, 1)))
    if not answers:
        raise ImpossibleError
    return same3(answers)


def layings(world: Sequence[tuple]) -> Iterator[list[tuple]]:
    """Every way to lay calls on two haplotypes so that copies of one named haplotype lie on the same one."""
    named = sorted({(place[0], *name) for place, names, _ in world for name in names or () if name is not None})
    for sides in itertools.product((0, 1), repeat=len(named)):
        side = dict(zip(named, sides, strict=True))
        ways = []
        for place, names, full in world:
            told = [(at, side[place[0], *name]) for at, name in enumerate(names or ()) if name is not None]
            ways.append(
                [(place, full)] * all(at == where for at, where in told)
                + [(place, full[::-1])] * (names is not None and all(at != where for at, where in told))
            )
        yield from map(list, itertools.product(*ways))


def together(calls: list[dict | str]) -> Three:
    """Every way of laying changes on two haplotypes: whether one of the haplotypes gets all of them."""
    choices = []
    for call in calls:
        copies, names = copies_of(call, "unknown"), haplotypes_of(call)
        copies = [None, None] if copies is None else copies
        filled = [full for full in itertools.product((False, True), repeat=2) if fits(full, copies, names is not None)]
        choices.append([(("1",), names, full) for full in filled])
    return same3(
        {
            any(all(full[h] for _, full in laid) for h in (0, 1))
            for world in itertools.product(*choices)
            for laid in layings(world)
        }
    )


def fits(full: tuple[bool, ...], copies: list[Three], ordered: bool) -> bool:
    orders = [copies] if ordered else [copies, copies[::-1]]
    return any(all(known is None or known == one for known, one in zip(order, full, strict=True)) for order in orders)


# ------------------------------------------------------------------------------------------------------------ findings


class Participant:
    """A form asked about a rule set."""

    def __init__(self, rules: dict, form: dict) -> None:
        self.rules, self.form = rules, form
        self.absent = form.get("absent", "unknown")
        end = "37" if form.get("build") == "GRCh37" else "38"
        self.place = {
            a["id"]: (
                a["place"]["chrom"],
                int(a["place"]["pos" + end]),
                a["place"]["ref" + end],
                a["place"]["alt" + end],
            )
            for a in rules.get("alleles", ())
            if a.get("place")
        }
        self.alleles = [a for a in rules.get("alleles", ()) if a["id"] in self.place and not a.get("inactive")]
        self.genes = {g["symbol"]: g for g in rules.get("genes", ())}
        self.sex = form.get("sex") or form.get("inferred_sex")

    def call(self, allele: dict) -> dict | str | None:
        written = "-".join(map(str, self.place[allele["id"]]))
        given = self.form.get("alleles", {})
        if written in self.form.get("reference", ()) or allele["id"] in self.form.get("reference", ()):
            return {"state": "reference"}
        return given.get(allele["id"], given.get(written))

    def carries(self, allele: dict) -> Three:
        return carries(self.call(allele), self.absent)

    def validity(self, gene: str) -> str:
        return self.genes[gene]["validity"] if gene in self.genes else "none"

    def looked_for(self, gene: str, kind: str) -> bool:
        assessed = self.form.get("assessed", ())
        if assessed != "all" and gene in assessed:
            share = assessed[gene] if isinstance(assessed, dict) else 1000
        else:
            share = 1000 if assessed == "all" else 0
        covered = share >= self.rules["gates"]["assessed"] or self.absent == "reference"
        return covered and kind in self.form.get("annotated", ("clinvar", "consequence"))

    def expanded(self, repeat: dict) -> Three:
        given = self.form.get("repeats", {}).get(repeat["id"])
        if given is None:
            return None
        given = {"sizes": given} if isinstance(given, str) else given
        sizes = given["sizes"].split("/")
        spans = given.get("intervals", "/".join("." for _ in sizes)).split("/")
        answers: list[Three] = []
        for size, span in zip(sizes, spans, strict=True):
            if size == "." or given.get("problem"):
                answers.append(None)
                continue
            least, most = (span if span != "." else f"{size}-{size}").split("-")
            answers.append(harmful_size(repeat, int(least), int(most) if most else None))
        if len(answers) == 1 and not (repeat["chrom"] == "X" and self.sex == "male"):
            answers.append(None)
        found = any3(answers) if repeat["needs"] == "one" else all3(answers)
        if repeat.get("only") == "male" and found is not False:
            return None if self.sex is None else False if self.sex == "female" else found
        return found


def harmful_size(repeat: dict, least: int, most: int | None) -> Three:
    """Whether each of these sizes does harm: asked one by one, the open end far above every band."""
    bands = repeat.get("bands") or [
        {"least": 0, "most": repeat["normal"], "means": "normal"},
        {"least": repeat["expanded"], "means": "harmful"},
    ]
    answers: set[Three] = set()
    for size in range(least, (max(b.get("most", b["least"]) for b in bands) + least + 9 if most is None else most) + 1):
        own = [b["means"] == "harmful" for b in bands if b["least"] <= size <= b.get("most", size)]
        answers.add(own[0] if own else None)
    return same3(answers) if None not in answers else None


def findings_of(rules: dict, form: dict) -> list[dict]:
    """Every question of every criterion: tier, gene, strength, answer."""
    who = Participant(rules, form)
    found: list[dict] = []
    claims: dict[tuple, Three] = {}
    counted: set[str] = set()
    used: set[tuple[str, str]] = set()
    for criterion in sorted(rules["criteria"], key=lambda c: (c["tier"], -c["points"])):
        for gene in sorted(
            {a["gene"] for a in who.alleles} | set(who.genes) | {r["gene"] for r in rules.get("repeats", ())}
        ):
            if who.validity(gene) not in criterion["validity"]:
                continue
            for truth, strength in asked(criterion, gene, who, claims, counted, used):
                found.append(
                    {
                        "criterion": criterion["id"],
                        "tier": criterion["tier"],
                        "gene": gene,
                        "truth": truth,
                        "strength": strength,
                    }
                )
    return found


def asked(criterion: dict, gene: str, who: Participant, claims: dict, counted: set, used: set):
    points = points_in(criterion, who.genes.get(gene, {}))

    def new(kind: str, locus: dict) -> bool:  # one variant counts once, by its strongest criterion
        known = (kind, locus["id"]) in used
        used.add((kind, locus["id"]))
        return not known

    own = [a for a in who.alleles if a["gene"] == gene and a["class"] in criterion.get("classes", ())]
    own = [a for a in own if criterion["kind"] != "heteroplasmy" or who.place[a["id"]][0] == "MT"]
    own = [a for a in own if criterion["kind"] != "listed_allele" or row_fits(criterion, a)]
    own = [a for a in own if new("allele", a)]
    match criterion["kind"]:
        case "listed_allele":
            for a in own:
                if a["needs"] == "one":
                    yield who.carries(a), points
                elif a["needs"] == "one_or_two":
                    present = who.carries(a)
                    yield (None if present and on_all(who.call(a), who.absent) is not True else present), points
            pair = [(who.place[a["id"]], who.call(a)) for a in own if a["needs"] == "two"]
            if pair:
                yield biallelic(pair, who.absent), points
        case "heteroplasmy":
            for a in own:
                yield by_fraction(criterion, who, a), points
        case "repeat":
            for r in who.rules.get("repeats", ()):
                if r["gene"] == gene and r["use"] == "evidence" and new("repeat", r):
                    yield who.expanded(r), points
        case "marker":
            for m in who.rules.get("markers", ()):
                if m["gene"] == gene and not m.get("inactive") and new("marker", m):
                    yield by_letters(m, who, criterion)
        case "deletion":
            known = who.genes.get(gene, {"chrom": "MT", "mechanisms": []})
            works_by = set(criterion["mechanisms"]) & set(known["mechanisms"])
            if known["chrom"] != "MT" and works_by and is_inherited(criterion, known):
                yield lost(criterion, gene, who), points
        case "clinvar" | "consequence":
            known = who.genes.get(gene, {"chrom": "MT", "mechanisms": []})
            fits_mechanism = criterion["kind"] == "clinvar" or set(criterion["mechanisms"]) & set(known["mechanisms"])
            if known["chrom"] != "MT" and fits_mechanism and is_inherited(criterion, known):
                yield in_gene(criterion, gene, who, claims, counted), points
        case other:
            raise ValueError(other)


def row_fits(criterion: dict, allele: dict) -> bool:
    """Whether the row of a listed allele says what a criterion asks for beside its class."""
    if "stars" in criterion and allele.get("stars", -1) < criterion["stars"]:
        return False
    if "classified_from" in criterion and allele.get("classified", "") < criterion["classified_from"]:
        return False
    if "max_frequency" in criterion and "frequency" in allele:
        common = Fraction(allele["frequency"])
        if (common if allele["needs"] == "one" else common**2) > Fraction(criterion["max_frequency"]):
            return False
    named = " | ".join(allele.get("conditions", ())).lower()
    return not criterion.get("conditions") or any(each.lower() in named for each in criterion["conditions"])


def by_fraction(criterion: dict, who: Participant, allele: dict) -> Three:
    present, call = who.carries(allele), who.call(allele)
    if present is not True:
        return present
    given = call.get("fraction") if isinstance(call, dict) else None
    if given is None:
        return None
    share = Fraction(given)
    return True if share >= Fraction(criterion["counts"]) else False if share < Fraction(criterion["ignored"]) else None


def points_in(criterion: dict, gene: dict) -> int:
    """The points of a finding in a gene: 1000 x (1 - 1/OR) by its published odds ratio, or the criterion's."""
    for effect in gene.get("effects", ()):
        if effect["criterion"] == criterion["id"] and "odds_ratio" in effect:
            return max(1, round(1000 * (1 - 1 / Fraction(effect["odds_ratio"]))))
    return criterion["points"]


def of_copies(criterion: dict, log_odds: int, copies: int) -> int:
    if criterion.get("counts") == "attributable":
        due = max(1, round(1000 * (1 - math.exp(-copies * log_odds / 1000)))) if copies else 0
        return due * criterion["points"] // 1000
    return copies * log_odds * criterion["points"] // 1000


def by_letters(marker: dict, who: Participant, criterion: dict) -> tuple[Three, int]:
    given = who.form.get("markers", {}).get(marker["rsid"])
    read = [] if given is None else given.replace("|", "/").split("/")
    if not read or not set(read) <= {marker["effect"], marker["other"]}:
        return None, of_copies(criterion, marker["log_odds"], 2)
    copies = read.count(marker["effect"])
    return copies > 0, of_copies(criterion, marker["log_odds"], copies)


def with_stars(word: Three, stars: int | str, least: int) -> Three:
    if not word or least == 0:
        return word
    return None if stars == "unknown" else stars >= least


def clinvar_says(variant: dict, stars: int) -> Three:
    says = variant.get("clinvar") or {"significance": "unknown"}
    word = {"pathogenic": True, "unknown": None}.get(says["significance"], False)
    return with_stars(word, says.get("stars", 0), stars)


def for_conditions(told: list, asked: list) -> Three:
    """Of conditions that are told by names alone, or are just those asked."""
    if not asked or set(told) & set(asked):
        return True
    return None if not told or "not provided" in told else False


def qualifies(criterion: dict, variant: dict) -> Three:
    often = None if variant.get("frequency") is None else Fraction(variant["frequency"])
    rare = None if often is None else often <= Fraction(criterion["max_frequency"])
    if criterion["kind"] == "clinvar":
        says = variant.get("clinvar") or {"significance": "unknown"}
        word = {"pathogenic": True, "not_pathogenic": False, "unknown": None}[says["significance"]]
        starred = with_stars(word, says.get("stars", 0), criterion["stars"])
        about = for_conditions(says.get("conditions", []), criterion.get("conditions", []))
        return False if rare is False else all3([starred, about])
    if rare is False:
        return False
    if variant.get("terms") is None:
        return None
    if not set(variant["terms"]) & set(criterion["terms"]):
        return False
    answers = [rare]
    if "predictor" in criterion:
        score = variant.get("predictors", {}).get(criterion["predictor"])
        answers.append(None if score is None else Fraction(score) >= Fraction(criterion["at_least"]))
    if criterion.get("spare_last_exon") == "yes":
        answers.append({"true": False, "false": True, "unknown": None}[variant.get("last_exon", "unknown")])
    if "spare_penultimate" in criterion:  # no gene here has a table that says where an exon ends
        answers.append(True if variant.get("penultimate_exon") == "false" else None)
    return all3(answers)


def needs_two(criterion: dict, gene: dict) -> bool:
    return gene["inheritance"] in criterion.get("two_in", ["recessive"])


def is_inherited(criterion: dict, gene: dict) -> bool:
    """Whether a gene has the inheritance, and one of the regions, that a criterion asks for."""
    names = {region["id"] for region in gene.get("regions", ())}
    if criterion.get("within") and not names & set(criterion["within"]):
        return False
    return not criterion.get("inheritance") or gene["inheritance"] in criterion["inheritance"]


def qualifies_there(criterion: dict, variant: dict, who: Participant) -> Three:
    """Whether a variant is what a criterion asks for, and where it asks for it."""
    regions = who.genes[variant["gene"]].get("regions", ())
    inside = {region["id"]: in_region(variant, region, who.form.get("build", "GRCh38")) for region in regions}
    within, outside = criterion.get("within"), criterion.get("outside", ())
    there = any3([answer for name, answer in inside.items() if name in within]) if within else True
    out = [None if answer is None else not answer for name, answer in inside.items() if name in outside]
    return all3([qualifies(criterion, variant), there, *out])


def in_region(variant: dict, region: dict, build: str) -> Three:
    """Whether all, none or some of what a variant changes lies in a region."""
    if "residues" in region:
        if variant.get("residues") is None:
            return None
        first, _, last = variant["residues"].partition("-")
        touched = set(range(int(first), int(last or first) + 1))
        span = region["residues"]
    else:
        chrom, pos, ref, alt = place_of(variant)
        touched = (
            {p for _, p in bases_of((chrom, pos, ref, alt))}
            if len(ref) != len(alt)
            else set(range(pos, pos + len(ref)))
        )
        touched = touched or {pos, pos + 1}  # an insertion lies between two bases
        span = region[build.lower()]
    start, end = map(int, span.split("-"))
    answers = {start <= each <= end for each in touched}
    return same3(answers)


def lost(criterion: dict, gene: str, who: Participant) -> Three:
    """One copy of a gene deleted, or when recessive no sound copy left."""
    own = []
    for s in who.form.get("structural", ()):
        open_end = s["kind"] != "deletion" or s["reach"] == "part"
        takes = None if open_end else s["reach"] in ("whole", criterion["reach"])
        sure = all3([takes, carries(call_in(s), "unknown")])
        if s["gene"] == gene and sure is not False:
            own.append((s, sure))
    looked = who.form.get("structural_read") == "yes" and who.absent == "reference"
    if not needs_two(criterion, who.genes[gene]):
        truth = any3([sure for _, sure in own])
    else:
        partners, all_seen = small_partners(gene, who)
        ways = [all3([sure, on_all(call_in(s), "unknown")]) for s, sure in own]
        ways += [
            all3([sure, harms, left(s, place, call, who.absent)]) for s, sure in own for place, call, harms in partners
        ]
        truth = any3(ways + [None] * (len(own) > 1))  # two records may show one deletion
        looked = looked and (all_seen or not own)
    return None if truth is False and not looked else truth


def small_partners(gene: str, who: Participant) -> tuple[list, bool]:
    """(place, call, whether it harms) of small variants, and whether each kind that counts was looked for."""
    known = who.genes[gene]
    kinds = [
        c
        for c in who.rules["criteria"]
        if c["kind"] in ("clinvar", "consequence")
        and known["validity"] in c["validity"]
        and (c["kind"] == "clinvar" or set(c["mechanisms"]) & set(known["mechanisms"]))
        and is_inherited(c, known)
    ]
    found = [
        (who.place[a["id"]], who.call(a), True)
        for a in who.alleles
        if a["gene"] == gene and a["needs"] != "one" and a["class"] in ("pathogenic", "other_disease", "mimic")
    ]
    found += [
        (place_of(v), call_in(v), any3([qualifies_there(c, v, who) for c in kinds]))
        for v in who.form.get("variants", ())
        if v["gene"] == gene and place_of(v) not in set(who.place.values())
    ]
    return found, all(who.looked_for(gene, c["kind"]) for c in kinds)


def left(deletion: dict, place: tuple, call: dict | str | None, absent: str) -> Three:
    """Whether a small variant stands on the copy that a deletion leaves."""
    if carries(call, absent) is False:
        return False
    if {p for _, p in bases_of(place)} == set(range(deletion["start"], deletion["end"] + 1)):
        return False
    if state_of(call, absent) != "called" or state_of(call_in(deletion), "unknown") != "called":
        return None
    if on_all(call, absent):
        return True
    touched = set(range(place[1], place[1] + len(place[2]))) & set(range(deletion["start"], deletion["end"] + 1))
    return None if touched else apart(call_in(deletion), call, absent)


def apart(one: dict | str, other: dict | str | None, absent: str) -> Three:
    """Every way of laying two called changes on two haplotypes: whether none of the haplotypes has both."""
    calls = [(haplotypes_of(one), copies_of(one, "unknown")), (haplotypes_of(other), copies_of(other, absent))]
    if len({len(copies) for _, copies in calls}) > 1:
        return None
    pair = [(("1",), names, tuple(copies)) for names, copies in calls]
    (place, names, full), other = pair
    turned = (place, names, full[::-1] if names is None else full)
    laid = [each for first in (pair[0], turned) for each in layings([first, other])]
    return same3({not any(a and b for a, b in zip(x[1], y[1], strict=True)) for x, y in laid})


def place_of(variant: dict) -> tuple[str, int, str, str]:
    return str(variant["chrom"]), int(variant["pos"]), variant["ref"], variant["alt"]


def call_in(variant: dict) -> dict | str:
    return variant.get("call") or variant["genotype"]


def in_gene(criterion: dict, gene: str, who: Participant, claims: dict, counted: set) -> Three:
    """One unlisted variant (two in trans when recessive) that fits and does not count by a stronger criterion."""
    listed = set(who.place.values())
    own = [v for v in who.form.get("variants", ()) if v["gene"] == gene and place_of(v) not in listed]
    fit = {place_of(v): qualifies_there(criterion, v, who) for v in own}
    likely = [v for v in own if fit[place_of(v)] is not False and carries(call_in(v), who.absent) is not False]
    free = [v for v in likely if claims.get((gene, place_of(v)), False) is not True]
    sure = {}
    for v in free:
        place = place_of(v)
        elsewhere = claims.get((gene, place), False) is None and gene in counted
        sure[place] = all3([fit[place], None]) if elsewhere else fit[place]
    if needs_two(criterion, who.genes[gene]):
        calls = [(place_of(v), call_in(v) if sure[place_of(v)] is True else None) for v in free]
        partners = [
            (who.place[a["id"]], who.call(a))
            for a in who.alleles
            if a["gene"] == gene and a["needs"] != "one" and a["class"] in ("pathogenic", "other_disease", "mimic")
        ]
        truth = all3([any3([carries(c, "unknown") for _, c in calls]), biallelic_with(calls, partners, who.absent)])
    else:
        truth = any3([all3([sure[place_of(v)], carries(call_in(v), who.absent)]) for v in free])
    if truth is False and not who.looked_for(gene, criterion["kind"]):
        truth = None
    for v in likely:
        key = (gene, place_of(v))
        claim = fit[place_of(v)]
        if needs_two(criterion, who.genes[gene]):  # two count together, or none
            claim = all3([claim, truth])
        claims[key] = any3([claims.get(key, False), claim])
    if truth is True:
        counted.add(gene)
    return truth


def biallelic_with(calls: list, partners: list, absent: str) -> Three:
    return biallelic([*calls, *partners], absent) if calls else False


# ------------------------------------------------------------------------------------------------- scores and decision


def points_of(rules: dict, findings: list[dict]) -> dict[str, list[int]]:
    """What is known for each category, tier by tier: a gene counts once per tier, by its strongest finding."""
    points = {}
    for category in rules["categories"]:
        line = []
        for tier in rules["decision"]["tiers"]:
            total = 0
            for gene in rules.get("genes", ()):
                share = sum(s["share"] for s in gene["shares"] if s["category"] == category["id"])
                true = [
                    f["strength"]
                    for f in findings
                    if f["truth"] is True and f["tier"] == tier["tier"] and f["gene"] == gene["symbol"]
                ]
                total += max(true, default=0) * share // 1000
            line.append(min(total, tier.get("cap", total)))
        points[category["id"]] = line
    return points


def genes_of(rules: dict, findings: list[dict]) -> dict[str, int]:
    """For each category the number of genes that speak for it."""
    true = {f["gene"] for f in findings if f["truth"] is True and f["strength"]}
    return {
        c["id"]: sum(
            any(s["category"] == c["id"] for s in g["shares"]) for g in rules.get("genes", ()) if g["symbol"] in true
        )
        for c in rules["categories"]
    }


def duel(rules: dict, one: list[int], other: list[int]) -> int:
    """1 when the first wins, -1 when the second does, 0 when neither."""
    opened = False
    for tier, a, b in zip(rules["decision"]["tiers"], one, other, strict=True):
        reached = a >= tier["minimum"] or b >= tier["minimum"]
        if tier["opens"] == "yes" and reached:
            opened = True
        if opened and reached and abs(a - b) >= tier["margin"]:
            return 1 if a > b else -1
    return 0


def decide(
    rules: dict,
    points: dict[str, list[int]],
    genes: dict[str, int],
    participant: str,
    digest: str,
    accrual: dict | None = None,
):
    """(category, basis)."""
    protocol = rules["decision"].get("otherwise", {})

    def otherwise(basis: str, among: list[str]):
        way = protocol.get(basis, "review")
        chosen = allocated(way, protocol, among, participant, digest, accrual)
        return (None, basis) if chosen is None else (chosen, way)

    names = [c["id"] for c in rules["categories"]]
    beats = {(a, b) for a in names for b in names if a != b and duel(rules, points[a], points[b]) == 1}
    may_win = [
        n
        for n in names
        if any(
            p >= t["minimum"] for t, p in zip(rules["decision"]["tiers"], points[n], strict=True) if t["opens"] == "yes"
        )
    ]
    if not may_win:
        return otherwise("no_evidence", names)
    top = next(
        inside
        for size in range(1, len(names) + 1)
        for inside in itertools.combinations(names, size)
        if all((a, b) in beats for a in inside for b in names if b not in inside)
    )
    if len(top) == 1 and top[0] in may_win:
        return top[0], "lead"
    for rule in rules["decision"].get("tie_breaks", ()):
        able = [n for n in top if n in may_win]
        if rule == "distinct_genes":
            top = tuple(n for n in top if genes[n] == max(genes[m] for m in top))
        elif able and rule == "category_order":
            top = (able[0],)
        elif able and rule == "seeded":
            top = (min(able, key=lambda n: random_tie_key(participant, digest, n)),)
        if len(top) == 1:
            return (top[0], rule) if top[0] in may_win else (None, "tied")
    return otherwise("tied", [n for n in top if n in may_win])


def allocated(way: str, protocol: dict, among: list[str], participant: str, digest: str, accrual: dict | None):
    """The category that a protocol allocates; fractions where the code has whole numbers."""
    weight = {n: protocol.get("weights", {}).get(n, 1) for n in among}

    def drawn(few: list[str], purpose: str) -> str:
        keys = {}
        for n in few:
            text = f"{participant}\n{purpose}\n{n}".encode()
            at = Fraction(int(hmac.new(bytes.fromhex(digest), text, hashlib.sha256).hexdigest(), 16), 2**256)
            keys[n] = at ** math.prod(w for m, w in weight.items() if m != n)
        return max(few, key=lambda n: keys[n])

    def least(sizes: dict[str, Fraction], purpose: str) -> str:
        return drawn([n for n in among if sizes[n] == min(sizes.values())], purpose)

    if not among or way == "review" or (way != "lot" and accrual is None):
        return None
    if way == "lot":
        return drawn(among, "lot")
    if way == "smallest_arm":
        return least({n: Fraction(accrual["arms"].get(n, 0), weight[n]) for n in among}, way)
    imbalance = {}
    for n in among:
        imbalance[n] = Fraction(0)
        for factor, heavy in protocol["factors"].items():
            now = accrual["factors"].get(factor, {}).get(accrual["levels"][factor], {})
            then = [Fraction(now.get(m, 0) + (m == n), weight[m]) for m in among]
            imbalance[n] += heavy * (max(then) - min(then))
    best = least(imbalance, way)
    others = [n for n in among if n != best]
    coin = int(hmac.new(bytes.fromhex(digest), f"{participant}\ncoin".encode(), hashlib.sha256).hexdigest(), 16)
    if not others or Fraction(coin, 2**256) < Fraction(protocol.get("favoured", 1000), 1000):
        return best
    return drawn(others, "coin: other")


def random_tie_key(participant: str, digest: str, category: str) -> str:
    return hmac.new(bytes.fromhex(digest), f"{participant}\n{category}".encode(), hashlib.sha256).hexdigest()


# ------------------------------------------------------------------------------------------------------ flags, outcome


def flags_of(rules: dict, form: dict, findings: list[dict]) -> list[tuple[str, str, Three, bool]]:
    """(kind, id, truth, whether it holds) of mimics and therapies."""
    who = Participant(rules, form)
    kinds = {c["id"]: c["kind"] for c in rules["criteria"]}
    repeats = {r["id"]: r for r in rules.get("repeats", ())}
    listed = set(who.place.values())
    found, mimics = [], {}
    for m in rules.get("flags", {}).get("mimics", ()):
        bad = [
            (who.place[a["id"]], who.call(a))
            for a in who.alleles
            if a["gene"] == m["gene"] and a["class"] in ("pathogenic", "other_disease", "mimic")
        ]
        seen = [
            (place_of(v), call_in(v), clinvar_says(v, 1))
            for v in form.get("variants", ())
            if v["gene"] == m["gene"] and place_of(v) not in listed
        ]
        present = any3(
            [carries(call, who.absent) for _, call in bad]
            + [all3([says, carries(call, who.absent)]) for _, call, says in seen]
        )
        worlds = itertools.product(*([True, False] if says is None else [says] for _, _, says in seen))
        choices = [[*bad, *(v[:2] for v, is_bad in zip(seen, world, strict=True) if is_bad)] for world in worlds]
        male = None if who.sex is None else who.sex == "male"
        copies = form.get("copy_numbers", {}).get(m["gene"])
        match m["trigger"]:
            case "one":
                truth = present
            case "two":
                answers = {biallelic(chosen, who.absent) for chosen in choices}
                truth = None if None in answers else same3(answers)
            case "male":
                truth = all3([present, male])
            case "repeat":
                truth = who.expanded(repeats[m["repeat"]])
            case "copy_number":
                truth = none_left(copies)
            case other:
                raise ValueError(other)
        looked = m["gene"] in who.genes and who.looked_for(m["gene"], "clinvar")
        if truth is False and m["trigger"] in ("one", "two", "male") and not looked:
            truth = None
        mimics.setdefault(m["gene"], []).append(truth)
        found.append(("mimic", m["id"], truth, m["action"] == "hold"))
    for t in rules.get("flags", {}).get("therapies", ()):
        match t["trigger"]:
            case "pathogenic":
                own = [f for f in findings if f["gene"] == t["gene"]
                       and kinds[f["criterion"]] in ("listed_allele", "clinvar")]  # fmt: skip
                truth = any3([*(f["truth"] for f in own), *mimics.get(t["gene"], ())])
                by_variant = any(kinds[f["criterion"]] == "clinvar" for f in own) or any(
                    m["gene"] == t["gene"] and m["trigger"] in ("one", "two", "male")
                    for m in rules["flags"].get("mimics", ())
                )
                if truth is False and not by_variant:
                    truth = None
            case "repeat":
                truth = who.expanded(repeats[t["repeat"]])
            case "copy_number":
                truth = none_left(form.get("copy_numbers", {}).get(t["gene"]))
            case "none":
                truth = False
            case other:
                raise ValueError(other)
        found.append(("gene_targeted_therapy", t["id"], truth, t["action"] == "hold"))
    return found


def none_left(copies: dict | str | None) -> Three:
    if copies is None:
        return None
    return int(copies["copies"] if isinstance(copies, dict) else copies) == 0


def assign(rules: dict, form: dict, digest: str) -> dict:
    """The outcome, but for `unsettled`, which the brute force over completions judges."""
    findings = findings_of(rules, form)
    points = points_of(rules, findings)
    category, basis = decide(rules, points, genes_of(rules, findings), form.get("participant", "participant"), digest)
    who = Participant(rules, form)
    reasons = {basis} & {"tied", "no_evidence"}
    reasons |= {kind for kind, _, truth, holds in flags_of(rules, form, findings) if truth is True and holds}
    if form.get("sex") and form.get("inferred_sex") and form["sex"] != form["inferred_sex"]:
        reasons.add("sex_mismatch")
    for a in who.alleles:
        believed = state_of(who.call(a), "unknown") in ("called", "partial")
        if may_hold(who.call(a)) and not believed and a["class"] not in ("benign", "uncertain", "disputed"):
            reasons.add("quality")
    for r in rules.get("repeats", ()):
        given = form.get("repeats", {}).get(r["id"])
        if isinstance(given, dict) and given.get("problem"):
            numbers = given["sizes"].replace(">=", "").replace("<=", "").split("/")
            numbers += given.get("intervals", ".").replace("-", "/").split("/")
            ends = [None if not n else int(n) for n in numbers if n != "."]
            if any(n is None or harmful_size(r, n, n) is not False for n in ends):
                reasons.add("quality")
    if form.get("two_sexes") == "yes":
        reasons.add("sex_mismatch")
    if form.get("two_people"):
        reasons.add("sample_mismatch")
    if form.get("somatic"):
        reasons.add("somatic")
    if form.get("partial_read") == "yes":
        reasons.add("partial_read")
    held = any(rules["decision"]["policy"].get(reason, "review") == "review" for reason in reasons)
    return {"category": category, "basis": basis, "points": points, "reasons": reasons, "held": held}
