"""What the agent did to files, and how it is taken back: only where a file still is as the agent left it."""

from __future__ import annotations

import asyncio
import itertools
import os
import stat
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from vtcode.actions import CommandAction
from vtcode.errors import FileChanged
from vtcode.events import Event, Notice, TurnEnded, TurnStarted
from vtcode.permissions import BUILT_IN
from vtcode.session.change_log import Change, ChangeLog, CommandTraces
from vtcode.session.change_pruning import prune
from vtcode.system.kept_files import KeptFiles
from vtcode.system.restoring import content_at, put_back
from vtcode.system.text_file import digest_of
from vtcode.system.versioned import project_files
from vtcode.tools.diffs import unified_diff

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vtcode.actions import Action
    from vtcode.agent.gate import Gate
    from vtcode.system.files import Overwritten, Workspace
    from vtcode.tools.diffs import Diff

_FOLDER = "undo"
"""In the state folder."""
_UNREADABLE = "unreadable"
"""In the place of a digest."""
_MOST_FILES = 100_000
_TOLD = "[Note from vtcode: files] The user took back your changes to: {}. Read them again before you go on."

Standing: TypeAlias = Literal["ready", "as_before", "changed", "lost"]
"""It can go back; it holds that already; something else changed it meanwhile; what it held is not kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileBack:
    """One file, and how it would go back to what it held before a turn."""

    path: Path
    shown: str
    """As people see it."""
    standing: Standing
    changes: tuple[Change, ...]
    then: bytes | None
    """What it held; None: it was not there, or is not kept."""
    held: bytes | None
    """What it holds now; None: it is not there, or can't be read."""
    now: str
    """The digest of that."""

    @property
    def was_made(self) -> bool:
        """It was not there then."""
        return not self.changes[0].before

    def diff(self) -> Diff | None:
        """Return what changed from then to now; None: it is no text."""
        return _diff(self.then, self.held)

    def diff_back(self) -> Diff | None:
        """Return what changes as it goes back; None: it is no text."""
        return _diff(self.held, self.then)


