"""The first run: what Enter takes, what each key changes, and a way on from every dead end."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.support.emulator import Emulator
from tests.support.lms import FakeLms
from tests.support.recorder import Recorder
from tests.support.sessions import Bench
from vtcode.bootstrap.connecting import told_of_lm_studio
from vtcode.bootstrap.providers import build_provider
from vtcode.bootstrap.welcome import Beginning, remember
from vtcode.commands.model_places import Place
from vtcode.emulator.catalog import EmulatedModel
from vtcode.emulator.instance import Instance
from vtcode.emulator.state import default_state
from vtcode.errors import ServerUnreachable, Unauthorized
from vtcode.providers.model_info import ModelInfo
from vtcode.questions import Answer, ChoiceQuestion, PickQuestion

CODER, CHAT = "acme/coder-30b-a3b", "acme/chat-8b"


@pytest.fixture
def fresh(bench: Bench, emulator: Emulator) -> Bench:
    bench.settings.append(f"providers.lmstudio.base_url={emulator.url}")
    return bench


@pytest.fixture
def token_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take back what the program puts there."""
    monkeypatch.setenv("LMSTUDIO_API_KEY", "")


def welcomes(recorder: Recorder) -> list[ChoiceQuestion]:
    """Return the greetings that were shown."""
    asked = [question for question in recorder.questions if isinstance(question, ChoiceQuestion)]
    return [question for question in asked if question.kind == "welcome"]


def saved(bench: Bench) -> dict[str, Any]:
    """Return the user's vtcode.toml."""
    file = bench.locations.user_file
    return tomllib.loads(file.read_text()) if file.exists() else {}


async def test_enter_takes_what_is_there_and_writes_nothing(fresh: Bench) -> None:
    recorder = Recorder("start")
    async with fresh.session(recorder, welcomes=True) as session:
        assert (session.model.id, session.model.window_tokens) == (CODER, 32_768)
    (question,) = welcomes(recorder)
    assert question.choices[0].id == question.refusal == "start"
    assert CODER in question.body
    assert saved(fresh) == {}


async def test_the_user_is_welcomed_once(fresh: Bench) -> None:
    async with fresh.session(Recorder("start"), welcomes=True):
        pass
    second = Recorder()
    async with fresh.session(second, welcomes=True):
        assert second.questions == []


@pytest.mark.parametrize("chosen", ["agent.provider=lmstudio", f"agent.default_model={CODER}"])
async def test_whoever_has_chosen_already_is_not_asked(fresh: Bench, chosen: str) -> None:
    fresh.settings.append(chosen)
    recorder = Recorder()
    async with fresh.session(recorder, welcomes=True):
        assert recorder.questions == []


async def test_another_model_and_window_are_used_and_saved(fresh: Bench) -> None:
    recorder = Recorder("model", f"lmstudio {CHAT}", "window", "8192", "start")
    async with fresh.session(recorder, welcomes=True) as session:
        assert (session.model.id, session.model.window_tokens) == (CHAT, 8_192)
    assert saved(fresh) == {
        "agent": {"default_model": CHAT},
        "models": {CHAT: {"context_length": 8_192}},
    }
    assert "8,192 of at most" in welcomes(recorder)[-1].body


async def test_the_recommended_window_comes_first_and_is_what_a_model_is_loaded_with(
    fresh: Bench, emulator: Emulator
) -> None:
    emulator.state.instances.clear()
    recorder = Recorder("window", "cancel", "start")
    async with fresh.session(recorder, welcomes=True) as session:
        assert (session.model.id, session.model.window_tokens) == (CODER, 16_384)
    sizes = recorder.questions[1]
    assert isinstance(sizes, PickQuestion)
    assert (sizes.rows[0].id, sizes.rows[0].detail) == ("16384", "recommended")
    assert "16,384 of at most 262,144 tokens, recommended" in welcomes(recorder)[0].body


async def test_a_window_that_is_too_small_is_made_larger_without_a_question_of_its_own(
    fresh: Bench, emulator: Emulator
) -> None:
    emulator.state.instances[:] = [Instance(id=CODER, key=CODER, context_length=4_096)]
    recorder = Recorder("start")
    async with fresh.session(recorder, welcomes=True) as session:
        assert session.model.window_tokens == 16_384
    assert "4,096 are too few" in welcomes(recorder)[0].body


async def test_a_model_that_was_not_trained_for_tools_is_called_that(
    fresh: Bench, emulator: Emulator
) -> None:
    emulator.state.models[:] = [model for model in emulator.state.models if model.key == CHAT]
    emulator.state.instances.clear()
    recorder = Recorder("start")
    async with fresh.session(recorder, welcomes=True) as session:
        assert session.model.id == CHAT
    assert "not trained for tools" in welcomes(recorder)[0].body
    assert "model" in {choice.id for choice in welcomes(recorder)[0].choices}


async def test_less_is_asked_where_the_user_picks_that(fresh: Bench) -> None:
    recorder = Recorder("auto")
    async with fresh.session(recorder, welcomes=True) as session:
        assert session.configuration.settings.agent.default_mode == "auto"
    if "auto" not in {choice.id for choice in welcomes(recorder)[0].choices}:
        pytest.skip("there is no full sandbox here, so it is not offered")
    assert saved(fresh) == {"agent": {"default_mode": "auto"}}


