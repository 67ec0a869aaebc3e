"""Models that LM Studio suggests, for whoever has none yet. A table, and what of it a server has.

The models are those of vtcode's original (docs/models.json, section lmstudio), under the ids that they really
have: those of LM Studio's own catalogue (https://lmstudio.ai/models), or, where that lists none, those of
repositories of lmstudio-community on Hugging Face. Sizes are of the 4-bit GGUF builds and rounded, windows
and abilities as their makers tell: what is downloaded exactly, the server says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vtcode.providers.model_info import ModelInfo

_REPOSITORIES = "https://huggingface.co/lmstudio-community"


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestedModel:
    """A model that can be downloaded."""

    id: str
    """The key that it has once it is downloaded."""
    display_name: str
    params: str
    size_bytes: int
    max_window_tokens: int
    tool_use: bool
    reasoning: bool
    vision: bool = False
    repository: str = ""
    """Where it is downloaded from; empty: its id does."""

    @property
    def download_name(self) -> str:
        """What to ask the server to download."""
        return self.repository or self.id


DEFAULT_CATALOG = (
    SuggestedModel(
        id="openai/gpt-oss-20b",
        display_name="GPT-OSS 20B",
        params="20B",
        size_bytes=12_100_000_000,
        max_window_tokens=131_072,
        tool_use=True,
        reasoning=True,
    ),
    SuggestedModel(
        id="qwen/qwen3-8b",
        display_name="Qwen3 8B",
        params="8B",
        size_bytes=5_000_000_000,
        max_window_tokens=40_960,
        tool_use=True,
        reasoning=True,
    ),
    SuggestedModel(
        id="deepseek/deepseek-r1-0528-qwen3-8b",
        display_name="DeepSeek R1 0528 Qwen3 8B",
        params="8B",
        size_bytes=5_000_000_000,
        max_window_tokens=131_072,
        tool_use=True,
        reasoning=True,
    ),
    SuggestedModel(
        id="google/gemma-3-12b",
        display_name="Gemma 3 12B",
        params="12B",
        size_bytes=8_100_000_000,
        max_window_tokens=131_072,
        tool_use=False,
        reasoning=False,
        vision=True,
    ),
    SuggestedModel(
        id="meta-llama-3.1-8b-instruct",
        display_name="Llama 3.1 8B Instruct",
        params="8B",
        size_bytes=4_900_000_000,
        max_window_tokens=131_072,
        tool_use=True,
        reasoning=False,
        repository=f"{_REPOSITORIES}/Meta-Llama-3.1-8B-Instruct-GGUF",
    ),
    SuggestedModel(
        id="qwen2.5-7b-instruct",
        display_name="Qwen2.5 7B Instruct",
        params="7B",
        size_bytes=4_700_000_000,
        max_window_tokens=32_768,
        tool_use=True,
        reasoning=False,
        repository=f"{_REPOSITORIES}/Qwen2.5-7B-Instruct-GGUF",
    ),
)


def not_on_server(models: Iterable[ModelInfo]) -> tuple[SuggestedModel, ...]:
    """Return the suggestions that a server's list does not have yet."""
    there = {_base(name) for model in models for name in (model.id, model.key, *model.aliases)}
    return tuple(suggested for suggested in DEFAULT_CATALOG if _base(suggested.id) not in there)


def _base(name: str) -> str:
    """Return a key without publisher, quantisation and number of the instance."""
    return name.casefold().rpartition("/")[2].partition("@")[0].partition(":")[0]
