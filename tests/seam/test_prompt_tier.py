"""Another window is another prompt: its size and the share of AGENTS.md, when the user chooses the model."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.quirks.conversation import CHAT_8B, MODEL, Conversation
from tests.support.grammar import assert_grammar
from tests.support.recorder import Recorder
from tests.support.requests import extends, frame, messages
from tests.support.sessions import Bench, scripted
from vtcode.commands.builtin import dispatch
from vtcode.emulator.instance import Instance
from vtcode.events import ModelSelected, Notice, SessionStarted
from vtcode.providers.script import Turn
from vtcode.session.log import read_events
from vtcode.tools.registry import definitions

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.emulator import Emulator
    from vtcode.session.session import Session

RULE = "Write short functions. "
SMALL, LARGE = 4_096, 32_768
_LONG = SMALL // 10 * 3 + 1_000
"""Characters: more than the small window's share, less than the large one's."""


@pytest.fixture
def conversation(tmp_path: Path, emulator: Emulator) -> Conversation:
    """Two models in memory: the session's with a large window, and one with a small one."""
    emulator.state.instances[:] = [
        Instance(id=MODEL, key=MODEL, context_length=LARGE),
        Instance(id=CHAT_8B, key=CHAT_8B, context_length=SMALL),
    ]
    emulator.script(*(Turn(text=f"Answer {number}.") for number in range(1, 9)))
    made = Conversation(tmp_path, emulator)
    made.bench.settings += ["agent.provider=lmstudio"]
    (made.bench.workspace / "AGENTS.md").write_text((RULE * 200)[:_LONG])
    return made


async def switch(session: Session, recorder: Recorder, model: str) -> None:
    await dispatch(session, recorder, f"/model {model}")
    assert session.model.id == model


def told(recorder: Recorder) -> list[str]:
    return [notice.text for notice in recorder.of(Notice) if notice.text.startswith("With a window of")]


def offered(body: dict[str, object]) -> str:
    return json.dumps(body["tools"])


async def test_a_smaller_window_gets_the_small_prompt_and_a_larger_one_the_whole_again(
    conversation: Conversation,
) -> None:
    recorder = Recorder("yes")
    async with conversation.bench.session(recorder) as session:
        await session.submit("one")
        await switch(session, recorder, CHAT_8B)
        await session.submit("two")
        await switch(session, recorder, MODEL)
        await session.submit("three")
    first, second, third = conversation.asked
    assert len(offered(second)) < len(offered(first))
    assert "[cut: the rest does not fit]" in messages(second)[0]
    assert len(messages(second)[0]) < SMALL
    assert messages(third)[0] == messages(first)[0]
    assert "[cut" not in messages(first)[0]
    assert extends([first, third])
    assert messages(second)[1:3] == messages(third)[1:3]
    assert told(recorder) == [
        "With a window of 4,096 tokens the model gets the small prompt and AGENTS.md cut to 409 tokens"
        " from now on.",
        "With a window of 32,768 tokens the model gets the whole prompt and AGENTS.md whole from now on.",
    ]
    assert_grammar(recorder.events)


async def test_a_resumed_session_sends_what_it_sent_and_can_go_back(conversation: Conversation) -> None:
    recorder, later = Recorder("yes"), Recorder()
    async with conversation.bench.session(recorder) as session:
        await session.submit("one")
        await switch(session, recorder, CHAT_8B)
        await session.submit("two")
    recorded = conversation.bench.store.latest(conversation.bench.workspace)
    (conversation.bench.workspace / "AGENTS.md").write_text("Another rule.")
    async with conversation.bench.session(later, resume=recorded) as session:
        await session.submit("three")
        await switch(session, later, MODEL)
        await session.submit("four")
    first, second, third, fourth = conversation.asked
    assert extends([second, third])
    assert (frame(fourth), messages(fourth)[0]) == (frame(first), messages(first)[0])
    assert later.of(SessionStarted)[0].tools == definitions(brief=True)
    assert [question.kind for question in later.questions] == ["small_window"]  # nothing about trust
    assert_grammar(list(read_events(recorded.path)))


