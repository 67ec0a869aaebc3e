"""LM Studio over each of its wires: the real client, the emulated server, real HTTP."""

from __future__ import annotations

import json
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.emulator import Emulator
from tests.support.raw_server import RawServer, chunked_stream, http_answer
from tests.support.replies import READ_FILE, asking, completed_of, reply_of
from vtcode.errors import (
    BadReply,
    EmptyReply,
    IntegrationRefused,
    ModelCrashed,
    ModelNotFound,
    ProviderError,
    ReplyCut,
    Unauthorized,
    WindowExceeded,
    WrongEndpoint,
)
from vtcode.messages import AssistantMessage, Message, SystemMessage, ToolMessage, UserMessage
from vtcode.providers.base import (
    CallPart,
    CompletedPart,
    Embedder,
    LoadingPart,
    Part,
    PrefillPart,
    ReasoningPart,
    Request,
    ServerToolPart,
    TextPart,
)
from vtcode.providers.lmstudio import LmStudioProvider
from vtcode.providers.script import ScriptedCall, ServerCall, Turn
from vtcode.providers.wires.choice import WireName, WireSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MODEL = "acme/coder-30b-a3b"
EMBEDDER = "text-embedding-mini"
TOKEN = "sk-lm-AbCdEfGh:0123456789abcdefghij"
READ = ScriptedCall(name="read_file", arguments={"path": "hello.txt"})
WIRES = ["chat_completions", "responses", "messages", "native"]
WITH_TOOLS = WIRES[:3]
STATEFUL = ["responses", "native"]
SYSTEM, HELLO = SystemMessage(text="Be brief."), UserMessage(text="hello")


@pytest.fixture
async def provider(emulator: Emulator, request: pytest.FixtureRequest) -> AsyncIterator[LmStudioProvider]:
    name: WireName = request.getfixturevalue("wire") if "wire" in request.fixturenames else "native"
    async with aclosing(LmStudioProvider(base_url=emulator.url, wire=name)) as opened:
        yield opened


def bodies(emulator: Emulator) -> list[dict[str, Any]]:
    return [json.loads(asked.body) for asked in emulator.replies_asked]


async def parts_of(provider: LmStudioProvider, request: Request) -> list[Part]:
    async with aclosing(provider.stream_reply(request)) as parts:
        return [part async for part in parts]


@pytest.mark.parametrize("wire", WIRES)
async def test_a_reply_streams_and_completes(
    emulator: Emulator, provider: LmStudioProvider, wire: str
) -> None:
    emulator.script(Turn(reasoning="look first", text="I look.", piece_chars=3))
    parts = await reply_of(provider, MODEL)
    order = [PrefillPart, ReasoningPart, TextPart, CompletedPart]
    kinds = [order.index(type(part)) for part in parts]
    assert kinds == sorted(kinds)
    assert {1, 2, 3} <= set(kinds)
    completed = parts[-1]
    assert isinstance(completed, CompletedPart)
    assert completed.message == AssistantMessage(text="I look.", reasoning="look first")
    assert (completed.finish, completed.model) == ("stop", MODEL)
    assert completed.usage is not None
    assert completed.usage.completion_tokens > 0
    assert completed.first_token_s is not None


@pytest.mark.parametrize("wire", WITH_TOOLS)
async def test_a_conversation_with_a_call_and_its_result_goes_on(
    emulator: Emulator, provider: LmStudioProvider, wire: str
) -> None:
    emulator.script(Turn(reasoning="hm", text="I look.", calls=(READ,)), Turn(text="It says hello."))
    first_parts = await reply_of(provider, MODEL, SYSTEM, HELLO)
    assert any(isinstance(part, CallPart) for part in first_parts)
    first = first_parts[-1]
    assert isinstance(first, CompletedPart)
    (call,) = first.message.tool_calls
    assert (first.finish, call.name, json.loads(call.arguments)) == (
        "tool_calls",
        "read_file",
        {"path": "hello.txt"},
    )
    result = ToolMessage(call_id=call.id, name=call.name, text="hello")
    second = await completed_of(provider, MODEL, SYSTEM, HELLO, first.message, result)
    assert second.message.text == "It says hello."


