"""Tool modes over HTTP: what goes out, what is run, and what a refusal changes."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest

from tests.support.embedded import starter_cache_folder, starter_model_path
from tests.support.lm_studio import answer, bodies, outcomes, session_with, told
from tests.support.raw_server import RawServer, http_answer
from vtcode.agent.tool_mode import ToolModes, next_mode
from vtcode.errors import EmptyReply, ProviderError, ServerUnreachable, ToolsRefused, UnreadableCall
from vtcode.events import ReplyDelta, ToolFinished
from vtcode.providers.embedded import EmbeddedProvider
from vtcode.providers.model_info import ModelInfo, ToolMode
from vtcode.providers.openai_compatible import OpenAICompatibleProvider
from vtcode.providers.script import Turn

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.support.emulator import Emulator
    from tests.support.recorder import Recorder
    from tests.support.sessions import Bench

SAYS_CALL = '{"say":"I will read it.","call":{"name":"read_file","arguments":{"path":"hello.txt"}}}'
SAYS_ANSWER = '{"answer":"It says good morning."}'
WRITES_CALL = (
    'I will read it.\n<tool_call>\n{"name":"read_file","arguments":{"path":"hello.txt"}}\n</tool_call>'
)
ANSWER = "It says good morning."
NO_TOOLS = "acme/chat does not support tools"
MODEL = ModelInfo(id="acme/chat-8b:2", key="acme/chat-8b")
SERVER = "http://localhost:1234"


@pytest.fixture(autouse=True)
def hello(bench: Bench) -> None:
    (bench.workspace / "hello.txt").write_text("good morning\n")


def results(recorder: Recorder) -> list[str]:
    return [finished.text for finished in recorder.of(ToolFinished)]


@pytest.mark.parametrize(
    ("mode", "turns"),
    [
        ("structured", [Turn(text=SAYS_CALL), Turn(text=SAYS_ANSWER)]),
        ("text", [Turn(text=WRITES_CALL), Turn(text=ANSWER)]),
        ("native", [Turn(text=WRITES_CALL), Turn(text=ANSWER)]),
    ],
)
async def test_a_call_is_run_and_its_result_answered_in_every_mode(
    bench: Bench, emulator: Emulator, recorder: Recorder, mode: ToolMode, turns: Sequence[Turn]
) -> None:
    bench.settings.append(f"agent.tool_mode={mode}")
    emulator.script(*turns)
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("read the file hello.txt")
    assert outcomes(recorder) == ["completed"]
    (result,) = results(recorder)
    assert "good morning" in result
    assert answer(recorder) == ANSWER
    shown = "".join(delta.text for delta in recorder.of(ReplyDelta))
    assert shown.replace("\n", "") == f"I will read it.{ANSWER}"
    first, second = bodies(emulator)
    assert ("tools" in first) == (mode == "native")
    assert ("response_format" in first) == (mode == "structured")
    assert second["messages"][: len(first["messages"])] == first["messages"]


async def test_a_session_goes_on_in_another_mode_with_what_was_said_in_the_first(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    emulator.script(
        Turn(text=WRITES_CALL),
        Turn(text=ANSWER),
        Turn(error=NO_TOOLS),
        Turn(text=SAYS_ANSWER),
        Turn(text=SAYS_ANSWER),
    )
    async with session_with(bench, emulator, recorder) as session:
        for text in ("read the file hello.txt", "Again, in short.", "Once more."):
            await session.submit(text)
    assert outcomes(recorder) == ["completed"] * 3
    assert "structured" in told(recorder)
    *_, refused, asked_again, later = bodies(emulator)
    assert "tools" in refused
    for body in (asked_again, later):
        assert "response_format" in body
        assert SAYS_CALL in [message["content"] for message in body["messages"]]


async def test_a_mode_that_the_user_chose_is_kept(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    bench.settings.append("agent.tool_mode=native")
    emulator.script(*[Turn(error=NO_TOOLS)] * 4)
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("read the file hello.txt")
    assert outcomes(recorder) == ["failed"]
    assert all("tools" in body for body in bodies(emulator))


async def test_json_that_breaks_off_is_never_shown_as_an_answer(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    bench.settings.append("agent.tool_mode=structured")
    emulator.script(*[Turn(text='{"say":"I will ","call":{"name":"read_f')] * 4)
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("read the file hello.txt")
    assert outcomes(recorder) == ["failed"]
    assert results(recorder) == []
    assert "{" not in "".join(delta.text for delta in recorder.of(ReplyDelta))


async def test_a_models_own_setting_goes_before_the_general_one(
    bench: Bench, emulator: Emulator, recorder: Recorder
) -> None:
    bench.settings += ["agent.tool_mode=text", 'models."acme/coder-30b-a3b".tool_mode=structured']
    emulator.script(Turn(text=SAYS_ANSWER))
    async with session_with(bench, emulator, recorder) as session:
        await session.submit("hello")
    assert "response_format" in bodies(emulator)[0]


@pytest.mark.parametrize(
    ("failed", "problem", "then"),
    [
        ("native", UnreadableCall("x"), "structured"),
        ("native", ToolsRefused("x"), "structured"),
        ("structured", EmptyReply("x"), "text"),
        ("text", UnreadableCall("x"), None),
        ("native", ServerUnreachable("x"), None),
    ],
)
def test_a_failure_of_a_mode_leads_to_the_next(
    failed: ToolMode, problem: ProviderError, then: ToolMode | None
) -> None:
    assert next_mode(MODEL, failed, problem) == then


@pytest.mark.parametrize(
    ("told_by_server", "modes"),
    [
        ({"chat_template_caps": {"supports_tools": True}}, ("native", "structured", "text")),
        ({"chat_template_caps": {"supports_tools": False}}, ("structured", "text")),
        ({"chat_template": "{% if tools %}{{ tools }}{% endif %}"}, ("native", "structured", "text")),
        ({"chat_template": "{{ messages[0].content }}"}, ("structured", "text")),
        ({}, ("native", "structured", "text")),
    ],
)
async def test_a_template_of_llama_cpps_decides_what_a_model_is_begun_with(
    told_by_server: dict[str, object], modes: tuple[ToolMode, ...]
) -> None:
    answers = {
        "/v1/models": http_answer({"data": [{"id": "small.gguf", "owned_by": "llamacpp"}]}),
        "/props": http_answer({"default_generation_settings": {"n_ctx": 4096}, **told_by_server}),
    }
    async with (
        RawServer(answers) as server,
        aclosing(OpenAICompatibleProvider("box", server.url)) as provider,
    ):
        assert (await provider.resolve_model("")).tool_modes == modes


async def test_the_starter_model_begins_structured() -> None:
    async with aclosing(EmbeddedProvider("embedded", None, None, starter_cache_folder())) as provider:
        await asyncio.to_thread(starter_model_path)
        assert (await provider.resolve_model("")).tool_modes == ("structured", "text")


class TestWhatIsKnown:
    def test_a_verdict_is_for_every_instance_of_a_model_and_outlives_the_session(
        self, tmp_path: Path
    ) -> None:
        ToolModes.in_folder(tmp_path).store(SERVER, MODEL, "structured")
        later = ToolModes.in_folder(tmp_path)
        again = ModelInfo(id="acme/chat-8b:3", key="acme/chat-8b")
        assert later.usable(SERVER, again, "auto") == ("structured", "text")
        assert later.usable("http://box:1234", again, "auto") == MODEL.tool_modes
        assert later.usable(SERVER, ModelInfo(id="other"), "auto") == MODEL.tool_modes

    def test_what_happened_holds_for_the_session_alone(self, tmp_path: Path) -> None:
        modes = ToolModes.in_folder(tmp_path)
        modes.remember(SERVER, MODEL, "text")
        assert modes.usable(SERVER, MODEL, "auto") == ("text",)
        assert ToolModes.in_folder(tmp_path).usable(SERVER, MODEL, "auto") == MODEL.tool_modes

    def test_a_chosen_mode_is_the_only_one(self, tmp_path: Path) -> None:
        modes = ToolModes.in_folder(tmp_path)
        modes.store(SERVER, MODEL, "structured")
        assert modes.usable(SERVER, MODEL, "native") == ("native",)

    @pytest.mark.parametrize(
        "content", ["", "not toml at all", "a = 1\n", f'["{SERVER}"]\n"acme/chat-8b" = "telepathy"\n']
    )
    def test_a_file_that_says_nothing_useful_is_as_none(self, tmp_path: Path, content: str) -> None:
        (tmp_path / "tool_modes.toml").write_text(content)
        modes = ToolModes.in_folder(tmp_path)
        assert modes.usable(SERVER, MODEL, "auto") == MODEL.tool_modes
        modes.store(SERVER, MODEL, "text")
        assert modes.usable(SERVER, MODEL, "auto") == ("text",)

    def test_a_verdict_that_the_wire_can_not_carry_does_not_count(self, tmp_path: Path) -> None:
        modes = ToolModes.in_folder(tmp_path)
        modes.store(SERVER, MODEL, "native")
        only_text = ModelInfo(id=MODEL.id, key=MODEL.key, tool_modes=("text",))
        assert modes.usable(SERVER, only_text, "auto") == ("text",)
