"""Guesses at tokens, where nobody counts them for us; always shown with `~`."""

from __future__ import annotations

CHARACTERS_PER_TOKEN = 3.6
"""For a model of which nothing is known (English and code, over common tokenizers)."""
_FEWEST_CHARACTERS_A_TOKEN = 3.3
"""Of prose and code; fewer than most tokenizers make of them."""
_TOKENS_A_FOREIGN_OCTET = 0.85
"""Of characters beyond ASCII, whose UTF-8 form has two to four octets: tokenizers made for English."""
_LEAST, _MOST = 0.5, 8.0
"""Characters a token: what a server counts beyond these, it counts otherwise than we do."""
_FEWEST_TELLING = 200
"""Tokens: in a shorter prompt the marks of the chat template count for too much."""


def estimated_tokens(characters: float, characters_per_token: float = CHARACTERS_PER_TOKEN) -> int:
    """Return a guess at the tokens of so many characters."""
    return round(characters / characters_per_token)


def most_tokens(text: str) -> float:
    """Return a guess at a text's tokens that is hardly ever too low, whatever script it is in."""
    # Many tokenizers make a token of each digit.
    digits = sum(map(text.count, "0123456789"))
    foreign_octets = 0 if text.isascii() else len(text.encode(errors="replace")) - len(text)
    others = (len(text) - digits) / _FEWEST_CHARACTERS_A_TOKEN
    return digits + foreign_octets * _TOKENS_A_FOREIGN_OCTET + others


def most_tokens_of_marks(characters: int) -> float:
    """Return the same for what stands around texts: names, and the marks of templates."""
    return characters / _FEWEST_CHARACTERS_A_TOKEN


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
