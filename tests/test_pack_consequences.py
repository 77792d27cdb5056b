"""What a pack says that a variant does to a transcript: against bcftools csq, and laws of its own."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import assume, given
from hypothesis import strategies as st

from assigner.genome.builds import Build
from assigner.genome.hgvs import reverse_complement
from assigner.genome.variants import Variant
from assigner.packs.changes import Change
from assigner.packs.codons import Edit
from assigner.packs.effects import AT_BORDER, OTHER_BASES, SEVERAL, SLIDES, START_MOVES, Effect, edit_of, effect
from assigner.packs.transcripts import Spliced, Stretches, Transcript, translated
from assigner.rules.loci import Gene
from assigner.synthetic.genes import MadeGene
from effort import QUICK, some, times
from shipped import RULES

SHORT = {
    "5_prime_UTR_variant": "5_prime_utr", "3_prime_UTR_variant": "3_prime_utr",
    "protein_altering_variant": "inframe_altering",
}  # fmt: skip
SEVERITY = (
    "splice_acceptor", "splice_donor", "stop_gained", "frameshift", "stop_lost", "start_lost", "inframe_insertion",
    "inframe_deletion", "missense", "inframe_altering", "splice_region", "start_retained", "stop_retained",
    "synonymous", "coding_sequence", "5_prime_utr", "3_prime_utr", "intron", "",
)  # fmt: skip
SLIGHT = {
    "splice_region_variant", "splice_polypyrimidine_tract_variant", "intron_variant", "upstream_gene_variant",
    "downstream_gene_variant", "5_prime_UTR_variant", "3_prime_UTR_variant",
}  # fmt: skip
LENGTH_IN_FRAME = {"inframe_insertion", "inframe_deletion", "inframe_altering"}
SITES = {"splice_acceptor", "splice_donor"}


def known_of(made: MadeGene) -> Stretches:
    return Stretches(((made.start, made.bases),))


def spliced_of(made: MadeGene) -> Spliced:
    return Spliced.of(made.transcript, known_of(made))


@cache
def gene(seed: int, exons: int, strand: str) -> MadeGene:
    return MadeGene.of(random.Random(seed), "ENST1", exons, strand)


def of_the_panel(count: int) -> list[Gene]:
    """Genes of the shipped rule set with as many exons as there are, from the fewest to the most."""
    found = [(len(each.exons.on(Build.GRCH38)), each) for each in RULES.content.genes if each.exons is not None]
    found.sort(key=lambda one: (one[0], one[1].symbol))
    return [found[at * (len(found) - 1) // (count - 1)][1] for at in range(count)]


def along(rng: random.Random, own: Gene) -> MadeGene:
    """Made-up bases along the exons of a gene of the rule set, with what is nearest to them of its introns."""
    exons = own.exons
    assert exons is not None and exons.strand is not None
    build = rng.choice(list(Build))
    coding = exons.coding_on(build)
    assert coding is not None
    return MadeGene.along(rng, f"ENST{own.symbol}", exons.strand, exons.on(build), coding, 150)


def alleles(rng: random.Random, made: MadeGene, indels: int) -> list[tuple[int, str, str]]:
    """All changes of one base of a gene, and some of several."""
    found = [(at + 1, ref, alt) for at, ref in enumerate(made.bases) for alt in "ACGT" if alt != ref]
    for _ in range(indels):
        at = rng.randrange(20, len(made.bases) - 30)
        ref = made.bases[at : at + rng.randint(1, 10)]
        put = "".join(rng.choices("ACGT", k=rng.randint(1, 9)))
        kinds = (ref[0] + put, ref[0], "".join(rng.choices("ACGT", k=len(ref))), put)
        found += [(at + 1, ref, alt) for alt in [rng.choice(kinds)] if alt != ref]
    return sorted(dict.fromkeys(found))


def by_bcftools(folder: Path, made: list[MadeGene], every: list[list[tuple[int, str, str]]]) -> dict:
    """What bcftools csq says of each allele alone (`--local-csq`), as its terms."""
    fasta, gff, vcf, index = [folder / f"a.{end}" for end in ("fa", "gff3", "vcf", "fa.fai")]
    names = [f"c{at}" for at in range(len(made))]
    fasta.write_text("".join(f">{name}\n{each.bases}\n" for name, each in zip(names, made, strict=True)))
    at, rows = 0, []
    for name, each in zip(names, made, strict=True):
        at += len(name) + 2
        rows.append(f"{name}\t{len(each.bases)}\t{at}\t{len(each.bases)}\t{len(each.bases) + 1}\n")
        at += len(each.bases) + 1
    index.write_text("".join(rows))
    lines = [row for name, each in zip(names, made, strict=True) for row in each.gff(name, name)]
    gff.write_text("\n".join(["##gff-version 3", *lines]) + "\n")
    contigs = [f"##contig=<ID={name},length={len(each.bases)}>" for name, each in zip(names, made, strict=True)]
    head = ["##fileformat=VCFv4.2", *contigs, "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]
    records = [f"{n}\t{p}\t.\t{r}\t{a}\t.\t.\t." for n, own in zip(names, every, strict=True) for p, r, a in own]
    vcf.write_text("\n".join([*head, *records]) + "\n")
    command = ["bcftools", "csq", "--local-csq", "-f", str(fasta), "-g", str(gff), str(vcf)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = {}
    for line in done.stdout.splitlines():
        if not line.startswith("#"):
            contig, pos, _, ref, alt, _, _, info = line.split("\t")
            told = info.partition("BCSQ=")[2].split(",")
            terms = {
                term for one in told if not one.startswith("@") for term in one.split("|")[0].lstrip("*").split("&")
            }
            found[int(contig[1:]), int(pos), ref, alt] = terms
    return found


def worst(terms: set[str]) -> str:
    return min((term for term in terms if term in SEVERITY), key=SEVERITY.index, default="")


def short(term: str) -> str:
    return SHORT.get(term, term.removesuffix("_variant"))


def new_protein(change: Change, spliced: Spliced) -> str:
    """The protein of the whole new sequence, read from its start to its first stop."""
    residues, stop, _ = translated(edit_of(change, spliced).changed[spliced.transcript.coding_index[0] :]).partition(
        "*"
    )
    return residues + stop


def explained(change: Change, found: Effect, new: str, mine: str, theirs: str, all_theirs: set[str]) -> str | None:
    """Why the worst term of a change of several bases is another one than that of bcftools csq 1.16."""
    replaced, pair = not change.is_pure, {mine, theirs}
    where = {"splice_region", "intron", "5_prime_utr", "3_prime_utr", ""}
    if pair <= LENGTH_IN_FRAME:
        return "bcftools compares residues, VEP the bases of the codons"
    if mine in SITES and (replaced or theirs in where):
        return "bcftools asks whether GT and AG stay, and in untranslated exons names no site; VEP looks at places"
    if replaced and pair <= LENGTH_IN_FRAME | {"stop_gained", "missense"}:
        return "bcftools does not name the stop that a replacement of several bases makes, or takes one for it"
    if replaced and theirs == "splice_region":
        return "bcftools does not look at the codons of a replacement beside the end of an exon"
    if pair == {"stop_gained", "frameshift"}:
        return "VEP names a stop beside a frame shift in the codons that change, bcftools as the first new residue"
    gain = len(change.put) - len(change.removed)
    if found.residues is not None and "frameshift" in pair and (mine == "frameshift") == (gain % 3 != 0):
        return "bcftools takes a replacement that moves the frame for one that does not, or the other way round"
    in_frame = found.residues is not None and gain % 3 == 0 and pair <= LENGTH_IN_FRAME | {"stop_gained"}
    if in_frame and (mine == "stop_gained") == (len(new) < found.length + 1 + gain // 3):
        return "the new protein ends early or does not, and bcftools misjudges it where codons are joined"
    ends = {"start_lost", "stop_lost", "coding_sequence", "stop_retained", "start_retained"}
    if ends & (pair | all_theirs | {short(term) for term in found.terms}):
        return "at the ends of the coding sequence: bcftools judges the codon, we compare the whole proteins"
    if pair <= where:
        return "an insertion is in a region for VEP when both of its neighbours are"
    return None


@pytest.mark.holds("PACK-02")
@pytest.mark.skipif(shutil.which("bcftools") is None, reason="bcftools is not here")
def test_bcftools_csq_says_the_same(tmp_path):
    rng = random.Random(18)
    shapes = [(exons, strand) for exons in (1, 2, 4, 9) for strand in ("plus", "minus")]
    shapes += [] if QUICK else [(50, "minus"), (50, "plus")]
    made = [MadeGene.of(rng, f"ENST{at}", exons, strand) for at, (exons, strand) in enumerate(shapes)]
    made += [along(rng, each) for each in some(of_the_panel(30), 10)]
    every = [alleles(rng, each, 60 if QUICK else 1700) for each in made]
    several = sum(max(len(ref), len(alt)) > 1 for own in every for _, ref, alt in own)
    assert several >= (400 if QUICK else 50_000)
    theirs = by_bcftools(tmp_path, made, every)
    counted: Counter[str] = Counter()
    for at, (one, own) in enumerate(zip(made, every, strict=True)):
        spliced, known = spliced_of(one), known_of(one)
        for pos, ref, alt in own:
            change = Change.of(Variant("21", pos, ref, alt))
            found = effect(change, spliced, known)
            if found.problem is not None:
                counted["unknown"] += 1
                assert not len(ref) == len(alt) == 1
                continue
            said = theirs[at, pos, ref, alt]
            mine, other = worst({short(term) for term in found.terms}), worst(said)
            if mine == other:
                counted["same"] += 1
                continue
            new = new_protein(change, spliced) if found.residues is not None else ""
            why = explained(change, found, new, mine, other, said)
            split_start = "start_lost" in found.terms and other == "missense"  # its codon lies in two exons
            assert why is not None and (split_start or not len(ref) == len(alt) == 1), (
                pos,
                ref,
                alt,
                found.terms,
                said,
            )
            counted[why] += 1

    assert counted["same"] > 0.98 * sum(counted.values())
    assert counted["unknown"] < 0.01 * sum(counted.values())


def test_a_gene_of_many_short_exons_is_made():
    for seed in range(3):
        exons = MadeGene.of(random.Random(seed), "ENST1", 50, "plus").transcript.exons
        assert len(exons) == 50 and all(last - first >= 7 for first, last in exons)


genes = st.builds(gene, st.integers(0, 19), st.integers(1, 6), st.sampled_from(["plus", "minus"]))


@st.composite
def cases(draw) -> tuple[MadeGene, Variant]:
    """A gene and a variant in it."""
    made = draw(genes)
    at = draw(st.integers(25, len(made.bases) - 30))
    ref = made.bases[at : at + draw(st.integers(1, 9))]
    alt = draw(st.one_of(st.just(ref[0]), st.text("ACGT", min_size=1, max_size=9), st.just(ref + ref[-1])))
    assume(ref != alt)
    return made, Variant("21", at + 1, ref, alt)


def told(made: MadeGene, variant: Variant):
    return effect(Change.of(variant), spliced_of(made), known_of(made))


@pytest.mark.holds("PACK-02")
@times(20)
@given(case=cases())
def test_the_other_strand_is_read_alike(case):
    made, variant = case
    length = len(made.bases)

    def over(span):
        return length + 1 - span[1], length + 1 - span[0]

    own = made.transcript
    turned = Transcript(
        accession=own.accession, protein=own.protein, chrom="21", mane=True, canonical=True,
        strand="minus" if own.strand == "plus" else "plus",
        exons=tuple(over(span) for span in own.exons[::-1]), coding=over(own.coding),
    )  # fmt: skip
    other = MadeGene(transcript=turned, start=1, bases=reverse_complement(made.bases))
    back = Variant("21", length + 1 - variant.end, reverse_complement(variant.ref), reverse_complement(variant.alt))
    change, mirrored = Change.of(variant), Change.of(back)
    assume(not change.is_pure or change == Change.of(variant).leftmost(known_of(made).base))

    one, two = told(made, variant), effect(mirrored, spliced_of(other), known_of(other))

    assert set(one.terms) - SLIGHT == set(two.terms) - SLIGHT
    assert one.problem == two.problem or {one.problem, two.problem} == {
        SEVERAL,
        AT_BORDER,
    }  # of one and the same change
    assert (one.hgvs_c, one.hgvs_p) == (two.hgvs_c, two.hgvs_p)


@pytest.mark.holds("PACK-02")
@times(20)
@given(case=cases(), more=st.integers(0, 12))
def test_another_spelling_says_the_same_or_nothing(case, more):
    made, variant = case
    known = known_of(made)
    change = Change.of(variant)
    moved = change.leftmost(known.base) if more % 2 else change.rightmost(known.base)
    before, behind = moved.start - 1 - more, moved.end + 1 + more
    assume(before >= 1 and behind <= len(made.bases))
    left, right = known.bases(before, moved.start - 1), known.bases(moved.end + 1, behind)
    written = Variant("21", before, left + moved.removed + right, left + moved.put + right)

    one, two = told(made, variant), told(made, written)

    assert Change.of(written).leftmost(known.base) == change.leftmost(known.base)
    assert one.problem == two.problem or {one.problem, two.problem} <= {None, SEVERAL, AT_BORDER}
    if one.problem is None is two.problem:
        assert (one.hgvs_c, one.hgvs_p) == (two.hgvs_c, two.hgvs_p)


@pytest.mark.holds("PACK-02")
@given(made=genes, data=st.data())
def test_a_reference_that_is_not_there_is_unknown(made, data):
    first, last = made.transcript.span
    pos = data.draw(st.integers(first, last))
    wrong = reverse_complement(made.bases[pos - 1])

    other = Change(pos, wrong, data.draw(st.sampled_from(["", "A", "ACG"]).filter(lambda put: put != wrong)))

    assert effect(other, spliced_of(made), known_of(made)).problem == OTHER_BASES


@times(10)
@given(made=genes, data=st.data())
def test_the_new_protein_is_that_of_the_whole_new_sequence(made, data):
    spliced = spliced_of(made)
    at = data.draw(st.integers(0, len(spliced.bases) - 1))
    removed = data.draw(st.integers(0, min(7, len(spliced.bases) - at)))
    edit = Edit(spliced=spliced, at=at, removed=removed, put=data.draw(st.text("ACGT", max_size=7)))
    start, end = made.transcript.coding_index
    assume(at + removed > start and at < end)

    residues, stop, _ = translated(edit.changed[start:]).partition("*")

    assert edit.protein == residues + stop


@pytest.mark.holds("PACK-02")
def test_a_deep_indel_is_unknown_where_its_repeat_may_reach_an_exon():
    """An intron of 1,000 bases, of which 100 at either end are known."""
    exons, unit = ((11, 19), (1020, 1031)), "CA"
    own = Transcript(accession="T.1", chrom="21", strand="plus", exons=exons, coding=(14, 1028))
    plain = "GT" + "ACGGTTCA" * 12 + "AC"

    def said(flank: str, ref: str, alt: str) -> str | None:
        known = Stretches(((1, "C" * 10 + "TTTATGAAA" + plain), (920, flank + "CCCGATTGAGGC" + "T" * 10)))
        return effect(Change.of(Variant("21", 500, ref, alt)), Spliced.of(own, known), known).problem

    for ref, alt in (("GCA", "G"), ("G", "GAC")):
        assert (said(unit * 50, ref, alt), said(plain, ref, alt)) == (SLIDES, None)
    assert said(unit * 45 + "TTTTTTTTAG", "GCA", "G") == SLIDES
    assert (
        said(unit * 50, "GCT", "G") is said("A" + unit * 40 + "T" * 19, "GTA", "G") is said(unit * 50, "G", "T") is None
    )


@pytest.mark.holds("PACK-02")
@given(case=cases())
@times(10)
def test_a_transcript_of_the_mitochondrion_is_not_read_with_the_code_of_the_nucleus(case):
    made, variant = case
    own = Spliced.of(evolve(made.transcript, chrom="MT"), known_of(made))
    found = effect(Change.of(evolve(variant, chrom="MT")), own, known_of(made))
    coding = {"stop_gained", "missense_variant", "synonymous_variant", "frameshift_variant", "stop_lost", "start_lost"}
    assert coding.isdisjoint(found.terms)
    if told(made, variant).residues is not None:
        assert found.problem is not None


def test_names_of_changes():
    """A transcript of two exons, read by hand: ATG AAA | CCC GAT TGA, its exons at 11-19 and 42-53."""
    bases = "C" * 10 + "TTTATGAAA" + "GTACACACACACACACACACAG" + "CCCGATTGAGGC" + "T" * 10
    own = Transcript(
        accession="T.1", protein="P.1", chrom="21", strand="plus", exons=((11, 19), (42, 53)), coding=(14, 50)
    )
    known = Stretches(((1, bases),))
    spliced = Spliced.of(own, known)

    def named(pos: int, ref: str, alt: str) -> tuple[str | None, str | None, tuple[str, ...]]:
        found = effect(Change.of(Variant("21", pos, ref, alt)), spliced, known)
        return found.hgvs_c, found.hgvs_p, found.terms

    assert spliced.protein == "MKPD*"
    assert named(45, "G", "A") == ("T.1:c.10G>A", "P.1:p.(Asp4Asn)", ("missense_variant",))
    assert named(17, "A", "T") == ("T.1:c.4A>T", "P.1:p.(Lys2Ter)", ("stop_gained", "splice_region_variant"))
    assert named(14, "A", "G")[:2] == ("T.1:c.1A>G", "P.1:p.(Met1?)")
    assert named(48, "T", "C")[:2] == ("T.1:c.13T>C", "P.1:p.(Ter5ArgextTer?)")
    assert named(44, "CG", "C") == ("T.1:c.10del", "P.1:p.(Asp4IlefsTer?)", ("frameshift_variant",))
    assert named(47, "T", "TGAT") == ("T.1:c.10_12dup", "P.1:p.(Asp4dup)", ("inframe_insertion",))
    assert named(44, "CGAT", "C") == ("T.1:c.10_12del", "P.1:p.(Asp4del)", ("inframe_deletion",))
    assert named(45, "GA", "TC") == ("T.1:c.10_11inv", "P.1:p.(Asp4Ser)", ("missense_variant",))
    assert named(43, "CCGAT", "ATTAA")[1:] == (
        "P.1:p.(Pro3_Asp4delinsHisTer)",
        ("stop_gained", "splice_region_variant"),
    )
    assert named(47, "TTGA", "T")[1:] == ("P.1:p.(Ter5GlyextTer?)", ("stop_lost", "inframe_deletion"))
    assert named(42, "C", "CCCC") == (None, None, ())  # as well behind the intron's last base
    assert named(20, "G", "A") == ("T.1:c.6+1G>A", None, ("splice_donor_variant",))
    assert named(40, "A", "C") == ("T.1:c.7-2A>C", None, ("splice_acceptor_variant",))
    assert named(24, "A", "T")[0] == "T.1:c.6+5A>T"
    assert named(37, "C", "T")[0] == "T.1:c.7-5C>T"
    assert named(12, "T", "A") == ("T.1:c.-2T>A", None, ("5_prime_UTR_variant",))
    assert named(52, "G", "A") == ("T.1:c.*2G>A", None, ("3_prime_UTR_variant",))
    assert named(5, "C", "A") == (None, None, ("upstream_gene_variant",))
    assert named(57, "T", "A") == (None, None, ("downstream_gene_variant",))


def alone(before: str, coding: str, strand: str = "plus") -> tuple[Spliced, Stretches]:
    """A transcript of one exon: bases before the coding part, that part, and ten bases behind it."""
    bases = before + coding + "C" * 10
    first, last = 11, 10 + len(bases)
    ends = (first + len(before), last - 10)
    if strand == "minus":
        bases, ends = reverse_complement(bases), (first + last - ends[1], first + last - ends[0])
    own = Transcript(accession="T.1", protein="P.1", chrom="21", strand=strand, exons=((first, last),), coding=ends)
    known = Stretches(((1, "C" * 10 + bases + "C" * 10),))
    return Spliced.of(own, known), known


def replaced(spliced: Spliced, known: Stretches, at: int, removed: int, put: str) -> Effect:
    """The effect of a change at a base of such a transcript, from 0."""
    first, last = spliced.transcript.exons[0]
    lost = spliced.bases[at : at + removed]
    if spliced.transcript.strand == "minus":
        return effect(
            Change(last - at - removed + 1, reverse_complement(lost), reverse_complement(put)), spliced, known
        )
    return effect(Change(first + at, lost, put), spliced, known)


STARTS = {
    "the whole of ATG": (9, 6, "", ("start_lost",), None),
    "ATG, with another one out of frame": (9, 6, "AT", ("start_lost",), None),
    "ATG, put back before a codon of the same residue": (8, 10, "CATGGCC", ("coding_sequence_variant",), None),
    "bases around ATG, which stays": (11, 5, "GATGT", (), START_MOVES),
    "ATG, with another one in frame before it": (9, 6, "ATGCAC", (), START_MOVES),
}


@pytest.mark.holds("PACK-02")
@pytest.mark.parametrize("strand", ["plus", "minus"])
@pytest.mark.parametrize("what", STARTS)
def test_a_start_is_kept_only_where_the_old_protein_is_read_from_it(what, strand):
    first, removed, put, terms, problem = STARTS[what]
    spliced, known = alone("CCTACTTCAGGC", "ATGGCAAATGCAGTTTAA", strand)

    found = replaced(spliced, known, first, removed, put)

    assert (tuple(term for term in found.terms if term != "5_prime_UTR_variant"), found.problem) == (terms, problem)
    assert found.hgvs_p == ("P.1:p.(Met1?)" if "start_lost" in terms else None)


STOPS = {
    "the last residue, and another stop": (12, 6, "GATTAG", ("missense_variant",), "P.1:p.(Val5Asp)"),
    "the stop alone": (15, 3, "TAG", ("stop_retained_variant",), "P.1:p.(Ter6=)"),
    "no stop": (12, 6, "GATTAC", ("stop_lost",), None),
    "a residue more": (14, 2, "GGATT", ("inframe_insertion",), "P.1:p.(Val5_Ter6insAsp)"),
    "a residue less": (10, 6, "CAT", ("inframe_deletion",), None),
}


@pytest.mark.holds("PACK-02")
@pytest.mark.parametrize("what", STOPS)
def test_a_stop_at_the_same_end_is_not_lost(what):
    first, removed, put, terms, name = STOPS[what]
    spliced, known = alone("CCTACTTCAGGC", "ATGGCAAATGCAGTTTAA")

    found = replaced(spliced, known, 12 + first, removed, put)

    assert found.terms == terms
    assert name is None or found.hgvs_p == name
