"""grep_file: lines that match a pattern, grouped by file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from vtcode.actions import ReadAction
from vtcode.details import TextDetails
from vtcode.errors import BadArguments
from vtcode.system.ripgrep import find_ripgrep
from vtcode.tools.base import Arguments, Outcome, Prepared
from vtcode.visible import plain, revealed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vtcode.system.search import FoundFile, FoundLine, SearchResult
    from vtcode.tools.base import Running, ToolContext

_SHOWN_PER_FILE = (500, 20, 5, 2)
"""How many matching lines of a file are shown: the first number with which all files fit."""
_NOTHING_FOUND = "no matches (ignored files and possible secrets are searched only where path names one)."
"""Says the same whatever such a file holds: the answer must not tell whether it would have matched."""
_MAX_LINE_CHARS = 240
_FRAME_CHARS = 300
_MIN_SHOWN_CHARS = 200


class GrepFileArguments(Arguments):
    """What to search for, and where."""

    pattern: str = Field(min_length=1, max_length=2_000)
    path: str = "."
    glob: str = Field(default="", max_length=500)
    context_lines: int = Field(default=0, ge=0, le=20, json_schema_extra={"brief": None})
    literal: bool = Field(default=False, json_schema_extra={"brief": None})
    case_sensitive: bool | None = Field(default=None, json_schema_extra={"hidden": True})
    """None: only if the pattern has an upper-case letter."""


class GrepFile:
    """Searches the contents of the workspace's files."""

    name: ClassVar[str] = "grep_file"
    description: ClassVar[str] = (
        "Search file contents for a regex (literal: for plain text). glob: which files."
    )
    brief: ClassVar[str] = "Search files for a regex."
    arguments = GrepFileArguments
    reads_only: ClassVar[bool] = True

    def __init__(self, ripgrep: Callable[[], str] = find_ripgrep) -> None:
        self._ripgrep = ripgrep

    async def prepare(self, arguments: GrepFileArguments, context: ToolContext) -> Prepared:
        """Describe the search.

        Raises:
            OutsideWorkspace: The path leads out of the workspace.
            BadArguments: The pattern holds a NUL.
        """
        from vtcode.system.search import SearchQuery, search

        if "\0" in arguments.pattern + arguments.glob:
            raise BadArguments("grep_file: a pattern can't hold a NUL.")
        workspace = context.workspace
        path = workspace.resolve(arguments.path)
        root = workspace.root_of(path)
        query = SearchQuery(
            pattern=arguments.pattern,
            path=path.relative_to(root).as_posix(),
            glob=arguments.glob,
            context_lines=arguments.context_lines,
            literal=arguments.literal,
            case_sensitive=arguments.case_sensitive,
        )

        async def run(_: Running) -> Outcome:
            workspace.require(path)
            ripgrep = self._ripgrep()
            notes = (
                [] if ripgrep else ["(ripgrep was not found: searched slowly, ignore files not respected)"]
            )
            result = await search(root, query, ripgrep=ripgrep)
            if result.problem:
                notes.append(f"(not a regex: {plain(result.problem)}; searched for it as plain text)")
                result = await search(root, replace(query, literal=True), ripgrep=ripgrep)
            workspace.require(path)  # with a link there meanwhile, what was found may be from elsewhere
            open_files = [file for file in result.files if not workspace.is_closed(root / file.path)]
            files = [replace(file, path=workspace.display(root / file.path)) for file in open_files]
            result = replace(result, files=tuple(files))
            return _outcome(result, notes, max_chars=context.max_result_chars)

        shown = workspace.display(path)
        wanted = revealed(arguments.pattern, keep_newlines=False)
        action = ReadAction(path=shown, summary=f'"{wanted}" in {shown}', real_path=str(path))
        return Prepared(action=action, run=run)


def _outcome(result: SearchResult, notes: list[str], *, max_chars: int) -> Outcome:
    count = sum(file.match_count for file in result.files)
    if result.timed_out:
        notes.append("(the search took too long and was stopped; narrow it with path or glob)")
    elif not result.complete:
        notes.append("(there are more matches; narrow the pattern, path or glob)")
    summary = f"{_counted(count, 'match', 'matches')} in {_counted(len(result.files), 'file', 'files')}"
    head = f"{summary}:" if count else _NOTHING_FOUND
    body = _fitting(result.files, max(_MIN_SHOWN_CHARS, max_chars - _FRAME_CHARS))
    text = "\n".join([head, *body, *notes])
    return Outcome(text=text, details=TextDetails(text=text, summary=summary))


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _fitting(files: Sequence[FoundFile], max_chars: int) -> list[str]:
    """Return the files' lines: all if they fit, else fewer of each file, else the first files."""
    blocks: list[list[str]] = []
    for per_file in _SHOWN_PER_FILE:
        blocks = [_block(file, per_file) for file in files]
        if sum(len(line) + 1 for block in blocks for line in block) <= max_chars:
            return [line for block in blocks for line in block]
    fitting: list[str] = []
    for index, block in enumerate(blocks):
        max_chars -= sum(len(line) + 1 for line in block)
        if max_chars < 0 and fitting:
            return [*fitting, f"... {len(blocks) - index} more files; narrow the pattern, path or glob"]
        fitting += block
    return fitting


def _block(file: FoundFile, per_file: int) -> list[str]:
    """Return a file's name and its lines, the first `per_file` matches with what stands around them."""
    lines = [file.path]
    shown, last = 0, 0
    for line in file.lines:
        if shown == per_file and line.matches:
            return [*lines, f"  ... {file.match_count - shown} more in this file"]
        if last and line.number > last + 1 and not (line.matches and lines[-1].startswith("  ..")):
            lines.append("  --")
        shown += line.matches
        last = line.number
        lines.append(_shown(line))
    return lines


def _shown(line: FoundLine) -> str:
    text = line.text if len(line.text) <= _MAX_LINE_CHARS else f"{line.text[:_MAX_LINE_CHARS]} […]"
    return f"  {line.number}{':' if line.matches else '-'} {text}"
