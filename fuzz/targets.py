"""What is fuzzed: each target takes bytes, and breaks only when `assigner` does.

The law of all: an input is read, or refused with an `AssignerError`. Where there are two ways to one answer (two
containers of one text, ends worked out line by line and at once, a value and what it is written as) the two must agree.

A target's name is its function's; its inputs stand in `corpus/<name>/`.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import os
import re
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from attrs import evolve

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import build
import vcfs
from assigner.assignments import assign
from assigner.cohorts.parts import Shard, merged
from assigner.cohorts.tables import written
from assigner.errors import (
    AnnotationError,
    AssignerError,
    BuildError,
    EvidenceError,
    InputError,
    LedgerError,
    LedgerProofError,
    ProfileError,
    RecordError,
    RuleSetError,
    TraceError,
)
from assigner.genome.builds import Build, chrom_of, is_understood
from assigner.ledger.bundles import parse_bundle
from assigner.ledger.entries import parse_entry
from assigner.ledger.notes import parse_note, parse_receipt
from assigner.ledger.trust import parse_policy
from assigner.packs.changes import Change
from assigner.packs.effects import effect
from assigner.packs.forms import read_pack
from assigner.packs.sources.gff import read_gff
from assigner.profiles.forms import profile_of
from assigner.profiles.profile import Profile
from assigner.profiles.written import form_of
from assigner.rules import Rules, parse_rules
from assigner.rules.scoring_files import read_scoring_file
from assigner.strict import each_key_once
from assigner.texts import Text
from assigner.traces import parse_trace
from assigner.truth import Truth
from assigner.vcf.annotations.annotators import Annotator
from assigner.vcf.annotations.clinvar import clinvar, unfamiliar
from assigner.vcf.annotations.picks import in_last_exon, pick
from assigner.vcf.annotations.predictors import frequency, is_frequency, looks_like_a_frequency, score
from assigner.vcf.bytes.containers import Limits
from assigner.vcf.meaning.builds import by_contigs, by_words, expect_words
from assigner.vcf.meaning.coverage import read_bed
from assigner.vcf.meaning.genes import any_term
from assigner.vcf.meaning.judged import call_of, judge
from assigner.vcf.reading import read_profile
from assigner.vcf.records.histories import filled_by, is_filled
from assigner.vcf.records.numbers import decimal_of, fraction, total, whole_list
from assigner.vcf.records.parsing import read_records
from assigner.vcf.records.record import Record
from assigner.vcf.records.shares import shares
from assigner.vcf.records.support import support, worst
from assigner.vcf.scan.headers import parse_header
from assigner.vcf.scan.scans import Line
from assigner.vcf.scan.spans import PAD, ends, table, true_end
from assigner.vcf.scan.tumours import is_mitochondrial_mode, somatic_marks, tumour_marks

HERE = Path(__file__).parent

Target = Callable[[bytes], None]

BASE = {"tier": 1, "points": 500, "validity": ["definitive"], "max_frequency": "0.001", "carrier_ppm": 1, **vcfs.WORD}
VEP = ("Allele", "Consequence", "SYMBOL", "HGNC_ID", "Feature", "MANE_SELECT", "EXON", "gnomADg_AF", "REVEL")
META = (
    f'##INFO=<ID=CSQ,Number=.,Type=String,Description="Format: {"|".join(VEP)}">',
    '##INFO=<ID=CLNSIG,Number=.,Type=String,Description="ClinVar">',
    '##INFO=<ID=SVLEN,Number=.,Type=Integer,Description="Length">',
    '##FORMAT=<ID=LEN,Number=1,Type=Integer,Description="Length of a block">',
    '##FORMAT=<ID=REPCN,Number=1,Type=String,Description="Repeat units">',
)
COLUMNS = b"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tP1\tP2"
LIMITS = Limits(line_bytes=1 << 16, header_bytes=1 << 18, text_bytes=1 << 22, contigs=200, samples=20, alts=20)
TERMS = frozenset({"stop_gained", "frameshift_variant"})


@cache
def rules() -> Rules:
    """A small rule set that asks something of every kind."""
    return vcfs.rules_of(
        alleles=[
            vcfs.allele("SNV", "1", 5100, "C", "T", gene="G"),
            vcfs.allele("DEL", "1", 5200, "CAG", "C", gene="G"),
            vcfs.allele("X", "X", 5000000, "G", "A"),
            vcfs.allele("M", "MT", 3243, "A", "G"),
        ],
        genes=[
            vcfs.gene("G", "1", 5000, 5999, mechanisms=["loss_of_function"], transcripts=["NM_1.1"], hgnc="HGNC:1"),
        ],
        repeats=[vcfs.repeat("R", "CAG", "2", 9000, 9029)],
        markers=[vcfs.marker("rs1", "3", 7000, "C", "T")],
        criteria=[
            {"id": "clinvar", "kind": "clinvar", "stars": 1, **BASE},
            {"id": "lof", "kind": "consequence", "terms": ["stop_gained"], "mechanisms": ["loss_of_function"], **BASE},
        ],
        fields={"frequency": ["gnomADg_AF"], "predictors": {"REVEL": ["REVEL"]}},
    )


@cache
def folder() -> Path:
    """A folder for the file that is read, in memory where there is such a place."""
    room = "/dev/shm" if os.path.isdir("/dev/shm") else None
    kept = tempfile.TemporaryDirectory(prefix="assigner-fuzz-", dir=room)
    _KEPT.append(kept)
    return Path(kept.name)


_KEPT: list[tempfile.TemporaryDirectory[str]] = []  # each is emptied when the interpreter ends


def _read(content: bytes, name: str = "a.vcf", **declared: object) -> Profile | None:
    """The profile that a file holds; None when it is refused."""
    path = folder() / name
    path.write_bytes(content)
    try:
        return read_profile(path, rules(), limits=LIMITS, **declared)
    except InputError:
        return None


def _told(profile: Profile | None) -> object:
    """What a profile says, whatever container it came in."""
    if profile is None:
        return None
    told = profile.alleles, profile.markers, profile.repeats, profile.variants, profile.assessed, profile.inferred_sex
    kinds = ("variants_container",)
    notes = sorted(str(check) for check in profile.checks if check.name not in kinds and "plain" not in check.evidence)
    return told, notes


# --- reading ------------------------------------------------------------------------------------------------


def vcf_text(data: bytes) -> None:
    """The text of a VCF: as plain text, in small BGZF blocks, as gzip, and read ahead by a thread it says the same."""
    content = data if data.endswith(b"\n") else data + b"\n"
    plain = _read(content)
    if plain is not None:
        with contextlib.suppress(AssignerError):
            assign(plain, rules())
    size = 1 + sum(content[:64]) % 700
    packed = build.bgzf(content, block=size, level=1)
    told = _told(plain)
    for name, found in (
        ("bgzf", _read(packed, "a.vcf.gz")),
        ("gzip", _read(build.gzip(content), "a.vcf.gz")),
        ("threads", _read(packed, "a.vcf.gz", threads=2)),
    ):
        assert (_told(found) is None) == (told is None), name
        if told is not None and found is not None:
            assert _told(found)[0] == told[0], name


def bcf(data: bytes) -> None:
    """The text of a BCF, in BGZF blocks and without."""
    one = _told(_read(build.bgzf(data, block=1 + len(data) // 3, level=1), "a.bcf"))
    other = _told(_read(data, "a.bcf"))
    assert one == other


def container(data: bytes) -> None:
    """The bytes of a file, damaged however; a second read says the same."""
    assert _told(_read(data)) == _told(_read(data, threads=2))


def header(data: bytes) -> None:
    """The lines of a header."""
    try:
        found = parse_header(data.split(b"\n"), "fuzz", LIMITS)
    except InputError:
        return
    assert len(set(found.samples)) == len(found.samples)
    assert found.columns in (8, 9 + len(found.samples))
    assert all(length is None or length >= 0 for length in found.contigs.values())


@cache
def _header() -> object:
    return parse_header(vcfs.vcf("", meta=META).rstrip(b"\n").split(b"\n"), "fuzz", LIMITS)


_RECORD = re.compile(rb"((chr)?([1-9]|1[0-9]|2[0-2]|X|Y|M|MT)|NC_[0-9]{6}[.][0-9]{1,2})\t[0-9]{1,9}(\t[^\t\n\0]*){8}")


def _record_of(line: bytes) -> Record | None:
    """The record of a line; None of one that is none, or is refused."""
    if not _RECORD.fullmatch(line):
        return None
    try:
        (found,), _ = read_records(_header(), [Line(1, line)], 0, "fuzz")
    except InputError:
        return None
    return found


def record(data: bytes) -> None:
    """One record in full: ours and htslib's reading agree, or it is refused."""
    found = _record_of(data.split(b"\n", 1)[0])
    if found is None:
        return
    assert found.end >= found.pos
    if found.genotype is not None:
        assert all(allele is None or allele <= len(found.alts) for allele in found.genotype.alleles)


