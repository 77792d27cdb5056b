"""Strict reading: JSON with each key once, and what is wrong with a value, in our words."""

from __future__ import annotations

import json
import re
import typing
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias, TypeVar

from pydantic import BaseModel, ValidationError

from assigner.errors import AssignerError, shown

Model = TypeVar("Model", bound=BaseModel)
Path: TypeAlias = tuple[str | int, ...]
Complaint: TypeAlias = tuple[Path, str, str]
"""Where something is wrong, what was expected there, and what came."""

_SURROGATE = re.compile("\\\\u[dD][89a-fA-F]|[\ud800-\udfff]")
"""Half of a letter in JSON, as it is written or escaped; two halves make one."""

_KINDS = {
    "bool_type": "true or false",
    "dict_type": "fields by name",
    "int_type": "a whole number",
    "list_type": "a list",
    "mapping_type": "fields by name",
    "model_type": "fields by name",
    "none_required": "null",
    "string_type": "text",
    "tuple_type": "a list",
    "union_tag_not_found": "a kind",
}


def each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of a JSON text, for `json.loads`.

    Raises:
        ValueError: a key stands twice.
    """
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def json_in(written: bytes, name: str, expected: str, fault: Callable[[str, str, str], AssignerError]) -> Any:
    """The value of JSON in UTF-8, in which no object has a key twice.

    Args:
        written: the bytes.
        name: what errors call them.
        expected: what errors say they should have been.
        fault: makes the error, from its place, what was expected and what came.

    Raises:
        AssignerError: that of `fault`, when they are something else.
    """
    try:
        return json.loads(written.decode("utf-8"), object_pairs_hook=each_key_once)
    except (ValueError, RecursionError) as error:
        raise fault(name, expected, shown(str(error))) from error


def whole_json_in(
    written: bytes | str, name: str, of: str, numbers: str, fault: Callable[[str, str, str], AssignerError]
) -> Any:
    """The value of JSON with each key once, in which every number is whole and as RFC 8785 can write it.

    Args:
        written: the bytes in UTF-8, or the text.
        name: what errors call it.
        of: whose JSON it is, for the error of one that is nested too deeply.
        numbers: what its numbers must be, for the error.
        fault: makes the error, from its place, what was expected and what came.

    Raises:
        AssignerError: that of `fault`, when it is something else.
    """
    try:
        text = written if isinstance(written, str) else written.decode("utf-8")
        value = json.loads(
            text,
            object_pairs_hook=each_key_once,
            parse_int=_safe_int,
            parse_float=_no_float,
            parse_constant=_no_float,
        )
        if _SURROGATE.search(text):  # two halves make a letter; one alone is none, and nothing can write it again
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        return value
    except UnicodeDecodeError as error:
        raise fault(name, "UTF-8", f"byte {error.object[error.start]:#04x} at {error.start}") from error
    except UnicodeEncodeError as error:
        raise fault(name, "whole letters", "half of a surrogate pair") from error
    except RecursionError as error:
        raise fault(name, f"JSON of {of}'s depth", "deeper nesting") from error
    except ValueError as error:
        raise fault(name, f"JSON with each key once and {numbers}", shown(str(error))) from error


def loosely_keyed(written: bytes) -> Any:
    """The value of canonical JSON in less time; of other JSON too, which only its canonical bytes can tell apart.

    Raises:
        ValueError, RecursionError: when it is something else, or may have a number of more than fifteen digits.
    """
    if _LONG_NUMBER in written.translate(_ALIKE):
        raise ValueError("a number that may be beyond 2**53")
    return _of_whole_numbers(written.decode("utf-8"))


def _safe_int(text: str) -> int:
    if len(text) > 17 or abs(int(text)) >= 2**53:  # RFC 8785 writes no larger ones
        raise ValueError("a whole number beyond 2**53")
    return int(text)


def _no_float(_: str) -> None:
    raise ValueError("a number that is not whole")


_of_whole_numbers = json.JSONDecoder(parse_float=_no_float, parse_constant=_no_float).decode
_ALIKE = bytes.maketrans(b"123456789,[-", b"000000000:::")
"""Takes each digit for 0, and what stands before a number in canonical JSON for a colon."""
_LONG_NUMBER = b":" + 16 * b"0"


def validated(
    model: type[Model],
    value: Any,
    fault: type[AssignerError],
    name: str | None = None,
    got: Callable[[Any], str] = shown,
) -> Model:
    """What a model makes of a value.

    Args:
        model: the model.
        value: the value.
        fault: the error of one that does not fit.
        name: what that error calls the value, before the place in it.
        got: how to say what came.

    Raises:
        AssignerError: the first fault, when it does not fit.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        place, expected, came = first_fault(error, model, value, got)
        raise fault(": ".join(filter(None, (name, place))), expected, came) from None


