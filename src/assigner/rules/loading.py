"""Reading a rule set whole: its file, the tables it names, every fault at once, and its digest."""

from __future__ import annotations

import hashlib
import importlib.resources
import os
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path as FilePath
from typing import Any, Literal

from attrs import field, frozen
from pydantic import ValidationError

from assigner.canonical import canonical
from assigner.errors import Fault, RuleSetError, shown
from assigner.files import Source, bytes_up_to, name_of
from assigner.mistaken import Sort, sort_of
from assigner.rules import consistency
from assigner.rules.schema import Category, RuleSet
from assigner.rules.score_criteria import PolygenicCriterion
from assigner.rules.scoring_files import MOST_FILE_BYTES, ScoringFile, read_scoring_file
from assigner.rules.texts import MOST_BYTES, MOST_FAULTS, Text, read_table, read_yaml
from assigner.strict import Complaint, Path, complaints, written
from assigner.values import Fixed

SHIPPED = "categories.yaml"
"""The name of the shipped rule set's main file."""

_LISTS = {"sources", "trials", "aliases", "conditions"}
PLACE = ("chrom", "pos37", "ref37", "alt37", "pos38", "ref38", "alt38")
_HOME: dict[str, Path] = {
    "genes": ("genes",),
    "alleles": ("alleles",),
    "markers": ("markers",),
    "mimics": ("flags", "mimics"),
    "therapies": ("flags", "therapies"),
}

MOST_KEPT = 4
_READ: dict[str, Rules] = {}
"""Rule sets that were read without a fault, by the SHA-256 of the main file: who reads the same files again, for each
participant say, gets the same value in a small part of the time."""


class Places:
    """Where the parts of a rule set stand: in which file, on which line."""

    def __init__(self, texts: Mapping[Path, Text]) -> None:
        self._texts = texts

    def of(self, path: Path) -> tuple[str, int]:
        """File and line of a part."""
        for home, text in self._texts.items():
            if home and path[: len(home)] == home:
                return text.file, text.line(path[len(home) :])
        return self._texts[()].file, self._texts[()].line(path)


@frozen
class Rules:
    """A rule set that has been read and checked.

    Attributes:
        content: what it says.
        digest: SHA-256 over the digests of its file and tables (see `digest_of`).
        files: the SHA-256 of each of them, by name.
        places: where each part of it stands.
        scoring: the scoring files of its polygenic scores, by name.
    """

    content: RuleSet = field(eq=False, repr=False)
    digest: str
    files: Mapping[str, str] = field(eq=False, repr=False)
    places: Places = field(eq=False, repr=False)
    scoring: Mapping[str, ScoringFile] = field(eq=False, repr=False, factory=dict)

    @property
    def id(self) -> str:
        """The rule set's id."""
        return self.content.rule_set.id

    @property
    def version(self) -> str:
        """Its version."""
        return self.content.rule_set.version

    @property
    def status(self) -> Literal["draft", "approved"]:
        """Whether it is a draft or approved, as it says itself; a signature is asked for with `approved`."""
        return self.content.rule_set.status

    @property
    def categories(self) -> tuple[Category, ...]:
        """The categories, each with its intervention."""
        return self.content.categories

    def place(self, path: Path) -> tuple[str, int]:
        """File and line of a part."""
        return self.places.of(path)


def read_rules(source: Source | None = None) -> Rules:
    """Read a rule set, the shipped one when none is given.

    Args:
        source: the path of a YAML file, beside which the tables are that it names; or, of a rule set without tables,
            an open binary file or its bytes.

    Raises:
        RuleSetError: with every fault of the rule set, each as `file:line: path: expected, got`.
    """
    if source is None:
        source = _shipped() / SHIPPED
    name = FilePath(name_of(source, "rule set")).name
    tables = _Beside(FilePath(source).parent) if isinstance(source, str | os.PathLike) else None
    return parse_rules(bytes_of(source), tables, name=name)


def _shipped() -> FilePath:
    """The folder of the shipped rule set."""
    return FilePath(str(importlib.resources.files("assigner")))


def shipped_files() -> dict[str, bytes]:
    """The files of the shipped rule set by name: the rule set, its tables, and what else stands beside them."""
    folder = _shipped() / "categories"
    beside = sorted(file.relative_to(_shipped()).as_posix() for file in folder.rglob("*") if file.is_file())
    return {name: bytes_of(_shipped() / name) for name in (SHIPPED, *beside)}


