"""The native surface's checks: keys that it does not know are refused, and so are values of another type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vtcode.emulator.refusals import Refused, missing, unrecognized

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What a key takes."""

    kind: str
    """`string`, `boolean`, `number`, `integer`, `array`, `object`, or two of them: `string | array`."""
    required: bool = False
    low: float | None = None
    high: float | None = None
    options: tuple[str, ...] = ()
    """Of a string; empty: any."""


def check_keys(asked: Mapping[str, Any], keys: Mapping[str, Key]) -> None:
    """Check an object.

    Raises:
        Refused: A key is unknown or missing, or its value is not valid.
    """
    for name, key in keys.items():
        if key.required and asked.get(name) is None:
            raise missing(name)
    for name, value in asked.items():
        if name not in keys:
            raise unrecognized(name)
        _check(name, value, keys[name])


def _check(name: str, value: object, key: Key) -> None:
    received = _kind(value)
    kinds = key.kind.split(" | ")
    if received not in kinds and not (received == "integer" and "number" in kinds):
        raise Refused(f"Expected {key.kind}, received {received}", code="invalid_type", param=name)
    if key.options and value not in key.options:
        options = " | ".join(f"'{option}'" for option in key.options)
        raise Refused(
            f"Invalid enum value. Expected {options}, received '{value}'", code="invalid_value", param=name
        )
    if not isinstance(value, int | float):
        return
    if key.low is not None and value < key.low:
        raise Refused(f"Number must be greater than or equal to {key.low:g}", code="too_small", param=name)
    if key.high is not None and value > key.high:
        raise Refused(f"Number must be less than or equal to {key.high:g}", code="too_big", param=name)


def _kind(value: object) -> str:
    match value:
        case bool():
            return "boolean"
        case str():
            return "string"
        case int():
            return "integer"
        case float():
            return "number"
        case list():
            return "array"
        case dict():
            return "object"
        case _:
            return "null"
