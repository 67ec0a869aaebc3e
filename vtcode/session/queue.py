"""The messages that wait: those that join the running turn, and those for its end."""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

from vtcode.messages import UserMessage, program_note

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vtcode.messages import Image


class MessageQueue:
    """Messages of the user's whose time has not come; each can be taken back until it has."""

    def __init__(self) -> None:
        self.steering: deque[UserMessage] = deque()
        """They join the running turn before its next step, the first one first."""
        self.waiting: deque[UserMessage] = deque()
        """They wait for the end of what runs, the next one first."""
        self.can_steer = False
        """A turn runs that messages can join."""

    @property
    def listed(self) -> tuple[UserMessage, ...]:
        """All of them, in the order in which they are sent."""
        return (*self.steering, *self.waiting)

    def add(self, text: str, images: Sequence[Image] = ()) -> None:
        """Have a message wait for the end of what runs."""
        self.waiting.append(UserMessage(text=text, images=tuple(images)))

    def steer(self, text: str, images: Sequence[Image] = ()) -> None:
        """Have a message join the running turn before its next step; it waits where none runs."""
        line = self.steering if self.can_steer else self.waiting
        line.append(UserMessage(text=text, images=tuple(images)))

    def take_all(self) -> tuple[str, ...]:
        """Return the texts of the user's messages; then none waits any longer."""
        taken = tuple(message.text for message in self.listed if not program_note(message.text))
        self.steering.clear()
        self.waiting.clear()
        return taken

    def remove(self, message: UserMessage) -> bool:
        """Take this very message out; False: it waits no longer."""
        line, place = self._find(message)
        if line is not None:
            del line[place]
        return line is not None

    def send_earlier(self, message: UserMessage) -> None:
        """Have a message change places with the one before it of the same kind, where there is one."""
        line, place = self._find(message)
        if line is not None and place:
            line[place - 1], line[place] = line[place], line[place - 1]

    def move_over(self, message: UserMessage) -> None:
        """Have a waiting message join the running turn, or one that would join it wait, as the next one."""
        line, place = self._find(message)
        if line is self.steering:
            del line[place]
            self.waiting.appendleft(message)
        elif line is self.waiting and self.can_steer:
            del line[place]
            self.steering.append(message)

    @contextmanager
    def joining(self) -> Iterator[deque[UserMessage]]:
        """Have messages join the turn that runs inside the block; what it leaves waits, before the others."""
        self.can_steer = True
        try:
            yield self.steering
        finally:
            self.can_steer = False
            self.waiting.extendleft(reversed(self.steering))
            self.steering.clear()

    def _find(self, message: UserMessage) -> tuple[deque[UserMessage] | None, int]:
        """Return where a message stands: two may have the same words, so it is this one and no other."""
        for line in (self.steering, self.waiting):
            for place, one in enumerate(line):
                if one is message:
                    return line, place
        return None, 0
