from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtcode.providers.think import ThinkSplitter


def split(pieces: list[str], *, opens_inside: bool = False) -> tuple[str, str]:
    splitter = ThinkSplitter(opens_inside=opens_inside)
    for piece in pieces:
        splitter.feed(piece)
    splitter.flush()
    return splitter.reasoning, splitter.text


def streamed(pieces: list[str], *, opens_inside: bool = False) -> tuple[str, str]:
    splitter = ThinkSplitter(opens_inside=opens_inside)
    given_out = [part for piece in pieces for part in splitter.feed(piece)]
    given_out += splitter.flush()
    reasoning = "".join(part.text for part in given_out if part.kind == "reasoning")
    return reasoning, "".join(part.text for part in given_out if part.kind == "text")


CASES = {
    "no tags": ("Hello", "", "Hello"),
    "opened and closed": ("<think>\nhm\n</think>\n\nHello", "hm", "Hello"),
    "blank before the tag": ("\n <think>hm</think>Hello", "hm", "Hello"),
    "empty reasoning": ("<think>\n\n</think>\n\nHello", "", "Hello"),
    "sister tag": ("[THINK]hm[/THINK]Hello", "hm", "Hello"),
    "two blocks": ("<think>a</think>\n<think>b</think>\nHello", "ab", "Hello"),
    "never closed": ("<think>hm", "hm", ""),
    "only closed": ("hm\nso\n</think>\n\nHello", "hm\nso", "Hello"),
    "only closed, on the line": ("so.</think>Hello", "so.", "Hello"),
    "only closed, at the very end": ("so.\n</think>", "so.", ""),
    "closed at once": ("</think>\n\nHello", "", "Hello"),
    "tag in an answer": ("Use <think> and </think> here", "", "Use <think> and </think> here"),
    "closing tag in prose": ("The tag </think> ends it", "", "The tag </think> ends it"),
    "closing tag in code": ("See `</think>`\nit ends", "", "See `</think>`\nit ends"),
    "closing tag in a block": (
        "```\nx </think>\n```\nends",
        "",
        "```\nx </think>\n```\nends",
    ),
    "closing tag in a call": (
        '<tool_call>\n{"name": "write_file", "arguments": {"content": "a\n</think>\nb"}}\n</tool_call>',
        "",
        '<tool_call>\n{"name": "write_file", "arguments": {"content": "a\n</think>\nb"}}\n</tool_call>',
    ),
    "closing tag in elements": (
        "<function=write_file>\n<parameter=content>\nx</think>y\n</parameter>\n</function>",
        "",
        "<function=write_file>\n<parameter=content>\nx</think>y\n</parameter>\n</function>",
    ),
    "closing tag after a call": (
        "<function=f>\n</function> so.</think>Hi",
        "<function=f>\n</function> so.",
        "Hi",
    ),
    "closing tag after a word about calls": (
        "I use <tool_call> now.\n</think>\nHi",
        "I use <tool_call> now.",
        "Hi",
    ),
    "tag after reasoning": ("<think>a</think>Say </think>\nnow", "a", "Say </think>\nnow"),
    "half a tag at the end": ("a <", "", "a <"),
    "half an opening at the end": ("<thi", "", "<thi"),
    "indented answer": ("    code", "", "    code"),
    "unclosed fence in reasoning": ("try ```py\nx\n</think>\n\nHello", "try ```py\nx", "Hello"),
}


@pytest.mark.parametrize(("reply", "reasoning", "text"), CASES.values(), ids=CASES.keys())
def test_reasoning_is_told_from_the_answer(reply: str, reasoning: str, text: str) -> None:
    assert split([reply]) == (reasoning, text)


@pytest.mark.parametrize(("reply", "reasoning", "text"), CASES.values(), ids=CASES.keys())
def test_one_character_at_a_time_gives_the_same(reply: str, reasoning: str, text: str) -> None:
    assert split(list(reply)) == (reasoning, text)


@given(
    st.lists(st.sampled_from(["<think>", "</think>", "<", "think>", "\n", " ", "a", "`", "```", "/"])),
    st.lists(st.integers(min_value=1, max_value=9), min_size=1),
    st.booleans(),
)
def test_any_split_streams_the_same(tokens: list[str], sizes: list[int], opens_inside: bool) -> None:
    reply = "".join(tokens)
    pieces: list[str] = []
    start = 0
    while start < len(reply):
        size = sizes[len(pieces) % len(sizes)]
        pieces.append(reply[start : start + size])
        start += size
    assert split(pieces, opens_inside=opens_inside) == split([reply], opens_inside=opens_inside)
    assert streamed(pieces, opens_inside=opens_inside) == streamed([reply], opens_inside=opens_inside)


def test_a_known_missing_opening_tag_streams_as_reasoning_at_once() -> None:
    splitter = ThinkSplitter(opens_inside=True)
    assert [piece.kind for piece in splitter.feed("hm, well")] == ["reasoning"]
    assert [piece.kind for piece in splitter.feed("</think>\nHello")] == ["text"]
    assert splitter.closed_without_opening


def test_a_tag_in_its_place_overrules_what_was_assumed() -> None:
    splitter = ThinkSplitter(opens_inside=True)
    splitter.feed("<think>hm</think>Hello")
    assert (splitter.reasoning, splitter.text) == ("hm", "Hello")
    assert not splitter.closed_without_opening


def test_without_a_closing_tag_what_was_assumed_to_be_reasoning_was_the_answer() -> None:
    assert split(["Hello ", "there"], opens_inside=True) == ("", "Hello there")


def test_the_end_may_be_told_twice() -> None:
    splitter = ThinkSplitter(opens_inside=True)
    splitter.feed("Hello")
    splitter.flush()
    assert splitter.flush() == []
    assert splitter.text == "Hello"


def test_with_a_reasoning_field_a_closing_tag_is_text() -> None:
    splitter = ThinkSplitter(opens_inside=True)
    splitter.reasoning_came_apart()
    splitter.feed("a\n</think>\nb")
    splitter.flush()
    assert (splitter.reasoning, splitter.text) == ("", "a\n</think>\nb")


def test_a_stray_closing_tag_before_the_answer_is_dropped_even_then() -> None:
    splitter = ThinkSplitter()
    splitter.reasoning_came_apart()
    splitter.feed("\n</think>\n\nHello")
    assert splitter.text == "Hello"
    assert not splitter.closed_without_opening
