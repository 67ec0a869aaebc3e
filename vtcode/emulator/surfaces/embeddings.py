"""`POST /v1/embeddings`."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from vtcode.emulator import memory
from vtcode.emulator.refusals import Refused

if TYPE_CHECKING:
    from vtcode.emulator.state import EmulatorState

_DIMENSIONS = 8


async def embed(state: EmulatorState, asked: dict[str, Any]) -> dict[str, Any]:
    """Return the vectors of one text or several; the same text always has the same one.

    Raises:
        Refused: The input is no text, or the model is not one for embeddings.
    """
    given = asked.get("input")
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise Refused("'input' field must be a string or an array of strings")
    wish = memory.LoadWish(ttl_s=asked.get("ttl"))
    instance, _ = memory.find_instance(state, asked.get("model") or "", wish, state.faults)
    if state.model_of(instance).type != "embedding":
        raise Refused("Model is not embedding")
    return {
        "object": "list",
        "data": [
            {"object": "embedding", "index": index, "embedding": _vector(text)}
            for index, text in enumerate(texts)
        ],
        "model": instance.id,
        "usage": {"prompt_tokens": 0, "total_tokens": 0},
    }


def _vector(text: str) -> list[float]:
    digest = hashlib.sha256(text.encode()).digest()
    return [byte / 127.5 - 1 for byte in digest[:_DIMENSIONS]]