def parse_rules(source: bytes, tables: Mapping[str, bytes] | None = None, *, name: str = "categories.yaml") -> Rules:
    """Read a rule set from bytes.

    Args:
        source: the YAML file.
        tables: the tables that it may name, by that name.
        name: what to call the file in errors.

    Raises:
        RuleSetError: as `read_rules`.
    """
    main = hashlib.sha256(source).hexdigest()
    beside = {} if tables is None else tables
    before = _READ.get(main)
    if before is not None and _is_of(before, name, beside):
        _keep(main, before)
        return before
    text, faults = read_yaml(source, name)
    if text.value is None:
        raise _refused(source, name, faults)
    if not isinstance(text.value, dict):
        raise _refused(source, name, (*faults, Fault(name, 1, "(the whole file)", "a mapping", shown(text.value))))
    parts = {name: source}
    merged, more = _merge(text, beside, parts)
    scoring, bad = _scoring(text, beside, parts)
    content, last = _validated(merged)
    last += _lacking(content, scoring, merged)
    if content is None or faults or more or bad or last:
        raise _refused(source, name, _in_order((*faults, *more, *bad, *last)))
    read = {file: own.sha256 for file, own in scoring.items()}
    files = {file: read.get(file) or hashlib.sha256(part).hexdigest() for file, part in parts.items()}
    rules = Rules(content, digest_of(files), Fixed(files), Places(merged.origins), Fixed(scoring))
    _keep(main, rules)
    return rules


def _keep(main: str, rules: Rules) -> None:
    """Keep a rule set as the one read last; of too many, the one read longest ago goes."""
    _READ.pop(main, None)
    _READ[main] = rules
    for oldest in list(_READ)[:-MOST_KEPT]:
        _READ.pop(oldest, None)


def _refused(source: bytes, name: str, faults: tuple[Fault, ...]) -> RuleSetError:
    """The error of a file that is no rule set: what else it is, or all its faults."""
    sort = sort_of(source)
    if sort is None or sort is Sort.RULE_SET:
        return RuleSetError(faults)
    return RuleSetError((Fault(name, 1, "(the whole file)", "a rule set", sort.advice),))


def _is_of(rules: Rules, name: str, tables: Mapping[str, bytes]) -> bool:
    """Whether a rule set was read from a main file of that name and from tables of these bytes."""
    main, *others = rules.files
    try:
        found = {file: hashlib.sha256(tables[file]).hexdigest() for file in others}
    except KeyError:
        return False
    return main == name and found == {file: rules.files[file] for file in others}


def digest_of(files: Mapping[str, str]) -> str:
    """The digest of a rule set: SHA-256 of the canonical JSON (RFC 8785) of its files' SHA-256 by name.

    The name of the main file does not count, so that a copy under another name is the same rule set.
    """
    main, *tables = files.items()
    return hashlib.sha256(canonical({"": main[1], **dict(tables)})).hexdigest()


class _Beside(Mapping[str, bytes]):
    """The files beside the rule set, read when asked for."""

    def __init__(self, folder: FilePath) -> None:
        self.folder = folder

    def __getitem__(self, name: str) -> bytes:
        if FilePath(name).is_absolute() or ".." in FilePath(name).parts:
            raise KeyError(name)
        try:
            return bytes_of(self.folder / name, MOST_FILE_BYTES)  # readers of smaller files say so
        except RuleSetError:
            raise KeyError(name) from None

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def bytes_of(source: Source, most: int = MOST_BYTES) -> bytes:
    """The bytes of a rule set's file, or of one about a rule set, one more than are read when it is larger.

    Raises:
        RuleSetError: when it cannot be read.
    """
    return bytes_up_to(most, source, _whole_file, "rule set")


def _whole_file(file: str, expected: str, got: str) -> RuleSetError:
    return RuleSetError((Fault(file, 0, "", expected, got),))


@frozen
class _Merged:
    """The rule set with its tables in place, and which text each part of it came from."""

    value: dict[str, Any]
    origins: dict[Path, Text]

    def place(self, path: Path) -> tuple[str, int]:
        """File and line of a part."""
        return Places(self.origins).of(path)


def _merge(text: Text, tables: Mapping[str, bytes], parts: dict[str, bytes]) -> tuple[_Merged, list[Fault]]:
    """Read the tables that the rule set names into it."""
    merged = _Merged(dict(text.value), {(): text})
    faults: list[Fault] = []
    identity = text.value.get("rule_set")
    named = identity.get("tables") if isinstance(identity, dict) else None
    for part, file in (named if isinstance(named, dict) else {}).items():
        where: Path = ("rule_set", "tables", part)
        if part not in _HOME or not isinstance(file, str):
            continue  # validation tells
        source = _named(file, where, text, tables, faults)
        if source is None:
            continue
        if file in parts:
            sentence = f"table file {shown(file)} is named twice"
            faults.append(Fault(text.file, text.line(where), written(where), "a file for each table", file, sentence))
            continue
        parts[file] = source
        table, more = (read_table if file.endswith(".tsv") else read_yaml)(source, file)
        faults += more
        home = _HOME[part]
        if _is_there(merged.value, home):
            sentence = f"{written(home)!r} is given both here and in table {file}"
            faults.append(Fault(text.file, text.line(home), written(home), "the part once", "twice", sentence))
        elif isinstance(table.value, list):
            merged.origins[home] = table
            _put(merged.value, home, [_row(row) for row in table.value] if file.endswith(".tsv") else table.value)
        elif table.value is not None:
            faults.append(Fault(file, 1, "(the whole file)", "a list", shown(table.value)))
    return merged, faults