def spans(data: bytes) -> None:
    """Where records end: worked out for all lines at once, and for each by itself."""
    lines = [line for line in data.split(b"\n") if _RECORD.fullmatch(line) and min(line, default=0) >= 9]
    lines = [line for line in lines if all(byte >= 32 or byte == 9 for byte in line)]
    if not lines:
        return
    room = bytearray().join((PAD, *(line + b"\n" for line in lines), PAD))
    letters = np.frombuffer(room, np.uint8, len(room) - len(PAD))
    rows = table(room, 0, np.flatnonzero((letters == 9) | (letters == 10)).reshape(-1, 10))
    positions = np.array([int(line.split(b"\t", 2)[1]) for line in lines], np.int64)
    try:
        slow = [_end(line, int(pos)) for line, pos in zip(lines, positions, strict=True)]
    except RecordError:
        slow = None
    try:
        fast = ends(rows, positions, lengths=True, place=str).tolist()
    except RecordError:
        fast = None
    assert fast == slow, (fast, slow)


def _end(line: bytes, pos: int) -> int:
    """The last base of a record, one column after the other."""
    columns = line.split(b"\t")
    own = pos + max(len(columns[3]), 1) - 1
    alt = columns[4]
    inner = b",<" in alt and len(alt) >= len("A,<*>,C")  # what is shorter is no list with a symbolic allele inside
    if alt in (b".", b"*") or alt.startswith(b"<") or alt.endswith(b">") or inner:
        return max(own, true_end(line, pos, "fuzz"))
    return own


