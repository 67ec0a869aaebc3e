"""Reading code in Markdown, which is only ever shown: fences, and code in a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from vtcode.providers.tool_modes.rescue.prose import Prose
    from vtcode.providers.tool_modes.rescue.reader import Reader, Reading


def read_backticks(reader: Reader, prose: Prose, show: Callable[[str], None]) -> Reading[None]:
    """Read backticks, which open or close code in the line, or open a fence, and then all of that.

    Three or more count as a fence wherever they stand, unless they are closed in the same line.
    """
    mark = "`" * (yield from reader.run_of("`"))
    show(mark)
    if prose.code_mark:
        prose.code_mark = "" if prose.code_mark == mark else prose.code_mark
    elif len(mark) < 3:
        prose.code_mark = mark
    elif not (yield from _closes_in_line(reader, show, mark)):
        yield from _read_fence(reader, prose, show, mark)


def read_tildes(reader: Reader, prose: Prose, show: Callable[[str], None]) -> Reading[None]:
    """Read tildes, and where they open a fence, all of it."""
    opens = prose.may_open_fence
    mark = "~" * (yield from reader.run_of("~"))
    show(mark)
    if opens and len(mark) >= 3:
        yield from _read_fence(reader, prose, show, mark)


def read_code_in_line(reader: Reader, prose: Prose, show: Callable[[str], None]) -> Reading[None]:
    """Read to the mark that closes code in a line, or else to a blank line or the end."""
    mark = prose.code_mark
    while not (yield from _closes_in_line(reader, show, mark)):
        show((yield from reader.accept("\n")))
        if (yield from reader.peek()) in ("\n", ""):
            break
    prose.code_mark = ""


def _closes_in_line(reader: Reader, show: Callable[[str], None], mark: str) -> Reading[bool]:
    """Read to where `mark` closes code, or else to the end of the line."""
    while True:
        text, stop = yield from reader.some("`", "\n")
        show(text)
        if stop:
            reader.put_back(stop)
        if stop == "\n" or not (text or stop):
            return False
        run = "`" * (yield from reader.run_of("`"))
        show(run)
        if run == mark:
            return True


def _read_fence(reader: Reader, prose: Prose, show: Callable[[str], None], mark: str) -> Reading[None]:
    """Read to the end of the line that closes the fence, or of the reply."""
    opened = False
    while True:
        text, stop = yield from reader.some("\n")
        show(text)
        if not (text or stop):
            return
        if not stop:
            continue
        closed = opened and prose.closes_fence(mark)
        show(stop)
        if closed:
            return
        opened = True
