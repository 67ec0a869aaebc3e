"""Which models the embedded engine can run on this machine, and which one a name means."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

from vtcode.errors import ModelNotFound
from vtcode.providers.embedded_gguf import find_local_ggufs, quantization_of
from vtcode.providers.embedded_starter import STARTER, starter_is_fetched, starter_path
from vtcode.providers.model_info import ModelInfo


class LocalModels:
    """The default model, the starter model, and what LM Studio keeps on disk; each is known by its path."""

    def __init__(self, default_path: Path | None, cache_folder: Path) -> None:
        """Args: default_path: May start with `~`; None: the starter model."""
        self._cache_folder = cache_folder
        self._starter_path = starter_path(cache_folder)
        self.default_path = _absolute(str(default_path)) if default_path else self._starter_path

    def paths(self) -> list[Path]:
        """Return all of them, the default one first. Walks LM Studio's folders."""
        return list(dict.fromkeys([self.default_path, self._starter_path, *find_local_ggufs()]))

    def find(self, wanted: str) -> Path:
        """Return the file that `wanted` names; it need not exist where a path was given.

        Args:
            wanted: An id, a file's name without `.gguf`, or a path; empty: the default model.

        Raises:
            ModelNotFound: It is no path and names no known model; the nearest ids are in the hint.
        """
        if not wanted:
            return self.default_path
        for path in (self.default_path, self._starter_path):
            if wanted.lower() in self._names_of(path):
                return path
        if wanted.startswith(("/", "~", ".")) or wanted.lower().endswith(".gguf"):
            return _absolute(wanted)
        names = {name: path for path in reversed(self.paths()) for name in self._names_of(path)}
        if path_of_name := names.get(wanted.lower()):
            return path_of_name
        near = difflib.get_close_matches(wanted.lower(), names, n=3, cutoff=0.4) or [STARTER.id]
        raise ModelNotFound(
            f"The embedded engine has no model {wanted!r}.",
            hint=f"Nearest: {', '.join(near)}. The path of any .gguf file works as well.",
        )

    def describe(self, path: Path, *, loaded: bool) -> ModelInfo:
        """Return what is known of a model without opening its file."""
        starter = self.is_starter(path)
        absent = starter and not starter_is_fetched(self._cache_folder)
        model_id = self.id_of(path)
        return ModelInfo(
            id=model_id,
            display_name=STARTER.display_name if starter else path.stem,
            kind="llm",
            state="loaded" if loaded else "unknown" if absent else "downloaded",
            max_window_tokens=STARTER.window_tokens if starter else None,
            size_bytes=STARTER.model_bytes if starter else _size_bytes(path),
            quantization=quantization_of(path),
            aliases=tuple(sorted(self._names_of(path) - {model_id.lower()})),
        )

    def id_of(self, path: Path) -> str:
        """Return the id that stands for a model in lists, requests and settings."""
        return STARTER.id if self.is_starter(path) else with_tilde(path)

    def is_starter(self, path: Path) -> bool:
        """Tell whether this is the starter model, fetched or not."""
        return path == self._starter_path

    def _names_of(self, path: Path) -> set[str]:
        return {self.id_of(path).lower(), path.stem.lower(), str(path).lower()}


def with_tilde(path: Path) -> str:
    """Return the path with the home folder as `~`."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def _absolute(path: str) -> Path:
    return Path(os.path.abspath(os.path.expanduser(path)))  # noqa: PTH100, PTH111  (no `..` left)


def _size_bytes(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
