"""The server's cache, warmed while the user types."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.quirks.conversation import READ_HELLO, Conversation
from tests.support.emulator import Emulator
from tests.support.recorder import Recorder
from tests.support.requests import extends, frame, messages
from vtcode.emulator.faults import Stall
from vtcode.events import ContextCompacted, PromptProgress, ReplyCompleted, TurnEnded
from vtcode.providers.lmstudio import LmStudioProvider
from vtcode.providers.script import Turn

if TYPE_CHECKING:
    from pathlib import Path

    from vtcode.session.session import Session


@pytest.fixture
def conversation(tmp_path: Path, emulator: Emulator) -> Conversation:
    return Conversation(tmp_path, emulator)


async def warmed(session: Session) -> bool:
    """Type a key, and wait until what that began has ended; False: it began nothing."""
    session.prewarm.start()
    if running := session.prewarm.running:
        await running
    return running is not None


@pytest.mark.parametrize("mode", ["native", "structured", "text"])
@pytest.mark.parametrize("wire", ["chat_completions", "messages"])
async def test_what_is_warmed_is_the_beginning_of_the_next_request(
    conversation: Conversation, wire: str, mode: str
) -> None:
    if (wire, mode) == ("messages", "structured"):
        pytest.skip("this wire has no such mode")
    conversation.bench.settings += [f"providers.lmstudio.wire={wire}", f"agent.tool_mode={mode}"]
    conversation.emulator.script(Turn(text='{"answer":"Hi."}'), Turn(text='{"answer":"Bye."}'))
    async with conversation.bench.session(Recorder()) as session:
        for words in ("hello", "and now?"):
            assert await warmed(session)
            await session.submit(words)

    asked = conversation.asked
    assert len(asked) == 4
    for warm, real in (asked[:2], asked[2:]):
        assert frame(warm) == frame(real)
        assert messages(warm)[:-1] == messages(real)[:-1]
        assert (warm["max_tokens"], len(messages(warm))) == (1, len(messages(real)))


@pytest.mark.parametrize("wire", ["chat_completions", "messages", "responses", "native"])
async def test_enter_costs_the_new_words_alone(conversation: Conversation, wire: str) -> None:
    conversation.bench.settings.append(f"providers.lmstudio.wire={wire}")
    async with conversation.bench.session(Recorder()) as session:
        await warmed(session)
        await session.submit("hello")

    warm, real = conversation.emulator.state.caches.read
    assert (warm.cached_tokens, warm.tokens > 300) == (0, True)
    assert real.tokens - real.cached_tokens < 10


async def test_nothing_that_was_warmed_is_kept_on_the_server(conversation: Conversation) -> None:
    conversation.bench.settings.append("providers.lmstudio.wire=responses")
    async with conversation.bench.session(Recorder()) as session:
        await warmed(session)
        await session.submit("hello")
    assert [asked["store"] for asked in conversation.asked] == [False, True]
    assert "previous_response_id" not in conversation.asked[1]


async def test_each_prefix_is_warmed_once(conversation: Conversation) -> None:
    async with conversation.bench.session(Recorder()) as session:
        assert [await warmed(session) for _ in range(3)] == [True, False, False]
        await session.submit("hello")
        assert [await warmed(session) for _ in range(2)] == [True, False]
        await session.clear()
        assert [await warmed(session) for _ in range(2)] == [True, False]
        await session.select_model(session.model)
        assert [await warmed(session) for _ in range(2)] == [True, False]


async def test_another_effort_is_another_prefix(conversation: Conversation) -> None:
    conversation.emulator.state.models[0].reasoning = ("off", "low", "high")
    async with conversation.bench.session(Recorder()) as session:
        assert await warmed(session)
        session.choose_effort("high")
        assert [await warmed(session) for _ in range(2)] == [True, False]


async def test_a_conversation_that_was_compacted_is_warmed_again(conversation: Conversation) -> None:
    long = "a line of the file\n" * 100
    (conversation.bench.workspace / "hello.txt").write_text(long)
    conversation.emulator.script(Turn(calls=(READ_HELLO,)), Turn(text="Good morning."))
    recorder = Recorder()
    async with conversation.bench.session(recorder) as session:
        await session.submit("read hello.txt")
        assert [await warmed(session) for _ in range(2)] == [True, False]
        await session.compaction.by_hand("")
        assert recorder.of(ContextCompacted)
        assert [await warmed(session) for _ in range(2)] == [True, False]


async def test_another_server_is_asked_at_once_while_one_reads_what_is_warmed(
    conversation: Conversation,
) -> None:
    conversation.emulator.fail_once(stall=Stall())
    recorder = Recorder()
    with Emulator() as other:
        other.script(Turn(text="Hi from here."))
        provider = LmStudioProvider(base_url=other.url)
        async with conversation.bench.session(recorder) as session:
            session.prewarm.start()
            await conversation.emulator.wait_until_paused()
            await session.select_model(session.model, provider)
            await session.submit("hello")
            assert len(other.replies_asked) == 1
            conversation.emulator.release()
        await provider.aclose()


class AbortingProvider(LmStudioProvider):
    """A server that stops reading a prompt which nobody waits for any more, as llama.cpp's does."""

    finishes_prompts = False


