"""Replies that fail, over HTTP: what is done about each, what is told, and that the session goes on."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.emulator import Emulator
from tests.support.grammar import assert_grammar
from tests.support.lm_studio import MODEL, answer, bodies, last_words, outcomes, session_with, told
from tests.support.recorder import Recorder
from tests.support.sessions import Bench, call, scripted
from vtcode.agent.compaction import fits_by_far, tokens_of
from vtcode.agent.recovery import MAX_RECOVERIES
from vtcode.events import (
    ContextCompacted,
    ModelSelected,
    ReplyCompleted,
    ReplyDiscarded,
    TurnEnded,
)
from vtcode.messages import Usage
from vtcode.providers.script import ServerCall, Turn

TOO_LONG = "Input does not fit in context length."
CRASH = "The model has crashed without additional information. (Exit code: 9)"
TEMPLATE = "Error rendering prompt with jinja template: Conversation roles must alternate"
BAD_CALL = "Failed to parse tool call: expected '}' at end of input"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (CRASH, "crashed (exit code 9)"),
        ("Model unloaded", "was unloaded while it answered"),
        ("Channel Error", "Channel Error"),
        ("received prediction-error", "prediction-error"),
        ("Engine protocol predict request failed: fetch failed", "fetch failed"),
        ("No models loaded. Please load a model in the developer page.", "has no model loaded"),
    ],
)
async def test_a_model_that_failed_is_had_back_and_the_same_is_asked_once_more(
    bench: Bench, emulator: Emulator, recorder: Recorder, words: str, said: str
) -> None:
    emulator.script(Turn(text="half of an answer", error=words), Turn(text="The whole answer."))
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("Go.")
    assert outcomes(recorder) == ["completed"]
    assert [reply.message.text for reply in recorder.of(ReplyCompleted)] == ["The whole answer."]
    assert len(recorder.of(ReplyDiscarded)) == 1
    first, second = bodies(emulator)
    assert first == second
    assert "asking once more" in told(recorder)
    assert said in told(recorder)


async def test_a_model_that_fails_twice_ends_the_turn_in_words_and_the_next_one_works(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    emulator.script(Turn(error=CRASH), Turn(error=CRASH), Turn(text="Fine."))
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("Go.")
        await session.submit("Again.")
    assert outcomes(recorder) == ["failed", "completed"]
    ended = recorder.of(TurnEnded)[0]
    assert "crash" in ended.error
    assert "load" in ended.hint
    assert len(bodies(emulator)) == 3


async def test_a_template_that_wants_strict_turns_gets_them_from_then_on(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    emulator.script(Turn(error=TEMPLATE), Turn(text="Now I see."), Turn(text="Still."))
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("Go.")
        await session.submit("More.")
    lenient, strict, later = bodies(emulator)
    assert [message["role"] for message in lenient["messages"]] == ["system", "user"]
    assert [message["role"] for message in strict["messages"]] == ["user"]
    assert [message["role"] for message in later["messages"]] == ["user", "assistant", "user"]
    assert outcomes(recorder) == ["completed", "completed"]
    assert "strict" in told(recorder)


@pytest.mark.parametrize(
    "nothing", [Turn(), Turn(finish="tool_calls")], ids=["nothing at all", "calls that did not arrive"]
)
async def test_a_reply_of_nothing_is_asked_for_again_with_words_that_stay_in_the_conversation(
    bench: Bench, emulator: Emulator, recorder: Recorder, nothing: Turn
) -> None:
    emulator.script(nothing, Turn(text="Here I am."), Turn(text="Yes."))
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("Go.")
        await session.submit("More.")
    first, second, third = bodies(emulator)
    assert last_words(second).startswith(last_words(first))
    assert "Your last" in last_words(second)
    assert third["messages"][: len(second["messages"])] == second["messages"]
    assert answer(recorder) == "Yes."


async def test_a_malformed_call_is_told_to_the_model_and_then_tools_are_offered_in_another_way(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    emulator.script(Turn(error=BAD_CALL), Turn(error=BAD_CALL), Turn(text='{"say": "Done."}'))
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("Go.")
        first, second, third = bodies(emulator)
        modes = session.model.tool_modes
    assert "malformed" in last_words(second)
    assert "tools" in first
    assert modes[0] == "native"
    assert "tools" not in third
    assert "tool mode structured" in told(recorder)


async def test_reasoning_alone_is_asked_about_once_and_then_taken_as_it_is(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    emulator.script(Turn(reasoning="hmm"), Turn(reasoning="hmm, hmm"))
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("Go.")
    assert "gave no answer" in last_words(bodies(emulator)[1])
    assert outcomes(recorder) == ["completed"]
    assert "reasoned but gave no answer" in told(recorder)


async def test_a_limit_before_the_first_word_is_not_tried_again_and_says_what_to_change(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    emulator.script(Turn(finish="length"))
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("Go.")
    assert len(bodies(emulator)) == 1
    assert "max_tokens" in recorder.of(TurnEnded)[0].hint


async def test_a_conversation_that_no_longer_fits_is_shortened_and_resumes_with_the_same_bytes(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    bench.settings.append("context.auto_compact=false")
    (bench.workspace / "long.txt").write_text("a line of text\n" * 300)
    emulator.state.instances[0].context_length = 5_000
    reading = [Turn(calls=(call("read_file", path="long.txt", start_line=line),)) for line in range(1, 7)]
    emulator.script(*reading, Turn(text="Read."), Turn(text="More."))
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("Read it from six places on.")
        await session.submit("More.")
    assert outcomes(recorder) == ["completed", "completed"]
    assert recorder.of(ContextCompacted)[0].stubbed
    assert "did not fit" in told(recorder) or "does not fit" in told(recorder)
    emulator.script(Turn(text="Resumed."))
    uninterrupted = bodies(emulator)[-1]["messages"]
    again = Recorder()
    async with bench.session(again, resume=bench.store.latest(bench.workspace)) as session:
        await session.submit("Once more.")
    resumed = bodies(emulator)[-1]["messages"]
    assert resumed[: len(uninterrupted)] == uninterrupted


async def test_a_message_that_can_never_fit_fails_in_words_without_another_try(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    emulator.state.instances[0].context_length = 3_000
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("word " * 5_000)
        emulator.state.instances[0].context_length = 30_000
        await session.submit("Short.")
    assert outcomes(recorder) == ["failed", "completed"]
    assert "does not fit" in recorder.of(TurnEnded)[0].error
    assert "/clear" in recorder.of(TurnEnded)[0].hint
    assert len(bodies(emulator)) == 1


async def test_what_still_does_not_fit_is_shortened_again_and_deeper(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    bench.settings.append("context.auto_compact=false")
    emulator.state.instances[0].context_length = 13_000
    async with session_with(bench, emulator, recorder) as session:
        for number in range(14):
            await session.submit(f"{number}: " + "word " * 300)
        emulator.script(Turn(error=TOO_LONG), Turn(error=TOO_LONG), Turn(text="It fits."))
        await session.submit("And now?")
    assert outcomes(recorder)[-1] == "completed"
    _, second = recorder.of(ContextCompacted)
    assert second.dropped
    refused, again, fitting = (len(str(body)) for body in bodies(emulator)[-3:])
    assert fitting < again * 0.8
    assert again < refused * 0.8


@pytest.mark.parametrize(("words", "is_shortened"), [("word " * 300, False), ("文字" * 500, True)])
async def test_a_conversation_that_fits_by_far_is_kept_whole_whatever_the_server_says(
    bench: Bench, emulator: Emulator, recorder: Recorder, words: str, is_shortened: bool
) -> None:
    emulator.state.instances[0].context_length = 15_000
    async with session_with(bench, emulator, recorder) as session:
        for number in range(6):
            await session.submit(f"{number}: {words}")
        emulator.script(Turn(error=TOO_LONG), Turn(text="It fits."))
        await session.submit("And now?")
        kept = session.status.used_tokens
    assert bool(recorder.of(ContextCompacted)) is is_shortened
    assert outcomes(recorder)[-1] == ("completed" if is_shortened else "failed")
    assert ("is not shortened for that" in recorder.of(TurnEnded)[-1].error) is not is_shortened
    assert kept > 1_000


async def test_the_window_is_read_again_before_the_conversation_is_shortened(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    emulator.script(*[Turn(text="I see.")] * 4, Turn(text="Now I see."))
    async with session_with(bench, emulator, recorder) as session:
        for number in range(4):
            await session.submit(f"{number}: " + "word " * 800)
        emulator.state.instances[0].context_length = 4_000
        await session.submit("And now?")
        window = session.status.window_tokens
    assert window == 4_000
    assert [selected.window_tokens for selected in recorder.of(ModelSelected)] == [4_000]
    assert recorder.of(ContextCompacted)[0].dropped
    assert outcomes(recorder)[-1] == "completed"


async def test_a_server_that_falls_silent_is_not_asked_again(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    bench.settings.append("timeouts.silence_seconds=0.2")
    emulator.script(Turn(text="Half a sentence", pause="text", piece_chars=4))
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("Go.")
    assert len(bodies(emulator)) == 1
    assert outcomes(recorder) == ["failed"]
    assert recorder.of(ReplyCompleted)[0].finish == "cut"


async def test_a_turn_recovers_only_so_often(bench: Bench, emulator: Emulator, recorder: Recorder) -> None:
    listings = [Turn(calls=(call("list_files", pattern=f"{n}*"),)) for n in range(MAX_RECOVERIES + 1)]
    emulator.script(*[turn for listing in listings for turn in (Turn(), listing)])
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("Go.")
    assert outcomes(recorder) == ["failed"]
    assert len(recorder.of(ReplyDiscarded)) == MAX_RECOVERIES + 1


async def test_another_model_that_answers_is_told_once(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    emulator.faults.any_name_served = True
    bench.settings += ["agent.provider=openai_compatible", "agent.default_model=acme/chat-8b"]
    bench.settings.append(f"providers.openai_compatible.base_url={emulator.url}")
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("One.")
        await session.submit("Two.")
    assert told(recorder).count(f"{MODEL} answered, although acme/chat-8b was asked") == 1


async def test_a_prompt_that_the_server_cut_in_silence_is_told_and_the_window_read_again(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    cut = Usage(prompt_tokens=900, completion_tokens=5)
    emulator.script(Turn(calls=(call("list_files"),), usage=cut), Turn(text="Hm."))
    async with session_with(bench, emulator, recorder) as session:
        emulator.state.instances[0].context_length = 16_000
        await session.submit("word " * 3_000)
    assert "left out" in told(recorder)
    assert recorder.of(ModelSelected)[0].window_tokens == 16_000


async def test_an_answer_that_looks_cut_offers_to_go_on(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    usage = Usage(prompt_tokens=900, completion_tokens=12_000)
    emulator.script(Turn(text="```python\nprint(", usage=usage))
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("Explain everything.")
    assert "go on" in told(recorder)


async def test_an_interrupt_while_the_prompt_is_read_says_that_the_server_may_go_on_with_it(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    emulator.script(Turn(text="Never.", pause="prefill"), Turn(text="Fine."), Turn(text="Good."))
    async with session_with(bench, emulator, recorder) as session:
        running = asyncio.create_task(session.submit("Go."))
        await emulator.wait_until_paused()
        session.interrupt()
        await running
        await emulator.wait_until_disconnected()
        said_at_once = told(recorder)
        await session.submit("Again.")
        said_then = told(recorder)
        await session.submit("More.")
    assert "still be reading the prompt" in said_at_once
    assert "prompt that was interrupted" in said_then
    assert told(recorder) == said_then
    assert outcomes(recorder) == ["cancelled", "completed", "completed"]


async def test_an_interrupt_while_the_model_writes_leaves_nothing_behind(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    emulator.script(Turn(text="Half of it, at least", pause="text"), Turn(text="Fine."))
    async with session_with(bench, emulator, recorder) as session:
        running = asyncio.create_task(session.submit("Go."))
        await emulator.wait_until_paused()
        await recorder.until(lambda: any(event.type == "reply_delta" for event in recorder.events))
        session.interrupt()
        await running
        await session.submit("Again.")
    assert "still" not in told(recorder)


async def test_a_tool_mode_that_did_not_help_is_left_again(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    emulator.script(Turn(error=BAD_CALL), Turn(error=BAD_CALL), Turn(error=BAD_CALL), Turn(text="Fine."))
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("Go.")
        await session.submit("Again.")
    assert outcomes(recorder) == ["failed", "completed"]
    assert ["tools" in body for body in bodies(emulator)] == [True, True, False, True]


async def test_a_reply_in_which_the_server_ran_a_tool_of_its_own_is_not_asked_for_again(
    bench: Bench, recorder: Recorder
) -> None:
    ran = ServerCall(tool="delete_everything", output="done")
    async with bench.session(recorder, Turn(server_calls=(ran,), error=CRASH), Turn(text="No.")) as session:
        await session.submit("Go.")
        asked = len(scripted(session).requests)
    assert asked == 1
    assert outcomes(recorder) == ["failed"]
    assert_grammar(recorder.events)


async def test_a_template_that_strict_turns_do_not_please_is_left_as_it_was(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    bench.settings.append("agent.tool_mode=native")
    emulator.script(Turn(error=TEMPLATE), Turn(error=TEMPLATE), Turn(text="Fine."))
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("Go.")
        await session.submit("Again.")
    assert outcomes(recorder) == ["failed", "completed"]
    assert [body["messages"][0]["role"] for body in bodies(emulator)] == ["system", "user", "system"]


async def test_what_fits_by_far_goes_by_the_tokens_that_the_server_was_seen_to_count(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("word " * 300)
        agent = session._agent
        agent.window_tokens = tokens_of(agent) * 3
        assert fits_by_far(agent)
        agent.token_scale.learn(agent.provider.address, agent.model.id, characters=1_000, tokens=1_000)
        assert not fits_by_far(agent)
