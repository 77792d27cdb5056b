"""What is known of pydantic models from their fields."""

from __future__ import annotations

import typing
from typing import Any

from pydantic import BaseModel


def models_in(annotation: Any) -> set[type[BaseModel]]:
    """The models within an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {annotation}
    return {part for inner in typing.get_args(annotation) for part in models_in(inner)}


def optional_fields(model: type[BaseModel]) -> dict[str, set[str]]:
    """The fields of a model and of those within it that may be left out, by the model's name."""
    found = {model.__name__: {name for name, field in model.model_fields.items() if not field.is_required()}}
    for field in model.model_fields.values():
        for inner in models_in(field.annotation):
            found |= optional_fields(inner)
    return {name: fields for name, fields in found.items() if fields}
