"""The prompt of the line mode: prompts in files, vim's keys, messages that wait."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.emulator import Emulator
from tests.support.terminal import Terminal
from vtcode.providers.script import Turn

PROMPT = "\n>"


@pytest.fixture
def prompts(home: Path) -> Path:
    folder = home / ".config" / "vtcode" / "prompts"
    folder.mkdir(parents=True)
    return folder


def plain_mode(emulator: Emulator, project: Path, home: Path) -> Terminal:
    environment = {
        "LMSTUDIO_BASE_URL": f"{emulator.url}/v1",
        "XDG_CONFIG_HOME": str(home / ".config"),
    }
    return Terminal("--plain", cwd=project, home=home, environment=environment, rows=50)


def test_a_prompt_in_a_file_is_shown_as_it_is_sent(
    emulator: Emulator, project: Path, home: Path, prompts: Path
) -> None:
    (prompts / "fix.md").write_text("Fix $1, then run the tests.")
    emulator.script(Turn(text="Fixed."))
    with plain_mode(emulator, project, home) as terminal:
        terminal.wait_for(PROMPT)
        terminal.enter("/prompts")
        terminal.wait_for("#fix")
        terminal.enter("#fix parser")
        terminal.wait_for("[you] Fix parser, then run the tests.")
        terminal.wait_for("Fixed.")
    assert "Fix parser, then run the tests." in emulator.replies_asked[-1].body.decode()


def test_a_projects_prompt_is_asked_about_first(emulator: Emulator, project: Path, home: Path) -> None:
    folder = project / ".vtcode" / "prompts"
    folder.mkdir(parents=True)
    (folder / "ship.md").write_text("Ship everything at once.")
    with plain_mode(emulator, project, home) as terminal:
        terminal.wait_for(PROMPT)
        terminal.enter("#ship")
        terminal.wait_for("Ship everything at once.")
        terminal.wait_for("Number or letter:")
        terminal.type("n\r")
        terminal.wait_for("> #ship")
    assert not [asked for asked in emulator.replies_asked if b"Ship everything" in asked.body]


def test_vims_keys_are_switched_by_the_command(emulator: Emulator, project: Path, home: Path) -> None:
    with plain_mode(emulator, project, home) as terminal:
        terminal.wait_for(PROMPT)
        terminal.enter("/vim")
        terminal.wait_for("[vim] Vim's keys are on.")
        terminal.enter("/vim off")
        terminal.wait_for("[vim] Vim's keys are off.")


def test_tab_completes_a_path_and_says_what_there_is(emulator: Emulator, project: Path, home: Path) -> None:
    for name in ("library/parser.py", "library/printer.py"):
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).touch()
    with plain_mode(emulator, project, home) as terminal:
        terminal.wait_for(PROMPT)
        terminal.type("see @lib\t")
        terminal.wait_for("see @library/")
        terminal.type("\t\t")
        terminal.wait_for("[complete] library/parser.py, library/printer.py")
        terminal.type("a\t")
        terminal.wait_for("> see @library/parser.py")


def test_a_prompt_that_is_almost_called_so_is_asked_about(
    emulator: Emulator, project: Path, home: Path, prompts: Path
) -> None:
    (prompts / "fixtests.md").write_text("Fix the tests.")
    emulator.script(Turn(text="Fixed."))
    with plain_mode(emulator, project, home) as terminal:
        terminal.wait_for(PROMPT)
        terminal.enter("#fixtest")
        terminal.wait_for("There is no prompt #fixtest")
        terminal.wait_for("Number or letter:")
        terminal.type("s\r")
        terminal.wait_for("Fixed.")
    assert b"Fix the tests." in emulator.replies_asked[-1].body
