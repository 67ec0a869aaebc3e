"""What reaches a real terminal: colors as it has them, or none, and its own title at the end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.emulator import Emulator
from tests.support.terminal import Terminal

LIGHT_BACKGROUND, DARK_BACKGROUND = b"48;2;251;251;248", b"48;2;20;22;27"
_SGR = re.compile(rb"\x1b\[([0-9;]*)m")
_NO_COLORS = {b"39", b"49"}


def colors_in(received: bytes) -> set[bytes]:
    """Return the parameters of all that sets a color."""
    parameters = {one for found in _SGR.findall(received) for one in found.split(b";")}
    return {one for one in parameters if re.fullmatch(rb"3\d|4\d|9\d|10\d", one)} - _NO_COLORS


def at(emulator: Emulator, **more: str) -> dict[str, str]:
    return {"LMSTUDIO_BASE_URL": f"{emulator.url}/v1", **more}


@pytest.mark.parametrize(
    ("answer", "background"),
    [
        (b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[?62;c", LIGHT_BACKGROUND),
        (b"\x1b]11;rgb:0000/0000/0000\x1b\\\x1b[?62;c", DARK_BACKGROUND),
        (b"\x1b[?62;c", DARK_BACKGROUND),
    ],
    ids=["light", "dark", "it does not say"],
)
def test_the_theme_is_light_or_dark_as_the_terminal_says(
    emulator: Emulator, project: Path, home: Path, answer: bytes, background: bytes
) -> None:
    with Terminal(cwd=project, home=home, environment=at(emulator)) as app:
        app.type(answer.decode())
        app.wait_for("ready")
        assert background in app.received
        assert "rgb" not in app.text().splitlines()[-2]
        assert b"\x1b]11;?" in app.received


def test_over_a_network_the_terminal_is_not_asked(emulator: Emulator, project: Path, home: Path) -> None:
    environment = at(emulator, SSH_CONNECTION="192.0.2.1 1 192.0.2.2 22", COLORFGBG="0;15")
    with Terminal(cwd=project, home=home, environment=environment) as app:
        app.wait_for("ready")
        assert b"\x1b]11;?" not in app.received
        assert LIGHT_BACKGROUND in app.received


def test_no_color_means_none_at_all(emulator: Emulator, project: Path, home: Path) -> None:
    with Terminal(cwd=project, home=home, environment=at(emulator, NO_COLOR="1")) as app:
        app.wait_for("ready")
        app.enter("/model")
        app.wait_for("› acme/coder-30b-a3b")
        assert colors_in(app.received) == set()


def test_a_terminal_of_16_colors_gets_no_others(emulator: Emulator, project: Path, home: Path) -> None:
    environment = at(emulator, TERM="xterm", COLORTERM="")
    with Terminal(cwd=project, home=home, environment=environment) as app:
        app.wait_for("ready")
        assert b"38;2" not in app.received
        assert b"38;5" not in app.received


def test_the_title_is_set_and_given_back(emulator: Emulator, project: Path, home: Path) -> None:
    with Terminal(cwd=project, home=home, environment=at(emulator)) as app:
        app.wait_for("ready")
        app.type("\x04")
        assert app.wait_for_exit() == 0
        assert "\x1b]2;vtcode – project – ready\a".encode() in app.received
        assert app.received.count(b"\x1b[23;2t") == 1
