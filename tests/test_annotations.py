"""Annotations: laws of reading and of choosing, tables of what ClinVar writes, and real files."""

from __future__ import annotations

import gzip
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from assigner.errors import AnnotationError
from assigner.genome.builds import Build
from assigner.genome.variants import Variant
from assigner.truth import Truth
from assigner.vcf.annotations.annotators import Annotator
from assigner.vcf.annotations.clinvar import clinvar
from assigner.vcf.annotations.consequences import Consequence, Tool
from assigner.vcf.annotations.picks import Basis, GeneNames, in_last_exon, of_gene, pick
from assigner.vcf.annotations.predictors import frequency, score

REAL = Path(__file__).parents[2] / "shared" / "data" / "real"
VEP = "Consequence annotations from Ensembl VEP. Format: "
SNPEFF = (
    "Functional annotations: 'Allele | Annotation | Annotation_Impact | Gene_Name | Gene_ID | Feature_Type | "
    "Feature_ID | Transcript_BioType | Rank | HGVS.c | HGVS.p | cDNA.pos / cDNA.length | "
    "CDS.pos / CDS.length | AA.pos / AA.length | Distance | ERRORS / WARNINGS / INFO' "
)
BCSQ = (
    "Haplotype-aware consequence annotation from BCFtools/csq. Format: "
    "'[*]consequence|gene|transcript|biotype[|strand|amino_acid_change|dna_change]' or, for consequences of "
    "variants split across multiple sites, a pointer to the record storing the consequences '@position'. "
    "'*' prefix indicates a consequence downstream from a stop"
)
BCSQ_OF_1_16 = (
    "Haplotype-aware consequence annotation from BCFtools/csq, see http://samtools.github.io/bcftools/howtos/"
    "csq-calling.html for details. Format: Consequence|gene|transcript|biotype|strand|amino_acid_change|dna_change"
)
LOSS = {
    "transcript_ablation", "splice_acceptor_variant", "splice_donor_variant", "stop_gained",
    "frameshift_variant", "start_lost",
}  # fmt: skip

bases = st.text("ACGT", min_size=1, max_size=4)
words = st.text("ABCabc019_.:>+*-", min_size=2, max_size=8)
printable = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)
terms = st.sampled_from([*sorted(LOSS), "missense_variant", "intron_variant", "synonymous_variant"])
records = st.tuples(bases, st.lists(bases, min_size=1, max_size=3, unique=True)).filter(lambda r: r[0] not in r[1])


def vep(fields: Sequence[str], place: str = "P1.vcf") -> Annotator:
    return Annotator.from_descriptions({"CSQ": VEP + "|".join(fields)}, place)


def spelled_by_vep(ref: str, alts: Sequence[str]) -> list[str]:
    """The oracle: VEP's documented rule, as one would say it."""
    if all(len(alt) == len(ref) for alt in alts) or any(alt[0] != ref[0] for alt in alts):
        return list(alts)
    return [alt[1:] or "-" for alt in alts]


@st.composite
def transcripts(draw: st.DrawFn) -> dict[str, str]:
    return {
        "Consequence": "&".join(draw(st.lists(terms, min_size=1, max_size=3, unique=True))),
        "SYMBOL": draw(words),
        "Gene": f"ENSG{draw(st.integers(1, 99)):011}",
        "HGNC_ID": f"HGNC:{draw(st.integers(1, 99999))}",
        "Feature": f"ENST{draw(st.integers(1, 99)):011}.{draw(st.integers(1, 9))}",
        "BIOTYPE": "protein_coding",
        "EXON": f"{draw(st.integers(1, 5))}/5",
        "MANE_SELECT": draw(st.sampled_from(["", "NM_000454.5"])),
        "CANONICAL": draw(st.sampled_from(["", "YES"])),
        "HGVSp": draw(st.sampled_from(["", "ENSP1.1:p.Leu1%3D"])),
        "gnomADe_AF": draw(st.sampled_from(["", "0.001", "1.5e-05"])),
    }


@st.composite
def annotated_records(draw: st.DrawFn) -> tuple[str, list[str], list[list[dict[str, str]]]]:
    """REF, ALTs, and for each ALT what is to be said of it."""
    ref, alts = draw(records)
    return ref, alts, [draw(st.lists(transcripts(), min_size=1, max_size=3)) for _ in alts]


def written(fields: Sequence[str], ref: str, alts: Sequence[str], said: Sequence[Sequence[dict[str, str]]]) -> str:
    names = spelled_by_vep(ref, alts)
    return ",".join(
        "|".join({**row, "Allele": names[number], "ALLELE_NUM": str(number + 1)}.get(name, "") for name in fields)
        for number, rows in enumerate(said)
        for row in rows
    )


COLUMNS = [
    "Allele", "Consequence", "SYMBOL", "Gene", "HGNC_ID", "Feature", "BIOTYPE", "EXON", "MANE_SELECT",
    "CANONICAL", "HGVSp", "gnomADe_AF", "IMPACT",
]  # fmt: skip


def says(consequence: Consequence) -> dict[str, str]:
    """A consequence as the row it was read from."""
    return {
        "Consequence": "&".join(consequence.terms),
        "SYMBOL": consequence.gene_symbol or "",
        "Gene": consequence.gene_id or "",
        "HGNC_ID": consequence.hgnc_id or "",
        "Feature": consequence.transcript or "",
        "BIOTYPE": consequence.biotype or "",
        "EXON": consequence.exon or "",
        "MANE_SELECT": consequence.fields.get("MANE_SELECT", ""),
        "CANONICAL": "YES" if consequence.canonical else "",
        "HGVSp": (consequence.hgvs_p or "").replace("=", "%3D"),
        "gnomADe_AF": consequence.fields.get("gnomADe_AF", ""),
    }


