"""Opening a session: trust, the provider, the model."""

from __future__ import annotations

import re
from functools import partial

import pytest

from tests.support.emulator import Emulator
from tests.support.recorder import Recorder
from tests.support.sessions import Bench
from vtcode.bootstrap import Opening, open_session
from vtcode.commands.builtin import dispatch
from vtcode.emulator.catalog import EmulatedModel
from vtcode.emulator.instance import Instance
from vtcode.emulator.state import default_state
from vtcode.errors import ModelNotFound, NoModelLoaded, ServerUnreachable
from vtcode.events import ModelDownloading, ModelSelected, Notice
from vtcode.providers.script import Turn
from vtcode.questions import Answer, ChoiceQuestion, PickQuestion

CODER, CHAT = "acme/coder-30b-a3b", "acme/chat-8b"


@pytest.fixture
def at_emulator(bench: Bench, emulator: Emulator) -> Bench:
    bench.settings += ["agent.provider=lmstudio", f"providers.lmstudio.base_url={emulator.url}"]
    return bench


async def test_the_loaded_model_answers_with_the_window_that_is_really_there(at_emulator: Bench) -> None:
    async with at_emulator.session(Recorder()) as session:
        assert (session.model.id, session.model.window_tokens) == (CODER, 32_768)


async def test_an_unknown_model_lets_the_user_pick_another(at_emulator: Bench) -> None:
    at_emulator.settings.append("agent.default_model=acme/nope")
    recorder = Recorder(f"lmstudio {CHAT}")
    async with at_emulator.session(recorder) as session:
        assert session.model.id == CHAT
    question = recorder.questions[0]
    assert isinstance(question, PickQuestion)
    assert "acme/nope" in question.notice


async def test_nobody_to_ask_about_an_unknown_model_is_an_error(at_emulator: Bench) -> None:
    at_emulator.settings.append("agent.default_model=acme/nope")
    with pytest.raises(ModelNotFound, match="acme/nope"):
        async with at_emulator.session(Recorder(), interactive=False):
            pass


async def test_with_nothing_loaded_and_nothing_picked_there_is_no_session(
    at_emulator: Bench, emulator: Emulator
) -> None:
    emulator.state.instances.clear()
    with pytest.raises(NoModelLoaded):
        async with at_emulator.session(Recorder("cancel")):
            pass


async def test_an_older_server_loads_with_the_first_message_and_the_window_shows_afterwards(
    bench: Bench,
) -> None:
    state = default_state()
    state.settings.surfaces = frozenset({"greeting", "beta", "openai"})
    state.instances.clear()
    recorder = Recorder(f"lmstudio {CHAT}")
    with Emulator(state) as old:
        bench.settings.append(f"providers.lmstudio.base_url={old.url}")
        async with bench.session(recorder) as session:
            assert not session.status.window_tokens
            assert any("with your next message" in notice.text for notice in recorder.of(Notice))
            await session.submit("Hello.")
    assert recorder.of(ModelSelected)[-1].window_tokens == state.settings.default_context


async def test_a_server_without_models_offers_to_download_one_and_goes_on_with_that(bench: Bench) -> None:
    state = default_state()
    state.instances.clear()
    state.models.clear()
    state.catalog.append(EmulatedModel(key="qwen/qwen3-8b"))
    state.settings.download_polls = 1
    recorder = Recorder("lmstudio +qwen/qwen3-8b", "back", "lmstudio +qwen/qwen3-8b", "download")
    with Emulator(state) as fresh:
        bench.settings.append(f"providers.lmstudio.base_url={fresh.url}")
        async with bench.session(recorder) as session:
            assert session.status.model == "qwen/qwen3-8b"
    assert recorder.of(ModelDownloading)[-1].state == "completed"


async def test_no_server_and_no_choice_offers_the_embedded_model_and_takes_no_for_an_answer(
    bench: Bench,
) -> None:
    bench.settings.append("providers.lmstudio.base_url=http://127.0.0.1:9")
    recorder = Recorder("quit")
    with pytest.raises(ServerUnreachable) as raised:
        async with bench.session(recorder):
            pass
    assert isinstance(recorder.questions[0], ChoiceQuestion)
    assert recorder.questions[0].kind == "starter_model"
    assert "lms server start" in raised.value.hint
    assert "--provider embedded" in raised.value.hint


async def test_the_user_may_look_for_the_server_again_after_starting_it(bench: Bench) -> None:
    bench.settings.append("providers.lmstudio.base_url=http://127.0.0.1:9")
    recorder = Recorder("retry", "quit")
    with pytest.raises(ServerUnreachable):
        async with bench.session(recorder):
            pass
    asked = [question.body for question in recorder.questions if isinstance(question, ChoiceQuestion)]
    assert re.search(r"Asked again \d\d:\d\d:\d\d: no change", asked[1])


async def test_the_user_may_type_another_address_which_is_kept_once_somebody_answers_there(
    bench: Bench, emulator: Emulator
) -> None:
    bench.settings.append("providers.lmstudio.base_url=http://127.0.0.1:9")
    recorder = Recorder(
        Answer(choice="address", text="http://["),
        Answer(choice="address", text="127.0.0.1:19"),
        Answer(choice="address", text=emulator.url.removeprefix("http://")),
    )
    file = bench.locations.config / "vtcode.toml"
    async with bench.session(recorder) as session:
        assert (session.status.model, session.status.address) == (CODER, emulator.url)
    asked = [question for question in recorder.questions if isinstance(question, ChoiceQuestion)]
    assert asked[1].unusable
    assert "'http://['" in asked[1].unusable.problem
    assert "127.0.0.1:19" in asked[2].body
    assert f'base_url = "{emulator.url}"' in file.read_text()


