"""From the text that a model wrote as a call's arguments to checked values.

What is repaired, because there is one reading only: a code fence around the object, trailing commas, raw
newlines in strings, single quotes and Python's literals, escapes that JSON lacks, an object encoded as a
string or wrapped in `{"arguments": ...}`, and what follows the object if it is only closing marks. For tools
that only read, json_repair guesses the rest. For all others a guess could write half a file: their arguments
are refused, and a text that was cut off is called that.
"""

from __future__ import annotations

import ast
import contextlib
import difflib
import io
import itertools
import json
import re
import tokenize
import warnings
from typing import TYPE_CHECKING, Any, Final, cast

from pydantic import ValidationError

from vtcode.errors import BadArguments
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
    "dir": ("path",),
    "directory": ("path",),
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
    "timeout": ("timeout_s",),
    "timeout_secs": ("timeout_s",),
    "timeout_seconds": ("timeout_s",),
}
"""Names that models use for an argument, and what they mean where the tool has no argument of that name."""

_WRAPPERS: Final = ("arguments", "parameters", "args", "input")
_BESIDE_A_WRAPPER: Final = {"name", "type", "tool", "function"}
_MAX_GUESSED_CHARS: Final = 20_000
_PIECE: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+|\s+|"', re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_WORDS: Final = {"True": "true", "False": "false", "None": "null"}
_FENCE: Final = re.compile(r"\s*```[a-zA-Z]*\s*\n(.*?)\n?\s*```\s*", re.DOTALL)
_HARMLESS_TAIL: Final = re.compile(r"(?:[\s}\]`;]|<\|[a-z_]+\|>|</?[a-z_]+>)*")


class _NotAnObject(ValueError):
    """The text is no JSON object, and there is no single reading of it."""


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
    try:
        if isinstance(json.loads(raw, parse_constant=_refuse_constant), dict) and _is_encodable(raw):
            return raw
    except (ValueError, RecursionError):
        pass
    try:
        return _dumped(_certain_object(raw))
    except ValueError:
        return _dumped({_BROKEN: raw})


def _loaded(tool: Tool[Any], raw: str) -> dict[str, Any]:
    """Return the object that the model meant."""
    if not raw.strip():
        return {}  # what is required is then named as missing
    try:
        values = _certain_object(raw)
    except _NotAnObject as problem:
        if not tool.reads_only:
            raise BadArguments(f"{tool.name}: {problem} Nothing was done.") from None
        values = _guessed_object(tool, raw, str(problem))
    if set(values) == {_BROKEN} and isinstance(values[_BROKEN], str):
        return _loaded(tool, values[_BROKEN])
    for wrapper in set(_WRAPPERS) & set(values) - set(tool.arguments.model_fields):
        inner = values[wrapper]
        if isinstance(inner, str) and inner.lstrip().startswith("{"):
            inner = _loaded(tool, inner)
        if isinstance(inner, dict) and set(values) <= {wrapper, *_BESIDE_A_WRAPPER}:
            return inner
    return values


def _certain_object(raw: str) -> dict[str, Any]:
    """Return the one object that `raw` can mean.

    Raises:
        _NotAnObject: With a sentence on what is wrong.
    """
    fenced = _FENCE.fullmatch(raw)
    text = (fenced.group(1) if fenced else raw).strip()
    try:
        value = _decoded_either_way(text)
        if isinstance(value, str) and value.lstrip().startswith("{"):
            value = _decoded_either_way(value)
        if not isinstance(value, dict):
            raise _NotAnObject(f"the arguments must be a JSON object, not {_kind(value)}.")
        if not _is_encodable(json.dumps(value, ensure_ascii=False)):
            raise _NotAnObject("the arguments hold half of a surrogate pair.")
    except RecursionError:
        raise _NotAnObject("the arguments are nested too deeply.") from None
    return cast("dict[str, Any]", value)


def _decoded_either_way(text: str) -> Any:
    try:
        return _decoded(text)
    except _NotAnObject:
        value = _python_literal(text)
        if value is None:
            raise
        return value


