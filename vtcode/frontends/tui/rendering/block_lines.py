"""Blocks as lines of a width: the one place that says how each kind of block looks.

Every line starts with a margin of two cells: a block's symbol stands in the first, the second stays free for
the view's cursor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from vtcode.frontends.tui.blocks import (
    AnyBlock,
    CommandBlock,
    FooterBlock,
    HeaderBlock,
    LiveBlock,
    NoticeBlock,
    ReasoningBlock,
    ReplyBlock,
    ToolBlock,
    UserBlock,
)
from vtcode.frontends.tui.rendering.command_lines import command_lines
from vtcode.frontends.tui.rendering.growing import Growing, GrowingMarkdown, GrowingPlain
from vtcode.frontends.tui.rendering.lines import (
    EMPTY_LINE,
    MIN_WIDTH,
    Line,
    Span,
    cut,
    prefixed,
    shifted,
    wrap,
)
from vtcode.frontends.tui.rendering.tool_lines import tool_lines
from vtcode.frontends.wording import LEAST_WAITED_S
from vtcode.visible import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

MARGIN = 2
_REST: tuple[Span, ...] = (("  ", "text"),)
_NO_BREAK = "\u00a0"
_FIRST_HINT = "@ names a file · ! runs a command of your own · Shift+Tab changes the mode"
"""What the empty prompt does not say."""
_QUIET = (ReasoningBlock, ToolBlock, LiveBlock)


def body_width(width: int) -> int:
    """Return the cells for text in a view of `width` cells."""
    return max(width - MARGIN, MIN_WIDTH)


def stands_close(above: AnyBlock, below: AnyBlock) -> bool:
    """Return whether no blank line parts two neighbours: a turn's steps make one list, its foot ends it."""
    if isinstance(below, FooterBlock):
        return True
    return isinstance(above, _QUIET) and isinstance(below, _QUIET)


def growing_body(block: AnyBlock, width: int) -> Growing | None:
    """Return an empty body for a block whose text grows as it is shown; None for every other block."""
    if block.folded:
        return None
    match block:
        case ReplyBlock():
            return GrowingMarkdown(body_width(width), "discarded" if block.discarded else "text")
        case ReasoningBlock():
            return GrowingPlain(body_width(width), "reasoning")
        case _:
            return None


def head_lines(block: ReplyBlock | ReasoningBlock, width: int) -> list[Line]:
    """Return the line above a growing body: for reasoning, and for an answer that does not count."""
    mark = "▸" if block.folded else "▾"
    if isinstance(block, ReasoningBlock):
        words = "thinking …" if block.duration_s is None else _thought_words(block.duration_s)
        style = "reasoning"
    elif block.discarded:
        words = "discarded answer"
        style = "notice-warning"
    else:
        return []
    return [_line(mark, style, [(cut(words, body_width(width)), style)])]


def block_lines(block: AnyBlock, width: int) -> list[Line]:
    """Return a block's lines, folded or not; of a growing block as it is now."""
    match block:
        case ReplyBlock() | ReasoningBlock():
            body = growing_body(block, width)
            if body is not None:
                body.feed(block.text.whole)
            return head_lines(block, width) + with_margin(body.lines if body else [])
        case HeaderBlock():
            return _header_lines(block, width)
        case UserBlock(text=text, images=images):
            attached = [line for words in images for line in _plain_lines(words, width, "footer")]
            return _marked("›", "user", [*_plain_lines(text, width, "user"), *attached])
        case ToolBlock():
            return _tool_block_lines(block, width)
        case LiveBlock(text=text):
            return [_line("·", "live", [(cut(plain(text), body_width(width)), "live")])]
        case NoticeBlock():
            return _notice_lines(block, width)
        case CommandBlock(command=command, text=text):
            typed = _plain_lines(command, width, "user")
            return _marked("›", "user", typed) + with_margin(command_lines(plain(text), body_width(width)))
        case FooterBlock():
            return _marked("·", "footer", _wrapped(footer_words(block), width, "footer"))
        case _:
            assert_never(block)


