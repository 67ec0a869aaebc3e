r"""Where an edit's old text is in a file, and the file's text after the edit. Pure.

Models copy text almost exactly. What they wrote is tried in this order, and the first that is found decides;
if it is found more than once (and not all are to be replaced) the edit fails, because everything later in
the order would find at least as much:

1. exactly;
2. with typographic quotes, dashes and no-break spaces read as plain ones;
3. whole lines, blank lines around them aside;
4. whole lines, blanks at their ends aside;
5. whole lines, their indentation aside: the replacement is indented as the file is;
6. whole lines, all blanks aside.

If nothing is found, the same again with line numbers (`12: `, `12|`, `12→`, `12` and a tab) taken off the old
and the new text; then with `·` and `→` read as a space and a tab (as `vtcode.tools.mismatch` shows them);
then with escapes (`\n`, `\t`, `\"`) undone. In all but the first case, lines that the edit leaves as they
are stay as they are in the file, to the byte.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

from vtcode.system.alignment import matching_blocks
from vtcode.tools.indentation import Reindent, reindent_like

_PLAIN_PUNCTUATION: Final = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u200a\u202f\u3000", " "),
    }
)
"""One character for one, so that positions stay."""
_LINE_NUMBER: Final = re.compile(r"[ \t]*(\d+)(?:: ?| ?\| ?|→|\t)")
_ESCAPE: Final = re.compile(r"\\([nt\"'\\])")
_ESCAPED: Final = {"n": "\n", "t": "\t"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What came of looking for the old text."""

    places: tuple[int, ...]
    """The offset of each match; empty: not found. Several where one was wanted: nothing was done."""
    text: str
    """The text after the edit; as it was where nothing is done."""
    tolerance: str = ""
    """What had to be overlooked, in words; empty: nothing."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to understand the call."""

    note: str
    old: str
    new: str
    whole_lines: bool = False


@dataclass(frozen=True, slots=True)
class _Change:
    """A part of the text, and what comes in its place."""

    start: int
    end: int
    new: str


_Attempt: TypeAlias = Callable[[str, _Reading], list[_Change]]


def replace(text: str, old: str, new: str, *, replace_all: bool = False) -> Edit:
    """Return the edit that replaces `old` by `new` in `text`; `old` must not be empty."""
    for note, reading, attempt in _attempts(old, new):
        changes = attempt(text, reading)
        if not changes:
            continue
        places = tuple(change.start for change in changes)
        if len(changes) > 1 and not replace_all:
            return Edit(places=places, text=text)
        return Edit(places=places, text=_changed(text, changes), tolerance=note)
    return Edit(places=(), text=text)


def _changed(text: str, changes: list[_Change]) -> str:
    pieces: list[str] = []
    position = 0
    for change in changes:
        pieces += (text[position : change.start], change.new)
        position = change.end
    return "".join(pieces) + text[position:]


def _attempts(old: str, new: str) -> Iterator[tuple[str, _Reading, _Attempt]]:
    for reading in _readings(old, new):
        for note, attempt in _BY_LINES if reading.whole_lines else (*_ANYWHERE, *_BY_LINES):
            yield ", ".join(filter(None, (reading.note, note))), reading, attempt


def _readings(old: str, new: str) -> Iterator[_Reading]:
    yield _Reading("", old, new)
    unnumbered = _without_line_numbers(old)
    if unnumbered:
        yield _Reading("line numbers", unnumbered, _without_line_numbers(new) or new, whole_lines=True)
    if "·" in old or "→" in old:
        yield _Reading("visible blanks", _unmarked(old), _unmarked(new))
    if _ESCAPE.search(old):
        yield _Reading("escapes", _unescaped(old), _unescaped(new))


def _without_line_numbers(text: str) -> str:
    """Return the text without the line numbers before its lines; empty where not all have rising ones."""
    lines = text.split("\n")
    matches = [_LINE_NUMBER.match(line) for line in lines]
    numbers = [int(match.group(1)) for match in matches if match]
    unnumbered = [line for line, match in zip(lines, matches, strict=True) if not match and line.strip()]
    if unnumbered or any(later <= earlier for earlier, later in itertools.pairwise(numbers)):
        return ""
    return "\n".join(
        line[match.end() :] if match else line for line, match in zip(lines, matches, strict=True)
    )


