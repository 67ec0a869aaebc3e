"""Put on PYTHONPATH: notes each look-up and connection that a Python process makes, and ends those to others.

`VTCODE_NETWORK_LOG` names the file; `VTCODE_NETWORK_ALLOWED` the one address, `127.0.0.1:1234`.
"""

from __future__ import annotations

import os
import socket
import sys

_LOG = os.environ["VTCODE_NETWORK_LOG"]
_HOST, _, _PORT = os.environ["VTCODE_NETWORK_ALLOWED"].rpartition(":")
_LOOK_UPS = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"}
_CONTACTS = {"socket.connect", "socket.sendto", "socket.sendmsg"}


def _note(event: str, target: object) -> None:
    descriptor = os.open(_LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(descriptor, f"{event} {target!r}\n".encode())
    os.close(descriptor)


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event in _LOOK_UPS:
        host = arguments[0][0] if isinstance(arguments[0], tuple) else arguments[0]
        if host not in (_HOST, _HOST.encode(), None):
            _note(event, host)
            raise PermissionError(f"looked up {host!r}")
    elif event in _CONTACTS:
        connection, address = arguments[0], arguments[1]
        if isinstance(connection, socket.socket) and connection.family == socket.AF_UNIX:
            return
        if address is None or (isinstance(address, tuple) and address[:2] == (_HOST, int(_PORT))):
            return
        _note(event, address)
        raise PermissionError(f"connected to {address!r}")


sys.addaudithook(_watch)
