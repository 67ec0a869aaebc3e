"""A session with the emulated server, and what is to be seen of it from both ends."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.support.emulator import Emulator
from tests.support.grammar import assert_grammar
from tests.support.recorder import Recorder
from tests.support.sessions import Bench
from vtcode.events import Notice, ReplyCompleted, TurnEnded
from vtcode.session.session import Session

MODEL = "acme/coder-30b-a3b"


@asynccontextmanager
async def session_with(bench: Bench, emulator: Emulator, recorder: Recorder) -> AsyncIterator[Session]:
    """Open a session on the emulator; at its end the events follow the grammar."""
    bench.settings.append(f"providers.lmstudio.base_url={emulator.url}")
    async with bench.session(recorder) as session:
        yield session
    assert_grammar(recorder.events)


def bodies(emulator: Emulator) -> list[dict[str, Any]]:
    """Return what was asked, request by request."""
    return [json.loads(request.body) for request in emulator.replies_asked]


def last_words(body: dict[str, Any]) -> str:
    """Return the text of a request's last message."""
    return str(body["messages"][-1]["content"])


def told(recorder: Recorder) -> str:
    """Return all notices."""
    return "\n".join(f"{notice.text} {notice.hint}" for notice in recorder.of(Notice))


def outcomes(recorder: Recorder) -> list[str]:
    """Return how each turn ended."""
    return [ended.outcome for ended in recorder.of(TurnEnded)]


def answer(recorder: Recorder) -> str:
    """Return the text of the last reply."""
    return recorder.of(ReplyCompleted)[-1].message.text
