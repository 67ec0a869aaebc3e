from __future__ import annotations

import errno
import os

import httpx
import pytest

from vtcode.errors import (
    BadReply,
    ProviderError,
    ReplyCut,
    ServerSilent,
    ServerUnreachable,
    WrongEndpoint,
)
from vtcode.providers.http_errors import failure_of, httpx_failures
from vtcode.providers.server_words import Server

SERVER = Server(address="http://localhost:1234", lm_studio=True)
LEAVES = (BadReply, ReplyCut, ServerSilent, ServerUnreachable, WrongEndpoint)


def all_exceptions() -> list[type[Exception]]:
    exported = (getattr(httpx, name) for name in httpx.__all__)
    return [kind for kind in exported if isinstance(kind, type) and issubclass(kind, Exception)]


def instance_of(kind: type[Exception]) -> Exception:
    request = httpx.Request("GET", "http://x")
    arguments: dict[type[Exception], tuple[object, ...]] = {
        httpx.StreamConsumed: (),
        httpx.StreamClosed: (),
        httpx.ResponseNotRead: (),
        httpx.RequestNotRead: (),
    }
    if kind is httpx.HTTPStatusError:
        return httpx.HTTPStatusError("500", request=request, response=httpx.Response(500))
    return kind(*arguments.get(kind, ("what happened",)))


@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize("kind", all_exceptions(), ids=lambda kind: kind.__name__)
def test_every_exception_of_httpx_has_one_of_ours(kind: type[Exception], answered: bool) -> None:
    assert issubclass(kind, httpx_failures())
    error = failure_of(instance_of(kind), SERVER, answered=answered)
    assert isinstance(error, LEAVES)
    assert SERVER.address in error.message
    assert error.hint


@pytest.mark.parametrize(
    ("kind", "answered", "expected"),
    [
        (httpx.ConnectError, False, ServerUnreachable),
        (httpx.ConnectTimeout, False, ServerUnreachable),
        (httpx.ReadTimeout, True, ServerSilent),
        (httpx.ReadError, True, ReplyCut),
        (httpx.RemoteProtocolError, True, ReplyCut),
        (httpx.RemoteProtocolError, False, ServerUnreachable),
        (httpx.ReadError, False, ServerUnreachable),
        (httpx.DecodingError, True, BadReply),
    ],
)
def test_what_broke_depends_on_whether_the_answer_had_begun(
    kind: type[Exception], answered: bool, expected: type[ProviderError]
) -> None:
    assert type(failure_of(instance_of(kind), SERVER, answered=answered)) is expected


def test_what_httpx_quotes_is_told_without_the_key() -> None:
    server = Server(address="http://x", secret="hunter2-key")
    error = httpx.RemoteProtocolError("illegal header line: b'X-Echo: Bearer hunter2-key'")
    assert "Bearer …" in failure_of(error, server, answered=False).message


def test_why_no_connection_came_about_is_told_in_the_words_of_the_system() -> None:
    error = httpx.ConnectError("All connection attempts failed")
    error.__cause__ = OSError(errno.ECONNRESET, "Connect call failed ('127.0.0.1', 1234)")
    told = failure_of(error, SERVER, answered=False).message
    assert told == f"{SERVER} can't be reached: {os.strerror(errno.ECONNRESET)}."