async def test_a_session_that_is_resumed_with_another_window_gets_its_prompt(
    conversation: Conversation, emulator: Emulator
) -> None:
    recorder, later = Recorder("yes"), Recorder()
    async with conversation.bench.session(recorder) as session:
        await session.submit("one")
    recorded = conversation.bench.store.latest(conversation.bench.workspace)
    emulator.state.instances[0] = Instance(id=MODEL, key=MODEL, context_length=SMALL)
    async with conversation.bench.session(later, resume=recorded) as session:
        await session.submit("two")
    first, second = conversation.asked
    assert len(offered(second)) < len(offered(first))
    assert len(messages(second)[0]) < SMALL
    assert messages(second)[1:3] == [messages(first)[1], messages(second)[2]]
    assert len(told(later)) == 1
    assert_grammar(list(read_events(recorded.path)))


async def test_a_model_with_as_large_a_window_gets_what_the_other_got(
    conversation: Conversation, emulator: Emulator
) -> None:
    emulator.state.instances[1] = Instance(id=CHAT_8B, key=CHAT_8B, context_length=LARGE)
    recorder = Recorder("yes")
    async with conversation.bench.session(recorder) as session:
        await session.submit("one")
        await switch(session, recorder, CHAT_8B)
        await session.submit("two")
    first, second = conversation.asked
    assert recorder.of(ModelSelected)[-1].prefix is None
    assert not told(recorder)
    assert extends([{**first, "model": CHAT_8B}, second])


@pytest.mark.parametrize(
    ("size", "window_tokens", "news"),
    [
        pytest.param("auto", 16_384, "", id="room for all"),
        pytest.param("auto", 8_191, "the small prompt and AGENTS.md cut to 819 tokens", id="just small"),
        pytest.param("auto", 8_192, "AGENTS.md cut to 819 tokens", id="a smaller share alone"),
        pytest.param("default", SMALL, "AGENTS.md cut to 409 tokens", id="the size is configured"),
        pytest.param("auto", None, "", id="not known"),
    ],
)
async def test_what_does_not_change_is_not_told(
    bench: Bench, size: str, window_tokens: int | None, news: str
) -> None:
    (bench.workspace / "AGENTS.md").write_text("x" * 4_000)
    bench.settings += [f"agent.system_prompt_mode={size}", "agent.provider=scripted"]
    recorder = Recorder("yes")
    async with bench.session(recorder, Turn(text="Hi.")) as session:
        await session.select_model(replace(session.model, window_tokens=LARGE))
        recorder.events.clear()
        await session.select_model(replace(session.model, window_tokens=window_tokens))
    expected = (
        [f"With a window of {window_tokens:,} tokens the model gets {news} from now on."] if news else []
    )
    assert told(recorder) == expected
    (selected,) = recorder.of(ModelSelected)
    assert (selected.prefix is not None) == bool(news)


async def test_a_window_that_changed_by_itself_changes_nothing_that_is_sent(
    conversation: Conversation, emulator: Emulator
) -> None:
    recorder = Recorder("yes")
    async with conversation.bench.session(recorder) as session:
        await session.submit("one")
        emulator.state.instances[0] = Instance(id=MODEL, key=MODEL, context_length=SMALL)
        await session.submit("two")
        assert session.model.window_tokens == SMALL
    assert not told(recorder)
    assert extends(conversation.asked)


async def test_a_file_that_is_too_long_to_be_kept_stays_as_it_was_cut(bench: Bench) -> None:
    (bench.workspace / "AGENTS.md").write_text(RULE * 10_000)
    recorder = Recorder("yes")
    async with bench.session(recorder, Turn(text="Hi.")) as session:
        before = session.history.system_prompt
        assert recorder.of(SessionStarted)[0].instruction_files == ()
        await session.select_model(replace(session.model, window_tokens=SMALL))
        assert session.history.tools == definitions(brief=True)
        assert (
            before.partition("\nThe project wants")[2]
            == session.history.system_prompt.partition("\nThe project wants")[2]
        )


async def test_a_model_that_only_answers_has_no_prompt_to_change(bench: Bench) -> None:
    bench.settings += ["agent.provider=scripted"]
    recorder = Recorder()
    async with bench.session(recorder, Turn(text="Hi."), recorded=False) as session:
        await session.select_model(replace(session.model, window_tokens=SMALL))
        await session.submit("Hello")
        assert scripted(session).requests[-1].tools == ()
    assert recorder.of(ModelSelected)[0].prefix is None
