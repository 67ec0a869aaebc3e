"""A plain HTTP client to ask an emulated LM Studio without ours, and a place in bubblewrap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from tests.support.emulator import Emulator
from tests.support.sandboxed import Place, bubblewrapped, folder_outside_tmp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path


@pytest.fixture
async def http(emulator: Emulator) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=emulator.url, trust_env=False) as opened:
        yield opened


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that is the same inside of a sandbox."""
    with folder_outside_tmp() as path:
        yield path


@pytest.fixture
def place(folder: Path) -> Iterator[Place]:
    """A workspace whose commands run in bubblewrap."""
    with bubblewrapped(folder) as opened:
        yield opened
