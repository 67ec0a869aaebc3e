"""Calls in text while the text arrives: split anywhere, cut anywhere, broken, endless."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.rescue_samples import JSON_A, SAMPLES, TOOLS, XML_A, Sample
from vtcode.providers.base import CallPart, TextPart
from vtcode.providers.tool_modes.rescue import Rescued, RescueParser, rescue
from vtcode.providers.tool_modes.rescue.formats import FORMATS

SPLIT_UP = [
    *(sample.reply for sample in SAMPLES.values()),
    *FORMATS,
    *("</tool_call>", "<|channel|>", "<|start|>assistant", "<|message|>", "<|end|>", "<|START_THINKING|>"),
    *("`", "``", "```", "~~~", "\n", "\n\n", "    ", "> ", " ", "{", "}", "[", "]", '"', "'", "\\", "<"),
    *("Some words. ", "and so on", "read_file", "list_files(", JSON_A, XML_A, "<arg_key>", "</parameter>"),
]
replies = st.lists(st.sampled_from(SPLIT_UP), max_size=12).map("".join)


def understood(pieces: list[str]) -> tuple[str, str, object, bool]:
    parser = RescueParser(TOOLS)
    for piece in pieces:
        parser.feed(piece)
    parser.flush()
    return parser.text, parser.reasoning, parser.calls, parser.lost_call


@given(reply=replies, data=st.data())
@settings(deadline=None, max_examples=300)
def test_it_does_not_matter_how_a_reply_is_split(reply: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(reply)), max_size=20)))
    pieces = [reply[start:end] for start, end in zip([0, *cuts], [*cuts, len(reply)], strict=True)]
    assert understood(pieces) == understood([reply]) == understood(list(reply))


@given(reply=st.text(alphabet="Aa1 .,\n(){}[]<|`~\"'=:_/\\", max_size=80))
@settings(deadline=None, max_examples=300)
def test_text_without_a_call_stays_as_it_is(reply: str) -> None:
    assert understood([reply])[0] == reply


def _names_and_arguments(found: Rescued) -> list[tuple[str, dict[str, object]]]:
    return [(call.name, call.arguments) for call in found.calls]


# So little of a beginning can't be told from other text.
_WORDS = ("functools", "read_file", ">>", "to", '{"n', '{\n  "n', '{"t', "[r", "[re", '[{"n')


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES.keys())
def test_a_reply_cut_anywhere_has_its_complete_calls_and_shows_no_markup(sample: Sample) -> None:
    for end in range(1, len(sample.reply)):
        found = rescue(sample.reply[:end], "", TOOLS)
        calls = _names_and_arguments(found)
        assert calls == sample.calls[: len(calls)], end
        shown = found.text.strip()
        rest = shown.removeprefix(sample.text) if shown.startswith(sample.text) else ""
        is_beginning = sample.text.startswith(shown)
        assert is_beginning or len(rest.strip()) <= 2 or rest.strip().startswith(_BEGINNINGS), (end, shown)


_BEGINNINGS = tuple(word[:size] for word in _WORDS for size in range(2, len(word) + 1))

CUT = {
    "JSON": '<tool_call>\n{"name": "read_file", "arguments": {"path": "a',
    "JSON with a closing tag in it": (
        '<tool_call>{"name": "write_file", "arguments": {"content": "a </tool_call> b'
    ),
    "elements": "<tool_call>\n<function=read_file>\n<parameter=path>\na.txt\n",
    "elements, one complete": "<tool_call>\n<function=read_file>\n<parameter=path>\na.txt\n</parameter>\n",
    "keys and values": "<tool_call>read_file\n<arg_key>path</arg_key>\n<arg_value>a.txt",
    "harmony": '<|channel|>commentary to=functions.read_file <|constrain|>json<|message|>{"path": "a',
    "a header of harmony": "<|channel|>commentary to=functions.read_",
    "mistral": '[TOOL_CALLS][{"name": "read_file", "arguments": {"path": "a.txt"}}',
    "mistral without its first mark": 'read_file[ARGS]{"path": "a',
    "python": '<|tool_call_start|>[read_file(path="a.txt"',
    "gemma": '<|tool_call>call:read_file{path:<|"|>a.txt<|"|>}',
    "bare JSON": '{"name": "read_file", "parameters": {"path": "a',
    "a bare list": '[{"name": "read_file", "arguments": {"path": "a.txt"}}',
    "an opening tag": "<tool_call>",
    "half an opening tag": "<tool_ca",
}


@pytest.mark.parametrize("end", CUT.values(), ids=CUT.keys())
def test_a_cut_call_vanishes_and_is_told(end: str) -> None:
    assert rescue(f"I look.\n\n{end}", "", TOOLS) == Rescued(
        text="I look.", reasoning="", calls=(), lost_call=True
    )


BROKEN = {
    "a bracket is missing": '<tool_call>{"name": "read_file", "arguments": {"path": "a.txt"}</tool_call>',
    "a bracket too much": '<tool_call>{"name": "read_file", "arguments": {"path": "a.txt"}}}</tool_call>',
    "a quote is missing": '<tool_call>{"name": "read_file", "arguments": {"path": "a.txt}}</tool_call>',
    "no JSON": "<tool_call>{name: read_file}</tool_call>",
    "arguments that are text": '<tool_call>{"name": "read_file", "arguments": "a.txt"}</tool_call>',
    "arguments that are a list": '<tool_call>{"name": "read_file", "arguments": ["a.txt"]}</tool_call>',
    "no arguments where some are needed": '<tool_call>{"name": "read_file"}</tool_call>',
    "no finite number": '<tool_call>{"name": "read_file", "arguments": {"limit": 1e999}}</tool_call>',
    "too deep": '<tool_call>{"name": "read_file", "arguments": ' + "[" * 500 + "</tool_call>",
    "a parameter that is not closed": (
        "<tool_call>\n<function=read_file>\n<parameter=path>\na.txt\n</function>\n</tool_call>"
    ),
    "python that is none": "<|tool_call_start|>[read_file(path=)]<|tool_call_end|>",
    "python that computes": "<|tool_call_start|>[read_file(path=open('a').read())]<|tool_call_end|>",
    "gemma's notation": "<|tool_call>call:read_file{path}<tool_call|>",
    "harmony": "<|channel|>commentary to=functions.read_file <|constrain|>json<|message|>{bad}<|call|>",
    "deepseek": (
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>read_file\n```json\n"
        '{"path": \n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>'
    ),
    "kimi": (
        "<|tool_calls_section_begin|><|tool_call_begin|>functions.read_file:0<|tool_call_argument_begin|>"
        '{"path"}<|tool_call_end|><|tool_calls_section_end|>'
    ),
}


@pytest.mark.parametrize("markup", BROKEN.values(), ids=BROKEN.keys())
def test_a_malformed_call_vanishes_and_the_prose_around_it_stays(markup: str) -> None:
    assert rescue(f"I look.\n{markup}\nThat was it.", "", TOOLS) == Rescued(
        text="I look.\nThat was it.", reasoning="", calls=(), lost_call=True
    )


def test_a_call_before_a_malformed_one_counts() -> None:
    found = rescue(f'<tool_calls>\n{JSON_A}\n{{"name": bad}}\n</tool_calls>\nSo.', "", TOOLS)
    assert _names_and_arguments(found) == [("read_file", {"path": "a.txt"})]
    assert (found.text, found.lost_call) == ("So.", True)


def test_prose_is_given_out_at_once() -> None:
    parser = RescueParser(TOOLS)
    for word in ("The", " quick", " brown fox.", "\nIt `jumps` far", " over [a] fence;"):
        assert parser.feed(word) == [TextPart(text=word)]


@pytest.mark.parametrize("word", ["Half of it", "a cliff", "(to", "I call x.functools"])
def test_a_letter_within_a_word_is_never_held_back(word: str) -> None:
    assert RescueParser(TOOLS).feed(word) == [TextPart(text=word)]


def test_a_function_in_angle_brackets_that_is_no_tool_is_text_at_once() -> None:
    parser = RescueParser(TOOLS)
    parser.feed("In C++ you write std::function<int> and <function=")
    assert parser.feed("foo> ") == [TextPart(text=" <function=foo>")]
    parser.feed("{is odd.")
    parser.flush()
    assert parser.text == "In C++ you write std::function<int> and <function=foo> {is odd."
    assert not parser.lost_call


def test_no_more_is_held_back_than_the_beginning_of_a_mark() -> None:
    parser = RescueParser(TOOLS)
    assert parser.feed("a <tool_c") == [TextPart(text="a")]
    assert parser.feed("urtain> b") == [TextPart(text=" <tool_curtain> b")]


def test_code_is_given_out_at_once() -> None:
    parser = RescueParser(TOOLS)
    parser.feed("```\n")
    assert parser.feed("<tool_call>{") == [TextPart(text="\n<tool_call>{")]


def test_a_call_is_told_while_it_is_written() -> None:
    parser = RescueParser(TOOLS)
    parser.feed('<tool_call>{"name": "write_file", "arguments": {"content": "')
    assert parser.feed("abc") == [CallPart(index=0, name="write_file", text="abc")]
    parser.feed('"}}</tool_call>')
    assert [call.name for call in parser.calls] == ["write_file"]


ENDLESS: dict[str, Callable[[int], str]] = {
    "angle brackets": lambda size: "<" * size,
    "opening tags": lambda size: "<tool_call>" * (size // 11),
    "strings that never end": lambda size: '<tool_call>{"</tool_call>' * (size // 25),
    "elements that never end": lambda size: "<function=read_file><parameter=path></tool_call>" * (size // 48),
    "values with their ends": lambda size: (
        "<tool_call><function=write_file><parameter=content>" + "</parameter> x" * (size // 14)
    ),
    "brackets": lambda size: "<tool_call>" + "[" * size,
    "backticks": lambda size: "`" * size,
    "blank lines": lambda size: "\n" * size,
    "headers": lambda size: "<|channel|>" * (size // 11),
    "objects": lambda size: '\n\n{"name": "read_file", ' * (size // 22),
}


def _steps(reply: str, size: int) -> int:
    """Count the function calls that parsing takes, as a measure of time that no machine changes."""
    steps = 0

    def count(*_: object) -> None:
        nonlocal steps
        steps += 1

    sys.setprofile(count)
    try:
        rescue(reply, "", TOOLS, piece_size=size)
    finally:
        sys.setprofile(None)
    return steps


@pytest.mark.parametrize("reply", ENDLESS.values(), ids=ENDLESS.keys())
@pytest.mark.parametrize("size", [1, 0], ids=["by one", "whole"])
def test_work_grows_with_the_text_and_not_faster(reply: Callable[[int], str], size: int) -> None:
    assert _steps(reply(8000), size) < 3 * _steps(reply(4000), size) + 1000
