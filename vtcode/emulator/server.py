"""Runs the emulated server."""

from __future__ import annotations

import importlib.util
import sys
from functools import partial
from typing import TYPE_CHECKING

from vtcode.errors import UsageError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path

    import uvicorn

    from vtcode.emulator.state import EmulatorState


def require_extra() -> None:
    """Check that what the emulator stands on is installed.

    Raises:
        UsageError: It is not; the hint is the command that installs it.
    """
    missing = [name for name in ("starlette", "uvicorn") if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(
            f"The emulator needs {' and '.join(missing)}, which are not installed",
            hint=f"{sys.executable} -m pip install 'vtcode[emulator]'",
        )


def emulator_server(state: EmulatorState, *, host: str = "127.0.0.1", port: int = 0) -> uvicorn.Server:
    """Return a server for `state` that is not running yet; its log stays silent."""
    import uvicorn

    from vtcode.emulator.app import emulator_app

    config = uvicorn.Config(
        emulator_app(state),
        host=host,
        port=port,
        lifespan="off",
        log_config=None,
        log_level="critical",
        ws="none",
        timeout_keep_alive=5,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


_ANNOUNCE = partial(print, flush=True)
"""At once also into a pipe: who started the emulator waits for its address."""


def run_emulator(
    host: str,
    port: int,
    script_file: Path | None = None,
    faults: tuple[str, ...] = (),
    *,
    announce: Callable[[str], object] = _ANNOUNCE,
) -> None:
    """Serve until interrupted; without a script, or after it, the user's words are said back.

    Args:
        host: The address to listen on.
        port: The port; 0: any that is free.
        script_file: As `vtcode.providers.script` describes.
        faults: What goes wrong with every request: `NAME` or `NAME=VALUE` of `vtcode.emulator.faults`.
        announce: Is told the address once the port is open.

    Raises:
        UsageError: The emulator's extra is not installed, a fault is unknown, or nothing can listen there.
        ConfigError: The script can't be read or understood.
    """
    require_extra()
    from vtcode.emulator.faults import faults_from
    from vtcode.emulator.gate import Clock
    from vtcode.emulator.state import default_state
    from vtcode.providers.script import load_script

    state = default_state(load_script(script_file) if script_file else None)
    state.faults = faults_from(faults)
    state.clock = Clock(runs=True, ahead_s=0.0)
    server = emulator_server(state, host=host, port=port)
    listener = bound_socket(host, port)
    announce(f"LM Studio emulator on http://{host}:{listener.getsockname()[1]} (Ctrl-C ends it)")
    server.run(sockets=[listener])


def bound_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens already, so that a client may connect before the server runs.

    Raises:
        UsageError: The address is taken, or not one of this machine.
    """
    import socket

    try:
        listener = socket.create_server((host, port))
    except OSError as error:
        raise UsageError(
            f"Nothing can listen on {host}:{port}: {error.strerror}",
            hint="Choose another --port; 0 takes any.",
        ) from error
    # Its connections inherit this. Without it half of an answer waits for a delayed ACK, 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
