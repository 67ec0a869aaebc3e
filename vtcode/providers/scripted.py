"""A provider that replays a script: for tests, for docs, and to see the program without any model."""

from __future__ import annotations

import asyncio
import json
import math
from typing import TYPE_CHECKING

from vtcode.errors import EmptyReply, ModelNotFound, ReplyCut
from vtcode.messages import AssistantMessage, ToolCall, Usage, UserMessage
from vtcode.providers.base import (
    CallPart,
    CompletedPart,
    LoadingPart,
    Part,
    PrefillPart,
    ReasoningPart,
    Request,
    ServerToolPart,
    TextPart,
)
from vtcode.providers.fault import Fault
from vtcode.providers.model_info import ModelInfo
from vtcode.providers.script import Phase, Script, ServerCall, Turn, load_script, pieces
from vtcode.providers.server_errors import provider_error
from vtcode.providers.server_words import Server
from vtcode.providers.unmanaged import Unmanaged

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Sequence
    from pathlib import Path

_CHARS_A_TOKEN = 4


class ScriptedProvider(Unmanaged):
    """Answers every request with the script's next turn, and keeps the requests.

    A turn with a `pause` waits there: `paused` is set, and `release()` lets it go on.
    """

    finishes_prompts = False

    def __init__(self, script: Script, *, name: str = "scripted", address: str = "a script") -> None:
        self.name = name
        self.address = address
        self.script = script
        self.requests: list[Request] = []
        """What was asked, in order."""
        self.paused = asyncio.Event()
        """Set while a reply waits at its pause."""
        self._released = asyncio.Event()
        self._played = 0

    @classmethod
    def from_file(cls, path: Path) -> ScriptedProvider:
        """Read the script from a file.

        Raises:
            ConfigError: The file can't be read or understood.
        """
        return cls(load_script(path), address=str(path))

    async def open(self) -> None:
        """Do nothing: a script is always ready."""

    async def list_models(self) -> Sequence[ModelInfo]:
        """Return the one model that the script pretends to be."""
        return [
            ModelInfo(
                id=self.script.model,
                display_name=self.script.model,
                state="loaded",
                window_tokens=self.script.window_tokens,
                tool_use=True,
            )
        ]

    async def resolve_model(self, wanted: str) -> ModelInfo:
        """Return the script's model.

        Raises:
            ModelNotFound: Another one was asked for.
        """
        if wanted not in ("", self.script.model):
            raise ModelNotFound(
                f"The script has no model {wanted!r}.", hint=f"It plays one model: {self.script.model}."
            )
        return (await self.list_models())[0]

    def release(self) -> None:
        """Let the reply that waits at its pause, or the next one that will, go on."""
        self._released.set()

    async def stream_reply(self, request: Request) -> AsyncGenerator[Part, None]:
        """Play the next turn.

        Raises:
            ProviderError: As the turn says; EmptyReply where the script is used up.
        """
        self.requests.append(request)
        turn = self._next_turn(request)
        still_to_pause = turn.pause
        for phase, part in _steps(turn, request.model):
            if part is not None:
                yield part
                await asyncio.sleep(turn.pace_s)
            if phase == still_to_pause:
                still_to_pause = None
                await self._pause()
        yield self._ending(turn, request)

    async def aclose(self) -> None:
        """Do nothing: nothing is held."""

    def _next_turn(self, request: Request) -> Turn:
        turns = self.script.turns
        number = self._played
        self._played += 1
        if number < len(turns):
            return turns[number]
        if turns and self.script.when_done == "repeat":
            return turns[number % len(turns)]
        if self.script.when_done == "echo":
            return echo_turn(_last_user_text(request))
        raise EmptyReply(
            f"The script is used up: it has {len(turns)} turns, and this is request {number + 1}.",
            hint='Add turns to the script, or set when_done = "repeat" or "echo".',
        )

    async def _pause(self) -> None:
        self.paused.set()
        await self._released.wait()
        self._released.clear()
        self.paused.clear()

    def _ending(self, turn: Turn, request: Request) -> CompletedPart:
        if turn.error:
            raise provider_error(
                Fault(message=turn.error), Server(address=self.address), model=self.script.model
            )
        if turn.cut:
            raise ReplyCut("The script cut the reply off.", hint="Send the message again.")
        calls = tuple(
            ToolCall(
                id=call.id or f"{len(self.requests):06d}{number:03d}",
                name=call.name,
                arguments=call.arguments_text,
            )
            for number, call in enumerate(turn.calls)
        )
        return CompletedPart(
            message=AssistantMessage(text=turn.text, reasoning=turn.reasoning, tool_calls=calls),
            finish=turn.finish_reason,
            usage=turn.usage or _counted(turn, request),
            model=self.script.model,
        )


def echo_turn(text: str) -> Turn:
    """Return the reply that says `text` back."""
    return Turn(text=f"You said: {text}")


def _steps(turn: Turn, model: str) -> Iterator[tuple[Phase, Part | None]]:
    """Yield the turn's parts with their phases; None stands for a phase that has nothing to tell."""
    yield "loading", LoadingPart(model=model, progress=None) if turn.loading else None
    for progress in turn.loading_steps:
        yield "loading", LoadingPart(model=model, progress=progress)
    total = turn.prefill_tokens
    yield "prefill", PrefillPart(processed_tokens=0, total_tokens=total) if total else None
    for progress in turn.prefill_steps or (1.0,):
        if total:
            yield "prefill", PrefillPart(processed_tokens=round(progress * total), total_tokens=total)
    for piece in pieces(turn.reasoning, turn.piece_chars):
        yield "reasoning", ReasoningPart(text=piece)
    for run in turn.server_calls:
        yield "calls", _server_tool(run)
    for piece in pieces(turn.text, turn.piece_chars):
        yield "text", TextPart(text=piece)
    for index, call in enumerate(turn.calls):
        for piece in pieces(call.arguments_text, turn.piece_chars):
            yield "calls", CallPart(index=index, name=call.name, text=piece)
    yield "end", None


def _server_tool(run: ServerCall) -> ServerToolPart:
    return ServerToolPart(
        tool=run.tool,
        arguments=json.dumps(run.arguments, ensure_ascii=False),
        output=run.failure or run.output,
        failed=bool(run.failure),
    )


def _counted(turn: Turn, request: Request) -> Usage:
    prompt = sum(len(message.text) for message in request.messages)
    reply = len(turn.text) + len(turn.reasoning) + sum(len(call.arguments_text) for call in turn.calls)
    return Usage(
        prompt_tokens=math.ceil(prompt / _CHARS_A_TOKEN), completion_tokens=math.ceil(reply / _CHARS_A_TOKEN)
    )


def _last_user_text(request: Request) -> str:
    spoken = (message.text for message in reversed(request.messages) if isinstance(message, UserMessage))
    return next(spoken, "")
