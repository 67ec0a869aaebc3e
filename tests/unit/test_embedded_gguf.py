from __future__ import annotations

from pathlib import Path

import pytest

from vtcode.errors import EngineFailed
from vtcode.providers.embedded_gguf import check_gguf, find_local_ggufs, quantization_of


def put_model(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"GGUF\x03\0\0\0")
    return path


def test_a_gguf_passes_the_check(tmp_path: Path) -> None:
    check_gguf(put_model(tmp_path / "model.gguf"))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(None, "There is no model file", id="missing"),
        pytest.param(b"", "is not a GGUF file", id="empty"),
        pytest.param(b"GGU", "is not a GGUF file", id="too short"),
        pytest.param(b"PK\x03\x04zip", "is not a GGUF file", id="another format"),
    ],
)
def test_what_is_no_gguf_is_refused_with_a_next_step(
    tmp_path: Path, content: bytes | None, says: str
) -> None:
    path = tmp_path / "model.gguf"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(EngineFailed, match=says) as failure:
        check_gguf(path)
    assert failure.value.hint


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineFailed, match="can't be read"):
        check_gguf(tmp_path)


@pytest.mark.parametrize(
    ("name", "quantization"),
    [
        ("Qwen2.5-Coder-7B-Instruct-Q4_K_M.gguf", "Q4_K_M"),
        ("SmolLM2-135M-Instruct.Q4_1.gguf", "Q4_1"),
        ("gemma-iq3_xs.gguf", "IQ3_XS"),
        ("phi-4-bf16.gguf", "BF16"),
        ("gpt-oss-20b-MXFP4.gguf", "MXFP4"),
        ("model.gguf", ""),
        ("q4-team-chat.gguf", ""),
    ],
)
def test_the_quantisation_is_read_from_the_name(name: str, quantization: str) -> None:
    assert quantization_of(Path(name)) == quantization


def test_models_are_found_in_every_home_that_lm_studio_has_had(tmp_path: Path) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "big disk"
    models = [
        put_model(home / ".lmstudio/models/acme/coder-GGUF/coder-Q4_K_M.gguf"),
        put_model(home / ".cache/lm-studio/models/acme/old/old.gguf"),
        put_model(elsewhere / "models/acme/large/large.GGUF"),
    ]
    (home / ".lmstudio-home-pointer").write_text(f"{elsewhere}\n")
    assert find_local_ggufs(home) == sorted(models)


def test_what_cannot_run_alone_is_left_out(tmp_path: Path) -> None:
    folder = tmp_path / ".lmstudio/models/acme/vision"
    first = put_model(folder / "large-00001-of-00002.gguf")
    for name in ("mmproj-model-f16.gguf", "large-00002-of-00002.gguf", "notes.txt", "weights.safetensors"):
        put_model(folder / name)
    assert find_local_ggufs(tmp_path) == [first]


def test_a_model_that_two_homes_share_is_listed_once(tmp_path: Path) -> None:
    model = put_model(tmp_path / ".lmstudio/models/acme/coder/coder.gguf")
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache/lm-studio").symlink_to(tmp_path / ".lmstudio")
    assert find_local_ggufs(tmp_path) == [model]


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    model = put_model(tmp_path / ".lmstudio/models/acme/coder/coder.gguf")
    (model.parent / "again").symlink_to(tmp_path / ".lmstudio/models")
    assert find_local_ggufs(tmp_path) == [model]


@pytest.mark.parametrize("pointer", [b"", b"\xff\xfe\0broken", b"/nowhere\0/at/all", b"/does/not/exist"])
def test_a_broken_home_pointer_does_no_harm(tmp_path: Path, pointer: bytes) -> None:
    (tmp_path / ".lmstudio-home-pointer").write_bytes(pointer)
    assert find_local_ggufs(tmp_path) == []
