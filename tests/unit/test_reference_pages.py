"""The pages of keys and commands are those of the program as it is."""

from __future__ import annotations

from tests.support.reference_pages import pages


def test_the_pages_of_keys_and_commands_are_up_to_date() -> None:
    for file, text in pages().items():
        assert file.read_text(encoding="utf-8") == text, "run python -m tests.reference"
