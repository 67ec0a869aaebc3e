"""argv to `Arguments`. Cheap to import: `vtcode --version` goes through here and nothing heavier.

Global flags count before and after a subcommand, so they are taken out first, wherever they stand; what is
left is the subcommand's. Everything after `--` is left as it is.
"""

from __future__ import annotations

import argparse
import os
import shlex
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from vtcode.cli.flags import flags_parser
from vtcode.cli.parser import nearest
from vtcode.cli.subcommands import DEFAULT_ACTIONS, TITLES, WORDS, root_parser
from vtcode.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

Command: TypeAlias = Literal[
    "chat", "exec", "ask", "sessions", "models", "local", "doctor", "config", "policy", "init", "serve", "dev"
]

_SEE_HELP = "See: vtcode --help"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """The command line, understood. `vtcode.cli.main` dispatches on `command`."""

    command: Command
    """`chat` is the interactive mode: the app, or the line mode with `plain`."""
    action: str = ""
    """Of `sessions` (list, show, delete), `models` (list, load, unload, download, info),
    `local` (status, start, stop, log, configure, troubleshoot), `config` (show), `policy` (explain),
    `dev` (emulator, parse)."""

    provider: str | None = None
    model: str | None = None
    mode: str | None = None
    """The mode that the session begins in."""
    config_file: Path | None = None
    assignments: tuple[str, ...] = ()
    """`-c key=value`, in order."""
    workspace: Path
    """An existing folder, absolute and real."""
    trust: bool = False
    """This run trusts what the workspace's vtcode.toml widens, and the project's AGENTS.md."""
    full_auto: bool = False
    continue_last: bool = False
    """Go on with the workspace's newest session."""
    resume: str | None = None
    """A session's id or its beginning; empty: none was named; None: not asked for."""
    images: tuple[Path, ...] = ()
    """Pictures that join the first message."""
    plain: bool = False
    no_color: bool = False
    debug: bool = False

    prompt: str | None = None
    """Of `exec` and `ask`; None or `-`: read it from stdin."""
    output_schema: Path | None = None
    """Of `exec` and `ask`: what the answer has to be."""
    json: bool = False
    all: bool = False
    """Of `sessions list`: those of every workspace; of `models unload`: everything."""
    session_id: str = ""
    """Of `sessions show` and `sessions delete`."""
    model_name: str = ""
    """Of `models`; empty: none was named."""
    server: str = ""
    """Of `models`: a server's name; empty: none was named."""
    load_options: tuple[tuple[str, str], ...] = ()
    """Of `models load`: flags with their values, as they were typed."""
    base_url: str = ""
    """Of `local configure`; empty: show it."""
    bind: str = ""
    """Of `local start`: the address to listen on; empty: LM Studio's own choice."""
    source: str = "server"
    """Of `local log`."""
    command_line: str = ""
    """Of `policy explain`: what the shell would get."""
    tool: str = ""
    """Of `policy explain`: a tool, where it is not about a command."""
    tool_arguments: str = ""
    """Of `policy explain`: the arguments of the call, as JSON."""
    force: bool = False
    """Of `init`: overwrite."""
    port: int = 0
    """Of `dev emulator` and `serve`, 0: any free one; of `local start`, 0: that of the last time."""
    host: str = "127.0.0.1"
    """Of `serve`."""
    opens_browser: bool = False
    """Of `serve`."""
    script: Path | None = None
    """Of `dev emulator`: what it answers."""
    faults: tuple[tuple[str, str], ...] = ()
    """Of `dev emulator`: `--fault` with each of its values."""
    tools_file: Path | None = None
    """Of `dev parse`: the definitions of the tools that count as known."""
    chunk: int = 0
    """Of `dev parse`: how many characters arrive at a time; 0: all at once."""


_OWN_FIELDS = frozenset(field.name for field in fields(Arguments)) - {"command"}
"""What a subcommand's parser fills in."""


