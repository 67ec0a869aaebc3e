"""The draft in the user's own editor, while the app leaves the terminal to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from vtcode.errors import EditorFailed
from vtcode.session.drafts import edited

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App

    from vtcode.frontends.tui.widgets.prompt import Prompt


async def edit_draft(app: App[int], prompt: Prompt, hint: Callable[[str], None]) -> None:
    """Have what stands in the prompt edited; the session goes on, and nothing is drawn meanwhile.

    What fails is told by `hint`, and leaves the draft as it was.
    """
    draft = prompt.full_text
    try:
        with app.batch_update(), app.suspend():
            text, problem = await _edited(draft)
    except SuspendNotSupported:
        hint("No editor can be opened from here")
        return
    if problem:
        hint(problem)
    else:
        prompt.replace_draft(draft, text)


async def _edited(draft: str) -> tuple[str, str]:
    """Return the text, and what went wrong: Textual does not resume after an exception."""
    try:
        return await edited(draft), ""
    except EditorFailed as failure:
        return "", f"{failure.message} {failure.hint}"
