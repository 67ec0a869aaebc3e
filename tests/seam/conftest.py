"""An emulated LM Studio, and a plain HTTP client to ask it without ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from tests.support.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


@pytest.fixture
async def http(emulator: Emulator) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=emulator.url, trust_env=False) as opened:
        yield opened
