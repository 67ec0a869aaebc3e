"""How long a turn's questions waited for the user."""

from __future__ import annotations

from pathlib import Path

from tests.support.recorder import Recorder
from tests.support.sessions import Bench, call
from vtcode.agent.questions import TimedQuestions
from vtcode.events import TurnEnded
from vtcode.providers.script import Turn
from vtcode.questions import Answer, Question


class SlowUser(Recorder):
    """Takes 38 seconds for each answer, by a clock of its own."""

    now_s = 100.0

    async def ask(self, question: Question) -> Answer:
        self.now_s += 38
        return await super().ask(question)

    def clock(self) -> float:
        return self.now_s


async def test_a_turn_tells_how_long_its_questions_waited(tmp_path: Path) -> None:
    user = SlowUser("deny")
    turns = (Turn(calls=(call("write_file", path="a", content="b"),)), Turn(text="Done."))
    async with Bench(tmp_path).session(user, *turns, Turn(text="Nothing to ask.")) as session:
        assert isinstance(session.gate.ask, TimedQuestions)
        session.gate.ask.clock = user.clock
        await session.submit("go")
        await session.submit("and on")
    assert [ended.waited_s for ended in user.of(TurnEnded)] == [38.0, 0.0]
