from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtcode.errors import (
    IntegrationRefused,
    KeysRefused,
    LoadRefused,
    ModelCrashed,
    ModelNotFound,
    NoModelLoaded,
    ProviderError,
    ReplyForgotten,
    TemplateRefused,
    ToolsRefused,
    Unauthorized,
    UnreadableCall,
    WindowExceeded,
    WrongEndpoint,
)
from vtcode.providers.fault import Fault, is_error_body, read_fault
from vtcode.providers.server_errors import provider_error
from vtcode.providers.server_words import Server

LM_STUDIO = Server(address="http://localhost:1234", lm_studio=True, secret="hunter2-key")

TEXTS: list[tuple[str, type[ProviderError]]] = [
    ("Input does not fit in context length. ...", WindowExceeded),
    ("Context size has been exceeded.", WindowExceeded),
    ("Cannot truncate prompt with n_keep (6300) >= n_ctx (4096)", WindowExceeded),
    (
        "The number of tokens to keep from the initial prompt is greater than the context length.",
        WindowExceeded,
    ),
    ("Trying to keep the first 6300 tokens when context the overflows.", WindowExceeded),
    (
        "Reached context length of 4096 tokens with model (arch: qwen2) that does not currently support "
        "mid-generation context overflow.",
        WindowExceeded,
    ),
    ("the request exceeds the available context size, try increasing it", WindowExceeded),
    ("This model's maximum context length is 4096 tokens. However, you requested 5000", WindowExceeded),
    ("The model has crashed without additional information. (Exit code: null)", ModelCrashed),
    ("Model unloaded.", ModelCrashed),
    ("Model is unloaded", ModelCrashed),
    ("Channel Error", ModelCrashed),
    ("received prediction-error", ModelCrashed),
    ("Engine protocol predict request failed: fetch failed", ModelCrashed),
    ("llama-server exited before becoming healthy", ModelCrashed),
    ("Compute error.", ModelCrashed),
    ("Model loading was stopped due to insufficient system resources.", LoadRefused),
    ('Failed to load model "x". Error: SIGABRT', LoadRefused),
    ("Error loading model.", LoadRefused),
    ("Error rendering prompt with jinja template: ...", TemplateRefused),
    ("Engine protocol applyPromptTemplate request returned 500: Jinja Exception: x", TemplateRefused),
    ("Conversation roles must alternate user/assistant/user/assistant/...", TemplateRefused),
    ("No user query found in messages.", TemplateRefused),
    ("Only user, assistant and tool roles are supported, got system", TemplateRefused),
    (
        "Cannot pass both content and thinking in an assistant message with tool calls!",
        TemplateRefused,
    ),
    ("Unknown test: sequence", TemplateRefused),
    ("Failed to parse tool call: ...", UnreadableCall),
    ("The model output does not match the expected peg-native format", UnreadableCall),
    ("registry.ollama.ai/library/gemma:latest does not support tools", ToolsRefused),
    ("tools param requires --jinja flag", ToolsRefused),
    ("Failed to parse grammar", ToolsRefused),
    ("No models loaded. Please load a model in the developer page.", NoModelLoaded),
    ("Unexpected endpoint or method. (POST /chat/completions)", WrongEndpoint),
    ("Malformed LM Studio API token provided: sk-lm-abcd***", Unauthorized),
]


@pytest.mark.parametrize(("text", "kind"), TEXTS, ids=[text[:40] for text, _ in TEXTS])
def test_the_text_of_a_server_says_what_happened(text: str, kind: type[ProviderError]) -> None:
    for said in (text, text.upper()):
        error = provider_error(Fault(message=said), LM_STUDIO, model="acme/coder")
        assert type(error) is kind
        assert error.hint


@pytest.mark.parametrize("quoted", [text for text, _ in TEXTS], ids=[text[:40] for text, _ in TEXTS])
def test_what_a_call_that_can_not_be_read_quotes_says_nothing_of_the_failure(quoted: str) -> None:
    said = f'Failed to parse tool call: {{"path": "t.py", "content": "assert told == \'{quoted}'
    assert type(provider_error(Fault(message=said), LM_STUDIO, model="m")) is UnreadableCall


SHAPES: list[object] = [
    "Channel Error",
    {"error": "Channel Error"},
    {"error": {"message": "Channel Error"}},
    {"error": {"message": "Channel Error"}, "message": "Channel Error"},
    {"error": json.dumps({"message": "Channel Error"})},
    {"error": json.dumps([{"message": "Channel Error"}])},
    json.dumps({"error": {"message": "Channel Error"}}),
    {"type": "error", "error": {"type": "x", "message": "Channel Error"}},
    {"object": "error", "message": "Channel Error", "code": 500},
    {"detail": "Channel Error"},
]


