"""The schema seen as dotted keys: what is known, what each key allows, and how values are written in TOML."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel

from vtcode.config.schema import PROVIDER_KINDS, Settings
from vtcode.permissions import POLICY_NAMES

KeyPath: TypeAlias = tuple[str, ...]
ANY_NAME = "<name>"
"""Stands in a path for a name that the user makes up (`providers.<name>`, `tools.policies.<name>`)."""

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of the schema."""

    path: KeyPath
    annotation: Any
    metadata: tuple[Any, ...]
    """The limits that pydantic checks (`annotated_types`)."""
    default: Any
    model: type[BaseModel]
    """Where the field stands, for its docstring."""


def known_keys(model: type[BaseModel] = Settings, prefix: KeyPath = ()) -> Iterator[Key]:
    """Yield every key in the schema's order, with `<name>` where the user makes up a name."""
    for name, field in model.model_fields.items():
        path = (*prefix, name)
        section = _section_model(field.annotation)
        if section is not None:
            yield from known_keys(section, path)
        elif (entry := _entry_type(field.annotation)) is None:
            yield Key(
                path=path,
                annotation=field.annotation,
                metadata=tuple(field.metadata),
                default=field.get_default(call_default_factory=True),
                model=model,
            )
        elif (section := _section_model(entry)) is not None:
            yield from known_keys(section, (*path, ANY_NAME))
        else:
            yield Key(path=(*path, ANY_NAME), annotation=entry, metadata=(), default=None, model=model)


def find_key(path: KeyPath) -> Key | None:
    """Return the schema's key for `path`; None for sections and unknown keys."""
    for key in known_keys():
        if len(key.path) == len(path) and all(
            part in (ANY_NAME, actual) for part, actual in zip(key.path, path, strict=True)
        ):
            return key
    return None


def keys_in(section: KeyPath) -> list[str]:
    """Return the names that may stand directly in a section of the schema, in its order."""
    if section == ("tools", "policies"):
        return list(POLICY_NAMES)
    key = find_key(section)
    if key and (items := _item_model(key.annotation)):
        return list(items.model_fields)
    names: dict[str, None] = {}
    for key in known_keys():
        inside = len(key.path) > len(section) and all(
            part in (ANY_NAME, actual) for part, actual in zip(key.path, section, strict=False)
        )
        if inside:
            names[key.path[len(section)]] = None
    return list(names)


def allowed_values(path: KeyPath) -> tuple[str, ...]:
    """Return the closed set of texts that `path` takes; empty where it is open."""
    if path == ("agent", "provider"):
        return PROVIDER_KINDS
    key = find_key(path)
    if key is None:
        return ()
    annotation = _without_none(key.annotation)
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def describe_allowed(key: Key) -> str:
    """Say what a key takes: `"allow", "prompt", "deny"`, `a whole number, 0 or more`."""
    annotation = _without_none(key.annotation)
    if get_origin(annotation) is Literal:
        return ", ".join(toml_text(choice) for choice in get_args(annotation))
    if annotation is bool:
        return "true or false"
    if annotation in (int, float):
        return ("a whole number" if annotation is int else "a number") + _bounds(key.metadata)
    if get_origin(annotation) is tuple:
        return "a list of tables" if _item_model(annotation) else "a list of texts"
    return "a text"


def dotted(path: KeyPath) -> str:
    """Write a path as TOML does: `providers."my server".base_url`."""
    return ".".join(part if _BARE_KEY.fullmatch(part) else toml_text(part) for part in path)


def flatten(table: Mapping[str, Any], prefix: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Yield every value that is not a table, with its path."""
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from flatten(value, (*prefix, name))
        else:
            yield (*prefix, name), value


def toml_text(value: object) -> str:
    """Write a value as TOML on one line, with every control and invisible character spelled out."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + "".join(_spelled(character) for character in value) + '"'
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{dotted((str(name),))} = {toml_text(item)}" for name, item in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml_text(item) for item in value) + "]"
    return str(value)


def _spelled(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _section_model(annotation: object) -> type[BaseModel] | None:
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _entry_type(annotation: Any) -> Any:
    """Return the type of a mapping's values; None where `annotation` is no mapping."""
    return get_args(annotation)[1] if get_origin(annotation) is Mapping else None


def _item_model(annotation: Any) -> type[BaseModel] | None:
    """Return the model of a list's items; None where they are no tables."""
    return _section_model(get_args(annotation)[0]) if get_origin(annotation) is tuple else None


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) not in {Union, UnionType}:
        return annotation
    (only,) = (part for part in get_args(annotation) if part is not NoneType)
    return _bare(only)


def _bare(annotation: Any) -> Any:
    return annotation.__origin__ if hasattr(annotation, "__metadata__") else annotation


def _bounds(metadata: tuple[Any, ...]) -> str:
    limits: dict[str, float] = {}
    for entry in metadata:
        for name in ("ge", "gt", "le"):
            limit = getattr(entry, name, None)
            if limit is not None:
                limits[name] = limit
    match limits:
        case {"ge": low, "le": high}:
            return f" from {low} to {high}"
        case {"gt": low, "le": high}:
            return f" above {low}, at most {high}"
        case {"ge": low}:
            return f", {low} or more"
        case {"gt": low}:
            return f" above {low}"
        case _:
            return ""
