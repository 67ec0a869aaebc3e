"""`/copy`: an answer, or the code in it, for the clipboard."""

from __future__ import annotations

from vtcode.commands.registry import CommandContext, CommandResult, command
from vtcode.messages import AssistantMessage
from vtcode.session.copying import copied_answer


@command("copy", usage="[answer | code | N]")
async def copy(context: CommandContext) -> CommandResult:
    """Copy the last answer, its last code block, or the answer N from the end."""
    messages = (said.message for said in context.session.history.said())
    answers = [
        message.text for message in messages if isinstance(message, AssistantMessage) and message.text.strip()
    ]
    return CommandResult(copied=copied_answer(answers, context.argument))
