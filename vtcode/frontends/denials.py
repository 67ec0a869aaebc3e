"""The calls of a headless run that were denied because nobody could be asked, and what would allow them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vtcode.events import PermissionResolved, ToolStarted
from vtcode.frontends.wording import counted

if TYPE_CHECKING:
    from vtcode.events import Event


@dataclass(slots=True)
class Denials:
    """Counts them; what a deny rule forbids is not among them."""

    _tools: dict[str, str] = field(default_factory=dict)
    """The tool of each call, by the call's id."""
    _denied: list[str] = field(default_factory=list)

    def note(self, event: Event) -> None:
        """Take an event of the run."""
        match event:
            case ToolStarted():
                self._tools[event.call.id] = event.call.name
            case PermissionResolved(decision="deny"):
                self._denied.append(self._tools.get(event.call_id, ""))
            case _:
                pass

    @property
    def text(self) -> str:
        """What was denied; empty: nothing."""
        if not self._denied:
            return ""
        verb = "was" if len(self._denied) == 1 else "were"
        tools = ", ".join(dict.fromkeys(self._denied))
        return f"{counted(len(self._denied), 'call')} {verb} denied, since nobody could be asked: {tools}."

    @property
    def hint(self) -> str:
        """How to have the same allowed the next time."""
        rules = ", ".join(f'tools.policies.{tool} = "allow"' for tool in dict.fromkeys(self._denied))
        return f"To allow it: --full-auto with [automation.full_auto], or {rules}."
