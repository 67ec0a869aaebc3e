"""A server that dies, in every phase of a turn: what is told, what is kept, and that the session goes on."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.support.emulator import Emulator
from tests.support.grammar import assert_grammar, assert_request
from tests.support.lm_studio import bodies, outcomes, session_with
from tests.support.recorder import Recorder
from tests.support.sessions import Bench, call
from vtcode.events import (
    ReasoningDelta,
    ReplyCompleted,
    ReplyDelta,
    ReplyDiscarded,
    ToolCallDelta,
    ToolFinished,
    TurnEnded,
)
from vtcode.providers.script import Turn
from vtcode.questions import Answer, PermissionQuestion, Question
from vtcode.session.session import Session

REACHED_S = 20.0
HELD = Turn(
    reasoning="let me think about it",
    text="I look at the files first.",
    calls=(call("list_files", path="."),),
    piece_chars=4,
)
ASKING_FIRST = {"calls": [{"name": "write_file", "arguments": {"path": "made.txt", "content": "made"}}]}


class Acting(Recorder):
    """Does something while the user is asked, and then allows the call."""

    def __init__(self, act: Callable[[], Awaitable[None]]) -> None:
        super().__init__("once")
        self._act = act

    async def ask(self, question: Question) -> Answer:
        if isinstance(question, PermissionQuestion):
            await self._act()
        return await super().ask(question)


def readable(ended: TurnEnded) -> bool:
    """Tell whether it says what happened, and what to do next, without a word of Python's."""
    words = f"{ended.error} {ended.hint}"
    return bool(ended.error and ended.hint) and "LM Studio" in words and "Error" not in words


async def test_a_server_that_is_gone_before_it_is_asked(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    async with session_with(bench, emulator, recorder) as session:
        emulator.stop()
        await session.submit("One.")
        emulator.start()
        await session.submit("Two.")
    assert outcomes(recorder) == ["failed", "completed"]
    assert "can't be reached" in recorder.of(TurnEnded)[0].error
    assert "lms server start" in recorder.of(TurnEnded)[0].hint
    assert [message["content"] for message in bodies(emulator)[-1]["messages"][1:]] == ["Two."]


async def test_a_server_that_dies_while_it_loads_the_model(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("One.")
        emulator.state.instances.clear()
        emulator.script(Turn(text="never", pause="loading"))
        running = asyncio.create_task(session.submit("Two."))
        await emulator.wait_until_paused()
        emulator.stop()
        await running
        emulator.start()
        await session.submit("Three.")
    assert outcomes(recorder) == ["completed", "failed", "completed"]
    assert readable(recorder.of(TurnEnded)[1])
    assert_request(bodies(emulator)[-1])
    assert "Two." not in json.dumps(bodies(emulator)[-1])


@pytest.mark.parametrize(
    ("phase", "kept"),
    [
        ("prefill", []),
        ("reasoning", []),
        ("text", ["user", "assistant"]),
        ("calls", ["user", "assistant"]),
        ("end", ["user", "assistant"]),
    ],
)
async def test_a_server_that_dies_in_the_middle_of_a_reply(
    bench: Bench, emulator: Emulator, recorder: Recorder, phase: str, kept: list[str]
) -> None:
    emulator.script(_paused(phase), Turn(text="Here again."))
    async with session_with(bench, emulator, recorder) as session:
        running = asyncio.create_task(session.submit("One."))
        await emulator.wait_until_paused()
        emulator.stop()
        await running
        emulator.start()
        await session.submit("Two.")
    assert outcomes(recorder) == ["failed", "completed"]
    assert readable(recorder.of(TurnEnded)[0])
    assert not recorder.of(ToolFinished)
    last = bodies(emulator)[-1]
    assert_request(last)
    assert [message["role"] for message in last["messages"]] == ["system", *kept, "user"]
    if kept:
        assert HELD.text.startswith(last["messages"][2]["content"])
    else:
        assert recorder.of(ReplyDiscarded)
    await _assert_that_the_record_holds_the_same(bench, emulator)


async def _assert_that_the_record_holds_the_same(bench: Bench, emulator: Emulator) -> None:
    sent = bodies(emulator)[-1]["messages"]
    async with bench.session(Recorder(), resume=bench.store.latest(bench.workspace)) as session:
        await session.submit("Three.")
    assert bodies(emulator)[-1]["messages"][: len(sent)] == sent


def _paused(phase: str) -> Turn:
    return replace(HELD, pause=phase)  # type: ignore[arg-type]


@dataclass
class Process:
    """The emulator as a process of its own, always on the same port."""

    script: Path
    port: int = 0
    running: list[asyncio.subprocess.Process] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self, *turns: object) -> None:
        self.script.write_text("".join(f"{json.dumps(turn)}\n" for turn in turns))
        arguments = ("-m", "vtcode", "dev", "emulator", "--port", str(self.port), "--script", self.script)
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, stdout=asyncio.subprocess.PIPE
        )
        self.running.append(process)
        assert process.stdout is not None
        announced = (await process.stdout.readline()).decode()
        self.port = int(announced.split("127.0.0.1:")[1].split()[0])

    async def kill(self) -> None:
        process = self.running.pop()
        process.send_signal(signal.SIGKILL)
        await process.wait()


