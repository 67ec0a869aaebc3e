"""A command's environment: nothing that runs code unasked, no secrets, nobody to wait for. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from vtcode.redaction import has_secret_shape, is_secret_key, is_secret_value

if TYPE_CHECKING:
    from collections.abc import Mapping

LMSTUDIO_KEY_VARIABLES = ("LMSTUDIO_API_KEY", "LM_API_TOKEN", "LMSTUDIO_API_TOKEN")
"""They hold the key to LM Studio, looked at in this order; the last two are LM Studio's own."""

MARK_VARIABLE = "VTCODE_COMMAND"
"""Set for every command; programs may look at it to learn that nobody may be at the keyboard."""

_DROPPED = frozenset(
    {
        # Code that a shell, or every program, would run unasked.
        "BASH_ENV",
        "ENV",
        "PROMPT_COMMAND",
        "PS4",
        "LD_PRELOAD",
        "LD_AUDIT",
        "DYLD_INSERT_LIBRARIES",
        "LESSOPEN",
        "LESSCLOSE",
        # What changes the meaning of a command line.
        "SHELLOPTS",
        "BASHOPTS",
        "BASH_XTRACEFD",
        "CDPATH",
        "GLOBIGNORE",
    }
)
_FIXED = {
    "TERM": "xterm-256color",
    # What would wait for a person: pagers show everything, editors leave the file as it is.
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "MANPAGER": "cat",
    "SYSTEMD_PAGER": "cat",
    "GH_PAGER": "cat",
    "AWS_PAGER": "",
    "BAT_PAGER": "cat",
    "DELTA_PAGER": "cat",
    "LESS": "-FRX",
    "LESSSECURE": "1",
    "EDITOR": "true",
    "VISUAL": "true",
    "FCEDIT": "true",
    "GIT_EDITOR": "true",
    "GIT_SEQUENCE_EDITOR": "true",
    "HGEDITOR": "true",
    "SVN_EDITOR": "true",
    "KUBE_EDITOR": "true",
    "GIT_MERGE_AUTOEDIT": "no",
    "GIT_TERMINAL_PROMPT": "0",
    "DEBIAN_FRONTEND": "noninteractive",
}
_SECRET_ENDINGS = (
    "KEY",
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "PASS",
    "CREDENTIAL",
    "CRED",
    "AUTH",
    "COOKIE",
    "APIKEY",
)
"""What a word of a secret variable's name ends with, in the plural too: `GH_TOKEN`, `PGPASSWORD`."""
_SECRET_WORDS = frozenset({"PAT", "PWD", "DSN"})
_FOLDER_NAMES = frozenset({"PWD", "OLDPWD"})
_ADDRESS_WITH_PASSWORD = re.compile(r"://[^\s/@:]*:[^\s/@]+@")


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretVariables:
    """Which environment variables are kept from commands."""

    own: frozenset[str] = frozenset()
    """Names of those that hold a key of ours: no command gets them, whatever is allowed."""
    allowed: tuple[str, ...] = ()
    """Names that commands get nevertheless, as shell patterns: `SSH_AUTH_SOCK`, `CARGO_*`."""

    def holds_secret(self, name: str, value: str) -> bool:
        """Tell whether a variable is kept from commands: by its name, or by what it holds."""
        if name in self.own:
            return True
        if any(fnmatchcase(name, pattern) for pattern in self.allowed):
            return False
        return is_secret_name(name) or bool(_ADDRESS_WITH_PASSWORD.search(value)) or has_secret_shape(value)

    def values(self, base: Mapping[str, str]) -> tuple[str, ...]:
        """Return the secrets in an environment that are worth looking for in text."""
        found = {
            value.strip()
            for name, value in base.items()
            if (name in self.own and is_secret_key(value.strip()))
            or (self.holds_secret(name, value) and is_secret_value(value.strip()))
        }
        return tuple(sorted(found))


def is_secret_name(name: str) -> bool:
    """Tell whether an environment variable is called like a secret."""
    if name in _FOLDER_NAMES:
        return False
    words = [word for word in re.split(r"[^A-Z0-9]+", name.upper()) if word]
    return any(
        word in _SECRET_WORDS
        or word.endswith(_SECRET_ENDINGS)
        or word.removesuffix("S").endswith(_SECRET_ENDINGS)
        for word in words
    )


def command_environment(
    base: Mapping[str, str], mark: str, secrets: SecretVariables | None = None
) -> dict[str, str]:
    """Return the environment that a command gets: `base` without what runs code unasked, and without secrets.

    Args:
        base: What it is made from.
        mark: By which the command's processes are found.
        secrets: Which variables are kept from it; None: those that are called like secrets, or hold one.
    """
    secrets = secrets or SecretVariables()
    kept = {
        name: value
        for name, value in base.items()
        if name not in _DROPPED
        and not name.startswith("BASH_FUNC_")
        and not secrets.holds_secret(name, value)
    }
    # A command that runs inside another command is found by either mark.
    marks = [base[MARK_VARIABLE], mark] if MARK_VARIABLE in base else [mark]
    return kept | _FIXED | {MARK_VARIABLE: ":".join(marks)}