@pytest.mark.holds("READ-14")
@given(annotated_records(), st.permutations([*COLUMNS, "ALLELE_NUM"]), st.booleans())
def test_what_vep_writes_in_any_order_of_fields_is_read_back(record, fields, numbered):
    ref, alts, said = record
    fields = [name for name in fields if numbered or name != "ALLELE_NUM"]

    read = vep(fields).consequences({"CSQ": written(fields, ref, alts, said)}, ref, alts)

    assert [[says(each) for each in of_alt] for of_alt in read] == said
    assert [{each.allele for each in of_alt} for of_alt in read] == [{n} for n in range(1, len(alts) + 1)]
    assert all(each.mane_select == ("MANE_SELECT" in each.fields) for of_alt in read for each in of_alt)


@given(annotated_records())
def test_a_joint_record_and_its_split_ones_annotated_alike_say_the_same(record):
    ref, alts, said = record
    annotator = vep(COLUMNS)

    joint = annotator.consequences({"CSQ": written(COLUMNS, ref, alts, said)}, ref, alts)

    for alt, rows, of_alt in zip(alts, said, joint, strict=True):
        (split,) = annotator.consequences({"CSQ": written(COLUMNS, ref, [alt], [rows])}, ref, [alt])
        assert split == tuple(evolve(each, allele=1) for each in of_alt)


@pytest.mark.holds("READ-14")
@st.composite
def values(draw: st.DrawFn) -> tuple[str, str, list[str], str]:
    """A header's key, a record, and a value, of which some entries are about another allele, or cannot be read."""
    ref, alts = draw(st.one_of(records, st.tuples(st.just("A"), st.sampled_from([["C"], ["C", "G"], ["T"], ["CA"]]))))
    key = draw(st.sampled_from(["CSQ", "ANN"]))
    entries = []
    for _ in range(draw(st.integers(1, 4))):
        allele = draw(st.sampled_from([*alts, *alts, *alts, "-", "A", "c", "G-A"]))
        own = "&".join(draw(st.lists(terms, min_size=1, max_size=2, unique=True)))
        name, gene, transcript = draw(words), draw(st.sampled_from(["", "ENSG1", "gene:ENSG1"])), "transcript:ENST1.2"
        if key == "ANN":
            doubt = draw(st.sampled_from(["", "", "WARNING_TRANSCRIPT_NO_START_CODON"]))
            entries.append(f"{allele}|{own}|LOW|{name}|{gene}|transcript|{transcript}||2/5|c.1A>G||||||{doubt}")
        else:
            number = draw(st.sampled_from(["", "", "1", "2"]))
            kind = draw(st.sampled_from(["Transcript", "", "RegulatoryFeature"]))
            entries.append(f"{allele}|{own}|{name}|{gene}|{kind}|{transcript}|HGNC:9|ENST1.2:c.1A>G|{number}")
        entries[-1] += draw(st.sampled_from(["", "", "", "", "|more"]))
    return key, ref, alts, ",".join(entries)


@given(values())
def test_what_tells_of_one_allele_is_what_is_read_of_it(value: tuple[str, str, list[str], str]) -> None:
    """A look at genes, transcripts and terms of one ALT, which reads no more than it must, is as a full reading."""
    key, ref, alts, text = value
    fields = "Allele|Consequence|SYMBOL|Gene|Feature_type|Feature|HGNC_ID|HGVSc|ALLELE_NUM"
    layout = Annotator.from_descriptions({key: VEP + fields if key == "CSQ" else SNPEFF}, "P1.vcf").layouts[0]

    def looks(read: Iterable[Consequence]) -> list[tuple[object, ...]]:
        return [(each.terms, each.gene_symbol, each.gene_id, each.hgnc_id, each.transcript) for each in read]

    every = layout.read(text, ref, alts)
    for number in range(1, len(alts) + 1):
        own = looks(layout.of_allele(text, ref, alts, number))
        assert own == looks(each for each in every if each.allele == number)


@given(annotated_records(), st.booleans())
def test_a_record_split_after_annotation_never_gets_another_alleles_consequence(record, numbered):
    ref, alts, said = record
    fields = [*COLUMNS, "ALLELE_NUM"] if numbered else COLUMNS
    text = written(fields, ref, alts, said)

    for alt, rows in zip(alts, said, strict=True):
        (split,) = vep(fields).consequences({"CSQ": text}, ref, [alt])
        assert [says(each) for each in split if each.allele == 1] in ([], rows)
        assert len(split) == sum(map(len, said))


@given(st.lists(st.tuples(bases, terms), min_size=1, max_size=4), records)
def test_snpeff_names_the_alt_as_it_is(entries, record):
    ref, alts = record
    text = ",".join(
        f"{alt}|{term}|HIGH|TBK1|ENSG1|transcript|ENST1.1|protein_coding|3/21||||||| "[:-1] for alt, term in entries
    )
    annotator = Annotator.from_descriptions({"ANN": SNPEFF}, "P1.vcf")

    read = annotator.consequences({"ANN": text}, ref, alts)

    for alt, of_alt in zip(alts, read, strict=True):
        assert [each.terms for each in of_alt if each.allele] == [(term,) for name, term in entries if name == alt]
        assert len([each for each in of_alt if each.allele is None]) == len(
            [1 for name, _ in entries if name not in alts]
        )


@given(
    st.dictionaries(
        st.sampled_from(["CSQ", "ANN", "BCSQ", "EFF", "vep", "CLNSIG"]),
        printable | st.just(SNPEFF) | st.just(BCSQ) | st.just(VEP + "Allele|Consequence|Feature"),
    ),
    st.dictionaries(
        st.sampled_from(["CSQ", "ANN", "BCSQ", "EFF", "vep", "CLNSIG", "CLNREVSTAT", "CLNDN", "CLNSIGCONF", "AF"]),
        printable | st.text("|,&A@*1-", max_size=30),
    ),
    printable,
    st.lists(printable, max_size=3),
)
def test_any_text_gives_values_or_an_annotation_error(descriptions, info, ref, alts):
    annotator = Annotator.from_descriptions(descriptions, "P1.vcf")
    try:
        read = annotator.consequences(info, ref, alts)
    except AnnotationError as error:
        assert error.place.startswith("P1.vcf: INFO/")
        return

    assert len(read) == len(alts)
    for number, of_alt in enumerate(read, start=1):
        assert {each.allele for each in of_alt} <= {number, None}
        pick(of_alt)
        for each in of_alt:
            in_last_exon(each)
            clinvar(info, each, alts=len(alts))
            frequency(each, info, ["AF"], allele=number, alts=len(alts))


