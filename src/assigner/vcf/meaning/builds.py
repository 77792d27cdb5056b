"""Which genome build a file is on: proved by contig lengths, accessions or REF bases, or declared."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import assert_never

from attrs import frozen

from assigner.errors import BuildError, shown
from assigner.genome.builds import (
    CHROMS,
    HG19_MT_LENGTH,
    LENGTHS,
    RCRS_LENGTH,
    Build,
    build_of_accession,
    chrom_of,
    is_understood,
)
from assigner.profiles.profile import Check
from assigner.rules.panels import Panel
from assigner.vcf.annotations.consequences import Tool
from assigner.vcf.records.beside import Records
from assigner.vcf.records.record import Record
from assigner.vcf.scan.headers import Header
from assigner.vcf.scan.scans import Scan

ENOUGH_BASES = 8
"""Matching REF bases that prove a build alone; by chance it happens once in 4 ** 8 = 65,536."""

_WORDS = {
    Build.GRCH37: r"(?:GRCh|NCBI|build|g1k_?v|HumanG1Kv|b|hs)37|hg19|hs37d5|assembly19"
    r"|GCA_000001405\.(?:[1-9]|1[0-4])|GCF_000001405\.(?:1[3-9]|2[0-5])",
    Build.GRCH38: r"(?:GRCh|NCBI|build|b|hs)38|hg38|hs38DH?|assembly38"
    r"|GCA_000001405\.(?:1[5-9]|2[0-9])|GCF_000001405\.(?:2[6-9]|[34][0-9])",
    "another genome": r"(?:NCBI|build|b)3[56]|hg1[678]|(?:T2T-?)?CHM13(?:v[0-9.]+)?|hs1|GRCm[0-9]+|mm(?:9|10|39)",
}
_SAYS = {build: re.compile(rf"(?<![A-Za-z0-9])(?:{word})(?![0-9])", re.IGNORECASE) for build, word in _WORDS.items()}
_LIFTED = re.compile(r"(?<=[0-9])to(?=[A-Za-z])", re.IGNORECASE)
_REFERENCE = re.compile(
    r"##(?:(?:new_)?reference(?:_genome)?|assembly|(?:genome|annotation)[-_]?build|SnpEffCmd|SnpEffVersion|clinvar\w*)=(.*)",
    re.IGNORECASE | re.DOTALL,
)
_COMMAND = re.compile(r"##[\w/.]{0,100}?(?:command(?:line)?|cmdline)(?:\.\w+)*=", re.IGNORECASE)
_GENOME = re.compile(
    r"""[\s"'](?:--?(?:reference(?:[-_]?fasta|[-_]sequence)?|ref(?:[-_](?:dir|fn))?|fasta[-_]ref(?:erence)?|ht-reference|R|f)"""
    r"""|reference_sequence)[ =]+["']?([^\s"'-][^\s"']*)""",
    re.IGNORECASE,
)
"""How callers' commands name the genome: GATK, DRAGEN, freebayes, Strelka and Manta, bcftools, Clair3."""

_CLINVAR = re.compile(r"""(?<![^\s"',;=<>()])[^\s"',;=<>()]*?clinvar[^\s"',;<>()]*""", re.IGNORECASE)
_PLINK = re.compile("##source=PLINK")
_ASSEMBLY = re.compile(r"""[,<"'\s](?:--)?assembly[= ]["']?([^,">'\s]+)""", re.IGNORECASE)


@frozen
class Bases:
    """REF bases of the file where the rule set knows them: at how many places they agree, and where one does not."""

    agree: int
    differ: tuple[Record, ...]


def are_last_positions(header: Header, known: Build | None) -> bool:
    """Whether contig lengths may be last positions: none is a build's, nor beyond its chromosome on the known one.

    PLINK writes them so. They prove nothing, and contradict nothing; `expect_last_positions` looks at the records.
    """
    lengths = [(chrom_of(contig), length) for contig, length in header.contigs.items() if length is not None]
    nuclear = [(chrom, length) for chrom, length in lengths if chrom not in (None, "MT")]
    return (
        known is not None
        and any(length != LENGTHS[known][chrom or ""] for chrom, length in nuclear)
        and all(length <= LENGTHS[known][chrom or ""] for chrom, length in nuclear)
        and not any(length == LENGTHS[build][chrom or ""] for chrom, length in nuclear for build in Build)
        and not any(build_of_accession(contig) for contig in header.contigs)
    )


