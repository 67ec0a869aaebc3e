"""What is worth knowing of a model, in one line, in columns and in whole. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.amounts import size, token_count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vtcode.providers.model_info import LoadConfig, ModelInfo

_SIZE_CELLS = 8
COLUMNS = ("Model", "Window", f"{'Size':>{_SIZE_CELLS}}", "Quant.", "Params", "Can", "Format")
"""What stands above a model's id and its `cells`."""
STATES = {"loaded": "loaded", "downloaded": "not loaded", "unknown": ""}
_YES_NO = {True: "yes", False: "no"}
_ON_OFF = {True: "on", False: "off"}


def describe(known: ModelInfo) -> str:
    """Return what is worth knowing in one line: `loaded · window 8,192 of 131,072 · Q4_K_M · tools`."""
    facts = (
        _name(known),
        STATES[known.state],
        _window(known),
        known.quantization,
        size(known.size_bytes) if known.size_bytes else "",
        known.params,
        known.format,
        *_abilities(known),
    )
    return " · ".join(fact for fact in facts if fact)


def cells(known: ModelInfo) -> tuple[str, ...]:
    """Return the same as columns, those of `COLUMNS` after the first."""
    return (
        _short_window(known),
        f"{size(known.size_bytes):>{_SIZE_CELLS}}" if known.size_bytes else "",
        known.quantization,
        known.params,
        " ".join(_abilities(known)),
        known.format,
    )


def facts(known: ModelInfo, server: str, address: str) -> list[tuple[str, str]]:
    """Return everything that is known, a name and a value each."""
    told = (
        ("Id", known.id),
        ("Name", known.display_name),
        ("Server", f"{server} ({address})"),
        ("State", STATES[known.state]),
        ("Window", _window(known).removeprefix("window ")),
        ("Size", size(known.size_bytes) if known.size_bytes else ""),
        ("Quantisation", known.quantization),
        ("Parameters", known.params),
        ("Format", known.format),
        ("Publisher", known.publisher),
        ("Tools", _told(known.tool_use)),
        ("Vision", _told(known.vision)),
        ("Reasoning", _reasoning(known)),
        ("Answers at a time", str(known.parallel or "")),
        ("Loaded with", ", ".join(_load_config(known.load_config)) if known.load_config else ""),
        ("Unloaded", f"when idle for {known.idle_ttl_s // 60} min" if known.idle_ttl_s else ""),
        ("Also called", ", ".join(name for name in known.aliases if name != known.id)),
    )
    return [(name, value) for name, value in told if value]


def _name(known: ModelInfo) -> str:
    return known.display_name if known.display_name != known.id else ""


def _window(known: ModelInfo) -> str:
    if known.window_tokens and known.max_window_tokens:
        return f"window {known.window_tokens:,} of {known.max_window_tokens:,}"
    if known.window_tokens:
        return f"window {known.window_tokens:,}"
    return f"window up to {known.max_window_tokens:,}" if known.max_window_tokens else ""


def _short_window(known: ModelInfo) -> str:
    most = token_count(known.max_window_tokens) if known.max_window_tokens else ""
    if known.window_tokens:
        return token_count(known.window_tokens) + (f" of {most}" if most else "")
    return f"up to {most}" if most else ""


def _abilities(known: ModelInfo) -> tuple[str, ...]:
    abilities = (
        ("tools", known.tool_use),
        ("vision", known.vision),
        ("reasoning", known.reasoning_efforts),
    )
    return tuple(word for word, has in abilities if has)


def _reasoning(known: ModelInfo) -> str:
    if known.reasoning_efforts is None:
        return ""
    return ", ".join(known.reasoning_efforts) or "no switch"


def _load_config(config: LoadConfig) -> Iterator[str]:
    if config.flash_attention is not None:
        yield f"flash attention {_ON_OFF[config.flash_attention]}"
    if config.offload_kv_cache_to_gpu is not None:
        yield f"KV cache on the GPU {_ON_OFF[config.offload_kv_cache_to_gpu]}"
    if config.num_experts is not None:
        yield f"{config.num_experts} experts"
    if config.eval_batch_size is not None:
        yield f"batches of {config.eval_batch_size:,}"


def _told(has: bool | None) -> str:
    return "" if has is None else _YES_NO[has]
