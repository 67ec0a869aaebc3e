"""Replies of LM Studio, with what real servers do wrong, over real HTTP."""

from __future__ import annotations

import json
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.emulator import Emulator
from tests.support.raw_server import RawServer, chunked_stream, http_answer
from tests.support.replies import asking, completed_of, reply_of
from vtcode.errors import (
    EmptyReply,
    ModelCrashed,
    ModelNotFound,
    NoModelLoaded,
    ProviderError,
    TemplateRefused,
    Unauthorized,
    WindowExceeded,
    WrongEndpoint,
)
from vtcode.messages import AssistantMessage, ToolMessage, UserMessage
from vtcode.providers.base import CallPart, CompletedPart, LoadingPart, ReasoningPart, TextPart
from vtcode.providers.lmstudio import LmStudioProvider
from vtcode.providers.script import ScriptedCall, Turn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MODEL = "acme/coder-30b-a3b"
READ = ScriptedCall(name="read_file", arguments={"path": "hello.txt"})
CHAT = "/v1/chat/completions"


def provider_at(url: str) -> aclosing[LmStudioProvider]:
    return aclosing(LmStudioProvider(base_url=url))


@pytest.fixture
async def provider(emulator: Emulator) -> AsyncIterator[LmStudioProvider]:
    async with aclosing(LmStudioProvider(base_url=emulator.url)) as opened:
        yield opened


async def test_a_reply_streams_and_completes(emulator: Emulator, provider: LmStudioProvider) -> None:
    emulator.script(Turn(reasoning="look first", text="I look.", calls=(READ,)))
    parts = await reply_of(provider, MODEL)
    order = [ReasoningPart, TextPart, CallPart, CompletedPart]
    kinds = [order.index(type(part)) for part in parts]
    assert kinds == sorted(kinds)
    assert set(kinds) == {0, 1, 2, 3}
    completed = parts[-1]
    assert isinstance(completed, CompletedPart)
    assert completed.message.reasoning == "look first"
    assert completed.message.text == "I look."
    assert json.loads(completed.message.tool_calls[0].arguments) == {"path": "hello.txt"}
    assert completed.finish == "tool_calls"
    assert completed.model == MODEL
    assert completed.usage is not None
    assert completed.usage.completion_tokens > 0
    assert completed.first_token_s is not None


async def test_what_is_sent_is_what_was_encoded(emulator: Emulator, provider: LmStudioProvider) -> None:
    await reply_of(provider, MODEL, UserMessage(text="héllo"))
    sent = emulator.replies_asked[0]
    assert sent.body.startswith(
        b'{"model":"acme/coder-30b-a3b","messages":[{"role":"user","content":"h\xc3\xa9llo"}]'
    )
    assert json.loads(sent.body)["stream_options"] == {"include_usage": True}


async def test_a_conversation_with_a_call_and_its_result_goes_on(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    emulator.script(Turn(reasoning="hm", calls=(READ,)), Turn(text="It says hello."))
    first = await completed_of(provider, MODEL)
    call = first.message.tool_calls[0]
    history = (
        UserMessage(text="hello"),
        first.message,
        ToolMessage(call_id=call.id, name=call.name, text="hello"),
    )
    assert (await completed_of(provider, MODEL, *history)).message.text == "It says hello."


@pytest.mark.parametrize("place", ["reasoning_content", "reasoning", "think_tag", "close_tag_only"])
async def test_reasoning_is_told_from_the_answer_wherever_it_is(
    emulator: Emulator, provider: LmStudioProvider, place: Any
) -> None:
    emulator.faults.reasoning_field = place
    emulator.script(Turn(reasoning="hm, so", text="The answer."))
    message = (await completed_of(provider, MODEL)).message
    assert message == AssistantMessage(text="The answer.", reasoning="hm, so")


async def test_a_model_that_never_opens_its_reasoning_is_known_from_its_second_reply_on(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    emulator.faults.reasoning_field = "close_tag_only"
    emulator.script(Turn(reasoning="hm", text="One."), Turn(reasoning="hm", text="Two."), Turn(text="Three."))
    await reply_of(provider, MODEL)
    second = await reply_of(provider, MODEL)
    assert isinstance(second[0], ReasoningPart)
    assert "".join(part.text for part in second if isinstance(part, TextPart)) == "Two."
    assert (await completed_of(provider, MODEL)).message == AssistantMessage(text="Three.")


@pytest.mark.parametrize(
    "fault",
    [
        {"tool_empty_id": True},
        {"tool_duplicate": 9},
        {"tool_args_single_chunk": True},
        {"tool_name_blank_chunks": True},
        {"no_usage": True},
    ],
    ids=lambda fault: next(iter(fault)),
)
async def test_a_faulty_tool_call_is_still_one_call(
    emulator: Emulator, provider: LmStudioProvider, fault: dict[str, Any]
) -> None:
    for knob, value in fault.items():
        setattr(emulator.faults, knob, value)
    emulator.script(Turn(calls=(READ,)))
    completed = await completed_of(provider, MODEL)
    (call,) = completed.message.tool_calls
    assert (call.name, json.loads(call.arguments)) == ("read_file", {"path": "hello.txt"})
    assert call.id
    assert (completed.usage is None) == ("no_usage" in fault)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Input does not fit in context length.", WindowExceeded),
        ("The model has crashed without additional information. (Exit code: 6)", ModelCrashed),
        ("Error rendering prompt with jinja template", TemplateRefused),
        ("something new", ProviderError),
    ],
)
async def test_an_error_inside_a_200_is_raised(
    emulator: Emulator, provider: LmStudioProvider, text: str, kind: type[ProviderError]
) -> None:
    emulator.faults.stream_error = text
    with pytest.raises(kind):
        await reply_of(provider, MODEL)