async def test_a_server_that_breaks_a_prompt_off_is_asked_at_once(conversation: Conversation) -> None:
    provider = AbortingProvider(base_url=conversation.emulator.url)
    recorder = Recorder()
    async with conversation.bench.session(recorder) as session:
        await session.select_model(session.model, provider)
        conversation.emulator.fail_once(stall=Stall())
        session.prewarm.start()
        warming = session.prewarm.running
        await conversation.emulator.wait_until_paused()
        turn = asyncio.create_task(session.submit("hello"))
        await recorder.until(lambda: bool(recorder.of(PromptProgress)))
        conversation.emulator.release()
        await turn
    await provider.aclose()
    assert warming
    assert warming.cancelled()
    assert len(conversation.asked) == 2


class BusyProvider(LmStudioProvider):
    """A server that tells of its work, and has some."""

    async def is_idle(self) -> bool:
        return False


async def test_a_server_elsewhere_is_left_alone(conversation: Conversation) -> None:
    provider = LmStudioProvider(base_url=conversation.emulator.url)
    provider.address = "http://192.168.0.7:1234"  # other people may use it
    async with conversation.bench.session(Recorder()) as session:
        await session.select_model(session.model, provider)
        assert not await warmed(session)
    await provider.aclose()


async def test_a_server_that_answers_somebody_else_is_left_alone(conversation: Conversation) -> None:
    provider = BusyProvider(base_url=conversation.emulator.url)
    async with conversation.bench.session(Recorder()) as session:
        await session.select_model(session.model, provider)
        assert await warmed(session)
        assert conversation.asked == []
    await provider.aclose()


async def test_a_model_whose_server_might_run_tools_is_left_alone(conversation: Conversation) -> None:
    async with conversation.bench.session(Recorder()) as session:
        await session.select_model(replace(session.model, integrations=("mcp/files",)))
        assert not await warmed(session)


async def test_a_prompt_that_is_about_to_be_shortened_is_not_sent(conversation: Conversation) -> None:
    async with conversation.bench.session(Recorder()) as session:
        await session.select_model(replace(session.model, window_tokens=300))
        assert await warmed(session)
        assert conversation.asked == []


async def test_nothing_is_warmed_while_an_interrupted_prompt_may_still_be_read(
    conversation: Conversation,
) -> None:
    conversation.emulator.fail_once(stall=Stall())
    async with conversation.bench.session(Recorder()) as session:
        turn = asyncio.create_task(session.submit("hello"))
        await conversation.emulator.wait_until_paused()
        session.interrupt()
        await turn
        assert not await warmed(session)
        conversation.emulator.release()


async def test_a_token_that_shows_nothing_has_the_prompt_read_all_the_same(
    conversation: Conversation,
) -> None:
    conversation.emulator.fail_once(empty_200=True)
    recorder = Recorder()
    async with conversation.bench.session(recorder) as session:
        assert await warmed(session)
        await session.submit("hello")
    assert recorder.of(PromptProgress)[0].cached_tokens


async def test_notes_for_a_summary_do_not_wait_behind_what_is_warmed(conversation: Conversation) -> None:
    provider = AbortingProvider(base_url=conversation.emulator.url)
    async with conversation.bench.session(Recorder()) as session:
        await session.select_model(session.model, provider)
        for number in range(3):
            await session.submit(f"Message {number}. " * 400)
        conversation.emulator.fail_once(stall=Stall())
        session.prewarm.start()
        warming = session.prewarm.running
        await conversation.emulator.wait_until_paused()
        await session.compaction.by_hand("")
        assert warming
        assert warming.cancelled()
        conversation.emulator.release()
    await provider.aclose()


