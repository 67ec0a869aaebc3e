"""Source code coloured: Pygments' tokens as a handful of our style names."""

from __future__ import annotations

import functools
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from vtcode.frontends.tui.rendering.lines import Line, Span, chop

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pygments.lexer import Lexer

MAX_COLOURED_CHARS = 20_000
"""Longer pieces stay plain: colours are not worth a frame."""
MAX_COLOURED_LINE = 1_000
"""Minified code in one line is what makes lexers slow."""
TAB_SIZE = 4

_LANGUAGES = {
    "cc": "cpp",
    "cjs": "js",
    "h": "c",
    "hpp": "cpp",
    "kt": "kotlin",
    "mjs": "js",
    "svg": "xml",
    "txt": "",
}
"""By the ends of files' names that are no names of languages."""
_STYLES = {
    "Keyword.Constant": "code-number",
    "Keyword.Type": "code-type",
    "Keyword": "code-keyword",
    "Operator.Word": "code-keyword",
    "Name.Function": "code-name",
    "Name.Class": "code-type",
    "Name.Builtin": "code-type",
    "Name.Decorator": "code-name",
    "Name.Tag": "code-keyword",
    "Name.Attribute": "code-name",
    "Literal.String": "code-string",
    "Literal.Number": "code-number",
    "Comment": "code-comment",
    "Generic.Deleted": "diff-removed",
    "Generic.Inserted": "diff-added",
    "Generic.Heading": "code-keyword",
    "Generic.Subheading": "code-name",
}


def code_lines(code: str, language: str, width: int) -> list[Line]:
    """Return code in colours, cut at `width`; plain where the language is unknown or the code too long.

    Args:
        code: Already made plain, without its last line break.
        language: A fence's first word; empty where there is none.
        width: Cells.
    """
    lines: list[Line] = []
    for spans in highlighted(code, language):
        for number, row in enumerate(chop(spans, width)):
            lines.append(Line(tuple(row), "" if number else None))
    return lines


def language_of(path: str) -> str:
    """Return what a file is written in, by the end of its name; a guess, and empty where there is none."""
    suffix = PurePosixPath(path).suffix[1:].lower()
    return _LANGUAGES.get(suffix, suffix)


@functools.lru_cache(maxsize=64)
def highlighted(code: str, language: str) -> tuple[tuple[Span, ...], ...]:
    """Return the spans of each line of `code`, blanks for tabs."""
    code = code.expandtabs(TAB_SIZE)
    plain = tuple(((line, "code-block"),) if line else () for line in code.split("\n"))
    too_long = len(code) > MAX_COLOURED_CHARS or any(
        len(text) > MAX_COLOURED_LINE for line in plain for text, _ in line
    )
    lexer = None if too_long else _lexer(language)
    if lexer is None:
        return plain
    # Some lexers know a line by its end only; what stands behind the last end is no line.
    coloured = tuple(tuple(line) for line in _split_lines(_tokens(lexer, f"{code}\n"))[:-1])
    same = ["".join(text for text, _ in line) for line in coloured] == code.split("\n")
    return coloured if same else plain


def _tokens(lexer: Lexer, code: str) -> Iterator[Span]:
    for _, kind, text in lexer.get_tokens_unprocessed(code):
        yield text, _style_of(str(kind)[len("Token.") :])


def _split_lines(spans: Iterable[Span]) -> list[list[Span]]:
    """Return the spans of each line; blanks join the span before them, so that there are fewer to draw."""
    lines: list[list[Span]] = [[]]
    for text, style in spans:
        for number, part in enumerate(text.split("\n")):
            if number:
                lines.append([])
            if part:
                _add(lines[-1], part, style)
    return lines


def _add(line: list[Span], text: str, style: str) -> None:
    if line and (style == line[-1][1] or text.isspace()):
        line[-1] = (line[-1][0] + text, line[-1][1])
    else:
        line.append((text, style))


@functools.cache
def _style_of(kind: str) -> str:
    while kind:
        if kind in _STYLES:
            return f"code-block {_STYLES[kind]}"
        kind = kind.rpartition(".")[0]
    return "code-block"


@functools.lru_cache(maxsize=32)
def _lexer(language: str) -> Lexer | None:
    if not language:
        return None
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(language)
    except ClassNotFound:
        return None
