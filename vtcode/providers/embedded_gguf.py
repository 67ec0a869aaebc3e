"""GGUF files on disk: is it one, and which ones LM Studio keeps here. Reads names and four bytes, no more."""

from __future__ import annotations

import os
import re
from pathlib import Path

from vtcode.errors import EngineFailed

_MAGIC = b"GGUF"  # ggml's docs/gguf.md
_QUANTIZATION = re.compile(r"(?i)(?:^|[-._])((?:i?q\d(?:_[a-z0-9]+)*)|bf16|f16|f32|mxfp4)$")
_LATER_PART = re.compile(r"-(?!00001)\d{5}-of-\d{5}$")
_MAX_FOLDER_DEPTH = 4  # publisher/repository/file, and a little room


def check_gguf(path: Path) -> None:
    """Make sure that `path` is a GGUF file.

    Raises:
        EngineFailed: It is missing, unreadable, or of another format.
    """
    try:
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except FileNotFoundError:
        raise EngineFailed(
            f"There is no model file {path}.",
            hint="Check the path; `/model` lists the files that were found.",
        ) from None
    except OSError as error:
        raise EngineFailed(
            f"The model file {path} can't be read: {error.strerror}.",
            hint="Name a .gguf file that you may read.",
        ) from error
    if magic != _MAGIC:
        raise EngineFailed(
            f"{path} is not a GGUF file.",
            hint="The embedded engine runs .gguf models only; MLX and safetensors models need LM Studio.",
        )


def quantization_of(path: Path) -> str:
    """Return the quantisation that the file's name ends in, such as `Q4_K_M`; empty where it names none."""
    found = _QUANTIZATION.search(path.stem)
    return found.group(1).upper() if found else ""


def find_local_ggufs(home: Path | None = None) -> list[Path]:
    """Return the chat models in GGUF format that LM Studio keeps on this machine, sorted.

    Vision projectors and the later parts of split models are left out, as they can't be run alone.

    Args:
        home: Where to look instead of the user's home folder.
    """
    home = home or Path.home()
    found: dict[Path, None] = {}
    for lm_studio in _lm_studio_homes(home):
        for path in _ggufs_below(lm_studio / "models"):
            found.setdefault(path.resolve(), None)
    return sorted(found)


def _lm_studio_homes(home: Path) -> list[Path]:
    """Where LM Studio's home may be: what its pointer file names, the present default, the old one."""
    homes = [home / ".lmstudio", home / ".cache" / "lm-studio"]
    try:
        pointed = (home / ".lmstudio-home-pointer").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return homes
    return [Path(pointed), *homes] if pointed and "\0" not in pointed else homes


def _ggufs_below(folder: Path) -> list[Path]:
    paths = []
    for parent, folders, files in os.walk(folder, followlinks=True):
        if len(Path(parent).relative_to(folder).parts) >= _MAX_FOLDER_DEPTH:
            folders.clear()  # also ends a loop of links
        paths += [Path(parent, name) for name in files if _is_chat_model(name)]
    return paths


def _is_chat_model(file_name: str) -> bool:
    stem, extension = os.path.splitext(file_name)  # noqa: PTH122  (a name, not a path)
    if extension.lower() != ".gguf" or "mmproj" in stem.lower():
        return False
    return not _LATER_PART.search(stem)
