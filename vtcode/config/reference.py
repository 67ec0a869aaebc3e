"""The table of keys in docs/configuration.md, made from the schema; `python -m` writes it into a file."""

from __future__ import annotations

import ast
import inspect
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from vtcode.config.keys import ANY_NAME, Key, describe_allowed, dotted, known_keys, toml_text

if TYPE_CHECKING:
    from pydantic import BaseModel

BEGIN = "<!-- keys: made by `python -m vtcode.config.reference docs/configuration.md` -->"
END = "<!-- end of keys -->"


def key_table() -> str:
    """Return a Markdown table with every key, what it takes, its default and its meaning."""
    lines = ["| Key | Takes | Default | Meaning |", "|---|---|---|---|"]
    for key in known_keys():
        cells = (f"`{_shown_path(key)}`", _code(describe_allowed(key)), _default(key), meaning(key))
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


def meaning(key: Key) -> str:
    """Return what a key is for: the docstring of its field, on one line."""
    return _docstrings(key.model)[_field(key)]


def with_key_table(document: str) -> str:
    """Return a document with the table between its two marks made anew.

    Raises:
        ValueError: It lacks the marks.
    """
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"the marks {BEGIN} and {END} are missing")
    return f"{before}{BEGIN}\n\n{key_table()}\n\n{END}{after}"


def _field(key: Key) -> str:
    return next(part for part in reversed(key.path) if part != ANY_NAME)


def _shown_path(key: Key) -> str:
    return ".".join(part if part == ANY_NAME else dotted((part,)) for part in key.path)


def _default(key: Key) -> str:
    if key.path == ("tools", "policies", ANY_NAME):
        return "see below"
    return "not set" if key.default is None else f"`{toml_text(key.default)}`"


def _code(allowed: str) -> str:
    return ", ".join(f"`{one}`" for one in allowed.split(", ")) if allowed.startswith('"') else allowed


@cache
def _docstrings(section: type[BaseModel]) -> dict[str, str]:
    """Return the string under each field of a class of the schema, on one line."""
    found: dict[str, str] = {}
    for node in ast.parse(inspect.getsource(sys.modules[section.__module__])).body:
        if not isinstance(node, ast.ClassDef) or node.name != section.__name__:
            continue
        for field, text in zip(node.body, node.body[1:], strict=False):
            match field, text:
                case (
                    ast.AnnAssign(target=ast.Name(id=name)),
                    ast.Expr(value=ast.Constant(value=str(words))),
                ):
                    found[name] = " ".join(words.split())
    return found


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.write_text(with_key_table(target.read_text(encoding="utf-8")), encoding="utf-8")
