"""JSON objects as models write them: read where there is one reading only, else refused with words. Pure.

Repaired are a code fence around the object, trailing commas, raw newlines in strings, single quotes and
Python's literals, escapes that JSON lacks, an object encoded as a string, and closing marks after the object.
"""

from __future__ import annotations

import ast
import io
import itertools
import json
import re
import tokenize
import warnings
from typing import Any, Final, cast

from vtcode.visible import revealed

_MAX_GUESSED_CHARS: Final = 20_000
_PIECE: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+|\s+|"', re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_WORDS: Final = {"True": "true", "False": "false", "None": "null"}
_FENCE: Final = re.compile(r"\s*```[a-zA-Z]*\s*\n(.*?)\n?\s*```\s*", re.DOTALL)
_HARMLESS_TAIL: Final = re.compile(r"(?:[\s}\]`;]|<\|[a-z_]+\|>|</?[a-z_]+>)*")


class NotAnObject(ValueError):
    """The text is no JSON object, and there is no single reading of it."""


def is_strict_object(raw: str) -> bool:
    """Tell whether `raw` is a JSON object that every parser takes."""
    try:
        value = json.loads(raw, parse_constant=_refuse_constant)
        _require_storable(value)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict)


def compact_json(value: dict[str, Any]) -> str:
    """Return an object as JSON, without blanks; half surrogate pairs become question marks."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode(errors="replace").decode()


def certain_object(raw: str) -> dict[str, Any]:
    """Return the one object that `raw` can mean.

    Raises:
        NotAnObject: With a sentence on what is wrong.
    """
    fenced = _FENCE.fullmatch(raw)
    text = (fenced.group(1) if fenced else raw).strip()
    try:
        value = _decoded_either_way(text)
        if isinstance(value, str) and value.lstrip().startswith("{"):
            value = _decoded_either_way(value)
        if not isinstance(value, dict):
            raise NotAnObject(f"the arguments must be a JSON object, not {kind_of(value)}.")
        _require_storable(value)
    except RecursionError:
        raise NotAnObject("the arguments are nested too deeply.") from None
    return cast("dict[str, Any]", value)


def guessed_object(raw: str) -> dict[str, Any] | None:
    """Return the object that `raw` probably means; None where it is no guess worth making.

    For calls that change nothing only: a text that was cut off comes back as if it were whole.
    """
    import json_repair

    if len(raw) > _MAX_GUESSED_CHARS:
        return None
    try:
        value = json_repair.loads(raw)
        _require_storable(value)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and value else None


def _decoded_either_way(text: str) -> Any:
    try:
        return _decoded(text)
    except NotAnObject:
        value = _python_literal(text)
        if value is None:
            raise
        return value


def _decoded(text: str) -> Any:
    tidied = _tidied(text)
    try:
        value, end = json.JSONDecoder(strict=False, parse_constant=_refuse_constant).raw_decode(tidied)
    except json.JSONDecodeError as error:
        raise NotAnObject(f"the arguments are not valid JSON ({error.msg}, character {error.pos}).") from None
    except ValueError as error:
        raise NotAnObject(f"the arguments are not valid JSON ({error}).") from None
    if not _HARMLESS_TAIL.fullmatch(tidied, end):
        raise NotAnObject("the arguments must be one JSON object; more text follows it.")
    return value


def _tidied(text: str) -> str:
    """Return `text` without trailing commas, with JSON's words and escapes.

    Raises:
        NotAnObject: It ends inside a string, or before the object is closed.
    """
    pieces: list[str] = []
    depth = 0
    for match in _PIECE.finditer(text):
        piece = match.group()
        if piece == '"':
            raise NotAnObject(
                "the arguments were cut off: the JSON ends inside a string. Send less text in one call."
            )
        if piece.startswith('"'):
            piece = _ESCAPE.sub(_valid_escape, piece)
        elif piece in "{[":
            depth += 1
        elif piece in "}]":
            depth -= 1
            _drop_trailing_comma(pieces)
        pieces.append(_WORDS.get(piece, piece))
    if depth > 0:
        raise NotAnObject(
            "the arguments were cut off: the JSON object is not closed. Send less text in one call."
        )
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
        return cast("dict[str, Any]", json.loads(json.dumps(value)))  # with JSON's kinds of values and keys
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError, tokenize.TokenError):
        return None


def _joins_strings(text: str) -> bool:
    """Tell whether two strings stand side by side: Python joins them, the model forgot to escape a quote."""
    between = (tokenize.NL, tokenize.COMMENT)
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    kinds = [token.type for token in tokens if token.type not in between]
    return any(pair == (tokenize.STRING, tokenize.STRING) for pair in itertools.pairwise(kinds))


def _require_storable(value: Any) -> None:
    """Refuse what JSON has no way to write.

    Raises:
        NotAnObject: There is a number without bounds, or half of a surrogate pair.
    """
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        raise NotAnObject("the arguments hold a number or a character that JSON does not have.") from None


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def kind_of(value: Any) -> str:
    """Return a value in a few words, for a sentence on what is wrong with it."""
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
