"""What a reader does with the transcript beyond scrolling: search it, copy of it, open the files it names."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias, assert_never

from textual.actions import SkipAction
from textual.app import SuspendNotSupported

from vtcode.errors import EditorFailed, UserFacingError
from vtcode.frontends.clipboard import copied_words
from vtcode.frontends.tui.block_text import copied_text, searched_text
from vtcode.frontends.tui.blocks import ReplyBlock
from vtcode.frontends.tui.widgets.ordered_keys import give_keyboard
from vtcode.frontends.wording import counted

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence
    from pathlib import Path

    from textual.widget import Widget
    from textual.worker import Worker

    from vtcode.frontends.tui.base_app import BaseApp
    from vtcode.frontends.tui.finding import Finder, Hit
    from vtcode.frontends.tui.widgets.search_bar import SearchBar
    from vtcode.questions import Answer, PickQuestion
    from vtcode.session.copying import Copied
    from vtcode.session.places import Place
    from vtcode.session.session import Session

Wish: TypeAlias = Literal[
    "search", "read on", "next", "previous", "close", "copy block", "copy answer", "copy code", "open"
]
"""What a key asks for."""


class Reading:
    """Acts on the transcript of an app that runs."""

    def __init__(self, app: BaseApp, *, ask: Callable[[PickQuestion], Awaitable[Answer]]) -> None:
        """Read what `app` shows; `ask` lets the user pick one of several files."""
        self._app = app
        self._ask = ask
        self._session: Session | None = None
        self._bar: SearchBar | None = None
        self._finder: Finder | None = None
        self._hit: Hit | None = None
        self._origin_id = 0
        """The last block in sight when the search began."""
        self._came_from: Widget | None = None

    @property
    def roots(self) -> Sequence[Path]:
        """The folders whose files can be opened; none until the session is there."""
        return self._session.folders.roots if self._session else ()

    @property
    def searching(self) -> bool:
        """Whether a search is open."""
        return self._bar is not None and self._bar.display

    def attach(self, session: Session) -> None:
        """Open the files of this session's workspace from now on."""
        self._session = session

    async def do(self, wish: Wish) -> None:
        """Do what a key asks for.

        Raises:
            SkipAction: The key belongs to a search, and none is open.
        """
        if wish in {"next", "previous", "close"} and not self.searching:
            raise SkipAction
        match wish:
            case "search":
                await self.open_search()
            case "read on":
                give_keyboard(self._app.transcript)
            case "next":
                self.step(1)
            case "previous":
                self.step(-1)
            case "close":
                self.close_search()
            case "copy block":
                self._copy_block()
            case "copy answer":
                self._copy_answer("answer")
            case "copy code":
                self._copy_answer("code")
            case "open":
                self._app.run_worker(self._open_at_cursor())
            case _:
                assert_never(wish)

    async def open_search(self) -> None:
        """Open the search, or go back into the line that is open."""
        from vtcode.frontends.tui.finding import Finder
        from vtcode.frontends.tui.widgets.search_bar import SearchBar

        transcript = self._app.transcript
        if self._bar is None:
            self._bar = SearchBar(self.look_for)
            self._finder = Finder(transcript.blocks)
            await self._app.mount(self._bar, after=transcript)
        elif not self._bar.display:
            self._bar.display = True
        focused = self._app.focused
        if focused is not self._bar.line:
            self._came_from = focused
        self._origin_id = transcript.rows[-1].block_id if transcript.rows else 0
        give_keyboard(self._bar.line)
        self._bar.line.select_all()
        self.look_for(self._bar.line.value)

    def close_search(self) -> None:
        """Take the search and its marks off the screen."""
        if self._bar is None:
            return
        had_focus = self._app.focused is self._bar.line
        self._bar.display = False
        self._app.transcript.mark_matches(None)
        if had_focus:
            give_keyboard(self._came_from or self._app.prompt)

    def look_for(self, needle: str) -> None:
        """Search for another needle, beside what else goes on."""
        self._work(partial(self._search, needle), exclusive=True)

    def step(self, step: int) -> None:
        """Go to the next match, or the one before; what came meanwhile is searched first."""
        self._work(partial(self._step, step))

    def copy(self, copied: Copied) -> None:
        """Put text on the clipboard, and say what was copied."""
        if copied.text:
            self._app.copy_to_clipboard(copied.text)
        self._app.status_line.hint(copied_words(copied))

    async def open_named(self, text: str, offset: int) -> None:
        """Open the file that a line of text names at a character, if it names one there."""
        from vtcode.session.places import place_at

        if self.roots and (place := place_at(text, offset, self.roots)):
            await self.open(place)

    async def open(self, place: Place) -> None:
        """Open a place in the user's editor, which gets the terminal where it needs it."""
        from vtcode.session.places import needs_terminal

        hint = self._app.status_line.hint
        try:
            takes_terminal = needs_terminal()
        except EditorFailed as failure:
            hint(f"{failure.message} {failure.hint}", short=failure.message)
            return
        if not takes_terminal:
            hint(await _opened(place) or f"Opened {place.path.name}")
            return
        try:
            with self._app.batch_update(), self._app.suspend():
                problem = await _opened(place)
        except SuspendNotSupported:
            problem = "No editor of the terminal can be opened from here"
        if problem:
            hint(problem)

    def _copy_block(self) -> None:
        from vtcode.session.copying import copied

        block = self._app.transcript.block_at_cursor
        self.copy(copied(*copied_text(block)) if block else copied("", ""))

    def _copy_answer(self, which: str) -> None:
        from vtcode.session.copying import copied_answer

        blocks = self._app.transcript.blocks
        answers = [block.source for block in blocks if isinstance(block, ReplyBlock) and not block.discarded]
        try:
            self.copy(copied_answer(answers, which))
        except UserFacingError as problem:
            self._app.status_line.hint(problem.message)

    async def _open_at_cursor(self) -> None:
        """Open a file that the block at the cursor names; where there are several, ask which."""
        from vtcode.session.places import places_in

        block = self._app.transcript.block_at_cursor
        text = searched_text(block) if block and self.roots else ""
        places = await asyncio.to_thread(places_in, text, self.roots) if text else ()
        if not places:
            self._app.status_line.hint(
                "No file of the workspace is named here", short="No file is named here"
            )
            return
        place = places[0]
        if len(places) > 1:
            answer = await self._ask(_which(places, self.roots))
            if not answer.choice.isdecimal():
                return
            place = places[int(answer.choice)]
        await self.open(place)

    def _work(
        self, search: Callable[[], Coroutine[None, None, None]], *, exclusive: bool = False
    ) -> Worker[None]:
        """Run a function, not a coroutine: one that is replaced before it runs is never called."""
        return self._app.run_worker(search, group="search", exclusive=exclusive)

    async def _search(self, needle: str) -> None:
        finder, transcript = self._finder, self._app.transcript
        if finder is None or self._bar is None:
            return
        finder.skips_reasoning = transcript.transcript.reasoning_mode == "hidden"
        finder.start(needle)
        for _ in iter(finder.advance, True):
            await asyncio.sleep(0)
        self._go_to(finder.nearest(self._origin_id))

    async def _step(self, step: int) -> None:
        if self._finder is None or not self.searching:
            return
        for _ in iter(self._finder.advance, True):
            await asyncio.sleep(0)
        self._go_to(self._finder.next(self._hit, step))

    def _go_to(self, hit: Hit | None) -> None:
        """Show a match, and say which one it is."""
        assert self._finder is not None
        assert self._bar is not None
        self._hit = hit
        self._app.transcript.mark_matches(self._finder.pattern, hit)
        if self._finder.pattern is None:
            self._bar.tell("")
        elif hit is None:
            self._bar.tell("not found")
        else:
            self._bar.tell(f"{self._finder.number(hit):,} of {self._finder.total:,}")


async def _opened(place: Place) -> str:
    """Open a place; return what went wrong. Textual does not resume after an exception."""
    from vtcode.session.places import edit_place

    try:
        await edit_place(place)
    except EditorFailed as failure:
        return failure.message
    return ""


def _which(places: Sequence[Place], roots: Sequence[Path]) -> PickQuestion:
    from vtcode.questions import PickQuestion, PickRow
    from vtcode.visible import revealed

    rows = []
    for number, place in enumerate(places):
        root = next((root for root in roots if place.path.is_relative_to(root)), None)
        name = str(place.path.relative_to(root) if root == roots[0] else place.path)
        line = f":{place.line}" if place.line else ""
        rows.append(PickRow(id=str(number), label=f"{revealed(name, keep_newlines=False)}{line}"))
    return PickQuestion(title=f"Open one of {counted(len(rows), 'place')} in your editor", rows=tuple(rows))
