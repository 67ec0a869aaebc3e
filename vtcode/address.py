"""A server's address as people write it, made one. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_NO_ADDRESS = 'not an address such as "http://localhost:1234/v1"'


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseUrl:
    """A server's address."""

    root: str
    """`http://host:port`, and a path in front of the API where there is one; no trailing slash."""
    api: str
    """Where the OpenAI-style API is: the root and its version, `/v1` where none was written."""


def parse_base_url(written: str) -> BaseUrl:
    """Read a base URL with or without scheme, trailing slash, `/v1`, `/api/v1` or `/api/v0`.

    Raises:
        ValueError: It is no http or https URL, or holds a user, a password or a query. The message does not
            repeat it.
    """
    text = written.strip()
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, port = parts.hostname or "", parts.port
        host.encode("idna")
    except ValueError:
        raise ValueError(_NO_ADDRESS) from None
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError(
            "an address holds no user, password or query; a key belongs in an environment variable, which "
            "api_key_env names"
        )
    is_plain = text.isprintable() and " " not in text and "//" not in parts.path
    if parts.scheme not in ("http", "https") or not host or port == 0 or not is_plain:
        raise ValueError(_NO_ADDRESS)
    origin = f"{parts.scheme}://{parts.netloc}"
    path = parts.path.rstrip("/").removesuffix("/chat/completions").rstrip("/")
    version = re.search(r"(/api)?(/v\d+)$", path)
    if version is None:
        return BaseUrl(root=origin + path, api=f"{origin}{path}/v1")
    root = origin + path[: version.start()]
    return BaseUrl(root=root, api=f"{root}/v1" if version[1] else origin + path)
