"""list_files: the files below a folder, as deep as they fit.

Shown are whole paths, which the model can use as they are. Where a tree is too large, deeper folders become
one line with the number of their files; which files count is `vtcode.system.listing`'s rule. Symlinks are
marked and not followed.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from vtcode.actions import ReadAction
from vtcode.details import TextDetails
from vtcode.errors import FileUnusable
from vtcode.system.globs import glob_regex
from vtcode.system.listing import Listing, list_below, symlinks_in
from vtcode.system.ripgrep import find_ripgrep
from vtcode.tools.base import Arguments, Outcome, Prepared
from vtcode.visible import revealed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from vtcode.system.files import Workspace
    from vtcode.tools.base import Running, ToolContext

_MAX_ENTRIES = 200
_FRAME_CHARS = 200
_MIN_SHOWN_CHARS = 200


class ListFilesArguments(Arguments):
    """Where to look, and for which names."""

    path: str = "."
    pattern: str = ""
    """A glob; empty: everything."""


class ListFiles:
    """Lists the files of the workspace, ignored ones left out."""

    name: ClassVar[str] = "list_files"
    description: ClassVar[str] = "List the files below a folder. pattern: a glob such as *.py"
    brief: ClassVar[str] = "List files. pattern: a glob"
    arguments = ListFilesArguments
    reads_only: ClassVar[bool] = True

    def __init__(self, ripgrep: Callable[[], str] = find_ripgrep) -> None:
        self._ripgrep = ripgrep

    async def prepare(self, arguments: ListFilesArguments, context: ToolContext) -> Prepared:
        """Describe the listing.

        Raises:
            OutsideWorkspace: The path leads out of the workspace.
        """
        folder = context.workspace.resolve(arguments.path)
        shown = context.workspace.display(folder)

        async def run(_: Running) -> Outcome:
            context.workspace.require(folder)
            if not folder.is_dir():
                raise FileUnusable(f"{shown} is a file, not a folder.", hint="read_file shows what is in it.")
            ripgrep = self._ripgrep()
            listing = _without_closed(await list_below(folder, ripgrep=ripgrep), folder, context.workspace)
            prefix = "" if shown == "." else f"{shown}/"
            budget = max(_MIN_SHOWN_CHARS, context.max_result_chars - _FRAME_CHARS)
            files = [prefix + revealed(file, keep_newlines=False) for file in listing.files]
            if arguments.pattern:
                files = _matching(listing.files, files, arguments.pattern)
                lines = files
            else:
                lines = await asyncio.to_thread(_overview, files, folder, prefix, budget)
                lines = [line for line in lines if not _is_closed_link(line, context.workspace)]
            notes = [] if listing.complete else ["(there are more files than could be listed in time)"]
            notes += [] if ripgrep else ["(ripgrep was not found: ignore files are not respected)"]
            head = _head(shown, len(files), arguments.pattern)
            return _outcome("\n".join([head, *_fitting(lines, budget), *notes]), len(files))

        of = f" ({arguments.pattern})" if arguments.pattern else ""
        action = ReadAction(path=shown, summary=shown + of, names_only=True, real_path=str(folder))
        return Prepared(action=action, run=run)


def _without_closed(listing: Listing, folder: Path, workspace: Workspace) -> Listing:
    """Leave out what the user closed."""
    return replace(listing, files=tuple(f for f in listing.files if not workspace.is_closed(folder / f)))


def _is_closed_link(line: str, workspace: Workspace) -> bool:
    link, arrow, target = line.partition(" -> ")
    place = workspace.root / link
    return bool(arrow) and any(workspace.is_closed(path) for path in (place, place.parent / target))


def _head(shown: str, count: int, pattern: str) -> str:
    folder = "." if shown == "." else f"{shown}/"
    if count:
        matching = f" matching {pattern}" if pattern else ""
        return f"{folder} ({_counted(count)}{matching}):"
    if pattern:
        return f"{folder}: no file matches {pattern} (ignored files aside)."
    return f"{folder}: no files (ignored ones aside)."


def _matching(names: Sequence[str], shown: Sequence[str], pattern: str) -> list[str]:
    """Return what is shown of the names, relative to the listed folder, that a glob matches."""
    try:
        wanted = re.compile(glob_regex(pattern))
    except re.error:
        return []
    return [
        text
        for name, text in zip(names, shown, strict=True)
        if wanted.fullmatch(name) or wanted.fullmatch(text)
    ]


def _overview(files: Sequence[str], folder: Path, prefix: str, max_chars: int) -> list[str]:
    """Return the lines of the deepest view that fits; of the shallowest where none does."""
    depth = prefix.count("/") + 1
    view = _view(files, depth)
    while True:
        depth += 1
        deeper = _view(files, depth)
        if len(deeper) > _MAX_ENTRIES or len(deeper) + sum(map(len, deeper)) > max_chars or deeper == view:
            break
        view = deeper
    lines = [f"{path} ({_counted(count)})" if path.endswith("/") else path for path, count in view.items()]
    return sorted([*lines, *_links(view, folder, prefix)], key=lambda line: line.split("/"))


def _view(files: Sequence[str], depth: int) -> Counter[str]:
    """Return the files down to a depth, and the folders there, with a slash, with how many are below them."""
    view: Counter[str] = Counter()
    for file in files:
        parts = file.split("/", depth)
        view["/".join(parts[:depth]) + "/" * (len(parts) > depth)] += 1
    return view


def _links(view: Iterable[str], folder: Path, prefix: str) -> list[str]:
    """Return a line for every symlink in the folders whose files are listed."""
    inner = {path.removeprefix(prefix).rpartition("/")[0] for path in view if not path.endswith("/")}
    return [
        revealed(f"{prefix}{below}{'/' if below else ''}{name} -> {target}", keep_newlines=False)
        for below in sorted({"", *inner})
        for name, target in symlinks_in(folder / below)
    ]


def _counted(count: int) -> str:
    return f"{count:,} {'file' if count == 1 else 'files'}"


def _fitting(lines: Sequence[str], max_chars: int) -> list[str]:
    fitting: list[str] = []
    for line in lines:
        max_chars -= len(line) + 1
        if len(fitting) == _MAX_ENTRIES or max_chars < 0:
            return [*fitting, f"... {len(lines) - len(fitting)} more; narrow it with path or pattern"]
        fitting.append(line)
    return fitting


def _outcome(text: str, count: int) -> Outcome:
    return Outcome(text=text, details=TextDetails(text=text, summary=_counted(count)))
