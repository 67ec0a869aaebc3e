"""What commands in a sandbox need not see: keys, tokens, sockets of services that act for the user."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from vtcode.system.sandbox.base import SandboxRequest

SECRETS_OF_HOME = (
    ".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", ".password-store", ".mozilla",
    ".config/gcloud", ".config/gh", ".config/op", ".config/google-chrome", ".config/chromium",
    ".config/git/credentials", ".local/share/keyrings", ".local/share/kwalletd", ".netrc", ".npmrc",
    ".git-credentials", ".pgpass", ".pypirc", ".vault-token", ".cargo/credentials",
    ".cargo/credentials.toml", ".bash_history", ".zsh_history", "Library/Keychains",
)  # fmt: skip
"""In the home folder; Linux and macOS."""
_GLOB = re.compile(r"[*?\[{]")
_LEADING_TO_SERVICES = frozenset(
    {
        "SSH_AUTH_SOCK", "SSH_AGENT_PID", "GPG_AGENT_INFO", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR",
        "DISPLAY", "WAYLAND_DISPLAY", "DOCKER_HOST", "CONTAINER_HOST", "TMUX", "STY",
    }
)  # fmt: skip

_WITHOUT_NETWORK = {"npm_config_fetch_retries": "0", "PIP_RETRIES": "0", "CARGO_NET_RETRY": "0"}
"""Trying again would not help; npm goes on for minutes."""


def secrets_of(home: Path) -> Iterator[Path]:
    """Yield the real paths of what is likely to hold secrets in the home folder, as far as it exists."""
    for name in SECRETS_OF_HOME:
        real = Path(os.path.realpath(home / name))
        if os.path.lexists(real):
            yield real


def closed_to_commands(request: SandboxRequest, found: Iterable[str]) -> list[Path]:
    """Return the real paths of what is closed to the model and can be hidden from commands, too.

    Links are followed. Left out is what lies neither in the workspace nor in the home folder, since programs
    may need it, and what the workspace lies in.

    Args:
        request: What is asked of the sandbox.
        found: What is closed in the workspace, as it is written.
    """
    tops = (*request.roots(), Path(os.path.realpath(request.home)))
    patterns = (pattern for pattern in request.denied.patterns if not _GLOB.search(pattern))
    named = (f"{request.home}{p[1:]}" if p[0] == "~" else p for p in patterns if p[0] in "~/")
    reals = dict.fromkeys(Path(os.path.realpath(path)) for path in (*found, *named))
    own = (path for path in reals if path.exists() and any(path.is_relative_to(top) for top in tops))
    return [path for path in own if not any(top.is_relative_to(path) for top in tops)]


def inside_environment(environment: Mapping[str, str], tmp: str, *, network: bool) -> dict[str, str]:
    """Return a command's environment as it fits inside, where `tmp` is the place for temporary files."""
    kept = {name: value for name, value in environment.items() if name not in _LEADING_TO_SERVICES}
    # Caches are private too: what a command puts into a shared one, another program would run outside.
    cache = f"{tmp}/.cache"
    fitting = {
        "TMPDIR": tmp,
        "XDG_CACHE_HOME": cache,
        "npm_config_cache": f"{cache}/npm",
        "GIT_OPTIONAL_LOCKS": "0",
    }
    without = {} if network else _WITHOUT_NETWORK
    return {name: value for name, value in kept.items() if name not in ("TMP", "TEMP")} | fitting | without