@given(st.lists(transcripts(), min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_the_choice_does_not_depend_on_the_order(rows, random):
    (read,) = vep(COLUMNS).consequences({"CSQ": written(COLUMNS, "A", ["G"], [rows])}, "A", ["G"])
    shuffled = list(read)
    random.shuffle(shuffled)

    before, after = pick(read), pick(shuffled)

    assert before.basis is after.basis
    assert (before.consequence is None) == (after.consequence is None)
    if before.consequence and after.consequence:
        assert set(before.consequence.terms) == set(after.consequence.terms)
        assert before.consequence.gene_symbol == after.consequence.gene_symbol


# Which fields, and in which order.


@pytest.mark.parametrize(
    ("key", "description", "tool", "note"),
    [
        ("CSQ", VEP + "Allele|Consequence|Feature", Tool.VEP, None),
        ("vep", VEP + "Feature|Consequence|Allele", Tool.VEP, None),
        ("ANN", VEP + "Allele|Consequence|Feature", Tool.VEP, None),
        ("CSQ", VEP + "Consequence|Feature", Tool.VEP, "no Allele and no ALLELE_NUM"),
        ("ANN", SNPEFF, Tool.SNPEFF, None),
        ("BCSQ", BCSQ, Tool.BCFTOOLS, None),
        ("BCSQ", BCSQ_OF_1_16, Tool.BCFTOOLS, None),
        ("BCSQ", "Format: [*]consequence|gene|transcript|biotype|strand", Tool.BCFTOOLS, None),
        ("EFF", "Predicted effects. Format: 'Effect ( Impact | Gene_Name )'", None, "not read; ANN is"),
        ("CSQ", "Format: Gene|Effect", None, "lists none of the fields"),
        ("CSQ", "Molecular consequence (spiked)", None, "lists no fields"),
        ("CSQ", VEP + "Allele|Consequence|Feature|Allele", None, "listed twice"),
        ("DP", "Format: a|b", None, None),
    ],
)
def test_a_field_is_known_by_what_its_description_lists(key, description, tool, note):
    annotator = Annotator.from_descriptions({key: description}, "P1.vcf")

    assert [layout.tool for layout in annotator.layouts] == ([tool] if tool else [])
    assert (note in annotator.notes[0]) if note else annotator.notes == ()


@pytest.mark.parametrize("descriptions", [{}, {"CSQ": "Consequences"}])
def test_listed_values_without_a_list_of_names_are_refused(descriptions):
    annotator = Annotator.from_descriptions(descriptions, "P1.vcf")

    with pytest.raises(AnnotationError, match=r"^P1\.vcf: INFO/CSQ: expected a Description that lists"):
        annotator.consequences({"CSQ": "G|stop_gained|HIGH"}, "A", ["G"])
    assert annotator.consequences({"CSQ": "stop_gained"}, "A", ["G"]) == ((),)


def test_a_pointer_without_a_declaration_is_refused():
    with pytest.raises(AnnotationError):
        Annotator(place="P1.vcf").consequences({"BCSQ": "@12345"}, "A", ["G"])


# Whose consequence it is.


@pytest.mark.parametrize(
    ("ref", "alts", "rows", "expected"),
    [
        ("A", ["G"], [("G", "")], [1]),
        ("CTTT", ["C"], [("-", "")], [1]),
        ("C", ["CA", "T"], [("CA", ""), ("T", "")], [1, 2]),
        ("CA", ["C", "CAA"], [("-", ""), ("AA", "")], [1, 2]),
        ("CA", ["CT", "C"], [("T", ""), ("-", "")], [1, 2]),
        ("CA", ["C", "*"], [("-", "")], [1]),
        ("g", ["ga"], [("A", "")], [1]),
        ("G", ["GACA", "C"], [("C", "2")], [2]),
        ("G", ["GT", "T"], [("T", "1"), ("T", "2")], [1, 2]),
        ("A", ["G"], [("C", "1")], [None]),
        ("A", ["G"], [("", "1")], [None]),
        # Minimised, or split or normalised after annotation: only what fits one ALT and is alone in it.
        ("G", ["GT", "T"], [("T", "")], [None]),
        ("G", ["GT"], [("GT", ""), ("T", "")], [None, None]),
        ("G", ["T"], [("GT", "1"), ("T", "2")], [None, 1]),
        ("CAG", ["CTG"], [("T", "")], [1]),
        ("CTAG", ["CG"], [("-", "")], [1]),
        ("CTAG", ["CG"], [("T", "")], [None]),
        ("CTAG", ["CG"], [("G", "")], [1]),
        ("A", ["<DEL>"], [("deletion", "")], [1]),
        ("A", ["<DEL>"], [("deletion", "1")], [1]),
        ("A", ["<INS:ME>"], [("insertion", "")], [None]),
    ],
)
def test_whose_a_vep_entry_is(ref, alts, rows, expected):
    text = ",".join(f"{allele}|missense_variant|ENST1|{number}" for allele, number in rows)

    read = vep(["Allele", "Consequence", "Feature", "ALLELE_NUM"]).consequences({"CSQ": text}, ref, alts)

    flat = [each for of_alt in read for each in of_alt if each.allele is not None]
    assert sorted(each.allele for each in flat if each.allele) == sorted(n for n in expected if n)
    assert all(len([each for each in of_alt if each.allele is None]) == expected.count(None) for of_alt in read)


def test_without_allele_or_number_nothing_is_tied_to_an_alt():
    ((one,),) = vep(["Consequence", "Feature"]).consequences({"CSQ": "stop_gained|ENST1"}, "A", ["G"])

    assert (one.allele, one.terms) == (None, ("stop_gained",))


def test_an_entry_of_another_length_is_kept_as_unread():
    read = vep(["Allele", "Consequence", "Feature"]).consequences(
        {"CSQ": "G|stop_gained,G|intron_variant|E1"}, "A", ["G"]
    )

    assert [(each.allele, each.problem) for each in read[0]] == [(None, "2 values for 3 fields"), (1, None)]


def test_a_tumour_compared_with_its_germline_belongs_to_no_allele():
    rest = "start_lost|HIGH|OR4F5|E|transcript|T1|protein_coding|1/1|||||||"
    text = f"G|{rest},G-C|{rest}"

    read = Annotator.from_descriptions({"ANN": SNPEFF}, "P1.vcf").consequences({"ANN": text}, "A", ["C", "G"])

    assert [[each.allele for each in of_alt] for of_alt in read] == [[None], [2, None]]


# What else an entry says.


def test_vep_values():
    fields = "Allele|Consequence|SYMBOL|Gene|Feature_type|Feature|EXON|INTRON|HGVSc|HGVSp|HGNC_ID|MANE|LoF|X"
    text = (
        "G|splice_donor_variant&intron_variant|TBK1|ENSG1|Transcript|ENST9||4/9|ENST9.5:c.1A>G||11584|"
        "MANE_Select|HC|x,"
        "G|regulatory_region_variant|||RegulatoryFeature|ENSR1|||||||| "
    )

    ((one, other),) = vep(fields.split("|")).consequences({"CSQ": text}, "A", ["G"])

    assert one == Consequence(
        source=Tool.VEP, allele=1, gene_symbol="TBK1", gene_id="ENSG1", hgnc_id="HGNC:11584",
        transcript="ENST9.5", mane_select=True, terms=("splice_donor_variant", "intron_variant"),
        hgvs_c="ENST9.5:c.1A>G", intron="4/9", lof="HC",
        fields={"Feature_type": "Transcript", "MANE": "MANE_Select", "X": "x"},
    )  # fmt: skip
    assert (other.transcript, other.hgnc_id, other.canonical, other.mane_select) == (None, None, None, False)


@pytest.mark.parametrize(
    ("term", "kind", "expected"),
    [
        ("stop_gained", "transcript", ("ENST1", "3/21", None)),
        ("splice_donor_variant&intron_variant", "transcript", ("ENST1", None, "3/21")),
        ("sequence_feature", "domain:PAS_1", (None, "3/21", None)),
    ],
)
def test_snpeff_rank_is_an_exon_or_an_intron_and_a_feature_is_not_always_a_transcript(term, kind, expected):
    text = f"G|{term}|HIGH|PER3|ENSG1|{kind}|ENST1|protein_coding|3/21|c.1A>G|p.Met1?||||| "

    ((one,),) = Annotator.from_descriptions({"ANN": SNPEFF}, "P1.vcf").consequences({"ANN": text}, "A", ["G"])

    assert (one.transcript, one.exon, one.intron) == expected
    assert (one.hgvs_p, one.mane_select, one.canonical) == ("p.Met1?", None, None)


@pytest.mark.parametrize(
    ("warning", "terms"),
    [
        ("", ("stop_gained",)),
        ("INFO_REALIGN_3_PRIME", ("stop_gained",)),
        ("WARNING_REF_DOES_NOT_MATCH_GENOME", ()),
        ("INFO_REALIGN_3_PRIME&WARNING_TRANSCRIPT_NO_START_CODON", ()),
        ("ERROR_CHROMOSOME_NOT_FOUND", ()),
        ("I1", ("stop_gained",)),
        ("W1", ()),
        ("I1&E1", ()),
        ("INFO_COMPOUND_ANNOTATION", ()),  # of several variants together
        ("I3", ()),  # beside another sequence than the reference
    ],
)
def test_what_snpeff_itself_doubts_says_nothing(warning, terms):
    annotator = Annotator.from_descriptions({"ANN": SNPEFF}, "P1.vcf")
    text = f"G|stop_gained|HIGH|PER3|ENSG1|transcript|ENST1|protein_coding|3/21|c.1A>G|p.Met1?|||||{warning}"

    ((one,),) = annotator.consequences({"ANN": text}, "A", ["G"])

    assert one.terms == terms
    quiet = text.replace("stop_gained", "intron_variant").replace("c.1A>G", "c.1-9A>G")
    assert annotator.may_tell({"ANN": quiet}, re.compile("stop_gained")) is (not terms)


@pytest.mark.holds("READ-14")
@pytest.mark.parametrize("prefixes", [("transcript:", "gene:"), ("", "")])
def test_ids_of_ensembl_s_gff3_are_read_without_what_tells_their_kind(prefixes: tuple[str, str]) -> None:
    """SnpEff's database of such a file names transcripts and genes as the column ID does."""
    of_transcript, of_gene_id = prefixes
    text = (
        f"G|stop_gained|HIGH|SOD1|{of_gene_id}ENSG00000142168|transcript|{of_transcript}ENST00000270142.11||2/5|||||||"
    )
    annotator = Annotator.from_descriptions({"ANN": SNPEFF}, "P1.vcf")
    ((one,),) = annotator.consequences({"ANN": text}, "A", ["G"])

    assert (one.gene_id, one.transcript) == ("ENSG00000142168", "ENST00000270142.11")
    assert of_gene([one], GeneNames(others=frozenset({"ENSG00000142168"}))) == (one,)
    assert pick([one], {"ENST00000270142"}).basis is Basis.RULE_SET
    quiet, named = text.replace("stop_gained", "intron_variant"), [{"ENST00000270142"}]
    assert not annotator.may_tell({"ANN": quiet}, re.compile("stop_gained"), named)


def test_bcftools_values():
    annotator = Annotator.from_descriptions({"BCSQ": BCSQ}, "P1.vcf")
    missense = "*missense&splice_region|CHTF18|ENST1|protein_coding|+|761D>764N|793183G>A"
    text = f"@788407,{missense},intron|EFHD2||x,a|b"

    ((at, change, intron, unread),) = annotator.consequences({"BCSQ": text}, "G", ["A"])

    assert (at.at, at.terms) == (788407, ())
    assert change.terms == ("missense_variant", "splice_region_variant")
    assert change.after_stop
    assert change.fields == {"strand": "+", "amino_acid_change": "761D>764N", "dna_change": "793183G>A"}
    assert (intron.terms, intron.transcript, intron.after_stop) == (("intron_variant",), None, False)
    assert unread.problem == "2 values for 7 fields"
    joint = annotator.consequences({"BCSQ": text}, "G", ["A", "C"])
    assert {each.allele for of_alt in joint for each in of_alt} == {None}


def test_a_short_bcsq_whose_needed_values_are_missing_is_a_problem_not_a_crash():
    layout = "Format: [*]consequence|gene|biotype|strand|transcript|x"
    annotator = Annotator.from_descriptions({"BCSQ": layout}, "P1.vcf")

    ((one,),) = annotator.consequences({"BCSQ": "missense|G|protein_coding|+"}, "G", ["A"])

    assert (one.allele, one.problem) == (None, "4 values for 6 fields")


def test_two_programs_in_one_record():
    annotator = Annotator.from_descriptions({"CSQ": VEP + "Allele|Consequence|Feature", "ANN": SNPEFF}, "P1.vcf")

    ((one, other),) = annotator.consequences(
        {"CSQ": "G|stop_gained|E1", "ANN": "G|stop_gained|HIGH|A|E|transcript|E1|x|1/1|||||||"}, "A", ["G"]
    )

    assert (one.source, other.source) == (Tool.VEP, Tool.SNPEFF)


# Which one counts.


def consequence(**values: object) -> Consequence:
    return Consequence(**{"source": Tool.VEP, "allele": 1, "gene_symbol": "TBK1", **values})


MANE = consequence(transcript="ENST2.1", mane_select=True, terms=("missense_variant",))
PAIR = consequence(transcript="NM_2.1", mane_select=True, terms=("missense_variant",))
WORST = consequence(transcript="ENST1.1", mane_select=False, canonical=False, terms=("stop_gained",))
RENAMED = evolve(WORST, gene_symbol="2-Mar")
CANONICAL = consequence(transcript="ENST3.1", canonical=True, terms=("intron_variant",))
OTHER_GENE = consequence(transcript="ENST4.1", mane_select=True, gene_symbol="XPOT", terms=("missense_variant",))
LOST = consequence(allele=None, transcript="ENST2.1", mane_select=True, terms=("stop_gained",))
POINTER = Consequence(source=Tool.BCFTOOLS, allele=1, at=7)


@pytest.mark.parametrize(
    ("those", "named", "expected", "basis"),
    [
        ([WORST, CANONICAL, MANE], {"ENST1"}, MANE, Basis.MANE_SELECT),
        ([PAIR, MANE], set(), MANE, Basis.MANE_SELECT),
        ([WORST, CANONICAL], {"NM_1", "ENST1"}, WORST, Basis.RULE_SET),
        ([WORST, CANONICAL], {"NM_1"}, CANONICAL, Basis.CANONICAL),
        ([RENAMED, CANONICAL], {"ENST1"}, RENAMED, Basis.RULE_SET),
        ([WORST], set(), None, Basis.NOT_CHOSEN),
        ([], set(), None, Basis.NOT_ANNOTATED),
        ([WORST, LOST], set(), None, Basis.ALLELE_UNKNOWN),
        ([MANE, LOST], set(), MANE, Basis.MANE_SELECT),
        ([MANE, POINTER], set(), None, Basis.COMPOUND),
        ([MANE, OTHER_GENE], set(), None, Basis.SEVERAL),
        ([MANE, evolve(PAIR, terms=("stop_gained",))], set(), None, Basis.SEVERAL),
        ([MANE, evolve(PAIR, after_stop=True)], set(), None, Basis.SEVERAL),
    ],
)
def test_which_consequence_counts(those, named, expected, basis):
    chosen = pick(those, named)

    assert (chosen.consequence, chosen.basis) == (expected, basis)


def test_the_consequences_of_one_gene():
    by_id = consequence(hgnc_id="HGNC:11584", gene_symbol="old", terms=("x",))
    by_name = consequence(gene_symbol="PARK2", terms=("x",))
    by_ensembl = consequence(gene_symbol=None, gene_id="ENSG0.3", terms=("x",))
    homonym = consequence(hgnc_id="HGNC:1", gene_symbol="PARK2", terms=("x",))
    nameless = consequence(gene_symbol=None, terms=("intergenic_variant",))
    those = [by_id, by_name, by_ensembl, homonym, nameless, POINTER]

    gene = GeneNames(hgnc_id="HGNC:11584", others=frozenset({"PRKN", "PARK2", "ENSG0"}))
    assert of_gene(those, gene) == (by_id, by_name, by_ensembl, POINTER)


@pytest.mark.parametrize(
    ("exon", "expected"),
    [
        ("5/5", Truth.TRUE), ("1/1", Truth.TRUE), ("4/5", Truth.FALSE), ("3-4/5", Truth.FALSE),
        ("4-5/5", Truth.UNKNOWN), ("6/5", Truth.UNKNOWN), ("5", Truth.UNKNOWN), (None, Truth.UNKNOWN),
    ],
)  # fmt: skip
def test_last_exon(exon, expected):
    assert in_last_exon(consequence(exon=exon)) is expected


@given(st.integers(0, 9), st.integers(0, 9), st.integers(1, 9), st.integers(0, 1))
def test_an_exon_from_the_end_is_that_of_which_no_other_is_named(first, last, count, but):
    said = in_last_exon(consequence(exon=f"{first}-{last}/{count}"), but)
    named = set(range(first, last + 1))
    if not named or not named <= set(range(1, count + 1)):
        assert said is Truth.UNKNOWN
    elif count - but in named:
        assert said is (Truth.TRUE if len(named) == 1 else Truth.UNKNOWN)
    else:
        assert said is Truth.FALSE


# ClinVar.


@pytest.mark.holds("READ-15")
@pytest.mark.parametrize(
    ("text", "terms", "expected"),
    [
        ("Pathogenic", {"pathogenic"}, Truth.TRUE),
        ("Pathogenic/Likely_pathogenic", {"pathogenic", "likely_pathogenic"}, Truth.TRUE),
        ("Pathogenic|risk_factor", {"pathogenic", "risk_factor"}, Truth.TRUE),
        ("Pathogenic,_drug_response", {"pathogenic", "drug_response"}, Truth.TRUE),
        ("5", {"pathogenic"}, Truth.TRUE),
        ("255|5", {"other", "pathogenic"}, Truth.TRUE),
        ("255|255|255", {"other"}, Truth.FALSE),
        ("5,255,2", {"pathogenic", "other", "benign"}, Truth.UNKNOWN),
        ("5|0", {"pathogenic", "uncertain_significance"}, Truth.UNKNOWN),
        ("Conflicting_interpretations_of_pathogenicity", {"conflicting"}, Truth.UNKNOWN),
        ("Conflicting_classifications_of_pathogenicity|other", {"conflicting", "other"}, Truth.UNKNOWN),
        ("Pathogenic,_low_penetrance", {"pathogenic_low_penetrance"}, Truth.UNKNOWN),
        ("Likely_pathogenic,_low_penetrance", {"likely_pathogenic_low_penetrance"}, Truth.UNKNOWN),
        ("Pathogenic/Pathogenic,_low_penetrance", {"pathogenic", "pathogenic_low_penetrance"}, Truth.UNKNOWN),
        ("Pathogenic/Likely_risk_allele", {"pathogenic", "likely_risk_allele"}, Truth.UNKNOWN),
        ("Pathogenic/Established_risk_allele", {"pathogenic", "established_risk_allele"}, Truth.UNKNOWN),
        ("Likely_pathogenic|Uncertain_risk_allele", {"likely_pathogenic", "uncertain_risk_allele"}, Truth.UNKNOWN),
        ("Likely_risk_allele", {"likely_risk_allele"}, Truth.FALSE),
        ("Benign/Likely_benign", {"benign", "likely_benign"}, Truth.FALSE),
        ("Uncertain_significance", {"uncertain_significance"}, Truth.FALSE),
        ("risk_factor", {"risk_factor"}, Truth.FALSE),
        ("not_provided", {"not_provided"}, Truth.FALSE),
        ("Patogenic", {"patogenic"}, Truth.UNKNOWN),
    ],
)
def test_clinvar_significance(text, terms, expected):
    read = clinvar({"CLNSIG": text})

    assert read is not None
    assert (read.terms, read.is_pathogenic, read.stars) == (terms, expected, None)


@pytest.mark.parametrize(
    ("text", "stars"),
    [
        ("practice_guideline", 4),
        ("reviewed_by_expert_panel", 3),
        ("criteria_provided,_multiple_submitters,_no_conflicts", 2),
        ("criteria_provided,_single_submitter", 1),
        ("criteria_provided,_conflicting_interpretations", 1),
        ("criteria_provided,_conflicting_classifications", 1),
        ("no_assertion_criteria_provided", 0),
        ("no_classification_provided", 0),
        ("mult", 2),
        ("single|no_criteria", 0),
        ("exp,single", 1),
        ("five_stars", None),
        ("single|five_stars", None),
        (".", None),
    ],
)
def test_clinvar_stars(text, stars):
    read = clinvar({"CLNSIG": "Pathogenic", "CLNREVSTAT": text})

    assert read is not None
    assert read.stars == stars


def test_clinvar_conditions_and_what_submitters_say():
    read = clinvar(
        {
            "CLNSIG": "Conflicting_classifications_of_pathogenicity",
            "CLNDN": "Multiple_endocrine_neoplasia,_type_1|not_specified|.",
            "CLNSIGCONF": "Pathogenic(3)|Uncertain_significance(1)",
        }
    )

    assert read is not None
    assert read.conditions == ("Multiple endocrine neoplasia, type 1", "not specified")
    assert read.conflicting == (("pathogenic", 3), ("uncertain_significance", 1))


@pytest.mark.parametrize(
    ("info", "conditions"),
    [
        ({"CLNDN": "Amyotrophic_lateral_sclerosis_type_1"}, ("Amyotrophic lateral sclerosis type 1",)),
        ({"CLNDN": "A|B", "CLNDNINCL": "C"}, ("A", "B")),
        ({"CLNDBN": "Spastic_paraplegia_10,Another_one"}, ("Another one", "Spastic paraplegia 10")),
        ({"CLNDN": "A%2C_b"}, ("A, b",)),
        ({"CLNDN": r"A\x2c_b"}, ("A, b",)),
        ({"CLNDN": "."}, ()),
        ({}, ()),
        ({"CLNDISDB": "MONDO:MONDO:0007103,MedGen:C1862939,OMIM:105400|MedGen:CN517202|."},
         ("MONDO:0007103", "MedGen:C1862939", "MedGen:CN517202", "OMIM:105400")),
        ({"CLNDISDB": "Human_Phenotype_Ontology:HP:0007354", "CLNDN": "ALS"}, ("ALS", "HP:0007354")),
        ({"CLNDN": "caf\udce9"}, (r"caf\xe9",)),
    ],
)  # fmt: skip
def test_clinvar_s_conditions_by_name_and_by_id(info, conditions):
    read = clinvar({"CLNSIG": "Pathogenic", **info})
    assert read is not None
    assert read.conditions == conditions


def test_clinvar_inside_a_consequence_as_vep_writes_it():
    own = consequence(
        fields={
            "ClinVar_CLNSIG": "Pathogenic&_risk_factor",
            "ClinVar_CLNREVSTAT": "criteria_provided&_multiple_submitters&_no_conflicts",
            "ClinVar_CLNDN": "Neoplasia&_type_1&not_specified",
            "ClinVar_CLNSIGCONF": "Pathogenic(3)&Benign(1)",
            "CLIN_SIG": "benign",
        }
    )

    read = clinvar({}, own, alts=2)

    assert read is not None
    assert (read.terms, read.stars, read.is_pathogenic) == ({"pathogenic", "risk_factor"}, 2, Truth.UNKNOWN)
    alone = clinvar({}, consequence(fields={**own.fields, "ClinVar_CLNSIGCONF": ""}), alts=2)
    assert alone is not None
    assert alone.is_pathogenic is Truth.TRUE
    assert read.conditions == ("Neoplasia, type 1", "not specified")
    assert read.conflicting == (("pathogenic", 3), ("benign", 1))
    disputed = clinvar({"CLNSIG": "Benign"}, own)
    assert disputed is not None
    assert disputed.is_pathogenic is Truth.UNKNOWN


@pytest.mark.holds("READ-15")
def test_clinvar_of_which_alt():
    told = clinvar({"CLNSIG": "Pathogenic"}, consequence(), alts=2)

    assert told is not None
    assert told.is_pathogenic is Truth.UNKNOWN


@pytest.mark.holds("READ-15")
@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, Truth.TRUE),
        ({"CLNSIGCONF": "Pathogenic(3)|Likely_pathogenic(1)"}, Truth.TRUE),
        ({"CLNSIGCONF": "Pathogenic(3)|Benign(1)"}, Truth.UNKNOWN),  # submitters disagree
        ({"CLNREVSTAT": "criteria_provided,_conflicting_classifications"}, Truth.UNKNOWN),
        ({"CLNREVSTAT": "conf"}, Truth.UNKNOWN),
        ({"ORIGIN": "1"}, Truth.TRUE),
        ({"ORIGIN": "3"}, Truth.TRUE),
        ({"ORIGIN": "2"}, Truth.UNKNOWN),  # seen in tumours alone
        ({"CLNORIGIN": "2"}, Truth.UNKNOWN),
        ({"SAO": "2"}, Truth.UNKNOWN),
        ({"SAO": "1"}, Truth.TRUE),
        ({"CLNVCSO": "SO:0001483"}, Truth.TRUE),
        ({"CLNVCSO": "SO:0000159"}, Truth.UNKNOWN),  # a deletion
        ({"CLNSIG": "Pathogenic,."}, Truth.UNKNOWN),  # of one of two ALTs, and not told of which
        ({"CLNSIG": "Pathogenic,_other"}, Truth.TRUE),
        ({"SwappedAlleles": ""}, Truth.UNKNOWN),  # the ALT was REF when ClinVar's word was written, perhaps
        ({"SWAP": "1"}, Truth.UNKNOWN),
        ({"SWAP": "1", "CLNHGVS": "NC_000001.11:g.5200G>A"}, Truth.TRUE),
        ({"SWAP": "1", "CLNHGVS": "NC_000001.11:g.5200A>G"}, Truth.UNKNOWN),
    ],
)
def test_a_word_of_clinvar_that_its_own_fields_contradict_is_unknown(more, expected):
    told = clinvar({"CLNSIG": "Pathogenic", **more}, change=Variant("1", 5200, "G", "A"), build=Build.GRCH38)
    assert told is not None
    assert told.is_pathogenic is expected


