"""Every failure of httpx as one of our errors."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

from vtcode.errors import (
    BadReply,
    ProviderError,
    ReplyCut,
    ServerSilent,
    ServerUnreachable,
    WrongEndpoint,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vtcode.providers.server_words import Server


def httpx_failures() -> tuple[type[Exception], ...]:
    """Return the roots of everything that httpx raises."""
    import httpx

    return (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, httpx.StreamError)


def failure_of(error: Exception, server: Server, *, answered: bool) -> ProviderError:
    """Return our error for one of httpx's.

    Args:
        error: What httpx raised.
        server: Whom it is about.
        answered: The response had begun, so that a broken connection cut it.
    """
    import httpx

    detail = server.quoted(str(error)).rstrip(".") or type(error).__name__
    match error:
        case httpx.ConnectError() | httpx.ConnectTimeout() | httpx.ProxyError():
            return _unreachable(error, server)
        case httpx.UnsupportedProtocol() | httpx.InvalidURL():
            return ServerUnreachable(f"{server} can't be reached: {detail}.", hint="Check base_url.")
        case httpx.TimeoutException():
            return silent(server)
        case httpx.DecodingError() | httpx.LocalProtocolError() | httpx.CookieConflict():
            return BadReply(f"{server} sent what can't be understood: {detail}.", hint="Check base_url.")
        case httpx.TooManyRedirects() | httpx.HTTPStatusError():
            return WrongEndpoint(f"{server} does not answer at this path: {detail}.", hint="Check base_url.")
    if answered or isinstance(error, httpx.StreamError):
        return ReplyCut(
            f"{server} broke the connection off in the middle of the reply.",
            hint="Send the message again; if it stays so, look whether the server or the model crashed.",
        )
    return ServerUnreachable(f"{server} gave no answer in HTTP: {detail}.", hint=server.start_hint)


def _unreachable(error: Exception, server: Server) -> ServerUnreachable:
    """Say why no connection came about, by what the system said: httpx itself says the same of them all."""
    import ssl

    import httpx

    causes = list(_causes(error))
    hint = server.start_hint
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        why, hint = "no machine of this name is known", "Check the name in base_url, and the network."
    elif any(isinstance(cause, ssl.SSLError) for cause in causes):
        why = "it does not speak HTTPS as expected: " + server.quoted(str(error)).rstrip(".")
        hint = "Check base_url: a server on this machine or a LAN mostly speaks http, not https."
    elif any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        why = "nothing listens there (connection refused)"
    elif isinstance(error, httpx.ConnectTimeout):
        why = "no answer in time"
        hint = f"Check the address, the network and the firewall. {hint}"
    else:
        # Not `strerror`: asyncio puts words of its own there, with the address as Python writes it.
        said = (os.strerror(cause.errno) for cause in causes if isinstance(cause, OSError) and cause.errno)
        why = server.quoted(next(said, str(error))).rstrip(".") or type(error).__name__
    return ServerUnreachable(f"{server} can't be reached: {why}.", hint=hint)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and all that led to it, the members of groups too."""
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        cause = waiting.pop()
        if cause is None or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        waiting += [cause.__cause__, cause.__context__]
        if isinstance(cause, BaseExceptionGroup):
            waiting += cause.exceptions


def silent(server: Server) -> ServerSilent:
    """Return the error for a server that has sent nothing for too long."""
    return ServerSilent(
        f"{server} has stopped answering.",
        hint="Look whether the server is stuck or its machine overloaded; [timeouts] sets how long to wait.",
    )
