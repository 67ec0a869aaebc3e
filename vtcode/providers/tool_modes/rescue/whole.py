"""Taking apart a reply that is complete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vtcode.providers.tool_modes.rescue.parser import RescueParser

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vtcode.messages import ToolDefinition
    from vtcode.providers.tool_modes.rescue.output import RescuedCall


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescued:
    """A whole reply, with its markup understood."""

    text: str
    reasoning: str
    calls: tuple[RescuedCall, ...]
    lost_call: bool
    """True when a call was cut or malformed, and so is not among `calls`."""


def rescue(text: str, reasoning: str, tools: Sequence[ToolDefinition], *, piece_size: int = 0) -> Rescued:
    """Take a whole reply apart.

    Some models call within their reasoning and then say nothing: only where no text came are calls looked
    for there.

    Args:
        text: The answer, without reasoning in tags.
        reasoning: What came apart from it.
        tools: The tools that were offered.
        piece_size: To replay a stream: how many characters arrive at a time; 0: all at once.
    """
    answer = _parsed(text, tools, piece_size)
    thoughts = "\n\n".join(filter(None, (reasoning, answer.reasoning)))
    if text.strip() or not reasoning:
        return Rescued(text=answer.text, reasoning=thoughts, calls=answer.calls, lost_call=answer.lost_call)
    within = _parsed(reasoning, tools, piece_size)
    thoughts = "\n\n".join(filter(None, (within.text.strip(), within.reasoning)))
    return Rescued(text="", reasoning=thoughts, calls=within.calls, lost_call=within.lost_call)


def _parsed(text: str, tools: Sequence[ToolDefinition], piece_size: int) -> RescueParser:
    parser = RescueParser(tools)
    step = piece_size or max(1, len(text))
    for start in range(0, len(text), step):
        parser.feed(text[start : start + step])
    parser.flush()
    return parser
