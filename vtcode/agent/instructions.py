"""AGENTS.md: what the user and the project want of every agent, as it stands in the system prompt. Pure.

Local models have small windows: all files together get a tenth of it. What is cut says so, to the model where
it reads and to the user in words.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vtcode.providers.estimates import most_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vtcode.messages import InstructionFile

FILE_NAME = "AGENTS.md"
_SHARE = 10
"""All files together get at most this part of the window."""
_BEGINNING = re.compile(r"\nThe (?:user|project) wants \(")
_CUT = "\n[cut: the rest does not fit]"
_UNKNOWN_WINDOW_TOKENS = 8_192
"""What is assumed of a window that nobody tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instructions:
    """What became of the files."""

    text: str
    """For the end of the system prompt; empty: there are none."""
    files: tuple[str, ...]
    """Which count, in words for a person: `AGENTS.md`, `AGENTS.md (the first 2,000 of 9,000 characters)`."""
    is_cut: bool


NO_INSTRUCTIONS = Instructions(text="", files=(), is_cut=False)


def fitted_instructions(files: Sequence[InstructionFile], window_tokens: int | None) -> Instructions:
    """Return the files as the model reads them, in their order, cut to their share of the window.

    Files that are short stay whole, so that a long one is cut first.
    """
    left = float(share_tokens(window_tokens or _UNKNOWN_WINDOW_TOKENS))
    lengths: dict[str, int] = {}
    for taken, file in enumerate(sorted(files, key=lambda file: most_tokens(file.text))):
        lengths[file.path] = _fitting_length(file, left / (len(files) - taken))
        left -= most_tokens(_shown(file, lengths[file.path]))
    return Instructions(
        text="".join(_shown(file, lengths[file.path]) for file in files),
        files=tuple(_words(file, lengths[file.path]) for file in files),
        is_cut=any(lengths[file.path] < len(file.text) for file in files),
    )


def share_tokens(window_tokens: int) -> int:
    """Return what all files together get of a window, at most."""
    return window_tokens // _SHARE


def instructions_in(system_prompt: str) -> str:
    """Return the files at the end of a system prompt, as the model reads them; empty: there are none."""
    found = _BEGINNING.search(system_prompt)
    return system_prompt[found.start() :] if found else ""


def _fitting_length(file: InstructionFile, tokens: float) -> int:
    """Return how many characters of a file fit, with what stands around them, into so many tokens."""
    whole = len(file.text)
    if most_tokens(_shown(file, whole)) <= tokens:
        return whole
    too_many = bisect_right(range(whole), tokens, key=lambda length: most_tokens(_shown(file, length)))
    return max(0, too_many - 1)


def _shown(file: InstructionFile, length: int) -> str:
    """Return a file's beginning as the model reads it."""
    whose = "The user" if file.is_users else "The project"
    note = _CUT if length < len(file.text) else ""
    return f"\n{whose} wants ({file.path}):\n{file.text[:length]}{note}\n"


def _words(file: InstructionFile, length: int) -> str:
    if length == len(file.text):
        return file.path
    return f"{file.path} (the first {length:,} of {len(file.text):,} characters)"
