"""The status line: its words, and what it leaves out on a narrow terminal."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.tui_app import Clock, running_app
from vtcode.actions import CommandAction
from vtcode.amounts import token_count
from vtcode.details import TextDetails
from vtcode.events import (
    Event,
    ModelLoading,
    PermissionRequested,
    PermissionResolved,
    PromptProgress,
    ReasoningDelta,
    ReplyCompleted,
    ReplyDelta,
    ToolCallDelta,
    ToolFinished,
    ToolStarted,
    TurnEnded,
    TurnStarted,
)
from vtcode.frontends.tui.activity import Activity, ReplySpeed, reply_rate
from vtcode.frontends.tui.widgets.status_line import StatusFacts, status_content
from vtcode.frontends.tui.wording import SHORT_MODES
from vtcode.messages import AssistantMessage, ToolCall, Usage
from vtcode.permissions import Mode
from vtcode.session.modes import MODES
from vtcode.session.status import Status
from vtcode.system.sandbox import Containment, SandboxPolicy
from vtcode.system.sandbox.base import BackEnd

STATUS = Status(
    provider="lmstudio",
    address="http://127.0.0.1:1234",
    model="qwen/qwen3-coder-30b-a3b-instruct",
    window_tokens=8_192,
    used_tokens=2_100,
    used_estimated=False,
    busy=False,
    queued=(),
    tokens_per_s=41.2,
)
FACTS = StatusFacts(words="reading prompt 1,200/3,000", elapsed_s=12, status=STATUS, unseen_below=True)

TURN = TurnStarted(turn=1, text="hi")
COMMAND = ToolStarted(
    call=ToolCall(id="1", name="run_pty_cmd", arguments="{}"),
    action=CommandAction(command="make", cwd="/", timeout_s=1),
)
READ = ToolStarted(call=ToolCall(id="2", name="read_file", arguments="{}"), action=None)


def finished(call_id: str) -> ToolFinished:
    return ToolFinished(call_id=call_id, name="x", status="completed", text="", details=TextDetails(text=""))


@pytest.mark.parametrize(
    ("events", "words"),
    [
        pytest.param([TURN], "sending", id="sent"),
        pytest.param([TURN, ModelLoading(model="m", progress=0.4)], "loading 40%", id="loading"),
        pytest.param(
            [TURN, ModelLoading(model="m", progress=None)], "loading the model", id="loading, no number"
        ),
        pytest.param(
            [TURN, PromptProgress(processed_tokens=1_200, total_tokens=3_000)],
            "reading prompt 1,200/3,000",
            id="prefill",
        ),
        pytest.param(
            [TURN, PromptProgress(processed_tokens=None, total_tokens=3_000, estimated=True)],
            "reading prompt ~3,000",
            id="prefill, guessed",
        ),
        pytest.param([TURN, ReasoningDelta(text="hm")], "thinking", id="reasoning"),
        pytest.param([TURN, ReplyDelta(text="hi")], "answering", id="answer"),
        pytest.param(
            [TURN, ToolCallDelta(index=0, name="write_file", text="{")], "preparing write_file", id="call"
        ),
        pytest.param([TURN, COMMAND], "running run_pty_cmd", id="command"),
        pytest.param([TURN, COMMAND, READ], "running run_pty_cmd, read_file", id="two calls"),
        pytest.param([TURN, COMMAND, READ, finished("1")], "running read_file", id="one of two is over"),
        pytest.param([TURN, COMMAND, finished("1")], "working", id="between steps"),
        pytest.param([COMMAND, finished("1")], "ready", id="a command of the user's own is over"),
        pytest.param(
            [TURN, COMMAND, PermissionRequested(call_id="1", rule="", reason="")],
            "waiting for you",
            id="asked",
        ),
        pytest.param(
            [
                TURN,
                COMMAND,
                PermissionRequested(call_id="1", rule="", reason=""),
                PermissionResolved(call_id="1", decision="allow", scope="once"),
            ],
            "running run_pty_cmd",
            id="answered",
        ),
        pytest.param([TURN, TurnEnded(turn=1, outcome="completed", usage=Usage())], "ready", id="over"),
    ],
)
def test_what_goes_on_is_said_in_words(events: list[Event], words: str) -> None:
    activity = Activity()
    for event in events:
        activity.apply(event)
    assert activity.words == words


def test_a_tool_name_of_the_models_making_is_harmless_and_short() -> None:
    activity = Activity()
    activity.apply(ToolCallDelta(index=0, name="\x1b[2J" + "x" * 500, text=""))
    assert "\x1b" not in activity.words
    assert len(activity.words) < 40


@pytest.mark.parametrize(
    ("tokens", "text"),
    [(0, "0"), (950, "950"), (2_100, "2.1k"), (8_192, "8k"), (12_345, "12k"), (131_072, "128k")],
)
def test_token_counts_are_short(tokens: int, text: str) -> None:
    assert token_count(tokens) == text


@given(
    width=st.integers(10, 250),
    model=st.text(max_size=80),
    words=st.text(st.characters(exclude_categories=["C", "Z"]), max_size=60),
)
def test_the_line_never_exceeds_the_width(width: int, model: str, words: str) -> None:
    facts = replace(FACTS, words=words, status=replace(STATUS, model=model))
    line = status_content(facts, width)
    assert line.cell_length <= width
    assert "\n" not in line.plain


@pytest.mark.parametrize(
    ("width", "holds", "lacks"),
    [
        pytest.param(
            160, ["12s", "qwen/qwen3-coder-30b-a3b-instruct", "26%", "━", "41 tok/s", "1234"], [], id="160"
        ),
        pytest.param(80, ["reading prompt 1,200/3,000", "12s", "2.1k/8k 26%"], ["1234", "━"], id="80"),
        pytest.param(40, ["reading prompt 1,200/3,000"], ["tok/s", "qwen"], id="40"),
    ],
)
def test_what_matters_least_goes_first(width: int, holds: list[str], lacks: list[str]) -> None:
    line = status_content(FACTS, width).plain
    assert [part for part in holds if part not in line] == []
    assert [part for part in lacks if part in line] == []


@pytest.mark.parametrize("width", [20, 40, 80])
def test_a_hint_leaves_the_mode_where_it_can_be_read(width: int) -> None:
    facts = replace(FACTS, hint="Something to know. " * 9, status=replace(STATUS, mode="plan"))
    line = status_content(facts, width)
    assert line.plain.startswith("Some")
    assert line.plain.endswith("plan mode")
    assert line.cell_length <= width


@pytest.mark.parametrize(
    ("back_end", "network", "shown"),
    [
        pytest.param("bubblewrap", False, "sandbox", id="full"),
        pytest.param("bubblewrap", True, "sandbox, network", id="with network"),
        pytest.param(None, True, "no sandbox", id="none"),
    ],
)
def test_what_holds_for_commands_is_told_and_less_than_all_stands_out(
    back_end: BackEnd | None, network: bool, shown: str
) -> None:
    policy: SandboxPolicy = "workspace_write" if back_end else "off"
    holds = Containment(wanted="workspace_write", policy=policy, network=network, back_end=back_end)
    facts = replace(FACTS, status=replace(STATUS, containment=holds))
    line = status_content(facts, 200)
    assert shown in line.plain.split(" · ")[-1].split("  ")[0]
    style = next(span.style for span in line.spans if line.plain[span.start : span.end] == shown)
    assert style == ("$text-muted" if holds.is_full else "$warning")


def test_a_guessed_count_is_marked_and_an_unknown_window_is_not_made_up() -> None:
    guessed = replace(FACTS, status=replace(STATUS, used_estimated=True))
    unknown = replace(FACTS, status=replace(STATUS, window_tokens=None))
    assert "~2.1k/8k 26%" in status_content(guessed, 200).plain
    assert "2.1k tokens" in status_content(unknown, 200).plain


def test_what_stops_it_and_a_guessed_speed_are_told_while_something_goes_on() -> None:
    busy = replace(FACTS, busy=True, guessed_tokens_per_s=33.4)
    assert "Esc interrupts" in status_content(busy, 160).plain
    assert "~33 tok/s" in status_content(busy, 160).plain
    assert "Esc interrupts" in status_content(busy, 80).plain
    assert "Esc" not in status_content(FACTS, 160).plain
    assert "41 tok/s" in status_content(FACTS, 160).plain


@pytest.mark.parametrize(
    ("pieces", "seconds", "rate"),
    [
        pytest.param(["a" * 400, "b" * 400], 2.0, 50.0, id="after the first piece"),
        pytest.param(["a" * 400, "b" * 20], 2.0, None, id="too few"),
        pytest.param(["a" * 400, "b" * 400], 0.1, None, id="too short a time"),
        pytest.param([], 2.0, None, id="nothing yet"),
    ],
)
def test_the_speed_of_a_reply_is_guessed_once_there_is_enough_of_it(
    pieces: list[str], seconds: float, rate: float | None
) -> None:
    clock = Clock()
    speed = ReplySpeed(clock)
    for piece in pieces:
        speed.apply(ReplyDelta(text=piece))
    clock.now += seconds
    assert speed.guessed == rate
    speed.apply(TurnEnded(turn=1, outcome="completed", usage=Usage()))
    assert speed.guessed is None


@pytest.mark.parametrize(
    ("tokens", "measured", "told"),
    [(100, 50.0, 50.0), (5, 50.0, None), (73, 48_772.8, None), (100, None, None)],
)
def test_a_reply_that_came_at_once_has_no_speed(
    tokens: int, measured: float | None, told: float | None
) -> None:
    reply = ReplyCompleted(
        message=AssistantMessage(text="x"),
        finish="stop",
        usage=Usage(completion_tokens=tokens),
        tokens_per_s=measured,
    )
    assert reply_rate(reply) == told


async def test_the_seconds_of_a_state_are_counted_while_something_goes_on() -> None:
    async with running_app() as bench:
        line = bench.app.status_line
        line.show("thinking", STATUS, busy=True)
        bench.clock.now += 75
        line.show("thinking", STATUS, busy=True)
        assert "thinking 1m15s" in bench.status_text()
        line.show("ready", STATUS, busy=False)
        assert "ready ·" in bench.status_text()


@pytest.mark.parametrize("mode", MODES)
def test_what_a_mode_means_is_said_in_fewer_words_where_there_is_little_room(mode: Mode) -> None:
    facts = replace(
        FACTS,
        hint="What this mode means, at length. " * 3,
        short_hint=SHORT_MODES[mode],
        status=replace(STATUS, mode=mode),
    )
    assert status_content(facts, 40).plain == f"{SHORT_MODES[mode]} · {mode} mode"
    assert status_content(facts, 200).plain.startswith(facts.hint)
