"""Packs of public sources: `assigner pack build` and `assigner pack show`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from assigner.commands.endings import command
from assigner.commands.options import overwrite_option, rules_option
from assigner.commands.outputs import escaped, refuse_output, warn, write
from assigner.commands.progress import reading_bar
from assigner.errors import first_named
from assigner.genome.builds import Build

if TYPE_CHECKING:
    from assigner.packs.pack import Pack

MOST_NAMED = 20
"""So many genes without transcripts are named."""


@click.group()
def pack() -> None:
    """Cut public sources down to a rule set's genes, for VCFs that nobody has annotated."""


def _tables(_ctx: click.Context, _param: click.Parameter, given: Sequence[str]) -> dict[str, Path]:
    """Tables of predictors by their names."""
    found: dict[str, Path] = {}
    for text in given:
        name, sign, path = text.partition("=")
        if not (name and sign and path) or name in found:
            raise click.BadParameter(f"expected NAME=FILE, each name once; got {text!r}")
        found[name] = Path(path)
    return found


@command()
@rules_option
@click.option("--build", required=True, type=click.Choice([build.value for build in Build]),
              help="The genome build of all sources.")  # fmt: skip
@click.option("--gff", required=True, metavar="FILE", type=click.Path(path_type=Path),
              help="Transcripts: GFF3 of Ensembl or of NCBI's RefSeq.")  # fmt: skip
@click.option("--fasta", required=True, metavar="FILE", type=click.Path(path_type=Path),
              help="The reference genome, or the parts of it with the genes.")  # fmt: skip
@click.option("--clinvar", metavar="VCF", type=click.Path(path_type=Path), help="ClinVar's VCF of the build.")
@click.option("--frequencies", metavar="FILE", type=click.Path(path_type=Path),
              help="Allele frequencies: a VCF of gnomAD, or a table.")  # fmt: skip
@click.option("--covered", metavar="BED", type=click.Path(path_type=Path),
              help="Where the source of frequencies has looked. There, what it lacks is rare.")  # fmt: skip
@click.option("--predictor", "predictors", metavar="NAME=TABLE", multiple=True, callback=_tables,
              help="A predictor's scores, by its name in the rule set, such as REVEL=revel.csv.gz.")  # fmt: skip
@click.option("-o", "out", metavar="PACK", required=True, type=click.Path(path_type=Path), help="The pack to write.")
@overwrite_option
def build(
    rules_file: str | None,
    build: Literal["GRCh37", "GRCh38"],
    gff: Path,
    fasta: Path,
    clinvar: Path | None,
    frequencies: Path | None,
    covered: Path | None,
    predictors: dict[str, Path],
    out: Path,
    overwrite: bool,
) -> None:
    """Make a pack for a rule set's genes from files of public sources.

    Each file is read once from its beginning to its end, plain or gzip; a terminal shows how far. Nothing is
    downloaded. Equal files give equal packs. The pack is written whole or not at all.
    """
    from assigner.packs.building import Sources, build_pack
    from assigner.packs.forms import read_pack
    from assigner.rules import read_rules

    sources = Sources(
        gff=gff, fasta=fasta, clinvar=clinvar, frequencies=frequencies, covered=covered, predictors=predictors
    )
    refuse_output(out, (rules_file, *sources.paths), "-o", overwrite=overwrite)
    with reading_bar(*map(str, sources.paths)) as progress:
        made = build_pack(read_rules(rules_file), Build(build), sources, progress=progress)
    read = read_pack(made.content)
    write(made.content, out)
    for note in made.notes:
        warn(note)
    for line in _shown(read):
        click.echo(escaped(line))


@command()
@click.argument("file", metavar="PACK")
def show(file: str) -> None:
    """Show what a pack was made of and what it holds."""
    from assigner.packs.forms import read_pack

    for line in _shown(read_pack(file)):
        click.echo(escaped(line))


def _shown(found: Pack) -> Iterator[str]:
    yield f"pack for {found.rule_set} on {found.build}, {found.size} bytes, sha256 {found.sha256}"
    for source in found.sources:
        told = ", ".join(each for each in (source.version, source.dated) if each)
        yield f"  {source.role:<12} {source.name}{f' ({told})' if told else ''}, sha256 {source.sha256}"
    genes = found.genes.values()
    transcripts = [each for gene in genes for each in gene.transcripts]
    mane = sum(each.mane for each in transcripts)
    yield f"  {len(genes)} genes, {len(transcripts)} transcripts, {mane} of them MANE Select"
    yield f"  {sum(len(bases) for known in found.sequences.values() for _, bases in known.stretches)} bases of sequence"
    if "clinvar" in found.roles:
        yield f"  {sum(gene.clinvar.count for gene in genes)} alleles of ClinVar"
    if "frequencies" in found.roles:
        looked = sum(last - first + 1 for spans in found.covered.values() for first, last in spans)
        absent = (
            "" if found.limit is None or not looked else f"; absent from {looked} bases means at most {found.limit:f}"
        )
        yield f"  {sum(gene.frequencies.count for gene in genes)} allele frequencies{absent}"
    for name in sorted({name for gene in genes for name in gene.predictors}):
        yield f"  {sum(gene.predictors[name].count for gene in genes)} scores of {name}"
    if found.lacking:
        yield f"  without transcripts: {first_named(found.lacking, MOST_NAMED)}"


pack.add_command(build)
pack.add_command(show)
