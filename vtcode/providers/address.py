"""Base URLs as people write them, made one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from vtcode.errors import ConfigError

_EXAMPLE = "Write it as http://localhost:1234, with or without /v1."


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
        ConfigError: It is no http or https URL, or holds a user name or password.
    """
    text = written.strip()
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, _ = parts.hostname or "", parts.port
        host.encode("idna")
    except ValueError as error:
        raise ConfigError(f"base_url is not a URL: {error}", hint=_EXAMPLE) from error
    if parts.username is not None or parts.password is not None:
        raise ConfigError(
            "base_url holds a user name or password",
            hint="Put the key into an environment variable and name it in api_key_env.",
        )
    if parts.scheme not in ("http", "https") or not host:
        raise ConfigError(f"base_url is not an http or https URL: {text!r}", hint=_EXAMPLE)
    origin = f"{parts.scheme}://{parts.netloc}"
    path = parts.path.rstrip("/").removesuffix("/chat/completions").rstrip("/")
    version = re.search(r"(/api)?(/v\d+)$", path)
    if version is None:
        return BaseUrl(root=origin + path, api=f"{origin}{path}/v1")
    root = origin + path[: version.start()]
    return BaseUrl(root=root, api=f"{root}/v1" if version[1] else origin + path)