async def test_a_server_without_any_model_offers_some_to_download(bench: Bench) -> None:
    state = default_state()
    state.models.clear()
    state.instances.clear()
    state.catalog.append(EmulatedModel(key="qwen/qwen3-8b"))
    recorder = Recorder("start", "lmstudio +qwen/qwen3-8b", "download")
    with Emulator(state) as empty:
        bench.settings.append(f"providers.lmstudio.base_url={empty.url}")
        async with bench.session(recorder, welcomes=True) as session:
            assert session.status.model == "qwen/qwen3-8b"
    assert "none yet" in welcomes(recorder)[0].body


async def test_nothing_is_saved_before_it_works(fresh: Bench, emulator: Emulator) -> None:
    emulator.faults.load_fails = "out of memory"
    recorder = Recorder("model", f"lmstudio {CHAT}", "start", f"lmstudio {CODER}")
    async with fresh.session(recorder, welcomes=True) as session:
        assert session.model.id == CODER
    assert saved(fresh) == {"agent": {"default_model": CODER}}


@pytest.mark.usefixtures("token_variable")
async def test_a_server_that_wants_a_token_takes_one_for_this_run(fresh: Bench, emulator: Emulator) -> None:
    emulator.settings.token = "lm-right-token"
    recorder = Recorder(
        Answer(choice="token", text="lm-wrong"), Answer(choice="token", text="lm-right-token"), "start"
    )
    async with fresh.session(recorder, welcomes=True) as session:
        assert session.model.id == CODER
    question = recorder.questions[0]
    assert isinstance(question, ChoiceQuestion)
    assert question.choices[0].is_secret
    assert saved(fresh) == {}


@pytest.mark.usefixtures("token_variable")
async def test_without_a_token_there_is_no_session(fresh: Bench, emulator: Emulator) -> None:
    emulator.settings.token = "lm-right-token"
    with pytest.raises(Unauthorized, match="token"):
        async with fresh.session(Recorder("quit"), welcomes=True):
            pass


async def test_a_server_that_is_not_started_is_started_with_a_key(
    fresh: Bench, emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator.stop()
    recorder = Recorder("start", "quit")
    with FakeLms(emulator, tmp_path / "bin", monkeypatch) as lms:
        lms.running = False
        with pytest.raises(ServerUnreachable):
            async with fresh.session(recorder, welcomes=True):
                pass
    assert ["server", "start"] in lms.calls
    first, second = recorder.questions
    assert isinstance(first, ChoiceQuestion)
    assert isinstance(second, ChoiceQuestion)
    assert first.choices[0].id == "start"
    assert "Success" in second.body


async def test_without_lms_there_is_nothing_to_start_but_other_ways_on(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    bench.settings.append("providers.lmstudio.base_url=http://127.0.0.1:9")
    recorder = Recorder("quit")
    with pytest.raises(ServerUnreachable) as left:
        async with bench.session(recorder, welcomes=True):
            pass
    assert left.value.given_up
    (question,) = recorder.questions
    assert isinstance(question, ChoiceQuestion)
    assert [choice.id for choice in question.choices] == ["embedded", "retry", "address", "quit"]
    assert "lmstudio.ai" in question.body


async def test_an_address_that_leads_nowhere_is_there_to_be_mended(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    bench.settings.append("providers.lmstudio.base_url=http://127.0.0.1:9")
    typed = (Answer(choice="address", text=text) for text in ("foo bar", "127.0.0.1:19"))
    recorder = Recorder(*typed, "retry", "quit")
    with pytest.raises(ServerUnreachable):
        async with bench.session(recorder, welcomes=True):
            pass
    unusable = [question.unusable for question in recorder.questions if isinstance(question, ChoiceQuestion)]
    assert [words and words.text for words in unusable] == [None, "foo bar", "127.0.0.1:19", None]
    assert [words.problem for words in unusable if words] == [
        "'foo bar': not an address such as \"http://localhost:1234/v1\".",
        "Nothing answers there.",
    ]
    resting = [question.resting for question in recorder.questions if isinstance(question, ChoiceQuestion)]
    assert resting == ["retry"] * 4


def test_a_server_that_was_taken_instead_of_the_configured_one_is_remembered(bench: Bench) -> None:
    embedded = ModelInfo(id="smollm2-135m-instruct")
    beginning = Beginning(place=Place(server="embedded", model=embedded))
    remember(bench.configuration(), beginning, "embedded", embedded)
    assert saved(bench) == {"agent": {"provider": "embedded"}}


@pytest.mark.parametrize("answers", [True, False])
async def test_whoever_chose_the_embedded_model_hears_of_an_lm_studio_that_answers_by_now(
    fresh: Bench, emulator: Emulator, answers: bool
) -> None:
    fresh.locations.user_file.parent.mkdir(parents=True, exist_ok=True)
    fresh.locations.user_file.write_text('[agent]\nprovider = "embedded"\n')
    if not answers:
        emulator.stop()
    configuration, front_end = fresh.configuration(), Recorder()
    provider = build_provider(configuration, "embedded", front_end)
    told = await told_of_lm_studio(configuration, provider, front_end)
    assert bool(told) is answers
    assert told is None or f"LM Studio answers at {emulator.url}" in told.text


async def test_an_embedded_model_for_this_run_alone_is_not_talked_about(fresh: Bench) -> None:
    fresh.settings.append("agent.provider=embedded")
    configuration, front_end = fresh.configuration(), Recorder()
    provider = build_provider(configuration, "embedded", front_end)
    assert await told_of_lm_studio(configuration, provider, front_end) is None