@pytest.mark.parametrize("info", [{}, {"CLNSIG": "."}, {"CLIN_SIG": "pathogenic"}, {"CLNSIGINCL": "1:Pathogenic"}])
def test_no_clinvar(info):
    assert clinvar(info, consequence(fields={"CLIN_SIG": "benign", "X_CLNSIGINCL": "Pathogenic"})) is None
    assert clinvar(info) is None


@pytest.mark.holds("READ-15")
@pytest.mark.parametrize(
    ("column", "said", "beside", "expected"),
    [
        ("CLIN_SIG", "pathogenic", "", Truth.UNKNOWN),
        ("CLIN_SIG", "likely_pathogenic&benign", "", Truth.UNKNOWN),
        ("CLIN_SIG", "conflicting_interpretations_of_pathogenicity", "", Truth.UNKNOWN),
        ("CLIN_SIG", "uncertain_significance", "", None),
        ("CLIN_SIG", "pathogenic", "Benign", Truth.FALSE),  # it may be of another allele
        ("ClinVar_Significance", "Pathogenic", "", Truth.UNKNOWN),
        ("ClinVar_Significance", "Pathogenic", "Benign", Truth.UNKNOWN),
        ("ClinVar_Significance", "Pathogenic", "Pathogenic", Truth.TRUE),
        ("ClinVar_CLNSIGINCL", "Pathogenic", "", None),
    ],
)
def test_a_column_of_vep_that_is_not_read_and_says_pathogenic_leaves_it_open(column, said, beside, expected):
    told = clinvar({"CLNSIG": beside, "CLNREVSTAT": "single"} if beside else {}, consequence(fields={column: said}))
    assert (told.is_pathogenic if told else None) is expected


