"""Who may ask the server for something: pure, so that each refusal can be read and tried here.

Whoever gets through can run commands as the user. So a request has to be for this machine by name (a foreign
name that was made to point here is DNS rebinding), must not come from another site's page (browsers let it
open a websocket here), and has to know the token.

The token stands in the path and not in a cookie: a cookie of 127.0.0.1 is sent to every port, to other users'
servers on the same machine, too.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

HOST = "127.0.0.1"
"""The one address that the server listens on, and its one name: `localhost` may lead to another's ::1."""

HEADERS = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self' 'unsafe-inline'",  # xterm.js sets its cells' sizes and colours in <style>
            "font-src 'self'",
            "img-src data:",  # the page's empty icon
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "clipboard-read=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""What every answer carries."""


def new_token() -> str:
    """Return a token that nobody can guess, fit for a URL."""
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """What a request has to know and to say."""

    port: int
    token: str

    @property
    def address(self) -> str:
        """Host and port."""
        return f"{HOST}:{self.port}"

    @property
    def url(self) -> str:
        """The address to open, which is also the key."""
        return f"http://{self.address}/{self.token}/"

    def refusal(self, *, hosts: Sequence[str], origins: Sequence[str], token: str, is_websocket: bool) -> str:
        """Return why a request is refused; empty: it is not.

        Args:
            hosts: Its `Host` headers.
            origins: Its `Origin` headers. A browser sends one with each websocket, none with a page that is
                opened.
            token: What stands in the token's place.
            is_websocket: It wants to open a websocket.
        """
        if list(hosts) != [self.address]:
            return "This server answers only under the address that vtcode serve printed."
        if any(origin != f"http://{self.address}" for origin in origins) or (is_websocket and not origins):
            return "This server answers its own pages only."
        if not secrets.compare_digest(token.encode(), self.token.encode()):
            return "The token is missing or wrong: open the whole address that vtcode serve printed."
        return ""
