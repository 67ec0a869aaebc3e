"""Progress of loads and downloads on stderr: a bar drawn over and over on a terminal, else a few lines."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from typing import TYPE_CHECKING

from vtcode.events import ModelDownloading, ModelLoading, Notice
from vtcode.frontends.wording import download_words, loading_words, progress_bar
from vtcode.questions import Answer
from vtcode.visible import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from vtcode.events import Event
    from vtcode.questions import Question

_BAR_CELLS = 24
_STEPS = 10
"""Lines that a whole download is told in where nothing can be redrawn."""


class ProgressLines:
    """A front end for one piece of work on models; answers every question with its refusal.

    Args:
        write: To stderr.
        redraws: It is a terminal: what is in progress has one line, drawn over and over.
        as_json: Takes downloads as one JSON object a line, instead; None: it does not.
    """

    def __init__(
        self,
        write: Callable[[str], object],
        *,
        redraws: bool,
        as_json: Callable[[str], object] | None = None,
    ) -> None:
        self._write = write
        self._redraws = redraws
        self._as_json = as_json
        self._told: tuple[str, int] | None = None
        self._drawn = False

    async def show(self, event: Event) -> None:
        """Show one event."""
        match event:
            case ModelDownloading() if self._as_json:
                self._as_json(json.dumps(asdict(event)) + "\n")
            case ModelDownloading(downloaded_bytes=done, total_bytes=total):
                self._progress(download_words(event), done / total if done and total else None)
            case ModelLoading(progress=progress):
                self._progress(loading_words(event), progress)
            case Notice():
                self.end()
                self._write(f"vtcode: {plain(event.text)}\n")
                if event.hint:
                    self._write(f"  {plain(event.hint)}\n")
            case _:
                pass

    async def ask(self, question: Question) -> Answer:
        """Refuse: nobody is asked."""
        return Answer(choice=question.refusal)

    def end(self) -> None:
        """Leave the line that was drawn as it is."""
        if self._drawn:
            self._drawn = False
            self._write("\n")

    def _progress(self, words: str, share: float | None) -> None:
        if self._redraws:
            bar = f"{progress_bar(share, _BAR_CELLS)} " if share is not None else ""
            columns = shutil.get_terminal_size().columns - 1
            self._write(f"\r\x1b[K{(bar + plain(words))[:columns]}")
            self._drawn = True
            return
        told = (words.partition(":")[0], int((share or 0) * _STEPS))
        if told != self._told:
            self._told = told
            self._write(f"vtcode: {plain(words)}\n")
