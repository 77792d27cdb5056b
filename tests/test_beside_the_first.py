"""Each participant of a run is the one whom a reading of the same inputs alone shows, whoever else takes part."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

import assigner
from assigner.cohorts.reading import Reader, assign_many, cohort_of
from assigner.cohorts.sheets import Participant
from assigner.errors import AssignerError
from assigner.evidence import alike
from assigner.genome.builds import CHROMS, LENGTHS, Build
from assigner.genome.variants import Variant
from assigner.profiles.profile import Profile
from assigner.rules import Rules
from assigner.rules.loci import span_on
from assigner.rules.panels import Panel, marker_pos, panel_of
from assigner.testing.contents import burdened_contents, contents, scored_contents
from assigner.testing.parts import allele, gene, rules_of
from assigner.vcf.meaning import known
from assigner.vcf.reading import profile_of_files
from build import bgzf

ON = Build.GRCH38
X_GENE = 40_000_000
CSQ = "Allele|Consequence|SYMBOL|HGNC_ID|Feature|CANONICAL|Protein_position|HGVSc|HGVSp|EXON"
HEAD = (
    '##FILTER=<ID=LowQual,Description="x">',
    '##ALT=<ID=DEL,Description="x">',
    '##INFO=<ID=END,Number=1,Type=Integer,Description="x">',
    '##INFO=<ID=AF,Number=A,Type=Float,Description="x">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="x">',
    '##FORMAT=<ID=FT,Number=1,Type=String,Description="x">',
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="x">',
    '##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="x">',
    '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="x">',
    '##FORMAT=<ID=PL,Number=G,Type=Integer,Description="x">',
    '##FORMAT=<ID=PS,Number=1,Type=Integer,Description="x">',
)
LARGE = ('##INFO=<ID=SVTYPE,Number=1,Type=String,Description="x">', '##INFO=<ID=SVLEN,Number=.,Type=Integer,Description="x">')  # fmt: skip  # noqa: E501
ANNOTATED = (
    f'##INFO=<ID=CSQ,Number=.,Type=String,Description="Format: {CSQ}">',
    '##INFO=<ID=CLNSIG,Number=.,Type=String,Description="x">',
    '##INFO=<ID=CLNREVSTAT,Number=.,Type=String,Description="x">',
)


def base(pos: int) -> str:
    """The made-up reference, the same on every chromosome."""
    return "ACGT"[(pos * 7 + pos // 5 + pos // 11) % 4]


def bases(pos: int, count: int) -> str:
    return "".join(map(base, range(pos, pos + count)))


def others(chance: random.Random, pos: int, count: int = 1) -> str:
    return "".join(chance.choice([each for each in "ACGT" if each != base(at)]) for at in range(pos, pos + count))


@st.composite
def dense_rules(draw: st.DrawFn) -> Rules:
    """Rule sets with many listed alleles, near each other and far, also on X."""
    content = draw(st.one_of(contents(), contents(), burdened_contents(), scored_contents()))
    chance = random.Random(draw(st.integers(0, 2**32)))
    own = [each for each in content["genes"] if each["chrom"] != "MT"]
    shares = {each["category"]: each["share"] for each in own[0]["shares"]}
    on_x = gene(9, shares) | {"symbol": "GX", "chrom": "X"}
    on_x |= {
        build: f"{X_GENE + shift}-{X_GENE + shift + 9999}" for build, shift in (("grch38", 0), ("grch37", 500_000))
    }
    listed = [each for each in content["alleles"] if each["gene"] == "MT-G"]
    for each in (*own, on_x):
        start = int(each["grch38"].partition("-")[0])
        for offset in chance.sample([20, 22, 23, 60, 64, 150, 290, 400, 700, 3000, 7500], chance.randint(3, 8)):
            listed.append(_listed(chance, each, start + offset, len(listed)))
    content |= {"genes": [*content["genes"], on_x], "alleles": chance.sample(listed, len(listed))}
    if chance.random() < 0.3:
        content["criteria"] = [
            {**each, "gates": {"depth": 20, "strict": chance.choice([[], ["depth"]])}}
            if each["kind"] == "listed_allele" and chance.random() < 0.5
            else each
            for each in content["criteria"]
        ]
    return rules_of(content)


def _listed(chance: random.Random, gene: dict[str, Any], pos: int, number: int) -> dict[str, Any]:
    ref, alt = chance.choice([
        (base(pos), others(chance, pos)), (base(pos), others(chance, pos)), (bases(pos, 2), others(chance, pos, 2)),
        (bases(pos, 3), base(pos)), (base(pos), base(pos) + "GAT"), (bases(pos, 2), base(pos)),
    ])  # fmt: skip
    place = {"chrom": gene["chrom"], "pos38": pos, "ref38": ref, "alt38": alt}
    place |= {"pos37": pos + 500_000, "ref37": ref, "alt37": alt}
    needs = "two" if gene["inheritance"] == "recessive" else chance.choice(["one", "one_or_two"])
    kind = chance.choice(["pathogenic", "pathogenic", "pathogenic", "mimic", "benign"])
    made = allele(f"V{number}", 1, 1, needs=needs, **{"class": kind})
    return made | {"gene": gene["symbol"], "place": place}


@frozen
class JointFile:
    """A file of several samples on its way: what all its rows have alike."""

    chance: random.Random
    panel: Panel
    samples: Sequence[str]
    annotated: bool
    large: bool
    apart: Mapping[str, float]
    """How often a sample's cell is another one than most have."""
    odd: Mapping[str, str]
    """The one genotype of some samples in all records."""
    whole: bool
    """Whether each place that is asked about has a record, so that most participants differ little."""

    @classmethod
    def drawn(
        cls,
        chance: random.Random,
        panel: Panel,
        samples: Sequence[str],
        *,
        annotated: float = 0,
        large: float = 0,
        whole: bool = False,
    ) -> JointFile:
        """A file in which most samples are alike, as in a real one, or none are."""
        often = chance.choice([0.05, 0.1, 0.1, 0.6])
        apart = {name: chance.choice([often, often, often, 0.9]) for name in samples}
        odd = {name: chance.choice(["./.", ".", "0", "1", "0/1"]) for name in samples if chance.random() < 0.06}
        return cls(chance, panel, samples, chance.random() < annotated, chance.random() < large, apart, odd, whole)

    def content(self) -> bytes:
        chance = self.chance
        rows = [row for _ in range(chance.choice([0, *range(3, 30)])) for row in self.rows()]
        rows += (
            self.everywhere()
            if self.whole
            else [
                self.row(
                    "X",
                    60_000_000 + 1000 * at,
                    base(60_000_000 + 1000 * at),
                    others(chance, 60_000_000 + 1000 * at),
                    ".",
                )
                for at in range(chance.choice([0, 3, 25]))
            ]
        )
        rows.sort(key=lambda row: (CHROMS.index(row[0]), row[1]))
        if chance.random() < 0.1:
            chance.shuffle(rows)
        head = ["##fileformat=VCFv4.2", *HEAD, *(LARGE if self.large else ()), *(ANNOTATED if self.annotated else ())]
        if chance.random() < 0.1:
            head.append("##source=PLINK")
        name = (lambda chrom: f"chr{'M' if chrom == 'MT' else chrom}") if chance.random() < 0.7 else str
        head += [f"##contig=<ID={name(chrom)},length={LENGTHS[ON][chrom]}>" for chrom in CHROMS]
        head.append("\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *self.samples]))
        return "\n".join([*head, *("\t".join([name(chrom), *rest]) for chrom, _, rest in rows), ""]).encode()

    def everywhere(self) -> list[tuple[str, int, list[str]]]:
        """A record of each listed allele, of it or a block over it, and of each marker."""
        rows = []
        for variant in self.panel.alleles:
            block = self.row(
                variant.chrom, variant.pos - 9, base(variant.pos - 9), "<NON_REF>", f"END={variant.pos + 9}"
            )
            rows.append(block if self.chance.random() < 0.5 else self.of(variant))
        for marker in self.panel.markers.values():
            pos = marker_pos(marker, ON)
            rows.append(self.row(marker.chrom or "", pos, marker.other or "T", marker.effect or "C", "."))
        return rows

    def rows(self) -> list[tuple[str, int, list[str]]]:
        """The records of one event: a listed allele, something beside it, a block, a deletion, an unlisted variant."""
        chance, variants = self.chance, [*self.panel.alleles]
        variant = chance.choice(variants)
        match chance.choice([*range(12), 5, 5, 9]):  # blocks and markers more often
            case 0 | 1 | 2 | 3:
                return [self.of(variant) for _ in range(chance.choice([1, 1, 1, 2]))]
            case 4:
                before = chance.randint(1, 3)
                start, more = variant.pos - before, bases(variant.pos - before, before)
                return [self.of(Variant(variant.chrom, start, more + variant.ref, more + variant.alt))]
            case 5:
                start = variant.pos - chance.randint(0, 200)
                end = variant.pos + chance.randint(0, 400)
                alt = chance.choice(["<NON_REF>", "<*>", "."])
                return [self.row(variant.chrom, start, base(start), alt, f"END={end}")]
            case 6:
                start = variant.pos - chance.randint(1, 160)
                ref = bases(start, chance.randint(2, 330))
                return [self.row(variant.chrom, start, ref, ref[0], ".")]
            case 7:
                pos = variant.pos + chance.randint(-3, 3)
                return [self.row(variant.chrom, pos, base(pos), others(chance, pos), ".")]
            case 8:
                start = variant.pos - chance.randint(0, 9000)
                end = start + chance.choice([60, 3000, 20_000])
                kind = chance.choice(["DEL", "DUP", "INV", "CNV"])
                sign = "-" if kind == "DEL" else ""
                told = f"END={end};SVTYPE={kind};SVLEN={sign}{end - start}" if self.large else f"END={end}"
                return [self.row(variant.chrom, start, base(start), f"<{kind}>", told)]
            case 9 if self.panel.markers:
                marker = chance.choice([*self.panel.markers.values()])
                pos = marker_pos(marker, ON)
                return [self.row(marker.chrom or "", pos, marker.other or "T", marker.effect or "C", ".")]
            case 10 if self.panel.scores:
                return [
                    self.row(chrom, pos, ref, alt, ".")
                    for chrom, pos, ref, alt in [
                        ("20", 1_000_000, "G", "A"), ("20", 2_000_000, "T", "C"), ("21", 9_000_000, "C", "G"),
                        ("22", 3_000_000, "A", "T"), ("1", 1_000_500, "C", "T"),
                    ]
                ]  # fmt: skip
            case _:
                pos = variant.pos + chance.choice([1, 2, 9, 40, 1500])
                ref, alt = chance.choice(
                    [(base(pos), others(chance, pos)), (bases(pos, 2), base(pos)), (base(pos), base(pos) + "G")]
                )
                return [self.row(variant.chrom, pos, ref, alt, self.told(alt, ref))]

    def told(self, alt: str, ref: str) -> str:
        if not self.annotated:
            return self.chance.choice([".", ".", ".", "AF=0.3", "AF=0.3", "SOMATIC"])
        symbol = self.chance.choice([each.symbol for each in self.panel.content.genes])
        term = self.chance.choice(["stop_gained", "missense_variant", "synonymous_variant", "frameshift_variant"])
        at = alt if len(alt) == len(ref) else alt[1:] or "-"
        parts = [f"CSQ={at}|{term}|{symbol}||ENST1.1|YES|12/200|c.36A>C|p.Lys12Ter|2/5"]
        if self.chance.random() < 0.5:
            word = self.chance.choice(["Pathogenic", "Benign", "Uncertain_significance"])
            parts.append(f"CLNSIG={word};CLNREVSTAT=reviewed_by_expert_panel")
        return ";".join(parts)

    def of(self, variant: Variant) -> tuple[str, int, list[str]]:
        """A record that lists a variant, alone or beside other alleles; some mitochondria are not the rCRS."""
        if variant.chrom == "MT" and self.chance.random() < 0.1:
            variant = Variant(variant.chrom, variant.pos, variant.alt, variant.ref)
        alts = self.chance.choice([
            variant.alt, variant.alt, variant.alt, f"{variant.alt},<NON_REF>", f"{variant.alt},*",
            f"{base(variant.pos) if variant.ref != base(variant.pos) else variant.ref + 'TT'},{variant.alt}",
        ])  # fmt: skip
        return self.row(
            variant.chrom,
            variant.pos,
            variant.ref,
            alts,
            self.told(variant.alt, variant.ref) if self.chance.random() < 0.2 else ".",
        )

    def row(self, chrom: str, pos: int, ref: str, alts: str, info: str) -> tuple[str, int, list[str]]:
        chance, count = self.chance, 0 if alts == "." else alts.count(",") + 1
        keys = chance.choice(["GT", "GT", "GT:DP", "GT:DP:GQ:AD", "GT:AD:DP:GQ:PL", "GT:FT", "GT:PS:DP", "GT:GQ"])
        filters = chance.choice(["PASS", "PASS", "PASS", ".", "LowQual"])
        usual = self.cell(keys, count, True)
        cells = [
            self.cell(keys, count, False) if chance.random() < self.apart[name] else usual for name in self.samples
        ]
        for at, name in enumerate(self.samples):
            if name in self.odd and (count or "1" not in self.odd[name]):
                cells[at] = ":".join([self.odd[name], *cells[at].split(":")[1:]])
        return chrom, pos, [str(pos), ".", ref, alts, chance.choice([".", "50"]), filters, info, keys, *cells]

    def cell(self, keys: str, alts: int, usual: bool) -> str:
        chance = self.chance
        often = ["0/0"] * 6 + ["0|0", "0/1", "./.", "0"]
        genotypes = [
            "0/0",
            "0|0",
            "0/1",
            "0|1",
            "1|0",
            "1/1",
            "./.",
            "./1",
            "0/.",
            "0",
            "1",
            ".",
            "0/2",
            "2|1",
            "1/2",
            "0|2",
        ]
        genotype = chance.choice(often if usual else genotypes)
        if any(each.isdigit() and int(each) > alts for each in genotype):
            genotype = "0/0"
        own = {
            "GT": genotype,
            "DP": chance.choice(["30", "30", "12", "5", "."]),
            "GQ": chance.choice(["50", "50", "3", "."]),
            "FT": chance.choice(["PASS", "q", "."]),
            "PS": chance.choice(["7", "9", "."]),
            "AD": ",".join(chance.choice(["15", "15", "30", "0"]) for _ in range(alts + 1)),
            "PL": ",".join(chance.choice(["0", "40", "99"]) for _ in range((alts + 1) * (alts + 2) // 2)),
        }
        return ":".join(own[key] for key in keys.split(":"))


def repeats_of(chance: random.Random, panel: Panel, samples: Sequence[str]) -> bytes:
    """Sizes as ExpansionHunter writes them."""
    head = [
        "##fileformat=VCFv4.1",
        *(f'##INFO=<ID={key},Number=1,Type=Integer,Description="x">' for key in ("END", "REF", "RL")),
        *(f'##INFO=<ID={key},Number=1,Type=String,Description="x">' for key in ("RU", "VARID", "REPID")),
        *(f'##FORMAT=<ID={key},Number=1,Type=String,Description="x">' for key in ("GT", "SO", "REPCN", "REPCI")),
        *(f"##contig=<ID=chr{chrom},length={LENGTHS[ON][chrom]}>" for chrom in CHROMS[:24]),
        "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *samples]),
    ]
    for each in panel.repeats.values():
        start, end = span_on(each, ON)
        for _ in range(chance.choice([0, 1, 1, 1, 2])):
            sizes = [sorted(chance.choice([10, 12, 25, 31, 60]) for _ in range(2)) for _ in range(2)]
            own = [sizes[chance.random() < 0.3] for _ in samples]
            alts = sorted({size for pair in own for size in pair})
            row = [f"chr{each.chrom}", str(start - 1), ".", "A", ",".join(f"<STR{size}>" for size in alts), ".", "PASS"]
            row += [f"END={end};REF=20;RL=60;RU={each.motif};VARID={each.id};REPID={each.id}", "GT:SO:REPCN:REPCI"]
            for one, two in own:
                gt = "/".join(str(alts.index(size) + 1) for size in (one, two))
                row.append(f"{gt}:SPANNING/SPANNING:{one}/{two}:{one}-{one}/{two}-{two}")
            head.append("\t".join(row))
    return "\n".join([*head, ""]).encode()


def bed_of(chance: random.Random, panel: Panel) -> str:
    rows = []
    for each in panel.content.genes:
        if each.chrom != "MT" and chance.random() < 0.7:
            start, end = span_on(each, ON)
            low = start + chance.choice([0, 0, 30, 5000])
            rows.append(f"chr{each.chrom}\t{low - 1}\t{end}")
    return "\n".join(rows or ["chr1\t0\t10"]) + "\n"


def cohort_in(folder: Path, chance: random.Random, rules: Rules) -> Path:
    """A sheet of some samples of a joint file, in any order, each with what else there is of it."""
    panel = panel_of(rules, ON)
    samples = [f"S{at}" for at in range(chance.randint(2, 7))]
    whole = chance.random() < 0.6
    content = JointFile.drawn(chance, panel, samples, annotated=0.6, large=0.2, whole=whole).content()
    (folder / "joint.vcf").write_bytes(bgzf(content) if chance.random() < 0.3 else content)
    (folder / "second.vcf").write_bytes(JointFile.drawn(chance, panel, samples).content())
    (folder / "sizes.vcf").write_bytes(repeats_of(chance, panel, samples))
    chosen = chance.sample(samples, chance.randint(1, len(samples)))
    with_more = chance.random() < 0.6
    lines = [
        "\t".join(
            ["participant", "files", "repeats", "sample", "sex", "absent", "callable", "repeat_sizes", "copy_numbers"]
        )
    ]
    for at, sample in enumerate(chosen):
        own = dict.fromkeys(("repeats", "sex", "absent", "callable", "repeat_sizes", "copy_numbers"), "")
        files = "joint.vcf"
        if with_more:
            own["sex"] = "female" if whole else chance.choice(["", "", "female", "male"])
            own["absent"] = "" if whole else chance.choice(["", "", "", "reference"])
            if chance.random() < 0.3:
                (folder / f"{at}.eh.vcf").write_bytes(repeats_of(chance, panel, [sample]))
                own["repeats"] = chance.choice([f"{at}.eh.vcf", "sizes.vcf"])
            if chance.random() < (0.8 if whole else 0.3):
                (folder / f"{at}.bed").write_text(bed_of(chance, panel))
                own["callable"] = f"{at}.bed"
            if panel.repeats and chance.random() < 0.2:
                own["repeat_sizes"] = f"{chance.choice([*panel.repeats])}={chance.choice(['12/15', '12/60'])}"
            if chance.random() < 0.1:
                files = "joint.vcf;second.vcf"
        lines.append("\t".join([f"P{at}", files, own["repeats"], sample, own["sex"], own["absent"], own["callable"], own["repeat_sizes"], own["copy_numbers"]]))  # fmt: skip  # noqa: E501
    path = folder / "sheet.tsv"
    path.write_text("\n".join(lines) + "\n")
    return path


def alone(who: Participant, reader: Reader) -> tuple[Profile | AssignerError, bytes]:
    """What a reading of this participant's inputs alone comes to."""
    try:
        profile = profile_of_files(reader.rules, reader.declared(who))
    except AssignerError as error:
        return error, f"{type(error)} {error}".encode()
    return profile, assigner.assign(profile, reader.rules).trace_bytes


def expect_as_alone(sheet: Path, rules: Rules) -> list[Any]:
    cohort = cohort_of(sheet, rules)
    reader = Reader.of(cohort, rules)
    profiles = [(who.id, reader.profile(who)) for who in cohort.participants]
    run = list(assign_many(profiles, rules))
    for who, (_, profile), (_, made) in zip(cohort.participants, profiles, run, strict=True):
        expected, trace = alone(who, reader)
        if isinstance(made, AssignerError):
            assert f"{type(made)} {made}".encode() == trace
        else:
            assert profile == expected
            assert made.trace_bytes == trace
    return run


@pytest.mark.holds("COHO-04")
@given(rules=dense_rules(), seed=st.integers(0, 2**64))
def test_each_participant_of_a_joint_file_is_as_alone(rules, seed, tmp_path_factory):
    chance = random.Random(seed)
    sheet = cohort_in(tmp_path_factory.mktemp("joint"), chance, rules)
    with (
        mock.patch.object(alike, "MOST_HELD", chance.choice([0, 20, alike.MOST_HELD, alike.MOST_HELD])),
        mock.patch.object(known, "MOST_CALLS", chance.choice([4, 40, known.MOST_CALLS, known.MOST_CALLS])),
    ):
        expect_as_alone(sheet, rules)