async def test_another_configured_server_that_answers_is_offered(bench: Bench, emulator: Emulator) -> None:
    bench.settings += [
        "providers.lmstudio.base_url=http://127.0.0.1:9",
        *("providers.old.kind=lmstudio", "providers.old.base_url=http://127.0.0.1:19"),
        *("providers.box.kind=lmstudio", f"providers.box.base_url={emulator.url}"),
    ]
    recorder = Recorder("other")
    async with bench.session(recorder) as session:
        assert (session.provider.name, session.status.model) == ("box", CODER)
    asked = recorder.questions[0]
    assert isinstance(asked, ChoiceQuestion)
    assert "Go on with box, which answers" in [choice.label for choice in asked.choices]


async def test_a_chosen_server_that_is_down_is_an_error_and_nothing_else(bench: Bench) -> None:
    bench.settings += ["agent.provider=lmstudio", "providers.lmstudio.base_url=http://127.0.0.1:9"]
    recorder = Recorder("embedded")
    with pytest.raises(ServerUnreachable):
        async with bench.session(recorder):
            pass
    assert recorder.questions == []


async def test_a_file_that_changes_while_the_user_reads_it_is_asked_about_again(bench: Bench) -> None:
    file = bench.workspace / "vtcode.toml"
    file.write_text('[tools.policies]\nwrite_file = "allow"\n')

    class Changing(Recorder):
        async def ask(self, question: object) -> Answer:
            if not self.questions:
                file.write_text('[tools.policies]\nrun_pty_cmd = "allow"\n')
            return await super().ask(question)  # type: ignore[arg-type]

    bench.settings += ["agent.provider=scripted", f"providers.scripted.script={bench.write_script([])}"]
    untrusted = partial(bench.configuration, trusted=False)
    recorder = Changing("yes", "no")
    session = await open_session(Opening(configuration=untrusted(), reload=untrusted), recorder)
    await session.close()
    assert len(recorder.questions) == 2
    assert not session.gate.policy.tools


@pytest.mark.parametrize(("answer", "applied"), [("yes", True), ("no", False)])
async def test_a_workspace_file_widens_rights_only_when_trusted(
    bench: Bench, answer: str, applied: bool
) -> None:
    (bench.workspace / "vtcode.toml").write_text('[tools.policies]\nrun_pty_cmd = "allow"\n')
    script = bench.write_script([Turn(text="Hi.")])
    bench.settings += ["agent.provider=scripted", f"providers.scripted.script={script}"]
    untrusted = partial(bench.configuration, trusted=False)
    opening = Opening(configuration=untrusted(), reload=untrusted)
    recorder = Recorder(answer)
    session = await open_session(opening, recorder)
    await session.close()
    assert (session.gate.policy.tools.get("run_pty_cmd") == "allow") is applied
    told = [notice.text for notice in recorder.of(Notice) if "not trusted" in notice.text]
    assert bool(told) is not applied


async def test_the_model_command_lists_marks_refreshes_and_switches(
    at_emulator: Bench, emulator: Emulator
) -> None:
    recorder = Recorder()
    async with at_emulator.session(recorder) as session:
        emulator.state.instances.append(Instance(id=CHAT, key=CHAT, context_length=8_192))
        recorder.answers = [Answer(choice="refresh"), Answer(choice=f"lmstudio {CHAT}")]
        await dispatch(session, recorder, "/model")
        assert session.status.model == CHAT
        assert session.status.window_tokens == 8_192
    question = recorder.questions[-1]
    assert isinstance(question, PickQuestion)
    assert {row.label: row.group for row in question.rows if "Suggestions" not in row.group} == {
        CODER: "Loaded",
        CHAT: "Loaded",
    }
    assert [row.label for row in question.rows if row.current] == [CODER]


async def test_the_model_command_saves_a_default_and_takes_any_id(at_emulator: Bench) -> None:
    recorder = Recorder()
    async with at_emulator.session(recorder) as session:
        recorder.answers = [Answer(choice="save", text=CHAT)]
        await dispatch(session, recorder, "/model")
        recorder.answers = [Answer(choice="custom", text=" sideloaded/one "), Answer(choice="use")]
        await dispatch(session, recorder, "/model")
        assert session.status.model == "sideloaded/one"
        await dispatch(session, recorder, "/model no/such")
        assert session.status.model == "sideloaded/one"
    assert at_emulator.configuration().settings.agent.default_model == CHAT
    assert "no/such" in recorder.of(Notice)[-1].text


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("/help", "/model"),
        ("/tools", "run_pty_cmd"),
        ("/policy", "built-in"),
        ("/modl", "Did you mean /model?"),
    ],
)
async def test_commands_answer_in_every_front_end(bench: Bench, line: str, words: str) -> None:
    recorder = Recorder()
    async with bench.session(recorder, Turn(text="Hi.")) as session:
        await dispatch(session, recorder, line)
        exit_result = await dispatch(session, recorder, "/exit")
    assert exit_result.exit
    last = recorder.events[-1]
    assert words in f"{getattr(last, 'text', '')} {getattr(last, 'hint', '')}"