def _named(name: str, where: Path, text: Text, beside: Mapping[str, bytes], faults: list[Fault]) -> bytes | None:
    """The bytes of a file that a part of the rule set names; None, and a fault more, without one."""
    try:
        return beside[name]
    except KeyError:
        faults.append(Fault(text.file, text.line(where), written(where), "a file beside the rule set", shown(name)))
        return None


def _scoring(
    text: Text, beside: Mapping[str, bytes], parts: dict[str, bytes]
) -> tuple[dict[str, ScoringFile], list[Fault]]:
    """Read the scoring files that criteria name."""
    found: dict[str, ScoringFile] = {}
    faults: list[Fault] = []
    criteria = text.value.get("criteria")
    for at, criterion in enumerate(criteria if isinstance(criteria, list) else ()):
        name = criterion.get("file") if isinstance(criterion, dict) and criterion.get("kind") == "polygenic" else None
        if not isinstance(name, str):
            continue  # validation tells
        where: Path = ("criteria", at, "file")
        source = _named(name, where, text, beside, faults)
        if source is None:
            continue
        if name in parts:
            faults.append(Fault(text.file, text.line(where), written(where), "a file of its own", shown(name)))
        elif len(source) > MOST_FILE_BYTES:
            faults.append(Fault(name, 1, "(the whole file)", f"at most {MOST_FILE_BYTES} bytes", "more"))
        else:
            parts[name] = source
            read, bad = read_scoring_file(source, name, hashlib.sha256(source).hexdigest())
            faults += bad
            found |= {} if read is None else {name: read}
    return found, faults


def _lacking(content: RuleSet | None, scoring: Mapping[str, ScoringFile], merged: _Merged) -> Iterator[Fault]:
    """Scoring files that lack a column which the rest of the rule set asks for."""
    for at, criterion in enumerate(() if content is None else content.criteria):
        if content is None or not isinstance(criterion, PolygenicCriterion) or criterion.file not in scoring:
            continue
        file, path = scoring[criterion.file], ("criteria", at, "file")
        place = *merged.place(path), written(path)
        if content.decision.stability is not None and not file.has_errors:
            expected = "a file with the column standard_error, as decision.stability asks for"
            yield Fault(*place, expected, shown(file.name))
        if criterion.needs_frequencies and not file.has_frequencies:
            expected = "a file with the column allelefrequency_effect, or counts `standardised` or `nothing`"
            yield Fault(*place, expected, shown(file.name))


def _is_there(value: Any, home: Path) -> bool:
    """Whether the main file has the part itself, or something else where its surroundings belong."""
    for step in home:
        if not isinstance(value, dict):
            return True
        if step not in value:
            return False
        value = value[step]
    return True


def _put(value: dict[str, Any], home: Path, rows: list[Any]) -> None:
    *around, last = home
    for step in around:
        value[str(step)] = value = dict(value.get(str(step), {}))
    value[str(last)] = rows


def _row(row: dict[str, str]) -> dict[str, Any]:
    """A row of a table as the models want it: lists split, an allele's place put together."""
    cells: dict[str, Any] = {k: v.split("; ") if k in _LISTS else v for k, v in row.items()}
    if "class" in cells:
        place = {name: cells.pop(name) for name in PLACE if name in cells}
        cells["place"] = place or None
    return cells


def _validated(merged: _Merged) -> tuple[RuleSet | None, list[Fault]]:
    """The rule set and its faults: those of single parts first, then those between parts."""
    content: RuleSet | None = None
    found: Iterator[Complaint]
    try:
        content = RuleSet.model_validate(merged.value)
    except ValidationError as error:
        found = complaints(error, RuleSet, merged.value)
    else:
        found = consistency.faults(content)
    return content, _not_too_many(Fault(*merged.place(path), written(path), *rest) for path, *rest in found)


def _not_too_many(faults: Iterator[Fault]) -> list[Fault]:
    """The faults; after so many no more are looked for, and one more says so."""
    found = list(islice(faults, MOST_FAULTS + 1))
    if len(found) > MOST_FAULTS:
        found[-1] = Fault(found[0].file, 1, written(()), f"at most {MOST_FAULTS} faults", "more")
    return found


def _in_order(faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
    return tuple(sorted(set(faults), key=lambda f: (f.file, f.line, f.path, f.expected, f.got)))
