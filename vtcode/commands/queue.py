"""`/queue`: the messages that join the running turn, and those that wait for its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.commands.registry import CommandContext, CommandResult, command
from vtcode.events import Notice
from vtcode.questions import Choice, PickQuestion, PickRow
from vtcode.visible import revealed

if TYPE_CHECKING:
    from vtcode.messages import UserMessage
    from vtcode.session.queue import MessageQueue

_EARLIER = Choice(id="earlier", label="Send it earlier", key="u")
_MOVE = Choice(id="move", label="Join the turn, or wait", key="s")
_REMOVE = Choice(id="remove", label="Remove it", key="x")


@command("queue")
async def queue(context: CommandContext) -> CommandResult:
    """Take a waiting message back, send it earlier, have it join the running turn or wait, or remove it."""
    queue = context.session.queue
    marked: UserMessage | None = None
    while listed := queue.listed:
        answer = await context.front_end.ask(_question(queue, marked))
        picked = answer.text if answer.choice in (_EARLIER.id, _MOVE.id, _REMOVE.id) else answer.choice
        if not picked.isdecimal() or int(picked) >= len(listed):
            return CommandResult()
        marked = listed[int(picked)]
        match answer.choice:
            case _EARLIER.id:
                queue.send_earlier(marked)
            case _MOVE.id:
                queue.move_over(marked)
            case _REMOVE.id:
                queue.remove(marked)
            case _ if queue.remove(marked):
                return CommandResult(draft=marked.text)
            case _:
                pass  # it was sent while the list was shown
    await context.session.emit(Notice(level="info", text="No message waits."))
    return CommandResult()


def _question(queue: MessageQueue, marked: UserMessage | None) -> PickQuestion:
    joining = len(queue.steering)
    rows = tuple(
        PickRow(
            id=str(place),
            label=revealed(" ".join(message.text.split()), keep_newlines=False),
            detail=_detail(place, joining),
            group="Join the running turn at its next step" if place < joining else "Wait for its end",
            current=message is marked,
        )
        for place, message in enumerate(queue.listed)
    )
    return PickQuestion(
        title="Messages that wait: Enter takes one back into the prompt",
        rows=rows,
        actions=(_EARLIER, *((_MOVE,) if queue.can_steer else ()), _REMOVE),
    )


def _detail(place: int, joining: int) -> str:
    if place < joining:
        return "joins"
    return "next" if place == joining else ""