def expect_last_positions(scan: Scan, name: str) -> None:
    """Refuse lengths that are no last positions: PLINK's, or those of the records and perhaps one more.

    Raises:
        BuildError: with the first of them.
    """
    if any(_PLINK.match(line) for line in scan.header.meta):
        return
    lengths = {contig: length for contig, length in scan.header.contigs.items() if length and chrom_of(contig) != "MT"}
    wrong = [contig for contig, length in lengths.items() if scan.lasts.get(contig) not in (length, length - 1)]
    if wrong:
        expected = f"its length on {' or '.join(Build)}, or its last position in the file"
        raise BuildError(f"{name}: ##contig {wrong[0]}", expected, str(lengths[wrong[0]]))


def is_mitochondrial(header: Header, scan: Scan) -> bool:
    """Whether no contig but the mitochondrion's is in a file, whose positions are the same on every build."""
    return {chrom_of(contig) for contig in header.contigs or scan.contigs} == {"MT"}


def by_contigs(header: Header, name: str) -> tuple[Build, str] | None:
    """The build that contig lengths and RefSeq accessions prove, with the evidence.

    Raises:
        BuildError: when they contradict each other.
    """
    votes: dict[Build, list[str]] = {build: [] for build in Build}
    for contig, length in header.contigs.items():
        chrom = chrom_of(contig)
        if chrom is None or chrom == "MT":
            continue
        accession = build_of_accession(contig)
        fits = {build for build in Build if length == LENGTHS[build][chrom]}
        if length is not None and not fits:
            raise BuildError(f"{name}: ##contig {contig}", f"its length on {' or '.join(Build)}", str(length))
        if accession is not None and length is not None and accession not in fits:
            raise BuildError(f"{name}: ##contig {contig}", f"its length on {accession}", str(length))
        for build in fits or ({accession} if accession else set()):
            votes[build].append(contig)
    proved = [build for build in Build if votes[build]]
    if len(proved) > 1:
        got = " and ".join(f"{votes[build][0]} of {build}" for build in proved)
        raise BuildError(f"{name}: ##contig lengths", "contigs of one build", got)
    return (proved[0], f"{len(votes[proved[0]])} contigs") if proved else None


def understood(scan: Scan, name: str) -> frozenset[str]:
    """The chromosomes of which a file without a record of a place may be taken to say something.

    All of them, as long as each contig that has records is a chromosome, or known to be none. Records of any other name
    may be those of a chromosome; so then only the chromosomes that have records under a name of theirs.

    Raises:
        BuildError: when no contig of the file is a chromosome by its name.
    """
    names = {**scan.header.contigs, **scan.contigs}
    if names and not any(map(chrom_of, names)):
        expected = "a contig that is a human chromosome, such as 21, chr21 or NC_000021.9"
        raise BuildError(f"{name}: contigs", expected, shown(", ".join(sorted(names)[:5])))
    if not_understood(scan):
        return frozenset(chrom for contig in scan.contigs if (chrom := chrom_of(contig)))
    return frozenset(CHROMS)


def not_understood(scan: Scan) -> tuple[str, ...]:
    """The contigs with records that are neither a chromosome nor known to be none, in order."""
    return tuple(sorted(contig for contig in scan.contigs if not is_understood(contig)))


def by_words(header: Header) -> dict[str, str]:
    """The builds that a header names, and another genome, each with the first words that name it.

    Read are `##reference` and its like, `assembly=` of contigs, the command lines of VEP and SnpEff, the genome in
    those of callers, and the names of ClinVar's files.
    """
    found: dict[str, str] = {}
    for text in _naming(header):
        for build in builds_named(text):
            found.setdefault(build, text)
    return found


def builds_named(text: str) -> tuple[str, ...]:
    """The builds that a text names, and another genome.

    >>> builds_named("/refs/hs37d5.fa"), builds_named("GCA_000001405.15_no_alt.fna")
    (('GRCh37',), ('GRCh38',))
    >>> builds_named("gnomad.hg19ToHg38.vcf.gz")
    ('GRCh37', 'GRCh38')
    """
    apart = _LIFTED.sub(" to ", text)
    return tuple(str(build) for build, words in _SAYS.items() if words.search(apart))


