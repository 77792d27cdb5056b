"""Random files of X, Y and MT, of one person or another: haploid, diploid and half calls, in and beside the PARs."""

from __future__ import annotations

from hypothesis import strategies as st

from assigner.profiles.profile import Profile
from assigner.rules.panels import panel_of
from assigner.truth import Truth
from vcfs import allele, gene, marker, rules_of

PLACES = {
    "X": (20_000, 2_781_479, 2_781_480, 5_000_001, 5_000_300, 155_701_382, 155_701_383),
    "Y": (20_000, 2_781_480, 9_000_000, 56_887_903),
    "MT": (3243, 8344),
}
"""Listed places: on X and Y the last base and the first one of a pseudo-autosomal region of GRCh38, and others."""

BASES = {"X": ("C", "T"), "Y": ("C", "T"), "MT": ("A", "G")}
RULES = rules_of(
    alleles=[
        allele(f"X{pos}", "X", pos, "C", "T", pos37=pos if pos < 150_000_000 else pos - 1_000_000)
        for pos in PLACES["X"]
    ]
    + [allele(f"Y{pos}", "Y", pos, "C", "T") for pos in PLACES["Y"]]
    + [allele(f"MT{pos}", "MT", pos, "A", "G", **{"class": "mitochondrial"}) for pos in PLACES["MT"]],
    genes=[gene("GX", "X", 5_000_000, 5_000_900)],
    markers=[marker("rs1", "X", 5_000_100, "T", "C")],
)
GENOTYPES = ("0", "1", "1/1", "0/1", "0/0", "0|1", "1|1", "./.", ".", "1/.", "0/0/1")
KEYS = {"GT": "", "GT:DP:GQ:AD": ":30:60:{reads}", "GT:DP": ":5", "GT:AF": ":{share}", "GT:FT": ":PASS"}


@st.composite
def tables(draw: st.DrawFn, people: int = 1) -> str:
    """Rows of a VCF, as `vcfs.vcf` takes them, in the order of the genome."""
    rows = []
    for chrom, places in PLACES.items():
        for pos in sorted(draw(st.lists(st.sampled_from(places), max_size=4))):
            rows.append(draw(_rows(chrom, pos, people)))
        if chrom == "X":
            rows += draw(_of_one_sex(people))
    order = {chrom: at for at, chrom in enumerate(PLACES)}
    return "\n".join(sorted(rows, key=lambda row: (order[row.split()[0]], int(row.split()[1]))))


@st.composite
def _rows(draw: st.DrawFn, chrom: str, pos: int, people: int) -> str:
    (ref, alt), info = BASES[chrom], "."
    if draw(st.integers(0, 3)) == 0:
        alt, info = draw(st.sampled_from(["<NON_REF>", "<*>", "."])), f"END={pos + draw(st.sampled_from([0, 5, 400]))}"
    keys = draw(st.sampled_from(sorted(KEYS)))
    reads = ["30"] if alt == "." else ["15,15", "0,30", "30,0"]
    genotypes = [gt for gt in GENOTYPES if alt != "." or "1" not in gt]
    cells = [
        draw(st.sampled_from(genotypes))
        + KEYS[keys].format(reads=draw(st.sampled_from(reads)), share=draw(st.sampled_from(["0.5", "0.05", "1"])))
        for _ in range(people)
    ]
    filters = draw(st.sampled_from(["PASS", "PASS", "LowQual", "."]))
    return " ".join([chrom, str(pos), ref, alt, filters, info, keys, *cells])


@st.composite
def _of_one_sex(draw: st.DrawFn, people: int) -> list[str]:
    """Calls on X, at no listed place, of a woman, or of a man written in one of two ways; or none."""
    kinds = draw(st.sampled_from([["0/1", "0/1", "1/1"], ["1"], ["1/1"]]))
    cells = st.lists(st.sampled_from(kinds), min_size=people, max_size=people)
    return [
        " ".join(["X", str(6_100_000 + at), "G", "A", "PASS", ".", "GT", *draw(cells)])
        for at in range(draw(st.sampled_from([0, 1, 3, 12])))
    ]


def truths_of(profile: Profile) -> dict[str, Truth]:
    """What a profile says of each listed allele: is it carried, and on every copy."""
    found = {}
    for variant in panel_of(RULES, profile.build).alleles:
        call = profile.call(variant)
        found |= {f"{variant} carried": call.carries, f"{variant} on every copy": call.on_every_haplotype}
    return found


def beyond(less: Profile, more: Profile) -> list[str]:
    """Of what the first profile is sure, though the second one is not, or is sure of the contrary."""
    known = truths_of(more)
    return [name for name, truth in truths_of(less).items() if truth is not Truth.UNKNOWN and truth is not known[name]]
