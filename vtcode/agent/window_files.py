"""What a model is still sent of the files that it read and changed. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from vtcode.actions import ReadAction, WriteAction
from vtcode.agent.ledger import file_name
from vtcode.messages import AssistantMessage
from vtcode.providers.estimates import estimated_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vtcode.agent.agent import Agent
    from vtcode.agent.shortening import Said


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowFile:
    """A file, or a folder that was searched."""

    path: str
    was_changed: bool
    """Otherwise it was only read."""
    tokens: int
    """Estimated, of all calls about it that are still sent, with their results."""
    sent: Literal["whole", "stubbed", "not"]
    """The newest result that tells most: as it came; as one line; none is sent any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    path: str
    characters: int
    is_stub: bool


def window_files(agent: Agent) -> tuple[WindowFile, ...]:
    """Return the files by how much of the window they take, the largest first."""
    known = agent.history.ledger.files()
    sent: dict[str, list[_Sent]] = {path: [] for path in known}
    for said in agent.history.said():
        for one in _sent(agent, said):
            if one.path in sent:
                sent[one.path].append(one)
    files = [
        WindowFile(
            path=path,
            was_changed=known[path],
            tokens=estimated_tokens(sum(call.characters for call in calls), agent.characters_per_token),
            sent="not" if not calls else "stubbed" if all(call.is_stub for call in calls) else "whole",
        )
        for path, calls in sent.items()
    ]
    return tuple(sorted(files, key=lambda file: file.tokens, reverse=True))


def _sent(agent: Agent, said: Said) -> Iterator[_Sent]:
    if not isinstance(said.message, AssistantMessage):
        return
    for call, result, stub in zip(said.message.tool_calls, said.results, said.stubs, strict=True):
        action = agent.history.ledger.action_of(call.id)
        if isinstance(action, ReadAction | WriteAction):
            yield _Sent(
                path=file_name(action.path),
                characters=len(call.arguments) + len(result.text),
                is_stub=result.text == stub,
            )
