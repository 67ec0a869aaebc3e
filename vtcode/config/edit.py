"""One value written into a vtcode.toml that belongs to a person: everything else stays, to the byte.

Only the statement that holds the key is handed to tomlkit, or a line is added; the result is parsed again and
has to say the same as before but for the one value. Where it does not, nothing is written.
"""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from vtcode.config.keys import KeyPath, dotted, toml_text
from vtcode.config.locations import ensure_folder
from vtcode.config.source import BOM, is_kept_free, parse_toml, read_bytes, shown
from vtcode.config.statements import Statement, split_lines, split_statements
from vtcode.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

Value: TypeAlias = str | bool | int | float | Sequence[str]

_STRING_OR_COMMENT = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}' r"|'''.*?'{3,5}" r'|"(?:\\.|[^"\\\n])*"' r"|'[^'\n]*'" r"|#[^\r\n]*",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What an edit did to the file: SHA-256 of its bytes, in hex, so that trust can follow the content."""

    before: str | None
    """None where there was no file."""
    after: str


class _Unsafe(Exception):
    """The edit would touch more than the one value; says why."""


def set_value(file: Path, key: KeyPath, value: Value) -> Edit:
    """Set `key` in `file`, in place; create the file where it is missing, write through a symlink.

    A list that begins with the items that are there keeps them, with their layout and comments.

    Raises:
        ConfigError: The file can't be read or parsed, changed meanwhile, or the value can't be set without
            touching something else. The file is as it was.
        UnwritableFolder: The file's folder can't be written.
    """
    return _edit(file, key, lambda _: value)


def append_to_list(file: Path, key: KeyPath, value: str) -> Edit:
    """Add `value` to the list of texts that `key` is in `file`, unless it is in it; else as `set_value`.

    What other layers say of `key` does not count: only the file's own list grows.

    Raises:
        ConfigError: As for `set_value`, or the file has something else than a list of texts there.
        UnwritableFolder: The file's folder can't be written.
    """

    def longer(old: Any) -> list[str]:
        items = [] if old is None else old
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            raise ConfigError(
                f"{shown(file)}: {dotted(key)}: is not a list of texts.", hint="The file was not changed."
            )
        return items if value in items else [*items, value]

    return _edit(file, key, longer)


def remove_from_list(file: Path, key: KeyPath, value: str) -> bool:
    """Take `value` out of the list that `key` is in `file`; tell whether it was in it.

    Raises:
        ConfigError: As for `set_value`.
        UnwritableFolder: The file's folder can't be written.
    """
    content = read_bytes(file)
    items = _value_at(parse_toml(file, content or b"").table, key)
    if not isinstance(items, list) or value not in items:
        return False
    _edit(file, key, lambda old: [item for item in old if item != value])
    return True


def _edit(file: Path, key: KeyPath, new_value: Callable[[Any], Value]) -> Edit:
    """Set `key` to what `new_value` makes of its present value, which is None where it is not set."""
    try:
        path = file.resolve()
    except (OSError, RuntimeError) as error:
        raise ConfigError(f"{shown(file)}: is a link that leads nowhere.") from error
    content = read_bytes(path)
    old = parse_toml(path, content or b"")
    value = new_value(_value_at(old.table, key))
    try:
        text = _with_value(old.text, key, value)
    except _Unsafe as error:
        raise ConfigError(
            f"{shown(file)}: {dotted(key)}: can't be set without touching more: {error}.",
            hint=f"The file was not changed. By hand: {dotted(key)} = {toml_text(value)}",
        ) from error
    data = (BOM if old.has_bom else b"") + text.encode()
    if data != content:
        _write(path, data, content)
    return Edit(before=old.digest if content is not None else None, after=hashlib.sha256(data).hexdigest())


def _value_at(table: Mapping[str, Any], key: KeyPath) -> Any:
    value: Any = table
    for name in key:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _with_value(text: str, key: KeyPath, value: Value) -> str:
    table = tomllib.loads(text)
    plain = list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
    expected = _assigned(table, key, plain)
    if _comparable(expected) == _comparable(table):
        return text
    lines = split_lines(text)
    edited = "".join(_edited(lines, key, plain))
    try:
        result = tomllib.loads(edited)
    except ValueError as error:
        raise _Unsafe("the result would not be valid") from error
    if _comparable(result) != _comparable(expected):
        raise _Unsafe("other values would change")
    if _comments(edited) != _comments(text):
        raise _Unsafe("a comment inside the value would be lost")
    return edited


def _edited(lines: list[str], key: KeyPath, value: Any) -> list[str]:
    found = [statement for statement in split_statements(lines) if not statement.in_array]
    for statement in found:
        if _holds(statement, key):
            chunk = "".join(lines[statement.first_line : statement.end_line])
            changed = _changed_statement(chunk, key[len(statement.section) :], value)
            if changed is not None:
                return [*lines[: statement.first_line], changed, *lines[statement.end_line :]]
    neighbour = _neighbour(found, key[:-1])
    if neighbour is not None:
        relative = key[len(neighbour.section) :]
        return _with_line_after(lines, neighbour, f"{dotted(relative)} = {toml_text(value)}")
    return _with_new_table(lines, key, toml_text(value))


def _holds(statement: Statement, key: KeyPath) -> bool:
    """Tell whether the statement sets `key`, or a table that the key would be in."""
    size = len(statement.section)
    return not statement.is_header and statement.section == key[:size] and key[size] in statement.table


