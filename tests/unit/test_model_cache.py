from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from vtcode.providers.model_cache import ModelCache
from vtcode.providers.model_info import LoadConfig, ModelInfo

ADDRESS = "http://localhost:1234"
MODEL = ModelInfo(
    id="acme/coder:2",
    key="acme/coder",
    state="loaded",
    window_tokens=8_192,
    aliases=("acme/coder@q4_k_m",),
    reasoning_efforts=("low", "high"),
    load_config=LoadConfig(context_length=8_192, flash_attention=True),
    tool_modes=("text",),
)


def only_file(folder: Path) -> Path:
    (file,) = folder.rglob("*.json")
    return file


async def test_a_list_comes_back_as_it_was_with_its_time(tmp_path: Path) -> None:
    before = time.time()
    await ModelCache(tmp_path).keep(ADDRESS, [MODEL, ModelInfo(id="plain")])
    kept = ModelCache(tmp_path).last(ADDRESS)
    assert kept is not None
    assert kept[0] == (MODEL, ModelInfo(id="plain"))
    assert before <= kept[1] <= time.time()


async def test_the_newest_list_counts_and_servers_are_kept_apart(tmp_path: Path) -> None:
    cache = ModelCache(tmp_path)
    await cache.keep(ADDRESS, [MODEL])
    await cache.keep(ADDRESS, [])
    await cache.keep("http://localhost:1234/path", [MODEL])
    assert cache.last("http://elsewhere:1234") is None
    newest, other = cache.last(ADDRESS), cache.last("http://localhost:1234/path")
    assert newest is not None
    assert newest[0] == ()
    assert other is not None
    assert other[0] == (MODEL,)


@pytest.mark.parametrize(
    "change",
    [
        {"version": 99},
        {"address": "http://other"},
        {"models": [{"id": 5}]},
        {"models": None},
        {"fetched_at": "yesterday"},
    ],
    ids=str,
)
async def test_a_file_of_another_shape_is_no_list(tmp_path: Path, change: dict[str, object]) -> None:
    await ModelCache(tmp_path).keep(ADDRESS, [MODEL])
    file = only_file(tmp_path)
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    assert ModelCache(tmp_path).last(ADDRESS) is None


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b'{"version": 1}', b"[" * 100_000])
async def test_a_broken_file_is_no_list(tmp_path: Path, content: bytes) -> None:
    await ModelCache(tmp_path).keep(ADDRESS, [MODEL])
    only_file(tmp_path).write_bytes(content)
    assert ModelCache(tmp_path).last(ADDRESS) is None


async def test_an_unchanged_list_is_not_written_again_at_once(tmp_path: Path) -> None:
    cache = ModelCache(tmp_path)
    await cache.keep(ADDRESS, [MODEL])
    only_file(tmp_path).unlink()
    await cache.keep(ADDRESS, [MODEL])
    assert cache.last(ADDRESS) is None
    await cache.keep(ADDRESS, [])
    assert cache.last(ADDRESS) is not None


async def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for cache in (ModelCache(tmp_path / "file"), ModelCache(None)):
        await cache.keep(ADDRESS, [MODEL])
        assert cache.last(ADDRESS) is None


async def test_a_list_is_the_users_alone(tmp_path: Path) -> None:
    await ModelCache(tmp_path).keep(ADDRESS, [MODEL])
    assert only_file(tmp_path).stat().st_mode & 0o077 == 0
