"""HTTP to a server of models: connections, limits, and every failure as one of our errors.

No request goes through a proxy and none follows a redirect: the environment's proxies are for the internet,
and prompts and tokens are meant for the one server that the user named. httpx is imported when the first
request is made.
"""

from __future__ import annotations

import json
import socket
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from vtcode import __version__
from vtcode.errors import BadReply, ConfigError, WrongEndpoint
from vtcode.providers.fault import is_error_body, read_fault
from vtcode.providers.http_errors import failure_of, httpx_failures
from vtcode.providers.reply_stream import ReplyStream
from vtcode.providers.server_errors import provider_error

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Mapping

    import httpx

    from vtcode.providers.server_words import Server

_MAX_BODY_BYTES = 8 * 1024 * 1024
"""Of an answer that is read whole: a list of some thousand models."""
_IDLE_CONNECTION_S = 4.0
"""LM Studio closes an idle connection after 5 seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long to wait for a server; 0 means without limit."""

    connect_s: float = 5.0
    """To open a connection."""
    silence_s: float = 300.0
    """Between two pieces of a reply, once it has begun. Before its first piece there is no limit: reading a
    long prompt, or loading the model, is silent for as long as it takes."""
    answer_s: float = 15.0
    """For answers that need no model, such as the list of models."""


