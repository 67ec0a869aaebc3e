"""A home that nobody has used, for the program as a process."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def fresh_home(tmp_path: Path) -> Path:
    """A home of somebody who never started the program."""
    folder = tmp_path / "fresh-home"
    folder.mkdir()
    return folder
