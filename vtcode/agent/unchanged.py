"""Whether the model still has a result before it, word for word. Nothing here does I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.messages import AssistantMessage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vtcode.agent.compaction import Said
    from vtcode.messages import ToolCall


def is_shown_above(said: Iterable[Said], call: ToolCall, text: str, *, notice: str) -> bool:
    """Tell whether the same call was made before and its newest result, as it is sent, is this very text.

    What was shortened, left out or cleared meanwhile is not before the model any more.

    Args:
        said: The conversation as it is sent.
        call: The call that brought the text now.
        text: Its result.
        notice: What stood for the text when it had not changed; such results are passed over.
    """
    newest = ""
    for earlier, result in _results(said):
        if earlier.id == call.id:
            break
        is_same_call = (earlier.name, earlier.arguments) == (call.name, call.arguments)
        if is_same_call and not result.startswith(notice):
            newest = result
    return newest == text


def _results(said: Iterable[Said]) -> Iterator[tuple[ToolCall, str]]:
    for one in said:
        if isinstance(one.message, AssistantMessage):
            yield from zip(one.message.tool_calls, (result.text for result in one.results), strict=False)
