"""Which closed path an action names: `[paths] deny`. Pure.

A word that is a closed path denies its line, and so does one in the text that a shell is given. What only may
name one, as a part of another word does, has it asked: a commit's message may say the same.
"""

from __future__ import annotations

import posixpath
import re
from itertools import pairwise
from typing import TYPE_CHECKING

from vtcode.policy.inner_commands import SHELL_QUOTES, shell_texts, shell_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from vtcode.actions import ReadAction, WriteAction
    from vtcode.policy.shell import ParsedCommand
    from vtcode.system.denied import DeniedPaths
    from vtcode.system.facts import Facts, PartFacts

_WITHIN_WORDS = re.compile(r"[=:,@()]+")
_WITHIN_TEXT = re.compile(r"[\s;|&<>(){}$`=:,@\[\]+?#!%*^]+")
_WITHIN_CODE = re.compile(rf"(?:{_WITHIN_TEXT.pattern}|['\"\\])+")
_UNCLEAR = re.compile(r"[$`*?{]|\[\S|~(?!/)|\b(?:cd|pushd|popd|eval|source)\b")
"""In shell text: what it names, or where from, is seen only when it runs."""
_GOES_TO = frozenset({"-C", "--chdir", "--cwd", "--directory", "--prefix"})
"""Options of many programs, before the folder that they go to."""
_MAX_BASES = 16


def rule_for_file(action: ReadAction | WriteAction, denied: DeniedPaths, facts: Facts) -> str:
    """Name the rule that closes the file or folder of a call; empty: none."""
    paths = (_absolute(action.path, facts.workspace, denied.home), facts.path)
    return next((rule for path in paths if path and (rule := denied.rule_for(path, facts.roots))), "")


def rule_for_line(parsed: ParsedCommand, cwd: str, denied: DeniedPaths, facts: Facts) -> str:
    """Name the rule that closes a path which a line names; empty: none.

    A line of which it can't be told what it names, or where it would run, names every word that stands in it.
    """
    if not denied.patterns:
        return ""
    paths = [_absolute(cwd, facts.workspace, denied.home)]
    if parsed.is_exact and all(part.folder for part in facts.parts):
        paths += [path for part in facts.parts for path in _paths_of(part, denied)]
        for part, known in zip(parsed.parts, facts.parts, strict=False):
            words = (word for text in shell_texts(part.words) for word in shell_words(text))
            paths += [_absolute(word, known.folder or "/", denied.home) for word in words]
    else:
        paths += [_absolute(word, cwd, denied.home) for word in shell_words(parsed.line)]
    return next((rule for path in paths if (rule := denied.rule_for(path, facts.roots))), "")


def rule_for_piece(
    parsed: ParsedCommand, denied: DeniedPaths, facts: Facts, objections: Sequence[str]
) -> str:
    """Name the rule that closes what a part of a word names: `--output=secrets/a`, `HEAD:secrets/a`.

    Where it can't be told where a part would run, or what a shell makes of its text, any rule may.

    Args:
        parsed: The line.
        denied: What is closed.
        facts: What is known about its parts.
        objections: For each part, what speaks against its only reading; empty: nothing, so that its paths are
            known, and its other words are texts.
    """
    if not denied.patterns or not parsed.is_exact:
        return ""
    feeds_on = any(
        part.joined_by == "|" and said for part, said in zip(parsed.parts, objections, strict=True)
    )
    for part, known, said in zip(parsed.parts, facts.parts, objections, strict=False):
        if known.folder is None or (said and any(map(_UNCLEAR.search, shell_texts(part.words)))):
            return "paths.deny"
        bases = _bases(part.words, known, facts)
        if len(bases) > _MAX_BASES:
            return "paths.deny"
        divided = _text_pieces if said or feeds_on else _pieces
        pieces = dict.fromkeys(piece for word in part.words for piece in divided(word))
        for path in _meant(pieces, bases, denied.home):
            if rule := denied.rule_for(path, facts.roots):
                return rule
    return ""


def _paths_of(part: PartFacts, denied: DeniedPaths) -> Iterator[str]:
    """Yield the paths that a part names, as written and with links followed."""
    folder = part.folder or "/"
    yield folder
    for word, real in part.paths.items():
        yield real
        yield _absolute(word, folder, denied.home)


def _pieces(word: str) -> Iterator[str]:
    pieces = _WITHIN_WORDS.split(word)
    yield from pieces[1:]
    if word.startswith("-") and len(word) > 2:
        yield pieces[0][2:]
    elif len(pieces) > 1:
        yield pieces[0]


def _text_pieces(word: str) -> Iterator[str]:
    """Yield what a word names that may be shell text or code: quotes are nothing there, or ends."""
    for piece in (*_WITHIN_TEXT.split(SHELL_QUOTES.sub("", word)), *_WITHIN_CODE.split(word)):
        yield piece
        if piece.startswith("-"):
            yield piece[2:]


def _bases(words: tuple[str, ...], known: PartFacts, facts: Facts) -> tuple[str, ...]:
    """Return the folders that a part of a word may be meant from: git takes many from the top."""
    folder = known.folder or "/"
    gone_to = (posixpath.join(folder, name) for option, name in pairwise(words) if option in _GOES_TO)
    return tuple(dict.fromkeys((folder, *facts.roots, known.git_top or folder, *gone_to)))


def _meant(pieces: Iterable[str], bases: Sequence[str], home: str) -> Iterator[str]:
    for piece in pieces:
        if piece:
            yield _absolute(piece, bases[0], home)
            yield from (_absolute(piece.lstrip("/"), base, home) for base in bases)


def _absolute(path: str, folder: str, home: str) -> str:
    if home and path.startswith("~/"):
        path = home + path[1:]
    return posixpath.normpath(posixpath.join(folder, path))
