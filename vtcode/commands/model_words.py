"""`/model load acme/coder --context-length 16384`, understood. Pure."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from vtcode.errors import UsageError
from vtcode.providers.load_options import LOAD_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

Action: TypeAlias = Literal["load", "unload", "download", "info"]

ALL = "--all"
SERVER = "--server"
_LOAD_FLAGS = {option.flag: bool(option.value) for option in LOAD_OPTIONS}
_FLAGS: dict[Action, dict[str, bool]] = {
    "load": {SERVER: True, **_LOAD_FLAGS},
    "unload": {SERVER: True, ALL: False},
    "download": {SERVER: True},
    "info": {SERVER: True},
}
"""What may follow each word, and whether a value follows that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelWords:
    """What was typed after `/model`."""

    action: Action | None = None
    """None: no action was named; the name is of a model to choose, or none is given."""
    name: str = ""
    server: str = ""
    """A server's name; empty: none was given."""
    options: Mapping[str, str] = field(default_factory=dict)
    """The other flags with their values."""


def understood(argument: str) -> ModelWords:
    """Read what follows `/model`.

    Raises:
        UsageError: It can't be understood.
    """
    word, _, written = argument.strip().partition(" ")
    action = next((known for known in get_args(Action) if word == known), None)
    if action is None:
        return ModelWords(name=argument.strip())
    try:
        rest = shlex.split(written)
    except ValueError as error:
        raise UsageError("A quote is not closed.", hint=usage(action)) from error
    names: list[str] = []
    options: dict[str, str] = {}
    while rest:
        word = rest.pop(0)
        if not word.startswith("--"):
            names.append(word)
            continue
        flag, equals, value = word.partition("=")
        options[flag] = value if equals else _value(action, flag, rest)
    if len(names) > 1:
        raise UsageError(f"One model at a time: {' '.join(names)}", hint=usage(action))
    return ModelWords(action=action, name="".join(names), server=options.pop(SERVER, ""), options=options)


def usage(action: Action) -> str:
    """Return how an action is written."""
    values = {SERVER: "NAME", **{option.flag: option.value for option in LOAD_OPTIONS}}
    written = (f"{flag} {values.get(flag, '')}".rstrip() for flag in _FLAGS[action])
    name = {"load": "ID", "unload": "[ID]", "download": "NAME[@QUANT]", "info": "[ID]"}[action]
    return " ".join(("/model", action, name, *(f"[{flag}]" for flag in written)))


def _value(action: Action, flag: str, rest: list[str]) -> str:
    """Take the value that follows a flag, where it needs one.

    Raises:
        UsageError: The flag is unknown here, or nothing follows it.
    """
    takes_value = _FLAGS[action].get(flag)
    if takes_value is None:
        raise UsageError(f"Unknown flag {flag}.", hint=usage(action))
    if not takes_value:
        return ""
    if not rest:
        raise UsageError(f"{flag} needs a value.", hint=usage(action))
    return rest.pop(0)
