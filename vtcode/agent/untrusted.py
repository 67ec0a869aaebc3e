"""What the running turn has read that nobody vouches for: a fold over its events.

Command output, files that are not under version control or lie outside the workspace, and what the server's
own tools return may hold instructions of somebody else's. They change nothing about what may run: a question
that comes after them says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from vtcode.actions import Action, CommandAction, IntegrationsAction, PlanAction, ReadAction, WriteAction
from vtcode.events import Event, ServerToolRan, ToolFinished, ToolStarted, TurnStarted
from vtcode.system.versioned import unversioned

if TYPE_CHECKING:
    from pathlib import Path

_RAN = frozenset({"completed", "failed"})
_LONGEST_NAME = 80


class UntrustedContent:
    """Names what the turn has read, in the order of reading."""

    def __init__(self, workspace: Path) -> None:
        self._workspace = workspace
        self._names: dict[str, None] = {}
        self._files: dict[str, str] = {}
        """Paths that were read and still have to be looked up, and what to call them."""
        self._running: dict[str, Action] = {}

    def apply(self, event: Event) -> None:
        """Take one event; a new turn starts afresh."""
        match event:
            case TurnStarted():
                self._names.clear()
                self._files = {}
            case ToolStarted(action=action) if action:
                self._running[event.call.id] = action
            case ToolFinished(status=status):
                action = self._running.pop(event.call_id, None)
                if action and status in _RAN:
                    self._note(action)
            case ServerToolRan():
                self._names[f"the server's tool {_short(event.tool)}"] = None
            case _:
                pass

    def names(self) -> tuple[str, ...]:
        """Return what was read, in words for a person; asks git about files: call it in a thread."""
        files, self._files = self._files, {}
        if files:
            found = unversioned(self._workspace, [*files])
            self._names |= dict.fromkeys(_file_words(files[path]) for path in found)
        return tuple(self._names)

    def _note(self, action: Action) -> None:
        match action:
            case CommandAction():
                self._names[f"the output of {_short(action.command)}"] = None
            case ReadAction():
                if not action.names_only:
                    self._files[action.real_path or action.path] = action.path
            case WriteAction() | PlanAction() | IntegrationsAction():
                pass
            case _:
                assert_never(action)


def _file_words(path: str) -> str:
    return "files that are not under version control" if path in ("", ".") else path


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 1]}…"
