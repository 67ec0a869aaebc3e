"""Calling the user who looks elsewhere, and the terminal's title."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from vtcode.events import TurnOutcome
from vtcode.frontends.tui.attention import Attention, notification
from vtcode.frontends.tui.settings import Notifications
from vtcode.session.desktop import notification_command, notify_desktop

TERMINAL = Notifications(delivery="terminal")
CALL = "\a"


@dataclass
class Desk:
    """A terminal, a user and their clock."""

    now: float = 0.0
    last_key_at: float | None = 0.0
    sent: list[str] = field(default_factory=list)
    types_again: bool = False

    def attention(self, settings: Notifications = TERMINAL) -> Attention:
        made = Attention(
            self.sent.append,
            _run,
            last_key_at=lambda: self.last_key_at,
            clock=lambda: self.now,
            sleep=self.sleep,
            environment={"TERM": "xterm-256color"},
        )
        made.begin(settings, (), "project")
        return made

    async def sleep(self, seconds: float) -> None:
        """Let time pass; the user may type meanwhile."""
        self.now += seconds
        if self.types_again:
            self.last_key_at = self.now

    @property
    def called(self) -> bool:
        return CALL in self.sent


def _run(work: Coroutine[None, None, None]) -> None:
    asyncio.run(work)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.parametrize(
    ("outcome", "words"),
    [("completed", "Done"), ("failed", "Ended with an error"), ("limit", "Ended with an error")],
)
def test_the_user_is_called_when_a_turn_is_over(desk: Desk, outcome: TurnOutcome, words: str) -> None:
    attention = desk.attention()
    desk.now = 60
    attention.turn_ended(outcome)
    assert desk.sent == [CALL, f"\x1b]9;vtcode – project: {words}\a"]


def test_the_user_is_called_when_an_answer_is_waited_for_and_only_once(desk: Desk) -> None:
    attention = desk.attention()
    desk.now = 60
    attention.follow("asks")
    attention.follow("asks")
    assert desk.sent == [CALL, "\x1b]9;vtcode – project: Waiting for your answer\a"]


def test_what_the_user_stopped_is_no_news(desk: Desk) -> None:
    attention = desk.attention()
    desk.now = 60
    attention.turn_ended("cancelled")
    assert not desk.called


@pytest.mark.parametrize(("types_again", "called"), [(False, True), (True, False)])
def test_somebody_who_typed_a_moment_ago_is_called_later_unless_they_type_on(
    desk: Desk, types_again: bool, called: bool
) -> None:
    attention = desk.attention()
    desk.now, desk.last_key_at, desk.types_again = 60, 55, types_again
    attention.turn_ended("completed")
    assert desk.now == 65
    assert desk.called is called


def test_who_is_known_to_look_elsewhere_is_called_at_once(desk: Desk) -> None:
    attention = desk.attention()
    attention.focus(False)
    desk.now, desk.last_key_at = 60, 59
    attention.follow("asks")
    assert desk.called
    assert desk.now == 60


def test_nobody_is_called_right_after_the_start(desk: Desk) -> None:
    desk.last_key_at, desk.types_again = None, True
    attention = desk.attention()
    desk.now = 5
    attention.follow("asks")
    assert desk.now == 10
    assert not desk.called


@pytest.mark.parametrize(
    ("settings", "is_focused", "called"),
    [
        pytest.param(TERMINAL, True, False, id="here"),
        pytest.param(TERMINAL, False, True, id="elsewhere"),
        pytest.param(replace(TERMINAL, suppress_when_focused=False), True, True, id="here, but wants it"),
        pytest.param(replace(TERMINAL, enabled=False), False, False, id="switched off"),
        pytest.param(replace(TERMINAL, completion=False), False, False, id="not for this"),
    ],
)
def test_who_looks_at_the_terminal_is_not_called(
    desk: Desk, settings: Notifications, is_focused: bool, called: bool
) -> None:
    attention = desk.attention(settings)
    attention.focus(is_focused)
    desk.now = 60
    attention.turn_ended("completed")
    assert desk.called is called


@pytest.mark.parametrize(
    ("environment", "sequence"),
    [
        pytest.param({"TERM": "xterm-ghostty"}, "\x1b]9;a;b: text\a", id="OSC 9"),
        pytest.param({"VTE_VERSION": "7600"}, "\x1b]777;notify;a,b;text\a", id="VTE"),
        pytest.param({"TERM": "foot"}, "\x1b]777;notify;a,b;text\a", id="foot"),
        pytest.param(
            {"TERM": "tmux-256color", "TMUX": "/tmp/tmux-0/default,1,0"},
            "\x1bPtmux;\x1b\x1b]9;a;b: text\a\x1b\\",
            id="through tmux",
        ),
    ],
)
def test_a_terminal_is_told_in_the_way_that_it_knows(environment: dict[str, str], sequence: str) -> None:
    assert notification("a;b", "text", environment) == sequence


def test_the_title_says_what_goes_on_and_is_given_back(desk: Desk) -> None:
    attention = desk.attention()
    attention.begin(TERMINAL, ("folder", "state"), "pro\x1bject")
    attention.follow("working")
    attention.follow("ready")
    attention.end()
    assert desk.sent == [
        "\x1b[22;2t",
        "\x1b]2;vtcode – pro\\x1bject – opening\a",
        "\x1b]2;vtcode – pro\\x1bject – working\a",
        "\x1b]2;vtcode – pro\\x1bject – ready\a",
        "\x1b[23;2t",
    ]


def test_without_items_the_title_stays(desk: Desk) -> None:
    attention = desk.attention()
    attention.follow("working")
    attention.end()
    assert desk.sent == []


@pytest.fixture
def notify_send(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A desktop whose `notify-send` writes down what it was told."""
    told = tmp_path / "told"
    program = tmp_path / "notify-send"
    program.write_text(f'#!/bin/sh\nprintf "%s|" "$@" > {told}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    return told


def test_the_desktop_shows_it_where_there_is_one(desk: Desk, notify_send: Path) -> None:
    attention = desk.attention(Notifications(delivery="desktop"))
    desk.now = 60
    attention.turn_ended("completed")
    assert notify_send.read_text() == "--app-name=vtcode|--|vtcode – project|Done|"
    assert desk.sent == [CALL]


@pytest.mark.usefixtures("notify_send")
async def test_nobody_sees_a_desktop_over_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "1 2 3 4")
    assert not await notify_desktop("title", "text")


def test_without_a_desktop_the_terminal_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "1 2 3 4")
    attention = desk.attention(Notifications(delivery="desktop"))
    desk.now = 60
    attention.turn_ended("completed")
    assert desk.sent == [CALL, "\x1b]9;vtcode – project: Done\a"]


def test_words_are_arguments_of_a_script_never_its_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "osascript").write_text("#!/bin/sh\n")
    (tmp_path / "osascript").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    command = notification_command('"; do shell script "x', "text", is_mac=True)
    assert command[-3:] == ["--", '"; do shell script "x', "text"]
    assert not any("do shell" in part for part in command[:-2])
