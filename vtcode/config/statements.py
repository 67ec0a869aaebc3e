"""Where each key of a TOML text stands, which parsers do not tell; pure, no I/O."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vtcode.config.keys import KeyPath

_CLOSERS = ("]", "}", '"""', "'''")
"""One of these is on the last line of whatever spans several lines."""

_MAX_DEPTH = 8
"""Deeper paths have no line of their own; a text can nest them by the thousand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A table header or one `key = value`, over one or more lines."""

    section: KeyPath
    """The header it stands under; for a header, its own path."""
    table: dict[str, Any]
    """What it says, parsed on its own: paths are relative to the section; for a header, empty."""
    is_header: bool
    in_array: bool
    """Belongs to a `[[header]]`, where a path does not name one place."""
    first_line: int
    """From 0."""
    end_line: int
    """One past the last."""

    def paths(self) -> Iterator[KeyPath]:
        """Yield every full path that the statement mentions, tables on the way included."""
        yield self.section
        yield from _nested_paths(self.table, self.section)


def split_statements(lines: list[str]) -> Iterator[Statement]:
    r"""Yield the statements of a TOML text that parses as a whole, in order.

    By TOML's grammar a statement is complete with the first line that makes it parse on its own.

    Args:
        lines: The text's lines, each with its `\n` (the last may lack it).
    """
    section: KeyPath = ()
    arrays: list[KeyPath] = []
    first = 0
    chunk = ""
    for number, line in enumerate(lines):
        if chunk and not any(closer in line for closer in _CLOSERS):
            chunk += line
            continue
        chunk += line
        table = _parsed(chunk)
        if table is None:
            continue
        start, statement_text = first, chunk.lstrip()
        first, chunk = number + 1, ""
        if not table:
            continue
        is_header = statement_text.startswith("[")
        if is_header:
            section = _header_path(table)
            if statement_text.startswith("[["):
                arrays.append(section)
        yield Statement(
            section=section,
            table={} if is_header else table,
            is_header=is_header,
            in_array=any(section[: len(array)] == array for array in arrays),
            first_line=start,
            end_line=number + 1,
        )


@lru_cache(maxsize=8)
def key_lines(text: str) -> Mapping[KeyPath, int]:
    """Return the line, from 1, where each key and table of a TOML text that parses is first mentioned."""
    found: dict[KeyPath, int] = {}
    for statement in split_statements(split_lines(text)):
        for path in statement.paths():
            found.setdefault(path, statement.first_line + 1)
    return found


@lru_cache(maxsize=8)
def item_lines(text: str) -> Mapping[KeyPath, tuple[int, ...]]:
    """Return the lines, from 1, of the headers of each array of tables, in order."""
    found: dict[KeyPath, tuple[int, ...]] = {}
    for statement in split_statements(split_lines(text)):
        if statement.is_header and statement.in_array:
            found[statement.section] = (*found.get(statement.section, ()), statement.first_line + 1)
    return found


def split_lines(text: str) -> list[str]:
    """Split after every LF, TOML's only line end (with or without a CR before it), and keep it."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _parsed(chunk: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(chunk)
    except (ValueError, RecursionError):
        return None


def _header_path(table: dict[str, Any]) -> KeyPath:
    path: list[str] = []
    inner: Any = table
    while inner and isinstance(inner, dict):
        ((name, inner),) = inner.items()
        path.append(name)
    return tuple(path)


def _nested_paths(table: dict[str, Any], prefix: KeyPath) -> Iterator[KeyPath]:
    for name, value in table.items():
        yield (*prefix, name)
        if isinstance(value, dict) and len(prefix) < _MAX_DEPTH:
            yield from _nested_paths(value, (*prefix, name))
