from __future__ import annotations

import pytest

from tests.support.fake_session import FakeSession
from tests.support.recorder import Recorder
from vtcode.commands.builtin import dispatch
from vtcode.commands.status import window_words
from vtcode.events import CommandRan


async def test_status_tells_where_things_stand() -> None:
    recorder = Recorder()
    session = FakeSession(recorder)
    session.queue.add("later")
    await dispatch(session, recorder, "/status")
    (answer,) = recorder.of(CommandRan)
    for fact in (
        "| Server | `lmstudio` at `http://127.0.0.1:1234` |",
        "| Model | `qwen/qwen3-8b` |",
        "| Window | 2,100 of 8,192 tokens used (26%) |",
        "| State | idle, messages waiting: 1, 41.2 tokens a second |",
        f"| Session | `{session.id}` |",
        "| Workspace | `/workspace` |",
        "| Background | no command |",
    ):
        assert fact in answer.text


@pytest.mark.parametrize(
    ("window_tokens", "words"),
    [(8_192, "2,100 of 8,192 tokens used (26%)"), (None, "2,100 tokens used, window size unknown")],
)
def test_how_full_the_window_is(window_tokens: int | None, words: str) -> None:
    session = FakeSession(Recorder())
    session.window_tokens = window_tokens
    assert window_words(session.status) == words