# Frequencies and scores.


@pytest.mark.holds("READ-15")
@pytest.mark.parametrize(
    ("inside", "info", "where", "expected"),
    [
        ({"AF": "0.001"}, {"AF": "0.5"}, (1, 1), "0.001"),
        ({"AF": "0.001&0.02&."}, {}, (1, 1), "0.02"),
        ({"AF": "."}, {"AF": "1e-3"}, (1, 1), "0.001"),
        ({"AF": "0.1&rare"}, {}, (1, 1), None),
        ({}, {"AF": "0"}, (1, 1), "0"),
        ({}, {"AF": "0.1,0.2"}, (2, 2), "0.2"),
        ({}, {"AF": "0.1,."}, (2, 2), None),
        ({}, {"AF": "0.1"}, (1, 2), None),
        ({}, {"AF": "0.9,0.1"}, (1, 1), None),
        ({}, {"AF": "0.1"}, (2, 1), None),
        ({}, {"AF": "."}, (1, 1), None),
        ({}, {}, (1, 1), None),
        ({}, {"AF": "G:0.3"}, (1, 1), None),
        ({}, {"AF": "nan"}, (1, 1), None),
        ({}, {"AF": "1.5"}, (1, 1), None),
        ({}, {"AF": "-0.1"}, (1, 1), None),
        ({}, {"AF": ".", "AF_all": "0.25"}, (1, 1), "0.25"),
    ],
)
def test_a_missing_frequency_is_unknown_never_zero(inside, info, where, expected):
    allele, alts = where

    found = frequency(consequence(fields=inside), info, ["AF", "AF_all"], allele=allele, alts=alts)

    assert found == (None if expected is None else Decimal(expected))


