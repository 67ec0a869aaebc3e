"""A proxy before llama.cpp's server: the engine reads every prompt, a script says what the model answers.

So a prompt that does not fit is refused by a real server, and tokens are counted by a real tokenizer, while
the conversation goes the same way every time.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

_WAIT_S = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A prompt that the engine was sent."""

    tokens: int
    """0: it was refused."""
    cached_tokens: int
    refusal: str
    is_about_notes: bool


@dataclass(slots=True)
class ScriptedEngine:
    """Serves on loopback while it is entered.

    Args:
        base_url: Of the engine: its `/v1`.
        key: What the engine wants to see.
        replies: What the model says, one after the other.
        notes: What it says where it is asked for notes.
    """

    base_url: str
    key: str
    replies: Iterable[str]
    notes: str
    prompts: list[Prompt] = field(default_factory=list)
    url: str = ""
    _server: ThreadingHTTPServer = field(init=False)

    def __enter__(self) -> Self:
        engine, left = self, deque(self.replies)
        headers = {"Authorization": f"Bearer {self.key}"}
        client = httpx.Client(headers=headers, timeout=_WAIT_S, trust_env=False)

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                root = engine.base_url.removesuffix("/v1")
                answer = client.get(f"{root}{self.path}")
                self._send(answer.status_code, "application/json", answer.content)

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                refusal, usage = _read(client, engine.base_url, body)
                prompt = _prompt(body, refusal, usage)
                engine.prompts.append(prompt)
                if refusal:
                    self._send(400, "application/json", refusal.encode())
                    return
                text = engine.notes if prompt.is_about_notes else left.popleft()
                self._send(200, "text/event-stream", _stream(text, usage))

            def log_message(self, *_: Any) -> None:
                pass

            def _send(self, status: int, kind: str, content: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def _read(client: httpx.Client, base_url: str, body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Have the engine read a prompt; return its refusal, or its usage."""
    asked = {**body, "max_tokens": 1, "stream": False}
    for key in ("stream_options", "return_progress"):
        asked.pop(key, None)
    answer = client.post(f"{base_url}/chat/completions", json=asked)
    return ("", answer.json()["usage"]) if answer.is_success else (answer.text, {})


def _prompt(body: dict[str, Any], refusal: str, usage: dict[str, Any]) -> Prompt:
    return Prompt(
        tokens=usage.get("prompt_tokens", 0),
        cached_tokens=(usage.get("prompt_tokens_details") or {}).get("cached_tokens", 0),
        refusal=refusal,
        is_about_notes="Write notes for yourself" in body["messages"][-1]["content"],
    )


def _stream(text: str, usage: dict[str, Any]) -> bytes:
    chunks = (
        {"choices": [{"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": None}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        {"choices": [], "usage": usage},
    )
    lines = [*(json.dumps({"object": "chat.completion.chunk", **chunk}) for chunk in chunks), "[DONE]"]
    return "".join(f"data: {line}\n\n" for line in lines).encode()