@pytest.mark.parametrize("body", SHAPES, ids=[json.dumps(shape)[:50] for shape in SHAPES])
def test_every_shape_of_an_error_is_read(body: object) -> None:
    assert read_fault(body).message == "Channel Error"


def test_codes_classify_too() -> None:
    body = {"error": {"message": 'Model "nope" not found.', "code": "model_not_found", "param": "model"}}
    assert isinstance(provider_error(read_fault(body, status=404), LM_STUDIO), ModelNotFound)


def test_a_failed_load_is_not_an_unknown_model_though_its_code_says_so() -> None:
    body = {"error": {"message": 'Failed to load model "x". Error: y', "code": "model_not_found"}}
    assert isinstance(provider_error(read_fault(body, status=404), LM_STUDIO), LoadRefused)


def test_a_bare_404_is_a_wrong_endpoint() -> None:
    assert isinstance(provider_error(Fault(message="", status=404), LM_STUDIO), WrongEndpoint)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_is_never_quoted(status: int) -> None:
    error = provider_error(Fault(message="provided: hunter2-***", status=status), LM_STUDIO)
    assert isinstance(error, Unauthorized)
    assert "hunter2" not in f"{error.message} {error.hint}"


def test_a_refused_integration_is_explained_without_a_word_of_the_answer() -> None:
    fault = Fault(message="Permission denied to use plugin 'x', token hunter2-***", status=403)
    error = provider_error(fault, LM_STUDIO)
    assert isinstance(error, IntegrationRefused)
    assert "hunter2" not in f"{error.message} {error.hint}"


@pytest.mark.parametrize(
    ("error", "keys"),
    [
        ({"message": "Unrecognized key(s) in object: 'seed'", "code": "unrecognized_keys"}, ("seed",)),
        ({"message": "Unrecognized key(s) in object: 'seed', 'stop'"}, ("seed", "stop")),
        ({"message": "Model 'm' does not.", "code": "invalid_value", "param": "reasoning"}, ("reasoning",)),
    ],
    ids=["one", "two", "reasoning"],
)
def test_keys_that_a_server_refuses_are_named(error: dict[str, str], keys: tuple[str, ...]) -> None:
    refused = provider_error(read_fault({"error": error}, status=400), LM_STUDIO)
    assert isinstance(refused, KeysRefused)
    assert refused.keys == keys


@pytest.mark.parametrize("keys", ["code", "param"])
def test_a_reply_that_the_server_forgot_is_told_apart(keys: str) -> None:
    said = {"code": "previous_response_not_found", "param": "previous_response_id"}
    body = {"error": {"message": "Not found.", keys: said[keys]}}
    assert isinstance(provider_error(read_fault(body, status=404), LM_STUDIO), ReplyForgotten)


def test_a_key_is_cut_out_of_every_text() -> None:
    error = provider_error(Fault(message="bad hunter2-key or sk-lm-AbCd1234:xyz", status=500), LM_STUDIO)
    assert "hunter2" not in error.message
    assert "AbCd" not in error.message
    assert "hunter2" not in repr(LM_STUDIO)


def test_a_text_of_the_server_is_one_plain_bounded_line() -> None:
    error = provider_error(Fault(message="a\n\x1b[31mb\x1b[0m\x07" + "c" * 5000), LM_STUDIO)
    assert "a b" in error.message
    assert {unicodedata.category(character) for character in error.message}.isdisjoint({"Cc", "Cs"})
    assert len(error.message) < 700


def test_an_unknown_failure_keeps_the_words_and_the_status() -> None:
    error = provider_error(Fault(message="out of cheese", status=500), LM_STUDIO)
    assert type(error) is ProviderError
    assert "out of cheese" in error.message
    assert "500" in error.message


def test_a_200_with_an_error_in_place_of_what_was_expected_is_one() -> None:
    assert is_error_body({"error": "Unexpected endpoint or method."}, "data")
    assert not is_error_body({"error": None, "data": []}, "data")
    assert not is_error_body({"data": []}, "data")


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["error", "message", "type", "code", "detail"]), inner, max_size=3)
    ),
)


@given(JSON)
def test_any_json_becomes_an_error_that_can_be_shown(body: object) -> None:
    error = provider_error(read_fault(body, status=500), LM_STUDIO)
    assert isinstance(error, ProviderError)
    assert {unicodedata.category(character) for character in error.message}.isdisjoint({"Cc", "Cs"})
