"""What the emulated server has and does: models, instances, settings, faults, and what was asked of it."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from vtcode.providers.script import Turn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vtcode.providers.script import Phase, Script, ScriptedCall

DEFAULT_MODEL = "acme/coder-30b-a3b"
DEFAULT_WINDOW_TOKENS = 32_768
ReasoningField: TypeAlias = Literal["reasoning_content", "reasoning", "think_tag", "close_tag_only"]
Surface: TypeAlias = Literal["greeting", "native", "beta", "openai"]


@dataclass(slots=True, kw_only=True)
class EmulatedModel:
    """A downloaded model."""

    key: str
    type: Literal["llm", "embedding"] = "llm"
    max_context_length: int = 262_144
    size_bytes: int = 18_556_688_384
    quantization: str = "Q4_K_M"
    architecture: str = "qwen3moe"
    params: str = "30B-A3B"
    format: Literal["gguf", "mlx"] = "gguf"
    vision: bool = False
    tool_use: bool = True
    variants: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Instance:
    """A model in memory."""

    id: str
    key: str
    context_length: int
    parallel: int = 4
    jit: bool = False
    """Loaded because a request asked for it."""


@dataclass(slots=True, kw_only=True)
class Settings:
    """What its user set in LM Studio."""

    jit: bool = True
    default_context: int = 4096
    token: str = ""
    """Not empty: every request has to bring it."""
    surfaces: frozenset[Surface] = frozenset({"greeting", "native", "beta", "openai"})
    """What this version has; the rest is an unknown endpoint."""


@dataclass(slots=True, kw_only=True)
class Faults:
    """What real servers do wrong, each off by default."""

    stream_error: str = ""
    """A stream is this error inside a 200; another request gets a 400."""
    empty_200: bool = False
    """A well-formed reply with nothing in it."""
    no_finish_reason: bool = False
    """The stream ends with neither a finish reason nor its end mark."""
    no_usage: bool = False
    drop_connection_after: int | None = None
    """Break the connection after this many chunks."""
    tool_empty_id: bool = False
    tool_duplicate: int = 1
    """Send every call this many times."""
    tool_args_single_chunk: bool = False
    tool_name_blank_chunks: bool = False
    """Later fragments carry a blank name."""
    reasoning_field: ReasoningField = "reasoning_content"
    any_name_served: bool = False
    """The one loaded model answers to every name."""
    jit_refuse: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRequest:
    """A request, as its bytes came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Gate:
    """Holds a reply at its pause until another thread lets it go on."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        """Set while a reply waits."""
        self._lock = threading.Lock()
        self._waiting: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None

    async def hold(self) -> None:
        """Wait for `release`."""
        opened = asyncio.Event()
        with self._lock:
            self._waiting = (asyncio.get_running_loop(), opened)
        self.reached.set()
        try:
            await opened.wait()
        finally:
            self.reached.clear()

    def release(self) -> None:
        """Let the reply that waits go on; from any thread."""
        with self._lock:
            waiting, self._waiting = self._waiting, None
        if waiting is not None:
            loop, opened = waiting
            loop.call_soon_threadsafe(opened.set)


@dataclass(slots=True, kw_only=True)
class EmulatorState:
    """Everything that the emulated server knows; tests read it and turn its knobs from another thread."""

    models: list[EmulatedModel] = field(default_factory=list)
    instances: list[Instance] = field(default_factory=list)
    settings: Settings = field(default_factory=Settings)
    faults: Faults = field(default_factory=Faults)
    gate: Gate = field(default_factory=Gate)
    requests: list[RecordedRequest] = field(default_factory=list)
    disconnects: list[Phase] = field(default_factory=list)
    """In which phase of a reply its client went away."""
    disconnected: threading.Event = field(default_factory=threading.Event)
    turns: deque[Turn] = field(default_factory=deque)
    repeats: tuple[Turn, ...] = ()
    """What is played again once the turns are used up; empty: the user's words are said back."""
    calls_made: int = 0

    def add_turns(self, turns: Iterable[Turn]) -> None:
        """Queue replies."""
        self.turns.extend(turns)

    def next_turn(self, user_text: str) -> Turn:
        """Return the reply to the next request."""
        if not self.turns:
            self.turns.extend(self.repeats)
        turn = self.turns.popleft() if self.turns else Turn(text=f"You said: {user_text}")
        return replace(turn, calls=tuple(self._with_id(call) for call in turn.calls))

    def _with_id(self, call: ScriptedCall) -> ScriptedCall:
        self.calls_made += 1
        return call if call.id else replace(call, id=f"{365_174_484 + self.calls_made}")

    def model(self, name: str) -> EmulatedModel | None:
        """Return the downloaded model of this key or variant."""
        return next((model for model in self.models if name == model.key or name in model.variants), None)

    def instance(self, name: str) -> Instance | None:
        """Return the instance of this id, else the first one of this key or variant."""
        model = self.model(name)
        by_id = (instance for instance in self.instances if instance.id == name)
        by_key = (instance for instance in self.instances if model and instance.key == model.key)
        return next(by_id, None) or next(by_key, None)

    def load(self, model: EmulatedModel, context_length: int | None = None, *, jit: bool = False) -> Instance:
        """Load a model once more: like the real server, never the instance that is there."""
        taken = {instance.id for instance in self.instances}
        number, instance_id = 1, model.key
        while instance_id in taken:
            number += 1
            instance_id = f"{model.key}:{number}"
        instance = Instance(
            id=instance_id,
            key=model.key,
            context_length=min(context_length or self.settings.default_context, model.max_context_length),
            jit=jit,
        )
        self.instances.append(instance)
        return instance


def default_state(script: Script | None = None) -> EmulatorState:
    """Return a server with one loaded model, one that is only downloaded, and one for embeddings."""
    key = script.model if script and script.model != "scripted" else DEFAULT_MODEL
    window_tokens = script.window_tokens if script else DEFAULT_WINDOW_TOKENS
    state = EmulatorState(
        models=[
            EmulatedModel(key=key, variants=(f"{key}@q4_k_m",)),
            EmulatedModel(
                key="acme/chat-8b",
                size_bytes=4_920_000_000,
                architecture="llama",
                params="8B",
                tool_use=False,
            ),
            EmulatedModel(
                key="text-embedding-mini", type="embedding", max_context_length=2048, size_bytes=91_234_567
            ),
        ],
    )
    state.load(state.models[0], window_tokens)
    if script is not None:
        state.add_turns(script.turns)
        state.repeats = script.turns if script.when_done == "repeat" else ()
    return state
