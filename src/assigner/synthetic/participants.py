"""Made-up participants for any outcome; their files are written, read back and assigned before they are returned."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from itertools import islice, product
from pathlib import Path

from attrs import evolve, field, frozen

from assigner.assignments import Assignment, assign
from assigner.decisions.contests import Basis
from assigner.decisions.decision import Verdict
from assigner.decisions.reasons import Origin, Reason, row_of
from assigner.errors import AssignerError, InputError, shown
from assigner.genome.builds import Build
from assigner.genome.variants import Variant
from assigner.lint.answers import Answered, all_answers, decided
from assigner.lint.states import BUILD, GeneState
from assigner.profiles.calls import Sex
from assigner.profiles.made_up import free_variants
from assigner.profiles.profile import Profile
from assigner.rules import Rules
from assigner.rules.panels import panel_of, variant_on
from assigner.synthetic.sheets import Sheet
from assigner.vcf.reading import read_profile

MOST_TRIED = 100
"""The search ends after this many participants are written and read back."""

MOST_PAIRS = 400
"""The search ends after this many pairs of genes are assigned."""

OF_GENOTYPES = frozenset(reason for reason in Reason if row_of(reason).origin is Origin.GENOTYPE)
"""The reasons that a genotype alone raises; the others depend on what a file shows."""


@frozen
class Wanted:
    """An outcome.

    Attributes:
        category: the category that is assigned, or in review the one that the evidence alone would give; of a tie, one
            of those that are tied. None is any, or none.
        reasons: the reasons raised, all of them.
    """

    category: str | None = None
    reasons: frozenset[Reason] = frozenset()

    def is_met(self, made: Assignment) -> bool:
        """Whether an assignment has this outcome."""
        if {raised.reason for raised in made.reasons} != self.reasons:
            return False
        tied = [s.category for s in made.decision.standings if s.verdict is Verdict.TIED]
        had = tied if made.decision.basis is Basis.TIED else [made.category or made.provisional]
        return self.category is None or self.category in had

    def __str__(self) -> str:
        reasons = ", ".join(sorted(self.reasons)) or "no reason for review"
        return f"{self.category or 'any category'} with {reasons}"


@frozen(kw_only=True)
class Plan:
    """What to write, and what to declare when it is read."""

    state: GeneState
    poor: Variant | None = None
    mismatch: bool = False
    sized: bool = True
    blocks: bool = True
    quick: bool = False
    tumour: bool = False
    stranger: bool = False

    @property
    def sex(self) -> Sex:
        """The sex to declare."""
        return Sex.MALE if self.mismatch else self.state.sex


@frozen(kw_only=True)
class Participant:
    """A participant whose files give the wanted outcome.

    Attributes:
        files: the content by name.
        options: what `assigner assign` needs beside the first file, as on the command line.
        shows: the genotype, for people.
    """

    name: str
    build: Build
    shows: str
    files: dict[str, bytes] = field(repr=False)
    main: str
    options: tuple[str, ...]
    made: Assignment = field(repr=False)

    def command(self, folder: str, rules: str | None = None) -> tuple[str, ...]:
        """The arguments of the command that assigns the participant whose files are in a folder."""
        words = [os.path.join(folder, word) if word in self.files else word for word in (self.main, *self.options)]
        return ("assigner", "assign", *words, *(("--rules", rules) if rules else ()))


def participant_for(wanted: Wanted, rules: Rules, build: Build = Build.GRCH38, name: str = "EXAMPLE") -> Participant:
    """A made-up participant for an outcome, smallest first, read back and decided.

    Raises:
        InputError: when the search finds none.
    """
    if wanted.category is not None and wanted.category not in {each.id for each in rules.content.categories}:
        raise InputError("example", "a category of the rule set", shown(wanted.category))
    tried = 0
    for plan in islice(_plans(wanted, rules, build), MOST_TRIED):
        tried += 1
        found = _made(plan, rules, build, name)
        if found is not None and wanted.is_met(found.made):
            return found
    raise InputError("example", f"{wanted}", f"none among {tried} participants that were tried")


def _plans(wanted: Wanted, rules: Rules, build: Build) -> Iterator[Plan]:
    """What may give the outcome: genotypes, then changes of what the file shows of them."""
    of_files = wanted.reasons - OF_GENOTYPES
    for state in _states(wanted, rules):
        placed = _on(state, rules, build)
        if placed is None:
            continue
        plan = Plan(
            state=placed,
            mismatch=Reason.SEX_MISMATCH in of_files,
            quick=Reason.PARTIAL_READ in of_files,
            tumour=Reason.SOMATIC in of_files,
            stranger=Reason.SAMPLE_MISMATCH in of_files,
        )
        if Reason.QUALITY in of_files:
            plans: Iterator[Plan] = (evolve(plan, poor=poor) for poor in islice(_poor(placed, rules, build), 40))
        else:
            plans = iter((plan,))
        for each in plans:
            yield each
            if Reason.UNSETTLED in of_files:
                yield evolve(each, sized=False)
                yield evolve(each, sized=False, blocks=False)


def _states(wanted: Wanted, rules: Rules) -> Iterator[GeneState]:
    """Single states with this outcome, then pairs of genes: one gives the category, the other the flags."""
    answers = [each for several in all_answers(rules).values() for each in several if not each.state.structural]
    reasons = {reason.value for reason in wanted.reasons & OF_GENOTYPES}
    lightest = _lightest(answers)
    yield from (each.state for each in lightest if _fits(each, reasons, wanted))
    flags = reasons & {reason.value for reason in Reason if row_of(reason).flag}
    cores = [e for e in lightest if set(e.answer.reasons) <= reasons | {"no_evidence"} and e.true]
    others = [e for e in lightest if (set(e.answer.reasons) & flags if flags else e.true)]
    if wanted.category is not None and all(row_of(reason).has_category for reason in wanted.reasons):
        cores = [each for each in cores if _gives(each, wanted)]
    pairs = (
        one.state.and_also(other.state)
        for one, other in product(cores, others)
        if one.state.gene != other.state.gene and one.state.sex is other.state.sex
    )
    for pair in islice(pairs, MOST_PAIRS):
        if _fits(decided(pair, rules), reasons, wanted):
            yield pair


def _lightest(answers: Sequence[Answered]) -> list[Answered]:
    """The lightest of the states of a gene that give the same evidence."""
    found: dict[object, Answered] = {}
    for each in sorted(answers, key=lambda each: each.state.weight):
        found.setdefault((each.state.gene if each.state.key else "", each.worth), each)
    return list(found.values())


def _fits(each: Answered, reasons: set[str], wanted: Wanted) -> bool:
    """Whether the genotype alone raises these reasons, and no reason that is not wanted."""
    raised = set(each.answer.reasons)
    return raised - {"unsettled"} == reasons and raised <= set(wanted.reasons) and _gives(each, wanted)


def _gives(each: Answered, wanted: Wanted) -> bool:
    return wanted.category is None or wanted.category == each.answer.category or wanted.category in each.answer.among


def _on(state: GeneState, rules: Rules, build: Build) -> GeneState | None:
    """The state at the places of a build; None when a gene is too full for a made-up place."""
    if build is BUILD:
        return state
    here, there = panel_of(rules, BUILD), panel_of(rules, build)
    free: dict[str, Iterator[Variant]] = {}
    variants = []
    for seen in state.variants:
        gene = there.genes[seen.gene]
        variant = next(free.setdefault(seen.gene, free_variants(there, gene, terms=seen.terms or ())), None)
        if variant is None:
            return None
        variants.append(evolve(seen, variant=variant))
    alleles = {variant_on(here.listed[variant], build): call for variant, call in state.alleles.items()}
    return evolve(state, alleles=alleles, variants=tuple(variants))


def _poor(state: GeneState, rules: Rules, build: Build) -> Iterator[Variant]:
    """Harmful listed alleles of other genes, one for each gene; first of genes without a category."""
    content = rules.content
    genes = {g.symbol: g for g in content.genes}
    used = {variant.chrom for variant in state.alleles} | {seen.variant.chrom for seen in state.variants}
    used_genes = set()
    for allele in sorted(content.alleles, key=lambda a: bool(a.gene in genes and genes[a.gene].shares)):
        if allele.inactive or allele.place is None or allele.gene in used_genes or allele.gene == state.gene:
            continue
        if allele.is_harmful and allele.place.chrom not in used | {"X", "Y", "MT"}:
            used_genes.add(allele.gene)
            yield variant_on(allele, build)


def _made(plan: Plan, rules: Rules, build: Build, name: str) -> Participant | None:
    """The participant of a plan; None when its files cannot be read."""
    panel = panel_of(rules, build)
    sheet = Sheet(
        name=name,
        state=plan.state,
        panel=panel,
        poor=plan.poor,
        looks_female=plan.mismatch,
        blocks=plan.blocks,
        tumour=plan.tumour,
        shared=plan.stranger,
    )
    main, files = _files(sheet, plan)
    sized = f"{name}.eh.vcf" if plan.sized and panel.repeats else None
    options = ["--sex", plan.sex.value]
    options += ["--repeats", sized] if sized else []
    options += ["--quick"] if plan.quick else []
    options += [word for gene, count in plan.state.copies.items() for word in ("--copies", f"{gene}={count}")]
    if sized:
        files[sized] = sheet.repeats().content
    if plan.stranger:
        options.append(f"{name}.second.vcf")
        files[f"{name}.second.vcf"] = sheet.stranger().content
    try:
        profile = _read_back(files, main, sized, plan, rules)
    except AssignerError:
        return None
    shows = [plan.state.words if plan.state.words != "nothing" else "no finding"]
    shows += [f"{panel.listed[plan.poor].id} in a record that is not believed"] if plan.poor else []
    shows += ["no repeat sizes"] if not plan.sized else []
    return Participant(
        name=name,
        build=build,
        shows=", ".join(shows),
        files=files,
        main=main,
        options=tuple(options),
        made=assign(profile, rules),
    )


def _files(sheet: Sheet, plan: Plan) -> tuple[str, dict[str, bytes]]:
    """The gVCF by its name, with its index where only indexed regions are read."""
    small = sheet.small()
    if not plan.quick:
        return f"{sheet.name}.g.vcf", {f"{sheet.name}.g.vcf": small.content}
    main = f"{sheet.name}.g.vcf.gz"
    return main, {main: small.compressed, f"{main}.tbi": small.index}


def _read_back(files: dict[str, bytes], main: str, sized: str | None, plan: Plan, rules: Rules) -> Profile:
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        second = [name for name in files if name.endswith(".second.vcf")]
        return read_profile(
            [Path(folder) / name for name in (main, *second)],
            rules,
            repeats=None if sized is None else Path(folder) / sized,
            sex=plan.sex.value,
            quick=plan.quick,
            copy_numbers=plan.state.copies,
        )
