"""Secrets taken out of events, before anybody gets them: the log, the model, the screen.

What the model itself says stays as it said it, and so does what it asks to be done: it never saw a secret.
"""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar, cast

from vtcode.events import (
    CommandRan,
    Event,
    Notice,
    PermissionRequested,
    PermissionResolved,
    ReplyDiscarded,
    ServerToolRan,
    ToolAwaitingInput,
    ToolFinished,
    ToolOutputDelta,
    ToolStarted,
    TurnEnded,
    TurnStarted,
    UserMessageAdded,
)
from vtcode.messages import Image, ToolCall
from vtcode.redaction import StreamRedaction

if TYPE_CHECKING:
    from vtcode.redaction import Redaction

_WHOLE = (
    TurnStarted,
    UserMessageAdded,
    CommandRan,
    ServerToolRan,
    ToolStarted,
    PermissionRequested,
    PermissionResolved,
    ToolAwaitingInput,
    ToolFinished,
    ReplyDiscarded,
    Notice,
    TurnEnded,
)
"""The events whose texts come from elsewhere than the model."""
_ValueT = TypeVar("_ValueT")


class EventRedaction:
    """Redacts the events of one session, in their order."""

    def __init__(self, redaction: Redaction) -> None:
        self._redaction = redaction
        self._outputs: dict[str, StreamRedaction] = {}

    def renew(self, redaction: Redaction) -> None:
        """Go by these secrets from now on; output that runs goes on by those that it began with."""
        self._redaction = redaction

    def applied(self, event: Event) -> tuple[Event, ...]:
        """Return what is told in place of `event`; live output waits for what may belong to a secret."""
        if not self._redaction.enabled:
            return (event,)
        if isinstance(event, ToolOutputDelta):
            output = self._outputs.setdefault(event.call_id, StreamRedaction(self._redaction))
            return _delta(event.call_id, output.feed(event.text))
        if not isinstance(event, _WHOLE):
            return (event,)
        held: tuple[Event, ...] = ()
        if isinstance(event, ToolAwaitingInput | ToolFinished) and event.call_id in self._outputs:
            held = _delta(event.call_id, self._outputs.pop(event.call_id).rest())
        return (*held, redacted(event, self._redaction))


def _delta(call_id: str, text: str) -> tuple[Event, ...]:
    return (ToolOutputDelta(call_id=call_id, text=text),) if text else ()


def redacted(value: _ValueT, redaction: Redaction) -> _ValueT:
    """Return a text, or a dataclass with all its texts redacted; pictures stay, and arguments stay JSON."""
    match value:
        case str():
            return cast("_ValueT", redaction(value))
        case tuple():
            return cast("_ValueT", tuple(redacted(item, redaction) for item in value))
        case Image():
            return value
        case ToolCall():
            return cast("_ValueT", replace(value, arguments=_redacted_json(value.arguments, redaction)))
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changed = {
        name: new
        for name in (field.name for field in fields(value))
        if (new := redacted(getattr(value, name), redaction)) is not getattr(value, name)
    }
    return replace(value, **changed) if changed else value


def _redacted_json(text: str, redaction: Redaction) -> str:
    try:
        arguments = json.loads(text)
    except ValueError:
        return redaction(text)
    values = _redacted_values(arguments, redaction)
    return text if values == arguments else json.dumps(values, ensure_ascii=False)


def _redacted_values(value: Any, redaction: Redaction) -> Any:
    match value:
        case str():
            return redaction(value)
        case list():
            return [_redacted_values(item, redaction) for item in value]
        case dict():
            return {key: _redacted_values(item, redaction) for key, item in value.items()}
        case _:
            return value
