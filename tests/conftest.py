"""Fixtures for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.emulator import Emulator
from tests.support.homes import welcomed_home
from tests.support.recorder import Recorder
from tests.support.sessions import Bench

# Nothing is said of time by a test: on a busy machine any example may take long.
settings.register_profile("vtcode", deadline=None)
settings.load_profile("vtcode")

_HOME_NUMBERS = count()
"""pytest's own numbers take a look at all folders that are there, for each of thousands of tests."""


@pytest.fixture(scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("homes")


@pytest.fixture(autouse=True)
def _own_home(monkeypatch: pytest.MonkeyPatch, _homes: Path) -> None:
    """Keep every test away from the real home and from settings in the environment."""
    home = _homes / str(next(_HOME_NUMBERS))
    home.mkdir(mode=0o700)
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name in ("LMSTUDIO_BASE_URL", "LMSTUDIO_API_KEY", "LM_API_TOKEN", "LMSTUDIO_API_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home of somebody who was welcomed already, for the program as a process."""
    return welcomed_home(tmp_path / "home")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty folder to work in, for the program as a process."""
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """An LM Studio of the test's own."""
    with Emulator() as running:
        yield running