@pytest.mark.parametrize("wire", WIRES)
async def test_a_conversation_that_the_server_never_saw_is_understood(
    emulator: Emulator, provider: LmStudioProvider, wire: str
) -> None:
    emulator.script(Turn(text="Welcome."))
    history: tuple[Message, ...] = (SYSTEM, HELLO, AssistantMessage(text="Hi."), UserMessage(text="thanks"))
    assert (await completed_of(provider, MODEL, *history)).message.text == "Welcome."
    (asked,) = bodies(emulator)
    assert all(words in json.dumps(asked) for words in ("Be brief.", "hello", "Hi.", "thanks"))


@pytest.mark.parametrize("wire", STATEFUL)
async def test_a_server_with_a_memory_is_told_only_what_is_new(
    emulator: Emulator, provider: LmStudioProvider, wire: str
) -> None:
    emulator.script(Turn(text="Hi."), Turn(text="Welcome."))
    first = await completed_of(provider, MODEL, SYSTEM, HELLO)
    await completed_of(provider, MODEL, SYSTEM, HELLO, first.message, UserMessage(text="thanks"))
    asked = bodies(emulator)[1]
    assert asked["previous_response_id"].startswith("resp_")
    assert "hello" not in json.dumps(asked["input"])


@pytest.mark.parametrize("wire", STATEFUL)
async def test_where_the_server_has_forgotten_everything_is_told_again(
    emulator: Emulator, provider: LmStudioProvider, wire: str
) -> None:
    emulator.script(Turn(text="Hi."), Turn(text="Welcome."))
    first = await completed_of(provider, MODEL, SYSTEM, HELLO)
    emulator.faults.previous_response_lost = True
    history = (SYSTEM, HELLO, first.message, UserMessage(text="thanks"))
    assert (await completed_of(provider, MODEL, *history)).message.text == "Welcome."
    before, after = bodies(emulator)[1:]
    assert "previous_response_id" in before
    assert "previous_response_id" not in after
    assert "hello" in json.dumps(after["input"])


async def test_a_reply_that_is_forgotten_inside_a_200_is_asked_for_in_full() -> None:
    done = {"id": "resp_1", "output": [{"type": "message", "content": [{"text": "Hi."}]}]}
    lost = {"error": {"code": "previous_response_not_found", "message": "not found"}}
    whole = chunked_stream(
        b"data: " + json.dumps({"type": "response.completed", "response": done}).encode() + b"\n\n"
    )
    gone = chunked_stream(b"event: error\ndata: " + json.dumps(lost).encode() + b"\n\n")
    async with (
        RawServer({"/v1/responses": [whole, gone, whole]}) as server,
        aclosing(LmStudioProvider(base_url=server.url, wire="responses")) as provider,
    ):
        first = await completed_of(provider, MODEL, HELLO)
        await completed_of(provider, MODEL, HELLO, first.message, UserMessage(text="thanks"))
    assert b"previous_response_id" in server.requests[1]
    assert b"previous_response_id" not in server.requests[2]


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Input does not fit in context length.", WindowExceeded),
        ("The model has crashed without additional information. (Exit code: 6)", ModelCrashed),
    ],
)
async def test_an_error_inside_a_200_is_raised(
    emulator: Emulator, provider: LmStudioProvider, wire: str, text: str, kind: type[ProviderError]
) -> None:
    emulator.faults.stream_error = text
    with pytest.raises(kind):
        await reply_of(provider, MODEL)


@pytest.mark.parametrize("wire", WIRES)
async def test_an_empty_reply_and_a_cut_one_are_told_apart(
    emulator: Emulator, provider: LmStudioProvider, wire: str
) -> None:
    emulator.fail_once(empty_200=True)
    with pytest.raises(EmptyReply):
        await reply_of(provider, MODEL)
    emulator.script(Turn(text="half an answer", cut=True))
    with pytest.raises(ReplyCut):
        await reply_of(provider, MODEL)


