"""The list of what the word before the cursor may become."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.widget import Widget

from vtcode.frontends.tui.candidates import (
    Candidate,
    command_candidates,
    file_candidates,
    prompt_candidates,
)
from vtcode.frontends.words import letters_of

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from textual.geometry import Size
    from textual.worker import Worker

    from vtcode.commands.registry import Command
    from vtcode.session.custom_prompts import CustomPrompts
    from vtcode.session.file_index import FileIndex

_SHOWN: Final = 8
_MAX_FILES: Final = 50
_SETTLED_S: Final = 0.3
"""A key that takes what is highlighted waits so long for a search that still runs."""


class Completions(Widget):
    """A list above the prompt, with one candidate highlighted; not there while there is none."""

    def __init__(self, commands: Callable[[], Sequence[Command]]) -> None:
        """`commands` is called when the first slash is typed: importing them takes a while."""
        super().__init__(id="completions")
        self._commands = commands
        self._prompts: CustomPrompts | None = None
        self._files: FileIndex | None = None
        self._word = ""
        self._candidates: list[Candidate] = []
        self._highlighted = 0
        self._search: Worker[None] | None = None
        self._settled = asyncio.Event()
        self._settled.set()
        self.display = False

    @property
    def highlighted(self) -> Candidate | None:
        """What Tab and Enter take; None while the list is closed, or still of another word."""
        return self._candidates[self._highlighted] if self.display and self._settled.is_set() else None

    @property
    def is_open(self) -> bool:
        """Whether there is a list, or one is looked for."""
        return self.display or not self._settled.is_set()

    @property
    def word(self) -> str:
        """The word that is completed."""
        return self._word

    def attach(self, prompts: CustomPrompts, files: FileIndex) -> None:
        """Take where prompts and files are found; those that were looked for before are so no longer."""
        if self._files:
            self.close()
            self.run_worker(self._files.close())
        self._prompts, self._files = prompts, files

    def update_for(self, word: str) -> None:
        """Show what `word` may become; a list that was closed stays so until the word changes."""
        if word == self._word:
            return
        self._word = word
        if self._search:
            self._search.cancel()
        if word.startswith("/"):
            self._show(command_candidates(word, self._commands()))
        elif word.startswith("#") and self._prompts:
            self._look_up(partial(self._find_prompts, word, self._prompts))
        elif word.startswith("@") and self._files:
            self._look_up(partial(self._find_files, word, self._files))
        else:
            self._show([])

    async def settle(self) -> None:
        """Wait for a search that still runs, but not for long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_SETTLED_S):
                await self._settled.wait()

    def close(self, word: str = "") -> None:
        """Hide the list until something else than `word`, or the present word, is typed."""
        self._word = word or self._word
        if self._search:
            self._search.cancel()
        self._show([])

    def move(self, step: int) -> None:
        """Move the highlight, around the ends."""
        self._highlighted = (self._highlighted + step) % len(self._candidates)
        self.refresh()

    async def on_unmount(self) -> None:
        """Stop listing files."""
        if self._files:
            await self._files.close()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Take half of the terminal at most."""
        return min(_SHOWN, len(self._candidates), max(1, viewport.height // 2))

    def render(self) -> Content:
        """Return the part of the list around the highlight."""
        room = self.size.height or _SHOWN
        first = min(max(0, self._highlighted - room + 1), max(0, len(self._candidates) - room))
        shown = self._candidates[first : first + room]
        cells = max((Content(candidate.title).cell_length for candidate in shown), default=0)
        if self._word.startswith("/"):
            cells = min(cells, self.size.width // 3)  # what a command does counts for more than its usage
        lines = [
            _line(candidate, marked=first + index == self._highlighted, cells=cells)
            for index, candidate in enumerate(shown)
        ]
        lines = [line.truncate(self.size.width, ellipsis=True) for line in lines]
        if len(shown) < len(self._candidates):
            lines[-1] = self._with_place(lines[-1], first + 1, first + len(shown))
        return Content("\n").join(lines)

    def _with_place(self, line: Content, first: int, last: int) -> Content:
        """Return the last line with which part of the list is seen at its end: `1-8 of 34`."""
        is_part = self._word.startswith("@") and len(self._candidates) >= _MAX_FILES
        place = f"  {first}-{last} of {len(self._candidates)}{'+' * is_part}"
        line = line.truncate(max(0, self.size.width - len(place)), ellipsis=True, pad=True)
        return line.append(Content.styled(place, "$text-muted"))

    def _look_up(self, search: Callable[[], Coroutine[None, None, None]]) -> None:
        self._settled.clear()
        self._search = self.run_worker(search)

    async def _find_prompts(self, word: str, prompts: CustomPrompts) -> None:
        self._show(prompt_candidates(word, await asyncio.to_thread(prompts.listed)))

    async def _find_files(self, word: str, files: FileIndex) -> None:
        letters = letters_of(word)
        self._show(file_candidates(await files.search(letters, limit=_MAX_FILES), letters))

    def _show(self, candidates: list[Candidate]) -> None:
        self._settled.set()
        if candidates != self._candidates or self.display != bool(candidates):
            self._candidates = candidates
            self._highlighted = 0
            self.display = bool(candidates)
            self.refresh(layout=True)


def _line(candidate: Candidate, *, marked: bool, cells: int) -> Content:
    title = Content(candidate.title).truncate(cells, ellipsis=True)
    return Content.assemble(
        ("› " if marked else "  ", "bold $primary"),
        title.stylize("bold") if marked else title,
        " " * (cells - title.cell_length + 2),
        (candidate.help, "$text-muted"),
    )
