"""A journey: what is pressed, and what the screen shows then."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import vtcode
from tests.support.emulator import Emulator
from tests.support.homes import welcomed_home
from tests.support.terminal import Terminal
from vtcode.providers.script import Turn
from vtcode.settled import settled
from vtcode.visible import plain

_KEYS = {
    "Enter": "\r",
    "Escape": "\x1b",
    "Tab": "\t",
    "Shift+Tab": "\x1b[Z",
    "Ctrl+D": "\x04",
    "Ctrl+F": "\x06",
    "Ctrl+S": "\x13",
}
_TIDY = (
    (r"127\.0\.0\.1:\d+|localhost:\d+", "localhost:1234"),
    (r" *(https?://\S+)$", ""),
    (r"~?[\d.]+k?/\d+k \d+%.*$", "…"),
    (r"first token .*$", "…"),
    (r"[\d.]+ tokens/s · .*$", "…"),
    (r"· \d+(\.\d+)? s\b", "· … s"),
    (r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?", "2026-05-01 09:00"),
    (r"\d{4}-\d\d-\d\d-[0-9a-f]+", "2026-05-01-abcd"),
    (r"\[?\d+;\d+\]?", ""),
    (r"^ *[\d.]+ s for your answers$", ""),
    (r" +[▁▂▃▄▅▆▇█]$", ""),
)
_END_OF_APP = b"\x1b[?1049l"
_KEPT_BLANK = "\N{NO-BREAK SPACE}"
_NO_TEXT = " │▌▁▂▃▄▅▆▇█"
"""A row of these alone says nothing: edges and scroll bars."""
_COLUMNS, _ROWS = 80, 24


@dataclass(frozen=True)
class Step:
    """Something that was done, and the screen afterwards."""

    did: str
    keys: int
    """How many keys that took; the text of a prompt does not count."""
    screen: str


@dataclass(frozen=True)
class Journey:
    """A way through the program."""

    name: str
    turns: tuple[Turn, ...]
    """What the model does."""
    go: Callable[[Recording], None]
    welcomed: bool = True


@dataclass
class Recording:
    """The terminal of a journey, and its steps so far."""

    terminal: Terminal
    project: Path
    emulator: Emulator
    steps: list[Step] = field(default_factory=list)

    def open(self) -> None:
        """Wait until the app can be used; what it shows then is always the same."""
        self.terminal.wait_for("ready")

    def see(self, did: str, wanted: str, keys: int = 0) -> None:
        """Wait until the screen shows `wanted`, and note what it shows."""
        self.terminal.wait_for(wanted)
        self.steps.append(Step(did, keys, tidied(self.terminal.settle(), self.project)))

    def say(self, text: str, wanted: str) -> None:
        """Type a line and press Enter."""
        self.terminal.enter(text)
        self.see(f"`{text}` Enter", wanted, keys=1)

    def press(self, key: str, wanted: str) -> None:
        """Press a key that answers no question."""
        self.terminal.type(_KEYS.get(key, key))
        self.see(key, wanted, keys=1)

    def answer(self, key: str, wanted: str) -> None:
        """Answer the question on the screen."""
        self.terminal.answer(_KEYS.get(key, key))
        self.see(key, wanted, keys=1)

    def leave(self) -> None:
        """Press Ctrl+D, and note what stays in the terminal: the app takes its own screen along."""
        self.terminal.type(_KEYS["Ctrl+D"])
        self.terminal.wait_for_exit()
        _, _, left = self.terminal.received.rpartition(_END_OF_APP)
        self.steps.append(Step("Ctrl+D", 1, tidied(plain(settled(left.decode())), self.project)))

    @property
    def keys(self) -> int:
        """How many keys it took so far."""
        return sum(step.keys for step in self.steps)


def recorded(journey: Journey, folder: Path) -> Recording:
    """Go on a journey with a home and a project of its own in `folder`, and return it."""
    home, project = folder / "home", folder / "shop"
    for part in (home, project):
        part.mkdir(parents=True)
    if journey.welcomed:
        welcomed_home(home)
    (project / "greet.py").write_text("print('hello world')\n")
    with Emulator() as emulator:
        emulator.script(*journey.turns)
        environment = {
            "LMSTUDIO_BASE_URL": f"{emulator.url}/v1",
            "PYTHONPATH": str(Path(vtcode.__file__).parents[1]),
        }
        with Terminal(
            cwd=project, home=home, environment=environment, columns=_COLUMNS, rows=_ROWS
        ) as terminal:
            recording = Recording(terminal, project, emulator)
            journey.go(recording)
        emulator.release()
    return recording


def tidied(screen: str, project: Path) -> str:
    """Return the screen without what is different each time, and without rows that are empty."""
    lines = screen.replace(_KEPT_BLANK, " ").replace(str(project), "~/shop").split("\n")
    for pattern, shown in _TIDY:
        lines = [re.sub(pattern, shown, line) for line in lines]
    return "\n".join(_framed(line.rstrip()) for line in lines if line.strip(_NO_TEXT))


def _framed(line: str) -> str:
    """Return a row of a panel with the panel's edge where it was."""
    is_of_panel = line.startswith("│") and line.endswith("│")
    return f"{line[:-1].rstrip():<{_COLUMNS - 1}}│" if is_of_panel else line
