"""`vtcode sessions`: the recorded sessions."""

from __future__ import annotations

import json
import os
import shutil
import time
from typing import TYPE_CHECKING

from vtcode.config.locations import find_locations
from vtcode.events import CommandRan, ReplyCompleted, ToolFinished, ToolStarted, TurnStarted, UserMessageAdded
from vtcode.session.log import read_events
from vtcode.session.store import OUTPUTS, SessionStore
from vtcode.visible import plain, revealed

if TYPE_CHECKING:
    from vtcode.cli.arguments import Arguments
    from vtcode.session.store import RecordedSession

_TITLE_CHARACTERS = 60


def run_sessions(arguments: Arguments) -> int:
    """List, show or delete sessions; returns the exit code.

    Raises:
        SessionNotFound: No session, or several, answer to the id.
    """
    state = find_locations(os.environ).state
    store = SessionStore(state)
    match arguments.action:
        case "show":
            _show(store.find(arguments.session_id))
        case "delete":
            from vtcode.session.undo import record_of

            found = store.find(arguments.session_id)
            found.path.unlink()
            shutil.rmtree(found.path.with_suffix(OUTPUTS), ignore_errors=True)
            record_of(state, found.id).unlink(missing_ok=True)
            print(f"Deleted {found.id}.")
        case _:
            workspace = None if arguments.all else arguments.workspace
            _list(store.recorded(workspace), as_json=arguments.json)
    return 0


def _list(sessions: list[RecordedSession], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps([_facts(session) for session in sessions], ensure_ascii=False, indent=2))
        return
    for session in sessions:
        changed = time.strftime("%Y-%m-%d %H:%M", time.localtime(session.changed_at))
        print(f"{session.id}  {changed}  {session.size_bytes / 1000:>7.0f} kB  {_title(session)}")
    if not sessions:
        print("No sessions here; --all shows those of other folders.")


def _facts(session: RecordedSession) -> dict[str, object]:
    return {
        "id": session.id,
        "workspace": session.workspace,
        "model": session.model,
        "first_message": session.first_message,
        "changed_at": session.changed_at,
        "size_bytes": session.size_bytes,
        "path": str(session.path),
    }


def _title(session: RecordedSession) -> str:
    line = revealed(session.first_message, keep_newlines=False) or "(nothing said)"
    return line if len(line) <= _TITLE_CHARACTERS else line[: _TITLE_CHARACTERS - 1] + "…"


def _show(session: RecordedSession) -> None:
    print(f"{session.id}  {session.workspace}  {session.model}")
    for event in read_events(session.path):
        match event:
            case TurnStarted(text=text) | UserMessageAdded(text=text):
                print(f"\n> {plain(text)}")
            case ReplyCompleted(message=message) if message.text:
                print(f"\n{plain(message.text)}")
            case ToolStarted(call=call):
                print(f"\n[{call.name}] {revealed(call.arguments, keep_newlines=False)}")
            case ToolFinished(status=status, text=text):
                print(f"[{status}] {plain(text)}")
            case CommandRan(command=command):
                print(f"\n{plain(command)}")
            case _:
                pass
