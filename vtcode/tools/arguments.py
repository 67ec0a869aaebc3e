"""From the text that a model wrote as a call's arguments to checked values.

What has one reading only is repaired (`vtcode.tools.loose_json`). For tools that only read, json_repair
guesses the rest. For all others a guess could write half a file: their arguments are refused, and a text that
was cut off is called that.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from vtcode.errors import BadArguments
from vtcode.tools.loose_json import (
    NotAnObject,
    certain_object,
    compact_json,
    guessed_object,
    is_strict_object,
    kind_of,
)
from vtcode.visible import revealed

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from vtcode.tools.base import Arguments, ArgumentsT, Tool

_BROKEN: Final = "broken_json"
"""The key under which text that is no JSON object is kept in the history, word for word."""

_ALIASES: Final = {
    "file_path": ("path",),
    "filepath": ("path",),
    "file": ("path",),
    "filename": ("path",),
    "file_name": ("path",),
    "target_path": ("path",),
    "target_file": ("path",),
    "absolute_path": ("path",),
    "relative_path": ("path",),
    "dir": ("path", "cwd"),
    "directory": ("path", "cwd"),
    "dir_path": ("path",),
    "folder": ("path",),
    "offset": ("start_line",),
    "offset_lines": ("start_line",),
    "line_start": ("start_line",),
    "start": ("start_line",),
    "line_end": ("end_line",),
    "end": ("end_line",),
    "max_lines": ("limit",),
    "num_lines": ("limit",),
    "old_text": ("old_str",),
    "old_string": ("old_str",),
    "old": ("old_str",),
    "original": ("old_str",),
    "search": ("old_str", "pattern"),
    "from": ("old_str",),
    "new_text": ("new_str",),
    "new_string": ("new_str",),
    "new": ("new_str",),
    "replacement": ("new_str",),
    "replace": ("new_str",),
    "to": ("new_str",),
    "contents": ("content",),
    "text": ("content", "pattern"),
    "file_content": ("content",),
    "file_text": ("content",),
    "query": ("pattern",),
    "regex": ("pattern",),
    "search_pattern": ("pattern",),
    "name_pattern": ("pattern",),
    "glob": ("pattern",),
    "glob_pattern": ("glob", "pattern"),
    "include": ("glob", "pattern"),
    "file_pattern": ("glob", "pattern"),
    "context": ("context_lines",),
    "fixed_strings": ("literal",),
    "steps": ("plan",),
    "todos": ("plan",),
    "tasks": ("plan",),
    "items": ("plan",),
    "cmd": ("command",),
    "shell_command": ("command",),
    "script": ("command",),
    "timeout": ("timeout_secs",),
    "timeout_s": ("timeout_secs",),
    "timeout_seconds": ("timeout_secs",),
    "working_dir": ("cwd",),
    "working_directory": ("cwd",),
    "workdir": ("cwd",),
}
"""Names that models use for an argument, and what they mean where the tool has no argument of that name."""

_WRAPPERS: Final = ("arguments", "parameters", "args", "input")
_BESIDE_A_WRAPPER: Final = {"name", "type", "tool", "function"}


def parse_arguments(tool: Tool[ArgumentsT], raw: str) -> ArgumentsT:
    """Return the checked arguments of a call; other names for an argument, and numbers as text, are taken.

    Args:
        tool: The tool that is called.
        raw: What the model wrote, or what `canonical_arguments` made of it.

    Raises:
        BadArguments: The message tells the model what is wrong and what is allowed.
    """
    values = _with_known_names(_loaded(tool, raw), tool.arguments)
    try:
        return tool.arguments.model_validate(values)
    except ValidationError as problem:
        faults = "; ".join(_fault(error, tool.arguments) for error in problem.errors(include_url=False)[:4])
        raise BadArguments(f"{tool.name}: {faults}. It takes {_signature(tool.arguments)}.") from None


def canonical_arguments(raw: str) -> str:
    """Return the arguments as they enter the history: always a JSON object.

    Unchanged where `raw` is one already, because the server's cache holds those very bytes. What has no
    single reading is kept word for word in an object that `parse_arguments` recognises.
    """
    if not raw.strip():
        return "{}"
    if is_strict_object(raw):
        return raw
    try:
        return compact_json(certain_object(raw))
    except NotAnObject:
        return compact_json({_BROKEN: raw})


def _loaded(tool: Tool[Any], raw: str) -> dict[str, Any]:
    """Return the object that the model meant."""
    if not raw.strip():
        return {}  # what is required is then named as missing
    try:
        values = certain_object(raw)
    except NotAnObject as problem:
        if not tool.reads_only:
            raise BadArguments(f"{tool.name}: {problem} Nothing was done.") from None
        guess = guessed_object(raw)
        if guess is None:
            raise BadArguments(f"{tool.name}: {problem} It takes {_signature(tool.arguments)}.") from None
        values = guess
    if set(values) == {_BROKEN} and isinstance(values[_BROKEN], str):
        return _loaded(tool, values[_BROKEN])
    wrappers = [key for key in values if key in _WRAPPERS and key not in tool.arguments.model_fields]
    if len(wrappers) != 1 or not set(values) <= {*wrappers, *_BESIDE_A_WRAPPER}:
        return values
    inner = values[wrappers[0]]
    if isinstance(inner, str) and inner.lstrip().startswith("{"):
        return _loaded(tool, inner)
    return inner if isinstance(inner, dict) else values


def _with_known_names(values: dict[str, Any], arguments: type[Arguments]) -> dict[str, Any]:
    """Return the values under the tool's own names, without those that are null."""
    known = arguments.model_fields
    named = {key: value for key, value in values.items() if key in known}
    for key, value in values.items():
        if key in known:
            continue
        plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key.strip()).replace("-", "_").lower()
        meanings = (plain, *_ALIASES.get(plain, ()))
        name = next((name for name in meanings if name in known and name not in named), key)
        named[name] = value
    return {name: value for name, value in named.items() if value is not None}


def _fault(error: ErrorDetails, arguments: type[Arguments]) -> str:
    where = ".".join(str(part) for part in error["loc"])
    shown = revealed(where, keep_newlines=False)[:60]
    match error["type"]:
        case "missing":
            return f"{shown} is missing"
        case "extra_forbidden":
            near = difflib.get_close_matches(where, list(arguments.model_fields), n=1)
            return f"unknown argument {shown}" + (f" (did you mean {near[0]}?)" if near else "")
        case _:
            message = error["msg"].removeprefix("Value error, ").split(", unable")[0]
            message = message.replace("Input should be", "must be")
            return f"{shown} {message}, not {kind_of(error['input'])}"


def _signature(arguments: type[Arguments]) -> str:
    shown = [
        name if field.is_required() else f"{name}?"
        for name, field in arguments.model_fields.items()
        if not (isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("hidden"))
    ]
    return ", ".join(shown)
