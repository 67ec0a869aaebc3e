"""`/context`: what fills the model's window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.commands.registry import CommandContext, command
from vtcode.events import CommandRan
from vtcode.visible import revealed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vtcode.agent.filling import Filling

_BAR_CELLS = 38
_NAME_CELLS = 20
_FREE, _RESERVE = "·", "="
_LETTERS = {
    "system prompt": "S",
    "AGENTS.md": "G",
    "tools": "T",
    "summary": "M",
    "your messages": "Y",
    "answers": "A",
    "calls": "C",
}
"""What stands for each in the bar; results of tools are numbered."""


@command("context")
async def context(context: CommandContext) -> None:
    """Show what fills the model's window."""
    session = context.session
    await session.emit(CommandRan(command="/context", text=filling_text(session.compaction.filling())))


def filling_text(filling: Filling) -> str:
    """Return, as Markdown of at most 40 columns, a bar of the window and what its letters stand for."""
    rows = list(_rows(filling))
    whole = filling.window_tokens or filling.tokens
    about = "" if filling.is_counted else "~"
    if filling.window_tokens is None:
        head = f"{about}{filling.tokens:,} tokens; window size unknown"
    else:
        head = f"{about}{filling.tokens:,} of {whole:,} tokens ({filling.tokens / whole:.0%})"
    lines = [_bar(rows, whole), *(_row(mark, name, tokens, whole) for mark, name, tokens in rows)]
    if filling.limit_tokens:
        lines += [
            "",
            f"From {filling.limit_tokens:,} tokens on, older parts",
            "are shortened; /compact does it now.",
        ]
    return "\n".join([head, "", "```", *lines, "```"])


def _rows(filling: Filling) -> Iterator[tuple[str, str, int]]:
    """Yield a mark, a name and tokens for all that there is, what is free last."""
    tools = 0
    for part in filling.parts:
        mark = _LETTERS.get(part.name)
        if mark is None:
            tools += 1
            mark = str(tools % 10)
        yield mark, part.name, part.tokens
    if filling.window_tokens is not None:
        left = max(0, filling.window_tokens - filling.tokens)
        reserve = min(left, filling.reserve_tokens)
        yield _RESERVE, "kept for the answer", reserve
        yield _FREE, "free", left - reserve


def _bar(rows: list[tuple[str, str, int]], whole: int) -> str:
    """Return a bar in which each part has its share of the cells, and what is there at least one."""
    bar, passed = "", 0
    for mark, _, tokens in rows:
        passed += tokens
        end = round(min(1.0, passed / whole) * _BAR_CELLS)
        bar += mark * max(end - len(bar), 1 if tokens else 0)
    return bar[:_BAR_CELLS]


def _row(mark: str, name: str, tokens: int, whole: int) -> str:
    shown = revealed(name, keep_newlines=False)[:_NAME_CELLS]
    count = f"{'' if mark == _RESERVE else '~'}{tokens:,}"
    return f"{mark} {shown:<{_NAME_CELLS}} {count:>8} {tokens / whole:>5.0%}"
