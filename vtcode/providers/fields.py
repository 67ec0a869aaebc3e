"""Fields of a server's JSON: what has not the expected type counts as not said."""

from __future__ import annotations

from typing import Any


def object_in(value: object) -> dict[str, Any]:
    """Return an object; empty where it is none."""
    return value if isinstance(value, dict) else {}


def list_in(value: object) -> list[Any]:
    """Return a list; empty where it is none."""
    return value if isinstance(value, list) else []


def objects_in(value: object) -> list[dict[str, Any]]:
    """Return the objects of a list, without whatever else is in it."""
    return [item for item in list_in(value) if isinstance(item, dict)]


def text_in(value: object) -> str:
    """Return a string; empty where it is none."""
    return value if isinstance(value, str) else ""


def count_in(value: object) -> int | None:
    """Return a whole number from 0 on; None where it is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def flag_in(value: object) -> bool | None:
    """Return a truth value; None where it is none."""
    return value if isinstance(value, bool) else None
