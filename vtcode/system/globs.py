"""Glob patterns for paths, as ripgrep reads them. Pure."""

from __future__ import annotations

import re
from typing import Final

_PART: Final = re.compile(r"\*\*/|/\*\*$|\*\*|\*|\?|\[!?[^\]/]+\]|[{},]|.", re.DOTALL)


def glob_regex(pattern: str) -> str:
    """Return a regular expression for whole relative paths with slashes.

    `*` and `?` stay within one folder, `**` crosses folders, `{a,b}` is either. A pattern without a slash is
    for names in any folder.
    """
    pattern = pattern.removeprefix("./").lstrip("/") if "/" in pattern else f"**/{pattern}"
    balanced = pattern.count("{") == pattern.count("}")
    depth = 0
    pieces: list[str] = []
    for part in _PART.findall(pattern):
        if balanced and part in "{}":
            depth += 1 if part == "{" else -1
        pieces.append(_translated(part, in_braces=depth > 0, braces=balanced))
    return "".join(pieces)


def _translated(part: str, *, in_braces: bool, braces: bool) -> str:
    match part:
        case "**/":
            return "(?:.*/)?"
        case "/**":
            return "/.*"
        case "**":
            return ".*"
        case "*":
            return "[^/]*"
        case "?":
            return "[^/]"
        case "{" | "}" if braces:
            return "(?:" if part == "{" else ")"
        case "," if in_braces:
            return "|"
        case _ if part.startswith("[") and len(part) > 1:
            return "[" + part[1:-1].replace("\\", r"\\").replace("!", "^", part[1] == "!") + "]"
        case _:
            return re.escape(part)
