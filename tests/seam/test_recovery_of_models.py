"""Models that go away, over HTTP: had back as they were, with the window that they really got."""

from __future__ import annotations

import json

import pytest

from tests.support.emulator import Emulator
from tests.support.lm_studio import MODEL, answer, bodies, outcomes, session_with, told
from tests.support.recorder import Recorder
from tests.support.sessions import Bench, call
from vtcode.events import ModelLoading, ModelSelected, ReplyCompleted, TurnEnded
from vtcode.providers.script import Turn

SAYING = Turn(reasoning="let me think", text="The whole answer, in one go.", calls=(call("list_files"),))


def windows(emulator: Emulator) -> list[tuple[str, int, bool]]:
    return [(one.id, one.context_length, one.jit) for one in emulator.state.instances]


@pytest.mark.parametrize("code", [9, "null"])
@pytest.mark.parametrize("phase", ["prefill", "reasoning", "text", "calls"])
async def test_a_model_that_crashes_in_any_phase_is_loaded_as_it_was(
    bench: Bench, emulator: Emulator, recorder: Recorder, phase: str, code: int | str
) -> None:
    emulator.fail_once(crash=code, crash_at=phase)
    emulator.script(SAYING, Turn(text="Done."))
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("Go.")
    assert outcomes(recorder) == ["completed"]
    assert windows(emulator) == [(MODEL, 32_768, False)]
    assert "loaded again with the same window; asking once more" in told(recorder)
    assert answer(recorder) == "Done."
    assert [reply.finish for reply in recorder.of(ReplyCompleted)] == ["tool_calls", "stop"]


async def test_a_model_that_is_evicted_while_it_answers_is_loaded_again(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    emulator.fail_once(evict_mid_stream=True)
    emulator.script(Turn(text="The whole answer, in one go."))
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("Go.")
    assert windows(emulator) == [(MODEL, 32_768, False)]
    assert answer(recorder) == "The whole answer, in one go."
    assert recorder.of(ModelLoading)


@pytest.mark.parametrize("jit", [True, False])
async def test_a_model_that_was_unloaded_between_two_turns_comes_back_before_it_is_asked(
    bench: Bench, emulator: Emulator, recorder: Recorder, jit: bool
) -> None:
    emulator.settings.jit = jit
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("One.")
        emulator.state.instances.clear()
        await session.submit("Two.")
    assert outcomes(recorder) == ["completed", "completed"]
    assert windows(emulator) == [(MODEL, 32_768, False)]
    assert "was unloaded meanwhile. It was loaded again with the same window." in told(recorder)


async def test_a_model_that_was_evicted_before_the_first_message_comes_back_as_it_was(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    async with session_with(bench, emulator, recorder) as session:
        emulator.state.instances.clear()
        await session.submit("One.")
    assert windows(emulator) == [(MODEL, 32_768, False)]
    assert "was unloaded meanwhile" in told(recorder)


async def test_a_model_that_was_unloaded_while_a_tool_ran_comes_back_within_the_turn(
    bench: Bench, emulator: Emulator
) -> None:
    class Unloading(Recorder):
        async def ask(self, question: object) -> object:  # type: ignore[override]
            emulator.state.instances.clear()
            return await super().ask(question)  # type: ignore[arg-type]

    recorder = Unloading("once")
    emulator.script(Turn(calls=(call("write_file", path="a", content="a"),)), Turn(text="Written."))
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("Go.")
    assert windows(emulator) == [(MODEL, 32_768, False)]
    assert answer(recorder) == "Written."


async def test_another_window_than_before_is_told_and_used(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    emulator.faults.load_reduces_context = 16_000
    emulator.fail_once(crash=9)
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("Go.")
        assert session.status.window_tokens == 16_000
    assert "with a window of 16,000 tokens instead of 32,768" in told(recorder)
    assert [event.window_tokens for event in recorder.of(ModelSelected)] == [16_000]


async def test_a_limit_of_the_users_on_the_window_does_not_make_the_model_smaller(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    bench.settings.append("context.max_context_tokens=8192")
    emulator.fail_once(crash=9)
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("Go.")
        assert session.status.window_tokens == 8_192
    assert windows(emulator) == [(MODEL, 32_768, False)]


async def test_a_model_that_can_not_be_loaded_again_fails_in_words_and_comes_back_later(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    emulator.faults.load_fails = "Model loading was stopped due to insufficient system resources."
    emulator.fail_once(crash=9)
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("Go.")
        emulator.faults.load_fails = ""
        await session.submit("Again.")
    assert outcomes(recorder) == ["failed", "completed"]
    ended = recorder.of(TurnEnded)[0]
    assert "crashed" in ended.error
    assert "insufficient system resources" in ended.error
    assert "smaller" in ended.hint
    assert windows(emulator) == [(MODEL, 32_768, False)]


@pytest.mark.parametrize("knob", ["role_alternation", "no_system_role"])
async def test_a_strict_template_is_served_through_a_whole_turn_with_tools(
    bench: Bench, emulator: Emulator, recorder: Recorder, knob: str
) -> None:
    setattr(emulator.faults, knob, True)
    (bench.workspace / "hello.txt").write_text("good morning\n")
    reading = Turn(text="Let me look.", calls=(call("read_file", path="hello.txt"),))
    emulator.script(*[turn for _ in range(4) for turn in (reading, Turn(text="It says good morning."))])
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("What does it say?")
        await session.submit("And now?")
    assert outcomes(recorder) == ["completed", "completed"]
    assert "good morning" in json.dumps(bodies(emulator)[-1])
    assert told(recorder).count("strictest") <= 1


async def test_a_call_that_the_server_dropped_is_asked_for_again(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    emulator.fail_once(tool_dropped=True)
    listing = Turn(calls=(call("list_files"),))
    emulator.script(listing, listing, Turn(text="Done."))
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("Go.")
    assert outcomes(recorder) == ["completed"]
    assert "Your last" in bodies(emulator)[1]["messages"][-1]["content"]
