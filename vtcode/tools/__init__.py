"""What the model can do: one file per tool, listed in the prompt's order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from vtcode.tools.edit_file import EditFile
from vtcode.tools.grep_file import GrepFile
from vtcode.tools.list_files import ListFiles
from vtcode.tools.read_file import ReadFile
from vtcode.tools.run_pty_cmd import RunPtyCmd
from vtcode.tools.update_plan import UpdatePlan
from vtcode.tools.write_file import WriteFile

if TYPE_CHECKING:
    from vtcode.tools.base import Tool

BUILTIN_TOOLS: Final[tuple[Tool[Any], ...]] = (
    ReadFile(),
    ListFiles(),
    GrepFile(),
    EditFile(),
    WriteFile(),
    RunPtyCmd(),
    UpdatePlan(),
)
"""In the order of the prompt, which must not change: the server's cache holds it."""
