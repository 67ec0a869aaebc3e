"""What happened in a conversation, kept apart from its words: a fold over the events. No I/O here.

When older messages make room, the model still reads what is written here, and no model had a hand in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from vtcode.actions import CommandAction, ReadAction
from vtcode.agent.stubs import clipped
from vtcode.details import CommandDetails, DiffDetails, PlanDetails
from vtcode.events import Event, HistoryCleared, ReplyCompleted, ToolFinished, ToolStarted, TurnStarted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vtcode.actions import Action
    from vtcode.details import PlanStep

_MOST_FILES = 12
_MOST_COMMANDS = 6
_MOST_REQUESTS = 8
_LONGEST_PATH = 120
_LONGEST_COMMAND = 80
_LONGEST_REQUEST = 160
_MARKS = {"completed": "[x]", "in_progress": "[>]", "pending": "[ ]"}


_Known: TypeAlias = "tuple[dict[str, None], dict[str, tuple[int, int]], dict[str, str], tuple[PlanStep, ...]]"
"""Files read, files changed, commands run, the plan."""


class Ledger:
    """Files read and changed, commands run, and the plan, by the model's calls alone."""

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self._calls: set[str] = set()
        self._actions: dict[str, Action | None] = {}
        self._read: dict[str, None] = {}
        self._changed: dict[str, tuple[int, int]] = {}
        self._commands: dict[str, str] = {}
        self._plan: tuple[PlanStep, ...] = ()
        self._before: dict[int, _Known] = {}
        """What was known when each turn began."""

    def _go_back(self, turn: int) -> None:
        known = self._before.get(turn)
        if known is None:
            self._clear()
            return
        self._read, self._changed, self._commands, self._plan = known
        self._before = {number: facts for number, facts in self._before.items() if number < turn}

    def apply(self, event: Event) -> None:
        """Take one event; calls of the user's own, which no reply asked for, change nothing."""
        match event:
            case HistoryCleared(from_turn=turn):
                self._go_back(turn)
            case TurnStarted(turn=turn):
                known = (dict(self._read), dict(self._changed), dict(self._commands), self._plan)
                self._before[turn] = known
            case ReplyCompleted(message=message):
                self._calls |= {call.id for call in message.tool_calls}
            case ToolStarted(call=call, action=action) if call.id in self._calls:
                self._actions[call.id] = action
            case ToolFinished() if event.call_id in self._calls:
                self._finish(event, self._actions.get(event.call_id))
            case _:
                pass

    def action_of(self, call_id: str) -> Action | None:
        """Return what a call was about; None where that is not known."""
        return self._actions.get(call_id)

    def files(self) -> dict[str, bool]:
        """Return the files read and changed, by name; True: it was changed."""
        return {**dict.fromkeys(self._read, False), **dict.fromkeys(self._changed, True)}

    def facts(self, requests: Sequence[str]) -> list[str]:
        """Return what is known, as lines; nothing known: none.

        Args:
            requests: Messages to the model that are no longer sent, the oldest first.
        """
        lines = []
        if requests:
            different = list(dict.fromkeys(clipped(text, _LONGEST_REQUEST) for text in requests))
            shown = (f"- {text}" for text in different[-_MOST_REQUESTS:])
            lines += ["Messages to you that were left out:", *shown]
        if self._plan:
            steps = (f"{_MARKS[step.status]} {clipped(step.step, _LONGEST_REQUEST)}" for step in self._plan)
            lines += ["Plan:", *steps]
        changed = [f"{path} (+{more} -{less})" for path, (more, less) in self._changed.items()]
        lines += _listed("Files changed", changed, _MOST_FILES)
        only_read = [path for path in self._read if path not in self._changed]
        lines += _listed("Files read", only_read, _MOST_FILES)
        commands = [f"`{command}`: {ended}" for command, ended in self._commands.items()]
        lines += _listed("Commands run", commands, _MOST_COMMANDS)
        return lines

    def _finish(self, finished: ToolFinished, action: Action | None) -> None:
        match finished.details:
            case PlanDetails(steps=steps) if finished.status == "completed":
                self._plan = steps
            case DiffDetails(path=path) as diff if finished.status == "completed":
                name = file_name(path)
                more, less = self._changed.pop(name, (0, 0))
                self._changed[name] = (more + diff.added_lines, less + diff.removed_lines)
            case CommandDetails(exit_code=code) if isinstance(action, CommandAction):
                command = clipped(action.command, _LONGEST_COMMAND)
                self._commands.pop(command, None)
                self._commands[command] = "in the background" if code is None else f"exit code {code}"
            case _ if isinstance(action, ReadAction) and finished.status == "completed":
                name = file_name(action.path)
                self._read.pop(name, None)
                if not action.names_only:
                    self._read[name] = None
            case _:
                pass


def file_name(path: str) -> str:
    """Return what a file is called in the ledger."""
    return clipped(path, _LONGEST_PATH)


def _listed(head: str, entries: Iterable[str], most: int) -> list[str]:
    """Return one line with the newest entries, and how many older ones there are."""
    known = list(entries)
    if not known:
        return []
    older = f"{len(known) - most} more before, " if len(known) > most else ""
    return [f"{head}: {older}{', '.join(known[-most:])}"]
