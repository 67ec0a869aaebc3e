"""Keys while the prompt has the keyboard."""

from __future__ import annotations

from textual import events

from tests.support.key_effects.effect import Effect, Effects, as_it_is, busy, draft, is_on, shows, then
from tests.support.tui_app import Bench
from vtcode.actions import CommandAction
from vtcode.events import ToolStarted
from vtcode.frontend import Control
from vtcode.frontends.tui.screens.keys_help import KeysScreen
from vtcode.frontends.tui.screens.pick import PickScreen
from vtcode.messages import ToolCall

_PASTE = "".join(f"line {number}\n" for number in range(1, 30))


async def _waiting_message(bench: Bench) -> None:
    await bench.send("later")
    await bench.until(lambda: bool(bench.session.queue.waiting))


async def _history(bench: Bench) -> None:
    bench.app.prompt.past_prompts.add("earlier", keep=False)


async def _paste(bench: Bench) -> None:
    bench.app.prompt.post_message(events.Paste(_PASTE))
    await bench.until(lambda: "[pasted" in bench.app.prompt.text)


async def running_command(bench: Bench) -> None:
    """Have a command run."""
    call = ToolCall(id="c1", name="run_pty_cmd", arguments="{}")
    action = CommandAction(command="npm start", cwd="/", timeout_s=300)
    await bench.session.emit(ToolStarted(call=call, action=action))


def was_left(bench: Bench) -> bool:
    """Whether the command went into the background."""
    return bench.session.controls == [("", Control(kind="background"))]


EFFECTS: Effects = {
    ("prompt", "send"): Effect(draft("hello"), lambda bench: bench.session.sent == ["hello"]),
    ("prompt", "newline"): Effect(draft("x"), lambda bench: bench.app.prompt.text == "x\n"),
    ("prompt", "steer"): Effect(then(busy, draft("more")), lambda bench: bench.session.steered == ["more"]),
    ("prompt", "app.next_mode"): Effect(as_it_is, lambda bench: bench.session.modes.current == "plan"),
    ("prompt", "app.leave_command"): Effect(running_command, was_left),
    ("prompt", "app.edit_queue"): Effect(
        then(busy, _waiting_message), lambda bench: bench.app.prompt.text == "later"
    ),
    ("prompt", "older"): Effect(_history, lambda bench: bench.app.prompt.text == "earlier"),
    ("prompt", "newer"): Effect(then(_history, "up"), lambda bench: bench.app.prompt.text == ""),
    ("prompt", "app.search_history"): Effect(_history, shows("earlier")),
    ("prompt", "app.open_palette"): Effect(as_it_is, is_on(PickScreen)),
    ("prompt", "app.edit_draft"): Effect(
        as_it_is, lambda bench: "No editor can be opened from here" in bench.status_text()
    ),
    ("prompt", "complete"): Effect(
        then("slash", "c", "o", "n", "t"), lambda bench: bench.app.prompt.text == "/context "
    ),
    ("prompt", "escape"): Effect(busy, lambda bench: bench.session.outcomes == ["cancelled"]),
    ("prompt", "cancel"): Effect(draft("a draft"), lambda bench: bench.app.prompt.text == ""),
    ("prompt", "leave_or_delete"): Effect(as_it_is, lambda bench: bench.session.closed),
    ("prompt", "help"): Effect(as_it_is, is_on(KeysScreen)),
    ("prompt", "unfold_paste"): Effect(_paste, lambda bench: "line 7\n" in bench.app.prompt.text),
    ("prompt", "app.read('search')"): Effect(as_it_is, shows("Search:")),
}
