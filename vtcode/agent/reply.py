"""One reply of the model: the provider's parts become events, and end in exactly one closing event."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, assert_never

from vtcode.agent.cancellation import despite_cancellation
from vtcode.agent.repetition import RepetitionWatch, without_repetition
from vtcode.errors import EndlessReply, ProviderError
from vtcode.events import (
    Event,
    ModelLoading,
    Notice,
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
    WaitingPart,
)
from vtcode.providers.estimates import estimated_tokens
from vtcode.providers.tool_modes import speak

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from vtcode.agent.prompt_cache import ExpectedReading, PromptCache
    from vtcode.frontend import Emit
    from vtcode.providers.base import Provider, Request

_BEHIND = Notice(level="info", text="The server answers another request first.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A reply that came whole."""

    event: ReplyCompleted
    """Not emitted yet."""
    model: str
    """The one that answered, as the server names it; empty where it does not say."""
    request: Request
    """What was asked."""


class Judge(Protocol):
    """Decides about replies: which are no good although they came whole, which are asked for again."""

    def problem_with(self, completed: CompletedPart) -> ProviderError | None:
        """Return what is wrong with a whole reply; None: it is good."""

    def meets(self, failure: ProviderError) -> bool:
        """Tell whether something can be done about a failure, so that the reply is asked for again."""


@dataclass(slots=True)
class Asking:
    """One request on its way, and what has arrived of a reply that may never be whole."""

    provider: Provider
    request: Request
    cache: PromptCache
    settle: Callable[[], Awaitable[None]]
    """Has the server free for the request."""
    expected: ExpectedReading = field(init=False)
    text: str = ""
    reasoning: str = ""
    has_begun: bool = False
    """The model writes: its prompt has been read."""
    is_waiting: bool = False
    """The server has not been sent it yet."""
    repetition: RepetitionWatch = field(default_factory=RepetitionWatch)
    ran_tools: bool = False
    """The server ran tools of its own; asking again would run them again."""

    def __post_init__(self) -> None:
        self.expect()

    def expect(self) -> None:
        """Look at what the server should have in its cache now."""
        self.expected = self.cache.expected(self.address, self.request)

    @property
    def address(self) -> str:
        """The server's."""
        return self.provider.address

    def begin(self) -> None:
        """Note that the model writes, so that its server has read the prompt."""
        if not self.has_begun:
            self.has_begun = True
            self.cache.was_read(self.address, self.request)

    def message(self) -> AssistantMessage:
        """Return what arrived so far."""
        return AssistantMessage(text=self.text.strip(), reasoning=self.reasoning)


async def receive_reply(asking: Asking, emit: Emit, judge: Judge) -> Reply | ProviderError:
    """Stream one reply; return it, or the failure that `judge` means to meet.

    Where it is asked for again, what had arrived is discarded. Otherwise text that arrived before a failure
    or an interrupt is kept as a reply of its own (`cut`, `cancelled`); that closing event, or ReplyDiscarded
    where no text had come, is emitted here before the error goes on.

    Raises:
        ProviderError: The reply failed; the stream of events is closed.
        CancelledError: Likewise.
    """
    try:
        await emit(_begun(asking))
        completed = await _receive(asking, emit)
    except asyncio.CancelledError:
        await despite_cancellation(_close(asking, "cancelled", "interrupted", emit))
        raise
    except ProviderError as error:
        failure = error
    else:
        problem = judge.problem_with(completed)
        if problem is None:
            return _completed(completed, asking)
        failure = problem
    if judge.meets(failure) and not asking.ran_tools:
        await emit(ReplyDiscarded(reason=failure.message))
        return failure
    await _close(asking, "cut", failure.message, emit)
    raise failure


async def _receive(asking: Asking, emit: Emit) -> CompletedPart:
    await asking.settle()
    asking.expect()
    async with aclosing(speak(asking.provider, asking.request)) as parts:
        async for part in parts:
            if isinstance(part, CompletedPart):
                return part
            await emit(_event_of(part, asking))
            _refuse_repetition(part, asking)
    raise AssertionError("a provider's stream ends with CompletedPart or raises")


def _refuse_repetition(part: Part, asking: Asking) -> None:
    """Have a reply end that goes on and on with what it said already.

    Raises:
        EndlessReply: It does; the repetitions are taken out of what arrived.
    """
    match part:
        case TextPart(text=text):
            is_endless = asking.repetition.add(text, "text")
        case ReasoningPart(text=text):
            is_endless = asking.repetition.add(text, "reasoning")
        case CallPart(text=text):
            is_endless = asking.repetition.add(text, "call")
        case _:
            return
    if is_endless:
        asking.text = without_repetition(asking.text)
        raise EndlessReply(
            "The model wrote the same text over and over, and was stopped.",
            hint='Ask in another way, or set repeat_penalty under [models."its id"].',
        )


def _begun(asking: Asking) -> Event:
    expected = asking.expected
    return PromptProgress(
        processed_tokens=None,
        total_tokens=expected.total_tokens,
        cached_tokens=expected.cached_tokens,
        estimated=True,
        expected_s=expected.seconds,
    )


def _event_of(part: Part, asking: Asking) -> Event:
    if isinstance(part, ReasoningPart | TextPart | CallPart):
        asking.begin()
    match part:
        case WaitingPart(over=over):
            asking.is_waiting = not over
            return _begun(asking) if over else _BEHIND
        case LoadingPart():
            return ModelLoading(model=part.model, progress=part.progress, estimated=part.estimated)
        case PrefillPart():
            return PromptProgress(
                processed_tokens=part.processed_tokens,
                total_tokens=part.total_tokens,
                cached_tokens=part.cached_tokens,
                estimated=part.estimated,
            )
        case ReasoningPart():
            asking.reasoning += part.text
            return ReasoningDelta(text=part.text)
        case TextPart():
            asking.text += part.text
            return ReplyDelta(text=part.text)
        case CallPart():
            return ToolCallDelta(index=part.index, name=part.name, text=part.text)
        case ServerToolPart():
            asking.ran_tools = True
            return ServerToolRan(
                tool=part.tool, arguments=part.arguments, output=part.output, failed=part.failed
            )
        case CompletedPart():
            raise AssertionError("handled by the caller")
        case _:
            assert_never(part)


def _completed(part: CompletedPart, asking: Asking) -> Reply:
    usage = asking.expected.with_cached_tokens(part.usage or _guessed_usage(part, asking))
    asking.begin()
    asking.cache.was_answered(asking.address, asking.request.model, asking.expected, part)
    event = ReplyCompleted(
        message=part.message,
        finish=part.finish,
        usage=usage,
        first_token_s=part.first_token_s,
        tokens_per_s=part.tokens_per_s,
    )
    return Reply(event=event, model=part.model, request=asking.request)


def _guessed_usage(part: CompletedPart, asking: Asking) -> Usage:
    written = len(part.message.text) + len(part.message.reasoning)
    written += sum(len(call.arguments) for call in part.message.tool_calls)
    return Usage(
        prompt_tokens=asking.expected.total_tokens,
        completion_tokens=estimated_tokens(written),
        estimated=True,
    )


async def _close(asking: Asking, finish: FinishReason, reason: str, emit: Emit) -> None:
    message = asking.message()
    if message.text:
        usage = Usage(completion_tokens=estimated_tokens(len(message.text)), estimated=True)
        await emit(ReplyCompleted(message=message, finish=finish, usage=usage))
    else:
        await emit(ReplyDiscarded(reason=reason))
