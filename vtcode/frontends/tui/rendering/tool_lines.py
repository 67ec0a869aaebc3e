"""A tool call as lines: one that says what and how it went, and behind it the diff, output, text or plan."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, assert_never

from rich.cells import cell_len

from vtcode.details import CommandDetails, DiffDetails, PlanDetails, TextDetails
from vtcode.frontends.tui.blocks import SHORT_BODY_LINES
from vtcode.frontends.tui.rendering.diff import diff_lines
from vtcode.frontends.tui.rendering.growing import GrowingPlain
from vtcode.frontends.tui.rendering.lines import (
    AT_CURSOR,
    Line,
    Span,
    cut,
    cut_middle,
    prefixed,
    shifted,
    wrap,
)
from vtcode.frontends.tui.rendering.terminal_output import output_lines
from vtcode.frontends.wording import counted, part_words
from vtcode.settled import settled
from vtcode.visible import plain, revealed

if TYPE_CHECKING:
    from vtcode.frontends.tui.blocks import ToolBlock

MAX_BODY_LINES = 10_000
"""Of a diff, a file, an output that is shown as a whole: more is for an editor."""
OWN_LINES = 20
"""How much of what the user's own command wrote stands below its folded line."""
_LINE_CHARS = 200
"""What is left of a text is cut at so many characters for each line that may be shown."""
LIVE_LINES = 4
"""How much of a running command's output stands below its folded line."""

_LEAST_SUMMARY = 12
"""Cells that what was called keeps, however long the words are for how it went."""

_RECENT_CHARS = 8_000
"""Of a running command's output, behind the lines that are shown."""
_NARROWEST_REASON = 40
"""Cells without which why a call failed stands below its line, in some lines of its own."""
_REASON_LINES = 3

_SYMBOLS = {
    "running": "•",
    "asking": "?",
    "waiting": "?",
    "completed": "✓",
    "failed": "✗",
    "denied": "✗",
    "cancelled": "✗",
}
_INDENT: tuple[Span, ...] = (("  ", "text"),)
_PLAN = {
    "completed": ("✓ ", "plan-completed"),
    "in_progress": ("› ", "plan-current"),
    "pending": ("· ", "plan-pending"),
}


def tool_lines(block: ToolBlock, width: int) -> list[Line]:
    """Return a call's lines at a body of `width` cells; only the first one brings the margin with it."""
    has_reason_below = _has_reason_below(block, width)
    lines = [_head(block, width, _outcome_words(block, with_reason=not has_reason_below))]
    inner = width - len(_INDENT[0][0])
    if not block.folded:
        body = _body(block, inner)
    elif block.live and block.output.pieces:
        shown = OWN_LINES if block.own else LIVE_LINES
        body = output_lines(_recent(block.output.whole), inner, max_lines=shown)[0][-shown:]
    elif block.own and isinstance(block.details, CommandDetails):
        body = _output(block.details.output, inner, block.details.dropped_bytes, max_lines=OWN_LINES)
    elif has_reason_below:
        body = _reason_lines(block, inner)
    else:
        body = []
    return lines + shifted(body, _INDENT, _INDENT, copied=False)


