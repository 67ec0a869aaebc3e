"""What each surface of the server refuses, and how it is asked instead."""

from __future__ import annotations

import base64
import json
from contextlib import aclosing

import pytest

from tests.quirks.conversation import MODEL, Conversation, calling
from tests.support.emulator import Emulator
from tests.support.pictures import picture_file
from vtcode.errors import NoVision
from vtcode.messages import Image, UserMessage
from vtcode.providers.base import CompletedPart, Request, Sampling
from vtcode.providers.lmstudio import LmStudioProvider
from vtcode.providers.script import Turn

DOT = Image(media_type="image/png", data=base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(64)).decode())


async def last_of(provider: LmStudioProvider, request: Request) -> CompletedPart:
    async with aclosing(provider.stream_reply(request)) as parts:
        last = [part async for part in parts][-1]
    assert isinstance(last, CompletedPart)
    return last


async def test_q44_a_picture_goes_as_a_data_url_to_a_model_that_sees(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    emulator.state.models[0].vision = True
    emulator.script(Turn(text="a dot"))
    request = Request(model=MODEL, messages=(UserMessage(text="what is it?", images=(DOT,)),))

    assert (await last_of(provider, request)).message.text == "a dot"

    content = json.loads(emulator.replies_asked[0].body)["messages"][0]["content"]
    assert content[1]["image_url"]["url"].startswith("data:image/png;base64,")


async def test_q44_a_model_that_does_not_see_is_sent_no_picture_and_that_is_told(
    conversation: Conversation,
) -> None:
    conversation.emulator.state.models[0].vision = False
    picture_file(conversation.bench.workspace / "dot.png")
    async with conversation.bench.session(conversation.recorder) as session:
        with pytest.raises(NoVision) as told:
            await session.attachments.of("what is @dot.png?", session.model)

    assert MODEL in told.value.message
    assert conversation.asked == []


async def test_q45_a_schema_is_sent_as_json_schema_and_never_as_json_object(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    schema = {"type": "object", "properties": {"ok": {"type": "boolean"}}}
    emulator.script(Turn(text='{"ok": true}'))
    request = Request(model=MODEL, messages=(UserMessage(text="well?"),), response_schema=schema)

    assert (await last_of(provider, request)).message.text == '{"ok": true}'

    sent = json.loads(emulator.replies_asked[0].body)["response_format"]
    assert sent["type"] == "json_schema"
    assert sent["json_schema"]["schema"] == schema


@pytest.mark.parametrize("wire", ["chat_completions", "native"])
async def test_q50_a_reasoning_level_that_the_model_does_not_have_is_not_sent(
    conversation: Conversation, wire: str
) -> None:
    conversation.bench.settings += [f"providers.lmstudio.wire={wire}", "agent.reasoning_effort=high"]

    await conversation.say("hello")

    assert conversation.outcome == "completed"
    assert all(not {"reasoning", "reasoning_effort"} & set(body) for body in conversation.asked)


async def test_q51_a_key_that_native_chat_refuses_is_left_out_and_asked_again(emulator: Emulator) -> None:
    emulator.faults.reject_key = "temperature"
    async with aclosing(LmStudioProvider(base_url=emulator.url, wire="native")) as provider:
        request = Request(
            model=MODEL, messages=(UserMessage(text="hello"),), sampling=Sampling(temperature=0.5)
        )
        assert (await last_of(provider, request)).message.text == "You said: hello"

    assert ["temperature" in json.loads(asked.body) for asked in emulator.replies_asked] == [True, False]


async def test_q54_a_response_that_the_server_forgot_is_replaced_by_the_whole_conversation(
    conversation: Conversation,
) -> None:
    conversation.bench.settings.append("providers.lmstudio.wire=responses")
    conversation.emulator.script(
        Turn(reasoning="hm", calls=calling().calls), Turn(text="It says good morning."), Turn(text="Bye.")
    )
    conversation.emulator.faults.previous_response_lost = True

    await conversation.say("read hello.txt", "thank you")

    assert conversation.outcome == "completed"
    assert "good morning" in conversation.results[0]
    assert all("text" not in body or body["text"] for body in conversation.asked)