def first_fault(
    error: ValidationError, model: type[BaseModel], value: Any, got: Callable[[Any], str] = shown
) -> tuple[str, str, str]:
    """The first thing that is wrong with a value: its place joined by dots, what was expected and what came.

    Args:
        error: what pydantic says of the value.
        model: of what it says so.
        value: the value.
        got: how to say what came.
    """
    path, expected, came = next(complaints(error, model, value, got))
    return ".".join(map(str, path)), expected, came


def complaints(
    error: ValidationError, model: type[BaseModel], value: Any, got: Callable[[Any], str] = shown
) -> Iterator[Complaint]:
    """All that is wrong with a value; the arguments are those of `first_fault`."""
    found: dict[Path, list[Any]] = {}
    for detail in error.errors(include_url=False):
        found.setdefault(_steps(detail, value), []).append(detail)
    around = {path[:end] for path in found for end in range(len(path))}
    for path, details in found.items():
        if path in around:  # of several forms that it may have it was not this one; or a list too short without it
            continue
        first = details[0]
        if first["type"] == "missing":
            yield path, "this field", "nothing"
        elif first["type"] == "extra_forbidden":
            yield path, _did_you_mean(model, path), shown(path[-1])
        else:
            yield path, " or ".join(dict.fromkeys(map(_expected, details))), got(first["input"])


def _steps(detail: Any, value: Any) -> Path:
    """The steps of pydantic's path that lead through the value; others name which form it might have had."""
    path: list[str | int] = []
    for step in detail["loc"]:
        try:
            value = value[step]
        except (LookupError, TypeError):
            continue
        path.append(step)
    return (*path, detail["loc"][-1]) if detail["type"] == "missing" else tuple(path)


def _expected(detail: Any) -> str:
    """What pydantic expected, in our words."""
    context = detail.get("ctx", {})
    match detail["type"]:
        case "expected" | "literal_error" | "enum":
            return str(context["expected"])
        case "value_error":
            return str(context["error"])
        case "union_tag_invalid":
            return f"a kind of {context['expected_tags']}"
        case "string_pattern_mismatch":
            return f"text like {context['pattern']}"
        case "greater_than_equal":
            return f"at least {context['ge']}"
        case "less_than_equal":
            return f"at most {context['le']}"
        case "string_too_short":
            return f"text of at least {_counted(context['min_length'], 'character')}"
        case "string_too_long":
            return f"text of at most {_counted(context['max_length'], 'character')}"
        case "too_short":
            return f"at least {_counted(context['min_length'], 'item')}"
        case other:
            return _KINDS.get(other, "a value as documented")


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _did_you_mean(model: type[BaseModel], path: Path) -> str:
    """The names of the fields that could stand here, the nearest one first."""
    models = {model}
    for step in path[:-1]:  # one that names no field is the index of a list, or a key
        infos = [info for each in models if (info := each.model_fields.get(str(step)))]
        models = {inner for info in infos for inner in _models(info.annotation)} if infos else models
    names = sorted({info.alias or name for each in models for name, info in each.model_fields.items()})
    if path[-1] in names:
        return "a field that this kind has; another kind has it"
    return nearest(str(path[-1]), names) or (f"one of {', '.join(names)}" if names else "no such field")


def _models(annotation: Any) -> tuple[type[BaseModel], ...]:
    """The models within an annotation, `tuple[Gene, ...]` or a union of models."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return (annotation,)
    return tuple(model for part in typing.get_args(annotation) for model in _models(part))


def nearest(got: str, names: Sequence[str]) -> str | None:
    """The name that was likely meant, as an error says it; None when none is like it.

    >>> nearest("weigth", ["points", "weight"])
    "'weight' (did you mean that?)"
    """
    import difflib  # only for what is wrong

    near = difflib.get_close_matches(got, names, n=1)
    return f"{near[0]!r} (did you mean that?)" if near else None


def written(path: Path) -> str:
    """A path as people write it.

    >>> written(("genes", 3, "shares", 0, "share"))
    'genes[3].shares[0].share'
    """
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text or "(the whole file)"
