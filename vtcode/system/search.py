"""The door to searching file contents by pattern: with ripgrep, or slowly with Python where it is missing."""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vtcode.system.globs import glob_regex
from vtcode.system.nearest import UNINTERESTING_FOLDERS
from vtcode.system.ripgrep import COMMON_OPTIONS, run_bounded
from vtcode.system.sensitive import is_sensitive

if TYPE_CHECKING:
    from vtcode.system.ripgrep import Output

_MAX_BYTES: Final = 1_000_000
_MAX_MATCHES_A_FILE: Final = 500
_MAX_LINE_BYTES: Final = 300
_TIMEOUT_S: Final = 20.0
_FAILED: Final = 2
"""ripgrep's exit code for a bad pattern, and for a file that could not be read."""
_RECORD: Final = re.compile(rb"([^\0]+)\0(\d+)([:-])(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """What to search for, and where."""

    pattern: str
    path: str = "."
    """A folder or a file, relative to the workspace."""
    glob: str = ""
    """Which files; empty: all."""
    context_lines: int = 0
    literal: bool = False
    """The pattern is text, not a regular expression."""
    case_sensitive: bool | None = None
    """None: only if the pattern has an upper-case letter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLine:
    """A line that matches, or that stands beside one."""

    number: int
    text: str
    matches: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """A file with matches."""

    path: str
    """Relative to the workspace, as the system names it."""
    lines: tuple[FoundLine, ...]

    @property
    def match_count(self) -> int:
        """How many of the lines match."""
        return sum(line.matches for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """What was found, sorted by path."""

    files: tuple[FoundFile, ...]
    complete: bool = True
    """False: there was more than is kept, or the time ran out."""
    timed_out: bool = False
    problem: str = ""
    """Why the pattern is no regular expression; nothing was searched then."""


async def search(
    root: Path, query: SearchQuery, *, ripgrep: str, timeout_s: float = _TIMEOUT_S
) -> SearchResult:
    """Search below `root`; binary files and what ignore files name are left out.

    So are files that may hold secrets, unless the query's path names one, or a folder of them.

    Args:
        root: The workspace's real path.
        query: Its path must have been resolved within the workspace.
        ripgrep: The program's path; empty: search with Python, which knows no ignore files.
        timeout_s: What was found until then is returned.

    Raises:
        ToolFailed: The search can't be started.
    """
    argv = _ripgrep_arguments(ripgrep, query) if ripgrep else _python_arguments(query)
    output = await run_bounded(argv, cwd=root, max_bytes=_MAX_BYTES, timeout_s=timeout_s)
    if output.exit_code == _FAILED and not output.stdout and output.stderr:
        return SearchResult(files=(), problem=_pattern_problem(output.stderr))
    files = tuple(
        file for file in _found_files(output) if is_sensitive(query.path) or not is_sensitive(file.path)
    )
    return SearchResult(
        files=files, complete=not (output.cut or output.timed_out), timed_out=output.timed_out
    )


def _ripgrep_arguments(program: str, query: SearchQuery) -> list[str]:
    case = {None: "--smart-case", True: "--case-sensitive", False: "--ignore-case"}[query.case_sensitive]
    return [
        program,
        *([f"--glob={query.glob}"] if query.glob else []),
        *COMMON_OPTIONS,
        "--no-heading",
        "--with-filename",
        "--line-number",
        "--null",
        case,
        "--fixed-strings" if query.literal else "--engine=auto",
        *(["--multiline"] if "\n" in query.pattern or r"\n" in query.pattern else []),
        f"--context={query.context_lines}",
        f"--max-count={_MAX_MATCHES_A_FILE}",
        f"--max-columns={_MAX_LINE_BYTES}",
        "--max-columns-preview",
        f"--regexp={query.pattern}",
        "--",
        f"./{query.path}",
    ]


def _python_arguments(query: SearchQuery) -> list[str]:
    ignore_case = not query.case_sensitive
    if query.case_sensitive is None:
        ignore_case = not re.search(r"[A-Z]", re.sub(r"\\.", "", query.pattern))
    wanted = {
        "pattern": re.escape(query.pattern) if query.literal else query.pattern,
        "ignore_case": ignore_case,
        "path": f"./{query.path}",
        "glob": glob_regex(query.glob) if query.glob else "",
        "context_lines": query.context_lines,
        "skipped_folders": sorted(UNINTERESTING_FOLDERS),
    }
    # Isolated (-I): neither the workspace nor the environment may put a module in the way.
    return [sys.executable, "-I", str(Path(__file__).with_name("slow_search.py")), json.dumps(wanted)]


def _pattern_problem(stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    named = [line for line in lines if line.startswith("error:")]
    return (named or lines)[-1].removeprefix("error:").strip()


def _found_files(output: Output) -> tuple[FoundFile, ...]:
    lines: dict[str, list[FoundLine]] = {}
    for record in output.stdout.split(b"\n"):
        match = _RECORD.fullmatch(record)
        if match is None:  # the mark between two groups of context
            continue
        path = os.path.normpath(os.fsdecode(match.group(1)))
        text = match.group(4).decode(errors="replace").removesuffix("\r")
        lines.setdefault(path, []).append(
            FoundLine(number=int(match.group(2)), text=text, matches=match.group(3) == b":")
        )
    return tuple(FoundFile(path=path, lines=tuple(lines[path])) for path in sorted(lines))