def test_a_score_may_be_anything_and_needs_no_consequence():
    assert score(None, {"CADD": "-1.25"}, ["REVEL", "CADD"]) == Decimal("-1.25")
    assert frequency(None, {"AF": "2", "AF_all": "1"}, ["AF", "AF_all"]) == 1


# Real files.


def real(name: str) -> tuple[Annotator, Iterator[tuple[Mapping[str, str], str, list[str]]]]:
    """A real file's annotator, and INFO, REF and ALT of its records."""
    path = REAL / name
    if not path.exists():
        pytest.skip("the real files are not here")
    text = gzip.decompress(path.read_bytes()) if name.endswith("gz") else path.read_bytes()
    lines = text.decode(errors="replace").splitlines()
    descriptions = {
        line[11:].partition(",")[0]: line.partition('Description="')[2].rpartition('"')[0]
        for line in lines
        if line.startswith("##INFO=<ID=")
    }
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    records = (
        (dict(part.partition("=")[::2] for part in row[7].split(";")), row[3], row[4].split(","))
        for row in rows
        if len(row) >= 8
    )
    return Annotator.from_descriptions(descriptions, name), records


@pytest.mark.holds("READ-14")
@pytest.mark.parametrize(
    ("name", "tied", "loose", "note"),
    [
        ("annot/VAtools__input.vcf.gz", {"VEP": 1227}, 0, None),
        ("annot/pysam__gnomad.vcf", {"VEP": 9}, 0, None),
        ("annot/scout__643594.clinical.vcf.gz", {"VEP": 4415, "SnpEff": 6448}, 3, None),
        ("annot/cyvcf2__test.vcf.gz", {"SnpEff": 1054}, 1035, "no Allele and no ALLELE_NUM"),
        ("annot/cyvcf2__test-haploidX.vcf", {}, 4210, "no Allele and no ALLELE_NUM"),
        ("annot/gemini__test1.snpeff.vcf", {"VEP": 63}, 0, "ANN is"),
        ("annot/gemini__test.roh.vcf", {"VEP": 114}, 0, "ANN is"),
        ("annot/SnpEff__cancer.ann.vcf", {"SnpEff": 2}, 2, None),
        ("annot/SnpEff__test.chr22.ann.filter_missense_any.vcf", {"SnpEff": 785}, 0, None),
        ("annot/slivar__comphet.csq.vcf", {"bcftools": 13}, 0, None),
        ("annot/slivar__with-bcsq.vcf", {"bcftools": 8}, 0, None),
        ("annot/vcf2fhir__NB6TK328_filtered.vcf", {"SnpEff": 48}, 0, None),
        ("callers/vep2lovd__test.vep.vcf", {"VEP": 618}, 0, None),
        ("callers/vcf2report__SYN-001.synthetic.vcf.gz", {}, 0, "lists no fields"),
    ],
)
def test_every_entry_of_the_real_files_is_tied_to_its_allele_or_kept_as_unknown(name, tied, loose, note):
    annotator, rows = real(name)
    found: Counter[str | None] = Counter()
    for info, ref, alts in rows:
        for of_alt in annotator.consequences(info, ref, alts):
            found.update(None if each.allele is None else str(each.source) for each in of_alt)

    assert (found.pop(None, 0), found) == (loose, tied)
    assert any(note in each for each in annotator.notes) if note else annotator.notes == ()


