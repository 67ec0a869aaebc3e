"""A server that answers with exact bytes, for what no well-behaved framework would send."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from typing import TYPE_CHECKING, Self, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

SILENCE = None
"""An answer: none, until the client goes away."""

Answer: TypeAlias = bytes | None


class LastWords(bytes):
    """An answer after which the connection is closed."""


HANG_UP = LastWords()
"""An answer: close the connection without a word."""


def http_answer(body: bytes | object, *, status: str = "200 OK", headers: str = "") -> bytes:
    """Return a whole response; a body that is no bytes is sent as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    media_type = "" if "content-type" in headers.lower() else "Content-Type: application/json\r\n"
    head = f"HTTP/1.1 {status}\r\n{media_type}{headers}Content-Length: {len(content)}\r\n\r\n"
    return head.encode() + content


def chunked_stream(*events: bytes, end: bool = True) -> bytes:
    """Return a streamed response, one HTTP chunk for each event."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = b"".join(f"{len(event):x}\r\n".encode() + event + b"\r\n" for event in events)
    return head + chunks + (b"0\r\n\r\n" if end else b"")


class RawServer:
    """Answers each request to a path with that path's next answer; the last one is repeated."""

    def __init__(self, answers: Mapping[str, Answer | list[Answer]]) -> None:
        self._answers = {
            path: list(given) if isinstance(given, list) else [given] for path, given in answers.items()
        }
        self._asked: defaultdict[str, int] = defaultdict(int)
        self.requests: list[bytes] = []
        """Head and body of each request."""
        self.connections = 0
        self.url = ""
        self._serving: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.close()
        for writer in self._serving.values():
            writer.close()
        await asyncio.gather(*self._serving)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._serving[task] = writer
        try:
            while await self._answer_one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        self.requests.append(head + await reader.readexactly(length))
        path = head.split(b" ")[1].decode()
        answers = self._answers.get(path, [http_answer({"error": "nothing here"}, status="404 Not Found")])
        answer = answers[min(self._asked[path], len(answers) - 1)]
        self._asked[path] += 1
        if answer is SILENCE:
            await reader.read()
            return False
        writer.write(answer)
        await writer.drain()
        return not isinstance(answer, LastWords)
