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
    """Tell whether each request begins with the prompt of the one before, byte for byte.

    What the user's side says twice in a row is one message, which chat templates want: so the last message
    may go on in the next request, as long as it begins as it did.
    """
    return all(_is_extended(before, after) for before, after in pairwise(bodies))


def _is_extended(before: dict[str, Any], after: dict[str, Any]) -> bool:
    *said, last = messages(before)
    same = messages(after)[: len(said)] == said and len(messages(after)) > len(said)
    return frame(before) == frame(after) and same and _goes_on(last, messages(after)[len(said)])


def _goes_on(message: str, later: str) -> bool:
    is_users = json.loads(message).get("role") == "user"
    return message == later or (is_users and later.startswith(message.rstrip('"}]')))
