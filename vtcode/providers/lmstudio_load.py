"""The three ways to load a model into LM Studio: each ends when the server says that it is loaded.

None of them waits with a limit: loading takes as long as it takes. What window was really granted is read
from the list afterwards: it may be less than what was asked for, and less than what the answer says.
"""

from __future__ import annotations

import json
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vtcode.errors import LmsFailed, LoadRefused, ReplyCut
from vtcode.providers.fault import read_fault
from vtcode.providers.fields import object_in, text_in
from vtcode.providers.lmstudio_models import read_load_config
from vtcode.providers.load_fit import beyond_the_window
from vtcode.providers.server_errors import provider_error
from vtcode.providers.sse import SseDecoder

if TYPE_CHECKING:
    from vtcode.providers.http import ServerClient
    from vtcode.providers.lifecycle import LoadRequest
    from vtcode.providers.lms import Lms
    from vtcode.providers.model_info import LoadConfig
    from vtcode.providers.reply_stream import ReplyStream
    from vtcode.providers.server_words import Server
    from vtcode.providers.shared_load import LoadGauge

_MAX_ERROR_BYTES = 65_536
_IDLE_TTL_S = 3_600
"""How long LM Studio lets a model idle that it loaded because a request came, unless its user set another
time there."""
_AFTER_LOADING = frozenset({"model_load", "prompt_processing", "reasoning", "message", "chat"})
"""What the events that show it is loaded begin with: `model_load.end`, and all that come after that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What a server said at the end of a load."""

    instance_id: str = ""
    """Empty where it did not say."""
    load_s: float | None = None
    """How long it took, by the server's own measure."""
    load_config: LoadConfig | None = None
    """As the server says that it was loaded: for lists that do not tell."""
    idle_ttl_s: int | None = None
    """It is unloaded when idle for so long; None: never."""


async def load_by_request(client: ServerClient, request: LoadRequest) -> Loaded:
    """Send a load request, which is answered when the model is loaded: nothing tells how far it is.

    Loads the model once more where it is loaded already.

    Raises:
        WrongEndpoint: The server is older than 0.4.
        ProviderError: It refused.
    """
    config = request.config
    names = [*(["context_length"] if config.context_length else []), *beyond_the_window(config)]
    body = {"model": request.model, "echo_load_config": True}
    body |= {name: getattr(config, name) for name in names}
    url = f"{client.server.address}/api/v1/models/load"
    answer = await client.post_json(url, body, expected_key="instance_id", model=request.model, answer_s=0)
    return Loaded(
        instance_id=text_in(answer.get("instance_id")),
        load_s=_seconds(answer),
        load_config=read_load_config(object_in(answer.get("load_config"))),
    )


async def load_by_chat(client: ServerClient, request: LoadRequest, gauge: LoadGauge) -> Loaded:
    """Ask for one token of an answer, which loads the model first and tells how far it is; then hang up.

    A loaded instance would answer as it is, whatever its window. What is loaded so is unloaded by the server
    when it has been idle for long, as all that it loads because a request came.

    Raises:
        WrongEndpoint: The server is older than 0.4.
        ProviderError: It refused, or broke off.
    """
    body: dict[str, Any] = {
        "model": request.model,
        "input": "Hi",
        "stream": True,
        "store": False,
        "max_output_tokens": 1,
    }
    if request.config.context_length:
        body["context_length"] = request.config.context_length
    url = f"{client.server.address}/api/v1/chat"
    async with client.stream(url, json.dumps(body).encode(), model=request.model) as reply:
        if reply.media_type != "text/event-stream":
            fault = read_fault(await _text(reply))
            raise provider_error(fault, client.server, model=request.model)
        events = _LoadEvents(client.server, request, gauge)
        while burst := await reply.read(limit_s=0):
            if loaded := events.feed(burst):
                return loaded
    raise ReplyCut(
        f"{client.server} broke the connection off while it loaded {request.model}.",
        hint="Look whether the server crashed, and load the model again.",
    )


async def load_by_lms(lms: Lms, request: LoadRequest, gauge: LoadGauge) -> Loaded:
    """Have `lms` load the model, which tells how far it is.

    Raises:
        LoadRefused: With the words of `lms`.
        LmsMissing: It can't be started.
    """
    try:
        async with aclosing(lms.load(request)) as steps:
            async for progress in steps:
                gauge.tell(progress)
    except LmsFailed as error:
        raise LoadRefused(error.message, hint=error.hint) from error
    return Loaded(instance_id=request.identifier, idle_ttl_s=request.ttl_s)


class _LoadEvents:
    """Follows the events of a native chat until the model is loaded."""

    def __init__(self, server: Server, request: LoadRequest, gauge: LoadGauge) -> None:
        self._server = server
        self._request = request
        self._gauge = gauge
        self._decoder = SseDecoder()
        self._instance_id = ""

    def feed(self, burst: bytes) -> Loaded | None:
        """Take what has arrived; what it comes to, once the model is loaded.

        Raises:
            ProviderError: An event tells of a failure.
        """
        taken = (self._take(event.event, event.data) for event in self._decoder.feed(burst))
        return next((loaded for loaded in taken if loaded), None)

    def _take(self, event: str, data: str) -> Loaded | None:
        told = _object(data)
        self._instance_id = text_in(told.get("model_instance_id")) or self._instance_id
        match text_in(told.get("type")) or event:
            case "error":
                raise provider_error(read_fault(told), self._server, model=self._request.model)
            case "model_load.progress":
                progress = told.get("progress")
                if isinstance(progress, int | float):
                    self._gauge.tell(progress)
                return None
            case "chat.start" | "model_load.start":
                return None
            case name if name.partition(".")[0] in _AFTER_LOADING:
                return Loaded(instance_id=self._instance_id, load_s=_seconds(told), idle_ttl_s=_IDLE_TTL_S)
        return None


async def _text(reply: ReplyStream) -> str:
    """Read the answer of a server that does not stream: an error."""
    said = b""
    while len(said) < _MAX_ERROR_BYTES and (burst := await reply.read(limit_s=0)):
        said += burst
    return said.decode("utf-8", "replace")


def _object(data: str) -> dict[str, Any]:
    try:
        return object_in(json.loads(data))
    except (ValueError, RecursionError):
        return {}


def _seconds(told: dict[str, Any]) -> float | None:
    seconds = told.get("load_time_seconds")
    return float(seconds) if isinstance(seconds, int | float) and seconds > 0 else None