class FileChanges:
    """Keeps what writes replace, and brings it back."""

    def __init__(
        self, state_folder: Path, session_id: str, gate: Gate, workspace: Workspace, last_turn: int
    ) -> None:
        """Follow the writes of a workspace's tools.

        Args:
            state_folder: A folder in it holds contents, and what was done to files.
            session_id: Whose changes these are; a resumed session goes on with its own. Empty: nothing is
                kept.
            gate: Tells of commands.
            workspace: Tells of its writes.
            last_turn: The last one so far.
        """
        self._folder = state_folder / _FOLDER
        self._kept = KeptFiles(self._folder / "contents")
        self._log = ChangeLog(record_of(state_folder, session_id))
        self._session_id = session_id
        self._workspace = workspace
        self._turn = last_turn
        self._in_turn = False
        self._footprint: dict[str, tuple[int, ...]] | None = None
        """The project's files as they were before the running turn's first command."""
        self._ran_command = False
        self._has_kept = False
        """Something is kept by now, so that older contents may have to go: once in a session's run."""
        self._has_pruned = False
        self._problems: list[Notice] = []
        if session_id:
            workspace.keeper = self._keeping
            gate.before_run = self._before_run

    def turns(self) -> tuple[int, ...]:
        """Return the turns whose changes to files stand, the last one first."""
        return tuple(sorted({change.turn for change in self._log.standing()}, reverse=True))

    def by_commands(self, from_turn: int, to_turn: int | None = None) -> CommandTraces | None:
        """Return what commands changed from one turn to another; None: nothing."""
        traces = [known for turn, known in self._log.traces.items() if _is_in(turn, from_turn, to_turn)]
        if not traces:
            return None
        known = [path for trace in traces for path in trace.paths or ()]
        is_untold = any(trace.paths is None for trace in traces)
        if not known and not is_untold:
            return None
        return CommandTraces(turn=from_turn, paths=None if is_untold else tuple(dict.fromkeys(known)))

    def files(self, from_turn: int = 0, to_turn: int | None = None) -> tuple[FileBack, ...]:
        """Return the files changed from one turn to another, as they would go back; reads them all."""
        changes: dict[str, list[Change]] = {}
        for change in self._log.standing():
            if _is_in(change.turn, from_turn, to_turn):
                changes.setdefault(change.path, []).append(change)
        return tuple(self._back(Path(path), tuple(own)) for path, own in changes.items())

    def take_back(self, files: Sequence[FileBack], *, tell: bool) -> tuple[list[FileBack], list[str]]:
        """Have files hold what they held; returns those that do, and why the others don't.

        Args:
            files: Of `files`; one that changed since then is left as it is.
            tell: The model has to hear of it.
        """
        problems: list[str] = []
        done: list[FileBack] = []
        for file in files:
            try:
                self._put_back(file)
                done.append(file)
            except FileChanged:
                problems.append(f"{file.shown}: changed meanwhile")
            except OSError as error:
                problems.append(f"{file.shown}: {error.strerror or error}")
        numbers = [change.number for file in done for change in file.changes]
        try:
            told = [file.shown for file in done] if tell else []
            self._log.take_back(numbers, turn=self._turn, told=told)
        except OSError as error:
            problems.append(f"this can't be recorded: {error.strerror or error}")
        return done, problems

    def news(self) -> str:
        """Return what the model has to be told since the last turn; empty: nothing."""
        paths = [path for turn, told in self._log.taken_back if turn == self._turn for path in told]
        return _TOLD.format(", ".join(dict.fromkeys(paths))) if paths else ""

    async def follow(self, event: Event) -> Sequence[Notice]:
        """Follow a turn and its commands; returns what the user has to be told."""
        match event:
            case TurnStarted(turn=turn):
                self._turn, self._in_turn = turn, True
            case TurnEnded():
                self._in_turn = False
                if self._ran_command:
                    self._ran_command = False
                    await asyncio.to_thread(self._note_traces)
                if self._has_kept and not self._has_pruned:
                    self._has_pruned = True
                    await asyncio.to_thread(prune, self._folder, self._kept, self._session_id)
            case _:
                pass
        told, self._problems = self._problems, []
        return told

    async def _before_run(self, action: Action, rule: str) -> None:
        """Look at the project before the first command of a turn that does more than read."""
        changes_things = isinstance(action, CommandAction) and rule != BUILT_IN
        if changes_things and self._in_turn and not self._ran_command:
            self._ran_command = True
            self._add_traces(None)  # what holds if this turn does not come to its end
            self._footprint = await asyncio.to_thread(_footprint, self._workspace.root)

    @contextmanager
    def _keeping(self, overwritten: Overwritten) -> Iterator[None]:
        change = self._record(overwritten)
        try:
            yield
        except BaseException:
            if change:
                with suppress(OSError):
                    self._log.take_back((change.number,))
            raise

    def _record(self, overwritten: Overwritten) -> Change | None:
        self._has_kept = True
        try:
            content = overwritten.content
            return self._log.add(
                self._turn,
                str(overwritten.path),
                "" if content is None else self._kept.put(content),
                overwritten.after,
                overwritten.mode,
                overwritten.new_folders,
            )
        except OSError as error:
            shown = self._workspace.display(overwritten.path)
            text = f"What {shown} held is not kept, so /undo can't bring it back: {error.strerror or error}."
            self._problems.append(Notice(level="warning", text=text))
            return None

    def _note_traces(self) -> None:
        before, after = self._footprint, _footprint(self._workspace.root)
        self._footprint = None
        paths = None
        if before is not None and after is not None:
            own = {change.path for change in self._log.standing() if change.turn == self._turn}
            changed = {name for name, _ in before.items() ^ after.items()}
            paths = tuple(sorted(name for name in changed if str(self._workspace.root / name) not in own))
        self._add_traces(paths)

    def _add_traces(self, paths: tuple[str, ...] | None) -> None:
        try:
            self._log.add_traces(CommandTraces(turn=self._turn, paths=paths))
        except OSError as error:
            text = f"What commands changed is not recorded: {error.strerror or error}."
            self._problems.append(Notice(level="warning", text=text))

    def _back(self, path: Path, changes: tuple[Change, ...]) -> FileBack:
        first, last = changes[0], changes[-1]
        content = self._kept.get(first.before) if first.before else None
        held: bytes | None = None
        standing: Standing = "changed"
        try:
            held = content_at(path)
            now = "" if held is None else digest_of(held)
        except OSError:
            now = _UNREADABLE
        is_whole = all(one.after == other.before for one, other in itertools.pairwise(changes))
        if now == first.before:
            standing = "as_before"
        elif first.before and content is None:
            standing = "lost"
        elif is_whole and now == last.after:
            standing = "ready"
        return FileBack(
            path=path,
            shown=self._workspace.display(path),
            standing=standing,
            changes=changes,
            then=content,
            held=held,
            now=now,
        )

    def _put_back(self, file: FileBack) -> None:
        if file.standing == "as_before":
            return
        first = file.changes[0]
        put_back(file.path, file.then, expected=file.now, mode=first.mode, new_folders=first.new_folders)


def record_of(state_folder: Path, session_id: str) -> Path:
    """Return the file in which is recorded what a session did to files."""
    return state_folder / _FOLDER / f"{session_id}.jsonl"


def _diff(before: bytes | None, after: bytes | None) -> Diff | None:
    try:
        return unified_diff((before or b"").decode(), (after or b"").decode())
    except UnicodeDecodeError:
        return None


def _is_in(turn: int, first: int, last: int | None) -> bool:
    return first <= turn and (last is None or turn <= last)


def _footprint(root: Path) -> dict[str, tuple[int, ...]] | None:
    """Return what tells a changed file by, for each of the project's; None: git does not list them."""
    names = project_files(root)
    if names is None or len(names) > _MOST_FILES:
        return None
    footprint: dict[str, tuple[int, ...]] = {}
    for name in names:
        try:
            state = os.lstat(root / name)
        except OSError:
            continue
        footprint[name] = (state.st_mtime_ns, state.st_size, stat.S_IMODE(state.st_mode), state.st_ino)
    return footprint