class ServerClient:
    """Sends requests to one server and keeps its connections.

    Args:
        server: Whom errors are about; its secret is sent as a bearer token, and none where it is empty.
        limits: How long to wait.
    """

    def __init__(self, server: Server, limits: Limits) -> None:
        if not server.secret.isascii() or not server.secret.isprintable():
            raise ConfigError(
                f"The API key for {server.address} holds characters that can't be sent.",
                hint="Check the environment variable that holds it.",
            )
        self.server = server
        self.limits = limits
        self._client: httpx.AsyncClient | None = None

    async def get_json(self, url: str, *, expected_key: str) -> dict[str, Any]:
        """Return the JSON object at `url`.

        Raises:
            WrongEndpoint: The answer is no JSON object with `expected_key`.
            ProviderError: The server said no, or did not answer within the limit.
        """
        return await self._json("GET", url, None, expected_key=expected_key, answer_s=self.limits.answer_s)

    async def get_list(self, url: str) -> list[Any]:
        """Return the JSON list at `url`; empty where something else is there.

        Raises:
            ProviderError: The server said no, or did not answer within the limit.
        """
        response = await self._send("GET", url, None, answer_s=self.limits.answer_s)
        try:
            await self._check_status(response, "")
            answer = _json_or_none(await self._body(response))
        finally:
            await response.aclose()
        return answer if isinstance(answer, list) else []

    async def post_json(
        self,
        url: str,
        body: Mapping[str, object],
        *,
        expected_key: str,
        model: str = "",
        answer_s: float | None = None,
    ) -> dict[str, Any]:
        """Send `body` as JSON, and return the JSON object that answers it.

        Args:
            url: Where to.
            body: What to send; equal bodies give equal bytes.
            expected_key: What every good answer has.
            model: Whom an error is about.
            answer_s: How long to wait; 0: without limit; None: as for answers that need no model.

        Raises:
            WrongEndpoint: The answer is no JSON object with `expected_key`.
            ProviderError: The server said no, or did not answer within the limit.
        """
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        limit_s = self.limits.answer_s if answer_s is None else answer_s
        return await self._json(
            "POST", url, content, expected_key=expected_key, model=model, answer_s=limit_s
        )

    @asynccontextmanager
    async def stream(self, url: str, body: bytes, *, model: str) -> AsyncIterator[ReplyStream]:
        """Send `body` and open the stream that answers it; leaving the context closes the connection.

        Raises:
            ProviderError: The server said no, or can't be reached.
        """
        response = await self._send("POST", url, body, answer_s=0)
        try:
            await self._check_status(response, model)
            media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            chunks = response.aiter_bytes()
            async with ReplyStream(chunks, self.server, media_type=media_type) as stream:
                yield stream
        finally:
            await response.aclose()

    async def aclose(self) -> None:
        """Close all connections; the next request would open new ones."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _json(
        self,
        method: Literal["GET", "POST"],
        url: str,
        content: bytes | None,
        *,
        expected_key: str,
        answer_s: float,
        model: str = "",
    ) -> dict[str, Any]:
        response = await self._send(method, url, content, answer_s=answer_s)
        try:
            await self._check_status(response, model)
            answer = _json_or_none(await self._body(response))
        finally:
            await response.aclose()
        if is_error_body(answer, expected_key):
            raise provider_error(read_fault(answer), self.server, model=model)
        if not isinstance(answer, dict) or expected_key not in answer:
            raise WrongEndpoint(
                f"{self.server} answers at {url}, but not as a server of models does.",
                hint="Check base_url: another program may listen on this port.",
            )
        return answer

    async def _send(self, method: str, url: str, body: bytes | None, *, answer_s: float) -> httpx.Response:
        """Send a request and return its response, its body still unread.

        A kept connection may have died unnoticed: such a request is sent once more, on another one.
        """
        import httpx

        client = self._opened_client()
        timeout = httpx.Timeout(answer_s or None, connect=self.limits.connect_s or None, pool=None)
        try:
            connection = _ConnectionWatch()
            request = client.build_request(
                method, url, content=body, timeout=timeout, extensions={"trace": connection.trace}
            )
            try:
                return await client.send(request, stream=True)
            except (httpx.NetworkError, httpx.RemoteProtocolError):
                if connection.is_new:
                    raise
            return await client.send(request, stream=True)
        except httpx_failures() as error:
            raise failure_of(error, self.server, answered=False) from error

    async def _check_status(self, response: httpx.Response, model: str) -> None:
        """Raise what a status other than 2xx means; of a 401, which may echo the token, nothing is read."""
        status = response.status_code
        if 200 <= status < 300:
            return
        if 300 <= status < 400:
            place = self.server.quoted(response.headers.get("location", "another address"))
            raise WrongEndpoint(
                f"{self.server} redirects to {place}.",
                hint="Set base_url to the address that answers; redirects are not followed.",
            )
        body = b"" if status == 401 else await self._body(response)
        said = _json_or_none(body)
        fault = read_fault(body.decode("utf-8", "replace") if said is None else said, status=status)
        raise provider_error(fault, self.server, model=model)

    async def _body(self, response: httpx.Response) -> bytes:
        body = bytearray()
        try:
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > _MAX_BODY_BYTES:
                    raise BadReply(f"{self.server} sent an answer of more than {_MAX_BODY_BYTES:,} bytes.")
        except httpx_failures() as error:
            raise failure_of(error, self.server, answered=True) from error
        return bytes(body)

    def _opened_client(self) -> httpx.AsyncClient:
        if self._client is None:
            import httpx

            headers = {"User-Agent": f"vtcode/{__version__}", "Accept-Encoding": "identity"}
            headers["Content-Type"] = "application/json"
            if self.server.secret:
                headers["Authorization"] = f"Bearer {self.server.secret}"
            transport = httpx.AsyncHTTPTransport(
                verify=_tls_context(self.server.address),
                trust_env=False,
                limits=httpx.Limits(max_connections=None, keepalive_expiry=_IDLE_CONNECTION_S),
                socket_options=_socket_options(),
            )
            self._client = httpx.AsyncClient(transport=transport, headers=headers, trust_env=False)
        return self._client


class _ConnectionWatch:
    """Notes whether a request opened a connection of its own."""

    def __init__(self) -> None:
        self.is_new = False

    async def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Take httpcore's account of what it does."""
        if event == "connection.connect_tcp.started":
            self.is_new = True


def _json_or_none(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _tls_context(address: str) -> ssl.SSLContext:
    """Return what checks certificates: httpx's own list and the system's, where private ones are kept."""
    import ssl

    if not address.startswith("https:"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    import httpx

    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    return context


def _socket_options() -> list[tuple[int, int, int]]:
    """Let the system find out that a silent server's machine is gone: after about a minute."""
    options = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    for name, value in (
        ("TCP_KEEPIDLE", 30),
        ("TCP_KEEPALIVE", 30),
        ("TCP_KEEPINTVL", 10),
        ("TCP_KEEPCNT", 3),
    ):
        option = getattr(socket, name, None)
        if option is not None:
            options.append((socket.IPPROTO_TCP, option, value))
    return options
