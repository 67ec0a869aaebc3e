from __future__ import annotations

import pytest

from vtcode.agent.shortening import Said
from vtcode.agent.unchanged import is_shown_above
from vtcode.messages import AssistantMessage, ToolCall, ToolMessage, UserMessage
from vtcode.tools.base import Unchanged

NOTICE = "a.py: unchanged"


def read(call_id: str, result: str, path: str = "a.py") -> Said:
    call = ToolCall(id=call_id, name="read_file", arguments=f'{{"path":"{path}"}}')
    answer = ToolMessage(call_id=call_id, name="read_file", text=result)
    return Said(message=AssistantMessage(tool_calls=(call,)), results=(answer,))


NOW = ToolCall(id="now", name="read_file", arguments='{"path":"a.py"}')


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param([], False, id="never read"),
        pytest.param([read("1", "text")], True, id="read before"),
        pytest.param([read("1", "text", "b.py")], False, id="another file"),
        pytest.param([read("1", "older")], False, id="another text"),
        pytest.param([read("1", "text"), read("2", NOTICE)], True, id="told before"),
        pytest.param([read("1", "text"), read("2", "newer")], False, id="not the newest"),
        pytest.param([read("1", "[4,000 characters were left out]")], False, id="shortened"),
        pytest.param([read("now", "Not run"), read("1", "text")], False, id="below"),
    ],
)
def test_only_the_newest_result_of_the_same_call_counts(said: list[Said], expected: bool) -> None:
    said = [Said(message=UserMessage(text="Go.")), *said]
    unchanged = Unchanged(notice=NOTICE, is_shown_by=lambda earlier: earlier == "text")
    assert is_shown_above(said, NOW, unchanged) == expected
