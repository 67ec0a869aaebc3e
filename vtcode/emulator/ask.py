"""A request for a reply, whichever surface it came through, and how that surface answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from vtcode.emulator.memory import LoadWish
from vtcode.emulator.prompt import Prompt, Said

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.responses import Response

    from vtcode.emulator.catalog import EmulatedModel
    from vtcode.emulator.faults import CallFormat, Faults
    from vtcode.emulator.instance import Instance
    from vtcode.emulator.refusals import Refused
    from vtcode.emulator.state import EmulatorState
    from vtcode.emulator.told import Step, Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration:
    """A source of tools that the server itself runs."""

    id: str
    """The plugin's id, or the MCP server's label."""
    is_plugin: bool
    allowed_tools: tuple[str, ...] | None = None
    """None: all of them."""
    fault: Refused | None = None
    """Why it can't be connected to; None: it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What is asked for."""

    model: str
    """May be empty: whatever is loaded."""
    prompt: Prompt
    instructions: str = ""
    """A system message for this reply alone: it is not stored with the conversation."""
    stream: bool = False
    max_tokens: int | None = None
    """None: until the window is full."""
    effort: str = ""
    """How much it is to reason; empty: the model's default."""
    load: LoadWish = field(default_factory=LoadWish)
    integrations: tuple[Integration, ...] = ()
    stored: bool = False
    """The conversation can be gone on with afterwards."""
    wants_usage: bool = True
    """A stream tells its usage."""
    call_format: CallFormat | None = None
    """How the model writes calls here, where the surface has none of its own."""

    @property
    def whole_prompt(self) -> Prompt:
        """What the model reads."""
        if not self.instructions:
            return self.prompt
        said = Said(role="system", text=self.instructions)
        return Prompt(messages=(said, *self.prompt.messages), tools=self.prompt.tools)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """A request that is being answered."""

    state: EmulatorState
    ask: Ask
    faults: Faults
    instance: Instance
    model: EmulatedModel
    told: Told
    cached_tokens: int
    """Of the prompt, what was read before."""
    loads: bool
    """The model had to be loaded for it."""
    response_id: str
    """Empty where the conversation is not stored."""


class Writer(Protocol):
    """Writes one reply."""

    def begin(self) -> Iterable[bytes]:
        """Return the events that come before all others."""

    def tell(self, step: Step) -> Iterable[bytes]:
        """Return the events of a step."""

    def fail(self, refused: Refused) -> Iterable[bytes]:
        """Return the events of a reply that fails."""

    def whole(self) -> dict[str, Any]:
        """Return the body of a reply that is not streamed."""


class Surface(Protocol):
    """One of the server's ways to ask for a reply."""

    def read(self, state: EmulatorState, asked: dict[str, Any]) -> Ask:
        """Understand a request.

        Raises:
            Refused: It is not valid here.
        """

    def refuse(self, refused: Refused) -> Response:
        """Return a refusal in this surface's shape."""

    def writer(self, answering: Answering) -> Writer:
        """Return what writes the reply."""
