from __future__ import annotations

import pytest

from vtcode.providers.estimates import CHARACTERS_PER_TOKEN, TokenScale, estimated_tokens

SERVER = "http://127.0.0.1:1234"


def test_what_a_server_counted_makes_later_estimates_come_out_the_same() -> None:
    scale = TokenScale()
    scale.learn(SERVER, "m", characters=8_000, tokens=1_600)
    assert estimated_tokens(8_000, scale.characters_per_token(SERVER, "m")) == 1_600
    assert estimated_tokens(16_000, scale.characters_per_token(SERVER, "m")) == 3_200


def test_the_newest_count_replaces_those_before() -> None:
    scale = TokenScale()
    scale.learn(SERVER, "m", characters=8_000, tokens=1_600)
    scale.learn(SERVER, "m", characters=9_000, tokens=3_000)
    assert scale.characters_per_token(SERVER, "m") == 3.0


def test_each_model_of_each_server_has_its_own() -> None:
    scale = TokenScale()
    scale.learn(SERVER, "m", characters=8_000, tokens=1_600)
    assert scale.characters_per_token(SERVER, "other") == CHARACTERS_PER_TOKEN
    assert scale.characters_per_token("http://127.0.0.1:8080", "m") == CHARACTERS_PER_TOKEN


def test_a_short_prompt_teaches_nothing() -> None:
    scale = TokenScale()
    scale.learn(SERVER, "m", characters=20, tokens=40)
    assert scale.characters_per_token(SERVER, "m") == CHARACTERS_PER_TOKEN


@pytest.mark.parametrize(
    ("characters", "tokens", "expected"),
    [
        pytest.param(1_000_000, 300, 8.0, id="tokens that were not counted"),
        pytest.param(10, 9_000, 0.5, id="tokens of something else"),
    ],
)
def test_a_count_that_can_not_be_right_does_not_spoil_estimates(
    characters: int, tokens: int, expected: float
) -> None:
    scale = TokenScale()
    scale.learn(SERVER, "m", characters=characters, tokens=tokens)
    assert scale.characters_per_token(SERVER, "m") == expected
