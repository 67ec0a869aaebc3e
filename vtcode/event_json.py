"""Events as lines of JSON: the codec of the session log."""

from __future__ import annotations

import functools
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, cast

from vtcode.events import Event

if TYPE_CHECKING:
    from pydantic import TypeAdapter


def to_json(event: Event) -> str:
    """Return the event as one line of JSON, with its `type`."""
    return json.dumps(asdict(event), ensure_ascii=False, separators=(",", ":"))


def from_json(line: str | bytes) -> Event:
    """Return the event that `to_json` wrote.

    Raises:
        ValueError: The line is torn, or of a type that this version does not know.
    """
    return cast("Event", _adapter().validate_json(line))


@functools.cache
def _adapter() -> TypeAdapter[Any]:
    from pydantic import Field, TypeAdapter

    return TypeAdapter(Annotated[Event, Field(discriminator="type")])
