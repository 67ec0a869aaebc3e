"""edit_file: replaces a piece of a file's text."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from vtcode.errors import EditUnmatched
from vtcode.system.sensitive import is_sensitive
from vtcode.tools.base import Arguments, Prepared

if TYPE_CHECKING:
    from vtcode.system.files import Workspace
    from vtcode.tools.base import ToolContext


class EditFileArguments(Arguments):
    """What to replace, and by what."""

    path: str
    old_str: str
    new_str: str
    replace_all: bool = Field(default=False, json_schema_extra={"brief": None})


class EditFile:
    """Replaces text that occurs once, or everywhere; creates a file where `old_str` is empty.

    The file need not have been read before: the old text must be in what it holds now. Only what may hold
    secrets has to be read first, because reading it is asked about.
    """

    name: ClassVar[str] = "edit_file"
    description: ClassVar[str] = "Replace text in a file. old_str: exact, and unique in the file."
    brief: ClassVar[str] = "Replace text. old_str: exact and unique"
    arguments = EditFileArguments
    reads_only: ClassVar[bool] = False

    async def prepare(self, arguments: EditFileArguments, context: ToolContext) -> Prepared:
        """Find the text and describe the edit.

        Raises:
            EditUnmatched: The text is not there, or not unique, and the message shows the nearest lines; or
                the file may hold secrets, and was not read.
            ToolFailed: The file can't be edited.
        """
        return await asyncio.to_thread(_prepared, arguments, context.workspace)


def _prepared(arguments: EditFileArguments, workspace: Workspace) -> Prepared:
    from vtcode.tools import mismatch
    from vtcode.tools.matching import replace
    from vtcode.tools.writing import describe_unread, describe_write, refuse_left_out_code

    path = workspace.resolve(arguments.path)
    if workspace.is_closed(path):
        return describe_unread(workspace, path)
    workspace.require_writable(path)
    old, new = arguments.old_str.replace("\r\n", "\n"), arguments.new_str.replace("\r\n", "\n")
    if not old and not workspace.exists(path):
        return describe_write(workspace, path, before=None, after=arguments.new_str)
    before = workspace.read(path)
    shown = workspace.display(path)
    seen = workspace.seen.get(path)
    if is_sensitive(str(path), str(workspace.root_of(path))) and (
        seen is None or seen.digest != before.digest
    ):
        # What does not match is answered with lines of the file.
        raise EditUnmatched(f"{shown} may hold secrets. Nothing was changed; read it first, which is asked.")
    if old == new:
        raise EditUnmatched(f"{shown}: old_str and new_str are the same. Nothing was changed.")
    if not old and before.text:
        raise EditUnmatched(
            f"{shown} exists, and old_str is empty. Nothing was changed; give the text to replace."
        )
    refuse_left_out_code(new, before.text, argument="new_str")
    if not old:
        return describe_write(workspace, path, before=before, after=new)
    edit = replace(before.text, old, new, replace_all=arguments.replace_all)
    if not edit.places:
        raise EditUnmatched(f"{shown} was not changed: {mismatch.not_found(before.text, old, new)}")
    if len(edit.places) > 1 and not arguments.replace_all:
        raise EditUnmatched(f"{shown} was not changed: {mismatch.ambiguous(before.text, edit.places, old)}")
    note = f" in {len(edit.places)} places" if len(edit.places) > 1 else ""
    if edit.tolerance:
        note += f" (old_str matched except for: {edit.tolerance})"
    if seen and seen.digest != before.digest:
        note += " (the file had changed on disk since you read it)"
    return describe_write(workspace, path, before=before, after=edit.text, note=note)
