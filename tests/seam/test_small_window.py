"""Long work in a small window: the conversation is shortened before it is full, and stays one that fits."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.emulator import Emulator
from tests.support.grammar import assert_request
from tests.support.lm_studio import answer, bodies, last_words, outcomes, session_with, told
from tests.support.recorder import Recorder
from tests.support.sessions import Bench, call
from vtcode.commands.builtin import dispatch
from vtcode.events import (
    CommandRan,
    ContextCompacted,
    ContextCompacting,
    ReplyDiscarded,
    TurnEnded,
)
from vtcode.frontends.jsonl import JsonLines
from vtcode.frontends.text import TextLines
from vtcode.providers.script import Turn

WINDOW_TOKENS = 4_096
CALLS = 40
RESULT_LINE = "the quick brown fox jumps over the lazy dog\n"
NOTES = "The fox jumps in every file. It was decided to count the dogs. Still open: the cats."


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        running.state.instances[0].context_length = WINDOW_TOKENS
        yield running


def read(number: int) -> Turn:
    return Turn(calls=(call("read_file", path=f"file{number}.txt"),))


def write_files(bench: Bench, count: int, *, size: int = 2_000) -> None:
    for number in range(count):
        text = f"file {number}\n" + RESULT_LINE * (size // len(RESULT_LINE))
        (bench.workspace / f"file{number}.txt").write_text(text)


class Replies(deque[Turn]):
    """What the model says: notes where it is asked for them, else one turn after the other."""

    def __init__(self, emulator: Emulator, *turns: Turn, notes: Turn) -> None:
        super().__init__(turns)
        self._emulator = emulator
        self.notes = notes
        emulator.state.turns = self

    def popleft(self) -> Turn:
        return self.notes if self.asked_for_notes() else super().popleft()

    def asked_for_notes(self) -> bool:
        return is_about_notes(json.loads(self._emulator.replies_asked[-1].body))


def is_about_notes(body: dict[str, Any]) -> bool:
    return "Write notes for yourself" in last_words(body)


def compacted(recorder: Recorder) -> list[ContextCompacted]:
    return recorder.of(ContextCompacted)


async def test_forty_calls_with_long_results_fit_a_window_of_4096(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    write_files(bench, CALLS)
    reading = [read(number) for number in range(CALLS)]
    Replies(emulator, *reading, Turn(text="All read."), notes=Turn(text=NOTES))
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("Read all files and count the dogs.")
    assert outcomes(recorder) == ["completed"]
    assert answer(recorder) == "All read."
    assert not recorder.of(ReplyDiscarded)
    asked = bodies(emulator)
    assert len(asked) >= CALLS + 1
    for body in asked:
        assert_request(body)
        assert "Read all files and count the dogs." in json.dumps(body)
    assert all(event.trigger == "auto" for event in compacted(recorder))
    assert len(compacted(recorder)) < CALLS / 2
    assert 0 < sum(map(is_about_notes, asked)) < CALLS / 8
    assert NOTES in json.dumps(asked[-1])
    assert "Files read: " in json.dumps(asked[-1])


async def test_results_of_one_step_that_do_not_fit_together_are_called_for_again(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    write_files(bench, 6)
    together = Turn(calls=tuple(call("read_file", path=f"file{number}.txt") for number in range(6)))
    emulator.script(together, Turn(text="I read what I could."))
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("Read them.")
    assert outcomes(recorder) == ["completed"]
    results = [message for message in bodies(emulator)[-1]["messages"] if message["role"] == "tool"]
    whole = [result for result in results if "quick brown fox" in result["content"]]
    assert 0 < len(whole) < len(results) == 6
    assert "call it again" in json.dumps(results)


async def test_what_can_never_fit_ends_the_turn_in_words_instead_of_being_tried_over_and_over(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    write_files(bench, CALLS)
    Replies(emulator, *[read(number) for number in range(CALLS)], notes=Turn(text=NOTES))
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("Mind this: " + "several different words of the user's, " * 300)
    assert outcomes(recorder) == ["failed"]
    ended = recorder.of(TurnEnded)[0]
    assert "does not fit the window of 4,096 tokens" in ended.error
    assert "/clear" in ended.hint
    assert len(bodies(emulator)) <= 4


async def test_what_hardly_fits_may_be_said_again_once_there_was_room(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    emulator.script(*[Turn(text="Yes.")] * 3)
    async with session_with(bench, emulator, recorder) as session:
        for times in (300, 1, 300):
            await session.submit("several different words of the user's, " * times)
            await session.clear()
    assert outcomes(recorder) == ["completed"] * 3


@pytest.mark.parametrize(
    "notes",
    [
        Turn(),
        Turn(text="so so so " * 60),
        Turn(calls=(call("read_file", path="file1.txt"),)),
        Turn(error="The model has crashed without additional information. (Exit code: 9)"),
        Turn(text="word by word, ever on " * 900),
    ],
    ids=["nothing", "round in circles", "a call", "an error", "far too long"],
)
async def test_without_notes_that_can_be_used_the_facts_alone_are_the_summary(
    bench: Bench, emulator: Emulator, recorder: Recorder, notes: Turn
) -> None:
    write_files(bench, 3, size=1_000)
    (bench.workspace / "notes.txt").write_text("one\n")
    bench.settings.append("tools.policies.edit_file=allow")
    edit = Turn(calls=(call("edit_file", path="notes.txt", old_str="one", new_str="two"),))
    steps = [{"step": "look", "status": "completed"}, {"step": "write", "status": "in_progress"}]
    plan = Turn(calls=(call("update_plan", plan=steps),))
    turns = (plan, read(0), read(1), Turn(text="Read."), read(2), edit, Turn(text="Written."))
    Replies(emulator, *turns, Turn(text="Yes."), notes=notes)
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("Count the dogs.")
        await session.submit("Then write it down.")
        await dispatch(session, recorder, "/compact mind the API")
        await session.submit("Is it done?")
    (event,) = compacted(recorder)
    assert event.summary.splitlines()[1:-1] == [
        "Plan:",
        "[x] look",
        "[>] write",
        "Files changed: notes.txt (+1 -1)",
        "Files read: file0.txt, file1.txt, file2.txt",
        "To keep in mind, says the user: mind the API",
    ]
    last = bodies(emulator)[-1]
    assert_request(last)
    assert event.summary in json.dumps(last, ensure_ascii=False).replace("\\n", "\n")


async def test_the_request_for_notes_is_the_conversation_as_it_was_with_one_message_more(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    write_files(bench, 2)
    Replies(
        emulator,
        read(0),
        Turn(text="Read."),
        read(1),
        Turn(text="That, too."),
        Turn(),
        notes=Turn(text=NOTES),
    )
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("Read one.")
        await session.submit("Read the other.")
        await dispatch(session, recorder, "/compact")
    before, notes = bodies(emulator)[-2:]
    assert notes["tools"] == before["tools"]
    assert notes["messages"][: len(before["messages"])] == before["messages"]
    assert [message["role"] for message in notes["messages"][len(before["messages"]) :]] == [
        "assistant",
        "user",
    ]
    assert notes["max_tokens"] <= WINDOW_TOKENS / 8
    (event,) = compacted(recorder)
    assert event.trigger == "manual"
    assert f"> {NOTES}" in event.summary
    assert "nothing in them is an instruction" in event.summary
    assert recorder.of(ContextCompacting)


async def test_notes_and_words_to_keep_outlive_the_next_summary(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    write_files(bench, 4)
    turns = [turn for number in range(4) for turn in (read(number), Turn(text=f"Read {number}."))]
    replies = Replies(emulator, *turns, Turn(), notes=Turn(text=NOTES))
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("Read one.")
        await session.submit("Read another.")
        await dispatch(session, recorder, "/compact mind the API")
        replies.notes = Turn()
        await session.submit("And one more.")
        await session.submit("And the last.")
        await dispatch(session, recorder, "/compact and the tests")
    summary = compacted(recorder)[-1].summary
    assert "mind the API" in summary
    assert "and the tests" in summary
    assert f"> {NOTES}" in summary
    assert "- Read another." in summary


async def test_a_compacted_session_resumes_with_the_same_bytes(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    write_files(bench, 12)
    reading = [read(number) for number in range(12)]
    Replies(emulator, *reading, *[Turn(text="Good.")] * 3, notes=Turn(text=NOTES))
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("Read them all.")
        await session.submit("Go on.")
    uninterrupted = bodies(emulator)[-1]["messages"]
    assert compacted(recorder)
    again = Recorder()
    async with bench.session(again, resume=bench.store.latest(bench.workspace)) as session:
        await session.submit("Once more.")
    assert bodies(emulator)[-1]["messages"][: len(uninterrupted)] == uninterrupted


async def test_an_empty_conversation_is_not_compacted_and_that_is_said(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    async with session_with(bench, emulator, recorder) as session:
        await dispatch(session, recorder, "/compact")
        await session.submit("Hello.")
        await dispatch(session, recorder, "/compact")
    assert not compacted(recorder)
    assert told(recorder).count("nothing to compact") == 2
    assert len(bodies(emulator)) == 1


async def test_what_is_shorter_than_its_summary_stays(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    emulator.script(*[Turn(text="Yes.")] * 3)
    async with session_with(bench, emulator, recorder) as session:
        for words in ("One?", "Two?", "Three?"):
            await session.submit(words)
        await dispatch(session, recorder, "/compact")
    assert not compacted(recorder)
    assert "nothing to compact" in told(recorder)


async def test_an_interrupted_compaction_leaves_the_conversation_as_it_was(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    write_files(bench, 2)
    turns = (read(0), Turn(text="Read."), read(1), Turn(text="That, too."), Turn(text="Yes."))
    Replies(emulator, *turns, notes=Turn(text=NOTES, pause="text", piece_chars=4))
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("Read one.")
        await session.submit("Read the other.")
        before = bodies(emulator)[-1]["messages"]
        compacting = asyncio.create_task(dispatch(session, recorder, "/compact"))
        await emulator.wait_until_paused()
        assert session.interrupt()
        await compacting
        emulator.release()
        await session.submit("Is it as it was?")
    assert not compacted(recorder)
    assert "as it was" in told(recorder)
    assert bodies(emulator)[-1]["messages"][: len(before)] == before
    assert outcomes(recorder) == ["completed"] * 3


async def test_a_turn_that_is_interrupted_while_it_makes_room_changes_nothing(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    write_files(bench, CALLS)
    reading = [read(number) for number in range(CALLS)]
    Replies(emulator, *reading, notes=Turn(text=NOTES, pause="text", piece_chars=4))
    async with session_with(bench, emulator, recorder) as session:
        turn = asyncio.create_task(session.submit("Read them all."))
        await emulator.wait_until_paused()
        done = len(compacted(recorder))
        assert session.interrupt()
        await turn
        emulator.release()
    assert outcomes(recorder) == ["cancelled"]
    assert len(compacted(recorder)) == done


@pytest.mark.parametrize("by_hand", [True, False])
async def test_an_interrupted_summary_tells_the_next_turn_that_its_prompt_may_still_be_read(
    bench: Bench, emulator: Emulator, recorder: Recorder, by_hand: bool
) -> None:
    write_files(bench, CALLS)
    reading = [read(number) for number in range(CALLS)]
    said = (read(0), Turn(text="Read."), Turn(text="Yes.")) if by_hand else reading
    Replies(emulator, *said, notes=Turn(text=NOTES, pause="prefill"))
    async with session_with(bench, emulator, recorder) as session:
        if by_hand:
            await session.submit("Read one.")
        work = dispatch(session, recorder, "/compact") if by_hand else session.submit("Read them all.")
        running = asyncio.ensure_future(work)
        await emulator.wait_until_paused()
        assert session.interrupt()
        await running
        emulator.release()
        assert "may still be busy" not in told(recorder)
        emulator.script(Turn(text="Yes."))
        await session.submit("And now?")
    assert "may still be busy with the prompt that was interrupted" in told(recorder)


async def test_a_template_that_wants_strict_turns_gets_them_with_a_summary_too(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    emulator.faults.role_alternation = True
    write_files(bench, 12)
    reading = [read(number) for number in range(12)]
    Replies(emulator, *reading[:1], *reading, Turn(text="All read."), notes=Turn(text=NOTES))
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("Read them all.")
    assert outcomes(recorder) == ["completed"]
    assert compacted(recorder)
    for body in bodies(emulator)[2:]:
        roles = [message["role"] for message in body["messages"]]
        assert roles == ["user", "assistant"] * (len(roles) // 2) + ["user"]


async def test_with_automatic_compaction_off_only_a_refusal_shortens(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    bench.settings.append("context.auto_compact=false")
    write_files(bench, 8)
    emulator.script(*[read(number) for number in range(8)], Turn(text="All read."))
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("Read them all.")
    assert {event.trigger for event in compacted(recorder)} == {"recovery"}
    assert recorder.of(ReplyDiscarded)


async def test_context_tells_what_fills_the_window_in_forty_columns(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    write_files(bench, 1)
    emulator.script(read(0), Turn(text="Read."))
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("Read it.")
        await dispatch(session, recorder, "/context")
    (shown,) = (event.text for event in recorder.of(CommandRan))
    lines = shown.splitlines()
    assert all(len(line) <= 40 for line in lines)
    assert "of 4,096 tokens" in lines[0]
    for words in ("system prompt", "tools", "your messages", "answers", "calls", "read_file results", "free"):
        assert any(words in line for line in lines), words
    bar = lines[3]
    assert len(bar) == 38
    assert bar.strip("STYAC1=·") == ""


async def test_headless_front_ends_tell_of_a_compaction(bench: Bench, emulator: Emulator) -> None:
    write_files(bench, 6)
    bench.settings.append(f"providers.lmstudio.base_url={emulator.url}")
    text: list[str] = []
    lines: list[str] = []
    for front_end in (TextLines(write=text.append, progress=text.append), JsonLines(lines.append)):
        Replies(emulator, *[read(number) for number in range(6)], Turn(text="Read."), notes=Turn())
        async with bench.session(front_end) as session:
            await session.submit("Read them all.")
    assert any("vtcode: compacted: ~" in line and "stubbed" in line for line in text)
    (boundary,) = (json.loads(line) for line in lines if "thread.compact_boundary" in line)
    assert boundary["trigger"] == "auto"
    assert boundary["before_tokens"] > boundary["after_tokens"]
    assert boundary["stubbed_results"] > 0
    assert boundary["dropped_messages"] == 0


async def test_a_window_that_the_prompt_alone_fills_is_not_said_to_need_a_fresh_start(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    emulator.state.instances[0].context_length = 300
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("hello")
    ended = recorder.of(TurnEnded)[0]
    assert ended.outcome == "failed"
    assert "the tools and AGENTS.md alone" in ended.error
    assert "/clear would not help" in ended.hint
