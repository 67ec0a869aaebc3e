"""What is approved is what is seen: no text of a model, a file, a server or a path steers a terminal."""

from __future__ import annotations

import asyncio
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtcode.actions import Action, CommandAction, IntegrationsAction, ReadAction, WriteAction
from vtcode.details import CommandDetails, TextDetails
from vtcode.events import (
    CommandRan,
    Event,
    ModelLoading,
    Notice,
    ReplyCompleted,
    ReplyDelta,
    ServerToolRan,
    SessionStarted,
    ToolAwaitingInput,
    ToolFinished,
    ToolOutputDelta,
    ToolStarted,
    TurnEnded,
    TurnStarted,
)
from vtcode.frontends.jsonl import JsonLines
from vtcode.frontends.line.palette import Palette
from vtcode.frontends.line.questions import asking
from vtcode.frontends.line.rendering import Rendering
from vtcode.frontends.text import TextLines
from vtcode.frontends.tui.rendering.block_lines import block_lines
from vtcode.frontends.tui.screens.asked import decision_for
from vtcode.frontends.tui.transcript import Transcript
from vtcode.frontends.tui.widgets.wrapped_text import rows_of
from vtcode.messages import AssistantMessage, ToolCall, Usage
from vtcode.questions import Choice, PermissionQuestion

NASTY = "a \x1b[]PX^_0;?31mhlJ\x07\\\x9b\x9d\x9c\r\x00\x08\x7f\x85\u2028\u202e\u2066\u061c\u200f\ud800"
HIDDEN = "\u200b\u2060\ufeff\u00ad\U000e0041"
nasty = st.text(st.sampled_from(NASTY), min_size=1, max_size=40)
nasty_or_hidden = st.text(st.sampled_from(NASTY + HIDDEN), min_size=1, max_size=40)
BIDI = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def raw(text: str) -> set[str]:
    """Return what in a text would steer a terminal or reorder what it shows."""
    controls = {c for c in text if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"}}
    return (controls | BIDI & set(text)) - {"\n", "\t"}


def events(text: str) -> list[Event]:
    """Return one of each event that carries text from elsewhere."""
    call = ToolCall(id="c1", name=text, arguments="{}")
    command = CommandAction(command=text, cwd=text, timeout_s=1)
    details = CommandDetails(command=text, output=text, exit_code=1)
    return [
        SessionStarted(
            session_id="s",
            workspace=text,
            provider=text,
            model=text,
            window_tokens=1,
            system_prompt="",
            tools=(),
        ),
        ModelLoading(model=text, progress=0.5),
        TurnStarted(turn=1, text=text),
        ReplyDelta(text=text),
        ServerToolRan(tool=text, arguments="{}", output=text),
        ReplyCompleted(
            message=AssistantMessage(text=text, reasoning=text, tool_calls=(call,)),
            finish="stop",
            usage=Usage(),
        ),
        ToolStarted(call=call, action=command),
        ToolOutputDelta(call_id="c1", text=text + "\n"),
        ToolAwaitingInput(call_id="c1", prompt=text),
        ToolFinished(call_id="c1", name=text, status="failed", text=text, details=details),
        ToolStarted(
            call=ToolCall(id="c2", name=text, arguments="{}"), action=ReadAction(path=text, summary=text)
        ),
        ToolFinished(
            call_id="c2", name=text, status="denied", text=text, details=TextDetails(text=text, summary=text)
        ),
        Notice(level="error", text=text, hint=text),
        CommandRan(command=text, text=text),
        TurnEnded(turn=1, outcome="failed", usage=Usage(), error=text, hint=text),
    ]


@given(nasty)
def test_escape_codes_in_text_mode(text: str) -> None:
    out: list[str] = []
    front_end = TextLines(write=out.append, progress=out.append, stream=True)

    async def show() -> None:
        for event in events(text):
            await front_end.show(event)

    asyncio.run(show())
    assert raw("".join(out)) == set()


@given(nasty)
def test_escape_codes_in_line_mode(text: str) -> None:
    rendering = Rendering(palette=Palette(colours=False))
    shown = [rendering.render(event) for event in events(text)]
    assert raw("".join(shown)) == set()


@given(nasty_or_hidden)
def test_escape_codes_in_json_lines(text: str) -> None:
    out: list[str] = []
    front_end = JsonLines(write=out.append)

    async def show() -> None:
        for event in events(text):
            await front_end.show(event)

    asyncio.run(show())
    assert re.fullmatch(r"[\x20-\x7e\n]*", "".join(out))


@given(nasty)
def test_escape_codes_in_the_app(text: str) -> None:
    transcript = Transcript()
    for event in events(text):
        transcript.apply(event)
    shown = []
    for block in transcript.blocks:
        block.folded = False
        shown += [line.text for line in block_lines(block, 60)]
    assert shown
    assert raw("".join(shown)) == set()


def question(action: Action, text: str) -> PermissionQuestion:
    choices = (Choice(id="once", label="Yes", key="y"), Choice(id="deny", label="No", key="n"))
    return PermissionQuestion(
        call_id="c",
        tool=text,
        action=action,
        reason=text,
        rule=text,
        always_rule=text,
        choices=choices,
        untrusted=(text, text),
    )


def actions(text: str) -> list[Action]:
    added = "\n".join(f"+{line}" for line in text.split("\n"))
    return [
        CommandAction(command=text, cwd=text, timeout_s=1),
        ReadAction(path=text, summary=text),
        WriteAction(path=text, diff=f"@@ -1 +1 @@\n{added}\n", added_lines=1, removed_lines=0, creates=False),
        IntegrationsAction(address=text, servers=(text,)),
    ]


def questions_shown(text: str) -> list[str]:
    shown = []
    for action in actions(text):
        asked = question(action, text)
        decision = decision_for(asked)
        rows = rows_of([*decision.body, *decision.unfolded], 80).rows
        shown += [asking(asked, Palette(colours=False)).text(), *("".join(t for t, _ in row) for row in rows)]
        shown += [decision.title.before, decision.title.subject]
    return shown


@given(nasty_or_hidden)
def test_bidi_and_invisible_characters_in_questions(text: str) -> None:
    for shown in questions_shown(text):
        assert raw(shown) == set()
        assert not [c for c in shown if c in HIDDEN]


@pytest.mark.parametrize(
    "padding", [" " * 500, "\n" * 60, " " * 30 + "\t" * 80, "\u3000" * 200, "\u00a0" * 200]
)
def test_padding_that_pushes_a_command_out_of_view(padding: str) -> None:
    for shown in questions_shown(f"ls{padding};rm -rf src"):
        assert not re.search(r" {101,}|\n{5,}", shown)
    command = CommandAction(command=f"ls{padding}x", cwd="/", timeout_s=1)
    shown = asking(question(command, "r"), Palette(colours=False)).text()
    assert not re.search(r" {25,}|(\n *){5,}", shown)
