"""Which images the server takes: PNG and JPEG, inside the request."""

from __future__ import annotations

import base64
import binascii

from vtcode.emulator.refusals import Refused

_BAD_IMAGE = "'url' field must be a base64 encoded image."
_STARTS = {"image/png": b"\x89PNG\r\n", "image/jpeg": b"\xff\xd8", "image/jpg": b"\xff\xd8"}


def check(url: object) -> None:
    """Check an image's address.

    Raises:
        Refused: It is no data URL of a PNG or a JPEG, or what it holds is none.
    """
    head, _, data = url.partition(",") if isinstance(url, str) else ("", "", "")
    media_type = head.removeprefix("data:").removesuffix(";base64")
    if not head.startswith("data:") or not head.endswith(";base64") or media_type not in _STARTS:
        raise Refused(_BAD_IMAGE)
    check_bytes(media_type, data)


def check_bytes(media_type: object, data: object) -> None:
    """Check an image's media type and its bytes in base64.

    Raises:
        Refused: They are not those of a PNG or a JPEG.
    """
    try:
        first = base64.b64decode(data, validate=True)[:8] if isinstance(data, str) else b""
    except binascii.Error:
        first = b""
    start = _STARTS.get(media_type) if isinstance(media_type, str) else None
    if start is None or not first.startswith(start):
        raise Refused(_BAD_IMAGE)
