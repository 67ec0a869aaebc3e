"""What results may take of the window: long ones are cut and paged through, known ones not sent again."""

from __future__ import annotations

import pytest

from tests.support.emulator import Emulator
from tests.support.lm_studio import bodies, last_words, outcomes, session_with
from tests.support.recorder import Recorder
from tests.support.sessions import Bench, call
from vtcode.events import ContextCompacted, ReplyDiscarded, ToolFinished
from vtcode.messages import Usage
from vtcode.providers.estimates import most_tokens
from vtcode.providers.script import ScriptedCall, Turn

SMALL = "context.max_context_tokens=4096"
NUMBERS = "seq 100000 104000"


def results(recorder: Recorder) -> list[str]:
    return [event.text for event in recorder.of(ToolFinished)]


async def test_a_long_output_is_cut_to_its_share_and_can_be_read_whole(bench: Bench) -> None:
    bench.settings.append(SMALL)
    bench.settings.append("tools.policies.run_pty_cmd=allow")
    recorder = Recorder("once")
    page = Turn(calls=(call("read_file", path="output:1", start_line=2001),))
    turns = (Turn(calls=(call("run_pty_cmd", command=NUMBERS),)), page, Turn(text="Done."))
    async with bench.session(recorder, *turns) as session:
        await session.submit("Go.")
    cut, read = results(recorder)
    assert len(cut) < 4_096
    assert "100000" in cut
    assert "104000" in cut
    assert "102000" not in cut
    assert 'read_file with path "output:1"' in cut
    assert read.splitlines()[1] == "102000"
    assert "go on with start_line=" in read


async def test_a_resumed_session_can_still_read_it(bench: Bench) -> None:
    bench.settings.append(SMALL)
    async with bench.session(
        Recorder("once"), Turn(calls=(call("run_pty_cmd", command=NUMBERS),)), Turn()
    ) as one:
        await one.submit("Go.")
    recorder = Recorder()
    turns = (Turn(calls=(call("read_file", path="output:1", start_line=4001),)), Turn(text="Done."))
    async with bench.session(recorder, *turns, resume=bench.store.find(one.id)) as session:
        await session.submit("And now?")
    assert results(recorder)[-1].endswith("104000")


async def test_a_file_that_is_read_again_is_not_sent_again(bench: Bench, recorder: Recorder) -> None:
    (bench.workspace / "a.py").write_text("print('hello')\n" * 40)
    reading = Turn(calls=(call("read_file", path="a.py"),))
    async with bench.session(recorder, reading, reading, Turn(text="Done.")) as session:
        await session.submit("Go.")
    first, second = results(recorder)
    assert first.count("hello") == 40
    assert second == "a.py: unchanged since you read it above."


async def test_a_file_that_changed_is_sent_again(bench: Bench, recorder: Recorder) -> None:
    file = bench.workspace / "a.py"
    file.write_text("print('hello')\n" * 40)
    reading = Turn(calls=(call("read_file", path="a.py"),))
    async with bench.session(recorder, reading, Turn(text="So."), reading, Turn(text="Done.")) as session:
        await session.submit("Go.")
        file.write_text("print('goodbye')\n" * 40)
        await session.submit("Again.")
    assert results(recorder)[1].count("goodbye") == 40


async def test_after_the_conversation_was_cleared_a_file_is_sent_again(
    bench: Bench, recorder: Recorder
) -> None:
    (bench.workspace / "a.py").write_text("print('hello')\n" * 40)
    reading = Turn(calls=(call("read_file", path="a.py"),))
    async with bench.session(recorder, reading, Turn(text="So."), reading, Turn(text="Done.")) as session:
        await session.submit("Go.")
        await session.clear()
        await session.submit("Again.")
    first, second = results(recorder)
    assert second == first


