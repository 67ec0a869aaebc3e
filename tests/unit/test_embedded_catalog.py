from __future__ import annotations

from pathlib import Path

import pytest

from vtcode.errors import ModelNotFound
from vtcode.providers.embedded_catalog import LocalModels
from vtcode.providers.embedded_starter import STARTER, starter_path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def put_model(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"GGUF")
    return path


def test_without_a_choice_the_starter_model_answers(home: Path) -> None:
    models = LocalModels(None, home / "cache")
    assert models.find("") == starter_path(home / "cache")
    assert models.id_of(models.find("")) == STARTER.id


def test_a_configured_path_may_start_with_a_tilde(home: Path) -> None:
    models = LocalModels(Path("~/mine/model.gguf"), home / "cache")
    assert models.find("") == home / "mine/model.gguf"
    assert models.id_of(models.find("")) == "~/mine/model.gguf"


@pytest.mark.parametrize(
    "wanted",
    [
        "~/.lmstudio/models/acme/coder/Coder-Q4_K_M.gguf",
        "{home}/.lmstudio/models/acme/coder/Coder-Q4_K_M.gguf",
        "{home}/.lmstudio/models/other/../acme/coder/Coder-Q4_K_M.gguf",
        "Coder-Q4_K_M",
        "coder-q4_k_m",
    ],
)
def test_a_model_of_lm_studios_is_found_by_each_of_its_names(home: Path, wanted: str) -> None:
    path = put_model(home / ".lmstudio/models/acme/coder/Coder-Q4_K_M.gguf")
    assert LocalModels(None, home / "cache").find(wanted.format(home=home)) == path


@pytest.mark.parametrize("wanted", [STARTER.id, STARTER.id.upper(), "SmolLM2-135M-Instruct.Q4_1"])
def test_the_starter_model_is_found_by_name_while_another_is_the_default(home: Path, wanted: str) -> None:
    models = LocalModels(home / "mine.gguf", home / "cache")
    assert models.is_starter(models.find(wanted))


def test_an_unknown_name_is_answered_with_the_nearest_ones(home: Path) -> None:
    put_model(home / ".lmstudio/models/acme/coder/coder-7b.gguf")
    with pytest.raises(ModelNotFound, match="no model 'coder-8b'") as failure:
        LocalModels(None, home / "cache").find("coder-8b")
    assert "coder-7b" in failure.value.hint


def test_the_list_starts_with_the_default_and_names_each_model_once(home: Path) -> None:
    path = put_model(home / ".lmstudio/models/acme/coder/coder-7b.gguf")
    assert LocalModels(path, home / "cache").paths() == [path, starter_path(home / "cache")]


def test_a_starter_model_that_is_not_fetched_yet_does_not_pass_for_downloaded(home: Path) -> None:
    models = LocalModels(None, home / "cache")
    assert models.describe(models.default_path, loaded=False).state == "unknown"


def test_a_description_says_what_the_name_and_the_file_tell(home: Path) -> None:
    path = put_model(home / "coder-7b-Q8_0.gguf")
    model = LocalModels(path, home / "cache").describe(path, loaded=False)
    assert (model.state, model.size_bytes, model.quantization) == ("downloaded", 4, "Q8_0")
    assert model.display_name == "coder-7b-Q8_0"
