"""The flags that count before and after every subcommand."""

from __future__ import annotations

import argparse
from pathlib import Path

from vtcode import __version__
from vtcode.cli.parser import Parser


def flags_parser() -> Parser:
    """Return the parser of the program's own flags."""
    parser = Parser(prog="vtcode", add_help=False, allow_abbrev=False, usage=argparse.SUPPRESS)
    model = parser.add_argument_group("model")
    model.add_argument(
        "--provider", metavar="NAME", help="lmstudio, openai_compatible, embedded, scripted, or yours"
    )
    model.add_argument("--model", metavar="ID", help="as the server lists it; default: the loaded one")
    _add_session(parser.add_argument_group("session"))
    rights = parser.add_argument_group("rights")
    rights.add_argument(
        "--mode", metavar="NAME", help="build asks, plan changes nothing, auto asks less in a full sandbox"
    )
    rights.add_argument(
        "--trust",
        action="store_true",
        help="apply all of this workspace's vtcode.toml, and follow the project's AGENTS.md, this once",
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


def _add_session(session: argparse._ArgumentGroup) -> None:
    session.add_argument(
        "--workspace", metavar="DIR", type=Path, help="the folder to work in; default: this one"
    )
    session.add_argument(
        "--continue", dest="continue_last", action="store_true", help="go on with the newest session here"
    )
    session.add_argument(
        "--resume", metavar="ID", nargs="?", const="", help="go on with a session; without an ID, you pick"
    )
    session.add_argument(
        "--image",
        dest="images",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="a picture for the first message; repeatable",
    )
