from __future__ import annotations

from typing import Any

import pytest

from vtcode.providers.lifecycle import LoadRequest
from vtcode.providers.load_fit import bounded, fits
from vtcode.providers.model_info import LoadConfig, ModelInfo

INSTANCE = ModelInfo(
    id="acme/coder",
    key="acme/coder",
    state="loaded",
    window_tokens=16_384,
    max_window_tokens=32_768,
    quantization="Q4_K_M",
    parallel=4,
    aliases=("acme/coder", "acme/coder@q4_k_m", "acme/coder@q8_0"),
    load_config=LoadConfig(context_length=16_384, flash_attention=True),
)


def request(**asked: Any) -> LoadRequest:
    names = {name: asked.pop(name) for name in LoadConfig.__slots__ if name in asked}
    return LoadRequest(**({"model": "acme/coder", "config": LoadConfig(**names)} | asked))


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"context_length": 8_192},
        {"context_length": 16_384},
        {"flash_attention": True},
        {"num_experts": 8},
        {"parallel": 4},
        {"identifier": "acme/coder"},
        {"model": "acme/coder@q4_k_m"},
    ],
    ids=str,
)
def test_an_instance_fits_that_has_what_is_asked_or_does_not_tell(asked: dict[str, Any]) -> None:
    assert fits(INSTANCE, request(**asked))


@pytest.mark.parametrize(
    "asked",
    [
        {"context_length": 16_385},
        {"flash_attention": False},
        {"parallel": 1},
        {"identifier": "mine"},
        {"model": "acme/coder@q8_0"},
        {"gpu": "max"},
        {"ttl_s": 60},
    ],
    ids=str,
)
def test_an_instance_does_not_fit_that_is_loaded_in_another_way(asked: dict[str, Any]) -> None:
    assert not fits(INSTANCE, request(**asked))


def test_a_key_that_holds_a_quantisation_is_no_variant() -> None:
    instance = ModelInfo(id="coder@4bit", key="coder@4bit", state="loaded", quantization="Q4_K_M")
    assert fits(instance, LoadRequest(model="coder@4bit"))


@pytest.mark.parametrize(
    ("model", "named"),
    [("acme/coder", "acme/coder"), ("Coder", "acme/coder"), ("acme/coder@q8_0", "acme/coder@q8_0")],
)
def test_a_request_goes_by_the_key_or_the_variant_and_asks_for_no_more_than_there_can_be(
    model: str, named: str
) -> None:
    asked = bounded(request(model=model, context_length=100_000), INSTANCE)
    assert (asked.model, asked.config.context_length) == (named, 32_768)
