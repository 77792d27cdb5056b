"""The JSON Schema of a rule set as its YAML is written, for editors and for checks without this package.

A rule set is read with every scalar as text. Other readers of YAML make numbers and truth values of plain scalars, so
that `300`, `"300"`, `yes` and `true` may each stand where the model has one type: the schema takes what they make.
"""

from __future__ import annotations

import re
from typing import Any

from assigner.genome.builds import CHROMS
from assigner.rules.schema import RuleSet

_WHOLE = "^-?(0|[1-9][0-9]{0,17})$"
_PLAIN = {"number": "2.5", "boolean": "true"}
"""A scalar in plain style that YAML's own types make something else of than text, by what they make."""

_TRUE_OR_FALSE = {"yes", "no", "true", "false"}


def schema_as_written() -> dict[str, Any]:
    """The schema of a YAML file; a table in YAML is a list of the parts in its `$defs`."""
    schema: dict[str, Any] = _as_written(RuleSet.model_json_schema())
    return schema


def _as_written(part: Any) -> Any:
    """A part of the schema of the models, as the schema of what YAML readers make of the file."""
    if isinstance(part, list):
        return [_as_written(each) for each in part if each != {"type": "null"}]
    if not isinstance(part, dict):
        return part
    found = {key: part[key] if key in ("propertyNames", "default") else _as_written(part[key]) for key in part}
    if found.get("default") is None:
        found.pop("default", None)
    if len(found.get("anyOf", ())) == 1:  # the other one was null, which no scalar is
        found |= found.pop("anyOf")[0]
    if "patternProperties" in found:
        found["additionalProperties"] = False
    match found.get("type"):
        case "integer":
            return _whole(found)
        case "string" if "enum" in found:
            return _choice(found)
        case "string" if "const" not in found:
            return _text(found)
        case _:
            return found


def _whole(part: dict[str, Any]) -> dict[str, Any]:
    """A whole number, plain or in quotes."""
    rest = {key: value for key, value in part.items() if key not in ("type", "ge", "le")}
    bounds = {name: part[key] for key, name in (("ge", "minimum"), ("le", "maximum")) if key in part}
    return rest | {"anyOf": [{"type": "integer", **bounds}, {"type": "string", "pattern": _WHOLE}]}


def _choice(part: dict[str, Any]) -> dict[str, Any]:
    """One of several words, of which YAML 1.1 takes some for truth values."""
    truths = [True, False] if _TRUE_OR_FALSE & set(part["enum"]) else []
    return {key: value for key, value in part.items() if key != "type"} | {"enum": [*part["enum"], *truths]}


def _text(part: dict[str, Any]) -> dict[str, Any]:
    """Text, which in plain style may look like a number or a truth value where its pattern lets it."""
    pattern = part.get("pattern", "")
    if pattern == f"^({'|'.join(CHROMS)})$":
        numbers = [int(chrom) for chrom in CHROMS if chrom.isdigit()]
        return {key: value for key, value in part.items() if key not in ("type", "pattern")} | {
            "enum": [*CHROMS, *numbers]
        }
    kinds = [kind for kind, plain in _PLAIN.items() if re.search(pattern, plain)]
    if "number" not in kinds and re.search(pattern, "25"):
        kinds.append("integer")
    return part | {"type": ["string", *kinds] if kinds else "string"}
