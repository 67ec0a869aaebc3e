"""Text that grows looks in the end as if it had come at once, and settles as it grows."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from vtcode.frontends.tui.rendering.growing import Growing, GrowingMarkdown, GrowingPlain
from vtcode.frontends.tui.rendering.lines import Line
from vtcode.frontends.tui.rendering.markdown import parse, piece_lines
from vtcode.visible import plain

WIDTH = 32
FRAGMENTS = [
    "\n", "\n\n", " ", "    ", "\t", "word ", "a longer run of words ", "日本語。", "e\u0301", "👩\u200d👧",
    "# ", "## head\n", "===\n", "---\n", "- ", "* ", "+ ", "1. ", "2) ", "10. ", "  - ", "   ", "- [ ] ",
    "> ", ">", "```", "```py\n", "~~~\n", "x = 'a'\n", "`", "``", "*", "**", "_", "~~", "|", "| a | b |\n",
    "|---|:-:|\n", "[t](http://x)", "[r]", "[r]: http://x\n", "![i](u)", "<b>", "<!-- ", "&amp;", "&#x202e;",
    "\\", "  \n", "\x1b[31m", "\x1b]0;t\x07", "\r\n", "\x00", "***\n", "http://long.example/" + "x" * 40,
]  # fmt: skip

texts = st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join)


def cut(text: str, places: list[int]) -> list[str]:
    ends = sorted({place % (len(text) + 1) for place in places} | {len(text)})
    return [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def fed(growing: Growing, pieces: list[str]) -> list[Line]:
    for piece in pieces:
        kept = growing.lines[: growing.stable]
        growing.feed(piece)
        assert growing.lines[: len(kept)] == kept, "a settled line changed"
    return growing.lines


@settings(max_examples=300, deadline=None)
@given(texts, st.lists(st.integers(min_value=0, max_value=10_000), max_size=12))
def test_markdown_in_any_pieces_looks_like_markdown_at_once(text: str, places: list[int]) -> None:
    assert fed(GrowingMarkdown(WIDTH), cut(text, places)) == fed(GrowingMarkdown(WIDTH), [text])


@settings(max_examples=100, deadline=None)
@given(texts, st.lists(st.integers(min_value=0, max_value=10_000), max_size=12))
def test_plain_text_in_any_pieces_looks_like_plain_text_at_once(text: str, places: list[int]) -> None:
    assert fed(GrowingPlain(WIDTH, "text"), cut(text, places)) == fed(GrowingPlain(WIDTH, "text"), [text])


@settings(max_examples=100, deadline=None)
@given(texts)
def test_growing_markdown_says_what_the_whole_document_says(text: str) -> None:
    clean = plain(text.replace("\x1b", ""))
    whole = [line.text for piece in parse(clean) for line in piece_lines(piece, WIDTH) if line.spans]
    grown = [line.text for line in fed(GrowingMarkdown(WIDTH), list(clean)) if line.spans]
    assert grown == whole


def test_a_long_fence_settles_while_it_is_open_and_ends_the_same() -> None:
    code = "".join(f"def f{n}():\n    return {n}\n\n\n" for n in range(150))
    text = f"Look:\n\n```python\n{code}```\n\nDone."
    growing = GrowingMarkdown(60)
    lines = fed(growing, [text[start : start + 50] for start in range(0, len(text), 50)])
    assert lines == fed(GrowingMarkdown(60), [text])
    half = GrowingMarkdown(60)
    fed(half, [text[: len(text) * 3 // 4]])
    assert half.stable > 200
    assert sum(line.text.startswith("  def f") for line in lines) == 150


def test_a_long_list_settles_item_by_item() -> None:
    text = "".join(f"- item {n} of the list\n" for n in range(50))
    growing = GrowingMarkdown(60)
    fed(growing, list(text))
    assert growing.stable == 49
    assert [line.text for line in growing.lines[:2]] == ["• item 0 of the list", "• item 1 of the list"]


def test_a_paragraph_is_not_settled_by_a_line_that_is_not_complete() -> None:
    growing = GrowingMarkdown(60)
    fed(growing, ["para\n#", "hashtag"])
    assert [line.text for line in growing.lines] == ["para", "#hashtag"]


def test_an_escape_sequence_torn_between_pieces_leaves_no_escape() -> None:
    lines = fed(GrowingMarkdown(60), ["a\x1b", "[31mb\x1b]0;ti", "tle\x07c"])
    assert "\x1b" not in lines[0].text
    assert "\x07" not in lines[0].text
