"""A tool's schema in the form that every server takes.

LM Studio refuses a whole request where one tool's schema is no object with properties. It and others turn
schemas into grammars, and fail at `oneOf` or `allOf` at the top, at a list of types, at patterns inside, and
at limits so large that the grammar explodes. What is left out here only loosens the grammar: the tool itself
checks its arguments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vtcode.providers.fields import object_in, objects_in

if TYPE_CHECKING:
    from vtcode.messages import ToolDefinition

_MAX_REPETITIONS = 1_000
"""llama.cpp gives up at a few thousand."""
_LIMITS = ("maxLength", "minLength", "maxItems", "minItems")
_COMBINATIONS = ("oneOf", "anyOf", "allOf")
_NAMED_SCHEMAS = ("properties", "$defs", "definitions", "patternProperties", "dependentSchemas")
"""Keywords whose keys are names and whose values are schemas."""
_VALUES = ("enum", "const", "default", "examples")
"""Keywords whose values are data, whatever they look like."""
_ANNOTATIONS = ("title", "description", "default", "examples")


def portable_parameters(tool: ToolDefinition) -> dict[str, Any]:
    """Return the schema of a tool's arguments: an object with properties, and nothing that servers refuse."""
    schema = {key: value for key, value in tool.parameters.items() if key != "$schema"}
    properties = dict(object_in(schema.get("properties")))
    for branch in (branch for key in _COMBINATIONS for branch in objects_in(schema.pop(key, None))):
        properties = {**object_in(branch.get("properties")), **properties}
    return _portable(schema | {"type": "object", "properties": properties})


def _portable(schema: dict[str, Any]) -> dict[str, Any]:
    kept = {
        key: _portable_value(key, value)
        for key, value in schema.items()
        if not (key == "pattern" and isinstance(value, str)) and not _is_huge_limit(key, value)
    }
    types = kept.get("type")
    return _split_by_type(kept, types) if isinstance(types, list) else kept


def _portable_value(keyword: str, value: Any) -> Any:
    if keyword in _VALUES:
        return value
    if keyword in _NAMED_SCHEMAS and isinstance(value, dict):
        return {name: _portable_value("", inner) for name, inner in value.items()}
    if isinstance(value, dict):
        return _portable(value)
    if isinstance(value, list):
        return [_portable_value("", inner) for inner in value]
    return value


def _is_huge_limit(keyword: str, value: object) -> bool:
    return keyword in _LIMITS and isinstance(value, int | float) and value > _MAX_REPETITIONS


def _split_by_type(schema: dict[str, Any], types: list[Any]) -> dict[str, Any]:
    """Say `anyOf` in place of a list of types; what is said of the value holds for each but null."""
    said = {key: value for key, value in schema.items() if key in _ANNOTATIONS}
    limits = {key: value for key, value in schema.items() if key not in (*_ANNOTATIONS, "type")}
    kinds = [kind for kind in types if isinstance(kind, str)]
    branches = [{"type": kind} if kind == "null" else {"type": kind, **limits} for kind in kinds]
    return {**said, "anyOf": branches} if len(branches) > 1 else {**said, **(branches or [limits])[0]}