@pytest.mark.parametrize("wire", WIRES)
async def test_every_wire_brings_the_token_and_shows_it_nowhere(emulator: Emulator, wire: Any) -> None:
    emulator.settings.token = TOKEN
    async with aclosing(LmStudioProvider(base_url=emulator.url, api_key=TOKEN, wire=wire)) as provider:
        await provider.open()
        await provider.resolve_model(MODEL)
        await reply_of(provider, MODEL)
    asked = [sent for sent in emulator.requests if sent.path != "/lmstudio-greeting"]
    assert {sent.headers.get("authorization") for sent in asked} == {f"Bearer {TOKEN}"}
    emulator.settings.token = "another"
    async with aclosing(LmStudioProvider(base_url=emulator.url, api_key=TOKEN, wire=wire)) as provider:
        with pytest.raises(Unauthorized) as caught:
            await reply_of(provider, MODEL)
    assert "AbCdEfGh" not in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize(
    ("wire", "modes"),
    [
        ("chat_completions", ("native", "structured", "text")),
        ("responses", ("native", "text")),
        ("messages", ("native", "text")),
        ("native", ("text",)),
    ],
)
async def test_a_models_tool_modes_are_those_that_its_wire_can_carry(
    provider: LmStudioProvider, wire: str, modes: tuple[str, ...]
) -> None:
    assert {model.tool_modes for model in await provider.list_models()} == {modes}


