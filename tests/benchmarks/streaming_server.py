"""A server of one model on loopback, as a process of its own: it streams numbered words at a given pace.

Run as `python streaming_server.py TOKENS TOKENS_PER_SECOND` (0: as fast as the socket takes them); it prints
its port, then a JSON list of the times at which the words of each reply were sent.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

MODELS = json.dumps({"object": "list", "data": [{"id": "bench", "object": "model"}]}).encode()
WORDS_A_PARAGRAPH = 60


def chunk(delta: dict[str, str], finish: str | None = None) -> bytes:
    """Return one event of a streamed chat completion."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    body = {
        "id": "c1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "bench",
        "choices": [choice],
    }
    return f"data: {json.dumps(body)}\n\n".encode()


def token(number: int) -> bytes:
    """Return the event of one token: a word that can be found on the screen again."""
    end = "\n\n" if number % WORDS_A_PARAGRAPH == WORDS_A_PARAGRAPH - 1 else " "
    return chunk({"content": f"w{number:04}{end}"})


def head(media_type: str, length: int | None = None) -> bytes:
    """Return the head of a response; without a length the connection's end is the body's."""
    size = "Connection: close" if length is None else f"Content-Length: {length}"
    return f"HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\n{size}\r\n\r\n".encode()


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the requests of one connection."""
    while request := await reader.readline():
        length = 0
        while (line := await reader.readline()).strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        await reader.readexactly(length)
        if b"/models" in request:
            writer.write(head("application/json", len(MODELS)) + MODELS)
            await writer.drain()
        elif b"/chat/completions" in request:
            await stream(writer, int(sys.argv[1]), float(sys.argv[2]))
            break
        else:
            writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
    writer.close()


async def stream(writer: asyncio.StreamWriter, tokens: int, per_s: float) -> None:
    """Stream one reply, and tell when each of its tokens was sent."""
    writer.write(head("text/event-stream"))
    begun, sent_at = time.monotonic(), []
    for number in range(tokens):
        if per_s:
            await asyncio.sleep(max(0.0, begun + number / per_s - time.monotonic()))
        sent_at.append(time.monotonic())
        writer.write(token(number))
        await writer.drain()
    writer.write(chunk({}, "stop") + b"data: [DONE]\n\n")
    await writer.drain()
    print(json.dumps(sent_at), flush=True)


async def main() -> None:
    """Serve until the process is killed."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
