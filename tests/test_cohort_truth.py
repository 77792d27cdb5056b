"""A thousand made-up participants, of whom the generator knows the truth: `assigner cohort` must report it of each.

The generator plants at most one or two decisive findings and writes down, by hand and without the engine, what the
shipped rule set means them to come to. All else is random and must not matter: build, names of contigs, sex, phase,
packing, other places, own files or a joint one.
"""

from __future__ import annotations

import csv
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import field, frozen
from click.testing import CliRunner

from assigner.cli import main
from assigner.genome.builds import Build
from effort import QUICK
from vcfs import vcf, written

ROOT = Path(__file__).parents[1]
PEOPLE = 40 if QUICK else 1000
JOINT = 8
"""So many participants share a file."""


@frozen(kw_only=True)
class Truth:
    """What a participant carries, and what that means.

    Attributes:
        carries: listed alleles by their ids.
        doubtful: alleles whose calls fail the gates.
        sizes: units of C9orf72.
        came: outcome, category, category that the evidence alone would give in review, and grade.
        reasons: those that hold the participant.
    """

    carries: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    sizes: str = "2/8"
    came: tuple[str, str, str, str]
    reasons: frozenset[str] = field(default=(), converter=frozenset)


def assigned(category: str, grade: str = "established") -> tuple[str, str, str, str]:
    return "assigned", category, "", grade


def waits(*reasons: str, category: str = "", grade: str = "") -> dict[str, object]:
    return {"came": ("review", "", category, grade), "reasons": reasons}


OPEN = "unsettled"
"""No file has annotation: of all genes that no finding of the first tier decides, rare variants stay unknown."""

TRUTHS = {
    "nothing": Truth(**waits("no_evidence", OPEN)),
    "VCP": Truth(carries=("VCP-R155H",), came=assigned("CAT3")),
    "TARDBP": Truth(carries=("TARDBP-M337V",), came=assigned("CAT3")),
    "PFN1": Truth(carries=("PFN1-C71G",), came=assigned("CAT3")),
    "DCTN1": Truth(carries=("DCTN1-G59S",), came=assigned("CAT3")),
    "CHCHD10": Truth(carries=("CHCHD10-R15L",), came=assigned("CAT4")),
    "two": Truth(carries=("CHCHD10-R15L", "VCP-R155H"), came=assigned("CAT4")),  # 1,200 points to 700
    "C9orf72": Truth(sizes="2/45", came=assigned("CAT3")),
    "grey": Truth(sizes="2/27", **waits("no_evidence", OPEN)),
    "FUS": Truth(carries=("FUS-R481X",), **waits("gene_targeted_therapy", category="CAT3", grade="established")),
    "SOD1": Truth(carries=("SOD1-A5V",), **waits("gene_targeted_therapy", "tied", OPEN)),  # 350, 350 and 300 points
    "TBK1": Truth(carries=("TBK1-L62fs",), **waits("tied", OPEN)),  # 545 and 455: no lead of 150
    "CSF1R": Truth(carries=("CSF1R-I794T",), **waits("mimic", "no_evidence", OPEN)),
    "disputed": Truth(carries=("CHCHD10-P80L",), **waits("no_evidence", OPEN)),
    "doubtful": Truth(doubtful=("VCP-R155H",), **waits("no_evidence", "quality", OPEN)),
    "unreadable": Truth(came=("error", "", "", "")),
}


@frozen(kw_only=True)
class Person:
    """A participant as the generator made one."""

    name: str
    truth: Truth
    rng: random.Random
    build: Build

    def cell(self, allele: str) -> str:
        """The genotype at a listed allele, with depth, reads and quality."""
        if allele in self.truth.doubtful:
            return f"0/1:30:16,14:{self.rng.randint(0, 15)}"
        if allele not in self.truth.carries:
            depth = self.rng.randint(20, 60)
            return f"{self.rng.choice(['0/0', '0|0'])}:{depth}:{depth},0:{self.rng.randint(40, 99)}"
        first, second = self.rng.randint(12, 30), self.rng.randint(12, 30)
        return f"{self.rng.choice(['0/1', '0|1', '1|0'])}:{first + second}:{first},{second}:{self.rng.randint(40, 99)}"


