from __future__ import annotations

from dataclasses import replace

import pytest

from vtcode.errors import ModelNotFound, NoModelLoaded
from vtcode.providers.model_choice import choose_model
from vtcode.providers.model_info import ModelInfo
from vtcode.providers.server_words import Server

SERVER = Server(address="http://localhost:1234", lm_studio=True)
CODER = ModelInfo(
    id="acme/coder-30b",
    key="acme/coder-30b",
    state="loaded",
    aliases=("acme/coder-30b", "acme/coder-30b@q4_k_m"),
    window_tokens=9,
)
SECOND = replace(CODER, id="acme/coder-30b:2", window_tokens=5)
CHAT = ModelInfo(id="acme/chat-8b", state="downloaded", aliases=("acme/chat-8b",))
TWIN = ModelInfo(id="other/chat-8b", state="downloaded", aliases=("other/chat-8b",))
EMBEDDING = ModelInfo(id="text-embedding-mini", kind="embedding", state="loaded")
ALL = [EMBEDDING, CHAT, TWIN, CODER, SECOND]


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        ("acme/coder-30b", CODER),
        ("acme/coder-30b:2", SECOND),
        ("acme/coder-30b@q4_k_m", CODER),
        ("ACME/Coder-30B", CODER),
        ("coder-30b", CODER),
        ("lmstudio-community/coder-30b", CODER),
        ("lmstudio-community/Coder-30B-GGUF", CODER),
        ("acme/chat-8b", CHAT),
        ("", CODER),
    ],
)
def test_a_name_means_the_model_that_it_fits_best(wanted: str, chosen: ModelInfo) -> None:
    assert choose_model(ALL, wanted, SERVER) is chosen


def test_a_name_that_fits_several_models_is_refused_with_their_ids() -> None:
    with pytest.raises(ModelNotFound) as caught:
        choose_model(ALL, "chat-8b", SERVER)
    assert "acme/chat-8b, other/chat-8b" in caught.value.hint


def test_an_unknown_name_is_answered_with_near_ones() -> None:
    with pytest.raises(ModelNotFound) as caught:
        choose_model(ALL, "acme/codr-30b", SERVER)
    assert "Did you mean acme/coder-30b" in caught.value.hint


def test_another_quantisation_than_the_one_that_was_named_is_not_taken() -> None:
    with pytest.raises(ModelNotFound):
        choose_model(ALL, "acme/coder-30b@q8_0", SERVER)


def test_a_long_list_is_cut() -> None:
    models = [ModelInfo(id=f"m{number}") for number in range(30)]
    with pytest.raises(ModelNotFound) as caught:
        choose_model(models, "zzz", SERVER)
    assert "and 20 more" in caught.value.hint


def test_what_may_be_meant_is_not_listed_twice() -> None:
    with pytest.raises(ModelNotFound) as caught:
        choose_model(ALL, "acme/cha", SERVER)
    assert caught.value.hint.count(CHAT.id) == 1
    assert "Did you mean" in caught.value.hint


def test_an_embedding_model_cannot_chat() -> None:
    with pytest.raises(ModelNotFound, match="not a model that can chat"):
        choose_model(ALL, "text-embedding-mini", SERVER)


@pytest.mark.parametrize("models", [[], [EMBEDDING], [CHAT]], ids=["none", "embedding", "downloaded"])
def test_without_a_name_nothing_that_is_not_loaded_is_taken(models: list[ModelInfo]) -> None:
    with pytest.raises(NoModelLoaded) as caught:
        choose_model(models, "", SERVER)
    assert "vtcode models load" in caught.value.hint


def test_without_a_name_the_only_model_of_a_server_that_does_not_say_is_taken() -> None:
    only = ModelInfo(id="m")
    assert choose_model([only], "", SERVER) is only
    with pytest.raises(NoModelLoaded, match="does not say"):
        choose_model([only, ModelInfo(id="n")], "", SERVER)