async def test_an_error_after_half_an_answer_keeps_the_half(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    emulator.script(Turn(text="half an answer", error="Channel Error"))
    seen: list[str] = []

    async def listen() -> None:
        async with aclosing(provider.stream_reply(asking(MODEL))) as parts:
            async for part in parts:
                assert isinstance(part, TextPart)
                seen.append(part.text)

    with pytest.raises(ModelCrashed):
        await listen()
    assert "".join(seen) == "half an answer"


async def test_an_empty_200_is_an_empty_reply(emulator: Emulator, provider: LmStudioProvider) -> None:
    emulator.faults.empty_200 = True
    with pytest.raises(EmptyReply):
        await reply_of(provider, MODEL)


async def test_a_prompt_larger_than_the_window_is_refused(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    with pytest.raises(WindowExceeded) as caught:
        await reply_of(provider, MODEL, UserMessage(text="x" * 4 * 33_000))
    assert "larger context length" in caught.value.hint


async def test_a_downloaded_model_is_loaded_when_it_is_asked_and_that_is_told(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    model = await provider.resolve_model("acme/chat-8b")
    assert model.state == "downloaded"
    first, *_ = await reply_of(provider, model.id)
    assert first == LoadingPart(model="acme/chat-8b", progress=None)
    again, *_ = await reply_of(provider, model.id)
    assert isinstance(again, TextPart)


async def test_with_jit_loading_off_a_model_that_is_not_loaded_is_refused(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    emulator.settings.jit = False
    with pytest.raises(NoModelLoaded):
        await reply_of(provider, "acme/chat-8b")


async def test_an_unknown_model_is_refused_by_the_server_too(provider: LmStudioProvider) -> None:
    with pytest.raises(ModelNotFound):
        await reply_of(provider, "acme/nope")


async def test_another_model_than_the_one_that_was_asked_is_told(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    emulator.faults.any_name_served = True
    assert (await completed_of(provider, "acme/chat-8b")).model == MODEL


async def test_a_token_that_is_refused_in_the_middle_of_a_session_is_told(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    emulator.settings.token = "sk-lm-ZZZZZZZZ:another0000000000000"
    with pytest.raises(Unauthorized):
        await reply_of(provider, MODEL)


async def test_an_unknown_endpoint_inside_a_200_is_a_wrong_endpoint() -> None:
    emulator = Emulator()
    emulator.settings.surfaces = frozenset({"greeting", "native"})
    with emulator:
        async with aclosing(LmStudioProvider(base_url=emulator.url)) as provider:
            with pytest.raises(WrongEndpoint):
                await reply_of(provider, MODEL)


def event(content: str, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {"content": content}, "finish_reason": finish}
    return f"data: {json.dumps({'choices': [choice]})}\n\n".encode()


async def test_what_arrives_together_is_one_part() -> None:
    stream = chunked_stream(*(event(letter) for letter in "abcdef"), event("", "stop"), b"data: [DONE]\n\n")
    async with RawServer({CHAT: stream}) as server, provider_at(server.url) as provider:
        parts = await reply_of(provider, MODEL)
    assert parts[0] == TextPart(text="abcdef")


async def test_a_finished_reply_leaves_its_connection_for_the_next() -> None:
    stream = chunked_stream(event("ok", "stop"), b"data: [DONE]\n\n")
    async with RawServer({CHAT: stream}) as server, provider_at(server.url) as provider:
        await reply_of(provider, MODEL)
        await reply_of(provider, MODEL)
        assert server.connections == 1


async def test_a_reply_that_is_not_streamed_is_read_whole() -> None:
    choice = {"index": 0, "message": {"role": "assistant", "content": "ok"}, "finish_reason": "stop"}
    async with (
        RawServer({CHAT: http_answer({"choices": [choice]})}) as server,
        provider_at(server.url) as provider,
    ):
        assert (await completed_of(provider, MODEL)).message.text == "ok"


async def test_a_web_page_in_place_of_a_reply_is_a_wrong_endpoint() -> None:
    page = http_answer(b"<html>", headers="Content-Type: text/html; charset=utf-8\r\n")
    async with RawServer({CHAT: page}) as server, provider_at(server.url) as provider:
        with pytest.raises(WrongEndpoint):
            await reply_of(provider, MODEL)
