"""Keys of the transcript, with and without the keyboard, and of the search in it."""

from __future__ import annotations

from tests.support.key_effects.effect import (
    Effect,
    Effects,
    Given,
    Holds,
    as_it_is,
    beside,
    busy,
    is_beside,
    is_on,
    shows,
    then,
)
from tests.support.key_effects.prompt import running_command, was_left
from tests.support.states.said import DIFF, call
from tests.support.tui_app import Bench
from vtcode.details import DiffDetails
from vtcode.frontends.tui.screens.keys_help import KeysScreen
from vtcode.frontends.tui.screens.pick import PickScreen


async def _blocks(bench: Bench) -> None:
    """Have the keyboard with the transcript, the cursor on the last block, and note which that is."""
    bench.app.transcript.focus()
    await bench.until(lambda: bench.app.transcript.has_focus and _block(bench) >= 0)
    await _note_block(bench)


async def _note_block(bench: Bench) -> None:
    bench.notes.append(str(_block(bench)))


async def _with_diff(bench: Bench) -> None:
    details = DiffDetails(path="a.py", diff=DIFF, added_lines=2, removed_lines=2, creates=False)
    await call(bench.session, "edit_file", None, details)


async def _top(bench: Bench) -> None:
    bench.app.transcript.action_go_home()
    await bench.until(lambda: bench.app.transcript.scroll_y == 0)


async def _note_drawing(bench: Bench) -> None:
    signal = bench.app.screen.screen_layout_refresh_signal
    signal.subscribe(bench.app.screen, lambda _: bench.notes.append("drawn"))


def _looked_for(needle: str) -> Given:
    async def given(bench: Bench) -> None:
        await bench.pilot.press("ctrl+f", *needle)
        await bench.until(lambda: "3 of 3" in bench.screen_text())

    return given


def _at_end(bench: Bench) -> bool:
    return bench.app.transcript.scroll_y == bench.app.transcript.max_scroll_y


def _at_top(bench: Bench) -> bool:
    return bench.app.transcript.scroll_y == 0


def _block(bench: Bench) -> int:
    block = bench.app.transcript.block_at_cursor
    return block.id if block else -1


def _is_elsewhere(bench: Bench) -> bool:
    return str(_block(bench)) != bench.notes[-1]


def _copied(text: str) -> Holds:
    return lambda bench: text in bench.app.clipboard


def _folded(bench: Bench) -> bool:
    return all(block.folded for block in bench.app.transcript.transcript.blocks if block.foldable)


def _is_searching(bench: Bench) -> bool:
    return "Search:" in bench.screen_text()


_typing = _looked_for("needle")
_searched = then(_typing, "enter")
_on_call = then(_blocks, _top, "j", "j")
_on_diff = then(_with_diff, _blocks, "enter")

EFFECTS: Effects = {
    ("transcript", "app.scroll_transcript('page_up')"): Effect(as_it_is, lambda bench: not _at_end(bench)),
    ("transcript", "app.scroll_transcript('page_down')"): Effect(_top, lambda bench: not _at_top(bench)),
    ("transcript", "app.scroll_transcript('home')"): Effect(as_it_is, _at_top),
    ("transcript", "app.scroll_transcript('end')"): Effect(_top, _at_end),
    ("transcript", "app.toggle_last_fold"): Effect(as_it_is, lambda bench: not _folded(bench)),
    ("transcript", "app.change_reasoning"): Effect(
        as_it_is, lambda bench: "Reasoning:" in bench.status_text()
    ),
    ("transcript", "app.redraw"): Effect(_note_drawing, lambda bench: "drawn" in bench.notes),
    ("elsewhere", "app.open_palette"): Effect(_blocks, is_on(PickScreen)),
    ("elsewhere", "app.to_prompt"): Effect(_blocks, lambda bench: bench.app.prompt.has_focus),
    ("elsewhere", "app.interrupt_or_return"): Effect(
        then(busy, _blocks), lambda bench: bench.session.outcomes == ["cancelled"]
    ),
    ("blocks", "app.leave_command"): Effect(then(running_command, _blocks), was_left),
    ("blocks", "app.next_mode"): Effect(_blocks, lambda bench: bench.session.modes.current == "plan"),
    ("blocks", "move_cursor(-1)"): Effect(_blocks, _is_elsewhere),
    ("blocks", "move_cursor(1)"): Effect(then(_blocks, "k", _note_block), _is_elsewhere),
    ("blocks", "toggle_fold"): Effect(_on_call, lambda bench: not _folded(bench)),
    ("blocks", "fold_all(False)"): Effect(_blocks, lambda bench: not _folded(bench)),
    ("blocks", "fold_all(True)"): Effect(then(_blocks, "e"), _folded),
    ("blocks", "lay_out('side_by_side')"): Effect(_on_diff, is_beside),
    ("blocks", "lay_out('unified')"): Effect(then(_on_diff, beside), lambda bench: not is_beside(bench)),
    ("blocks", "page(-1)"): Effect(_blocks, lambda bench: not _at_end(bench)),
    ("blocks", "page(1)"): Effect(then(_blocks, _top), lambda bench: not _at_top(bench)),
    ("blocks", "go_home"): Effect(_blocks, _at_top),
    ("blocks", "go_end"): Effect(then(_blocks, _top), _at_end),
    ("blocks", "app.read('search')"): Effect(_blocks, _is_searching),
    ("blocks", "app.read('next')"): Effect(_searched, shows("1 of 3")),
    ("blocks", "app.read('previous')"): Effect(_searched, shows("2 of 3")),
    ("blocks", "app.read('close')"): Effect(_searched, lambda bench: not _is_searching(bench)),
    ("blocks", "app.read('copy block')"): Effect(_blocks, _copied("last answer")),
    ("blocks", "app.read('copy answer')"): Effect(_blocks, _copied("last answer")),
    ("blocks", "app.read('copy code')"): Effect(_blocks, _copied("print(1)")),
    ("blocks", "app.read('open')"): Effect(_blocks, lambda bench: "file" in bench.status_text()),
    ("blocks", "app.show_keys"): Effect(_blocks, is_on(KeysScreen)),
    ("search", "app.read('read on')"): Effect(_typing, lambda bench: bench.app.transcript.has_focus),
    ("search", "app.read('previous')"): Effect(_typing, shows("2 of 3")),
    ("search", "app.read('next')"): Effect(_typing, shows("1 of 3")),
    ("search", "app.read('close')"): Effect(_typing, lambda bench: not _is_searching(bench)),
}