def _head(block: ToolBlock, width: int, words: str) -> Line:
    """Return the first line: what was called loses its middle before how it went loses anything."""
    style = f"tool-{block.state}"
    mark = (" ▸" if block.folded else " ▾") if block.foldable else ""
    name = cut("$" if block.own else plain(block.name), width // 2)
    summary = f" {plain(block.summary)}" if block.summary else ""
    room = width - cell_len(name) - cell_len(mark)
    summary = cut_middle(summary, max(min(_LEAST_SUMMARY, room // 2), room // 3, room - cell_len(words)))
    words = cut(words, room - cell_len(summary))
    words_style = "tool-words" if block.state in {"running", "completed"} else style
    spans: list[Span] = [(name, "tool-name"), (summary, "tool-summary"), (words + mark, words_style)]
    return Line(((f"{_SYMBOLS[block.state]} ", style), *(span for span in spans if span[0])), None, 2, 2)


def _outcome_words(block: ToolBlock, *, with_reason: bool = True) -> str:
    """Return what follows the summary: ` · exit 1 · failed · 2.1 s`.

    `with_reason`: why a call failed stands in the place of the word that it did.
    """
    parts: list[str] = []
    match block.state:
        case "running":
            parts.append("running")
        case "asking":
            parts.append("waits for your answer")
        case "waiting":
            parts.append(f"waits for input: {plain(block.question).strip()}".rstrip(": "))
        case "completed":
            parts += _details_words(block)
        case "failed" | "denied":
            parts += _ending_words(block) if with_reason else [block.state]
        case "cancelled":
            parts.append(block.state)
        case _:
            assert_never(block.state)
    if block.own and not block.live:
        parts.append("not shown to the model")
    if block.duration_s >= 0.1:
        parts.append(f"{block.duration_s:.1f} s" if block.duration_s < 60 else f"{block.duration_s:.0f} s")
    return "".join(f" · {part}" for part in parts if part)


def _recent(output: str) -> str:
    """Return the end of an output, from the start of a line: what is in sight is laid out for every frame."""
    if len(output) <= _RECENT_CHARS:
        return output
    return re.split(r"[\r\n]", output[-_RECENT_CHARS:], maxsplit=1)[-1]


def _ending_words(block: ToolBlock) -> list[str]:
    """Return why a call did not complete, but for a command's."""
    if isinstance(block.details, CommandDetails):
        return [block.state, *_details_words(block)]
    return [_reason(block) or block.state]


def _reason(block: ToolBlock) -> str:
    """Return why a call did not complete: the first line that the model was told."""
    return plain(block.text).strip().partition("\n")[0].removeprefix("Error: ")


def _has_reason_below(block: ToolBlock, width: int) -> bool:
    """Tell whether the first line is too narrow for why a call did not complete."""
    if block.state not in {"failed", "denied"} or isinstance(block.details, CommandDetails):
        return False
    room = width - cell_len(block.name) - _LEAST_SUMMARY
    return room < _NARROWEST_REASON and cell_len(_outcome_words(block)) > room


def _reason_lines(block: ToolBlock, width: int) -> list[Line]:
    lines = GrowingPlain(width, f"tool-{block.state}")
    lines.feed(_reason(block)[: _REASON_LINES * _LINE_CHARS])
    first, rest = lines.lines[: _REASON_LINES - 1], lines.lines[_REASON_LINES - 1 :]
    last = cut(" ".join(line.text for line in rest), width)
    return [*first, Line(((last, f"tool-{block.state}"),))] if last else first


def _details_words(block: ToolBlock) -> list[str]:
    match block.details:
        case None:
            return []
        case TextDetails(summary=summary):
            return [plain(summary)]
        case DiffDetails(added_lines=added, removed_lines=removed):
            return [f"+{added} -{removed}", part_words(block.details)]
        case CommandDetails(exit_code=None):
            return ["in the background"]
        case CommandDetails(timed_out=True):
            return ["timed out"]
        case CommandDetails(exit_code=code):
            return [f"exit {code}"]
        case PlanDetails(steps=steps):
            return [f"{sum(step.status == 'completed' for step in steps)} of {len(steps)} done"]
        case _:
            assert_never(block.details)


def _body(block: ToolBlock, width: int) -> list[Line]:
    lines = _command_lines(block, width)
    limit = MAX_BODY_LINES if block.whole else SHORT_BODY_LINES
    if block.feedback:
        lines += _text_lines(f"your answer: {block.feedback}", width, "hint")
    details = block.details
    match details:
        case None:
            return lines + _output(block.output.whole, width, max_lines=limit)
        case CommandDetails() if block.state in {"completed", "failed"}:
            return lines + _output(details.output, width, details.dropped_bytes, max_lines=limit)
        case DiffDetails() if block.state == "completed":
            shown = diff_lines(details.diff, width, block.layout, details.path) if details.diff else []
            return lines + _bounded(shown, width, limit)
        case PlanDetails() if block.state == "completed":
            return lines + _plan_lines(details, width)
        case TextDetails() if block.state == "completed" and details.text:
            return lines + _text_lines(details.text, width, "output", limit)
        case _:
            return lines + _text_lines(block.text, width, "output", limit)


def _command_lines(block: ToolBlock, width: int) -> list[Line]:
    if not block.command:
        return []
    lines = GrowingPlain(width - 2, "tool-command")
    lines.feed(revealed(block.command))
    return shifted(lines.lines, [("$ ", "tool-words")], [("  ", "text")], copied=False)


def _output(output: str, width: int, dropped_bytes: int = 0, *, max_lines: int) -> list[Line]:
    if not output:
        return []
    lines, skipped = output_lines(output, width, max_lines=max_lines)
    if skipped and not dropped_bytes:
        lines.insert(0, _hint(f"… {counted(skipped, 'line')} before this", width, max_lines))
    elif dropped_bytes:
        # How many lines were dropped nobody knows, so that only the bytes add up.
        passed = settled(output).split("\n", skipped)[:skipped]
        left_out = dropped_bytes + sum(len(line.encode()) + 1 for line in passed)
        limit = max_lines if skipped else MAX_BODY_LINES
        lines.insert(0, _hint(f"… {left_out:,} bytes before this", width, limit))
    return lines


def _text_lines(text: str, width: int, style: str, limit: int = SHORT_BODY_LINES) -> list[Line]:
    kept = text[: limit * _LINE_CHARS].split("\n")[:limit]
    lines = GrowingPlain(width, style)
    lines.feed(plain("\n".join(kept)).rstrip("\n"))
    left_out = text.rstrip("\n").count("\n") + 1 - len(kept)
    return lines.lines + _more(left_out, width, limit)


def _bounded(lines: list[Line], width: int, limit: int) -> list[Line]:
    return lines[:limit] + _more(len(lines) - limit, width, limit)


def _more(count: int, width: int, limit: int) -> list[Line]:
    """Return the line that stands for those that are left out; none where all are there."""
    if count <= 0:
        return []
    return [_hint(f"… {count:,} more line{'' if count == 1 else 's'}", width, limit)]


def _hint(words: str, width: int, limit: int) -> Line:
    """Return the line for what a limit keeps away, with the key that shows it, where one does."""
    key = " (Enter)" if limit == SHORT_BODY_LINES else ""
    spans: list[Span] = [(cut(words, width), "hint"), (key, f"hint {AT_CURSOR}")]
    return Line(tuple(span for span in spans if span[0]))


def _plan_lines(details: PlanDetails, width: int) -> list[Line]:
    lines: list[Line] = []
    if details.explanation:
        lines += _text_lines(details.explanation, width, "hint")
    for step in details.steps:
        mark, style = _PLAN[step.status]
        rows = wrap([(plain(step.step).replace("\n", " "), style)], width - len(mark))
        lines += prefixed(rows, [(mark, style)], [(" " * len(mark), style)])
    return lines
