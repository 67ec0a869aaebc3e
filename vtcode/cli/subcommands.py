"""The subcommands: their titles, arguments and help."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vtcode.cli.flags import flags_parser
from vtcode.cli.parser import Parser

if TYPE_CHECKING:
    from collections.abc import Callable

TITLES = {
    "exec": "let the agent do one task, without a person to ask",
    "ask": "one answer, without tools and without a session",
    "sessions": "list, show or delete recorded sessions",
    "models": "list, load, unload, download models",
    "local": "LM Studio on this machine: start, stop, look after it",
    "doctor": "check settings, server and model; find the tool mode that fits",
    "config": "every setting and where it comes from",
    "policy": "would this command be allowed, asked about or denied, and why",
    "init": "write a commented vtcode.toml here",
    "serve": "the app in a browser on this machine",
}
"""The subcommands that help shows."""

WORDS = (*TITLES, "dev")
_DEFAULT_SERVERS = {"list": "all", "download": "the chosen provider"}
"""Of the actions of `models`: which server it is where none is named."""
DEFAULT_ACTIONS = {
    "sessions": "list",
    "models": "list",
    "local": "status",
    "config": "show",
    "policy": "explain",
}
_ROOT_HELP = f"""\
usage: vtcode [WORKSPACE] [flags]          open the app (in WORKSPACE, else here)
       vtcode COMMAND [arguments] [flags]

commands:
{chr(10).join(f"  {name:<21} {title}" for name, title in TITLES.items())}
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


class _RootParser(Parser):
    """The subcommands; its help is written by hand around the flags' own."""

    def format_help(self) -> str:
        """Return the help of the whole program."""
        return f"{_ROOT_HELP}\n{flags_parser().format_help().strip()}\n\n{_EXAMPLES}"


