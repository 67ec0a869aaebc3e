"""A project, a home and a server for the program as a process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.emulator import Emulator


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home of somebody who was welcomed already."""
    folder = tmp_path / "home"
    for state in (".local/state", "Library/Application Support"):
        (folder / state / "vtcode").mkdir(parents=True, mode=0o700)
        (folder / state / "vtcode" / "welcomed").touch()
    return folder


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
