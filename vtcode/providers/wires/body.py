"""Parts of a request's body that wires spell alike."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vtcode.messages import Image
    from vtcode.providers.base import Sampling

_EFFORTS = {"off": "none", "on": "medium"}
"""OpenAI's scale knows no switch: what only turns reasoning on or off has a place on it."""


def encoded(body: Mapping[str, object]) -> bytes:
    """Return a body as bytes; equal bodies, with their keys in the same order, give equal bytes."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def sampling_keys(sampling: Sampling, names: Mapping[str, str]) -> dict[str, object]:
    """Return what is set of the sampling, in the order and under the names of one API.

    Args:
        sampling: What is asked for.
        names: A field of `Sampling`, and what the API calls it; what is not here, the API does not take.
    """
    values = {name: getattr(sampling, field) for field, name in names.items()}
    return {name: value for name, value in values.items() if value not in (None, ())}


def data_url(image: Image) -> str:
    """Return a picture as LM Studio takes it: PNG or JPEG within the request itself."""
    return f"data:{image.media_type};base64,{image.data}"


def effort_on_scale(effort: str) -> str:
    """Return a reasoning effort in OpenAI's words."""
    return _EFFORTS.get(effort, effort)
