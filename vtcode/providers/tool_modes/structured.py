"""Structured mode, the request: a JSON schema holds the reply to an answer, or to words and one call.

A model without any training for tools still makes valid calls this way. What helps the smallest ones, as
tried with one of 135 million parameters: turns that show the form (a description alone does nothing), words
before the call, an answer that begins with another key than a call, and compact JSON. Such a model can't tell
when to call; so a call is all that the schema offers where the user names a file that nobody looked at yet,
and an answer is all where a call was repeated.

The schema is no part of the prompt: what is offered may change without a loss for the server's KV cache.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from vtcode.messages import AssistantMessage, Message, SystemMessage, ToolCall, ToolMessage, UserMessage
from vtcode.providers.tool_modes.conversation import as_text, call_json, compact
from vtcode.providers.tool_modes.named_files import named_files
from vtcode.providers.tool_modes.signatures import tool_list
from vtcode.providers.tool_schemas import portable_parameters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vtcode.messages import ToolDefinition
    from vtcode.providers.base import Request

_FORM = """
Tools:
{tools}

Reply with one JSON object. To call a tool: {{"say":TEXT,"call":{{"name":TOOL,"arguments":{{...}}}}}}. \
You then get its result. When you know the answer: {{"answer":TEXT}}. \
The first messages, up to "Let us begin.", are examples and no part of the conversation."""

_SCHEMA_KEYWORDS = frozenset(
    ("type", "enum", "const", "items", "properties", "required", "additionalProperties", "anyOf")
)
"""What every engine's grammar understands; a value described by anything else is left free."""
_NOTES = ("title", "description", "default", "examples")


def as_structured(request: Request) -> Request:
    """Return the request as a structured one: tools in words, examples, and the schema of the reply."""
    system, *said = request.messages
    form = _FORM.format(tools=tool_list(request.tools))
    messages = (
        SystemMessage(text=f"{system.text}{form}"),
        *_examples(request.tools),
        *as_text(said, _written, _result),
    )
    return replace(request, messages=messages, tools=(), response_schema=reply_schema(said, request.tools))


def reply_schema(said: Sequence[Message], tools: Sequence[ToolDefinition]) -> dict[str, Any]:
    """Return the JSON schema of the next reply in a conversation.

    Args:
        said: The conversation, calls as calls, without the system prompt.
        tools: At least one.
    """
    asked = "\n".join(message.text for message in _last_words(said))
    if not asked:
        return _ANSWER if _repeats(said) else {"anyOf": [_ANSWER, _call(tools)]}
    seen = {text for call in _calls(said) for text in _texts_in(call)}
    unseen = [path for path in named_files(asked) if path not in seen]
    return _call(tools, unseen) if unseen else {"anyOf": [_ANSWER, _call(tools)]}


def _last_words(said: Sequence[Message]) -> list[Message]:
    """Return the user's messages that nobody answered yet."""
    unanswered = takewhile(lambda message: isinstance(message, UserMessage), reversed(said))
    return list(unanswered)[::-1]


def _call(tools: Sequence[ToolDefinition], paths: Sequence[str] = ()) -> dict[str, Any]:
    """Return the schema of words and a call.

    Args:
        tools: Those to choose from.
        paths: Files to begin with, if any: then tools that may do without a path are left out, as they are
            made for folders, and a tool that needs a path and nothing else takes it from here.
    """
    schemas = {tool.name: portable_parameters(tool) for tool in tools}
    for_files = {name: schema for name, schema in schemas.items() if not _path_is_optional(schema)}
    offered = (for_files or schemas) if paths else schemas
    branches = [_branch(name, schema, paths) for name, schema in offered.items()]
    return _object({"say": {"type": "string"}, "call": {"anyOf": branches}}, ["say", "call"])


def _path_is_optional(schema: dict[str, Any]) -> bool:
    return "path" in schema["properties"] and "path" not in schema.get("required", ())


def _branch(name: str, schema: dict[str, Any], paths: Sequence[str]) -> dict[str, Any]:
    required = schema.get("required", [])
    properties = {key: _strict(value) for key, value in schema["properties"].items()}
    if paths and required == ["path"]:
        properties["path"] = {"enum": list(paths)}
    return _object(
        {"name": {"const": name}, "arguments": _object(properties, required)}, ["name", "arguments"]
    )


def _object(properties: dict[str, Any], required: Sequence[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _strict(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a value's schema without room for other keys, and without what grammars may not know."""
    known = {key: value for key, value in schema.items() if key not in _NOTES}
    if not known.keys() <= _SCHEMA_KEYWORDS:
        return {}
    if "anyOf" in known:
        known["anyOf"] = [_strict(choice) for choice in known["anyOf"]]
    if "items" in known:
        known["items"] = _strict(known["items"])
    if known.get("type") != "object":
        return known
    properties = {name: _strict(value) for name, value in known.get("properties", {}).items()}
    return _object(properties, known.get("required", ()))


_ANSWER = _object({"answer": {"type": "string"}}, ["answer"])


def _repeats(said: Sequence[Message]) -> bool:
    """Tell whether the last call of the running turn was made in it before."""
    start = max((n for n, message in enumerate(said) if isinstance(message, UserMessage)), default=0)
    calls = [(call.name, call.arguments) for call in _calls(said[start:])]
    return bool(calls) and calls[-1] in calls[:-1]


def _calls(said: Sequence[Message]) -> list[ToolCall]:
    answers = (message for message in said if isinstance(message, AssistantMessage))
    return [call for answer in answers for call in answer.tool_calls]


def _texts_in(call: ToolCall) -> list[str]:
    return [value for value in call_json(call)["arguments"].values() if isinstance(value, str)]


def _written(text: str, call: ToolCall | None) -> str:
    return compact({"answer": text} if call is None else {"say": text, "call": call_json(call)})


def _result(message: ToolMessage) -> str:
    return f"Result of {message.name}:\n{message.text}"


_EXAMPLES: tuple[tuple[str, tuple[str, str, dict[str, str], str] | None, str], ...] = (
    ("Hello!", None, "Hello! What can I do for you?"),
    (
        "What is in the file notes.txt?",
        ("I will read notes.txt.", "read_file", {"path": "notes.txt"}, "Buy milk."),
        "notes.txt says: Buy milk.",
    ),
    (
        "Which files are there?",
        ("I will list the files.", "list_files", {}, "notes.txt\nmain.py"),
        "There are two files: notes.txt and main.py.",
    ),
    ("Thank you!", None, "You are welcome."),
    (
        "read the file todo.md",
        ("I will read todo.md.", "read_file", {"path": "todo.md"}, "- paint the door"),
        "todo.md has one line: paint the door.",
    ),
    ("That was the last example. Let us begin.", None, "I am ready."),
)
"""What the user says; what the model says first, its call and the result; what the model answers."""


def _examples(tools: Sequence[ToolDefinition]) -> list[Message]:
    offered = {tool.name for tool in tools}
    shown: list[Message] = []
    for number, (asked, step, answer) in enumerate(_EXAMPLES):
        if step is None:
            shown += [UserMessage(text=asked), AssistantMessage(text=answer)]
            continue
        say, name, arguments, result = step
        if name in offered:
            call = ToolCall(id=f"example_{number}", name=name, arguments=compact(arguments))
            shown += [
                UserMessage(text=asked),
                AssistantMessage(text=say, tool_calls=(call,)),
                ToolMessage(call_id=call.id, name=name, text=result),
                AssistantMessage(text=answer),
            ]
    return as_text(shown, _written, _result)
