"""Run `assigner assign` for one participant; a review is an outcome, and ends with 0."""

__author__ = "the assigner developers"
__license__ = "MIT"

from snakemake.shell import shell

OPTIONS = ("repeats", "structural", "mitochondrial", "callable", "rules")

given = {name: snakemake.input.get(name) for name in OPTIONS}  # noqa: F821
options = [word for name, path in given.items() if path for word in (f"--{name}", path)]
extra = snakemake.params.get("extra", "")  # noqa: F821
log = snakemake.log_fmt_shell(stdout=False, stderr=True)  # noqa: F821

shell(
    "assigner assign {snakemake.input.files:q} {options:q} --exit-code review=0 --full {extra} "
    "--trace {snakemake.output.trace:q} > {snakemake.output.text:q} {log}"
)