def with_margin(lines: Sequence[Line]) -> list[Line]:
    """Put the empty margin before lines."""
    return shifted(lines, _REST, _REST, copied=False)


def footer_words(block: FooterBlock) -> str:
    """Return what a turn cost: `12.3 tokens/s · 1,240 in · 310 out · 25 s`."""
    usage = block.usage
    about = "~" if usage.estimated else ""
    guessed = "~" if usage.cached_estimated else ""
    cached = f" ({guessed}{usage.cached_tokens:,} cached)" if usage.cached_tokens else ""
    parts = [block.outcome] if block.outcome else []
    if block.tokens_per_s:
        parts.append(f"{block.tokens_per_s:.1f} tokens/s")
    if block.first_token_s is not None:
        parts.append(f"first token {_seconds(block.first_token_s)}")
    if usage.prompt_tokens or usage.completion_tokens:
        parts.append(f"{about}{usage.prompt_tokens:,} in{cached}")
        parts.append(f"{about}{usage.completion_tokens:,} out")
    parts.append(_seconds(block.duration_s))
    if block.waited_s >= LEAST_WAITED_S:
        parts.append(f"{_seconds(block.waited_s)} for your answers")
    return " · ".join(part.replace(" ", _NO_BREAK) for part in parts)


def estimated_height(block: AnyBlock, width: int) -> int:
    """Return about how many lines a block takes, without laying it out."""
    if block.folded:
        return 1
    text = block.source
    if isinstance(block, ToolBlock):
        text = block.text[:8_000]
    return 1 + text.count("\n") + len(text) // body_width(width)


def _line(symbol: str, symbol_style: str, spans: Sequence[Span]) -> Line:
    return Line(((f"{symbol} ", symbol_style), *spans), None, MARGIN, MARGIN)


def _marked(symbol: str, style: str, lines: Sequence[Line]) -> list[Line]:
    return shifted(lines, [(f"{symbol} ", f"{style} mark")], _REST, copied=False)


def _plain_lines(text: str, width: int, style: str) -> list[Line]:
    body = GrowingPlain(body_width(width), style)
    body.feed(plain(text).strip("\n"))
    return body.lines


def _wrapped(text: str, width: int, style: str) -> list[Line]:
    return prefixed(wrap([(text, style)], body_width(width)), (), ())


def _thought_words(duration_s: float) -> str:
    return "thought" if duration_s < 0.5 else f"thought for {_seconds(duration_s)}"


def _seconds(duration_s: float) -> str:
    if duration_s < 10:
        return f"{duration_s:.1f} s"
    if duration_s < 60:
        return f"{duration_s:.0f} s"
    return f"{int(duration_s) // 60} min {int(duration_s) % 60} s"


def _header_lines(block: HeaderBlock, width: int) -> list[Line]:
    window = f" · window {block.window_tokens:,} tokens" if block.window_tokens else ""
    model = plain(f"{block.model or 'no model'} on {block.provider}{window}")
    version = f" {block.version}".rstrip() + (" · resumed" if block.resumed else "")
    lines = prefixed(wrap([("vtcode", "strong"), (version, "header")], body_width(width)), (), ())
    lines += _wrapped(model, width, "header") + _wrapped(plain(block.workspace), width, "header")
    if not block.resumed:
        lines += [EMPTY_LINE, *_wrapped(_FIRST_HINT, width, "hint")]
    return with_margin(lines)


def _notice_lines(block: NoticeBlock, width: int) -> list[Line]:
    symbol, word = {"info": ("·", ""), "warning": ("!", "warning: "), "error": ("✗", "error: ")}[block.level]
    style = f"notice-{block.level}"
    lines = _plain_lines(word + block.text, width, style)
    if block.hint:
        lines += _plain_lines(block.hint, width, "hint")
    if block.foldable:
        symbol = "▸" if block.folded else "▾"
        lines += [] if block.folded else _plain_lines(block.detail, width, "hint")
    return shifted(lines, [(f"{symbol} ", style)], _REST, copied=False)


def _tool_block_lines(block: ToolBlock, width: int) -> list[Line]:
    head, *body = tool_lines(block, body_width(width))
    return [head, *with_margin(body)]
