"""Markup that is only shown: in code, quoted, in a sentence about it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.rescue_samples import JSON_A, JSON_B, SAMPLES, TOOLS, XML_A
from vtcode.providers.tool_modes.rescue import Rescued, rescue

CALL = f"<tool_call>\n{JSON_A}\n</tool_call>"
ONE_LINE = f"<tool_call>{JSON_A}</tool_call>"

SHOWN = {
    "fence": f"So:\n```\n{CALL}\n```\nThat is it.",
    "fence with a language": f"```xml\n{CALL}\n```",
    "fence of JSON": f"```json\n{JSON_A}\n```",
    "fence of Gemma's tool code": '```tool_code\nread_file(path="a.txt")\n```',
    "fence, indented": f"1. So:\n   ```\n   {ONE_LINE}\n   ```\n",
    "fence in a list": f"- ```\n  {ONE_LINE}\n  ```\n",
    "fence in a quotation": f"> ```\n> {ONE_LINE}\n> ```\n",
    "fence after text in the line": f"So: ```\n{CALL}\n```",
    "fence, not closed": f"So:\n\n```\n{CALL}\n\nAnd so on.",
    "fence, closed by another mark": f"```\n{CALL}\n~~~\n{CALL}",
    "fence, closed by a shorter mark": f"````\n```\n{CALL}\n```\n{CALL}\n````",
    "fence, closed with more than a mark": f"```\n``` xml\n{CALL}\n```",
    "fence of tildes": f"~~~\n{CALL}\n~~~",
    "fence of tildes with backticks": f"~~~ `a`\n```\n{CALL}\n~~~",
    "code in the line": f"Write `{ONE_LINE}` to call.",
    "code in the line, more backticks": f"Write `` `{ONE_LINE}` `` to call.",
    "code in the line with three": f"```{ONE_LINE}``` is it.",
    "code over lines": f"Write `{CALL}` to call.",
    "code over lines, elements": f"Write `<tool_call>\n{XML_A}\n</tool_call>` to call.",
    "code by indent": f"So:\n\n    {ONE_LINE}\n\nThat is it.",
    "code by tab": f"So:\n\n\t{ONE_LINE}",
    "code by indent, second line": f"So:\n\n    call:\n    {ONE_LINE}",
    "quotation": f"> {ONE_LINE}\n\nsaid he.",
    "quotation marks": f'He wrote "{ONE_LINE}" to me.',
    "single quotation marks": f"He wrote '{ONE_LINE}' to me.",
    "typographic quotation marks": f"He wrote “{ONE_LINE}” to me.",
    "a quoted tool request": f'Answer with "[TOOL_REQUEST]{JSON_A}[END_TOOL_REQUEST]".',
    "a sentence": f"Qwen writes {ONE_LINE} and waits for the result.",
    "the end of a sentence": f"In this format a call is {ONE_LINE}.",
    "tags in a sentence": "It goes between <tool_call> and </tool_call>, as JSON.",
    "a placeholder": "Use <function=NAME> with <parameter=KEY> in it.",
    "JSON in a sentence": f"It is {JSON_A} in JSON.",
    "JSON on a line": f"It is\n{JSON_A}\nin JSON.",
    "JSON before text": f"{JSON_A}\n\nThat is it.",
    "other JSON": '{"name": "vtcode", "version": "1.0"}',
    "other JSON with arguments": '{"arguments": {"path": "a.txt"}}',
    "JSON of a tool's definition": (
        '{"name": "read_file", "description": "Reads.", "parameters": {"type": "object"}}'
    ),
    "a list": "[1, 2, 3]",
    "a link": "[read_file](https://example.org) reads.",
    "a comparison": "a < b, c <= d and [e] or {f}",
    "an unknown tool": '<tool_call>{"name": "drop_table", "arguments": {}}</tool_call>',
    "an unknown tool in elements": "<function=drop_table>\n</function>",
    "an unknown tool in JSON": '{"name": "drop_table", "parameters": {}}',
    "mistral's mark": "The mark [TOOL_CALLS] comes first.",
    "a tool's name within a line": 'Say read_file[ARGS]{"path": "a"} there.',
    "a name that is no tool's": 'foo[ARGS]{"path": "a"}',
    "a name": "read_file reads a file.",
    "an import": "from functools import cache",
    "a python prompt": ">>> read_file('a')\n>>> 1",
    "blanks": " \n\n Hello \n\n",
    "nothing": "",
}


def understood(reply: str) -> Rescued:
    return rescue(reply, "", TOOLS)


@pytest.mark.parametrize("reply", SHOWN.values(), ids=SHOWN.keys())
def test_what_is_only_shown_stays_text(reply: str) -> None:
    shown = understood(reply)
    assert (shown.calls, shown.text, shown.lost_call) == ((), reply, False)


@pytest.mark.parametrize("reply", SHOWN.values(), ids=SHOWN.keys())
def test_what_is_only_shown_stays_text_character_by_character(reply: str) -> None:
    shown = rescue(reply, "", TOOLS, piece_size=1)
    assert (shown.calls, shown.text, shown.lost_call) == ((), reply, False)


MEANT = {
    "after a fence": f"```\n{JSON_B}\n```\n{CALL}",
    "after a fence of tildes": f"~~~\n{CALL}\n~~~~\n\n{CALL}",
    "after code in the line": f"I use `a` and `b`.\n{CALL}",
    "after code that quotes a tag": f"`<tool_call>{{...}}</tool_call>` it is.\n\n{CALL}",
    "after a stray backtick": f"It`s so.\n{CALL}",
    "after a quotation": f"> He asked.\n\n{CALL}",
    "after a closing quotation mark": f'I read "a.txt"{ONE_LINE}',
    "after an apostrophe": f"I don't know, that's why.\n{CALL}",
    "after a colon": f"Let me see: {ONE_LINE}",
    "in a list": f"1. {ONE_LINE}",
    "before a new sentence": f"I read it now {ONE_LINE} Done.",
    "after a sentence about tags": f"I use the <tool_call> tag.\n{CALL}",
    "after other JSON": f'{{"a": 1}}\n\n{CALL}',
}


@pytest.mark.parametrize("reply", MEANT.values(), ids=MEANT.keys())
def test_a_call_is_a_call_whatever_came_before(reply: str) -> None:
    assert [(call.name, call.arguments) for call in understood(reply).calls] == [
        ("read_file", {"path": "a.txt"})
    ]


prose = st.sampled_from(["Some words.", "", "- a list", "a `b` c", "# A title", "| a | b |", "Right: {x}"])
fences = st.sampled_from(["```", "````", "~~~", "~~~~~"])
languages = st.sampled_from(["", "json", "xml", "python", "text", "tool_code", " hermes"])
indents = st.sampled_from(["", " ", "  ", "   ", "    ", "\t"])
samples = st.sampled_from([sample.reply for sample in SAMPLES.values()])


@st.composite
def fenced(draw: st.DrawFn) -> str:
    """A reply with samples of calls in fences only, the last of which may be open."""
    lines = []
    for _ in range(draw(st.integers(1, 3))):
        fence, indent = draw(fences), draw(indents)
        inside = [line for sample in draw(st.lists(samples, max_size=3)) for line in sample.split("\n")]
        lines += [draw(prose), indent + fence + draw(languages)]
        lines += [indent + line for line in inside if fence[:3] not in line]
        lines += [indent + fence]
    return "\n".join(lines if draw(st.booleans()) else lines[:-1])


@given(reply=fenced(), size=st.integers(0, 9))
@settings(deadline=None, max_examples=200)
def test_no_call_is_made_out_of_a_fenced_code_block(reply: str, size: int) -> None:
    shown = rescue(reply, "", TOOLS, piece_size=size)
    assert (shown.calls, shown.text, shown.lost_call) == ((), reply, False)