def _naming(header: Header) -> Iterator[str]:
    for line in header.meta:
        if told := _REFERENCE.fullmatch(line):
            yield told[1]
            continue
        if line.startswith(("##contig=", "##VEP")):
            yield from (found[1] for found in _ASSEMBLY.finditer(line))
        if _COMMAND.match(line):
            yield from (found[1] for found in _GENOME.finditer(line))
        yield from _CLINVAR.findall(line)


def of_annotations(header: Header) -> dict[Tool, dict[str, str]]:
    """For each annotator the builds that its command lines name, each with the words that name it.

    SnpEff names its database, such as `GRCh37.75`; VEP its assembly and its cache; bcftools csq its GFF and its FASTA.
    """
    found: dict[Tool, dict[str, str]] = {}
    for line in header.meta:
        for tool, names in _MADE.items():
            if names.match(line):
                words = found.setdefault(tool, {})
                for token in _databases(tool, line):
                    words |= {str(build): token for build, said in _SAYS.items() if said.search(token)}
    return found


_MADE = {
    Tool.SNPEFF: re.compile("##SnpEffCmd="),
    Tool.VEP: re.compile("##VEP(?:-command-line)?="),
    Tool.BCFTOOLS: re.compile("##bcftools[/_]csqCommand="),
}


def _databases(tool: Tool, line: str) -> Iterator[str]:
    """The words of a command line that name what it annotated with."""
    match tool:
        case Tool.SNPEFF:
            tokens = (token.strip("\"',") for token in line.partition("=")[2].split())
            yield from (token for token in tokens if re.fullmatch(r"(?!-)[\w.]+", token) and not _FILE.search(token))
        case Tool.VEP:
            yield from (told[1] for told in _ASSEMBLY.finditer(line))
            yield from (told[1] for told in re.finditer(r"""[\s"']-a[= ]([\w.]+)""", line))
            yield from (told[1] for told in re.finditer(r"""cache=\S*_((?:GRCh|T2T)[\w.-]+)""", line))
        case Tool.BCFTOOLS:
            yield from (told[1] for told in re.finditer(r"\s(?:-g|--gff-annot|-f|--fasta-ref)[= ](\S+)", line))
        case Tool.ANNOVAR | Tool.PACK:  # it writes no command
            return
        case _:
            assert_never(tool)


_FILE = re.compile(r"\.(?:vcf|gz|bcf|bed|txt|html|csv|config)$", re.IGNORECASE)


def expect_words(header: Header, declared: Build, name: str) -> None:
    """Refuse a header that names a build or another genome, and nowhere the one that is declared of it.

    Raises:
        BuildError: with the words.
    """
    found = by_words(header)
    if found and declared.value not in found:
        raise BuildError(f"{name}: header", f"{declared}, as declared", shown(min(found.values())))


def by_bases(records: Iterable[Record], panel: Panel) -> Bases:
    """REF bases of nuclear records compared with those that the listed alleles replace."""
    return _together(Records.of(records).where(is_nuclear), panel)


def is_nuclear(record: Record) -> bool:
    """Whether a record is not of the mitochondrion."""
    return record.chrom != "MT"


def _is_of_mitochondrion(record: Record) -> bool:
    return record.chrom == "MT"


def _together(records: Records, panel: Panel) -> Bases:
    """What records come to: that of the first participant of their file, but for those that differ."""
    agreeing, changed = records.first.once(_agreeing, panel), Counter[tuple[str, int]]()
    for record in records.new:
        changed.update(record.once(_compared, panel)[0])
    for record in records.gone:
        changed.subtract(record.once(_compared, panel)[0])
    more = sum((agreeing[place] + count > 0) - (agreeing[place] > 0) for place, count in changed.items())
    return Bases(len(agreeing) + more, records.where(_differs, panel))


def _agreeing(records: Records, panel: Panel) -> Counter[tuple[str, int]]:
    """The places at which records have the base that a listed allele replaces, each with how many do."""
    return Counter(place for record in records for place in record.once(_compared, panel)[0])


def _differs(record: Record, panel: Panel) -> bool:
    return record.once(_compared, panel)[1]


def _bases(panel: Panel) -> Mapping[tuple[str, int], str]:
    """The bases that the listed alleles replace, by place."""
    return {(v.chrom, v.pos + at): base for v in panel.listed for at, base in enumerate(v.ref)}


