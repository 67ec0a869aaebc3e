"""The prompts typed in a workspace, kept in a file from one run to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from vtcode.questions import Answer, PickQuestion


class PromptHistory:
    """Prompts, oldest first, and a place in them that Up and Down move."""

    def __init__(self, file: Path | None = None) -> None:
        """Without a file, nothing outlives the run."""
        self._file = file
        self._entries: list[str] = []
        if file:
            from vtcode.session.prompts import read_prompts

            self._entries = read_prompts(file)
        self._place: int | None = None
        self._draft = ""

    @property
    def entries(self) -> tuple[str, ...]:
        """All prompts, oldest first."""
        return tuple(self._entries)

    def add(self, text: str, *, keep: bool = True) -> None:
        """Remember a prompt, unless it repeats the last one; `keep=False`: in this run only."""
        if self._place is not None:
            self._remember(self._draft)
        self._place = None
        if self._remember(text) and keep and self._file:
            from vtcode.session.prompts import append_prompt

            append_prompt(self._file, text)

    def older(self, text: str) -> str | None:
        """Return the prompt before the current place, None at the oldest; `text` is what stands there."""
        self._keep_changes(text)
        if self._place is None:
            self._draft = text
        place = len(self._entries) if self._place is None else self._place
        if place == 0:
            return None
        self._place = place - 1
        return self._entries[self._place]

    def newer(self, text: str) -> str | None:
        """Return the prompt after the current place, at last the draft; None while at the draft.

        `text` is what stands there.
        """
        if self._place is None:
            return None
        self._keep_changes(text)
        self._place += 1
        if self._place < len(self._entries):
            return self._entries[self._place]
        self._place = None
        return self._draft

    def _keep_changes(self, text: str) -> None:
        """Remember an earlier prompt that was changed and is left for another one."""
        if self._place is not None and text != self._entries[self._place]:
            self._remember(text)

    def _remember(self, text: str) -> bool:
        """Have `text` among the prompts; False where there is none, or it repeats the last one."""
        if not text.strip() or (self._entries and self._entries[-1] == text):
            return False
        self._entries.append(text)
        return True


def history_question(prompts: tuple[str, ...]) -> PickQuestion:
    """Return the question which of these prompts to take again, the newest first; a row's id is its index."""
    from vtcode.questions import PickQuestion, PickRow

    rows = tuple(
        PickRow(id=str(index), label=" ".join(prompts[index].split()))
        for index in reversed(range(len(prompts)))
    )
    return PickQuestion(title="Earlier prompts", rows=rows, notice="" if rows else "There is none yet.")


async def search_history(
    prompts: tuple[str, ...],
    ask: Callable[[PickQuestion], Awaitable[Answer]],
    put: Callable[[str], None],
) -> None:
    """Have the user pick one of these prompts, and put it where they type."""
    answer = await ask(history_question(prompts))
    if answer.choice.isdecimal():
        put(prompts[int(answer.choice)])
