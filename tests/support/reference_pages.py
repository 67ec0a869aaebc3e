"""docs/keys.md and docs/commands.md, made of what the program itself goes by."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vtcode.commands.builtin import COMMANDS
from vtcode.frontends.tui.keys import help_rows

DOCS = Path(__file__).parents[2] / "docs"
_MADE = "<!-- made by `python -m tests.reference` -->"


def pages() -> dict[Path, str]:
    """Return the pages by their files."""
    return {DOCS / "keys.md": _keys(), DOCS / "commands.md": _commands()}


def _keys() -> str:
    parts = [
        "# Keys",
        _MADE,
        "`?` on an empty prompt shows them in the app, those that work right now first.",
    ]
    for heading, rows in help_rows():
        parts.append(f"## {heading.removesuffix(': right now')}")
        parts.append(_table(("Keys", ""), [(_code(shown), text) for shown, text in rows]))
    return "\n\n".join(parts) + "\n"


def _commands() -> str:
    rows = [
        (
            _code(f"/{command.name} {command.usage}".rstrip()),
            ", ".join(f"`/{alias}`" for alias in command.aliases),
            command.help,
            "" if command.while_busy else "waits",
        )
        for command in COMMANDS
    ]
    text = (
        "`/help` lists them in the app, `/help COMMAND` tells all about one, Ctrl+P finds them by a few "
        "letters. What they do in more words: [usage](usage.md)."
    )
    head = ("Command", "Also", "", "While the model works")
    return "\n\n".join(("# Commands", _MADE, text, _table(head, rows))) + "\n"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _code(text: str) -> str:
    mark = "``" if "`" in text else "`"
    return f"{mark}{text}{mark}".replace("|", r"\|")
