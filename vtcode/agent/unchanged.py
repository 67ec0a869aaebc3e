"""Whether the model still has before it what a call brings again. Nothing here does I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.messages import AssistantMessage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vtcode.agent.shortening import Said
    from vtcode.messages import ToolCall
    from vtcode.tools.base import Unchanged


def is_shown_above(said: Iterable[Said], call: ToolCall, unchanged: Unchanged) -> bool:
    """Tell whether the same call was made before and its newest result, as it is sent, still holds.

    What was shortened, left out or cleared meanwhile is not before the model any more.

    Args:
        said: The conversation as it is sent.
        call: The call that was made now.
        unchanged: Tells which results hold; those that only say so are passed over.
    """
    newest = ""
    for earlier, result in _results(said):
        if earlier.id == call.id:
            break
        is_same_call = (earlier.name, earlier.arguments) == (call.name, call.arguments)
        if is_same_call and not result.startswith(unchanged.notice):
            newest = result
    return bool(newest) and unchanged.is_shown_by(newest)


def _results(said: Iterable[Said]) -> Iterator[tuple[ToolCall, str]]:
    for one in said:
        if isinstance(one.message, AssistantMessage):
            yield from zip(one.message.tool_calls, (result.text for result in one.results), strict=False)
