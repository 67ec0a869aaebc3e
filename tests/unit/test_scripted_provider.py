from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest

from vtcode.errors import ConfigError, EmptyReply, ModelNotFound, ReplyCut, WindowExceeded
from vtcode.messages import UserMessage
from vtcode.providers.base import (
    CallPart,
    CompletedPart,
    LoadingPart,
    Part,
    PrefillPart,
    ReasoningPart,
    Request,
    ServerToolPart,
    TextPart,
)
from vtcode.providers.script import Script, ScriptedCall, ServerCall, Turn, load_script
from vtcode.providers.scripted import ScriptedProvider

if TYPE_CHECKING:
    from pathlib import Path

ASK = Request(model="scripted", messages=(UserMessage(text="hello"),))


async def played(provider: ScriptedProvider) -> list[Part]:
    async with aclosing(provider.stream_reply(ASK)) as parts:
        return [part async for part in parts]


async def test_a_turn_plays_reasoning_text_and_calls_in_order() -> None:
    call = ScriptedCall(name="read_file", arguments={"path": "a"})
    provider = ScriptedProvider(Script(turns=(Turn(reasoning="hm", text="ok", calls=(call,)),)))
    parts = await played(provider)
    assert [type(part) for part in parts] == [ReasoningPart, TextPart, CallPart, CompletedPart]
    completed = parts[-1]
    assert isinstance(completed, CompletedPart)
    assert completed.finish == "tool_calls"
    assert completed.message.tool_calls[0].arguments == '{"path": "a"}'
    assert provider.requests == [ASK]


async def test_loading_the_prompt_and_the_server_s_own_tools_are_told_before_the_text() -> None:
    run = ServerCall(tool="search", arguments={"query": "x"}, failure="offline")
    turn = Turn(
        loading_steps=(0.5,), prefill_tokens=10, prefill_steps=(0.4, 1.0), server_calls=(run,), text="ok"
    )
    assert (await played(ScriptedProvider(Script(turns=(turn,)))))[:-1] == [
        LoadingPart(model="scripted", progress=0.5),
        PrefillPart(processed_tokens=0, total_tokens=10),
        PrefillPart(processed_tokens=4, total_tokens=10),
        PrefillPart(processed_tokens=10, total_tokens=10),
        ServerToolPart(tool="search", arguments='{"query": "x"}', output="offline", failed=True),
        TextPart(text="ok"),
    ]


async def test_pieces_add_up_to_the_text() -> None:
    parts = await played(ScriptedProvider(Script(turns=(Turn(text="abcde", piece_chars=2),))))
    assert [part.text for part in parts if isinstance(part, TextPart)] == ["ab", "cd", "e"]


async def test_a_paused_turn_goes_on_when_it_is_released() -> None:
    provider = ScriptedProvider(Script(turns=(Turn(text="abcd", piece_chars=2, pause="text"),)))
    async with asyncio.TaskGroup() as group:
        reply = group.create_task(played(provider))
        await provider.paused.wait()
        assert not reply.done()
        provider.release()
    assert isinstance(reply.result()[-1], CompletedPart)


async def test_a_scripted_error_is_the_one_that_the_server_text_means() -> None:
    with pytest.raises(WindowExceeded):
        await played(ScriptedProvider(Script(turns=(Turn(error="Context size has been exceeded."),))))


async def test_a_cut_turn_raises_after_its_text() -> None:
    with pytest.raises(ReplyCut):
        await played(ScriptedProvider(Script(turns=(Turn(text="half an ans", cut=True),))))


async def test_a_script_that_is_used_up_fails_and_says_so() -> None:
    with pytest.raises(EmptyReply, match="used up"):
        await played(ScriptedProvider(Script()))


@pytest.mark.parametrize(("when_done", "said"), [("repeat", "one"), ("echo", "You said: hello")])
async def test_a_script_may_go_on_after_its_last_turn(when_done: str, said: str) -> None:
    provider = ScriptedProvider(Script(turns=(Turn(text="one"),), when_done=when_done))  # type: ignore[arg-type]
    await played(provider)
    last = (await played(provider))[-1]
    assert isinstance(last, CompletedPart)
    assert last.message.text == said


async def test_another_model_is_not_found() -> None:
    with pytest.raises(ModelNotFound):
        await ScriptedProvider(Script()).resolve_model("other")


def test_toml_and_json_lines_mean_the_same(tmp_path: Path) -> None:
    toml = tmp_path / "script.toml"
    toml.write_text('[[turns]]\ntext = "a"\ncalls = [{ name = "f", arguments = "{broken" }]\n')
    lines = tmp_path / "script.jsonl"
    lines.write_text('{"text": "a", "calls": [{"name": "f", "arguments": "{broken"}]}\n\n')
    assert load_script(toml) == load_script(lines)
    assert load_script(toml).turns[0].calls[0].arguments_text == "{broken"


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("[[turns]]\ntex = 'a'\n", "turns.0.tex"),
        ("[[turns]\n", "not valid TOML"),
        ("when_done = 'never'\n", "when_done"),
    ],
)
def test_a_wrong_script_file_names_what_is_wrong(tmp_path: Path, content: str, named: str) -> None:
    path = tmp_path / "script.toml"
    path.write_text(content)
    with pytest.raises(ConfigError, match=named):
        load_script(path)
