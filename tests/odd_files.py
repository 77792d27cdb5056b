"""Random odd VCFs: several records over a base, blocks of every form, and values that do not support a genotype."""

from __future__ import annotations

from hypothesis import strategies as st

from reader import Asked
from vcfs import allele, rules_of

SEQUENCE = (
    "GATTACAGCTTGCATGCCTGAACGTCGACTCTAGAGGATCCTGTACTAGCACGTTAGCTCAGTCAATGCGACTGCTATCGGTCAGTACGCATCAGTTGCA"
    "CTAGTCATGCGTACCTGACGATCTGCATTGACCGTATGCAGTCTAGGCTACTGACATCGTAGCCATGTCAGGATCCA"
)
"""The reference of chromosome 1, as far as these files go."""


def at(pos: int, length: int = 1) -> str:
    return SEQUENCE[pos - 1 : pos - 1 + length]


def other(letter: str, step: int = 1) -> str:
    return "ACGT"[("ACGT".index(letter) + step) % 4]


META = (
    '##ALT=<ID=DEL,Description="Deletion">',
    '##INFO=<ID=SVTYPE,Number=1,Type=String,Description="Kind">',
    '##FORMAT=<ID=PL,Number=G,Type=Integer,Description="Likelihoods">',
    '##FORMAT=<ID=LEN,Number=1,Type=Integer,Description="Length of a block">',
)
"""What their header declares beside what every one of the tests does."""

SNVS = (60, 63, 70, 84)
ASKED = {
    **{f"SNV{pos}": Asked(pos, at(pos), other(at(pos))) for pos in SNVS},
    "MNV": Asked(66, at(66, 2), other(at(66)) + other(at(67))),
    "DEL": Asked(73, at(73, 4), at(73)),
    "INS": Asked(79, at(79), at(79) + other(at(80)) + other(at(80))),
}
RULES = rules_of(alleles=[allele(name, "1", each.pos, each.ref, each.alt) for name, each in ASKED.items()])
PLACES = st.sampled_from([*SNVS, 66, 67, 73, 74, 76, 79, 80])
STARTS = st.one_of(PLACES, PLACES.map(lambda pos: pos - 1), st.integers(56, 88))
ANY = st.sampled_from(["<NON_REF>", "<*>"])


@st.composite
def alts(draw: st.DrawFn, ref: str, pos: int) -> list[str]:
    """ALT alleles of a record of these bases; a listed one among them where it begins here."""
    own = [each.alt + ref[len(each.ref) :] for each in ASKED.values() if each.pos == pos and ref.startswith(each.ref)]
    letters = [other(ref[0], step) + ref[1:] for step in (1, 2)]
    changed = "".join(map(other, ref))
    kinds = [*own, *own, *letters, "*", changed, ref[0], ref[0] + "GA" + ref[1:]]
    found = draw(st.lists(st.sampled_from(kinds), max_size=2, unique=True))
    found = [alt for alt in found if alt != ref]
    return [*found, *([draw(ANY)] if draw(st.integers(0, 3)) == 0 else [])]


def genotypes(count: int) -> st.SearchStrategy[str]:
    """Genotypes of a record with so many ALT alleles; most of them of two copies."""
    number = st.integers(0, count)
    called = st.tuples(number, number, st.sampled_from("//|")).map(lambda g: f"{g[0]}{g[2]}{g[1]}")
    half = number.map(lambda n: f"./{n}")
    odd = st.sampled_from(["./.", ".", "0", "0/0/0"])
    return st.one_of(st.just("0/0"), st.just("0/0"), called, called, called, half, odd)


