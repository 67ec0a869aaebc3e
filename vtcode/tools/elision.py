"""Comments that stand for code which the model left out (`// ... rest of the code`). Pure.

Written as they are they would delete what they stand for. A bare `...` is not one: Python has it.
"""

from __future__ import annotations

import re
from typing import Final

_COMMENT: Final = re.compile(
    r"^\s*(?://+|#+|--|;+|%|/\*+|<!--|\{/\*|\(\*|\*|\"\"\")\s*(?P<words>.*?)\s*(?:\*/\}?|-->|\*\)|\"\"\")?\s*$"
)
_THINGS: Final = r"(?:code|file|class|contents?|imports|logic|implementation|methods?|functions?|module|body)"
_ELIDED: Final = re.compile(
    r"(?:\.{3}|…) ?.{0,40}\b(?:rest|remain\w*|existing|unchanged|previous|omitted|other|same|code|methods?|"
    r"functions?|implementation|here|above|before)\b.*"
    rf"|(?:the )?(?:rest|remainder) of (?:the |this |your )?(?:\w+ )?{_THINGS}\b.{{0,30}}"
    rf"|(?:the )?(?:existing|previous|remaining|other) (?:\w+ )?{_THINGS}"
    r"(?: (?:here|unchanged|remains?|stays?|goes here|as before|omitted|the same|is|are))*",
    re.IGNORECASE,
)
_MAX_WORDS_CHARS: Final = 120


def elided_line(new: str, before: str) -> str:
    """Return the first line of `new` that stands for left-out code and is not in `before`; empty: none."""
    known = {line.strip() for line in before.split("\n")}
    return next(
        (line.strip() for line in new.split("\n") if line.strip() not in known and _is_elision(line)), ""
    )


def _is_elision(line: str) -> bool:
    comment = _COMMENT.match(line)
    words = comment.group("words").strip("()[]<> ").rstrip(".… ") if comment else ""
    return len(words) <= _MAX_WORDS_CHARS and _ELIDED.fullmatch(words) is not None
