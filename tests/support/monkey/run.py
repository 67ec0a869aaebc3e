"""The app over a session of the program's own, used at random, and what must hold meanwhile.

- Nothing fails: an exception ends the app, and is raised here.
- The events keep their grammar.
- No input is lost: words that were typed stand in the prompt, or in the history, which has all that was sent,
  queued or cleared, until a key takes them away that is there to delete or replace text.
- It ends: whatever was going on can be interrupted, and the session closes.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.support.grammar import assert_grammar
from tests.support.monkey.model import turns
from tests.support.monkey.moves import TAKES_AWAY, Move, make, move, press
from tests.support.sessions import Bench as Workshop
from tests.support.tui_app import Bench, Clock, app_with
from vtcode.bootstrap import Opening, open_session
from vtcode.events import Event
from vtcode.frontend import FrontEnd
from vtcode.frontends.tui.app import VtcodeApp
from vtcode.questions import Answer, Question
from vtcode.session.session import Session

_MOVE_S = 0.15
"""What a letter takes on the app's clock, which the guard of questions goes by."""
_PAUSES_S = (0.1, 0.3, 0.6, 3.0)
"""What may pass after a move."""
_END_S = 60.0
_MOVES_A_RUN = 1_000
"""After so many the app is left and started again, in another project."""


@dataclass
class Found:
    """What a run came to."""

    moves: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    questions: Counter[str] = field(default_factory=Counter)
    words: int = 0
    """So many were typed and looked for after every move."""
    starts: int = 0
    """How often the app was started: the hand leaves it, too."""


class Witness:
    """Notes what a session shows and asks on its way to the app."""

    def __init__(self, front_end: FrontEnd, found: Found) -> None:
        self._front_end = front_end
        self._found = found
        self.events: list[Event] = []

    async def show(self, event: Event) -> None:
        self.events.append(event)
        self._found.events[event.type] += 1
        await self._front_end.show(event)

    async def ask(self, question: Question) -> Answer:
        self._found.questions[type(question).__name__] += 1
        return await self._front_end.ask(question)


class Hand:
    """Uses one run of the app."""

    def __init__(self, bench: Bench, random: Random, found: Found) -> None:
        self._bench = bench
        self._random = random
        self._found = found
        self._words: set[str] = set()
        self._last: deque[str] = deque(maxlen=20)
        """The last moves, and what they left in the prompt."""

    async def do(self, wanted: Move) -> None:
        """Make a move, and look whether all words are still there."""
        app, prompt = self._bench.app, self._bench.app.prompt
        may_take_away = (
            wanted.kind == "paste"
            or (wanted.kind == "key" and wanted.text in TAKES_AWAY)
            or bool(prompt.selected_text or prompt.vim_mode)
            or app.screen is not app.screen_stack[0]
        )
        if wanted.kind == "line":
            may_take_away |= await self._line(wanted.text)
        else:
            await make(self._bench, wanted)
        self._bench.clock.now += self._random.choice(_PAUSES_S)
        self._last.append(f"{wanted} {app.focused} {prompt.full_text[-80:]!r}")
        there = self._texts()
        lost = {word for word in self._words if not any(_holds(text, word) for text in there)}
        assert may_take_away or not lost, "\n".join(
            (f"{lost} went away with the last of these:", *self._last)
        )
        self._words -= lost

    async def _line(self, text: str) -> bool:
        """Go to the prompt; type a word of its own, or a command there; True: text may be gone."""
        app, prompt = self._bench.app, self._bench.app.prompt
        if app.screen is not app.screen_stack[0] or app.focused is not prompt or prompt.vim_mode:
            await press(self._bench, "escape")
            return True
        if text:
            return await self._command(text)
        self._found.words += 1
        word = f"yes{self._found.words}no"
        for key in ("space", *word):
            await press(self._bench, key)
            self._bench.clock.now += _MOVE_S
        if any(word in text for text in self._texts()):
            self._words.add(word)
        is_sent = self._random.random() < 0.7
        if is_sent:
            await press(self._bench, "enter")
        return is_sent

    async def _command(self, text: str) -> bool:
        if not self._bench.app.prompt.text:
            self._bench.app.prompt.put(text)
            await press(self._bench, "enter")
        return True

    def _texts(self) -> tuple[str, ...]:
        prompt = self._bench.app.prompt
        history = prompt.past_prompts
        return prompt.full_text, history._draft, *history.entries


def _holds(text: str, word: str) -> bool:
    """Whether a word is in a text, also with a few letters typed into its middle."""
    return word in text or re.search(r"[\s\S]{0,30}?".join(word), text) is not None


async def let_loose(folder: Path, count: int, seed: int) -> Found:
    """Make so many moves, and return what happened.

    Raises:
        AssertionError: Something that must hold did not.
    """
    random, found = Random(seed), Found()
    moves = [move(random) for _ in range(count)]
    while moves:
        found.starts += 1
        await _one_run(folder / str(found.starts), moves, random, found)
    return found


async def _one_run(folder: Path, moves: list[Move], random: Random, found: Found) -> None:
    """Take moves off the list until there is none, these are many, or the app was left."""
    left = max(0, len(moves) - _MOVES_A_RUN)
    workshop = Workshop(folder)
    (workshop.workspace / "a.py").write_text("print(1)\n" * 20)
    script = workshop.write_script(turns(random, 400))
    workshop.settings += ["agent.max_conversation_turns=100000"]
    workshop.settings += ["agent.provider=scripted", f"providers.scripted.script={script}"]
    sessions: list[Session] = []
    witnesses: list[Witness] = []

    async def open_one(front_end: FrontEnd) -> Session:
        witnesses.append(Witness(front_end, found))
        opening = Opening(configuration=workshop.configuration(), reload=workshop.configuration)
        sessions.append(await open_session(opening, witnesses[-1]))
        return sessions[-1]

    clock = Clock()
    app = app_with(open_one, clock=clock)
    async with app.run_test(size=(80, 24)) as pilot:
        bench = Bench(app=app, pilot=pilot, session=None, clock=clock)  # type: ignore[arg-type]
        await bench.until(lambda: bench.status_text().startswith("ready"))
        hand = Hand(bench, random, found)
        while len(moves) > left and app.is_running and not app._leaving:
            wanted = moves.pop(0)
            found.moves[wanted.kind] += 1
            await hand.do(wanted)
        await _leave(app)
    for witness in witnesses:
        assert_grammar(witness.events)


async def _leave(app: VtcodeApp) -> None:
    """Leave the app as it is, and wait until it is gone."""
    if not app._leaving:
        app.leave()
    async with asyncio.timeout(_END_S):
        while app.is_running and app._session and app.return_value is None:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def stay_away_from_home(folder: Path) -> None:
    """Have everything that is kept for a user be kept in `folder`."""
    for name in list(os.environ):
        if name.startswith(("XDG_", "LMSTUDIO_", "LM_API")) or name in ("VISUAL", "EDITOR"):
            del os.environ[name]
    os.environ["HOME"] = str(folder)
