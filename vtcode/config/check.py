"""One layer's table held against the schema: what is foreign is warned about, what is wrong is one line."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from vtcode.config.keys import (
    ANY_NAME,
    KeyPath,
    allowed_values,
    describe_allowed,
    dotted,
    find_key,
    keys_in,
    known_keys,
    toml_text,
)
from vtcode.config.original_keys import ORIGINAL_KEYS, ORIGINAL_TOP_LEVEL, USE_INSTEAD
from vtcode.config.schema import Settings
from vtcode.errors import ConfigError
from vtcode.permissions import POLICY_NAMES
from vtcode.visible import revealed

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from vtcode.config.source import Place

_MAX_SHOWN = 60
_MAX_DEPTH = 4
"""Deeper than any key of ours; whatever lies below is wrong as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A table with only our keys, each with a value that the schema takes."""

    table: dict[str, Any]
    """Lists are tuples; nothing is filled in."""
    warnings: tuple[str, ...]


def check(table: Mapping[str, Any], place: Place) -> Checked:
    """Drop what is not ours with a warning, and hold the rest against the schema.

    Raises:
        ConfigError: A value or a key is wrong: the one that stands first in the file.
    """
    warnings: list[str] = []

    def warn(path: KeyPath, text: str) -> None:
        warnings.append(f"{place.at(path)}: {dotted(path)}: {text}")

    ours = _without_foreign(table, (), warn)
    try:
        Settings.model_validate(ours)
    except ValidationError as error:
        details = error.errors(include_url=False)
        problems = [(_line(detail, place), order) for order, detail in enumerate(details)]
        raise _in_words(details[min(problems)[1]], place) from error
    return Checked(table=ours, warnings=tuple(warnings))


def unknown_provider(name: str, known: list[str], where: str) -> ConfigError:
    """Return the error for a provider's name that nothing defines."""
    return ConfigError(
        f"{where}: agent.provider: no provider is called {_clipped(name)}; "
        f"allowed: {', '.join(toml_text(one) for one in known)}{_nearest(name, known)}",
        hint="A server of your own is defined under [providers.<name>].",
    )


def unknown_key(path: KeyPath) -> str:
    """Say that a key is unknown, what is allowed in its place, and which key is nearest."""
    known = len(path) - 1
    while not keys_in(path[:known]):
        known -= 1
    section, name = path[:known], path[known]
    siblings = keys_in(section)
    elsewhere = [dotted(key.path) for key in known_keys() if key.path[-1] == name]
    close = difflib.get_close_matches(name, siblings, n=1)
    nearest = elsewhere[:1] or [dotted((*section, one)) for one in close]
    if not nearest:
        nearest = difflib.get_close_matches(
            dotted(path), [dotted(key.path) for key in known_keys()], n=1, cutoff=0.8
        )
    what = "unknown tool" if section == ("tools", "policies") else "unknown key"
    suggestion = f"; did you mean {toml_text(nearest[0])}?" if nearest else ""
    return f"{what}; allowed: {', '.join(siblings)}{suggestion}"


def _without_foreign(
    table: Mapping[str, Any], section: KeyPath, warn: Callable[[KeyPath, str], None]
) -> dict[str, Any]:
    ours: dict[str, Any] = {}
    for name, value in table.items():
        path = (*section, name)
        reason = _foreign(section, name, value)
        if reason:
            warn(path, reason)
        elif isinstance(value, Mapping) and len(path) <= _MAX_DEPTH:
            ours[name] = _without_foreign(value, path, warn)
        elif path == ("automation", "full_auto", "allowed_tools") and isinstance(value, list):
            ours[name] = _without_foreign_tools(path, value, warn)
        else:
            ours[name] = _with_tuples(value) if isinstance(value, list) else value
    return ours


def _with_tuples(items: list[Any]) -> tuple[Any, ...]:
    """Return a list, and the lists in its tables, as the schema takes them."""
    return tuple(
        {name: tuple(value) if isinstance(value, list) else value for name, value in item.items()}
        if isinstance(item, Mapping)
        else item
        for item in items
    )


