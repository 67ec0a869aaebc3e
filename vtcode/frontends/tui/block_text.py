"""What a block says, as plain text of no width: for searching, copying, and finding the files it names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, assert_never

from vtcode.frontends.tui.blocks import (
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
from vtcode.visible import plain

if TYPE_CHECKING:
    from vtcode.frontends.tui.blocks import AnyBlock

_FENCE_LINES = re.compile(r"^[ \t]*(?:```|~~~).*\n?", re.MULTILINE)
_MARKS: Final = re.compile(r"\*\*|~~|`|^#{1,6} ", re.MULTILINE)
"""Markdown's marks that nobody sees; what looks like one but is none costs a search no more than itself."""


def searched_text(block: AnyBlock) -> str:
    """Return what a search looks through: about what the block shows when it is unfolded."""
    match block:
        case ReplyBlock():
            return _without_marks(plain(block.text.whole))
        case CommandBlock():
            return f"{block.command}\n{_without_marks(plain(block.text))}"
        case ToolBlock():
            head = "" if repeats_head(block) else f"{block.name} {block.summary}"
            parts = (head, block.command, block.feedback, block.body)
            return plain("\n".join(part for part in parts if part))
        case NoticeBlock():
            return plain("\n".join((block.text, block.hint, block.detail)))
        case UserBlock() | ReasoningBlock():
            return plain(block.source)
        case HeaderBlock():
            return plain(f"{block.model} {block.provider}\n{block.workspace}")
        case LiveBlock() | FooterBlock():
            return ""
        case _:
            assert_never(block)


def repeats_head(block: AnyBlock) -> bool:
    """Return whether what a block's first line says stands below it again, and in full: a command."""
    return isinstance(block, ToolBlock) and bool(block.command)


def copied_text(block: AnyBlock) -> tuple[str, str]:
    """Return what copying a block gives, and what that is in words; both untrusted."""
    match block:
        case ReplyBlock():
            return block.source, "the answer"
        case ReasoningBlock():
            return block.source, "the reasoning"
        case UserBlock():
            return block.source, "your message"
        case CommandBlock():
            return block.source, f"what {block.command.partition(' ')[0]} said"
        case ToolBlock():
            return (block.body, "what the call returned") if block.body else (block.summary, "the call")
        case NoticeBlock():
            return "\n".join(part for part in (block.text, block.hint, block.detail) if part), "the notice"
        case HeaderBlock() | LiveBlock() | FooterBlock():
            return "", ""
        case _:
            assert_never(block)


def is_settled(block: AnyBlock) -> bool:
    """Return whether a block's text will not change any more."""
    match block:
        case ReplyBlock():
            return not block.open
        case ReasoningBlock():
            return block.duration_s is not None
        case ToolBlock():
            return not block.live
        case LiveBlock():
            return False
        case _:
            return True


def _without_marks(markdown: str) -> str:
    return _MARKS.sub("", _FENCE_LINES.sub("", markdown))
