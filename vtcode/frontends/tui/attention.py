"""Calling the user who looks elsewhere, and saying in the terminal's title what goes on.

What is sent holds fixed words and the folder's name, nothing that a model said.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Literal, TypeAlias

from vtcode.frontends.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from vtcode.events import TurnOutcome
    from vtcode.frontends.tui.settings import Notifications

State: TypeAlias = Literal["working", "asks", "ready"]
TitleItem: TypeAlias = Literal["folder", "state"]

_KEEP_TITLE, _TITLE_BACK = "\x1b[22;2t", "\x1b[23;2t"
"""xterm's stack of titles; what does not know it ignores it."""
_BELL = "\a"
_ASKS, _DONE, _FAILED = "Waiting for your answer", "Done", "Ended with an error"
_TAKES_777 = ("rxvt", "foot")
_FOLDER_CHARS = 40


class Attention:
    """One app's ways to its user."""

    def __init__(
        self,
        write: Callable[[str], None],
        start: Callable[[Coroutine[None, None, None]], object],
        *,
        last_key_at: Callable[[], float | None],
        clock: Callable[[], float],
        sleep: Callable[[float], Coroutine[None, None, None]] = asyncio.sleep,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        """Take what reaches the user.

        Args:
            write: Sends control sequences to the terminal.
            start: Has something done meanwhile.
            last_key_at: When the user typed last, by the clock; None: not yet.
            clock: Seconds that only grow.
            sleep: Waits for so many seconds of that clock.
            environment: What the terminal says of itself.
        """
        self._write = write
        self._start = start
        self._last_key_at = last_key_at
        self._clock = clock
        self._sleep = sleep
        self._environment = environment
        self._began_at = clock()
        self._settings: Notifications | None = None
        """None: nobody is called yet."""
        self._title_items: tuple[TitleItem, ...] = ()
        self._folder = ""
        self._state: State | None = None
        self._is_focused: bool | None = None

    def begin(self, settings: Notifications, title_items: tuple[TitleItem, ...], folder: str) -> None:
        """Call the user, and name what goes on, as they want it; `folder`: the workspace's name."""
        self._settings, self._title_items = settings, title_items
        self._folder = one_line(folder)[:_FOLDER_CHARS]
        if title_items:
            self._write(_KEEP_TITLE)
            self._show_title()

    def end(self) -> None:
        """Give the terminal its title back."""
        if self._title_items:
            self._write(_TITLE_BACK)
            self._title_items = ()

    def focus(self, is_focused: bool) -> None:
        """Take in that the terminal has the keyboard, or no longer; some never say."""
        self._is_focused = is_focused

    def follow(self, state: State) -> None:
        """Take in what goes on now."""
        if state == self._state:
            return
        self._state = state
        self._show_title()
        if state == "asks" and self._settings and self._settings.hitl:
            self._call(_ASKS, self._settings)

    def turn_ended(self, outcome: TurnOutcome) -> None:
        """Take in how a turn ended; one that the user stopped is no news to them."""
        settings = self._settings
        if settings is None:
            return
        match outcome:
            case "completed" if settings.completion:
                self._call(_DONE, settings)
            case "failed" | "limit" if settings.error:
                self._call(_FAILED, settings)
            case _:
                pass

    def _call(self, text: str, settings: Notifications) -> None:
        """Call the user, unless they are here.

        Some terminals never say whether they have the keyboard: there, who typed a moment ago is here, and is
        called later if no key comes.
        """
        if not settings.enabled or (settings.suppress_when_focused and self._is_focused is True):
            return
        last_key_at = self._last_key_at()
        quiet_s = self._clock() - (self._began_at if last_key_at is None else last_key_at)
        if self._is_focused is None and quiet_s < settings.after_s:
            self._start(self._call_later(text, settings, settings.after_s - quiet_s))
            return
        title = f"vtcode – {self._folder}"
        self._write(_BELL)
        if settings.delivery == "terminal":
            self._write(notification(title, text, self._environment))
        else:
            self._start(self._call_on_desktop(title, text, also_here=settings.delivery == "hybrid"))

    async def _call_later(self, text: str, settings: Notifications, wait_s: float) -> None:
        """Call the user after a while, if nothing came of them and nothing else goes on by then."""
        before = self._state, self._last_key_at()
        await self._sleep(wait_s)
        if (self._state, self._last_key_at()) == before:
            self._call(text, settings)

    async def _call_on_desktop(self, title: str, text: str, *, also_here: bool) -> None:
        from vtcode.session.desktop import notify_desktop

        if not await notify_desktop(title, text) or also_here:
            self._write(notification(title, text, self._environment))

    def _show_title(self) -> None:
        words = {"folder": self._folder, "state": self._state or "opening"}
        if self._title_items:
            title = " – ".join(("vtcode", *(words[item] for item in self._title_items)))
            self._write(f"\x1b]2;{title}{_BELL}")


def notification(title: str, text: str, environment: Mapping[str, str]) -> str:
    """Return what has a terminal show a notification: OSC 777 where that is known to be taken, else OSC 9.

    Inside tmux it is passed on to the terminal around it, where `allow-passthrough` is on.
    """
    if environment.get("VTE_VERSION") or environment.get("TERM", "").startswith(_TAKES_777):
        sequence = f"\x1b]777;notify;{title.replace(';', ',')};{text}{_BELL}"
    else:
        sequence = f"\x1b]9;{title}: {text}{_BELL}"
    if environment.get("TMUX"):
        doubled = sequence.replace("\x1b", "\x1b\x1b")
        return f"\x1bPtmux;{doubled}\x1b\\"
    return sequence
