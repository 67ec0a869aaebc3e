"""Arguments as models write them: JSON, Python literals, bare strings that a schema types.

Nothing is repaired: what has no plain reading raises `Broken`.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from typing import Any, NoReturn

from vtcode.providers.tool_modes.rescue.outcomes import Broken

_CONSTANTS = {"true": True, "false": False, "null": None}
"""JSON's words where Python is written."""
_STRINGS = re.compile(
    r"""\"{3}(?:[^\\]|\\.)*?\"{3}|'{3}(?:[^\\]|\\.)*?'{3}|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'""", re.S
)


def parsed(text: str) -> Any:
    """Return the value of a JSON text, or of a Python literal; strings may hold bare newlines.

    Raises:
        Broken: It is neither, or its numbers are none of JSON.
    """
    try:
        value = json.loads(text, strict=False, parse_constant=_refuse)
    except (ValueError, RecursionError):
        value = literal(_expression(text))
    return checked(value)


def checked(value: Any) -> Any:
    """Return a value that can be written as JSON, with halves of characters replaced.

    Raises:
        Broken: It can't: infinite numbers.
    """
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False)
        encoded = text.encode("utf-8", "replace")
    except (ValueError, TypeError, RecursionError) as error:
        raise Broken from error
    return value if encoded.decode() == text else json.loads(encoded)


def call_nodes(text: str) -> list[tuple[str, list[ast.expr], list[ast.keyword]]]:
    """Return the calls of `f(a="b")` or `[f(a="b"), g()]`: dotted name, positional and named arguments.

    Raises:
        Broken: It is not Python, or holds anything but calls.
    """
    root = _expression(text)
    nodes = root.elts if isinstance(root, ast.List | ast.Tuple) else [root]
    calls = []
    for node in nodes:
        if not isinstance(node, ast.Call):
            raise Broken
        calls.append((_dotted(node.func), node.args, node.keywords))
    return calls


def literal(node: ast.expr) -> Any:
    """Return the value of a Python literal, with JSON's words allowed.

    Raises:
        Broken: It is no literal of JSON's types.
    """
    match node:
        case ast.Constant(value=str() | bool() | int() | float() | None as value):
            return value
        case ast.Name(id=name) if name in _CONSTANTS:
            return _CONSTANTS[name]
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [literal(item) for item in items]
        case ast.Dict(keys=keys, values=values):
            return {_key(key): literal(value) for key, value in zip(keys, values, strict=True)}
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return -number
        case _:
            raise Broken


def typed(text: str, schema: object) -> Any:
    """Return what a bare string means for a parameter with this schema; the string itself where in doubt."""
    types = _types_of(schema)
    if types == {"string"}:
        return text
    if "null" in types and text.strip().lower() in ("null", "none"):
        return None
    if "boolean" in types and text.strip().lower() in ("true", "false"):
        return text.strip().lower() == "true"
    try:
        value = parsed(text.strip())
    except Broken:
        return text
    if isinstance(value, float) and value.is_integer() and "integer" in types and "number" not in types:
        value = int(value)
    return value if _type_of(value) in _widened(types) else text


def _types_of(schema: object) -> set[str]:
    """Return the JSON types that a schema allows; empty where it does not say."""
    if not isinstance(schema, dict):
        return {"string"}
    declared = schema.get("type")
    types = {declared} if isinstance(declared, str) else set(declared or ())
    for key in ("anyOf", "oneOf"):
        types = types.union(*(_types_of(option) for option in schema.get(key) or ()))
    if not types:
        samples = [*(schema.get("enum") or ()), *([schema["const"]] if "const" in schema else ())]
        types = {_type_of(sample) for sample in samples}
    return types


def _widened(types: set[str]) -> set[str]:
    if not types:
        return {"object", "array", "number", "integer", "boolean", "null"}
    return types | {"integer"} if "number" in types else types


def _type_of(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def _expression(text: str) -> ast.expr:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd escapes in a model's strings are no concern of ours
            return ast.parse(_STRINGS.sub(_on_one_line, text), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Broken from error


def _on_one_line(string: re.Match[str]) -> str:
    return string.group().replace("\r", "\\r").replace("\n", "\\n")


def _dotted(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name):
            return f"{_dotted(value)}.{name}"
        case _:
            raise Broken


def _key(node: ast.expr | None) -> str:
    match node:
        case ast.Constant(value=str() as key):
            return key
        case _:
            raise Broken


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")
