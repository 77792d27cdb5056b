"""The rows of SDTM's domain GF: what was seen of each place that a rule set asks about, and why not where it was not.

A place that is in doubt is NOT DONE, with the reason: nobody can take it for an absent allele. What a caller declared
to be reference was not observed, so it is NOT DONE too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from assigner.exports.facts import Case
from assigner.genome.builds import accession_of
from assigner.genome.variants import Variant
from assigner.ledger.trials.datasets import Row, Variable
from assigner.ledger.trials.items import Type
from assigner.profiles.calls import Call, State
from assigner.profiles.profile import Interval, RepeatSizes
from assigner.rules.loci import Marker
from assigner.rules.repeats import Repeat
from assigner.truth import Truth

VARIABLES = (
    Variable("STUDYID", "Study Identifier"),
    Variable("DOMAIN", "Domain Abbreviation"),
    Variable("USUBJID", "Unique Subject Identifier"),
    Variable("GFSEQ", "Sequence Number", Type.INTEGER),
    Variable("GFREFID", "Reference ID"),
    Variable("GFSPID", "Sponsor-Defined Identifier"),
    Variable("GFTESTCD", "Short Name of Genomic Measurement"),
    Variable("GFTEST", "Name of Genomic Measurement"),
    Variable("GFTSTDTL", "Measurement, Test, or Examination Detail"),
    Variable("GFORRES", "Result or Finding in Original Units"),
    Variable("GFSTRESC", "Result or Finding in Standard Format"),
    Variable("GFSTRESN", "Numeric Result/Finding in Standard Units", Type.INTEGER),
    Variable("GFINHERT", "Inheritability"),
    Variable("GFGENREF", "Genome Reference"),
    Variable("GFCHROM", "Chromosome Identifier"),
    Variable("GFSYM", "Genomic Symbol"),
    Variable("GFGENLOC", "Genetic Location"),
    Variable("GFSEQID", "Sequence Identifier"),
    Variable("GFPVRID", "Published Variant Identifier"),
    Variable("GFCOPYID", "Copy Identifier"),
    Variable("GFSTAT", "Completion Status"),
    Variable("GFREASND", "Reason Test Not Done"),
    Variable("GFXFN", "External File Path"),
    Variable("GFMETHOD", "Method of Test or Examination"),
    Variable("VISITNUM", "Visit Number", Type.INTEGER),
    Variable("GFDTC", "Date/Time of Specimen Collection"),
)
"""In the order of SDTMIG 3.4. Those that are expected and that a trace knows nothing of stay empty: the specimen, the
laboratory's method, the visit and the date."""

SNV = ("SNV", "Single Nucleotide Variation")
SHORT = ("SHRTVAR", "Short Variation")
COPIES = ("CPNUMVAR", "Copy Number Variation")
REPEAT = ("VNTR", "Variable Number Tandem Repeat")
ALL = ("GFALL", "Genomics Findings")
"""Codes and names of CDISC's terminology; the names of the second and the fourth are as we recall them."""

GERMLINE = "GERMLINE VARIATION"
LONGEST = 50
"""The most bases of an allele that are written out."""


def rows_of(case: Case) -> Iterator[Row]:
    """What a trace says of each place: listed alleles and those seen, repeats, copy numbers, markers."""
    calls = {variant: case.profile.call(variant) for variant in case.panel.alleles}
    calls |= {seen.variant: seen.call for seen in case.variants}
    genes = {variant: allele.gene for variant, allele in case.panel.alleles.items()}
    genes |= {seen.variant: "; ".join(gene.symbol for gene in seen.genes) for seen in case.variants}
    for variant, call in sorted(calls.items()):
        yield _place(case, variant, genes[variant]) | _result(call, variant)
    for repeat in case.panel.repeats.values():
        yield from _repeat(case, repeat, case.profile.repeats.get(repeat.id))
    for symbol, number in sorted(case.profile.copy_numbers.items()):
        about = _test(COPIES, "NUMBER OF GENE COPIES") | {"GFSPID": symbol, "GFSYM": symbol}
        yield about | {"GFORRES": f"{number.copies}", "GFSTRESC": f"{number.copies}", "GFSTRESN": number.copies}
    for rsid, marker in case.panel.markers.items():
        yield _marker(case, marker, case.profile.markers.get(rsid))


def not_kept() -> Row:
    """The one row of a participant whose trace is no longer kept."""
    return _test(ALL) | _not_done("the trace is not kept")


def _test(test: tuple[str, str], detail: str = "") -> dict[str, str | int | None]:
    return {"GFTESTCD": test[0], "GFTEST": test[1], "GFTSTDTL": detail}


def _not_done(why: str) -> dict[str, str]:
    return {"GFSTAT": "NOT DONE", "GFREASND": why}


