"""Which workspaces the user trusts to widen rights, bound to the content of their configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vtcode.system.owned_file import read_owned, update_owned

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustStore:
    """The user's answers, in one file of the state folder; a broken file trusts nothing."""

    file: Path

    def is_trusted(self, workspace: Path, digest: str | None) -> bool:
        """Whether the user trusts the content with this digest there; None, no content, needs no trust."""
        if digest is None:
            return True
        document, _ = read_owned(self.file)
        return _trusted(document).get(_key(workspace)) == digest

    def trust(self, workspace: Path, digest: str | None) -> None:
        """Remember that the user trusts this content, in place of what was trusted there before.

        Raises:
            UnwritableFolder: The file can't be written.
        """
        if digest is None:
            return

        def add(document: dict[str, Any]) -> dict[str, Any]:
            return {"trusted": {**_trusted(document), _key(workspace): digest}}

        update_owned(self.file, add, is_usable=lambda document: isinstance(document.get("trusted", {}), dict))


def _key(workspace: Path) -> str:
    return str(workspace.resolve())


def _trusted(document: dict[str, Any]) -> dict[str, str]:
    entries = document.get("trusted", {})
    if not isinstance(entries, dict):
        return {}
    return {folder: digest for folder, digest in entries.items() if isinstance(digest, str)}
