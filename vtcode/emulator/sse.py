"""Server-sent events."""

from __future__ import annotations

import json


def event(payload: object, name: str = "") -> bytes:
    """Return one event; without a name it has its data alone."""
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(payload, ensure_ascii=False, separators=(',', ':'))}\n\n".encode()


def typed_event(kind: str, **fields: object) -> bytes:
    """Return an event whose data repeats its name as `type`."""
    return event({"type": kind, **fields}, kind)
