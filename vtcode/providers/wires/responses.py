"""The OpenAI responses wire: LM Studio keeps the conversation, and only what is new is sent (from 0.3.29)."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from vtcode.errors import ReplyForgotten
from vtcode.messages import AssistantMessage, Message, SystemMessage, ToolMessage, UserMessage
from vtcode.providers.tool_schemas import portable_parameters
from vtcode.providers.wires.body import data_url, effort_on_scale, encoded, sampling_keys
from vtcode.providers.wires.memory import ReplyMemory
from vtcode.providers.wires.responses_reply import ResponsesReader
from vtcode.providers.wires.turns import spoken

if TYPE_CHECKING:
    from vtcode.errors import ProviderError
    from vtcode.messages import ToolDefinition
    from vtcode.providers.base import Request
    from vtcode.providers.model_info import ToolMode
    from vtcode.providers.server_words import Server

_SAMPLING = {
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "min_p": "min_p",
    "repeat_penalty": "repeat_penalty",
    "presence_penalty": "presence_penalty",
    "frequency_penalty": "frequency_penalty",
    "seed": "seed",
    "stop": "stop",
    "max_tokens": "max_output_tokens",
}


class Responses:
    """The wire; implements `Wire`.

    The system prompt is the first item of the input rather than `instructions`: as an item it is stored with
    the conversation, whether or not the server keeps instructions from one reply to the next.
    """

    path = "/responses"
    tool_modes: tuple[ToolMode, ...] = ("native", "text")
    """No `structured`: LM Studio does not hold replies here to a schema."""

    def __init__(self) -> None:
        self._memory = ReplyMemory()

    def encode(self, request: Request) -> bytes:
        """Return the body of a streaming request."""
        known = self._memory.continuation(request)
        news = known.news if known else request.messages
        messages = spoken(news, strict_roles=request.strict_roles)
        body: dict[str, object] = {"model": request.model}
        body["input"] = [item for message in messages for item in _items(message)]
        if known:
            body["previous_response_id"] = known.reply.response_id
        if request.tools:
            body["tools"] = [_encoded_tool(tool) for tool in request.tools]
        body |= sampling_keys(request.sampling, _SAMPLING)
        if request.reasoning_effort:
            body["reasoning"] = {"effort": effort_on_scale(request.reasoning_effort)}
        return encoded(body | {"store": not request.side, "stream": True})

    def reader(self, request: Request, server: Server, *, opens_in_reasoning: bool) -> ResponsesReader:
        """Return what reads the reply, and keeps it in mind."""
        return ResponsesReader(request, server, memory=self._memory, opens_in_reasoning=opens_in_reasoning)

    def adapts_to(self, request: Request, error: ProviderError) -> bool:
        """Forget the replies that the server forgot, so that the conversation goes over in full."""
        if not isinstance(error, ReplyForgotten):
            return False
        went_on = self._memory.continuation(request) is not None
        self._memory.lost()
        return went_on


def _items(message: Message) -> list[dict[str, object]]:
    match message:
        case SystemMessage():
            return [_message("system", [{"type": "input_text", "text": message.text}])]
        case UserMessage():
            content: list[dict[str, object]] = [{"type": "input_text", "text": message.text}]
            content += [{"type": "input_image", "image_url": data_url(image)} for image in message.images]
            return [_message("user", content)]
        case AssistantMessage():
            said = [_message("assistant", [{"type": "output_text", "text": message.text}])]
            calls: list[dict[str, object]] = [
                {"type": "function_call", "call_id": call.id, "name": call.name, "arguments": call.arguments}
                for call in message.tool_calls
            ]
            return [*(said if message.text else ()), *calls]
        case ToolMessage():
            return [{"type": "function_call_output", "call_id": message.call_id, "output": message.text}]
        case _:
            assert_never(message)


def _message(role: str, content: list[dict[str, object]]) -> dict[str, object]:
    return {"type": "message", "role": role, "content": content}


def _encoded_tool(tool: ToolDefinition) -> dict[str, object]:
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": portable_parameters(tool),
        "strict": False,
    }
