"""What commands in a sandbox need not see: keys, tokens, sockets of services that act for the user."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_OF_HOME = (
    ".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", ".password-store", ".mozilla",
    ".config/gcloud", ".config/gh", ".config/op", ".config/google-chrome", ".config/chromium",
    ".config/git/credentials", ".local/share/keyrings", ".local/share/kwalletd", ".netrc", ".npmrc",
    ".git-credentials", ".pgpass", ".pypirc", ".vault-token", ".cargo/credentials",
    ".cargo/credentials.toml", ".bash_history", ".zsh_history", "Library/Keychains",
)  # fmt: skip
SERVICE_FOLDERS = ("/var/run", "/var/lib/lxd", "/var/lib/incus", "/var/snap/lxd")
"""Where services listen that would do as they are told, beside /run: a socket works on a read-only mount."""

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
    for name in _OF_HOME:
        real = Path(os.path.realpath(home / name))
        if os.path.lexists(real):
            yield real


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
