"""A whole session with the emulated server: what the user typed, what was asked, what was told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.support.emulator import Emulator
from tests.support.grammar import assert_grammar
from tests.support.recorder import Recorder
from tests.support.sessions import Bench
from vtcode.events import Notice, ReplyCompleted, ToolFinished, TurnEnded
from vtcode.providers.script import ScriptedCall, Turn

MODEL = "acme/coder-30b-a3b"
CHAT_8B = "acme/chat-8b"
READ_HELLO = ScriptedCall(name="read_file", arguments={"path": "hello.txt"})


class Conversation:
    """The program below its front ends, on LM Studio, in a workspace that holds hello.txt.

    Args:
        folder: For the workspace and everything that the program keeps.
        emulator: The server.
    """

    def __init__(self, folder: Path, emulator: Emulator) -> None:
        self.bench = Bench(folder, [f"providers.lmstudio.base_url={emulator.url}"])
        (self.bench.workspace / "hello.txt").write_text("good morning\n")
        self.emulator = emulator
        self.recorder = Recorder()

    async def say(self, *texts: str, answers: tuple[str, ...] = ()) -> Recorder:
        """Open a session, say one thing after the other, close it; the events follow the grammar."""
        self.recorder = Recorder(*answers)
        async with self.bench.session(self.recorder) as session:
            for text in texts:
                await session.submit(text)
        assert_grammar(self.recorder.events)
        return self.recorder

    @property
    def asked(self) -> list[dict[str, Any]]:
        """The bodies of the requests for a reply, in order."""
        return [json.loads(request.body) for request in self.emulator.replies_asked]

    @property
    def answer(self) -> str:
        """The text of the last reply."""
        return self.recorder.of(ReplyCompleted)[-1].message.text

    @property
    def outcome(self) -> str:
        """How the last turn ended."""
        return self.recorder.of(TurnEnded)[-1].outcome

    @property
    def results(self) -> list[str]:
        """What the model read of its calls."""
        return [finished.text for finished in self.recorder.of(ToolFinished)]

    @property
    def told(self) -> str:
        """All notices, and how the last turn failed."""
        notices = [f"{notice.text} {notice.hint}" for notice in self.recorder.of(Notice)]
        failures = [f"{ended.error} {ended.hint}" for ended in self.recorder.of(TurnEnded)]
        return "\n".join([*notices, *failures])


def calling(*calls: ScriptedCall, text: str = "") -> Turn:
    """Return a reply that calls."""
    return Turn(text=text, calls=calls or (READ_HELLO,))
