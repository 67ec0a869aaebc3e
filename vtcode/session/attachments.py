"""The pictures that a message refers to: `@picture.png`, or a path as terminals paste a dropped file.

A dropped path counts where it stands alone on a line, or is quoted or escaped; it is always absolute. The
text stays as it was typed: the model reads the reference, too.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from vtcode.errors import ImageUnusable, MessageTooLong, NoVision
from vtcode.session.pictures import read_picture

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vtcode.messages import Image
    from vtcode.providers.model_info import ModelInfo

MAX_IMAGES = 10
"""In one message."""

_CHARACTERS_PER_TOKEN_AT_MOST = 5
"""Prose that tokenizers like best; what is too long by this measure is too long by every other."""
_TOKENS_FOR_THE_REST = 900
"""System prompt and tools."""

_EXTENSIONS = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff")
_WORD = re.compile(r"""(?:(?<=\s)|^)\(*(@?)("[^"]+"|'[^']+'|(?:\\.|[^\s\\])+)""")
_ESCAPED = re.compile(r"\\(.)")
_AFTER_WORD = ".,;:!?)]}>\"'"
"""What may follow a reference without being part of it."""


class Attachments:
    """The pictures that go with a session's messages.

    Args:
        workspace: What relative paths start from.
        waiting: Pictures for the first message, whatever its text.
    """

    def __init__(self, workspace: Path, waiting: Sequence[Image] = ()) -> None:
        self._workspace = workspace
        self._waiting = tuple(waiting)

    async def of(self, text: str, model: ModelInfo) -> tuple[Image, ...]:
        """Return the pictures to send with `text`, before anything is sent.

        Raises:
            ImageUnusable: One can't be sent.
            NoVision: The model can't see them.
            MessageTooLong: The text alone does not fit the model's window.
        """
        require_room(model, text)
        images = (*self._waiting, *await read_attachments(text, self._workspace))
        require_vision(model, images)
        self._waiting = ()
        return images


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A picture that a message names."""

    path: Path
    typed: str
    """Its name as it stands in the message, without quotes and escapes."""
    marked: bool
    """With an `@`: it must be there. A path that is not there is text like any other."""


def references(text: str, workspace: Path) -> list[Reference]:
    """Return the pictures that `text` names, each once, in its order; the disk is not looked at."""
    found: dict[Path, Reference] = {}
    for line in text.splitlines():
        for marked, name in _named(line.strip()):
            if name.lower().endswith(_EXTENSIONS):
                path = workspace / _path(name)
                found.setdefault(path, Reference(path=path, typed=name, marked=marked))
    return list(found.values())


def _named(line: str) -> Iterator[tuple[bool, str]]:
    """Yield what may be the name of a picture, and whether it is marked with an `@`."""
    alone = _unquoted(line)
    if _is_absolute(alone):
        yield False, alone
    for match in _WORD.finditer(line):
        marked, word = bool(match[1]), match[2]
        name = _unquoted(word)
        if marked:
            yield True, name if word[0] in "'\"" else _without_punctuation(name)
        elif name != word and _is_absolute(name):
            yield False, name


def _path(name: str) -> Path:
    try:
        return Path(name).expanduser()
    except RuntimeError:  # `~nobody/`
        return Path(name)


def _unquoted(word: str) -> str:
    """Return a path that a terminal pasted: quoted, escaped, or as an address."""
    if word[:1] in ("'", '"') and word[:1] == word[-1:]:
        return word[1:-1]
    if word.startswith("file://"):
        return unquote(urlsplit(word).path)
    return _ESCAPED.sub(r"\1", word)


def _is_absolute(name: str) -> bool:
    return name.startswith(("/", "~/"))


def _without_punctuation(word: str) -> str:
    while word and word[-1] in _AFTER_WORD and not word.lower().endswith(_EXTENSIONS):
        word = word[:-1]
    return word


async def read_attachments(text: str, workspace: Path) -> tuple[Image, ...]:
    """Return the pictures that a message refers to, ready to be sent.

    Raises:
        ImageUnusable: One can't be sent, or there are too many.
    """
    named = [one for one in references(text, workspace) if one.marked or _is_file(one.path)]
    if len(named) > MAX_IMAGES:
        raise ImageUnusable(f"A message takes {MAX_IMAGES} pictures at most; this one has {len(named)}.")
    return tuple([await asyncio.to_thread(_read, one) for one in named])


async def read_files(paths: Sequence[Path]) -> tuple[Image, ...]:
    """Return the pictures in these files, likewise.

    Raises:
        ImageUnusable: One can't be sent.
    """
    return tuple([await asyncio.to_thread(read_picture, path) for path in paths])


def require_room(model: ModelInfo, text: str) -> None:
    """Check that a message could fit the model's window if it stood there alone.

    What can't is refused before the conversation is shortened for it in vain.

    Raises:
        MessageTooLong: With the next step as its hint.
    """
    tokens = len(text) // _CHARACTERS_PER_TOKEN_AT_MOST
    if model.window_tokens is None or tokens + _TOKENS_FOR_THE_REST <= model.window_tokens:
        return
    raise MessageTooLong(
        f"This message is about {tokens:,} tokens long, and {model.id} has a window of "
        f"{model.window_tokens:,} for everything: it was not sent.",
        hint=f"Put the text into a file and name that{_larger_window(model, tokens + _TOKENS_FOR_THE_REST)}",
    )


def _larger_window(model: ModelInfo, tokens: int) -> str:
    """Return the end of a hint: a window that holds so much, where the model can have one."""
    most = model.max_window_tokens
    if most is None or tokens > most:
        return "."
    window = min(_roomy_window(tokens), most)
    return (
        ", or load the model with a larger window: "
        f"/model load {model.key or model.id} --context-length {window}"
    )


def _roomy_window(tokens: int) -> int:
    """Return a power of two with a quarter of it to spare."""
    return 1 << (tokens * 4 // 3).bit_length()


def require_vision(model: ModelInfo, images: Sequence[Image]) -> None:
    """Make sure that a model is not sent what it is known to be blind for.

    Raises:
        NoVision: It has no vision, and there are pictures.
    """
    if images and model.vision is False:
        names = ", ".join(image.name for image in images)
        raise NoVision(
            f"{model.id} can't see pictures, so nothing was sent ({names}).",
            hint="Choose a model with vision (/model, --model), or leave the pictures out.",
        )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def _read(reference: Reference) -> Image:
    try:
        return read_picture(reference.path)
    except ImageUnusable as error:
        if not isinstance(error.__cause__, FileNotFoundError):
            raise
        raise ImageUnusable(
            f"There is no picture {reference.typed}.", hint="Without the @ it is sent as text."
        ) from error
