"""What the model reads that nobody vouches for: a fold over a session's events.

Command output, files that are not under version control or lie outside the workspace, and what the server's
own tools return may hold instructions of somebody else's. They change nothing about what may run: a question
that comes after them says so, for as long as the model is sent them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from vtcode.actions import Action, CommandAction, IntegrationsAction, PlanAction, ReadAction, WriteAction
from vtcode.agent.history import History
from vtcode.agent.summary import read_summary
from vtcode.events import (
    ContextCompacted,
    Event,
    HistoryCleared,
    ServerToolRan,
    ToolFinished,
    ToolStarted,
    ToolStatus,
)
from vtcode.questions import OUTPUT_OF
from vtcode.system.versioned import unversioned

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_LONGEST_NAME = 80


class UntrustedContent:
    """Names what the model reads in its next request that nobody vouches for."""

    def __init__(self, workspace: Path) -> None:
        self._workspace = workspace
        self._history = History()
        self._names: dict[str, str] = {}
        """By the id of the call that returned it, in the order of reading."""
        self._files: dict[str, ReadAction] = {}
        """Calls that read files which still have to be looked up."""
        self._running: dict[str, Action] = {}
        self._server_tools: dict[str, None] = {}
        self._commands: set[str] = set()
        """Ids of calls that ran them: the last line of their output outlives the rest."""
        self._has_notes = False
        """The model has summarised what nobody vouches for, and reads its summary."""

    def apply(self, event: Event) -> None:
        """Take one event, in their order; those of a session that goes on again as well."""
        self._history.apply(event)
        match event:
            case HistoryCleared(from_turn=0):
                self._forget([*self._names, *self._files])
                self._server_tools.clear()
                self._has_notes = False
            case ContextCompacted(stubbed=stubbed, summary=summary):
                had_any = bool(self._names or self._files or self._server_tools)
                self._has_notes |= had_any and bool(read_summary(summary).notes)
                self._forget(call_id for call_id in stubbed if call_id not in self._commands)
            case ToolStarted(action=action) if action:
                self._running[event.call.id] = action
            case ToolFinished(status=status):
                action = self._running.pop(event.call_id, None)
                if action and _returned_content(action, status):
                    self._note(event.call_id, action)
            case ServerToolRan():
                self._server_tools[f"the server's tool {_short(event.tool)}"] = None
            case _:
                pass

    def names(self) -> tuple[str, ...]:
        """Return what the model reads, in words for a person, the newest first.

        Asks git about files: call it in a thread.
        """
        files, self._files = self._files, {}
        paths = {call_id: action.real_path for call_id, action in files.items()}
        found = set(unversioned(self._workspace, [*dict.fromkeys(paths.values())])) if paths else set()
        self._names |= {
            call_id: _file_words(files[call_id].path) for call_id, path in paths.items() if path in found
        }
        read = {result.call_id for said in self._history.said() for result in said.results}
        newest = (name for call_id, name in reversed(self._names.items()) if call_id in read)
        notes = ("the model's own summary of such content",) * self._has_notes
        return tuple(dict.fromkeys((*newest, *notes, *self._server_tools)))

    def _forget(self, call_ids: Iterable[str]) -> None:
        for call_id in call_ids:
            self._names.pop(call_id, None)
            self._files.pop(call_id, None)

    def _note(self, call_id: str, action: Action) -> None:
        match action:
            case CommandAction():
                self._names[call_id] = f"{OUTPUT_OF}{_short(action.command)}"
                self._commands.add(call_id)
            case ReadAction():
                if not action.names_only:
                    self._note_read(call_id, action)
            case WriteAction() | PlanAction() | IntegrationsAction():
                pass
            case _:
                assert_never(action)

    def _note_read(self, call_id: str, action: ReadAction) -> None:
        if action.real_path:
            self._files[call_id] = action
        else:  # no file: more of what an earlier result had no room for, whatever git keeps under its name
            self._names[call_id] = _file_words(action.path)


def _returned_content(action: Action, status: ToolStatus) -> bool:
    """Return whether the result holds more than words of ours; a command that fails has an output, too."""
    return status == "completed" or (status == "failed" and isinstance(action, CommandAction))


def _file_words(path: str) -> str:
    return "files that are not under version control" if path in ("", ".") else path


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 1]}…"
