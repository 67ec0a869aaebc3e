"""Pictures at a terminal: typed, dropped, refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.emulator import Emulator
from tests.support.pictures import picture_file
from tests.support.terminal import Terminal

PASTE = "\x1b[200~{}\x1b[201~"
"""How a terminal hands over what was pasted or dropped."""


@pytest.fixture
def environment(emulator: Emulator, project: Path) -> dict[str, str]:
    picture_file(project / "my shot.png")
    emulator.state.models[0].vision = True
    return {"LMSTUDIO_BASE_URL": emulator.url}


def parts_sent(emulator: Emulator) -> list[str]:
    content = json.loads(emulator.replies_asked[-1].body)["messages"][-1]["content"]
    return [part["type"] for part in content]


def test_a_file_dropped_on_the_app_is_sent_and_shown_in_words(
    emulator: Emulator, project: Path, home: Path, environment: dict[str, str]
) -> None:
    with Terminal(cwd=project, home=home, environment=environment, columns=160) as app:
        app.wait_for("ready")
        app.type(PASTE.format(f"'{project / 'my shot.png'}'"))
        app.wait_for("my shot.png'")
        app.type("\r")
        app.wait_for("[image: my shot.png, 64x48, 1 KB]")
        app.wait_for("ready")
    assert parts_sent(emulator) == ["text", "image_url"]


def test_the_app_gives_a_message_back_whose_pictures_the_model_can_not_see(
    emulator: Emulator, project: Path, home: Path, environment: dict[str, str]
) -> None:
    emulator.state.models[0].vision = False
    cold = ("-c", "context.prewarm=false")
    with Terminal(*cold, cwd=project, home=home, environment=environment, columns=160) as app:
        app.wait_for("ready")
        app.enter('look at @"my shot.png" please')
        app.wait_for("can't see pictures")
        app.wait_for(lambda screen: 'look at @"my shot.png" please' in screen.splitlines()[-2])
    assert not emulator.replies_asked


def test_the_first_message_of_the_app_takes_the_picture_of_the_command_line(
    emulator: Emulator, project: Path, home: Path, environment: dict[str, str]
) -> None:
    arguments = ("--image", "my shot.png")
    with Terminal(*arguments, cwd=project, home=home, environment=environment) as app:
        app.wait_for("ready")
        app.enter("What is this?")
        app.wait_for("[image: my shot.png")
        app.wait_for("ready")
    assert parts_sent(emulator) == ["text", "image_url"]


def test_the_line_mode_sends_a_picture_or_gives_the_message_back(
    emulator: Emulator, project: Path, home: Path, environment: dict[str, str]
) -> None:
    with Terminal("--plain", cwd=project, home=home, environment=environment, rows=40) as terminal:
        terminal.wait_for(lambda screen: screen.rstrip().endswith("\n>"))
        terminal.enter("What is @nothing.png?")
        terminal.wait_for("There is no picture nothing.png.")
        terminal.wait_for(lambda screen: screen.rstrip().endswith("> What is @nothing.png?"))
        terminal.type("\x03")
        terminal.wait_for("leaves")
        terminal.enter(str(project / "my\\ shot.png"))
        terminal.wait_for("[image: my shot.png, 64x48, 1 KB]")
        terminal.wait_for("[window]")
    assert parts_sent(emulator) == ["text", "image_url"]
