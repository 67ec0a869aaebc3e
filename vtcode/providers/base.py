"""The seam between the agent and a server of models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from vtcode.messages import AssistantMessage, FinishReason, Message, ToolDefinition, Usage
    from vtcode.providers.lifecycle import LoadProgress, ModelLifecycle
    from vtcode.providers.model_info import ModelInfo, ToolMode


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How the next token is chosen; None: the server's default for the model."""

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    repeat_penalty: float | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    """Texts that end the reply."""
    max_tokens: int | None = None
    """At most this many completion tokens; None: until the model stops or the window is full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One reply, asked of a model."""

    model: str
    messages: tuple[Message, ...]
    tools: tuple[ToolDefinition, ...] = ()
    sampling: Sampling = Sampling()
    reasoning_effort: str = ""
    """One of the model's `reasoning_efforts`; empty: its default."""
    tool_mode: ToolMode = "native"
    """How `tools` are offered: see `vtcode.providers.tool_modes`. A wire only ever meets `native`."""
    response_schema: dict[str, Any] | None = None
    """A JSON schema for the whole reply; never together with tools."""
    integrations: bool = False
    """The server may run the model's `integrations`."""
    context_length: int | None = None
    """The window to load the model with, in tokens, where the server loads it for this request and can be
    told; None: its default."""
    strict_roles: bool = False
    """For chat templates that take user and assistant in turns alone: the system prompt and tool results
    become text of the user's."""
    side: bool = False
    """It is no part of a conversation, gives way to every other request to the same server, and is not
    stored there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPart:
    """The request has to wait: the server answers as many as it can."""

    over: bool = False
    """It waits no longer, and is sent now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadingPart:
    """The server loads the model first; `progress` is 0 to 1, or None where it does not say."""

    model: str
    progress: float | None
    estimated: bool = False
    """True where the progress is our own guess, from the time that passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrefillPart:
    """How much of the prompt the model has read."""

    processed_tokens: int
    total_tokens: int
    cached_tokens: int = 0
    estimated: bool = False
    """True where the server tells a share alone, and the total is our own guess."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasoningPart:
    """A piece of reasoning."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPart:
    """A piece of the answer."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPart:
    """A piece of a tool call that is still being written."""

    index: int
    name: str
    """The whole name as known so far."""
    text: str
    """The new piece of the arguments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerToolPart:
    """A tool that the server ran by itself: an MCP server of its own, that the user switched on."""

    tool: str
    arguments: str
    """JSON."""
    output: str
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletedPart:
    """The whole reply; the last part of every stream that did not raise."""

    message: AssistantMessage
    """Its calls have ids, known-tool spelling of names, and the arguments as the model wrote them: they may
    be broken JSON still; the agent repairs or refuses them before they enter the history."""
    finish: FinishReason
    usage: Usage | None
    """None where the server sent none."""
    model: str = ""
    """The model that answered, where the server says: it may not be the one that was asked."""
    first_token_s: float | None = None
    tokens_per_s: float | None = None


Part: TypeAlias = (
    WaitingPart
    | LoadingPart
    | PrefillPart
    | ReasoningPart
    | TextPart
    | CallPart
    | ServerToolPart
    | CompletedPart
)


@runtime_checkable
class Embedder(Protocol):
    """A server that turns texts into vectors."""

    async def embed(self, model: str, texts: Sequence[str]) -> list[list[float]]:
        """Return one vector for each text, in their order.

        Raises:
            ModelNotFound: It is no embedding model.
            GaveWay: The user asked a model of the server something meanwhile.
            ProviderError: The server said no, or its answer can't be understood.
        """


@runtime_checkable
class TellsIdle(Protocol):
    """A server that tells whether it is at work for anybody."""

    async def is_idle(self) -> bool:
        """Tell whether it answers nobody; False also where it keeps that to itself.

        Raises:
            ProviderError: The server can't be asked.
        """


@runtime_checkable
class TellsSurfaces(Protocol):
    """A server with several APIs, not all of which every version has."""

    async def surfaces(self) -> Sequence[str]:
        """Return those that answer, by their paths; loads nothing.

        Raises:
            ProviderError: The server can't be asked.
        """


class Provider(Protocol):
    """A server of models: LM Studio, an OpenAI-compatible one, the embedded engine, a script."""

    @property
    def name(self) -> str:
        """`lmstudio`, `openai_compatible`, `embedded`, `scripted`, or the user's name for a server."""

    @property
    def address(self) -> str:
        """What to show as its place: a base URL without credentials, a file."""

    @property
    def finishes_prompts(self) -> bool:
        """Whether the server reads a prompt to its end although the reply was cancelled."""

    @property
    def lifecycle(self) -> ModelLifecycle | None:
        """What loads, unloads and downloads its models; None where that can't be done from here."""

    async def open(self) -> None:
        """Get ready to answer: reach the server, start the engine. Idempotent; may take seconds.

        Raises:
            ProviderError: With the next step as its hint.
        """

    async def list_models(self) -> Sequence[ModelInfo]:
        """Return the server's models, loaded ones first; never loads anything."""

    async def resolve_model(self, wanted: str) -> ModelInfo:
        """Return the model that will answer to `wanted`; empty: the loaded one.

        Raises:
            ModelNotFound: With the nearest ids in the hint.
            NoModelLoaded: `wanted` is empty and no chat model is loaded.
        """

    def restore(self, model: ModelInfo) -> AsyncGenerator[LoadProgress | ModelInfo, None]:
        """Get a model back that crashed, was unloaded or evicted: loaded as it was, where it is gone.

        The last thing yielded is the instance that answers from now on. Its id and its window may be others
        than before. Closing the generator stops the waiting, not the server.

        Raises:
            ProviderError: It can't be had again.
        """

    def stream_reply(self, request: Request) -> AsyncGenerator[Part, None]:
        """Stream one reply; all of one kind that arrived in one socket read is one part.

        Closing the generator closes the connection, which is how a reply is cancelled.

        Raises:
            ProviderError: Also after parts were yielded. `ReplyCut` where the stream broke off.
        """

    async def aclose(self) -> None:
        """Let go of connections and child processes."""
