"""A model that the emulated server has in memory."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Instance:
    """A model in memory."""

    id: str
    key: str
    context_length: int
    parallel: int = 4
    jit: bool = False
    """Loaded because a request asked for it."""
    ttl_s: int | None = None
    """Unloaded after so long without a request; None: never."""
    last_used_s: float = 0.0
    unified_kv: bool = True
    """The replies that run at the same time share the window."""
    eval_batch_size: int = 512
    flash_attention: bool = True
    offload_kv_cache_to_gpu: bool = True
    num_experts: int | None = None
