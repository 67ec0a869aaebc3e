"""What a server with a memory has kept of a conversation, so that only what is new has to be sent.

Each reply that was stored is a branch point. A conversation goes on from one only where all that came before
it is what was sent then: a compacted, cleared or otherwise changed history is sent in full again.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vtcode.messages import AssistantMessage

if TYPE_CHECKING:
    from vtcode.messages import Message
    from vtcode.providers.base import Request

_MAX_REPLIES = 32
_MAX_LOSSES = 3
"""A server that lost so many replies is not relied on any more (LM Studio 0.3.31 lost each one at once)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReply:
    """A reply that the server can go on from."""

    response_id: str
    request: Request
    message: AssistantMessage
    tokens: int
    """Of the conversation up to its end; 0: not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuation:
    """A conversation as a stored reply and what came after it."""

    reply: StoredReply
    news: tuple[Message, ...]


class ReplyMemory:
    """The replies that one server has stored for us."""

    def __init__(self) -> None:
        self._replies: deque[StoredReply] = deque(maxlen=_MAX_REPLIES)
        self._losses = 0

    def keep(self, reply: StoredReply) -> None:
        """Note that a reply was stored."""
        if self._losses < _MAX_LOSSES:
            self._replies.appendleft(reply)

    def lost(self) -> None:
        """Note that the server did not know a reply: it has probably forgotten the others too."""
        self._replies.clear()
        self._losses += 1

    def continuation(self, request: Request) -> Continuation | None:
        """Return the longest part of the conversation that the server has, and the rest; None: none of it."""
        going_on = (reply for reply in self._replies if _goes_on(reply, request))
        longest = max(going_on, key=lambda reply: len(reply.request.messages), default=None)
        if longest is None:
            return None
        return Continuation(reply=longest, news=request.messages[len(longest.request.messages) + 1 :])


def _goes_on(reply: StoredReply, request: Request) -> bool:
    said, messages = reply.request.messages, request.messages
    if len(messages) <= len(said) + 1:
        return False
    answer = messages[len(said)]
    return (
        reply.request.model == request.model
        and reply.request.strict_roles == request.strict_roles
        and isinstance(answer, AssistantMessage)
        and _is_same_answer(reply.message, answer)
        and messages[: len(said)] == said
    )


def _is_same_answer(stored: AssistantMessage, said: AssistantMessage) -> bool:
    """Compare without regard to white space and marks: calls that are text are written anew each time."""
    calls = [call.id for call in said.tool_calls] == [call.id for call in stored.tool_calls]
    return calls and _letters(stored.text) == _letters(said.text)


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)
