"""Notices a model that goes in circles, by what its calls bring. Nothing here does I/O.

Work that gets on brings something new with every few calls: another call, or another result. So a call counts
as a repetition only if the turn has had the same call with the same result before, and only as long as
nothing new comes in between. That finds circles of any length, and no polling whose output changes.

An edit is always new, though it mends nothing. So a tool's errors are counted by themselves, whatever other
tools do in between: until it fails in another way, or the call that failed works.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from vtcode.events import ToolStatus
    from vtcode.messages import ToolCall

TOLD_AT = 3
"""Repetitions in a row from which on the model is told."""
STUCK_AT = 6
"""Repetitions in a row at which the user is asked."""
_NO_OUTPUT = "(no output)"
"""A command that fails without a word (`grep` without a match) tells nothing of why."""
_COMMAND = "run_pty_cmd"
"""One tool for many things: that another command works says nothing of the one that failed."""
_MOST_COMPARED = 2_000
"""Characters of an error."""


class _Failure(NamedTuple):
    error: str
    arguments: str
    """Of the last call that failed so."""
    times: int
    """In a row."""


class LoopGuard:
    """Watches the calls of one turn."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, str, str]] = set()
        self._calls_in_row = 0
        self._failures: dict[str, _Failure] = {}
        """How each tool failed last."""
        self._errors_in_row = 0
        """Of the tool that was called last, if that call failed."""

    def note(self, call: ToolCall, status: ToolStatus, result: str) -> str:
        """Take a call and its result; return what the model repeats, in words; empty: it does not."""
        self._count_call((call.name, call.arguments, result))
        self._count_error(call, status, result)
        errors = self._errors_in_row
        return self._words(errors) if max(self._calls_in_row, errors) >= TOLD_AT else ""

    @property
    def stuck(self) -> str:
        """What the model repeats although it was told, in words; empty: it does not."""
        errors = max((failure.times for failure in self._failures.values()), default=0)
        return self._words(errors) if max(self._calls_in_row, errors) >= STUCK_AT else ""

    def begin_anew(self) -> None:
        """Count from here on: the user wants it to go on."""
        self._calls_in_row = self._errors_in_row = 0
        self._failures.clear()

    def _count_call(self, seen: tuple[str, str, str]) -> None:
        # The first of the repeated calls, which was new, is one of the row.
        self._calls_in_row = max(1, self._calls_in_row) + 1 if seen in self._seen else 0
        self._seen.add(seen)

    def _count_error(self, call: ToolCall, status: ToolStatus, result: str) -> None:
        """Count the errors in a row of the tool that was called; only a call that fails can be one more."""
        self._errors_in_row = 0
        last = self._failures.get(call.name)
        if status != "failed":
            if last and (last.arguments == call.arguments or call.name != _COMMAND):
                del self._failures[call.name]
            return
        error = _error(call.name, result)
        if not error:
            return
        self._errors_in_row = last.times + 1 if last and last.error == error else 1
        self._failures[call.name] = _Failure(error, call.arguments, self._errors_in_row)

    def _words(self, errors: int) -> str:
        if self._calls_in_row >= errors:
            return f"the same calls brought the same results, {self._calls_in_row} in a row"
        return f"the same error came {errors} times in a row"


def _error(name: str, result: str) -> str:
    """Return what makes an error the same as another one; empty: it says too little for that.

    Numbers differ where the error does not: lines, times, process ids. A command's output is the error; what
    the program itself says of a call is its first line, because nearest lines and hints follow.
    """
    if result.rstrip().endswith(_NO_OUTPUT):
        return ""
    told = result if result.startswith("exit code") else result.partition("\n")[0]
    return f"{name}: {re.sub(r'[0-9]+', '#', told[:_MOST_COMPARED])}"
