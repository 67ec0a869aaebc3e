"""How a model is to be loaded, as people write it: `--context-length 16384 --gpu max`. Pure.

One table for `/model load` and for `vtcode models load`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vtcode.errors import UsageError
from vtcode.providers.lifecycle import LoadRequest
from vtcode.providers.model_info import LoadConfig

if TYPE_CHECKING:
    from collections.abc import Mapping

ANOTHER = "--another"
_SWITCH = {"on": True, "off": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOption:
    """One option of loading."""

    flag: str
    value: str
    """What follows it, as help names that; empty: nothing does."""
    help: str


LOAD_OPTIONS = (
    LoadOption(flag="--context-length", value="N", help="the window, in tokens"),
    LoadOption(flag="--flash-attention", value="on|off", help="faster attention (llama.cpp)"),
    LoadOption(flag="--kv-offload", value="on|off", help="the cache in the GPU's memory (llama.cpp)"),
    LoadOption(flag="--experts", value="N", help="active experts of a mixture (llama.cpp)"),
    LoadOption(flag="--ttl", value="SECONDS", help="unload it when idle for so long (through lms)"),
    LoadOption(flag="--gpu", value="off|max|0..1", help="the share on the GPU (through lms)"),
    LoadOption(flag="--parallel", value="N", help="requests at a time (through lms)"),
    LoadOption(flag="--identifier", value="ID", help="the id that the instance gets (through lms)"),
    LoadOption(flag=ANOTHER, value="", help="once more, beside the instance that is there"),
)


def load_request(model: str, options: Mapping[str, str]) -> LoadRequest:
    """Return what the options ask for.

    Args:
        model: The model's key.
        options: Flag -> value as it was typed; all flags are among `LOAD_OPTIONS`.

    Raises:
        UsageError: A value is none that its flag takes.
    """
    return LoadRequest(
        model=model,
        config=LoadConfig(
            context_length=_number(options, "--context-length"),
            flash_attention=_switch(options, "--flash-attention"),
            offload_kv_cache_to_gpu=_switch(options, "--kv-offload"),
            num_experts=_number(options, "--experts"),
        ),
        gpu=_gpu(options.get("--gpu", "")),
        ttl_s=_number(options, "--ttl"),
        parallel=_number(options, "--parallel"),
        identifier=options.get("--identifier", ""),
        another=ANOTHER in options,
    )


def window_tokens(text: str) -> int | None:
    """Return the tokens that `16384`, `16,384` or `16k` name; None where the text names none."""
    digits = text.strip().lower().replace(",", "").replace("_", "")
    factor = 1_024 if digits.endswith("k") else 1
    digits = digits.removesuffix("k")
    number = int(digits) * factor if digits.isascii() and digits.isdecimal() and len(digits) < 10 else 0
    return number or None


def _number(options: Mapping[str, str], flag: str) -> int | None:
    if flag not in options:
        return None
    number = window_tokens(options[flag])
    if number is None:
        raise UsageError(f"{flag} takes a number above 0, not {options[flag]!r}.")
    return number


def _switch(options: Mapping[str, str], flag: str) -> bool | None:
    if flag not in options:
        return None
    switch = _SWITCH.get(options[flag].lower())
    if switch is None:
        raise UsageError(f"{flag} takes on or off, not {options[flag]!r}.")
    return switch


def _gpu(text: str) -> str:
    if text in ("", "off", "max"):
        return text
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise UsageError(f"--gpu takes off, max or a share from 0 to 1, not {text!r}.")
    return text