def parse(argv: Sequence[str]) -> Arguments:
    """Understand the command line, without the program's name.

    `--help` and `--version` print to stdout and leave with SystemExit(0).

    Raises:
        UsageError: It can't be understood.
    """
    flags, rest = _take_flags(argv)
    _refuse_contradictions(flags)
    if rest and not rest[0].startswith("-") and rest[0] not in WORDS:
        flags.workspace = _workspace(rest.pop(0), flags.workspace)
        if rest:
            raise _unexpected(rest[0], "")
    own = _own_arguments(rest)
    return Arguments(
        command=own.command or "chat",
        provider=flags.provider,
        model=flags.model,
        mode=flags.mode,
        config_file=flags.config,
        assignments=tuple(flags.assignments),
        workspace=_real_folder(flags.workspace),
        trust=flags.trust,
        full_auto=flags.full_auto,
        continue_last=flags.continue_last,
        resume=flags.resume,
        images=_pictures(flags.images),
        plain=flags.plain,
        no_color=flags.no_color,
        debug=flags.debug,
        **{name: value for name, value in vars(own).items() if name in _OWN_FIELDS},
    )


def _take_flags(argv: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """Split the command line into the global flags and the rest, in order."""
    words = list(argv)
    end = words.index("--") if "--" in words else len(words)
    before = [_unambiguous(word, words[index + 1 : index + 2]) for index, word in enumerate(words[:end])]
    flags, rest = flags_parser().parse_known_args(before)
    return flags, rest + words[end:]


def _unambiguous(word: str, following: list[str]) -> str:
    """Keep `--resume exec` from taking the command for a session's id."""
    return "--resume=" if word == "--resume" and following and following[0] in WORDS else word


def _own_arguments(rest: list[str]) -> argparse.Namespace:
    """Parse what is left when the global flags are gone."""
    if not rest:
        return argparse.Namespace(command="")
    words, line = _without_command_line(list(rest))
    asks_help = words[1:2] in (["-h"], ["--help"])
    if (
        words
        and words[0] in DEFAULT_ACTIONS
        and not asks_help
        and (not words[1:] or words[1].startswith("-"))
    ):
        words.insert(1, DEFAULT_ACTIONS[words[0]])
    if words and words[0] not in (*WORDS, "-h", "--help"):
        raise _unexpected(words[0], "")
    own, extra = root_parser(words[0]).parse_known_args(words)
    if extra:
        raise _unexpected(extra[0], own.command)
    if line:
        own.command_line = line
    return own


def _without_command_line(words: list[str]) -> tuple[list[str], str]:
    """Split off the command to explain, after `--`: one word is a whole line, several are its words."""
    if words[:1] != ["policy"] or "--" not in words:
        return words, ""
    end = words.index("--")
    line = words[end + 1 :]
    return words[:end], line[0] if len(line) == 1 else shlex.join(line)


def _unexpected(word: str, command: str) -> UsageError:
    if word.startswith("-"):
        flags = [name for action in flags_parser()._actions for name in action.option_strings]
        return UsageError(
            f"Unknown flag {word!r}.", hint=nearest(word, [*flags, "--json", "--force"]) or _SEE_HELP
        )
    hint = f'Quote the prompt: vtcode {command} "..."' if command in {"exec", "ask"} else _SEE_HELP
    return UsageError(f"Unexpected argument {word!r}.", hint=hint)


def _refuse_contradictions(flags: argparse.Namespace) -> None:
    if flags.continue_last and flags.resume is not None:
        raise UsageError("--continue and --resume exclude each other.", hint="--resume ID names the session.")


def _workspace(word: str, already: Path | None) -> Path:
    """Return the folder that a first word names; a word that names none is a misspelt command."""
    if Path(word).is_dir():
        if already is not None:
            raise UsageError("The workspace is given twice.", hint="Either WORKSPACE or --workspace DIR.")
        return Path(word)
    raise UsageError(f"{word!r} is neither a command nor a folder.", hint=_suggestion(word))


def _real_folder(path: Path | None) -> Path:
    try:
        folder = Path.cwd() if path is None else path.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        place = "The current folder is gone" if path is None else f"There is no folder {str(path)!r}"
        raise UsageError(f"{place}.", hint="Name the workspace: --workspace DIR") from error
    if not folder.is_dir():
        raise UsageError(f"{str(path)!r} is not a folder.", hint="Name the workspace: --workspace DIR")
    return folder


def _pictures(paths: Sequence[Path]) -> tuple[Path, ...]:
    for path in paths:
        if not os.path.exists(path):  # noqa: PTH110 - Path.exists raises where a name is too long
            raise UsageError(f"--image: there is no file {path}.", hint="Check the path.")
    return tuple(paths)


def _suggestion(word: str) -> str:
    if " " in word:
        return 'To run a prompt: vtcode exec "..."'
    return nearest(word, list(TITLES), prefix="vtcode ") or _SEE_HELP
