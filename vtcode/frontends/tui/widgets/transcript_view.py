"""The transcript on the screen: one widget, whatever was said, that draws only what is in sight."""

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive

from vtcode.frontends.tui.block_list import BlockList
from vtcode.frontends.tui.block_text import repeats_head
from vtcode.frontends.tui.keys import bindings
from vtcode.frontends.tui.widgets.block_layouts import BlockLayouts
from vtcode.frontends.tui.widgets.clicked_text import clicked_text
from vtcode.frontends.tui.widgets.frame_pace import FramePace
from vtcode.frontends.tui.widgets.ordered_keys import pass_on, run_bound, typed_character
from vtcode.frontends.tui.widgets.rows_view import RowsView
from vtcode.frontends.tui.widgets.shown_matches import ShownMatches
from vtcode.frontends.tui.widgets.strips import Row, char_at, key_block, selected_text
from vtcode.frontends.tui.widgets.viewport import Viewport

if TYPE_CHECKING:
    import re

    from textual.binding import BindingType
    from textual.selection import Selection
    from textual.timer import Timer

    from vtcode.events import Event
    from vtcode.frontends.tui.blocks import AnyBlock, DiffLayout
    from vtcode.frontends.tui.finding import Hit
    from vtcode.frontends.tui.transcript import ReasoningMode, Transcript

_WHEEL_LINES = 3
RESIZE_PAUSE_S = 0.06
"""How long the width must stay before everything is laid out anew."""
MEASURE_PAUSE_S = 0.25
MEASURE_BLOCKS = 8
"""How many guessed heights are made exact between two pauses, while nothing streams: for the scroll bar."""