def _compared(record: Record, panel: Panel) -> tuple[frozenset[tuple[str, int]], bool]:
    """At which places a record has the base that a listed allele replaces, and whether it has another one anywhere."""
    known, same, differs = panel.cached(_bases), list[tuple[str, int]](), False
    for pos, base in enumerate(record.ref, start=record.pos):
        expected = known.get((record.chrom or "", pos))
        if expected is not None and base in "ACGT":
            same += [(record.chrom or "", pos)] if base == expected else []
            differs = differs or base != expected
    return frozenset(same), differs


def proved(
    contigs: tuple[Build, str] | None,
    declared: Build | None,
    bases: Mapping[Build, Bases],
    name: str,
    loci: Mapping[Build, int] | None = None,
) -> tuple[Build, Check]:
    """The build, and the check that proves it.

    Args:
        contigs: what contig lengths and accessions prove.
        declared: what the caller declares, or another file has proved.
        bases: REF bases at known places, on each build that it may be.
        name: what the caller calls the file.
        loci: at how many of the rule set's repeats, by place and motif, the file has calls, on each build.

    Raises:
        BuildError: when nothing proves it, or what is proved contradicts what is declared or the REF bases.
    """
    there = [build for build, count in (loci or {}).items() if count]
    if contigs is None and len(there) == 1 and declared not in (None, there[0]):
        expected = f"repeats at their places on {declared}, as declared or as in the participant's other file"
        raise BuildError(f"{name}: repeats", expected, f"{(loci or {})[there[0]]} at those on {there[0]}")
    if contigs is not None and declared is not None and contigs[0] is not declared:
        raise BuildError(f"{name}: ##contig lengths", f"{declared}, as declared", f"{contigs[0]}")
    by_base = [b for b, found in bases.items() if found.agree >= ENOUGH_BASES and not found.differ]
    by_locus = there[0] if len(there) == 1 and contigs is None else None
    build = contigs[0] if contigs else declared or by_locus or (by_base[0] if len(by_base) == 1 else None)
    if build is None:
        raise BuildError(
            f"{name}: genome build",
            f"##contig lengths, or a build declared by the caller (build=, --build {' or '.join(Build)})",
            f"neither, and {max(b.agree for b in bases.values())} REF bases at known places",
        )
    if bases[build].differ:
        first = bases[build].differ[0]
        place = f"{name}: line {first.number}"
        raise BuildError(place, f"the REF base of {build} at {first.contig}:{first.pos}", first.ref[:20])
    how = f"contigs: {contigs[1]}" if contigs else "declared" if declared else "REF bases"
    if by_locus is not None:
        how = f"{'declared, and ' if declared else ''}repeats: {(loci or {})[by_locus]} at their places and on no other"
    evidence = f"{how}; {bases[build].agree} REF bases at known places agree"
    return build, Check("build", build.value, evidence)


def _is_plinks_xy(contig: str, length: int | None) -> bool:
    """Whether a contig 25 is too long for a mitochondrion: PLINK's name of the pseudo-autosomal regions."""
    return contig.endswith("25") and length is not None and length > HG19_MT_LENGTH


def mitochondrial(header: Header, records: Iterable[Record], panel: Panel) -> tuple[bool, Check]:
    """Whether mitochondrial positions are those of the revised Cambridge Reference Sequence.

    Its length is shared by others, such as the RSRS; so no REF base may differ where the rule set knows it.
    """
    own = [(contig, length) for contig, length in header.contigs.items() if chrom_of(contig) == "MT"]
    lengths = Counter(length for contig, length in own if not _is_plinks_xy(contig, length))
    if HG19_MT_LENGTH in lengths:
        return False, Check("mitochondrial_reference", "refused", f"chrM of {HG19_MT_LENGTH} bases is not the rCRS")
    bases = _together(Records.of(records).where(_is_of_mitochondrion), panel)
    if bases.differ:
        place = f"line {bases.differ[0].number}"
        return False, Check("mitochondrial_reference", "refused", f"{place}: REF is not the base of the rCRS")
    if lengths and set(lengths) <= {RCRS_LENGTH}:
        return True, Check("mitochondrial_reference", "rCRS", f"contig of {RCRS_LENGTH} bases")
    return False, Check(
        "mitochondrial_reference", "not proved", f"no mitochondrial contig of {RCRS_LENGTH} bases in the header"
    )
