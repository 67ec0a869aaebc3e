"""What is copied, and how it reaches the clipboard."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fake_session import FakeSession
from tests.support.recorder import Recorder
from vtcode.commands.builtin import dispatch
from vtcode.errors import UsageError
from vtcode.events import Notice, ReplyCompleted
from vtcode.frontends.clipboard import clipboard_sequence, copied_words
from vtcode.messages import AssistantMessage, Usage
from vtcode.session.copying import Copied, code_blocks, copied, copied_answer
from vtcode.system.clipboard import clipboard_program, copy_with

ANSWERS = ["first\n\n```\nold\n```", "second\n```py\na\n\nb\n```\n~~~\nlast\n~~~", "no code"]


@pytest.mark.parametrize(
    ("argument", "text"),
    [("", "no code"), ("answer", "no code"), ("1", "no code"), ("3", ANSWERS[0]), ("code", "last")],
)
def test_what_copy_takes(argument: str, text: str) -> None:
    assert copied_answer(ANSWERS, argument).text == text


@pytest.mark.parametrize("argument", ["0", "4", "-1", "²", "everything"])
def test_what_is_not_there_is_told(argument: str) -> None:
    with pytest.raises(UsageError):
        copied_answer(ANSWERS, argument)


@pytest.mark.parametrize(
    ("markdown", "blocks"),
    [
        ("```\na\n```\ntext\n```py\nb", ["a", "b"]),
        ("- item\n  ```sh\n  ls\n    -l\n  ```", ["ls\n  -l"]),
        ("````\n```\nx\n```\n````", ["```\nx\n```"]),
        ("```not a fence``` but code", []),
        ("```\n```", [""]),
    ],
    ids=["open at the end", "in a list", "a fence in a fence", "inline", "empty"],
)
def test_code_is_taken_without_its_fences(markdown: str, blocks: list[str]) -> None:
    assert code_blocks(markdown) == blocks


def test_no_control_character_is_copied() -> None:
    assert copied("rm\x1b[2K -rf\r\x07\tx\n", "x").text == "rm -rf\tx"


def test_what_was_copied_is_said_in_words() -> None:
    assert copied_words(Copied(text="a\nb", what="the last answer")) == "Copied the last answer, 2 lines"
    assert copied_words(Copied(text="", what="")) == "There is nothing to copy"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_the_terminal_gets_nothing_but_one_encoded_sequence(text: str) -> None:
    match = re.fullmatch(r"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07", clipboard_sequence(text, {}))
    assert match
    assert base64.b64decode(match[1]).decode() == text


def test_inside_tmux_the_terminal_around_it_gets_it_too() -> None:
    inner = "\x1b]52;c;aGk=\x07"
    around = f"\x1bPtmux;\x1b{inner}\x1b\\"
    assert clipboard_sequence("hi", {"TMUX": "/tmp/tmux-0/default,1,0"}) == inner + around


@pytest.mark.parametrize(
    ("platform", "environment", "own"),
    [
        ("darwin", {}, True),
        ("darwin", {"SSH_CONNECTION": "1.2.3.4 5 6.7.8.9 22"}, False),
        ("linux", {}, False),
    ],
)
def test_the_desktops_own_clipboard_is_for_macos_without_ssh(
    platform: str, environment: dict[str, str], own: bool
) -> None:
    assert bool(clipboard_program(platform, environment)) == own


def test_the_program_for_the_clipboard_reads_the_text(tmp_path: Path) -> None:
    program = tmp_path / "pbcopy"
    program.write_text(f"#!/bin/sh\ncat > {tmp_path}/text\n")
    program.chmod(0o755)
    copy_with(str(program), "grün\n")
    assert (tmp_path / "text").read_text(encoding="utf-8") == "grün\n"
    copy_with("/no/such/program", "nothing happens")


async def test_the_command_copies_from_the_conversation() -> None:
    recorder = Recorder()
    session = FakeSession(recorder)
    for text in ("one", "", "two"):
        message = AssistantMessage(text=text)
        await session.emit(ReplyCompleted(message=message, finish="stop", usage=Usage()))
    result = await dispatch(session, recorder, "/copy 2")
    assert result.copied == Copied(text="one", what="the answer before the last")
    assert (await dispatch(session, recorder, "/copy code")).copied is None
    assert [notice.text for notice in recorder.of(Notice)] == ["No answer has a code block yet."]
