"""A scripted turn as it leaves the server: with its faults, cut to its budget, and step by step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from vtcode.emulator.call_text import written
from vtcode.emulator.prompt import TOKEN_CHARS, count_tokens
from vtcode.providers.script import ScriptedCall, ServerCall, pieces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vtcode.emulator.faults import CallFormat, Faults
    from vtcode.messages import FinishReason
    from vtcode.providers.script import Phase, Turn

_PIECE_CHARS = 8
_LOADING_STEPS = (0.25, 0.5, 0.75, 1.0)
_PREFILL_STEPS = (0.5, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenUsage:
    """What a reply cost."""

    prompt: int
    completion: int
    reasoning: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The whole reply, as clients are to see it."""

    reasoning: str
    text: str
    calls: tuple[ScriptedCall, ...]
    server_calls: tuple[ServerCall, ...]
    finish: FinishReason
    usage: TokenUsage
    reasoning_in_text: bool = False
    """The reasoning is a part of the text, with its tags."""

    @property
    def visible_text(self) -> str:
        """The text, with the reasoning that stands in it."""
        return self.reasoning + self.text if self.reasoning_in_text else self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """The model is being loaded; None: that begins, 0 to 1: how far it is."""

    progress: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The model is loaded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefill:
    """The prompt is being read; None: that begins, 0 to 1: how far it is."""

    progress: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefilled:
    """The prompt is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasoningPiece:
    """A piece of reasoning."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPiece:
    """A piece of the answer."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBegun:
    """A call, of which the name is known."""

    index: int
    call: ScriptedCall


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgumentsPiece:
    """A piece of a call's arguments."""

    index: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallWritten:
    """A call is complete."""

    index: int
    call: ScriptedCall


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerCallRun:
    """A tool that the server ran."""

    run: ServerCall


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """The reply is complete."""


Step: TypeAlias = (
    Loading
    | Loaded
    | Prefill
    | Prefilled
    | ReasoningPiece
    | TextPiece
    | CallBegun
    | ArgumentsPiece
    | CallWritten
    | ServerCallRun
    | End
)


def tell(turn: Turn, faults: Faults, *, prompt_tokens: int, budget: int | None) -> Told:
    """Return what becomes of a turn.

    Args:
        turn: Its calls have ids.
        faults: What goes wrong.
        prompt_tokens: What the prompt costs.
        budget: How many tokens it may write at most; None: as many as it wants.
    """
    if faults.empty_200:
        turn = replace(turn, reasoning="", text="", calls=(), server_calls=(), finish="stop")
    turn = _with_call_faults(turn, faults)
    turn = _with_text_faults(turn, faults)
    turn, usage = _within_budget(turn, prompt_tokens, budget)
    if usage.completion == budget and faults.completion_tokens_off_by_one:
        usage = replace(usage, completion=usage.completion - 1)
    reasoning, in_text = _reasoning_as_told(turn, faults)
    return Told(
        reasoning=reasoning,
        reasoning_in_text=in_text,
        text=turn.text,
        calls=turn.calls,
        server_calls=turn.server_calls,
        finish=turn.finish_reason,
        usage=usage,
    )


def calls_as_text(turn: Turn, call_format: CallFormat) -> Turn:
    """Return the turn with its calls in its text, as the model wrote them."""
    texts = [turn.text, *(written(call, call_format) for call in turn.calls)]
    return replace(turn, text="\n".join(filter(None, texts)), calls=(), finish="stop")


