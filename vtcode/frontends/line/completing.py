"""Tab in the line mode: commands, prompts in files, and paths behind an `@`, as a shell completes them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from vtcode.commands.builtin import COMMANDS
from vtcode.frontends.words import letters_of, written_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vtcode.session.custom_prompts import CustomPrompts
    from vtcode.session.file_index import FileIndex

_SHOWN: Final = 20


class WordCompleter:
    """Completes a word as far as there is no choice; then tells what there is to choose from."""

    def __init__(self, prompts: CustomPrompts | None = None, files: FileIndex | None = None) -> None:
        """Take what `#` and `@` list; None: nothing."""
        self._prompts = prompts
        self._files = files

    async def complete(self, word: str) -> tuple[str, str]:
        """Return what `word` becomes, and a line on what it may still become; empty: no more is to be told.

        Args:
            word: With its `/`, `#` or `@`.
        """
        if word.startswith("@"):
            return await self._complete_path(word)
        names = [name for name in await self._names(word[0]) if name.startswith(word)]
        if len(names) == 1:
            return f"{names[0]} ", ""
        common = _common_start(names)
        return (common, "") if len(common) > len(word) else (word, _told(names))

    async def _names(self, mark: str) -> list[str]:
        if mark == "/":
            return [f"/{command.name}" for command in COMMANDS]
        listed = await asyncio.to_thread(self._prompts.listed) if self._prompts else ()
        return [f"#{prompt.name}" for prompt in listed]

    async def _complete_path(self, word: str) -> tuple[str, str]:
        """Complete up to the next slash; what nothing begins with may be letters from anywhere in a path."""
        if self._files is None:
            return word, ""
        letters = letters_of(word)
        paths = await self._files.beginning_with(letters)
        paths = paths or await self._files.search(letters, limit=_SHOWN + 1)
        paths = tuple(path for path in paths if written_path(path))
        if len(paths) == 1:
            is_folder = paths[0].endswith("/")
            return written_path(paths[0], goes_on=is_folder) + ("" if is_folder else " "), ""
        common = _common_start(paths)
        if len(common) > len(letters) and common.startswith(letters):
            return written_path(common, goes_on=True), ""
        return word, _told(paths)


def _common_start(names: Sequence[str]) -> str:
    least, most = min(names, default=""), max(names, default="")
    length = next(
        (at for at, (one, other) in enumerate(zip(least, most, strict=False)) if one != other), None
    )
    return least[:length]


def _told(names: Sequence[str]) -> str:
    """Return a line that a screen reader can read out."""
    if not names:
        return "[complete] Nothing fits."
    more = f", and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"[complete] {', '.join(names[:_SHOWN])}{more}"
