from __future__ import annotations

import pytest

from vtcode.providers.catalog import DEFAULT_CATALOG, not_on_server
from vtcode.providers.lmstudio_download import read_name
from vtcode.providers.model_info import ModelInfo


def test_every_suggestion_can_be_asked_for_as_it_stands() -> None:
    for suggested in DEFAULT_CATALOG:
        wanted = read_name(suggested.download_name)
        assert wanted.model == suggested.download_name
        assert wanted.is_repository == bool(suggested.repository)
    assert len({suggested.id for suggested in DEFAULT_CATALOG}) == len(DEFAULT_CATALOG)


@pytest.mark.parametrize(
    "model",
    [
        ModelInfo(id="qwen/qwen3-8b"),
        ModelInfo(id="mine", key="qwen/qwen3-8b@q8_0"),
        ModelInfo(id="Qwen3-8B:2", aliases=("lmstudio-community/qwen3-8b",)),
    ],
    ids=lambda model: model.id,
)
def test_what_the_server_has_under_any_of_its_names_is_not_suggested(model: ModelInfo) -> None:
    left = not_on_server([model])
    assert [one.id for one in DEFAULT_CATALOG if one not in left] == ["qwen/qwen3-8b"]


def test_a_server_without_models_is_suggested_all() -> None:
    assert not_on_server([]) == DEFAULT_CATALOG
