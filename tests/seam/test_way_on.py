"""What the user is offered where a turn failed for want of a server or a model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.embedded import starter_model_path
from tests.support.emulator import Emulator
from tests.support.lm_studio import bodies, last_words, outcomes, session_with, told
from tests.support.lms import FakeLms
from tests.support.recorder import Recorder
from tests.support.sessions import Bench, call
from vtcode.emulator.state import EmulatedModel
from vtcode.events import Event, ModelSelected, Notice, ReplyDelta, ToolFinished, TurnEnded, TurnStarted
from vtcode.frontends.unanswered import Unanswered
from vtcode.messages import program_note
from vtcode.providers.script import Turn
from vtcode.questions import Answer, ChoiceQuestion, PickQuestion, Question
from vtcode.session.transcripts import parts_of

OTHER = "acme/other-7b"


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


class Mending(Recorder):
    """Has the server back before it answers the question of this number, from 1."""

    def __init__(self, emulator: Emulator, *answers: str | Answer, at: int = 1) -> None:
        super().__init__(*answers)
        self._emulator, self._at = emulator, at

    async def ask(self, question: Question) -> Answer:
        if len(self.questions) + 1 == self._at:
            self._emulator.start()
        return await super().ask(question)


def choices(question: Question) -> list[str]:
    assert isinstance(question, ChoiceQuestion)
    return [choice.id for choice in question.choices]


async def test_once_the_server_is_back_the_message_is_sent_again(bench: Bench, emulator: Emulator) -> None:
    recorder = Mending(emulator, "retry")
    async with session_with(bench, emulator, recorder) as session:
        emulator.stop()
        await session.submit("One.")
        assert session.queue.listed == ()
    assert outcomes(recorder) == ["failed", "completed"]
    assert [message["content"] for message in bodies(emulator)[-1]["messages"][1:]] == ["One."]


async def test_a_server_that_is_still_away_is_asked_about_again_and_no_turn_is_spent_on_it(
    bench: Bench, emulator: Emulator
) -> None:
    recorder = Mending(emulator, "retry", "retry", at=2)
    async with session_with(bench, emulator, recorder) as session:
        emulator.stop()
        await session.submit("One.")
    assert outcomes(recorder) == ["failed", "completed"]
    second = recorder.questions[1]
    assert isinstance(second, ChoiceQuestion)
    assert re.search(r"Asked again \d\d:\d\d:\d\d: no change", second.body)


async def test_who_wants_none_of_it_keeps_what_waits(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    async with session_with(bench, emulator, recorder) as session:
        emulator.stop()
        session.queue.add("Two.")
        await session.submit("One.")
        emulator.start()
        assert session.queue.take_all() == ("Two.",)
    assert outcomes(recorder) == ["failed"]
    assert choices(recorder.questions[0])[0] == "retry"


async def test_the_server_of_this_machine_is_started_where_lms_is_at_hand(
    bench: Bench, emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Mending(emulator, "start")
    with FakeLms(emulator, tmp_path / "bin", monkeypatch) as lms:
        async with session_with(bench, emulator, recorder) as session:
            emulator.stop()
            await session.submit("One.")
        assert ["server", "start", f"--port={lms.port}"] in lms.calls
    assert outcomes(recorder) == ["failed", "completed"]


async def test_without_lms_nothing_offers_to_start_the_server(
    bench: Bench, emulator: Emulator, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    async with session_with(bench, emulator, recorder) as session:
        emulator.stop()
        await session.submit("One.")
        emulator.start()
    assert choices(recorder.questions[0]) == ["retry", "model", "embedded", "address", "later"]


async def test_a_server_at_another_address_goes_on_and_is_remembered(
    bench: Bench, emulator: Emulator
) -> None:
    with Emulator() as other:
        typed = ("no address:x", "127.0.0.1:19", other.url)
        recorder = Recorder(*(Answer(choice="address", text=text) for text in typed))
        async with session_with(bench, emulator, recorder) as session:
            emulator.stop()
            await session.submit("One.")
            assert session.provider.address == other.url
        for again, text, problem in zip(
            recorder.questions[1:], typed, ("not an address", "can't be reached"), strict=False
        ):
            assert isinstance(again, ChoiceQuestion)
            assert again.unusable
            assert (again.unusable.choice, again.unusable.text) == ("address", text)
            assert problem in again.unusable.problem
        assert last_words(bodies(other)[-1]) == "One."
        bench.settings.clear()
        assert bench.configuration().settings.provider("lmstudio").base_url == other.url
    assert outcomes(recorder) == ["failed", "completed"]


async def test_in_the_list_of_models_the_servers_that_answer_come_first(
    bench: Bench, emulator: Emulator
) -> None:
    class Looking(Recorder):
        async def ask(self, question: Question) -> Answer:
            await super().ask(question)
            return Answer(choice="cancel" if isinstance(question, PickQuestion) else next(choices))

    choices = iter(("model", "later"))
    recorder = Looking()
    with Emulator() as other:
        bench.settings += ["providers.box.kind=lmstudio", f"providers.box.base_url={other.url}"]
        async with session_with(bench, emulator, recorder) as session:
            emulator.stop()
            await session.submit("One.")
    (listed,) = (question for question in recorder.questions if isinstance(question, PickQuestion))
    servers = dict.fromkeys(row.group.partition(" · ")[0] for row in listed.rows)
    assert list(servers) == ["box", "LM Studio"]
    assert not any(row.current for row in listed.rows)


async def test_a_model_that_can_not_be_had_again_is_replaced_by_another(
    bench: Bench, emulator: Emulator
) -> None:
    class Picking(Recorder):
        async def ask(self, question: Question) -> Answer:
            await super().ask(question)
            assert len(self.questions) < 6, self.questions[-3:]
            if isinstance(question, PickQuestion):
                row = next(row for row in question.rows if OTHER in row.label)
                return Answer(choice=row.id)
            return Answer(choice="model" if question.title == "The model can't be had" else "keep")

    recorder = Picking()
    async with session_with(bench, emulator, recorder) as session:
        emulator.state.instances.clear()
        emulator.state.models[:] = [EmulatedModel(key=OTHER)]
        await session.submit("One.")
        assert session.model.id == OTHER
    assert outcomes(recorder) == ["failed", "completed"]
    assert recorder.of(ModelSelected)


async def test_a_turn_that_got_far_is_gone_on_with_and_not_begun_again(
    bench: Bench, emulator: Emulator
) -> None:
    class StoppingAfterTheCall(Mending):
        async def show(self, event: object) -> None:
            await super().show(event)  # type: ignore[arg-type]
            if type(event).__name__ == "ToolFinished":
                emulator.stop()

    recorder = StoppingAfterTheCall(emulator, "retry")
    emulator.script(Turn(text="I look.", calls=(call("list_files"),)), Turn(text="Done."))
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("One.")
    assert outcomes(recorder) == ["failed", "completed"]
    assert [event.text for event in recorder.of(TurnStarted)] == [
        "One.",
        "[Note from vtcode: connection] The connection to you was lost. Go on where you stopped.",
    ]


async def test_another_try_costs_none_of_the_turns_that_a_session_has(
    bench: Bench, emulator: Emulator
) -> None:
    bench.settings.append("agent.max_conversation_turns=2")
    recorder = Mending(emulator, "retry")
    async with session_with(bench, emulator, recorder) as session:
        emulator.stop()
        for text in ("One.", "Two.", "Three."):
            await session.submit(text)
        assert session.queue.take_all() == ("Three.",)
    assert outcomes(recorder) == ["failed", "completed", "completed"]
    assert "has had its 2 turns" in told(recorder)


async def test_what_the_program_says_to_go_on_is_never_given_back_as_the_users_words(
    bench: Bench, emulator: Emulator
) -> None:
    class StoppingTwice(Mending):
        async def show(self, event: Event) -> None:
            await super().show(event)
            unanswered.follow(event)
            if isinstance(event, ToolFinished) or len(self.of(TurnStarted)) == 2:
                emulator.stop()

    recorder, unanswered = StoppingTwice(emulator, "retry", "later"), Unanswered()
    emulator.script(Turn(text="I look.", calls=(call("list_files"),)), Turn(text="Done."))
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("One.")
        text = recorder.of(TurnStarted)[-1].text
        session.queue.add(text)
        assert session.queue.take_all() == ()
    assert outcomes(recorder) == ["failed", "failed"]
    assert program_note(text)
    assert unanswered.take() == ""
    assert [part.text for part in parts_of(recorder.events) if part.kind == "user"] == ["One."]


@pytest.mark.parametrize("is_back", [True, False], ids=["server back", "server away"])
async def test_a_reply_that_broke_off_is_asked_about_whether_the_server_is_gone_with_it_or_not(
    bench: Bench, emulator: Emulator, *, is_back: bool
) -> None:
    class Stopping(Mending):
        async def show(self, event: Event) -> None:
            await super().show(event)
            if isinstance(event, ReplyDelta):
                emulator.stop()
                if is_back:
                    emulator.start()

    recorder = Stopping(emulator, "retry", at=0 if is_back else 1)
    emulator.script(Turn(text="Half of it.", pause="text"))
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("One.")
    assert outcomes(recorder) == ["failed", "completed"]
    (asked,) = recorder.questions
    assert choices(asked)[0] == "retry"
    assert asked.title == ("The reply broke off" if is_back else "No answer from the server")


@pytest.fixture
def _token_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take back what the program puts there."""
    monkeypatch.setenv("LMSTUDIO_API_KEY", "")


