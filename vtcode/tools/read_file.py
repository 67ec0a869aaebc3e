"""read_file: a text file, or a range of its lines.

Lines are shown without numbers, exactly as they are: small models copy numbers into their edits, and every
number costs tokens. The head line says which lines follow.
"""

from __future__ import annotations

import asyncio
import re
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from vtcode.actions import ReadAction
from vtcode.details import TextDetails
from vtcode.errors import BadArguments
from vtcode.tools.base import Arguments, Outcome, Prepared, Unchanged

if TYPE_CHECKING:
    from collections.abc import Callable

    from vtcode.tools.base import Running, ToolContext

_MAX_LINE_CHARS = 2_000
_FRAME_CHARS = 200
"""Kept free for the lines before and after the file's."""
_MIN_SHOWN_CHARS = 200
_PAGE_END = re.compile(r"\n\[lines [0-9]+-[0-9]+ are not shown; [^\n]*\]\Z")
_WORTH_CHARS = 200
"""A shorter text is sent again as soon as words about it."""


class ReadFileArguments(Arguments):
    """Which lines to read; by default as many as fit, from the first."""

    path: str
    start_line: int = 1
    """From 1; what is smaller counts as 1."""
    end_line: int | None = None
    """The last line to show."""
    limit: int | None = Field(default=None, ge=1, json_schema_extra={"hidden": True})
    """How many lines, as other agents' tools have it; the model is not told of it."""

    @property
    def range(self) -> tuple[int, int | None]:
        """The first and the last line that are wanted; None: as far as it goes."""
        start = max(1, self.start_line)
        ends = [self.end_line] if self.end_line is not None else []
        ends += [start + self.limit - 1] if self.limit is not None else []
        return start, min(ends, default=None)


class ReadFile:
    """Reads a text file within the workspace, and remembers what the model has seen of it."""

    name: ClassVar[str] = "read_file"
    description: ClassVar[str] = "Read a text file, or a range of its lines."
    brief: ClassVar[str] = "Read a file, or some lines."
    arguments = ReadFileArguments
    reads_only: ClassVar[bool] = True

    async def prepare(self, arguments: ReadFileArguments, context: ToolContext) -> Prepared:
        """Describe the reading.

        Raises:
            OutsideWorkspace: The path leads out of the workspace.
            BadArguments: The range ends before it starts.
        """
        start, end = arguments.range
        if end is not None and end < start:
            raise BadArguments(f"read_file: end_line {end} is before start_line {start}.")
        wanted = "" if (start, end) == (1, None) else f" lines {start}-{end or ''}"
        kept = context.spool.read(arguments.path) if context.spool else None
        if kept is not None:
            return _prepared_kept(arguments.path, kept, wanted, (start, end), context)
        path = context.workspace.resolve(arguments.path)
        shown = context.workspace.display(path)

        async def run(_: Running) -> Outcome:
            file = await asyncio.to_thread(context.workspace.read, path)
            lines = _lines(file.text)
            page = _page(lines, (start, end), context)
            context.workspace.count_as_seen(path, file, _ranges_in_full(page, lines, start))
            text, summary = _presented(shown, page, start, total=len(lines))
            details = TextDetails(text=text, summary=summary)
            return Outcome(text=text, details=details, unchanged=_unchanged(shown, text, lines, start))

        action = ReadAction(path=shown, summary=shown + wanted, real_path=str(path))
        return Prepared(action=action, run=run)


def _prepared_kept(
    name: str, text: str, wanted: str, bounds: tuple[int, int | None], context: ToolContext
) -> Prepared:
    """Describe the reading of what an earlier result had no room for."""

    async def run(_: Running) -> Outcome:
        lines = _lines(text)
        shown, summary = _presented(name, _page(lines, bounds, context), bounds[0], total=len(lines))
        details = TextDetails(text=shown, summary=summary)
        return Outcome(text=shown, details=details, unchanged=_unchanged(name, shown, lines, bounds[0]))

    return Prepared(action=ReadAction(path=name, summary=name + wanted), run=run)


def _lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n") if text else []


def _page(lines: list[str], bounds: tuple[int, int | None], context: ToolContext) -> list[str]:
    """Return the wanted lines as far as they fit a result."""
    start, end = bounds
    room = max(_MIN_SHOWN_CHARS, context.max_result_chars - _FRAME_CHARS)
    return _fitting(lines[start - 1 : end], room, context.takes)


def _presented(shown: str, page: list[str], start: int, *, total: int) -> tuple[str, str]:
    """Return what the model reads of a page, with how to go on, and a summary for people."""
    if not total:
        return f"{shown} is empty.", "empty"
    if start > total:
        return f"{shown} has {total} lines; line {start} is past its end.", f"{total} lines"
    last = start + len(page) - 1
    body = "\n".join(page)
    if len(page) == total:
        return f"{shown} ({total} lines):\n{body}", "1 line" if total == 1 else f"{total} lines"
    more = (
        f"\n[lines {last + 1}-{total} are not shown; go on with start_line={last + 1}]"
        if last < total
        else ""
    )
    summary = f"lines {start}-{last} of {total}"
    return f"{shown} ({summary}):\n{body}{more}", summary


def _unchanged(shown: str, text: str, lines: list[str], start: int) -> Unchanged | None:
    """Return what may stand for a page where an earlier one is before the model; None: it is too short.

    The earlier one may be longer or shorter: what a result may take of the window changes.
    """
    if len(text) <= _WORTH_CHARS:
        return None

    def is_shown_by(earlier: str) -> bool:
        if earlier == text:
            return True
        count = _PAGE_END.sub("", earlier).count("\n")
        page = [_cut(line, _MAX_LINE_CHARS) for line in lines[start - 1 : start - 1 + count]]
        return earlier == _presented(shown, page, start, total=len(lines))[0]

    return Unchanged(notice=f"{shown}: unchanged since you read it above.", is_shown_by=is_shown_by)


def _ranges_in_full(page: list[str], lines: list[str], start: int) -> list[tuple[int, int]]:
    """Return the ranges of lines, first and last, that a page shows without a cut."""
    numbers = range(start, start + len(page))
    cut = [number for number, line in zip(numbers, page, strict=True) if line != lines[number - 1]]
    edges = pairwise([start - 1, *cut, start + len(page)])
    return [(before + 1, after - 1) for before, after in edges if before + 1 < after]


def _fitting(lines: list[str], max_chars: int, takes: Callable[[str], int]) -> list[str]:
    """Return the first lines that fit, at least one; long lines are cut and say so."""
    fitting: list[str] = []
    for line in lines:
        cut = _cut(line, _MAX_LINE_CHARS)
        if not fitting and (taken := takes(cut)) > max_chars:
            cut = _cut(line, len(cut) * max_chars // taken)
        max_chars -= takes(cut) + 1
        if fitting and max_chars < 0:
            break
        fitting.append(cut)
    return fitting


def _cut(line: str, max_chars: int) -> str:
    if len(line) <= max_chars:
        return line
    note = f" […{len(line) - max_chars + 40} more characters]"
    return line[: max(0, max_chars - 40)] + note
