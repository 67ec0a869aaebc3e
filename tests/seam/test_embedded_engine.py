from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.support.embedded import starter_model_path
from vtcode.errors import EngineFailed
from vtcode.providers import embedded_child
from vtcode.providers.embedded_engine import start_engine

PARENT = """
import asyncio, os, sys
from pathlib import Path
from vtcode.providers.embedded_engine import start_engine

async def main():
    engine = await start_engine(Path(sys.argv[1]), alias="model", window_tokens=512)
    print(f"{engine.base_url}/models", flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""
DEADLINE_S = 30.0


@pytest.fixture(scope="module")
def model() -> Path:
    return starter_model_path()


def command_line(pid: int) -> str:
    proc = Path(f"/proc/{pid}/cmdline")
    if proc.exists():
        return proc.read_bytes().replace(b"\0", b" ").decode()
    shown = subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return shown.stdout


def refuses_connections(base_url: str) -> bool:
    try:
        httpx.get(base_url)
    except httpx.ConnectError:
        return True
    return False


async def test_only_the_key_opens_the_engine(model: Path) -> None:
    engine = await start_engine(model, alias="model", window_tokens=512)
    try:
        root = engine.base_url.rsplit("/", 2)[0]
        urls = [
            f"{engine.base_url}/models",
            f"{engine.base_url}/../health",
            f"{root}/v1/models",
            f"{root}/slots",
        ]
        async with httpx.AsyncClient() as client:
            answers = [await client.get(url) for url in urls]
            answers += [await client.get(url, headers={"Authorization": "Bearer wrong"}) for url in urls]
            authorized = await client.get(urls[0], headers={"Authorization": f"Bearer {engine.key}"})
    finally:
        await engine.stop()
    assert {answer.status_code for answer in answers} == {401}
    assert authorized.json()["data"][0]["id"] == "model"


async def test_the_key_is_not_where_other_users_can_read_it(model: Path) -> None:
    engine = await start_engine(model, alias="model", window_tokens=512)
    try:
        shown = command_line(engine.pid)
    finally:
        await engine.stop()
    assert "embedded_child.py" in shown
    assert engine.key not in shown


async def test_a_damaged_model_is_refused_with_llama_cpps_reason(model: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.gguf"
    with model.open("rb") as file:
        damaged.write_bytes(file.read(4_000_000))
    with pytest.raises(EngineFailed, match="not within the file bounds") as failure:
        await start_engine(damaged, alias="model", window_tokens=512)
    assert "another" in failure.value.hint


async def test_cancelling_a_start_ends_the_process(tmp_path: Path) -> None:
    never_read = tmp_path / "model.gguf"
    os.mkfifo(never_read)
    starting = asyncio.create_task(start_engine(never_read, alias="model", window_tokens=512))
    write_end = await asyncio.to_thread(os.open, never_read, os.O_WRONLY)  # returns when the engine reads
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    with pytest.raises(BrokenPipeError), os.fdopen(write_end, "wb", buffering=0) as file:
        file.write(b"nobody reads this")


def test_the_engine_dies_with_a_parent_that_is_killed(model: Path) -> None:
    root = Path(__file__).parents[2]
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(model)], stdout=subprocess.PIPE, text=True, cwd=root
    )
    with parent:
        assert parent.stdout is not None
        base_url = parent.stdout.readline().strip()
        assert httpx.get(base_url).status_code == 401
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + DEADLINE_S
    while not (gone := refuses_connections(base_url)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert gone


def test_the_engine_ends_when_its_pipe_does(model: Path) -> None:
    settings = {
        "model_path": str(model),
        "alias": "model",
        "window_tokens": 512,
        "threads": 1,
        "key": "key",
        "prefix": "/prefix",
    }
    child = subprocess.Popen(
        [sys.executable, embedded_child.__file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(json.dumps(settings).encode() + b"\n")
        child.stdin.flush()
        assert json.loads(child.stdout.readline())["address"].startswith("http://127.0.0.1:")
        child.stdin.close()
        assert child.wait(timeout=DEADLINE_S) == 0
