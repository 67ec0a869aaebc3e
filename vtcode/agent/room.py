"""How much of a model's window a request takes: by its server's count as far as that goes. No I/O here.

A guess that is too low costs a refused prompt, so what nobody has counted yet is guessed high.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from vtcode.agent.compaction import size_of, size_of_request
from vtcode.messages import AssistantMessage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vtcode.messages import Message, Usage
    from vtcode.providers.base import Request

_CHARACTERS_A_TOKEN = 3.3
"""Of prose and code; fewer than most tokenizers make of them."""
_TOKENS_A_FOREIGN_OCTET = 0.4
"""Of characters beyond ASCII, whose UTF-8 form has two to four octets."""


class Room:
    """What the server counted of the conversation, and how its last shortenings went."""

    def __init__(self) -> None:
        self.cramped = 0
        """Shortenings in a row that hardly made room."""
        self._counted: tuple[Request, int] | None = None

    def was_counted(self, request: Request, usage: Usage) -> None:
        """Take what a server says about a request's prompt; our own guesses tell nothing."""
        if not usage.estimated and usage.prompt_tokens:
            self._counted = (request, usage.prompt_tokens)

    def did_not_fit(self) -> None:
        """Note that the server refused a prompt: its counts have not told what was to come."""
        self._counted = None

    def tokens(self, request: Request, characters_per_token: float) -> int:
        """Return the tokens of a request's prompt, counted where it begins as the last one did.

        Args:
            request: What is to be asked.
            characters_per_token: What a token of the model stands for, by all that is known.
        """
        if self._counted is None or not _goes_on(self._counted[0], request):
            return math.ceil(size_of_request(request.messages, request.tools) / characters_per_token)
        before, tokens = self._counted
        new = request.messages[len(before.messages) :]
        by_size = sum(map(size_of, new)) / characters_per_token
        return tokens + math.ceil(max(by_size, _guessed_high(new)))

    def is_counted(self, request: Request) -> bool:
        """Tell whether the server has counted the whole of this very prompt."""
        return self._counted is not None and self._counted[0] == request


def _guessed_high(messages: Iterable[Message]) -> float:
    """Return a guess at the tokens of messages by what they are made of."""
    total = 0.0
    for message in messages:
        texts = [message.text]
        if isinstance(message, AssistantMessage):
            texts += [call.arguments for call in message.tool_calls]
        marks = size_of(message) - sum(map(len, texts))
        total += marks / _CHARACTERS_A_TOKEN + sum(map(_guessed_tokens, texts))
    return total


def _guessed_tokens(text: str) -> float:
    # Many tokenizers make a token of each digit.
    digits = sum(map(text.count, "0123456789"))
    foreign_octets = 0 if text.isascii() else len(text.encode(errors="replace")) - len(text)
    return digits + foreign_octets * _TOKENS_A_FOREIGN_OCTET + (len(text) - digits) / _CHARACTERS_A_TOKEN


def _goes_on(before: Request, after: Request) -> bool:
    """Tell whether `after` is `before` with more messages at its end."""
    same = (before.model, before.tools, before.tool_mode, before.strict_roles) == (
        after.model,
        after.tools,
        after.tool_mode,
        after.strict_roles,
    )
    return same and after.messages[: len(before.messages)] == before.messages
