"""What the word before the cursor may become: a command, a custom prompt, a file. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vtcode.frontends.words import written_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vtcode.commands.registry import Command
    from vtcode.session.custom_prompts import CustomPrompt


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One thing that the word may become."""

    text: str
    """Takes the word's place."""
    title: str
    help: str = ""
    is_sent: bool = False
    """Enter sends it at once; else it is only put there."""
    goes_on: bool = False
    """It is a folder: the word is completed inside it."""
    is_there: bool = False
    """It is the folder that the word names already."""


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


def file_candidates(paths: Iterable[str], typed: str = "") -> list[Candidate]:
    """Return these files and folders; one whose name could not be read back from the prompt is left out.

    A folder whose name is `typed` already stands for itself, the others for what is in them.
    """
    return [_file_candidate(path, is_there=path == typed) for path in paths if written_path(path)]


def _file_candidate(path: str, *, is_there: bool) -> Candidate:
    outer, _, name = path.removesuffix("/").rpartition("/")
    is_folder = path.endswith("/")
    goes_on = is_folder and not is_there
    return Candidate(
        text=written_path(path, goes_on=goes_on),
        title=f"{name}/" if is_folder else name,
        help="this folder" if is_folder and is_there else outer,
        goes_on=goes_on,
        is_there=is_folder and is_there,
    )
