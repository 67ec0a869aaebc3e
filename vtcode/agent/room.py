"""How much of a model's window a request takes: by its server's count as far as that goes. No I/O here.

A guess that is too low costs a refused prompt, so what nobody has counted yet is guessed high.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from vtcode.agent.request import frame_of, size_of, size_of_request
from vtcode.messages import AssistantMessage
from vtcode.providers.estimates import most_tokens, most_tokens_of_marks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vtcode.messages import Message, Usage
    from vtcode.providers.base import Request


class Room:
    """What the server counted of the conversation."""

    def __init__(self) -> None:
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
            by_size = size_of_request(request.messages, request.tools) / characters_per_token
            is_known = self._counted is not None and self._counted[0].model == request.model
            return math.ceil(by_size if is_known else max(by_size, _guessed_whole(request)))
        before, tokens = self._counted
        new = request.messages[len(before.messages) :]
        by_size = sum(map(size_of, new)) / characters_per_token
        return tokens + math.ceil(max(by_size, _guessed_high(new)))

    def is_counted(self, request: Request) -> bool:
        """Tell whether the server has counted the whole of this very prompt."""
        return self._counted is not None and self._counted[0] == request


def _guessed_whole(request: Request) -> float:
    return _guessed_high(request.messages) + most_tokens_of_marks(size_of_request((), request.tools))


def _guessed_high(messages: Iterable[Message]) -> float:
    """Return a guess at the tokens of messages by what they are made of."""
    total = 0.0
    for message in messages:
        texts = [message.text]
        if isinstance(message, AssistantMessage):
            texts += [call.arguments for call in message.tool_calls]
        marks = size_of(message) - sum(map(len, texts))
        total += most_tokens_of_marks(marks) + sum(map(most_tokens, texts))
    return total


def _goes_on(before: Request, after: Request) -> bool:
    """Tell whether `after` is `before` with more messages at its end."""
    same = frame_of(before) == frame_of(after)
    return same and after.messages[: len(before.messages)] == before.messages
