"""Text mode: tools described in the system prompt, calls written into the reply.

The form is the one of Hermes, which Qwen, Granite and most small models with any training for tools were
trained on; a model without that copies it from the conversation, where earlier calls stand in the same form.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vtcode.messages import SystemMessage, ToolCall, ToolMessage
from vtcode.providers.tool_modes.conversation import as_text, call_json, compact
from vtcode.providers.tool_modes.signatures import tool_list

if TYPE_CHECKING:
    from vtcode.providers.base import Request

_FORM = """
Tools:
<tools>
{tools}
</tools>

To call a tool, write its name and arguments as JSON between these tags, and end your reply there:
<tool_call>
{{"name":"TOOL","arguments":{{"PARAMETER":VALUE}}}}
</tool_call>
The next message then holds the result, between <tool_response> tags. A reply without a call is the answer."""


def as_described(request: Request) -> Request:
    """Return the request with its tools in words, and calls and results as text; roles alternate."""
    system, *said = request.messages
    form = _FORM.format(tools=tool_list(request.tools)) if request.tools else ""
    messages = (SystemMessage(text=f"{system.text}{form}"), *as_text(said, _written, _result))
    return replace(request, messages=messages, tools=())


def _written(text: str, call: ToolCall | None) -> str:
    if call is None:
        return text
    written = f"<tool_call>\n{compact(call_json(call))}\n</tool_call>"
    return f"{text}\n{written}" if text else written


def _result(message: ToolMessage) -> str:
    # What a file says can't end the result that it stands in.
    text = message.text.replace("</tool_response", "<\\/tool_response")
    return f"<tool_response>\n{text}\n</tool_response>"
