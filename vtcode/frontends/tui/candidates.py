"""What the word before the cursor may become: a command, a custom prompt, a file. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from vtcode.visible import revealed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vtcode.commands.registry import Command
    from vtcode.session.custom_prompts import CustomPrompt

_FILE_WORD: Final = re.compile(r"""(?:^|(?<=[\s(\[]))@(?:"[^"]*|[^\s"]*)$""")
_PLAIN_PATH: Final = re.compile(r"[^\s\"'\\()]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One thing that the word may become."""

    text: str
    """Takes the word's place."""
    title: str
    help: str = ""
    is_sent: bool = False
    """Enter sends it at once; else it is only put there."""


def word_before(line: str, *, is_all: bool) -> str:
    """Return the word that is being typed at the end of `line`, with its `/`, `#` or `@`; empty: none.

    Args:
        line: What stands before the cursor in its line.
        is_all: There is nothing else in the prompt: only then a command or a prompt can be meant.
    """
    if line.startswith(("/", "#", "!")):
        is_one_word = not any(character.isspace() for character in line)
        return line if is_all and is_one_word and line[0] != "!" else ""
    found = _FILE_WORD.search(line)
    return found[0] if found else ""


def matching_commands(word: str, commands: Sequence[Command]) -> list[Command]:
    """Return the commands that `word` may become: the one that is called so, then by name, then by alias."""
    typed = word.removeprefix("/")
    if not word.startswith("/") or any(character.isspace() for character in typed):
        return []
    by_name = [command for command in commands if command.name.startswith(typed)]
    by_alias = [
        command
        for command in commands
        if command not in by_name and any(alias.startswith(typed) for alias in command.aliases)
    ]
    return sorted(by_name + by_alias, key=lambda command: typed not in (command.name, *command.aliases))


def command_candidates(word: str, commands: Sequence[Command]) -> list[Candidate]:
    """Return the commands that `word` may become."""
    return [
        Candidate(
            text=f"/{command.name}",
            title=f"/{command.name} {command.usage}".rstrip(),
            help=command.help.replace("`", ""),
            is_sent=True,
        )
        for command in matching_commands(word, commands)
    ]


def prompt_candidates(word: str, prompts: Iterable[CustomPrompt]) -> list[Candidate]:
    """Return the prompts that `word` may become: those whose name starts so, then those that hold it."""
    typed = word[1:].casefold()
    fitting = [prompt for prompt in prompts if typed in prompt.name.casefold()]
    fitting.sort(key=lambda prompt: not prompt.name.casefold().startswith(typed))
    return [
        Candidate(
            text=f"#{prompt.name}",
            title=f"#{prompt.name}",
            help=prompt.help if prompt.is_own else f"{prompt.help} (the project's)",
            is_sent=not prompt.takes_arguments,
        )
        for prompt in fitting
    ]


def letters_of(word: str) -> str:
    """Return the letters of a file that are typed behind its `@`."""
    return word.removeprefix("@").removeprefix('"')


def file_candidates(paths: Iterable[str]) -> list[Candidate]:
    """Return these files; one whose name could not be read back from the prompt is left out."""
    return [
        Candidate(text=f"@{written}", title=path.rpartition("/")[2], help=path.rpartition("/")[0])
        for path in paths
        if (written := _written(path))
    ]


def _written(path: str) -> str:
    if '"' in path or revealed(path, keep_newlines=False) != path:
        return ""
    return path if _PLAIN_PATH.fullmatch(path) else f'"{path}"'
