"""Every quirk of a real LM Studio, met by the real client over HTTP.

The tests are named by the rows of the table in docs/lmstudio.md, which `tests/unit/test_docs.py` holds
against them.
"""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest

from tests.quirks.conversation import Conversation
from tests.support.emulator import Emulator
from vtcode.providers.lmstudio import LmStudioProvider

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def provider(emulator: Emulator) -> AsyncIterator[LmStudioProvider]:
    async with aclosing(LmStudioProvider(base_url=emulator.url)) as opened:
        yield opened


@pytest.fixture
def conversation(tmp_path: Path, emulator: Emulator) -> Conversation:
    return Conversation(tmp_path, emulator)
