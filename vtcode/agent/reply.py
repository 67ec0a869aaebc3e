"""One reply of the model: the provider's parts become events, and end in exactly one closing event."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, assert_never

from vtcode.agent.cancellation import despite_cancellation
from vtcode.errors import ProviderError
from vtcode.events import (
    Event,
    ModelLoading,
    PromptProgress,
    ReasoningDelta,
    ReplyCompleted,
    ReplyDelta,
    ReplyDiscarded,
    ServerToolRan,
    ToolCallDelta,
)
from vtcode.messages import AssistantMessage, FinishReason, Usage
from vtcode.providers.base import (
    CallPart,
    CompletedPart,
    LoadingPart,
    Part,
    PrefillPart,
    ReasoningPart,
    ServerToolPart,
    TextPart,
)
from vtcode.providers.tool_modes import speak

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from vtcode.providers.base import Provider, Request

Emit: TypeAlias = "Callable[[Event], Coroutine[Any, Any, None]]"
CHARACTERS_PER_TOKEN = 3.6
"""For estimates only (English and code, over common tokenizers); always shown with `~`."""


def estimated_tokens(characters: int) -> int:
    """Return a guess at the tokens of so many characters."""
    return round(characters / CHARACTERS_PER_TOKEN)


@dataclass(slots=True)
class _Partial:
    """What has arrived of a reply that may never be whole."""

    text: str = ""
    reasoning: str = ""

    def message(self) -> AssistantMessage:
        return AssistantMessage(text=self.text.strip(), reasoning=self.reasoning)


async def receive_reply(
    provider: Provider, request: Request, emit: Emit, *, prompt_characters: int
) -> ReplyCompleted:
    """Stream one reply and return its closing event, not yet emitted.

    Text that arrived before a failure or an interrupt is kept as a reply of its own (`cut`, `cancelled`);
    that closing event, or ReplyDiscarded where no text had come, is emitted here before the error goes on.

    Raises:
        ProviderError: The reply failed; the stream of events is closed.
        CancelledError: Likewise.
    """
    partial = _Partial()
    estimate = estimated_tokens(prompt_characters)
    try:
        await emit(PromptProgress(processed_tokens=None, total_tokens=estimate, estimated=True))
        completed = await _receive(provider, request, emit, partial)
    except asyncio.CancelledError:
        await despite_cancellation(_close(partial, "cancelled", "interrupted", emit))
        raise
    except ProviderError as error:
        await _close(partial, "cut", error.message, emit)
        raise
    return _completed(completed, estimate)


async def _receive(provider: Provider, request: Request, emit: Emit, partial: _Partial) -> CompletedPart:
    async with aclosing(speak(provider, request)) as parts:
        async for part in parts:
            if isinstance(part, CompletedPart):
                return part
            await emit(_event_of(part, partial))
    raise AssertionError("a provider's stream ends with CompletedPart or raises")


def _event_of(part: Part, partial: _Partial) -> Event:
    match part:
        case LoadingPart():
            return ModelLoading(model=part.model, progress=part.progress, estimated=part.estimated)
        case PrefillPart():
            return PromptProgress(
                processed_tokens=part.processed_tokens,
                total_tokens=part.total_tokens,
                cached_tokens=part.cached_tokens,
            )
        case ReasoningPart():
            partial.reasoning += part.text
            return ReasoningDelta(text=part.text)
        case TextPart():
            partial.text += part.text
            return ReplyDelta(text=part.text)
        case CallPart():
            return ToolCallDelta(index=part.index, name=part.name, text=part.text)
        case ServerToolPart():
            return ServerToolRan(
                tool=part.tool, arguments=part.arguments, output=part.output, failed=part.failed
            )
        case CompletedPart():
            raise AssertionError("handled by the caller")
        case _:
            assert_never(part)


def _completed(part: CompletedPart, prompt_tokens: int) -> ReplyCompleted:
    usage = part.usage
    if usage is None:
        written = len(part.message.text) + len(part.message.reasoning)
        written += sum(len(call.arguments) for call in part.message.tool_calls)
        usage = Usage(
            prompt_tokens=prompt_tokens,
            completion_tokens=estimated_tokens(written),
            estimated=True,
        )
    return ReplyCompleted(
        message=part.message,
        finish=part.finish,
        usage=usage,
        first_token_s=part.first_token_s,
        tokens_per_s=part.tokens_per_s,
    )


async def _close(partial: _Partial, finish: FinishReason, reason: str, emit: Emit) -> None:
    message = partial.message()
    if message.text:
        usage = Usage(completion_tokens=estimated_tokens(len(message.text)), estimated=True)
        await emit(ReplyCompleted(message=message, finish=finish, usage=usage))
    else:
        await emit(ReplyDiscarded(reason=reason))
