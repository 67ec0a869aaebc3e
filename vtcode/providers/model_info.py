"""A model as its server describes it, and how it was or is to be loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

ToolMode: TypeAlias = Literal["native", "structured", "text"]
"""How tools are offered and calls come back: by the server's own function calling; by a JSON schema that
constrains the whole reply; described in the system prompt, with calls read out of the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    """A model as its server describes it."""

    id: str
    """What to send as `model`: an instance id where it is loaded, else its key."""
    display_name: str = ""
    kind: Literal["llm", "embedding", "other"] = "llm"
    state: Literal["loaded", "downloaded", "unknown"] = "unknown"
    window_tokens: int | None = None
    """The window that is allocated now; None where it is not loaded or the server does not say."""
    max_window_tokens: int | None = None
    """The architecture's limit: a cap for a load request, never a budget."""
    size_bytes: int | None = None
    quantization: str = ""
    publisher: str = ""
    vision: bool | None = None
    tool_use: bool | None = None
    aliases: tuple[str, ...] = ()
    """Other names under which a user may ask for it: key, variants, other instances."""
    key: str = ""
    """The model on disk, which all its instances share; empty where the server makes no difference."""
    params: str = ""
    """`8B`, `30B-A3B`; empty where it is not known."""
    format: str = ""
    """`gguf`, `mlx`; empty where it is not known."""
    parallel: int | None = None
    """Requests that the instance answers at a time; None where the server does not say."""
    reasoning_efforts: tuple[str, ...] | None = None
    """The levels that may be asked for; empty: it has no such switch; None: the server does not say."""
    load_config: LoadConfig | None = None
    """How the instance was loaded, where the server says so."""
    idle_ttl_s: int | None = None
    """Its server unloads it when it has been idle for so long; None: never, or not known."""
    tool_modes: tuple[ToolMode, ...] = ("native", "structured", "text")
    """What can be used with this model over this wire, the one to begin with first."""
    integrations: tuple[str, ...] = ()
    """MCP servers that the model's server would run by itself, once the user lets it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadConfig:
    """What is settled when a model is loaded; None: the server's default, or not told."""

    context_length: int | None = None
    """Tokens."""
    flash_attention: bool | None = None
    offload_kv_cache_to_gpu: bool | None = None
    num_experts: int | None = None
    """Of a mixture of experts: how many are active."""
    eval_batch_size: int | None = None
