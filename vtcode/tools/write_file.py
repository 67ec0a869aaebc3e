"""write_file: creates a file, or replaces a whole one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from vtcode.errors import FileChanged
from vtcode.tools.base import Arguments, Prepared

if TYPE_CHECKING:
    from vtcode.system.files import Workspace
    from vtcode.system.seen import SeenFile
    from vtcode.system.text_file import TextFile
    from vtcode.tools.base import ToolContext


class WriteFileArguments(Arguments):
    """Where to write, and the whole content."""

    path: str
    content: str


class WriteFile:
    """Creates a file and the folders it needs; replaces one only if the model has seen all of it."""

    name: ClassVar[str] = "write_file"
    description: ClassVar[str] = "Create a file, or replace a whole one that you have read."
    brief: ClassVar[str] = "Create or replace a file."
    arguments = WriteFileArguments
    reads_only: ClassVar[bool] = False

    async def prepare(self, arguments: WriteFileArguments, context: ToolContext) -> Prepared:
        """Describe the write.

        Raises:
            FileChanged: The file exists, and the model has not read all of its present content.
            ToolFailed: The file can't be written.
        """
        return await asyncio.to_thread(_prepared, arguments, context.workspace)


def _prepared(arguments: WriteFileArguments, workspace: Workspace) -> Prepared:
    from vtcode.system.text_file import with_final_newline_of
    from vtcode.tools.writing import describe_unread, describe_write, refuse_left_out_code

    path = workspace.resolve(arguments.path)
    if workspace.is_closed(path):
        return describe_unread(workspace, path)
    workspace.require_writable(path)
    if not workspace.exists(path):
        return describe_write(workspace, path, before=None, after=arguments.content)
    before = workspace.read(path)
    if unknown := _unknown(workspace.seen.get(path), before):
        raise FileChanged(
            f"{workspace.display(path)} {unknown}. Nothing was written.",
            hint="Read it first, to its end, then write it, or change a part of it with edit_file.",
        )
    after = with_final_newline_of(arguments.content.replace("\r\n", "\n"), before)
    refuse_left_out_code(after, before.text, argument="content")
    return describe_write(workspace, path, before=before, after=after)


def _unknown(seen: SeenFile | None, before: TextFile) -> str:
    """Say what the model does not know of the file that it wants to replace; empty: nothing."""
    if seen is None:
        return "exists and was not read"
    if seen.digest != before.digest:
        return "changed on disk since you read it"
    if seen.unseen:
        first, last = seen.unseen[0]
        return f"was read in part only: lines {first}-{last} were not shown in full"
    return ""
