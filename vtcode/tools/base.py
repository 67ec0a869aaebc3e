"""What a tool is: arguments with a schema, an action described before it happens, a result after.

A tool neither asks nor draws. `prepare` looks (it may read, never change) and says exactly what will happen;
the gate judges that action; `run` does that and nothing else, and refuses if the world has moved meanwhile.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Generic, Protocol, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict

from vtcode.details import Details, TextDetails
from vtcode.system.jobs import Jobs

if TYPE_CHECKING:
    import asyncio

    from vtcode.actions import Action
    from vtcode.frontend import Control
    from vtcode.system.files import Workspace
    from vtcode.system.shell_start import ShellSettings
    from vtcode.system.spool import Spool


class Arguments(BaseModel):
    """Base of every tool's arguments: unknown keys are refused, so that a misspelt one is noticed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


ArgumentsT = TypeVar("ArgumentsT", bound=Arguments)


class Running(Protocol):
    """What a running call may tell, and hear."""

    controls: asyncio.Queue[Control]

    async def output(self, text: str) -> None:
        """Pass on live output, raw."""

    async def awaiting_input(self, prompt: str) -> None:
        """Tell that the command waits for input; `prompt` is its last unfinished line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """What stands for a result that the model has before it from an earlier call."""

    notice: str
    """In its place."""
    is_shown_by: Callable[[str], bool]
    """Tells whether the text of an earlier result of the same call, cut as it may be, still holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a call."""

    text: str
    """For the model; already within the context's `max_result_chars`."""
    details: Details = field(default_factory=lambda: TextDetails(text=""))
    failed: bool = False
    unchanged: Unchanged | None = None
    """What may stand for the text; None: nothing does."""


RunCall: TypeAlias = Callable[[Running], Awaitable[Outcome]]
LeaveOut: TypeAlias = Callable[[Collection[int]], "Prepared"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A call that is understood and described, and not yet run."""

    action: Action
    run: RunCall
    without: LeaveOut | None = None
    """Returns the same call without some of the diff's hunks, numbered from 1; None: it is run whole."""


@dataclass(slots=True, kw_only=True)
class ToolContext:
    """What tools work on; one per session."""

    workspace: Workspace
    shell: ShellSettings
    max_result_chars: int = 16_000
    """How much text one result may put into the window; the agent adapts it to the window."""
    takes: Callable[[str], int] = len
    """How many of those characters a text takes; more than it has where its script costs more tokens."""
    spool: Spool | None = None
    """Keeps what a result has no room for; None: nothing does."""
    jobs: Jobs = field(default_factory=Jobs)
    """The commands that go on in the background."""


class Tool(Protocol, Generic[ArgumentsT]):
    """One tool."""

    name: ClassVar[str]
    description: ClassVar[str]
    """What the model is told: one or two short sentences; every token counts."""
    brief: ClassVar[str]
    """The same for a small window, where the schema is brief too (`registry.definitions`)."""
    arguments: type[ArgumentsT]
    reads_only: ClassVar[bool]
    """True: calls that stand side by side may run together. False: each is asked about and run alone."""

    async def prepare(self, arguments: ArgumentsT, context: ToolContext) -> Prepared:
        """Describe the call.

        Raises:
            ToolFailed: The call can't work as it stands; the message is for the model.
        """
