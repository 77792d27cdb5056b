"""Calibrating two scores by a cohort: what is found beside the truth, in VCF and in BCF, with time and memory.

    python bench/calibration.py [--samples 2504] [--alleles 2000] [COHORT.vcf.gz ...]

The made-up cohort has places in Hardy-Weinberg proportions, independent of each other; both scores have half of the
alleles in common. Its truth is known twice: the mean, variance and covariance of these proportions, and the numbers of
the genotypes that were drawn, by floats and without this package. Of a given cohort the single-base records of
autosomes that stand alone at their place are the alleles; weights are drawn, and the truth is what cyvcf2 reads.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import cyvcf2
import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from assigner.errors import InputError
from assigner.genome.builds import LENGTHS, Build, chrom_of
from assigner.testing.parts import category, content_of, criterion, score, scoring_file, tier

Numbers = NDArray[np.float64]
GROUPS = {"one": 0.0, "two": 0.2}
"""Two groups of a made-up cohort, and how far the frequencies of each lie from the first one's."""


@frozen
class Alleles:
    """Places with two letters each, the frequencies of the second one, and the weights of two scores."""

    places: list[tuple[str, int, str, str]]
    frequencies: Numbers
    weights: Numbers

    def written(self, folder: Path, build: Build) -> Path:
        """A rule set with both scores, in a folder; the places are those of a build."""
        shift = 0 if build is Build.GRCH38 else 500_000  # by which `scoring_file` puts them further on GRCh37
        for own, name in zip(self.weights, ("one.txt", "two.txt"), strict=True):
            every = zip(self.places, own, self.frequencies, strict=True)
            rows = (
                (chrom, pos - shift, alt, ref, f"{weight:.9f}", f"{frequency:.9f}")
                for (chrom, pos, ref, alt), weight, frequency in every
                if weight
            )
            (folder / name).write_bytes(scoring_file(*rows))
        scores = [score("A", 2, "one.txt", in_genes="counted"), score("B", 2, "two.txt", in_genes="counted")]
        content = content_of(
            categories=[category(name) for name in ("A", "B")],
            decision={"tiers": [tier(1), tier(2)]},
            criteria=[criterion("listed_allele", 1), *scores],
        )
        (folder / "rules.yaml").write_text(json.dumps(content))
        return folder / "rules.yaml"