class TranscriptView(RowsView, can_focus=True):
    """Everything said and done, from the first line to the end, where it stays unless the user scrolls."""

    FOCUS_ON_CLICK = False
    BINDINGS: ClassVar[list[BindingType]] = bindings("blocks", "elsewhere")

    class Pasted(Message):
        """Text was pasted here, where nothing takes it."""

        def __init__(self, text: str) -> None:
            self.text = text
            super().__init__()

    class PathClicked(Message):
        """A line was clicked with Ctrl held, at a character: there may be the path of a file."""

        def __init__(self, line: str, offset: int) -> None:
            self.line = line
            self.offset = offset
            super().__init__()

    unseen_below: reactive[bool] = reactive(False, repaint=False)
    """Something new stands below what is in sight."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.blocks = BlockList()
        """What `transcript` makes of the events."""
        self._layouts = BlockLayouts(self.blocks)
        self._viewport = Viewport(self._layouts)
        self._cursor_id: int | None = None
        self._matches = ShownMatches()
        self._placing = False
        self._frame_timer: Timer | None = None
        self._resize_timer: Timer | None = None
        self._measure_timer: Timer | None = None
        self._pace = FramePace()
        self._has_news = False

    @cached_property
    def transcript(self) -> Transcript:
        """What turns events into blocks; it and the events are imported when there is one, not before."""
        from vtcode.frontends.tui.transcript import Transcript

        return Transcript(blocks=self.blocks)

    def apply(self, event: Event) -> None:
        """Take in one event; what it changed is drawn with the next frame."""
        self.transcript.apply(event)
        self._has_news = True
        self._pace.note_event()
        self._request_frame()

    def set_reasoning_visible(self, mode: ReasoningMode) -> None:
        """Show reasoning always, fold it when it is over, or hide it."""
        self.transcript.set_reasoning_mode(mode)
        self._layouts.hides_reasoning = mode == "hidden"
        if self._layouts.width:
            self._lay_out_at(self._layouts.width)

    def toggle_last_fold(self) -> None:
        """Fold or unfold the last block that can be."""
        self._layouts.update()
        for index in reversed(range(len(self._layouts))):
            if self.blocks[index].foldable and self._layouts.height(index) > 0:
                self._change(index)
                return

    @property
    def block_at_cursor(self) -> AnyBlock | None:
        """The block that the cursor stands on; None: it was never shown, or the block is gone."""
        self._layouts.update()
        index = len(self._layouts) if self._cursor_id is None else self._layouts.index_of(self._cursor_id)
        return self.blocks[index] if index < len(self._layouts) else None

    def mark_matches(self, pattern: re.Pattern[str] | None, hit: Hit | None = None) -> None:
        """Mark what a pattern matches (None: nothing any more), and show one of the matches."""
        self._matches = ShownMatches(pattern)
        self._layouts.update()
        index = self._layouts.index_of(hit.block_id) if hit else len(self._layouts)
        if pattern and hit and index < len(self._layouts):
            block = self.blocks[index]
            repeats = repeats_head(block)
            shown = self._matches.choose(self._layouts.lines(index), hit, below_head=repeats)
            if not shown and block.unfold_whole():
                self.blocks.touch(block)
                self._viewport.hold()
                self._layouts.update()
                self._matches.choose(self._layouts.lines(index), hit, below_head=repeats)
            self._cursor_id = block.id
            self._settle()
            self._show_line(self._layouts.top(index) + self._matches.current_line)
        self._settle()

    def leave_rows(self, rows: int) -> None:
        """Leave the lowest rows to something else; 0 or less: none."""
        if not self.is_attached:  # a question may come, and go, before the transcript is there
            return
        self.styles.margin = (0, 0, max(0, rows), 0)
        # A screen that is covered by another one lays itself out on a resize only.
        self.screen.post_message(events.Resize(self.screen.size, self.screen.size))

    def action_wheel(self, step: int) -> None:
        """Scroll as the mouse wheel does."""
        self._scroll_lines(step * _WHEEL_LINES)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text, without the breaks that only the width made."""
        first_id, last_id = (key_block(end.y) if end else None for end in selection)
        return selected_text(self._layouts.between(first_id, last_id), selection), "\n"

    def on_mount(self) -> None:
        """Prepare to make guessed heights exact when nothing else happens."""
        self._measure_timer = self.set_interval(MEASURE_PAUSE_S, self._measure, pause=True)

    def on_resize(self) -> None:
        """Lay out at the new width, once it stays; at a new height at once."""
        width, height = self.scrollable_content_region.size
        self._viewport.height = height
        if self._resize_timer is not None:
            self._resize_timer.stop()
            self._resize_timer = None
        if width == self._layouts.width:
            self._settle()
        elif self._layouts.width and len(self.blocks):
            self._resize_timer = self.set_timer(RESIZE_PAUSE_S, lambda: self._lay_out_at(width))
            self.redraw()
            self._settle()
        else:
            self._lay_out_at(width)

    def on_click(self, event: events.Click) -> None:
        """Fold or unfold at a block's first line; select a word with a double click, a line with one more."""
        event.prevent_default()
        x, y = event.get_content_offset_capture(self)
        if y >= len(self.rows) or (self.text_selection and event.chain == 1):
            return
        row = self.rows[y]
        if event.ctrl or event.meta:
            self.post_message(self.PathClicked(row.line.text, char_at(row.line, x)))
            return
        self._layouts.update()
        if (index := self._layouts.index_of(row.block_id)) >= len(self._layouts):
            return  # it is still drawn, and gone
        lines = self._layouts.lines(index)
        if event.chain > 1:
            place = (row.number, char_at(row.line, x))
            if chosen := clicked_text(row.block_id, lines, place, whole_line=event.chain > 2):
                self.screen.selections = {self: chosen}
            return
        first_text = next((number for number, line in enumerate(lines) if line.spans), 0)
        if row.number == first_text:
            self._change(index)

    async def on_key(self, event: events.Key) -> None:
        """Run what is bound to the key; whoever types anything else means the prompt."""
        if pass_on(self, event) or await run_bound(self, event):
            return
        if character := typed_character(event):
            event.stop()
            event.prevent_default()
            await self.run_action(f"app.type_in_prompt({character!r})")

    def on_paste(self, event: events.Paste) -> None:
        """Leave a paste to others."""
        event.stop()
        self.post_message(self.Pasted(event.text))

    def watch_has_focus(self, has_focus: bool) -> None:
        """Show the cursor, at first on the last block in sight; hide it without the focus."""
        super().watch_has_focus(has_focus)
        if self._cursor_id is None and self.rows:
            self._cursor_id = self.rows[-1].block_id
        self._settle()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Follow the user to where they scrolled."""
        super().watch_scroll_y(old_value, new_value)
        if not self._placing and round(old_value) != round(new_value):
            self._viewport.go_to(round(new_value))
            self._settle()

    def action_move_cursor(self, step: int) -> None:
        """Put the cursor on the next block, or scroll where the present one goes on out of sight."""
        in_sight = [row.block_id for row in self.rows if row.line.spans]
        if not in_sight:
            return
        if self._cursor_id not in in_sight:
            self._cursor_id = in_sight[0 if step > 0 else -1]
            self._settle()
            return
        self._layouts.update()
        index = self._layouts.index_of(self._cursor_id)
        block_top, block_end = self._layouts.top(index), self._layouts.top(index + 1)
        top, window = self.scroll_offset.y, self._viewport.height
        if step > 0 and block_end > top + window:
            self._scroll_lines(min(window // 2, block_end - top - window))
        elif step < 0 and block_top < top:
            self._scroll_lines(-min(window // 2, top - block_top))
        else:
            self._put_cursor(index, step)

    def action_toggle_fold(self) -> None:
        """Fold or unfold the block at the cursor."""
        self._layouts.update()
        if self._cursor_id is not None:
            self._change(self._layouts.index_of(self._cursor_id))

    def action_lay_out(self, layout: DiffLayout) -> None:
        """Show the diff at the cursor in one column or side by side."""
        if block := self.block_at_cursor:
            self._change(self._layouts.index_of(block.id), layout)

    def action_fold_all(self, folded: bool) -> None:
        """Fold or unfold every block that can be."""
        self._layouts.update()
        self._viewport.hold()
        for block in self.blocks:
            if block.foldable and block.folded != folded:
                block.folded = folded
                self.blocks.touch(block)
        self._settle()

    def action_page(self, step: int) -> None:
        """Scroll by a window less one line."""
        self._scroll_lines(step * max(1, self._viewport.height - 1))

    def action_go_home(self) -> None:
        """Scroll to the first line."""
        self.scroll_to(y=0, animate=False)

    def action_go_end(self) -> None:
        """Scroll to the end, and stay there."""
        self._viewport.follow()
        self._settle()

    def _scroll_update(self, virtual_size: Size) -> None:
        """Let Textual clamp at a new height: nobody scrolled, and the resize settles it."""
        self._placing = True
        try:
            super()._scroll_update(virtual_size)
        finally:
            self._placing = False

    def _request_frame(self) -> None:
        """Draw now where the last frame is long ago, else when the next one is due."""
        if self._frame_timer is not None or not self._layouts.width:
            return
        wait_s = self._pace.wait_s
        if wait_s <= 0:
            self._frame()
        else:
            self._frame_timer = self.set_timer(wait_s, self._frame)

    def _frame(self) -> None:
        """Take in what changed since the last frame."""
        started = time.monotonic()
        if self._frame_timer is not None:
            self._frame_timer.stop()
            self._frame_timer = None
        self._settle()
        self._pace.note_frame(started)

    def _settle(self) -> None:
        """Make exact what is in sight, and scroll to where the reader is."""
        if not self._layouts.width:
            return
        self._layouts.update()
        top = self._viewport.settle()
        self._placing = True
        try:
            self.virtual_size = Size(self._layouts.width, self._layouts.total_height)
            self.scroll_to(y=top, animate=False, force=True)
        finally:
            self._placing = False
        self.unseen_below = not self._viewport.follows and (self.unseen_below or self._has_news)
        self._has_news = False
        cursor_id = self._cursor_id if self.has_focus else None
        self.show_rows(
            [
                Row(
                    self.blocks[index].id,
                    number,
                    line,
                    self.blocks[index].id == cursor_id and bool(line.spans),
                    self._matches.on_line(self.blocks[index].id, self._layouts.lines(index), number),
                )
                for index, number, line in self._viewport.rows(self.scroll_offset.y)
            ]
        )
        if self._measure_timer is not None:
            self._measure_timer.reset()

    def _lay_out_at(self, width: int) -> None:
        """Lay everything out anew, keeping the reader's place."""
        self._resize_timer = None
        self._viewport.remember()
        self._layouts.restart(width)
        self.screen.clear_selection()
        self._settle()
        self.redraw()

    def _change(self, index: int, layout: DiffLayout | None = None) -> None:
        """Fold or unfold a block, or lay its diff out; its first line stays, if the rest fits below.

        Who was at the end stays there, where all from this block on fits into the window.
        """
        if index >= len(self.blocks):
            return
        block = self.blocks[index]
        if not (block.lay_out(layout) if layout else block.toggle()):
            return
        self.blocks.touch(block)
        followed = self._viewport.follows
        self._viewport.hold()
        self._settle()
        self._reveal(index)
        if followed and self._layouts.total_height - self._layouts.top(index) <= self._viewport.height:
            self.action_go_end()

    def _put_cursor(self, index: int, step: int) -> None:
        index += step
        while 0 <= index < len(self._layouts) and not self._layouts.ensure(index):
            index += step
        if 0 <= index < len(self._layouts):
            self._cursor_id = self.blocks[index].id
            self._reveal(index, last_lines=step < 0)
            self._settle()

    def _reveal(self, index: int, *, last_lines: bool = False) -> None:
        """Scroll as little as it takes to see a block; of one that is too tall its first or last lines."""
        height, window = self._layouts.ensure(index), self._viewport.height
        top, shown = self._layouts.top(index), self.scroll_offset.y
        if height > window:
            self.scroll_to(y=top + height - window if last_lines else top, animate=False)
        elif top < shown:
            self.scroll_to(y=top, animate=False)
        elif top + height > shown + window:
            self.scroll_to(y=top + height - window, animate=False)

    def _show_line(self, y: int) -> None:
        """Scroll a line that is out of sight, or nearly so, into the middle."""
        shown, window = self.scroll_offset.y, self._viewport.height
        if not shown <= y < shown + window - 1:
            self.scroll_to(y=max(0, y - window // 2), animate=False)

    def _scroll_lines(self, lines: int) -> None:
        self.scroll_to(y=self.scroll_offset.y + lines, animate=False)

    def _measure(self) -> None:
        """Make some guessed heights exact; pause when none is left."""
        left = self._layouts.measure_some(MEASURE_BLOCKS)
        self._settle()
        if not left and self._measure_timer is not None:
            self._measure_timer.pause()