def test_a_real_file_whose_header_lost_its_declaration_is_refused():
    annotator, rows = real("annot/VAtools__no_csq.vcf")

    with pytest.raises(AnnotationError, match="lists its fields"):
        [annotator.consequences(*record) for record in rows]


def test_a_clinical_file_has_a_canonical_choice_or_says_why_not():
    annotator, rows = real("annot/scout__643594.clinical.vcf.gz")
    found = Counter(
        pick(each for each in of_alt if each.source is Tool.VEP).basis
        for record in rows
        for of_alt in annotator.consequences(*record)
    )

    assert set(found) <= {Basis.CANONICAL, Basis.SEVERAL, Basis.NOT_CHOSEN, Basis.ALLELE_UNKNOWN}
    assert found[Basis.CANONICAL] > 400


def test_clinvar_in_real_files():
    _, rows = real("annot/ensembl-vep__input.vcf.gz")
    modern = Counter(found.is_pathogenic for info, _, _ in rows if (found := clinvar(info)))
    _, rows = real("callers/vcf2report__SYN-001.synthetic.vcf.gz")
    spiked = [(found.is_pathogenic, found.stars) for info, _, _ in rows if (found := clinvar(info))]
    _, rows = real("annot/scout__643594.clinical.vcf.gz")
    codes = Counter(found.is_pathogenic for info, _, _ in rows if (found := clinvar(info)))

    assert modern == {Truth.TRUE: 7, Truth.FALSE: 43}
    assert spiked == [(Truth.TRUE, 1)] * 2
    assert codes == {Truth.TRUE: 2, Truth.UNKNOWN: 4, Truth.FALSE: 16}  # two are contested, by a code for `other`
