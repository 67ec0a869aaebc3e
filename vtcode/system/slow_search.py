"""The search for where ripgrep is missing: run as a script of its own, so that it can be stopped at any time.

Not to be imported: Python's regular expressions may take for ever on a line, and can't be interrupted inside
the program. Takes one argument, a JSON object (see `vtcode.system.search`), and prints what `rg --null` would
print. Imports nothing of vtcode: it is run in isolated mode.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_FILE_BYTES = 10 * 1024 * 1024
_MAX_LINE_CHARS = 300
_BAD_PATTERN = 2


def main() -> int:
    """Search, print, and return ripgrep's exit code: 0 found, 1 nothing found, 2 a bad pattern."""
    query: dict[str, Any] = json.loads(sys.argv[1])
    try:
        pattern = re.compile(query["pattern"], re.IGNORECASE if query["ignore_case"] else 0)
    except (re.error, RecursionError, OverflowError) as error:
        sys.stderr.write(f"error: {error}\n")
        return _BAD_PATTERN
    wanted = re.compile(query["glob"]) if query["glob"] else None
    found = False
    for path in _files(Path(query["path"]), frozenset(query["skipped_folders"])):
        if wanted and not wanted.fullmatch(path.as_posix()):
            continue
        for line in _matches(path, pattern, query["context_lines"]):
            found = True
            sys.stdout.buffer.write(line)
    return 0 if found else 1


def _files(start: Path, skipped_folders: frozenset[str]) -> Iterator[Path]:
    if start.is_file():
        yield start
        return
    for folder, folders, names in os.walk(start):
        folders[:] = sorted(set(folders) - skipped_folders)
        for name in sorted(names):
            path = Path(folder, name)
            if path.is_file() and not path.is_symlink():
                yield path


def _matches(path: Path, pattern: re.Pattern[str], context_lines: int) -> Iterator[bytes]:
    lines = _lines(path)
    matching = [index for index, line in enumerate(lines) if pattern.search(line)]
    hits = frozenset(matching)
    last = -1
    for index in matching:
        start, end = max(last + 1, index - context_lines), min(len(lines), index + context_lines + 1)
        if context_lines and start > last + 1 and last >= 0:
            yield b"--\n"
        for number in range(start, end):
            mark = ":" if number in hits else "-"
            text = lines[number][:_MAX_LINE_CHARS]
            yield os.fsencode(path) + f"\0{number + 1}{mark}{text}\n".encode(errors="replace")
        last = max(last, end - 1)


def _lines(path: Path) -> list[str]:
    """Return a file's lines; none where it is binary, large or unreadable."""
    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            return []
        data = path.read_bytes()
    except OSError:
        return []
    if b"\0" in data[:8192]:
        return []
    return data.decode(errors="replace").removesuffix("\n").replace("\r\n", "\n").split("\n")


if __name__ == "__main__":
    sys.exit(main())