def steps(told: Told, turn: Turn, *, loads: bool, single_arguments: bool) -> Iterator[tuple[Phase, Step]]:
    """Yield the reply's steps, each with its phase.

    Args:
        told: The reply.
        turn: How it is paced.
        loads: The model is loaded first.
        single_arguments: A call's arguments come in one piece.
    """
    size = turn.piece_chars or _PIECE_CHARS
    if loads:
        yield "loading", Loading(progress=None)
        for progress in turn.loading_steps or _LOADING_STEPS:
            yield "loading", Loading(progress=progress)
        yield "loading", Loaded()
    yield from _prefill(turn)
    for piece in pieces(told.reasoning, size):
        yield "reasoning", TextPiece(text=piece) if told.reasoning_in_text else ReasoningPiece(text=piece)
    for run in told.server_calls:
        yield "calls", ServerCallRun(run=run)
        yield from _prefill(turn)
    for piece in pieces(told.text, size):
        yield "text", TextPiece(text=piece)
    for index, call in enumerate(told.calls):
        yield "calls", CallBegun(index=index, call=call)
        for piece in pieces(call.arguments_text, 0 if single_arguments else size):
            yield "calls", ArgumentsPiece(index=index, text=piece)
        yield "calls", CallWritten(index=index, call=call)
    yield "end", End()


def _prefill(turn: Turn) -> Iterator[tuple[Phase, Step]]:
    yield "prefill", Prefill(progress=None)
    for progress in turn.prefill_steps or _PREFILL_STEPS:
        yield "prefill", Prefill(progress=progress)
    yield "prefill", Prefilled()


def _with_call_faults(turn: Turn, faults: Faults) -> Turn:
    if not turn.calls:
        return turn
    if faults.tool_dropped:
        return replace(turn, text="", calls=(), finish="stop")
    if faults.tool_as_text:
        return calls_as_text(turn, faults.tool_as_text)
    calls = [call for call in turn.calls for _ in range(faults.tool_duplicate)]
    if faults.tool_empty_id:
        calls = [replace(call, id="") for call in calls]
    if faults.harmony_leak:
        calls = [replace(call, name=f"{call.name}<|channel|>commentary") for call in calls]
    return replace(turn, calls=tuple(calls))


def _with_text_faults(turn: Turn, faults: Faults) -> Turn:
    if faults.harmony_leak and turn.text:
        turn = replace(turn, text=f"<|channel|>final<|message|>{turn.text}")
    if faults.content_in_reasoning:
        turn = replace(turn, reasoning=turn.reasoning + turn.text, text="")
    return turn


def _within_budget(turn: Turn, prompt_tokens: int, budget: int | None) -> tuple[Turn, TokenUsage]:
    """Cut what does not fit the budget, and count; a script's own count is told as it is."""
    wanted = count_tokens(turn.reasoning) + count_tokens(turn.text)
    wanted += sum(count_tokens(call.arguments_text) for call in turn.calls)
    if budget is not None and wanted > budget:
        turn, wanted = _cut(turn, budget), budget
    usage = TokenUsage(prompt=prompt_tokens, completion=wanted, reasoning=count_tokens(turn.reasoning))
    if turn.usage is not None:
        usage = replace(usage, prompt=turn.usage.prompt_tokens, completion=turn.usage.completion_tokens)
    return turn, usage


def _cut(turn: Turn, budget: int) -> Turn:
    left_chars = budget * TOKEN_CHARS
    reasoning = turn.reasoning[:left_chars]
    left_chars -= len(reasoning)
    text = turn.text[:left_chars]
    left_chars -= len(text)
    calls = []
    for call in turn.calls:
        if left_chars > 0:
            arguments = call.arguments_text[:left_chars]
            left_chars -= len(arguments)
            calls.append(replace(call, arguments=arguments))
    return replace(turn, reasoning=reasoning, text=text, calls=tuple(calls), finish="length")


def _reasoning_as_told(turn: Turn, faults: Faults) -> tuple[str, bool]:
    if not turn.reasoning:
        return "", False
    match faults.reasoning_field:
        case "think_tag":
            return f"<think>\n{turn.reasoning}\n</think>\n\n", True
        case "close_tag_only":
            return f"{turn.reasoning}\n</think>\n\n", True
        case _:
            return turn.reasoning, False
