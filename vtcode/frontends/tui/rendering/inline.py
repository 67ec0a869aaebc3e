"""Markdown inside a paragraph: emphasis, code, links and breaks as rows of spans."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vtcode.visible import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

    from vtcode.frontends.tui.rendering.lines import Span

_WEB_ADDRESS = re.compile(r"https?://[!-~]{1,2000}", re.IGNORECASE)
_NAMES = {"strong": "strong", "em": "emphasis", "s": "strike", "link": "link"}
_OPENING = {f"{tag}_open": style for tag, style in _NAMES.items()}
_CLOSING = {f"{tag}_close" for tag in _NAMES}


def inline_rows(tokens: Sequence[Token], style: str) -> list[list[Span]]:
    """Return the rows of an inline token's children: one, and one more after each break.

    A single line break counts as one: models that want one line write one line.
    """
    rows: list[list[Span]] = [[]]
    styles = [style]
    links: list[tuple[str, int, int]] = []
    for token in tokens:
        kind = token.type
        if kind in _OPENING:
            styles.append(f"{styles[-1]} {_OPENING[kind]}")
            if kind == "link_open":
                href = str(token.attrs.get("href", ""))
                links.append((href, len(rows) - 1, len(rows[-1])))
                styles[-1] += _target(href)
        elif kind in _CLOSING:
            styles.pop()
            if kind == "link_close":
                rows[-1] += _address(rows, links.pop(), styles[-1])
        elif kind in {"softbreak", "hardbreak"}:
            rows.append([])
        else:
            rows[-1] += _leaf(token, styles[-1])
    return rows


def inline_row(tokens: Sequence[Token], style: str) -> list[Span]:
    """Return the same as a single row: breaks become blanks."""
    first, *others = inline_rows(tokens, style)
    for row in others:
        first += [(" ", style), *row]
    return first


def _leaf(token: Token, style: str) -> list[Span]:
    if token.type == "image":
        source = plain(str(token.attrs.get("src", "")))
        return [(f"[image: {_unbroken(token.content)}]", style), (f" ({source})", f"{style} link-url")]
    text = _unbroken(token.content)
    if not text:
        return []
    return [(text, f"{style} code" if token.type == "code_inline" else style)]


def _address(rows: list[list[Span]], link: tuple[str, int, int], style: str) -> list[Span]:
    """Return where a link leads, unless that is what its text says."""
    href, row, start = link
    label = "".join(text for text, _ in rows[row][start:]) if row == len(rows) - 1 else ""
    address = plain(href)
    if not address or label.rstrip("/") in {
        address.rstrip("/"),
        address.removeprefix("mailto:"),
        address.partition("://")[2].rstrip("/"),
    }:
        return []
    return [(f" ({address})", f"{style} link-url{_target(href)}")]


def _target(href: str) -> str:
    """Return the style name that makes text a link for the terminal: for the web's addresses alone.

    An address stands beside its text, or is its text: what is clicked is what is seen. One with anything but
    visible ASCII in it is not handed to the terminal.
    """
    return f" href:{href}" if _WEB_ADDRESS.fullmatch(href) else ""


def _unbroken(text: str) -> str:
    """Return decoded text (entities can spell any character) as it may be shown."""
    return plain(text).replace("\n", " ").replace("\t", " ")
