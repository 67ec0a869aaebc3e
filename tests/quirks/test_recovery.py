"""A server in trouble: each is met by one remedy, told in words, and the session goes on."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.quirks.conversation import MODEL, Conversation, calling
from tests.support.emulator import Emulator
from tests.support.replies import completed_of
from tests.support.sessions import call
from vtcode.agent.answer_schema import AnswerSchema
from vtcode.events import ContextCompacted, Notice, ReasoningDelta, TurnEnded
from vtcode.providers.lmstudio import LmStudioProvider
from vtcode.providers.script import Turn


async def test_q22_an_answer_that_arrived_as_reasoning_is_not_lost(conversation: Conversation) -> None:
    conversation.emulator.faults.content_in_reasoning = True
    conversation.emulator.script(Turn(text="The answer is 42."))

    recorder = await conversation.say("hello")

    assert "The answer is 42." in "".join(delta.text for delta in recorder.of(ReasoningDelta))
    assert "separate reasoning" in conversation.told


async def test_q23_nothing_at_all_at_the_limit_is_a_failure_with_the_next_step(
    conversation: Conversation,
) -> None:
    conversation.emulator.script(*[Turn(finish="length")] * 4)

    await conversation.say("hello")

    assert conversation.outcome == "failed"
    assert "max_tokens" in conversation.told


async def test_q26_a_channel_error_is_met_by_looking_again_and_asking_once_more(
    conversation: Conversation,
) -> None:
    conversation.emulator.state.fail_once(stream_error="Channel Error")

    await conversation.say("hello")

    assert conversation.outcome == "completed"
    assert len(conversation.asked) == 2


async def test_q27_a_model_that_crashed_is_loaded_again_as_it_was(conversation: Conversation) -> None:
    conversation.emulator.state.fail_once(crash=9)

    await conversation.say("hello")

    assert conversation.outcome == "completed"
    assert [instance.context_length for instance in conversation.emulator.state.instances] == [32_768]
    assert "loaded again" in conversation.told


async def test_q28_a_model_that_was_evicted_while_it_answered_is_had_back(
    conversation: Conversation,
) -> None:
    conversation.emulator.state.fail_once(evict_mid_stream=True)
    conversation.emulator.script(Turn(text="an answer of several words", piece_chars=2))

    await conversation.say("hello", "and once more")

    assert conversation.outcome == "completed"
    (instance,) = conversation.emulator.state.instances
    assert instance.context_length == 32_768
    assert (instance.jit, instance.ttl_s) == (False, None), "nothing evicts it any more"


async def test_q29_a_prompt_that_no_longer_fits_is_shortened_and_sent_again(
    conversation: Conversation,
) -> None:
    conversation.emulator.state.instances[0].context_length = 8_192
    (conversation.bench.workspace / "hello.txt").write_text("a line of text\n" * 2_400)
    reading = [
        calling(call("read_file", path="hello.txt", offset_lines=1 + 400 * part, limit=400))
        for part in range(6)
    ]
    conversation.emulator.script(*reading, Turn(text="It is one line over and over."))

    recorder = await conversation.say("read hello.txt again and again")

    assert recorder.of(ContextCompacted)
    assert conversation.outcome == "completed"


async def test_q30_requests_beyond_what_the_model_carries_wait_their_turn(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    emulator.state.instances[0].parallel = 1
    emulator.faults.parallel_overflow_kills_all = True
    emulator.script(*[Turn(text="fine")] * 4)
    model = await provider.resolve_model(MODEL)

    replies = await asyncio.gather(*(completed_of(provider, model.id) for _ in range(4)))

    assert [reply.message.text for reply in replies] == ["fine"] * 4
    assert emulator.state.slots.most_at_once == 1


async def test_q31_an_mlx_model_is_asked_one_thing_at_a_time(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    emulator.state.models[0].format = "mlx"
    emulator.script(*[Turn(text="fine")] * 3)
    model = await provider.resolve_model(MODEL)

    await asyncio.gather(*(completed_of(provider, model.id) for _ in range(3)))

    assert emulator.state.slots.most_at_once == 1


def roles(body: dict[str, Any]) -> list[str]:
    return [message["role"] for message in body["messages"]]


async def test_q39_a_template_that_wants_roles_in_turn_gets_them(conversation: Conversation) -> None:
    conversation.emulator.faults.role_alternation = True
    conversation.emulator.script(calling(), Turn(text="It says good morning."))

    await conversation.say("read hello.txt", "thank you")

    assert conversation.outcome == "completed"
    last = [role for role in roles(conversation.asked[-1]) if role != "system"]
    assert last == ["user", "assistant"] * (len(last) // 2) + ["user"]


async def test_q40_a_template_without_a_system_role_gets_it_as_the_users_words(
    conversation: Conversation,
) -> None:
    conversation.emulator.faults.no_system_role = True

    await conversation.say("hello", "again")

    assert conversation.outcome == "completed"
    assert "system" not in roles(conversation.asked[-1])
    assert all(roles(body).count("system") <= 1 for body in conversation.asked)


async def test_q41_a_shortened_conversation_keeps_a_word_of_the_users(conversation: Conversation) -> None:
    conversation.emulator.faults.needs_user_query = True
    conversation.emulator.state.instances[0].context_length = 8_192
    (conversation.bench.workspace / "hello.txt").write_text("a line of text\n" * 400)
    conversation.emulator.script(*[calling()] * 6, Turn(text="It is one line over and over."))

    await conversation.say("read hello.txt again and again")

    assert conversation.outcome == "completed"
    assert all("user" in roles(body) for body in conversation.asked)


async def test_q48_after_an_interrupt_the_server_may_still_be_busy_and_that_is_told(
    conversation: Conversation,
) -> None:
    conversation.emulator.script(Turn(text="never", pause="prefill"), Turn(text="fine"))
    recorder = conversation.recorder
    async with conversation.bench.session(recorder) as session:
        asking = asyncio.create_task(session.submit("hello"))
        await conversation.emulator.wait_until_paused()
        session.interrupt()
        await asking
        conversation.emulator.release()
        await session.submit("again")

    assert [ended.outcome for ended in recorder.of(TurnEnded)] == ["cancelled", "completed"]
    assert any("may still" in notice.text for notice in recorder.of(Notice))


async def test_q55_a_tool_result_takes_a_share_of_the_window_at_most(conversation: Conversation) -> None:
    conversation.emulator.state.instances[0].context_length = 8_192
    (conversation.bench.workspace / "hello.txt").write_text("0123456789abcdef\n" * 50_000)
    conversation.emulator.script(calling(), Turn(text="It is long."))

    await conversation.say("read hello.txt")

    assert conversation.outcome == "completed"
    assert len(conversation.results[0]) < 8_192 * 4 * 0.3


@pytest.mark.parametrize(
    ("mode", "first"),
    [
        ("native", "It is fine."),
        ("structured", '{"answer":"It is fine."}'),
        ("text", "It is fine."),
    ],
)
async def test_q46_tools_and_a_schema_are_never_sent_together(
    conversation: Conversation, mode: str, first: str
) -> None:
    schema = {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}
    conversation.bench.settings.append(f"agent.tool_mode={mode}")
    conversation.emulator.script(Turn(text=first), Turn(text='{"ok": true}'))

    recorder = conversation.recorder
    async with conversation.bench.session(recorder, answer_schema=AnswerSchema(schema)) as session:
        await session.submit("hello")

    with_tools, with_schema = conversation.asked
    assert ("tools" in with_tools) == (mode == "native")
    assert ("response_format" in with_tools) == (mode == "structured")
    assert "tools" not in with_schema
    assert with_schema["response_format"]["json_schema"]["schema"] == schema
    assert conversation.answer == '{"ok": true}'
