"""The keys that the documentation and the help screen name are those that are bound."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vtcode.commands.builtin import COMMANDS
from vtcode.frontends.tui.keys import KEYS, Place, help_rows
from vtcode.frontends.tui.widgets.transcript_view import TranscriptView

USAGE = (Path(__file__).parents[2] / "docs" / "usage.md").read_text(encoding="utf-8")
TABLES: dict[str, tuple[Place, ...]] = {
    "Keys": ("prompt", "transcript"),
    "Keys while a command waits": ("input",),
}
NAMES = {"?": "question_mark"}
SHOWN = {"question_mark": "?", "slash": "/", "escape": "esc"}


def first_cells(heading: str) -> list[str]:
    """Return the first column of the table whose first heading this is."""
    (rows,) = re.findall(rf"^\| {heading} \|.*\n\| --- .*\n((?:\|.*\n)+)", USAGE, re.MULTILINE)
    return [row.split("|")[1].strip() for row in rows.splitlines()]


def told(heading: str) -> set[str]:
    """Return the keys of a table, as Textual names them."""
    shown = [key for cell in first_cells(heading) for key in cell.replace("`", "").split(", ")]
    keys = {key.rpartition(" then ")[2].lower() for key in shown}
    return {NAMES.get(key, key) for key in keys}


@pytest.mark.parametrize("heading", TABLES)
def test_every_key_in_the_documentation_is_bound(heading: str) -> None:
    bound = {name for key in KEYS if key.place in TABLES[heading] for name in key.names.split(",")}
    assert told(heading) <= bound
    assert told(heading)


@pytest.mark.parametrize("heading", TABLES)
def test_every_bound_key_is_in_the_documentation(heading: str) -> None:
    for key in KEYS:
        if key.place in TABLES[heading] and key.names:
            assert told(heading) & set(key.names.split(",")), key


def test_every_command_is_in_the_documentation() -> None:
    names = {name for cell in first_cells("Command") for name in re.findall(r"/([\w-]+)", cell)}
    assert names == {command.name for command in COMMANDS}


def test_the_keys_of_the_transcript_are_on_the_help_screen() -> None:
    rows = dict(help_rows())["When the transcript has the keyboard (Tab)"]
    shown = {key.lower() for keys, _ in rows for key in keys.split(", ")}
    bound = {name for binding in TranscriptView.BINDINGS for name in binding.key.split(",")}
    names = {SHOWN.get(name, name) for name in bound if "+" not in name and name.islower()}
    assert names <= shown
