"""Several changes of one haplotype, read together with a pack: against each haplotype's own bases, and bcftools csq."""

from __future__ import annotations

import itertools
import random
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import assume, given
from hypothesis import strategies as st

from assigner import assign, verify
from assigner.audits.verification import Answer, Evidence
from assigner.genome.hgvs import reverse_complement
from assigner.genome.variants import Variant
from assigner.packs.changes import Change
from assigner.packs.effects import effect
from assigner.packs.pack import Table
from assigner.packs.together import effect_together
from assigner.packs.transcripts import translated
from assigner.rules import parse_rules
from assigner.synthetic.genes import MadeGene
from assigner.vcf.meaning.haplotypes import BEHIND_SHIFT, IN_ONE_CODON, SHIFTED_BACK
from assigner.vcf.reading import read_profile
from effort import QUICK, times
from test_pack_assign import BY_NUMBER, CLNSIG, GENES, as_vep, base, places, read, single, vcf
from test_pack_consequences import LENGTH_IN_FRAME, genes, known_of, short, spliced_of, worst
from test_pack_sources import FOLDER, PACK, RULES

STOP = "stop_gained"


# ------------------------------------------------------------------------------------------------- the effect


@st.composite
def several(draw) -> tuple[MadeGene, list[Change]]:
    """Changes of coding bases of a gene, near each other and not meeting."""
    made = draw(genes)
    rng = random.Random(draw(st.integers(0, 2**32)))
    spliced = spliced_of(made)
    start, end = spliced.transcript.coding_index
    by_index = {
        spliced.transcript.index(pos): pos for first, last in made.transcript.exons for pos in range(first, last + 1)
    }
    first = draw(st.integers(start + 3, max(start + 3, end - 30)))
    chosen = sorted(rng.sample(range(first, min(first + draw(st.sampled_from([3, 9, 30])), end - 3)), 2))
    found = []
    for at in chosen:
        pos, own = by_index[at], known_of(made).base(by_index[at])
        other = rng.choice([letter for letter in "ACGT" if letter != own])
        kind = draw(st.sampled_from(["base", "base", "put", "gone"]))
        found.append(
            Change(pos, own, other)
            if kind == "base"
            else Change(pos, own, "")
            if kind == "gone"
            else Change(pos, "", other)
        )
    return made, found


def protein_of(changes: list[Change], made: MadeGene) -> str:
    """The protein of a gene with some changes, by its genomic bases alone."""
    first = made.start
    bases = {first + at: letter for at, letter in enumerate(made.bases)}
    for change in changes:
        gone = range(change.start, change.start + len(change.removed))
        kept = "" if gone else bases[change.start]
        bases |= dict.fromkeys(gone, "") | {change.start: change.put + kept}
    exons = "".join("".join(bases[pos] for pos in range(low, high + 1)) for low, high in made.transcript.exons)
    spliced = spliced_of(made)
    if made.transcript.strand == "minus":
        exons = reverse_complement(exons)
    residues, stop, _ = translated(exons[spliced.transcript.coding_index[0] :]).partition("*")
    return residues + stop


