"""Notices a model that goes in circles, by what its calls bring. Nothing here does I/O.

Work that gets on brings something new with every few calls: another call, or another result. So a call counts
as a repetition only if the turn has had the same call with the same result before, and only as long as
nothing new comes in between. That finds circles of any length, and no polling whose output changes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vtcode.events import ToolStatus
    from vtcode.messages import ToolCall

TOLD_AT = 3
"""Repetitions in a row from which on the model is told."""
STUCK_AT = 6
"""Repetitions in a row at which the user is asked."""
_NO_OUTPUT = "(no output)"
"""A command that fails without a word (`grep` without a match) tells nothing of why."""
_MOST_COMPARED = 2_000
"""Characters of an error."""


class LoopGuard:
    """Watches the calls of one turn."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, str, str]] = set()
        self._calls_in_row = 0
        self._last_error = ""
        self._errors_in_row = 0

    def note(self, call: ToolCall, status: ToolStatus, result: str) -> str:
        """Take a call and its result; return what the model repeats, in words; empty: it does not."""
        self._count_call((call.name, call.arguments, result))
        self._count_error(call.name, status, result)
        return self._words() if self._most_in_row() >= TOLD_AT else ""

    @property
    def stuck(self) -> str:
        """What the model repeats although it was told, in words; empty: it does not."""
        return self._words() if self._most_in_row() >= STUCK_AT else ""

    def begin_anew(self) -> None:
        """Count from here on: the user wants it to go on."""
        self._calls_in_row = self._errors_in_row = 0

    def _count_call(self, seen: tuple[str, str, str]) -> None:
        # The first of the repeated calls, which was new, is one of the row.
        self._calls_in_row = max(1, self._calls_in_row) + 1 if seen in self._seen else 0
        self._seen.add(seen)

    def _count_error(self, name: str, status: ToolStatus, result: str) -> None:
        error = _error(name, result) if status == "failed" else ""
        if error != self._last_error:
            self._last_error, self._errors_in_row = error, 0
        self._errors_in_row += bool(error)

    def _most_in_row(self) -> int:
        return max(self._calls_in_row, self._errors_in_row)

    def _words(self) -> str:
        if self._calls_in_row >= self._errors_in_row:
            return f"the same calls brought the same results, {self._calls_in_row} in a row"
        return f"the same error came {self._errors_in_row} times in a row"


def _error(name: str, result: str) -> str:
    """Return what makes an error the same as another one; empty: it says too little for that.

    Numbers differ where the error does not: lines, times, process ids. A command's output is the error; what
    the program itself says of a call is its first line, because nearest lines and hints follow.
    """
    if result.rstrip().endswith(_NO_OUTPUT):
        return ""
    told = result if result.startswith("exit code") else result.partition("\n")[0]
    return f"{name}: {re.sub(r'[0-9]+', '#', told[:_MOST_COMPARED])}"