@asynccontextmanager
async def _process(folder: Path) -> AsyncIterator[Process]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = Process(folder / "emulator.jsonl", port)
    try:
        yield process
    finally:
        while process.running:
            await process.kill()


SEEN: dict[str, Callable[[Recorder], bool]] = {
    "reasoning": lambda recorder: bool(recorder.of(ReasoningDelta)),
    "text": lambda recorder: bool(recorder.of(ReplyDelta)),
    "calls": lambda recorder: bool(recorder.of(ToolCallDelta)),
}


@pytest.mark.parametrize("phase", SEEN)
async def test_a_process_that_is_killed_in_the_middle_of_a_reply(
    bench: Bench, recorder: Recorder, tmp_path: Path, phase: str
) -> None:
    held = {"reasoning": "let me think", "text": "I look first.", **ASKING_FIRST, "pause": phase}
    async with _process(tmp_path) as process:
        await process.start(held)
        bench.settings.append(f"providers.lmstudio.base_url={process.url}")
        async with bench.session(recorder) as session:
            running = asyncio.create_task(session.submit("One."))
            await recorder.until(lambda: SEEN[phase](recorder), REACHED_S)
            await process.kill()
            await running
            await _assert_that_it_goes_on(session, recorder, process)
    assert_grammar(recorder.events)
    assert not recorder.of(ToolFinished)


async def _assert_that_it_goes_on(session: Session, recorder: Recorder, process: Process) -> None:
    """Ask while the server is away, and once more when it is back."""
    assert readable(recorder.of(TurnEnded)[-1])
    await session.submit("Are you there?")
    assert "can't be reached" in recorder.of(TurnEnded)[-1].error
    await process.start({"text": "I am back."})
    await session.submit("And now?")
    assert recorder.of(ReplyCompleted)[-1].message.text == "I am back."
    assert outcomes(recorder)[-3:] == ["failed", "failed", "completed"]


async def test_a_process_that_is_killed_while_a_tool_runs_leaves_its_result_in_the_conversation(
    bench: Bench, tmp_path: Path
) -> None:
    async with _process(tmp_path) as process:
        recorder = Acting(process.kill)
        await process.start(ASKING_FIRST)
        bench.settings.append(f"providers.lmstudio.base_url={process.url}")
        async with bench.session(recorder) as session:
            await session.submit("Make it.")
            assert recorder.of(ToolFinished)[0].status == "completed"
            await _assert_that_it_goes_on(session, recorder, process)
    assert_grammar(recorder.events)
    assert (bench.workspace / "made.txt").read_text() == "made"


async def test_what_is_sent_after_a_tool_ran_into_a_dead_server_is_valid(
    bench: Bench, emulator: Emulator
) -> None:
    async def stop() -> None:
        emulator.stop()

    recorder = Acting(stop)
    emulator.script(Turn(calls=(call("write_file", path="made.txt", content="made"),)))
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("Make it.")
        emulator.start()
        await session.submit("Go on.")
    last = bodies(emulator)[-1]
    assert_request(last)
    assert [message["role"] for message in last["messages"]] == [
        "system",
        "user",
        "assistant",
        "tool",
        "user",
    ]


async def test_a_server_that_hangs_up_without_a_word_is_told_as_that(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    emulator.script(HELD)
    emulator.fail_once(drop_connection_after=0)
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("One.")
        await session.submit("Two.")
    assert outcomes(recorder)[0] == "failed"
    assert readable(recorder.of(TurnEnded)[0])
    assert outcomes(recorder)[-1] == "completed"
