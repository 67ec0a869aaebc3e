"""How the app looks: readable in both themes, without colors, and at every size."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from tests.support.contrast import contrast
from tests.support.fake_session import FakeSession
from tests.support.tui_app import Bench, running_app
from vtcode.actions import CommandAction, WriteAction
from vtcode.details import DiffDetails, TextDetails
from vtcode.events import Notice, ReplyCompleted, ReplyDelta, ToolFinished, ToolStarted
from vtcode.frontends.tui.theme import DARK, LIGHT
from vtcode.messages import AssistantMessage, ToolCall, Usage
from vtcode.questions import Choice, PermissionQuestion, PickQuestion, PickRow

WIDTHS, HEIGHTS = (40, 60, 80, 120, 200, 250), (10, 24, 50)
REPLY = """# Heading

Some **bold** text, `code` and a [link](https://example.org/page).

```python
def greet(name: str) -> str:  # a comment
    return f"Hello {name}" * 3
```

| Name | Size |
| ---- | ---- |
| a    | 1    |

> A quotation

- one
- two

---
"""
DIFF = "@@ -1,2 +1,2 @@\n one\n-two\n+three\n"
DIFF_DETAILS = DiffDetails(path="a.py", diff=DIFF, added_lines=1, removed_lines=1, creates=False)
WRITE = PermissionQuestion(
    call_id="c1",
    tool="edit_file",
    action=WriteAction(path="src/app.py", diff=DIFF, added_lines=1, removed_lines=1, creates=False),
    reason="edit_file changes files",
    rule="built-in",
    always_rule="edit_file",
    choices=(
        Choice(id="once", label="Yes, once", key="y"),
        Choice(id="session", label="Yes, for this session", key="s"),
        Choice(id="always", label="Yes, always", key="a"),
        Choice(id="deny", label="No", key="n"),
        Choice(id="reason", label="No, and say why", key="r", takes_text=True),
    ),
)
MODELS = PickQuestion(
    title="Models",
    notice="The list is old",
    columns=("Model", "Window"),
    rows=tuple(
        PickRow(id=f"m{number}", label=f"acme/model-{number}", cells=("8k of 128k",), group="Loaded")
        for number in range(40)
    ),
    custom_label="Another id",
)
State = Callable[[Bench], Awaitable[None]]


async def play(session: FakeSession, text: str) -> None:
    """A turn with everything that a transcript can hold."""
    call = ToolCall(id="c1", name="edit_file", arguments='{"path": "a.py"}')
    action = WriteAction(path="a.py", diff=DIFF, added_lines=1, removed_lines=1, creates=False)
    await session.emit(ReplyDelta(text=REPLY))
    await session.emit(
        ReplyCompleted(
            message=AssistantMessage(text=REPLY, tool_calls=(call,)), usage=Usage(), finish="tool_calls"
        )
    )
    await session.emit(ToolStarted(call=call, action=action))
    await session.emit(
        ToolFinished(call_id="c1", name="edit_file", status="completed", text="done", details=DIFF_DETAILS)
    )
    command = ToolCall(id="c2", name="run_pty_cmd", arguments="{}")
    await session.emit(
        ToolStarted(call=command, action=CommandAction(command="make test", cwd="/p", timeout_s=9))
    )
    await session.emit(
        ToolFinished(
            call_id="c2",
            name="run_pty_cmd",
            status="failed",
            text="exit code 2",
            details=TextDetails(text="2"),
        )
    )
    await session.emit(Notice(level="warning", text="Mind this", hint="Do that"))
    await session.emit(Notice(level="error", text="This went wrong", hint="Do that"))


async def transcript(bench: Bench) -> None:
    """A turn is over, all of it unfolded."""
    await bench.send("Greet somebody else, please.")
    await bench.settle()
    bench.app.transcript.focus()
    await bench.pilot.press("e")


async def commands(bench: Bench) -> None:
    """The commands are being completed."""
    await bench.type("/")


async def keys(bench: Bench) -> None:
    """The keys are listed."""
    await bench.pilot.press("question_mark")


async def permission(bench: Bench) -> None:
    """A change is asked about."""
    bench.app.run_worker(bench.session.front_end.ask(WRITE))  # type: ignore[arg-type]
    await bench.until(lambda: bench.app.front_end.asking)


async def models(bench: Bench) -> None:
    """A list to pick from."""
    bench.app.run_worker(bench.session.front_end.ask(MODELS))  # type: ignore[arg-type]
    await bench.until(lambda: bench.app.front_end.asking)


STATES = [transcript, commands, keys, permission, models]


@asynccontextmanager
async def in_state(state: State, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Bench]:
    """Run the app and bring it into a state."""
    async with running_app(play, size=size) as bench:
        await state(bench)
        await bench.settle()
        yield bench


def words(bench: Bench) -> list[Segment]:
    """Return what is drawn that is to be read: no frames, bars and rules."""
    strips = bench.app.screen._compositor.render_strips(bench.app.size)
    return [part for strip in strips for part in strip if any(letter.isalnum() for letter in part.text)]


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
@pytest.mark.parametrize("state", STATES)
async def test_all_that_is_drawn_can_be_read(state: State, theme: object) -> None:
    name = theme.name  # type: ignore[attr-defined]
    async with in_state(state, (100, 50)) as bench:
        bench.app.look.use_theme(name)
        await bench.settle()
        drawn = words(bench)
    assert len(drawn) > 10
    for part in drawn:
        style = part.style
        assert style is not None
        assert style.color is not None
        assert style.bgcolor is not None
        assert not style.dim, part.text
        text, background = Color.from_rich_color(style.color), Color.from_rich_color(style.bgcolor)
        assert contrast(text, background) >= 4.5, (part.text, text.hex, background.hex)


@pytest.mark.parametrize("theme", ["ansi-dark", "ansi-light"])
@pytest.mark.parametrize("state", STATES)
async def test_with_16_colors_no_text_has_the_color_that_is_behind_it(state: State, theme: str) -> None:
    async with in_state(state, (100, 50)) as bench:
        bench.app.look.use_theme(theme)
        await bench.settle()
        drawn = words(bench)
    assert not [part.text for part in drawn if part.style and _is_hidden(part.style)]


def _is_hidden(style: Style) -> bool:
    return style.color == style.bgcolor and style.color is not None and not style.color.is_default


def sent(bench: Bench, mark: str, text: str) -> str:
    """Return the code of the color in which the terminal gets a changed line's text."""
    strips = bench.app.screen._compositor.render_strips(bench.app.size)
    (strip,) = (strip for strip in strips if mark + text in strip.text)
    rendered = strip.render(bench.app.console)
    (color,) = re.findall(rf"38;5;(\d+)[\d;]*m{text}", rendered)
    return str(color)


@pytest.mark.parametrize("theme", [DARK.name, LIGHT.name, "nord", "gruvbox"])
@pytest.mark.parametrize("state", [transcript, permission])
async def test_with_256_colors_a_removed_line_looks_other_than_an_added_one(
    state: State, theme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "")
    async with in_state(state, (100, 50)) as bench:
        bench.app.look.use_theme(theme)
        await bench.settle()
        assert sent(bench, "-", "two") != sent(bench, "+", "three")


@pytest.mark.parametrize("state", STATES)
async def test_nothing_breaks_between_40_and_250_columns(state: State) -> None:
    async with in_state(state) as bench:
        for width in WIDTHS:
            for height in HEIGHTS:
                await bench.pilot.resize_terminal(width, height)
                await bench.settle()
                check_size(bench, state, f"{state.__name__} at {width}x{height}")


async def test_margins_are_those_of_the_present_size_at_once() -> None:
    async with running_app(size=(200, 50)) as bench:
        await bench.until(lambda: bench.app.has_class("-wide"))
        for size, expected in (((80, 24), set()), ((40, 15), {"-compact"}), ((200, 50), {"-wide"})):
            await bench.pilot.resize_terminal(*size)
            await bench.settle()
            assert bench.app.classes & {"-wide", "-compact"} == expected


def check_size(bench: Bench, state: State, where: str) -> None:
    """Check that what the user can't do without is on the screen, and nothing is beside it."""
    app, text = bench.app, bench.screen_text()
    whole = app.screen.region
    for widget in app.screen.query("*").results():
        if widget.display and widget.parent is app.screen:
            assert whole.contains_region(widget.region), (where, widget, widget.region)
    if state in (transcript, commands):
        assert app.prompt.region.height >= 1, where
        assert "ready" in text.splitlines()[-1], where
    match state.__name__:
        case "permission":
            assert "edit_file wants to change" in text, where
            assert "› 1 y Yes, once" in text, where
        case "models":
            assert "Models" in text, where
            assert "› acme/model-0" in text, where
            assert "Enter picks" in text, where
        case "commands":
            assert "› /" in text, where
        case _:
            pass


@pytest.mark.parametrize(
    ("size", "mode", "layout"),
    [
        pytest.param((40, 24), "auto", "-compact", id="narrow"),
        pytest.param((100, 12), "auto", "-compact", id="low"),
        pytest.param((100, 30), "auto", "", id="usual"),
        pytest.param((200, 30), "auto", "-wide", id="wide"),
        pytest.param((200, 30), "compact", "-compact", id="as it is set"),
        pytest.param((200, 30), "standard", "", id="standard by setting"),
    ],
)
async def test_the_layout_follows_the_size_unless_it_is_set(
    size: tuple[int, int], mode: str, layout: str
) -> None:
    async with running_app(size=size) as bench:
        bench.app.look._layout = mode
        bench.app.look.fit(bench.app.size)
        classes = {name for name in ("-compact", "-wide") if bench.app.has_class(name)}
        assert classes == ({layout} if layout else set())


async def test_a_theme_is_seen_while_it_is_highlighted_and_escape_brings_the_old_one_back() -> None:
    async with running_app() as bench:
        await bench.send("/theme")
        await bench.until(lambda: bench.app.front_end.asking)
        await bench.settle()
        await bench.pilot.press("down")
        await bench.until(lambda: bench.app.theme == LIGHT.name)
        await bench.pilot.press("escape")
        await bench.until(lambda: bench.app.theme == DARK.name)


async def test_a_picked_theme_stays() -> None:
    async with running_app() as bench:
        await bench.send("/theme")
        await bench.until(lambda: bench.app.front_end.asking)
        await bench.settle()
        await bench.pilot.press(*"nord", "enter")
        await bench.until(lambda: not bench.app.front_end.asking)
        assert bench.app.theme == "nord"


async def test_a_theme_can_be_named_and_one_that_is_none_changes_nothing() -> None:
    async with running_app() as bench:
        await bench.send("/theme light")
        await bench.until(lambda: bench.app.theme == LIGHT.name)
        await bench.send("/theme norden")
        await bench.settle()
        assert bench.app.theme == LIGHT.name
        assert 'There is no theme of this name: "norden"' in bench.screen_text()


async def test_with_reduced_motion_no_seconds_are_counted() -> None:
    async with running_app() as bench:
        bench.app.status_line.counts_seconds = False
        bench.app.status_line.show("working", None, busy=True)
        assert not bench.app.status_line._ticking or not bench.app.status_line._ticking._active.is_set()