def weights_of(number: int, draw: np.random.Generator) -> Numbers:
    """Two scores: the first of the first three quarters of the alleles, the second of the last three."""
    found = np.round(draw.normal(0, 0.05, (2, number)), 9)
    found[0, number * 3 // 4 :] = 0
    found[1, : number // 4] = 0
    return found


def told(what: str, found: dict[str, Any], truth: dict[str, float]) -> None:
    """Print what was found, and how far it is from the truth."""
    apart = {name: f"{found[name]:.6f} ({found[name] - own:+.1e})" for name, own in truth.items()}
    print(f"  {what}: " + ", ".join(f"{name} {text}" for name, text in apart.items()))


def numbers_of(copies: Numbers, alleles: Alleles) -> dict[str, float]:
    """Means, variances and the covariance of the scores of people, by their copies, a row for each allele."""
    own = alleles.weights @ (copies - 2 * alleles.frequencies[:, None])
    spread = np.cov(own)
    means = {"mean A": own[0].mean(), "mean B": own[1].mean()}
    return means | {"variance A": spread[0, 0], "variance B": spread[1, 1], "covariance": spread[0, 1]}


def calibrated(path: Path, rules: Path, build: Build, *options: str) -> tuple[dict[str, dict[str, float]], list[Any]]:
    """What the command finds, by group, in log odds ratios, and as it is written; its time and memory are printed."""
    out, code = rules.parent / "found.json", "from assigner.cli import main; main(standalone_mode=False)"
    code += "; print(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    command = [sys.executable, "-c", code, "rules", "calibrate", str(path), "--rules", str(rules), "--out", str(out)]
    out.unlink(missing_ok=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ran = subprocess.run([*command, "--build", build.value, *options], capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if not out.exists():
        raise InputError(path.name, "a cohort", ran.stderr.strip().splitlines()[-1])
    took = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"  {path.suffix}: {took:.2f} s of a processor, {int(ran.stdout.split()[1]) // 1024} MiB at most")
    by_group: dict[str, dict[str, float]] = {}
    written = [each["reference"] for each in json.loads(out.read_text())["scores"]]
    for name, own in zip("AB", written, strict=True):
        for each in own:
            found = by_group.setdefault(each["group"], {})
            found |= {f"mean {name}": each["mean"] / 1e6, f"variance {name}": each["variance"] / 1e12}
            for other in each.get("covariances", ()):
                found["covariance"] = other["value"] / 1e12
            del each["cohort"]
    return by_group, written


def made_up(samples: int, number: int, folder: Path) -> None:
    """A made-up cohort of two groups, as VCF and as BCF."""
    draw = np.random.default_rng(14)
    positions = np.sort(draw.choice(np.arange(100_000, 60_000_000), number, replace=False))
    letters = [draw.choice(list("ACGT"), 2, replace=False).tolist() for _ in range(number)]
    places = [("20", int(pos), *pair) for pos, pair in zip(positions, letters, strict=True)]
    frequencies = np.round(draw.uniform(0.05, 0.6, number), 9)
    alleles = Alleles(places, frequencies, weights_of(number, draw))
    names = [f"S{at}" for at in range(samples)]
    groups = {name: list(GROUPS)[at * len(GROUPS) // samples] for at, name in enumerate(names)}
    own = {
        group: np.clip(frequencies + shift * draw.uniform(-1, 1, number), 0.01, 0.99) for group, shift in GROUPS.items()
    }
    copies = np.stack([draw.binomial(2, own[groups[name]]) for name in names], axis=1)
    path = folder / "made_up.vcf"
    with path.open("w") as out:
        out.write('##fileformat=VCFv4.2\n##FORMAT=<ID=GT,Number=1,Type=String,Description="">\n')
        out.write(f"##contig=<ID=20,length={LENGTHS[Build.GRCH38]['20']}>\n")
        out.write("\t".join(["#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT", *names]) + "\n")
        words = np.array(["0/0", "0/1", "1/1"])
        for (chrom, pos, ref, alt), row in zip(places, copies, strict=True):
            out.write("\t".join([f"{chrom}\t{pos}\t.\t{ref}\t{alt}\t.\tPASS\t.\tGT", *words[row].tolist()]) + "\n")
    read = cyvcf2.VCF(str(path))
    bcf = folder / "made_up.bcf"
    written = cyvcf2.Writer(str(bcf), read, mode="wb")
    for record in read:
        written.write_record(record)
    written.close()
    rules = alleles.written(folder, Build.GRCH38)
    table = folder / "groups.tsv"
    table.write_text("sample\tgroup\n" + "".join(f"{name}\t{group}\n" for name, group in groups.items()))
    print(f"made up: {samples} samples, {number} alleles")
    (by_group, one), (_, other) = (calibrated(own, rules, Build.GRCH38, "--groups", str(table)) for own in (path, bcf))
    print(f"  VCF and BCF {'say the same' if one == other else 'DIFFER'}")
    for group, found_here in by_group.items():
        told(
            f"{group}, from the drawn genotypes",
            found_here,
            numbers_of(copies[:, [groups[n] == group for n in names]], alleles),
        )
        away = own[group]
        worth, spread = 2 * (away - frequencies), 2 * away * (1 - away)
        one, two = alleles.weights
        truth = {"mean A": one @ worth, "mean B": two @ worth, "variance A": one**2 @ spread}
        truth |= {"variance B": two**2 @ spread, "covariance": (one * two) @ spread}
        told(f"{group}, from the proportions", found_here, truth)


def of_file(path: Path) -> None:
    """A cohort's own records as alleles, against what cyvcf2 reads."""
    places, rows = [], []
    often = Counter((record.CHROM, record.POS) for record in cyvcf2.VCF(str(path)))
    for record in cyvcf2.VCF(str(path)):
        chrom, letters = chrom_of(record.CHROM) or "", {record.REF, *record.ALT}
        alone = often[record.CHROM, record.POS] == 1
        if chrom.isdecimal() and len(record.ALT) == 1 and letters <= set("ACGT") and alone:
            own = np.array(record.genotypes, dtype=object)
            if own.shape[1] == 3 and (own[:, :2].astype(int) >= 0).all() and record.FILTER is None:
                places.append((chrom, record.POS, record.REF, record.ALT[0]))
                rows.append(own[:, :2].astype(int).sum(axis=1))
    draw = np.random.default_rng(14)
    copies = np.array(rows, np.float64)
    frequencies = np.round(copies.mean(axis=1) / 2, 9)
    alleles = Alleles(places, frequencies, weights_of(len(places), draw))
    print(f"{path.name}: {copies.shape[1]} samples, {len(places)} alleles")
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        for build in reversed(Build):
            try:
                by_group, _ = calibrated(path, alleles.written(Path(folder), build), build)
            except InputError as error:  # it is on the other build, or is refused
                print(f"  {error.got}")
                continue
            told(f"{build}, from cyvcf2's genotypes", by_group["all"], numbers_of(copies, alleles))
            return


def main() -> None:
    """Print all."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--samples", type=int, default=2504)
    parser.add_argument("--alleles", type=int, default=2000)
    parser.add_argument("cohorts", nargs="*", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        made_up(asked.samples, asked.alleles, Path(folder))
    for path in asked.cohorts:
        of_file(path)


if __name__ == "__main__":
    main()
