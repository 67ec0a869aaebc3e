"""A project, a home and a server for the program as a process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.emulator import Emulator
from tests.support.homes import welcomed_home


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home of somebody who was welcomed already."""
    return welcomed_home(tmp_path / "home")


@pytest.fixture
def fresh_home(tmp_path: Path) -> Path:
    """A home of somebody who never started the program."""
    folder = tmp_path / "fresh-home"
    folder.mkdir()
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running