def header_words(data: bytes) -> None:
    """The lines of a header: whose file it is, what wrote it, on which build."""
    try:
        found = parse_header([b"##fileformat=VCFv4.2", *data.split(b"\n"), COLUMNS], "fuzz", LIMITS)
    except InputError:
        return
    filler = filled_by(found)
    assert filler is None or any(filled_by(evolve(found, meta=(line,))) == filler for line in found.meta)
    for sample in found.samples:
        assert all(tumour_marks(found, sample))
    assert all(somatic_marks(found))
    is_mitochondrial_mode(found)
    words = by_words(found)
    for declared in Build:
        with contextlib.suppress(BuildError):
            expect_words(found, declared, "fuzz")
            assert not words or declared.value in words
    with contextlib.suppress(BuildError):
        by_contigs(found, "fuzz")
    for contig in found.contigs:
        assert chrom_of(contig) is None or is_understood(contig)


def values(data: bytes) -> None:
    """INFO, FORMAT and a sample's values, each on a line: what a record says of its own genotype."""
    text, keys, written, *_ = [*data.split(b"\n"), b"", b"", b""]
    found = _record_of(b"\t".join((b"1", b"5100", b".", b"C", b"T,<*>", b"30", b"PASS", text, keys, written)))
    if found is None:
        return
    known = support(found)
    for statements in (known.depths, known.qualities, known.likelihoods, known.imputation):
        assert worst(statements) is None or all(worst(statements).value <= each.value for each in statements)
    for number in range(3):
        assert all(each.share.is_finite() for each in shares(found, number))
    judged = judge(found, rules().content.gates)
    is_filled(found)
    for number in range(3):
        call = call_of(judged, number, None, Build.GRCH38, rules().content.gates)
        assert judged.state is None or call.carries is not Truth.TRUE