@pytest.mark.usefixtures("_token_variable")
async def test_a_token_that_the_server_wants_by_now_is_typed_and_no_event_tells_it(
    bench: Bench, emulator: Emulator
) -> None:
    right = "a right token 1"
    recorder = Recorder(Answer(choice="token", text="a wrong one"), Answer(choice="token", text=right))
    async with session_with(bench, emulator, recorder) as session:
        emulator.settings.token = right
        await session.submit("One.")
        await session.emit(Notice(level="info", text=f"It is {right}."))
    assert outcomes(recorder) == ["failed", "completed"]
    first, second = recorder.questions
    assert choices(first) == ["token", "retry", "model", "embedded", "address", "later"]
    assert isinstance(first, ChoiceQuestion)
    assert first.choices[0].is_secret
    assert isinstance(second, ChoiceQuestion)
    assert "refuses the API token that was sent" in second.body
    assert right not in recorder.of(Notice)[-1].text


@pytest.mark.usefixtures("_token_variable")
async def test_a_server_that_comes_back_and_wants_a_token_is_asked_about_as_that(
    bench: Bench, emulator: Emulator
) -> None:
    recorder = Mending(emulator, "retry", "later")
    async with session_with(bench, emulator, recorder) as session:
        emulator.stop()
        emulator.settings.token = "a right token 1"
        await session.submit("One.")
    assert [question.title for question in recorder.questions] == [
        "No answer from the server",
        "The server wants a token",
    ]


