"""Guesses at tokens, where nobody counts them for us."""

from __future__ import annotations

CHARACTERS_PER_TOKEN = 3.6
"""For estimates only (English and code, over common tokenizers); always shown with `~`."""


def estimated_tokens(characters: int) -> int:
    """Return a guess at the tokens of so many characters."""
    return round(characters / CHARACTERS_PER_TOKEN)