def places() -> dict[str, dict[str, str]]:
    """The rows of the shipped table of alleles by their ids."""
    with (ROOT / "categories" / "alleles.tsv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file, delimiter="\t")}


PLACES = places()
DECISIVE = {allele for truth in TRUTHS.values() for allele in (*truth.carries, *truth.doubtful)}
OTHERS = sorted(
    name
    for name, at in PLACES.items()
    if name not in DECISIVE and at["chrom"] not in ("X", "Y", "MT") and at["pos37"] and at["pos38"]
)


def file_of(people: list[Person], rng: random.Random) -> bytes:
    """A VCF of these people: the decisive places and some others, and variants of everybody that mean nothing."""
    on = people[0].build
    number = "38" if on is Build.GRCH38 else "37"
    rows: dict[tuple[str, int], str] = {}
    for allele in (*sorted(DECISIVE), *rng.sample(OTHERS, 20)):
        at = PLACES[allele]
        where = at["chrom"], int(at[f"pos{number}"])
        if all(abs(where[1] - pos) > 100 for _, pos in rows):
            cells = " ".join(person.cell(allele) for person in people)
            rows[where] = f"{at[f'ref{number}']} {at[f'alt{number}']} PASS . GT:DP:AD:GQ {cells}"
    for pos in rng.sample(range(1_000_000, 5_000_000), 10):
        cells = " ".join(f"{person.rng.choice(['0/1', '1/1', '0/0'])}:.:.:." for person in people)
        rows["21", pos] = f"A G PASS . GT:DP:AD:GQ {cells}"
    ordered = sorted(rows, key=lambda at: (int(at[0]), at[1]))
    table = "\n".join(f"{chrom} {pos} {rows[chrom, pos]}" for chrom, pos in ordered)
    return vcf(table, samples=[each.name for each in people], style=rng.choice(["chr", "bare"]), on=on)


def people_in(folder: Path, rng: random.Random) -> Iterator[tuple[Person, str, str]]:
    """The participants, each with the name of the file that is written, and of the column in it."""
    people = [
        Person(
            name=f"P{at:04}",
            truth=list(TRUTHS.values())[at % len(TRUTHS)],
            rng=random.Random(rng.random()),
            build=rng.choice(list(Build)),
        )
        for at in range(PEOPLE)
    ]
    half = len(people) // 2
    groups = [[each] for each in people[:half]]
    for build in Build:
        shared = [each for each in people[half:] if each.build is build]
        groups += [shared[at : at + JOINT] for at in range(0, len(shared), JOINT)]
    for number, group in enumerate(groups):
        sound = [each for each in group if each.truth is not TRUTHS["unreadable"]]
        if sound:
            container = rng.choice(["plain", "bgzf", "gzip"])
            file = written(folder, file_of(sound, rng), f"{number}.vcf", container)
            yield from ((each, file.name, each.name) for each in sound)
        for each in group:
            if each not in sound:
                (folder / f"{each.name}.vcf").write_bytes(b"##fileformat=VCFv4.2\n" + each.name.encode())
                yield each, f"{each.name}.vcf", ""


@pytest.mark.holds("COHO-10")
def test_the_report_of_made_up_participants_is_the_truth(tmp_path: Path) -> None:
    rng = random.Random("a thousand participants")
    made = list(people_in(tmp_path, rng))
    rng.shuffle(made)
    lines = ["participant\tfiles\tsample\tsex\tabsent\trepeat_sizes"]
    for person, file, sample in made:
        sizes = f"C9orf72={person.truth.sizes};ATXN2=22/22;NIPA1=8/8"
        lines.append(f"{person.name}\t{file}\t{sample}\t{rng.choice(['female', 'male'])}\treference\t{sizes}")
    (tmp_path / "sheet.tsv").write_text("\n".join(lines) + "\n")
    out = tmp_path / "out.tsv"
    done = CliRunner().invoke(main, ["cohort", str(tmp_path / "sheet.tsv"), "--table", str(out), "--processes", "1"])
    assert done.exit_code == 1, done.output  # some files cannot be read

    with out.open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table, delimiter="\t"))
    assert [row["participant"] for row in rows] == [person.name for person, _, _ in made]
    for row, (person, _, _) in zip(rows, made, strict=True):
        came = row["outcome"], row["category"], row["provisional"], row["grade"]
        held = {reason for reason in row["reasons"].split("; ") if reason}
        assert (came, held) == (person.truth.came, person.truth.reasons), (person.truth, row)
        if row["outcome"] == "assigned":
            assert all(each in row["evidence"] for each in person.truth.carries or ("C9orf72",)), row["evidence"]
    counts = Counter(name for person, _, _ in made for name in person.truth.came[:2] if name)
    assert all(f" {name}: {count}\n" in done.output for name, count in counts.items()), done.output
    assert counts.total() > len(made) > counts["assigned"] > counts["CAT3"] > counts["CAT4"] > 0