async def test_a_resumed_session_knows_what_was_read(bench: Bench) -> None:
    (bench.workspace / "a.py").write_text("print('hello')\n" * 40)
    reading = Turn(calls=(call("read_file", path="a.py"),))
    async with bench.session(Recorder(), reading, Turn(text="So.")) as one:
        await one.submit("Go.")
    recorder = Recorder()
    resumed = bench.store.find(one.id)
    async with bench.session(recorder, reading, Turn(text="Done."), resume=resumed) as session:
        await session.submit("Again.")
    assert results(recorder)[-1] == "a.py: unchanged since you read it above."


async def test_a_long_file_is_not_sent_again_where_its_share_of_the_window_moves(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    (bench.workspace / "a.txt").write_text("".join(f"{n}: {'word ' * 8}\n" for n in range(400)))
    reading = Turn(calls=(call("read_file", path="a.txt"),))
    emulator.state.instances[0].context_length = 4_096
    emulator.script(reading, reading, reading, Turn(text="Done."))
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("Go.")
    first, *again = results(recorder)
    assert "go on with start_line=" in first
    assert again == ["a.txt: unchanged since you read it above."] * 2


async def test_a_page_of_a_kept_output_is_not_sent_again(bench: Bench) -> None:
    bench.settings += ["context.max_context_tokens=16384", "tools.policies.run_pty_cmd=allow"]
    recorder = Recorder("once")
    page = Turn(calls=(call("read_file", path="output:1"),))
    turns = (
        Turn(calls=(call("run_pty_cmd", command="yes some words | head -n 5000"),)),
        page,
        page,
        Turn(text="Done."),
    )
    async with bench.session(recorder, *turns) as session:
        await session.submit("Go.")
    assert results(recorder)[-1] == "output:1: unchanged since you read it above."


async def test_a_result_takes_its_share_by_what_the_server_has_counted(
    bench: Bench, recorder: Recorder
) -> None:
    bench.settings.append("context.max_context_tokens=16384")
    for name in ("a.txt", "b.txt"):
        (bench.workspace / name).write_text(f"{'word ' * 8}\n" * 1_000)
    first, second = (call("read_file", path=name) for name in ("a.txt", "b.txt"))
    guessed = Turn(calls=(first,), usage=Usage(prompt_tokens=900, estimated=True))
    counted = Turn(calls=(second,), usage=Usage(prompt_tokens=12_000))
    async with bench.session(recorder, guessed, counted, Turn(text="Done.")) as session:
        await session.submit("Go.")
    by_guess, by_count = results(recorder)
    assert len(by_guess) > 2 * len(by_count)


@pytest.mark.parametrize(
    ("reading", "end"),
    [
        pytest.param(call("read_file", path="a.txt"), "go on with start_line=", id="lines of a file"),
        pytest.param(call("read_file", path="line.txt"), "more characters]", id="one line"),
        pytest.param(call("grep_file", pattern="狐狸", path="a.txt"), "", id="matches"),
        pytest.param(call("run_pty_cmd", command="cat a.txt"), "all of it: read_file", id="a command"),
    ],
)
async def test_a_first_result_in_another_script_fits_before_anything_is_known_of_its_tokens(
    bench: Bench, emulator: Emulator, reading: ScriptedCall, end: str
) -> None:
    window_tokens = 4_096
    bench.settings.append("tools.policies.run_pty_cmd=allow")
    (bench.workspace / "a.txt").write_text("敏捷的棕色狐狸跳过了懒惰的狗。\n" * 400, encoding="utf-8")
    (bench.workspace / "line.txt").write_text("敏捷的棕色狐狸跳过了懒惰的狗。" * 400, encoding="utf-8")
    recorder = Recorder("once")
    emulator.state.instances[0].context_length = window_tokens
    emulator.script(Turn(calls=(reading,)), Turn(text="Done."))
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("Go.")
    (result,) = results(recorder)
    assert outcomes(recorder) == ["completed"]
    assert not recorder.of(ContextCompacted)
    assert not recorder.of(ReplyDiscarded)
    assert result == last_words(bodies(emulator)[-1])
    assert result.count("狐狸") > 10
    assert end in result
    assert result.count("characters cut") <= 1
    assert most_tokens(result) <= window_tokens / 4
