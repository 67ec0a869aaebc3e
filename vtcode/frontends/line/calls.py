"""Tool calls as lines: taken up, decided, their output, their end. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, assert_never

from vtcode.details import DiffDetails, PlanDetails
from vtcode.events import (
    PermissionRequested,
    PermissionResolved,
    ToolAwaitingInput,
    ToolFinished,
    ToolOutputDelta,
    ToolStarted,
)
from vtcode.frontends.line.wording import diff_lines, ending_words, plan_lines
from vtcode.frontends.wording import action_words, left_out_words
from vtcode.settled import settled
from vtcode.visible import plain

if TYPE_CHECKING:
    from vtcode.frontends.line.palette import Palette

CallEvent: TypeAlias = (
    ToolStarted
    | PermissionRequested
    | PermissionResolved
    | ToolOutputDelta
    | ToolAwaitingInput
    | ToolFinished
)

_SCOPE_WORDS = {
    "once": "once",
    "session": "for this session",
    "always": "always",
    "workspace": "always, by the workspace's vtcode.toml",
}


@dataclass(slots=True)
class CallLines:
    """Says what happens to calls, by their ids."""

    palette: Palette
    _asked: set[str] = field(default_factory=set)
    """Calls whose diff was shown in a question already."""
    _unfinished: dict[str, str] = field(default_factory=dict)
    """The last line of a command's output, as long as it has no end."""

    def lines(self, event: CallEvent) -> list[str]:
        """Return what to say of one event."""
        match event:
            case ToolStarted():
                words = action_words(event.action) if event.action else "can't be understood"
                return [f"[tool] {plain(event.call.name)}: {words}"]
            case PermissionRequested():
                self._asked.add(event.call_id)
                return []
            case PermissionResolved():
                return _decision(event)
            case ToolOutputDelta():
                return self._output(event)
            case ToolAwaitingInput():
                self._unfinished.pop(event.call_id, None)  # it is the prompt
                words = f"[waiting] The command waits for input: {plain(event.prompt)}"
                how = "  Type a line for it; /bg leaves it in the background, /kill ends it."
                return [self.palette.strong(words), how]
            case ToolFinished():
                return self._finished(event)
            case _:
                assert_never(event)

    def _output(self, event: ToolOutputDelta) -> list[str]:
        text = self._unfinished.pop(event.call_id, "") + event.text
        *lines, rest = text.split("\n")
        if rest:
            self._unfinished[event.call_id] = rest
        return [_output_line(line) for line in lines]

    def _finished(self, event: ToolFinished) -> list[str]:
        rest = self._unfinished.pop(event.call_id, "")
        lines = [_output_line(rest)] if rest else []
        lines.append(f"[{ending_words(event)}]")
        match event.details:
            case DiffDetails(diff=diff) if diff and event.call_id not in self._asked:
                lines.append(diff_lines(diff, self.palette))
            case PlanDetails(steps=steps):
                lines += plan_lines(steps)
            case _:
                pass
        self._asked.discard(event.call_id)
        return lines


def _output_line(line: str) -> str:
    """Return one line of output; of a progress bar that redraws its line, the last state."""
    return f"  | {plain(settled(line))}".rstrip()


def _decision(event: PermissionResolved) -> list[str]:
    if event.decision == "allow":
        words = (_SCOPE_WORDS[event.scope], left_out_words(event))
        return [f"[allowed] {', '.join(filter(None, words))}"]
    feedback = f": {plain(event.feedback)}" if event.feedback else ""
    return [f"[refused{feedback}]" if event.decision == "deny" else "[question withdrawn]"]