def _decoded(text: str) -> Any:
    tidied = _tidied(text)
    try:
        value, end = json.JSONDecoder(strict=False, parse_constant=_refuse_constant).raw_decode(tidied)
    except json.JSONDecodeError as error:
        raise _NotAnObject(
            f"the arguments are not valid JSON ({error.msg}, character {error.pos})."
        ) from None
    except ValueError as error:
        raise _NotAnObject(f"the arguments are not valid JSON ({error}).") from None
    if not _HARMLESS_TAIL.fullmatch(tidied, end):
        raise _NotAnObject("the arguments must be one JSON object; more text follows it.")
    return value


def _tidied(text: str) -> str:
    """Return `text` without trailing commas, with JSON's words and escapes.

    Raises:
        _NotAnObject: It ends inside a string, or before the object is closed.
    """
    pieces: list[str] = []
    depth = 0
    for match in _PIECE.finditer(text):
        piece = match.group()
        if piece == '"':
            raise _NotAnObject("the arguments were cut off: the JSON ends inside a string.")
        if piece.startswith('"'):
            piece = _ESCAPE.sub(_valid_escape, piece)
        elif piece in "{[":
            depth += 1
        elif piece in "}]":
            depth -= 1
            _drop_trailing_comma(pieces)
        pieces.append(_WORDS.get(piece, piece))
    if depth > 0:
        raise _NotAnObject("the arguments were cut off: the JSON object is not closed.")
    return "".join(pieces)


def _drop_trailing_comma(pieces: list[str]) -> None:
    for index in range(len(pieces) - 1, -1, -1):
        if not pieces[index].isspace():
            if pieces[index] == ",":
                del pieces[index]
            return


def _valid_escape(match: re.Match[str]) -> str:
    # `\d` in a regular expression and `\'` in code: the backslash is meant as one.
    escaped = match.group(1)
    return match.group() if len(escaped) > 1 or escaped in '"\\/bfnrt' else f"\\\\{escaped}"


def _python_literal(text: str) -> dict[str, Any] | None:
    """Return the dict that `text` is in Python's spelling, None where it is none that JSON could hold."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about escapes; they are the model's
            value = ast.literal_eval(text)
        if not isinstance(value, dict) or _joins_strings(text):
            return None
        json.dumps(value, allow_nan=False)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    return value


def _joins_strings(text: str) -> bool:
    """Tell whether two strings stand side by side: Python joins them, the model forgot to escape a quote."""
    kinds = [token.type for token in tokenize.generate_tokens(io.StringIO(text).readline)]
    return any(pair == (tokenize.STRING, tokenize.STRING) for pair in itertools.pairwise(kinds))


def _guessed_object(tool: Tool[Any], raw: str, problem: str) -> dict[str, Any]:
    import json_repair

    value: Any = None
    if len(raw) <= _MAX_GUESSED_CHARS:
        with contextlib.suppress(ValueError, RecursionError):
            value = json_repair.loads(raw)
    if not isinstance(value, dict) or not value or not _is_encodable(json.dumps(value, ensure_ascii=False)):
        raise BadArguments(f"{tool.name}: {problem} It takes {_signature(tool.arguments)}.")
    return value


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _dumped(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text if _is_encodable(text) else json.dumps(value, separators=(",", ":"))


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


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
            return f"{shown} {message}, not {_kind(error['input'])}"


def _kind(value: Any) -> str:
    match value:
        case bool() | int() | float():
            return json.dumps(value)
        case str():
            return f'"{revealed(value, keep_newlines=False)[:40]}"'
        case list():
            return "a list"
        case dict():
            return "an object"
        case _:
            return "null"


def _signature(arguments: type[Arguments]) -> str:
    shown = [
        name if field.is_required() else f"{name}?"
        for name, field in arguments.model_fields.items()
        if not (isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("hidden"))
    ]
    return ", ".join(shown)
