"""The models that the emulated server knows: what it has on disk, and what it can download."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

DEFAULT_MODEL = "acme/coder-30b-a3b"
Effort: TypeAlias = Literal["off", "on", "low", "medium", "high"]


@dataclass(slots=True, kw_only=True)
class EmulatedModel:
    """A model on disk, or in the catalogue."""

    key: str
    type: Literal["llm", "embedding"] = "llm"
    max_context_length: int = 262_144
    size_bytes: int = 18_556_688_384
    quantization: str = "Q4_K_M"
    architecture: str = "qwen3moe"
    params: str = "30B-A3B"
    """Empty: not told."""
    format: Literal["gguf", "mlx"] = "gguf"
    vision: bool = False
    tool_use: bool = True
    num_experts: int | None = None
    """Of a mixture of experts: how many are active."""
    reasoning: tuple[Effort, ...] = ()
    """The settings that it exposes; empty: none."""
    reasoning_default: Effort = "on"
    variants: tuple[str, ...] = ()


def models_on_disk(key: str = DEFAULT_MODEL) -> list[EmulatedModel]:
    """Return the models that a fresh server has downloaded, the first of which is `key`."""
    return [
        EmulatedModel(key=key, variants=(f"{key}@q4_k_m",), num_experts=8),
        EmulatedModel(
            key="acme/chat-8b", size_bytes=4_920_000_000, architecture="llama", params="8B", tool_use=False
        ),
        EmulatedModel(
            key="text-embedding-mini",
            type="embedding",
            max_context_length=2048,
            size_bytes=91_234_567,
            quantization="F16",
            architecture="nomic-bert",
            params="",
        ),
    ]


def models_to_download() -> list[EmulatedModel]:
    """Return the catalogue."""
    return [
        EmulatedModel(
            key="acme/thinker-4b",
            size_bytes=2_279_145_003,
            architecture="qwen3",
            params="4B",
            reasoning=("off", "on"),
        ),
        EmulatedModel(
            key="acme/vision-7b-mlx",
            size_bytes=4_410_000_000,
            architecture="qwen2vl",
            params="7B",
            format="mlx",
            quantization="4bit",
            vision=True,
        ),
    ]
