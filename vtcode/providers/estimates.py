"""Guesses at tokens, where nobody counts them for us; always shown with `~`."""

from __future__ import annotations

CHARACTERS_PER_TOKEN = 3.6
"""For a model of which nothing is known (English and code, over common tokenizers)."""
_LEAST, _MOST = 0.5, 8.0
"""Characters a token: what a server counts beyond these, it counts otherwise than we do."""
_FEWEST_TELLING = 200
"""Tokens: in a shorter prompt the marks of the chat template count for too much."""


def estimated_tokens(characters: float, characters_per_token: float = CHARACTERS_PER_TOKEN) -> int:
    """Return a guess at the tokens of so many characters."""
    return round(characters / characters_per_token)


class TokenScale:
    """How many characters a token has for each model, by what its server counted last."""

    def __init__(self) -> None:
        self._learnt: dict[tuple[str, str], float] = {}

    def learn(self, server: str, model: str, *, characters: int, tokens: int) -> None:
        """Take what a server counted for a prompt of so many characters.

        The newest count replaces those before: a prompt is the one before with more at its end.
        """
        if tokens >= _FEWEST_TELLING:
            self._learnt[server, model] = min(_MOST, max(_LEAST, characters / tokens))

    def characters_per_token(self, server: str, model: str) -> float:
        """Return what a token of this model stands for; a general guess where nothing is known of it."""
        return self._learnt.get((server, model), CHARACTERS_PER_TOKEN)
