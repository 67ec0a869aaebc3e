"""Every request of a session begins with the one before: the server's KV cache holds for all but the news.

A compaction breaks that, and so does the user who chooses another window (`test_prompt_tier.py`).
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from tests.quirks.conversation import Conversation
from tests.support.emulator import Emulator
from tests.support.recorder import Recorder
from tests.support.requests import extends, frame, messages
from vtcode.commands.builtin import dispatch
from vtcode.events import ModelSelected, ReplyCompleted, ReplyDiscarded, ToolFinished
from vtcode.providers.script import ScriptedCall, Turn

if TYPE_CHECKING:
    from pathlib import Path

    from vtcode.session.session import Session

READ = {"path": "hello.txt"}
WRITE = {"path": "new.txt", "content": "x\n"}


@pytest.fixture
def conversation(tmp_path: Path, emulator: Emulator) -> Conversation:
    return Conversation(tmp_path, emulator)


def said(mode: str, text: str) -> Turn:
    """Return an answer as a model writes it in this tool mode."""
    return Turn(text=json.dumps({"answer": text}) if mode == "structured" else text)


def called(mode: str, name: str, arguments: dict[str, str], **more: str) -> Turn:
    """Return a reply with reasoning, words and a call, as a model writes it in this tool mode."""
    call = {"name": name, "arguments": arguments}
    match mode:
        case "native":
            return Turn(reasoning="hm", text="I do. ", calls=(ScriptedCall(**call),), **more)  # type: ignore[arg-type]
        case "structured":
            return Turn(text=json.dumps({"say": "I do.", "call": call}), **more)  # type: ignore[arg-type]
        case _:
            words = f"I do.\n<tool_call>\n{json.dumps(call)}\n</tool_call>"
            return Turn(reasoning="hm", text=words, **more)  # type: ignore[arg-type]


async def steered(conversation: Conversation, session: Session, text: str, steer: str) -> None:
    """Say something, and something more while the model answers, and queue a third thing."""
    turn = asyncio.create_task(session.submit(text))
    await conversation.emulator.wait_until_paused()
    session.queue.steer(steer)
    session.queue.add("and then?")
    conversation.emulator.release()
    await turn


@pytest.mark.parametrize(
    ("wire", "mode"),
    [
        ("chat_completions", "native"),
        ("chat_completions", "structured"),
        ("chat_completions", "text"),
        ("messages", "native"),
        ("messages", "text"),
    ],
)
async def test_each_request_begins_with_the_one_before(
    conversation: Conversation, wire: str, mode: str
) -> None:
    conversation.bench.settings += [f"providers.lmstudio.wire={wire}", f"agent.tool_mode={mode}"]
    conversation.emulator.script(
        said(mode, "  Hi.\n"),
        called(mode, "read_file", READ),
        called(mode, "read_file", READ),
        said(mode, "Good morning."),
        called(mode, "write_file", WRITE),
        said(mode, "You said no."),
        called(mode, "read_file", READ, pause="text"),
        said(mode, "Both."),
        said(mode, "Then this."),
        Turn(text=""),
        said(mode, "Here I am again."),
        said(mode, "Welcome back."),
    )
    recorder, resumed = Recorder(), Recorder()
    async with conversation.bench.session(recorder) as session:
        await session.submit("hello")
        await session.submit("what does it say?")
        await session.submit("write it")
        await steered(conversation, session, "once more", "and be brief")
        await session.submit("are you there?")
    recorded = conversation.bench.store.latest(conversation.bench.workspace)
    async with conversation.bench.session(resumed, resume=recorded) as session:
        await session.submit("I am back")

    asked = conversation.asked
    assert len(asked) == 12
    assert extends(asked)
    assert [finished.status for finished in recorder.of(ToolFinished)] == [
        *("completed", "completed", "denied", "completed")
    ]
    assert len(recorder.of(ReplyDiscarded)) == 1
    assert resumed.of(ReplyCompleted)[0].message.text == "Welcome back."


async def test_an_interrupted_reply_and_its_calls_are_a_beginning_too(conversation: Conversation) -> None:
    conversation.emulator.script(
        Turn(text="Once upon a time there was", pause="text"), Turn(text="Fine."), Turn(text="Bye.")
    )
    recorder = Recorder()
    async with conversation.bench.session(recorder) as session:
        turn = asyncio.create_task(session.submit("a story"))
        await conversation.emulator.wait_until_paused()
        await recorder.until(lambda: any(event.type == "reply_delta" for event in recorder.events))
        session.interrupt()
        await turn
        await session.submit("enough")
        await session.submit("bye")
    assert extends(conversation.asked)
    assert len(conversation.asked) == 3


async def test_nothing_is_asked_beside_the_conversation(conversation: Conversation) -> None:
    conversation.emulator.script(called("native", "read_file", READ), Turn(text="Read."), Turn(text="Bye."))
    await conversation.say("read hello.txt", "thank you")
    assert len(conversation.emulator.replies_asked) == 3


async def test_clearing_keeps_the_system_prompt_and_the_tools(conversation: Conversation) -> None:
    async with conversation.bench.session(Recorder()) as session:
        await session.submit("hello")
        await session.clear()
        await session.submit("hello again")
    first, second = conversation.asked
    assert frame(first) == frame(second)
    assert messages(first)[0] == messages(second)[0]


async def test_choosing_the_model_that_answers_already_changes_nothing(conversation: Conversation) -> None:
    recorder = Recorder()
    async with conversation.bench.session(recorder) as session:
        await session.submit("hello")
        await dispatch(session, recorder, f"/model {session.model.id}")
        await session.submit("hello again")
    assert recorder.of(ModelSelected)
    assert extends(conversation.asked)


def test_a_request_that_says_something_else_is_no_extension() -> None:
    def body(*texts: str, tools: str = "") -> dict[str, object]:
        return {"messages": [{"role": "user", "content": text} for text in texts], "tools": tools}

    assert extends([body("a"), body("a", "b"), body("a", "b and more")])
    assert not extends([body("a", "b"), body("a", "c")])
    assert not extends([body("a", "b"), body("a", "c", "d")])
    assert not extends([body("a", "b"), body("a")])
    assert not extends([body("a", "b"), body("a2", "b", "c")])
    assert not extends([body("a"), body("a", "b", tools="t")])