# ------------------------------------------------------------------------------------------------------ small variants


def _place(case: Case, variant: Variant, symbols: str) -> dict[str, str | int | None]:
    """Where it is: which change of which sequence, by which names."""
    allele = case.panel.listed.get(variant)
    return {
        **_test(SNV if len(variant.ref) == len(variant.alt) == 1 else SHORT, "GENOTYPE"),
        "GFSPID": allele.id if allele else f"{variant.chrom}:{variant.pos} {_change(variant)}",
        "GFGENREF": case.build.value,
        "GFCHROM": variant.chrom,
        "GFSYM": symbols,
        "GFGENLOC": f"{variant.chrom}:{variant.pos}",
        "GFSEQID": accession_of(variant.chrom, case.build),
        "GFPVRID": f"ClinVar {allele.clinvar}" if allele and allele.clinvar else "",
    }


def _change(variant: Variant) -> str:
    """What is changed to what, in letters where there are few."""
    shown = (each if len(each) <= LONGEST else f"({len(each)} bases)" for each in (variant.ref, variant.alt))
    return ">".join(shown)


def _result(call: Call, variant: Variant) -> dict[str, str | int | None]:
    """The genotype in terms of the allele, 1 for it and 0 for any other; or why there is none to be relied on."""
    why = why_not_done(call)
    if why is not None:
        shown = f"; its record shows {call.genotype}" if call.genotype else ""
        return {**_not_done(f"{why}{shown}")}
    genotype = call.genotype or "REFERENCE"
    inherited = "" if variant.chrom == "MT" else GERMLINE
    told = f"{genotype} ({call.state.value}), 1 is {_change(variant)}"
    return {"GFORRES": told, "GFSTRESC": genotype, "GFINHERT": inherited}


def why_not_done(call: Call) -> str | None:
    """Why a call is no result; None for one that says whether the allele is there.

    >>> why_not_done(Call.of("0/1")), why_not_done(Call.of("./1"))
    (None, None)
    >>> why_not_done(Call.of("0/."))
    'a copy was not called'
    """
    match call.state:
        case State.CALLED | State.REFERENCE:
            return None
        case State.PARTIAL:
            return None if call.carries is Truth.TRUE else "a copy was not called"
        case State.ASSUMED_REFERENCE:
            return "not observed: reference by a declaration alone"
        case State.NO_CALL:
            return "no call"
        case State.OBSCURED:
            return "another record may hold it"
        case State.NOT_ASSESSED:
            return "not assessed"
        case State.LOW_QUALITY:
            return "too low quality"
        case State.CONTRADICTED:
            return "contradicted by its own record or another one"
        case State.FILTERED:
            return "filtered"
        case State.CONFLICT:
            return "records that disagree"
        case State.INVALID:
            return "a record that is not valid here"
        case _:
            assert_never(call.state)


# ------------------------------------------------------------------------------------------------- repeats and markers


def _repeat(case: Case, repeat: Repeat, sizes: RepeatSizes | None) -> Iterator[Row]:
    """One row a copy, or one alone where nothing is known."""
    about = _test(REPEAT) | {
        "GFSPID": repeat.id,
        "GFGENREF": case.build.value,
        "GFCHROM": repeat.chrom,
        "GFSYM": repeat.gene,
        "GFSEQID": accession_of(repeat.chrom, case.build),
    }
    if sizes is None:
        yield about | _not_done("not assessed")
        return
    for number, span in enumerate(sizes.ranges, 1):
        yield about | {"GFCOPYID": str(number)} | _size(span, sizes.problem, repeat.motif)


def _size(span: Interval | None, problem: str | None, motif: str) -> dict[str, str | int | None]:
    """The units of one copy."""
    if span is None:
        return {**_not_done("sizes that are not believed" if problem else "not sized")}
    least, most = span
    told = f"{least}" if least == most else f">={least}" if most is None else f"{least} to {most}"
    number = least if least == most else None
    return {"GFORRES": f"{told} units of {motif}", "GFSTRESC": told, "GFSTRESN": number, "GFINHERT": GERMLINE}


def _marker(case: Case, marker: Marker, letters: tuple[str | None, ...] | None) -> Row:
    """The letters at a marker."""
    about = _test(SNV, "GENOTYPE") | {
        "GFSPID": marker.id,
        "GFGENREF": case.build.value,
        "GFCHROM": marker.chrom,
        "GFSYM": marker.gene,
        "GFPVRID": marker.rsid,
    }
    if letters is None:
        return about | _not_done("not assessed")
    if None in letters:
        return about | _not_done("a copy was not called")
    told = "/".join(letter for letter in letters if letter)
    return about | {"GFORRES": told, "GFSTRESC": told, "GFINHERT": GERMLINE}
