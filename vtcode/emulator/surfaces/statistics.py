"""What replies cost and how fast they were, in the words of each surface; the speeds are constants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vtcode.emulator.ask import Answering

LOAD_SECONDS = 3.2
_TOKENS_PER_SECOND = 40.0
_FIRST_TOKEN_SECONDS = 0.3
_STOP_REASONS = {
    "stop": "eosFound",
    "tool_calls": "toolCalls",
    "length": "maxPredictedTokensReached",
    "cancelled": "userStopped",
    "cut": "failed",
}


def openai_usage(answering: Answering) -> dict[str, Any]:
    """Return the usage of chat completions."""
    usage = answering.told.usage
    details = {"cached_tokens": answering.cached_tokens}
    told = {"prompt_tokens_details": details} if answering.state.settings.tells_cached_tokens else {}
    return told | {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.completion,
        "total_tokens": usage.prompt + usage.completion,
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    }


def native_statistics(answering: Answering, written_tokens: int) -> dict[str, Any]:
    """Return the `stats` of native chat."""
    usage = answering.told.usage
    stats: dict[str, Any] = {
        "input_tokens": usage.prompt,
        "total_output_tokens": written_tokens,
        "reasoning_output_tokens": min(usage.reasoning, written_tokens),
        "tokens_per_second": _TOKENS_PER_SECOND,
        "time_to_first_token_seconds": _FIRST_TOKEN_SECONDS,
    }
    if answering.loads:
        stats["model_load_time_seconds"] = LOAD_SECONDS
    return stats


def beta_statistics(answering: Answering) -> dict[str, Any]:
    """Return what `/api/v0` adds to a whole reply."""
    model, usage = answering.model, answering.told.usage
    return {
        "stats": {
            "tokens_per_second": _TOKENS_PER_SECOND,
            "time_to_first_token": _FIRST_TOKEN_SECONDS,
            "generation_time": round(usage.completion / _TOKENS_PER_SECOND, 3),
            "stop_reason": _STOP_REASONS[answering.told.finish],
        },
        "model_info": {
            "arch": model.architecture,
            "quant": model.quantization,
            "format": model.format,
            "context_length": answering.instance.context_length,
        },
        "runtime": {"name": "emulator", "version": "1.0.0", "supported_formats": ["gguf", "mlx"]},
    }
