"""What fills a model's window: how many tokens each kind of thing takes. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from vtcode.agent.compaction import answer_reserve, fill_limit, tokens_of
from vtcode.agent.instructions import FILE_NAME, instructions_in
from vtcode.agent.request import size_of, size_of_request
from vtcode.messages import AssistantMessage, SystemMessage, ToolMessage, UserMessage

if TYPE_CHECKING:
    from vtcode.agent.agent import Agent
    from vtcode.messages import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Something that takes room."""

    name: str
    tokens: int
    """Estimated: servers count whole prompts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """What the next request takes of the window."""

    parts: tuple[Part, ...]
    """In the order in which the model reads them; results by tool, the largest first."""
    tokens: int
    """Of all parts."""
    is_counted: bool
    """The server has counted all of it; otherwise it is our guess, as a whole or in part."""
    window_tokens: int | None
    reserve_tokens: int
    """What is kept free for the answer."""
    limit_tokens: int | None
    """From there on older parts make room; None: they don't by themselves."""


def filling_of(agent: Agent) -> Filling:
    """Return what fills the window of the model that answers."""
    request, left_out = agent.next_request(), agent.history.left_out
    files = len(instructions_in(agent.history.system_prompt)) if agent.history.instructions else 0
    tools = size_of_request((), request.tools)
    characters = {"system prompt": -files, FILE_NAME: files, "tools": tools}
    characters |= dict.fromkeys(("summary", "your messages", "answers", "calls"), 0)
    results: dict[str, int] = {}
    for message in request.messages:
        name = "summary" if left_out and message == UserMessage(text=left_out) else _name(message)
        sizes = results if isinstance(message, ToolMessage) else characters
        sizes[name] = sizes.get(name, 0) + size_of(message)
        if isinstance(message, AssistantMessage) and message.tool_calls:
            calls = size_of(message) - size_of(AssistantMessage(text=message.text))
            characters["calls"] += calls
            characters[name] -= calls
    characters |= sorted(results.items(), key=lambda result: result[1], reverse=True)
    total, tokens = sum(characters.values()), tokens_of(agent)
    parts = [
        Part(name=name, tokens=round(tokens * size / total)) for name, size in characters.items() if size
    ]
    return Filling(
        parts=tuple(parts),
        tokens=tokens,
        is_counted=agent.room.is_counted(request),
        window_tokens=agent.window_tokens,
        reserve_tokens=answer_reserve(agent.window_tokens or 0, agent.asked.sampling.max_tokens),
        limit_tokens=fill_limit(agent) if agent.compact_at_share else None,
    )


def _name(message: Message) -> str:
    match message:
        case SystemMessage():
            return "system prompt"
        case UserMessage():
            return "your messages"
        case AssistantMessage():
            return "answers"
        case ToolMessage(name=name):
            return f"{name} results"
        case _:
            assert_never(message)