async def test_loading_and_prefill_are_told_where_the_server_tells_them(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    emulator.script(Turn(text="Hi.", loading_steps=(0.25, 0.75), prefill_tokens=100, prefill_steps=(0.5,)))
    await provider.list_models()
    request = Request(model="acme/chat-8b", messages=(HELLO,), context_length=9_000)
    parts = await parts_of(provider, request)
    loading = [part.progress for part in parts if isinstance(part, LoadingPart)]
    assert loading[0] is None
    assert loading[-1] == 1.0
    prefill = [part for part in parts if isinstance(part, PrefillPart)]
    assert prefill[-1].processed_tokens == prefill[-1].total_tokens
    assert all(part.estimated for part in prefill)
    (loaded,) = [model for model in await provider.list_models() if model.id == "acme/chat-8b"]
    assert loaded.window_tokens == 9_000


async def test_a_loaded_model_is_not_loaded_again_for_another_window(
    emulator: Emulator, provider: LmStudioProvider
) -> None:
    await provider.list_models()
    await parts_of(provider, Request(model=MODEL, messages=(HELLO,), context_length=9_000))
    assert "context_length" not in bodies(emulator)[0]


async def test_a_key_that_is_refused_is_left_out_from_then_on(emulator: Emulator) -> None:
    emulator.faults.reject_key = "integrations"
    settings = WireSettings(name="native", integrations=("mcp/files",))
    async with aclosing(LmStudioProvider(base_url=emulator.url, wire=settings)) as provider:
        for _ in range(2):
            await parts_of(provider, Request(model=MODEL, messages=(HELLO,), integrations=True))
    assert ["integrations" in body for body in bodies(emulator)] == [True, False, False]


def integrating(emulator: Emulator, *integrations: str) -> aclosing[LmStudioProvider]:
    settings = WireSettings(name="native", integrations=integrations)
    return aclosing(LmStudioProvider(base_url=emulator.url, api_key=TOKEN, wire=settings))


ALLOWED = Request(model=MODEL, messages=(HELLO,), integrations=True)


async def test_tools_that_the_server_runs_are_told(emulator: Emulator) -> None:
    emulator.settings.allow_plugins, emulator.settings.token = True, TOKEN
    output = '[{"type": "text", "text": "found"}]'
    ran = ServerCall(tool="search", arguments={"q": "x"}, output=output)
    failed = ServerCall(tool="search", failure="no such thing")
    emulator.script(Turn(text="Done.", server_calls=(ran, failed)))
    async with integrating(emulator, "mcp/files") as provider:
        (model, *_) = await provider.list_models()
        assert model.integrations == ("mcp/files",)
        parts = await parts_of(provider, ALLOWED)
    told = [part for part in parts if isinstance(part, ServerToolPart)]
    assert told[0] == ServerToolPart(tool="search", arguments='{"q": "x"}', output="found")
    assert (told[1].failed, told[1].output) == (True, "no such thing")


@pytest.mark.parametrize(
    ("integration", "settings"),
    [
        ("mcp/files", {}),
        ("https://mcp.example.com", {}),
        ("mcp/unknown", {"allow_plugins": True}),
        ("http://127.0.0.1:9", {"allow_ephemeral_mcp": True}),
    ],
    ids=["plugin not permitted", "address not permitted", "unknown plugin", "address not public"],
)
async def test_an_integration_that_is_refused_is_explained(
    emulator: Emulator, integration: str, settings: dict[str, bool]
) -> None:
    emulator.settings.token = TOKEN
    for name, value in settings.items():
        setattr(emulator.settings, name, value)
    async with integrating(emulator, integration) as provider:
        with pytest.raises(IntegrationRefused) as caught:
            await parts_of(provider, ALLOWED)
    assert "Allow calling servers from mcp.json" in caught.value.hint
    assert "Allow per-request MCPs" in caught.value.hint
    assert "Require Authentication" in caught.value.hint


async def test_texts_become_vectors_in_their_order(emulator: Emulator) -> None:
    async with aclosing(LmStudioProvider(base_url=emulator.url)) as provider:
        embedder: Embedder = provider
        one, other, empty = await embedder.embed(EMBEDDER, ["a", "b", ""])
        assert [one] == await embedder.embed(EMBEDDER, ["a"])
        assert await embedder.embed(EMBEDDER, []) == []
    assert len(one) == len(other) == len(empty) > 0
    assert one != other


@pytest.mark.parametrize("model", [MODEL, "acme/nope"])
async def test_only_a_model_that_embeds_is_asked_to(emulator: Emulator, model: str) -> None:
    async with aclosing(LmStudioProvider(base_url=emulator.url)) as provider:
        with pytest.raises(ModelNotFound):
            await provider.embed(model, ["a"])
    assert not [sent for sent in emulator.requests if sent.path.endswith("/embeddings")]


@pytest.mark.parametrize(
    "data",
    [[], [{"index": 0, "embedding": [1.0]}], [{"embedding": [1]}, {"embedding": "AAAA"}], [{}, {}], "odd"],
    ids=["none", "too few", "base64", "empty", "no list"],
)
async def test_an_answer_that_holds_no_vectors_is_refused(data: object) -> None:
    listed = http_answer({"models": [{"type": "embedding", "key": EMBEDDER}]})
    answers = {"/api/v1/models": listed, "/v1/embeddings": http_answer({"data": data})}
    async with (
        RawServer(answers) as server,
        aclosing(LmStudioProvider(base_url=server.url)) as provider,
    ):
        with pytest.raises(BadReply):
            await provider.embed(EMBEDDER, ["a", "b"])


async def test_vectors_that_come_out_of_order_are_put_in_order() -> None:
    data = [{"index": 1, "embedding": [2.0]}, {"index": 0, "embedding": [1]}]
    listed = http_answer({"models": [{"type": "embedding", "key": EMBEDDER}]})
    answers = {"/api/v1/models": listed, "/v1/embeddings": http_answer({"data": data})}
    async with (
        RawServer(answers) as server,
        aclosing(LmStudioProvider(base_url=server.url)) as provider,
    ):
        assert await provider.embed(EMBEDDER, ["a", "b"]) == [[1.0], [2.0]]


@pytest.mark.parametrize("wire", ["responses", "messages", "native"])
async def test_a_server_without_the_wires_api_is_told_as_such(wire: Any) -> None:
    emulator = Emulator()
    emulator.settings.surfaces = frozenset({"greeting", "beta", "openai"})
    with emulator:
        async with aclosing(LmStudioProvider(base_url=emulator.url, wire=wire)) as provider:
            with pytest.raises(WrongEndpoint) as caught:
                await reply_of(provider, MODEL)
    assert wire in caught.value.message
    assert "chat_completions" in caught.value.hint


async def test_strict_roles_satisfy_a_template_that_wants_turns(emulator: Emulator) -> None:
    emulator.faults.role_alternation = emulator.faults.no_system_role = True
    emulator.script(Turn(text="It says hello."))
    call = AssistantMessage(text="I look.")
    request = asking(MODEL, SYSTEM, HELLO, call, UserMessage(text="and?"))
    strict = Request(model=MODEL, messages=request.messages, tools=(READ_FILE,), strict_roles=True)
    async with aclosing(LmStudioProvider(base_url=emulator.url)) as provider:
        with pytest.raises(ProviderError):
            await parts_of(provider, request)
        completed = (await parts_of(provider, strict))[-1]
    assert isinstance(completed, CompletedPart)
    assert completed.message.text == "It says hello."