def numbers(data: bytes) -> None:
    """A number, or a list of them: it is read, or it is none."""
    text = data.decode("utf-8", "surrogateescape")
    number, share, listed = decimal_of(text), fraction(text), whole_list(text)
    assert number is None or (number.is_finite() and len(f"{number:f}") < 1100)  # a trace writes all its digits
    assert share is None or 0 <= share <= 1
    assert all(each is None or each >= 0 for each in listed)
    assert len(listed) in (0, text.count(",") + 1)
    assert total(*listed) is None or total(*listed) == sum(each or 0 for each in listed)
    assert not (is_frequency(text) and looks_like_a_frequency(text))


def annotations(data: bytes) -> None:  # type: ignore[no-redef]  # a corpus has this name
    """A Description, an INFO column, REF and ALT, each on a line: consequences, ClinVar, scores."""
    description, text, ref, alt, *_ = [*data.decode("utf-8", "surrogateescape").split("\n"), "", "", "", ""]
    info = dict(entry.partition("=")[::2] for entry in text.split(";"))
    alts = alt.split(",")
    annotator = Annotator.from_descriptions(dict.fromkeys(("CSQ", "ANN", "BCSQ"), description), "fuzz")
    try:
        found = annotator.consequences(info, ref, alts)
    except AnnotationError:
        return
    assert len(found) == len(alts)
    told = annotator.may_tell(info, any_term(TERMS))
    for number, consequences in enumerate(found, start=1):
        assert told or not any(TERMS & set(each.terms) for each in consequences)
        chosen = pick(consequences, {"G": "NM_1.1"}).consequence
        if chosen is not None:
            in_last_exon(chosen)
        clinvar(info, chosen, alts=len(alts))
        unfamiliar(info, chosen)
        score(chosen, info, ["REVEL"], allele=number, alts=len(alts))
        share = frequency(chosen, info, ["AF"], allele=number, alts=len(alts))
        assert share is None or 0 <= share <= 1


def repeat(data: bytes) -> None:
    """POS, REF, ALT, FILTER, INFO, FORMAT and a sample's values, each on a line: a repeat call."""
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    pos, ref, alts, filters, text, keys, values, *_ = [*lines, *[""] * 7]
    info = dict(entry.partition("=")[::2] for entry in text.split(";"))
    fmt = dict(zip(keys.split(":"), values.split(":"), strict=False))
    place = int(pos) if re.fullmatch("[0-9]{1,9}", pos) else 1
    found = vcfs.repeat_call_of("chr2", place, ref, alts.split(","), filters.split(";"), info, fmt)
    if found is None:
        return
    for size, interval in zip(found.sizes, found.intervals, strict=True):
        assert size is None or size >= 0
        assert interval is None or interval[1] is None or interval[0] <= interval[1]
    found.of("CAG")


def bed(data: bytes) -> None:
    """The bytes of a BED file."""
    path = folder() / "a.bed"
    path.write_bytes(data)
    with contextlib.suppress(InputError):
        read_bed(path, Build.GRCH38).check()


def index(data: bytes) -> None:
    """A .tbi or .csi, as it is before it is packed, beside a file of two contigs."""
    content = vcfs.vcf("1 5100 C T PASS . GT 0/1\n2 5100 C T PASS . GT 0/1")
    path = folder() / "a.vcf.gz"
    path.write_bytes(build.bgzf(content, level=1))
    for other in (".tbi", ".csi"):
        path.with_name(f"a.vcf.gz{other}").unlink(missing_ok=True)
    suffix = ".csi" if data.startswith(b"CSI") else ".tbi"
    path.with_name(f"a.vcf.gz{suffix}").write_bytes(build.bgzf(data, level=1))
    with contextlib.suppress(InputError):
        read_profile(path, rules(), quick=True, limits=LIMITS)