def _unmarked(text: str) -> str:
    return text.replace("·", " ").replace("→", "\t")


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda match: _ESCAPED.get(match.group(1), match.group(1)), text)


def _exact(text: str, reading: _Reading) -> list[_Change]:
    size = len(reading.old)
    return [_Change(start, start + size, reading.new) for start in _occurrences(text, reading.old)]


def _plain_punctuation(text: str, reading: _Reading) -> list[_Change]:
    size = len(reading.old)
    starts = _occurrences(text.translate(_PLAIN_PUNCTUATION), reading.old.translate(_PLAIN_PUNCTUATION))
    old, new = reading.old.split("\n"), reading.new.split("\n")
    return [
        _Change(
            start, start + size, "\n".join(_fitted(text[start : start + size].split("\n"), old, new, str))
        )
        for start in starts
    ]


def _occurrences(text: str, part: str) -> Iterator[int]:
    start = text.find(part)
    while part and start >= 0:
        yield start
        start = text.find(part, start + len(part))


def _by_lines(text: str, reading: _Reading, *, key: Callable[[str], str]) -> list[_Change]:
    """Return the changes for every run of whole lines whose keys are those of the old lines."""
    old, new = _without_blank_edges(reading)
    lines = text.split("\n")
    keys, wanted = [key(line) for line in lines], [key(line) for line in old]
    starts = [0, *itertools.accumulate(len(line) + 1 for line in lines)]
    changes: list[_Change] = []
    free_from = 0
    for index, first in enumerate(keys):
        last = index + len(old)
        if not wanted or index < free_from or first != wanted[0] or keys[index:last] != wanted:
            continue
        actual = lines[index:last]
        fitted = _fitted(actual, old, new, reindent_like(old, actual))
        # The newline after the last line stays, unless no line is left that it could end.
        end = starts[last] - 1 if fitted else min(starts[last], len(text))
        changes.append(_Change(starts[index], end, "\n".join(fitted)))
        free_from = last
    return changes


def _without_blank_edges(reading: _Reading) -> tuple[list[str], list[str]]:
    """Return the old and the new lines, without the blank lines that the old ones begin and end with."""
    old, new = reading.old.split("\n"), reading.new.split("\n") if reading.new else []
    while old and not old[0].strip():
        del old[0]
        if new and not new[0].strip():
            del new[0]
    while old and not old[-1].strip():
        del old[-1]
        if new and not new[-1].strip():
            del new[-1]
    return old, new


def _fitted(actual: Sequence[str], old: Sequence[str], new: Sequence[str], reindent: Reindent) -> list[str]:
    """Return the new lines as they belong into the file: those that were there before stay as they are."""
    fitted: list[str] = []
    for start_old, start_new, size in matching_blocks(old, new):
        fitted += [reindent(line) for line in new[len(fitted) : start_new]]
        fitted += actual[start_old : start_old + size]
    return fitted


def _trailing_blanks_aside(line: str) -> str:
    return line.translate(_PLAIN_PUNCTUATION).rstrip()


def _indentation_aside(line: str) -> str:
    return line.translate(_PLAIN_PUNCTUATION).strip()


def _all_blanks_aside(line: str) -> str:
    return "".join(line.translate(_PLAIN_PUNCTUATION).split())


_ANYWHERE: Final[tuple[tuple[str, _Attempt], ...]] = (
    ("", _exact),
    ("quotes and dashes", _plain_punctuation),
)
_BY_LINES: Final[tuple[tuple[str, _Attempt], ...]] = (
    ("", partial(_by_lines, key=str)),
    ("trailing blanks", partial(_by_lines, key=_trailing_blanks_aside)),
    ("indentation", partial(_by_lines, key=_indentation_aside)),
    ("blanks", partial(_by_lines, key=_all_blanks_aside)),
)
