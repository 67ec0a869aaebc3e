"""Whole sessions over LM Studio's wires: tools, what the server keeps, what the server may run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.quirks.conversation import READ_HELLO, Conversation
from tests.support.emulator import Emulator
from tests.support.grammar import assert_grammar
from tests.support.recorder import Recorder
from vtcode.events import (
    Notice,
    PermissionRequested,
    PermissionResolved,
    PromptProgress,
    ServerToolRan,
    ToolFinished,
    ToolStarted,
)
from vtcode.providers.script import ServerCall, Turn
from vtcode.questions import PermissionQuestion

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "sk-lm-AbCdEfGh:0123456789abcdefghij"


@pytest.fixture
def conversation(tmp_path: Path, emulator: Emulator) -> Conversation:
    return Conversation(tmp_path, emulator)


@pytest.fixture
def integrating(conversation: Conversation, monkeypatch: pytest.MonkeyPatch) -> Conversation:
    """Have LM Studio offer a plugin, which takes a token, and configure it."""
    monkeypatch.setenv("LM_API_TOKEN", TOKEN)
    conversation.emulator.settings.token = TOKEN
    conversation.emulator.settings.allow_plugins = True
    conversation.bench.settings += [
        "providers.lmstudio.wire=native",
        'providers.lmstudio.integrations=["mcp/files"]',
    ]
    return conversation


@pytest.mark.parametrize("wire", ["responses", "messages", "native"])
async def test_the_agent_works_on_every_wire(conversation: Conversation, wire: str) -> None:
    conversation.bench.settings.append(f"providers.lmstudio.wire={wire}")
    conversation.emulator.script(
        Turn(reasoning="hm", text="I look.", calls=(READ_HELLO,)), Turn(text="It says good morning.")
    )

    await conversation.say("read hello.txt")

    assert "good morning" in conversation.results[0]
    assert conversation.answer == "It says good morning."


@pytest.mark.parametrize("wire", ["responses", "native"])
async def test_steps_and_turns_go_on_from_what_the_server_keeps(
    conversation: Conversation, wire: str
) -> None:
    conversation.bench.settings.append(f"providers.lmstudio.wire={wire}")
    conversation.emulator.script(
        Turn(text="I look.", calls=(READ_HELLO,)), Turn(text="Good morning."), Turn(text="Bye.")
    )

    await conversation.say("read hello.txt", "thank you")

    assert ["previous_response_id" in asked for asked in conversation.asked] == [False, True, True]
    assert "good morning" in json.dumps(conversation.asked[1]["input"])
    assert "I look" not in json.dumps(conversation.asked[2]["input"])


async def test_native_tells_how_far_reading_the_prompt_is(conversation: Conversation) -> None:
    conversation.bench.settings.append("providers.lmstudio.wire=native")
    conversation.emulator.script(Turn(text="Hi.", prefill_tokens=100, prefill_steps=(0.5,)))

    recorder = await conversation.say("hello")

    told = [event for event in recorder.of(PromptProgress) if event.processed_tokens]
    assert told
    assert all(event.estimated for event in told)


async def test_the_user_is_asked_once_before_the_server_may_run_anything(integrating: Conversation) -> None:
    ran = ServerCall(tool="search", arguments={"q": "x"}, output="found")
    integrating.emulator.script(Turn(text="One.", server_calls=(ran,)), Turn(text="Two."))

    recorder = await integrating.say("hello", "again", answers=("once",))

    (question,) = recorder.questions
    assert isinstance(question, PermissionQuestion)
    assert question.tool == "integrations"
    assert [asked["integrations"] for asked in integrating.asked] == [["mcp/files"]] * 2
    assert recorder.of(ServerToolRan)[0].output == "found"
    assert recorder.of(PermissionResolved)[0].decision == "allow"


async def test_a_refusal_leaves_them_out_and_says_so(integrating: Conversation) -> None:
    recorder = await integrating.say("hello", "again", answers=("deny",))

    assert len(recorder.questions) == 1
    assert all("integrations" not in asked for asked in integrating.asked)
    assert [event.status for event in recorder.of(ToolFinished)] == ["denied"]
    assert any("not allowed" in event.text for event in recorder.of(Notice))
    assert integrating.outcome == "completed"


@pytest.mark.parametrize(("policy", "sent"), [("allow", True), ("deny", False)])
async def test_a_policy_decides_without_a_question(
    integrating: Conversation, policy: str, sent: bool
) -> None:
    integrating.bench.settings.append(f"tools.policies.integrations={policy}")

    recorder = await integrating.say("hello")

    assert not recorder.of(PermissionRequested)
    assert [("integrations" in asked) for asked in integrating.asked] == [sent]


async def test_nobody_to_ask_means_without_them(integrating: Conversation) -> None:
    recorder = Recorder()

    async with integrating.bench.session(recorder, interactive=False) as session:
        await session.submit("hello")

    assert_grammar(recorder.events)
    assert "integrations" not in integrating.asked[0]


async def test_without_integrations_nobody_is_asked(conversation: Conversation) -> None:
    conversation.bench.settings += ['providers.lmstudio.integrations=["mcp/files"]']

    recorder = await conversation.say("hello")

    assert not recorder.questions
    assert not recorder.of(ToolStarted)
