"""The widgets that the app mounts once its first frame is out: they have nothing to show before.

Each is imported when it is first asked for, so that the first frame need not wait for it.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vtcode.frontends.tui.widgets.command_input import CommandInput
    from vtcode.frontends.tui.widgets.downloads_view import DownloadsView
    from vtcode.frontends.tui.widgets.queue_view import QueueView
    from vtcode.frontends.tui.widgets.transcript_view import TranscriptView


class LateWidgets:
    """A part of the app; a widget that was asked for before it is mounted takes in what it will show."""

    @cached_property
    def transcript(self) -> TranscriptView:
        """What was said and done."""
        return import_transcript()(id="transcript")

    @cached_property
    def downloads_view(self) -> DownloadsView:
        """The downloads that run."""
        from vtcode.frontends.tui.widgets.downloads_view import DownloadsView

        return DownloadsView()

    @cached_property
    def queue_view(self) -> QueueView:
        """The messages that wait."""
        from vtcode.frontends.tui.widgets.queue_view import QueueView

        return QueueView()

    @cached_property
    def command_input(self) -> CommandInput:
        """The line that types into a waiting command."""
        from vtcode.frontends.tui.widgets.command_input import CommandInput

        return CommandInput()


def import_transcript() -> type[TranscriptView]:
    """Return the transcript's class, which takes a while the first time; a thread may call this."""
    from vtcode.frontends.tui.widgets.transcript_view import TranscriptView

    return TranscriptView