async def test_nothing_is_warmed_unless_somebody_types(conversation: Conversation) -> None:
    await conversation.say("hello", "and now?")
    assert len(conversation.asked) == 2


async def test_it_can_be_switched_off(conversation: Conversation) -> None:
    conversation.bench.settings.append("context.prewarm=false")
    async with conversation.bench.session(Recorder()) as session:
        assert not await warmed(session)


async def test_nothing_is_warmed_while_a_turn_runs(conversation: Conversation) -> None:
    conversation.emulator.script(Turn(text="Hi.", pause="text"))
    async with conversation.bench.session(Recorder()) as session:
        turn = asyncio.create_task(session.submit("hello"))
        await conversation.emulator.wait_until_paused()
        assert not await warmed(session)
        conversation.emulator.release()
        await turn
        assert await warmed(session)


async def test_a_model_that_was_unloaded_meanwhile_is_not_loaded_for_it(conversation: Conversation) -> None:
    async with conversation.bench.session(Recorder()) as session:
        conversation.emulator.state.instances.clear()
        await warmed(session)
        assert conversation.asked == []
        assert conversation.emulator.state.instances == []


async def test_a_model_whose_slots_are_unknown_is_left_alone(conversation: Conversation) -> None:
    conversation.emulator.stop()
    conversation.emulator.settings.surfaces -= {"native"}  # an older server, which does not tell
    conversation.emulator.start()
    async with conversation.bench.session(Recorder()) as session:
        assert not await warmed(session)


async def test_a_cache_that_others_use_too_is_left_alone(conversation: Conversation) -> None:
    conversation.emulator.settings.tells_cached_tokens = True
    conversation.emulator.state.instances[0].parallel = 1
    async with conversation.bench.session(Recorder()) as session:
        await session.submit("hello " * 300)
        assert await warmed(session)
        conversation.emulator.state.caches.forget()  # another client's prompt took its place
        await session.submit("and now?")
        assert not await warmed(session)


async def test_a_server_that_finishes_its_prompt_is_waited_for(conversation: Conversation) -> None:
    conversation.emulator.fail_once(stall=Stall())
    recorder = Recorder()
    async with conversation.bench.session(recorder) as session:
        session.prewarm.start()
        await conversation.emulator.wait_until_paused()
        turn = asyncio.create_task(session.submit("hello"))
        await recorder.until(lambda: bool(recorder.of(PromptProgress)))
        assert len(conversation.asked) == 1
        conversation.emulator.release()
        await turn

    warm, real = conversation.emulator.state.caches.read
    assert real.cached_tokens > warm.tokens * 0.9
    assert conversation.emulator.state.disconnects == []


async def test_a_turn_that_waits_for_it_can_be_interrupted(conversation: Conversation) -> None:
    conversation.emulator.fail_once(stall=Stall())
    recorder = Recorder()
    async with conversation.bench.session(recorder) as session:
        session.prewarm.start()
        await conversation.emulator.wait_until_paused()
        turn = asyncio.create_task(session.submit("hello"))
        await recorder.until(lambda: bool(recorder.of(PromptProgress)))
        session.interrupt()
        await turn
        assert recorder.of(TurnEnded)[0].outcome == "cancelled"
        conversation.emulator.release()


async def test_its_failure_is_told_to_nobody(conversation: Conversation) -> None:
    recorder = Recorder()
    conversation.emulator.fail_once(stream_error="The model has crashed")
    async with conversation.bench.session(recorder) as session:
        seen = len(recorder.events)
        assert await warmed(session)
        assert recorder.events[seen:] == []
        await session.submit("hello")
    assert recorder.of(TurnEnded)[0].outcome == "completed"


async def test_it_is_in_no_history(conversation: Conversation) -> None:
    recorder = Recorder()
    conversation.emulator.script(Turn(calls=(READ_HELLO,)), Turn(text="Good morning."), Turn(text="Bye."))
    async with conversation.bench.session(recorder) as session:
        await warmed(session)
        await session.submit("read hello.txt")
        await warmed(session)
        await session.submit("thank you")
    assert len(recorder.of(ReplyCompleted)) == 3
    real = [asked for asked in conversation.asked if "max_tokens" not in asked]
    assert extends(real)
    assert '"."' not in json.dumps(real)