def root_parser(command: str) -> Parser:
    """Return the parser of what is left when the global flags are gone.

    Args:
        command: The only subcommand that it knows, one of `WORDS`; anything else: none. To make them all
            takes longer than all the rest of parsing.
    """
    parser = _RootParser(prog="vtcode", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", parser_class=Parser)
    if command in WORDS:
        _ADDED[command](_subcommand(commands, command))
    return parser


def _subcommand(commands: argparse._SubParsersAction[Parser], name: str) -> Parser:
    title = TITLES.get(name, "for working on vtcode itself")
    return commands.add_parser(
        name,
        allow_abbrev=False,
        description=title[:1].upper() + title[1:] + ".",
        epilog="The program's flags (--model, --workspace, -c ...) may stand here too: see vtcode --help.",
    )


def _add_prompt(parser: Parser) -> None:
    parser.add_argument(
        "prompt", metavar="PROMPT", nargs="?", help="the text, quoted; `-` or none: from stdin"
    )
    parser.add_argument("--json", action="store_true", help="one event a line on stdout")
    parser.add_argument(
        "--output-schema", metavar="FILE", type=Path, help="a JSON schema that the answer has to fit"
    )


def _add_sessions(parser: Parser) -> None:
    actions = _add_actions(parser, {"list": "those of this workspace (the default)"})
    actions.choices["list"].add_argument("--all", action="store_true", help="those of every workspace")
    for name, title in (("show", "print one"), ("delete", "delete one")):
        command = actions.add_parser(name, allow_abbrev=False, help=title)
        command.add_argument("session_id", metavar="ID", help="as listed; its beginning is enough")


def _add_doctor(parser: Parser) -> None:
    parser.add_argument("--json", action="store_true", help="as JSON")


def _add_config(parser: Parser) -> None:
    parser.add_argument(
        "action", metavar="show", nargs="?", default="show", choices=["show"], help="the default"
    )
    parser.add_argument("--json", action="store_true", help="as JSON")


def _add_init(parser: Parser) -> None:
    parser.add_argument("--force", action="store_true", help="overwrite the one that is there")


def _add_actions(parser: Parser, titles: dict[str, str]) -> argparse._SubParsersAction[Parser]:
    """Give a subcommand actions that list something."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", parser_class=Parser)
    for name, title in titles.items():
        actions.add_parser(name, allow_abbrev=False, help=title).add_argument(
            "--json", action="store_true", help="as JSON"
        )
    return actions


def _add_models(parser: Parser) -> None:
    from vtcode.providers.load_options import LOAD_OPTIONS

    actions = parser.add_subparsers(dest="action", metavar="ACTION", parser_class=Parser)
    actions.add_parser("list", allow_abbrev=False, help="those of all servers (the default)")
    load = actions.add_parser("load", allow_abbrev=False, help="load one into memory")
    load.add_argument("model_name", metavar="ID", help="as listed")
    for option in LOAD_OPTIONS:
        values: dict[str, Any] = {"metavar": option.value} if option.value else {"nargs": 0}
        load.add_argument(
            option.flag, dest="load_options", action=_Collected, default=(), help=option.help, **values
        )
    unload = actions.add_parser("unload", allow_abbrev=False, help="take one out of memory")
    unload.add_argument("model_name", metavar="ID", nargs="?", default="", help="an instance's, or a key")
    unload.add_argument("--all", action="store_true", help="everything that is loaded")
    download = actions.add_parser("download", allow_abbrev=False, help="have the server download one")
    download.add_argument(
        "model_name", metavar="NAME[@QUANT]", help="of LM Studio's catalogue, or a Hugging Face address"
    )
    info = actions.add_parser("info", allow_abbrev=False, help="all that is known of one")
    info.add_argument("model_name", metavar="ID", nargs="?", default="", help="default: the loaded one")
    test = actions.add_parser("test", allow_abbrev=False, help="try one: a reply and a call, or a vector")
    test.add_argument("model_name", metavar="ID", nargs="?", default="", help="default: the loaded one")
    for name, action in actions.choices.items():
        default = _DEFAULT_SERVERS.get(name, "the first that has it")
        action.add_argument("--server", metavar="NAME", default="", help=f"as configured; default: {default}")
        shape = "one object a line, as it goes on" if name == "download" else "as JSON"
        action.add_argument("--json", action="store_true", help=shape)


class _Collected(argparse.Action):
    """Adds the flag with its value, as they were typed, to a tuple."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Take one flag."""
        collected = (*getattr(namespace, self.dest), (option_string, values or ""))
        setattr(namespace, self.dest, collected)


def _port(text: str) -> int:
    """Return a port; 0: any.

    Raises:
        ArgumentTypeError: It is none.
    """
    if not (text.isascii() and text.isdecimal() and len(text) <= 5 and int(text) < 65_536):
        raise argparse.ArgumentTypeError(f"{text!r} is no port")
    return int(text)


def _add_local(parser: Parser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", parser_class=Parser)
    actions.add_parser("status", allow_abbrev=False, help="does its server run, and where (the default)")
    start = actions.add_parser("start", allow_abbrev=False, help="start its server")
    start.add_argument("--port", metavar="N", type=_port, default=0, help="default: that of the last time")
    start.add_argument("--bind", metavar="ADDRESS", default="", help="0.0.0.0 lets other machines in")
    actions.add_parser("stop", allow_abbrev=False, help="stop its server")
    log = actions.add_parser("log", allow_abbrev=False, help="follow its log, until Ctrl-C")
    log.add_argument(
        "source",
        metavar="SOURCE",
        nargs="?",
        default="server",
        choices=["server", "model", "runtime"],
        help="server (the default), model or runtime",
    )
    configure = actions.add_parser("configure", allow_abbrev=False, help="show or set the server's address")
    configure.add_argument("base_url", metavar="URL", nargs="?", default="", help="host:port is enough")
    actions.add_parser("troubleshoot", allow_abbrev=False, help="find out what keeps it from answering")


def _add_policy(parser: Parser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", parser_class=Parser)
    explain = actions.add_parser("explain", allow_abbrev=False, help="judge a call without making it")
    explain.add_argument(
        "command_line", metavar="COMMAND", nargs="?", default="", help="quoted, or as words after `--`"
    )
    explain.add_argument("--tool", metavar="NAME", default="", help="a call of this tool instead")
    explain.add_argument(
        "--args", dest="tool_arguments", metavar="JSON", default="", help="the arguments of that call"
    )
    explain.add_argument("--json", action="store_true", help="as JSON")


def _add_serve(parser: Parser) -> None:
    parser.add_argument("--port", metavar="N", type=_port, default=0, help="default: any free one")
    parser.add_argument(
        "--host", metavar="ADDRESS", default="127.0.0.1", help="127.0.0.1, and nothing else: the default"
    )
    parser.add_argument(
        "--open", dest="opens_browser", action="store_true", help="open it in the browser, too"
    )


def _add_dev(parser: Parser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True, parser_class=Parser)
    command = actions.add_parser("emulator", allow_abbrev=False, help="an LM Studio on loopback")
    command.add_argument("--port", metavar="N", type=_port, default=0, help="default: any free one")
    command.add_argument("--script", metavar="FILE", type=Path, help="what it answers")
    command.add_argument(
        "--fault",
        dest="faults",
        metavar="NAME[=VALUE]",
        action=_Collected,
        default=(),
        help="something that it does wrong, such as crash=6 or stall=prefill:30; may be repeated",
    )
    command = actions.add_parser("parse", allow_abbrev=False, help="what is understood of a reply on stdin")
    command.add_argument(
        "--tools",
        dest="tools_file",
        metavar="FILE",
        type=Path,
        required=True,
        help="a JSON list of tool definitions, as OpenAI's API takes them",
    )
    command.add_argument(
        "--chunk", metavar="N", type=int, default=0, help="take N characters at a time; 0: all at once"
    )


_ADDED: dict[str, Callable[[Parser], None]] = {
    "exec": _add_prompt,
    "ask": _add_prompt,
    "sessions": _add_sessions,
    "models": _add_models,
    "local": _add_local,
    "doctor": _add_doctor,
    "config": _add_config,
    "policy": _add_policy,
    "init": _add_init,
    "serve": _add_serve,
    "dev": _add_dev,
}
"""What gives each subcommand its arguments."""