@given(several())
@times(10)
def test_together_they_make_the_protein_of_the_changed_bases(case):
    made, changes = case
    spliced, known = spliced_of(made), known_of(made)
    found = effect_together(changes, spliced, known)
    assume(found is not None)
    assert found is not None and found.problem is None

    after, before = protein_of(changes, made), spliced.protein
    gain = sum(len(each.put) - len(each.removed) for each in changes)

    if "start_lost" not in found.terms:
        assert ("synonymous_variant" in found.terms or "stop_retained_variant" in found.terms) <= (after == before)
        assert (STOP in found.terms) <= (len(after) < len(before) + gain // 3 + 1)
        assert ("frameshift_variant" in found.terms) <= (gain % 3 != 0)
        if (
            gain % 3 == 0
            and after.endswith("*")
            and len(after) < len(before) + gain // 3
            and before[: len(after) - 1] != after[:-1]
        ):
            assert {STOP, "stop_lost", "protein_altering_variant"} & {*found.terms}
    assert found == effect_together(changes[::-1], spliced, known)


@given(several())
@times(10)
def test_side_by_side_they_are_one_change(case):
    """Of one codon and one exon the terms and the names are those of the single change that makes the same bases."""
    made, changes = case
    spliced, known = spliced_of(made), known_of(made)
    found = effect_together(changes, spliced, known)
    low, high = sorted(changes, key=lambda change: change.start)
    between = known.bases(low.end + 1, high.start - 1)
    assume(found is not None and between is not None and len(between) < 2)
    assume(all(len(each.removed) == len(each.put) for each in changes))
    whole = effect(
        Change(low.start, low.removed + between + high.removed, low.put + between + high.put), spliced, known
    )
    assume(whole.residues is not None)

    assert found == evolve(whole, intron=None)


def pairs_of(rng: random.Random, made: MadeGene, many: int) -> list[list[Variant]]:
    """Pairs of records in the coding sequence of a gene, near each other, that share no base of REF."""
    places = [
        pos
        for low, high in made.transcript.exons
        for pos in range(low, high + 1)
        if made.transcript.coding[0] + 3 <= pos <= made.transcript.coding[1] - 3
    ]
    found = []
    for _ in range(many):
        at = rng.randrange(len(places) - 12)
        first, second = places[at], places[at + rng.choice([1, 1, 2, 2, 3, 5, 8, 11])]
        pair = [variant_at(rng, made, first), variant_at(rng, made, second)]
        if pair[0].end < pair[1].pos:
            found.append(pair)
    return found


def variant_at(rng: random.Random, made: MadeGene, pos: int) -> Variant:
    own, after = made.bases[pos - 1], made.bases[pos : pos + rng.choice([1, 2, 3])]
    put = "".join(rng.choices("ACGT", k=rng.choice([1, 2, 3])))
    base = rng.choice([letter for letter in "ACGT" if letter != own])
    return Variant("21", pos, *rng.choice([(own, base), (own, base), (own, own + put), (own + after, own)]))


def by_bcftools_together(folder: Path, made: MadeGene, pairs: list[list[Variant]]) -> dict[int, set[str]]:
    """The terms of the pairs that bcftools csq takes together, where each pair is one person's, on both haplotypes."""
    fasta, gff, vcf = [folder / f"together.{end}" for end in ("fa", "gff3", "vcf")]
    fasta.write_text(f">c1\n{made.bases}\n")
    (folder / "together.fa.fai").write_text(f"c1\t{len(made.bases)}\t4\t{len(made.bases)}\t{len(made.bases) + 1}\n")
    gff.write_text("\n".join(["##gff-version 3", *made.gff("c1", "c1")]) + "\n")
    people = "\t".join(f"P{at}" for at in range(len(pairs)))
    head = ["##fileformat=VCFv4.2", f"##contig=<ID=c1,length={len(made.bases)}>"]
    head += ['##FORMAT=<ID=GT,Number=1,Type=String,Description="x">']
    head += [f"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{people}"]
    owners: dict[Variant, set[int]] = {}
    for at, pair in enumerate(pairs):
        for variant in pair:
            owners.setdefault(variant, set()).add(at)
    rows = [
        "\t".join(
            ["c1", str(variant.pos), ".", variant.ref, variant.alt, ".", ".", ".", "GT"]
            + ["1|1" if at in owners[variant] else "0|0" for at in range(len(pairs))]
        )
        for variant in sorted(owners, key=lambda each: (each.pos, each.ref, each.alt))
    ]
    vcf.write_text("\n".join([*head, *rows]) + "\n")
    csq = ["bcftools", "csq", "-p", "a", "-Ou", "-f", str(fasta), "-g", str(gff), str(vcf)]
    told = subprocess.run(csq, capture_output=True, check=True)
    form = ["bcftools", "query", "-f", "[%POS\\t%REF\\t%ALT\\t%SAMPLE\\t%TBCSQ{0}\\n]"]
    done = subprocess.run(form, input=told.stdout, capture_output=True, check=True)
    terms: dict[int, set[str]] = {}
    joined = set()
    for line in done.stdout.decode().splitlines():
        pos, ref, alt, person, said = line.split("\t")
        at = int(person[1:])
        if Variant("21", int(pos), ref, alt) not in pairs[at]:
            continue
        for one in said.split(","):
            if one.startswith("@"):
                joined.add(at)
            elif one != ".":
                terms.setdefault(at, set()).update(one.split("|")[0].lstrip("*").split("&"))
    return {at: terms[at] for at in joined if at in terms}


@pytest.mark.holds("PACK-04")
@pytest.mark.skipif(shutil.which("bcftools") is None, reason="bcftools is not here")
def test_bcftools_csq_says_the_same_of_what_it_takes_together(tmp_path: Path) -> None:
    rng = random.Random(18)
    counted: Counter[str] = Counter()
    for exons, strand in itertools.product((1, 2, 5) if QUICK else (1, 2, 3, 5, 9, 20), ("plus", "minus")):
        made = MadeGene.of(rng, "ENST1", exons, strand)
        spliced, known = spliced_of(made), known_of(made)
        pairs = pairs_of(rng, made, 60 if QUICK else 400)
        for at, theirs in by_bcftools_together(tmp_path, made, pairs).items():
            changes = [Change.of(variant) for variant in pairs[at]]
            found = effect_together(changes, spliced, known)
            if found is None:
                counted["unknown"] += 1
                continue
            mine, other = worst({short(term) for term in found.terms}), worst(theirs)
            counted["same" if mine == other else why_not(mine, other, changes, made)] += 1

    assert counted["same"] > 0.7 * counted.total()
    assert counted["unknown"] + counted[PARTS] < 0.05 * counted.total()


PARTS = "bcftools tells of one of them alone, or by halves; ours is the protein of the changed bases"


def why_not(mine: str, theirs: str, changes: list[Change], made: MadeGene) -> str:
    """Why the worst term of changes that are taken together is another one than that of bcftools csq 1.16."""
    if {mine, theirs} <= LENGTH_IN_FRAME:
        return "bcftools compares residues, VEP the bases of the codons"
    if (mine, theirs) == ("stop_gained", "frameshift"):
        return "VEP names a stop beside a frame shift in the codons that change, bcftools as the first new residue"
    before, after = spliced_of(made).protein, protein_of(changes, made)
    gain = sum(len(each.put) - len(each.removed) for each in changes)
    assert (mine == "synonymous") == (before == after)
    assert (mine == "stop_gained") == (len(after) < len(before) + gain // 3)
    assert (mine == "missense") <= (len(before) == len(after)) and mine != "frameshift"
    return PARTS


# ------------------------------------------------------------------------------------------------- in a file


@st.composite
def in_a_codon(draw):
    """A gene, two or three changes of one codon that may be of two exons, and a genotype of each."""
    symbol = draw(st.sampled_from(sorted(GENES)))
    first = 3 * draw(st.integers(1, len(places(symbol)) // 3 - 3))
    chosen = sorted(draw(st.sets(st.integers(0, 2), min_size=2, max_size=3)))
    rows = []
    for at in chosen:
        pos = places(symbol)[first + at]
        alt = draw(st.sampled_from([letter for letter in "ACGT" if letter != base(symbol, pos)]))
        rows.append((pos, base(symbol, pos), alt))
    return symbol, first, rows, [draw(st.sampled_from(["0/1", "0|1", "0|1", "1|0", "1/1", "1|1"])) for _ in rows]


def codon_of(symbol: str, first: int, rows: list[tuple[int, str, str]]) -> str:
    """The residue of a codon with some changes."""
    put = {pos: alt for pos, _, alt in rows}
    bases = "".join(put.get(pos, base(symbol, pos)) for pos in places(symbol)[first : first + 3])
    if GENES[symbol].transcript.strand == "minus":
        bases = "".join(reverse_complement(letter) for letter in bases)
    return translated(bases)


def haplotypes(genotypes: list[str]) -> list[tuple[frozenset[int], frozenset[int]]]:
    """What the two haplotypes may carry, by number of the change, in each way that the genotypes allow."""
    orders = [
        [(1, 1)]
        if genotype[::2] == "11"
        else [(0, 1), (1, 0)]
        if "/" in genotype
        else [(int(genotype[0]), int(genotype[2]))]
        for genotype in genotypes
    ]
    return [
        tuple(frozenset(at for at, each in enumerate(chosen) if each[side]) for side in (0, 1))
        for chosen in itertools.product(*orders)
    ]


@pytest.mark.holds("PACK-04")
@given(in_a_codon())
@times(10)
def test_what_is_known_of_each_is_what_every_haplotype_with_it_makes(case):
    """Each way to lay the alleles on haplotypes is tried; where they differ, the change is unknown."""
    symbol, first, rows, genotypes = case
    assume(codon_of(symbol, first, []) != "*")
    found = {
        each.variant.pos: each
        for each in read(vcf(*((*row, ".", gt) for row, gt in zip(rows, genotypes, strict=True)))).variants
    }
    ways = haplotypes(genotypes)

    for at, (pos, _, _) in enumerate(rows):
        sides = [side for way in ways for side in way if at in side]
        made = {codon_of(symbol, first, [rows[each] for each in side]) == "*" for side in sides}
        told = found.get(pos)
        if len({*sides}) == 1:
            alike = [
                rows[each][0]
                for each in sides[0]
                if all((each in side) == (at in side) for way in ways for side in way)
            ]
            counted = [found[each] for each in alike if each in found]
            assert [STOP in each.terms for each in counted if each.terms is not None] == [True] * made.pop()
            assert all(each.terms is not None for each in counted)
        elif len(made) == 2:
            assert told is not None and told.terms is None
        else:
            assert told is None or told.terms is None or STOP in told.terms


def stop_of_two() -> tuple[str, list[tuple[int, str, str]]]:
    """A gene, and two changes of one codon of one exon that make a stop together and none alone."""
    for symbol in sorted(GENES):
        for index in range(3, len(places(symbol)) - 6, 3):
            where = places(symbol)[index : index + 3]
            if any(abs(pos - place) < 12 for exon in GENES[symbol].transcript.exons for place in exon for pos in where):
                continue
            for one, other in itertools.combinations(range(3), 2):
                for letters in itertools.product("ACGT", repeat=2):
                    pair = zip((one, other), letters, strict=True)
                    rows = [(where[at], base(symbol, where[at]), alt) for at, alt in pair]
                    residues = [codon_of(symbol, index, those) for those in ([], rows[:1], rows[1:], rows)]
                    if all(ref != alt for _, ref, alt in rows) and "*" not in residues[:3] and residues[3] == "*":
                        return symbol, rows
    raise AssertionError("no such codon")


@pytest.mark.holds("PACK-04")
@pytest.mark.parametrize("gt", ["0|1", "1/1"])
def test_a_stop_of_two_changes_counts_once_by_its_own_name(gt):
    symbol, rows = stop_of_two()
    low, high = sorted(rows)
    between = "".join(base(symbol, pos) for pos in range(low[0] + 1, high[0]))
    whole = (low[0], low[1] + between + high[1], low[2] + between + high[2])

    (found,) = read(vcf(*((*row, ".", gt) for row in rows))).variants
    (one,) = read(vcf((*whole, ".", gt))).variants

    assert found.terms == one.terms == (STOP,)
    assert (found.label, found.residues) == (one.label, one.residues)
    assert [each.terms for each in read(vcf(*((*row, ".", "0/1") for row in rows))).variants] == [None, None]


@pytest.mark.holds("PACK-04")
def test_shifts_that_surely_undo_each_other_are_no_shifts():
    symbol = "MADEUP1"
    shifts = [(20000201, "GT", "G"), (20000209, "T", "TA")]

    for gt in ("0|1", "1/1"):
        assert read(vcf(*((*row, ".", gt) for row in shifts))).variants == ()
    among = single(symbol, places(symbol).index(20000205))
    found = read(vcf(*((*row, ".", "1/1") for row in shifts), (*among, ".", "0/1"))).variants
    assert {each.label.partition(": ")[2] for each in found} <= {SHIFTED_BACK, BEHIND_SHIFT}
    found = read(vcf((*shifts[0], ".", "1/1"), (*shifts[1], ".", "0/1"))).variants  # one haplotype has the first alone
    assert [(each.variant.pos, each.terms) for each in found] == [(shifts[0][0], None)]


@pytest.mark.holds("PACK-04")
@pytest.mark.parametrize(("often", "expected"), [(("0.0000100", "0.2"), "0.0000100"), (("0.2", "0.3"), None)])
def test_what_is_rare_together_is_as_rare_as_the_rarest_and_else_not_known(often, expected):
    """Both common, they may be rare together; a score is of one change alone."""
    symbol, rows = stop_of_two()
    changes = [PACK.placed(Variant("21", *row)) for row in rows]
    own = PACK.genes[symbol]
    rows_of = [
        f"{change.start}\t{change.removed}\t{change.put}\t{text}" for change, text in zip(changes, often, strict=True)
    ]
    held = evolve(PACK, genes={**PACK.genes, symbol: evolve(own, frequencies=Table("\n".join(sorted(rows_of))))})

    (found,) = read(vcf(*((*row, ".", "0|1") for row in rows)), held).variants

    assert found.terms == (STOP,) and found.predictors == {}
    assert (found.frequency and str(found.frequency)) == expected


@pytest.mark.holds("PACK-04")
def test_a_file_that_says_what_each_does_alone_is_told_what_both_do():
    symbol, rows = stop_of_two()
    told = [(*row, as_vep(symbol, Variant("21", *row)), "1/1") for row in rows]

    (found,) = read(vcf(*told, meta=(BY_NUMBER, CLNSIG))).variants
    (other,) = read([vcf(each, meta=(BY_NUMBER, CLNSIG)) for each in told]).variants

    assert found.terms == other.terms == (STOP,)
    words = told[0][3].replace("missense_variant", STOP).replace("synonymous_variant", STOP)
    wrong = read(vcf((*rows[0], words, "1/1"), told[1], meta=(BY_NUMBER, CLNSIG))).variants
    assert None in {each.terms for each in wrong}


@pytest.mark.holds("PACK-04")
def test_a_carried_allele_without_bases_leaves_what_is_near_it_unknown():
    symbol, rows = stop_of_two()
    pos = rows[0][0]
    near = next(at for at in (pos + 1, pos - 1) if at in places(symbol))
    for gt in ("0/1", "0|1"):
        found = read(vcf((*rows[0], ".", gt), (near, base(symbol, near), "<NON_REF>", ".", "0/1"))).variants
        assert IN_ONE_CODON in {each.label.partition(": ")[2] for each in found if each.variant.pos == pos}


@pytest.mark.holds("PACK-04")
def test_records_that_share_a_base_are_not_read_together():
    """An insertion behind a base that the other record removes: bcftools csq does not apply both."""
    pos = 20000203
    gone = (pos, base("MADEUP1", pos) + base("MADEUP1", pos + 1), base("MADEUP1", pos))
    put = (pos + 1, base("MADEUP1", pos + 1), base("MADEUP1", pos + 1) + "A")
    found = read(vcf((*gone, ".", "1/1"), (*put, ".", "1/1"))).variants
    assert len(found) == 2
    assert all(each.terms is None for each in found)


@pytest.mark.holds("PACK-05")
def test_a_trace_of_it_replays():
    _, rows = stop_of_two()
    written = assign(read(vcf(*((*row, ".", "0|1") for row in rows))), RULES).trace_bytes

    assert verify(written, Evidence(rules=(RULES,))).answer is Answer.REPRODUCED


A, B = (20000390, "C", "G"), (20000391, "G", "A")
"""Ser24 becomes a stop by both, and by neither alone."""
S, U = (20000390, "C", "A"), (20000391, "G", "C")
"""A stop alone; Ser24Tyr with the other one."""
SHIFT, BACK = (20000379, "CT", "C"), (20000397, "C", "CA")


def terms_of(*contents: list[tuple], **more) -> dict[int, tuple[str, ...] | None]:
    """The terms of what is observed, by place, in files of these rows with their genotypes."""
    files = [vcf(*((*row, ".", gt) for row, gt in rows)) for rows in contents]
    return {each.variant.pos: each.terms for each in read(files if len(files) > 1 else files[0], **more).variants}


@pytest.mark.holds("PACK-04")
@pytest.mark.parametrize("gt", ["1/1", "0|1", "0/1"])
def test_between_two_shifts_that_may_undo_each_other_nothing_is_read_in_the_reference_frame(gt):
    for inside in ([(S, gt)], [(A, "1/1"), (B, "1/1")]):
        found = terms_of([(SHIFT, "1/1"), *inside, (BACK, "1/1")])
        assert STOP not in {term for terms in found.values() for term in terms or ()}
        assert None in found.values()
    assert terms_of([(SHIFT, "1|0"), (S, "0|1"), (BACK, "1|0")])[S[0]] == (STOP,)


@pytest.mark.holds("PACK-04")
@pytest.mark.parametrize(
    "files",
    [
        [[(S, "1/1"), (U, "1/1")], [(S, "1/1"), (U, "0/0")]],
        [[(S, "0|1"), (U, "0|1")], [(U, "0/0")]],
        [[(A, "1/1"), (B, "1/1")], [(B, "0/0")]],
        [[(A, "0|1"), (B, "0|1")], [(A, "0/0")]],
        [[(S, "1/1"), (U, "1/1"), (U, "0/0")]],
    ],
)
def test_what_another_record_contradicts_is_not_read_together(files):
    assert None in terms_of(*files).values()


@pytest.mark.holds("PACK-04")
@pytest.mark.parametrize("files", [[[(S, "0|1"), (U, "1|0")], [(U, "1/1")]], [[(S, "0|1"), (U, "1|0"), (U, "1/1")]]])
def test_an_allele_on_all_haplotypes_by_another_record_lies_beside(files):
    assert terms_of(*files)[S[0]] is None


@pytest.mark.holds("PACK-04")
def test_an_allele_that_may_be_there_is_a_neighbour():
    for gt in ("./.", "0/."):
        assert terms_of([(A, "1/1"), (B, gt)])[A[0]] is None
        assert terms_of([(S, "1/1"), (U, gt)])[S[0]] is None


@pytest.mark.holds("PACK-04")
def test_what_bcftools_csq_joins_on_another_transcript_is_the_pack_s_at_the_record_that_is_not_pointed_elsewhere():
    meta = ('##INFO=<ID=BCSQ,Number=.,Type=String,Description="Local consequence annotation from BCFtools/csq, see '
            'x for details. Format: Consequence|gene|transcript|biotype|strand|amino_acid_change|dna_change">',
            '##FORMAT=<ID=BCSQ,Number=.,Type=Integer,Description="Bitmask">')  # fmt: skip
    joint = "BCSQ=stop_gained|MADEUP1|ENST00000000777|protein_coding|+|24S>24*|20000390C>G+20000391G>A"
    for infos in ((joint, "BCSQ=@20000390"), ("BCSQ=@20000391", joint)):
        rows = [(*row, info, "1/1") for row, info in zip((A, B), infos, strict=True)]
        (found,) = read(vcf(*rows, meta=meta)).variants
        assert found.terms == (STOP,)


@pytest.mark.holds("PACK-04")
@pytest.mark.parametrize("listed", [A, B])
@pytest.mark.parametrize("gt", ["1/1", "0|1"])
def test_what_a_listed_allele_does_with_another_one_counts_at_the_other_one(listed, gt):
    pos, ref, alt = listed
    on = "\n".join(f"      {key}{build}: {value}" for build in (37, 38)
                   for key, value in (("pos", pos), ("ref", ref), ("alt", alt)))  # fmt: skip
    words = "    because: Made up.\n    sources: [made up]\n    status: curator_judgement\n"
    place = f"    place:\n      chrom: 21\n{on}\n"
    row = f"\nalleles:\n  - id: L\n    gene: MADEUP1\n    name: L\n    class: uncertain\n    needs: one\n{place}{words}"
    rules = parse_rules(((FOLDER / "rules.yaml").read_text(encoding="utf-8") + row).encode())

    profile = read_profile(vcf((*A, ".", gt), (*B, ".", gt)), rules, pack=PACK, absent="reference")

    assert [(each.variant.pos, each.terms) for each in profile.variants if each.terms] == [
        ((B if listed is A else A)[0], (STOP,))
    ]
    assert assign(profile, rules).category == "CAT1"


# ------------------------------------------------------------------------------------------------- what lies before it

ALSO_MISSENSE = parse_rules(
    (FOLDER / "rules.yaml")
    .read_text(encoding="utf-8")
    .replace("[stop_gained", "[missense_variant, stop_gained")
    .encode()
)


def all_terms(*contents: list[tuple], meta: tuple[str, ...] = ()) -> dict[int, tuple[str, ...] | None]:
    """The same where a missense variant is asked about, too."""
    files = [vcf(*((*row, ".", gt) for row, gt in rows), meta=meta) for rows in contents]
    profile = read_profile(files if len(files) > 1 else files[0], ALSO_MISSENSE, pack=PACK, absent="reference")
    return {each.variant.pos: each.terms for each in profile.variants}


def missense(symbol: str, residue: int) -> tuple[int, str, str]:
    """A change of a base that makes another residue."""
    gene = next(gene for gene in RULES.content.genes if gene.symbol == symbol)
    for at, letter in itertools.product(range(3 * residue - 3, 3 * residue), "ACGT"):
        pos = places(symbol)[at]
        if letter != base(symbol, pos):
            (found,) = PACK.effects(gene, Variant("21", pos, base(symbol, pos), letter))
            if "missense_variant" in found.terms:
                return pos, base(symbol, pos), letter
    raise AssertionError("no such base")


def lost_start(symbol: str) -> tuple[int, str, str]:
    return single(symbol, 1)


@pytest.mark.holds("PACK-04")
@pytest.mark.parametrize("ending", [S, lost_start("MADEUP1")])
def test_a_missense_behind_the_end_of_the_protein_is_none(ending):
    behind, before = missense("MADEUP1", 31), missense("MADEUP1", 5)

    for one, other in (("1/1", "0/1"), ("1/1", "1/1"), ("0|1", "0|1"), ("0/1", "0/1")):
        assert all_terms([(ending, one), (behind, other)])[behind[0]] is None
    assert all_terms([(ending, "0|1"), (behind, "1|0")])[behind[0]] == ("missense_variant",)
    if ending == S:
        assert all_terms([(ending, "1/1"), (before, "1/1")])[before[0]] == ("missense_variant",)
        assert all_terms([(ending, "1/1"), (behind, "1/1")])[S[0]] == (STOP,)


@pytest.mark.holds("PACK-04")
def test_a_missense_behind_a_stop_that_two_changes_make_is_none():
    behind, before = missense("MADEUP1", 31), missense("MADEUP1", 5)

    for one, other in (("1/1", "1/1"), ("0|1", "0|1"), ("0/1", "0/1")):
        assert all_terms([(A, one), (B, one), (behind, other)])[behind[0]] is None
    assert all_terms([(A, "0|1"), (B, "0|1"), (behind, "1|0")])[behind[0]] == ("missense_variant",)
    for gt in ("0|1", "0/1", "1/1"):
        assert all_terms([(A, "0|1"), (B, "1|0"), (behind, gt)])[behind[0]] == ("missense_variant",)
    assert all_terms([(A, "1/1"), (B, "1/1"), (before, "1/1")])[before[0]] == ("missense_variant",)
    assert all_terms([(A, "1/1"), (B, "1/1"), (behind, "1/1")])[A[0]] == (STOP,)


@pytest.mark.holds("PACK-04")
def test_a_missense_behind_a_start_that_is_lost_with_the_bases_before_it_is_none():
    first, behind = places("MADEUP1")[0], missense("MADEUP1", 31)
    assert first < places("MADEUP1")[1]
    ref = "".join(base("MADEUP1", pos) for pos in range(first - 2, first + 2))
    lost = (first - 2, ref, ref[0])

    assert all_terms([(lost, "0/1"), (behind, "0/1")])[behind[0]] is None


@pytest.mark.holds("PACK-04")
@pytest.mark.parametrize("beside", [26, 27])
def test_bases_that_are_put_between_two_codons_change_neither(beside):
    """Three bases behind residue 26, beside a missense of residue 26 or of residue 27."""
    changed, behind = missense("MADEUP1", beside), places("MADEUP1")[77]
    assert places("MADEUP1")[78] == behind + 1
    put = (behind, base("MADEUP1", behind), base("MADEUP1", behind) + "GCC")

    for gt in ("1/1", "0/1", "0|1"):
        assert all_terms([(changed, gt), (put, gt)])[changed[0]] == ("missense_variant",)
    inside = (behind + 1, base("MADEUP1", behind + 1), base("MADEUP1", behind + 1) + "GCC")
    assert (all_terms([(changed, "0/1"), (inside, "0/1")])[changed[0]] is None) == (beside == 27)


def split_codon(symbol: str) -> tuple[int, ...]:
    """The places of a codon that an intron parts."""
    every = places(symbol)
    return next(
        codon
        for at in range(3, len(every) - 3, 3)
        if abs(every[at] - every[at + 2]) > 2
        for codon in [every[at : at + 3]]
    )


@pytest.mark.holds("PACK-04")
@pytest.mark.parametrize("symbol", ["MADEUP1", "MADEUP2"])
def test_a_carried_allele_without_bases_is_beside_what_an_intron_parts_from_it(symbol):
    codon = split_codon(symbol)
    changed = missense(symbol, places(symbol).index(codon[0]) // 3 + 1)
    untold = next(pos for pos in codon if abs(pos - changed[0]) > 2)

    for alt in ("<NON_REF>", "<*>"):
        row = (untold, base(symbol, untold), alt)
        assert all_terms([(changed, "0/1"), (row, "0/1")])[changed[0]] is None
        assert "missense_variant" in (all_terms([(changed, "0|1"), (row, "1|0")])[changed[0]] or ())


@pytest.mark.holds("PACK-04")
def test_a_carried_allele_without_bases_is_beside_each_part_of_a_joint_change():
    for pos in (A[0], B[0]):
        rows = [(A, "1/1"), (B, "1/1"), ((pos, base("MADEUP1", pos), "<NON_REF>"), "0/1")]
        assert STOP not in {term for terms in all_terms(rows).values() for term in terms or ()}
    rows = [(SHIFT, "1/1"), (BACK, "1/1"), ((BACK[0] + 1, base("MADEUP1", BACK[0] + 1), "<NON_REF>"), "0/1")]
    assert None in all_terms(rows).values()


@pytest.mark.holds("PACK-04")
def test_a_small_deletion_without_bases_shifts_the_frame():
    pos = places("MADEUP1")[24]
    meta = ('##INFO=<ID=END,Number=1,Type=Integer,Description="x">', '##ALT=<ID=DEL,Description="Deletion">')
    shift = f"21\t{pos}\t.\t{base('MADEUP1', pos)}\t<DEL>\t50\tPASS\tEND={pos + 1}\tGT:PS:DP:GQ:AD\t"

    for one, other in (("1/1", "1/1"), ("0/1", "0/1"), ("0|1", "1|0")):
        content = vcf((*S, ".", other), meta=meta).rstrip(b"\n").split(b"\n")
        row = f"{shift}{one}:7:40:99:.".encode()
        profile = read_profile(
            b"\n".join([*content[:-1], row, content[-1], b""]), ALSO_MISSENSE, pack=PACK, absent="reference"
        )
        found = {each.variant.pos: each.terms for each in profile.variants}
        assert found[S[0]] == ((STOP,) if one == "0|1" else None)


@pytest.mark.holds("PACK-04")
def test_two_records_that_may_show_a_shift_are_no_shift():
    behind = missense("MADEUP1", 31)
    assert all_terms([(SHIFT, "./."), (SHIFT, "./."), (behind, "1/1")])[behind[0]] == ("missense_variant",)
