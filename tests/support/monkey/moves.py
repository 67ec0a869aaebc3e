"""What a hand does at random: keys, the mouse, pastes, the size of the window."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from random import Random

from textual import events
from textual.keys import _character_to_key

from tests.support.tui_app import Bench

_LETTERS = "abcdefghijklmnopqrstuvwxyzGNGXYZ0123456789 @#/?:;.,-_'\"\\()[]{}<>é漢ñ"
"""Without `!`: what follows it runs in a shell."""
_NAMED = (
    *("enter", "enter", "enter", "escape", "tab", "shift+tab", "space", "question_mark"),
    *("up", "down", "left", "right", "home", "end", "pageup", "pagedown", "ctrl+home", "ctrl+end"),
    *("shift+up", "shift+down", "shift+left", "ctrl+left", "ctrl+right", "alt+up", "alt+enter"),
    *("backspace", "delete", "insert", "f1", "f5", "f12", "alt+b", "alt+x", "shift+enter"),
    *(f"ctrl+{letter}" for letter in "abcefgjklnoprstuvwxyz"),
)
_PASTES = (
    "one line",
    "two\nlines",
    "escape \x1b[2J\x1b]0;title\x07 codes",
    "right \u202eto left\u202c and \u2066isolated\u2069, \u200bnothing",
    "tab\tand\r\nreturns\r",
    "long " * 3_000,
    "many\n" * 500,
    "",
)
_COMMANDS = ("/help", "/status", "/context", "/model", "/diff", "/queue", "/mode plan", "/clear", "/undo")
_QUIET_TURNS = 4
"""A key goes through the app, the screen and a widget, each with a queue of its own."""
TAKES_AWAY = {
    *("backspace", "delete", "enter", "tab", "escape"),
    *(f"ctrl+{letter}" for letter in "dhukwzyxv"),
}
"""Keys that may take text out of the prompt by the user's own wish, or put other text in its place."""


@dataclass(frozen=True)
class Move:
    """One event, told so that it can be done again."""

    kind: str
    """`key`, `paste`, `resize`, `line`, or the name of a mouse event."""
    text: str = ""
    x: int = 0
    y: int = 0


def move(random: Random) -> Move:
    """Return what comes next."""
    kind = random.choices(
        ("letter", "key", "mouse", "paste", "resize", "line"), weights=(30, 36, 18, 3, 4, 9)
    )[0]
    x, y = random.randrange(0, 250), random.randrange(0, 60)
    match kind:
        case "letter":
            return Move("key", random.choice(_LETTERS))
        case "key":
            return Move("key", random.choice(_NAMED))
        case "paste":
            return Move("paste", random.choice(_PASTES))
        case "resize":
            return Move("resize", x=random.randrange(40, 251), y=random.randrange(10, 61))
        case "line":
            return Move("line", random.choice(_COMMANDS) if random.random() < 0.3 else "")
        case _:
            return Move(
                random.choice(("MouseDown", "MouseUp", "MouseMove", "ScrollUp", "ScrollDown")), x=x, y=y
            )


async def make(bench: Bench, wanted: Move) -> None:
    """Have a move happen; `line` is left to who knows what to type."""
    match wanted.kind:
        case "key":
            await press(bench, wanted.text)
        case "paste":
            bench.app.post_message(events.Paste(wanted.text))
            await handled(bench)
        case "resize":
            await bench.pilot.resize_terminal(wanted.x, wanted.y)
        case _:
            _use_mouse(bench, wanted)
            await handled(bench)


async def press(bench: Bench, *keys: str) -> None:
    """Press keys one after the other, each once the one before was handled."""
    for key in keys:
        character = " " if key == "space" else key if len(key) == 1 else None
        name = _character_to_key(key) if len(key) == 1 else key
        bench.app.post_message(events.Key(name, character))
        await handled(bench)


async def handled(bench: Bench) -> None:
    """Wait until no widget has a message left, without the pilot's waits for a still screen."""
    quiet = 0
    while quiet < _QUIET_TURNS and bench.app.is_running:
        await asyncio.sleep(0)
        app, screen = bench.app, bench.app.screen
        pumps = (app, screen, *screen.walk_children())
        quiet = quiet + 1 if all(pump._message_queue.empty() for pump in pumps) else 0


def _use_mouse(bench: Bench, wanted: Move) -> None:
    kinds: dict[str, type[events.MouseEvent]] = {
        "MouseDown": events.MouseDown,
        "MouseUp": events.MouseUp,
        "MouseMove": events.MouseMove,
        "ScrollUp": events.MouseScrollUp,
        "ScrollDown": events.MouseScrollDown,
    }
    size = bench.app.size
    x, y = wanted.x % size.width, wanted.y % size.height
    button = 0 if wanted.kind in ("MouseMove", "ScrollUp", "ScrollDown") else 1
    event = kinds[wanted.kind](
        None, x=x, y=y, delta_x=0, delta_y=0, button=button, shift=False, meta=False, ctrl=False
    )
    bench.app.post_message(event)
