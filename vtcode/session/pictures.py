"""A file made a picture that a server takes: PNG and JPEG go as they are, others are converted.

What a file is, its bytes say, not its name. A picture's size is known before any of it is decoded, so that
one made to fill the memory never is. Pillow, an optional part of the program, is imported where it is needed.
"""

from __future__ import annotations

import base64
import io
import logging
import os
import stat
import struct
import warnings
from typing import TYPE_CHECKING, Literal, TypeAlias

from vtcode.errors import ImageUnusable
from vtcode.messages import Image

if TYPE_CHECKING:
    from pathlib import Path

    from PIL.Image import Image as Decoded

MAX_SIDE_PIXELS = 2_048
"""Larger pictures are scaled down: models look at less than that."""
MAX_SENT_BYTES = 4_000_000
"""What is larger is compressed anew."""
MAX_FILE_BYTES = 64_000_000
MAX_DECODED_PIXELS = 80_000_000
"""Of the picture as it lies on disk; a camera has 50 million. Below Pillow's own limit for a bomb."""

_MediaType: TypeAlias = Literal["image/png", "image/jpeg"]
_CONVERTIBLE = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG_QUALITIES = (88, 65)
_log = logging.getLogger(__name__)


def read_picture(path: Path) -> Image:
    """Return the picture in a file, converted and scaled down where it has to be; takes up to a second.

    Raises:
        ImageUnusable: With the next step as its hint.
    """
    data = _file_bytes(path)
    kind, size = _header(data)
    if size is not None and size[0] * size[1] > MAX_DECODED_PIXELS:
        raise _too_many_pixels(path.name)
    if (
        kind == "other"
        or size is None
        or min(size) == 0
        or max(size) > MAX_SIDE_PIXELS
        or len(data) > MAX_SENT_BYTES
    ):
        kind, size, data = _converted(path.name, data)
    return Image(
        media_type=kind,
        data=base64.b64encode(data).decode("ascii"),
        name=path.name,
        width=size[0],
        height=size[1],
    )


def _file_bytes(path: Path) -> bytes:
    try:
        # Not blocking: a FIFO would wait for somebody to write to it.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise ImageUnusable(f"{path} is not a file.")
            if status.st_size > MAX_FILE_BYTES:
                raise ImageUnusable(
                    f"{path.name} has {status.st_size:,} bytes: too large to be sent.",
                    hint=f"The limit is {MAX_FILE_BYTES:,} bytes.",
                )
            return file.read(MAX_FILE_BYTES)
    except FileNotFoundError as error:
        raise ImageUnusable(f"There is no file {path}.") from error
    except (OSError, ValueError) as error:
        raise ImageUnusable(f"{path} can't be read: {getattr(error, 'strerror', '') or error}.") from error


def _header(data: bytes) -> tuple[_MediaType | Literal["other"], tuple[int, int] | None]:
    """Return what the bytes are, and the picture's size; `other` and None where it takes Pillow to know."""
    if data.startswith(_PNG) and data[12:16] == b"IHDR" and len(data) >= 24:
        size = struct.unpack(">II", data[16:24])
        return "image/png", (size[0], size[1])
    if data.startswith(b"\xff\xd8\xff") and (frame := _jpeg_size(data)):
        return "image/jpeg", frame
    return "other", None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Return width and height from the frame header (ITU T.81, B.2.2); None where there is none."""
    position = 2
    while position + 9 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == 0xFF:  # a fill byte
            position += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[position + 5 : position + 9])
            return width, height
        position += 2 + struct.unpack(">H", data[position + 2 : position + 4])[0]
    return None


def _converted(name: str, data: bytes) -> tuple[_MediaType, tuple[int, int], bytes]:
    try:
        from PIL import Image as Pillow
    except ImportError as error:
        raise ImageUnusable(
            f"{name} has to be converted or scaled down first, which takes Pillow.",
            hint="Install it with `pip install 'vtcode[images]'`, or save the picture as a PNG or JPEG of at "
            f"most {MAX_SIDE_PIXELS:,} x {MAX_SIDE_PIXELS:,} pixels.",
        ) from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Pillow.DecompressionBombWarning)
            return _opened(name, data)
    except (Pillow.DecompressionBombWarning, Pillow.DecompressionBombError) as error:
        raise _too_many_pixels(name) from error
    except ImageUnusable:
        raise
    except Exception as error:  # the boundary for whatever a broken file makes a decoder raise
        _log.info("%s can't be decoded", name, exc_info=error)
        raise ImageUnusable(
            f"{name} is not a picture that can be read.", hint="Known are PNG, JPEG, WebP, GIF, BMP and TIFF."
        ) from error


def _opened(name: str, data: bytes) -> tuple[_MediaType, tuple[int, int], bytes]:
    from PIL import Image as Pillow

    with Pillow.open(io.BytesIO(data), formats=_CONVERTIBLE) as opened:
        if opened.width * opened.height > MAX_DECODED_PIXELS:
            raise _too_many_pixels(name)
        return _encoded(name, _scaled(opened), lossless=opened.format != "JPEG")


def _too_many_pixels(name: str) -> ImageUnusable:
    hint = f"The limit is {MAX_DECODED_PIXELS:,} pixels."
    return ImageUnusable(f"{name} has too many pixels to be sent.", hint=hint)


def _scaled(picture: Decoded) -> Decoded:
    """Return the first frame, upright, in colours that both formats know, and no larger than is sent."""
    from PIL import ImageOps

    side = MAX_SIDE_PIXELS
    picture.draft("RGB", (side, side))  # a JPEG is decoded at the size that is wanted
    upright = ImageOps.exif_transpose(picture)
    scaled = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    scaled.thumbnail((side, side))
    return scaled


def _encoded(name: str, picture: Decoded, *, lossless: bool) -> tuple[_MediaType, tuple[int, int], bytes]:
    """Return the picture as a PNG where it was none with losses and is small enough, else as a JPEG."""
    if lossless:
        data = _saved(picture, "PNG")
        if len(data) <= MAX_SENT_BYTES:
            return "image/png", picture.size, data
    flat = _on_white(picture)
    for quality in _JPEG_QUALITIES:
        data = _saved(flat, "JPEG", quality=quality)
        if len(data) <= MAX_SENT_BYTES:
            return "image/jpeg", flat.size, data
    raise ImageUnusable(f"{name} stays too large to be sent.", hint="Cut out the part that matters.")


def _on_white(picture: Decoded) -> Decoded:
    from PIL import Image as Pillow

    if picture.mode == "RGB":
        return picture
    white = Pillow.new("RGBA", picture.size, "white")
    return Pillow.alpha_composite(white, picture).convert("RGB")


def _saved(picture: Decoded, file_format: str, **options: int) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, file_format, **options)
    return buffer.getvalue()
