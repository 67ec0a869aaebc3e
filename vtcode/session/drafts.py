"""A message that is written in the user's own editor."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from vtcode.errors import EditorFailed
from vtcode.system.editor import edit_file, editor_command

if TYPE_CHECKING:
    from collections.abc import Mapping


async def edited(draft: str, environment: Mapping[str, str] = os.environ) -> str:
    """Return what becomes of `draft` in the user's editor, which has the terminal meanwhile.

    The file lies in a folder that is the user's alone, and is gone afterwards. The newline that editors put
    at the end is taken off.

    Raises:
        EditorFailed: There is no editor, it failed, or what it wrote can't be read.
    """
    command = editor_command(environment)
    try:
        with tempfile.TemporaryDirectory(prefix="vtcode-") as folder:
            file = Path(folder) / "message.md"
            file.write_text(draft, encoding="utf-8", errors="replace")
            await edit_file(command, file)
            return file.read_text(encoding="utf-8", errors="replace").removesuffix("\n")
    except OSError as error:
        raise EditorFailed(f"The draft can't be kept for the editor: {error.strerror}.") from None
