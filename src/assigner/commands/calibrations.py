"""`assigner rules calibrate`: how the polygenic scores of a rule set are spread in a cohort."""

from __future__ import annotations

import json
from pathlib import Path

import click

from assigner.commands.endings import command
from assigner.commands.options import overwrite_option, rules_option
from assigner.commands.outputs import refuse_output, write


@command()
@click.argument("cohort", type=click.Path(path_type=Path))
@rules_option
@click.option("--groups", "groups_file", metavar="TSV", type=click.Path(path_type=Path),
              help="A table of sample and group. Without it all samples are one group.")  # fmt: skip
@click.option(
    "--build", type=click.Choice(["GRCh37", "GRCh38"]), help="The genome build, when the file does not prove it."
)
@click.option("--out", metavar="JSON", type=click.Path(path_type=Path), help="Write here instead of printing.")
@overwrite_option
def calibrate(
    cohort: Path, rules_file: str | None, groups_file: Path | None, build: str | None, out: Path | None, overwrite: bool
) -> None:
    """Say how the polygenic scores of a rule set are spread in a COHORT, a VCF or BCF of many samples.

    Of each score and group: the number of samples, mean, variance and quantiles, and the covariances with the scores
    before it, in millionths of a log odds ratio. A sample with an unknown allele of the score is left out and counted.
    FILTER is asked as the rule set says; beside it genotypes count as written: FT, DP and GQ are not asked. What stands
    under `reference` can be copied into the criterion of the rule set.
    """
    from assigner.forecasts.calibration import calibrate, read_groups
    from assigner.genome.builds import Build
    from assigner.rules import read_rules

    if out is not None:
        refuse_output(out, (cohort, rules_file, groups_file), "--out", overwrite=overwrite)
    groups = None if groups_file is None else read_groups(groups_file)
    found = calibrate(cohort, read_rules(rules_file), groups=groups, build=None if build is None else Build(build))
    write(json.dumps(found.form(), indent=2).encode() + b"\n", out)
