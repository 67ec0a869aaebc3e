"""Contents of files, each kept once under its digest, for the user's eyes alone: what `/undo` brings back.

Nothing here knows what a content was of, or why it is kept.
"""

from __future__ import annotations

import zlib
from contextlib import suppress
from typing import TYPE_CHECKING

from vtcode.system.owned_file import replace_owned
from vtcode.system.text_file import digest_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class KeptFiles:
    """A folder of contents, compressed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, content: bytes) -> str:
        """Keep a content, and return its digest.

        Raises:
            OSError: It can't be kept.
        """
        digest = digest_of(content)
        file = self._file(digest)
        if not file.exists():
            self._folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in (self._folder, file.parent):
                folder.mkdir(mode=0o700, exist_ok=True)
            replace_owned(file, zlib.compress(content, level=1))
        return digest

    def get(self, digest: str) -> bytes | None:
        """Return the content of this digest; None: it is not kept, or was damaged."""
        try:
            content = zlib.decompress(self._file(digest).read_bytes())
        except (OSError, zlib.error):
            return None
        return content if digest_of(content) == digest else None

    def sizes(self) -> Iterator[tuple[str, int, float]]:
        """Yield the digests of all contents, with the bytes that each takes and when it was kept."""
        for file in self._folder.glob("??/*"):
            try:
                state = file.stat()
            except OSError:
                continue
            yield file.parent.name + file.name, state.st_size, state.st_mtime

    def drop(self, digest: str) -> None:
        """Keep a content no longer."""
        with suppress(OSError):
            self._file(digest).unlink()

    def _file(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest[2:]
