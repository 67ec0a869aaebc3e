"""argv to `Arguments`. Cheap to import: `vtcode --version` goes through here and nothing heavier.

Global flags count before and after a subcommand, so they are taken out first, wherever they stand; what is
left is the subcommand's. Everything after `--` is left as it is.
"""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn, TypeAlias

from vtcode import __version__
from vtcode.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

Command: TypeAlias = Literal["chat", "exec", "ask", "sessions", "models", "config", "init", "dev"]

_TITLES = {
    "exec": "let the agent do one task, without a person to ask",
    "ask": "one answer, without tools and without a session",
    "sessions": "list, show or delete recorded sessions",
    "models": "list the server's models",
    "config": "every setting and where it comes from",
    "init": "write a commented vtcode.toml here",
}
"""The subcommands that help shows."""

_WORDS = (*_TITLES, "dev")
_DEFAULT_ACTIONS = {"sessions": "list", "models": "list", "config": "show"}
_SEE_HELP = "See: vtcode --help"
_INVALID_CHOICE = re.compile(r"invalid choice: '?([^'(]*?)'? \(choose from (.*)\)$")

_ROOT_HELP = f"""\
usage: vtcode [WORKSPACE] [flags]          open the app (in WORKSPACE, else here)
       vtcode COMMAND [arguments] [flags]

commands:
{chr(10).join(f"  {name:<21} {title}" for name, title in _TITLES.items())}
"""

_EXAMPLES = """\
examples:
  vtcode                                    the app, in this folder
  vtcode --provider lmstudio --model qwen/qwen3-8b
  vtcode --continue                         go on with this folder's newest session
  vtcode exec "fix the failing test" --json > events.jsonl
  git diff | vtcode ask "review this"
  vtcode -c tools.default_policy=deny       one setting, this once

Flags may stand before or after a command. `vtcode COMMAND --help` says more about one.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """The command line, understood. `vtcode.cli.main` dispatches on `command`."""

    command: Command
    """`chat` is the interactive mode: the app, or the line mode with `plain`."""
    action: str = ""
    """Of `sessions` (list, show, delete), `models` (list), `config` (show) and `dev` (emulator)."""

    provider: str | None = None
    model: str | None = None
    config_file: Path | None = None
    assignments: tuple[str, ...] = ()
    """`-c key=value`, in order."""
    workspace: Path
    """An existing folder, absolute and real."""
    trust: bool = False
    """This run trusts what the workspace's vtcode.toml widens."""
    full_auto: bool = False
    continue_last: bool = False
    """Go on with the workspace's newest session."""
    resume: str | None = None
    """A session's id or its beginning; empty: none was named; None: not asked for."""
    plain: bool = False
    no_color: bool = False
    debug: bool = False

    prompt: str | None = None
    """Of `exec` and `ask`; None or `-`: read it from stdin."""
    json: bool = False
    all: bool = False
    """Of `sessions list`: those of every workspace."""
    session_id: str = ""
    """Of `sessions show` and `sessions delete`."""
    force: bool = False
    """Of `init`: overwrite."""
    port: int = 0
    """Of `dev emulator`; 0: any free one."""
    script: Path | None = None
    """Of `dev emulator`: what it answers."""


def parse(argv: Sequence[str]) -> Arguments:
    """Understand the command line, without the program's name.

    `--help` and `--version` print to stdout and leave with SystemExit(0).

    Raises:
        UsageError: It can't be understood.
    """
    flags, rest = _take_flags(argv)
    _refuse_contradictions(flags)
    if rest and not rest[0].startswith("-") and rest[0] not in _WORDS:
        flags.workspace = _workspace(rest.pop(0), flags.workspace)
        if rest:
            raise _unexpected(rest[0], "")
    own = _own_arguments(rest)
    return Arguments(
        command=own.command or "chat",
        action=getattr(own, "action", ""),
        provider=flags.provider,
        model=flags.model,
        config_file=flags.config,
        assignments=tuple(flags.assignments),
        workspace=_real_folder(flags.workspace),
        trust=flags.trust,
        full_auto=flags.full_auto,
        continue_last=flags.continue_last,
        resume=flags.resume,
        plain=flags.plain,
        no_color=flags.no_color,
        debug=flags.debug,
        prompt=getattr(own, "prompt", None),
        json=getattr(own, "json", False),
        all=getattr(own, "all", False),
        session_id=getattr(own, "session_id", ""),
        force=getattr(own, "force", False),
        port=getattr(own, "port", 0),
        script=getattr(own, "script", None),
    )


