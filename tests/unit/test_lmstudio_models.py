from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtcode.providers.lmstudio_models import read_beta, read_native, read_plain
from vtcode.providers.model_info import LoadConfig, ModelInfo

LOADED = {
    "type": "llm",
    "publisher": "acme",
    "key": "acme/coder",
    "display_name": "Coder",
    "quantization": {"name": "Q4_K_M", "bits_per_weight": 4},
    "size_bytes": 18,
    "params_string": "30B-A3B",
    "format": "gguf",
    "loaded_instances": [
        {
            "id": "mine",
            "config": {
                "context_length": 32_768,
                "parallel": 4,
                "flash_attention": True,
                "offload_kv_cache_to_gpu": False,
                "num_experts": 8,
                "eval_batch_size": 512,
            },
        }
    ],
    "max_context_length": 262_144,
    "capabilities": {
        "vision": False,
        "trained_for_tool_use": True,
        "reasoning": {"allowed_options": ["off", "on"], "default": "on"},
    },
    "variants": ["acme/coder@q4_k_m", "acme/coder@q8_0"],
    "selected_variant": "acme/coder@q4_k_m",
}


def test_everything_that_the_native_list_tells_is_read() -> None:
    assert read_native({"models": [LOADED]}) == [
        ModelInfo(
            id="mine",
            display_name="Coder",
            state="loaded",
            window_tokens=32_768,
            max_window_tokens=262_144,
            size_bytes=18,
            quantization="Q4_K_M",
            publisher="acme",
            vision=False,
            tool_use=True,
            aliases=("acme/coder", "acme/coder@q4_k_m", "acme/coder@q8_0"),
            key="acme/coder",
            params="30B-A3B",
            format="gguf",
            parallel=4,
            reasoning_efforts=("off", "on"),
            load_config=LoadConfig(
                context_length=32_768,
                flash_attention=True,
                offload_kv_cache_to_gpu=False,
                num_experts=8,
                eval_batch_size=512,
            ),
        )
    ]


@pytest.mark.parametrize(
    ("capabilities", "efforts"), [({"vision": False}, ()), ({}, None), (None, None)], ids=str
)
def test_a_model_without_a_reasoning_switch_is_told_from_one_that_says_nothing(
    capabilities: object, efforts: object
) -> None:
    (model,) = read_native({"models": [{"key": "k", "capabilities": capabilities}]})
    assert model.reasoning_efforts == efforts


def test_loaded_models_come_first_and_the_maximum_is_never_the_window() -> None:
    idle = {"type": "llm", "key": "acme/idle", "loaded_instances": [], "max_context_length": 8192}
    first, second = read_native({"models": [idle, LOADED]})
    assert first.id == "mine"
    assert (second.state, second.window_tokens, second.max_window_tokens) == ("downloaded", None, 8192)


@pytest.mark.parametrize(
    ("kind", "read"), [("llm", "llm"), ("embedding", "embedding"), ("imageGen", "other"), (None, "llm")]
)
def test_kinds_of_models_are_told_apart(kind: object, read: str) -> None:
    assert read_native({"models": [{"type": kind, "key": "k"}]})[0].kind == read


def test_the_beta_list_tells_the_window_of_what_is_loaded() -> None:
    entry = {
        "id": "a",
        "type": "vlm",
        "state": "loaded",
        "loaded_context_length": 4096,
        "capabilities": ["tool_use"],
    }
    (model,) = read_beta({"data": [entry]})
    assert (model.kind, model.state, model.window_tokens) == ("llm", "loaded", 4096)
    assert (model.vision, model.tool_use) == (True, True)


FIELDS = ["key", "id", "type", "loaded_instances", "config", "context_length", "capabilities", "variants"]
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=5),
    max_leaves=30,
)


@given(st.dictionaries(st.sampled_from(["models", "data"]), JSON))
def test_no_list_is_too_odd_to_read(body: dict[str, Any]) -> None:
    for model in (*read_native(body), *read_beta(body), *read_plain(body)):
        assert model.id
        assert model.window_tokens is None or model.window_tokens >= 0
