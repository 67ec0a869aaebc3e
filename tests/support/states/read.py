"""What is looked up: in the transcript, and by commands."""

from __future__ import annotations

from types import SimpleNamespace

from tests.support.fake_session import FakeSession
from tests.support.states.said import ANSWER, look_around, reply
from tests.support.states.stage import state
from tests.support.tui_app import Bench
from vtcode.agent.filling import Filling, Part
from vtcode.errors import ServerUnreachable
from vtcode.events import ReplyDelta, TurnEnded, TurnStarted
from vtcode.frontends.tui.screens.keys_help import KeysScreen
from vtcode.messages import Usage

FILLING = Filling(
    parts=(
        Part(name="system prompt", tokens=412),
        Part(name="AGENTS.md", tokens=180),
        Part(name="tools", tokens=466),
        Part(name="your messages", tokens=96),
        Part(name="answers", tokens=371),
        Part(name="calls", tokens=118),
        Part(name="read_file", tokens=1_204),
        Part(name="run_pty_cmd", tokens=388),
    ),
    tokens=3_235,
    is_counted=True,
    window_tokens=8_192,
    reserve_tokens=1_024,
    limit_tokens=6_144,
)


@state(
    "A search in all that was said and done: the match that is looked at stands out, the count says where."
)
async def search(bench: Bench) -> None:
    async def play(session: FakeSession, text: str) -> None:
        await look_around(session)
        await reply(session, ANSWER)

    bench.session.play = play
    await bench.send("Fix the price test.")
    await bench.until(lambda: "the tests pass." in bench.screen_text())
    await bench.pilot.press("ctrl+f")
    await bench.type("parse_price")
    await bench.until(lambda: "4 of 4" in bench.screen_text())
    await bench.pilot.press("up")
    await bench.until(lambda: "3 of 4" in bench.screen_text())


@state("A turn that failed: what happened, and the next step.")
async def error(bench: Bench) -> None:
    problem = ServerUnreachable(
        "LM Studio at http://127.0.0.1:1234 broke the connection off in the middle of the reply.",
        hint="Send the message again; /log has the details.",
    )
    for event in (
        TurnStarted(turn=1, text="Why does the price test fail?"),
        ReplyDelta(text="The decimal comma is"),
        TurnEnded(turn=1, outcome="failed", usage=Usage(), error=problem.message, hint=problem.hint),
    ):
        await bench.session.emit(event)
    await bench.until(lambda: "Send the message again" in bench.screen_text())


@state("/context: what fills the model's window, as a bar and in numbers.")
async def context(bench: Bench) -> None:
    bench.session.compaction = SimpleNamespace(filling=lambda: FILLING)  # type: ignore[attr-defined]
    await bench.send("/context")
    await bench.until(lambda: "kept for the answer" in bench.screen_text())


@state("/status: server, model, window, session and folder.")
async def status(bench: Bench) -> None:
    await bench.send("/status")
    await bench.until(lambda: "Background" in bench.screen_text())


@state("The keys, those that work right now first.")
async def keys(bench: Bench) -> None:
    await bench.pilot.press("question_mark")
    await bench.until(lambda: isinstance(bench.app.screen, KeysScreen))