# --- rule sets, traces, forms -------------------------------------------------------------------------------


def rule_set(data: bytes) -> None:
    """A rule set and, behind a line of `%%`, a table; one that is read has the same digest again."""
    source, _, rows = data.partition(b"\n%%\n")
    tables = {"table.tsv": rows}
    try:
        found = parse_rules(source, tables)
    except RuleSetError as error:
        assert error.faults
        assert str(error)
        return
    assert parse_rules(source, tables).digest == found.digest


def trace(data: bytes) -> None:
    """The bytes of a trace; one that is read is written back as it was meant."""
    try:
        found = parse_trace(data)
    except TraceError as error:
        assert str(error)
        return
    assert parse_trace(found.to_bytes()) == found


def form(data: bytes) -> None:
    """A profile in JSON; one that is read is written back as it was meant, and can be decided."""
    try:
        value = json.loads(data, object_pairs_hook=each_key_once)
    except (ValueError, RecursionError):
        return
    try:
        found = profile_of(value, rules())
    except ProfileError as error:
        assert str(error)
        return
    assert profile_of(form_of(found), rules()) == found
    assign(found, rules())


def proof(data: bytes) -> None:
    """A checkpoint, a receipt or a trust file; one of the first two that is read is written as it was."""
    text = data.decode("utf-8", "replace")
    for parse in (parse_note, parse_receipt):
        with contextlib.suppress(LedgerProofError):
            assert str(parse(text)) == text
    with contextlib.suppress(LedgerProofError):
        parse_policy(text)


def bundle(data: bytes) -> None:
    """A copy of a ledger; one that is read is verified, or its faults are told."""
    with contextlib.suppress(LedgerProofError):
        found = parse_bundle(data)
        for body in found.bodies():
            with contextlib.suppress(LedgerError):
                assert parse_entry(body).to_bytes() == body.encode("utf-8", "surrogatepass")


def scoring_file(data: bytes) -> None:
    """A scoring file of the PGS Catalog; it is read, or each fault has a line."""
    found, faults = read_scoring_file(data, "score.txt", hashlib.sha256(data).hexdigest())
    assert (found is None) == bool(faults)
    assert found is None or all(allele.on(Build.GRCH37) or allele.on(Build.GRCH38) for allele in found.alleles)


def part(data: bytes) -> None:
    """A part of a cohort's table; when it is the only one, it makes the table."""
    table = folder() / "table.tsv"
    Shard(1, 1).place(table).write_bytes(data)
    with contextlib.suppress(InputError):
        head, rows, _ = merged(table)
        assert len(rows) == head.participants
        written(rows, head.columns, "tsv")


def pack(data: bytes) -> None:
    """A pack's JSON; of one that is read each transcript, change and table can be asked."""
    with contextlib.suppress(EvidenceError):
        found = read_pack(gzip.compress(data, 1, mtime=0))
        for gene in found.genes.values():
            for own in gene.transcripts[:4]:
                change, known = Change(own.exons[0][1], "A", "CC"), found.sequence(own.chrom)
                effect(change, found.spliced(own), known)
            table = (gene.clinvar, gene.frequencies, *gene.predictors.values())
            assert all((each.get(Change(1, "A", "C")) is None) or each.count for each in table)


def transcripts(data: bytes) -> None:
    """Transcripts in GFF3; those that are read are whole."""
    path = folder() / "genes.gff3"
    path.write_bytes(data)
    with contextlib.suppress(EvidenceError):
        found = read_gff(Text(path), rules().content.genes, Build.GRCH38)
        for own in (each for of_gene in found.transcripts.values() for each in of_gene):
            start, end = own.coding_index
            assert 0 <= start < end and own.number(*own.exons[0]) is not None


TARGETS: dict[str, Target] = {
    target.__name__: target
    for target in (
        vcf_text, bcf, container, header, header_words, record, values, numbers, spans, annotations, repeat, bed,
        index, rule_set, trace, form, proof, bundle, scoring_file, part,
        pack, transcripts,
    )
}  # fmt: skip
