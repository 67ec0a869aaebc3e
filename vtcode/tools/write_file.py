"""write_file: creates a file, or replaces a whole one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from vtcode.errors import FileChanged
from vtcode.system.text_file import with_final_newline_of
from vtcode.tools.base import Arguments, Prepared
from vtcode.tools.writing import describe_write, refuse_left_out_code

if TYPE_CHECKING:
    from vtcode.system.files import Workspace
    from vtcode.tools.base import ToolContext


class WriteFileArguments(Arguments):
    """Where to write, and the whole content."""

    path: str
    content: str


class WriteFile:
    """Creates a file and the folders it needs; replaces one only if the model has seen what it holds now."""

    name: ClassVar[str] = "write_file"
    description: ClassVar[str] = "Create a file, or replace a whole one that you have read."
    arguments = WriteFileArguments
    reads_only: ClassVar[bool] = False

    async def prepare(self, arguments: WriteFileArguments, context: ToolContext) -> Prepared:
        """Describe the write.

        Raises:
            FileChanged: The file exists, and the model has not read its present content.
            ToolFailed: The file can't be written.
        """
        return await asyncio.to_thread(_prepared, arguments, context.workspace)


def _prepared(arguments: WriteFileArguments, workspace: Workspace) -> Prepared:
    path = workspace.resolve(arguments.path)
    if not workspace.exists(path):
        return describe_write(workspace, path, before=None, after=arguments.content)
    before = workspace.read(path)
    if workspace.seen.get(path) != before.digest:
        state = "changed on disk since you read it" if path in workspace.seen else "exists and was not read"
        raise FileChanged(
            f"{workspace.display(path)} {state}. Nothing was written.",
            hint="Read it first, then write it, or change a part of it with edit_file.",
        )
    after = with_final_newline_of(arguments.content.replace("\r\n", "\n"), before)
    refuse_left_out_code(after, before.text, argument="content")
    return describe_write(workspace, path, before=before, after=after)
