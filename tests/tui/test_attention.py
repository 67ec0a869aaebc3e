"""The app calls its user: from what goes on to what the terminal is sent."""

from __future__ import annotations

import pytest
from textual import events

from tests.support.fake_session import FakeSession
from tests.support.tui_app import Bench, running_app
from vtcode.frontends.tui.settings import Notifications
from vtcode.questions import Choice, ChoiceQuestion

QUESTION = ChoiceQuestion(
    kind="trust", title="Trust?", body="", choices=(Choice(id="no", label="No", key="n"),), refusal="no"
)


def listen(bench: Bench) -> list[str]:
    """Have the terminal's sequences kept."""
    sent: list[str] = []
    bench.app.attention._write = sent.append
    bench.app.attention.begin(Notifications(delivery="terminal"), ("state",), "project")
    return sent


async def ask(session: FakeSession, text: str) -> None:
    """A turn with a question."""
    await session.front_end.ask(QUESTION)


@pytest.mark.parametrize(("looks_away", "called"), [(True, True), (False, False)])
async def test_the_user_is_called_unless_the_terminal_has_the_keyboard(
    looks_away: bool, called: bool
) -> None:
    async with running_app(ask) as bench:
        sent = listen(bench)
        bench.app.post_message(events.AppBlur())
        await bench.settle()
        if not looks_away:
            bench.app.post_message(events.AppFocus())
            await bench.settle()
        bench.clock.now += 60
        bench.app.conversation.send("Ask me.")
        await bench.until(lambda: bench.app.front_end.asking)
        assert any("Waiting for your answer" in sequence for sequence in sent) is called


async def test_a_question_that_came_up_while_the_user_was_away_takes_keys_once_they_are_back() -> None:
    async with running_app(ask) as bench:
        bench.app.post_message(events.AppBlur())
        await bench.settle()
        bench.app.conversation.send("Ask me.")
        await bench.until(lambda: bench.app.front_end.asking)
        await bench.settle()
        bench.app.post_message(events.AppFocus())
        await bench.settle()
        await bench.pilot.press("n")
        await bench.until(lambda: not bench.app.front_end.asking)
        await bench.type("and on")
        assert bench.app.prompt.text == "and on"


async def test_the_title_goes_with_the_state() -> None:
    async with running_app(ask) as bench:
        sent = listen(bench)
        await bench.send("Ask me.")
        await bench.until(lambda: bench.app.front_end.asking)
        await bench.settle()
        await bench.pilot.press("n")
        await bench.until(lambda: not bench.session.status.busy)
        await bench.settle()
    titles = [sequence[4:-1] for sequence in sent if sequence.startswith("\x1b]2;")]
    assert titles[-2:] != titles[:2]
    assert "vtcode – asks" in titles
    assert titles[-1] == "vtcode – ready"
    assert sent[-1] == "\x1b[23;2t"
