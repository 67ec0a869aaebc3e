"""The next request of a conversation: the same bytes for a turn, and for what warms the cache for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.providers.base import Request

if TYPE_CHECKING:
    from vtcode.agent.agent import Agent


def request_of(agent: Agent) -> Request:
    """Return the request for the next reply to the conversation as it is now."""
    return Request(
        model=agent.model.id,
        messages=agent.history.messages(with_images=agent.model.vision is not False),
        tools=agent.history.tools,
        sampling=agent.asked.sampling,
        reasoning_effort=agent.asked.reasoning_effort,
        tool_mode=agent.asked.tool_mode,
        integrations=agent.integrations_allowed,
        context_length=agent.asked.context_length,
        strict_roles=agent.is_strict,
    )


def frame_of(request: Request) -> tuple[object, ...]:
    """Return what stands before the messages, or decides how they are written."""
    return (
        request.model,
        request.tools,
        request.tool_mode,
        request.strict_roles,
        request.reasoning_effort,
    )