def _foreign(section: KeyPath, name: str, value: object) -> str:
    """Return why the key is not ours to judge; empty where it is."""
    if not section:
        return _foreign_top_level(name, value)
    if section == ("tools", "policies"):
        return "not a tool of this program; ignored" if _foreign_tool(name) else ""
    general = ("providers", ANY_NAME) if section[0] == "providers" and len(section) == 2 else section
    if name not in ORIGINAL_KEYS.get(general, ()):
        return ""
    instead = USE_INSTEAD.get((*section, name))
    return "not used by this program; ignored" + (f"; use {instead}" if instead else "")


def _foreign_top_level(name: str, value: object) -> str:
    if name in Settings.model_fields:
        return ""
    if name in ORIGINAL_TOP_LEVEL:
        return "not used by this program; ignored"
    if not isinstance(value, Mapping | list):
        return ""
    return f"not a section of this program; ignored{_nearest(name, list(Settings.model_fields))}"


def _foreign_tool(name: str) -> bool:
    """Tell whether `name` is a tool of the original (or of an MCP server), not a misspelt one of ours."""
    return name in ORIGINAL_KEYS["tools", "policies"] or name.startswith(("mcp_", "mcp::"))


def _without_foreign_tools(
    path: KeyPath, names: list[Any], warn: Callable[[KeyPath, str], None]
) -> tuple[Any, ...]:
    kept = []
    for name in names:
        if isinstance(name, str) and _foreign_tool(name):
            warn(path, f"{_clipped(name)} is not a tool of this program; ignored")
        else:
            kept.append(name)
    return tuple(kept)


def _path_of(detail: ErrorDetails) -> KeyPath:
    """Return the key that an error is about, without indices and pydantic's own marks."""
    return tuple(part for part in detail["loc"] if isinstance(part, str) and part != "[key]")


def _item_of(detail: ErrorDetails) -> tuple[KeyPath, int | None]:
    """Return the list that an error is in and which of its items; without a list, the key and None."""
    location = detail["loc"]
    at = next((index for index, part in enumerate(location) if isinstance(part, int)), None)
    if at is None:
        return _path_of(detail), None
    return tuple(str(part) for part in location[:at]), int(location[at])


def _line(detail: ErrorDetails, place: Place) -> int:
    path, item = _item_of(detail)
    return place.line(path) if item is None else place.item_line(path, item)


def _in_words(detail: ErrorDetails, place: Place) -> ConfigError:
    path = _path_of(detail)
    prefix = f"{place.at(*_item_of(detail))}: {dotted(path)}: "
    value = detail["input"]
    if path[:-1] == ("tools", "policies") and path[-1] not in POLICY_NAMES:
        return ConfigError(prefix + unknown_key(path))
    match detail["type"]:
        case "extra_forbidden":
            return ConfigError(prefix + unknown_key(path), hint=_hint(path))
        case "model_type" | "mapping_type":
            return ConfigError(f"{prefix}{_got(path, value)} where a section [{dotted(path)}] belongs")
        case "value_error":
            problem = str(detail.get("ctx", {}).get("error", detail["msg"]))
            return ConfigError(prefix + revealed(problem, keep_newlines=False))
    key = find_key(path)
    allowed = describe_allowed(key) if key else detail["msg"]
    nearest = _nearest(value, allowed_values(path)) if isinstance(value, str) else ""
    return ConfigError(f"{prefix}{_got(path, value)} is not allowed; allowed: {allowed}{nearest}")


def _hint(path: KeyPath) -> str:
    if path[0] == "providers" and "key" in path[-1].lower():
        return "Keys are never written to a file: name the variable that holds it with api_key_env."
    return ""


def _got(path: KeyPath, value: object) -> str:
    """Return a wrong value as a person may see it; a provider's may be a key, so never that."""
    return "this value" if path[0] == "providers" else _clipped(value)


def _clipped(value: object) -> str:
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list | tuple) and not all(isinstance(item, str | int | float) for item in value):
        return "this list"
    text = toml_text(value)
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 1] + "…"


def _nearest(word: str, known: list[str] | tuple[str, ...]) -> str:
    found = difflib.get_close_matches(word.lower(), known, n=1)
    return f"; did you mean {toml_text(found[0])}?" if found else ""
