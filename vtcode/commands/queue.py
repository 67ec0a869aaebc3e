"""`/queue`: the messages that wait for the end of the running turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.commands.registry import CommandContext, CommandResult, command
from vtcode.events import Notice
from vtcode.questions import Choice, PickQuestion, PickRow
from vtcode.visible import revealed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vtcode.messages import UserMessage

_EARLIER = Choice(id="earlier", label="Send it earlier", key="u")
_REMOVE = Choice(id="remove", label="Remove it", key="x")


@command("queue")
async def queue(context: CommandContext) -> CommandResult:
    """Take one of the waiting messages back, send it earlier, or remove it."""
    waiting = context.session.waiting
    marked = 0
    while waiting:
        listed = tuple(waiting)
        answer = await context.front_end.ask(_question(listed, marked))
        picked = answer.text if answer.choice in (_EARLIER.id, _REMOVE.id) else answer.choice
        if not picked.isdecimal() or int(picked) >= len(listed):
            return CommandResult()
        place = _place_of(listed[int(picked)], waiting)
        if place is None:
            continue  # it was sent while the list was shown
        marked = place
        if answer.choice == _EARLIER.id:
            marked = max(0, place - 1)
            waiting[marked], waiting[place] = waiting[place], waiting[marked]
            continue
        message = waiting[place]
        del waiting[place]
        if answer.choice != _REMOVE.id:
            return CommandResult(draft=message.text)
    await context.session.emit(Notice(level="info", text="No message waits."))
    return CommandResult()


def _place_of(message: UserMessage, waiting: Sequence[UserMessage]) -> int | None:
    return next((place for place, one in enumerate(waiting) if one is message), None)


def _question(listed: tuple[UserMessage, ...], marked: int) -> PickQuestion:
    rows = tuple(
        PickRow(
            id=str(place),
            label=revealed(" ".join(message.text.split()), keep_newlines=False),
            detail="next" if place == 0 else "",
            current=place == marked,
        )
        for place, message in enumerate(listed)
    )
    return PickQuestion(
        title="Messages that wait: Enter takes one back into the prompt",
        rows=rows,
        actions=(_EARLIER, _REMOVE),
    )
