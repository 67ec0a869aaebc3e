"""What the user types and attaches, understood and said in the same way by every front end. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtcode.amounts import size
from vtcode.visible import revealed

if TYPE_CHECKING:
    from vtcode.messages import Image


def is_command(text: str) -> bool:
    """Return whether a line is a slash command: a path, with more slashes in its first word, is not."""
    return text.startswith("/") and "/" not in command_name(text)


def command_name(text: str) -> str:
    """Return the name in a slash command."""
    return text[1:].partition("\n")[0].partition(" ")[0]


def image_words(image: Image) -> str:
    """Return a picture in words: `[image: shot.png, 640x480, 81 KB]`."""
    name = revealed(image.name, keep_newlines=False)
    return f"[image: {name}, {image.width}x{image.height}, {size(len(image.data) * 3 // 4)}]"
