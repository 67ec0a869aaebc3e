"""What of a request its server's KV cache depends on: all that becomes the prompt, in its order."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

_FRAME = ("model", "system", "tools", "reasoning_effort")


def messages(body: dict[str, Any]) -> list[str]:
    """Return a request's messages as they were written."""
    return [json.dumps(message, ensure_ascii=False) for message in body.get("messages", body.get("input"))]


def frame(body: dict[str, Any]) -> str:
    """Return what stands before the messages in most chat templates."""
    return json.dumps({key: body.get(key) for key in _FRAME}, ensure_ascii=False)


def extends(bodies: Sequence[dict[str, Any]]) -> bool:
    """Tell whether each request begins with all messages of the one before, under the same frame."""
    return all(_is_extended(before, after) for before, after in pairwise(bodies))


def _is_extended(before: dict[str, Any], after: dict[str, Any]) -> bool:
    said = messages(before)
    return frame(before) == frame(after) and messages(after)[: len(said)] == said
