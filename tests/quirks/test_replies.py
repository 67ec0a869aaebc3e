"""What streams hold: errors inside a 200, nothing at all, reasoning in the wrong place, counts that lie."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.quirks.conversation import MODEL, READ_HELLO, Conversation
from tests.support.emulator import Emulator
from tests.support.raw_server import RawServer, http_answer
from tests.support.replies import completed_of, reply_of
from vtcode.errors import (
    BadReply,
    ProviderError,
    ServerSilent,
    TemplateRefused,
    WindowExceeded,
    WrongEndpoint,
)
from vtcode.events import ReplyCompleted
from vtcode.messages import AssistantMessage, ToolCall, ToolMessage, UserMessage
from vtcode.providers.http import Limits
from vtcode.providers.lmstudio import LmStudioProvider
from vtcode.providers.script import Turn

CHAT = "/v1/chat/completions"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Input does not fit in context length. Loaded 4096 tokens.", WindowExceeded),
        ("Error rendering prompt with jinja template: roles must alternate", TemplateRefused),
        ("Failed to parse tool call: expected '}'", BadReply),
    ],
)
async def test_q01_an_error_event_inside_a_200_is_the_error_that_it_tells(
    emulator: Emulator, provider: LmStudioProvider, text: str, kind: type[ProviderError]
) -> None:
    emulator.script(Turn(text="half", error=text))

    with pytest.raises(kind):
        await reply_of(provider, MODEL)


async def test_q02_a_200_with_nothing_in_it_is_asked_once_more(conversation: Conversation) -> None:
    conversation.emulator.script(Turn(), Turn(text="here I am"))

    await conversation.say("hello")

    assert conversation.answer == "here I am"
    assert "empty" in conversation.told
    assert len(conversation.asked) == 2


async def test_q03_an_unknown_endpoint_that_answers_200_is_a_wrong_endpoint() -> None:
    body = {"error": "Unexpected endpoint or method. (POST /v1/chat/completions)"}
    async with RawServer({CHAT: http_answer(body)}) as server:
        provider = LmStudioProvider(base_url=server.url)
        with pytest.raises(WrongEndpoint):
            await reply_of(provider, MODEL)
        await provider.aclose()


@pytest.mark.parametrize(
    "error",
    [
        "Model unloaded",
        json.dumps({"message": "Model unloaded"}),
        {"message": "Model unloaded", "type": "internal_error"},
        {"error": "Model unloaded"},
    ],
    ids=["a string", "JSON in a string", "an object", "twice wrapped"],
)
async def test_q04_an_error_of_any_shape_is_read(error: object) -> None:
    async with RawServer({CHAT: http_answer({"error": error}, status="400 Bad Request")}) as server:
        provider = LmStudioProvider(base_url=server.url)
        with pytest.raises(ProviderError, match="unloaded"):
            await reply_of(provider, MODEL)
        await provider.aclose()


async def test_q19_a_stream_without_usage_is_counted_by_ourselves(conversation: Conversation) -> None:
    conversation.emulator.faults.no_usage = True

    recorder = await conversation.say("hello")

    usage = recorder.of(ReplyCompleted)[0].usage
    assert usage.estimated
    assert usage.prompt_tokens > 0 < usage.completion_tokens


async def test_q20_the_end_at_a_limit_is_told_by_its_reason_not_by_counting(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    emulator.faults.completion_tokens_off_by_one = True
    emulator.script(Turn(text="one two three", finish="length"), Turn(text="one two three"))

    assert (await completed_of(provider, MODEL)).finish == "length"
    assert (await completed_of(provider, MODEL)).finish == "stop"


@pytest.mark.parametrize("place", ["reasoning_content", "reasoning", "think_tag", "close_tag_only"])
async def test_q21_reasoning_is_found_wherever_it_stands(
    emulator: Emulator, provider: LmStudioProvider, place: str
) -> None:
    emulator.faults.reasoning_field = place  # type: ignore[assignment]
    emulator.script(Turn(reasoning="hmm", text="Yes."))

    completed = await completed_of(provider, MODEL)

    assert (completed.message.reasoning, completed.message.text) == ("hmm", "Yes.")


async def test_q24_reasoning_is_never_sent_back(conversation: Conversation) -> None:
    conversation.emulator.script(Turn(reasoning="a secret thought", text="Yes."), Turn(text="No."))

    await conversation.say("first", "second")

    assert "a secret thought" not in json.dumps(conversation.asked[1])


async def test_q42_an_answer_with_calls_is_sent_back_as_empty_text_without_reasoning(
    conversation: Conversation,
) -> None:
    conversation.emulator.script(Turn(reasoning="look", calls=(READ_HELLO,)), Turn(text="done"))

    await conversation.say("read it")

    sent = next(message for message in conversation.asked[1]["messages"] if message["role"] == "assistant")
    assert sent["content"] == ""
    assert set(sent) == {"role", "content", "tool_calls"}


async def test_q43_no_content_is_null_and_no_empty_answer_is_sent(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    call = ToolCall(id="1", name="read_file", arguments="{}")
    await reply_of(
        provider,
        MODEL,
        UserMessage(text="a"),
        AssistantMessage(text=""),
        AssistantMessage(tool_calls=(call,)),
        ToolMessage(call_id="1", name="read_file", text=""),
        UserMessage(text="b"),
    )

    messages = json.loads(emulator.replies_asked[0].body)["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant", "tool", "user"]
    assert all(isinstance(message["content"], str) for message in messages)


async def test_q47_a_long_silence_before_the_first_token_is_waited_out_and_asked_once(
    emulator: Emulator,
) -> None:
    limits = Limits(silence_s=0.05)
    provider = LmStudioProvider(base_url=emulator.url, limits=limits)
    emulator.script(Turn(text="at last", pause="prefill"))
    asking = asyncio.create_task(completed_of(provider, MODEL))
    await emulator.wait_until_paused()
    for _ in range(3):
        await give_up_on_a_silent_reply(limits)
    emulator.release()

    assert (await asking).message.text == "at last"
    assert len(emulator.replies_asked) == 1
    await provider.aclose()


async def give_up_on_a_silent_reply(limits: Limits) -> None:
    """Ask another server, which falls silent after its first token, until that was too long."""
    with Emulator() as silent:
        silent.script(Turn(text="first words", pause="text", piece_chars=5))
        provider = LmStudioProvider(base_url=silent.url, limits=limits)
        with pytest.raises(ServerSilent):
            await reply_of(provider, MODEL)
        await provider.aclose()
