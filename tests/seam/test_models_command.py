"""`/model` against emulated servers: what is listed, loaded, unloaded, downloaded, and what is asked."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.emulator import Emulator
from tests.support.lms import FakeLms
from tests.support.recorder import Recorder
from tests.support.sessions import Bench
from vtcode.commands.builtin import dispatch
from vtcode.emulator.instance import Instance
from vtcode.events import CommandRan, ModelDownloading, ModelLoading, ModelSelected, Notice, TurnStarted
from vtcode.providers.model_cache import ModelCache
from vtcode.providers.model_info import ModelInfo
from vtcode.providers.script import Turn
from vtcode.questions import Answer, ChoiceQuestion, PickQuestion

CODER, CHAT, EMBEDDING = "acme/coder-30b-a3b", "acme/chat-8b", "text-embedding-mini"
THINKER = "acme/thinker-4b"
AWAY = "http://127.0.0.1:9"


@pytest.fixture
def at_emulator(bench: Bench, emulator: Emulator) -> Bench:
    bench.settings += ["agent.provider=lmstudio", f"providers.lmstudio.base_url={emulator.url}"]
    return bench


@pytest.fixture
def box(at_emulator: Bench) -> Iterator[Emulator]:
    """A second server, which has another model loaded."""
    with Emulator() as running:
        running.state.instances[:] = [Instance(id=CHAT, key=CHAT, context_length=65_536)]
        at_emulator.settings += ["providers.box.kind=lmstudio", f"providers.box.base_url={running.url}"]
        yield running


def instances(emulator: Emulator) -> list[tuple[str, int]]:
    return [(one.id, one.context_length) for one in emulator.state.instances]


def told(recorder: Recorder) -> str:
    return "\n".join(f"{notice.text} {notice.hint}" for notice in recorder.of(Notice))


def picked(recorder: Recorder) -> PickQuestion:
    return next(asked for asked in reversed(recorder.questions) if isinstance(asked, PickQuestion))


class TestTheList:
    async def test_the_servers_stand_one_after_the_other_and_suggestions_below_all(
        self, at_emulator: Bench, box: Emulator
    ) -> None:
        recorder = Recorder()
        async with at_emulator.session(recorder) as session:
            await dispatch(session, recorder, "/model")
        groups = list(dict.fromkeys(row.group.rpartition(" · ")[2] for row in picked(recorder).rows))
        servers = list(dict.fromkeys(row.group.partition(" · ")[0] for row in picked(recorder).rows))
        assert groups == ["Loaded", "Downloaded", "Suggestions, not on this server"]
        assert servers == ["LM Studio", "box"]
        assert sum("Suggestions" not in row.group for row in picked(recorder).rows) == 4
        suggested = [row.group for row in picked(recorder).rows if "Suggestions" in row.group]
        assert suggested
        assert all(group.startswith("LM Studio · ") for group in suggested)
        assert "Suggestions" in picked(recorder).rows[-1].group

    async def test_embedding_models_are_not_offered(self, at_emulator: Bench) -> None:
        recorder = Recorder()
        async with at_emulator.session(recorder) as session:
            await dispatch(session, recorder, "/model")
        assert {EMBEDDING} & {row.label for row in picked(recorder).rows} == set()

    async def test_a_row_says_what_is_known_in_words_and_in_columns(self, at_emulator: Bench) -> None:
        recorder = Recorder()
        async with at_emulator.session(recorder) as session:
            await dispatch(session, recorder, "/model")
        row = picked(recorder).rows[0]
        assert row.label == CODER
        for fact in ("window 32,768 of 262,144", "Q4_K_M", "18.6 GB", "30B-A3B", "gguf", "tools"):
            assert fact in row.detail
        assert row.cells == ("32k of 256k", " 18.6 GB", "Q4_K_M", "30B-A3B", "tools", "gguf")
        assert len(picked(recorder).columns) == len(row.cells) + 1

    async def test_a_server_that_is_away_keeps_nobody_waiting_and_shows_its_last_list(
        self, at_emulator: Bench
    ) -> None:
        at_emulator.settings += ["providers.attic.kind=lmstudio", f"providers.attic.base_url={AWAY}"]
        at_emulator.settings += ["providers.cellar.kind=lmstudio", "providers.cellar.base_url=127.0.0.1:19"]
        kept = ModelCache(at_emulator.locations.state)
        await kept.keep(AWAY, [ModelInfo(id="old/one", window_tokens=8_192, state="loaded")])
        recorder = Recorder()
        async with at_emulator.session(recorder) as session:
            await dispatch(session, recorder, "/model")
        rows = {row.label: row for row in picked(recorder).rows}
        assert rows["old/one"].group == "attic · 127.0.0.1:9 · does not answer, seen just now"
        assert "can't be reached" in rows["cellar"].detail
        assert picked(recorder).notice == "attic does not answer; cellar does not answer."
        labels = [row.label for row in picked(recorder).rows if "Suggestions" not in row.group]
        assert labels[-2:] == ["old/one", "cellar"]
        assert labels == [row.label for row in picked(recorder).rows][: len(labels)]

    async def test_a_server_that_wants_a_token_says_so(self, at_emulator: Bench, box: Emulator) -> None:
        box.settings.token = "sk-lm-ZZZZZZZZ:another0000000000000"
        recorder = Recorder()
        async with at_emulator.session(recorder) as session:
            await dispatch(session, recorder, "/model")
        row = next(row for row in picked(recorder).rows if row.label == "box")
        assert row.group.endswith(" · wants a token (LM_API_TOKEN)")

    async def test_an_id_that_the_server_does_not_list_is_asked_about_first(
        self, at_emulator: Bench, emulator: Emulator
    ) -> None:
        recorder = Recorder()
        async with at_emulator.session(recorder) as session:
            recorder.answers = [Answer(choice="custom", text="typed while loading"), Answer(choice="back")]
            await dispatch(session, recorder, "/model")
            assert session.status.model == CODER
            recorder.answers = [Answer(choice="custom", text="acme/new"), Answer(choice="download")]
            await dispatch(session, recorder, "/model")
            assert "downloads acme/new" in told(recorder)
        asked = [question for question in recorder.questions if isinstance(question, ChoiceQuestion)]
        assert [question.title for question in asked] == [
            '"typed while loading" is not on LM Studio',
            '"acme/new" is not on LM Studio',
        ]
        assert [choice.id for choice in asked[0].choices] == ["back", "use", "download"]

    async def test_an_id_that_is_typed_in_whole_is_the_listed_model(self, at_emulator: Bench) -> None:
        recorder = Recorder(Answer(choice="custom", text=CHAT))
        async with at_emulator.session(recorder) as session:
            recorder.answers = [Answer(choice="custom", text=CHAT)]
            await dispatch(session, recorder, "/model")
            assert session.status.model == CHAT
        assert not any(isinstance(question, ChoiceQuestion) for question in recorder.questions)

    async def test_a_server_that_loads_nothing_for_us_has_no_keys_for_that(self, bench: Bench) -> None:
        recorder = Recorder()
        async with bench.session(recorder, Turn(text="Hi.")) as session:
            await dispatch(session, recorder, "/model")
        question = picked(recorder)
        assert [action.id for action in question.actions] == ["info", "save", "refresh"]
        assert not re.search(r"\(\)|·\s*·|·$", question.title)

    async def test_a_model_of_another_server_answers_from_there(
        self, at_emulator: Bench, emulator: Emulator, box: Emulator
    ) -> None:
        recorder = Recorder()
        async with at_emulator.session(recorder) as session:
            recorder.answers = [Answer(choice=f"box {CHAT}")]
            await dispatch(session, recorder, "/model")
            await session.submit("Hello.")
            assert (session.status.provider, session.status.address) == ("box", box.url)
        assert len(box.replies_asked) == 1
        assert emulator.replies_asked == []
        assert recorder.of(ModelSelected)[-1] == ModelSelected(
            provider="box", model=CHAT, window_tokens=65_536
        )

    async def test_a_model_that_only_another_server_has_is_found_by_its_name(
        self, at_emulator: Bench, box: Emulator
    ) -> None:
        box.state.instances.append(Instance(id="mine", key=CHAT, context_length=32_768))
        recorder = Recorder()
        async with at_emulator.session(recorder) as session:
            await dispatch(session, recorder, "/model mine")
            assert (session.status.provider, session.status.model) == ("box", "mine")

    async def test_a_default_of_another_server_is_saved_with_that(
        self, at_emulator: Bench, box: Emulator
    ) -> None:
        recorder = Recorder()
        async with at_emulator.session(recorder) as session:
            recorder.answers = [Answer(choice="save", text=f"box {CHAT}")]
            await dispatch(session, recorder, "/model")
        saved = (at_emulator.locations.config / "vtcode.toml").read_text()
        assert 'provider = "box"' in saved
        assert f'default_model = "{CHAT}"' in saved

    async def test_the_facts_of_a_model_offer_what_can_be_done_with_it(
        self, at_emulator: Bench, emulator: Emulator
    ) -> None:
        recorder = Recorder()
        async with at_emulator.session(recorder) as session:
            recorder.answers = [Answer(choice="info", text=f"lmstudio {CODER}"), Answer(choice="unload")]
            await dispatch(session, recorder, "/model")
        question = next(asked for asked in recorder.questions if isinstance(asked, ChoiceQuestion))
        assert question.kind == "model"
        assert "flash attention on" in question.body
        assert [choice.id for choice in question.choices] == ["use", "load", "another", "unload", "back"]
        assert instances(emulator) == []
        assert picked(recorder).notice.startswith(f"Unloaded {CODER}.")

    async def test_a_suggestion_is_downloaded_only_when_the_user_says_so(
        self, at_emulator: Bench, emulator: Emulator
    ) -> None:
        recorder = Recorder()
        async with at_emulator.session(recorder) as session:
            recorder.answers = [Answer(choice="lmstudio +qwen/qwen3-8b"), Answer(choice="back")]
            await dispatch(session, recorder, "/model")
        question = next(asked for asked in recorder.questions if isinstance(asked, ChoiceQuestion))
        assert [choice.id for choice in question.choices] == ["download", "back"]
        assert not any(request.path.endswith("/download") for request in emulator.requests)


class TestLoading:
    async def test_a_model_that_is_not_loaded_is_loaded_with_a_window_to_work_in(
        self, at_emulator: Bench, emulator: Emulator
    ) -> None:
        recorder = Recorder()
        async with at_emulator.session(recorder) as session:
            await dispatch(session, recorder, f"/model {CHAT}")
            assert (session.status.model, session.status.window_tokens) == (CHAT, 16_384)
        assert instances(emulator) == [(CODER, 32_768), (CHAT, 16_384)]
        assert recorder.of(ModelLoading)[0] == ModelLoading(model=CHAT, progress=None)
        assert "idle" not in told(recorder)

    async def test_into_an_empty_memory_it_is_loaded_with_its_progress_and_its_end_is_told(
        self, at_emulator: Bench, emulator: Emulator
    ) -> None:
        recorder = Recorder()
        async with at_emulator.session(recorder) as session:
            emulator.state.instances.clear()
            await dispatch(session, recorder, f"/model {CHAT}")
            await dispatch(session, recorder, "/model info")
        assert f"{CHAT} is unloaded by its server when it has been idle for 60 minutes." in told(recorder)
        assert "when idle for 60 min" in recorder.of(CommandRan)[-1].text

    async def test_another_programs_instance_stays_and_that_is_told(
        self, at_emulator: Bench, emulator: Emulator
    ) -> None:
        emulator.state.load(emulator.state.models[1], 4_096)
        recorder = Recorder()
        async with at_emulator.session(recorder) as session:
            await dispatch(session, recorder, f"/model load {CHAT} --context-length 16384")
        assert instances(emulator) == [(CODER, 32_768), (CHAT, 4_096), (f"{CHAT}:2", 16_384)]
        assert f"{CHAT} is in memory otherwise and stays" in told(recorder)

    async def test_of_two_small_instances_the_one_in_use_is_reloaded(
        self, at_emulator: Bench, emulator: Emulator
    ) -> None:
        emulator.state.instances[0].context_length = 6_000
        emulator.state.load(emulator.state.models[0], 4_096)
        at_emulator.settings.append(f"agent.default_model={CODER}:2")
        async with at_emulator.session(Recorder("reload")) as session:
            assert session.status.window_tokens == 16_384
        assert instances(emulator) == [(CODER, 6_000), (f"{CODER}:2", 16_384)]

    async def test_the_configured_window_counts(self, at_emulator: Bench, emulator: Emulator) -> None:
        (at_emulator.workspace / "vtcode.toml").write_text(f'[models."{CHAT}"]\ncontext_length = 24576\n')
        recorder = Recorder()
        async with at_emulator.session(recorder) as session:
            await dispatch(session, recorder, f"/model {CHAT}")
        assert instances(emulator)[-1] == (CHAT, 24_576)

    async def test_the_configured_model_is_loaded_before_the_first_message(
        self, at_emulator: Bench, emulator: Emulator
    ) -> None:
        emulator.state.instances.clear()
        at_emulator.settings.append(f"agent.default_model={CHAT}")
        recorder = Recorder()
        async with at_emulator.session(recorder) as session:
            assert session.status.window_tokens == 16_384
        assert recorder.of(ModelLoading)[-1].progress == 1

    async def test_the_window_is_chosen_in_the_list(self, at_emulator: Bench, emulator: Emulator) -> None:
        recorder = Recorder()
        async with at_emulator.session(recorder) as session:
            recorder.answers = [
                Answer(choice="load", text=f"lmstudio {CHAT}"),
                Answer(choice="custom", text="400k"),
                Answer(choice="custom", text="20,000"),
            ]
            await dispatch(session, recorder, "/model")
        assert instances(emulator)[-1] == (CHAT, 20_000)
        assert "262,144 tokens at most" in picked(recorder).notice
        sizes = [row.id for row in picked(recorder).rows]
        assert sizes == ["16384", "8192", "32768", "65536", "131072", "262144"]
        assert picked(recorder).rows[0].detail == "recommended"

    async def test_a_second_instance_is_loaded_on_purpose(
        self, at_emulator: Bench, emulator: Emulator
    ) -> None:
        recorder = Recorder()
        async with at_emulator.session(recorder) as session:
            recorder.answers = [Answer(choice="another", text=f"lmstudio {CODER}"), Answer(choice="8192")]
            await dispatch(session, recorder, "/model")
            assert session.status.model == f"{CODER}:2"
        assert instances(emulator) == [(CODER, 32_768), (f"{CODER}:2", 8_192)]

    @pytest.mark.parametrize("words", ["/model", f"/model load {CODER} --context-length 8192"])
    async def test_a_smaller_window_is_had_by_asking_for_it(
        self, at_emulator: Bench, emulator: Emulator, words: str
    ) -> None:
        recorder = Recorder()
        async with at_emulator.session(recorder) as session:
            recorder.answers = [Answer(choice="load", text=f"lmstudio {CODER}"), Answer(choice="8192")]
            await dispatch(session, recorder, words)
            assert session.status.window_tokens == 8_192
        assert instances(emulator) == [(CODER, 8_192)]

    @pytest.mark.parametrize("flag", ["--context-length 32k", "--kv-offload on"])
    async def test_what_is_loaded_as_wanted_is_said_to_be_so(
        self, at_emulator: Bench, emulator: Emulator, flag: str
    ) -> None:
        recorder = Recorder()
        async with at_emulator.session(recorder) as session:
            await dispatch(session, recorder, f"/model load {CODER} {flag}")
        assert f"{CODER} is loaded already, with a window of 32,768 tokens." in told(recorder)
        assert recorder.of(ModelLoading) == []
        assert instances(emulator) == [(CODER, 32_768)]

    async def test_a_window_that_it_can_not_have_is_refused_before_anything_happens(
        self, at_emulator: Bench, emulator: Emulator
    ) -> None:
        recorder = Recorder()
        async with at_emulator.session(recorder) as session:
            await dispatch(session, recorder, f"/model load {CODER} --context-length 400000")
        assert f"{CODER} can have a window of 262,144 tokens at most, not 400,000." in told(recorder)
        assert instances(emulator) == [(CODER, 32_768)]

    async def test_words_load_as_they_say(self, at_emulator: Bench, emulator: Emulator) -> None:
        recorder = Recorder()
        async with at_emulator.session(recorder) as session:
            line = f"/model load {CHAT} --context-length 9000 --flash-attention off --kv-offload=off"
            await dispatch(session, recorder, line)
            assert session.status.window_tokens == 9_000
        loaded = emulator.state.instances[-1]
        assert (loaded.flash_attention, loaded.offload_kv_cache_to_gpu) == (False, False)

    async def test_less_than_was_asked_for_is_told(self, at_emulator: Bench, emulator: Emulator) -> None:
        emulator.faults.load_reduces_context = 6_000
        recorder = Recorder()
        async with at_emulator.session(recorder) as session:
            await dispatch(session, recorder, f"/model load {CHAT} --context-length 65536")
            assert session.status.window_tokens == 6_000
        assert "was asked for 65,536 tokens and has 6,000" in told(recorder)
        assert recorder.questions == []

    async def test_a_refused_load_leaves_the_model_that_answered(
        self, at_emulator: Bench, emulator: Emulator
    ) -> None:
        emulator.faults.load_fails = "insufficient system resources"
        recorder = Recorder()
        async with at_emulator.session(recorder) as session:
            await dispatch(session, recorder, f"/model {CHAT}")
            assert session.status.model == CODER
        assert "insufficient system resources" in told(recorder)

    async def test_what_only_lms_can_set_says_so_where_lms_is_missing(
        self, at_emulator: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", "/nowhere")
        recorder = Recorder()
        async with at_emulator.session(recorder) as session:
            await dispatch(session, recorder, f"/model load {CHAT} --gpu max")
        assert "only be set through lms" in told(recorder)

    async def test_waiting_for_a_load_can_be_interrupted_and_the_server_goes_on(
        self, at_emulator: Bench, emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        recorder = Recorder()
        with FakeLms(emulator, tmp_path / "bin", monkeypatch) as lms:
            lms.hold_load()
            async with at_emulator.session(recorder) as session:
                loading = asyncio.create_task(dispatch(session, recorder, f"/model load {CHAT} --parallel 2"))
                await recorder.until(lambda: any(step.progress for step in recorder.of(ModelLoading)))
                session.queue.add("Hello.")
                assert session.interrupt()
                await loading
                assert session.status.model == CODER
                assert session.queue.take_all(), "a message that waited is not sent to another model"
            assert "the server goes on loading it" in told(recorder)

    async def test_messages_wait_for_a_load_and_go_to_the_new_model(
        self, at_emulator: Bench, emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        recorder = Recorder()
        with FakeLms(emulator, tmp_path / "bin", monkeypatch) as lms:
            lms.hold_load()
            async with at_emulator.session(recorder) as session:
                loading = asyncio.create_task(dispatch(session, recorder, f"/model load {CHAT} --parallel 2"))
                await recorder.until(lambda: any(step.progress for step in recorder.of(ModelLoading)))
                await session.submit("Hello.")
                lms.release_load()
                await loading
        (request,) = emulator.replies_asked
        assert f'"{CHAT}"'.encode() in request.body


class TestASmallWindow:
    @pytest.fixture(autouse=True)
    def small(self, emulator: Emulator) -> None:
        emulator.state.instances[0].context_length = 4_096

    async def test_it_is_offered_to_reload_in_one_key(self, at_emulator: Bench, emulator: Emulator) -> None:
        recorder = Recorder("reload")
        async with at_emulator.session(recorder) as session:
            assert session.status.window_tokens == 16_384
        (question,) = recorder.questions
        assert isinstance(question, ChoiceQuestion)
        assert (question.kind, question.refusal) == ("small_window", "keep")
        assert [(choice.id, choice.key) for choice in question.choices] == [("reload", "r"), ("keep", "k")]
        assert "4,096" in question.body
        assert instances(emulator) == [(CODER, 16_384)]

    async def test_a_refusal_holds_for_the_session(self, at_emulator: Bench, emulator: Emulator) -> None:
        recorder = Recorder("keep")
        async with at_emulator.session(recorder) as session:
            await dispatch(session, recorder, f"/model {CODER}")
            assert session.status.window_tokens == 4_096
        assert len(recorder.questions) == 1

    async def test_a_model_that_is_selected_later_is_asked_about_too(
        self, at_emulator: Bench, emulator: Emulator
    ) -> None:
        emulator.state.instances.append(Instance(id=CHAT, key=CHAT, context_length=2_048))
        recorder = Recorder("keep", "reload")
        async with at_emulator.session(recorder) as session:
            await dispatch(session, recorder, f"/model {CHAT}")
            assert session.status.window_tokens == 16_384

    async def test_nobody_to_ask_is_told_the_command(self, at_emulator: Bench) -> None:
        recorder = Recorder("reload")
        async with at_emulator.session(recorder, interactive=False) as session:
            assert session.status.window_tokens == 4_096
        assert recorder.questions == []
        assert f"vtcode models load {CODER} --context-length 16384" in told(recorder)

    @pytest.mark.parametrize(
        "setting", [f'[models."{CODER}"]\ncontext_length = 4096\n', "[context]\nmax_context_tokens = 4096\n"]
    )
    async def test_a_small_window_on_purpose_is_not_asked_about(
        self, at_emulator: Bench, setting: str
    ) -> None:
        (at_emulator.workspace / "vtcode.toml").write_text(setting)
        recorder = Recorder()
        async with at_emulator.session(recorder):
            pass
        assert recorder.questions == []

    async def test_a_model_that_can_not_have_more_is_not_asked_about(
        self, at_emulator: Bench, emulator: Emulator
    ) -> None:
        emulator.state.models[0].max_context_length = 4_096
        recorder = Recorder()
        async with at_emulator.session(recorder):
            pass
        assert recorder.questions == []

    async def test_a_reload_that_fails_is_told_and_the_session_opens(
        self, at_emulator: Bench, emulator: Emulator
    ) -> None:
        emulator.faults.load_fails = "insufficient system resources"
        recorder = Recorder("reload")
        async with at_emulator.session(recorder) as session:
            assert session.status.model == CODER
        assert "insufficient system resources" in told(recorder)


class TestUnloading:
    async def test_the_model_in_use_goes_and_comes_back_as_it_was_with_the_next_message(
        self, at_emulator: Bench, emulator: Emulator
    ) -> None:
        emulator.state.instances[0].flash_attention = False
        recorder = Recorder()
        async with at_emulator.session(recorder) as session:
            await dispatch(session, recorder, "/model unload")
            assert instances(emulator) == []
            assert recorder.of(ModelSelected) == []
            assert "again with your next message and its window of 32,768 tokens" in told(recorder)
            await session.submit("Hello.")
            assert session.status.window_tokens == 32_768
        assert instances(emulator) == [(CODER, 32_768)]
        assert emulator.state.instances[0].flash_attention is False
        assert "It was loaded again with the same window" in told(recorder)

    async def test_all_of_them_go(self, at_emulator: Bench, emulator: Emulator) -> None:
        emulator.state.instances.append(Instance(id=CHAT, key=CHAT, context_length=8_192))
        recorder = Recorder()
        async with at_emulator.session(recorder) as session:
            await dispatch(session, recorder, "/model unload --all")
        assert instances(emulator) == []
        assert f"Unloaded {CODER}, {CHAT}." in told(recorder)

    async def test_what_is_not_loaded_is_said_to_be_so(self, at_emulator: Bench, emulator: Emulator) -> None:
        recorder = Recorder()
        async with at_emulator.session(recorder) as session:
            await dispatch(session, recorder, f"/model unload {CHAT}")
        assert f"{CHAT} is not loaded" in told(recorder)
        assert len(emulator.state.instances) == 1


class TestDownloading:
    @pytest.fixture(autouse=True)
    def quick(self, emulator: Emulator) -> None:
        emulator.settings.download_polls = 2

    async def test_the_user_goes_on_meanwhile_and_is_told_the_end(
        self, at_emulator: Bench, emulator: Emulator
    ) -> None:
        recorder = Recorder()
        async with at_emulator.session(recorder) as session:
            await dispatch(session, recorder, f"/model download {THINKER}")
            assert session.downloads.running == (THINKER,)
            await session.submit("Hello.")
            await recorder.until(lambda: f"{THINKER} is downloaded." in told(recorder))
            await dispatch(session, recorder, f"/model {THINKER}")
            assert session.status.model == THINKER
        states = [event.state for event in recorder.of(ModelDownloading)]
        assert (states[0], states[-1]) == ("downloading", "completed")
        assert recorder.of(ModelDownloading)[0].total_bytes == 2_279_145_003

    async def test_leaving_does_not_end_it_and_the_next_session_follows_it(
        self, at_emulator: Bench, emulator: Emulator
    ) -> None:
        emulator.settings.download_polls = 4
        async with at_emulator.session(recorder := Recorder()) as session:
            await dispatch(session, recorder, f"/model download {THINKER}")
            await recorder.until(lambda: bool(recorder.of(ModelDownloading)))
        later = Recorder()
        async with at_emulator.session(later):
            await later.until(lambda: f"{THINKER} is downloaded." in told(later))
        assert sum(request.path.endswith("/download") for request in emulator.requests) == 1

    async def test_an_unknown_model_is_told(self, at_emulator: Bench) -> None:
        recorder = Recorder()
        async with at_emulator.session(recorder) as session:
            await dispatch(session, recorder, "/model download no/such")
            await recorder.until(lambda: any(notice.level == "error" for notice in recorder.of(Notice)))
        assert recorder.of(ModelDownloading) == []

    async def test_what_failed_on_the_way_is_told(self, at_emulator: Bench, emulator: Emulator) -> None:
        emulator.faults.download_fails = True
        recorder = Recorder()
        async with at_emulator.session(recorder) as session:
            await dispatch(session, recorder, f"/model download {THINKER}")
            await recorder.until(lambda: any(notice.level == "error" for notice in recorder.of(Notice)))
        assert recorder.of(ModelDownloading)[-1].state == "failed"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("/model load", "Which model?"),
        ("/model download", "Which model?"),
        ("/model load a b", "One model at a time"),
        ("/model load a --nope", "Unknown flag --nope"),
        ("/model load a --context-length", "needs a value"),
        (f"/model load {CHAT} --context-length many", "takes a number above 0"),
        (f"/model load {CHAT} --gpu 2", "a share from 0 to 1"),
        (f"/model load {CHAT} --flash-attention maybe", "takes on or off"),
        ("/model unload a --all", "Either one model or --all"),
        ("/model info --server nope", "There is no server 'nope'"),
        ("/model 'unclosed info", "'unclosed info"),
        ("/model load 'unclosed", "A quote is not closed"),
    ],
)
async def test_what_can_not_be_understood_is_told(at_emulator: Bench, line: str, words: str) -> None:
    recorder = Recorder()
    async with at_emulator.session(recorder) as session:
        await dispatch(session, recorder, line)
    assert words in told(recorder)


async def test_all_that_is_known_of_a_model_is_shown(at_emulator: Bench) -> None:
    recorder = Recorder()
    async with at_emulator.session(recorder) as session:
        await dispatch(session, recorder, "/model info")
    (answer,) = recorder.of(CommandRan)
    for fact in (CODER, "32,768 of 262,144", "Q4_K_M", "flash attention on", f"{CODER}@q4_k_m"):
        assert fact in answer.text


@pytest.mark.parametrize("line", ["/model", f"/model {CHAT}", f"/model load {CHAT}", "/model unload"])
async def test_the_model_of_a_turn_is_not_taken_away(
    at_emulator: Bench, emulator: Emulator, line: str
) -> None:
    recorder = Recorder()
    async with at_emulator.session(recorder) as session:
        turn = asyncio.create_task(session.submit("Hello."))
        await recorder.until(lambda: bool(recorder.of(TurnStarted)))
        await dispatch(session, recorder, line)
        said = recorder.of(Notice)[-1]
        assert (said.level, said.text) == ("warning", "/model has to wait until the model is done.")
        await turn
    assert instances(emulator) == [(CODER, 32_768)]
