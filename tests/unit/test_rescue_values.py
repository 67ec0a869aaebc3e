"""Arguments: typed where the format carries strings only, and as they were written otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.rescue_samples import TOOLS
from vtcode.messages import ToolDefinition
from vtcode.providers.tool_modes.rescue import rescue


def _typed(text: str, schema: dict[str, Any]) -> object:
    """Return what an element's text means for a parameter with this schema."""
    tool = ToolDefinition(
        name="take", description="", parameters={"type": "object", "properties": {"value": schema}}
    )
    reply = (
        f"<tool_call>\n<function=take>\n<parameter=value>\n{text}\n</parameter>\n</function>\n</tool_call>"
    )
    (call,) = rescue(reply, "", [tool]).calls
    return call.arguments["value"]


@pytest.mark.parametrize(
    ("text", "schema", "value"),
    [
        ("5", {"type": "string"}, "5"),
        ("null", {"type": "string"}, "null"),
        ('"quoted"', {"type": "string"}, '"quoted"'),
        ("  indented\n", {"type": "string"}, "  indented\n"),
        ("", {"type": "string"}, ""),
        ("5", {"type": "integer"}, 5),
        (" -14 ", {"type": "integer"}, -14),
        ("5.0", {"type": "integer"}, 5),
        ("5.5", {"type": "integer"}, "5.5"),
        ("many", {"type": "integer"}, "many"),
        ("2", {"type": "number"}, 2),
        ("2.5e3", {"type": "number"}, 2500.0),
        ("true", {"type": "boolean"}, True),
        ("False", {"type": "boolean"}, False),
        ("yes", {"type": "boolean"}, "yes"),
        ('["a", {"b": 1}]', {"type": "array"}, ["a", {"b": 1}]),
        ("['a', True, None]", {"type": "array"}, ["a", True, None]),
        ("a, b", {"type": "array"}, "a, b"),
        ('{"a": [1, 2]}', {"type": "object"}, {"a": [1, 2]}),
        ("{not JSON", {"type": "object"}, "{not JSON"),
        ("null", {"type": ["string", "null"]}, None),
        ("text", {"type": ["null", "string"]}, "text"),
        ("42", {"type": ["integer", "null"]}, 42),
        ("2 dollars", {"anyOf": [{"type": "integer"}, {"type": "string"}]}, "2 dollars"),
        ("2", {"anyOf": [{"type": "integer"}, {"type": "string"}]}, 2),
        ('{"a": 1}', {"oneOf": [{"type": "object"}, {"type": "string"}]}, {"a": 1}),
        ("celsius", {"enum": ["celsius", "kelvin"]}, "celsius"),
        ("2", {"enum": [1, 2]}, 2),
        ("7", {}, 7),
        ("word", {}, "word"),
    ],
)
def test_an_element_is_typed_by_the_schema(text: str, schema: dict[str, Any], value: object) -> None:
    typed = _typed(text, schema)
    assert (typed, type(typed)) == (value, type(value))


def _arguments(reply: str) -> dict[str, Any]:
    (call,) = rescue(reply, "", TOOLS).calls
    return call.arguments


