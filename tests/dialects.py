"""A drawn truth of one participant, and the dialects and dresses in which a file may write it."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen
from hypothesis import strategies as st

import vcfs
from assigner.genome.builds import Build
from assigner.profiles.calls import Call, State
from assigner.profiles.profile import Profile
from assigner.rules.panels import panel_of
from assigner.truth import Truth
from assigner.vcf.reading import read_profile
from vcfs import allele, rules_of, vcf, written

START = 9001
LOCAL = (
    "GATTACAGTCCTGAATCGGCTTAGCATGCCGTAACTGGATCATTGCAGTACCTTGAGCGATCAAGTCTGGCATACGTTAGCCATGCTAAGGTCCATGACTTGCAAC"
    "TGGCATTCAGGATACCGTTGAGCTAACGGTCATGCATTCGGACTAGTCCAAGCTTGACGTATCGGCATTACGGTTCAGACCTGATGCAACTCGGTTAGCATCCGAT"
)


def base(pos: int, length: int = 1) -> str:
    """The local reference on GRCh38; on GRCh37 it stands 1,000 bases further on."""
    return LOCAL[pos - START : pos - START + length]


def other(pos: int, at: int) -> str:
    return [letter for letter in "ACGT" if letter != base(pos)][at]


@frozen
class Site:
    """A place with listed alleles."""

    pos: int
    ref: str
    alts: tuple[str, ...]

    @property
    def end(self) -> int:
        return self.pos + len(self.ref) - 1


SITES = (
    Site(9021, base(9021), (other(9021, 0), other(9021, 1))),
    Site(9041, base(9041), (other(9041, 2),)),
    Site(9061, base(9061, 4), (base(9061),)),
    Site(9081, base(9081), (base(9081) + "GGTCA",)),
    Site(9101, base(9101, 2), (other(9101, 1) + other(9102, 1),)),
    Site(9121, base(9121), (other(9121, 0), other(9121, 1), other(9121, 2))),
)
RULES = rules_of(
    alleles=[allele(f"S{s.pos}-{k}", "1", s.pos, s.ref, alt) for s in SITES for k, alt in enumerate(s.alts, start=1)]
)


@frozen
class Seen:
    """What is true of a site in the participant, and how well it was seen."""

    alleles: tuple[int | None, ...]
    phased: bool
    depth: int
    quality: int
    filters: str
    absent: bool

    @property
    def believed(self) -> bool:
        return self.depth >= 10 and self.quality >= 20 and self.filters in ("PASS", ".") and not self.absent

    @property
    def is_reference(self) -> bool:
        return set(self.alleles) == {0}


@st.composite
def seen_at(draw: st.DrawFn, site: Site) -> Seen:
    number = st.sampled_from([None, 0, 0, *range(1, len(site.alts) + 1)])
    good = draw(st.integers(0, 4)) > 0
    return Seen(
        alleles=tuple(draw(st.lists(number, min_size=2, max_size=2))),
        phased=draw(st.booleans()),
        depth=40 if good else draw(st.sampled_from([40, 9, 0])),
        quality=99 if good else draw(st.sampled_from([99, 19, 0])),
        filters="PASS" if good else draw(st.sampled_from(["PASS", "LowQual", "."])),
        absent=draw(st.integers(0, 9)) == 0,
    )


def gt(alleles: Sequence[int | None], phased: bool) -> str:
    return ("|" if phased else "/").join("." if a is None else str(a) for a in alleles)


def row(site: Site, alts: Sequence[str], alleles: Sequence[int | None], seen: Seen, *, shift: int = 0) -> str:
    """A record of a site with these ALT alleles."""
    reads = [0] * (len(alts) + 1)
    for each in alleles:
        if each is not None:
            reads[each] += seen.depth // 2
    keys, values = "GT:DP:GQ:AD", f"{gt(alleles, seen.phased)}:{seen.depth}:{seen.quality}:{','.join(map(str, reads))}"
    fields = ["1", str(site.pos + shift), site.ref, ",".join(alts) or ".", seen.filters, ".", keys, values]
    return " ".join(fields)


def block(site: Site, seen: Seen, alt: str, info: str = "", *, shift: int = 0, length: bool = False) -> str:
    """A reference block over a site and three bases on either side."""
    end = site.end + 3 + shift
    keys, values = "GT:MIN_DP:DP:GQ", f"0/0:{seen.depth}:{seen.depth + 30}:{seen.quality}"
    if length:
        keys, values, info = f"{keys}:LEN", f"{values}:{site.end - site.pos + 7}", "."
    else:
        info = f"END={end}{info}"
    return " ".join(["1", str(site.pos - 3 + shift), base(site.pos - 3), alt, seen.filters, info, keys, values])


def plain(site: Site, seen: Seen, shift: int) -> list[str]:
    """Only what differs from the reference, and only alleles that are carried."""
    if seen.is_reference:
        return []
    carried = sorted({a for a in seen.alleles if a})
    numbers = {None: None, 0: 0, **{a: at for at, a in enumerate(carried, start=1)}}
    return [row(site, [site.alts[a - 1] for a in carried], [numbers[a] for a in seen.alleles], seen, shift=shift)]


def joint(site: Site, seen: Seen, shift: int) -> list[str]:
    return [row(site, site.alts, seen.alleles, seen, shift=shift)]


def all_sites(site: Site, seen: Seen, shift: int) -> list[str]:
    return [row(site, [], seen.alleles, seen, shift=shift)] if seen.is_reference else joint(site, seen, shift)


def gatk(site: Site, seen: Seen, shift: int) -> list[str]:
    if seen.is_reference:
        return [block(site, seen, "<NON_REF>", shift=shift)]
    return [row(site, [*site.alts, "<NON_REF>"], seen.alleles, seen, shift=shift)]


def bcftools(site: Site, seen: Seen, shift: int) -> list[str]:
    if seen.is_reference:
        return [block(site, seen, "<*>", shift=shift)]
    return [row(site, [*site.alts, "<*>"], seen.alleles, seen, shift=shift)]


def strelka(site: Site, seen: Seen, shift: int) -> list[str]:
    if seen.is_reference:
        return [block(site, seen, ".", ";BLOCKAVG_min30p3a", shift=shift)]
    return joint(site, seen, shift)


def by_length(site: Site, seen: Seen, shift: int) -> list[str]:
    return [block(site, seen, "<*>", shift=shift, length=True)] if seen.is_reference else joint(site, seen, shift)


def split(site: Site, seen: Seen, shift: int) -> list[str]:
    """A record for each allele, the others written as 0 (bcftools norm)."""
    rows = []
    for number, alt in enumerate(site.alts, start=1):
        alleles = [None if a is None else int(a == number) for a in seen.alleles]
        rows.append(row(site, [alt], alleles, seen, shift=shift))
    return rows


def split_by_dots(site: Site, seen: Seen, shift: int) -> list[str]:
    """A record for each allele, the others written as missing (vt decompose)."""
    rows = []
    for number, alt in enumerate(site.alts, start=1):
        alleles = [{0: 0, number: 1}.get(a) for a in seen.alleles]
        rows.append(row(site, [alt], alleles, seen, shift=shift))
    return rows


def padded(site: Site, seen: Seen, shift: int) -> list[str]:
    """The same alleles with two bases more before and one after."""
    before, after = base(site.pos - 2, 2), base(site.end + 1)
    wide = Site(site.pos - 2, before + site.ref + after, tuple(before + alt + after for alt in site.alts))
    return joint(wide, seen, shift)


def starred(site: Site, seen: Seen, shift: int) -> list[str]:
    """With the `*` of a deletion that begins before, which nobody carries."""
    return [row(site, [*site.alts, "*"], seen.alleles, seen, shift=shift)]


LOSSLESS = (joint, all_sites, gatk, bcftools, strelka, by_length, split, padded, starred)
DIALECTS = (*LOSSLESS, plain, split_by_dots)
truths = st.tuples(*(seen_at(site) for site in SITES))


@frozen(kw_only=True)
class Dress:
    """All that must not matter."""

    style: str = "chr"
    on: Build = Build.GRCH38
    container: str = "plain"
    others: int = 0
    column: int = 0
    shuffled: int | None = None
    crlf: bool = False

    def file(self, folder: Path, rows: Sequence[str], version: str = "4.2") -> Path:
        """The file that these rows are in this dress."""
        rows = list(rows)
        if self.shuffled is not None:
            random.Random(self.shuffled).shuffle(rows)
        names = [f"other{number}" for number in range(self.others)]
        names.insert(self.column, "P1")
        chance = random.Random(1)
        wide = []
        for each in rows:
            *fields, own = each.split()
            theirs = [":".join([chance.choice(["0/0", "0/1", "./."]), *own.split(":")[1:]]) for _ in range(self.others)]
            theirs.insert(self.column, own)
            wide.append(" ".join([*fields, *theirs]))
        meta = ['##FORMAT=<ID=LEN,Number=1,Type=Integer,Description="Length">'] if version == "4.5" else []
        text = vcf("\n".join(wide), samples=names, style=self.style, on=self.on, meta=meta, version=version)
        if self.crlf:
            text = text.replace(b"\n", b"\r\n")
        if self.container.startswith("bcf"):
            return vcfs.bcf(folder, text, mode=self.container.removeprefix("bcf-"))
        return written(folder, text, container=self.container)


@st.composite
def dresses(draw: st.DrawFn) -> Dress:
    others = draw(st.integers(0, 2))
    return Dress(
        style=draw(st.sampled_from(vcfs.STYLES)),
        on=draw(st.sampled_from(Build)),
        container=draw(st.sampled_from(["plain", "gzip", "bgzf"])),
        others=others,
        column=draw(st.integers(0, others)),
        shuffled=draw(st.none() | st.integers(0, 99)),
        crlf=draw(st.booleans()),
    )


def rows_of(truth: Sequence[Seen], dialect, on: Build = Build.GRCH38) -> list[str]:
    shift = 1000 if on is Build.GRCH37 else 0
    pairs = zip(SITES, truth, strict=True)
    return [each for site, seen in pairs if not seen.absent for each in dialect(site, seen, shift)]


def read(truth: Sequence[Seen], dialect, dress: Dress = Dress(), **declared) -> Profile:
    with tempfile.TemporaryDirectory() as folder:
        version = "4.5" if dialect is by_length else "4.2"
        path = dress.file(Path(folder), rows_of(truth, dialect, dress.on), version)
        return read_profile(path, RULES, sample="P1", **declared)


def calls_of(profile: Profile) -> dict[str, Call]:
    """The calls by the alleles' ids, on whichever build."""
    panel = panel_of(RULES, profile.build)
    return {a.id: profile.call(variant) for variant, a in panel.alleles.items()}


def told(calls: dict[str, Call]) -> dict[str, tuple[Truth, Truth]]:
    return {name: (call.carries, call.on_every_haplotype) for name, call in calls.items()}


def expected(truth: Sequence[Seen]) -> dict[str, tuple[Truth, Truth]]:
    found = {}
    for site, seen in zip(SITES, truth, strict=True):
        for number in range(1, len(site.alts) + 1):
            copies = tuple(None if a is None else a == number for a in seen.alleles)
            call = Call.from_copies(copies) if seen.believed else Call(State.NOT_ASSESSED)
            found[f"S{site.pos}-{number}"] = (call.carries, call.on_every_haplotype)
    return found