class _Parser(argparse.ArgumentParser):
    """Raises instead of printing usage and leaving."""

    def error(self, message: str) -> NoReturn:
        """Turn argparse's words into ours.

        Raises:
            UsageError: Always.
        """
        choice = _INVALID_CHOICE.search(message)
        if choice:
            word, allowed = choice.group(1), re.findall(r"\w+", choice.group(2))
            hint = _nearest(word, allowed, prefix=f"{self.prog} ") or f"See: {self.prog} --help"
            raise UsageError(f"{word!r} is not known here; allowed: {', '.join(allowed)}.", hint=hint)
        raise UsageError(f"{message[:1].upper()}{message[1:]}.", hint=f"See: {self.prog} --help")


def _take_flags(argv: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """Split the command line into the global flags and the rest, in order."""
    words = list(argv)
    end = words.index("--") if "--" in words else len(words)
    before = [_unambiguous(word, words[index + 1 : index + 2]) for index, word in enumerate(words[:end])]
    flags, rest = _flags_parser().parse_known_args(before)
    return flags, rest + words[end:]


def _unambiguous(word: str, following: list[str]) -> str:
    """Keep `--resume exec` from taking the command for a session's id."""
    return "--resume=" if word == "--resume" and following and following[0] in _WORDS else word


def _own_arguments(rest: list[str]) -> argparse.Namespace:
    """Parse what is left when the global flags are gone."""
    words = list(rest)
    asks_help = words[1:2] in (["-h"], ["--help"])
    if (
        words
        and words[0] in _DEFAULT_ACTIONS
        and not asks_help
        and (not words[1:] or words[1].startswith("-"))
    ):
        words.insert(1, _DEFAULT_ACTIONS[words[0]])
    if words and words[0] not in (*_WORDS, "-h", "--help"):
        raise _unexpected(words[0], "")
    own, extra = _root_parser().parse_known_args(words)
    if extra:
        raise _unexpected(extra[0], own.command)
    return own


def _unexpected(word: str, command: str) -> UsageError:
    if word.startswith("-"):
        flags = [name for action in _flags_parser()._actions for name in action.option_strings]
        return UsageError(
            f"Unknown flag {word!r}.", hint=_nearest(word, [*flags, "--json", "--force"]) or _SEE_HELP
        )
    hint = f'Quote the prompt: vtcode {command} "..."' if command in {"exec", "ask"} else _SEE_HELP
    return UsageError(f"Unexpected argument {word!r}.", hint=hint)


def _flags_parser() -> _Parser:
    parser = _Parser(prog="vtcode", add_help=False, allow_abbrev=False, usage=argparse.SUPPRESS)
    model = parser.add_argument_group("model")
    model.add_argument(
        "--provider", metavar="NAME", help="lmstudio, openai_compatible, embedded, scripted, or yours"
    )
    model.add_argument("--model", metavar="ID", help="as the server lists it; default: the loaded one")
    session = parser.add_argument_group("session")
    session.add_argument(
        "--workspace", metavar="DIR", type=Path, help="the folder to work in; default: this one"
    )
    session.add_argument(
        "--continue", dest="continue_last", action="store_true", help="go on with the newest session here"
    )
    session.add_argument(
        "--resume", metavar="ID", nargs="?", const="", help="go on with a session; without an ID, you pick"
    )
    rights = parser.add_argument_group("rights")
    rights.add_argument(
        "--trust", action="store_true", help="apply all of this workspace's vtcode.toml, this once"
    )
    rights.add_argument(
        "--full-auto",
        action="store_true",
        help="run the tools that [automation.full_auto] lists without asking",
    )
    settings = parser.add_argument_group("settings")
    settings.add_argument("--config", metavar="FILE", type=Path, help="one more vtcode.toml, over the others")
    settings.add_argument(
        "-c",
        "--set",
        dest="assignments",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="one setting; repeatable; see: vtcode config show",
    )
    screen = parser.add_argument_group("screen")
    screen.add_argument(
        "--plain", action="store_true", help="a line mode for screen readers and poor terminals"
    )
    screen.add_argument("--no-color", action="store_true", help="no colours; so does NO_COLOR")
    screen.add_argument("--debug", action="store_true", help="tell more on stderr; tracebacks with errors")
    screen.add_argument(
        "--version", action="version", version=f"vtcode {__version__}", help="print it and leave"
    )
    return parser


class _RootParser(_Parser):
    """The subcommands; its help is written by hand around the flags' own."""

    def format_help(self) -> str:
        """Return the help of the whole program."""
        return f"{_ROOT_HELP}\n{_flags_parser().format_help().strip()}\n\n{_EXAMPLES}"


def _root_parser() -> _Parser:
    parser = _RootParser(prog="vtcode", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", parser_class=_Parser)
    for name in ("exec", "ask"):
        command = _subcommand(commands, name, _TITLES[name])
        command.add_argument(
            "prompt", metavar="PROMPT", nargs="?", help="the text, quoted; `-` or none: from stdin"
        )
        command.add_argument("--json", action="store_true", help="one event a line on stdout")
    actions = _add_actions(
        _subcommand(commands, "sessions", _TITLES["sessions"]),
        {"list": "those of this workspace (the default)"},
    )
    actions.choices["list"].add_argument("--all", action="store_true", help="those of every workspace")
    for name, title in (("show", "print one"), ("delete", "delete one")):
        command = actions.add_parser(name, allow_abbrev=False, help=title)
        command.add_argument("session_id", metavar="ID", help="as listed; its beginning is enough")
    for name, action in (("models", "list"), ("config", "show")):
        command = _subcommand(commands, name, _TITLES[name])
        command.add_argument(
            "action", metavar=action, nargs="?", default=action, choices=[action], help="the default"
        )
        command.add_argument("--json", action="store_true", help="as JSON")
    command = _subcommand(commands, "init", _TITLES["init"])
    command.add_argument("--force", action="store_true", help="overwrite the one that is there")
    _add_dev(_subcommand(commands, "dev", "for working on vtcode itself"))
    return parser


def _subcommand(commands: argparse._SubParsersAction[_Parser], name: str, title: str) -> _Parser:
    return commands.add_parser(
        name,
        allow_abbrev=False,
        description=title[:1].upper() + title[1:] + ".",
        epilog="The program's flags (--model, --workspace, -c ...) may stand here too: see vtcode --help.",
    )


def _add_actions(parser: _Parser, titles: dict[str, str]) -> argparse._SubParsersAction[_Parser]:
    """Give a subcommand actions that list something."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", parser_class=_Parser)
    for name, title in titles.items():
        actions.add_parser(name, allow_abbrev=False, help=title).add_argument(
            "--json", action="store_true", help="as JSON"
        )
    return actions


def _add_dev(parser: _Parser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True, parser_class=_Parser)
    command = actions.add_parser("emulator", allow_abbrev=False, help="an LM Studio on loopback")
    command.add_argument("--port", metavar="N", type=int, default=0, help="default: any free one")
    command.add_argument("--script", metavar="FILE", type=Path, help="what it answers")


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


def _suggestion(word: str) -> str:
    if " " in word:
        return 'To run a prompt: vtcode exec "..."'
    return _nearest(word, list(_TITLES), prefix="vtcode ") or _SEE_HELP


def _nearest(word: str, known: list[str], *, prefix: str = "") -> str:
    """Return `Did you mean: ...`, or nothing where nothing is near."""
    import difflib

    near = difflib.get_close_matches(word, known, n=1, cutoff=0.7)
    return f"Did you mean: {prefix}{near[0]}" if near else ""