@st.composite
def samples(draw: st.DrawFn, gt: str, count: int) -> dict[str, str]:
    """The values of a sample: most support its genotype, some do not."""
    keys = draw(st.sets(st.sampled_from(["DP", "GQ", "AD", "PL", "FT", "PS"]), max_size=3))
    called = [int(each) for each in gt.replace("|", "/").split("/") if each != "."]
    found = {} if draw(st.integers(0, 24)) == 0 else {"GT": gt}
    if "DP" in keys:
        found["DP"] = draw(st.sampled_from(["30", "30", "30", "3", "0", "."]))
    if "GQ" in keys:
        found["GQ"] = draw(st.sampled_from(["60", "60", "5"]))
    if "AD" in keys:
        of = draw(st.sampled_from([called, called, [0], [count]])) or [0]
        found["AD"] = ",".join(str(30 * of.count(n) // len(of)) for n in range(count + 1))
    if "PL" in keys and len(called) == 2:
        best = draw(st.sampled_from([sorted(called), sorted(called), [0, 0], [0, count]]))
        pairs = [(low, high) for high in range(count + 1) for low in range(high + 1)]
        found["PL"] = ",".join("0" if [low, high] == best else "90" for low, high in pairs)
    if "FT" in keys:
        found["FT"] = draw(st.sampled_from(["PASS", "PASS", "LowQual"]))
    if "PS" in keys:
        found["PS"] = draw(st.sampled_from(["9", "77"]))
    return found


@st.composite
def small(draw: st.DrawFn) -> str:
    """A record of one base or of a few, or of a long deletion."""
    pos = draw(STARTS)
    ref = at(pos, draw(st.sampled_from([1, 1, 1, 2, 3, 4, 7, 55])))
    listed = draw(alts(ref, pos))
    return row(draw, pos, ref, listed, {}, draw(genotypes(len(listed))))


@st.composite
def padded(draw: st.DrawFn) -> str:
    """A listed allele with bases before and behind it."""
    asked = draw(st.sampled_from(sorted(ASKED.values(), key=str)))
    before, behind = draw(st.integers(0, 2)), draw(st.integers(0, 2))
    head, tail = at(asked.pos - before, before), at(asked.pos + len(asked.ref), behind)
    return row(draw, asked.pos - before, head + asked.ref + tail, [head + asked.alt + tail], {}, draw(genotypes(1)))


@st.composite
def blocks(draw: st.DrawFn) -> str:
    """A reference block in any of its forms: by END, or by the sample's LEN."""
    pos, length = draw(st.integers(50, 84)), draw(st.integers(2, 45))
    info, more, listed = {"END": str(pos + length - 1)}, {}, [draw(st.sampled_from([".", "<NON_REF>", "<*>", "*"]))]
    if listed == ["<*>"] and draw(st.booleans()):
        info, more = {}, {"LEN": draw(st.sampled_from([str(length), str(length), "2", "."]))}
        listed = draw(st.sampled_from([listed, [other(at(pos)), "<*>"]]))
    listed = [] if listed == ["."] else listed
    gt = draw(st.sampled_from(["0/0"] * 6 + ["./.", "0/.", "0", *(["0/1"] if listed else [])]))
    return row(draw, pos, at(pos), listed, info, gt, **more)


@st.composite
def deletions(draw: st.DrawFn) -> str:
    """A symbolic deletion."""
    pos = draw(st.integers(50, 84))
    end = {"SVTYPE": "DEL", "END": str(pos + draw(st.integers(1, 40)))}
    return row(draw, pos, at(pos), ["<DEL>"], end, draw(genotypes(1)))


def row(draw: st.DrawFn, pos: int, ref: str, listed: list[str], info: dict[str, str], gt: str, **more: str) -> str:
    values = draw(samples(gt, len(listed))) | more
    filters = draw(st.sampled_from(["PASS"] * 6 + [".", "LowQual"]))
    said = ";".join(f"{key}={value}" for key, value in info.items()) or "."
    keys = ":".join(values) or "PS"
    return f"1 {pos} {ref} {','.join(listed) or '.'} {filters} {said} {keys} {':'.join(values.values()) or '.'}"


def tables() -> st.SearchStrategy[str]:
    """Rows of a VCF, as `vcfs.vcf` takes them, in the order of the genome."""
    kinds = st.one_of(small(), small(), small(), padded(), blocks(), blocks(), deletions())
    whole = st.sampled_from(["<NON_REF>", "<*>", "."]).map(lambda alt: f"1 41 {at(41)} {alt} PASS END=160 GT:DP 0/0:30")
    rows = st.tuples(st.lists(kinds, min_size=1, max_size=5), st.lists(whole, max_size=1))
    return rows.map(lambda two: "\n".join(sorted([*two[0], *two[1]], key=lambda one: int(one.split()[1]))))
