"""Small pictures for tests."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image


def picture(file_format: str = "PNG", size: tuple[int, int] = (64, 48)) -> bytes:
    """Return a red picture."""
    buffer = io.BytesIO()
    Image.new("RGB", size, "red").save(buffer, file_format)
    return buffer.getvalue()


def picture_file(path: Path, file_format: str = "PNG", size: tuple[int, int] = (64, 48)) -> Path:
    """Write a red picture."""
    path.write_bytes(picture(file_format, size))
    return path
