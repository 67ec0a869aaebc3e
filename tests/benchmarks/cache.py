"""How many tokens a server has to read for a session, and what warming its cache saves.

Run with `python -m tests.benchmarks.cache`; the exit code is 1 where a limit is missed.

Five turns of three requests each (read the same file, run a command, answer). The replies are scripted, and
what they cost is real: a proxy on loopback plays the script to the agent, and sends each request on to
llama.cpp with the starter model, for one token, whose counts are taken. That model's template drops tools in
silence, so they go into the system message as JSON, which is what the templates of tool models make of them.
Scripted replies are new to the server, which would have written real ones itself: their tokens count as read.

Then the starter model itself says hello in two fresh engines, one of them warmed before Enter.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.support.embedded import starter_cache_folder, starter_model_path
from tests.support.llama_cpp import LlamaCppServer
from tests.support.recorder import Recorder
from tests.support.sessions import Bench
from vtcode.emulator.server import bound_socket
from vtcode.events import ReplyCompleted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

WINDOW_TOKENS = 4_096
FIRST_REQUEST_LIMIT = 900
NEW_TOKENS_LIMIT = 3_500
SOURCE = "".join(
    f"def shape_{number}(width: int, height: int) -> int:\n    return width * height + {number}\n\n\n"
    for number in range(16)
)
"""The file that is read: 64 lines, about 1,100 characters."""
COMMANDS = ("wc -l shapes.py", "grep -c def shapes.py", "head -2 shapes.py", "ls", "tail -3 shapes.py")
ANSWER = "shapes.py holds 16 functions, each of which returns an area and a number."


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What the engine says of one prompt."""

    tokens: int
    cached: int

    @property
    def new(self) -> int:
        return self.tokens - self.cached


@dataclass(slots=True)
class Proxy:
    """Plays a script to the agent, and has the engine read what it asks."""

    engine_url: str
    counted: list[Counted] = field(default_factory=list)
    url: str = ""

    async def models(self, request: Request) -> Response:
        return JSONResponse({"data": [{"id": "tiny", "max_model_len": WINDOW_TOKENS}]})

    async def reply(self, request: Request) -> Response:
        asked = await request.json()
        self.counted.append(await self._read(asked))
        number = len(self.counted) - 1
        turn, step = divmod(number, 3)
        match step:
            case 0:
                delta = _call(number, "read_file", {"path": "shapes.py"})
            case 1:
                delta = _call(number, "run_pty_cmd", {"command": COMMANDS[turn]})
            case _:
                delta = {"content": ANSWER}
        finish = "stop" if "content" in delta else "tool_calls"
        chunk = {"model": "tiny", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
        body = f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n"
        return Response(body, media_type="text/event-stream")

    async def _read(self, asked: dict[str, Any]) -> Counted:
        async with httpx.AsyncClient(timeout=None) as engine:
            body = {"messages": _with_tools_in_words(asked), "max_tokens": 1, "stream": False}
            answer = await engine.post(f"{self.engine_url}/v1/chat/completions", json=body)
        answer.raise_for_status()
        usage = answer.json()["usage"]
        return Counted(tokens=usage["prompt_tokens"], cached=usage["prompt_tokens_details"]["cached_tokens"])


def _call(number: int, name: str, arguments: dict[str, str]) -> dict[str, Any]:
    function = {"name": name, "arguments": json.dumps(arguments)}
    return {"tool_calls": [{"index": 0, "id": f"{number:09}", "type": "function", "function": function}]}


def _with_tools_in_words(asked: dict[str, Any]) -> list[dict[str, str]]:
    """Return the messages as a template for tools writes them, for a template that knows only text."""
    tools = "\n".join(json.dumps(tool, separators=(",", ":")) for tool in asked.get("tools", ()))
    return [
        {"role": message["role"] if message["role"] != "tool" else "user", "content": _text(message, tools)}
        for message in asked["messages"]
    ]


def _text(message: dict[str, Any], tools: str) -> str:
    calls = [json.dumps(call["function"]) for call in message.get("tool_calls", ())]
    if message["role"] == "system":
        calls.append(tools)
    return "\n".join([message["content"], *calls])


@contextmanager
def serving(proxy: Proxy) -> Iterator[None]:
    """Serve the proxy in a thread."""
    routes = [
        Route("/v1/models", proxy.models),
        Route("/v1/chat/completions", proxy.reply, methods=["POST"]),
    ]
    listener = bound_socket("127.0.0.1", 0)
    proxy.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), log_level="error"))
    threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True).start()
    try:
        yield
    finally:
        server.should_exit = True


async def converse(folder: Path, url: str) -> None:
    """Say five things in a session whose model is the proxy."""
    settings = [
        "agent.provider=openai_compatible",
        f"providers.openai_compatible.base_url={url}/v1",
        "tools.policies.run_pty_cmd=allow",
    ]
    bench = Bench(folder, settings)
    (bench.workspace / "shapes.py").write_text(SOURCE)
    async with bench.session(Recorder()) as session:
        for words in ("hello", "and now?", "go on", "once more", "and at last?"):
            await session.submit(words)


async def greet(folder: Path, *, warms: bool) -> ReplyCompleted:
    """Say hello to the starter model in a fresh engine; return its reply."""
    cache = folder / "cache"
    cache.symlink_to(starter_cache_folder())
    window = f"providers.embedded.window_tokens={WINDOW_TOKENS}"
    bench = Bench(folder, ["agent.provider=embedded", window])
    recorder = Recorder()
    async with bench.session(recorder) as session:
        if warms:
            session.prewarm.start()
            assert session.prewarm.running
            await session.prewarm.running
        await session.submit("hello")
    return recorder.of(ReplyCompleted)[0]


def main() -> int:
    model = starter_model_path()
    with tempfile.TemporaryDirectory() as name, LlamaCppServer(model, window_tokens=WINDOW_TOKENS) as engine:
        proxy = Proxy(engine.url)
        with serving(proxy):
            asyncio.run(converse(Path(name), proxy.url))
    print("request  prompt  cached  new")
    for number, counted in enumerate(proxy.counted, start=1):
        print(f"{number:7}  {counted.tokens:6,}  {counted.cached:6,}  {counted.new:5,}")
    first, anew = proxy.counted[0].tokens, sum(counted.new for counted in proxy.counted)
    print(f'first request, "hello": {first:,} tokens (limit {FIRST_REQUEST_LIMIT:,})')
    print(f"{len(proxy.counted)} requests: {anew:,} tokens read anew (limit {NEW_TOKENS_LIMIT:,})")
    for warms in (False, True):
        with tempfile.TemporaryDirectory() as name:
            reply = asyncio.run(greet(Path(name), warms=warms))
        read, how = reply.usage, "warmed" if warms else "cold"
        new = read.prompt_tokens - (read.cached_tokens or 0)
        print(f"{how}: {new:,} of {read.prompt_tokens:,} tokens to read after Enter, ", end="")
        print(f"first token after {reply.first_token_s:.2f} s")
    return int(first > FIRST_REQUEST_LIMIT or anew > NEW_TOKENS_LIMIT or len(proxy.counted) != 15)


if __name__ == "__main__":
    sys.exit(main())
