"""LM Studio's own wire (`/api/v1/chat`, from 0.4.0): it keeps the conversation and shows what it does.

It takes one side of the conversation only: what the user says next. The answers before it are those that the
server stored; where it has none (a resumed session, a changed history) they go along as a transcript. There
are no tools of the client's: `tool_modes` says so. Unknown keys are refused, not ignored.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from vtcode.errors import KeysRefused, ReplyForgotten
from vtcode.messages import AssistantMessage, SystemMessage, UserMessage
from vtcode.providers.estimates import estimated_tokens
from vtcode.providers.wires.body import data_url, encoded, sampling_keys
from vtcode.providers.wires.memory import ReplyMemory
from vtcode.providers.wires.native_reply import Expected, NativeReader
from vtcode.providers.wires.turns import alternating

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from vtcode.errors import ProviderError
    from vtcode.messages import Message
    from vtcode.providers.base import Request
    from vtcode.providers.model_info import ModelInfo, ToolMode
    from vtcode.providers.server_words import Server
    from vtcode.providers.wires.memory import Continuation

_SAMPLING = {
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "min_p": "min_p",
    "repeat_penalty": "repeat_penalty",
    "max_tokens": "max_output_tokens",
}
_MAX_TEMPERATURE = 1.0
"""The API refuses more."""
_OPTIONAL = frozenset({*_SAMPLING.values(), "reasoning", "context_length", "integrations"})
"""Keys that can be left out, and the model is still asked the same."""
_SPEAKERS = {"user": "User", "assistant": "You"}


class Native:
    """The wire; implements `Wire`.

    Args:
        models: What is known of the server's models, by id; read anew for each request.
        integrations: MCP servers that LM Studio may run: ids of plugins, and addresses.
    """

    path = "/chat"
    tool_modes: tuple[ToolMode, ...] = ("text",)

    def __init__(self, models: Mapping[str, ModelInfo], integrations: Sequence[str] = ()) -> None:
        self._models = models
        self._integrations = _encoded_integrations(integrations)
        self._memory = ReplyMemory()
        self._refused: defaultdict[str, set[str]] = defaultdict(set)
        """Keys that the server does not take, by model: what one refuses, another may have."""

    def encode(self, request: Request) -> bytes:
        """Return the body of a streaming request."""
        known = self._continuation(request)
        body: dict[str, object] = {"model": request.model}
        if known:
            body["input"] = _input(_user_message(known.news))
            body["previous_response_id"] = known.reply.response_id
        else:
            system = _system_prompt(request)
            if system:
                body["system_prompt"] = system
            body["input"] = _input(_transcript(request))
        if request.integrations and self._integrations:
            body["integrations"] = self._integrations
        body |= sampling_keys(request.sampling, _SAMPLING)
        if request.sampling.temperature is not None:
            body["temperature"] = min(request.sampling.temperature, _MAX_TEMPERATURE)
        body |= {"reasoning": self._reasoning(request), "context_length": self._context_length(request)}
        if request.side:
            body["store"] = False
        body["stream"] = True
        unsent = self._refused.get(request.model, ())
        return encoded({key: value for key, value in body.items() if value is not None and key not in unsent})

    def reader(self, request: Request, server: Server, *, opens_in_reasoning: bool) -> NativeReader:
        """Return what reads the reply, and keeps it in mind."""
        model, known = self._models.get(request.model), self._continuation(request)
        if known and known.reply.tokens:
            prompt_tokens = known.reply.tokens + estimated_tokens(_characters(known.news))
        else:
            prompt_tokens = estimated_tokens(_characters(request.messages))
        expected = Expected(
            prompt_tokens=prompt_tokens,
            window_tokens=model.window_tokens if model else None,
            opens_in_reasoning=opens_in_reasoning,
        )
        return NativeReader(request, server, expected=expected, memory=self._memory)

    def adapts_to(self, request: Request, error: ProviderError) -> bool:
        """Forget replies that the server forgot, and keys that it does not take."""
        match error:
            case ReplyForgotten():
                went_on = self._continuation(request) is not None
                self._memory.lost()
                return went_on
            case KeysRefused(keys=keys):
                refused = self._refused[request.model]
                news = _OPTIONAL.intersection(keys) - refused
                refused |= news
                return bool(news)
        return False

    def _continuation(self, request: Request) -> Continuation | None:
        """Return what the server can go on with; None where an answer came since that it does not have."""
        known = self._memory.continuation(request)
        if known and any(isinstance(message, AssistantMessage) for message in known.news):
            return None
        return known

    def _reasoning(self, request: Request) -> str | None:
        """Return what to ask of the reasoning; a model that has no such switch refuses the request."""
        model, effort = self._models.get(request.model), request.reasoning_effort
        allowed = (model.reasoning_efforts if model else None) or ()
        return effort if effort in allowed else None

    def _context_length(self, request: Request) -> int | None:
        """Return the window to load the model with; nothing where it is loaded, so that it stays so."""
        model = self._models.get(request.model)
        return request.context_length if model and model.state == "downloaded" else None


def _encoded_integrations(integrations: Iterable[str]) -> list[object]:
    """Return plugins by their ids, and servers by their addresses, each under a label of its own."""
    encoded_ones: list[object] = []
    labels: set[str] = set()
    for integration in integrations:
        if not integration.startswith(("http://", "https://")):
            encoded_ones.append(integration)
            continue
        base = re.sub(r"[^a-z0-9]+", "-", (urlsplit(integration).hostname or "").lower()).strip("-") or "mcp"
        label, number = base, 1
        while label in labels:
            number += 1
            label = f"{base}-{number}"
        labels.add(label)
        encoded_ones.append({"type": "ephemeral_mcp", "server_label": label, "server_url": integration})
    return encoded_ones


def _system_prompt(request: Request) -> str:
    """Return the system prompt, which is sent on the first turn alone: twice, strict templates refuse it."""
    if request.strict_roles:
        return ""
    return "\n\n".join(message.text for message in request.messages if isinstance(message, SystemMessage))


def _user_message(messages: Sequence[Message]) -> UserMessage:
    """Return what the user's side says since the last answer; results of tools are text."""
    (message,) = (turn for turn in alternating(messages) if isinstance(turn, UserMessage))
    return message


def _transcript(request: Request) -> UserMessage:
    """Return the whole conversation as one message: the last of the user's, after all that led to it."""
    messages = request.messages
    if not request.strict_roles:
        messages = tuple(message for message in messages if not isinstance(message, SystemMessage))
    turns = alternating(messages)
    ends_with_user = bool(turns) and isinstance(turns[-1], UserMessage)
    last = turns.pop().text if ends_with_user else "Go on."
    images = tuple(
        image for message in messages if isinstance(message, UserMessage) for image in message.images
    )
    if turns:
        told = "\n\n".join(f"{_SPEAKERS[turn.role]}:\n{turn.text}" for turn in turns)
        last = f"This is our conversation until now.\n\n{told}\n\nIt goes on. User:\n{last}"
    return UserMessage(text=last, images=images)


def _input(message: UserMessage) -> str | list[dict[str, str]]:
    if not message.images:
        return message.text
    text = {"type": "text", "content": message.text}
    return [text, *({"type": "image", "data_url": data_url(image)} for image in message.images)]


def _characters(messages: Iterable[Message]) -> int:
    return sum(len(message.text) for message in messages)