ARGUMENTS: dict[str, tuple[str, dict[str, Any]]] = {
    "JSON is not typed again": (
        '<tool_call>{"name": "read_file", "arguments": {"path": 5, "limit": "5"}}</tool_call>',
        {"path": 5, "limit": "5"},
    ),
    "closing tags and fences in a string": (
        '<tool_call>{"name": "write_file", "arguments": {"content": "</tool_call>\\n```\\n{\\"a\\": [}"}}'
        "</tool_call>",
        {"content": '</tool_call>\n```\n{"a": [}'},
    ),
    "bare newlines and tabs in a string": (
        '[TOOL_REQUEST]{"name": "write_file", "arguments": {"content": "a\n\tb"}}[END_TOOL_REQUEST]',
        {"content": "a\n\tb"},
    ),
    "characters of all planes": (
        '<tool_call>{"name": "write_file", "arguments": {"content": "äß 日本 😀 \\u00e9 \\ud83d\\ude00"}}'
        "</tool_call>",
        {"content": "äß 日本 😀 é 😀"},
    ),
    "half a character": (
        '<tool_call>{"name": "write_file", "arguments": {"content": "a\\ud83d"}}</tool_call>',
        {"content": "a?"},
    ),
    "nested values": (
        '<tool_call>{"name": "write_file", "arguments": {"meta": {"a": [{"b": {}}, []]}}}</tool_call>',
        {"meta": {"a": [{"b": {}}, []]}},
    ),
    "python strings": (
        '<|tool_call_start|>[write_file(path=\'it\\\'s\', content="say \\"hi\\"\\n")]<|tool_call_end|>',
        {"path": "it's", "content": 'say "hi"\n'},
    ),
    "python strings over lines": (
        '<|tool_call_start|>[write_file(content="a\nb")]<|tool_call_end|>',
        {"content": "a\nb"},
    ),
    "python strings in three quotes": (
        '<|tool_call_start|>[write_file(content="""say "it\'s" [\n""")]<|tool_call_end|>',
        {"content": 'say "it\'s" [\n'},
    ),
    "python values": (
        "<|tool_call_start|>[write_file(tags=['a', ('b',)], meta={'n': -1, 'ok': True, 'no': null})]"
        "<|tool_call_end|>",
        {"tags": ["a", ["b"]], "meta": {"n": -1, "ok": True, "no": None}},
    ),
    "an element with markup in it": (
        "<function=write_file>\n<parameter=content>\n<a>\n</parameter> and </function>\n</tool_call>\n"
        "</parameter>\n</function>",
        {"content": "<a>\n</parameter> and </function>\n</tool_call>"},
    ),
    "an element with line breaks of Windows": (
        "<function=write_file>\r\n<parameter=content>\r\na\r\nb\r\n</parameter>\r\n</function>",
        {"content": "a\r\nb"},
    ),
    "an element in the line keeps its blanks": (
        '<invoke name="write_file"><parameter name="content"> a\n</parameter></invoke>',
        {"content": " a\n"},
    ),
    "keys and values with markup in them": (
        "<tool_call>write_file\n<arg_key>content</arg_key>\n<arg_value></arg_value> <tool_call></arg_value>\n"
        "</tool_call>",
        {"content": "</arg_value> <tool_call>"},
    ),
    "gemma's quotes": (
        '<|tool_call>call:write_file{content:<|"|>{a}, "b" <tool_call|><|"|>}<tool_call|>',
        {"content": '{a}, "b" <tool_call|>'},
    ),
    "a mark of harmony in a string": (
        '<|channel|>commentary to=functions.write_file<|message|>{"content": "a<|end|>b"}<|call|>',
        {"content": "a<|end|>b"},
    ),
}


@pytest.mark.parametrize(("reply", "arguments"), ARGUMENTS.values(), ids=ARGUMENTS.keys())
def test_arguments_are_what_was_written(reply: str, arguments: dict[str, Any]) -> None:
    assert _arguments(reply) == arguments


@pytest.mark.parametrize(
    "name",
    ["Read-File", "readFile", "READ_FILE", "functions.read_file", "functions.read_file:3"],
)
def test_a_known_tool_may_be_spelt_differently(name: str) -> None:
    tools = [*TOOLS, ToolDefinition(name="readFile", description="")]
    (call,) = rescue(
        f'<tool_call>{{"name": "{name}", "arguments": {{"path": "a"}}}}</tool_call>', "", tools
    ).calls
    assert call.name == ("readFile" if name == "readFile" else "read_file")


def test_a_leaked_mark_is_cut_off_a_name() -> None:
    reply = '<tool_call>{"name": "read_file<|channel|>commentary", "arguments": {"path": "a"}}</tool_call>'
    assert rescue(reply, "", TOOLS).calls[0].name == "read_file"


def test_without_tools_nothing_is_a_call() -> None:
    reply = '<tool_call>{"name": "read_file", "arguments": {"path": "a"}}</tool_call>'
    assert rescue(reply, "", []).calls == ()
    assert rescue(reply, "", []).text == reply


def test_without_tools_channels_are_understood_all_the_same() -> None:
    reply = (
        "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Yes.<|return|>"
    )
    understood = rescue(reply, "", [])
    assert (understood.text, understood.reasoning) == ("Yes.", "Hm.")


def test_two_messages_of_an_answer_are_two_paragraphs() -> None:
    reply = "<|channel|>commentary<|message|>One.<|end|><|start|>assistant<|channel|>final<|message|>Two."
    assert rescue(reply, "", TOOLS).text == "One.\n\nTwo."


def test_calls_are_looked_for_in_reasoning_only_where_no_text_came() -> None:
    thought = 'I call.\n<tool_call>{"name": "list_files", "arguments": {}}</tool_call>'
    alone, beside = rescue("", thought, TOOLS), rescue("Hello.", thought, TOOLS)
    assert ([call.name for call in alone.calls], alone.reasoning) == (["list_files"], "I call.")
    assert (beside.calls, beside.reasoning, beside.text) == ((), thought, "Hello.")
