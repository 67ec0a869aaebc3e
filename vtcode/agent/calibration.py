"""What a token of a model stands for, learnt from what its server counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.agent.request import size_of_request
from vtcode.messages import UserMessage

if TYPE_CHECKING:
    from vtcode.agent.agent import Agent
    from vtcode.agent.reply import Reply


def calibrate(agent: Agent, reply: Reply) -> None:
    """Have the agent's estimates go by the count that came with a reply, where the server made one.

    Prompts with pictures say nothing: nobody knows beforehand how many tokens one takes.
    """
    usage, request = reply.event.usage, reply.request
    pictured = any(isinstance(message, UserMessage) and message.images for message in request.messages)
    if not usage.estimated and not pictured:
        agent.token_scale.learn(
            agent.provider.address,
            request.model,
            characters=size_of_request(request.messages, request.tools),
            tokens=usage.prompt_tokens,
        )