@pytest.fixture
def starter() -> Path:
    return starter_model_path()


async def test_the_embedded_model_goes_on(bench: Bench, emulator: Emulator, starter: Path) -> None:
    class Interrupting(Recorder):
        async def show(self, event: Event) -> None:
            await super().show(event)
            if len(self.of(TurnStarted)) == 2:
                session.interrupt()

    recorder = Interrupting("embedded")
    bench.settings.append(f"providers.embedded.model_path={starter}")
    async with session_with(bench, emulator, recorder) as session:
        emulator.stop()
        await session.submit("One.")
        emulator.start()
    assert [selected.provider for selected in recorder.of(ModelSelected)] == ["embedded"]
    assert [started.text for started in recorder.of(TurnStarted)] == ["One.", "One."]

    resumed = Recorder()
    async with bench.session(resumed, resume=bench.store.latest(bench.workspace)) as session:
        assert session.provider.name == "lmstudio"
    assert not told(resumed)


async def test_that_the_embedded_model_is_fetched_first_is_told(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    async with session_with(bench, emulator, recorder) as session:
        emulator.stop()
        await session.submit("One.")
        emulator.start()
    question = recorder.questions[0]
    assert isinstance(question, ChoiceQuestion)
    assert "is fetched first (93 MB)" in question.body


async def test_headless_nobody_is_asked(bench: Bench, emulator: Emulator, recorder: Recorder) -> None:
    bench.settings.append(f"providers.lmstudio.base_url={emulator.url}")
    async with bench.session(recorder, interactive=False) as session:
        emulator.stop()
        await session.submit("One.")
        emulator.start()
    assert recorder.questions == []
    assert recorder.of(TurnEnded)[0].outcome == "failed"


async def test_a_failure_that_no_other_server_mends_asks_nothing(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    emulator.script(*[Turn(error="Something odd.")] * 9)
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("One.")
    assert outcomes(recorder) == ["failed"]
    assert recorder.questions == []
