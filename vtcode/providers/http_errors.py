"""Every failure of httpx as one of our errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.errors import (
    BadReply,
    ProviderError,
    ReplyCut,
    ServerSilent,
    ServerUnreachable,
    WrongEndpoint,
)
from vtcode.providers.server_errors import readable

if TYPE_CHECKING:
    from vtcode.providers.server_errors import Server


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

    detail = readable(str(error)) or type(error).__name__
    match error:
        case httpx.ConnectError() | httpx.ConnectTimeout() | httpx.ProxyError():
            return ServerUnreachable(f"{server} can't be reached: {detail}", hint=server.start_hint)
        case httpx.UnsupportedProtocol() | httpx.InvalidURL():
            return ServerUnreachable(f"{server} can't be reached: {detail}", hint="Check base_url.")
        case httpx.TimeoutException():
            return silent(server)
        case httpx.DecodingError() | httpx.LocalProtocolError() | httpx.CookieConflict():
            return BadReply(f"{server} sent what can't be understood: {detail}", hint="Check base_url.")
        case httpx.TooManyRedirects() | httpx.HTTPStatusError():
            return WrongEndpoint(f"{server} does not answer at this path: {detail}", hint="Check base_url.")
    if answered or isinstance(error, httpx.StreamError):
        return ReplyCut(
            f"{server} broke the connection off: {detail}",
            hint="Send the message again; if it stays so, look whether the server or the model crashed.",
        )
    return ServerUnreachable(f"{server} gave no answer in HTTP: {detail}", hint=server.start_hint)


def silent(server: Server) -> ServerSilent:
    """Return the error for a server that has sent nothing for too long."""
    return ServerSilent(
        f"{server} has stopped answering",
        hint="Look whether the server is stuck or its machine overloaded; [timeouts] sets how long to wait.",
    )