def _changed_statement(chunk: str, key: KeyPath, value: Any) -> str | None:
    """Return one statement with `key` (relative to it) set; None where it needs a statement of its own."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError
    from tomlkit.items import InlineTable

    try:
        node: Any = tomlkit.parse(chunk)
        document = node
        depth = 0
        while depth < len(key) - 1 and key[depth] in node:
            node = node[key[depth]]
            depth += 1
        if key[depth] in node:
            _set_item(node, key[-1], value)
            changed = tomlkit.dumps(document)
        elif isinstance(node, InlineTable):
            entry = f"{dotted(key[depth:])} = {toml_text(value)}"
            changed = _with_entry(chunk, node.as_string(), entry)
        else:
            return None
    except (TOMLKitError, LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise _Unsafe("its statement can't be taken apart") from error
    if "\r\n" in chunk and not re.search(r"(?<!\r)\n", chunk):
        changed = re.sub(r"(?<!\r)\n", "\r\n", changed)
    return changed.rstrip("\r\n") + chunk[len(chunk.rstrip("\r\n")) :]


def _set_item(table: Any, name: str, value: Any) -> None:
    import tomlkit
    from tomlkit.items import Array

    old = table[name]
    if isinstance(value, list) and isinstance(old, Array) and value[: len(old)] == old.unwrap():
        for item in value[len(old) :]:
            old.append(tomlkit.value(toml_text(item)))
    else:
        table[name] = tomlkit.value(toml_text(value))


def _with_entry(chunk: str, inline_table: str, entry: str) -> str:
    """Return a statement with one more entry in the inline table that it holds, as it is written there."""
    if inline_table not in chunk:
        raise _Unsafe("its inline table was not found")
    inner = inline_table[1:-1]
    body = inner.rstrip()
    blanks = inner[len(body) :] if body else " "
    return chunk.replace(inline_table, f"{{{body}{',' if body else ''} {entry}{blanks}}}", 1)


def _neighbour(found: list[Statement], table: KeyPath) -> Statement | None:
    """Return the statement after which a new key of `table` belongs; None: the table is new."""
    last = None
    for statement in found:
        if statement.section == table:
            last = statement
        elif last is None or last.section != table:
            size = len(statement.section)
            inside = table[:size] == statement.section and table in statement.paths()
            last = statement if inside and not statement.is_header else last
    return last


def _with_line_after(lines: list[str], statement: Statement, line: str) -> list[str]:
    reference = lines[statement.first_line]
    indent = reference[: len(reference) - len(reference.lstrip())]
    return _inserted(lines, statement.end_line, [indent + line])


def _with_new_table(lines: list[str], key: KeyPath, value: str) -> list[str]:
    statement = f"{dotted(key[-1:])} = {value}"
    if len(key) == 1:
        return _inserted(lines, 0, [statement])
    gap = [""] if lines and lines[-1].strip() else []
    return _inserted(lines, len(lines), [*gap, f"[{dotted(key[:-1])}]", statement])


def _inserted(lines: list[str], index: int, new: list[str]) -> list[str]:
    """Put lines in with the line ends around them; whether the text ends with one stays as it is."""
    newline = _newline_at(lines, index)
    before, after = lines[:index], lines[index:]
    added = [line + newline for line in new]
    if before and not before[-1].endswith("\n"):
        before[-1] += newline
        added[-1] = added[-1].removesuffix(newline)
    return [*before, *added, *after]


def _newline_at(lines: list[str], index: int) -> str:
    for line in [*lines[max(index - 1, 0) : index], *lines[:1]]:
        if line.endswith("\n"):
            return "\r\n" if line.endswith("\r\n") else "\n"
    return "\n"


def _assigned(table: Mapping[str, Any], key: KeyPath, value: Any) -> dict[str, Any]:
    name, rest = key[0], key[1:]
    old = table.get(name)
    if not rest:
        if isinstance(old, Mapping):
            raise _Unsafe("it is a table")
        return {**table, name: value}
    if old is not None and not isinstance(old, Mapping):
        raise _Unsafe(f"{dotted((name,))} is not a table")
    return {**table, name: _assigned(old or {}, rest, value)}


def _comparable(value: Any) -> object:
    """Return a form in which order does not count, NaN equals itself and 1 is neither 1.0 nor true."""
    if isinstance(value, Mapping):
        return {name: _comparable(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_comparable(item) for item in value]
    return (type(value), repr(value))


def _comments(text: str) -> list[str]:
    found = (match.group() for match in _STRING_OR_COMMENT.finditer(text))
    return [token for token in found if token.startswith("#")]


def _write(path: Path, data: bytes, expected: bytes | None) -> None:
    from vtcode.system.atomic import replace_file

    def check() -> os.stat_result | None:
        if read_bytes(path) != expected:
            raise ConfigError(f"{shown(path)}: was changed by someone else meanwhile.", hint="Try again.")
        return None if expected is None else path.stat()

    if is_kept_free(path):
        raise ConfigError(
            f"{shown(path)}: is kept free while a command runs in the background, which must not create it.",
            hint="End that command (/jobs), and try again.",
        )
    ensure_folder(path.parent)
    if expected is not None and not os.access(path, os.W_OK):
        raise ConfigError(f"{shown(path)}: is write-protected.", hint="The file was not changed.")
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        replace_file(path.name, data, folder=folder, check=check)
    except OSError as error:
        raise ConfigError(
            f"{shown(path)}: can't be written: {error.strerror or error}.", hint="The file was not changed."
        ) from error
    finally:
        os.close(folder)
